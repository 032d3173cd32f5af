/* SPDX-License-Identifier: MIT */
/* Time. Wall time is what is stored and shown; monotonic time is for waiting
 * and for measuring. Only clock.c asks the operating system for either. */
#ifndef INCIDENT_CLOCK_H
#define INCIDENT_CLOCK_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef int64_t wall_ms; /* milliseconds since the epoch, UTC */
typedef int64_t span_ms; /* a length of time in milliseconds, never negative */

#define WALL_NEVER INT64_MAX

struct clock {
  wall_ms (*wall)(struct clock *);
};

/* A clock for tests: stands still until moved. */
struct fake_clock {
  struct clock clock; /* first, so that &f->clock is the clock */
  wall_ms at;
};

struct clock *clock_real(void);
void fake_clock_init(struct fake_clock *f, wall_ms at);

/* Monotonic nanoseconds; the origin means nothing. */
int64_t clock_mono_ns(void);

/* Sleeps that long, monotonic, also through signals. */
void clock_sleep_ms(span_ms span);

/* "2026-11-21T10:00:00.123Z" (RFC 3339, UTC), 25 bytes with the NUL. Times
 * outside the years 1 to 9999 are clamped to them. */
#define CLOCK_TEXT 25
void clock_print(wall_ms at, char out[CLOCK_TEXT]);

/* RFC 3339 ("T" or blank between, fraction and any offset), the whole string.
 * ERR_INVALID for anything else. */
enum err clock_parse(const char *text, wall_ms *at);

/* The proleptic Gregorian calendar: days since 1970-01-01 of a date (a day
 * beyond its month carries over, the month is 1..12), and the date of a day. */
int64_t clock_days(int year, int month, int day);
void clock_date(int64_t days, int *year, int *month, int *day);

/* For people: "2026-11-21 10:00:00" in local time (20 bytes with the NUL), and
 * what they type: RFC 3339, "2026-11-21 10:00[:00]", "2026-11-21" (when that
 * day begins) or "10:00" local time, "now", or relative to now as "-15m" and
 * "+2h". Uses localtime_r/mktime and so is for the tools only, never for the
 * plugin (TZ races). */
#define CLOCK_LOCAL 20
void clock_print_local(wall_ms at, char out[CLOCK_LOCAL]);
enum err clock_parse_local(const char *text, wall_ms now, wall_ms *at);

#endif
