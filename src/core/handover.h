/* SPDX-License-Identifier: MIT */
/* What whoever comes on call is told: which incidents are open (SPEC section 1,
 * <Schedule>). Borrows all that it names. */
#ifndef INCIDENT_HANDOVER_H
#define INCIDENT_HANDOVER_H

#include "core/incident.h"
#include "core/settings.h"

#define HANDOVER_INCIDENTS_MAX 20

struct handover {
  const char *schedule;
  wall_ms until; /* of the turn that begins; WALL_NEVER: not known */
  const struct incident *incidents[HANDOVER_INCIDENTS_MAX]; /* worst first, then
                                                               the newest */
  size_t incidents_n;
  int64_t open; /* all that are */
};

/* One more that is open. */
void handover_add(struct handover *h, const struct settings *settings,
                  const struct incident *i);

/* {"schedule","until","open","incidents":[{"id","title","severity","status",
 * "acknowledged_by"}]} */
void handover_print(const struct handover *h, struct json *j);

/* "You are on call for primary: 3 incidents are open" */
void handover_add_headline(const struct handover *h, struct buf *out);
/* Which of its incidents i: "[SEV-2] 42 Disk almost full: investigating,
 * acknowledged by bob". */
void handover_add_line(const struct handover *h, size_t i, struct buf *out);

#endif
