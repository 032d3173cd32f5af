/* SPDX-License-Identifier: MIT */
/* When alerts fired that are gone: an alert is forgotten with its incident, but
 * the next one of the same series under the same rule may be the one too many
 * (core/alert.h, flapping). Bounded by time: what lies further back than that
 * window is let go, and a storm's worth of it takes a few megabytes. The engine
 * thread only. */
#ifndef INCIDENT_PAST_H
#define INCIDENT_PAST_H

#include "core/alert.h"

struct past_entry;

struct past {
  struct past_entry *entries;
  uint32_t *buckets; /* index + 1 of an entry; a power of two of them */
  size_t n, cap;
  wall_ms now;      /* the turn's */
  wall_ms sweep_at; /* then what is too old is looked for again */
};

void past_fini(struct past *p);

/* Once per turn. */
void past_turn(struct past *p, wall_ms now);

/* The alert is about to be freed. Without memory it is forgotten. */
void past_keep(struct past *p, const struct alert *a);

/* When alerts of its series under its rule fired before, unless what it knows
 * itself is newer. */
void past_recall(const struct past *p, struct alert *a);

#endif
