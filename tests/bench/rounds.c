/* SPDX-License-Identifier: MIT */
#include "rounds.h"

#include "rig.h"

#include <stdlib.h>
#include <string.h>

#define FAST 1.1 /* times the fastest there was */

void rounds_init(struct rounds *r, const struct plan *plan, double *fastest) {
  r->plan = *plan;
  r->fastest = fastest;
  r->n = 0;
}

void rounds_add(struct rounds *r, struct round one) {
  if (one.control > 0 && (*r->fastest <= 0 || one.control < *r->fastest))
    *r->fastest = one.control;
  r->all[r->n++] = one;
}

bool rounds_are_enough(const struct rounds *r) {
  size_t fast = 0;
  for (size_t i = 0; i < r->n; i++)
    fast += r->all[i].control <= *r->fastest * FAST;
  return r->n >= r->plan.most ||
         (r->n >= r->plan.least && fast >= r->plan.counted);
}

static int by_control(const void *a, const void *b) {
  const struct round *x = a, *y = b;
  return x->control < y->control ? -1 : x->control > y->control;
}

void rounds_choose(struct rounds *r) {
  qsort(r->all, r->n, sizeof *r->all, by_control);
  if (r->n > r->plan.counted)
    r->n = r->plan.counted;
}

double rounds_median(const struct rounds *r, size_t offset) {
  double figures[ROUNDS_MAX];
  for (size_t i = 0; i < r->n; i++)
    memcpy(&figures[i], (const char *)&r->all[i] + offset, sizeof figures[i]);
  return median(figures, r->n);
}
