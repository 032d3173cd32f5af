/* SPDX-License-Identifier: MIT */
/* `oncall override`, `oncall take`, `oncall end`. */
#ifndef INCIDENT_CTL_OVERRIDE_H
#define INCIDENT_CTL_OVERRIDE_H

#include "door/ctl.h"

/* The first argument is one of these words, else that is a misuse. */
int ctl_override_run(struct ctl *c);

#endif
