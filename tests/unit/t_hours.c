/* SPDX-License-Identifier: MIT */
#include "core/hours.h"

#include "settings_text.h"

#include <stdlib.h>

#define MINUTE_MS (60 * 1000)

static wall_ms at(const char *text) {
  wall_ms ms = 0;
  CHECK(clock_parse(text, &ms) == OK);
  return ms;
}

/* The only <Hours> of settings of nothing else. */
static struct settings *read_hours(const char *options) {
  char text[1024];
  snprintf(text, sizeof text, "<Hours \"h\">\n%s\n</Hours>\n", options);
  return read_right(text);
}

/* ---- reading ---- */

static void days_and_times_are_read(void) {
  static const struct {
    const char *text;
    unsigned days, from, to;
  } good[] = {
      {"Mon-Fri 09:00-17:00", 0x3e, 540, 1020},
      {"Sat,Sun 10:00-14:00", 0x41, 600, 840},
      {"Mon 00:00-24:00", 0x02, 0, 1440},
      {"Fri 22:00-06:00", 0x20, 1320, 360},
      {"9:30-17:05", 0x7f, 570, 1025},
      {"Sat", 0x40, 0, 1440},
      {"fri-mon,WEDNESDAY", 0x6b, 0, 1440},
      {"Mon  08:00-08:00", 0x02, 480, 480},
      {"Mon 22:00-00:00", 0x02, 1320, 0},
  };
  static const char *const bad[] = {"",
                                    "Mo",
                                    "Mon-",
                                    "Mon,",
                                    "Mon-Fri ",
                                    "Mon 9-17",
                                    "09:00",
                                    "Mon 24:00-25:00",
                                    "24:00-6:00",
                                    "9:00-17:0",
                                    "09:00 17:00",
                                    "Mon 09:00-17:00 ",
                                    "Mon09:00-17:00",
                                    "9:60-17:00",
                                    "009:00-17:00"};
  struct hours_during d = {.from = 7};
  const char *why = NULL;
  for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
    CHECK(hours_parse_during(good[i].text, &d, &why) == OK);
    CHECK(d.days == good[i].days && d.from == good[i].from &&
          d.to == good[i].to);
  }
  d.from = 7;
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    why = NULL;
    if (hours_parse_during(bad[i], &d, &why) != ERR_INVALID)
      printf("taken: %s\n", bad[i]);
    CHECK(d.from == 7 && why != NULL);
  }
}

static void dates_and_wall_times_are_read(void) {
  static const char *const bad[] = {"",           "2026-1-5",   "2026-02-30",
                                    "2026-13-01", "1969-12-31", "2026-01-00",
                                    "26-01-05",   "2026-01-055"};
  struct hours_date d = {0};
  struct wall_time w = {0};
  const char *why = NULL;
  CHECK(hours_parse_date("2028-02-29", &d, &why) == OK);
  CHECK(d.year == 2028 && d.month == 2 && d.day == 29);
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
    CHECK(hours_parse_date(bad[i], &d, &why) == ERR_INVALID && d.day == 29);
  CHECK(hours_parse_wall("2026-01-05 09:30", &w, &why) == OK);
  CHECK(w.year == 2026 && w.month == 1 && w.day == 5 && w.hour == 9 &&
        w.minute == 30 && w.second == 0);
  CHECK(hours_parse_wall("2026-01-05", &w, &why) == ERR_INVALID);
  CHECK(hours_parse_wall("2026-01-05 24:00", &w, &why) == ERR_INVALID);
  CHECK(hours_parse_wall("2026-01-05 09:30 ", &w, &why) == ERR_INVALID);
  CHECK(hours_parse_wall("2026-02-29 09:30", &w, &why) == ERR_INVALID);
}

/* ---- a year of three zones ---- */

static void check_span(const struct hours *h, wall_ms before, wall_ms from,
                       wall_ms until) {
  CHECK(hours_next(h, before) == from);
  CHECK(!hours_is_open(h, from - 1) && hours_is_open(h, from) &&
        hours_is_open(h, until - 1) && !hours_is_open(h, until));
  CHECK(hours_next(h, from) == until);
  CHECK(hours_last(h, until - 1) == from && hours_last(h, until) == until);
}

/* "=ZONE|DURING|DATE DATE": makes the hours of it. */
static struct settings *read_head(char *line) {
  char *save = NULL, options[512];
  const char *zone = strtok_r(line + 1, "|", &save);
  const char *during = strtok_r(NULL, "|", &save);
  char *dates = strtok_r(NULL, "|", &save);
  int n = snprintf(options, sizeof options, "TimeZone \"%s\"\nDuring \"%s\"\n",
                   zone, during);
  char *next = NULL;
  for (const char *date = dates == NULL ? NULL : strtok_r(dates, " ", &next);
       date != NULL; date = strtok_r(NULL, " ", &next))
    n += snprintf(options + n, sizeof options - (size_t)n, "Except \"%s\"\n",
                  date);
  return read_hours(options);
}

static void a_year_is_as_another_worked_it_out(void) {
  char path[4096], line[256];
  const char *srcdir = getenv("srcdir");
  snprintf(path, sizeof path, "%s/tests/data/schedule/hours.txt",
           srcdir == NULL ? "." : srcdir);
  FILE *f = fopen(path, "r");
  struct settings *s = NULL;
  wall_ms before = WALL_NEVER;
  long long from, until;
  size_t blocks = 0;
  CHECK(f != NULL);
  while (f != NULL && fgets(line, sizeof line, f) != NULL) {
    line[strcspn(line, "\n")] = '\0';
    if (line[0] == '=') {
      settings_free(s);
      s = read_head(line);
      before = WALL_NEVER;
      blocks++;
    } else if (s != NULL && sscanf(line, "%lld %lld", &from, &until) == 2) {
      from *= MINUTE_MS;
      until *= MINUTE_MS;
      check_span(s->hours[0], before == WALL_NEVER ? from - 1 : before, from,
                 until);
      before = until;
    }
  }
  CHECK(blocks == 15);
  settings_free(s);
  if (f != NULL)
    fclose(f);
}

/* ---- the clock put forward and back ---- */

/* Of one During in Berlin. */
static void check_berlin(const char *during, const char *before,
                         const char *from, const char *until) {
  char options[256];
  snprintf(options, sizeof options,
           "TimeZone \"Europe/Berlin\"\nDuring \"%s\"\n", during);
  struct settings *s = read_hours(options);
  if (s != NULL)
    check_span(s->hours[0], at(before), at(from), at(until));
  settings_free(s);
}

static void an_hour_that_never_happens_is_as_if_not_put_forward(void) {
  /* 02:00 to 03:00 is not there: 02:15 is 03:15 */
  check_berlin("Sun 02:15-02:45", "2026-03-28T00:00:00Z",
               "2026-03-29T01:15:00Z", "2026-03-29T01:45:00Z");
  check_berlin("Sun 01:00-04:00", "2026-03-28T00:00:00Z",
               "2026-03-29T00:00:00Z", "2026-03-29T02:00:00Z");
  /* 02:30 is when 03:30 is: nothing is left of it that day */
  check_berlin("Sun 02:30-03:30", "2026-03-28T00:00:00Z",
               "2026-04-05T00:30:00Z", "2026-04-05T01:30:00Z");
}

static void an_hour_that_happens_twice_is_its_first_time(void) {
  check_berlin("Sun 02:00-02:30", "2026-10-24T00:00:00Z",
               "2026-10-25T00:00:00Z", "2026-10-25T00:30:00Z");
  check_berlin("Sun 02:30-03:00", "2026-10-24T00:00:00Z",
               "2026-10-25T00:30:00Z", "2026-10-25T02:00:00Z");
  check_berlin("Sat 22:00-06:00", "2026-10-24T00:00:00Z",
               "2026-10-24T20:00:00Z", "2026-10-25T05:00:00Z");
}

/* ---- what else ---- */

static void a_date_is_left_out_from_midnight_to_midnight(void) {
  struct settings *s = read_hours("TimeZone \"UTC\"\nDuring \"22:00-06:00\"\n"
                                  "Except \"2026-12-25\" \"2026-12-27\"\n");
  const struct hours *h = s->hours[0];
  check_span(h, at("2026-12-24T12:00:00Z"), at("2026-12-24T22:00:00Z"),
             at("2026-12-25T00:00:00Z"));
  check_span(h, at("2026-12-25T00:00:00Z"), at("2026-12-26T00:00:00Z"),
             at("2026-12-26T06:00:00Z"));
  check_span(h, at("2026-12-26T06:00:00Z"), at("2026-12-26T22:00:00Z"),
             at("2026-12-27T00:00:00Z"));
  settings_free(s);
}

static void several_are_open_while_any_is(void) {
  struct settings *s = read_hours(
      "TimeZone \"UTC\"\nDuring \"Mon 08:00-12:00\" \"Mon 11:00-13:00\"\n"
      "During \"Mon 13:00-14:00\"\nDuring \"Wed\" \"Thu 00:00-24:00\"\n");
  const struct hours *h = s->hours[0];
  check_span(h, at("2026-06-01T00:00:00Z"), at("2026-06-01T08:00:00Z"),
             at("2026-06-01T14:00:00Z"));
  check_span(h, at("2026-06-01T14:00:00Z"), at("2026-06-03T00:00:00Z"),
             at("2026-06-05T00:00:00Z"));
  CHECK(hours_next_edge(h, at("2026-06-01T08:00:00Z")) ==
        at("2026-06-01T11:00:00Z"));
  CHECK(hours_last_edge(h, at("2026-06-01T12:59:00Z")) ==
        at("2026-06-01T12:00:00Z"));
  CHECK(hours_next_edge(h, at("2026-06-05T00:00:00Z")) ==
        at("2026-06-08T08:00:00Z"));
  CHECK(hours_last_edge(h, at("2026-06-08T07:00:00Z")) ==
        at("2026-06-05T00:00:00Z"));
  settings_free(s);
}

static void what_never_changes_has_no_next(void) {
  struct settings *s =
      read_hours("TimeZone \"Europe/Berlin\"\nDuring \"00:00-24:00\"\n");
  wall_ms now = at("2026-06-01T00:00:00Z");
  CHECK(hours_is_open(s->hours[0], now));
  CHECK(hours_next(s->hours[0], now) == WALL_NEVER);
  CHECK(hours_last(s->hours[0], now) == WALL_NEVER);
  settings_free(s);
  s = read_hours("TimeZone \"UTC\"\nDuring \"00:00-24:00\"\n"
                 "Except \"2027-06-01\"\n");
  CHECK(hours_next(s->hours[0], now) == at("2027-06-01T00:00:00Z"));
  CHECK(hours_last(s->hours[0], at("2028-06-01T00:00:00Z")) ==
        at("2027-06-02T00:00:00Z"));
  CHECK(hours_last(s->hours[0], at("2028-09-01T00:00:00Z")) == WALL_NEVER);
  settings_free(s);
  const struct hours always = {.name = NULL};
  CHECK(hours_is_open(&always, now) && hours_next(&always, now) == WALL_NEVER);
}

static void a_zone_is_the_machines_unless_said(void) {
  struct settings *s = read_hours("During \"Mon\"\n");
  CHECK_TEXT(s->hours[0]->zone_name, "");
  settings_free(s);
}

int main(void) {
  days_and_times_are_read();
  dates_and_wall_times_are_read();
  a_year_is_as_another_worked_it_out();
  an_hour_that_never_happens_is_as_if_not_put_forward();
  an_hour_that_happens_twice_is_its_first_time();
  a_date_is_left_out_from_midnight_to_midnight();
  several_are_open_while_any_is();
  what_never_changes_has_no_next();
  a_zone_is_the_machines_unless_said();
  return check_done("t_hours");
}
