/* SPDX-License-Identifier: MIT */
/* Between the parts of the book. */
#ifndef INCIDENT_BOOK_INSIDE_H
#define INCIDENT_BOOK_INSIDE_H

#include "engine/book.h"

void book_free_alert(struct alert *a);
void book_free_page(struct page *p);
void book_free_entry(struct entry *e);
void book_free_event(struct event *e);

/* Forgets it if it is over and done with and has nothing to write. */
void book_retire(struct book *b, struct casefile *c);

#endif
