/* SPDX-License-Identifier: MIT */
/* The last samples of all data sources of a series, compactly: when, and a
 * double for each. Grows up to its ceiling, then forgets the oldest. */
#ifndef INCIDENT_SAMPLES_H
#define INCIDENT_SAMPLES_H

#include "core/trend.h"

#include <stdbool.h>
#include <stdint.h>

struct samples {
  unsigned char *bytes; /* cap of 4 + 8 * sources bytes each */
  wall_ms base;         /* what their times count from, in ms */
  wall_ms last;         /* the newest; n > 0 */
  uint32_t cap, n;
  uint32_t first; /* the oldest */
};

void samples_fini(struct samples *s);

/* values: sources of them, always so many. max: the ceiling. Out of memory, and
 * at the time of the last, it is left out; one that is older means that the
 * clock was set back, and all others go. */
void samples_add(struct samples *s, unsigned max, wall_ms at,
                 const double *values, size_t sources);

/* Adds those of a source to the trend that are newer than its last. */
enum err samples_copy(const struct samples *s, size_t source, size_t sources,
                      struct trend *trend);

#endif
