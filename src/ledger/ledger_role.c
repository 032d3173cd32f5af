/* SPDX-License-Identifier: MIT */
/* Who has, or had, which role. */
#include "ledger/ledger_sql.h"

enum err ledger_change_role(struct ledger *l, struct holding *h) {
  bool ends = holding_is_over(h);
  enum err err = OK;
  struct row r;
  if (ends || !role_is_shared(h->role)) {
    row_open(&r, l, SQL_END_ROLE);
    put_int(&r, ends ? h->until : h->since);
    put_int(&r, h->incident);
    put_text(&r, h->role);
    put_text(&r, ends ? h->who : NULL);
    err = row_run(&r);
  }
  if (err != OK || ends)
    return err;
  row_open(&r, l, SQL_ADD_ROLE);
  put_int(&r, h->incident);
  put_text(&r, h->role);
  put_text(&r, h->who);
  put_int(&r, h->since);
  put_text(&r, h->by);
  err = row_run(&r);
  if (err == OK)
    h->id = sqlite3_last_insert_rowid(l->db);
  return err;
}

static enum err take(struct row *r, struct holding *own_holding) {
  struct holding h = {.id = get_int(r)};
  h.incident = get_int(r);
  h.role = get_own_text(r);
  h.who = get_own_text(r);
  h.since = get_time(r);
  h.until = get_time(r);
  h.by = get_own_text(r);
  if (r->err == OK)
    *own_holding = h;
  else
    holding_fini(&h);
  return r->err;
}

static enum err walk(struct row *r,
                     enum err (*each)(void *arg, const struct holding *h),
                     void *arg) {
  enum err said = OK;
  while (said == OK && row_next(r)) {
    struct holding h;
    if (take(r, &h) != OK)
      break; /* the row remembers */
    said = each(arg, &h);
    holding_fini(&h);
  }
  enum err err = row_close(r);
  return err != OK ? err : said;
}

enum err ledger_roles(struct ledger *l, int64_t incident,
                      enum err (*each)(void *arg, const struct holding *h),
                      void *arg) {
  struct row r;
  row_open(&r, l, SQL_ROLES);
  put_int(&r, incident);
  return walk(&r, each, arg);
}
