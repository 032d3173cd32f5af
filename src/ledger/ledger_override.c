/* SPDX-License-Identifier: MIT */
/* Overrides of schedules. */
#include "ledger/rows.h"

enum err ledger_put_override(struct ledger *l, const struct override *o) {
  struct row r;
  row_open(&r, l, SQL_PUT_OVERRIDE);
  put_int(&r, o->id);
  put_text(&r, o->schedule);
  put_text(&r, o->responder);
  put_int(&r, o->from);
  put_int(&r, o->until);
  put_text(&r, o->by);
  put_int(&r, o->created_at);
  return row_run(&r);
}

enum err row_take_override(struct row *r, struct override *own_override) {
  struct override o = {.id = get_int(r)};
  o.schedule = get_own_text(r);
  o.responder = get_own_text(r);
  o.from = get_time(r);
  o.until = get_time(r);
  o.by = get_own_text(r);
  o.created_at = get_time(r);
  if (r->err == OK)
    *own_override = o;
  else
    override_fini(&o);
  return r->err;
}

enum err ledger_override(struct ledger *l, int64_t id,
                         struct override *own_override) {
  struct override o;
  struct row r;
  enum err err = ERR_NOTFOUND;
  row_open(&r, l, SQL_OVERRIDE);
  put_int(&r, id);
  if (row_next(&r))
    err = row_take_override(&r, &o);
  enum err closed = row_close(&r);
  if (closed != OK)
    return closed;
  if (err == OK)
    *own_override = o;
  return err;
}

enum err ledger_overrides(struct ledger *l, wall_ms after,
                          enum err (*each)(void *arg, const struct override *o),
                          void *arg) {
  struct row r;
  enum err said = OK;
  row_open(&r, l, SQL_OVERRIDES);
  put_int(&r, after);
  while (said == OK && row_next(&r)) {
    struct override o;
    if (row_take_override(&r, &o) != OK)
      break; /* the row remembers */
    said = each(arg, &o);
    override_fini(&o);
  }
  enum err err = row_close(&r);
  return err != OK ? err : said;
}
