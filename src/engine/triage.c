/* SPDX-License-Identifier: MIT */
#include "engine/triage.h"

#include "base/log.h"
#include "core/rule.h"
#include "engine/triage_inside.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define RULES_TRIED 16 /* so few are tried in turn: that is faster */

enum err triage_init(struct triage *t, struct casework *w, struct watch *watch,
                     struct series *series, struct absences *absences) {
  *t = (struct triage){.book = w->book,
                       .work = w,
                       .watch = watch,
                       .series = series,
                       .absences = absences};
  t->recent = calloc(TRIAGE_RECENT, sizeof *t->recent);
  t->memory = malloc(SIGNAL_BYTES_MAX);
  return t->recent == NULL || t->memory == NULL ? ERR_NOMEM : OK;
}

void triage_fini(struct triage *t) {
  sieve_free(t->sieve);
  sieve_hits_fini(&t->hits);
  free(t->recent);
  free(t->memory);
  *t = (struct triage){0};
}

enum err triage_begin(struct triage *t, const struct settings *settings,
                      wall_ms now) {
  struct sieve *sieve = NULL;
  enum err err = sieve_new(settings, &sieve);
  if (err == OK)
    err = absences_begin(t->absences, settings, now);
  if (err == OK && t->series != NULL)
    err = series_begin(t->series, settings, t->generation + 1);
  if (err != OK) {
    sieve_free(sieve);
    return err;
  }
  sieve_free(t->sieve);
  t->sieve = sieve;
  t->settings = settings;
  t->generation++;
  return OK;
}

/* ---- what becomes of an alert ---- */

static void watch_alert(struct triage *t, struct alert *a) {
  bool is_wanted = alert_is_live(a) && a->unsure == UNSURE_WAIT;
  if (is_wanted && !a->is_watched)
    a->is_watched = watch_add(t->watch, a->signal->hash) == OK;
  if (!is_wanted && a->is_watched) {
    watch_remove(t->watch, a->signal->hash);
    a->is_watched = false;
  }
}

/* Carries an alert's news to its incident. May free the alert. */
void triage_news(struct triage *t, struct alert *a, enum alert_news news,
                 wall_ms now) {
  timers_set(&t->book->timers, &a->timer, alert_due(a));
  if (news == ALERT_NO_NEWS)
    return;
  book_touch_alert(t->book, a);
  watch_alert(t, a);
  switch (news) {
  case ALERT_FIRED:
    hush_fired(t->work->hush, a, now);
    casework_fired(t->work, a, now);
    if (a->is_flapping) /* since now: it cannot fire again while it is */
      casework_flapping(t->work, a, now);
    break;
  case ALERT_ROSE:
    hush_rose(t->work->hush, a, now);
    casework_rose(t->work, a, now);
    break;
  case ALERT_REFIRED:
    casework_refired(t->work, a, now);
    break;
  case ALERT_IS_CLEAR:
    hush_over(t->work->hush, a, now);
    casework_cleared(t->work, a, now);
    break;
  case ALERT_LAPSED:
    casework_lapsed(t->work, a);
    break;
  case ALERT_EASED: /* nobody is woken for what gets better */
    gather_leave(t->work->gather, a);
    break;
  case ALERT_NO_NEWS:
  case ALERT_CHANGED:
    break;
  }
}

struct alert *triage_find(struct triage *t, const struct signal *s,
                          const struct rule *r) {
  struct alert *a = book_alert(t->book, s);
  while (a != NULL &&
         (a->rule != r || (!alert_is_live(a) && !alert_may_return(a))))
    a = book_alert_next(a);
  return a;
}

/* What fired before, of the same series under the same rule: it may be gone, or
 * belong to an incident that is over. */
static void recall(struct triage *t, struct alert *a) {
  for (const struct alert *b = book_alert(t->book, a->signal); b != NULL;
       b = book_alert_next(b))
    if (b != a && b->rule == a->rule && b->fired.newest != WALL_NEVER &&
        (a->fired.newest == WALL_NEVER || b->fired.newest > a->fired.newest))
      a->fired = b->fired;
  past_recall(&t->book->past, a);
}

struct alert *triage_begin_alert(struct triage *t, const struct rule *r,
                                 struct signal *own_signal,
                                 struct alert *cleared, wall_ms now) {
  struct alert *a = cleared;
  if (own_signal != NULL && a != NULL) {
    free(a->signal);
    a->signal = own_signal;
  } else if (own_signal != NULL) {
    a = book_add_alert(t->book, own_signal);
  }
  if (own_signal == NULL || a == NULL) {
    log_line(LOG_ERROR, "incident: rule %s: signal lost: out of memory",
             r->name);
    return NULL;
  }
  a->rule = r;
  if (cleared == NULL)
    recall(t, a);
  triage_news(t, a, alert_begin(a, r, rule_bad_level(r, a->signal), now), now);
  return a;
}

void triage_alert_due(struct triage *t, struct alert *a, wall_ms now) {
  triage_hear_values(t, a, now);
  triage_news(t, a, alert_tick(a, now), now);
}

/* ---- notifications ---- */

static void take_finite(struct triage *t, const struct signal *s, wall_ms now) {
  for (struct alert *a = book_alert(t->book, s), *next; a != NULL; a = next) {
    next = book_alert_next(a);
    if (alert_is_live(a))
      triage_news(t, a, alert_finite(a, s->interval_ms, now), now);
  }
}

/* Every rule with a live alert for the series sees all its signals; one that
 * looks at its values alone takes none of them, but hears that there is one. */
static bool take_live(struct triage *t, const struct signal *s, wall_ms now) {
  bool is_any = false;
  for (struct alert *a = book_alert(t->book, s), *next; a != NULL; a = next) {
    next = book_alert_next(a);
    if (!alert_is_live(a))
      continue;
    if (a->bad_level > LEVEL_FAILURE) {
      alert_hear(a, now);
      triage_news(t, a, ALERT_NO_NEWS, now);
      continue;
    }
    is_any = true;
    struct signal *copy = signal_copy(s);
    if (copy == NULL)
      log_line(LOG_ERROR, "incident: signal lost: out of memory");
    else
      triage_news(t, a, alert_take(a, copy, now), now);
  }
  return is_any;
}

/* The OKAY that overtook the signal comes after it now. */
static void replay_overtaking(struct triage *t, struct alert *a, wall_ms now) {
  if (!alert_is_live(a) || a->signal->sent >= t->recent_sent)
    return;
  const struct recent *r = &t->recent[a->signal->hash & (TRIAGE_RECENT - 1)];
  if (r->hash != a->signal->hash ||
      !signal_is_late(a->signal, r->received, r->sent))
    return;
  struct signal *okay = signal_copy(a->signal);
  if (okay == NULL)
    return;
  okay->level = LEVEL_OKAY;
  okay->sent = r->sent;
  triage_news(t, a, alert_take(a, okay, now), now);
}

/* True if the rule takes it and lets no later one see it. */
static bool offer(struct triage *t, const struct rule *r,
                  const struct signal *s, bool *is_taken, wall_ms now) {
  if (!rule_matches(r, s))
    return false;
  *is_taken = true;
  struct alert *a = triage_find(t, s, r);
  if (a == NULL || !alert_is_live(a)) {
    a = triage_begin_alert(t, r, signal_copy(s), a, now);
    if (a != NULL)
      replay_overtaking(t, a, now);
  }
  return !r->is_continued;
}

/* Of many rules only those are tried that can take the series. */
static void offer_to_rules(struct triage *t, const struct signal *s,
                           bool *is_taken, wall_ms now) {
  const struct settings *settings = t->settings;
  const struct sieve_hit *hits;
  if (settings->rules_n <= RULES_TRIED ||
      sieve_ask_matches(t->sieve, s, &t->hits) != OK) {
    for (size_t i = 0; i < settings->rules_n; i++)
      if (offer(t, settings->rules[i], s, is_taken, now))
        return;
    return;
  }
  hits = t->hits.hits;
  for (size_t i = 0; i < t->hits.n; i++)
    if ((i == 0 || hits[i].rule != hits[i - 1].rule) &&
        offer(t, hits[i].rule, s, is_taken, now))
      return;
}

static void take_bad(struct triage *t, const struct signal *s, wall_ms now) {
  bool is_taken = take_live(t, s, now);
  offer_to_rules(t, s, &is_taken, now);
  if (!is_taken && s->level == LEVEL_FAILURE)
    book_note_event(t->book, s, EVENT_UNMATCHED, NULL, 0, now);
}

static void take_notification(struct triage *t, const struct signal *s,
                              wall_ms now) {
  if (s->level != LEVEL_OKAY) {
    take_bad(t, s, now);
  } else if (!take_live(t, s, now) && s->has_value && !isnan(s->value)) {
    struct recent *r = &t->recent[s->hash & (TRIAGE_RECENT - 1)];
    *r = (struct recent){s->hash, s->received, s->sent};
    if (t->recent_sent < s->sent)
      t->recent_sent = s->sent;
  }
}

void triage_signal(struct triage *t, const struct signal *s, wall_ms now) {
  switch ((enum signal_kind)s->kind) {
  case SIGNAL_BEAT: /* the engine's own */
    break;
  case SIGNAL_NOTIFICATION:
    take_notification(t, s, now);
    break;
  case SIGNAL_FINITE:
    take_finite(t, s, now);
    break;
  case SIGNAL_FIRST:
    triage_take_first(t, s, now);
    break;
  case SIGNAL_READING:
    triage_take_reading(t, s, now);
    break;
  }
}

/* ---- people ---- */

int64_t triage_forget(struct triage *t, const char *name, wall_ms now) {
  struct stack found = {0};
  enum err err = OK;
  absences_forget(t->absences, name);
  for (size_t i = 0; i < t->book->alert_buckets; i++)
    for (struct alert *a = t->book->alert_table[i]; a != NULL && err == OK;
         a = a->bucket_next)
      if (alert_is_live(a) && absences_is_named(a->signal, name))
        err = stack_push(&found, a);
  if (err != OK)
    log_line(LOG_ERROR, "incident: not all of %s is forgotten: %s", name,
             err_text(err));
  for (size_t i = 0; i < found.n; i++) {
    struct alert *a = found.items[i];
    if (t->series != NULL)
      series_drop(t->series, a->signal->hash);
    triage_news(t, a, alert_forget(a), now);
  }
  int64_t n = (int64_t)found.n;
  stack_fini(&found);
  return n;
}
