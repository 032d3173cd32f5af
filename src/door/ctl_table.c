/* SPDX-License-Identifier: MIT */
#include "door/ctl_table.h"

#include "base/text.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define GAP 2           /* between columns */
#define TEXT_MIN 10     /* the last column is never narrower */
#define CELL_MAX 262144 /* bytes of a cell */
#define ROWS_KEPT 1000
#define ELLIPSIS "\xe2\x80\xa6" /* one column wide */

static const char *const escapes[COLOURS] = {
    [COLOUR_NONE] = "",           [COLOUR_BOLD] = "\033[1m",
    [COLOUR_DIM] = "\033[2m",     [COLOUR_RED] = "\033[1;31m",
    [COLOUR_YELLOW] = "\033[33m", [COLOUR_GREEN] = "\033[32m"};

static bool is_set(const char *name) {
  const char *value = getenv(name);
  return value != NULL && value[0] != '\0';
}

void ctl_style_of(FILE *out, struct ctl_style *style) {
  int fd = fileno(out);
  struct winsize size;
  *style = (struct ctl_style){0};
  if (fd < 0 || !isatty(fd))
    return;
  const char *term = getenv("TERM");
  style->has_colour =
      !is_set("NO_COLOR") && term != NULL && strcmp(term, "dumb") != 0;
  if (is_set("COLUMNS"))
    style->width = (size_t)strtoul(getenv("COLUMNS"), NULL, 10);
  else if (ioctl(fd, TIOCGWINSZ, &size) == 0)
    style->width = size.ws_col;
  if (style->width > 10000)
    style->width = 0;
}

/* Text that is visible already. */
static void put(FILE *out, const struct ctl_style *style,
                enum ctl_colour colour, const char *text, size_t len) {
  bool is_coloured = style->has_colour && colour != COLOUR_NONE && len > 0;
  if (is_coloured)
    fputs(escapes[colour], out);
  fwrite(text, 1, len, out);
  if (is_coloured)
    fputs("\033[0m", out);
}

void ctl_add(struct buf *out, const struct ctl_style *style,
             enum ctl_colour colour, const char *text) {
  bool is_coloured =
      style->has_colour && colour != COLOUR_NONE && text[0] != '\0';
  if (is_coloured)
    buf_add(out, escapes[colour]);
  text_add_visible(out, text);
  if (is_coloured)
    buf_add(out, "\033[0m");
}

void ctl_put(FILE *out, const struct ctl_style *style, enum ctl_colour colour,
             const char *text) {
  struct buf b;
  buf_init(&b, CELL_MAX);
  text_add_visible(&b, text);
  const char *shown = b.err == ERR_NOMEM ? err_text(ERR_NOMEM) : buf_text(&b);
  put(out, style, colour, shown, strlen(shown));
  buf_fini(&b);
}

void ctl_table_begin(struct ctl_table *t, FILE *out,
                     const struct ctl_style *style,
                     const struct ctl_column *columns, size_t columns_n) {
  *t = (struct ctl_table){
      .out = out, .style = *style, .columns = columns, .columns_n = columns_n};
  for (size_t i = 0; i < columns_n; i++)
    if (columns[i].head != NULL)
      t->widths[i] = text_width(columns[i].head);
}

/* ---- printing ---- */

static void put_blanks(FILE *out, size_t n) {
  for (; n > 0; n--)
    fputc(' ', out);
}

/* Bytes of text that fit into so many columns: whole characters. */
static size_t fitting(const char *text, size_t columns) {
  size_t at = 0, used = 0;
  while (text[at] != '\0') {
    char one[8];
    size_t n = 1;
    while (n < sizeof one - 1 && ((unsigned char)text[at + n] & 0xc0) == 0x80)
      n++;
    memcpy(one, text + at, n);
    one[n] = '\0';
    used += text_width(one);
    if (used > columns)
      break;
    at += n;
  }
  return at;
}

static void put_cut(const struct ctl_table *t, const struct ctl_cell *cell,
                    size_t room) {
  size_t len = strlen(cell->text);
  if (room == 0 || text_width(cell->text) <= room) {
    put(t->out, &t->style, cell->colour, cell->text, len);
    return;
  }
  put(t->out, &t->style, cell->colour, cell->text,
      fitting(cell->text, room - 1));
  fputs(ELLIPSIS, t->out);
}

static void put_line(const struct ctl_table *t, const struct ctl_cell *cell,
                     size_t room, size_t from) {
  const char *text = cell->text;
  while (room > 0 && text_width(text) > room) {
    size_t len = fitting(text, room), blank = len;
    while (blank > 0 && text[blank] != ' ')
      blank--;
    while (blank > 0 && text[blank - 1] == ' ')
      blank--;
    if (blank > 0)
      len = blank;
    if (len == 0)
      break; /* a character wider than the room */
    put(t->out, &t->style, cell->colour, text, len);
    fputc('\n', t->out);
    put_blanks(t->out, from);
    text += len;
    text += strspn(text, " ");
  }
  put(t->out, &t->style, cell->colour, text, strlen(text));
}

/* Lines begin in that column. */
static void put_wrapped(const struct ctl_table *t, const struct ctl_cell *cell,
                        size_t room, size_t from) {
  struct ctl_cell line = *cell;
  for (;;) {
    char *end = strchr(line.text, '\n');
    if (end != NULL)
      *end = '\0';
    put_line(t, &line, room, from);
    if (end == NULL)
      return;
    line.text = end + 1;
    fputc('\n', t->out);
    if (line.text[0] != '\0' && line.text[0] != '\n')
      put_blanks(t->out, from);
  }
}

/* from: the column it begins in. */
static void put_last(const struct ctl_table *t, const struct ctl_cell *cell,
                     size_t from) {
  size_t room = t->style.width;
  if (room > 0)
    room = room > from + TEXT_MIN ? room - from : TEXT_MIN;
  if (t->is_wrapped)
    put_wrapped(t, cell, room, from);
  else
    put_cut(t, cell, room);
}

static void put_row(const struct ctl_table *t, const struct ctl_cell *cells) {
  size_t last = t->columns_n, end, from = t->indent;
  while (last > 0 && !t->is_used[last - 1])
    last--;
  for (end = last; end > 0 && cells[end - 1].text[0] == '\0';)
    end--; /* no blanks at the end of a line */
  if (end > 0)
    put_blanks(t->out, t->indent);
  for (size_t i = 0; i < end; i++) {
    if (!t->is_used[i])
      continue;
    size_t blanks = t->widths[i] - text_width(cells[i].text);
    if (t->columns[i].is_right)
      put_blanks(t->out, blanks);
    if (i + 1 == last) {
      put_last(t, &cells[i], from);
      break;
    }
    put(t->out, &t->style, cells[i].colour, cells[i].text,
        strlen(cells[i].text));
    if (i + 1 == end)
      break;
    put_blanks(t->out, t->columns[i].is_right ? GAP : blanks + GAP);
    from += t->widths[i] + GAP;
  }
  fputc('\n', t->out);
}

static void measure(struct ctl_table *t) {
  for (size_t i = 0; i < t->cells_n; i++) {
    size_t column = i % t->columns_n, width = text_width(t->cells[i].text);
    if (width > t->widths[column])
      t->widths[column] = width;
    if (width > 0)
      t->is_used[column] = true;
  }
}

static void put_heads(struct ctl_table *t) {
  struct ctl_cell heads[CTL_COLUMNS_MAX];
  bool has_heads = false;
  for (size_t i = 0; i < t->columns_n; i++) {
    const char *head = t->columns[i].head;
    has_heads = has_heads || head != NULL;
    heads[i] = (struct ctl_cell){
        .text = (char *)(head != NULL ? head : ""), /* only read */
        .colour = COLOUR_DIM};
  }
  if (has_heads && !t->is_begun)
    put_row(t, heads);
  t->is_begun = true;
}

/* Prints whole rows and forgets them. */
static void print_rows(struct ctl_table *t) {
  measure(t);
  if (t->cells_n >= t->columns_n)
    put_heads(t);
  for (size_t i = 0; i + t->columns_n <= t->cells_n; i += t->columns_n)
    put_row(t, &t->cells[i]);
  for (size_t i = 0; i < t->cells_n; i++)
    free(t->cells[i].text);
  t->cells_n = 0;
}

/* ---- filling ---- */

static void add_cell(struct ctl_table *t, enum ctl_colour colour,
                     struct buf *own_text) {
  char *text = NULL;
  if (t->err == OK && t->cells_n == t->columns_n * ROWS_KEPT)
    print_rows(t);
  if (t->err == OK && t->cells_n == t->cells_cap) {
    size_t cap = t->cells_cap == 0 ? 8 * t->columns_n : 2 * t->cells_cap;
    struct ctl_cell *cells = realloc(t->cells, cap * sizeof *cells);
    if (cells == NULL)
      t->err = ERR_NOMEM;
    else
      t->cells = cells, t->cells_cap = cap;
  }
  if (t->err == OK)
    t->err = buf_take(own_text, &text);
  if (t->err == OK)
    t->cells[t->cells_n++] = (struct ctl_cell){text, colour};
  buf_fini(own_text);
}

/* Those at its end are left out. */
static void add_lines(struct buf *b, const char *text) {
  size_t left = strlen(text);
  while (left > 0 && text[left - 1] == '\n')
    left--;
  while (left > 0) {
    const char *end = memchr(text, '\n', left);
    size_t len = end != NULL ? (size_t)(end - text) : left;
    char *line = strndup(text, len);
    if (line == NULL) {
      b->err = ERR_NOMEM;
      return;
    }
    text_add_visible(b, line);
    free(line);
    if (end == NULL)
      return;
    buf_add(b, "\n");
    text = end + 1;
    left -= len + 1;
  }
}

void ctl_table_add(struct ctl_table *t, enum ctl_colour colour,
                   const char *text) {
  struct buf b;
  bool is_last = t->columns_n > 0 && (t->cells_n + 1) % t->columns_n == 0;
  buf_init(&b, CELL_MAX);
  if (text != NULL && t->has_lines && is_last)
    add_lines(&b, text);
  else if (text != NULL)
    text_add_visible(&b, text);
  add_cell(t, colour, &b);
}

void ctl_table_addf(struct ctl_table *t, enum ctl_colour colour,
                    const char *format, ...) {
  va_list args;
  char *text = NULL;
  va_start(args, format);
  int n = vasprintf(&text, format, args);
  va_end(args);
  if (n < 0) {
    t->err = ERR_NOMEM;
    return;
  }
  ctl_table_add(t, colour, text);
  free(text);
}

enum err ctl_table_end(struct ctl_table *t) {
  print_rows(t);
  free(t->cells);
  t->cells = NULL;
  t->cells_cap = 0;
  return t->err;
}
