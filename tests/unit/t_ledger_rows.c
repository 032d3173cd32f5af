/* SPDX-License-Identifier: MIT */
/* What is put into the ledger comes out of it: by loading, by the tools'
 * reading, and by its figures. */
#include "ledger_things.h"
#include "settings_text.h"

static struct ledger *ledger;

static void fresh(void) { ledger = open_as(LEDGER_OWN); }

static void done(void) {
  ledger_close(ledger);
  ledger = NULL;
  remove_ledger();
}

static bool put_incident(int64_t id, enum status status, wall_ms declared_at) {
  struct incident i = some_incident(id);
  i.status = status;
  i.declared_at = declared_at;
  i.resolved_at = status == STATUS_RESOLVED ? declared_at + 1 : WALL_NEVER;
  return ledger_put_incident(ledger, &i) == OK;
}

static bool put_page(int64_t seq, int64_t incident, enum page_state state,
                     enum reach reach) {
  struct page p = some_page(seq, incident, 0);
  p.state = state;
  p.reach = reach;
  if (state == PAGE_DELIVERED)
    p.delivered_at = NOW + 1;
  if (state == PAGE_FAILED)
    p.error = "HTTP 500";
  return ledger_put_page(ledger, &p) == OK;
}

/* ---- rows come back as they were ---- */

static void an_incident_comes_back_as_it_was(void) {
  fresh();
  struct incident got, i = some_incident(42);
  i.group_key = "4\x1fweb1\x1f";
  i.chain = "ops";
  i.service = "shop";
  i.team = "web";
  i.runbook = "https://wiki.example.com/disk";
  i.commander = "carol";
  i.labels = "{\"site\":\"fra\"}";
  i.status = STATUS_MONITORING;
  i.is_test = i.is_private = i.is_major = true;
  i.acknowledged_at = NOW + 1;
  i.acknowledged_by = "alice";
  i.resolved_at = NOW + 2;
  i.resolved_by = "bob";
  i.alerts_firing = 3;
  i.alerts_total = 5;
  i.join_told_at = NOW + 3;
  i.hold_until = NOW + 4;
  i.is_storm = i.is_paused = true;
  i.upgrades = 0x80000005;
  i.snoozed_until = NOW + 7;
  i.asked_at = NOW + 8;
  CHECK(ledger_put_incident(ledger, &i) == OK);
  CHECK(ledger_incident(ledger, 42, &got) == OK);
  CHECK(got.id == 42);
  CHECK_TEXT(got.title, i.title);
  CHECK_TEXT(got.description, i.description);
  CHECK_TEXT(got.rule, i.rule);
  CHECK_TEXT(got.group_key, i.group_key);
  CHECK_TEXT(got.severity, i.severity);
  CHECK_TEXT(got.chain, i.chain);
  CHECK_TEXT(got.service, i.service);
  CHECK_TEXT(got.team, i.team);
  CHECK_TEXT(got.runbook, i.runbook);
  CHECK_TEXT(got.commander, i.commander);
  CHECK_TEXT(got.labels, i.labels);
  CHECK(got.status == STATUS_MONITORING);
  CHECK(got.is_test && got.is_private && got.is_major);
  CHECK(got.declared_at == NOW);
  CHECK_TEXT(got.declared_by, i.declared_by);
  CHECK(got.acknowledged_at == NOW + 1);
  CHECK_TEXT(got.acknowledged_by, "alice");
  CHECK(got.resolved_at == NOW + 2);
  CHECK_TEXT(got.resolved_by, "bob");
  CHECK(got.alerts_firing == 3 && got.alerts_total == 5);
  CHECK(got.join_told_at == NOW + 3 && got.hold_until == NOW + 4);
  CHECK(got.is_storm && got.is_paused && got.upgrades == 0x80000005);
  CHECK(got.snoozed_until == NOW + 7 && got.asked_at == NOW + 8);
  incident_fini(&got);
  done();
}

static void what_an_incident_has_not_stays_so(void) {
  fresh();
  struct incident got, i;
  incident_init(&i);
  i.id = 1;
  i.title = "t";
  i.severity = "UNKNOWN";
  i.declared_by = "alice";
  i.declared_at = NOW;
  CHECK(ledger_put_incident(ledger, &i) == OK);
  CHECK(ledger_incident(ledger, 1, &got) == OK);
  CHECK_TEXT(got.description, "");
  CHECK_TEXT(got.labels, "{}");
  CHECK(got.rule == NULL && got.group_key == NULL && got.chain == NULL);
  CHECK(got.acknowledged_by == NULL && got.resolved_by == NULL);
  CHECK(got.acknowledged_at == WALL_NEVER && got.resolved_at == WALL_NEVER);
  CHECK(got.join_told_at == WALL_NEVER && got.hold_until == WALL_NEVER);
  incident_fini(&got);
  CHECK(ledger_incident(ledger, 2, &got) == ERR_NOTFOUND);
  done();
}

static void a_second_put_changes_the_row(void) {
  fresh();
  struct incident got;
  CHECK(put_incident(1, STATUS_INVESTIGATING, NOW));
  CHECK(put_incident(1, STATUS_RESOLVED, NOW));
  CHECK(ledger_incident(ledger, 1, &got) == OK);
  CHECK(got.status == STATUS_RESOLVED);
  incident_fini(&got);
  done();
}

static void a_rule_and_group_have_one_open_incident(void) {
  fresh();
  struct incident a = some_incident(1), b = some_incident(2);
  a.group_key = b.group_key = "4\x1fweb1\x1f";
  CHECK(ledger_put_incident(ledger, &a) == OK);
  CHECK(ledger_put_incident(ledger, &b) == ERR_INVALID);
  a.status = STATUS_RESOLVED;
  CHECK(ledger_put_incident(ledger, &a) == OK);
  CHECK(ledger_put_incident(ledger, &b) == OK);
  done();
}

static void free_alert(struct alert *own_alert) {
  alert_fini(own_alert);
  free(own_alert);
}

static struct alert *got_alert;
static char got_rule[64];

static enum err keep_alert(void *arg, struct alert *own_alert, int64_t incident,
                           const char *rule) {
  (void)arg;
  CHECK(incident == own_alert->incident);
  if (got_alert != NULL)
    free_alert(got_alert);
  got_alert = own_alert;
  snprintf(got_rule, sizeof got_rule, "%s", rule);
  return OK;
}

static int loaded_incidents, loaded_alerts, loaded_runs, loaded_pages;

static enum err drop_incident(void *arg, struct incident *own_incident) {
  (void)arg;
  loaded_incidents++;
  incident_fini(own_incident);
  free(own_incident);
  return OK;
}

static enum err drop_alert(void *arg, struct alert *own_alert, int64_t incident,
                           const char *rule) {
  (void)arg, (void)incident, (void)rule;
  loaded_alerts++;
  free_alert(own_alert);
  return OK;
}

static enum err drop_run(void *arg, struct run *own_run) {
  (void)arg;
  loaded_runs++;
  CHECK_TEXT(own_run->chain_name, "ops");
  free(own_run->chain_name);
  free(own_run);
  return OK;
}

static enum err drop_page(void *arg, struct page *own_page) {
  (void)arg;
  loaded_pages++;
  page_fini(own_page);
  free(own_page);
  return OK;
}

static const struct ledger_loader counting = {.incident = drop_incident,
                                              .alert = drop_alert,
                                              .run = drop_run,
                                              .page = drop_page};

static void load_counting(void) {
  loaded_incidents = loaded_alerts = loaded_runs = loaded_pages = 0;
  CHECK(ledger_load(ledger, &counting) == OK);
}

static void load_one_alert(void) {
  struct ledger_loader to = counting;
  got_rule[0] = '\0';
  to.alert = keep_alert;
  enum err err = ledger_load(ledger, &to);
  if (err != OK)
    printf("load: %s\n", ledger_why(ledger));
  CHECK(err == OK);
  CHECK(got_alert != NULL);
}

static void forget_alert(void) {
  if (got_alert != NULL)
    free_alert(got_alert);
  got_alert = NULL;
}

static void an_alert_comes_back_as_it_was(void) {
  fresh();
  static uint64_t memory[SIGNAL_BYTES_MAX / 8];
  struct packer p;
  signal_begin(&p, memory);
  p.signal->level = LEVEL_FAILURE;
  p.signal->has_value = true;
  p.signal->value = 0.1;
  p.signal->warning_min = -1;
  p.signal->failure_max = 1e300;
  p.signal->received = NOW + 7;
  p.signal->sent = NOW - 5;
  const char *texts[] = {"w\"eb'1",  "d;f", "",     "t\n",
                         "\xc3\xa9", "msg", "value"};
  for (size_t i = 0; i < 7; i++)
    signal_add(&p, texts[i], strlen(texts[i]));
  CHECK(signal_add_meta(&p, "a", "first"));
  CHECK(signal_add_meta(&p, "b", "\"quoted\""));
  CHECK(signal_add_meta(&p, "a", "second"));
  signal_end(&p, false);
  struct alert_extra extra = {
      .silence = 4, .inhibitor = -1, .group_key = "k\x1fv"};
  struct alert a = {.id = 9,
                    .rule = &some_rule,
                    .signal = p.signal,
                    .since = NOW + 1,
                    .good_since = NOW + 2,
                    .state = ALERT_FIRING,
                    .unsure = UNSURE_TRIAL,
                    .changed_at = NOW + 3,
                    .fired = {NOW - 1, {1, FIRING_NONE}},
                    .extra = &extra,
                    .bad_by = BAD_MEASURED,
                    .is_flapping = true,
                    .level = LEVEL_WARNING};
  CHECK(ledger_put_alert(ledger, &a) == OK);
  load_one_alert();
  if (got_alert != NULL) {
    const struct signal *s = got_alert->signal;
    CHECK(got_alert->id == 9 && got_alert->incident == 0);
    CHECK_TEXT(got_rule, "disk-full");
    CHECK(signal_same_series(s, p.signal));
    CHECK(s->hash == p.signal->hash);
    CHECK_TEXT(signal_data_source(s), "value");
    CHECK_TEXT(signal_message(s), "msg");
    CHECK_TEXT(signal_meta(s, "a"), "first");
    CHECK_TEXT(signal_meta(s, "b"), "\"quoted\"");
    CHECK(s->has_value && s->value == 0.1 && s->warning_min == -1);
    CHECK(isnan(s->warning_max) && isnan(s->failure_min));
    CHECK(s->failure_max == 1e300);
    CHECK(s->received == NOW + 7 && s->sent == NOW - 5);
    CHECK(got_alert->since == NOW + 1 && got_alert->good_since == NOW + 2);
    CHECK(got_alert->state == ALERT_FIRING);
    CHECK(got_alert->unsure == UNSURE_TRIAL);
    CHECK(got_alert->changed_at == NOW + 3 && got_alert->heard_at == NOW + 7);
    CHECK(firings_at(&got_alert->fired, 0) == NOW - 1);
    CHECK(firings_at(&got_alert->fired, 1) == NOW - 2);
    CHECK(firings_at(&got_alert->fired, 2) == WALL_NEVER);
    CHECK(alert_extra(got_alert)->silence == 4);
    CHECK(alert_extra(got_alert)->inhibitor == -1);
    CHECK_TEXT(alert_extra(got_alert)->group_key, "k\x1fv");
    CHECK(got_alert->bad_by == BAD_MEASURED && got_alert->is_flapping);
    CHECK(got_alert->level == LEVEL_WARNING);
    CHECK(got_alert->timer.due == WALL_NEVER && got_alert->timer.slot == 0);
  }
  forget_alert();
  done();
}

static void a_pending_alert_still_waits_for_a_number(void) {
  fresh();
  struct alert a = some_alert(1, 0, "web1");
  a.signal->value = NAN;
  a.state = ALERT_PENDING;
  a.unsure = UNSURE_WAIT;
  CHECK(ledger_put_alert(ledger, &a) == OK);
  free(a.signal);
  load_one_alert();
  if (got_alert != NULL) {
    CHECK(got_alert->signal->has_value && isnan(got_alert->signal->value));
    CHECK(got_alert->unsure == UNSURE_WAIT);
  }
  forget_alert();
  done();
}

static enum err see_cleared(void *arg, const struct alert *a,
                            const char *rule) {
  CHECK_TEXT(rule, "disk-full");
  CHECK(a->state == ALERT_CLEARED);
  ++*(int *)arg;
  return OK;
}

static void an_alert_whose_rule_is_gone_is_cleared_under_its_name(void) {
  fresh();
  int n = 0;
  CHECK(put_incident(1, STATUS_INVESTIGATING, NOW));
  CHECK(put_alert(ledger, 1, 1, ALERT_FIRING));
  struct alert a = some_alert(1, 1, "web1");
  a.rule = NULL;
  a.state = ALERT_CLEARED;
  a.is_stored = true;
  CHECK(ledger_put_alert(ledger, &a) == OK);
  free(a.signal);
  CHECK(ledger_alerts(ledger, 1, 0, see_cleared, &n) == OK);
  CHECK(n == 1);
  done();
}

static struct page got_page;

static enum err look_at_page(void *arg, const struct page *p) {
  (void)arg;
  CHECK(p->seq == 3 && p->incident == 1 && p->run == 2 && p->request == 0);
  CHECK_TEXT(p->id, got_page.id);
  CHECK_TEXT(p->ack_token, "TOKEN");
  CHECK(p->event == PAGE_RESOLVED && p->state == PAGE_CANCELLED);
  CHECK(p->reach == REACH_MAYBE);
  CHECK_TEXT(p->webhook_name, "alice-phone");
  CHECK_TEXT(p->responder, "alice");
  CHECK_TEXT(p->chain, "ops");
  CHECK_TEXT(p->target, "responder:alice");
  CHECK(p->step == 2 && p->round == 3 && p->attempts == 4);
  CHECK(p->created_at == NOW && p->delivered_at == NOW + 9);
  CHECK(p->tried == 1234 && p->http_status == 503);
  CHECK_TEXT(p->error, "HTTP 503");
  CHECK_TEXT(p->response, "later");
  CHECK_TEXT(p->tries, "{}\n");
  return OK;
}

static enum err look_at_run(void *arg, const struct run *r) {
  (void)arg;
  CHECK(r->id == 2 && r->incident == 1 && r->source == RUN_OF_SEVERITY);
  CHECK_TEXT(r->chain_name, "ops");
  CHECK(r->state == RUN_EXHAUSTED && r->step == 4 && r->round == 5);
  CHECK(r->step_at == NOW + 1 && r->round_at == NOW + 2);
  CHECK(r->ended_at == NOW + 3);
  return OK;
}

static void pages_and_runs_come_back_as_they_were(void) {
  fresh();
  struct run r = some_run(2, 1);
  struct page p = some_page(3, 1, 2);
  r.source = RUN_OF_SEVERITY;
  r.state = RUN_EXHAUSTED;
  r.step = 4;
  r.round = 5;
  r.step_at = NOW + 1;
  r.round_at = NOW + 2;
  r.ended_at = NOW + 3;
  memcpy(p.ack_token, "TOKEN", 6);
  p.event = PAGE_RESOLVED;
  p.state = PAGE_CANCELLED;
  p.reach = REACH_MAYBE;
  p.step = 2;
  p.round = 3;
  p.attempts = 4;
  p.delivered_at = NOW + 9;
  p.tried = 1234;
  p.http_status = 503;
  p.error = "HTTP 503";
  p.response = "later";
  p.tries = "{}\n";
  got_page = p;
  CHECK(put_incident(1, STATUS_INVESTIGATING, NOW));
  CHECK(ledger_put_run(ledger, &r) == OK);
  CHECK(ledger_put_page(ledger, &p) == OK);
  CHECK(ledger_runs(ledger, 1, look_at_run, NULL) == OK);
  CHECK(ledger_pages(ledger, 1, 0, look_at_page, NULL) == OK);
  done();
}

static void a_row_of_a_missing_incident_is_refused(void) {
  fresh();
  struct run r = some_run(1, 99);
  CHECK(ledger_put_run(ledger, &r) == ERR_INVALID);
  CHECK(!put_alert(ledger, 1, 99, ALERT_FIRING));
  CHECK(!put_page(1, 99, PAGE_PENDING, REACH_NO));
  CHECK(!put_entry(ledger, 99, NOW, "x"));
  done();
}

static void the_next_ids_follow_the_highest(void) {
  fresh();
  struct ledger_ids ids;
  CHECK(ledger_next_ids(ledger, &ids) == OK);
  CHECK(ids.incident == 1 && ids.alert == 1 && ids.run == 1 &&
        ids.page_seq == 1);
  struct run r = some_run(7, 41);
  CHECK(put_incident(41, STATUS_RESOLVED, NOW));
  CHECK(put_alert(ledger, 5, 41, ALERT_CLEARED));
  CHECK(ledger_put_run(ledger, &r) == OK);
  CHECK(put_page(8, 41, PAGE_PENDING, REACH_NO));
  CHECK(ledger_next_ids(ledger, &ids) == OK);
  CHECK(ids.incident == 42 && ids.alert == 6 && ids.run == 8 &&
        ids.page_seq == 9);
  done();
}

/* ---- loading ---- */

static void loading_takes_what_can_still_change(void) {
  fresh();
  struct run r1 = some_run(1, 1), r2 = some_run(2, 2), r3 = some_run(3, 3);
  CHECK(put_incident(1, STATUS_INVESTIGATING, NOW)); /* open */
  CHECK(put_incident(2, STATUS_RESOLVED, NOW));      /* over */
  CHECK(put_incident(3, STATUS_RESOLVED, NOW));      /* a live alert */
  CHECK(put_incident(4, STATUS_RESOLVED, NOW));      /* an unfinished page */
  CHECK(ledger_put_run(ledger, &r1) == OK && ledger_put_run(ledger, &r2) == OK);
  CHECK(ledger_put_run(ledger, &r3) == OK);
  CHECK(put_alert(ledger, 1, 1, ALERT_FIRING));
  CHECK(put_alert(ledger, 2, 1, ALERT_CLEARED));
  CHECK(put_alert(ledger, 3, 2, ALERT_CLEARED)); /* not */
  CHECK(put_alert(ledger, 4, 3, ALERT_CLEARING));
  CHECK(put_alert(ledger, 5, 3, ALERT_CLEARED)); /* not */
  CHECK(put_alert(ledger, 6, 0, ALERT_PENDING));
  CHECK(put_page(1, 1, PAGE_DELIVERED, REACH_YES));
  CHECK(put_page(2, 1, PAGE_FAILED, REACH_MAYBE));
  CHECK(put_page(3, 1, PAGE_FAILED, REACH_NO)); /* not */
  CHECK(put_page(4, 1, PAGE_PENDING, REACH_NO));
  CHECK(put_page(5, 2, PAGE_DELIVERED, REACH_YES)); /* not */
  CHECK(put_page(6, 4, PAGE_SENDING, REACH_NO));
  load_counting();
  CHECK(loaded_incidents == 3);
  CHECK(loaded_alerts == 4);
  CHECK(loaded_runs == 2);
  CHECK(loaded_pages == 4);
  done();
}

static enum err refuse_incident(void *arg, struct incident *own_incident) {
  (void)drop_incident(arg, own_incident);
  return ERR_CEILING;
}

static void an_error_of_the_callback_ends_the_loading(void) {
  fresh();
  struct ledger_loader to = counting;
  to.incident = refuse_incident;
  CHECK(put_incident(1, STATUS_INVESTIGATING, NOW));
  CHECK(put_incident(2, STATUS_INVESTIGATING, NOW));
  loaded_incidents = 0;
  CHECK(ledger_load(ledger, &to) == ERR_CEILING);
  CHECK(loaded_incidents == 1);
  done();
}

static void one_incident_is_loaded_with_its_runs_and_pages(void) {
  fresh();
  struct run r = some_run(1, 1);
  CHECK(put_incident(1, STATUS_INVESTIGATING, NOW));
  CHECK(put_incident(2, STATUS_INVESTIGATING, NOW));
  CHECK(ledger_put_run(ledger, &r) == OK);
  CHECK(put_page(1, 1, PAGE_PENDING, REACH_NO));
  CHECK(put_page(2, 2, PAGE_PENDING, REACH_NO));
  loaded_incidents = loaded_runs = loaded_pages = 0;
  CHECK(ledger_load_incident(ledger, 1, &counting) == OK);
  CHECK(loaded_incidents == 1 && loaded_runs == 1 && loaded_pages == 1);
  CHECK(ledger_load_incident(ledger, 3, &counting) == ERR_NOTFOUND);
  done();
}

/* ---- requests ---- */

struct seen {
  int n;
  int64_t ids[8];
};

static enum err see_request(void *arg, const struct request *r) {
  struct seen *s = arg;
  CHECK(r->verb == VERB_NOTE && r->incident == 4 && r->is_important);
  CHECK_TEXT(r->by, "alice");
  CHECK_TEXT(r->text, "\xe2\x82\xac \"5\"");
  CHECK(r->at == NOW && r->happened_at == NOW - 60000);
  if (s->n < 8)
    s->ids[s->n++] = r->id;
  return OK;
}

static bool add_request(int64_t *id) {
  struct request r;
  request_init(&r);
  r.verb = VERB_NOTE;
  r.incident = 4;
  r.by = "alice";
  r.text = "\xe2\x82\xac \"5\"";
  r.at = NOW;
  r.happened_at = NOW - 60000;
  r.is_important = true;
  enum err err = ledger_add_request(ledger, &r);
  *id = r.id;
  return err == OK;
}

static void requests_come_in_order_and_never_under_an_old_id(void) {
  fresh();
  struct seen s = {0};
  int64_t one = 0, two = 0, three = 0;
  CHECK(add_request(&one) && add_request(&two));
  CHECK(ledger_requests(ledger, 0, see_request, &s) == OK);
  CHECK(s.n == 2 && s.ids[0] == one && s.ids[1] == two && one < two);
  CHECK(ledger_requests(ledger, two, see_request, &s) == OK);
  CHECK(s.n == 2);
  CHECK(ledger_drop_requests(ledger, two) == OK);
  CHECK(add_request(&three));
  CHECK(three > two);
  CHECK(ledger_requests(ledger, two, see_request, &s) == OK);
  CHECK(s.n == 3 && s.ids[2] == three);
  done();
}

/* ---- reading ---- */

static char order[256];

static enum err note_incident(void *arg, const struct incident *i) {
  size_t n = strlen(order);
  (void)arg;
  snprintf(order + n, sizeof order - n, "%lld ", (long long)i->id);
  return OK;
}

static const char *list(struct ledger_filter filter) {
  order[0] = '\0';
  CHECK(ledger_list(ledger, &filter, note_incident, NULL) == OK);
  return order;
}

static void lists_are_filtered_and_newest_first(void) {
  fresh();
  CHECK(put_incident(1, STATUS_INVESTIGATING, NOW));
  CHECK(put_incident(2, STATUS_RESOLVED, NOW + 1));
  CHECK(put_incident(3, STATUS_MONITORING, NOW + 5));
  CHECK(put_incident(4, STATUS_INVESTIGATING, NOW + 5));
  struct incident i = some_incident(5);
  i.title = "100% full_up \xc3\xa9";
  i.description = "";
  i.severity = "SEV-1";
  i.rule = "other";
  i.is_private = true;
  i.declared_at = NOW + 2;
  CHECK(ledger_put_incident(ledger, &i) == OK);
  CHECK_TEXT(list((struct ledger_filter){0}), "4 3 5 1 ");
  CHECK_TEXT(list((struct ledger_filter){.all = true}), "4 3 5 2 1 ");
  CHECK_TEXT(list((struct ledger_filter){.status = "resolved"}), "2 ");
  CHECK_TEXT(list((struct ledger_filter){.status = "monitoring"}), "3 ");
  CHECK_TEXT(list((struct ledger_filter){.severity = "SEV-1"}), "5 ");
  CHECK_TEXT(list((struct ledger_filter){.rule = "other"}), "5 ");
  CHECK_TEXT(list((struct ledger_filter){.private_only = true}), "5 ");
  CHECK_TEXT(list((struct ledger_filter){.since = NOW + 2}), "4 3 5 ");
  CHECK_TEXT(list((struct ledger_filter){.search = "100%"}), "5 ");
  CHECK_TEXT(list((struct ledger_filter){.search = "FULL_UP"}), "5 ");
  CHECK_TEXT(list((struct ledger_filter){.search = "l%p"}), "");
  CHECK_TEXT(list((struct ledger_filter){.search = "file system"}), "4 3 1 ");
  CHECK_TEXT(list((struct ledger_filter){.all = true, .search = "FILE sys"}),
             "4 3 2 1 ");
  CHECK_TEXT(list((struct ledger_filter){.all = true, .since = NOW + 1}),
             "4 3 5 2 ");
  CHECK_TEXT(list((struct ledger_filter){.rule = "other", .severity = "SEV-3"}),
             "");
  done();
}

static enum err note_alert(void *arg, const struct alert *a, const char *rule) {
  size_t n = strlen(order);
  (void)arg;
  CHECK_TEXT(rule, "disk-full");
  snprintf(order + n, sizeof order - n, "%lld ", (long long)a->id);
  return OK;
}

static const char *alerts(int64_t limit) {
  order[0] = '\0';
  CHECK(ledger_alerts(ledger, 1, limit, note_alert, NULL) == OK);
  return order;
}

static void alerts_are_worst_and_newest_first(void) {
  fresh();
  CHECK(put_incident(1, STATUS_INVESTIGATING, NOW));
  const struct {
    enum alert_state state;
    enum level level;
    wall_ms since;
  } rows[] = {{ALERT_FIRING, LEVEL_WARNING, NOW + 9},
              {ALERT_FIRING, LEVEL_FAILURE, NOW},
              {ALERT_CLEARING, LEVEL_FAILURE, NOW + 5},
              {ALERT_CLEARED, LEVEL_FAILURE, NOW + 20},
              {ALERT_FIRING, LEVEL_FAILURE, NOW}};
  for (int i = 0; i < 5; i++) {
    struct alert a = some_alert(i + 1, 1, "web1");
    a.state = (uint8_t)rows[i].state;
    a.level = (uint8_t)rows[i].level;
    a.since = rows[i].since;
    CHECK(ledger_put_alert(ledger, &a) == OK);
    free(a.signal);
  }
  CHECK_TEXT(alerts(0), "3 5 2 1 4 ");
  CHECK_TEXT(alerts(2), "3 5 ");
  CHECK_TEXT(alerts(4), "3 5 2 1 ");
  done();
}

static enum err note_entry(void *arg, const struct entry *e) {
  size_t n = strlen(order);
  (void)arg;
  CHECK(e->kind == KIND_NOTE && e->by == NULL && e->incident == 1);
  snprintf(order + n, sizeof order - n, "%s ", e->text);
  return OK;
}

static void the_timeline_is_oldest_first(void) {
  fresh();
  CHECK(put_incident(1, STATUS_INVESTIGATING, NOW));
  CHECK(put_incident(2, STATUS_INVESTIGATING, NOW));
  CHECK(put_entry(ledger, 1, NOW + 5, "c"));
  CHECK(put_entry(ledger, 1, NOW, "a"));
  CHECK(put_entry(ledger, 2, NOW, "x"));
  CHECK(put_entry(ledger, 1, NOW, "b"));
  order[0] = '\0';
  CHECK(ledger_timeline(ledger, 1, note_entry, NULL) == OK);
  CHECK_TEXT(order, "a b c ");
  done();
}

static void an_entry_learns_its_id_and_is_changed_under_it(void) {
  fresh();
  struct entry e = {.incident = 1, .kind = KIND_NOTE, .text = "first"};
  CHECK(put_incident(1, STATUS_INVESTIGATING, NOW));
  CHECK(ledger_put_entry(ledger, &e) == OK);
  CHECK(e.id == 1);
  e.text = "second";
  CHECK(ledger_put_entry(ledger, &e) == OK);
  order[0] = '\0';
  CHECK(ledger_timeline(ledger, 1, note_entry, NULL) == OK);
  CHECK_TEXT(order, "second ");
  done();
}

static enum err count(void *arg, const struct page *p) {
  (void)p;
  ++*(int *)arg;
  return OK;
}

static void the_pages_of_a_test_are_found_by_its_request(void) {
  fresh();
  int n = 0;
  for (int i = 1; i <= 3; i++) {
    struct page p = some_page(i, 0, 0);
    p.event = PAGE_TEST;
    p.request = i < 3 ? 77 : 78;
    CHECK(ledger_put_page(ledger, &p) == OK);
  }
  CHECK(ledger_pages(ledger, 0, 77, count, &n) == OK);
  CHECK(n == 2);
  done();
}

static void who_was_paged_is_known(void) {
  fresh();
  bool was = false;
  CHECK(put_incident(1, STATUS_INVESTIGATING, NOW));
  CHECK(put_page(1, 1, PAGE_FAILED, REACH_NO));
  CHECK(ledger_was_paged(ledger, 1, "alice", &was) == OK && was);
  CHECK(ledger_was_paged(ledger, 1, "bob", &was) == OK && !was);
  CHECK(ledger_was_paged(ledger, 2, "alice", &was) == OK && !was);
  done();
}

/* ---- figures ---- */

static void the_figures_count_what_is_open_and_waiting(void) {
  fresh();
  struct ledger_figures f;
  int64_t id;
  CHECK(ledger_figures(ledger, NOW, &f) == OK);
  CHECK(f.open == 0 && f.oldest_pending == WALL_NEVER &&
        f.events_unmatched == 0);
  CHECK(put_incident(1, STATUS_INVESTIGATING, NOW));
  CHECK(put_incident(2, STATUS_RESOLVED, NOW));
  struct incident i = some_incident(3);
  i.acknowledged_at = NOW;
  i.acknowledged_by = "alice";
  CHECK(ledger_put_incident(ledger, &i) == OK);
  struct page old = some_page(6, 1, 0);
  old.state = PAGE_FAILED;
  old.created_at = NOW - 25 * 3600000LL;
  old.error = "x";
  CHECK(ledger_put_page(ledger, &old) == OK);
  CHECK(put_page(1, 1, PAGE_PENDING, REACH_NO));
  CHECK(put_page(2, 1, PAGE_PENDING, REACH_NO));
  CHECK(put_page(3, 1, PAGE_SENDING, REACH_NO));
  CHECK(put_page(4, 1, PAGE_FAILED, REACH_NO));
  CHECK(put_page(5, 1, PAGE_DELIVERED, REACH_YES));
  CHECK(add_request(&id));
  CHECK(ledger_figures(ledger, NOW + 1000, &f) == OK);
  CHECK(f.open == 2 && f.unacknowledged == 1);
  CHECK(f.pages_pending == 2 && f.pages_sending == 1);
  CHECK(f.pages_failed_day == 1);
  CHECK(f.oldest_pending == NOW);
  CHECK(f.requests_waiting == 1);
  done();
}

static void of_the_events_the_last_thousand_are_kept_and_all_are_counted(void) {
  fresh();
  struct ledger_figures f;
  struct signal *s = some_signal("web1", 5);
  const struct event event = {.at = NOW, .signal = s};
  CHECK(ledger_begin(ledger, 0) == OK);
  for (int i = 0; i < 1005; i++)
    if (ledger_put_event(ledger, &event) != OK)
      CHECK(false);
  CHECK(ledger_commit(ledger) == OK);
  free(s);
  CHECK(ledger_figures(ledger, NOW, &f) == OK);
  CHECK(f.events_unmatched == 1005);
  done();
}

static enum err note_severity(void *arg, const char *name, int64_t n) {
  size_t at = strlen(order);
  (void)arg;
  snprintf(order + at, sizeof order - at, "%s:%lld ", name, (long long)n);
  return OK;
}

static bool put_severity(int64_t id, char *severity) {
  struct incident i = some_incident(id);
  i.severity = severity;
  return ledger_put_incident(ledger, &i) == OK;
}

static void severities_are_counted_worst_first(void) {
  fresh();
  CHECK(put_severity(1, "minor"));
  CHECK(put_severity(2, "worst"));
  CHECK(put_severity(3, "minor"));
  CHECK(put_severity(4, "bad"));
  order[0] = '\0';
  CHECK(ledger_open_by_severity(ledger, NULL, note_severity, NULL) == OK);
  CHECK_TEXT(order, "bad:1 minor:2 worst:1 ");
  struct settings *settings =
      read_right("<Severity \"worst\">\n</Severity>\n"
                 "<Severity \"bad\">\n</Severity>\n"
                 "<Severity \"minor\">\n</Severity>\n"
                 "<Webhook \"w\">\nURL \"http://127.0.0.1/\"\n</Webhook>\n"
                 "<Chain \"c\">\n<Step>\nWebhook \"w\"\n</Step>\n</Chain>\n"
                 "<Rule \"r\">\n<Match>\nPlugin \"df\"\n</Match>\n"
                 "Chain \"c\"\n</Rule>\n");
  order[0] = '\0';
  CHECK(ledger_open_by_severity(ledger, settings, note_severity, NULL) == OK);
  settings_free(settings);
  CHECK_TEXT(order, "worst:1 bad:1 minor:2 ");
  done();
}

static enum err note_webhook(void *arg, const char *webhook, wall_ms since,
                             const char *error) {
  size_t at = strlen(order);
  (void)arg;
  snprintf(order + at, sizeof order - at, "%s since %lld: %s; ", webhook,
           (long long)(since - NOW), error);
  return OK;
}

static bool put_try(int64_t seq, char *webhook, enum page_state state,
                    char *error) {
  struct page p = some_page(seq, 1, 0);
  p.webhook_name = webhook;
  p.state = state;
  p.error = error;
  p.created_at = NOW + seq;
  p.attempts = 1;
  if (state == PAGE_DELIVERED)
    p.delivered_at = NOW + seq;
  return ledger_put_page(ledger, &p) == OK;
}

static bool put_cancelled(int64_t seq, char *webhook, unsigned attempts,
                          int http_status) {
  struct page p = some_page(seq, 1, 0);
  p.webhook_name = webhook;
  p.state = PAGE_CANCELLED;
  p.error = (char *)"acknowledged";
  p.created_at = NOW + seq;
  p.attempts = attempts;
  p.http_status = http_status;
  return ledger_put_page(ledger, &p) == OK;
}

static void a_cancelled_page_accuses_its_webhook_only_if_it_was_tried(void) {
  fresh();
  CHECK(put_incident(1, STATUS_INVESTIGATING, NOW));
  CHECK(put_cancelled(1, "never-sent", 0, 0));
  CHECK(put_cancelled(2, "refused", 0, 0));
  CHECK(put_cancelled(3, "refused", 3, 503));
  CHECK(put_cancelled(4, "dead", 1, 0));
  order[0] = '\0';
  CHECK(ledger_failing_webhooks(ledger, note_webhook, NULL) == OK);
  CHECK_TEXT(order, "dead since 4: no answer; refused since 3: HTTP 503; ");
  done();
}

static void a_webhook_fails_since_its_first_page_after_the_last_good_one(void) {
  fresh();
  CHECK(put_incident(1, STATUS_INVESTIGATING, NOW));
  CHECK(put_try(1, "back-again", PAGE_FAILED, "HTTP 500"));
  CHECK(put_try(2, "back-again", PAGE_DELIVERED, NULL));
  CHECK(put_try(3, "dead", PAGE_FAILED, "timeout"));
  CHECK(put_try(4, "dead", PAGE_PENDING, "refused"));
  CHECK(put_try(5, "gone", PAGE_DELIVERED, NULL));
  CHECK(put_try(6, "gone", PAGE_FAILED, "HTTP 404"));
  CHECK(put_try(7, "gone", PAGE_FAILED, "HTTP 410"));
  CHECK(put_try(8, "untried", PAGE_PENDING, NULL));
  order[0] = '\0';
  CHECK(ledger_failing_webhooks(ledger, note_webhook, NULL) == OK);
  CHECK_TEXT(order, "dead since 3: refused; gone since 6: HTTP 410; ");
  done();
}

int main(void) {
  hash_init();
  if (!make_dir())
    return 99;
  an_incident_comes_back_as_it_was();
  what_an_incident_has_not_stays_so();
  a_second_put_changes_the_row();
  a_rule_and_group_have_one_open_incident();
  an_alert_comes_back_as_it_was();
  a_pending_alert_still_waits_for_a_number();
  an_alert_whose_rule_is_gone_is_cleared_under_its_name();
  pages_and_runs_come_back_as_they_were();
  a_row_of_a_missing_incident_is_refused();
  the_next_ids_follow_the_highest();
  loading_takes_what_can_still_change();
  an_error_of_the_callback_ends_the_loading();
  one_incident_is_loaded_with_its_runs_and_pages();
  requests_come_in_order_and_never_under_an_old_id();
  lists_are_filtered_and_newest_first();
  alerts_are_worst_and_newest_first();
  the_timeline_is_oldest_first();
  an_entry_learns_its_id_and_is_changed_under_it();
  the_pages_of_a_test_are_found_by_its_request();
  who_was_paged_is_known();
  the_figures_count_what_is_open_and_waiting();
  of_the_events_the_last_thousand_are_kept_and_all_are_counted();
  severities_are_counted_worst_first();
  a_webhook_fails_since_its_first_page_after_the_last_good_one();
  a_cancelled_page_accuses_its_webhook_only_if_it_was_tried();
  remove_dir();
  return check_done("t_ledger_rows");
}
