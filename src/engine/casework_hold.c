/* SPDX-License-Identifier: MIT */
/* What it means for incidents that alerts are held back (engine/hush.h):
 *
 *   of no incident      waits; let go it goes through its rule, if it fires
 *   of an open one      counts as held. An unacknowledged incident of which
 *                       nothing fires that is not held is paused: its runs have
 *                       no timer. Let go they are where they were: an overdue
 *                       step runs at once.
 */
#include "engine/casework_inside.h"

#include <stdio.h>

#define NAME_MAX_BYTES 1024

/* "silence 3 (alice: new kernel)", "incident 7 (web1 is down)" */
static void add_holder(const struct casework *w, const struct holder *h,
                       struct buf *out) {
  if (h->silence != 0) {
    const struct silence *s = book_silence(w->book, h->silence);
    buf_addf(out, "silence %lld", (long long)h->silence);
    if (s != NULL && s->reason != NULL && s->reason[0] != '\0')
      buf_addf(out, " (%s: %s)", s->by, s->reason);
    else if (s != NULL)
      buf_addf(out, " (%s)", s->by);
    return;
  }
  const struct casefile *c =
      h->inhibitor > 0 ? book_casefile(w->book, h->inhibitor) : NULL;
  if (h->inhibitor > 0)
    buf_addf(out, "incident %lld", (long long)h->inhibitor);
  else
    buf_add(out, "an alert that has no incident");
  if (c != NULL)
    buf_addf(out, " (%s)", incident_name(&c->incident));
}

static void note_hold(struct casework *w, const struct casefile *c,
                      const struct holder *h, const char *what, wall_ms now) {
  struct buf name;
  buf_init(&name, NAME_MAX_BYTES);
  add_holder(w, h, &name);
  book_note(w->book, c, h->silence != 0 ? KIND_SILENCED : KIND_INHIBITED, now,
            "%s %s", what, buf_text(&name));
  buf_fini(&name);
}

/* One that fires and is held back, or is not. */
static const struct alert *find_firing(const struct casefile *c, bool is_held) {
  const struct alert *a = c->alerts;
  while (a != NULL && (!alert_is_firing(a) || alert_is_held(a) != is_held))
    a = a->next;
  return a;
}

void casework_note_held(struct casework *w, struct casefile *c, wall_ms now) {
  const struct alert *a = c->held_lately > 0 ? find_firing(c, true) : NULL;
  if (a != NULL) {
    struct holder h = {alert_extra(a)->silence, alert_extra(a)->inhibitor};
    char what[64];
    snprintf(what, sizeof what, "%lld alert%s held back by",
             (long long)c->held_lately, c->held_lately == 1 ? "" : "s");
    note_hold(w, c, &h, what, now);
  }
  c->held_lately = 0;
}

/* ---- pausing ---- */

static bool has_live_run(const struct casefile *c) {
  const struct run *r = c->runs;
  while (r != NULL && r->state == RUN_STOPPED)
    r = r->next;
  return r != NULL;
}

static bool is_to_pause(const struct casefile *c) {
  const struct incident *i = &c->incident;
  return incident_is_open(i) && i->alerts_firing > 0 &&
         c->held >= i->alerts_firing &&
         (i->acknowledged_by == NULL || has_live_run(c));
}

static void pause(struct casework *w, struct casefile *c, wall_ms now) {
  const struct alert *a = find_firing(c, true);
  struct holder h = {0};
  if (a != NULL)
    h = (struct holder){alert_extra(a)->silence, alert_extra(a)->inhibitor};
  casework_note_held(w, c, now);
  note_hold(w, c, &h, "paused: all that fires is held back by", now);
  pager_pause(w->pager, c, now);
}

/* was: what has held it back, NULL if something else fires. */
static void go_on(struct casework *w, struct casefile *c,
                  const struct holder *was, wall_ms now) {
  const struct alert *a = find_firing(c, false);
  for (struct run *r = c->runs; r != NULL; r = r->next)
    pager_settle(w->pager, r);
  if (a == NULL || !incident_is_open(&c->incident) ||
      (c->incident.acknowledged_by != NULL && !has_live_run(c)))
    return;
  if (was != NULL) {
    note_hold(w, c, was, "goes on: not held back any more by", now);
  } else {
    struct buf name;
    buf_init(&name, NAME_MAX_BYTES);
    signal_add_name(a->signal, &name);
    book_note(w->book, c, KIND_STATUS, now,
              "goes on: %s fires and is not held back", buf_text(&name));
    buf_fini(&name);
  }
  casework_stir(w, c, now); /* if it was calm before */
  if (c->runs != NULL && !has_live_run(c))
    casework_restart_runs(w, c, false, now);
}

static void settle(struct casework *w, struct casefile *c,
                   const struct holder *was, wall_ms now) {
  bool is_to = is_to_pause(c);
  if (is_to == c->incident.is_paused)
    return;
  c->incident.is_paused = is_to;
  book_touch_casefile(w->book, c);
  if (is_to)
    pause(w, c, now);
  else
    go_on(w, c, was, now);
  casework_set_timer(w, c, now);
}

void casework_settle_pause(struct casework *w, struct casefile *c,
                           wall_ms now) {
  bool was_paused = c->incident.is_paused;
  settle(w, c, NULL, now);
  if (was_paused && !c->incident.is_paused)
    casework_upgrade(w, c, now); /* an After may have passed meanwhile */
}

/* ---- alerts ---- */

void casework_held(struct casework *w, struct alert *a, wall_ms now) {
  struct casefile *c = a->casefile;
  gather_leave(w->gather, a);
  if (c == NULL || !incident_is_open(&c->incident))
    return;
  c->held++;
  casework_uncount_host(c, a);
  c->held_lately++;
  casework_note_about(w, c);
  settle(w, c, NULL, now);
  casework_set_timer(w, c, now);
}

void casework_let_go(struct casework *w, struct alert *a,
                     const struct holder *was, wall_ms now) {
  struct casefile *c = a->casefile;
  if (c == NULL) {
    casework_wait_over(w, a, now);
  } else if (incident_is_open(&c->incident)) {
    c->held--;
    casework_count_host(c, a);
    settle(w, c, was, now);
    if (c->incident.status == STATUS_MONITORING &&
        c->incident.acknowledged_by != NULL) { /* never paused, but calm */
      casework_stir(w, c, now);
      c->untold++;
      casework_tell_joined(w, c, now);
    }
    casework_upgrade(w, c, now);
    casework_set_timer(w, c, now);
  }
}

void casework_wait_over(struct casework *w, struct alert *a, wall_ms now) {
  if (a->casefile == NULL && alert_extra(a)->gathering == NULL &&
      !alert_is_held(a) && a->state == ALERT_FIRING && !a->rule->is_recorded)
    gather_fired(w->gather, a, now);
}
