/* SPDX-License-Identifier: MIT */
/* What makes a group of a rule's alerts, and what counts them: GroupBy, Quorum
 * and <Upgrade>. */
#include "core/settings_reader.h"

#include <string.h>
#include <strings.h>

#define GROUP_BY_ALL ((1u << FIELDS) - 1)
#define COUNT_MAX 1000000
#define AFTER_MIN 1000

/* ---- GroupBy ---- */

static bool is_none(const struct conf_value *v) {
  return v->type == CONF_TEXT && strcasecmp(v->text, "none") == 0;
}

void reader_group_by(struct reader *r, const struct place *at,
                     const struct option *o, void *object) {
  (void)o;
  struct rule *rule = object;
  if (at->item->values_n == 0)
    reader_complain(r, at, "takes one field or several, or \"none\"");
  for (size_t i = 0; i < at->item->values_n; i++)
    if (!is_none(&at->item->values[i]))
      reader_field_at(r, at, i, &rule->group_by);
}

/* GroupBy "none" makes one group, no GroupBy one of each series. */
static void check_group_by(struct reader *r, const struct place *up,
                           struct rule *rule) {
  const struct conf *none = NULL;
  bool is_empty = rule->group_by.fields == 0 && rule->group_by.metas_n == 0;
  for (size_t i = 0; i < up->item->children_n; i++) {
    const struct conf *item = &up->item->children[i];
    for (size_t k = 0;
         strcasecmp(item->key, "GroupBy") == 0 && k < item->values_n; k++)
      if (is_none(&item->values[k]))
        none = item;
  }
  const struct place at = {.up = up, .item = none, .name = "GroupBy"};
  if (none != NULL && !is_empty)
    reader_complain(r, &at, "\"none\" does not go with fields");
  if (none == NULL && is_empty)
    rule->group_by.fields = GROUP_BY_ALL;
}

/* ---- <Upgrade> ---- */

static void read_severity(struct reader *r, const struct place *at,
                          const struct option *o, void *object) {
  (void)o;
  struct upgrade *u = object;
  if (!reader_is_one(r, at))
    return;
  const char *name = reader_text_at(r, at, 0);
  if (name != NULL)
    u->severity = reader_reference(r, at, BLOCK_SEVERITY, name);
}

static const struct option upgrade_options[] = {
    {.name = "Alerts",
     .read = reader_whole,
     .offset = offsetof(struct upgrade, alerts),
     .min = 2,
     .max = COUNT_MAX},
    {.name = "Hosts",
     .read = reader_whole,
     .offset = offsetof(struct upgrade, hosts),
     .min = 2,
     .max = COUNT_MAX},
    {.name = "After",
     .read = reader_span,
     .offset = offsetof(struct upgrade, after),
     .min = AFTER_MIN},
    {.name = "Severity", .read = read_severity, .flags = OPTION_MANDATORY},
};

void reader_upgrade(struct reader *r, const struct place *at,
                    const struct option *o, void *object) {
  (void)o;
  struct rule *rule = object;
  if (rule->upgrades_n == UPGRADES_MAX) {
    reader_complain(r, at, "is one too many; there may be %d", UPGRADES_MAX);
    return;
  }
  struct upgrade *grown =
      reader_grow(r, rule->upgrades, rule->upgrades_n, sizeof *grown);
  if (grown == NULL)
    return;
  rule->upgrades = grown;
  /* One for each block, whatever is wrong with it: they are counted again. */
  struct upgrade *u = &rule->upgrades[rule->upgrades_n++];
  if (!reader_is_bare_block(r, at))
    return;
  const struct option_table table = OPTION_TABLE(upgrade_options);
  reader_block(r, at, table, u);
  if (reader_find(at->item, "Alerts") == NULL &&
      reader_find(at->item, "Hosts") == NULL &&
      reader_find(at->item, "After") == NULL)
    reader_complain(r, at, "has no condition; give it Alerts, Hosts or After");
}

/* ---- what can be counted ---- */

#define NO_END INT64_MAX

/* How many texts it takes; NO_END: any number. */
static int64_t texts_of(const struct selector *s) {
  int64_t n = 0;
  if (!selector_is_plain(s))
    return NO_END;
  for (size_t i = 0; i < s->patterns_n; i++) {
    size_t k = 0;
    while (strcmp(selector_text(s, k), selector_text(s, i)) != 0)
      k++;
    n += k == i;
  }
  return n;
}

/* The fields of block i of a rule, the <Metric>s after the <Match>es. */
static const struct selector *fields_of(const struct rule *rule, size_t i) {
  return i < rule->matches_n ? rule->matches[i].field
                             : rule->metrics[i - rule->matches_n].field;
}

/* Of the fields that are not the same throughout a group: those alone tell its
 * series apart. */
static int64_t series_of(const struct rule *rule, size_t block, unsigned mask) {
  int64_t n = 1;
  for (size_t f = 0; f < FIELDS; f++) {
    int64_t texts = mask & 1u << f ? texts_of(&fields_of(rule, block)[f]) : 1;
    if (texts == NO_END || n > COUNT_MAX)
      return NO_END;
    n *= texts;
  }
  return n;
}

static bool block_covers(const struct rule *rule, size_t wide, size_t block,
                         unsigned mask) {
  for (size_t f = 0; f < FIELDS; f++)
    if (mask & 1u << f &&
        !selector_covers(&fields_of(rule, wide)[f], &fields_of(rule, block)[f]))
      return false;
  return true;
}

/* The most values that these fields can have in one group. */
static int64_t count_of(const struct rule *rule, unsigned fields) {
  size_t blocks_n = rule->matches_n + rule->metrics_n;
  unsigned mask = fields & ~rule->group_by.fields;
  int64_t n = 0;
  for (size_t i = 0; i < blocks_n; i++) {
    bool is_known = false;
    for (size_t k = 0; k < blocks_n && !is_known; k++)
      is_known = k != i && block_covers(rule, k, i, mask) &&
                 (k < i || !block_covers(rule, i, k, mask));
    int64_t more = is_known ? 0 : series_of(rule, i, mask);
    if (more == NO_END)
      return NO_END;
    n += more;
  }
  return n;
}

static void check_count(struct reader *r, const struct place *block,
                        const char *option, int64_t want, int64_t most,
                        const char *one, const char *many) {
  const struct place at = {
      .up = block, .item = reader_find(block->item, option), .name = option};
  if (at.item != NULL && want > most)
    reader_complain(r, &at, "can never be reached: a group has %lld %s at most",
                    (long long)most, most == 1 ? one : many);
}

static void check_upgrade(struct reader *r, const struct place *at,
                          const struct rule *rule, const struct upgrade *u) {
  check_count(r, at, "Alerts", u->alerts, count_of(rule, GROUP_BY_ALL),
              "series", "series");
  check_count(r, at, "Hosts", u->hosts, count_of(rule, 1u << FIELD_HOST),
              "host", "hosts");
  const struct place severity = {
      .up = at, .item = reader_find(at->item, "Severity"), .name = "Severity"};
  if (u->severity != NULL && u->severity->rank >= rule->severity->rank)
    reader_complain_late(r, &severity,
                         "\"%.80s\" is not worse than \"%.80s\", which the "
                         "rule declares with",
                         u->severity->name, rule->severity->name);
}

void reader_check_group(struct reader *r, const struct place *at,
                        struct rule *rule) {
  unsigned ordinal = 0;
  check_group_by(r, at, rule);
  check_count(r, at, "Quorum", rule->quorum, count_of(rule, GROUP_BY_ALL),
              "series", "series");
  for (size_t i = 0; i < at->item->children_n; i++) {
    const struct conf *item = &at->item->children[i];
    if (strcasecmp(item->key, "Upgrade") != 0)
      continue;
    const struct place upgrade = {
        .up = at, .item = item, .name = "Upgrade", .ordinal = ++ordinal};
    if (ordinal <= rule->upgrades_n)
      check_upgrade(r, &upgrade, rule, &rule->upgrades[ordinal - 1]);
  }
}
