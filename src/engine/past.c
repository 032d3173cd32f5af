/* SPDX-License-Identifier: MIT */
#include "engine/past.h"

#include "base/hash.h"

#include <stdlib.h>
#include <string.h>

#define CAP_MIN 64
#define SWEEP_MS (10 * 60 * 1000)

/* Small, since there may be one for each alert of a storm. */
struct past_entry {
  uint64_t key; /* of series and rule; two that share one share their past */
  struct firings fired;
  uint32_t next; /* index + 1 */
};

void past_fini(struct past *p) {
  free(p->entries);
  free(p->buckets);
  *p = (struct past){0};
}

static uint64_t key_of(const struct alert *a) {
  return hash_bytes(a->rule->name, strlen(a->rule->name)) * 31 +
         a->signal->hash;
}

static bool is_over(const struct past *p, wall_ms newest) {
  return newest == WALL_NEVER || p->now - newest >= FLAP_WINDOW_MS;
}

/* Into tables of that size, without what is over. False: as it was. */
static bool rebuild(struct past *p, size_t cap) {
  struct past_entry *entries = malloc(cap * sizeof *entries);
  uint32_t *buckets = calloc(cap, sizeof *buckets);
  size_t n = 0;
  if (entries == NULL || buckets == NULL) {
    free(entries);
    free(buckets);
    return false;
  }
  for (size_t i = 0; i < p->n; i++) {
    if (is_over(p, p->entries[i].fired.newest))
      continue;
    uint32_t *head = &buckets[p->entries[i].key & (cap - 1)];
    entries[n] = p->entries[i];
    entries[n].next = *head;
    *head = (uint32_t)++n;
  }
  free(p->entries);
  free(p->buckets);
  p->entries = entries;
  p->buckets = buckets;
  p->n = n;
  p->cap = cap;
  return true;
}

static size_t count_left(const struct past *p) {
  size_t n = 0;
  for (size_t i = 0; i < p->n; i++)
    n += !is_over(p, p->entries[i].fired.newest);
  return n;
}

static size_t cap_for(size_t n) {
  size_t cap = CAP_MIN;
  while (cap < n)
    cap *= 2;
  return cap;
}

/* The clock was set back: nothing lies in the future. */
static void clamp(struct past *p, wall_ms now) {
  for (size_t i = 0; i < p->n; i++)
    if (p->entries[i].fired.newest > now)
      p->entries[i].fired.newest = now;
}

void past_turn(struct past *p, wall_ms now) {
  if (now < p->now)
    clamp(p, now);
  p->now = now;
  if (p->n == 0 || (now < p->sweep_at && p->sweep_at - now <= SWEEP_MS))
    return;
  p->sweep_at = now + SWEEP_MS;
  size_t left = count_left(p);
  if (left == 0)
    past_fini(p);
  else if (left < p->n)
    (void)rebuild(p, cap_for(left)); /* next time then */
  p->now = now;
}

static struct past_entry *find(const struct past *p, uint64_t key) {
  if (p->cap == 0)
    return NULL;
  uint32_t at = p->buckets[key & (p->cap - 1)];
  while (at != 0 && p->entries[at - 1].key != key)
    at = p->entries[at - 1].next;
  return at != 0 ? &p->entries[at - 1] : NULL;
}

static struct past_entry *add(struct past *p, uint64_t key) {
  if (p->n == p->cap &&
      (p->n >= UINT32_MAX / 2 || !rebuild(p, cap_for(count_left(p) + 1))))
    return NULL;
  struct past_entry *e = &p->entries[p->n];
  uint32_t *head = &p->buckets[key & (p->cap - 1)];
  *e = (struct past_entry){.key = key, .next = *head};
  *head = (uint32_t)++p->n;
  return e;
}

void past_keep(struct past *p, const struct alert *a) {
  if (a->rule == NULL || is_over(p, a->fired.newest))
    return;
  uint64_t key = key_of(a);
  struct past_entry *e = find(p, key);
  if (e == NULL)
    e = add(p, key);
  if (e != NULL && e->fired.newest <= a->fired.newest)
    e->fired = a->fired;
}

void past_recall(const struct past *p, struct alert *a) {
  const struct past_entry *e = find(p, key_of(a));
  if (e != NULL && !is_over(p, e->fired.newest) &&
      (a->fired.newest == WALL_NEVER || a->fired.newest < e->fired.newest))
    a->fired = e->fired;
}
