/* SPDX-License-Identifier: MIT */
#include "core/digest.h"

#include "check.h"

#include <stdlib.h>

#define NOW INT64_C(1795255500000)

static struct digest_item item(int64_t id, enum page_event event, size_t rank,
                               wall_ms at) {
  return (struct digest_item){.id = id,
                              .title = "Disk full",
                              .severity = "SEV-3",
                              .event = event,
                              .rank = rank,
                              .at = at};
}

static void add(struct digest *d, int64_t id, enum page_event event,
                size_t rank, wall_ms at) {
  const struct digest_item i = item(id, event, rank, at);
  digest_add(d, &i);
}

static void pages_come_first_then_the_worst_then_the_newest(void) {
  static const int64_t want[] = {4, 6, 5, 3, 1, 2};
  struct digest d = {0};
  add(&d, 1, PAGE_UPDATE, 0, NOW);
  add(&d, 2, PAGE_RESOLVED, 0, NOW + 9);
  add(&d, 3, PAGE_PAGE, 2, NOW);
  add(&d, 4, PAGE_PAGE, 1, NOW);
  add(&d, 5, PAGE_PAGE, 2, NOW + 1);
  add(&d, 6, PAGE_PAGE, 2, NOW + 1);
  CHECK(d.pages == 6 && d.items_n == 6);
  for (size_t i = 0; i < 6; i++)
    CHECK(d.items[i].id == want[i]);
}

static void it_counts_all_and_lists_twenty(void) {
  struct digest d = {0};
  for (int64_t i = 1; i <= 100; i++)
    add(&d, i, PAGE_PAGE, 3, NOW + i);
  add(&d, 101, PAGE_PAGE, 4, NOW + 200); /* the mildest: not among them */
  CHECK(d.pages == 101 && d.items_n == DIGEST_ITEMS_MAX);
  CHECK(d.items[0].id == 100 && d.items[DIGEST_ITEMS_MAX - 1].id == 81);
}

static void what_was_printed_is_read_again(void) {
  struct digest d = {0}, read = {0};
  char *text = NULL, *again = NULL;
  add(&d, 1, PAGE_RESOLVED, 0, NOW);
  add(&d, 2, PAGE_PAGE, 3, NOW);
  d.items[0].title = "\"quoted\" \xe2\x80\xa6";
  CHECK(digest_print(&d, &text) == OK);
  CHECK_TEXT(text, "{\"pages\":2,\"incidents\":[{\"id\":2,\"title\":"
                   "\"\\\"quoted\\\" \xe2\x80\xa6\",\"severity\":\"SEV-3\","
                   "\"event\":\"incident.page\"},{\"id\":1,\"title\":"
                   "\"Disk full\",\"severity\":\"SEV-3\",\"event\":"
                   "\"incident.resolved\"}]}");
  CHECK(text != NULL && digest_read(text, &read) == OK);
  CHECK(digest_print(&read, &again) == OK);
  CHECK_TEXT(again, text);
  digest_fini(&read);
  free(text);
  free(again);
}

static void what_is_none_is_refused(void) {
  struct digest d = {.pages = 7};
  CHECK(digest_read("{", &d) == ERR_INVALID);
  CHECK(d.pages == 7);
  CHECK(digest_read("{\"incidents\":[{\"event\":\"x\"}]}", &d) == OK);
  CHECK(d.pages == 0 && d.items_n == 1 && d.items[0].event == PAGE_PAGE);
  CHECK_TEXT(d.items[0].title, "");
  digest_fini(&d);
}

static void its_sentences(void) {
  struct digest d = {0};
  struct buf b;
  buf_init(&b, 1024);
  digest_add_headline(&d, &b);
  CHECK_TEXT(buf_text(&b), "0 more pages");
  buf_clear(&b);
  add(&d, 7, PAGE_UPDATE, 3, NOW);
  digest_add_headline(&d, &b);
  CHECK_TEXT(buf_text(&b), "1 more page: update: SEV-3 Disk full");
  buf_clear(&b);
  add(&d, 8, PAGE_PAGE, 3, NOW);
  digest_add_headline(&d, &b);
  CHECK_TEXT(buf_text(&b), "2 more pages: SEV-3 Disk full \xe2\x80\xa6");
  buf_clear(&b);
  digest_add_item(&d, 0, &b);
  CHECK_TEXT(buf_text(&b), "SEV-3 Disk full (incident 8)");
  buf_fini(&b);
}

int main(void) {
  pages_come_first_then_the_worst_then_the_newest();
  it_counts_all_and_lists_twenty();
  what_was_printed_is_read_again();
  what_is_none_is_refused();
  its_sentences();
  return check_done("t_digest");
}
