/* SPDX-License-Identifier: MIT */
/* <Inhibit>: alerts that fire, by the values of their Equal fields.
 *
 *   key (inhibit, values) --+-- sources: alerts that inhibit; one names the key
 *                           +-- targets: alerts that are inhibited while there
 *                               is a source
 *
 * An alert has a tie to each key that it is of. All targets of a key are looked
 * through only when its first source comes, its last one goes, or the incident
 * that names it is another one. */
#include "base/hash.h"
#include "base/log.h"
#include "engine/casework.h"
#include "engine/hush_inside.h"

#include "core/rule.h"

#include <stdlib.h>

#define BUCKETS_MIN 64
#define VALUES_MAX (64 * 1024)
#define NO_INCIDENT (-1) /* the source is of none */
/* So many sources are asked for an incident that names their key: the name only
 * informs, and a storm of sources may end one by one. */
#define ASKED_MAX 64

struct hush_role {
  uint32_t inhibit; /* index into the settings' */
  uint32_t target;  /* index into its targets; SOURCE: it is the source */
};
#define SOURCE UINT32_MAX

struct hush_tie {
  struct hush_tie *more;        /* of the same alert */
  struct hush_tie *prev, *next; /* of the same key and side */
  struct hush_key *key;
  struct alert *alert;
  uint32_t target; /* as in the role */
};

struct hush_key {
  struct hush_key *next; /* same bucket */
  uint64_t hash;
  uint32_t inhibit;
  struct hush_tie *sources, *targets;
  const struct hush_tie *named; /* the source that names it; NULL: no source */
  int64_t name;                 /* its incident, or NO_INCIDENT */
  struct hush_key *noted_next;
  bool is_noted;
  bool is_told;    /* the targets know that there is a source of that name */
  int64_t fresh[]; /* by target: inhibited since the last entry about it */
};

/* ---- what rules are to whom ---- */

static void each_role(const struct settings *s,
                      void (*take)(void *arg, const struct rule *rule,
                                   struct hush_role role),
                      void *arg) {
  for (size_t i = 0; i < s->inhibits_n; i++) {
    const struct inhibit *in = &s->inhibits[i];
    take(arg, in->source, (struct hush_role){(uint32_t)i, SOURCE});
    for (size_t t = 0; t < in->targets_n; t++)
      take(arg, in->targets[t], (struct hush_role){(uint32_t)i, (uint32_t)t});
  }
}

static void count_role(void *arg, const struct rule *rule,
                       struct hush_role role) {
  struct hush_plan *plan = arg;
  (void)role;
  plan->roles_at[rule->order + 1]++;
}

/* Fills from the end of each rule's part, so that at last the parts begin where
 * roles_at says. */
static void put_role(void *arg, const struct rule *rule,
                     struct hush_role role) {
  struct hush_plan *plan = arg;
  plan->roles[--plan->roles_at[rule->order + 1]] = role;
}

/* a has room for them (alert_own_extra), or they are NULL. */
static void set_ties(struct alert *a, struct hush_tie *ties) {
  if (a->extra == NULL)
    return;
  a->extra->ties = ties;
  alert_trim_extra(a);
}

static void free_keys(struct hush *h) {
  for (size_t i = 0; i < h->buckets; i++)
    for (struct hush_key *k = h->table[i], *next; k != NULL; k = next) {
      next = k->next;
      struct hush_tie *sides[] = {k->sources, k->targets};
      for (size_t n = 0; n < 2; n++)
        for (struct hush_tie *t = sides[n], *after; t != NULL; t = after) {
          after = t->next;
          set_ties(t->alert, NULL);
          free(t);
        }
      free(k);
    }
  free(h->table);
  h->table = NULL;
  h->noted = NULL;
  h->buckets = h->n = 0;
}

void hush_inhibit_fini(struct hush *h) {
  free_keys(h);
  free(h->roles);
  free(h->roles_at);
  h->roles = NULL;
  h->roles_at = NULL;
}

void hush_free_draft(struct hush_plan *own_plan) {
  free(own_plan->roles);
  free(own_plan->roles_at);
  *own_plan = (struct hush_plan){0};
}

enum err hush_draft(const struct settings *s, struct hush_plan *own_plan) {
  struct hush_plan plan = {0};
  if (s->inhibits_n > 0) {
    plan.roles_at = calloc(s->rules_n + 1, sizeof *plan.roles_at);
    if (plan.roles_at == NULL)
      return ERR_NOMEM;
    each_role(s, count_role, &plan);
    for (size_t i = 1; i <= s->rules_n; i++)
      plan.roles_at[i] += plan.roles_at[i - 1];
    size_t n = plan.roles_at[s->rules_n];
    plan.roles = calloc(n, sizeof *plan.roles);
    if (plan.roles == NULL) {
      hush_free_draft(&plan);
      return ERR_NOMEM;
    }
    each_role(s, put_role, &plan);
    /* Each entry has moved down to the begin of the part before it. */
    for (size_t i = 0; i < s->rules_n; i++)
      plan.roles_at[i] = plan.roles_at[i + 1];
    plan.roles_at[s->rules_n] = n;
  }
  *own_plan = plan;
  return OK;
}

void hush_change(struct hush *h, struct hush_plan *own_plan) {
  hush_inhibit_fini(h);
  h->roles = own_plan->roles;
  h->roles_at = own_plan->roles_at;
  *own_plan = (struct hush_plan){0};
}

enum err hush_inhibit_begin(struct hush *h) {
  struct hush_plan plan;
  enum err err = hush_draft(h->work->settings, &plan);
  if (err == OK)
    hush_change(h, &plan);
  return err;
}

/* ---- keys ---- */

static enum err grow(struct hush *h) {
  if (h->n < h->buckets)
    return OK;
  size_t buckets = h->buckets == 0 ? BUCKETS_MIN : h->buckets * 2;
  struct hush_key **table = calloc(buckets, sizeof(struct hush_key *));
  if (table == NULL)
    return h->buckets == 0 ? ERR_NOMEM : OK; /* longer chains will do */
  for (size_t i = 0; i < h->buckets; i++)
    for (struct hush_key *k = h->table[i], *next; k != NULL; k = next) {
      next = k->next;
      k->next = table[k->hash & (buckets - 1)];
      table[k->hash & (buckets - 1)] = k;
    }
  free(h->table);
  h->table = table;
  h->buckets = buckets;
  return OK;
}

static enum err key_hash(const struct hush *h, uint32_t inhibit,
                         const struct signal *s, uint64_t *hash) {
  struct buf values;
  buf_init(&values, VALUES_MAX);
  buf_addf(&values, "%u ", inhibit);
  field_set_key(&h->work->settings->inhibits[inhibit].equal, s, &values);
  enum err err = values.err;
  if (err == OK)
    *hash = hash_bytes(buf_text(&values), values.len);
  buf_fini(&values);
  return err;
}

/* NULL when out of memory. */
static struct hush_key *key_of(struct hush *h, uint32_t inhibit,
                               const struct signal *s) {
  uint64_t hash;
  if (key_hash(h, inhibit, s, &hash) != OK || grow(h) != OK)
    return NULL;
  struct hush_key **bucket = &h->table[hash & (h->buckets - 1)];
  for (struct hush_key *k = *bucket; k != NULL; k = k->next)
    if (k->hash == hash && k->inhibit == inhibit)
      return k;
  size_t targets = h->work->settings->inhibits[inhibit].targets_n;
  struct hush_key *k = calloc(1, sizeof *k + targets * sizeof k->fresh[0]);
  if (k == NULL)
    return NULL;
  k->hash = hash;
  k->inhibit = inhibit;
  k->name = NO_INCIDENT;
  k->next = *bucket;
  *bucket = k;
  h->n++;
  return k;
}

static void drop_if_empty(struct hush *h, struct hush_key *k) {
  if (k->sources != NULL || k->targets != NULL || k->is_noted)
    return;
  struct hush_key **link = &h->table[k->hash & (h->buckets - 1)];
  while (*link != k)
    link = &(*link)->next;
  *link = k->next;
  h->n--;
  free(k);
}

static void note_later(struct hush *h, struct hush_key *k) {
  if (k->is_noted)
    return;
  k->is_noted = true;
  k->noted_next = h->noted;
  h->noted = k;
}

/* ---- ties ---- */

static struct hush_tie **side_of(struct hush_key *k, const struct hush_tie *t) {
  return t->target == SOURCE ? &k->sources : &k->targets;
}

static bool is_source(const struct hush_tie *t) { return t->target == SOURCE; }

static int64_t incident_of(const struct alert *a) {
  return a->casefile != NULL && incident_is_open(&a->casefile->incident)
             ? a->casefile->incident.id
             : NO_INCIDENT;
}

static void set_name(struct hush_key *k, const struct hush_tie *source) {
  k->named = source;
  k->name = source != NULL ? incident_of(source->alert) : NO_INCIDENT;
}

/* One with an incident, if there is any. */
static const struct hush_tie *pick_source(const struct hush_key *k) {
  const struct hush_tie *s = k->sources;
  for (int i = 0; i < ASKED_MAX && s != NULL; i++, s = s->next)
    if (incident_of(s->alert) != NO_INCIDENT)
      return s;
  return k->sources;
}

static bool tie(struct hush *h, struct alert *a, struct hush_role role) {
  struct hush_key *k = key_of(h, role.inhibit, a->signal);
  struct hush_tie *t = k != NULL ? calloc(1, sizeof *t) : NULL;
  if (t == NULL || alert_own_extra(a) == NULL) {
    free(t);
    if (k != NULL)
      drop_if_empty(h, k);
    return false;
  }
  *t = (struct hush_tie){
      .more = a->extra->ties, .key = k, .alert = a, .target = role.target};
  set_ties(a, t);
  struct hush_tie **side = side_of(k, t);
  t->next = *side;
  if (*side != NULL)
    (*side)->prev = t;
  *side = t;
  if (is_source(t) && (k->named == NULL || k->name == NO_INCIDENT))
    set_name(k, t);
  return true;
}

void hush_inhibit_enter(struct hush *h, struct alert *a) {
  if (h->roles == NULL || alert_extra(a)->ties != NULL)
    return;
  bool ok = true;
  size_t end = h->roles_at[a->rule->order + 1];
  for (size_t i = h->roles_at[a->rule->order]; i < end; i++)
    ok = tie(h, a, h->roles[i]) && ok;
  if (!ok)
    log_line(LOG_ERROR, "incident: rule %s: <Inhibit> without memory",
             a->rule->name);
}

/* A source of the key is of that incident, or was until it was resolved. */
static const struct hush_tie *
find_source(const struct hush *h, const struct hush_key *k, int64_t incident) {
  const struct inhibit *in = &h->work->settings->inhibits[k->inhibit];
  const struct casefile *c = book_casefile(h->work->book, incident);
  const struct hush_tie *s = k->sources;
  if (c == NULL || c->rule != in->source)
    return NULL;
  while (s != NULL && s->alert->casefile != c)
    s = s->next;
  return s;
}

void hush_inhibit_recall(struct hush *h, const struct alert *a) {
  for (const struct hush_tie *t = alert_extra(a)->ties; t != NULL;
       t = t->more) {
    struct hush_key *k = t->key;
    if (is_source(t) || k->is_told || k->named == NULL ||
        alert_extra(a)->inhibitor <= 0)
      continue;
    const struct hush_tie *source =
        find_source(h, k, alert_extra(a)->inhibitor);
    k->is_told = true; /* looked for once */
    if (source == NULL)
      continue;
    k->named = source;
    k->name = alert_extra(a)->inhibitor;
  }
}

int64_t hush_inhibitor_of(const struct alert *a) {
  int64_t inhibitor = 0;
  for (const struct hush_tie *t = alert_extra(a)->ties; t != NULL; t = t->more)
    if (!is_source(t) && t->key->named != NULL && inhibitor <= 0)
      inhibitor = t->key->name;
  return inhibitor;
}

void hush_inhibit_count(struct hush *h, const struct alert *a) {
  for (const struct hush_tie *t = alert_extra(a)->ties; t != NULL; t = t->more)
    if (!is_source(t) && t->key->named != NULL) {
      t->key->fresh[t->target]++;
      note_later(h, t->key);
    }
}

/* All targets hear that the key has a source, another name, or none. */
static void tell_targets(struct hush *h, struct hush_key *k, wall_ms now) {
  k->is_told = k->named != NULL;
  for (struct hush_tie *t = k->targets, *next; t != NULL; t = next) {
    next = t->next;
    hush_mark(h, t->alert, alert_extra(t->alert)->silence,
              hush_inhibitor_of(t->alert), now);
  }
}

void hush_inhibit(struct hush *h, struct alert *a, wall_ms now) {
  int64_t name = incident_of(a);
  for (const struct hush_tie *t = alert_extra(a)->ties; t != NULL;
       t = t->more) {
    struct hush_key *k = t->key;
    if (!is_source(t) || (k->named != t && k->name != NO_INCIDENT) ||
        (k->is_told && k->name == name))
      continue;
    if (k->name != name)
      note_later(h, k);
    k->named = t;
    k->name = name;
    tell_targets(h, k, now);
  }
}

static void untie(struct hush *h, struct hush_tie *t, wall_ms now) {
  struct hush_key *k = t->key;
  if (t->prev != NULL)
    t->prev->next = t->next;
  else
    *side_of(k, t) = t->next;
  if (t->next != NULL)
    t->next->prev = t->prev;
  if (k->named == t) {
    int64_t name = k->name;
    set_name(k, pick_source(k));
    if (k->name != name)
      note_later(h, k);
    if (k->named == NULL || k->name != name)
      tell_targets(h, k, now);
  }
  free(t);
  drop_if_empty(h, k);
}

void hush_inhibit_leave(struct hush *h, struct alert *a, wall_ms now) {
  struct hush_tie *t = alert_extra(a)->ties;
  set_ties(a, NULL);
  for (struct hush_tie *more; t != NULL; t = more) {
    more = t->more;
    untie(h, t, now);
  }
}

/* ---- the timeline ---- */

static void note_key(struct hush *h, struct hush_key *k, wall_ms now) {
  const struct inhibit *in = &h->work->settings->inhibits[k->inhibit];
  const struct casefile *c =
      k->name > 0 ? book_casefile(h->work->book, k->name) : NULL;
  if (c == NULL && k->named != NULL)
    return; /* it may be of an incident later */
  for (size_t i = 0; i < in->targets_n; i++) {
    if (c != NULL && k->fresh[i] > 0)
      book_note(h->work->book, c, KIND_INHIBITED, now,
                "inhibits %lld alert%s of rule %s", (long long)k->fresh[i],
                k->fresh[i] == 1 ? "" : "s", in->targets[i]->name);
    k->fresh[i] = 0;
  }
}

void hush_note(struct hush *h, wall_ms now) {
  while (h->noted != NULL) {
    struct hush_key *k = h->noted;
    h->noted = k->noted_next;
    k->is_noted = false;
    note_key(h, k, now);
    drop_if_empty(h, k);
  }
}
