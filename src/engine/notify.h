/* SPDX-License-Identifier: MIT */
/* Tells stakeholders of what happens to incidents (<Notify>): pages that nobody
 * has to act on, of no run. The engine thread only. */
#ifndef INCIDENT_NOTIFY_H
#define INCIDENT_NOTIFY_H

#include "engine/pager.h"

/* That has just happened to c; the text says so in a few words, "severity
 * raised to SEV-1". Nothing is told of private and test incidents. ON_RESOLVED:
 * those who were told before hear it, too, unless a chain tells the same
 * webhook, and what has not left is cancelled.
 */
void notify_tell(struct pager *p, struct casefile *c, wall_ms now,
                 enum occasion on, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/* What a page tells besides, for its content. NULL when out of memory. */
char *notify_content(const char *text);

/* What a person has to say has been posted, or withdrawn: to whoever it is for.
 * Withdrawn, nobody hears it who has not heard the other. */
void notify_statement(struct pager *p, struct casefile *c,
                      const struct statement *s, wall_ms now);

void notify_declared(struct pager *p, struct casefile *c, wall_ms now);
void notify_raised(struct pager *p, struct casefile *c, wall_ms now);
void notify_resolved(struct pager *p, struct casefile *c, wall_ms now);

#endif
