/* SPDX-License-Identifier: MIT */
/* <Rule> with its <Match> blocks. */
#include "core/settings_reader.h"

#include <stdlib.h>
#include <string.h>

#define CLEAR_DEFAULT (60 * 1000)
#define HOLD_DEFAULT (3600 * 1000)
#define GROUP_BY_ALL ((1u << FIELDS) - 1)

/* ---- <Match> ---- */

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

#define SELECTOR(key, member)                                                  \
  {                                                                            \
    .name = key, .read = read_selector, .flags = OPTION_MANY,                  \
    .offset = offsetof(struct match, member)                                   \
  }
static const struct option match_options[] = {
    SELECTOR("Host", field[FIELD_HOST]),
    SELECTOR("Plugin", field[FIELD_PLUGIN]),
    SELECTOR("PluginInstance", field[FIELD_PLUGIN_INSTANCE]),
    SELECTOR("Type", field[FIELD_TYPE]),
    SELECTOR("TypeInstance", field[FIELD_TYPE_INSTANCE]),
    SELECTOR("Message", message),
    {.name = "Meta", .read = read_meta, .flags = OPTION_MANY},
    {.name = "Level", .read = read_level},
};

static void read_match(struct reader *r, const struct place *at,
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
  if (selector_is_only(&m->field[FIELD_PLUGIN], "incident"))
    reader_complain(r, at,
                    "can never match: the plugin does not look at its own "
                    "notifications");
  if (m->message.patterns_n > 0 || m->metas_n > 0)
    r->settings->sees_text = true;
}

/* ---- the rule ---- */

static void read_group_by(struct reader *r, const struct place *at,
                          const struct option *o, void *object) {
  (void)o;
  struct rule *rule = object;
  if (at->item->values_n == 0)
    reader_complain(r, at, "takes one field or several");
  for (size_t i = 0; i < at->item->values_n; i++) {
    size_t field = reader_word_at(r, at, i, field_names, FIELDS);
    if (field < FIELDS)
      rule->group_by.fields |= 1u << field;
  }
}

static void read_severity(struct reader *r, const struct place *at,
                          const struct option *o, void *object) {
  (void)o;
  struct rule *rule = object;
  if (!reader_is_one(r, at))
    return;
  const char *name = reader_text_at(r, at, 0);
  if (name != NULL)
    rule->severity = reader_reference(r, at, BLOCK_SEVERITY, name);
}

static void read_label(struct reader *r, const struct place *at,
                       const struct option *o, void *object) {
  (void)o;
  struct rule *rule = object;
  if (at->item->values_n != 2) {
    reader_complain(r, at, "takes two values, a name and a text; quote them");
    return;
  }
  const char *name = reader_text_at(r, at, 0);
  if (name == NULL)
    return;
  if (name[0] == '\0') {
    reader_complain(r, at, "has an empty name");
    return;
  }
  for (size_t i = 0; i < rule->labels_n; i++)
    if (strcmp(rule->labels[i].name, name) == 0) {
      reader_complain(r, at, "\"%.80s\" is given twice", name);
      return;
    }
  struct label *grown =
      reader_grow(r, rule->labels, rule->labels_n, sizeof *grown);
  if (grown == NULL)
    return;
  rule->labels = grown;
  struct label *l = &rule->labels[rule->labels_n];
  reader_keep(r, &l->name, name);
  if (l->name == NULL)
    return;
  rule->labels_n++;
  reader_template_at(r, at, 1, &l->value);
}

#define AT(member) offsetof(struct rule, member)
static const struct option rule_options[] = {
    {.name = "Match", .read = read_match, .flags = OPTION_MANY | OPTION_BLOCK},
    {.name = "GroupBy", .read = read_group_by, .flags = OPTION_MANY},
    {.name = "Clear", .read = reader_span, .offset = AT(clear)},
    {.name = "AutoResolve", .read = reader_flag, .offset = AT(auto_resolve)},
    {.name = "Hold", .read = reader_span, .offset = AT(hold)},
    {.name = "Severity", .read = read_severity},
    {.name = "Title", .read = reader_template, .offset = AT(title)},
    {.name = "Description", .read = reader_template, .offset = AT(description)},
    {.name = "Runbook", .read = reader_template, .offset = AT(runbook)},
    {.name = "Service", .read = reader_text, .offset = AT(service)},
    {.name = "Team", .read = reader_text, .offset = AT(team)},
    {.name = "Label", .read = read_label, .flags = OPTION_MANY},
    {.name = "Chain", .read = reader_chain, .offset = AT(chain)},
    {.name = "Continue", .read = reader_flag, .offset = AT(is_continued)},
};

static void *add(struct reader *r, const char *name) {
  struct settings *s = r->settings;
  struct rule **grown = reader_grow(r, s->rules, s->rules_n, sizeof *grown);
  if (grown == NULL)
    return NULL;
  s->rules = grown;
  struct rule *rule = reader_new(r, sizeof *rule);
  if (rule == NULL)
    return NULL;
  rule->order = s->rules_n;
  s->rules[s->rules_n++] = rule;
  reader_keep(r, &rule->name, name);
  rule->clear = CLEAR_DEFAULT;
  rule->auto_resolve = true;
  rule->hold = HOLD_DEFAULT;
  rule->quorum = 1;
  return rule;
}

static void *get(const struct settings *s, size_t i, const char **name) {
  if (i >= s->rules_n)
    return NULL;
  *name = s->rules[i]->name;
  return s->rules[i];
}

static void check(struct reader *r, const struct place *at, void *object) {
  struct rule *rule = object;
  if (reader_find(at->item, "Match") == NULL)
    reader_complain(r, at, "can never match; give it a <Match>");
  if (rule->group_by.fields == 0)
    rule->group_by.fields = GROUP_BY_ALL;
  if (rule->severity == NULL)
    rule->severity = settings_severity(r->settings, "UNKNOWN");
}

const struct block_kind settings_block_rule = {
    .name = "Rule",
    .table = OPTION_TABLE(rule_options),
    .add = add,
    .get = get,
    .check = check,
};
