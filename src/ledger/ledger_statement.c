/* SPDX-License-Identifier: MIT */
/* What is said about incidents. */
#include "ledger/ledger_sql.h"

enum err ledger_put_statement(struct ledger *l, struct statement *s) {
  struct row r;
  row_open(&r, l, SQL_PUT_SAID);
  put_id(&r, s->id);
  put_int(&r, s->incident);
  put_text(&r, s->wording);
  put_text(&r, s->subject);
  put_text(&r, s->body);
  put_text(&r, s->webhooks);
  put_text(&r, statement_state_names[s->state]);
  put_int(&r, s->created_at);
  put_text(&r, s->created_by);
  put_text(&r, s->approved_by);
  put_time(&r, s->posted_at);
  put_time(&r, s->next_at);
  enum err err = row_run(&r);
  if (err == OK && s->id == 0)
    s->id = sqlite3_last_insert_rowid(l->db);
  return err;
}

static enum err take(struct row *r, struct statement *own_statement) {
  struct statement s = {.id = get_int(r)};
  s.incident = get_int(r);
  s.wording = get_own_text(r);
  s.subject = get_own_text(r);
  s.body = get_own_text(r);
  s.webhooks = get_own_text(r);
  s.state = (enum statement_state)get_name(r, statement_state_names,
                                           STATEMENT_STATES);
  s.created_at = get_time(r);
  s.created_by = get_own_text(r);
  s.approved_by = get_own_text(r);
  s.posted_at = get_time(r);
  s.next_at = get_time(r);
  if (r->err == OK)
    *own_statement = s;
  else
    statement_fini(&s);
  return r->err;
}

enum err ledger_statement(struct ledger *l, int64_t id,
                          struct statement *own_statement) {
  struct statement s;
  struct row r;
  row_open(&r, l, SQL_SAID);
  put_int(&r, id);
  bool is_there = row_next(&r);
  bool is_taken = is_there && take(&r, &s) == OK;
  enum err err = row_close(&r);
  if (err == OK && !is_there)
    return ERR_NOTFOUND;
  if (err == OK)
    *own_statement = s;
  else if (is_taken)
    statement_fini(&s);
  return err;
}

enum err ledger_statements(struct ledger *l, int64_t incident,
                           enum err (*each)(void *arg,
                                            const struct statement *s),
                           void *arg) {
  struct row r;
  enum err said = OK;
  row_open(&r, l, SQL_SAID_OF);
  put_int(&r, incident);
  while (said == OK && row_next(&r)) {
    struct statement s;
    if (take(&r, &s) != OK)
      break; /* the row remembers */
    said = each(arg, &s);
    statement_fini(&s);
  }
  enum err err = row_close(&r);
  return err != OK ? err : said;
}
