/* SPDX-License-Identifier: MIT */
/* Every state and doubt against every signal, the expected move written out by
 * hand from SPEC section 2; then time. */
#include "core/alert.h"

#include "base/hash.h"
#include "check.h"

#include <math.h>
#include <stdlib.h>

#define NOW 1000000
#define CLEAR 60000

static struct rule rule = {.name = "r", .clear = CLEAR};

static struct signal *make_kind(enum signal_kind kind, enum level level,
                                double value, bool has_value, wall_ms received,
                                wall_ms sent) {
  static uint64_t memory[SIGNAL_BYTES_MAX / 8];
  struct packer p;
  signal_begin(&p, memory);
  p.signal->kind = (uint8_t)kind;
  p.signal->level = (uint8_t)level;
  p.signal->has_value = has_value;
  p.signal->value = value;
  p.signal->received = received;
  p.signal->sent = sent;
  for (int i = 0; i < FIELDS; i++)
    signal_add(&p, "x", 1);
  signal_end(&p, false);
  return signal_copy(p.signal);
}

static struct signal *make(enum level level, double value, bool has_value,
                           wall_ms received, wall_ms sent) {
  return make_kind(SIGNAL_NOTIFICATION, level, value, has_value, received,
                   sent);
}

static struct alert fresh(enum signal_kind kind, enum level level, double value,
                          wall_ms now) {
  struct alert a;
  alert_init(&a);
  a.signal = make_kind(kind, level, value, true, now, now);
  return a;
}

/* An alert in that state, under a rule at that level; a pending one is so
 * because of a NaN. */
static struct alert begin(enum level bad_level, enum alert_state state,
                          enum unsure unsure, enum level level) {
  struct alert a = fresh(SIGNAL_NOTIFICATION, level, 1, NOW - 10000);
  alert_begin(&a, &rule, bad_level, NOW - 10000);
  a.state = (uint8_t)state;
  a.unsure = (uint8_t)unsure;
  a.bad_by = state == ALERT_FIRING ? BAD_NOTIFIED : 0;
  a.good_since = NOW - 5000;
  a.trial_ms = 10000;
  return a;
}

/* A notification or a reading at that time. */
static enum alert_news say(struct alert *a, enum signal_kind kind,
                           enum level level, wall_ms now) {
  return alert_take(a, make_kind(kind, level, 1, true, now, now), now);
}
static enum alert_news notify(struct alert *a, enum level level, wall_ms now) {
  return say(a, SIGNAL_NOTIFICATION, level, now);
}
static enum alert_news measure(struct alert *a, enum level level, wall_ms now) {
  return say(a, SIGNAL_READING, level, now);
}

/* What is due until then happens in time; the last news of it. */
static enum alert_news wait_until(struct alert *a, wall_ms now) {
  enum alert_news news = ALERT_NO_NEWS;
  while (alert_due(a) <= now)
    news = alert_tick(a, alert_due(a));
  return news;
}

enum input { FAILURE, WARNING, OKAY, NAN_FAILURE, NAN_OKAY, FINITE, INPUTS };

static enum alert_news feed(struct alert *a, enum input input) {
  switch (input) {
  case FAILURE:
    return alert_take(a, make(LEVEL_FAILURE, 2, true, NOW, NOW), NOW);
  case WARNING:
    return alert_take(a, make(LEVEL_WARNING, 2, true, NOW, NOW), NOW);
  case OKAY:
    return alert_take(a, make(LEVEL_OKAY, 0, true, NOW, NOW), NOW);
  case NAN_FAILURE:
    return alert_take(a, make(LEVEL_FAILURE, NAN, true, NOW, NOW), NOW);
  case NAN_OKAY:
    return alert_take(a, make(LEVEL_OKAY, NAN, true, NOW, NOW), NOW);
  default:
    return alert_finite(a, 10000, NOW);
  }
}

struct move {
  enum alert_state state;
  enum unsure unsure;
  enum alert_news news;
};

static void every_state_takes_every_signal(void) {
  /* Rule at level failure. In doubt only a firing or pending alert can be. */
  static const struct {
    enum alert_state from;
    enum unsure unsure;
    struct move to[INPUTS];
  } table[] = {
      {ALERT_PENDING,
       UNSURE_WAIT,
       {[FAILURE] = {ALERT_FIRING, UNSURE_NO, ALERT_FIRED},
        [WARNING] = {ALERT_CLEARED, UNSURE_NO, ALERT_LAPSED},
        [OKAY] = {ALERT_CLEARED, UNSURE_NO, ALERT_LAPSED},
        [NAN_FAILURE] = {ALERT_PENDING, UNSURE_WAIT, ALERT_NO_NEWS},
        [NAN_OKAY] = {ALERT_CLEARED, UNSURE_NO, ALERT_LAPSED},
        [FINITE] = {ALERT_PENDING, UNSURE_TRIAL, ALERT_CHANGED}}},
      {ALERT_PENDING,
       UNSURE_TRIAL,
       {[FAILURE] = {ALERT_FIRING, UNSURE_NO, ALERT_FIRED},
        [WARNING] = {ALERT_CLEARED, UNSURE_NO, ALERT_LAPSED},
        [OKAY] = {ALERT_CLEARED, UNSURE_NO, ALERT_LAPSED},
        [NAN_FAILURE] = {ALERT_PENDING, UNSURE_TRIAL, ALERT_NO_NEWS},
        [NAN_OKAY] = {ALERT_CLEARED, UNSURE_NO, ALERT_LAPSED},
        [FINITE] = {ALERT_PENDING, UNSURE_TRIAL, ALERT_NO_NEWS}}},
      {ALERT_FIRING,
       UNSURE_NO,
       {[FAILURE] = {ALERT_FIRING, UNSURE_NO, ALERT_CHANGED},
        [WARNING] = {ALERT_CLEARING, UNSURE_NO, ALERT_EASED},
        [OKAY] = {ALERT_CLEARING, UNSURE_NO, ALERT_EASED},
        [NAN_FAILURE] = {ALERT_FIRING, UNSURE_NO, ALERT_NO_NEWS},
        [NAN_OKAY] = {ALERT_FIRING, UNSURE_WAIT, ALERT_CHANGED},
        [FINITE] = {ALERT_FIRING, UNSURE_NO, ALERT_NO_NEWS}}},
      {ALERT_FIRING,
       UNSURE_WAIT,
       {[FAILURE] = {ALERT_FIRING, UNSURE_NO, ALERT_CHANGED},
        [WARNING] = {ALERT_CLEARING, UNSURE_NO, ALERT_EASED},
        [OKAY] = {ALERT_CLEARING, UNSURE_NO, ALERT_EASED},
        [NAN_FAILURE] = {ALERT_FIRING, UNSURE_NO, ALERT_CHANGED},
        [NAN_OKAY] = {ALERT_FIRING, UNSURE_WAIT, ALERT_NO_NEWS},
        [FINITE] = {ALERT_FIRING, UNSURE_TRIAL, ALERT_CHANGED}}},
      {ALERT_FIRING,
       UNSURE_TRIAL,
       {[FAILURE] = {ALERT_FIRING, UNSURE_NO, ALERT_CHANGED},
        [WARNING] = {ALERT_CLEARING, UNSURE_NO, ALERT_EASED},
        [OKAY] = {ALERT_CLEARING, UNSURE_NO, ALERT_EASED},
        [NAN_FAILURE] = {ALERT_FIRING, UNSURE_NO, ALERT_CHANGED},
        [NAN_OKAY] = {ALERT_FIRING, UNSURE_WAIT, ALERT_CHANGED},
        [FINITE] = {ALERT_FIRING, UNSURE_TRIAL, ALERT_NO_NEWS}}},
      {ALERT_CLEARING,
       UNSURE_NO,
       {[FAILURE] = {ALERT_FIRING, UNSURE_NO, ALERT_REFIRED},
        [WARNING] = {ALERT_CLEARING, UNSURE_NO, ALERT_CHANGED},
        [OKAY] = {ALERT_CLEARING, UNSURE_NO, ALERT_CHANGED},
        [NAN_FAILURE] = {ALERT_CLEARING, UNSURE_NO, ALERT_NO_NEWS},
        [NAN_OKAY] = {ALERT_CLEARING, UNSURE_NO, ALERT_NO_NEWS},
        [FINITE] = {ALERT_CLEARING, UNSURE_NO, ALERT_NO_NEWS}}},
  };
  for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
    for (int in = 0; in < INPUTS; in++) {
      const struct move *want = &table[i].to[in];
      struct alert a =
          begin(LEVEL_FAILURE, table[i].from, table[i].unsure, LEVEL_FAILURE);
      enum alert_news news = feed(&a, (enum input)in);
      if (a.state != want->state || a.unsure != want->unsure ||
          news != want->news)
        printf("row %zu input %d: state %d unsure %d news %d\n", i, in, a.state,
               a.unsure, (int)news);
      CHECK(a.state == want->state);
      CHECK(a.unsure == want->unsure);
      CHECK(news == want->news);
      free(a.signal);
    }
}

static void under_level_warning_a_change_is_a_rise_or_a_fall(void) {
  struct alert a = begin(LEVEL_WARNING, ALERT_FIRING, UNSURE_NO, LEVEL_WARNING);
  CHECK(feed(&a, FAILURE) == ALERT_ROSE && a.level == LEVEL_FAILURE);
  CHECK(feed(&a, WARNING) == ALERT_CHANGED && a.level == LEVEL_WARNING);
  CHECK(a.state == ALERT_FIRING);
  CHECK(feed(&a, OKAY) == ALERT_EASED);
  CHECK(feed(&a, FAILURE) == ALERT_ROSE && a.state == ALERT_FIRING);
  free(a.signal);
}

static void it_clears_when_good_for_clear(void) {
  struct alert a = begin(LEVEL_FAILURE, ALERT_FIRING, UNSURE_NO, LEVEL_FAILURE);
  CHECK(alert_due(&a) == WALL_NEVER);
  feed(&a, OKAY);
  CHECK(alert_due(&a) == NOW + CLEAR);
  CHECK(alert_tick(&a, NOW + CLEAR - 1) == ALERT_NO_NEWS);
  CHECK(a.state == ALERT_CLEARING);
  CHECK(alert_tick(&a, NOW + CLEAR) == ALERT_IS_CLEAR);
  CHECK(a.state == ALERT_CLEARED);
  free(a.signal);
}

static void without_clear_it_clears_at_once(void) {
  struct rule at_once = {.name = "r", .clear = 0};
  struct alert a = begin(LEVEL_FAILURE, ALERT_FIRING, UNSURE_NO, LEVEL_FAILURE);
  a.rule = &at_once;
  CHECK(feed(&a, OKAY) == ALERT_IS_CLEAR);
  free(a.signal);
}

static void after_a_nan_the_finite_value_is_good_unless_bad_comes(void) {
  struct alert a = begin(LEVEL_FAILURE, ALERT_FIRING, UNSURE_NO, LEVEL_FAILURE);
  feed(&a, NAN_OKAY);
  CHECK(alert_due(&a) == WALL_NEVER);
  feed(&a, FINITE);
  CHECK(alert_due(&a) == NOW + 20000);
  CHECK(alert_tick(&a, NOW + 20000) == ALERT_EASED);
  CHECK(a.state == ALERT_CLEARING && a.good_since == NOW);
  CHECK(alert_due(&a) == NOW + CLEAR);
  free(a.signal);
}

static void a_failure_with_nan_fires_two_intervals_after_a_finite_value(void) {
  struct alert a = fresh(SIGNAL_NOTIFICATION, LEVEL_FAILURE, NAN, NOW);
  CHECK(alert_begin(&a, &rule, LEVEL_FAILURE, NOW) == ALERT_CHANGED);
  CHECK(a.state == ALERT_PENDING && alert_due(&a) == WALL_NEVER);
  feed(&a, FINITE);
  CHECK(alert_tick(&a, NOW + 20000) == ALERT_FIRED);
  CHECK(a.state == ALERT_FIRING && a.since == NOW + 20000);
  free(a.signal);
}

static void a_late_signal_changes_nothing(void) {
  struct alert a = fresh(SIGNAL_NOTIFICATION, LEVEL_FAILURE, 9, NOW);
  alert_begin(&a, &rule, LEVEL_FAILURE, NOW);
  /* Sent before, received within a second after. */
  CHECK(alert_take(&a, make(LEVEL_OKAY, 1, true, NOW + 900, NOW - 1),
                   NOW + 900) == ALERT_NO_NEWS);
  CHECK(a.state == ALERT_FIRING && a.signal->value == 9);
  /* Without a value there is nothing to order by. */
  CHECK(alert_take(&a, make(LEVEL_OKAY, 0, false, NOW + 900, NOW - 1),
                   NOW + 900) == ALERT_EASED);
  free(a.signal);
}

static void a_second_later_order_is_that_of_arrival(void) {
  struct alert a = fresh(SIGNAL_NOTIFICATION, LEVEL_FAILURE, 9, NOW);
  alert_begin(&a, &rule, LEVEL_FAILURE, NOW);
  CHECK(alert_take(&a, make(LEVEL_OKAY, 1, true, NOW + 1000, NOW - 1),
                   NOW + 1000) == ALERT_EASED);
  free(a.signal);
}

static void downtime_counts_for_nothing(void) {
  struct alert a = begin(LEVEL_FAILURE, ALERT_FIRING, UNSURE_NO, LEVEL_FAILURE);
  feed(&a, OKAY);
  alert_resume(&a, NOW + 7200000);
  CHECK(alert_due(&a) == NOW + 7200000 + CLEAR);
  free(a.signal);
}

static void a_clock_set_back_delays_no_longer_than_clear(void) {
  struct alert a = begin(LEVEL_FAILURE, ALERT_FIRING, UNSURE_NO, LEVEL_FAILURE);
  feed(&a, OKAY);
  alert_clamp(&a, NOW - 500000);
  CHECK(alert_due(&a) == NOW - 500000 + CLEAR);
  free(a.signal);
  a = begin(LEVEL_FAILURE, ALERT_FIRING, UNSURE_WAIT, LEVEL_FAILURE);
  feed(&a, FINITE);
  alert_clamp(&a, NOW - 500000);
  CHECK(alert_due(&a) == NOW - 500000 + 20000);
  free(a.signal);
}

/* ---- For ---- */

#define MINUTE 60000
static struct rule held = {.name = "r", .clear = CLEAR, .bad_for = 5 * MINUTE};

static struct alert begin_held(enum signal_kind kind, double value) {
  struct alert a = fresh(kind, LEVEL_FAILURE, value, NOW);
  CHECK(alert_begin(&a, &held, LEVEL_FAILURE, NOW) == ALERT_CHANGED);
  CHECK(a.state == ALERT_PENDING);
  return a;
}

static void it_fires_when_bad_for_so_long(void) {
  struct alert a = begin_held(SIGNAL_NOTIFICATION, 1);
  CHECK(alert_due(&a) == NOW + 5 * MINUTE);
  CHECK(notify(&a, LEVEL_FAILURE, NOW + MINUTE) == ALERT_CHANGED);
  CHECK(alert_tick(&a, NOW + 5 * MINUTE - 1) == ALERT_NO_NEWS);
  CHECK(alert_tick(&a, NOW + 5 * MINUTE) == ALERT_FIRED);
  CHECK(a.state == ALERT_FIRING && a.since == NOW + 5 * MINUTE);
  CHECK(a.fired.newest == a.since && firings_at(&a.fired, 1) == WALL_NEVER);
  free(a.signal);
}

static void good_in_time_it_never_fired(void) {
  struct alert a = begin_held(SIGNAL_NOTIFICATION, 1);
  CHECK(notify(&a, LEVEL_OKAY, NOW + MINUTE) == ALERT_LAPSED);
  CHECK(a.state == ALERT_CLEARED && alert_due(&a) == WALL_NEVER);
  CHECK(a.fired.newest == WALL_NEVER);
  free(a.signal);
}

static void pending_begins_again_at_a_start(void) {
  struct alert a = begin_held(SIGNAL_NOTIFICATION, 1);
  alert_resume(&a, NOW + 120 * MINUTE);
  CHECK(a.state == ALERT_PENDING && alert_due(&a) == NOW + 125 * MINUTE);
  free(a.signal);
}

static void for_counts_from_a_failure_with_nan(void) {
  struct alert a = begin_held(SIGNAL_NOTIFICATION, NAN);
  CHECK(alert_due(&a) == WALL_NEVER);
  alert_finite(&a, 10000, NOW + MINUTE);
  CHECK(alert_due(&a) == NOW + MINUTE + 20000);
  CHECK(alert_tick(&a, NOW + MINUTE + 20000) == ALERT_CHANGED);
  CHECK(a.state == ALERT_PENDING && alert_due(&a) == NOW + 5 * MINUTE);
  CHECK(alert_tick(&a, NOW + 5 * MINUTE) == ALERT_FIRED);
  free(a.signal);
  a = begin_held(SIGNAL_NOTIFICATION, NAN);
  CHECK(notify(&a, LEVEL_FAILURE, NOW + MINUTE) == ALERT_CHANGED);
  CHECK(alert_due(&a) == NOW + 5 * MINUTE);
  free(a.signal);
  a = begin_held(SIGNAL_NOTIFICATION, NAN);
  alert_finite(&a, 10000, NOW + 9 * MINUTE);
  CHECK(alert_tick(&a, NOW + 9 * MINUTE + 20000) == ALERT_FIRED);
  free(a.signal);
}

static void an_okay_with_nan_leaves_for_running(void) {
  struct alert a = begin_held(SIGNAL_NOTIFICATION, 1);
  feed(&a, NAN_OKAY);
  CHECK(a.state == ALERT_PENDING && alert_due(&a) == NOW + 5 * MINUTE);
  struct alert b = a;
  alert_finite(&a, 10000, NOW + MINUTE);
  CHECK(wait_until(&a, NOW + 5 * MINUTE) == ALERT_LAPSED);
  CHECK(wait_until(&b, NOW + 5 * MINUTE) == ALERT_FIRED);
  CHECK(b.unsure == UNSURE_WAIT);
  free(a.signal);
}

/* ---- two sources ---- */

static void it_is_bad_while_any_says_bad(void) {
  struct alert a = fresh(SIGNAL_NOTIFICATION, LEVEL_FAILURE, 5, NOW);
  alert_begin(&a, &rule, LEVEL_FAILURE, NOW);
  CHECK(measure(&a, LEVEL_OKAY, NOW + 1) == ALERT_CHANGED);
  CHECK(a.state == ALERT_FIRING && a.signal->value == 5);
  CHECK(measure(&a, LEVEL_FAILURE, NOW + 2) == ALERT_CHANGED);
  CHECK(a.bad_by == (BAD_NOTIFIED | BAD_MEASURED) && a.signal->value == 1);
  CHECK(notify(&a, LEVEL_OKAY, NOW + 3) == ALERT_CHANGED);
  CHECK(a.state == ALERT_FIRING && a.signal->level == LEVEL_FAILURE);
  CHECK(measure(&a, LEVEL_OKAY, NOW + 4) == ALERT_EASED);
  CHECK(measure(&a, LEVEL_FAILURE, NOW + 5) == ALERT_REFIRED);
  CHECK(notify(&a, LEVEL_OKAY, NOW + 6) == ALERT_CHANGED);
  CHECK(a.state == ALERT_FIRING);
  free(a.signal);
}

static void a_warning_beside_a_bad_reading_is_no_fall(void) {
  struct alert a = begin(LEVEL_WARNING, ALERT_FIRING, UNSURE_NO, LEVEL_WARNING);
  CHECK(measure(&a, LEVEL_FAILURE, NOW) == ALERT_ROSE);
  CHECK(notify(&a, LEVEL_WARNING, NOW + 1) == ALERT_CHANGED);
  CHECK(measure(&a, LEVEL_FAILURE, NOW + 2) == ALERT_CHANGED);
  CHECK(a.level == LEVEL_FAILURE);
  free(a.signal);
}

static void doubt_is_about_notifications_alone(void) {
  struct alert a = fresh(SIGNAL_READING, LEVEL_FAILURE, 1, NOW);
  alert_begin(&a, &rule, LEVEL_FAILURE, NOW);
  CHECK(feed(&a, NAN_OKAY) == ALERT_NO_NEWS && a.unsure == UNSURE_NO);
  CHECK(alert_take(&a,
                   make_kind(SIGNAL_READING, LEVEL_OKAY, NAN, true, NOW, NOW),
                   NOW) == ALERT_NO_NEWS);
  CHECK(a.state == ALERT_FIRING);
  notify(&a, LEVEL_FAILURE, NOW);
  feed(&a, NAN_OKAY);
  feed(&a, FINITE);
  CHECK(wait_until(&a, NOW + MINUTE) == ALERT_CHANGED);
  CHECK(a.state == ALERT_FIRING && a.bad_by == BAD_MEASURED);
  free(a.signal);
}

/* threshold may say nothing more: only its doubt settles what it said. */
static void a_bad_reading_settles_no_doubt(void) {
  struct alert a = begin(LEVEL_FAILURE, ALERT_FIRING, UNSURE_NO, LEVEL_FAILURE);
  feed(&a, NAN_OKAY);
  feed(&a, FINITE);
  CHECK(measure(&a, LEVEL_FAILURE, NOW + 1) == ALERT_CHANGED);
  CHECK(wait_until(&a, NOW + MINUTE) == ALERT_CHANGED);
  CHECK(a.bad_by == BAD_MEASURED);
  CHECK(measure(&a, LEVEL_OKAY, NOW + MINUTE) == ALERT_EASED);
  free(a.signal);
  a = begin_held(SIGNAL_NOTIFICATION, NAN);
  measure(&a, LEVEL_FAILURE, NOW + 1);
  alert_finite(&a, 10000, NOW + 1);
  CHECK(wait_until(&a, NOW + 5 * MINUTE) == ALERT_FIRED);
  CHECK(a.bad_by == (BAD_MEASURED | BAD_NOTIFIED));
  free(a.signal);
}

/* ---- Expire, forget ---- */

static void without_a_signal_it_expires(void) {
  struct rule expires = {.name = "r", .clear = CLEAR, .expire = 3 * MINUTE};
  struct alert a = fresh(SIGNAL_NOTIFICATION, LEVEL_FAILURE, 1, NOW);
  alert_begin(&a, &expires, LEVEL_FAILURE, NOW);
  CHECK(alert_due(&a) == NOW + 3 * MINUTE);
  notify(&a, LEVEL_FAILURE, NOW + MINUTE);
  CHECK(alert_due(&a) == NOW + 4 * MINUTE);
  alert_hear(&a, NOW + 2 * MINUTE);
  CHECK(alert_due(&a) == NOW + 5 * MINUTE);
  alert_resume(&a, NOW + 60 * MINUTE);
  CHECK(alert_due(&a) == NOW + 63 * MINUTE);
  CHECK(alert_tick(&a, NOW + 63 * MINUTE) == ALERT_IS_CLEAR);
  CHECK(a.state == ALERT_CLEARED && alert_due(&a) == WALL_NEVER);
  free(a.signal);
  expires.bad_for = 5 * MINUTE;
  a = fresh(SIGNAL_NOTIFICATION, LEVEL_FAILURE, 1, NOW);
  alert_begin(&a, &expires, LEVEL_FAILURE, NOW);
  CHECK(alert_tick(&a, NOW + 3 * MINUTE) == ALERT_LAPSED);
  free(a.signal);
}

static void what_is_forgotten_clears_at_once(void) {
  struct alert a = begin(LEVEL_FAILURE, ALERT_FIRING, UNSURE_NO, LEVEL_FAILURE);
  a.is_flapping = true;
  CHECK(alert_forget(&a) == ALERT_IS_CLEAR && !a.is_flapping);
  free(a.signal);
  a = begin_held(SIGNAL_NOTIFICATION, 1);
  CHECK(alert_forget(&a) == ALERT_LAPSED && a.state == ALERT_CLEARED);
  free(a.signal);
}

/* ---- flapping ---- */

static struct rule at_once = {.name = "r", .clear = 0};

/* Fires at 0, 1, ... minutes, and clears half a minute after each. */
static struct alert fire_often(int times) {
  struct alert a = fresh(SIGNAL_NOTIFICATION, LEVEL_FAILURE, 1, NOW);
  CHECK(alert_begin(&a, &at_once, LEVEL_FAILURE, NOW) == ALERT_FIRED);
  for (int i = 1; i < times; i++) {
    notify(&a, LEVEL_OKAY, NOW + i * MINUTE - 30000);
    CHECK(a.state == ALERT_CLEARED);
    a.signal->level = LEVEL_FAILURE;
    CHECK(alert_begin(&a, &at_once, LEVEL_FAILURE, NOW + i * MINUTE) ==
          ALERT_FIRED);
  }
  return a;
}

static void the_fourth_time_it_is_held_firing(void) {
  struct alert a = fire_often(3);
  CHECK(!a.is_flapping);
  free(a.signal);
  a = fire_often(4);
  CHECK(a.is_flapping && a.fired.newest == NOW + 3 * MINUTE);
  CHECK(notify(&a, LEVEL_OKAY, NOW + 4 * MINUTE) == ALERT_CHANGED);
  CHECK(a.state == ALERT_FIRING && a.changed_at == NOW + 4 * MINUTE);
  CHECK(notify(&a, LEVEL_OKAY, NOW + 5 * MINUTE) == ALERT_CHANGED);
  CHECK(alert_due(&a) == NOW + 34 * MINUTE);
  CHECK(notify(&a, LEVEL_FAILURE, NOW + 6 * MINUTE) == ALERT_CHANGED);
  CHECK(alert_due(&a) == NOW + 36 * MINUTE);
  free(a.signal);
}

static void the_window_is_an_hour(void) {
  struct alert a = fire_often(3);
  notify(&a, LEVEL_OKAY, NOW + 59 * MINUTE);
  struct alert b = a;
  alert_begin(&a, &at_once, LEVEL_FAILURE, NOW + 60 * MINUTE - 1);
  CHECK(a.is_flapping);
  alert_begin(&b, &at_once, LEVEL_FAILURE, NOW + 60 * MINUTE);
  CHECK(!b.is_flapping);
  free(a.signal);
}

static void quiet_for_long_it_flaps_no_more(void) {
  struct alert a = fire_often(4);
  CHECK(alert_tick(&a, NOW + 33 * MINUTE) == ALERT_CHANGED);
  CHECK(a.state == ALERT_FIRING && !a.is_flapping);
  CHECK(alert_due(&a) == WALL_NEVER);
  free(a.signal);
  a = fire_often(4);
  notify(&a, LEVEL_OKAY, NOW + 4 * MINUTE);
  CHECK(alert_tick(&a, NOW + 34 * MINUTE) == ALERT_IS_CLEAR);
  free(a.signal);
  struct rule slow = {.name = "r", .clear = 60 * MINUTE};
  a = fire_often(4);
  a.rule = &slow;
  notify(&a, LEVEL_OKAY, NOW + 4 * MINUTE);
  CHECK(alert_tick(&a, NOW + 34 * MINUTE) == ALERT_EASED);
  CHECK(alert_due(&a) == NOW + 64 * MINUTE);
  free(a.signal);
}

static void bad_again_while_clearing_is_no_firing(void) {
  struct alert a = begin(LEVEL_FAILURE, ALERT_FIRING, UNSURE_NO, LEVEL_FAILURE);
  for (int i = 1; i < 10; i++) {
    notify(&a, LEVEL_OKAY, NOW + i * 10000);
    CHECK(notify(&a, LEVEL_FAILURE, NOW + i * 10000 + 5000) == ALERT_REFIRED);
  }
  CHECK(!a.is_flapping);
  free(a.signal);
}

static void a_window_does_not_run_through_downtime(void) {
  struct alert a = fire_often(4);
  alert_resume(&a, NOW + 123 * MINUTE); /* heard last at 3 minutes */
  CHECK(alert_due(&a) == NOW + 153 * MINUTE);
  free(a.signal);
  a = fire_often(3);
  notify(&a, LEVEL_OKAY, NOW + 3 * MINUTE);
  alert_resume(&a, NOW + 123 * MINUTE);
  CHECK(a.fired.newest == NOW + 122 * MINUTE &&
        firings_at(&a.fired, 2) == NOW + 120 * MINUTE);
  alert_begin(&a, &at_once, LEVEL_FAILURE, NOW + 130 * MINUTE);
  CHECK(a.is_flapping);
  free(a.signal);
}

static void what_goes_on_is_no_new_firing(void) {
  struct alert a = fire_often(4);
  struct alert b = fresh(SIGNAL_NOTIFICATION, LEVEL_FAILURE, 1, NOW);
  alert_go_on(&b, &a, NOW + 9 * MINUTE);
  CHECK(b.state == ALERT_FIRING && b.is_flapping);
  CHECK(b.since == NOW + 9 * MINUTE && b.fired.newest == NOW + 3 * MINUTE);
  CHECK(alert_due(&b) == alert_due(&a));
  free(a.signal);
  free(b.signal);
}

int main(void) {
  hash_init();
  every_state_takes_every_signal();
  under_level_warning_a_change_is_a_rise_or_a_fall();
  it_clears_when_good_for_clear();
  without_clear_it_clears_at_once();
  after_a_nan_the_finite_value_is_good_unless_bad_comes();
  a_failure_with_nan_fires_two_intervals_after_a_finite_value();
  a_late_signal_changes_nothing();
  a_second_later_order_is_that_of_arrival();
  downtime_counts_for_nothing();
  a_clock_set_back_delays_no_longer_than_clear();
  it_fires_when_bad_for_so_long();
  good_in_time_it_never_fired();
  pending_begins_again_at_a_start();
  for_counts_from_a_failure_with_nan();
  an_okay_with_nan_leaves_for_running();
  it_is_bad_while_any_says_bad();
  a_warning_beside_a_bad_reading_is_no_fall();
  doubt_is_about_notifications_alone();
  a_bad_reading_settles_no_doubt();
  without_a_signal_it_expires();
  what_is_forgotten_clears_at_once();
  the_fourth_time_it_is_held_firing();
  the_window_is_an_hour();
  quiet_for_long_it_flaps_no_more();
  bad_again_while_clearing_is_no_firing();
  a_window_does_not_run_through_downtime();
  what_goes_on_is_no_new_firing();
  return check_done("t_alert");
}
