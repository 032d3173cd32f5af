/* SPDX-License-Identifier: MIT */
/* Who owes what at which time (core/reminder.h): pages whoever owes it when it
 * is due. The rows in the ledger are all there is: tools write them as the
 * plugin does, and only when the first is due is kept here. So while the ledger
 * cannot be written each comes once at most; what was due meanwhile comes once
 * afterwards, as after a start.
 *
 * The clocks of an incident, updates to stakeholders and to the public and the
 * deputy's callouts, are begun here. The engine thread only. */
#ifndef INCIDENT_AGENDA_H
#define INCIDENT_AGENDA_H

#include "engine/casework.h"
#include "engine/watch.h"

struct agenda {
  struct timer timer; /* the first reminder */
  struct casework *work;
  struct stack orders; /* struct order *: to be written; owned */
  size_t wrote;        /* of them, in the open transaction */
};

/* Also makes it the casework's. */
enum err agenda_init(struct agenda *a, struct casework *w);
void agenda_fini(struct agenda *a);

/* Others have changed the ledger, or it has just been opened: sets the timer.
 */
void agenda_look(struct agenda *a, struct ledger *l);
/* The timer is due; l: in a transaction, NULL: there is none. */
void agenda_due(struct agenda *a, struct ledger *l, struct watch *watch,
                wall_ms now);
/* The clock was set back. */
void agenda_clamp(struct agenda *a, wall_ms now);

/* Inside the transaction: what was ordered since; and once it is durable. */
enum err agenda_write(struct agenda *a, struct ledger *l);
void agenda_written(struct agenda *a, struct ledger *l);

/* The incident has been declared or reopened, or has another severity: the
 * clocks that it needs now run, and others do not. */
void agenda_plan(struct agenda *a, const struct casefile *c, wall_ms now);
/* The incident is over, or has another severity since: whoever owes a meeting
 * about its postmortem is reminded when that is due. */
void agenda_over(struct agenda *a, const struct casefile *c, wall_ms now);
/* The settings are others than when the clocks were begun, or may be, at a
 * start: those that are wanted now run, at their pace, and others do not. l:
 * outside a transaction. */
void agenda_adapt(struct agenda *a, struct ledger *l, wall_ms now);
/* Somebody has that role now, or nobody has. */
void agenda_role(struct agenda *a, const struct casefile *c, const char *role,
                 bool is_held, wall_ms now);

#endif
