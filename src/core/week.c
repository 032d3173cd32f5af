/* SPDX-License-Identifier: MIT */
#include "core/week.h"

#include <string.h>
#include <strings.h>

static const char *const day_names[WEEK_DAYS] = {
    "Sunday",   "Monday", "Tuesday", "Wednesday",
    "Thursday", "Friday", "Saturday"};

/* "Sat" or "Saturday". */
static bool read_day(const char **p, int *day) {
  size_t n = strspn(*p, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");
  for (int i = 0; i < WEEK_DAYS; i++)
    if ((n == 3 || n == strlen(day_names[i])) &&
        strncasecmp(*p, day_names[i], n) == 0) {
      *p += n;
      *day = i;
      return true;
    }
  return false;
}

/* "Sat", "Mon-Fri", "Fri-Mon". */
static bool read_range(const char **p, uint8_t *days) {
  int first, last;
  if (!read_day(p, &first))
    return false;
  last = first;
  if (**p == '-') {
    ++*p;
    if (!read_day(p, &last))
      return false;
  }
  for (int i = first;; i = (i + 1) % WEEK_DAYS) {
    *days |= (uint8_t)(1u << i);
    if (i == last)
      return true;
  }
}

bool week_read_days(const char **p, uint8_t *days) {
  const char *at = *p;
  uint8_t found = 0;
  while (read_range(&at, &found)) {
    if (*at != ',') {
      *p = at;
      *days = found;
      return true;
    }
    at++;
  }
  return false;
}

bool week_read_minute(const char **p, int *minute) {
  static const char digits[] = "0123456789";
  const char *at = *p;
  int hour = 0;
  size_t n = strspn(at, digits);
  if (n < 1 || n > 2 || at[n] != ':' || strspn(at + n + 1, digits) != 2)
    return false;
  for (size_t i = 0; i < n; i++)
    hour = hour * 10 + at[i] - '0';
  int rest = (at[n + 1] - '0') * 10 + at[n + 2] - '0';
  if (rest > 59 || hour * 60 + rest > DAY_MINUTES)
    return false;
  *p = at + n + 3;
  *minute = hour * 60 + rest;
  return true;
}
