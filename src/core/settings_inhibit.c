/* SPDX-License-Identifier: MIT */
/* <Inhibit>, and the fields that alerts are compared by. */
#include "core/settings_reader.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define WAY_MAX 700 /* bytes of a way round that are shown */

/* ---- fields ---- */

static void add_meta(struct reader *r, const struct place *at, const char *name,
                     struct field_set *set) {
  for (size_t i = 0; i < set->metas_n; i++)
    if (strcmp(set->metas[i], name) == 0)
      return;
  char **grown = reader_grow(r, set->metas, set->metas_n, sizeof *grown);
  if (grown == NULL)
    return;
  set->metas = grown;
  reader_keep(r, &set->metas[set->metas_n], name);
  if (set->metas[set->metas_n] == NULL)
    return;
  set->metas_n++;
  r->settings->sees_text = true;
  if (name[0] == '\0')
    reader_complain(r, at, "takes a name after \"meta:\"");
}

void reader_field_at(struct reader *r, const struct place *at, size_t i,
                     struct field_set *set) {
  const struct conf_value *v = &at->item->values[i];
  if (v->type == CONF_TEXT && strncasecmp(v->text, "meta:", 5) == 0) {
    const char *text = reader_text_at(r, at, i);
    if (text != NULL)
      add_meta(r, at, text + 5, set);
    return;
  }
  size_t field = reader_word_at(r, at, i, field_names, FIELDS);
  if (field < FIELDS)
    set->fields |= 1u << field;
}

/* ---- <Inhibit> ---- */

static void read_source(struct reader *r, const struct place *at,
                        const struct option *o, void *object) {
  (void)o;
  struct inhibit *h = object;
  if (!reader_is_one(r, at))
    return;
  const char *name = reader_text_at(r, at, 0);
  if (name != NULL)
    h->source = reader_reference(r, at, BLOCK_RULE, name);
}

static void add_target(struct reader *r, const struct place *at, size_t i,
                       struct inhibit *h) {
  const char *name = reader_text_at(r, at, i);
  if (name == NULL)
    return;
  const struct rule *rule = reader_reference(r, at, BLOCK_RULE, name);
  if (rule == NULL)
    return;
  for (size_t k = 0; k < h->targets_n; k++)
    if (h->targets[k] == rule) {
      reader_complain(r, at, "\"%.80s\" is named twice", name);
      return;
    }
  const struct rule **grown =
      reader_grow(r, h->targets, h->targets_n, sizeof *grown);
  if (grown == NULL)
    return;
  h->targets = grown;
  h->targets[h->targets_n++] = rule;
}

static void read_target(struct reader *r, const struct place *at,
                        const struct option *o, void *object) {
  (void)o;
  if (at->item->values_n == 0)
    reader_complain(r, at, "takes one rule or several");
  for (size_t i = 0; i < at->item->values_n; i++)
    add_target(r, at, i, object);
}

static void read_equal(struct reader *r, const struct place *at,
                       const struct option *o, void *object) {
  (void)o;
  struct inhibit *h = object;
  if (at->item->values_n == 0)
    reader_complain(r, at, "takes one field or several");
  for (size_t i = 0; i < at->item->values_n; i++)
    reader_field_at(r, at, i, &h->equal);
}

static const struct option inhibit_options[] = {
    {.name = "Source", .read = read_source, .flags = OPTION_MANDATORY},
    {.name = "Target",
     .read = read_target,
     .flags = OPTION_MANY | OPTION_MANDATORY},
    {.name = "Equal", .read = read_equal, .flags = OPTION_MANY},
};

#define NOWHERE SIZE_MAX
#define START (SIZE_MAX - 1)

/* Goes from the targets of the last block along all blocks, came[i] says from
 * which rule to rule i. True if that ends at its source. */
static bool goes_round(const struct settings *s, size_t *came, size_t *queue) {
  const struct inhibit *last = &s->inhibits[s->inhibits_n - 1];
  size_t n = 0;
  for (size_t i = 0; i < s->rules_n; i++)
    came[i] = NOWHERE;
  for (size_t i = 0; i < last->targets_n; i++) {
    queue[n++] = last->targets[i]->order;
    came[last->targets[i]->order] = START;
  }
  for (size_t at = 0; at < n && came[last->source->order] == NOWHERE; at++)
    for (size_t i = 0; i < s->inhibits_n; i++) {
      const struct inhibit *h = &s->inhibits[i];
      if (h->source == NULL || h->source->order != queue[at])
        continue;
      for (size_t k = 0; k < h->targets_n; k++) {
        size_t to = h->targets[k]->order;
        if (came[to] != NOWHERE)
          continue;
        came[to] = queue[at];
        queue[n++] = to;
      }
    }
  return came[last->source->order] != NOWHERE;
}

/* The way back, from the source as it ends to the target where it began. */
static void complain_of_round(struct reader *r, const struct place *at,
                              const struct settings *s, const size_t *came) {
  size_t source = s->inhibits[s->inhibits_n - 1].source->order;
  struct buf way;
  if (came[source] == START) {
    reader_complain(r, at, "\"%.80s\" cannot inhibit itself",
                    s->rules[source]->name);
    return;
  }
  buf_init(&way, WAY_MAX);
  for (size_t i = came[source]; i != START; i = came[i])
    buf_addf(&way, "\"%.80s\", inhibited by ", s->rules[i]->name);
  reader_complain(r, at, "goes round: \"%.80s\" is inhibited by %s\"%.80s\"",
                  s->rules[source]->name, buf_text(&way),
                  s->rules[source]->name);
  if (way.err == ERR_NOMEM)
    r->err = ERR_NOMEM;
  buf_fini(&way);
}

static void check_round(struct reader *r, const struct place *at) {
  const struct settings *s = r->settings;
  if (s->inhibits[s->inhibits_n - 1].source == NULL)
    return;
  size_t *came = reader_new(r, 2 * s->rules_n * sizeof *came);
  if (came == NULL)
    return;
  if (goes_round(s, came, came + s->rules_n))
    complain_of_round(r, at, s, came);
  free(came);
}

void reader_inhibit(struct reader *r, const struct place *at,
                    const struct option *o, void *object) {
  (void)o;
  struct settings *s = object;
  if (!reader_is_bare_block(r, at))
    return;
  struct inhibit *grown =
      reader_grow(r, s->inhibits, s->inhibits_n, sizeof *grown);
  if (grown == NULL)
    return;
  s->inhibits = grown;
  const struct option_table table = OPTION_TABLE(inhibit_options);
  reader_block(r, at, table, &s->inhibits[s->inhibits_n++]);
  check_round(r, at);
}
