/* SPDX-License-Identifier: MIT */
/* Pages that are hard to deliver: the daemon is killed, the webhook beside
 * theirs hangs. */
#include "measure.h"

#include "alone.h"

#include <inttypes.h>

#define ROUNDS_MAX 5
#define DUE 10000
#define BESIDE 1000
#define QUICK 500

#define UNSENT                                                                 \
  "SELECT count(*) FROM v_page WHERE state IN ('pending', 'sending')"
#define DELIVERED                                                              \
  "SELECT count(*) FROM v_page WHERE event = 'incident.page' AND state = "     \
  "'delivered'"

static unsigned rounds(const struct rig *rig) {
  return rig->is_quick ? 1 : ROUNDS_MAX;
}

static bool fail_hosts(struct daemon *d, struct load *load, int n) {
  return load_run(d, load, "notify n=%d series=%d hosts=%d threads=2", n, n,
                  n) &&
         daemon_flush(d);
}

/* ---- 10,000 due pages and kill -9 ---- */

struct survival {
  size_t came, repeats; /* pages by their ids, and those that came again */
  double took;          /* ms from the last start until all were there */
};

/* Killed with all of them due, and when so many have arrived, then started. */
static bool kill_at(struct daemon *d, size_t arrived) {
  if (!receiver_wait(d->rig->receiver, arrived, 30000))
    return trouble("%zu of %zu pages came within 30 s",
                   receiver_pages(d->rig->receiver), arrived);
  daemon_kill(d);
  receiver_answer(d->rig->receiver, true);
  return daemon_start(d);
}

/* What arrived is counted by the receiver, over all lives of the daemon: a page
 * under a second id would be one too many. */
static bool survival_round(struct daemon *d, int n, struct survival *s) {
  struct load load;
  struct receiver *r = d->rig->receiver;
  receiver_clear(r);
  receiver_answer(r, false);
  if (!daemon_start(d) || !fail_hosts(d, &load, n) ||
      !ledger_until(d->ledger, UNSENT, n, 30000) || !kill_at(d, 1) ||
      !kill_at(d, (size_t)n / 3) || !kill_at(d, (size_t)n * 2 / 3))
    return false;
  if (!receiver_wait(r, (size_t)n, 30000))
    trouble("%zu of %d pages came within 30 s", receiver_pages(r), n);
  s->took = (double)(now_ns() - d->init_at) / 1e6;
  bool is_booked = ledger_until(d->ledger, DELIVERED, n, 30000);
  s->came = receiver_pages(r);
  s->repeats = receiver_repeats(r);
  return is_booked;
}

bool measure_survival(struct rig *rig, struct table *t) {
  struct setup setup = {0};
  struct survival s = {0};
  int n = rig->is_quick ? QUICK : DUE;
  struct daemon d;
  bool is_ok = daemon_make(rig, &setup, &d) && survival_round(&d, n, &s) &&
               daemon_stop(&d);
  receiver_answer(rig->receiver, true);
  daemon_discard(&d);
  if (!is_ok)
    return false;
  table_row(t,
            table_text("%d due pages, killed before the first and twice amid "
                       "them: pages that came",
                       n),
            table_text("%zu, %zu of them again (all %.0f ms after the last "
                       "start)",
                       s.came, s.repeats, s.took),
            "", "each, under one id", s.came == (size_t)n);
  return true;
}

/* ---- 1,000 pages to a webhook that hangs and 1,000 to one that works ---- */

static bool beside_round(struct daemon *d, int n, double *took) {
  struct load load;
  struct receiver *r = d->rig->receiver;
  receiver_clear(r);
  if (!daemon_start(d) || !daemon_flush(d) || !fail_hosts(d, &load, n))
    return false;
  if (!receiver_wait(r, (size_t)n, 30000))
    return trouble("%zu of %d pages came within 30 s", receiver_pages(r), n);
  *took = (double)(receiver_when(r, (size_t)n - 1) - load.began) / 1e6;
  return true;
}

bool measure_beside(struct rig *rig, struct table *t) {
  double took[ROUNDS_MAX];
  unsigned rounds_n = rounds(rig);
  int n = rig->is_quick ? QUICK : BESIDE;
  struct receiver *hanging = receiver_new();
  if (hanging == NULL)
    return trouble("no receiver");
  struct setup setup = {.hanging_port = receiver_port(hanging)};
  receiver_answer(hanging, false);
  bool is_ok = true;
  for (unsigned i = 0; i < rounds_n && is_ok; i++) {
    struct daemon d;
    is_ok = daemon_make(rig, &setup, &d) && beside_round(&d, n, &took[i]) &&
            (receiver_pages(hanging) > 0 ||
             trouble("nothing came to what hangs")) &&
            daemon_stop(&d);
    daemon_discard(&d);
  }
  receiver_free(hanging);
  if (!is_ok)
    return false;
  table_row(t,
            table_text("%d pages to a webhook that hangs and as many to one "
                       "that works: its last page",
                       n),
            table_text("%.0f ms (worst round %.0f ms)", median(took, rounds_n),
                       largest(took, rounds_n)),
            "", "2 s", median(took, rounds_n) <= 2000);
  return true;
}
