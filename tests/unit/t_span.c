/* SPDX-License-Identifier: MIT */
#include "base/span.h"
#include "check.h"

#include <math.h>

static void spans_are_read(void) {
  static const struct {
    const char *text;
    span_ms span;
  } good[] = {
      {"90s", 90000},           {"5m", 300000},
      {"2h", 7200000},          {"3d", 259200000},
      {"1w", 604800000},        {"500ms", 500},
      {"1h30m", 5400000},       {"0.5", 500},
      {"300", 300000},          {"0", 0},
      {"1.5h", 5400000},        {"1d1d", 172800000},
      {"0.0005s", 1},           {"0.1w", 60480000},
      {"1m0.25s", 60250},       {"520w", 314496000000},
      {"1.00000000099s", 1000},
  };
  for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
    span_ms span = -1;
    CHECK(span_parse(good[i].text, &span) == OK);
    CHECK(span == good[i].span);
  }
}

static void other_texts_are_refused(void) {
  static const char *const bad[] = {
      "",
      "-5m",
      "+5m",
      "5 m",
      "5M",
      "m",
      "5x",
      "1h30",
      ".5",
      "5.",
      "1.s",
      "1e3",
      "inf",
      "nan",
      "0x5",
      " 5m",
      "5m ",
      "11000d",
      "99999999999999999999",
      "600w",
      "5mm",
      "1h,30m",
      "300w300w",
  };
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    span_ms span = 42;
    CHECK(span_parse(bad[i], &span) == ERR_INVALID);
    CHECK(span == 42);
  }
}

static void seconds_become_spans(void) {
  span_ms span = 42;
  CHECK(span_from_seconds(0.5, &span) == OK && span == 500);
  CHECK(span_from_seconds(300, &span) == OK && span == 300000);
  CHECK(span_from_seconds(-0.0, &span) == OK && span == 0);
  CHECK(span_from_seconds(0.29, &span) == OK && span == 290);
  CHECK(span_from_seconds(-1, &span) == ERR_INVALID);
  CHECK(span_from_seconds(1e10, &span) == ERR_INVALID);
  CHECK(span_from_seconds(INFINITY, &span) == ERR_INVALID);
  CHECK(span_from_seconds((double)NAN, &span) == ERR_INVALID);
  CHECK(span == 290);
}

static const char *printed(span_ms span) {
  static char text[SPAN_TEXT];
  span_print(span, text);
  return text;
}

static void spans_print_exactly(void) {
  CHECK_TEXT(printed(0), "0s");
  CHECK_TEXT(printed(90000), "1m30s");
  CHECK_TEXT(printed(1500), "1.5s");
  CHECK_TEXT(printed(500), "500ms");
  CHECK_TEXT(printed(60001), "1m1ms");
  CHECK_TEXT(printed(5400000), "1h30m");
  CHECK_TEXT(printed(604800000), "1w");
  CHECK_TEXT(printed(-5), "0s");
  CHECK(strlen(printed(INT64_MAX)) < SPAN_TEXT);
  unsigned wrong = 0;
  for (span_ms span = 0; span < 300000000000; span = span * 5 / 3 + 7) {
    span_ms back = -1;
    wrong += span_parse(printed(span), &back) != OK || back != span;
  }
  CHECK(wrong == 0);
}

static const char *rough(span_ms span) {
  static char text[SPAN_TEXT];
  span_print_rough(span, text);
  return text;
}

static void rough_spans_have_two_units_at_most(void) {
  CHECK_TEXT(rough(0), "0s");
  CHECK_TEXT(rough(400), "0s");
  CHECK_TEXT(rough(8400), "8s");
  CHECK_TEXT(rough(59600), "1m");
  CHECK_TEXT(rough(200000), "3m20s");
  CHECK_TEXT(rough(12 * 60000 + 20000), "12m");
  CHECK_TEXT(rough(3599000), "1h");
  CHECK_TEXT(rough(7500000), "2h5m");
  CHECK_TEXT(rough(86399000), "1d");
  CHECK_TEXT(rough(76 * 3600000 + 1000), "3d4h");
  CHECK_TEXT(rough(40 * INT64_C(86400000)), "40d");
  CHECK_TEXT(rough(-1), "0s");
  CHECK(strlen(rough(INT64_MAX)) < SPAN_TEXT);
}

int main(void) {
  spans_are_read();
  other_texts_are_refused();
  seconds_become_spans();
  spans_print_exactly();
  rough_spans_have_two_units_at_most();
  return check_done("t_span");
}
