/* SPDX-License-Identifier: MIT */
/* A configuration, from its bytes to settings, rules and their copy without
 * secrets. What is written must be read as the same. */
#include "fuzz.h"

#include "base/hash.h"
#include "core/explain.h"
#include "core/rule.h"
#include "core/schedule.h"
#include "core/settings.h"
#include "core/sieve.h"

#include <string.h>

#define TEXT_MAX (64 * 1024 * 1024)

const char fuzz_name[] = "fuzz_conf";
uint64_t fuzz_met;

#define RULE(options)                                                          \
  FUZZ_SEED("DefaultChain \"c\"\n<Webhook \"w\">\n  URL \"https://u:p@h/x\"\n" \
            "  Header \"A: b\"\n</Webhook>\n<Responder \"p\">\n"               \
            "  Contact \"x\"\n  Webhook \"w\"\n</Responder>\n<Chain \"c\">\n"  \
            "  <Step>\n    Responder \"p\"\n    Webhook \"w\"\n    Wait 60\n"  \
            "  </Step>\n  Repeat 2\n</Chain>\n<Rule \"r\">\n  <Match>\n"       \
            "    Host \"a\" \"/^b[0-9]+$/\"\n  </Match>\n" options             \
            "</Rule>\n")

const struct fuzz_seed fuzz_seeds[] = {
    RULE("  <Match>\n    Meta \"k\" \"/v/\"\n    Message \"/x/\"\n"
         "    Missing false\n    Remote true\n    Level \"warning\"\n"
         "  </Match>\n  Title \"on %{host}: %{meta:k}\"\n  Record true\n"),
    RULE("  <Metric>\n    Plugin \"load\"\n    DataSource \"shortterm\"\n"
         "    Above 8\n    ClearBelow 6\n  </Metric>\n  <Metric>\n"
         "    Type \"/x/\"\n    Below -1.5e+3\n  </Metric>\n  For \"1m\"\n"),
    RULE("  <Metric>\n    Host \"h\"\n    Plugin \"p\"\n"
         "    PluginInstance \"\"\n    Type \"t\"\n    TypeInstance \"a\" "
         "\"b\"\n    Absent \"5m\"\n  </Metric>\n  Quorum 2\n"
         "  GroupBy \"plugin\" \"meta:k\"\n  GroupWait 5\n  Formerly \"l\"\n"),
    RULE("  <Upgrade>\n    Alerts 3\n    Hosts 2\n    After \"1h\"\n"
         "    Severity \"SEV-1\"\n  </Upgrade>\n  Severity \"SEV-3\"\n"
         "</Rule>\n<Rule \"s\">\n  <Match>\n    Plugin \"df\"\n  </Match>\n"
         "  Label \"k\" \"%{value}\"\n  Continue true\n</Rule>\n<Inhibit>\n"
         "  Source \"r\"\n  Target \"s\"\n  Equal \"host\" \"meta:k\"\n"
         "</Inhibit>\n<Rule \"t\">\n  <Match>\n    Host \"c\"\n  </Match>\n"
         "  Expire \"3650d\"\n  Hold 1\n  Reopen 0\n  AutoResolve false\n"),
    RULE("  PageHours \"o\"\n</Rule>\n<Hours \"o\">\n  TimeZone \"UTC\"\n"
         "  During \"Mon-Fri 09:00-17:00\" \"22:00-06:00\"\n"
         "  Except \"2026-12-25\"\n</Hours>\n<Schedule \"s\">\n"
         "  TimeZone \"Europe/Berlin\"\n  Fallback \"p\"\n  <Rotation>\n"
         "    Responder \"p\" \"p\"\n    Every \"1d\"\n"
         "    Start \"2026-03-01 02:30\"\n    During \"Sun 02:15-02:45\"\n"
         "  </Rotation>\n</Schedule>\n<Schedule \"t\">\n"
         "  Calendar \"/x\"\n</Schedule>\n<Chain \"d\">\n  <Step>\n"
         "    Schedule \"s\" \"t\"\n  </Step>\n</Chain>\n<Rule \"u\">\n"
         "  <Match>\n    Host \"d\"\n  </Match>\n"),
    FUZZ_SEED("a [::1]:80 127.0.0.1:25826 0x1f -1.5e+3 true \"x\\\"y\" \\\n 1\n"
              "<B \"c\" 1 on>\n# comment\n</B>\nInclude \"/nowhere/*.conf\"\n"),
    {NULL, 0}};

const struct fuzz_file fuzz_files[] = {{"", "conf/incident.conf"},
                                       {NULL, NULL}};

const char *const fuzz_words[] = {"<Rule \"r\">\n",
                                  "</Rule>\n",
                                  "<Match>\n",
                                  "</Match>\n",
                                  "<Metric>\n",
                                  "</Metric>\n",
                                  "<Upgrade>\n",
                                  "</Upgrade>\n",
                                  "<Inhibit>\n",
                                  "</Inhibit>\n",
                                  "<Chain \"c\">\n",
                                  "</Chain>\n",
                                  "<Step>\n",
                                  "</Step>\n",
                                  "<Webhook \"w\">\n",
                                  "</Webhook>\n",
                                  "<Severity \"A\">\n",
                                  "</Severity>\n",
                                  "<Responder \"p\">\n",
                                  "</Responder>\n",
                                  "<Hours \"o\">\n",
                                  "</Hours>\n",
                                  "<Schedule \"s\">\n",
                                  "</Schedule>\n",
                                  "<Rotation>\n",
                                  "</Rotation>\n",
                                  "During \"Fri 22:00-06:00\"\n",
                                  "Except \"2026-12-25\"\n",
                                  "TimeZone \"Europe/Berlin\"\n",
                                  "Every \"1w\"\n",
                                  "Start \"2026-10-25 02:30\"\n",
                                  "Calendar \"x\"\n",
                                  "Fallback \"p\"\n",
                                  "Schedule \"s\"\n",
                                  "PageHours \"o\"\n",
                                  "<Plugin incident>\n",
                                  "</Plugin>\n",
                                  "Host \"h\"\n",
                                  "Plugin \"/x/\"\n",
                                  "PluginInstance \"\"\n",
                                  "Type \"t\" \"u\"\n",
                                  "TypeInstance \"\"\n",
                                  "DataSource \"value\"\n",
                                  "Meta \"k\" \"v\"\n",
                                  "Remote true\n",
                                  "Missing false\n",
                                  "Level \"warning\"\n",
                                  "Above 1\n",
                                  "Below 1\n",
                                  "Absent 60\n",
                                  "ClearAbove 2\n",
                                  "ClearBelow 0\n",
                                  "For 1\n",
                                  "Clear 1\n",
                                  "Expire 1\n",
                                  "Reopen 1\n",
                                  "Hold 1\n",
                                  "Quorum 2\n",
                                  "GroupBy \"host\"\n",
                                  "GroupBy \"none\"\n",
                                  "GroupWait 1\n",
                                  "Severity \"SEV-1\"\n",
                                  "Title \"%{host}\"\n",
                                  "Label \"k\" \"%{value}\"\n",
                                  "Record true\n",
                                  "Continue true\n",
                                  "Formerly \"q\"\n",
                                  "Alerts 2\n",
                                  "Hosts 2\n",
                                  "After 60\n",
                                  "Source \"r\"\n",
                                  "Target \"s\"\n",
                                  "Equal \"host\"\n",
                                  "URL \"http://h/\"\n",
                                  "Wait 0\n",
                                  "Repeat 1\n",
                                  "DefaultChain \"c\"\n",
                                  "Evidence 0\n",
                                  "SeriesLimit 1\n",
                                  "StormLimit 10 60\n",
                                  "Retention 1\n",
                                  "Ledger \"/x\"\n",
                                  "BaseURL \"http://h\"\n",
                                  "%{meta:x}",
                                  "\\\n",
                                  "\r\n",
                                  "\"",
                                  "\\\"",
                                  NULL};

static void meet(uint64_t what) { fuzz_met = fuzz_met * 31 + what; }

static void meet_text(const char *text) {
  meet(hash_bytes(text, strcspn(text, "\"0123456789")));
}

static void complain(void *arg, const char *file, int line, bool is_warning,
                     const char *message) {
  (void)file;
  (void)line;
  *(bool *)arg = *(bool *)arg || !is_warning;
  meet_text(message);
}

static void report(void *arg, const struct finding *f) {
  unsigned *errors = arg;
  NEVER(f->path == NULL || f->message == NULL);
  *errors += !f->is_warning;
  meet_text(f->message);
}

static bool is_same(const char *a, const char *b) {
  return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

/* ---- rules at work ---- */

static struct signal *make_signal(void *memory, const struct rule *r) {
  static const char *const texts[] = {"h", "p", "", "t", "a", "message", ""};
  struct packer p;
  signal_begin(&p, memory);
  p.signal->level = LEVEL_FAILURE;
  p.signal->has_value = true;
  p.signal->value = 1;
  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
    const char *text = texts[i];
    if (i < FIELDS && r->matches_n > 0 && r->matches[0].field[i].patterns_n > 0)
      text = selector_text(&r->matches[0].field[i], 0);
    else if (i < FIELDS && r->metrics_n > 0 &&
             r->metrics[0].field[i].patterns_n > 0)
      text = selector_text(&r->metrics[0].field[i], 0);
    signal_add(&p, text, strlen(text));
  }
  signal_add_meta(&p, "k", "v");
  signal_end(&p, true);
  return p.signal;
}

static void ask(struct sieve *sieve, const struct settings *s,
                const struct rule *r) {
  uint64_t memory[SIGNAL_BYTES_MAX / 8];
  const struct signal *signal = make_signal(memory, r);
  struct declaration about = {
      .signal = signal, .group_key = "k", .alerts = 1, .hosts = 1};
  struct sieve_hits hits = {0};
  struct incident i;
  struct buf out;
  buf_init(&out, TEXT_MAX);
  NEVER(sieve_ask(sieve, signal, &hits) != OK);
  NEVER(rule_matches(r, signal) && !hits.is_matched);
  (void)explain_rule(r, signal, &out);
  (void)rule_bad_level(r, signal);
  field_set_key(&r->group_by, signal, &out);
  NEVER(rule_declare(r, s, &about, 1, 1, &i) != OK);
  incident_fini(&i);
  sieve_hits_fini(&hits);
  buf_fini(&out);
}

/* ---- who is on call ---- */

#define SUMMER INT64_C(1774746000000) /* 2026-03-29T01:00Z, in Berlin */

static void ask_hours(const struct hours *h, wall_ms at) {
  wall_ms next = hours_next(h, at), last = hours_last(h, at);
  NEVER(next <= at || (last > at && last != WALL_NEVER));
  NEVER(next != WALL_NEVER && hours_is_open(h, next) == hours_is_open(h, at));
  NEVER(last != WALL_NEVER && hours_is_open(h, last) != hours_is_open(h, at));
  NEVER(h->during_n > 0 && hours_next_edge(h, at) == WALL_NEVER);
}

static void ask_schedule(const struct settings *s, const struct schedule *duty,
                         const struct conf *block) {
  unsigned errors = 0;
  const struct duty_facts facts = {.settings = s};
  struct turn t;
  struct duty d;
  schedule_at(duty, &facts, SUMMER, &d);
  schedule_turn(duty, &facts, SUMMER, &t);
  NEVER(d.responder != t.responder || d.until <= SUMMER);
  NEVER(t.until < d.until || (t.since > SUMMER && t.since != WALL_NEVER));
  settings_advise_gaps(duty, &facts, SUMMER, &block, 1, report, &errors);
  NEVER(errors > 0);
}

static void use(const struct settings *s, const struct conf *block) {
  unsigned errors = 0;
  struct sieve *sieve = NULL;
  settings_advise(s, &block, 1, report, &errors);
  NEVER(errors > 0);
  for (size_t i = 0; i < s->hours_n; i++)
    ask_hours(s->hours[i], SUMMER);
  for (size_t i = 0; i < s->schedules_n; i++)
    ask_schedule(s, s->schedules[i], block);
  NEVER(sieve_new(s, &sieve) != OK);
  for (size_t i = 0; i < s->rules_n; i++) {
    NEVER(s->rules[i]->order != i);
    NEVER(settings_rule(s, s->rules[i]->name) != s->rules[i]);
    ask(sieve, s, s->rules[i]);
  }
  sieve_free(sieve);
}

/* ---- the copy without secrets ---- */

#define SAME_NAMES(kind)                                                       \
  do {                                                                         \
    NEVER(a->kind##_n != b->kind##_n);                                         \
    for (size_t i = 0; i < a->kind##_n; i++)                                   \
      NEVER(strcmp(a->kind[i]->name, b->kind[i]->name) != 0);                  \
  } while (0)

static void compare(const struct settings *a, const struct settings *b) {
  SAME_NAMES(severities);
  SAME_NAMES(webhooks);
  SAME_NAMES(responders);
  SAME_NAMES(chains);
  SAME_NAMES(rules);
  SAME_NAMES(hours);
  SAME_NAMES(schedules);
  NEVER(a->inhibits_n != b->inhibits_n);
  for (size_t i = 0; i < a->responders_n; i++)
    NEVER(!is_same(a->responders[i]->contact, b->responders[i]->contact));
  for (size_t i = 0; i < a->chains_n; i++)
    NEVER(a->chains[i]->steps_n != b->chains[i]->steps_n);
  for (size_t i = 0; i < a->rules_n; i++) {
    const struct rule *x = a->rules[i], *y = b->rules[i];
    NEVER(x->matches_n != y->matches_n || x->metrics_n != y->metrics_n);
    NEVER(x->upgrades_n != y->upgrades_n || x->formerly_n != y->formerly_n);
    NEVER(x->bad_for != y->bad_for || x->clear != y->clear);
    NEVER(x->quorum != y->quorum || x->reopen != y->reopen);
    NEVER(x->group_by.fields != y->group_by.fields);
    for (size_t m = 0; m < x->metrics_n; m++)
      NEVER(x->metrics[m].limit != y->metrics[m].limit);
  }
}

static void read_public(const struct settings *s, const struct conf *block) {
  struct buf text;
  struct conf_file *file = NULL;
  struct settings *again = NULL;
  bool is_wrong = false;
  unsigned errors = 0;
  buf_init(&text, TEXT_MAX);
  NEVER(settings_print_public(&block, 1, &text) != OK);
  NEVER(conf_read_text("public", buf_text(&text), text.len, complain, &is_wrong,
                       &file) != OK);
  const struct conf *root = &file->root;
  NEVER(settings_read(&root, 1, true, report, &errors, &again) != OK);
  compare(s, again);
  settings_free(again);
  conf_file_free(file);
  buf_fini(&text);
}

/* ---- the tree ---- */

static void compare_trees(const struct conf *a, const struct conf *b) {
  NEVER(!is_same(a->key, b->key));
  NEVER(a->values_n != b->values_n || a->children_n != b->children_n);
  for (size_t i = 0; i < a->values_n; i++) {
    const struct conf_value *x = &a->values[i], *y = &b->values[i];
    NEVER(x->type != y->type);
    NEVER(x->type == CONF_TEXT && strcmp(x->text, y->text) != 0);
    NEVER(x->type == CONF_NUMBER && x->number != y->number);
    NEVER(x->type == CONF_BOOL && x->flag != y->flag);
  }
  for (size_t i = 0; i < a->children_n; i++)
    compare_trees(&a->children[i], &b->children[i]);
}

static void print_and_read(const struct conf *root) {
  struct buf text;
  struct conf_file *file = NULL;
  bool is_wrong = false;
  buf_init(&text, TEXT_MAX);
  conf_print(root, &text);
  NEVER(text.err != OK);
  NEVER(conf_read_text("again", buf_text(&text), text.len, complain, &is_wrong,
                       &file) != OK);
  compare_trees(root, &file->root);
  conf_file_free(file);
  buf_fini(&text);
}

static void read_block(const struct conf *block) {
  struct settings *s = NULL;
  unsigned errors = 0;
  enum err err = settings_read(&block, 1, false, report, &errors, &s);
  NEVER((err == OK) != (s != NULL) || (err == OK) != (errors == 0));
  settings_free(s);
  s = NULL;
  err = settings_read(&block, 1, true, report, &errors, &s);
  NEVER((err == OK) != (s != NULL) || (err == OK) != (errors == 0));
  if (err == OK) {
    use(s, block);
    read_public(s, block);
  }
  settings_free(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct conf_file *file = NULL;
  bool is_wrong = false;
  enum err err = conf_read_text("fuzz", (const char *)data, size, complain,
                                &is_wrong, &file);
  NEVER((err == OK) == is_wrong);
  if (err == OK) {
    print_and_read(&file->root);
    read_block(&file->root);
    for (size_t i = 0; i < file->root.children_n; i++)
      if (strcasecmp(file->root.children[i].key, "Plugin") == 0)
        read_block(&file->root.children[i]);
  }
  conf_file_free(file);
  return 0;
}
