/* SPDX-License-Identifier: MIT */
/* Between the parts of the book. */
#ifndef INCIDENT_BOOK_INSIDE_H
#define INCIDENT_BOOK_INSIDE_H

#include "engine/book.h"

void book_free_alert(struct alert *a);
void book_free_page(struct page *p);
void book_free_entry(struct entry *e);
void book_free_event(struct event *e);

#endif
