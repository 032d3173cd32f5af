/* SPDX-License-Identifier: MIT */
/* Between the parts of what holds alerts back. */
#ifndef INCIDENT_HUSH_INSIDE_H
#define INCIDENT_HUSH_INSIDE_H

#include "engine/hush.h"

/* ---- <Inhibit> ---- */

/* From the settings in force; forgets every alert. */
enum err hush_inhibit_begin(struct hush *h);
void hush_inhibit_fini(struct hush *h);

/* Under its keys, or from them. Without memory it inhibits nothing and is not
 * inhibited. leave: what it alone has inhibited is let go. */
void hush_inhibit_enter(struct hush *h, struct alert *a);
void hush_inhibit_leave(struct hush *h, struct alert *a, wall_ms now);

/* After a start, once all have entered: the source that an alert is marked with
 * names its key again. */
void hush_inhibit_recall(struct hush *h, const struct alert *a);
/* What to mark an alert with that has entered: 0, the id of an incident, -1. */
int64_t hush_inhibitor_of(const struct alert *a);
/* It has begun to be inhibited: to be told on the source's incident. */
void hush_inhibit_count(struct hush *h, const struct alert *a);

/* ---- silences ---- */

/* Which of those that match are to count the alert as held back: every firing
 * counts once. */
enum hush_count {
  HUSH_COUNT_NONE, /* they have */
  HUSH_COUNT_NEW,  /* those that have just begun: it fired before */
  HUSH_COUNT_ALL   /* it has just fired */
};
/* The silence that holds it back, the one that does so longest; 0: none. */
int64_t hush_silence_of(struct hush *h, const struct alert *a,
                        enum hush_count count);
/* An alert that was marked with the one is marked with the other now; 0: none.
 */
void hush_silence_move(struct hush *h, int64_t from, int64_t to);

/* Those of the book are known. */
void hush_silence_begin(struct hush *h);
/* Which of them hold now; true if that has changed. */
bool hush_silence_refresh(struct hush *h, wall_ms now);
/* Carries what has changed to all that fires, ends what is to end, reminds, and
 * sets the timer. */
void hush_silence_review(struct hush *h, wall_ms now);
/* Those that are over are forgotten. */
void hush_silence_clean(struct hush *h, wall_ms now);

/* ---- both ---- */

void hush_each_firing(struct hush *h,
                      void (*take)(struct hush *h, struct alert *a, void *arg),
                      void *arg);
/* It is to be reviewed in this turn. */
void hush_soon(struct hush *h);

/* Carries new marks to the alert, its row, the event log and its incident: it
 * is held back now, or let go. */
void hush_mark(struct hush *h, struct alert *a, int64_t silence,
               int64_t inhibitor, wall_ms now);

#endif
