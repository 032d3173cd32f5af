/* SPDX-License-Identifier: MIT */
/* <Schedule> with its <Rotation>s. */
#include "core/settings_reader.h"

#include "core/week.h"

#include <stdlib.h>
#include <string.h>

#define TURN_DAYS_MAX 364 /* 52 weeks */

/* ---- rotations ---- */

static void add_responder(struct reader *r, const struct place *at, size_t i,
                          struct rotation *t) {
  const char *name = reader_text_at(r, at, i);
  if (name == NULL)
    return;
  const struct responder *p = reader_reference(r, at, BLOCK_RESPONDER, name);
  if (p == NULL)
    return;
  const struct responder **grown =
      reader_grow(r, t->responders, t->responders_n, sizeof *grown);
  if (grown == NULL)
    return;
  t->responders = grown;
  t->responders[t->responders_n++] = p;
}

static void read_responder(struct reader *r, const struct place *at,
                           const struct option *o, void *object) {
  (void)o;
  if (at->item->values_n == 0)
    reader_complain(r, at, "takes one name or several");
  for (size_t i = 0; i < at->item->values_n; i++)
    add_responder(r, at, i, object);
}

static void read_every(struct reader *r, const struct place *at,
                       const struct option *o, void *object) {
  struct rotation *t = object;
  span_ms every;
  if (!reader_is_one(r, at) || !reader_span_at(r, at, o, 0, &every))
    return;
  if (every % DAY_MS != 0)
    reader_complain(r, at,
                    "takes whole days, like \"1d\" or \"2w\": hand-overs are "
                    "at one time of day");
  else
    t->days = (unsigned)(every / DAY_MS);
}

static void read_start(struct reader *r, const struct place *at,
                       const struct option *o, void *object) {
  (void)o;
  struct rotation *t = object;
  const char *why = "";
  if (!reader_is_one(r, at))
    return;
  const char *text = reader_text_at(r, at, 0);
  if (text != NULL && hours_parse_wall(text, &t->start, &why) != OK)
    reader_complain(r, at, "%s", why);
}

static void read_during(struct reader *r, const struct place *at,
                        const struct option *o, void *object) {
  (void)o;
  struct rotation *t = object;
  if (at->item->values_n == 0)
    reader_complain(r, at, "takes one value or several");
  for (size_t i = 0; i < at->item->values_n; i++)
    reader_during_at(r, at, i, &t->during);
}

static const struct option rotation_options[] = {
    {.name = "Responder",
     .read = read_responder,
     .flags = OPTION_MANY | OPTION_MANDATORY},
    {.name = "Every",
     .read = read_every,
     .min = DAY_MS,
     .max = TURN_DAYS_MAX * DAY_MS},
    {.name = "Start", .read = read_start, .flags = OPTION_MANDATORY},
    {.name = "During", .read = read_during, .flags = OPTION_MANY},
};

static void read_rotation(struct reader *r, const struct place *at,
                          const struct option *o, void *object) {
  (void)o;
  struct schedule *s = object;
  if (!reader_is_bare_block(r, at))
    return;
  struct rotation *grown =
      reader_grow(r, s->rotations, s->rotations_n, sizeof *grown);
  if (grown == NULL)
    return;
  s->rotations = grown;
  struct rotation *t = &s->rotations[s->rotations_n++];
  t->days = WEEK_DAYS;
  const struct option_table table = OPTION_TABLE(rotation_options);
  reader_block(r, at, table, t);
}

/* ---- schedules ---- */

static void read_time_zone(struct reader *r, const struct place *at,
                           const struct option *o, void *object) {
  (void)o;
  struct schedule *s = object;
  reader_zone(r, at, &s->zone_name, &s->zone);
}

static void read_fallback(struct reader *r, const struct place *at,
                          const struct option *o, void *object) {
  (void)o;
  struct schedule *s = object;
  if (!reader_is_one(r, at))
    return;
  const char *name = reader_text_at(r, at, 0);
  if (name != NULL)
    s->fallback = reader_reference(r, at, BLOCK_RESPONDER, name);
}

static const struct option options[] = {
    {.name = "TimeZone", .read = read_time_zone},
    {.name = "Rotation",
     .read = read_rotation,
     .flags = OPTION_MANY | OPTION_BLOCK},
    {.name = "Calendar",
     .read = reader_text,
     .offset = offsetof(struct schedule, calendar),
     .flags = OPTION_FILLED},
    {.name = "Fallback", .read = read_fallback},
};

static void *add(struct reader *r, const char *name) {
  struct settings *s = r->settings;
  struct schedule **grown =
      reader_grow(r, s->schedules, s->schedules_n, sizeof *grown);
  if (grown == NULL)
    return NULL;
  s->schedules = grown;
  struct schedule *own = reader_new(r, sizeof *own);
  if (own == NULL)
    return NULL;
  s->schedules[s->schedules_n++] = own;
  reader_keep(r, &own->name, name);
  return own;
}

static void *get(const struct settings *s, size_t i, const char **name) {
  if (i >= s->schedules_n)
    return NULL;
  *name = s->schedules[i]->name;
  return s->schedules[i];
}

static void check(struct reader *r, const struct place *at, void *object) {
  struct schedule *s = object;
  bool has_rotation = reader_find(at->item, "Rotation") != NULL;
  bool has_calendar = reader_find(at->item, "Calendar") != NULL;
  if (has_rotation && has_calendar)
    reader_complain(r, at, "has a <Rotation> and a Calendar; it takes either");
  else if (!has_rotation && !has_calendar)
    reader_complain(r, at, "has nobody; give it a <Rotation> or a Calendar");
  reader_imply_zone(r, &s->zone_name, &s->zone);
  for (size_t i = 0; i < s->rotations_n; i++)
    s->rotations[i].during.zone = s->zone;
}

const struct block_kind settings_block_schedule = {
    .name = "Schedule",
    .table = OPTION_TABLE(options),
    .add = add,
    .get = get,
    .check = check,
};
