/* SPDX-License-Identifier: MIT */
#include "door/ctl.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

/* Without --hours. */
#define OFFICE_DAYS 0x3e /* Monday to Friday */
#define OFFICE_FROM (9 * 60)
#define OFFICE_TO (18 * 60)

#define HOURS_MAX 256 /* whose names are compared */

static const struct hours *find_hours(const struct ctl *c, const char *name) {
  for (size_t i = 0; c->settings != NULL && i < c->settings->hours_n; i++)
    if (strcmp(c->settings->hours[i]->name, name) == 0)
      return c->settings->hours[i];
  return NULL;
}

static int unknown_hours(const struct ctl *c, const char *name) {
  const char *names[HOURS_MAX];
  size_t n = 0;
  for (size_t i = 0;
       c->settings != NULL && i < c->settings->hours_n && n < HOURS_MAX; i++)
    names[n++] = c->settings->hours[i]->name;
  const char *nearest = text_nearest(name, names, n);
  if (nearest != NULL)
    return ctl_fail(c, "report: there are no hours \"%s\", did you mean %s?",
                    name, nearest);
  return ctl_fail(c, "report: there are no hours \"%s\"", name);
}

static int print(const struct ctl *c, const struct report *r) {
  struct buf out;
  int status = CTL_DONE;
  if (c->is_json) {
    struct json *j = ctl_json_object("report");
    if (j != NULL) {
      report_print_json(r, j);
      json_object_end(j);
    }
    return ctl_print_json(c, j);
  }
  buf_init(&out, REPORT_MAX);
  if (ctl_option(c, "csv") != NULL)
    report_print_csv(r, &out);
  else
    report_print_text(r, &out);
  if (out.err != OK)
    status = ctl_fail(c, "cannot print: %s", err_text(out.err));
  else
    fputs(buf_text(&out), c->out);
  buf_fini(&out);
  return status;
}

static int read_period(const struct ctl *c, wall_ms *since, wall_ms *until) {
  const char *from = ctl_option(c, "since"), *to = ctl_option(c, "until");
  span_ms back;
  *until = c->now;
  if (from == NULL)
    return ctl_misuse(c, "report: --since is missing");
  if (c->is_json && ctl_option(c, "csv") != NULL)
    return ctl_misuse(c, "report: it is either --json or --csv");
  int status = CTL_DONE;
  if (to != NULL)
    status = ctl_read_time(c, to, until);
  if (status == CTL_DONE && span_parse(from, &back) == OK)
    *since = c->now - back;
  else if (status == CTL_DONE)
    status = ctl_read_time(c, from, since);
  if (status == CTL_DONE && *since >= *until)
    return ctl_fail(c, "report: it would end before it begins");
  return status;
}

static int run(struct ctl *c) {
  struct hours_during during = {
      .days = OFFICE_DAYS, .from = OFFICE_FROM, .to = OFFICE_TO};
  struct hours office = {.during = &during, .during_n = 1};
  const struct hours *hours = &office;
  const char *name = ctl_option(c, "hours"), *why;
  char zone[ZONE_NAME];
  struct report report;
  wall_ms since = 0, until = 0;
  int status = read_period(c, &since, &until);
  if (status != CTL_DONE)
    return status;
  enum err err = ctl_try_open(c, LEDGER_READ, &why);
  if (err != OK)
    return ctl_fail_open(c, err, why);
  if (name != NULL && (hours = find_hours(c, name)) == NULL)
    return unknown_hours(c, name);
  zone_local_name(zone);
  if (name == NULL && zone_load(zone, &office.zone) != OK)
    office.zone = NULL; /* UTC */
  report_init(&report, since, until, hours);
  err = ledger_report(c->ledger, c->now, &report);
  status = err == OK ? print(c, &report) : ctl_fail_ledger(c, err);
  report_fini(&report);
  zone_free(office.zone);
  return status;
}

const struct ctl_command ctl_report = {
    .name = "report",
    .usage = "--since TIME [--until TIME] [--hours NAME] [--json | --csv]",
    .summary = "figures of a period: how many, how fast, who was paged",
    .run = run,
    .options = {{.name = "since", .value = "TIME"},
                {.name = "until", .value = "TIME"},
                {.name = "hours", .value = "NAME"},
                {.name = "csv"}}};
