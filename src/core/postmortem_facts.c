/* SPDX-License-Identifier: MIT */
/* The tables of a postmortem. */
#include "core/postmortem_write.h"

#include "base/span.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define EVENT_MAX 65536
#define REACHED_MAX 64
#define SENTENCE_END ".,;:!?)]"
#define URL_END " \t\r\n<>\"'`|"

bool postmortem_find_url(const char *text, char url[LINK_MAX]) {
  char word[LINK_MAX];
  for (const char *at = text; (at = strcasestr(at, "http")) != NULL; at++) {
    const char *after = at + 4 + (at[4] == 's' || at[4] == 'S');
    if (strncmp(after, "://", 3) != 0)
      continue;
    size_t len = strcspn(at, URL_END);
    while (strchr(SENTENCE_END, at[len - 1]) != NULL)
      len--;
    snprintf(word, sizeof word, "%.*s", (int)len, at);
    return link_make(word, url);
  }
  return false;
}

static void cell_url(struct document *d, const char *text,
                     const char *instead) {
  char url[LINK_MAX];
  if (postmortem_find_url(text, url))
    document_cell_link(d, "link", url);
  else
    document_cell_link(d, instead[0] != '\0' ? "entry" : "", instead);
}

/* ---- people ---- */

static void write_roles(const struct dossier *f, struct document *d) {
  static const char *const heads[] = {"Role", "Who", "From (UTC)", "To (UTC)"};
  document_heading(d, 2, "Responders and roles");
  if (f->roles.n == 0) {
    document_gap(d, "Nobody was given a role.");
    return;
  }
  document_table(d, heads, 4);
  for (size_t i = 0; i < f->roles.n; i++) {
    const struct holding *h = &f->roles.items[i];
    document_cell(d, h->role);
    document_cell(d, h->who);
    document_cell_time(d, h->since);
    document_cell_time(d, h->until);
  }
  document_table_end(d);
}

static void cell_count(struct document *d, size_t n) {
  char number[32];
  snprintf(number, sizeof number, "%zu", n);
  document_cell(d, number);
}

static void write_pages(const struct dossier *f, struct document *d) {
  static const char *const heads[] = {"Paged",       "Pages",
                                      "Delivered",   "Failed",
                                      "First (UTC)", "Acknowledged (UTC)",
                                      "Took"};
  struct dossier_reached reached[REACHED_MAX];
  size_t n = dossier_reached(f, reached, REACHED_MAX);
  char span[SPAN_TEXT];
  document_heading(d, 2, "Pages and time to acknowledge");
  if (n == 0) {
    document_gap(d, "Nobody was paged.");
    return;
  }
  document_table(d, heads, 7);
  for (size_t i = 0; i < n; i++) {
    const struct dossier_reached *r = &reached[i];
    document_cell(d, r->who);
    cell_count(d, r->pages);
    cell_count(d, r->delivered);
    cell_count(d, r->failed);
    document_cell_time(d, r->first_at);
    document_cell_time(d, r->acknowledged_at);
    span[0] = '\0';
    if (r->acknowledged_at != WALL_NEVER)
      span_print_rough(r->acknowledged_at - r->first_at, span);
    document_cell(d, span);
  }
  document_table_end(d);
}

/* ---- timeline and evidence ---- */

/* "[6] text" of what became part of the incident. */
static void cell_event(struct document *d, const struct dossier *f,
                       const struct entry *e) {
  struct buf text;
  buf_init(&text, EVENT_MAX);
  if (e->incident != f->incident.id)
    buf_addf(&text, "[%lld] ", (long long)e->incident);
  buf_add(&text, e->text);
  document_cell(d, text.err == OK ? buf_text(&text) : e->text);
  buf_fini(&text);
}

static void write_timeline(const struct postmortem_view *v,
                           struct document *d) {
  static const char *const heads[] = {"At (UTC)", "Kind", "By", "Event",
                                      "Data"};
  const struct dossier *f = v->dossier;
  char url[LINK_MAX] = "";
  document_heading(d, 2, "Timeline");
  if (v->only_important)
    document_say(d, "Only what was marked as important.");
  document_table(d, heads, 5);
  for (size_t i = 0; i < f->entries.n; i++) {
    const struct entry *e = &f->entries.items[i];
    if (v->only_important && !e->is_important)
      continue;
    if (f->urls.base[0] != '\0')
      snprintf(url, sizeof url, "%s/incidents/%lld#entry-%lld", f->urls.base,
               (long long)f->incident.id, (long long)e->id);
    document_cell_time(d, e->at);
    document_cell(d, kind_names[e->kind]);
    document_cell(d, e->by);
    cell_event(d, f, e);
    cell_url(d, e->text, url);
  }
  document_table_end(d);
}

static void write_evidence(const struct dossier *f, struct document *d) {
  static const char *const heads[] = {"Series", "From (UTC)", "To (UTC)", "Min",
                                      "Max",    "Last",       "Trend"};
  bool is_begun = false;
  for (size_t i = 0; i < f->plots.n; i++) {
    const struct dossier_plot *p = &f->plots.items[i];
    double figures[3];
    char number[JSON_NUMBER];
    if (!p->is_named || p->trend.n == 0 ||
        !trend_range(&p->trend, &figures[0], &figures[1], &figures[2]))
      continue;
    if (!is_begun) {
      document_heading(d, 2, "Evidence");
      document_table(d, heads, 7);
    }
    is_begun = true;
    document_cell(d, p->name);
    document_cell_time(d, p->trend.points[0].at);
    document_cell_time(d, p->trend.points[p->trend.n - 1].at);
    for (int k = 0; k < 3; k++) {
      json_number(figures[k], number);
      document_cell(d, number);
    }
    document_cell_chart(d, &(struct chart){.name = p->name,
                                           .trend = &p->trend,
                                           .warning_min = p->warning_min,
                                           .warning_max = p->warning_max,
                                           .failure_min = p->failure_min,
                                           .failure_max = p->failure_max});
  }
  if (is_begun)
    document_table_end(d);
}

static void write_decisions(const struct dossier *f, struct document *d) {
  static const char *const heads[] = {"At (UTC)", "By", "Decision"};
  if (dossier_first(f, KIND_DECISION, NULL, 0) == NULL)
    return;
  document_heading(d, 2, "Decisions");
  document_table(d, heads, 3);
  for (size_t i = 0; i < f->entries.n; i++) {
    const struct entry *e = &f->entries.items[i];
    if (e->kind != KIND_DECISION)
      continue;
    document_cell_time(d, e->at);
    document_cell(d, e->by);
    document_cell(d, e->text);
  }
  document_table_end(d);
}

/* ---- what is to be done ---- */

static void write_action(struct document *d, const char *text, const char *who,
                         wall_ms due, const char *state, const char *tags) {
  document_cell(d, text);
  document_cell(d, who);
  document_cell_time(d, due);
  document_cell(d, state);
  cell_url(d, text, "");
  document_cell(d, tags);
}

static void write_actions(const struct dossier *f, struct document *d) {
  static const char *const heads[] = {"What",  "Who",    "Due (UTC)",
                                      "State", "Ticket", "Tags"};
  char tag[POSTMORTEM_TAG], day[POSTMORTEM_TAG], tags[2 * POSTMORTEM_TAG + 4];
  size_t n = f->tasks.n;
  postmortem_tag(f->incident.severity, tag);
  postmortem_tag_day(f->incident.severity, f->incident.declared_at, day);
  snprintf(tags, sizeof tags, "%s, %s", day, tag);
  for (size_t i = 0; i < f->entries.n; i++)
    n += entry_todo(&f->entries.items[i]) != NULL;
  document_heading(d, 2, "Action items");
  if (n == 0) {
    document_gap(d, "What is done so that it does not happen again, by whom, "
                    "until when.");
    return;
  }
  document_table(d, heads, 6);
  for (size_t i = 0; i < f->tasks.n; i++) {
    const struct task *t = &f->tasks.items[i];
    write_action(d, t->text, t->assignee, t->due_at,
                 task_is_done(t) ? "done" : "open", tags);
  }
  for (size_t i = 0; i < f->entries.n; i++) {
    const struct entry *e = &f->entries.items[i];
    if (entry_todo(e) != NULL)
      write_action(d, entry_todo(e), e->by, WALL_NEVER, "noted", tags);
  }
  document_table_end(d);
}

static void write_messages(const struct dossier *f, struct document *d) {
  static const char *const heads[] = {"Sent (UTC)", "By", "To", "Subject",
                                      "Text"};
  if (f->messages.n == 0)
    return;
  document_heading(d, 2, "Messages sent");
  document_table(d, heads, 5);
  for (size_t i = 0; i < f->messages.n; i++) {
    const struct dossier_message *m = &f->messages.items[i];
    document_cell_time(d, m->at);
    document_cell(d, m->by);
    document_cell(d, m->to);
    document_cell(d, m->subject);
    document_cell(d, m->body);
  }
  document_table_end(d);
}

static void write_links(const struct dossier *f, struct document *d) {
  static const char *const heads[] = {"Document", "Added by"};
  if (f->links.n == 0)
    return;
  document_heading(d, 2, "Links");
  document_table(d, heads, 2);
  for (size_t i = 0; i < f->links.n; i++) {
    const struct weblink *w = &f->links.items[i];
    document_cell_link(d, w->title != NULL ? w->title : w->url, w->url);
    document_cell(d, w->by);
  }
  document_table_end(d);
}

void postmortem_write_facts(const struct postmortem_view *v,
                            struct document *d) {
  const struct dossier *f = v->dossier;
  write_actions(f, d);
  write_roles(f, d);
  write_pages(f, d);
  write_decisions(f, d);
  write_timeline(v, d);
  write_evidence(f, d);
  write_messages(f, d);
  write_links(f, d);
}
