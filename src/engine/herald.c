/* SPDX-License-Identifier: MIT */
#include "engine/herald.h"

#include "base/log.h"
#include "engine/thread.h"

#include <stdlib.h>

struct herald {
  pthread_mutex_t lock;
  pthread_cond_t more;
  pthread_t thread;
  void (*dispatch)(const struct announcement *a);
  struct announcement queue[HERALD_MAX];
  size_t first, n;
  bool is_stopping;
};

static void *run(void *arg) {
  struct herald *h = arg;
  pthread_mutex_lock(&h->lock);
  for (;;) {
    while (h->n == 0 && !h->is_stopping)
      pthread_cond_wait(&h->more, &h->lock);
    if (h->is_stopping)
      break;
    struct announcement a = h->queue[h->first];
    h->first = (h->first + 1) % HERALD_MAX;
    h->n--;
    pthread_mutex_unlock(&h->lock);
    h->dispatch(&a);
    pthread_mutex_lock(&h->lock);
  }
  pthread_mutex_unlock(&h->lock);
  return NULL;
}

enum err herald_new(void (*dispatch)(const struct announcement *a),
                    struct herald **own_herald) {
  struct herald *h = calloc(1, sizeof *h);
  if (h == NULL)
    return ERR_NOMEM;
  h->dispatch = dispatch;
  pthread_mutex_init(&h->lock, NULL);
  pthread_cond_init(&h->more, NULL);
  enum err err = thread_start("incident herald", run, h, &h->thread);
  if (err != OK) {
    free(h);
    return err;
  }
  *own_herald = h;
  return OK;
}

void herald_post(void *herald, const struct announcement *a) {
  struct herald *h = herald;
  bool is_full;
  pthread_mutex_lock(&h->lock);
  is_full = h->n == HERALD_MAX;
  if (is_full) {
    h->first = (h->first + 1) % HERALD_MAX;
    h->n--;
  }
  h->queue[(h->first + h->n++) % HERALD_MAX] = *a;
  pthread_cond_signal(&h->more);
  pthread_mutex_unlock(&h->lock);
  if (is_full)
    log_line(LOG_WARNING, "incident: other plugins are slow to take "
                          "notifications: the oldest was dropped");
}

void herald_stop(struct herald *own_herald, span_ms wait) {
  struct herald *h = own_herald;
  if (h == NULL)
    return;
  pthread_mutex_lock(&h->lock);
  h->is_stopping = true;
  pthread_cond_signal(&h->more);
  pthread_mutex_unlock(&h->lock);
  if (!thread_join(h->thread, wait))
    return;
  pthread_cond_destroy(&h->more);
  pthread_mutex_destroy(&h->lock);
  free(h);
}
