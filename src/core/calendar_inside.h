/* SPDX-License-Identifier: MIT */
/* Between the parts of the calendar: lines of text, the events in them, time
 * zones of the file, recurrence. Only for calendar*.c. */
#ifndef INCIDENT_CALENDAR_INSIDE_H
#define INCIDENT_CALENDAR_INSIDE_H

#include "core/calendar.h"

#include <stdbool.h>
#include <stdint.h>

/* Time as the wall shows it, in seconds as if that were UTC. */
typedef int64_t wall_s;
#define WALL_DAY INT64_C(86400)

/* Part of a line; not terminated. */
struct slice {
  const char *text;
  size_t n;
};
bool slice_is(struct slice s, const char *text); /* without regard to case */

/* ---- lines (calendar_line.c) ---- */

struct cal_lines {
  char *at, *end; /* *end is a NUL; what is read is unfolded in place */
  int number;     /* of the last line, 1 is the first */
};
struct cal_line {
  int number;
  struct slice name, params;
  char *value; /* terminated */
};
/* The next line that is "NAME;PARAMS:VALUE". */
bool cal_line_next(struct cal_lines *l, struct cal_line *line);
/* What stands behind "NAME=" in the parameters, without quotes. */
bool cal_line_param(const struct cal_line *line, const char *name,
                    struct slice *value);

/* ---- values (calendar_value.c); false: it is none ---- */

enum cal_kind { CAL_FLOATING, CAL_UTC, CAL_ZONED };
struct cal_time {
  wall_s wall;
  bool is_date;
  enum cal_kind kind;
  struct slice tzid; /* CAL_ZONED */
};
/* "20260105T090000Z" and the like, all of the slice. */
bool cal_time_read(struct slice value, struct slice tzid, struct cal_time *t);

/* What is added on the wall, then what really passes. */
struct cal_length {
  wall_s wall;
  span_ms exact;
};
/* "P1DT12H"; days and weeks pass on the wall. */
bool cal_length_read(struct slice value, struct cal_length *length);
/* "+0100" in seconds. */
bool cal_offset_read(const char *value, int32_t *offset);
/* The next of a list, which is shortened by it; false at its end. */
bool cal_list_next(struct slice *list, struct slice *item);

wall_ms cal_at(const struct zone *z, wall_s wall);
wall_s cal_wall(const struct zone *z, wall_ms at);

/* ---- what is read (calendar_read.c, calendar_event.c, calendar_zone.c) ----
 */

/* A line that may be there more than once. */
enum extra_kind { EXTRA_RRULE, EXTRA_RDATE, EXTRA_EXDATE };
struct extra {
  enum extra_kind kind;
  int line;
  struct slice value, tzid;
};

struct event {
  int line; /* where it begins */
  size_t extras, extras_n;
  bool has_start, has_end, has_length, is_override, is_cancelled;
  struct cal_time start, end, recurrence; /* the last: is_override */
  struct cal_length length;
  struct slice uid, summary;
  long sequence;
  char *who; /* owned: the summary, cleaned; NULL: not wanted yet */
};

/* A STANDARD or DAYLIGHT of a VTIMEZONE. */
struct observance {
  int line;
  size_t extras, extras_n;
  bool has_start, has_from, has_to;
  struct cal_time start;
  int32_t from, to;
};

struct cal_zone {
  struct slice tzid;
  size_t observances, observances_n;
  struct zone *zone; /* owned; NULL: UTC, or not asked for yet */
  bool is_made;
};

/* A growing array. */
struct cal_array {
  void *items;
  size_t n, cap;
};
/* A new item, all zero; NULL: out of memory. */
void *cal_array_add(struct cal_array *a, size_t size);

struct cal_reader {
  const struct zone *zone; /* the schedule's */
  wall_ms from, until;
  struct cal_array events, extras, observances, zones;
  struct event **overrides; /* by uid */
  size_t overrides_n;
  struct cal_array shifts; /* who: of an event */
  long work;               /* left */
};

/* What is wrong with the file; gives ERR_INVALID. line 0: with all of it. */
enum err cal_wrong(int line, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* The same, and gives ERR_CEILING. */
enum err cal_too_much(const char *what);
/* So much work is done; ERR_CEILING: that was too much. */
enum err cal_work(struct cal_reader *r, int64_t steps);

/* Fills events, extras, observances and zones from the text, which it changes
 * and which they point into. text[n] is a NUL. */
enum err cal_scan(struct cal_reader *r, char *text, size_t n);

/* The zone of such times. */
enum err cal_zone_of(struct cal_reader *r, const struct cal_time *t, int line,
                     const struct zone **zone);
/* Before the first event is expanded: sorts those that stand for occurrences of
 * others. */
enum err cal_event_sort(struct cal_reader *r);
/* Puts the event's shifts in. */
enum err cal_event_expand(struct cal_reader *r, struct event *e);

/* ---- recurrence (calendar_rule.c) ---- */

struct cal_rule {
  int line;
  const char *text; /* "FREQ=…" */
  wall_s start;
  bool is_date;
  const struct zone *zone;
  wall_s from, until; /* what is wanted: [from, until) */
};
typedef enum err cal_occurrence(void *arg, wall_s at);
/* Calls back for each occurrence, rising. */
enum err cal_rule_each(struct cal_reader *r, const struct cal_rule *rule,
                       cal_occurrence *each, void *arg);
/* The end of a rule that has one, on that zone's wall; INT64_MAX: it has none.
 */
wall_s cal_rule_end(const char *text, const struct zone *zone);

#endif
