/* SPDX-License-Identifier: MIT */
/* Who is on call, for the commands: overrides of the ledger and the files of
 * calendars, read when they are asked for. */
#ifndef INCIDENT_CTL_DUTY_H
#define INCIDENT_CTL_DUTY_H

#include "core/schedule.h"
#include "door/ctl.h"

struct ctl_duty {
  const struct ctl *c;
  struct override **overrides; /* owned; by id */
  size_t overrides_n;
  const struct schedule *of; /* whose calendar this is; NULL: none yet */
  struct calendar *calendar; /* owned; NULL: it has none, or cannot be read */
};

/* The ledger is open; overrides that end after that time. On failure there are
 * none, and it is to be freed as well. */
enum err ctl_duty_load(struct ctl_duty *d, const struct ctl *c, wall_ms from);
void ctl_duty_free(struct ctl_duty *d);
/* Once they are loaded: while the plugin cannot write the ledger, what it has
 * in memory counts. That is warned of, and if it does not answer. ERR_NOMEM. */
enum err ctl_duty_recall(struct ctl_duty *d);
/* Of one schedule at a time. A calendar that cannot be read is warned of; what
 * a running plugin has read of it before counts. */
struct duty_facts ctl_duty_facts(struct ctl_duty *d, const struct schedule *s);

/* Whoever a step with that target pages now; NULL: no one person. Overrides
 * count if the ledger is open and can be read. */
const struct responder *ctl_duty_target(const struct ctl *c,
                                        const struct target *t);

#endif
