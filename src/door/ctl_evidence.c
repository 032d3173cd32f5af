/* SPDX-License-Identifier: MIT */
#include "door/ctl_evidence.h"

#include "door/ctl_plot.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NAME_MAX_BYTES 1024
#define PLOT_MAX_BYTES (1024 * 1024)
#define WIDTH_DEFAULT 80 /* where there is no terminal */
#define HEIGHT 12
/* Sparks of a terminal narrower than that are shorter. */
#define WIDTH_AT_EASE 140
#define SPARK_NARROW 12

/* ---- what is known ---- */

static enum err copy(const struct trend *from, struct trend *to) {
  enum err err = OK;
  for (size_t i = 0; i < from->n && err == OK; i++)
    err = trend_add(to, from->points[i]);
  return err;
}

static enum err take(void *arg, int64_t alert, const char *data_source,
                     const struct trend *trend) {
  struct ctl_evidence *e = arg;
  if (e->n == e->cap) {
    size_t cap = e->cap == 0 ? 20 : e->cap * 2;
    struct ctl_sampled *items = realloc(e->items, cap * sizeof *items);
    if (items == NULL)
      return ERR_NOMEM;
    e->items = items;
    e->cap = cap;
  }
  struct ctl_sampled *s = &e->items[e->n];
  *s = (struct ctl_sampled){.alert = alert, .data_source = strdup(data_source)};
  if (s->data_source == NULL)
    return ERR_NOMEM;
  e->n++;
  return copy(trend, &s->trend);
}

enum err ctl_evidence_read(struct ctl_evidence *e, struct ledger *l,
                           int64_t incident) {
  return ledger_evidence(l, incident, take, e);
}

void ctl_evidence_fini(struct ctl_evidence *e) {
  for (size_t i = 0; i < e->n; i++) {
    free(e->items[i].data_source);
    trend_fini(&e->items[i].trend);
  }
  free(e->items);
  *e = (struct ctl_evidence){.n = 0};
}

static const struct ctl_sampled *find(const struct ctl_evidence *e,
                                      const struct alert *a) {
  for (size_t i = 0; i < e->n; i++)
    if (e->items[i].alert == a->id)
      return &e->items[i];
  return NULL;
}

const struct trend *ctl_evidence_of(const struct ctl_evidence *e,
                                    const struct alert *a) {
  const struct ctl_sampled *s = find(e, a);
  return s != NULL ? &s->trend : NULL;
}

/* ---- in a table, as JSON ---- */

static void add_number(struct ctl_table *t, bool is_known, double x) {
  char text[PLOT_NUMBER] = "";
  if (is_known)
    ctl_plot_number(x, text);
  ctl_table_add(t, COLOUR_NONE, text);
}

void ctl_evidence_add(struct ctl_table *t, const struct trend *trend) {
  double min = 0, max = 0, now = 0;
  bool is_known = trend != NULL && trend_range(trend, &min, &max, &now);
  bool is_narrow = t->style.width > 0 && t->style.width < WIDTH_AT_EASE;
  struct buf spark;
  buf_init(&spark, 4 * TREND_WIDTH);
  if (is_known)
    trend_spark(trend, is_narrow ? SPARK_NARROW : TREND_WIDTH, &spark);
  ctl_table_add(t, COLOUR_NONE, buf_text(&spark));
  buf_fini(&spark);
  add_number(t, is_known, min);
  add_number(t, is_known, max);
  add_number(t, is_known, now);
}

void ctl_evidence_put(const struct trend *trend, struct json *j) {
  json_key(j, "evidence");
  json_array(j);
  for (size_t i = 0; trend != NULL && i < trend->n; i++) {
    json_array(j);
    json_time(j, trend->points[i].at);
    json_double(j, trend->points[i].value);
    json_array_end(j);
  }
  json_array_end(j);
}

/* ---- plots ---- */

struct plots {
  const struct ctl *c;
  const struct ctl_evidence *evidence;
  size_t shown;
};

static void put_number(FILE *out, const char *before, double x) {
  char text[PLOT_NUMBER];
  ctl_plot_number(x, text);
  fprintf(out, "%s%s", before, text);
}

/* "  min 20, max 97.2, now 97.2; failure above 95, warning above 80" */
static void put_figures(FILE *out, const struct signal *s,
                        const struct trend *t) {
  double min, max, now;
  if (!trend_range(t, &min, &max, &now)) {
    fputs("  no values\n", out);
    return;
  }
  put_number(out, "  min ", min);
  put_number(out, ", max ", max);
  put_number(out, ", now ", now);
  const struct {
    const char *name;
    double limit;
  } limits[] = {{"failure below", s->failure_min},
                {"failure above", s->failure_max},
                {"warning below", s->warning_min},
                {"warning above", s->warning_max}};
  const char *between = "; ";
  for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++)
    if (!isnan(limits[i].limit)) {
      fprintf(out, "%s%s", between, limits[i].name);
      put_number(out, " ", limits[i].limit);
      between = ", ";
    }
  fputc('\n', out);
}

static void put_name(const struct ctl *c, const struct alert *a,
                     const struct ctl_sampled *sampled) {
  struct buf name;
  buf_init(&name, NAME_MAX_BYTES);
  signal_add_name(a->signal, &name);
  if (sampled->data_source[0] != '\0')
    buf_addf(&name, " %s", sampled->data_source);
  fputc('\n', c->out);
  ctl_put(c->out, &c->style, COLOUR_BOLD, buf_text(&name));
  fputc('\n', c->out);
  buf_fini(&name);
}

/* ERR_CEILING: all have been shown. */
static enum err show(void *arg, const struct alert *a, const char *rule_name) {
  struct plots *p = arg;
  const struct ctl *c = p->c;
  const struct signal *s = a->signal;
  const struct ctl_sampled *sampled = find(p->evidence, a);
  struct buf plot;
  (void)rule_name; /* that of the incident */
  if (sampled == NULL)
    return OK;
  put_name(c, a, sampled);
  put_figures(c->out, s, &sampled->trend);
  buf_init(&plot, PLOT_MAX_BYTES);
  ctl_plot_draw(&(struct ctl_plot){.trend = &sampled->trend,
                                   .warning_min = s->warning_min,
                                   .warning_max = s->warning_max,
                                   .failure_min = s->failure_min,
                                   .failure_max = s->failure_max,
                                   .width = c->style.width > 0 ? c->style.width
                                                               : WIDTH_DEFAULT,
                                   .height = HEIGHT,
                                   .style = c->style},
                &plot);
  fputs(buf_text(&plot), c->out);
  enum err err = plot.err;
  buf_fini(&plot);
  if (err == OK && ++p->shown == p->evidence->n)
    err = ERR_CEILING;
  return err;
}

enum err ctl_evidence_show(const struct ctl *c, const struct ctl_evidence *e,
                           int64_t incident) {
  struct plots p = {.c = c, .evidence = e};
  enum err err = OK;
  if (e->n > 0)
    err = ledger_alerts(c->ledger, incident, 0, show, &p);
  if (p.shown == 0)
    fputs("\nno samples of its alerts are kept\n", c->out);
  return err == ERR_CEILING && p.shown == e->n ? OK : err;
}
