/* SPDX-License-Identifier: MIT */
/* The security checklist, as the configuration has it. */
#ifndef INCIDENT_CTL_CHECKLIST_H
#define INCIDENT_CTL_CHECKLIST_H

#include "door/ctl.h"

/* A line of dates and one for each step; nothing while no configuration is
 * known. */
void ctl_checklist_put(const struct ctl *c);

/* "2026-09-01", "never"; of UTC. */
void ctl_checklist_date(wall_ms at, char out[CLOCK_TEXT]);

#endif
