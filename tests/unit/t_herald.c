/* SPDX-License-Identifier: MIT */
#include "engine/herald.h"

#include "check.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static atomic_int begun, heard;
static char last[ANNOUNCEMENT_MAX];

/* As a plugin that speaks to a mail server which does not answer. */
static void dispatch(const struct announcement *a) {
  atomic_fetch_add(&begun, 1);
  pthread_mutex_lock(&gate);
  snprintf(last, sizeof last, "%s", a->message);
  atomic_fetch_add(&heard, 1);
  pthread_mutex_unlock(&gate);
}

static void post(struct herald *h, int n) {
  struct announcement a = {.level = LEVEL_FAILURE};
  snprintf(a.message, sizeof a.message, "%d", n);
  herald_post(h, &a);
}

static bool comes_to(atomic_int *what, int n) {
  int64_t give_up = clock_mono_ns() + INT64_C(20000000000);
  while (atomic_load(what) != n && clock_mono_ns() < give_up)
    clock_sleep_ms(1);
  return atomic_load(what) == n;
}

static void whoever_blocks_keeps_nobody_waiting(void) {
  struct herald *h = NULL;
  CHECK(herald_new(dispatch, &h) == OK);
  if (h == NULL)
    return;
  pthread_mutex_lock(&gate);
  post(h, 0);
  CHECK(comes_to(&begun, 1));
  for (int n = 1; n <= HERALD_MAX + 3; n++)
    post(h, n); /* comes back though the first still blocks */
  CHECK(atomic_load(&heard) == 0);
  pthread_mutex_unlock(&gate);
  /* The oldest were dropped, the newest not. */
  CHECK(comes_to(&heard, 1 + HERALD_MAX));
  pthread_mutex_lock(&gate);
  CHECK_TEXT(last, "67");
  pthread_mutex_unlock(&gate);
  herald_stop(h, 5000);
}

int main(void) {
  whoever_blocks_keeps_nobody_waiting();
  return check_done("t_herald");
}
