/* SPDX-License-Identifier: MIT */
/* What a person may do in which state, written out once more by hand. */
#include "core/incident.h"

#include "check.h"

#include <stdlib.h>

#define NOW 1760000000000

enum stance { ALONE, ACKED, RESOLVED, STANCES };

static struct incident make(enum stance stance) {
  struct incident i;
  incident_init(&i);
  i.id = 42;
  i.declared_at = NOW - 60000;
  i.alerts_firing = 2;
  CHECK(incident_set_text(&i.title, "Disk full") == OK);
  CHECK(incident_set_text(&i.severity, "SEV-3") == OK);
  CHECK(incident_set_text(&i.declared_by, "rule:disk") == OK);
  if (stance == ACKED) {
    CHECK(incident_set_text(&i.acknowledged_by, "alice") == OK);
    i.acknowledged_at = NOW - 30000;
  }
  if (stance == RESOLVED) {
    i.status = STATUS_RESOLVED;
    i.resolved_at = NOW - 10000;
  }
  return i;
}

static struct request ask(enum verb verb, const char *by) {
  struct request r;
  request_init(&r);
  r.verb = verb;
  r.incident = 42;
  r.at = r.happened_at = NOW;
  CHECK(incident_set_text(&r.by, by) == OK);
  return r;
}

static void only_what_makes_sense_is_allowed(void) {
  static const bool allowed[VERBS][STANCES] = {
      [VERB_ACK] = {true, true, false},
      [VERB_UNACK] = {false, true, false},
      [VERB_SNOOZE] = {true, true, false},
      [VERB_ESCALATE] = {true, true, false},
      [VERB_PAGE] = {true, true, false},
      [VERB_PAGE_AGAIN] = {true, true, true}, /* core/page.h has a say */
      [VERB_RESOLVE] = {true, true, false},
      [VERB_NOTE] = {true, true, true}};
  static const enum verb verbs[] = {VERB_ACK,      VERB_UNACK, VERB_SNOOZE,
                                    VERB_ESCALATE, VERB_PAGE,  VERB_PAGE_AGAIN,
                                    VERB_RESOLVE,  VERB_NOTE};
  for (size_t v = 0; v < sizeof verbs / sizeof verbs[0]; v++)
    for (int stance = 0; stance < STANCES; stance++) {
      struct incident i = make((enum stance)stance);
      struct request r = ask(verbs[v], "bob");
      struct entry e = {0};
      const char *why = NULL;
      enum status status = i.status;
      CHECK(incident_set_text(&r.text, "hello") == OK);
      enum err err = incident_apply(&i, &r, 3600000, &e, &why);
      CHECK((err == OK) == allowed[verbs[v]][stance]);
      if (err != OK) {
        CHECK(err == ERR_CONFLICT && why != NULL);
        CHECK(i.status == status && e.text == NULL);
      } else {
        CHECK_TEXT(e.by, "bob");
        CHECK(e.incident == 42 && e.at == NOW);
        entry_fini(&e);
      }
      request_fini(&r);
      incident_fini(&i);
    }
}

static void acknowledging_says_who_has_it(void) {
  struct incident i = make(ALONE);
  struct request r = ask(VERB_ACK, "alice");
  struct entry e;
  const char *why;
  CHECK(incident_apply(&i, &r, 0, &e, &why) == OK);
  CHECK_TEXT(i.acknowledged_by, "alice");
  CHECK(i.acknowledged_at == NOW && e.kind == KIND_ACKNOWLEDGED);
  entry_fini(&e);
  request_fini(&r);
  r = ask(VERB_ACK, "bob");
  CHECK(incident_apply(&i, &r, 0, &e, &why) == OK);
  CHECK_TEXT(i.acknowledged_by, "bob");
  CHECK_TEXT(e.text, "took over");
  entry_fini(&e);
  request_fini(&r);
  r = ask(VERB_UNACK, "bob");
  CHECK(incident_apply(&i, &r, 0, &e, &why) == OK);
  CHECK(i.acknowledged_by == NULL && i.acknowledged_at == WALL_NEVER);
  entry_fini(&e);
  request_fini(&r);
  incident_fini(&i);
}

static void a_snooze_is_an_acknowledgement_with_an_end(void) {
  struct incident i = make(ACKED);
  struct request r = ask(VERB_SNOOZE, "bob");
  struct entry e;
  const char *why;
  i.asked_at = NOW - 1000;
  r.until = NOW + 7200000;
  CHECK(incident_apply(&i, &r, 0, &e, &why) == OK);
  CHECK_TEXT(i.acknowledged_by, "bob");
  CHECK(i.acknowledged_at == NOW && i.snoozed_until == NOW + 7200000);
  CHECK(i.asked_at == WALL_NEVER && e.kind == KIND_SNOOZED);
  CHECK_TEXT(e.text, "took over, snoozed for 2h");
  entry_fini(&e);
  r.verb = VERB_ACK;
  CHECK(incident_apply(&i, &r, 0, &e, &why) == OK);
  CHECK(i.snoozed_until == WALL_NEVER);
  CHECK_TEXT(i.acknowledged_by, "bob");
  entry_fini(&e);
  r.verb = VERB_SNOOZE;
  CHECK(incident_apply(&i, &r, 0, &e, &why) == OK);
  CHECK_TEXT(e.text, "snoozed for 2h");
  entry_fini(&e);
  r.verb = VERB_UNACK;
  CHECK(incident_apply(&i, &r, 0, &e, &why) == OK);
  CHECK(i.snoozed_until == WALL_NEVER && i.acknowledged_by == NULL);
  entry_fini(&e);
  request_fini(&r);
  incident_fini(&i);
}

/* Whatever a person does is an answer. */
static void anybody_who_acts_has_answered(void) {
  static const enum verb verbs[] = {VERB_ACK, VERB_ESCALATE, VERB_NOTE,
                                    VERB_PAGE};
  for (size_t v = 0; v < sizeof verbs / sizeof verbs[0]; v++) {
    struct incident i = make(ACKED);
    struct request r = ask(verbs[v], "bob");
    struct entry e;
    const char *why;
    i.asked_at = NOW - 1000;
    CHECK(incident_set_text(&r.text, "carol") == OK);
    CHECK(incident_apply(&i, &r, 0, &e, &why) == OK);
    CHECK(i.asked_at == WALL_NEVER);
    if (verbs[v] == VERB_PAGE)
      CHECK_TEXT(e.text, "had carol paged");
    entry_fini(&e);
    request_fini(&r);
    incident_fini(&i);
  }
}

static void a_resolve_by_hand_holds_while_alerts_fire(void) {
  struct incident i = make(ACKED);
  struct request r = ask(VERB_RESOLVE, "alice");
  struct entry e;
  const char *why;
  CHECK(incident_apply(&i, &r, 3600000, &e, &why) == OK);
  CHECK(i.status == STATUS_RESOLVED && i.resolved_at == NOW);
  CHECK(i.hold_until == NOW + 3600000);
  CHECK_TEXT(i.resolved_by, "alice");
  entry_fini(&e);
  request_fini(&r);
  incident_fini(&i);
  i = make(ALONE);
  i.alerts_firing = 0;
  r = ask(VERB_RESOLVE, "alice");
  CHECK(incident_apply(&i, &r, 3600000, &e, &why) == OK);
  CHECK(i.hold_until == WALL_NEVER);
  entry_fini(&e);
  request_fini(&r);
  incident_fini(&i);
}

static void a_note_keeps_its_own_time(void) {
  struct incident i = make(RESOLVED);
  struct request r = ask(VERB_NOTE, "alice");
  struct entry e;
  const char *why;
  r.happened_at = NOW - 600000;
  r.is_important = true;
  CHECK(incident_set_text(&r.text, "restarted nginx") == OK);
  CHECK(incident_apply(&i, &r, 0, &e, &why) == OK);
  CHECK(e.at == NOW - 600000 && e.recorded_at == NOW && e.is_important);
  CHECK_TEXT(e.text, "restarted nginx");
  entry_fini(&e);
  request_fini(&r);
  incident_fini(&i);
}

static void calm_resolves_or_waits_for_a_person(void) {
  struct incident i = make(ALONE);
  struct entry e;
  CHECK(incident_calm(&i, true, NOW, &e) == OK);
  CHECK(i.status == STATUS_RESOLVED && i.resolved_at == NOW);
  CHECK(i.resolved_by == NULL && e.kind == KIND_RESOLVED && e.by == NULL);
  entry_fini(&e);
  incident_fini(&i);
  i = make(ALONE);
  CHECK(incident_calm(&i, false, NOW, &e) == OK);
  CHECK(i.status == STATUS_MONITORING && i.resolved_at == WALL_NEVER);
  CHECK(e.kind == KIND_STATUS);
  entry_fini(&e);
  incident_fini(&i);
}

static void a_request_survives_its_journey(void) {
  struct request r = ask(VERB_DECLARE, "alice \"quoted\" \xc3\xa9"), back;
  struct json *j = json_new();
  struct json_in *doc = NULL;
  char *text = NULL;
  r.happened_at = NOW - 5;
  r.until = NOW + 5;
  r.all = r.is_important = r.is_test = r.is_private = r.no_page = true;
  CHECK(incident_set_text(&r.text, "title\nline") == OK);
  CHECK(incident_set_text(&r.severity, "SEV-1") == OK);
  CHECK(incident_set_text(&r.chain, "ops") == OK);
  CHECK(incident_set_text(&r.service, "web") == OK);
  CHECK(incident_set_text(&r.commander, "bob") == OK);
  CHECK(incident_set_text(&r.series, "h/p/t\nh/p/u") == OK);
  CHECK(incident_set_text(&r.rule, "slow") == OK);
  request_print(&r, j);
  CHECK(json_done(j, &text) == OK);
  CHECK(json_parse(text, strlen(text), &doc, NULL) == OK);
  CHECK(request_read(doc, &back) == OK);
  CHECK(back.verb == VERB_DECLARE && back.incident == 42);
  CHECK(back.at == NOW && back.happened_at == NOW - 5 && back.until == NOW + 5);
  CHECK(back.all && back.is_important && back.is_test && back.is_private &&
        back.no_page);
  CHECK_TEXT(back.by, r.by);
  CHECK_TEXT(back.text, r.text);
  CHECK_TEXT(back.severity, "SEV-1");
  CHECK_TEXT(back.chain, "ops");
  CHECK_TEXT(back.service, "web");
  CHECK_TEXT(back.commander, "bob");
  CHECK_TEXT(back.series, "h/p/t\nh/p/u");
  CHECK_TEXT(back.rule, "slow");
  request_fini(&back);
  request_fini(&r);
  json_in_free(doc);
  json_free(j);
  free(text);
}

static void an_unknown_verb_is_no_request(void) {
  const char *text = "{\"verb\":\"explode\",\"by\":\"x\"}";
  struct json_in *doc = NULL;
  struct request r;
  CHECK(json_parse(text, strlen(text), &doc, NULL) == OK);
  CHECK(request_read(doc, &r) == ERR_INVALID);
  json_in_free(doc);
}

static void it_prints_the_documented_fields(void) {
  struct incident i = make(ACKED);
  struct json *j = json_new();
  char *text = NULL;
  i.alerts_total = 5;
  incident_print(
      &i, &(struct incident_urls){"https://oncall.example.com", 0, 0}, j);
  CHECK(json_done(j, &text) == OK);
  CHECK_TEXT(text,
             "{\"id\":42,\"title\":\"Disk full\",\"description\":null,"
             "\"summary\":null,\"cause\":null,\"detection\":null,"
             "\"rule\":null,\"severity\":\"SEV-3\",\"major\":false,"
             "\"status\":\"investigating\",\"acknowledged_by\":\"alice\","
             "\"acknowledged_at\":\"2025-10-09T08:52:50.000Z\","
             "\"snoozed_until\":null,"
             "\"commander\":null,"
             "\"declared_at\":\"2025-10-09T08:52:20.000Z\","
             "\"declared_by\":\"rule:disk\",\"resolved_at\":null,"
             "\"resolved_by\":null,\"test\":false,\"private\":false,"
             "\"codename\":null,\"parent\":null,\"merged_into\":null,"
             "\"service\":null,\"team\":null,\"labels\":{},\"runbook\":null,"
             "\"url\":\"https://oncall.example.com/incidents/42\","
             "\"chat_url\":null,\"call_url\":null,\"alerts_firing\":2,"
             "\"alerts_total\":5,\"storm\":false,\"paused\":false}");
  free(text);
  json_free(j);
  incident_fini(&i);
}

static void a_veiled_one_says_nothing_of_what_it_is_about(void) {
  struct incident i = make(ACKED);
  char **secrets[] = {&i.title,   &i.description, &i.rule,     &i.group_key,
                      &i.service, &i.team,        &i.runbook,  &i.labels,
                      &i.summary, &i.cause,       &i.detection};
  struct json *j = json_new();
  char *text = NULL;
  for (size_t k = 0; k < sizeof secrets / sizeof secrets[0]; k++)
    CHECK(incident_set_text(secrets[k], "{\"pelican\":\"pelican\"}") == OK);
  CHECK_TEXT(incident_name(&i), i.title);
  i.is_private = true;
  const struct incident veiled = incident_veil(&i);
  CHECK_TEXT(incident_name(&i), incident_name(&veiled));
  incident_print(&veiled, NULL, j);
  CHECK(json_done(j, &text) == OK);
  CHECK(text != NULL && strstr(text, "pelican") == NULL);
  CHECK(text != NULL && strstr(text, "disk") == NULL); /* the rule */
  CHECK(text != NULL && strstr(text, "\"acknowledged_by\":\"alice\"") != NULL);
  CHECK(incident_set_text(&i.codename, "heron") == OK);
  CHECK_TEXT(incident_name(&i), "heron");
  CHECK_TEXT(incident_veil(&i).title, "heron");
  free(text);
  json_free(j);
  incident_fini(&i);
}

/* ---- what people change ---- */

static struct request change_to(enum verb verb, const char *field,
                                const char *text) {
  struct request r = ask(verb, "bob");
  CHECK(incident_set_text(&r.text, text) == OK);
  if (verb == VERB_SEVERITY)
    CHECK(incident_set_text(&r.severity, field) == OK);
  else
    CHECK(incident_set_text(&r.field, field) == OK);
  return r;
}

static void a_person_may_set_the_severity_of_what_is_over(void) {
  for (int stance = 0; stance < STANCES; stance++) {
    struct incident i = make((enum stance)stance);
    struct request r = change_to(VERB_SEVERITY, "SEV-1", "many customers");
    struct entry e;
    const char *why;
    r.is_major = true;
    CHECK(incident_apply(&i, &r, 0, &e, &why) == OK);
    CHECK_TEXT(i.severity, "SEV-1");
    CHECK_TEXT(e.text, "SEV-3 to SEV-1: many customers");
    CHECK(i.is_major && e.kind == KIND_SEVERITY);
    entry_fini(&e);
    CHECK(incident_apply(&i, &r, 0, &e, &why) == ERR_CONFLICT);
    CHECK_TEXT(why, "of that severity already");
    request_fini(&r);
    incident_fini(&i);
  }
}

static void a_status_is_said_while_it_is_open(void) {
  struct incident i = make(ALONE), over = make(RESOLVED);
  struct request r = ask(VERB_STATUS, "bob");
  struct entry e;
  const char *why;
  r.status = STATUS_MONITORING;
  CHECK(incident_apply(&i, &r, 0, &e, &why) == OK);
  CHECK(i.status == STATUS_MONITORING && e.kind == KIND_STATUS);
  CHECK_TEXT(e.text, "monitoring");
  entry_fini(&e);
  CHECK(incident_apply(&i, &r, 0, &e, &why) == ERR_CONFLICT);
  CHECK_TEXT(why, "of that status already");
  CHECK(incident_apply(&over, &r, 0, &e, &why) == ERR_CONFLICT);
  CHECK_TEXT(why, "already resolved; reopen it first");
  r.status = STATUS_RESOLVED; /* that is VERB_RESOLVE's */
  CHECK(incident_apply(&i, &r, 0, &e, &why) == ERR_CONFLICT);
  request_fini(&r);
  incident_fini(&i);
  incident_fini(&over);
}

static void a_reopened_one_is_nobodys(void) {
  struct incident i = make(ACKED);
  struct request r = ask(VERB_REOPEN, "bob");
  struct entry e;
  const char *why;
  CHECK(incident_apply(&i, &r, 0, &e, &why) == ERR_CONFLICT);
  CHECK_TEXT(why, "not resolved");
  r.verb = VERB_RESOLVE;
  CHECK(incident_set_text(&r.text, "done") == OK);
  CHECK(incident_apply(&i, &r, 1000, &e, &why) == OK);
  CHECK_TEXT(e.text, "resolved: done");
  entry_fini(&e);
  r.verb = VERB_REOPEN;
  CHECK(incident_apply(&i, &r, 0, &e, &why) == OK);
  CHECK_TEXT(e.text, "reopened: done");
  CHECK(e.kind == KIND_REOPENED && incident_is_open(&i));
  CHECK(i.status == STATUS_INVESTIGATING && i.acknowledged_by == NULL);
  CHECK(i.resolved_at == WALL_NEVER && i.resolved_by == NULL);
  CHECK(i.hold_until == WALL_NEVER);
  entry_fini(&e);
  request_fini(&r);
  incident_fini(&i);
}

static void an_edit_says_what_was_and_what_is(void) {
  static const struct {
    const char *field, *text, *said;
    bool is_done;
  } edits[] = {
      {"title", "Disk broken", "title: Disk full to Disk broken", true},
      {"title", "Disk broken", "it says so already", false},
      {"title", "", "its title cannot be empty", false},
      {"cause", "a bad cable", "cause: a bad cable", true},
      {"cause", "two\nlines", "cause: two\nlines", true},
      {"cause", "", "cause: removed, was two\nlines", true},
      {"cause", "", "it says so already", false},
      {"label:env", "prod", "label env: prod", true},
      {"label:env", "test", "label env: prod to test", true},
      {"label:env", "", "label env: removed, was test", true},
      {"major", "yes", "major: no to yes", true},
      {"major", "yes", "it says so already", false},
      {"major", "perhaps", "it is major or not: yes or no", false},
      {"major", "", "it is major or not: yes or no", false},
      {"colour", "red", "there is no such field", false},
      {"label:", "red", "there is no such field", false}};
  struct incident i = make(RESOLVED);
  for (size_t n = 0; n < sizeof edits / sizeof edits[0]; n++) {
    struct request r = change_to(VERB_EDIT, edits[n].field, edits[n].text);
    struct entry e;
    const char *why;
    enum err err = incident_apply(&i, &r, 0, &e, &why);
    CHECK((err == OK) == edits[n].is_done);
    CHECK_TEXT(err == OK ? e.text : why, edits[n].said);
    if (err == OK)
      entry_fini(&e);
    request_fini(&r);
  }
  CHECK_TEXT(i.title, "Disk broken");
  CHECK(i.cause == NULL);
  CHECK_TEXT(i.labels, "{}");
  CHECK(i.is_major);
  incident_fini(&i);
}

static void retitle(struct incident *i, const char *title) {
  struct request r = change_to(VERB_EDIT, "title", title);
  struct entry e;
  const char *why;
  CHECK(incident_apply(i, &r, 0, &e, &why) == OK);
  entry_fini(&e);
  request_fini(&r);
}

static void a_title_makes_it_a_test(void) {
  struct incident i = make(ALONE);
  retitle(&i, "[TEST] Disk");
  CHECK(i.is_test);
  CHECK_TEXT(incident_mark(&i, i.title), "");
  retitle(&i, "[TEST] Disk broken");
  CHECK(i.is_test);
  retitle(&i, "Disk broken");
  CHECK(!i.is_test);
  CHECK_TEXT(incident_mark(&i, i.title), "");
  i.is_test = true; /* declared so, whatever its title says */
  retitle(&i, "Disk full");
  CHECK(i.is_test);
  CHECK_TEXT(incident_mark(&i, i.title), "[TEST] ");
  incident_fini(&i);
}

static void an_upgrade_leaves_it_major(void) {
  struct incident i = make(ALONE);
  struct entry e;
  const char *why;
  i.is_major = true;
  CHECK(incident_set_severity(&i, "SEV-4", false, NULL, NULL, 1, &e, &why) ==
        OK);
  CHECK(i.is_major);
  entry_fini(&e);
  CHECK(incident_set_severity(&i, "SEV-5", false, "bob", NULL, 1, &e, &why) ==
        OK);
  CHECK(!i.is_major);
  entry_fini(&e);
  incident_fini(&i);
}

static void a_request_that_lacks_something_changes_nothing(void) {
  static const enum verb verbs[] = {VERB_SEVERITY, VERB_EDIT};
  for (size_t v = 0; v < sizeof verbs / sizeof verbs[0]; v++) {
    struct incident i = make(ALONE);
    struct request r = ask(verbs[v], "bob");
    struct entry e;
    const char *why;
    CHECK(incident_apply(&i, &r, 0, &e, &why) == ERR_CONFLICT);
    request_fini(&r);
    incident_fini(&i);
  }
}

static void nobody_writes_what_happens_by_itself(void) {
  for (int kind = 0; kind < KINDS; kind++) {
    struct incident i = make(ALONE);
    struct request r = ask(VERB_NOTE, "bob");
    struct entry e;
    const char *why;
    bool may = kind == KIND_NOTE || kind == KIND_DECISION ||
               kind == KIND_REPORT || kind == KIND_FIX;
    r.kind = (enum kind)kind;
    CHECK(incident_set_text(&r.text, "sleep") == OK);
    CHECK((incident_apply(&i, &r, 0, &e, &why) == OK) == may);
    if (may) {
      CHECK(e.kind == r.kind);
      entry_fini(&e);
    }
    request_fini(&r);
    incident_fini(&i);
  }
}

static void one_that_was_merged_takes_no_more_changes(void) {
  static const enum verb verbs[] = {VERB_ACK, VERB_RESOLVE, VERB_REOPEN,
                                    VERB_STATUS};
  for (size_t v = 0; v < sizeof verbs / sizeof verbs[0]; v++) {
    struct incident i = make(ALONE);
    struct request r = ask(verbs[v], "bob");
    struct entry e;
    const char *why;
    i.merged_into = 7;
    CHECK(incident_apply(&i, &r, 0, &e, &why) == ERR_CONFLICT);
    CHECK_TEXT(why, "merged into incident 7");
    request_fini(&r);
    incident_fini(&i);
  }
}

static const char *refused(struct incident *i, struct incident *into) {
  const char *why = incident_merge_refusal(i, into);
  return why != NULL ? why : "";
}

static void one_goes_into_another_that_is_open_and_alike(void) {
  struct incident i = make(ALONE), into = make(ALONE);
  i.id = 7;
  into.id = 5;
  CHECK_TEXT(refused(&i, &into), "");
  CHECK_TEXT(refused(&i, &i), "it cannot be merged into itself");
  i.is_private = true;
  CHECK_TEXT(refused(&i, &into), "incident 5 is not private");
  CHECK_TEXT(refused(&into, &i), "");
  i.is_private = false;
  i.is_test = true;
  CHECK_TEXT(refused(&i, &into), "incident 5 is no test");
  CHECK_TEXT(refused(&into, &i), "incident 7 is a test");
  i.is_test = false;
  into.status = STATUS_RESOLVED;
  CHECK_TEXT(refused(&i, &into), "incident 5 is resolved");
  CHECK_TEXT(refused(&into, &i), "");
  into.merged_into = 3;
  CHECK_TEXT(refused(&i, &into), "incident 5 is merged into incident 3");
  CHECK_TEXT(refused(&into, &i), "merged into incident 3");
  into.merged_into = 7;
  CHECK_TEXT(refused(&i, &into), "incident 5 is part of it");
  incident_fini(&i);
  incident_fini(&into);
}

static void one_that_is_merged_is_over(void) {
  struct incident i = make(ALONE);
  i.alerts_firing = i.alerts_total = 2;
  i.is_paused = true;
  CHECK(incident_merge(&i, 5, "bob", NOW) == OK);
  CHECK(!incident_is_open(&i) && i.resolved_at == NOW && i.merged_into == 5);
  CHECK_TEXT(i.resolved_by, "bob");
  CHECK(i.alerts_firing == 0 && i.alerts_total == 0 && !i.is_paused);
  /* Of one that was over it stays who has resolved it, and when. */
  i.merged_into = 0;
  CHECK(incident_merge(&i, 6, "carol", NOW + 1) == OK);
  CHECK_TEXT(i.resolved_by, "bob");
  CHECK(i.resolved_at == NOW && i.merged_into == 6);
  incident_fini(&i);
}

int main(void) {
  one_goes_into_another_that_is_open_and_alike();
  one_that_is_merged_is_over();
  a_veiled_one_says_nothing_of_what_it_is_about();
  a_person_may_set_the_severity_of_what_is_over();
  a_status_is_said_while_it_is_open();
  a_reopened_one_is_nobodys();
  an_edit_says_what_was_and_what_is();
  a_title_makes_it_a_test();
  an_upgrade_leaves_it_major();
  a_request_that_lacks_something_changes_nothing();
  nobody_writes_what_happens_by_itself();
  one_that_was_merged_takes_no_more_changes();
  only_what_makes_sense_is_allowed();
  acknowledging_says_who_has_it();
  a_snooze_is_an_acknowledgement_with_an_end();
  anybody_who_acts_has_answered();
  a_resolve_by_hand_holds_while_alerts_fire();
  a_note_keeps_its_own_time();
  calm_resolves_or_waits_for_a_person();
  a_request_survives_its_journey();
  an_unknown_verb_is_no_request();
  it_prints_the_documented_fields();
  return check_done("t_incident");
}
