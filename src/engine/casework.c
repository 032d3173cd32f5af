/* SPDX-License-Identifier: MIT */
/* An incident's way, as far as alerts take it:
 *
 *   gathered ---> declared, its chain runs
 *                    |  joined: nothing new, unless it was calm or its chain
 *                    |  is exhausted (runs at once) or acknowledged (one page
 *                    |  to whoever has it)
 *                    v
 *   all clear ---> resolved: reopened when its key fires again soon;
 *                  or monitoring until a person closes it
 *
 * A person may resolve it while alerts fire: those wait out the rule's Hold and
 * then fire anew.
 *
 * A cleared alert stays with its incident, to be the same one when it fires
 * again, as long as that is open or may be reopened. One that clears leaves a
 * storm for good.
 */
#include "engine/casework_inside.h"

#include "base/log.h"
#include "core/rule.h"
#include "engine/agenda.h"
#include "engine/notify.h"

#include <stdlib.h>
#include <string.h>

#define NAME_MAX_BYTES 1024

long long casework_id(const struct casefile *c) {
  return (long long)c->incident.id;
}

/* ---- declaring and joining ---- */

/* Takes the incident over. */
struct casefile *casework_declare(struct casework *w,
                                  struct incident *own_incident,
                                  const struct rule *rule, wall_ms now) {
  struct casefile *c = NULL;
  if (book_add_casefile(w->book, own_incident, rule, &c) != OK)
    return NULL;
  book_touch_casefile(w->book, c);
  book_note(w->book, c, KIND_DECLARED, now, "%s", c->incident.title);
  casework_log_declared(w, c);
  return c;
}

/* It is of the incident from now on. */
static void attach(struct casework *w, struct casefile *c, struct alert *a,
                   wall_ms now) {
  book_attach_alert(c, a);
  c->incident.alerts_total++;
  (void)alert_set_group_key(a, NULL); /* the incident has it */
  book_touch_alert(w->book, a);
  if (a->is_flapping && a->since < now) /* it could not be said before */
    casework_flapping(w, a, now);
  hush_inhibit(w->hush, a, now);
  evidence_joined(w->evidence, a, now);
}

static void count(struct casefile *c, const struct alert *a) {
  c->incident.alerts_firing++;
  casework_count_host(c, a);
}

static enum err fill_in(struct casework *w, const struct alert *alerts,
                        const char *group_key, bool is_storm, wall_ms now,
                        struct incident *i) {
  const struct rule *r = alerts->rule;
  struct declaration d = {.signal = alerts->signal, .group_key = group_key};
  enum err err = casework_count_hosts(alerts, &d.alerts, &d.hosts);
  if (err == OK)
    err = rule_declare(r, w->settings, &d, w->book->ids.incident, now, i);
  if (err != OK || !is_storm)
    return err;
  struct buf title;
  buf_init(&title, NAME_MAX_BYTES);
  buf_addf(&title, "storm: %s", r->name);
  free(i->title);
  i->title = NULL;
  i->is_storm = true;
  err = buf_take(&title, &i->title);
  buf_fini(&title);
  if (err != OK)
    incident_fini(i);
  return err;
}

struct casefile *casework_declare_for(struct casework *w, struct alert *alerts,
                                      const char *group_key, bool is_storm,
                                      wall_ms now) {
  struct incident i;
  struct casefile *c = NULL;
  int64_t n = 0;
  if (fill_in(w, alerts, group_key, is_storm, now, &i) == OK)
    c = casework_declare(w, &i, alerts->rule, now);
  if (c == NULL) {
    log_line(LOG_ERROR, "incident: rule %s: cannot declare: out of memory",
             alerts->rule->name);
    return NULL;
  }
  w->book->ids.incident++;
  for (struct alert *a = alerts, *next; a != NULL; a = next, n++) {
    next = a->next;
    attach(w, c, a, now);
    count(c, a);
  }
  if (n == 1)
    casework_note_alert(w, c, c->alerts, "fires", now);
  else
    book_note(w->book, c, KIND_ALERT, now, "%lld alerts fire", (long long)n);
  (void)casework_raise(w, c, now); /* before it is paged */
  casework_start_runs(w, c, now);
  notify_declared(w->pager, c, now);
  agenda_plan(w->agenda, c, now);
  casework_set_timer(w, c, now);
  return c;
}

void casework_tell_joined(struct casework *w, struct casefile *c, wall_ms now) {
  struct incident *i = &c->incident;
  if (i->join_told_at != WALL_NEVER && i->join_told_at > now)
    i->join_told_at = now; /* the clock was set back */
  if (i->join_told_at != WALL_NEVER &&
      now < i->join_told_at + CASEWORK_JOIN_PAUSE_MS) {
    casework_set_timer(w, c, now);
    return;
  }
  casework_tell_now(w, c, PAGE_PAGE, now);
}

void casework_tell_now(struct casework *w, struct casefile *c,
                       enum page_event event, wall_ms now) {
  struct incident *i = &c->incident;
  i->join_told_at = now;
  c->untold = 0;
  book_touch_casefile(w->book, c);
  if (!pager_tell(w->pager, c, event, i->acknowledged_by, now))
    pager_tell_reached(w->pager, c, PAGE_UPDATE, NULL, now);
}

void casework_stir(struct casework *w, struct casefile *c, wall_ms now) {
  if (c->incident.status != STATUS_MONITORING)
    return;
  c->incident.status = STATUS_INVESTIGATING;
  book_touch_casefile(w->book, c);
  book_note(w->book, c, KIND_STATUS, now,
            "investigating: an alert fires again");
  notify_tell(w->pager, c, now, ON_STATUS,
              "investigating: an alert fires again");
}

/* What fires and is not held back is more now, or worse. */
static void page_about(struct casework *w, struct casefile *c, bool was_calm,
                       bool is_raised, wall_ms now) {
  if (was_calm)
    casework_stir(w, c, now);
  if (c->incident.acknowledged_by != NULL && is_raised) {
    casework_tell_now(w, c, PAGE_PAGE, now);
  } else if (c->incident.acknowledged_by != NULL) {
    c->untold++;
    casework_tell_joined(w, c, now);
  } else if (was_calm || casework_has_exhausted(c)) {
    casework_restart_runs(w, c, !was_calm, now);
  } else if (is_raised) {
    casework_escalate(w, c, false, now);
  }
  if (is_raised) {
    casework_run_severity(w, c, now);
    notify_raised(w->pager, c, now);
    agenda_plan(w->agenda, c, now);
  }
}

void casework_upgrade(struct casework *w, struct casefile *c, wall_ms now) {
  if (casework_raise(w, c, now))
    page_about(w, c, false, true, now);
}

void casework_join(struct casework *w, struct casefile *c, struct alert *a,
                   wall_ms now) {
  const struct incident *i = &c->incident;
  bool was_calm = i->alerts_firing == c->held && !i->is_paused;
  if (a->casefile == NULL)
    attach(w, c, a, now);
  count(c, a);
  c->joined++;
  c->joined_one = a;
  casework_note_about(w, c);
  book_touch_casefile(w->book, c);
  if (alert_is_held(a)) {
    casework_held(w, a, now);
    return;
  }
  casework_settle_pause(w, c, now);
  page_about(w, c, was_calm, casework_raise(w, c, now), now);
  if (was_calm) /* AckTimeout counts again */
    casework_set_timer(w, c, now);
}

void casework_reopen(struct casework *w, struct casefile *c, struct alert *a,
                     wall_ms now) {
  struct entry e;
  if (incident_reopen(&c->incident, now, &e) != OK) {
    log_line(LOG_ERROR, "incident: incident %lld: out of memory",
             casework_id(c));
    return;
  }
  book_note_entry(w->book, &e);
  log_line(LOG_NOTICE, "incident: reopened incident %lld: %s", casework_id(c),
           incident_name(&c->incident));
  c->reopen_until = WALL_NEVER;
  if (a->casefile == NULL)
    attach(w, c, a, now);
  else
    evidence_joined(w->evidence, a, now);
  casework_count_anew(c); /* others may have been held back meanwhile */
  casework_note_alert(w, c, a, "fires", now);
  book_touch_casefile(w->book, c);
  bool is_raised = casework_raise(w, c, now);
  if (c->incident.acknowledged_by != NULL)
    casework_tell_now(w, c, is_raised ? PAGE_PAGE : PAGE_UPDATE, now);
  else
    casework_restart_runs(w, c, false, now);
  if (is_raised)
    casework_run_severity(w, c, now);
  notify_tell(w->pager, c, now, ON_STATUS, "reopened as %.128s",
              c->incident.severity);
  agenda_plan(w->agenda, c, now);
  casework_set_timer(w, c, now);
}

/* ---- what alerts do ---- */

/* It goes on as a new alert of no incident, and ends where it was. NULL when
 * out of memory. */
static struct alert *renew(struct casework *w, struct alert *a, wall_ms now) {
  struct signal *copy = signal_copy(a->signal);
  struct alert *fresh = copy != NULL ? book_add_alert(w->book, copy) : NULL;
  if (fresh == NULL) {
    log_line(LOG_ERROR, "incident: rule %s: cannot declare: out of memory",
             a->rule->name);
    return NULL;
  }
  alert_go_on(fresh, a, now);
  /* Without memory it is made again from the series. */
  (void)alert_set_group_key(fresh, alert_extra(a)->group_key);
  fresh->is_watched = a->is_watched;
  timers_set(&w->book->timers, &fresh->timer, alert_due(fresh));
  hush_go_on(w->hush, a, fresh, now);
  (void)alert_set_group_key(a, NULL);
  (void)alert_set_hold(a, 0, 0);
  (void)alert_forget(a);
  a->is_watched = false;
  timers_set(&w->book->timers, &a->timer, WALL_NEVER);
  book_touch_alert(w->book, a);
  book_touch_alert(w->book, fresh);
  book_touch_casefile(w->book, a->casefile); /* it may be over now */
  return fresh;
}

/* Of no incident: recorded, held back, or on its way to one. */
static void fire_loose(struct casework *w, struct alert *a, wall_ms now) {
  if (a->rule->is_recorded)
    book_note_event(w->book, a->signal, EVENT_RECORDED, a->rule, 0, now);
  else if (!alert_is_held(a))
    gather_fired(w->gather, a, now);
  hush_inhibit(w->hush, a, now);
}

/* Its group is still that of its incident: metadata may have changed. */
static bool is_of(const struct casework *w, const struct alert *a,
                  const struct casefile *c) {
  const char *key = alert_extra(a)->group_key;
  return key == NULL || c->incident.group_key == NULL ||
         strcmp(key, c->incident.group_key) == 0 ||
         book_group(w->book, a->rule, key) == c; /* of a part of it */
}

void casework_fired(struct casework *w, struct alert *a, wall_ms now) {
  struct casefile *c = a->casefile;
  gather_fix_key(w->gather, a);
  bool is_its = c != NULL && is_of(w, a, c);
  if (is_its && incident_is_open(&c->incident)) {
    casework_join(w, c, a, now);
    hush_inhibit(w->hush, a, now);
    return;
  }
  if (is_its && casefile_may_reopen(c, now) && !a->rule->is_recorded &&
      !alert_is_held(a) && gather_may_reopen(w->gather, a->rule, now)) {
    casework_reopen(w, c, a, now);
    hush_inhibit(w->hush, a, now);
    return;
  }
  if (c != NULL)
    a = renew(w, a, now);
  if (a != NULL)
    fire_loose(w, a, now);
}

void casework_rose(struct casework *w, struct alert *a, wall_ms now) {
  struct casefile *c = a->casefile;
  if (c == NULL || !incident_is_open(&c->incident)) {
    casework_refired(w, a, now);
    return;
  }
  casework_note_alert(
      w, c, a,
      a->level == LEVEL_FAILURE ? "rose to failure" : "rose to warning", now);
  if (c->incident.acknowledged_by != NULL && !alert_is_held(a)) {
    c->untold++;
    casework_tell_joined(w, c, now);
  }
}

/* It still fires though its incident was resolved by hand: as a new alert it
 * goes through its rule again. */
void casework_fire_anew(struct casework *w, struct alert *a, wall_ms now) {
  struct casefile *c = a->casefile;
  if (a->rule->group_by.metas_n > 0 && !c->incident.is_storm &&
      a->rule == c->rule)
    (void)alert_set_group_key(a, c->incident.group_key);
  bool was_firing = alert_is_firing(a);
  a = renew(w, a, now);
  if (a == NULL)
    return;
  if (was_firing)
    casework_fires_less(c);
  fire_loose(w, a, now);
}

void casework_refired(struct casework *w, struct alert *a, wall_ms now) {
  const struct casefile *c = a->casefile;
  if (c != NULL && !incident_is_open(&c->incident) &&
      (c->incident.hold_until == WALL_NEVER || c->incident.hold_until <= now))
    casework_fire_anew(w, a, now);
  else
    casework_wait_over(w, a, now);
}

void casework_flapping(struct casework *w, struct alert *a, wall_ms now) {
  struct buf name;
  if (a->casefile == NULL)
    return;
  buf_init(&name, NAME_MAX_BYTES);
  signal_add_name(a->signal, &name);
  book_note(w->book, a->casefile, KIND_FLAPPING, now,
            "%s is flapping: it fires until it has been quiet for %d minutes",
            buf_text(&name), FLAP_QUIET_MS / 60000);
  buf_fini(&name);
}

/* ---- calming and resolving ---- */

/* Everything that follows from a resolve, whoever did it. */
void casework_close_incident(struct casework *w, struct casefile *c,
                             wall_ms now) {
  c->untold = 0;
  c->incident.is_paused = false;
  book_close_group(w->book, c);
  casework_keep(w, c);
  casework_stop_runs(w, c);
  pager_cancel(w->pager, c, 0, "resolved", now);
  pager_tell_reached(w->pager, c, PAGE_RESOLVED, NULL, now);
  notify_resolved(w->pager, c, now);
  casework_set_timer(w, c, now);
  book_touch_casefile(w->book, c);
  evidence_resolved(w->evidence, c, now);
  hush_resolved(w->hush, c);
  agenda_over(w->agenda, c, now);
  log_line(LOG_NOTICE, "incident: resolved incident %lld: %s", casework_id(c),
           incident_name(&c->incident));
}

static void calm(struct casework *w, struct casefile *c, wall_ms now) {
  struct entry e;
  /* What a person has declared is a person's to close, whatever has become part
   * of it. */
  bool is_auto =
      c->incident.rule != NULL && (c->rule == NULL || c->rule->auto_resolve);
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
  c->incident.is_paused = false;
  casework_stop_runs(w, c);
  pager_cancel(w->pager, c, 0, "all alerts have cleared", now);
  pager_tell_reached(w->pager, c, PAGE_UPDATE, NULL, now);
  notify_tell(w->pager, c, now, ON_STATUS,
              "monitoring: all alerts have cleared");
  book_touch_casefile(w->book, c);
}

void casework_cleared(struct casework *w, struct alert *a, wall_ms now) {
  struct casefile *c = a->casefile;
  if (c == NULL) {
    gather_leave(w->gather, a);
    book_drop_alert(w->book, a);
    return;
  }
  casework_fires_less(c);
  if (!incident_is_open(&c->incident)) {
    (void)alert_set_hold(a, 0, 0);
    book_touch_casefile(w->book, c); /* it may be over now */
    return;
  }
  if (alert_is_held(a))
    c->held--;
  else
    casework_uncount_host(c, a);
  (void)alert_set_hold(a, 0, 0);
  c->cleared++;
  c->cleared_one = a;
  casework_note_about(w, c);
  book_touch_casefile(w->book, c);
  if (c->incident.is_storm)
    book_drop_alert(w->book, a);
  if (c->incident.alerts_firing <= 0) {
    casework_note_alerts(w, now); /* before the entry that it resolved */
    calm(w, c, now);
  } else {
    casework_settle_pause(w, c, now);
  }
}

void casework_lapsed(struct casework *w, struct alert *a) {
  if (a->casefile == NULL)
    book_drop_alert(w->book, a);
  else if (!incident_is_open(&a->casefile->incident))
    book_touch_casefile(w->book, a->casefile); /* it may be over now */
}
