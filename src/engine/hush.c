/* SPDX-License-Identifier: MIT */
#include "engine/hush_inside.h"

#include "base/log.h"
#include "engine/casework.h"

#include <stdlib.h>

enum err hush_init(struct hush *h, struct casework *w) {
  *h = (struct hush){.timer = {.due = WALL_NEVER, .kind = TIMER_HUSH},
                     .work = w};
  w->book->others_n++;
  enum err err = book_reserve_timer(w->book);
  return err == OK ? hush_inhibit_begin(h) : err;
}

void hush_fini(struct hush *h) {
  if (h->work != NULL)
    hush_inhibit_fini(h);
  free(h->marks);
  *h = (struct hush){0};
}

/* ---- marks ---- */

/* What is new of them is counted and goes into the event log. */
static enum err set_marks(struct hush *h, struct alert *a, int64_t silence,
                          int64_t inhibitor, wall_ms now) {
  struct book *b = h->work->book;
  struct alert_extra was = *alert_extra(a);
  enum err err = alert_set_hold(a, silence, inhibitor);
  if (err != OK) {
    log_line(LOG_ERROR, "incident: rule %s: not held back: out of memory",
             a->rule->name);
    return err;
  }
  if (was.inhibitor == 0 && inhibitor != 0) {
    hush_inhibit_count(h, a);
    book_note_event(b, a->signal, EVENT_INHIBITED, a->rule,
                    inhibitor > 0 ? inhibitor : 0, now);
  }
  if (was.silence == 0 && silence != 0)
    book_note_event(b, a->signal, EVENT_SILENCED, a->rule, silence, now);
  hush_silence_move(h, was.silence, silence);
  book_touch_alert(b, a);
  return OK;
}

void hush_mark(struct hush *h, struct alert *a, int64_t silence,
               int64_t inhibitor, wall_ms now) {
  struct holder was = {alert_extra(a)->silence, alert_extra(a)->inhibitor};
  bool was_held = alert_is_held(a);
  if ((was.silence == silence && was.inhibitor == inhibitor) ||
      set_marks(h, a, silence, inhibitor, now) != OK)
    return;
  if (!was_held)
    casework_held(h->work, a, now);
  else if (!alert_is_held(a))
    casework_let_go(h->work, a, &was, now);
}

/* ---- alerts ---- */

void hush_fired(struct hush *h, struct alert *a, wall_ms now) {
  (void)alert_set_hold(a, 0, 0); /* what held it back when it fired before */
  hush_inhibit_enter(h, a);
  int64_t silence = hush_silence_of(h, a, HUSH_COUNT_ALL);
  int64_t inhibitor = hush_inhibitor_of(a);
  if (silence != 0 || inhibitor != 0)
    (void)set_marks(h, a, silence, inhibitor, now);
}

void hush_rose(struct hush *h, struct alert *a, wall_ms now) {
  int64_t silence = hush_silence_of(h, a, HUSH_COUNT_NONE);
  if (alert_extra(a)->silence == 0 && silence != 0)
    hush_silence_of(h, a, HUSH_COUNT_ALL);
  hush_mark(h, a, silence, alert_extra(a)->inhibitor, now);
}

void hush_go_on(struct hush *h, struct alert *a, struct alert *fresh,
                wall_ms now) {
  const struct alert_extra *x = alert_extra(a);
  if (alert_set_hold(fresh, x->silence, x->inhibitor) == OK)
    hush_silence_move(h, 0, x->silence);
  hush_inhibit_enter(h, fresh); /* first: what it inhibits stays so */
  hush_over(h, a, now);
}

void hush_over(struct hush *h, struct alert *a, wall_ms now) {
  hush_inhibit_leave(h, a, now);
  hush_silence_move(h, alert_extra(a)->silence, 0);
}

void hush_resolved(struct hush *h, const struct casefile *c) {
  const struct stack *all = &h->work->book->silences;
  for (size_t i = 0; i < all->n; i++)
    if (((struct silence *)all->items[i])->until_incident == c->incident.id)
      hush_soon(h);
}

/* ---- time, and the start ---- */

void hush_soon(struct hush *h) {
  timers_set(&h->work->book->timers, &h->timer, 0);
}

void hush_changed(struct hush *h, wall_ms now) {
  hush_silence_review(h, now);
  hush_soon(h);
}

void hush_due(struct hush *h, wall_ms now) {
  if (h->timer.due > now)
    return;
  hush_silence_review(h, now);
  hush_silence_clean(h, now);
}

void hush_each_firing(struct hush *h,
                      void (*take)(struct hush *h, struct alert *a, void *arg),
                      void *arg) {
  const struct book *b = h->work->book;
  for (size_t i = 0; i < b->alert_buckets; i++)
    for (struct alert *a = b->alert_table[i], *next; a != NULL; a = next) {
      next = a->bucket_next;
      if (alert_is_firing(a) && a->rule != NULL)
        take(h, a, arg);
    }
}

static void enter(struct hush *h, struct alert *a, void *arg) {
  (void)arg;
  hush_inhibit_enter(h, a);
  hush_silence_move(h, 0, alert_extra(a)->silence);
  if (a->casefile != NULL && alert_is_held(a))
    a->casefile->held++; /* as it was written down */
}

static void recall(struct hush *h, struct alert *a, void *arg) {
  (void)arg;
  hush_inhibit_recall(h, a);
}

static void look_up(struct hush *h, struct alert *a, void *arg) {
  const wall_ms *now = arg;
  enum hush_count count =
      alert_extra(a)->silence == 0 ? HUSH_COUNT_ALL : HUSH_COUNT_NONE;
  int64_t silence = hush_silence_of(h, a, count);
  hush_mark(h, a, silence, hush_inhibitor_of(a), *now);
}

void hush_again(struct hush *h, wall_ms now) {
  struct book *b = h->work->book;
  for (struct casefile *c = b->casefiles; c != NULL; c = c->next)
    c->held = 0;
  h->marks_n = 0;
  hush_silence_begin(h);
  hush_silence_refresh(h, now);
  hush_each_firing(h, enter, NULL);
  hush_each_firing(h, recall, NULL);
  hush_each_firing(h, look_up, &now);
  hush_changed(h, now);
  for (struct casefile *c = b->casefiles; c != NULL; c = c->next)
    casework_settle_pause(h->work, c, now);
}

enum err hush_resume(struct hush *h, wall_ms now) {
  enum err err = hush_inhibit_begin(h);
  if (err == OK)
    hush_again(h, now);
  return err;
}
