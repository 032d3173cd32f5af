/* SPDX-License-Identifier: MIT */
/* An incident's own fields, for people. */
#ifndef INCIDENT_CTL_SHOW_HEAD_H
#define INCIDENT_CTL_SHOW_HEAD_H

#include "door/ctl.h"

#define CTL_SHOW_ALERTS 20 /* of its alerts; programs get all */

/* What it is in two lines. */
void ctl_show_head(const struct ctl *c, const struct incident *i);
/* Everything else that it has, a line each. ERR_NOMEM. */
enum err ctl_show_fields(const struct ctl *c, const struct incident *i);

/* Begins a part that stands below. */
void ctl_show_heading(const struct ctl *c, const char *heading);

#endif
