/* SPDX-License-Identifier: MIT */
/* The runs of an incident's chains: begun, gone on with, ended. */
#include "base/log.h"
#include "base/text.h"
#include "engine/casework_inside.h"

#include <stdio.h>
#include <string.h>

static void announce_exhausted(struct casework *w, const struct run *r,
                               wall_ms now) {
  const struct casefile *c = r->casefile;
  struct announcement a = {.level = LEVEL_FAILURE};
  struct buf b;
  buf_init(&b, 4096);
  buf_addf(&b, "incident %lld: nobody acknowledged, chain %s is exhausted",
           casework_id(c), r->chain_name);
  duty_add_contacts(w->duty, r->chain, now, &b);
  buf_addf(&b, ": %s", incident_name(&c->incident));
  text_clean(a.message, sizeof a.message, buf_text(&b), b.len);
  text_clean(a.plugin_instance, sizeof a.plugin_instance, r->chain_name,
             strlen(r->chain_name));
  snprintf(a.type_instance, sizeof a.type_instance, "%lld", casework_id(c));
  log_line(LOG_ERROR, "incident: %s", buf_text(&b));
  buf_fini(&b);
  w->announce(w->announce_arg, &a);
}

/* Until then; said once. */
static void wait_for_hours(struct casework *w, struct run *r, wall_ms until,
                           wall_ms now) {
  static const char *const days[] = {"Sunday",    "Monday",   "Tuesday",
                                     "Wednesday", "Thursday", "Friday",
                                     "Saturday"};
  const struct hours *hours = run_hours(r);
  struct wall_time at;
  timers_set(&w->book->timers, &r->timer, until);
  if (r->is_waiting)
    return;
  r->is_waiting = true;
  zone_wall(hours->zone, until, &at);
  book_touch_run(w->book, r);
  book_note(w->book, r->casefile, KIND_PAGE, now,
            "chain %s waits for PageHours \"%s\" until %s, %04d-%02d-%02d "
            "%02d:%02d",
            r->chain_name, hours->name, days[at.weekday], at.year, at.month,
            at.day, at.hour, at.minute);
}

void casework_run_due(struct casework *w, struct run *r, wall_ms now) {
  if (r->casefile->incident.is_paused) { /* as soon as that is over */
    book_touch_run(w->book, r);
    pager_settle(w->pager, r);
    return;
  }
  if (r->again_due <= now && run_due(r) > now) {
    pager_again(w->pager, r, now);
    return;
  }
  wall_ms opens = run_open_at(r, run_hours(r), now);
  if (opens > now) {
    wait_for_hours(w, r, opens, now);
    return;
  }
  bool was_exhausted = r->state == RUN_EXHAUSTED;
  enum run_move move = run_advance(r, now);
  if (book_run_is_quiet(r) && (was_exhausted || move == RUN_EXHAUSTION)) {
    casework_stop_run(w, r);
    return;
  }
  switch (move) {
  case RUN_STEP:
    pager_step(w->pager, r, now);
    return;
  case RUN_EXHAUSTION:
    book_touch_run(w->book, r);
    book_note(w->book, r->casefile, KIND_EXHAUSTED, now,
              "chain exhausted: %s, nobody acknowledged", r->chain_name);
    announce_exhausted(w, r, now);
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

static bool is_by_people(const struct run *r) {
  return r->source == RUN_ASKED_FOR || r->source == RUN_FOR_ROLE;
}

/* Somebody had these people paged once, and they have stopped: it is for
 * somebody to do so again, unless there is no other run. */
static bool is_done(const struct run *r) {
  return is_by_people(r) && r->state == RUN_STOPPED;
}

static bool has_own_or_severity(const struct casefile *c) {
  const struct run *r = c->runs;
  while (r != NULL && is_by_people(r))
    r = r->next;
  return r != NULL;
}

void casework_restart_runs(struct casework *w, struct casefile *c,
                           bool only_exhausted, wall_ms now) {
  if (c->runs == NULL) {
    casework_start_runs(w, c, now);
    return;
  }
  bool is_alone = !has_own_or_severity(c);
  for (struct run *r = c->runs; r != NULL; r = r->next)
    if (r->chain != NULL && (!only_exhausted || r->state == RUN_EXHAUSTED) &&
        (is_alone || !is_done(r))) {
      run_restart(r, now);
      casework_run_due(w, r, now);
    }
}

static bool has_schedule(const struct chain *chain, const struct schedule *s) {
  for (size_t i = 0; i < chain->steps_n; i++)
    for (size_t t = 0; t < chain->steps[i].targets_n; t++)
      if (chain->steps[i].targets[t].schedule == s)
        return true;
  return false;
}

void casework_restart_for(struct casework *w, const struct schedule *s,
                          wall_ms now) {
  for (struct casefile *c = w->book->casefiles; c != NULL; c = c->next)
    for (struct run *r = c->runs; r != NULL; r = r->next)
      if (r->state == RUN_EXHAUSTED && r->chain != NULL &&
          incident_is_open(&c->incident) && has_schedule(r->chain, s)) {
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

void casework_stop_runs(struct casework *w, struct casefile *c) {
  for (struct run *r = c->runs; r != NULL; r = r->next)
    casework_stop_run(w, r);
}

bool casework_has_exhausted(const struct casefile *c) {
  for (const struct run *r = c->runs; r != NULL; r = r->next)
    if (r->state == RUN_EXHAUSTED)
      return true;
  return false;
}

static bool is_closed(const struct run *r, wall_ms now) {
  const struct hours *hours = run_hours(r);
  return hours != NULL && !hours_is_open(hours, now);
}

static bool goes_on(const struct run *r) {
  return r->state != RUN_STOPPED && !book_run_is_quiet(r);
}

void casework_escalate(struct casework *w, struct casefile *c, bool is_asked,
                       wall_ms now) {
  bool is_any = false;
  if (c->runs == NULL) {
    casework_start_runs(w, c, now);
    return;
  }
  for (const struct run *r = c->runs; r != NULL; r = r->next)
    is_any = is_any || goes_on(r);
  for (struct run *r = c->runs; r != NULL; r = r->next)
    if (r->chain != NULL && (is_asked || !is_closed(r, now)) &&
        (is_any ? goes_on(r) : r->source == RUN_OWN)) {
      run_escalate(r, now);
      pager_step(w->pager, r, now);
    }
}

void casework_run_severity(struct casework *w, struct casefile *c,
                           wall_ms now) {
  const struct severity *s =
      settings_severity(w->settings, c->incident.severity);
  if (s == NULL || s->chain == NULL)
    return;
  for (struct run *r = c->runs; r != NULL; r = r->next)
    if (r->chain == s->chain && !is_by_people(r))
      return;
  start_run(w, c, s->chain, RUN_OF_SEVERITY, now);
}
