/* SPDX-License-Identifier: MIT */
/* Series that wait for a finite value (core/alert.h, UNSURE_WAIT), so that the
 * write callback costs one relaxed load when there is none. Any thread asks,
 * the engine changes. */
#ifndef INCIDENT_WATCH_H
#define INCIDENT_WATCH_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct watch;

enum err watch_new(struct watch **own_watch);
void watch_free(struct watch *w);

/* By the series' hash. A hash added twice must be removed twice. */
enum err watch_add(struct watch *w, uint64_t hash);
void watch_remove(struct watch *w, uint64_t hash);

bool watch_is_empty(const struct watch *w); /* one relaxed atomic load */
/* True if the series waits and its finite value has not been handed in. */
bool watch_has(struct watch *w, uint64_t hash);
/* Its finite value has been handed in; true if it had not been before. */
bool watch_take(struct watch *w, uint64_t hash);

#endif
