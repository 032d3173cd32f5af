/* SPDX-License-Identifier: MIT */
/* One index serves both generations: a slot counts only if it bears the number
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

#define CHUNK_BYTES (1u << 20)
#define CHUNKS_MAX 512 /* of a generation */
#define SPARES_MAX 2   /* read chunks kept for the next generation */
#define INDEX_SLOTS_MIN                                                        \
  4096u /* a power of two: fits the cache in calm times                        \
         */
#define CHANGES_MAX 16
#define CHANGES_TEXT_MAX 1024
#define ROUND_TO 64 /* room in a record for a slightly longer successor */

struct record {
  uint32_t room;    /* for the signal */
  uint32_t before;  /* the series' record before this one; NOWHERE: none */
  uint16_t changes; /* of the series up to this one */
  bool is_void;     /* moved or folded: the reader skips it */
  _Alignas(8) struct signal signal;
};
#define RECORD_HEAD offsetof(struct record, signal)
#define NOWHERE UINT32_MAX
#define PLACE_BITS 17 /* of a record in its chunk, in units of 8 bytes */

/* Mapped for itself and with all its pages, so that no dispatcher pays for page
 * faults and what is given back is really free. */
struct chunk {
  size_t used;
  _Alignas(8) char bytes[CHUNK_BYTES - 16];
};

struct generation {
  struct chunk *chunks[CHUNKS_MAX];
  size_t chunks_n;
  size_t records_n;
};

struct slot {
  uint64_t hash;
  uint32_t generation;
  uint32_t latest; /* the series' latest record */
};

struct intake {
  pthread_mutex_t lock; /* a leaf */
  struct generation generations[2];
  struct generation *open;
  struct slot *slots;
  /* The same for intake_expect, without the lock. They may not fit each other
   * while the index grows: then the wrong place is fetched, no more. */
  atomic_uintptr_t hint;
  atomic_size_t hint_mask;
  size_t slots_n, series_n; /* series_n: in the open generation */
  uint32_t number;          /* of the open generation in slots, 1 first */
  uint64_t ticket;          /* the same, never beginning again */
  bool is_closed, is_sleeping;
  bool is_urgent; /* the open generation has more than OKAYs */
  size_t bytes, bytes_max;
  struct intake_counts counts;
  struct chunk *spares[SPARES_MAX];
  size_t spares_n;
  void (*wake)(void *arg);
  void *wake_arg;
  /* The reader's, used without the lock. */
  struct generation *closed;
  size_t read_chunk, read_at;
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

static void set_hint(struct intake *q) {
  atomic_store_explicit(&q->hint, (uintptr_t)q->slots, memory_order_relaxed);
  atomic_store_explicit(&q->hint_mask, q->slots_n - 1, memory_order_relaxed);
}

enum err intake_new(size_t bytes_max, void (*wake)(void *arg), void *arg,
                    struct intake **own_intake) {
  pthread_mutexattr_t attr;
  struct intake *q = calloc(1, sizeof *q);
  if (q == NULL)
    return ERR_NOMEM;
  q->slots_n = INDEX_SLOTS_MIN;
  q->slots = calloc(q->slots_n, sizeof *q->slots);
  q->spares[0] = chunk_new();
  if (q->slots == NULL || q->spares[0] == NULL) {
    free(q->slots);
    chunk_free(q->spares[0]);
    free(q);
    return ERR_NOMEM;
  }
  q->spares_n = 1;
  q->open = &q->generations[0];
  q->closed = &q->generations[1];
  q->number = 1;
  q->ticket = 1;
  q->bytes_max = bytes_max;
  q->wake = wake;
  q->wake_arg = arg;
  pthread_mutexattr_init(&attr);
  pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_ADAPTIVE_NP);
  pthread_mutex_init(&q->lock, &attr);
  pthread_mutexattr_destroy(&attr);
  set_hint(q);
  *own_intake = q;
  return OK;
}

void intake_free(struct intake *q) {
  if (q == NULL)
    return;
  for (int g = 0; g < 2; g++)
    for (size_t i = 0; i < q->generations[g].chunks_n; i++)
      chunk_free(q->generations[g].chunks[i]);
  for (size_t i = 0; i < q->spares_n; i++)
    chunk_free(q->spares[i]);
  free(q->slots);
  pthread_mutex_destroy(&q->lock);
  free(q);
}

/* ---- writing, under the lock ---- */

static struct record *record_at(const struct generation *g, uint32_t name) {
  return (struct record *)(void *)(g->chunks[name >> PLACE_BITS]->bytes +
                                   (size_t)(name & ((1u << PLACE_BITS) - 1)) *
                                       8);
}

static bool is_of_values(const struct signal *s) {
  return s->kind == SIGNAL_FIRST || s->kind == SIGNAL_READING;
}

/* Longer probes are better than an intake without an index. */
static void grow_index(struct intake *q) {
  size_t n = q->slots_n * 2;
  struct slot *slots = calloc(n, sizeof *slots);
  if (slots == NULL)
    return;
  for (size_t i = 0; i < q->slots_n; i++) {
    if (q->slots[i].generation != q->number)
      continue;
    size_t at = q->slots[i].hash & (n - 1);
    while (slots[at].generation == q->number)
      at = (at + 1) & (n - 1);
    slots[at] = q->slots[i];
  }
  free(q->slots);
  q->slots = slots;
  q->slots_n = n;
  set_hint(q);
}

/* What notifications say of a series and what its values do are kept apart:
 * neither folds the other. */
static bool is_same(const struct signal *a, const struct signal *b) {
  return is_of_values(a) == is_of_values(b) && signal_same_series(a, b);
}

/* The series' slot, or the free one where it belongs. */
static struct slot *find_slot(struct intake *q, const struct signal *s) {
  size_t at = s->hash & (q->slots_n - 1);
  for (;; at = (at + 1) & (q->slots_n - 1)) {
    struct slot *slot = &q->slots[at];
    if (slot->generation != q->number ||
        (slot->hash == s->hash &&
         is_same(&record_at(q->open, slot->latest)->signal, s)))
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

static struct chunk *chunk_with_room(struct intake *q, size_t size) {
  struct generation *g = q->open;
  struct chunk *c = g->chunks_n > 0 ? g->chunks[g->chunks_n - 1] : NULL;
  if (c != NULL && sizeof c->bytes - c->used >= size)
    return c;
  if (g->chunks_n == CHUNKS_MAX)
    return NULL;
  c = q->spares_n > 0 ? q->spares[--q->spares_n] : chunk_new();
  if (c == NULL)
    return NULL;
  c->used = 0;
  g->chunks[g->chunks_n++] = c;
  return c;
}

static void count_refusal(struct intake *q, const struct signal *s) {
  if (s->level == LEVEL_OKAY)
    q->counts.refused_okay++;
  else if (s->level == LEVEL_WARNING)
    q->counts.refused_warning++;
  else
    q->counts.refused_failure++;
}

/* The new record's name, or NOWHERE if it was refused. */
static uint32_t append(struct intake *q, const struct signal *s) {
  size_t room = (s->size + ROUND_TO - 1) / ROUND_TO * ROUND_TO;
  size_t size = RECORD_HEAD + room;
  struct chunk *c = NULL;
  if (q->bytes + size <= ceiling(q, s))
    c = chunk_with_room(q, size);
  if (c == NULL) {
    if (!is_of_values(s)) /* else the next value comes with it again */
      count_refusal(q, s);
    return NOWHERE;
  }
  struct record *r = (struct record *)(void *)(c->bytes + c->used);
  uint32_t name =
      (uint32_t)((q->open->chunks_n - 1) << PLACE_BITS | c->used / 8);
  *r = (struct record){.room = (uint32_t)room, .before = NOWHERE};
  memcpy(&r->signal, s, s->size);
  c->used += size;
  q->bytes += size;
  q->open->records_n++;
  return name;
}

/* In the place of a record, or at the end if it is too long for that. */
static bool replace(struct intake *q, struct slot *slot,
                    const struct signal *s) {
  struct record *r = record_at(q->open, slot->latest);
  if (s->size <= r->room) {
    memcpy(&r->signal, s, s->size);
    return true;
  }
  uint32_t name = append(q, s);
  if (name == NOWHERE)
    return false;
  struct record *moved = record_at(q->open, name);
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

static bool add_change(struct intake *q, struct slot *slot,
                       const struct signal *s) {
  uint32_t before = slot->latest;
  struct record *r = record_at(q->open, before);
  uint16_t changes = r->changes;
  if (changes >= (s->text_hash != 0 ? CHANGES_TEXT_MAX : CHANGES_MAX)) {
    /* Full: the last two are the worst since and the latest. */
    struct record *worst = record_at(q->open, r->before);
    q->counts.squeezed++;
    if (r->signal.level <= worst->signal.level)
      return replace(q, slot, s);
    worst->is_void = true;
  } else {
    changes++;
  }
  uint32_t name = append(q, s);
  if (name == NOWHERE)
    return false;
  r = record_at(q->open, name);
  r->changes = changes;
  r->before = before;
  slot->latest = name;
  return true;
}

static bool add_series(struct intake *q, struct slot *slot,
                       const struct signal *s) {
  uint32_t name = append(q, s);
  if (name == NOWHERE)
    return false;
  record_at(q->open, name)->changes = 1;
  *slot = (struct slot){s->hash, q->number, name};
  if (++q->series_n * 4 > q->slots_n * 3)
    grow_index(q);
  return true;
}

void intake_expect(struct intake *q, uint64_t hash) {
  uintptr_t slots = atomic_load_explicit(&q->hint, memory_order_relaxed);
  size_t mask = atomic_load_explicit(&q->hint_mask, memory_order_relaxed);
  /* Fetching never fails, wherever it is. */
  __builtin_prefetch((void *)(slots + (hash & mask) * sizeof(struct slot)), 1);
  __builtin_prefetch(&q->lock, 1);
}

bool intake_offer(struct intake *q, const struct signal *s) {
  bool is_taken = false, is_wake = false;
  pthread_mutex_lock(&q->lock);
  if (!q->is_closed) {
    struct slot *slot = find_slot(q, s);
    if (slot->generation != q->number)
      is_taken = add_series(q, slot, s);
    else if (is_repetition(&record_at(q->open, slot->latest)->signal, s))
      is_taken = replace(q, slot, s);
    else
      is_taken = add_change(q, slot, s);
    q->counts.accepted += is_taken;
    bool is_urgent =
        is_taken && (s->level != LEVEL_OKAY || s->kind == SIGNAL_FINITE);
    q->is_urgent = q->is_urgent || is_urgent;
    is_wake = is_urgent && q->is_sleeping;
    if (is_wake)
      q->is_sleeping = false;
  }
  pthread_mutex_unlock(&q->lock);
  if (is_wake)
    q->wake(q->wake_arg);
  return is_taken;
}

void intake_close(struct intake *q) {
  pthread_mutex_lock(&q->lock);
  q->is_closed = true;
  pthread_mutex_unlock(&q->lock);
}

/* ---- reading ---- */

/* Gives the chunk that has been read back, or keeps it for later. */
static void give_back(struct intake *q, size_t i) {
  struct chunk *c = q->closed->chunks[i];
  q->closed->chunks[i] = NULL;
  pthread_mutex_lock(&q->lock);
  q->bytes -= c->used;
  if (q->spares_n < SPARES_MAX) {
    q->spares[q->spares_n++] = c;
    c = NULL;
  }
  pthread_mutex_unlock(&q->lock);
  chunk_free(c);
}

static bool turn_over(struct intake *q) {
  bool has_records;
  q->closed->chunks_n = q->closed->records_n = 0;
  q->read_chunk = q->read_at = 0;
  pthread_mutex_lock(&q->lock);
  has_records = q->open->records_n > 0;
  if (has_records) {
    struct generation *g = q->open;
    q->open = q->closed;
    q->closed = g;
    q->ticket++;
    if (++q->number == 0) { /* once in 2^32 turns: old slots would be new */
      memset(q->slots, 0, q->slots_n * sizeof *q->slots);
      q->number = 1;
    }
    q->series_n = 0;
    q->is_urgent = false;
  }
  pthread_mutex_unlock(&q->lock);
  return has_records;
}

const struct signal *intake_next(struct intake *q) {
  for (;;) {
    if (q->read_chunk == q->closed->chunks_n) {
      if (!turn_over(q))
        return NULL;
      continue;
    }
    struct chunk *c = q->closed->chunks[q->read_chunk];
    if (q->read_at == c->used) {
      give_back(q, q->read_chunk++);
      q->read_at = 0;
      continue;
    }
    struct record *r = (struct record *)(void *)(c->bytes + q->read_at);
    q->read_at += RECORD_HEAD + r->room;
    if (!r->is_void)
      return &r->signal;
  }
}

/* Whether the closed generation has been handed out to its end. */
static bool is_read_out(const struct intake *q) {
  size_t n = q->closed->chunks_n;
  return q->read_chunk == n || (q->read_chunk == n - 1 &&
                                q->read_at == q->closed->chunks[n - 1]->used);
}

bool intake_has_more(struct intake *q) {
  if (!is_read_out(q))
    return true;
  pthread_mutex_lock(&q->lock);
  bool has_more = q->open->records_n > 0;
  pthread_mutex_unlock(&q->lock);
  return has_more;
}

bool intake_may_sleep(struct intake *q) {
  if (!is_read_out(q))
    return false;
  pthread_mutex_lock(&q->lock);
  bool may = q->is_sleeping = !q->is_urgent;
  pthread_mutex_unlock(&q->lock);
  return may;
}

uint64_t intake_ticket(struct intake *q) {
  pthread_mutex_lock(&q->lock);
  uint64_t ticket = q->ticket - (q->open->records_n == 0);
  pthread_mutex_unlock(&q->lock);
  return ticket;
}

uint64_t intake_read_ticket(struct intake *q) {
  /* Only the reader changes the number. */
  return q->ticket - 1 - !is_read_out(q);
}

void intake_counts(struct intake *q, struct intake_counts *counts) {
  pthread_mutex_lock(&q->lock);
  *counts = q->counts;
  counts->bytes = q->bytes;
  pthread_mutex_unlock(&q->lock);
}
