/* SPDX-License-Identifier: MIT */
#include "core/calendar.h"

#include "base/buf.h"
#include "core/calendar_inside.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Some seconds at most, where all of it is recurrence. */
#define WORK_MAX 1000000

static _Thread_local char wrong[256];

enum err cal_wrong(int line, const char *format, ...) {
  va_list args;
  int n = line > 0 ? snprintf(wrong, sizeof wrong, "line %d: ", line) : 0;
  va_start(args, format);
  vsnprintf(wrong + n, sizeof wrong - (size_t)n, format, args);
  va_end(args);
  return ERR_INVALID;
}

enum err cal_too_much(const char *what) {
  (void)cal_wrong(0, "%s", what);
  return ERR_CEILING;
}

enum err cal_work(struct cal_reader *r, int64_t steps) {
  if (steps > r->work)
    return cal_too_much("its recurring events take too much work");
  r->work -= (long)steps;
  return OK;
}

void *cal_array_add(struct cal_array *a, size_t size) {
  if (a->n == a->cap) {
    size_t cap = a->cap == 0 ? 16 : a->cap * 2;
    void *items = realloc(a->items, cap * size);
    if (items == NULL)
      return NULL;
    a->items = items;
    a->cap = cap;
  }
  void *item = (char *)a->items + a->n++ * size;
  memset(item, 0, size);
  return item;
}

/* ---- names ---- */

static int by_name(const void *a, const void *b) {
  return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Takes over the events' names, each once. */
static enum err take_names(struct cal_reader *r, struct calendar *c) {
  struct event *events = r->events.items;
  struct shift *shifts = r->shifts.items;
  size_t n = 0;
  for (size_t i = 0; i < r->events.n; i++)
    n += events[i].who != NULL;
  if (n == 0)
    return OK;
  c->names = malloc(n * sizeof(char *));
  if (c->names == NULL)
    return ERR_NOMEM;
  for (size_t i = 0; i < r->events.n; i++)
    if (events[i].who != NULL)
      c->names[c->names_n++] = events[i].who;
  qsort(c->names, n, sizeof(char *), by_name);
  /* The first of equal ones stays; the others go when nobody has them. */
  for (size_t i = 0; i < r->shifts.n; i++) {
    size_t low = 0, high = n;
    while (low < high) {
      size_t middle = low + (high - low) / 2;
      if (strcmp(c->names[middle], shifts[i].who) < 0)
        low = middle + 1;
      else
        high = middle;
    }
    shifts[i].who = c->names[low];
  }
  size_t kept = 0;
  for (size_t i = 0; i < n; i++) {
    if (kept > 0 && strcmp(c->names[kept - 1], c->names[i]) == 0)
      free(c->names[i]);
    else
      c->names[kept++] = c->names[i];
  }
  c->names_n = kept;
  for (size_t i = 0; i < r->events.n; i++)
    events[i].who = NULL;
  return OK;
}

/* ---- who it is when ---- */

/* The last of equal ones is the later in the file: that is kept by merging. */
static void merge(const struct shift *a, size_t a_n, const struct shift *b,
                  size_t b_n, struct shift *to) {
  while (a_n > 0 || b_n > 0) {
    if (b_n == 0 || (a_n > 0 && a->from <= b->from)) {
      *to++ = *a++;
      a_n--;
    } else {
      *to++ = *b++;
      b_n--;
    }
  }
}

static void sort_shifts(struct shift *s, size_t n, struct shift *spare) {
  size_t half = n / 2;
  if (n < 2)
    return;
  sort_shifts(s, half, spare);
  sort_shifts(s + half, n - half, spare);
  memcpy(spare, s, n * sizeof *s);
  merge(spare, half, spare + half, n - half, s);
}

/* An occurrence that the file has twice is one. */
static size_t drop_twins(struct shift *s, size_t n) {
  size_t kept = 0;
  for (size_t i = 0; i < n; i++)
    if (kept == 0 || s[kept - 1].from != s[i].from ||
        s[kept - 1].until != s[i].until || s[kept - 1].who != s[i].who)
      s[kept++] = s[i];
  return kept;
}

static void add_stretch(struct calendar *c, wall_ms from, const char *who) {
  if (c->stretches_n > 0 && c->stretches[c->stretches_n - 1].from == from)
    c->stretches_n--;
  const char *before =
      c->stretches_n > 0 ? c->stretches[c->stretches_n - 1].who : NULL;
  if (before != who)
    c->stretches[c->stretches_n++] = (struct stretch){from, who};
}

/* Shifts that have begun lie on a pile, the last on top: it is that one's until
 * it is over. */
static void end_shifts(struct calendar *c, const struct shift **pile,
                       size_t *pile_n, wall_ms by) {
  while (*pile_n > 0 && pile[*pile_n - 1]->until <= by) {
    wall_ms until = pile[*pile_n - 1]->until;
    while (*pile_n > 0 && pile[*pile_n - 1]->until <= until)
      --*pile_n;
    add_stretch(c, until, *pile_n > 0 ? pile[*pile_n - 1]->who : NULL);
  }
}

static enum err take_shifts(struct cal_reader *r, struct calendar *c) {
  size_t n = r->shifts.n, pile_n = 0;
  if (n == 0)
    return OK;
  struct shift *spare = malloc(n * sizeof *spare);
  const struct shift **pile = malloc(n * sizeof(struct shift *));
  c->stretches = malloc(2 * n * sizeof *c->stretches);
  if (spare != NULL && pile != NULL && c->stretches != NULL) {
    c->shifts = r->shifts.items;
    r->shifts.items = NULL;
    sort_shifts(c->shifts, n, spare);
    c->shifts_n = drop_twins(c->shifts, n);
    for (size_t i = 0; i < c->shifts_n; i++) {
      end_shifts(c, pile, &pile_n, c->shifts[i].from);
      pile[pile_n++] = &c->shifts[i];
      add_stretch(c, c->shifts[i].from, c->shifts[i].who);
    }
    end_shifts(c, pile, &pile_n, WALL_NEVER);
  }
  free(spare);
  free(pile);
  return c->shifts != NULL ? OK : ERR_NOMEM;
}

/* ---- reading ---- */

static enum err read_all(struct cal_reader *r, char *text, size_t n,
                         struct calendar *c) {
  enum err err = cal_scan(r, text, n);
  if (err == OK)
    err = cal_event_sort(r);
  for (size_t i = 0; i < r->events.n && err == OK; i++)
    err = cal_event_expand(r, (struct event *)r->events.items + i);
  if (err == OK)
    err = take_names(r, c);
  return err == OK ? take_shifts(r, c) : err;
}

static void reader_fini(struct cal_reader *r) {
  struct event *events = r->events.items;
  struct cal_zone *zones = r->zones.items;
  for (size_t i = 0; i < r->events.n; i++)
    free(events[i].who);
  for (size_t i = 0; i < r->zones.n; i++)
    zone_free(zones[i].zone);
  free(r->events.items);
  free(r->extras.items);
  free(r->observances.items);
  free(r->zones.items);
  free(r->overrides);
  free(r->shifts.items);
}

enum err calendar_read(const char *text, size_t n, const struct zone *zone,
                       wall_ms from, wall_ms until,
                       struct calendar **own_calendar, const char **why) {
  struct cal_reader r = {
      .zone = zone, .from = from, .until = until, .work = WORK_MAX};
  *why = wrong;
  if (memchr(text, '\0', n) != NULL)
    return cal_wrong(0, "no iCalendar file: there are NULs in it");
  char *copy = malloc(n + 1);
  struct calendar *c = calloc(1, sizeof *c);
  enum err err = copy != NULL && c != NULL ? OK : ERR_NOMEM;
  if (err == OK) {
    memcpy(copy, text, n);
    copy[n] = '\0';
    c->from = from;
    c->until = until;
    err = read_all(&r, copy, n, c);
  }
  reader_fini(&r);
  free(copy);
  if (err == OK)
    *own_calendar = c;
  else
    calendar_free(c);
  return err;
}

void calendar_free(struct calendar *c) {
  if (c == NULL)
    return;
  for (size_t i = 0; i < c->names_n; i++)
    free(c->names[i]);
  free(c->names);
  free(c->shifts);
  free(c->stretches);
  free(c);
}

/* ---- looking up ---- */

/* How many stretches have begun. */
static size_t begun(const struct calendar *c, wall_ms at) {
  size_t low = 0, high = c->stretches_n;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (c->stretches[middle].from <= at)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

const char *calendar_at(const struct calendar *c, wall_ms at, wall_ms *until) {
  size_t n = begun(c, at);
  *until = WALL_NEVER;
  if (n < c->stretches_n && c->stretches[n].from <= c->until)
    *until = c->stretches[n].from;
  return n > 0 ? c->stretches[n - 1].who : NULL;
}

wall_ms calendar_last(const struct calendar *c, wall_ms at) {
  size_t n = begun(c, at);
  if (n == 0 || c->stretches[n - 1].from < c->from)
    return WALL_NEVER;
  return c->stretches[n - 1].from;
}
