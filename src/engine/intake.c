/* SPDX-License-Identifier: MIT */
/* Writers of different series shall not wait for each other: a series belongs
 * to one of a few stripes, by its hash, each with a lock, an index and memory
 * of its own. The reader closes the open generation of all stripes at once and
 * merges them by the time of arrival.
 *
 * One index serves both generations: a slot counts only if it bears the number
 * of the open generation, so closing one clears nothing.
 *
 * A generation is a list of chunks; a chunk is filled with records, each a
 * header and a signal. A record is named by its chunk's number in the
 * generation and its place there. */
#include "engine/intake.h"

#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define STRIPE_BITS 2
#define STRIPES (1u << STRIPE_BITS)
#define CHUNK_BYTES (1u << 18)
#define CHUNKS_MAX 512 /* of a stripe's generation */
#define SPARES_MAX 2   /* a stripe's read chunks kept for its next generation */
#define INDEX_SLOTS_MIN                                                        \
  1024u /* of a stripe; a power of two: fits the cache in calm times           \
         */
#define CHANGES_MAX 16
#define CHANGES_TEXT_MAX 1024
#define LINE 64 /* of the processor's caches */

struct record {
  int64_t arrived;  /* monotonic ns */
  uint32_t room;    /* for the signal */
  uint32_t before;  /* the series' record before this one; NOWHERE: none */
  uint16_t changes; /* of the series up to this one */
  bool is_void;     /* moved or folded: the reader skips it */
  _Alignas(8) struct signal signal;
};
#define RECORD_HEAD offsetof(struct record, signal)
#define NOWHERE UINT32_MAX
#define PLACE_BITS 15 /* of a record in its chunk, in units of 8 bytes */

/* Mapped for itself and with all its pages, so that no dispatcher pays for page
 * faults and what is given back is really free. */
struct chunk {
  size_t used; /* set when the chunk is full or its generation closed */
  _Alignas(LINE) char bytes[CHUNK_BYTES - LINE];
};

struct generation {
  struct chunk *chunks[CHUNKS_MAX];
  size_t chunks_n;
};

struct slot {
  uint64_t hash;
  uint32_t generation;
  uint32_t latest; /* the series' latest record */
};

/* What a writer changes each time is in two lines of the cache, so that little
 * more travels from one processor to the next. */
struct stripe {
  /* The same as slots for intake_expect, without the lock. They may not fit
   * each other while the index grows: then the wrong place is fetched, no more.
   */
  _Alignas(LINE) atomic_uintptr_t hint;
  atomic_size_t hint_mask;
  struct generation *open;
  struct chunk *spares[SPARES_MAX];
  size_t spares_n;
  _Alignas(LINE) pthread_mutex_t lock; /* a leaf */
  _Alignas(LINE) char *place;          /* in the open generation's last chunk */
  size_t left;                         /* bytes behind it */
  struct slot *slots;
  size_t slots_n, series_n; /* series_n: in the open generation */
  uint32_t number;          /* of the open generation in slots, 1 first */
  bool is_closed;
  bool is_urgent; /* the open generation has more than OKAYs */
  size_t bytes;
  uint64_t accepted;
  struct intake_counts rare; /* refusals and what was squeezed */
  struct generation generations[2];
  /* The reader's, used without the lock. */
  struct generation *closed;
  size_t read_chunk, read_at;
  struct record *head; /* found there, not handed out yet */
};

struct intake {
  struct stripe stripes[STRIPES];
  atomic_size_t reserved; /* bytes of all chunks that are in use */
  atomic_bool is_sleeping;
  size_t bytes_max;
  size_t chunk_bytes; /* used of a chunk: a small intake has as many of them */
  uint64_t ticket;    /* changed under all locks; of the open generation */
  void (*wake)(void *arg);
  void *wake_arg;
};

static struct chunk *chunk_new(void) {
  void *c = mmap(NULL, sizeof(struct chunk), PROT_READ | PROT_WRITE,
                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
  return c != MAP_FAILED ? c : NULL;
}

static void chunk_free(struct chunk *c) {
  if (c != NULL)
    munmap(c, sizeof *c);
}

static void set_hint(struct stripe *t) {
  atomic_store_explicit(&t->hint, (uintptr_t)t->slots, memory_order_relaxed);
  atomic_store_explicit(&t->hint_mask, t->slots_n - 1, memory_order_relaxed);
}

static enum err stripe_init(struct stripe *t) {
  pthread_mutexattr_t attr;
  pthread_mutexattr_init(&attr);
  pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_ADAPTIVE_NP);
  pthread_mutex_init(&t->lock, &attr);
  pthread_mutexattr_destroy(&attr);
  t->open = &t->generations[0];
  t->closed = &t->generations[1];
  t->number = 1;
  t->slots_n = INDEX_SLOTS_MIN;
  t->slots = calloc(t->slots_n, sizeof *t->slots);
  t->spares[0] = chunk_new();
  if (t->slots == NULL || t->spares[0] == NULL)
    return ERR_NOMEM;
  t->spares_n = 1;
  set_hint(t);
  return OK;
}

static void stripe_fini(struct stripe *t) {
  for (int g = 0; g < 2; g++)
    for (size_t i = 0; i < t->generations[g].chunks_n; i++)
      chunk_free(t->generations[g].chunks[i]);
  for (size_t i = 0; i < SPARES_MAX; i++)
    chunk_free(t->spares[i]);
  free(t->slots);
  pthread_mutex_destroy(&t->lock);
}

enum err intake_new(size_t bytes_max, void (*wake)(void *arg), void *arg,
                    struct intake **own_intake) {
  enum err err = OK;
  struct intake *q = aligned_alloc(LINE, sizeof *q);
  if (q == NULL)
    return ERR_NOMEM;
  memset(q, 0, sizeof *q);
  q->ticket = 1;
  q->bytes_max = bytes_max;
  q->chunk_bytes = bytes_max / 8 / LINE * LINE;
  if (q->chunk_bytes > CHUNK_BYTES)
    q->chunk_bytes = CHUNK_BYTES;
  q->wake = wake;
  q->wake_arg = arg;
  for (size_t i = 0; i < STRIPES; i++)
    if (stripe_init(&q->stripes[i]) != OK)
      err = ERR_NOMEM;
  if (err != OK) {
    intake_free(q);
    return err;
  }
  *own_intake = q;
  return OK;
}

void intake_free(struct intake *q) {
  if (q == NULL)
    return;
  for (size_t i = 0; i < STRIPES; i++)
    stripe_fini(&q->stripes[i]);
  free(q);
}

static struct stripe *stripe_of(struct intake *q, uint64_t hash) {
  return &q->stripes[hash >> (64 - STRIPE_BITS)]; /* slots go by the low bits */
}

static void lock_all(struct intake *q) {
  for (size_t i = 0; i < STRIPES; i++)
    pthread_mutex_lock(&q->stripes[i].lock);
}

static void unlock_all(struct intake *q) {
  for (size_t i = 0; i < STRIPES; i++)
    pthread_mutex_unlock(&q->stripes[i].lock);
}

/* ---- writing, under the stripe's lock ---- */

static struct record *record_at(const struct generation *g, uint32_t name) {
  return (struct record *)(void *)(g->chunks[name >> PLACE_BITS]->bytes +
                                   (size_t)(name & ((1u << PLACE_BITS) - 1)) *
                                       8);
}

/* Longer probes are better than an intake without an index. */
static void grow_index(struct stripe *t) {
  size_t n = t->slots_n * 2;
  struct slot *slots = calloc(n, sizeof *slots);
  if (slots == NULL)
    return;
  for (size_t i = 0; i < t->slots_n; i++) {
    if (t->slots[i].generation != t->number)
      continue;
    size_t at = t->slots[i].hash & (n - 1);
    while (slots[at].generation == t->number)
      at = (at + 1) & (n - 1);
    slots[at] = t->slots[i];
  }
  free(t->slots);
  t->slots = slots;
  t->slots_n = n;
  set_hint(t);
}

static bool is_of_values(const struct signal *s) {
  return s->kind == SIGNAL_FIRST || s->kind == SIGNAL_READING;
}

/* What notifications say of a series and what its values do are kept apart:
 * neither folds the other. */
static bool is_same(const struct signal *a, const struct signal *b) {
  return is_of_values(a) == is_of_values(b) && signal_same_series(a, b);
}

/* The series' slot, or the free one where it belongs. */
static struct slot *find_slot(struct stripe *t, const struct signal *s) {
  size_t at = s->hash & (t->slots_n - 1);
  for (;; at = (at + 1) & (t->slots_n - 1)) {
    struct slot *slot = &t->slots[at];
    if (slot->generation != t->number ||
        (slot->hash == s->hash &&
         is_same(&record_at(t->open, slot->latest)->signal, s)))
      return slot;
  }
}

static size_t ceiling(const struct intake *q, const struct signal *s) {
  if (s->level == LEVEL_OKAY)
    return q->bytes_max / 2;
  if (s->level == LEVEL_WARNING)
    return q->bytes_max / 4 * 3;
  return q->bytes_max;
}

/* The open generation's last chunk gets no more. */
static void seal_chunk(struct stripe *t) {
  if (t->place == NULL)
    return;
  struct chunk *last = t->open->chunks[t->open->chunks_n - 1];
  last->used = (size_t)(t->place - last->bytes);
  t->place = NULL;
  t->left = 0;
}

static bool add_chunk(struct intake *q, struct stripe *t, size_t max) {
  struct chunk *c = NULL;
  if (atomic_fetch_add(&q->reserved, q->chunk_bytes) + q->chunk_bytes <= max &&
      t->open->chunks_n < CHUNKS_MAX)
    c = t->spares_n > 0 ? t->spares[--t->spares_n] : chunk_new();
  if (c == NULL) {
    atomic_fetch_sub(&q->reserved, q->chunk_bytes);
    return false;
  }
  seal_chunk(t);
  t->open->chunks[t->open->chunks_n++] = c;
  t->place = c->bytes;
  t->left = q->chunk_bytes - offsetof(struct chunk, bytes);
  return true;
}

static void count_refusal(struct stripe *t, const struct signal *s) {
  if (s->level == LEVEL_OKAY)
    t->rare.refused_okay++;
  else if (s->level == LEVEL_WARNING)
    t->rare.refused_warning++;
  else
    t->rare.refused_failure++;
}

/* The new record's name, or NOWHERE if it was refused. */
static uint32_t append(struct intake *q, struct stripe *t,
                       const struct signal *s) {
  size_t size = (RECORD_HEAD + s->size + LINE - 1) / LINE * LINE;
  size_t max = ceiling(q, s);
  if (atomic_load_explicit(&q->reserved, memory_order_relaxed) > max ||
      (t->left < size && !add_chunk(q, t, max))) {
    if (!is_of_values(s)) /* else the next value comes with it again */
      count_refusal(t, s);
    return NOWHERE;
  }
  struct record *r = (struct record *)(void *)t->place;
  size_t last = t->open->chunks_n - 1;
  size_t at = (size_t)(t->place - t->open->chunks[last]->bytes);
  r->arrived = clock_mono_ns();
  r->room = (uint32_t)(size - RECORD_HEAD);
  r->before = NOWHERE;
  r->changes = 1;
  r->is_void = false;
  memcpy(&r->signal, s, s->size);
  t->place += size;
  t->left -= size;
  t->bytes += size;
  return (uint32_t)(last << PLACE_BITS | at / 8);
}

/* In the place of a record, or at the end if it is too long for that. */
static bool replace(struct intake *q, struct stripe *t, struct slot *slot,
                    const struct signal *s) {
  struct record *r = record_at(t->open, slot->latest);
  if (s->size <= r->room) {
    memcpy(&r->signal, s, s->size);
    return true;
  }
  uint32_t name = append(q, t, s);
  if (name == NOWHERE)
    return false;
  struct record *moved = record_at(t->open, name);
  moved->changes = r->changes;
  moved->before = r->before;
  r->is_void = true;
  slot->latest = name;
  return true;
}

static bool is_nan(const struct signal *s) {
  return s->has_value && isnan(s->value);
}

static bool is_repetition(const struct signal *a, const struct signal *b) {
  return a->level == b->level && a->kind == b->kind &&
         a->text_hash == b->text_hash && is_nan(a) == is_nan(b);
}

static bool add_change(struct intake *q, struct stripe *t, struct slot *slot,
                       const struct signal *s) {
  uint32_t before = slot->latest;
  struct record *r = record_at(t->open, before);
  uint16_t changes = r->changes;
  if (changes >= (s->text_hash != 0 ? CHANGES_TEXT_MAX : CHANGES_MAX)) {
    /* Full: the last two are the worst since and the latest. */
    struct record *worst = record_at(t->open, r->before);
    t->rare.squeezed++;
    if (r->signal.level <= worst->signal.level)
      return replace(q, t, slot, s);
    worst->is_void = true;
  } else {
    changes++;
  }
  uint32_t name = append(q, t, s);
  if (name == NOWHERE)
    return false;
  r = record_at(t->open, name);
  r->changes = changes;
  r->before = before;
  slot->latest = name;
  return true;
}

static bool add_series(struct intake *q, struct stripe *t, struct slot *slot,
                       const struct signal *s) {
  uint32_t name = append(q, t, s);
  if (name == NOWHERE)
    return false;
  *slot = (struct slot){s->hash, t->number, name};
  if (++t->series_n * 4 > t->slots_n * 3)
    grow_index(t);
  return true;
}

void intake_expect(struct intake *q, uint64_t hash) {
  struct stripe *t = stripe_of(q, hash);
  uintptr_t slots = atomic_load_explicit(&t->hint, memory_order_relaxed);
  size_t mask = atomic_load_explicit(&t->hint_mask, memory_order_relaxed);
  /* Fetching never fails, wherever it is. */
  __builtin_prefetch((void *)(slots + (hash & mask) * sizeof(struct slot)), 1);
  __builtin_prefetch(&t->lock, 1);
  __builtin_prefetch(&t->place, 1);
}

bool intake_offer(struct intake *q, const struct signal *s) {
  struct stripe *t = stripe_of(q, s->hash);
  bool is_taken = false, is_wake = false;
  pthread_mutex_lock(&t->lock);
  if (!t->is_closed) {
    struct slot *slot = find_slot(t, s);
    if (slot->generation != t->number)
      is_taken = add_series(q, t, slot, s);
    else if (is_repetition(&record_at(t->open, slot->latest)->signal, s))
      is_taken = replace(q, t, slot, s);
    else
      is_taken = add_change(q, t, slot, s);
    t->accepted += is_taken;
    bool is_urgent =
        is_taken && (s->level != LEVEL_OKAY || s->kind == SIGNAL_FINITE);
    t->is_urgent = t->is_urgent || is_urgent;
    is_wake = is_urgent && atomic_load(&q->is_sleeping) &&
              atomic_exchange(&q->is_sleeping, false);
  }
  pthread_mutex_unlock(&t->lock);
  if (is_wake)
    q->wake(q->wake_arg);
  return is_taken;
}

void intake_close(struct intake *q) {
  lock_all(q);
  for (size_t i = 0; i < STRIPES; i++)
    q->stripes[i].is_closed = true;
  unlock_all(q);
}

/* ---- reading ---- */

/* Gives the chunk that has been read back, or keeps it for later. */
static void give_back(struct intake *q, struct stripe *t, size_t i) {
  struct chunk *c = t->closed->chunks[i];
  t->closed->chunks[i] = NULL;
  atomic_fetch_sub(&q->reserved, q->chunk_bytes);
  pthread_mutex_lock(&t->lock);
  t->bytes -= c->used;
  if (t->spares_n < SPARES_MAX) {
    t->spares[t->spares_n++] = c;
    c = NULL;
  }
  pthread_mutex_unlock(&t->lock);
  chunk_free(c);
}

/* Under all locks. */
static bool has_records(const struct intake *q) {
  bool has = false;
  for (size_t i = 0; i < STRIPES; i++)
    has = has || q->stripes[i].place != NULL;
  return has;
}

/* Under its lock: the open generation becomes the closed one. */
static void turn_stripe_over(struct stripe *t) {
  struct generation *g = t->open;
  seal_chunk(t);
  t->open = t->closed;
  t->open->chunks_n = 0;
  t->closed = g;
  t->read_chunk = t->read_at = 0;
  if (++t->number == 0) { /* once in 2^32 turns: old slots would be new */
    memset(t->slots, 0, t->slots_n * sizeof *t->slots);
    t->number = 1;
  }
  t->series_n = 0;
  t->is_urgent = false;
}

/* All at once, so that what a thread offers later is not read earlier. */
static bool turn_over(struct intake *q) {
  lock_all(q);
  bool has = has_records(q);
  for (size_t i = 0; i < STRIPES && has; i++)
    turn_stripe_over(&q->stripes[i]);
  q->ticket += has;
  unlock_all(q);
  return has;
}

/* The stripe's next record, which stays its head. */
static struct record *find_head(struct intake *q, struct stripe *t) {
  while (t->head == NULL && t->read_chunk < t->closed->chunks_n) {
    struct chunk *c = t->closed->chunks[t->read_chunk];
    if (t->read_at == c->used) {
      give_back(q, t, t->read_chunk++);
      t->read_at = 0;
      continue;
    }
    struct record *r = (struct record *)(void *)(c->bytes + t->read_at);
    t->read_at += RECORD_HEAD + r->room;
    if (!r->is_void)
      t->head = r;
  }
  return t->head;
}

const struct signal *intake_next(struct intake *q) {
  struct record *r;
  do {
    struct stripe *first = NULL;
    for (size_t i = 0; i < STRIPES; i++) {
      struct stripe *t = &q->stripes[i];
      r = find_head(q, t);
      if (r != NULL && (first == NULL || r->arrived < first->head->arrived))
        first = t;
    }
    if (first != NULL) {
      r = first->head;
      first->head = NULL;
      return &r->signal;
    }
  } while (turn_over(q));
  return NULL;
}

/* Whether the closed generation has been handed out to its end, which is never
 * void. */
static bool is_read_out(const struct intake *q) {
  for (size_t i = 0; i < STRIPES; i++) {
    const struct stripe *t = &q->stripes[i];
    size_t n = t->closed->chunks_n;
    if (t->head != NULL ||
        (t->read_chunk < n && (t->read_chunk < n - 1 ||
                               t->read_at < t->closed->chunks[n - 1]->used)))
      return false;
  }
  return true;
}

bool intake_has_more(struct intake *q) {
  if (!is_read_out(q))
    return true;
  lock_all(q);
  bool has_more = has_records(q);
  unlock_all(q);
  return has_more;
}

bool intake_may_sleep(struct intake *q) {
  bool may = true;
  if (!is_read_out(q))
    return false;
  lock_all(q);
  for (size_t i = 0; i < STRIPES; i++)
    may = may && !q->stripes[i].is_urgent;
  atomic_store(&q->is_sleeping, may);
  unlock_all(q);
  return may;
}

uint64_t intake_ticket(struct intake *q) {
  lock_all(q);
  uint64_t ticket = q->ticket - !has_records(q);
  unlock_all(q);
  return ticket;
}

uint64_t intake_read_ticket(struct intake *q) {
  /* Only the reader changes the number. */
  return q->ticket - 1 - !is_read_out(q);
}

void intake_counts(struct intake *q, struct intake_counts *counts) {
  struct intake_counts sum = {0};
  lock_all(q);
  for (size_t i = 0; i < STRIPES; i++) {
    const struct stripe *t = &q->stripes[i];
    sum.accepted += t->accepted;
    sum.refused_okay += t->rare.refused_okay;
    sum.refused_warning += t->rare.refused_warning;
    sum.refused_failure += t->rare.refused_failure;
    sum.squeezed += t->rare.squeezed;
    sum.bytes += t->bytes;
  }
  unlock_all(q);
  *counts = sum;
}
