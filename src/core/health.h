/* SPDX-License-Identifier: MIT */
/* What the plugin knows of webhooks that fail and of chains that reach nobody,
 * as the ledger keeps it (setting "health"): for its next start and for tools.
 */
#ifndef INCIDENT_HEALTH_H
#define INCIDENT_HEALTH_H

#include "base/json.h"

#define HEALTH_SETTING "health"

/* A webhook that fails; texts are borrowed. */
struct ailing {
  const char *webhook;
  const char *error; /* of the last attempt */
  wall_ms since;     /* the first failed attempt after the last good one */
  bool is_down;      /* not one failed attempt that the next may make good */
  bool is_reported;
};

/* {"webhooks":[…],"chains":["ops"]}: between the two calls the webhooks, then
 * the chains. */
void health_begin(struct json *j);
void health_put(struct json *j, const struct ailing *a);
void health_begin_chains(struct json *j); /* json_text each of them */
void health_end(struct json *j);

struct health_reader {
  void *arg;
  enum err (*webhook)(void *arg, const struct ailing *a);
  enum err (*chain)(void *arg, const char *name);
};
/* NULL text, and what makes no sense in it, is as if nothing were known. */
enum err health_read(const char *text, const struct health_reader *to);

#endif
