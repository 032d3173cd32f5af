/* SPDX-License-Identifier: MIT */
/* What time does to incidents. A casefile has one timer, for whatever comes
 * first: open, the end of a snooze or of AckTimeout, joined alerts that are to
 * be told of and an <Upgrade> After; resolved, the end of Hold or of Reopen. */
#include "engine/casework_inside.h"

static wall_ms least(wall_ms a, wall_ms b) { return a < b ? a : b; }

/* The first After later than since. */
static wall_ms upgrade_due(const struct casefile *c, wall_ms since) {
  wall_ms due = WALL_NEVER;
  if (c->rule == NULL || c->incident.is_paused)
    return due;
  for (size_t n = 0; n < c->rule->upgrades_n; n++) {
    const struct upgrade *u = &c->rule->upgrades[n];
    wall_ms at = c->incident.declared_at + u->after;
    if (u->after > 0 && (c->incident.upgrades & 1u << n) == 0 && at > since)
      due = least(due, at);
  }
  return due;
}

static wall_ms file_due(const struct casefile *c, wall_ms since) {
  const struct incident *i = &c->incident;
  if (!incident_is_open(i))
    return least(i->hold_until, c->reopen_until);
  wall_ms due = least(upgrade_due(c, since), casework_ack_due(c));
  if (c->untold > 0 && i->acknowledged_by != NULL &&
      i->join_told_at != WALL_NEVER)
    due = least(due, i->join_told_at + CASEWORK_JOIN_PAUSE_MS);
  return due;
}

void casework_set_timer(struct casework *w, struct casefile *c, wall_ms now) {
  timers_set(&w->book->timers, &c->timer, file_due(c, now));
}

static void fire_held(struct casework *w, struct casefile *c, wall_ms now) {
  for (struct alert *a = c->alerts, *next; a != NULL; a = next) {
    next = a->next;
    if (a->state == ALERT_FIRING)
      casework_fire_anew(w, a, now);
  }
}

void casework_incident_due(struct casework *w, struct casefile *c,
                           wall_ms now) {
  timers_set(&w->book->timers, &c->timer, WALL_NEVER);
  if (incident_is_open(&c->incident)) {
    casework_doubt(w, c, now);
    if (c->untold > 0 && c->incident.acknowledged_by != NULL)
      casework_tell_joined(w, c, now);
    casework_upgrade(w, c, now);
    casework_set_timer(w, c, now);
    return;
  }
  if (c->reopen_until <= now)
    book_close_group(w->book, c);
  if (c->incident.hold_until <= now)
    fire_held(w, c, now);
  else
    casework_set_timer(w, c, now);
  if (!book_retire(w->book, c))
    book_touch_casefile(w->book, c); /* so that it goes once it can */
}

void casework_keep(struct casework *w, struct casefile *c) {
  const struct incident *i = &c->incident;
  if (c->rule != NULL && c->rule->reopen > 0 && !incident_is_open(i) &&
      i->merged_into == 0 && i->resolved_by == NULL && !i->is_storm &&
      i->group_key != NULL &&
      book_group(w->book, c->rule, i->group_key) == NULL)
    book_keep_group(w->book, c, i->resolved_at + c->rule->reopen);
}

void casework_resume(struct casework *w, struct casefile *c, wall_ms now) {
  c->held = 0;
  for (struct alert *a = c->alerts, *next; a != NULL; a = next) {
    next = a->next;
    c->held += alert_is_firing(a) && alert_is_held(a);
    if (c->incident.is_storm && !alert_is_live(a)) /* it has left */
      book_drop_alert(w->book, a);
  }
  casework_keep(w, c);
  if (c->human_at == 0 && c->incident.acknowledged_by != NULL)
    casework_ack_begin(c, c->incident.acknowledged_at);
  casework_ack_clamp(w, c, now);
  /* An After that has passed meanwhile is due at once. */
  timers_set(&w->book->timers, &c->timer, file_due(c, 0));
}

void casework_clamp(struct casework *w, struct casefile *c, wall_ms now) {
  struct incident *i = &c->incident;
  casework_ack_clamp(w, c, now);
  if (c->untold > 0 && i->join_told_at != WALL_NEVER && i->join_told_at > now)
    i->join_told_at = now;
  if (c->rule != NULL && i->hold_until != WALL_NEVER &&
      i->hold_until > now + c->rule->hold)
    i->hold_until = now + c->rule->hold;
  if (c->rule != NULL && c->reopen_until != WALL_NEVER &&
      c->reopen_until > now + c->rule->reopen)
    c->reopen_until = now + c->rule->reopen;
  casework_set_timer(w, c, now);
}
