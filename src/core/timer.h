/* SPDX-License-Identifier: MIT */
/* What is due when: a binary heap of timers that are members of what they wake.
 * Of those that are due at the same moment the one that was set first comes
 * first: pages leave in the order in which they were made. Not thread-safe. */
#ifndef INCIDENT_TIMER_H
#define INCIDENT_TIMER_H

#include "base/clock.h"

enum timer_kind {
  TIMER_ALERT,
  TIMER_RUN,
  TIMER_PAGE,
  TIMER_INCIDENT,
  TIMER_GATHERING,
  TIMER_HUSH,
  TIMER_ABSENCE,
  TIMER_AGENDA,
  TIMER_EVIDENCE,
  TIMER_DUTY,
  TIMER_HEALTH
};

#define TIMER_ORDER_BITS 28

struct timer {
  wall_ms due;       /* WALL_NEVER: not in the heap */
  uint32_t slot;     /* position in the heap + 1; 0: not in it */
  uint32_t kind : 4; /* enum timer_kind */
  uint32_t order : TIMER_ORDER_BITS; /* counts what was set; only differences
                                  mean something */
};

struct timers {
  struct timer **heap;
  size_t n, cap;
  uint32_t set; /* for the next order */
};

void timers_fini(struct timers *t);

/* Room for n timers, so that timers_set cannot fail. */
enum err timers_reserve(struct timers *t, size_t n);

/* Moves it to due, in or out of the heap. The heap must have room. */
void timers_set(struct timers *t, struct timer *timer, wall_ms due);

/* The one that is due first; NULL when there is none. */
struct timer *timers_first(const struct timers *t);

#endif
