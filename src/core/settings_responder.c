/* SPDX-License-Identifier: MIT */
/* <Responder>: a person, and how they are reached. */
#include "core/settings_reader.h"

#define DELAY_MAX ((span_ms)24 * 3600 * 1000)
#define AGAIN_MIN 1000

/* Webhook NAME [DELAY]. */
static void read_way(struct reader *r, const struct place *at,
                     const struct option *o, void *object) {
  struct responder *p = object;
  span_ms delay = 0;
  if (at->item->values_n != 1 && at->item->values_n != 2) {
    reader_complain(r, at, "takes a name, or a name and a delay");
    return;
  }
  const char *name = reader_text_at(r, at, 0);
  if (name == NULL)
    return;
  const struct webhook *w = reader_reference(r, at, BLOCK_WEBHOOK, name);
  if (w == NULL)
    return;
  for (size_t i = 0; i < p->ways_n; i++)
    if (p->ways[i].webhook == w) {
      reader_complain(r, at, "\"%.80s\" is named twice", name);
      return;
    }
  if (at->item->values_n == 2 && !reader_span_at(r, at, o, 1, &delay))
    return;
  struct way *grown = reader_grow(r, p->ways, p->ways_n, sizeof *grown);
  if (grown == NULL)
    return;
  p->ways = grown;
  p->ways[p->ways_n++] = (struct way){w, delay};
}

static void read_time_zone(struct reader *r, const struct place *at,
                           const struct option *o, void *object) {
  (void)o;
  struct responder *p = object;
  struct zone *zone = NULL; /* who shows times in it loads it */
  reader_zone(r, at, &p->time_zone, &zone);
  zone_free(zone);
}

static const struct option responder_options[] = {
    {.name = "Name",
     .read = reader_text,
     .offset = offsetof(struct responder, full_name),
     .flags = OPTION_FILLED},
    {.name = "Contact",
     .read = reader_text,
     .offset = offsetof(struct responder, contact)},
    {.name = "TimeZone", .read = read_time_zone},
    {.name = "Webhook",
     .read = read_way,
     .flags = OPTION_MANY,
     .max = DELAY_MAX},
    {.name = "Again",
     .read = reader_span,
     .offset = offsetof(struct responder, again),
     .min = AGAIN_MIN},
};

static void *responder_add(struct reader *r, const char *name) {
  struct settings *s = r->settings;
  struct responder **grown =
      reader_grow(r, s->responders, s->responders_n, sizeof *grown);
  if (grown == NULL)
    return NULL;
  s->responders = grown;
  struct responder *p = reader_new(r, sizeof *p);
  if (p == NULL)
    return NULL;
  s->responders[s->responders_n++] = p;
  reader_keep(r, &p->name, name);
  reader_keep(r, &p->full_name, name);
  reader_keep(r, &p->time_zone, "");
  return p;
}

static void *responder_get(const struct settings *s, size_t i,
                           const char **name) {
  if (i >= s->responders_n)
    return NULL;
  *name = s->responders[i]->name;
  return s->responders[i];
}

const struct block_kind settings_block_responder = {
    .name = "Responder",
    .table = OPTION_TABLE(responder_options),
    .add = responder_add,
    .get = responder_get,
};
