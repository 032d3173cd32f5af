/* SPDX-License-Identifier: MIT */
/* `relate`: an incident hangs under another. */
#include "door/ctl_relate.h"

#include "door/ctl_record.h"
#include "door/ctl_work.h"

#include <stdlib.h>
#include <string.h>

/* ---- what the transaction does ---- */

/* The one above; 0: none. */
static enum err find_parent(struct ledger *l, int64_t id, int64_t *parent,
                            const char **why) {
  struct incident i;
  enum err err = ledger_incident(l, id, &i);
  if (err != OK)
    return err;
  *parent = i.parent;
  if (i.merged_into != 0)
    *why = "the incident of --parent is merged into another";
  incident_fini(&i);
  return OK;
}

/* No circle comes of it, and there is none: each step is one up. */
static enum err check(struct ledger *l, const struct request *r,
                      const char **why) {
  int64_t above = r->other;
  enum err err = OK;
  while (above != 0 && above != r->incident && err == OK && *why == NULL)
    err = find_parent(l, above, &above, why);
  if (err == OK && *why == NULL && above == r->incident)
    *why = "it would hang under itself";
  else if (err == ERR_NOTFOUND)
    *why = "the incident of --parent is not found";
  return *why != NULL ? ERR_CONFLICT : err;
}

static enum err tell_other(struct ledger *l, const struct request *r,
                           int64_t other, bool is_here) {
  char text[128];
  snprintf(text, sizeof text, "incident %lld hangs here%s",
           (long long)r->incident, is_here ? "" : " no more");
  struct entry e = {.incident = other,
                    .at = r->at,
                    .recorded_at = r->at,
                    .kind = KIND_RELATED,
                    .by = r->by,
                    .text = text};
  return ledger_put_entry(l, &e);
}

enum err ctl_relate_prepare(struct ledger *l, struct request *r,
                            const struct incident *i, const char **why) {
  char text[128];
  if (i->parent == r->other) {
    *why = r->other != 0 ? "it hangs there already" : "it hangs under none";
    return ERR_CONFLICT;
  }
  enum err err = check(l, r, why);
  if (r->other != 0)
    snprintf(text, sizeof text, "hangs under incident %lld",
             (long long)r->other);
  else
    snprintf(text, sizeof text, "hangs under incident %lld no more",
             (long long)i->parent);
  if (err == OK)
    err = incident_set_text(&r->text, text);
  if (err == OK && i->parent != 0)
    err = tell_other(l, r, i->parent, false);
  if (err == OK && r->other != 0)
    err = tell_other(l, r, r->other, true);
  return err;
}

/* ---- the command ---- */

static int read_request(struct ctl *c, struct request *r) {
  const char *parent = ctl_option(c, "parent");
  r->verb = VERB_RELATE;
  r->at = r->happened_at = c->now;
  int status = ctl_read_id(c, c->arguments[0], &r->incident);
  if (status == CTL_DONE && parent == NULL)
    return ctl_misuse(c, "relate: --parent is missing");
  if (status == CTL_DONE && strcmp(parent, "none") != 0)
    status = ctl_read_id(c, parent, &r->other);
  if (status == CTL_DONE)
    status = ctl_find_by(c);
  if (status == CTL_DONE && incident_set_text(&r->by, c->by) != OK)
    status = ctl_fail(c, "out of memory");
  return status;
}

static int run(struct ctl *c) {
  struct ctl_record record;
  struct request r;
  request_init(&r);
  int status = read_request(c, &r);
  if (status == CTL_DONE)
    status = ctl_record(c, &r, &record);
  if (status == CTL_DONE) {
    if (c->is_json)
      status = ctl_print_incident(c, &record.incident);
    else
      ctl_tell(c, "incident %lld: %s: %s", (long long)r.incident,
               r.text != NULL ? r.text : "related",
               incident_name(&record.incident));
    ctl_record_fini(&record);
  }
  request_fini(&r);
  return status;
}

const struct ctl_command ctl_relate = {
    .name = "relate",
    .usage = "ID --parent ID|none",
    .summary = "it hangs under another incident",
    .arguments_min = 1,
    .arguments_max = 1,
    .run = run,
    .options = {{.name = "parent", .value = "ID"}}};
