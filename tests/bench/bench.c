/* SPDX-License-Identifier: MIT */
/* bench: measures what SPEC calls the limits, and prints a Markdown table with
 * the limit beside each figure. Exit status: 0 all hold, 1 one is missed or
 * could not be measured, 2 usage. */
#define _GNU_SOURCE
#include "alone.h"
#include "measure.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#define TMPFS 0x01021994

static const struct {
  const char *name;
  measurement *measure;
  const char *what;
} measurements[] = {
    {"callback", measure_callback, "the notification callback"},
    {"hanging", measure_hanging, "... with every webhook hanging"},
    {"locked", measure_locked, "... with the ledger locked"},
    {"full", measure_full, "... with the disk full"},
    {"values", measure_values, "the write callback"},
    {"page", measure_page, "the first page, beside SQLite alone"},
    {"storm", measure_storm, "100,000 series, one storm"},
    {"hosts", measure_hosts, "10,000 hosts, an incident each"},
    {"restart", measure_restart, "a restart with 100,000 alerts"},
    {"okay", measure_okay, "100,000 OKAYs at start"},
    {"survival", measure_survival, "10,000 due pages and kill -9"},
    {"beside", measure_beside, "1,000 pages beside a webhook that hangs"},
    {"million", measure_million, "incidentctl with a million incidents"},
    {"postmortem", measure_postmortem, "a postmortem of 50,000 entries"},
    {"change", measure_change, "incidentctl beside a busy plugin"},
    {"duty", measure_duty, "who is on call"},
    {"idle", measure_idle, "doing nothing"},
};
#define MEASUREMENTS (sizeof measurements / sizeof measurements[0])

static void usage(FILE *f) {
  fputs("usage: bench [--quick] [--builddir DIR] [--plugindir DIR]... [--ctl "
        "FILE]\n"
        "             [--fulldisk FILE] [--collectd FILE] [ROW...]\n"
        "The table goes to stdout. Rows:\n",
        f);
  for (size_t i = 0; i < MEASUREMENTS; i++)
    fprintf(f, "  %-10s %s\n", measurements[i].name, measurements[i].what);
}

/* ---- the machine ---- */

static void print_processor(FILE *out) {
  char line[256];
  FILE *f = fopen("/proc/cpuinfo", "re");
  while (f != NULL && fgets(line, sizeof line, f) != NULL) {
    const char *at = strchr(line, ':');
    if (strncmp(line, "model name", 10) == 0 && at != NULL) {
      fprintf(out, "%.*s, ", (int)strcspn(at + 2, "\n"), at + 2);
      break;
    }
  }
  if (f != NULL)
    fclose(f);
}

/* Median of appending 4 KiB and syncing them, ms; -1: it cannot be told. */
static double measure_sync(const struct rig *rig) {
  static char block[4096];
  double took[200];
  char path[300];
  size_t n = 0;
  snprintf(path, sizeof path, "%s/sync", rig->dir);
  int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  for (; fd >= 0 && n < 200; n++) {
    if (write(fd, block, sizeof block) != (ssize_t)sizeof block)
      break;
    uint64_t before = now_ns();
    if (fdatasync(fd) != 0)
      break;
    took[n] = (double)(now_ns() - before) / 1e6;
  }
  if (fd >= 0)
    close(fd);
  return n < 200 ? -1 : median(took, n);
}

static void print_machine(const struct rig *rig, FILE *out) {
  struct utsname system;
  struct statfs fs;
  char day[32] = "";
  time_t now = time(NULL);
  struct tm tm;
  uname(&system);
  if (gmtime_r(&now, &tm) != NULL)
    strftime(day, sizeof day, "%Y-%m-%d", &tm);
  fprintf(out,
          "# Benchmark\n\nTaken on %s by `./build.sh bench`%s on this "
          "machine: ",
          day, rig->is_quick ? " (--quick: few rounds, short)" : "");
  print_processor(out);
  fprintf(out,
          "%ld cores, %s %s; fdatasync of 4 KiB takes %.2f ms%s; SQLite "
          "%s.\n\n",
          sysconf(_SC_NPROCESSORS_ONLN), system.sysname, system.release,
          measure_sync(rig),
          statfs(rig->dir, &fs) == 0 && fs.f_type == TMPFS
              ? " (in memory: what is compared with the disk says nothing)"
              : "",
          sqlite3_libversion());
  fputs("The stock daemon runs the plugin and a load generator, which times "
        "each call of `plugin_dispatch_notification` with nothing but the "
        "plugin listening, reading the clock included; notifications carry "
        "what `threshold` attaches. Every figure is taken in 5 rounds and is "
        "the median of theirs, so that one disturbance from outside does not "
        "decide: of their medians, their p99 and, where it says at most, "
        "their maxima; only idling and the memory (the worst round) are not. "
        "What the processor alone decides (the callbacks, from 10,000 a "
        "second up) is taken in 15 to 240 rounds, and those 7 or 5 count "
        "during which the machine was fastest: not by our figures, but by "
        "what reading the clock between two notifications took, or an empty "
        "write callback before and after. "
        "\"SQLite alone\" writes the same rows into a new ledger of the same "
        "schema on the same disk in the same run.\n\n",
        out);
}

/* CPU time in seconds: all that was spent on the machine, and what of it is
 * ours and our daemons'. */
struct spent {
  double all, ours;
};

static double seconds(struct timeval t) {
  return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

static void look_at_spent(struct spent *spent) {
  unsigned long long user = 0, nice = 0, system = 0;
  struct rusage self, children;
  FILE *f = fopen("/proc/stat", "re");
  if (f != NULL) {
    if (fscanf(f, "cpu %llu %llu %llu", &user, &nice, &system) != 3)
      user = nice = system = 0;
    fclose(f);
  }
  getrusage(RUSAGE_SELF, &self);
  getrusage(RUSAGE_CHILDREN, &children);
  spent->all = (double)(user + nice + system) / (double)sysconf(_SC_CLK_TCK);
  spent->ours = seconds(self.ru_utime) + seconds(self.ru_stime) +
                seconds(children.ru_utime) + seconds(children.ru_stime);
}

/* What others had of the machine since then, in percent. */
static double others_since(const struct spent *then, uint64_t from) {
  struct spent now;
  look_at_spent(&now);
  double others = now.all - then->all - (now.ours - then->ours);
  double machine =
      (double)(now_ns() - from) / 1e9 * (double)sysconf(_SC_NPROCESSORS_ONLN);
  return others > 0 && machine > 0 ? others / machine * 100 : 0;
}

/* ---- arguments ---- */

static const char *below(const char *dir, const char *path) {
  char *text = NULL;
  return asprintf(&text, "%s/%s", dir, path) < 0 ? NULL : text;
}

static void add_plugindir(struct rig *rig, const char *dir) {
  if (dir != NULL && rig->plugindirs_n < RIG_PLUGINDIRS)
    rig->plugindirs[rig->plugindirs_n++] = dir;
}

static void use_build(struct rig *rig, const char *dir) {
  add_plugindir(rig, below(dir, ".libs"));
  add_plugindir(rig, below(dir, "tests/bench/.libs"));
  if (rig->ctl == NULL)
    rig->ctl = below(dir, "incidentctl");
  if (rig->fulldisk == NULL)
    rig->fulldisk = below(dir, "tests/play/.libs/libfulldisk.so");
}

/* The rest are rows. -1: usage. */
static int read_options(struct rig *rig, int argc, char **argv) {
  static const struct option options[] = {
      {"quick", no_argument, NULL, 'q'},
      {"builddir", required_argument, NULL, 'b'},
      {"plugindir", required_argument, NULL, 'p'},
      {"ctl", required_argument, NULL, 'c'},
      {"fulldisk", required_argument, NULL, 'f'},
      {"collectd", required_argument, NULL, 'd'},
      {0}};
  const char *builddir = NULL;
  for (int c; (c = getopt_long(argc, argv, "", options, NULL)) != -1;) {
    switch (c) {
    case 'q':
      rig->is_quick = true;
      break;
    case 'b':
      builddir = optarg;
      break;
    case 'p':
      add_plugindir(rig, optarg);
      break;
    case 'c':
      rig->ctl = optarg;
      break;
    case 'f':
      rig->fulldisk = optarg;
      break;
    case 'd':
      rig->collectd = optarg;
      break;
    default:
      return -1;
    }
  }
  if (builddir == NULL)
    builddir = getenv("builddir");
  if (builddir != NULL)
    use_build(rig, builddir);
  add_plugindir(rig, "/usr/lib/collectd"); /* the stock plugins */
  if (rig->collectd == NULL)
    rig->collectd = getenv("COLLECTD");
  if (rig->collectd == NULL || rig->collectd[0] == '\0')
    rig->collectd = "/usr/sbin/collectd";
  return rig->ctl == NULL ? -1 : optind;
}

static bool is_wanted(const char *name, char *const *rows) {
  if (*rows == NULL)
    return true;
  for (; *rows != NULL; rows++)
    if (strcmp(*rows, name) == 0)
      return true;
  return false;
}

static bool are_known(char *const *rows) {
  for (; *rows != NULL; rows++) {
    size_t i = 0;
    while (i < MEASUREMENTS && strcmp(measurements[i].name, *rows) != 0)
      i++;
    if (i == MEASUREMENTS)
      return trouble("there is no row %s", *rows);
  }
  return true;
}

int main(int argc, char **argv) {
  static struct rig rig;
  struct table t = {.out = stdout};
  int first = read_options(&rig, argc, argv);
  if (first < 0 || !are_known(argv + first)) {
    usage(stderr);
    return 2;
  }
  bool has_started = rig_start(&rig);
  if (has_started) {
    print_machine(&rig, t.out);
    table_head(&t);
  }
  struct spent at_first;
  uint64_t from = now_ns();
  look_at_spent(&at_first);
  for (size_t i = 0; has_started && i < MEASUREMENTS; i++) {
    struct spent before;
    uint64_t began = now_ns();
    if (!is_wanted(measurements[i].name, argv + first))
      continue;
    progress("bench: %s", measurements[i].what);
    look_at_spent(&before);
    if (!measurements[i].measure(&rig, &t))
      table_row(&t, measurements[i].what, "could not be measured", "", "",
                false);
    progress("bench: %s: %.0f s, other processes had %.0f %% of the machine",
             measurements[i].name, (double)(now_ns() - began) / 1e9,
             others_since(&before, began));
  }
  rig_end(&rig);
  fprintf(t.out,
          "\n%u limits hold, %u missed. Other processes had %.0f %% of the "
          "machine meanwhile.\n",
          t.held, t.missed, others_since(&at_first, from));
  return has_started && t.missed == 0 ? 0 : 1;
}
