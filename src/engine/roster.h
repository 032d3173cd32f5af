/* SPDX-License-Identifier: MIT */
/* Which series are known, by hash, and which of them was not seen for longest:
 * a table for one thread at a time (engine/series.c has a lock around each).
 * The hash is keyed and of 64 bits: nobody can choose two names that meet in
 * it. */
#ifndef INCIDENT_ROSTER_H
#define INCIDENT_ROSTER_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

/* Four of them share a cache line. */
struct seat {
  uint64_t hash;  /* 0: free */
  uint32_t seen;  /* the roster's tick then */
  uint32_t whose; /* the caller's */
};

struct roster {
  struct seat *seats;
  uint32_t mask; /* seats - 1 */
  uint32_t tick; /* counts what was seen; only differences mean something */
  size_t n;
};

enum err roster_init(struct roster *r);
void roster_fini(struct roster *r);

/* hash is not 0, here and below. NULL: not known. */
static inline struct seat *roster_find(const struct roster *r, uint64_t hash) {
  for (uint32_t at = (uint32_t)hash & r->mask;; at = (at + 1) & r->mask) {
    struct seat *seat = &r->seats[at];
    if (seat->hash == hash)
      return seat;
    if (seat->hash == 0)
      return NULL;
  }
}

static inline void roster_see(struct roster *r, struct seat *seat) {
  seat->seen = ++r->tick;
}

/* One that is not known yet, seen now, whose 0. Moves the others. NULL when out
 * of memory. */
struct seat *roster_add(struct roster *r, uint64_t hash);
void roster_remove(struct roster *r, struct seat *seat);

/* Removes those not seen for longest, n or a few more or less, at least one if
 * there is any, exactly that one if n is 1; calls back for each. How many. */
size_t roster_evict(struct roster *r, size_t n,
                    void (*gone)(void *arg, uint32_t whose), void *arg);

#endif
