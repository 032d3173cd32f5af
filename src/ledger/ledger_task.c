/* SPDX-License-Identifier: MIT */
/* Tasks. */
#include "ledger/ledger_sql.h"

enum err ledger_put_task(struct ledger *l, struct task *t) {
  struct row r;
  row_open(&r, l, SQL_PUT_TASK);
  put_id(&r, t->id);
  put_int(&r, t->incident);
  put_text(&r, t->text);
  put_text(&r, t->assignee);
  put_time(&r, t->due_at);
  put_time(&r, t->created_at);
  put_text(&r, t->created_by);
  put_time(&r, t->understood_at);
  put_time(&r, t->done_at);
  put_text(&r, t->done_by);
  enum err err = row_run(&r);
  if (err == OK && t->id == 0)
    t->id = sqlite3_last_insert_rowid(l->db);
  return err;
}

static enum err take(struct row *r, struct task *own_task) {
  struct task t = {.id = get_int(r)};
  t.incident = get_int(r);
  t.text = get_own_text(r);
  t.assignee = get_own_text(r);
  t.due_at = get_time(r);
  t.created_at = get_time(r);
  t.created_by = get_own_text(r);
  t.understood_at = get_time(r);
  t.done_at = get_time(r);
  t.done_by = get_own_text(r);
  if (r->err == OK)
    *own_task = t;
  else
    task_fini(&t);
  return r->err;
}

static enum err walk(struct row *r,
                     enum err (*each)(void *arg, const struct task *t),
                     void *arg) {
  enum err said = OK;
  while (said == OK && row_next(r)) {
    struct task t;
    if (take(r, &t) != OK)
      break; /* the row remembers */
    said = each(arg, &t);
    task_fini(&t);
  }
  enum err err = row_close(r);
  return err != OK ? err : said;
}

enum err ledger_tasks(struct ledger *l, int64_t incident,
                      enum err (*each)(void *arg, const struct task *t),
                      void *arg) {
  struct row r;
  row_open(&r, l, SQL_TASKS);
  put_int(&r, incident);
  return walk(&r, each, arg);
}

enum err ledger_task(struct ledger *l, int64_t id, struct task *own_task) {
  struct task t;
  struct row r;
  row_open(&r, l, SQL_TASK);
  put_int(&r, id);
  bool is_there = row_next(&r);
  if (is_there)
    (void)take(&r, &t); /* the row remembers */
  enum err err = row_close(&r);
  if (err == OK && !is_there)
    return ERR_NOTFOUND;
  if (err == OK)
    *own_task = t;
  return err;
}

enum err ledger_open_tasks(struct ledger *l,
                           enum err (*each)(void *arg, const struct task *t),
                           void *arg) {
  struct row r;
  row_open(&r, l, SQL_OPEN_TASKS);
  return walk(&r, each, arg);
}
