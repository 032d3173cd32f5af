/* SPDX-License-Identifier: MIT */
#include "door/ctl_show_head.h"

#include "door/ctl_page.h"
#include "door/ctl_postmortem.h"
#include "door/ctl_related.h"
#include "door/ctl_show_talk.h"

#include <string.h>

void ctl_show_head(const struct ctl *c, const struct incident *i) {
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
    (void)ledger_alerts(c->ledger, i->id, CTL_SHOW_ALERTS, find_holder,
                        &holder);
  ctl_table_add(t, COLOUR_DIM, "paused");
  ctl_table_addf(t, COLOUR_YELLOW,
                 "all that fires is held back%s: nobody is paged",
                 buf_text(&holder));
  buf_fini(&holder);
}

enum err ctl_show_fields(const struct ctl *c, const struct incident *i) {
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

void ctl_show_heading(const struct ctl *c, const char *heading) {
  fputc('\n', c->out);
  ctl_put(c->out, &c->style, COLOUR_BOLD, heading);
  fputc('\n', c->out);
}
