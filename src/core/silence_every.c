/* SPDX-License-Identifier: MIT */
#include "core/silence_every.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define DAYS 7
#define MS_PER_DAY (24 * 3600 * 1000)

static const char *const day_names[DAYS] = {"Sunday",    "Monday",   "Tuesday",
                                            "Wednesday", "Thursday", "Friday",
                                            "Saturday"};

/* ---- reading ---- */

/* "Sat" or "Saturday". */
static bool read_day(const char **p, int *day) {
  size_t n = strspn(*p, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");
  for (int i = 0; i < DAYS; i++)
    if ((n == 3 || n == strlen(day_names[i])) &&
        strncasecmp(*p, day_names[i], n) == 0) {
      *p += n;
      *day = i;
      return true;
    }
  return false;
}

/* "Sat", "Mon-Fri", "Fri-Mon". */
static bool read_days(const char **p, uint8_t *days) {
  int first, last;
  if (!read_day(p, &first))
    return false;
  last = first;
  if (**p == '-') {
    ++*p;
    if (!read_day(p, &last))
      return false;
  }
  for (int i = first;; i = (i + 1) % DAYS) {
    *days |= (uint8_t)(1u << i);
    if (i == last)
      return true;
  }
}

static bool two_digits(const char **p, int max, int *value) {
  size_t n = strspn(*p, "0123456789");
  if (n < 1 || n > 2)
    return false;
  *value = n == 1 ? (*p)[0] - '0' : ((*p)[0] - '0') * 10 + (*p)[1] - '0';
  *p += n;
  return *value <= max;
}

static bool read_every(const char *text, uint8_t *days, int *minute) {
  const char *p = text;
  int hour, rest;
  *days = 0;
  if (strncasecmp(p, "daily ", 6) == 0) {
    p += 5;
    *days = (1u << DAYS) - 1;
  } else if (*p >= '0' && *p <= '9') {
    *days = (1u << DAYS) - 1;
  } else {
    for (;; p++) {
      if (!read_days(&p, days))
        return false;
      if (*p != ',')
        break;
    }
    if (*p != ' ')
      return false;
  }
  p += strspn(p, " ");
  if (!two_digits(&p, 23, &hour) || *p++ != ':' ||
      strspn(p, "0123456789") != 2 || !two_digits(&p, 59, &rest) || *p != '\0')
    return false;
  *minute = hour * 60 + rest;
  return true;
}

/* Days from one begin to the next, at least. */
static int shortest(uint8_t days) {
  int best = DAYS;
  for (int i = 0; i < DAYS; i++)
    for (int gap = 1; gap < best && (days >> i & 1) != 0; gap++)
      if ((days >> (i + gap) % DAYS & 1) != 0)
        best = gap;
  return best;
}

enum err silence_set_every(struct silence *s, const char *text,
                           const char *zone, span_ms span, const char **why) {
  uint8_t days;
  int minute;
  struct zone *loaded = NULL;
  char *every = NULL, *name = NULL;
  *why = NULL;
  if (!read_every(text, &days, &minute))
    *why = "neither \"Sat 02:00\" nor \"Mon-Fri 22:00\" nor \"daily 03:15\"";
  else if (span <= 0)
    *why = "how long it holds each time is missing";
  else if (span >= shortest(days) * (span_ms)MS_PER_DAY)
    *why = "it would not be over when it begins again";
  if (*why != NULL)
    return ERR_INVALID;
  enum err err = zone == NULL ? OK : zone_load(zone, &loaded);
  if (err != ERR_NOMEM)
    err = OK; /* a zone that is not known here is taken as UTC */
  if (err == OK) {
    every = strdup(text);
    name = zone == NULL ? NULL : strdup(zone);
    if (every == NULL || (zone != NULL && name == NULL))
      err = ERR_NOMEM;
  }
  if (err != OK) {
    free(every);
    free(name);
    zone_free(loaded);
    return err;
  }
  free(s->every);
  free(s->zone);
  zone_free(s->loaded);
  s->every = every;
  s->zone = name;
  s->loaded = loaded;
  s->every_for = span;
  s->every_days = days;
  s->every_minute = (int16_t)minute;
  return OK;
}

/* ---- windows ---- */

/* When it begins so many days after that of today; false: not on that day. */
static bool begin_on(const struct silence *s, const struct wall_time *today,
                     int days, wall_ms *begin) {
  struct wall_time w = {.year = today->year,
                        .month = today->month,
                        .day = today->day + days,
                        .hour = s->every_minute / 60,
                        .minute = s->every_minute % 60};
  if ((s->every_days >> (today->weekday + days + 4 * DAYS) % DAYS & 1) == 0)
    return false;
  *begin = zone_at(s->loaded, &w);
  return true;
}

/* The last that begins at or before that time, or, with is_next, the first
 * after it; there is one within a good week either way. */
static wall_ms find_begin(const struct silence *s, wall_ms at, bool is_next) {
  struct wall_time today;
  wall_ms begin = WALL_NEVER;
  zone_wall(s->loaded, at, &today);
  for (int i = -1; i <= DAYS + 1; i++)
    if (begin_on(s, &today, is_next ? i : -i, &begin) &&
        is_next == (begin > at))
      break;
  return begin;
}

bool every_holds(const struct silence *s, wall_ms at, wall_ms *from,
                 wall_ms *until) {
  wall_ms begin = find_begin(s, at, false);
  wall_ms end = begin + s->every_for;
  if (at >= end)
    return false;
  for (;;) {
    wall_ms last = find_begin(s, begin - 1, false);
    if (last + s->every_for < begin)
      break;
    begin = last;
  }
  for (;;) {
    wall_ms next = find_begin(s, end, false);
    if (next + s->every_for <= end)
      break;
    end = next + s->every_for;
  }
  *from = begin;
  *until = end;
  return true;
}

void every_next(const struct silence *s, wall_ms at, wall_ms *from,
                wall_ms *until) {
  *from = *until = find_begin(s, at, true);
  (void)every_holds(s, *from, from, until); /* it does where one begins */
}
