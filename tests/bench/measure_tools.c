/* SPDX-License-Identifier: MIT */
/* incidentctl on a big and on a busy ledger; and what doing nothing costs. */
#include "measure.h"

#include "alone.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define ROUNDS_MAX 5
#define CALLS_MAX 1000
#define LIMIT_MS 50.0

static size_t rounds(const struct rig *rig) {
  return rig->is_quick ? 1 : ROUNDS_MAX;
}

/* Medians over rounds of their medians and their maxima: the latter decide. */
static void add_row(struct table *t, const char *what, double *half,
                    double *most, size_t n) {
  double worst = largest(most, n), decides = median(most, n);
  table_row(t, what,
            table_text("%.1f ms median, %.1f ms at most (worst round %.1f)",
                       median(half, n), decides, worst),
            "", "50 ms", decides <= LIMIT_MS);
}

/* ---- a million incidents ---- */

#define CALLS 10 /* of each command and round */

static bool measure_command(struct daemon *d, struct table *t, const char *what,
                            int status, const char *const *words) {
  double took[40];
  size_t n = d->rig->is_quick ? 10 : 40;
  for (size_t i = 0; i < n; i++) {
    if (!rig_ctl(d->rig, d, status, &took[i], words))
      return false;
    took[i] /= 1e6;
  }
  double most = largest(took, n);
  table_row(
      t, what,
      table_text("%.1f ms median, %.1f ms at most", median(took, n), most), "",
      "50 ms", most <= LIMIT_MS);
  return true;
}

/* A ledger with an incident that went its whole way: declared, paged,
 * cleared, resolved, told. */
static bool make_original(struct daemon *d) {
  struct load load;
  return daemon_start(d) && load_run(d, &load, "notify series=1") &&
         daemon_flush(d) && load_run(d, &load, "notify severity=okay") &&
         daemon_flush(d) &&
         ledger_until(d->ledger,
                      "SELECT count(*) FROM v_incident WHERE status = "
                      "'resolved'",
                      1, 5000) &&
         ledger_until(d->ledger,
                      "SELECT count(*) FROM v_page WHERE state <> 'delivered'",
                      0, 5000) &&
         daemon_stop(d);
}

static bool ask(struct daemon *d, struct table *t, int64_t copies) {
  char id[24];
  int64_t middle = 0;
  struct load load;
  const char *const list[] = {"list", NULL}, *const status[] = {"status", NULL},
                    *const show[] = {"show", id, NULL};
  /* 100 hosts fail now: something is open. */
  if (!daemon_start(d) ||
      !load_run(d, &load, "notify n=100 series=100 hosts=100 first=1000") ||
      !daemon_flush(d) ||
      !ledger_number(d->ledger,
                     "SELECT id FROM v_incident WHERE id > (SELECT max(id) / 2 "
                     "FROM v_incident) ORDER BY id LIMIT 1",
                     &middle))
    return false;
  snprintf(id, sizeof id, "%" PRId64, middle);
  const char *n =
      copies == 1000000 ? "a million" : table_text("%" PRId64, copies);
  return measure_command(
             d, t, table_text("list, %s incidents in the ledger, 100 open", n),
             0, list) &&
         measure_command(d, t, table_text("show ID, %s incidents", n), 0,
                         show) &&
         measure_command(d, t, table_text("status, %s incidents", n), 1,
                         status);
}

bool measure_million(struct rig *rig, struct table *t) {
  struct setup setup = {.clear = "0s"};
  struct daemon d;
  int64_t copies = rig->is_quick ? 100000 : 1000000;
  bool is_ok = daemon_make(rig, &setup, &d) && make_original(&d);
  if (is_ok)
    progress("bench: filling a ledger with %" PRId64 " incidents", copies);
  is_ok = is_ok && ledger_fill(d.ledger, copies) && ask(&d, t, copies) &&
          daemon_stop(&d);
  daemon_discard(&d);
  return is_ok;
}

/* ---- a postmortem with a long timeline ---- */

#define ENTRIES 50000 /* three days, one each five seconds */
#define POSTMORTEMS 9
#define POSTMORTEM_LIMIT_MS 1000

static bool write_often(struct daemon *d, struct table *t, const char *form) {
  double took[POSTMORTEMS];
  char file[1024];
  snprintf(file, sizeof file, "%s.%s", d->ledger, form);
  const char *const words[] = {"postmortem", "create", "1",
                               "--output",   file,     NULL};
  for (size_t i = 0; i < POSTMORTEMS; i++) {
    if (!rig_ctl(d->rig, d, 0, &took[i], words))
      return false;
    took[i] /= 1e6;
  }
  double most = largest(took, POSTMORTEMS);
  table_row(t, table_text("postmortem create, 50,000 entries, %s", form),
            table_text("%.0f ms median, %.0f ms at most",
                       median(took, POSTMORTEMS), most),
            "", "1 s", most <= POSTMORTEM_LIMIT_MS);
  return true;
}

bool measure_postmortem(struct rig *rig, struct table *t) {
  struct setup setup = {.clear = "0s"};
  struct daemon d;
  bool is_ok = daemon_make(rig, &setup, &d) && make_original(&d) &&
               ledger_lengthen(d.ledger, 1, ENTRIES) &&
               write_often(&d, t, "md") && write_often(&d, t, "html");
  daemon_discard(&d);
  return is_ok;
}

/* ---- a change while the plugin writes without pause ---- */

static bool change_often(struct daemon *d, double *took, size_t *n) {
  static const char *const note[] = {"note", "1", "still looking", NULL};
  static const char *const ack[] = {"ack", "1", NULL};
  static const char *const unack[] = {"unack", "1", NULL};
  struct load load;
  int64_t before = 0, after = 0;
  if (!ledger_number(d->ledger, "SELECT count(*) FROM v_alert", &before) ||
      !load_order(
          d, "notify n=80000 rate=40000 series=1000000 hosts=1000 first=1000 "
             "threads=2 pace=sleep"))
    return false;
  for (*n = 0; *n < CALLS_MAX && !load_is_done(d); ++*n) {
    const char *const *words = *n % 4 == 1 ? ack : *n % 4 == 3 ? unack : note;
    if (!rig_ctl(d->rig, d, 0, &took[*n], words))
      return false;
    took[*n] /= 1e6;
  }
  /* It has written all the time, or the figures say nothing. */
  return load_result(d, &load) && daemon_flush(d) &&
         ledger_number(d->ledger, "SELECT count(*) FROM v_alert", &after) &&
         (after - before > 10000 || trouble("only %" PRId64 " alerts were "
                                            "written meanwhile",
                                            after - before)) &&
         (*n > 0 || trouble("no change could be made"));
}

bool measure_change(struct rig *rig, struct table *t) {
  double took[CALLS_MAX], half[ROUNDS_MAX], most[ROUNDS_MAX];
  struct setup setup = {.group_by = "plugin"};
  size_t rounds_n = rounds(rig);
  for (size_t i = 0; i < rounds_n; i++) {
    struct daemon d;
    struct load load;
    size_t n = 0;
    bool is_ok = daemon_make(rig, &setup, &d) && daemon_start(&d) &&
                 load_run(&d, &load, "notify") && daemon_flush(&d) &&
                 change_often(&d, took, &n) && daemon_stop(&d);
    daemon_discard(&d);
    if (!is_ok)
      return false;
    half[i] = median(took, n);
    most[i] = largest(took, n);
  }
  add_row(t, "note, ack, unack while the plugin writes without pause", half,
          most, rounds_n);
  return true;
}

/* ---- doing nothing ---- */

static bool idle(struct daemon *with, struct daemon *without, unsigned ms,
                 double *an_hour) {
  uint64_t a, b, c, d, began;
  struct load load;
  /* One open incident, and its page delivered. */
  if (!daemon_start(without) || !daemon_start(with) ||
      !load_run(with, &load, "notify") || !daemon_flush(with))
    return false;
  nap(3000); /* what it tidies up when it comes to rest */
  began = now_ns();
  if (!daemon_cpu(with, "", &a) || !daemon_cpu(without, "", &b))
    return false;
  nap(ms);
  if (!daemon_cpu(with, "", &c) || !daemon_cpu(without, "", &d))
    return false;
  double spent = (double)(c - a) - (double)(d - b);
  *an_hour = spent / (double)(now_ns() - began) * 3600;
  return true;
}

/* Two daemons side by side, with the plugin and without. */
bool measure_idle(struct rig *rig, struct table *t) {
  struct setup setup = {0}, bare = {.is_without = true};
  struct daemon with, without;
  double an_hour = 0;
  bool is_ok = daemon_make(rig, &setup, &with);
  is_ok = daemon_make(rig, &bare, &without) && is_ok &&
          idle(&with, &without, rig->is_quick ? 5000 : 20000, &an_hour) &&
          daemon_stop(&with) && daemon_stop(&without);
  daemon_discard(&with);
  daemon_discard(&without);
  if (!is_ok)
    return false;
  table_row(t, "idle plugin, one incident open",
            table_text("%.1f CPU s an hour", an_hour), "", "10 CPU s an hour",
            an_hour <= 10);
  return true;
}
