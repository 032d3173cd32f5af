/* SPDX-License-Identifier: MIT */
#include "core/metric.h"

#include "check.h"

#include <math.h>

#define SECOND 1000000000LL

static struct rate rate;

static double gauge(double value, double min, double max) {
  struct source s = {
      .type = SOURCE_GAUGE, .min = min, .max = max, .raw.gauge = value};
  return metric_value(&rate, &s, SECOND);
}

static double count(enum source_type type, uint64_t raw, int64_t at) {
  struct source s = {.type = type, .min = NAN, .max = NAN, .raw.counter = raw};
  return metric_value(&rate, &s, at);
}

static void a_gauge_is_compared_as_it_is(void) {
  CHECK(gauge(97.25, NAN, NAN) == 97.25);
  CHECK(gauge(-3, NAN, NAN) == -3);
  CHECK(isnan(gauge(NAN, NAN, NAN)));
  CHECK(isinf(gauge(INFINITY, NAN, NAN)));
}

static void beyond_what_its_type_allows_there_is_no_value(void) {
  CHECK(gauge(100, 0, 100) == 100 && gauge(0, 0, 100) == 0);
  CHECK(isnan(gauge(100.5, 0, 100)) && isnan(gauge(-1, 0, NAN)));
  CHECK(gauge(1e9, 0, NAN) == 1e9);
}

static void what_counts_is_compared_as_a_rate(void) {
  static const enum source_type types[] = {SOURCE_COUNTER, SOURCE_DERIVE};
  for (int i = 0; i < 2; i++) {
    rate = (struct rate){0};
    CHECK(isnan(count(types[i], 1000, 10 * SECOND)));
    CHECK(count(types[i], 1500, 20 * SECOND) == 50);
    CHECK(count(types[i], 1500, 21 * SECOND) == 0);
    CHECK(count(types[i], 1501, 21 * SECOND + SECOND / 2) == 2);
  }
}

static void an_absolute_value_is_divided_by_the_time_since_the_last(void) {
  rate = (struct rate){0};
  CHECK(isnan(count(SOURCE_ABSOLUTE, 1000, 10 * SECOND)));
  CHECK(count(SOURCE_ABSOLUTE, 500, 20 * SECOND) == 50);
}

static void one_that_goes_back_has_no_rate_and_begins_anew(void) {
  static const enum source_type types[] = {SOURCE_COUNTER, SOURCE_DERIVE};
  for (int i = 0; i < 2; i++) {
    rate = (struct rate){0};
    count(types[i], 1000, 10 * SECOND);
    CHECK(isnan(count(types[i], 10, 20 * SECOND)));
    CHECK(count(types[i], 110, 30 * SECOND) == 10);
  }
}

static void without_time_between_there_is_no_rate(void) {
  rate = (struct rate){0};
  count(SOURCE_DERIVE, 1000, 10 * SECOND);
  CHECK(isnan(count(SOURCE_DERIVE, 2000, 10 * SECOND)));
}

static void a_derive_may_be_negative_and_far(void) {
  rate = (struct rate){0};
  count(SOURCE_DERIVE, (uint64_t)INT64_MIN, 1 * SECOND);
  CHECK(count(SOURCE_DERIVE, (uint64_t)INT64_MAX, 2 * SECOND) > 1.8e19);
  CHECK(isnan(count(SOURCE_DERIVE, (uint64_t)-5, 3 * SECOND)));
  CHECK(count(SOURCE_DERIVE, (uint64_t)-1, 4 * SECOND) == 4);
}

struct row {
  double value;
  enum judgement before, after;
};

static void judge_all(enum metric_kind kind, double limit, double clear,
                      const struct row *rows, size_t n) {
  struct metric m = {.kind = kind, .limit = limit, .clear = clear};
  for (size_t i = 0; i < n; i++) {
    enum judgement got = metric_judge(&m, rows[i].value, rows[i].before);
    if (got != rows[i].after)
      printf("kind %d: %g after %d is %d\n", (int)kind, rows[i].value,
             (int)rows[i].before, (int)got);
    CHECK(got == rows[i].after);
  }
}
#define JUDGE(kind, limit, clear, rows)                                        \
  judge_all(kind, limit, clear, rows, sizeof(rows) / sizeof(rows)[0])

#define OPEN JUDGED_OPEN
#define GOOD JUDGED_GOOD
#define BAD JUDGED_BAD

static void values_are_judged_by_the_limit(void) {
  static const struct row above[] = {
      {9, OPEN, BAD}, {8, OPEN, GOOD}, {8, BAD, GOOD}, {8.5, GOOD, BAD}};
  static const struct row below[] = {
      {7, OPEN, BAD}, {8, OPEN, GOOD}, {8, BAD, GOOD}, {7.5, GOOD, BAD}};
  JUDGE(METRIC_ABOVE, 8, 8, above);
  JUDGE(METRIC_BELOW, 8, 8, below);
}

static void between_limit_and_clear_it_stays_what_it_was(void) {
  static const struct row above[] = {
      {9, GOOD, BAD},  {8, BAD, BAD},   {8, GOOD, GOOD}, {6, BAD, BAD},
      {6, OPEN, OPEN}, {5, BAD, BAD},   {4, BAD, GOOD},  {5, OPEN, OPEN},
      {8, OPEN, OPEN}, {4, OPEN, GOOD}, {9, OPEN, BAD}};
  static const struct row below[] = {
      {7, GOOD, BAD},   {8, BAD, BAD},  {8, GOOD, GOOD}, {10, BAD, BAD},
      {10, OPEN, OPEN}, {11, BAD, BAD}, {12, BAD, GOOD}, {11, OPEN, OPEN},
      {12, OPEN, GOOD}, {7, OPEN, BAD}};
  JUDGE(METRIC_ABOVE, 8, 5, above);
  JUDGE(METRIC_BELOW, 8, 11, below);
}

static void what_is_not_finite_decides_nothing(void) {
  static const double values[] = {NAN, INFINITY, -INFINITY};
  for (size_t v = 0; v < 3; v++) {
    const struct row rows[] = {{values[v], OPEN, OPEN},
                               {values[v], GOOD, GOOD},
                               {values[v], BAD, BAD}};
    JUDGE(METRIC_ABOVE, 8, 8, rows);
    JUDGE(METRIC_BELOW, 8, 8, rows);
    JUDGE(METRIC_ABSENT, 0, 0, rows);
  }
}

static void any_finite_value_is_good_where_none_is_bad(void) {
  static const struct row rows[] = {
      {0, OPEN, GOOD}, {-1, BAD, GOOD}, {1e300, GOOD, GOOD}};
  JUDGE(METRIC_ABSENT, 0, 0, rows);
}

static void it_is_named_when_all_fields_are_plain_texts(void) {
  struct metric m = {.kind = METRIC_ABSENT};
  const char *why;
  for (int i = 0; i < FIELDS; i++) {
    CHECK(!metric_is_named(&m));
    CHECK(selector_add(&m.field[i], i == 2 ? "" : "x", &why) == OK);
  }
  CHECK(metric_is_named(&m));
  CHECK(selector_add(&m.field[FIELD_HOST], "y", &why) == OK);
  CHECK(metric_is_named(&m));
  CHECK(selector_add(&m.field[FIELD_HOST], "/z/", &why) == OK);
  CHECK(!metric_is_named(&m));
  for (int i = 0; i < FIELDS; i++)
    selector_fini(&m.field[i]);
}

int main(void) {
  a_gauge_is_compared_as_it_is();
  beyond_what_its_type_allows_there_is_no_value();
  what_counts_is_compared_as_a_rate();
  an_absolute_value_is_divided_by_the_time_since_the_last();
  one_that_goes_back_has_no_rate_and_begins_anew();
  without_time_between_there_is_no_rate();
  a_derive_may_be_negative_and_far();
  values_are_judged_by_the_limit();
  between_limit_and_clear_it_stays_what_it_was();
  what_is_not_finite_decides_nothing();
  any_finite_value_is_good_where_none_is_bad();
  it_is_named_when_all_fields_are_plain_texts();
  return check_done("t_metric");
}
