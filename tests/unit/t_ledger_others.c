/* SPDX-License-Identifier: MIT */
/* Silences, absences and evidence come out of the ledger as they were put in,
 * and what has just resolved comes with what is open. */
#include "ledger_things.h"

#include <sqlite3.h>

static struct ledger *ledger;

static void fresh(void) { ledger = open_as(LEDGER_OWN); }

static void done(void) {
  ledger_close(ledger);
  ledger = NULL;
  remove_ledger();
}

/* By another handle, as people do it. */
static void execute(const char *sql) {
  sqlite3 *db = NULL;
  CHECK(sqlite3_open_v2(things_path, &db, SQLITE_OPEN_READWRITE, NULL) ==
        SQLITE_OK);
  CHECK(sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK);
  sqlite3_close(db);
}

/* ---- what is loaded ---- */

static char loaded[1000];

static void note(const char *kind, int64_t id) {
  size_t at = strlen(loaded);
  snprintf(loaded + at, sizeof loaded - at, "%s%lld ", kind, (long long)id);
}

static enum err note_incident(void *arg, struct incident *own_incident) {
  (void)arg;
  note("i", own_incident->id);
  incident_fini(own_incident);
  free(own_incident);
  return OK;
}

static enum err note_alert(void *arg, struct alert *own_alert, int64_t incident,
                           const char *rule) {
  (void)arg, (void)incident, (void)rule;
  note("a", own_alert->id);
  alert_fini(own_alert);
  free(own_alert);
  return OK;
}

static enum err note_run(void *arg, struct run *own_run) {
  (void)arg;
  note("r", own_run->id);
  free(own_run->chain_name);
  free(own_run);
  return OK;
}

static enum err note_page(void *arg, struct page *own_page) {
  (void)arg;
  note("p", own_page->seq);
  page_fini(own_page);
  free(own_page);
  return OK;
}

static struct silence got;

static enum err note_silence(void *arg, struct silence *own_silence) {
  (void)arg;
  note("s", own_silence->id);
  silence_fini(&got);
  got = *own_silence;
  free(own_silence);
  return OK;
}

static enum err note_override(void *arg, struct override *own_override) {
  (void)arg;
  note("o", own_override->id);
  override_fini(own_override);
  free(own_override);
  return OK;
}

static enum err note_absence(void *arg, struct absence *own_absence,
                             const char *rule) {
  (void)arg;
  size_t at = strlen(loaded);
  struct buf name;
  buf_init(&name, 1000);
  signal_add_name(own_absence->series, &name);
  snprintf(loaded + at, sizeof loaded - at, "%s:%s ", rule, buf_text(&name));
  buf_fini(&name);
  CHECK_TEXT(own_absence->row_rule, rule);
  CHECK(own_absence->is_stored && own_absence->series->kind == SIGNAL_FIRST);
  absence_free(own_absence);
  return OK;
}

static enum err note_evidence(void *arg, int64_t incident, int64_t alert,
                              const char *data_source,
                              struct trend *own_trend) {
  (void)arg;
  size_t at = strlen(loaded);
  snprintf(loaded + at, sizeof loaded - at, "e%lld/%lld:%s:%zu ",
           (long long)incident, (long long)alert, data_source, own_trend->n);
  trend_fini(own_trend);
  return OK;
}

static const char *load(span_ms within) {
  const struct ledger_loader to = {.within = within,
                                   .incident = note_incident,
                                   .alert = note_alert,
                                   .run = note_run,
                                   .page = note_page,
                                   .silence = note_silence,
                                   .overrides_after = NOW,
                                   .override = note_override,
                                   .absence = note_absence,
                                   .evidence = note_evidence};
  loaded[0] = '\0';
  enum err err = ledger_load(ledger, &to);
  if (err != OK)
    printf("load: %s\n", ledger_why(ledger));
  CHECK(err == OK);
  return loaded;
}

static bool put_incident(int64_t id, wall_ms resolved_at, char *by) {
  struct incident i = some_incident(id);
  if (resolved_at != WALL_NEVER) {
    i.status = STATUS_RESOLVED;
    i.resolved_at = resolved_at;
    i.resolved_by = by;
  }
  return ledger_put_incident(ledger, &i) == OK;
}

static void what_has_just_resolved_by_itself_is_loaded(void) {
  fresh();
  struct run r = some_run(1, 2);
  struct page p = some_page(1, 2, 1);
  p.state = PAGE_FAILED;
  p.reach = REACH_YES;
  CHECK(put_incident(1, NOW - 60001, NULL));
  CHECK(put_incident(2, NOW - 60000, NULL));
  CHECK(put_incident(3, NOW - 1, "alice"));
  CHECK(put_incident(4, WALL_NEVER, NULL));
  for (int64_t id = 1; id <= 4; id++)
    CHECK(put_alert(ledger, id, id, ALERT_CLEARED));
  CHECK(ledger_put_run(ledger, &r) == OK && ledger_put_page(ledger, &p) == OK);
  CHECK(put_entry(ledger, 4, NOW - 99999, "it is the last one that counts"));
  CHECK(put_entry(ledger, 4, NOW, "now"));
  CHECK_TEXT(load(0), "i4 a4 ");
  CHECK_TEXT(load(60000), "i2 i4 a2 a4 r1 p1 ");
  CHECK_TEXT(load(60001), "i1 i2 i4 a1 a2 a4 r1 p1 ");
  done();
}

static void cleared_alerts_of_none_are_loaded_while_they_may_matter(void) {
  fresh();
  struct alert a = some_alert(1, 0, "web1"), b = some_alert(2, 0, "web2");
  a.state = b.state = ALERT_CLEARED;
  a.fired.newest = a.since = NOW - 1000;
  b.fired.newest = b.since = NOW - 1001;
  CHECK(put_incident(1, WALL_NEVER, NULL));
  CHECK(put_entry(ledger, 1, NOW, "now"));
  CHECK(ledger_put_alert(ledger, &a) == OK);
  CHECK(ledger_put_alert(ledger, &b) == OK);
  CHECK_TEXT(load(1000), "i1 a1 ");
  CHECK_TEXT(load(0), "i1 ");
  free(a.signal);
  free(b.signal);
  done();
}

static void an_alert_that_never_fired_leaves_no_row(void) {
  fresh();
  struct alert a = some_alert(1, 0, "web1");
  firings_init(&a.fired);
  a.state = ALERT_PENDING;
  CHECK(ledger_put_alert(ledger, &a) == OK);
  CHECK_TEXT(load(0), "a1 ");
  a.is_stored = true;
  a.state = ALERT_CLEARED;
  CHECK(ledger_put_alert(ledger, &a) == OK);
  struct ledger_ids ids;
  CHECK(ledger_next_ids(ledger, &ids) == OK && ids.alert == 1);
  a.is_stored = false;
  CHECK(ledger_put_alert(ledger, &a) == OK);
  CHECK(ledger_next_ids(ledger, &ids) == OK && ids.alert == 1);
  free(a.signal);
  done();
}

static void new_alerts_go_together_or_not_at_all(void) {
  fresh();
  struct alert alerts[LEDGER_ALERTS];
  const struct alert *many[LEDGER_ALERTS];
  CHECK(put_incident(1, WALL_NEVER, NULL));
  for (int i = 0; i < LEDGER_ALERTS; i++) {
    alerts[i] = some_alert(i + 1, i % 2, i % 3 != 0 ? "web1" : "web2");
    many[i] = &alerts[i];
  }
  alerts[LEDGER_ALERTS - 1].incident = 2; /* which there is not */
  CHECK(ledger_add_alerts(ledger, many) == ERR_INVALID);
  CHECK_TEXT(load(0), "i1 ");
  alerts[LEDGER_ALERTS - 1].incident = 1;
  alerts[3].is_stored = true;
  CHECK(ledger_add_alerts(ledger, many) == ERR_INVALID);
  CHECK_TEXT(load(0), "i1 ");
  alerts[3].is_stored = false;
  CHECK(ledger_add_alerts(ledger, many) == OK);
  CHECK_TEXT(load(0), "i1 a1 a3 a5 a7 a9 a11 a13 a15 a2 a4 a6 a8 a10 a12 a14 "
                      "a16 ");
  for (int i = 0; i < LEDGER_ALERTS; i++)
    free(alerts[i].signal);
  done();
}

/* ---- silences ---- */

static struct silence some_silence(int64_t id, const char *match) {
  struct silence s;
  const char *why = "";
  silence_init(&s);
  s.id = id;
  CHECK(silence_add_match(&s, match, &why) == OK);
  CHECK(incident_set_text(&s.by, "alice") == OK);
  s.created_at = s.starts_at = NOW;
  s.ends_at = NOW + 60000;
  return s;
}

static bool put_silence(struct silence s) {
  bool is_put = ledger_put_silence(ledger, &s) == OK;
  silence_fini(&s);
  return is_put;
}

static void a_silence_comes_back_as_it_was(void) {
  fresh();
  const char *why = "";
  struct silence s = some_silence(7, "host=/^\"w\xc3\xa9=b$/");
  CHECK(silence_add_match(&s, "meta:rack=r1", &why) == OK);
  CHECK(incident_set_text(&s.reason, "patches") == OK);
  CHECK(silence_set_every(&s, "Sat 02:00", NULL, 7200000, &why) == OK);
  CHECK(incident_set_text(&s.ended_by, "bob") == OK);
  s.starts_at = NOW + 1;
  s.ends_at = WALL_NEVER;
  s.until_incident = 12;
  s.until_resolved = true;
  s.remind = 600000;
  s.reminded_at = NOW + 2;
  s.ended_at = NOW + 3;
  s.suppressed = 99;
  CHECK(put_silence(s));
  CHECK(ledger_silence(ledger, 7, &got) == OK);
  CHECK(got.id == 7 && got.matches_n == 2);
  CHECK_TEXT(got.matches[0].field, "host");
  CHECK_TEXT(got.matches[0].pattern, "/^\"w\xc3\xa9=b$/");
  CHECK_TEXT(got.matches[1].field, "meta:rack");
  CHECK_TEXT(got.by, "alice");
  CHECK_TEXT(got.reason, "patches");
  CHECK(got.created_at == NOW && got.starts_at == NOW + 1);
  CHECK(got.ends_at == WALL_NEVER && got.until_incident == 12);
  CHECK(got.until_resolved && got.remind == 600000);
  CHECK_TEXT(got.every, "Sat 02:00");
  CHECK(got.zone == NULL && got.every_for == 7200000);
  CHECK(got.every_days == 1u << 6 && got.every_minute == 120);
  CHECK(got.reminded_at == NOW + 2 && got.ended_at == NOW + 3);
  CHECK_TEXT(got.ended_by, "bob");
  CHECK(got.suppressed == 99);
  CHECK(ledger_silence(ledger, 8, &got) == ERR_NOTFOUND);
  silence_fini(&got);
  done();
}

static enum err list_one(void *arg, const struct silence *s) {
  (void)arg;
  note("", s->id);
  return OK;
}

static const char *list(bool over, wall_ms now) {
  loaded[0] = '\0';
  CHECK(ledger_silences(ledger, over, now, list_one, NULL) == OK);
  return loaded;
}

static void silences_are_listed_newest_first(void) {
  fresh();
  struct silence ended = some_silence(2, "host=b"),
                 c = some_silence(3, "host=c");
  ended.ended_at = NOW;
  c.ends_at = NOW + 90000;
  CHECK(put_silence(some_silence(1, "host=a")));
  CHECK(put_silence(ended) && put_silence(c));
  CHECK_TEXT(list(false, NOW), "3 1 ");
  CHECK_TEXT(list(false, NOW + 70000), "3 ");
  CHECK_TEXT(list(true, NOW), "3 2 1 ");
  CHECK_TEXT(load(0), "s3 s1 ");
  CHECK_TEXT(got.matches[0].pattern, "a");
  struct ledger_ids ids;
  CHECK(ledger_next_ids(ledger, &ids) == OK && ids.silence == 4);
  silence_fini(&got);
  done();
}

static void a_silence_that_makes_no_sense_is_passed_over(void) {
  fresh();
  CHECK(put_silence(some_silence(1, "host=a")));
  CHECK(put_silence(some_silence(2, "host=b")));
  CHECK(put_silence(some_silence(3, "host=c")));
  execute("UPDATE silence SET matches = 'x' WHERE id = 1;"
          "UPDATE silence SET every = 'Never' WHERE id = 3");
  CHECK_TEXT(list(true, NOW), "2 ");
  CHECK_TEXT(load(0), "s2 ");
  CHECK(ledger_silence(ledger, 1, &got) == ERR_NOTFOUND);
  silence_fini(&got);
  done();
}

/* ---- overrides ---- */

/* Of an hour; the texts are literals. */
static struct override some_override(int64_t id, wall_ms from) {
  return (struct override){.id = id,
                           .schedule = (char *)"primary",
                           .responder = (char *)"b\xc3\xb6"
                                                "b \"'",
                           .from = from,
                           .until = from + 3600000,
                           .by = (char *)"alice",
                           .created_at = NOW - 5};
}

static enum err list_override(void *arg, const struct override *o) {
  note("", o->id);
  return o->id == *(const int64_t *)arg ? ERR_NOMEM : OK;
}

/* Those that end after that time, up to the one with that id. */
static const char *list_overrides(wall_ms after, int64_t last, enum err want) {
  loaded[0] = '\0';
  CHECK(ledger_overrides(ledger, after, list_override, &last) == want);
  return loaded;
}

static void an_override_comes_back_as_it_was(void) {
  fresh();
  const struct override o = some_override(7, NOW);
  struct override back = {.id = 0};
  CHECK(ledger_put_override(ledger, &o) == OK);
  CHECK(ledger_override(ledger, 8, &back) == ERR_NOTFOUND && back.id == 0);
  CHECK(ledger_override(ledger, 7, &back) == OK);
  CHECK(back.id == 7 && back.from == NOW && back.until == NOW + 3600000);
  CHECK(back.created_at == NOW - 5);
  CHECK_TEXT(back.schedule, "primary");
  CHECK_TEXT(back.responder, "b\xc3\xb6"
                             "b \"'");
  CHECK_TEXT(back.by, "alice");
  override_fini(&back);
  done();
}

static void an_override_that_ends_early_keeps_its_place(void) {
  fresh();
  struct override o = some_override(7, NOW);
  struct override back = {.id = 0};
  struct ledger_ids ids;
  CHECK(ledger_put_override(ledger, &o) == OK);
  o.until = o.from; /* before it began */
  CHECK(ledger_put_override(ledger, &o) == OK);
  CHECK(ledger_override(ledger, 7, &back) == OK && back.until == NOW);
  override_fini(&back);
  o.until = o.from - 1;
  CHECK(ledger_put_override(ledger, &o) != OK);
  CHECK(ledger_next_ids(ledger, &ids) == OK && ids.override == 8);
  done();
}

static void overrides_that_are_not_over_are_loaded(void) {
  fresh();
  for (int64_t id = 1; id <= 4; id++) {
    const struct override o = some_override(id, NOW + (2 - id) * 3600000);
    CHECK(ledger_put_override(ledger, &o) == OK);
  }
  CHECK_TEXT(load(0), "o1 o2 "); /* the third ends just now */
  CHECK_TEXT(list_overrides(NOW - 1, 0, OK), "1 2 3 ");
  CHECK_TEXT(list_overrides(0, 0, OK), "1 2 3 4 ");
  CHECK_TEXT(list_overrides(0, 2, ERR_NOMEM), "1 2 ");
  done();
}

/* ---- absences ---- */

static void absences_are_kept_once_renamed_and_removed(void) {
  fresh();
  struct signal *web1 = some_signal("web1", 1), *web2 = some_signal("web2", 1);
  struct absence a = {.series = web1, .rule = &some_rule};
  struct absence b = {.series = web2, .rule = &some_rule};
  CHECK(ledger_put_absence(ledger, &a) == OK);
  CHECK(ledger_put_absence(ledger, &b) == OK);
  CHECK(ledger_put_absence(ledger, &a) == OK); /* again */
  CHECK_TEXT(load(0), "disk-full:web1/df-root/percent_bytes-used "
                      "disk-full:web2/df-root/percent_bytes-used ");
  struct rule renamed = {.name = "disk"};
  a.rule = &renamed;
  a.row_rule = "disk-full";
  CHECK(ledger_put_absence(ledger, &a) == OK);
  CHECK_TEXT(load(0), "disk-full:web2/df-root/percent_bytes-used "
                      "disk:web1/df-root/percent_bytes-used ");
  a.rule = NULL; /* gone */
  a.row_rule = "disk";
  a.is_dropped = b.is_dropped = true;
  CHECK(ledger_put_absence(ledger, &a) == OK);
  CHECK(ledger_put_absence(ledger, &b) == OK);
  CHECK_TEXT(load(0), "");
  free(web1);
  free(web2);
  done();
}

/* ---- evidence ---- */

static bool put_evidence(int64_t incident, int64_t alert, double last) {
  struct trend t = {.points = NULL};
  bool is_put = trend_add(&t, (struct trend_point){NOW, 1}) == OK &&
                trend_add(&t, (struct trend_point){NOW + 1, last}) == OK &&
                ledger_put_evidence(ledger, incident, alert, "value", &t) == OK;
  trend_fini(&t);
  return is_put;
}

static enum err look_at_trend(void *arg, int64_t alert, const char *data_source,
                              const struct trend *trend) {
  ++*(int *)arg;
  CHECK(alert == 1);
  CHECK_TEXT(data_source, "value");
  CHECK(trend->n == 2 && trend->points[1].at == NOW + 1 &&
        trend->points[1].value == 3);
  return OK;
}

static void evidence_is_replaced_and_read(void) {
  fresh();
  int n = 0;
  CHECK(put_incident(1, WALL_NEVER, NULL) && put_incident(2, NOW, NULL));
  CHECK(put_alert(ledger, 1, 1, ALERT_CLEARED));
  CHECK(put_alert(ledger, 2, 2, ALERT_CLEARED));
  CHECK(put_evidence(1, 1, 2) && put_evidence(1, 1, 3));
  CHECK(put_evidence(2, 2, 3));
  CHECK(!put_evidence(1, 9, 3)); /* no such alert */
  CHECK(ledger_evidence(ledger, 1, look_at_trend, &n) == OK && n == 1);
  CHECK_TEXT(load(0), "i1 a1 e1/1:value:2 ");
  done();
}

static void samples_that_make_no_sense_are_passed_over(void) {
  fresh();
  int n = 0;
  CHECK(put_incident(1, WALL_NEVER, NULL));
  CHECK(put_alert(ledger, 1, 1, ALERT_CLEARED));
  CHECK(put_evidence(1, 1, 2));
  execute("UPDATE evidence SET points = x'ffff'");
  CHECK(ledger_evidence(ledger, 1, look_at_trend, &n) == OK && n == 0);
  CHECK_TEXT(load(0), "i1 a1 ");
  done();
}

/* ---- events ---- */

static bool put_event(enum event_reason reason, wall_ms at) {
  struct signal *s = some_signal("web1", 5);
  const struct event e = {
      .at = at, .reason = reason, .rule = "r", .holder = 3, .signal = s};
  bool is_put = ledger_put_event(ledger, &e) == OK;
  free(s);
  return is_put;
}

static void events_are_counted_by_their_reason(void) {
  fresh();
  struct ledger_figures f;
  wall_ms before = NOW - 25 * 3600 * 1000LL;
  CHECK(put_event(EVENT_UNMATCHED, NOW) && put_event(EVENT_RECORDED, NOW));
  CHECK(put_event(EVENT_SILENCED, NOW) && put_event(EVENT_SILENCED, NOW));
  CHECK(put_event(EVENT_SILENCED, before) && put_event(EVENT_INHIBITED, NOW));
  CHECK(ledger_figures(ledger, NOW, &f) == OK);
  CHECK(f.events_unmatched == 1 && f.recorded_day == 1);
  CHECK(f.silenced_day == 2 && f.inhibited_day == 1);
  done();
}

int main(void) {
  hash_init();
  if (!make_dir())
    return 99;
  what_has_just_resolved_by_itself_is_loaded();
  cleared_alerts_of_none_are_loaded_while_they_may_matter();
  an_alert_that_never_fired_leaves_no_row();
  new_alerts_go_together_or_not_at_all();
  a_silence_comes_back_as_it_was();
  silences_are_listed_newest_first();
  a_silence_that_makes_no_sense_is_passed_over();
  an_override_comes_back_as_it_was();
  an_override_that_ends_early_keeps_its_place();
  overrides_that_are_not_over_are_loaded();
  absences_are_kept_once_renamed_and_removed();
  evidence_is_replaced_and_read();
  samples_that_make_no_sense_are_passed_over();
  events_are_counted_by_their_reason();
  remove_dir();
  return check_done("t_ledger_others");
}
