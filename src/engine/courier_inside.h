/* SPDX-License-Identifier: MIT */
/* Between the parts of the courier. */
#ifndef INCIDENT_COURIER_INSIDE_H
#define INCIDENT_COURIER_INSIDE_H

#include "engine/courier.h"

#include "engine/courier_webhook.h"

#include <pthread.h>
#include <stdatomic.h>

#define COURIER_BUCKETS 4096 /* a power of two */

/* Parcels in a ring around a sentinel: unlinking needs no head. */
struct ring {
  struct parcel sentinel;
};

struct lane {
  const struct webhook *webhook;
  struct hook *hook;
  struct ring waiting; /* under the lock */
  struct post *idle;
  unsigned in_flight;
  bool is_proven; /* its last request got an answer */
};

struct courier {
  void *multi; /* CURLM */
  courier_wake *wake;
  void *wake_arg;
  char *user_agent;
  pthread_t thread;
  bool has_thread; /* the caller's of courier_stop */

  pthread_mutex_t lock;
  struct ring inbox;
  struct parcel *by_id[COURIER_BUCKETS]; /* all, chained by alike */
  struct outcome *outcomes, **outcomes_end;
  struct settings *retired; /* the thread has not seen them yet */
  bool is_asleep;           /* the thread is, or will be, in curl_multi_poll */
  bool is_free;             /* and then it has nothing under way */
  bool is_stopping;
  int64_t stop_ns; /* then requests under way are cut off */
  bool is_lost;    /* the thread did not end in time and may still run */

  struct gate gate; /* what courier_prepare took is held at it */

  /* The thread's own. */
  struct lane **lanes;
  size_t lanes_n, lanes_cap;
  struct settings *fading; /* retired, but lanes may need them still */
  size_t turn;             /* whose lane is asked first */
  struct post **running;
  size_t running_n, running_max;
  struct outcome *fresh, **fresh_end; /* not published yet */
  bool is_poll_broken;                /* said so */
};

static inline void ring_init(struct ring *r) {
  r->sentinel.next = r->sentinel.prev = &r->sentinel;
}

static inline struct parcel *ring_first(struct ring *r) {
  return r->sentinel.next != &r->sentinel ? r->sentinel.next : NULL;
}

static inline void ring_add(struct ring *r, struct parcel *p) {
  p->next = &r->sentinel;
  p->prev = r->sentinel.prev;
  p->prev->next = p;
  r->sentinel.prev = p;
}

static inline void ring_take(struct parcel *p) {
  p->prev->next = p->next;
  p->next->prev = p->prev;
  p->next = p->prev = NULL;
}

/* ---- lanes (courier_lane.c); the courier's thread, without the lock ---- */

/* Begins with settings that are in force no more: before the inbox is sorted,
 * since all their parcels are in it, or were. */
void lanes_take_retired(struct courier *c);
/* From the inbox into the lanes. False without memory; then all behind waits,
 * too, so that a webhook's parcels stay in order. */
bool lanes_sort_inbox(struct courier *c);
/* Ends those that no settings need any more, and such settings; with all of the
 * inbox sorted. */
void lanes_end(struct courier *c);
/* The next lane, in turn, that has a parcel and may send it; NULL: none. */
struct lane *lanes_next(struct courier *c);
/* All of them, and settings; the thread has ended. */
void lanes_fini(struct courier *c);

/* A post with all the memory it needs, or NULL. */
struct post *lane_get_post(struct lane *l);
void lane_put_post(struct lane *l, struct post *p);

#endif
