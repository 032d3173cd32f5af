/* SPDX-License-Identifier: MIT */
/* Two passes, so that references need no order: the first makes an object for
 * each block with a name, the second fills them in and looks references up.
 * Blocks that share a name each have an object; the settings are thrown away
 * then, but what is wrong in either is still found. */
#include "core/settings_reader.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define NAME_MAX_LEN 255
#define RETENTION_DEFAULT ((span_ms)365 * 24 * 3600 * 1000)
#define RETENTION_MIN 1000
#define EVIDENCE_DEFAULT 60
#define EVIDENCE_MAX 10000
#define SERIES_LIMIT_DEFAULT 1000000
#define SERIES_LIMIT_MAX 100000000
#define LIMIT_DEFAULT 10 /* StormLimit and PageLimit */
#define LIMIT_MAX 10000
#define LIMIT_SPAN_DEFAULT (60 * 1000)
#define LIMIT_SPAN_MIN 1000
#define LIMIT_SPAN_MAX (24 * 3600 * 1000)

const struct block_kind *const settings_blocks[BLOCKS] = {
    [BLOCK_SEVERITY] = &settings_block_severity,
    [BLOCK_WEBHOOK] = &settings_block_webhook,
    [BLOCK_RESPONDER] = &settings_block_responder,
    [BLOCK_CHAIN] = &settings_block_chain,
    [BLOCK_RULE] = &settings_block_rule,
    [BLOCK_HOURS] = &settings_block_hours,
    [BLOCK_SCHEDULE] = &settings_block_schedule,
    [BLOCK_ROLE] = &settings_block_role,
    [BLOCK_CHANNEL] = &settings_block_channel,
    [BLOCK_WORDING] = &settings_block_wording,
    [BLOCK_HEARTBEAT] = &settings_block_heartbeat,
    [BLOCK_FIELD] = &settings_block_field,
};

bool settings_is_block(const struct conf *item) {
  return strcasecmp(item->key, "Plugin") == 0 && item->values_n == 1 &&
         item->values[0].type == CONF_TEXT &&
         strcasecmp(item->values[0].text, "incident") == 0;
}

/* "" stands for a name that makes no sense. */
static const char *name_of(const struct conf *item) {
  return item->values_n == 1 && item->values[0].type == CONF_TEXT
             ? item->values[0].text
             : "";
}

static bool check_name(struct reader *r, const struct place *at) {
  if (at->item->values_n != 1) {
    reader_complain(r, at, "takes one name: <%s \"name\">", at->name);
    return false;
  }
  const char *name = reader_text_at(r, at, 0);
  if (name == NULL)
    return false;
  size_t len = strlen(name);
  for (size_t i = 0; i < len; i++)
    if ((unsigned char)name[i] < ' ' || name[i] == 0x7f) {
      reader_complain(r, at, "has a control character in its name");
      return false;
    }
  if (len == 0 || len > NAME_MAX_LEN)
    reader_complain(r, at, "takes a name of 1 to %d bytes", NAME_MAX_LEN);
  return len > 0 && len <= NAME_MAX_LEN;
}

/* A block with a name; the row's offset is its enum block. */
static void read_named(struct reader *r, const struct place *at,
                       const struct option *o, void *object) {
  (void)object; /* the settings themselves */
  const struct block_kind *kind = settings_blocks[o->offset];
  size_t i = r->next[o->offset]++;
  const char *name, *other;
  void *own = kind->get(r->settings, i, &name);
  struct place here = *at;
  here.ordinal = 0;
  here.title = name[0] == '\0' ? NULL : name;
  if (check_name(r, &here)) {
    size_t k = 0;
    while (k < i &&
           (kind->get(r->settings, k, &other), strcmp(name, other) != 0))
      k++;
    if (k < i)
      reader_complain(r, &here, "there is a %s of this name already",
                      kind->name);
  }
  reader_block(r, &here, kind->table, own);
  if (kind->check != NULL && r->err == OK)
    kind->check(r, &here, own);
}

static void read_base_url(struct reader *r, const struct place *at,
                          const struct option *o, void *object) {
  (void)o;
  struct settings *s = object;
  struct url u;
  const char *why = "";
  if (!reader_is_one(r, at))
    return;
  const char *text = reader_text_at(r, at, 0);
  if (text == NULL)
    return;
  if (url_split(text, &u, &why) != OK)
    reader_complain(r, at, "takes an http or https URL; %s", why);
  else if (u.user != NULL)
    reader_complain(r, at, "must not have credentials: pages show it");
  else if (strpbrk(text, "?#") != NULL)
    reader_complain(r, at, "must end with its path: paths are appended to it");
  else
    reader_keep(r, &s->base_url, text);
  size_t len = s->base_url == NULL ? 0 : strlen(s->base_url);
  while (len > 0 && s->base_url[len - 1] == '/')
    s->base_url[--len] = '\0';
}

static void read_series_limit(struct reader *r, const struct place *at,
                              const struct option *o, void *object) {
  struct settings *s = object;
  int64_t number;
  if (reader_is_one(r, at) && reader_whole_at(r, at, o, 0, &number))
    s->series_limit = (size_t)number;
}

/* N DURATION, or 0. */
static void read_limit(struct reader *r, const struct place *at,
                       const struct option *o, unsigned *limit,
                       span_ms *limit_span) {
  const struct conf *item = at->item;
  const struct option span = {.min = LIMIT_SPAN_MIN, .max = LIMIT_SPAN_MAX};
  int64_t number = 0;
  if (item->values_n == 1 && item->values[0].type == CONF_NUMBER &&
      item->values[0].number == 0)
    *limit = 0;
  else if (item->values_n != 2)
    reader_complain(r, at, "takes a number and a duration, or 0");
  else if (reader_whole_at(r, at, o, 0, &number) &&
           reader_span_at(r, at, &span, 1, limit_span))
    *limit = (unsigned)number;
}

static void read_storm_limit(struct reader *r, const struct place *at,
                             const struct option *o, void *object) {
  struct settings *s = object;
  read_limit(r, at, o, &s->storm_limit, &s->storm_span);
}

static void read_page_limit(struct reader *r, const struct place *at,
                            const struct option *o, void *object) {
  struct settings *s = object;
  read_limit(r, at, o, &s->page_limit, &s->page_span);
}

static const struct option options[] = {
    {.name = "Ledger",
     .read = reader_text,
     .offset = offsetof(struct settings, ledger),
     .flags = OPTION_FILLED},
    {.name = "BaseURL", .read = read_base_url},
    {.name = "DefaultChain",
     .read = reader_chain,
     .offset = offsetof(struct settings, default_chain)},
    {.name = "Retention",
     .read = reader_span,
     .offset = offsetof(struct settings, retention),
     .min = RETENTION_MIN},
    {.name = "Evidence",
     .read = reader_number,
     .offset = offsetof(struct settings, evidence),
     .max = EVIDENCE_MAX},
    {.name = "SeriesLimit",
     .read = read_series_limit,
     .min = 1,
     .max = SERIES_LIMIT_MAX},
    {.name = "StormLimit", .read = read_storm_limit, .max = LIMIT_MAX},
    {.name = "PageLimit", .read = read_page_limit, .max = LIMIT_MAX},
#define NAMED(key, block)                                                      \
  {                                                                            \
    .name = key, .read = read_named, .offset = block,                          \
    .flags = OPTION_MANY | OPTION_BLOCK                                        \
  }
    NAMED("Severity", BLOCK_SEVERITY),
    NAMED("Webhook", BLOCK_WEBHOOK),
    NAMED("Responder", BLOCK_RESPONDER),
    NAMED("Chain", BLOCK_CHAIN),
    NAMED("Rule", BLOCK_RULE),
    NAMED("Hours", BLOCK_HOURS),
    NAMED("Schedule", BLOCK_SCHEDULE),
    NAMED("Role", BLOCK_ROLE),
    NAMED("Channel", BLOCK_CHANNEL),
    NAMED("Template", BLOCK_WORDING),
    NAMED("Heartbeat", BLOCK_HEARTBEAT),
    NAMED("Field", BLOCK_FIELD),
#undef NAMED
    {.name = "ChatURL",
     .read = reader_template,
     .offset = offsetof(struct settings, chat_url)},
    {.name = "CallURL",
     .read = reader_template,
     .offset = offsetof(struct settings, call_url)},
    {.name = "Value", .read = reader_value, .flags = OPTION_MANY},
    {.name = "Checklist", .read = reader_checklist, .flags = OPTION_BLOCK},
    {.name = "Inhibit",
     .read = reader_inhibit,
     .flags = OPTION_MANY | OPTION_BLOCK},
    {.name = "Notify",
     .read = reader_notify,
     .flags = OPTION_MANY | OPTION_BLOCK},
};

static void set_defaults(struct settings *s) {
  s->checklist.reviewed_at = s->checklist.tested_at = WALL_NEVER;
  s->retention = RETENTION_DEFAULT;
  s->evidence = EVIDENCE_DEFAULT;
  s->series_limit = SERIES_LIMIT_DEFAULT;
  s->storm_limit = s->page_limit = LIMIT_DEFAULT;
  s->storm_span = s->page_span = LIMIT_SPAN_DEFAULT;
}

static void add_objects(struct reader *r, const struct conf *block) {
  for (size_t i = 0; i < block->children_n && r->err == OK; i++)
    for (size_t k = 0; k < BLOCKS; k++)
      if (strcasecmp(block->children[i].key, settings_blocks[k]->name) == 0)
        settings_blocks[k]->add(r, name_of(&block->children[i]));
}

/* What may be reopened is still there. Names are the items of blocks, in the
 * order of the rules. */
static void check_retention(struct reader *r, const struct conf *block,
                            size_t *rule) {
  const struct settings *s = r->settings;
  for (size_t i = 0; i < block->children_n; i++) {
    const struct conf *item = &block->children[i];
    if (strcasecmp(item->key, "Rule") != 0)
      continue;
    const struct rule *own = s->rules[(*rule)++];
    const struct place up = {.item = item, .name = "Rule", .title = own->name};
    const struct conf *reopen = reader_find(item, "Reopen");
    const struct place at = {
        .up = &up, .item = reopen != NULL ? reopen : item, .name = "Reopen"};
    if (own->reopen > s->retention && !own->is_recorded)
      reader_complain_late(r, &at, "must not be longer than Retention");
  }
}

enum err settings_read(const struct conf *const *blocks, size_t blocks_n,
                       bool is_whole, settings_report *report, void *arg,
                       struct settings **own_settings) {
  struct reader r = {.report = report, .arg = arg};
  unsigned counts[OPTIONS_MAX] = {0};
  const struct option_table table = OPTION_TABLE(options);
  r.settings = reader_new(&r, sizeof *r.settings);
  if (r.settings == NULL)
    goto out;
  set_defaults(r.settings);
  for (size_t i = 0; i < blocks_n; i++)
    add_objects(&r, blocks[i]);
  if (r.err != OK)
    goto out;
  reader_imply_severities(&r);
  reader_imply_roles(&r);
  reader_imply_wordings(&r);
  for (size_t i = 0; i < blocks_n && r.err == OK; i++)
    reader_walk(&r, NULL, blocks[i], table, r.settings, counts);
  reader_imply_checklist(&r);
  for (size_t i = 0, rule = 0; i < blocks_n && r.err == OK; i++)
    check_retention(&r, blocks[i], &rule);
  for (size_t i = 0, n = 0; i < blocks_n && r.err == OK; i++)
    reader_check_heartbeats(&r, blocks[i], &n);
  if (r.settings->ledger == NULL)
    reader_keep(&r, &r.settings->ledger, "");
  if (r.settings->base_url == NULL)
    reader_keep(&r, &r.settings->base_url, "");
  if (r.err == OK && r.errors == 0)
    reader_imply_chains(&r);
  if (r.err != OK)
    goto out;
  if (is_whole || r.errors > 0)
    reader_report_late(&r);
  if (r.err == OK && r.errors > 0)
    r.err = ERR_INVALID;
  if (r.err == OK) {
    *own_settings = r.settings;
    r.settings = NULL;
  }
out:
  settings_free(r.settings);
  reader_fini(&r);
  return r.err;
}
