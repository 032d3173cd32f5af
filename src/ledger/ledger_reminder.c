/* SPDX-License-Identifier: MIT */
/* Reminders. */
#include "ledger/ledger_sql.h"

#include <stdlib.h>

enum err ledger_add_reminder(struct ledger *l, struct reminder *m) {
  struct row r;
  row_open(&r, l, SQL_ADD_REMINDER);
  put_int(&r, m->incident);
  put_text(&r, reminder_kind_names[m->kind]);
  put_id(&r, m->subject);
  put_text(&r, m->who);
  put_text(&r, m->text);
  put_int(&r, m->due_at);
  put_int(&r, m->every);
  enum err err = row_run(&r);
  if (err == OK)
    m->id = sqlite3_last_insert_rowid(l->db);
  return err;
}

enum err ledger_end_reminders(struct ledger *l, int64_t incident,
                              enum reminder_kind kind, int64_t subject,
                              wall_ms now) {
  struct row r;
  row_open(&r, l, SQL_END_REMINDERS);
  put_int(&r, now);
  put_int(&r, incident);
  put_text(&r, reminder_kind_names[kind]);
  put_id(&r, subject);
  return row_run(&r);
}

/* ---- reading ---- */

static enum err take(struct row *r, struct reminder *own_reminder) {
  struct reminder m = {.id = get_int(r)};
  m.incident = get_int(r);
  m.kind = (enum reminder_kind)get_name(r, reminder_kind_names, REMINDERS);
  m.subject = get_int(r);
  m.who = get_own_text(r);
  m.text = get_own_text(r);
  m.due_at = get_time(r);
  m.every = get_int(r);
  m.ended_at = get_time(r);
  m.owed_at = get_time(r);
  if (r->err == OK)
    *own_reminder = m;
  else
    reminder_fini(&m);
  return r->err;
}

static enum err walk(struct row *r,
                     enum err (*each)(void *arg, const struct reminder *m),
                     void *arg) {
  enum err said = OK;
  while (said == OK && row_next(r)) {
    struct reminder m;
    if (take(r, &m) != OK)
      break; /* the row remembers */
    said = each(arg, &m);
    reminder_fini(&m);
  }
  enum err err = row_close(r);
  return err != OK ? err : said;
}

enum err ledger_due_reminders(struct ledger *l, wall_ms now, int64_t max,
                              enum err (*each)(void *arg,
                                               const struct reminder *m),
                              void *arg) {
  struct row r;
  row_open(&r, l, SQL_DUE_REMINDERS);
  put_int(&r, now);
  put_int(&r, max);
  return walk(&r, each, arg);
}

enum err ledger_reminders(struct ledger *l, int64_t incident,
                          enum err (*each)(void *arg, const struct reminder *m),
                          void *arg) {
  struct row r;
  row_open(&r, l, SQL_OPEN_REMINDERS);
  put_int(&r, incident);
  return walk(&r, each, arg);
}

enum err ledger_next_reminder(struct ledger *l, wall_ms *due) {
  struct row r;
  row_open(&r, l, SQL_NEXT_REMINDER);
  wall_ms at = row_next(&r) ? get_time(&r) : WALL_NEVER;
  enum err err = row_close(&r);
  if (err == OK)
    *due = at;
  return err;
}

/* ---- clocks ---- */

enum err ledger_step_reminder(struct ledger *l, const struct reminder *m,
                              wall_ms was) {
  struct row r;
  row_open(&r, l, SQL_STEP_REMINDER);
  put_int(&r, m->due_at);
  put_int(&r, m->every);
  put_time(&r, m->ended_at);
  put_time(&r, m->owed_at);
  put_int(&r, m->id);
  put_int(&r, was);
  return row_run(&r);
}

static enum err set_clock(struct ledger *l, enum query which, int64_t incident,
                          enum reminder_kind kind, wall_ms due, span_ms every) {
  struct row r;
  row_open(&r, l, which);
  put_int(&r, due);
  put_int(&r, every);
  put_int(&r, incident);
  put_text(&r, reminder_kind_names[kind]);
  return row_run(&r);
}

enum err ledger_start_clock(struct ledger *l, struct reminder *m) {
  enum err err =
      set_clock(l, SQL_HASTEN_CLOCK, m->incident, m->kind, m->due_at, m->every);
  if (err != OK || sqlite3_changes64(l->db) > 0)
    return err;
  return ledger_add_reminder(l, m);
}

enum err ledger_move_clock(struct ledger *l, int64_t incident,
                           enum reminder_kind kind, wall_ms due,
                           span_ms every) {
  return set_clock(l, SQL_MOVE_CLOCK, incident, kind, due, every);
}

enum err ledger_end_clock(struct ledger *l, int64_t incident,
                          enum reminder_kind kind, wall_ms now) {
  struct row r;
  row_open(&r, l, SQL_END_CLOCK);
  put_int(&r, now);
  put_int(&r, incident);
  put_text(&r, reminder_kind_names[kind]);
  return row_run(&r);
}

enum err ledger_owe_meeting(struct ledger *l, const struct reminder *m,
                            wall_ms now) {
  struct row r;
  enum err err = ledger_end_clock(l, m->incident, m->kind, now);
  if (err != OK)
    return err;
  row_open(&r, l, SQL_OWE_MEETING);
  put_int(&r, m->incident);
  put_text(&r, m->text);
  put_int(&r, m->due_at);
  return row_run(&r);
}

enum err ledger_clamp_clocks(struct ledger *l, wall_ms now) {
  struct row r;
  row_open(&r, l, SQL_CLAMP_CLOCKS);
  put_int(&r, now);
  return row_run(&r);
}

enum err ledger_holder(struct ledger *l, int64_t incident, const char *role,
                       char **own_who) {
  struct row r;
  char *who = NULL;
  row_open(&r, l, SQL_HOLDER);
  put_int(&r, incident);
  put_text(&r, role);
  if (row_next(&r))
    who = get_own_text(&r);
  enum err err = row_close(&r);
  if (err == OK)
    *own_who = who;
  else
    free(who);
  return err;
}
