/* SPDX-License-Identifier: MIT */
#include "engine/outbox.h"

#include <string.h>

void outbox_put(struct outbox *o, struct page *page) {
  page->is_ready = true;
  page->ready_next = NULL;
  page->ready_prev = o->last;
  if (o->last != NULL)
    o->last->ready_next = page;
  else
    o->first = page;
  o->last = page;
}

void outbox_take(struct outbox *o, struct page *page) {
  if (page->ready_prev != NULL)
    page->ready_prev->ready_next = page->ready_next;
  else
    o->first = page->ready_next;
  if (page->ready_next != NULL)
    page->ready_next->ready_prev = page->ready_prev;
  else
    o->last = page->ready_prev;
  page->ready_prev = page->ready_next = NULL;
  page->is_ready = false;
}

static struct page **bucket_of(struct sending *s, const char *id) {
  unsigned h = 0;
  for (const char *c = id; *c != '\0'; c++)
    h = h * 31 + (unsigned char)*c;
  return &s->buckets[h & (SENDING_BUCKETS - 1)];
}

void sending_put(struct sending *s, struct page *page) {
  struct page **head = bucket_of(s, page->id);
  page->ready_prev = NULL;
  page->ready_next = *head;
  if (*head != NULL)
    (*head)->ready_prev = page;
  *head = page;
}

void sending_take(struct sending *s, struct page *page) {
  if (page->ready_prev != NULL)
    page->ready_prev->ready_next = page->ready_next;
  else
    *bucket_of(s, page->id) = page->ready_next;
  if (page->ready_next != NULL)
    page->ready_next->ready_prev = page->ready_prev;
  page->ready_prev = page->ready_next = NULL;
}

struct page *sending_find(struct sending *s, const char *id) {
  struct page *page = *bucket_of(s, id);
  while (page != NULL && strcmp(page->id, id) != 0)
    page = page->ready_next;
  return page;
}
