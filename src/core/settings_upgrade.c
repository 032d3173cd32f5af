/* SPDX-License-Identifier: MIT */
/* <Upgrade> of a rule. */
#include "core/settings_reader.h"

#define COUNT_MAX 1000000
#define AFTER_MIN 1000

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
  if (!reader_is_bare_block(r, at))
    return;
  if (rule->upgrades_n == UPGRADES_MAX) {
    reader_complain(r, at, "is one too many; there may be %d", UPGRADES_MAX);
    return;
  }
  struct upgrade *grown =
      reader_grow(r, rule->upgrades, rule->upgrades_n, sizeof *grown);
  if (grown == NULL)
    return;
  rule->upgrades = grown;
  struct upgrade *u = &rule->upgrades[rule->upgrades_n++];
  const struct option_table table = OPTION_TABLE(upgrade_options);
  reader_block(r, at, table, u);
  if (reader_find(at->item, "Alerts") == NULL &&
      reader_find(at->item, "Hosts") == NULL &&
      reader_find(at->item, "After") == NULL)
    reader_complain(r, at, "has no condition; give it Alerts, Hosts or After");
}
