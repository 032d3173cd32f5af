/* SPDX-License-Identifier: MIT */
/* Between the parts of gathering. */
#ifndef INCIDENT_GATHER_INSIDE_H
#define INCIDENT_GATHER_INSIDE_H

#include "engine/gather.h"

/* ---- gather_storm.c ---- */

/* None yet, for the rules of the settings in force. */
enum err gather_begin_storms(struct gather *g);
void gather_forget_storms(struct gather *g);
/* One attempt now would be one too many. */
bool gather_is_stormy(const struct gather *g, const struct rule *r,
                      wall_ms now);
/* Without memory there is no storm. */
void gather_count_attempt(struct gather *g, const struct rule *r, wall_ms now);
/* The clock was set back. */
void gather_clamp_storms(struct gather *g, wall_ms now);
/* What the book remembers of each rule's rate. */
void gather_resume_storms(struct gather *g, wall_ms now);

#endif
