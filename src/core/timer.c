/* SPDX-License-Identifier: MIT */
#include "core/timer.h"

#include <stdlib.h>

void timers_fini(struct timers *t) {
  free(t->heap);
  *t = (struct timers){0};
}

enum err timers_reserve(struct timers *t, size_t n) {
  if (n <= t->cap)
    return OK;
  size_t cap = t->cap < 64 ? 64 : t->cap * 2;
  if (cap < n)
    cap = n;
  struct timer **heap = realloc(t->heap, cap * sizeof *heap);
  if (heap == NULL)
    return ERR_NOMEM;
  t->heap = heap;
  t->cap = cap;
  return OK;
}

static void place(struct timers *t, size_t i, struct timer *timer) {
  t->heap[i] = timer;
  timer->slot = (uint32_t)(i + 1);
}

static bool is_before(const struct timer *a, const struct timer *b) {
  if (a->due != b->due)
    return a->due < b->due;
  uint32_t ahead = ((uint32_t)a->order - b->order) << (32 - TIMER_ORDER_BITS);
  return ahead > INT32_MAX; /* less than zero, around the end, too */
}

static void sift_up(struct timers *t, size_t i, struct timer *timer) {
  while (i > 0 && is_before(timer, t->heap[(i - 1) / 2])) {
    place(t, i, t->heap[(i - 1) / 2]);
    i = (i - 1) / 2;
  }
  place(t, i, timer);
}

static void sift_down(struct timers *t, size_t i, struct timer *timer) {
  for (;;) {
    size_t child = 2 * i + 1;
    if (child >= t->n)
      break;
    if (child + 1 < t->n && is_before(t->heap[child + 1], t->heap[child]))
      child++;
    if (!is_before(t->heap[child], timer))
      break;
    place(t, i, t->heap[child]);
    i = child;
  }
  place(t, i, timer);
}

static void remove_at(struct timers *t, size_t i) {
  struct timer *last = t->heap[--t->n];
  t->heap[i]->slot = 0;
  if (i == t->n)
    return;
  if (i > 0 && is_before(last, t->heap[(i - 1) / 2]))
    sift_up(t, i, last);
  else
    sift_down(t, i, last);
}

void timers_set(struct timers *t, struct timer *timer, wall_ms due) {
  bool is_in = timer->slot > 0;
  if (is_in && timer->due == due)
    return;
  bool is_sooner = due < timer->due;
  timer->due = due;
  timer->order = t->set++ & ((1u << TIMER_ORDER_BITS) - 1);
  if (due == WALL_NEVER) {
    if (is_in)
      remove_at(t, timer->slot - 1);
  } else if (!is_in) {
    sift_up(t, t->n++, timer);
  } else if (is_sooner) {
    sift_up(t, timer->slot - 1, timer);
  } else {
    sift_down(t, timer->slot - 1, timer);
  }
}

struct timer *timers_first(const struct timers *t) {
  return t->n > 0 ? t->heap[0] : NULL;
}
