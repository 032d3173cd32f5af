/* SPDX-License-Identifier: MIT */
/* The threads that read calendars. Linked with -Wl,--wrap=read, so that a file
 * system can be made to hang. */
#include "engine/calendars.h"

#include "base/log.h"
#include "check.h"
#include "settings_text.h"

#include <dirent.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define WAIT_MS 20000
#define NOW 1767605400000 /* 2026-01-05T09:30:00Z */
#define HOUR_MS 3600000

static char dir[256], path[300];

/* ---- a file system that hangs ---- */

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static pthread_t main_thread;
static atomic_bool is_hanging, has_hung;

ssize_t __real_read(int fd, void *bytes, size_t n);
ssize_t __wrap_read(int fd, void *bytes, size_t n);
ssize_t __wrap_read(int fd, void *bytes, size_t n) {
  if (atomic_load(&is_hanging) && !pthread_equal(pthread_self(), main_thread)) {
    atomic_store(&has_hung, true);
    pthread_mutex_lock(&gate);
    pthread_mutex_unlock(&gate);
  }
  return __real_read(fd, bytes, n);
}

static size_t threads(void) {
  DIR *d = opendir("/proc/self/task");
  size_t n = 0;
  while (d != NULL && readdir(d) != NULL)
    n++;
  if (d != NULL)
    closedir(d);
  return n - 2; /* "." and ".." */
}

static bool threads_come_to(size_t n) {
  for (int i = 0; i < WAIT_MS / 5 && threads() != n; i++)
    clock_sleep_ms(5);
  return threads() == n;
}

/* ---- the log, and waking ---- */

static pthread_mutex_t log_lock = PTHREAD_MUTEX_INITIALIZER;
static char said[8192];
static atomic_uint woken;

static void take_line(enum log_level level, const char *line) {
  (void)level;
  pthread_mutex_lock(&log_lock);
  size_t n = strlen(said);
  snprintf(said + n, sizeof said - n, "%s\n", line);
  pthread_mutex_unlock(&log_lock);
}

static unsigned times_said(const char *text) {
  unsigned n = 0;
  pthread_mutex_lock(&log_lock);
  for (const char *p = said; (p = strstr(p, text)) != NULL; p++)
    n++;
  pthread_mutex_unlock(&log_lock);
  return n;
}

static void wake(void *arg) {
  (void)arg;
  atomic_fetch_add(&woken, 1);
}

/* ---- files ---- */

static void write_file(const char *text) {
  char new[320];
  snprintf(new, sizeof new, "%s.new", path);
  FILE *f = fopen(new, "w");
  CHECK(f != NULL && fputs(text, f) >= 0 && fclose(f) == 0);
  CHECK(rename(new, path) == 0); /* another inode: a change for sure */
}

#define SHIFT(who)                                                             \
  "BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:" who                                \
  "\nDTSTART:20260105T090000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY\n"              \
  "END:VEVENT\nEND:VCALENDAR\n"

static struct settings *make_settings(const char *calendar) {
  char text[1024];
  snprintf(text, sizeof text,
           "<Webhook \"w\">\n URL \"http://h/\"\n</Webhook>\n"
           "<Responder \"alice\">\n Webhook \"w\"\n</Responder>\n"
           "<Responder \"bob\">\n Webhook \"w\"\n</Responder>\n"
           "<Schedule \"primary\">\n TimeZone \"UTC\"\n Calendar \"%s\"\n"
           "</Schedule>\n"
           "<Chain \"c\">\n <Step>\n  Schedule \"primary\"\n </Step>\n"
           "</Chain>\n<Rule \"r\">\n <Match>\n  Plugin \"p\"\n </Match>\n"
           " Chain \"c\"\n</Rule>\n",
           calendar);
  struct settings *s = read_right(text);
  CHECK(s != NULL && s->schedules_n == 1);
  return s;
}

static const char *on_call(struct calendars *c, const struct settings *s,
                           wall_ms at) {
  wall_ms until;
  const struct calendar *k = calendars_of(c, s->schedules[0]);
  const char *who = k != NULL ? calendar_at(k, at, &until) : "not read";
  return who != NULL ? who : "nobody";
}

/* ---- in simulated time ---- */

static void a_file_is_looked_at_every_2_seconds(void) {
  struct fake_clock clock;
  struct calendars *c = NULL;
  fake_clock_init(&clock, NOW);
  write_file(SHIFT("alice"));
  struct settings *s = make_settings(path);
  said[0] = '\0';
  CHECK(calendars_new(s, &clock.clock, wake, NULL, &c) == OK);
  CHECK_TEXT(on_call(c, s, NOW), "not read");
  CHECK(calendars_look(c, NOW) == NOW + 2000);
  CHECK_TEXT(on_call(c, s, NOW), "not read"); /* not taken yet */
  CHECK(calendars_take(c));
  CHECK(!calendars_take(c));
  CHECK_TEXT(on_call(c, s, NOW), "alice");

  write_file(SHIFT("bob"));
  CHECK(calendars_look(c, NOW + 1999) == NOW + 2000);
  CHECK(!calendars_take(c));
  calendars_look(c, NOW + 2000);
  CHECK(calendars_take(c));
  CHECK_TEXT(on_call(c, s, NOW), "bob");
  calendars_look(c, NOW + 4000);
  CHECK(!calendars_take(c));
  CHECK(said[0] == '\0');
  calendars_free(c, 0);
  settings_free(s);
}

static void what_was_read_last_stays_when_the_file_breaks(void) {
  struct fake_clock clock;
  struct calendars *c = NULL;
  wall_ms now = NOW;
  fake_clock_init(&clock, NOW);
  write_file(SHIFT("alice"));
  struct settings *s = make_settings(path);
  CHECK(calendars_new(s, &clock.clock, NULL, NULL, &c) == OK);
  calendars_look(c, now);
  CHECK(calendars_take(c));
  said[0] = '\0';
  write_file("BEGIN:VCALENDAR\n");
  for (int i = 0; i < 4; i++)
    calendars_look(c, now += 30000);
  CHECK(times_said("primary: Calendar ") == 1);
  CHECK(times_said("line 1: it ends within VCALENDAR; what was read of it "
                   "before stays in force") == 1);
  CHECK(unlink(path) == 0);
  for (int i = 0; i < 4; i++)
    calendars_look(c, now += 30000);
  CHECK(times_said("No such file or directory") == 1);
  CHECK(mkfifo(path, 0600) == 0); /* that nobody writes to */
  for (int i = 0; i < 4; i++)
    calendars_look(c, now += 30000);
  CHECK(times_said("not a file") == 1);
  CHECK(!calendars_take(c));
  CHECK_TEXT(on_call(c, s, NOW), "alice");
  write_file(SHIFT("bob"));
  for (int i = 0; i < 4; i++)
    calendars_look(c, now += 30000);
  CHECK(times_said("can be read again") == 1);
  CHECK(calendars_take(c));
  CHECK_TEXT(on_call(c, s, NOW), "bob");
  calendars_free(c, 0);
  settings_free(s);
}

static void the_window_moves_once_a_day(void) {
  struct fake_clock clock;
  struct calendars *c = NULL;
  wall_ms now = NOW;
  fake_clock_init(&clock, NOW);
  write_file(SHIFT("alice"));
  struct settings *s = make_settings(path);
  CHECK(calendars_new(s, &clock.clock, NULL, NULL, &c) == OK);
  calendars_look(c, now);
  CHECK(calendars_take(c));
  wall_ms until = calendars_of(c, s->schedules[0])->until;
  CHECK(until == NOW + 400LL * 24 * HOUR_MS);
  for (int i = 0; i < 2879; i++)
    calendars_look(c, now += 30000);
  CHECK(!calendars_take(c));
  calendars_look(c, now += 30000);
  CHECK(calendars_take(c));
  CHECK(calendars_of(c, s->schedules[0])->until == until + 24LL * HOUR_MS);
  calendars_free(c, 0);
  settings_free(s);
}

static void strangers_are_named_once(void) {
  struct fake_clock clock;
  struct calendars *c = NULL;
  fake_clock_init(&clock, NOW);
  write_file(SHIFT("Team meeting"));
  struct settings *s = make_settings(path);
  CHECK(calendars_new(s, &clock.clock, NULL, NULL, &c) == OK);
  said[0] = '\0';
  for (int i = 0; i < 6000; i++) /* more than two days */
    calendars_look(c, NOW + i * 30000LL);
  CHECK(times_said("no responder is called \"Team meeting\"") == 1);
  CHECK(calendars_change(c, s, 0) == OK); /* other settings, the same names */
  CHECK(times_said("no responder is called \"Team meeting\"") == 2);
  calendars_free(c, 0);
  settings_free(s);
}

static void too_many_shifts_narrow_the_window(void) {
  static char text[8192];
  struct fake_clock clock;
  struct calendars *c = NULL;
  fake_clock_init(&clock, NOW);
  size_t n = (size_t)sprintf(text, "BEGIN:VCALENDAR\n");
  for (int i = 0; i < 4; i++)
    n += (size_t)sprintf(text + n,
                         "BEGIN:VEVENT\nSUMMARY:alice\nDTSTART:"
                         "20240105T09%02d00Z\nDURATION:PT1M\n"
                         "RRULE:FREQ=HOURLY\nEND:VEVENT\n",
                         i);
  sprintf(text + n, "END:VCALENDAR\n");
  write_file(text);
  struct settings *s = make_settings(path);
  CHECK(calendars_new(s, &clock.clock, NULL, NULL, &c) == OK);
  said[0] = '\0';
  calendars_look(c, NOW);
  CHECK(calendars_take(c));
  CHECK(calendars_of(c, s->schedules[0])->until == NOW + 100LL * 24 * HOUR_MS);
  CHECK(times_said("too many shifts: looked at 100 days ahead") == 1);
  calendars_free(c, 0);
  settings_free(s);
}

/* ---- with threads ---- */

static bool comes_true(struct calendars *c, const struct settings *s,
                       const char *who) {
  for (int i = 0; i < WAIT_MS / 5; i++) {
    (void)calendars_take(c);
    if (strcmp(on_call(c, s, NOW), who) == 0)
      return true;
    clock_sleep_ms(5);
  }
  return false;
}

static void threads_read_what_is_there_and_what_comes(void) {
  struct fake_clock clock;
  struct calendars *c = NULL;
  fake_clock_init(&clock, NOW);
  write_file(SHIFT("alice"));
  struct settings *s = make_settings(path), *none = make_settings("/nowhere");
  atomic_store(&woken, 0);
  CHECK(calendars_new(s, &clock.clock, wake, NULL, &c) == OK);
  CHECK(calendars_start(c, WAIT_MS) == OK);
  CHECK(calendars_take(c)); /* it waited for that */
  CHECK(atomic_load(&woken) == 1);
  CHECK_TEXT(on_call(c, s, NOW), "alice");
  write_file(SHIFT("bob"));
  CHECK(calendars_change(c, s, WAIT_MS) == OK);
  CHECK(comes_true(c, s, "bob"));
  CHECK(calendars_change(c, none, WAIT_MS) == OK);
  CHECK_TEXT(on_call(c, s, NOW), "not read");
  CHECK(calendars_change(c, s, WAIT_MS) == OK);
  CHECK(comes_true(c, s, "bob"));
  calendars_free(c, WAIT_MS);
  settings_free(s);
  settings_free(none);
}

static void a_file_that_hangs_holds_up_nobody(void) {
  struct calendars *c = NULL;
  size_t before = threads();
  write_file(SHIFT("alice"));
  struct settings *s = make_settings(path);
  CHECK(calendars_new(s, clock_real(), NULL, NULL, &c) == OK);
  CHECK(calendars_start(c, WAIT_MS) == OK);
  CHECK(calendars_take(c));
  pthread_mutex_lock(&gate);
  atomic_store(&is_hanging, true);
  CHECK(calendars_change(c, s, 50) == OK); /* read it again */
  for (int i = 0; i < WAIT_MS / 5 && !atomic_load(&has_hung); i++)
    clock_sleep_ms(5);
  CHECK(atomic_load(&has_hung));
  CHECK(!calendars_take(c));
  CHECK_TEXT(on_call(c, s, NOW), "alice");
  int64_t begun = clock_mono_ns();
  calendars_free(c, 50);
  CHECK(clock_mono_ns() - begun < 5000000000LL);
  settings_free(s);
  atomic_store(&is_hanging, false);
  pthread_mutex_unlock(&gate);
  CHECK(threads_come_to(before)); /* the last one has freed all of it */
}

int main(void) {
  const char *tmp = getenv("TMPDIR");
  snprintf(dir, sizeof dir, "%s/calendarsXXXXXX", tmp != NULL ? tmp : "/tmp");
  if (mkdtemp(dir) == NULL)
    return 99;
  snprintf(path, sizeof path, "%s/x.ics", dir);
  main_thread = pthread_self();
  log_set(take_line);
  a_file_is_looked_at_every_2_seconds();
  what_was_read_last_stays_when_the_file_breaks();
  the_window_moves_once_a_day();
  strangers_are_named_once();
  too_many_shifts_narrow_the_window();
  threads_read_what_is_there_and_what_comes();
  a_file_that_hangs_holds_up_nobody();
  unlink(path);
  rmdir(dir);
  return check_done("t_calendars");
}
