/* SPDX-License-Identifier: MIT */
#include "core/spread.h"

#include "check.h"

#include <math.h>

static const struct spread none;

static bool is_about(double got, double want) {
  return got > want * 0.82 - 1 && got < want * 1.2 + 1;
}

static void nothing_has_no_quantile(void) {
  struct spread s = {{0}};
  CHECK(isnan(spread_quantile(&s, &none, 0.5)));
  spread_add(&s, 5);
  CHECK(isnan(spread_quantile(&s, &s, 0.99)));
}

static void quantiles_are_near_enough(void) {
  struct spread s = {{0}};
  for (span_ms ms = 1; ms <= 10000; ms++)
    spread_add(&s, ms);
  CHECK(is_about(spread_quantile(&s, &none, 0.5), 5000));
  CHECK(is_about(spread_quantile(&s, &none, 0.99), 9900));
  CHECK(is_about(spread_quantile(&s, &none, 0.01), 100));
  CHECK(is_about(spread_quantile(&s, &none, 1), 10000));
}

static void only_what_came_in_between_counts(void) {
  struct spread before = {{0}};
  for (int i = 0; i < 1000; i++)
    spread_add(&before, 3);
  struct spread now = before;
  spread_add(&now, 60000);
  CHECK(is_about(spread_quantile(&now, &before, 0.5), 60000));
}

static void all_spans_have_a_bucket(void) {
  struct spread s = {{0}};
  spread_add(&s, -5);
  spread_add(&s, 0);
  CHECK(spread_quantile(&s, &none, 1) <= 1);
  spread_add(&s, INT64_MAX);
  CHECK(spread_quantile(&s, &none, 1) > 4 * 3600 * 1000.0 * 0.9);
  CHECK(s.n[0] == 2 && s.n[SPREAD_BUCKETS - 1] == 1);
}

int main(void) {
  nothing_has_no_quantile();
  quantiles_are_near_enough();
  only_what_came_in_between_counts();
  all_spans_have_a_bucket();
  return check_done("t_spread");
}
