/* SPDX-License-Identifier: MIT */
/* Text for people: aligned columns and colours. What comes from outside is
 * shown with its control characters made visible. Columns are counted as a
 * terminal does; without a terminal nothing is coloured, cut or wrapped. */
#ifndef INCIDENT_CTL_TABLE_H
#define INCIDENT_CTL_TABLE_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum ctl_colour {
  COLOUR_NONE,
  COLOUR_BOLD,
  COLOUR_DIM,
  COLOUR_RED,
  COLOUR_YELLOW,
  COLOUR_GREEN,
  COLOURS
};

struct ctl_style {
  bool has_colour;
  size_t width; /* of the terminal; 0: no limit */
};

/* What out is: a terminal's width is COLUMNS or what it says itself, colours
 * are for a terminal without NO_COLOR. */
void ctl_style_of(FILE *out, struct ctl_style *style);

/* Prints text, coloured, its control characters visible. */
void ctl_put(FILE *out, const struct ctl_style *style, enum ctl_colour colour,
             const char *text);

/* The same into a buffer. */
void ctl_add(struct buf *out, const struct ctl_style *style,
             enum ctl_colour colour, const char *text);

struct ctl_column {
  const char *head; /* NULL in all of them: no line of heads */
  bool is_right;    /* aligned to the right */
};

#define CTL_COLUMNS_MAX 16

struct ctl_cell {
  char *text; /* visible already */
  enum ctl_colour colour;
};

/* Rows are kept until ctl_table_end, but no more than some at a time: then they
 * are printed, and columns do not get narrower any more. A column in which
 * nothing stands is left out. The last column is cut to the terminal's width,
 * or wrapped. */
struct ctl_table {
  FILE *out;
  struct ctl_style style;
  const struct ctl_column *columns;
  size_t columns_n;
  size_t indent; /* of each line */
  bool is_wrapped;
  bool has_lines; /* wrapped; of a cell below each other */
  bool is_begun;  /* heads have been printed */
  size_t widths[CTL_COLUMNS_MAX];
  bool is_used[CTL_COLUMNS_MAX];
  struct ctl_cell *cells;
  size_t cells_n, cells_cap;
  enum err err; /* sticky */
};

void ctl_table_begin(struct ctl_table *t, FILE *out,
                     const struct ctl_style *style,
                     const struct ctl_column *columns, size_t columns_n);
/* The next cell, row by row. NULL is "". */
void ctl_table_add(struct ctl_table *t, enum ctl_colour colour,
                   const char *text);
void ctl_table_addf(struct ctl_table *t, enum ctl_colour colour,
                    const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Prints the rest and frees. ERR_NOMEM: something is missing. */
enum err ctl_table_end(struct ctl_table *t);

#endif
