/* SPDX-License-Identifier: MIT */
/* Who gets a page, and what it says of why: steps of runs, those who have been
 * paged, people who are told something, tests, reminders. */
#include "base/log.h"
#include "base/text.h"
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

static void replace_older(struct pager *p, const struct page *newer,
                          wall_ms now) {
  struct page *page = newer->casefile->pages_first;
  for (struct page *next; page != newer; page = next) {
    next = page->next;
    if (page->webhook != newer->webhook || page->state != PAGE_PENDING ||
        !text_is_same(page->responder, newer->responder))
      continue;
    give_way(page, newer);
    pager_finish(p, page, PAGE_CANCELLED, "replaced by a newer page", now);
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
  if (event == PAGE_PAGE && to->responder != NULL &&
      p->book->settings->base_url[0] != '\0' &&
      ulid_token(page->ack_token) != OK)
    page->ack_token[0] = '\0';
  if (event == PAGE_PAGE && c != NULL) {
    struct contact *k = book_contact(c, page);
    if (k != NULL) {
      k->step = to->step;
      k->round = to->round;
      k->stand_in = 0;
    }
  }
  if (c != NULL)
    replace_older(p, page, now);
  timers_set(&p->book->timers, &page->timer, now);
  return page;
}

static bool step_has(const struct casefile *c, const struct run *r,
                     const struct webhook *w, const char *responder) {
  for (const struct page *page = c->pages_first; page != NULL;
       page = page->next)
    if (run_stands_at(r, page) && !page->is_unwanted && page->webhook == w &&
        text_is_same(page->responder, responder))
      return true;
  return false;
}

static void step_page(struct pager *p, struct run *r, const struct webhook *w,
                      const struct responder *responder, wall_ms now,
                      struct buf *said) {
  char target[TARGET_MAX];
  const char *name = responder != NULL ? responder->name : NULL;
  if (step_has(r->casefile, r, w, name))
    return;
  snprintf(target, sizeof target, "%s:%s",
           name != NULL ? "responder" : "webhook",
           name != NULL ? name : w->name);
  struct address to = {.webhook = w,
                       .responder = name,
                       .chain = r->chain_name,
                       .target = target,
                       .run = r->id,
                       .step = r->step,
                       .round = r->round};
  if (pager_make(p, r->casefile, PAGE_PAGE, &to, now) == NULL)
    return;
  r->pages_open++;
  buf_add(said, said->len > 0 ? ", " : "");
  if (name != NULL)
    buf_addf(said, "%s (%s)", name, w->name);
  else
    buf_add(said, w->name);
}

void pager_step(struct pager *p, struct run *r, wall_ms now) {
  const struct step *step = &r->chain->steps[r->step - 1];
  struct casefile *c = r->casefile;
  struct buf said;
  buf_init(&said, 1024);
  if (r->step > 1 || r->round > 1)
    book_note(p->book, c, KIND_ESCALATED, now,
              "chain %s: step %u of %zu, round %u", r->chain_name, r->step,
              r->chain->steps_n, r->round);
  for (size_t i = 0; i < step->targets_n; i++) {
    const struct target *t = &step->targets[i];
    if (t->kind == TARGET_WEBHOOK) {
      step_page(p, r, t->webhook, NULL, now, &said);
      continue;
    }
    for (size_t n = 0; n < t->responder->ways_n; n++)
      step_page(p, r, t->responder->ways[n].webhook, t->responder, now, &said);
  }
  book_note(p->book, c, KIND_PAGE, now, "%s%s (chain %s, step %u of %zu)",
            said.len > 0 ? "paged " : "nobody to page", buf_text(&said),
            r->chain_name, r->step, r->chain->steps_n);
  buf_fini(&said);
  book_touch_run(p->book, r);
  pager_settle(p, r);
}

bool pager_tell(struct pager *p, struct casefile *c, enum page_event event,
                const char *responder, wall_ms now) {
  const struct responder *who =
      settings_responder(p->book->settings, responder);
  char target[TARGET_MAX];
  if (who == NULL || who->ways_n == 0)
    return false;
  snprintf(target, sizeof target, "responder:%s", responder);
  const struct run *r = c->runs;
  for (size_t i = 0; i < who->ways_n; i++) {
    struct address to = {.webhook = who->ways[i].webhook,
                         .responder = who->name,
                         .chain = r != NULL ? r->chain_name : NULL,
                         .target = target,
                         .step = r != NULL ? r->step : 0,
                         .round = r != NULL ? r->round : 0};
    pager_make(p, c, event, &to, now);
  }
  return true;
}

static bool wants(const struct casefile *c, const struct contact *k,
                  enum page_event event, const char *except) {
  if (k->reach == REACH_NO || k->webhook == NULL)
    return false;
  if (except != NULL && text_is_same(k->responder, except))
    return false;
  if (event == PAGE_RESOLVED)
    for (const struct run *r = c->runs; r != NULL; r = r->next)
      if (r->id == k->run && r->chain != NULL && !r->chain->notify_resolved)
        return false;
  return true;
}

void pager_tell_reached(struct pager *p, struct casefile *c,
                        enum page_event event, const char *except,
                        wall_ms now) {
  /* What is under way counts as got. */
  for (struct page *page = c->pages_first; page != NULL; page = page->next)
    if (page->state == PAGE_SENDING)
      pager_set_reach(page, REACH_MAYBE);
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
    pager_make(p, c, event, &to, now);
  }
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
  const struct responder *who = settings_responder(p->book->settings, s->by);
  char target[TARGET_MAX];
  if (who == NULL || who->ways_n == 0)
    return false;
  page_name_silence(s->id, target, sizeof target);
  for (size_t i = 0; i < who->ways_n; i++) {
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
