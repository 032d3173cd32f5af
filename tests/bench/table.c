/* SPDX-License-Identifier: MIT */
#include "table.h"

#include <stdarg.h>
#include <string.h>

void table_head(struct table *t) {
  fputs("| what | measured | SQLite alone | at most | |\n"
        "| --- | --- | --- | --- | --- |\n",
        t->out);
  fflush(t->out);
}

static void print(struct table *t, const char *what, const char *measured,
                  const char *alone, const char *limit, const char *verdict) {
  fprintf(t->out, "| %s | %s | %s | %s | %s |\n", what, measured, alone, limit,
          verdict);
  fflush(t->out);
}

void table_row(struct table *t, const char *what, const char *measured,
               const char *alone, const char *limit, bool is_held) {
  print(t, what, measured, alone, limit, is_held ? "holds" : "**missed**");
  if (is_held)
    t->held++;
  else
    t->missed++;
}

void table_note(struct table *t, const char *what, const char *measured) {
  print(t, what, measured, "", "", "");
}

const char *table_text(const char *format, ...) {
  static char texts[16][200];
  static unsigned next;
  char *text = texts[next++ % 16];
  va_list args;
  va_start(args, format);
  vsnprintf(text, sizeof texts[0], format, args);
  va_end(args);
  return text;
}
