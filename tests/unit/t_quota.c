/* SPDX-License-Identifier: MIT */
#include "engine/quota.h"

#include "check.h"

#include <stdio.h>
#include <string.h>

#define NOW INT64_C(1795255500000)
#define SPAN 60000

static void there_is_room_for_so_many_in_that_time(void) {
  struct quotas q = {0};
  quotas_set(&q, 3, SPAN);
  struct quota *of = quotas_of(&q, "phone", "alice");
  CHECK(of != NULL);
  for (int i = 0; i < 3; i++) {
    CHECK(quota_has_room(&q, of, NOW + i));
    quota_take(&q, of, NOW + i);
  }
  CHECK(!quota_has_room(&q, of, NOW + 3));
  CHECK(!quota_has_room(&q, of, NOW + SPAN - 1));
  CHECK(quota_has_room(&q, of, NOW + SPAN));
  quota_take(&q, of, NOW + SPAN);
  CHECK(!quota_has_room(&q, of, NOW + SPAN));
  CHECK(quota_has_room(&q, of, NOW + SPAN + 1));
  quotas_fini(&q);
}

static void what_did_not_go_gives_its_room_back(void) {
  struct quotas q = {0};
  quotas_set(&q, 1, SPAN);
  struct quota *of = quotas_of(&q, "phone", "alice");
  quota_take(&q, of, NOW);
  quota_give_back(of);
  CHECK(quota_has_room(&q, of, NOW));
  quota_give_back(of); /* nothing is taken */
  CHECK(quota_has_room(&q, of, NOW));
  quotas_fini(&q);
}

static void with_no_room_the_oldest_gives_way(void) {
  struct quotas q = {0};
  quotas_set(&q, 2, SPAN);
  struct quota *of = quotas_of(&q, "phone", "alice");
  for (int i = 0; i < 3; i++)
    quota_take(&q, of, NOW + i * 1000);
  CHECK(!quota_has_room(&q, of, NOW + SPAN + 999));
  CHECK(quota_has_room(&q, of, NOW + SPAN + 1000));
  quotas_fini(&q);
}

static void a_clock_that_was_set_back_blocks_nobody(void) {
  struct quotas q = {0};
  quotas_set(&q, 1, SPAN);
  struct quota *of = quotas_of(&q, "phone", "alice");
  quota_take(&q, of, NOW);
  CHECK(quota_has_room(&q, of, NOW - 1));
  quotas_fini(&q);
}

static void each_webhook_of_each_responder_has_its_own(void) {
  struct quotas q = {0};
  char name[16];
  quotas_set(&q, 1, SPAN);
  for (int i = 0; i < 300; i++) {
    snprintf(name, sizeof name, "p%d", i);
    struct quota *of = quotas_of(&q, "phone", name);
    CHECK(of != NULL && quota_has_room(&q, of, NOW));
    quota_take(&q, of, NOW);
  }
  for (int i = 0; i < 300; i++) {
    snprintf(name, sizeof name, "p%d", i);
    CHECK(!quota_has_room(&q, quotas_of(&q, "phone", name), NOW));
  }
  CHECK(quota_has_room(&q, quotas_of(&q, "sms", "p1"), NOW));
  CHECK(q.n == 301);
  quotas_fini(&q);
}

static void another_limit_forgets_what_was_taken(void) {
  struct quotas q = {0};
  quotas_set(&q, 2, SPAN);
  quota_take(&q, quotas_of(&q, "phone", "alice"), NOW);
  quotas_set(&q, 2, SPAN);
  quota_take(&q, quotas_of(&q, "phone", "alice"), NOW);
  CHECK(!quota_has_room(&q, quotas_of(&q, "phone", "alice"), NOW));
  quotas_set(&q, 1, SPAN);
  CHECK(quota_has_room(&q, quotas_of(&q, "phone", "alice"), NOW));
  quotas_set(&q, 0, 0);
  CHECK(quotas_of(&q, "phone", "alice") == NULL);
  quotas_fini(&q);
}

static void a_bundle_keeps_its_pages_in_order(void) {
  struct quotas q = {0};
  struct page digest = {0}, pages[3];
  memset(pages, 0, sizeof pages);
  quotas_set(&q, 1, SPAN);
  struct quota *of = quotas_of(&q, "phone", "alice");
  struct bundle *b = quota_add_bundle(of, &digest);
  CHECK(b != NULL && digest.bundle == b && of->bundles == b);
  for (int i = 0; i < 3; i++)
    bundle_put(b, &pages[i]);
  CHECK(b->n == 3 && b->first == &pages[0] && b->last == &pages[2]);
  bundle_take(b, &pages[1]);
  CHECK(pages[1].bundle == NULL && pages[0].ready_next == &pages[2] &&
        pages[2].ready_prev == &pages[0]);
  bundle_take(b, &pages[0]);
  CHECK(b->first == &pages[2] && b->last == &pages[2]);
  bundle_take(b, &pages[2]);
  CHECK(b->n == 0 && b->first == NULL && b->last == NULL);
  quota_remove_bundle(b);
  CHECK(digest.bundle == NULL && of->bundles == NULL);
  quotas_fini(&q);
}

int main(void) {
  there_is_room_for_so_many_in_that_time();
  what_did_not_go_gives_its_room_back();
  with_no_room_the_oldest_gives_way();
  a_clock_that_was_set_back_blocks_nobody();
  each_webhook_of_each_responder_has_its_own();
  another_limit_forgets_what_was_taken();
  a_bundle_keeps_its_pages_in_order();
  return check_done("t_quota");
}
