/* SPDX-License-Identifier: MIT */
/* PageLimit: how many pages a responder has lately had at a webhook, and the
 * digests of what was more. The engine thread only. */
#ifndef INCIDENT_QUOTA_H
#define INCIDENT_QUOTA_H

#include "base/clock.h"
#include "base/err.h"
#include "core/page.h"

/* A digest that is not over yet. */
struct bundle {
  struct bundle *next;
  struct quota *quota;
  struct page *page;         /* the digest's */
  struct page *first, *last; /* those in it, by ready_next */
  size_t n;
};

struct quota {
  struct quota *next; /* of its bucket */
  uint64_t hash;
  char *webhook, *responder;
  wall_ms *taken; /* ring: when the last pages went */
  unsigned first, n;
  struct bundle *bundles;
  wall_ms digest_at; /* when the last digest with a page in it went; 0: none */
  wall_ms news_at;   /* and the last of news alone */
};

struct quotas {
  struct quota **table;
  size_t buckets, n;
  unsigned limit; /* pages in span; 0: no limit */
  span_ms span;
};

void quotas_fini(struct quotas *q);
/* Under another limit what was taken is forgotten. */
void quotas_set(struct quotas *q, unsigned limit, span_ms span);

/* Made if needed, while there is a limit; NULL when out of memory. */
struct quota *quotas_of(struct quotas *q, const char *webhook,
                        const char *responder);

bool quota_has_room(const struct quotas *q, struct quota *of, wall_ms now);
/* With no room the oldest gives way. */
void quota_take(const struct quotas *q, struct quota *of, wall_ms at);
/* The last one that was taken did not go. */
void quota_give_back(struct quota *of);

/* A bundle for that digest; NULL when out of memory. */
struct bundle *quota_add_bundle(struct quota *of, struct page *page);
/* Empty, and over. */
void quota_remove_bundle(struct bundle *b);
void bundle_put(struct bundle *b, struct page *page);
void bundle_take(struct bundle *b, struct page *page);

#endif
