/* SPDX-License-Identifier: MIT */
/* Samples, packed and drawn. */
#include "core/trend.h"

#include "check.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define START INT64_C(1795254043999)

static bool add(struct trend *t, wall_ms at, double value) {
  return trend_add(t, (struct trend_point){at, value}) == OK;
}

/* Ten seconds apart. */
static struct trend trend_of(const double *values, size_t n) {
  struct trend t = {.points = NULL};
  for (size_t i = 0; i < n; i++)
    CHECK(add(&t, START + (wall_ms)i * 10000, values[i]));
  return t;
}

#define TREND(...)                                                             \
  trend_of((const double[]){__VA_ARGS__},                                      \
           sizeof((const double[]){__VA_ARGS__}) / sizeof(double))

/* ---- adding and thinning ---- */

static void what_is_not_newer_is_left_out(void) {
  struct trend t = {.points = NULL};
  CHECK(add(&t, 5, 1) && add(&t, 5, 2) && add(&t, 4, 3) && add(&t, 6, 4));
  CHECK(t.n == 2 && t.points[0].value == 1 && t.points[1].value == 4);
  trend_fini(&t);
  CHECK(t.n == 0 && t.points == NULL);
}

static bool has_value(const struct trend *t, double x) {
  for (size_t i = 0; i < t->n; i++)
    if (t->points[i].value == x)
      return true;
  return false;
}

static bool is_in_order(const struct trend *t) {
  for (size_t i = 1; i < t->n; i++)
    if (t->points[i].at <= t->points[i - 1].at)
      return false;
  return true;
}

static void thinning_keeps_ends_and_extremes(void) {
  struct trend t = {.points = NULL};
  for (int i = 0; i < 1000; i++)
    CHECK(add(&t, START + i, i == 101 ? -5 : i == 203 ? 7 : i == 5 ? NAN : 1));
  wall_ms last = t.points[999].at;
  trend_thin(&t, START, 1000);
  CHECK(t.n == 1000);
  trend_thin(&t, START, 100);
  CHECK(t.n <= 75 && t.n >= 37); /* one of a slice in which all are the same */
  CHECK(t.points[0].at == START && t.points[t.n - 1].at == last);
  CHECK(has_value(&t, -5) && has_value(&t, 7));
  CHECK(is_in_order(&t));
  trend_thin(&t, START, 8);
  CHECK(t.n <= 8 && t.points[0].at == START && t.points[t.n - 1].at == last);
  CHECK(has_value(&t, -5) && has_value(&t, 7) && is_in_order(&t));
  trend_fini(&t);
}

static void thinning_keeps_the_highs_and_lows_of_each_time(void) {
  struct trend t = {.points = NULL};
  for (int i = 0; i < 800; i++)
    CHECK(add(&t, START + i, i % 100 == 50 ? 100 + i : i % 100));
  trend_thin(&t, START, 100);
  CHECK(t.n <= 100);
  for (int i = 50; i < 800; i += 100)
    CHECK(has_value(&t, 100 + i));
  trend_fini(&t);
}

/* What led to it. */
static void thinning_leaves_what_was_before(void) {
  struct trend t = {.points = NULL};
  for (int i = 0; i < 1000; i++)
    CHECK(add(&t, START + i, i));
  trend_thin(&t, START + 40, 100);
  CHECK(t.n <= 100 && is_in_order(&t));
  for (int i = 0; i < 40; i++)
    CHECK(t.points[i].value == i);
  CHECK(t.points[41].at > t.points[40].at + 10);
  trend_thin(&t, START + 40, 50); /* too many for so few */
  CHECK(t.n <= 50 && t.points[0].value == 0 && !has_value(&t, 2));
  CHECK(t.points[t.n - 1].value == 999);
  trend_fini(&t);
}

/* Again and again, over three days: old times do not fade away. */
static void thinning_again_keeps_all_times_alike(void) {
  struct trend t = {.points = NULL};
  const wall_ms days = INT64_C(3) * 24 * 3600 * 1000;
  for (wall_ms at = 0; at <= days; at += 10000) {
    CHECK(add(&t, START + at, (double)(at / 10000 % 97)));
    trend_thin(&t, START, 480);
    if (t.n > 480)
      break;
  }
  wall_ms longest = 0;
  for (size_t i = 1; i < t.n; i++)
    if (t.points[i].at - t.points[i - 1].at > longest)
      longest = t.points[i].at - t.points[i - 1].at;
  CHECK(t.n <= 480 && t.points[t.n - 1].at == START + days);
  CHECK(longest < days / TREND_WIDTH); /* no slice of a spark is without */
  trend_fini(&t);
}

static void a_gap_of_a_whole_slice_stays_one(void) {
  struct trend t = {.points = NULL};
  for (int i = 0; i < 1000; i++)
    CHECK(add(&t, START + i, i >= 400 && i < 600 ? NAN : i % 7));
  trend_thin(&t, START, 100);
  size_t gaps = 0;
  for (size_t i = 0; i < t.n; i++)
    gaps += isnan(t.points[i].value);
  CHECK(t.n <= 100 && gaps >= 5 && gaps <= 10);
  trend_fini(&t);
}

static void what_is_later_than_now_goes(void) {
  struct trend t = TREND(1, 2, 3);
  trend_clamp(&t, START + 10000);
  CHECK(t.n == 2);
  trend_clamp(&t, START - 1);
  CHECK(t.n == 0);
  trend_clamp(&t, START);
  trend_fini(&t);
}

/* ---- packing ---- */

static bool same(const struct trend *a, const struct trend *b) {
  bool is_same = a->n == b->n;
  for (size_t i = 0; is_same && i < a->n; i++)
    is_same =
        a->points[i].at == b->points[i].at &&
        memcmp(&a->points[i].value, &b->points[i].value, sizeof(double)) == 0;
  return is_same;
}

static size_t round_trip(const struct trend *t) {
  struct trend got = {.points = NULL};
  struct buf b;
  buf_init(&b, 1000000);
  CHECK(trend_pack(t, &b) == OK);
  CHECK(trend_unpack(b.text, b.len, &got) == OK);
  CHECK(same(t, &got));
  size_t len = b.len;
  trend_fini(&got);
  buf_fini(&b);
  return len;
}

static void a_trend_comes_back_as_it_was(void) {
  struct trend none = {.points = NULL};
  struct trend odd = TREND(0, -0.0, 1, NAN, INFINITY, -INFINITY, 5e-324,
                           1.7976931348623157e308, 0.1, 0.1, 97.2);
  CHECK(add(&odd, INT64_MAX - 1, 3));
  (void)round_trip(&none);
  (void)round_trip(&odd);
  struct trend early = {.points = NULL};
  CHECK(add(&early, INT64_MIN + 1, 1) && add(&early, 0, 2));
  (void)round_trip(&early);
  trend_fini(&odd);
  trend_fini(&early);
}

static void regular_samples_are_small(void) {
  struct trend t = {.points = NULL};
  for (int i = 0; i < 480; i++)
    CHECK(add(&t, START + i * 10000 + i % 3, 20 + i % 7));
  CHECK(round_trip(&t) < 480 * 5);
  trend_fini(&t);
}

static void the_packed_form_is_fixed(void) {
  struct trend t = {.points = NULL};
  struct buf b;
  static const char packed[] =
      "\x01\x02\xd0\x0f\x06\x3f\xf0\xd0\x0f\x06\x7f\xf0"; /* 1, then 2 */
  CHECK(add(&t, 1000, 1) && add(&t, 3000, 2));
  buf_init(&b, 100);
  CHECK(trend_pack(&t, &b) == OK);
  CHECK(b.len == sizeof packed - 1 && memcmp(b.text, packed, b.len) == 0);
  trend_fini(&t);
  buf_fini(&b);
}

static void what_is_no_trend_is_corrupt(void) {
  struct trend t = TREND(1, 2.5, 3), got = {.points = NULL};
  struct buf b;
  buf_init(&b, 1000);
  CHECK(trend_pack(&t, &b) == OK);
  for (size_t n = 0; n < b.len; n++) /* cut */
    CHECK(trend_unpack(b.text, n, &got) == ERR_CORRUPT && got.n == 0);
  CHECK(trend_unpack(NULL, 0, &got) == ERR_CORRUPT);
  buf_addn(&b, "\0", 1); /* and more */
  CHECK(trend_unpack(b.text, b.len, &got) == ERR_CORRUPT);
  static const struct {
    const char *bytes;
    size_t n;
  } bad[] = {
      {"\x02\x00", 2},                 /* another format */
      {"\x01\xff\xff\xff\xff\x0f", 6}, /* far too many */
      {"\x01\x02\x00\x80\x00\x80", 6}, /* the same time twice */
      {"\x01\x01\x00\x99", 4},         /* too many zeros */
      {"\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
       13}, /* endless */
  };
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
    CHECK(trend_unpack(bad[i].bytes, bad[i].n, &got) == ERR_CORRUPT);
  CHECK(got.points == NULL);
  /* No single byte that is wrong does harm. */
  buf_clear(&b);
  CHECK(trend_pack(&t, &b) == OK);
  for (size_t i = 0; i < b.len; i++)
    for (int byte = 0; byte < 256; byte++) {
      char was = b.text[i];
      b.text[i] = (char)byte;
      (void)trend_unpack(b.text, b.len, &got);
      trend_fini(&got);
      b.text[i] = was;
    }
  trend_fini(&t);
  buf_fini(&b);
}

/* ---- drawing ---- */

static const char *spark(struct trend t, size_t width) {
  static char text[400];
  struct buf b;
  buf_init(&b, sizeof text - 1);
  trend_spark(&t, width, &b);
  snprintf(text, sizeof text, "%s", buf_text(&b));
  buf_fini(&b);
  trend_fini(&t);
  return text;
}

static void a_spark_goes_from_the_lowest_to_the_highest(void) {
  CHECK_TEXT(spark(TREND(1, 2, 3, 4, 5, 6, 7, 8), 24), "▁▂▃▄▅▆▇█");
  CHECK_TEXT(spark(TREND(-8, -1), 24), "▁█");
  CHECK_TEXT(spark(TREND(5, 5, 5), 24), "▄▄▄");
  CHECK_TEXT(spark(TREND(-1.7e308, 1.7e308, 0), 24), "▁█▅");
}

static void a_slice_shows_its_highest(void) {
  CHECK_TEXT(spark(TREND(0, 8, 0, 0, 4, 0), 3), "█▁▅");
  CHECK_TEXT(spark(TREND(0, 8, 0, 0, 4, 0), 0), "");
}

static void a_gap_stays_one(void) {
  CHECK_TEXT(spark(TREND(0, NAN, 8, INFINITY, 0), 24), "▁ █ ▁");
  CHECK_TEXT(spark(TREND(NAN, 0, NAN, 8, NAN), 24), "▁ █");
}

static void without_two_values_there_is_nothing_to_draw(void) {
  CHECK_TEXT(spark(TREND(1), 24), "");
  CHECK_TEXT(spark(TREND(NAN, 1, NAN), 24), "");
}

static void the_range_is_of_finite_values(void) {
  struct trend t = TREND(NAN, 3, -1, INFINITY, 2, NAN), none = TREND(NAN);
  double min = 9, max = 9, now = 9;
  CHECK(trend_range(&t, &min, &max, &now));
  CHECK(min == -1 && max == 3 && now == 2);
  min = max = now = 9;
  CHECK(!trend_range(&none, &min, &max, &now));
  CHECK(min == 9 && max == 9 && now == 9);
  trend_fini(&t);
  trend_fini(&none);
}

int main(void) {
  what_is_not_newer_is_left_out();
  thinning_keeps_ends_and_extremes();
  thinning_keeps_the_highs_and_lows_of_each_time();
  thinning_leaves_what_was_before();
  thinning_again_keeps_all_times_alike();
  a_gap_of_a_whole_slice_stays_one();
  what_is_later_than_now_goes();
  a_trend_comes_back_as_it_was();
  regular_samples_are_small();
  the_packed_form_is_fixed();
  what_is_no_trend_is_corrupt();
  a_spark_goes_from_the_lowest_to_the_highest();
  a_slice_shows_its_highest();
  a_gap_stays_one();
  without_two_values_there_is_nothing_to_draw();
  the_range_is_of_finite_values();
  return check_done("t_trend");
}
