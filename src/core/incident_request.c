/* SPDX-License-Identifier: MIT */
/* What a person wants, and what is written of it to the timeline. */
#include "core/incident.h"

#include <stdlib.h>
#include <string.h>

/* ---- entries ---- */

const char *const kind_names[KINDS] = {
    "declared",       "alert",    "page",      "escalated", "acknowledged",
    "unacknowledged", "snoozed",  "exhausted", "severity",  "status",
    "resolved",       "reopened", "flapping",  "silenced",  "inhibited",
    "note",           "role",     "task",      "impact",    "link",
    "figure",         "team",     "released",  "related",   "merged",
    "edit",           "decision", "report",    "fix",       "amended",
    "flagged",        "update",   "postmortem"};

void entry_fini(struct entry *e) {
  free(e->by);
  free(e->text);
}

void entry_print(const struct entry *e, struct json *j) {
  json_object(j);
  entry_put(e, j);
  json_object_end(j);
}

void entry_put(const struct entry *e, struct json *j) {
  if (e->id > 0)
    json_put_int(j, "id", e->id);
  else
    json_put_null(j, "id");
  json_put_time(j, "at", e->at);
  json_put_time(j, "recorded_at", e->recorded_at);
  json_put_text(j, "kind", kind_names[e->kind]);
  json_put_text(j, "by", e->by);
  json_put_text(j, "text", e->text);
  json_put_bool(j, "important", e->is_important);
}

enum err entry_make(struct entry *e, int64_t incident, enum kind kind,
                    const char *by, const char *text, wall_ms at) {
  struct entry said = {
      .incident = incident, .at = at, .recorded_at = at, .kind = kind};
  if (incident_set_text(&said.by, by) != OK ||
      incident_set_text(&said.text, text) != OK) {
    entry_fini(&said);
    return ERR_NOMEM;
  }
  *e = said;
  return OK;
}

/* ---- requests ---- */

const char *const verb_names[VERBS] = {
    "declare",    "ack",          "unack",  "snooze", "escalate", "page",
    "page-again", "resolve",      "note",   "test",   "silence",  "end-silence",
    "override",   "end-override", "forget", "role",   "relate",   "severity",
    "set-status", "reopen",       "edit",   "update", "merge"};

static int find_name(const char *const *names, int n, const char *name) {
  for (int i = 0; i < n; i++)
    if (strcmp(names[i], name) == 0)
      return i;
  return -1;
}

void request_init(struct request *r) {
  *r = (struct request){.kind = KIND_NOTE};
}

void request_fini(struct request *r) {
  free(r->by);
  free(r->text);
  free(r->severity);
  free(r->chain);
  free(r->service);
  free(r->commander);
  free(r->codename);
  free(r->role);
  free(r->who);
  free(r->field);
  free(r->was);
  free(r->series);
  free(r->rule);
}

void request_print(const struct request *r, struct json *j) {
  json_object(j);
  json_put_text(j, "verb", verb_names[r->verb]);
  json_put_int(j, "incident", r->incident);
  json_put_text(j, "by", r->by);
  json_put_int(j, "at", r->at);
  json_put_int(j, "happened_at", r->happened_at);
  json_put_int(j, "until", r->until);
  json_put_text(j, "text", r->text);
  json_put_bool(j, "all", r->all);
  json_put_bool(j, "important", r->is_important);
  json_put_text(j, "severity", r->severity);
  json_put_text(j, "chain", r->chain);
  json_put_text(j, "service", r->service);
  json_put_text(j, "commander", r->commander);
  json_put_text(j, "codename", r->codename);
  json_put_bool(j, "test", r->is_test);
  json_put_bool(j, "private", r->is_private);
  json_put_bool(j, "no_page", r->no_page);
  json_put_text(j, "kind", kind_names[r->kind]);
  json_put_text(j, "status", status_names[r->status]);
  json_put_text(j, "field", r->field);
  json_put_text(j, "was", r->was);
  json_put_text(j, "series", r->series);
  json_put_text(j, "rule", r->rule);
  json_put_bool(j, "major", r->is_major);
  json_put_int(j, "silence", r->silence);
  json_put_int(j, "override", r->override);
  json_put_int(j, "other", r->other);
  json_put_text(j, "role", r->role);
  json_put_text(j, "who", r->who);
  json_put_bool(j, "released", r->is_released);
  json_object_end(j);
}

enum err request_read(const struct json_in *v, struct request *r) {
  struct request got;
  request_init(&got);
  const struct {
    const char *key;
    char **text;
  } texts[] = {{"by", &got.by},
               {"text", &got.text},
               {"severity", &got.severity},
               {"chain", &got.chain},
               {"service", &got.service},
               {"commander", &got.commander},
               {"codename", &got.codename},
               {"role", &got.role},
               {"who", &got.who},
               {"field", &got.field},
               {"was", &got.was},
               {"series", &got.series},
               {"rule", &got.rule}};
  int kind = find_name(kind_names, KINDS, json_at_text(v, "kind", "note"));
  const char *status = json_at_text(v, "status", "investigating");
  int verb = find_name(verb_names, VERBS, json_at_text(v, "verb", ""));
  if (verb < 0 || kind < 0 || status_parse(status, &got.status) != OK)
    return ERR_INVALID;
  got.kind = (enum kind)kind;
  got.verb = (enum verb)verb;
  got.incident = json_at_int(v, "incident", 0);
  got.at = json_at_int(v, "at", 0);
  got.happened_at = json_at_int(v, "happened_at", got.at);
  got.until = json_at_int(v, "until", 0);
  got.all = json_at_bool(v, "all", false);
  got.is_important = json_at_bool(v, "important", false);
  got.is_test = json_at_bool(v, "test", false);
  got.is_private = json_at_bool(v, "private", false);
  got.no_page = json_at_bool(v, "no_page", false);
  got.is_major = json_at_bool(v, "major", false);
  got.silence = json_at_int(v, "silence", 0);
  got.override = json_at_int(v, "override", 0);
  got.other = json_at_int(v, "other", 0);
  got.is_released = json_at_bool(v, "released", false);
  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
    const char *text = json_at_text(v, texts[i].key, NULL);
    if (incident_set_text(texts[i].text, text) != OK) {
      request_fini(&got);
      return ERR_NOMEM;
    }
  }
  *r = got;
  return OK;
}
