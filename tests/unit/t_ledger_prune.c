/* SPDX-License-Identifier: MIT */
/* What is over for long goes with all that hangs on it, in pieces, and whoever
 * writes meanwhile never waits for long. */
#include "ledger_things.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <time.h>

#define BEFORE (NOW - 1000)
#define ALL 1000000

static struct ledger *ledger;

static void fresh(void) { ledger = open_as(LEDGER_OWN); }

static void print_finding(void *arg, const char *line) {
  (void)arg;
  printf("finding: %s\n", line);
}

static void done(void) {
  int64_t n = -1;
  CHECK(ledger_verify(ledger, print_finding, NULL, &n) == OK && n == 0);
  ledger_close(ledger);
  ledger = NULL;
  remove_ledger();
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

/* With a row of everything. */
static bool put_resolved(int64_t id, wall_ms resolved_at) {
  struct incident i = some_incident(id);
  struct run r = some_run(id, id);
  struct page p = some_page(id, id, id);
  struct trend t = {.points = NULL};
  i.status = STATUS_RESOLVED;
  i.resolved_at = resolved_at;
  i.alerts_total = 1;
  r.state = RUN_STOPPED;
  p.state = PAGE_DELIVERED;
  p.reach = REACH_YES;
  p.delivered_at = NOW;
  return ledger_put_incident(ledger, &i) == OK &&
         ledger_put_run(ledger, &r) == OK &&
         ledger_put_page(ledger, &p) == OK &&
         put_alert(ledger, id, id, ALERT_CLEARED) &&
         put_entry(ledger, id, NOW, "one") &&
         put_entry(ledger, id, NOW, "two") &&
         ledger_put_evidence(ledger, id, id, "value", &t) == OK;
}

static int64_t prune(int64_t rows_max, bool *is_done) {
  struct ledger_pruned p = {.incidents = -1};
  enum err err = ledger_prune(ledger, BEFORE, rows_max, 0, &p);
  if (err != OK)
    printf("prune: %s\n", ledger_why(ledger));
  CHECK(err == OK);
  CHECK(p.rows <= rows_max);
  *is_done = p.is_done;
  return p.incidents;
}

static void what_is_old_goes_with_all_that_hangs_on_it(void) {
  fresh();
  bool is_done = false;
  CHECK(put_resolved(1, BEFORE - 1) && put_resolved(2, BEFORE) &&
        put_resolved(3, BEFORE - 2));
  struct incident open = some_incident(4);
  open.declared_at = 5; /* as old as can be */
  CHECK(ledger_put_incident(ledger, &open) == OK);
  CHECK(prune(ALL, &is_done) == 2 && is_done);
  CHECK(number("SELECT group_concat(id, '') FROM"
               " (SELECT id FROM incident ORDER BY id)") == 24);
  static const char *const tables[] = {"alert", "run", "page", "evidence"};
  char query[100];
  for (size_t i = 0; i < 4; i++) {
    snprintf(query, sizeof query, "SELECT COUNT(*) FROM %s", tables[i]);
    CHECK(number(query) == 1);
  }
  CHECK(number("SELECT COUNT(*) FROM timeline") == 2);
  CHECK(prune(ALL, &is_done) == 0 && is_done);
  done();
}

static void what_others_hang_under_goes_after_them(void) {
  fresh();
  bool is_done = false;
  struct incident child = some_incident(4), merged = some_incident(5);
  const struct original original = {.entry = 1, .text = "", .amended_by = ""};
  CHECK(put_resolved(1, BEFORE - 1) && put_resolved(2, BEFORE - 1));
  CHECK(ledger_add_original(ledger, &original) == OK);
  child.parent = 1;
  merged.merged_into = 2;
  CHECK(ledger_put_incident(ledger, &child) == OK);
  CHECK(ledger_put_incident(ledger, &merged) == OK);
  CHECK(prune(ALL, &is_done) == 0 && is_done);
  merged.status = child.status = STATUS_RESOLVED;
  merged.resolved_at = child.resolved_at = BEFORE - 1;
  CHECK(ledger_put_incident(ledger, &child) == OK);
  CHECK(ledger_put_incident(ledger, &merged) == OK);
  CHECK(prune(ALL, &is_done) == 4 && is_done);
  CHECK(number("SELECT COUNT(*) FROM original") == 0);
  /* A part stays as long as the whole, which shows what happened to it. */
  CHECK(put_resolved(6, NOW));
  merged.merged_into = 6;
  CHECK(ledger_put_incident(ledger, &merged) == OK);
  CHECK(prune(ALL, &is_done) == 0 && is_done);
  done();
}

static void what_was_kept_while_it_was_worked_on_goes_too(void) {
  fresh();
  bool is_done = false;
  CHECK(put_resolved(1, 5) && put_resolved(2, NOW));
  CHECK(put_work(ledger, 1) && put_work(ledger, 2));
  CHECK(prune(ALL, &is_done) == 1 && is_done);
  static const char *const tables[] = {"role",     "team",      "task",
                                       "impact",   "link",      "figure",
                                       "reminder", "statement", "postmortem"};
  char query[100];
  for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
    snprintf(query, sizeof query, "SELECT COUNT(*) FROM %s", tables[i]);
    CHECK(number(query) == 1);
  }
  done();
}

static void foreign_keys_hold_afterwards(void) {
  fresh();
  bool is_done = false;
  CHECK(put_resolved(1, 5));
  CHECK(prune(ALL, &is_done) == 1);
  struct run r = some_run(1, 99);
  CHECK(ledger_put_run(ledger, &r) == ERR_INVALID);
  done();
}

static void what_still_has_something_to_do_stays(void) {
  fresh();
  bool is_done = false;
  for (int64_t id = 1; id <= 4; id++)
    CHECK(put_resolved(id, 5));
  struct page p = some_page(2, 2, 0);
  struct incident held = some_incident(1); /* until Hold is over */
  held.status = STATUS_RESOLVED;
  held.resolved_at = 5;
  held.alerts_firing = held.alerts_total = 1;
  CHECK(ledger_put_incident(ledger, &held) == OK &&
        put_alert(ledger, 1, 1, ALERT_FIRING));
  p.state = PAGE_SENDING;
  CHECK(ledger_put_page(ledger, &p) == OK);
  struct request r; /* the plugin is to tell that it is resolved */
  request_init(&r);
  r.verb = VERB_RESOLVE;
  r.incident = 3;
  r.by = "alice";
  CHECK(ledger_add_request(ledger, &r) == OK);
  r.verb = VERB_TEST; /* of no incident */
  r.incident = 0;
  CHECK(ledger_add_request(ledger, &r) == OK);
  CHECK(prune(ALL, &is_done) == 1 && is_done);
  CHECK(number("SELECT group_concat(id, '') FROM"
               " (SELECT id FROM incident ORDER BY id)") == 123);
  done();
}

static void it_goes_in_pieces(void) {
  fresh();
  bool is_done = false;
  int64_t pruned = 0, calls = 0;
  for (int64_t id = 1; id <= 10; id++)
    CHECK(put_resolved(id, 5));
  for (; !is_done && calls < 100; calls++)
    pruned += prune(3, &is_done);
  CHECK(pruned == 10);
  CHECK(calls >= 24 && calls <= 25); /* 7 rows each */
  CHECK(number("SELECT COUNT(*) FROM timeline") == 0);
  done();
}

static void what_is_of_no_incident_goes_too(void) {
  fresh();
  bool is_done = false;
  struct page old = some_page(1, 0, 0), young = some_page(2, 0, 0),
              waiting = some_page(3, 0, 0);
  old.event = young.event = waiting.event = PAGE_TEST;
  old.state = young.state = PAGE_CANCELLED;
  old.created_at = waiting.created_at = 5;
  CHECK(ledger_put_page(ledger, &old) == OK &&
        ledger_put_page(ledger, &young) == OK &&
        ledger_put_page(ledger, &waiting) == OK);
  struct alert a = some_alert(1, 0, "web1"), b = some_alert(2, 0, "web2"),
               c = some_alert(3, 0, "web3");
  a.state = b.state = ALERT_CLEARED;
  a.signal->received = c.signal->received = 5;
  CHECK(ledger_put_alert(ledger, &a) == OK &&
        ledger_put_alert(ledger, &b) == OK &&
        ledger_put_alert(ledger, &c) == OK);
  free(a.signal);
  free(b.signal);
  free(c.signal);
  const char *why = "";
  for (int64_t id = 1; id <= 3; id++) {
    struct silence s;
    silence_init(&s);
    s.id = id;
    s.created_at = s.starts_at = 1;
    s.ends_at = id == 1 ? 5 : NOW + 5;
    s.ended_at = id == 2 ? 5 : WALL_NEVER;
    CHECK(silence_add_match(&s, "host=a", &why) == OK);
    CHECK(ledger_put_silence(ledger, &s) == OK);
    silence_fini(&s);
    const struct override o = {.id = id,
                               .schedule = (char *)"primary",
                               .responder = (char *)"bob",
                               .from = 1,
                               .until = id == 1 ? 5 : NOW + id,
                               .by = (char *)"alice",
                               .created_at = 1};
    CHECK(ledger_put_override(ledger, &o) == OK);
  }
  CHECK(prune(ALL, &is_done) == 0 && is_done);
  CHECK(number("SELECT group_concat(seq, '') FROM"
               " (SELECT seq FROM page ORDER BY seq)") == 23);
  CHECK(number("SELECT group_concat(id, '') FROM"
               " (SELECT id FROM alert ORDER BY id)") == 23);
  CHECK(number("SELECT group_concat(id, '') FROM"
               " (SELECT id FROM silence ORDER BY id)") == 3);
  CHECK(number("SELECT group_concat(id, '') FROM"
               " (SELECT id FROM override ORDER BY id)") == 23);
  done();
}

/* ---- and the others ---- */

static atomic_bool is_over;

struct writer {
  int64_t entries;
  bool has_failed;
};

/* Much longer than a batch takes on any machine: only who never gets a turn
 * waits so long. */
#define WAIT_MS 20000

/* As a tool does it. */
static void *write_meanwhile(void *arg) {
  struct writer *w = arg;
  struct ledger *l = open_as(LEDGER_SHARE);
  while (!atomic_load(&is_over)) {
    struct timespec pause = {.tv_nsec = 2000000};
    w->has_failed = w->has_failed || ledger_begin(l, WAIT_MS) != OK ||
                    !put_entry(l, 999999, NOW, "meanwhile") ||
                    ledger_commit(l) != OK;
    w->entries++;
    nanosleep(&pause, NULL);
  }
  ledger_close(l);
  return NULL;
}

static void nobody_is_locked_out_meanwhile(void) {
  fresh();
  pthread_t thread;
  struct writer w = {.entries = 0};
  struct ledger_pruned p = {.is_done = false};
  struct incident open = some_incident(999999);
  int64_t pruned = 0;
  CHECK(ledger_begin(ledger, 0) == OK);
  CHECK(ledger_put_incident(ledger, &open) == OK);
  bool is_put = true;
  for (int64_t id = 1; id <= 10000; id++)
    is_put = is_put && put_resolved(id, 5);
  CHECK(is_put);
  CHECK(ledger_commit(ledger) == OK);
  CHECK(pthread_create(&thread, NULL, write_meanwhile, &w) == 0);
  while (!p.is_done) {
    struct timespec pause = {.tv_nsec = 1000000};
    if (ledger_prune(ledger, BEFORE, 1000, 5000, &p) != OK)
      break;
    pruned += p.incidents;
    nanosleep(&pause, NULL);
  }
  atomic_store(&is_over, true);
  pthread_join(thread, NULL);
  CHECK(pruned == 10000);
  CHECK(!w.has_failed);
  CHECK(w.entries > 5);
  CHECK(number("SELECT COUNT(*) FROM incident") == 1);
  done();
}

int main(void) {
  hash_init();
  if (!make_dir())
    return 99;
  what_is_old_goes_with_all_that_hangs_on_it();
  what_was_kept_while_it_was_worked_on_goes_too();
  what_others_hang_under_goes_after_them();
  foreign_keys_hold_afterwards();
  what_still_has_something_to_do_stays();
  it_goes_in_pieces();
  what_is_of_no_incident_goes_too();
  nobody_is_locked_out_meanwhile();
  remove_dir();
  return check_done("t_ledger_prune");
}
