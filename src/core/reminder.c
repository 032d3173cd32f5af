/* SPDX-License-Identifier: MIT */
#include "core/reminder.h"

#include <stdlib.h>

const char *const reminder_kind_names[REMINDERS] = {
    "task", "team", "update", "public", "deputy", "meeting", "postmortem"};

void reminder_fini(struct reminder *r) {
  free(r->who);
  free(r->text);
}

bool reminder_is_clock(enum reminder_kind kind) {
  return kind == REMINDER_UPDATE || kind == REMINDER_PUBLIC ||
         kind == REMINDER_DEPUTY;
}

bool reminder_outlives(enum reminder_kind kind) {
  return kind == REMINDER_TASK || kind == REMINDER_MEETING ||
         kind == REMINDER_POSTMORTEM;
}

void reminder_step(struct reminder *r, wall_ms now) {
  if (r->every <= 0) {
    r->ended_at = now;
    return;
  }
  if (r->owed_at == WALL_NEVER)
    r->owed_at = r->due_at;
  r->due_at = now + r->every;
}
