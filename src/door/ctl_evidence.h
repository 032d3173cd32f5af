/* SPDX-License-Identifier: MIT */
/* How the values behind an incident's alerts went, for `show`. */
#ifndef INCIDENT_CTL_EVIDENCE_H
#define INCIDENT_CTL_EVIDENCE_H

#include "door/ctl.h"

struct ctl_sampled {
  int64_t alert;
  char *data_source; /* "": the first */
  struct trend trend;
};

struct ctl_evidence {
  struct ctl_sampled *items;
  size_t n, cap;
};

/* *e is empty before, and to be finished off in any case. */
enum err ctl_evidence_read(struct ctl_evidence *e, struct ledger *l,
                           int64_t incident);
void ctl_evidence_fini(struct ctl_evidence *e);

/* NULL: nothing is known of it. */
const struct trend *ctl_evidence_of(const struct ctl_evidence *e,
                                    const struct alert *a);

/* TREND, MIN, MAX, NOW: four cells of a table's row. */
#define CTL_EVIDENCE_COLUMNS                                                   \
  {"TREND", false}, {"MIN", true}, {"MAX", true}, { "NOW", true }
void ctl_evidence_add(struct ctl_table *t, const struct trend *trend);

/* "evidence":[["2026-11-21T10:00:00.000Z",97.2],…], inside an object. */
void ctl_evidence_put(const struct trend *trend, struct json *j);

/* A plot of each alert's. */
enum err ctl_evidence_show(const struct ctl *c, const struct ctl_evidence *e,
                           int64_t incident);

#endif
