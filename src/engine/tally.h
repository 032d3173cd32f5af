/* SPDX-License-Identifier: MIT */
/* How many different things there are among many, while they come and go: the
 * hosts of an incident's alerts. Things are told apart by a 64-bit keyed hash
 * (base/hash.h). Not thread-safe. */
#ifndef INCIDENT_TALLY_H
#define INCIDENT_TALLY_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

struct tally_slot {
  uint64_t hash;
  uint32_t count; /* 0: free, or gone again */
  uint32_t is_used;
};

struct tally {
  struct tally_slot *slots; /* open addressing */
  size_t cap;               /* a power of two, or 0 */
  size_t used;              /* slots that are or were in use */
  size_t n;                 /* different things now */
};

/* A zeroed struct is an empty tally. */
void tally_fini(struct tally *t);

/* One more of that hash. ERR_NOMEM leaves it as it was. */
enum err tally_add(struct tally *t, uint64_t hash);
/* One less; nothing if there is none. */
void tally_remove(struct tally *t, uint64_t hash);

#endif
