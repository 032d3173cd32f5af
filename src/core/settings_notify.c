/* SPDX-License-Identifier: MIT */
/* <Notify>: who hears of incidents without being paged. */
#include "core/settings_reader.h"

#include <string.h>

static const char *const occasions[OCCASIONS] = {
    "declared", "severity", "status", "update", "resolved"};

static void read_severity(struct reader *r, const struct place *at,
                          const struct option *o, void *object) {
  (void)o;
  struct notify *n = object;
  const char *name = reader_is_one(r, at) ? reader_text_at(r, at, 0) : NULL;
  if (name != NULL)
    n->severity = reader_reference(r, at, BLOCK_SEVERITY, name);
}

/* Adds what value i names; array is what there is so far. */
static const void **add(struct reader *r, const struct place *at, size_t i,
                        enum block kind, const void **array, size_t *n) {
  const char *name = reader_text_at(r, at, i);
  const void *found = name != NULL ? reader_reference(r, at, kind, name) : NULL;
  if (found == NULL)
    return array;
  for (size_t k = 0; k < *n; k++)
    if (array[k] == found) {
      reader_complain(r, at, "\"%.80s\" is named twice", name);
      return array;
    }
  const void **grown = reader_grow(r, array, *n, sizeof *grown);
  if (grown == NULL)
    return array;
  grown[(*n)++] = found;
  return grown;
}

static void read_rule(struct reader *r, const struct place *at,
                      const struct option *o, void *object) {
  (void)o;
  struct notify *n = object;
  if (at->item->values_n == 0)
    reader_complain(r, at, "takes one rule or several");
  for (size_t i = 0; i < at->item->values_n; i++)
    n->rules = (const struct rule **)add(r, at, i, BLOCK_RULE,
                                         (const void **)n->rules, &n->rules_n);
}

static void read_webhook(struct reader *r, const struct place *at,
                         const struct option *o, void *object) {
  (void)o;
  struct notify *n = object;
  if (at->item->values_n == 0)
    reader_complain(r, at, "takes one webhook or several");
  for (size_t i = 0; i < at->item->values_n; i++)
    n->webhooks = (const struct webhook **)add(
        r, at, i, BLOCK_WEBHOOK, (const void **)n->webhooks, &n->webhooks_n);
}

static void read_on(struct reader *r, const struct place *at,
                    const struct option *o, void *object) {
  (void)o;
  struct notify *n = object;
  if (at->item->values_n == 0)
    reader_complain(r, at, "takes one occasion or several");
  for (size_t i = 0; i < at->item->values_n; i++) {
    size_t on = reader_word_at(r, at, i, occasions, OCCASIONS);
    if (on < OCCASIONS)
      n->on |= 1u << on;
  }
}

static const struct option options[] = {
    {.name = "Severity", .read = read_severity},
    {.name = "Rule", .read = read_rule, .flags = OPTION_MANY},
    {.name = "On", .read = read_on, .flags = OPTION_MANY},
    {.name = "Webhook",
     .read = read_webhook,
     .flags = OPTION_MANY | OPTION_MANDATORY},
};

void reader_notify(struct reader *r, const struct place *at,
                   const struct option *o, void *object) {
  (void)o;
  struct settings *s = object;
  if (!reader_is_bare_block(r, at))
    return;
  struct notify *grown =
      reader_grow(r, s->notifies, s->notifies_n, sizeof *grown);
  if (grown == NULL)
    return;
  s->notifies = grown;
  struct notify *n = &s->notifies[s->notifies_n++];
  const struct option_table table = OPTION_TABLE(options);
  reader_block(r, at, table, n);
  if (reader_find(at->item, "On") == NULL)
    n->on = (1u << OCCASIONS) - 1;
}
