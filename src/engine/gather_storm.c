/* SPDX-License-Identifier: MIT */
/* How fast each rule declares: when StormLimit of its attempts lie within
 * StormLimit's time, the next goes to the rule's storm instead. The attempts of
 * a storm count, too, so it goes on until the rate is back below. */
#include "engine/gather_inside.h"

#include "core/rule.h"
#include "engine/casework.h"

#include <stdlib.h>

/* When the last attempts of a rule were: a ring. */
struct storm {
  wall_ms *at; /* NULL: none yet */
  size_t n;
  size_t next; /* where the next goes: once it is full, the oldest */
};

static void free_storms(struct storm *own_storms, size_t n) {
  for (size_t i = 0; own_storms != NULL && i < n; i++)
    free(own_storms[i].at);
  free(own_storms);
}

void gather_forget_storms(struct gather *g) {
  free_storms(g->storms, g->storms_n);
  g->storms = NULL;
  g->storms_n = 0;
}

enum err gather_begin_storms(struct gather *g) {
  const struct settings *settings = g->work->settings;
  gather_forget_storms(g);
  g->storms = calloc(settings->rules_n + 1, sizeof *g->storms);
  if (g->storms == NULL)
    return ERR_NOMEM;
  g->storms_n = settings->rules_n;
  return OK;
}

bool gather_is_stormy(const struct gather *g, const struct rule *r,
                      wall_ms now) {
  const struct settings *settings = g->work->settings;
  if (settings->storm_limit == 0 || r->order >= g->storms_n)
    return false;
  const struct storm *s = &g->storms[r->order];
  return s->n == settings->storm_limit &&
         now - s->at[s->next] < settings->storm_span;
}

static enum err add_attempt(struct storm *s, size_t limit, wall_ms at) {
  if (s->at == NULL)
    s->at = calloc(limit, sizeof *s->at);
  if (s->at == NULL)
    return ERR_NOMEM;
  s->at[s->next] = at;
  s->next = (s->next + 1) % limit;
  s->n += s->n < limit;
  return OK;
}

void gather_count_attempt(struct gather *g, const struct rule *r, wall_ms now) {
  size_t limit = g->work->settings->storm_limit;
  if (limit > 0 && r->order < g->storms_n)
    (void)add_attempt(&g->storms[r->order], limit, now);
}

bool gather_may_reopen(struct gather *g, const struct rule *rule, wall_ms now) {
  if (gather_is_stormy(g, rule, now))
    return false;
  gather_count_attempt(g, rule, now);
  return true;
}

/* ---- beginning again ---- */

void gather_clamp_storms(struct gather *g, wall_ms now) {
  for (size_t i = 0; i < g->storms_n; i++)
    for (size_t n = 0; n < g->storms[i].n; n++)
      if (g->storms[i].at[n] > now)
        g->storms[i].at[n] = now;
}

struct attempts {
  struct attempt {
    const struct rule *rule;
    wall_ms at;
  } * items;
  size_t n, cap;
};

static int by_time(const void *a, const void *b) {
  wall_ms x = ((const struct attempt *)a)->at;
  wall_ms y = ((const struct attempt *)b)->at;
  return x < y ? -1 : x > y;
}

static void note_attempt(struct attempts *all, const struct rule *rule,
                         wall_ms at) {
  if (all->n == all->cap) {
    size_t cap = all->cap == 0 ? 64 : all->cap * 2;
    struct attempt *more = realloc(all->items, cap * sizeof *more);
    if (more == NULL)
      return;
    all->items = more;
    all->cap = cap;
  }
  all->items[all->n++] = (struct attempt){rule, at};
}

/* Incidents were declared, groups went to the storm. */
static void note_attempts(const struct casefile *c, struct attempts *all,
                          wall_ms since) {
  if (c->rule == NULL || c->incident.group_key == NULL)
    return;
  if (c->incident.declared_at > since && !c->incident.is_storm)
    note_attempt(all, c->rule, c->incident.declared_at);
  if (!c->incident.is_storm)
    return;
  for (const struct alert *a = c->alerts; a != NULL; a = a->next)
    if (a->since > since)
      note_attempt(all, c->rule, a->since);
}

void gather_resume_storms(struct gather *g, wall_ms now) {
  const struct settings *settings = g->work->settings;
  struct attempts all = {0};
  if (gather_begin_storms(g) != OK || settings->storm_limit == 0)
    return;
  for (const struct casefile *c = g->work->book->casefiles; c != NULL;
       c = c->next)
    note_attempts(c, &all, now - settings->storm_span);
  if (all.n > 0)
    qsort(all.items, all.n, sizeof *all.items, by_time);
  for (size_t i = 0; i < all.n; i++)
    gather_count_attempt(g, all.items[i].rule,
                         all.items[i].at < now ? all.items[i].at : now);
  free(all.items);
}

/* ---- other settings ---- */

enum err gather_draft(const struct gather *g, const struct settings *settings,
                      struct storm **own_storms) {
  const struct settings *old = g->work->settings;
  size_t limit = settings->storm_limit;
  struct storm *storms = calloc(settings->rules_n + 1, sizeof *storms);
  enum err err = storms != NULL ? OK : ERR_NOMEM;
  for (size_t i = 0; i < g->storms_n && limit > 0; i++) {
    const struct storm *s = &g->storms[i];
    const struct rule *r =
        settings_rule_known_as(settings, old->rules[i]->name);
    for (size_t k = 0; k < s->n && r != NULL && err == OK; k++)
      err = add_attempt(
          &storms[r->order], limit,
          s->at[(s->next + old->storm_limit - s->n + k) % old->storm_limit]);
  }
  if (err == OK)
    *own_storms = storms;
  else
    free_storms(storms, settings->rules_n);
  return err;
}

void gather_free_draft(const struct settings *settings,
                       struct storm *own_storms) {
  free_storms(own_storms, settings->rules_n);
}
