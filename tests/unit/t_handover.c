/* SPDX-License-Identifier: MIT */
/* Which of the open incidents whoever comes on call is told of, and how. */
#include "core/handover.h"

#include "settings_text.h"

#include <stdlib.h>
#include <string.h>

#define NOW INT64_C(1795255500000) /* 2026-11-21T10:05:00Z */
#define MANY 100

static struct settings *settings;

static struct incident opened(int64_t id, const char *severity,
                              span_ms minutes_ago) {
  struct incident i;
  incident_init(&i);
  i.id = id;
  i.title = (char *)"Disk almost full"; /* literals: not to be finished */
  i.severity = (char *)severity;
  i.declared_at = NOW - minutes_ago * 60000;
  return i;
}

/* "3 1 2 of 3" */
static const char *ids_of(const struct handover *h) {
  static char text[400];
  text[0] = '\0';
  for (size_t n = 0; n < h->incidents_n; n++)
    snprintf(text + strlen(text), sizeof text - strlen(text), "%lld ",
             (long long)h->incidents[n]->id);
  snprintf(text + strlen(text), sizeof text - strlen(text), "of %lld",
           (long long)h->open);
  return text;
}

static const char *headline(int64_t open) {
  static char text[200];
  const struct handover h = {.schedule = "primary", .open = open};
  struct buf b;
  buf_init(&b, sizeof text - 1);
  handover_add_headline(&h, &b);
  snprintf(text, sizeof text, "%s", buf_text(&b));
  buf_fini(&b);
  return text;
}

static void the_worst_come_first_then_the_newest(void) {
  struct incident all[] = {opened(1, "SEV-3", 10), opened(2, "SEV-1", 30),
                           opened(3, "SEV-3", 5),  opened(4, "gone", 1),
                           opened(5, "SEV-1", 40), opened(6, "UNKNOWN", 2),
                           opened(7, "SEV-3", 10)};
  struct handover h = {.schedule = "primary"};
  CHECK_TEXT(ids_of(&h), "of 0");
  for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
    handover_add(&h, settings, &all[i]);
  CHECK_TEXT(ids_of(&h), "2 5 3 7 1 6 4 of 7");
}

static void twenty_are_listed_and_all_are_counted(void) {
  static struct incident all[MANY];
  struct handover h = {.schedule = "primary"};
  for (int i = 0; i < MANY; i++) {
    all[i] = opened(i + 1, i % 10 == 0 ? "SEV-1" : "SEV-4", MANY - i);
    handover_add(&h, settings, &all[i]);
  }
  CHECK_TEXT(ids_of(&h), "91 81 71 61 51 41 31 21 11 1 "
                         "100 99 98 97 96 95 94 93 92 90 of 100");
}

static void the_headline_counts(void) {
  CHECK_TEXT(headline(0),
             "You are on call for primary: no incident is open any more");
  CHECK_TEXT(headline(1), "You are on call for primary: 1 incident is open");
  CHECK_TEXT(headline(21),
             "You are on call for primary: 21 incidents are open");
}

static void a_line_says_who_has_it(void) {
  struct incident free_one = opened(42, "SEV-2", 1), taken = free_one;
  struct handover h = {.schedule = "primary"};
  struct buf b;
  taken.id = 41;
  taken.status = STATUS_MONITORING;
  taken.acknowledged_by = (char *)"bob";
  handover_add(&h, settings, &free_one);
  handover_add(&h, settings, &taken);
  buf_init(&b, 1000);
  handover_add_line(&h, 0, &b);
  buf_add(&b, "\n");
  handover_add_line(&h, 1, &b);
  CHECK_TEXT(buf_text(&b),
             "[SEV-2] 42 Disk almost full: investigating\n"
             "[SEV-2] 41 Disk almost full: monitoring, acknowledged by bob");
  buf_fini(&b);
}

static void it_is_an_object_for_programs(void) {
  struct incident one = opened(42, "SEV-2", 1);
  struct handover h = {.schedule = "primary", .until = WALL_NEVER};
  struct json *j = json_new();
  char *text = NULL;
  CHECK(j != NULL);
  if (j == NULL)
    return;
  handover_add(&h, settings, &one);
  handover_print(&h, j);
  CHECK(json_done(j, &text) == OK);
  CHECK_TEXT(text, "{\"schedule\":\"primary\",\"until\":null,\"open\":1,"
                   "\"incidents\":[{\"id\":42,\"title\":\"Disk almost full\","
                   "\"severity\":\"SEV-2\",\"status\":\"investigating\","
                   "\"acknowledged_by\":null}]}");
  json_free(j);
  free(text);
}

int main(void) {
  settings = read_right("");
  CHECK(settings != NULL);
  if (settings == NULL)
    return 99;
  the_worst_come_first_then_the_newest();
  twenty_are_listed_and_all_are_counted();
  the_headline_counts();
  a_line_says_who_has_it();
  it_is_an_object_for_programs();
  settings_free(settings);
  return check_done("t_handover");
}
