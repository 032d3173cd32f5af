/* SPDX-License-Identifier: MIT */
#include "core/calendar.h"
#include "core/digest.h"
#include "core/format.h"
#include "core/guide.h"
#include "core/message.h"
#include "core/rule.h"
#include "core/schedule.h"
#include "core/settings.h"
#include "core/sieve.h"
#include "core/silence.h"
#include "oom.h"

#include <stdlib.h>
#include <string.h>

static const char sample[] =
    "Ledger \"/tmp/x\"\nBaseURL \"http://h/\"\nDefaultChain \"c\"\n"
    "<Severity \"A\">\n  Description \"d\"\n  Chain \"c\"\n</Severity>\n"
    "<Webhook \"w\">\n  URL \"https://u:p@h/x\"\n  Header \"A: b\"\n"
    "  Header \"C: d\"\n  Secret \"s\"\n</Webhook>\n"
    "<Webhook \"g\">\n  Format \"pagerduty\"\n  RoutingKey \"k\"\n"
    "</Webhook>\n<Webhook \"n\">\n  URL \"http://h/t\"\n"
    "  Format \"ntfy\"\n</Webhook>\n<Webhook \"d\">\n"
    "  URL \"http://h/t\"\n  Format \"discord\"\n</Webhook>\n"
    "<Webhook \"o\">\n  URL \"http://h/t\"\n  Format \"custom\"\n"
    "  ContentType \"application/json\"\n"
    "  Body \"{\\\"a\\\":\\\"%{title}\\\"}\"\n</Webhook>\n"
    "<Responder \"p\">\n  Contact \"x\"\n  Webhook \"w\"\n</Responder>\n"
    "<Chain \"c\">\n  <Step>\n    Responder \"p\"\n    Webhook \"w\"\n"
    "  </Step>\n  <Step>\n    Webhook \"w\"\n  </Step>\n</Chain>\n"
    "<Rule \"r\">\n  <Match>\n    Host \"a\" \"/^b/\"\n    Meta \"k\" \"v\"\n"
    "    Message \"/x/\"\n  </Match>\n  <Match>\n    Plugin \"df\"\n"
    "  </Match>\n  GroupBy \"host\"\n  Title \"on %{host}: %{meta:k}\"\n"
    "  Description \"d\"\n  Runbook \"r\"\n  Service \"s\"\n  Team \"t\"\n"
    "  Label \"k\" \"%{value}\"\n  Severity \"A\"\n</Rule>\n"
    "<Rule \"m\">\n  <Metric>\n    Plugin \"load\" \"/x/\"\n"
    "    DataSource \"value\"\n    Above 8\n    ClearBelow 6\n  </Metric>\n"
    "  <Metric>\n    Plugin \"cpu\"\n    Absent 60\n  </Metric>\n"
    "  GroupBy \"plugin\" \"meta:k\"\n  Quorum 2\n  Formerly \"l\" \"n\"\n"
    "  <Upgrade>\n    Hosts 3\n    Severity \"A\"\n  </Upgrade>\n</Rule>\n"
    "<Inhibit>\n  Source \"r\"\n  Target \"m\"\n  Equal \"host\" \"meta:k\"\n"
    "</Inhibit>\n"
    "<Hours \"o\">\n  During \"Mon\" \"Tue\"\n  Except \"2026-12-25\"\n"
    "</Hours>\n"
    "<Schedule \"s\">\n  TimeZone \"Europe/Berlin\"\n  Fallback \"p\"\n"
    "  <Rotation>\n    Responder \"p\" \"p\"\n"
    "    Start \"2026-01-05 09:00\"\n    During \"Mon\"\n  </Rotation>\n"
    "</Schedule>\n<Schedule \"t\">\n  Calendar \"/x\"\n</Schedule>\n"
    "<Chain \"e\">\n  <Step>\n    Schedule \"s\" \"t\"\n  </Step>\n"
    "</Chain>\n"
    "<Rule \"u\">\n  <Match>\n    Host \"u\"\n  </Match>\n"
    "  PageHours \"o\"\n</Rule>\n";

static const char wrong[] =
    "Ledgr 1\nDefaultChain \"nobody\"\nBaseURL \"x\"\n"
    "<Webhook \"w\">\n  Timeout 0\n  Header \"x\"\n  Foo 1\n</Webhook>\n"
    "<Webhook \"w\">\n  URL \"http://u%4@h\"\n  Format \"x\"\n</Webhook>\n"
    "<Chain \"d\">\n  <Step>\n    Responder \"p\" \"q\"\n  </Step>\n</Chain>\n"
    "<Rule \"r\">\n  <Match>\n    Host \"/(/\" 5\n    Level \"x\"\n"
    "  </Match>\n  Title \"%{x}\"\n  Label \"k\" \"%{x\"\n  Quorum 2\n"
    "  <Match>\n    Missing true\n    Message \"/x/\" \"y\"\n  </Match>\n"
    "  <Metric>\n    Above 1\n    ClearAbove \"x\"\n  </Metric>\n</Rule>\n"
    "<Inhibit>\n  Source \"r\"\n  Target \"r\" \"s\"\n</Inhibit>\n"
    "<Hours \"o\">\n  TimeZone \"x\"\n  During \"x\"\n</Hours>\n"
    "<Schedule \"s\">\n  Fallback \"q\"\n</Schedule>\n";

static enum err parse(const char *text, size_t len, struct conf_file **file) {
  oom_spare(); /* the reader of files has cases of its own */
  enum err err = conf_read_text("sample", text, len, NULL, NULL, file);
  oom_spare_end();
  return err;
}

static void forget(struct conf_file *file) {
  oom_spare();
  conf_file_free(file);
  oom_spare_end();
}

static void count(void *arg, const struct finding *f) {
  (void)f;
  ++*(unsigned *)arg;
}

static enum err read_settings(struct settings **s) {
  struct conf_file *file = NULL;
  unsigned said = 0;
  if (parse(sample, sizeof sample - 1, &file) != OK)
    return ERR_INVALID;
  const struct conf *blocks[] = {&file->root};
  enum err err = settings_read(blocks, 1, true, count, &said, s);
  /* Too little memory is no mistake in the file. */
  if (said > 0)
    err = ERR_CORRUPT;
  forget(file);
  return err;
}

static enum err settings_run(void) {
  struct settings *s = NULL;
  enum err err = read_settings(&s);
  if ((err == OK) != (s != NULL))
    err = ERR_CORRUPT;
  settings_free(s);
  return err;
}

static enum err wrong_settings_run(void) {
  struct conf_file *file = NULL;
  struct settings *s = NULL;
  unsigned said = 0;
  if (parse(wrong, sizeof wrong - 1, &file) != OK)
    return ERR_INVALID;
  const struct conf *blocks[] = {&file->root};
  enum err err = settings_read(blocks, 1, true, count, &said, &s);
  forget(file);
  if (s != NULL)
    err = ERR_CORRUPT;
  settings_free(s);
  if (err == ERR_INVALID)
    err = said == 26 ? OK : ERR_CORRUPT;
  return err;
}

static enum err public_run(void) {
  struct conf_file *file = NULL;
  struct buf out;
  if (parse(sample, sizeof sample - 1, &file) != OK)
    return ERR_INVALID;
  const struct conf *blocks[] = {&file->root};
  buf_init(&out, 100000);
  enum err err = settings_print_public(blocks, 1, &out);
  if (err == OK && strstr(buf_text(&out), "Secret") != NULL)
    err = ERR_CORRUPT;
  buf_fini(&out);
  forget(file);
  return err;
}

static enum err selector_run(void) {
  struct selector s = {.patterns = NULL};
  const char *why;
  enum err err = selector_add(&s, "a", &why);
  if (err == OK)
    err = selector_add(&s, "/^b/", &why);
  if (err != OK && s.patterns_n > 1)
    err = ERR_CORRUPT;
  selector_fini(&s);
  return err;
}

static enum err template_run(void) {
  struct template *t = NULL;
  const char *why;
  enum err err = template_parse("a %{host} b %{meta:x}%{value}", &t, &why);
  template_free(t);
  return err;
}

static void text(struct packer *p, const char *text) {
  signal_add(p, text, strlen(text));
}

static struct signal *make_signal(void) {
  static _Alignas(8) unsigned char memory[SIGNAL_BYTES_MAX];
  struct packer p;
  signal_begin(&p, memory);
  text(&p, "h");
  text(&p, "df");
  text(&p, "root");
  text(&p, "percent_bytes");
  text(&p, "used");
  text(&p, "x is full");
  text(&p, "value");
  signal_add_meta(&p, "k", "v");
  signal_end(&p, true);
  p.signal->level = LEVEL_FAILURE;
  p.signal->has_value = true;
  p.signal->value = 97.2;
  return p.signal;
}

static enum err copy_run(void) {
  struct signal *copy = signal_copy(make_signal());
  enum err err = copy == NULL ? ERR_NOMEM : OK;
  free(copy);
  return err;
}

static enum err declare_with(const struct settings *s, struct incident *i) {
  struct buf key;
  const struct signal *signal = make_signal();
  buf_init(&key, 1000);
  field_set_key(&s->rules[0]->group_by, signal, &key);
  enum err err = key.err;
  const struct declaration about = {
      .signal = signal, .group_key = buf_text(&key), .alerts = 1, .hosts = 1};
  if (err == OK)
    err = rule_declare(s->rules[0], s, &about, 1, 1000, i);
  if (err == OK && strcmp(i->title, "on h: v") != 0)
    err = ERR_CORRUPT;
  buf_fini(&key);
  return err;
}

/* With settings whose own allocations do not count here. */
static enum err with_settings(enum err (*with)(const struct settings *s,
                                               struct incident *i)) {
  struct settings *s = NULL;
  struct incident i;
  incident_init(&i);
  oom_spare();
  enum err err = read_settings(&s);
  oom_spare_end();
  if (err == OK)
    err = with(s, &i);
  incident_fini(&i);
  oom_spare();
  settings_free(s);
  oom_spare_end();
  return err;
}

static enum err declare_run(void) { return with_settings(declare_with); }

static enum err lend_with(const struct settings *s, struct incident *i) {
  struct request r = {.by = (char *)"bob", .at = 1000, .text = (char *)"slow"};
  enum err err = incident_declare(i, &r, 1, false, "ops");
  if (err == OK)
    err = rule_lend(s->rules[0], s, &r, i);
  r.series = (char *)"h/p/t";
  if (err == OK)
    err = rule_lend(s->rules[0], s, &r, i);
  return err;
}

static enum err lend_run(void) { return with_settings(lend_with); }

static enum err digest_run(void) {
  const struct digest_item item = {
      .id = 42, .title = "down", .severity = "SEV-3", .at = 1000};
  struct digest d = {0}, read = {0};
  char *text = NULL;
  digest_add(&d, &item);
  enum err err = digest_print(&d, &text);
  if (err == OK)
    err = digest_read(text, &read);
  if (err == OK && (read.pages != 1 || read.items[0].id != 42))
    err = ERR_INVALID;
  digest_fini(&read);
  free(text);
  return err;
}

static enum err message_run(void) {
  struct incident i;
  struct alert a = {.signal = make_signal(), .level = LEVEL_FAILURE};
  struct page p = {.id = "01JD", .ack_token = "t", .target = NULL};
  const struct message m = {.page = &p,
                            .incident = &i,
                            .alerts = {&a},
                            .alerts_n = 1,
                            .next_step_at = WALL_NEVER,
                            .base_url = "http://h"};
  char *body = NULL;
  incident_init(&i);
  enum err err = message_test_incident(1000, &i);
  if (err == OK)
    err = message_print(&m, &body);
  free(body);
  incident_fini(&i);
  return err;
}

static enum err body_run(enum format format) {
  static const char text[] = "{\"t\":\"%{title} %{message} %{label:k}\"}";
  struct incident i;
  struct trend_point points[] = {{1000, 1}, {2000, 2}};
  const struct trend trend = {.points = points, .n = 2, .cap = 2};
  struct alert a = {.signal = make_signal(), .level = LEVEL_FAILURE};
  struct page p = {.id = "01JD", .ack_token = "t", .webhook_name = "w"};
  struct webhook w = {.name = "w",
                      .format = format,
                      .routing_key = "k",
                      .topic = "t",
                      .content_type = ""};
  const struct message m = {.page = &p,
                            .incident = &i,
                            .alerts = {&a},
                            .trends = {&trend},
                            .alerts_n = 1,
                            .ledger_id = "01JE",
                            .next_step_at = WALL_NEVER,
                            .base_url = "http://h"};
  const char *why;
  char *body = NULL;
  oom_spare();
  enum err err = template_parse_page(text, &w.body, &why);
  incident_init(&i);
  if (err == OK)
    err = message_test_incident(1000, &i);
  if (err == OK)
    err = incident_set_text(&i.labels, "{\"k\":\"v\"}");
  i.id = 1;
  oom_spare_end();
  if (err == OK)
    err = format_print(&m, &w, &body);
  /* A text that is not whole would be worse than none. */
  if (err == OK && strstr(body, "nothing is wrong") == NULL)
    err = ERR_CORRUPT;
  free(body);
  oom_spare();
  incident_fini(&i);
  template_free(w.body);
  oom_spare_end();
  return err;
}

static enum err pagerduty_run(void) { return body_run(FORMAT_PAGERDUTY); }
static enum err slack_run(void) { return body_run(FORMAT_SLACK); }
static enum err discord_run(void) { return body_run(FORMAT_DISCORD); }
static enum err teams_run(void) { return body_run(FORMAT_TEAMS); }
static enum err ntfy_run(void) { return body_run(FORMAT_NTFY); }
static enum err alertmanager_run(void) { return body_run(FORMAT_ALERTMANAGER); }
static enum err custom_run(void) { return body_run(FORMAT_CUSTOM); }

/* Acknowledged and resolved, by a request that went through JSON. */
static enum err apply_request(struct incident *i, enum verb verb) {
  struct request said, heard;
  struct entry entry = {.text = NULL};
  struct json_in *doc = NULL;
  char *text = NULL;
  const char *why;
  request_init(&said);
  request_init(&heard);
  said.verb = verb;
  said.incident = 1;
  enum err err = incident_set_text(&said.by, "alice");
  struct json *j = json_new();
  if (err == OK)
    err = j == NULL ? ERR_NOMEM : OK;
  if (err == OK) {
    request_print(&said, j);
    err = json_done(j, &text);
  }
  if (err == OK)
    err = json_parse(text, strlen(text), &doc, NULL);
  if (err == OK)
    err = request_read(doc, &heard);
  enum status before = i->status;
  if (err == OK &&
      (err = incident_apply(i, &heard, 1000, &entry, &why)) != OK &&
      i->status != before)
    err = ERR_CORRUPT;
  entry_fini(&entry);
  request_fini(&said);
  request_fini(&heard);
  json_in_free(doc);
  json_free(j);
  free(text);
  return err;
}

static enum err request_run(void) {
  struct incident i;
  incident_init(&i);
  enum err err = message_test_incident(1000, &i);
  if (err == OK)
    err = apply_request(&i, VERB_ACK);
  if (err == OK)
    err = apply_request(&i, VERB_RESOLVE);
  incident_fini(&i);
  return err;
}

static enum err calm_run(void) {
  struct incident i;
  struct entry entry = {.text = NULL};
  incident_init(&i);
  enum err err = message_test_incident(1000, &i);
  if (err == OK)
    err = incident_calm(&i, false, 2000, &entry);
  entry_fini(&entry);
  incident_fini(&i);
  return err;
}

static enum err fill_silence(struct silence *s) {
  const char *why;
  s->created_at = s->starts_at = 1000;
  enum err err = silence_add_match(s, "host=web1", &why);
  if (err == OK)
    err = silence_add_match(s, "meta:x=/^y/", &why);
  if (err == OK)
    err = silence_set_every(s, "Sat 02:00", "UTC", 3600000, &why);
  return err;
}

/* Made, written as JSON and read back. */
static enum err silence_run(void) {
  struct silence s, back;
  struct json_in *doc = NULL;
  char *text = NULL;
  silence_init(&s);
  silence_init(&back);
  struct json *j = json_new();
  enum err err = j == NULL ? ERR_NOMEM : fill_silence(&s);
  if (err == OK) {
    silence_print(&s, 1000, j);
    err = json_done(j, &text);
  }
  if (err == OK)
    err = json_parse(text, strlen(text), &doc, NULL);
  if (err == OK)
    err = silence_read(doc, &back);
  if (err == OK && (back.matches_n != 2 || back.every_minute != 120))
    err = ERR_CORRUPT;
  silence_fini(&s);
  silence_fini(&back);
  json_in_free(doc);
  json_free(j);
  free(text);
  return err;
}

static enum err ask_sieve(struct sieve *sieve, struct sieve_hits *hits) {
  static uint64_t memory[SIGNAL_BYTES_MAX / 8];
  struct packer p;
  enum err err = OK;
  for (int i = 0; i < 3 && err == OK; i++) {
    signal_begin(&p, memory);
    signal_add(&p, i == 0 ? "a" : i == 1 ? "b" : "c", 1);
    signal_add(&p, i == 2 ? "cpu" : "load", 4);
    signal_end(&p, false);
    err = sieve_ask(sieve, p.signal, hits);
    if (err == OK && (hits->n != 1 || hits->is_matched != (i < 2)))
      err = ERR_CORRUPT;
  }
  return err;
}

static enum err sieve_run(void) {
  struct settings *settings = NULL;
  struct sieve *sieve = NULL;
  struct sieve_hits hits = {.hits = NULL};
  oom_spare();
  enum err err = read_settings(&settings);
  oom_spare_end();
  if (err == OK)
    err = sieve_new(settings, &sieve);
  if (err == OK)
    err = ask_sieve(sieve, &hits);
  /* What failed can be asked again. */
  if (err == ERR_NOMEM && sieve != NULL) {
    oom_spare();
    if (ask_sieve(sieve, &hits) != OK)
      err = ERR_CORRUPT;
    oom_spare_end();
  }
  sieve_hits_fini(&hits);
  sieve_free(sieve);
  oom_spare();
  settings_free(settings);
  oom_spare_end();
  return err;
}

static enum err override_run(void) {
  static const char text[] =
      "{\"schedule\":\"s\",\"responder\":\"p\",\"by\":\"q\","
      "\"from\":\"2026-01-05T00:00:00Z\",\"until\":\"2026-01-06T00:00:00Z\","
      "\"created_at\":\"2026-01-04T00:00:00Z\"}";
  struct json_in *doc = NULL;
  struct override o = {.id = 7};
  oom_spare(); /* reading JSON has a case of its own */
  enum err err = json_parse(text, sizeof text - 1, &doc, NULL);
  oom_spare_end();
  if (err == OK)
    err = override_read(doc, &o);
  if (err != OK && o.id != 7)
    err = ERR_CORRUPT;
  override_fini(&o);
  oom_spare();
  json_in_free(doc);
  oom_spare_end();
  return err;
}

static const char feed[] =
    "BEGIN:VCALENDAR\nBEGIN:VTIMEZONE\nTZID:Z\nBEGIN:STANDARD\n"
    "DTSTART:20000101T000000\nTZOFFSETFROM:+0100\nTZOFFSETTO:+0200\n"
    "RRULE:FREQ=YEARLY\nEND:STANDARD\nEND:VTIMEZONE\n"
    "BEGIN:VEVENT\nUID:1\nSUMMARY:alice\nDTSTART;TZID=Z:20260105T090000\n"
    "DURATION:P1D\nRRULE:FREQ=WEEKLY\nRDATE;TZID=Z:20260107T090000\n"
    "EXDATE;TZID=Z:20260112T090000\nEND:VEVENT\nBEGIN:VEVENT\nUID:1\n"
    "RECURRENCE-ID;TZID=Z:20260119T090000\nSUMMARY:bob\n"
    "DTSTART;TZID=UTC:20260119T120000\nDURATION:PT8H\nEND:VEVENT\n"
    "END:VCALENDAR\n";

static enum err calendar_run(void) {
  struct calendar *c = NULL;
  const char *why = NULL;
  oom_spare(); /* what libical and ICU keep for good */
  (void)calendar_read(feed, sizeof feed - 1, NULL, 1767225600000, 1772323200000,
                      &c, &why);
  oom_spare_end();
  calendar_free(c);
  c = NULL;
  enum err err = calendar_read(feed, sizeof feed - 1, NULL, 1767225600000,
                               1772323200000, &c, &why);
  if (err == OK && (c->shifts_n != 8 || c->names_n != 2))
    err = ERR_CORRUPT;
  calendar_free(c);
  return err;
}

static enum err calendar_parse_run(void) {
  static const char text[] = "{\"from\":1,\"until\":9,\"stretches\":"
                             "[{\"from\":2,\"who\":\"alice\"},"
                             "{\"from\":3,\"who\":null}]}";
  struct json_in *doc = NULL;
  struct calendar *c = NULL;
  enum err err = json_parse(text, sizeof text - 1, &doc, NULL);
  if (err == OK)
    err = calendar_parse(doc, &c);
  if (err == OK && c->stretches_n != 2)
    err = ERR_CORRUPT;
  calendar_free(c);
  json_in_free(doc);
  return err;
}

static enum err guide_run(void) {
  const struct guide_duty nobody[8] = {{.until = WALL_NEVER}};
  struct settings *s = NULL;
  char *text = NULL;
  oom_spare();
  enum err err = read_settings(&s);
  oom_spare_end();
  const struct guide g = {.settings = s, .duties = nobody};
  if (err == OK)
    err = guide_write(&g, MARKUP_MARKDOWN, &text);
  if ((err == OK) != (text != NULL))
    err = ERR_CORRUPT;
  free(text);
  settings_free(s);
  return err;
}

const struct oom_case core_cases[] = {
    {"a_calendar_is_read_or_not", calendar_run},
    {"a_printed_calendar_is_read_or_not", calendar_parse_run},
    {"settings_are_read_or_not", settings_run},
    {"wrong_settings_are_refused", wrong_settings_run},
    {"settings_are_printed_or_not", public_run},
    {"a_selector_keeps_what_it_has", selector_run},
    {"a_template_is_read_or_not", template_run},
    {"a_signal_is_copied_or_not", copy_run},
    {"an_incident_is_declared_or_not", declare_run},
    {"a_rule_lends_its_words_or_not", lend_run},
    {"a_message_is_written_or_not", message_run},
    {"a_digest_is_written_and_read_or_not", digest_run},
    {"a_body_for_pagerduty_is_written_or_not", pagerduty_run},
    {"a_body_for_slack_is_written_or_not", slack_run},
    {"a_body_for_discord_is_written_or_not", discord_run},
    {"a_body_for_teams_is_written_or_not", teams_run},
    {"a_body_for_ntfy_is_written_or_not", ntfy_run},
    {"a_body_for_alertmanager_is_written_or_not", alertmanager_run},
    {"a_body_of_ones_own_is_written_or_not", custom_run},
    {"a_request_is_applied_whole_or_not", request_run},
    {"an_incident_calms_down_or_not", calm_run},
    {"a_sieve_answers_or_not", sieve_run},
    {"a_silence_is_read_whole_or_not", silence_run},
    {"an_override_is_read_whole_or_not", override_run},
    {"a_guide_is_written_or_not", guide_run},
    {NULL, NULL},
};
