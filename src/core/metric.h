/* SPDX-License-Identifier: MIT */
/* What a <Metric> block says of values (SPEC section 2, "Matching"). Pure, no
 * allocation: write threads call it. */
#ifndef INCIDENT_METRIC_H
#define INCIDENT_METRIC_H

#include "core/settings.h"

#include <math.h>

/* collectd's DS_TYPE_* (plugin.h), by value. */
enum source_type {
  SOURCE_COUNTER,
  SOURCE_GAUGE,
  SOURCE_DERIVE,
  SOURCE_ABSOLUTE
};

/* One data source of a value as it came. */
struct source {
  const char *name; /* at most 128 bytes, perhaps without a NUL */
  enum source_type type;
  double min, max; /* what its type allows; NaN: not limited */
  union {
    uint64_t counter;
    double gauge;
    int64_t derive;
    uint64_t absolute;
  } raw;
};

#define SOURCES_MAX 64 /* of a series; more are not looked at */

/* One value_list_t: all data sources of a series at a time. */
struct reading {
  const char *field[FIELDS]; /* each in a buffer of field_max bytes */
  size_t field_max;
  wall_ms sent;    /* the sender's time */
  int64_t sent_ns; /* the same, exact: for rates and for order */
  span_ms interval;
  const struct source *sources;
  size_t sources_n;
};

/* What is remembered of a data source to make a rate of it. */
struct rate {
  int64_t at_ns; /* of the last value; 0: none yet */
  uint64_t raw;
};

/* The value that is compared: a gauge as it is, a rate per second of what
 * counts. NaN when there is none: the first value, a counter that went back (a
 * reset; one that wrapped around cannot be told from it), no time between,
 * outside of what its type allows. An absolute value is divided by the time
 * since the last. at_ns is not negative. */
double metric_value(struct rate *rate, const struct source *source,
                    int64_t at_ns);

/* JUDGED_OPEN: neither, between the limit and where it clears, and not known
 * what it was; or no finite value. It leaves an alert as it is and makes
 * none. */
enum judgement { JUDGED_OPEN, JUDGED_GOOD, JUDGED_BAD };

/* before: the last judgement of this block on this data source. A value that is
 * not finite: before. METRIC_ABSENT: a finite value is good. */
enum judgement metric_judge(const struct metric *m, double value,
                            enum judgement before);
/* The same for one whose limits are at hand. */
static inline enum judgement metric_judge_by(enum metric_kind kind,
                                             double limit, double clear,
                                             double value,
                                             enum judgement before) {
  if (!isfinite(value))
    return before;
  switch (kind) {
  case METRIC_ABSENT:
    return JUDGED_GOOD;
  case METRIC_ABOVE:
    if (value > limit)
      return JUDGED_BAD;
    return value < clear || clear == limit ? JUDGED_GOOD : before;
  case METRIC_BELOW:
    if (value < limit)
      return JUDGED_BAD;
    return value > clear || clear == limit ? JUDGED_GOOD : before;
  }
  return before;
}

/* True if its five fields leave one series or a few only, each written out: the
 * block can watch for series that were never seen. */
bool metric_is_named(const struct metric *m);

#endif
