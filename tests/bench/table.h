/* SPDX-License-Identifier: MIT */
/* What was measured, as a Markdown table. */
#ifndef BENCH_TABLE_H
#define BENCH_TABLE_H

#include <stdbool.h>
#include <stdio.h>

struct table {
  FILE *out;
  unsigned held, missed;
};

/* Columns: what, measured, SQLite alone ("": not compared), limit. */
void table_head(struct table *t);
void table_row(struct table *t, const char *what, const char *measured,
               const char *alone, const char *limit, bool is_held);
/* A figure without a limit. */
void table_note(struct table *t, const char *what, const char *measured);

/* Text for a cell, good until called 16 times more. */
const char *table_text(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

#endif
