/* SPDX-License-Identifier: MIT */
/* Impact as people see it. */
#ifndef INCIDENT_CTL_IMPACT_H
#define INCIDENT_CTL_IMPACT_H

#include "door/ctl.h"

/* A table of it, to be ended with ctl_table_end. */
void ctl_impacts_begin(struct ctl_table *t, const struct ctl *c);
void ctl_impacts_add(struct ctl_table *t, const struct ctl *c,
                     const struct impact *i);
/* It has been resolved: a line on stderr for each that goes on. */
void ctl_impacts_warn(const struct ctl *c, int64_t incident);

#endif
