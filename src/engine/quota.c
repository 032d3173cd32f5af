/* SPDX-License-Identifier: MIT */
#include "engine/quota.h"

#include "base/hash.h"

#include <stdlib.h>
#include <string.h>

#define BUCKETS_MIN 64

static void free_quota(struct quota *of) {
  for (struct bundle *b = of->bundles, *next; b != NULL; b = next) {
    next = b->next;
    free(b);
  }
  free(of->webhook);
  free(of->responder);
  free(of->taken);
  free(of);
}

void quotas_fini(struct quotas *q) {
  for (size_t i = 0; i < q->buckets; i++)
    for (struct quota *of = q->table[i], *next; of != NULL; of = next) {
      next = of->next;
      free_quota(of);
    }
  free(q->table);
  *q = (struct quotas){0};
}

void quotas_set(struct quotas *q, unsigned limit, span_ms span) {
  bool is_other = limit != q->limit;
  q->limit = limit;
  q->span = span;
  for (size_t i = 0; i < q->buckets && is_other; i++)
    for (struct quota *of = q->table[i]; of != NULL; of = of->next) {
      free(of->taken);
      of->taken = NULL;
      of->n = 0;
    }
}

static enum err grow(struct quotas *q) {
  if (q->n < q->buckets)
    return OK;
  size_t buckets = q->buckets == 0 ? BUCKETS_MIN : q->buckets * 2;
  struct quota **table = calloc(buckets, sizeof(struct quota *));
  if (table == NULL)
    return q->buckets == 0 ? ERR_NOMEM : OK;
  for (size_t i = 0; i < q->buckets; i++)
    for (struct quota *of = q->table[i], *next; of != NULL; of = next) {
      next = of->next;
      of->next = table[of->hash & (buckets - 1)];
      table[of->hash & (buckets - 1)] = of;
    }
  free(q->table);
  q->table = table;
  q->buckets = buckets;
  return OK;
}

static struct quota *add(struct quotas *q, uint64_t hash, const char *webhook,
                         const char *responder) {
  struct quota *of = grow(q) == OK ? calloc(1, sizeof *of) : NULL;
  if (of == NULL)
    return NULL;
  of->hash = hash;
  of->webhook = strdup(webhook);
  of->responder = strdup(responder);
  if (of->webhook == NULL || of->responder == NULL) {
    free_quota(of);
    return NULL;
  }
  of->next = q->table[hash & (q->buckets - 1)];
  q->table[hash & (q->buckets - 1)] = of;
  q->n++;
  return of;
}

struct quota *quotas_of(struct quotas *q, const char *webhook,
                        const char *responder) {
  uint64_t hash = hash_bytes(webhook, strlen(webhook)) * 31 +
                  hash_bytes(responder, strlen(responder));
  struct quota *of = q->buckets > 0 ? q->table[hash & (q->buckets - 1)] : NULL;
  while (of != NULL && (of->hash != hash || strcmp(of->webhook, webhook) != 0 ||
                        strcmp(of->responder, responder) != 0))
    of = of->next;
  if (of == NULL)
    of = add(q, hash, webhook, responder);
  if (of != NULL && of->taken == NULL && q->limit > 0) {
    of->taken = calloc(q->limit, sizeof *of->taken);
    of->first = of->n = 0;
  }
  return of != NULL && of->taken != NULL ? of : NULL;
}

bool quota_has_room(const struct quotas *q, struct quota *of, wall_ms now) {
  /* After a clock that was set back some lie in the future. */
  while (of->n > 0 && (of->taken[of->first] > now ||
                       now - of->taken[of->first] >= q->span)) {
    of->first = (of->first + 1) % q->limit;
    of->n--;
  }
  return of->n < q->limit;
}

void quota_take(const struct quotas *q, struct quota *of, wall_ms at) {
  if (of->n == q->limit) {
    of->first = (of->first + 1) % q->limit;
    of->n--;
  }
  of->taken[(of->first + of->n) % q->limit] = at;
  of->n++;
}

void quota_give_back(struct quota *of) {
  if (of->n > 0)
    of->n--;
}

struct bundle *quota_add_bundle(struct quota *of, struct page *page) {
  struct bundle *b = calloc(1, sizeof *b);
  if (b == NULL)
    return NULL;
  b->quota = of;
  b->page = page;
  b->next = of->bundles;
  of->bundles = b;
  page->bundle = b;
  return b;
}

void quota_remove_bundle(struct bundle *b) {
  struct bundle **link = &b->quota->bundles;
  while (*link != b)
    link = &(*link)->next;
  *link = b->next;
  b->page->bundle = NULL;
  free(b);
}

void bundle_put(struct bundle *b, struct page *page) {
  page->ready_prev = b->last;
  page->ready_next = NULL;
  if (b->last != NULL)
    b->last->ready_next = page;
  else
    b->first = page;
  b->last = page;
  b->n++;
  page->bundle = b;
}

void bundle_take(struct bundle *b, struct page *page) {
  if (page->ready_prev != NULL)
    page->ready_prev->ready_next = page->ready_next;
  else
    b->first = page->ready_next;
  if (page->ready_next != NULL)
    page->ready_next->ready_prev = page->ready_prev;
  else
    b->last = page->ready_prev;
  page->ready_prev = page->ready_next = NULL;
  b->n--;
  page->bundle = NULL;
}
