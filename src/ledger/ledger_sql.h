/* SPDX-License-Identifier: MIT */
/* The inside of this room: the handle, its statements, and rows being filled or
 * read column by column. For src/ledger/ alone. */
#ifndef INCIDENT_LEDGER_SQL_H
#define INCIDENT_LEDGER_SQL_H

#include "ledger/ledger.h"
#include "ledger/statements.h"

#include <sqlite3.h>

enum query {
#define STATEMENT(name, sql) SQL_##name,
  STATEMENT_LIST
#undef STATEMENT
      STATEMENTS
};

struct ledger {
  sqlite3 *db;
  char *path;
  int lock_fd; /* holds byte 1 of the lock file shared; -1: none */
  sqlite3_stmt *statements[STATEMENTS]; /* NULL: not prepared yet */
  int64_t wait_ns;                      /* how long to wait for a lock */
  int64_t wait_from;                    /* since when, monotonic */
  int64_t data_version;
};

extern const char *const statement_texts[STATEMENTS];
extern const char *const unsure_names[3]; /* enum unsure */
extern const char *const reach_names[3];  /* enum reach */

/* How long reads and opening wait for a lock; rare in WAL mode. */
#define LEDGER_READ_WAIT_MS 500

/* The one line about the last failure of this thread. */
const char *sql_why(void);
void sql_set_why(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* What an error of SQLite means; sets the line. rc as it came, extended. */
enum err sql_failure(sqlite3 *db, int rc);

/* Runs fixed text, which may be several statements. */
enum err sql_exec(sqlite3 *db, const char *text);
/* The first column of the first row. */
enum err sql_number(sqlite3 *db, const char *text, int64_t *number);

/* So that the first use of the statement need not. */
enum err sql_prepare(struct ledger *l, enum query which);

/* Adds to a handle what the statements call:
 * found(text, in, ...): does one of the others have the text in it, ASCII
 * letters of either case? Thrice as fast as LIKE with its patterns. */
enum err sql_add_functions(sqlite3 *db);

/* ---- a statement at work ---- */

/* Parameters are filled, and columns read, in the order in which they stand in
 * the statement's text. The error is sticky. Each open is closed. */
struct row {
  sqlite3 *db;
  sqlite3_stmt *q;
  int n; /* parameters filled, or columns read */
  enum err err;
};

void row_open(struct row *r, struct ledger *l, enum query which);
/* Steps: true with a row to be read from its first column, false at the end or
 * on an error. */
bool row_next(struct row *r);
/* Resets the statement; the error so far. */
enum err row_close(struct row *r);
/* For a statement without rows: steps it to its end, and closes. */
enum err row_run(struct row *r);

void put_int(struct row *r, int64_t n);
void put_id(struct row *r, int64_t id); /* 0 is NULL */
void put_time(struct row *r, wall_ms at);
void put_double(struct row *r, double x);       /* NaN is NULL */
void put_text(struct row *r, const char *text); /* borrowed until close */
void put_null(struct row *r);
/* Borrowed until close. */
void put_blob(struct row *r, const void *bytes, size_t n);

int64_t get_int(struct row *r);
unsigned get_count(struct row *r);
wall_ms get_time(struct row *r); /* NULL is WALL_NEVER */
double get_double(struct row *r);
bool get_flag(struct row *r);
/* Belongs to the row; NULL is NULL. */
const char *get_text(struct row *r);
/* The caller frees it; ERR_NOMEM is remembered. */
char *get_own_text(struct row *r);
/* Belongs to the row; NULL and 0 when it is empty. */
const void *get_blob(struct row *r, size_t *n);
/* The position among n names; another text is ERR_CORRUPT. */
int get_name(struct row *r, const char *const *names, int n);

/* ---- locks (ledger_lock.c) ---- */

/* Takes byte 1 shared; *fd is -1 where the process owns the ledger's lock, or
 * cannot open it. ERR_BUSY: the ledger is being replaced. */
enum err lock_share(const char *path, int *fd);
void lock_unshare(int fd);
/* Takes byte 1 exclusively, waiting that long; false: others still have it.
 * ERR_CONFLICT: the process does not own the ledger. */
enum err lock_exclude(const char *path, span_ms wait, bool *has_it);
void lock_include(void);

/* ---- opening (ledger.c), for a salvage ---- */

/* Creates a ledger of the newest schema at a path of no file. */
enum err ledger_create(const char *path, struct ledger **own_ledger);

#endif
