/* SPDX-License-Identifier: MIT */
/* A lane for each webhook: its parcels in order, and what sends them. */
#include "engine/courier_inside.h"

#include "core/settings.h"

#include <stdlib.h>

static void lane_free(struct lane *l) {
  if (l == NULL)
    return;
  while (l->idle != NULL) {
    struct post *p = l->idle;
    l->idle = p->next;
    post_free(p);
  }
  hook_free(l->hook);
  free(l);
}

static struct lane *find_lane(struct courier *c, const struct webhook *w) {
  for (size_t i = 0; i < c->lanes_n; i++)
    if (c->lanes[i]->webhook == w)
      return c->lanes[i];
  return NULL;
}

static bool add_lane(struct courier *c, const struct webhook *w) {
  if (c->lanes_n == c->lanes_cap) {
    size_t cap = c->lanes_cap == 0 ? 16 : 2 * c->lanes_cap;
    struct lane **grown = realloc(c->lanes, cap * sizeof *grown);
    if (grown == NULL)
      return false;
    c->lanes = grown;
    c->lanes_cap = cap;
  }
  struct lane *l = calloc(1, sizeof *l);
  if (l == NULL || hook_new(w, c->user_agent, &c->gate, &l->hook) != OK) {
    lane_free(l);
    return false;
  }
  l->webhook = w;
  ring_init(&l->waiting);
  c->lanes[c->lanes_n++] = l;
  return true;
}

bool lanes_sort_inbox(struct courier *c) {
  for (;;) {
    const struct webhook *unknown = NULL;
    pthread_mutex_lock(&c->lock);
    struct parcel *p;
    while (unknown == NULL && (p = ring_first(&c->inbox)) != NULL) {
      struct lane *l = find_lane(c, p->webhook);
      if (l == NULL) {
        unknown = p->webhook;
      } else {
        ring_take(p);
        ring_add(&l->waiting, p);
      }
    }
    pthread_mutex_unlock(&c->lock);
    if (unknown == NULL)
      return true;
    if (!add_lane(c, unknown))
      return false;
  }
}

struct post *lane_get_post(struct lane *l) {
  struct post *p = l->idle;
  if (p == NULL) {
    if (post_new(l->hook, &p) != OK)
      return NULL;
    p->lane = l;
    p->next = NULL;
    l->idle = p;
  }
  if (p->outcome == NULL)
    p->outcome = calloc(1, sizeof *p->outcome);
  if (p->outcome == NULL)
    return NULL;
  l->idle = p->next;
  return p;
}

void lane_put_post(struct lane *l, struct post *p) {
  p->next = l->idle;
  l->idle = p;
}

/* ---- whose turn it is ---- */

/* Under the lock. */
static bool may_begin(const struct courier *c, struct lane *l,
                      size_t unproven) {
  unsigned max = l->webhook->in_flight_max;
  if (ring_first(&l->waiting) == NULL || l->in_flight >= (max > 0 ? max : 1))
    return false;
  return l->is_proven ||
         (l->hook->connecting == 0 && unproven < c->running_max / 2);
}

struct lane *lanes_next(struct courier *c) {
  struct lane *found = NULL;
  size_t unproven = 0;
  if (c->running_n >= c->running_max)
    return NULL;
  for (size_t i = 0; i < c->lanes_n; i++)
    unproven += c->lanes[i]->is_proven ? 0 : c->lanes[i]->in_flight;
  pthread_mutex_lock(&c->lock);
  for (size_t i = 0; i < c->lanes_n && !c->is_stopping && found == NULL; i++) {
    size_t at = (c->turn + i) % c->lanes_n;
    if (may_begin(c, c->lanes[at], unproven)) {
      found = c->lanes[at];
      c->turn = at + 1;
    }
  }
  pthread_mutex_unlock(&c->lock);
  return found;
}

/* ---- settings that are in force no more ---- */

void lanes_take_retired(struct courier *c) {
  pthread_mutex_lock(&c->lock);
  struct settings *first = c->retired, *next;
  c->retired = NULL;
  pthread_mutex_unlock(&c->lock);
  for (struct settings *s = first; s != NULL; s = next) {
    next = s->retired_next;
    s->retired_next = c->fading;
    c->fading = s;
  }
}

static bool has_webhook(const struct settings *s, const struct webhook *w) {
  for (size_t i = 0; i < s->webhooks_n; i++)
    if (s->webhooks[i] == w)
      return true;
  return false;
}

static bool is_idle(struct courier *c, struct lane *l) {
  pthread_mutex_lock(&c->lock);
  bool has_parcel = ring_first(&l->waiting) != NULL;
  pthread_mutex_unlock(&c->lock);
  return !has_parcel && l->in_flight == 0;
}

/* True if none of their lanes is left. */
static bool end_lanes_of(struct courier *c, const struct settings *s) {
  bool is_over = true;
  for (size_t i = c->lanes_n; i-- > 0;) {
    struct lane *l = c->lanes[i];
    if (!has_webhook(s, l->webhook))
      continue;
    if (is_idle(c, l)) {
      c->lanes[i] = c->lanes[--c->lanes_n];
      lane_free(l);
    } else {
      is_over = false;
    }
  }
  return is_over;
}

void lanes_end(struct courier *c) {
  for (struct settings **at = &c->fading, *s; (s = *at) != NULL;) {
    if (!end_lanes_of(c, s)) {
      at = &s->retired_next;
      continue;
    }
    *at = s->retired_next;
    settings_free(s);
  }
}

static void free_retired(struct settings *s) {
  for (struct settings *next; s != NULL; s = next) {
    next = s->retired_next;
    settings_free(s);
  }
}

void lanes_fini(struct courier *c) {
  for (size_t i = 0; i < c->lanes_n; i++)
    lane_free(c->lanes[i]);
  free(c->lanes);
  free_retired(c->retired);
  free_retired(c->fading);
}
