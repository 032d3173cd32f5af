/* SPDX-License-Identifier: MIT */
/* Postmortems. */
#include "ledger/ledger_sql.h"

#include <stdlib.h>

enum err ledger_put_postmortem(struct ledger *l, const struct postmortem *p) {
  char *sections = NULL;
  struct row r;
  enum err err = postmortem_pack(p, &sections);
  if (err != OK)
    return err;
  row_open(&r, l, SQL_PUT_POSTMORTEM);
  put_int(&r, p->incident);
  put_text(&r, postmortem_status_names[p->status]);
  put_text(&r, p->owner);
  put_time(&r, p->meeting_at);
  put_int(&r, p->created_at);
  put_text(&r, sections);
  err = row_run(&r);
  free(sections);
  return err;
}

/* ERR_CORRUPT: somebody else has written the sections. */
static enum err take(struct row *r, struct postmortem *own_postmortem) {
  struct postmortem p;
  postmortem_init(&p);
  p.incident = get_int(r);
  p.status = (enum postmortem_status)get_name(r, postmortem_status_names,
                                              POSTMORTEM_STATUSES);
  p.owner = get_own_text(r);
  p.meeting_at = get_time(r);
  p.created_at = get_time(r);
  const char *sections = get_text(r);
  if (r->err == OK)
    r->err = postmortem_unpack(&p, sections != NULL ? sections : "");
  if (r->err == ERR_INVALID) {
    sql_set_why("the sections of postmortem %lld make no sense",
                (long long)p.incident);
    r->err = ERR_CORRUPT;
  }
  if (r->err == OK)
    *own_postmortem = p;
  else
    postmortem_fini(&p);
  return r->err;
}

enum err ledger_postmortem(struct ledger *l, int64_t incident,
                           struct postmortem *own_postmortem) {
  struct postmortem p;
  struct row r;
  enum err err = ERR_NOTFOUND;
  row_open(&r, l, SQL_POSTMORTEM);
  put_int(&r, incident);
  if (row_next(&r))
    err = take(&r, &p);
  enum err closed = row_close(&r);
  if (closed != OK)
    return closed;
  if (err == OK)
    *own_postmortem = p;
  return err;
}

enum err ledger_postmortems_owed(struct ledger *l,
                                 enum err (*each)(void *arg, int64_t incident),
                                 void *arg) {
  struct row r;
  enum err said = OK;
  row_open(&r, l, SQL_POSTMORTEMS_OWED);
  while (said == OK && row_next(&r))
    said = each(arg, get_int(&r));
  enum err err = row_close(&r);
  return err != OK ? err : said;
}
