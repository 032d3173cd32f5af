/* SPDX-License-Identifier: MIT */
/* Where pages are on their way: due, in the outbox of their webhook; claimed,
 * in the table of what is being sent. A page is in one of the two at most. */
#ifndef INCIDENT_OUTBOX_H
#define INCIDENT_OUTBOX_H

#include "core/page.h"
#include "engine/courier.h"

/* The due pages of one webhook, oldest first. */
struct outbox {
  const struct webhook *webhook;
  struct page *first, *last; /* by ready_next */
  unsigned claimed;          /* being sent */
  unsigned passed;           /* got through since the last turn's claims */
  /* engine/pager_health.c */
  wall_ms failing_since; /* the first failed attempt since the last good one;
                            WALL_NEVER: its last attempt got through */
  unsigned failures;     /* in a row; no further than matters */
  bool is_down;          /* not one failed attempt only */
  bool is_reported;      /* it has been said that it fails */
  bool is_known;         /* something has come back since the start */
  char error[OUTCOME_ERROR_MAX]; /* of the last attempt */
};

void outbox_put(struct outbox *o, struct page *page);
void outbox_take(struct outbox *o, struct page *page);

#define SENDING_BUCKETS 1024 /* a power of two */
struct sending {
  struct page *buckets[SENDING_BUCKETS]; /* by id, chained by ready_next */
};

void sending_put(struct sending *s, struct page *page);
void sending_take(struct sending *s, struct page *page);
/* NULL when there is none. */
struct page *sending_find(struct sending *s, const char *id);

#endif
