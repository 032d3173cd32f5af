/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "rig.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define START_MS 30000
#define ANSWER_MS 120000

extern char **environ;

/* ---- small things ---- */

uint64_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

void nap(unsigned ms) {
  struct timespec t = {.tv_sec = ms / 1000,
                       .tv_nsec = (long)(ms % 1000) * 1000000};
  nanosleep(&t, NULL);
}

bool trouble(const char *format, ...) {
  va_list args;
  va_start(args, format);
  fputs("bench: ", stderr);
  vfprintf(stderr, format, args);
  fputc('\n', stderr);
  va_end(args);
  return false;
}

void progress(const char *format, ...) {
  va_list args;
  va_start(args, format);
  vfprintf(stderr, format, args);
  fputc('\n', stderr);
  va_end(args);
}

static int by_size(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return x < y ? -1 : x > y;
}

double quantile(double *figures, size_t n, double q) {
  if (n == 0)
    return 0;
  qsort(figures, n, sizeof *figures, by_size);
  size_t at = (size_t)((double)n * q);
  return figures[at < n ? at : n - 1];
}

double median(double *figures, size_t n) { return quantile(figures, n, 0.5); }

double largest(const double *figures, size_t n) {
  double max = 0;
  for (size_t i = 0; i < n; i++)
    if (figures[i] > max)
      max = figures[i];
  return max;
}

/* ---- the directory ---- */

static int remove_one(const char *path, const struct stat *st, int type,
                      struct FTW *ftw) {
  (void)st;
  (void)type;
  (void)ftw;
  return remove(path);
}

void rig_remove(const char *dir) {
  nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* Not /tmp: that may be memory, and fdatasync would cost nothing. */
bool rig_start(struct rig *rig) {
  const char *parent = getenv("TMPDIR");
  snprintf(rig->dir, sizeof rig->dir, "%.200s/incident-bench.XXXXXX",
           parent != NULL && parent[0] == '/' ? parent : "/var/tmp");
  if (mkdtemp(rig->dir) == NULL) {
    trouble("no directory %s: %s", rig->dir, strerror(errno));
    rig->dir[0] = '\0';
    return false;
  }
  rig->receiver = receiver_new();
  return rig->receiver != NULL || trouble("no receiver: %s", strerror(errno));
}

void rig_end(struct rig *rig) {
  receiver_free(rig->receiver);
  if (rig->dir[0] != '\0')
    rig_remove(rig->dir);
}

/* ---- configuration ---- */

/* PluginDir holds for what is loaded after it, so each is looked for. */
static void print_load(const struct daemon *d, const char *plugin, FILE *f) {
  char path[RIG_PATH];
  for (size_t i = 0; i < d->rig->plugindirs_n; i++) {
    snprintf(path, sizeof path, "%s/%s.so", d->rig->plugindirs[i], plugin);
    if (access(path, R_OK) == 0) {
      fprintf(f, "PluginDir \"%s\"\n", d->rig->plugindirs[i]);
      break;
    }
  }
  fprintf(f, "LoadPlugin %s\n", plugin);
}

static void print_rule(const struct daemon *d, FILE *f) {
  const char *group_by = d->setup.group_by, *clear = d->setup.clear;
  fprintf(f, "  <Rule \"bench\">\n"
             "    <Match>\n"
             "      Plugin \"bench\"\n"
             "      Type \"percent_bytes\"\n"
             "    </Match>\n");
  if (!d->setup.is_stormy)
    fprintf(f, "    GroupBy \"%s\"\n", group_by == NULL ? "host" : group_by);
  fprintf(f,
          "    Clear \"%s\"\n"
          "    Title \"Disk almost full on %%{host}: %%{plugin_instance}\"\n"
          "    Runbook \"https://wiki.example.com/disk\"\n"
          "    Chain \"bench\"\n"
          "  </Rule>\n",
          clear == NULL ? "1m" : clear);
}

static void print_value_rules(const struct daemon *d, FILE *f) {
  for (unsigned i = 0; i < d->setup.value_rules; i++)
    fprintf(f,
            "  <Rule \"values%06u\">\n"
            "    <Metric>\n"
            "      Plugin \"%s\"\n"
            "      TypeInstance \"t%06u\"\n"
            "      Above 90\n"
            "      ClearBelow 80\n"
            "    </Metric>\n"
            "    Chain \"bench\"\n"
            "  </Rule>\n",
            i, d->setup.value_plugin, i);
}

static void print_plugin(const struct daemon *d, FILE *f) {
  print_load(d, "incident", f);
  fprintf(f,
          "<Plugin incident>\n"
          "  Ledger \"%s\"\n"
          "  %s\n"
          "  <Webhook \"receiver\">\n"
          "    URL \"http://127.0.0.1:%d/page\"\n"
          "  </Webhook>\n"
          "  <Chain \"bench\">\n"
          "    <Step>\n"
          "      Webhook %s\"receiver\"\n"
          "      Wait \"1h\"\n"
          "    </Step>\n"
          "  </Chain>\n",
          d->ledger,
          d->setup.is_stormy ? "Evidence 0" : "StormLimit 0\n  PageLimit 0",
          receiver_port(d->rig->receiver),
          d->setup.hanging_port != 0 ? "\"hanging\" " : "");
  if (d->setup.hanging_port != 0)
    fprintf(f,
            "  <Webhook \"hanging\">\n"
            "    URL \"http://127.0.0.1:%d/page\"\n"
            "  </Webhook>\n",
            d->setup.hanging_port);
  print_rule(d, f);
  print_value_rules(d, f);
  fputs("</Plugin>\n", f);
}

static bool print_conf(const struct daemon *d) {
  char path[RIG_PATH + 16];
  snprintf(path, sizeof path, "%s/conf", d->dir);
  FILE *f = fopen(path, "we");
  if (f == NULL)
    return trouble("%s: %s", path, strerror(errno));
  fprintf(f,
          "Hostname \"bench\"\n"
          "FQDNLookup false\n"
          "BaseDir \"%s\"\n"
          "PIDFile \"%s/pid\"\n"
          "Interval 10\n",
          d->dir, d->dir);
  /* No log plugin: those listen to notifications themselves. Without one the
   * daemon writes to stderr. */
  print_load(d, "benchload", f);
  fprintf(f,
          "<Plugin benchload>\n"
          "  Socket \"%s/load\"\n"
          "  Empty %s\n"
          "</Plugin>\n",
          d->dir, d->setup.is_empty ? "true" : "false");
  if (!d->setup.is_without)
    print_plugin(d, f);
  /* The last, so that its socket says that the others are initialised. */
  print_load(d, "unixsock", f);
  fprintf(f,
          "<Plugin unixsock>\n"
          "  SocketFile \"%s/unixsock\"\n"
          "  SocketPerms \"0700\"\n"
          "  DeleteSocket true\n"
          "</Plugin>\n",
          d->dir);
  return fclose(f) == 0 || trouble("%s: %s", path, strerror(errno));
}

/* ---- life ---- */

bool daemon_make(struct rig *rig, const struct setup *setup, struct daemon *d) {
  *d = (struct daemon){
      .rig = rig, .setup = *setup, .pid = -1, .load = -1, .unixsock = -1};
  snprintf(d->dir, sizeof d->dir, "%s/%u", rig->dir, rig->daemons++);
  snprintf(d->ledger, sizeof d->ledger, "%s/incident.db", d->dir);
  snprintf(d->full, sizeof d->full, "%s/full", d->dir);
  if (mkdir(d->dir, 0700) != 0)
    return trouble("%s: %s", d->dir, strerror(errno));
  return print_conf(d);
}

static void be_daemon(const struct daemon *d) {
  char conf[RIG_PATH + 16], out[RIG_PATH + 16];
  snprintf(conf, sizeof conf, "%s/conf", d->dir);
  snprintf(out, sizeof out, "%s/out", d->dir);
  /* It goes with the driver, whatever ends that. */
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  int fd = open(out, O_WRONLY | O_CREAT | O_APPEND, 0600);
  if (fd >= 0) {
    dup2(fd, STDOUT_FILENO);
    dup2(fd, STDERR_FILENO);
  }
  if (d->setup.may_fill) {
    setenv("LD_PRELOAD", d->rig->fulldisk, 1);
    setenv("FULLDISK_FLAG", d->full, 1);
    setenv("FULLDISK_MATCH", "incident.db", 1);
  }
  execl(d->rig->collectd, "collectd", "-f", "-C", conf, (char *)NULL);
  _exit(127);
}

static int connect_to(const char *dir, const char *name) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  snprintf(address.sun_path, sizeof address.sun_path, "%.90s/%s", dir, name);
  if (fd >= 0 &&
      connect(fd, (struct sockaddr *)&address, sizeof address) != 0) {
    close(fd);
    fd = -1;
  }
  return fd;
}

static void let_go(struct daemon *d) {
  if (d->load >= 0)
    close(d->load);
  if (d->unixsock >= 0)
    close(d->unixsock);
  d->load = d->unixsock = -1;
}

static void show(const struct daemon *d, const char *name) {
  char path[RIG_PATH + 16], line[1024];
  snprintf(path, sizeof path, "%s/%s", d->dir, name);
  FILE *f = fopen(path, "re");
  for (int i = 0; f != NULL && i < 20 && fgets(line, sizeof line, f) != NULL;
       i++)
    fprintf(stderr, "  %s", line);
  if (f != NULL)
    fclose(f);
}

static bool has_ended(struct daemon *d, int *status) {
  if (d->pid <= 0)
    return true;
  pid_t pid = waitpid(d->pid, status, WNOHANG);
  if (pid == 0)
    return false;
  d->pid = -1;
  return true;
}

bool daemon_start(struct daemon *d) {
  int status = 0;
  char sock[RIG_PATH + 16];
  snprintf(sock, sizeof sock, "%s/unixsock", d->dir);
  unlink(sock);
  d->forked_at = now_ns();
  d->pid = fork();
  if (d->pid < 0)
    return trouble("no process: %s", strerror(errno));
  if (d->pid == 0)
    be_daemon(d);
  uint64_t end = d->forked_at + (uint64_t)START_MS * 1000000u;
  while ((d->unixsock = connect_to(d->dir, "unixsock")) < 0) {
    if (has_ended(d, &status) || now_ns() > end) {
      trouble("the daemon did not start:");
      show(d, "out");
      return false;
    }
    nap(1);
  }
  d->load = connect_to(d->dir, "load");
  if (d->load < 0)
    return trouble("benchload does not listen: %s", strerror(errno));
  struct load init;
  if (!load_run(d, &init, "init"))
    return false;
  d->init_at = init.began;
  return true;
}

bool daemon_stop(struct daemon *d) {
  int status = 0;
  let_go(d);
  if (d->pid <= 0)
    return true;
  kill(d->pid, SIGTERM);
  uint64_t end = now_ns() + 10000000000u;
  while (!has_ended(d, &status)) {
    if (now_ns() > end) {
      daemon_kill(d);
      return trouble("the daemon did not end within 10 s");
    }
    nap(1);
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
    return true;
  trouble("the daemon ended with status %#x:", (unsigned)status);
  show(d, "out");
  return false;
}

void daemon_kill(struct daemon *d) {
  int status;
  let_go(d);
  if (d->pid <= 0)
    return;
  kill(d->pid, SIGKILL);
  waitpid(d->pid, &status, 0);
  d->pid = -1;
}

void daemon_discard(struct daemon *d) {
  daemon_kill(d);
  rig_remove(d->dir);
}

/* ---- talking ---- */

static bool say(int fd, const char *text) {
  size_t len = strlen(text);
  return send(fd, text, len, MSG_NOSIGNAL) == (ssize_t)len;
}

static bool hear(int fd, char *line, size_t size) {
  uint64_t end = now_ns() + (uint64_t)ANSWER_MS * 1000000u;
  for (size_t n = 0; n + 1 < size;) {
    struct pollfd p = {.fd = fd, .events = POLLIN};
    uint64_t now = now_ns();
    if (now > end || poll(&p, 1, (int)((end - now) / 1000000u) + 1) <= 0 ||
        recv(fd, line + n, 1, 0) != 1)
      return false;
    if (line[n++] == '\n') {
      line[n - 1] = '\0';
      return true;
    }
  }
  return false;
}

bool daemon_flush(struct daemon *d) {
  char line[1024];
  if (!say(d->unixsock, "FLUSH plugin=incident\n") ||
      !hear(d->unixsock, line, sizeof line))
    return trouble("FLUSH was not answered");
  return line[0] == '0' || trouble("FLUSH was answered: %s", line);
}

static double value_of(const char *line, const char *key) {
  char text[16];
  snprintf(text, sizeof text, " %s=", key);
  const char *at = strstr(line, text);
  return at == NULL ? 0 : strtod(at + strlen(text), NULL);
}

static uint64_t time_of(const char *line, const char *key) {
  char text[16];
  snprintf(text, sizeof text, " %s=", key);
  const char *at = strstr(line, text);
  return at == NULL ? 0 : strtoull(at + strlen(text), NULL, 10);
}

static bool order(struct daemon *d, const char *format, va_list args) {
  char line[512];
  int n = vsnprintf(line, sizeof line - 1, format, args);
  if (n < 0 || (size_t)n >= sizeof line - 1)
    return false;
  memcpy(line + n, "\n", 2);
  return say(d->load, line) || trouble("benchload is gone");
}

bool load_order(struct daemon *d, const char *format, ...) {
  va_list args;
  va_start(args, format);
  bool is_ok = order(d, format, args);
  va_end(args);
  return is_ok;
}

bool load_is_done(struct daemon *d) {
  struct pollfd p = {.fd = d->load, .events = POLLIN};
  return poll(&p, 1, 0) != 0;
}

bool load_result(struct daemon *d, struct load *result) {
  char line[1024];
  if (!hear(d->load, line, sizeof line))
    return trouble("benchload does not answer");
  if (strncmp(line, "ok ", 3) != 0)
    return trouble("benchload says: %s", line);
  *result = (struct load){.p50 = value_of(line, "p50"),
                          .p99 = value_of(line, "p99"),
                          .p999 = value_of(line, "p999"),
                          .max = value_of(line, "max"),
                          .sum = value_of(line, "sum"),
                          .reading = value_of(line, "reading"),
                          .began = time_of(line, "began"),
                          .ended = time_of(line, "ended")};
  return true;
}

bool load_run(struct daemon *d, struct load *result, const char *format, ...) {
  va_list args;
  va_start(args, format);
  bool is_ok = order(d, format, args);
  va_end(args);
  return is_ok && load_result(d, result);
}

/* ---- what the system says of it ---- */

static bool read_text(const char *path, char *text, size_t size) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  ssize_t n = fd < 0 ? -1 : read(fd, text, size - 1);
  if (fd >= 0)
    close(fd);
  if (n < 0)
    return false;
  text[n] = '\0';
  return true;
}

bool daemon_cpu(const struct daemon *d, const char *name, uint64_t *ns) {
  char path[512], text[256];
  struct dirent *entry;
  uint64_t sum = 0;
  size_t threads = 0;
  snprintf(path, sizeof path, "/proc/%d/task", (int)d->pid);
  DIR *dir = opendir(path);
  if (dir == NULL)
    return trouble("%s: %s", path, strerror(errno));
  while ((entry = readdir(dir)) != NULL) {
    if (entry->d_name[0] == '.')
      continue;
    snprintf(path, sizeof path, "/proc/%d/task/%s/comm", (int)d->pid,
             entry->d_name);
    if (!read_text(path, text, sizeof text) ||
        strncmp(text, name, strlen(name)) != 0)
      continue;
    snprintf(path, sizeof path, "/proc/%d/task/%s/schedstat", (int)d->pid,
             entry->d_name);
    if (!read_text(path, text, sizeof text))
      continue;
    sum += strtoull(text, NULL, 10);
    threads++;
  }
  closedir(dir);
  if (threads == 0)
    return trouble("no thread \"%s\" with a schedstat", name);
  *ns = sum;
  return true;
}

bool daemon_memory(const struct daemon *d, const char *key, uint64_t *kib) {
  char path[64], text[8192];
  snprintf(path, sizeof path, "/proc/%d/status", (int)d->pid);
  if (!read_text(path, text, sizeof text))
    return trouble("%s: %s", path, strerror(errno));
  const char *at = strstr(text, key);
  if (at == NULL || at[strlen(key)] != ':')
    return trouble("%s has no %s", path, key);
  *kib = strtoull(at + strlen(key) + 1, NULL, 10);
  return true;
}

bool daemon_forget_peak(const struct daemon *d) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/clear_refs", (int)d->pid);
  int fd = open(path, O_WRONLY | O_CLOEXEC);
  bool is_ok = fd >= 0 && write(fd, "5", 1) == 1;
  if (fd >= 0)
    close(fd);
  return is_ok || trouble("%s: %s", path, strerror(errno));
}

/* ---- incidentctl ---- */

bool rig_ctl(struct rig *rig, const struct daemon *d, int status, double *took,
             const char *const *words) {
  char out[RIG_PATH + 16];
  char *argv[14] = {(char *)rig->ctl, "--ledger", (char *)d->ledger, "--by",
                    "bench"};
  size_t n = 5;
  pid_t pid;
  int result;
  posix_spawn_file_actions_t actions;
  for (; n < 13 && *words != NULL; words++)
    argv[n++] = (char *)*words;
  snprintf(out, sizeof out, "%s/ctl", d->dir);
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, out,
                                   O_WRONLY | O_CREAT | O_TRUNC, 0600);
  posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
  uint64_t before = now_ns();
  int error = posix_spawn(&pid, rig->ctl, &actions, NULL, argv, environ);
  if (error == 0)
    waitpid(pid, &result, 0);
  *took = (double)(now_ns() - before);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0)
    return trouble("%s: %s", rig->ctl, strerror(error));
  if (WIFEXITED(result) && WEXITSTATUS(result) == status)
    return true;
  trouble("incidentctl %s: status %#x", argv[5], (unsigned)result);
  show(d, "ctl");
  return false;
}
