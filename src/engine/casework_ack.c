/* SPDX-License-Identifier: MIT */
/* How long an acknowledgement holds (SPEC section 3):
 *
 *   acknowledged --AckTimeout--> asked --the first step's Wait--> nobody's
 *        ^                         |
 *        +-- somebody writes to ---+
 *            the timeline
 *
 *   snoozed --until--> nobody's
 *
 * What was written straight into the ledger is looked up when the time has
 * come, not before.
 */
#include "base/log.h"
#include "base/span.h"
#include "engine/casework_inside.h"

/* The chain whose AckTimeout counts: its own, or else that of its first run. */
static const struct chain *chain_of(const struct casefile *c) {
  const struct run *r = c->runs;
  while (r != NULL && (r->source != RUN_OWN || r->chain == NULL))
    r = r->next;
  for (const struct run *any = c->runs; any != NULL && r == NULL;
       any = any->next)
    r = any->chain != NULL ? any : NULL;
  return r != NULL ? r->chain : NULL;
}

wall_ms casework_ack_due(const struct casefile *c) {
  const struct incident *i = &c->incident;
  if (!incident_is_open(i) || i->acknowledged_by == NULL)
    return WALL_NEVER;
  if (i->snoozed_until != WALL_NEVER)
    return i->snoozed_until;
  const struct chain *chain = chain_of(c);
  if (chain == NULL || chain->ack_timeout == 0 || i->alerts_firing <= c->held)
    return WALL_NEVER;
  if (i->asked_at != WALL_NEVER)
    return i->asked_at + chain->steps[0].wait;
  return c->human_at + chain->ack_timeout;
}

void casework_ack_begin(struct casefile *c, wall_ms at) { c->human_at = at; }

/* before, after: what is said around the name of whoever has had it. */
static void end(struct casework *w, struct casefile *c, const char *before,
                const char *after, wall_ms now) {
  book_note(w->book, c, KIND_UNACKNOWLEDGED, now, "%s%s%s", before,
            c->incident.acknowledged_by, after);
  log_line(LOG_NOTICE, "incident: incident %lld: %s%s%s", casework_id(c),
           before, c->incident.acknowledged_by, after);
  incident_unacknowledge(&c->incident);
  c->incident.join_told_at = WALL_NEVER;
  c->untold = 0;
  book_touch_casefile(w->book, c);
  casework_settle_pause(w, c, now); /* before anybody is paged */
  if (c->runs != NULL)
    casework_restart_runs(w, c, false, now);
}

static void ask(struct casework *w, struct casefile *c, wall_ms now) {
  struct incident *i = &c->incident;
  char quiet[SPAN_TEXT];
  span_print(chain_of(c)->ack_timeout, quiet);
  if (!pager_tell(w->pager, c, PAGE_PAGE, i->acknowledged_by, now)) {
    end(w, c, "nobody wrote anything for a while, and ", " cannot be paged",
        now);
    return;
  }
  book_note(w->book, c, KIND_PAGE, now,
            "nobody wrote anything for %s: paged %s, who has acknowledged",
            quiet, i->acknowledged_by);
  i->asked_at = now;
  book_touch_casefile(w->book, c);
}

/* Without the ledger, what was handed over is all that is known. */
static void look_up(struct casework *w, struct casefile *c, wall_ms now) {
  struct incident *i = &c->incident;
  wall_ms at = WALL_NEVER;
  if (w->last_human(w->ledger_arg, i->id, now, &at) != OK || at == WALL_NEVER ||
      at <= c->human_at)
    return;
  c->human_at = at;
  if (i->asked_at != WALL_NEVER && at > i->asked_at) {
    i->asked_at = WALL_NEVER;
    book_touch_casefile(w->book, c);
  }
}

void casework_doubt(struct casework *w, struct casefile *c, wall_ms now) {
  const struct incident *i = &c->incident;
  if (casework_ack_due(c) > now)
    return;
  if (i->snoozed_until != WALL_NEVER) {
    end(w, c, "the snooze of ", " is over", now);
    return;
  }
  look_up(w, c, now);
  if (casework_ack_due(c) > now)
    return;
  if (i->asked_at == WALL_NEVER)
    ask(w, c, now);
  else
    end(w, c, "", " did not answer", now);
}

void casework_ack_clamp(struct casework *w, struct casefile *c, wall_ms now) {
  struct incident *i = &c->incident;
  if (c->human_at > now)
    c->human_at = now;
  if (i->asked_at != WALL_NEVER && i->asked_at > now)
    i->asked_at = now;
  if (i->snoozed_until == WALL_NEVER || i->acknowledged_at <= now)
    return;
  i->snoozed_until -= i->acknowledged_at - now; /* not longer than was said */
  i->acknowledged_at = now;
  book_touch_casefile(w->book, c);
}
