/* SPDX-License-Identifier: MIT */
/* Between the parts of the casework. */
#ifndef INCIDENT_CASEWORK_INSIDE_H
#define INCIDENT_CASEWORK_INSIDE_H

#include "engine/casework.h"

/* For log lines. */
long long casework_id(const struct casefile *c);

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
void casework_stop_runs(struct casework *w, struct casefile *c);
bool casework_has_exhausted(const struct casefile *c);
/* The next step of each that runs, or else of its own chain. is_asked: by a
 * person, who does not wait for PageHours. */
void casework_escalate(struct casework *w, struct casefile *c, bool is_asked,
                       wall_ms now);
/* The chain of its severity, unless it has that run already. */
void casework_run_severity(struct casework *w, struct casefile *c, wall_ms now);

/* How often whoever acknowledged hears of joined alerts. */
#define CASEWORK_JOIN_PAUSE_MS (5 * 60 * 1000)
/* A page about joined alerts to whoever acknowledged, now or when it may be. */
void casework_tell_joined(struct casework *w, struct casefile *c, wall_ms now);
/* A page or update to whoever acknowledged. */
void casework_tell_now(struct casework *w, struct casefile *c,
                       enum page_event event, wall_ms now);

/* It is calm no more. */
void casework_stir(struct casework *w, struct casefile *c, wall_ms now);

/* ---- casework_note.c ---- */

void casework_log_declared(struct casework *w, const struct casefile *c);
/* An entry "host/plugin/type joined: the message". */
void casework_note_alert(struct casework *w, const struct casefile *c,
                         const struct alert *a, const char *did, wall_ms now);

/* ---- casework_ack.c ---- */

/* When the acknowledgement ends, or is to be doubted; WALL_NEVER: it holds. */
wall_ms casework_ack_due(const struct casefile *c);
/* That time may have come. */
void casework_doubt(struct casework *w, struct casefile *c, wall_ms now);
/* It was made, renewed, or comes from the ledger. */
void casework_ack_begin(struct casefile *c, wall_ms at);
/* The clock was set back. */
void casework_ack_clamp(struct casework *w, struct casefile *c, wall_ms now);

/* ---- casework_raise.c ---- */

/* Hosts of the alerts that fire and are not held back: one more, one less. */
void casework_count_host(struct casefile *c, const struct alert *a);
void casework_uncount_host(struct casefile *c, const struct alert *a);
/* Nothing fires any more. */
void casework_forget_counts(struct casefile *c);
/* What fires of it, and how much of that is held back, after anything. */
void casework_count_anew(struct casefile *c);
/* How many alerts those are (by next), of how many hosts. */
enum err casework_count_hosts(const struct alert *alerts, int64_t *alerts_n,
                              int64_t *hosts_n);
/* Applies <Upgrade>s, without paging. True if its severity is worse now. */
bool casework_raise(struct casework *w, struct casefile *c, wall_ms now);

/* ---- casework_crew.c ---- */

/* Whoever leads it until the request, not yet applied, gives the command to
 * somebody else or takes it away; NULL: nobody, or it does neither. Of the
 * incident or the request. */
const char *casework_old_commander(const struct incident *i,
                                   const struct request *r);
/* That has been done; was: that person. Told are all whom pages about it have
 * reached, who acknowledged or have a role; not who leads it now, who has a
 * page, nor who did it. */
void casework_tell_command(struct casework *w, struct casefile *c,
                           const struct request *r, const char *was,
                           wall_ms now);

/* ---- casework_edit.c ---- */

/* A person has set its severity; was: the one before (NULL: unknown). */
void casework_severity_set(struct casework *w, struct casefile *c,
                           const struct severity *was, wall_ms now);
/* A person has opened it again. */
void casework_reopened(struct casework *w, struct casefile *c, const char *by,
                       wall_ms now);

/* Flagged as major by a person, or not any more. */
void casework_major_set(struct casework *w, struct casefile *c, wall_ms now);

/* ---- casework_attach.c ---- */

/* Those names, a line each; NULL: none. */
void casework_attach(struct casework *w, struct casefile *c, const char *series,
                     const char *by, wall_ms now);

/* ---- casework_time.c ---- */

/* To the next thing that time does to it. */
void casework_set_timer(struct casework *w, struct casefile *c, wall_ms now);
/* One that has resolved by itself, for as long as Reopen says. */
void casework_keep(struct casework *w, struct casefile *c);

/* It still fires though its incident was resolved by hand: as a new alert it
 * goes through its rule again. */
void casework_fire_anew(struct casework *w, struct alert *a, wall_ms now);

/* ---- casework_hold.c, and what it needs ---- */

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
