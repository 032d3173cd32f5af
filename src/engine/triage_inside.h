/* SPDX-License-Identifier: MIT */
/* Between the parts of the triage. */
#ifndef INCIDENT_TRIAGE_INSIDE_H
#define INCIDENT_TRIAGE_INSIDE_H

#include "engine/triage.h"

/* The alert of the signal's series under the rule that is live, or that has
 * cleared and is the same when it fires again; NULL: none. */
struct alert *triage_find(struct triage *t, const struct signal *s,
                          const struct rule *r);

/* A new alert about the (bad) signal, which it takes over, or one that had
 * cleared again (NULL: none). NULL when out of memory, which is logged; a
 * signal that is NULL is lost for want of it, too. */
struct alert *triage_begin_alert(struct triage *t, const struct rule *r,
                                 struct signal *own_signal,
                                 struct alert *cleared, wall_ms now);

/* Values that changed nothing were not handed in: if the alert is about to
 * expire, and its rule looks at them, the last of them counts. */
void triage_hear_values(struct triage *t, struct alert *a, wall_ms now);

void triage_take_first(struct triage *t, const struct signal *s, wall_ms now);
void triage_take_reading(struct triage *t, const struct signal *s, wall_ms now);

#endif
