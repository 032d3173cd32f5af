/* SPDX-License-Identifier: MIT */
#include "check.h"

#include "base/ulid.h"
#include "core/report.h"
#include "tests/unit/ctl_room.h"

#include <sqlite3.h>

#define MINUTE INT64_C(60000)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define NOW ROOM_NOW /* a Saturday */

static const struct hours_during office_during = {
    .days = 0x3e, .from = 9 * 60, .to = 18 * 60};
static const struct hours office = {
    .during = (struct hours_during *)&office_during, .during_n = 1};

/* ---- figures ---- */

static void median_and_p90_are_of_what_is_sorted(void) {
  span_ms ten[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
  const struct {
    size_t n;
    span_ms median, p90;
  } rows[] = {{0, -1, -1}, {1, 1, 1}, {2, 1, 2}, {3, 2, 3}, {10, 5, 9}};
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    struct report_spans s = {.items = ten, .n = rows[i].n};
    CHECK(report_median(&s) == rows[i].median);
    CHECK(report_p90(&s) == rows[i].p90);
  }
}

static struct report_case case_of(int64_t id, const char *rule,
                                  const char *group, wall_ms at) {
  return (struct report_case){.id = id,
                              .severity = "SEV-3",
                              .rule = rule,
                              .group = group,
                              .declared_at = at,
                              .acknowledged_at = WALL_NEVER,
                              .resolved_at = WALL_NEVER};
}

static void it_repeats_the_last_of_its_group_within_30_days(void) {
  const struct report_case cases[] = {
      case_of(1, "disk", "web1", NOW - 45 * DAY),
      case_of(2, "disk", "web1", NOW - 20 * DAY),
      case_of(3, "disk", "web2", NOW - 19 * DAY),
      case_of(4, "swap", "web1", NOW - 18 * DAY),
      case_of(5, "disk", "web1", NOW - 2 * DAY),
      case_of(6, "disk", "web2", NOW - 1 * DAY),
      case_of(7, NULL, NULL, NOW - 1 * DAY)};
  struct report r;
  report_init(&r, NOW - 10 * DAY, NOW, &office);
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
    CHECK(report_add_case(&r, &cases[i]) == OK);
  report_end(&r);
  CHECK(r.all.incidents == 3);
  CHECK(r.repeated.n == 2);
  if (r.repeated.n == 2) {
    CHECK(r.repeated.items[0].id == 5 && r.repeated.items[0].earlier == 2);
    CHECK(r.repeated.items[1].id == 6 && r.repeated.items[1].earlier == 3);
  }
  report_fini(&r);
  report_init(&r, NOW - 60 * DAY, NOW, &office);
  struct report_case late = case_of(8, "disk", "web1", NOW - 45 * DAY + 1);
  struct report_case late2 = case_of(9, "disk", "web1", NOW - 15 * DAY + 2);
  CHECK(report_add_case(&r, &late) == OK && report_add_case(&r, &late2) == OK);
  report_end(&r);
  CHECK(r.repeated.n == 0); /* a millisecond too late */
  report_fini(&r);
}

static void pages_out_of_hours_are_counted(void) {
  struct report r;
  report_init(&r, NOW - 7 * DAY, NOW, &office);
  CHECK(report_add_page(&r, "bob", "disk", NOW - HOUR) == OK);    /* Sat */
  CHECK(report_add_page(&r, "bob", "disk", NOW - DAY) == OK);     /* Fri 10 */
  CHECK(report_add_page(&r, "bob", NULL, NOW - 16 * HOUR) == OK); /* Fri 18 */
  CHECK(report_add_page(&r, "alice", "disk", NOW - 2 * DAY) == OK);
  CHECK(report_add_page(&r, NULL, "disk", NOW - 2 * DAY) == OK);
  report_end(&r);
  CHECK(r.all.pages == 5 && r.persons.n == 2);
  CHECK_TEXT(r.persons.items[0].name, "bob");
  CHECK(r.persons.items[0].pages == 3 && r.persons.items[0].out_of_hours == 2);
  CHECK(r.persons.items[1].out_of_hours == 0);
  report_fini(&r);
}

static void many_names_are_told_apart(void) {
  enum { NAMES = 3000 };
  char name[16];
  struct report r;
  size_t once = 0;
  report_init(&r, NOW - DAY, NOW, &office);
  for (int i = 0; i < 2 * NAMES - 1; i++) { /* the last of them once */
    snprintf(name, sizeof name, "n%d", i % NAMES);
    struct report_case c = case_of(i + 1, name, "host", NOW - HOUR);
    CHECK(report_add_case(&r, &c) == OK);
    CHECK(report_add_page(&r, name, name, NOW - HOUR) == OK);
  }
  report_end(&r);
  CHECK(r.by[REPORT_RULE].n == NAMES && r.persons.n == NAMES);
  for (size_t i = 0; i < NAMES; i++)
    once += r.by[REPORT_RULE].items[i].incidents == 1 &&
            r.by[REPORT_RULE].items[i].pages == 1;
  CHECK(once == 1);
  CHECK(r.persons.items[0].pages == 2);
  CHECK_TEXT(r.persons.items[NAMES - 1].name, "n2999");
  report_fini(&r);
}

static void the_noisiest_are_those_that_page_most(void) {
  const struct report_row *rows[2];
  struct report_case cases[] = {
      case_of(1, "alerts", "", NOW - HOUR), case_of(2, "quiet", "", NOW - HOUR),
      case_of(3, "pages", "", NOW - HOUR), case_of(4, NULL, NULL, NOW - HOUR)};
  struct report r;
  cases[0].alerts = 50;
  cases[1].alerts = 1;
  report_init(&r, NOW - DAY, NOW, &office);
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
    CHECK(report_add_case(&r, &cases[i]) == OK);
  CHECK(report_add_page(&r, "bob", "pages", NOW - HOUR) == OK);
  report_end(&r);
  CHECK(report_noisiest(&r, rows, 2) == 2);
  CHECK_TEXT(rows[0]->name, "pages");
  CHECK_TEXT(rows[1]->name, "alerts");
  report_fini(&r);
}

static void private_ones_count_by_severity_alone(void) {
  struct report_case c = case_of(1, "leak", "host", NOW - HOUR);
  struct report r;
  c.is_private = true;
  c.service = "payroll";
  report_init(&r, NOW - DAY, NOW, &office);
  CHECK(report_add_case(&r, &c) == OK && report_add_case(&r, &c) == OK);
  report_end(&r);
  CHECK(r.by[REPORT_SEVERITY].n == 1 && r.by[REPORT_RULE].n == 0 &&
        r.by[REPORT_SERVICE].n == 0 && r.repeated.n == 0);
  report_fini(&r);
}

/* ---- the documents ---- */

static const char *read_golden(const char *name) {
  static char text[100000];
  char path[1024];
  const char *srcdir = getenv("srcdir");
  snprintf(path, sizeof path, "%s/tests/data/report/%s",
           srcdir != NULL ? srcdir : ".", name);
  FILE *f = fopen(path, "re");
  size_t n = f != NULL ? fread(text, 1, sizeof text - 1, f) : 0;
  if (f != NULL)
    fclose(f);
  text[n] = '\0';
  return text;
}

static void run_sql(const char *text) {
  sqlite3 *db = NULL;
  char *why = NULL;
  CHECK(sqlite3_open(room.ledger, &db) == SQLITE_OK);
  CHECK(sqlite3_exec(db, text, NULL, NULL, &why) == SQLITE_OK);
  if (why != NULL)
    printf("%s\n", why);
  sqlite3_free(why);
  sqlite3_close(db);
}

/* Hours before now; ack and resolved in minutes after, 0: not. */
static void add_incident(int id, const char *rule, const char *group,
                         const char *severity, const char *service, int before,
                         int ack, int resolved, const char *more) {
  char text[2000], at[2][40] = {"NULL", "NULL"};
  wall_ms declared = NOW - before * HOUR;
  if (ack > 0)
    snprintf(at[0], sizeof at[0], "%lld", (long long)(declared + ack * MINUTE));
  if (resolved > 0)
    snprintf(at[1], sizeof at[1], "%lld",
             (long long)(declared + resolved * MINUTE));
  snprintf(text, sizeof text,
           "INSERT INTO incident (id, title, description, rule, group_key,"
           " severity, service, labels, status, test, private, major,"
           " declared_at, declared_by, acknowledged_at, resolved_at,"
           " alerts_firing, alerts_total)"
           " VALUES (%d, 'x', '', %s, %s, '%s', %s, '{}', '%s', 0, 0, 0, %lld,"
           " 'x', %s, %s, 0, 2); %s",
           id, rule, group, severity, service,
           resolved > 0 ? "resolved" : "investigating", (long long)declared,
           at[0], at[1], more);
  run_sql(text);
}

static void add_page(int seq, int incident, const char *responder,
                     int hours_before) {
  char text[2000];
  snprintf(text, sizeof text,
           "INSERT INTO page (seq, id, incident, event, state, reach, webhook,"
           " responder, target, step, round, attempts, created_at,"
           " delivered_at, tried) VALUES (%d, 'P%d', %d, 'incident.page',"
           " 'delivered', 'yes', 'w', %s, 'x', 1, 1, 1, 1, %lld, 0)",
           seq, seq, incident, responder,
           (long long)(NOW - hours_before * HOUR));
  run_sql(text);
}

static void make_past(void) {
  room_open();
  room_make_ledger(ROOM_CONFIG "<Hours \"always\">\n  During "
                               "\"Mon-Sun\"\n</Hours>\n");
  add_incident(1, "'disk'", "'web1'", "SEV-3", "'shop'", 24 * 40, 5, 60, "");
  add_incident(2, "'disk'", "'web1'", "SEV-3", "'shop'", 24 * 20, 10, 120, "");
  add_incident(3, "'disk'", "'web1'", "SEV-2", "'shop'", 50, 2, 30,
               "INSERT INTO timeline (incident, at, recorded_at, kind, text,"
               " important) VALUES (3, 1795250000000, 1795250000000,"
               " 'reopened', 'x', 0)");
  add_incident(4, "'=swap\"\x1b[1m'", "'db\033x1'", "SEV-4", "NULL", 30, 0, 45,
               "");
  add_incident(5, "NULL", "NULL", "UNKNOWN", "NULL", 3, 0, 0, "");
  add_incident(6, "'disk'", "'web6'", "SEV-1", "'shop'", 2, 0, 0,
               "UPDATE incident SET test = 1 WHERE id = 6");
  add_incident(7, "'disk'", "'web7'", "SEV-1", "'shop'", 2, 0, 0,
               "UPDATE incident SET merged_into = 5 WHERE id = 7");
  add_page(1, 3, "'alice'", 49);
  add_page(2, 4, "'alice'", 24);
  add_page(3, 4, "'bob'", 12);
  add_page(4, 4, "NULL", 20);
  add_page(5, 6, "'bob'", 2);
  run_sql(
      "INSERT INTO silence (id, matches, by, reason, created_at, starts_at,"
      " ends_at, until_resolved, every_for, remind, suppressed) VALUES"
      " (1, '[\"host=web9\",\"plugin=df\"]', 'bob', 'moving', 1795200000000,"
      " 1795200000000, 1795300000000, 0, 0, 0, 14),"
      " (2, '[\"host=old\"]', 'bob', '', 1700000000000,"
      " 1700000000000, 1700000001000, 0, 0, 0, 3)");
}

static void it_is_printed_as_it_was(void) {
  make_past();
  CHECK(ctl("report", "--since", "30d", NULL) == CTL_DONE);
  CHECK_TEXT(room.out, read_golden("all.txt"));
  CHECK(ctl("report", "--since", "30d", "--json", NULL) == CTL_DONE);
  CHECK_TEXT(room.out, read_golden("all.json"));
  CHECK(ctl("report", "--since", "30d", "--csv", NULL) == CTL_DONE);
  CHECK_TEXT(room.out, read_golden("all.csv"));
  room_close();
}

static void pages_are_looked_for_by_when_they_were_made(void) {
  static const wall_ms made[] = {REPORT_LATE_MS - 1, REPORT_LATE_MS + 1};
  make_past();
  run_sql("DELETE FROM page");
  for (int i = 0; i < 2; i++) {
    char id[ULID_TEXT], text[200];
    add_page(i + 1, 4, "'alice'", 1);
    CHECK(ulid_make(NOW - DAY - made[i], id) == OK);
    snprintf(text, sizeof text, "UPDATE page SET id = '%s' WHERE seq = %d", id,
             i + 1);
    run_sql(text);
  }
  CHECK(ctl("report", "--since", "1d", "--json", NULL) == CTL_DONE);
  CHECK_TEXT(room_json("report.pages"), "1");
  CHECK(ctl("report", "--since", "2d", "--json", NULL) == CTL_DONE);
  CHECK_TEXT(room_json("report.pages"), "2");
  room_close();
}

static void the_period_is_that_which_was_asked_for(void) {
  make_past();
  CHECK(ctl("report", "--since", "-1d", "--json", NULL) == CTL_DONE);
  CHECK_TEXT(room_json("report.incidents"), "1");
  CHECK(ctl("report", "--since", "60d", "--until", "-10d", "--json", NULL) ==
        CTL_DONE);
  CHECK_TEXT(room_json("report.incidents"), "2");
  CHECK_TEXT(room_json("report.repeated.0.earlier"), "1");
  CHECK_TEXT(room_json("report.silenced"), "0");
  CHECK(ctl("report", "--since", "1d", "--until", "-2d", NULL) == CTL_FAILED);
  CHECK_TEXT(room.err, "report: it would end before it begins\n");
  CHECK(ctl("report", NULL) == CTL_USAGE);
  CHECK(ctl("report", "--since", "1d", "--csv", "--json", NULL) == CTL_USAGE);
  room_close();
}

static void hours_are_those_that_were_named(void) {
  make_past();
  CHECK(ctl("report", "--since", "30d", "--json", NULL) == CTL_DONE);
  CHECK_TEXT(room_json("report.responders.1.out_of_hours"), "1");
  CHECK_TEXT(room_json("report.responders.0.out_of_hours"), "0");
  CHECK(ctl("report", "--since", "30d", "--hours", "always", "--json", NULL) ==
        CTL_DONE);
  CHECK_TEXT(room_json("report.responders.1.out_of_hours"), "0");
  CHECK(ctl("report", "--since", "30d", "--hours", "alway", NULL) ==
        CTL_FAILED);
  CHECK_TEXT(room.err,
             "report: there are no hours \"alway\", did you mean always?\n");
  room_close();
}

static void of_nothing_it_says_so(void) {
  room_open();
  room_make_ledger(NULL);
  CHECK(ctl("report", "--since", "1d", NULL) == CTL_DONE);
  CHECK_TEXT(room.out, "2026-11-20 10:00 to 2026-11-21 10:00 UTC: 0 incidents; "
                       "0 pages\n");
  room_close();
}

int main(void) {
  hash_init();
  median_and_p90_are_of_what_is_sorted();
  it_repeats_the_last_of_its_group_within_30_days();
  pages_out_of_hours_are_counted();
  many_names_are_told_apart();
  the_noisiest_are_those_that_page_most();
  private_ones_count_by_severity_alone();
  it_is_printed_as_it_was();
  pages_are_looked_for_by_when_they_were_made();
  the_period_is_that_which_was_asked_for();
  hours_are_those_that_were_named();
  of_nothing_it_says_so();
  return check_done("t_report");
}
