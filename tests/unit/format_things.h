/* SPDX-License-Identifier: MIT */
/* What the tests of the formats share: a configuration, an incident and what is
 * told of it. */
#ifndef FORMAT_THINGS_H
#define FORMAT_THINGS_H

#include "core/digest.h"
#include "core/format.h"

#include "settings_text.h"

#include <stdlib.h>

#define NOW INT64_C(1795255500000) /* 2026-11-21T10:05:00Z */
#define MINUTE 60000
#define FEW "A file system is about to fill up"

#define TEAM                                                                   \
  "<Webhook \"w\">\n URL \"http://h/ops\"\n%s\n</Webhook>\n"                   \
  "<Webhook \"room\">\n URL \"http://h/room\"\n</Webhook>\n"                   \
  "<Responder \"alice\">\n Webhook \"w\"\n</Responder>\n"                      \
  "<Responder \"bob\">\n Webhook \"w\"\n</Responder>\n"                        \
  "<Chain \"ops\">\n <Step>\n  Responder \"alice\"\n  Webhook \"room\"\n"      \
  " </Step>\n <Step>\n  Responder \"bob\"\n </Step>\n</Chain>\n"               \
  "<Rule \"disk-full\">\n <Match>\n  Host \"x\"\n </Match>\n"                  \
  " Chain \"ops\"\n</Rule>\n"

#define ALERTS MESSAGE_ALERTS_MAX
#define SIGNAL_MAX 4096

/* Everything a message points to. */
struct things {
  struct settings *settings;
  struct incident incident;
  struct page page;
  struct silence silence;
  struct incident other; /* beside it, in a hand-over */
  struct handover handover;
  struct alert alerts[ALERTS];
  struct alert_extra silenced, inhibited;
  struct trend trend;
  struct trend_point points[4];
  uint64_t signals[ALERTS][SIGNAL_MAX / 8];
  struct message message;
  struct digest digest;
  char long_text[6001];
};

static inline void set(char **text, const char *to) {
  CHECK(incident_set_text(text, to) == OK);
}

static inline void add_alert(struct things *t, const char *host,
                             const char *message, double value) {
  const char *fields[] = {host,   "df",    "root", "percent_bytes",
                          "used", message, "value"};
  size_t n = t->message.alerts_n++;
  struct packer p;
  signal_begin(&p, t->signals[n]);
  for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
    signal_add(&p, fields[i], strlen(fields[i]));
  signal_add_meta(&p, "rack", "r\"2");
  signal_end(&p, true);
  CHECK(p.signal->size <= SIGNAL_MAX);
  p.signal->level = LEVEL_FAILURE;
  p.signal->has_value = true;
  p.signal->value = value;
  p.signal->failure_max = 95;
  alert_init(&t->alerts[n]);
  t->alerts[n].signal = p.signal;
  t->alerts[n].level = LEVEL_FAILURE;
  t->alerts[n].state = ALERT_FIRING;
  t->alerts[n].since = NOW - 5 * MINUTE;
  t->alerts[n].changed_at = NOW - 5 * MINUTE;
  t->message.alerts[n] = &t->alerts[n];
}

/* A page to alice's webhook about one disk that is almost full. options: of the
 * webhook. */
static inline struct things *things_new(const char *options) {
  static const double values[] = {80, 85, 90, 97.2};
  char text[4096];
  struct things *t = calloc(1, sizeof *t);
  CHECK(t != NULL);
  if (t == NULL)
    exit(1);
  snprintf(text, sizeof text, TEAM, options);
  t->settings = read_right(text);
  incident_init(&t->incident);
  struct incident *i = &t->incident;
  i->id = 42;
  set(&i->title, "Disk almost full on web1: root");
  set(&i->description, FEW);
  set(&i->rule, "disk-full");
  set(&i->severity, "SEV-3");
  set(&i->labels, "{\"site\":\"fra\",\"1-x\":\"y\",\"host\":\"liar\"}");
  set(&i->declared_by, "rule:disk-full");
  set(&i->runbook, "https://wiki.example.com/disk");
  set(&i->chain, "ops");
  i->declared_at = NOW - 5 * MINUTE;
  i->alerts_firing = i->alerts_total = 1;
  incident_init(&t->other);
  silence_init(&t->silence);
  t->page = (struct page){.id = "01KAJZ0T4W8Y6V2M5RZC3D7H9K",
                          .ack_token = "01KAJZ0T4W8Y6V2M5RZC3D7H9T",
                          .incident = 42,
                          .run = 1,
                          .event = PAGE_PAGE,
                          .webhook_name = "w",
                          .responder = "alice",
                          .chain = "ops",
                          .target = "responder:alice",
                          .step = 1,
                          .round = 1,
                          .attempts = 1};
  t->message = (struct message){.page = &t->page,
                                .incident = i,
                                .hosts = 1,
                                .gravity = GRAVITY_ERROR,
                                .ledger_id = "01KAJYYYYYYYYYYYYYYYYYYYYY",
                                .next_step_at = NOW + 5 * MINUTE,
                                .sent_at = NOW,
                                .base_url = "https://oncall.example.com"};
  if (t->settings != NULL) {
    t->page.webhook = settings_webhook(t->settings, "w");
    t->message.chain = settings_chain(t->settings, "ops");
  }
  add_alert(t, "web1", "it is full", 97.2);
  for (size_t n = 0; n < 4; n++)
    t->points[n] = (struct trend_point){NOW - (4 - (int)n) * MINUTE, values[n]};
  t->trend = (struct trend){.points = t->points, .n = 4, .cap = 4};
  t->message.trends[0] = &t->trend;
  return t;
}

static inline void things_free(struct things *t) {
  incident_fini(&t->incident);
  incident_fini(&t->other);
  silence_fini(&t->silence);
  settings_free(t->settings);
  free(t);
}

static inline void be_acknowledged(struct things *t) {
  t->page.event = PAGE_UPDATE;
  t->page.ack_token[0] = '\0';
  t->message.next_step_at = WALL_NEVER;
  t->incident.acknowledged_at = NOW - MINUTE;
  set(&t->incident.acknowledged_by, "bob");
}

static inline void be_resolved(struct things *t) {
  be_acknowledged(t);
  t->page.event = PAGE_RESOLVED;
  t->incident.status = STATUS_RESOLVED;
  t->incident.resolved_at = NOW;
  t->incident.alerts_firing = 0;
  for (size_t i = 0; i < t->message.alerts_n; i++) {
    t->alerts[i].state = ALERT_CLEARED;
    t->alerts[i].changed_at = NOW - MINUTE;
  }
}

static inline void be_test(struct things *t) {
  t->page.event = PAGE_TEST;
  t->page.ack_token[0] = '\0';
  t->page.run = t->page.incident = 0;
  t->message.alerts_n = 0;
  t->message.next_step_at = WALL_NEVER;
  incident_fini(&t->incident);
  CHECK(message_test_incident(NOW, &t->incident) == OK);
}

static inline void be_reminder(struct things *t) {
  const char *why;
  t->page.event = PAGE_UPDATE;
  t->page.ack_token[0] = '\0';
  t->page.run = t->page.incident = 0;
  t->page.chain = NULL;
  t->page.target = "silence:3";
  t->message.incident = NULL;
  t->message.silence = &t->silence;
  t->message.alerts_n = 0;
  t->message.next_step_at = WALL_NEVER;
  t->message.gravity = GRAVITY_INFO;
  t->silence.id = 3;
  set(&t->silence.by, "alice");
  set(&t->silence.reason, "new <disk>");
  CHECK(silence_add_match(&t->silence, "host=web1", &why) == OK);
  t->silence.starts_at = NOW - 60 * MINUTE;
  t->silence.ends_at = NOW + 15 * MINUTE;
  t->silence.suppressed = 4;
}

static inline void list_in_digest(struct things *t, int64_t id,
                                  const char *title, enum page_event event) {
  const struct digest_item item = {.id = id,
                                   .title = title,
                                   .severity = "SEV-3",
                                   .event = event,
                                   .at = NOW - id};
  digest_add(&t->digest, &item);
}

static inline void be_digest(struct things *t) {
  t->page.ack_token[0] = '\0';
  t->page.run = t->page.incident = 0;
  t->page.step = t->page.round = 0;
  t->page.chain = NULL;
  t->message.incident = NULL;
  t->message.chain = NULL;
  t->message.alerts_n = 0;
  t->message.next_step_at = WALL_NEVER;
  t->message.digest = &t->digest;
  for (int64_t id = 1; id <= DIGEST_ITEMS_MAX; id++)
    list_in_digest(t, id, "<web> is *down*", PAGE_PAGE);
  list_in_digest(t, 40, "Disk full", PAGE_UPDATE);
  list_in_digest(t, 41, "Disk full", PAGE_RESOLVED);
}

static inline void be_small_digest(struct things *t) {
  be_digest(t);
  t->digest = (struct digest){0};
  t->message.gravity = GRAVITY_INFO;
  list_in_digest(t, 40, "Disk full", PAGE_UPDATE);
  list_in_digest(t, 41, "Disk full", PAGE_RESOLVED);
}

/* Alice comes on call while a text of a stranger and the incident are open. */
static inline void be_handover(struct things *t) {
  struct incident *i = &t->other;
  t->page.event = PAGE_UPDATE;
  t->page.ack_token[0] = '\0';
  t->page.run = t->page.incident = 0;
  t->page.step = t->page.round = 0;
  t->page.chain = NULL;
  t->page.target = "schedule:primary";
  t->message.chain = NULL;
  t->message.incident = NULL;
  t->message.handover = &t->handover;
  t->message.alerts_n = 0;
  t->message.next_step_at = WALL_NEVER;
  t->message.gravity = GRAVITY_INFO;
  i->id = 43;
  set(&i->title, "Shop <down> *now*");
  set(&i->severity, "SEV-1");
  i->status = STATUS_IDENTIFIED;
  i->declared_at = NOW - 30 * MINUTE;
  i->acknowledged_at = NOW - 20 * MINUTE;
  set(&i->acknowledged_by, "bob");
  t->handover =
      (struct handover){.schedule = "primary", .until = NOW + 12 * 60 * MINUTE};
  handover_add(&t->handover, t->settings, &t->incident);
  handover_add(&t->handover, t->settings, i);
}

static inline void be_notice(struct things *t) {
  t->page.event = PAGE_UPDATE;
  t->page.ack_token[0] = '\0';
  t->page.run = 0;
  t->page.step = t->page.round = 0;
  t->page.chain = t->page.responder = NULL;
  t->page.target = "notify:room";
  t->message.chain = NULL;
  t->message.next_step_at = WALL_NEVER;
  t->message.text = "severity raised to SEV-2";
}

static inline void be_heartbeat(struct things *t) {
  static char name[] = "dead <man>";
  static const struct heartbeat beat = {.name = name, .every = 90000};
  t->page.event = PAGE_HEARTBEAT;
  t->page.ack_token[0] = '\0';
  t->page.run = t->page.incident = 0;
  t->page.chain = t->page.responder = t->page.target = NULL;
  t->message.chain = NULL;
  t->message.incident = NULL;
  t->message.heartbeat = &beat;
  t->message.alerts_n = 0;
  t->message.next_step_at = WALL_NEVER;
  t->message.gravity = GRAVITY_INFO;
}

/* What a stranger might send. */
#define HOSTILE                                                                \
  "<!channel> <@U1> @all **b** _i_ `c` [x](http://evil) \\ \" & \x1b[31m\n"    \
  "\xe2\x80\xae# |x| ~s~ </script>"

static inline void be_hostile(struct things *t) {
  set(&t->incident.title, HOSTILE);
  set(&t->incident.description, HOSTILE);
  set(&t->incident.runbook, "https://h/a b)c>|\"\n");
  t->message.alerts_n = 0;
  add_alert(t, HOSTILE, HOSTILE, 97.2);
  t->alerts[0].signal->has_value = false;
}

/* As much of everything as there can be. */
static inline void be_long(struct things *t, const char *character) {
  size_t n = strlen(character);
  for (size_t i = 0; i + n < sizeof t->long_text; i += n)
    memcpy(t->long_text + i, character, n);
  char field[128] = "";
  for (size_t i = 0; i + n < sizeof field; i += n)
    memcpy(field + i, character, n);
  set(&t->incident.title, t->long_text);
  set(&t->incident.description, t->long_text);
  set(&t->incident.runbook, t->long_text);
  set(&t->incident.service, t->long_text);
  set(&t->incident.team, t->long_text);
  set(&t->incident.acknowledged_by, t->long_text);
  t->message.alerts_n = 0;
  for (size_t i = 0; i < ALERTS; i++)
    add_alert(t, field, field, 97.2);
  t->incident.alerts_firing = t->incident.alerts_total = 5000;
  t->message.alerts_omitted = 4980;
}

/* The body, which must be JSON; *own_doc (may be NULL) is what it says. */
static inline char *print_of(const struct things *t, struct json_in **own_doc) {
  char *body = NULL;
  struct json_in *doc = NULL;
  CHECK(format_print(&t->message, t->page.webhook, &body) == OK);
  if (body == NULL)
    exit(1);
  CHECK(json_parse(body, strlen(body), &doc, NULL) == OK);
  if (own_doc != NULL)
    *own_doc = doc;
  else
    json_in_free(doc);
  return body;
}

static inline void check_body(struct things *t, const char *want) {
  char *body = print_of(t, NULL);
  CHECK_TEXT(body, want);
  free(body);
  things_free(t);
}

/* A text at a path of the document. */
static inline void check_at(const struct json_in *doc, const char *path,
                            const char *want) {
  const char *got = json_at_text(doc, path, "(absent)");
  if (strcmp(got, want) != 0)
    printf("%s:\n", path);
  CHECK_TEXT(got, want);
}

#endif
