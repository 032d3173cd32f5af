/* SPDX-License-Identifier: MIT */
/* A run of an escalation chain for one incident (SPEC section 3): which step
 * comes next and when. Pure; making the pages of a step is the engine's. */
#ifndef INCIDENT_RUN_H
#define INCIDENT_RUN_H

#include "core/settings.h"
#include "core/timer.h"

struct casefile; /* engine/book.h */

enum run_state {
  RUN_RUNNING,
  RUN_STOPPED,   /* acknowledged, resolved, or nothing left to page about */
  RUN_EXHAUSTED, /* went through unacknowledged; starts again at due */
  RUN_STATES
};
extern const char *const run_state_names[RUN_STATES];

enum run_source { RUN_OF_RULE, RUN_OF_SEVERITY, RUN_SOURCES };
extern const char *const run_source_names[RUN_SOURCES];

/* Somebody must have received a step's pages within this time, or the next
 * step runs (SPEC section 3). */
#define RUN_RECEIPT_MS 60000

struct run {
  struct timer timer;        /* due: next step, next round or reminder */
  struct run *next;          /* of the same incident */
  struct casefile *casefile; /* the book's incident */
  int64_t id;                /* ledger */
  int64_t incident;
  const struct chain *chain;
  char *chain_name;
  enum run_source source;
  enum run_state state;
  unsigned step, round; /* of the last step that ran; 1 first; 0: none yet */
  wall_ms step_at, round_at; /* when it and its round began */
  /* Of the present step, not in the ledger: rebuilt from its pages. */
  unsigned pages_open; /* pending or being sent */
  bool is_received;    /* somebody has got one */
  bool is_dirty;
};

/* Begins from the first step; the caller then runs it with run_step. */
void run_restart(struct run *r, wall_ms now);

enum run_move {
  RUN_STEP,      /* the run stands at a new step: make its pages now */
  RUN_LATER,     /* the next round may not begin yet: timer.due says when */
  RUN_EXHAUSTION /* it has just come to its end */
};

/* Goes on to the next step, round or the end. After RUN_STEP the caller makes
 * the pages, sets pages_open and then calls run_settle. */
enum run_move run_advance(struct run *r, wall_ms now);

/* When the present step's turn is over, from what is known of its pages;
 * returns that time, <= now when it is over already. */
wall_ms run_settle(const struct run *r, wall_ms now);

/* As run_advance, for somebody who will not wait (`escalate`): never RUN_LATER
 * or RUN_EXHAUSTION, after the last step comes the first. */
void run_escalate(struct run *r, wall_ms now);

/* A changed configuration: fewer steps than it stood at: a new round. True if
 * something changed. */
bool run_adapt(struct run *r, const struct chain *chain);

#endif
