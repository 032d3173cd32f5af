/* SPDX-License-Identifier: MIT */
/* That somebody owes something at a time, and is paged about it then. */
#ifndef INCIDENT_REMINDER_H
#define INCIDENT_REMINDER_H

#include "base/clock.h"

#include <stdbool.h>

enum reminder_kind {
  REMINDER_TASK,   /* a task is due */
  REMINDER_TEAM,   /* a team's time box ends */
  REMINDER_UPDATE, /* stakeholders wait for one */
  REMINDER_PUBLIC, /* the public does */
  REMINDER_DEPUTY, /* the deputy's callout */
  REMINDER_MEETING,
  REMINDER_POSTMORTEM,
  REMINDERS
};
extern const char *const reminder_kind_names[REMINDERS];

struct reminder {
  int64_t id; /* 0: the ledger gives one */
  int64_t incident;
  enum reminder_kind kind;
  int64_t subject; /* the id of the task, the team; 0: none */
  char *who;       /* a person or role; NULL: as its kind says */
  char *text;
  wall_ms due_at;
  span_ms every;    /* 0: once */
  wall_ms ended_at; /* sent, or of no more use; WALL_NEVER: not */
  wall_ms owed_at;  /* when it was due first; WALL_NEVER: it has not come since
                       that was last seen to */
};
/* It is due again and again until somebody does what it is about: updates of
 * whatever kind, callouts. There is one of a kind at most. */
bool reminder_is_clock(enum reminder_kind kind);
/* Its work goes on when the incident is resolved. */
bool reminder_outlives(enum reminder_kind kind);
/* It has just come: when it comes again, or that it has ended. Those that were
 * missed are not made up for. */
void reminder_step(struct reminder *r, wall_ms now);
void reminder_fini(struct reminder *r); /* frees the texts, not r */

#endif
