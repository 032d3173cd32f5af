/* SPDX-License-Identifier: MIT */
/* Few series wait at a time, and a write thread that finds the watch empty does
 * not come here: an array under a mutex will do, sorted for the rare time when
 * every counter of a site waits after a restart. */
#include "engine/watch.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

struct watched {
  uint64_t hash;
  bool is_seen; /* its finite value has been handed in */
};

struct watch {
  pthread_mutex_t lock;
  atomic_size_t n;        /* written under the lock */
  struct watched *series; /* by hash; equal ones side by side */
  size_t cap;
};

enum err watch_new(struct watch **own_watch) {
  struct watch *w = calloc(1, sizeof *w);
  if (w == NULL)
    return ERR_NOMEM;
  pthread_mutex_init(&w->lock, NULL);
  *own_watch = w;
  return OK;
}

void watch_free(struct watch *w) {
  if (w == NULL)
    return;
  pthread_mutex_destroy(&w->lock);
  free(w->series);
  free(w);
}

/* The first of that hash, or where it belongs. */
static size_t find(const struct watch *w, size_t n, uint64_t hash) {
  size_t low = 0;
  while (low < n) {
    size_t middle = low + (n - low) / 2;
    if (w->series[middle].hash < hash)
      low = middle + 1;
    else
      n = middle;
  }
  return low;
}

enum err watch_add(struct watch *w, uint64_t hash) {
  enum err err = OK;
  pthread_mutex_lock(&w->lock);
  size_t n = atomic_load(&w->n);
  if (n == w->cap) {
    size_t cap = w->cap == 0 ? 64 : w->cap * 2;
    struct watched *series = realloc(w->series, cap * sizeof *series);
    if (series == NULL) {
      err = ERR_NOMEM;
    } else {
      w->series = series;
      w->cap = cap;
    }
  }
  if (err == OK) {
    size_t at = find(w, n, hash);
    memmove(&w->series[at + 1], &w->series[at], (n - at) * sizeof w->series[0]);
    w->series[at] = (struct watched){.hash = hash};
    atomic_store(&w->n, n + 1);
  }
  pthread_mutex_unlock(&w->lock);
  return err;
}

void watch_remove(struct watch *w, uint64_t hash) {
  pthread_mutex_lock(&w->lock);
  size_t n = atomic_load(&w->n), at = find(w, n, hash);
  if (at < n && w->series[at].hash == hash) {
    memmove(&w->series[at], &w->series[at + 1],
            (n - at - 1) * sizeof w->series[0]);
    atomic_store(&w->n, n - 1);
  }
  pthread_mutex_unlock(&w->lock);
}

bool watch_is_empty(const struct watch *w) {
  return atomic_load_explicit(&w->n, memory_order_relaxed) == 0;
}

/* What to do with those of that hash that have not been seen. */
static bool visit(struct watch *w, uint64_t hash, bool is_taken) {
  bool is_any = false;
  pthread_mutex_lock(&w->lock);
  size_t n = atomic_load(&w->n);
  for (size_t at = find(w, n, hash); at < n && w->series[at].hash == hash;
       at++) {
    is_any = is_any || !w->series[at].is_seen;
    w->series[at].is_seen = w->series[at].is_seen || is_taken;
  }
  pthread_mutex_unlock(&w->lock);
  return is_any;
}

bool watch_has(struct watch *w, uint64_t hash) { return visit(w, hash, false); }

bool watch_take(struct watch *w, uint64_t hash) { return visit(w, hash, true); }
