/* SPDX-License-Identifier: MIT */
#include "core/document.h"

#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_MAX (1024 * 1024) /* of one piece, escapes included */
#define NAME_MAX_BYTES 1024

static const char head[] =
    "<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width\">\n"
    "<meta http-equiv=\"Content-Security-Policy\" "
    "content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
    "<style>\n"
    "body{font:16px/1.5 sans-serif;max-width:60em;margin:2em "
    "auto;padding:0 1em;color:#222}\n"
    "table{border-collapse:collapse;font-size:90%}\n"
    "th,td{border:1px solid #ccc;padding:.2em .5em;text-align:left;"
    "vertical-align:top;overflow-wrap:anywhere}\n"
    "th{background:#f3f3f3}\n"
    ".gap{color:#a40;font-style:italic}\n"
    "svg{font-size:12px;max-width:100%;height:auto}\n"
    ".v{fill:none;stroke:#06c;stroke-width:1.5}\n"
    ".w{stroke:#c80;stroke-dasharray:4}\n"
    ".f{stroke:#c00;stroke-dasharray:4}\n"
    ".y,.u{text-anchor:end}\n"
    "</style>\n";

static bool is_html(const struct document *d) {
  return d->markup == MARKUP_HTML;
}

static void add(struct document *d, const char *text) {
  buf_add(&d->out, text);
}

static void add_text(struct document *d, const char *text) {
  markup_add(&d->out, d->markup, text + strspn(text, " "), TEXT_MAX);
}

void document_begin(struct document *d, enum markup markup, const char *title) {
  *d = (struct document){.markup = markup};
  buf_init(&d->out, DOCUMENT_MAX);
  if (is_html(d)) {
    add(d, "<!DOCTYPE html>\n<html lang=\"en\">\n");
    add(d, head);
    add(d, "<title>");
    add_text(d, title);
    add(d, "</title>\n<h1>");
    add_text(d, title);
    add(d, "</h1>\n");
  } else {
    add(d, "# ");
    add_text(d, title);
    add(d, "\n\n");
  }
}

enum err document_end(struct document *d, char **own_text) {
  if (is_html(d))
    add(d, "</html>\n");
  enum err err = buf_take(&d->out, own_text);
  document_drop(d);
  return err;
}

void document_drop(struct document *d) { buf_fini(&d->out); }

void document_heading(struct document *d, int level, const char *text) {
  if (is_html(d))
    buf_addf(&d->out, "<h%d>", level);
  else
    add(d, level == 2 ? "## " : "### ");
  add_text(d, text);
  if (is_html(d))
    buf_addf(&d->out, "</h%d>\n", level);
  else
    add(d, "\n\n");
}

void document_say(struct document *d, const char *text) {
  if (is_html(d))
    add(d, "<p>");
  add_text(d, text);
  add(d, is_html(d) ? "</p>\n" : "\n\n");
}

void document_gap(struct document *d, const char *text) {
  add(d, is_html(d) ? "<p class=\"gap\">" : "*");
  add_text(d, text);
  add(d, is_html(d) ? "</p>\n" : "*\n\n");
}

/* ---- what a person wrote ---- */

enum run { RUN_NONE, RUN_PARAGRAPH, RUN_LIST };

static void end_run(struct document *d, enum run run) {
  if (run == RUN_NONE)
    return;
  if (is_html(d))
    add(d, run == RUN_LIST ? "</ul>\n" : "</p>\n");
  else
    add(d, run == RUN_LIST ? "\n" : "\n\n");
}

/* After run; returns what it is in now. */
static enum run add_line(struct document *d, enum run run, const char *line) {
  bool is_item = strncmp(line, "- ", 2) == 0 || strncmp(line, "* ", 2) == 0;
  enum run next = is_item ? RUN_LIST : RUN_PARAGRAPH;
  if (line[0] == '\0')
    next = RUN_NONE;
  if (next != run) {
    end_run(d, run);
    if (is_html(d) && next != RUN_NONE)
      add(d, is_item ? "<ul>\n" : "<p>");
  } else if (next == RUN_PARAGRAPH) {
    add(d, is_html(d) ? "<br>\n" : "\\\n");
  }
  if (next == RUN_LIST)
    add(d, is_html(d) ? "<li>" : "- ");
  if (next != RUN_NONE)
    add_text(d, is_item ? line + 2 : line);
  if (next == RUN_LIST)
    add(d, is_html(d) ? "</li>\n" : "\n");
  return next;
}

void document_words(struct document *d, const char *text) {
  enum run run = RUN_NONE;
  char *copy = strdup(text), *rest = copy, *line;
  if (copy == NULL) {
    d->out.err = ERR_NOMEM;
    return;
  }
  for (char *c = copy; *c != '\0'; c++)
    if (*c == '\t' || *c == '\r')
      *c = ' ';
  while ((line = strsep(&rest, "\n")) != NULL) {
    size_t len = strlen(line);
    while (len > 0 && line[len - 1] == ' ')
      line[--len] = '\0';
    run = add_line(d, run, line + strspn(line, " "));
  }
  end_run(d, run);
  free(copy);
}

/* ---- lists ---- */

void document_items_begin(struct document *d) {
  if (is_html(d))
    add(d, "<ul>\n");
}

void document_item(struct document *d, const char *name, const char *text) {
  add(d, is_html(d) ? "<li>" : "- ");
  if (name != NULL) {
    add(d, is_html(d) ? "<b>" : "**");
    add_text(d, name);
    add(d, is_html(d) ? "</b>: " : "**: ");
  }
  add_text(d, text);
  add(d, is_html(d) ? "</li>\n" : "\n");
}

void document_items_end(struct document *d) {
  add(d, is_html(d) ? "</ul>\n" : "\n");
}

/* ---- tables ---- */

void document_table(struct document *d, const char *const *heads, size_t n) {
  d->columns = n;
  d->cell = 0;
  add(d, is_html(d) ? "<table>\n<tr>" : "|");
  for (size_t i = 0; i < n; i++) {
    add(d, is_html(d) ? "<th>" : " ");
    add_text(d, heads[i]);
    add(d, is_html(d) ? "</th>" : " |");
  }
  add(d, is_html(d) ? "</tr>\n" : "\n|");
  for (size_t i = 0; i < n && !is_html(d); i++)
    add(d, " --- |");
  if (!is_html(d))
    add(d, "\n");
}

static void begin_cell(struct document *d) {
  if (is_html(d))
    add(d, d->cell == 0 ? "<tr><td>" : "<td>");
  else
    add(d, d->cell == 0 ? "| " : " ");
}

static void end_cell(struct document *d) {
  add(d, is_html(d) ? "</td>" : " |");
  d->cell++;
  if (d->cell < d->columns)
    return;
  add(d, is_html(d) ? "</tr>\n" : "\n");
  d->cell = 0;
}

void document_cell(struct document *d, const char *text) {
  bool is_first = true;
  begin_cell(d);
  if (text != NULL && strchr(text, '\n') == NULL) {
    add_text(d, text);
    text = NULL;
  }
  for (const char *at = text != NULL ? text : ""; *at != '\0';) {
    size_t len = strcspn(at, "\n");
    char *line = strndup(at, len);
    if (line == NULL) {
      d->out.err = ERR_NOMEM;
      return;
    }
    if (!is_first)
      add(d, "<br>");
    is_first = false;
    add_text(d, line);
    free(line);
    at += len + (at[len] == '\n' ? 1 : 0);
  }
  end_cell(d);
}

void document_print_time(wall_ms at, char out[DOCUMENT_TIME]) {
  char text[CLOCK_TEXT];
  clock_print(at, text);
  snprintf(out, DOCUMENT_TIME, "%.10s %.8s UTC", text, text + 11);
}

void document_cell_time(struct document *d, wall_ms at) {
  char text[DOCUMENT_TIME] = "";
  if (at != WALL_NEVER)
    document_print_time(at, text);
  text[strcspn(text, "U")] = '\0'; /* the head of the column says so */
  if (text[0] != '\0')
    text[strlen(text) - 1] = '\0';
  document_cell(d, text);
}

void document_cell_link(struct document *d, const char *label,
                        const char *url) {
  char link[LINK_MAX];
  struct buf shown;
  if (url == NULL || !link_make(url, link)) {
    document_cell(d, label);
    return;
  }
  begin_cell(d);
  buf_init(&shown, TEXT_MAX);
  markup_add(&shown, d->markup, label, TEXT_MAX);
  markup_add_link(&d->out, d->markup, buf_text(&shown), link);
  if (shown.err != OK)
    d->out.err = shown.err;
  buf_fini(&shown);
  end_cell(d);
}

void document_cell_chart(struct document *d, const struct chart *chart) {
  begin_cell(d);
  if (is_html(d)) {
    chart_add_svg(chart, &d->out);
  } else {
    struct buf spark;
    buf_init(&spark, NAME_MAX_BYTES);
    trend_spark(chart->trend, TREND_WIDTH, &spark);
    buf_add(&d->out, buf_text(&spark));
    if (spark.err != OK)
      d->out.err = spark.err;
    buf_fini(&spark);
  }
  end_cell(d);
}

void document_table_end(struct document *d) {
  add(d, is_html(d) ? "</table>\n" : "\n");
}
