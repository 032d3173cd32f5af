/* SPDX-License-Identifier: MIT */
#include "core/timer.h"

#include "check.h"

#include <stdlib.h>

#define N 500

static uint64_t seed = 88172645463325252ull;

static uint64_t draw(void) {
  seed ^= seed << 13;
  seed ^= seed >> 7;
  seed ^= seed << 17;
  return seed;
}

static void first_is_always_the_soonest(void) {
  static struct timer timers[N];
  struct timers t = {0};
  CHECK(timers_reserve(&t, N) == OK);
  for (int i = 0; i < N; i++)
    timers[i].due = WALL_NEVER;
  for (int round = 0; round < 20000; round++) {
    struct timer *one = &timers[draw() % N];
    timers_set(&t, one,
               draw() % 4 == 0 ? WALL_NEVER : (wall_ms)(draw() % 1000));
    if (round % 97 != 0)
      continue;
    wall_ms soonest = WALL_NEVER;
    size_t in = 0;
    for (int i = 0; i < N; i++) {
      if (timers[i].due < soonest)
        soonest = timers[i].due;
      in += timers[i].due != WALL_NEVER;
    }
    CHECK(t.n == in);
    CHECK(timers_first(&t) == NULL ? soonest == WALL_NEVER
                                   : timers_first(&t)->due == soonest);
  }
  timers_fini(&t);
}

static void one_that_is_never_due_is_not_in_it(void) {
  struct timers t = {0};
  struct timer a = {.due = WALL_NEVER};
  CHECK(timers_reserve(&t, 1) == OK);
  timers_set(&t, &a, WALL_NEVER);
  CHECK(timers_first(&t) == NULL);
  timers_set(&t, &a, 5);
  CHECK(timers_first(&t) == &a);
  timers_set(&t, &a, WALL_NEVER);
  CHECK(timers_first(&t) == NULL && a.slot == 0);
  timers_fini(&t);
}

/* Also where the counter begins anew. */
static void those_due_together_come_in_the_order_of_setting(void) {
  static struct timer timers[N], early = {.due = WALL_NEVER};
  struct timers t = {.set = UINT32_MAX - N / 3};
  CHECK(timers_reserve(&t, N + 1) == OK);
  for (int i = 0; i < N; i++) {
    timers[i] = (struct timer){.due = WALL_NEVER};
    timers_set(&t, &timers[i], i % 3 == 0 ? 3 : 7);
    if (i % 5 == 0) {
      timers_set(&t, &early, 1 + i % 2); /* it comes and goes */
      timers_set(&t, &early, WALL_NEVER);
    }
  }
  for (int i = 0; i < N; i += 3)
    timers_set(&t, &timers[i], 7); /* the last ones now */
  for (int i = 0; i < N; i++)
    if (i % 3 != 0) {
      CHECK(timers_first(&t) == &timers[i]);
      timers_set(&t, &timers[i], WALL_NEVER);
    }
  for (int i = 0; i < N; i += 3) {
    CHECK(timers_first(&t) == &timers[i]);
    timers_set(&t, &timers[i], WALL_NEVER);
  }
  CHECK(timers_first(&t) == NULL);
  timers_fini(&t);
}

int main(void) {
  first_is_always_the_soonest();
  those_due_together_come_in_the_order_of_setting();
  one_that_is_never_due_is_not_in_it();
  return check_done("t_timer");
}
