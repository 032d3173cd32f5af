/* SPDX-License-Identifier: MIT */
/* Alerts, and the event log of what declared nothing. */
#include "ledger/rows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define EVENTS_KEPT 1000

/* Metadata as a JSON object; of several values of a name the first counts, as
 * for rules. *own_text is NULL when there is none. */
static enum err print_meta(const struct signal *s, char **own_text) {
  const char *cursor = NULL, *name = NULL, *value = NULL;
  if (!signal_meta_next(s, &cursor, &name, &value))
    return OK;
  struct json *j = json_new();
  if (j == NULL)
    return ERR_NOMEM;
  json_object(j);
  do
    if (signal_meta(s, name) == value)
      json_put_text(j, name, value);
  while (signal_meta_next(s, &cursor, &name, &value));
  json_object_end(j);
  enum err err = json_done(j, own_text);
  json_free(j);
  return err;
}

void row_put_series(struct row *r, const struct signal *s) {
  for (int f = 0; f < FIELDS; f++)
    put_text(r, signal_field(s, (enum field)f));
}

static enum err run_with_id(struct ledger *l, enum query which,
                            const struct alert *a) {
  struct row r;
  row_open(&r, l, which);
  put_int(&r, a->id);
  return row_run(&r);
}

static void fill(struct row *to, const struct alert *a, const char *meta) {
  const struct signal *s = a->signal;
  put_int(to, a->id);
  put_id(to, a->incident);
  put_text(to, a->rule != NULL ? a->rule->name : "");
  row_put_series(to, s);
  put_text(to, signal_data_source(s));
  put_text(to, level_names[a->level]);
  put_text(to, alert_state_names[a->state]);
  put_double(to, s->has_value ? s->value : NAN);
  put_double(to, s->warning_min);
  put_double(to, s->warning_max);
  put_double(to, s->failure_min);
  put_double(to, s->failure_max);
  put_text(to, signal_message(s));
  put_text(to, meta != NULL ? meta : "{}");
  put_int(to, a->since);
  put_time(to, a->good_since);
  put_int(to, s->received);
  put_int(to, s->sent);
  put_text(to, unsure_names[a->unsure]);
  put_int(to, a->bad_by);
  put_int(to, a->is_flapping);
  put_time(to, a->changed_at);
  for (int i = 0; i < FLAP_FIRINGS; i++)
    put_time(to, firings_at(&a->fired, i));
  put_id(to, alert_extra(a)->silence);
  put_id(to, alert_extra(a)->inhibitor);
  put_text(to, alert_extra(a)->group_key);
}

static enum err put_row(struct ledger *l, enum query statement,
                        const struct alert *a, const char *meta) {
  struct row r;
  row_open(&r, l, statement);
  fill(&r, a, meta);
  return row_run(&r);
}

/* It never fired and is over: nothing to tell of it. */
static bool is_nothing(const struct alert *a) {
  return a->state == ALERT_CLEARED && a->incident == 0 &&
         a->fired.newest == WALL_NEVER;
}

enum err ledger_put_alert(struct ledger *l, const struct alert *a) {
  char *meta = NULL;
  if (is_nothing(a))
    return a->is_stored ? run_with_id(l, SQL_DROP_ALERT, a) : OK;
  if (a->rule == NULL && a->is_stored && !alert_is_attached(a))
    /* gone, so it was cleared; its name stays in the row */
    return run_with_id(l, SQL_CLEAR_ALERT, a);
  enum err err = print_meta(a->signal, &meta);
  if (err != OK) {
    sql_set_why("%s", err_text(err));
    return err;
  }
  err = ERR_INVALID;
  if (!a->is_stored)
    err = put_row(l, SQL_ADD_ALERT, a, meta);
  if (err == ERR_INVALID) /* it has a row, after all */
    err = put_row(l, SQL_PUT_ALERT, a, meta);
  free(meta);
  return err;
}

enum err ledger_add_alerts(struct ledger *l,
                           const struct alert *const alerts[LEDGER_ALERTS]) {
  char *metas[LEDGER_ALERTS] = {NULL};
  enum err err = OK;
  struct row r;
  for (size_t i = 0; i < LEDGER_ALERTS; i++)
    if (alerts[i]->is_stored || is_nothing(alerts[i]))
      return ERR_INVALID;
  row_open(&r, l, SQL_ADD_ALERTS);
  for (size_t i = 0; i < LEDGER_ALERTS && err == OK; i++) {
    err = print_meta(alerts[i]->signal, &metas[i]);
    fill(&r, alerts[i], metas[i]);
  }
  if (err == OK)
    err = row_run(&r);
  else
    sql_set_why("%s", err_text(err));
  for (size_t i = 0; i < LEDGER_ALERTS; i++)
    free(metas[i]);
  return err;
}

static void add(struct packer *p, const char *text) {
  signal_add(p, text != NULL ? text : "", text != NULL ? strlen(text) : 0);
}

static void add_meta(struct packer *p, struct row *r, const char *text) {
  struct json_in *doc = NULL;
  if (text == NULL || strcmp(text, "{}") == 0)
    return;
  enum err err = json_parse(text, strlen(text), &doc, NULL);
  if (err != OK && r->err == OK) {
    r->err = err == ERR_NOMEM ? ERR_NOMEM : ERR_CORRUPT;
    sql_set_why("the metadata of an alert: %s", err_text(err));
  }
  for (size_t i = 0; i < json_count(doc); i++) {
    const char *name = NULL;
    const struct json_in *value = json_member(doc, i, &name);
    if (name != NULL)
      (void)signal_add_meta(p, name, json_at_text(value, "", ""));
  }
  json_in_free(doc);
}

enum err row_take_alert(struct row *r, struct alert *own_alert,
                        const char **rule) {
  uint64_t memory[SIGNAL_BYTES_MAX / sizeof(uint64_t)];
  struct alert a = {.timer = {.due = WALL_NEVER}, .is_stored = true};
  wall_ms fired[FLAP_FIRINGS];
  struct packer p;
  signal_begin(&p, memory);
  a.id = get_int(r);
  a.incident = get_int(r);
  const char *rule_name = get_text(r);
  for (int f = 0; f < FIELDS; f++)
    add(&p, get_text(r));
  const char *data_source = get_text(r);
  a.level = (uint8_t)get_name(r, level_names, 3);
  a.state = (uint8_t)get_name(r, alert_state_names, ALERT_STATES);
  p.signal->value = get_double(r);
  p.signal->warning_min = get_double(r);
  p.signal->warning_max = get_double(r);
  p.signal->failure_min = get_double(r);
  p.signal->failure_max = get_double(r);
  add(&p, get_text(r)); /* message */
  add(&p, data_source);
  add_meta(&p, r, get_text(r));
  a.since = get_int(r);
  a.good_since = get_time(r);
  p.signal->received = get_int(r);
  p.signal->sent = get_int(r);
  a.unsure = (uint8_t)get_name(r, unsure_names, 3);
  a.bad_by = (uint8_t)get_int(r);
  a.is_flapping = get_flag(r);
  a.changed_at = get_time(r);
  for (int i = 0; i < FLAP_FIRINGS; i++)
    fired[i] = get_time(r);
  firings_set(&a.fired, fired);
  int64_t silence = get_int(r), inhibitor = get_int(r);
  if (alert_set_hold(&a, silence, inhibitor) != OK ||
      alert_set_group_key(&a, get_text(r)) != OK)
    r->err = ERR_NOMEM;
  a.heard_at = p.signal->received;
  /* An alert is pending because a value was not a number. */
  p.signal->has_value = !isnan(p.signal->value) || a.state == ALERT_PENDING;
  p.signal->level = a.state == ALERT_CLEARING || a.state == ALERT_CLEARED
                        ? LEVEL_OKAY
                        : a.level;
  a.bad_level = a.level; /* until its rule says otherwise */
  signal_end(&p, false);
  if (r->err == OK)
    a.signal = signal_copy(p.signal);
  if (r->err == OK && a.signal == NULL)
    r->err = ERR_NOMEM;
  if (r->err != OK) {
    alert_fini(&a);
    return r->err;
  }
  *rule = rule_name;
  *own_alert = a;
  return OK;
}

/* ---- events ---- */

static const char *const reasons[EVENT_REASONS] = {"unmatched", "recorded",
                                                   "silenced", "inhibited"};

enum err ledger_put_event(struct ledger *l, const struct event *e) {
  const struct signal *s = e->signal;
  char *meta = NULL;
  struct row r;
  enum err err = print_meta(s, &meta);
  if (err != OK) {
    sql_set_why("%s", err_text(err));
    return err;
  }
  row_open(&r, l, SQL_PUT_EVENT);
  put_null(&r);
  put_int(&r, e->at);
  put_text(&r, reasons[e->reason]);
  put_text(&r, e->rule);
  put_id(&r, e->holder);
  put_int(&r, s->received);
  row_put_series(&r, s);
  put_text(&r, signal_data_source(s));
  put_text(&r, level_names[s->level]);
  put_double(&r, s->has_value ? s->value : NAN);
  put_text(&r, signal_message(s));
  put_text(&r, meta != NULL ? meta : "{}");
  err = row_run(&r);
  free(meta);
  if (err != OK)
    return err;
  row_open(&r, l, SQL_TRIM_EVENTS);
  put_int(&r, sqlite3_last_insert_rowid(l->db) - EVENTS_KEPT);
  err = row_run(&r);
  if (err != OK || e->reason != EVENT_UNMATCHED)
    return err;
  row_open(&r, l, SQL_COUNT_EVENT);
  return row_run(&r);
}
