/* SPDX-License-Identifier: MIT */
/* Values of an iCalendar file (RFC 5545, section 3.3). */
#include "core/calendar_inside.h"

#include <string.h>

#define LENGTH_DAYS_MAX 36525 /* a hundred years */

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static bool read_digits(const char *p, size_t n, int *number) {
  int value = 0;
  for (size_t i = 0; i < n; i++) {
    if (!is_digit(p[i]))
      return false;
    value = value * 10 + (p[i] - '0');
  }
  *number = value;
  return true;
}

static bool read_date(const char *p, wall_s *wall) {
  int year, month, day, y, m, d;
  if (!read_digits(p, 4, &year) || !read_digits(p + 4, 2, &month) ||
      !read_digits(p + 6, 2, &day) || year < 1 || month < 1 || month > 12 ||
      day < 1)
    return false;
  int64_t days = clock_days(year, month, day);
  clock_date(days, &y, &m, &d);
  *wall = days * WALL_DAY;
  return m == month; /* else it is beyond the month */
}

static bool read_clock(const char *p, wall_s *seconds) {
  int hour, minute, second;
  if (!read_digits(p, 2, &hour) || !read_digits(p + 2, 2, &minute) ||
      !read_digits(p + 4, 2, &second) || hour > 23 || minute > 59 ||
      second > 60)
    return false;
  *seconds = hour * 3600 + minute * 60 + (second < 60 ? second : 59);
  return true;
}

bool cal_time_read(struct slice value, struct slice tzid, struct cal_time *t) {
  struct cal_time read = {.kind = tzid.n > 0 ? CAL_ZONED : CAL_FLOATING,
                          .tzid = tzid};
  wall_s seconds = 0;
  bool is_utc = value.n == 16 && (value.text[15] | 0x20) == 'z';
  if (value.n < 8 || !read_date(value.text, &read.wall))
    return false;
  read.is_date = value.n == 8;
  if (!read.is_date &&
      ((value.n != 15 && !is_utc) || (value.text[8] | 0x20) != 't' ||
       !read_clock(value.text + 9, &seconds)))
    return false;
  read.wall += seconds;
  if (is_utc)
    read.kind = CAL_UTC;
  else if (read.is_date) /* of the schedule's zone, whatever it says */
    read.kind = CAL_FLOATING;
  *t = read;
  return true;
}

/* ---- lengths ---- */

/* A number of at most nine digits. */
static bool read_number(const char **p, const char *end, int64_t *number) {
  const char *begin = *p;
  *number = 0;
  while (*p < end && is_digit(**p) && *p - begin < 9)
    *number = *number * 10 + (*(*p)++ - '0');
  return *p > begin;
}

static bool add_part(char unit, bool is_time, int64_t number,
                     struct cal_length *length) {
  switch (unit | 0x20) {
  case 'w':
    length->wall += number * 7 * WALL_DAY;
    return !is_time;
  case 'd':
    length->wall += number * WALL_DAY;
    return !is_time;
  case 'h':
    length->exact += number * 3600000;
    return is_time;
  case 'm':
    length->exact += number * 60000;
    return is_time;
  case 's':
    length->exact += number * 1000;
    return is_time;
  default:
    return false;
  }
}

bool cal_length_read(struct slice value, struct cal_length *length) {
  const char *p = value.text, *end = p + value.n;
  struct cal_length read = {0, 0};
  bool is_time = false, has_part = false;
  if (p < end && *p == '+')
    p++;
  if (p == end || (*p++ | 0x20) != 'p')
    return false;
  while (p < end) {
    int64_t number;
    if ((*p | 0x20) == 't' && !is_time) {
      is_time = true;
      p++;
      continue;
    }
    if (!read_number(&p, end, &number) || p == end ||
        !add_part(*p++, is_time, number, &read))
      return false;
    has_part = true;
  }
  if (!has_part || read.wall + read.exact / 1000 > LENGTH_DAYS_MAX * WALL_DAY)
    return false;
  *length = read;
  return true;
}

bool cal_offset_read(const char *value, int32_t *offset) {
  int hours, minutes, seconds = 0;
  size_t n = strlen(value);
  if ((n != 5 && n != 7) || (value[0] != '+' && value[0] != '-') ||
      !read_digits(value + 1, 2, &hours) ||
      !read_digits(value + 3, 2, &minutes) ||
      (n == 7 && !read_digits(value + 5, 2, &seconds)) || hours > 24 ||
      minutes > 59 || seconds > 59)
    return false;
  int32_t sum = hours * 3600 + minutes * 60 + seconds;
  *offset = value[0] == '-' ? -sum : sum;
  return true;
}

bool cal_list_next(struct slice *list, struct slice *item) {
  if (list->n == 0)
    return false;
  const char *comma = memchr(list->text, ',', list->n);
  size_t n = comma == NULL ? list->n : (size_t)(comma - list->text);
  size_t used = comma == NULL ? n : n + 1;
  *item = (struct slice){list->text, n};
  list->text += used;
  list->n -= used;
  return true;
}

/* ---- the wall ---- */

wall_ms cal_at(const struct zone *z, wall_s wall) {
  int64_t days = wall / WALL_DAY - (wall % WALL_DAY < 0);
  int second = (int)(wall - days * WALL_DAY);
  struct wall_time w = {
      .hour = second / 3600, .minute = second / 60 % 60, .second = second % 60};
  clock_date(days, &w.year, &w.month, &w.day);
  return zone_at(z, &w);
}

wall_s cal_wall(const struct zone *z, wall_ms at) {
  return at / 1000 - (at % 1000 < 0) + zone_offset(z, at);
}
