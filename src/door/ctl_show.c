/* SPDX-License-Identifier: MIT */
#include "door/ctl_show.h"
#include "door/ctl.h"
#include "door/ctl_checklist.h"
#include "door/ctl_entries.h"
#include "door/ctl_evidence.h"
#include "door/ctl_link.h"
#include "door/ctl_page.h"
#include "door/ctl_plot.h"
#include "door/ctl_postmortem.h"
#include "door/ctl_related.h"
#include "door/ctl_show_head.h"
#include "door/ctl_show_talk.h"
#include "door/ctl_show_work.h"

#include "core/message.h"

#include <stdlib.h>
#include <string.h>

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
  char age[SPAN_TEXT], value[PLOT_NUMBER] = "";
  struct buf series;
  (void)rule_name; /* that of the incident */
  if (s->n++ == 0)
    ctl_show_heading(s->c, "Alerts");
  buf_init(&series, SERIES_MAX);
  signal_add_name(a->signal, &series);
  ctl_age(s->c, a->since, age);
  if (a->signal->has_value)
    ctl_plot_number(a->signal->value, value);
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
  enum err err =
      ledger_alerts(s->c->ledger, i->id, CTL_SHOW_ALERTS, add_alert, s);
  enum err printed = ctl_table_end(&s->table);
  if (i->alerts_total > s->n && s->n == CTL_SHOW_ALERTS)
    fprintf(s->c->out,
            "  \xe2\x80\xa6 and %lld more: incidentctl show %lld --json\n",
            (long long)(i->alerts_total - s->n), (long long)i->id);
  return err != OK ? err : printed;
}

/* ---- pages ---- */

static enum err add_page(void *arg, const struct page *p) {
  struct shown *s = arg;
  if (s->n++ == 0)
    ctl_show_heading(s->c, "Pages");
  ctl_pages_add(&s->table, p, s->with_responses);
  return s->table.err;
}

/* Of a page that was tried once its own line tells everything. */
static enum err add_attempts(void *arg, const struct page *p) {
  struct shown *s = arg;
  if (p->attempts < 2)
    return OK;
  if (s->n++ == 0)
    ctl_show_heading(s->c, "Attempts");
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
  ctl_show_head(c, s->incident);
  if (is_all)
    err = ctl_show_fields(c, s->incident);
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
    ctl_show_heading(c, "Security checklist");
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
