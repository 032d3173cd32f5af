/* SPDX-License-Identifier: MIT */
/* Which webhooks fail, and whom to phone where no page gets through. */
#ifndef INCIDENT_CTL_HEALTH_H
#define INCIDENT_CTL_HEALTH_H

#include "door/ctl.h"

struct ctl_ailing {
  char *webhook, *error;
  wall_ms since;
  bool is_reported;
};

struct ctl_health {
  struct ctl_ailing *webhooks;
  size_t webhooks_n;
  char **chains; /* that reach nobody */
  size_t chains_n;
};

/* As the ledger has it; what is gone from its configuration fails nobody. A
 * zeroed struct knows of none. Also on failure to be freed. */
enum err ctl_health_load(struct ctl_health *h, const struct ctl *c);
void ctl_health_free(struct ctl_health *h);

/* "webhooks_failing" and "chains_unreachable" of status --json. */
void ctl_health_put(const struct ctl_health *h, const struct ctl *c,
                    struct json *j);
/* Rows of two cells. */
void ctl_health_add(const struct ctl_health *h, const struct ctl *c,
                    struct ctl_table *t);

#endif
