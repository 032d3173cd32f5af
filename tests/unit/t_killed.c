/* SPDX-License-Identifier: MIT */
/* An engine is killed at random moments, in the middle of whatever it does,
 * while alerts are pending, firing and clearing, silences run, inhibitions hold
 * and storms rage. What the ledger said after the last turn that was written
 * must be there, and the next engine must go on from just that.
 *
 *   t_killed               as in make check
 *   t_killed SEED SECONDS  others, for longer */
#include "check.h"
#include "engine_things.h"

#include "base/hash.h"
#include "base/log.h"
#include "core/settings.h"

#include <math.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define START 1760000000000
#define SECONDS 5
#define SLOW_SECONDS 120 /* enough under sanitizers */
#define SECOND 1000LL
#define PRINT_MAX (256 * 1024)
#define KILL_SOON_US 20000   /* after its birth, */
#define KILL_LATER_US 200000 /* or after its start */
#define TURNS_MAX 200

static const char config[] =
    "DefaultChain \"c\"\nStormLimit 4 \"60s\"\nEvidence 10\n"
    "<Webhook \"w\">\n  URL \"http://h/x\"\n</Webhook>\n"
    "<Webhook \"v\">\n  URL \"http://h/y\"\n</Webhook>\n"
    "<Responder \"p\">\n  Webhook \"w\"\n</Responder>\n"
    "<Chain \"c\">\n  <Step>\n    Responder \"p\"\n    Wait 60\n  </Step>\n"
    "  <Step>\n    Webhook \"v\"\n    Wait 600\n  </Step>\n</Chain>\n"
    "<Rule \"disk\">\n  <Match>\n    Plugin \"df\"\n    Level \"warning\"\n"
    "  </Match>\n  GroupBy \"host\" \"meta:k\"\n  For 20\n  Clear 30\n"
    "  Severity \"SEV-4\"\n  <Upgrade>\n    Alerts 3\n"
    "    Severity \"SEV-2\"\n  </Upgrade>\n  <Upgrade>\n    After 300\n"
    "    Severity \"SEV-3\"\n  </Upgrade>\n</Rule>\n"
    "<Rule \"ping\">\n  <Match>\n    Plugin \"ping\"\n  </Match>\n  Clear 0\n"
    "  Expire 900\n</Rule>\n"
    "<Rule \"many\">\n  <Match>\n    Plugin \"http\"\n  </Match>\n"
    "  GroupBy \"type\"\n  Quorum 3\n  GroupWait 15\n  AutoResolve false\n"
    "</Rule>\n"
    "<Rule \"load\">\n  <Metric>\n    Plugin \"load\"\n    Above 8\n"
    "    ClearBelow 5\n  </Metric>\n  Reopen 120\n  Hold 60\n</Rule>\n"
    "<Rule \"gone\">\n  <Metric>\n    Plugin \"load\"\n    Absent 120\n"
    "  </Metric>\n  Continue true\n</Rule>\n"
    "<Rule \"rest\">\n  <Match>\n    Plugin \"note\"\n  </Match>\n"
    "  Record true\n</Rule>\n"
    "<Inhibit>\n  Source \"ping\"\n  Target \"disk\" \"many\"\n"
    "  Equal \"host\"\n</Inhibit>\n";

/* What the two processes share. */
static struct shared {
  uint64_t chance;
  wall_ms now;         /* what the clock shows, or will in this step */
  atomic_bool is_amid; /* in a step: the ledger may be further than printed */
  atomic_bool is_up;   /* has started */
  atomic_uint steps;
  atomic_bool is_other;  /* it has not gone on where it was */
  char print[PRINT_MAX]; /* the ledger after the last step */
  char other[PRINT_MAX];
} * shared;

static struct settings *settings;
static struct fake_clock clock_now;
static struct engine *engine;
static struct intake *intake;
static struct series *series;
static char ledger[256];

static unsigned pick(unsigned n) { /* 0 .. n - 1; xorshift64* */
  uint64_t *x = &shared->chance;
  *x ^= *x >> 12;
  *x ^= *x << 25;
  *x ^= *x >> 27;
  return (unsigned)((*x * 2685821657736338717ULL) >> 33) % n;
}

/* ---- what is in the ledger ---- */

/* All that lives, without what a start moves (times that begin again) or sends
 * again (a page that was being sent). */
static const char *const queries[] = {
    "SELECT 'alert', id, rule, host, plugin_instance, level, state, incident,"
    " bad_by, flapping, silence, inhibited_by, group_key FROM alert"
    " WHERE state <> 'cleared' ORDER BY id",
    "SELECT 'incident', id, title, status, severity, acknowledged_by, paused,"
    " storm, upgrades, alerts_firing, alerts_total, resolved_at, hold_until,"
    " (SELECT count(*) FROM timeline t WHERE t.incident = i.id),"
    " (SELECT count(*) FROM page p WHERE p.incident = i.id)"
    " FROM incident i WHERE id > (SELECT max(id) FROM incident) - 40"
    " ORDER BY id",
    "SELECT 'run', r.id, incident, chain, state, step, round FROM run r"
    " JOIN incident i ON i.id = r.incident AND i.status <> 'resolved'"
    " ORDER BY r.id",
    "SELECT 'silence', id, matches, ends_at, ended_at, suppressed FROM silence"
    " WHERE ended_at IS NULL ORDER BY id",
    "SELECT 'absence', rule, host FROM absence ORDER BY rule, host",
    "SELECT 'events', max(id) FROM event"};

static void print_query(sqlite3 *db, const char *sql, struct buf *out) {
  sqlite3_stmt *q = NULL;
  if (sqlite3_prepare_v2(db, sql, -1, &q, NULL) != SQLITE_OK)
    buf_addf(out, "%s: %s\n", sql, sqlite3_errmsg(db));
  while (q != NULL && sqlite3_step(q) == SQLITE_ROW) {
    for (int i = 0; i < sqlite3_column_count(q); i++) {
      const unsigned char *text = sqlite3_column_text(q, i);
      buf_addf(out, "%s ", text != NULL ? (const char *)text : "-");
    }
    buf_add(out, "\n");
  }
  sqlite3_finalize(q);
}

static void print_ledger(char out[PRINT_MAX]) {
  sqlite3 *db = NULL;
  struct buf b;
  buf_init(&b, PRINT_MAX - 1);
  if (sqlite3_open_v2(ledger, &db, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK)
    for (size_t i = 0; i < sizeof queries / sizeof queries[0]; i++)
      print_query(db, queries[i], &b);
  sqlite3_close(db);
  snprintf(out, PRINT_MAX, "%s", buf_text(&b));
  buf_fini(&b);
}

/* ---- the engine ---- */

static void log_errors(enum log_level level, const char *line) {
  if (level == LOG_ERROR && strstr(line, "exhausted") == NULL)
    printf("%s\n", line);
}

static bool read_config(void) {
  struct conf_file *file = NULL;
  enum err err =
      conf_read_text("config", config, sizeof config - 1, NULL, NULL, &file);
  if (err == OK) {
    const struct conf *block = &file->root;
    err = settings_read(&block, 1, true, NULL, NULL, &settings);
  }
  conf_file_free(file);
  return err == OK;
}

static bool start(void) {
  const char *why = "out of memory";
  struct watch *watch = NULL;
  struct engine_parts parts = {.settings = settings,
                               .public_config = "",
                               .ledger_path = ledger,
                               .clock = &clock_now.clock,
                               .sender = {.send = send_parcel,
                                          .withdraw = withdraw_parcel,
                                          .outcomes = take_outcomes},
                               .announce = announce};
  enum err err = intake_new(INTAKE_BYTES_MAX, wake, NULL, &intake);
  if (err == OK)
    err = watch_new(&watch);
  if (err == OK)
    err = series_new(intake, watch, &clock_now.clock, &series);
  parts.intake = intake;
  parts.watch = watch;
  parts.series = series;
  if (err == OK)
    err = engine_new(&parts, &engine, &why);
  if (err != OK)
    printf("not started: %s\n", why);
  return err == OK;
}

static wall_ms turn(void) {
  wall_ms next = clock_now.at;
  for (int i = 0; i < TURNS_MAX && (next <= clock_now.at || sent != NULL); i++)
    next = engine_turn(engine);
  return next;
}

static void go_on(span_ms span) {
  wall_ms to = clock_now.at + span;
  for (wall_ms next = turn(); next <= to; next = turn())
    if (next > clock_now.at)
      clock_now.at = shared->now = next;
  clock_now.at = shared->now = to;
  turn();
}

/* ---- what happens ---- */

static void notify(unsigned host_n, const char *plugin, unsigned instance_n,
                   enum level level) {
  static uint64_t memory[SIGNAL_BYTES_MAX / 8];
  char host[16], instance[16];
  const char *fields[FIELDS] = {host, plugin, instance, "gauge", ""};
  struct packer p;
  snprintf(host, sizeof host, "h%u", host_n);
  snprintf(instance, sizeof instance, "i%u", instance_n);
  signal_begin(&p, memory);
  p.signal->level = (uint8_t)level;
  p.signal->received = p.signal->sent = clock_now.at;
  for (int i = 0; i < FIELDS; i++)
    signal_add(&p, fields[i], strlen(fields[i]));
  signal_add_meta(&p, "k", pick(2) == 0 ? "a" : "b");
  signal_end(&p, false);
  intake_offer(intake, p.signal);
}

static void put(unsigned host_n, double value) {
  char host[16] = "", plugin[16] = "load", none[16] = "", type[16] = "gauge";
  struct source source = {.name = "value",
                          .type = SOURCE_GAUGE,
                          .min = NAN,
                          .max = NAN,
                          .raw = {.gauge = value}};
  struct reading r = {.field = {host, plugin, none, type, none},
                      .field_max = sizeof host,
                      .sent = clock_now.at,
                      .sent_ns = clock_now.at * 1000000,
                      .interval = 10 * SECOND,
                      .sources = &source,
                      .sources_n = 1};
  snprintf(host, sizeof host, "h%u", host_n);
  series_take(series, &r);
}

static void answer(void *arg, enum err err, const char *why,
                   const struct answer *a) {
  (void)arg;
  (void)why;
  (void)a;
  if (err != OK && err != ERR_CONFLICT && err != ERR_NOTFOUND)
    _exit(5);
}

static void silence(void) {
  char text[512], from[CLOCK_TEXT], until[CLOCK_TEXT];
  struct request r = {.verb = VERB_SILENCE,
                      .by = (char *)"p",
                      .at = clock_now.at,
                      .text = text};
  clock_print(clock_now.at + pick(2) * 30 * SECOND, from);
  clock_print(clock_now.at + (60 + pick(300)) * SECOND, until);
  snprintf(text, sizeof text,
           "{\"matches\":[\"host=h%u\"],\"by\":\"p\",\"reason\":\"r\","
           "\"created_at\":\"%s\",\"starts_at\":\"%s\",\"ends_at\":\"%s\"}",
           pick(4), from, from, until);
  engine_hand(engine, &r, answer, NULL);
}

static void note_id(void *arg, const struct incident *i) {
  int64_t *id = arg;
  if (*id == 0 || pick(2) == 0)
    *id = i->id;
}

static void people(void) {
  static const enum verb verbs[] = {VERB_ACK, VERB_UNACK, VERB_RESOLVE,
                                    VERB_ESCALATE};
  struct request r = {.verb = verbs[pick(4)],
                      .by = (char *)"p",
                      .at = clock_now.at,
                      .happened_at = clock_now.at};
  engine_each_open(engine, note_id, &r.incident);
  if (r.incident != 0)
    engine_hand(engine, &r, answer, NULL);
}

static void happen(void) {
  static const char *const plugins[] = {"df", "df", "ping", "http", "note"};
  switch (pick(12)) {
  case 0:
    silence();
    break;
  case 1:
    people();
    break;
  case 2:
    for (unsigned i = 0; i < 12 && pick(4) == 0; i++)
      notify(100 + i, "ping", 0, LEVEL_FAILURE);
    break;
  case 3:
    for (unsigned i = 0; i < 12; i++)
      notify(100 + i, "ping", 0, LEVEL_OKAY);
    break;
  case 4:
  case 5:
    put(pick(3), pick(12));
    break;
  default:
    notify(pick(4), plugins[pick(5)], pick(3),
           pick(3) == 0 ? LEVEL_OKAY : (enum level)(1 + pick(2)));
    break;
  }
  go_on(pick(3) == 0 ? pick(120) * SECOND : pick(5) * SECOND);
}

/* ---- killing it ---- */

static void live(void) {
  clock_now.at = shared->now;
  if (!start())
    _exit(3);
  turn();
  print_ledger(shared->other);
  if (strcmp(shared->print, shared->other) != 0) {
    shared->is_other = true;
    _exit(2);
  }
  shared->is_up = true;
  for (;;) {
    shared->is_amid = true;
    happen();
    print_ledger(shared->print);
    shared->is_amid = false;
    shared->steps++;
  }
}

static void show_difference(const char *was, const char *is) {
  while (*was != '\0' || *is != '\0') {
    size_t a = strcspn(was, "\n"), b = strcspn(is, "\n");
    if (a != b || memcmp(was, is, a) != 0) {
      printf("was: %.*s\nis:  %.*s\n", (int)a, was, (int)b, is);
      return;
    }
    was += a + (was[a] == '\n');
    is += b + (is[b] == '\n');
  }
}

/* Until it has started or ended by itself. */
static void await_start(pid_t child) {
  int64_t give_up = clock_mono_ns() + SLOW_SECONDS * 1000000000LL;
  siginfo_t end = {.si_pid = 0};
  while (!shared->is_up && clock_mono_ns() < give_up &&
         waitid(P_PID, (id_t)child, &end, WEXITED | WNOHANG | WNOWAIT) == 0 &&
         end.si_pid == 0)
    clock_sleep_ms(1);
}

/* Lives once, until it is killed. False: it has ended by itself. */
static bool kill_one(void) {
  int status = 0;
  fflush(stdout);
  shared->is_up = false;
  pid_t child = fork();
  if (child == 0)
    live();
  if (child < 0)
    return false;
  long within_us = rand() % 2 ? KILL_SOON_US : KILL_LATER_US;
  if (within_us == KILL_LATER_US)
    await_start(child);
  struct timespec pause = {.tv_nsec = 1000L * (rand() % within_us)};
  nanosleep(&pause, NULL);
  kill(child, SIGKILL);
  waitpid(child, &status, 0);
  if (shared->is_other)
    show_difference(shared->print, shared->other);
  return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
}

/* When the last turn was that wrote something: a step may have been further. A
 * turn that sends pages does not write alive_at: its rows tell. */
static wall_ms last_written(void) {
  struct buf b;
  sqlite3 *db = NULL;
  wall_ms at = 0;
  buf_init(&b, 100);
  if (sqlite3_open_v2(ledger, &db, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK) {
    print_query(db, "SELECT value FROM setting WHERE key = 'alive_at'", &b);
    print_query(db,
                "SELECT max(at) FROM (SELECT created_at AS at FROM page"
                " UNION ALL SELECT recorded_at FROM timeline UNION ALL"
                " SELECT max(received, coalesce(good_since, 0)) FROM alert)",
                &b);
  }
  sqlite3_close(db);
  CHECK(b.len > 24 && clock_parse(strtok(b.text, " "), &at) == OK);
  const char *newest = strtok(NULL, " ");
  wall_ms rows_at = newest != NULL ? strtoll(newest, NULL, 10) : 0;
  buf_fini(&b);
  return rows_at > at ? rows_at : at;
}

/* What was written is there; a step that was not over may be, too. */
static bool has_all(bool *is_further) {
  static char is[PRINT_MAX];
  print_ledger(is);
  *is_further = strcmp(shared->print, is) != 0;
  if (*is_further && !shared->is_amid) {
    show_difference(shared->print, is);
    return false;
  }
  memcpy(shared->print, is, PRINT_MAX);
  if (shared->is_amid)
    shared->now = last_written();
  return true;
}

static void it_goes_on_where_it_was(unsigned seed, int64_t seconds) {
  unsigned kills = 0, amid = 0, further = 0;
  int64_t end = clock_mono_ns() + seconds * 1000000000;
  int64_t give_up = end + SLOW_SECONDS * 1000000000LL;
  bool is_good = true;
  shared->chance = seed * 0x9e3779b97f4a7c15u + 1;
  shared->now = START;
  srand(seed);
  clock_now.at = START;
  if (!start()) { /* so that there is a ledger */
    CHECK(false);
    return;
  }
  turn();
  engine_free(engine);
  print_ledger(shared->print);
  while (is_good &&
         (clock_mono_ns() < end || ((kills <= 10 || shared->steps <= 10) &&
                                    clock_mono_ns() < give_up))) {
    bool is_further = false;
    is_good = kill_one() && has_all(&is_further);
    kills++;
    amid += shared->is_amid;
    further += is_further;
    shared->is_amid = false;
  }
  printf("seed %u: %u kills after %u steps, %u in the middle of one, %u of "
         "those half way\n",
         seed, kills, shared->steps, amid, further);
  CHECK(is_good);
  CHECK(kills > 10 && shared->steps > 10);
}

int main(int argc, char **argv) {
  char dir[200], name[300];
  static const char *const suffixes[] = {"", "-wal", "-shm", ".lock"};
  const char *tmp = getenv("TMPDIR");
  unsigned seed = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 1;
  int64_t seconds = argc > 2 ? strtoll(argv[2], NULL, 10) : SECONDS;
  hash_init();
  log_set(log_errors);
  fake_clock_init(&clock_now, START);
  shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE,
                MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  snprintf(dir, sizeof dir, "%s/t_killed.XXXXXX", tmp != NULL ? tmp : "/tmp");
  if (shared == MAP_FAILED || mkdtemp(dir) == NULL || !read_config()) {
    CHECK(false);
    return check_done("t_killed");
  }
  snprintf(ledger, sizeof ledger, "%s/incident.db", dir);
  it_goes_on_where_it_was(seed, seconds);
  for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
    snprintf(name, sizeof name, "%s%s", ledger, suffixes[i]);
    unlink(name);
  }
  CHECK(rmdir(dir) == 0);
  settings_free(settings);
  return check_done("t_killed");
}
