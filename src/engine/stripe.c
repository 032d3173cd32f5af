/* SPDX-License-Identifier: MIT */
#include "engine/stripe.h"

#include <string.h>
#include <sys/mman.h>

#define SLOTS_MIN 1024u  /* a power of two: fits the cache in calm times */
#define SLOTS_KEPT 4096u /* more are given back with their generation */
#define CHANGES_MAX 16
#define CHANGES_TEXT_MAX 1024

#define RECORD_HEAD offsetof(struct record, signal)
#define NOWHERE UINT32_MAX
#define PLACE_BITS 15 /* of a record in its chunk, in units of 8 bytes */

struct chunk {
  size_t used; /* set when the chunk is full or its generation closed */
  _Alignas(STRIPE_LINE) char bytes[STRIPE_CHUNK_BYTES - STRIPE_LINE];
  char behind[STRIPE_LINE]; /* texts are read some bytes beyond their NUL */
};

/* ---- memory ---- */

/* Mapped for itself, so that what is given back is really free. */
static void *map(size_t size, int flags) {
  void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);
  return memory != MAP_FAILED ? memory : NULL;
}

/* With all its pages, so that no dispatcher pays for page faults. */
static struct chunk *chunk_new(void) {
  return map(sizeof(struct chunk), MAP_POPULATE);
}

static void chunk_free(struct chunk *c) {
  if (c != NULL)
    munmap(c, sizeof *c);
}

static void set_hint_place(struct stripe *t) {
  char *next = t->place;
  if (next == NULL && t->spares_n > 0)
    next = t->spares[t->spares_n - 1]->bytes;
  atomic_store_explicit(&t->hint_place, (uintptr_t)next, memory_order_relaxed);
}

static void set_index(struct stripe *t, struct slot *own_slots, uint32_t n) {
  if (t->slots != NULL)
    munmap(t->slots, t->slots_n * sizeof *t->slots);
  t->slots = own_slots;
  t->slots_n = n;
  atomic_store_explicit(&t->hint, (uintptr_t)t->slots, memory_order_relaxed);
  atomic_store_explicit(&t->hint_mask, n - 1, memory_order_relaxed);
}

/* ---- the open generation's last chunk ---- */

static uint32_t capacity(const struct stripe_room *room) {
  return (uint32_t)(room->chunk_bytes - offsetof(struct chunk, bytes));
}

static bool reserve(struct stripe_room *room, size_t max) {
  size_t bytes = room->chunk_bytes;
  if (atomic_fetch_add(&room->reserved, bytes) + bytes <= max)
    return true;
  atomic_fetch_sub(&room->reserved, bytes);
  return false;
}

/* It gets no more. */
static void seal_chunk(struct stripe *t) {
  if (t->place == NULL)
    return;
  t->open->chunks[t->last]->used = capacity(t->room) - t->left;
  t->place = NULL;
  t->left = 0;
}

static void open_chunk(struct stripe *t, struct chunk *own) {
  seal_chunk(t);
  t->last = (uint32_t)t->open->chunks_n++;
  t->open->chunks[t->last] = own;
  t->place = own->bytes;
  t->left = capacity(t->room);
  set_hint_place(t);
}

/* For the first records, before there are any: whoever comes with them shall
 * not have to fetch all this. */
static void open_spare(struct stripe *t) {
  if (t->spares_n > 0 && reserve(t->room, t->room->bytes_max))
    open_chunk(t, t->spares[--t->spares_n]);
  else
    set_hint_place(t);
}

enum err stripe_init(struct stripe *t, struct stripe_room *room) {
  pthread_mutexattr_t attr;
  pthread_mutexattr_init(&attr);
  pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_ADAPTIVE_NP);
  pthread_mutex_init(&t->lock, &attr);
  pthread_mutexattr_destroy(&attr);
  t->room = room;
  t->open = &t->generations[0];
  t->closed = &t->generations[1];
  t->number = 1;
  struct slot *slots = map(SLOTS_MIN * sizeof *slots, 0);
  if (slots != NULL)
    set_index(t, slots, SLOTS_MIN);
  while (t->spares_n < STRIPE_SPARES &&
         (t->spares[t->spares_n] = chunk_new()) != NULL)
    t->spares_n++;
  if (slots == NULL || t->spares_n < STRIPE_SPARES)
    return ERR_NOMEM;
  open_spare(t);
  return OK;
}

void stripe_fini(struct stripe *t) {
  for (int g = 0; g < 2; g++)
    for (size_t i = 0; i < t->generations[g].chunks_n; i++)
      chunk_free(t->generations[g].chunks[i]);
  for (size_t i = 0; i < t->spares_n; i++)
    chunk_free(t->spares[i]);
  if (t->slots != NULL)
    munmap(t->slots, t->slots_n * sizeof *t->slots);
  pthread_mutex_destroy(&t->lock);
}

/* ---- writing ---- */

static struct record *record_at(const struct generation *g, uint32_t name) {
  return (struct record *)(void *)(g->chunks[name >> PLACE_BITS]->bytes +
                                   (size_t)(name & ((1u << PLACE_BITS) - 1)) *
                                       8);
}

/* Longer probes are better than an intake without an index. */
static void grow_index(struct stripe *t) {
  uint32_t n = t->slots_n * 2;
  struct slot *slots = map(n * sizeof *slots, 0);
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
  set_index(t, slots, n);
}

/* A storm is over: its index goes with it. */
static void shrink_index(struct stripe *t) {
  struct slot *slots = map(SLOTS_MIN * sizeof *slots, 0);
  if (slots != NULL)
    set_index(t, slots, SLOTS_MIN);
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

static size_t ceiling(const struct stripe_room *room, const struct signal *s) {
  if (s->level == LEVEL_OKAY)
    return room->bytes_max / 2;
  if (s->level == LEVEL_WARNING)
    return room->bytes_max / 4 * 3;
  return room->bytes_max;
}

static bool add_chunk(struct stripe *t, size_t max) {
  if (t->open->chunks_n == STRIPE_CHUNKS_MAX || !reserve(t->room, max))
    return false;
  struct chunk *c = t->spares_n > 0 ? t->spares[--t->spares_n] : chunk_new();
  if (c == NULL) {
    atomic_fetch_sub(&t->room->reserved, t->room->chunk_bytes);
    return false;
  }
  open_chunk(t, c);
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
static uint32_t append(struct stripe *t, const struct signal *s) {
  size_t size =
      (RECORD_HEAD + s->size + STRIPE_LINE - 1) / STRIPE_LINE * STRIPE_LINE;
  size_t max = ceiling(t->room, s);
  if (atomic_load_explicit(&t->room->reserved, memory_order_relaxed) > max ||
      (t->left < size && !add_chunk(t, max))) {
    if (!is_of_values(s)) /* else the next value comes with it again */
      count_refusal(t, s);
    return NOWHERE;
  }
  struct record *r = (struct record *)(void *)t->place;
  uint32_t at = capacity(t->room) - t->left;
  r->arrived = clock_mono_ns();
  r->room = (uint32_t)(size - RECORD_HEAD);
  r->before = NOWHERE;
  r->changes = 1;
  r->is_void = false;
  memcpy(&r->signal, s, s->size);
  t->place += size;
  t->left -= (uint32_t)size;
  t->bytes += size;
  atomic_store_explicit(&t->has_records, true, memory_order_relaxed);
  set_hint_place(t);
  return t->last << PLACE_BITS | at / 8;
}

/* In the place of a record, or at the end if it is too long for that. */
static bool replace(struct stripe *t, struct slot *slot,
                    const struct signal *s) {
  struct record *r = record_at(t->open, slot->latest);
  if (s->size <= r->room) {
    memcpy(&r->signal, s, s->size);
    return true;
  }
  uint32_t name = append(t, s);
  if (name == NOWHERE)
    return false;
  struct record *moved = record_at(t->open, name);
  moved->changes = r->changes;
  moved->before = r->before;
  r->is_void = true;
  slot->latest = name;
  return true;
}

static bool is_repetition(const struct signal *a, const struct signal *b) {
  return a->level == b->level && a->kind == b->kind &&
         a->text_hash == b->text_hash && signal_is_nan(a) == signal_is_nan(b);
}

static bool add_change(struct stripe *t, struct slot *slot,
                       const struct signal *s) {
  uint32_t before = slot->latest;
  struct record *r = record_at(t->open, before);
  uint16_t changes = r->changes;
  if (changes >= (s->text_hash != 0 ? CHANGES_TEXT_MAX : CHANGES_MAX)) {
    /* Full: the last two are the worst since and the latest. */
    struct record *worst = record_at(t->open, r->before);
    t->rare.squeezed++;
    if (r->signal.level <= worst->signal.level)
      return replace(t, slot, s);
    worst->is_void = true;
  } else {
    changes++;
  }
  uint32_t name = append(t, s);
  if (name == NOWHERE)
    return false;
  r = record_at(t->open, name);
  r->changes = changes;
  r->before = before;
  slot->latest = name;
  return true;
}

static bool add_series(struct stripe *t, struct slot *slot,
                       const struct signal *s) {
  uint32_t name = append(t, s);
  if (name == NOWHERE)
    return false;
  *slot = (struct slot){s->hash, t->number, name};
  if (++t->series_n * 4 > t->slots_n * 3)
    grow_index(t);
  return true;
}

static bool add(struct stripe *t, const struct signal *s) {
  struct slot *slot = find_slot(t, s);
  if (slot->generation != t->number)
    return add_series(t, slot, s);
  if (is_repetition(&record_at(t->open, slot->latest)->signal, s))
    return replace(t, slot, s);
  return add_change(t, slot, s);
}

bool stripe_offer(struct stripe *t, const struct signal *s) {
  if (t->is_closed || !add(t, s))
    return false;
  t->accepted++;
  return true;
}

/* ---- reading ---- */

/* Gives the chunk that has been read back, or keeps it for later. */
static void give_back(struct stripe *t, size_t i) {
  struct chunk *c = t->closed->chunks[i];
  t->closed->chunks[i] = NULL;
  atomic_fetch_sub(&t->room->reserved, t->room->chunk_bytes);
  pthread_mutex_lock(&t->lock);
  t->bytes -= c->used;
  if (t->spares_n < STRIPE_SPARES) {
    t->spares[t->spares_n++] = c;
    set_hint_place(t);
    c = NULL;
  }
  pthread_mutex_unlock(&t->lock);
  chunk_free(c);
}

void stripe_turn_over(struct stripe *t) {
  struct generation *g = t->open;
  if (!atomic_load_explicit(&t->has_records, memory_order_relaxed))
    return;
  seal_chunk(t);
  t->open = t->closed;
  t->open->chunks_n = 0;
  t->closed = g;
  t->read_chunk = t->read_at = 0;
  if (++t->number == 0) { /* once in 2^32 turns: old slots would be new */
    memset(t->slots, 0, t->slots_n * sizeof *t->slots);
    t->number = 1;
  }
  if (t->slots_n > SLOTS_KEPT)
    shrink_index(t);
  t->series_n = 0;
  t->is_urgent = false;
  atomic_store(&t->has_records, false);
  open_spare(t);
}

struct record *stripe_head(struct stripe *t) {
  while (t->head == NULL && t->read_chunk < t->closed->chunks_n) {
    struct chunk *c = t->closed->chunks[t->read_chunk];
    if (t->read_at == c->used) {
      give_back(t, t->read_chunk++);
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

/* Its last record is never void. */
bool stripe_is_read_out(const struct stripe *t) {
  size_t n = t->closed->chunks_n;
  return t->head == NULL &&
         (t->read_chunk >= n || (t->read_chunk == n - 1 &&
                                 t->read_at == t->closed->chunks[n - 1]->used));
}
