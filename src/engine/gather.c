/* SPDX-License-Identifier: MIT */
/* Where an alert goes that fires:
 *
 *   its group has an open incident ----------------------------> joins it
 *   it has one that has resolved by itself, within Reopen -----> reopens it (*)
 *   else it gathers: GroupWait over and Quorum fire at once ---> declares (*)
 *
 * (*) An attempt, as storms count them (gather_storm.c).
 */
#include "engine/gather_inside.h"

#include "base/hash.h"
#include "base/log.h"
#include "core/rule.h"
#include "engine/casework.h"

#include <stdlib.h>
#include <string.h>

#define KEY_MAX (16 * 1024)
#define BUCKETS_MIN 64
/* No group's: those begin with a length, or are empty. */
#define STORM_KEY "storm"

enum err gather_init(struct gather *g, struct casework *w) {
  *g = (struct gather){.work = w};
  buf_init(&g->key, KEY_MAX);
  return gather_begin_storms(g);
}

static void forget(struct gather *g, struct gathering *it);

void gather_fini(struct gather *g) {
  for (size_t i = 0; i < g->buckets; i++)
    while (g->table[i] != NULL)
      forget(g, g->table[i]);
  free(g->table);
  gather_forget_storms(g);
  buf_fini(&g->key);
  *g = (struct gather){0};
}

/* ---- gatherings ---- */

static uint64_t hash_key(const struct rule *r, const char *key) {
  return hash_bytes(key, strlen(key)) + r->order * 0x9e3779b97f4a7c15u;
}

static enum err grow(struct gather *g) {
  if (g->n < g->buckets)
    return OK;
  size_t buckets = g->buckets == 0 ? BUCKETS_MIN : g->buckets * 2;
  struct gathering **table = calloc(buckets, sizeof(struct gathering *));
  if (table == NULL)
    return g->buckets == 0 ? ERR_NOMEM : OK; /* longer chains will do */
  for (size_t i = 0; i < g->buckets; i++)
    for (struct gathering *it = g->table[i], *next; it != NULL; it = next) {
      next = it->next;
      struct gathering **head = &table[it->key_hash & (buckets - 1)];
      it->next = *head;
      *head = it;
    }
  free(g->table);
  g->table = table;
  g->buckets = buckets;
  return OK;
}

static struct gathering *find(const struct gather *g, const struct rule *r,
                              const char *key, uint64_t hash) {
  struct gathering *it =
      g->buckets > 0 ? g->table[hash & (g->buckets - 1)] : NULL;
  while (it != NULL && (it->key_hash != hash || it->rule != r ||
                        strcmp(it->group_key, key) != 0))
    it = it->next;
  return it;
}

/* NULL when out of memory. */
static struct gathering *make(struct gather *g, const struct rule *r,
                              const char *key, uint64_t hash) {
  struct gathering *it = calloc(1, sizeof *it);
  char *copy = strdup(key);
  if (it == NULL || copy == NULL || grow(g) != OK ||
      book_reserve_timer(g->work->book) != OK) {
    free(it);
    free(copy);
    return NULL;
  }
  *it =
      (struct gathering){.timer = {.due = WALL_NEVER, .kind = TIMER_GATHERING},
                         .rule = r,
                         .group_key = copy,
                         .key_hash = hash,
                         .since = WALL_NEVER};
  struct gathering **head = &g->table[hash & (g->buckets - 1)];
  it->next = *head;
  *head = it;
  g->n++;
  g->work->book->others_n++;
  return it;
}

static void set_gathering(struct alert *a, struct gathering *it) {
  a->extra->gathering = it;
  alert_trim_extra(a);
}

static void forget(struct gather *g, struct gathering *it) {
  struct gathering **link = &g->table[it->key_hash & (g->buckets - 1)];
  while (*link != it)
    link = &(*link)->next;
  *link = it->next;
  g->n--;
  g->work->book->others_n--;
  timers_set(&g->work->book->timers, &it->timer, WALL_NEVER);
  for (struct alert *a = it->alerts; a != NULL; a = a->next)
    set_gathering(a, NULL);
  free(it->group_key);
  free(it);
}

/* a has room for it (alert_own_extra). */
static void add(struct gathering *it, struct alert *a) {
  set_gathering(a, it);
  a->prev = NULL;
  a->next = it->alerts;
  if (it->alerts != NULL)
    it->alerts->prev = a;
  it->alerts = a;
  it->alerts_n++;
  if (a->since < it->since)
    it->since = a->since;
}

static bool is_complete(const struct gathering *it) {
  return it->alerts_n >= it->rule->quorum;
}

static void set_timer(struct gather *g, struct gathering *it) {
  timers_set(&g->work->book->timers, &it->timer,
             is_complete(it) ? it->since + it->rule->group_wait : WALL_NEVER);
}

void gather_leave(struct gather *g, struct alert *a) {
  struct gathering *it = alert_extra(a)->gathering;
  if (it == NULL)
    return;
  if (a->prev != NULL)
    a->prev->next = a->next;
  else
    it->alerts = a->next;
  if (a->next != NULL)
    a->next->prev = a->prev;
  a->prev = a->next = NULL;
  set_gathering(a, NULL);
  it->alerts_n--;
  if (it->alerts == NULL)
    forget(g, it);
  else
    set_timer(g, it); /* since may be too early now: gather_due looks */
}

/* ---- declaring ---- */

/* The first of them is the one that has fired for longest. */
static struct alert *oldest_first(struct alert *alerts) {
  struct alert *oldest = alerts;
  for (struct alert *a = alerts; a != NULL; a = a->next)
    if (a->since < oldest->since ||
        (a->since == oldest->since && a->id < oldest->id))
      oldest = a;
  if (oldest == alerts)
    return oldest;
  oldest->prev->next = oldest->next;
  if (oldest->next != NULL)
    oldest->next->prev = oldest->prev;
  oldest->prev = NULL;
  oldest->next = alerts;
  alerts->prev = oldest;
  return oldest;
}

/* Each for itself again. */
static void scatter(struct alert *alerts) {
  for (struct alert *a = alerts, *next; a != NULL; a = next) {
    next = a->next;
    a->prev = a->next = NULL;
  }
}

/* All of them, by next and of no incident, go to that one, which is open. */
static void join_all(struct gather *g, struct casefile *c, struct alert *alerts,
                     wall_ms now) {
  for (struct alert *a = alerts, *next; a != NULL; a = next) {
    next = a->next;
    a->prev = a->next = NULL;
    casework_join(g->work, c, a, now);
  }
}

/* The group has an incident of its own from now on, or is of the storm. */
static void declare(struct gather *g, struct alert *alerts, const char *key,
                    wall_ms now) {
  struct casework *w = g->work;
  const struct rule *r = alerts->rule;
  struct casefile *c = book_group(w->book, r, key);
  struct alert *rest = alerts->next;
  if (c != NULL && incident_is_open(&c->incident)) {
    join_all(g, c, alerts, now);
    return;
  }
  bool is_storm = gather_is_stormy(g, r, now);
  gather_count_attempt(g, r, now);
  if (!is_storm && c != NULL && casefile_may_reopen(c, now)) {
    alerts->prev = alerts->next = NULL;
    casework_reopen(w, c, alerts, now);
    join_all(g, c, rest, now);
    return;
  }
  if (!is_storm && c != NULL)
    book_close_group(w->book, c); /* its time is over */
  if (is_storm)
    key = STORM_KEY;
  c = is_storm ? book_open_group(w->book, r, key) : NULL;
  if (c != NULL)
    join_all(g, c, alerts, now);
  else if (casework_declare_for(w, alerts, key, is_storm, now) == NULL)
    scatter(alerts); /* out of memory */
}

static void settle(struct gather *g, struct gathering *it, wall_ms now) {
  if (it->since > now)
    it->since = now; /* the clock was set back */
  set_timer(g, it);
  if (it->timer.due <= now)
    gather_due(g, it, now);
}

void gather_due(struct gather *g, struct gathering *it, wall_ms now) {
  struct alert *alerts = oldest_first(it->alerts);
  char *key = it->group_key;
  it->alerts = alerts;
  it->since = alerts->since < now ? alerts->since : now;
  set_timer(g, it);
  if (it->timer.due > now) /* the first one has left */
    return;
  it->group_key = NULL;
  it->alerts = NULL;
  for (struct alert *a = alerts; a != NULL; a = a->next)
    set_gathering(a, NULL);
  forget(g, it);
  declare(g, alerts, key, now);
  free(key);
}

/* ---- alerts ---- */

/* Into g->key. */
static const char *make_key(struct gather *g, const struct alert *a) {
  buf_clear(&g->key);
  buf_add(&g->key, "");
  if (alert_extra(a)->group_key != NULL)
    buf_add(&g->key, alert_extra(a)->group_key);
  else
    field_set_key(&a->rule->group_by, a->signal, &g->key);
  return buf_text(&g->key);
}

void gather_fix_key(struct gather *g, struct alert *a) {
  if (a->rule->group_by.metas_n == 0)
    return;
  (void)alert_set_group_key(a, NULL);
  if (alert_set_group_key(a, make_key(g, a)) == OK)
    book_touch_alert(g->work->book, a);
}

void gather_fired(struct gather *g, struct alert *a, wall_ms now) {
  struct casework *w = g->work;
  const struct rule *r = a->rule;
  const char *key = make_key(g, a);
  const struct casefile *c = book_group(w->book, r, key);
  struct gathering *it = NULL;
  a->prev = a->next = NULL;
  if ((r->quorum > 1 || r->group_wait > 0) && alert_own_extra(a) != NULL) {
    bool is_known = c != NULL && (incident_is_open(&c->incident) ||
                                  casefile_may_reopen(c, now));
    uint64_t hash = hash_key(r, key);
    if (!is_known)
      it = find(g, r, key, hash);
    if (!is_known && it == NULL)
      it = make(g, r, key, hash);
  }
  if (it == NULL) { /* also without memory to wait */
    alert_trim_extra(a);
    declare(g, a, key, now);
    return;
  }
  add(it, a);
  settle(g, it, now);
}

/* ---- beginning again ---- */

void gather_clamp(struct gather *g, wall_ms now) {
  gather_clamp_storms(g, now);
  for (size_t i = 0; i < g->buckets; i++)
    for (struct gathering *it = g->table[i]; it != NULL; it = it->next) {
      if (it->since > now)
        it->since = now;
      set_timer(g, it);
    }
}

/* Without the memory to gather it declares. */
static void gather_one(struct gather *g, struct alert *a, wall_ms now) {
  const char *key = make_key(g, a);
  uint64_t hash = hash_key(a->rule, key);
  struct gathering *it = NULL;
  if (alert_own_extra(a) != NULL)
    it = find(g, a->rule, key, hash);
  if (a->extra != NULL && it == NULL)
    it = make(g, a->rule, key, hash);
  if (it == NULL) {
    alert_trim_extra(a);
    declare(g, a, key, now);
    return;
  }
  add(it, a);
  if (it->since > now)
    it->since = now;
  set_timer(g, it); /* due at once at the earliest: not before all are there */
}

static void forget_all(struct gather *g) {
  for (size_t i = 0; i < g->buckets; i++)
    while (g->table[i] != NULL)
      forget(g, g->table[i]);
}

void gather_again(struct gather *g, wall_ms now) {
  struct book *b = g->work->book;
  for (size_t i = 0; i < b->alert_buckets; i++)
    for (struct alert *a = b->alert_table[i]; a != NULL; a = a->bucket_next)
      if (a->casefile == NULL && alert_extra(a)->gathering == NULL &&
          a->rule != NULL && a->state == ALERT_FIRING && !alert_is_held(a) &&
          !a->rule->is_recorded)
        gather_one(g, a, now);
}

void gather_resume(struct gather *g, wall_ms now) {
  forget_all(g);
  gather_resume_storms(g, now);
  gather_again(g, now);
}

/* ---- other settings ---- */

void gather_change(struct gather *g, struct storm *own_storms) {
  forget_all(g);
  gather_forget_storms(g);
  g->storms = own_storms;
  g->storms_n = g->work->settings->rules_n;
}
