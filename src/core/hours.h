/* SPDX-License-Identifier: MIT */
/* When on the wall: During and Except of <Hours>, During of a <Rotation>
 * (collectd-incident(5)). Pure and immutable once made; intervals are [from,
 * to). */
#ifndef INCIDENT_HOURS_H
#define INCIDENT_HOURS_H

#include "base/zone.h"

#include <stdbool.h>
#include <stdint.h>

struct hours_during {
  uint8_t days;      /* bit 0 is Sunday: on which it begins */
  uint16_t from, to; /* minutes after midnight, 0..1440; to <= from: ends the
                        day after; 0 and 1440: all day */
};

struct hours_date {
  int year, month, day;
};

struct hours {
  char *name;                  /* of the block; NULL: of a rotation */
  struct zone *zone;           /* owned (of a rotation: its schedule's); NULL:
                                  UTC */
  char *zone_name;             /* "": the machine's */
  struct hours_during *during; /* any of them */
  size_t during_n;
  struct hours_date *except; /* dates on which it is closed */
  size_t except_n;
};

/* "Mon-Fri 09:00-17:00", "Sat,Sun", "22:00-06:00". ERR_INVALID: *why (static)
 * says what would be right. */
enum err hours_parse_during(const char *text, struct hours_during *during,
                            const char **why);
/* "2026-12-25". */
enum err hours_parse_date(const char *text, struct hours_date *date,
                          const char **why);
/* "2026-01-05 09:00". */
enum err hours_parse_wall(const char *text, struct wall_time *wall,
                          const char **why);

/* Without any During it is open but for Except. */
bool hours_is_open(const struct hours *h, wall_ms at);
/* When it next opens or closes after that time, and did so last at or before
 * it: looked for 400 days; WALL_NEVER: not within that. */
wall_ms hours_next(const struct hours *h, wall_ms at);
wall_ms hours_last(const struct hours *h, wall_ms at);

/* The next time after that one at which one of the During or Except begins or
 * ends, and the last at or before it: nothing changes between. WALL_NEVER: none
 * in the next eight days; with a During there is one. */
wall_ms hours_next_edge(const struct hours *h, wall_ms at);
wall_ms hours_last_edge(const struct hours *h, wall_ms at);

/* Frees what it holds, not h. */
void hours_fini(struct hours *h);

#endif
