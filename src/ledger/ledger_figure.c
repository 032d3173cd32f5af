/* SPDX-License-Identifier: MIT */
/* Numbers that are kept of an incident. */
#include "ledger/ledger_sql.h"

enum err ledger_add_count(struct ledger *l, struct figure *f) {
  struct row r;
  row_open(&r, l, SQL_ADD_FIGURE);
  put_int(&r, f->incident);
  put_text(&r, f->name);
  put_int(&r, f->value);
  put_time(&r, f->at);
  put_text(&r, f->by);
  enum err err = row_run(&r);
  if (err == OK)
    f->id = sqlite3_last_insert_rowid(l->db);
  return err;
}

static enum err take(struct row *r, struct figure *own_figure) {
  struct figure f = {.id = get_int(r)};
  f.incident = get_int(r);
  f.name = get_own_text(r);
  f.value = get_int(r);
  f.at = get_time(r);
  f.by = get_own_text(r);
  if (r->err == OK)
    *own_figure = f;
  else
    figure_fini(&f);
  return r->err;
}

static enum err walk(struct row *r,
                     enum err (*each)(void *arg, const struct figure *f),
                     void *arg) {
  enum err said = OK;
  while (said == OK && row_next(r)) {
    struct figure f;
    if (take(r, &f) != OK)
      break; /* the row remembers */
    said = each(arg, &f);
    figure_fini(&f);
  }
  enum err err = row_close(r);
  return err != OK ? err : said;
}

enum err ledger_counts(struct ledger *l, int64_t incident,
                       enum err (*each)(void *arg, const struct figure *f),
                       void *arg) {
  struct row r;
  row_open(&r, l, SQL_FIGURES_OF);
  put_int(&r, incident);
  return walk(&r, each, arg);
}
