/* SPDX-License-Identifier: MIT */
/* What is said comes out of the ledger as it was put in; clocks run once each
 * of their kind and are due when they were told to. */
#include "ledger_things.h"

static struct ledger *ledger;

static void fresh(void) {
  struct incident i = some_incident(1);
  ledger = open_as(LEDGER_OWN);
  CHECK(ledger_put_incident(ledger, &i) == OK);
}

static void done(void) {
  ledger_close(ledger);
  ledger = NULL;
  remove_ledger();
}

static void a_statement_comes_back_as_it_was(void) {
  fresh();
  struct statement s = {.incident = 1,
                        .wording = "identified",
                        .subject = "Payments fail",
                        .body = "one\ntwo \xf0\x9f\x98\x80",
                        .webhooks = "[\"room\"]",
                        .state = STATEMENT_DRAFT,
                        .created_at = NOW,
                        .created_by = "alice",
                        .posted_at = WALL_NEVER,
                        .next_at = WALL_NEVER};
  struct statement got;
  CHECK(ledger_put_statement(ledger, &s) == OK && s.id == 1);
  s.state = STATEMENT_POSTED;
  s.approved_by = "bob";
  s.posted_at = NOW + 1;
  s.next_at = NOW + 2;
  CHECK(ledger_put_statement(ledger, &s) == OK && s.id == 1);
  CHECK(ledger_statement(ledger, 2, &got) == ERR_NOTFOUND);
  CHECK(ledger_statement(ledger, 1, &got) == OK);
  CHECK_TEXT(got.wording, "identified");
  CHECK_TEXT(got.subject, "Payments fail");
  CHECK_TEXT(got.body, "one\ntwo \xf0\x9f\x98\x80");
  CHECK_TEXT(got.webhooks, "[\"room\"]");
  CHECK_TEXT(got.created_by, "alice");
  CHECK_TEXT(got.approved_by, "bob");
  CHECK(got.incident == 1 && got.state == STATEMENT_POSTED);
  CHECK(got.created_at == NOW && got.posted_at == NOW + 1 &&
        got.next_at == NOW + 2);
  statement_fini(&got);
  done();
}

/* ---- clocks ---- */

static struct reminder last; /* its times and kind */
static int n;

static enum err take(void *arg, const struct reminder *m) {
  (void)arg;
  last = *m;
  n++;
  return OK;
}

static int due_by(wall_ms at) {
  n = 0;
  CHECK(ledger_due_reminders(ledger, at, 10, take, NULL) == OK);
  return n;
}

static wall_ms next_due(void) {
  wall_ms due = 0;
  CHECK(ledger_next_reminder(ledger, &due) == OK);
  return due;
}

static void start(wall_ms due, span_ms every) {
  struct reminder r = {.incident = 1,
                       .kind = REMINDER_UPDATE,
                       .who = "internal-liaison",
                       .text = "say something",
                       .due_at = due,
                       .every = every};
  CHECK(ledger_start_clock(ledger, &r) == OK);
}

static void there_is_one_clock_of_a_kind(void) {
  fresh();
  CHECK(next_due() == WALL_NEVER && due_by(NOW) == 0);
  start(NOW + 60, 60);
  CHECK(next_due() == NOW + 60 && due_by(NOW + 59) == 0);
  CHECK(due_by(NOW + 60) == 1 && last.every == 60);
  CHECK(last.owed_at == WALL_NEVER && last.ended_at == WALL_NEVER);
  start(NOW + 90, 90); /* not later than it was */
  CHECK(due_by(NOW + 60) == 1 && last.every == 90);
  start(NOW + 30, 30);
  CHECK(next_due() == NOW + 30);
  CHECK(ledger_end_clock(ledger, 1, REMINDER_UPDATE, NOW) == OK);
  CHECK(next_due() == WALL_NEVER);
  start(NOW + 60, 60);
  CHECK(next_due() == NOW + 60);
  done();
}

static void a_clock_that_has_come_is_owed_until_it_is_moved(void) {
  fresh();
  start(NOW, 60);
  CHECK(due_by(NOW) == 1);
  struct reminder r = last;
  reminder_step(&r, NOW + 5);
  CHECK(ledger_step_reminder(ledger, &r, NOW + 1) == OK); /* moved meanwhile */
  CHECK(next_due() == NOW);
  CHECK(ledger_step_reminder(ledger, &r, NOW) == OK);
  CHECK(next_due() == NOW + 65);
  n = 0;
  CHECK(ledger_reminders(ledger, 1, take, NULL) == OK);
  CHECK(n == 1 && last.owed_at == NOW);
  CHECK(ledger_move_clock(ledger, 1, REMINDER_PUBLIC, NOW + 9, 9) == OK);
  CHECK(next_due() == NOW + 65);
  CHECK(ledger_move_clock(ledger, 1, REMINDER_UPDATE, NOW + 99, 99) == OK);
  CHECK(ledger_reminders(ledger, 1, take, NULL) == OK);
  CHECK(last.owed_at == WALL_NEVER && last.due_at == NOW + 99);
  CHECK(ledger_clamp_clocks(ledger, NOW - 1000) == OK);
  CHECK(next_due() == NOW - 1000 + 99);
  done();
}

static void who_has_a_role_is_known(void) {
  fresh();
  struct holding h = {.incident = 1,
                      .role = "deputy",
                      .who = "bob",
                      .since = NOW,
                      .until = WALL_NEVER,
                      .by = "alice"};
  char *who = NULL;
  CHECK(ledger_holder(ledger, 1, "deputy", &who) == OK && who == NULL);
  CHECK(ledger_change_role(ledger, &h) == OK);
  CHECK(ledger_holder(ledger, 1, "deputy", &who) == OK);
  CHECK_TEXT(who, "bob");
  free(who);
  done();
}

int main(void) {
  hash_init();
  if (!make_dir())
    return 99;
  a_statement_comes_back_as_it_was();
  there_is_one_clock_of_a_kind();
  a_clock_that_has_come_is_owed_until_it_is_moved();
  who_has_a_role_is_known();
  remove_dir();
  return check_done("t_ledger_talk");
}
