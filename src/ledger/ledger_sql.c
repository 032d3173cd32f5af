/* SPDX-License-Identifier: MIT */
#include "ledger/ledger_sql.h"

#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const statement_texts[STATEMENTS] = {
#define STATEMENT(name, sql) [SQL_##name] = sql,
    STATEMENT_LIST
#undef STATEMENT
};

const char *const unsure_names[3] = {"no", "wait", "trial"};
const char *const reach_names[3] = {"no", "maybe", "yes"};

static _Thread_local char why[256];

const char *sql_why(void) { return why; }

void sql_set_why(const char *format, ...) {
  va_list ap;
  va_start(ap, format);
  vsnprintf(why, sizeof why, format, ap);
  va_end(ap);
}

enum err sql_failure(sqlite3 *db, int rc) {
  sql_set_why("%s (SQLite %d)", db != NULL ? sqlite3_errmsg(db) : "no handle",
              rc);
  if (rc == SQLITE_IOERR_NOMEM)
    return ERR_NOMEM;
  switch (rc & 0xff) {
  case SQLITE_BUSY:
  case SQLITE_LOCKED:
  case SQLITE_PROTOCOL:
    return ERR_BUSY;
  case SQLITE_NOMEM:
    return ERR_NOMEM;
  case SQLITE_CORRUPT:
  case SQLITE_NOTADB:
  case SQLITE_FORMAT:
    return ERR_CORRUPT;
  case SQLITE_CONSTRAINT: /* the caller's row contradicts others */
    return ERR_INVALID;
  default:
    return ERR_IO;
  }
}

enum err sql_exec(sqlite3 *db, const char *text) {
  int rc = sqlite3_exec(db, text, NULL, NULL, NULL);
  return rc == SQLITE_OK ? OK : sql_failure(db, rc);
}

enum err sql_number(sqlite3 *db, const char *text, int64_t *number) {
  struct row r = {.db = db};
  int rc = sqlite3_prepare_v2(db, text, -1, &r.q, NULL);
  if (rc != SQLITE_OK)
    return sql_failure(db, rc);
  bool has_row = row_next(&r);
  int64_t n = has_row ? get_int(&r) : 0;
  sqlite3_finalize(r.q);
  if (r.err == OK)
    *number = n;
  return r.err;
}

/* ---- functions ---- */

static unsigned char fold(unsigned char c) {
  return c >= 'A' && c <= 'Z' ? (unsigned char)(c + 32) : c;
}

static bool starts_with(const unsigned char *text, const unsigned char *start) {
  for (; *start != '\0'; text++, start++)
    if (fold(*text) != fold(*start))
      return false;
  return true;
}

static bool has_part(const unsigned char *text, const unsigned char *part) {
  unsigned char first = fold(part[0]);
  if (first == '\0')
    return true;
  for (; *text != '\0'; text++)
    if (fold(*text) == first && starts_with(text, part))
      return true;
  return false;
}

static void found(sqlite3_context *context, int n, sqlite3_value **values) {
  const unsigned char *part = n > 0 ? sqlite3_value_text(values[0]) : NULL;
  bool is_found = false;
  for (int i = 1; i < n && part != NULL && !is_found; i++) {
    const unsigned char *text = sqlite3_value_text(values[i]);
    is_found = text != NULL && has_part(text, part);
  }
  sqlite3_result_int(context, is_found);
}

enum err sql_add_functions(sqlite3 *db) {
  int rc = sqlite3_create_function(
      db, "found", -1, SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS,
      NULL, found, NULL, NULL);
  return rc == SQLITE_OK ? OK : sql_failure(db, rc);
}

/* ---- a statement at work ---- */

enum err sql_prepare(struct ledger *l, enum query which) {
  if (l->statements[which] != NULL)
    return OK;
  int rc = sqlite3_prepare_v3(l->db, statement_texts[which], -1,
                              SQLITE_PREPARE_PERSISTENT, &l->statements[which],
                              NULL);
  return rc == SQLITE_OK ? OK : sql_failure(l->db, rc);
}

void row_open(struct row *r, struct ledger *l, enum query which) {
  *r = (struct row){.db = l->db, .err = sql_prepare(l, which)};
  r->q = l->statements[which];
}

bool row_next(struct row *r) {
  if (r->err != OK)
    return false;
  r->n = 0;
  int rc = sqlite3_step(r->q);
  if (rc == SQLITE_ROW)
    return true;
  if (rc != SQLITE_DONE)
    r->err = sql_failure(r->db, rc);
  return false;
}

enum err row_close(struct row *r) {
  if (r->q != NULL)
    sqlite3_reset(r->q); /* its error is that of the step */
  return r->err;
}

enum err row_run(struct row *r) {
  while (row_next(r))
    ;
  return row_close(r);
}

static void put_done(struct row *r, int rc) {
  if (rc != SQLITE_OK)
    r->err = sql_failure(r->db, rc);
}

void put_int(struct row *r, int64_t n) {
  if (r->err == OK)
    put_done(r, sqlite3_bind_int64(r->q, ++r->n, n));
}

void put_null(struct row *r) {
  if (r->err == OK)
    put_done(r, sqlite3_bind_null(r->q, ++r->n));
}

void put_id(struct row *r, int64_t id) {
  if (id == 0)
    put_null(r);
  else
    put_int(r, id);
}

void put_time(struct row *r, wall_ms at) {
  if (at == WALL_NEVER)
    put_null(r);
  else
    put_int(r, at);
}

void put_double(struct row *r, double x) {
  if (isnan(x))
    put_null(r);
  else if (r->err == OK)
    put_done(r, sqlite3_bind_double(r->q, ++r->n, x));
}

void put_text(struct row *r, const char *text) {
  if (r->err == OK)
    put_done(r, sqlite3_bind_text(r->q, ++r->n, text, -1, SQLITE_STATIC));
}

void put_blob(struct row *r, const void *bytes, size_t n) {
  if (r->err == OK)
    put_done(r, sqlite3_bind_blob64(r->q, ++r->n, bytes, n, SQLITE_STATIC));
}

int64_t get_int(struct row *r) { return sqlite3_column_int64(r->q, r->n++); }

unsigned get_count(struct row *r) {
  int64_t n = get_int(r);
  return n < 0 ? 0 : n > UINT_MAX ? UINT_MAX : (unsigned)n;
}

static bool is_null(const struct row *r) {
  return sqlite3_column_type(r->q, r->n) == SQLITE_NULL;
}

/* NULL is read as zero or none: only of those it is asked which they are. */

wall_ms get_time(struct row *r) {
  wall_ms at = sqlite3_column_int64(r->q, r->n);
  bool is_never = at == 0 && is_null(r);
  r->n++;
  return is_never ? WALL_NEVER : at;
}

double get_double(struct row *r) {
  double x = sqlite3_column_double(r->q, r->n);
  bool is_none = x == 0 && is_null(r);
  r->n++;
  return is_none ? NAN : x;
}

bool get_flag(struct row *r) { return get_int(r) != 0; }

const char *get_text(struct row *r) {
  const char *text = (const char *)sqlite3_column_text(r->q, r->n);
  if (text == NULL && !is_null(r) && r->err == OK)
    r->err = ERR_NOMEM;
  r->n++;
  return text;
}

char *get_own_text(struct row *r) {
  const char *text = get_text(r);
  char *copy = text != NULL ? strdup(text) : NULL;
  if (text != NULL && copy == NULL && r->err == OK)
    r->err = ERR_NOMEM;
  return copy;
}

const void *get_blob(struct row *r, size_t *n) {
  const void *bytes = sqlite3_column_blob(r->q, r->n);
  *n = (size_t)sqlite3_column_bytes(r->q, r->n++);
  return bytes;
}

int get_name(struct row *r, const char *const *names, int n) {
  const char *text = get_text(r);
  for (int i = 0; i < n && text != NULL; i++)
    if (strcmp(text, names[i]) == 0)
      return i;
  if (r->err == OK) {
    r->err = ERR_CORRUPT;
    sql_set_why("a row says \"%.40s\" where it cannot",
                text != NULL ? text : "");
  }
  return 0;
}
