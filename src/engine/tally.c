/* SPDX-License-Identifier: MIT */
#include "engine/tally.h"

#include <stdlib.h>

#define SLOTS_MIN 16

void tally_fini(struct tally *t) {
  free(t->slots);
  *t = (struct tally){0};
}

/* Its slot, or the first one that was never in use. */
static struct tally_slot *find(const struct tally *t, uint64_t hash) {
  size_t i = (size_t)hash & (t->cap - 1);
  while (t->slots[i].is_used != 0 && t->slots[i].hash != hash)
    i = (i + 1) & (t->cap - 1);
  return &t->slots[i];
}

/* Room for one more; what is gone is left behind. */
static enum err grow(struct tally *t) {
  if (t->cap > 0 && t->used < t->cap / 2)
    return OK;
  struct tally old = *t;
  t->cap = SLOTS_MIN;
  while (t->cap / 4 <= old.n)
    t->cap *= 2;
  t->slots = calloc(t->cap, sizeof *t->slots);
  if (t->slots == NULL) {
    *t = old;
    return ERR_NOMEM;
  }
  t->used = old.n;
  for (size_t i = 0; i < old.cap; i++)
    if (old.slots[i].count > 0)
      *find(t, old.slots[i].hash) = old.slots[i];
  free(old.slots);
  return OK;
}

enum err tally_add(struct tally *t, uint64_t hash) {
  enum err err = grow(t);
  if (err != OK)
    return err;
  struct tally_slot *s = find(t, hash);
  t->used += s->is_used == 0;
  t->n += s->count == 0;
  s->hash = hash;
  s->is_used = 1;
  s->count++;
  return OK;
}

void tally_remove(struct tally *t, uint64_t hash) {
  struct tally_slot *s = t->cap > 0 ? find(t, hash) : NULL;
  if (s == NULL || s->count == 0)
    return;
  s->count--;
  t->n -= s->count == 0;
}
