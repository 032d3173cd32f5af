/* SPDX-License-Identifier: MIT */
#include "engine/gate.h"

#include "base/clock.h"

#include <sched.h>

#define AWAKE_NS 2000000 /* how long it is worth keeping awake */
#define CROWDED_NS                                                             \
  200000 /* a yield of that length: others need the processor */

void gate_init(struct gate *g) {
  pthread_mutex_init(&g->lock, NULL);
  pthread_cond_init(&g->opened, NULL);
  atomic_init(&g->is_shut, false);
}

void gate_fini(struct gate *g) {
  pthread_cond_destroy(&g->opened);
  pthread_mutex_destroy(&g->lock);
}

void gate_shut(struct gate *g) { atomic_store(&g->is_shut, true); }

void gate_open(struct gate *g) {
  pthread_mutex_lock(&g->lock);
  atomic_store(&g->is_shut, false);
  pthread_cond_signal(&g->opened);
  pthread_mutex_unlock(&g->lock);
}

/* Getting up takes longer than all the rest of sending a page. On a busy
 * machine, though, whoever yields comes back later than a sleeper would. */
static void keep_awake(struct gate *g, int64_t began) {
  int64_t before, now = began;
  do {
    before = now;
    sched_yield();
    now = clock_mono_ns();
  } while (atomic_load(&g->is_shut) && now - began < AWAKE_NS &&
           now - before < CROWDED_NS);
}

int64_t gate_pass(struct gate *g) {
  if (!atomic_load(&g->is_shut))
    return 0;
  int64_t began = clock_mono_ns();
  keep_awake(g, began);
  pthread_mutex_lock(&g->lock);
  while (atomic_load(&g->is_shut))
    pthread_cond_wait(&g->opened, &g->lock);
  pthread_mutex_unlock(&g->lock);
  return clock_mono_ns() - began;
}
