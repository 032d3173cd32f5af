/* SPDX-License-Identifier: MIT */
/* Who is on call by an iCalendar file (RFC 5545), as shifts of a window of
 * time: recurrences, exceptions, time zones and whole days are worked out when
 * it is read. The only user of libical. Reads bytes, never files. */
#ifndef INCIDENT_CALENDAR_H
#define INCIDENT_CALENDAR_H

#include "base/err.h"
#include "base/json.h"
#include "base/zone.h"

#include <stddef.h>

struct shift {
  wall_ms from, until; /* [from, until) */
  const char *who;     /* the event's summary, cleaned; the calendar's */
};

/* From then on until the next, it is that one's. */
struct stretch {
  wall_ms from;
  const char *who; /* NULL: nobody's */
};

/* Immutable once read. */
struct calendar {
  wall_ms from, until;  /* what was worked out */
  struct shift *shifts; /* by from, then in the order of the file */
  size_t shifts_n;
  struct stretch *stretches; /* what follows from them, rising */
  size_t stretches_n;
  char **names; /* owned: the different summaries, sorted by strcmp */
  size_t names_n;
};

/* zone (borrowed; NULL: UTC) is that of times that have none and of whole days.
 * Events that only touch the window are in it with their real ends. Cancelled
 * events and those without an end or duration are left out; a whole day needs
 * none. ERR_INVALID: *why (static per thread) says what is wrong with it;
 * ERR_CEILING: more than CALENDAR_SHIFTS_MAX, or more work than one file may
 * make, with *why; ERR_NOMEM. Nothing is touched on failure but *why. */
#define CALENDAR_SHIFTS_MAX 20000
enum err calendar_read(const char *text, size_t n, const struct zone *zone,
                       wall_ms from, wall_ms until,
                       struct calendar **own_calendar, const char **why);
void calendar_free(struct calendar *c);

/* As a JSON object, and back: whose it is when, without the shifts that this
 * follows from. ERR_INVALID: it is none, or v is NULL. */
void calendar_print(const struct calendar *c, struct json *j);
enum err calendar_parse(const struct json_in *v,
                        struct calendar **own_calendar);

/* Whose shift it is: of several the one that began last, then the later in the
 * file; NULL: nobody's. *until: when that may change, WALL_NEVER: not in the
 * window. */
const char *calendar_at(const struct calendar *c, wall_ms at, wall_ms *until);
/* When it last changed at or before that time; WALL_NEVER: not in the window.
 */
wall_ms calendar_last(const struct calendar *c, wall_ms at);

#endif
