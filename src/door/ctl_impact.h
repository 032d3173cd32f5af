/* SPDX-License-Identifier: MIT */
/* Impact as people see it. */
#ifndef INCIDENT_CTL_IMPACT_H
#define INCIDENT_CTL_IMPACT_H

#include "door/ctl.h"

/* A table of it, to be ended with ctl_table_end. */
void ctl_impacts_begin(struct ctl_table *t, const struct ctl *c);
void ctl_impacts_add(struct ctl_table *t, const struct ctl *c,
                     const struct impact *i);

#endif
