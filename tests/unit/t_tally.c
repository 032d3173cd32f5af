/* SPDX-License-Identifier: MIT */
#include "engine/tally.h"

#include "check.h"

static void counts_different_things(void) {
  struct tally t = {0};
  CHECK(tally_add(&t, 7) == OK && tally_add(&t, 7) == OK);
  CHECK(tally_add(&t, 0) == OK);
  CHECK(t.n == 2);
  tally_remove(&t, 7);
  CHECK(t.n == 2);
  tally_remove(&t, 7);
  CHECK(t.n == 1);
  tally_remove(&t, 7); /* there is none any more */
  tally_remove(&t, 8); /* there never was */
  CHECK(t.n == 1);
  tally_fini(&t);
  CHECK(t.n == 0);
  tally_remove(&t, 7);
}

/* Those whose slots are neighbours must be found behind one that is gone. */
static void finds_what_collides(void) {
  struct tally t = {0};
  for (uint64_t i = 1; i <= 5; i++)
    CHECK(tally_add(&t, i << 32) == OK);
  tally_remove(&t, 2ull << 32);
  CHECK(tally_add(&t, 5ull << 32) == OK);
  CHECK(t.n == 4);
  tally_remove(&t, 5ull << 32);
  CHECK(t.n == 4);
  tally_fini(&t);
}

/* What comes and goes leaves nothing behind. */
static void stays_small(void) {
  struct tally t = {0};
  for (uint64_t i = 0; i < 100000; i++) {
    CHECK(tally_add(&t, i * 0x9e3779b97f4a7c15ull) == OK);
    if (i >= 10)
      tally_remove(&t, (i - 10) * 0x9e3779b97f4a7c15ull);
  }
  CHECK(t.n == 10);
  CHECK(t.cap <= 128);
  tally_fini(&t);
}

static void grows(void) {
  struct tally t = {0};
  for (uint64_t i = 0; i < 10000; i++)
    CHECK(tally_add(&t, i * 0x9e3779b97f4a7c15ull) == OK);
  CHECK(t.n == 10000);
  for (uint64_t i = 0; i < 10000; i++)
    tally_remove(&t, i * 0x9e3779b97f4a7c15ull);
  CHECK(t.n == 0);
  tally_fini(&t);
}

int main(void) {
  counts_different_things();
  finds_what_collides();
  stays_small();
  grows();
  return check_done("t_tally");
}
