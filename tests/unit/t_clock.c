/* SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "check.h"

#include <stdlib.h>
#include <time.h>

static const char *printed(wall_ms at) {
  static char text[CLOCK_TEXT];
  clock_print(at, text);
  return text;
}

static void times_print_in_utc(void) {
  CHECK_TEXT(printed(0), "1970-01-01T00:00:00.000Z");
  CHECK_TEXT(printed(-1), "1969-12-31T23:59:59.999Z");
  CHECK_TEXT(printed(1795255200123), "2026-11-21T10:00:00.123Z");
  CHECK_TEXT(printed(951782400000), "2000-02-29T00:00:00.000Z");
  CHECK_TEXT(printed(4107542400000), "2100-03-01T00:00:00.000Z");
}

static void times_are_clamped_to_four_digit_years(void) {
  CHECK_TEXT(printed(WALL_NEVER), "9999-12-31T23:59:59.999Z");
  CHECK_TEXT(printed(INT64_MIN), "0001-01-01T00:00:00.000Z");
}

static void every_day_prints_as_the_c_library_has_it(void) {
  unsigned wrong = 0;
  /* 1 January 1600 to 2400, in steps of a day and 7 seconds. */
  for (int64_t s = -11676096000; s < 13569465600; s += 86407) {
    time_t t = (time_t)s;
    struct tm tm = {0};
    char want[CLOCK_TEXT + 1];
    gmtime_r(&t, &tm);
    strftime(want, sizeof want, "%Y-%m-%dT%H:%M:%S.000Z", &tm);
    wall_ms back = 0;
    wrong += strcmp(printed(s * 1000), want) != 0;
    wrong += clock_parse(want, &back) != OK || back != s * 1000;
  }
  CHECK(wrong == 0);
}

static void rfc_3339_is_read(void) {
  static const struct {
    const char *text;
    wall_ms at;
  } good[] = {
      {"2026-11-21T10:00:00Z", 1795255200000},
      {"2026-11-21 10:00:00z", 1795255200000},
      {"2026-11-21t10:00:00.1Z", 1795255200100},
      {"2026-11-21T10:00:00.1239999999Z", 1795255200123},
      {"2026-11-21T11:30:00+01:30", 1795255200000},
      {"2026-11-21T00:00:00-10:00", 1795255200000},
      {"2026-11-21T10:00:00-00:00", 1795255200000},
      {"2016-12-31T23:59:60Z", 1483228800000},
      {"2024-02-29T00:00:00Z", 1709164800000},
  };
  for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
    wall_ms at = -1;
    CHECK(clock_parse(good[i].text, &at) == OK);
    CHECK(at == good[i].at);
  }
}

static void anything_else_is_refused(void) {
  static const char *const bad[] = {
      "",
      "now",
      "2026-11-21",
      "2026-11-21T10:00Z",
      "2026-11-21T10:00:00",
      "2026-11-21T10:00:00.Z",
      "2026-11-21T10:00:00Z ",
      " 2026-11-21T10:00:00Z",
      "2026-02-29T10:00:00Z",
      "1900-02-29T10:00:00Z",
      "2026-13-01T10:00:00Z",
      "2026-00-01T10:00:00Z",
      "2026-01-00T10:00:00Z",
      "2026-04-31T10:00:00Z",
      "0000-01-01T10:00:00Z",
      "2026-11-21T24:00:00Z",
      "2026-11-21T10:60:00Z",
      "2026-11-21T10:00:61Z",
      "2026-11-21T10:00:00+1:00",
      "2026-11-21T10:00:00+24:00",
      "2026-11-21T10:00:00+01:60",
      "2026-11-21T10:00:00+0100",
      "26-11-21T10:00:00Z",
      "+2026-11-21T10:00:00Z",
  };
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    wall_ms at = 42;
    CHECK(clock_parse(bad[i], &at) == ERR_INVALID);
    CHECK(at == 42);
  }
}

static wall_ms local(const char *text) {
  wall_ms at = -1;
  /* 2026-07-01T12:00:00.500Z, 14:00 in Berlin */
  return clock_parse_local(text, 1782907200500, &at) == OK ? at : -1;
}

static void people_may_be_short(void) {
  setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
  tzset();
  char text[CLOCK_LOCAL];
  clock_print_local(1782907200999, text);
  CHECK_TEXT(text, "2026-07-01 14:00:00");
  clock_print_local(-1, text);
  CHECK_TEXT(text, "1970-01-01 00:59:59");
  clock_print_local(WALL_NEVER, text);
  CHECK(strlen(text) == CLOCK_LOCAL - 1);

  CHECK(local("now") == 1782907200500);
  CHECK(local("-15m") == 1782907200500 - 900000);
  CHECK(local("+2h") == 1782907200500 + 7200000);
  CHECK(local("14:00") == 1782907200000);
  CHECK(local("14:00:07") == 1782907207000);
  CHECK(local("2026-07-01 14:00") == 1782907200000);
  CHECK(local("2026-07-01T14:00:01") == 1782907201000);
  CHECK(local("2026-01-05 09:00") == 1767600000000);
  CHECK(local("2026-07-01") == 1782856800000);
  CHECK(local("2026-07-01T12:00:00Z") == 1782907200000);
  /* 02:30 does not exist on the day the clocks go forward. */
  CHECK(local("2026-03-29 02:30") == 1774747800000 ||
        local("2026-03-29 02:30") == 1774744200000);

  CHECK(local("") == -1);
  CHECK(local("-") == -1);
  CHECK(local("-15x") == -1);
  CHECK(local("24:00") == -1);
  CHECK(local("9:00") == -1);
  CHECK(local("14:00:60") == -1);
  CHECK(local("14:00x") == -1);
  CHECK(local("2026-02-30 10:00") == -1);
  CHECK(local("2026-07-01x") == -1);
  CHECK(local("yesterday") == -1);
}

static void clocks_go_forward(void) {
  int64_t before = clock_mono_ns();
  clock_sleep_ms(2);
  clock_sleep_ms(0);
  clock_sleep_ms(-1);
  CHECK(clock_mono_ns() - before >= 2000000);

  wall_ms now = clock_real()->wall(clock_real());
  CHECK(now / 1000 - time(NULL) >= -1 && now / 1000 - time(NULL) <= 1);

  struct fake_clock f;
  fake_clock_init(&f, 17);
  CHECK(f.clock.wall(&f.clock) == 17);
  f.at += 5;
  CHECK(f.clock.wall(&f.clock) == 22);
}

int main(void) {
  times_print_in_utc();
  times_are_clamped_to_four_digit_years();
  every_day_prints_as_the_c_library_has_it();
  rfc_3339_is_read();
  anything_else_is_refused();
  people_may_be_short();
  clocks_go_forward();
  return check_done("t_clock");
}
