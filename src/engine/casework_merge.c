/* SPDX-License-Identifier: MIT */
/* An incident becomes part of another: alerts and people go to that one, its
 * own paging ends. Its casefile stays in the book as long as the other's, so
 * that alerts of its group find the way. */
#include "base/log.h"
#include "engine/agenda.h"
#include "engine/casework_inside.h"
#include "engine/notify.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_MAX 400

/* ---- people ---- */

/* Whoever the part has reached hears of the other from now on. Its pages and
 * runs are not the other's. */
static void adopt_people(struct casefile *c, struct casefile *into) {
  for (size_t i = 0; i < c->contacts_n; i++) {
    struct contact *from = &c->contacts[i];
    const struct page like = {.webhook = from->webhook,
                              .webhook_name = from->webhook_name,
                              .responder = from->responder,
                              .chain = from->chain,
                              .target = from->target,
                              .run = from->run};
    struct contact *to = from->reach != REACH_NO ? book_contact(into, &like)
                                                 : NULL; /* or no memory */
    if (to == NULL)
      continue;
    to->step = from->step;
    to->round = from->round;
    to->at = from->at;
    if (to->reach < from->reach)
      to->reach = from->reach;
  }
}

void casework_resume_part(struct casework *w, struct casefile *c) {
  struct casefile *into = c->incident.merged_into != 0
                              ? book_casefile(w->book, c->incident.merged_into)
                              : NULL;
  if (into == NULL)
    return;
  book_lead_on(w->book, c, into);
  adopt_people(c, into);
}

/* "merged into incident 5 (Shop is down)". */
static void tell_all(struct casework *w, struct casefile *c,
                     const struct casefile *into, wall_ms now) {
  char text[TEXT_MAX];
  snprintf(text, sizeof text, "merged into incident %lld (%.256s)",
           casework_id(into), incident_name(&into->incident));
  pager_tell_reached_that(w->pager, c, text, now);
  notify_tell(w->pager, c, now, ON_RESOLVED, "%s", text);
}

/* ---- what goes to the other ---- */

static void move_exhibits(struct casework *w, struct casefile *c,
                          struct casefile *into) {
  while (c->exhibits != NULL) {
    struct exhibit *x = c->exhibits;
    c->exhibits = x->next;
    x->incident = into->incident.id;
    x->next = into->exhibits;
    into->exhibits = x;
    book_touch_exhibit(w->book, x);
  }
  into->exhibits_n += c->exhibits_n;
  c->exhibits_n = 0;
}

/* How many fire there that nothing holds back. */
static int64_t move_alerts(struct casework *w, struct casefile *c,
                           struct casefile *into, wall_ms now) {
  int64_t free_ones = 0;
  while (c->alerts != NULL) {
    struct alert *a = c->alerts;
    book_detach_alert(a);
    book_attach_alert(into, a);
    book_touch_alert(w->book, a);
    if (alert_is_firing(a))
      hush_inhibit(w->hush, a, now); /* it has another name */
    free_ones += alert_is_firing(a) && !alert_is_held(a);
    if (into->incident.is_storm && !alert_is_live(a))
      book_drop_alert(w->book, a);
  }
  return free_ones;
}

/* Whatever led to it leads on. */
static void lead_on(struct casework *w, struct casefile *c,
                    struct casefile *into) {
  struct book *b = w->book;
  int64_t id = c->incident.id, to = into->incident.id;
  for (struct casefile *f = b->casefiles; f != NULL; f = f->next) {
    if (f->incident.parent == id)
      f->incident.parent = to;
    if (f->incident.merged_into == id) {
      f->incident.merged_into = to;
      casework_resume_part(w, f);
    }
  }
  for (size_t i = 0; i < b->silences.n; i++) {
    struct silence *s = b->silences.items[i];
    if (s->until_incident == id)
      s->until_incident = to;
  }
}

/* ---- all of it ---- */

static bool has_running(const struct casefile *c) {
  const struct run *r = c->runs;
  while (r != NULL && r->state != RUN_RUNNING)
    r = r->next;
  return r != NULL;
}

/* Alerts have come to it that fire: whoever has it hears of them as of others
 * that join, but for whoever has brought them. Nobody's is paged about unless
 * that goes on already. */
static void go_on(struct casework *w, struct casefile *into, int64_t come,
                  const char *by, wall_ms now) {
  const struct incident *i = &into->incident;
  if (come > 0)
    casework_stir(w, into, now);
  casework_settle_pause(w, into, now);
  if (come > 0 && i->acknowledged_by != NULL &&
      strcmp(i->acknowledged_by, by) != 0) {
    into->untold += come;
    casework_tell_joined(w, into, now);
  } else if (come > 0 && i->acknowledged_by == NULL && into->runs != NULL &&
             !has_running(into)) {
    casework_restart_runs(w, into, false, now);
  }
  casework_ack_begin(into, now);
  casework_upgrade(w, into, now);
  casework_set_timer(w, into, now);
}

/* What paged for it ends. */
static void close_part(struct casework *w, struct casefile *c, wall_ms now) {
  c->untold = 0;
  casework_stop_runs(w, c);
  pager_cancel(w->pager, c, 0, "merged into another incident", now);
  casework_set_timer(w, c, now);
}

enum err casework_merge(struct casework *w, struct casefile *c,
                        struct casefile *into, const struct request *r,
                        bool is_new, wall_ms now) {
  int64_t total = c->incident.alerts_total;
  bool is_done = c->incident.merged_into != 0; /* loaded as it is now */
  enum err err = OK;
  if (!is_done)
    err = incident_merge(&c->incident, into->incident.id, r->by, r->at);
  if (err != OK)
    return err;
  log_line(LOG_NOTICE, "incident: merged incident %lld into incident %lld",
           casework_id(c), casework_id(into));
  close_part(w, c, now);
  tell_all(w, c, into, now);
  book_lead_on(w->book, c, into);
  adopt_people(c, into);
  lead_on(w, c, into);
  int64_t come = move_alerts(w, c, into, now);
  move_exhibits(w, c, into);
  casework_forget_counts(c);
  casework_count_anew(into);
  if (is_done && r->all && into->incident.alerts_firing > into->held)
    come = 1; /* the ledger had them there already */
  if (!is_done && !is_new)
    into->incident.alerts_total += total;
  book_touch_casefile(w->book, c);
  book_touch_casefile(w->book, into);
  if (incident_is_open(&into->incident))
    go_on(w, into, come, r->by, now);
  return OK;
}
