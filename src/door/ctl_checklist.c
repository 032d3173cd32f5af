/* SPDX-License-Identifier: MIT */
#include "door/ctl_checklist.h"

#include <string.h>

void ctl_checklist_date(wall_ms at, char out[CLOCK_TEXT]) {
  if (at == WALL_NEVER) {
    snprintf(out, CLOCK_TEXT, "never");
    return;
  }
  clock_print(at, out);
  out[strlen("2026-09-01")] = '\0';
}

static void put_date(const struct ctl *c, const char *what, wall_ms at) {
  const struct checklist *l = &c->settings->checklist;
  char date[CLOCK_TEXT];
  bool is_due = l->is_given && checklist_is_due(l, at, c->now);
  ctl_checklist_date(at, date);
  fprintf(c->out, "%s ", what);
  ctl_put(c->out, &c->style, is_due ? COLOUR_RED : COLOUR_NONE, date);
}

void ctl_checklist_put(const struct ctl *c) {
  if (c->settings == NULL)
    return;
  const struct checklist *l = &c->settings->checklist;
  put_date(c, "  last reviewed", l->reviewed_at);
  put_date(c, ", last tested", l->tested_at);
  fputc('\n', c->out);
  for (size_t i = 0; i < l->steps_n; i++) {
    fprintf(c->out, "  %2zu. ", i + 1);
    ctl_put(c->out, &c->style, COLOUR_NONE, l->steps[i]);
    fputc('\n', c->out);
  }
}

static void print_date(struct json *j, const char *key, wall_ms at) {
  char date[CLOCK_TEXT];
  ctl_checklist_date(at, date);
  json_put_text(j, key, at != WALL_NEVER ? date : NULL);
}

static int print(const struct ctl *c) {
  const struct checklist *l = &c->settings->checklist;
  struct json *j = json_new();
  if (j == NULL)
    return ctl_fail(c, "out of memory");
  json_object(j);
  json_key(j, "checklist");
  json_object(j);
  print_date(j, "reviewed", l->reviewed_at);
  print_date(j, "tested", l->tested_at);
  json_put_bool(j, "overdue",
                checklist_is_due(l, l->reviewed_at, c->now) ||
                    checklist_is_due(l, l->tested_at, c->now));
  json_key(j, "steps");
  json_array(j);
  for (size_t i = 0; i < l->steps_n; i++)
    json_text(j, l->steps[i]);
  json_array_end(j);
  json_object_end(j);
  json_object_end(j);
  return ctl_print_json(c, j);
}

static int run(struct ctl *c) {
  const char *why = NULL;
  enum err err = ctl_try_open(c, LEDGER_READ, &why);
  if (err != OK)
    return ctl_fail_open(c, err, why);
  if (c->settings == NULL)
    return ctl_fail(c, "checklist: the ledger knows no configuration yet: "
                       "start collectd first");
  if (c->is_json)
    return print(c);
  ctl_checklist_put(c);
  return CTL_DONE;
}

const struct ctl_command ctl_checklist = {
    .name = "checklist",
    .usage = "",
    .summary = "what to do when somebody has broken in",
    .run = run};
