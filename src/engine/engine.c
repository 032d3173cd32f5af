/* SPDX-License-Identifier: MIT */
/* A turn:
 *
 *   begin -> requests -> outcomes -> signals -> timers -> claim -> write
 *         -> commit -> send
 *
 * If the ledger cannot be begun or committed, the turn has still been made in
 * the book: what it changed stays dirty, and pages leave all the same. That is
 * the degraded state (SPEC section 3, "The page matters more than the ledger");
 * it ends when a later turn has written everything.
 *
 * Requests are read inside the transaction that claims pages, so no page is
 * claimed after an acknowledgement is in the ledger.
 */
#include "engine/engine_inside.h"

#include "base/log.h"
#include "engine/calendars.h"
#include "engine/resume.h"

#include <stdlib.h>
#include <string.h>

/* A turn stops taking signals in at so many rows, and stops at as many more of
 * what is due, so that tools get their turn at the ledger; and at so many
 * signals, most of which may change nothing. */
#define TURN_ROWS_MAX 2000
#define TURN_SIGNALS_MAX 20000
/* A write after a degraded time may have more. */
#define WRITE_ROWS_MAX 8000

#define BEGIN_WAIT_MS 500 /* SPEC section 3: locked by a stranger */
/* Never idle: the log is written back all the same, lest it fill the disk. */
#define CHECKPOINT_ROWS 250000
#define ALIVE_MS 60000  /* as often, and with every change */
#define REPORT_MS 60000 /* refusals are reported so often at most */

/* ---- the parts of a turn ---- */

static bool is_full(const struct engine *e) {
  /* What an older turn could not write must not stop this one. */
  return book_dirt(&e->book) - e->dirt_before >= TURN_ROWS_MAX;
}

static void take_signals(struct engine *e, wall_ms now) {
  const struct signal *s;
  for (size_t n = 0; n < TURN_SIGNALS_MAX && (n == 0 || !is_full(e)); n++) {
    s = intake_next(e->parts.intake);
    if (s == NULL)
      break;
    if (s->kind == SIGNAL_BEAT) {
      heart_beat(&e->heart);
      continue;
    }
    if (s->received < e->pager.heard_at)
      e->pager.heard_at = s->received;
    triage_signal(&e->triage, s, now);
  }
}

static void take_outcomes(struct engine *e, wall_ms now) {
  struct outcome *o = e->parts.sender.outcomes(e->parts.sender.self);
  while (o != NULL) {
    struct outcome *next = o->next;
    if (!heart_outcome(&e->heart, o, now))
      pager_outcome(&e->pager, o, now);
    outcome_free(o);
    o = next;
  }
}

#define OWNER(type, pointer)                                                   \
  ((type *)(void *)((char *)(pointer)-offsetof(type, timer)))

static void run_timers(struct engine *e, wall_ms now) {
  struct timer *t;
  while ((t = timers_first(&e->book.timers)) != NULL && t->due <= now &&
         !is_full(e))
    switch ((enum timer_kind)t->kind) {
    case TIMER_ALERT:
      triage_alert_due(&e->triage, OWNER(struct alert, t), now);
      break;
    case TIMER_RUN:
      casework_run_due(&e->work, OWNER(struct run, t), now);
      break;
    case TIMER_PAGE:
      pager_due(&e->pager, OWNER(struct page, t), now);
      break;
    case TIMER_INCIDENT:
      casework_incident_due(&e->work, OWNER(struct casefile, t), now);
      break;
    case TIMER_GATHERING:
      gather_due(&e->gather, OWNER(struct gathering, t), now);
      break;
    case TIMER_HUSH:
      hush_due(&e->hush, now);
      break;
    case TIMER_ABSENCE:
      triage_absence_due(&e->triage, OWNER(struct absence, t), now);
      break;
    case TIMER_AGENDA:
      agenda_due(&e->agenda, e->is_begun ? e->ledger : NULL, e->parts.watch,
                 now);
      break;
    case TIMER_EVIDENCE:
      evidence_due(&e->evidence, now);
      break;
    case TIMER_DUTY:
      duty_due(&e->duty, now);
      break;
    case TIMER_HEALTH:
      pager_health_due(&e->pager, now);
      break;
    }
}

/* The clock was set back: whatever lies ahead lies no further than it can.
 * Pages that have been tried are so again now; their next wait is a full one.
 */
static void clamp_all(struct engine *e, wall_ms now) {
  struct book *b = &e->book;
  for (size_t i = 0; i < b->alert_buckets; i++)
    for (struct alert *a = b->alert_table[i]; a != NULL; a = a->bucket_next) {
      alert_clamp(a, now);
      timers_set(&b->timers, &a->timer, alert_due(a));
    }
  absences_clamp(&e->absences, now);
  for (struct casefile *c = b->casefiles; c != NULL; c = c->next) {
    for (struct run *r = c->runs; r != NULL; r = r->next) {
      run_clamp(r, now);
      pager_plan_again(&e->pager, r);
    }
    for (struct page *p = c->pages_first; p != NULL; p = p->next)
      pager_clamp(&e->pager, p, now);
    casework_clamp(&e->work, c, now);
  }
  for (struct page *p = b->tests_first; p != NULL; p = p->next)
    pager_clamp(&e->pager, p, now);
  gather_clamp(&e->gather, now);
  evidence_clamp(&e->evidence, now);
  agenda_clamp(&e->agenda, now);
  hush_changed(&e->hush, now);
  duty_changed(&e->duty, now);
  pager_health_due(&e->pager, now);
}

static void report_refusals(struct engine *e, wall_ms now) {
  struct intake_counts c;
  if (now < e->report_at && e->report_at - now <= REPORT_MS)
    return;
  intake_counts(e->parts.intake, &c);
  uint64_t refused = c.refused_okay + c.refused_warning + c.refused_failure -
                     e->reported.refused_okay - e->reported.refused_warning -
                     e->reported.refused_failure;
  if (refused == 0 && e->book.entries_lost == 0)
    return;
  if (refused > 0)
    log_line(
        LOG_WARNING,
        "incident: intake full: %llu notifications refused (%llu of them "
        "FAILURE)",
        (unsigned long long)refused,
        (unsigned long long)(c.refused_failure - e->reported.refused_failure));
  if (e->book.entries_lost > 0)
    log_line(LOG_WARNING, "incident: %lld timeline entries were lost",
             (long long)e->book.entries_lost);
  e->book.entries_lost = 0;
  e->reported = c;
  e->report_at = now + REPORT_MS;
}

/* ---- the turn ---- */

/* True with an open transaction. */
static bool begin(struct engine *e, wall_ms now, const char **why) {
  enum err err;
  *why = "";
  if (e->is_degraded && now < e->retry_at &&
      e->retry_at - now <= ENGINE_RETRY_MS)
    return false;
  if (e->ledger == NULL && engine_open_ledger(e, now, why) != OK) {
    e->retry_at = now + ENGINE_RETRY_MS;
    return false;
  }
  err = ledger_begin(e->ledger, e->is_degraded ? 0 : BEGIN_WAIT_MS);
  if (err == OK)
    return true;
  *why = ledger_why(e->ledger);
  if (e->is_degraded)
    e->retry_at = now + ENGINE_RETRY_MS;
  return false;
}

static enum err mirror_settings(struct engine *e) {
  char started[CLOCK_TEXT];
  if (e->is_mirrored)
    return OK;
  clock_print(e->started_at, started);
  enum err err = ledger_set(e->ledger, "config", e->parts.public_config);
  if (err == OK)
    err = ledger_set(e->ledger, "started_at", started);
  return err;
}

/* When the plugin last ran, for the next start: what does not run through
 * downtime. */
static enum err note_alive(struct engine *e, wall_ms now) {
  char at[CLOCK_TEXT];
  bool is_late = now < e->alive_at || now - e->alive_at >= ALIVE_MS;
  if (!is_late && (book_dirt(&e->book) == 0 || pager_has_parcels(&e->pager)))
    return OK; /* pages do not wait for it: their outcomes bring it soon */
  clock_print(now, at);
  enum err err = ledger_set(e->ledger, "alive_at", at);
  if (err == OK)
    e->alive_at = now;
  return err;
}

/* Ends the transaction with what is dirty in it; ticket: what of the intake it
 * has. True if it is durable. */
static bool write_book(struct engine *e, wall_ms now, uint64_t ticket) {
  size_t dirt = book_dirt(&e->book);
  enum err err = mirror_settings(e);
  if (err == OK)
    err = note_alive(e, now);
  if (err == OK)
    err = duty_write(&e->duty, e->ledger);
  if (err == OK)
    err = pager_write_health(&e->pager, e->ledger);
  if (err == OK)
    err = book_write(&e->book, e->ledger, WRITE_ROWS_MAX);
  if (err == OK && e->book.wrote_casefiles == e->book.dirty_casefiles.n)
    err = agenda_write(&e->agenda, e->ledger); /* of those that are there */
  if (err == OK)
    err = ledger_commit(e->ledger);
  else
    ledger_rollback(e->ledger);
  if (err == ERR_CORRUPT) {
    engine_replace_damaged(e, now);
    return false;
  }
  if (err != OK) {
    e->has_changed = true; /* its requests are still to be dropped */
    e->alive_at = 0;       /* a try that has nothing to write tells nothing */
    engine_degrade(e, now, ledger_why(e->ledger));
    return false;
  }
  e->is_mirrored = e->duty.is_written = e->pager.is_health_written = true;
  e->dropped = e->last_request;
  book_written(&e->book);
  agenda_written(&e->agenda, e->ledger);
  e->rows_since_checkpoint += dirt;
  if (book_dirt(&e->book) > 0)
    return true;
  e->durable = ticket;
  if (e->is_degraded) {
    e->is_degraded = false;
    e->measure.is_stale = true;
    engine_close_gap(e);
    engine_take_ids(e);
    log_line(LOG_NOTICE,
             "incident: ledger %s can be written again and has everything",
             e->parts.ledger_path);
  }
  return true;
}

static wall_ms next_turn(const struct engine *e, wall_ms now) {
  const struct timer *first = timers_first(&e->book.timers);
  wall_ms next = first != NULL ? first->due : WALL_NEVER;
  if (intake_is_amid(e->parts.intake) ||
      (!e->is_degraded && book_dirt(&e->book) > 0))
    return now;
  if (e->is_degraded && e->retry_at < next)
    next = e->retry_at;
  return next;
}

wall_ms engine_turn(struct engine *e) {
  wall_ms now = e->parts.clock->wall(e->parts.clock);
  const char *why;
  bool is_begun = begin(e, now, &why);
  if (!is_begun && e->ledger != NULL)
    engine_open_gap(e);
  else if (!e->is_degraded)
    engine_close_gap(e);
  e->dirt_before = book_dirt(&e->book);
  if (now < e->last)
    clamp_all(e, now);
  e->last = now;
  e->pager.heard_at = WALL_NEVER;
  past_turn(&e->book.past, now);
  if (is_begun && engine_read_requests(e) == ERR_CORRUPT) {
    ledger_rollback(e->ledger);
    engine_replace_damaged(e, now);
    is_begun = false;
  }
  e->is_begun = is_begun;
  engine_take_handed(e, now);
  if (calendars_take(e->parts.calendars))
    duty_due(&e->duty, now);
  take_outcomes(e, now);
  hush_due(&e->hush, now);
  take_signals(e, now);
  /* However many there are, what is due comes in the same turn, the pages that
   * they have made above all. */
  e->dirt_before = book_dirt(&e->book);
  run_timers(e, now);
  casework_note_alerts(&e->work, now);
  pager_claim(&e->pager, now);
  pager_review(&e->pager, now);
  report_refusals(e, now);
  if (e->heart.is_beating)
    e->alive_at = 0; /* it is to prove that rows are written */
  if (book_dirt(&e->book) > 0 || !e->pager.is_health_written || e->is_degraded)
    e->measure.is_stale = true;
  bool is_durable =
      is_begun && write_book(e, now, intake_read_ticket(e->parts.intake));
  if (!is_begun && pager_has_parcels(&e->pager))
    engine_degrade(e, now, why);
  pager_send(&e->pager);
  heart_send(&e->heart, is_durable, now);
  casework_log(&e->work);
  engine_measure(e);
  return next_turn(e, now);
}

bool engine_is_wanted(struct engine *e) {
  if (e->handed != NULL)
    return true;
  if (!e->is_degraded && ledger_has_changed(e->ledger))
    e->has_changed = true;
  return !e->is_degraded && e->has_changed;
}

void engine_rest(struct engine *e, bool is_idle) {
  if (e->ledger == NULL || e->is_degraded ||
      e->rows_since_checkpoint <= (is_idle ? 0 : CHECKPOINT_ROWS))
    return;
  if (ledger_checkpoint(e->ledger) == 0)
    e->rows_since_checkpoint = 0;
}

bool engine_tidy(struct engine *e) {
  if (e->ledger == NULL || e->is_degraded)
    return false;
  int64_t rows = prune_some(&e->prune, e->ledger, e->parts.settings->retention,
                            e->parts.clock->wall(e->parts.clock));
  e->rows_since_checkpoint += (size_t)rows;
  return rows > 0;
}

void engine_finish(struct engine *e) {
  wall_ms now = e->parts.clock->wall(e->parts.clock);
  e->retry_at = now; /* one more try */
  e->alive_at = 0;
  evidence_finish(&e->evidence, now);
  do
    engine_turn(e);
  while (!e->is_degraded && intake_has_more(e->parts.intake));
}

uint64_t engine_durable(const struct engine *e) { return e->durable; }

void engine_status(const struct engine *e, struct engine_status *status) {
  *status = (struct engine_status){.is_degraded = e->is_degraded,
                                   .rows_waiting = book_dirt(&e->book)};
  for (const struct casefile *c = e->book.casefiles; c != NULL; c = c->next)
    status->incidents_open += incident_is_open(&c->incident);
  if (e->parts.series != NULL)
    series_counts(e->parts.series, &status->series);
}

void engine_each_open(const struct engine *e,
                      void (*each)(void *arg, const struct incident *i),
                      void *arg) {
  for (const struct casefile *c = e->book.casefiles; c != NULL; c = c->next)
    if (incident_is_open(&c->incident))
      each(arg, &c->incident);
}

void engine_each_override(const struct engine *e,
                          void (*each)(void *arg, const struct override *o),
                          void *arg) {
  for (size_t i = 0; i < e->book.overrides_n; i++)
    if (!override_is_over(e->book.overrides[i], e->last))
      each(arg, e->book.overrides[i]);
}

const struct calendar *engine_calendar(const struct engine *e,
                                       const char *schedule) {
  const struct schedule *s = settings_schedule(e->book.settings, schedule);
  return s != NULL ? calendars_of(e->duty.calendars, s) : NULL;
}

void engine_each_silence(const struct engine *e,
                         void (*each)(void *arg, const struct silence *s,
                                      wall_ms now),
                         void *arg) {
  for (size_t i = 0; i < e->book.silences.n; i++)
    each(arg, e->book.silences.items[i], e->last);
}
