/* SPDX-License-Identifier: MIT */
/* <Rule>, but for its blocks. */
#include "core/settings_reader.h"

#include <stdlib.h>
#include <string.h>

#define CLEAR_DEFAULT (60 * 1000)
#define HOLD_DEFAULT (3600 * 1000)
#define REOPEN_DEFAULT (10 * 60 * 1000)
#define QUORUM_MAX 1000000

/* Names that are in the ledger still: looked up in each rule before. */
static void add_formerly(struct reader *r, const struct place *at,
                         struct rule *rule, const char *name) {
  const struct settings *s = r->settings;
  const struct rule *known = settings_rule_known_as(s, name);
  if (known != NULL) {
    if (settings_rule(s, name) != NULL)
      reader_complain(r, at, "there is a Rule \"%.80s\" now", name);
    else
      reader_complain(r, at, "\"%.80s\" is given twice", name);
    return;
  }
  char **grown =
      reader_grow(r, rule->formerly, rule->formerly_n, sizeof *grown);
  if (grown == NULL)
    return;
  rule->formerly = grown;
  reader_keep(r, &rule->formerly[rule->formerly_n], name);
  if (rule->formerly[rule->formerly_n] != NULL)
    rule->formerly_n++;
}

static void read_formerly(struct reader *r, const struct place *at,
                          const struct option *o, void *object) {
  (void)o;
  if (at->item->values_n == 0)
    reader_complain(r, at, "takes one name or several");
  for (size_t i = 0; i < at->item->values_n; i++) {
    const char *name = reader_text_at(r, at, i);
    if (name != NULL)
      add_formerly(r, at, object, name);
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

static void read_page_hours(struct reader *r, const struct place *at,
                            const struct option *o, void *object) {
  (void)o;
  struct rule *rule = object;
  if (!reader_is_one(r, at))
    return;
  const char *name = reader_text_at(r, at, 0);
  if (name != NULL)
    rule->page_hours = reader_reference(r, at, BLOCK_HOURS, name);
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
    {.name = "Match",
     .read = reader_match,
     .flags = OPTION_MANY | OPTION_BLOCK},
    {.name = "Metric",
     .read = reader_metric,
     .flags = OPTION_MANY | OPTION_BLOCK},
    {.name = "GroupBy", .read = reader_group_by, .flags = OPTION_MANY},
    {.name = "GroupWait", .read = reader_span, .offset = AT(group_wait)},
    {.name = "Quorum",
     .read = reader_whole,
     .offset = AT(quorum),
     .min = 1,
     .max = QUORUM_MAX},
    {.name = "For", .read = reader_span, .offset = AT(bad_for)},
    {.name = "Clear", .read = reader_span, .offset = AT(clear)},
    {.name = "Expire", .read = reader_span, .offset = AT(expire)},
    {.name = "AutoResolve", .read = reader_flag, .offset = AT(auto_resolve)},
    {.name = "Reopen", .read = reader_span, .offset = AT(reopen)},
    {.name = "Hold", .read = reader_span, .offset = AT(hold)},
    {.name = "Severity", .read = read_severity},
    {.name = "Title", .read = reader_template, .offset = AT(title)},
    {.name = "Description", .read = reader_template, .offset = AT(description)},
    {.name = "Runbook", .read = reader_template, .offset = AT(runbook)},
    {.name = "Service", .read = reader_text, .offset = AT(service)},
    {.name = "Team", .read = reader_text, .offset = AT(team)},
    {.name = "Label", .read = read_label, .flags = OPTION_MANY},
    {.name = "Chain", .read = reader_chain, .offset = AT(chain)},
    {.name = "PageHours", .read = read_page_hours},
    {.name = "Private", .read = reader_flag, .offset = AT(is_private)},
    {.name = "Record", .read = reader_flag, .offset = AT(is_recorded)},
    {.name = "Continue", .read = reader_flag, .offset = AT(is_continued)},
    {.name = "Formerly", .read = read_formerly, .flags = OPTION_MANY},
    {.name = "Upgrade",
     .read = reader_upgrade,
     .flags = OPTION_MANY | OPTION_BLOCK},
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
  rule->reopen = REOPEN_DEFAULT;
  rule->quorum = 1;
  return rule;
}

static void *get(const struct settings *s, size_t i, const char **name) {
  if (i >= s->rules_n)
    return NULL;
  *name = s->rules[i]->name;
  return s->rules[i];
}

/* What is only written down is no incident. */
static void check_record(struct reader *r, const struct place *up,
                         const struct rule *rule) {
  static const char *const names[] = {
      "GroupBy", "GroupWait", "Quorum",  "Reopen",    "AutoResolve",
      "Hold",    "Chain",     "Upgrade", "PageHours", "Private"};
  for (size_t i = 0; rule->is_recorded && i < sizeof names / sizeof names[0];
       i++) {
    const struct place at = {
        .up = up, .item = reader_find(up->item, names[i]), .name = names[i]};
    if (at.item != NULL)
      reader_complain(r, &at,
                      "means nothing with Record: there is no incident");
  }
}

static void check(struct reader *r, const struct place *at, void *object) {
  struct rule *rule = object;
  if (reader_find(at->item, "Match") == NULL &&
      reader_find(at->item, "Metric") == NULL)
    reader_complain(r, at, "can never match; give it a <Match> or a <Metric>");
  if (rule->severity == NULL)
    rule->severity = settings_severity(r->settings, "UNKNOWN");
  reader_check_group(r, at, rule);
  check_record(r, at, rule);
}

const struct block_kind settings_block_rule = {
    .name = "Rule",
    .table = OPTION_TABLE(rule_options),
    .add = add,
    .get = get,
    .check = check,
};
