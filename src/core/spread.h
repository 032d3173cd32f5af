/* SPDX-License-Identifier: MIT */
/* How spans of time are spread: a histogram whose buckets grow by the fourth
 * root of two, from 1 ms to four hours. It only counts up; the difference of
 * two is what came in between. */
#ifndef INCIDENT_SPREAD_H
#define INCIDENT_SPREAD_H

#include "base/clock.h"

#define SPREAD_BUCKETS 96

struct spread {
  uint64_t n[SPREAD_BUCKETS];
};

void spread_add(struct spread *s, span_ms span);

/* Below which that part (0 to 1) lies of what came between before and now, in
 * ms, wrong by a fifth at most; NaN: nothing came. */
double spread_quantile(const struct spread *now, const struct spread *before,
                       double part);

#endif
