/* SPDX-License-Identifier: MIT */
#include "alone.h"
#include "rig.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TABLES 5
#define ALERTS 2
#define COLUMNS_MAX 64

/* Those with an incident's rows; what is referred to comes first. */
static const char *const tables[TABLES] = {"incident", "run", "alert", "page",
                                           "timeline"};

/* ---- looking ---- */

static sqlite3 *open_ledger(const char *path, int flags) {
  sqlite3 *db = NULL;
  if (sqlite3_open_v2(path, &db, flags, NULL) != SQLITE_OK) {
    trouble("%s: %s", path, db == NULL ? "no memory" : sqlite3_errmsg(db));
    sqlite3_close(db);
    return NULL;
  }
  sqlite3_busy_timeout(db, 10000);
  return db;
}

static bool run_sql(sqlite3 *db, const char *sql) {
  char *why = NULL;
  if (sqlite3_exec(db, sql, NULL, NULL, &why) == SQLITE_OK)
    return true;
  trouble("%s: %s", sql, why == NULL ? "failed" : why);
  sqlite3_free(why);
  return false;
}

static sqlite3_stmt *prepare(sqlite3 *db, const char *sql) {
  sqlite3_stmt *s = NULL;
  if (sqlite3_prepare_v2(db, sql, -1, &s, NULL) != SQLITE_OK)
    trouble("%s: %s", sql, sqlite3_errmsg(db));
  return s;
}

static bool number(sqlite3 *db, const char *sql, int64_t *n) {
  sqlite3_stmt *s = prepare(db, sql);
  bool is_ok = s != NULL && sqlite3_step(s) == SQLITE_ROW;
  if (is_ok)
    *n = sqlite3_column_int64(s, 0);
  sqlite3_finalize(s);
  return is_ok;
}

bool ledger_number(const char *path, const char *sql, int64_t *n) {
  sqlite3 *db = open_ledger(path, SQLITE_OPEN_READONLY);
  bool is_ok = db != NULL && number(db, sql, n);
  sqlite3_close(db);
  return is_ok;
}

bool ledger_until(const char *path, const char *sql, int64_t n,
                  unsigned timeout_ms) {
  uint64_t end = now_ns() + (uint64_t)timeout_ms * 1000000u;
  sqlite3 *db = open_ledger(path, SQLITE_OPEN_READONLY);
  int64_t is = -1;
  while (db != NULL && number(db, sql, &is) && is != n && now_ns() < end)
    nap(2);
  sqlite3_close(db);
  return is == n || trouble("%s: %" PRId64 " instead of %" PRId64, sql, is, n);
}

sqlite3 *ledger_lock(const char *path) {
  sqlite3 *db = open_ledger(path, SQLITE_OPEN_READWRITE);
  if (db != NULL && !run_sql(db, "BEGIN EXCLUSIVE")) {
    sqlite3_close(db);
    return NULL;
  }
  return db;
}

void ledger_unlock(sqlite3 *own_db) {
  if (own_db != NULL)
    run_sql(own_db, "ROLLBACK");
  sqlite3_close(own_db);
}

/* ---- rows in memory ---- */

struct cell {
  int type, len;
  union {
    int64_t integer;
    double real;
    void *bytes; /* owned */
  } is;
};

struct rows {
  struct cell *cells; /* row after row */
  size_t n, size;     /* rows */
  int columns;
};

struct alone {
  sqlite3 *from, *to;
  struct rows rows[TABLES];
  sqlite3_stmt *insert[TABLES];
};

static void rows_clear(struct rows *r) {
  for (size_t i = 0; i < r->n * (size_t)r->columns; i++)
    if (r->cells[i].type == SQLITE_TEXT || r->cells[i].type == SQLITE_BLOB)
      free(r->cells[i].is.bytes);
  r->n = 0;
}

static bool take_cell(sqlite3_stmt *s, int column, struct cell *c) {
  *c = (struct cell){.type = sqlite3_column_type(s, column)};
  switch (c->type) {
  case SQLITE_INTEGER:
    c->is.integer = sqlite3_column_int64(s, column);
    return true;
  case SQLITE_FLOAT:
    c->is.real = sqlite3_column_double(s, column);
    return true;
  case SQLITE_NULL:
    return true;
  default:
    break;
  }
  const void *bytes = sqlite3_column_blob(s, column);
  c->len = sqlite3_column_bytes(s, column);
  c->is.bytes = malloc((size_t)c->len + 1);
  if (c->is.bytes == NULL) {
    c->type = SQLITE_NULL;
    return false;
  }
  if (c->len > 0)
    memcpy(c->is.bytes, bytes, (size_t)c->len);
  return true;
}

static bool rows_take(struct rows *r, sqlite3_stmt *s) {
  if (r->n == r->size) {
    size_t more = r->size == 0 ? 16 : r->size * 2;
    struct cell *grown =
        realloc(r->cells, more * (size_t)r->columns * sizeof *grown);
    if (grown == NULL)
      return trouble("no memory");
    r->cells = grown;
    r->size = more;
  }
  struct cell *c = r->cells + r->n++ * (size_t)r->columns;
  bool is_ok = true;
  for (int i = 0; i < r->columns; i++)
    is_ok = take_cell(s, i, &c[i]) && is_ok;
  return is_ok || trouble("no memory");
}

static bool rows_insert(const struct rows *r, size_t row, sqlite3_stmt *s) {
  const struct cell *c = r->cells + row * (size_t)r->columns;
  for (int i = 0; i < r->columns; i++) {
    switch (c[i].type) {
    case SQLITE_INTEGER:
      sqlite3_bind_int64(s, i + 1, c[i].is.integer);
      break;
    case SQLITE_FLOAT:
      sqlite3_bind_double(s, i + 1, c[i].is.real);
      break;
    case SQLITE_NULL:
      sqlite3_bind_null(s, i + 1);
      break;
    case SQLITE_TEXT:
      sqlite3_bind_text(s, i + 1, c[i].is.bytes, c[i].len, SQLITE_STATIC);
      break;
    default:
      sqlite3_bind_blob(s, i + 1, c[i].is.bytes, c[i].len, SQLITE_STATIC);
    }
  }
  bool is_ok = sqlite3_step(s) == SQLITE_DONE;
  sqlite3_reset(s);
  return is_ok;
}

/* ---- alone ---- */

static bool copy_schema(sqlite3 *from, sqlite3 *to) {
  /* Tables first, and no table of SQLite's own. */
  sqlite3_stmt *s = prepare(
      from, "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT "
            "LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY type <> 'table', rowid");
  bool is_ok = s != NULL;
  while (is_ok && sqlite3_step(s) == SQLITE_ROW)
    is_ok = run_sql(to, (const char *)sqlite3_column_text(s, 0));
  sqlite3_finalize(s);
  return is_ok;
}

static bool prepare_insert(struct alone *a, int table) {
  char sql[COLUMNS_MAX * 2 + 64];
  snprintf(sql, sizeof sql, "SELECT * FROM %s", tables[table]);
  sqlite3_stmt *s = prepare(a->to, sql);
  int n = s == NULL ? 0 : sqlite3_column_count(s);
  sqlite3_finalize(s);
  if (n < 1 || n > COLUMNS_MAX)
    return false;
  a->rows[table].columns = n;
  snprintf(sql, sizeof sql, "INSERT INTO %s VALUES (?", tables[table]);
  for (int i = 1; i < n; i++)
    strncat(sql, ",?", sizeof sql - strlen(sql) - 1);
  strncat(sql, ")", sizeof sql - strlen(sql) - 1);
  a->insert[table] = prepare(a->to, sql);
  return a->insert[table] != NULL;
}

bool alone_start(const char *like, const char *path, struct alone **own_alone) {
  struct alone *a = calloc(1, sizeof *a);
  if (a == NULL)
    return trouble("no memory");
  a->from = open_ledger(like, SQLITE_OPEN_READONLY);
  a->to = open_ledger(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE |
                                SQLITE_OPEN_NOMUTEX);
  bool is_ok = a->from != NULL && a->to != NULL &&
               run_sql(a->to, "PRAGMA journal_mode=WAL;"
                              "PRAGMA synchronous=FULL;"
                              "PRAGMA foreign_keys=ON;"
                              "PRAGMA wal_autocheckpoint=0") &&
               copy_schema(a->from, a->to);
  for (int i = 0; i < TABLES && is_ok; i++)
    is_ok = prepare_insert(a, i);
  if (!is_ok) {
    alone_end(a);
    return false;
  }
  *own_alone = a;
  return true;
}

void alone_end(struct alone *a) {
  if (a == NULL)
    return;
  for (int i = 0; i < TABLES; i++) {
    rows_clear(&a->rows[i]);
    free(a->rows[i].cells);
    sqlite3_finalize(a->insert[i]);
  }
  sqlite3_close(a->from);
  sqlite3_close(a->to);
  free(a);
}

bool alone_read(struct alone *a, int64_t incident) {
  bool is_ok = true;
  for (int i = 0; i < TABLES && is_ok; i++) {
    char sql[128];
    snprintf(sql, sizeof sql,
             "SELECT * FROM %s WHERE %s = %" PRId64 " ORDER BY rowid",
             tables[i], i == 0 ? "id" : "incident", incident);
    rows_clear(&a->rows[i]);
    sqlite3_stmt *s = prepare(a->from, sql);
    int result = SQLITE_ERROR;
    while (s != NULL && is_ok && (result = sqlite3_step(s)) == SQLITE_ROW)
      is_ok = rows_take(&a->rows[i], s);
    is_ok = is_ok && result == SQLITE_DONE;
    sqlite3_finalize(s);
  }
  return is_ok && (a->rows[0].n == 1 ||
                   trouble("there is no incident %" PRId64, incident));
}

static bool insert_all(struct alone *a, int table) {
  for (size_t i = 0; i < a->rows[table].n; i++)
    if (!rows_insert(&a->rows[table], i, a->insert[table]))
      return false;
  return true;
}

static bool insert_alerts(struct alone *a, unsigned batch) {
  bool is_ok = a->rows[ALERTS].n > 0 || trouble("there are no alerts");
  for (size_t i = 0; is_ok && i < a->rows[ALERTS].n; i++) {
    if (i % batch == 0)
      is_ok = (i == 0 || run_sql(a->to, "COMMIT")) &&
              run_sql(a->to, "BEGIN IMMEDIATE");
    is_ok = is_ok && rows_insert(&a->rows[ALERTS], i, a->insert[ALERTS]);
  }
  return is_ok && run_sql(a->to, "COMMIT");
}

bool alone_write(struct alone *a, unsigned batch, double *took) {
  uint64_t before = now_ns();
  bool is_ok = run_sql(a->to, "BEGIN IMMEDIATE");
  for (int i = 0; i < TABLES; i++)
    if (batch == 0 || i != ALERTS)
      is_ok = is_ok && insert_all(a, i);
  is_ok = is_ok && run_sql(a->to, "COMMIT");
  if (batch > 0) {
    before = now_ns();
    is_ok = is_ok && insert_alerts(a, batch);
  }
  *took = (double)(now_ns() - before);
  return is_ok || trouble("SQLite alone: %s", sqlite3_errmsg(a->to));
}

/* ---- a ledger with a history ---- */

#define STRIDE 100 /* more than any number in the ledger that is copied */
#define APART_MS 30000

static bool is_one_of(const char *name, const char *const *names) {
  for (; *names != NULL; names++)
    if (strcmp(name, *names) == 0)
      return true;
  return false;
}

/* What a column of copy i (of n) says, from the original's row o. */
static void add_column(char *sql, size_t size, const char *name,
                       const char *type, int64_t copies) {
  static const char *const numbers[] = {"id", "seq", "incident", "run", NULL};
  static const char *const times[] = {"at",   "since",      "received",
                                      "sent", "good_since", NULL};
  size_t len = strlen(sql), name_len = strlen(name);
  bool is_integer = strcmp(type, "INTEGER") == 0;
  bool is_time = is_one_of(name, times) ||
                 (name_len > 3 && strcmp(name + name_len - 3, "_at") == 0);
  if (is_integer && is_one_of(name, numbers))
    snprintf(sql + len, size - len, "o.%s + i * %d", name, STRIDE);
  else if (is_integer && is_time)
    snprintf(sql + len, size - len, "o.%s - (%" PRId64 " - i) * %d", name,
             copies, APART_MS);
  else if (strcmp(name, "id") == 0)
    snprintf(sql + len, size - len,
             "substr(o.id, 1, length(o.id) - 8) || printf('%%08d', i)");
  else
    snprintf(sql + len, size - len, "o.\"%s\"", name);
}

static bool fill_table(sqlite3 *db, const char *table, int64_t copies) {
  char sql[4096], columns[2048] = "";
  snprintf(sql, sizeof sql, "PRAGMA table_info(%s)", table);
  sqlite3_stmt *s = prepare(db, sql);
  while (s != NULL && sqlite3_step(s) == SQLITE_ROW) {
    if (columns[0] != '\0')
      strncat(columns, ", ", sizeof columns - strlen(columns) - 1);
    add_column(columns, sizeof columns, (const char *)sqlite3_column_text(s, 1),
               (const char *)sqlite3_column_text(s, 2), copies);
  }
  sqlite3_finalize(s);
  snprintf(sql, sizeof sql,
           "CREATE TEMP TABLE original AS SELECT * FROM main.%s;"
           "INSERT INTO main.%s WITH RECURSIVE copy(i) AS (SELECT 1 UNION ALL "
           "SELECT i + 1 FROM copy WHERE i < %" PRId64 ") SELECT %s FROM copy, "
           "original AS o;"
           "DROP TABLE temp.original",
           table, table, copies, columns);
  return columns[0] != '\0' && run_sql(db, sql);
}

bool ledger_lengthen(const char *path, int64_t incident, int64_t entries) {
  char sql[1024];
  sqlite3 *db = open_ledger(path, SQLITE_OPEN_READWRITE);
  snprintf(sql, sizeof sql,
           "INSERT INTO timeline (incident, at, recorded_at, kind, by, text,"
           " important) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL"
           " SELECT i + 1 FROM n WHERE i < %" PRId64 ")"
           " SELECT id, declared_at - i * 5000, declared_at - i * 5000,"
           " iif(i %% 3 = 0, 'note', 'alert'), iif(i %% 3 = 0, 'bob', NULL),"
           " 'web1/memory/percent-used <' || i || '>: failure above 95, see"
           " https://graphs.example.com/d/1?from=' || i, i %% 10 = 0"
           " FROM n, incident WHERE id = %" PRId64,
           entries, incident);
  bool is_ok = db != NULL && run_sql(db, sql);
  sqlite3_close(db);
  return is_ok;
}

bool ledger_fill(const char *path, int64_t copies) {
  sqlite3 *db = open_ledger(path, SQLITE_OPEN_READWRITE);
  bool is_ok = db != NULL && run_sql(db, "PRAGMA synchronous=OFF;"
                                         "PRAGMA cache_size=-400000;"
                                         "PRAGMA temp_store=MEMORY;"
                                         "BEGIN IMMEDIATE");
  for (int i = 0; i < TABLES && is_ok; i++)
    is_ok = fill_table(db, tables[i], copies);
  is_ok = is_ok && run_sql(db, "COMMIT; PRAGMA synchronous=FULL;"
                               "PRAGMA wal_checkpoint(TRUNCATE)");
  sqlite3_close(db);
  return is_ok;
}
