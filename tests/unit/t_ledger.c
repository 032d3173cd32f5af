/* SPDX-License-Identifier: MIT */
/* The ledger as a file: opening, modes, schema, locks, transactions. */
#include "ledger_things.h"

#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/wait.h>

static int64_t number(const char *path, const char *query) {
  sqlite3 *db = NULL;
  sqlite3_stmt *q = NULL;
  int64_t n = -1;
  if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK &&
      sqlite3_prepare_v2(db, query, -1, &q, NULL) == SQLITE_OK &&
      sqlite3_step(q) == SQLITE_ROW)
    n = sqlite3_column_int64(q, 0);
  sqlite3_finalize(q);
  sqlite3_close(db);
  return n;
}

static bool text_is(const char *path, const char *query, const char *want) {
  sqlite3 *db = NULL;
  sqlite3_stmt *q = NULL;
  bool is_so = false;
  if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK &&
      sqlite3_prepare_v2(db, query, -1, &q, NULL) == SQLITE_OK &&
      sqlite3_step(q) == SQLITE_ROW && sqlite3_column_text(q, 0) != NULL)
    is_so = strcmp((const char *)sqlite3_column_text(q, 0), want) == 0;
  sqlite3_finalize(q);
  sqlite3_close(db);
  return is_so;
}

static bool execute(const char *path, const char *text) {
  sqlite3 *db = NULL;
  int rc = sqlite3_open(path, &db);
  if (rc == SQLITE_OK)
    rc = sqlite3_exec(db, text, NULL, NULL, NULL);
  sqlite3_close(db);
  return rc == SQLITE_OK;
}

/* Runs it in a process of its own; true if that returned true. */
static bool elsewhere(bool (*act)(void)) {
  int status = -1;
  fflush(stdout);
  pid_t pid = fork();
  if (pid == 0) {
    bool is_so = act();
    fflush(stdout);
    _exit(is_so ? 0 : 1);
  }
  return pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) &&
         WEXITSTATUS(status) == 0;
}

static mode_t mode_of(const char *path) {
  struct stat st;
  return stat(path, &st) == 0 ? st.st_mode & 07777 : 0;
}

/* ---- opening ---- */

static void a_new_ledger_has_mode_0640_whatever_the_umask(void) {
  static const mode_t masks[] = {0, 0077};
  for (int i = 0; i < 2; i++) {
    struct ledger_lock lock;
    pid_t holder;
    mode_t old = umask(masks[i]);
    CHECK(ledger_lock_own(things_path, &lock, &holder) == OK);
    struct ledger *l = open_as(LEDGER_OWN);
    CHECK(mode_of(things_path) == 0640);
    CHECK(mode_of(beside("-wal")) == 0640);
    CHECK(mode_of(beside("-shm")) == 0640);
    CHECK(mode_of(beside(".lock")) == 0640);
    ledger_close(l);
    ledger_lock_release(&lock);
    umask(old);
    remove_ledger();
  }
}

static void a_missing_directory_is_said_clearly(void) {
  struct ledger *l = NULL;
  const char *why = "";
  CHECK(ledger_open("/nonexistent/dir/incident.db", LEDGER_OWN, &l, &why) ==
        ERR_IO);
  CHECK(l == NULL);
  CHECK(strstr(why, "/nonexistent/dir/incident.db") != NULL);
  CHECK(strstr(why, "No such file") != NULL);
}

static void a_tool_creates_nothing(void) {
  struct ledger *l = NULL;
  CHECK(ledger_open(things_path, LEDGER_SHARE, &l, NULL) == ERR_NOTFOUND);
  CHECK(ledger_open(things_path, LEDGER_READ, &l, NULL) == ERR_NOTFOUND);
  CHECK(!exists(things_path));
  CHECK(!exists(beside(".lock")));
}

static void an_empty_file_is_a_new_ledger(void) {
  struct ledger *l = NULL;
  close(open(things_path, O_CREAT | O_WRONLY | O_CLOEXEC, 0640));
  CHECK(ledger_open(things_path, LEDGER_READ, &l, NULL) == ERR_NOTFOUND);
  ledger_close(open_as(LEDGER_OWN));
  CHECK(number(things_path, "PRAGMA user_version") == 5);
  remove_ledger();
}

static void a_strangers_database_is_left_alone(void) {
  struct ledger *l = NULL;
  CHECK(execute(things_path, "CREATE TABLE mine (x)"));
  CHECK(ledger_open(things_path, LEDGER_OWN, &l, NULL) == ERR_IO);
  CHECK(number(things_path, "SELECT COUNT(*) FROM sqlite_schema") == 1);
  remove_ledger();
}

static void garbage_is_corrupt(void) {
  struct ledger *l = NULL;
  char garbage[8192];
  memset(garbage, 'x', sizeof garbage);
  int fd = open(things_path, O_CREAT | O_WRONLY | O_CLOEXEC, 0640);
  CHECK(write(fd, garbage, sizeof garbage) == (ssize_t)sizeof garbage);
  close(fd);
  CHECK(ledger_open(things_path, LEDGER_OWN, &l, NULL) == ERR_CORRUPT);
  CHECK(ledger_open(things_path, LEDGER_READ, &l, NULL) == ERR_CORRUPT);
  remove_ledger();
}

static void the_ledger_keeps_its_name(void) {
  char *first = NULL, *second = NULL;
  struct ledger *l = open_as(LEDGER_OWN);
  CHECK(ledger_get(l, "id", &first) == OK && first != NULL);
  ledger_close(l);
  l = open_as(LEDGER_OWN);
  CHECK(ledger_get(l, "id", &second) == OK && second != NULL);
  if (first != NULL && second != NULL) {
    CHECK(strlen(first) == 26);
    CHECK_TEXT(second, first);
  }
  free(first);
  free(second);
  ledger_close(l);
  remove_ledger();
}

static void settings_are_set_changed_and_removed(void) {
  char *value = NULL;
  struct ledger *l = open_as(LEDGER_OWN);
  CHECK(ledger_set(l, "k", "one") == OK);
  CHECK(ledger_set(l, "k", "two") == OK);
  CHECK(ledger_get(l, "k", &value) == OK);
  CHECK_TEXT(value, "two");
  free(value);
  value = NULL;
  CHECK(ledger_set(l, "k", NULL) == OK);
  CHECK(ledger_get(l, "k", &value) == OK && value == NULL);
  ledger_close(l);
  remove_ledger();
}

static void who_may_only_read_can_read_after_the_last_close(void) {
  ledger_close(open_as(LEDGER_OWN));
  CHECK(exists(beside("-wal")));
  CHECK(exists(beside("-shm")));
  struct ledger *l = open_as(LEDGER_READ);
  struct ledger_figures f;
  CHECK(ledger_figures(l, NOW, &f) == OK && f.open == 0);
  CHECK(ledger_set(l, "k", "v") == ERR_IO);
  ledger_close(l);
  remove_ledger();
}

/* ---- schema ---- */

static char *read_source(const char *name) {
  char path[512];
  const char *srcdir = getenv("srcdir");
  snprintf(path, sizeof path, "%s/%s", srcdir != NULL ? srcdir : ".", name);
  FILE *f = fopen(path, "re");
  char *text = f != NULL ? calloc(1, 100001) : NULL;
  if (text != NULL)
    CHECK(fread(text, 1, 100000, f) > 0);
  if (f != NULL)
    fclose(f);
  CHECK(text != NULL);
  return text;
}

static void run_source(const char *name) {
  char *text = read_source(name);
  if (text != NULL)
    CHECK(execute(things_path, text));
  free(text);
}

static void make_version(int version) {
  run_source("tests/data/v1.sql");
  if (version == 2)
    run_source("src/ledger/sql/002_views.sql");
  CHECK(number(things_path, "PRAGMA user_version") == version);
}

static void bring_up_to_date(int version) {
  struct incident i;
  make_version(version);
  struct ledger *l = open_as(LEDGER_OWN);
  CHECK(ledger_incident(l, 7, &i) == OK);
  CHECK_TEXT(i.title, "Disk almost full on web1: root");
  CHECK_TEXT(i.acknowledged_by, "alice");
  CHECK(incident_is_open(&i));
  incident_fini(&i);
  ledger_close(l);
  CHECK(number(things_path, "PRAGMA user_version") == 5);
  CHECK(number(things_path, "SELECT COUNT(*) FROM v_incident") == 2);
  CHECK(number(things_path, "SELECT COUNT(*) FROM v_alert") == 1);
  CHECK(number(things_path, "SELECT COUNT(*) FROM v_page") == 2);
  CHECK(number(things_path, "SELECT COUNT(*) FROM v_timeline") == 2);
  CHECK(number(things_path, "SELECT storm + paused FROM v_incident") == 0);
  CHECK(number(things_path, "SELECT bad_by FROM alert") == 1);
  CHECK(number(things_path, "SELECT COUNT(*) FROM v_event"
                            " WHERE reason = 'unmatched'") == 0);
  CHECK(number(things_path, "SELECT COUNT(*) FROM v_silence") == 0);
  CHECK(text_is(things_path, "SELECT value FROM setting WHERE key = 'id'",
                "01JD00000000000000000000ID"));
  remove_ledger();
}

static void a_version_1_ledger_is_brought_up_to_date(void) {
  bring_up_to_date(1);
}

static void a_version_2_ledger_is_brought_up_to_date(void) {
  bring_up_to_date(2);
}

static void an_old_event_was_unmatched(void) {
  make_version(2);
  CHECK(execute(things_path,
                "INSERT INTO event (id, received, host, plugin,"
                " plugin_instance, type, type_instance, data_source, level,"
                " value, message, meta) VALUES (5, 77, 'web1', 'df', '', 't',"
                " '', '', 'failure', 1.5, 'm', '{}')"));
  ledger_close(open_as(LEDGER_OWN));
  CHECK(text_is(things_path,
                "SELECT id || reason || at || received || host || value"
                " FROM event",
                "5unmatched7777web11.5"));
  remove_ledger();
}

static void a_ledger_of_an_older_schema_is_salvaged_too(void) {
  struct ledger_lock lock;
  struct ledger_salvage s = {.incidents = 0};
  char name[1100];
  pid_t holder;
  CHECK(ledger_lock_own(things_path, &lock, &holder) == OK);
  make_version(2);
  CHECK(ledger_replace(things_path, NOW, &s, NULL) == OK);
  CHECK(s.is_complete);
  CHECK(s.incidents == 2 && s.alerts == 1 && s.pages == 2 && s.entries == 2);
  CHECK(number(things_path, "PRAGMA user_version") == 5);
  CHECK(number(things_path, "SELECT bad_by FROM alert") == 1);
  ledger_lock_release(&lock);
  static const char *const suffixes[] = {"", "-wal", "-shm"};
  for (int i = 0; i < 3; i++) {
    snprintf(name, sizeof name, "%s%s", s.moved_to, suffixes[i]);
    unlink(name);
  }
  remove_ledger();
}

static void tools_migrate_too(void) {
  static const enum ledger_use uses[] = {LEDGER_SHARE, LEDGER_READ};
  for (int i = 0; i < 2; i++) {
    make_version(1);
    ledger_close(open_as(uses[i]));
    CHECK(number(things_path, "PRAGMA user_version") == 5);
    remove_ledger();
  }
}

static void an_old_ledger_equals_a_new_one(void) {
  static const char schema[] =
      "SELECT group_concat(sql, ';') FROM (SELECT sql FROM sqlite_schema"
      " WHERE name NOT LIKE 'sqlite_%' ORDER BY name)";
  char fresh[300];
  ledger_close(open_as(LEDGER_OWN));
  snprintf(fresh, sizeof fresh, "%s.fresh", things_path);
  CHECK(rename(things_path, fresh) == 0);
  remove_ledger();
  make_version(1);
  ledger_close(open_as(LEDGER_OWN));
  sqlite3 *db = NULL;
  sqlite3_stmt *q = NULL;
  CHECK(sqlite3_open_v2(fresh, &db, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK);
  CHECK(sqlite3_prepare_v2(db, schema, -1, &q, NULL) == SQLITE_OK);
  CHECK(sqlite3_step(q) == SQLITE_ROW);
  CHECK(text_is(things_path, schema, (const char *)sqlite3_column_text(q, 0)));
  sqlite3_finalize(q);
  sqlite3_close(db);
  unlink(fresh);
  strncat(fresh, "-wal", sizeof fresh - strlen(fresh) - 1);
  unlink(fresh);
  memcpy(fresh + strlen(fresh) - 3, "shm", 3);
  unlink(fresh);
  remove_ledger();
}

static bool same_bytes(const char *path, const char *before, size_t n) {
  static char now[400000];
  FILE *f = fopen(path, "re");
  size_t got = f != NULL ? fread(now, 1, sizeof now, f) : 0;
  if (f != NULL)
    fclose(f);
  return got == n && memcmp(now, before, n) == 0;
}

static void a_newer_schema_is_refused_and_unchanged(void) {
  static const enum ledger_use uses[] = {LEDGER_OWN, LEDGER_SHARE, LEDGER_READ};
  static char before[400000];
  ledger_close(open_as(LEDGER_OWN));
  CHECK(
      execute(things_path, "PRAGMA user_version = 6; CREATE TABLE later (x)"));
  CHECK(execute(things_path, "PRAGMA journal_mode = DELETE"));
  FILE *f = fopen(things_path, "re");
  size_t n = f != NULL ? fread(before, 1, sizeof before, f) : 0;
  if (f != NULL)
    fclose(f);
  CHECK(n > 4096 && n < sizeof before);
  for (int i = 0; i < 3; i++) {
    struct ledger *l = NULL;
    const char *why = "";
    CHECK(ledger_open(things_path, uses[i], &l, &why) == ERR_NEWER);
    CHECK(strstr(why, "version 6") != NULL);
    CHECK(same_bytes(things_path, before, n));
  }
  remove_ledger();
}

static void the_views_give_times_as_text(void) {
  struct incident i = some_incident(1);
  struct ledger *l = open_as(LEDGER_OWN);
  CHECK(ledger_put_incident(l, &i) == OK);
  ledger_close(l);
  CHECK(text_is(things_path, "SELECT declared_at FROM v_incident",
                "2026-11-21T09:40:43.999Z"));
  CHECK(number(things_path, "SELECT acknowledged_at IS NULL FROM v_incident") ==
        1);
  remove_ledger();
}

/* ---- locks ---- */

static pid_t parent;

static bool is_refused_with_the_pid(void) {
  struct ledger_lock lock = {.fd = -1};
  pid_t holder = 0;
  return ledger_lock_own(things_path, &lock, &holder) == ERR_BUSY &&
         holder == parent;
}

static bool sees_the_owner(void) { return ledger_owner(things_path) == parent; }

static bool sees_no_owner(void) { return ledger_owner(things_path) == 0; }

static void a_second_instance_learns_who_holds_it(void) {
  struct ledger_lock lock;
  pid_t holder;
  parent = getpid();
  CHECK(ledger_lock_own(things_path, &lock, &holder) == OK);
  CHECK(elsewhere(is_refused_with_the_pid));
  CHECK(elsewhere(sees_the_owner));
  CHECK(is_refused_with_the_pid());
  CHECK(sees_the_owner());
  ledger_lock_release(&lock);
  CHECK(elsewhere(sees_no_owner));
  remove_ledger();
}

static void a_handle_beside_the_owner_does_not_drop_its_lock(void) {
  struct ledger_lock lock;
  pid_t holder;
  parent = getpid();
  CHECK(ledger_lock_own(things_path, &lock, &holder) == OK);
  ledger_close(open_as(LEDGER_OWN));
  ledger_close(open_as(LEDGER_SHARE));
  ledger_close(open_as(LEDGER_READ));
  CHECK(elsewhere(sees_the_owner));
  ledger_lock_release(&lock);
  remove_ledger();
}

static bool can_own(void) {
  struct ledger_lock lock;
  pid_t holder;
  return ledger_lock_own(things_path, &lock, &holder) == OK;
}

static void a_dead_owner_leaves_no_lock(void) {
  CHECK(elsewhere(can_own)); /* ends without a release */
  CHECK(elsewhere(can_own));
  remove_ledger();
}

/* ---- transactions ---- */

static int ready[2];

/* Holds the write lock until somebody writes into the pipe, or for ms. */
static pid_t hold_write_lock(int ms, int *go) {
  int gate[2];
  CHECK(pipe(ready) == 0 && pipe(gate) == 0);
  fflush(stdout);
  pid_t pid = fork();
  if (pid == 0) {
    struct ledger *l = NULL;
    bool is_held = ledger_open(things_path, LEDGER_SHARE, &l, NULL) == OK &&
                   ledger_begin(l, 1000) == OK &&
                   ledger_set(l, "held", "yes") == OK;
    char c = is_held ? 'y' : 'n';
    if (write(ready[1], &c, 1) != 1)
      _exit(1);
    if (ms > 0)
      clock_sleep_ms(ms);
    else if (read(gate[0], &c, 1) != 1)
      _exit(1);
    bool is_done = is_held && ledger_commit(l) == OK;
    ledger_close(l);
    _exit(is_done ? 0 : 1);
  }
  char c = 'n';
  CHECK(read(ready[0], &c, 1) == 1 && c == 'y');
  close(ready[0]);
  close(ready[1]);
  close(gate[0]);
  *go = gate[1];
  return pid;
}

static void await(pid_t pid) {
  int status = -1;
  CHECK(waitpid(pid, &status, 0) == pid && status == 0);
}

static void begin_waits_as_long_as_it_is_told(void) {
  int go;
  struct ledger *l = open_as(LEDGER_OWN);
  pid_t pid = hold_write_lock(0, &go);
  int64_t from = clock_mono_ns();
  CHECK(ledger_begin(l, 50) == ERR_BUSY);
  int64_t took = (clock_mono_ns() - from) / 1000000;
  CHECK(took >= 50);
  CHECK(took < 2000);
  from = clock_mono_ns();
  CHECK(ledger_begin(l, 0) == ERR_BUSY);
  CHECK(clock_mono_ns() - from < 50 * 1000000);
  CHECK(write(go, "x", 1) == 1);
  await(pid);
  close(go);
  CHECK(ledger_begin(l, 0) == OK);
  ledger_rollback(l);
  ledger_close(l);
  remove_ledger();
}

static void begin_goes_on_when_the_other_is_done(void) {
  int go;
  struct ledger *l = open_as(LEDGER_OWN);
  pid_t pid = hold_write_lock(30, &go);
  CHECK(ledger_begin(l, 5000) == OK);
  CHECK(ledger_commit(l) == OK);
  await(pid);
  close(go);
  ledger_close(l);
  remove_ledger();
}

static bool change_it(void) {
  struct ledger *l = NULL;
  bool is_done = ledger_open(things_path, LEDGER_SHARE, &l, NULL) == OK &&
                 ledger_set(l, "other", "x") == OK;
  ledger_close(l);
  return is_done;
}

static void a_commit_of_somebody_else_is_noticed_once(void) {
  struct ledger *l = open_as(LEDGER_OWN);
  CHECK(!ledger_has_changed(l));
  CHECK(ledger_set(l, "own", "x") == OK);
  CHECK(!ledger_has_changed(l));
  CHECK(elsewhere(change_it));
  CHECK(ledger_has_changed(l));
  CHECK(!ledger_has_changed(l));
  ledger_close(l);
  remove_ledger();
}

static void a_rollback_leaves_nothing(void) {
  char *value = NULL;
  struct ledger *l = open_as(LEDGER_OWN);
  CHECK(ledger_begin(l, 0) == OK);
  CHECK(ledger_set(l, "k", "v") == OK);
  ledger_rollback(l);
  ledger_rollback(l); /* harmless */
  CHECK(ledger_get(l, "k", &value) == OK && value == NULL);
  ledger_close(l);
  remove_ledger();
}

static void a_checkpoint_empties_the_log(void) {
  struct ledger *l = open_as(LEDGER_OWN);
  CHECK(ledger_set(l, "k", "v") == OK);
  CHECK(ledger_checkpoint(l) == 0);
  CHECK(ledger_checkpoint(l) == 0);
  ledger_close(l);
  remove_ledger();
}

/* A limit on the size of files fails as a full disk does. */
static bool survives_a_full_disk(void) {
  struct rlimit all, none;
  unsigned failed = check_failed;
  struct ledger *l = open_as(LEDGER_OWN);
  struct incident i = some_incident(1);
  signal(SIGXFSZ, SIG_IGN);
  getrlimit(RLIMIT_FSIZE, &all);
  none = all;
  none.rlim_cur = 1000;
  CHECK(ledger_begin(l, 0) == OK);
  CHECK(ledger_put_incident(l, &i) == OK);
  setrlimit(RLIMIT_FSIZE, &none);
  CHECK(ledger_commit(l) == ERR_IO);
  CHECK(ledger_why(l)[0] != '\0');
  CHECK(ledger_incident(l, 1, &i) == ERR_NOTFOUND);
  setrlimit(RLIMIT_FSIZE, &all);
  i = some_incident(1);
  CHECK(ledger_begin(l, 0) == OK);
  CHECK(ledger_put_incident(l, &i) == OK);
  CHECK(ledger_commit(l) == OK);
  ledger_close(l);
  return check_failed == failed;
}

static void a_full_disk_is_an_error_that_passes(void) {
  CHECK(elsewhere(survives_a_full_disk));
  CHECK(number(things_path, "SELECT COUNT(*) FROM incident") == 1);
  remove_ledger();
}

int main(void) {
  hash_init();
  if (!make_dir())
    return 99;
  a_new_ledger_has_mode_0640_whatever_the_umask();
  a_missing_directory_is_said_clearly();
  a_tool_creates_nothing();
  an_empty_file_is_a_new_ledger();
  a_strangers_database_is_left_alone();
  garbage_is_corrupt();
  the_ledger_keeps_its_name();
  settings_are_set_changed_and_removed();
  who_may_only_read_can_read_after_the_last_close();
  a_version_1_ledger_is_brought_up_to_date();
  a_version_2_ledger_is_brought_up_to_date();
  an_old_event_was_unmatched();
  a_ledger_of_an_older_schema_is_salvaged_too();
  tools_migrate_too();
  an_old_ledger_equals_a_new_one();
  a_newer_schema_is_refused_and_unchanged();
  the_views_give_times_as_text();
  a_second_instance_learns_who_holds_it();
  a_handle_beside_the_owner_does_not_drop_its_lock();
  a_dead_owner_leaves_no_lock();
  begin_waits_as_long_as_it_is_told();
  begin_goes_on_when_the_other_is_done();
  a_commit_of_somebody_else_is_noticed_once();
  a_rollback_leaves_nothing();
  a_checkpoint_empties_the_log();
  a_full_disk_is_an_error_that_passes();
  remove_dir();
  return check_done("t_ledger");
}
