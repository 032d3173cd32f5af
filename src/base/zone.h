/* SPDX-License-Identifier: MIT */
/* Time zones of the IANA database, read from its TZif files (RFC 8536) without
 * touching TZ or the C library's zone, which the host's threads share.
 * Immutable once loaded. */
#ifndef INCIDENT_ZONE_H
#define INCIDENT_ZONE_H

#include "base/clock.h"

struct zone;

/* name: "Europe/Berlin", "UTC" (which needs no file), "" (the machine's:
 * /etc/localtime). Neither absolute nor with "..". ERR_NOTFOUND, ERR_INVALID
 * (no good file), ERR_IO, ERR_NOMEM. */
enum err zone_load(const char *name, struct zone **own_zone);
/* The same from what such a file holds. ERR_INVALID, ERR_NOMEM. */
enum err zone_read(const void *bytes, size_t n, struct zone **own_zone);
/* The same from a list: n times in seconds since the epoch, rising, the offset
 * in seconds east of UTC from each on, and that before all of them.
 * ERR_INVALID: not rising, or more than 26 h; ERR_NOMEM. */
enum err zone_make(const int64_t *at, const int32_t *to, size_t n,
                   int32_t first, struct zone **own_zone);
void zone_free(struct zone *z);

/* A date and time of day on the wall. */
struct wall_time {
  int year, month, day;     /* 2026, 1..12, 1..31 */
  int hour, minute, second; /* 0..23, 0..59, 0..59 */
  int weekday;              /* 0 is Sunday; zone_wall sets it, zone_at does not
                               look at it */
};

/* Seconds east of UTC at that time. z NULL is UTC, here and below. */
int zone_offset(const struct zone *z, wall_ms at);
void zone_wall(const struct zone *z, wall_ms at, struct wall_time *wall);
/* The time at which the wall shows that. An hour that happens twice: its first
 * time; one that never happens: as if the clock had not been put forward yet
 * (RFC 5545, section 3.3.5). Days and months beyond their range carry over;
 * years beyond 1 to 9999 are taken as the nearest of them. */
wall_ms zone_at(const struct zone *z, const struct wall_time *wall);

/* The name of the machine's zone: what TZ says, else where /etc/localtime leads
 * to, else /etc/timezone; "UTC" when none of them names one that can be loaded.
 * For the tools. */
#define ZONE_NAME 64
void zone_local_name(char out[ZONE_NAME]);

#endif
