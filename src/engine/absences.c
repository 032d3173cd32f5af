/* SPDX-License-Identifier: MIT */
#include "engine/absences.h"

#include "base/log.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define BUCKETS_MIN 256
#define NAME_MAX_BYTES 1024
/* So much after its time is up: the clock was put forward or all of us stood
 * still, and no value could come. */
#define LATE_MS 10000

void absences_init(struct absences *t, struct book *b, struct series *series) {
  *t = (struct absences){.book = b, .series = series};
}

void absences_fini(struct absences *t) {
  for (size_t i = 0; i < t->buckets; i++)
    for (struct absence *a = t->table[i], *next; a != NULL; a = next) {
      next = a->next;
      absence_free(a);
    }
  free(t->table);
  *t = (struct absences){0};
}

/* ---- the table ---- */

static struct absence **bucket(const struct absences *t,
                               const struct signal *series) {
  return &t->table[series->hash & (t->buckets - 1)];
}

static enum err grow(struct absences *t) {
  if (t->n < t->buckets)
    return OK;
  size_t buckets = t->buckets == 0 ? BUCKETS_MIN : t->buckets * 2;
  struct absence **table = calloc(buckets, sizeof(struct absence *));
  if (table == NULL)
    return t->buckets == 0 ? ERR_NOMEM : OK; /* longer chains will do */
  for (size_t i = 0; i < t->buckets; i++)
    for (struct absence *a = t->table[i], *next; a != NULL; a = next) {
      next = a->next;
      struct absence **head = &table[a->series->hash & (buckets - 1)];
      a->next = *head;
      *head = a;
    }
  free(t->table);
  t->table = table;
  t->buckets = buckets;
  return OK;
}

static struct absence *find(const struct absences *t,
                            const struct signal *series,
                            const struct rule *rule) {
  struct absence *a = t->buckets > 0 ? *bucket(t, series) : NULL;
  while (a != NULL && (a->rule != rule || a->series->hash != series->hash ||
                       !signal_same_series(a->series, series)))
    a = a->next;
  return a;
}

static enum err insert(struct absences *t, struct absence *a) {
  enum err err = grow(t);
  if (err == OK)
    err = book_reserve_timer(t->book);
  if (err != OK)
    return err;
  struct absence **head = bucket(t, a->series);
  a->next = *head;
  *head = a;
  t->n++;
  t->book->others_n++;
  return OK;
}

/* Anew from now on. */
static void wait_for(struct absences *t, struct absence *a, wall_ms seen) {
  a->seen = seen;
  timers_set(&t->book->timers, &a->timer, seen + a->span);
}

static void out_of_memory(const struct signal *series) {
  struct buf name;
  buf_init(&name, NAME_MAX_BYTES);
  signal_add_name(series, &name);
  log_line(LOG_ERROR, "incident: cannot watch for %s: out of memory",
           buf_text(&name));
  buf_fini(&name);
}

/* The one for that series and rule, made if needed; NULL when out of memory. */
static struct absence *find_or_add(struct absences *t,
                                   const struct signal *series,
                                   const struct rule *rule, span_ms span,
                                   wall_ms now) {
  struct absence *a = find(t, series, rule);
  if (a != NULL)
    return a;
  a = calloc(1, sizeof *a);
  if (a != NULL) {
    a->timer = (struct timer){.due = WALL_NEVER, .kind = TIMER_ABSENCE};
    a->series = signal_copy(series);
    a->rule = rule;
    a->span = span;
  }
  if (a == NULL || a->series == NULL || insert(t, a) != OK) {
    out_of_memory(series);
    if (a != NULL)
      absence_free(a);
    return NULL;
  }
  book_touch_absence(t->book, a);
  wait_for(t, a, now);
  return a;
}

static void unlink_from(struct absences *t, struct absence *a) {
  struct absence **link = bucket(t, a->series);
  while (*link != a)
    link = &(*link)->next;
  *link = a->next;
  t->n--;
  t->book->others_n--;
  timers_set(&t->book->timers, &a->timer, WALL_NEVER);
}

/* Its row goes, too. */
static void drop_row(struct absences *t, struct absence *a) {
  a->is_dropped = true;
  if (a->is_stored)
    book_touch_absence(t->book, a);
  if (!a->is_dirty)
    absence_free(a);
}

static void drop(struct absences *t, struct absence *a) {
  unlink_from(t, a);
  drop_row(t, a);
}

/* ---- which blocks ---- */

static bool takes(const struct metric *m, const struct signal *series) {
  for (int f = 0; f < FIELDS; f++)
    if (!selector_matches(&m->field[f], signal_field(series, (enum field)f)))
      return false;
  return true;
}

/* The shortest of the rule's blocks that look at the series; false: none. */
static bool find_span(const struct rule *r, const struct signal *series,
                      span_ms *span) {
  bool is_any = false;
  for (size_t i = 0; r != NULL && i < r->metrics_n; i++) {
    const struct metric *m = &r->metrics[i];
    if (m->kind != METRIC_ABSENT || (is_any && m->absent >= *span) ||
        !takes(m, series))
      continue;
    *span = m->absent;
    is_any = true;
  }
  return is_any;
}

static bool looks(const struct sieve_hits *hits, const struct rule *r) {
  for (size_t i = 0; i < hits->n; i++)
    if (hits->hits[i].rule == r && hits->hits[i].metric->kind == METRIC_ABSENT)
      return true;
  return false;
}

static void drop_unwatched(struct absences *t, const struct signal *series,
                           const struct sieve_hits *hits) {
  struct absence *a = t->buckets > 0 ? *bucket(t, series) : NULL;
  for (struct absence *next; a != NULL; a = next) {
    next = a->next;
    if (a->series->hash == series->hash &&
        signal_same_series(a->series, series) && !looks(hits, a->rule))
      drop(t, a);
  }
}

void absences_watch(struct absences *t, const struct signal *series,
                    const struct sieve_hits *hits, wall_ms now) {
  drop_unwatched(t, series, hits);
  for (size_t i = 0; i < hits->n; i++) {
    const struct sieve_hit *hit = &hits->hits[i];
    if (hit->metric->kind != METRIC_ABSENT)
      continue;
    struct absence *a =
        find_or_add(t, series, hit->rule, hit->metric->absent, now);
    if (a == NULL)
      continue;
    bool is_first = i == 0 || hits->hits[i - 1].rule != hit->rule;
    if (is_first || hit->metric->absent < a->span)
      a->span = hit->metric->absent;
    a->is_seen = true;
    a->is_fired = false;
    wait_for(t, a, now);
  }
}

/* ---- series by name ---- */

static void watch_named(struct absences *t, const struct rule *r,
                        const struct metric *m, const char *const *text,
                        wall_ms now) {
  uint64_t memory[SIGNAL_BYTES_MAX / sizeof(uint64_t)];
  struct packer p;
  span_ms span = m->absent;
  signal_begin(&p, memory);
  p.signal->kind = SIGNAL_FIRST;
  for (int f = 0; f < FIELDS; f++)
    signal_add(&p, text[f], strlen(text[f]));
  signal_end(&p, false);
  (void)find_span(r, p.signal, &span);
  (void)find_or_add(t, p.signal, r, span, now);
}

/* Every combination of its fields' texts. */
static void watch_block(struct absences *t, const struct rule *r,
                        const struct metric *m, wall_ms now) {
  size_t at[FIELDS] = {0};
  const char *text[FIELDS];
  int f;
  do {
    for (f = 0; f < FIELDS; f++)
      text[f] = selector_text(&m->field[f], at[f]);
    watch_named(t, r, m, text, now);
    for (f = FIELDS - 1; f >= 0 && ++at[f] == m->field[f].patterns_n; f--)
      at[f] = 0;
  } while (f >= 0);
}

/* ---- settings, the ledger ---- */

/* The rule that it will be under; NULL: it is to go. */
static const struct rule *successor(const struct settings *settings,
                                    const struct absence *a, span_ms *span) {
  const struct rule *r = settings_rule_known_as(settings, a->rule->name);
  return find_span(r, a->series, span) ? r : NULL;
}

static enum err remember_row(struct absence *a) {
  if (a->row_rule == NULL)
    a->row_rule = strdup(a->rule->name);
  return a->row_rule != NULL ? OK : ERR_NOMEM;
}

/* The rows of what goes or gets another rule's name have to be found still,
 * also of what is gone and only has to be written. */
static enum err remember_rows(struct absences *t,
                              const struct settings *settings) {
  const struct stack *dirty = &t->book->dirty_absences;
  for (size_t i = 0; i < dirty->n; i++) {
    struct absence *a = dirty->items[i];
    if (a->is_dropped && remember_row(a) != OK)
      return ERR_NOMEM;
  }
  for (size_t i = 0; i < t->buckets; i++)
    for (struct absence *a = t->table[i]; a != NULL; a = a->next) {
      span_ms span;
      const struct rule *r = successor(settings, a, &span);
      bool stays = r != NULL && strcmp(r->name, a->rule->name) == 0;
      if (!stays && remember_row(a) != OK)
        return ERR_NOMEM;
    }
  return OK;
}

static void adapt(struct absences *t, struct absence *a) {
  span_ms span;
  const struct rule *r = successor(t->settings, a, &span);
  const struct absence *other = r != NULL ? find(t, a->series, r) : NULL;
  if (other != NULL && other != a)
    r = NULL; /* two rules have become one */
  a->rule = r;
  if (r == NULL) {
    drop(t, a);
    return;
  }
  if (a->row_rule != NULL)
    book_touch_absence(t->book, a);
  a->span = span;
  wait_for(t, a, a->seen);
}

enum err absences_begin(struct absences *t, const struct settings *settings,
                        wall_ms now) {
  if (remember_rows(t, settings) != OK)
    return ERR_NOMEM;
  t->settings = settings;
  /* First those whose rule has its name still: they keep their rows. */
  for (int renamed = 0; renamed < 2; renamed++)
    for (size_t i = 0; i < t->buckets; i++)
      for (struct absence *a = t->table[i], *next; a != NULL; a = next) {
        next = a->next;
        if ((a->row_rule != NULL) == renamed)
          adapt(t, a);
      }
  for (size_t i = 0; i < settings->rules_n; i++) {
    const struct rule *r = settings->rules[i];
    for (size_t k = 0; k < r->metrics_n; k++)
      if (r->metrics[k].kind == METRIC_ABSENT &&
          metric_is_named(&r->metrics[k]))
        watch_block(t, r, &r->metrics[k], now);
  }
  return OK;
}

enum err absences_take(struct absences *t, struct absence *own_absence,
                       const char *rule_name, wall_ms now) {
  struct absence *a = own_absence;
  const struct rule *r = settings_rule_known_as(t->settings, rule_name);
  bool is_renamed = r == NULL || strcmp(r->name, rule_name) != 0;
  struct absence *known = r != NULL ? find(t, a->series, r) : NULL;
  a->rule = r;
  if (!is_renamed && known != NULL) { /* by its name */
    known->is_stored = true;
    absence_free(a);
    return OK;
  }
  if (known != NULL || !find_span(r, a->series, &a->span)) {
    drop_row(t, a);
    return OK;
  }
  enum err err = insert(t, a);
  if (err != OK) {
    absence_free(a);
    return err;
  }
  if (is_renamed)
    book_touch_absence(t->book, a);
  wait_for(t, a, now);
  return OK;
}

/* ---- time ---- */

static struct signal *make_reading(const struct absence *a, wall_ms now) {
  uint64_t memory[SIGNAL_BYTES_MAX / sizeof(uint64_t)];
  static const char *const no_source[] = {""};
  const struct ruling ruling = {.rule = (uint32_t)a->rule->order,
                                .judgement = JUDGED_BAD,
                                .kind = METRIC_ABSENT,
                                .value = NAN,
                                .limit = (double)a->span / 1000};
  struct packer p;
  signal_begin(&p, memory);
  p.signal->kind = SIGNAL_READING;
  p.signal->received = p.signal->sent = now;
  for (int f = 0; f < FIELDS; f++) {
    const char *text = signal_field(a->series, (enum field)f);
    signal_add(&p, text, strlen(text));
  }
  signal_end_reading(&p, 0, &ruling, 1, no_source);
  return signal_copy(p.signal);
}

/* What the series tell of it. */
static void look(struct absences *t, struct absence *a, wall_ms now) {
  wall_ms at = a->seen;
  if (t->series != NULL && series_seen(t->series, a->series->hash, &at)) {
    a->is_seen = true;
  } else if (a->is_seen) { /* it had to make room for others */
    a->is_seen = false;
    at = now;
  }
  if (at <= a->seen || at > now) /* then the clock was set back */
    return;
  a->seen = at;
  a->is_fired = false;
}

bool absences_due(struct absences *t, struct absence *a, wall_ms now,
                  struct signal **own_signal) {
  wall_ms due = a->timer.due;
  look(t, a, now);
  if (a->seen + a->span > now) {
    wait_for(t, a, a->seen);
    return false;
  }
  if (now - due > LATE_MS && !a->is_fired) {
    wait_for(t, a, now);
    return false;
  }
  timers_set(&t->book->timers, &a->timer, now + a->span);
  if (a->is_fired)
    return false;
  struct signal *reading = make_reading(a, now);
  if (reading == NULL) {
    out_of_memory(a->series);
    return false;
  }
  if (t->series != NULL)
    series_doubt(t->series, a->series->hash);
  a->is_fired = true;
  *own_signal = reading;
  return true;
}

void absences_clamp(struct absences *t, wall_ms now) {
  for (size_t i = 0; i < t->buckets; i++)
    for (struct absence *a = t->table[i]; a != NULL; a = a->next) {
      if (a->seen > now)
        a->seen = now;
      if (a->timer.due > now + a->span)
        timers_set(&t->book->timers, &a->timer, now + a->span);
    }
}

/* ---- people ---- */

bool absences_is_named(const struct signal *s, const char *name) {
  struct buf b;
  if (strcmp(signal_field(s, FIELD_HOST), name) == 0)
    return true;
  if (strchr(name, '/') == NULL)
    return false;
  buf_init(&b, NAME_MAX_BYTES);
  signal_add_name(s, &b);
  bool is_so = strcmp(buf_text(&b), name) == 0;
  buf_fini(&b);
  return is_so;
}

void absences_forget(struct absences *t, const char *name) {
  for (size_t i = 0; i < t->buckets; i++)
    for (struct absence *a = t->table[i], *next; a != NULL; a = next) {
      next = a->next;
      if (!absences_is_named(a->series, name))
        continue;
      if (t->series != NULL)
        series_drop(t->series, a->series->hash);
      drop(t, a);
    }
}
