/* SPDX-License-Identifier: MIT */
#include "engine/triage.h"

#include "base/log.h"
#include "core/rule.h"

#include <math.h>
#include <stdlib.h>

enum err triage_init(struct triage *t, struct casework *w, struct watch *watch,
                     struct series *series, struct absences *absences) {
  *t = (struct triage){.book = w->book,
                       .work = w,
                       .watch = watch,
                       .series = series,
                       .absences = absences};
  t->recent = calloc(TRIAGE_RECENT, sizeof *t->recent);
  return t->recent == NULL ? ERR_NOMEM : OK;
}

void triage_fini(struct triage *t) {
  free(t->recent);
  *t = (struct triage){0};
}

enum err triage_begin(struct triage *t, const struct settings *settings,
                      wall_ms now) {
  t->settings = settings;
  t->generation++;
  return absences_begin(t->absences, settings, now);
}

void triage_absence_due(struct triage *t, struct absence *a, wall_ms now) {
  struct signal *bad = NULL;
  if (absences_due(t->absences, a, now, &bad))
    triage_signal(t, bad, now);
  free(bad);
}

int64_t triage_forget(struct triage *t, const char *name, wall_ms now) {
  (void)now;
  absences_forget(t->absences, name);
  return 0;
}

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
  if (news == ALERT_NO_NEWS)
    return;
  book_touch_alert(t->book, a);
  timers_set(&t->book->timers, &a->timer, alert_due(a));
  watch_alert(t, a);
  switch (news) {
  case ALERT_FIRED:
    hush_fired(t->work->hush, a, now);
    casework_fired(t->work, a, now);
    hush_inhibit(t->work->hush, a, now);
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
  case ALERT_NO_NEWS:
  case ALERT_CHANGED:
  case ALERT_EASED:
    break;
  }
}

static void take_finite(struct triage *t, const struct signal *s, wall_ms now) {
  for (struct alert *a = book_alert(t->book, s), *next; a != NULL; a = next) {
    next = book_alert_next(a);
    if (alert_is_live(a))
      triage_news(t, a, alert_finite(a, s->interval_ms, now), now);
  }
}

/* Every rule with a live alert for the series sees all its signals. */
static bool take_live(struct triage *t, const struct signal *s, wall_ms now) {
  bool is_any = false;
  for (struct alert *a = book_alert(t->book, s), *next; a != NULL; a = next) {
    next = book_alert_next(a);
    if (!alert_is_live(a))
      continue;
    is_any = true;
    struct signal *copy = signal_copy(s);
    if (copy == NULL)
      log_line(LOG_ERROR, "incident: signal lost: out of memory");
    else
      triage_news(t, a, alert_take(a, copy, now), now);
  }
  return is_any;
}

static struct alert *find_alert(struct triage *t, const struct signal *s,
                                const struct rule *r) {
  struct alert *a = book_alert(t->book, s);
  while (a != NULL &&
         (a->rule != r ||
          (!alert_is_live(a) &&
           (a->casefile == NULL || !incident_is_open(&a->casefile->incident)))))
    a = book_alert_next(a);
  return a;
}

/* The OKAY that overtook the signal comes after it now. */
static void replay_overtaking(struct triage *t, struct alert *a, wall_ms now) {
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

static void begin_alert(struct triage *t, const struct rule *r,
                        const struct signal *s, struct alert *cleared,
                        wall_ms now) {
  struct signal *copy = signal_copy(s);
  struct alert *a = cleared;
  if (copy != NULL && a != NULL) {
    free(a->signal);
    a->signal = copy;
  } else if (copy != NULL) {
    a = book_add_alert(t->book, copy);
  }
  if (copy == NULL || a == NULL) {
    log_line(LOG_ERROR, "incident: rule %s: signal lost: out of memory",
             r->name);
    return;
  }
  triage_news(t, a, alert_begin(a, r, rule_bad_level(r, s), now), now);
  replay_overtaking(t, a, now);
}

static void take_bad(struct triage *t, const struct signal *s, wall_ms now) {
  const struct settings *settings = t->settings;
  bool is_taken = take_live(t, s, now);
  for (size_t i = 0; i < settings->rules_n; i++) {
    const struct rule *r = settings->rules[i];
    if (!rule_matches(r, s))
      continue;
    is_taken = true;
    struct alert *a = find_alert(t, s, r);
    if (a == NULL || !alert_is_live(a))
      begin_alert(t, r, s, a, now);
    if (!r->is_continued)
      break;
  }
  if (!is_taken && s->level == LEVEL_FAILURE)
    book_note_event(t->book, s, EVENT_UNMATCHED, NULL, 0, now);
}

void triage_signal(struct triage *t, const struct signal *s, wall_ms now) {
  if (s->kind == SIGNAL_FINITE) {
    take_finite(t, s, now);
  } else if (s->level != LEVEL_OKAY) {
    take_bad(t, s, now);
  } else if (!take_live(t, s, now) && s->has_value && !isnan(s->value)) {
    struct recent *r = &t->recent[s->hash & (TRIAGE_RECENT - 1)];
    *r = (struct recent){s->hash, s->received, s->sent};
  }
}
