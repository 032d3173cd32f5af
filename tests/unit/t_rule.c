/* SPDX-License-Identifier: MIT */
#include "core/rule.h"

#include "base/hash.h"
#include "check.h"

#include <math.h>
#include <stdlib.h>

#define NOW 1760000000000

static struct conf_file *file;

static void complain(void *arg, const char *name, int line, bool is_warning,
                     const char *message) {
  (void)arg;
  (void)is_warning;
  printf("%s:%d: %s\n", name, line, message);
}

static void report(void *arg, const struct finding *f) {
  (void)arg;
  printf("%s: %s\n", f->path, f->message);
}

static struct settings *read_rules(const char *rules) {
  struct settings *s = NULL;
  struct buf b;
  buf_init(&b, 65536);
  buf_add(&b, "<Webhook \"w\">\nURL \"http://127.0.0.1/\"\n</Webhook>\n"
              "<Chain \"c\">\n<Step>\nWebhook \"w\"\n</Step>\n</Chain>\n"
              "DefaultChain \"c\"\n");
  buf_add(&b, rules);
  CHECK(conf_read_text("test", buf_text(&b), b.len, complain, NULL, &file) ==
        OK);
  const struct conf *block = &file->root;
  CHECK(settings_read(&block, 1, true, report, NULL, &s) == OK);
  buf_fini(&b);
  return s;
}

static void done(struct settings *s) {
  settings_free(s);
  conf_file_free(file);
}

static struct signal *pack(enum level level, const char *host,
                           const char *instance, const char *message) {
  static uint64_t memory[SIGNAL_BYTES_MAX / 8];
  const char *fields[FIELDS] = {host, "df", instance, "percent_bytes", "used"};
  struct packer p;
  signal_begin(&p, memory);
  p.signal->level = (uint8_t)level;
  p.signal->has_value = true;
  p.signal->value = 97.2;
  for (int i = 0; i < FIELDS; i++)
    signal_add(&p, fields[i], strlen(fields[i]));
  signal_add(&p, message, strlen(message));
  signal_add(&p, "value", 5);
  signal_add_meta(&p, "site", "berlin");
  signal_end(&p, true);
  return p.signal;
}

static void different_keys_must_all_match_and_any_value_of_a_key(void) {
  struct settings *s = read_rules("<Rule \"r\">\n<Match>\n"
                                  "Host \"web1\" \"/^db[0-9]$/\"\n"
                                  "PluginInstance \"root\"\n</Match>\n"
                                  "</Rule>\n");
  const struct rule *r = s->rules[0];
  CHECK(rule_matches(r, pack(LEVEL_FAILURE, "web1", "root", "")));
  CHECK(rule_matches(r, pack(LEVEL_FAILURE, "db7", "root", "")));
  CHECK(!rule_matches(r, pack(LEVEL_FAILURE, "db77", "root", "")));
  CHECK(!rule_matches(r, pack(LEVEL_FAILURE, "web1", "home", "")));
  CHECK(!rule_matches(r, pack(LEVEL_FAILURE, "web11", "root", "")));
  done(s);
}

static void level_is_failure_unless_said(void) {
  struct settings *s =
      read_rules("<Rule \"f\">\n<Match>\nPlugin \"df\"\n</Match>\n</Rule>\n"
                 "<Rule \"w\">\n<Match>\nPlugin \"df\"\nLevel \"warning\"\n"
                 "</Match>\n</Rule>\n");
  CHECK(!rule_matches(s->rules[0], pack(LEVEL_WARNING, "h", "i", "")));
  CHECK(rule_matches(s->rules[1], pack(LEVEL_WARNING, "h", "i", "")));
  CHECK(rule_matches(s->rules[1], pack(LEVEL_FAILURE, "h", "i", "")));
  CHECK(!rule_matches(s->rules[1], pack(LEVEL_OKAY, "h", "i", "")));
  CHECK(rule_bad_level(s->rules[0], pack(LEVEL_FAILURE, "h", "i", "")) ==
        LEVEL_FAILURE);
  CHECK(rule_bad_level(s->rules[1], pack(LEVEL_FAILURE, "h", "i", "")) ==
        LEVEL_WARNING);
  done(s);
}

static void text_and_metadata_can_be_looked_at(void) {
  struct settings *s =
      read_rules("<Rule \"r\">\n<Match>\nMessage \"/full/\"\n"
                 "Meta \"site\" \"berlin\"\n</Match>\n</Rule>\n"
                 "<Rule \"m\">\n<Match>\nMeta \"rack\" \"/./\"\n"
                 "</Match>\n</Rule>\n");
  CHECK(rule_matches(s->rules[0], pack(LEVEL_FAILURE, "h", "i", "disk full")));
  CHECK(!rule_matches(s->rules[0], pack(LEVEL_FAILURE, "h", "i", "fine")));
  CHECK(!rule_matches(s->rules[1], pack(LEVEL_FAILURE, "h", "i", "")));
  /* Clearing looks at the series alone. */
  CHECK(rule_bad_level(s->rules[0], pack(LEVEL_OKAY, "h", "i", "fine")) ==
        LEVEL_FAILURE);
  done(s);
}

/* What threshold says of a value that stopped: no metadata, no value. */
static struct signal *pack_missing(const char *message) {
  static uint64_t memory[SIGNAL_BYTES_MAX / 8];
  struct packer p;
  signal_begin(&p, memory);
  p.signal->level = LEVEL_FAILURE;
  for (int i = 0; i < FIELDS; i++)
    signal_add(&p, "df", 2);
  signal_add(&p, message, strlen(message));
  signal_end(&p, true);
  return p.signal;
}

static void what_came_from_afar_or_is_missing_can_be_told_apart(void) {
  struct settings *s =
      read_rules("<Rule \"away\">\n<Match>\nRemote true\n</Match>\n</Rule>\n"
                 "<Rule \"here\">\n<Match>\nRemote false\n</Match>\n</Rule>\n"
                 "<Rule \"gone\">\n<Match>\nMissing true\n</Match>\n</Rule>\n"
                 "<Rule \"there\">\n<Match>\nMissing false\n</Match>\n</Rule>\n"
                 "<Rule \"all\">\n<Match>\nPlugin \"df\"\n</Match>\n</Rule>\n");
  static const bool want[4][5] = {{false, true, false, true, true},
                                  {true, false, false, true, true},
                                  {false, true, true, false, true},
                                  {false, true, false, true, true}};
  for (int i = 0; i < 4; i++) {
    struct signal *signal =
        i < 2 ? pack(LEVEL_FAILURE, "h", "i", "")
              : pack_missing(i == 2 ? "df has not been updated for 20 seconds."
                                    : "df is full");
    signal->is_remote = i == 1;
    for (size_t k = 0; k < 5; k++)
      CHECK(rule_matches(s->rules[k], signal) == want[i][k]);
  }
  CHECK(s->sees_text);
  done(s);
}

static void no_notification_is_bad_for_a_rule_that_looks_at_values(void) {
  struct settings *s = read_rules(
      "<Rule \"m\">\n<Metric>\nPlugin \"df\"\nAbove 90\n</Metric>\n</Rule>\n"
      "<Rule \"b\">\n<Metric>\nPlugin \"df\"\nAbove 90\n</Metric>\n"
      "<Match>\nHost \"h\"\nLevel \"warning\"\n</Match>\n"
      "<Match>\nHost \"h\" \"g\"\n</Match>\n</Rule>\n");
  CHECK(!rule_matches(s->rules[0], pack(LEVEL_FAILURE, "h", "i", "")));
  CHECK(rule_bad_level(s->rules[0], pack(LEVEL_FAILURE, "h", "i", "")) ==
        LEVEL_NEVER);
  CHECK(rule_bad_level(s->rules[1], pack(LEVEL_FAILURE, "h", "i", "")) ==
        LEVEL_WARNING);
  CHECK(rule_bad_level(s->rules[1], pack(LEVEL_FAILURE, "g", "i", "")) ==
        LEVEL_FAILURE);
  CHECK(rule_bad_level(s->rules[1], pack(LEVEL_FAILURE, "x", "i", "")) ==
        LEVEL_NEVER);
  done(s);
}

static void metadata_is_grouped_by_and_none_is_one_group(void) {
  struct settings *s =
      read_rules("<Rule \"r\">\n<Match>\nPlugin \"df\"\n</Match>\n"
                 "GroupBy \"host\" \"meta:site\" \"meta:rack\"\n</Rule>\n"
                 "<Rule \"n\">\n<Match>\nPlugin \"df\"\n</Match>\n"
                 "GroupBy \"none\"\n</Rule>\n");
  struct buf b;
  buf_init(&b, 4096);
  field_set_key(&s->rules[0]->group_by, pack(LEVEL_FAILURE, "h", "i", ""), &b);
  CHECK_TEXT(buf_text(&b), "1:h6:berlin0:");
  buf_fini(&b);
  buf_init(&b, 4096);
  field_set_key(&s->rules[1]->group_by, pack(LEVEL_FAILURE, "h", "i", ""), &b);
  CHECK_TEXT(buf_text(&b), "");
  buf_fini(&b);
  CHECK(s->sees_text);
  done(s);
}

static void keys_differ_when_the_values_do(void) {
  struct settings *s =
      read_rules("<Rule \"host\">\n<Match>\nPlugin \"df\"\n</Match>\n"
                 "GroupBy \"host\"\n</Rule>\n"
                 "<Rule \"all\">\n<Match>\nPlugin \"df\"\n</Match>\n"
                 "</Rule>\n");
  char *keys[4];
  static const char *const hosts[] = {"web1", "web1", "web2", "web1"};
  static const char *const instances[] = {"root", "home", "root", "root"};
  for (int r = 0; r < 2; r++) {
    for (int i = 0; i < 4; i++) {
      struct buf b;
      buf_init(&b, 4096);
      field_set_key(&s->rules[r]->group_by,
                    pack(LEVEL_FAILURE, hosts[i], instances[i], ""), &b);
      CHECK(buf_take(&b, &keys[i]) == OK);
    }
    CHECK((strcmp(keys[0], keys[1]) == 0) == (r == 0));
    CHECK(strcmp(keys[0], keys[2]) != 0);
    CHECK(strcmp(keys[0], keys[3]) == 0);
    for (int i = 0; i < 4; i++)
      free(keys[i]);
  }
  done(s);
}

static void a_declaration_fills_its_texts_in(void) {
  struct settings *s = read_rules(
      "<Rule \"disk\">\n<Match>\nPlugin \"df\"\n</Match>\n"
      "Severity \"SEV-2\"\n"
      "Title \"%{severity} %{level} %{host} %{plugin_instance} %{value}%\"\n"
      "Description \"%{message} in %{meta:site}%{meta:none}: %{alerts} of "
      "%{hosts}\"\n"
      "Runbook \"https://wiki/%{rule}/%{id}\"\n"
      "Label \"where\" \"%{type}-%{type_instance}\"\n"
      "Service \"web\"\nTeam \"ops\"\n</Rule>\n");
  struct incident i;
  const struct declaration about = {
      .signal = pack(LEVEL_FAILURE, "web1", "root", "97 \"quoted\""),
      .group_key = "key",
      .alerts = 3,
      .hosts = 2};
  CHECK(rule_declare(s->rules[0], s, &about, 7, NOW, &i) == OK);
  CHECK_TEXT(i.title, "SEV-2 failure web1 root 97.2%");
  CHECK_TEXT(i.description, "97 \"quoted\" in berlin: 3 of 2");
  CHECK_TEXT(i.runbook, "https://wiki/disk/7");
  CHECK_TEXT(i.labels, "{\"where\":\"percent_bytes-used\"}");
  CHECK_TEXT(i.declared_by, "rule:disk");
  CHECK_TEXT(i.chain, "c");
  CHECK_TEXT(i.service, "web");
  CHECK_TEXT(i.team, "ops");
  CHECK(i.is_major && i.declared_at == NOW && i.id == 7);
  incident_fini(&i);
  done(s);
}

static void without_a_title_rule_and_series_are_one(void) {
  struct settings *s =
      read_rules("<Rule \"r\">\n<Match>\nPlugin \"df\"\n</Match>\n</Rule>\n");
  struct incident i;
  const struct declaration about = {
      .signal = pack(LEVEL_FAILURE, "web1", "root", "m"),
      .group_key = "key",
      .alerts = 1,
      .hosts = 1};
  CHECK(rule_declare(s->rules[0], s, &about, 1, NOW, &i) == OK);
  CHECK_TEXT(i.title, "r: web1/df-root/percent_bytes-used");
  CHECK_TEXT(i.severity, "UNKNOWN");
  incident_fini(&i);
  done(s);
}

int main(void) {
  hash_init();
  different_keys_must_all_match_and_any_value_of_a_key();
  level_is_failure_unless_said();
  text_and_metadata_can_be_looked_at();
  what_came_from_afar_or_is_missing_can_be_told_apart();
  no_notification_is_bad_for_a_rule_that_looks_at_values();
  metadata_is_grouped_by_and_none_is_one_group();
  keys_differ_when_the_values_do();
  a_declaration_fills_its_texts_in();
  without_a_title_rule_and_series_are_one();
  return check_done("t_rule");
}
