/* SPDX-License-Identifier: MIT */
#include "engine/lookout.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NAME_MAX_BYTES 128u /* the host's buffers */
#define STALE_INTERVALS 10

/* ---- its parts ---- */

static struct condition *conditions(const struct lookout *l) {
  return (struct condition *)(void *)(l->eyes + l->sources_n);
}

static struct ruling *rulings(const struct lookout *l) {
  return (struct ruling *)(void *)(conditions(l) + l->conditions_n);
}

static uint8_t *judgements(const struct lookout *l) {
  return (uint8_t *)(rulings(l) + l->rulings_n);
}

static char *names(const struct lookout *l) {
  return (char *)judgements(l) + (size_t)l->conditions_n * l->sources_n;
}

/* ---- making ---- */

static size_t sources_of(const struct reading *r) {
  return r->sources_n < SOURCES_MAX ? r->sources_n : SOURCES_MAX;
}

struct lookout *lookout_new(const struct reading *r) {
  size_t n = sources_of(r), names_size = 0;
  for (size_t i = 0; i < n; i++)
    names_size += strnlen(r->sources[i].name, NAME_MAX_BYTES) + 1;
  struct lookout *l = calloc(1, sizeof *l + n * sizeof l->eyes[0] + names_size);
  if (l == NULL)
    return NULL;
  l->seen = l->taken = l->asked = WALL_NEVER;
  l->sources_n = (uint16_t)n;
  l->names_size = (uint16_t)names_size;
  size_t at = 0;
  for (size_t i = 0; i < n; i++) {
    const struct source *s = &r->sources[i];
    size_t len = strnlen(s->name, NAME_MAX_BYTES);
    memcpy(names(l) + at, s->name, len);
    l->eyes[i] = (struct eye){
        .value = NAN, .type = (uint16_t)s->type, .name_at = (uint16_t)at};
    at += len + 1;
  }
  return l;
}

void lookout_free(struct lookout *l) {
  if (l != NULL)
    samples_fini(&l->samples);
  free(l);
}

bool lookout_fits(const struct lookout *l, const struct reading *r) {
  if (sources_of(r) != l->sources_n)
    return false;
  for (size_t i = 0; i < l->sources_n; i++)
    if (l->eyes[i].type != r->sources[i].type)
      return false;
  return true;
}

/* ---- values ---- */

static void add_sample(struct lookout *l, unsigned max, wall_ms now) {
  double values[SOURCES_MAX];
  for (size_t i = 0; i < l->sources_n; i++)
    values[i] = l->eyes[i].value;
  samples_add(&l->samples, max, now, values, l->sources_n);
}

static void begin_anew(struct lookout *l, const struct reading *r) {
  for (size_t i = 0; i < l->sources_n; i++) {
    l->eyes[i].rate = (struct rate){0};
    l->eyes[i].value = NAN;
    metric_value(&l->eyes[i].rate, &r->sources[i], r->sent_ns);
  }
  l->sent_ns = r->sent_ns;
}

bool lookout_take(struct lookout *l, const struct reading *r, wall_ms now,
                  unsigned samples_max) {
  bool has_value = false;
  if (l->taken != WALL_NEVER && r->sent_ns <= l->sent_ns) {
    bool is_stale = /* or the clock was set back, perhaps the sender's, too */
        now < l->taken ||
        now - l->taken > STALE_INTERVALS * (span_ms)l->interval_ms;
    if (r->sent_ns < l->sent_ns && is_stale) {
      begin_anew(l, r);
      l->taken = now;
    }
    return false;
  }
  l->is_finite = false;
  for (size_t i = 0; i < l->sources_n; i++) {
    const struct source *s = &r->sources[i];
    struct eye *eye = &l->eyes[i];
    eye->value = metric_value(&eye->rate, s, r->sent_ns);
    bool is_finite = isfinite(eye->value);
    l->is_finite = l->is_finite || is_finite;
    has_value = has_value || is_finite || s->type != SOURCE_GAUGE;
  }
  l->sent_ns = r->sent_ns;
  l->taken = now;
  if (has_value)
    l->seen = now;
  l->interval_ms =
      r->interval < UINT32_MAX ? (uint32_t)r->interval : UINT32_MAX;
  if (l->state == LOOKOUT_DECIDED && (l->rulings_n > 0 || l->is_matched))
    add_sample(l, samples_max, now);
  return true;
}

/* ---- who looks ---- */

static uint64_t selected(const struct lookout *l, const struct metric *m) {
  uint64_t sources = 0;
  for (size_t i = 0; i < l->sources_n; i++)
    if (selector_matches(&m->data_source, names(l) + l->eyes[i].name_at))
      sources |= UINT64_C(1) << i;
  return sources;
}

/* Hits are in the order of rules: those of a rule stand together. */
static void count(const struct lookout *l, const struct sieve_hits *hits,
                  uint32_t *conditions_n, uint32_t *rulings_n) {
  const struct rule *last = NULL;
  for (size_t i = 0; i < hits->n; i++) {
    const struct sieve_hit *hit = &hits->hits[i];
    if (selected(l, hit->metric) == 0)
      continue;
    ++*conditions_n;
    *rulings_n += hit->rule != last;
    last = hit->rule;
  }
}

static void add_conditions(struct lookout *l, const struct sieve_hits *hits) {
  const struct rule *last = NULL;
  struct condition *c = conditions(l);
  struct ruling *r = rulings(l) - 1;
  for (size_t i = 0; i < hits->n; i++) {
    const struct metric *m = hits->hits[i].metric;
    const struct rule *rule = hits->hits[i].rule;
    uint64_t sources = selected(l, m);
    if (sources == 0)
      continue;
    if (rule != last)
      *++r = (struct ruling){.rule = (uint32_t)rule->order,
                             .judgement = JUDGED_OPEN,
                             .value = NAN,
                             .limit = NAN};
    last = rule;
    *c++ = (struct condition){.limit = m->limit,
                              .clear = m->clear,
                              .sources = sources,
                              .ruling = (uint32_t)(r - rulings(l)),
                              .kind = m->kind};
  }
}

static struct lookout *resized(const struct lookout *l, uint32_t conditions_n,
                               uint32_t rulings_n) {
  struct lookout head = *l;
  head.conditions_n = conditions_n;
  head.rulings_n = rulings_n;
  size_t size = sizeof *l + l->sources_n * sizeof l->eyes[0] +
                conditions_n * sizeof(struct condition) +
                rulings_n * sizeof(struct ruling) +
                (size_t)conditions_n * l->sources_n + l->names_size;
  struct lookout *made = calloc(1, size);
  if (made == NULL)
    return NULL;
  *made = head;
  memcpy(made->eyes, l->eyes, l->sources_n * sizeof l->eyes[0]);
  memcpy(names(made), names(l), l->names_size);
  return made;
}

enum err lookout_decide(struct lookout **l, const struct sieve_hits *hits,
                        unsigned samples_max) {
  uint32_t conditions_n = 0, rulings_n = 0;
  count(*l, hits, &conditions_n, &rulings_n);
  struct lookout *made = resized(*l, conditions_n, rulings_n);
  if (made == NULL)
    return ERR_NOMEM;
  free(*l); /* its samples have moved */
  *l = made;
  add_conditions(made, hits);
  made->is_matched = hits->is_matched;
  made->state = LOOKOUT_DECIDED;
  if (made->taken != WALL_NEVER)
    add_sample(made, samples_max, made->taken);
  return OK;
}

void lookout_forget(struct lookout *l) {
  memmove((char *)(l->eyes + l->sources_n), names(l), l->names_size);
  l->conditions_n = l->rulings_n = 0;
  l->is_matched = l->is_doubted = false;
  l->state = LOOKOUT_NEW;
}

/* ---- judging ---- */

/* Bad while any says bad, else open while any leaves it open. */
static int weight(enum judgement j) {
  return j == JUDGED_BAD ? 2 : j == JUDGED_OPEN ? 1 : 0;
}

static void weigh(struct ruling *r, const struct lookout *l,
                  const struct condition *c, size_t source, enum judgement j,
                  bool *is_begun) {
  if (*is_begun && weight(j) <= weight((enum judgement)r->judgement))
    return;
  *is_begun = true;
  r->judgement = (uint8_t)j;
  r->kind = (uint8_t)c->kind;
  r->source = (uint16_t)source;
  r->value = l->eyes[source].value;
  r->limit = c->limit;
}

/* That something came at all is good, whichever of its sources it came of. */
static void judge_absent(struct ruling *r, const struct lookout *l,
                         const struct condition *c, uint8_t *before,
                         bool *is_begun) {
  size_t first = (size_t)__builtin_ctzll(c->sources), source = first;
  for (size_t i = first; i < l->sources_n; i++)
    if ((c->sources >> i & 1) && isfinite(l->eyes[i].value)) {
      before[first] = JUDGED_GOOD;
      source = i;
      break;
    }
  weigh(r, l, c, source, (enum judgement)before[first], is_begun);
}

static void judge_values(struct ruling *r, const struct lookout *l,
                         const struct condition *c, uint8_t *before,
                         bool *is_begun) {
  for (uint64_t left = c->sources; left != 0; left &= left - 1) {
    size_t i = (size_t)__builtin_ctzll(left);
    enum judgement j =
        metric_judge_by((enum metric_kind)c->kind, c->limit, c->clear,
                        l->eyes[i].value, (enum judgement)before[i]);
    before[i] = (uint8_t)j;
    weigh(r, l, c, i, j, is_begun);
  }
}

bool lookout_judge(struct lookout *l) {
  const struct condition *c = conditions(l), *end = c + l->conditions_n;
  uint8_t *before = judgements(l);
  bool has_changed = false;
  while (c < end) {
    struct ruling *r = &rulings(l)[c->ruling];
    uint8_t last = r->judgement;
    bool is_begun = false;
    for (uint32_t rule = c->ruling; c < end && c->ruling == rule;
         c++, before += l->sources_n) {
      if (c->kind == METRIC_ABSENT)
        judge_absent(r, l, c, before, &is_begun);
      else
        judge_values(r, l, c, before, &is_begun);
    }
    has_changed = has_changed || r->judgement != last;
  }
  return has_changed;
}

bool lookout_is_troubled(const struct lookout *l) {
  for (uint32_t i = 0; i < l->rulings_n; i++)
    if (rulings(l)[i].judgement != JUDGED_GOOD)
      return true;
  return false;
}

void lookout_doubt(struct lookout *l) {
  const struct condition *c = conditions(l);
  l->is_doubted = true;
  for (uint32_t i = 0; i < l->conditions_n; i++)
    if (c[i].kind == METRIC_ABSENT)
      memset(judgements(l) + (size_t)i * l->sources_n, JUDGED_OPEN,
             l->sources_n);
}

size_t lookout_source(const struct lookout *l, const char *name) {
  size_t i = 0;
  while (name[0] != '\0' && i < l->sources_n &&
         strcmp(names(l) + l->eyes[i].name_at, name) != 0)
    i++;
  return i;
}

struct signal *lookout_pack(const struct lookout *l,
                            const char *const field[FIELDS], size_t field_max,
                            uint64_t hash, uint32_t generation, void *memory) {
  struct packer p;
  const char *name[SOURCES_MAX];
  for (size_t i = 0; i < l->sources_n; i++)
    name[i] = names(l) + l->eyes[i].name_at;
  signal_begin(&p, memory);
  p.signal->kind = SIGNAL_READING;
  p.signal->received = l->taken;
  p.signal->sent = l->sent_ns / 1000000;
  p.signal->interval_ms = l->interval_ms;
  signal_add_series(&p, field, field_max, hash);
  signal_end_reading(&p, generation, rulings(l), l->rulings_n, name);
  return p.signal;
}
