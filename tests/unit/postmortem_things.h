/* SPDX-License-Identifier: MIT */
/* An incident with all that a postmortem can tell of, hostile texts included.
 * For t_postmortem and the cases of oom_core. */
#ifndef POSTMORTEM_THINGS_H
#define POSTMORTEM_THINGS_H

#include "core/postmortem_write.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PM_BEGIN INT64_C(1795255200000) /* 2026-11-21 10:00 UTC */
#define PM_MINUTE INT64_C(60000)

static inline wall_ms pm_at(int minutes) {
  return PM_BEGIN + minutes * PM_MINUTE;
}

static inline enum err pm_entry(struct dossier *d, int minutes, enum kind kind,
                                const char *by, const char *text,
                                bool is_important) {
  struct entry e = {.id = (int64_t)d->entries.n + 1,
                    .incident = 42,
                    .at = pm_at(minutes),
                    .recorded_at = pm_at(minutes),
                    .kind = kind,
                    .by = (char *)by, /* is copied */
                    .text = (char *)text,
                    .is_important = is_important};
  return dossier_add_entry(d, &e);
}

static inline enum err pm_page(struct dossier *d, int minutes, const char *who,
                               enum page_state state) {
  struct page p = {.event = PAGE_PAGE,
                   .state = state,
                   .responder = (char *)who,
                   .created_at = pm_at(minutes),
                   .delivered_at = state == PAGE_DELIVERED
                                       ? pm_at(minutes) + 900
                                       : WALL_NEVER};
  return dossier_add_page(d, &p);
}

static inline enum err pm_timeline(struct dossier *d) {
  static const struct {
    int minutes;
    enum kind kind;
    const char *by, *text;
    bool is_important;
  } entries[] = {
      {-20, KIND_NOTE, "bob", "Release 7 went out", true},
      {0, KIND_DECLARED, NULL, "web1/memory/percent-used 97.2", false},
      {0, KIND_ALERT, NULL, "<img src=x onerror=alert(1)> | *bold*", false},
      {1, KIND_PAGE, NULL, "alice", false},
      {3, KIND_ACKNOWLEDGED, "alice", "acknowledged", false},
      {4, KIND_SEVERITY, "alice", "SEV-3 to SEV-2: more users", true},
      {6, KIND_DECISION, "alice",
       "Proposal: roll back\nObjections: none\nOutcome: rolled back by bob",
       true},
      {8, KIND_NOTE, "bob",
       "Graph: https://graphs.example.com/d/1?from=2&to=3, see there", false},
      {9, KIND_NOTE, "carol", "TODO: alert on swap", false},
      {20, KIND_FIX, "bob", "Memory is back at 40 %", true},
      {25, KIND_RESOLVED, "alice", "resolved", false},
  };
  enum err err = OK;
  for (size_t i = 0; err == OK && i < sizeof entries / sizeof entries[0]; i++)
    err = pm_entry(d, entries[i].minutes, entries[i].kind, entries[i].by,
                   entries[i].text, entries[i].is_important);
  return err;
}

static inline enum err pm_others(struct dossier *d) {
  struct holding commander = {.role = (char *)"commander",
                              .who = (char *)"alice",
                              .since = pm_at(3),
                              .until = WALL_NEVER,
                              .by = (char *)"alice"};
  struct task task = {.text = (char *)"Limit the cache, "
                                      "https://tickets.example.com/T-1",
                      .assignee = (char *)"bob",
                      .due_at = pm_at(2880),
                      .created_by = (char *)"alice",
                      .created_at = pm_at(24),
                      .understood_at = WALL_NEVER,
                      .done_at = WALL_NEVER};
  struct impact impact = {.text = (char *)"Logins were slow <for some>",
                          .from = pm_at(-10),
                          .until = pm_at(21),
                          .by = (char *)"alice"};
  struct weblink link = {.url = (char *)"javascript:alert(1)",
                         .title = (char *)"[click](me)",
                         .by = (char *)"bob"};
  struct weblink good = {.url = (char *)"https://docs.example.com/a_b(c)",
                         .title = (char *)"Notes & more",
                         .by = (char *)"bob"};
  struct figure users = {.name = (char *)"Users", .value = 120, .at = pm_at(5)};
  struct figure more = {.name = (char *)"users", .value = 340, .at = pm_at(9)};
  struct figure own = {
      .name = (char *)"carts | lost", .value = 12, .at = pm_at(9)};
  struct statement said = {.subject = (char *)"Logins",
                           .body = (char *)"We look into it.\nNext at 10:20.",
                           .webhooks = (char *)"[\"statuspage\"]",
                           .state = STATEMENT_POSTED,
                           .created_by = (char *)"carol",
                           .posted_at = pm_at(5)};
  enum err err = dossier_add_role(d, &commander);
  err = err != OK ? err : dossier_add_task(d, &task);
  err = err != OK ? err : dossier_add_impact(d, &impact);
  err = err != OK ? err : dossier_add_link(d, &link);
  err = err != OK ? err : dossier_add_link(d, &good);
  err = err != OK ? err : dossier_add_figure(d, &own);
  err = err != OK ? err : dossier_add_figure(d, &users);
  err = err != OK ? err : dossier_add_figure(d, &more);
  err = err != OK ? err : dossier_add_statement(d, &said);
  err = err != OK ? err
                  : dossier_add_original(d, 6, "SEV-3 to SEV-2: more users");
  err = err != OK ? err : pm_page(d, 1, "alice", PAGE_DELIVERED);
  err = err != OK ? err : pm_page(d, 1, "bob", PAGE_FAILED);
  return err;
}

static inline enum err pm_plot(struct dossier *d) {
  struct trend t = {0};
  enum err err = OK;
  for (int i = 0; i < 8 && err == OK; i++)
    err = trend_add(&t, (struct trend_point){
                            pm_at(i - 6), i == 3 ? (double)NAN : 40.0 + 8 * i});
  if (err == OK)
    err = dossier_add_plot(d, 7, "value", &t);
  trend_fini(&t);
  if (err != OK)
    return err;
  struct dossier_plot *p = &d->plots.items[0];
  char *name = strdup("web1/memory/percent-used <value>");
  if (name == NULL)
    return ERR_NOMEM;
  free(p->name);
  p->name = name;
  p->is_named = true;
  p->warning_min = p->failure_min = (double)NAN;
  p->warning_max = 80;
  p->failure_max = 95;
  return OK;
}

static inline enum err pm_head(struct dossier *d) {
  struct incident *i = &d->incident;
  const struct {
    char **to;
    const char *text;
  } texts[] = {{&i->title, "Memory of web1 *exhausted* <script>"},
               {&i->description, ""},
               {&i->rule, "memory"},
               {&i->severity, "SEV-2"},
               {&i->labels, "{}"},
               {&i->commander, "alice"},
               {&i->declared_by, "rule:memory"},
               {&i->acknowledged_by, "alice"},
               {&i->resolved_by, "alice"},
               {&i->service, "login"},
               {&i->summary, "The cache of logins grew without a limit."},
               {&i->cause, "Nothing limits the cache."},
               {&d->postmortem.owner, "alice"},
               {&d->postmortem.sections[SECTION_WENT_WELL],
                "- The graph\twas at hand\n- # not a heading\n\n1. not a "
                "list\n=== <b>&amp;</b>"}};
  enum err err = OK;
  i->id = d->postmortem.incident = 42;
  i->status = STATUS_RESOLVED;
  i->is_major = true;
  i->declared_at = pm_at(0);
  i->acknowledged_at = pm_at(3);
  i->resolved_at = pm_at(25);
  d->postmortem.created_at = pm_at(30);
  d->urls.base = "https://oncall.example.com";
  for (size_t k = 0; err == OK && k < sizeof texts / sizeof texts[0]; k++)
    err = incident_set_text(texts[k].to, texts[k].text);
  return err;
}

/* d is to be finished off also when that fails. */
static inline enum err pm_make(struct dossier *d) {
  dossier_init(d);
  enum err err = pm_head(d);
  err = err != OK ? err : pm_timeline(d);
  err = err != OK ? err : pm_others(d);
  return err != OK ? err : pm_plot(d);
}

#endif
