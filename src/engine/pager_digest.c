/* SPDX-License-Identifier: MIT */
/* PageLimit: pages beyond it become one digest.
 *
 *   page -> outbox --claim, no room--> in a bundle (still PENDING)
 *                                         |
 *       the digest's own page -> DELIVERED or FAILED: they end CANCELLED
 *
 * A page in a bundle is in its channel as any other that waits, so an
 * acknowledgement, a resolve or a newer page takes it out. While its digest is
 * being sent it is on its way, too. Its row says in which digest it is, by
 * which a restart finds it again. */
#include "base/log.h"
#include "core/digest.h"
#include "engine/pager_inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_WAIT_MS 1000 /* so that a storm is in one */
#define IN_DIGEST "in digest "
#define EMPTY "nothing is left to tell"
#define TARGET_MAX 512

/* Those formats are for machines, which need each. */
static bool is_limited_format(enum format f) {
  return f != FORMAT_PAGERDUTY && f != FORMAT_ALERTMANAGER;
}

static bool is_limited(const struct pager *p, const struct page *page) {
  return p->quotas.limit > 0 && page->responder != NULL &&
         page->webhook != NULL && is_limited_format(page->webhook->format);
}

static bool is_counted(const struct pager *p, const struct page *page) {
  return page->casefile != NULL && !page->is_unlimited && is_limited(p, page);
}

static struct quota *quota_of(struct pager *p, const struct page *page) {
  return quotas_of(&p->quotas, page->webhook_name, page->responder);
}

bool pager_is_folded(const struct page *page) {
  return page->bundle != NULL && page->bundle->page != page;
}

bool pager_is_on_its_way(const struct page *page) {
  return page->state == PAGE_SENDING ||
         (pager_is_folded(page) && page->bundle->page->state == PAGE_SENDING);
}

bool pager_is_unlimited(const struct pager *p, const struct page *page) {
  return page->bundle != NULL && page->bundle->page == page &&
         page->webhook != NULL && !is_limited(p, page);
}

void pager_reach_bundle(struct bundle *b) {
  for (struct page *m = b->first; m != NULL; m = m->ready_next)
    pager_set_reach(m, b->page->reach);
}

/* ---- what goes ---- */

void pager_count(struct pager *p, const struct page *page, wall_ms now) {
  if (!is_counted(p, page) || page->attempts > 1)
    return;
  struct quota *of = quota_of(p, page);
  if (of != NULL)
    quota_take(&p->quotas, of, now);
}

void pager_uncount(struct pager *p, const struct page *page) {
  if (!is_counted(p, page) || page->attempts > 0)
    return;
  struct quota *of = quota_of(p, page);
  if (of != NULL)
    quota_give_back(of);
}

/* When it went, or a little before. */
static wall_ms find_sent_at(const struct page *page) {
  if (page->delivered_at != WALL_NEVER)
    return page->delivered_at;
  return page->due_at != WALL_NEVER ? page->due_at : page->created_at;
}

/* When the last digest of its kind went. */
static wall_ms *last_of(struct quota *of, enum page_event event) {
  return event == PAGE_PAGE ? &of->digest_at : &of->news_at;
}

void pager_recall(struct pager *p, const struct page *page, wall_ms now) {
  wall_ms at = find_sent_at(page);
  if (!is_limited(p, page) || page->attempts == 0 || at > now ||
      now - at >= p->quotas.span)
    return;
  struct quota *of = quota_of(p, page);
  if (of == NULL)
    return;
  wall_ms *last = last_of(of, page->event);
  if (page_is_digest(page))
    *last = at > *last ? at : *last;
  else if (page->incident != 0)
    quota_take(&p->quotas, of, at);
}

/* ---- what is more ---- */

/* A digest of that event goes no sooner: news wait for any that has gone, pages
 * for pages alone. */
static wall_ms digest_due(const struct pager *p, const struct quota *of,
                          enum page_event event, wall_ms from, wall_ms now) {
  wall_ms last = of->digest_at <= now ? of->digest_at : 0;
  if (event != PAGE_PAGE && of->news_at <= now && of->news_at > last)
    last = of->news_at;
  return last + p->quotas.span > from ? last + p->quotas.span : from;
}

static void set_due(struct pager *p, struct page *digest, wall_ms due) {
  digest->due_at = due;
  digest->is_delayed = true;
  timers_set(&p->book->timers, &digest->timer, due);
  book_touch_page(p->book, digest);
}

static enum page_event event_of(const struct bundle *b) {
  const struct page *m = b->first;
  while (m != NULL && m->event != PAGE_PAGE)
    m = m->ready_next;
  return m != NULL ? PAGE_PAGE : PAGE_UPDATE;
}

/* Of that quota, made if needed; NULL when out of memory. Never one that has
 * been tried: its receiver may have it, and would drop what comes under the
 * same id as a twin. */
static struct bundle *open_bundle(struct pager *p, struct quota *of,
                                  const struct page *member, wall_ms now) {
  struct bundle *b = of->bundles;
  char target[TARGET_MAX];
  while (b != NULL && b->page->attempts > 0)
    b = b->next;
  if (b != NULL)
    return b;
  snprintf(target, sizeof target, "responder:%s", member->responder);
  struct address to = {
      .webhook = member->webhook,
      .responder = member->responder,
      .target = target,
      .delay =
          digest_due(p, of, member->event, now + FIRST_WAIT_MS, now) - now};
  struct page *page = pager_make(
      p, NULL, member->event == PAGE_PAGE ? PAGE_PAGE : PAGE_UPDATE, &to, now);
  if (page == NULL)
    return NULL;
  b = quota_add_bundle(of, page);
  if (b == NULL)
    pager_finish(p, page, PAGE_CANCELLED, "out of memory", now);
  return b;
}

static void put_in(struct pager *p, struct bundle *b, struct page *page) {
  char why[sizeof IN_DIGEST + ULID_TEXT];
  snprintf(why, sizeof why, IN_DIGEST "%s", b->page->id);
  bundle_put(b, page);
  timers_set(&p->book->timers, &page->timer, WALL_NEVER);
  incident_set_text(&page->error, why); /* without memory: on its own again
                                           after a restart */
  book_touch_page(p->book, page);
}

/* A page is not late because of the news that it comes to. */
static void hasten(struct pager *p, struct bundle *b, wall_ms now) {
  wall_ms due = digest_due(p, b->quota, PAGE_PAGE, now + FIRST_WAIT_MS, now);
  if (b->page->event == PAGE_PAGE)
    return;
  b->page->event = PAGE_PAGE;
  if (b->page->timer.due > due)
    set_due(p, b->page, due);
}

bool pager_fold(struct pager *p, struct outbox *o, struct page *page,
                wall_ms now) {
  if (!is_counted(p, page) || page->attempts > 0)
    return false;
  struct quota *of = quota_of(p, page);
  if (of == NULL || quota_has_room(&p->quotas, of, now))
    return false;
  struct bundle *b = open_bundle(p, of, page, now);
  if (b == NULL)
    return false; /* better one too many than none */
  outbox_take(o, page);
  put_in(p, b, page);
  if (page->event == PAGE_PAGE)
    hasten(p, b, now);
  return true;
}

/* ---- the digest goes ---- */

static void list(const struct pager *p, const struct bundle *b,
                 struct digest *d) {
  for (const struct page *m = b->first; m != NULL; m = m->ready_next) {
    const struct incident *i = &m->casefile->incident;
    const struct severity *s =
        settings_severity(p->book->settings, i->severity);
    const struct digest_item item = {
        .id = i->id,
        .title = incident_name(i),
        .severity = i->severity,
        .mark = incident_mark(i, incident_name(i)),
        .event = m->event,
        .rank = s != NULL ? s->rank : p->book->settings->severities_n,
        .at = i->declared_at};
    digest_add(d, &item);
  }
}

enum err pager_write_digest(struct pager *p, struct page *page, wall_ms now) {
  struct digest d = {0};
  char *content = NULL;
  list(p, page->bundle, &d);
  enum err err = digest_print(&d, &content);
  if (err != OK)
    return err;
  free(page->content);
  page->content = content;
  page->event = event_of(page->bundle);
  *last_of(page->bundle->quota, page->event) = now;
  return OK;
}

/* The pages in it have been acknowledged meanwhile: what is left is news. */
static bool is_early(struct pager *p, struct page *page, wall_ms now) {
  if (page->attempts > 0 || page->event == event_of(page->bundle))
    return false;
  page->event = PAGE_UPDATE;
  wall_ms due = digest_due(p, page->bundle->quota, PAGE_UPDATE, now, now);
  if (due <= now)
    return false;
  outbox_take(pager_outbox(p, page->webhook), page);
  set_due(p, page, due);
  return true;
}

/* They go as they are. */
static void release(struct pager *p, struct page *page, bool is_unlimited,
                    const char *why, wall_ms now) {
  struct bundle *b = page->bundle;
  while (b->first != NULL) {
    struct page *m = b->first;
    bundle_take(b, m);
    free(m->error);
    m->error = NULL;
    m->is_unlimited = is_unlimited;
    book_touch_page(p->book, m);
    timers_set(&p->book->timers, &m->timer, now);
  }
  pager_finish(p, page, PAGE_CANCELLED, why, now);
}

/* As many messages as with the digest, of which nobody would have to get up. */
static bool is_news_alone(const struct bundle *b) {
  return b->n == 1 && b->first->event != PAGE_PAGE;
}

bool pager_ends_digest(struct pager *p, struct page *page, wall_ms now) {
  if (!page_is_digest(page))
    return false;
  if (page->bundle == NULL || page->bundle->n == 0)
    pager_finish(p, page, PAGE_CANCELLED, EMPTY, now);
  else if (pager_is_unlimited(p, page))
    release(p, page, false, "its pages have no limit any more", now);
  else if (is_early(p, page, now))
    return true;
  else if (page->attempts == 0 && is_news_alone(page->bundle)) {
    page->bundle->quota->news_at = now;
    release(p, page, true, "what was alone in it goes by itself", now);
  } else
    return false;
  return true;
}

/* ---- the digest is over ---- */

static void end_member(struct pager *p, struct page *m,
                       const struct page *digest, enum page_state state,
                       const char *why, wall_ms now) {
  bundle_take(m->bundle, m);
  if (state == PAGE_FAILED && !m->is_unwanted)
    book_note(p->book, m->casefile, KIND_PAGE, now,
              "%s to %s via %s failed: digest %s: %s",
              page_event_names[m->event], m->responder, m->webhook_name,
              digest->id, why != NULL ? why : "");
  pager_finish(p, m, PAGE_CANCELLED, NULL, now);
}

void pager_leave_bundle(struct pager *p, struct page *page,
                        enum page_state state, const char *why, wall_ms now) {
  struct bundle *b = page->bundle;
  if (b->page == page) {
    while (b->first != NULL)
      end_member(p, b->first, page, state, why, now);
    quota_remove_bundle(b);
    return;
  }
  bundle_take(b, page); /* an empty one waits for what comes until it is due */
}

bool pager_thin_bundle(struct pager *p, struct page *page, const char *why,
                       wall_ms now) {
  struct bundle *b = page->bundle;
  if (b == NULL)
    return false;
  for (struct page *m = b->first, *next; m != NULL; m = next) {
    next = m->ready_next;
    if (m->is_unwanted)
      pager_finish(p, m, PAGE_CANCELLED, why, now);
  }
  if (b->n > 0)
    return false;
  pager_finish(p, page, PAGE_CANCELLED, EMPTY, now);
  return true;
}

/* ---- a restart ---- */

static struct page *find_digest(const struct book *b, const char *id) {
  struct page *page = b->tests_first;
  while (page != NULL && (!page_is_digest(page) || strcmp(page->id, id) != 0))
    page = page->next;
  return page;
}

void pager_rejoin(struct pager *p, struct page *page) {
  const size_t n = sizeof IN_DIGEST - 1;
  if (page->state != PAGE_PENDING || page->error == NULL ||
      strncmp(page->error, IN_DIGEST, n) != 0)
    return;
  struct page *d = find_digest(p->book, page->error + n);
  if (d == NULL)
    return;
  pager_set_reach(page, d->reach);
  struct quota *of = is_counted(p, page) ? quota_of(p, page) : NULL;
  if (of != NULL && d->bundle == NULL)
    (void)quota_add_bundle(of, d);
  if (of != NULL && d->bundle != NULL)
    put_in(p, d->bundle, page);
}
