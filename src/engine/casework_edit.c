/* SPDX-License-Identifier: MIT */
/* What follows when people change an incident: its severity, or that it is
 * over. */
#include "engine/casework_inside.h"
#include "engine/notify.h"

/* A rise does what an <Upgrade> does; of one that is over or paused nobody is
 * paged. */
void casework_severity_set(struct casework *w, struct casefile *c,
                           const struct severity *was, wall_ms now) {
  const struct incident *i = &c->incident;
  const struct severity *is = settings_severity(w->settings, i->severity);
  if (!incident_is_open(i) || is == NULL || is == was)
    return;
  if (was != NULL && is->rank > was->rank) {
    notify_tell(w->pager, c, now, ON_SEVERITY, "severity lowered to %.128s",
                i->severity);
    return;
  }
  if (i->acknowledged_by != NULL)
    casework_tell_now(w, c, PAGE_PAGE, now);
  else if (!i->is_paused && c->runs != NULL)
    casework_escalate(w, c, false, now);
  casework_run_severity(w, c, now);
  notify_raised(w->pager, c, now);
}

void casework_major_set(struct casework *w, struct casefile *c, wall_ms now) {
  const struct incident *i = &c->incident;
  if (!incident_is_open(i))
    return;
  if (i->is_major && i->acknowledged_by != NULL)
    casework_tell_now(w, c, PAGE_PAGE, now);
  else if (i->is_major && !i->is_paused && c->runs != NULL)
    casework_escalate(w, c, false, now);
  notify_tell(w->pager, c, now, ON_SEVERITY, "%s",
              i->is_major ? "it is a major incident now"
                          : "it is not a major incident any more");
}

/* What fires of it counts again. */
static void count_again(struct casework *w, struct casefile *c, wall_ms now) {
  casework_count_anew(c);
  for (struct alert *a = c->alerts; a != NULL; a = a->next)
    if (alert_is_firing(a))
      evidence_joined(w->evidence, a, now);
}

/* It is the one of its group again, unless another is. */
static void take_group(struct casework *w, struct casefile *c) {
  struct incident *i = &c->incident;
  struct casefile *other = NULL;
  if (c->rule != NULL && i->group_key != NULL)
    other = book_group(w->book, c->rule, i->group_key);
  if (other != NULL && other != c && incident_is_open(&other->incident)) {
    incident_set_text(&i->group_key, NULL);
    return;
  }
  if (other != NULL && other != c)
    book_close_group(w->book, other);
  book_keep_group(w->book, c, WALL_NEVER);
}

void casework_reopened(struct casework *w, struct casefile *c, const char *by,
                       wall_ms now) {
  take_group(w, c);
  count_again(w, c, now);
  book_touch_casefile(w->book, c);
  casework_settle_pause(w, c, now); /* before anybody is paged */
  if (c->runs != NULL)              /* else it was declared without paging */
    casework_restart_runs(w, c, false, now);
  notify_tell(w->pager, c, now, ON_STATUS, "reopened by %.128s", by);
}
