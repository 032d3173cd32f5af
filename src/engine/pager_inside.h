/* SPDX-License-Identifier: MIT */
/* Between the parts of the pager: pager.c knows a page's way, pager_make.c who
 * gets one. */
#ifndef INCIDENT_PAGER_INSIDE_H
#define INCIDENT_PAGER_INSIDE_H

#include "engine/pager.h"

/* ---- pager.c ---- */

/* The page's run; NULL when it is of none. */
struct run *pager_run(const struct page *page);

/* It has come to an end, whatever it is: its run hears of it, the next of its
 * channel may go. The page is freed, or will be. */
void pager_finish(struct pager *p, struct page *page, enum page_state state,
                  const char *error, wall_ms now);

/* Not wanted any more: ends, unless it is on its way, which counts as got. */
void pager_cancel_page(struct pager *p, struct page *page, const char *reason,
                       wall_ms now);

/* Its receiver has it, perhaps: never less than before. */
void pager_set_reach(struct page *page, enum reach reach);

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

/* Cancels pages to the same webhook and responder that were due before this one
 * and have not left. */
void pager_replace_older(struct pager *p, const struct page *newer,
                         wall_ms now);

#endif
