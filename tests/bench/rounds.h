/* SPDX-License-Identifier: MIT */
/* Rounds of a measurement that the processor alone decides. A shared machine is
 * slower whenever its neighbours are busy, for seconds or minutes. So there are
 * many rounds, and those count during which it was fastest: not by what is
 * measured, but by a control. */
#ifndef BENCH_ROUNDS_H
#define BENCH_ROUNDS_H

#include <stdbool.h>
#include <stddef.h>

#define ROUNDS_MAX 240

/* So many count. There are at least and at most so many, more than the least
 * until enough were fast. */
struct plan {
  size_t counted, least, most;
};

struct round {
  double control; /* how long something else took; all 0: nothing to choose by,
                     the least is all */
  double p50, p99, p999;
};

struct rounds {
  struct plan plan;
  double *fastest;
  struct round all[ROUNDS_MAX];
  size_t n;
};

/* fastest: the least control so far, kept by all measurements that have the
 * same; 0 at first. */
void rounds_init(struct rounds *r, const struct plan *plan, double *fastest);
void rounds_add(struct rounds *r, struct round one);
bool rounds_are_enough(const struct rounds *r);
void rounds_choose(struct rounds *r); /* leaves those that count */

/* Over the rounds. figure: a member of struct round. */
#define ROUNDS_MEDIAN(r, figure)                                               \
  rounds_median(r, offsetof(struct round, figure))
double rounds_median(const struct rounds *r, size_t offset);

#endif
