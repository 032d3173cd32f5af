/* SPDX-License-Identifier: MIT */
/* The samples behind an incident: taken from the series' memory when an alert
 * becomes part of it, added to while it is open, thinned out when that lasts
 * (SPEC section 1, Evidence). The engine thread only.
 *
 * A round goes through all open incidents: it adds what has come since the last
 * one, and looks again for alerts of whose series nothing was known yet. */
#ifndef INCIDENT_EVIDENCE_H
#define INCIDENT_EVIDENCE_H

#include "engine/book.h"
#include "engine/series.h"

#define EVIDENCE_ALERTS_MAX 20  /* of an incident that have an exhibit */
#define EVIDENCE_POINTS_MAX 480 /* of an exhibit: 8 KiB */
#define EVIDENCE_MAX 5000       /* exhibits of open incidents: 40 MiB */

/* From one round to the next. By default a series keeps
 * 60 samples, 10 minutes of them at collectd's usual interval of 10 s: ten
 * times as long. With fewer samples or shorter intervals it is the number of
 * samples that counts, see evidence.c. */
#define EVIDENCE_PAUSE_MS 60000

struct evidence {
  struct timer timer; /* due while an open incident has alerts */
  struct book *book;
  struct series *series; /* NULL: none */
  uint32_t round;        /* casefiles that are not of it are to be seen yet */
  size_t n;              /* exhibits of open incidents, those added counted */
  size_t seen_n;         /* of those that the round has seen */
};

/* The book's settings say how many samples there are; 0: nothing is done. */
enum err evidence_init(struct evidence *e, struct book *b,
                       struct series *series);

/* An alert is of an open incident (again) from now on. */
void evidence_joined(struct evidence *e, struct alert *a, wall_ms now);
/* A person has attached its series to the incident it is of: the same, and its
 * value is the last sample. */
void evidence_attached(struct evidence *e, struct alert *a, wall_ms now);
/* The samples of that series are to be kept though no rule may ask for them: it
 * is attached to an open incident. */
bool evidence_wants(const struct book *b, const struct signal *s);
/* The incident has just been resolved: its last samples. */
void evidence_resolved(struct evidence *e, struct casefile *c, wall_ms now);
/* The timer is due: a part of a round. */
void evidence_due(struct evidence *e, wall_ms now);
/* The plugin ends: what has come since the last round. */
void evidence_finish(struct evidence *e, wall_ms now);
/* The book has been filled from the ledger. */
void evidence_resume(struct evidence *e, wall_ms now);
/* The clock was set back. */
void evidence_clamp(struct evidence *e, wall_ms now);

/* How the alert's value went; NULL: nothing is known, or Evidence is off. */
const struct trend *evidence_trend(const struct book *b, const struct alert *a);

#endif
