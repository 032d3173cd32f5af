/* SPDX-License-Identifier: MIT */
#include "door/ctl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- for programs ---- */

/* Ends and frees the document; NULL with *err when it failed. */
static char *finish(struct json *own_json, enum err *err) {
  char *text = NULL;
  *err = own_json == NULL ? ERR_NOMEM : json_done(own_json, &text);
  json_free(own_json);
  return *err == OK ? text : NULL;
}

int ctl_print_json(const struct ctl *c, struct json *own_json) {
  enum err err;
  char *text = finish(own_json, &err);
  if (text == NULL)
    return ctl_fail(c, "cannot print: %s", err_text(err));
  fprintf(c->out, "%s\n", text);
  free(text);
  return CTL_DONE;
}

void ctl_put_incident(const struct ctl *c, const struct incident *i,
                      struct json *j) {
  const struct settings *s = c->settings;
  struct incident_urls urls = {.base = NULL};
  if (s != NULL)
    urls = (struct incident_urls){s->base_url, s->chat_url, s->call_url};
  incident_print(i, &urls, j);
}

struct json *ctl_json_object(const char *key) {
  struct json *j = json_new();
  if (j == NULL)
    return NULL;
  json_object(j);
  json_key(j, key);
  return j;
}

int ctl_print_incident(const struct ctl *c, const struct incident *i) {
  struct json *j = ctl_json_object("incident");
  if (j != NULL) {
    ctl_put_incident(c, i, j);
    json_object_end(j);
  }
  return ctl_print_json(c, j);
}

void ctl_json_begin(struct ctl_list_json *l, const struct ctl *c,
                    const char *before) {
  *l = (struct ctl_list_json){.c = c};
  fprintf(c->out, "%s[", before);
}

void ctl_json_item(struct ctl_list_json *l, struct json *own_json) {
  enum err err;
  char *text = finish(own_json, &err);
  if (text == NULL) {
    l->err = err;
    return;
  }
  fprintf(l->c->out, "%s%s", l->has_items ? "," : "", text);
  l->has_items = true;
  free(text);
}

int ctl_json_end(struct ctl_list_json *l, const char *after) {
  fprintf(l->c->out, "]%s", after);
  if (l->err != OK)
    return ctl_fail(l->c, "cannot print: %s", err_text(l->err));
  return CTL_DONE;
}

/* ---- for people ---- */

enum ctl_colour ctl_severity_colour(const struct incident *i) {
  if (!incident_is_open(i))
    return COLOUR_NONE;
  return i->is_major ? COLOUR_RED : COLOUR_YELLOW;
}

void ctl_age(const struct ctl *c, wall_ms then, char out[SPAN_TEXT]) {
  span_print_rough(c->now > then ? c->now - then : 0, out);
}

void ctl_left(const struct ctl *c, wall_ms then, char out[SPAN_TEXT]) {
  span_print_rough(then > c->now ? then - c->now : 0, out);
}

void ctl_incidents_begin(struct ctl_table *t, const struct ctl *c) {
  static const struct ctl_column columns[] = {
      {"ID", true},    {"SEVERITY", false},     {"STATUS", false},
      {"AGE", true},   {"ACKNOWLEDGED", false}, {"ALERTS", true},
      {"TITLE", false}};
  ctl_table_begin(t, c->out, &c->style, columns,
                  sizeof columns / sizeof columns[0]);
}

void ctl_incidents_add(struct ctl_table *t, const struct ctl *c,
                       const struct incident *i) {
  char age[SPAN_TEXT], left[SPAN_TEXT];
  bool is_open = incident_is_open(i);
  ctl_age(c, i->declared_at, age);
  ctl_table_addf(t, COLOUR_BOLD, "%lld", (long long)i->id);
  ctl_table_add(t, ctl_severity_colour(i), i->severity);
  ctl_table_add(t, is_open ? COLOUR_NONE : COLOUR_GREEN,
                status_names[i->status]);
  ctl_table_add(t, COLOUR_NONE, age);
  if (i->acknowledged_by != NULL && is_open && i->snoozed_until != WALL_NEVER) {
    ctl_left(c, i->snoozed_until, left);
    ctl_table_addf(t, COLOUR_NONE, "%s, %s more", i->acknowledged_by, left);
  } else if (i->acknowledged_by != NULL)
    ctl_table_add(t, COLOUR_NONE, i->acknowledged_by);
  else
    ctl_table_add(t, is_open ? COLOUR_RED : COLOUR_DIM, "nobody");
  if (i->alerts_total > 0)
    ctl_table_addf(t, COLOUR_NONE, "%lld/%lld", (long long)i->alerts_firing,
                   (long long)i->alerts_total);
  else
    ctl_table_add(t, COLOUR_NONE, "-");
  char merged[48] = "";
  if (i->merged_into != 0)
    snprintf(merged, sizeof merged, "[merged into %lld] ",
             (long long)i->merged_into);
  ctl_table_addf(t, COLOUR_NONE, "%s%s%s%s%s",
                 incident_mark(i, incident_name(i))[0] != '\0' ? "[test] " : "",
                 i->is_private ? "[private] " : "",
                 i->is_paused ? "[paused] " : "", merged, incident_name(i));
}

#define WRITTEN 17 /* bytes of a time in an entry */

static bool is_written_time(const char *text) {
  static const char shape[] = "0000-00-00T00:00Z";
  for (size_t i = 0; i < WRITTEN; i++) {
    bool is_digit = text[i] >= '0' && text[i] <= '9';
    if (shape[i] == '0' ? !is_digit : text[i] != shape[i])
      return false;
  }
  return true;
}

void ctl_add_local(struct buf *out, const char *text) {
  while (*text != '\0') {
    char whole[CLOCK_TEXT], local[CLOCK_LOCAL];
    wall_ms at = 0;
    if (is_written_time(text)) {
      snprintf(whole, sizeof whole, "%.16s:00Z", text);
      if (clock_parse(whole, &at) == OK) {
        clock_print_local(at, local);
        buf_addf(out, "%.16s", local);
        text += WRITTEN;
        continue;
      }
    }
    buf_addn(out, text++, 1);
  }
}
