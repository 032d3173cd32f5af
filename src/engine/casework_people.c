/* SPDX-License-Identifier: MIT */
/* What people want of incidents: the paging that follows from it. What it does
 * to the incident itself is core/incident.c's. */
#include "base/log.h"
#include "core/rule.h"
#include "engine/agenda.h"
#include "engine/casework_inside.h"
#include "engine/notify.h"

#include <stdlib.h>
#include <string.h>

static bool has_own(const struct casefile *c) {
  for (const struct run *run = c->runs; run != NULL; run = run->next)
    if (run->source == RUN_OWN)
      return true;
  return false;
}

/* By whom nobody has paged: the incident's own run, or if it has none all. */
static bool is_stopped(const struct casefile *c, const struct run *run,
                       const struct request *r, bool has_paged) {
  if (r->all || (!has_paged && !has_own(c)))
    return true;
  return has_paged ? pager_has_paged(c, run, r->by) : run->source == RUN_OWN;
}

static void acknowledge(struct casework *w, struct casefile *c,
                        const struct request *r, bool is_again, wall_ms now) {
  bool has_paged = false;
  for (const struct run *run = c->runs; run != NULL; run = run->next)
    has_paged = has_paged || pager_has_paged(c, run, r->by);
  for (struct run *run = c->runs; run != NULL; run = run->next)
    if (is_stopped(c, run, r, has_paged)) {
      casework_stop_run(w, run);
      pager_cancel(w->pager, c, run->id, "acknowledged", now);
    }
  c->untold = 0;
  c->incident.join_told_at = WALL_NEVER;
  if (!is_again)
    pager_tell_reached(w->pager, c, PAGE_UPDATE, r->by, now);
}

static enum err declare_by_hand(struct casework *w, const struct request *r,
                                wall_ms now, struct casefile **casefile) {
  struct incident i;
  const struct severity *s = settings_severity(
      w->settings, r->severity != NULL ? r->severity : "UNKNOWN");
  const struct chain *chain = w->settings->default_chain;
  const struct rule *rule =
      r->rule != NULL ? settings_rule(w->settings, r->rule) : NULL;
  incident_init(&i);
  enum err err =
      incident_declare(&i, r, w->book->ids.incident, s != NULL && s->is_major,
                       chain != NULL ? chain->name : NULL);
  if (err == OK && r->rule != NULL)
    err = rule != NULL ? rule_lend(rule, w->settings, r, &i) : ERR_NOTFOUND;
  if (err != OK) {
    incident_fini(&i);
    return err;
  }
  *casefile = casework_declare(w, &i, NULL, now);
  if (*casefile == NULL)
    return ERR_NOMEM;
  w->book->ids.incident++;
  if ((*casefile)->incident.commander != NULL)
    book_note_role(w->book, &(*casefile)->incident, r);
  return OK;
}

enum err casework_declare_own(struct casework *w, const char *title,
                              wall_ms now) {
  struct request r;
  struct casefile *c = NULL;
  request_init(&r);
  r.verb = VERB_DECLARE;
  r.at = now;
  enum err err = incident_set_text(&r.text, title);
  if (err == OK)
    err = incident_set_text(&r.by, "collectd-incident");
  if (err == OK)
    err = declare_by_hand(w, &r, now, &c);
  if (err == OK)
    casework_start_runs(w, c, now);
  request_fini(&r);
  return err;
}

static void test_responder(struct casework *w, const struct request *r,
                           const struct chain *chain, unsigned step,
                           const struct responder *who, wall_ms now) {
  for (size_t n = 0; who != NULL && n < who->ways_n; n++)
    pager_test(w->pager, who->ways[n].webhook, chain, step, who, r->id, now);
}

static enum err test(struct casework *w, const struct request *r, wall_ms now) {
  const struct webhook *hook = settings_webhook(w->settings, r->text);
  const struct chain *chain = settings_chain(w->settings, r->text);
  if (hook != NULL) {
    pager_test(w->pager, hook, NULL, 0, NULL, r->id, now);
    return OK;
  }
  if (chain == NULL)
    return ERR_NOTFOUND;
  for (size_t s = 0; s < chain->steps_n; s++)
    for (size_t t = 0; t < chain->steps[s].targets_n; t++) {
      const struct target *to = &chain->steps[s].targets[t];
      if (to->kind == TARGET_WEBHOOK)
        pager_test(w->pager, to->webhook, chain, (unsigned)s + 1, NULL, r->id,
                   now);
      else
        test_responder(w, r, chain, (unsigned)s + 1,
                       to->kind == TARGET_SCHEDULE
                           ? duty_now(w->duty, to->schedule, now)
                           : to->responder,
                       now);
    }
  return OK;
}

/* Whatever else goes on, and also while it is paused: somebody wants it. */
static void page_who(struct casework *w, struct casefile *c,
                     const struct chain *chain, enum run_source source,
                     wall_ms now) {
  struct run *r = c->runs;
  while (r != NULL && (r->source != source || r->chain != chain))
    r = r->next;
  if (r == NULL)
    r = book_add_run(w->book, c, chain, source, now);
  else
    run_restart(r, now);
  if (r == NULL) {
    log_line(LOG_ERROR, "incident: incident %lld: cannot page: out of memory",
             casework_id(c));
    return;
  }
  (void)run_advance(r, now); /* the first step */
  pager_step(w->pager, r, now);
}

/* Whoever has a role now, unless they have taken it themselves. */
static void page_holder(struct casework *w, struct casefile *c,
                        const struct request *r, wall_ms now) {
  if (!r->is_released && strcmp(r->who, r->by) != 0 &&
      settings_responder(w->settings, r->who) != NULL)
    page_who(w, c, settings_page_who(w->settings, r->who), RUN_FOR_ROLE, now);
}

/* Somebody else's commander is to know, if the incident's chains have not said
 * so. */
static void page_commander(struct casework *w, struct casefile *c,
                           const struct request *r, wall_ms now) {
  const char *who = c->incident.commander;
  if (who == NULL || strcmp(who, c->incident.declared_by) == 0 ||
      settings_responder(w->settings, who) == NULL)
    return;
  for (const struct run *run = c->runs; run != NULL; run = run->next)
    if (pager_has_paged(c, run, who))
      return;
  if (!r->no_page && incident_is_open(&c->incident))
    page_who(w, c, settings_page_who(w->settings, who), RUN_FOR_ROLE, now);
}

enum err casework_page_again(struct casework *w, struct casefile *c,
                             struct page *own_page, wall_ms now,
                             const char **why) {
  const struct page *other = c->pages_first;
  while (other != NULL && other->seq != own_page->seq)
    other = other->next;
  *why = page_refusal(other != NULL ? other : own_page,
                      incident_is_open(&c->incident));
  if (*why != NULL) {
    page_fini(own_page);
    free(own_page);
    return ERR_CONFLICT;
  }
  if (own_page->state == PAGE_DELIVERED)
    page_note_attempt(own_page, own_page->delivered_at, own_page->http_status,
                      NULL, own_page->response);
  own_page->webhook = settings_webhook(w->settings, own_page->webhook_name);
  own_page->state = PAGE_PENDING;
  own_page->due_at = now;
  own_page->delivered_at = WALL_NEVER;
  own_page->tried = 0; /* all of Retry again */
  enum err err = book_take_page(w->book, own_page);
  if (err != OK)
    return err;
  struct run *r = book_run(c, own_page->run);
  if (r != NULL && run_stands_at(r, own_page))
    r->pages_open++;
  book_touch_page(w->book, own_page);
  pager_resume(w->pager, own_page, now);
  return OK;
}

/* What it was like before the request. */
struct before {
  bool is_again;                   /* it is acknowledged by whoever had it */
  const struct severity *severity; /* NULL: of none that is known */
  bool is_major;
  char *commander; /* owned; NULL: nobody else leads it than before */
};

static void follow(struct casework *w, struct casefile *c,
                   const struct request *r, const struct before *before,
                   wall_ms now) {
  bool is_flagged =
      r->verb == VERB_EDIT && c->incident.is_major != before->is_major;
  switch (r->verb) {
  case VERB_ACK:
  case VERB_SNOOZE:
    acknowledge(w, c, r, before->is_again, now);
    break;
  case VERB_UNACK:
    casework_settle_pause(w, c, now); /* before anybody is paged */
    if (c->runs != NULL)              /* else it was declared without paging */
      casework_restart_runs(w, c, false, now);
    break;
  case VERB_ESCALATE:
    casework_escalate(w, c, true, now);
    break;
  case VERB_PAGE:
    page_who(w, c, settings_page_who(w->settings, r->text), RUN_ASKED_FOR, now);
    break;
  case VERB_RESOLVE:
    casework_close_incident(w, c, now);
    break;
  case VERB_SEVERITY:
    casework_severity_set(w, c, before->severity, now);
    break;
  case VERB_STATUS:
    notify_tell(w->pager, c, now, ON_STATUS, "%.128s by %.128s",
                status_names[r->status], r->by);
    break;
  case VERB_REOPEN:
    casework_reopened(w, c, r->by, now);
    break;
  case VERB_ROLE:
    page_holder(w, c, r, now);
    if (before->commander != NULL)
      casework_tell_command(w, c, r, before->commander, now);
    break;
  case VERB_EDIT:
    if (is_flagged)
      casework_major_set(w, c, now);
    break;
  default:
    break;
  }
  if (r->verb == VERB_SEVERITY || r->verb == VERB_REOPEN || is_flagged)
    agenda_plan(w->agenda, c, now);
  if (r->verb == VERB_SEVERITY || is_flagged)
    agenda_over(w->agenda, c, now);
  else if (r->verb == VERB_ROLE)
    agenda_role(w->agenda, c, r->role, !r->is_released, now);
  casework_ack_begin(c, now);
  casework_settle_pause(w, c, now);
  casework_set_timer(w, c, now);
}

/* The row was loaded with what the request did to it: it was made before we
 * started. */
static bool has_already(const struct incident *i, const struct request *r) {
  switch (r->verb) {
  case VERB_RESOLVE:
    return !incident_is_open(i) && i->resolved_at == r->at;
  case VERB_UNACK:
    return incident_is_open(i) && i->acknowledged_by == NULL;
  case VERB_SEVERITY:
    return strcmp(i->severity, r->severity) == 0;
  case VERB_STATUS:
    return i->status == r->status;
  case VERB_REOPEN:
    return incident_is_open(i) && i->acknowledged_by == NULL;
  case VERB_EDIT:
    return true;
  default:
    return false;
  }
}

/* By whoever has it already: the others have been told. */
static bool is_acknowledged_again(const struct incident *i,
                                  const struct request *r) {
  return (r->verb == VERB_ACK || r->verb == VERB_SNOOZE) && r->id > 0 &&
         !r->all && incident_is_open(i) && i->acknowledged_by != NULL &&
         i->acknowledged_at != r->at && strcmp(i->acknowledged_by, r->by) == 0;
}

/* A row that was written has what it says already, and said otherwise. */
static bool was_major(const struct incident *i, const struct request *r) {
  if (r->id == 0 || r->verb != VERB_EDIT || r->field == NULL ||
      r->text == NULL || strcmp(r->field, "major") != 0)
    return i->is_major;
  return strcmp(r->text, "yes") != 0;
}

static struct before look_before(const struct casework *w,
                                 const struct incident *i,
                                 const struct request *r) {
  const char *severity = r->id > 0 && r->was != NULL ? r->was : i->severity;
  return (struct before){
      .is_again = is_acknowledged_again(i, r),
      .severity = settings_severity(w->settings, severity),
      .is_major = was_major(i, r),
  };
}

/* Of one that is handed over: whether it may be, by what is known here. own is
 * the request, to be completed. */
static const char *refusal(const struct casework *w, const struct casefile *c,
                           struct request *own) {
  const struct severity *s;
  const struct casefile *other;
  switch (own->verb) {
  case VERB_PAGE:
    return settings_page_who(w->settings, own->text) == NULL
               ? "there is neither a responder, a schedule nor a chain of that "
                 "name"
               : NULL;
  case VERB_SEVERITY:
    s = own->severity != NULL ? settings_severity(w->settings, own->severity)
                              : NULL;
    if (s != NULL)
      own->is_major = s->is_major;
    return s == NULL && own->id == 0 ? "there is no such severity" : NULL;
  case VERB_REOPEN:
    other = c->rule != NULL && c->incident.group_key != NULL
                ? book_open_group(w->book, c->rule, c->incident.group_key)
                : NULL;
    return own->id == 0 && other != NULL && other != c
               ? "a later incident of the same group is open"
               : NULL;
  default:
    return NULL;
  }
}

/* One that a person has declared has alerts of what has become part of it. */
static span_ms hold_of(const struct casefile *c) {
  span_ms hold = c->rule != NULL ? c->rule->hold : 0;
  for (const struct alert *a = c->alerts; c->rule == NULL && a != NULL;
       a = a->next)
    if (a->rule != NULL && a->rule->hold > hold)
      hold = a->rule->hold;
  return hold;
}

enum err casework_request(struct casework *w, const struct request *r,
                          wall_ms now, struct casefile **casefile,
                          const struct entry **entry, const char **why) {
  bool is_written = r->id > 0;
  struct casefile *c = NULL;
  struct entry e = {0};
  enum err err;
  *casefile = NULL;
  *entry = NULL;
  if (r->verb == VERB_TEST)
    return test(w, r, now);
  if (r->verb == VERB_DECLARE && !is_written) {
    err = declare_by_hand(w, r, now, &c);
    if (err != OK)
      return err;
  } else {
    c = book_casefile(w->book, r->incident);
    if (c == NULL)
      return ERR_NOTFOUND;
  }
  *casefile = c;
  if (r->verb == VERB_DECLARE) {
    if (is_written)
      casework_log_declared(w, c);
    casework_attach(w, c, r->series, r->by, now);
    if (!r->no_page && c->runs == NULL && incident_is_open(&c->incident))
      casework_start_runs(w, c, now);
    page_commander(w, c, r, now);
    notify_declared(w->pager, c, now);
    agenda_plan(w->agenda, c, now);
    return OK;
  }
  struct request own = *r; /* texts are r's */
  *why = refusal(w, c, &own);
  if (*why != NULL)
    return ERR_CONFLICT;
  span_ms hold = hold_of(c);
  struct before before = look_before(w, &c->incident, r);
  err = incident_set_text(&before.commander,
                          casework_old_commander(&c->incident, r));
  if (err == OK)
    err = incident_apply(&c->incident, &own, hold, &e, why);
  if (err == ERR_CONFLICT && is_written && has_already(&c->incident, r))
    err = OK;
  if (err != OK) {
    free(before.commander);
    return err;
  }
  book_touch_casefile(w->book, c);
  if (is_written) {
    entry_fini(&e);
  } else {
    book_note_entry(w->book, &e);
    if (r->verb == VERB_ROLE)
      book_note_role(w->book, &c->incident, r);
    if (w->book->entries.n > 0)
      *entry = w->book->entries.items[w->book->entries.n - 1];
  }
  log_line(LOG_NOTICE, "incident: %s of incident %lld by %s",
           verb_names[r->verb], casework_id(c), r->by);
  follow(w, c, r, &before, now);
  free(before.commander);
  return OK;
}
