/* SPDX-License-Identifier: MIT */
/* Time zones of an iCalendar file: its own (VTIMEZONE; RFC 5545, section
 * 3.6.5), else those of the IANA database. */
#include "core/calendar_inside.h"

#include <stdlib.h>
#include <string.h>

#define YEAR_S (366 * WALL_DAY)
#define MARGIN_S                                                               \
  (3 * YEAR_S) /* around the window: every rule has one in it                  \
                */
#define TURNS_MAX 20000

struct turn {
  int64_t at;
  int32_t from, to;
};

struct turns {
  struct cal_array list;
  const struct observance *observance;
};

/* ---- the file's own ---- */

static enum err add_turn(void *arg, wall_s at) {
  struct turns *t = arg;
  if (t->list.n == TURNS_MAX)
    return cal_wrong(t->observance->line, "the clocks change too often");
  struct turn *turn = cal_array_add(&t->list, sizeof *turn);
  if (turn == NULL)
    return ERR_NOMEM;
  *turn = (struct turn){at - t->observance->from, t->observance->from,
                        t->observance->to};
  return OK;
}

static enum err add_dates(struct turns *t, const struct extra *x) {
  struct slice list = x->value, item;
  struct cal_time time;
  enum err err = OK;
  while (err == OK && cal_list_next(&list, &item))
    err = cal_time_read(item, (struct slice){0}, &time)
              ? add_turn(t, time.wall)
              : cal_wrong(x->line, "RDATE: no date");
  return err;
}

/* Around the window, or around the rule's end if that was before. */
static enum err add_rule(struct cal_reader *r, struct turns *t,
                         const struct extra *x) {
  struct zone *fixed = NULL;
  enum err err = zone_make(NULL, NULL, 0, t->observance->from, &fixed);
  if (err != OK)
    return err;
  wall_s from = r->from / 1000 - MARGIN_S;
  wall_s end = cal_rule_end(x->value.text, fixed);
  const struct cal_rule rule = {
      .line = x->line,
      .text = x->value.text,
      .start = t->observance->start.wall,
      .zone = fixed,
      .from = end < from ? end - MARGIN_S : from,
      .until = r->until / 1000 + MARGIN_S,
  };
  err = cal_rule_each(r, &rule, add_turn, t);
  zone_free(fixed);
  return err;
}

static enum err add_observance(struct cal_reader *r, struct turns *t,
                               const struct observance *o) {
  const struct extra *extras = r->extras.items;
  bool has_rule = false;
  enum err err = OK;
  if (!o->has_start || !o->has_from || !o->has_to)
    return cal_wrong(o->line, "it has no DTSTART, TZOFFSETFROM or TZOFFSETTO");
  t->observance = o;
  for (size_t i = 0; i < o->extras_n && err == OK; i++) {
    const struct extra *x = &extras[o->extras + i];
    has_rule = has_rule || x->kind == EXTRA_RRULE;
    if (x->kind == EXTRA_RRULE)
      err = add_rule(r, t, x);
    else if (x->kind == EXTRA_RDATE)
      err = add_dates(t, x);
  }
  return err == OK && !has_rule ? add_turn(t, o->start.wall) : err;
}

static int by_time(const void *a, const void *b) {
  const struct turn *x = a, *y = b;
  return (x->at > y->at) - (x->at < y->at);
}

static enum err make_zone(struct turns *t, struct cal_zone *z) {
  const struct observance *o = t->observance;
  struct turn *turns = t->list.items;
  size_t n = 0;
  if (t->list.n == 0) /* they all begin after the window */
    return zone_make(NULL, NULL, 0, o->from, &z->zone);
  qsort(turns, t->list.n, sizeof *turns, by_time);
  int64_t *at = malloc(t->list.n * sizeof *at);
  int32_t *to = malloc(t->list.n * sizeof *to);
  enum err err = at == NULL || to == NULL ? ERR_NOMEM : OK;
  for (size_t i = 0; i < t->list.n && err == OK; i++) {
    n -= n > 0 && at[n - 1] == turns[i].at;
    at[n] = turns[i].at;
    to[n++] = turns[i].to;
  }
  if (err == OK)
    err = zone_make(at, to, n, turns[0].from, &z->zone);
  free(at);
  free(to);
  return err;
}

static enum err make_own(struct cal_reader *r, struct cal_zone *z, int line) {
  const struct observance *all = r->observances.items;
  struct turns t = {.observance = NULL};
  enum err err =
      z->observances_n > 0
          ? OK
          : cal_wrong(line, "VTIMEZONE %.*s says nothing",
                      (int)(z->tzid.n < 80 ? z->tzid.n : 80), z->tzid.text);
  for (size_t i = 0; i < z->observances_n && err == OK; i++)
    err = add_observance(r, &t, &all[z->observances + i]);
  if (err == OK)
    err = make_zone(&t, z);
  free(t.list.items);
  return err;
}

/* ---- those of the machine ---- */

/* "Europe/Berlin", perhaps with "/example.org/2024/" before it. */
static enum err load(struct cal_zone *z, int line) {
  char name[ZONE_NAME];
  struct slice s = z->tzid;
  while (s.n > 0) {
    if (s.n < sizeof name) {
      memcpy(name, s.text, s.n);
      name[s.n] = '\0';
      enum err err = zone_load(name, &z->zone);
      if (err == OK || err == ERR_NOMEM)
        return err;
    }
    const char *slash = memchr(s.text, '/', s.n);
    size_t skipped = slash == NULL ? s.n : (size_t)(slash - s.text) + 1;
    s.text += skipped;
    s.n -= skipped;
  }
  return cal_wrong(line,
                   "TZID %.*s: the file has no such VTIMEZONE, and it is none "
                   "of the machine's",
                   (int)(z->tzid.n < 80 ? z->tzid.n : 80), z->tzid.text);
}

/* ---- asking ---- */

static struct cal_zone *find(struct cal_reader *r, struct slice tzid) {
  struct cal_zone *zones = r->zones.items;
  for (size_t i = 0; i < r->zones.n; i++)
    if (zones[i].tzid.n == tzid.n &&
        memcmp(zones[i].tzid.text, tzid.text, tzid.n) == 0)
      return &zones[i];
  return NULL;
}

enum err cal_zone_of(struct cal_reader *r, const struct cal_time *t, int line,
                     const struct zone **zone) {
  enum err err = OK;
  if (t->kind != CAL_ZONED) {
    *zone = t->kind == CAL_UTC ? NULL : r->zone;
    return OK;
  }
  err = cal_work(r, 1 + (int64_t)r->zones.n / 64); /* for looking */
  if (err != OK)
    return err;
  struct cal_zone *z = find(r, t->tzid);
  if (z == NULL) {
    z = cal_array_add(&r->zones, sizeof *z);
    if (z == NULL)
      return ERR_NOMEM;
    z->tzid = t->tzid;
    err = load(z, line);
  } else if (!z->is_made) {
    err = make_own(r, z, line);
  }
  z->is_made = err == OK;
  if (err == OK)
    *zone = z->zone;
  return err;
}
