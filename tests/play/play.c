/* SPDX-License-Identifier: MIT */
/* The scenario player: `play FILE.play [sim|live]` plays the commands in the
 * file on the stages it asks for and says what was not as expected.
 *
 * The language: one command per line; `#` begins a comment; `include NAME` puts
 * the lines of another file here; a line that ends in `{` is followed by a
 * block of text up to a line `}`; words are split at blanks and may be quoted,
 * with
 * \" \\ \n \t \xHH inside. ${dir} is the scenario's directory, ${NAME} the URL
 * of a sink (${NAME.hostport} its part), ${pid} the daemon's, ${n} the count in
 * repeat, ${out} what incidentctl printed last, ${NAME.path} a field of what
 * was kept with `as NAME`.
 *
 *   play "title"                  stage sim|live|both
 *   sink NAME [foreign] [replies CODE [says TEXT] | hang | slow SPAN | drop |
 *              endless | refuse | retry-after SPAN | tls | tls-wrong |
 *              tls-expired | ODD [CODE] [xN] [then ...]]
 *     foreign: takes another format than "incident"; ODD (live; sink.h says
 *     what they are): reset half-head half drip trickle SPAN long twice
 *     bad-length gzip old headers header interim interims stale garbage deaf
 *   conf [anew] { inside of <Plugin incident> }     collectd { top level }
 *   file NAME { text }            dir NAME
 *   start [fails|forked]  stop [within SPAN]  kill [after SPAN]  restart
 *   reload [fails] (conf becomes the configuration in force, or must not;
 *     live: as incidentctl reload does, whose output is kept)
 *   second (a second daemon must end)      trial (collectd -T must end well)
 *   put ID VALUE [interval SECONDS] [sent SPAN]     flush
 *     VALUE as in PUTVAL: "9", "0.1:0.2:0.3", "U"; sent so long ago
 *   notify SEVERITY ID "text" [NAME=VALUE ...] [sent SPAN]
 *   raw KEY=VALUE | KEY~VALUE ... (hostile_plugin.c; live)
 *   at SPAN [COMMAND] (since the beginning)  clock +SPAN | -SPAN (sim)
 *   ctl WORDS ... [fails STATUS]
 *   ledger at NAME | full | grow | lock | unlock | sql "..." |
 *          corrupt header|pages|short
 *   repeat N COMMAND   repeat N { COMMANDS }   forget SINK   not COMMAND
 *
 *   expect SINK [later|last] PATH OP VALUE ... [as NAME]
 *   expect SINK nothing           expect SINK ids == N
 *   expect incident N FIELD VALUE | PATH OP VALUE ... | none [as NAME]
 *   expect status | list PATH OP VALUE ...
 *   expect ctl output [not] "text" | json PATH OP VALUE ... [as NAME] |
 *          golden NAME (all of it, as tests/data/ctl/NAME has it)
 *   expect log [not] "text" [count == N]   expect file [not] PATTERN
 *   expect ledger "SELECT ..." VALUE [as NAME]    expect secret "text"
 *   expect value ID OP VALUE ... (the plugin's own: "alerts/count-firing"; of
 *     what is counted the rate, on the sim stage the number)
 *   timeline N { [at SPAN] kind ["text"] [by NAME] lines, all of them }
 *
 * OP is == != ~ (with * for anything) !~ < >. PATH is in the JSON
 * ("incident.id", "alerts.0.host", "pages.count"); of a request also
 * header.NAME, body, signed (== SECRET, or several: "A|B") and count (exactly
 * so many, all of which fit). `expect SINK` wants the next request to fit,
 * `later` forgets those before the first that fits, `last` looks at the newest
 * only. On the sim stage it must hold at once, on the live stage it may take up
 * to a deadline. After each scenario every request must have been sound and
 * incidentctl verify find nothing.
 *
 * Exit status: 0 all as expected, 1 not, 77 there is no daemon to play with, 99
 * the scenario makes no sense. */
#define _GNU_SOURCE
#include "play.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

__attribute__((noreturn, format(printf, 2, 3))) void
play_broken(const struct play *p, const char *format, ...) {
  va_list ap;
  printf("%s:%d: ", p->file, p->line != NULL ? p->line->number : 0);
  va_start(ap, format);
  vprintf(format, ap);
  va_end(ap);
  printf("\n");
  exit(99);
}

void *play_must(const struct play *p, void *memory) {
  if (memory == NULL)
    play_broken(p, "out of memory");
  return memory;
}

struct play_sink *play_sink_named(struct play *p, const char *name) {
  for (struct play_sink *s = p->stage.sinks; s != NULL; s = s->next)
    if (strcmp(s->name, name) == 0)
      return s;
  return NULL;
}

void play_keep(struct play *p, const char *as, const char *text, size_t len) {
  if (as == NULL)
    return;
  struct json_in *doc = NULL;
  if (p->kept_n == KEPT_MAX || json_parse(text, len, &doc, NULL) != OK)
    play_broken(p, "cannot keep it as %s", as);
  struct kept *k = &p->kept[p->kept_n++];
  snprintf(k->name, sizeof k->name, "%s", as);
  k->doc = doc;
}

bool play_wait(struct play *p, condition *is_true, void *arg) {
  int64_t give_up = clock_mono_ns() + p->stage.deadline * 1000000;
  while (!is_true(p, arg)) {
    if (!p->stage.ops->is_live || clock_mono_ns() > give_up)
      return false;
    clock_sleep_ms(5);
  }
  return true;
}

sqlite3 *play_open_ledger(struct play *p) {
  sqlite3 *db = NULL;
  if (sqlite3_open_v2(p->stage.ledger, &db, SQLITE_OPEN_READWRITE, NULL) !=
      SQLITE_OK) {
    sqlite3_close(db);
    return NULL;
  }
  sqlite3_busy_timeout(db, 5000);
  return db;
}

/* What must be true after every scenario: nothing else came apart. */
static bool finish(struct play *p) {
  struct stage *s = &p->stage;
  int status = 0;
  if (p->stranger != NULL)
    play_broken(p, "the ledger is still locked");
  if (s->is_up && !s->ops->stop(s, s->deadline))
    return false;
  for (struct play_sink *k = s->sinks; k != NULL; k = k->next) {
    s->ops->collect(s, k);
    for (; k->read < k->got_n; k->read++)
      if (!expect_sound(p, k, k->got[k->read]))
        return false;
  }
  char *argv[] = {"verify"};
  if (access(s->ledger, F_OK) != 0)
    return true;
  if (!s->ops->ctl(s, argv, 1, &status))
    return false;
  return status == 0 ||
         stage_fail(s, "incidentctl verify says: %s", buf_text(&s->out));
}

static void remove_tree(const char *dir) {
  char path[1024];
  glob_t g;
  const char *patterns[] = {"*", ".[!.]*"};
  for (size_t k = 0; k < 2; k++) {
    snprintf(path, sizeof path, "%s/%s", dir, patterns[k]);
    if (glob(path, 0, NULL, &g) != 0)
      continue;
    for (size_t i = 0; i < g.gl_pathc; i++)
      if (unlink(g.gl_pathv[i]) != 0)
        remove_tree(g.gl_pathv[i]);
    globfree(&g);
  }
  rmdir(dir);
}

static const char *tail(const struct buf *log) {
  const char *text = buf_text(log);
  return log->len > 6000 ? text + log->len - 6000 : text;
}

static void play_on(struct play *p, const struct stage_ops *ops_of) {
  struct stage *s = &p->stage;
  const char *tmp = getenv("TMPDIR");
  bool is_slow = (getenv("INCIDENT_SLOW") != NULL) ||
                 (getenv("INCIDENT_PRELOAD") != NULL &&
                  getenv("INCIDENT_PRELOAD")[0] != '\0');
  *s = (struct stage){.ops = ops_of, .deadline = is_slow ? 50000 : 10000};
  p->line = NULL;
  snprintf(s->dir, sizeof s->dir, "%s/play.XXXXXX",
           tmp != NULL && tmp[0] == '/' && strlen(tmp) < 60 ? tmp : "/tmp");
  if (mkdtemp(s->dir) == NULL)
    play_broken(p, "cannot make %s: %s", s->dir, strerror(errno));
  snprintf(s->ledger, sizeof s->ledger, "%s/incident.db", s->dir);
  buf_init(&s->log, 1 << 26);
  buf_init(&s->out, 1 << 22);
  buf_init(&s->why, 1 << 20);
  s->collectd_conf = play_must(p, strdup(""));
  for (size_t i = 0; i < p->lines_n; i++)
    s->needs_full =
        s->needs_full || strstr(p->lines[i].text, "ledger full") != NULL;

  bool ok = s->ops->open(s);
  for (size_t i = 0; ok && i < p->lines_n; i++) {
    struct words w = {.n = 0};
    p->line = &p->lines[i];
    words_split(p, p->line->text, &w);
    bool counts = strcmp(w.v[0], "play") != 0 && strcmp(w.v[0], "stage") != 0;
    ok = verbs_run(p, &w);
    p->passed += ok && counts;
    words_fini(&w);
  }
  if (ok) {
    p->line = NULL;
    ok = finish(p);
    p->passed += ok;
  }
  if (!ok) {
    p->failed++;
    s->ops->collect(s, NULL);
    printf("%s:%d: %s: %s\n  %s\n--- log\n%s---\n", p->file,
           p->line != NULL ? p->line->number : 0, s->ops->name,
           p->line != NULL ? p->line->text : "(at the end)", buf_text(&s->why),
           tail(&s->log));
  }
  if (p->stranger != NULL)
    sqlite3_close(p->stranger);
  p->stranger = NULL;
  s->ops->close(s);
  if (ok)
    remove_tree(s->dir);
  else
    printf("kept: %s\n", s->dir);
  while (s->sinks != NULL) {
    struct play_sink *k = s->sinks;
    s->sinks = k->next;
    for (size_t i = 0; i < k->got_n; i++) {
      free(k->got[i]->id);
      free(k->got[i]->headers);
      free(k->got[i]->body);
      free(k->got[i]);
    }
    free(k->got);
    free(k);
  }
  while (p->kept_n > 0)
    json_in_free(p->kept[--p->kept_n].doc);
  buf_fini(&s->log);
  buf_fini(&s->out);
  buf_fini(&s->why);
  free(s->conf);
  free(s->collectd_conf);
}

int main(int argc, char **argv) {
  struct play p = {0};
  if (argc > 1 && strcmp(argv[1], "--ctl") == 0)
    return stage_sim_ctl(argc - 2, argv + 2);
  if (argc != 2 && argc != 3) {
    fprintf(stderr, "usage: play FILE.play [sim|live]\n");
    return 99;
  }
  signal(SIGPIPE, SIG_IGN);
  setvbuf(stdout, NULL, _IOLBF, 0);
  p.file = argv[1];
  p.name = strrchr(argv[1], '/') == NULL ? argv[1] : strrchr(argv[1], '/') + 1;
  script_read(&p, argv[1], 0);
  bool on_sim = false, on_live = false;
  for (size_t i = 0; i < p.lines_n; i++) {
    char where[16];
    if (sscanf(p.lines[i].text, "stage %15s", where) != 1)
      continue;
    p.is_both = strcmp(where, "both") == 0;
    on_sim = p.is_both || strcmp(where, "sim") == 0;
    on_live = p.is_both || strcmp(where, "live") == 0;
  }
  p.line = NULL;
  if (!on_sim && !on_live)
    play_broken(&p, "stage sim|live|both is missing");
  if (argc == 3) { /* one of its stages only, for who is debugging */
    on_sim = on_sim && strcmp(argv[2], "sim") == 0;
    on_live = on_live && strcmp(argv[2], "live") == 0;
  }
  const char *daemon = getenv("COLLECTD");
  bool has_daemon =
      access(daemon != NULL && daemon[0] != '\0' ? daemon
                                                 : "/usr/sbin/collectd",
             X_OK) == 0;
  if (on_sim)
    play_on(&p, &stage_sim_ops);
  bool is_skipped = on_live && !has_daemon && p.failed == 0;
  if (on_live && has_daemon && p.failed == 0)
    play_on(&p, &stage_live_ops);
  for (size_t i = 0; i < p.lines_n; i++) {
    free(p.lines[i].text);
    free(p.lines[i].block);
  }
  free(p.lines);
  printf("%s: %u passed, %u failed\n", p.name, p.passed, p.failed);
  if (is_skipped) {
    printf("there is no collectd daemon\n");
    return 77;
  }
  return p.failed > 0 || p.passed == 0;
}
