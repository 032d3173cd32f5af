/* SPDX-License-Identifier: MIT */
/* Documents about an incident. */
#include "ledger/ledger_sql.h"

enum err ledger_add_link(struct ledger *l, struct weblink *w) {
  struct row r;
  row_open(&r, l, SQL_ADD_LINK);
  put_int(&r, w->incident);
  put_text(&r, w->url);
  put_text(&r, w->title);
  put_text(&r, w->by);
  put_time(&r, w->created_at);
  enum err err = row_run(&r);
  if (err == OK)
    w->id = sqlite3_last_insert_rowid(l->db);
  return err;
}

static enum err take(struct row *r, struct weblink *own_weblink) {
  struct weblink w = {.id = get_int(r)};
  w.incident = get_int(r);
  w.url = get_own_text(r);
  w.title = get_own_text(r);
  w.by = get_own_text(r);
  w.created_at = get_time(r);
  if (r->err == OK)
    *own_weblink = w;
  else
    weblink_fini(&w);
  return r->err;
}

static enum err walk(struct row *r,
                     enum err (*each)(void *arg, const struct weblink *w),
                     void *arg) {
  enum err said = OK;
  while (said == OK && row_next(r)) {
    struct weblink w;
    if (take(r, &w) != OK)
      break; /* the row remembers */
    said = each(arg, &w);
    weblink_fini(&w);
  }
  enum err err = row_close(r);
  return err != OK ? err : said;
}

enum err ledger_links(struct ledger *l, int64_t incident,
                      enum err (*each)(void *arg, const struct weblink *w),
                      void *arg) {
  struct row r;
  row_open(&r, l, SQL_LINKS);
  put_int(&r, incident);
  return walk(&r, each, arg);
}
