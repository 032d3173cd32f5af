/* SPDX-License-Identifier: MIT */
/* What a person may do in which state:
 *
 *               open, nobody      open, acknowledged     resolved
 *   ack         acknowledged      taken over             refused
 *   unack       refused           nobody                 refused
 *   snooze      acknowledged      taken over             refused
 *   escalate    yes               yes                    refused
 *   resolve     resolved          resolved               refused
 *   page        yes               yes                    refused
 *   page again  yes               yes                    if it told of that
 *   role        yes               yes                    to release only
 *   relate      yes               yes                    yes
 *   merge       yes               yes                    yes
 *   note        yes               yes                    yes
 *   severity    yes               yes                    yes
 *   status      yes               yes                    refused
 *   reopen      refused           refused                nobody has it
 *   edit        yes               yes                    yes
 *
 * One that is merged into another refuses all of them. A snooze is an
 * acknowledgement with an end; an ack or unack ends it. An acknowledgement
 * outlives the resolve: it says who had it.
 */
#include "core/incident.h"

#include "base/span.h"
#include "core/role.h"

#include <stdlib.h>
#include <string.h>

#define TEXT_MAX 65536 /* of an entry: more than a note may have */

const char *const status_names[STATUSES] = {"investigating", "identified",
                                            "monitoring", "resolved"};

enum err status_parse(const char *name, enum status *status) {
  for (int i = 0; i < STATUSES; i++)
    if (strcmp(status_names[i], name) == 0) {
      *status = (enum status)i;
      return OK;
    }
  return ERR_INVALID;
}

void incident_init(struct incident *i) {
  *i = (struct incident){.acknowledged_at = WALL_NEVER,
                         .resolved_at = WALL_NEVER,
                         .join_told_at = WALL_NEVER,
                         .hold_until = WALL_NEVER,
                         .snoozed_until = WALL_NEVER,
                         .asked_at = WALL_NEVER};
}

void incident_fini(struct incident *i) {
  char *texts[] = {i->title,           i->description, i->rule,
                   i->group_key,       i->severity,    i->chain,
                   i->service,         i->team,        i->runbook,
                   i->commander,       i->labels,      i->declared_by,
                   i->acknowledged_by, i->resolved_by, i->summary,
                   i->cause,           i->detection,   i->codename};
  for (size_t n = 0; n < sizeof texts / sizeof texts[0]; n++)
    free(texts[n]);
}

enum err incident_set_text(char **own_text, const char *text) {
  char *copy = NULL;
  if (text != NULL) {
    copy = strdup(text);
    if (copy == NULL)
      return ERR_NOMEM;
  }
  free(*own_text);
  *own_text = copy;
  return OK;
}

void incident_add_label(const struct incident *i, const char *name,
                        struct buf *b) {
  struct json_in *doc = NULL;
  if (i->labels == NULL)
    return;
  enum err err = json_parse(i->labels, strlen(i->labels), &doc, NULL);
  if (err == ERR_NOMEM)
    b->err = err;
  for (size_t n = 0; n < json_count(doc); n++) {
    const char *key;
    const struct json_in *v = json_member(doc, n, &key);
    if (strcmp(key, name) == 0)
      buf_add(b, json_at_text(v, "", ""));
  }
  json_in_free(doc);
}

bool incident_title_is_test(const char *title) {
  return title != NULL &&
         strncmp(title, INCIDENT_TEST_MARK, strlen(INCIDENT_TEST_MARK)) == 0;
}

const char *incident_mark(const struct incident *i, const char *called) {
  bool is_said = incident_title_is_test(called);
  return i->is_test && !is_said ? INCIDENT_TEST_MARK " " : "";
}

enum err incident_declare(struct incident *i, const struct request *r,
                          int64_t id, bool is_major,
                          const char *default_chain) {
  const struct {
    char **to;
    const char *text;
  } texts[] = {{&i->title, r->text},
               {&i->description, ""},
               {&i->severity, r->severity != NULL ? r->severity : "UNKNOWN"},
               {&i->labels, "{}"},
               {&i->service, r->service},
               {&i->commander, r->commander},
               {&i->codename, r->codename},
               {&i->declared_by, r->by},
               {&i->chain, r->chain != NULL ? r->chain : default_chain}};
  enum err err = OK;
  for (size_t n = 0; n < sizeof texts / sizeof texts[0] && err == OK; n++)
    err = incident_set_text(texts[n].to, texts[n].text);
  i->id = id;
  i->is_major = is_major || r->is_major;
  i->is_test = r->is_test || incident_title_is_test(i->title);
  i->is_private = r->is_private;
  i->declared_at = r->at;
  return err;
}

/* Kinds that a person may write as they are. */
static bool is_written_by_people(enum kind kind) {
  return kind == KIND_NOTE || kind == KIND_DECISION || kind == KIND_REPORT ||
         kind == KIND_FIX;
}

static const char *refusal(const struct incident *i, const struct request *r) {
  enum verb verb = r->verb;
  if (i->merged_into != 0)
    return incident_is_merged(i);
  if (verb == VERB_ROLE &&
      (r->role == NULL || (r->who == NULL && !r->is_released)))
    return "a role, or who has it, is not named";
  if (verb == VERB_RELATE || (verb == VERB_ROLE && r->is_released))
    return NULL;
  if (verb == VERB_NOTE && !is_written_by_people(r->kind))
    return "entries of that kind are not written by hand";
  if (verb == VERB_NOTE || verb == VERB_DECLARE || verb == VERB_PAGE_AGAIN)
    return NULL;
  if (!incident_is_open(i))
    return "already resolved";
  if (verb == VERB_UNACK && i->acknowledged_by == NULL)
    return "nobody has acknowledged it";
  return NULL;
}

/* What is written to the timeline, for people. */
static enum err add_text(const struct incident *i, const struct request *r,
                         struct buf *out) {
  static const char *const plain[VERBS] = {
      [VERB_ACK] = "acknowledged",
      [VERB_UNACK] = "gave the incident back",
      [VERB_ESCALATE] = "escalated to the next step"};
  bool is_other =
      i->acknowledged_by != NULL && strcmp(i->acknowledged_by, r->by) != 0;
  char span[SPAN_TEXT];
  switch (r->verb) {
  case VERB_SNOOZE:
    span_print(r->until - r->at, span);
    buf_addf(out, "%ssnoozed for %s", is_other ? "took over, " : "", span);
    break;
  case VERB_PAGE:
    buf_addf(out, "had %s paged", r->text);
    break;
  case VERB_PAGE_AGAIN:
    buf_addf(out, "had page %s sent again", r->text);
    break;
  case VERB_ACK:
    buf_add(out, is_other ? "took over" : plain[r->verb]);
    break;
  case VERB_RESOLVE:
    buf_addf(out, "resolved%s%s", r->text != NULL ? ": " : "",
             r->text != NULL ? r->text : "");
    break;
  default:
    if (plain[r->verb] != NULL)
      buf_add(out, plain[r->verb]);
    else
      buf_add(out, r->text != NULL ? r->text : i->title);
    break;
  }
  return out->err;
}

void incident_unacknowledge(struct incident *i) {
  free(i->acknowledged_by);
  i->acknowledged_by = NULL;
  i->acknowledged_at = i->snoozed_until = i->asked_at = WALL_NEVER;
}

/* by: whoever has it now, taken over if need be. */
static void change(struct incident *i, const struct request *r, span_ms hold,
                   char **by) {
  char **holder = r->verb == VERB_RESOLVE ? &i->resolved_by
                  : r->verb == VERB_ROLE  ? &i->commander
                                          : &i->acknowledged_by;
  i->asked_at = WALL_NEVER; /* somebody is there */
  switch (r->verb) {
  case VERB_ACK:
  case VERB_SNOOZE:
    i->acknowledged_at = r->at;
    i->snoozed_until = r->verb == VERB_SNOOZE ? r->until : WALL_NEVER;
    break;
  case VERB_UNACK:
    incident_unacknowledge(i);
    return;
  case VERB_RESOLVE:
    i->resolved_at = r->at;
    i->status = STATUS_RESOLVED;
    i->snoozed_until = WALL_NEVER;
    i->hold_until = i->alerts_firing > 0 ? r->at + hold : WALL_NEVER;
    break;
  case VERB_RELATE:
    i->parent = r->other;
    return;
  case VERB_ROLE:
    if (strcmp(r->role, ROLE_COMMANDER) != 0)
      return;
    break;
  default:
    return;
  }
  free(*holder);
  *holder = *by;
  *by = NULL;
}

enum err incident_apply(struct incident *i, const struct request *r,
                        span_ms hold, struct entry *entry, const char **why) {
  static const enum kind kinds[VERBS] = {[VERB_DECLARE] = KIND_DECLARED,
                                         [VERB_ACK] = KIND_ACKNOWLEDGED,
                                         [VERB_UNACK] = KIND_UNACKNOWLEDGED,
                                         [VERB_SNOOZE] = KIND_SNOOZED,
                                         [VERB_ESCALATE] = KIND_ESCALATED,
                                         [VERB_PAGE] = KIND_PAGE,
                                         [VERB_PAGE_AGAIN] = KIND_PAGE,
                                         [VERB_RESOLVE] = KIND_RESOLVED,
                                         [VERB_ROLE] = KIND_ROLE,
                                         [VERB_RELATE] = KIND_RELATED};
  struct entry e = {0};
  struct buf text;
  char *by = NULL;

  if (incident_is_change(r->verb))
    return incident_change(i, r, entry, why);
  *why = refusal(i, r);
  if (*why != NULL)
    return ERR_CONFLICT;
  buf_init(&text, TEXT_MAX);
  enum err err = add_text(i, r, &text);
  if (err == OK)
    err = entry_make(&e, i->id, r->verb == VERB_NOTE ? r->kind : kinds[r->verb],
                     r->by, buf_text(&text), r->at);
  if (err == OK)
    err = incident_set_text(&by, r->is_released         ? NULL
                                 : r->verb == VERB_ROLE ? r->who
                                                        : r->by);
  buf_fini(&text);
  if (err != OK) {
    entry_fini(&e);
    return err;
  }
  e.at = r->happened_at;
  e.is_important = r->is_important;
  change(i, r, hold, &by);
  free(by);
  *entry = e;
  return OK;
}

enum err incident_calm(struct incident *i, bool auto_resolve, wall_ms now,
                       struct entry *entry) {
  enum err err =
      entry_make(entry, i->id, auto_resolve ? KIND_RESOLVED : KIND_STATUS, NULL,
                 auto_resolve ? "resolved: all alerts have cleared"
                              : "monitoring: all alerts have cleared",
                 now);
  if (err != OK)
    return err;
  i->status = auto_resolve ? STATUS_RESOLVED : STATUS_MONITORING;
  if (auto_resolve)
    i->resolved_at = now;
  return OK;
}

enum err incident_reopen(struct incident *i, wall_ms now, struct entry *entry) {
  enum err err = entry_make(entry, i->id, KIND_REOPENED, NULL,
                            "reopened: an alert fires again", now);
  if (err != OK)
    return err;
  i->status = STATUS_INVESTIGATING;
  i->resolved_at = WALL_NEVER;
  i->hold_until = WALL_NEVER;
  return OK;
}

enum err incident_set_severity(struct incident *i, const char *severity,
                               bool is_major, const char *by,
                               const char *reason, wall_ms now,
                               struct entry *entry, const char **why) {
  struct buf text;
  struct entry e = {0};
  /* The final one may be set by a person when it is over. */
  *why = incident_is_open(i) || by != NULL ? NULL : "already resolved";
  if (*why == NULL && strcmp(i->severity, severity) == 0)
    *why = "of that severity already";
  if (*why != NULL)
    return ERR_CONFLICT;
  buf_init(&text, TEXT_MAX);
  buf_addf(&text, "%s to %s%s%s", i->severity, severity,
           reason != NULL ? ": " : "", reason != NULL ? reason : "");
  enum err err = text.err;
  if (err == OK)
    err = entry_make(&e, i->id, KIND_SEVERITY, by, buf_text(&text), now);
  if (err == OK)
    err = incident_set_text(&i->severity, severity);
  buf_fini(&text);
  if (err != OK) {
    entry_fini(&e);
    return err;
  }
  /* An <Upgrade> does not take back what a person has said. */
  i->is_major = is_major || (by == NULL && i->is_major);
  *entry = e;
  return OK;
}
