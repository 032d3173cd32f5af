/* SPDX-License-Identifier: MIT */
/* Incidents, their timeline, and the requests about them. */
#include "ledger/ledger_sql.h"
#include "ledger/rows.h"

#include <stdlib.h>
#include <string.h>

enum err ledger_put_incident(struct ledger *l, const struct incident *i) {
  struct row r;
  row_open(&r, l, SQL_PUT_INCIDENT);
  put_int(&r, i->id);
  put_text(&r, i->title);
  put_text(&r, i->description != NULL ? i->description : "");
  put_text(&r, i->rule);
  put_text(&r, i->group_key);
  put_text(&r, i->severity);
  put_text(&r, i->chain);
  put_text(&r, i->service);
  put_text(&r, i->team);
  put_text(&r, i->runbook);
  put_text(&r, i->commander);
  put_text(&r, i->labels != NULL ? i->labels : "{}");
  put_text(&r, status_names[i->status]);
  put_int(&r, i->is_test);
  put_int(&r, i->is_private);
  put_int(&r, i->is_major);
  put_int(&r, i->declared_at);
  put_text(&r, i->declared_by);
  put_time(&r, i->acknowledged_at);
  put_text(&r, i->acknowledged_by);
  put_time(&r, i->resolved_at);
  put_text(&r, i->resolved_by);
  put_int(&r, i->alerts_firing);
  put_int(&r, i->alerts_total);
  put_time(&r, i->join_told_at);
  put_time(&r, i->hold_until);
  put_int(&r, i->is_storm);
  put_int(&r, i->is_paused);
  put_int(&r, i->upgrades);
  put_time(&r, i->snoozed_until);
  put_time(&r, i->asked_at);
  put_text(&r, i->summary);
  put_text(&r, i->cause);
  put_text(&r, i->detection);
  put_text(&r, i->codename);
  put_id(&r, i->parent);
  put_id(&r, i->merged_into);
  return row_run(&r);
}

enum err row_take_incident(struct row *r, struct incident *own_incident) {
  struct incident i;
  incident_init(&i);
  i.id = get_int(r);
  i.title = get_own_text(r);
  i.description = get_own_text(r);
  i.rule = get_own_text(r);
  i.group_key = get_own_text(r);
  i.severity = get_own_text(r);
  i.chain = get_own_text(r);
  i.service = get_own_text(r);
  i.team = get_own_text(r);
  i.runbook = get_own_text(r);
  i.commander = get_own_text(r);
  i.labels = get_own_text(r);
  i.status = (enum status)get_name(r, status_names, STATUSES);
  i.is_test = get_flag(r);
  i.is_private = get_flag(r);
  i.is_major = get_flag(r);
  i.declared_at = get_int(r);
  i.declared_by = get_own_text(r);
  i.acknowledged_at = get_time(r);
  i.acknowledged_by = get_own_text(r);
  i.resolved_at = get_time(r);
  i.resolved_by = get_own_text(r);
  i.alerts_firing = get_int(r);
  i.alerts_total = get_int(r);
  i.join_told_at = get_time(r);
  i.hold_until = get_time(r);
  i.is_storm = get_flag(r);
  i.is_paused = get_flag(r);
  i.upgrades = (uint32_t)get_int(r);
  i.snoozed_until = get_time(r);
  i.asked_at = get_time(r);
  i.summary = get_own_text(r);
  i.cause = get_own_text(r);
  i.detection = get_own_text(r);
  i.codename = get_own_text(r);
  i.parent = get_int(r);
  i.merged_into = get_int(r);
  if (r->err == OK)
    *own_incident = i;
  else
    incident_fini(&i);
  return r->err;
}

enum err ledger_incident(struct ledger *l, int64_t id,
                         struct incident *own_incident) {
  struct incident i;
  struct row r;
  row_open(&r, l, SQL_INCIDENT);
  put_int(&r, id);
  bool is_there = row_next(&r);
  if (is_there)
    (void)row_take_incident(&r, &i); /* the row remembers */
  enum err err = row_close(&r);
  if (err == OK && !is_there)
    return ERR_NOTFOUND;
  if (err == OK)
    *own_incident = i;
  return err;
}

enum err ledger_reopening(struct ledger *l, const struct incident *i,
                          int64_t *firing, int64_t *other) {
  struct row r;
  int64_t found[2] = {0};
  row_open(&r, l, SQL_REOPENING);
  put_int(&r, i->id);
  put_text(&r, i->rule);
  put_text(&r, i->group_key);
  if (row_next(&r)) {
    found[0] = get_int(&r);
    found[1] = get_int(&r);
  }
  enum err err = row_close(&r);
  if (err == OK) {
    *firing = found[0];
    *other = found[1];
  }
  return err;
}

/* ---- timeline ---- */

enum err ledger_put_entry(struct ledger *l, struct entry *e) {
  struct row r;
  row_open(&r, l, e->id == 0 ? SQL_ADD_ENTRY : SQL_PUT_ENTRY);
  put_id(&r, e->id);
  put_int(&r, e->incident);
  put_int(&r, e->at);
  put_int(&r, e->recorded_at);
  put_text(&r, kind_names[e->kind]);
  put_text(&r, e->by);
  put_text(&r, e->text != NULL ? e->text : "");
  put_int(&r, e->is_important);
  enum err err = row_run(&r);
  if (err == OK && e->id == 0)
    e->id = sqlite3_last_insert_rowid(l->db);
  return err;
}

static enum err take_entry(struct row *r, struct entry *own_entry) {
  struct entry e = {0};
  e.id = get_int(r);
  e.incident = get_int(r);
  e.at = get_int(r);
  e.recorded_at = get_int(r);
  e.kind = (enum kind)get_name(r, kind_names, KINDS);
  e.by = get_own_text(r);
  e.text = get_own_text(r);
  e.is_important = get_flag(r);
  if (r->err == OK)
    *own_entry = e;
  else
    entry_fini(&e);
  return r->err;
}

enum err ledger_timeline(struct ledger *l, int64_t incident,
                         enum err (*each)(void *arg, const struct entry *e),
                         void *arg) {
  struct row r;
  enum err said = OK;
  row_open(&r, l, SQL_TIMELINE);
  put_int(&r, incident);
  while (said == OK && row_next(&r)) {
    struct entry e;
    if (take_entry(&r, &e) == OK) {
      said = each(arg, &e);
      entry_fini(&e);
    }
  }
  enum err err = row_close(&r);
  return err != OK ? err : said;
}

enum err ledger_entry(struct ledger *l, int64_t id, struct entry *own_entry) {
  struct entry e;
  struct row r;
  row_open(&r, l, SQL_ENTRY);
  put_int(&r, id);
  bool is_there = row_next(&r);
  if (is_there)
    (void)take_entry(&r, &e); /* the row remembers */
  enum err err = row_close(&r);
  if (err == OK && !is_there)
    return ERR_NOTFOUND;
  if (err == OK)
    *own_entry = e;
  return err;
}

enum err ledger_add_original(struct ledger *l, const struct original *o) {
  struct row r;
  row_open(&r, l, SQL_ADD_ORIGINAL);
  put_int(&r, o->entry);
  put_int(&r, o->at);
  put_text(&r, o->text);
  put_int(&r, o->amended_at);
  put_text(&r, o->amended_by);
  return row_run(&r);
}

enum err ledger_originals(struct ledger *l, int64_t incident,
                          enum err (*each)(void *arg, const struct original *o),
                          void *arg) {
  struct row r;
  enum err said = OK;
  row_open(&r, l, SQL_ORIGINALS_OF);
  put_int(&r, incident);
  while (said == OK && row_next(&r)) {
    struct original o;
    (void)get_int(&r); /* its own id */
    o.entry = get_int(&r);
    o.at = get_int(&r);
    o.text = get_text(&r);
    o.amended_at = get_int(&r);
    o.amended_by = get_text(&r);
    if (r.err == OK)
      said = each(arg, &o);
  }
  enum err err = row_close(&r);
  return err != OK ? err : said;
}

enum err ledger_last_human(struct ledger *l, int64_t incident, wall_ms now,
                           wall_ms *at) {
  struct row r;
  row_open(&r, l, SQL_LAST_HUMAN);
  put_int(&r, incident);
  put_int(&r, now);
  wall_ms last = row_next(&r) ? get_time(&r) : WALL_NEVER;
  enum err err = row_close(&r);
  if (err == OK)
    *at = last;
  return err;
}

/* ---- requests ---- */

enum err ledger_add_request(struct ledger *l, struct request *r) {
  struct row q;
  char *detail = NULL;
  struct json *j = json_new();
  enum err err = ERR_NOMEM;
  if (j != NULL) {
    request_print(r, j);
    err = json_done(j, &detail);
  }
  json_free(j);
  if (err != OK) {
    sql_set_why("%s", err_text(err));
    return err;
  }
  row_open(&q, l, SQL_ADD_REQUEST);
  put_int(&q, r->at);
  put_text(&q, detail);
  err = row_run(&q);
  if (err == OK)
    r->id = sqlite3_last_insert_rowid(l->db);
  free(detail);
  return err;
}

/* ERR_INVALID for what is no request. */
static enum err read_request(struct row *q, struct request *own_request) {
  struct json_in *doc = NULL;
  int64_t id = get_int(q);
  const char *detail = get_text(q);
  if (q->err != OK)
    return q->err;
  enum err err = json_parse(detail, strlen(detail), &doc, NULL);
  if (err == OK)
    err = request_read(doc, own_request);
  if (err == OK)
    own_request->id = id;
  json_in_free(doc);
  return err;
}

enum err ledger_requests(struct ledger *l, int64_t after,
                         enum err (*each)(void *arg, const struct request *r),
                         void *arg) {
  struct row q;
  enum err said = OK;
  row_open(&q, l, SQL_REQUESTS);
  put_int(&q, after);
  while (said == OK && row_next(&q)) {
    struct request r;
    request_init(&r);
    said = read_request(&q, &r);
    if (said == OK)
      said = each(arg, &r);
    else if (said == ERR_INVALID)
      said = OK; /* of no program of ours: it must not stop those behind it */
    request_fini(&r);
  }
  enum err err = row_close(&q);
  return err != OK ? err : said;
}

enum err ledger_drop_requests(struct ledger *l, int64_t up_to) {
  struct row r;
  row_open(&r, l, SQL_DROP_REQUESTS);
  put_int(&r, up_to);
  return row_run(&r);
}
