/* SPDX-License-Identifier: MIT */
/* SQLite alone: the rows that the plugin has written, written again into a new
 * ledger of the same schema, on the same disk, with the same settings and
 * nothing else around. Also the driver's own looks at a ledger. */
#ifndef BENCH_ALONE_H
#define BENCH_ALONE_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

/* The first column of the first row; opens and closes the ledger. */
bool ledger_number(const char *path, const char *sql, int64_t *n);
/* Until the number is n; false after the time is over. */
bool ledger_until(const char *path, const char *sql, int64_t n,
                  unsigned timeout_ms);
/* Takes the write lock; NULL if it cannot be had. */
sqlite3 *ledger_lock(const char *path);
void ledger_unlock(sqlite3 *own_db);

struct alone;

/* path must not exist. The caller alone_ends it. */
bool alone_start(const char *like, const char *path, struct alone **own_alone);
void alone_end(struct alone *a);

/* Reads an incident's rows, all tables', into memory. */
bool alone_read(struct alone *a, int64_t incident);
/* Commits what was read: its alerts in transactions of so many rows (0: with
 * all the rest in one), the rest before that, and not timed then. *took is in
 * nanoseconds. */
bool alone_write(struct alone *a, unsigned batch, double *took);

/* Copies incident 1 of the ledger, with all its rows, so many times, as if it
 * had happened every 30 s up to now. No daemon may have it. */
bool ledger_fill(const char *path, int64_t copies);

/* So many entries more in the timeline of an incident, five seconds apart
 * before it was declared. */
bool ledger_lengthen(const char *path, int64_t incident, int64_t entries);

#endif
