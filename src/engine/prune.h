/* SPDX-License-Identifier: MIT */
/* Keeps the ledger from growing for ever: once after a start and then daily,
 * what resolved longer ago than Retention goes, a little at a time while the
 * engine rests. The engine thread only. */
#ifndef INCIDENT_PRUNE_H
#define INCIDENT_PRUNE_H

#include "ledger/ledger.h"

struct prune {
  wall_ms due;       /* when it begins, or goes on */
  wall_ms started;   /* the present round; WALL_NEVER: none */
  int64_t incidents; /* gone in it */
};

void prune_init(struct prune *p, wall_ms now);

/* Removes some rows, if it is time and nobody else writes; how many. */
int64_t prune_some(struct prune *p, struct ledger *l, span_ms retention,
                   wall_ms now);

#endif
