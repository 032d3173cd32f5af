/* SPDX-License-Identifier: MIT */
#include "engine/agenda.h"

#include "base/log.h"
#include "base/span.h"
#include "core/postmortem.h"
#include "core/role.h"
#include "engine/resume.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define AT_ONCE 64          /* reminders of one turn */
#define RETRY_MS 1000       /* without a ledger */
#define CALLOUT_MS 600000   /* the deputy's */
#define PUBLIC_AGAIN 300000 /* as long as nothing has been said */
#define TEXT_MAX 600
#define NEXT_MAX 64

/* What the ledger is to have. */
enum what { ORDER_START, ORDER_END, ORDER_STEP, ORDER_CLAMP, ORDER_MEETING };
struct order {
  enum what what;
  struct reminder reminder; /* texts are owned */
  wall_ms was; /* ORDER_STEP: when it was due; ORDER_MEETING: now */
};

static void free_order(struct order *o) {
  reminder_fini(&o->reminder);
  free(o);
}

/* Takes the texts over. Without memory it is done the next time, if at all. */
static void order(struct agenda *a, enum what what, struct reminder *own,
                  wall_ms was) {
  struct order *o = malloc(sizeof *o);
  if (o != NULL) {
    *o = (struct order){what, *own, was};
    if (stack_push(&a->orders, o) == OK)
      return;
    free(o);
  }
  reminder_fini(own);
  log_line(LOG_ERROR, "incident: incident %lld: out of memory for a reminder",
           (long long)own->incident);
}

enum err agenda_init(struct agenda *a, struct casework *w) {
  *a = (struct agenda){.timer = {.due = WALL_NEVER, .kind = TIMER_AGENDA},
                       .work = w};
  w->agenda = a;
  w->book->others_n++;
  return book_reserve_timer(w->book);
}

void agenda_fini(struct agenda *a) {
  for (size_t i = 0; i < a->orders.n; i++)
    free_order(a->orders.items[i]);
  stack_fini(&a->orders);
  *a = (struct agenda){0};
}

void agenda_look(struct agenda *a, struct ledger *l) {
  wall_ms due = WALL_NEVER;
  /* An error will be met again by the turn. */
  if (ledger_next_reminder(l, &due) == OK)
    timers_set(&a->work->book->timers, &a->timer, due);
}

/* ---- clocks ---- */

static void start(struct agenda *a, const struct casefile *c,
                  enum reminder_kind kind, const char *who, const char *text,
                  wall_ms due, span_ms every) {
  struct reminder r = {.incident = c->incident.id,
                       .kind = kind,
                       .due_at = due,
                       .every = every,
                       .ended_at = WALL_NEVER,
                       .owed_at = WALL_NEVER};
  if (incident_set_text(&r.who, who) == OK &&
      incident_set_text(&r.text, text) == OK)
    order(a, ORDER_START, &r, 0);
  else
    reminder_fini(&r);
}

static void end(struct agenda *a, const struct casefile *c,
                enum reminder_kind kind, wall_ms now) {
  struct reminder r = {
      .incident = c->incident.id, .kind = kind, .ended_at = now};
  order(a, ORDER_END, &r, 0);
}

static span_ms update_every(const struct agenda *a, const struct casefile *c) {
  const struct severity *s =
      settings_severity(a->work->settings, c->incident.severity);
  return s != NULL ? s->update_every : 0;
}

static bool has_public(const struct agenda *a, const struct casefile *c) {
  return statement_has_public_clock(a->work->settings, &c->incident);
}

/* Any severity could have begun one. */
static bool has_clocks(const struct agenda *a) {
  const struct settings *s = a->work->settings;
  for (size_t i = 0; i < s->severities_n; i++)
    if (s->severities[i]->update_every > 0)
      return true;
  for (size_t i = 0; i < s->wordings_n; i++)
    if (wording_is_public(s->wordings[i]))
      return true;
  return false;
}

static void start_update(struct agenda *a, const struct casefile *c,
                         wall_ms now) {
  span_ms every = update_every(a, c);
  start(a, c, REMINDER_UPDATE, "internal-liaison",
        "an executive summary is due", now + every, every);
}

static void start_public(struct agenda *a, const struct casefile *c,
                         wall_ms now) {
  start(a, c, REMINDER_PUBLIC, "customer-liaison",
        "an update to the public is due", now + PUBLIC_FIRST_MS, PUBLIC_AGAIN);
}

void agenda_plan(struct agenda *a, const struct casefile *c, wall_ms now) {
  if (!incident_is_open(&c->incident) || !has_clocks(a))
    return;
  if (update_every(a, c) > 0)
    start_update(a, c, now);
  else
    end(a, c, REMINDER_UPDATE, now);
  if (has_public(a, c))
    start_public(a, c, now);
  else
    end(a, c, REMINDER_PUBLIC, now);
}

void agenda_role(struct agenda *a, const struct casefile *c, const char *role,
                 bool is_held, wall_ms now) {
  if (strcmp(role, ROLE_DEPUTY) != 0)
    return;
  if (is_held && incident_is_open(&c->incident))
    start(a, c, REMINDER_DEPUTY, ROLE_DEPUTY, "a callout is due",
          now + CALLOUT_MS, CALLOUT_MS);
  else
    end(a, c, REMINDER_DEPUTY, now);
}

void agenda_over(struct agenda *a, const struct casefile *c, wall_ms now) {
  const struct incident *i = &c->incident;
  struct reminder r = {.incident = i->id,
                       .kind = REMINDER_POSTMORTEM,
                       .ended_at = WALL_NEVER,
                       .owed_at = WALL_NEVER};
  struct buf text;
  if (incident_is_open(i))
    return;
  r.due_at = postmortem_due(settings_severity(a->work->settings, i->severity),
                            i->resolved_at);
  buf_init(&text, TEXT_MAX);
  postmortem_say_due(i->id, r.due_at, &text);
  if (buf_take(&text, &r.text) == OK)
    order(a, ORDER_MEETING, &r, now);
  buf_fini(&text);
}

void agenda_clamp(struct agenda *a, wall_ms now) {
  struct reminder r = {.ended_at = now};
  order(a, ORDER_CLAMP, &r, 0);
}

/* ---- who ---- */

static const char *responder(const struct agenda *a, const char *name) {
  const struct responder *r =
      name != NULL ? settings_responder(a->work->settings, name) : NULL;
  return r != NULL && r->ways_n > 0 ? r->name : NULL;
}

/* Whoever is to be paged; NULL: nobody can be. *is_held: the role that owes it
 * has somebody, or it is no role's. */
static enum err find_debtor(const struct agenda *a, struct ledger *l,
                            const struct casefile *c, const struct reminder *r,
                            const char **debtor, bool *is_held) {
  const struct incident *i = &c->incident;
  char *holder = NULL;
  const char *who = responder(a, r->who);
  *is_held = true;
  if (who == NULL && r->who != NULL) {
    enum err err = ledger_holder(l, i->id, r->who, &holder);
    if (err != OK)
      return err;
    *is_held = holder != NULL;
    who = responder(a, holder);
    free(holder); /* who is of the settings */
  }
  if (who == NULL && r->kind != REMINDER_DEPUTY)
    who = responder(a, i->commander);
  if (who == NULL && r->kind != REMINDER_DEPUTY)
    who = responder(a, i->acknowledged_by);
  *debtor = who;
  return OK;
}

/* ---- when it is due ---- */

/* Nobody wants it any more. */
static bool is_moot(const struct agenda *a, const struct casefile *c,
                    const struct reminder *r) {
  if (!incident_is_open(&c->incident) && !reminder_outlives(r->kind))
    return true;
  if (r->kind == REMINDER_POSTMORTEM && incident_is_open(&c->incident))
    return true; /* it has come back */
  return (r->kind == REMINDER_UPDATE && update_every(a, c) == 0) ||
         (r->kind == REMINDER_PUBLIC && !has_public(a, c));
}

struct survey {
  struct agenda *agenda;
  wall_ms now;
};

static enum err see_clock(void *arg, const struct reminder *r) {
  const struct survey *s = arg;
  struct agenda *a = s->agenda;
  struct casefile *c = book_casefile(a->work->book, r->incident);
  if (c == NULL || (r->kind != REMINDER_UPDATE && r->kind != REMINDER_PUBLIC))
    return OK;
  c->clocks |= 1u << r->kind;
  if (is_moot(a, c, r))
    end(a, c, r->kind, s->now);
  else if (r->kind == REMINDER_UPDATE && r->every != update_every(a, c))
    start_update(a, c, s->now);
  return OK;
}

void agenda_adapt(struct agenda *a, struct ledger *l, wall_ms now) {
  struct survey survey = {a, now};
  struct casefile *all = a->work->book->casefiles;
  for (struct casefile *c = all; c != NULL; c = c->next)
    c->clocks = 0;
  enum err err =
      ledger_due_reminders(l, WALL_NEVER, INT64_MAX, see_clock, &survey);
  if (err != OK) {
    log_line(LOG_ERROR, "incident: cannot read who is to be reminded: %s",
             err_text(err));
    return;
  }
  for (struct casefile *c = all; c != NULL; c = c->next) {
    if (!incident_is_open(&c->incident))
      continue;
    if (update_every(a, c) > 0 && (c->clocks & 1u << REMINDER_UPDATE) == 0)
      start_update(a, c, now);
    if (has_public(a, c) && (c->clocks & 1u << REMINDER_PUBLIC) == 0)
      start_public(a, c, now);
  }
}

static void say(const struct casefile *c, const struct reminder *r,
                const char *debtor, wall_ms now, char text[TEXT_MAX]) {
  char span[SPAN_TEXT];
  span_print_rough(now - c->incident.declared_at, span);
  int n = snprintf(text, TEXT_MAX, "Reminder: %s", r->text);
  if (n < 0 || n >= TEXT_MAX)
    return;
  if (r->kind == REMINDER_DEPUTY)
    snprintf(text + n, TEXT_MAX - (size_t)n, ", %s since it was declared",
             span);
  else if (r->who != NULL && debtor != NULL && strcmp(r->who, debtor) != 0)
    snprintf(text + n, TEXT_MAX - (size_t)n, " (%s)", r->who);
}

/* When it comes again. */
static void add_next(const struct reminder *r, wall_ms now, const char *text,
                     char told[TEXT_MAX + NEXT_MAX]) {
  char at[CLOCK_TEXT];
  clock_print(now + r->every, at);
  if (r->every > 0)
    snprintf(told, TEXT_MAX + NEXT_MAX, "%s; next at %.10s %.5s UTC", text, at,
             at + 11);
  else
    snprintf(told, TEXT_MAX + NEXT_MAX, "%s", text);
}

static void page(struct agenda *a, struct casefile *c, const struct reminder *r,
                 const char *debtor, wall_ms now) {
  struct book *b = a->work->book;
  char text[TEXT_MAX], told[TEXT_MAX + NEXT_MAX];
  say(c, r, debtor, now, text);
  add_next(r, now, text, told);
  if (debtor != NULL &&
      pager_tell_owed(a->work->pager, c, r->id, debtor, told, now))
    book_note(b, c, KIND_PAGE, now, "reminded %s: %s", debtor,
              text + strlen("Reminder: "));
  else if (r->owed_at == WALL_NEVER) /* once is enough */
    book_note(b, c, KIND_PAGE, now, "nobody to remind: %s",
              text + strlen("Reminder: "));
}

/* The casefile of it, from the ledger if need be; NULL: gone. */
static struct casefile *open_case(struct agenda *a, struct ledger *l,
                                  struct watch *watch, int64_t id,
                                  wall_ms now) {
  struct casefile *c = book_casefile(a->work->book, id);
  if (c == NULL && resume_incident(a->work, l, watch, id, now) == OK)
    c = book_casefile(a->work->book, id);
  return c;
}

/* Takes the texts of r over. */
static enum err come(struct agenda *a, struct ledger *l, struct watch *watch,
                     struct reminder *own, wall_ms now) {
  struct casefile *c = open_case(a, l, watch, own->incident, now);
  const char *debtor = NULL;
  bool is_held = true;
  wall_ms was = own->due_at;
  enum err err = OK;
  if (c != NULL && !is_moot(a, c, own))
    err = find_debtor(a, l, c, own, &debtor, &is_held);
  if (err != OK) {
    reminder_fini(own);
    return err;
  }
  if (c == NULL || is_moot(a, c, own) ||
      (own->kind == REMINDER_DEPUTY && !is_held)) {
    own->ended_at = now;
  } else {
    if (!c->incident.is_paused &&
        (debtor != NULL || own->kind != REMINDER_DEPUTY))
      page(a, c, own, debtor, now);
    reminder_step(own, now);
  }
  order(a, ORDER_STEP, own, was);
  return OK;
}

struct due {
  const struct agenda *agenda;
  struct reminder list[AT_ONCE];
  size_t n;
};

/* It has come already, which the ledger does not know yet. */
static bool is_ordered(const struct agenda *a, int64_t id) {
  for (size_t i = 0; i < a->orders.n; i++) {
    const struct order *o = a->orders.items[i];
    if (o->what == ORDER_STEP && o->reminder.id == id)
      return true;
  }
  return false;
}

static enum err collect(void *arg, const struct reminder *r) {
  struct due *d = arg;
  struct reminder *to = &d->list[d->n];
  if (is_ordered(d->agenda, r->id))
    return OK;
  *to = *r;
  to->who = to->text = NULL;
  if (incident_set_text(&to->who, r->who) != OK ||
      incident_set_text(&to->text, r->text) != OK) {
    reminder_fini(to);
    return ERR_NOMEM;
  }
  d->n++;
  return OK;
}

void agenda_due(struct agenda *a, struct ledger *l, struct watch *watch,
                wall_ms now) {
  struct due d = {.agenda = a};
  enum err err = ERR_IO;
  timers_set(&a->work->book->timers, &a->timer, now + RETRY_MS);
  if (l != NULL)
    err = ledger_due_reminders(l, now, AT_ONCE, collect, &d);
  for (size_t i = 0; i < d.n; i++)
    if (err == OK)
      err = come(a, l, watch, &d.list[i], now);
    else
      reminder_fini(&d.list[i]);
  if (err != OK && l != NULL)
    log_line(LOG_ERROR, "incident: cannot remind anybody: %s", err_text(err));
}

/* ---- the ledger ---- */

static enum err write_order(struct ledger *l, struct order *o) {
  struct reminder r = o->reminder; /* an id is none before it is durable */
  switch (o->what) {
  case ORDER_START:
    return ledger_start_clock(l, &r);
  case ORDER_END:
    return ledger_end_clock(l, r.incident, r.kind, r.ended_at);
  case ORDER_STEP:
    return ledger_step_reminder(l, &r, o->was);
  case ORDER_CLAMP:
    return ledger_clamp_clocks(l, r.ended_at);
  case ORDER_MEETING:
    return ledger_owe_meeting(l, &r, o->was);
  }
  return OK;
}

enum err agenda_write(struct agenda *a, struct ledger *l) {
  enum err err = OK;
  a->wrote = a->orders.n;
  for (size_t i = 0; i < a->wrote && err == OK; i++) {
    err = write_order(l, a->orders.items[i]);
    if (err == ERR_INVALID) /* refused: it would stop all others for ever */
      err = OK;
  }
  return err;
}

void agenda_written(struct agenda *a, struct ledger *l) {
  if (a->wrote == 0)
    return;
  for (size_t i = 0; i < a->wrote; i++)
    free_order(a->orders.items[i]);
  stack_shift(&a->orders, a->wrote);
  a->wrote = 0;
  agenda_look(a, l);
}
