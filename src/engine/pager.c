/* SPDX-License-Identifier: MIT */
/* A page's way:
 *
 *   made -> PENDING --due--> outbox --claim--> SENDING --sent--> DELIVERED
 *              ^                                  |
 *              +---------- again, later ----------+--> FAILED, given up
 *              |
 *              +--> CANCELLED: acknowledged, resolved, replaced
 *
 * In order: of the unfinished pages of an incident to one webhook only the
 * first is ever in an outbox or being sent. One with a DELAY stands in no line
 * before that is over.
 */
#include "engine/pager_inside.h"

#include "base/log.h"
#include "base/text.h"
#include "engine/compose.h"
#include "engine/outbox.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RETRY_COMPOSE_MS 1000

enum err pager_init(struct pager *p, struct book *b, struct sender sender) {
  *p = (struct pager){.book = b,
                      .sender = sender,
                      .health = {.due = WALL_NEVER, .kind = TIMER_HEALTH},
                      .heard_at = WALL_NEVER,
                      .is_review_due = true};
  p->parcels_end = &p->parcels;
  b->others_n++;
  enum err err = book_reserve_timer(b);
  if (err == OK)
    err = pager_draft(b->settings, &p->outboxes);
  if (err != OK)
    return err;
  p->outboxes_n = b->settings->webhooks_n;
  quotas_set(&p->quotas, b->settings->page_limit, b->settings->page_span);
  p->random = (uint64_t)clock_mono_ns() | 1;
  return OK;
}

void pager_fini(struct pager *p) {
  for (struct parcel *next; p->parcels != NULL; p->parcels = next) {
    next = p->parcels->next;
    parcel_free(p->parcels);
  }
  free(p->outboxes);
  quotas_fini(&p->quotas);
  pager_fini_health(p);
  *p = (struct pager){0};
}

struct outbox *pager_outbox(struct pager *p, const struct webhook *w) {
  for (size_t i = 0; i < p->outboxes_n; i++)
    if (p->outboxes[i].webhook == w)
      return &p->outboxes[i];
  return NULL;
}

/* ---- what a page means for its run and its incident ---- */

void pager_settle(struct pager *p, struct run *r) {
  wall_ms due = r->casefile->incident.is_paused ? WALL_NEVER : run_due(r);
  if (r->state == RUN_RUNNING && due != WALL_NEVER && r->again_due < due)
    due = r->again_due;
  timers_set(&p->book->timers, &r->timer, due);
}

struct run *pager_run(const struct page *page) {
  return book_run(page->casefile, page->run);
}

/* One page less that the run's present step waits for. */
static void settle_page(struct pager *p, struct run *r, bool is_received) {
  if (r->pages_open == 0)
    return;
  r->pages_open--;
  r->is_received = r->is_received || is_received;
  pager_settle(p, r);
}

/* Runs whose own pages gave way to this one. */
static void settle_stand_in(struct pager *p, const struct page *page) {
  const struct casefile *c = page->casefile;
  for (size_t i = 0; c != NULL && i < c->contacts_n; i++) {
    struct contact *k = &c->contacts[i];
    if (k->stand_in != page->seq)
      continue;
    k->stand_in = 0;
    struct run *r = book_run(c, k->run);
    if (r != NULL && r->step == k->step && r->round == k->round)
      settle_page(p, r, page->reach == REACH_YES);
  }
}

void pager_set_reach(struct page *page, enum reach reach) {
  if (reach <= page->reach)
    return;
  page->reach = reach;
  if (page->bundle != NULL && page->bundle->page == page)
    pager_reach_bundle(page->bundle);
  if ((page->event != PAGE_PAGE && !page_is_notice(page->target)) ||
      page->casefile == NULL)
    return;
  struct contact *k = book_contact(page->casefile, page);
  if (k != NULL && k->reach < reach)
    k->reach = reach;
}

static struct page *first_of_channel(const struct page *page) {
  struct page *first = page->casefile != NULL ? page->casefile->pages_first
                                              : (struct page *)page;
  while (first->webhook != page->webhook || first->is_delayed)
    first = first->next;
  return first;
}

/* It has come to an end, whatever it is: its run hears of it, the next of its
 * channel may go. */
void pager_finish(struct pager *p, struct page *page, enum page_state state,
                  const char *error, wall_ms now) {
  struct book *b = p->book;
  if (page->bundle != NULL)
    pager_leave_bundle(p, page, state, error, now);
  if (page->is_ready)
    outbox_take(pager_outbox(p, page->webhook), page);
  page->state = state;
  p->counts.ended[state]++;
  if (error != NULL)
    incident_set_text(&page->error, error); /* without memory: no reason */
  book_touch_page(b, page);
  struct run *r = pager_run(page);
  if (r != NULL && run_stands_at(r, page) && !page->is_unwanted)
    settle_page(p, r, page->reach == REACH_YES);
  settle_stand_in(p, page);
  struct page *next = page->casefile != NULL ? page->next : NULL;
  while (next != NULL && (next->webhook != page->webhook || next->is_delayed))
    next = next->next;
  bool was_first =
      next != NULL && !page->is_delayed && first_of_channel(page) == page;
  book_finish_page(b, page);
  if (was_first && next->state == PAGE_PENDING && !next->is_ready &&
      next->timer.due == WALL_NEVER)
    timers_set(&b->timers, &next->timer, now);
}

/* It is being sent no more. Its outbox; NULL: its webhook is gone. */
static struct outbox *unclaim(struct pager *p, struct page *page) {
  struct outbox *o = pager_outbox(p, page->webhook);
  sending_take(&p->sending, page);
  if (o != NULL)
    o->claimed--;
  return o;
}

/* Takes it back if its request has not begun. */
static bool withdraw(struct pager *p, struct page *page) {
  if (!p->sender.withdraw(p->sender.self, page->id))
    return false;
  (void)unclaim(p, page);
  page->attempts--;
  pager_uncount(p, page);
  return true;
}

/* False: it is on its way. Its digest, if it was about to be sent, waits again
 * for its turn. */
static bool take_back(struct pager *p, struct page *page, wall_ms now) {
  if (!pager_is_on_its_way(page))
    return true;
  if (page->state == PAGE_SENDING)
    return withdraw(p, page);
  struct page *digest = page->bundle->page;
  if (!withdraw(p, digest))
    return false;
  digest->state = PAGE_PENDING;
  timers_set(&p->book->timers, &digest->timer, now);
  book_touch_page(p->book, digest);
  return true;
}

void pager_cancel_page(struct pager *p, struct page *page, const char *reason,
                       wall_ms now) {
  if (!take_back(p, page, now)) {
    page->is_unwanted = true;
    pager_set_reach(page, REACH_MAYBE);
    book_touch_page(p->book, page);
    return;
  }
  pager_finish(p, page, PAGE_CANCELLED, reason, now);
}

void pager_cancel(struct pager *p, struct casefile *c, int64_t run,
                  const char *reason, wall_ms now) {
  for (struct page *page = c->pages_first, *next; page != NULL; page = next) {
    next = page->next;
    if (run == 0 ? !page_is_notice(page->target) : page->run == run)
      pager_cancel_page(p, page, reason, now);
  }
}

unsigned pager_count_open(const struct run *r) {
  unsigned n = 0;
  for (const struct page *page = r->casefile->pages_first; page != NULL;
       page = page->next)
    n += run_stands_at(r, page) && !page->is_unwanted;
  return n;
}

static bool is_sending(const struct casefile *c, const struct run *r) {
  for (const struct page *page = c->pages_first; page != NULL;
       page = page->next)
    if (run_stands_at(r, page))
      return true;
  return false;
}

void pager_pause(struct pager *p, struct casefile *c, wall_ms now) {
  for (struct run *r = c->runs; r != NULL; r = r->next) {
    bool was_open = r->state == RUN_RUNNING && r->pages_open > 0;
    pager_cancel(p, c, r->id, "paused", now);
    if (was_open && is_sending(c, r)) { /* counts as got */
      r->is_received = true;
      r->pages_open = 0;
    } else if (was_open && !r->is_received) {
      run_take_back(r);
      book_touch_run(p->book, r);
    }
    pager_settle(p, r);
  }
}

bool pager_has_paged(const struct casefile *c, const struct run *r,
                     const char *responder) {
  for (size_t i = 0; i < c->contacts_n; i++)
    if (c->contacts[i].run == r->id &&
        text_is_same(c->contacts[i].responder, responder))
      return true;
  return false;
}

/* ---- sending ---- */

static void fail(struct pager *p, struct page *page, const char *why,
                 wall_ms now) {
  if (page->casefile != NULL)
    book_note(p->book, page->casefile, KIND_PAGE, now,
              "%s%s%s via %s failed: %s", page_event_names[page->event],
              page->responder != NULL ? " to " : "",
              page->responder != NULL ? page->responder : "",
              page->webhook_name, why);
  log_line(LOG_ERROR, "incident: page %s of incident %lld to webhook %s: %s",
           page->id, (long long)page->incident, page->webhook_name, why);
  pager_finish(p, page, PAGE_FAILED, why, now);
}

/* Its webhook can send nothing. */
static void fail_unsent(struct pager *p, struct page *page, wall_ms now) {
  const struct webhook *w = page->webhook;
  pager_note_trouble(p, w, now);
  fail(p, page, w->trouble, now);
}

static const char *const gone =
    "its webhook or responder is gone from the configuration";

/* Its DELAY is over: the newest of its channel now. */
static void arrive(struct pager *p, struct page *page, wall_ms now) {
  page->is_delayed = false;
  if (page->casefile == NULL)
    return;
  book_requeue_page(p->book, page);
  pager_replace_older(p, page, now);
}

void pager_due(struct pager *p, struct page *page, wall_ms now) {
  if (page->is_delayed && page->webhook != NULL)
    arrive(p, page, now);
  timers_set(&p->book->timers, &page->timer, WALL_NEVER);
  if (pager_is_folded(page))
    return; /* what becomes of its digest becomes of it */
  struct outbox *o = pager_outbox(p, page->webhook);
  if (o == NULL)
    pager_finish(p, page, PAGE_FAILED, gone, now);
  else if (page->webhook->trouble != NULL)
    fail_unsent(p, page, now);
  else if (first_of_channel(page) == page && !page->is_ready)
    outbox_put(o, page);
}

void pager_resume(struct pager *p, struct page *page, wall_ms now) {
  if (pager_is_folded(page))
    return;
  if (page->state == PAGE_SENDING) {
    page_note_attempt(page, now, 0, "the plugin ended before an answer", NULL);
    page->state = PAGE_PENDING;
    book_touch_page(p->book, page);
  }
  page->is_delayed = page->due_at != WALL_NEVER && page->attempts == 0;
  timers_set(&p->book->timers, &page->timer,
             page->is_delayed ? page->due_at : now);
  pager_clamp(p, page, now);
  if (page->timer.due <= now)
    page->is_delayed = false; /* since before the start: in its old place */
}

void pager_clamp(struct pager *p, struct page *page, wall_ms now) {
  wall_ms latest = now;
  if (page->timer.due == WALL_NEVER)
    return;
  if (page->is_delayed)
    latest += page->due_at - page->created_at;
  if (page->timer.due > latest)
    timers_set(&p->book->timers, &page->timer, latest);
}

void pager_drop(struct pager *p, struct page *page, const char *reason,
                wall_ms now) {
  pager_finish(p, page, PAGE_CANCELLED, reason, now);
}

/* False: it must wait, memory is short. */
static bool claim(struct pager *p, struct outbox *o, struct page *page,
                  wall_ms now) {
  struct parcel *parcel = calloc(1, sizeof *parcel);
  outbox_take(o, page);
  page->attempts++;
  if (parcel == NULL ||
      (page->bundle != NULL && pager_write_digest(p, page, now) != OK) ||
      compose_page(p->book, p->duty, page, pager_run(page), now,
                   &parcel->body) != OK) {
    free(parcel);
    page->attempts--;
    timers_set(&p->book->timers, &page->timer, now + RETRY_COMPOSE_MS);
    return false;
  }
  memcpy(parcel->id, page->id, sizeof parcel->id);
  parcel->webhook = page->webhook;
  parcel->body_len = strlen(parcel->body);
  *p->parcels_end = parcel;
  p->parcels_end = &parcel->next;
  page->state = PAGE_SENDING;
  pager_count(p, page, now);
  sending_put(&p->sending, page);
  o->claimed++;
  book_touch_page(p->book, page);
  return true;
}

static unsigned claims_max(const struct outbox *o) {
  unsigned twice = 2 * o->passed;
  return twice < PAGER_AHEAD       ? PAGER_AHEAD
         : twice > PAGER_AHEAD_MAX ? PAGER_AHEAD_MAX
                                   : twice;
}

static void claim_all(struct pager *p, wall_ms now) {
  for (size_t i = 0; i < p->outboxes_n; i++) {
    struct outbox *o = &p->outboxes[i];
    unsigned max = claims_max(o);
    o->passed = 0;
    while (o->first != NULL && o->claimed < max) {
      struct page *page = o->first;
      if (!pager_ends_digest(p, page, now) && !pager_fold(p, o, page, now) &&
          !claim(p, o, page, now))
        return;
    }
  }
}

static void prepare_first(struct pager *p) {
  struct parcel *first = p->parcels;
  if (first == NULL || p->sender.prepare == NULL)
    return;
  struct parcel *second = first->next;
  p->has_prepared = p->sender.prepare(p->sender.self, first);
  if (p->has_prepared)
    p->parcels = second;
  if (p->parcels == NULL)
    p->parcels_end = &p->parcels;
}

void pager_claim(struct pager *p, wall_ms now) {
  claim_all(p, now);
  prepare_first(p);
}

bool pager_has_parcels(const struct pager *p) {
  return p->has_prepared || p->parcels != NULL;
}

void pager_send(struct pager *p) {
  if (p->has_prepared)
    p->sender.release(p->sender.self);
  p->has_prepared = false;
  while (p->parcels != NULL) {
    struct parcel *parcel = p->parcels;
    p->parcels = parcel->next;
    parcel->next = NULL;
    p->sender.send(p->sender.self, parcel);
  }
  p->parcels_end = &p->parcels;
}

/* ---- outcomes ---- */

static double jitter(struct pager *p) {
  p->random ^= p->random << 13;
  p->random ^= p->random >> 7;
  p->random ^= p->random << 17;
  return ((double)(p->random >> 11) / (double)(1ull << 53) - 0.5) * 0.4;
}

/* Since it was sent, perhaps. */
static bool is_gone(const struct pager *p, const struct page *page) {
  return page->webhook == NULL ||
         (page->responder != NULL &&
          settings_responder(p->book->settings, page->responder) == NULL);
}

static void retry(struct pager *p, struct page *page, const struct outcome *o,
                  wall_ms now) {
  char why[OUTCOME_ERROR_MAX + 64];
  span_ms wait = page_backoff(page->attempts, o->retry_after, jitter(p));
  if (page->is_unwanted) {
    pager_finish(p, page, PAGE_CANCELLED, o->error, now);
    return;
  }
  if (pager_thin_bundle(p, page, o->error, now))
    return;
  if (is_gone(p, page)) {
    pager_finish(p, page, PAGE_FAILED, gone, now);
    return;
  }
  /* The last try is when the time for retrying is over, not before; but one
   * that may only come later is none. */
  span_ms left = page->webhook->retry - page->tried;
  if (page->event == PAGE_TEST)
    left = 0; /* somebody waits to hear what came back */
  if (left <= 0 || o->retry_after > left) {
    snprintf(why, sizeof why, "given up after %u attempt%s: %s", page->attempts,
             page->attempts == 1 ? "" : "s", o->error);
    fail(p, page, why, now);
    return;
  }
  if (wait > left)
    wait = left;
  page->tried += wait;
  page->state = PAGE_PENDING;
  p->counts.retried++;
  incident_set_text(&page->error, o->error); /* without memory: no reason */
  timers_set(&p->book->timers, &page->timer, now + wait);
  book_touch_page(p->book, page);
}

/* How long somebody has waited for it. */
static void note_delay(struct pager *p, const struct page *page, wall_ms now) {
  wall_ms since = page->owed_since != 0 ? page->owed_since : page->created_at;
  if (page->due_at != WALL_NEVER && page->due_at > since)
    since = page->due_at;
  if (page->event == PAGE_PAGE && page->incident != 0)
    spread_add(&p->counts.delays, now - since);
}

void pager_outcome(struct pager *p, const struct outcome *o, wall_ms now) {
  struct page *page = sending_find(&p->sending, o->id);
  if (page == NULL)
    return; /* withdrawn at the last moment */
  struct outbox *outbox = unclaim(p, page);
  if (outbox != NULL)
    outbox->passed += o->verdict == VERDICT_DELIVERED;
  /* What we have stopped ourselves says nothing of the webhook. */
  if (outbox != NULL && !(page->is_unwanted && o->verdict == VERDICT_RETRY))
    pager_note_health(p, page->webhook, o, now);
  page->tried += o->took;
  page->http_status = o->http_status;
  if (o->verdict != VERDICT_DELIVERED)
    page_note_attempt(page, now, o->http_status, o->error, o->response);
  incident_set_text(&page->response, o->response);
  switch (o->verdict) {
  case VERDICT_DELIVERED:
    pager_set_reach(page, REACH_YES);
    page->delivered_at = now;
    note_delay(p, page, now);
    free(page->error);
    page->error = NULL;
    pager_finish(p, page, PAGE_DELIVERED, NULL, now);
    break;
  case VERDICT_MAYBE:
    pager_set_reach(page, REACH_MAYBE);
    retry(p, page, o, now);
    break;
  case VERDICT_RETRY:
    retry(p, page, o, now);
    break;
  case VERDICT_FAILED:
    fail(p, page, o->error, now);
    break;
  }
}
