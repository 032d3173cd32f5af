/* SPDX-License-Identifier: MIT */
/* Series come, are decided on, change, are forgotten and sampled while memory
 * is short. A value may be missed; then the next one must be as good. */
#include "base/hash.h"
#include "engine/series.h"
#include "oom.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define START 1760000000000

static void nobody_sleeps(void *arg) { (void)arg; }

static struct metric metrics[2] = {
    {.kind = METRIC_ABOVE, .limit = 8, .clear = 8},
    {.kind = METRIC_ABSENT, .absent = 60000}};
static struct rule rule = {.metrics = metrics, .metrics_n = 2};
static struct rule *rules[] = {&rule};
static struct sieve_hit looks[] = {{&rule, &metrics[0]}, {&rule, &metrics[1]}};

static void put(struct series *t, struct fake_clock *clock, int host,
                size_t sources_n) {
  static char field[FIELDS][128];
  const struct source source = {
      .name = "value", .type = SOURCE_GAUGE, .min = NAN, .max = NAN};
  const struct source sources[2] = {source, source};
  clock->at += 10000;
  struct reading r = {.field_max = 128,
                      .sent = clock->at,
                      .sent_ns = clock->at * 1000000,
                      .interval = 10000,
                      .sources = sources,
                      .sources_n = sources_n};
  snprintf(field[0], sizeof field[0], "host%d", host);
  for (int i = 0; i < FIELDS; i++)
    r.field[i] = field[i];
  series_take(t, &r);
}

/* The first error of answering, samples included. */
static enum err answer(struct series *t, struct intake *q) {
  static uint64_t memory[SIGNAL_BYTES_MAX / 8];
  struct sieve_hits hits = {.hits = looks, .n = 2, .is_matched = true};
  enum err err = OK, first = OK;
  for (const struct signal *s, *reading; (s = intake_next(q)) != NULL;) {
    struct trend trend = {0};
    if (s->kind == SIGNAL_FIRST)
      err = series_decide(t, s, &hits, memory, &reading);
    if (first == OK)
      first = err;
    series_samples(t, s->hash, "", &trend);
    trend_fini(&trend);
  }
  return first;
}

static enum err live_run(void) {
  struct fake_clock clock;
  struct intake *q = NULL;
  struct watch *watch = NULL;
  struct series *t = NULL;
  const struct settings settings = {
      .rules = rules, .rules_n = 1, .evidence = 6, .series_limit = 20};
  hash_init();
  fake_clock_init(&clock, START);
  enum err err = intake_new(1 << 21, nobody_sleeps, NULL, &q);
  if (err == OK)
    err = watch_new(&watch);
  if (err == OK)
    err = series_new(q, watch, &clock.clock, &t);
  if (err == OK)
    err = series_begin(t, &settings, 1);
  for (int i = 0; err == OK && i < 120; i++) {
    put(t, &clock, i % 24, 1 + i / 100);
    if (i % 7 == 0)
      err = answer(t, q);
    if (i == 60)
      err = series_begin(t, &settings, 2);
  }
  series_free(t);
  watch_free(watch);
  intake_free(q);
  return err;
}

const struct oom_case engine_cases[] = {{"a life of series", live_run},
                                        {NULL, NULL}};
