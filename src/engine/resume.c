/* SPDX-License-Identifier: MIT */
#include "engine/resume.h"

#include "base/text.h"
#include "core/rule.h"
#include "engine/book_inside.h"

#include <stdlib.h>
#include <string.h>

struct resume {
  struct casework *work;
  struct watch *watch;
  struct absences *absences;
  wall_ms now;
  wall_ms alive; /* when the plugin last ran, as far as is known */
  bool is_known; /* the incident is in the book: so is all that goes on */
  bool is_start; /* what was sent is counted nowhere yet */
  bool is_again; /* an attempt failed later: its alerts are in the book */
};

/* ---- rows become objects ---- */

/* While the ledger could not be opened, an incident may have been declared for
 * a group that has an open one in it. Both go on; the older one has the key. */
static void give_way(struct book *b, const struct incident *older,
                     const struct rule *rule) {
  if (rule == NULL || older->group_key == NULL || !incident_is_open(older))
    return;
  struct casefile *c = book_open_group(b, rule, older->group_key);
  if (c == NULL || !text_is_same(c->incident.group_key, older->group_key) ||
      c->rule != rule)
    return;
  book_close_group(b, c);
  incident_set_text(&c->incident.group_key, NULL);
  book_touch_casefile(b, c);
}

/* The rule of that name, or that had it; *is_renamed: it has another one now.
 * NULL: gone. */
static const struct rule *find_rule(const struct resume *s, const char *name,
                                    bool *is_renamed) {
  const struct rule *rule =
      name != NULL ? settings_rule_known_as(s->work->settings, name) : NULL;
  *is_renamed = rule != NULL && strcmp(rule->name, name) != 0;
  return rule;
}

static enum err take_incident(void *arg, struct incident *own_incident) {
  struct resume *s = arg;
  struct book *b = s->work->book;
  struct casefile *c = NULL;
  bool is_renamed = false;
  enum err err = OK;
  if (book_casefile(b, own_incident->id) == NULL) {
    const struct rule *rule = find_rule(s, own_incident->rule, &is_renamed);
    if (is_renamed)
      err = incident_set_text(&own_incident->rule, rule->name);
    if (err == OK) {
      give_way(b, own_incident, rule);
      err = book_add_casefile(b, own_incident, rule, &c);
    } else {
      incident_fini(own_incident);
    }
    if (err == OK && is_renamed)
      book_touch_casefile(b, c);
  } else {
    incident_fini(own_incident);
  }
  free(own_incident);
  return err;
}

static bool has_alert(const struct book *b, const struct alert *row) {
  const struct alert *a = book_alert(b, row->signal);
  while (a != NULL && a->id != row->id)
    a = book_alert_next(a);
  return a != NULL;
}

static enum err take_alert(void *arg, struct alert *own_alert, int64_t incident,
                           const char *rule_name) {
  struct resume *s = arg;
  struct book *b = s->work->book;
  struct casefile *c = book_casefile(b, incident);
  bool is_renamed = false;
  if (s->is_again && has_alert(b, own_alert)) {
    book_free_alert(own_alert);
    return OK;
  }
  own_alert->rule = find_rule(s, rule_name, &is_renamed);
  own_alert->incident = incident;
  if (own_alert->heard_at < s->alive)
    own_alert->heard_at = s->alive;
  if (own_alert->rule != NULL)
    own_alert->bad_level =
        (uint8_t)rule_bad_level(own_alert->rule, own_alert->signal);
  enum err err = book_take_alert(b, own_alert);
  if (err != OK)
    return err;
  if (c != NULL)
    book_attach_alert(c, own_alert);
  if (is_renamed)
    book_touch_alert(b, own_alert);
  return OK;
}

static enum err take_run(void *arg, struct run *own_run) {
  struct resume *s = arg;
  if (book_run(book_casefile(s->work->book, own_run->incident), own_run->id) !=
      NULL) {
    free(own_run->chain_name);
    free(own_run);
    return OK;
  }
  return book_take_run(s->work->book, own_run);
}

static bool has_unfinished(const struct casefile *c, int64_t seq) {
  const struct page *p = c->pages_first;
  while (p != NULL && p->seq != seq)
    p = p->next;
  return p != NULL;
}

/* Runs whose own page has given way wait for what took its place: pages come in
 * the order in which they were made. A stand_in that is not among the
 * unfinished ones is one that has given way, too. */
static void stand_in(struct casefile *c, const struct page *p) {
  for (size_t i = 0; i < c->contacts_n && p->run != 0; i++) {
    struct contact *k = &c->contacts[i];
    struct run *r = book_run(c, k->run);
    if (k->stand_in == 0 || r == NULL || has_unfinished(c, k->stand_in) ||
        !text_is_same(k->webhook_name, p->webhook_name) ||
        !text_is_same(k->responder, p->responder))
      continue;
    k->stand_in = p->seq;
    r->pages_open += page_is_unfinished(p);
    if (p->reach == REACH_YES) {
      k->stand_in = 0;
      r->is_received = true;
    }
  }
}

/* What a page tells of its run's present step and of who has been reached. */
static void count_page(struct casefile *c, const struct page *p) {
  struct run *r = book_run(c, p->run);
  bool is_notice = page_is_notice(p->target) && p->reach != REACH_NO;
  if (c == NULL || (p->event != PAGE_PAGE && !is_notice))
    return;
  if (p->event == PAGE_PAGE)
    stand_in(c, p);
  if (r != NULL && run_stands_at(r, p)) {
    r->pages_open += page_is_unfinished(p);
    r->is_received = r->is_received || p->reach == REACH_YES;
    if (r->again_at < p->created_at)
      r->again_at = p->created_at;
  }
  struct contact *k = book_contact(c, p);
  if (k == NULL)
    return;
  k->step = p->step;
  k->round = p->round;
  k->at = p->created_at;
  k->stand_in =
      r != NULL && run_stands_at(r, p) && page_is_replaced(p) ? p->seq : 0;
  if (k->reach < p->reach)
    k->reach = p->reach;
}

/* Loaded by an attempt that failed later. */
static bool has_page(const struct book *b, const struct casefile *c,
                     const char *id) {
  const struct page *p = c != NULL ? c->pages_first : b->tests_first;
  while (p != NULL && strcmp(p->id, id) != 0)
    p = p->next;
  return p != NULL;
}

static enum err take_page(void *arg, struct page *own_page) {
  struct resume *s = arg;
  struct casefile *c = book_casefile(s->work->book, own_page->incident);
  if (has_page(s->work->book, c, own_page->id)) {
    page_fini(own_page);
    free(own_page);
    return OK;
  }
  own_page->webhook =
      settings_webhook(s->work->settings, own_page->webhook_name);
  if (page_is_unfinished(own_page) && own_page->state == PAGE_SENDING &&
      own_page->reach < REACH_MAYBE)
    own_page->reach = REACH_MAYBE; /* it was on its way when we died */
  if (s->is_known && page_is_unfinished(own_page))
    own_page->state = PAGE_CANCELLED; /* it has ended, but is not written yet */
  count_page(c, own_page);
  if (s->is_start)
    pager_recall(s->work->pager, own_page, s->now);
  if (page_is_unfinished(own_page))
    return book_take_page(s->work->book, own_page);
  page_fini(own_page);
  free(own_page);
  return OK;
}

static enum err take_silence(void *arg, struct silence *own_silence) {
  struct resume *s = arg;
  if (!silence_is_over(own_silence, s->now))
    return book_take_silence(s->work->book, own_silence);
  silence_fini(own_silence);
  free(own_silence);
  return OK;
}

static enum err take_override(void *arg, struct override *own_override) {
  struct resume *s = arg;
  if (!override_is_over(own_override, s->now))
    return book_take_override(s->work->book, own_override);
  override_fini(own_override);
  free(own_override);
  return OK;
}

static enum err take_absence(void *arg, struct absence *own_absence,
                             const char *rule_name) {
  struct resume *s = arg;
  bool is_renamed = false;
  const struct rule *rule = find_rule(s, rule_name, &is_renamed);
  if (rule != NULL && !is_renamed) {
    free(own_absence->row_rule);
    own_absence->row_rule = NULL;
  }
  return absences_take(s->absences, own_absence, rule_name, s->now);
}

static enum err take_evidence(void *arg, int64_t incident, int64_t alert,
                              const char *data_source,
                              struct trend *own_trend) {
  struct resume *s = arg;
  struct casefile *c = book_casefile(s->work->book, incident);
  const struct alert *a = c != NULL ? c->alerts : NULL;
  const struct exhibit *x = c != NULL ? c->exhibits : NULL;
  struct exhibit *taken = NULL;
  while (a != NULL && a->id != alert)
    a = a->next;
  while (x != NULL && x->alert != alert)
    x = x->next;
  bool is_wanted = a != NULL && x == NULL;
  if (is_wanted)
    taken = book_add_exhibit(c, alert, a->signal->hash, data_source);
  if (taken != NULL)
    taken->trend = *own_trend;
  else
    trend_fini(own_trend);
  return is_wanted && taken == NULL ? ERR_NOMEM : OK;
}

/* ---- meeting the configuration ---- */

/* When it was to be sent; when it was sent again. */
static wall_ms wanted_at(const struct page *p) {
  return p->due_at != WALL_NEVER ? p->due_at : p->created_at;
}

/* It was being sent when the incident was resolved or its run was stopped: it
 * is not sent again, and whoever may have it has a later page. */
static bool is_unwanted(const struct page *p) {
  const struct casefile *c = p->casefile;
  if (c == NULL || p->event == PAGE_RESOLVED || page_stands_alone(p->target) ||
      !pager_is_on_its_way(p))
    return false;
  if (c->incident.merged_into != 0 && p->event == PAGE_UPDATE)
    return false; /* it says so */
  if (!incident_is_open(&c->incident))
    return true;
  const struct run *r = book_run(c, p->run);
  return r != NULL && r->state == RUN_STOPPED &&
         c->incident.acknowledged_by != NULL &&
         wanted_at(p) <= c->incident.acknowledged_at;
}

static void adapt_pages(struct resume *s, struct page *first) {
  const struct settings *settings = s->work->settings;
  for (struct page *p = first, *next; p != NULL; p = next) {
    next = p->next;
    if (p->responder != NULL &&
        settings_responder(settings, p->responder) == NULL)
      p->webhook = NULL; /* nobody on call: it ends when it is due */
    if (is_unwanted(p))
      pager_drop(s->work->pager, p, "not sent again after a restart", s->now);
    else
      pager_resume(s->work->pager, p, s->now);
  }
}

/* Before any of them ends. */
static void rejoin_pages(struct resume *s) {
  for (struct casefile *c = s->work->book->casefiles; c != NULL; c = c->next)
    for (struct page *p = c->pages_first; p != NULL; p = p->next)
      pager_rejoin(s->work->pager, p);
}

static void adapt_alerts(struct resume *s, struct alert *first) {
  struct book *b = s->work->book;
  for (struct alert *a = first, *next; a != NULL; a = next) {
    next = a->next;
    if (!alert_is_live(a)) {
      alert_resume(a, s->now); /* its past is moved */
      continue;
    }
    if (a->rule == NULL) {
      (void)alert_forget(a); /* no one is to be told */
      book_touch_alert(b, a);
      book_touch_casefile(b, a->casefile);
      continue;
    }
    alert_clamp(a, s->now);
    alert_resume(a, s->now);
    timers_set(&b->timers, &a->timer, alert_due(a));
    if (a->unsure == UNSURE_WAIT && !a->is_watched)
      a->is_watched = watch_add(s->watch, a->signal->hash) == OK;
  }
}

/* After damage there may be fewer alerts than the incident remembers. */
static void count_firing(struct resume *s, struct casefile *c) {
  int64_t firing = 0;
  for (const struct alert *a = c->alerts; a != NULL; a = a->next)
    firing += alert_is_firing(a);
  if (firing == c->incident.alerts_firing)
    return;
  c->incident.alerts_firing = firing;
  book_touch_casefile(s->work->book, c);
}

static void adapt_casefile(struct resume *s, struct casefile *c) {
  const struct incident *i = &c->incident;
  if (incident_is_open(i) && i->rule != NULL && c->rule == NULL)
    casework_rule_gone(s->work, c, s->now);
  adapt_alerts(s, c->alerts);
  count_firing(s, c);
  for (struct run *r = c->runs; r != NULL; r = r->next)
    if (r->chain == NULL)
      casework_adapt_run(s->work, c, r, s->now);
  for (struct run *r = c->runs; r != NULL; r = r->next)
    r->is_waiting = !i->is_paused && run_due(r) <= s->alive;
  adapt_pages(s, c->pages_first);
  casework_resume(s->work, c, s->now);
}

/* Alerts that belong to no incident, or not yet. */
static void adapt_loose_alerts(struct resume *s) {
  struct book *b = s->work->book;
  for (size_t i = 0; i < b->alert_buckets; i++)
    for (struct alert *a = b->alert_table[i], *next; a != NULL; a = next) {
      next = a->bucket_next;
      if (a->casefile != NULL)
        continue;
      if (alert_is_live(a) && a->rule == NULL) {
        (void)alert_forget(a);
        book_touch_alert(b, a);
      }
      adapt_alerts(s, a);
      if (!alert_is_live(a))
        book_drop_alert(b, a);
    }
}

static struct ledger_loader loader_for(struct resume *s) {
  return (struct ledger_loader){.arg = s,
                                .incident = take_incident,
                                .alert = take_alert,
                                .run = take_run,
                                .page = take_page,
                                .silence = take_silence,
                                .overrides_after = s->now,
                                .override = take_override,
                                .absence = take_absence,
                                .evidence = take_evidence};
}

/* How far back what has resolved may matter. */
static span_ms find_window(const struct settings *s) {
  span_ms window = FLAP_WINDOW_MS;
  for (size_t i = 0; i < s->rules_n; i++)
    if (s->rules[i]->reopen > window)
      window = s->rules[i]->reopen;
  return window;
}

static enum err find_alive(struct resume *s, struct ledger *l) {
  char *text = NULL;
  enum err err = ledger_get(l, "alive_at", &text);
  if (err == OK && text != NULL && clock_parse(text, &s->alive) != OK)
    s->alive = WALL_NEVER;
  if (s->alive == WALL_NEVER || s->alive > s->now)
    s->alive = s->now;
  free(text);
  return err;
}

enum err resume_book(struct casework *w, struct ledger *l, struct watch *watch,
                     struct absences *absences, wall_ms now) {
  struct resume s = {.work = w,
                     .watch = watch,
                     .absences = absences,
                     .now = now,
                     .alive = WALL_NEVER,
                     .is_start = true,
                     .is_again = w->book->alerts_n > 0};
  struct ledger_loader loader = loader_for(&s);
  loader.within = find_window(w->settings);
  enum err err = find_alive(&s, l);
  if (err == OK)
    err = ledger_load(l, &loader);
  if (err != OK)
    return err;
  rejoin_pages(&s);
  for (struct casefile *c = w->book->casefiles; c != NULL; c = c->next)
    casework_resume_part(w, c);
  for (struct casefile *c = w->book->casefiles, *next; c != NULL; c = next) {
    next = c->next;
    adapt_casefile(&s, c);
    book_retire(w->book, c);
  }
  adapt_pages(&s, w->book->tests_first);
  adapt_loose_alerts(&s);
  return OK;
}

enum err resume_incident(struct casework *w, struct ledger *l,
                         struct watch *watch, int64_t id, wall_ms now) {
  struct resume s = {.work = w,
                     .watch = watch,
                     .now = now,
                     .is_known = book_casefile(w->book, id) != NULL};
  const struct ledger_loader loader = loader_for(&s);
  enum err err = ledger_load_incident(l, id, &loader);
  struct casefile *c = book_casefile(w->book, id);
  if (err == OK && !s.is_known && c != NULL) {
    adapt_casefile(&s, c);
    casework_resume_part(w, c);
    if (!incident_is_open(&c->incident))
      book_touch_casefile(w->book, c); /* so that it goes again */
  }
  for (struct casefile *p = w->book->casefiles; err == OK && p != NULL;
       p = p->next)
    if (p->incident.merged_into == id)
      casework_resume_part(w, p);
  return err;
}
