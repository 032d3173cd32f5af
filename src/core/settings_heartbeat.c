/* SPDX-License-Identifier: MIT */
/* <Heartbeat>: a dead man's switch. */
#include "core/settings_reader.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define EVERY_DEFAULT (60 * 1000)
#define EVERY_MIN 1000
#define EVERY_MAX (7 * 24 * 3600 * 1000LL)

static void read_webhook(struct reader *r, const struct place *at,
                         const struct option *o, void *object) {
  (void)o;
  struct heartbeat *h = object;
  const char *name = reader_is_one(r, at) ? reader_text_at(r, at, 0) : NULL;
  if (name != NULL)
    h->webhook = reader_reference(r, at, BLOCK_WEBHOOK, name);
}

static const struct option options[] = {
    {.name = "Webhook", .read = read_webhook, .flags = OPTION_MANDATORY},
    {.name = "Every",
     .read = reader_span,
     .offset = offsetof(struct heartbeat, every),
     .min = EVERY_MIN,
     .max = EVERY_MAX},
};

static void *add(struct reader *r, const char *name) {
  struct settings *s = r->settings;
  struct heartbeat **grown =
      reader_grow(r, s->heartbeats, s->heartbeats_n, sizeof *grown);
  if (grown == NULL)
    return NULL;
  s->heartbeats = grown;
  struct heartbeat *h = reader_new(r, sizeof *h);
  if (h == NULL)
    return NULL;
  s->heartbeats[s->heartbeats_n++] = h;
  reader_keep(r, &h->name, name);
  h->every = EVERY_DEFAULT;
  return h;
}

static void *get(const struct settings *s, size_t i, const char **name) {
  if (i >= s->heartbeats_n)
    return NULL;
  *name = s->heartbeats[i]->name;
  return s->heartbeats[i];
}

/* The format of a webhook is known after the last block only. */
void reader_check_heartbeats(struct reader *r, const struct conf *block,
                             size_t *n) {
  for (size_t i = 0; i < block->children_n; i++) {
    const struct conf *item = &block->children[i];
    if (strcasecmp(item->key, "Heartbeat") != 0)
      continue;
    const struct heartbeat *h = r->settings->heartbeats[(*n)++];
    const struct place up = {
        .item = item, .name = "Heartbeat", .title = h->name};
    const struct conf *hook = reader_find(item, "Webhook");
    const struct place at = {
        .up = &up, .item = hook != NULL ? hook : item, .name = "Webhook"};
    if (h->webhook != NULL && h->webhook->format == FORMAT_PAGERDUTY)
      reader_complain_late(r, &at,
                           "has the Format \"pagerduty\", which takes every "
                           "beat for an alert");
  }
}

const struct block_kind settings_block_heartbeat = {
    .name = "Heartbeat",
    .table = OPTION_TABLE(options),
    .add = add,
    .get = get,
};
