/* SPDX-License-Identifier: MIT */
/* From an alert that fires to its incident (SPEC section 2, "Incidents" and
 * "Storms"): it joins the open one of its group, reopens the one that has just
 * resolved, or helps to declare one, once there are enough (Quorum) and they
 * have been gathered for long enough (GroupWait), unless the rule declares so
 * many that they are one storm. The engine thread only. */
#ifndef INCIDENT_GATHER_H
#define INCIDENT_GATHER_H

#include "engine/book.h"

struct casework;

/* Alerts of a group that fire and are of no incident yet. */
struct gathering {
  struct timer timer;     /* end of GroupWait */
  struct gathering *next; /* same bucket */
  const struct rule *rule;
  char *group_key;
  uint64_t key_hash;
  wall_ms since; /* the first one fired, or one before it that has left */
  struct alert *alerts; /* by next */
  int64_t alerts_n;
};

struct storm; /* of a rule */

struct gather {
  struct casework *work;
  struct gathering **table; /* by key_hash */
  size_t buckets, n;
  struct storm *storms; /* by the rules' order */
  size_t storms_n;
  struct buf key;
};

enum err gather_init(struct gather *g, struct casework *w);
void gather_fini(struct gather *g);

/* It fires from now on: fixes its group key, if later signals may have another.
 */
void gather_fix_key(struct gather *g, struct alert *a);
/* True if the rule may reopen one of its incidents now, which counts as
 * declaring it; false in a storm. */
bool gather_may_reopen(struct gather *g, const struct rule *rule, wall_ms now);

/* Fires, is of no incident, and nothing holds it back. */
void gather_fired(struct gather *g, struct alert *a, wall_ms now);
/* Does not fire any more, or is held back now. */
void gather_leave(struct gather *g, struct alert *a);
void gather_due(struct gather *g, struct gathering *it, wall_ms now);
/* The clock was set back. */
void gather_clamp(struct gather *g, wall_ms now);

/* After the book was filled: what fires, is of no incident and is not held back
 * gathers again, and each rule's rate is what the book remembers of it. */
void gather_resume(struct gather *g, wall_ms now);

/* Other settings, in three steps. What is known of each rule's rate, for the
 * rules of those. */
enum err gather_draft(const struct gather *g, const struct settings *settings,
                      struct storm **own_storms);
void gather_free_draft(const struct settings *settings,
                       struct storm *own_storms);
/* The casework has them now: forgets every gathering. */
void gather_change(struct gather *g, struct storm *own_storms);
/* All alerts know their rule and what holds them back: gathers again. */
void gather_again(struct gather *g, wall_ms now);

#endif
