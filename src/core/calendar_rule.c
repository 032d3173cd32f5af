/* SPDX-License-Identifier: MIT */
/* Recurrence (RFC 5545, section 3.3.10). The only place that knows libical,
 * and of it only the iterator: its readers of text open files, look for time
 * zones, and write beyond lists that are too long. The iterator works in
 * floating time and is given nothing it would work at without an end, or does
 * otherwise than the RFC has it: rules of such kinds are refused, by name.
 * Where a rule without COUNT began long ago it is begun again shortly before
 * what is wanted. */
#include "core/calendar_inside.h"

#include <libical/ical.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* What a rule costs beside its occurrences: the iterator looks for months and
 * years that have one, each for as long as 10 occurrences. */
#define WORK_OF_RULE 100
#define WORK_OF_PERIOD 10
#define YEAR_FIRST 1600
#define YEAR_LAST 2500

typedef struct icalrecurrencetype rule_parts;

/* ---- reading one ---- */

struct part {
  struct slice name, value;
};

static bool next_part(const char **text, struct part *part) {
  while (**text == ';' || **text == ' ')
    ++*text;
  size_t n = strcspn(*text, ";"), name = strcspn(*text, "=;");
  if (n == 0)
    return false;
  part->name = (struct slice){*text, name};
  part->value = (struct slice){*text + name, 0};
  if (name < n)
    part->value = (struct slice){*text + name + 1, n - name - 1};
  *text += n;
  return true;
}

static bool read_int(struct slice s, long min, long max, long *number) {
  char digits[12];
  char *end;
  if (s.n == 0 || s.n >= sizeof digits)
    return false;
  memcpy(digits, s.text, s.n);
  digits[s.n] = '\0';
  long value = strtol(digits, &end, 10);
  if (*end != '\0' || value < min || value > max)
    return false;
  *number = value;
  return true;
}

static int by_number(const void *a, const void *b) {
  return *(const short *)a - *(const short *)b;
}

/* Sorts what the iterator takes in the order given, and has each once. */
static void settle(short *list, size_t n) {
  size_t kept = 0;
  qsort(list, n, sizeof *list, by_number);
  for (size_t i = 0; i < n; i++)
    if (kept == 0 || list[kept - 1] != list[i])
      list[kept++] = list[i];
  list[kept] = ICAL_RECURRENCE_ARRAY_MAX;
}

/* size: of the list with its end. */
static bool read_list(struct slice value, long min, long max, short *list,
                      size_t size) {
  struct slice item;
  size_t n = 0;
  while (cal_list_next(&value, &item)) {
    long number;
    if (n + 1 == size || !read_int(item, min, max, &number) ||
        (min < 0 && number == 0))
      return false;
    list[n++] = (short)number;
  }
  settle(list, n);
  return n > 0;
}

static bool read_weekday(struct slice s, short *day) {
  static const char names[7][3] = {"SU", "MO", "TU", "WE", "TH", "FR", "SA"};
  for (short i = 0; i < 7; i++)
    if (slice_is(s, names[i])) {
      *day = (short)(i + 1);
      return true;
    }
  return false;
}

/* "MO", "2TH", "-1SU"; and "2 TH" as Exchange has it. */
static bool read_day(struct slice s, short *day) {
  long nth = 0;
  while (s.n > 0 && *s.text == ' ') {
    s.text++;
    s.n--;
  }
  if (s.n < 2 || !read_weekday((struct slice){s.text + s.n - 2, 2}, day))
    return false;
  s.n -= 2;
  while (s.n > 0 && s.text[s.n - 1] == ' ')
    s.n--;
  if (s.n > 0 && (!read_int(s, -53, 53, &nth) || nth == 0))
    return false;
  *day = (short)(nth < 0 ? nth * 8 - *day : nth * 8 + *day);
  return true;
}

static bool read_days(struct slice value, short *list, size_t size) {
  struct slice item;
  size_t n = 0;
  while (cal_list_next(&value, &item))
    if (n + 1 == size || !read_day(item, &list[n++]))
      return false;
  settle(list, n);
  return n > 0;
}

static bool read_freq(struct slice value, rule_parts *p) {
  static const struct {
    const char *name;
    icalrecurrencetype_frequency freq;
  } freqs[] = {{"HOURLY", ICAL_HOURLY_RECURRENCE},
               {"DAILY", ICAL_DAILY_RECURRENCE},
               {"WEEKLY", ICAL_WEEKLY_RECURRENCE},
               {"MONTHLY", ICAL_MONTHLY_RECURRENCE},
               {"YEARLY", ICAL_YEARLY_RECURRENCE}};
  for (size_t i = 0; i < sizeof freqs / sizeof freqs[0]; i++)
    if (slice_is(value, freqs[i].name))
      p->freq = freqs[i].freq;
  return p->freq != ICAL_NO_RECURRENCE;
}

static bool read_interval(struct slice value, rule_parts *p) {
  long number;
  bool is_good = read_int(value, 1, 9999, &number);
  if (is_good)
    p->interval = (short)number;
  return is_good;
}

static bool read_count(struct slice value, rule_parts *p) {
  long number;
  bool is_good = read_int(value, 1, 1000000, &number);
  if (is_good)
    p->count = (int)number;
  return is_good;
}

static bool read_week_start(struct slice value, rule_parts *p) {
  short day;
  bool is_good = read_weekday(value, &day);
  if (is_good)
    p->week_start = (icalrecurrencetype_weekday)day;
  return is_good;
}

#define LIST(value, min, max, list)                                            \
  read_list(value, min, max, list, sizeof(list) / sizeof(list)[0])

static bool read_part(const struct part *part, rule_parts *p) {
  struct slice name = part->name, value = part->value;
  if (slice_is(name, "FREQ"))
    return read_freq(value, p);
  if (slice_is(name, "INTERVAL"))
    return read_interval(value, p);
  if (slice_is(name, "COUNT"))
    return read_count(value, p);
  if (slice_is(name, "WKST"))
    return read_week_start(value, p);
  if (slice_is(name, "BYMONTH"))
    return LIST(value, 1, 12, p->by_month);
  if (slice_is(name, "BYMONTHDAY"))
    return LIST(value, -31, 31, p->by_month_day);
  if (slice_is(name, "BYDAY"))
    return read_days(value, p->by_day, sizeof p->by_day / sizeof p->by_day[0]);
  if (slice_is(name, "BYHOUR"))
    return LIST(value, 0, 23, p->by_hour);
  if (slice_is(name, "BYMINUTE"))
    return LIST(value, 0, 59, p->by_minute);
  if (slice_is(name, "BYSECOND"))
    return LIST(value, 0, 59, p->by_second);
  if (slice_is(name, "BYSETPOS"))
    return LIST(value, -366, 366, p->by_set_pos);
  if (slice_is(name, "UNTIL")) { /* cal_rule_end */
    struct cal_time t;
    return cal_time_read(value, (struct slice){0}, &t);
  }
  return name.n > 2 && strncasecmp(name.text, "X-", 2) == 0;
}

static enum err read_parts(const struct cal_rule *rule, rule_parts *p) {
  const char *text = rule->text;
  struct part part;
  icalrecurrencetype_clear(p);
  while (next_part(&text, &part))
    if (!read_part(&part, p))
      return cal_wrong(
          rule->line, "RRULE: %.*s=%.*s is wrong or not supported",
          (int)(part.name.n < 40 ? part.name.n : 40), part.name.text,
          (int)(part.value.n < 80 ? part.value.n : 80), part.value.text);
  return p->freq == ICAL_NO_RECURRENCE
             ? cal_wrong(rule->line, "RRULE: it has no FREQ")
             : OK;
}

wall_s cal_rule_end(const char *text, const struct zone *zone) {
  struct part part;
  struct cal_time t;
  while (next_part(&text, &part))
    if (slice_is(part.name, "UNTIL") &&
        cal_time_read(part.value, (struct slice){0}, &t)) {
      if (t.is_date)
        return t.wall + WALL_DAY - 1;
      return t.kind == CAL_UTC ? cal_wall(zone, t.wall * 1000) : t.wall;
    }
  return INT64_MAX;
}

/* ---- what the iterator is good for ---- */

#define HAS(list) ((list)[0] != ICAL_RECURRENCE_ARRAY_MAX)

static bool has_numbered_day(const rule_parts *p, int max) {
  bool has = false;
  for (const short *d = p->by_day; *d != ICAL_RECURRENCE_ARRAY_MAX; d++)
    has = has || abs(icalrecurrencetype_day_position(*d)) > max;
  return has;
}

static int month_days(int month) {
  return month == 2 ? 29 : 30 + ((month + (month > 7)) & 1);
}

static bool has_month(const rule_parts *p, int month) {
  const short *m = p->by_month;
  while (*m != ICAL_RECURRENCE_ARRAY_MAX && *m != month)
    m++;
  return !HAS(p->by_month) || *m == month;
}

static bool has_day_in(const rule_parts *p, int month) {
  const short *d = p->by_month_day;
  while (*d != ICAL_RECURRENCE_ARRAY_MAX && abs(*d) > month_days(month))
    d++;
  return !HAS(p->by_month_day) || *d != ICAL_RECURRENCE_ARRAY_MAX;
}

/* One of the months that it comes to is one of its months and has one of its
 * days. */
static bool may_happen(const rule_parts *p, int month) {
  int step = p->freq == ICAL_MONTHLY_RECURRENCE ? p->interval % 12 : 1;
  for (int i = 0; i < 12; i++) {
    int m = (month - 1 + i * step) % 12 + 1;
    if (has_month(p, m) && has_day_in(p, m))
      return true;
  }
  return false;
}

static const char *misfit_of_set(const rule_parts *p, bool is_long) {
  if (!HAS(p->by_set_pos))
    return NULL;
  bool has_times =
      (HAS(p->by_hour) && p->by_hour[1] != ICAL_RECURRENCE_ARRAY_MAX) ||
      (HAS(p->by_minute) && p->by_minute[1] != ICAL_RECURRENCE_ARRAY_MAX) ||
      (HAS(p->by_second) && p->by_second[1] != ICAL_RECURRENCE_ARRAY_MAX);
  if (!is_long || !HAS(p->by_day) || HAS(p->by_month_day) ||
      has_numbered_day(p, 0) || has_times)
    return "BYSETPOS is supported with weekdays of a month or year only";
  return NULL;
}

/* What is in the way; NULL: nothing. */
static const char *misfit(const rule_parts *p, int month) {
  bool is_long =
      p->freq == ICAL_MONTHLY_RECURRENCE || p->freq == ICAL_YEARLY_RECURRENCE;
  bool is_in_month = p->freq == ICAL_MONTHLY_RECURRENCE || HAS(p->by_month);
  if (p->freq == ICAL_HOURLY_RECURRENCE &&
      (HAS(p->by_hour) || HAS(p->by_minute) || HAS(p->by_second)))
    return "BYHOUR, BYMINUTE and BYSECOND are not supported with HOURLY";
  if (p->freq == ICAL_YEARLY_RECURRENCE && p->interval > 100)
    return "INTERVAL is above 100";
  if (p->freq == ICAL_WEEKLY_RECURRENCE && HAS(p->by_month_day))
    return "BYMONTHDAY makes no sense with WEEKLY";
  if (!is_long && HAS(p->by_month_day) && p->by_month_day[0] < 0)
    return "BYMONTHDAY below 0 is supported with MONTHLY and YEARLY only";
  if (has_numbered_day(p, 0) && (!is_long || HAS(p->by_month_day)))
    return "a numbered BYDAY is supported with months and years only";
  if (has_numbered_day(p, is_in_month ? 5 : 53) || !may_happen(p, month))
    return "it never happens";
  return misfit_of_set(p, is_long);
}

/* Whole days have no times, and days of a year are those of all its months. */
static void complete(const struct cal_rule *rule, rule_parts *p) {
  if (rule->is_date) {
    p->by_hour[0] = p->by_minute[0] = p->by_second[0] =
        ICAL_RECURRENCE_ARRAY_MAX;
  }
  if (p->freq == ICAL_YEARLY_RECURRENCE && HAS(p->by_month_day) &&
      !HAS(p->by_month)) {
    for (short i = 0; i < 12; i++)
      p->by_month[i] = (short)(i + 1);
    p->by_month[12] = ICAL_RECURRENCE_ARRAY_MAX;
  }
}

static int weekday_from(const rule_parts *p, short day) {
  return (icalrecurrencetype_day_day_of_week(day) - (int)p->week_start + 7) % 7;
}

/* The iterator wants the days of a week in its order. */
static void sort_days(rule_parts *p) {
  short *d = p->by_day;
  for (size_t i = 1; HAS(d) && d[i] != ICAL_RECURRENCE_ARRAY_MAX; i++)
    for (size_t k = i; k > 0; k--) {
      short later = d[k];
      if (weekday_from(p, d[k - 1]) <= weekday_from(p, later))
        break;
      d[k] = d[k - 1];
      d[k - 1] = later;
    }
}

/* ---- where to begin ---- */

/* A day that every month has, or one that the rule names. */
static bool may_move_months(const rule_parts *p, int day) {
  return day <= 28 || HAS(p->by_day) || HAS(p->by_month_day);
}

static wall_s later_month(const rule_parts *p, wall_s start, wall_s from) {
  int year, month, day, to_year, to_month, to_day;
  int64_t days = start / WALL_DAY - (start % WALL_DAY < 0);
  int64_t to = from / WALL_DAY - (from % WALL_DAY < 0);
  clock_date(days, &year, &month, &day);
  clock_date(to, &to_year, &to_month, &to_day);
  int64_t step =
      p->freq == ICAL_YEARLY_RECURRENCE ? p->interval * 12 : p->interval;
  int64_t months = (to_year - year) * 12 + (to_month - month) - 1;
  if (months < step || !may_move_months(p, day))
    return start;
  months = months / step * step + month - 1;
  int first = day <= 28 ? day : 28; /* the rule names its days */
  return clock_days(year + (int)(months / 12), (int)(months % 12) + 1, first) *
             WALL_DAY +
         (start - days * WALL_DAY);
}

/* An equivalent start not long before what is wanted. */
static wall_s later_start(const rule_parts *p, wall_s start, wall_s from) {
  int64_t step = 0;
  if (p->count > 0 || from <= start)
    return start;
  if (p->freq == ICAL_HOURLY_RECURRENCE)
    step = p->interval * INT64_C(3600);
  else if (p->freq == ICAL_DAILY_RECURRENCE)
    step = p->interval * WALL_DAY;
  else if (p->freq == ICAL_WEEKLY_RECURRENCE)
    step = p->interval * 7 * WALL_DAY;
  if (step == 0)
    return later_month(p, start, from);
  int64_t steps = (from - start) / step - 1;
  return steps > 0 ? start + steps * step : start;
}

static int64_t periods_in(const rule_parts *p, int64_t seconds) {
  static const int64_t units[] = {
      1, 60, 3600, WALL_DAY, 7 * WALL_DAY, 28 * WALL_DAY, 365 * WALL_DAY};
  bool is_long =
      p->freq == ICAL_MONTHLY_RECURRENCE || p->freq == ICAL_YEARLY_RECURRENCE;
  int64_t n = seconds / (units[p->freq] * p->interval) + 1;
  return is_long ? n * WORK_OF_PERIOD : n;
}

/* The iterator takes the first of the rule's weekdays for the beginning of the
 * week, and is wrong about every second week if it begins on another. One step
 * earlier, since the rule may name an earlier time of day. */
static wall_s first_in_week(rule_parts *p, wall_s start) {
  int64_t day = start / WALL_DAY - (start % WALL_DAY < 0);
  short weekday = (short)(((day + 4) % 7 + 7) % 7 + 1); /* 1970: a Thursday */
  if (!HAS(p->by_day)) {
    p->by_day[0] = weekday;
    p->by_day[1] = ICAL_RECURRENCE_ARRAY_MAX;
  }
  int days = weekday_from(p, p->by_day[0]) - weekday_from(p, weekday) -
             7 * p->interval;
  return start + days * WALL_DAY;
}

/* ---- going through ---- */

static struct icaltimetype to_ical(wall_s wall) {
  struct icaltimetype t = {0};
  int64_t days = wall / WALL_DAY - (wall % WALL_DAY < 0);
  int second = (int)(wall - days * WALL_DAY);
  clock_date(days, &t.year, &t.month, &t.day);
  t.hour = second / 3600;
  t.minute = second / 60 % 60;
  t.second = second % 60;
  return t;
}

static wall_s from_ical(struct icaltimetype t) {
  return clock_days(t.year, t.month, t.day) * WALL_DAY + t.hour * 3600 +
         t.minute * 60 + t.second;
}

/* count: how many there are at most, below 0: any number. */
static enum err go_through(struct cal_reader *r, const struct cal_rule *rule,
                           icalrecur_iterator *i, wall_s until, int count,
                           cal_occurrence *each, void *arg) {
  enum err err = OK;
  while (err == OK && count != 0) {
    struct icaltimetype t = icalrecur_iterator_next(i);
    wall_s at = icaltime_is_null_time(t) ? until : from_ical(t);
    if (at >= until)
      break;
    err = cal_work(r, 1);
    if (at < rule->start)
      continue;
    count -= count > 0;
    if (err == OK && at >= rule->from)
      err = each(arg, at);
  }
  return err;
}

enum err cal_rule_each(struct cal_reader *r, const struct cal_rule *rule,
                       cal_occurrence *each, void *arg) {
  rule_parts p;
  enum err err = read_parts(rule, &p);
  if (err != OK)
    return err;
  complete(rule, &p);
  sort_days(&p);
  struct icaltimetype first = to_ical(rule->start);
  const char *why = misfit(&p, first.month);
  if (why != NULL)
    return cal_wrong(rule->line, "RRULE: %s", why);
  wall_s end = cal_rule_end(rule->text, rule->zone);
  wall_s until = end < rule->until ? end + 1 : rule->until;
  if (first.year < YEAR_FIRST || first.year > YEAR_LAST ||
      rule->start >= until || rule->from >= until)
    return first.year < YEAR_FIRST
               ? cal_wrong(rule->line, "DTSTART: it is before the year 1600")
               : OK;
  wall_s start = later_start(&p, rule->start, rule->from);
  err = cal_work(r, WORK_OF_RULE + periods_in(&p, until - start));
  if (err != OK)
    return err;
  if (p.freq == ICAL_WEEKLY_RECURRENCE)
    start = first_in_week(&p, start);
  int count = p.count > 0 ? p.count : -1;
  p.count = 0;
  p.until = to_ical(until);
  icalrecur_iterator *i = icalrecur_iterator_new(p, to_ical(start));
  if (i == NULL)
    return icalerrno == ICAL_NEWFAILED_ERROR
               ? ERR_NOMEM
               : cal_wrong(rule->line, "RRULE: it never happens");
  err = go_through(r, rule, i, until, count, each, arg);
  icalrecur_iterator_free(i);
  return err;
}
