/* SPDX-License-Identifier: MIT */
/* A changed configuration meets open incidents (SPEC section 2), at a start and
 * at a reload. */
#include "base/log.h"
#include "engine/casework_inside.h"
#include "engine/notify.h"

void casework_rule_gone(struct casework *w, struct casefile *c, wall_ms now) {
  for (struct alert *a = c->alerts; a != NULL; a = a->next)
    if (alert_is_live(a)) {
      (void)alert_forget(a);
      book_touch_alert(w->book, a);
    }
  c->incident.alerts_firing = 0;
  casework_forget_counts(c);
  casework_stop_runs(w, c); /* what they have made goes out all the same */
  book_touch_casefile(w->book, c);
  if (c->incident.status == STATUS_MONITORING)
    return;
  c->incident.status = STATUS_MONITORING;
  book_note(w->book, c, KIND_STATUS, now,
            "monitoring: rule %s is gone from the configuration, nothing "
            "watches its alerts any more",
            c->incident.rule);
  pager_tell_reached(w->pager, c, PAGE_UPDATE, NULL, now);
  notify_tell(w->pager, c, now, ON_STATUS,
              "monitoring: its rule is gone from the configuration");
}

/* Its chain is gone, and there is no other. */
static void end_run(struct casework *w, struct casefile *c, struct run *r,
                    wall_ms now) {
  r->chain = NULL;
  if (r->state == RUN_STOPPED)
    return;
  book_note(w->book, c, KIND_PAGE, now,
            "nobody to page: chain %s is gone from the configuration and "
            "there is no DefaultChain",
            r->chain_name);
  log_line(LOG_ERROR,
           "incident: incident %lld: chain %s is gone and there is no "
           "DefaultChain: nobody is paged",
           casework_id(c), r->chain_name);
  casework_stop_run(w, r);
}

void casework_adapt_run(struct casework *w, struct casefile *c, struct run *r,
                        wall_ms now) {
  const struct chain *chain = settings_chain(w->settings, r->chain_name);
  bool is_other = chain == NULL;
  if (is_other)
    chain = w->settings->default_chain;
  if (chain == NULL) {
    end_run(w, c, r, now);
    return;
  }
  if (is_other && incident_is_open(&c->incident))
    book_note(w->book, c, KIND_PAGE, now,
              "chain %s is gone from the configuration: goes on with %s",
              r->chain_name, chain->name);
  /* Without memory for its name it goes on all the same. */
  if (is_other && incident_set_text(&r->chain_name, chain->name) == OK)
    book_touch_run(w->book, r);
  run_clamp(r, now);
  unsigned round = r->round;
  run_adapt(r, chain, is_other, now);
  if (r->round != round)
    book_touch_run(w->book, r);
  pager_plan_again(w->pager, r);
}

void casework_change(struct casework *w, struct casefile *c, wall_ms now) {
  if (c->reopen_until != WALL_NEVER)
    book_close_group(w->book, c); /* Reopen may be another */
  casework_resume(w, c, now);
}
