/* SPDX-License-Identifier: MIT */
/* Between the parts of the casework. */
#ifndef INCIDENT_CASEWORK_INSIDE_H
#define INCIDENT_CASEWORK_INSIDE_H

#include "engine/casework.h"

/* For log lines. */
long long casework_id(const struct casefile *c);
void casework_log_declared(const struct casefile *c);

/* A new casefile, noted and logged; takes the incident over. NULL when out of
 * memory. */
struct casefile *casework_declare(struct casework *w,
                                  struct incident *own_incident,
                                  const struct rule *rule, wall_ms now);

/* The runs of an incident that has none: of its chain and its severity's. */
void casework_start_runs(struct casework *w, struct casefile *c, wall_ms now);
/* All of them from the first step. */
void casework_restart_runs(struct casework *w, struct casefile *c,
                           bool only_exhausted, wall_ms now);
void casework_stop_run(struct casework *w, struct run *r);

/* Something is to be told about its alerts when the turn ends. */
void casework_note_about(struct casework *w, struct casefile *c);
/* The timeline entry about alerts that have lately been held back. */
void casework_note_held(struct casework *w, struct casefile *c, wall_ms now);
/* It fires (again) and may be of no incident because it was held back when it
 * began to. */
void casework_wait_over(struct casework *w, struct alert *a, wall_ms now);

/* Everything that follows from a resolve, whoever did it. */
void casework_close_incident(struct casework *w, struct casefile *c,
                             wall_ms now);

#endif
