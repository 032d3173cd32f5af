/* SPDX-License-Identifier: MIT */
/* Silences: which hold now is known of each, so that an alert that fires is
 * compared with these alone. All firing alerts are looked through only when a
 * silence begins or ends. */
#include "base/log.h"
#include "engine/casework.h"
#include "engine/hush_inside.h"

#include <stdlib.h>

struct hush_mark {
  struct silence *silence; /* the book's */
  wall_ms until;           /* of what holds now */
  int64_t alerts;          /* that are marked with it */
  bool is_active;
  bool is_new; /* it has begun, and what fires is not counted yet */
};

static struct hush_mark *mark_of(struct hush *h, int64_t id) {
  for (size_t i = 0; i < h->marks_n; i++)
    if (h->marks[i].silence->id == id)
      return &h->marks[i];
  return NULL;
}

static bool matches(const struct hush_mark *m, const struct alert *a) {
  return silence_matches(m->silence, a->signal, a->rule->name,
                         a->rule->severity->name);
}

int64_t hush_silence_of(struct hush *h, const struct alert *a,
                        enum hush_count count) {
  const struct hush_mark *best = NULL;
  for (size_t i = 0; i < h->marks_n; i++) {
    struct hush_mark *m = &h->marks[i];
    if (!m->is_active || !matches(m, a))
      continue;
    if (count == HUSH_COUNT_ALL || (count == HUSH_COUNT_NEW && m->is_new)) {
      m->silence->suppressed++;
      book_touch_silence(h->work->book, m->silence);
    }
    if (best == NULL || m->until > best->until ||
        (m->until == best->until && m->silence->id < best->silence->id))
      best = m;
  }
  return best != NULL ? best->silence->id : 0;
}

static bool ends_when_clear(const struct silence *s) {
  return s->until_resolved && s->until_incident == 0;
}

void hush_silence_move(struct hush *h, int64_t from, int64_t to) {
  struct hush_mark *m = from != 0 ? mark_of(h, from) : NULL;
  if (m != NULL) {
    m->alerts--;
    if (m->alerts == 0 && ends_when_clear(m->silence))
      hush_soon(h);
  }
  m = to != 0 ? mark_of(h, to) : NULL;
  if (m != NULL)
    m->alerts++;
}

/* ---- their ends ---- */

struct search {
  const struct hush_mark *mark;
  bool is_found;
};

static void try_match(struct hush *h, struct alert *a, void *arg) {
  struct search *s = arg;
  (void)h;
  s->is_found = s->is_found || matches(s->mark, a);
}

/* What is marked with another silence may match this one, too. */
static bool has_match(struct hush *h, const struct hush_mark *m) {
  struct search s = {.mark = m};
  hush_each_firing(h, try_match, &s);
  return s.is_found;
}

static bool is_to_end(struct hush *h, const struct hush_mark *m) {
  const struct silence *s = m->silence;
  if (s->ended_at != WALL_NEVER)
    return false;
  if (s->until_incident != 0) {
    const struct casefile *c = book_casefile(h->work->book, s->until_incident);
    return c == NULL || !incident_is_open(&c->incident);
  }
  return ends_when_clear(s) && m->is_active && m->alerts == 0 &&
         !has_match(h, m);
}

static bool end_some(struct hush *h, wall_ms now) {
  bool is_any = false;
  for (size_t i = 0; i < h->marks_n; i++) {
    struct silence *s = h->marks[i].silence;
    if (!is_to_end(h, &h->marks[i]))
      continue;
    s->ended_at = now;
    book_touch_silence(h->work->book, s);
    log_line(LOG_NOTICE, "incident: silence %lld has ended: %s",
             (long long)s->id,
             s->until_incident != 0 ? "its incident is resolved"
                                    : "nothing that it matches fires");
    is_any = true;
  }
  return is_any;
}

/* Those that are over for good leave the book. */
static void drop_some(struct hush *h, wall_ms now) {
  for (size_t i = h->marks_n; i-- > 0;) {
    struct silence *s = h->marks[i].silence;
    if (!silence_is_over(s, now))
      continue;
    h->marks[i] = h->marks[--h->marks_n];
    book_drop_silence(h->work->book, s);
  }
}

/* ---- looking through all of it ---- */

void hush_silence_begin(struct hush *h) {
  const struct stack *all = &h->work->book->silences;
  for (size_t i = 0; i < all->n; i++) {
    struct silence *s = all->items[i];
    if (mark_of(h, s->id) != NULL)
      continue;
    if (h->marks_n == h->marks_cap) {
      size_t cap = h->marks_cap == 0 ? 8 : h->marks_cap * 2;
      struct hush_mark *more = realloc(h->marks, cap * sizeof *more);
      if (more == NULL) {
        log_line(LOG_ERROR, "incident: silence %lld: out of memory",
                 (long long)s->id);
        return;
      }
      h->marks = more;
      h->marks_cap = cap;
    }
    h->marks[h->marks_n++] = (struct hush_mark){.silence = s};
  }
}

bool hush_silence_refresh(struct hush *h, wall_ms now) {
  bool has_changed = false;
  for (size_t i = 0; i < h->marks_n; i++) {
    struct hush_mark *m = &h->marks[i];
    bool is_active = silence_is_active(m->silence, now);
    wall_ms until = silence_until(m->silence, now);
    m->is_new = is_active && !m->is_active;
    has_changed = has_changed || is_active != m->is_active || until != m->until;
    m->is_active = is_active;
    m->until = until;
  }
  return has_changed;
}

static void look_up(struct hush *h, struct alert *a, void *arg) {
  const wall_ms *now = arg;
  hush_mark(h, a, hush_silence_of(h, a, HUSH_COUNT_NEW),
            alert_extra(a)->inhibitor, *now);
}

/* Its owner is told before it ends. */
static void remind(struct hush *h, struct silence *s, wall_ms now) {
  char until[CLOCK_TEXT];
  if (!silence_wants_reminder(s, now))
    return;
  s->reminded_at = now;
  book_touch_silence(h->work->book, s);
  clock_print(silence_until(s, now), until);
  if (!pager_remind(h->work->pager, s, now))
    log_line(LOG_NOTICE,
             "incident: silence %lld of %s ends at %s; there is no responder "
             "of that name with a webhook to remind",
             (long long)s->id, s->by, until);
}

void hush_silence_review(struct hush *h, wall_ms now) {
  hush_silence_begin(h);
  do {
    if (hush_silence_refresh(h, now))
      hush_each_firing(h, look_up, &now);
  } while (end_some(h, now));
  wall_ms next = WALL_NEVER;
  for (size_t i = 0; i < h->marks_n; i++) {
    remind(h, h->marks[i].silence, now);
    wall_ms at = silence_next(h->marks[i].silence, now);
    next = at < next ? at : next;
  }
  timers_set(&h->work->book->timers, &h->timer, next);
}

void hush_silence_clean(struct hush *h, wall_ms now) {
  drop_some(h, now);
  pager_end_reminders(h->work->pager, now);
}
