/* SPDX-License-Identifier: MIT */
#include "core/schedule.h"

#include "core/week.h"

#include <stdlib.h>
#include <string.h>

#define LOOK_MS (400 * DAY_MS) /* how far schedule_turn looks either way */

void schedule_fini(struct schedule *s) {
  for (size_t i = 0; i < s->rotations_n; i++) {
    s->rotations[i].during.zone = NULL; /* the schedule's */
    hours_fini(&s->rotations[i].during);
    free(s->rotations[i].responders);
  }
  free(s->rotations);
  free(s->name);
  free(s->zone_name);
  zone_free(s->zone);
  free(s->calendar);
  *s = (struct schedule){0};
}

/* ---- overrides ---- */

void override_fini(struct override *o) {
  free(o->schedule);
  free(o->responder);
  free(o->by);
  *o = (struct override){0};
}

void override_print(const struct override *o, struct json *j) {
  json_object(j);
  json_put_int(j, "id", o->id);
  json_put_text(j, "schedule", o->schedule);
  json_put_text(j, "responder", o->responder);
  json_put_time(j, "from", o->from);
  json_put_time(j, "until", o->until);
  json_put_text(j, "by", o->by);
  json_put_time(j, "created_at", o->created_at);
  json_object_end(j);
}

static enum err read_text(const struct json_in *v, const char *key,
                          char **own_text) {
  const char *text = json_at_text(v, key, NULL);
  if (text == NULL)
    return ERR_INVALID;
  *own_text = strdup(text);
  return *own_text == NULL ? ERR_NOMEM : OK;
}

enum err override_read(const struct json_in *v, struct override *own_override) {
  struct override o = {.id = json_at_int(v, "id", 0)};
  enum err err = clock_parse(json_at_text(v, "from", ""), &o.from);
  if (err == OK)
    err = clock_parse(json_at_text(v, "until", ""), &o.until);
  if (err == OK)
    err = clock_parse(json_at_text(v, "created_at", ""), &o.created_at);
  if (err == OK)
    err = read_text(v, "schedule", &o.schedule);
  if (err == OK)
    err = read_text(v, "responder", &o.responder);
  if (err == OK)
    err = read_text(v, "by", &o.by);
  if (err == OK)
    *own_override = o;
  else
    override_fini(&o);
  return err;
}

/* ---- edges: times at which something may change ---- */

static void sooner(wall_ms *edge, wall_ms at) {
  if (at < *edge)
    *edge = at;
}

/* ---- rotations ---- */

static wall_ms hand_over(const struct schedule *s, const struct rotation *r,
                         int64_t n) {
  struct wall_time wall = r->start;
  wall.day += (int)(n * r->days);
  return zone_at(s->zone, &wall);
}

/* The turn of that time, 0 the first; -1: none has begun. */
static int64_t turn_number(const struct schedule *s, const struct rotation *r,
                           wall_ms at) {
  const struct wall_time *start = &r->start;
  int64_t local = at + zone_offset(s->zone, at) * INT64_C(1000);
  int64_t days = local / DAY_MS - (local % DAY_MS < 0) -
                 clock_days(start->year, start->month, start->day);
  int64_t n = days < 0 ? -1 : days / r->days;
  while (n >= 0 && hand_over(s, r, n) > at)
    n--;
  while (hand_over(s, r, n + 1) <= at)
    n++;
  return n;
}

/* NULL: nobody by this rotation. */
static const struct responder *rotation_at(const struct schedule *s,
                                           const struct rotation *r, wall_ms at,
                                           wall_ms *edge) {
  int64_t n = turn_number(s, r, at);
  bool is_open = hours_is_open(&r->during, at);
  if (n < 0 || is_open)
    sooner(edge, hand_over(s, r, n + 1));
  if (n >= 0 && r->during.during_n > 0)
    sooner(edge, hours_next_edge(&r->during, at));
  return n >= 0 && is_open ? r->responders[n % (int64_t)r->responders_n] : NULL;
}

static const struct responder *rotations_at(const struct schedule *s,
                                            wall_ms at, wall_ms *edge) {
  const struct responder *found = NULL;
  for (size_t i = s->rotations_n; i-- > 0 && found == NULL;)
    found = rotation_at(s, &s->rotations[i], at, edge);
  return found;
}

/* ---- who ---- */

static const struct responder *override_at(const struct schedule *s,
                                           const struct duty_facts *f,
                                           wall_ms at, wall_ms *edge) {
  const struct responder *found = NULL;
  for (size_t i = f->overrides_n; i-- > 0 && found == NULL;) {
    const struct override *o = f->overrides[i];
    if (o->until <= at || o->until <= o->from ||
        strcmp(o->schedule, s->name) != 0)
      continue;
    if (o->from > at) {
      sooner(edge, o->from);
      continue;
    }
    found = settings_responder(f->settings, o->responder);
    if (found != NULL)
      sooner(edge, o->until);
  }
  return found;
}

static void find(const struct schedule *s, const struct duty_facts *f,
                 wall_ms at, struct duty *d) {
  struct duty found = {.until = WALL_NEVER};
  found.responder = override_at(s, f, at, &found.until);
  found.is_override = found.responder != NULL;
  if (found.responder == NULL && f->calendar != NULL) {
    wall_ms until = WALL_NEVER;
    const char *who = calendar_at(f->calendar, at, &until);
    sooner(&found.until, until);
    found.responder = who == NULL ? NULL : settings_responder(f->settings, who);
  } else if (found.responder == NULL) {
    found.responder = rotations_at(s, at, &found.until);
  }
  *d = found;
}

void schedule_at(const struct schedule *s, const struct duty_facts *facts,
                 wall_ms at, struct duty *duty) {
  struct duty d;
  find(s, facts, at, &d);
  if (d.responder == NULL && s->fallback != NULL) {
    d.responder = s->fallback;
    d.is_fallback = true;
  }
  *duty = d;
}

/* ---- turns ---- */

static void later(wall_ms *edge, wall_ms limit, wall_ms at) {
  if (at <= limit && (*edge == WALL_NEVER || at > *edge))
    *edge = at;
}

static void rotation_last_edge(const struct schedule *s,
                               const struct rotation *r, wall_ms at,
                               wall_ms *edge) {
  int64_t n = turn_number(s, r, at);
  if (n < 0)
    return;
  later(edge, at, hand_over(s, r, n));
  if (r->during.during_n > 0)
    later(edge, at, hours_last_edge(&r->during, at));
}

/* The last time at or before that one at which somebody else may have come on
 * call; WALL_NEVER: none. */
static wall_ms last_edge(const struct schedule *s, const struct duty_facts *f,
                         wall_ms at) {
  wall_ms edge = WALL_NEVER;
  for (size_t i = 0; i < f->overrides_n; i++) {
    const struct override *o = f->overrides[i];
    if (o->from > at || o->until <= o->from ||
        strcmp(o->schedule, s->name) != 0)
      continue;
    later(&edge, at, o->from);
    later(&edge, at, o->until);
  }
  if (f->calendar != NULL)
    later(&edge, at, calendar_last(f->calendar, at));
  else
    for (size_t i = 0; i < s->rotations_n; i++)
      rotation_last_edge(s, &s->rotations[i], at, &edge);
  return edge;
}

void schedule_turn(const struct schedule *s, const struct duty_facts *facts,
                   wall_ms at, struct turn *turn) {
  struct duty now, d;
  schedule_at(s, facts, at, &now);
  struct turn t = {.responder = now.responder,
                   .is_fallback = now.is_fallback,
                   .is_override = now.is_override,
                   .since = at + 1,
                   .until = now.until};
  do {
    t.since = last_edge(s, facts, t.since - 1);
    if (t.since == WALL_NEVER || at - t.since > LOOK_MS) {
      t.since = WALL_NEVER;
      break;
    }
    schedule_at(s, facts, t.since - 1, &d);
  } while (d.responder == t.responder);
  while (t.until != WALL_NEVER) {
    if (t.until - at > LOOK_MS) {
      t.until = WALL_NEVER;
      break;
    }
    schedule_at(s, facts, t.until, &d);
    if (d.responder != t.responder)
      break;
    t.until = d.until;
  }
  *turn = t;
}

void schedule_gaps(const struct schedule *s, const struct duty_facts *facts,
                   wall_ms from, wall_ms until,
                   void (*each)(void *arg, wall_ms from, wall_ms until),
                   void *arg) {
  wall_ms gap = WALL_NEVER; /* since when */
  struct duty d;
  for (wall_ms at = from; at < until; at = d.until) {
    find(s, facts, at, &d);
    if (d.responder == NULL && gap == WALL_NEVER)
      gap = at;
    if (d.responder != NULL && gap != WALL_NEVER) {
      each(arg, gap, at);
      gap = WALL_NEVER;
    }
  }
  if (gap != WALL_NEVER)
    each(arg, gap, until);
}
