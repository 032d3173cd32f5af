/* SPDX-License-Identifier: MIT */
#include "core/spread.h"

#include <math.h>

#define BUCKETS_PER_DOUBLING 4

/* Of a bucket, in ms. */
static double upper_bound(size_t bucket) {
  static const double steps[BUCKETS_PER_DOUBLING] = {
      1, 1.189207115002721, 1.4142135623730951, 1.6817928305074292};
  return steps[bucket % BUCKETS_PER_DOUBLING] *
         (double)(1ull << bucket / BUCKETS_PER_DOUBLING);
}

void spread_add(struct spread *s, span_ms span) {
  size_t at = 0;
  while (at < SPREAD_BUCKETS - 1 && upper_bound(at) < (double)span)
    at++;
  s->n[at]++;
}

double spread_quantile(const struct spread *now, const struct spread *before,
                       double part) {
  uint64_t all = 0, below = 0;
  for (size_t i = 0; i < SPREAD_BUCKETS; i++)
    all += now->n[i] - before->n[i];
  for (size_t i = 0; i < SPREAD_BUCKETS && all > 0; i++) {
    uint64_t here = now->n[i] - before->n[i];
    double rank = part * (double)all - (double)below;
    double from = i > 0 ? upper_bound(i - 1) : 0;
    if (here > 0 && rank <= (double)here)
      return from + (upper_bound(i) - from) * rank / (double)here;
    below += here;
  }
  return NAN;
}
