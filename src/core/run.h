/* SPDX-License-Identifier: MIT */
/* A run of an escalation chain for one incident (SPEC section 3): which step
 * comes next and when. Pure; making the pages of a step is the engine's. */
#ifndef INCIDENT_RUN_H
#define INCIDENT_RUN_H

#include "core/page.h"
#include "core/settings.h"
#include "core/timer.h"

enum run_state {
  RUN_RUNNING,
  RUN_STOPPED,   /* acknowledged, resolved, or nothing left to page about */
  RUN_EXHAUSTED, /* went through unacknowledged; starts again after Remind */
  RUN_STATES
};
extern const char *const run_state_names[RUN_STATES];

/* The incident's own chain, that of its severity, `page WHO`, or for whoever
 * has been given a role. */
enum run_source {
  RUN_OWN,
  RUN_OF_SEVERITY,
  RUN_ASKED_FOR,
  RUN_FOR_ROLE,
  RUN_SOURCES
};
extern const char *const run_source_names[RUN_SOURCES];

/* Somebody must have received a step's pages within this time, or the next
 * step runs (SPEC section 3). */
#define RUN_RECEIPT_MS 60000

struct run {
  struct timer timer;        /* at run_due */
  struct run *next;          /* of the same incident */
  struct casefile *casefile; /* engine/book.h */
  int64_t id;                /* ledger */
  int64_t incident;
  const struct chain *chain;
  char *chain_name;
  enum run_source source;
  enum run_state state;
  unsigned step, round; /* of the last step that ran; 1 first; 0: none yet */
  wall_ms step_at, round_at; /* when it and its round began */
  wall_ms ended_at;          /* EXHAUSTED: since; else WALL_NEVER */
  /* Of the present step, not in the ledger: rebuilt from its pages. */
  unsigned pages_open; /* pending or being sent */
  bool is_received;    /* somebody has got one */
  wall_ms again_at;    /* what Again asks for until then has been made */
  wall_ms again_due;   /* the next of it; WALL_NEVER: none */
  bool is_waiting;     /* for PageHours, which has been said */
  bool is_dirty;
};

/* True if the page is one of the run's present step: rounds count from 1 again
 * when a run begins anew. */
static inline bool run_stands_at(const struct run *r, const struct page *p) {
  return p->event == PAGE_PAGE && p->run == r->id && p->step == r->step &&
         p->round == r->round && p->created_at >= r->step_at;
}

/* Begins (anew): round 1, no step yet; the caller runs the first step with
 * run_advance. */
void run_restart(struct run *r, wall_ms now);

enum run_move {
  RUN_STEP,      /* the run stands at a new step: make its pages now */
  RUN_EXHAUSTION /* it has just come to its end */
};

/* Its due time has come: the next step, the next round or the end. The caller
 * makes the pages of a new step and counts them in pages_open. An exhausted run
 * begins anew. */
enum run_move run_advance(struct run *r, wall_ms now);

/* When run_advance is to be called, from what is known of the step's pages: it
 * may be past. A step's turn ends after its Wait; at once if none of its pages
 * can be received; after RUN_RECEIPT_MS if none has been. A further round
 * begins no sooner than the Waits of the last allow. */
wall_ms run_due(const struct run *r);

/* That time or, if the run then takes a step and the hours (NULL: always open)
 * are closed, when they open next. Hours that stay closed for good hold nothing
 * back: a page is never lost. */
wall_ms run_open_at(const struct run *r, const struct hours *hours, wall_ms at);

/* The next step now, for somebody who will not wait: after the last step comes
 * the first. A stopped run stays stopped: that step only. */
void run_escalate(struct run *r, wall_ms now);

/* The present step has reached nobody and its pages are cancelled: it is the
 * next one again, due at once. */
void run_take_back(struct run *r);

/* Gives it its chain under a new configuration. Another chain than before
 * (is_other), or fewer steps than it stood at, means a new round. */
void run_adapt(struct run *r, const struct chain *chain, bool is_other,
               wall_ms now);

/* The clock was set back: nothing lies in the future. */
void run_clamp(struct run *r, wall_ms now);

#endif
