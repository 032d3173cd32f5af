/* SPDX-License-Identifier: MIT */
/* What customers notice of an incident, from when until when. */
#ifndef INCIDENT_IMPACT_H
#define INCIDENT_IMPACT_H

#include "base/clock.h"
#include "base/json.h"

struct impact {
  int64_t id; /* 0: the ledger gives one */
  int64_t incident;
  char *text;
  wall_ms from;
  wall_ms until; /* WALL_NEVER: it goes on */
  char *by;      /* who wrote it down */
  wall_ms created_at;
};
void impact_fini(struct impact *i); /* frees the texts, not i */
/* How long it lasted, or has lasted so far. */
span_ms impact_duration(const struct impact *i, wall_ms now);
/* {"id","text","from","to","by","duration"}, which is in seconds; to null: it
 * goes on. */
void impact_print(const struct impact *i, wall_ms now, struct json *j);

#endif
