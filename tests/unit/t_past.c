/* SPDX-License-Identifier: MIT */
#include "engine/past.h"

#include "base/hash.h"
#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NOW 1760000000000
#define MINUTE 60000

static struct rule one = {.name = "one"}, other = {.name = "other"};

static struct alert make(const struct rule *rule, unsigned series) {
  static uint64_t memory[SIGNAL_BYTES_MAX / 8];
  struct packer p;
  struct alert a;
  char host[32];
  int len = snprintf(host, sizeof host, "host%u", series);
  signal_begin(&p, memory);
  for (int i = 0; i < FIELDS; i++)
    signal_add(&p, host, (size_t)len);
  signal_end(&p, false);
  alert_init(&a);
  a.signal = signal_copy(p.signal);
  a.rule = rule;
  return a;
}

static void keep(struct past *p, const struct rule *rule, unsigned series,
                 wall_ms newest, wall_ms before, wall_ms first) {
  struct alert a = make(rule, series);
  firings_set(&a.fired, (const wall_ms[]){newest, before, first});
  past_keep(p, &a);
  free(a.signal);
}

static struct alert recalled(struct past *p, const struct rule *rule,
                             unsigned series) {
  struct alert a = make(rule, series);
  past_recall(p, &a);
  free(a.signal);
  return a;
}

static wall_ms recalled_at(struct past *p, const struct rule *rule,
                           unsigned series, int n) {
  struct alert a = recalled(p, rule, series);
  return firings_at(&a.fired, n);
}

static void it_remembers_by_series_and_rule(void) {
  struct past p = {0};
  past_turn(&p, NOW);
  keep(&p, &one, 1, NOW - 1, NOW - 2, WALL_NEVER);
  CHECK(recalled(&p, &one, 1).fired.newest == NOW - 1);
  CHECK(recalled_at(&p, &one, 1, 1) == NOW - 2);
  CHECK(recalled_at(&p, &one, 1, 2) == WALL_NEVER);
  CHECK(recalled(&p, &one, 2).fired.newest == WALL_NEVER);
  CHECK(recalled(&p, &other, 1).fired.newest == WALL_NEVER);
  past_fini(&p);
}

static void the_newer_counts(void) {
  struct past p = {0};
  past_turn(&p, NOW);
  keep(&p, &one, 1, NOW - 10, NOW - 20, NOW - 30);
  keep(&p, &one, 1, NOW - 1, NOW - 10, NOW - 20);
  keep(&p, &one, 1, NOW - 50, WALL_NEVER, WALL_NEVER);
  CHECK(p.n == 1);
  CHECK(recalled_at(&p, &one, 1, 2) == NOW - 20);
  struct alert a = make(&one, 1);
  a.fired.newest = NOW;
  past_recall(&p, &a);
  CHECK(a.fired.newest == NOW && firings_at(&a.fired, 1) == WALL_NEVER);
  free(a.signal);
  past_fini(&p);
}

static void what_is_too_old_is_let_go(void) {
  struct past p = {0};
  past_turn(&p, NOW);
  keep(&p, &one, 1, NOW - 60 * MINUTE, NOW - 61 * MINUTE, WALL_NEVER);
  keep(&p, &one, 2, WALL_NEVER, WALL_NEVER, WALL_NEVER);
  CHECK(p.n == 0);
  keep(&p, &one, 3, NOW - 30 * MINUTE, NOW - 95 * MINUTE, WALL_NEVER);
  keep(&p, &one, 4, NOW - 5 * MINUTE, WALL_NEVER, WALL_NEVER);
  CHECK(recalled_at(&p, &one, 3, 1) == WALL_NEVER);
  past_turn(&p, NOW + 40 * MINUTE);
  CHECK(p.n == 1 && recalled(&p, &one, 3).fired.newest == WALL_NEVER);
  CHECK(recalled(&p, &one, 4).fired.newest == NOW - 5 * MINUTE);
  past_turn(&p, NOW + 60 * MINUTE);
  CHECK(p.n == 0 && p.entries == NULL);
  past_fini(&p);
}

static void nothing_lies_ahead_when_the_clock_is_set_back(void) {
  struct past p = {0};
  past_turn(&p, NOW);
  keep(&p, &one, 1, NOW - MINUTE, NOW - 2 * MINUTE, WALL_NEVER);
  past_turn(&p, NOW - 600 * MINUTE);
  CHECK(recalled(&p, &one, 1).fired.newest == NOW - 600 * MINUTE);
  CHECK(recalled_at(&p, &one, 1, 1) == NOW - 601 * MINUTE);
  past_turn(&p, NOW - 539 * MINUTE);
  CHECK(p.n == 0);
  past_fini(&p);
}

static void it_grows_and_shrinks(void) {
  struct past p = {0};
  bool is_all = true;
  past_turn(&p, NOW);
  for (unsigned i = 0; i < 5000; i++)
    keep(&p, &one, i, NOW - (i < 4900 ? 30 : 1) * MINUTE, WALL_NEVER,
         WALL_NEVER);
  for (unsigned i = 0; i < 5000; i++)
    is_all = is_all && recalled(&p, &one, i).fired.newest != WALL_NEVER;
  CHECK(is_all && p.n == 5000);
  past_turn(&p, NOW + 31 * MINUTE);
  CHECK(p.n == 100 && p.cap == 128);
  CHECK(recalled(&p, &one, 4950).fired.newest == NOW - MINUTE);
  past_fini(&p);
}

static void a_rule_that_is_gone_has_no_past(void) {
  struct past p = {0};
  past_turn(&p, NOW);
  keep(&p, NULL, 1, NOW, WALL_NEVER, WALL_NEVER);
  CHECK(p.n == 0);
  past_fini(&p);
}

int main(void) {
  hash_init();
  it_remembers_by_series_and_rule();
  the_newer_counts();
  what_is_too_old_is_let_go();
  nothing_lies_ahead_when_the_clock_is_set_back();
  it_grows_and_shrinks();
  a_rule_that_is_gone_has_no_past();
  return check_done("t_past");
}
