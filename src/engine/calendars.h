/* SPDX-License-Identifier: MIT */
/* The iCalendar files of schedules, kept as they are now by threads of their
 * own, one each: a file may lie where reading hangs, and neither the engine nor
 * another file waits for it.
 *
 * Each is looked at every 2 s, read again when it has changed, and once a day,
 * so that its window moves along: 400 days before and after, or less where
 * there would be too many shifts. One that cannot be read keeps the calendar
 * that was read last; that is logged once, as is that it works again, and each
 * summary that names no responder once per reading of a changed file. */
#ifndef INCIDENT_CALENDARS_H
#define INCIDENT_CALENDARS_H

#include "core/calendar.h"
#include "core/settings.h"

struct calendars;

/* wake is called from a thread, or from calendars_look, when there is
 * something to take; fits pulse_wake. NULL: nobody is to be woken. Keeps
 * nothing of the settings. Reads nothing yet. ERR_NOMEM. */
enum err calendars_new(const struct settings *s, struct clock *clock,
                       void (*wake)(void *arg), void *wake_arg,
                       struct calendars **own_calendars);

/* Starts the threads (after the daemon's fork) and waits until each file has
 * been looked at, but no longer than that. ERR_IO: one will not start. */
enum err calendars_start(struct calendars *c, span_ms wait);

/* Instead of threads, for simulated time: looks at and reads in the calling
 * thread what is due by now. Returns when it wants to be called again,
 * WALL_NEVER if there is no calendar. */
wall_ms calendars_look(struct calendars *c, wall_ms now);

/* What follows is for one thread, the engine's. c may be NULL: no calendars. */

/* Takes over what has been read since. True if a calendar is another one now:
 * whoever is on call may have changed. */
bool calendars_take(struct calendars *c);
/* The schedule's, borrowed until the next calendars_take or _change; NULL: it
 * has none, or it has never been read. */
const struct calendar *calendars_of(const struct calendars *c,
                                    const struct schedule *s);

/* Other settings: a schedule with the same name, file and zone keeps its
 * calendar; waits for the others to be read, but no longer than that.
 * ERR_NOMEM: all as it was. */
enum err calendars_change(struct calendars *c, const struct settings *s,
                          span_ms wait);

/* Ends the threads. One that still hangs in a file after that time is let go
 * and keeps what it uses. */
void calendars_free(struct calendars *own_calendars, span_ms wait);

#endif
