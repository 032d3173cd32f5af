/* SPDX-License-Identifier: MIT */
/* What rules need is put into a ledger, read, loaded and pruned, with one
 * allocation or all later ones failing: each is done or it is not. */
#include "base/hash.h"
#include "blank.h"
#include "ledger/ledger.h"
#include "oom.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NOW 1760000000000

static struct rule rule = {.name = "r"};

static struct signal *make_series(void) {
  static uint64_t memory[SIGNAL_BYTES_MAX / 8];
  struct packer p;
  signal_begin(&p, memory);
  p.signal->received = NOW;
  signal_add(&p, "h", 1);
  signal_add(&p, "p", 1);
  signal_end(&p, false);
  return p.signal;
}

static enum err put_silence(struct ledger *l) {
  struct silence s;
  const char *why = NULL;
  silence_init(&s);
  s.id = 1;
  s.created_at = s.starts_at = NOW;
  enum err err = silence_add_match(&s, "host=h", &why);
  if (err == OK)
    err = silence_set_every(&s, "Sat 02:00", NULL, 3600000, &why);
  if (err == OK)
    err = ledger_put_silence(l, &s);
  silence_fini(&s);
  return err;
}

static enum err put_override(struct ledger *l) {
  const struct override o = {.id = 1,
                             .schedule = (char *)"s",
                             .responder = (char *)"p",
                             .from = NOW,
                             .until = NOW + 1,
                             .by = (char *)"q",
                             .created_at = NOW};
  return ledger_put_override(l, &o);
}

static enum err put_evidence(struct ledger *l) {
  struct trend t = {.points = NULL};
  enum err err = OK;
  for (int i = 0; i < 100 && err == OK; i++)
    err = trend_add(&t, (struct trend_point){NOW + i * 1000, i});
  if (err == OK)
    err = ledger_put_evidence(l, 1, 1, "value", &t);
  trend_fini(&t);
  return err;
}

static enum err put_all(struct ledger *l) {
  struct incident i;
  incident_init(&i);
  i.id = 1;
  i.title = i.severity = i.declared_by = (char *)"x"; /* not to be finished */
  i.declared_at = NOW;
  struct alert a;
  alert_init(&a);
  a.id = a.incident = 1;
  a.rule = &rule;
  a.signal = make_series();
  struct alert_extra extra = {.group_key = (char *)"k"};
  a.extra = &extra;
  const struct absence absence = {.rule = &rule, .series = a.signal};
  enum err err = ledger_put_incident(l, &i);
  if (err == OK)
    err = ledger_put_alert(l, &a);
  if (err == OK)
    err = ledger_put_absence(l, &absence);
  if (err == OK)
    err = put_silence(l);
  if (err == OK)
    err = put_override(l);
  if (err == OK)
    err = put_evidence(l);
  i.status = STATUS_RESOLVED;
  i.resolved_at = NOW;
  if (err == OK)
    err = ledger_put_incident(l, &i);
  a.state = ALERT_CLEARED;
  if (err == OK)
    err = ledger_put_alert(l, &a);
  return err;
}

static enum err take_incident(void *arg, struct incident *own_incident) {
  ++*(int *)arg;
  incident_fini(own_incident);
  free(own_incident);
  return OK;
}

static enum err take_alert(void *arg, struct alert *own_alert, int64_t incident,
                           const char *rule_name) {
  (void)incident, (void)rule_name;
  ++*(int *)arg;
  alert_fini(own_alert);
  free(own_alert);
  return OK;
}

static enum err take_silence(void *arg, struct silence *own_silence) {
  ++*(int *)arg;
  silence_fini(own_silence);
  free(own_silence);
  return OK;
}

static enum err take_override(void *arg, struct override *own_override) {
  ++*(int *)arg;
  override_fini(own_override);
  free(own_override);
  return OK;
}

static enum err take_absence(void *arg, struct absence *own_absence,
                             const char *rule_name) {
  (void)rule_name;
  ++*(int *)arg;
  absence_free(own_absence);
  return OK;
}

static enum err take_evidence(void *arg, int64_t incident, int64_t alert,
                              const char *data_source,
                              struct trend *own_trend) {
  (void)incident, (void)alert, (void)data_source;
  ++*(int *)arg;
  trend_fini(own_trend);
  return OK;
}

static enum err load_all(struct ledger *l) {
  int n = 0;
  const struct ledger_loader to = {.arg = &n,
                                   .within = 1000,
                                   .incident = take_incident,
                                   .alert = take_alert,
                                   .silence = take_silence,
                                   .overrides_after = NOW,
                                   .override = take_override,
                                   .absence = take_absence,
                                   .evidence = take_evidence};
  struct entry e = {.incident = 1, .at = NOW, .recorded_at = NOW};
  enum err err = ledger_put_entry(l, &e);
  if (err == OK)
    err = ledger_load(l, &to);
  return err == OK && n != 6 ? ERR_CORRUPT : err;
}

static enum err see_silence(void *arg, const struct silence *s) {
  *(bool *)arg = s->id == 1;
  return OK;
}

static enum err see_override(void *arg, const struct override *o) {
  *(bool *)arg = o->id == 1;
  return OK;
}

static enum err read_overrides(struct ledger *l) {
  struct override o;
  bool is_seen = false;
  enum err err = ledger_overrides(l, NOW, see_override, &is_seen);
  if (err == OK && !is_seen)
    return ERR_CORRUPT;
  if (err == OK)
    err = ledger_override(l, 1, &o);
  if (err == OK)
    override_fini(&o);
  return err;
}

static enum err read_all(struct ledger *l) {
  struct silence s;
  bool is_seen = false;
  enum err err = ledger_silences(l, false, NOW, see_silence, &is_seen);
  if (err == OK && !is_seen)
    return ERR_CORRUPT;
  if (err == OK)
    err = ledger_silence(l, 1, &s);
  if (err == OK)
    silence_fini(&s);
  return err == OK ? read_overrides(l) : err;
}

static enum err in_a_ledger(struct ledger *l) {
  struct ledger_pruned pruned = {.incidents = 0};
  enum err err = ledger_begin(l, 0);
  if (err == OK)
    err = put_all(l);
  if (err == OK)
    err = load_all(l);
  if (err == OK)
    err = read_all(l);
  if (err == OK)
    err = ledger_commit(l);
  else
    ledger_rollback(l);
  if (err == OK)
    err = ledger_prune(l, NOW + 1, 1000, 0, &pruned);
  return err == OK && pruned.incidents != 1 ? ERR_CORRUPT : err;
}

static enum err put_load_and_prune(void) {
  struct blank b = {.dir = ""};
  struct ledger *l = NULL;
  hash_init();
  enum err err = blank_make(&b);
  oom_spare();
  if (err == OK)
    err = ledger_open(b.path, LEDGER_OWN, &l, NULL);
  oom_spare_end();
  if (err == OK)
    err = in_a_ledger(l);
  oom_spare();
  ledger_close(l);
  oom_spare_end();
  blank_remove(&b);
  return err;
}

static enum err make_a_ledger(void) {
  struct blank b = {.dir = ""};
  struct ledger *l = NULL;
  enum err err = blank_make(&b);
  unlink(b.path);
  if (err == OK)
    err = ledger_open(b.path, LEDGER_OWN, &l, NULL);
  if (err == OK)
    err = ledger_prepare(l);
  ledger_close(l);
  blank_remove(&b);
  return err;
}

const struct oom_case ledger_cases[] = {
    {"a_ledger_is_made_or_not", make_a_ledger},
    {"what_rules_need_is_kept_or_not", put_load_and_prune},
    {NULL, NULL}};
