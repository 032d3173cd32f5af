/* SPDX-License-Identifier: MIT */
/* A series' seat says whose it is:
 *
 *   NEW      nothing is known: the next value makes a lookout, which asks
 *   NOBODY   no rule looks at it: a look-up, and no more
 *   else     the number of its lookout (engine/lookout.h)
 *
 * The settings are looked at by the engine alone, when it answers: what a
 * lookout needs of them is copied. */
#include "engine/series.h"

#include "base/fetch.h"
#include "engine/lookout.h"
#include "engine/roster.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* One while the limit is small, so that exactly the one not seen for longest
 * makes room. */
#define SHARDS_MAX 64u
#define SHARD_ALONE 4096u /* series */
/* So many are looked through for each that goes; more of them go together. */
#define EVICT_ALONE 256
#define EVICT_PART 32 /* of a shard */
#define ASK_AGAIN_MS 10000
#define CACHE_LINE ((uintptr_t)64)

enum { WHOSE_NEW, WHOSE_NOBODY, WHOSE_FIRST };

struct shard {
  _Alignas(64) struct roster roster;
  pthread_mutex_t lock; /* of all here; the intake's and the watch's are leaves
                           under it */
  struct lookout **lookouts;
  uint32_t lookouts_n, lookouts_cap;
  uint32_t *spare; /* numbers of lookouts that went; lookouts_cap */
  uint32_t spare_n;
  uint32_t generation;
  size_t looked_at; /* lookouts with rules */
  uint64_t evicted;
  struct series *all;
  /* Where its seats are, for prefetch, without the lock. May be wrong while
   * they move: then the wrong place is fetched, no more. */
  atomic_uintptr_t hint;
  atomic_uint hint_mask;
};

struct series {
  struct intake *intake;
  struct watch *watch;
  struct clock *clock;
  void *memory; /* of the shards */
  struct shard *shards;
  unsigned shards_n; /* a power of two; set before it wakes first */
  atomic_bool is_awake;
  atomic_uint samples_max;
  atomic_size_t limit, n;
};

enum err series_new(struct intake *intake, struct watch *watch,
                    struct clock *clock, struct series **own_series) {
  struct series *t = calloc(1, sizeof *t);
  if (t == NULL)
    return ERR_NOMEM;
  t->intake = intake;
  t->watch = watch;
  t->clock = clock;
  *own_series = t;
  return OK;
}

static void shard_fini(struct shard *s) {
  for (uint32_t i = 0; i < s->lookouts_n; i++)
    lookout_free(s->lookouts[i]);
  free(s->lookouts);
  free(s->spare);
  roster_fini(&s->roster);
  pthread_mutex_destroy(&s->lock);
}

void series_free(struct series *t) {
  if (t == NULL)
    return;
  for (unsigned i = 0; i < t->shards_n; i++)
    shard_fini(&t->shards[i]);
  free(t->memory);
  free(t);
}

static enum err make_shards(struct series *t, size_t limit) {
  pthread_mutexattr_t attr;
  unsigned n = limit <= SHARD_ALONE ? 1 : SHARDS_MAX;
  void *memory = calloc(1, n * sizeof(struct shard) + CACHE_LINE);
  if (memory == NULL)
    return ERR_NOMEM;
  uintptr_t begin = ((uintptr_t)memory + CACHE_LINE - 1) & ~(CACHE_LINE - 1);
  struct shard *shards = (struct shard *)begin;
  for (unsigned i = 0; i < n; i++)
    if (roster_init(&shards[i].roster) != OK) {
      while (i-- > 0)
        roster_fini(&shards[i].roster);
      free(memory);
      return ERR_NOMEM;
    }
  pthread_mutexattr_init(&attr);
  pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_ADAPTIVE_NP);
  for (unsigned i = 0; i < n; i++) {
    pthread_mutex_init(&shards[i].lock, &attr);
    shards[i].all = t;
  }
  pthread_mutexattr_destroy(&attr);
  t->memory = memory;
  t->shards = shards;
  t->shards_n = n;
  return OK;
}

/* ---- lookouts of a shard, under its lock ---- */

static struct lookout *lookout_of(const struct shard *s,
                                  const struct seat *seat) {
  return seat->whose >= WHOSE_FIRST ? s->lookouts[seat->whose - WHOSE_FIRST]
                                    : NULL;
}

static bool grow_lookouts(struct shard *s) {
  uint32_t cap = s->lookouts_cap == 0 ? 16 : s->lookouts_cap * 2;
  struct lookout **lookouts = realloc(s->lookouts, cap * sizeof *lookouts);
  if (lookouts == NULL)
    return false;
  s->lookouts = lookouts;
  uint32_t *spare = realloc(s->spare, cap * sizeof *spare);
  if (spare == NULL)
    return false;
  s->spare = spare;
  s->lookouts_cap = cap;
  return true;
}

static void set_hint(struct shard *s) {
  atomic_store_explicit(&s->hint, (uintptr_t)s->roster.seats,
                        memory_order_relaxed);
  atomic_store_explicit(&s->hint_mask, s->roster.mask, memory_order_relaxed);
}

static void fetch_seat(struct shard *s, uint64_t hash) {
  uintptr_t seats = atomic_load_explicit(&s->hint, memory_order_relaxed);
  unsigned mask = atomic_load_explicit(&s->hint_mask, memory_order_relaxed);
  fetch_to_write((void *)(seats + (hash & mask) * sizeof(struct seat)));
}

/* Gives the seat a lookout, which is taken over. */
static bool post(struct shard *s, struct seat *seat, struct lookout *own) {
  if (own == NULL || (s->spare_n == 0 && s->lookouts_n == s->lookouts_cap &&
                      !grow_lookouts(s))) {
    lookout_free(own);
    return false;
  }
  uint32_t number = s->spare_n > 0 ? s->spare[--s->spare_n] : s->lookouts_n++;
  s->lookouts[number] = own;
  seat->whose = number + WHOSE_FIRST;
  return true;
}

static void dismiss(void *shard, uint32_t whose) {
  struct shard *s = shard;
  if (whose < WHOSE_FIRST)
    return;
  uint32_t number = whose - WHOSE_FIRST;
  s->looked_at -= s->lookouts[number]->rulings_n > 0;
  lookout_free(s->lookouts[number]);
  s->lookouts[number] = NULL;
  s->spare[s->spare_n++] = number;
}

static void leave_to(struct shard *s, struct seat *seat, uint32_t whose) {
  dismiss(s, seat->whose);
  seat->whose = whose;
}

static struct seat *add_seat(struct series *t, struct shard *s, uint64_t hash) {
  size_t limit = atomic_load_explicit(&t->limit, memory_order_relaxed);
  size_t n = atomic_load_explicit(&t->n, memory_order_relaxed);
  if (n >= limit) {
    size_t here = s->roster.n, most = (n - limit) / t->shards_n + 1;
    if (here > EVICT_ALONE && here / EVICT_PART > most)
      most = here / EVICT_PART;
    size_t gone = roster_evict(&s->roster, most, dismiss, s);
    atomic_fetch_sub_explicit(&t->n, gone, memory_order_relaxed);
    s->evicted += gone;
  }
  struct seat *seat = roster_add(&s->roster, hash);
  if (seat != NULL)
    atomic_fetch_add_explicit(&t->n, 1, memory_order_relaxed);
  set_hint(s);
  return seat;
}

/* ---- what is handed in ---- */

/* No texts but the series. */
static bool offer_bare(struct series *t, const struct reading *r, uint64_t hash,
                       enum signal_kind kind, wall_ms now) {
  uint64_t memory[SIGNAL_BYTES_MAX / sizeof(uint64_t)];
  struct packer p;
  signal_begin(&p, memory);
  p.signal->kind = (uint8_t)kind;
  p.signal->received = now;
  p.signal->sent = r->sent;
  p.signal->interval_ms =
      r->interval < UINT32_MAX ? (uint32_t)r->interval : UINT32_MAX;
  signal_add_series(&p, r->field, r->field_max, hash);
  signal_end(&p, false);
  return intake_offer(t->intake, p.signal);
}

static bool offer_reading(struct shard *s, const struct lookout *l,
                          const struct reading *r, uint64_t hash) {
  uint64_t memory[SIGNAL_BYTES_MAX / sizeof(uint64_t)];
  return intake_offer(
      s->all->intake,
      lookout_pack(l, r->field, r->field_max, hash, s->generation, memory));
}

/* ---- taking, under the lock ---- */

static void ask(struct shard *s, struct lookout *l, const struct reading *r,
                uint64_t hash, wall_ms now) {
  if (l->state == LOOKOUT_ASKED && now - l->asked < ASK_AGAIN_MS &&
      now >= l->asked)
    return;
  bool is_asked = offer_bare(s->all, r, hash, SIGNAL_FIRST, now);
  l->state = is_asked ? LOOKOUT_ASKED : LOOKOUT_NEW;
  l->asked = now;
}

static void tell(struct shard *s, struct lookout *l, const struct reading *r,
                 uint64_t hash) {
  bool is_news = lookout_judge(l) || l->is_doubted || lookout_is_troubled(l);
  if (l->rulings_n > 0 && is_news)
    l->is_doubted = !offer_reading(s, l, r, hash);
}

static void tell_watch(struct series *t, const struct reading *r, uint64_t hash,
                       wall_ms now) {
  if (offer_bare(t, r, hash, SIGNAL_FINITE, now))
    watch_take(t->watch, hash);
}

/* The series' lookout, a new one if there is none or its data sources are not
 * what they were. NULL when out of memory. */
static struct lookout *get_lookout(struct shard *s, struct seat *seat,
                                   const struct reading *r) {
  struct lookout *l = lookout_of(s, seat);
  if (l != NULL)
    lookout_fetch(l);
  if (l != NULL && lookout_fits(l, r))
    return l;
  bool is_nobodys = seat->whose == WHOSE_NOBODY;
  leave_to(s, seat, WHOSE_NEW);
  l = lookout_new(r);
  if (!post(s, seat, l))
    return NULL;
  l->state = is_nobodys ? LOOKOUT_DECIDED : LOOKOUT_NEW;
  return l;
}

/* Nobody looks at it any more. */
static bool is_idle(const struct lookout *l) {
  return l->state == LOOKOUT_DECIDED && l->rulings_n == 0 && !l->is_matched;
}

__attribute__((noinline)) static void take(struct shard *s, struct seat *seat,
                                           const struct reading *r,
                                           uint64_t hash, bool is_watched) {
  struct series *t = s->all;
  struct lookout *l = get_lookout(s, seat, r);
  wall_ms now = t->clock->wall(t->clock);
  if (l == NULL || !lookout_take(l, r, now,
                                 atomic_load_explicit(&t->samples_max,
                                                      memory_order_relaxed)))
    return;
  if (l->state == LOOKOUT_DECIDED)
    tell(s, l, r, hash);
  else if (atomic_load_explicit(&t->is_awake, memory_order_relaxed))
    ask(s, l, r, hash, now);
  if (is_watched && l->is_finite)
    tell_watch(t, r, hash, now);
  if (!is_watched && is_idle(l))
    leave_to(s, seat, WHOSE_NOBODY);
}

bool series_is_awake(const struct series *t) {
  return atomic_load_explicit(&t->is_awake, memory_order_acquire) ||
         !watch_is_empty(t->watch);
}

/* A free seat has none. */
static uint64_t seat_hash(uint64_t hash) { return hash != 0 ? hash : 1; }

static struct shard *shard_of(struct series *t, uint64_t hash) {
  return &t->shards[(hash >> 58) & (t->shards_n - 1)];
}

void series_take(struct series *t, const struct reading *r) {
  bool is_awake = atomic_load_explicit(&t->is_awake, memory_order_acquire);
  bool is_watched = !watch_is_empty(t->watch);
  if (!is_awake && !is_watched)
    return;
  uint64_t hash = signal_hash_of(r->field, r->field_max);
  is_watched = is_watched && watch_has(t->watch, hash);
  if ((!is_awake && !is_watched) || t->shards == NULL || r->sources_n == 0)
    return;
  struct shard *s = shard_of(t, hash);
  fetch_seat(s, hash);
  pthread_mutex_lock(&s->lock);
  struct seat *seat = roster_find(&s->roster, seat_hash(hash));
  if (seat != NULL)
    roster_see(&s->roster, seat);
  else
    seat = add_seat(t, s, seat_hash(hash));
  if (seat != NULL && (seat->whose != WHOSE_NOBODY || is_watched))
    take(s, seat, r, hash, is_watched);
  pthread_mutex_unlock(&s->lock);
}

/* ---- the engine ---- */

static bool wants_values(const struct settings *settings) {
  bool does = settings->evidence > 0; /* also of what is attached by hand */
  for (size_t i = 0; i < settings->rules_n && !does; i++)
    does = settings->rules[i]->metrics_n > 0;
  return does;
}

static void begin_shard(struct shard *s, uint32_t generation) {
  pthread_mutex_lock(&s->lock);
  s->generation = generation;
  s->looked_at = 0;
  for (size_t i = 0; i <= s->roster.mask; i++) {
    struct seat *seat = &s->roster.seats[i];
    struct lookout *l = lookout_of(s, seat);
    if (l != NULL)
      lookout_forget(l);
    else
      seat->whose = WHOSE_NEW;
  }
  pthread_mutex_unlock(&s->lock);
}

enum err series_begin(struct series *t, const struct settings *settings,
                      uint32_t generation) {
  if (t->shards == NULL) {
    enum err err = make_shards(t, settings->series_limit);
    if (err != OK)
      return err;
  }
  atomic_store(&t->samples_max, settings->evidence);
  atomic_store(&t->limit, settings->series_limit);
  for (unsigned i = 0; i < t->shards_n; i++)
    begin_shard(&t->shards[i], generation);
  atomic_store(&t->is_awake, wants_values(settings));
  return OK;
}

static enum err decide(struct series *t, struct shard *s, struct seat *seat,
                       const struct signal *first,
                       const struct sieve_hits *hits, void *memory,
                       const struct signal **reading) {
  struct lookout *l = lookout_of(s, seat);
  unsigned samples_max = atomic_load(&t->samples_max);
  if (l == NULL)
    return OK; /* its next value asks again */
  if (l->state != LOOKOUT_DECIDED) {
    uint32_t number = seat->whose - WHOSE_FIRST;
    if (lookout_decide(&s->lookouts[number], hits, samples_max) != OK) {
      l->state = LOOKOUT_NEW;
      return ERR_NOMEM;
    }
    l = s->lookouts[number];
    s->looked_at += l->rulings_n > 0;
    l->is_matched = l->is_matched && samples_max > 0;
  }
  if (is_idle(l) && !watch_has(t->watch, first->hash)) {
    leave_to(s, seat, WHOSE_NOBODY);
    return OK;
  }
  lookout_judge(l);
  if (l->rulings_n == 0 || l->taken == WALL_NEVER)
    return OK;
  const char *field[FIELDS];
  for (int i = 0; i < FIELDS; i++)
    field[i] = signal_field(first, (enum field)i);
  l->is_doubted = false;
  *reading = lookout_pack(l, field, SIGNAL_BYTES_MAX, first->hash,
                          s->generation, memory);
  return OK;
}

enum err series_decide(struct series *t, const struct signal *first,
                       const struct sieve_hits *hits, void *memory,
                       const struct signal **reading) {
  enum err err = OK;
  *reading = NULL;
  if (t->shards == NULL)
    return OK;
  struct shard *s = shard_of(t, first->hash);
  pthread_mutex_lock(&s->lock);
  struct seat *seat = roster_find(&s->roster, seat_hash(first->hash));
  if (seat != NULL)
    err = decide(t, s, seat, first, hits, memory, reading);
  pthread_mutex_unlock(&s->lock);
  return err;
}

/* Its lookout with the lock held, or NULL and no lock. */
static struct lookout *lock_lookout(struct series *t, uint64_t hash,
                                    struct shard **shard) {
  if (t->shards == NULL)
    return NULL;
  struct shard *s = shard_of(t, hash);
  pthread_mutex_lock(&s->lock);
  struct seat *seat = roster_find(&s->roster, seat_hash(hash));
  struct lookout *l = seat != NULL ? lookout_of(s, seat) : NULL;
  if (l == NULL)
    pthread_mutex_unlock(&s->lock);
  *shard = s;
  return l;
}

bool series_seen(struct series *t, uint64_t hash, wall_ms *at) {
  struct shard *s;
  struct lookout *l = lock_lookout(t, hash, &s);
  if (l == NULL)
    return false;
  wall_ms seen = l->seen;
  pthread_mutex_unlock(&s->lock);
  if (seen == WALL_NEVER)
    return false;
  *at = seen;
  return true;
}

void series_doubt(struct series *t, uint64_t hash) {
  struct shard *s;
  struct lookout *l = lock_lookout(t, hash, &s);
  if (l == NULL)
    return; /* its next value asks */
  lookout_doubt(l);
  pthread_mutex_unlock(&s->lock);
}

void series_drop(struct series *t, uint64_t hash) {
  if (t->shards == NULL)
    return;
  struct shard *s = shard_of(t, hash);
  pthread_mutex_lock(&s->lock);
  struct seat *seat = roster_find(&s->roster, seat_hash(hash));
  if (seat != NULL) {
    leave_to(s, seat, WHOSE_NEW);
    roster_remove(&s->roster, seat);
    atomic_fetch_sub_explicit(&t->n, 1, memory_order_relaxed);
  }
  pthread_mutex_unlock(&s->lock);
}

bool series_samples(struct series *t, uint64_t hash, const char *data_source,
                    struct trend *trend) {
  struct shard *s;
  struct lookout *l = lock_lookout(t, hash, &s);
  if (l == NULL)
    return false;
  size_t source = lookout_source(l, data_source);
  bool is_known = source < l->sources_n &&
                  samples_copy(&l->samples, source, l->sources_n, trend) == OK;
  pthread_mutex_unlock(&s->lock);
  return is_known;
}

void series_counts(struct series *t, struct series_counts *counts) {
  *counts = (struct series_counts){.series = atomic_load(&t->n)};
  for (unsigned i = 0; i < t->shards_n; i++) {
    struct shard *s = &t->shards[i];
    pthread_mutex_lock(&s->lock);
    counts->evicted += s->evicted;
    counts->looked_at += s->looked_at;
    pthread_mutex_unlock(&s->lock);
  }
}
