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
#include "engine/engine.h"

#include "base/log.h"
#include "engine/resume.h"
#include "engine/triage.h"

#include <stdlib.h>
#include <string.h>

/* A turn stops taking things in at so many rows, so that tools get their turn
 * at the ledger, and at so many signals, most of which may change nothing. */
#define TURN_ROWS_MAX 2000
#define TURN_SIGNALS_MAX 20000
/* A write after a degraded time may have more. */
#define WRITE_ROWS_MAX 8000

#define BEGIN_WAIT_MS 500    /* SPEC section 3: locked by a stranger */
#define RETRY_MS 1000        /* degraded: how often the ledger is tried */
#define ID_GAP 100           /* degraded: ids start so far above the last */
#define FAR_INCIDENT 1000000 /* ids while no ledger could be opened at all */
#define FAR_ID (1LL << 40)
/* Never idle: the log is written back all the same, lest it fill the disk. */
#define CHECKPOINT_ROWS 250000
#define REPORT_MS 60000 /* refusals are reported so often at most */

struct handed {
  struct handed *next;
  struct request request;
  engine_reply *reply;
  void *arg;
};

struct engine {
  struct engine_parts parts;
  struct ledger_lock lock;
  struct ledger *ledger; /* NULL: could not be opened yet */
  struct book book;
  struct pager pager;
  struct casework work;
  struct gather gather;
  struct hush hush;
  struct evidence evidence;
  struct absences absences;
  struct triage triage;
  struct handed *handed, **handed_end;
  wall_ms last;         /* the last turn's now */
  int64_t last_request; /* carried out */
  int64_t dropped;      /* requests up to this one are gone from the ledger */
  uint64_t durable;     /* intake ticket */
  bool has_changed;     /* by others, since its requests were read */
  bool is_mirrored;     /* the ledger has the configuration in force */
  bool is_degraded;
  size_t dirt_before; /* what the book owed the ledger when the turn began */
  /* What ids.incident was before the gap, and behind it; 0: no gap. */
  int64_t gap_from, gap_to;
  wall_ms retry_at;  /* degraded: when the ledger is tried again */
  wall_ms report_at; /* refusals: not before */
  size_t rows_since_checkpoint;
  struct intake_counts reported;
};

/* ---- opening ---- */

static void tell_replaced(struct engine *e, const struct ledger_salvage *s) {
  struct buf b;
  buf_init(&b, 2048);
  buf_addf(&b,
           "The ledger was corrupt and has been replaced: %lld incidents and "
           "%lld alerts were saved%s",
           (long long)s->incidents, (long long)s->alerts,
           s->is_complete ? "" : ", some could not be read");
  log_line(LOG_ERROR, "incident: %s; the old file is %s", buf_text(&b),
           s->moved_to);
  if (casework_declare_own(&e->work, buf_text(&b), e->last) != OK)
    log_line(LOG_ERROR, "incident: cannot declare: out of memory");
  buf_fini(&b);
}

static void take_ids(struct engine *e) {
  struct ledger_ids ids;
  if (ledger_next_ids(e->ledger, &ids) != OK)
    return;
  if (e->book.ids.incident < ids.incident)
    e->book.ids.incident = ids.incident;
  if (e->book.ids.alert < ids.alert)
    e->book.ids.alert = ids.alert;
  if (e->book.ids.run < ids.run)
    e->book.ids.run = ids.run;
  if (e->book.ids.page_seq < ids.page_seq)
    e->book.ids.page_seq = ids.page_seq;
}

static enum err open_and_load(struct engine *e, wall_ms now, const char **why) {
  enum err err = ledger_open(e->parts.ledger_path, LEDGER_OWN, &e->ledger, why);
  if (err != OK)
    return err;
  take_ids(e);
  err = resume_book(&e->work, e->ledger, e->parts.watch, now);
  if (err != OK) {
    *why = ledger_why(e->ledger);
    ledger_close(e->ledger);
    e->ledger = NULL;
  }
  return err;
}

/* Opens and loads the ledger; a corrupt one is replaced. On failure there is
 * none. */
static enum err open_ledger(struct engine *e, wall_ms now, const char **why) {
  const char *path = e->parts.ledger_path;
  struct ledger_salvage salvage;
  enum err err = open_and_load(e, now, why);
  e->is_mirrored = false;
  e->has_changed = true;
  if (err != ERR_CORRUPT)
    return err;
  log_line(LOG_ERROR, "incident: ledger %s is corrupt: %s", path, *why);
  err = ledger_replace(path, now, &salvage, why);
  if (err == OK)
    err = open_and_load(e, now, why);
  if (err == OK)
    tell_replaced(e, &salvage);
  return err;
}

/* Without a transaction of ours, a tool may declare meanwhile: what we declare
 * keeps clear of that. */
static void open_gap(struct engine *e) {
  if (e->gap_to != 0)
    return;
  e->gap_from = e->book.ids.incident;
  e->gap_to = e->book.ids.incident += ID_GAP;
}

/* There is a transaction again: an unused gap is none. */
static void close_gap(struct engine *e) {
  if (e->book.ids.incident == e->gap_to)
    e->book.ids.incident = e->gap_from;
  e->gap_to = 0;
}

static void degrade(struct engine *e, wall_ms now, const char *why) {
  e->retry_at = now + RETRY_MS;
  if (e->is_degraded)
    return;
  e->is_degraded = true;
  if (e->ledger != NULL) {
    open_gap(e);
  } else { /* what there is in it is not known: keep well clear of that */
    e->book.ids.incident += FAR_INCIDENT;
    e->book.ids.alert += FAR_ID;
    e->book.ids.run += FAR_ID;
    e->book.ids.page_seq += FAR_ID;
  }
  log_line(LOG_ERROR,
           "incident: ledger %s cannot be written: %s; paging goes on from "
           "memory, a crash now loses what is only there",
           e->parts.ledger_path, why);
}

enum err engine_new(const struct engine_parts *parts,
                    struct engine **own_engine, const char **why) {
  static _Thread_local char line[256];
  pid_t holder = 0;
  struct engine *e = calloc(1, sizeof *e);
  enum err err = ERR_NOMEM;
  *why = err_text(err);
  if (e == NULL)
    return err;
  e->parts = *parts;
  e->lock.fd = -1;
  e->handed_end = &e->handed;
  e->last = parts->clock->wall(parts->clock);
  book_init(&e->book, parts->settings);
  e->book.ids = (struct ledger_ids){1, 1, 1, 1, 1};
  err = pager_init(&e->pager, &e->book, parts->sender);
  if (err != OK)
    goto out;
  e->work = (struct casework){.book = &e->book,
                              .pager = &e->pager,
                              .gather = &e->gather,
                              .hush = &e->hush,
                              .evidence = &e->evidence,
                              .settings = parts->settings,
                              .announce = parts->announce,
                              .announce_arg = parts->announce_arg};
  absences_init(&e->absences, &e->book, parts->series);
  evidence_init(&e->evidence, &e->book, parts->series,
                parts->settings->evidence);
  err = gather_init(&e->gather, &e->work);
  if (err == OK)
    err = hush_init(&e->hush, &e->work);
  if (err == OK)
    err = triage_init(&e->triage, &e->work, parts->watch, parts->series,
                      &e->absences);
  if (err == OK)
    err = triage_begin(&e->triage, parts->settings, e->last);
  if (err != OK)
    goto out;
  err = ledger_lock_own(parts->ledger_path, &e->lock, &holder);
  if (err == ERR_BUSY) {
    struct buf b;
    buf_init(&b, sizeof line - 1);
    buf_addf(&b, "it belongs to the running instance with pid %ld",
             (long)holder);
    memcpy(line, buf_text(&b), b.len + 1);
    buf_fini(&b);
    *why = line;
    goto out;
  }
  err = open_ledger(e, e->last, why);
  if (err == ERR_NEWER || err == ERR_NOMEM)
    goto out;
  if (err != OK)
    degrade(e, e->last, *why);
  *own_engine = e;
  e = NULL;
  err = OK;
out:
  engine_free(e);
  return err;
}

void engine_free(struct engine *e) {
  if (e == NULL)
    return;
  for (struct handed *next; e->handed != NULL; e->handed = next) {
    next = e->handed->next;
    request_fini(&e->handed->request);
    free(e->handed);
  }
  absences_fini(&e->absences);
  gather_fini(&e->gather);
  hush_fini(&e->hush);
  pager_fini(&e->pager);
  book_fini(&e->book);
  ledger_close(e->ledger);
  ledger_lock_release(&e->lock);
  triage_fini(&e->triage);
  free(e);
}

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
    triage_signal(&e->triage, s, now);
  }
}

static void take_outcomes(struct engine *e, wall_ms now) {
  struct outcome *o = e->parts.sender.outcomes(e->parts.sender.self);
  while (o != NULL) {
    struct outcome *next = o->next;
    pager_outcome(&e->pager, o, now);
    outcome_free(o);
    o = next;
  }
}

#define OWNER(type, pointer)                                                   \
  ((type *)(void *)((char *)(pointer)-offsetof(type, timer)))

static void run_timers(struct engine *e, wall_ms now) {
  struct timer *t;
  struct alert *a;
  while ((t = timers_first(&e->book.timers)) != NULL && t->due <= now &&
         !is_full(e))
    switch ((enum timer_kind)t->kind) {
    case TIMER_ALERT:
      a = OWNER(struct alert, t);
      triage_news(&e->triage, a, alert_tick(a, now), now);
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
    case TIMER_EVIDENCE:
      evidence_due(&e->evidence, now);
      break;
    }
}

/* The clock was set back: whatever lies ahead lies no further than it can.
 * Pages that wait are tried now; their next wait is a full one. */
static void clamp_all(struct engine *e, wall_ms now) {
  struct book *b = &e->book;
  for (size_t i = 0; i < b->alert_buckets; i++)
    for (struct alert *a = b->alert_table[i]; a != NULL; a = a->bucket_next) {
      alert_clamp(a, now);
      timers_set(&b->timers, &a->timer, alert_due(a));
    }
  for (struct casefile *c = b->casefiles; c != NULL; c = c->next) {
    for (struct run *r = c->runs; r != NULL; r = r->next) {
      run_clamp(r, now);
      pager_settle(&e->pager, r);
    }
    for (struct page *p = c->pages_first; p != NULL; p = p->next)
      if (p->timer.due != WALL_NEVER && p->timer.due > now)
        timers_set(&b->timers, &p->timer, now);
    if (c->untold > 0 && c->incident.join_told_at > now)
      timers_set(&b->timers, &c->timer, now);
    span_ms hold = c->rule != NULL ? c->rule->hold : 0;
    if (c->incident.hold_until != WALL_NEVER &&
        c->incident.hold_until > now + hold) {
      c->incident.hold_until = now + hold;
      timers_set(&b->timers, &c->timer, now + hold);
    }
  }
}

static enum err carry_out(void *arg, const struct request *r) {
  struct engine *e = arg;
  struct casefile *c;
  const struct entry *entry;
  const char *why;
  enum err err = OK;
  if (r->verb != VERB_TEST &&
      (r->verb == VERB_RESOLVE || book_casefile(&e->book, r->incident) == NULL))
    err = resume_incident(&e->work, e->ledger, e->parts.watch, r->incident,
                          e->last);
  if (err == OK)
    err = casework_request(&e->work, r, e->last, &c, &entry, &why);
  /* Whoever made it has checked that it may be; if it may not any more, because
   * time has passed, there is nothing left to do. */
  if (err == ERR_NOTFOUND || err == ERR_CONFLICT)
    err = OK;
  if (err == OK)
    e->last_request = r->id;
  return err;
}

static enum err read_requests(struct engine *e) {
  e->has_changed = ledger_has_changed(e->ledger) || e->has_changed;
  if (!e->has_changed)
    return OK;
  take_ids(e);
  enum err err = ledger_requests(e->ledger, e->last_request, carry_out, e);
  if (err == OK && e->last_request > e->dropped)
    err = ledger_drop_requests(e->ledger, e->last_request);
  e->has_changed = err != OK;
  return err;
}

static void take_handed(struct engine *e, wall_ms now) {
  while (e->handed != NULL) {
    struct handed *h = e->handed;
    struct casefile *c = NULL;
    const struct entry *entry = NULL;
    const char *why = NULL;
    enum err err =
        casework_request(&e->work, &h->request, now, &c, &entry, &why);
    h->reply(h->arg, err, why, c != NULL ? &c->incident : NULL, entry);
    e->handed = h->next;
    request_fini(&h->request);
    free(h);
  }
  e->handed_end = &e->handed;
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
  if (e->is_degraded && now < e->retry_at && e->retry_at - now <= RETRY_MS)
    return false;
  if (e->ledger == NULL && open_ledger(e, now, why) != OK) {
    e->retry_at = now + RETRY_MS;
    return false;
  }
  err = ledger_begin(e->ledger, e->is_degraded ? 0 : BEGIN_WAIT_MS);
  if (err == OK)
    return true;
  *why = ledger_why(e->ledger);
  if (e->is_degraded)
    e->retry_at = now + RETRY_MS;
  return false;
}

/* The database is damaged under us: a new one is filled from the old file and
 * then from the book, which has all that is open. */
static void replace_damaged(struct engine *e, wall_ms now) {
  struct ledger_salvage salvage;
  const char *why = NULL;
  struct book *b = &e->book;
  log_line(LOG_ERROR, "incident: ledger %s is corrupt: %s",
           e->parts.ledger_path, ledger_why(e->ledger));
  ledger_close(e->ledger);
  e->ledger = NULL;
  if (ledger_replace(e->parts.ledger_path, now, &salvage, &why) != OK ||
      ledger_open(e->parts.ledger_path, LEDGER_OWN, &e->ledger, &why) != OK) {
    degrade(e, now, why);
    return;
  }
  for (struct casefile *c = b->casefiles; c != NULL; c = c->next) {
    book_touch_casefile(b, c);
    for (struct run *r = c->runs; r != NULL; r = r->next)
      book_touch_run(b, r);
    for (struct page *p = c->pages_first; p != NULL; p = p->next)
      book_touch_page(b, p);
  }
  for (size_t i = 0; i < b->alert_buckets; i++)
    for (struct alert *a = b->alert_table[i]; a != NULL; a = a->bucket_next)
      book_touch_alert(b, a);
  e->is_mirrored = false;
  e->has_changed = true;
  tell_replaced(e, &salvage);
}

static enum err mirror_settings(struct engine *e, wall_ms now) {
  char started[CLOCK_TEXT];
  if (e->is_mirrored)
    return OK;
  clock_print(now, started);
  enum err err = ledger_set(e->ledger, "config", e->parts.public_config);
  if (err == OK)
    err = ledger_set(e->ledger, "started_at", started);
  return err;
}

/* Ends the transaction with what is dirty in it; ticket: what of the intake it
 * has. */
static void write_book(struct engine *e, wall_ms now, uint64_t ticket) {
  size_t dirt = book_dirt(&e->book);
  enum err err = mirror_settings(e, now);
  if (err == OK)
    err = book_write(&e->book, e->ledger, WRITE_ROWS_MAX);
  if (err == OK)
    err = ledger_commit(e->ledger);
  else
    ledger_rollback(e->ledger);
  if (err == ERR_CORRUPT) {
    replace_damaged(e, now);
    return;
  }
  if (err != OK) {
    e->has_changed = true; /* its requests are still to be dropped */
    degrade(e, now, ledger_why(e->ledger));
    return;
  }
  e->is_mirrored = true;
  e->dropped = e->last_request;
  book_written(&e->book);
  e->rows_since_checkpoint += dirt;
  if (book_dirt(&e->book) > 0)
    return;
  e->durable = ticket;
  if (e->is_degraded) {
    e->is_degraded = false;
    close_gap(e);
    take_ids(e);
    log_line(LOG_NOTICE,
             "incident: ledger %s can be written again and has everything",
             e->parts.ledger_path);
  }
}

static wall_ms next_turn(const struct engine *e, wall_ms now) {
  const struct timer *first = timers_first(&e->book.timers);
  wall_ms next = first != NULL ? first->due : WALL_NEVER;
  if (intake_has_more(e->parts.intake) ||
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
    open_gap(e);
  else if (!e->is_degraded)
    close_gap(e);
  e->dirt_before = book_dirt(&e->book);
  if (now < e->last)
    clamp_all(e, now);
  e->last = now;
  if (is_begun && read_requests(e) == ERR_CORRUPT) {
    ledger_rollback(e->ledger);
    replace_damaged(e, now);
    is_begun = false;
  }
  take_handed(e, now);
  take_outcomes(e, now);
  take_signals(e, now);
  run_timers(e, now);
  casework_note_alerts(&e->work, now);
  pager_claim(&e->pager, now);
  report_refusals(e, now);
  if (is_begun)
    write_book(e, now, intake_read_ticket(e->parts.intake));
  else if (pager_has_parcels(&e->pager))
    degrade(e, now, why);
  pager_send(&e->pager);
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

void engine_finish(struct engine *e) {
  wall_ms now = e->parts.clock->wall(e->parts.clock);
  e->retry_at = now; /* one more try */
  do
    engine_turn(e);
  while (!e->is_degraded && intake_has_more(e->parts.intake));
}

enum err engine_hand(struct engine *e, const struct request *r,
                     engine_reply *reply, void *arg) {
  struct handed *h = calloc(1, sizeof *h);
  if (h == NULL)
    return ERR_NOMEM;
  h->request = *r;
  h->request.id = 0;
  h->reply = reply;
  h->arg = arg;
  char **texts[] = {&h->request.by,       &h->request.text,
                    &h->request.severity, &h->request.chain,
                    &h->request.service,  &h->request.commander};
  enum err err = OK;
  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
    const char *text = *texts[i];
    *texts[i] = NULL;
    if (err == OK)
      err = incident_set_text(texts[i], text);
  }
  if (err != OK) {
    request_fini(&h->request);
    free(h);
    return err;
  }
  *e->handed_end = h;
  e->handed_end = &h->next;
  return OK;
}

uint64_t engine_durable(const struct engine *e) { return e->durable; }

void engine_status(const struct engine *e, struct engine_status *status) {
  *status = (struct engine_status){.is_degraded = e->is_degraded,
                                   .rows_waiting = book_dirt(&e->book)};
  for (const struct casefile *c = e->book.casefiles; c != NULL; c = c->next)
    status->incidents_open += incident_is_open(&c->incident);
}

void engine_each_open(const struct engine *e,
                      void (*each)(void *arg, const struct incident *i),
                      void *arg) {
  for (const struct casefile *c = e->book.casefiles; c != NULL; c = c->next)
    if (incident_is_open(&c->incident))
      each(arg, &c->incident);
}
