/* SPDX-License-Identifier: MIT */
/* How a value went: samples of one data source of a series, oldest first, and
 * what is drawn of them. Pure. */
#ifndef INCIDENT_TREND_H
#define INCIDENT_TREND_H

#include "base/buf.h"
#include "base/clock.h"

#include <stdbool.h>
#include <stddef.h>

struct trend_point {
  wall_ms at;
  double value; /* NaN: there was none */
};

struct trend {
  struct trend_point *points;
  size_t n, cap;
};

void trend_fini(struct trend *t);
/* Points not newer than the last are left out. ERR_NOMEM. */
enum err trend_add(struct trend *t, struct trend_point p);
/* At most max points (8 or more), a good deal fewer if there were more. Those
 * before `from` stay while they are at most half of max. The rest is cut into
 * slices of time, each of which keeps its lowest and its highest; the first and
 * the last of all stay. */
void trend_thin(struct trend *t, wall_ms from, size_t max);
/* Without those later than `now`: the clock was set back. */
void trend_clamp(struct trend *t, wall_ms now);

/* As one of the ledger's BLOBs and back: compact, the same on every machine.
 * ERR_CORRUPT. *t is empty before, and after a failure. */
enum err trend_pack(const struct trend *t, struct buf *out);
enum err trend_unpack(const void *bytes, size_t n, struct trend *t);

/* "▂▂▃▅▇█", at most width characters: the highest of each slice of time, a gap
 * where no value was finite. "" for fewer than two finite points. */
#define TREND_WIDTH 24
void trend_spark(const struct trend *t, size_t width, struct buf *out);

/* Finite points only; false when there are none. */
bool trend_range(const struct trend *t, double *min, double *max, double *now);

#endif
