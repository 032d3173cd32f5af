/* SPDX-License-Identifier: MIT */
/* Reminders. */
#include "ledger/ledger_sql.h"

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
