/* SPDX-License-Identifier: MIT */
/* Pages under other settings: whatever has a name goes on with what has it now.
 */
#include "engine/pager_inside.h"

#include <stdlib.h>
#include <string.h>

enum err pager_draft(const struct settings *settings,
                     struct outbox **own_outboxes) {
  size_t n = settings->webhooks_n;
  struct outbox *outboxes = calloc(n + 1, sizeof *outboxes);
  if (outboxes == NULL)
    return ERR_NOMEM;
  for (size_t i = 0; i < n; i++)
    outboxes[i] = (struct outbox){.webhook = settings->webhooks[i],
                                  .failing_since = WALL_NEVER};
  *own_outboxes = outboxes;
  return OK;
}

static struct outbox *outbox_named(struct pager *p, const char *name) {
  for (size_t i = 0; i < p->outboxes_n; i++)
    if (strcmp(p->outboxes[i].webhook->name, name) == 0)
      return &p->outboxes[i];
  return NULL;
}

static bool has_responder(const struct pager *p, const struct page *page) {
  return page->responder == NULL ||
         settings_responder(p->book->settings, page->responder) != NULL;
}

/* Looked at in the next turn, in its order. */
static void look_soon(struct pager *p, struct page *page, wall_ms now) {
  timers_set(&p->book->timers, &page->timer, now);
}

/* In the order in which they were due. */
static void move_ready(struct pager *p, struct page *first, wall_ms now) {
  for (struct page *page = first, *next; page != NULL; page = next) {
    next = page->ready_next;
    page->ready_prev = page->ready_next = NULL;
    page->is_ready = false;
    struct outbox *o = outbox_named(p, page->webhook_name);
    page->webhook = NULL;
    if (o != NULL && has_responder(p, page)) {
      page->webhook = o->webhook;
      if (o->webhook->trouble == NULL) {
        outbox_put(o, page);
        continue;
      }
    }
    look_soon(p, page, now);
  }
}

static void move_page(struct pager *p, struct page *page, wall_ms now) {
  struct outbox *o = outbox_named(p, page->webhook_name);
  if (page->is_ready)
    return;
  page->webhook = o != NULL ? o->webhook : NULL;
  if (page->state == PAGE_SENDING) { /* what comes of it counts */
    if (o != NULL)
      o->claimed++;
    return;
  }
  if (!has_responder(p, page))
    page->webhook = NULL; /* nobody on call */
  /* Without a timer it waits for another that may have left its channel. */
  if (page->webhook == NULL || page->timer.due == WALL_NEVER ||
      pager_is_unlimited(p, page))
    look_soon(p, page, now);
}

static void move_contacts(struct pager *p, struct casefile *c) {
  for (size_t i = 0; i < c->contacts_n; i++) {
    struct contact *k = &c->contacts[i];
    k->webhook = settings_webhook(p->book->settings, k->webhook_name);
  }
}

void pager_change(struct pager *p, struct outbox *own_outboxes, wall_ms now) {
  struct book *b = p->book;
  struct outbox *old = p->outboxes;
  size_t old_n = p->outboxes_n;
  p->outboxes = own_outboxes;
  p->outboxes_n = b->settings->webhooks_n;
  quotas_set(&p->quotas, b->settings->page_limit, b->settings->page_span);
  for (size_t i = 0; i < old_n; i++) {
    struct outbox *o = outbox_named(p, old[i].webhook->name);
    if (o != NULL)
      pager_change_health(p, o, &old[i]);
    move_ready(p, old[i].first, now);
  }
  free(old);
  for (struct casefile *c = b->casefiles; c != NULL; c = c->next) {
    move_contacts(p, c);
    for (struct page *page = c->pages_first; page != NULL; page = page->next)
      move_page(p, page, now);
  }
  for (struct page *page = b->tests_first; page != NULL; page = page->next)
    move_page(p, page, now);
}
