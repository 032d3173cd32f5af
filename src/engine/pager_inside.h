/* SPDX-License-Identifier: MIT */
/* Between the parts of the pager: pager.c knows a page's way, pager_make.c who
 * gets one, pager_digest.c what is too many. */
#ifndef INCIDENT_PAGER_INSIDE_H
#define INCIDENT_PAGER_INSIDE_H

#include "engine/pager.h"

/* ---- pager.c ---- */

/* The page's run; NULL when it is of none. */
struct run *pager_run(const struct page *page);

/* Pages that the run's present step waits for though it has just begun: when it
 * did so twice in a turn, or before the time at which they were made. */
unsigned pager_count_open(const struct run *r);

/* It has come to an end, whatever it is: its run hears of it, the next of its
 * channel may go. The page is freed, or will be. */
void pager_finish(struct pager *p, struct page *page, enum page_state state,
                  const char *error, wall_ms now);

/* Not wanted any more: ends, unless it is on its way, which counts as got. */
void pager_cancel_page(struct pager *p, struct page *page, const char *reason,
                       wall_ms now);

/* Its receiver has it, perhaps: never less than before. */
void pager_set_reach(struct page *page, enum reach reach);

/* NULL: it is gone. */
struct outbox *pager_outbox(struct pager *p, const struct webhook *w);

/* ---- pager_health.c ---- */

/* What came of a request says whether its webhook works. */
void pager_note_health(struct pager *p, const struct webhook *w,
                       const struct outcome *outcome, wall_ms now);
/* Something should have been sent to a webhook that has a trouble. */
void pager_note_trouble(struct pager *p, const struct webhook *w, wall_ms now);
/* The webhook under other settings. */
void pager_change_health(struct pager *p, struct outbox *o,
                         const struct outbox *was);
void pager_fini_health(struct pager *p);

/* ---- pager_make.c ---- */

/* What a page says of why it goes where it goes. */
struct address {
  const struct webhook *webhook;
  const char *responder, *chain, *target;
  int64_t run;
  unsigned step, round;
  span_ms delay; /* due that much later */
};

/* A page about c (NULL: of no incident); without a delay in place of older ones
 * that have not left. NULL when out of memory, which it logs. */
struct page *pager_make(struct pager *p, struct casefile *c,
                        enum page_event event, const struct address *to,
                        wall_ms now);

/* Whether news that are of no step go to that way of theirs: among those for
 * that urgency the ones without a DELAY, if there are any. */
bool pager_is_told(const struct responder *who, size_t way, bool low);

/* Cancels pages to the same webhook and responder that were due before this one
 * and have not left. */
void pager_replace_older(struct pager *p, const struct page *newer,
                         wall_ms now);

/* ---- pager_digest.c ---- */

/* It waits in a digest. */
bool pager_is_folded(const struct page *page);
/* A digest's receiver has what is in it as the digest. */
void pager_reach_bundle(struct bundle *b);
/* It is a digest that nothing limits any more, so that its pages may go. */
bool pager_is_unlimited(const struct pager *p, const struct page *page);

/* It has just been claimed, or taken back. */
void pager_count(struct pager *p, const struct page *page, wall_ms now);
void pager_uncount(struct pager *p, const struct page *page);

/* True: the page, the first of that outbox, is more than PageLimit lets go and
 * is in a digest now. */
bool pager_fold(struct pager *p, struct outbox *o, struct page *page,
                wall_ms now);
/* True: it was a digest that is not sent. */
bool pager_ends_digest(struct pager *p, struct page *page, wall_ms now);
/* Writes down what the digest tells: all that is in it now. ERR_NOMEM. */
enum err pager_write_digest(struct pager *p, struct page *page, wall_ms now);
/* The page has come to an end, or the digest with all that is in it. */
void pager_leave_bundle(struct pager *p, struct page *page,
                        enum page_state state, const char *why, wall_ms now);
/* If it is a digest that is to be tried again: without those that nobody wants
 * any more. True: it has ended, none is left. */
bool pager_thin_bundle(struct pager *p, struct page *page, const char *why,
                       wall_ms now);

#endif
