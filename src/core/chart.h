/* SPDX-License-Identifier: MIT */
/* How a value went, drawn with its limits for a page of HTML. */
#ifndef INCIDENT_CHART_H
#define INCIDENT_CHART_H

#include "base/buf.h"
#include "core/trend.h"

struct chart {
  const char *name; /* of the series, as it came */
  const struct trend *trend;
  double warning_min, warning_max, failure_min, failure_max; /* NaN: none */
};

/* An <svg> element with everything in it escaped, nothing in it that runs or
 * loads. A gap where no value was finite; nothing at all for fewer than two
 * finite points. */
void chart_add_svg(const struct chart *chart, struct buf *out);

#endif
