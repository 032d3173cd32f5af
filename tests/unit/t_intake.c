/* SPDX-License-Identifier: MIT */
#include "engine/intake.h"

#include "base/hash.h"
#include "check.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>

static unsigned woken;

static void wake(void *arg) {
  (void)arg;
  __atomic_add_fetch(&woken, 1, __ATOMIC_RELAXED);
}

static struct intake *make(size_t bytes_max) {
  struct intake *q = NULL;
  CHECK(intake_new(bytes_max, wake, NULL, &q) == OK);
  woken = 0;
  return q;
}

static struct signal *pack(void *memory, int host, enum level level,
                           const char *message, bool with_text) {
  char name[32];
  struct packer p;
  snprintf(name, sizeof name, "host%d", host);
  signal_begin(&p, memory);
  p.signal->level = (uint8_t)level;
  signal_add(&p, name, sizeof name);
  for (int i = 1; i < FIELDS; i++)
    signal_add(&p, "x", 1);
  signal_add(&p, message, strlen(message));
  signal_end(&p, with_text);
  return p.signal;
}

static bool offer(struct intake *q, int host, enum level level,
                  const char *message) {
  static uint64_t memory[SIGNAL_BYTES_MAX / 8];
  return intake_offer(q, pack(memory, host, level, message, false));
}

static bool offer_text(struct intake *q, int host, enum level level,
                       const char *message) {
  static uint64_t memory[SIGNAL_BYTES_MAX / 8];
  return intake_offer(q, pack(memory, host, level, message, true));
}

/* Reads to the end; the levels as letters, in order. */
static const char *levels(struct intake *q) {
  static char text[4096];
  size_t n = 0;
  const struct signal *s;
  while ((s = intake_next(q)) != NULL && n < sizeof text - 1)
    text[n++] = "owf"[s->level];
  text[n] = '\0';
  return text;
}

static void it_keeps_the_order_of_arrival(void) {
  struct intake *q = make(INTAKE_BYTES_MAX);
  char host[32];
  for (int i = 0; i < 20000; i++)
    CHECK(offer(q, i, LEVEL_FAILURE, "m"));
  for (int i = 0; i < 20000; i++) {
    const struct signal *s = intake_next(q);
    snprintf(host, sizeof host, "host%d", i);
    if (s == NULL || strcmp(signal_field(s, FIELD_HOST), host) != 0) {
      CHECK(!"in order");
      break;
    }
  }
  CHECK(intake_next(q) == NULL);
  intake_free(q);
}

static void repetitions_fold_and_the_latest_is_kept(void) {
  struct intake *q = make(INTAKE_BYTES_MAX);
  for (int i = 0; i < 1000; i++)
    offer(q, 1, LEVEL_FAILURE, "old");
  offer(q, 1, LEVEL_FAILURE,
        "the latest, and rather longer than the others, "
        "so that it has to move to another place");
  const struct signal *s = intake_next(q);
  CHECK(s != NULL && strncmp(signal_message(s), "the latest", 10) == 0);
  CHECK(intake_next(q) == NULL);
  intake_free(q);
}

static void changes_between_two_turns_do_not_vanish(void) {
  struct intake *q = make(INTAKE_BYTES_MAX);
  offer(q, 1, LEVEL_FAILURE, "m");
  offer(q, 2, LEVEL_OKAY, "m");
  offer(q, 1, LEVEL_OKAY, "m");
  offer(q, 1, LEVEL_FAILURE, "m");
  CHECK_TEXT(levels(q), "foof");
  intake_free(q);
}

static void a_series_that_flaps_ends_with_its_worst_and_its_latest(void) {
  struct intake *q = make(INTAKE_BYTES_MAX);
  for (int i = 0; i < 7; i++) {
    offer(q, 1, LEVEL_WARNING, "m");
    offer(q, 1, LEVEL_OKAY, "m");
  }
  for (int i = 0; i < 10000; i++) {
    offer(q, 1, LEVEL_FAILURE, "m");
    offer(q, 1, LEVEL_OKAY, "m");
  }
  struct intake_counts c;
  intake_counts(q, &c);
  CHECK(c.squeezed > 0);
  CHECK(c.bytes < 100000);
  CHECK_TEXT(levels(q), "wowowowowowowofo");
  intake_free(q);
}

static void a_failure_among_many_changes_is_seen(void) {
  struct intake *q = make(INTAKE_BYTES_MAX);
  for (int i = 0; i < 100; i++) {
    offer(q, 1, LEVEL_WARNING, "m");
    offer(q, 1, LEVEL_OKAY, "m");
  }
  offer(q, 1, LEVEL_FAILURE, "m");
  for (int i = 0; i < 100; i++) {
    offer(q, 1, LEVEL_WARNING, "m");
    offer(q, 1, LEVEL_OKAY, "m");
  }
  const char *got = levels(q);
  CHECK(strchr(got, 'f') != NULL);
  CHECK(got[strlen(got) - 1] == 'o');
  intake_free(q);
}

static void different_texts_are_kept_apart_where_a_rule_looks(void) {
  struct intake *q = make(INTAKE_BYTES_MAX);
  char message[32];
  for (int i = 0; i < 200; i++) {
    snprintf(message, sizeof message, "text %d", i);
    offer_text(q, 1, LEVEL_FAILURE, message);
  }
  CHECK(strlen(levels(q)) == 200);
  intake_free(q);
}

static void nan_does_not_replace_a_number(void) {
  static uint64_t memory[SIGNAL_BYTES_MAX / 8];
  struct intake *q = make(INTAKE_BYTES_MAX);
  struct signal *s = pack(memory, 1, LEVEL_OKAY, "m", false);
  s->has_value = true;
  s->value = 1;
  intake_offer(q, s);
  s->value = NAN;
  intake_offer(q, s);
  CHECK_TEXT(levels(q), "oo");
  intake_free(q);
}

static void okays_are_refused_first_then_warnings(void) {
  struct intake *q = make(4u << 20);
  struct intake_counts c;
  int n = 0;
  while (offer(q, n, LEVEL_OKAY, "m"))
    n++;
  intake_counts(q, &c);
  CHECK(c.refused_okay == 1 && c.bytes <= 2u << 20);
  while (offer(q, n, LEVEL_WARNING, "m"))
    n++;
  intake_counts(q, &c);
  CHECK(c.refused_warning == 1 && c.bytes <= 3u << 20);
  while (offer(q, n, LEVEL_FAILURE, "m"))
    n++;
  intake_counts(q, &c);
  CHECK(c.refused_failure == 1 && c.bytes <= 4u << 20);
  /* A known series costs nothing more. */
  CHECK(offer(q, 0, LEVEL_OKAY, "m"));
  while (intake_next(q) != NULL)
    ;
  intake_counts(q, &c);
  CHECK(c.bytes == 0);
  CHECK(offer(q, 0, LEVEL_OKAY, "m"));
  intake_free(q);
}

static void a_ticket_is_good_when_what_came_before_was_read(void) {
  struct intake *q = make(INTAKE_BYTES_MAX);
  CHECK(intake_read_ticket(q) >= intake_ticket(q));
  offer(q, 1, LEVEL_FAILURE, "m");
  offer(q, 2, LEVEL_FAILURE, "m");
  uint64_t ticket = intake_ticket(q);
  CHECK(intake_read_ticket(q) < ticket);
  CHECK(intake_next(q) != NULL);
  CHECK(intake_read_ticket(q) < ticket);
  offer(q, 3, LEVEL_FAILURE, "m"); /* after the ticket */
  CHECK(intake_next(q) != NULL);
  CHECK(intake_read_ticket(q) >= ticket);
  CHECK(intake_read_ticket(q) < intake_ticket(q));
  intake_free(q);
}

static void the_reader_is_woken_once_and_not_by_okays(void) {
  struct intake *q = make(INTAKE_BYTES_MAX);
  CHECK(intake_may_sleep(q));
  offer(q, 1, LEVEL_OKAY, "m");
  CHECK(woken == 0);
  CHECK(intake_may_sleep(q)); /* OKAYs may wait */
  offer(q, 2, LEVEL_FAILURE, "m");
  offer(q, 3, LEVEL_FAILURE, "m");
  CHECK(woken == 1);
  CHECK(!intake_may_sleep(q));
  intake_free(q);
}

static void closed_it_takes_nothing(void) {
  struct intake *q = make(INTAKE_BYTES_MAX);
  intake_close(q);
  CHECK(!offer(q, 1, LEVEL_FAILURE, "m"));
  CHECK(intake_next(q) == NULL);
  intake_free(q);
}

/* ---- many writers, one reader ---- */

#define WRITERS 4
#define EACH 50000

static struct intake *shared;

static void *write_many(void *arg) {
  uint64_t memory[SIGNAL_BYTES_MAX / 8];
  int base = (int)(intptr_t)arg * EACH;
  for (int i = 0; i < EACH; i++)
    intake_offer(shared, pack(memory, base + i, LEVEL_FAILURE, "m", false));
  return NULL;
}

static void nothing_is_lost_or_doubled_between_threads(void) {
  pthread_t threads[WRITERS];
  static unsigned char seen[WRITERS * EACH];
  shared = make(INTAKE_BYTES_MAX);
  memset(seen, 0, sizeof seen);
  for (int i = 0; i < WRITERS; i++)
    pthread_create(&threads[i], NULL, write_many, (void *)(intptr_t)i);
  int left = WRITERS * EACH;
  while (left > 0) {
    const struct signal *s = intake_next(shared);
    if (s == NULL)
      continue;
    int host = (int)strtol(signal_field(s, FIELD_HOST) + 4, NULL, 10);
    seen[host]++;
    left--;
  }
  for (int i = 0; i < WRITERS; i++)
    pthread_join(threads[i], NULL);
  CHECK(intake_next(shared) == NULL);
  bool is_once = true;
  for (int i = 0; i < WRITERS * EACH; i++)
    is_once = is_once && seen[i] == 1;
  CHECK(is_once);
  intake_free(shared);
}

static void offer_kind(struct intake *q, enum signal_kind kind,
                       enum level level, uint32_t verdicts) {
  static uint64_t memory[SIGNAL_BYTES_MAX / 8];
  struct signal *s = pack(memory, 1, level, "", false);
  s->kind = (uint8_t)kind;
  s->text_hash = verdicts;
  CHECK(intake_offer(q, s));
}

static void readings_and_notifications_of_a_series_fold_apart(void) {
  struct intake *q = make(INTAKE_BYTES_MAX);
  const struct signal *s;
  for (uint32_t i = 0; i < 40; i++) {
    offer_kind(q, SIGNAL_READING, i % 2 ? LEVEL_FAILURE : LEVEL_OKAY,
               1 + i % 2);
    offer(q, 1, LEVEL_FAILURE, "the same");
    offer_kind(q, SIGNAL_READING, i % 2 ? LEVEL_FAILURE : LEVEL_OKAY,
               1 + i % 2);
  }
  unsigned notifications = 0, readings = 0;
  while ((s = intake_next(q)) != NULL) {
    if (s->kind == SIGNAL_READING)
      CHECK(s->text_hash == 1 + readings++ % 2);
    else
      notifications++;
  }
  CHECK(notifications == 1 && readings == 40);
  intake_free(q);
}

static void readings_that_say_something_else_are_kept(void) {
  struct intake *q = make(INTAKE_BYTES_MAX);
  offer_kind(q, SIGNAL_FIRST, LEVEL_OKAY, 0);
  offer_kind(q, SIGNAL_READING, LEVEL_FAILURE, 5);
  offer_kind(q, SIGNAL_READING, LEVEL_FAILURE, 5);
  offer_kind(q, SIGNAL_READING, LEVEL_FAILURE, 6);
  CHECK_TEXT(levels(q), "off");
  intake_free(q);
}

int main(void) {
  hash_init();
  it_keeps_the_order_of_arrival();
  repetitions_fold_and_the_latest_is_kept();
  changes_between_two_turns_do_not_vanish();
  a_series_that_flaps_ends_with_its_worst_and_its_latest();
  a_failure_among_many_changes_is_seen();
  different_texts_are_kept_apart_where_a_rule_looks();
  nan_does_not_replace_a_number();
  okays_are_refused_first_then_warnings();
  a_ticket_is_good_when_what_came_before_was_read();
  the_reader_is_woken_once_and_not_by_okays();
  closed_it_takes_nothing();
  nothing_is_lost_or_doubled_between_threads();
  readings_and_notifications_of_a_series_fold_apart();
  readings_that_say_something_else_are_kept();
  return check_done("t_intake");
}
