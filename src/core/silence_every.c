/* SPDX-License-Identifier: MIT */
#include "core/silence_every.h"

#include "core/week.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- reading ---- */

static bool read_every(const char *text, uint8_t *days, int *minute) {
  const char *p = text;
  *days = WEEK_ALL;
  if (strncasecmp(p, "daily ", 6) == 0)
    p += 5;
  else if (*p < '0' || *p > '9')
    if (!week_read_days(&p, days) || *p != ' ')
      return false;
  p += strspn(p, " ");
  return week_read_minute(&p, minute) && *minute < DAY_MINUTES && *p == '\0';
}

/* Days from one begin to the next, at least. */
static int shortest(uint8_t days) {
  int best = WEEK_DAYS;
  for (int i = 0; i < WEEK_DAYS; i++)
    for (int gap = 1; gap < best && (days >> i & 1) != 0; gap++)
      if ((days >> (i + gap) % WEEK_DAYS & 1) != 0)
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
  else if (span >= shortest(days) * DAY_MS)
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
  if ((s->every_days >> (today->weekday + days + 4 * WEEK_DAYS) % WEEK_DAYS &
       1) == 0)
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
  for (int i = -1; i <= WEEK_DAYS + 1; i++)
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
