/* SPDX-License-Identifier: MIT */
/* A series that a rule's `Absent` block watches: when nothing came of it for
 * so long, it is bad. Kept in the ledger, since nobody will tell of a series
 * that vanished while nobody looked. */
#ifndef INCIDENT_ABSENCE_H
#define INCIDENT_ABSENCE_H

#include "core/settings.h"
#include "core/signal.h"
#include "core/timer.h"

#include <stdlib.h>

struct absence {
  struct timer timer;    /* when to look again */
  struct absence *next;  /* engine/absences.h: same bucket */
  struct signal *series; /* SIGNAL_FIRST; owned */
  const struct rule *rule;
  char *row_rule; /* the rule that its row names, while that is not the one
                     above (gone, or of another name now); NULL: that */
  span_ms span;   /* the shortest Absent of the rule's blocks that look at it */
  wall_ms seen;   /* as far as is known; the start, when it was not */
  bool is_seen;   /* it has come since the start, and is remembered */
  bool is_fired;  /* it is bad for the rule since */
  bool is_stored; /* has a row */
  bool is_dirty;
  bool is_dropped; /* to be freed once it is written */
};

static inline void absence_free(struct absence *a) {
  free(a->row_rule);
  free(a->series);
  free(a);
}

#endif
