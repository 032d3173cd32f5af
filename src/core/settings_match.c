/* SPDX-License-Identifier: MIT */
/* What a rule looks at: <Match> and <Metric>. */
#include "core/settings_reader.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ABSENT_MIN 1000
#define NAMED_MAX 1000 /* series that one Absent names */

/* ---- selectors ---- */

static void add_patterns(struct reader *r, const struct place *at, size_t first,
                         struct selector *s) {
  for (size_t i = first; i < at->item->values_n; i++) {
    const char *why = "";
    const char *pattern = reader_text_at(r, at, i);
    if (pattern == NULL)
      continue;
    enum err err = selector_add(s, pattern, &why);
    if (err == ERR_INVALID)
      reader_complain(r, at, "\"%.80s\" is no regular expression: %s", pattern,
                      why);
    else if (err != OK)
      r->err = err;
  }
}

static void read_selector(struct reader *r, const struct place *at,
                          const struct option *o, void *object) {
  if (at->item->values_n == 0)
    reader_complain(r, at, "takes one pattern or several");
  add_patterns(r, at, 0, (struct selector *)((char *)object + o->offset));
}

#define SELECTOR(key, block, member)                                           \
  {                                                                            \
    .name = key, .read = read_selector, .flags = OPTION_MANY,                  \
    .offset = offsetof(struct block, member)                                   \
  }
#define SELECTORS(block)                                                       \
  SELECTOR("Host", block, field[FIELD_HOST]),                                  \
      SELECTOR("Plugin", block, field[FIELD_PLUGIN]),                          \
      SELECTOR("PluginInstance", block, field[FIELD_PLUGIN_INSTANCE]),         \
      SELECTOR("Type", block, field[FIELD_TYPE]),                              \
      SELECTOR("TypeInstance", block, field[FIELD_TYPE_INSTANCE])

/* ---- <Match> ---- */

static struct meta_selector *find_meta(struct match *m, const char *name) {
  for (size_t i = 0; i < m->metas_n; i++)
    if (strcmp(m->metas[i].name, name) == 0)
      return &m->metas[i];
  return NULL;
}

/* A key is the metadata's name: the same one again is one more pattern. */
static void read_meta(struct reader *r, const struct place *at,
                      const struct option *o, void *object) {
  (void)o;
  struct match *m = object;
  if (at->item->values_n < 2) {
    reader_complain(r, at, "takes a name and one pattern or several");
    return;
  }
  const char *name = reader_text_at(r, at, 0);
  if (name == NULL)
    return;
  if (find_meta(m, name) == NULL) {
    struct meta_selector *grown =
        reader_grow(r, m->metas, m->metas_n, sizeof *grown);
    if (grown == NULL)
      return;
    m->metas = grown;
    reader_keep(r, &m->metas[m->metas_n].name, name);
    if (m->metas[m->metas_n].name == NULL)
      return;
    m->metas_n++;
  }
  add_patterns(r, at, 1, &find_meta(m, name)->value);
}

static void read_level(struct reader *r, const struct place *at,
                       const struct option *o, void *object) {
  (void)o;
  static const char *const words[] = {"failure", "warning"};
  struct match *m = object;
  if (!reader_is_one(r, at))
    return;
  size_t i = reader_word_at(r, at, 0, words, 2);
  if (i < 2)
    m->level = i == 0 ? LEVEL_FAILURE : LEVEL_WARNING;
}

static void read_wanted(struct reader *r, const struct place *at,
                        const struct option *o, void *object) {
  unsigned errors = r->errors;
  bool flag = false;
  struct option plain = *o;
  plain.offset = 0;
  reader_flag(r, at, &plain, &flag);
  if (r->errors == errors)
    *(enum wanted *)((char *)object + o->offset) =
        flag ? WANTED_ONLY : WANTED_NOT;
}

static const struct option match_options[] = {
    SELECTORS(match),
    SELECTOR("Message", match, message),
    {.name = "Meta", .read = read_meta, .flags = OPTION_MANY},
    {.name = "Level", .read = read_level},
    {.name = "Remote",
     .read = read_wanted,
     .offset = offsetof(struct match, remote)},
    {.name = "Missing",
     .read = read_wanted,
     .offset = offsetof(struct match, missing)},
};

/* Texts that threshold never says of a missing value. */
static bool excludes_missing(const struct selector *message) {
  for (size_t i = 0; i < message->patterns_n; i++)
    if (selector_is_regex(message, i) ||
        strstr(selector_text(message, i), " has not been updated for ") != NULL)
      return false;
  return message->patterns_n > 0;
}

static void check_match(struct reader *r, const struct place *at,
                        const struct match *m) {
  if (selector_is_only(&m->field[FIELD_PLUGIN], "incident"))
    reader_complain(r, at,
                    "can never match: the plugin does not look at its own "
                    "notifications");
  if (m->missing == WANTED_ONLY && m->metas_n > 0)
    reader_complain(r, at,
                    "can never match: a notification of a missing value has "
                    "no metadata; leave out Meta or Missing");
  if (m->missing == WANTED_ONLY && excludes_missing(&m->message))
    reader_complain(r, at,
                    "can never match: a notification of a missing value has "
                    "another Message");
}

void reader_match(struct reader *r, const struct place *at,
                  const struct option *o, void *object) {
  (void)o;
  struct rule *rule = object;
  if (!reader_is_bare_block(r, at))
    return;
  struct match *grown =
      reader_grow(r, rule->matches, rule->matches_n, sizeof *grown);
  if (grown == NULL)
    return;
  rule->matches = grown;
  struct match *m = &rule->matches[rule->matches_n++];
  m->level = LEVEL_FAILURE;
  const struct option_table table = OPTION_TABLE(match_options);
  reader_block(r, at, table, m);
  if (r->err == OK)
    check_match(r, at, m);
  if (m->message.patterns_n > 0 || m->metas_n > 0 ||
      m->missing != WANTED_EITHER)
    r->settings->sees_text = true;
}

/* ---- <Metric> ---- */

static void read_limit(struct reader *r, const struct place *at,
                       const struct option *o, void *object) {
  if (!reader_is_one(r, at))
    return;
  const struct conf_value *v = &at->item->values[0];
  if (v->type == CONF_NUMBER && isfinite(v->number))
    *(double *)((char *)object + o->offset) = v->number;
  else
    reader_complain(r, at, "takes a number%s",
                    v->type == CONF_TEXT ? ", without quotes" : "");
}

#define AT(member) offsetof(struct metric, member)
static const struct option metric_options[] = {
    SELECTORS(metric),
    SELECTOR("DataSource", metric, data_source),
    {.name = "Above", .read = read_limit, .offset = AT(limit)},
    {.name = "Below", .read = read_limit, .offset = AT(limit)},
    {.name = "Absent",
     .read = reader_span,
     .offset = AT(absent),
     .min = ABSENT_MIN},
    {.name = "ClearAbove", .read = read_limit, .offset = AT(clear)},
    {.name = "ClearBelow", .read = read_limit, .offset = AT(clear)},
};
#undef AT

/* The option that clears goes with one kind only. */
static void check_clear(struct reader *r, const struct place *block,
                        struct metric *m, const char *option,
                        enum metric_kind kind) {
  const struct conf *item = reader_find(block->item, option);
  const struct place at = {.up = block, .item = item, .name = option};
  if (item == NULL)
    return;
  if (m->kind == METRIC_ABSENT)
    reader_complain(r, &at, "means nothing with Absent: a value clears it");
  else if (m->kind != kind)
    reader_complain(r, &at, "does not go with %s; use %s",
                    kind == METRIC_ABOVE ? "Below" : "Above",
                    kind == METRIC_ABOVE ? "ClearAbove" : "ClearBelow");
  else if (kind == METRIC_ABOVE ? m->clear > m->limit : m->clear < m->limit)
    reader_complain(r, &at, "must not be %s the limit",
                    kind == METRIC_ABOVE ? "above" : "below");
}

/* What Absent names is watched from the start, each series by itself. */
static void check_named(struct reader *r, const struct place *up,
                        const struct metric *m) {
  const struct place at = {
      .up = up, .item = reader_find(up->item, "Absent"), .name = "Absent"};
  size_t n = 1;
  for (size_t i = 0; i < FIELDS; i++) {
    if (!selector_is_plain(&m->field[i]))
      return;
    if (n <= NAMED_MAX)
      n *= m->field[i].patterns_n;
  }
  if (n > NAMED_MAX)
    reader_complain(r, &at, "names more than %d series; use several blocks",
                    NAMED_MAX);
}

static void check_metric(struct reader *r, const struct place *at,
                         struct metric *m) {
  static const char *const names[] = {"Above", "Below", "Absent"};
  size_t n = 0;
  for (size_t i = 0; i < 3; i++)
    if (reader_find(at->item, names[i]) != NULL) {
      m->kind = (enum metric_kind)i;
      n++;
    }
  if (n != 1) {
    reader_complain(r, at, "takes one of Above, Below and Absent");
    return;
  }
  if (m->kind == METRIC_ABSENT)
    check_named(r, at, m);
  check_clear(r, at, m, "ClearBelow", METRIC_ABOVE);
  check_clear(r, at, m, "ClearAbove", METRIC_BELOW);
  if (isnan(m->clear))
    m->clear = m->limit;
}

void reader_metric(struct reader *r, const struct place *at,
                   const struct option *o, void *object) {
  (void)o;
  struct rule *rule = object;
  if (!reader_is_bare_block(r, at))
    return;
  struct metric *grown =
      reader_grow(r, rule->metrics, rule->metrics_n, sizeof *grown);
  if (grown == NULL)
    return;
  rule->metrics = grown;
  struct metric *m = &rule->metrics[rule->metrics_n++];
  m->clear = NAN;
  const struct option_table table = OPTION_TABLE(metric_options);
  reader_block(r, at, table, m);
  check_metric(r, at, m);
}
