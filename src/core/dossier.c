/* SPDX-License-Identifier: MIT */
#include "core/dossier.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NAME_MAX_BYTES 1024
#define NAMES_MAX_BYTES 65536
#define CAP_FIRST 16

void dossier_init(struct dossier *d) {
  *d = (struct dossier){.urls = {.base = ""}};
  incident_init(&d->incident);
  postmortem_init(&d->postmortem);
}

static void page_copy_fini(struct dossier_page *p) { free(p->to); }

static void plot_fini(struct dossier_plot *p) {
  free(p->name);
  trend_fini(&p->trend);
}

static void change_fini(struct dossier_change *c) { free(c->text); }

static void message_copy_fini(struct dossier_message *m) {
  free(m->subject);
  free(m->body);
  free(m->to);
  free(m->by);
}

#define FREE_ALL(list, fini)                                                   \
  do {                                                                         \
    for (size_t k = 0; k < (list).n; k++)                                      \
      fini(&(list).items[k]);                                                  \
    free((list).items);                                                        \
  } while (0)

void dossier_fini(struct dossier *d) {
  FREE_ALL(d->entries, entry_fini);
  FREE_ALL(d->changes, change_fini);
  FREE_ALL(d->pages, page_copy_fini);
  FREE_ALL(d->plots, plot_fini);
  FREE_ALL(d->messages, message_copy_fini);
  FREE_ALL(d->roles, holding_fini);
  FREE_ALL(d->tasks, task_fini);
  FREE_ALL(d->impacts, impact_fini);
  FREE_ALL(d->links, weblink_fini);
  FREE_ALL(d->figures, figure_fini);
  incident_fini(&d->incident);
  postmortem_fini(&d->postmortem);
  dossier_init(d);
}

/* ---- filling it ---- */

/* A place at the end of a list, which counts once list.n is raised. */
static void *grow(void **items, size_t n, size_t *cap, size_t size) {
  if (n == *cap) {
    size_t more = *cap == 0 ? CAP_FIRST : *cap * 2;
    void *grown = realloc(*items, more * size);
    if (grown == NULL)
      return NULL;
    *items = grown;
    *cap = more;
  }
  return (char *)*items + n * size;
}
#define ROOM(list)                                                             \
  grow((void **)&(list).items, (list).n, &(list).cap, sizeof *(list).items)

/* NULL stays NULL. *err is sticky. */
static char *copy(const char *text, enum err *err) {
  char *made = text != NULL ? strdup(text) : NULL;
  if (text != NULL && made == NULL)
    *err = ERR_NOMEM;
  return made;
}

/* Counts the new one if it is complete. */
#define KEEP(list, at, err, fini)                                              \
  do {                                                                         \
    if ((err) == OK)                                                           \
      (list).n++;                                                              \
    else                                                                       \
      fini(at);                                                                \
  } while (0)

static enum err add_change(struct dossier *d, const struct entry *e) {
  struct dossier_change *to = ROOM(d->changes);
  enum err err = OK;
  if (to == NULL)
    return ERR_NOMEM;
  *to = (struct dossier_change){.entry = e->id};
  to->text = copy(e->text, &err);
  KEEP(d->changes, to, err, change_fini);
  return err;
}

enum err dossier_add_original(struct dossier *d, int64_t entry,
                              const char *text) {
  for (size_t i = 0; i < d->changes.n; i++) {
    struct dossier_change *c = &d->changes.items[i];
    if (c->entry != entry || c->is_original)
      continue;
    enum err err = incident_set_text(&c->text, text);
    if (err != OK)
      return err;
    c->is_original = true;
  }
  return OK;
}

enum err dossier_add_entry(void *arg, const struct entry *e) {
  struct dossier *d = arg;
  struct entry *to = ROOM(d->entries);
  enum err err = OK;
  if (to == NULL)
    return ERR_NOMEM;
  *to = *e;
  to->by = copy(e->by, &err);
  to->text = copy(e->text, &err);
  KEEP(d->entries, to, err, entry_fini);
  return err == OK && e->kind == KIND_SEVERITY ? add_change(d, e) : err;
}

enum err dossier_add_page(void *arg, const struct page *p) {
  struct dossier *d = arg;
  struct dossier_page *to = ROOM(d->pages);
  enum err err = OK;
  if (to == NULL)
    return ERR_NOMEM;
  *to = (struct dossier_page){.event = p->event,
                              .state = p->state,
                              .at = p->created_at,
                              .until = p->delivered_at};
  to->to = copy(p->responder != NULL ? p->responder : p->webhook_name, &err);
  KEEP(d->pages, to, err, page_copy_fini);
  return err;
}

enum err dossier_add_plot(void *arg, int64_t alert, const char *data_source,
                          const struct trend *trend) {
  struct dossier *d = arg;
  struct dossier_plot *to = ROOM(d->plots);
  enum err err = OK;
  if (to == NULL)
    return ERR_NOMEM;
  *to = (struct dossier_plot){.alert = alert};
  to->name = copy(data_source, &err); /* until its series is known */
  for (size_t i = 0; i < trend->n && err == OK; i++)
    err = trend_add(&to->trend, trend->points[i]);
  KEEP(d->plots, to, err, plot_fini);
  return err;
}

enum err dossier_name_plot(void *arg, const struct alert *a,
                           const char *rule_name) {
  struct dossier *d = arg;
  struct dossier_plot *p = NULL;
  struct buf name;
  char *text = NULL;
  (void)rule_name; /* that of the incident */
  for (size_t i = 0; i < d->plots.n && p == NULL; i++)
    if (d->plots.items[i].alert == a->id && !d->plots.items[i].is_named)
      p = &d->plots.items[i];
  if (p == NULL)
    return OK;
  buf_init(&name, NAME_MAX_BYTES);
  signal_add_name(a->signal, &name);
  if (p->name[0] != '\0')
    buf_addf(&name, " %s", p->name);
  enum err err = buf_take(&name, &text);
  buf_fini(&name);
  if (err != OK)
    return err;
  free(p->name);
  p->name = text;
  p->is_named = true;
  p->warning_min = a->signal->warning_min;
  p->warning_max = a->signal->warning_max;
  p->failure_min = a->signal->failure_min;
  p->failure_max = a->signal->failure_max;
  return OK;
}

/* ["ops-room","statuspage"] as "ops-room, statuspage". */
static char *join(const char *names, enum err *err) {
  struct json_in *doc = NULL;
  struct buf all;
  char *text = NULL;
  buf_init(&all, NAMES_MAX_BYTES);
  enum err read = json_parse(names, strlen(names), &doc, NULL);
  if (read == OK)
    for (size_t i = 0; i < json_count(doc); i++)
      buf_addf(
          &all, "%s%s", i > 0 ? ", " : "",
          json_at_text(json_member(doc, i, &(const char *){NULL}), "", ""));
  json_in_free(doc);
  if (all.len == 0)
    buf_add(&all, "stakeholders");
  enum err taken = buf_take(&all, &text);
  buf_fini(&all);
  if (taken != OK || read == ERR_NOMEM)
    *err = ERR_NOMEM;
  return text;
}

enum err dossier_add_statement(void *arg, const struct statement *s) {
  struct dossier *d = arg;
  struct dossier_message *m = ROOM(d->messages);
  enum err err = OK;
  if (s->state != STATEMENT_POSTED)
    return OK;
  if (m == NULL)
    return ERR_NOMEM;
  *m = (struct dossier_message){
      .at = s->posted_at, .is_public = statement_is_public(s, d->settings)};
  m->by = copy(s->created_by, &err);
  m->subject = copy(s->subject, &err);
  m->body = copy(s->body, &err);
  m->to = join(s->webhooks, &err);
  KEEP(d->messages, m, err, message_copy_fini);
  return err;
}

enum err dossier_add_role(void *arg, const struct holding *h) {
  struct dossier *d = arg;
  struct holding *to = ROOM(d->roles);
  enum err err = OK;
  if (to == NULL)
    return ERR_NOMEM;
  *to = *h;
  to->role = copy(h->role, &err);
  to->who = copy(h->who, &err);
  to->by = copy(h->by, &err);
  KEEP(d->roles, to, err, holding_fini);
  return err;
}

enum err dossier_add_task(void *arg, const struct task *t) {
  struct dossier *d = arg;
  struct task *to = ROOM(d->tasks);
  enum err err = OK;
  if (to == NULL)
    return ERR_NOMEM;
  *to = *t;
  to->text = copy(t->text, &err);
  to->assignee = copy(t->assignee, &err);
  to->created_by = copy(t->created_by, &err);
  to->done_by = copy(t->done_by, &err);
  KEEP(d->tasks, to, err, task_fini);
  return err;
}

enum err dossier_add_impact(void *arg, const struct impact *i) {
  struct dossier *d = arg;
  struct impact *to = ROOM(d->impacts);
  enum err err = OK;
  if (to == NULL)
    return ERR_NOMEM;
  *to = *i;
  to->text = copy(i->text, &err);
  to->by = copy(i->by, &err);
  KEEP(d->impacts, to, err, impact_fini);
  return err;
}

enum err dossier_add_link(void *arg, const struct weblink *w) {
  struct dossier *d = arg;
  struct weblink *to = ROOM(d->links);
  enum err err = OK;
  if (to == NULL)
    return ERR_NOMEM;
  *to = *w;
  to->url = copy(w->url, &err);
  to->title = copy(w->title, &err);
  to->by = copy(w->by, &err);
  KEEP(d->links, to, err, weblink_fini);
  return err;
}

enum err dossier_add_figure(void *arg, const struct figure *f) {
  struct dossier *d = arg;
  struct figure *to = ROOM(d->figures);
  enum err err = OK;
  if (to == NULL)
    return ERR_NOMEM;
  *to = *f;
  to->name = copy(f->name, &err);
  to->by = copy(f->by, &err);
  KEEP(d->figures, to, err, figure_fini);
  return err;
}
