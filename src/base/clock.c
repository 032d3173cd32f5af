/* SPDX-License-Identifier: MIT */
/* The calendar is computed here (proleptic Gregorian, UTC): the functions of
 * the C library that do it share state with whoever sets TZ. */
#include "base/clock.h"

#include "base/span.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define MS_PER_DAY INT64_C(86400000)

/* 0001-01-01T00:00:00.000Z and 9999-12-31T23:59:59.999Z */
#define WALL_FIRST (INT64_C(-719162) * MS_PER_DAY)
#define WALL_LAST (INT64_C(2932897) * MS_PER_DAY - 1)

struct civil {
  int year, month, day, hour, minute, second, ms;
};

static wall_ms real_wall(struct clock *c) {
  (void)c; /* there is only one */
  struct timespec ts = {0};
  (void)clock_gettime(CLOCK_REALTIME, &ts); /* cannot fail for this clock */
  return (wall_ms)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

struct clock *clock_real(void) {
  static struct clock real = {.wall = real_wall};
  return &real;
}

static wall_ms fake_wall(struct clock *c) {
  return ((struct fake_clock *)c)->at;
}

void fake_clock_init(struct fake_clock *f, wall_ms at) {
  *f = (struct fake_clock){.clock = {.wall = fake_wall}, .at = at};
}

int64_t clock_mono_ns(void) {
  struct timespec ts = {0};
  (void)clock_gettime(CLOCK_MONOTONIC, &ts); /* cannot fail for this clock */
  return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

void clock_sleep_ms(span_ms span) {
  if (span <= 0)
    return;
  struct timespec until = {0};
  (void)clock_gettime(CLOCK_MONOTONIC, &until);
  until.tv_sec += (time_t)(span / 1000);
  until.tv_nsec += (long)(span % 1000) * 1000000;
  if (until.tv_nsec >= 1000000000) {
    until.tv_sec++;
    until.tv_nsec -= 1000000000;
  }
  while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR)
    ;
}

/* Years are counted from March, so that the leap day is the last of its year.
 */
int64_t clock_days(int year, int month, int day) {
  int64_t y = month <= 2 ? year - 1 : year;
  int64_t era = (y >= 0 ? y : y - 399) / 400;
  int64_t of_era = y - era * 400;
  int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  int64_t days = of_era * 365 + of_era / 4 - of_era / 100 + of_year;
  return era * 146097 + days - 719468;
}

void clock_date(int64_t days, int *year, int *month, int *day) {
  days += 719468;
  int64_t era = (days >= 0 ? days : days - 146096) / 146097;
  int64_t doe = days - era * 146097;
  int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
  int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
  int64_t shifted = (5 * doy + 2) / 153;
  *day = (int)(doy - (153 * shifted + 2) / 5 + 1);
  *month = (int)(shifted < 10 ? shifted + 3 : shifted - 9);
  *year = (int)(yoe + era * 400 + (*month <= 2));
}

static int days_in_month(int year, int month) {
  static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  bool is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  return days[month - 1] + (month == 2 && is_leap);
}

static wall_ms clamp(wall_ms at) {
  return at < WALL_FIRST ? WALL_FIRST : at > WALL_LAST ? WALL_LAST : at;
}

static void put_digits(char *out, int width, int n) {
  for (int i = width - 1; i >= 0; i--, n /= 10)
    out[i] = (char)('0' + n % 10);
}

void clock_print(wall_ms at, char out[CLOCK_TEXT]) {
  at = clamp(at);
  int64_t days = at / MS_PER_DAY, rest = at % MS_PER_DAY;
  if (rest < 0) {
    rest += MS_PER_DAY;
    days--;
  }
  struct civil c = {0};
  clock_date(days, &c.year, &c.month, &c.day);
  memcpy(out, "0000-00-00T00:00:00.000Z", CLOCK_TEXT);
  put_digits(out, 4, c.year);
  put_digits(out + 5, 2, c.month);
  put_digits(out + 8, 2, c.day);
  put_digits(out + 11, 2, (int)(rest / 3600000));
  put_digits(out + 14, 2, (int)(rest / 60000 % 60));
  put_digits(out + 17, 2, (int)(rest / 1000 % 60));
  put_digits(out + 20, 3, (int)(rest % 1000));
}

/* Reads exactly n digits. */
static bool digits(const char **p, int n, int *value) {
  int v = 0;
  for (int i = 0; i < n; i++) {
    char c = (*p)[i];
    if (c < '0' || c > '9')
      return false;
    v = v * 10 + (c - '0');
  }
  *p += n;
  *value = v;
  return true;
}

static bool literal(const char **p, char c) {
  if (**p != c)
    return false;
  (*p)++;
  return true;
}

static bool read_date(const char **p, struct civil *c) {
  return digits(p, 4, &c->year) && literal(p, '-') && digits(p, 2, &c->month) &&
         literal(p, '-') && digits(p, 2, &c->day) && c->year >= 1 &&
         c->month >= 1 && c->month <= 12 && c->day >= 1 &&
         c->day <= days_in_month(c->year, c->month);
}

static bool read_hour_minute(const char **p, struct civil *c) {
  return digits(p, 2, &c->hour) && literal(p, ':') &&
         digits(p, 2, &c->minute) && c->hour <= 23 && c->minute <= 59;
}

enum err clock_parse(const char *text, wall_ms *at) {
  struct civil c = {0};
  const char *p = text;
  if (!read_date(&p, &c))
    return ERR_INVALID;
  if (*p != 'T' && *p != 't' && *p != ' ')
    return ERR_INVALID;
  p++;
  /* Second 60 is a leap second: the same moment as the next minute's 0. */
  if (!read_hour_minute(&p, &c) || !literal(&p, ':') ||
      !digits(&p, 2, &c.second) || c.second > 60)
    return ERR_INVALID;
  if (literal(&p, '.')) {
    if (*p < '0' || *p > '9')
      return ERR_INVALID;
    for (int unit = 100; *p >= '0' && *p <= '9'; p++, unit /= 10)
      c.ms += (*p - '0') * unit;
  }
  int sign = 0, hours = 0, minutes = 0;
  if (*p == 'Z' || *p == 'z') {
    p++;
  } else {
    sign = *p == '+' ? 1 : *p == '-' ? -1 : 0;
    if (sign == 0)
      return ERR_INVALID;
    p++;
    if (!digits(&p, 2, &hours) || !literal(&p, ':') ||
        !digits(&p, 2, &minutes) || hours > 23 || minutes > 59)
      return ERR_INVALID;
  }
  if (*p != '\0')
    return ERR_INVALID;
  *at = clock_days(c.year, c.month, c.day) * MS_PER_DAY +
        c.hour * INT64_C(3600000) + c.minute * INT64_C(60000) +
        c.second * INT64_C(1000) + c.ms -
        sign * (hours * INT64_C(3600000) + minutes * INT64_C(60000));
  return OK;
}

void clock_print_local(wall_ms at, char out[CLOCK_LOCAL]) {
  at = clamp(at);
  time_t seconds = (time_t)((at - (at % 1000 + 1000) % 1000) / 1000);
  struct tm tm = {0};
  if (localtime_r(&seconds, &tm) == NULL || tm.tm_year + 1900 > 9999 ||
      tm.tm_year + 1900 < 0)
    tm = (struct tm){.tm_year = at < 0 ? 1 - 1900 : 9999 - 1900, .tm_mday = 1};
  snprintf(out, CLOCK_LOCAL, "%04u-%02u-%02u %02u:%02u:%02u",
           (unsigned)(tm.tm_year + 1900) % 10000,
           (unsigned)(tm.tm_mon + 1) % 100, (unsigned)tm.tm_mday % 100,
           (unsigned)tm.tm_hour % 100, (unsigned)tm.tm_min % 100,
           (unsigned)tm.tm_sec % 100);
}

/* A local time that daylight saving skips becomes the one an hour later, as
 * mktime has it. */
static enum err from_local(const struct civil *c, wall_ms *at) {
  struct tm tm = {.tm_year = c->year - 1900,
                  .tm_mon = c->month - 1,
                  .tm_mday = c->day,
                  .tm_hour = c->hour,
                  .tm_min = c->minute,
                  .tm_sec = c->second,
                  .tm_isdst = -1};
  errno = 0;
  time_t seconds = mktime(&tm);
  if (seconds == (time_t)-1 && errno != 0)
    return ERR_INVALID;
  *at = (wall_ms)seconds * 1000;
  return OK;
}

static enum err parse_relative(const char *text, wall_ms now, wall_ms *at) {
  span_ms span = 0;
  enum err err = span_parse(text + 1, &span);
  if (err == OK)
    *at = *text == '-' ? now - span : now + span;
  return err;
}

enum err clock_parse_local(const char *text, wall_ms now, wall_ms *at) {
  if (strcmp(text, "now") == 0) {
    *at = now;
    return OK;
  }
  if (*text == '-' || *text == '+')
    return parse_relative(text, now, at);
  if (clock_parse(text, at) == OK)
    return OK;

  struct civil c = {0};
  const char *p = text;
  bool has_date = strchr(text, '-') != NULL;
  if (has_date) {
    if (!read_date(&p, &c))
      return ERR_INVALID;
    if (*p == '\0')
      return from_local(&c, at); /* when that day begins */
    if (*p != ' ' && *p != 'T')
      return ERR_INVALID;
    p++;
  } else {
    time_t seconds = (time_t)(now / 1000);
    struct tm tm = {0};
    if (localtime_r(&seconds, &tm) == NULL)
      return ERR_INVALID;
    c.year = tm.tm_year + 1900;
    c.month = tm.tm_mon + 1;
    c.day = tm.tm_mday;
  }
  if (!read_hour_minute(&p, &c))
    return ERR_INVALID;
  if (*p == ':' &&
      (!literal(&p, ':') || !digits(&p, 2, &c.second) || c.second > 59))
    return ERR_INVALID;
  if (*p != '\0')
    return ERR_INVALID;
  return from_local(&c, at);
}
