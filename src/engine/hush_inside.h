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

/* What to mark an alert with that has entered: 0, the id of an incident, -1. */
int64_t hush_inhibitor_of(const struct alert *a);
/* It has begun to be inhibited: to be told on the source's incident. */
void hush_inhibit_count(struct hush *h, const struct alert *a);

/* Carries new marks to the alert, its row, the event log and its incident: it
 * is held back now, or let go. */
void hush_mark(struct hush *h, struct alert *a, int64_t silence,
               int64_t inhibitor, wall_ms now);

#endif
