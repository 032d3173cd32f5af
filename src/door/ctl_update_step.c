/* SPDX-License-Identifier: MIT */
/* `update`: what is written into the ledger. */
#include "door/ctl_update.h"

#include <string.h>

static bool is_public(const struct ctl *c, const struct statement *s) {
  return c->settings != NULL && statement_is_public(s, c->settings);
}

/* ---- what it is made of ---- */

static enum err take_impact(void *arg, const struct impact *i) {
  struct update *x = arg; /* the last that goes on, or failing that the last */
  return i->until == WALL_NEVER || x->impact == NULL
             ? incident_set_text(&x->impact, i->text)
             : OK;
}

struct counting {
  const struct ctl *c;
  struct update *x;
};

static enum err count_public(void *arg, const struct statement *s) {
  struct counting *k = arg;
  if (s->state != STATEMENT_POSTED || !is_public(k->c, s))
    return OK;
  k->x->posted++;
  if (s->posted_at < k->x->first)
    k->x->first = s->posted_at;
  return OK;
}

/* How long until the next one is owed if it is posted now; 0: not known. */
static enum err find_wait(struct ctl_work *w, struct update *x, span_ms *wait) {
  const struct settings *s = w->c->settings;
  struct counting k = {w->c, x};
  const struct severity *severity =
      s != NULL ? settings_severity(s, w->incident.severity) : NULL;
  *wait = severity != NULL ? severity->update_every : 0;
  x->posted = 0;
  x->first = WALL_NEVER;
  if (!incident_is_open(&w->incident)) {
    *wait = 0;
    return OK;
  }
  if (s == NULL || !is_public(w->c, &x->statement) ||
      !statement_has_public_clock(s, &w->incident))
    return OK;
  enum err err =
      ledger_statements(w->c->ledger, w->incident.id, count_public, &k);
  wall_ms first = x->first == WALL_NEVER ? w->c->now : x->first;
  *wait = statement_public_wait(x->posted + 1, first, w->c->now);
  return err;
}

static enum err fill(struct ctl_work *w, struct update *x) {
  struct statement_facts facts = {.incident = &w->incident,
                                  .text = x->text,
                                  .summary = w->incident.summary};
  span_ms wait = 0;
  enum err err = ledger_impacts(w->c->ledger, w->incident.id, take_impact, x);
  if (err == OK)
    err = find_wait(w, x, &wait);
  facts.impact = x->impact;
  facts.next_at = wait > 0 ? w->c->now + wait : WALL_NEVER;
  bool is_last = x->wording != NULL && wording_is_last(x->wording);
  x->statement.next_at = is_last ? WALL_NEVER : facts.next_at;
  return err == OK ? statement_fill(&x->statement, x->wording, &facts) : err;
}

/* ---- posting ---- */

/* Whoever it is for has heard of it: their clocks go on. */
static enum err move_clocks(struct ctl_work *w, struct update *x) {
  struct ledger *l = w->c->ledger;
  const struct settings *s = w->c->settings;
  const struct severity *severity =
      s != NULL ? settings_severity(s, w->incident.severity) : NULL;
  span_ms every = severity != NULL ? severity->update_every : 0;
  enum err err = OK;
  if (every > 0)
    err = ledger_move_clock(l, w->incident.id, REMINDER_UPDATE,
                            w->c->now + every, every);
  if (err != OK || !is_public(w->c, &x->statement))
    return err;
  wall_ms first = x->first == WALL_NEVER ? w->c->now : x->first;
  span_ms wait = statement_public_wait(x->posted + 1, first, w->c->now);
  return ledger_move_clock(l, w->incident.id, REMINDER_PUBLIC, w->c->now + wait,
                           wait);
}

enum err ctl_update_receivers(const struct ctl_work *w,
                              const struct statement *s, struct buf *b) {
  const struct settings *settings = w->c->settings;
  size_t n = 0;
  enum err err = OK;
  for (size_t i = 0; settings != NULL && err == OK && i < settings->webhooks_n;
       i++) {
    bool is = false;
    err =
        statement_is_for(s, settings, &w->incident, settings->webhooks[i], &is);
    if (is)
      buf_addf(b, "%s%s", n++ > 0 ? ", " : "", settings->webhooks[i]->name);
  }
  return err;
}

static enum err tell_plugin(struct ctl_work *w, const struct statement *s) {
  struct request r;
  request_init(&r);
  r.verb = VERB_UPDATE;
  r.incident = s->incident;
  r.other = s->id;
  r.by = w->c->by;
  r.at = r.happened_at = w->c->now;
  w->is_for_plugin = true;
  return ledger_add_request(w->c->ledger, &r);
}

static enum err post(struct ctl_work *w, struct update *x) {
  struct statement *s = &x->statement;
  s->state = STATEMENT_POSTED;
  s->posted_at = w->c->now;
  enum err err = ledger_put_statement(w->c->ledger, s);
  if (err == OK)
    err = move_clocks(w, x);
  if (err == OK)
    err = tell_plugin(w, s);
  buf_addf(&w->text, "update %lld posted to ", (long long)s->id);
  size_t before = w->text.len;
  if (err == OK)
    err = ctl_update_receivers(w, s, &w->text);
  if (w->text.len == before)
    buf_add(&w->text, "nobody");
  buf_addf(&w->text, ": %s: %s", s->subject, s->body);
  return err;
}

/* ---- the steps ---- */

/* When it is over only the end is told. */
static enum err check_open(struct ctl_work *w, const struct wording *wording) {
  if (incident_is_open(&w->incident) ||
      (wording != NULL && wording_is_last(wording)))
    return OK;
  return ctl_work_refuse(w,
                         "incident %lld: resolved; only a template \"resolved\""
                         " or of that Category says anything then",
                         (long long)w->incident.id);
}

/* The commander approves; anybody else is warned of. */
static void note_chief(const struct ctl_work *w, struct update *x) {
  const char *commander = w->incident.commander;
  x->chief =
      commander != NULL && strcmp(commander, w->c->by) != 0 ? commander : NULL;
}

static enum err say(struct ctl_work *w, struct update *x) {
  struct statement *s = &x->statement;
  enum err err = ctl_work_on(w, x->id);
  if (err == OK)
    err = check_open(w, x->wording);
  if (err != OK)
    return err;
  s->incident = x->id;
  s->created_at = w->c->now;
  err = incident_set_text(&s->created_by, w->c->by);
  if (err == OK && x->wording != NULL)
    err = incident_set_text(&s->wording, x->wording->name);
  if (err == OK)
    err = fill(w, x);
  if (err == OK)
    err = ledger_put_statement(w->c->ledger, s); /* for its id */
  if (err != OK || !x->is_draft)
    return err == OK ? post(w, x) : err;
  buf_addf(&w->text, "update %lld drafted: %s: %s", (long long)s->id,
           s->subject, s->body);
  return OK;
}

static enum err approve(struct ctl_work *w, struct update *x) {
  struct statement *s = &x->statement;
  if (s->state != STATEMENT_DRAFT)
    return ctl_work_refuse(w, "update %lld: %s already", (long long)s->id,
                           statement_state_names[s->state]);
  s->state = STATEMENT_APPROVED;
  note_chief(w, x);
  buf_addf(&w->text, "update %lld approved", (long long)s->id);
  enum err err = incident_set_text(&s->approved_by, w->c->by);
  return err == OK ? ledger_put_statement(w->c->ledger, s) : err;
}

static enum err post_draft(struct ctl_work *w, struct update *x) {
  struct statement *s = &x->statement;
  const struct settings *settings = w->c->settings;
  span_ms wait = 0;
  if (s->state != STATEMENT_DRAFT && s->state != STATEMENT_APPROVED)
    return ctl_work_refuse(w, "update %lld: %s already", (long long)s->id,
                           statement_state_names[s->state]);
  if (settings != NULL && s->wording != NULL)
    x->wording = settings_wording(settings, s->wording);
  enum err err = check_open(w, x->wording);
  if (err == OK)
    err = find_wait(w, x, &wait); /* what has been told by now */
  bool is_last = x->wording != NULL && wording_is_last(x->wording);
  if (err == OK && !is_last)
    err = statement_set_next(s, wait > 0 ? w->c->now + wait : WALL_NEVER);
  if (err != OK)
    return err;
  x->is_unseen = s->state == STATEMENT_DRAFT;
  if (x->is_unseen)
    note_chief(w, x);
  return post(w, x);
}

static enum err withdraw(struct ctl_work *w, struct update *x) {
  struct statement *s = &x->statement;
  bool was_posted = s->state == STATEMENT_POSTED;
  if (s->state == STATEMENT_WITHDRAWN)
    return ctl_work_refuse(w, "update %lld: withdrawn already",
                           (long long)s->id);
  s->state = STATEMENT_WITHDRAWN;
  if (was_posted)
    note_chief(w, x);
  buf_addf(&w->text, "update %lld withdrawn%s", (long long)s->id,
           was_posted ? ", which was posted" : "");
  enum err err = ledger_put_statement(w->c->ledger, s);
  return err == OK && was_posted ? tell_plugin(w, s) : err;
}

static enum err find(struct ctl_work *w, struct update *x) {
  enum err err = ledger_statement(w->c->ledger, x->id, &x->statement);
  if (err == ERR_NOTFOUND)
    return ctl_work_refuse(w, "update %lld: not found; see update list ID",
                           (long long)x->id);
  return err == OK ? ctl_work_on(w, x->statement.incident) : err;
}

enum err ctl_update_step(struct ctl_work *w, void *arg) {
  static enum err (*const steps[])(struct ctl_work *,
                                   struct update *) = {[SAY] = say,
                                                       [APPROVE] = approve,
                                                       [POST] = post_draft,
                                                       [WITHDRAW] = withdraw};
  struct update *x = arg;
  enum err err = x->action == SAY ? OK : find(w, x);
  return err == OK ? steps[x->action](w, x) : err;
}
