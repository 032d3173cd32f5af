/* SPDX-License-Identifier: MIT */
/* Who does what in an incident. A role is had by one person, a new one ends the
 * holding of the last; only experts may be several. */
#ifndef INCIDENT_ROLE_H
#define INCIDENT_ROLE_H

#include "base/clock.h"
#include "base/json.h"

#include <stdbool.h>

#define ROLE_COMMANDER "commander" /* incident.commander mirrors it */
#define ROLE_DEPUTY "deputy"
#define ROLE_EXPERT "expert"

struct holding {
  int64_t id; /* 0: the ledger gives one */
  int64_t incident;
  char *role, *who; /* who: a responder's name or any other */
  wall_ms since;
  wall_ms until; /* WALL_NEVER: has it now */
  char *by;      /* who said so */
};
void holding_fini(struct holding *h); /* frees the texts, not h */
/* {"role","who","since","until"} */
void holding_print(const struct holding *h, struct json *j);

static inline bool holding_is_over(const struct holding *h) {
  return h->until != WALL_NEVER;
}

/* Several people may have it. */
bool role_is_shared(const char *role);

#endif
