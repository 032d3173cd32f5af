/* SPDX-License-Identifier: MIT */
/* What customers notice. */
#include "ledger/ledger_sql.h"

enum err ledger_put_impact(struct ledger *l, struct impact *i) {
  struct row r;
  row_open(&r, l, SQL_PUT_IMPACT);
  put_id(&r, i->id);
  put_int(&r, i->incident);
  put_text(&r, i->text);
  put_time(&r, i->from);
  put_time(&r, i->until);
  put_text(&r, i->by);
  put_time(&r, i->created_at);
  enum err err = row_run(&r);
  if (err == OK && i->id == 0)
    i->id = sqlite3_last_insert_rowid(l->db);
  return err;
}

static enum err take(struct row *r, struct impact *own_impact) {
  struct impact i = {.id = get_int(r)};
  i.incident = get_int(r);
  i.text = get_own_text(r);
  i.from = get_time(r);
  i.until = get_time(r);
  i.by = get_own_text(r);
  i.created_at = get_time(r);
  if (r->err == OK)
    *own_impact = i;
  else
    impact_fini(&i);
  return r->err;
}

static enum err walk(struct row *r,
                     enum err (*each)(void *arg, const struct impact *i),
                     void *arg) {
  enum err said = OK;
  while (said == OK && row_next(r)) {
    struct impact i;
    if (take(r, &i) != OK)
      break; /* the row remembers */
    said = each(arg, &i);
    impact_fini(&i);
  }
  enum err err = row_close(r);
  return err != OK ? err : said;
}

enum err ledger_impacts(struct ledger *l, int64_t incident,
                        enum err (*each)(void *arg, const struct impact *i),
                        void *arg) {
  struct row r;
  row_open(&r, l, SQL_IMPACTS);
  put_int(&r, incident);
  return walk(&r, each, arg);
}

enum err ledger_impact(struct ledger *l, int64_t id,
                       struct impact *own_impact) {
  struct impact i;
  struct row r;
  row_open(&r, l, SQL_IMPACT);
  put_int(&r, id);
  bool is_there = row_next(&r);
  if (is_there)
    (void)take(&r, &i); /* the row remembers */
  enum err err = row_close(&r);
  if (err == OK && !is_there)
    return ERR_NOTFOUND;
  if (err == OK)
    *own_impact = i;
  return err;
}
