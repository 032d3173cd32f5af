/* SPDX-License-Identifier: MIT */
/* An incident's way, as far as alerts and time take it:
 *
 *   fired ---> declared, its chain runs
 *                 |  joined: nothing new, unless it was calm or its chain is
 *                 |  exhausted (runs at once) or acknowledged (one page to
 *                 |  whoever has it)
 *                 v
 *   all clear ---> resolved, or monitoring until a person closes it
 *
 * A person may resolve it while alerts fire: those wait out the rule's Hold and
 * then fire anew.
 */
#include "engine/casework_inside.h"

#include "base/log.h"
#include "base/text.h"
#include "core/rule.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define JOIN_PAUSE_MS (5 * 60 * 1000)
#define NAME_MAX_BYTES 1024

long long casework_id(const struct casefile *c) {
  return (long long)c->incident.id;
}

/* ---- runs ---- */

static void announce_exhausted(struct casework *w, const struct run *r) {
  const struct casefile *c = r->casefile;
  struct announcement a = {.incident = c->incident.id};
  struct buf b;
  const char *before = "; phone ";
  buf_init(&b, 4096);
  buf_addf(&b, "incident %lld: nobody acknowledged, chain %s is exhausted",
           casework_id(c), r->chain_name);
  for (size_t s = 0; s < r->chain->steps_n; s++)
    for (size_t t = 0; t < r->chain->steps[s].targets_n; t++) {
      const struct responder *who = r->chain->steps[s].targets[t].responder;
      if (who == NULL)
        continue;
      buf_addf(&b, "%s%s %s", before, who->full_name, who->contact);
      before = ", ";
    }
  buf_addf(&b, ": %s", c->incident.title);
  text_clean(a.message, sizeof a.message, buf_text(&b), b.len);
  text_clean(a.chain, sizeof a.chain, r->chain_name, strlen(r->chain_name));
  log_line(LOG_ERROR, "incident: %s", buf_text(&b));
  buf_fini(&b);
  w->announce(w->announce_arg, &a);
}

void casework_run_due(struct casework *w, struct run *r, wall_ms now) {
  if (r->casefile->incident.is_paused) { /* as soon as that is over */
    book_touch_run(w->book, r);
    pager_settle(w->pager, r);
    return;
  }
  switch (run_advance(r, now)) {
  case RUN_STEP:
    pager_step(w->pager, r, now);
    return;
  case RUN_EXHAUSTION:
    book_touch_run(w->book, r);
    book_note(w->book, r->casefile, KIND_EXHAUSTED, now,
              "chain exhausted: %s, nobody acknowledged", r->chain_name);
    announce_exhausted(w, r);
    pager_settle(w->pager, r);
    return;
  }
}

static void start_run(struct casework *w, struct casefile *c,
                      const struct chain *chain, enum run_source source,
                      wall_ms now) {
  struct run *r = book_add_run(w->book, c, chain, source, now);
  if (r == NULL) {
    log_line(LOG_ERROR, "incident: incident %lld: cannot page: out of memory",
             casework_id(c));
    return;
  }
  casework_run_due(w, r, now);
}

void casework_start_runs(struct casework *w, struct casefile *c, wall_ms now) {
  const struct incident *i = &c->incident;
  const struct severity *s = settings_severity(w->settings, i->severity);
  const struct chain *own =
      i->chain != NULL ? settings_chain(w->settings, i->chain) : NULL;
  if (own == NULL)
    own = w->settings->default_chain;
  if (own != NULL)
    start_run(w, c, own, RUN_OWN, now);
  if (s != NULL && s->chain != NULL && s->chain != own)
    start_run(w, c, s->chain, RUN_OF_SEVERITY, now);
  if (c->runs == NULL) {
    book_note(w->book, c, KIND_PAGE, now, "nobody to page: it has no chain");
    log_line(LOG_ERROR,
             "incident: incident %lld: nobody to page: it has no chain and "
             "there is no DefaultChain",
             casework_id(c));
  }
}

void casework_restart_runs(struct casework *w, struct casefile *c,
                           bool only_exhausted, wall_ms now) {
  if (c->runs == NULL)
    casework_start_runs(w, c, now);
  for (struct run *r = c->runs; r != NULL; r = r->next)
    if (r->chain != NULL && (!only_exhausted || r->state == RUN_EXHAUSTED)) {
      run_restart(r, now);
      casework_run_due(w, r, now);
    }
}

void casework_stop_run(struct casework *w, struct run *r) {
  if (r->state == RUN_STOPPED)
    return;
  r->state = RUN_STOPPED;
  r->ended_at = WALL_NEVER;
  book_touch_run(w->book, r);
  pager_settle(w->pager, r);
}

static void stop_runs(struct casework *w, struct casefile *c) {
  for (struct run *r = c->runs; r != NULL; r = r->next)
    casework_stop_run(w, r);
}

static bool has_exhausted(const struct casefile *c) {
  for (const struct run *r = c->runs; r != NULL; r = r->next)
    if (r->state == RUN_EXHAUSTED)
      return true;
  return false;
}

/* ---- declaring and joining ---- */

void casework_note_about(struct casework *w, struct casefile *c) {
  if (!c->is_noted && stack_push(&w->book->noted, c) == OK)
    c->is_noted = true;
}

/* "host/plugin/type joined: the message" */
static void note_alert(struct casework *w, const struct casefile *c,
                       const struct alert *a, const char *did, wall_ms now) {
  struct buf name;
  buf_init(&name, NAME_MAX_BYTES);
  signal_add_name(a->signal, &name);
  const char *message = signal_message(a->signal);
  book_note(w->book, c, KIND_ALERT, now, "%s %s%s%s", buf_text(&name), did,
            message[0] != '\0' ? ": " : "", message);
  buf_fini(&name);
}

void casework_log_declared(const struct casefile *c) {
  log_line(LOG_NOTICE, "incident: declared incident %lld severity=%s: %s",
           casework_id(c), c->incident.severity, c->incident.title);
}

/* Takes the incident over. */
struct casefile *casework_declare(struct casework *w,
                                  struct incident *own_incident,
                                  const struct rule *rule, wall_ms now) {
  struct casefile *c = NULL;
  if (book_add_casefile(w->book, own_incident, rule, &c) != OK)
    return NULL;
  book_touch_casefile(w->book, c);
  book_note(w->book, c, KIND_DECLARED, now, "%s", c->incident.title);
  casework_log_declared(c);
  return c;
}

struct casefile *casework_declare_for(struct casework *w, struct alert *a,
                                      const char *key, bool is_storm,
                                      wall_ms now) {
  struct incident i;
  struct casefile *c = NULL;
  incident_init(&i);
  i.is_storm = is_storm;
  if (rule_declare(a->rule, w->settings, a->signal, key, w->book->ids.incident,
                   now, &i) == OK) {
    i.alerts_firing = i.alerts_total = 1;
    c = casework_declare(w, &i, a->rule, now);
  }
  if (c == NULL) {
    log_line(LOG_ERROR, "incident: rule %s: cannot declare: out of memory",
             a->rule->name);
    return NULL;
  }
  w->book->ids.incident++;
  book_attach_alert(c, a);
  hush_attached(w->hush, a, now);
  note_alert(w, c, a, "fires", now);
  casework_start_runs(w, c, now);
  return c;
}

/* Whoever acknowledged hears of joined alerts, at most once in JOIN_PAUSE_MS;
 * the rest waits for the end of that. */
static void tell_acknowledger(struct casework *w, struct casefile *c,
                              wall_ms now) {
  struct incident *i = &c->incident;
  if (i->join_told_at != WALL_NEVER && i->join_told_at > now)
    i->join_told_at = now; /* the clock was set back */
  if (i->join_told_at != WALL_NEVER && now < i->join_told_at + JOIN_PAUSE_MS) {
    timers_set(&w->book->timers, &c->timer, i->join_told_at + JOIN_PAUSE_MS);
    return;
  }
  i->join_told_at = now;
  c->untold = 0;
  book_touch_casefile(w->book, c);
  if (!pager_tell(w->pager, c, PAGE_PAGE, i->acknowledged_by, now))
    pager_tell_reached(w->pager, c, PAGE_UPDATE, NULL, now);
}

void casework_join(struct casework *w, struct casefile *c, struct alert *a,
                   wall_ms now) {
  struct incident *i = &c->incident;
  bool was_calm = i->alerts_firing == 0;
  if (a->casefile == NULL) {
    book_attach_alert(c, a);
    hush_attached(w->hush, a, now);
    i->alerts_total++;
  }
  i->alerts_firing++;
  c->joined++;
  c->joined_one = a;
  casework_note_about(w, c);
  book_touch_casefile(w->book, c);
  if (alert_is_held(a)) {
    casework_held(w, a, now);
    return;
  }
  casework_settle_pause(w, c, now);
  if (was_calm && i->status == STATUS_MONITORING) {
    i->status = STATUS_INVESTIGATING;
    book_note(w->book, c, KIND_STATUS, now,
              "investigating: an alert fires again");
  }
  if (i->acknowledged_by != NULL) {
    c->untold++;
    tell_acknowledger(w, c, now);
  } else if (was_calm || has_exhausted(c)) {
    casework_restart_runs(w, c, !was_calm, now);
  }
}

void casework_fired(struct casework *w, struct alert *a, wall_ms now) {
  if (a->casefile != NULL && incident_is_open(&a->casefile->incident)) {
    casework_join(w, a->casefile, a, now);
    return;
  }
  if (a->casefile != NULL) { /* resolved while it was pending */
    book_touch_casefile(w->book, a->casefile); /* it may be over now */
    book_detach_alert(a);
  }
  if (a->rule->is_recorded)
    book_note_event(w->book, a->signal, EVENT_RECORDED, a->rule, 0, now);
  else if (!alert_is_held(a))
    gather_fired(w->gather, a, now);
}

void casework_rose(struct casework *w, struct alert *a, wall_ms now) {
  struct casefile *c = a->casefile;
  if (c == NULL || !incident_is_open(&c->incident)) {
    casework_refired(w, a, now);
    return;
  }
  note_alert(w, c, a,
             a->level == LEVEL_FAILURE ? "rose to failure" : "rose to warning",
             now);
  if (c->incident.acknowledged_by != NULL) {
    c->untold++;
    tell_acknowledger(w, c, now);
  }
}

/* It still fires though its incident was resolved by hand: as a new alert it
 * goes through its rule again. */
static void fire_anew(struct casework *w, struct alert *a, wall_ms now) {
  struct signal *copy = signal_copy(a->signal);
  struct alert *fresh = copy != NULL ? book_add_alert(w->book, copy) : NULL;
  if (fresh == NULL) {
    log_line(LOG_ERROR, "incident: rule %s: cannot declare: out of memory",
             a->rule->name);
    return;
  }
  alert_go_on(fresh, a, now);
  fresh->is_watched = a->is_watched;
  timers_set(&w->book->timers, &fresh->timer, alert_due(fresh));
  (void)alert_forget(a);
  a->is_watched = false;
  timers_set(&w->book->timers, &a->timer, WALL_NEVER);
  book_touch_alert(w->book, a);
  book_touch_alert(w->book, fresh);
  book_touch_casefile(w->book, a->casefile); /* it may be over now */
  hush_fired(w->hush, fresh, now);
  hush_over(w->hush, a, now);
  casework_fired(w, fresh, now);
  hush_inhibit(w->hush, fresh, now);
}

void casework_refired(struct casework *w, struct alert *a, wall_ms now) {
  const struct casefile *c = a->casefile;
  if (c != NULL && !incident_is_open(&c->incident) &&
      (c->incident.hold_until == WALL_NEVER || c->incident.hold_until <= now))
    fire_anew(w, a, now);
  else
    casework_wait_over(w, a, now);
}

/* ---- calming and resolving ---- */

/* Everything that follows from a resolve, whoever did it. */
void casework_close_incident(struct casework *w, struct casefile *c,
                             wall_ms now) {
  book_close_group(w->book, c);
  stop_runs(w, c);
  pager_cancel(w->pager, c, 0, "resolved", now);
  pager_tell_reached(w->pager, c, PAGE_RESOLVED, NULL, now);
  timers_set(&w->book->timers, &c->timer, c->incident.hold_until);
  book_touch_casefile(w->book, c);
  log_line(LOG_NOTICE, "incident: resolved incident %lld: %s", casework_id(c),
           c->incident.title);
}

static void calm(struct casework *w, struct casefile *c, wall_ms now) {
  struct entry e;
  bool is_auto = c->rule == NULL || c->rule->auto_resolve;
  if (incident_calm(&c->incident, is_auto, now, &e) != OK) {
    log_line(LOG_ERROR, "incident: incident %lld: out of memory",
             casework_id(c));
    return;
  }
  book_note_entry(w->book, &e);
  if (is_auto) {
    casework_close_incident(w, c, now);
    return;
  }
  stop_runs(w, c);
  pager_cancel(w->pager, c, 0, "all alerts have cleared", now);
  pager_tell_reached(w->pager, c, PAGE_UPDATE, NULL, now);
  book_touch_casefile(w->book, c);
}

void casework_cleared(struct casework *w, struct alert *a, wall_ms now) {
  struct casefile *c = a->casefile;
  if (c == NULL) {
    book_drop_alert(w->book, a);
    return;
  }
  if (!incident_is_open(&c->incident)) {
    book_touch_casefile(w->book, c); /* it may be over now */
    return;
  }
  c->incident.alerts_firing--;
  c->held -= alert_is_held(a);
  c->cleared++;
  c->cleared_one = a;
  casework_note_about(w, c);
  book_touch_casefile(w->book, c);
  if (c->incident.alerts_firing <= 0) {
    casework_note_alerts(w, now); /* before the entry that it resolved */
    calm(w, c, now);
  }
  casework_settle_pause(w, c, now);
}

void casework_lapsed(struct casework *w, struct alert *a) {
  if (a->casefile == NULL)
    book_drop_alert(w->book, a);
  else if (!incident_is_open(&a->casefile->incident))
    book_touch_casefile(w->book, a->casefile); /* it may be over now */
}

static void note_some(struct casework *w, const struct casefile *c, int64_t n,
                      const struct alert *one, const char *did, wall_ms now) {
  if (n == 1 && one != NULL)
    note_alert(w, c, one, did, now);
  else if (n > 0)
    book_note(w->book, c, KIND_ALERT, now, "%lld alerts %s", (long long)n, did);
}

void casework_note_alerts(struct casework *w, wall_ms now) {
  struct stack *noted = &w->book->noted;
  for (size_t i = 0; i < noted->n; i++) {
    struct casefile *c = noted->items[i];
    note_some(w, c, c->joined, c->joined_one, "joined", now);
    note_some(w, c, c->cleared, c->cleared_one, "cleared", now);
    casework_note_held(w, c, now);
    c->joined = c->cleared = 0;
    c->joined_one = c->cleared_one = NULL;
    c->is_noted = false;
  }
  noted->n = 0;
  hush_note(w->hush, now);
}

void casework_flapping(struct casework *w, struct alert *a, wall_ms now) {
  (void)w;
  (void)a;
  (void)now;
}

void casework_reopen(struct casework *w, struct casefile *c, struct alert *a,
                     wall_ms now) {
  (void)w;
  (void)c;
  (void)a;
  (void)now;
}

void casework_upgrade(struct casework *w, struct casefile *c, wall_ms now) {
  (void)w;
  (void)c;
  (void)now;
}

/* ---- time ---- */

void casework_incident_due(struct casework *w, struct casefile *c,
                           wall_ms now) {
  timers_set(&w->book->timers, &c->timer, WALL_NEVER);
  if (incident_is_open(&c->incident)) {
    if (c->untold > 0 && c->incident.acknowledged_by != NULL)
      tell_acknowledger(w, c, now);
    return;
  }
  for (struct alert *a = c->alerts, *next; a != NULL; a = next) {
    next = a->next;
    if (a->state == ALERT_FIRING)
      fire_anew(w, a, now);
  }
  book_touch_casefile(w->book, c); /* it may be over now */
}

/* ---- a changed configuration ---- */

void casework_rule_gone(struct casework *w, struct casefile *c, wall_ms now) {
  for (struct alert *a = c->alerts; a != NULL; a = a->next)
    if (alert_is_live(a)) {
      (void)alert_forget(a);
      book_touch_alert(w->book, a);
    }
  c->incident.alerts_firing = c->held = 0;
  c->incident.is_paused = false;
  stop_runs(w, c); /* what they have made goes out all the same */
  book_touch_casefile(w->book, c);
  if (c->incident.status == STATUS_MONITORING)
    return;
  c->incident.status = STATUS_MONITORING;
  book_note(w->book, c, KIND_STATUS, now,
            "monitoring: rule %s is gone from the configuration, nothing "
            "watches its alerts any more",
            c->incident.rule);
  pager_tell_reached(w->pager, c, PAGE_UPDATE, NULL, now);
}
