/* SPDX-License-Identifier: MIT */
#include "engine/evidence.h"

#include <math.h>

/* Exhibits that are looked after in one turn: so many rows of the ledger take
 * some milliseconds. */
#define PART_MAX 200
#define PART_PAUSE_MS 50
/* Half the time in which this many samples come at the usual interval: what is
 * in the series' memory at the beginning of a round is still there at the next,
 * and so are all that came between. */
#define SAMPLE_MS 5000
/* With more exhibits than this the rounds are further apart. */
#define AT_EASE 1000
/* A notification's value was sampled at most that long before it came, if it
 * was, and looks the same but for how a rate is rounded. */
#define SAMPLED_MS 1000
#define SAMPLED_PART 1e-6

enum err evidence_init(struct evidence *e, struct book *b,
                       struct series *series) {
  *e = (struct evidence){.timer = {.due = WALL_NEVER, .kind = TIMER_EVIDENCE},
                         .book = b,
                         .series = series,
                         .round = 1};
  b->others_n++;
  return book_reserve_timer(b);
}

static bool is_off(const struct evidence *e) {
  return e->series == NULL || e->book->settings->evidence == 0;
}

/* ---- exhibits ---- */

static struct exhibit *find(const struct casefile *c, int64_t alert) {
  struct exhibit *x = c->exhibits;
  while (x != NULL && x->alert != alert)
    x = x->next;
  return x;
}

static wall_ms last_at(const struct trend *t) {
  return t->n > 0 ? t->points[t->n - 1].at : 0;
}

/* The series may still have samples from before the clock was set back. Without
 * memory some are missing until the next round. */
static bool copy_samples(struct evidence *e, uint64_t series,
                         const char *data_source, struct trend *t,
                         wall_ms now) {
  trend_clamp(t, now);
  bool is_known = series_samples(e->series, series, data_source, t);
  trend_clamp(t, now);
  return is_known;
}

static void add_samples(struct evidence *e, const struct casefile *c,
                        struct exhibit *x, wall_ms now) {
  wall_ms last = last_at(&x->trend);
  (void)copy_samples(e, x->series, x->data_source, &x->trend, now);
  if (last_at(&x->trend) == last)
    return;
  trend_thin(&x->trend, c->incident.declared_at, EVIDENCE_POINTS_MAX);
  book_touch_exhibit(e->book, x);
}

static bool is_sampled(const struct trend *t, const struct trend_point *p) {
  if (t->n == 0 || t->points[t->n - 1].at < p->at - SAMPLED_MS)
    return false;
  const struct trend_point *last = &t->points[t->n - 1];
  return last->at >= p->at ||
         fabs(last->value - p->value) <= SAMPLED_PART * fabs(p->value);
}

/* Of a value its notification may come first. */
static void add_notified(struct evidence *e, struct exhibit *x,
                         const struct signal *s, wall_ms now) {
  struct trend_point p = {s->received, s->value};
  if (s->kind != SIGNAL_NOTIFICATION || !s->has_value || !isfinite(p.value) ||
      p.at > now || is_sampled(&x->trend, &p))
    return;
  if (trend_add(&x->trend, p) == OK)
    book_touch_exhibit(e->book, x);
}

static void take_in(struct evidence *e, struct casefile *c,
                    const struct alert *a, wall_ms now) {
  struct trend t = {.points = NULL};
  const char *source = signal_data_source(a->signal);
  if (c->exhibits_n >= EVIDENCE_ALERTS_MAX || e->n >= EVIDENCE_MAX ||
      find(c, a->id) != NULL)
    return;
  bool is_known = copy_samples(e, a->signal->hash, source, &t, now);
  struct exhibit *x =
      is_known ? book_add_exhibit(c, a->id, a->signal->hash, source) : NULL;
  if (x == NULL) {
    trend_fini(&t);
    return;
  }
  e->n++;
  x->trend = t;
  add_notified(e, x, a->signal, now);
  trend_thin(&x->trend, c->incident.declared_at, EVIDENCE_POINTS_MAX);
  if (x->trend.n > 0)
    book_touch_exhibit(e->book, x);
}

const struct trend *evidence_trend(const struct book *b,
                                   const struct alert *a) {
  const struct exhibit *x = NULL;
  if (b->settings->evidence > 0 && a->casefile != NULL)
    x = find(a->casefile, a->id);
  return x != NULL ? &x->trend : NULL;
}

/* ---- rounds ---- */

static span_ms pause_of(const struct evidence *e) {
  span_ms most = (span_ms)e->book->settings->evidence * SAMPLE_MS;
  span_ms pause = EVIDENCE_PAUSE_MS * (span_ms)(1 + e->n / AT_EASE);
  return pause < most ? pause : most;
}

static bool is_wanted(const struct casefile *c) {
  return incident_is_open(&c->incident) &&
         (c->alerts != NULL || c->exhibits != NULL);
}

/* Nobody notifies of it: its value is its last sample. */
static void show_value(struct evidence *e, struct alert *a) {
  const struct exhibit *x = find(a->casefile, a->id);
  if (x == NULL || x->trend.n == 0)
    return;
  const struct trend_point *last = &x->trend.points[x->trend.n - 1];
  if (a->signal->has_value && a->signal->received >= last->at)
    return;
  a->signal->has_value = true;
  a->signal->value = last->value;
  a->signal->received = last->at;
  book_touch_alert(e->book, a);
}

static void look_after(struct evidence *e, struct casefile *c, wall_ms now) {
  struct alert *a = c->alerts;
  for (struct exhibit *x = c->exhibits; x != NULL; x = x->next)
    add_samples(e, c, x, now);
  for (int i = 0; i < EVIDENCE_ALERTS_MAX && a != NULL; i++, a = a->next) {
    if (alert_is_live(a) || alert_is_attached(a))
      take_in(e, c, a, now);
    if (alert_is_attached(a))
      show_value(e, a);
  }
}

/* The next one begins a pause from now. */
static void begin_round(struct evidence *e, wall_ms now) {
  e->round++;
  e->seen_n = 0;
  timers_set(&e->book->timers, &e->timer, now + pause_of(e));
}

void evidence_due(struct evidence *e, wall_ms now) {
  size_t part = 0;
  bool is_needed = false;
  for (struct casefile *c = e->book->casefiles; c != NULL && !is_off(e);
       c = c->next) {
    if (!is_wanted(c))
      continue;
    is_needed = true;
    if (c->evidence_round == e->round)
      continue;
    if (part >= PART_MAX) {
      timers_set(&e->book->timers, &e->timer, now + PART_PAUSE_MS);
      return;
    }
    look_after(e, c, now);
    c->evidence_round = e->round;
    e->seen_n += c->exhibits_n;
    part += 1 + c->exhibits_n;
  }
  e->n = e->seen_n;
  begin_round(e, now);
  if (!is_needed)
    timers_set(&e->book->timers, &e->timer, WALL_NEVER);
}

/* There is something to look after. */
static void arm(struct evidence *e, wall_ms now) {
  if (e->timer.due != WALL_NEVER)
    return;
  e->n = 0;
  begin_round(e, now);
}

void evidence_joined(struct evidence *e, struct alert *a, wall_ms now) {
  struct casefile *c = a->casefile;
  if (is_off(e))
    return;
  arm(e, now);
  /* Of a storm the first are enough; a round looks again. */
  if (c->exhibits_n < EVIDENCE_ALERTS_MAX &&
      c->incident.alerts_total <= EVIDENCE_ALERTS_MAX)
    take_in(e, c, a, now);
}

void evidence_attached(struct evidence *e, struct alert *a, wall_ms now) {
  struct trend known = {.points = NULL};
  uint64_t hash = a->signal->hash;
  if (is_off(e))
    return;
  arm(e, now);
  /* Nobody has looked at it: so that it asks again, see evidence_wants. */
  if (!copy_samples(e, hash, "", &known, now))
    series_drop(e->series, hash);
  trend_fini(&known);
  take_in(e, a->casefile, a, now);
  show_value(e, a);
}

bool evidence_wants(const struct book *b, const struct signal *s) {
  const struct alert *a = book_alert(b, s);
  while (a != NULL && !(alert_is_attached(a) && a->casefile != NULL &&
                        incident_is_open(&a->casefile->incident)))
    a = book_alert_next(a);
  return a != NULL;
}

void evidence_resolved(struct evidence *e, struct casefile *c, wall_ms now) {
  for (struct exhibit *x = c->exhibits; x != NULL && !is_off(e); x = x->next)
    add_samples(e, c, x, now);
}

void evidence_finish(struct evidence *e, wall_ms now) {
  for (struct casefile *c = e->book->casefiles; c != NULL && !is_off(e);
       c = c->next)
    if (is_wanted(c))
      look_after(e, c, now);
}

void evidence_resume(struct evidence *e, wall_ms now) {
  for (const struct casefile *c = e->book->casefiles; c != NULL && !is_off(e);
       c = c->next)
    if (is_wanted(c)) {
      arm(e, now);
      e->n += c->exhibits_n;
    }
}

void evidence_clamp(struct evidence *e, wall_ms now) {
  if (e->timer.due != WALL_NEVER && e->timer.due > now + pause_of(e))
    timers_set(&e->book->timers, &e->timer, now + pause_of(e));
}
