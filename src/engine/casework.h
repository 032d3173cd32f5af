/* SPDX-License-Identifier: MIT */
/* What happens to incidents: declared, joined, calmed, resolved, acknowledged
 * (SPEC sections 2 and 3), with what that means for runs and pages. Works on
 * the book through the pager; the engine thread only. */
#ifndef INCIDENT_CASEWORK_H
#define INCIDENT_CASEWORK_H

#include "engine/engine.h"

struct casework {
  struct book *book;
  struct pager *pager;
  const struct settings *settings;
  void (*announce)(void *arg, const struct announcement *a);
  void *announce_arg;
};

/* ---- alerts; each has had its news from core/alert.h ---- */

/* Declares an incident or joins the open one of its group. */
void casework_fired(struct casework *w, struct alert *a, wall_ms now);
void casework_rose(struct casework *w, struct alert *a, wall_ms now);
/* Bad again while clearing. */
void casework_refired(struct casework *w, struct alert *a, wall_ms now);
/* May free the alert. */
void casework_cleared(struct casework *w, struct alert *a, wall_ms now);

/* It never fired. May free the alert. */
void casework_lapsed(struct casework *w, struct alert *a);

/* One timeline entry per incident about the alerts that joined and cleared
 * since the last call: at the end of a turn. */
void casework_note_alerts(struct casework *w, wall_ms now);

/* ---- time ---- */

void casework_run_due(struct casework *w, struct run *r, wall_ms now);
void casework_incident_due(struct casework *w, struct casefile *c, wall_ms now);

/* ---- people ---- */

/* Carries out a request. One from the ledger (r->id > 0) has changed the
 * incident's row and timeline already: here the book follows, and the paging.
 * ERR_NOTFOUND, ERR_CONFLICT (*why static). *casefile (NULL for VERB_TEST) is
 * the incident's; *entry is valid until the end of the turn. */
enum err casework_request(struct casework *w, const struct request *r,
                          wall_ms now, struct casefile **casefile,
                          const struct entry **entry, const char **why);

/* Declares an incident of the plugin's own (rule NULL) through the default
 * chain. */
enum err casework_declare_own(struct casework *w, const char *title,
                              wall_ms now);

/* ---- a changed configuration ---- */

/* The incident's rule is gone: a person will have to close it. */
void casework_rule_gone(struct casework *w, struct casefile *c, wall_ms now);

#endif
