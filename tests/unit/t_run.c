/* SPDX-License-Identifier: MIT */
#include "core/run.h"

#include "check.h"

#define NOW 1000000
#define MINUTE 60000

static struct step steps[] = {{.wait = 5 * MINUTE}, {.wait = 10 * MINUTE}};
static struct chain chain = {
    .name = "ops", .steps = steps, .steps_n = 2, .remind = 60 * MINUTE};

static struct run start(unsigned repeat) {
  struct run r = {.chain = &chain};
  chain.repeat = repeat;
  run_restart(&r, NOW);
  return r;
}

/* Its step's only page has been received. */
static void received(struct run *r) {
  r->pages_open = 0;
  r->is_received = true;
}

static void steps_follow_each_other_after_their_waits(void) {
  struct run r = start(0);
  CHECK(run_due(&r) == NOW);
  CHECK(run_advance(&r, NOW) == RUN_STEP && r.step == 1 && r.round == 1);
  received(&r);
  CHECK(run_due(&r) == NOW + 5 * MINUTE);
  CHECK(run_advance(&r, NOW + 5 * MINUTE) == RUN_STEP && r.step == 2);
  received(&r);
  CHECK(run_due(&r) == NOW + 15 * MINUTE);
  CHECK(run_advance(&r, NOW + 15 * MINUTE) == RUN_EXHAUSTION);
  CHECK(r.state == RUN_EXHAUSTED);
}

/* The incident was paused before anybody heard of the step. */
static void a_step_taken_back_runs_again_at_once(void) {
  struct run r = start(1);
  run_advance(&r, NOW);
  r.pages_open = 1;
  run_take_back(&r);
  CHECK(r.step == 0 && run_due(&r) == NOW);
  CHECK(run_advance(&r, NOW + MINUTE) == RUN_STEP && r.step == 1);
  received(&r);
  CHECK(run_due(&r) == NOW + 6 * MINUTE);
  run_advance(&r, NOW + 6 * MINUTE);
  r.pages_open = 1;
  run_take_back(&r);
  CHECK(r.step == 1 && run_due(&r) <= NOW + 6 * MINUTE);
  CHECK(run_advance(&r, NOW + 7 * MINUTE) == RUN_STEP && r.step == 2 &&
        r.round == 1);
  received(&r);
  run_advance(&r, NOW + 30 * MINUTE);
  r.pages_open = 1;
  run_take_back(&r);
  CHECK(r.step == 0 && run_due(&r) == NOW + 30 * MINUTE);
  CHECK(run_advance(&r, NOW + 31 * MINUTE) == RUN_STEP && r.step == 1 &&
        r.round == 2);
}

static void an_exhausted_run_begins_anew_after_remind(void) {
  struct run r = start(0);
  run_advance(&r, NOW);
  run_advance(&r, NOW);
  run_advance(&r, NOW);
  CHECK(run_due(&r) == NOW + 60 * MINUTE);
  CHECK(run_advance(&r, NOW + 60 * MINUTE) == RUN_STEP);
  CHECK(r.step == 1 && r.round == 1 && r.state == RUN_RUNNING);
}

static void repeat_gives_further_rounds(void) {
  struct run r = start(2);
  for (unsigned round = 1; round <= 3; round++)
    for (unsigned step = 1; step <= 2; step++) {
      CHECK(run_advance(&r, NOW) == RUN_STEP);
      CHECK(r.round == round && r.step == step);
    }
  CHECK(run_advance(&r, NOW) == RUN_EXHAUSTION);
}

static void a_step_that_failed_for_good_is_over_at_once(void) {
  struct run r = start(0);
  run_advance(&r, NOW);
  r.pages_open = 1;
  CHECK(run_due(&r) > NOW);
  r.pages_open = 0; /* its page failed */
  CHECK(run_due(&r) == NOW);
}

static void a_step_nobody_receives_is_over_after_a_minute(void) {
  struct run r = start(0);
  run_advance(&r, NOW);
  r.pages_open = 1;
  CHECK(run_due(&r) == NOW + RUN_RECEIPT_MS);
  received(&r);
  CHECK(run_due(&r) == NOW + 5 * MINUTE);
}

static void a_round_begins_no_sooner_than_the_waits_allow(void) {
  struct run r = start(1);
  run_advance(&r, NOW);
  run_advance(&r, NOW); /* both steps failed at once */
  CHECK(run_due(&r) == NOW + 15 * MINUTE);
  run_advance(&r, NOW + 15 * MINUTE);
  run_advance(&r, NOW + 15 * MINUTE);
  /* The last round: exhausted at once. */
  CHECK(run_due(&r) == NOW + 15 * MINUTE);
}

static void a_stopped_run_is_never_due(void) {
  struct run r = start(0);
  run_advance(&r, NOW);
  r.state = RUN_STOPPED;
  CHECK(run_due(&r) == WALL_NEVER);
}

static void escalating_goes_round(void) {
  struct run r = start(0);
  run_advance(&r, NOW);
  run_escalate(&r, NOW + 1);
  CHECK(r.step == 2 && r.round == 1 && r.step_at == NOW + 1);
  run_escalate(&r, NOW + 2);
  CHECK(r.step == 1 && r.round == 2);
  r.state = RUN_STOPPED;
  run_escalate(&r, NOW + 3);
  CHECK(r.step == 2 && r.state == RUN_STOPPED);
  r.state = RUN_EXHAUSTED;
  r.ended_at = NOW;
  run_escalate(&r, NOW + 4);
  CHECK(r.step == 1 && r.round == 1 && r.state == RUN_RUNNING);
}

static void fewer_steps_mean_a_new_round(void) {
  struct chain shorter = {.name = "ops", .steps = steps, .steps_n = 1};
  struct run r = start(0);
  run_advance(&r, NOW);
  run_advance(&r, NOW);
  run_adapt(&r, &shorter, false, NOW + 5);
  CHECK(r.round == 2 && run_due(&r) == NOW + 5);
  CHECK(run_advance(&r, NOW + 5) == RUN_STEP && r.step == 1);
  r.step = 1;
  unsigned round = r.round;
  run_adapt(&r, &chain, false, NOW + 6); /* more steps: goes on */
  CHECK(r.round == round && r.step == 1);
}

static void clocks_neither_skip_nor_delay(void) {
  struct run r = start(0);
  run_advance(&r, NOW);
  received(&r);
  run_clamp(&r, NOW - 900000); /* set back: at most its own Wait */
  CHECK(run_due(&r) == NOW - 900000 + 5 * MINUTE);
  /* Forward by a day: one step, then its full Wait. */
  wall_ms later = NOW + 24 * 3600000LL;
  CHECK(run_advance(&r, later) == RUN_STEP && r.step == 2);
  received(&r);
  CHECK(run_due(&r) == later + 10 * MINUTE);
}

static void again_counts_from_where_the_step_began(void) {
  struct run r = start(0);
  run_advance(&r, NOW + MINUTE);
  CHECK(r.step_at == NOW + MINUTE && r.again_at == NOW + MINUTE);
  r.again_at = NOW + 3 * MINUTE;
  run_clamp(&r, NOW + 2 * MINUTE); /* the clock was set back */
  CHECK(r.again_at == NOW + 2 * MINUTE);
  run_advance(&r, NOW + 6 * MINUTE);
  CHECK(r.step == 2 && r.again_at == NOW + 6 * MINUTE);
}

static void a_clock_set_back_before_a_round_costs_one_wait(void) {
  struct run r = start(1);
  run_advance(&r, NOW);
  run_advance(&r, NOW + 5 * MINUTE);
  received(&r);
  run_clamp(&r, NOW - 10 * MINUTE);
  CHECK(run_due(&r) == NOW - 10 * MINUTE + 10 * MINUTE);
}

/* 1970-01-01, a Thursday; the office opens at 09:00 UTC. */
static void steps_wait_for_hours_and_the_end_does_not(void) {
  struct hours_during during = {.days = 0x7f, .from = 540, .to = 1020};
  const struct hours office = {.during = &during, .during_n = 1};
  const wall_ms night = 3 * 60 * MINUTE, morning = 9 * 60 * MINUTE;
  struct run r = start(0);
  CHECK(run_open_at(&r, NULL, night) == night);
  CHECK(run_open_at(&r, &office, night) == morning);
  CHECK(run_open_at(&r, &office, morning) == morning);
  CHECK(run_open_at(&r, &office, WALL_NEVER) == WALL_NEVER);
  run_advance(&r, NOW);
  run_advance(&r, NOW);
  CHECK(run_open_at(&r, &office, night) == night);
  run_advance(&r, NOW);
  CHECK(r.state == RUN_EXHAUSTED);
  CHECK(run_open_at(&r, &office, night) == morning);
  const struct hours shut = {.during = &during, .during_n = 0};
  CHECK(run_open_at(&r, &shut, night) == night);
}

int main(void) {
  steps_wait_for_hours_and_the_end_does_not();
  a_step_taken_back_runs_again_at_once();
  steps_follow_each_other_after_their_waits();
  an_exhausted_run_begins_anew_after_remind();
  repeat_gives_further_rounds();
  a_step_that_failed_for_good_is_over_at_once();
  a_step_nobody_receives_is_over_after_a_minute();
  a_round_begins_no_sooner_than_the_waits_allow();
  a_stopped_run_is_never_due();
  escalating_goes_round();
  fewer_steps_mean_a_new_round();
  clocks_neither_skip_nor_delay();
  again_counts_from_where_the_step_began();
  a_clock_set_back_before_a_round_costs_one_wait();
  return check_done("t_run");
}
