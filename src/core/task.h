/* SPDX-License-Identifier: MIT */
/* Something to be done for an incident, by one person, also when it is
 * resolved. */
#ifndef INCIDENT_TASK_H
#define INCIDENT_TASK_H

#include "base/clock.h"
#include "base/json.h"

#include <stdbool.h>

struct task {
  int64_t id; /* 0: the ledger gives one */
  int64_t incident;
  char *text;
  char *assignee; /* NULL: nobody yet */
  wall_ms due_at; /* WALL_NEVER: no time */
  wall_ms created_at;
  char *created_by;
  wall_ms understood_at; /* by the assignee; WALL_NEVER: not yet */
  wall_ms done_at;       /* WALL_NEVER: not yet */
  char *done_by;         /* NULL: not yet */
};
void task_fini(struct task *t); /* frees the texts, not t */
/* {"id","text","assignee","due_at","created_at","created_by","understood_at",
 * "done_at","done_by"} */
void task_print(const struct task *t, struct json *j);

static inline bool task_is_done(const struct task *t) {
  return t->done_at != WALL_NEVER;
}
static inline bool task_is_late(const struct task *t, wall_ms now) {
  return !task_is_done(t) && t->due_at <= now;
}

#endif
