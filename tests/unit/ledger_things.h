/* SPDX-License-Identifier: MIT */
/* What the tests of the ledger share: a directory of their own, a handle, and
 * things to put into it. */
#ifndef LEDGER_THINGS_H
#define LEDGER_THINGS_H

#include "ledger/ledger.h"

#include "base/hash.h"
#include "check.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define NOW INT64_C(1795254043999) /* 2026-11-21T09:40:43.999Z */

static char things_dir[200];
static char things_path[256];

/* A name beside the ledger; there are a few at a time. */
static inline const char *beside(const char *suffix) {
  static char names[4][300];
  static unsigned next;
  char *name = names[next++ % 4];
  snprintf(name, sizeof names[0], "%s%s", things_path, suffix);
  return name;
}

static inline bool exists(const char *path) {
  struct stat st;
  return stat(path, &st) == 0;
}

static inline bool make_dir(void) {
  const char *tmp = getenv("TMPDIR");
  snprintf(things_dir, sizeof things_dir, "%s/t_ledger.XXXXXX",
           tmp != NULL ? tmp : "/tmp");
  if (mkdtemp(things_dir) == NULL)
    return false;
  snprintf(things_path, sizeof things_path, "%s/incident.db", things_dir);
  return true;
}

/* The ledger with all that belongs to it. */
static inline void remove_ledger(void) {
  unlink(things_path);
  unlink(beside("-wal"));
  unlink(beside("-shm"));
  unlink(beside("-journal"));
  unlink(beside(".lock"));
}

static inline void remove_dir(void) {
  remove_ledger();
  CHECK(rmdir(things_dir) == 0);
}

static inline struct ledger *open_as(enum ledger_use use) {
  struct ledger *l = NULL;
  const char *why = "";
  enum err err = ledger_open(things_path, use, &l, &why);
  if (err != OK)
    printf("open: %s: %s\n", err_text(err), why);
  CHECK(err == OK);
  return l;
}

/* The texts are literals: not to be finished off. */
static inline struct incident some_incident(int64_t id) {
  struct incident i;
  incident_init(&i);
  i.id = id;
  i.title = "Disk almost full on web1: root";
  i.description = "A file system is about to fill up";
  i.rule = "disk-full";
  i.severity = "SEV-3";
  i.labels = "{}";
  i.declared_at = NOW;
  i.declared_by = "rule:disk-full";
  return i;
}

static struct rule some_rule = {.name = "disk-full"};

static inline struct signal *some_signal(const char *host, double value) {
  static uint64_t memory[SIGNAL_BYTES_MAX / 8];
  struct packer p;
  signal_begin(&p, memory);
  p.signal->level = LEVEL_FAILURE;
  p.signal->has_value = true;
  p.signal->value = value;
  p.signal->failure_max = 95;
  p.signal->received = NOW;
  p.signal->sent = NOW - 5;
  const char *texts[] = {host,   "df",          "root", "percent_bytes",
                         "used", "is above 95", "value"};
  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
    signal_add(&p, texts[i], strlen(texts[i]));
  signal_end(&p, false);
  return signal_copy(p.signal);
}

/* The caller frees its signal. */
static inline struct alert some_alert(int64_t id, int64_t incident,
                                      const char *host) {
  return (struct alert){.id = id,
                        .incident = incident,
                        .rule = &some_rule,
                        .signal = some_signal(host, 97.2),
                        .since = NOW,
                        .good_since = WALL_NEVER,
                        .state = ALERT_FIRING,
                        .level = LEVEL_FAILURE};
}

static inline bool put_alert(struct ledger *l, int64_t id, int64_t incident,
                             enum alert_state state) {
  struct alert a = some_alert(id, incident, "web1");
  a.state = (uint8_t)state;
  enum err err = a.signal != NULL ? ledger_put_alert(l, &a) : ERR_NOMEM;
  free(a.signal);
  return err == OK;
}

static inline struct run some_run(int64_t id, int64_t incident) {
  return (struct run){.id = id,
                      .incident = incident,
                      .chain_name = "ops",
                      .step = 1,
                      .round = 1,
                      .step_at = NOW,
                      .round_at = NOW,
                      .ended_at = WALL_NEVER};
}

static inline struct page some_page(int64_t seq, int64_t incident,
                                    int64_t run) {
  struct page p = {.seq = seq,
                   .incident = incident,
                   .run = run,
                   .webhook_name = "alice-phone",
                   .responder = "alice",
                   .chain = "ops",
                   .target = "responder:alice",
                   .step = 1,
                   .round = 1,
                   .created_at = NOW,
                   .delivered_at = WALL_NEVER};
  snprintf(p.id, sizeof p.id, "01JD%022lld", (long long)seq);
  return p;
}

static inline bool put_entry(struct ledger *l, int64_t incident, wall_ms at,
                             const char *text) {
  struct entry e = {.incident = incident,
                    .at = at,
                    .recorded_at = at,
                    .kind = KIND_NOTE,
                    .text = (char *)text};
  return ledger_put_entry(l, &e) == OK;
}

/* A row of everything that is kept while it is worked on, and of its
 * postmortem: eight. */
static inline bool put_work(struct ledger *l, int64_t incident) {
  struct holding h = {.incident = incident,
                      .role = "expert",
                      .who = "carol",
                      .since = NOW,
                      .until = WALL_NEVER,
                      .by = "bob"};
  struct team t = {.incident = incident,
                   .name = "alpha",
                   .leader = "bob",
                   .since = NOW,
                   .until = NOW + 5,
                   .ended_at = WALL_NEVER,
                   .by = "alice"};
  struct task k = {.incident = incident,
                   .text = "ask for space",
                   .assignee = "bob",
                   .due_at = NOW + 5,
                   .created_at = NOW,
                   .created_by = "alice",
                   .understood_at = WALL_NEVER,
                   .done_at = WALL_NEVER};
  struct impact i = {.incident = incident,
                     .text = "no logins",
                     .from = NOW - 5,
                     .until = WALL_NEVER,
                     .by = "alice",
                     .created_at = NOW};
  struct weblink w = {.incident = incident,
                      .url = "https://example.com/",
                      .by = "alice",
                      .created_at = NOW};
  struct figure f = {.incident = incident,
                     .name = "customers",
                     .value = 7,
                     .at = NOW,
                     .by = "alice"};
  struct reminder m = {.incident = incident,
                       .kind = REMINDER_TASK,
                       .who = "bob",
                       .text = "ask for space",
                       .due_at = NOW + 5,
                       .ended_at = WALL_NEVER};
  bool is_put = ledger_change_role(l, &h) == OK &&
                ledger_put_team(l, &t) == OK && ledger_put_task(l, &k) == OK &&
                ledger_put_impact(l, &i) == OK &&
                ledger_add_link(l, &w) == OK && ledger_add_count(l, &f) == OK;
  struct postmortem p = {.incident = incident,
                         .meeting_at = WALL_NEVER,
                         .created_at = NOW,
                         .sections = {[SECTION_IMPACT] = "no logins"}};
  struct statement s = {.incident = incident,
                        .subject = "Payments fail",
                        .body = "We are at it.\nNext: soon",
                        .webhooks = "[\"room\"]",
                        .state = STATEMENT_POSTED,
                        .created_at = NOW,
                        .created_by = "alice",
                        .posted_at = NOW,
                        .next_at = WALL_NEVER};
  m.subject = k.id;
  return is_put && ledger_add_reminder(l, &m) == OK &&
         ledger_put_postmortem(l, &p) == OK &&
         ledger_put_statement(l, &s) == OK;
}

#endif
