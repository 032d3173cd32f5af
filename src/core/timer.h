/* SPDX-License-Identifier: MIT */
/* What is due when: a binary heap of timers that are members of what they wake.
 * Not thread-safe. */
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
  TIMER_EVIDENCE
};

struct timer {
  wall_ms due;   /* WALL_NEVER: not in the heap */
  uint32_t slot; /* position in the heap + 1; 0: not in it */
  uint8_t kind;  /* enum timer_kind */
};

struct timers {
  struct timer **heap;
  size_t n, cap;
};

void timers_fini(struct timers *t);

/* Room for n timers, so that timers_set cannot fail. */
enum err timers_reserve(struct timers *t, size_t n);

/* Moves it to due, in or out of the heap. The heap must have room. */
void timers_set(struct timers *t, struct timer *timer, wall_ms due);

/* The one that is due first; NULL when there is none. */
struct timer *timers_first(const struct timers *t);

#endif
