/* SPDX-License-Identifier: MIT */
/* The book's unfinished pages, and whom they have reached. */
#include "engine/book_inside.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

void book_free_page(struct page *p) {
  page_fini(p);
  free(p);
}

static void append_page(struct book *b, struct casefile *c, struct page *p) {
  struct page **first = c != NULL ? &c->pages_first : &b->tests_first;
  struct page **last = c != NULL ? &c->pages_last : &b->tests_last;
  p->next = NULL;
  p->prev = *last;
  if (*last != NULL)
    (*last)->next = p;
  else
    *first = p;
  *last = p;
}

static void unlink_page(struct book *b, struct casefile *c, struct page *p) {
  struct page **first = c != NULL ? &c->pages_first : &b->tests_first;
  struct page **last = c != NULL ? &c->pages_last : &b->tests_last;
  if (p->prev != NULL)
    p->prev->next = p->next;
  else
    *first = p->next;
  if (p->next != NULL)
    p->next->prev = p->prev;
  else
    *last = p->prev;
  p->prev = p->next = NULL;
}

static void insert_page(struct book *b, struct casefile *c, struct page *p) {
  append_page(b, c, p);
  p->casefile = c;
  p->timer = (struct timer){.due = WALL_NEVER, .kind = TIMER_PAGE};
  b->pages_n++;
}

struct page *book_add_page(struct book *b, struct casefile *c, wall_ms now) {
  struct page *p = calloc(1, sizeof *p);
  if (p == NULL || book_reserve_timer(b) != OK || ulid_make(now, p->id) != OK) {
    free(p);
    return NULL;
  }
  p->seq = b->ids.page_seq++;
  p->incident = c != NULL ? c->incident.id : 0;
  p->state = PAGE_PENDING;
  p->created_at = now;
  p->delivered_at = p->due_at = WALL_NEVER;
  insert_page(b, c, p);
  book_touch_page(b, p);
  return p;
}

enum err book_take_page(struct book *b, struct page *own_page) {
  struct casefile *c = book_casefile(b, own_page->incident);
  enum err err = c == NULL && own_page->incident != 0 ? ERR_NOTFOUND
                                                      : book_reserve_timer(b);
  if (err != OK) {
    book_free_page(own_page);
    return err;
  }
  insert_page(b, c, own_page);
  return OK;
}

void book_requeue_page(struct book *b, struct page *p) {
  unlink_page(b, p->casefile, p);
  append_page(b, p->casefile, p);
}

void book_finish_page(struct book *b, struct page *p) {
  struct casefile *c = p->casefile;
  unlink_page(b, c, p);
  b->pages_n--;
  timers_set(&b->timers, &p->timer, WALL_NEVER);
  if (c != NULL && !incident_is_open(&c->incident))
    book_touch_casefile(b, c); /* it may be over now */
  if (p->is_dirty)
    p->is_dropped = true;
  else
    book_free_page(p);
}

struct contact *book_contact(struct casefile *c, const struct page *p) {
  for (size_t i = 0; i < c->contacts_n; i++) {
    struct contact *k = &c->contacts[i];
    if (k->run == p->run && text_is_same(k->responder, p->responder) &&
        strcmp(k->webhook_name, p->webhook_name) == 0)
      return k;
  }
  if (c->contacts_n == c->contacts_cap) {
    size_t cap = c->contacts_cap == 0 ? 4 : c->contacts_cap * 2;
    struct contact *more = realloc(c->contacts, cap * sizeof *more);
    if (more == NULL)
      return NULL;
    c->contacts = more;
    c->contacts_cap = cap;
  }
  struct contact k = {.webhook = p->webhook, .run = p->run};
  if (incident_set_text(&k.webhook_name, p->webhook_name) != OK ||
      incident_set_text(&k.responder, p->responder) != OK ||
      incident_set_text(&k.chain, p->chain) != OK ||
      incident_set_text(&k.target, p->target) != OK) {
    free(k.webhook_name);
    free(k.responder);
    free(k.chain);
    return NULL;
  }
  c->contacts[c->contacts_n] = k;
  return &c->contacts[c->contacts_n++];
}
