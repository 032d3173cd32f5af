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

static struct signal *make(enum level level, double value, bool has_value,
                           wall_ms received, wall_ms sent) {
  static uint64_t memory[SIGNAL_BYTES_MAX / 8];
  struct packer p;
  signal_begin(&p, memory);
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

/* An alert in that state, under a rule at that level. */
static struct alert begin(enum level bad_level, enum alert_state state,
                          enum unsure unsure, enum level level) {
  struct alert a = {.signal = make(level, 1, true, NOW - 10000, NOW - 10000)};
  alert_begin(&a, &rule, bad_level, NOW - 10000);
  a.state = (uint8_t)state;
  a.unsure = (uint8_t)unsure;
  a.good_since = NOW - 5000;
  a.trial_until = NOW + 5000;
  return a;
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
  struct alert a = {.signal = make(LEVEL_FAILURE, NAN, true, NOW, NOW)};
  CHECK(alert_begin(&a, &rule, LEVEL_FAILURE, NOW) == ALERT_CHANGED);
  CHECK(a.state == ALERT_PENDING && alert_due(&a) == WALL_NEVER);
  feed(&a, FINITE);
  CHECK(alert_tick(&a, NOW + 20000) == ALERT_FIRED);
  CHECK(a.state == ALERT_FIRING && a.since == NOW + 20000);
  free(a.signal);
}

static void a_late_signal_changes_nothing(void) {
  struct alert a = {.signal = make(LEVEL_FAILURE, 9, true, NOW, NOW)};
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
  struct alert a = {.signal = make(LEVEL_FAILURE, 9, true, NOW, NOW)};
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
  return check_done("t_alert");
}
