/* SPDX-License-Identifier: MIT */
/* A postmortem for programs. */
#include "core/postmortem_write.h"

#include <stdlib.h>

#define REACHED_MAX 64

static void put_text(const struct postmortem_view *v, enum section section,
                     struct json *j) {
  struct buf text;
  buf_init(&text, DOCUMENT_MAX);
  postmortem_text(v, section, &text);
  if (text.err != OK)
    json_fail(j, text.err);
  json_object(j);
  json_put_text(j, "text", text.len > 0 ? buf_text(&text) : NULL);
  json_put_bool(j, "written", v->dossier->postmortem.sections[section] != NULL);
  json_object_end(j);
  buf_fini(&text);
}

static void put_times(const struct postmortem_view *v, struct json *j) {
  struct severity_time times[DOSSIER_SEVERITIES];
  size_t n = dossier_severities(v->dossier, v->now, times);
  json_key(j, "severities");
  json_array(j);
  for (size_t i = 0; i < n; i++) {
    json_object(j);
    json_put_text(j, "severity", times[i].name);
    json_put_double(j, "seconds", (double)times[i].span / 1000);
    json_object_end(j);
  }
  json_array_end(j);
}

static void put_reached(const struct dossier *f, struct json *j) {
  struct dossier_reached reached[REACHED_MAX];
  size_t n = dossier_reached(f, reached, REACHED_MAX);
  json_key(j, "paged");
  json_array(j);
  for (size_t i = 0; i < n; i++) {
    json_object(j);
    json_put_text(j, "who", reached[i].who);
    json_put_int(j, "pages", (int64_t)reached[i].pages);
    json_put_int(j, "delivered", (int64_t)reached[i].delivered);
    json_put_int(j, "failed", (int64_t)reached[i].failed);
    json_put_time(j, "first_at", reached[i].first_at);
    json_put_time(j, "acknowledged_at", reached[i].acknowledged_at);
    json_object_end(j);
  }
  json_array_end(j);
}

static void put_entries(const struct postmortem_view *v, const char *key,
                        bool only_decisions, struct json *j) {
  const struct dossier *f = v->dossier;
  json_key(j, key);
  json_array(j);
  for (size_t i = 0; i < f->entries.n; i++) {
    const struct entry *e = &f->entries.items[i];
    if (only_decisions ? e->kind == KIND_DECISION
                       : !v->only_important || e->is_important)
      entry_print(e, j);
  }
  json_array_end(j);
}

static void put_plots(const struct dossier *f, struct json *j) {
  json_key(j, "evidence");
  json_array(j);
  for (size_t i = 0; i < f->plots.n; i++) {
    const struct dossier_plot *p = &f->plots.items[i];
    if (!p->is_named)
      continue;
    json_object(j);
    json_put_text(j, "series", p->name);
    json_key(j, "points");
    json_array(j);
    for (size_t k = 0; k < p->trend.n; k++) {
      json_array(j);
      json_time(j, p->trend.points[k].at);
      json_double(j, p->trend.points[k].value);
      json_array_end(j);
    }
    json_array_end(j);
    json_object_end(j);
  }
  json_array_end(j);
}

static void put_messages(const struct dossier *f, struct json *j) {
  json_key(j, "messages");
  json_array(j);
  for (size_t i = 0; i < f->messages.n; i++) {
    const struct dossier_message *m = &f->messages.items[i];
    json_object(j);
    json_put_time(j, "at", m->at);
    json_put_text(j, "by", m->by);
    json_put_text(j, "to", m->to);
    json_put_text(j, "subject", m->subject);
    json_put_text(j, "body", m->body);
    json_object_end(j);
  }
  json_array_end(j);
}

static void put_todos(const struct dossier *f, struct json *j) {
  json_key(j, "todos");
  json_array(j);
  for (size_t i = 0; i < f->entries.n; i++)
    if (entry_todo(&f->entries.items[i]) != NULL)
      json_text(j, entry_todo(&f->entries.items[i]));
  json_array_end(j);
}

#define PUT_ALL(key, list, print)                                              \
  do {                                                                         \
    json_key(j, key);                                                          \
    json_array(j);                                                             \
    for (size_t k = 0; k < (list).n; k++)                                      \
      print;                                                                   \
    json_array_end(j);                                                         \
  } while (0)

static void put_head(const struct postmortem_view *v, struct json *j) {
  const struct dossier *f = v->dossier;
  const struct postmortem *p = &f->postmortem;
  const struct incident *i = &f->incident;
  char tag[POSTMORTEM_TAG], day[POSTMORTEM_TAG];
  postmortem_tag(i->severity, tag);
  postmortem_tag_day(i->severity, i->declared_at, day);
  json_key(j, "incident");
  incident_print(i, &f->urls, j);
  json_put_text(j, "status", postmortem_status_names[p->status]);
  json_put_text(j, "owner", p->owner);
  json_put_time(j, "meeting_at", p->meeting_at);
  json_put_time(j, "due_at",
                postmortem_due(f->severity, dossier_end(f, v->now)));
  json_put_time(j, "created_at", p->created_at);
  json_key(j, "tags");
  json_array(j);
  json_text(j, day);
  json_text(j, tag);
  json_array_end(j);
}

void postmortem_print(const struct postmortem_view *v, struct json *j) {
  const struct dossier *f = v->dossier;
  json_object(j);
  put_head(v, j);
  json_key(j, "sections");
  json_object(j);
  for (int i = 0; i < SECTIONS; i++) {
    json_key(j, section_names[i]);
    put_text(v, (enum section)i, j);
  }
  json_object_end(j);
  put_times(v, j);
  PUT_ALL("impacts", f->impacts, impact_print(&f->impacts.items[k], v->now, j));
  PUT_ALL("figures", f->figures, figure_print(&f->figures.items[k], j));
  PUT_ALL("roles", f->roles, holding_print(&f->roles.items[k], j));
  put_reached(f, j);
  put_entries(v, "decisions", true, j);
  PUT_ALL("tasks", f->tasks, task_print(&f->tasks.items[k], j));
  put_todos(f, j);
  put_messages(f, j);
  PUT_ALL("links", f->links, weblink_print(&f->links.items[k], j));
  put_plots(f, j);
  put_entries(v, "timeline", false, j);
  json_object_end(j);
}
