/* SPDX-License-Identifier: MIT */
/* The shifts of an event: its occurrences without those that are excepted or
 * are events of their own (RFC 5545, sections 3.6.1 and 3.8.5). */
#include "core/calendar_inside.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

/* What is no occurrence: a time, or all that begin on a date. */
struct except {
  bool is_date;
  int64_t key; /* wall_ms, or days since the epoch */
};

/* An event being expanded. */
struct expansion {
  struct cal_reader *reader;
  struct event *event;
  const struct zone *zone;
  struct cal_length length;
  struct cal_array excepts; /* sorted */
};

static int64_t day_of(wall_s wall) {
  return wall / WALL_DAY - (wall % WALL_DAY < 0);
}

/* ---- exceptions ---- */

static int by_key(const void *a, const void *b) {
  const struct except *x = a, *y = b;
  if (x->is_date != y->is_date)
    return x->is_date ? 1 : -1;
  return (x->key > y->key) - (x->key < y->key);
}

/* Some programs except whole days by a time, others times by a whole day. */
static enum err add_except(struct expansion *x, const struct cal_time *t,
                           int line) {
  const struct zone *zone = NULL;
  bool is_date = t->is_date || x->event->start.is_date;
  enum err err = OK;
  if (!is_date)
    err = cal_zone_of(x->reader, t, line, &zone);
  if (err != OK)
    return err;
  struct except *e = cal_array_add(&x->excepts, sizeof *e);
  if (e == NULL)
    return ERR_NOMEM;
  e->is_date = is_date;
  e->key = is_date ? day_of(t->wall) : cal_at(zone, t->wall);
  return OK;
}

static enum err add_exdates(struct expansion *x, const struct extra *extra) {
  struct slice list = extra->value, item;
  struct cal_time t;
  enum err err = OK;
  while (err == OK && cal_list_next(&list, &item))
    err = cal_time_read(item, extra->tzid, &t)
              ? add_except(x, &t, extra->line)
              : cal_wrong(extra->line, "EXDATE: no date or time");
  return err;
}

static int compare(struct slice a, struct slice b) {
  int order = memcmp(a.text, b.text, a.n < b.n ? a.n : b.n);
  return order != 0 ? order : (a.n > b.n) - (a.n < b.n);
}

/* Of several that stand for one occurrence the last counts. */
static int by_uid(const void *a, const void *b) {
  const struct event *x = *(struct event *const *)a;
  const struct event *y = *(struct event *const *)b;
  int order = compare(x->uid, y->uid);
  if (order == 0)
    order = (x->recurrence.wall > y->recurrence.wall) -
            (x->recurrence.wall < y->recurrence.wall);
  if (order == 0)
    order = (x->sequence > y->sequence) - (x->sequence < y->sequence);
  return order != 0 ? order : x->line - y->line;
}

static bool is_same_occurrence(const struct event *a, const struct event *b) {
  return compare(a->uid, b->uid) == 0 &&
         a->recurrence.wall == b->recurrence.wall &&
         a->recurrence.kind == b->recurrence.kind &&
         compare(a->recurrence.tzid, b->recurrence.tzid) == 0;
}

enum err cal_event_sort(struct cal_reader *r) {
  struct event *events = r->events.items;
  size_t n = 0;
  for (size_t i = 0; i < r->events.n; i++)
    n += events[i].is_override && events[i].uid.n > 0;
  if (n == 0)
    return OK;
  r->overrides = malloc(n * sizeof(struct event *));
  if (r->overrides == NULL)
    return ERR_NOMEM;
  for (size_t i = 0; i < r->events.n; i++)
    if (events[i].is_override && events[i].uid.n > 0)
      r->overrides[r->overrides_n++] = &events[i];
  qsort(r->overrides, n, sizeof(struct event *), by_uid);
  for (size_t i = 0; i + 1 < n; i++)
    if (is_same_occurrence(r->overrides[i], r->overrides[i + 1]))
      r->overrides[i]->is_cancelled = true;
  return OK;
}

/* Of that event; a copy of it in the file is told by the same. */
static enum err add_overrides(struct expansion *x) {
  struct cal_reader *r = x->reader;
  size_t low = 0, high = r->overrides_n;
  enum err err = OK;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (compare(r->overrides[middle]->uid, x->event->uid) < 0)
      low = middle + 1;
    else
      high = middle;
  }
  for (; low < r->overrides_n && err == OK; low++) {
    const struct event *o = r->overrides[low];
    if (compare(o->uid, x->event->uid) != 0)
      break;
    err = cal_work(r, 1);
    if (err == OK)
      err = add_except(x, &o->recurrence, o->line);
  }
  return err;
}

static enum err collect_excepts(struct expansion *x) {
  const struct extra *extras = x->reader->extras.items;
  const struct event *e = x->event;
  enum err err = OK;
  for (size_t i = 0; i < e->extras_n && err == OK; i++)
    if (extras[e->extras + i].kind == EXTRA_EXDATE)
      err = add_exdates(x, &extras[e->extras + i]);
  if (err == OK && !e->is_override)
    err = add_overrides(x);
  if (x->excepts.n > 1)
    qsort(x->excepts.items, x->excepts.n, sizeof(struct except), by_key);
  return err;
}

static bool is_excepted(const struct expansion *x, wall_s wall, wall_ms at) {
  const struct except date = {true, day_of(wall)}, time = {false, at};
  if (x->excepts.n == 0)
    return false;
  return bsearch(&date, x->excepts.items, x->excepts.n, sizeof date, by_key) !=
             NULL ||
         bsearch(&time, x->excepts.items, x->excepts.n, sizeof time, by_key) !=
             NULL;
}

/* ---- shifts ---- */

/* As SUMMARY has it: "\n", "\," and the like; blanks around it go. */
static char *clean(struct slice s) {
  char *bare = malloc(s.n + 1), *who = malloc(3 * s.n + 1);
  size_t n = 0;
  if (bare == NULL || who == NULL) {
    free(bare);
    free(who);
    return NULL;
  }
  for (size_t i = 0; i < s.n; i++) {
    char c = s.text[i];
    if (c == '\\' && i + 1 < s.n) {
      c = s.text[++i];
      c = c == 'n' || c == 'N' ? ' ' : c;
    }
    if (c == ' ' || c == '\t') {
      if (n > 0 && bare[n - 1] != ' ')
        bare[n++] = ' ';
    } else {
      bare[n++] = c;
    }
  }
  while (n > 0 && bare[n - 1] == ' ')
    n--;
  text_clean(who, 3 * s.n + 1, bare, n);
  free(bare);
  return who;
}

static enum err add_shift(struct expansion *x, const struct zone *zone,
                          wall_s wall, struct cal_length length) {
  struct cal_reader *r = x->reader;
  wall_ms from = cal_at(zone, wall);
  wall_ms until = cal_at(zone, wall + length.wall) + length.exact;
  if (from >= r->until || until <= r->from || until <= from ||
      is_excepted(x, zone == x->zone ? wall : cal_wall(x->zone, from), from))
    return OK;
  if (r->shifts.n == CALENDAR_SHIFTS_MAX)
    return cal_too_much("it has more than 20000 shifts");
  if (x->event->who == NULL)
    x->event->who = clean(x->event->summary);
  struct shift *s =
      x->event->who != NULL ? cal_array_add(&r->shifts, sizeof *s) : NULL;
  if (s == NULL)
    return ERR_NOMEM;
  *s = (struct shift){from, until, x->event->who};
  return OK;
}

static enum err add_occurrence(void *arg, wall_s at) {
  struct expansion *x = arg;
  return add_shift(x, x->zone, at, x->length);
}

/* "20260105T090000", or with "/20260105T170000" or "/PT8H" behind it. */
static enum err add_rdate(struct expansion *x, const struct extra *extra,
                          struct slice item) {
  const char *slash = memchr(item.text, '/', item.n);
  struct slice first = item, second = {NULL, 0};
  struct cal_time t, end;
  struct cal_length length = x->length;
  const struct zone *zone;
  if (slash != NULL) {
    first.n = (size_t)(slash - item.text);
    second = (struct slice){slash + 1, item.n - first.n - 1};
  }
  if (!cal_time_read(first, extra->tzid, &t))
    return cal_wrong(extra->line, "RDATE: no date or time");
  if (slash != NULL && !cal_length_read(second, &length)) {
    if (!cal_time_read(second, extra->tzid, &end) || end.kind != t.kind)
      return cal_wrong(extra->line, "RDATE: no period");
    length = (struct cal_length){end.wall - t.wall, 0};
  }
  enum err err = cal_zone_of(x->reader, &t, extra->line, &zone);
  return err == OK ? add_shift(x, zone, t.wall, length) : err;
}

static enum err add_rdates(struct expansion *x, const struct extra *extra) {
  struct slice list = extra->value, item;
  enum err err = OK;
  while (err == OK && cal_list_next(&list, &item))
    err = add_rdate(x, extra, item);
  return err;
}

static enum err add_rule(struct expansion *x, const struct extra *extra) {
  const struct cal_reader *r = x->reader;
  /* What began before the window may reach into it; two days are more than
   * zones and daylight saving come to. */
  wall_s reach = x->length.wall + x->length.exact / 1000 + 2 * WALL_DAY;
  const struct cal_rule rule = {.line = extra->line,
                                .text = extra->value.text,
                                .start = x->event->start.wall,
                                .is_date = x->event->start.is_date,
                                .zone = x->zone,
                                .from = r->from / 1000 - reach,
                                .until = r->until / 1000 + 2 * WALL_DAY};
  return cal_rule_each(x->reader, &rule, add_occurrence, x);
}

/* ---- the event ---- */

/* Between two times of one zone the wall decides, also when the clocks change
 * between them on one day and not on another. */
static enum err find_length(struct expansion *x) {
  const struct event *e = x->event;
  const struct cal_time *a = &e->start, *b = &e->end;
  const struct zone *end_zone;
  bool is_empty = !e->has_end || (b->is_date && b->wall == a->wall);
  if (e->has_length || (a->is_date && is_empty)) {
    x->length = e->length;
    if (!e->has_length)
      x->length.wall = WALL_DAY;
    return OK;
  }
  if (!e->has_end)
    return OK;
  if (a->kind == b->kind && compare(a->tzid, b->tzid) == 0) {
    x->length.wall = b->wall - a->wall;
    return OK;
  }
  enum err err = cal_zone_of(x->reader, b, e->line, &end_zone);
  if (err == OK)
    x->length.exact = cal_at(end_zone, b->wall) - cal_at(x->zone, a->wall);
  return err;
}

static enum err expand(struct expansion *x) {
  const struct event *e = x->event;
  const struct extra *extras = x->reader->extras.items;
  bool has_rule = false;
  enum err err = find_length(x);
  if (err != OK || x->length.wall < 0 || x->length.exact < 0 ||
      (x->length.wall == 0 && x->length.exact == 0))
    return err;
  err = collect_excepts(x);
  for (size_t i = 0; i < e->extras_n && err == OK; i++) {
    const struct extra *extra = &extras[e->extras + i];
    has_rule = has_rule || extra->kind == EXTRA_RRULE;
    if (extra->kind == EXTRA_RRULE)
      err = add_rule(x, extra);
    else if (extra->kind == EXTRA_RDATE)
      err = add_rdates(x, extra);
  }
  return err == OK && !has_rule ? add_occurrence(x, e->start.wall) : err;
}

enum err cal_event_expand(struct cal_reader *r, struct event *e) {
  struct expansion x = {.reader = r, .event = e};
  if (e->is_cancelled)
    return OK;
  if (!e->has_start)
    return cal_wrong(e->line, "VEVENT: it has no DTSTART");
  enum err err = cal_zone_of(r, &e->start, e->line, &x.zone);
  if (err == OK)
    err = expand(&x);
  free(x.excepts.items);
  return err;
}
