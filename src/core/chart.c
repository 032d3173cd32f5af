/* SPDX-License-Identifier: MIT */
#include "core/chart.h"

#include "base/json.h"
#include "core/markup.h"

#include <math.h>

/* Whole units of the viewBox, so that no locale and no rounding shows. */
#define WIDTH 720
#define HEIGHT 160
#define LEFT 70 /* where numbers stand */
#define TOP 10
#define BOTTOM 20 /* where times stand */
#define NAME_MAX_BYTES 1024

struct frame {
  wall_ms from, until;
  double low, high;
};

static size_t finite_points(const struct trend *t) {
  size_t n = 0;
  for (size_t i = 0; i < t->n; i++)
    n += isfinite(t->points[i].value) ? 1 : 0;
  return n;
}

static void widen(struct frame *f, double limit) {
  if (!isfinite(limit))
    return;
  if (limit < f->low)
    f->low = limit;
  if (limit > f->high)
    f->high = limit;
}

static int x_of(const struct frame *f, wall_ms at) {
  double part = (double)(at - f->from) / (double)(f->until - f->from);
  return LEFT + (int)(part * (WIDTH - LEFT) + 0.5);
}

/* Halved first: the range of doubles is no double. */
static int y_of(const struct frame *f, double value) {
  double range = f->high / 2 - f->low / 2;
  double part = range > 0 ? (value / 2 - f->low / 2) / range : 0.5;
  return HEIGHT - BOTTOM - (int)(part * (HEIGHT - BOTTOM - TOP) + 0.5);
}

static void add_limit(struct buf *out, const struct frame *f, double limit,
                      const char *class) {
  if (isfinite(limit))
    buf_addf(out,
             "<line class=\"%s\" x1=\"%d\" x2=\"%d\" y1=\"%d\" "
             "y2=\"%d\"/>",
             class, LEFT, WIDTH, y_of(f, limit), y_of(f, limit));
}

static void add_number(struct buf *out, const struct frame *f, double value) {
  char number[JSON_NUMBER];
  json_number(value, number);
  buf_addf(out, "<text class=\"y\" x=\"%d\" y=\"%d\">%s</text>", LEFT - 6,
           y_of(f, value) + 4, number);
}

static void add_time(struct buf *out, int x, const char *class, wall_ms at) {
  char text[CLOCK_TEXT];
  clock_print(at, text);
  buf_addf(out, "<text class=\"%s\" x=\"%d\" y=\"%d\">%.10s %.8s</text>", class,
           x, HEIGHT - 4, text, text + 11);
}

static void add_line(struct buf *out, const struct frame *f,
                     const struct trend *t) {
  bool is_drawing = false;
  buf_add(out, "<path class=\"v\" d=\"");
  for (size_t i = 0; i < t->n; i++) {
    const struct trend_point *p = &t->points[i];
    if (isfinite(p->value))
      buf_addf(out, "%c%d %d", is_drawing ? 'L' : 'M', x_of(f, p->at),
               y_of(f, p->value));
    is_drawing = isfinite(p->value);
  }
  buf_add(out, "\"/>");
}

void chart_add_svg(const struct chart *chart, struct buf *out) {
  const struct trend *t = chart->trend;
  struct frame f = {0};
  double low, high, now;
  if (finite_points(t) < 2 || !trend_range(t, &low, &high, &now))
    return;
  f = (struct frame){t->points[0].at, t->points[t->n - 1].at, low, high};
  widen(&f, chart->warning_min);
  widen(&f, chart->warning_max);
  widen(&f, chart->failure_min);
  widen(&f, chart->failure_max);
  buf_addf(out,
           "<svg role=\"img\" viewBox=\"0 0 %d %d\" width=\"%d\" "
           "height=\"%d\"><title>",
           WIDTH, HEIGHT, WIDTH, HEIGHT);
  markup_add(out, MARKUP_HTML, chart->name, NAME_MAX_BYTES);
  buf_add(out, "</title>");
  add_limit(out, &f, chart->warning_min, "w");
  add_limit(out, &f, chart->warning_max, "w");
  add_limit(out, &f, chart->failure_min, "f");
  add_limit(out, &f, chart->failure_max, "f");
  add_line(out, &f, t);
  add_number(out, &f, f.low);
  if (f.high > f.low)
    add_number(out, &f, f.high);
  add_time(out, LEFT, "t", f.from);
  add_time(out, WIDTH, "u", f.until);
  buf_add(out, "</svg>");
}
