/* SPDX-License-Identifier: MIT */
/* `doctor`: would a page reach anybody tonight? */
#include "build_config.h"
#include "door/ctl_checklist.h"
#include "door/ctl_duty.h"
#include "door/ctl_health.h"
#include "door/ctl_link.h"
#include "door/ctl_test.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define LINE_MAX_BYTES 8192
#define AHEAD_MS 60000 /* clocks may step that far */

struct doctor {
  struct ctl *c;
  struct ctl_list_json json;
  size_t findings;
  const char *what;   /* is looked at */
  const char *advice; /* for what is found by others */
  struct ctl_health health;
  struct conf_file *file; /* the configuration in force */
};

/* ---- findings ---- */

static void put(struct doctor *d, const char *line, const char *advice) {
  const struct ctl *c = d->c;
  d->findings++;
  if (c->is_json) {
    struct json *j = json_new();
    if (j != NULL) {
      json_object(j);
      json_put_text(j, "what", d->what);
      json_put_text(j, "text", line);
      json_put_text(j, "advice", advice);
      json_object_end(j);
    }
    ctl_json_item(&d->json, j);
    return;
  }
  ctl_put(c->out, &c->style, COLOUR_BOLD, d->what);
  fputs(": ", c->out);
  ctl_put(c->out, &c->style, COLOUR_NONE, line);
  fputs("\n  ", c->out);
  ctl_put(c->out, &c->style, COLOUR_DIM, advice);
  fputc('\n', c->out);
}

static void find(struct doctor *d, const char *advice, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static void find(struct doctor *d, const char *advice, const char *format,
                 ...) {
  char line[LINE_MAX_BYTES];
  va_list args;
  va_start(args, format);
  vsnprintf(line, sizeof line, format, args);
  va_end(args);
  put(d, line, advice);
}

static void take_line(void *arg, const char *line) {
  struct doctor *d = arg;
  put(d, line, d->advice);
}

static void take_finding(void *arg, const struct finding *f) {
  struct doctor *d = arg;
  find(d, d->advice, "%s: %s", f->path, f->message);
}

/* ---- the plugin ---- */

static bool look_at_plugin(struct doctor *d) {
  const char *path = d->c->ledger_path;
  struct ctl_link_status link = {0};
  d->what = "plugin";
  pid_t owner = ledger_owner(path);
  if (owner == 0) {
    find(d,
         "start collectd; until then nobody is paged: incidentctl status says "
         "whom to phone",
         "collectd does not run with it, or uses another ledger");
    return false;
  }
  if (owner < 0)
    find(d, "read and write access to the ledger's .lock file is needed",
         "cannot tell whether collectd runs");
  enum err err = ctl_link_status(path, &link);
  if (err != OK) {
    find(d, "see collectd's log; restart it if it hangs",
         "it does not answer: %s", err_text(err));
    return false;
  }
  if (link.is_degraded)
    find(d, "make room on the disk and see that collectd may write there",
         "it cannot write the ledger; %lld rows are in memory only",
         (long long)link.rows_waiting);
  if (link.refused > 0)
    find(d, "see what sends so many; a rule with Record does not page",
         "%lld notifications were refused, too many at once",
         (long long)link.refused);
  if (link.series_evicted > 0)
    find(d, "raise SeriesLimit", "%lld series were forgotten",
         (long long)link.series_evicted);
  if (strcmp(link.version, PACKAGE_VERSION) != 0)
    find(d, "restart collectd after an update",
         "it is version %s, incidentctl is " PACKAGE_VERSION, link.version);
  return true;
}

/* ---- the ledger ---- */

static enum err look_at_ledger(struct doctor *d) {
  struct ctl *c = d->c;
  wall_ms newest = 0;
  int64_t n = 0;
  d->what = "ledger";
  d->advice = "stop collectd and start it again: what can be read is saved; "
              "see DIAGNOSTICS in collectd-incident(5)";
  enum err err = ledger_verify(c->ledger, take_line, d, &n);
  if (err == OK)
    err = ledger_newest(c->ledger, &newest);
  d->what = "clock";
  if (err == OK && newest > c->now + AHEAD_MS) {
    char text[CLOCK_LOCAL];
    clock_print_local(newest, text);
    find(d,
         "set the clock right (chrony, timesyncd); times of pages depend on "
         "it",
         "something was written down at %s, which is in the future", text);
  }
  return err;
}

/* ---- the configuration ---- */

static bool is_failing(const struct doctor *d, const char *webhook) {
  for (size_t i = 0; i < d->health.webhooks_n; i++)
    if (strcmp(d->health.webhooks[i].webhook, webhook) == 0)
      return true;
  return false;
}

static void look_at_webhooks(struct doctor *d) {
  char age[SPAN_TEXT];
  d->what = "webhook";
  for (size_t i = 0; i < d->health.webhooks_n; i++) {
    const struct ctl_ailing *a = &d->health.webhooks[i];
    ctl_age(d->c, a->since, age);
    find(d, "see that its URL and secret are right, then: incidentctl test",
         "%s has failed for %s: %s", a->webhook, age, a->error);
  }
  d->what = "chain";
  for (size_t i = 0; i < d->health.chains_n; i++)
    find(d,
         "give its people another webhook; until then incidentctl status says "
         "whom to phone",
         "%s reaches nobody: none of its webhooks works", d->health.chains[i]);
}

static void look_at_people(struct doctor *d) {
  const struct settings *s = d->c->settings;
  d->what = "responder";
  for (size_t i = 0; i < s->responders_n; i++) {
    const struct responder *r = s->responders[i];
    size_t failing = 0;
    for (size_t k = 0; k < r->ways_n; k++)
      failing += is_failing(d, r->ways[k].webhook->name);
    if (r->contact[0] == '\0')
      find(d, "give them a Contact, for when webhooks fail",
           "%s has no Contact", r->name);
    if (r->ways_n > 0 && failing == r->ways_n)
      find(d, "give them a second Webhook of another service",
           "nothing reaches %s: all of their webhooks fail", r->name);
  }
}

static void look_at_checklist(struct doctor *d) {
  const struct checklist *l = &d->c->settings->checklist;
  const struct {
    const char *what;
    wall_ms at;
  } dates[] = {{"reviewed", l->reviewed_at}, {"tested", l->tested_at}};
  char date[CLOCK_TEXT], every[SPAN_TEXT];
  d->what = "checklist";
  span_print_rough(l->every, every);
  for (size_t i = 0; l->is_given && i < 2; i++) {
    if (!checklist_is_due(l, dates[i].at, d->c->now))
      continue;
    ctl_checklist_date(dates[i].at, date);
    find(d,
         "go through it with the team, then write the day into <Checklist>: "
         "incidentctl checklist",
         "last %s: %s, to be done every %s", dates[i].what, date, every);
  }
}

static enum err look_at_schedules(struct doctor *d) {
  const struct settings *s = d->c->settings;
  const struct conf *blocks[] = {&d->file->root};
  struct ctl_duty duty = {.c = d->c};
  d->what = "schedule";
  enum err err = ctl_duty_load(&duty, d->c, d->c->now);
  for (size_t i = 0; err == OK && i < s->schedules_n; i++) {
    const struct duty_facts facts = ctl_duty_facts(&duty, s->schedules[i]);
    if (s->schedules[i]->calendar[0] != '\0' && facts.calendar == NULL)
      find(d, "see that the file is there and that you may read it",
           "%s: its Calendar %s cannot be read", s->schedules[i]->name,
           s->schedules[i]->calendar);
    d->advice = "give it a Fallback, or fill the gap: incidentctl oncall "
                "override";
    settings_advise_gaps(s->schedules[i], &facts, d->c->now, blocks, 1,
                         take_finding, d);
  }
  ctl_duty_free(&duty);
  return err;
}

static enum err look_at_config(struct doctor *d) {
  d->what = "configuration";
  enum err err = d->c->settings != NULL ? ctl_read_config(d->c, &d->file) : OK;
  if (err != OK)
    return err;
  if (d->file == NULL) {
    find(d, "start collectd with it; incidentctl check says what is wrong",
         "the ledger knows none");
    return OK;
  }
  const struct conf *blocks[] = {&d->file->root};
  d->advice = "see collectd-incident(5), then: incidentctl reload";
  settings_advise(d->c->settings, blocks, 1, take_finding, d);
  err = ctl_health_load(&d->health, d->c);
  if (err != OK)
    return err;
  look_at_webhooks(d);
  look_at_people(d);
  look_at_checklist(d);
  return look_at_schedules(d);
}

/* ---- the command ---- */

static int send_tests(struct doctor *d) {
  struct ctl *c = d->c;
  int status = ctl_find_by(c);
  d->what = "test";
  for (size_t i = 0;
       status == CTL_DONE && c->settings != NULL && i < c->settings->webhooks_n;
       i++) {
    bool reached = false;
    status = ctl_test_webhook(c, c->settings->webhooks[i]->name, &reached);
    if (status == CTL_DONE && !reached)
      find(d, "incidentctl test WEBHOOK says what came back",
           "nothing got through to %s", c->settings->webhooks[i]->name);
  }
  return status;
}

static int look(struct doctor *d) {
  struct ctl *c = d->c;
  const char *why = NULL;
  bool sends = ctl_option(c, "send") != NULL;
  bool is_alive = look_at_plugin(d);
  enum err err = ctl_try_open(c, sends ? LEDGER_SHARE : LEDGER_READ, &why);
  if (err != OK) {
    d->what = "ledger";
    find(d, "see --ledger, and that you may read it", "%s: %s", c->ledger_path,
         why != NULL && why[0] != '\0' ? why : err_text(err));
    return CTL_DONE;
  }
  err = look_at_ledger(d);
  if (err == OK)
    err = look_at_config(d);
  if (err != OK)
    return ctl_fail_ledger(c, err);
  return sends && is_alive ? send_tests(d) : CTL_DONE;
}

static int run(struct ctl *c) {
  struct doctor d = {.c = c};
  int status = CTL_DONE;
  if (c->is_json)
    ctl_json_begin(&d.json, c, "{\"findings\":");
  status = look(&d);
  int printed = c->is_json ? ctl_json_end(&d.json, "}\n") : CTL_DONE;
  if (status == CTL_DONE)
    status = printed;
  if (status == CTL_DONE && d.findings == 0 && !c->is_json)
    fputs("nothing is wrong\n", c->out);
  ctl_health_free(&d.health);
  conf_file_free(d.file);
  return status == CTL_DONE && d.findings > 0 ? CTL_FAILED : status;
}

const struct ctl_command ctl_doctor = {
    .name = "doctor",
    .usage = "[--send]",
    .summary = "would a page reach anybody? what is wrong, and what to do",
    .run = run,
    .options = {{.name = "send"}}};
