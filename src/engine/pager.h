/* SPDX-License-Identifier: MIT */
/* Pages: who gets one, which is sent next, what came of it (SPEC section 3).
 * Works on the book; the engine thread only. */
#ifndef INCIDENT_PAGER_H
#define INCIDENT_PAGER_H

#include "core/spread.h"
#include "engine/announcement.h"
#include "engine/book.h"
#include "engine/courier.h"
#include "engine/outbox.h"
#include "engine/quota.h"
#include "engine/stack.h"

struct duty_roster;

/* How parcels leave: the courier, or a test's stand-in. */
struct sender {
  void *self;
  void (*send)(void *self, struct parcel *own_parcel);
  /* As courier_prepare and courier_release; NULL: no need. */
  bool (*prepare)(void *self, struct parcel *own_parcel);
  void (*release)(void *self);
  bool (*withdraw)(void *self, const char *id);
  struct outcome *(*outcomes)(void *self); /* as courier_outcomes */
  /* As courier_retire: the engine looks at those settings no more. NULL: they
   * stay the caller's. */
  void (*retire)(void *self, struct settings *own_settings);
};

/* Claimed ahead per webhook: so many, or twice what got through since the last
 * turn. So a claim is soon a request, and a fast webhook need not wait for
 * turns. */
#define PAGER_AHEAD 64
#define PAGER_AHEAD_MAX 1024

/* Since the start. */
struct page_counts {
  uint64_t ended[PAGE_STATES]; /* in that state */
  uint64_t retried;            /* failed attempts after which another comes */
  struct spread delays; /* of pages about incidents, until they are delivered */
};

struct pager {
  struct book *book;
  /* Set by its owner before the first page. */
  struct duty_roster *duty;
  void (*announce)(void *arg, const struct announcement *a); /* or NULL */
  void *announce_arg;
  struct sender sender;
  struct outbox *outboxes; /* in the order of settings.webhooks */
  size_t outboxes_n;
  struct parcel *parcels, **parcels_end; /* claimed, not handed over yet */
  bool has_prepared;                     /* one that waits for its release */
  struct sending sending;
  struct quotas quotas;
  uint64_t random;  /* for jitter */
  wall_ms heard_at; /* the turn: when the first of what it has taken in
                       came; WALL_NEVER: it has nothing */
  struct page_counts counts;
  struct timer health;    /* a webhook has failed for long enough then */
  struct stack cut_off;   /* char *: chains that reach nobody; owned */
  bool is_review_due;     /* chains are to be looked at */
  bool is_health_written; /* the ledger has what is known of webhooks */
};

enum err pager_init(struct pager *p, struct book *b, struct sender sender);
void pager_fini(struct pager *p);

/* ---- other settings; pager_change.c ---- */

/* Outboxes for the webhooks of those settings. */
enum err pager_draft(const struct settings *settings,
                     struct outbox **own_outboxes);
/* The book has those settings now: everything goes on with the webhooks of the
 * same names. A page that was due is so still; one whose webhook or responder
 * is gone ends as soon as it is due, or when its request has. */
void pager_change(struct pager *p, struct outbox *own_outboxes, wall_ms now);

/* ---- pages are made; pager_make.c ---- */

/* Makes the pages of the run's present step; with nobody to page, says so. */
void pager_step(struct pager *p, struct run *r, wall_ms now);

/* What Again asks for: pages once more to whoever the present step has paged.
 */
void pager_again(struct pager *p, struct run *r, wall_ms now);
/* Sets the run's timer, and before that when Again is due under the settings in
 * force. */
void pager_plan_again(struct pager *p, struct run *r);

/* One page of that event to everyone the incident has reached or may have
 * reached, but for responder except (NULL: nobody). For PAGE_RESOLVED, chains
 * with NotifyResolved false are left out. */
void pager_tell_reached(struct pager *p, struct casefile *c,
                        enum page_event event, const char *except, wall_ms now);

/* The same as an update that has the text in its headline. */
void pager_tell_reached_that(struct pager *p, struct casefile *c,
                             const char *text, wall_ms now);

/* A page or update to one responder (settings_person), of no step: to the
 * webhooks that are for the incident's urgency and have no DELAY, or to all of
 * that urgency. False: the configuration has no such responder, or it has no
 * webhook. */
bool pager_tell(struct pager *p, struct casefile *c, enum page_event event,
                const char *person, wall_ms now);

/* The same for what they owe: an update that the text is in the headline of,
 * beside whatever else they are told. */
bool pager_tell_owed(struct pager *p, struct casefile *c, int64_t reminder,
                     const char *person, const char *text, wall_ms now);

struct pager_news {
  const char *target;         /* which page_stands_alone */
  const char *text;           /* in the headline */
  const struct stack *others; /* const struct responder *, to be told as well */
  const char *except[2];      /* responders who know; NULL: none */
};
/* One update to everyone the incident has reached or may have reached, as
 * pager_tell_reached, and to the others, beside whatever else they are told. Of
 * a private one no webhook hears that has no responder. */
void pager_tell_news(struct pager *p, struct casefile *c,
                     const struct pager_news *n, wall_ms now);

/* A test page to a webhook, for the request. */
void pager_test(struct pager *p, const struct webhook *w,
                const struct chain *chain, unsigned step,
                const struct responder *responder, int64_t request,
                wall_ms now);

/* The owner of a silence hears that it ends soon: a page of no incident. False
 * as above. */
bool pager_remind(struct pager *p, const struct silence *s, wall_ms now);
/* Cancels those of silences that are not in the book any more. */
void pager_end_reminders(struct pager *p, wall_ms now);

/* Somebody else (NULL: nobody) is on call for the schedule: told of what is
 * open, if anything is; pager_duty.c. */
void pager_hand_over(struct pager *p, const struct schedule *s,
                     const struct responder *who, wall_ms now);

/* ---- a page's way ---- */

/* Cancels what is not on its way yet: pages of that run (0: of all runs and all
 * events, but for notices). What is being sent is let go and counts as got. */
void pager_cancel(struct pager *p, struct casefile *c, int64_t run,
                  const char *reason, wall_ms now);

/* The incident has been paused: what its runs have not sent yet is cancelled. A
 * step that has reached nobody so far runs again when the incident goes on. */
void pager_pause(struct pager *p, struct casefile *c, wall_ms now);

/* A page's time has come: into its webhook's outbox. */
void pager_due(struct pager *p, struct page *page, wall_ms now);

/* The clock was set back: it is due no later than it can be. */
void pager_clamp(struct pager *p, struct page *page, wall_ms now);

/* A page from the ledger, unfinished or not: it may count for PageLimit. */
void pager_recall(struct pager *p, const struct page *page, wall_ms now);
/* All are in the book now: one that waited in a digest does so again, unless
 * that is gone or nothing limits it any more. */
void pager_rejoin(struct pager *p, struct page *page);
/* It is being sent, itself or its digest. */
bool pager_is_on_its_way(const struct page *page);

/* A page from the ledger that was being sent or pending. */
void pager_resume(struct pager *p, struct page *page, wall_ms now);
/* One that is not sent again. */
void pager_drop(struct pager *p, struct page *page, const char *reason,
                wall_ms now);

/* Takes due pages into sending and prints their bodies, within the limits, and
 * has the sender prepare the first. */
void pager_claim(struct pager *p, wall_ms now);

/* Hands what was claimed to the sender: after the commit. */
void pager_send(struct pager *p);
bool pager_has_parcels(const struct pager *p);

/* One attempt is over. */
void pager_outcome(struct pager *p, const struct outcome *o, wall_ms now);

/* ---- what works; pager_health.c ---- */

/* The timer is due, or the clock was set back: webhooks that have failed for
 * five minutes are reported. */
void pager_health_due(struct pager *p, wall_ms now);
/* Once a turn: which chains reach nobody, if anything has changed. */
void pager_review(struct pager *p, wall_ms now);
/* How many webhooks are reported as failing. */
unsigned pager_count_reported(const struct pager *p);
/* After the book was filled from that ledger: goes on with what was known. */
enum err pager_resume_health(struct pager *p, struct ledger *l, wall_ms now);
/* Inside a transaction: what is known, unless the ledger has it. The caller
 * sets is_health_written once that is durable. */
enum err pager_write_health(const struct pager *p, struct ledger *l);

/* Sets the run's timer from what is known of its pages; none while its incident
 * is paused. */
void pager_settle(struct pager *p, struct run *r);

/* True if that run has paged that responder. */
bool pager_has_paged(const struct casefile *c, const struct run *r,
                     const char *responder);

#endif
