/* SPDX-License-Identifier: MIT */
/* A part of the responders with a leader, who reports to the commander. */
#ifndef INCIDENT_TEAM_H
#define INCIDENT_TEAM_H

#include "base/clock.h"
#include "base/json.h"

#include <stdbool.h>

struct team {
  int64_t id; /* 0: the ledger gives one */
  int64_t incident;
  char *name, *leader;
  wall_ms since;
  wall_ms until;    /* its time box; WALL_NEVER: none */
  wall_ms ended_at; /* WALL_NEVER: not */
  char *by;         /* who made it */
};
void team_fini(struct team *t); /* frees the texts, not t */
/* {"id","name","leader","since","until","ended_at","by"} */
void team_print(const struct team *t, struct json *j);

static inline bool team_is_over(const struct team *t) {
  return t->ended_at != WALL_NEVER;
}

#endif
