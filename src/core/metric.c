/* SPDX-License-Identifier: MIT */
#include "core/metric.h"

/* Outside what types.db allows a value is none, as for the host. */
static double within(const struct source *s, double value) {
  return value < s->min || value > s->max ? NAN : value;
}

double metric_value(struct rate *rate, const struct source *source,
                    int64_t at_ns) {
  struct rate last = *rate;
  if (source->type == SOURCE_GAUGE)
    return within(source, source->raw.gauge);
  *rate = (struct rate){at_ns, source->raw.counter};
  if (last.at_ns == 0 || at_ns <= last.at_ns)
    return NAN;
  double seconds = (double)(at_ns - last.at_ns) / 1e9;
  uint64_t counted = source->raw.counter;
  if (source->type == SOURCE_COUNTER) {
    if (counted < last.raw)
      return NAN;
    counted -= last.raw;
  } else if (source->type == SOURCE_DERIVE) {
    if (source->raw.derive < (int64_t)last.raw)
      return NAN;
    counted -= last.raw; /* right beyond the range of int64_t, too */
  }
  return within(source, (double)counted / seconds);
}

enum judgement metric_judge(const struct metric *m, double value,
                            enum judgement before) {
  return metric_judge_by(m->kind, m->limit, m->clear, value, before);
}

bool metric_is_named(const struct metric *m) {
  for (int i = 0; i < FIELDS; i++)
    if (!selector_is_plain(&m->field[i]))
      return false;
  return true;
}
