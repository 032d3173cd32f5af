/* SPDX-License-Identifier: MIT */
/* Who is on call: the schedules with what changes them at run time, overrides
 * and calendars, and what follows when somebody else comes on call (SPEC
 * section 1, <Schedule>; section 3, exhausted runs). The engine thread only;
 * calendars come read (engine/calendars.h). */
#ifndef INCIDENT_DUTY_H
#define INCIDENT_DUTY_H

#include "core/schedule.h"
#include "engine/book.h"

struct calendars;
struct casework;
struct post; /* a schedule and who was on call when it was last looked at */

struct duty_roster {
  struct timer timer; /* when somebody may come on call next */
  struct casework *work;
  struct calendars *calendars;
  struct post *posts;
  size_t posts_n;
};

/* Who is to be paged for that schedule now, its Fallback included; NULL:
 * nobody. */
const struct responder *duty_now(struct duty_roster *d,
                                 const struct schedule *s, wall_ms now);

/* The timer is due, an override was made, or a calendar was read again. Tells
 * whoever has come on call of the open incidents; a schedule that has somebody
 * again starts the exhausted runs that page it. */
void duty_due(struct duty_roster *d, wall_ms now);

#endif
