/* SPDX-License-Identifier: MIT */
/* What every measurement needs: a directory of its own, private daemons with
 * benchload in them, the receiver, and the arithmetic. Times are nanoseconds of
 * CLOCK_MONOTONIC, which is the same in all processes. */
#ifndef BENCH_RIG_H
#define BENCH_RIG_H

#include "receiver.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define RIG_PATH 512
#define RIG_PLUGINDIRS 8

struct rig {
  const char *collectd;
  const char *ctl;
  const char *fulldisk; /* libfulldisk.so; NULL: not there */
  const char *plugindirs[RIG_PLUGINDIRS];
  size_t plugindirs_n;
  char dir[256]; /* everything is below it */
  bool is_quick;
  unsigned daemons; /* made so far: names their directories */
  struct receiver *receiver;
};

uint64_t now_ns(void);
void nap(unsigned ms);
/* Says on stderr why something could not be measured; always false. */
bool trouble(const char *format, ...) __attribute__((format(printf, 1, 2)));
void progress(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Sorts the figures. */
double median(double *figures, size_t n);
double quantile(double *figures, size_t n, double q);
double largest(const double *figures, size_t n);

/* ---- a daemon ---- */

struct setup {
  bool is_without;      /* without the plugin */
  bool is_empty;        /* benchload listens with an empty callback */
  bool may_fill;        /* libfulldisk is preloaded */
  bool is_stormy;       /* GroupBy, StormLimit and PageLimit are the defaults,
                           Evidence is off; else there is no limit */
  const char *group_by; /* "host" when NULL */
  const char *clear;    /* "1m" when NULL */
  /* So many rules with a <Metric> block, rule r for type instance "t00000r" of
   * that plugin. */
  unsigned value_rules;
  const char *value_plugin;
  int hanging_port; /* of a receiver that is paged, too, before the rig's; 0 */
};

struct daemon {
  struct rig *rig;
  struct setup setup;
  char dir[RIG_PATH];
  char ledger[RIG_PATH + 16];
  char full[RIG_PATH + 16]; /* while that file exists the disk is full */
  pid_t pid;
  int load; /* connection to benchload */
  int unixsock;
  uint64_t forked_at, init_at; /* init_at: just before the plugin's init */
};

/* A new directory; nothing runs yet. */
bool daemon_make(struct rig *rig, const struct setup *setup, struct daemon *d);
/* Starts it and waits until every plugin is initialised. May be called again
 * after daemon_stop or daemon_kill: then on the same ledger. */
bool daemon_start(struct daemon *d);
/* SIGTERM; false if it does not end well within 10 s. */
bool daemon_stop(struct daemon *d);
void daemon_kill(struct daemon *d); /* SIGKILL */
/* Kills it if it still runs, and removes its directory. */
void daemon_discard(struct daemon *d);

/* FLUSH plugin=incident. */
bool daemon_flush(struct daemon *d);
/* CPU time of its threads whose name begins so ("": all), in ns. */
bool daemon_cpu(const struct daemon *d, const char *name, uint64_t *ns);
/* A line of /proc/PID/status, such as VmHWM, in KiB. */
bool daemon_memory(const struct daemon *d, const char *key, uint64_t *kib);
/* From here on VmHWM is the peak since. */
bool daemon_forget_peak(const struct daemon *d);

/* ---- its load ---- */

struct load {
  double p50, p99, p999, max, sum; /* ns */
  double reading;                  /* the clock, ns; 0: nobody did */
  uint64_t began, ended;
};

bool load_order(struct daemon *d, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
bool load_is_done(struct daemon *d); /* the answer is there */
bool load_result(struct daemon *d, struct load *result);
/* Both in one. */
bool load_run(struct daemon *d, struct load *result, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* ---- rig ---- */

bool rig_start(struct rig *rig); /* the directory and the receiver */
void rig_end(struct rig *rig);
void rig_remove(const char *dir);

/* Runs incidentctl with up to 8 words, NULL behind the last; *took is the time
 * from before the process is made until it has ended. False unless it exits
 * with 0 or 1 and that is status. */
bool rig_ctl(struct rig *rig, const struct daemon *d, int status, double *took,
             const char *const *words);

#endif
