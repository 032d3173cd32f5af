/* SPDX-License-Identifier: MIT */
#include "door/ctl_duty.h"

#include "base/text.h"
#include "core/week.h"

#include <stdlib.h>
#include <string.h>

#define REACH_MS (400 * DAY_MS) /* of schedule_turn */

/* The turn that they have now, or else their next; false: neither. */
static bool find_turn(const struct schedule *s, const struct duty_facts *facts,
                      const struct responder *p, wall_ms now,
                      struct turn *turn) {
  struct turn t;
  for (wall_ms at = now; at != WALL_NEVER && at - now <= REACH_MS;
       at = t.until) {
    schedule_turn(s, facts, at, &t);
    if (t.responder == p) {
      *turn = t;
      return true;
    }
  }
  return false;
}

static bool is_now(const struct turn *t, wall_ms now) {
  return t->since == WALL_NEVER || t->since <= now;
}

/* ---- for programs ---- */

static void put_schedules(struct json *j, struct ctl_duty *d,
                          const struct responder *p) {
  const struct settings *s = d->c->settings;
  struct turn t;
  json_key(j, "schedules");
  json_array(j);
  for (size_t i = 0; i < s->schedules_n; i++) {
    const struct duty_facts facts = ctl_duty_facts(d, s->schedules[i]);
    if (!find_turn(s->schedules[i], &facts, p, d->c->now, &t))
      continue;
    json_object(j);
    json_put_text(j, "schedule", s->schedules[i]->name);
    json_put_bool(j, "on_call", is_now(&t, d->c->now));
    json_put_time(j, "since", t.since);
    json_put_time(j, "until", t.until);
    json_object_end(j);
  }
  json_array_end(j);
}

static const char *or_null(const char *text) {
  return text[0] == '\0' ? NULL : text;
}

static int print_json(struct ctl_duty *d, const struct responder *p) {
  struct json *j = ctl_json_object("responder");
  if (j != NULL) {
    json_object(j);
    json_put_text(j, "name", p->name);
    json_put_text(j, "full_name", p->full_name);
    json_put_text(j, "contact", or_null(p->contact));
    json_put_text(j, "time_zone", or_null(p->time_zone));
    json_key(j, "webhooks");
    json_array(j);
    for (size_t i = 0; i < p->ways_n; i++)
      json_text(j, p->ways[i].webhook->name);
    json_array_end(j);
    put_schedules(j, d, p);
    json_object_end(j);
    json_object_end(j);
  }
  return ctl_print_json(d->c, j);
}

/* ---- for people ---- */

static void add_webhooks(struct ctl_table *table, const struct responder *p) {
  char delay[SPAN_TEXT];
  for (size_t i = 0; i < p->ways_n; i++) {
    ctl_table_add(table, COLOUR_DIM, i == 0 ? "webhooks" : "");
    span_print(p->ways[i].delay, delay);
    if (p->ways[i].delay > 0)
      ctl_table_addf(table, COLOUR_NONE, "%s after %s",
                     p->ways[i].webhook->name, delay);
    else
      ctl_table_add(table, COLOUR_NONE, p->ways[i].webhook->name);
  }
}

static void add_schedules(struct ctl_table *table, struct ctl_duty *d,
                          const struct responder *p) {
  const struct settings *s = d->c->settings;
  struct turn t;
  for (size_t i = 0; i < s->schedules_n; i++) {
    char since[CLOCK_LOCAL], until[CLOCK_LOCAL];
    const struct duty_facts facts = ctl_duty_facts(d, s->schedules[i]);
    if (!find_turn(s->schedules[i], &facts, p, d->c->now, &t))
      continue;
    bool is_on = is_now(&t, d->c->now), has_end = t.until != WALL_NEVER;
    clock_print_local(is_on ? d->c->now : t.since, since);
    clock_print_local(has_end ? t.until : 0, until);
    ctl_table_add(table, is_on ? COLOUR_GREEN : COLOUR_DIM,
                  is_on ? "on call" : "next");
    ctl_table_addf(table, COLOUR_NONE, "%s%s%.16s%s%.16s",
                   s->schedules[i]->name, is_on ? "" : " from ",
                   is_on ? "" : since, has_end ? " until " : "",
                   has_end ? until : "");
  }
}

/* "Europe/Berlin, 11:00 there" */
static void add_zone(struct ctl_table *table, const struct ctl *c,
                     const struct responder *p) {
  struct zone *zone = NULL;
  struct wall_time w;
  if (p->time_zone[0] == '\0')
    return;
  ctl_table_add(table, COLOUR_DIM, "time zone");
  if (zone_load(p->time_zone, &zone) != OK) {
    ctl_table_add(table, COLOUR_NONE, p->time_zone);
    return;
  }
  zone_wall(zone, c->now, &w);
  ctl_table_addf(table, COLOUR_NONE, "%s, %02d:%02d there", p->time_zone,
                 w.hour, w.minute);
  zone_free(zone);
}

static int print_card(struct ctl_duty *d, const struct responder *p) {
  static const struct ctl_column columns[] = {{0}, {0}};
  const struct ctl *c = d->c;
  struct ctl_table table;
  ctl_table_begin(&table, c->out, &c->style, columns, 2);
  ctl_table_add(&table, COLOUR_BOLD, p->name);
  ctl_table_add(&table, COLOUR_BOLD, p->full_name);
  ctl_table_add(&table, COLOUR_DIM, "contact");
  ctl_table_add(&table, COLOUR_NONE,
                p->contact[0] != '\0' ? p->contact : "none known");
  add_webhooks(&table, p);
  add_schedules(&table, d, p);
  add_zone(&table, c, p);
  return ctl_table_end(&table) == OK
             ? CTL_DONE
             : ctl_fail(c, "cannot print: %s", err_text(table.err));
}

/* ---- the command ---- */

static int unknown_name(const struct ctl *c, const char *name) {
  const struct settings *s = c->settings;
  const char **names = calloc(s->responders_n + 1, sizeof *names);
  if (names == NULL)
    return ctl_fail(c, "out of memory");
  for (size_t i = 0; i < s->responders_n; i++)
    names[i] = s->responders[i]->name;
  const char *nearest = text_nearest(name, names, s->responders_n);
  free(names);
  return ctl_fail(c, "who: there is no responder \"%s\"%s%s%s", name,
                  nearest != NULL ? ", did you mean " : "",
                  nearest != NULL ? nearest : "", nearest != NULL ? "?" : "");
}

static int run(struct ctl *c) {
  struct ctl_duty d;
  const char *why = NULL;
  enum err err = ctl_try_open(c, LEDGER_READ, &why);
  if (err != OK)
    return ctl_fail_open(c, err, why);
  if (c->settings == NULL)
    return ctl_fail(c, "who: the ledger knows no configuration yet: start "
                       "collectd first");
  const struct responder *p = settings_responder(c->settings, c->arguments[0]);
  if (p == NULL)
    return unknown_name(c, c->arguments[0]);
  err = ctl_duty_load(&d, c, c->now - REACH_MS);
  int status = err != OK    ? ctl_fail_ledger(c, err)
               : c->is_json ? print_json(&d, p)
                            : print_card(&d, p);
  ctl_duty_free(&d);
  return status;
}

const struct ctl_command ctl_who = {
    .name = "who",
    .usage = "NAME",
    .summary = "how to reach a person, and when they are on call",
    .arguments_min = 1,
    .arguments_max = 1,
    .run = run};
