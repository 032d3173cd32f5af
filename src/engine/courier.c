/* SPDX-License-Identifier: MIT */
/* Design.
 *
 *   courier_send -> inbox -> lane of its webhook -> request -> outcomes
 *
 * A parcel waits in the inbox or in its lane. Until its request has ended it is
 * in a hash table by id: there the engine's thread can take it back, or stop it
 * before there is a connection for it, under the one lock, which is a leaf.
 * Leaving its lane is what begins a request. Everything else belongs to the
 * courier's thread.
 *
 * All memory a request needs is got before its parcel stops waiting; without
 * memory parcels go on waiting. So every outcome comes, and courier_send
 * cannot fail.
 *
 * What courier_prepare took goes the same way as far as to the gate, where the
 * thread itself waits: it has nothing else to do then. */
#include "engine/courier_inside.h"

#include "base/hash.h"
#include "base/log.h"
#include "core/settings.h"
#include "engine/thread.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#define TRANSFERS_MAX 256
#define POLL_MAX 3600000        /* ms: whatever comes wakes the thread */
#define POLL_WITHOUT_MEMORY 100 /* ms */
#define STOP_SLACK 400          /* ms that joining may take beyond the grace */

void parcel_free(struct parcel *own_parcel) {
  if (own_parcel == NULL)
    return;
  free(own_parcel->body);
  free(own_parcel);
}

void outcome_free(struct outcome *own_outcome) {
  if (own_outcome == NULL)
    return;
  free(own_outcome->response);
  free(own_outcome);
}

/* ---- what waits; all of it under the lock ---- */

static struct parcel **bucket_of(struct courier *c, const char *id) {
  return &c->by_id[hash_bytes(id, strlen(id)) & (COURIER_BUCKETS - 1)];
}

static void remember(struct courier *c, struct parcel *p) {
  struct parcel **bucket = bucket_of(c, p->id);
  p->alike = *bucket;
  *bucket = p;
}

static void forget(struct courier *c, const struct parcel *p) {
  struct parcel **at = bucket_of(c, p->id);
  while (*at != p)
    at = &(*at)->alike;
  *at = p->alike;
}

static struct parcel *take_first(struct courier *c, struct ring *r) {
  struct parcel *p = ring_first(r);
  if (p != NULL) {
    ring_take(p);
    forget(c, p);
  }
  return p;
}

static void put_into_inbox(struct courier *c, struct parcel *p) {
  atomic_store(&p->way, PARCEL_WAITS);
  ring_add(&c->inbox, p);
  remember(c, p);
  c->is_asleep = false;
}

void courier_send(struct courier *c, struct parcel *own_parcel) {
  pthread_mutex_lock(&c->lock);
  bool is_taken = !c->is_stopping;
  bool must_wake = is_taken && c->is_asleep;
  if (is_taken)
    put_into_inbox(c, own_parcel);
  pthread_mutex_unlock(&c->lock);
  if (must_wake)
    curl_multi_wakeup(c->multi);
  if (!is_taken)
    parcel_free(own_parcel);
}

bool courier_prepare(struct courier *c, struct parcel *own_parcel) {
  pthread_mutex_lock(&c->lock);
  bool is_taken = c->is_asleep && c->is_free && !c->is_stopping;
  if (is_taken) {
    gate_shut(&c->gate);
    put_into_inbox(c, own_parcel);
  }
  pthread_mutex_unlock(&c->lock);
  if (is_taken)
    curl_multi_wakeup(c->multi);
  return is_taken;
}

void courier_release(struct courier *c) { gate_open(&c->gate); }

bool courier_withdraw(struct courier *c, const char *id) {
  pthread_mutex_lock(&c->lock);
  struct parcel *p = *bucket_of(c, id);
  while (p != NULL && strcmp(p->id, id) != 0)
    p = p->alike;
  int connects = PARCEL_CONNECTS;
  if (p != NULL && atomic_load(&p->way) != PARCEL_WAITS) {
    atomic_compare_exchange_strong(&p->way, &connects, PARCEL_UNWANTED);
    p = NULL;
  } else if (p != NULL) {
    ring_take(p);
    forget(c, p);
  }
  pthread_mutex_unlock(&c->lock);
  parcel_free(p);
  return p != NULL;
}

void courier_retire(struct courier *c, struct settings *own_settings) {
  pthread_mutex_lock(&c->lock);
  bool must_wake = c->is_asleep;
  own_settings->retired_next = c->retired;
  c->retired = own_settings;
  c->is_asleep = false;
  pthread_mutex_unlock(&c->lock);
  if (must_wake)
    curl_multi_wakeup(c->multi);
}

static void drop_waiting(struct courier *c) {
  struct parcel *p;
  do {
    pthread_mutex_lock(&c->lock);
    p = take_first(c, &c->inbox);
    for (size_t i = 0; p == NULL && i < c->lanes_n; i++)
      p = take_first(c, &c->lanes[i]->waiting);
    pthread_mutex_unlock(&c->lock);
    parcel_free(p);
  } while (p != NULL);
}

/* ---- outcomes ---- */

struct outcome *courier_outcomes(struct courier *c) {
  pthread_mutex_lock(&c->lock);
  struct outcome *list = c->outcomes;
  c->outcomes = NULL;
  c->outcomes_end = &c->outcomes;
  pthread_mutex_unlock(&c->lock);
  return list;
}

static void publish(struct courier *c) {
  if (c->fresh == NULL)
    return;
  pthread_mutex_lock(&c->lock);
  *c->outcomes_end = c->fresh;
  c->outcomes_end = c->fresh_end;
  bool is_lost = c->is_lost;
  pthread_mutex_unlock(&c->lock);
  c->fresh = NULL;
  c->fresh_end = &c->fresh;
  if (!is_lost)
    c->wake(c->wake_arg);
}

/* ---- requests ---- */

/* Its handle is in the multi handle no more. */
static void end_post(struct courier *c, struct post *p, int code) {
  struct lane *l = p->lane;
  pthread_mutex_lock(&c->lock);
  forget(c, p->parcel);
  pthread_mutex_unlock(&c->lock);
  struct outcome *o = post_end(p, code, clock_real()->wall(clock_real()));
  l->is_proven = o->http_status > 0;
  l->in_flight--;
  c->running[p->at] = c->running[--c->running_n];
  c->running[p->at]->at = p->at;
  lane_put_post(l, p);
  *c->fresh_end = o;
  c->fresh_end = &o->next;
}

static void add_post(struct courier *c, struct post *p, struct parcel *parcel) {
  if (post_begin(p, parcel, clock_real()->wall(clock_real())) != OK ||
      curl_multi_add_handle(c->multi, p->easy) != CURLM_OK)
    end_post(c, p, CURLE_OUT_OF_MEMORY);
}

static void begin_post(struct courier *c, struct post *p,
                       struct parcel *parcel) {
  struct lane *l = p->lane;
  p->at = c->running_n;
  c->running[c->running_n++] = p;
  l->in_flight++;
  add_post(c, p, parcel);
}

/* Begins what may begin; true if anything did. */
static bool begin_posts(struct courier *c, bool *has_memory) {
  bool has_begun = false;
  struct lane *l;
  while ((l = lanes_next(c)) != NULL) {
    struct post *p = lane_get_post(l);
    if (p == NULL) {
      *has_memory = false;
      break;
    }
    pthread_mutex_lock(&c->lock);
    struct parcel *parcel = ring_first(&l->waiting);
    if (parcel != NULL) {
      ring_take(parcel);
      atomic_store(&parcel->way, PARCEL_CONNECTS);
    }
    pthread_mutex_unlock(&c->lock);
    if (parcel == NULL) { /* withdrawn meanwhile */
      lane_put_post(l, p);
      continue;
    }
    begin_post(c, p, parcel);
    has_begun = true;
  }
  return has_begun;
}

static void end_posts(struct courier *c) {
  int left;
  for (CURLMsg *m; (m = curl_multi_info_read(c->multi, &left)) != NULL;) {
    CURL *easy = m->easy_handle;
    int code = m->msg == CURLMSG_DONE ? (int)m->data.result : CURLE_RECV_ERROR;
    struct post *p = NULL;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, &p);
    curl_multi_remove_handle(c->multi, easy); /* m is gone now */
    if (p->is_stale)
      add_post(c, p, p->parcel);
    else
      end_post(c, p, code);
  }
}

/* ---- the thread ---- */

/* How long to sleep in ms: 0 not at all, below 0 for good. */
static int64_t plan_sleep(struct courier *c, bool has_memory) {
  int64_t sleep = has_memory ? POLL_MAX : POLL_WITHOUT_MEMORY;
  pthread_mutex_lock(&c->lock);
  if (c->is_stopping) {
    int64_t left = (c->stop_ns - clock_mono_ns() + 999999) / 1000000;
    if (left < sleep)
      sleep = left;
    if (left <= 0 || c->running_n == 0)
      sleep = -1;
  } else if (c->retired != NULL ||
             (has_memory && ring_first(&c->inbox) != NULL)) {
    sleep = 0;
  }
  c->is_asleep = sleep > 0;
  c->is_free = has_memory && c->running_n == 0;
  pthread_mutex_unlock(&c->lock);
  return sleep;
}

static void sleep_for(struct courier *c, int64_t sleep) {
  CURLMcode code = curl_multi_poll(c->multi, NULL, 0, (int)sleep, NULL);
  if (code == CURLM_OK)
    return;
  if (!c->is_poll_broken)
    log_line(LOG_ERROR, "incident: cannot wait for webhooks: %s",
             curl_multi_strerror(code));
  c->is_poll_broken = true;
  clock_sleep_ms(sleep < 100 ? sleep : 100);
}

static void *run(void *arg) {
  struct courier *c = arg;
  int64_t sleep = 0;
  while (sleep >= 0) {
    int running;
    lanes_take_retired(c);
    bool has_memory = lanes_sort_inbox(c);
    curl_multi_perform(c->multi, &running);
    end_posts(c);
    publish(c);
    if (c->fading != NULL && has_memory)
      lanes_end(c);
    /* Behind perform, in which requests end and connections come about. */
    if (begin_posts(c, &has_memory))
      continue;
    sleep = plan_sleep(c, has_memory);
    if (sleep > 0)
      sleep_for(c, sleep);
  }
  while (c->running_n > 0) {
    struct post *p = c->running[c->running_n - 1];
    curl_multi_remove_handle(c->multi, p->easy);
    end_post(c, p, POST_CUT_OFF);
  }
  drop_waiting(c);
  publish(c);
  return NULL;
}

/* ---- life ---- */

static size_t transfers_max(void) {
  struct rlimit files;
  size_t max = TRANSFERS_MAX;
  if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur / 4 < max)
    max = (size_t)files.rlim_cur / 4;
  return max < 4 ? 4 : max;
}

static void destroy(struct courier *c) {
  struct outcome *next;
  lanes_fini(c); /* its handles before the multi handle */
  if (c->multi != NULL)
    curl_multi_cleanup(c->multi);
  for (struct outcome *o = c->outcomes; o != NULL; o = next) {
    next = o->next;
    outcome_free(o);
  }
  gate_fini(&c->gate);
  pthread_mutex_destroy(&c->lock);
  free(c->running);
  free(c->user_agent);
  free(c);
}

enum err courier_new(const char *user_agent, courier_wake *wake, void *arg,
                     struct courier **own_courier) {
  enum err err = ERR_NOMEM;
  if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
    log_line(LOG_ERROR, "incident: libcurl cannot be used");
    return ERR_IO;
  }
  struct courier *c = calloc(1, sizeof *c);
  if (c == NULL || pthread_mutex_init(&c->lock, NULL) != 0) {
    free(c);
    return ERR_NOMEM;
  }
  gate_init(&c->gate);
  c->wake = wake;
  c->wake_arg = arg;
  ring_init(&c->inbox);
  c->outcomes_end = &c->outcomes;
  c->fresh_end = &c->fresh;
  c->running_max = transfers_max();
  c->running = calloc(c->running_max, sizeof(struct post *));
  c->user_agent = strdup(user_agent);
  c->multi = curl_multi_init();
  if (c->running == NULL || c->user_agent == NULL || c->multi == NULL)
    goto out;
  /* By default libcurl keeps fewer connections the fewer requests run. */
  curl_multi_setopt(c->multi, CURLMOPT_MAXCONNECTS, (long)c->running_max);
  err = thread_start("incident send", run, c, &c->thread);
  if (err != OK)
    goto out;
  c->has_thread = true;
  *own_courier = c;
  c = NULL;
out:
  if (c != NULL)
    destroy(c);
  return err;
}

void courier_stop(struct courier *c, span_ms grace) {
  if (!c->has_thread)
    return;
  pthread_mutex_lock(&c->lock);
  c->is_stopping = true;
  c->stop_ns = clock_mono_ns() + grace * 1000000;
  pthread_mutex_unlock(&c->lock);
  gate_open(&c->gate); /* whoever shut it may hang */
  curl_multi_wakeup(c->multi);
  c->has_thread = false;
  if (thread_join(c->thread, grace + STOP_SLACK))
    return;
  pthread_mutex_lock(&c->lock);
  c->is_lost = true;
  pthread_mutex_unlock(&c->lock);
  log_line(LOG_ERROR, "incident: the sending thread hangs and is left alone");
}

void courier_free(struct courier *c) {
  if (c == NULL)
    return;
  courier_stop(c, 0);
  if (!c->is_lost)
    destroy(c);
}
