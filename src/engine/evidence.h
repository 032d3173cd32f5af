/* SPDX-License-Identifier: MIT */
/* The samples behind an incident: taken from the series' memory when it is
 * declared, added to while it is open, thinned out when that lasts (SPEC
 * section 1, Evidence). The engine thread only. */
#ifndef INCIDENT_EVIDENCE_H
#define INCIDENT_EVIDENCE_H

#include "core/trend.h"
#include "engine/book.h"
#include "engine/series.h"

#define EVIDENCE_ALERTS_MAX 20  /* of an incident that have an exhibit */
#define EVIDENCE_POINTS_MAX 480 /* of an exhibit */
#define EVIDENCE_PAUSE_MS 60000 /* how often they are added to */

struct evidence {
  struct timer timer; /* due while an incident has exhibits */
  struct book *book;
  struct series *series; /* NULL: none */
  unsigned samples;      /* 0: off */
};

void evidence_init(struct evidence *e, struct book *b, struct series *series,
                   unsigned samples);

/* An alert is of an open incident from now on. */
void evidence_joined(struct evidence *e, struct alert *a, wall_ms now);
/* Adds what came since to the exhibits of open incidents. */
void evidence_due(struct evidence *e, wall_ms now);
void evidence_resume(struct evidence *e, wall_ms now);

#endif
