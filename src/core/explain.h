/* SPDX-License-Identifier: MIT */
/* Why a rule takes a signal, or why not: in words for `incidentctl explain`,
 * from the same steps by which the engine decides. Pure. */
#ifndef INCIDENT_EXPLAIN_H
#define INCIDENT_EXPLAIN_H

#include "core/settings.h"
#include "core/signal.h"

/* Adds which block takes the signal ("Match 2"), or for each block the first
 * thing that differs, with what there is and what it wants. <Metric> blocks
 * look at the signal's value, if it has one, and at its data source. True if
 * one takes it. */
bool explain_rule(const struct rule *r, const struct signal *s,
                  struct buf *out);

#endif
