/* SPDX-License-Identifier: MIT */
/* What iCalendar files hold. Whatever it is, shifts come out in order, and
 * looking one up ends. */
#include "fuzz.h"

#include "base/text.h"
#include "core/calendar.h"

#include <string.h>

#define FROM 1767225600000 /* 2026-01-01 */
#define UNTIL (FROM + 90 * INT64_C(86400000))

const char fuzz_name[] = "fuzz_calendar";
uint64_t fuzz_met;

#define EVENT(lines)                                                           \
  "BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:alice\n" lines                       \
  "\nEND:VEVENT\nEND:VCALENDAR\n"

const struct fuzz_seed fuzz_seeds[] = {
    FUZZ_SEED(EVENT("DTSTART:20260105T090000Z\nDURATION:P1DT1H\n"
                    "RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE;COUNT=9\n"
                    "EXDATE:20260107T090000Z")),
    FUZZ_SEED(EVENT("DTSTART;VALUE=DATE:20250105\nRRULE:FREQ=MONTHLY;BYDAY=2TU;"
                    "UNTIL=20260401")),
    FUZZ_SEED(EVENT("DTSTART:20240229T000000\nDTEND:20240301T000000\n"
                    "RRULE:FREQ=YEARLY;BYMONTH=2,3;BYMONTHDAY=-1,29\n"
                    "RDATE;VALUE=PERIOD:20260105T090000Z/PT8H")),
    {NULL, 0}};
const struct fuzz_file fuzz_files[] = {
    {"", "tests/data/calendar/apple.ics"},
    {"", "tests/data/calendar/exchange.ics"},
    {"", "tests/data/calendar/google.ics"},
    {"", "tests/data/calendar/nextcloud.ics"},
    {NULL, NULL}};
const char *const fuzz_words[] = {"BEGIN:VEVENT\n",
                                  "END:VEVENT\n",
                                  "BEGIN:VTIMEZONE\n",
                                  "BEGIN:STANDARD\n",
                                  "END:STANDARD\n",
                                  "RRULE:FREQ=",
                                  "FREQ=YEARLY",
                                  "FREQ=MONTHLY",
                                  "FREQ=WEEKLY",
                                  "FREQ=DAILY",
                                  "FREQ=HOURLY",
                                  ";INTERVAL=",
                                  ";COUNT=1000000",
                                  ";UNTIL=99991231T235959Z",
                                  ";BYDAY=",
                                  ";BYDAY=-5SU",
                                  ";BYMONTH=2",
                                  ";BYMONTHDAY=31",
                                  ";BYMONTHDAY=-31",
                                  ";BYSETPOS=-1",
                                  ";BYHOUR=0,23",
                                  ";BYSECOND=59",
                                  ";WKST=SU",
                                  "RECURRENCE-ID:",
                                  "EXDATE:",
                                  "RDATE:",
                                  "DURATION:P36525D",
                                  "DTEND:",
                                  "DTSTART:16010101T000000",
                                  "00010101T000000Z",
                                  "99991231T235959Z",
                                  ";TZID=Europe/Berlin",
                                  ";TZID=\"",
                                  ";VALUE=DATE",
                                  "TZOFFSETTO:-2359",
                                  "STATUS:CANCELLED\n",
                                  "\r\n ",
                                  "\n\t",
                                  "/PT1S",
                                  NULL};

static void look_up(const struct calendar *c, wall_ms at) {
  wall_ms until, last = calendar_last(c, at);
  const char *who = calendar_at(c, at, &until);
  NEVER(until <= at);
  NEVER(last != WALL_NEVER && (last > at || last < c->from));
  size_t on = 0;
  for (size_t i = 0; i < c->shifts_n; i++)
    on += c->shifts[i].from <= at && at < c->shifts[i].until;
  NEVER((who == NULL) != (on == 0));
}

static void look_at(const struct calendar *c) {
  for (size_t i = 0; i < c->shifts_n; i++) {
    const struct shift *s = &c->shifts[i];
    NEVER(s->from >= s->until);
    NEVER(s->from >= UNTIL || s->until <= FROM);
    NEVER(i > 0 && s->from < c->shifts[i - 1].from);
    NEVER(!text_is_utf8(s->who, strlen(s->who)));
  }
  for (size_t i = 1; i < c->names_n; i++)
    NEVER(strcmp(c->names[i - 1], c->names[i]) >= 0);
  for (wall_ms at = FROM; at < UNTIL; at += 7 * 86400000LL + 12345)
    look_up(c, at);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct calendar *c = NULL;
  const char *why = NULL;
  enum err err =
      calendar_read((const char *)data, size, NULL, FROM, UNTIL, &c, &why);
  NEVER((err == OK) != (c != NULL));
  fuzz_met = fuzz_met * 31 + (uint64_t)err;
  if (err != OK) {
    NEVER(why == NULL || why[0] == '\0');
    for (const char *p = strstr(why, ": "); p != NULL && *p != '\0'; p++)
      fuzz_met = fuzz_met * 31 + (uint64_t)*p;
    return 0;
  }
  fuzz_met = fuzz_met * 31 + c->shifts_n % 64 + c->names_n % 8 * 64;
  look_at(c);
  calendar_free(c);
  return 0;
}
