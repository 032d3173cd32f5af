/* SPDX-License-Identifier: MIT */
/* What the callbacks keep collectd's threads. The processor's speed is told by
 * reading the clock between notifications, or by an empty write callback. */
#include "measure.h"

#include "alone.h"
#include "rounds.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define SERIES 1000
#define BUSY_US 0.5 /* SPEC section 7 */
#define BUSY_P99_US 2.0
#define CALM_US 15.0
#define CALM_P99_US 50.0

static const struct plan busy_plan = {7, 15, 60}, calm_plan = {5, 5, 5},
                         values_plan = {5, 15, ROUNDS_MAX},
                         quick_plan = {3, 3, 3};

static const struct plan *plan(const struct rig *rig,
                               const struct plan *otherwise) {
  return rig->is_quick ? &quick_plan : otherwise;
}

/* Rounds of one and the same load, then a row. limit_us 0: no limit. */
static bool measure_load(struct daemon *d, struct table *t, const char *what,
                         const struct plan *p, double limit_us,
                         double limit_p99_us, const char *order) {
  static double fastest;
  struct rounds r;
  double max = 0;
  rounds_init(&r, plan(d->rig, p), &fastest);
  while (!rounds_are_enough(&r)) {
    struct load load;
    if (!load_run(d, &load, "%s", order))
      return false;
    rounds_add(&r, (struct round){load.reading, load.p50 / 1000,
                                  load.p99 / 1000, load.p999 / 1000});
    max = load.max > max ? load.max : max;
  }
  rounds_choose(&r);
  double half = ROUNDS_MEDIAN(&r, p50), most = ROUNDS_MEDIAN(&r, p99);
  const char *figures =
      table_text("%.2f µs median, %.2f µs p99 (p99.9 %.1f, max %.0f)", half,
                 most, ROUNDS_MEDIAN(&r, p999), max / 1000);
  if (limit_us > 0)
    table_row(t, what, figures, "",
              table_text("%.1f / %.0f µs", limit_us, limit_p99_us),
              half <= limit_us && most <= limit_p99_us);
  else
    table_note(t, what, figures);
  return true;
}

/* 1,000 hosts with an incident and a page each, so that there is something to
 * hang, to lock and to fill. */
static bool begin(struct daemon *d) {
  struct load load;
  return daemon_start(d) &&
         load_run(d, &load, "notify n=%d series=%d hosts=%d", SERIES, SERIES,
                  SERIES) &&
         daemon_flush(d);
}

#define BUSY "notify n=10000 rate=10000 series=1000 hosts=1000"

static const char *calm(const struct rig *rig) {
  return rig->is_quick
             ? "notify n=200 rate=100 pace=sleep series=1000 hosts=1000"
             : "notify n=400 rate=100 pace=sleep series=1000 hosts=1000";
}

static bool measure_busy(struct daemon *d, struct table *t, const char *what,
                         const char *order) {
  return measure_load(d, t, what, &busy_plan, BUSY_US, BUSY_P99_US, order);
}

static bool measure_both(struct daemon *d, struct table *t, const char *when) {
  return measure_busy(d, t, table_text("callback, 10,000 a second%s", when),
                      BUSY) &&
         measure_load(d, t, table_text("callback, 100 a second%s", when),
                      &calm_plan, CALM_US, CALM_P99_US, calm(d->rig));
}

static bool measure_empty(struct rig *rig, struct table *t) {
  struct setup setup = {.is_without = true, .is_empty = true};
  struct daemon d;
  bool is_ok = daemon_make(rig, &setup, &d) && daemon_start(&d) &&
               measure_load(&d, t, "an empty callback, timed the same way",
                            &busy_plan, 0, 0, BUSY);
  daemon_discard(&d);
  return is_ok;
}

static bool measure_alone(struct daemon *d, struct table *t) {
  return begin(d) && measure_both(d, t, "") &&
         measure_busy(d, t, "… 10,000 a second, failure and okay in turns",
                      "notify n=10000 rate=10000 severity=toggle series=1000 "
                      "hosts=1000") &&
         measure_busy(d, t, "… 100,000 a second from 2 threads",
                      "notify n=100000 rate=100000 threads=2 series=1000 "
                      "hosts=1000") &&
         /* Nobody waits there, so there is nothing to choose by. */
         measure_load(d, t, "… as fast as it goes from 4 threads", &calm_plan,
                      BUSY_US, BUSY_P99_US,
                      "notify n=400000 threads=4 series=1000 hosts=1000");
}

bool measure_callback(struct rig *rig, struct table *t) {
  struct setup setup = {0};
  struct daemon d;
  if (!measure_empty(rig, t))
    return false;
  bool is_ok =
      daemon_make(rig, &setup, &d) && measure_alone(&d, t) && daemon_stop(&d);
  daemon_discard(&d);
  return is_ok;
}

bool measure_hanging(struct rig *rig, struct table *t) {
  struct setup setup = {0};
  struct daemon d;
  receiver_answer(rig->receiver, false);
  bool is_ok = daemon_make(rig, &setup, &d) && begin(&d) &&
               measure_both(&d, t, ", every webhook hanging") &&
               daemon_stop(&d);
  receiver_answer(rig->receiver, true);
  daemon_discard(&d);
  return is_ok;
}

bool measure_locked(struct rig *rig, struct table *t) {
  struct setup setup = {0};
  struct daemon d;
  bool is_ok = daemon_make(rig, &setup, &d) && begin(&d);
  sqlite3 *lock = is_ok ? ledger_lock(d.ledger) : NULL;
  is_ok =
      lock != NULL && measure_both(&d, t, ", the ledger locked by a stranger");
  ledger_unlock(lock);
  is_ok = is_ok && daemon_stop(&d);
  daemon_discard(&d);
  return is_ok;
}

bool measure_full(struct rig *rig, struct table *t) {
  struct setup setup = {.may_fill = true};
  struct daemon d;
  if (rig->fulldisk == NULL || access(rig->fulldisk, R_OK) != 0)
    return trouble("libfulldisk.so is not there");
  bool is_ok = daemon_make(rig, &setup, &d) && begin(&d);
  int fd = is_ok ? open(d.full, O_WRONLY | O_CREAT | O_CLOEXEC, 0600) : -1;
  is_ok = fd >= 0 && measure_both(&d, t, ", the disk full");
  if (fd >= 0)
    close(fd);
  unlink(d.full);
  is_ok = is_ok && daemon_stop(&d);
  daemon_discard(&d);
  return is_ok;
}

/* ---- values ---- */

#define LOOKED_AT_US 0.5 /* SPEC section 7 */
#define UNSEEN_US 0.1

/* Values for the write callback of that plugin; what one takes, in ns. */
static bool write_once(struct daemon *d, const char *plugin, unsigned series,
                       double *took) {
  unsigned rules = d->setup.value_rules;
  struct load load;
  if (!load_run(d, &load,
                "write n=400000 batch=1000 series=%u instances=%u target=%s",
                series, rules > 0 ? rules : 1, plugin))
    return false;
  *took = load.p50 / 1000;
  return true;
}

/* What the plugin's write callback adds to a value: the same loop calls an
 * empty one before and after it, and the difference is shown. In ns. */
static bool measure_write(struct daemon *d, unsigned series, double *adds,
                          double *empty) {
  static double fastest;
  struct rounds r;
  double before, with, after;
  rounds_init(&r, plan(d->rig, &values_plan), &fastest);
  if (!write_once(d, "benchload", series, &before))
    return false;
  for (; !rounds_are_enough(&r); before = after) {
    if (!write_once(d, "incident", series, &with) ||
        !write_once(d, "benchload", series, &after))
      return false;
    rounds_add(&r,
               (struct round){.control = (before + after) / 2, .p50 = with});
  }
  rounds_choose(&r);
  *empty = ROUNDS_MEDIAN(&r, control);
  *adds = ROUNDS_MEDIAN(&r, p50) - *empty;
  return true;
}

/* Twice, so that each series has been decided on and has a value after that. */
static bool introduce(struct daemon *d, unsigned series) {
  struct load load;
  for (int i = 0; i < 2; i++) {
    if (!load_run(d, &load, "write n=%u batch=1000 series=%u instances=%u",
                  series, series, d->setup.value_rules) ||
        !daemon_flush(d))
      return false;
    nap(200);
  }
  return true;
}

static bool measure_rules(struct rig *rig, struct table *t, bool is_looked_at,
                          unsigned rules) {
  static const unsigned series[] = {1000, 100000};
  struct setup setup = {.value_rules = rules,
                        .value_plugin = is_looked_at ? "measured" : "other"};
  double limit = is_looked_at ? LOOKED_AT_US : UNSEEN_US, adds, empty;
  struct daemon d;
  bool is_ok = daemon_make(rig, &setup, &d) && daemon_start(&d);
  for (size_t i = 0; is_ok && i < 2; i++) {
    is_ok =
        introduce(&d, series[i]) && measure_write(&d, series[i], &adds, &empty);
    if (is_ok)
      table_row(t,
                table_text("the write callback adds to a value %s, %u rules, "
                           "%u series",
                           is_looked_at ? "rules look at" : "no rule looks at",
                           rules, series[i]),
                table_text("%.3f µs (an empty one takes %.3f)", adds / 1000,
                           empty / 1000),
                "", table_text("%.1f µs", limit), adds <= limit * 1000);
  }
  is_ok = is_ok && daemon_stop(&d);
  daemon_discard(&d);
  return is_ok;
}

static bool measure_waiting(struct rig *rig, struct table *t) {
  struct setup setup = {0};
  struct daemon d;
  double waiting, empty;
  struct load load;
  bool is_ok = daemon_make(rig, &setup, &d) && begin(&d) &&
               /* One series that has said NaN: each value is looked for. */
               load_run(&d, &load, "notify severity=okay value=nan") &&
               daemon_flush(&d) &&
               measure_write(&d, SERIES, &waiting, &empty) && daemon_stop(&d);
  daemon_discard(&d);
  if (!is_ok)
    return false;
  table_row(t, "… while a series waits for a finite value",
            table_text("%.3f µs", waiting / 1000), "", "0.5 µs",
            waiting <= LOOKED_AT_US * 1000);
  return true;
}

bool measure_values(struct rig *rig, struct table *t) {
  return measure_rules(rig, t, false, 10) &&
         measure_rules(rig, t, false, 10000) &&
         measure_rules(rig, t, true, 10) &&
         measure_rules(rig, t, true, 10000) && measure_waiting(rig, t);
}
