/* SPDX-License-Identifier: MIT */
/* Damage: what is saved of it, and what verify finds. */
#include "ledger_things.h"

#include <fcntl.h>
#include <sqlite3.h>

#define PAGE_SIZE 4096
#define INCIDENTS 400 /* every tenth is open */

static struct ledger_lock owned;

static void own(void) {
  pid_t holder;
  CHECK(ledger_lock_own(things_path, &owned, &holder) == OK);
}

static void disown_all(const struct ledger_salvage *s) {
  char name[1100];
  ledger_lock_release(&owned);
  if (s != NULL) {
    static const char *const suffixes[] = {"", "-wal", "-shm"};
    for (int i = 0; i < 3; i++) {
      snprintf(name, sizeof name, "%s%s", s->moved_to, suffixes[i]);
      unlink(name);
    }
  }
  remove_ledger();
}

static bool is_open(int64_t id) { return id % 10 == 0; }

static void fill_others(struct ledger *l) {
  struct silence s;
  struct trend t = {.points = NULL};
  struct signal *series = some_signal("web1", 1);
  struct absence a = {.series = series, .rule = &some_rule};
  const struct override o = {.id = 4,
                             .schedule = (char *)"primary",
                             .responder = (char *)"bob",
                             .from = NOW,
                             .until = NOW + 1,
                             .by = (char *)"alice",
                             .created_at = NOW};
  const char *why = "";
  silence_init(&s);
  s.id = 3;
  s.created_at = s.starts_at = NOW;
  s.ends_at = NOW + 1;
  CHECK(silence_add_match(&s, "host=web1", &why) == OK);
  CHECK(ledger_put_silence(l, &s) == OK);
  CHECK(ledger_put_override(l, &o) == OK);
  CHECK(ledger_put_absence(l, &a) == OK);
  CHECK(trend_add(&t, (struct trend_point){NOW, 1}) == OK);
  CHECK(ledger_put_evidence(l, 10, 10, "value", &t) == OK);
  CHECK(put_work(l, 3) && put_work(l, 10)); /* one is resolved */
  trend_fini(&t);
  silence_fini(&s);
  free(series);
}

/* All of it is in the file itself and not in its log. */
static void fill_ledger(void) {
  struct ledger *l = open_as(LEDGER_OWN);
  bool is_put = ledger_begin(l, 0) == OK;
  for (int64_t id = 1; id <= INCIDENTS; id++) {
    struct incident i = some_incident(id);
    struct run r = some_run(id, id);
    struct page p = some_page(id, id, id);
    if (!is_open(id)) {
      i.status = STATUS_RESOLVED;
      i.resolved_at = NOW;
      r.state = RUN_STOPPED;
    }
    p.state = is_open(id) ? PAGE_PENDING : PAGE_CANCELLED;
    i.alerts_total = 1;
    i.alerts_firing = is_open(id);
    is_put = is_put && ledger_put_incident(l, &i) == OK &&
             ledger_put_run(l, &r) == OK && ledger_put_page(l, &p) == OK &&
             put_alert(l, id, id, is_open(id) ? ALERT_FIRING : ALERT_CLEARED) &&
             put_entry(l, id, NOW, "declared");
  }
  CHECK(is_put);
  /* An open one hangs under one that is not, and one is part of a later. */
  struct incident child = some_incident(10), part = some_incident(4);
  const struct original original = {
      .entry = 1, .text = "said", .amended_by = "alice"};
  child.alerts_total = 2;
  child.alerts_firing = 1;
  child.parent = 3;
  child.summary = (char *)"known";
  part.status = STATUS_RESOLVED;
  part.resolved_at = NOW;
  part.merged_into = 10;
  CHECK(is_open(10) && !is_open(3) && !is_open(4));
  CHECK(put_alert(l, 4, 10, ALERT_CLEARED));
  CHECK(ledger_put_incident(l, &child) == OK);
  CHECK(ledger_put_incident(l, &part) == OK);
  CHECK(ledger_add_original(l, &original) == OK);
  fill_others(l);
  struct request q;
  request_init(&q);
  q.verb = VERB_ACK;
  q.incident = 10;
  q.by = "alice";
  CHECK(ledger_add_request(l, &q) == OK);
  CHECK(ledger_set(l, "config", "kept") == OK);
  CHECK(ledger_commit(l) == OK);
  CHECK(ledger_checkpoint(l) == 0);
  ledger_close(l);
}

static int64_t number(const char *query) {
  sqlite3 *db = NULL;
  sqlite3_stmt *q = NULL;
  int64_t n = -1;
  if (sqlite3_open_v2(things_path, &db, SQLITE_OPEN_READONLY, NULL) ==
          SQLITE_OK &&
      sqlite3_prepare_v2(db, query, -1, &q, NULL) == SQLITE_OK &&
      sqlite3_step(q) == SQLITE_ROW)
    n = sqlite3_column_int64(q, 0);
  sqlite3_finalize(q);
  sqlite3_close(db);
  return n;
}

/* Overwrites a page of the file, counted from 1. */
static void damage(int64_t page, int fill) {
  char bytes[PAGE_SIZE];
  memset(bytes, fill, sizeof bytes);
  int fd = open(things_path, O_WRONLY | O_CLOEXEC);
  CHECK(pwrite(fd, bytes, sizeof bytes, (off_t)(page - 1) * PAGE_SIZE) ==
        PAGE_SIZE);
  close(fd);
}

/* A leaf of that table somewhere in its middle. */
static int64_t leaf_of(const char *table) {
  char query[256];
  snprintf(query, sizeof query,
           "SELECT pageno FROM dbstat WHERE name = '%s' AND pagetype = 'leaf'"
           " ORDER BY path LIMIT 1 OFFSET 2",
           table);
  return number(query);
}

static void print_finding(void *arg, const char *line) {
  (void)arg;
  printf("finding: %s\n", line);
}

static void ignore_finding(void *arg, const char *line) {
  (void)line;
  ++*(int *)arg;
}

static void is_sound(void) {
  int64_t n = -1;
  struct ledger *l = open_as(LEDGER_OWN);
  CHECK(ledger_verify(l, print_finding, NULL, &n) == OK);
  CHECK(n == 0);
  ledger_close(l);
}

static bool replace(struct ledger_salvage *s) {
  const char *why = "";
  enum err err = ledger_replace(things_path, NOW, s, &why);
  if (err != OK)
    printf("replace: %s: %s\n", err_text(err), why);
  CHECK(err == OK);
  return err == OK;
}

/* ---- salvage ---- */

static void a_sound_ledger_is_salvaged_completely(void) {
  struct ledger_salvage s = {.incidents = 0};
  own();
  fill_ledger();
  if (replace(&s)) {
    CHECK(s.is_complete);
    CHECK(s.incidents == INCIDENTS && s.alerts == INCIDENTS);
    CHECK(s.pages == INCIDENTS && s.entries == INCIDENTS);
    CHECK(number("SELECT COUNT(*) FROM run") == INCIDENTS);
    CHECK(number("SELECT COUNT(*) FROM request") == 1);
    CHECK(number("SELECT COUNT(*) FROM silence WHERE id = 3") == 1);
    CHECK(number("SELECT COUNT(*) FROM override WHERE id = 4"
                 " AND responder = 'bob'") == 1);
    CHECK(number("SELECT COUNT(*) FROM absence") == 1);
    CHECK(number("SELECT COUNT(*) FROM evidence WHERE length(points) > 8") ==
          1);
    CHECK(number("SELECT value = 'kept' FROM setting WHERE key = 'config'") ==
          1);
    CHECK(number("SELECT COUNT(*) FROM role JOIN team USING (incident)"
                 " JOIN task USING (incident) JOIN impact USING (incident)"
                 " JOIN link USING (incident) JOIN figure USING (incident)"
                 " JOIN reminder USING (incident)"
                 " JOIN statement USING (incident)"
                 " JOIN postmortem USING (incident)") == 2);
    CHECK(number("SELECT parent FROM incident WHERE summary = 'known'") == 3);
    CHECK(number("SELECT merged_into FROM incident WHERE id = 4") == 10);
    CHECK(number("SELECT COUNT(*) FROM original WHERE text = 'said'") == 1);
    is_sound();
  }
  disown_all(&s);
}

static void the_old_file_is_kept_beside_it_under_the_time(void) {
  struct ledger_salvage s = {.incidents = 0};
  own();
  fill_ledger();
  if (replace(&s)) {
    CHECK_TEXT(s.moved_to, beside(".corrupt-20261121T094043Z"));
    CHECK(exists(s.moved_to));
    CHECK(exists(beside(".corrupt-20261121T094043Z-wal")));
    CHECK(!exists(beside(".salvage")));
    CHECK(!exists(beside(".salvage-wal")));
    struct ledger_salvage again = {.incidents = 0};
    if (replace(&again)) { /* in the same second */
      CHECK_TEXT(again.moved_to, beside(".corrupt-20261121T094043Z-2"));
      unlink(again.moved_to);
      unlink(beside(".corrupt-20261121T094043Z-2-wal"));
      unlink(beside(".corrupt-20261121T094043Z-2-shm"));
    }
  }
  disown_all(&s);
}

static void a_lost_page_of_incidents_costs_only_those(int fill) {
  struct ledger_salvage s = {.incidents = 0};
  own();
  fill_ledger();
  damage(leaf_of("incident"), fill);
  struct ledger *l = NULL;
  CHECK(ledger_open(things_path, LEDGER_OWN, &l, NULL) == ERR_CORRUPT);
  if (replace(&s)) {
    CHECK(!s.is_complete);
    CHECK(s.incidents < INCIDENTS);
    CHECK(s.incidents > INCIDENTS - 40);
    CHECK(s.alerts == s.incidents); /* those of lost ones go with them */
    CHECK(number("SELECT COUNT(*) FROM incident") == s.incidents);
    CHECK(number("SELECT COUNT(*) FROM incident WHERE id <= 10") == 10);
    CHECK(number("SELECT COUNT(*) FROM incident WHERE id > 390") == 10);
    is_sound();
  }
  disown_all(&s);
}

static void lost_pages_of_other_tables_cost_no_incident(void) {
  struct ledger_salvage s = {.incidents = 0};
  own();
  fill_ledger();
  damage(leaf_of("alert"), 0xff);
  damage(leaf_of("page"), 0);
  damage(leaf_of("timeline"), 'x');
  if (replace(&s)) {
    CHECK(!s.is_complete);
    CHECK(s.incidents == INCIDENTS);
    CHECK(s.alerts > INCIDENTS - 60 && s.alerts < INCIDENTS);
    CHECK(s.pages > INCIDENTS - 60 && s.pages < INCIDENTS);
    CHECK(s.entries > INCIDENTS - 120 && s.entries < INCIDENTS);
    CHECK(number("SELECT COUNT(*) FROM pragma_foreign_key_check") == 0);
  }
  disown_all(&s);
}

static void a_page_without_its_run_is_saved(void) {
  struct ledger_salvage s = {.incidents = 0};
  own();
  fill_ledger();
  damage(leaf_of("run"), 0);
  if (replace(&s)) {
    CHECK(s.pages == INCIDENTS);
    CHECK(number("SELECT COUNT(*) FROM page WHERE run IS NULL") > 0);
  }
  disown_all(&s);
}

static void damaged_indexes_cost_nothing(void) {
  struct ledger_salvage s = {.incidents = 0};
  own();
  fill_ledger();
  damage(number("SELECT rootpage FROM sqlite_schema"
                " WHERE name = 'incident_open'"),
         0);
  if (replace(&s)) {
    CHECK(s.is_complete);
    CHECK(s.incidents == INCIDENTS);
    is_sound();
  }
  disown_all(&s);
}

static void a_lost_header_costs_all_but_not_the_next_start(void) {
  struct ledger_salvage s = {.incidents = 1};
  own();
  fill_ledger();
  damage(1, 'x');
  if (replace(&s)) {
    CHECK(!s.is_complete);
    CHECK(s.incidents == 0);
    is_sound();
  }
  disown_all(&s);
}

static void who_does_not_own_the_ledger_cannot_replace_it(void) {
  struct ledger_salvage s;
  own();
  fill_ledger();
  ledger_lock_release(&owned);
  CHECK(ledger_replace(things_path, NOW, &s, NULL) == ERR_CONFLICT);
  CHECK(number("SELECT COUNT(*) FROM incident") == INCIDENTS);
  disown_all(NULL);
}

static void a_crash_between_the_moves_is_made_good(void) {
  own();
  fill_ledger();
  CHECK(rename(things_path, beside(".salvage")) == 0);
  unlink(beside("-wal"));
  unlink(beside("-shm"));
  struct ledger *l = open_as(LEDGER_OWN);
  struct incident i;
  CHECK(ledger_incident(l, 10, &i) == OK);
  incident_fini(&i);
  ledger_close(l);
  CHECK(!exists(beside(".salvage")));
  disown_all(NULL);
}

static void an_unfinished_salvage_is_begun_anew(void) {
  struct ledger_salvage s = {.incidents = 0};
  own();
  fill_ledger();
  int fd = open(beside(".salvage"), O_CREAT | O_WRONLY | O_CLOEXEC, 0640);
  CHECK(write(fd, "half", 4) == 4);
  close(fd);
  ledger_close(open_as(LEDGER_OWN));
  CHECK(number("SELECT COUNT(*) FROM incident") == INCIDENTS);
  if (replace(&s))
    CHECK(s.incidents == INCIDENTS && s.is_complete);
  disown_all(&s);
}

/* ---- verify ---- */

static void verify_finds(const char *spoil) {
  int found = 0;
  int64_t n = -1;
  sqlite3 *db = NULL;
  own();
  fill_ledger();
  CHECK(sqlite3_open(things_path, &db) == SQLITE_OK);
  CHECK(sqlite3_exec(db, spoil, NULL, NULL, NULL) == SQLITE_OK);
  sqlite3_close(db);
  struct ledger *l = open_as(LEDGER_READ);
  CHECK(ledger_verify(l, ignore_finding, &found, &n) == OK);
  if (n != 1 || found != 1) {
    CHECK(false);
    printf("%lld findings, not 1: %s\n", (long long)n, spoil);
    ledger_verify(l, print_finding, NULL, &n);
  } else {
    CHECK(true);
  }
  ledger_close(l);
  disown_all(NULL);
}

static void verify_finds_what_cannot_be(void) {
  static const char *const spoils[] = {
      "UPDATE incident SET resolved_at = NULL WHERE id = 1",
      "UPDATE incident SET resolved_at = 5 WHERE id = 10",
      "UPDATE incident SET acknowledged_by = 'bob' WHERE id = 10",
      "UPDATE incident SET labels = '[]' WHERE id = 10",
      "UPDATE incident SET alerts_firing = 2 WHERE id = 10",
      "UPDATE incident SET alerts_total = 0 WHERE id = 3",
      "UPDATE incident SET alerts_total = 1 WHERE id = 4;"
      " UPDATE alert SET incident = 4 WHERE id = 4",
      "UPDATE incident SET status = 'monitoring', resolved_at = NULL"
      " WHERE id = 4",
      "UPDATE alert SET meta = 'x' WHERE id = 3",
      "UPDATE page SET delivered_at = 5 WHERE seq = 3",
      "UPDATE page SET incident = NULL, event = 'incident.resolved'"
      " WHERE seq = 3",
      "UPDATE run SET state = 'exhausted' WHERE id = 10",
      "DELETE FROM request;"
      " UPDATE run SET state = 'running' WHERE id = 3",
      "UPDATE request SET detail = 'x'",
      "DELETE FROM request; UPDATE incident SET paused = 1 WHERE id = 3",
      "UPDATE incident SET storm = 1, rule = NULL WHERE id = 10",
      "UPDATE alert SET flapping = 1 WHERE id = 3",
      "UPDATE alert SET bad_by = 2 WHERE id = 3",
      "UPDATE alert SET silence = 77 WHERE id = 10",
      "UPDATE alert SET inhibited_by = 7777 WHERE id = 10",
      "UPDATE evidence SET incident = 20",
      "UPDATE silence SET matches = '{}'",
      "UPDATE silence SET matches = '[]'",
      "UPDATE silence SET ends_at = starts_at - 1",
      "UPDATE silence SET ends_at = NULL",
      "UPDATE silence SET ended_by = 'bob'",
      "PRAGMA ignore_check_constraints = ON;"
      " UPDATE override SET until_at = from_at - 1",
      "UPDATE incident SET snoozed_until = 5 WHERE id = 10",
      "UPDATE incident SET asked_at = 5 WHERE id = 10",
      "UPDATE role SET role = 'scribe' WHERE incident = 3;"
      " INSERT INTO role (incident, role, who, since, by)"
      " SELECT 3, 'scribe', 'x', 5, 'x'",
      "UPDATE role SET role = 'commander' WHERE incident = 3",
      "UPDATE role SET until = since - 1 WHERE incident = 3",
      "UPDATE task SET done_by = 'bob' WHERE incident = 3",
      "UPDATE task SET assignee = NULL, understood_at = 5 WHERE incident = 3",
      "UPDATE reminder SET subject = 77 WHERE incident = 3",
      "UPDATE statement SET posted_at = NULL WHERE incident = 3",
      "UPDATE statement SET state = 'draft' WHERE incident = 3",
      "UPDATE statement SET state = 'approved', posted_at = NULL"
      " WHERE incident = 3",
      "UPDATE statement SET webhooks = '{}' WHERE incident = 3",
      "INSERT INTO reminder (incident, kind, text, due_at, every)"
      " SELECT 3, 'update', '', 5, 5 FROM incident LIMIT 2",
      "UPDATE postmortem SET sections = '[]' WHERE incident = 3",
      "UPDATE postmortem SET status = 'reviewed' WHERE incident = 3",
      "UPDATE task SET done_by = 'bob', done_at = 5 WHERE incident = 3",
      "PRAGMA foreign_keys = OFF; UPDATE run SET incident = 999 WHERE id = 3",
  };
  for (size_t i = 0; i < sizeof spoils / sizeof spoils[0]; i++)
    verify_finds(spoils[i]);
}

static void verify_finds_damage(void) {
  int found = 0;
  int64_t n = 0;
  own();
  fill_ledger();
  damage(leaf_of("timeline"), 0);
  struct ledger *l = open_as(LEDGER_READ);
  CHECK(ledger_verify(l, ignore_finding, &found, &n) == OK);
  CHECK(n > 0 && found == n);
  ledger_close(l);
  disown_all(NULL);
}

int main(void) {
  hash_init();
  if (!make_dir())
    return 99;
  a_sound_ledger_is_salvaged_completely();
  the_old_file_is_kept_beside_it_under_the_time();
  a_lost_page_of_incidents_costs_only_those(0);
  a_lost_page_of_incidents_costs_only_those(0xff);
  a_lost_page_of_incidents_costs_only_those('x');
  lost_pages_of_other_tables_cost_no_incident();
  a_page_without_its_run_is_saved();
  damaged_indexes_cost_nothing();
  a_lost_header_costs_all_but_not_the_next_start();
  who_does_not_own_the_ledger_cannot_replace_it();
  a_crash_between_the_moves_is_made_good();
  an_unfinished_salvage_is_begun_anew();
  verify_finds_what_cannot_be();
  verify_finds_damage();
  remove_dir();
  return check_done("t_ledger_salvage");
}
