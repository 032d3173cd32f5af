/* SPDX-License-Identifier: MIT */
/* Between the parts of the book. */
#ifndef INCIDENT_BOOK_INSIDE_H
#define INCIDENT_BOOK_INSIDE_H

#include "engine/book.h"

#define BOOK_BUCKETS_MIN 256 /* of a table of alerts or casefiles */

void book_free_alert(struct alert *a);
void book_free_page(struct page *p);
void book_free_entry(struct entry *e);
void book_free_event(struct event *e);
/* It is in no table; its runs go with it, alerts and pages do not. */
void book_free_casefile(struct casefile *c);
void book_free_exhibits(struct casefile *c);
/* The silences, and what is only in the stacks of what changed. */
void book_free_others(struct book *b);

/* Marks it for the next write. Without memory for the mark the change is made
 * all the same: the page goes out, and the row is written when the object
 * changes next. */
void book_mark(struct stack *s, void *item, bool *is_dirty);

/* What of these was in the transaction, which is durable. */
void book_written_others(struct book *b);

#endif
