/* SPDX-License-Identifier: MIT */
/* An incident becomes part of another. It is over then, and whatever leads to
 * it leads on: there is never a second step, since those that were part of it
 * become part of the other, too. */
#include "core/incident.h"

#include <stdio.h>

static _Thread_local char line[128];

const char *incident_is_merged(const struct incident *i) {
  if (i->merged_into == 0)
    return NULL;
  snprintf(line, sizeof line, "merged into incident %lld",
           (long long)i->merged_into);
  return line;
}

static const char *say(const struct incident *into, const char *what) {
  snprintf(line, sizeof line, "incident %lld %s", (long long)into->id, what);
  return line;
}

const char *incident_merge_refusal(const struct incident *i,
                                   const struct incident *into) {
  if (i->id == into->id)
    return "it cannot be merged into itself";
  if (i->merged_into != 0)
    return incident_is_merged(i);
  if (into->merged_into == i->id)
    return say(into, "is part of it");
  if (into->merged_into != 0) {
    snprintf(line, sizeof line, "incident %lld is merged into incident %lld",
             (long long)into->id, (long long)into->merged_into);
    return line;
  }
  if (!incident_is_open(into))
    return say(into, "is resolved");
  if (i->is_private && !into->is_private)
    return say(into, "is not private");
  if (i->is_test != into->is_test)
    return say(into, into->is_test ? "is a test" : "is no test");
  return NULL;
}

enum err incident_merge(struct incident *i, int64_t into, const char *by,
                        wall_ms at) {
  if (incident_is_open(i)) {
    enum err err = incident_set_text(&i->resolved_by, by);
    if (err != OK)
      return err;
    i->status = STATUS_RESOLVED;
    i->resolved_at = at;
  }
  i->merged_into = into;
  i->alerts_firing = i->alerts_total = 0;
  i->is_paused = false;
  i->hold_until = i->snoozed_until = i->asked_at = WALL_NEVER;
  return OK;
}
