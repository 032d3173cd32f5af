/* SPDX-License-Identifier: MIT */
/* An incident with all that belongs to it, for other commands. */
#ifndef INCIDENT_CTL_SHOW_H
#define INCIDENT_CTL_SHOW_H

#include "door/ctl.h"

/* As a part of the output: the document of `show --json --evidence --pages`.
 * The ledger is open. CTL_DONE or a complaint. */
int ctl_show_all(const struct ctl *c, const struct incident *i);

#endif
