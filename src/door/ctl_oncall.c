/* SPDX-License-Identifier: MIT */
#include "door/ctl_duty.h"
#include "door/ctl_override.h"

#include "core/week.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define REACH_MS (400 * DAY_MS) /* of schedule_turn */
#define NEXT_MAX 1000

struct asked {
  struct ctl *c;
  struct ctl_duty duty;
  wall_ms at;
  long next;     /* turns after the one at that time */
  bool has_next; /* --next was given */
};

/* ---- for programs ---- */

static void put_turn(struct json *j, const struct turn *t) {
  json_put_text(j, "responder",
                t->responder == NULL ? NULL : t->responder->name);
  json_put_time(j, "since", t->since);
  json_put_time(j, "until", t->until);
  json_put_bool(j, "fallback", t->is_fallback);
  json_put_bool(j, "override", t->is_override);
}

static struct json *make_json(const struct asked *a, const struct schedule *s,
                              const struct duty_facts *facts) {
  struct json *j = json_new();
  struct turn t;
  if (j == NULL)
    return NULL;
  schedule_turn(s, facts, a->at, &t);
  json_object(j);
  json_put_text(j, "schedule", s->name);
  put_turn(j, &t);
  if (a->has_next) {
    json_key(j, "next");
    json_array(j);
    for (long i = 0; i < a->next && t.until != WALL_NEVER; i++) {
      schedule_turn(s, facts, t.until, &t);
      json_object(j);
      put_turn(j, &t);
      json_object_end(j);
    }
    json_array_end(j);
  }
  json_object_end(j);
  return j;
}

/* ---- for people ---- */

static void add_time(struct ctl_table *t, wall_ms at) {
  char text[CLOCK_LOCAL];
  if (at == WALL_NEVER) {
    ctl_table_add(t, COLOUR_DIM, "-");
    return;
  }
  clock_print_local(at, text);
  ctl_table_addf(t, COLOUR_NONE, "%.16s", text);
}

static void add_row(struct ctl_table *table, const char *name,
                    const struct turn *t) {
  const struct responder *p = t->responder;
  ctl_table_add(table, COLOUR_BOLD, name);
  if (p == NULL)
    ctl_table_add(table, COLOUR_RED, "nobody");
  else
    ctl_table_add(table, COLOUR_NONE, p->name);
  add_time(table, t->since);
  add_time(table, t->until);
  ctl_table_add(table, COLOUR_NONE,
                t->is_override   ? "override"
                : t->is_fallback ? "fallback"
                                 : "");
  ctl_table_add(table, COLOUR_NONE, p == NULL ? "" : p->contact);
}

static void add_rows(struct ctl_table *table, const struct asked *a,
                     const struct schedule *s, const struct duty_facts *facts) {
  struct turn t;
  schedule_turn(s, facts, a->at, &t);
  add_row(table, s->name, &t);
  for (long i = 0; i < a->next && t.until != WALL_NEVER; i++) {
    schedule_turn(s, facts, t.until, &t);
    add_row(table, "  then", &t);
  }
}

/* ---- the command ---- */

static int show(struct asked *a) {
  static const struct ctl_column columns[] = {
      {"SCHEDULE", false}, {"ON CALL", false}, {"FROM", false},
      {"UNTIL", false},    {"BY", false},      {"CONTACT", false}};
  struct ctl *c = a->c;
  const struct settings *s = c->settings;
  struct ctl_list_json json;
  struct ctl_table table;
  if (c->is_json)
    ctl_json_begin(&json, c, "{\"schedules\":");
  else
    ctl_table_begin(&table, c->out, &c->style, columns,
                    sizeof columns / sizeof columns[0]);
  for (size_t i = 0; i < s->schedules_n; i++) {
    const struct duty_facts facts = ctl_duty_facts(&a->duty, s->schedules[i]);
    if (c->is_json)
      ctl_json_item(&json, make_json(a, s->schedules[i], &facts));
    else
      add_rows(&table, a, s->schedules[i], &facts);
  }
  if (c->is_json)
    return ctl_json_end(&json, "}\n");
  if (ctl_table_end(&table) != OK)
    return ctl_fail(c, "cannot print: %s", err_text(table.err));
  if (s->schedules_n == 0)
    fputs("no schedules\n", c->out);
  return CTL_DONE;
}

static int read_options(struct asked *a) {
  struct ctl *c = a->c;
  const char *at = ctl_option(c, "at"), *next = ctl_option(c, "next");
  char *end = NULL;
  a->at = c->now;
  a->next = 1;
  if (next != NULL) {
    a->has_next = true;
    a->next = strtol(next, &end, 10);
    if (end == next || *end != '\0' || a->next < 0 || a->next > NEXT_MAX)
      return ctl_misuse(c, "--next takes a number from 0 to %d", NEXT_MAX);
  }
  return at == NULL ? CTL_DONE : ctl_read_time(c, at, &a->at);
}

static int run(struct ctl *c) {
  struct asked a = {.c = c};
  const char *why = NULL;
  if (c->arguments_n > 0)
    return ctl_override_run(c);
  if (ctl_option(c, "from") != NULL || ctl_option(c, "to") != NULL ||
      ctl_option(c, "for") != NULL)
    return ctl_misuse(c, "oncall: --from, --to and --for go with override and "
                         "take");
  int status = read_options(&a);
  if (status != CTL_DONE)
    return status;
  enum err err = ctl_try_open(c, LEDGER_READ, &why);
  if (err != OK)
    return ctl_fail_open(c, err, why);
  if (c->settings == NULL)
    return ctl_fail(c, "oncall: the ledger knows no configuration yet: start "
                       "collectd first");
  wall_ms first = a.at < c->now ? a.at : c->now;
  err = ctl_duty_load(&a.duty, c, first - REACH_MS);
  if (err == OK)
    err = ctl_duty_recall(&a.duty);
  status = err == OK ? show(&a) : ctl_fail_ledger(c, err);
  ctl_duty_free(&a.duty);
  return status;
}

const struct ctl_command ctl_oncall = {
    .name = "oncall",
    .usage = "[--at TIME] [--next N]\n"
             "       incidentctl oncall override SCHEDULE WHO [--from TIME]\n"
             "           (--to TIME | --for DURATION)\n"
             "       incidentctl oncall take SCHEDULE (--to TIME | --for "
             "DURATION)\n"
             "       incidentctl oncall end ID ...",
    .summary = "who is on call, and who comes next",
    .arguments_max = INT_MAX,
    .run = run,
    .options = {{.name = "at", .value = "TIME"},
                {.name = "next", .value = "N"},
                {.name = "from", .value = "TIME"},
                {.name = "to", .value = "TIME"},
                {.name = "for", .value = "DURATION"}}};
