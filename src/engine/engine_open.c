/* SPDX-License-Identifier: MIT */
/* Opening the engine and its ledger, and doing without one. */
#include "engine/engine_inside.h"

#include "base/log.h"
#include "engine/calendars.h"
#include "engine/resume.h"

#include <stdlib.h>
#include <string.h>

#define ID_GAP 100           /* degraded: ids start so far above the last */
#define FAR_INCIDENT 1000000 /* ids while no ledger could be opened at all */
#define FAR_ID (1LL << 40)

static void tell_replaced(struct engine *e, const struct ledger_salvage *s) {
  struct buf b;
  buf_init(&b, 2048);
  buf_addf(&b,
           "The ledger was corrupt and has been replaced: %lld incident%s and "
           "%lld alert%s were saved%s",
           (long long)s->incidents, s->incidents == 1 ? "" : "s",
           (long long)s->alerts, s->alerts == 1 ? "" : "s",
           s->is_complete ? "" : ", some could not be read");
  log_line(LOG_ERROR, "incident: %s; the old file is %s", buf_text(&b),
           s->moved_to);
  if (casework_declare_own(&e->work, buf_text(&b), e->last) != OK)
    log_line(LOG_ERROR, "incident: cannot declare: out of memory");
  buf_fini(&b);
}

/* By which others tell our incidents from those of another ledger. */
static void take_ledger_id(struct engine *e) {
  char *id = NULL;
  if (ledger_get(e->ledger, "id", &id) == OK && id != NULL &&
      strlen(id) < sizeof e->book.ledger_id)
    memcpy(e->book.ledger_id, id, strlen(id) + 1);
  free(id);
}

void engine_take_ids(struct engine *e) {
  struct ledger_ids ids;
  take_ledger_id(e);
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
  if (e->book.ids.silence < ids.silence)
    e->book.ids.silence = ids.silence;
  if (e->book.ids.override < ids.override)
    e->book.ids.override = ids.override;
}

static enum err open_and_load(struct engine *e, wall_ms now, const char **why) {
  enum err err = ledger_open(e->parts.ledger_path, LEDGER_OWN, &e->ledger, why);
  if (err != OK)
    return err;
  engine_take_ids(e);
  err = resume_book(&e->work, e->ledger, e->parts.watch, &e->absences, now);
  if (err == OK)
    err = hush_resume(&e->hush, now);
  if (err == OK) {
    gather_resume(&e->gather, now);
    triage_end_unwatched(&e->triage, now);
    evidence_resume(&e->evidence, now);
    err = duty_resume(&e->duty, e->ledger, now);
  }
  if (err == OK)
    err = pager_resume_health(&e->pager, e->ledger, now);
  if (err == OK) {
    agenda_look(&e->agenda, e->ledger);
    agenda_adapt(&e->agenda, e->ledger, now);
    err = ledger_prepare(e->ledger);
  }
  if (err != OK) {
    *why = ledger_why(e->ledger);
    ledger_close(e->ledger);
    e->ledger = NULL;
  }
  return err;
}

enum err engine_open_ledger(struct engine *e, wall_ms now, const char **why) {
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

static void open_gap(struct id_gap *gap, int64_t *next) {
  if (gap->to != 0)
    return;
  gap->from = *next;
  gap->to = *next += ID_GAP;
}

static void close_gap(struct id_gap *gap, int64_t *next) {
  if (*next == gap->to)
    *next = gap->from;
  gap->to = 0;
}

void engine_open_gap(struct engine *e) {
  open_gap(&e->incident_gap, &e->book.ids.incident);
  open_gap(&e->silence_gap, &e->book.ids.silence);
  open_gap(&e->override_gap, &e->book.ids.override);
}

void engine_close_gap(struct engine *e) {
  close_gap(&e->incident_gap, &e->book.ids.incident);
  close_gap(&e->silence_gap, &e->book.ids.silence);
  close_gap(&e->override_gap, &e->book.ids.override);
}

void engine_degrade(struct engine *e, wall_ms now, const char *why) {
  e->retry_at = now + ENGINE_RETRY_MS;
  if (e->is_degraded)
    return;
  e->is_degraded = true;
  if (e->ledger != NULL) {
    engine_open_gap(e);
  } else { /* what there is in it is not known: keep well clear of that */
    e->book.ids.incident += FAR_INCIDENT;
    e->book.ids.alert += FAR_ID;
    e->book.ids.run += FAR_ID;
    e->book.ids.page_seq += FAR_ID;
    e->book.ids.silence += FAR_INCIDENT;
    e->book.ids.override += FAR_INCIDENT;
  }
  log_line(LOG_ERROR,
           "incident: ledger %s cannot be written: %s; paging goes on from "
           "memory, a crash now loses what is only there",
           e->parts.ledger_path, why);
}

void engine_replace_damaged(struct engine *e, wall_ms now) {
  struct ledger_salvage salvage;
  const char *why = NULL;
  struct book *b = &e->book;
  log_line(LOG_ERROR, "incident: ledger %s is corrupt: %s",
           e->parts.ledger_path, ledger_why(e->ledger));
  ledger_close(e->ledger);
  e->ledger = NULL;
  if (ledger_replace(e->parts.ledger_path, now, &salvage, &why) != OK ||
      ledger_open(e->parts.ledger_path, LEDGER_OWN, &e->ledger, &why) != OK) {
    engine_degrade(e, now, why);
    return;
  }
  for (struct casefile *c = b->casefiles; c != NULL; c = c->next) {
    book_touch_casefile(b, c);
    for (struct run *r = c->runs; r != NULL; r = r->next)
      book_touch_run(b, r);
    for (struct page *p = c->pages_first; p != NULL; p = p->next)
      book_touch_page(b, p);
    for (struct exhibit *x = c->exhibits; x != NULL; x = x->next)
      book_touch_exhibit(b, x);
  }
  for (size_t i = 0; i < b->silences.n; i++)
    book_touch_silence(b, b->silences.items[i]);
  for (size_t i = 0; i < b->overrides_n; i++)
    book_touch_override(b, b->overrides[i]);
  for (size_t i = 0; i < b->alert_buckets; i++)
    for (struct alert *a = b->alert_table[i]; a != NULL; a = a->bucket_next)
      book_touch_alert(b, a);
  e->is_mirrored = e->duty.is_written = e->pager.is_health_written = false;
  e->has_changed = true;
  agenda_look(&e->agenda, e->ledger);
  tell_replaced(e, &salvage);
}

static enum err last_human(void *arg, int64_t incident, wall_ms now,
                           wall_ms *at) {
  struct engine *e = arg;
  if (e->ledger == NULL || e->is_degraded)
    return ERR_IO;
  return ledger_last_human(e->ledger, incident, now, at);
}

static enum err roles(void *arg, int64_t incident,
                      enum err (*each)(void *arg, const struct holding *h),
                      void *each_arg) {
  struct engine *e = arg;
  if (e->ledger == NULL || e->is_degraded)
    return ERR_IO;
  return ledger_roles(e->ledger, incident, each, each_arg);
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
  e->last = e->started_at = parts->clock->wall(parts->clock);
  prune_init(&e->prune, e->last);
  e->measure.is_stale = true;
  book_init(&e->book, parts->settings);
  e->book.ids = (struct ledger_ids){1, 1, 1, 1, 1, 1};
  if (ulid_token(e->book.ledger_id) != OK) /* until the ledger says its own */
    e->book.ledger_id[0] = '\0';
  err = pager_init(&e->pager, &e->book, parts->sender);
  if (err == OK)
    err = heart_init(&e->heart, &e->pager, parts->pacemaker, e->last);
  if (err != OK)
    goto out;
  e->pager.duty = &e->duty;
  e->pager.announce = parts->announce;
  e->pager.announce_arg = parts->announce_arg;
  e->work = (struct casework){.book = &e->book,
                              .pager = &e->pager,
                              .gather = &e->gather,
                              .hush = &e->hush,
                              .duty = &e->duty,
                              .evidence = &e->evidence,
                              .settings = parts->settings,
                              .announce = parts->announce,
                              .announce_arg = parts->announce_arg,
                              .last_human = last_human,
                              .roles = roles,
                              .ledger_arg = e};
  absences_init(&e->absences, &e->book, parts->series);
  err = evidence_init(&e->evidence, &e->book, parts->series);
  if (err == OK)
    err = agenda_init(&e->agenda, &e->work);
  if (err == OK)
    err = gather_init(&e->gather, &e->work);
  if (err == OK)
    err = hush_init(&e->hush, &e->work);
  (void)calendars_take(parts->calendars);
  if (err == OK)
    err = duty_init(&e->duty, &e->work, parts->calendars);
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
  err = engine_open_ledger(e, e->last, why);
  if (err == ERR_NEWER || err == ERR_NOMEM)
    goto out;
  if (err != OK)
    engine_degrade(e, e->last, *why);
  *own_engine = e;
  e = NULL;
  err = OK;
out:
  if (e != NULL)
    e->parts.sender.retire = NULL; /* the caller has them still */
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
  gather_fini(&e->gather);
  hush_fini(&e->hush);
  duty_fini(&e->duty);
  casework_fini(&e->work);
  agenda_fini(&e->agenda);
  heart_fini(&e->heart);
  pager_fini(&e->pager);
  book_fini(&e->book);
  absences_fini(&e->absences);
  ledger_close(e->ledger);
  ledger_lock_release(&e->lock);
  triage_fini(&e->triage);
  free(e->own_public);
  if (e->parts.sender.retire != NULL)
    e->parts.sender.retire(e->parts.sender.self, e->parts.settings);
  free(e);
}
