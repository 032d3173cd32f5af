/* SPDX-License-Identifier: MIT */
#include "core/page.h"

#include "check.h"

#include <stdlib.h>
#include <string.h>

static void backoff_doubles_to_a_minute(void) {
  static const span_ms want[] = {1000,  2000,  4000,  8000,
                                 16000, 32000, 60000, 60000};
  for (unsigned i = 0; i < 8; i++)
    CHECK(page_backoff(i + 1, 0, 0) == want[i]);
  CHECK(page_backoff(4000000000u, 0, 0) == 60000);
}

static void jitter_is_a_fifth_either_way(void) {
  CHECK(page_backoff(1, 0, 0.2) == 1200);
  CHECK(page_backoff(1, 0, -0.2) == 800);
}

static void retry_after_counts_when_larger(void) {
  CHECK(page_backoff(1, 30000, 0) == 30000);
  CHECK(page_backoff(7, 30000, 0) == 60000);
}

static void a_digest_is_a_page_or_update_of_no_incident(void) {
  char target[] = "responder:alice", other[] = "silence:3";
  struct page p = {.event = PAGE_PAGE, .state = PAGE_FAILED, .target = target};
  CHECK(page_is_digest(&p));
  CHECK_TEXT(page_refusal(&p, true), "it is of no incident");
  p.event = PAGE_UPDATE;
  CHECK(page_is_digest(&p));
  p.target = other;
  CHECK(!page_is_digest(&p));
  p.target = target;
  p.event = PAGE_TEST;
  CHECK(!page_is_digest(&p));
  p.event = PAGE_PAGE;
  p.incident = 42;
  CHECK(!page_is_digest(&p));
}

static void a_page_of_no_incident_may_name_a_silence(void) {
  char target[32], other[] = "webhook:w";
  page_name_silence(1234567890123, target, sizeof target);
  CHECK_TEXT(target, "silence:1234567890123");
  struct page p = {.target = target};
  CHECK(page_silence(&p) == 1234567890123);
  p.incident = 1;
  CHECK(page_silence(&p) == 0);
  p = (struct page){.target = other};
  CHECK(page_silence(&p) == 0);
}

/* What page_print_attempts makes of it; the caller frees. */
static struct json_in *attempts_of(const struct page *p) {
  char *text = NULL;
  struct json_in *doc = NULL;
  struct json *j = json_new();
  CHECK(j != NULL);
  page_print_attempts(p, j);
  CHECK(json_done(j, &text) == OK);
  CHECK(json_parse(text, strlen(text), &doc, NULL) == OK);
  free(text);
  json_free(j);
  return doc;
}

static void attempts_are_kept_with_how_they_ended(void) {
  struct page p = {.state = PAGE_PENDING, .attempts = 1};
  struct json_in *doc = attempts_of(&p);
  CHECK(json_type(doc) == JSON_ARRAY && json_count(doc) == 0);
  json_in_free(doc);
  page_note_attempt(&p, 1000, 503, "HTTP 503", "two\nlines \"quoted\"");
  p.attempts = 2;
  page_note_attempt(&p, 2000, 0, "no answer", NULL);
  p.attempts = 3;
  p.state = PAGE_DELIVERED;
  p.delivered_at = 3000;
  p.http_status = 200;
  doc = attempts_of(&p);
  CHECK(json_count(doc) == 3);
  CHECK(json_at_int(doc, "0.attempt", 0) == 1);
  CHECK_TEXT(json_at_text(doc, "0.at", ""), "1970-01-01T00:00:01.000Z");
  CHECK(json_at_int(doc, "0.http_status", 0) == 503);
  CHECK_TEXT(json_at_text(doc, "0.error", ""), "HTTP 503");
  CHECK_TEXT(json_at_text(doc, "0.response", ""), "two\nlines \"quoted\"");
  CHECK(json_type(json_at(doc, "1.http_status")) == JSON_NULL);
  CHECK(json_type(json_at(doc, "1.response")) == JSON_NULL);
  CHECK(json_at_int(doc, "2.attempt", 0) == 3);
  CHECK(json_at_int(doc, "2.http_status", 0) == 200);
  CHECK(json_type(json_at(doc, "2.error")) == JSON_NULL);
  json_in_free(doc);
  page_fini(&p);
}

static void of_many_attempts_the_first_and_the_last_are_kept(void) {
  struct page p = {.state = PAGE_FAILED};
  char long_answer[1000];
  memset(long_answer, 'x', sizeof long_answer - 1);
  long_answer[sizeof long_answer - 1] = '\0';
  for (p.attempts = 1; p.attempts <= 1000; p.attempts++)
    page_note_attempt(&p, p.attempts, 500, "HTTP 500", long_answer);
  struct json_in *doc = attempts_of(&p);
  CHECK(json_count(doc) == PAGE_TRIES_MAX);
  CHECK(json_at_int(doc, "0.attempt", 0) == 1);
  CHECK(json_at_int(doc, "7.attempt", 0) == 8);
  CHECK(json_at_int(doc, "8.attempt", 0) == 985);
  CHECK(json_at_int(doc, "23.attempt", 0) == 1000);
  CHECK(strlen(json_at_text(doc, "23.response", "")) == PAGE_TRY_RESPONSE);
  json_in_free(doc);
  page_fini(&p);
}

static void what_is_no_attempt_in_the_ledger_is_left_out(void) {
  struct page p = {.state = PAGE_FAILED, .tries = strdup("x\n{\"a\":1}\n[")};
  struct json_in *doc = attempts_of(&p);
  CHECK(json_count(doc) == 1);
  json_in_free(doc);
  page_note_attempt(&p, 1, 0, "no answer", NULL);
  page_fini(&p);
}

int main(void) {
  attempts_are_kept_with_how_they_ended();
  of_many_attempts_the_first_and_the_last_are_kept();
  what_is_no_attempt_in_the_ledger_is_left_out();
  a_digest_is_a_page_or_update_of_no_incident();
  a_page_of_no_incident_may_name_a_silence();
  backoff_doubles_to_a_minute();
  jitter_is_a_fifth_either_way();
  retry_after_counts_when_larger();
  return check_done("t_page");
}
