/* SPDX-License-Identifier: MIT */
#include "core/schedule.h"

#include "settings_text.h"

#include <stdlib.h>

#define MINUTE_MS (60 * 1000)

#define PEOPLE                                                                 \
  "<Responder \"alice\">\n</Responder>\n<Responder \"bob\">\n</Responder>\n"   \
  "<Responder \"carol\">\n</Responder>\n"
#define TURNS(who, every, start)                                               \
  "<Rotation>\n Responder " who "\n Every \"" every "\"\n Start \"" start      \
  "\"\n</Rotation>\n"

static wall_ms at(const char *text) {
  wall_ms ms = 0;
  CHECK(clock_parse(text, &ms) == OK);
  return ms;
}

static struct settings *read_schedule(const char *options) {
  char text[4096];
  snprintf(text, sizeof text, PEOPLE "<Schedule \"s\">\n%s</Schedule>\n",
           options);
  return read_right(text);
}

/* "alice", "alice!" by an override, "alice?" as fallback, "nobody". */
static const char *name_of(const struct responder *p, bool is_override,
                           bool is_fallback, char out[64]) {
  snprintf(out, 64, "%s%s%s", p == NULL ? "nobody" : p->name,
           is_override ? "!" : "", is_fallback ? "?" : "");
  return out;
}

static void check_at(const struct duty_facts *f, const char *time,
                     const char *who) {
  struct duty d;
  char name[64];
  schedule_at(f->settings->schedules[0], f, at(time), &d);
  CHECK_TEXT(name_of(d.responder, d.is_override, d.is_fallback, name), who);
  CHECK(d.until > at(time));
}

/* NULL: no end, or no begin. */
static void check_turn(const struct duty_facts *f, const char *time,
                       const char *who, const char *since, const char *until) {
  struct turn t;
  char name[64];
  schedule_turn(f->settings->schedules[0], f, at(time), &t);
  CHECK_TEXT(name_of(t.responder, t.is_override, t.is_fallback, name), who);
  CHECK(t.since == (since == NULL ? WALL_NEVER : at(since)));
  CHECK(t.until == (until == NULL ? WALL_NEVER : at(until)));
}

/* ---- a year of three zones ---- */

/* "=ZONE|EVERY|START" */
static struct settings *read_head(char *line) {
  char *save = NULL, options[512];
  const char *zone = strtok_r(line + 1, "|", &save);
  const char *every = strtok_r(NULL, "|", &save);
  const char *start = strtok_r(NULL, "|", &save);
  snprintf(options, sizeof options,
           "TimeZone \"%s\"\n" TURNS("\"alice\" \"bob\" \"carol\"", "%s", "%s"),
           zone, every, start);
  return read_schedule(options);
}

static void check_hand_over(const struct settings *s, size_t n, wall_ms from,
                            wall_ms before) {
  const struct duty_facts f = {.settings = s};
  struct duty was, is;
  schedule_at(s->schedules[0], &f, from - 1, &was);
  schedule_at(s->schedules[0], &f, from, &is);
  CHECK(was.responder == s->responders[(n + 2) % 3] && was.until == from);
  CHECK(is.responder == s->responders[n % 3] && is.until > from);
  if (before != WALL_NEVER) {
    schedule_at(s->schedules[0], &f, before, &was);
    CHECK(was.until == from);
  }
}

static void a_year_is_as_another_worked_it_out(void) {
  char path[4096], line[256];
  const char *srcdir = getenv("srcdir");
  snprintf(path, sizeof path, "%s/tests/data/schedule/rotations.txt",
           srcdir == NULL ? "." : srcdir);
  FILE *f = fopen(path, "r");
  struct settings *s = NULL;
  wall_ms before = WALL_NEVER;
  size_t n, blocks = 0;
  long long from;
  CHECK(f != NULL);
  while (f != NULL && fgets(line, sizeof line, f) != NULL) {
    line[strcspn(line, "\n")] = '\0';
    if (line[0] == '=') {
      settings_free(s);
      s = read_head(line);
      before = WALL_NEVER;
      blocks++;
    } else if (s != NULL && sscanf(line, "%zu %lld", &n, &from) == 2) {
      from *= MINUTE_MS;
      if (n > 0)
        check_hand_over(s, n, from, before);
      before = from;
    }
  }
  CHECK(blocks == 9);
  settings_free(s);
  if (f != NULL)
    fclose(f);
}

/* ---- rotations ---- */

static void people_take_turns_from_the_start_on(void) {
  struct settings *s = read_schedule("TimeZone \"UTC\"\n" TURNS(
      "\"alice\" \"bob\"", "1w", "2026-01-05 09:00"));
  const struct duty_facts f = {.settings = s};
  check_turn(&f, "2026-01-05T08:59:59Z", "nobody", NULL,
             "2026-01-05T09:00:00Z");
  check_turn(&f, "2026-01-05T09:00:00Z", "alice", "2026-01-05T09:00:00Z",
             "2026-01-12T09:00:00Z");
  check_turn(&f, "2026-01-12T09:00:00Z", "bob", "2026-01-12T09:00:00Z",
             "2026-01-19T09:00:00Z");
  check_turn(&f, "2026-01-20T00:00:00Z", "alice", "2026-01-19T09:00:00Z",
             "2026-01-26T09:00:00Z");
  settings_free(s);
}

static void one_alone_is_on_call_without_end(void) {
  struct settings *s = read_schedule("TimeZone \"Europe/Berlin\"\n" TURNS(
      "\"alice\"", "1d", "2020-01-05 09:00"));
  const struct duty_facts f = {.settings = s};
  check_turn(&f, "2026-01-05T08:59:59Z", "alice", NULL, NULL);
  settings_free(s);
}

static void a_later_rotation_overrides_while_its_hours_hold(void) {
  struct settings *s = read_schedule("TimeZone \"Europe/Berlin\"\n" TURNS(
      "\"alice\"", "1w", "2026-01-05 09:00") "<Rotation>\n Responder \"bob\" "
                                             "\"carol\"\n Every \"1d\"\n"
                                             " Start \"2026-01-10 00:00\"\n "
                                             "During \"Sat,Sun 10:00-22:00\"\n"
                                             "</Rotation>\n");
  const struct duty_facts f = {.settings = s};
  /* not before its Start, though its hours hold: 2026-01-04 is a Sunday */
  check_at(&f, "2026-01-04T12:00:00Z", "nobody");
  check_turn(&f, "2026-01-10T08:59:59Z", "alice", "2026-01-05T08:00:00Z",
             "2026-01-10T09:00:00Z");
  check_turn(&f, "2026-01-10T09:00:00Z", "bob", "2026-01-10T09:00:00Z",
             "2026-01-10T21:00:00Z");
  check_turn(&f, "2026-01-10T21:00:00Z", "alice", "2026-01-10T21:00:00Z",
             "2026-01-11T09:00:00Z");
  check_turn(&f, "2026-01-11T09:00:00Z", "carol", "2026-01-11T09:00:00Z",
             "2026-01-11T21:00:00Z");
  settings_free(s);
}

/* As in the manual: each of the three works by day. */
static void a_schedule_follows_the_sun(void) {
  struct settings *s = read_schedule(
      "TimeZone \"UTC\"\n"
      "<Rotation>\n Responder \"alice\"\n Start \"2026-01-05 00:00\"\n"
      " During \"00:00-08:00\"\n</Rotation>\n"
      "<Rotation>\n Responder \"bob\"\n Start \"2026-01-05 00:00\"\n"
      " During \"08:00-16:00\"\n</Rotation>\n"
      "<Rotation>\n Responder \"carol\"\n Start \"2026-01-05 00:00\"\n"
      " During \"16:00-24:00\"\n</Rotation>\n");
  const struct duty_facts f = {.settings = s};
  check_turn(&f, "2026-07-01T07:59:59Z", "alice", "2026-07-01T00:00:00Z",
             "2026-07-01T08:00:00Z");
  check_turn(&f, "2026-07-01T12:00:00Z", "bob", "2026-07-01T08:00:00Z",
             "2026-07-01T16:00:00Z");
  check_turn(&f, "2026-07-01T23:59:59Z", "carol", "2026-07-01T16:00:00Z",
             "2026-07-02T00:00:00Z");
  settings_free(s);
}

static void a_hand_over_within_hours_takes_place(void) {
  struct settings *s = read_schedule(
      "TimeZone \"UTC\"\n<Rotation>\n Responder \"alice\" \"bob\"\n"
      " Every \"1d\"\n Start \"2026-01-05 12:00\"\n"
      " During \"09:00-17:00\"\n</Rotation>\n");
  const struct duty_facts f = {.settings = s};
  check_turn(&f, "2026-01-06T11:00:00Z", "alice", "2026-01-06T09:00:00Z",
             "2026-01-06T12:00:00Z");
  check_turn(&f, "2026-01-06T12:00:00Z", "bob", "2026-01-06T12:00:00Z",
             "2026-01-06T17:00:00Z");
  check_turn(&f, "2026-01-06T18:00:00Z", "nobody", "2026-01-06T17:00:00Z",
             "2026-01-07T09:00:00Z");
  settings_free(s);
}

/* ---- fallback, overrides ---- */

static void the_fallback_stands_in_for_nobody(void) {
  struct settings *s =
      read_schedule("TimeZone \"UTC\"\nFallback \"carol\"\n<Rotation>\n"
                    " Responder \"alice\"\n Start \"2026-01-05 00:00\"\n"
                    " During \"Mon\"\n</Rotation>\n");
  const struct duty_facts f = {.settings = s};
  check_turn(&f, "2026-01-05T12:00:00Z", "alice", "2026-01-05T00:00:00Z",
             "2026-01-06T00:00:00Z");
  check_turn(&f, "2026-01-06T12:00:00Z", "carol?", "2026-01-06T00:00:00Z",
             "2026-01-12T00:00:00Z");
  settings_free(s);
}

/* Borrows the texts: not to be finished. */
static struct override by(int64_t id, const char *schedule, const char *who,
                          const char *from, const char *until) {
  return (struct override){.id = id,
                           .schedule = (char *)schedule,
                           .responder = (char *)who,
                           .from = at(from),
                           .until = at(until)};
}

static void the_newest_override_wins(void) {
  struct settings *s = read_schedule(
      "TimeZone \"UTC\"\n" TURNS("\"alice\"", "1w", "2026-01-05 00:00"));
  struct override rows[] = {
      by(1, "s", "bob", "2026-02-01T00:00:00Z", "2026-02-03T00:00:00Z"),
      by(2, "s", "carol", "2026-02-01T12:00:00Z", "2026-02-02T00:00:00Z"),
      by(3, "other", "alice", "2026-02-01T00:00:00Z", "2026-02-09T00:00:00Z"),
      by(4, "s", "gone", "2026-02-01T00:00:00Z", "2026-02-09T00:00:00Z"),
      by(5, "s", "bob", "2026-02-05T00:00:00Z", "2026-02-05T00:00:00Z"),
  };
  struct override *all[] = {&rows[0], &rows[1], &rows[2], &rows[3], &rows[4]};
  const struct duty_facts f = {
      .settings = s, .overrides = all, .overrides_n = 5};
  check_turn(&f, "2026-01-31T00:00:00Z", "alice", "2026-01-05T00:00:00Z",
             "2026-02-01T00:00:00Z");
  check_turn(&f, "2026-02-01T11:59:59Z", "bob!", "2026-02-01T00:00:00Z",
             "2026-02-01T12:00:00Z");
  check_turn(&f, "2026-02-01T12:00:00Z", "carol!", "2026-02-01T12:00:00Z",
             "2026-02-02T00:00:00Z");
  check_turn(&f, "2026-02-02T12:00:00Z", "bob!", "2026-02-02T00:00:00Z",
             "2026-02-03T00:00:00Z");
  check_turn(&f, "2026-02-06T00:00:00Z", "alice", "2026-02-03T00:00:00Z", NULL);
  settings_free(s);
}

static void an_override_that_changes_nobody_is_no_turn(void) {
  struct settings *s = read_schedule("TimeZone \"UTC\"\n" TURNS(
      "\"alice\" \"bob\"", "1w", "2026-01-05 00:00"));
  struct override row =
      by(1, "s", "alice", "2026-01-10T00:00:00Z", "2026-01-14T00:00:00Z");
  struct override *all[] = {&row};
  const struct duty_facts f = {
      .settings = s, .overrides = all, .overrides_n = 1};
  check_turn(&f, "2026-01-06T00:00:00Z", "alice", "2026-01-05T00:00:00Z",
             "2026-01-14T00:00:00Z");
  check_turn(&f, "2026-01-13T00:00:00Z", "alice!", "2026-01-05T00:00:00Z",
             "2026-01-14T00:00:00Z");
  settings_free(s);
}

static void an_override_is_written_and_read(void) {
  struct override o = by(7, "primary", "bob \"b\"", "2026-01-10T00:00:00Z",
                         "2026-01-14T00:00:00.500Z");
  struct override back = {.id = 3};
  struct json_in *doc = NULL;
  struct json *j = json_new();
  char *text = NULL;
  o.by = (char *)"eve";
  o.created_at = at("2026-01-09T00:00:00Z");
  override_print(&o, j);
  CHECK(json_done(j, &text) == OK);
  json_free(j);
  CHECK_TEXT(text, "{\"id\":7,\"schedule\":\"primary\",\"responder\":\"bob "
                   "\\\"b\\\"\",\"from\":\"2026-01-10T00:00:00.000Z\","
                   "\"until\":\"2026-01-14T00:00:00.500Z\",\"by\":\"eve\","
                   "\"created_at\":\"2026-01-09T00:00:00.000Z\"}");
  CHECK(json_parse(text, strlen(text), &doc, NULL) == OK);
  CHECK(override_read(doc, &back) == OK);
  CHECK(back.id == 7 && back.from == o.from && back.until == o.until &&
        back.created_at == o.created_at);
  CHECK_TEXT(back.schedule, "primary");
  CHECK_TEXT(back.responder, "bob \"b\"");
  CHECK_TEXT(back.by, "eve");
  json_in_free(doc);
  free(text);
  override_fini(&back);
  CHECK(json_parse("{\"schedule\":\"s\"}", 16, &doc, NULL) == OK);
  CHECK(override_read(doc, &back) == ERR_INVALID && back.schedule == NULL);
  json_in_free(doc);
}

/* ---- calendars ---- */

/* A day each; eve is no responder. */
static const char feed[] =
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n"
    "BEGIN:VEVENT\r\nUID:1\r\nSUMMARY:alice\r\nDTSTART:20260105T000000Z\r\n"
    "DTEND:20260106T000000Z\r\nEND:VEVENT\r\n"
    "BEGIN:VEVENT\r\nUID:2\r\nSUMMARY:eve\r\nDTSTART:20260106T000000Z\r\n"
    "DTEND:20260107T000000Z\r\nEND:VEVENT\r\n"
    "BEGIN:VEVENT\r\nUID:3\r\nSUMMARY:bob\r\nDTSTART:20260107T000000Z\r\n"
    "DTEND:20260108T000000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

static void a_calendar_says_who(void) {
  struct settings *s = read_schedule("Calendar \"x.ics\"\n"
                                     "Fallback \"carol\"\n");
  struct calendar *c = NULL;
  const char *why = NULL;
  struct override row =
      by(1, "s", "carol", "2026-01-05T12:00:00Z", "2026-01-05T18:00:00Z");
  struct override *all[] = {&row};
  CHECK(calendar_read(feed, strlen(feed), NULL, at("2025-01-01T00:00:00Z"),
                      at("2027-01-01T00:00:00Z"), &c, &why) == OK);
  const struct duty_facts f = {
      .settings = s, .calendar = c, .overrides = all, .overrides_n = 1};
  const struct duty_facts none = {.settings = s};
  check_turn(&f, "2026-01-05T00:00:00Z", "alice", "2026-01-05T00:00:00Z",
             "2026-01-05T12:00:00Z");
  check_turn(&f, "2026-01-05T13:00:00Z", "carol!", "2026-01-05T12:00:00Z",
             "2026-01-05T18:00:00Z");
  check_turn(&f, "2026-01-05T18:00:00Z", "alice", "2026-01-05T18:00:00Z",
             "2026-01-06T00:00:00Z");
  check_turn(&f, "2026-01-06T18:00:00Z", "carol?", "2026-01-06T00:00:00Z",
             "2026-01-07T00:00:00Z");
  check_turn(&f, "2026-01-07T18:00:00Z", "bob", "2026-01-07T00:00:00Z",
             "2026-01-08T00:00:00Z");
  check_turn(&none, "2026-01-07T18:00:00Z", "carol?", NULL, NULL);
  calendar_free(c);
  settings_free(s);
}

/* ---- gaps ---- */

static void say_gap(void *arg, wall_ms from, wall_ms until) {
  char a[CLOCK_TEXT], b[CLOCK_TEXT];
  clock_print(from, a);
  clock_print(until, b);
  buf_addf(arg, "%.16s %.16s\n", a, b);
}

static void gaps_are_told(void) {
  struct settings *s = read_schedule(
      "TimeZone \"UTC\"\nFallback \"carol\"\n<Rotation>\n"
      " Responder \"alice\" \"bob\"\n Every \"1d\"\n"
      " Start \"2026-01-05 00:00\"\n During \"Mon-Thu\" \"Fri 00:00-20:00\"\n"
      "</Rotation>\n");
  struct override row =
      by(1, "s", "carol", "2026-01-11T00:00:00Z", "2026-01-11T06:00:00Z");
  struct override *all[] = {&row};
  const struct duty_facts f = {
      .settings = s, .overrides = all, .overrides_n = 1};
  struct buf b;
  buf_init(&b, 4096);
  schedule_gaps(s->schedules[0], &f, at("2026-01-04T12:00:00Z"),
                at("2026-01-17T00:00:00Z"), say_gap, &b);
  CHECK_TEXT(buf_text(&b), "2026-01-04T12:00 2026-01-05T00:00\n"
                           "2026-01-09T20:00 2026-01-11T00:00\n"
                           "2026-01-11T06:00 2026-01-12T00:00\n"
                           "2026-01-16T20:00 2026-01-17T00:00\n");
  buf_fini(&b);
  settings_free(s);
}

int main(void) {
  a_year_is_as_another_worked_it_out();
  people_take_turns_from_the_start_on();
  one_alone_is_on_call_without_end();
  a_later_rotation_overrides_while_its_hours_hold();
  a_schedule_follows_the_sun();
  a_hand_over_within_hours_takes_place();
  the_fallback_stands_in_for_nobody();
  the_newest_override_wins();
  an_override_that_changes_nobody_is_no_turn();
  an_override_is_written_and_read();
  a_calendar_says_who();
  gaps_are_told();
  return check_done("t_schedule");
}
