/* SPDX-License-Identifier: MIT */
#include "core/reminder.h"

#include <stdlib.h>

const char *const reminder_kind_names[REMINDERS] = {
    "task", "team", "update", "public", "deputy", "meeting", "postmortem"};

void reminder_fini(struct reminder *r) {
  free(r->who);
  free(r->text);
}
