/* SPDX-License-Identifier: MIT */
/* A document for people, piece by piece: as Markdown (CommonMark with GitHub's
 * tables) or as one page of HTML that needs nothing else and runs nothing. All
 * texts are given as they came and are escaped here. */
#ifndef INCIDENT_DOCUMENT_H
#define INCIDENT_DOCUMENT_H

#include "base/buf.h"
#include "base/clock.h"
#include "core/chart.h"
#include "core/markup.h"

#include <stdbool.h>

#define DOCUMENT_MAX (64 * 1024 * 1024)

struct document {
  struct buf out; /* its error is sticky */
  enum markup markup;
  size_t columns; /* of the table that is being written */
  size_t cell;    /* of the row that is being written */
};

/* markup: MARKUP_MARKDOWN or MARKUP_HTML. */
void document_begin(struct document *d, enum markup markup, const char *title);
/* The caller frees *own_text; d is empty after, also on ERR_NOMEM and
 * ERR_CEILING. */
enum err document_end(struct document *d, char **own_text);
/* Instead of the end. */
void document_drop(struct document *d);

/* level: 2 or 3. */
void document_heading(struct document *d, int level, const char *text);
/* A sentence of the program itself. */
void document_say(struct document *d, const char *text);
/* The same, so that nobody takes it for something that was said: what is still
 * to be written here. */
void document_gap(struct document *d, const char *text);
/* What a person wrote: an empty line ends a paragraph, lines that begin with
 * "- " or "* " are a list, other ends of lines are kept. */
void document_words(struct document *d, const char *text);

/* Between _begin and _end; name NULL: none. */
void document_items_begin(struct document *d);
void document_item(struct document *d, const char *name, const char *text);
void document_items_end(struct document *d);

/* Cells are given row by row. */
void document_table(struct document *d, const char *const *heads, size_t n);
void document_cell(struct document *d, const char *text); /* NULL is "" */
void document_cell_time(struct document *d, wall_ms at);  /* WALL_NEVER: "" */
/* A label that leads to a URL, or the text alone where that is none. */
void document_cell_link(struct document *d, const char *label, const char *url);
void document_cell_chart(struct document *d, const struct chart *chart);
void document_table_end(struct document *d);

/* "2026-11-21 10:00:00 UTC" */
#define DOCUMENT_TIME 32
void document_print_time(wall_ms at, char out[DOCUMENT_TIME]);

#endif
