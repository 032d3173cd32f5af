/* SPDX-License-Identifier: MIT */
/* Linear probing; a seat that becomes free is filled from behind, so that there
 * are no gaps and no marks of gaps. */
#include "engine/roster.h"

#include <stdbool.h>
#include <stdlib.h>

#define SEATS_MIN 64u /* a power of two */

enum err roster_init(struct roster *r) {
  *r = (struct roster){.seats = calloc(SEATS_MIN, sizeof *r->seats),
                       .mask = SEATS_MIN - 1};
  return r->seats == NULL ? ERR_NOMEM : OK;
}

void roster_fini(struct roster *r) {
  free(r->seats);
  *r = (struct roster){.seats = NULL};
}

static struct seat *place(const struct roster *r, uint64_t hash) {
  uint32_t at = (uint32_t)hash & r->mask;
  while (r->seats[at].hash != 0)
    at = (at + 1) & r->mask;
  return &r->seats[at];
}

static bool grow(struct roster *r) {
  size_t n = (size_t)r->mask + 1;
  struct roster grown = {.tick = r->tick, .n = r->n};
  if (n > UINT32_MAX / 2)
    return false;
  grown.mask = (uint32_t)(2 * n - 1);
  grown.seats = calloc(2 * n, sizeof *grown.seats);
  if (grown.seats == NULL)
    return false;
  for (size_t i = 0; i < n; i++)
    if (r->seats[i].hash != 0)
      *place(&grown, r->seats[i].hash) = r->seats[i];
  free(r->seats);
  *r = grown;
  return true;
}

struct seat *roster_add(struct roster *r, uint64_t hash) {
  size_t seats = (size_t)r->mask + 1;
  /* One must stay free, or a search would not end. */
  if ((r->n + 1) * 8 > seats * 7 && !grow(r) && r->n + 2 > seats)
    return NULL;
  struct seat *seat = place(r, hash);
  *seat = (struct seat){.hash = hash};
  r->n++;
  roster_see(r, seat);
  return seat;
}

void roster_remove(struct roster *r, struct seat *seat) {
  uint32_t free_at = (uint32_t)(seat - r->seats);
  for (uint32_t at = (free_at + 1) & r->mask; r->seats[at].hash != 0;
       at = (at + 1) & r->mask) {
    uint32_t home = (uint32_t)r->seats[at].hash & r->mask;
    /* It may move there unless its home lies behind that. */
    if (((at - home) & r->mask) >= ((at - free_at) & r->mask)) {
      r->seats[free_at] = r->seats[at];
      free_at = at;
    }
  }
  r->seats[free_at] = (struct seat){.hash = 0};
  r->n--;
}

/* ---- who goes ---- */

#define CLASSES 256

static uint32_t age(const struct roster *r, const struct seat *seat) {
  return r->tick - seat->seen;
}

static struct seat *find_oldest(const struct roster *r) {
  struct seat *oldest = NULL;
  for (size_t i = 0; i <= r->mask; i++) {
    struct seat *seat = &r->seats[i];
    if (seat->hash != 0 && (oldest == NULL || age(r, seat) > age(r, oldest)))
      oldest = seat;
  }
  return oldest;
}

/* The ages above which there are about n, in classes of equal width. */
static uint32_t find_limit(const struct roster *r, uint32_t oldest, size_t n) {
  size_t counts[CLASSES] = {0}, sum = 0;
  uint32_t width = oldest / CLASSES + 1;
  for (size_t i = 0; i <= r->mask; i++)
    if (r->seats[i].hash != 0)
      counts[age(r, &r->seats[i]) / width]++;
  size_t class = CLASSES;
  while (class > 0 && (sum == 0 || sum + counts[class - 1] <= n))
    sum += counts[--class];
  return (uint32_t) class * width;
}

size_t roster_evict(struct roster *r, size_t n,
                    void (*gone)(void *arg, uint32_t whose), void *arg) {
  size_t removed = 0;
  struct seat *oldest = find_oldest(r);
  if (oldest == NULL)
    return 0;
  uint32_t limit = n > 1 ? find_limit(r, age(r, oldest), n) : age(r, oldest);
  for (size_t i = 0; i <= r->mask && removed < n;) {
    struct seat *seat = &r->seats[i];
    if (seat->hash == 0 || age(r, seat) < limit) {
      i++;
      continue;
    }
    gone(arg, seat->whose);
    roster_remove(r, seat); /* perhaps another sits here now */
    removed++;
  }
  return removed;
}
