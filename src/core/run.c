/* SPDX-License-Identifier: MIT */
/* A run walks through its chain:
 *
 *   restart -> step 1 -> step 2 -> ... -> step n --+--> EXHAUSTED --Remind--+
 *                 ^                                |                        |
 *                 +------------ next round --------+                        |
 *                 +---------------------------------------------------------+
 *
 * Every deadline is the time something really began plus a span, so a clock
 * that jumps forward ends at most one turn early, one that jumps back is
 * clamped, and downtime costs one overdue step (SPEC section 3).
 */
#include "core/run.h"

const char *const run_state_names[RUN_STATES] = {"running", "stopped",
                                                 "exhausted"};
const char *const run_source_names[RUN_SOURCES] = {"own", "severity", "page",
                                                   "role"};

static void clear_step(struct run *r) {
  r->pages_open = 0;
  r->is_received = false;
  r->again_due = WALL_NEVER;
  r->is_waiting = false;
}

void run_restart(struct run *r, wall_ms now) {
  r->state = RUN_RUNNING;
  r->step = 0;
  r->round = 1;
  r->step_at = r->round_at = now;
  r->ended_at = WALL_NEVER;
  clear_step(r);
}

static void begin_step(struct run *r, unsigned step, wall_ms now) {
  r->step = step;
  r->step_at = r->again_at = now;
  if (step == 1)
    r->round_at = now;
  clear_step(r);
}

enum run_move run_advance(struct run *r, wall_ms now) {
  if (r->state == RUN_EXHAUSTED)
    run_restart(r, now);
  if (r->step < r->chain->steps_n) {
    begin_step(r, r->step + 1, now);
    return RUN_STEP;
  }
  if (r->round <= r->chain->repeat) {
    r->round++;
    begin_step(r, 1, now);
    return RUN_STEP;
  }
  r->state = RUN_EXHAUSTED;
  r->ended_at = now;
  return RUN_EXHAUSTION;
}

static span_ms round_span(const struct chain *c) {
  span_ms sum = 0;
  for (size_t i = 0; i < c->steps_n; i++)
    sum += c->steps[i].wait;
  return sum;
}

wall_ms run_due(const struct run *r) {
  if (r->state == RUN_STOPPED || r->chain == NULL)
    return WALL_NEVER;
  if (r->state == RUN_EXHAUSTED)
    return r->ended_at + r->chain->remind;
  if (r->step == 0)
    return r->step_at;
  span_ms wait = r->chain->steps[r->step - 1].wait;
  if (!r->is_received && r->pages_open == 0)
    wait = 0;
  else if (!r->is_received && wait > RUN_RECEIPT_MS)
    wait = RUN_RECEIPT_MS;
  wall_ms due = r->step_at + wait;
  if (r->step == r->chain->steps_n && r->round <= r->chain->repeat) {
    wall_ms round_end = r->round_at + round_span(r->chain);
    if (due < round_end)
      due = round_end;
  }
  return due;
}

static bool has_step(const struct run *r) {
  return r->state == RUN_EXHAUSTED || r->step < r->chain->steps_n ||
         r->round <= r->chain->repeat;
}

wall_ms run_open_at(const struct run *r, const struct hours *hours,
                    wall_ms at) {
  if (hours == NULL || at == WALL_NEVER || !has_step(r) ||
      hours_is_open(hours, at))
    return at;
  wall_ms opens = hours_next(hours, at);
  return opens != WALL_NEVER ? opens : at;
}

void run_escalate(struct run *r, wall_ms now) {
  if (r->state == RUN_EXHAUSTED)
    run_restart(r, now);
  if (r->step >= r->chain->steps_n) {
    r->round++;
    begin_step(r, 1, now);
  } else {
    begin_step(r, r->step + 1, now);
  }
}

void run_take_back(struct run *r) {
  if (r->step > 0)
    r->step--;
  clear_step(r);
}

void run_adapt(struct run *r, const struct chain *chain, bool is_other,
               wall_ms now) {
  r->chain = chain;
  if (r->state != RUN_RUNNING || (!is_other && r->step <= chain->steps_n))
    return;
  /* It stood at a step that is gone. The next one is the first of a new round,
   * whatever Repeat says: nobody has acknowledged yet. */
  r->round++;
  r->step = 0;
  r->step_at = now;
  r->again_due = WALL_NEVER;
}

void run_clamp(struct run *r, wall_ms now) {
  if (r->again_at > now)
    r->again_at = now;
  wall_ms last = r->ended_at != WALL_NEVER ? r->ended_at : r->step_at;
  if (last <= now)
    return;
  /* All by as much, so that what has been waited for counts. */
  span_ms ahead = last - now;
  r->step_at -= ahead;
  r->round_at -= ahead;
  if (r->ended_at != WALL_NEVER)
    r->ended_at -= ahead;
}
