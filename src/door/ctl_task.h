/* SPDX-License-Identifier: MIT */
/* Tasks as people see them. */
#ifndef INCIDENT_CTL_TASK_H
#define INCIDENT_CTL_TASK_H

#include "door/ctl.h"

/* A table of tasks, to be ended with ctl_table_end; with_incident: of several
 * incidents. */
void ctl_tasks_begin(struct ctl_table *t, const struct ctl *c,
                     bool with_incident);
void ctl_tasks_add(struct ctl_table *t, const struct ctl *c,
                   const struct task *k, bool with_incident);

#endif
