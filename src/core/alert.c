/* SPDX-License-Identifier: MIT */
/* The machine (SPEC section 2, "Alerts"):
 *
 *            bad, NaN            bad                good
 *   (none) ----------> PENDING ------> FIRING ----------------> CLEARING
 *      |                  |   trial    ^  |  ^                   |    |
 *      |                  |   over ----+  |  +-------- bad ------+    |
 *      |        bad       |               | Clear is 0                | Clear
 *      +------------------|----> FIRING   v                           v over
 *                         +-- good --> CLEARED <----------------------+
 *
 * A NaN shows what the sender believes of a value it does not have. threshold
 * sends OKAY with NaN for every counter after a restart and then only changes:
 * so a firing alert waits for the series' next finite value and, if no bad
 * signal comes within two intervals of it, takes that as good. With Invert it
 * sends FAILURE with NaN instead, and then an OKAY only if the next value is
 * good: so such an alert is pending until two intervals after a finite value.
 */
#include "core/alert.h"

#include <math.h>
#include <stdlib.h>

const char *const alert_state_names[ALERT_STATES] = {"pending", "firing",
                                                     "clearing", "cleared"};

#define OVERTAKE_MS 1000
#define INTERVAL_MAX_MS (24 * 3600 * 1000LL)

static bool is_nan(const struct signal *s) {
  return s->has_value && isnan(s->value);
}

bool signal_is_late(const struct signal *s, wall_ms received, wall_ms sent) {
  return s->has_value && s->sent < sent && s->received - received < OVERTAKE_MS;
}

enum alert_news alert_begin(struct alert *a, const struct rule *rule,
                            enum level bad_level, wall_ms now) {
  a->rule = rule;
  a->bad_level = (uint8_t)bad_level;
  a->level = a->signal->level;
  a->since = now;
  a->good_since = a->trial_until = WALL_NEVER;
  if (is_nan(a->signal)) {
    a->state = ALERT_PENDING;
    a->unsure = UNSURE_WAIT;
    return ALERT_CHANGED;
  }
  a->state = ALERT_FIRING;
  a->unsure = UNSURE_NO;
  return ALERT_FIRED;
}

static enum alert_news bad(struct alert *a, enum level level, wall_ms now) {
  enum alert_news news = ALERT_CHANGED;
  if (a->state == ALERT_PENDING) {
    a->since = now;
    news = ALERT_FIRED;
  } else if (level > a->level) {
    news = ALERT_ROSE;
  } else if (a->state == ALERT_CLEARING) {
    news = ALERT_REFIRED;
  }
  a->state = ALERT_FIRING;
  a->level = (uint8_t)level;
  a->unsure = UNSURE_NO;
  a->good_since = WALL_NEVER;
  return news;
}

/* Good since then; perhaps for long enough already. */
static enum alert_news good(struct alert *a, wall_ms since, wall_ms now) {
  a->unsure = UNSURE_NO;
  if (a->state == ALERT_CLEARING)
    return ALERT_CHANGED;
  if (a->state == ALERT_PENDING) {
    a->state = ALERT_CLEARED;
    return ALERT_LAPSED;
  }
  a->state = ALERT_CLEARING;
  a->good_since = since;
  if (alert_due(a) <= now) {
    a->state = ALERT_CLEARED;
    return ALERT_IS_CLEAR;
  }
  return ALERT_EASED;
}

/* A NaN decides nothing but whether there is doubt. */
static enum alert_news doubt(struct alert *a, bool is_bad, wall_ms now) {
  if (a->state == ALERT_PENDING && !is_bad)
    return good(a, now, now);
  if (a->state != ALERT_FIRING)
    return ALERT_NO_NEWS;
  enum unsure unsure = is_bad ? UNSURE_NO : UNSURE_WAIT;
  if (a->unsure == unsure)
    return ALERT_NO_NEWS;
  a->unsure = (uint8_t)unsure;
  return ALERT_CHANGED;
}

enum alert_news alert_take(struct alert *a, struct signal *own_signal,
                           wall_ms now) {
  bool is_bad = own_signal->level >= a->bad_level;
  bool is_late =
      a->signal->has_value &&
      signal_is_late(own_signal, a->signal->received, a->signal->sent);
  if (is_late || is_nan(own_signal)) {
    free(own_signal);
    return is_late ? ALERT_NO_NEWS : doubt(a, is_bad, now);
  }
  free(a->signal);
  a->signal = own_signal;
  return is_bad ? bad(a, own_signal->level, now) : good(a, now, now);
}

enum alert_news alert_finite(struct alert *a, span_ms interval, wall_ms now) {
  if (a->unsure != UNSURE_WAIT)
    return ALERT_NO_NEWS;
  if (interval > INTERVAL_MAX_MS)
    interval = INTERVAL_MAX_MS;
  a->unsure = UNSURE_TRIAL;
  a->good_since = now;
  a->trial_until = now + 2 * interval;
  return ALERT_CHANGED;
}

wall_ms alert_due(const struct alert *a) {
  if (a->unsure == UNSURE_TRIAL)
    return a->trial_until;
  if (a->state == ALERT_CLEARING && a->rule != NULL)
    return a->good_since + a->rule->clear;
  return WALL_NEVER;
}

enum alert_news alert_tick(struct alert *a, wall_ms now) {
  if (alert_due(a) > now)
    return ALERT_NO_NEWS;
  if (a->unsure == UNSURE_TRIAL) {
    if (a->state != ALERT_PENDING)
      return good(a, a->good_since, now);
    a->unsure = UNSURE_NO;
    a->state = ALERT_FIRING;
    a->since = now;
    a->good_since = WALL_NEVER;
    return ALERT_FIRED;
  }
  a->state = ALERT_CLEARED;
  return ALERT_IS_CLEAR;
}

void alert_resume(struct alert *a, wall_ms now) {
  if (a->unsure == UNSURE_TRIAL)
    a->unsure = UNSURE_WAIT;
  if (a->state == ALERT_CLEARING)
    a->good_since = now;
}

void alert_clamp(struct alert *a, wall_ms now) {
  if (a->since > now)
    a->since = now;
  if (a->good_since == WALL_NEVER || a->good_since <= now)
    return;
  if (a->unsure == UNSURE_TRIAL)
    a->trial_until -= a->good_since - now;
  a->good_since = now;
}
