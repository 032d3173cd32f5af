/* SPDX-License-Identifier: MIT */
/* The series' memory without an engine: the test answers what it asks. */
#include "engine/series.h"

#include "base/hash.h"
#include "check.h"

#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#define START 1795255200000

static struct fake_clock now;
static struct settings settings;
static struct rule rules[3];
static struct rule *rule_list[3] = {&rules[0], &rules[1], &rules[2]};
static struct metric metrics[3];
static struct sieve_hits hits;
static struct sieve_hit hit_room[8];
static struct intake *q;
static struct watch *watch;
static struct series *t;
static uint64_t answer[SIGNAL_BYTES_MAX / 8];

static void nobody_sleeps(void *arg) { (void)arg; }

static void begin(size_t limit, unsigned evidence, size_t intake_max) {
  fake_clock_init(&now, START);
  memset(metrics, 0, sizeof metrics);
  memset(rules, 0, sizeof rules);
  for (size_t i = 0; i < 3; i++) {
    metrics[i] = (struct metric){.kind = METRIC_ABOVE, .limit = 8, .clear = 8};
    rules[i].metrics = &metrics[i];
    rules[i].metrics_n = 1;
    rules[i].order = i;
  }
  settings = (struct settings){.rules = rule_list,
                               .rules_n = 3,
                               .evidence = evidence,
                               .series_limit = limit};
  hits = (struct sieve_hits){.hits = hit_room};
  CHECK(intake_new(intake_max, nobody_sleeps, NULL, &q) == OK);
  CHECK(watch_new(&watch) == OK);
  CHECK(series_new(q, watch, &now.clock, &t) == OK);
  CHECK(series_begin(t, &settings, 1) == OK);
}

static void end(void) {
  series_free(t);
  watch_free(watch);
  intake_free(q);
  for (size_t i = 0; i < 3; i++)
    selector_fini(&metrics[i].data_source);
}

static void look(size_t rule, size_t metric) {
  hits.hits[hits.n++] = (struct sieve_hit){&rules[rule], &metrics[metric]};
}

/* ---- values ---- */

struct fields {
  char text[FIELDS][128];
  const char *at[FIELDS];
};

static void name(struct fields *f, const char *host) {
  static const char *const rest[] = {"", "load", "", "load", ""};
  memset(f, 0, sizeof *f);
  for (int i = 0; i < FIELDS; i++) {
    snprintf(f->text[i], sizeof f->text[i], "%s", i == 0 ? host : rest[i]);
    f->at[i] = f->text[i];
  }
}

static void put_sources(const char *host, const struct source *sources,
                        size_t n, wall_ms sent) {
  struct fields f;
  name(&f, host);
  struct reading r = {.field_max = 128,
                      .sent = sent,
                      .sent_ns = sent * 1000000,
                      .interval = 10000,
                      .sources = sources,
                      .sources_n = n};
  memcpy(r.field, f.at, sizeof f.at);
  series_take(t, &r);
}

static struct source gauge(const char *name, double value) {
  return (struct source){.name = name,
                         .type = SOURCE_GAUGE,
                         .min = NAN,
                         .max = NAN,
                         .raw.gauge = value};
}

/* The next of that host, 10 s later. */
static void put(const char *host, double value) {
  struct source s = gauge("value", value);
  now.at += 10000;
  put_sources(host, &s, 1, now.at);
}

static void put_derive(const char *host, int64_t value) {
  struct source s = {.name = "value",
                     .type = SOURCE_DERIVE,
                     .min = 0,
                     .max = NAN,
                     .raw.derive = value};
  now.at += 10000;
  put_sources(host, &s, 1, now.at);
}

static uint64_t hash_of(const char *host) {
  struct fields f;
  name(&f, host);
  return signal_hash_of(f.at, 128);
}

/* ---- what comes of them ---- */

static char said[256];

/* What each ruling says: its rule's number and good, bad or open. */
static const char *text_of(const struct signal *s) {
  size_t n = 0;
  said[0] = '\0';
  if (s == NULL)
    return "nothing";
  if (s->kind == SIGNAL_FIRST)
    return "first";
  if (s->kind == SIGNAL_FINITE)
    return "finite";
  for (uint16_t i = 0; i < s->rulings_n && n < sizeof said - 32; i++) {
    const struct ruling *r = &signal_rulings(s)[i];
    static const char *const judgements[] = {"open", "good", "bad"};
    n += (size_t)snprintf(said + n, sizeof said - n, "%s%u %s",
                          n > 0 ? " " : "", r->rule, judgements[r->judgement]);
  }
  return said;
}

static const char *next(void) { return text_of(intake_next(q)); }

/* The engine's part, when a first value has come. */
static const char *decide(void) {
  const struct signal *first = intake_next(q), *reading = NULL;
  if (first == NULL || first->kind != SIGNAL_FIRST)
    return "no question";
  CHECK(series_decide(t, first, &hits, answer, &reading) == OK);
  return text_of(reading);
}

static const char *put_next(const char *host, double value) {
  put(host, value);
  return next();
}

/* ---- tests ---- */

static void the_hash_is_that_of_the_packed_series(void) {
  static uint64_t memory[SIGNAL_BYTES_MAX / 8];
  static const char *const hosts[] = {
      "web1",        "",       "12345678", "1234567", "123456789abcdef0",
      "h\xc3\xb6st", "bad\xff"};
  struct fields f;
  for (size_t i = 0; i < sizeof hosts / sizeof hosts[0] + 1; i++) {
    struct packer p;
    if (i < sizeof hosts / sizeof hosts[0])
      name(&f, hosts[i]);
    else
      memset(f.text[0], 'x', sizeof f.text[0]); /* no NUL */
    signal_begin(&p, memory);
    for (int k = 0; k < FIELDS; k++)
      signal_add(&p, f.at[k], 128);
    signal_end(&p, false);
    CHECK(signal_hash_of(f.at, 128) == p.signal->hash);
  }
}

static void the_first_value_asks_and_the_answer_judges_it(void) {
  begin(1000, 0, INTAKE_BYTES_MAX);
  look(1, 1);
  put("web1", 9);
  CHECK_TEXT(decide(), "1 bad");
  CHECK_TEXT(next(), "nothing");
  CHECK(((struct signal *)(void *)answer)->generation == 1);
  CHECK(((struct signal *)(void *)answer)->hash == hash_of("web1"));
  const struct ruling *r = signal_rulings((struct signal *)(void *)answer);
  CHECK(r->value == 9 && r->limit == 8 && r->kind == METRIC_ABOVE);
  end();
}

static void good_is_told_once_and_all_else_with_every_value(void) {
  begin(1000, 0, INTAKE_BYTES_MAX);
  metrics[0].clear = 5;
  look(0, 0);
  put("web1", 3);
  CHECK_TEXT(decide(), "0 good");
  CHECK_TEXT(put_next("web1", 3), "nothing");
  CHECK_TEXT(put_next("web1", 7), "nothing");
  CHECK_TEXT(put_next("web1", 9), "0 bad");
  CHECK_TEXT(put_next("web1", 9), "0 bad");
  CHECK_TEXT(put_next("web1", 7), "0 bad");
  CHECK_TEXT(put_next("web1", 4), "0 good");
  CHECK_TEXT(put_next("web1", 4), "nothing");
  CHECK_TEXT(put_next("web1", NAN), "nothing");
  end();
}

static void open_is_told_until_it_is_known(void) {
  begin(1000, 0, INTAKE_BYTES_MAX);
  metrics[0].clear = 5;
  look(0, 0);
  put("web1", 7);
  CHECK_TEXT(decide(), "0 open");
  CHECK_TEXT(put_next("web1", NAN), "0 open");
  CHECK_TEXT(put_next("web1", INFINITY), "0 open");
  CHECK_TEXT(put_next("web1", 3), "0 good");
  end();
}

static void what_nobody_looks_at_is_asked_for_once(void) {
  begin(1000, 0, INTAKE_BYTES_MAX);
  struct series_counts counts;
  put("web1", 9);
  CHECK_TEXT(decide(), "nothing");
  CHECK_TEXT(put_next("web1", 99), "nothing");
  series_counts(t, &counts);
  CHECK(counts.series == 1 && counts.looked_at == 0 && counts.evicted == 0);
  CHECK(!series_seen(t, hash_of("web1"), &(wall_ms){0}));
  end();
}

static void while_the_answer_is_awaited_the_latest_value_waits(void) {
  begin(1000, 0, INTAKE_BYTES_MAX);
  look(0, 0);
  put("web1", 3);
  put("web1", 9);
  CHECK_TEXT(decide(), "0 bad");
  CHECK_TEXT(next(), "nothing");
  end();
}

static void it_asks_again_when_no_answer_comes(void) {
  begin(1000, 0, INTAKE_BYTES_MAX);
  look(0, 0);
  put("web1", 3);
  CHECK_TEXT(next(), "first");
  put("web1", 3);
  CHECK_TEXT(decide(), "0 good");
  end();
}

static void rules_say_each_their_own_and_blocks_together(void) {
  begin(1000, 0, INTAKE_BYTES_MAX);
  metrics[1] = (struct metric){.kind = METRIC_BELOW, .limit = 2, .clear = 2};
  metrics[2] = (struct metric){.kind = METRIC_ABOVE, .limit = 90, .clear = 80};
  look(0, 0);
  look(0, 1);
  look(2, 2);
  put("web1", 5);
  CHECK_TEXT(decide(), "0 good 2 good");
  CHECK_TEXT(put_next("web1", 9), "0 bad 2 good");
  CHECK_TEXT(put_next("web1", 99), "0 bad 2 bad");
  CHECK_TEXT(put_next("web1", 85), "0 bad 2 bad");
  CHECK_TEXT(put_next("web1", 1), "0 bad 2 good");
  CHECK_TEXT(put_next("web1", 2), "0 good 2 good");
  end();
}

static void put_load(double a, double b, double c) {
  const struct source s[] = {gauge("shortterm", a), gauge("midterm", b),
                             gauge("longterm", c)};
  now.at += 10000;
  put_sources("web1", s, 3, now.at);
}

static void one_bad_data_source_is_enough_and_is_named(void) {
  begin(1000, 0, INTAKE_BYTES_MAX);
  look(0, 0);
  put_load(1, 1, 1);
  CHECK_TEXT(decide(), "0 good");
  put_load(1, 9, 10);
  const struct signal *s = intake_next(q);
  CHECK_TEXT(text_of(s), "0 bad");
  CHECK_TEXT(signal_ruling_source(s, signal_rulings(s)), "midterm");
  CHECK(signal_rulings(s)->value == 9);
  put_load(1, 7, NAN);
  CHECK_TEXT(next(), "0 bad");
  put_load(1, 7, 8);
  CHECK_TEXT(next(), "0 good");
  end();
}

static void a_selector_takes_some_data_sources_or_none(void) {
  const char *why;
  begin(1000, 0, INTAKE_BYTES_MAX);
  CHECK(selector_add(&metrics[0].data_source, "/^(mid|long)term$/", &why) ==
        OK);
  CHECK(selector_add(&metrics[1].data_source, "value", &why) == OK);
  look(0, 0);
  look(1, 1);
  put_load(99, 1, 1);
  CHECK_TEXT(decide(), "0 good");
  put_load(99, 1, 9);
  CHECK_TEXT(next(), "0 bad");
  end();
}

static void what_counts_is_judged_by_its_rate(void) {
  begin(1000, 0, INTAKE_BYTES_MAX);
  look(0, 0);
  put_derive("web1", 1000000);
  CHECK_TEXT(decide(), "0 open");
  put_derive("web1", 1000010);
  CHECK_TEXT(next(), "0 good");
  put_derive("web1", 1000100);
  CHECK_TEXT(next(), "0 bad");
  put_derive("web1", 5); /* begun anew: nothing is known of it */
  CHECK_TEXT(next(), "0 bad");
  put_derive("web1", 6);
  CHECK_TEXT(next(), "0 good");
  end();
}

static void a_rate_is_known_although_the_answer_came_late(void) {
  begin(1000, 0, INTAKE_BYTES_MAX);
  look(0, 0);
  put_derive("web1", 1000000);
  put_derive("web1", 2000000);
  CHECK_TEXT(decide(), "0 bad");
  end();
}

static void values_that_are_not_newer_are_ignored(void) {
  begin(1000, 0, INTAKE_BYTES_MAX);
  struct source high = gauge("value", 9);
  wall_ms seen = 0;
  look(0, 0);
  put("web1", 3);
  decide();
  wall_ms last = now.at;
  now.at += 5000;
  put_sources("web1", &high, 1, last);
  put_sources("web1", &high, 1, last - 1000);
  CHECK_TEXT(next(), "nothing");
  CHECK(series_seen(t, hash_of("web1"), &seen) && seen == last);
  put_sources("web1", &high, 1, last + 1);
  CHECK_TEXT(next(), "0 bad");
  end();
}

static void a_clock_that_was_set_back_is_believed_after_a_while(void) {
  begin(1000, 0, INTAKE_BYTES_MAX);
  struct source high = gauge("value", 9);
  look(0, 0);
  put("web1", 3);
  decide();
  wall_ms sent = now.at - 3600000;
  now.at += 101000; /* more than ten intervals without a newer one */
  put_sources("web1", &high, 1, sent);
  CHECK_TEXT(next(), "nothing");
  put_sources("web1", &high, 1, sent + 10000);
  CHECK_TEXT(next(), "0 bad");
  end();
}

static void other_data_sources_make_it_new(void) {
  begin(1000, 0, INTAKE_BYTES_MAX);
  look(0, 0);
  put("web1", 9);
  CHECK_TEXT(decide(), "0 bad");
  put_load(1, 1, 1);
  CHECK_TEXT(decide(), "0 good");
  put_derive("web1", 7);
  CHECK_TEXT(decide(), "0 open");
  end();
}

static void in_doubt_the_next_value_is_told(void) {
  begin(1000, 0, INTAKE_BYTES_MAX);
  look(0, 0);
  put("web1", 3);
  decide();
  CHECK_TEXT(put_next("web1", 3), "nothing");
  series_doubt(t, hash_of("web1"));
  series_doubt(t, hash_of("nobody"));
  CHECK_TEXT(put_next("web1", 3), "0 good");
  CHECK_TEXT(put_next("web1", 3), "nothing");
  end();
}

static void after_an_absence_only_a_finite_value_is_good(void) {
  begin(1000, 0, INTAKE_BYTES_MAX);
  metrics[0] = (struct metric){.kind = METRIC_ABSENT, .absent = 60000};
  wall_ms seen = 0, last;
  look(0, 0);
  put("web1", 3);
  CHECK_TEXT(decide(), "0 good");
  last = now.at;
  CHECK_TEXT(put_next("web1", NAN), "nothing");
  CHECK(series_seen(t, hash_of("web1"), &seen) && seen == last);
  series_doubt(t, hash_of("web1"));
  CHECK_TEXT(put_next("web1", NAN), "0 open");
  CHECK_TEXT(put_next("web1", NAN), "0 open");
  CHECK_TEXT(put_next("web1", 5), "0 good");
  CHECK_TEXT(put_next("web1", 5), "nothing");
  CHECK(series_seen(t, hash_of("web1"), &seen) && seen == now.at);
  end();
}

static void another_configuration_decides_anew_and_keeps_samples(void) {
  begin(1000, 4, INTAKE_BYTES_MAX);
  struct trend trend = {0};
  look(0, 0);
  put("web1", 3);
  decide();
  put("web2", 3);
  decide();
  CHECK(series_begin(t, &settings, 2) == OK);
  hits.n = 0;
  look(1, 1);
  put("web1", 9);
  CHECK_TEXT(decide(), "1 bad");
  CHECK(((struct signal *)(void *)answer)->generation == 2);
  CHECK(series_samples(t, hash_of("web1"), "", &trend));
  CHECK(trend.n == 2 && trend.points[0].value == 3 &&
        trend.points[1].value == 9);
  trend_fini(&trend);
  end();
}

static void it_sleeps_without_a_rule_for_values(void) {
  begin(1000, 0, INTAKE_BYTES_MAX);
  look(0, 0);
  put("web1", 9);
  decide();
  for (size_t i = 0; i < 3; i++)
    rules[i].metrics_n = 0;
  CHECK(series_begin(t, &settings, 2) == OK);
  CHECK(!series_is_awake(t));
  CHECK_TEXT(put_next("web1", 9), "nothing");
  settings.evidence = 5;
  CHECK(series_begin(t, &settings, 3) == OK);
  CHECK(series_is_awake(t));
  CHECK_TEXT(put_next("web1", 9), "first");
  end();
}

/* Failures of other series until nothing more is taken of any. */
static void fill_intake(void) {
  static uint64_t memory[SIGNAL_BYTES_MAX / 8];
  for (int i = 0; i < 40000; i++) {
    struct packer p;
    char host[32];
    snprintf(host, sizeof host, "failing%d", i);
    signal_begin(&p, memory);
    p.signal->level = LEVEL_FAILURE;
    signal_add(&p, host, sizeof host);
    signal_end(&p, false);
    intake_offer(q, p.signal);
  }
}

static void what_the_intake_refuses_is_told_later(void) {
  begin(1000, 0, 2u << 20);
  look(0, 0);
  put("web1", 3);
  CHECK_TEXT(decide(), "0 good");
  CHECK_TEXT(next(), "nothing");
  fill_intake();
  put("web1", 9);
  put("web1", 3);
  put("web2", 9);
  for (const struct signal *s; (s = intake_next(q)) != NULL;)
    CHECK(s->kind == SIGNAL_NOTIFICATION);
  CHECK_TEXT(put_next("web1", 3), "0 good");
  CHECK_TEXT(put_next("web1", 3), "nothing");
  put("web2", 9);
  CHECK_TEXT(decide(), "0 bad");
  end();
}

static void beyond_the_limit_the_one_not_seen_for_longest_goes(void) {
  struct series_counts counts;
  begin(3, 0, INTAKE_BYTES_MAX);
  look(0, 0);
  put("a", 3);
  decide();
  put("b", 3);
  decide();
  put("c", 3);
  decide();
  put("a", 3);
  put("d", 3);
  CHECK_TEXT(decide(), "0 good");
  CHECK_TEXT(put_next("a", 3), "nothing");
  CHECK_TEXT(put_next("c", 3), "nothing");
  CHECK_TEXT(put_next("d", 3), "nothing");
  series_counts(t, &counts);
  CHECK(counts.series == 3 && counts.looked_at == 3 && counts.evicted == 1);
  CHECK_TEXT(put_next("b", 3), "first");
  series_counts(t, &counts);
  CHECK(counts.series == 3 && counts.looked_at == 2 && counts.evicted == 2);
  end();
}

static void many_series_stay_within_the_limit(void) {
  struct series_counts counts;
  static const size_t limits[] = {500, 5000};
  for (size_t k = 0; k < 2; k++) {
    begin(limits[k], 0, INTAKE_BYTES_MAX);
    for (int i = 0; i < 20000; i++) {
      char host[32];
      snprintf(host, sizeof host, "host%d", i);
      put(host, 1);
      if (i % 100 == 0)
        while (intake_next(q) != NULL)
          ;
    }
    series_counts(t, &counts);
    CHECK(counts.series <= limits[k] + 64 && counts.series > limits[k] / 2);
    CHECK(counts.series + counts.evicted == 20000);
    /* The latest are among them. */
    while (intake_next(q) != NULL)
      ;
    hits.n = 0;
    CHECK_TEXT(put_next("host19999", 1), "first");
    end();
  }
}

static void what_is_dropped_comes_back_as_new(void) {
  begin(1000, 0, INTAKE_BYTES_MAX);
  look(0, 0);
  put("web1", 3);
  decide();
  series_drop(t, hash_of("web1"));
  series_drop(t, hash_of("web1"));
  CHECK_TEXT(put_next("web1", 3), "first");
  end();
}

static void samples_are_kept_up_to_their_number(void) {
  begin(1000, 5, INTAKE_BYTES_MAX);
  struct trend trend = {0};
  look(0, 0);
  put_load(1, 10, 100);
  decide();
  for (int i = 2; i <= 7; i++)
    put_load(i, 10 * i, 100 * i);
  CHECK(series_samples(t, hash_of("web1"), "longterm", &trend));
  CHECK(trend.n == 5);
  for (size_t i = 0; i < trend.n; i++)
    CHECK(trend.points[i].value == 300 + 100 * (double)i);
  CHECK(trend.points[4].at == now.at);
  put_load(8, 80, 800);
  CHECK(series_samples(t, hash_of("web1"), "longterm", &trend));
  CHECK(trend.n == 6 && trend.points[5].value == 800);
  CHECK(!series_samples(t, hash_of("web1"), "value", &trend));
  CHECK(!series_samples(t, hash_of("web2"), "", &trend));
  trend_fini(&trend);
  end();
}

static void a_clock_that_was_set_back_begins_anew(void) {
  begin(1000, 5, INTAKE_BYTES_MAX);
  struct trend trend = {0};
  hits.is_matched = true;
  put("web1", 1);
  decide();
  put("web1", 2);
  wall_ms sent = now.at;
  now.at -= 3600 * 1000;
  for (int i = 3; i <= 4; i++) {
    struct source s = gauge("value", i);
    now.at += 10000;
    put_sources("web1", &s, 1, sent += 10000);
  }
  CHECK(series_samples(t, hash_of("web1"), "", &trend) && trend.n == 2);
  CHECK(trend.n == 2 && trend.points[0].value == 3 &&
        trend.points[1].value == 4 && trend.points[1].at == now.at);
  trend_fini(&trend);
  end();
}

static void a_series_behind_a_match_keeps_samples_only(void) {
  begin(1000, 5, INTAKE_BYTES_MAX);
  struct trend trend = {0};
  struct series_counts counts;
  hits.is_matched = true;
  put("web1", 3);
  CHECK_TEXT(decide(), "nothing");
  CHECK_TEXT(put_next("web1", 9), "nothing");
  CHECK(series_samples(t, hash_of("web1"), "", &trend) && trend.n == 2);
  series_counts(t, &counts);
  CHECK(counts.looked_at == 0);
  trend_fini(&trend);
  end();
}

static void a_watched_series_hands_in_its_finite_value_once(void) {
  begin(1000, 0, INTAKE_BYTES_MAX);
  put("web1", 1);
  decide();
  CHECK(watch_add(watch, hash_of("web1")) == OK);
  CHECK_TEXT(put_next("web2", 1), "first");
  CHECK_TEXT(put_next("web1", NAN), "nothing");
  CHECK_TEXT(put_next("web1", 1), "finite");
  CHECK_TEXT(put_next("web1", 1), "nothing");
  watch_remove(watch, hash_of("web1"));
  CHECK_TEXT(put_next("web1", 1), "nothing");
  end();
}

static void a_watched_counter_is_finite_when_it_has_a_rate(void) {
  begin(1000, 0, INTAKE_BYTES_MAX);
  for (size_t i = 0; i < 3; i++)
    rules[i].metrics_n = 0;
  CHECK(series_begin(t, &settings, 2) == OK);
  CHECK(watch_add(watch, hash_of("web1")) == OK);
  CHECK(series_is_awake(t));
  put_derive("web1", 100);
  CHECK_TEXT(next(), "nothing");
  put_derive("web1", 50);
  CHECK_TEXT(next(), "nothing");
  put_derive("web1", 60);
  CHECK_TEXT(next(), "finite");
  end();
}

/* ---- several threads ---- */

#define WRITERS 4
#define HOSTS 64
#define VALUES 20000

static atomic_bool is_over;
static atomic_uint readings;

static void *write_values(void *arg) {
  unsigned self = (unsigned)(uintptr_t)arg;
  struct fields f;
  for (unsigned i = 0; i < VALUES; i++) {
    char host[32];
    unsigned often = i % 16 == 0 ? HOSTS : HOSTS / 2;
    snprintf(host, sizeof host, "host%u", (i * 7 + self) % often);
    name(&f, host);
    struct source s = gauge("value", i % 3 == 0 ? 9 : 1);
    struct reading r = {.field_max = 128,
                        .sent = START + i,
                        .sent_ns = (START + (int64_t)i) * 1000000 + self,
                        .interval = 10000,
                        .sources = &s,
                        .sources_n = 1};
    memcpy(r.field, f.at, sizeof f.at);
    series_take(t, &r);
  }
  return NULL;
}

/* Answers; begins anew, drops and doubts now and then. */
static void *answer_all(void *arg) {
  static uint64_t room[SIGNAL_BYTES_MAX / 8];
  uint32_t generation = 1;
  (void)arg;
  for (unsigned turns = 0; !atomic_load(&is_over) || intake_has_more(q);
       turns++) {
    const struct signal *s, *reading;
    struct series_counts counts;
    while ((s = intake_next(q)) != NULL) {
      if (s->kind == SIGNAL_FIRST)
        CHECK(series_decide(t, s, &hits, room, &reading) == OK);
      else
        atomic_fetch_add(&readings, s->rulings_n == 2);
    }
    series_counts(t, &counts);
    series_doubt(t, hash_of("host3"));
    if (turns % 16 == 5)
      series_drop(t, hash_of("host5"));
    if (turns % 64 == 9)
      CHECK(series_begin(t, &settings, ++generation) == OK);
    CHECK(counts.series <= HOSTS);
  }
  return NULL;
}

static void writers_and_the_engine_go_together(void) {
  pthread_t writers[WRITERS], engine;
  begin(48, 10, INTAKE_BYTES_MAX);
  metrics[1].clear = 2;
  look(0, 0);
  look(1, 1);
  atomic_store(&is_over, false);
  pthread_create(&engine, NULL, answer_all, NULL);
  for (uintptr_t i = 0; i < WRITERS; i++)
    pthread_create(&writers[i], NULL, write_values, (void *)i);
  for (unsigned i = 0; i < WRITERS; i++)
    pthread_join(writers[i], NULL);
  /* They may have been done before the engine had its first turn. */
  int64_t give_up = clock_mono_ns() + 10 * INT64_C(1000000000);
  now.at += 3600000;
  while (atomic_load(&readings) == 0 && clock_mono_ns() < give_up)
    put("host1", 9);
  atomic_store(&is_over, true);
  pthread_join(engine, NULL);
  CHECK(atomic_load(&readings) > 0);
  end();
}

int main(void) {
  hash_init();
  the_hash_is_that_of_the_packed_series();
  the_first_value_asks_and_the_answer_judges_it();
  good_is_told_once_and_all_else_with_every_value();
  open_is_told_until_it_is_known();
  what_nobody_looks_at_is_asked_for_once();
  while_the_answer_is_awaited_the_latest_value_waits();
  it_asks_again_when_no_answer_comes();
  rules_say_each_their_own_and_blocks_together();
  one_bad_data_source_is_enough_and_is_named();
  a_selector_takes_some_data_sources_or_none();
  what_counts_is_judged_by_its_rate();
  a_rate_is_known_although_the_answer_came_late();
  values_that_are_not_newer_are_ignored();
  a_clock_that_was_set_back_is_believed_after_a_while();
  other_data_sources_make_it_new();
  in_doubt_the_next_value_is_told();
  after_an_absence_only_a_finite_value_is_good();
  another_configuration_decides_anew_and_keeps_samples();
  it_sleeps_without_a_rule_for_values();
  what_the_intake_refuses_is_told_later();
  beyond_the_limit_the_one_not_seen_for_longest_goes();
  many_series_stay_within_the_limit();
  what_is_dropped_comes_back_as_new();
  samples_are_kept_up_to_their_number();
  a_clock_that_was_set_back_begins_anew();
  a_series_behind_a_match_keeps_samples_only();
  a_watched_series_hands_in_its_finite_value_once();
  a_watched_counter_is_finite_when_it_has_a_rate();
  writers_and_the_engine_go_together();
  return check_done("t_series");
}
