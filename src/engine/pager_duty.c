/* SPDX-License-Identifier: MIT */
/* Whoever comes on call hears of what is open. */
#include "engine/pager_inside.h"

#include "base/text.h"

#include <string.h>

#define TARGET_MAX 256

/* They have no such thing: each of their messages is about one incident. */
static bool takes_handover(const struct webhook *w) {
  return w->format != FORMAT_PAGERDUTY && w->format != FORMAT_ALERTMANAGER;
}

static bool has_open(const struct book *b) {
  for (const struct casefile *c = b->casefiles; c != NULL; c = c->next)
    if (incident_is_open(&c->incident))
      return true;
  return false;
}

/* They were for somebody who has gone off call again. */
static void cancel_older(struct pager *p, const struct schedule *s,
                         wall_ms now) {
  struct page *page = p->book->tests_first;
  for (struct page *next; page != NULL; page = next) {
    next = page->next;
    const char *name = page_schedule(page);
    if (name != NULL && strcmp(name, s->name) == 0)
      pager_cancel_page(p, page, "somebody else is on call", now);
  }
}

void pager_hand_over(struct pager *p, const struct schedule *s,
                     const struct responder *who, wall_ms now) {
  char target[TARGET_MAX];
  cancel_older(p, s, now);
  if (who == NULL || !has_open(p->book))
    return;
  page_name_schedule(s->name, target, sizeof target);
  for (size_t i = 0; i < who->ways_n; i++) {
    struct address to = {.webhook = who->ways[i].webhook,
                         .responder = who->name,
                         .target = target};
    if (takes_handover(to.webhook))
      pager_make(p, NULL, PAGE_UPDATE, &to, now);
  }
}
