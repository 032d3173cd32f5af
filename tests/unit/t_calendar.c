/* SPDX-License-Identifier: MIT */
#include "core/calendar.h"

#include "check.h"

#include <stdio.h>
#include <stdlib.h>

#define DAY_MS (24 * 3600 * 1000LL)

static wall_ms at(const char *text) {
  wall_ms t = 0;
  CHECK(clock_parse(text, &t) == OK);
  return t;
}

/* ---- files as programs write them ---- */

/* NAME.ics, and NAME.want: a line with the zone and the window, then a line
 * for each shift, worked out by another program (dateutil, zoneinfo). */
static FILE *open_file(const char *name, const char *suffix) {
  char path[512];
  const char *srcdir = getenv("srcdir");
  snprintf(path, sizeof path, "%s/tests/data/calendar/%s%s",
           srcdir != NULL ? srcdir : ".", name, suffix);
  FILE *f = fopen(path, "r");
  CHECK(f != NULL);
  return f;
}

static int by_text(const void *a, const void *b) { return strcmp(a, b); }

static void compare(const char *name, const struct calendar *c, FILE *want) {
  static char got[1000][256];
  char line[256], from[CLOCK_TEXT], until[CLOCK_TEXT];
  size_t n = 0, lines = 0;
  for (; n < c->shifts_n && n < 1000; n++) {
    clock_print(c->shifts[n].from, from);
    clock_print(c->shifts[n].until, until);
    snprintf(got[n], sizeof got[n], "%.19sZ %.19sZ %.150s", from, until,
             c->shifts[n].who);
  }
  qsort(got, n, sizeof got[0], by_text);
  while (fgets(line, sizeof line, want) != NULL) {
    line[strcspn(line, "\n")] = '\0';
    CHECK_TEXT(lines < n ? got[lines] : name, line);
    lines++;
  }
  CHECK(lines == n);
}

static void read_golden(const char *name) {
  static char text[16384];
  char line[256], zone_name[64], from[32], until[32];
  struct calendar *c = NULL;
  struct zone *zone = NULL;
  const char *why = "";
  FILE *ics = open_file(name, ".ics"), *want = open_file(name, ".want");
  if (ics == NULL || want == NULL || fgets(line, sizeof line, want) == NULL)
    return;
  size_t n = fread(text, 1, sizeof text, ics);
  fclose(ics);
  CHECK(sscanf(line, "%63s %31s %31s", zone_name, from, until) == 3);
  if (zone_load(zone_name, &zone) == OK) { /* else there is no tzdata */
    enum err err = calendar_read(text, n, zone, at(from), at(until), &c, &why);
    CHECK_TEXT(err == OK ? "" : why, "");
    if (c != NULL)
      compare(name, c, want);
  }
  fclose(want);
  calendar_free(c);
  zone_free(zone);
}

static void files_of_all_programs_are_read(void) {
  read_golden("google");
  read_golden("exchange");
  read_golden("apple");
  read_golden("nextcloud");
  read_golden("lord_howe");
}

/* ---- texts of our own ---- */

#define EVENT(lines) "BEGIN:VEVENT\n" lines "END:VEVENT\n"
#define CALENDAR(parts) "BEGIN:VCALENDAR\n" parts "END:VCALENDAR\n"
#define SHIFT(who, from, until)                                                \
  EVENT("SUMMARY:" who "\nDTSTART:" from "\nDTEND:" until "\n")

/* In UTC, of the year 2026. */
static enum err read_text(const char *text, struct calendar **c,
                          const char **why) {
  *why = "";
  return calendar_read(text, strlen(text), NULL, at("2026-01-01T00:00:00Z"),
                       at("2027-01-01T00:00:00Z"), c, why);
}

static struct calendar *read_good(const char *text) {
  struct calendar *c = NULL;
  const char *why;
  enum err err = read_text(text, &c, &why);
  CHECK_TEXT(err == OK ? "" : why, "");
  return c;
}

static void check_at(const struct calendar *c, const char *when,
                     const char *who, const char *until, const char *last) {
  wall_ms change, since = calendar_last(c, at(when));
  const char *got = calendar_at(c, at(when), &change);
  CHECK_TEXT(got != NULL ? got : "nobody", who);
  CHECK(change == (until[0] != '\0' ? at(until) : WALL_NEVER));
  CHECK(since == (last[0] != '\0' ? at(last) : WALL_NEVER));
}

static void of_several_shifts_the_one_that_began_last_counts(void) {
  struct calendar *c = read_good(CALENDAR(
      SHIFT("long", "20260110T000000Z", "20260120T000000Z")
          SHIFT("short", "20260112T000000Z", "20260113T000000Z")
              SHIFT("over", "20260118T000000Z", "20260122T000000Z")
                  SHIFT("twin", "20260118T000000Z", "20260119T000000Z")));
  check_at(c, "2026-01-05T00:00:00Z", "nobody", "2026-01-10T00:00:00Z", "");
  check_at(c, "2026-01-10T00:00:00Z", "long", "2026-01-12T00:00:00Z",
           "2026-01-10T00:00:00Z");
  check_at(c, "2026-01-12T23:59:59Z", "short", "2026-01-13T00:00:00Z",
           "2026-01-12T00:00:00Z");
  check_at(c, "2026-01-13T00:00:00Z", "long", "2026-01-18T00:00:00Z",
           "2026-01-13T00:00:00Z");
  check_at(c, "2026-01-18T12:00:00Z", "twin", "2026-01-19T00:00:00Z",
           "2026-01-18T00:00:00Z");
  check_at(c, "2026-01-19T00:00:00Z", "over", "2026-01-22T00:00:00Z",
           "2026-01-19T00:00:00Z");
  check_at(c, "2026-01-22T00:00:00Z", "nobody", "", "2026-01-22T00:00:00Z");
  calendar_free(c);
}

/* Every shift of some hundred, at every change, against looking at them all. */
static void looking_up_is_as_looking_at_all(void) {
  static char text[200000];
  size_t n = 0;
  unsigned seed = 7;
  n += (size_t)snprintf(text + n, sizeof text - n, "BEGIN:VCALENDAR\n");
  for (int i = 0; i < 400; i++) {
    seed = seed * 1103515245u + 12345u;
    n += (size_t)snprintf(
        text + n, sizeof text - n,
        "BEGIN:VEVENT\nSUMMARY:p%d\nDTSTART:202601%02uT%02u0000Z\n"
        "DURATION:PT%uH\nEND:VEVENT\n",
        i % 50, 1 + seed / 65536 % 28, seed / 4096 % 24, 1 + seed / 256 % 60);
  }
  n += (size_t)snprintf(text + n, sizeof text - n, "END:VCALENDAR\n");
  struct calendar *c = read_good(text);
  const char *before = NULL;
  size_t wrong = 0;
  for (wall_ms t = c->from; t < c->from + 40 * DAY_MS; t += 3600000) {
    const char *want = NULL;
    wall_ms until;
    for (size_t i = 0; i < c->shifts_n; i++)
      if (c->shifts[i].from <= t && t < c->shifts[i].until)
        want = c->shifts[i].who; /* the later began later */
    wrong += calendar_at(c, t, &until) != want;
    wrong += until <= t;
    if (want != before)
      wrong += calendar_last(c, t) != t;
    before = want;
  }
  CHECK(wrong == 0);
  calendar_free(c);
}

static void what_touches_the_window_is_in_it(void) {
  struct calendar *c = read_good(
      CALENDAR(SHIFT("a", "20251201T000000Z", "20260101T000001Z")
                   SHIFT("b", "20251201T000000Z", "20260101T000000Z")
                       SHIFT("c", "20261231T235959Z", "20280101T000000Z")
                           SHIFT("d", "20270101T000000Z", "20280101T000000Z")));
  CHECK(c->shifts_n == 2 && c->names_n == 2);
  CHECK(c->shifts[0].from == at("2025-12-01T00:00:00Z"));
  /* What was before the window is not known well enough to be told. */
  check_at(c, "2026-01-01T00:00:00Z", "a", "2026-01-01T00:00:01Z", "");
  check_at(c, "2026-12-31T23:59:59Z", "c", "", "2026-12-31T23:59:59Z");
  calendar_free(c);
}

static void a_calendar_without_events_is_one(void) {
  struct calendar *c = read_good(CALENDAR(""));
  check_at(c, "2026-06-01T00:00:00Z", "nobody", "", "");
  calendar_free(c);
}

/* ---- time zones of the file ---- */

#define ODD_ZONE                                                               \
  "BEGIN:VTIMEZONE\nTZID:Odd\nBEGIN:STANDARD\nDTSTART:20200101T000000\n"       \
  "TZOFFSETFROM:+0000\nTZOFFSETTO:+0530\nEND:STANDARD\nBEGIN:DAYLIGHT\n"       \
  "DTSTART:20260301T020000\nTZOFFSETFROM:+0530\nTZOFFSETTO:+073015\n"          \
  "RDATE:20270301T020000\nEND:DAYLIGHT\nBEGIN:STANDARD\n"                      \
  "DTSTART:20261001T020000\nTZOFFSETFROM:+073015\nTZOFFSETTO:+0530\n"          \
  "END:STANDARD\nEND:VTIMEZONE\n"

static void zones_of_the_file_win(void) {
  struct calendar *c = read_good(
      CALENDAR(EVENT("SUMMARY:x\nDTSTART;TZID=Odd:20260201T120000\n"
                     "DURATION:PT1H\nRRULE:FREQ=MONTHLY;COUNT=2\n")
                   EVENT("SUMMARY:y\nDTSTART;TZID=Odd:20261101T120000\n"
                         "DURATION:PT1H\n") ODD_ZONE));
  CHECK(c->shifts_n == 3);
  CHECK(c->shifts[0].from == at("2026-02-01T06:30:00Z"));
  CHECK(c->shifts[1].from == at("2026-03-01T04:29:45Z"));
  CHECK(c->shifts[2].from == at("2026-11-01T06:30:00Z"));
  calendar_free(c);
}

/* ---- what is wrong ---- */

static void check_wrong(const char *text, const char *want) {
  struct calendar *c = NULL;
  const char *why;
  CHECK(read_text(text, &c, &why) == ERR_INVALID);
  CHECK(c == NULL);
  CHECK_TEXT(why, want);
}

#define START "DTSTART:20260105T090000Z\nDURATION:PT1H\n"

static void what_is_wrong_is_said_with_its_line(void) {
  check_wrong("", "no iCalendar file");
  check_wrong("<html>: not found\n", "line 1: no iCalendar file");
  check_wrong("BEGIN:VCARD\nEND:VCARD\n", "no iCalendar file");
  check_wrong("BEGIN:VCALENDAR\nBEGIN:VEVENT\n" START,
              "line 4: it ends within VEVENT");
  check_wrong("BEGIN:VCALENDAR\nEND:VEVENT\n",
              "line 2: END:VEVENT where END:VCALENDAR should be");
  check_wrong("BEGIN:VCALENDAR\nEND:VCALENDAR\nEND:VCALENDAR\n",
              "line 3: no iCalendar file");
  check_wrong(CALENDAR(EVENT("SUMMARY:x\n")),
              "line 2: VEVENT: it has no DTSTART");
  check_wrong(CALENDAR(EVENT("DTSTART:20260230T090000Z\n")),
              "line 3: DTSTART: no date or time");
  check_wrong(CALENDAR(EVENT("DTSTART:2026-01-05\n")),
              "line 3: DTSTART: no date or time");
  check_wrong(CALENDAR(EVENT("DTSTART:20260105T240000\n")),
              "line 3: DTSTART: no date or time");
  check_wrong(CALENDAR(EVENT("DTSTART:20260105T090000Z\nDURATION:1H\n")),
              "line 4: DURATION: none");
  check_wrong(CALENDAR(EVENT("DTSTART:20260105T090000Z\nDURATION:P1H\n")),
              "line 4: DURATION: none");
  check_wrong(CALENDAR(EVENT(START "EXDATE:x\n")),
              "line 5: EXDATE: no date or time");
  check_wrong(CALENDAR(EVENT(START "RDATE:20260105T090000/x\n")),
              "line 5: RDATE: no period");
  check_wrong(CALENDAR(EVENT(START "EXRULE:FREQ=DAILY\n")),
              "line 5: EXRULE is not supported");
  check_wrong(CALENDAR(EVENT(START "RECURRENCE-ID;RANGE=THISANDFUTURE:"
                                   "20260105T090000Z\n")),
              "line 5: RECURRENCE-ID: RANGE is not supported");
  check_wrong(CALENDAR(EVENT("DTSTART;TZID=Nowhere:20260105T090000\n")),
              "line 2: TZID Nowhere: the file has no such VTIMEZONE, and it is "
              "none of the machine's");
  check_wrong(CALENDAR("BEGIN:VTIMEZONE\nTZID:Z\nBEGIN:STANDARD\n"
                       "END:STANDARD\nEND:VTIMEZONE\n" EVENT(
                           "DTSTART;TZID=Z:20260105T090000\n")),
              "line 4: it has no DTSTART, TZOFFSETFROM or TZOFFSETTO");
  check_wrong("BEGIN:VCALENDAR\nBEGIN:A\nBEGIN:A\nBEGIN:A\nBEGIN:A\nBEGIN:A\n"
              "BEGIN:A\nBEGIN:A\nBEGIN:A\n",
              "line 9: components are nested too deeply");
}

static void rules_that_are_not_understood_are_refused(void) {
  static const struct {
    const char *rule, *why;
  } rules[] = {
      {"FREQ=SECONDLY", "FREQ=SECONDLY is wrong or not supported"},
      {"FREQ=MINUTELY;COUNT=2", "FREQ=MINUTELY is wrong or not supported"},
      {"FREQ=DAILY;INTERVAL=0", "INTERVAL=0 is wrong or not supported"},
      {"FREQ=DAILY;INTERVAL=-1", "INTERVAL=-1 is wrong or not supported"},
      {"FREQ=DAILY;COUNT=x", "COUNT=x is wrong or not supported"},
      {"FREQ=DAILY;UNTIL=never", "UNTIL=never is wrong or not supported"},
      {"FREQ=WEEKLY;BYDAY=XX", "BYDAY=XX is wrong or not supported"},
      {"FREQ=YEARLY;BYWEEKNO=1", "BYWEEKNO=1 is wrong or not supported"},
      {"FREQ=YEARLY;BYYEARDAY=1", "BYYEARDAY=1 is wrong or not supported"},
      {"FREQ=MONTHLY;BYMONTHDAY=0", "BYMONTHDAY=0 is wrong or not supported"},
      {"FREQ=MONTHLY;BYMONTHDAY=1,,2",
       "BYMONTHDAY=1,,2 is wrong or not supported"},
      {"RSCALE=CHINESE;FREQ=DAILY", "RSCALE=CHINESE is wrong or not supported"},
      {"INTERVAL=2", "it has no FREQ"},
      {"", "it has no FREQ"},
      {"FREQ=WEEKLY;BYDAY=1MO",
       "a numbered BYDAY is supported with months and years only"},
      {"FREQ=YEARLY;BYMONTH=2,4,6;BYMONTHDAY=31", "it never happens"},
      {"FREQ=MONTHLY;INTERVAL=12;BYMONTH=2", "it never happens"},
      {"FREQ=MONTHLY;BYDAY=6MO", "it never happens"},
      {"FREQ=MONTHLY;BYMONTHDAY=1;BYSETPOS=2",
       "BYSETPOS is supported with weekdays of a month or year only"},
      {"FREQ=MONTHLY;BYDAY=MO;BYSETPOS=6", "it never happens"},
      {"FREQ=HOURLY;BYHOUR=9",
       "BYHOUR, BYMINUTE and BYSECOND are not supported with HOURLY"},
  };
  for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
    char text[512], want[160];
    snprintf(text, sizeof text,
             "BEGIN:VCALENDAR\nBEGIN:VEVENT\n" START
             "RRULE:%s\nEND:VEVENT\nEND:VCALENDAR\n",
             rules[i].rule);
    snprintf(want, sizeof want, "line 5: RRULE: %s", rules[i].why);
    check_wrong(text, want);
  }
}

/* ---- too much ---- */

static void check_too_much(const char *text, const char *want) {
  struct calendar *c = NULL;
  const char *why;
  CHECK(read_text(text, &c, &why) == ERR_CEILING);
  CHECK(c == NULL);
  CHECK_TEXT(why, want);
}

static void what_has_no_end_is_bounded(void) {
  static char text[4 * 1024 * 1024];
  size_t n = 0;
  check_too_much(CALENDAR(EVENT(START "RRULE:FREQ=HOURLY\n")
                              EVENT(START "RRULE:FREQ=HOURLY\n")
                                  EVENT(START "RRULE:FREQ=HOURLY\n")),
                 "it has more than 20000 shifts");
  /* As many as there are room for, which never come into the window. */
  n += (size_t)sprintf(text, "BEGIN:VCALENDAR\n");
  while (n < sizeof text - 256)
    n += (size_t)sprintf(text + n, "BEGIN:VEVENT\nDTSTART:19700101T000000Z\n"
                                   "DURATION:PT1S\nRRULE:FREQ=HOURLY;BYMONTH=2;"
                                   "BYMONTHDAY=29\nEND:VEVENT\n");
  sprintf(text + n, "END:VCALENDAR\n");
  check_too_much(text, "its recurring events take too much work");
}

static void a_start_long_ago_costs_nothing(void) {
  struct calendar *c = read_good(
      CALENDAR(EVENT("SUMMARY:x\nDTSTART:16010101T090000Z\nDURATION:PT24H\n"
                     "RRULE:FREQ=DAILY;INTERVAL=3\n")
                   EVENT("SUMMARY:y\nDTSTART:17000131T090000Z\nDURATION:PT1H\n"
                         "RRULE:FREQ=MONTHLY\n")));
  /* days since then, by threes: as Python's date counts them */
  CHECK(c->shifts_n == 122 + 7);
  CHECK(c->shifts[0].from == at("2026-01-02T09:00:00Z"));
  calendar_free(c);
}

/* NULL: it was refused. */
static struct calendar *parse(const char *text) {
  struct json_in *doc = NULL;
  struct calendar *c = NULL;
  CHECK(json_parse(text, strlen(text), &doc, NULL) == OK);
  CHECK(calendar_parse(doc, &c) == (c != NULL ? OK : ERR_INVALID));
  json_in_free(doc);
  return c;
}

static void what_is_printed_says_whose_it_is_when(void) {
  struct calendar *c = read_good(
      CALENDAR(SHIFT("bob", "20260105T000000Z", "20260109T000000Z")
                   SHIFT("alice", "20260106T000000Z", "20260107T000000Z")));
  struct json *j = json_new();
  char *text = NULL;
  calendar_print(c, j);
  CHECK(json_done(j, &text) == OK);
  struct calendar *other = parse(text);
  CHECK(other != NULL && other->names_n == 2);
  for (wall_ms t = c->from; other != NULL && t <= c->until; t += 3600000) {
    wall_ms until = 0, other_until = 0;
    const char *who = calendar_at(c, t, &until);
    const char *other_who = calendar_at(other, t, &other_until);
    CHECK_TEXT(other_who != NULL ? other_who : "", who != NULL ? who : "");
    CHECK(other_until == until &&
          calendar_last(other, t) == calendar_last(c, t));
  }
  calendar_free(other);
  calendar_free(c);
  json_free(j);
  free(text);
}

static void what_was_not_printed_is_refused(void) {
  struct calendar *c = NULL;
  CHECK(calendar_parse(NULL, &c) == ERR_INVALID);
  CHECK(parse("{}") == NULL);
  CHECK(parse("{\"stretches\":[{\"who\":\"alice\"}]}") == NULL);
  CHECK(parse("{\"stretches\":[{\"from\":2},{\"from\":2}]}") == NULL);
}

int main(void) {
  what_is_printed_says_whose_it_is_when();
  what_was_not_printed_is_refused();
  files_of_all_programs_are_read();
  of_several_shifts_the_one_that_began_last_counts();
  looking_up_is_as_looking_at_all();
  what_touches_the_window_is_in_it();
  a_calendar_without_events_is_one();
  zones_of_the_file_win();
  what_is_wrong_is_said_with_its_line();
  rules_that_are_not_understood_are_refused();
  what_has_no_end_is_bounded();
  a_start_long_ago_costs_nothing();
  return check_done("t_calendar");
}
