/* SPDX-License-Identifier: MIT */
/* Teams. */
#include "ledger/ledger_sql.h"

enum err ledger_put_team(struct ledger *l, struct team *t) {
  struct row r;
  row_open(&r, l, SQL_PUT_TEAM);
  put_id(&r, t->id);
  put_int(&r, t->incident);
  put_text(&r, t->name);
  put_text(&r, t->leader);
  put_time(&r, t->since);
  put_time(&r, t->until);
  put_time(&r, t->ended_at);
  put_text(&r, t->by);
  enum err err = row_run(&r);
  if (err == OK && t->id == 0)
    t->id = sqlite3_last_insert_rowid(l->db);
  return err;
}

static enum err take(struct row *r, struct team *own_team) {
  struct team t = {.id = get_int(r)};
  t.incident = get_int(r);
  t.name = get_own_text(r);
  t.leader = get_own_text(r);
  t.since = get_time(r);
  t.until = get_time(r);
  t.ended_at = get_time(r);
  t.by = get_own_text(r);
  if (r->err == OK)
    *own_team = t;
  else
    team_fini(&t);
  return r->err;
}

static enum err walk(struct row *r,
                     enum err (*each)(void *arg, const struct team *t),
                     void *arg) {
  enum err said = OK;
  while (said == OK && row_next(r)) {
    struct team t;
    if (take(r, &t) != OK)
      break; /* the row remembers */
    said = each(arg, &t);
    team_fini(&t);
  }
  enum err err = row_close(r);
  return err != OK ? err : said;
}

enum err ledger_teams(struct ledger *l, int64_t incident,
                      enum err (*each)(void *arg, const struct team *t),
                      void *arg) {
  struct row r;
  row_open(&r, l, SQL_TEAMS);
  put_int(&r, incident);
  return walk(&r, each, arg);
}
