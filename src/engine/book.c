/* SPDX-License-Identifier: MIT */
#include "engine/book_inside.h"

#include "base/hash.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

#define BUCKETS_MIN 256

void book_init(struct book *b, const struct settings *settings) {
  *b = (struct book){.settings = settings};
}

void book_free_alert(struct alert *a) {
  alert_fini(a);
  free(a);
}

static void free_run(struct run *r) {
  free(r->chain_name);
  free(r);
}

void book_free_page(struct page *p) {
  page_fini(p);
  free(p);
}

void book_free_entry(struct entry *e) {
  entry_fini(e);
  free(e);
}

static void free_casefile(struct casefile *c) {
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

void book_fini(struct book *b) {
  /* What was dropped but never written is only in the dirty stacks. */
  for (size_t i = 0; i < b->dirty_alerts.n; i++)
    if (((struct alert *)b->dirty_alerts.items[i])->is_dropped)
      book_free_alert(b->dirty_alerts.items[i]);
  for (size_t i = 0; i < b->dirty_pages.n; i++)
    if (((struct page *)b->dirty_pages.items[i])->is_dropped)
      book_free_page(b->dirty_pages.items[i]);
  book_free_others(b);
  for (size_t i = 0; i < b->alert_buckets; i++)
    for (struct alert *a = b->alert_table[i], *next; a != NULL; a = next) {
      next = a->bucket_next;
      book_free_alert(a);
    }
  for (struct casefile *c = b->casefiles, *next; c != NULL; c = next) {
    next = c->next;
    for (struct page *p = c->pages_first, *after; p != NULL; p = after) {
      after = p->next;
      book_free_page(p);
    }
    free_casefile(c);
  }
  for (struct page *p = b->tests_first, *after; p != NULL; p = after) {
    after = p->next;
    book_free_page(p);
  }
  for (size_t i = 0; i < b->entries.n; i++)
    book_free_entry(b->entries.items[i]);
  for (size_t i = 0; i < b->events.n; i++)
    book_free_event(b->events.items[i]);
  struct stack *stacks[] = {&b->dirty_casefiles,
                            &b->dirty_alerts,
                            &b->dirty_runs,
                            &b->dirty_pages,
                            &b->dirty_silences,
                            &b->dirty_absences,
                            &b->dirty_overrides,
                            &b->dirty_exhibits,
                            &b->silences,
                            &b->entries,
                            &b->events,
                            &b->noted,
                            &b->roles};
  for (size_t i = 0; i < sizeof stacks / sizeof stacks[0]; i++)
    stack_fini(stacks[i]);
  free(b->alert_table);
  free(b->id_table);
  free(b->key_table);
  timers_fini(&b->timers);
  past_fini(&b->past);
  *b = (struct book){0};
}

/* Room for one timer more than there are things that have one. */
enum err book_reserve_timer(struct book *b) {
  return timers_reserve(&b->timers, b->alerts_n + b->casefiles_n + b->runs_n +
                                        b->pages_n + b->others_n + 1);
}

/* ---- alerts ---- */

static enum err grow_alerts(struct book *b) {
  if (b->alerts_n < b->alert_buckets)
    return OK;
  size_t buckets = b->alert_buckets == 0 ? BUCKETS_MIN : b->alert_buckets * 2;
  struct alert **table = calloc(buckets, sizeof(struct alert *));
  if (table == NULL)
    return b->alert_buckets == 0 ? ERR_NOMEM : OK; /* longer chains will do */
  for (size_t i = 0; i < b->alert_buckets; i++)
    for (struct alert *a = b->alert_table[i], *next; a != NULL; a = next) {
      next = a->bucket_next;
      struct alert **head = &table[a->signal->hash & (buckets - 1)];
      a->bucket_next = *head;
      *head = a;
    }
  free(b->alert_table);
  b->alert_table = table;
  b->alert_buckets = buckets;
  return OK;
}

static struct alert *same_series(struct alert *a, const struct signal *s) {
  while (a != NULL &&
         (a->signal->hash != s->hash || !signal_same_series(a->signal, s)))
    a = a->bucket_next;
  return a;
}

struct alert *book_alert(const struct book *b, const struct signal *s) {
  if (b->alert_buckets == 0)
    return NULL;
  return same_series(b->alert_table[s->hash & (b->alert_buckets - 1)], s);
}

struct alert *book_alert_next(const struct alert *a) {
  return same_series(a->bucket_next, a->signal);
}

static enum err insert_alert(struct book *b, struct alert *a) {
  enum err err = grow_alerts(b);
  if (err == OK)
    err = book_reserve_timer(b);
  if (err != OK)
    return err;
  struct alert **head =
      &b->alert_table[a->signal->hash & (b->alert_buckets - 1)];
  a->bucket_next = *head;
  *head = a;
  a->timer = (struct timer){.due = WALL_NEVER, .kind = TIMER_ALERT};
  b->alerts_n++;
  return OK;
}

struct alert *book_add_alert(struct book *b, struct signal *own_signal) {
  struct alert *a = malloc(sizeof *a);
  if (a == NULL) {
    free(own_signal);
    return NULL;
  }
  alert_init(a);
  a->signal = own_signal;
  a->id = b->ids.alert;
  if (insert_alert(b, a) != OK) {
    book_free_alert(a);
    return NULL;
  }
  b->ids.alert++;
  return a;
}

enum err book_take_alert(struct book *b, struct alert *own_alert) {
  enum err err = insert_alert(b, own_alert);
  if (err != OK)
    book_free_alert(own_alert);
  return err;
}

void book_drop_alert(struct book *b, struct alert *a) {
  struct alert **link =
      &b->alert_table[a->signal->hash & (b->alert_buckets - 1)];
  while (*link != a)
    link = &(*link)->bucket_next;
  *link = a->bucket_next;
  b->alerts_n--;
  past_keep(&b->past, a);
  timers_set(&b->timers, &a->timer, WALL_NEVER);
  book_detach_alert(a);
  if (a->is_dirty)
    a->is_dropped = true;
  else
    book_free_alert(a);
}

void book_attach_alert(struct casefile *c, struct alert *a) {
  a->casefile = c;
  a->incident = c->incident.id;
  a->prev = NULL;
  a->next = c->alerts;
  if (c->alerts != NULL)
    c->alerts->prev = a;
  c->alerts = a;
}

void book_detach_alert(struct alert *a) {
  struct casefile *c = a->casefile;
  if (c == NULL)
    return;
  if (a->prev != NULL)
    a->prev->next = a->next;
  else
    c->alerts = a->next;
  if (a->next != NULL)
    a->next->prev = a->prev;
  if (c->joined_one == a)
    c->joined_one = NULL;
  if (c->cleared_one == a)
    c->cleared_one = NULL;
  a->prev = a->next = NULL;
  a->casefile = NULL; /* a->incident still says whose it was */
}

/* ---- casefiles ---- */

static enum err grow_casefiles(struct book *b) {
  if (b->casefiles_n < b->casefile_buckets)
    return OK;
  size_t buckets =
      b->casefile_buckets == 0 ? BUCKETS_MIN : b->casefile_buckets * 2;
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
  free_casefile(c);
  return true;
}

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

/* ---- pages ---- */

static void append_page(struct book *b, struct casefile *c, struct page *p) {
  struct page **first = c != NULL ? &c->pages_first : &b->tests_first;
  struct page **last = c != NULL ? &c->pages_last : &b->tests_last;
  p->next = NULL;
  p->prev = *last;
  if (*last != NULL)
    (*last)->next = p;
  else
    *first = p;
  *last = p;
}

static void unlink_page(struct book *b, struct casefile *c, struct page *p) {
  struct page **first = c != NULL ? &c->pages_first : &b->tests_first;
  struct page **last = c != NULL ? &c->pages_last : &b->tests_last;
  if (p->prev != NULL)
    p->prev->next = p->next;
  else
    *first = p->next;
  if (p->next != NULL)
    p->next->prev = p->prev;
  else
    *last = p->prev;
  p->prev = p->next = NULL;
}

static void insert_page(struct book *b, struct casefile *c, struct page *p) {
  append_page(b, c, p);
  p->casefile = c;
  p->timer = (struct timer){.due = WALL_NEVER, .kind = TIMER_PAGE};
  b->pages_n++;
}

struct page *book_add_page(struct book *b, struct casefile *c, wall_ms now) {
  struct page *p = calloc(1, sizeof *p);
  if (p == NULL || book_reserve_timer(b) != OK || ulid_make(now, p->id) != OK) {
    free(p);
    return NULL;
  }
  p->seq = b->ids.page_seq++;
  p->incident = c != NULL ? c->incident.id : 0;
  p->state = PAGE_PENDING;
  p->created_at = now;
  p->delivered_at = p->due_at = WALL_NEVER;
  insert_page(b, c, p);
  book_touch_page(b, p);
  return p;
}

enum err book_take_page(struct book *b, struct page *own_page) {
  struct casefile *c = book_casefile(b, own_page->incident);
  enum err err = c == NULL && own_page->incident != 0 ? ERR_NOTFOUND
                                                      : book_reserve_timer(b);
  if (err != OK) {
    book_free_page(own_page);
    return err;
  }
  insert_page(b, c, own_page);
  return OK;
}

void book_requeue_page(struct book *b, struct page *p) {
  unlink_page(b, p->casefile, p);
  append_page(b, p->casefile, p);
}

void book_finish_page(struct book *b, struct page *p) {
  struct casefile *c = p->casefile;
  unlink_page(b, c, p);
  b->pages_n--;
  timers_set(&b->timers, &p->timer, WALL_NEVER);
  if (c != NULL && !incident_is_open(&c->incident))
    book_touch_casefile(b, c); /* it may be over now */
  if (p->is_dirty)
    p->is_dropped = true;
  else
    book_free_page(p);
}

struct contact *book_contact(struct casefile *c, const struct page *p) {
  for (size_t i = 0; i < c->contacts_n; i++) {
    struct contact *k = &c->contacts[i];
    if (k->run == p->run && text_is_same(k->responder, p->responder) &&
        strcmp(k->webhook_name, p->webhook_name) == 0)
      return k;
  }
  if (c->contacts_n == c->contacts_cap) {
    size_t cap = c->contacts_cap == 0 ? 4 : c->contacts_cap * 2;
    struct contact *more = realloc(c->contacts, cap * sizeof *more);
    if (more == NULL)
      return NULL;
    c->contacts = more;
    c->contacts_cap = cap;
  }
  struct contact k = {.webhook = p->webhook, .run = p->run};
  if (incident_set_text(&k.webhook_name, p->webhook_name) != OK ||
      incident_set_text(&k.responder, p->responder) != OK ||
      incident_set_text(&k.chain, p->chain) != OK ||
      incident_set_text(&k.target, p->target) != OK) {
    free(k.webhook_name);
    free(k.responder);
    free(k.chain);
    return NULL;
  }
  c->contacts[c->contacts_n] = k;
  return &c->contacts[c->contacts_n++];
}
