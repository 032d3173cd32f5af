/* SPDX-License-Identifier: MIT */
/* Removing what is over for long.
 *
 * Whatever hangs on an incident goes before it, so that a transaction may end
 * anywhere between. Foreign keys are not enforced meanwhile: SQLite would look
 * through all alerts for each incident that goes. */
#include "ledger/ledger_sql.h"

struct prune {
  struct ledger *ledger;
  wall_ms before;
  int64_t left; /* rows that may still go */
};

/* One that removes rows: of an incident, or older than that; left of them at
 * most. */
static enum err drop_rows(struct prune *p, enum query which, int64_t key) {
  struct row r;
  if (p->left <= 0)
    return OK;
  row_open(&r, p->ledger, which);
  put_int(&r, key);
  put_int(&r, p->left);
  enum err err = row_run(&r);
  if (err == OK)
    p->left -= sqlite3_changes64(p->ledger->db);
  return err;
}

static enum err drop_incident(struct prune *p, int64_t id, int64_t *pruned) {
  static const enum query parts[] = {
      SQL_PRUNE_EVIDENCE,   SQL_PRUNE_PAGES,     SQL_PRUNE_RUNS,
      SQL_PRUNE_ALERTS,     SQL_PRUNE_ROLES,     SQL_PRUNE_TEAMS,
      SQL_PRUNE_TASKS,      SQL_PRUNE_IMPACTS,   SQL_PRUNE_LINKS,
      SQL_PRUNE_FIGURES,    SQL_PRUNE_REMINDERS, SQL_PRUNE_SAID,
      SQL_PRUNE_POSTMORTEM, SQL_PRUNE_ORIGINALS, SQL_PRUNE_TIMELINE};
  struct row r;
  enum err err = OK;
  for (size_t i = 0; i < sizeof parts / sizeof parts[0] && err == OK; i++)
    err = drop_rows(p, parts[i], id);
  if (err != OK || p->left <= 0)
    return err;
  row_open(&r, p->ledger, SQL_PRUNE_INCIDENT);
  put_int(&r, id);
  err = row_run(&r);
  p->left--;
  *pruned += err == OK;
  return err;
}

/* 0: none is left. */
static enum err next_incident(struct prune *p, int64_t *id) {
  struct row r;
  row_open(&r, p->ledger, SQL_PRUNE_NEXT);
  put_int(&r, p->before);
  *id = row_next(&r) ? get_int(&r) : 0;
  return row_close(&r);
}

static enum err drop_all(struct prune *p, int64_t *pruned) {
  int64_t id = 0;
  enum err err = next_incident(p, &id);
  while (err == OK && id != 0 && p->left > 0) {
    err = drop_incident(p, id, pruned);
    if (err == OK && p->left > 0)
      err = next_incident(p, &id);
  }
  if (err == OK)
    err = drop_rows(p, SQL_PRUNE_LOOSE_ALERTS, p->before);
  if (err == OK)
    err = drop_rows(p, SQL_PRUNE_LOOSE_PAGES, p->before);
  if (err == OK)
    err = drop_rows(p, SQL_PRUNE_SILENCES, p->before);
  if (err == OK)
    err = drop_rows(p, SQL_PRUNE_OVERRIDES, p->before);
  return err;
}

static enum err use_foreign_keys(struct ledger *l, int on) {
  int rc = sqlite3_db_config(l->db, SQLITE_DBCONFIG_ENABLE_FKEY, on, NULL);
  return rc == SQLITE_OK ? OK : sql_failure(l->db, rc);
}

enum err ledger_prune(struct ledger *l, wall_ms before, int64_t rows_max,
                      span_ms wait, struct ledger_pruned *pruned) {
  struct prune p = {.ledger = l, .before = before, .left = rows_max};
  int64_t incidents = 0;
  enum err err = use_foreign_keys(l, 0);
  if (err == OK)
    err = ledger_begin(l, wait);
  if (err == OK) {
    err = drop_all(&p, &incidents);
    if (err == OK)
      err = ledger_commit(l);
    else
      ledger_rollback(l);
  }
  enum err again = use_foreign_keys(l, 1);
  if (err == OK)
    err = again;
  if (err == OK)
    *pruned = (struct ledger_pruned){.incidents = incidents,
                                     .rows = rows_max - p.left,
                                     .is_done = p.left > 0};
  return err;
}
