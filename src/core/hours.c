/* SPDX-License-Identifier: MIT */
#include "core/hours.h"

#include "core/week.h"

#include <stdlib.h>
#include <string.h>

#define LOOK_DAYS 400 /* of hours_next and hours_last */
#define EDGE_DAYS 8   /* within them one During begins or ends */
/* An interval begins on a day and ends on the next at the latest; a zone that
 * skips a day makes that two. */
#define REACH_DAYS 2

/* ---- reading ---- */

enum err hours_parse_during(const char *text, struct hours_during *during,
                            const char **why) {
  const char *p = text;
  uint8_t days = WEEK_ALL;
  int from = 0, to = DAY_MINUTES;
  bool has_days = week_read_days(&p, &days);
  if (!has_days || *p != '\0') {
    if (has_days && *p != ' ')
      goto bad;
    p += strspn(p, " ");
    if (!week_read_minute(&p, &from) || *p++ != '-' ||
        !week_read_minute(&p, &to) || *p != '\0' || from == DAY_MINUTES)
      goto bad;
  }
  *during = (struct hours_during){
      .days = days, .from = (uint16_t)from, .to = (uint16_t)to};
  return OK;
bad:
  *why = "takes days and times like \"Mon-Fri 09:00-17:00\", \"Sat,Sun\", "
         "\"22:00-06:00\"";
  return ERR_INVALID;
}

/* So many digits; *p is behind them then. */
static bool read_digits(const char **p, size_t n, int *value) {
  int read = 0;
  if (strspn(*p, "0123456789") < n)
    return false;
  for (size_t i = 0; i < n; i++)
    read = read * 10 + (*p)[i] - '0';
  *p += n;
  *value = read;
  return true;
}

/* "2026-12-25", if there is such a day. */
static bool read_date(const char **p, struct hours_date *date) {
  struct hours_date d, back;
  if (!read_digits(p, 4, &d.year) || *(*p)++ != '-' ||
      !read_digits(p, 2, &d.month) || *(*p)++ != '-' ||
      !read_digits(p, 2, &d.day) || d.year < 1970 || d.month < 1 ||
      d.month > 12)
    return false;
  clock_date(clock_days(d.year, d.month, d.day), &back.year, &back.month,
             &back.day);
  *date = d;
  return d.day > 0 && d.day == back.day;
}

enum err hours_parse_date(const char *text, struct hours_date *date,
                          const char **why) {
  struct hours_date d;
  const char *p = text;
  if (!read_date(&p, &d) || *p != '\0') {
    *why = "takes a date like \"2026-12-25\"";
    return ERR_INVALID;
  }
  *date = d;
  return OK;
}

enum err hours_parse_wall(const char *text, struct wall_time *wall,
                          const char **why) {
  struct hours_date d;
  const char *p = text;
  int minute;
  if (!read_date(&p, &d) || *p++ != ' ' || !week_read_minute(&p, &minute) ||
      minute == DAY_MINUTES || *p != '\0') {
    *why = "takes a local time like \"2026-01-05 09:00\"";
    return ERR_INVALID;
  }
  *wall = (struct wall_time){.year = d.year,
                             .month = d.month,
                             .day = d.day,
                             .hour = minute / 60,
                             .minute = minute % 60};
  return OK;
}

void hours_fini(struct hours *h) {
  free(h->name);
  zone_free(h->zone);
  free(h->zone_name);
  free(h->during);
  free(h->except);
  *h = (struct hours){0};
}

/* ---- intervals ---- */

struct interval {
  wall_ms from, until; /* [from, until); empty where the clock is put forward */
};

/* Days since the epoch on the wall. */
static int64_t day_of(const struct hours *h, wall_ms at) {
  int64_t local = at + zone_offset(h->zone, at) * INT64_C(1000);
  return local / DAY_MS - (local % DAY_MS < 0);
}

static wall_ms minute_of(const struct hours *h, int64_t day, int minute) {
  const struct wall_time wall = {
      .year = 1970, .month = 1, .day = (int)day + 1, .minute = minute};
  return zone_at(h->zone, &wall);
}

/* False: it does not begin on that day. */
static bool during_on(const struct hours *h, const struct hours_during *d,
                      int64_t day, struct interval *i) {
  int weekday = (int)(((day + 4) % WEEK_DAYS + WEEK_DAYS) % WEEK_DAYS);
  if ((d->days >> weekday & 1) == 0)
    return false;
  i->from = minute_of(h, day, d->from);
  i->until = minute_of(h, day, d->to > d->from ? d->to : d->to + DAY_MINUTES);
  return true;
}

/* False: it is not one of those days. */
static bool except_of(const struct hours *h, const struct hours_date *d,
                      int64_t first, int64_t last, struct interval *i) {
  int64_t day = clock_days(d->year, d->month, d->day);
  if (day < first || day > last)
    return false;
  i->from = minute_of(h, day, 0);
  i->until = minute_of(h, day + 1, 0);
  return true;
}

static bool holds(const struct interval *i, wall_ms at) {
  return i->from <= at && at < i->until;
}

bool hours_is_open(const struct hours *h, wall_ms at) {
  int64_t today = day_of(h, at);
  struct interval i;
  for (size_t k = 0; k < h->except_n; k++)
    if (except_of(h, &h->except[k], today - 1, today + 1, &i) && holds(&i, at))
      return false;
  for (size_t k = 0; k < h->during_n; k++)
    for (int64_t day = today - REACH_DAYS; day <= today; day++)
      if (during_on(h, &h->during[k], day, &i) && holds(&i, at))
        return true;
  return h->during_n == 0;
}

/* ---- when it changes ---- */

/* The next after at, or the last at or before it. */
struct search {
  wall_ms at, best; /* WALL_NEVER: none yet */
  bool is_next;
};

static void look_at(struct search *s, wall_ms edge) {
  if (s->is_next ? edge <= s->at : edge > s->at)
    return;
  if (s->best == WALL_NEVER || (edge < s->best) == s->is_next)
    s->best = edge;
}

static void look_at_both(struct search *s, const struct interval *i) {
  look_at(s, i->from);
  look_at(s, i->until);
}

static wall_ms find_edge(const struct hours *h, wall_ms at, bool is_next) {
  struct search s = {.at = at, .best = WALL_NEVER, .is_next = is_next};
  int64_t today = day_of(h, at);
  int step = is_next ? 1 : -1;
  int64_t day = today - step * REACH_DAYS;
  int more = REACH_DAYS; /* days to look at beyond that of the first found */
  struct interval i;
  for (size_t k = 0; k < h->except_n; k++)
    if (except_of(h, &h->except[k], today - EDGE_DAYS - 1,
                  today + EDGE_DAYS + 1, &i))
      look_at_both(&s, &i);
  for (int n = 0; n <= EDGE_DAYS + 2 * REACH_DAYS && more > 0; n++) {
    bool is_found = false;
    for (size_t k = 0; k < h->during_n; k++)
      if (during_on(h, &h->during[k], day, &i)) {
        look_at_both(&s, &i);
        is_found = is_found || (is_next ? i.until > at : i.from <= at);
      }
    if (is_found || more < REACH_DAYS)
      more--;
    day += step;
  }
  return s.best;
}

wall_ms hours_next_edge(const struct hours *h, wall_ms at) {
  return find_edge(h, at, true);
}

wall_ms hours_last_edge(const struct hours *h, wall_ms at) {
  return find_edge(h, at, false);
}

wall_ms hours_next(const struct hours *h, wall_ms at) {
  bool is_open = hours_is_open(h, at);
  wall_ms edge = at;
  do
    edge = hours_next_edge(h, edge);
  while (edge != WALL_NEVER && edge - at <= LOOK_DAYS * DAY_MS &&
         hours_is_open(h, edge) == is_open);
  return edge == WALL_NEVER || edge - at > LOOK_DAYS * DAY_MS ? WALL_NEVER
                                                              : edge;
}

wall_ms hours_last(const struct hours *h, wall_ms at) {
  bool is_open = hours_is_open(h, at);
  wall_ms edge = at + 1;
  do
    edge = hours_last_edge(h, edge - 1);
  while (edge != WALL_NEVER && at - edge <= LOOK_DAYS * DAY_MS &&
         hours_is_open(h, edge - 1) == is_open);
  return edge == WALL_NEVER || at - edge > LOOK_DAYS * DAY_MS ? WALL_NEVER
                                                              : edge;
}
