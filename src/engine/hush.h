/* SPDX-License-Identifier: MIT */
/* What holds alerts back while they fire: silences and <Inhibit> (SPEC section
 * 2). Decides it and marks the alert (alert_extra); what
 * that means for its incident is the casework's. The engine thread only.
 *
 * An alert is registered from when it fires until it has cleared. Whatever it
 * inhibits costs the same however many others do so too. */
#ifndef INCIDENT_HUSH_H
#define INCIDENT_HUSH_H

#include "core/silence.h"
#include "engine/book.h"

struct casework;
struct hush_key;  /* a value of an <Inhibit>'s Equal: its sources and targets */
struct hush_role; /* what a rule is to an <Inhibit> */
struct hush_mark; /* what is known of a silence */

struct hush {
  struct timer timer; /* when a silence begins, ends or reminds next */
  struct casework *work;
  struct hush_key **table;
  size_t buckets, n;
  struct hush_role *roles; /* by rule */
  size_t *roles_at;        /* by rule.order: where its roles begin; one more */
  struct hush_key *noted;  /* those with something to tell */
  struct hush_mark *marks;
  size_t marks_n, marks_cap;
};

enum err hush_init(struct hush *h, struct casework *w);
void hush_fini(struct hush *h);

/* It fires (again): marks it if something holds it back, and counts that.
 * Before casework_fired. */
void hush_fired(struct hush *h, struct alert *a, wall_ms now);
/* Holds back what it inhibits itself: once it has fired and its incident, if it
 * gets one at once, can be named, and again when it gets one later. */
void hush_inhibit(struct hush *h, struct alert *a, wall_ms now);
/* Its level has risen: a silence may look at that. Before casework_rose. */
void hush_rose(struct hush *h, struct alert *a, wall_ms now);
/* It has cleared: lets go what it inhibited. Its own marks stay for the
 * casework to read. Before casework_cleared. */
void hush_over(struct hush *h, struct alert *a, wall_ms now);
/* A fresh alert goes on where it ends, which is no new firing. */
void hush_go_on(struct hush *h, struct alert *a, struct alert *fresh,
                wall_ms now);
/* A casefile is resolved: silences that lasted until then end, soon. */
void hush_resolved(struct hush *h, const struct casefile *c);

/* One timeline entry per incident and rule about what it has begun to inhibit
 * since the last call: at the end of a turn. */
void hush_note(struct hush *h, wall_ms now);

/* A silence was made or ended; it is in the book already, and stays there for
 * now. */
void hush_changed(struct hush *h, wall_ms now);
/* Before the signals of a turn, and when its timer is due: nothing before. */
void hush_due(struct hush *h, wall_ms now);

/* VERB_SILENCE and VERB_END_SILENCE that are not in the ledger. *silence is the
 * book's, valid until the end of the turn. ERR_NOTFOUND, ERR_CONFLICT with
 * *why. */
enum err hush_request(struct hush *h, const struct request *r, wall_ms now,
                      const struct silence **silence, const char **why);
/* One that is in the ledger (heap memory) has been made or ended there. */
enum err hush_follow(struct hush *h, struct silence *own_silence, wall_ms now);

/* After the book was filled: every firing alert is registered anew and what
 * holds it back is looked up. What was held and is not any more is let go.
 * Before gather_resume. */
enum err hush_resume(struct hush *h, wall_ms now);

/* Other settings, in three steps: what their rules are to whom; */
struct hush_plan {
  struct hush_role *roles; /* as in struct hush */
  size_t *roles_at;
};
enum err hush_draft(const struct settings *settings,
                    struct hush_plan *own_plan);
void hush_free_draft(struct hush_plan *own_plan);
/* the casework has them now: forgets every alert; */
void hush_change(struct hush *h, struct hush_plan *own_plan);
/* all alerts know their rule: as in hush_resume. Before gather_again. */
void hush_again(struct hush *h, wall_ms now);

#endif
