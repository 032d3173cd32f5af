/* SPDX-License-Identifier: MIT */
#include "base/zone_rule.h"

#include "base/clock.h"

#define SECONDS_PER_DAY INT64_C(86400)

static bool is_alpha(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

/* "CET" or "<+0330>". */
static bool skip_name(const char **p) {
  const char *s = *p;
  int n = 0;
  if (*s == '<') {
    for (s++; is_alpha(*s) || is_digit(*s) || *s == '+' || *s == '-'; s++)
      n++;
    if (*s++ != '>')
      return false;
  } else {
    for (; is_alpha(*s); s++)
      n++;
  }
  *p = s;
  return n >= 3;
}

/* One to three digits, at most max. */
static bool number(const char **p, int max, int *value) {
  int v = 0, n = 0;
  for (; n < 3 && is_digit(**p); n++, (*p)++)
    v = v * 10 + (**p - '0');
  *value = v;
  return n > 0 && v <= max;
}

/* "[+-]hh[:mm[:ss]]" in seconds. */
static bool read_time(const char **p, int hours_max, int32_t *seconds) {
  int sign = 1, part[3] = {0};
  if (**p == '-' || **p == '+')
    sign = *(*p)++ == '-' ? -1 : 1;
  if (!number(p, hours_max, &part[0]))
    return false;
  for (int i = 1; i < 3 && **p == ':'; i++) {
    (*p)++;
    if (!number(p, 59, &part[i]))
      return false;
  }
  *seconds = sign * (part[0] * 3600 + part[1] * 60 + part[2]);
  return true;
}

static bool read_month_day(const char **p, struct zone_change *c) {
  if (!number(p, 12, &c->month) || c->month < 1 || *(*p)++ != '.')
    return false;
  if (!number(p, 5, &c->week) || c->week < 1 || *(*p)++ != '.')
    return false;
  return number(p, 6, &c->day);
}

/* ",M3.5.0/2" */
static bool read_change(const char **p, struct zone_change *c) {
  bool is_good;
  if (*(*p)++ != ',')
    return false;
  c->form = is_digit(**p) ? 'N' : *(*p)++;
  c->time_of_day = 2 * 3600;
  if (c->form == 'M')
    is_good = read_month_day(p, c);
  else if (c->form == 'J')
    is_good = number(p, 365, &c->day) && c->day >= 1;
  else
    is_good = c->form == 'N' && number(p, 365, &c->day);
  if (is_good && **p == '/') {
    (*p)++;
    is_good = read_time(p, 167, &c->time_of_day);
  }
  return is_good;
}

enum err zone_rule_parse(const char *text, struct zone_rule *rule) {
  struct zone_rule r = {0};
  const char *p = text;
  /* POSIX counts west of Greenwich. */
  if (!skip_name(&p) || !read_time(&p, 24, &r.standard))
    return ERR_INVALID;
  r.standard = -r.standard;
  if (*p != '\0') {
    r.has_daylight = true;
    r.daylight = r.standard + 3600;
    if (!skip_name(&p))
      return ERR_INVALID;
    if (*p != ',') {
      if (!read_time(&p, 24, &r.daylight))
        return ERR_INVALID;
      r.daylight = -r.daylight;
    }
    if (!read_change(&p, &r.begin) || !read_change(&p, &r.end) || *p != '\0')
      return ERR_INVALID;
  }
  *rule = r;
  return OK;
}

static bool is_leap(int year) {
  return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

/* The day of the change, counted from the epoch. */
static int64_t change_day(const struct zone_change *c, int year) {
  if (c->form == 'N')
    return clock_days(year, 1, 1) + c->day;
  if (c->form == 'J')
    return clock_days(year, 1, 1) + c->day - 1 +
           (c->day >= 60 && is_leap(year));
  int64_t first = clock_days(year, c->month, 1);
  int64_t next = c->month < 12 ? clock_days(year, c->month + 1, 1)
                               : clock_days(year + 1, 1, 1);
  int first_is = (int)(((first + 4) % 7 + 7) % 7); /* 1970-01-01: Thursday */
  int64_t day = first + (c->day - first_is + 7) % 7 + 7 * (c->week - 1);
  return day < next ? day : day - 7;
}

/* Of the changes of this year and its neighbours (a time of day may reach into
 * another year) the last one that is not after at decides. Where an end and the
 * next begin meet (daylight saving all year) the begin does. */
int32_t zone_rule_offset(const struct zone_rule *rule, int64_t at) {
  if (!rule->has_daylight)
    return rule->standard;
  int64_t local = at + rule->standard, latest = INT64_MIN;
  int64_t days = local / SECONDS_PER_DAY - (local % SECONDS_PER_DAY < 0);
  int32_t offset = rule->standard;
  int year, month, day;
  clock_date(days, &year, &month, &day);
  for (int y = year - 1; y <= year + 1; y++) {
    int64_t begin = change_day(&rule->begin, y) * SECONDS_PER_DAY +
                    rule->begin.time_of_day - rule->standard;
    int64_t end = change_day(&rule->end, y) * SECONDS_PER_DAY +
                  rule->end.time_of_day - rule->daylight;
    if (end <= at && end > latest) {
      latest = end;
      offset = rule->standard;
    }
    if (begin <= at && begin >= latest) {
      latest = begin;
      offset = rule->daylight;
    }
  }
  return offset;
}
