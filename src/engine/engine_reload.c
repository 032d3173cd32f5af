/* SPDX-License-Identifier: MIT */
/* Other settings without a restart. What can fail comes first; then everything
 * that points into the old ones is pointed at what has the same name now, and
 * what has lost something meets that as at a start (engine/resume.c). But time
 * has not stood still: no window begins anew, no page is sent again. */
#include "engine/engine_inside.h"

#include "base/log.h"
#include "core/rule.h"
#include "engine/calendars.h"

#include <stdlib.h>
#include <string.h>

/* For files of new schedules; one that hangs is not waited for. */
#define CALENDAR_WAIT_MS 500

/* What is ready before anything changes. */
struct draft {
  struct outbox *outboxes;
  struct beat *beats;
  struct storm *storms;
  struct hush_plan plan;
  struct post *posts;
  struct stack names; /* of casefiles whose rule is called otherwise now */
};

static const char *ledger_of(const struct engine *e, const struct settings *s) {
  if (s->ledger[0] != '\0')
    return s->ledger;
  return e->parts.ledger_default != NULL ? e->parts.ledger_default : "";
}

static enum err check_ledger(const struct engine *e, const struct settings *s,
                             const char **why) {
  static _Thread_local char line[512];
  struct buf b;
  const char *old = ledger_of(e, e->parts.settings), *new = ledger_of(e, s);
  if (strcmp(old, new) == 0)
    return OK;
  buf_init(&b, sizeof line - 1);
  buf_addf(&b,
           "Ledger: it is %s here but %s in force; another one needs a "
           "restart",
           new, old);
  memcpy(line, buf_text(&b), b.len + 1);
  buf_fini(&b);
  *why = line;
  return ERR_CONFLICT;
}

/* ---- before ---- */

/* The rule of the casefile under those settings, and whether it has another
 * name; NULL: a person's, or gone. */
static const struct rule *next_rule(const struct settings *s,
                                    const struct casefile *c,
                                    bool *is_renamed) {
  const char *name = c->incident.rule;
  const struct rule *r = name != NULL ? settings_rule_known_as(s, name) : NULL;
  *is_renamed = r != NULL && strcmp(r->name, name) != 0;
  return r;
}

static enum err draft_names(const struct engine *e, const struct settings *s,
                            struct stack *names) {
  enum err err = OK;
  for (const struct casefile *c = e->book.casefiles; c != NULL && err == OK;
       c = c->next) {
    bool is_renamed;
    const struct rule *r = next_rule(s, c, &is_renamed);
    if (!is_renamed)
      continue;
    char *name = strdup(r->name);
    err = name != NULL ? stack_push(names, name) : ERR_NOMEM;
    if (err != OK)
      free(name);
  }
  return err;
}

static void draft_fini(struct draft *d, const struct settings *s) {
  free(d->outboxes);
  free(d->beats);
  if (d->storms != NULL)
    gather_free_draft(s, d->storms);
  hush_free_draft(&d->plan);
  free(d->posts);
  for (size_t i = 0; i < d->names.n; i++)
    free(d->names.items[i]);
  stack_fini(&d->names);
}

static enum err prepare(struct engine *e, const struct settings *s,
                        struct draft *d, wall_ms now) {
  enum err err = pager_draft(s, &d->outboxes);
  if (err == OK)
    err = heart_draft(s, &d->beats);
  if (err == OK)
    err = gather_draft(&e->gather, s, &d->storms);
  if (err == OK)
    err = hush_draft(s, &d->plan);
  if (err == OK)
    err = duty_draft(s, &d->posts);
  if (err == OK)
    err = draft_names(e, s, &d->names);
  return err == OK ? triage_begin(&e->triage, s, now) : err;
}

/* ---- alerts ---- */

static void change_alert(struct engine *e, struct alert *a) {
  const struct rule *old = a->rule;
  if (old == NULL)
    return;
  a->rule = settings_rule_known_as(e->parts.settings, old->name);
  if (a->rule == NULL)
    return;
  a->bad_level = (uint8_t)rule_bad_level(a->rule, a->signal);
  if (strcmp(a->rule->name, old->name) != 0)
    book_touch_alert(&e->book, a);
}

static void change_alerts(struct engine *e) {
  struct book *b = &e->book;
  for (size_t i = 0; i < b->dirty_alerts.n; i++) {
    struct alert *a = b->dirty_alerts.items[i];
    if (a->is_dropped) /* in no table any more */
      change_alert(e, a);
  }
  for (size_t i = 0; i < b->alert_buckets; i++)
    for (struct alert *a = b->alert_table[i]; a != NULL; a = a->bucket_next)
      change_alert(e, a);
}

/* No one is to be told, or the incident has been. */
static void end_alert(struct engine *e, struct alert *a) {
  struct book *b = &e->book;
  if (alert_is_live(a)) {
    if (a->casefile != NULL && alert_is_firing(a) &&
        !incident_is_open(&a->casefile->incident))
      casework_fires_less(a->casefile);
    (void)alert_forget(a);
    book_touch_alert(b, a);
    if (a->casefile != NULL)
      book_touch_casefile(b, a->casefile); /* it may be over now */
  }
  if (a->is_watched)
    watch_remove(e->parts.watch, a->signal->hash);
  a->is_watched = false;
  timers_set(&b->timers, &a->timer, WALL_NEVER);
  if (a->casefile == NULL)
    book_drop_alert(b, a);
}

static void settle_alerts(struct engine *e) {
  struct book *b = &e->book;
  for (size_t i = 0; i < b->alert_buckets; i++)
    for (struct alert *a = b->alert_table[i], *next; a != NULL; a = next) {
      next = a->bucket_next;
      if (a->rule == NULL)
        end_alert(e, a);
      else
        timers_set(&b->timers, &a->timer, alert_due(a));
    }
}

/* ---- incidents ---- */

static void change_casefiles(struct engine *e, struct draft *d) {
  size_t names = 0;
  for (struct casefile *c = e->book.casefiles; c != NULL; c = c->next) {
    bool is_renamed;
    c->rule = next_rule(e->parts.settings, c, &is_renamed);
    if (is_renamed)
      book_rename_rule(&e->book, c, d->names.items[names++]);
  }
  d->names.n = 0;
}

static void meet_casefiles(struct engine *e, wall_ms now) {
  for (struct casefile *c = e->book.casefiles; c != NULL; c = c->next) {
    const struct incident *i = &c->incident;
    if (incident_is_open(i) && i->rule != NULL && c->rule == NULL)
      casework_rule_gone(&e->work, c, now);
    for (struct run *r = c->runs; r != NULL; r = r->next)
      casework_adapt_run(&e->work, c, r, now);
  }
}

static void settle_casefiles(struct engine *e, wall_ms now) {
  for (struct casefile *c = e->book.casefiles, *next; c != NULL; c = next) {
    next = c->next;
    casework_change(&e->work, c, now);
    (void)book_retire(&e->book, c);
  }
}

/* ---- all of it ---- */

/* Without memory the schedules that are new have nobody, and that is said. */
static void change_calendars(struct engine *e) {
  enum err err =
      calendars_change(e->parts.calendars, e->parts.settings, CALENDAR_WAIT_MS);
  if (err != OK)
    log_line(LOG_ERROR, "incident: calendars stay as they were: %s",
             err_text(err));
  (void)calendars_take(e->parts.calendars); /* duty_changed follows */
}

static void change_over(struct engine *e, struct settings *settings,
                        struct draft *d, wall_ms now) {
  e->parts.settings = settings;
  e->book.settings = e->work.settings = settings;
  gather_change(&e->gather, d->storms);
  hush_change(&e->hush, &d->plan);
  change_calendars(e);
  duty_change(&e->duty, d->posts);
  d->posts = NULL;
  pager_change(&e->pager, d->outboxes, now);
  heart_change(&e->heart, d->beats, now);
  d->beats = NULL;
  d->storms = NULL;
  d->outboxes = NULL;
  change_alerts(e);
  change_casefiles(e, d);
  meet_casefiles(e, now);
  settle_alerts(e);
  hush_again(&e->hush, now);
  gather_again(&e->gather, now);
  triage_end_unwatched(&e->triage, now);
  settle_casefiles(e, now);
  if (e->ledger != NULL) /* else at its opening */
    agenda_adapt(&e->agenda, e->ledger, now);
  if (e->evidence.timer.due == WALL_NEVER) /* it may have been off */
    evidence_resume(&e->evidence, now);
  e->is_mirrored = false;
  duty_changed(&e->duty, now);
}

static void see_text(const struct engine *e, bool is_seen) {
  if (e->parts.see_text != NULL)
    e->parts.see_text(e->parts.see_text_arg, is_seen);
}

enum err engine_reload(struct engine *e, struct settings *own_settings,
                       char *own_public, const char **why) {
  struct draft d = {0};
  struct settings *old = e->parts.settings;
  enum err err = check_ledger(e, own_settings, why);
  if (err == OK) {
    if (own_settings->sees_text) /* before its rules look */
      see_text(e, true);
    engine_turn(e);
    err = prepare(e, own_settings, &d, e->last);
    *why = err_text(err);
  }
  if (err != OK) {
    draft_fini(&d, own_settings);
    settings_free(own_settings);
    free(own_public);
    see_text(e, old->sees_text);
    return err;
  }
  change_over(e, own_settings, &d, e->last);
  draft_fini(&d, own_settings);
  e->parts.public_config = own_public;
  free(e->own_public);
  e->own_public = own_public;
  see_text(e, own_settings->sees_text);
  if (e->parts.sender.retire != NULL)
    e->parts.sender.retire(e->parts.sender.self, old);
  return OK;
}
