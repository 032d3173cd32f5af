/* SPDX-License-Identifier: MIT */
/* A cell of the terminal is a character of Unicode's Braille patterns, two dots
 * wide and four high, so a curve is smoother than the terminal's grid. */
#include "door/ctl_plot.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define LABEL_MAX PLOT_NUMBER
#define NAME_WIDTH 8       /* " failure" */
#define CELLS_NAMED_MIN 32 /* names beside lines only if so many are left */
#define LIMITS 4
#define NEAR_RANGES 3 /* a limit is drawn that many ranges away, or */
#define NEAR_PART 0.5 /* that much of the largest value */
#define TINY 1e-290   /* nothing is smaller than what is drawn of it */
#define HUGE_ENOUGH 1e300
#define TIME_LABEL 12 /* "11-21 10:00" */
#define TICKS_MAX PLOT_WIDTH_MAX

#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

enum line { LINE_NONE, LINE_WARNING, LINE_FAILURE };

struct canvas {
  const struct ctl_plot *plot;
  size_t width, height; /* in cells */
  size_t label_width;
  bool has_names;
  wall_ms from, to;
  double low, high;
  unsigned char dots[PLOT_HEIGHT_MAX][PLOT_WIDTH_MAX];
  /* Of each row. */
  enum line lines[PLOT_HEIGHT_MAX];
  char labels[PLOT_HEIGHT_MAX][LABEL_MAX];
};

void ctl_plot_number(double x, char out[PLOT_NUMBER]) {
  static const char suffixes[] = "kMGTP";
  double size = fabs(x);
  size_t i = 0;
  if (!isfinite(x) || size >= 999.95e15 || (size != 0 && size < 1e-3)) {
    snprintf(out, PLOT_NUMBER, "%.3g", x);
  } else if (size < 999.95) {
    snprintf(out, PLOT_NUMBER, "%.4g", x);
  } else if (size < 99999.5) {
    snprintf(out, PLOT_NUMBER, "%.0f", x);
  } else {
    for (x /= 1000; fabs(x) >= 999.95; x /= 1000)
      i++;
    snprintf(out, PLOT_NUMBER, "%.4g%c", x, suffixes[i]);
  }
}

/* ---- the range of values ---- */

static double least(double a, double b) { return a < b ? a : b; }

static double most(double a, double b) { return a > b ? a : b; }

static void limits_of(const struct ctl_plot *p, double limits[LIMITS]) {
  limits[0] = p->failure_min;
  limits[1] = p->failure_max;
  limits[2] = p->warning_min;
  limits[3] = p->warning_max;
}

static enum line line_of(size_t limit) {
  return limit < 2 ? LINE_FAILURE : LINE_WARNING;
}

static bool is_near(const struct canvas *c, double limit) {
  double range = c->high - c->low;
  double near =
      most(NEAR_PART * most(fabs(c->low), fabs(c->high)), NEAR_RANGES * range);
  return isfinite(limit) && limit >= c->low - near && limit <= c->high + near;
}

/* Finite, and high is above low. */
static bool find_range(struct canvas *c) {
  double limits[LIMITS], now;
  if (!trend_range(c->plot->trend, &c->low, &c->high, &now))
    return false;
  limits_of(c->plot, limits);
  double low = c->low, high = c->high;
  for (size_t i = 0; i < LIMITS; i++)
    if (is_near(c, limits[i])) {
      low = least(low, limits[i]);
      high = most(high, limits[i]);
    }
  low = least(most(low, -HUGE_ENOUGH), HUGE_ENOUGH);
  high = least(most(high, -HUGE_ENOUGH), HUGE_ENOUGH);
  double margin = fabs(high) > TINY ? fabs(high) * 0.05 : 1;
  /* All the same, as far as one sees. */
  if (!(high - low > margin * 1e-9) || high - low < TINY) {
    low -= margin;
    high += margin;
  }
  c->low = low;
  c->high = high;
  return true;
}

/* From the top, in parts of all there are; halved lest it overflow. */
static size_t down(const struct canvas *c, double x, size_t parts) {
  double part = (c->high / 2 - x / 2) / (c->high / 2 - c->low / 2);
  double n = part * (double)(parts - 1) + 0.5;
  if (n <= 0)
    return 0;
  return n < (double)parts ? (size_t)n : parts - 1;
}

static size_t row_of(const struct canvas *c, double x) {
  return down(c, x, c->height * 4) / 4;
}

/* ---- what stands beside the rows ---- */

/* 1, 2 or 5 times a power of ten. */
static double nice_step(double wanted) {
  static const double steps[] = {1, 2, 5, 10};
  double power = 1;
  size_t i = 0;
  while (power > wanted)
    power /= 10;
  while (power * 10 <= wanted)
    power *= 10;
  while (i < 3 && steps[i] * power < wanted * (1 - 1e-9))
    i++;
  return steps[i] * power;
}

static void label_rows(struct canvas *c) {
  double limits[LIMITS];
  size_t ticks = c->height > 3 ? c->height / 2 : 1;
  double step = nice_step((c->high / 2 - c->low / 2) / (double)ticks * 2);
  limits_of(c->plot, limits);
  int64_t first = (int64_t)(c->low / step) - 1; /* or before the first */
  for (int64_t i = 0; i <= 2 * (int64_t)ticks + 3; i++) {
    double x = (double)(first + i) * step;
    if (x >= c->low - step * 1e-9 && x <= c->high + step * 1e-9)
      ctl_plot_number(fabs(x) < step / 2 ? 0 : x, c->labels[row_of(c, x)]);
  }
  for (size_t i = LIMITS; i-- > 0;) { /* failures last: they win */
    double x = limits[i];
    if (!isfinite(x) || x < c->low || x > c->high)
      continue;
    size_t row = row_of(c, x);
    c->lines[row] = line_of(i);
    ctl_plot_number(x, c->labels[row]);
  }
  for (size_t row = 0; row < c->height; row++) {
    size_t len = strlen(c->labels[row]);
    if (len > c->label_width)
      c->label_width = len;
  }
}

/* ---- the curve ---- */

static void set_dot(struct canvas *c, size_t x, size_t y) {
  static const unsigned char bits[4][2] = {
      {0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}};
  c->dots[y / 4][x / 2] |= bits[y % 4][x % 2];
}

struct dot {
  size_t x, y;
};

static struct dot dot_of(const struct canvas *c, const struct trend_point *p) {
  double part =
      ((double)p->at - (double)c->from) / ((double)c->to - (double)c->from);
  part = part > 1 ? 1 : part > 0 ? part : 0;
  return (struct dot){
      .x = (size_t)(part * (double)(c->width * 2 - 1) + 0.5),
      .y = down(c, p->value, c->height * 4),
  };
}

/* Of each column all dots between its ends. */
static void set_line(struct canvas *c, struct dot a, struct dot b) {
  double slope =
      b.x > a.x ? ((double)b.y - (double)a.y) / (double)(b.x - a.x) : 0;
  size_t y = a.y;
  for (size_t x = a.x; x <= b.x; x++) {
    double at = (double)a.y + slope * ((double)(x - a.x) + 0.5);
    size_t end = x == b.x ? b.y : (size_t)(at + 0.5);
    for (size_t i = y < end ? y : end; i <= (y < end ? end : y); i++)
      set_dot(c, x, i);
    y = end;
  }
}

static void draw_curve(struct canvas *c) {
  const struct trend *t = c->plot->trend;
  const struct trend_point *last = NULL;
  for (size_t i = 0; i < t->n; i++) {
    const struct trend_point *p = &t->points[i];
    if (isfinite(p->value)) {
      struct dot dot = dot_of(c, p);
      set_line(c, last != NULL ? dot_of(c, last) : dot, dot);
    }
    last = isfinite(p->value) ? p : NULL; /* a gap stays one */
  }
}

/* ---- the time ---- */

/* Local time is that far ahead of UTC. */
static span_ms local_offset(wall_ms at) {
  char text[CLOCK_LOCAL + 1];
  wall_ms local;
  clock_print_local(at, text);
  memcpy(text + CLOCK_LOCAL - 1, "Z", 2);
  if (clock_parse(text, &local) != OK)
    return 0;
  return local - at / SECOND * SECOND;
}

/* Of "2026-11-21 10:00:00" what tells marks so far apart from each other. */
static void print_mark(wall_ms at, span_ms step, span_ms range,
                       char out[TIME_LABEL]) {
  char text[CLOCK_LOCAL];
  size_t from = range >= DAY ? 5 : 11;
  size_t to = step >= DAY ? 10 : step >= MINUTE ? 16 : 19;
  clock_print_local(at, text);
  if (to == 19)
    from = 11;
  if (to == 10)
    from = 5;
  memcpy(out, text + from, to - from);
  out[to - from] = '\0';
}

static span_ms mark_step(const struct canvas *c) {
  static const span_ms steps[] = {
      SECOND,  2 * SECOND, 5 * SECOND, 10 * SECOND, 15 * SECOND, 30 * SECOND,
      MINUTE,  2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 15 * MINUTE, 30 * MINUTE,
      HOUR,    2 * HOUR,   3 * HOUR,   6 * HOUR,    12 * HOUR,   DAY,
      2 * DAY, 5 * DAY,    10 * DAY,   30 * DAY,    100 * DAY,   365 * DAY};
  const size_t last = sizeof steps / sizeof steps[0] - 1;
  span_ms range = c->to - c->from;
  for (size_t i = 0; i < last; i++) {
    char text[TIME_LABEL];
    print_mark(c->from, steps[i], range, text);
    double cells = (double)c->width * (double)steps[i] / (double)range;
    if (cells >= (double)strlen(text) + 2)
      return steps[i];
  }
  return steps[last];
}

struct marks {
  size_t cell[TICKS_MAX];
  char text[TICKS_MAX][TIME_LABEL];
  size_t n;
};

static void add_mark(struct marks *m, const struct canvas *c, wall_ms at,
                     span_ms step) {
  double part = (double)(at - c->from) / (double)(c->to - c->from);
  m->cell[m->n] = (size_t)(part * (double)(c->width - 1) + 0.5);
  print_mark(at, step, c->to - c->from, m->text[m->n]);
  m->n++;
}

static void find_marks(const struct canvas *c, struct marks *m) {
  span_ms step = mark_step(c), offset = local_offset(c->from);
  wall_ms local = c->from + offset;
  m->n = 0;
  if (local % step != 0)
    local += step - local % step;
  for (; local - offset <= c->to && m->n < TICKS_MAX; local += step)
    add_mark(m, c, local - offset, step);
  if (m->n == 0)
    add_mark(m, c, c->from, step);
}

static void add_times(const struct canvas *c, struct buf *out) {
  struct marks marks;
  const size_t margin = c->label_width + 2;
  size_t next = 0, at = 0;
  find_marks(c, &marks);
  buf_addf(out, "%*s \xe2\x94\x94", (int)c->label_width, "");
  for (size_t x = 0; x < c->width; x++) {
    bool is_mark = next < marks.n && marks.cell[next] == x;
    buf_add(out, is_mark ? "\xe2\x94\xac" : "\xe2\x94\x80");
    next += is_mark;
  }
  buf_add(out, "\n");
  for (size_t i = 0; i < marks.n; i++) {
    size_t len = strlen(marks.text[i]), begin = margin + marks.cell[i];
    begin = begin > len / 2 ? begin - len / 2 : 0;
    if (begin + len > margin + c->width)
      begin = margin + c->width - len;
    if (i > 0 && begin < at + 1)
      continue;
    buf_addf(out, "%*s%s", (int)(begin - at), "", marks.text[i]);
    at = begin + len;
  }
  buf_add(out, "\n");
}

/* ---- putting it together ---- */

static void add_coloured(const struct canvas *c, enum line line,
                         const char *text, struct buf *out) {
  static const enum ctl_colour colours[] = {COLOUR_NONE, COLOUR_YELLOW,
                                            COLOUR_RED};
  ctl_add(out, &c->plot->style, colours[line], text);
}

static void add_row(const struct canvas *c, size_t row, struct buf *out) {
  static const char *const strokes[] = {" ", "\xe2\x94\x84", "\xe2\x94\x80"};
  static const char *const names[] = {"", " warning", " failure"};
  enum line line = c->lines[row];
  struct buf stroke;
  size_t end = c->width;
  while (line == LINE_NONE && end > 0 && c->dots[row][end - 1] == 0)
    end--; /* no blanks at the end */
  buf_addf(out, "%*s %s", (int)c->label_width, c->labels[row],
           c->labels[row][0] != '\0' ? "\xe2\x94\xa4" : "\xe2\x94\x82");
  buf_init(&stroke, 4 * PLOT_WIDTH_MAX);
  for (size_t x = 0; x < end; x++) {
    unsigned char dots = c->dots[row][x];
    if (dots == 0) {
      buf_add(&stroke, strokes[line]);
      continue;
    }
    add_coloured(c, line, buf_text(&stroke), out);
    buf_clear(&stroke);
    const char braille[] = {'\xe2', (char)(0xa0 | dots >> 6),
                            (char)(0x80 | (dots & 0x3f)), '\0'};
    buf_add(out, braille);
  }
  if (c->has_names)
    buf_add(&stroke, names[line]);
  add_coloured(c, line, buf_text(&stroke), out);
  buf_fini(&stroke);
  buf_add(out, "\n");
}

static size_t within(size_t n, size_t least, size_t most) {
  return n < least ? least : n > most ? most : n;
}

/* What a ledger holds may be anything. */
static wall_ms plausible(wall_ms at) {
  const wall_ms most = INT64_C(1) << 48; /* nine thousand years */
  return at < 0 ? 0 : at < most ? at : most;
}

static void lay_out(struct canvas *c) {
  const struct trend *t = c->plot->trend;
  c->height = within(c->plot->height, 1, PLOT_HEIGHT_MAX);
  label_rows(c);
  size_t width = within(c->plot->width, PLOT_WIDTH_MIN, PLOT_WIDTH_MAX);
  c->width = width - c->label_width - 2;
  for (size_t row = 0; row < c->height; row++)
    c->has_names = c->has_names || c->lines[row] != LINE_NONE;
  c->has_names = c->has_names && c->width >= CELLS_NAMED_MIN + NAME_WIDTH;
  if (c->has_names)
    c->width -= NAME_WIDTH;
  c->from = plausible(t->points[0].at);
  c->to = plausible(t->points[t->n - 1].at);
  if (c->to < c->from + SECOND)
    c->to = c->from + SECOND;
}

void ctl_plot_draw(const struct ctl_plot *p, struct buf *out) {
  struct canvas c = {.plot = p};
  if (!find_range(&c))
    return;
  lay_out(&c);
  draw_curve(&c);
  for (size_t row = 0; row < c.height; row++)
    add_row(&c, row, out);
  add_times(&c, out);
}
