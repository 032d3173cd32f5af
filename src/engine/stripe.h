/* SPDX-License-Identifier: MIT */
/* A part of the intake (engine/intake.h): the signals of the series that go by
 * some bits of their hash, with a lock, an index and memory of its own. Writers
 * fill the open generation under the lock; the reader takes from the closed one
 * without it.
 *
 * One index serves both generations: a slot counts only if it bears the number
 * of the open generation, so closing one clears nothing.
 *
 * A generation is a list of chunks; a chunk is filled with records, each a
 * header and a signal. A record is named by its chunk's number in the
 * generation and its place there. */
#ifndef INCIDENT_STRIPE_H
#define INCIDENT_STRIPE_H

#include "base/fetch.h"
#include "engine/intake.h"

#include <pthread.h>
#include <stdatomic.h>

#define STRIPE_LINE 64 /* of the processor's caches */
#define STRIPE_CHUNK_BYTES (1u << 18)
#define STRIPE_FETCHED 8 /* lines of the next record: about all it has */
#define STRIPE_SPARES 2
#define STRIPE_CHUNKS_MAX 512 /* of a generation */

/* The memory that stripes share. */
struct stripe_room {
  atomic_size_t reserved; /* bytes of all chunks that are in use */
  size_t bytes_max;
  size_t chunk_bytes; /* used of a chunk: a small intake has as many of them */
};

struct record {
  int64_t arrived;  /* monotonic ns */
  uint32_t room;    /* for the signal */
  uint32_t before;  /* the series' record before this one; none: UINT32_MAX */
  uint16_t changes; /* of the series up to this one */
  bool is_void;     /* moved or folded: the reader skips it */
  _Alignas(8) struct signal signal;
};

struct chunk;

struct generation {
  struct chunk *chunks[STRIPE_CHUNKS_MAX];
  size_t chunks_n;
};

struct slot {
  uint64_t hash;
  uint32_t generation;
  uint32_t latest; /* the series' latest record */
};

/* What a writer changes each time is in two lines of the cache, and what it
 * only reads in one that seldom changes, so that little travels from one
 * processor to the next. */
struct stripe {
  /* The same as slots for stripe_expect, without the lock. They may not fit
   * each other while the index grows: then the wrong place is fetched, no more.
   */
  _Alignas(STRIPE_LINE) atomic_uintptr_t hint;
  atomic_size_t hint_mask;
  struct stripe_room *room;
  _Alignas(STRIPE_LINE) pthread_mutex_t lock; /* a leaf */
  _Alignas(STRIPE_LINE) char *place; /* in the open generation's last chunk;
                                        NULL: it has none */
  uint32_t left;                     /* bytes behind it */
  uint32_t last;                     /* that chunk's number */
  atomic_uintptr_t hint_place;       /* of the next record, as hint is */
  struct slot *slots;
  uint32_t slots_n, series_n; /* series_n: in the open generation */
  uint32_t number;            /* of the open generation in slots, 1 first */
  bool is_closed;             /* takes nothing any more */
  bool is_urgent;             /* the open generation has more than OKAYs */
  atomic_bool has_records;    /* it; changed under the lock */
  size_t bytes;
  uint64_t accepted;
  struct generation *open;
  /* Read chunks, for the next: one for the open generation, one for what comes
   * while the closed one is still being read. */
  struct chunk *spares[STRIPE_SPARES];
  size_t spares_n;
  struct intake_counts rare; /* refusals and what was squeezed */
  struct generation generations[2];
  /* The reader's, used without the lock. */
  struct generation *closed;
  size_t read_chunk, read_at;
  struct record *head; /* found there, not handed out yet */
};

/* All zero before; also on failure to be finished off. */
enum err stripe_init(struct stripe *t, struct stripe_room *room);
void stripe_fini(struct stripe *t);

/* Any thread, without the lock: see intake_expect. */
static inline void stripe_expect(struct stripe *t, uint64_t hash) {
  uintptr_t slots = atomic_load_explicit(&t->hint, memory_order_relaxed);
  size_t mask = atomic_load_explicit(&t->hint_mask, memory_order_relaxed);
  fetch_to_write((void *)(slots + (hash & mask) * sizeof(struct slot)));
  fetch_to_write(&t->lock);
  fetch_to_write(&t->place);
  uintptr_t at = atomic_load_explicit(&t->hint_place, memory_order_relaxed);
  for (size_t i = 0; i < STRIPE_FETCHED; i++)
    fetch_to_write((void *)(at + i * STRIPE_LINE));
}

/* Under the lock. False: refused, and counted. */
bool stripe_offer(struct stripe *t, const struct signal *s);
/* Under the lock: the open generation becomes the closed one, which has been
 * read to its end; without a record it stays open. */
void stripe_turn_over(struct stripe *t);

/* The reader: the next record of the closed generation, which stays t->head
 * until that is set to NULL; NULL at the end. Gives back what was read before.
 */
struct record *stripe_head(struct stripe *t);
/* The reader: that has come to its end. */
bool stripe_is_read_out(const struct stripe *t);

#endif
