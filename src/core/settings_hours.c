/* SPDX-License-Identifier: MIT */
/* <Hours>, what else is said about times of the week, and time zones. */
#include "core/settings_reader.h"

#include <stdlib.h>
#include <string.h>

void reader_zone(struct reader *r, const struct place *at, char **own_name,
                 struct zone **own_zone) {
  if (!reader_is_one(r, at))
    return;
  const char *name = reader_text_at(r, at, 0);
  struct zone *zone = NULL;
  if (name == NULL)
    return;
  enum err err = name[0] == '\0' ? ERR_INVALID : zone_load(name, &zone);
  if (err == ERR_NOMEM) {
    r->err = err;
  } else if (err != OK) {
    reader_complain(r, at,
                    "there is no time zone \"%.80s\" on this machine; they "
                    "have names like \"Europe/Berlin\"",
                    name);
  } else {
    reader_keep(r, own_name, name);
    zone_free(*own_zone);
    *own_zone = zone;
  }
}

void reader_imply_zone(struct reader *r, char **own_name,
                       struct zone **own_zone) {
  if (*own_name != NULL)
    return;
  reader_keep(r, own_name, "");
  if (zone_load("", own_zone) == ERR_NOMEM)
    r->err = ERR_NOMEM;
}

void reader_during_at(struct reader *r, const struct place *at, size_t i,
                      struct hours *h) {
  const char *why = "", *text = reader_text_at(r, at, i);
  struct hours_during during;
  if (text == NULL)
    return;
  if (hours_parse_during(text, &during, &why) != OK) {
    reader_complain(r, at, "%s", why);
    return;
  }
  struct hours_during *grown =
      reader_grow(r, h->during, h->during_n, sizeof *grown);
  if (grown == NULL)
    return;
  h->during = grown;
  h->during[h->during_n++] = during;
}

static void add_except(struct reader *r, const struct place *at, size_t i,
                       struct hours *h) {
  const char *why = "", *text = reader_text_at(r, at, i);
  struct hours_date date;
  if (text == NULL)
    return;
  if (hours_parse_date(text, &date, &why) != OK) {
    reader_complain(r, at, "%s", why);
    return;
  }
  struct hours_date *grown =
      reader_grow(r, h->except, h->except_n, sizeof *grown);
  if (grown == NULL)
    return;
  h->except = grown;
  h->except[h->except_n++] = date;
}

static void read_time_zone(struct reader *r, const struct place *at,
                           const struct option *o, void *object) {
  (void)o;
  struct hours *h = object;
  reader_zone(r, at, &h->zone_name, &h->zone);
}

static void read_during(struct reader *r, const struct place *at,
                        const struct option *o, void *object) {
  (void)o;
  if (at->item->values_n == 0)
    reader_complain(r, at, "takes one value or several");
  for (size_t i = 0; i < at->item->values_n; i++)
    reader_during_at(r, at, i, object);
}

static void read_except(struct reader *r, const struct place *at,
                        const struct option *o, void *object) {
  (void)o;
  if (at->item->values_n == 0)
    reader_complain(r, at, "takes one value or several");
  for (size_t i = 0; i < at->item->values_n; i++)
    add_except(r, at, i, object);
}

static const struct option options[] = {
    {.name = "TimeZone", .read = read_time_zone},
    {.name = "During",
     .read = read_during,
     .flags = OPTION_MANY | OPTION_MANDATORY},
    {.name = "Except", .read = read_except, .flags = OPTION_MANY},
};

static void *add(struct reader *r, const char *name) {
  struct settings *s = r->settings;
  struct hours **grown = reader_grow(r, s->hours, s->hours_n, sizeof *grown);
  if (grown == NULL)
    return NULL;
  s->hours = grown;
  struct hours *h = reader_new(r, sizeof *h);
  if (h == NULL)
    return NULL;
  s->hours[s->hours_n++] = h;
  reader_keep(r, &h->name, name);
  return h;
}

static void *get(const struct settings *s, size_t i, const char **name) {
  if (i >= s->hours_n)
    return NULL;
  *name = s->hours[i]->name;
  return s->hours[i];
}

static void check(struct reader *r, const struct place *at, void *object) {
  (void)at;
  struct hours *h = object;
  reader_imply_zone(r, &h->zone_name, &h->zone);
}

const struct block_kind settings_block_hours = {
    .name = "Hours",
    .table = OPTION_TABLE(options),
    .add = add,
    .get = get,
    .check = check,
};
