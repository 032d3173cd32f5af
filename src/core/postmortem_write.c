/* SPDX-License-Identifier: MIT */
#include "core/postmortem_write.h"

#include "base/span.h"

#include <stdio.h>
#include <string.h>

#define INVITED_MAX 32

/* The numbers that people count with `incidentctl count`. */
static const struct {
  const char *name, *title;
} counts[] = {{"notifications-late", "Notifications out of SLA"},
              {"events-dropped", "Events dropped"},
              {"accounts", "Accounts affected"},
              {"users", "Users affected"},
              {"support-requests", "Support requests"}};
#define COUNTS (sizeof counts / sizeof counts[0])

static void write_section(const struct postmortem_view *v, struct document *d,
                          enum section section, int level) {
  struct buf text;
  buf_init(&text, DOCUMENT_MAX);
  postmortem_text(v, section, &text);
  document_heading(d, level, section_headings[section]);
  if (text.len > 0)
    document_words(d, buf_text(&text));
  else
    document_gap(d, section_gaps[section]);
  if (text.err != OK)
    d->out.err = text.err;
  buf_fini(&text);
}

/* ---- the head ---- */

static void item_time(struct document *d, const char *name, wall_ms at) {
  char text[DOCUMENT_TIME];
  if (at == WALL_NEVER)
    return;
  document_print_time(at, text);
  document_item(d, name, text);
}

static void item_labels(struct document *d, const char *labels) {
  struct json_in *doc = NULL;
  if (labels == NULL)
    return;
  enum err err = json_parse(labels, strlen(labels), &doc, NULL);
  if (err == ERR_NOMEM)
    d->out.err = err;
  for (size_t i = 0; err == OK && i < json_count(doc); i++) {
    const char *name;
    const struct json_in *value = json_member(doc, i, &name);
    document_item(d, name, json_at_text(value, "", ""));
  }
  json_in_free(doc);
}

static void write_head(const struct postmortem_view *v, struct document *d) {
  const struct incident *i = &v->dossier->incident;
  const struct postmortem *p = &v->dossier->postmortem;
  char span[SPAN_TEXT];
  if (i->is_test)
    document_say(d, "This was a test; it counts in no figure.");
  if (i->is_private)
    document_say(d, "Private: only for those who took part in it.");
  document_items_begin(d);
  document_item(d, "Status", postmortem_status_names[p->status]);
  document_item(d, "Owner", p->owner != NULL ? p->owner : "nobody yet");
  document_item(d, "Severity", i->severity);
  item_time(d, "Declared", i->declared_at);
  item_time(d, "Resolved", i->resolved_at);
  wall_ms end = dossier_end(v->dossier, v->now);
  span_print_rough(end > i->declared_at ? end - i->declared_at : 0, span);
  document_item(d, "Duration", span);
  if (i->service != NULL)
    document_item(d, "Service", i->service);
  if (i->team != NULL)
    document_item(d, "Team", i->team);
  item_labels(d, i->labels);
  document_items_end(d);
}

/* ---- the meeting ---- */

static void invite(const char **all, size_t *n, const char *who) {
  for (size_t i = 0; i < *n; i++)
    if (strcmp(all[i], who) == 0)
      return;
  if (*n < INVITED_MAX)
    all[(*n)++] = who;
}

static void item_invited(const struct dossier *f, struct document *d) {
  const char *all[INVITED_MAX];
  struct buf line;
  size_t n = 0;
  if (f->postmortem.owner != NULL)
    invite(all, &n, f->postmortem.owner);
  if (f->incident.commander != NULL)
    invite(all, &n, f->incident.commander);
  for (size_t i = 0; i < f->roles.n; i++)
    invite(all, &n, f->roles.items[i].who);
  for (size_t i = 0; i < f->tasks.n; i++)
    if (f->tasks.items[i].assignee != NULL)
      invite(all, &n, f->tasks.items[i].assignee);
  if (f->incident.acknowledged_by != NULL)
    invite(all, &n, f->incident.acknowledged_by);
  buf_init(&line, DOCUMENT_MAX);
  for (size_t i = 0; i < n; i++)
    buf_addf(&line, "%s%s", i > 0 ? ", " : "", all[i]);
  document_item(d, "Invited", n > 0 ? buf_text(&line) : "nobody yet");
  if (line.err != OK)
    d->out.err = line.err;
  buf_fini(&line);
}

static void write_meeting(const struct postmortem_view *v, struct document *d) {
  const struct dossier *f = v->dossier;
  char due[DOCUMENT_TIME], line[DOCUMENT_TIME + 40];
  document_heading(d, 2, "Meeting");
  document_items_begin(d);
  if (f->postmortem.meeting_at != WALL_NEVER) {
    item_time(d, "Time", f->postmortem.meeting_at);
  } else {
    document_print_time(postmortem_due(f->severity, dossier_end(f, v->now)),
                        due);
    snprintf(line, sizeof line, "not scheduled, due by %s", due);
    document_item(d, "Time", line);
  }
  document_item(d, "Length", "15 to 30 minutes");
  item_invited(f, d);
  document_items_end(d);
  write_section(v, d, SECTION_AGENDA, 3);
  write_section(v, d, SECTION_RECORDING, 3);
}

/* ---- impact ---- */

static void write_impacts(const struct postmortem_view *v, struct document *d) {
  static const char *const heads[] = {"From (UTC)", "To (UTC)", "Duration",
                                      "What customers noticed"};
  const struct dossier *f = v->dossier;
  char span[SPAN_TEXT];
  if (f->impacts.n == 0)
    return;
  document_table(d, heads, 4);
  for (size_t i = 0; i < f->impacts.n; i++) {
    const struct impact *x = &f->impacts.items[i];
    span_print_rough(impact_duration(x, v->now), span);
    document_cell_time(d, x->from);
    document_cell_time(d, x->until);
    document_cell(d, span);
    document_cell(d, x->text);
  }
  document_table_end(d);
}

static void row(struct document *d, const char *name, const char *value) {
  document_cell(d, name);
  document_cell(d, value);
}

static bool is_usual(const struct dossier *f, const struct figure *x) {
  for (size_t i = 0; i < COUNTS; i++)
    if (dossier_figure(f, counts[i].name) == x)
      return true;
  return false;
}

static void write_counts(const struct dossier *f, struct document *d) {
  char number[32];
  for (size_t i = 0; i < COUNTS; i++) {
    const struct figure *x = dossier_figure(f, counts[i].name);
    snprintf(number, sizeof number, "%lld",
             x != NULL ? (long long)x->value : 0);
    row(d, counts[i].title, x != NULL ? number : "not counted");
  }
  for (size_t i = 0; i < f->figures.n; i++) {
    const struct figure *x = &f->figures.items[i];
    if (dossier_figure(f, x->name) != x || is_usual(f, x))
      continue; /* its history, or above */
    snprintf(number, sizeof number, "%lld", (long long)x->value);
    row(d, x->name, number);
  }
}

static void write_impact(const struct postmortem_view *v, struct document *d) {
  static const char *const heads[] = {"Figure", "Value"};
  struct severity_time times[DOSSIER_SEVERITIES];
  size_t n = dossier_severities(v->dossier, v->now, times);
  char span[SPAN_TEXT], name[DOSSIER_SEVERITY_NAME + 16];
  bool is_silent = v->dossier->postmortem.sections[SECTION_IMPACT] == NULL;
  if (is_silent && v->dossier->impacts.n > 0)
    document_heading(d, 2, section_headings[SECTION_IMPACT]);
  else
    write_section(v, d, SECTION_IMPACT, 2);
  write_impacts(v, d);
  document_table(d, heads, 2);
  for (size_t i = 0; i < n; i++) {
    span_print_rough(times[i].span, span);
    snprintf(name, sizeof name, "Time in %.*s", DOSSIER_SEVERITY_NAME - 1,
             times[i].name);
    row(d, name, span);
  }
  write_counts(v->dossier, d);
  document_table_end(d);
}

/* ---- all of it ---- */

enum err postmortem_write(const struct postmortem_view *v, enum markup markup,
                          char **own_text) {
  const struct incident *i = &v->dossier->incident;
  struct document d;
  struct buf title;
  buf_init(&title, DOCUMENT_MAX);
  buf_addf(&title, "Postmortem of incident %lld: %s", (long long)i->id,
           incident_name(i));
  document_begin(&d, markup, buf_text(&title));
  if (title.err != OK)
    d.out.err = title.err;
  buf_fini(&title);
  write_head(v, &d);
  write_section(v, &d, SECTION_OVERVIEW, 2);
  write_section(v, &d, SECTION_WHAT_HAPPENED, 2);
  write_section(v, &d, SECTION_FACTORS, 2);
  write_section(v, &d, SECTION_RESOLUTION, 2);
  write_impact(v, &d);
  write_section(v, &d, SECTION_WENT_WELL, 2);
  write_section(v, &d, SECTION_WENT_BADLY, 2);
  postmortem_write_facts(v, &d);
  write_meeting(v, &d);
  write_section(v, &d, SECTION_MAIL, 2);
  write_section(v, &d, SECTION_EXTERNAL, 2);
  return document_end(&d, own_text);
}
