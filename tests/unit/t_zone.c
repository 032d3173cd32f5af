/* SPDX-License-Identifier: MIT */
#include "base/zone.h"
#include "base/zone_rule.h"

#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* ---- files of our own ---- */

struct file {
  unsigned char bytes[2048];
  size_t n;
};

static void put(struct file *f, int64_t value, size_t bytes) {
  for (size_t i = bytes; i-- > 0;)
    f->bytes[f->n++] = (unsigned char)((uint64_t)value >> 8 * i);
}

static const struct {
  int64_t at;
  int type;
} turns[] = {{-1633273200, 1}, {1711846800, 1}, {1729990800, 0}};
#define TURNS (sizeof turns / sizeof turns[0])

/* Types 0: +1h, 1: +2h, 2: +0h. */
static void put_part(struct file *f, char version, size_t from, size_t bytes) {
  memcpy(f->bytes + f->n, "TZif", 4);
  f->bytes[f->n + 4] = (unsigned char)version;
  f->n += 20;
  put(f, 0, 4);
  put(f, 0, 4);
  put(f, 1, 4); /* a leap second */
  put(f, (int64_t)(TURNS - from), 4);
  put(f, 3, 4);
  put(f, 4, 4);
  for (size_t i = from; i < TURNS; i++)
    put(f, turns[i].at, bytes);
  for (size_t i = from; i < TURNS; i++)
    put(f, turns[i].type, 1);
  for (int i = 0; i < 3; i++) {
    put(f, i == 2 ? 0 : 3600 * (i + 1), 4);
    put(f, i == 1, 1);
    put(f, 0, 1);
  }
  memcpy(f->bytes + f->n, "CET", 4);
  f->n += 4;
  put(f, 78796800, bytes);
  put(f, 1, 4);
}

static void make_file(struct file *f, char version, const char *footer) {
  *f = (struct file){.n = 0};
  put_part(f, version, version == '\0' ? 0 : TURNS, 4);
  if (version == '\0')
    return;
  put_part(f, version, 0, 8);
  f->bytes[f->n++] = '\n';
  memcpy(f->bytes + f->n, footer, strlen(footer));
  f->n += strlen(footer);
  f->bytes[f->n++] = '\n';
}

static struct zone *read_made(char version, const char *footer) {
  struct file f;
  struct zone *z = NULL;
  make_file(&f, version, footer);
  CHECK(zone_read(f.bytes, f.n, &z) == OK);
  return z;
}

static wall_ms at(const char *text) {
  wall_ms t = 0;
  CHECK(clock_parse(text, &t) == OK);
  return t;
}

static const char berlin[] = "CET-1CEST,M3.5.0,M10.5.0/3";

static void the_table_decides_within_its_times(void) {
  static const char versions[] = {'\0', '2', '3', '4'};
  for (size_t i = 0; i < sizeof versions; i++) {
    struct zone *z = read_made(versions[i], berlin);
    CHECK(zone_offset(z, at("1900-01-01T00:00:00Z")) == 3600);
    CHECK(zone_offset(z, at("1950-01-01T00:00:00Z")) == 7200);
    CHECK(zone_offset(z, at("2024-03-31T00:59:59.999Z")) == 7200);
    CHECK(zone_offset(z, at("2024-07-01T00:00:00Z")) == 7200);
    CHECK(zone_offset(z, at("2024-10-27T00:59:59.999Z")) == 7200);
    CHECK(zone_offset(z, at("2024-10-27T01:00:00Z")) == 3600);
    zone_free(z);
  }
}

static void after_the_table_the_footer_decides(void) {
  struct zone *z = read_made('2', berlin);
  CHECK(zone_offset(z, at("2037-07-01T00:00:00Z")) == 7200);
  CHECK(zone_offset(z, at("2500-12-01T00:00:00Z")) == 3600);
  zone_free(z);
  z = read_made('\0', NULL);
  CHECK(zone_offset(z, at("2037-07-01T00:00:00Z")) == 3600);
  zone_free(z);
  z = read_made('2', "");
  CHECK(zone_offset(z, at("2037-07-01T00:00:00Z")) == 3600);
  zone_free(z);
}

static void what_is_no_good_file_is_refused(void) {
  struct file f;
  struct zone *z = NULL;
  make_file(&f, '2', berlin);
  for (size_t n = 0; n < f.n; n++)
    CHECK(zone_read(f.bytes, n, &z) == ERR_INVALID);
  for (size_t i = 0; i < f.n; i++) { /* whatever it says, it ends */
    struct file g = f;
    for (int byte = 0; byte < 256; byte += 5) {
      g.bytes[i] = (unsigned char)byte;
      z = NULL;
      if (zone_read(g.bytes, g.n, &z) == OK)
        (void)zone_offset(z, at("2024-07-01T00:00:00Z"));
      zone_free(z);
    }
  }
  z = NULL;
  make_file(&f, '2', "CET-1CEST,M13.5.0,M10.5.0/3");
  CHECK(zone_read(f.bytes, f.n, &z) == ERR_INVALID);
  CHECK(z == NULL);
}

static void a_name_stays_below_the_database(void) {
  struct zone *z = NULL;
  CHECK(zone_load("/etc/localtime", &z) == ERR_INVALID);
  CHECK(zone_load("../../etc/passwd", &z) == ERR_INVALID);
  CHECK(zone_load("Europe/..", &z) == ERR_INVALID);
  CHECK(zone_load("a b", &z) == ERR_INVALID);
  CHECK(zone_load("Nowhere/At-All", &z) == ERR_NOTFOUND);
  CHECK(z == NULL);
  CHECK(zone_load("UTC", &z) == OK);
  CHECK(zone_offset(z, 0) == 0);
  zone_free(z);
  CHECK(zone_offset(NULL, 0) == 0);
}

/* ---- the wall ---- */

static wall_ms wall(const struct zone *z, int year, int month, int day,
                    int hour, int minute) {
  const struct wall_time w = {year, month, day, hour, minute, 0, 0};
  return zone_at(z, &w);
}

static void the_wall_shows_the_local_time(void) {
  struct zone *z = read_made('2', berlin);
  struct wall_time w;
  zone_wall(z, at("2026-11-21T23:30:15Z"), &w);
  CHECK(w.year == 2026 && w.month == 11 && w.day == 22 && w.hour == 0 &&
        w.minute == 30 && w.second == 15 && w.weekday == 0);
  zone_wall(NULL, -1, &w);
  CHECK(w.year == 1969 && w.month == 12 && w.day == 31 && w.hour == 23 &&
        w.second == 59 && w.weekday == 3);
  CHECK(wall(z, 2026, 11, 22, 0, 30) == at("2026-11-21T23:30:00Z"));
  CHECK(wall(z, 2026, 7, 1, 0, 0) == at("2026-06-30T22:00:00Z"));
  CHECK(wall(NULL, 2026, 7, 1, 0, 0) == at("2026-07-01T00:00:00Z"));
  zone_free(z);
}

static void days_and_months_carry_over(void) {
  struct zone *z = read_made('2', berlin);
  CHECK(wall(z, 2026, 11, 31, 12, 0) == at("2026-12-01T11:00:00Z"));
  CHECK(wall(z, 2026, 1, 0, 12, 0) == at("2025-12-31T11:00:00Z"));
  CHECK(wall(z, 2026, 13, 1, 12, 0) == at("2027-01-01T11:00:00Z"));
  CHECK(wall(z, 2026, 0, 1, 12, 0) == at("2025-12-01T11:00:00Z"));
  CHECK(wall(z, 2026, 3, 31 + 7, 12, 0) == at("2026-04-07T10:00:00Z"));
  zone_free(z);
}

static void an_hour_that_happens_twice_is_its_first_time(void) {
  struct zone *z = read_made('2', berlin);
  CHECK(wall(z, 2026, 10, 25, 2, 30) == at("2026-10-25T00:30:00Z"));
  CHECK(wall(z, 2026, 10, 25, 1, 59) == at("2026-10-24T23:59:00Z"));
  CHECK(wall(z, 2026, 10, 25, 3, 0) == at("2026-10-25T02:00:00Z"));
  CHECK(wall(z, 2024, 10, 27, 2, 30) == at("2024-10-27T00:30:00Z"));
  zone_free(z);
}

static void an_hour_that_never_happens_is_as_if_it_did(void) {
  struct zone *z = read_made('2', berlin);
  CHECK(wall(z, 2026, 3, 29, 2, 30) == at("2026-03-29T01:30:00Z"));
  CHECK(wall(z, 2026, 3, 29, 1, 59) == at("2026-03-29T00:59:00Z"));
  CHECK(wall(z, 2026, 3, 29, 3, 0) == at("2026-03-29T01:00:00Z"));
  zone_free(z);
}

/* ---- rules ---- */

static int32_t ruled(const char *rule, const char *when) {
  struct zone_rule r;
  CHECK(zone_rule_parse(rule, &r) == OK);
  return zone_rule_offset(&r, at(when) / 1000);
}

static void rules_of_every_form_are_understood(void) {
  CHECK(ruled("EST5EDT,M3.2.0,M11.1.0", "2026-03-08T06:59:59Z") == -18000);
  CHECK(ruled("EST5EDT,M3.2.0,M11.1.0", "2026-03-08T07:00:00Z") == -14400);
  CHECK(ruled("EST5EDT,M3.2.0,M11.1.0", "2026-11-01T06:00:00Z") == -18000);
  /* the south, across the turn of the year */
  CHECK(ruled("AEST-10AEDT,M10.1.0,M4.1.0/3", "2026-01-01T00:00:00Z") == 39600);
  CHECK(ruled("AEST-10AEDT,M10.1.0,M4.1.0/3", "2026-07-01T00:00:00Z") == 36000);
  /* summer is standard, winter goes back */
  CHECK(ruled("IST-1GMT0,M10.5.0,M3.5.0/1", "2026-01-01T00:00:00Z") == 0);
  CHECK(ruled("IST-1GMT0,M10.5.0,M3.5.0/1", "2026-07-01T00:00:00Z") == 3600);
  CHECK(ruled("<+0545>-5:45", "2026-07-01T00:00:00Z") == 20700);
  CHECK(ruled("<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "2026-03-29T00:59:59Z") ==
        -7200);
  CHECK(ruled("<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "2026-03-29T01:00:00Z") ==
        -3600);
  /* daylight saving all year */
  CHECK(ruled("XXX3EDT4,0/0,J365/23", "2026-12-31T23:59:59Z") == -14400);
  CHECK(ruled("XXX3EDT4,0/0,J365/23", "2027-01-01T03:00:00Z") == -14400);
  /* March 1st by J, and by days that count February 29th */
  CHECK(ruled("AAA0BBB,J60/0,J300", "2024-02-29T23:59:59Z") == 0);
  CHECK(ruled("AAA0BBB,J60/0,J300", "2024-03-01T00:00:00Z") == 3600);
  CHECK(ruled("AAA0BBB,59/0,300", "2024-02-29T00:00:00Z") == 3600);
  CHECK(ruled("AAA0BBB,59/0,300", "2026-03-01T00:00:00Z") == 3600);
}

static void other_rules_are_refused(void) {
  static const char *const wrong[] = {"",
                                      "CET",
                                      "C1",
                                      "CET-25",
                                      "CET-1CEST",
                                      "CET-1x",
                                      "<CET-1",
                                      "CET-1CEST,",
                                      "CET-1 ",
                                      "AAA0BBB,J0,J5",
                                      "AAA0BBB,366,5",
                                      "AAA0BBB,M1.6.0,M2.1.0",
                                      "AAA0BBB,M1.1.7,M2.1.0",
                                      "AAA0BBB,M1.1.0/168,M2.1.0",
                                      "AAA0BBB,M1.1.0",
                                      "AAA0BBB,M1.1.0,M2.1.0,",
                                      "AAA0:60"};
  struct zone_rule r;
  for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
    if (zone_rule_parse(wrong[i], &r) != ERR_INVALID)
      CHECK_TEXT(wrong[i], "refused");
    else
      check_passed++;
}

/* ---- against zdump ---- */

static int month_of(const char *name) {
  static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
  const char *found = strstr(names, name);
  return found == NULL ? 0 : (int)(found - names) / 3 + 1;
}

struct line {
  char zone[64];
  struct wall_time utc, local;
  long offset;
};

/* "Europe/Berlin  Sun Mar 31 01:00:00 2024 UT = Sun Mar 31 03:00:00 2024 CEST
 * isdst=1 gmtoff=7200" */
static bool read_line(const char *text, struct line *l) {
  char utc[4], local[4];
  int n =
      sscanf(text,
             "%63s %*s %3s %d %d:%d:%d %d UT%*[C =] %*s %3s %d "
             "%d:%d:%d %d %*s %*s gmtoff=%ld",
             l->zone, utc, &l->utc.day, &l->utc.hour, &l->utc.minute,
             &l->utc.second, &l->utc.year, local, &l->local.day, &l->local.hour,
             &l->local.minute, &l->local.second, &l->local.year, &l->offset);
  l->utc.month = month_of(utc);
  l->local.month = month_of(local);
  return n == 14 && l->utc.month > 0 && l->local.month > 0;
}

/* Every line is one second before, or at, a change. */
static void compare(const struct zone *z, const struct line *l) {
  wall_ms when = zone_at(NULL, &l->utc);
  struct wall_time w;
  zone_wall(z, when, &w);
  bool is_same = zone_offset(z, when) == l->offset && w.year == l->local.year &&
                 w.month == l->local.month && w.day == l->local.day &&
                 w.hour == l->local.hour && w.minute == l->local.minute &&
                 w.second == l->local.second;
  /* What the wall shows then it has shown before, or it is the only time. */
  wall_ms back = zone_at(z, &w);
  struct wall_time again;
  zone_wall(z, back, &again);
  is_same = is_same && back <= when && again.hour == w.hour &&
            again.minute == w.minute && again.second == w.second;
  if (is_same)
    check_passed++;
  else
    printf("%s %d-%02d-%02d %02d:%02d:%02d differs, %d\n", l->zone, l->utc.year,
           l->utc.month, l->utc.day, l->utc.hour, l->utc.minute, l->utc.second,
           zone_offset(z, when));
  check_failed += !is_same;
}

static void zones_are_as_zdump_has_them(void) {
  FILE *f = popen("zdump -V -c 1880,2060 Africa/Cairo Africa/Casablanca"
                  " America/New_York America/Nuuk America/St_Johns"
                  " Antarctica/Troll Asia/Gaza Asia/Kathmandu Asia/Tehran"
                  " Australia/Lord_Howe Europe/Berlin Europe/Dublin"
                  " Europe/Lisbon Pacific/Apia Pacific/Kwajalein 2>/dev/null",
                  "r");
  char text[256];
  struct zone *z = NULL;
  struct line l, last = {.zone = ""};
  size_t lines = 0;
  while (f != NULL && fgets(text, sizeof text, f) != NULL) {
    if (!read_line(text, &l))
      continue;
    if (strcmp(l.zone, last.zone) != 0) {
      zone_free(z);
      z = NULL;
      CHECK(zone_load(l.zone, &z) == OK);
    }
    compare(z, &l);
    last = l;
    lines++;
  }
  zone_free(z);
  if (f != NULL)
    pclose(f);
  printf("%zu lines of zdump%s\n", lines,
         lines == 0 ? "; it or the database is not here" : "");
}

static void the_machine_has_a_zone(void) {
  char name[ZONE_NAME];
  unsetenv("TZ");
  zone_local_name(name);
  CHECK(name[0] != '\0');
  setenv("TZ", "Nowhere/At-All", 1);
  zone_local_name(name);
  CHECK_TEXT(name, "UTC");
  setenv("TZ", ":UTC", 1);
  zone_local_name(name);
  CHECK_TEXT(name, "UTC");
  struct zone *z = NULL;
  if (zone_load("Europe/Berlin", &z) == OK) {
    setenv("TZ", "Europe/Berlin", 1);
    zone_local_name(name);
    CHECK_TEXT(name, "Europe/Berlin");
  }
  zone_free(z);
  unsetenv("TZ");
}

int main(void) {
  the_table_decides_within_its_times();
  after_the_table_the_footer_decides();
  what_is_no_good_file_is_refused();
  a_name_stays_below_the_database();
  the_wall_shows_the_local_time();
  days_and_months_carry_over();
  an_hour_that_happens_twice_is_its_first_time();
  an_hour_that_never_happens_is_as_if_it_did();
  rules_of_every_form_are_understood();
  other_rules_are_refused();
  zones_are_as_zdump_has_them();
  the_machine_has_a_zone();
  return check_done("t_zone");
}
