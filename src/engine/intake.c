/* SPDX-License-Identifier: MIT */
/* Writers of different series shall not wait for each other: a series belongs
 * to one of a few stripes, by its hash. The reader closes the open generation
 * of all stripes at once and merges them by the time of arrival. */
#include "engine/stripe.h"

#include <stdlib.h>
#include <string.h>

#define STRIPE_BITS 2
#define STRIPES (1u << STRIPE_BITS)

struct intake {
  struct stripe stripes[STRIPES];
  struct stripe_room room; /* in the same line of the cache as is_sleeping */
  atomic_bool is_sleeping;
  uint64_t ticket;   /* changed under all locks; of the open generation */
  wall_ms turned;    /* the reader's: when it last closed one, */
  int64_t turned_ns; /* and the same by the clock of record.arrived */
  void (*wake)(void *arg);
  void *wake_arg;
};

enum err intake_new(size_t bytes_max, void (*wake)(void *arg), void *arg,
                    struct intake **own_intake) {
  enum err err = OK;
  struct intake *q = aligned_alloc(STRIPE_LINE, sizeof *q);
  if (q == NULL)
    return ERR_NOMEM;
  memset(q, 0, sizeof *q);
  q->ticket = 1;
  q->room.bytes_max = bytes_max;
  q->room.chunk_bytes = bytes_max / 8 / STRIPE_LINE * STRIPE_LINE;
  if (q->room.chunk_bytes > STRIPE_CHUNK_BYTES)
    q->room.chunk_bytes = STRIPE_CHUNK_BYTES;
  q->wake = wake;
  q->wake_arg = arg;
  for (size_t i = 0; i < STRIPES; i++)
    if (stripe_init(&q->stripes[i], &q->room) != OK)
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

/* ---- writing ---- */

void intake_expect(struct intake *q, uint64_t hash) {
  __builtin_prefetch(&q->room);
  stripe_expect(stripe_of(q, hash), hash);
}

bool intake_offer(struct intake *q, const struct signal *s) {
  struct stripe *t = stripe_of(q, s->hash);
  pthread_mutex_lock(&t->lock);
  bool is_taken = stripe_offer(t, s);
  bool is_urgent =
      is_taken && (s->level != LEVEL_OKAY || s->kind == SIGNAL_FINITE);
  t->is_urgent = t->is_urgent || is_urgent;
  bool is_wake = is_urgent && atomic_load(&q->is_sleeping) &&
                 atomic_exchange(&q->is_sleeping, false);
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

/* Without the locks of what is changing. */
static bool has_records(const struct intake *q) {
  bool has = false;
  for (size_t i = 0; i < STRIPES; i++)
    has = has || atomic_load(&q->stripes[i].has_records);
  return has;
}

/* All at once, so that what a thread offers later is not read earlier. */
static bool turn_over(struct intake *q) {
  if (!has_records(q))
    return false;
  lock_all(q);
  for (size_t i = 0; i < STRIPES; i++)
    stripe_turn_over(&q->stripes[i]);
  q->ticket++;
  unlock_all(q);
  q->turned = clock_real()->wall(clock_real());
  q->turned_ns = clock_mono_ns();
  return true;
}

static const struct signal *hand_out(const struct intake *q, struct record *r) {
  struct signal *s = &r->signal;
  if (s->received == 0)
    s->received = q->turned - (q->turned_ns - r->arrived) / 1000000;
  if (s->sent == 0)
    s->sent = s->received;
  return s;
}

const struct signal *intake_next(struct intake *q) {
  struct record *r;
  do {
    struct stripe *first = NULL;
    for (size_t i = 0; i < STRIPES; i++) {
      struct stripe *t = &q->stripes[i];
      r = stripe_head(t);
      if (r != NULL && (first == NULL || r->arrived < first->head->arrived))
        first = t;
    }
    if (first != NULL) {
      r = first->head;
      first->head = NULL;
      return hand_out(q, r);
    }
  } while (turn_over(q));
  return NULL;
}

bool intake_is_amid(const struct intake *q) {
  bool is_out = true;
  for (size_t i = 0; i < STRIPES; i++)
    is_out = is_out && stripe_is_read_out(&q->stripes[i]);
  return !is_out;
}

bool intake_has_more(struct intake *q) {
  return intake_is_amid(q) || has_records(q);
}

bool intake_may_sleep(struct intake *q) {
  bool may = true;
  if (intake_is_amid(q))
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
  return q->ticket - 1 - intake_is_amid(q);
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
