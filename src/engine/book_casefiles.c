/* SPDX-License-Identifier: MIT */
/* The book's casefiles and their runs. */
#include "engine/book_inside.h"

#include "base/hash.h"

#include <stdlib.h>
#include <string.h>

static void free_run(struct run *r) {
  free(r->chain_name);
  free(r);
}

void book_free_casefile(struct casefile *c) {
  for (struct run *r = c->runs, *next; r != NULL; r = next) {
    next = r->next;
    free_run(r);
  }
  for (size_t i = 0; i < c->contacts_n; i++) {
    free(c->contacts[i].webhook_name);
    free(c->contacts[i].responder);
    free(c->contacts[i].chain);
    free(c->contacts[i].target);
  }
  free(c->contacts);
  book_free_exhibits(c);
  tally_fini(&c->hosts);
  incident_fini(&c->incident);
  free(c);
}

static enum err grow_casefiles(struct book *b) {
  if (b->casefiles_n < b->casefile_buckets)
    return OK;
  size_t buckets =
      b->casefile_buckets == 0 ? BOOK_BUCKETS_MIN : b->casefile_buckets * 2;
  struct casefile **ids = calloc(buckets, sizeof(struct casefile *));
  struct casefile **keys = calloc(buckets, sizeof(struct casefile *));
  if (ids == NULL || keys == NULL) {
    free(ids);
    free(keys);
    return b->casefile_buckets == 0 ? ERR_NOMEM : OK;
  }
  for (struct casefile *c = b->casefiles; c != NULL; c = c->next) {
    struct casefile **head = &ids[(size_t)c->incident.id & (buckets - 1)];
    c->id_next = *head;
    *head = c;
    if (c->is_keyed) {
      head = &keys[c->key_hash & (buckets - 1)];
      c->key_next = *head;
      *head = c;
    }
  }
  free(b->id_table);
  free(b->key_table);
  b->id_table = ids;
  b->key_table = keys;
  b->casefile_buckets = buckets;
  return OK;
}

struct casefile *book_casefile(const struct book *b, int64_t id) {
  if (b->casefile_buckets == 0)
    return NULL;
  struct casefile *c = b->id_table[(size_t)id & (b->casefile_buckets - 1)];
  while (c != NULL && c->incident.id != id)
    c = c->id_next;
  return c;
}

static uint64_t hash_key(const char *rule, const char *group_key) {
  return hash_bytes(rule, strlen(rule)) * 31 +
         hash_bytes(group_key, strlen(group_key));
}

static bool has_key(const struct casefile *c, uint64_t hash,
                    const struct rule *rule, const char *group_key) {
  return c->key_hash == hash && strcmp(c->incident.rule, rule->name) == 0 &&
         strcmp(c->incident.group_key, group_key) == 0;
}

struct casefile *book_group(const struct book *b, const struct rule *rule,
                            const char *group_key) {
  struct casefile *led = NULL;
  if (b->casefile_buckets == 0)
    return NULL;
  uint64_t hash = hash_key(rule->name, group_key);
  struct casefile *c = b->key_table[hash & (b->casefile_buckets - 1)];
  for (; c != NULL; c = c->key_next) {
    if (!has_key(c, hash, rule, group_key))
      continue;
    if (c->incident.merged_into == 0)
      return c;
    struct casefile *into = book_casefile(b, c->incident.merged_into);
    if (into != NULL &&
        (incident_is_open(&into->incident) || into->reopen_until != WALL_NEVER))
      led = into;
  }
  return led;
}

struct casefile *book_open_group(const struct book *b, const struct rule *rule,
                                 const char *group_key) {
  struct casefile *c = book_group(b, rule, group_key);
  return c != NULL && incident_is_open(&c->incident) ? c : NULL;
}

static void insert_key(struct book *b, struct casefile *c) {
  if (c->is_keyed || c->incident.rule == NULL || c->incident.group_key == NULL)
    return;
  c->key_hash = hash_key(c->incident.rule, c->incident.group_key);
  struct casefile **head =
      &b->key_table[c->key_hash & (b->casefile_buckets - 1)];
  c->key_next = *head;
  *head = c;
  c->is_keyed = true;
}

enum err book_add_casefile(struct book *b, struct incident *own_incident,
                           const struct rule *rule,
                           struct casefile **casefile) {
  struct casefile *c = calloc(1, sizeof *c);
  enum err err = c == NULL ? ERR_NOMEM : grow_casefiles(b);
  if (err == OK)
    err = book_reserve_timer(b);
  if (err != OK) {
    free(c);
    incident_fini(own_incident);
    return err;
  }
  c->incident = *own_incident;
  incident_init(own_incident);
  c->rule = rule;
  c->reopen_until = WALL_NEVER;
  c->timer = (struct timer){.due = WALL_NEVER, .kind = TIMER_INCIDENT};
  struct casefile **head =
      &b->id_table[(size_t)c->incident.id & (b->casefile_buckets - 1)];
  c->id_next = *head;
  *head = c;
  c->next = b->casefiles;
  if (b->casefiles != NULL)
    b->casefiles->prev = c;
  b->casefiles = c;
  b->casefiles_n++;
  if (incident_is_open(&c->incident) || c->incident.merged_into != 0)
    insert_key(b, c);
  *casefile = c;
  return OK;
}

void book_keep_group(struct book *b, struct casefile *c, wall_ms until) {
  insert_key(b, c);
  c->reopen_until = until;
}

void book_lead_on(struct book *b, struct casefile *c, struct casefile *into) {
  book_keep_group(b, c, WALL_NEVER);
  into->has_parts = true;
}

void book_close_group(struct book *b, struct casefile *c) {
  c->reopen_until = WALL_NEVER;
  if (!c->is_keyed)
    return;
  struct casefile **link =
      &b->key_table[c->key_hash & (b->casefile_buckets - 1)];
  while (*link != c)
    link = &(*link)->key_next;
  *link = c->key_next;
  c->is_keyed = false;
}

void book_rename_rule(struct book *b, struct casefile *c, char *own_name) {
  struct incident *i = &c->incident;
  bool was_keyed = c->is_keyed;
  wall_ms until = c->reopen_until;
  book_close_group(b, c);
  free(i->rule);
  i->rule = own_name;
  book_touch_casefile(b, c);
  if (!was_keyed)
    return;
  if (book_group(b, c->rule, i->group_key) == NULL)
    book_keep_group(b, c, until);
  else if (incident_is_open(i))
    incident_set_text(&i->group_key, NULL);
}

/* Those that were part of it may go, too: once they are written again. */
static void let_parts_go(struct book *b, const struct casefile *into) {
  for (struct casefile *c = b->casefiles; c != NULL && into->has_parts;
       c = c->next)
    if (c->incident.merged_into == into->incident.id)
      book_touch_casefile(b, c);
}

static bool is_over(const struct book *b, const struct casefile *c) {
  if (incident_is_open(&c->incident) || c->reopen_until != WALL_NEVER ||
      c->is_dirty || c->is_noted || c->pages_first != NULL)
    return false;
  if (c->incident.merged_into != 0 &&
      book_casefile(b, c->incident.merged_into) != NULL)
    return false;
  for (const struct alert *a = c->alerts; a != NULL; a = a->next)
    if (alert_is_live(a) || a->is_dirty)
      return false;
  for (const struct run *r = c->runs; r != NULL; r = r->next)
    if (r->is_dirty)
      return false;
  for (const struct exhibit *x = c->exhibits; x != NULL; x = x->next)
    if (x->is_dirty)
      return false;
  return true;
}

bool book_retire(struct book *b, struct casefile *c) {
  if (!is_over(b, c))
    return false;
  while (c->alerts != NULL)
    book_drop_alert(b, c->alerts);
  book_close_group(b, c);
  struct casefile **link =
      &b->id_table[(size_t)c->incident.id & (b->casefile_buckets - 1)];
  while (*link != c)
    link = &(*link)->id_next;
  *link = c->id_next;
  if (c->prev != NULL)
    c->prev->next = c->next;
  else
    b->casefiles = c->next;
  if (c->next != NULL)
    c->next->prev = c->prev;
  b->casefiles_n--;
  let_parts_go(b, c);
  timers_set(&b->timers, &c->timer, WALL_NEVER);
  for (struct run *r = c->runs; r != NULL; r = r->next) {
    timers_set(&b->timers, &r->timer, WALL_NEVER);
    b->runs_n--;
  }
  book_free_casefile(c);
  return true;
}

/* ---- runs ---- */

static void insert_run(struct book *b, struct casefile *c, struct run *r) {
  struct run **link = &c->runs;
  while (*link != NULL)
    link = &(*link)->next;
  *link = r;
  r->next = NULL;
  r->casefile = c;
  r->timer = (struct timer){.due = WALL_NEVER, .kind = TIMER_RUN};
  b->runs_n++;
}

struct run *book_run(const struct casefile *c, int64_t id) {
  struct run *r = c != NULL ? c->runs : NULL;
  while (r != NULL && r->id != id)
    r = r->next;
  return r;
}

struct run *book_add_run(struct book *b, struct casefile *c,
                         const struct chain *chain, enum run_source source,
                         wall_ms now) {
  struct run *r = calloc(1, sizeof *r);
  if (r == NULL || book_reserve_timer(b) != OK ||
      incident_set_text(&r->chain_name, chain->name) != OK) {
    free(r);
    return NULL;
  }
  r->id = b->ids.run++;
  r->incident = c->incident.id;
  r->chain = chain;
  r->source = source;
  insert_run(b, c, r);
  run_restart(r, now);
  book_touch_run(b, r);
  return r;
}

enum err book_take_run(struct book *b, struct run *own_run) {
  struct casefile *c = book_casefile(b, own_run->incident);
  enum err err = c == NULL ? ERR_NOTFOUND : book_reserve_timer(b);
  if (err != OK) {
    free_run(own_run);
    return err;
  }
  own_run->again_at = own_run->step_at;
  own_run->again_due = WALL_NEVER;
  insert_run(b, c, own_run);
  return OK;
}
