/* SPDX-License-Identifier: MIT */
/* How alerts' values went. */
#include "ledger/rows.h"

#include <stdlib.h>

/* A trend of the most points there can be, packed. */
#define POINTS_BYTES_MAX (1024 * 1024)

enum err ledger_put_evidence(struct ledger *l, int64_t incident, int64_t alert,
                             const char *data_source,
                             const struct trend *trend) {
  struct buf points;
  struct row r;
  buf_init(&points, POINTS_BYTES_MAX);
  enum err err = trend_pack(trend, &points);
  if (err == OK) {
    row_open(&r, l, SQL_PUT_EVIDENCE);
    put_int(&r, alert);
    put_int(&r, incident);
    put_text(&r, data_source);
    put_blob(&r, points.text, points.len);
    err = row_run(&r);
  } else {
    sql_set_why("%s", err_text(err));
  }
  buf_fini(&points);
  return err;
}

enum err row_take_evidence(struct row *r, int64_t *incident, int64_t *alert,
                           const char **data_source, struct trend *own_trend) {
  struct trend t = {.points = NULL};
  size_t n = 0;
  int64_t of_alert = get_int(r);
  int64_t of_incident = get_int(r);
  const char *source = get_text(r);
  const void *bytes = get_blob(r, &n);
  if (r->err != OK)
    return r->err;
  enum err err = trend_unpack(bytes, n, &t);
  if (err == ERR_CORRUPT)
    return ERR_INVALID;
  if (err != OK)
    return r->err = err;
  *incident = of_incident;
  *alert = of_alert;
  *data_source = source;
  *own_trend = t;
  return OK;
}

enum err ledger_evidence(struct ledger *l, int64_t incident,
                         enum err (*each)(void *arg, int64_t alert,
                                          const char *data_source,
                                          const struct trend *trend),
                         void *arg) {
  struct row r;
  enum err said = OK;
  row_open(&r, l, SQL_EVIDENCE);
  put_int(&r, incident);
  while (said == OK && row_next(&r)) {
    struct trend t;
    const char *data_source = NULL;
    int64_t of = 0, alert = 0;
    if (row_take_evidence(&r, &of, &alert, &data_source, &t) == OK) {
      said = each(arg, alert, data_source, &t);
      trend_fini(&t);
    }
  }
  enum err err = row_close(&r);
  return err != OK ? err : said;
}
