/* SPDX-License-Identifier: MIT */
#include "door/ctl_record.h"

#include "core/rule.h"
#include "door/ctl_link.h"
#include "door/ctl_relate.h"
#include "door/ctl_role.h"

#include <stdlib.h>
#include <string.h>

#define BEGIN_WAIT_MS 1000
#define HOLD_DEFAULT_MS (60 * 60 * 1000) /* collectd-incident(5), Hold */

void ctl_record_fini(struct ctl_record *record) {
  incident_fini(&record->incident);
  entry_fini(&record->entry);
  silence_fini(&record->silence);
  override_fini(&record->override);
  free(record->held_by);
}

static void clear(struct ctl_record *record) {
  ctl_record_fini(record);
  *record = (struct ctl_record){.is_in_memory = false};
  incident_init(&record->incident);
  silence_init(&record->silence);
}

/* ---- the step ---- */

static enum err make_incident(const struct ctl *c, const struct request *r,
                              struct incident *i) {
  const struct settings *known = c->settings;
  const struct severity *s =
      known != NULL ? settings_severity(known, r->severity) : NULL;
  const struct chain *chain = known != NULL ? known->default_chain : NULL;
  const struct rule *rule =
      known != NULL && r->rule != NULL ? settings_rule(known, r->rule) : NULL;
  enum err err = incident_declare(i, r, r->incident, s != NULL && s->is_major,
                                  chain != NULL ? chain->name : NULL);
  if (err != OK || rule == NULL)
    return err;
  return rule_lend(rule, known, r, i);
}

static enum err find_incident(const struct ctl *c, struct request *r,
                              struct incident *i) {
  struct ledger_ids ids;
  if (r->verb != VERB_DECLARE)
    return ledger_incident(c->ledger, r->incident, i);
  enum err err = ledger_next_ids(c->ledger, &ids);
  if (err != OK)
    return err;
  r->incident = ids.incident;
  return make_incident(c, r, i);
}

static span_ms hold_of(const struct ctl *c, const struct incident *i) {
  const struct rule *rule = c->settings != NULL && i->rule != NULL
                                ? settings_rule(c->settings, i->rule)
                                : NULL;
  return rule != NULL ? rule->hold : HOLD_DEFAULT_MS;
}

static enum err check_page(const struct ctl *c, const struct request *r,
                           const struct incident *i, const char **why) {
  struct page p;
  enum err err = ledger_page(c->ledger, r->text, &p);
  if (err != OK)
    return err;
  *why = page_refusal(&p, incident_is_open(i));
  page_fini(&p);
  return *why != NULL ? ERR_CONFLICT : OK;
}

/* What the request has to know of the incident before it changes. */
static enum err prepare(const struct ctl *c, struct request *r,
                        struct ctl_record *record, const char **why) {
  struct incident *i = &record->incident;
  int64_t other = 0;
  enum err err = OK;
  switch (r->verb) {
  case VERB_ACK:
  case VERB_SNOOZE:
    return ledger_was_paged(c->ledger, i->id, r->by, &record->was_paged);
  case VERB_PAGE_AGAIN:
    return check_page(c, r, i, why);
  case VERB_SEVERITY:
    return incident_set_text(&r->was, i->severity);
  case VERB_REOPEN:
    if (!incident_is_open(i))
      err = ledger_reopening(c->ledger, i, &i->alerts_firing, &other);
    if (err == OK && other != 0) {
      *why = "a later incident of the same group is open";
      err = ERR_CONFLICT;
    }
    return err;
  case VERB_ROLE:
    return ctl_role_prepare(c->ledger, r, why);
  case VERB_RELATE:
    return ctl_relate_prepare(c->ledger, r, i, why);
  case VERB_EDIT:
    return incident_says_so(i, r, &record->is_same);
  default:
    return OK;
  }
}

/* Of an incident. A note concerns the timeline only, and nobody is paged about
 * it. */
static enum err write_incident(const struct ctl *c, struct request *r,
                               struct ctl_record *record, const char **why) {
  struct incident *i = &record->incident;
  enum err err = find_incident(c, r, i);
  if (err == OK && i->merged_into != 0) {
    *why = incident_is_merged(i);
    return ERR_CONFLICT;
  }
  if (err == OK)
    err = incident_set_text(&record->held_by, i->acknowledged_by);
  if (err == OK)
    err = prepare(c, r, record, why);
  if (err != OK || record->is_same)
    return err;
  if (err == OK)
    err = incident_apply(i, r, hold_of(c, i), &record->entry, why);
  if (err == OK && r->verb != VERB_NOTE)
    err = ledger_put_incident(c->ledger, i);
  if (err == OK)
    err = ledger_put_entry(c->ledger, &record->entry);
  if (err == OK && (r->verb == VERB_ROLE ||
                    (r->verb == VERB_DECLARE && i->commander != NULL)))
    err = ctl_role_write(c->ledger, i, r);
  if (err == OK && r->verb != VERB_NOTE)
    err = ledger_add_request(c->ledger, r);
  return err;
}

/* The silence that the request has as JSON. */
static enum err read_silence(const struct request *r, struct silence *s) {
  struct json_in *doc = NULL;
  enum err err = json_parse(r->text, strlen(r->text), &doc, NULL);
  if (err == OK)
    err = silence_read(doc, s);
  json_in_free(doc);
  return err;
}

static enum err print_silence(const struct silence *s, struct request *r) {
  char *text = NULL;
  struct json *j = json_new();
  if (j == NULL)
    return ERR_NOMEM;
  silence_print(s, r->at, j);
  enum err err = json_done(j, &text);
  json_free(j);
  if (err != OK)
    return err;
  free(r->text);
  r->text = text;
  return OK;
}

static enum err make_silence(const struct ctl *c, struct request *r,
                             struct silence *s) {
  struct ledger_ids ids;
  enum err err = read_silence(r, s);
  if (err == OK)
    err = ledger_next_ids(c->ledger, &ids);
  if (err != OK)
    return err;
  s->id = r->silence = ids.silence;
  return print_silence(s, r);
}

static enum err end_silence(const struct ctl *c, const struct request *r,
                            struct silence *s, const char **why) {
  enum err err = ledger_silence(c->ledger, r->silence, s);
  if (err != OK)
    return err;
  if (silence_is_over(s, r->at)) {
    *why = "over already";
    return ERR_CONFLICT;
  }
  s->ended_at = r->at;
  return incident_set_text(&s->ended_by, r->by);
}

static enum err write_silence(const struct ctl *c, struct request *r,
                              struct ctl_record *record, const char **why) {
  struct silence *s = &record->silence;
  enum err err = r->verb == VERB_SILENCE ? make_silence(c, r, s)
                                         : end_silence(c, r, s, why);
  if (err == OK)
    err = ledger_put_silence(c->ledger, s);
  if (err == OK)
    err = ledger_add_request(c->ledger, r);
  return err;
}

/* The override that the request has as JSON. */
static enum err read_override(const struct request *r, struct override *o) {
  struct json_in *doc = NULL;
  enum err err = json_parse(r->text, strlen(r->text), &doc, NULL);
  if (err == OK)
    err = override_read(doc, o);
  json_in_free(doc);
  return err;
}

static enum err make_override(const struct ctl *c, struct request *r,
                              struct override *o) {
  struct ledger_ids ids;
  enum err err = read_override(r, o);
  if (err == OK)
    err = ledger_next_ids(c->ledger, &ids);
  if (err == OK)
    o->id = r->override = ids.override;
  return err;
}

static enum err end_override(const struct ctl *c, const struct request *r,
                             struct override *o, const char **why) {
  enum err err = ledger_override(c->ledger, r->override, o);
  if (err != OK)
    return err;
  if (override_is_over(o, r->at)) {
    *why = "over already";
    return ERR_CONFLICT;
  }
  o->until = r->at > o->from ? r->at : o->from;
  return OK;
}

static enum err write_override(const struct ctl *c, struct request *r,
                               struct ctl_record *record, const char **why) {
  struct override *o = &record->override;
  enum err err = r->verb == VERB_OVERRIDE ? make_override(c, r, o)
                                          : end_override(c, r, o, why);
  if (err == OK)
    err = ledger_put_override(c->ledger, o);
  if (err == OK)
    err = ledger_add_request(c->ledger, r);
  return err;
}

/* Inside a transaction. */
static enum err write_rows(const struct ctl *c, struct request *r,
                           struct ctl_record *record, const char **why) {
  switch (r->verb) {
  case VERB_SILENCE:
  case VERB_END_SILENCE:
    return write_silence(c, r, record, why);
  case VERB_OVERRIDE:
  case VERB_END_OVERRIDE:
    return write_override(c, r, record, why);
  case VERB_FORGET:
    return ledger_add_request(c->ledger, r);
  default:
    return write_incident(c, r, record, why);
  }
}

/* All of them or none. */
static enum err write_ledger(const struct ctl *c, struct request *r, size_t n,
                             struct ctl_record *record, const char **why) {
  enum err err = ledger_begin(c->ledger, BEGIN_WAIT_MS);
  if (err != OK)
    return err;
  for (size_t i = 0; i < n && err == OK; i++) {
    clear(record);
    err = write_rows(c, &r[i], record, why);
  }
  if (err == OK)
    return ledger_commit(c->ledger);
  ledger_rollback(c->ledger);
  return err;
}

/* ---- through the plugin ---- */

/* What the plugin may know better, or can do in the ledger's place. */
static bool is_for_plugin(enum err err) {
  return err == ERR_BUSY || err == ERR_IO || err == ERR_CORRUPT ||
         err == ERR_NOTFOUND;
}

static int say_refusal(const struct ctl *c, const struct request *r,
                       enum err err, const char *why) {
  bool is_silence = r->verb == VERB_END_SILENCE;
  bool is_override = r->verb == VERB_END_OVERRIDE;
  const char *of = is_silence    ? "silence"
                   : is_override ? "override"
                                 : "incident";
  long long id = (long long)(is_silence    ? r->silence
                             : is_override ? r->override
                                           : r->incident);
  if (r->verb == VERB_SILENCE || r->verb == VERB_OVERRIDE ||
      r->verb == VERB_FORGET)
    return ctl_fail(c, "%s: %s", c->command->name,
                    err == ERR_NOTFOUND ? err_text(err) : why);
  if (r->verb == VERB_PAGE_AGAIN)
    return ctl_fail(c, "page %s: %s", r->text,
                    err == ERR_NOTFOUND ? err_text(err) : why);
  if (err == ERR_NOTFOUND)
    return ctl_fail(c, "%s %lld: not found", of, id);
  return ctl_fail(c, "%s %lld: %s", of, id, why);
}

/* failed: what kept it from being written, failed_why a line about that. */
static int hand_over(const struct ctl *c, const struct request *r,
                     enum err failed, const char *failed_why,
                     struct ctl_record *record) {
  struct ctl_link_answer answer;
  /* Not in a ledger that was read: then it can only be in memory, or nowhere.
   */
  bool is_unknown = failed == ERR_NOTFOUND && c->ledger != NULL;
  enum err err = ctl_link_hand(c->ledger_path, r, &answer);
  if (err == OK) {
    record->incident = answer.incident;
    record->entry = answer.entry;
    record->silence = answer.silence;
    record->override = answer.override;
    record->is_in_memory = true;
    record->forgotten = answer.forgotten;
    if (r->verb == VERB_SILENCE && record->silence.matches_n == 0 &&
        read_silence(r, &record->silence) == OK)
      record->silence.id = 0; /* that was the ledger's */
    return CTL_DONE;
  }
  if (answer.is_refused)
    return say_refusal(c, r, err, answer.why);
  if (is_unknown)
    return say_refusal(c, r, ERR_NOTFOUND, NULL);
  if (err == ERR_BUSY)
    return ctl_fail(c,
                    "ledger %s: %s; collectd does not answer either: it may "
                    "not have been recorded",
                    c->ledger_path, failed_why);
  return ctl_fail_open(c, failed, failed_why);
}

/* ---- both ---- */

int ctl_record(struct ctl *c, struct request *r,
               struct ctl_record *own_record) {
  return ctl_record_all(c, r, 1, own_record);
}

/* One after another, with one word about it. */
static int hand_over_all(const struct ctl *c, const struct request *r, size_t n,
                         enum err failed, const char *failed_why,
                         struct ctl_record *record) {
  int status = CTL_DONE;
  for (size_t i = 0; i < n && status == CTL_DONE; i++) {
    clear(record);
    status = hand_over(c, &r[i], failed, failed_why, record);
  }
  if (status == CTL_DONE)
    ctl_warn(c, "recorded in the memory of the running plugin until the ledger "
                "can be written");
  return status;
}

int ctl_record_all(struct ctl *c, struct request *r, size_t n,
                   struct ctl_record *own_record) {
  struct ctl_record record = {.is_in_memory = false};
  const char *why = NULL, *refusal = NULL;
  enum err err = OK;
  int status = CTL_DONE;
  incident_init(&record.incident);
  silence_init(&record.silence);
  if (c->ledger == NULL)
    err = ctl_try_open(c, LEDGER_SHARE, &why);
  if (err == OK) {
    err = write_ledger(c, r, n, &record, &refusal);
    why = ledger_why(c->ledger);
  }
  if (err != OK) {
    clear(&record);
    if (r->verb == VERB_DECLARE)
      r->incident = 0; /* a number that was not taken */
    if (r->verb == VERB_SILENCE)
      r->silence = 0;
    if (r->verb == VERB_OVERRIDE)
      r->override = 0;
    if (err == ERR_CONFLICT)
      status = say_refusal(c, r, err, refusal);
    else if (is_for_plugin(err))
      status = hand_over_all(c, r, n, err, why, &record);
    else
      status = ctl_fail_open(c, err, err == ERR_NOMEM ? NULL : why);
  } else if (r->verb != VERB_NOTE) {
    ctl_link_kick(c->ledger_path); /* best effort */
  }
  if (status == CTL_DONE)
    *own_record = record;
  else
    ctl_record_fini(&record);
  return status;
}
