/* SPDX-License-Identifier: MIT */
/* `merge`: an incident becomes part of another. */
#include "door/ctl_work.h"

#include <stdlib.h>
#include <string.h>

struct merge {
  int64_t id;
  struct incident into;
  bool has_worse; /* what goes there is of a worse severity */
};

/* ---- what the transaction does ---- */

/* Or it would hang under itself in the end. */
static enum err check_parents(struct ctl_work *w, const struct merge *x) {
  int64_t above = x->into.parent;
  enum err err = OK;
  while (above != 0 && above != x->id && err == OK) {
    struct incident i;
    err = ledger_incident(w->c->ledger, above, &i);
    if (err == OK) {
      above = i.parent;
      incident_fini(&i);
    }
  }
  if (err == OK && above == x->id)
    return ctl_work_refuse(w,
                           "incident %lld: incident %lld hangs under it; "
                           "merge that one into it",
                           (long long)x->id, (long long)x->into.id);
  return err;
}

static enum err check(struct ctl_work *w, struct merge *x, int64_t into) {
  enum err err = ledger_incident(w->c->ledger, into, &x->into);
  if (err == ERR_NOTFOUND) {
    incident_init(&x->into);
    return ctl_work_refuse(w, "incident %lld: not found", (long long)into);
  }
  if (err != OK)
    return err;
  const char *why = incident_merge_refusal(&w->incident, &x->into);
  if (why != NULL)
    return ctl_work_refuse(w, "incident %lld: %s", (long long)x->id, why);
  return check_parents(w, x);
}

static bool is_worse(const struct ctl *c, const struct merge *x,
                     const struct incident *i) {
  const struct settings *s = c->settings;
  const struct severity *here =
      s != NULL ? settings_severity(s, i->severity) : NULL;
  const struct severity *there =
      s != NULL ? settings_severity(s, x->into.severity) : NULL;
  return here != NULL && there != NULL && here->rank < there->rank;
}

static enum err tell_into(struct ctl_work *w, const struct merge *x) {
  const struct incident *i = &w->incident;
  struct buf text;
  struct entry e = {.incident = x->into.id,
                    .at = w->c->now,
                    .recorded_at = w->c->now,
                    .kind = KIND_MERGED,
                    .by = (char *)w->c->by};
  buf_init(&text, CTL_TEXT_MAX);
  buf_addf(&text, "incident %lld is part of this one now: %s", (long long)i->id,
           incident_name(i));
  e.text = (char *)buf_text(&text);
  enum err err = text.err == OK ? ledger_put_entry(w->c->ledger, &e) : text.err;
  buf_fini(&text);
  return err;
}

/* The rows of both, as they are then. */
static enum err put_both(struct ctl_work *w, struct merge *x, bool *have_come) {
  struct incident *i = &w->incident;
  int64_t firing = 0;
  enum err err =
      ledger_merge(w->c->ledger, i->id, x->into.id, w->c->now, &firing);
  *have_come = firing > x->into.alerts_firing;
  x->into.alerts_firing = firing;
  x->into.alerts_total += i->alerts_total;
  if (err == OK)
    err = incident_merge(i, x->into.id, w->c->by, w->c->now);
  if (err == OK)
    err = ledger_put_incident(w->c->ledger, i);
  return err == OK ? ledger_put_incident(w->c->ledger, &x->into) : err;
}

static enum err merge(struct ctl_work *w, void *arg) {
  struct merge *x = arg;
  int64_t into = x->into.id;
  struct request r = {.verb = VERB_MERGE,
                      .incident = x->id,
                      .other = into,
                      .by = w->c->by,
                      .at = w->c->now,
                      .happened_at = w->c->now};
  enum err err = ctl_work_on(w, x->id);
  if (err == OK)
    err = check(w, x, into);
  if (err != OK)
    return err;
  x->has_worse =
      incident_is_open(&w->incident) && is_worse(w->c, x, &w->incident);
  w->is_for_plugin = true;
  err = put_both(w, x, &r.all);
  if (err == OK)
    err = tell_into(w, x);
  if (err == OK)
    err = ledger_add_request(w->c->ledger, &r);
  buf_addf(&w->text, "merged into incident %lld", (long long)into);
  return err;
}

/* ---- the command ---- */

static void say(const struct ctl *c, const struct ctl_work *w,
                const struct merge *x) {
  if (!c->is_json)
    ctl_tell(c, "incident %lld: merged into incident %lld: %s",
             (long long)x->id, (long long)x->into.id, incident_name(&x->into));
  if (x->has_worse)
    ctl_warn(c,
             "warning: it was %s, incident %lld is %s: incidentctl severity "
             "%lld %s",
             w->incident.severity, (long long)x->into.id, x->into.severity,
             (long long)x->into.id, w->incident.severity);
  if (ledger_owner(c->ledger_path) == 0)
    ctl_warn(c, "recorded; collectd is not running, nobody is told");
}

static int run(struct ctl *c) {
  struct merge x;
  struct ctl_work w;
  memset(&x, 0, sizeof x);
  incident_init(&x.into);
  int status = ctl_read_id(c, c->arguments[0], &x.id);
  if (status == CTL_DONE)
    status = ctl_read_id(c, c->arguments[1], &x.into.id);
  if (status != CTL_DONE)
    return status;
  status = ctl_work(c, KIND_MERGED, merge, &x, &w);
  if (status == CTL_DONE && c->is_json)
    status = ctl_print_incident(c, &w.incident);
  if (status == CTL_DONE)
    say(c, &w, &x);
  ctl_work_fini(&w);
  incident_fini(&x.into);
  return status;
}

const struct ctl_command ctl_merge = {
    .name = "merge",
    .usage = "ID INTO",
    .summary = "it becomes part of another incident, and is over",
    .arguments_min = 2,
    .arguments_max = 2,
    .run = run};
