/* SPDX-License-Identifier: MIT */
#include "base/span.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define WEEK (7 * DAY)

/* Ten years with their leap days. */
#define SPAN_MAX (3653 * DAY)

/* Longest first where one is the beginning of another. */
static const struct unit {
  const char *name;
  span_ms span;
} units[] = {
    {"ms", 1},   {"s", SECOND}, {"m", MINUTE},
    {"h", HOUR}, {"d", DAY},    {"w", WEEK},
};
#define UNITS (sizeof units / sizeof units[0])

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

/* Digits with an optional fraction, of which nine digits count: billionths,
 * so that times a week they stay within 64 bits. */
static bool read_number(const char **p, int64_t *whole, int64_t *billionths) {
  const char *s = *p;
  int64_t w = 0, f = 0;
  if (!is_digit(*s))
    return false;
  for (; is_digit(*s); s++) {
    w = w * 10 + (*s - '0');
    if (w > SPAN_MAX)
      return false;
  }
  if (*s == '.') {
    s++;
    if (!is_digit(*s))
      return false;
    int64_t place = 100000000;
    for (; is_digit(*s); s++, place /= 10)
      f += (*s - '0') * place;
  }
  *p = s;
  *whole = w;
  *billionths = f;
  return true;
}

static const struct unit *read_unit(const char **p) {
  for (size_t i = 0; i < UNITS; i++) {
    size_t n = strlen(units[i].name);
    if (strncmp(*p, units[i].name, n) == 0) {
      *p += n;
      return &units[i];
    }
  }
  return NULL;
}

enum err span_parse(const char *text, span_ms *span) {
  static const struct unit seconds = {"", SECOND};
  const char *p = text;
  span_ms sum = 0;
  do {
    bool is_first = p == text;
    int64_t whole = 0, billionths = 0;
    if (!read_number(&p, &whole, &billionths))
      return ERR_INVALID;
    const struct unit *unit = is_first && *p == '\0' ? &seconds : read_unit(&p);
    if (unit == NULL || whole > SPAN_MAX / unit->span)
      return ERR_INVALID;
    sum +=
        whole * unit->span + (billionths * unit->span + 500000000) / 1000000000;
    if (sum > SPAN_MAX)
      return ERR_INVALID;
  } while (*p != '\0');
  *span = sum;
  return OK;
}

enum err span_from_seconds(double seconds, span_ms *span) {
  /* Written so that NaN fails it. */
  if (!(seconds >= 0 && seconds <= (double)SPAN_MAX / SECOND))
    return ERR_INVALID;
  *span = (span_ms)(seconds * SECOND + 0.5);
  return OK;
}

/* Adds "3d" at *p if n is not 0. */
static void put(char **p, int64_t n, const char *unit) {
  if (n > 0)
    *p += snprintf(*p, SPAN_TEXT, "%" PRId64 "%s", n, unit);
}

void span_print(span_ms span, char out[SPAN_TEXT]) {
  char text[5 * SPAN_TEXT], *p = text;
  if (span < 0)
    span = 0;
  text[0] = '\0';
  for (size_t i = UNITS - 1; i >= 2; i--) {
    put(&p, span / units[i].span, units[i].name);
    span %= units[i].span;
  }
  int s = (int)(span / SECOND), ms = (int)(span % SECOND);
  if (s == 0 && ms > 0) {
    put(&p, ms, "ms");
  } else if (ms > 0) {
    p += snprintf(p, SPAN_TEXT, "%d.%03d", s, ms);
    while (p[-1] == '0')
      p--;
    memcpy(p, "s", 2);
  } else if (s > 0 || p == text) {
    snprintf(p, SPAN_TEXT, "%ds", s);
  }
  snprintf(out, SPAN_TEXT, "%.*s", SPAN_TEXT - 1, text);
}

void span_print_rough(span_ms span, char out[SPAN_TEXT]) {
  char text[2 * SPAN_TEXT], *p = text;
  if (span < 0)
    span = 0;
  /* Each step rounds before it decides, so that 59.6s becomes 1m, not 60s. */
  int64_t s = span / SECOND + (span % SECOND >= SECOND / 2);
  int64_t m = span / MINUTE + (span % MINUTE >= MINUTE / 2);
  int64_t h = span / HOUR + (span % HOUR >= HOUR / 2);
  text[0] = '\0';
  if (s < 60) {
    snprintf(text, SPAN_TEXT, "%ds", (int)s);
  } else if (s < 600) {
    put(&p, s / 60, "m");
    put(&p, s % 60, "s");
  } else if (m < 24 * 60) {
    put(&p, m / 60, "h");
    put(&p, m % 60, "m");
  } else {
    put(&p, h / 24, "d");
    put(&p, h % 24, "h");
  }
  snprintf(out, SPAN_TEXT, "%.*s", SPAN_TEXT - 1, text);
}
