/* SPDX-License-Identifier: MIT */
/* The components of an iCalendar file: which lines make an event or a time
 * zone. What else there is, alarms and tasks, is passed over. */
#include "core/calendar_inside.h"

#include <stdlib.h>
#include <string.h>

#define DEPTH_MAX 8

enum component { IN_OTHER, IN_CALENDAR, IN_EVENT, IN_ZONE, IN_OBSERVANCE };

struct place {
  enum component component;
  struct slice name;
};

struct scan {
  struct cal_reader *reader;
  struct place stack[DEPTH_MAX];
  size_t depth;
  bool has_calendar;
};

static enum component component_in(const struct scan *s, struct slice name) {
  enum component outer =
      s->depth == 0 ? IN_OTHER : s->stack[s->depth - 1].component;
  if (s->depth == 0)
    return slice_is(name, "VCALENDAR") ? IN_CALENDAR : IN_OTHER;
  if (outer == IN_CALENDAR && slice_is(name, "VEVENT"))
    return IN_EVENT;
  if (outer == IN_CALENDAR && slice_is(name, "VTIMEZONE"))
    return IN_ZONE;
  if (outer == IN_ZONE &&
      (slice_is(name, "STANDARD") || slice_is(name, "DAYLIGHT")))
    return IN_OBSERVANCE;
  return IN_OTHER;
}

/* ---- beginnings and ends ---- */

static void *last_of(const struct cal_array *a, size_t size) {
  return (char *)a->items + (a->n - 1) * size;
}

static bool begin_event(struct cal_reader *r, int line) {
  struct event *e = cal_array_add(&r->events, sizeof *e);
  if (e != NULL) {
    e->line = line;
    e->extras = r->extras.n;
  }
  return e != NULL;
}

static bool begin_zone(struct cal_reader *r) {
  struct cal_zone *z = cal_array_add(&r->zones, sizeof *z);
  if (z != NULL)
    z->observances = r->observances.n;
  return z != NULL;
}

static bool begin_observance(struct cal_reader *r, int line) {
  struct observance *o = cal_array_add(&r->observances, sizeof *o);
  struct cal_zone *z = last_of(&r->zones, sizeof *z);
  if (o != NULL) {
    o->line = line;
    o->extras = r->extras.n;
    z->observances_n++;
  }
  return o != NULL;
}

static enum err begin(struct scan *s, const struct cal_line *line) {
  struct slice name = {line->value, strcspn(line->value, " \t")};
  enum component component = component_in(s, name);
  bool is_good = true;
  if (s->depth == DEPTH_MAX)
    return cal_wrong(line->number, "components are nested too deeply");
  if (component == IN_EVENT)
    is_good = begin_event(s->reader, line->number);
  else if (component == IN_ZONE)
    is_good = begin_zone(s->reader);
  else if (component == IN_OBSERVANCE)
    is_good = begin_observance(s->reader, line->number);
  s->has_calendar = s->has_calendar || component == IN_CALENDAR;
  s->stack[s->depth++] = (struct place){component, name};
  return is_good ? OK : ERR_NOMEM;
}

static enum err end(struct scan *s, const struct cal_line *line) {
  char name[32];
  if (s->depth == 0)
    return cal_wrong(line->number, "END of what has not begun");
  struct slice open = s->stack[--s->depth].name;
  size_t n = open.n < sizeof name ? open.n : sizeof name - 1;
  memcpy(name, open.text, n);
  name[n] = '\0';
  struct slice closed = {line->value, strcspn(line->value, " \t")};
  if (open.n >= sizeof name || !slice_is(closed, name))
    return cal_wrong(line->number, "END:%.40s where END:%s should be",
                     line->value, name);
  return OK;
}

/* ---- their lines ---- */

static struct slice tzid_of(const struct cal_line *line) {
  struct slice tzid = {"", 0};
  (void)cal_line_param(line, "TZID", &tzid);
  return tzid;
}

static struct slice value_of(const struct cal_line *line) {
  size_t n = strlen(line->value);
  while (n > 0 && (line->value[n - 1] == ' ' || line->value[n - 1] == '\t'))
    n--;
  return (struct slice){line->value, n};
}

static enum err take_time(const struct cal_line *line, struct cal_time *t,
                          bool *has) {
  *has = cal_time_read(value_of(line), tzid_of(line), t);
  return *has ? OK
              : cal_wrong(line->number, "%.*s: no date or time",
                          (int)line->name.n, line->name.text);
}

/* True if it is one of those, which has been added to the last component. */
static bool take_extra(struct cal_reader *r, const struct cal_line *line,
                       size_t *n, enum err *err) {
  static const char *const names[] = {"RRULE", "RDATE", "EXDATE"};
  size_t kind = 0;
  while (kind < 3 && !slice_is(line->name, names[kind]))
    kind++;
  if (kind == 3)
    return false;
  struct extra *x = cal_array_add(&r->extras, sizeof *x);
  *err = x != NULL ? OK : ERR_NOMEM;
  if (x != NULL) {
    *x = (struct extra){(enum extra_kind)kind, line->number, value_of(line),
                        tzid_of(line)};
    ++*n;
  }
  return true;
}

static enum err take_recurrence(struct event *e, const struct cal_line *line) {
  struct slice range;
  if (cal_line_param(line, "RANGE", &range))
    return cal_wrong(line->number, "RECURRENCE-ID: RANGE is not supported");
  return take_time(line, &e->recurrence, &e->is_override);
}

static enum err take_event_line(struct cal_reader *r,
                                const struct cal_line *line) {
  struct event *e = last_of(&r->events, sizeof *e);
  enum err err = OK;
  if (slice_is(line->name, "DTSTART"))
    return take_time(line, &e->start, &e->has_start);
  if (slice_is(line->name, "DTEND"))
    return take_time(line, &e->end, &e->has_end);
  if (slice_is(line->name, "RECURRENCE-ID"))
    return take_recurrence(e, line);
  if (slice_is(line->name, "DURATION")) {
    e->has_length = cal_length_read(value_of(line), &e->length);
    return e->has_length ? OK : cal_wrong(line->number, "DURATION: none");
  }
  if (slice_is(line->name, "EXRULE"))
    return cal_wrong(line->number, "EXRULE is not supported");
  if (slice_is(line->name, "STATUS"))
    e->is_cancelled = slice_is(value_of(line), "CANCELLED");
  else if (slice_is(line->name, "UID"))
    e->uid = value_of(line);
  else if (slice_is(line->name, "SUMMARY"))
    e->summary = value_of(line);
  else if (slice_is(line->name, "SEQUENCE"))
    e->sequence = strtol(line->value, NULL, 10);
  else
    (void)take_extra(r, line, &e->extras_n, &err);
  return err;
}

static enum err take_offset(const struct cal_line *line, int32_t *offset,
                            bool *has) {
  *has = cal_offset_read(line->value, offset);
  return *has ? OK
              : cal_wrong(line->number, "%.*s: no offset", (int)line->name.n,
                          line->name.text);
}

static enum err take_observance_line(struct cal_reader *r,
                                     const struct cal_line *line) {
  struct observance *o = last_of(&r->observances, sizeof *o);
  enum err err = OK;
  if (slice_is(line->name, "DTSTART"))
    return take_time(line, &o->start, &o->has_start);
  if (slice_is(line->name, "TZOFFSETFROM"))
    return take_offset(line, &o->from, &o->has_from);
  if (slice_is(line->name, "TZOFFSETTO"))
    return take_offset(line, &o->to, &o->has_to);
  (void)take_extra(r, line, &o->extras_n, &err);
  return err;
}

static enum err take(struct scan *s, const struct cal_line *line) {
  if (slice_is(line->name, "BEGIN"))
    return begin(s, line);
  if (s->depth == 0)
    return cal_wrong(line->number, "no iCalendar file");
  if (slice_is(line->name, "END"))
    return end(s, line);
  switch (s->stack[s->depth - 1].component) {
  case IN_EVENT:
    return take_event_line(s->reader, line);
  case IN_OBSERVANCE:
    return take_observance_line(s->reader, line);
  case IN_ZONE:
    if (slice_is(line->name, "TZID")) {
      struct cal_zone *z = last_of(&s->reader->zones, sizeof *z);
      z->tzid = value_of(line);
    }
    return OK;
  default:
    return OK;
  }
}

enum err cal_scan(struct cal_reader *r, char *text, size_t n) {
  struct scan s = {.reader = r};
  struct cal_lines lines = {.at = text, .end = text + n};
  struct cal_line line;
  enum err err = OK;
  if (n >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
    lines.at += 3;
  while (err == OK && cal_line_next(&lines, &line))
    err = take(&s, &line);
  if (err == OK && s.depth > 0)
    err = cal_wrong(lines.number, "it ends within %.*s",
                    (int)(s.stack[s.depth - 1].name.n < 40
                              ? s.stack[s.depth - 1].name.n
                              : 40),
                    s.stack[s.depth - 1].name.text);
  if (err == OK && !s.has_calendar)
    err = cal_wrong(0, "no iCalendar file");
  return err;
}
