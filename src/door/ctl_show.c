/* SPDX-License-Identifier: MIT */
#include "door/ctl_show.h"
#include "door/ctl.h"
#include "door/ctl_checklist.h"
#include "door/ctl_entries.h"
#include "door/ctl_evidence.h"
#include "door/ctl_link.h"
#include "door/ctl_page.h"
#include "door/ctl_postmortem.h"
#include "door/ctl_related.h"
#include "door/ctl_show_talk.h"
#include "door/ctl_show_work.h"

#include "core/message.h"

#include <stdlib.h>
#include <string.h>

#define ALERTS_SHOWN 20
#define SERIES_MAX 1024

/* ---- where it comes from ---- */

/* The plugin's memory is newer than the ledger while it cannot write; it has
 * the incident's fields only. */
static bool find_in_memory(const struct ctl *c, int64_t id,
                           struct incident *own_incident) {
  struct ctl_link_list list = {0};
  bool is_found = false;
  if (ctl_link_list(c->ledger_path, &list) != OK)
    return false;
  for (size_t i = 0; i < list.n && !is_found; i++)
    if (list.incidents[i].id == id) {
      *own_incident = list.incidents[i];
      incident_init(&list.incidents[i]);
      is_found = true;
    }
  ctl_link_free_list(&list);
  return is_found;
}

/* CTL_DONE: the incident is the caller's to finish off. */
static int find(struct ctl *c, int64_t id, struct incident *own_incident) {
  struct ctl_link_status status;
  struct incident in_memory;
  const char *why;
  enum err opened = ctl_try_open(c, LEDGER_READ, &why), err = ERR_NOTFOUND;
  if (opened == OK)
    err = ledger_incident(c->ledger, id, own_incident);
  if ((opened != OK || (ctl_link_status(c->ledger_path, &status) == OK &&
                        status.is_degraded)) &&
      find_in_memory(c, id, &in_memory)) {
    if (err == OK)
      incident_fini(own_incident);
    *own_incident = in_memory;
    ctl_warn(c,
             "incident %lld is shown from the plugin's memory: the ledger "
             "cannot be %s",
             (long long)id, opened == OK ? "written" : "read");
    return CTL_DONE;
  }
  if (opened != OK)
    return ctl_fail_open(c, opened, why);
  if (err == ERR_NOTFOUND)
    return ctl_fail(c, "incident %lld: not found", (long long)id);
  return err == OK ? CTL_DONE : ctl_fail_ledger(c, err);
}

/* ---- its parts, one after another ---- */

struct shown {
  const struct ctl *c;
  const struct incident *incident;
  struct ctl_table table;
  struct ctl_list_json json;
  struct ctl_evidence evidence;
  bool with_responses;
  bool with_evidence; /* the samples themselves */
  int64_t n;          /* of what was walked through */
};

static enum err add_alert_json(void *arg, const struct alert *a,
                               const char *rule_name) {
  struct shown *s = arg;
  struct json *j = json_new();
  (void)rule_name; /* that of the incident */
  const struct trend *trend = ctl_evidence_of(&s->evidence, a);
  if (j != NULL) {
    json_object(j);
    alert_put(a, trend, j);
    if (s->with_evidence)
      ctl_evidence_put(trend, j);
    json_object_end(j);
  }
  ctl_json_item(&s->json, j);
  return s->json.err;
}

static enum err add_page_json(void *arg, const struct page *p) {
  struct shown *s = arg;
  struct json *j = json_new();
  if (j != NULL)
    ctl_page_print(p, s->with_responses, j);
  ctl_json_item(&s->json, j);
  return s->json.err;
}

static int show_json(struct shown *s) {
  const struct ctl *c = s->c;
  int64_t id = s->incident->id;
  enum err err = OK;
  char *text = NULL;
  struct json *j = json_new();
  if (j != NULL) {
    ctl_put_incident(c, s->incident, j);
    err = json_done(j, &text);
  }
  json_free(j);
  if (text == NULL)
    return ctl_fail(c, "cannot print: %s", err_text(err ? err : ERR_NOMEM));
  fprintf(c->out, "{\"incident\":%s", text);
  free(text);
  ctl_json_begin(&s->json, c, ",\"alerts\":");
  if (c->ledger != NULL)
    err = ledger_alerts(c->ledger, id, 0, add_alert_json, s);
  int status = ctl_json_end(&s->json, "");
  ctl_json_begin(&s->json, c, ",\"timeline\":");
  if (c->ledger != NULL && err == OK)
    err = ctl_entries_put(c, id, &s->json);
  if (status == CTL_DONE)
    status = ctl_json_end(&s->json, "");
  ctl_json_begin(&s->json, c, ",\"pages\":");
  if (c->ledger != NULL && err == OK)
    err = ledger_pages(c->ledger, id, 0, add_page_json, s);
  if (status == CTL_DONE)
    status = ctl_json_end(&s->json, "");
  if (err == OK && status == CTL_DONE)
    err = ctl_related_json(c, id);
  if (err == OK && status == CTL_DONE)
    err = ctl_show_work_json(c, id);
  if (err == OK && status == CTL_DONE)
    err = ctl_show_talk_json(c, s->incident);
  if (err == OK && status == CTL_DONE)
    err = ctl_postmortem_show_json(c, s->incident);
  fputs("}\n", c->out);
  return err != OK && status == CTL_DONE ? ctl_fail_ledger(c, err) : status;
}

/* ---- the head ---- */

static void put_head(const struct ctl *c, const struct incident *i) {
  char number[32];
  snprintf(number, sizeof number, "incident %lld", (long long)i->id);
  ctl_put(c->out, &c->style, COLOUR_BOLD, number);
  fputs("  ", c->out);
  ctl_put(c->out, &c->style, ctl_severity_colour(i), i->severity);
  fputs("  ", c->out);
  ctl_put(c->out, &c->style, incident_is_open(i) ? COLOUR_NONE : COLOUR_GREEN,
          status_names[i->status]);
  if (i->is_test)
    fputs("  [test]", c->out);
  if (i->is_private)
    fputs("  [private]", c->out);
  if (i->is_private) {
    fputs("  ", c->out);
    ctl_put(c->out, &c->style, COLOUR_BOLD, incident_name(i));
  }
  if (i->is_storm)
    fputs("  [storm]", c->out);
  if (i->is_paused)
    fputs("  [paused]", c->out);
  fputs("\n", c->out);
  ctl_put(c->out, &c->style, COLOUR_BOLD, i->title);
  fputc('\n', c->out);
}

static void add_field(struct ctl_table *t, const char *name,
                      const char *value) {
  if (value == NULL || value[0] == '\0')
    return;
  ctl_table_add(t, COLOUR_DIM, name);
  ctl_table_add(t, COLOUR_NONE, value);
}

static void add_place(struct ctl_table *t, const char *name,
                      const struct incident *i, const struct template *url) {
  struct buf b;
  if (url == NULL)
    return;
  buf_init(&b, 8192);
  incident_add_url(i, url, &b);
  add_field(t, name, buf_text(&b));
  buf_fini(&b);
}

/* "declared  12m ago, 2026-11-21 10:00:00, by rule:disk-full" */
static void add_time(struct ctl_table *t, const struct ctl *c, const char *name,
                     wall_ms at, const char *by) {
  char age[SPAN_TEXT], local[CLOCK_LOCAL];
  if (at == WALL_NEVER)
    return;
  ctl_age(c, at, age);
  clock_print_local(at, local);
  ctl_table_add(t, COLOUR_DIM, name);
  ctl_table_addf(t, COLOUR_NONE, "%s ago, %s%s%s", age, local,
                 by != NULL ? ", by " : "", by != NULL ? by : "");
}

static void add_holder(struct ctl_table *t, const struct ctl *c,
                       const struct incident *i) {
  if (i->acknowledged_by != NULL) {
    add_time(t, c, "acknowledged", i->acknowledged_at, i->acknowledged_by);
  } else if (incident_is_open(i)) {
    ctl_table_add(t, COLOUR_DIM, "acknowledged");
    ctl_table_add(t, COLOUR_RED, "by nobody");
  }
}

static void add_snooze(struct ctl_table *t, const struct ctl *c,
                       const struct incident *i) {
  char left[SPAN_TEXT], local[CLOCK_LOCAL];
  if (i->snoozed_until == WALL_NEVER || !incident_is_open(i))
    return;
  ctl_left(c, i->snoozed_until, left);
  clock_print_local(i->snoozed_until, local);
  ctl_table_add(t, COLOUR_DIM, "snoozed");
  ctl_table_addf(t, COLOUR_YELLOW, "until %s, in %s", local, left);
}

static void add_labels(struct ctl_table *t, const char *labels) {
  struct json_in *doc = NULL;
  const char *name;
  struct buf b;
  buf_init(&b, 65536);
  if (labels != NULL && json_parse(labels, strlen(labels), &doc, NULL) == OK)
    for (size_t i = 0; i < json_count(doc); i++) {
      const struct json_in *value = json_member(doc, i, &name);
      buf_addf(&b, "%s%s=%s", i > 0 ? ", " : "", name,
               json_at_text(value, "", ""));
    }
  add_field(t, "labels", buf_text(&b));
  json_in_free(doc);
  buf_fini(&b);
}

/* ERR_CEILING: found. */
static enum err find_holder(void *arg, const struct alert *a,
                            const char *rule_name) {
  struct buf *out = arg;
  (void)rule_name; /* that of the incident */
  if (!alert_is_live(a) || !alert_is_held(a))
    return OK;
  if (alert_extra(a)->silence != 0)
    buf_addf(out, " by silence %lld", (long long)alert_extra(a)->silence);
  else if (alert_extra(a)->inhibitor > 0)
    buf_addf(out, " by incident %lld", (long long)alert_extra(a)->inhibitor);
  return ERR_CEILING;
}

static void add_pause(struct ctl_table *t, const struct ctl *c,
                      const struct incident *i) {
  struct buf holder;
  if (!i->is_paused)
    return;
  buf_init(&holder, 64);
  if (c->ledger != NULL) /* one less if it cannot tell */
    (void)ledger_alerts(c->ledger, i->id, ALERTS_SHOWN, find_holder, &holder);
  ctl_table_add(t, COLOUR_DIM, "paused");
  ctl_table_addf(t, COLOUR_YELLOW,
                 "all that fires is held back%s: nobody is paged",
                 buf_text(&holder));
  buf_fini(&holder);
}

static enum err put_fields(const struct ctl *c, const struct incident *i) {
  static const struct ctl_column columns[] = {{0}, {0}};
  const char *base = ctl_base_url(c);
  struct ctl_table t;
  fputc('\n', c->out);
  ctl_table_begin(&t, c->out, &c->style, columns, 2);
  t.indent = 2;
  t.is_wrapped = t.has_lines = true;
  add_holder(&t, c, i);
  add_snooze(&t, c, i);
  add_time(&t, c, "declared", i->declared_at, i->declared_by);
  add_time(&t, c, "resolved", i->resolved_at,
           i->resolved_by != NULL ? i->resolved_by : "itself");
  if (i->alerts_total > 0) {
    ctl_table_add(&t, COLOUR_DIM, "alerts");
    ctl_table_addf(&t, COLOUR_NONE, "%lld firing of %lld",
                   (long long)i->alerts_firing, (long long)i->alerts_total);
  }
  if (i->is_storm)
    add_field(&t, "storm", "what its rule would have declared too often");
  add_pause(&t, c, i);
  ctl_runs_add(&t, c, i);
  ctl_clocks_add(&t, c, i);
  ctl_postmortem_add(&t, c, i);
  add_field(&t, "description", i->description);
  add_field(&t, "summary", i->summary);
  add_field(&t, "cause", i->cause);
  add_field(&t, "detection", i->detection);
  ctl_related_add(&t, c, i);
  add_field(&t, "service", i->service);
  add_field(&t, "team", i->team);
  add_field(&t, "commander", i->commander);
  add_labels(&t, i->labels);
  add_field(&t, "runbook", i->runbook);
  if (c->settings != NULL) {
    add_place(&t, "chat", i, c->settings->chat_url);
    add_place(&t, "call", i, c->settings->call_url);
  }
  if (base[0] != '\0') {
    ctl_table_add(&t, COLOUR_DIM, "url");
    ctl_table_addf(&t, COLOUR_NONE, "%s/incidents/%lld", base,
                   (long long)i->id);
  }
  return ctl_table_end(&t);
}

static void put_heading(const struct ctl *c, const char *heading) {
  fputc('\n', c->out);
  ctl_put(c->out, &c->style, COLOUR_BOLD, heading);
  fputc('\n', c->out);
}

/* ---- alerts ---- */

/* "flapping, silenced by 3, inhibited by incident 7" */
static void add_hold(struct ctl_table *t, const struct alert *a) {
  struct buf b;
  buf_init(&b, 256);
  if (a->is_flapping)
    buf_add(&b, "flapping");
  if (alert_is_live(a) && alert_extra(a)->silence != 0)
    buf_addf(&b, "%ssilenced by %lld", b.len > 0 ? ", " : "",
             (long long)alert_extra(a)->silence);
  if (alert_is_live(a) && alert_extra(a)->inhibitor != 0)
    buf_addf(&b, "%sinhibited", b.len > 0 ? ", " : "");
  if (alert_is_live(a) && alert_extra(a)->inhibitor > 0)
    buf_addf(&b, " by incident %lld", (long long)alert_extra(a)->inhibitor);
  ctl_table_add(t, COLOUR_YELLOW, buf_text(&b));
  buf_fini(&b);
}

static enum err add_alert(void *arg, const struct alert *a,
                          const char *rule_name) {
  struct shown *s = arg;
  char age[SPAN_TEXT], value[JSON_NUMBER] = "";
  struct buf series;
  (void)rule_name; /* that of the incident */
  if (s->n++ == 0)
    put_heading(s->c, "Alerts");
  buf_init(&series, SERIES_MAX);
  signal_add_name(a->signal, &series);
  ctl_age(s->c, a->since, age);
  if (a->signal->has_value)
    json_number(a->signal->value, value);
  bool is_firing = alert_is_firing(a);
  ctl_table_add(&s->table,
                !is_firing                  ? COLOUR_GREEN
                : a->level == LEVEL_FAILURE ? COLOUR_RED
                                            : COLOUR_YELLOW,
                alert_is_attached(a) ? "attached"
                                     : alert_state_names[a->state]);
  ctl_table_add(&s->table, COLOUR_NONE,
                alert_is_attached(a) ? "" : level_names[a->level]);
  ctl_table_add(&s->table, COLOUR_NONE, buf_text(&series));
  ctl_table_add(&s->table, COLOUR_NONE, value);
  ctl_evidence_add(&s->table, ctl_evidence_of(&s->evidence, a));
  ctl_table_add(&s->table, COLOUR_NONE, age);
  add_hold(&s->table, a);
  ctl_table_add(&s->table, COLOUR_NONE, signal_message(a->signal));
  buf_fini(&series);
  return s->table.err;
}

static enum err put_alerts(struct shown *s) {
  static const struct ctl_column columns[] = {
      {"STATE", false}, {"LEVEL", false},     {"SERIES", false},
      {"VALUE", true},  CTL_EVIDENCE_COLUMNS, {"FOR", true},
      {"HELD", false},  {"MESSAGE", false}};
  const struct incident *i = s->incident;
  ctl_table_begin(&s->table, s->c->out, &s->c->style, columns,
                  sizeof columns / sizeof columns[0]);
  s->table.indent = 2;
  s->n = 0;
  enum err err = ledger_alerts(s->c->ledger, i->id, ALERTS_SHOWN, add_alert, s);
  enum err printed = ctl_table_end(&s->table);
  if (i->alerts_total > s->n && s->n == ALERTS_SHOWN)
    fprintf(s->c->out,
            "  \xe2\x80\xa6 and %lld more: incidentctl show %lld --json\n",
            (long long)(i->alerts_total - s->n), (long long)i->id);
  return err != OK ? err : printed;
}

/* ---- pages ---- */

static enum err add_page(void *arg, const struct page *p) {
  struct shown *s = arg;
  if (s->n++ == 0)
    put_heading(s->c, "Pages");
  ctl_pages_add(&s->table, p, s->with_responses);
  return s->table.err;
}

/* Of a page that was tried once its own line tells everything. */
static enum err add_attempts(void *arg, const struct page *p) {
  struct shown *s = arg;
  if (p->attempts < 2)
    return OK;
  if (s->n++ == 0)
    put_heading(s->c, "Attempts");
  ctl_attempts_add(&s->table, p);
  return s->table.err;
}

static enum err put_attempts(struct shown *s) {
  ctl_attempts_begin(&s->table, s->c);
  s->n = 0;
  enum err err =
      ledger_pages(s->c->ledger, s->incident->id, 0, add_attempts, s);
  enum err printed = ctl_table_end(&s->table);
  return err != OK ? err : printed;
}

static enum err put_pages(struct shown *s) {
  ctl_pages_begin(&s->table, s->c);
  s->n = 0;
  enum err err = ledger_pages(s->c->ledger, s->incident->id, 0, add_page, s);
  enum err printed = ctl_table_end(&s->table);
  return err != OK ? err : printed;
}

/* ---- the command ---- */

static int show(struct shown *s, bool timeline_only, bool pages_only) {
  const struct ctl *c = s->c;
  bool is_all = !timeline_only && !pages_only && !s->with_evidence;
  enum err err = OK;
  put_head(c, s->incident);
  if (is_all)
    err = put_fields(c, s->incident);
  if (c->ledger == NULL)
    return CTL_DONE;
  if (is_all && err == OK)
    err = put_alerts(s);
  if (is_all && err == OK)
    err = ctl_show_talk(c, s->incident);
  if (is_all && err == OK)
    err = ctl_show_work(c, s->incident->id);
  if (is_all && s->incident->is_private && incident_is_open(s->incident) &&
      c->settings != NULL) {
    put_heading(c, "Security checklist");
    ctl_checklist_put(c);
  }
  if (s->with_evidence && err == OK)
    err = ctl_evidence_show(c, &s->evidence, s->incident->id);
  if ((is_all || timeline_only) && err == OK)
    err = ctl_entries_show(c, s->incident->id, timeline_only);
  if ((is_all || pages_only) && err == OK)
    err = put_pages(s);
  if (pages_only && err == OK)
    err = put_attempts(s);
  return err == OK ? CTL_DONE : ctl_fail_ledger(c, err);
}

int ctl_show_all(const struct ctl *c, const struct incident *i) {
  struct shown s = {
      .c = c, .incident = i, .with_responses = true, .with_evidence = true};
  enum err err = ctl_evidence_read(&s.evidence, c->ledger, i->id);
  int status = err == OK ? show_json(&s) : ctl_fail_ledger(c, err);
  ctl_evidence_fini(&s.evidence);
  return status;
}

static int run(struct ctl *c) {
  struct incident i;
  int64_t id;
  bool timeline_only = ctl_option(c, "timeline") != NULL;
  bool pages_only = ctl_option(c, "pages") != NULL;
  struct shown s = {.c = c,
                    .incident = &i,
                    .with_responses = pages_only,
                    .with_evidence = ctl_option(c, "evidence") != NULL};
  int status = ctl_read_id(c, c->arguments[0], &id);
  if (status == CTL_DONE)
    status = find(c, id, &i);
  if (status != CTL_DONE)
    return status;
  enum err err = OK;
  if (c->ledger != NULL)
    err = ctl_evidence_read(&s.evidence, c->ledger, id);
  if (err != OK)
    status = ctl_fail_ledger(c, err);
  else
    status = c->is_json ? show_json(&s) : show(&s, timeline_only, pages_only);
  ctl_evidence_fini(&s.evidence);
  incident_fini(&i);
  return status;
}

const struct ctl_command ctl_show = {
    .name = "show",
    .usage = "ID [--timeline] [--pages] [--evidence]",
    .summary = "everything about an incident, or its timeline, pages or plots",
    .arguments_min = 1,
    .arguments_max = 1,
    .run = run,
    .options = {{.name = "timeline"}, {.name = "pages"}, {.name = "evidence"}}};
