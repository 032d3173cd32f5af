/* SPDX-License-Identifier: MIT */
/* The parts of `show` about who works on an incident, and what they keep. */
#ifndef INCIDENT_CTL_SHOW_WORK_H
#define INCIDENT_CTL_SHOW_WORK_H

#include "door/ctl.h"

/* Sections for what there is of them. */
enum err ctl_show_work(const struct ctl *c, int64_t incident);
/* `,"roles":[…],…,"teams":[…]`; all empty without a ledger. */
enum err ctl_show_work_json(const struct ctl *c, int64_t incident);

#endif
