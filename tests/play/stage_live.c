/* SPDX-License-Identifier: MIT */
/* The live stage: a stock daemon of its own with the plugin that was built, the
 * incidentctl that was built, and sinks that are real servers. */
#define _GNU_SOURCE
#include "sink.h"
#include "stage.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

struct live {
  int64_t born;   /* monotonic ns: when the stage was opened */
  wall_ms put_at; /* of the last value */
  char preload[1024], flag[320];
};

static struct live *live_of(struct stage *s) { return s->self; }

static span_ms since_birth(struct stage *s) {
  return (clock_mono_ns() - live_of(s)->born) / 1000000;
}

static bool live_open(struct stage *s) {
  char room[512];
  struct live *l = calloc(1, sizeof *l);
  if (l == NULL)
    return stage_fail(s, "out of memory");
  s->self = l;
  l->born = clock_mono_ns();
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  snprintf(l->flag, sizeof l->flag, "%s/disk-is-full", s->dir);
  const char *given = getenv("INCIDENT_PRELOAD");
  snprintf(l->preload, sizeof l->preload, "%s", given != NULL ? given : "");
  if (s->needs_full) {
    size_t n = strlen(l->preload);
    snprintf(l->preload + n, sizeof l->preload - n, "%s%s", n > 0 ? ":" : "",
             stage_built("INCIDENT_FULLDISK", "tests/play/.libs/libfulldisk.so",
                         room, sizeof room));
  }
  return true;
}

/* ---- sinks ---- */

static const enum sink_kind kinds[] = {
    [REPLY_CODE] = SINK_CODE,       [REPLY_HANG] = SINK_HANG,
    [REPLY_SLOW] = SINK_SLOW,       [REPLY_DROP] = SINK_DROP,
    [REPLY_ENDLESS] = SINK_ENDLESS, [REPLY_REFUSE] = SINK_REFUSE,
    [REPLY_RETRY] = SINK_CODE,      [REPLY_TLS] = SINK_CODE,
    [REPLY_TLS_WRONG] = SINK_CODE,  [REPLY_TLS_OVER] = SINK_CODE};

static bool live_set_sink(struct stage *s, struct play_sink *k) {
  struct sink_reply script[PLAY_REPLIES];
  char headers[PLAY_REPLIES][64];
  bool is_tls = strncmp(k->url, "https", 5) == 0;
  if (k->real == NULL || is_tls != k->is_tls) {
    struct sink *made = NULL;
    char pem[512];
    if (sink_new(k->is_wrong  ? SINK_TLS_WRONG
                 : k->is_over ? SINK_TLS_EXPIRED
                 : k->is_tls  ? SINK_TLS
                              : SINK_PLAIN,
                 &made) != OK)
      return stage_fail(s, "cannot make a sink");
    snprintf(pem, sizeof pem, "%s/%s.pem", s->dir, k->name);
    if (k->is_tls && sink_write_certificate(made, pem) != OK)
      return stage_fail(s, "cannot write %s", pem);
    sink_free(k->real);
    k->real = made;
    snprintf(k->url, sizeof k->url, "%s", sink_url(made));
  }
  for (size_t i = 0; i < k->replies_n; i++) {
    const struct reply *r = &k->replies[i];
    script[i] = (struct sink_reply){
        .kind = r->kind != REPLY_ODD ? kinds[r->kind] : (enum sink_kind)r->odd,
        .times = r->times,
        .code = r->code,
        .body = r->says,
        .wait = r->span};
    if (r->kind != REPLY_RETRY)
      continue;
    snprintf(headers[i], sizeof headers[i], "Retry-After: %lld\r\n",
             (long long)(r->span / 1000));
    script[i].headers = headers[i];
  }
  return sink_script(k->real, script, k->replies_n) == OK ||
         stage_fail(s, "cannot script the sink");
}

static void take_requests(struct stage *s, struct play_sink *k) {
  for (size_t n = sink_count(k->real); k->got_n < n;) {
    char id[256];
    const struct sink_request *r = sink_request(k->real, k->got_n);
    sink_header(r, "webhook-id", id, sizeof id);
    if (!sink_add(k, id, r->headers, r->body, r->body_len,
                  (r->at_ns - live_of(s)->born) / 1000000))
      return;
  }
}

static void read_log(struct stage *s) {
  static const char *const files[] = {"collectd.out", "collectd.log",
                                      "second.out",   "second.log",
                                      "trial.out",    "trial.log"};
  buf_clear(&s->log);
  for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
    char path[512];
    snprintf(path, sizeof path, "%s/%s", s->dir, files[i]);
    stage_read_file(path, &s->log);
  }
}

static void live_collect(struct stage *s, struct play_sink *k) {
  if (k == NULL)
    read_log(s);
  else
    take_requests(s, k);
}

/* ---- the daemon ---- */

/* One configuration for the daemon called name, in ${dir}/name.conf. */
static bool write_conf(struct stage *s, const char *name, char *path,
                       size_t path_size) {
  char stock[512], ours[512], tests[512];
  struct buf b;
  buf_init(&b, 1 << 22);
  snprintf(path, path_size, "%s/%s.conf", s->dir, name);
  const char *stock_dir = getenv("COLLECTD_PLUGINDIR");
  snprintf(stock, sizeof stock, "%s",
           stock_dir != NULL ? stock_dir : "/usr/lib/collectd");
  /* A SIGTERM that comes just before the daemon sleeps is seen an Interval
   * later. */
  buf_addf(&b,
           "Hostname \"localhost\"\n"
           "FQDNLookup false\n"
           "Interval 0.5\n"
           "BaseDir \"%s\"\n"
           "PIDFile \"%s/%s.pid\"\n"
           "TypesDB \"/usr/share/collectd/types.db\"\n"
           "PluginDir \"%s\"\n"
           "LoadPlugin logfile\n"
           "<Plugin logfile>\n"
           "  LogLevel info\n"
           "  File \"%s/%s.log\"\n"
           "  Timestamp true\n"
           "  PrintSeverity true\n"
           "</Plugin>\n",
           s->dir, s->dir, name, stock, s->dir, name);
  /* A PluginDir is for the LoadPlugins below it. */
  buf_addf(
      &b,
      "PluginDir \"%s\"\n"
      "LoadPlugin hostile\n"
      "PluginDir \"%s\"\n"
      "LoadPlugin incident\n"
      "PluginDir \"%s\"\n",
      stage_built("INCIDENT_TESTDIR", "tests/play/.libs", tests, sizeof tests),
      stage_built("INCIDENT_PLUGINDIR", ".libs", ours, sizeof ours), stock);
  buf_add(&b, s->conf != NULL ? s->conf : "");
  buf_add(&b, s->collectd_conf);
  buf_addf(&b,
           "\nLoadPlugin unixsock\n"
           "<Plugin unixsock>\n"
           "  SocketFile \"%s/%s.sock\"\n"
           "  SocketPerms \"0700\"\n"
           "</Plugin>\n",
           s->dir, name);
  bool ok = b.err == OK ? stage_write_file(s, path, buf_text(&b))
                        : stage_fail(s, "out of memory");
  buf_fini(&b);
  return ok;
}

static const char *const sanitizer_env[] = {"ASAN_OPTIONS", "UBSAN_OPTIONS",
                                            "TSAN_OPTIONS"};

/* The options given, and where to report: beside the log, so that no report
 * can be missed. */
static void set_sanitizers(struct stage *s) {
  if (getenv("INCIDENT_PRELOAD") == NULL)
    return;
  for (size_t i = 0; i < sizeof sanitizer_env / sizeof sanitizer_env[0]; i++) {
    char value[1024];
    const char *given = getenv(sanitizer_env[i]);
    snprintf(value, sizeof value,
             "%s%sdetect_leaks=0:print_stacktrace=1:log_path=%s/sanitizer",
             given != NULL ? given : "", given != NULL ? ":" : "", s->dir);
    setenv(sanitizer_env[i], value, 1);
  }
}

static bool sanitizers_are_silent(struct stage *s) {
  char pattern[512];
  glob_t g;
  struct buf b;
  snprintf(pattern, sizeof pattern, "%s/sanitizer.*", s->dir);
  if (glob(pattern, 0, NULL, &g) != 0)
    return true;
  buf_init(&b, 1 << 20);
  for (size_t i = 0; i < g.gl_pathc; i++)
    stage_read_file(g.gl_pathv[i], &b);
  globfree(&g);
  bool ok = b.len == 0 || stage_fail(s, "a sanitizer says:\n%s", buf_text(&b));
  buf_fini(&b);
  return ok;
}

static pid_t launch(struct stage *s, const char *name, const char *how) {
  struct live *l = live_of(s);
  char conf[512], out[512], socket_path[512];
  if (!write_conf(s, name, conf, sizeof conf))
    return -1;
  const char *daemon = getenv("COLLECTD");
  if (daemon == NULL || daemon[0] == '\0')
    daemon = "/usr/sbin/collectd";
  snprintf(out, sizeof out, "%s/%s.out", s->dir, name);
  snprintf(socket_path, sizeof socket_path, "%s/%s.sock", s->dir, name);
  unlink(socket_path);
  snprintf(socket_path, sizeof socket_path, "%s/%s.hostile", s->dir, name);
  pid_t parent = getpid();
  fflush(stdout);
  pid_t pid = fork();
  if (pid < 0)
    stage_fail(s, "cannot fork: %s", strerror(errno));
  if (pid != 0)
    return pid;
  int null = open("/dev/null", O_RDONLY);
  int fd = open(out, O_WRONLY | O_CREAT | O_APPEND, 0644);
  dup2(null, 0);
  dup2(fd, 1);
  dup2(fd, 2);
  set_sanitizers(s);
  setenv("HOSTILE_SOCKET", socket_path, 1);
  setenv("FULLDISK_FLAG", l->flag, 1);
  setenv("FULLDISK_MATCH", s->ledger, 1);
  if (l->preload[0] != '\0')
    setenv("LD_PRELOAD", l->preload, 1);
  static const char *const proxies[] = {
      "http_proxy", "https_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"};
  for (size_t i = 0; i < sizeof proxies / sizeof proxies[0]; i++)
    unsetenv(proxies[i]);
  /* ThreadSanitizer wants its memory where it expects it. */
  personality(ADDR_NO_RANDOMIZE);
  stage_child(parent);
  execl(daemon, daemon, "-C", conf, how, (char *)NULL);
  dprintf(2, "cannot run %s: %s\n", daemon, strerror(errno));
  _exit(127);
}

static int connect_to(struct stage *s, const char *name) {
  struct sockaddr_un at = {.sun_family = AF_UNIX};
  if ((size_t)snprintf(at.sun_path, sizeof at.sun_path, "%s/%s", s->dir,
                       name) >= sizeof at.sun_path)
    return -1;
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd >= 0 && connect(fd, (struct sockaddr *)&at, sizeof at) != 0) {
    close(fd);
    fd = -1;
  }
  return fd;
}

/* Waits for its end; false if it does not come in time. */
static bool wait_end(pid_t pid, span_ms within, int *status) {
  int64_t give_up = clock_mono_ns() + within * 1000000;
  for (;;) {
    pid_t got = waitpid(pid, status, WNOHANG);
    if (got == pid)
      return true;
    if (clock_mono_ns() > give_up)
      return false;
    clock_sleep_ms(1);
  }
}

static const char *end_text(int status, char *room, size_t size) {
  if (WIFEXITED(status))
    snprintf(room, size, "status %d", WEXITSTATUS(status));
  else
    snprintf(room, size, "signal %d", WTERMSIG(status));
  return room;
}

#define POKE_MS 500

/* It has to end by itself, unhappily. The stock unixsock waits for a client
 * for ever if it is stopped in the moment before it begins to: it gets one. */
static bool wait_refusal(struct stage *s, pid_t pid, const char *name) {
  int status;
  char end[64];
  bool has_ended = false;
  for (span_ms waited = 0; !has_ended && waited < s->deadline;
       waited += POKE_MS) {
    has_ended = wait_end(pid, POKE_MS, &status);
    int fd = has_ended ? -1 : connect_to(s, name);
    if (fd >= 0)
      close(fd);
  }
  if (!has_ended) {
    kill(pid, SIGKILL);
    waitpid(pid, &status, 0);
    return stage_fail(s, "the daemon has started");
  }
  if (!sanitizers_are_silent(s))
    return false;
  return (WIFEXITED(status) && WEXITSTATUS(status) == 1) ||
         stage_fail(s, "the daemon ended with %s",
                    end_text(status, end, sizeof end));
}

/* The daemon has gone into the background; it becomes a child of ours. */
static bool find_daemon(struct stage *s, pid_t parent) {
  int status;
  char end[64], path[512];
  struct buf b;
  if (!wait_end(parent, s->deadline, &status))
    return stage_fail(s, "the daemon stays in the foreground");
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
    return stage_fail(s, "the daemon ended with %s",
                      end_text(status, end, sizeof end));
  snprintf(path, sizeof path, "%s/collectd.pid", s->dir);
  int64_t give_up = clock_mono_ns() + s->deadline * 1000000;
  buf_init(&b, 64);
  do {
    buf_clear(&b);
    clock_sleep_ms(1);
  } while ((!stage_read_file(path, &b) || b.len == 0) &&
           clock_mono_ns() < give_up);
  s->pid = (pid_t)strtol(buf_text(&b), NULL, 10);
  buf_fini(&b);
  return s->pid > 1 || stage_fail(s, "there is no PID file");
}

static bool live_start(struct stage *s, enum start_how how) {
  int status;
  char end[64];
  if (s->is_up)
    return stage_fail(s, "it is running");
  pid_t pid = launch(s, "collectd", how == START_FORKED ? NULL : "-f");
  if (pid < 0)
    return false;
  if (how == START_FAILS)
    return wait_refusal(s, pid, "collectd.sock");
  s->pid = pid;
  if (how == START_FORKED && !find_daemon(s, pid))
    return false;
  int64_t give_up = clock_mono_ns() + s->deadline * 1000000;
  for (;;) {
    int fd = connect_to(s, "collectd.sock");
    if (fd >= 0) {
      close(fd);
      s->is_up = true;
      return true;
    }
    if (waitpid(s->pid, &status, WNOHANG) == s->pid) {
      s->pid = 0;
      return stage_fail(s, "the daemon ended with %s",
                        end_text(status, end, sizeof end));
    }
    if (clock_mono_ns() > give_up)
      return stage_fail(s, "the daemon does not listen on its socket");
    clock_sleep_ms(1);
  }
}

static bool live_second(struct stage *s) {
  pid_t pid = launch(s, "second", "-f");
  return pid > 0 && wait_refusal(s, pid, "second.sock");
}

static bool live_trial(struct stage *s) {
  int status;
  char end[64];
  pid_t pid = launch(s, "trial", "-T");
  if (pid < 0)
    return false;
  if (!wait_end(pid, s->deadline, &status)) {
    kill(pid, SIGKILL);
    waitpid(pid, &status, 0);
    return stage_fail(s, "collectd -T does not end");
  }
  if (!sanitizers_are_silent(s))
    return false;
  return (WIFEXITED(status) && WEXITSTATUS(status) == 0) ||
         stage_fail(s, "collectd -T ended with %s",
                    end_text(status, end, sizeof end));
}

static bool live_stop(struct stage *s, span_ms within) {
  int status = 0;
  char end[64];
  if (!s->is_up)
    return stage_fail(s, "it is not running");
  kill(s->pid, SIGTERM);
  if (!wait_end(s->pid, within, &status))
    return stage_fail(s, "the daemon does not stop");
  s->pid = 0;
  s->is_up = false;
  if (!sanitizers_are_silent(s))
    return false;
  return (WIFEXITED(status) && WEXITSTATUS(status) == 0) ||
         stage_fail(s, "the daemon ended with %s",
                    end_text(status, end, sizeof end));
}

static bool live_kill(struct stage *s) {
  int status = 0;
  if (!s->is_up)
    return stage_fail(s, "it is not running");
  kill(s->pid, SIGKILL);
  while (waitpid(s->pid, &status, 0) < 0 && errno == EINTR)
    ;
  s->pid = 0;
  s->is_up = false;
  if (!sanitizers_are_silent(s))
    return false;
  return (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) ||
         stage_fail(s, "the daemon was dead already");
}

/* ---- the socket ---- */

static size_t lines_in(const char *text) {
  size_t n = 0;
  for (; (text = strchr(text, '\n')) != NULL; text++)
    n++;
  return n;
}

/* Sends the line, reads so many back, or one that tells of an error. */
static bool ask(struct stage *s, const char *name, const char *line,
                size_t lines, char *answer, size_t size) {
  int fd = connect_to(s, name);
  if (fd < 0)
    return stage_fail(s, "cannot connect to %s: %s", name, strerror(errno));
  struct timeval patience = {.tv_sec = s->deadline / 1000 * 2};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  size_t n = 0;
  struct buf b;
  answer[0] = '\0';
  buf_init(&b, 1 << 20);
  buf_addf(&b, "%s\n", line);
  bool ok = b.err == OK &&
            send(fd, buf_text(&b), b.len, MSG_NOSIGNAL) == (ssize_t)b.len;
  while (ok && n < size - 1 &&
         lines_in(answer) < (answer[0] == '-' ? 1 : lines)) {
    ssize_t got = recv(fd, answer + n, size - 1 - n, 0);
    if (got <= 0)
      break;
    n += (size_t)got;
    answer[n] = '\0';
  }
  buf_fini(&b);
  close(fd);
  return ok;
}

static bool talk(struct stage *s, const char *name, const char *line,
                 const char *want) {
  char answer[1024] = "";
  return (ask(s, name, line, 1, answer, sizeof answer) &&
          strncmp(answer, want, strlen(want)) == 0) ||
         stage_fail(s, "%s answered: %s", line, answer);
}

static bool live_put(struct stage *s, const char *id, const char *value,
                     const char *interval, span_ms age) {
  char line[1024];
  struct live *l = live_of(s);
  /* The daemon takes only what is newer than what it has. */
  wall_ms now = clock_real()->wall(clock_real());
  if (age > 0)
    now -= age;
  else if (now <= l->put_at)
    now = l->put_at + 1;
  if (now > l->put_at)
    l->put_at = now;
  snprintf(line, sizeof line, "PUTVAL \"%s\" interval=%s %lld.%03d:%s", id,
           interval, (long long)(now / 1000), (int)(now % 1000), value);
  return talk(s, "collectd.sock", line, "0 ");
}

static void add_quoted(struct buf *b, const char *text) {
  buf_add(b, "\"");
  for (; *text != '\0'; text++)
    buf_addf(b, "%s%c", *text == '"' || *text == '\\' ? "\\" : "", *text);
  buf_add(b, "\"");
}

static void add_hex(struct buf *b, const char *key, const char *text) {
  buf_addf(b, " %s=", key);
  for (; *text != '\0'; text++)
    buf_addf(b, "%02x", (unsigned char)*text);
}

static const char *const fields[5] = {"host", "plugin", "plugin_instance",
                                      "type", "type_instance"};

/* What PUTNOTIF cannot say (numbers as metadata) goes through the test
 * plugin. */
static bool notify_raw(struct stage *s, const struct play_notification *n,
                       wall_ms sent) {
  static const struct {
    const char *name, *number;
  } severities[] = {{"failure", "1"}, {"warning", "2"}, {"okay", "4"}};
  struct buf b;
  char room[64];
  buf_init(&b, 1 << 16);
  for (size_t i = 0; i < 3; i++)
    if (strcmp(severities[i].name, n->severity) == 0)
      add_hex(&b, "severity", severities[i].number);
  snprintf(room, sizeof room, "%llu", ((unsigned long long)sent << 30) / 1000);
  add_hex(&b, "time", room);
  for (size_t i = 0; i < 5; i++)
    add_hex(&b, fields[i], n->field[i]);
  add_hex(&b, "message", n->message);
  for (size_t i = 0; i < n->metas_n; i++) {
    snprintf(room, sizeof room, "%c:%s", n->metas[i].is_number ? 'd' : 's',
             n->metas[i].name);
    add_hex(&b, room, n->metas[i].value);
  }
  bool ok = talk(s, "collectd.hostile", buf_text(&b), "ok");
  buf_fini(&b);
  return ok;
}

static bool live_notify(struct stage *s, const struct play_notification *n) {
  wall_ms sent = clock_real()->wall(clock_real()) - n->age;
  for (size_t i = 0; i < n->metas_n; i++)
    if (n->metas[i].is_number)
      return notify_raw(s, n, sent);
  struct buf b;
  buf_init(&b, 4096);
  buf_addf(&b, "PUTNOTIF severity=%s time=%lld.%03d", n->severity,
           (long long)(sent / 1000), (int)(sent % 1000));
  for (size_t i = 0; i < 5; i++)
    if (n->field[i][0] != '\0') {
      buf_addf(&b, " %s=", fields[i]);
      add_quoted(&b, n->field[i]);
    }
  buf_add(&b, " message=");
  add_quoted(&b, n->message);
  for (size_t i = 0; i < n->metas_n; i++) {
    buf_addf(&b, " s:%s=", n->metas[i].name);
    add_quoted(&b, n->metas[i].value);
  }
  bool ok = b.len < 1000 ? talk(s, "collectd.sock", buf_text(&b), "0 ")
                         : notify_raw(s, n, sent);
  buf_fini(&b);
  return ok;
}

static bool live_raw(struct stage *s, const char *line) {
  return talk(s, "collectd.hostile", line, "ok");
}

static bool live_flush(struct stage *s) {
  return talk(s, "collectd.sock", "FLUSH plugin=incident", "0 ");
}

static bool live_value(struct stage *s, const char *id, struct buf *out) {
  char line[512], answer[1024];
  snprintf(line, sizeof line, "GETVAL \"localhost/incident-%s\"", id);
  if (!ask(s, "collectd.sock", line, 2, answer, sizeof answer) ||
      strncmp(answer, "1 ", 2) != 0)
    return false;
  const char *value = strrchr(answer, '=');
  if (value == NULL)
    return false;
  buf_addf(out, "%.*s", (int)strcspn(value + 1, "\n"), value + 1);
  return true;
}

/* ---- the rest ---- */

static bool live_ctl(struct stage *s, char **words, size_t n, int *status) {
  struct live *l = live_of(s);
  char tool[512], ledger[384], preload[1100], flag[384], match[384];
  char asan[512];
  const char *env[] = {
      ledger, "INCIDENT_USER=operator", "TZ=UTC0", asan, preload, flag, match,
      NULL};
  char *argv[128];
  if (n + 2 > sizeof argv / sizeof argv[0])
    return stage_fail(s, "too many words");
  snprintf(ledger, sizeof ledger, "INCIDENT_LEDGER=%s", s->ledger);
  snprintf(preload, sizeof preload, "LD_PRELOAD=%s",
           s->needs_full ? l->preload : "");
  snprintf(flag, sizeof flag, "FULLDISK_FLAG=%s", l->flag);
  snprintf(match, sizeof match, "FULLDISK_MATCH=%s", s->ledger);
  const char *given = getenv("ASAN_OPTIONS");
  snprintf(asan, sizeof asan, "ASAN_OPTIONS=%s%sexitcode=98",
           given != NULL ? given : "", given != NULL ? ":" : "");
  argv[0] =
      (char *)stage_built("INCIDENTCTL", "incidentctl", tool, sizeof tool);
  memcpy(argv + 1, words, n * sizeof *words);
  argv[n + 1] = NULL;
  return stage_spawn(s, argv, env, status);
}

static bool live_advance(struct stage *s, span_ms to) {
  if (to > 20000)
    return stage_fail(s, "too long for the live stage");
  span_ms left = to - since_birth(s);
  if (left > 0)
    clock_sleep_ms(left);
  return true;
}

static bool live_jump(struct stage *s, int64_t by) {
  (void)by;
  return stage_fail(s, "the clock can be set on the sim stage only");
}

static bool live_full(struct stage *s, bool on) {
  const char *flag = live_of(s)->flag;
  if (on)
    return stage_write_file(s, flag, "");
  return unlink(flag) == 0 || stage_fail(s, "the disk is not full");
}

static void live_close(struct stage *s) {
  struct live *l = live_of(s);
  if (l == NULL)
    return;
  if (s->pid > 0) {
    kill(s->pid, SIGKILL);
    waitpid(s->pid, NULL, 0);
  }
  for (struct play_sink *k = s->sinks; k != NULL; k = k->next) {
    sink_free(k->real);
    k->real = NULL;
  }
  free(l);
  s->self = NULL;
}

static bool live_reload(struct stage *s, bool fails) {
  char conf[512];
  char *words[] = {(char *)"reload", conf};
  int status = 0;
  if (!write_conf(s, "collectd", conf, sizeof conf) ||
      !live_ctl(s, words, 2, &status))
    return false;
  return status == (fails ? 1 : 0) ||
         stage_fail(s, "reload ended with %d: %s", status, buf_text(&s->out));
}

const struct stage_ops stage_live_ops = {.name = "live",
                                         .is_live = true,
                                         .open = live_open,
                                         .close = live_close,
                                         .set_sink = live_set_sink,
                                         .collect = live_collect,
                                         .start = live_start,
                                         .reload = live_reload,
                                         .second = live_second,
                                         .trial = live_trial,
                                         .stop = live_stop,
                                         .kill = live_kill,
                                         .put = live_put,
                                         .notify = live_notify,
                                         .raw = live_raw,
                                         .flush = live_flush,
                                         .value = live_value,
                                         .ctl = live_ctl,
                                         .advance = live_advance,
                                         .jump = live_jump,
                                         .full = live_full};
