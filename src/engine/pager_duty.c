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

/* Whether any is open. *is_low: all that are are of Urgency low. */
static bool has_open(const struct book *b, bool *is_low) {
  bool is_any = false;
  *is_low = true;
  for (const struct casefile *c = b->casefiles; c != NULL; c = c->next) {
    if (!incident_is_open(&c->incident))
      continue;
    const struct severity *s =
        settings_severity(b->settings, c->incident.severity);
    is_any = true;
    if (s == NULL || s->is_high_urgency)
      *is_low = false;
  }
  return is_any;
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

/* Which of their webhooks hear of it: those for news of that urgency, or if
 * these have no such thing all that do. */
static bool is_told(const struct responder *who, size_t way, bool low) {
  bool is_any = false;
  for (size_t i = 0; i < who->ways_n; i++)
    is_any = is_any || (pager_is_told(who, i, low) &&
                        takes_handover(who->ways[i].webhook));
  return takes_handover(who->ways[way].webhook) &&
         (!is_any || pager_is_told(who, way, low));
}

void pager_hand_over(struct pager *p, const struct schedule *s,
                     const struct responder *who, wall_ms now) {
  char target[TARGET_MAX];
  bool is_low;
  cancel_older(p, s, now);
  if (who == NULL || !has_open(p->book, &is_low))
    return;
  page_name_schedule(s->name, target, sizeof target);
  for (size_t i = 0; i < who->ways_n; i++) {
    const struct address to = {.webhook = who->ways[i].webhook,
                               .responder = who->name,
                               .target = target};
    if (is_told(who, i, is_low))
      pager_make(p, NULL, PAGE_UPDATE, &to, now);
  }
}
