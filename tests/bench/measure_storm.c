/* SPDX-License-Identifier: MIT */
/* From notification to page and ledger. */
#include "measure.h"

#include "alone.h"

#include <inttypes.h>
#include <string.h>

#define ROUNDS_MAX 5
#define PAGES_MAX 100 /* of a round */
#define STORM 100000
#define STORM_ID 11 /* after StormLimit incidents of their own */
#define HOSTS 10000
#define BATCH 2000

static unsigned rounds(const struct rig *rig) {
  return rig->is_quick ? 1 : ROUNDS_MAX;
}

/* ---- the first page, on an idle machine ---- */

/* One new host fails; how long until its page is there. In ms. */
static bool page_once(struct daemon *d, unsigned host, double *took) {
  struct load load;
  size_t before = receiver_pages(d->rig->receiver);
  if (!load_run(d, &load, "notify first=%u hosts=1000000", host))
    return false;
  if (!receiver_wait(d->rig->receiver, before + 1, 5000))
    return trouble("no page came within 5 s");
  uint64_t at = receiver_when(d->rig->receiver, before);
  *took = (double)(at - load.began) / 1e6;
  return true;
}

/* Page and SQLite alone in turns, so that both meet the same machine. */
static bool page_often(struct daemon *d, unsigned n, double *page,
                       double *alone) {
  char path[RIG_PATH];
  struct alone *a = NULL;
  double took;
  snprintf(path, sizeof path, "%.400s/alone.db", d->dir);
  bool is_ok = page_once(d, 0, &took) && daemon_flush(d) &&
               alone_start(d->ledger, path, &a);
  for (unsigned i = 0; i < n && is_ok; i++) {
    nap(25);
    is_ok = page_once(d, i + 1, &page[i]);
    nap(25); /* its outcome gets booked */
    is_ok = is_ok && alone_read(a, i + 2) && alone_write(a, 0, &took);
    alone[i] = took / 1e6;
  }
  alone_end(a);
  return is_ok;
}

bool measure_page(struct rig *rig, struct table *t) {
  double page[PAGES_MAX], alone[PAGES_MAX];
  double half[ROUNDS_MAX], most[ROUNDS_MAX];
  double half_alone[ROUNDS_MAX], most_alone[ROUNDS_MAX];
  struct setup setup = {0};
  unsigned n = rounds(rig);
  for (unsigned i = 0; i < n; i++) {
    struct daemon d;
    receiver_clear(rig->receiver);
    bool is_ok = daemon_make(rig, &setup, &d) && daemon_start(&d) &&
                 page_often(&d, PAGES_MAX, page, alone) && daemon_stop(&d);
    daemon_discard(&d);
    if (!is_ok)
      return false;
    half[i] = median(page, PAGES_MAX);
    most[i] = quantile(page, PAGES_MAX, 0.99);
    half_alone[i] = median(alone, PAGES_MAX);
    most_alone[i] = quantile(alone, PAGES_MAX, 0.99);
  }
  double a = median(half, n), b = median(half_alone, n);
  table_row(t, "first page after the notification, idle machine: median",
            table_text("%.2f ms", a), table_text("%.2f ms", b),
            "alone + 0.3 ms", a <= b + 0.3);
  a = median(most, n);
  b = median(most_alone, n);
  table_row(t, "… p99", table_text("%.2f ms", a), table_text("%.2f ms", b),
            "alone + 2 ms", a <= b + 2);
  return true;
}

/* ---- 100,000 series at once: ten incidents and a storm ---- */

#define FIRING "SELECT count(*) FROM v_alert WHERE state = 'firing'"

struct storm {
  double took[ROUNDS_MAX], alone[ROUNDS_MAX];               /* ms */
  double memory[ROUNDS_MAX];                                /* MiB */
  double p50[ROUNDS_MAX], p99[ROUNDS_MAX], max[ROUNDS_MAX]; /* µs */
};

/* From the first notification until all are in the ledger. */
static bool storm(struct daemon *d, struct load *load, double *took) {
  if (!load_run(d, load, "notify n=%d series=%d hosts=1000 threads=2", STORM,
                STORM) ||
      !daemon_flush(d))
    return false;
  int64_t n = 0;
  uint64_t end = now_ns();
  if (!ledger_number(d->ledger, FIRING, &n))
    return false;
  if (n != STORM) { /* FLUSH waits for a bounded time only */
    if (!ledger_until(d->ledger, FIRING, STORM, 30000))
      return false;
    end = now_ns();
  }
  *took = (double)(end - load->began) / 1e6;
  return true;
}

static bool storm_alone(struct daemon *d, double *took) {
  char path[RIG_PATH];
  struct alone *a = NULL;
  snprintf(path, sizeof path, "%.400s/alone.db", d->dir);
  bool is_ok = alone_start(d->ledger, path, &a) && alone_read(a, STORM_ID) &&
               alone_write(a, BATCH, took);
  alone_end(a);
  *took /= 1e6;
  return is_ok;
}

static bool storm_round(struct daemon *d, struct storm *s, unsigned i) {
  uint64_t before, peak;
  struct load load;
  if (!daemon_start(d) || !daemon_flush(d) || !daemon_forget_peak(d) ||
      !daemon_memory(d, "VmRSS", &before) || !storm(d, &load, &s->took[i]) ||
      !daemon_memory(d, "VmHWM", &peak) || !storm_alone(d, &s->alone[i]))
    return false;
  s->memory[i] = (double)(peak - before) / 1024;
  s->p50[i] = load.p50 / 1000;
  s->p99[i] = load.p99 / 1000;
  s->max[i] = load.max / 1000;
  return true;
}

bool measure_storm(struct rig *rig, struct table *t) {
  struct setup setup = {.is_stormy = true};
  unsigned n = rounds(rig);
  struct storm s;
  for (unsigned i = 0; i < n; i++) {
    struct daemon d;
    bool is_ok = daemon_make(rig, &setup, &d) && storm_round(&d, &s, i) &&
                 daemon_stop(&d);
    daemon_discard(&d);
    if (!is_ok)
      return false;
  }
  double took = median(s.took, n), alone = median(s.alone, n);
  double half = median(s.p50, n), most = median(s.p99, n);
  double memory = largest(s.memory, n);
  table_row(t, "100,000 series failing at once, as one storm: in the ledger",
            table_text("%.0f ms", took), table_text("%.0f ms", alone),
            "1.5 × alone, and 1 s", took <= alone * 1.5 && took <= 1000);
  table_row(t, "… memory for them, at its peak, evidence off",
            table_text("%.0f MiB", memory), "", "64 MiB", memory <= 64);
  table_row(t, "… callback meanwhile, as fast as it goes from 2 threads",
            table_text("%.2f µs median, %.2f µs p99 (max %.0f)", half, most,
                       largest(s.max, n)),
            "", "0.5 / 2 µs", half <= 0.5 && most <= 2);
  return true;
}

/* ---- 10,000 hosts at once, an incident each ---- */

#define DELIVERED                                                              \
  "SELECT count(*) FROM v_page WHERE event = 'incident.page' AND state = "     \
  "'delivered'"

static bool hosts_round(struct daemon *d, double *last, double *booked) {
  struct load load;
  receiver_clear(d->rig->receiver);
  if (!daemon_start(d) || !daemon_flush(d) ||
      !load_run(d, &load, "notify n=%d series=%d hosts=%d threads=2", HOSTS,
                HOSTS, HOSTS))
    return false;
  if (!receiver_wait(d->rig->receiver, HOSTS, 30000))
    return trouble("%zu of %d pages came within 30 s",
                   receiver_pages(d->rig->receiver), HOSTS);
  if (!ledger_until(d->ledger, DELIVERED, HOSTS, 30000))
    return false;
  *booked = (double)(now_ns() - load.began) / 1e6;
  *last =
      (double)(receiver_when(d->rig->receiver, HOSTS - 1) - load.began) / 1e6;
  return receiver_repeats(d->rig->receiver) == 0 ||
         trouble("%zu pages came twice", receiver_repeats(d->rig->receiver));
}

bool measure_hosts(struct rig *rig, struct table *t) {
  double last[ROUNDS_MAX], booked[ROUNDS_MAX];
  struct setup setup = {.group_by = "host"};
  unsigned n = rounds(rig);
  for (unsigned i = 0; i < n; i++) {
    struct daemon d;
    bool is_ok = daemon_make(rig, &setup, &d) &&
                 hosts_round(&d, &last[i], &booked[i]) && daemon_stop(&d);
    daemon_discard(&d);
    if (!is_ok)
      return false;
  }
  double all = median(booked, n);
  table_row(t,
            "10,000 hosts failing at once, an incident and a page each: last "
            "page sent, outcomes in the ledger",
            table_text("%.0f ms (last page %.0f ms)", all, median(last, n)), "",
            "1 s", all <= 1000);
  return true;
}

/* ---- a restart ---- */

/* Killed with the page of 100,000 alerts on its way, started again. */
static bool restart_round(struct daemon *d, double *took) {
  struct load load;
  int64_t n = 0;
  receiver_clear(d->rig->receiver);
  receiver_answer(d->rig->receiver, false);
  if (!daemon_start(d) ||
      !load_run(d, &load, "notify n=%d series=%d hosts=1000", STORM, STORM) ||
      !daemon_flush(d) || !ledger_until(d->ledger, FIRING, STORM, 30000))
    return false;
  if (!receiver_wait(d->rig->receiver, 1, 5000))
    return trouble("no page came within 5 s");
  daemon_kill(d);
  receiver_answer(d->rig->receiver, true);
  nap(50); /* the old connection is gone */
  receiver_clear(d->rig->receiver);
  if (!daemon_start(d))
    return false;
  if (!receiver_wait(d->rig->receiver, 1, 10000))
    return trouble("no page came within 10 s of the restart");
  *took = (double)(receiver_when(d->rig->receiver, 0) - d->init_at) / 1e6;
  return daemon_flush(d) && ledger_number(d->ledger, FIRING, &n) &&
         (n == STORM ||
          trouble("%" PRId64 " alerts fire after the restart", n));
}

bool measure_restart(struct rig *rig, struct table *t) {
  struct setup setup = {.is_stormy = true};
  double took[ROUNDS_MAX];
  unsigned n = rounds(rig);
  for (unsigned i = 0; i < n; i++) {
    struct daemon d;
    bool is_ok = daemon_make(rig, &setup, &d) && restart_round(&d, &took[i]) &&
                 daemon_stop(&d);
    receiver_answer(rig->receiver, true);
    daemon_discard(&d);
    if (!is_ok)
      return false;
  }
  double half = median(took, n);
  table_row(t,
            "killed and started with 100,000 firing alerts: pages again within",
            table_text("%.0f ms (of the plugin's init)", half), "", "500 ms",
            half <= 500);
  return true;
}

/* ---- the flood of OKAYs that threshold sends at start ---- */

static bool okay_round(struct daemon *d, struct load *load, double *took) {
  uint64_t before, after;
  int64_t n = -1;
  if (!daemon_start(d) || !daemon_flush(d) ||
      !daemon_cpu(d, "incident engine", &before) ||
      !load_run(d, load,
                "notify n=%d series=%d hosts=1000 severity=okay threads=2",
                STORM, STORM) ||
      !daemon_flush(d) || !daemon_cpu(d, "incident engine", &after) ||
      !ledger_number(d->ledger, "SELECT count(*) FROM v_alert", &n))
    return false;
  *took = (double)(after - before) / 1e6;
  return n == 0 || trouble("OKAYs have made %" PRId64 " alerts", n);
}

bool measure_okay(struct rig *rig, struct table *t) {
  struct setup setup = {0};
  double took[ROUNDS_MAX], p50[ROUNDS_MAX], p99[ROUNDS_MAX], max[ROUNDS_MAX];
  unsigned n = rounds(rig);
  for (unsigned i = 0; i < n; i++) {
    struct daemon d;
    struct load load;
    bool is_ok = daemon_make(rig, &setup, &d) &&
                 okay_round(&d, &load, &took[i]) && daemon_stop(&d);
    daemon_discard(&d);
    if (!is_ok)
      return false;
    p50[i] = load.p50 / 1000;
    p99[i] = load.p99 / 1000;
    max[i] = load.max / 1000;
  }
  double half = median(took, n), quick = median(p50, n), slow = median(p99, n);
  table_row(t, "flood of 100,000 OKAYs at start: time of the engine's thread",
            table_text("%.0f ms", half), "", "50 ms", half <= 50);
  table_row(t, "… callback meanwhile, as fast as it goes from 2 threads",
            table_text("%.2f µs median, %.2f µs p99 (max %.0f)", quick, slow,
                       largest(max, n)),
            "", "0.5 / 2 µs", quick <= 0.5 && slow <= 2);
  return true;
}
