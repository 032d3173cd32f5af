/* SPDX-License-Identifier: MIT */
/* Who gets a page, and what it says of why: steps of runs, those who have been
 * paged, people who are told something, tests, reminders. */
#include "base/log.h"
#include "base/span.h"
#include "base/text.h"
#include "engine/duty.h"
#include "engine/notify.h"
#include "engine/pager_inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TARGET_MAX 256

/* If another run still pages, its step goes on waiting: for the newer page. */
static void give_way(const struct page *older, const struct page *newer) {
  struct casefile *c = older->casefile;
  if (newer->event != PAGE_PAGE || newer->run == 0)
    return;
  for (size_t i = 0; i < c->contacts_n; i++)
    if (c->contacts[i].stand_in == older->seq)
      c->contacts[i].stand_in = newer->seq;
  struct run *r = pager_run(older);
  if (r == NULL || r->id == newer->run || !run_stands_at(r, older))
    return;
  struct contact *k = book_contact(c, older);
  if (k == NULL)
    return;
  k->stand_in = newer->seq;
  r->pages_open++; /* as one is taken off */
}

static bool takes_place(const struct page *older, const struct page *newer) {
  return (!page_stands_alone(older->target) &&
          !page_stands_alone(newer->target)) ||
         text_is_same(older->target, newer->target);
}

void pager_replace_older(struct pager *p, const struct page *newer,
                         wall_ms now) {
  struct page *page = newer->casefile->pages_first;
  for (struct page *next; page != newer; page = next) {
    next = page->next;
    if (page->webhook != newer->webhook || pager_is_on_its_way(page) ||
        page->is_delayed || !text_is_same(page->responder, newer->responder) ||
        page_is_notice(page->target) != page_is_notice(newer->target) ||
        !takes_place(page, newer))
      continue;
    give_way(page, newer);
    pager_finish(p, page, PAGE_CANCELLED, PAGE_REPLACED, now);
  }
}

struct page *pager_make(struct pager *p, struct casefile *c,
                        enum page_event event, const struct address *to,
                        wall_ms now) {
  struct page texts = {0}; /* whole before there is a page */
  struct page *page = NULL;
  if (incident_set_text(&texts.webhook_name, to->webhook->name) == OK &&
      incident_set_text(&texts.responder, to->responder) == OK &&
      incident_set_text(&texts.chain, to->chain) == OK &&
      incident_set_text(&texts.target, to->target) == OK)
    page = book_add_page(p->book, c, now);
  if (page == NULL) {
    page_fini(&texts);
    log_line(LOG_ERROR, "incident: page to webhook %s: out of memory",
             to->webhook->name);
    return NULL;
  }
  page->webhook_name = texts.webhook_name;
  page->responder = texts.responder;
  page->chain = texts.chain;
  page->target = texts.target;
  page->event = event;
  page->webhook = to->webhook;
  page->run = to->run;
  page->step = to->step;
  page->round = to->round;
  if (event == PAGE_PAGE && to->responder != NULL && c != NULL &&
      p->book->settings->base_url[0] != '\0' &&
      ulid_token(page->ack_token) != OK)
    page->ack_token[0] = '\0';
  if (event == PAGE_PAGE && c != NULL) {
    struct contact *k = book_contact(c, page);
    if (k != NULL) {
      k->step = to->step;
      k->round = to->round;
      k->at = now;
      k->stand_in = 0;
    }
  }
  if (to->delay > 0) {
    page->is_delayed = true;
    page->due_at = now + to->delay;
  } else if (c != NULL) {
    pager_replace_older(p, page, now);
  }
  page->owed_since = p->heard_at < now ? p->heard_at : now;
  timers_set(&p->book->timers, &page->timer, now + to->delay);
  return page;
}

/* ---- steps ---- */

/* The making of one step's pages. */
struct paging {
  struct pager *pager;
  struct run *run;
  wall_ms now;
  bool is_again;   /* of Again: beside those that the step has made before */
  struct buf said; /* who is paged, for the timeline */
};

static bool is_low(const struct pager *p, const struct casefile *c) {
  const struct severity *s =
      settings_severity(p->book->settings, c->incident.severity);
  return s != NULL && !s->is_high_urgency;
}

static bool step_has(const struct paging *g, const struct webhook *w,
                     const char *responder) {
  const struct run *r = g->run;
  for (const struct page *page = r->casefile->pages_first; page != NULL;
       page = page->next)
    if (run_stands_at(r, page) && !page->is_unwanted && page->webhook == w &&
        text_is_same(page->responder, responder) &&
        (!g->is_again || page->is_delayed))
      return true;
  return false;
}

/* False: there is one already, or no memory. */
static bool step_page(struct paging *g, const struct webhook *w,
                      const char *responder, const char *target,
                      span_ms delay) {
  struct run *r = g->run;
  const struct address to = {.webhook = w,
                             .responder = responder,
                             .chain = r->chain_name,
                             .target = target,
                             .run = r->id,
                             .step = r->step,
                             .round = r->round,
                             .delay = delay};
  if (step_has(g, w, responder) ||
      pager_make(g->pager, r->casefile, PAGE_PAGE, &to, g->now) == NULL)
    return false;
  r->pages_open++;
  return true;
}

static void step_webhook(struct paging *g, const struct webhook *w) {
  char target[TARGET_MAX];
  snprintf(target, sizeof target, "webhook:%s", w->name);
  if (step_page(g, w, NULL, target, 0))
    buf_addf(&g->said, "%s%s", g->said.len > 0 ? ", " : "", w->name);
}

/* "alice (alice-phone; alice-sms in 1m)". */
static void step_person(struct paging *g, const struct responder *who,
                        const char *target) {
  bool low = is_low(g->pager, g->run->casefile);
  unsigned n = 0;
  char span[SPAN_TEXT];
  for (size_t i = 0; i < who->ways_n; i++) {
    const struct way *way = &who->ways[i];
    if (!settings_uses_way(who, i, low) ||
        !step_page(g, way->webhook, who->name, target, way->delay))
      continue;
    if (n++ > 0)
      buf_addf(&g->said, "; %s", way->webhook->name);
    else
      buf_addf(&g->said, "%s%s (%s", g->said.len > 0 ? ", " : "", who->name,
               way->webhook->name);
    span_print(way->delay, span);
    if (way->delay > 0)
      buf_addf(&g->said, " in %s", span);
  }
  buf_add(&g->said, n > 0 ? ")" : "");
}

/* Whoever is on call for it, if somebody is. */
static void step_schedule(struct paging *g, const struct schedule *s) {
  const struct responder *who = duty_now(g->pager->duty, s, g->now);
  char target[TARGET_MAX];
  page_name_schedule(s->name, target, sizeof target);
  if (who != NULL)
    step_person(g, who, target);
  else
    book_note(g->pager->book, g->run->casefile, KIND_PAGE, g->now,
              "schedule %s: nobody on call", s->name);
}

void pager_step(struct pager *p, struct run *r, wall_ms now) {
  const struct step *step = &r->chain->steps[r->step - 1];
  struct casefile *c = r->casefile;
  struct paging g = {.pager = p, .run = r, .now = now};
  char target[TARGET_MAX];
  r->pages_open = pager_count_open(r);
  buf_init(&g.said, 1024);
  if (r->step > 1 || r->round > 1)
    book_note(p->book, c, KIND_ESCALATED, now,
              "chain %s: step %u of %zu, round %u", r->chain_name, r->step,
              r->chain->steps_n, r->round);
  for (size_t i = 0; i < step->targets_n; i++) {
    const struct target *t = &step->targets[i];
    if (t->kind == TARGET_WEBHOOK) {
      step_webhook(&g, t->webhook);
    } else if (t->kind == TARGET_SCHEDULE) {
      step_schedule(&g, t->schedule);
    } else {
      snprintf(target, sizeof target, "responder:%s", t->responder->name);
      step_person(&g, t->responder, target);
    }
  }
  if (g.said.len > 0 || r->pages_open == 0)
    book_note(p->book, c, KIND_PAGE, now, "%s%s (chain %s, step %u of %zu)",
              g.said.len > 0 ? "paged " : "nobody to page", buf_text(&g.said),
              r->chain_name, r->step, r->chain->steps_n);
  buf_fini(&g.said);
  book_touch_run(p->book, r);
  pager_plan_again(p, r);
}

/* ---- Again ---- */

/* Whom the run's present step has paged by that contact, if they are to be
 * paged again; NULL: nobody, or another contact says so. */
static const struct responder *paged_by_step(const struct pager *p,
                                             const struct run *r, size_t i) {
  const struct contact *k = &r->casefile->contacts[i];
  if (k->run != r->id || k->responder == NULL || k->step != r->step ||
      k->round != r->round || k->at < r->step_at)
    return NULL;
  for (size_t n = 0; n < i; n++)
    if (r->casefile->contacts[n].run == r->id &&
        r->casefile->contacts[n].at >= r->step_at &&
        text_is_same(r->casefile->contacts[n].responder, k->responder))
      return NULL;
  const struct responder *who =
      settings_responder(p->book->settings, k->responder);
  return who != NULL && who->again > 0 ? who : NULL;
}

/* When it is due after that time. */
static wall_ms next_again(const struct run *r, const struct responder *who,
                          wall_ms after) {
  return r->step_at + ((after - r->step_at) / who->again + 1) * who->again;
}

void pager_plan_again(struct pager *p, struct run *r) {
  r->again_due = WALL_NEVER;
  for (size_t i = 0; i < r->casefile->contacts_n && !book_run_is_quiet(r);
       i++) {
    const struct responder *who = paged_by_step(p, r, i);
    if (who != NULL && next_again(r, who, r->again_at) < r->again_due)
      r->again_due = next_again(r, who, r->again_at);
  }
  pager_settle(p, r);
}

void pager_again(struct pager *p, struct run *r, wall_ms now) {
  struct casefile *c = r->casefile;
  struct paging g = {.pager = p, .run = r, .now = now, .is_again = true};
  buf_init(&g.said, 1024);
  for (size_t i = 0; i < c->contacts_n && !book_run_is_quiet(r); i++) {
    const struct responder *who = paged_by_step(p, r, i);
    if (who != NULL && next_again(r, who, r->again_at) <= now)
      step_person(&g, who, c->contacts[i].target);
  }
  r->again_at = now;
  if (g.said.len > 0)
    book_note(p->book, c, KIND_PAGE, now, "paged again %s (chain %s, step %u)",
              buf_text(&g.said), r->chain_name, r->step);
  buf_fini(&g.said);
  pager_plan_again(p, r);
}

/* ---- news ---- */

bool pager_is_told(const struct responder *who, size_t way, bool low) {
  bool has_prompt = false;
  for (size_t i = 0; i < who->ways_n; i++)
    has_prompt = has_prompt ||
                 (settings_uses_way(who, i, low) && who->ways[i].delay == 0);
  return settings_uses_way(who, way, low) &&
         (!has_prompt || who->ways[way].delay == 0);
}

/* text: what the page tells besides; NULL: nothing. */
static bool tell(struct pager *p, struct casefile *c, enum page_event event,
                 const struct responder *who, const char *target,
                 const char *text, wall_ms now) {
  if (who == NULL || who->ways_n == 0)
    return false;
  const struct run *r = c->runs;
  bool low = is_low(p, c);
  for (size_t i = 0; i < who->ways_n; i++) {
    if (!pager_is_told(who, i, low))
      continue;
    struct address to = {.webhook = who->ways[i].webhook,
                         .responder = who->name,
                         .chain = r != NULL ? r->chain_name : NULL,
                         .target = target,
                         .step = r != NULL ? r->step : 0,
                         .round = r != NULL ? r->round : 0};
    struct page *page = pager_make(p, c, event, &to, now);
    if (page != NULL && text != NULL)
      page->content = notify_content(text);
  }
  return true;
}

bool pager_tell(struct pager *p, struct casefile *c, enum page_event event,
                const char *person, wall_ms now) {
  const struct responder *who = settings_person(p->book->settings, person);
  char target[TARGET_MAX];
  snprintf(target, sizeof target, "responder:%s", who != NULL ? who->name : "");
  return tell(p, c, event, who, target, NULL, now);
}

bool pager_tell_owed(struct pager *p, struct casefile *c, int64_t reminder,
                     const char *person, const char *text, wall_ms now) {
  const struct responder *who = settings_person(p->book->settings, person);
  char target[TARGET_MAX];
  snprintf(target, sizeof target, PAGE_REMINDER "%lld", (long long)reminder);
  return tell(p, c, PAGE_UPDATE, who, target, text, now);
}

static bool wants(const struct casefile *c, const struct contact *k,
                  enum page_event event, const char *except) {
  if (k->reach == REACH_NO || k->webhook == NULL || page_is_notice(k->target))
    return false;
  if (except != NULL && text_is_same(k->responder, except))
    return false;
  if (event == PAGE_RESOLVED)
    for (const struct run *r = c->runs; r != NULL; r = r->next)
      if (r->id == k->run && r->chain != NULL && !r->chain->notify_resolved)
        return false;
  return true;
}

/* What is under way counts as got. */
static void count_under_way(struct casefile *c) {
  for (struct page *page = c->pages_first; page != NULL; page = page->next)
    if (pager_is_on_its_way(page))
      pager_set_reach(page, REACH_MAYBE);
}

/* text: what the page tells besides; NULL: nothing. */
static void tell_reached(struct pager *p, struct casefile *c,
                         enum page_event event, const char *except,
                         const char *text, wall_ms now) {
  count_under_way(c);
  for (size_t i = 0; i < c->contacts_n; i++) {
    const struct contact *k = &c->contacts[i];
    bool is_told = !wants(c, k, event, except);
    for (size_t n = 0; n < i && !is_told; n++)
      is_told = c->contacts[n].webhook == k->webhook &&
                text_is_same(c->contacts[n].responder, k->responder) &&
                wants(c, &c->contacts[n], event, except);
    if (is_told)
      continue;
    struct address to = {.webhook = k->webhook,
                         .responder = k->responder,
                         .chain = k->chain,
                         .target = k->target,
                         .step = k->step,
                         .round = k->round};
    struct page *page = pager_make(p, c, event, &to, now);
    if (page != NULL && text != NULL)
      page->content = notify_content(text);
  }
}

void pager_tell_reached(struct pager *p, struct casefile *c,
                        enum page_event event, const char *except,
                        wall_ms now) {
  tell_reached(p, c, event, except, NULL, now);
}

void pager_tell_reached_that(struct pager *p, struct casefile *c,
                             const char *text, wall_ms now) {
  tell_reached(p, c, PAGE_UPDATE, NULL, text, now);
}

/* ---- news in words ---- */

static bool is_excepted(const struct pager_news *n, const char *responder) {
  for (size_t i = 0; i < sizeof n->except / sizeof n->except[0]; i++)
    if (n->except[i] != NULL && text_is_same(n->except[i], responder))
      return true;
  return false;
}

/* A webhook without a responder is nobody on it. */
static bool is_for(const struct casefile *c, const struct contact *k,
                   const struct pager_news *n) {
  return wants(c, k, PAGE_UPDATE, NULL) && !is_excepted(n, k->responder) &&
         (k->responder != NULL || !c->incident.is_private);
}

static void tell_contact(struct pager *p, struct casefile *c, size_t at,
                         const struct pager_news *n, wall_ms now) {
  const struct contact *k = &c->contacts[at];
  for (size_t i = 0; i < at; i++)
    if (c->contacts[i].webhook == k->webhook &&
        text_is_same(c->contacts[i].responder, k->responder) &&
        is_for(c, &c->contacts[i], n))
      return;
  struct address to = {.webhook = k->webhook,
                       .responder = k->responder,
                       .chain = k->chain,
                       .target = n->target,
                       .step = k->step,
                       .round = k->round};
  struct page *page = pager_make(p, c, PAGE_UPDATE, &to, now);
  if (page != NULL)
    page->content = notify_content(n->text);
}

static bool is_told(const struct casefile *c, const struct pager_news *n,
                    size_t other) {
  const struct responder *who = n->others->items[other];
  if (is_excepted(n, who->name))
    return true;
  for (size_t i = 0; i < c->contacts_n; i++)
    if (text_is_same(c->contacts[i].responder, who->name) &&
        is_for(c, &c->contacts[i], n))
      return true;
  for (size_t i = 0; i < other; i++)
    if (n->others->items[i] == who)
      return true;
  return false;
}

void pager_tell_news(struct pager *p, struct casefile *c,
                     const struct pager_news *n, wall_ms now) {
  count_under_way(c);
  for (size_t i = 0; i < c->contacts_n; i++)
    if (is_for(c, &c->contacts[i], n))
      tell_contact(p, c, i, n, now);
  for (size_t i = 0; i < n->others->n; i++)
    if (!is_told(c, n, i))
      tell(p, c, PAGE_UPDATE, n->others->items[i], n->target, n->text, now);
}

void pager_test(struct pager *p, const struct webhook *w,
                const struct chain *chain, unsigned step,
                const struct responder *responder, int64_t request,
                wall_ms now) {
  char target[TARGET_MAX];
  snprintf(target, sizeof target, "%s:%s",
           responder != NULL ? "responder" : "webhook",
           responder != NULL ? responder->name : w->name);
  struct address to = {.webhook = w,
                       .responder = responder != NULL ? responder->name : NULL,
                       .chain = chain != NULL ? chain->name : NULL,
                       .target = target,
                       .step = step,
                       .round = chain != NULL};
  struct page *page = pager_make(p, NULL, PAGE_TEST, &to, now);
  if (page != NULL)
    page->request = request;
}

bool pager_remind(struct pager *p, const struct silence *s, wall_ms now) {
  const struct responder *who = settings_person(p->book->settings, s->by);
  char target[TARGET_MAX];
  if (who == NULL || who->ways_n == 0)
    return false;
  page_name_silence(s->id, target, sizeof target);
  for (size_t i = 0; i < who->ways_n; i++) {
    if (!pager_is_told(who, i, false))
      continue;
    struct address to = {.webhook = who->ways[i].webhook,
                         .responder = who->name,
                         .target = target};
    pager_make(p, NULL, PAGE_UPDATE, &to, now);
  }
  return true;
}

void pager_end_reminders(struct pager *p, wall_ms now) {
  struct page *page = p->book->tests_first;
  for (struct page *next; page != NULL; page = next) {
    next = page->next;
    int64_t silence = page_silence(page);
    if (silence != 0 && book_silence(p->book, silence) == NULL)
      pager_cancel_page(p, page, "the silence is over", now);
  }
}
