/* SPDX-License-Identifier: MIT */
/* A report for people, programs and spreadsheets. */
#include "core/report.h"

#include "base/span.h"
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BAR_WIDTH 24 /* columns of the longest */
#define NOISIEST 10
#define LINES_MAX 20 /* of one list, for people */

static const struct {
  const char *key, *heading, *none;
} bys[REPORT_BYS] = {[REPORT_SEVERITY] = {"severity", "By severity", "none"},
                     [REPORT_RULE] = {"rule", "By rule", "declared by hand"},
                     [REPORT_SERVICE] = {"service", "By service", "no service"},
                     [REPORT_TEAM] = {"team", "By team", "no team"}};

/* ---- for people ---- */

static const char *plural(int64_t n) { return n == 1 ? "" : "s"; }

static void add_times(struct buf *out, const struct report_spans *s) {
  char median[SPAN_TEXT], p90[SPAN_TEXT];
  if (s->n == 0) {
    buf_add(out, "-");
    return;
  }
  span_print_rough(report_median(s), median);
  span_print_rough(report_p90(s), p90);
  buf_addf(out, "%s, %s", median, p90);
}

static void add_minute(struct buf *out, wall_ms at) {
  char text[CLOCK_TEXT];
  clock_print(at, text);
  buf_addf(out, "%.10s %.5s", text, text + 11);
}

static void pad(struct buf *out, size_t from, size_t to) {
  for (; from < to; from++)
    buf_add(out, " ");
}

/* What a terminal needs for the name as it is shown. */
static size_t visible_width(const char *name) {
  struct buf b;
  buf_init(&b, REPORT_MAX);
  text_add_visible(&b, name);
  size_t width = text_width(buf_text(&b));
  buf_fini(&b);
  return width;
}

/* Padded to the width. */
static void add_name(struct buf *out, const char *name, size_t width) {
  buf_add(out, "  ");
  text_add_visible(out, name);
  pad(out, visible_width(name), width);
}

/* Any n has a bar. */
static void add_bar(struct buf *out, int64_t n, int64_t most) {
  size_t len = most > 0 ? (size_t)((n * BAR_WIDTH + most - 1) / most) : 0;
  buf_addf(out, " %5lld ", (long long)n);
  for (size_t i = 0; i < len; i++)
    buf_add(out, "\xe2\x96\x88");
  pad(out, len, BAR_WIDTH);
}

static const char *name_of(const struct report_row *row, enum report_by by) {
  return row->name != NULL ? row->name : bys[by].none;
}

static void add_rows(const struct report *r, enum report_by by,
                     struct buf *out) {
  const struct report_rows *all = &r->by[by];
  size_t width = strlen(bys[by].heading) - 2;
  int64_t most = 0;
  for (size_t i = 0; i < all->n; i++) {
    size_t w = visible_width(name_of(&all->items[i], by));
    width = w > width ? w : width;
    most = all->items[i].incidents > most ? all->items[i].incidents : most;
  }
  buf_addf(out, "\n%s", bys[by].heading);
  pad(out, strlen(bys[by].heading), width + 9 + BAR_WIDTH);
  buf_add(out, " acknowledged      resolved (median, p90)\n");
  for (size_t i = 0; i < all->n; i++) {
    const struct report_row *row = &all->items[i];
    if (row->incidents == 0)
      continue; /* it has pages alone */
    add_name(out, name_of(row, by), width);
    add_bar(out, row->incidents, most);
    size_t before = out->len;
    buf_add(out, " ");
    add_times(out, &row->acknowledge);
    pad(out, out->len - before, 19);
    add_times(out, &row->resolve);
    if (row->open > 0)
      buf_addf(out, "  %lld open", (long long)row->open);
    buf_add(out, "\n");
  }
}

static void add_persons(const struct report *r, struct buf *out) {
  const struct report_persons *all = &r->persons;
  size_t width = 0;
  if (all->n == 0)
    return;
  for (size_t i = 0; i < all->n; i++) {
    size_t w = visible_width(all->items[i].name);
    width = w > width ? w : width;
  }
  buf_add(out, "\nPages by responder\n");
  for (size_t i = 0; i < all->n; i++) {
    const struct report_person *p = &all->items[i];
    add_name(out, p->name, width);
    add_bar(out, p->pages, all->items[0].pages);
    buf_addf(out, " %lld out of hours\n", (long long)p->out_of_hours);
  }
}

static void add_noisiest(const struct report *r, struct buf *out) {
  const struct report_row *rows[NOISIEST];
  size_t width = 0, n = report_noisiest(r, rows, NOISIEST);
  int64_t most = 0;
  if (n == 0)
    return;
  for (size_t i = 0; i < n; i++) {
    size_t w = visible_width(rows[i]->name);
    width = w > width ? w : width;
    most = rows[i]->pages > most ? rows[i]->pages : most;
  }
  buf_add(out, "\nNoisiest rules, by pages\n");
  for (size_t i = 0; i < n; i++) {
    add_name(out, rows[i]->name, width);
    add_bar(out, rows[i]->pages, most);
    buf_addf(out, " %lld alert%s", (long long)rows[i]->alerts,
             plural(rows[i]->alerts));
    if (rows[i]->unattended > 0)
      buf_addf(out, ", %lld incident%s without anybody",
               (long long)rows[i]->unattended, plural(rows[i]->unattended));
    buf_add(out, "\n");
  }
}

static size_t lines_of(size_t n) { return n < LINES_MAX ? n : LINES_MAX; }

static void add_more(struct buf *out, size_t n) {
  if (n > LINES_MAX)
    buf_addf(out, "  \xe2\x80\xa6 and %zu more: --json\n", n - LINES_MAX);
}

/* A key is made of fields as "4:web12:df": shown as "web1 df". */
static void add_group(struct buf *out, const char *group) {
  const char *between = ", ";
  while (*group != '\0') {
    char *end;
    size_t left = strlen(group), len = (size_t)strtoul(group, &end, 10);
    size_t before = (size_t)(end - group) + 1;
    if (*end != ':' || len > left - before) {
      before = 0; /* of another make */
      len = left;
    }
    char *field = strndup(group + before, len);
    if (field == NULL) {
      out->err = ERR_NOMEM;
      return;
    }
    if (len > 0) {
      buf_add(out, between);
      text_add_visible(out, field);
      between = " ";
    }
    free(field);
    group += before + len;
  }
}

static void add_again(const struct report *r, struct buf *out) {
  if (r->reopened.n > 0)
    buf_add(out, "\nReopened\n");
  for (size_t i = 0; i < lines_of(r->reopened.n); i++) {
    const struct report_reopened *again = &r->reopened.items[i];
    buf_addf(out, "  incident %lld: %lld time%s\n", (long long)again->id,
             (long long)again->times, plural(again->times));
  }
  add_more(out, r->reopened.n);
  if (r->repeated.n > 0)
    buf_add(out, "\nRepeated within 30 days\n");
  for (size_t i = 0; i < lines_of(r->repeated.n); i++) {
    const struct report_past *p = &r->repeated.items[i];
    buf_addf(out, "  incident %lld as %lld before: ", (long long)p->id,
             (long long)p->earlier);
    text_add_visible(out, p->rule);
    add_group(out, p->group);
    buf_add(out, "\n");
  }
  add_more(out, r->repeated.n);
}

static void add_silences(const struct report *r, struct buf *out) {
  if (r->silences.n > 0)
    buf_addf(out, "\nSilenced: %lld alert%s\n", (long long)r->suppressed,
             plural(r->suppressed));
  for (size_t i = 0; i < lines_of(r->silences.n); i++) {
    const struct report_silence *s = &r->silences.items[i];
    buf_addf(out, "  silence %lld by ", (long long)s->id);
    text_add_visible(out, s->by);
    buf_addf(out, ": %lld alert%s, ", (long long)s->suppressed,
             plural(s->suppressed));
    text_add_visible(out, s->matches);
    if (s->reason[0] != '\0')
      buf_add(out, ": ");
    text_add_visible(out, s->reason);
    buf_add(out, "\n");
  }
  add_more(out, r->silences.n);
}

void report_print_text(const struct report *r, struct buf *out) {
  const struct report_row *all = &r->all;
  add_minute(out, r->since);
  buf_add(out, " to ");
  add_minute(out, r->until);
  buf_addf(out, " UTC: %lld incident%s", (long long)all->incidents,
           plural(all->incidents));
  if (all->open > 0)
    buf_addf(out, ", %lld open", (long long)all->open);
  buf_addf(out, "; %lld page%s\n", (long long)all->pages, plural(all->pages));
  if (all->incidents > 0) {
    buf_add(out, "\nTime to acknowledge (median, p90): ");
    add_times(out, &all->acknowledge);
    buf_addf(out, " of %zu\nTime to resolve (median, p90):     ",
             all->acknowledge.n);
    add_times(out, &all->resolve);
    buf_addf(out, " of %zu\n", all->resolve.n);
    for (size_t by = 0; by < REPORT_BYS; by++)
      add_rows(r, (enum report_by)by, out);
  }
  add_persons(r, out);
  add_noisiest(r, out);
  add_again(r, out);
  add_silences(r, out);
}

/* ---- for programs ---- */

static void put_seconds(struct json *j, const char *key, span_ms span) {
  if (span < 0)
    json_put_null(j, key);
  else
    json_put_double(j, key, (double)span / 1000);
}

static void put_spans(struct json *j, const char *key,
                      const struct report_spans *s) {
  json_key(j, key);
  json_object(j);
  json_put_int(j, "incidents", (int64_t)s->n);
  put_seconds(j, "median_seconds", report_median(s));
  put_seconds(j, "p90_seconds", report_p90(s));
  json_object_end(j);
}

static void put_row(struct json *j, const struct report_row *row) {
  json_put_int(j, "incidents", row->incidents);
  json_put_int(j, "open", row->open);
  json_put_int(j, "unattended", row->unattended);
  json_put_int(j, "alerts", row->alerts);
  put_spans(j, "acknowledge", &row->acknowledge);
  put_spans(j, "resolve", &row->resolve);
}

static void put_bys(struct json *j, const struct report *r) {
  static const char *const keys[REPORT_BYS] = {"by_severity", "by_rule",
                                               "by_service", "by_team"};
  for (size_t by = 0; by < REPORT_BYS; by++) {
    json_key(j, keys[by]);
    json_array(j);
    for (size_t i = 0; i < r->by[by].n; i++) {
      const struct report_row *row = &r->by[by].items[i];
      if (row->incidents == 0)
        continue;
      json_object(j);
      json_put_text(j, bys[by].key, row->name);
      put_row(j, row);
      json_object_end(j);
    }
    json_array_end(j);
  }
}

static void put_pages(struct json *j, const struct report *r) {
  const struct report_row *rows[NOISIEST];
  size_t n = report_noisiest(r, rows, NOISIEST);
  json_key(j, "responders");
  json_array(j);
  for (size_t i = 0; i < r->persons.n; i++) {
    json_object(j);
    json_put_text(j, "responder", r->persons.items[i].name);
    json_put_int(j, "pages", r->persons.items[i].pages);
    json_put_int(j, "out_of_hours", r->persons.items[i].out_of_hours);
    json_object_end(j);
  }
  json_array_end(j);
  json_key(j, "noisiest");
  json_array(j);
  for (size_t i = 0; i < n; i++) {
    json_object(j);
    json_put_text(j, "rule", rows[i]->name);
    json_put_int(j, "pages", rows[i]->pages);
    json_put_int(j, "alerts", rows[i]->alerts);
    json_put_int(j, "unattended", rows[i]->unattended);
    json_object_end(j);
  }
  json_array_end(j);
}

static void put_again(struct json *j, const struct report *r) {
  json_key(j, "reopened");
  json_array(j);
  for (size_t i = 0; i < r->reopened.n; i++) {
    json_object(j);
    json_put_int(j, "incident", r->reopened.items[i].id);
    json_put_int(j, "times", r->reopened.items[i].times);
    json_object_end(j);
  }
  json_array_end(j);
  json_key(j, "repeated");
  json_array(j);
  for (size_t i = 0; i < r->repeated.n; i++) {
    const struct report_past *p = &r->repeated.items[i];
    json_object(j);
    json_put_int(j, "incident", p->id);
    json_put_int(j, "earlier", p->earlier);
    json_put_text(j, "rule", p->rule);
    json_put_text(j, "group", p->group);
    json_object_end(j);
  }
  json_array_end(j);
}

static void put_silences(struct json *j, const struct report *r) {
  json_key(j, "silenced");
  json_array(j);
  for (size_t i = 0; i < r->silences.n; i++) {
    const struct report_silence *s = &r->silences.items[i];
    json_object(j);
    json_put_int(j, "silence", s->id);
    json_put_text(j, "matches", s->matches);
    json_put_text(j, "by", s->by);
    json_put_text(j, "reason", s->reason[0] != '\0' ? s->reason : NULL);
    json_put_time(j, "from", s->from);
    json_put_time(j, "until", s->until);
    json_put_int(j, "alerts", s->suppressed);
    json_object_end(j);
  }
  json_array_end(j);
}

void report_print_json(const struct report *r, struct json *j) {
  json_object(j);
  json_put_time(j, "since", r->since);
  json_put_time(j, "until", r->until);
  put_row(j, &r->all);
  json_put_int(j, "pages", r->all.pages);
  put_bys(j, r);
  put_pages(j, r);
  put_again(j, r);
  put_silences(j, r);
  json_object_end(j);
}

/* ---- for spreadsheets ---- */

/* In quotes; what a spreadsheet would take for a formula gets a quote. */
static void add_csv(struct buf *out, const char *section, const char *name) {
  buf_addf(out, "%s,\"%s", section,
           name[0] != '\0' && strchr("=+-@", name[0]) != NULL ? "'" : "");
  struct buf visible;
  buf_init(&visible, REPORT_MAX);
  text_add_visible(&visible, name);
  for (const char *p = buf_text(&visible); *p != '\0'; p++)
    buf_addn(out, *p == '"' ? "\"\"" : p, *p == '"' ? 2 : 1);
  if (visible.err != OK)
    out->err = visible.err;
  buf_fini(&visible);
  buf_add(out, "\",");
}

static void add_figure(struct buf *out, const char *section, const char *name,
                       const char *figure, int64_t n) {
  add_csv(out, section, name);
  buf_addf(out, "%s,%lld\n", figure, (long long)n);
}

static void add_seconds(struct buf *out, const char *section, const char *name,
                        const char *figure, span_ms span) {
  char seconds[JSON_NUMBER];
  if (span < 0)
    return;
  json_number((double)span / 1000, seconds);
  add_csv(out, section, name);
  buf_addf(out, "%s,%s\n", figure, seconds);
}

static void add_csv_row(struct buf *out, const char *section, const char *name,
                        const struct report_row *row) {
  add_figure(out, section, name, "incidents", row->incidents);
  add_figure(out, section, name, "open", row->open);
  add_figure(out, section, name, "unattended", row->unattended);
  add_figure(out, section, name, "alerts", row->alerts);
  add_seconds(out, section, name, "acknowledge_median_seconds",
              report_median(&row->acknowledge));
  add_seconds(out, section, name, "acknowledge_p90_seconds",
              report_p90(&row->acknowledge));
  add_seconds(out, section, name, "resolve_median_seconds",
              report_median(&row->resolve));
  add_seconds(out, section, name, "resolve_p90_seconds",
              report_p90(&row->resolve));
}

static void add_csv_lists(struct buf *out, const struct report *r) {
  char id[32];
  for (size_t i = 0; i < r->persons.n; i++) {
    const struct report_person *p = &r->persons.items[i];
    add_figure(out, "responder", p->name, "pages", p->pages);
    add_figure(out, "responder", p->name, "out_of_hours", p->out_of_hours);
  }
  for (size_t i = 0; i < r->reopened.n; i++) {
    snprintf(id, sizeof id, "%lld", (long long)r->reopened.items[i].id);
    add_figure(out, "incident", id, "reopened", r->reopened.items[i].times);
  }
  for (size_t i = 0; i < r->repeated.n; i++) {
    snprintf(id, sizeof id, "%lld", (long long)r->repeated.items[i].id);
    add_figure(out, "incident", id, "repeats", r->repeated.items[i].earlier);
  }
  for (size_t i = 0; i < r->silences.n; i++) {
    snprintf(id, sizeof id, "%lld", (long long)r->silences.items[i].id);
    add_figure(out, "silence", id, "alerts", r->silences.items[i].suppressed);
  }
}

void report_print_csv(const struct report *r, struct buf *out) {
  buf_add(out, "section,name,figure,value\n");
  add_csv_row(out, "all", "", &r->all);
  add_figure(out, "all", "", "pages", r->all.pages);
  for (size_t by = 0; by < REPORT_BYS; by++)
    for (size_t i = 0; i < r->by[by].n; i++) {
      const struct report_row *row = &r->by[by].items[i];
      const char *name = row->name != NULL ? row->name : "";
      add_csv_row(out, bys[by].key, name, row);
      if (by == REPORT_RULE)
        add_figure(out, bys[by].key, name, "pages", row->pages);
    }
  add_csv_lists(out, r);
}
