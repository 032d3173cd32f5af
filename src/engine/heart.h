/* SPDX-License-Identifier: MIT */
/* Heartbeats (<Heartbeat>): each proves that collectd's threads run, that the
 * intake takes what comes, that a turn was committed and that the courier
 * sends. A beat begins in a read callback of the host, comes through the intake
 * as a signal, and leaves behind the commit of the turn that took it. It has no
 * row; one that fails is tried again until the next is due. */
#ifndef INCIDENT_HEART_H
#define INCIDENT_HEART_H

#include "engine/intake.h"
#include "engine/pager.h"

#include <stdatomic.h>

/* Between the engine and whoever ticks: when a beat is wanted. */
struct pacemaker {
  _Atomic wall_ms due; /* WALL_NEVER: none is */
  _Atomic wall_ms set; /* when the engine said so */
};
void pacemaker_init(struct pacemaker *m);
/* Any thread, every second: offers a beat if one is wanted. Never blocks. */
void pacemaker_tick(struct pacemaker *m, struct intake *q, wall_ms now);

struct beat; /* of one heartbeat */
struct heart {
  struct pager *pager;
  struct pacemaker *pacemaker; /* NULL: nobody ticks */
  struct beat *beats;          /* in the order of settings.heartbeats */
  size_t beats_n;
  bool is_beating; /* a beat has come since the last heart_send */
};

/* ---- the engine thread only ---- */

/* The first beats are wanted now. ERR_NOMEM. */
enum err heart_init(struct heart *h, struct pager *p, struct pacemaker *m,
                    wall_ms now);
void heart_fini(struct heart *h);
/* Beats for the heartbeats of those settings; then, when the book has them:
 * those of the same name keep their time. */
enum err heart_draft(const struct settings *s, struct beat **own_beats);
void heart_change(struct heart *h, struct beat *own_beats, wall_ms now);

/* A beat has come through the intake. */
void heart_beat(struct heart *h);
/* The turn that it came in is durable (or was not: then the beat is lost):
 * sends what is due. */
void heart_send(struct heart *h, bool is_durable, wall_ms now);
/* True if it was that of a beat. */
bool heart_outcome(struct heart *h, const struct outcome *o, wall_ms now);

#endif
