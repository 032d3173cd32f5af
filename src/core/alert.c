/* SPDX-License-Identifier: MIT */
/* The machine (SPEC section 2, "Alerts"):
 *
 *            bad         For over              good
 *   (none) ------> PENDING -----> FIRING ----------------> CLEARING
 *                     |            ^  |  ^                   |    |
 *                     | good       |  |  +------- bad -------+    |
 *                     v            |  | Clear is 0                | Clear
 *                  CLEARED         |  v                           v over
 *                     |  bad, For  +-- CLEARED <------------------+
 *                     +------------------^
 *
 * Bad is what a notification or a reading says (bad_by); good is when neither
 * does. An alert that hears nothing for Expire is CLEARED, wherever it is.
 *
 * The fourth time that it fires within the hour it is flapping: then a good
 * signal leaves it FIRING (bad_by tells) until its series has stayed bad or
 * good for the quiet time.
 *
 * A NaN shows what the sender believes of a value it does not have. threshold
 * sends OKAY with NaN for every counter after a restart and then only changes:
 * so an alert that is bad waits for the series' next finite value and, if no
 * bad signal comes within two intervals of it, takes that as good. With Invert
 * it sends FAILURE with NaN instead, and then an OKAY only if the next value is
 * good: so such an alert is PENDING without being bad until two intervals after
 * a finite value; it is bad then, and For counts from that first signal.
 */
#include "core/alert.h"

#include <stdlib.h>
#include <string.h>

const char *const alert_state_names[ALERT_STATES] = {"pending", "firing",
                                                     "clearing", "cleared"};

#define OVERTAKE_MS 1000
#define INTERVAL_MAX_MS (24 * 3600 * 1000LL)
_Static_assert(2 * INTERVAL_MAX_MS < UINT32_MAX, "trial_ms holds");

static uint8_t source_of(const struct signal *s) {
  return s->kind == SIGNAL_READING ? BAD_MEASURED : BAD_NOTIFIED;
}

bool signal_is_late(const struct signal *s, wall_ms received, wall_ms sent) {
  span_ms after = s->received - received; /* negative: the clock was set back */
  return s->has_value && s->sent < sent && after >= 0 && after < OVERTAKE_MS;
}

/* ---- when it fired ---- */

void firings_init(struct firings *f) {
  f->newest = WALL_NEVER;
  for (int i = 0; i < FLAP_FIRINGS - 1; i++)
    f->before[i] = FIRING_NONE;
}

void firings_set(struct firings *f, const wall_ms at[FLAP_FIRINGS]) {
  firings_init(f);
  f->newest = at[0];
  for (int i = 1; i < FLAP_FIRINGS; i++) {
    span_ms before = at[0] > at[i] ? at[0] - at[i] : 0;
    if (at[0] != WALL_NEVER && at[i] != WALL_NEVER && before < FLAP_WINDOW_MS)
      f->before[i - 1] = (uint32_t)before;
  }
}

wall_ms firings_at(const struct firings *f, int n) {
  if (n == 0 || f->newest == WALL_NEVER)
    return f->newest;
  uint32_t before = f->before[n - 1];
  return before == FIRING_NONE ? WALL_NEVER : f->newest - before;
}

static void firings_add(struct firings *f, wall_ms now) {
  wall_ms at[FLAP_FIRINGS] = {now};
  for (int i = 1; i < FLAP_FIRINGS; i++)
    at[i] = firings_at(f, i - 1);
  firings_set(f, at);
}

/* All so much later, but none after now. */
static void firings_move(struct firings *f, span_ms by, wall_ms now) {
  wall_ms at[FLAP_FIRINGS];
  for (int i = 0; i < FLAP_FIRINGS; i++) {
    at[i] = firings_at(f, i);
    if (at[i] != WALL_NEVER)
      at[i] = at[i] + by < now ? at[i] + by : now;
  }
  firings_set(f, at);
}

/* ---- the moves ---- */

static void fire(struct alert *a, wall_ms now) {
  wall_ms oldest = firings_at(&a->fired, FLAP_FIRINGS - 1);
  if (oldest != WALL_NEVER && now - oldest < FLAP_WINDOW_MS)
    a->is_flapping = true;
  firings_add(&a->fired, now);
  a->state = ALERT_FIRING;
  a->since = now;
}

/* PENDING and bad for sure: fires once For is over. */
static enum alert_news ripen(struct alert *a, wall_ms now) {
  if (now - a->since < a->rule->bad_for)
    return ALERT_CHANGED;
  fire(a, now);
  return ALERT_FIRED;
}

static enum alert_news end(struct alert *a) {
  bool has_fired = a->state != ALERT_PENDING;
  a->state = ALERT_CLEARED;
  a->unsure = UNSURE_NO;
  a->bad_by = 0;
  a->is_flapping = false;
  return has_fired ? ALERT_IS_CLEAR : ALERT_LAPSED;
}

/* Good since then; perhaps for long enough already. */
static enum alert_news ease(struct alert *a, wall_ms since, wall_ms now) {
  a->state = ALERT_CLEARING;
  a->good_since = since;
  return since + a->rule->clear <= now ? end(a) : ALERT_EASED;
}

static enum alert_news bad(struct alert *a, uint8_t source, enum level level,
                           wall_ms now) {
  enum alert_news news = ALERT_CHANGED;
  if (a->bad_by == 0)
    a->changed_at = now;
  a->bad_by |= source;
  if (a->bad_by & BAD_MEASURED) /* a warning beside it is no fall */
    level = LEVEL_FAILURE;
  if (a->state != ALERT_PENDING && level > a->level)
    news = ALERT_ROSE;
  else if (a->state == ALERT_CLEARING)
    news = ALERT_REFIRED;
  a->level = (uint8_t)level;
  if (source == BAD_NOTIFIED) /* a reading settles no doubt about those */
    a->unsure = UNSURE_NO;
  if (a->unsure == UNSURE_NO)
    a->good_since = WALL_NEVER;
  if (a->state == ALERT_PENDING)
    return ripen(a, now);
  a->state = ALERT_FIRING;
  return news;
}

/* That source says so, since then. */
static enum alert_news good(struct alert *a, uint8_t source, wall_ms since,
                            wall_ms now) {
  bool was_bad = a->bad_by != 0;
  a->bad_by &= (uint8_t)~source;
  if (source == BAD_NOTIFIED)
    a->unsure = UNSURE_NO;
  if (a->bad_by != 0 || a->unsure != UNSURE_NO)
    return ALERT_CHANGED;
  if (was_bad)
    a->changed_at = since;
  if (a->state == ALERT_PENDING)
    return end(a);
  if (a->state == ALERT_CLEARING || a->is_flapping)
    return ALERT_CHANGED;
  return ease(a, since, now);
}

/* ---- what comes in ---- */

void alert_init(struct alert *a) {
  *a = (struct alert){.timer = {.due = WALL_NEVER, .kind = TIMER_ALERT},
                      .good_since = WALL_NEVER};
  firings_init(&a->fired);
}

void alert_fini(struct alert *a) {
  free((char *)alert_extra(a)->group_key);
  free(a->extra);
  free(a->signal);
}

struct alert_extra *alert_own_extra(struct alert *a) {
  if (a->extra == NULL)
    a->extra = calloc(1, sizeof *a->extra);
  return a->extra;
}

void alert_trim_extra(struct alert *a) {
  const struct alert_extra *x = a->extra;
  if (x == NULL || x->silence != 0 || x->inhibitor != 0 ||
      x->group_key != NULL || x->gathering != NULL || x->ties != NULL)
    return;
  free(a->extra);
  a->extra = NULL;
}

enum err alert_set_hold(struct alert *a, int64_t silence, int64_t inhibitor) {
  if (a->extra == NULL && silence == 0 && inhibitor == 0)
    return OK;
  struct alert_extra *x = alert_own_extra(a);
  if (x == NULL)
    return ERR_NOMEM;
  x->silence = silence;
  x->inhibitor = inhibitor;
  alert_trim_extra(a);
  return OK;
}

enum err alert_set_group_key(struct alert *a, const char *key) {
  if (a->extra == NULL && key == NULL)
    return OK;
  char *copy = key != NULL ? strdup(key) : NULL;
  if ((copy == NULL && key != NULL) || alert_own_extra(a) == NULL) {
    free(copy);
    return ERR_NOMEM;
  }
  free(a->extra->group_key);
  a->extra->group_key = copy;
  alert_trim_extra(a);
  return OK;
}

enum alert_news alert_begin(struct alert *a, const struct rule *rule,
                            enum level bad_level, wall_ms now) {
  a->rule = rule;
  a->bad_level = (uint8_t)bad_level;
  a->level = a->signal->level;
  a->since = a->heard_at = a->changed_at = now;
  a->good_since = WALL_NEVER;
  a->is_flapping = false;
  a->state = ALERT_PENDING;
  a->unsure = UNSURE_WAIT;
  a->bad_by = 0;
  if (signal_is_nan(a->signal))
    return ALERT_CHANGED;
  a->unsure = UNSURE_NO;
  a->bad_by = source_of(a->signal);
  return ripen(a, now);
}

void alert_go_on(struct alert *a, const struct alert *from, wall_ms now) {
  a->rule = from->rule;
  a->bad_level = from->bad_level;
  a->level = from->level;
  a->state = ALERT_FIRING;
  a->since = now;
  a->unsure = from->unsure;
  a->good_since = from->good_since;
  a->trial_ms = from->trial_ms;
  a->heard_at = from->heard_at;
  a->changed_at = from->changed_at;
  a->bad_by = from->bad_by;
  a->is_flapping = from->is_flapping;
  a->fired = from->fired;
}

/* A notification's NaN decides nothing but whether there is doubt. */
static enum alert_news doubt(struct alert *a, bool is_bad, wall_ms now) {
  if (!(a->bad_by & BAD_NOTIFIED)) /* there is none about what is good */
    return a->unsure != UNSURE_NO && !is_bad ? good(a, BAD_NOTIFIED, now, now)
                                             : ALERT_NO_NEWS;
  enum unsure unsure = is_bad ? UNSURE_NO : UNSURE_WAIT;
  if (a->unsure == unsure)
    return ALERT_NO_NEWS;
  a->unsure = (uint8_t)unsure;
  return ALERT_CHANGED;
}

static bool is_late(const struct alert *a, const struct signal *s) {
  return s->kind != SIGNAL_READING && a->signal->kind != SIGNAL_READING &&
         a->signal->has_value &&
         signal_is_late(s, a->signal->received, a->signal->sent);
}

enum alert_news alert_take(struct alert *a, struct signal *own_signal,
                           wall_ms now) {
  uint8_t source = source_of(own_signal);
  bool is_bad = own_signal->level >=
                (source == BAD_MEASURED ? LEVEL_FAILURE : a->bad_level);
  enum alert_news news = ALERT_NO_NEWS;
  bool counts = false;
  alert_hear(a, now);
  if (is_late(a, own_signal)) {
    /* what came after it is known */
  } else if (signal_is_nan(own_signal)) {
    if (source == BAD_NOTIFIED)
      news = doubt(a, is_bad, now);
  } else if (is_bad) {
    news = bad(a, source, own_signal->level, now);
    counts = true;
  } else {
    news = good(a, source, now, now);
    /* While the other source says bad, what that said is shown. */
    counts = a->bad_by == 0 && a->unsure == UNSURE_NO;
  }
  if (counts) {
    free(a->signal);
    a->signal = own_signal;
  } else {
    free(own_signal);
  }
  return news;
}

void alert_hear(struct alert *a, wall_ms now) { a->heard_at = now; }

enum alert_news alert_forget(struct alert *a) { return end(a); }

enum alert_news alert_finite(struct alert *a, span_ms interval, wall_ms now) {
  if (a->unsure != UNSURE_WAIT)
    return ALERT_NO_NEWS;
  if (interval > INTERVAL_MAX_MS)
    interval = INTERVAL_MAX_MS;
  a->unsure = UNSURE_TRIAL;
  a->good_since = now;
  a->trial_ms = (uint32_t)(2 * interval);
  return ALERT_CHANGED;
}

/* ---- time ---- */

static wall_ms sooner(wall_ms a, wall_ms b) { return a < b ? a : b; }

static wall_ms trial_ends(const struct alert *a) {
  return a->good_since + a->trial_ms;
}

static wall_ms expires_at(const struct alert *a) {
  return a->rule->expire > 0 ? a->heard_at + a->rule->expire : WALL_NEVER;
}

wall_ms alert_due(const struct alert *a) {
  wall_ms due = WALL_NEVER;
  if (!alert_is_live(a) || a->rule == NULL)
    return due;
  if (a->unsure == UNSURE_TRIAL)
    due = trial_ends(a);
  if (a->state == ALERT_PENDING && a->bad_by != 0)
    due = sooner(due, a->since + a->rule->bad_for);
  if (a->state == ALERT_CLEARING)
    due = sooner(due, a->good_since + a->rule->clear);
  if (a->is_flapping)
    due = sooner(due, a->changed_at + FLAP_QUIET_MS);
  return sooner(due, expires_at(a));
}

static enum alert_news end_trial(struct alert *a, wall_ms now) {
  if (a->bad_by & BAD_NOTIFIED)
    return good(a, BAD_NOTIFIED, a->good_since, now);
  a->unsure = UNSURE_NO;
  a->bad_by |= BAD_NOTIFIED;
  a->good_since = WALL_NEVER;
  return a->state == ALERT_PENDING ? ripen(a, now) : ALERT_CHANGED;
}

static enum alert_news end_flapping(struct alert *a, wall_ms now) {
  a->is_flapping = false;
  return a->bad_by != 0 ? ALERT_CHANGED : ease(a, a->changed_at, now);
}

enum alert_news alert_tick(struct alert *a, wall_ms now) {
  if (alert_due(a) > now)
    return ALERT_NO_NEWS;
  if (expires_at(a) <= now)
    return end(a);
  if (a->unsure == UNSURE_TRIAL && trial_ends(a) <= now)
    return end_trial(a, now);
  if (a->state == ALERT_PENDING)
    return ripen(a, now);
  return a->state == ALERT_CLEARING ? end(a) : end_flapping(a, now);
}

void alert_resume(struct alert *a, wall_ms now) {
  span_ms down = now > a->heard_at ? now - a->heard_at : 0;
  firings_move(&a->fired, down, now);
  if (a->changed_at != WALL_NEVER)
    a->changed_at = sooner(a->changed_at + down, now);
  a->heard_at = now;
  if (a->unsure == UNSURE_TRIAL)
    a->unsure = UNSURE_WAIT;
  if (a->state == ALERT_PENDING)
    a->since = now;
  if (a->state == ALERT_CLEARING)
    a->good_since = now;
}

static void clamp(wall_ms *at, wall_ms now) {
  if (*at != WALL_NEVER && *at > now)
    *at = now;
}

void alert_clamp(struct alert *a, wall_ms now) {
  clamp(&a->since, now);
  clamp(&a->heard_at, now);
  clamp(&a->changed_at, now);
  firings_move(&a->fired, 0, now);
  clamp(&a->good_since, now);
}
