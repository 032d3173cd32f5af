/* SPDX-License-Identifier: MIT */
/* Incidents that hang under another. */
#ifndef INCIDENT_CTL_RELATE_H
#define INCIDENT_CTL_RELATE_H

#include "door/ctl.h"

/* Inside the transaction of a VERB_RELATE about the incident i: checks that it
 * may, sets its text, and writes the line that the other incident gets.
 * ERR_CONFLICT with *why (static). */
enum err ctl_relate_prepare(struct ledger *l, struct request *r,
                            const struct incident *i, const char **why);

#endif
