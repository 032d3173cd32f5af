/* SPDX-License-Identifier: MIT */
/* The parts of `show` about where people talk, what has been said and what is
 * owed. */
#ifndef INCIDENT_CTL_SHOW_TALK_H
#define INCIDENT_CTL_SHOW_TALK_H

#include "door/ctl.h"

/* For the head of an incident, lines of two cells: when its clocks are due. */
void ctl_clocks_add(struct ctl_table *t, const struct ctl *c,
                    const struct incident *i);
/* The contact card with the channels, and what has been said. */
enum err ctl_show_talk(const struct ctl *c, const struct incident *i);
/* `,"clocks":[…],"statements":[…]`; both empty without a ledger. */
enum err ctl_show_talk_json(const struct ctl *c, const struct incident *i);

#endif
