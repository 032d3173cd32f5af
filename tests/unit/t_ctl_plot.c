/* SPDX-License-Identifier: MIT */
#include "door/ctl_plot.h"

#include "tests/unit/check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define START INT64_C(1795255200000) /* 2026-11-21 10:00 UTC */

static struct ctl_plot p;

static const char *draw(const double *values, size_t n, span_ms step) {
  static char text[65536];
  struct trend t = {.points = NULL};
  struct buf b;
  for (size_t i = 0; i < n; i++)
    CHECK(trend_add(&t, (struct trend_point){START + (wall_ms)i * step,
                                             values[i]}) == OK);
  buf_init(&b, sizeof text - 1);
  p.trend = &t;
  ctl_plot_draw(&p, &b);
  CHECK(b.err == OK);
  snprintf(text, sizeof text, "\n%s", buf_text(&b));
  buf_fini(&b);
  trend_fini(&t);
  return text;
}

#define DRAW(step, ...)                                                        \
  draw((const double[]){__VA_ARGS__},                                          \
       sizeof((const double[]){__VA_ARGS__}) / sizeof(double), step)

static void begin(size_t width, size_t height) {
  p = (struct ctl_plot){.warning_min = NAN,
                        .warning_max = NAN,
                        .failure_min = NAN,
                        .failure_max = NAN,
                        .width = width,
                        .height = height};
}

static const double climb[] = {60, 61, 62, 66, 71, 78, 80, 84, 88, 93, 99, 100};
#define CLIMB climb, sizeof climb / sizeof climb[0]
#define MINUTE 60000
#define HOUR (60 * MINUTE)

static void limits_are_lines_with_names(void) {
  begin(64, 8);
  p.warning_max = 80;
  p.failure_max = 95;
  CHECK_TEXT(
      draw(CLIMB, MINUTE),
      "\n"
      "100 ┤                                           ⣀⣠⠴⠒⠒⠚⠉⠉\n"
      " 95 ┤──────────────────────────────────────⢀⣠⠤⠖⠋⠁─────── failure\n"
      " 90 ┤                                 ⣀⣠⠤⠖⠋⠉\n"
      "    │                            ⣀⡤⠴⠚⠉⠁\n"
      " 80 ┤┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄⣠⠴⠒⠒⠚⠉⠉⠁┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄ warning\n"
      " 70 ┤                 ⣀⡤⠖⠋⠁\n"
      "    │           ⢀⣀⡤⠴⠚⠉⠁\n"
      " 60 ┤⣀⣀⣠⠤⠤⠤⠤⠖⠒⠒⠋⠉\n"
      "    └┬────────┬────────┬────────┬────────┬────────┬─────\n"
      "   10:00    10:02    10:04    10:06    10:08    10:10\n");
}

static void a_narrow_one_has_no_names(void) {
  begin(30, 5);
  p.failure_max = 95;
  CHECK_TEXT(draw(CLIMB, MINUTE), "\n"
                                  "95 ┤────────────────────⢀⣠⠞⠉⠉⠉\n"
                                  "   │                ⢀⣀⡤⠖⠋\n"
                                  "80 ┤           ⣠⠤⠤⠴⠚⠉\n"
                                  "   │       ⢀⣀⡤⠞⠁\n"
                                  "60 ┤⣀⣀⣀⣠⠤⠖⠚⠉\n"
                                  "   └┬──────────┬───────────┬──\n"
                                  "  10:00      10:05       10:10\n");
  begin(0, 0);
  CHECK_TEXT(draw(CLIMB, MINUTE), "\n"
                                  "100 ┤⣀⣀⣀⣀⣀⣀⡤⠤⠤⠤⠤⠖⠒⠒⠒⠒⠋⠉⠉\n"
                                  "    └┬───────┬───────┬──\n"
                                  "   10:00   10:05   10:10\n");
}

static void a_failure_is_red(void) {
  begin(30, 3);
  p.failure_min = 70;
  p.warning_min = 90;
  p.style.has_colour = true;
  CHECK_TEXT(draw(CLIMB, MINUTE),
             "\n"
             "90 ┤\033[33m┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄\033[0m⢀⣀⣀⡤⠴⠚⠉⠉⠉\n"
             "   │          ⣀⡤⠤⠤⠴⠚⠉⠉\n"
             "70 ┤⣀⣀⣀⣠⠤⠤⠖⠒⠚⠉⠁\033[1;31m───────────────\033[0m\n"
             "   └┬──────────┬───────────┬──\n"
             "  10:00      10:05       10:10\n");
}

static void gaps_stay_and_numbers_are_short(void) {
  begin(60, 6);
  CHECK_TEXT(
      DRAW(HOUR, 1e6, 2e6, NAN, 3e6, 1e6, NAN, INFINITY, 5, NAN, 1234567, -1e6),
      "\n"
      "   │                ⠘⢦⡀\n"
      "2M ┤    ⣀⡤            ⠙⢦⡀\n"
      "   │⢀⣠⠴⠋⠁               ⠙⢦⡀                           ⣄\n"
      "   │⠉                     ⠁                           ⠈⠳⣄\n"
      " 0 ┤                                       ⠂            ⠘⢦⡀\n"
      "   │                                                      ⠙⢦\n"
      "   └┬──────────┬──────────┬──────────┬──────────┬──────────┬\n"
      "  10:00      12:00      14:00      16:00      18:00    20:00\n");
}

static void a_limit_far_away_is_not_drawn(void) {
  begin(40, 3);
  p.failure_max = 1e9;
  p.failure_min = 3; /* this one is near */
  p.warning_min = 0;
  CHECK_TEXT(DRAW(MINUTE, 5, 5.5, 5),
             "\n"
             "5 ┤⠤⠤⠤⠤⠴⠒⠒⠒⠒⠒⠒⠒⠒⠒⠋⠉⠉⠉⠉⠉⠉⠉⠉⠓⠒⠒⠒⠒⠒⠒⠒⠒⠦⠤⠤⠤⠤\n"
             "  │\n"
             "3 ┤─────────────────────────────────────\n"
             "  └┬─────────────────┬─────────────────┬\n"
             " 10:00             10:01           10:02\n");
}

static void what_never_changes_is_a_line(void) {
  begin(40, 3);
  CHECK_TEXT(DRAW(MINUTE, 5, 5, 5),
             "\n"
             "  │\n"
             "5 ┤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤\n"
             "  │\n"
             "  └┬─────────────────┬─────────────────┬\n"
             " 10:00             10:01           10:02\n");
  CHECK_TEXT(DRAW(MINUTE, 0), "\n"
                              "  │\n"
                              "0 ┤⠄\n"
                              "  │\n"
                              "  └┬───────────────────────────────────┬\n"
                              "10:00:00                        10:00:01\n");
}

static void without_values_there_is_nothing(void) {
  begin(40, 3);
  CHECK_TEXT(DRAW(MINUTE, NAN, INFINITY), "\n");
}

/* Days, and hours of another zone: at local midnight and noon. */
static void time_is_local(void) {
  begin(50, 1);
  setenv("TZ", "IST-5:30", 1);
  tzset();
  CHECK_TEXT(DRAW(9 * HOUR, 1, 2, 3, 4),
             "\n"
             " │⣀⣀⣀⣀⣀⣀⣀⣀⡤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠖⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠚⠉⠉⠉⠉⠉⠉⠉⠉\n"
             " └───────────────┬────────────────────┬───────────\n"
             "            11-22 00:00          11-22 12:00\n");
  CHECK_TEXT(DRAW(48 * HOUR, 1, 2, 3, 4),
             "\n"
             " │⣀⣀⣀⣀⣀⣀⣀⣀⡤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠖⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠚⠉⠉⠉⠉⠉⠉⠉⠉\n"
             " └───┬───────┬──────┬───────┬───────┬───────┬─────\n"
             "   11-22   11-23  11-24   11-25   11-26   11-27\n");
  CHECK_TEXT(DRAW(3000, 1, 2, 3, 4),
             "\n"
             " │⣀⣀⣀⣀⣀⣀⣀⣀⡤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠖⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠚⠉⠉⠉⠉⠉⠉⠉⠉\n"
             " └┬─────────┬──────────┬─────────┬──────────┬─────\n"
             "15:30:00           15:30:04  15:30:06   15:30:08\n");
  setenv("TZ", "UTC0", 1);
  tzset();
}

/* Whatever a ledger holds: nothing is written outside. */
static void nothing_is_too_wild(void) {
  static const double odd[] = {-1.7e308, 1.7e308, 5e-324, -0.0, 1e300,
                               -1e300,   NAN,     1,      1e16, -3e-9};
  for (size_t i = 0; i < 10; i++)
    for (size_t k = 0; k < 10; k++)
      for (size_t width = 0; width <= 400; width += 57) {
        begin(width, width / 4);
        p.failure_max = odd[(i + k) % 10];
        p.warning_min = odd[(i * k) % 10];
        (void)DRAW(INT64_C(1) << (k * 6), odd[i], odd[k], odd[i]);
      }
}

static const char *number(double x) {
  static char out[PLOT_NUMBER];
  ctl_plot_number(x, out);
  return out;
}

static void numbers_have_four_digits(void) {
  static const struct {
    double x;
    const char *text;
  } cases[] = {{0, "0"},
               {97.2, "97.2"},
               {1.0 / 3, "0.3333"},
               {-12.3456, "-12.35"},
               {999.96, "1000"},
               {12345.6, "12346"},
               {99999.6, "100k"},
               {1234567, "1.235M"},
               {-2.5e9, "-2.5G"},
               {7e12, "7T"},
               {999.9e15, "999.9P"},
               {1e18, "1e+18"},
               {1e-3, "0.001"},
               {1.234e-5, "1.23e-05"},
               {1.7976931348623157e308, "1.8e+308"}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
    CHECK_TEXT(number(cases[i].x), cases[i].text);
}

int main(void) {
  setenv("TZ", "UTC0", 1);
  limits_are_lines_with_names();
  a_narrow_one_has_no_names();
  a_failure_is_red();
  gaps_stay_and_numbers_are_short();
  a_limit_far_away_is_not_drawn();
  what_never_changes_is_a_line();
  without_values_there_is_nothing();
  time_is_local();
  nothing_is_too_wild();
  numbers_have_four_digits();
  return check_done("t_ctl_plot");
}
