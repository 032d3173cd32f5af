/* SPDX-License-Identifier: MIT */
/* Reads a schedule's iCalendar file, for the plugin (engine/calendars.h) and
 * the tools. */
#ifndef INCIDENT_CALENDAR_FILE_H
#define INCIDENT_CALENDAR_FILE_H

#include "core/calendar.h"

#include <sys/stat.h>

#define CALENDAR_FILE_MAX (4u * 1024 * 1024)
#define CALENDAR_REACH_DAYS 400 /* before and after now */

/* Reads the file at once, which may take as long as its file system likes. The
 * calendar reaches CALENDAR_REACH_DAYS to both sides of now, or less if it
 * holds too many shifts; zone as for calendar_read. st (or NULL): what the file
 * was. ERR_NOTFOUND, ERR_IO, ERR_INVALID (no plain file, none of iCalendar),
 * ERR_CEILING (too large), each with *why (static per thread); ERR_NOMEM. */
enum err calendar_file_read(const char *path, const struct zone *zone,
                            wall_ms now, struct calendar **own_calendar,
                            struct stat *st, const char **why);

#endif
