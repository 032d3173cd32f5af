/* SPDX-License-Identifier: MIT */
/* The samples behind very many incidents: how much is kept, in which parts it
 * is looked after. What people see of it is played (tests/play/o*.play). */
#include "engine/evidence.h"

#include "base/hash.h"

#include "check.h"

#include <stdlib.h>
#include <string.h>

#define START INT64_C(1795255200000)
#define FULL ((size_t)EVIDENCE_MAX / EVIDENCE_ALERTS_MAX)

static struct rule rule = {.metrics_n = 1}; /* so that values are looked at */
static struct rule *rules[] = {&rule};
static struct settings settings;
static struct fake_clock now;
static struct intake *q;
static struct watch *watch;
static struct series *series;
static struct book book;
static struct evidence evidence;

static void nobody_sleeps(void *arg) { (void)arg; }

static void begin(unsigned samples) {
  hash_init();
  fake_clock_init(&now, START);
  settings = (struct settings){.rules = rules,
                               .rules_n = 1,
                               .evidence = samples,
                               .series_limit = 1000000};
  CHECK(intake_new(INTAKE_BYTES_MAX, nobody_sleeps, NULL, &q) == OK);
  CHECK(watch_new(&watch) == OK);
  CHECK(series_new(q, watch, &now.clock, &series) == OK);
  CHECK(series_begin(series, &settings, 1) == OK);
  book_init(&book, &settings);
  book.ids = (struct ledger_ids){1, 1, 1, 1, 1, 1};
  CHECK(evidence_init(&evidence, &book, series) == OK);
}

static void end(void) {
  book_fini(&book);
  series_free(series);
  watch_free(watch);
  intake_free(q);
}

/* ---- series ---- */

static const char *const rest[] = {"", "load", "", "load", ""};

static void put(size_t host, double value) {
  static uint64_t memory[SIGNAL_BYTES_MAX / 8];
  const struct sieve_hits hits = {.is_matched = true};
  char text[FIELDS][128] = {{0}};
  const struct source s = {
      .name = "value", .type = SOURCE_GAUGE, .raw.gauge = value};
  struct reading r = {.field_max = 128,
                      .sent = now.at,
                      .sent_ns = now.at * 1000000,
                      .interval = 10000,
                      .sources = &s,
                      .sources_n = 1};
  for (int i = 0; i < FIELDS; i++) {
    snprintf(text[i], sizeof text[i], "%s", rest[i]);
    r.field[i] = text[i];
  }
  snprintf(text[0], sizeof text[0], "h%zu", host);
  series_take(series, &r);
  for (const struct signal *asks, *told; (asks = intake_next(q)) != NULL;)
    CHECK(series_decide(series, asks, &hits, memory, &told) == OK);
}

static struct signal *signal_of(size_t host) {
  uint64_t memory[SIGNAL_BYTES_MAX / 8];
  struct packer p;
  char text[32];
  snprintf(text, sizeof text, "h%zu", host);
  signal_begin(&p, memory);
  p.signal->level = LEVEL_FAILURE;
  p.signal->received = p.signal->sent = now.at;
  for (int i = 0; i < FIELDS; i++) {
    const char *field = i == 0 ? text : rest[i];
    signal_add(&p, field, strlen(field));
  }
  signal_end(&p, false);
  return signal_copy(p.signal);
}

/* ---- incidents ---- */

static struct casefile *declare(void) {
  struct casefile *c = NULL;
  struct incident i;
  incident_init(&i);
  i.id = book.ids.incident++;
  i.declared_at = now.at;
  CHECK(book_add_casefile(&book, &i, NULL, &c) == OK);
  return c;
}

static struct alert *join(struct casefile *c, size_t host) {
  struct alert *a = book_add_alert(&book, signal_of(host));
  CHECK(a != NULL);
  alert_begin(a, &rule, LEVEL_FAILURE, now.at);
  book_attach_alert(c, a);
  c->incident.alerts_total++;
  evidence_joined(&evidence, a, now.at);
  return a;
}

static size_t count(const struct casefile *only) {
  size_t n = 0;
  for (const struct casefile *c = book.casefiles; c != NULL; c = c->next)
    for (const struct exhibit *x = c->exhibits; x != NULL; x = x->next)
      n += only == NULL || only == c;
  return n;
}

/* Until nothing more is due at that time; in how many parts. */
static size_t turn(void) {
  size_t parts = 0;
  while (evidence.timer.due <= now.at && parts < 1000) {
    evidence_due(&evidence, now.at);
    parts++;
  }
  return parts;
}

static const struct trend *trend_of(const struct alert *a) {
  const struct trend *t = evidence_trend(&book, a);
  static const struct trend none;
  return t != NULL ? t : &none;
}

/* ---- tests ---- */

static void each_incident_has_so_many(void) {
  begin(5);
  struct casefile *c = declare();
  for (size_t i = 0; i < EVIDENCE_ALERTS_MAX + 10; i++) {
    put(i, 1);
    join(c, i);
  }
  CHECK(count(NULL) == EVIDENCE_ALERTS_MAX);
  for (int i = 0; i < 5; i++) {
    now.at += EVIDENCE_PAUSE_MS;
    turn();
  }
  CHECK(count(NULL) == EVIDENCE_ALERTS_MAX && evidence.n == count(NULL));
  end();
}

static void all_of_them_have_so_many(void) {
  begin(100);
  size_t host = 0;
  for (size_t k = 0; k < FULL + 5; k++) {
    struct casefile *c = declare();
    for (size_t i = 0; i < EVIDENCE_ALERTS_MAX; i++) {
      put(++host, 1);
      join(c, host);
    }
  }
  CHECK(count(NULL) == EVIDENCE_MAX);
  /* Rounds are in parts, further apart, and take nothing more in. */
  CHECK(evidence.timer.due == START + EVIDENCE_PAUSE_MS);
  for (int i = 0; i < 2; i++) {
    size_t parts = 0;
    now.at = evidence.timer.due;
    do {
      size_t dirty = book.dirty_exhibits.n;
      for (size_t k = 1; k <= host && parts == 0; k++)
        put(k, 2 + i);
      evidence_due(&evidence, now.at);
      CHECK(book.dirty_exhibits.n - dirty <= 250);
      now.at = evidence.timer.due;
      parts++;
    } while (now.at - START < (i + 1) * EVIDENCE_PAUSE_MS * 4 &&
             evidence.seen_n > 0);
    CHECK(parts > 10);
    CHECK(count(NULL) == EVIDENCE_MAX && evidence.n == EVIDENCE_MAX);
  }
  CHECK(evidence.timer.due >= START + EVIDENCE_PAUSE_MS * 7);
  for (const struct casefile *c = book.casefiles; c != NULL; c = c->next)
    for (const struct exhibit *x = c->exhibits; x != NULL; x = x->next)
      CHECK(x->trend.n == 3);
  end();
}

static void it_rests_without_an_open_incident(void) {
  begin(5);
  CHECK(evidence.timer.due == WALL_NEVER);
  struct casefile *c = declare();
  put(1, 1);
  struct alert *a = join(c, 1);
  CHECK(evidence.timer.due == START + 25000); /* half of five samples' time */
  now.at += 10000;
  put(1, 2);
  c->incident.status = STATUS_RESOLVED;
  evidence_resolved(&evidence, c, now.at);
  CHECK(trend_of(a)->n == 2);
  now.at += 60000;
  put(1, 3);
  CHECK(turn() == 1 && evidence.timer.due == WALL_NEVER);
  CHECK(trend_of(a)->n == 2);
  end();
}

static void a_clock_that_is_set_back_stops_nothing(void) {
  begin(60);
  struct casefile *c = declare();
  put(1, 1);
  struct alert *a = join(c, 1);
  now.at += 10000;
  put(1, 2);
  now.at = START - 3600 * 1000;
  evidence_clamp(&evidence, now.at);
  CHECK(evidence.timer.due == now.at + EVIDENCE_PAUSE_MS);
  now.at += EVIDENCE_PAUSE_MS;
  turn();
  CHECK(trend_of(a)->n == 0);
  end();
}

static void off_it_does_nothing(void) {
  begin(0);
  struct casefile *c = declare();
  struct alert *a = join(c, 1);
  CHECK(count(NULL) == 0 && evidence.timer.due == WALL_NEVER);
  CHECK(evidence_trend(&book, a) == NULL);
  end();
  begin(5);
  c = declare();
  put(1, 1);
  a = join(c, 1);
  CHECK(evidence_trend(&book, a) != NULL);
  settings.evidence = 0; /* the configuration was changed */
  CHECK(evidence_trend(&book, a) == NULL);
  now.at += 60000;
  CHECK(turn() == 1 && evidence.timer.due == WALL_NEVER);
  settings.evidence = 5;
  evidence_resume(&evidence, now.at);
  CHECK(evidence.timer.due > now.at && evidence.timer.due < WALL_NEVER);
  end();
}

int main(void) {
  each_incident_has_so_many();
  all_of_them_have_so_many();
  it_rests_without_an_open_incident();
  a_clock_that_is_set_back_stops_nothing();
  off_it_does_nothing();
  return check_done("t_evidence");
}
