/* SPDX-License-Identifier: MIT */
#include "core/silence.h"

#include "check.h"

#include <stdlib.h>

#define HOUR (INT64_C(3600) * 1000)
#define MINUTE (INT64_C(60) * 1000)

static wall_ms at(const char *text) {
  wall_ms t = 0;
  CHECK(clock_parse(text, &t) == OK);
  return t;
}

static struct silence plain(void) {
  struct silence s;
  silence_init(&s);
  s.created_at = 1000;
  s.starts_at = 1000;
  s.ends_at = 5000;
  return s;
}

/* ---- matching ---- */

static void add(struct packer *p, const char *text) {
  signal_add(p, text, strlen(text));
}

static const struct signal *make_signal(void) {
  static _Alignas(8) unsigned char memory[SIGNAL_BYTES_MAX];
  struct packer p;
  signal_begin(&p, memory);
  add(&p, "web1");
  add(&p, "df");
  add(&p, "root");
  add(&p, "percent_bytes");
  add(&p, "");
  add(&p, "almost full");
  add(&p, "value");
  signal_add_meta(&p, "rack", "r2");
  signal_end(&p, true);
  p.signal->level = LEVEL_WARNING;
  return p.signal;
}

static bool matches(const char *const *texts, size_t n) {
  struct silence s = plain();
  const char *why = NULL;
  for (size_t i = 0; i < n; i++)
    CHECK(silence_add_match(&s, texts[i], &why) == OK);
  bool is_match = silence_matches(&s, make_signal(), "disk", "SEV-3");
  silence_fini(&s);
  return is_match;
}
#define MATCHES(...)                                                           \
  matches((const char *const[]){__VA_ARGS__},                                  \
          sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

static void every_field_can_be_matched(void) {
  CHECK(MATCHES("host=web1"));
  CHECK(!MATCHES("host=web2"));
  CHECK(MATCHES("host=/^web[0-9]$/"));
  CHECK(MATCHES("plugin=df"));
  CHECK(MATCHES("plugin_instance=root"));
  CHECK(MATCHES("type=percent_bytes"));
  CHECK(MATCHES("type_instance="));
  CHECK(!MATCHES("plugin_instance="));
  CHECK(MATCHES("rule=disk"));
  CHECK(!MATCHES("rule=load"));
  CHECK(MATCHES("severity=SEV-3"));
  CHECK(MATCHES("level=warning"));
  CHECK(!MATCHES("level=failure"));
  CHECK(MATCHES("message=/full/"));
  CHECK(MATCHES("data_source=value"));
  CHECK(MATCHES("meta:rack=/^r[12]$/"));
  CHECK(!MATCHES("meta:rack=r1"));
  CHECK(!MATCHES("meta:row=/.*/"));
}

static void fields_are_all_needed_patterns_of_one_are_not(void) {
  CHECK(MATCHES("host=web1", "plugin=df"));
  CHECK(!MATCHES("host=web1", "plugin=cpu"));
  CHECK(MATCHES("host=web2", "host=web1"));
  CHECK(MATCHES("host=web2", "plugin=df", "host=web1"));
  CHECK(!MATCHES("host=web2", "plugin=df", "host=web3"));
}

static void a_silence_without_a_match_silences_nothing(void) {
  struct silence s = plain();
  CHECK(!silence_matches(&s, make_signal(), "disk", "SEV-3"));
  silence_fini(&s);
}

static void what_has_no_rule_is_matched_by_no_rule(void) {
  struct silence s = plain();
  const char *why = NULL;
  CHECK(silence_add_match(&s, "rule=/./", &why) == OK);
  CHECK(!silence_matches(&s, make_signal(), NULL, NULL));
  silence_fini(&s);
}

static void wrong_matches_are_named(void) {
  struct silence s = plain();
  const char *why = "";
  CHECK(silence_add_match(&s, "host", &why) == ERR_INVALID);
  CHECK_TEXT(why, "a match is FIELD=PATTERN");
  CHECK(silence_add_match(&s, "=web1", &why) == ERR_INVALID);
  CHECK(silence_add_match(&s, "hots=web1", &why) == ERR_INVALID);
  CHECK_TEXT(why, "no field \"hots\"; did you mean \"host\"?");
  CHECK(silence_add_match(&s, "meta:=x", &why) == ERR_INVALID);
  CHECK(silence_add_match(&s, "host=/(/", &why) == ERR_INVALID);
  CHECK(strstr(why, "(") != NULL);
  CHECK(s.matches_n == 0);
  for (int i = 0; i < SILENCE_MATCHES_MAX; i++)
    CHECK(silence_add_match(&s, "host=x", &why) == OK);
  CHECK(silence_add_match(&s, "host=x", &why) == ERR_CEILING);
  silence_fini(&s);
}

/* ---- time ---- */

static void a_plain_one_holds_from_its_start_to_its_end(void) {
  struct silence s = plain();
  CHECK(!silence_is_active(&s, 999) && !silence_is_over(&s, 999));
  CHECK(silence_next(&s, 0) == 1000 && silence_from(&s, 0) == 1000);
  CHECK(silence_until(&s, 0) == WALL_NEVER);
  CHECK(silence_is_active(&s, 1000) && silence_until(&s, 1000) == 5000);
  CHECK(silence_next(&s, 1000) == 5000 && silence_from(&s, 2000) == 1000);
  CHECK(silence_is_active(&s, 4999) && !silence_is_over(&s, 4999));
  CHECK(!silence_is_active(&s, 5000) && silence_is_over(&s, 5000));
  CHECK(silence_next(&s, 5000) == WALL_NEVER);
  CHECK(silence_from(&s, 5000) == WALL_NEVER);
  s.ended_at = 3000;
  CHECK(!silence_is_active(&s, 4000) && silence_is_over(&s, 4000));
  CHECK(silence_next(&s, 4000) == WALL_NEVER);
  silence_fini(&s);
}

static void one_until_resolved_has_no_end_of_its_own(void) {
  struct silence s = plain();
  s.ends_at = WALL_NEVER;
  s.until_resolved = true;
  s.remind = MINUTE;
  CHECK(silence_is_active(&s, 1000 * HOUR));
  CHECK(silence_until(&s, 2000) == WALL_NEVER);
  CHECK(silence_next(&s, 2000) == WALL_NEVER);
  CHECK(!silence_wants_reminder(&s, 1000 * HOUR));
  CHECK(!silence_is_over(&s, 1000 * HOUR));
  silence_fini(&s);
}

static void it_reminds_once_before_its_end(void) {
  struct silence s = plain();
  s.remind = 1000;
  CHECK(silence_next(&s, 1000) == 4000);
  CHECK(!silence_wants_reminder(&s, 3999));
  CHECK(silence_wants_reminder(&s, 4000));
  CHECK(silence_next(&s, 4000) == 5000);
  s.reminded_at = 4100;
  CHECK(!silence_wants_reminder(&s, 4500));
  CHECK(!silence_wants_reminder(&s, 5000));
  s.remind = 100000; /* longer than it lasts: at once */
  s.reminded_at = WALL_NEVER;
  CHECK(silence_wants_reminder(&s, 1000));
  s.reminded_at = 1000;
  CHECK(!silence_wants_reminder(&s, 1001));
  silence_fini(&s);
}

static struct silence weekly(const char *every, const char *zone, span_ms span,
                             const char *from) {
  struct silence s;
  const char *why = NULL;
  silence_init(&s);
  s.created_at = s.starts_at = at(from);
  CHECK(silence_set_every(&s, every, zone, span, &why) == OK);
  return s;
}

static void a_recurring_one_holds_each_time(void) {
  struct silence s =
      weekly("Sat 02:00", NULL, 2 * HOUR, "2026-11-18T12:00:00Z");
  s.remind = 10 * MINUTE;
  wall_ms first = at("2026-11-21T02:00:00Z");
  CHECK(silence_next(&s, s.starts_at) == first);
  CHECK(silence_from(&s, s.starts_at) == first);
  CHECK(!silence_is_active(&s, first - 1));
  CHECK(silence_is_active(&s, first));
  CHECK(silence_until(&s, first) == first + 2 * HOUR);
  CHECK(silence_next(&s, first) == first + 110 * MINUTE);
  CHECK(silence_wants_reminder(&s, first + 110 * MINUTE));
  s.reminded_at = first + 110 * MINUTE;
  CHECK(!silence_wants_reminder(&s, first + 111 * MINUTE));
  CHECK(silence_next(&s, first + 110 * MINUTE) == first + 2 * HOUR);
  CHECK(!silence_is_active(&s, first + 2 * HOUR));
  CHECK(!silence_is_over(&s, first + 2 * HOUR));
  wall_ms second = first + 7 * 24 * HOUR;
  CHECK(silence_next(&s, first + 2 * HOUR) == second);
  CHECK(silence_is_active(&s, second + HOUR));
  CHECK(silence_wants_reminder(&s, second + 115 * MINUTE));
  CHECK(!silence_is_over(&s, first + 1000 * 24 * HOUR));
  silence_fini(&s);
}

static void days_are_lists_and_ranges(void) {
  struct silence s =
      weekly("Fri-Mon 23:30", NULL, HOUR, "2026-11-18T12:00:00Z"); /* Wed */
  CHECK(silence_next(&s, s.starts_at) == at("2026-11-20T23:30:00Z"));
  CHECK(silence_is_active(&s, at("2026-11-21T00:29:59Z")));
  CHECK(silence_is_active(&s, at("2026-11-23T23:45:00Z")));
  CHECK(silence_next(&s, at("2026-11-24T00:30:00Z")) ==
        at("2026-11-27T23:30:00Z"));
  silence_fini(&s);
  s = weekly("Saturday,sun 08:30", NULL, HOUR, "2026-11-18T12:00:00Z");
  CHECK(s.every_days == (1 << 6 | 1 << 0) && s.every_minute == 510);
  silence_fini(&s);
  s = weekly("daily 03:15", NULL, HOUR, "2026-11-18T12:00:00Z");
  CHECK(s.every_days == 127 && s.every_minute == 195);
  silence_fini(&s);
  s = weekly("2:00", NULL, HOUR, "2026-11-18T12:00:00Z");
  CHECK(s.every_days == 127 && s.every_minute == 120);
  CHECK_TEXT(s.every, "2:00");
  silence_fini(&s);
}

static void start_and_end_bound_a_recurring_one(void) {
  struct silence s =
      weekly("Sat 02:00", NULL, 2 * HOUR, "2026-11-21T03:00:00Z");
  s.ends_at = at("2026-12-05T03:00:00Z");
  CHECK(!silence_is_active(&s, s.starts_at - 1));
  CHECK(silence_next(&s, at("2026-11-20T00:00:00Z")) == s.starts_at);
  CHECK(silence_is_active(&s, s.starts_at)); /* the rest of one */
  CHECK(silence_from(&s, s.starts_at) == s.starts_at);
  CHECK(silence_until(&s, s.starts_at) == at("2026-11-21T04:00:00Z"));
  CHECK(silence_is_active(&s, at("2026-11-28T02:00:00Z")));
  CHECK(silence_until(&s, at("2026-12-05T02:30:00Z")) == s.ends_at);
  CHECK(!silence_is_over(&s, s.ends_at - 1));
  CHECK(silence_is_over(&s, s.ends_at));
  s.ends_at = at("2026-12-01T00:00:00Z");
  CHECK(silence_is_over(&s, at("2026-11-28T04:00:00Z")));
  CHECK(silence_next(&s, at("2026-11-28T04:00:00Z")) == WALL_NEVER);
  silence_fini(&s);
}

static void the_zone_is_that_of_its_maker(void) {
  struct silence s =
      weekly("Sun 02:30", "Europe/Berlin", HOUR, "2026-03-25T00:00:00Z");
  CHECK_TEXT(s.zone, "Europe/Berlin");
  if (s.loaded == NULL) {
    printf("no database of time zones here\n");
  } else {
    /* Clocks go from 02:00 to 03:00, and back in October. */
    CHECK(silence_next(&s, s.starts_at) == at("2026-03-29T01:30:00Z"));
    CHECK(silence_next(&s, at("2026-03-30T00:00:00Z")) ==
          at("2026-04-05T00:30:00Z"));
    CHECK(silence_next(&s, at("2026-10-24T00:00:00Z")) ==
          at("2026-10-25T00:30:00Z"));
    CHECK(!silence_is_active(&s, at("2026-10-25T01:30:00Z")));
    CHECK(silence_next(&s, at("2026-10-26T00:00:00Z")) ==
          at("2026-11-01T01:30:00Z"));
  }
  silence_fini(&s);
  s = weekly("Sun 02:30", "Nowhere/At-All", HOUR, "2026-03-25T00:00:00Z");
  CHECK(silence_next(&s, s.starts_at) == at("2026-03-29T02:30:00Z"));
  silence_fini(&s);
}

static void windows_that_touch_are_one(void) {
  struct silence s = weekly("daily 02:00", "Europe/Berlin",
                            23 * HOUR + 30 * MINUTE, "2026-03-27T00:00:00Z");
  if (s.loaded != NULL) { /* from one begin to the next it is 23 hours */
    wall_ms from = at("2026-03-29T01:00:00Z"),
            until = at("2026-03-30T23:30:00Z");
    CHECK(silence_until(&s, from + HOUR) == until);
    CHECK(silence_next(&s, from) == until);
    CHECK(silence_from(&s, at("2026-03-30T12:00:00Z")) == from);
    CHECK(silence_is_active(&s, at("2026-03-30T00:10:00Z")));
    CHECK(!silence_is_active(&s, from - 1));
  }
  silence_fini(&s);
}

static void other_times_are_refused(void) {
  static const char *const wrong[] = {
      "",         "Sat",        "Sat 2",      "Sat 24:00",  "Sat 02:60",
      "Sat 02:0", "Sat 02:00x", "Satu 02:00", "Mon- 02:00", "Mon,,Tue 02:00",
      "Sat02:00", "daily",      "02:00 Sat",  "Mon-Fri",    "-1:00"};
  struct silence s = plain();
  const char *why;
  for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
    if (silence_set_every(&s, wrong[i], NULL, HOUR, &why) != ERR_INVALID)
      CHECK_TEXT(wrong[i], "refused");
    else
      check_passed++;
  CHECK(silence_set_every(&s, "Sat 02:00", NULL, 0, &why) == ERR_INVALID);
  CHECK(silence_set_every(&s, "daily 02:00", NULL, 24 * HOUR, &why) ==
        ERR_INVALID);
  CHECK(silence_set_every(&s, "Sat,Mon 02:00", NULL, 48 * HOUR, &why) ==
        ERR_INVALID);
  CHECK(s.every == NULL);
  CHECK(silence_set_every(&s, "Sat,Mon 02:00", NULL, 47 * HOUR, &why) == OK);
  CHECK(silence_set_every(&s, "Sat 02:00", NULL, 167 * HOUR, &why) == OK);
  silence_fini(&s);
}

/* ---- JSON ---- */

static char *print(const struct silence *s, wall_ms now) {
  struct json *j = json_new();
  char *text = NULL;
  silence_print(s, now, j);
  CHECK(json_done(j, &text) == OK);
  json_free(j);
  return text;
}

static enum err read_text(const char *text, struct silence *s) {
  struct json_in *doc = NULL;
  CHECK(json_parse(text, strlen(text), &doc, NULL) == OK);
  enum err err = silence_read(doc, s);
  json_in_free(doc);
  return err;
}

static void json_holds_all_of_it(void) {
  const char *why;
  struct silence s = plain(), back;
  CHECK(silence_add_match(&s, "host=web1", &why) == OK);
  CHECK(silence_add_match(&s, "meta:x=/a=b/", &why) == OK);
  s.id = 7;
  s.by = strdup("alice");
  s.reason = strdup("move \"racks\"");
  s.suppressed = 3;
  s.remind = 90 * 1000;
  char *text = print(&s, 2000);
  CHECK_TEXT(text,
             "{\"id\":7,\"matches\":[\"host=web1\",\"meta:x=/a=b/\"],"
             "\"by\":\"alice\",\"reason\":\"move \\\"racks\\\"\","
             "\"created_at\":\"1970-01-01T00:00:01.000Z\","
             "\"starts_at\":\"1970-01-01T00:00:01.000Z\","
             "\"ends_at\":\"1970-01-01T00:00:05.000Z\","
             "\"until_incident\":null,\"until_resolved\":false,\"every\":null,"
             "\"zone\":null,\"for\":null,\"remind\":\"1m30s\","
             "\"reminded_at\":null,\"ended_at\":null,\"ended_by\":null,"
             "\"suppressed\":3,\"active\":true,"
             "\"from\":\"1970-01-01T00:00:01.000Z\","
             "\"until\":\"1970-01-01T00:00:05.000Z\"}");
  silence_init(&back);
  CHECK(read_text(text, &back) == OK);
  char *again = print(&back, 2000);
  CHECK_TEXT(again, text);
  CHECK(back.matches_n == 2 && !silence_matches(&back, make_signal(), "", ""));
  silence_fini(&back);
  silence_fini(&s);
  free(text);
  free(again);
}

static void json_holds_a_recurring_one_that_was_ended(void) {
  struct silence s =
      weekly("Sat 02:00", "UTC", 2 * HOUR, "2026-11-18T12:00:00Z");
  struct silence back;
  const char *why;
  CHECK(silence_add_match(&s, "rule=disk", &why) == OK);
  s.until_incident = 42;
  s.until_resolved = true;
  s.reminded_at = at("2026-11-21T02:00:00Z");
  s.ended_at = at("2026-11-22T02:00:00Z");
  s.ended_by = strdup("bob");
  char *text = print(&s, s.starts_at);
  CHECK(
      strstr(text, "\"every\":\"Sat 02:00\",\"zone\":\"UTC\",\"for\":\"2h\"") !=
      NULL);
  silence_init(&back);
  CHECK(read_text(text, &back) == OK);
  char *again = print(&back, s.starts_at);
  CHECK_TEXT(again, text);
  CHECK(back.every_days == 1 << 6 && back.every_for == 2 * HOUR);
  silence_fini(&back);
  silence_fini(&s);
  free(text);
  free(again);
}

#define TIMES                                                                  \
  "\"created_at\":\"2026-11-21T00:00:00Z\","                                   \
  "\"starts_at\":\"2026-11-21T00:00:00Z\""
#define ENDS TIMES ",\"ends_at\":\"2026-11-22T00:00:00Z\""

static void wrong_json_is_refused(void) {
  static const char *const wrong[] = {
      "{}",
      "[]",
      "{\"matches\":[]," ENDS "}",
      "{\"matches\":\"host=a\"," ENDS "}",
      "{\"matches\":[1]," ENDS "}",
      "{\"matches\":[\"hots=a\"]," ENDS "}",
      "{\"matches\":[\"host=a\"]," TIMES "}",
      "{\"matches\":[\"host=a\"],\"ends_at\":\"2026-11-22T00:00:00Z\"}",
      "{\"matches\":[\"host=a\"]," TIMES ",\"ends_at\":\"tomorrow\"}",
      "{\"matches\":[\"host=a\"]," ENDS ",\"every\":\"Sat\",\"for\":\"1h\"}",
      "{\"matches\":[\"host=a\"]," ENDS ",\"every\":\"Sat 02:00\"}",
      "{\"matches\":[\"host=a\"]," ENDS ",\"remind\":\"x\"}"};
  struct silence s;
  silence_init(&s);
  for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
    if (read_text(wrong[i], &s) != ERR_INVALID || s.matches_n != 0)
      CHECK_TEXT(wrong[i], "refused");
    else
      check_passed++;
  CHECK(read_text("{\"matches\":[\"host=a\"]," ENDS "}", &s) == OK);
  CHECK(read_text("{\"matches\":[\"host=b\"]," TIMES
                  ",\"until_resolved\":true}",
                  &s) == OK);
  CHECK(s.matches_n == 1);
  silence_fini(&s);
}

int main(void) {
  every_field_can_be_matched();
  fields_are_all_needed_patterns_of_one_are_not();
  a_silence_without_a_match_silences_nothing();
  what_has_no_rule_is_matched_by_no_rule();
  wrong_matches_are_named();
  a_plain_one_holds_from_its_start_to_its_end();
  one_until_resolved_has_no_end_of_its_own();
  it_reminds_once_before_its_end();
  a_recurring_one_holds_each_time();
  days_are_lists_and_ranges();
  start_and_end_bound_a_recurring_one();
  the_zone_is_that_of_its_maker();
  windows_that_touch_are_one();
  other_times_are_refused();
  json_holds_all_of_it();
  json_holds_a_recurring_one_that_was_ended();
  wrong_json_is_refused();
  return check_done("t_silence");
}
