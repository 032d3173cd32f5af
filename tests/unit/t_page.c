/* SPDX-License-Identifier: MIT */
#include "core/page.h"

#include "check.h"

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

static void a_digest_is_a_page_of_no_incident(void) {
  struct page p = {.event = PAGE_PAGE, .state = PAGE_FAILED};
  CHECK(page_is_digest(&p));
  CHECK_TEXT(page_refusal(&p, true), "it is of no incident");
  p.event = PAGE_UPDATE; /* of a silence or a schedule */
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

int main(void) {
  a_digest_is_a_page_of_no_incident();
  a_page_of_no_incident_may_name_a_silence();
  backoff_doubles_to_a_minute();
  jitter_is_a_fifth_either_way();
  retry_after_counts_when_larger();
  return check_done("t_page");
}
