/* SPDX-License-Identifier: MIT */
/* What people do to an incident that is there. */
#include "core/week.h"
#include "door/ctl_impact.h"
#include "door/ctl_record.h"
#include "door/ctl_related.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NOTE_MAX 16384
#define AHEAD_MS 60000 /* clocks differ that much */

/* What the others did is told by those who did it. */
static void tell(const struct ctl *c, const struct request *r,
                 const struct ctl_record *record) {
  struct ctl_table t;
  static const struct ctl_column columns[] = {{0}};
  const struct incident *i = &record->incident;
  char until[CLOCK_LOCAL];
  ctl_table_begin(&t, c->out, &(struct ctl_style){0}, columns, 1);
  switch (r->verb) {
  case VERB_ACK:
    if (record->held_by != NULL && strcmp(record->held_by, r->by) != 0)
      ctl_table_addf(&t, COLOUR_NONE, "incident %lld: %s took over from %s: %s",
                     (long long)i->id, r->by, record->held_by,
                     incident_name(i));
    else
      ctl_table_addf(&t, COLOUR_NONE, "incident %lld: acknowledged by %s: %s",
                     (long long)i->id, r->by, incident_name(i));
    break;
  case VERB_SNOOZE:
    clock_print_local(r->until, until);
    ctl_table_addf(&t, COLOUR_NONE, "incident %lld: %s has it until %s: %s",
                   (long long)i->id, r->by, until, incident_name(i));
    break;
  case VERB_UNACK:
    ctl_table_addf(&t, COLOUR_NONE,
                   "incident %lld: nobody has it now, paging starts anew: %s",
                   (long long)i->id, incident_name(i));
    break;
  case VERB_ESCALATE:
    ctl_table_addf(&t, COLOUR_NONE,
                   "incident %lld: escalated to the next "
                   "step: %s",
                   (long long)i->id, incident_name(i));
    break;
  case VERB_RESOLVE:
    ctl_table_addf(&t, COLOUR_NONE, "incident %lld: resolved by %s: %s",
                   (long long)i->id, r->by, incident_name(i));
    break;
  default:
    ctl_table_addf(&t, COLOUR_NONE, "incident %lld: noted: %s",
                   (long long)i->id, r->text);
    break;
  }
  ctl_table_end(&t); /* out of memory: it is done all the same */
}

/* What the team wants to know of each that is over. */
static void ask_fields(const struct ctl *c, const struct incident *i) {
  for (size_t n = 0; c->settings != NULL && n < c->settings->fields_n; n++) {
    const struct custom *f = c->settings->fields[n];
    struct buf value;
    buf_init(&value, NOTE_MAX);
    incident_add_label(i, f->name, &value);
    if (f->is_required && value.len == 0)
      ctl_warn(c, "%s is not set: incidentctl edit %lld --field %s=VALUE",
               f->name, (long long)i->id, f->name);
    buf_fini(&value);
  }
}

/* One incident; span: of a snooze; many: where it is printed as an element of a
 * list. */
static int act(struct ctl *c, enum verb verb, int64_t id, span_ms span,
               struct ctl_list_json *many) {
  const char *reason = ctl_option(c, "m");
  struct ctl_record record;
  struct request r;
  request_init(&r);
  if (reason != NULL) {
    int read = ctl_read_text(c, "-m", reason, NOTE_MAX, &r.text);
    if (read != CTL_DONE)
      return read;
  }
  r.verb = verb;
  r.incident = id;
  r.by = c->by;
  r.at = r.happened_at = c->now;
  r.until = span > 0 ? c->now + span : 0;
  r.all = verb == VERB_ACK && ctl_option(c, "all") != NULL;
  int status = ctl_record(c, &r, &record);
  free(r.text);
  if (status != CTL_DONE)
    return status;
  if (!c->is_json) {
    tell(c, &r, &record);
  } else if (many != NULL) {
    struct json *j = json_new();
    if (j != NULL)
      ctl_put_incident(c, &record.incident, j);
    ctl_json_item(many, j);
  } else {
    status = ctl_print_incident(c, &record.incident);
  }
  if ((verb == VERB_ACK || verb == VERB_SNOOZE) && !r.all &&
      !record.is_in_memory && !record.was_paged)
    ctl_warn(c,
             "warning: incident %lld has not paged %s; the run of its own "
             "chain stops, all if it has none; leave a note: incidentctl note "
             "%lld \"...\"",
             (long long)id, c->by, (long long)id);
  if (verb == VERB_RESOLVE && record.incident.is_major &&
      !record.incident.is_test && !c->is_json)
    ctl_warn(c, "it was major: incidentctl postmortem create %lld",
             (long long)id);
  if (verb == VERB_RESOLVE && !record.is_in_memory) {
    ctl_impacts_warn(c, id);
    ctl_related_warn(c, id);
  }
  if (verb == VERB_RESOLVE && !record.incident.is_test)
    ask_fields(c, &record.incident);
  if (verb == VERB_UNACK || verb == VERB_ESCALATE)
    ctl_record_page(c, &record, NULL, 0);
  ctl_record_fini(&record);
  return status;
}

/* Each of the incidents named, whatever becomes of the others. */
static int act_on_each(struct ctl *c, enum verb verb, const int64_t *ids,
                       size_t n) {
  struct ctl_list_json list;
  bool is_list = c->is_json && n > 1;
  int status = CTL_DONE;
  if (is_list)
    ctl_json_begin(&list, c, "{\"incidents\":");
  for (size_t i = 0; i < n; i++)
    if (act(c, verb, ids[i], 0, is_list ? &list : NULL) != CTL_DONE)
      status = CTL_FAILED;
  if (is_list && ctl_json_end(&list, "}\n") != CTL_DONE)
    status = CTL_FAILED;
  return status;
}

static int act_on_all(struct ctl *c, enum verb verb) {
  int64_t *ids = NULL;
  size_t n = 0;
  int status = ctl_find_by(c);
  if (status == CTL_DONE)
    status = ctl_read_ids(c, "an incident", 0, &ids, &n);
  if (status == CTL_DONE)
    status = act_on_each(c, verb, ids, n);
  free(ids);
  return status;
}

static int do_ack(struct ctl *c) { return act_on_all(c, VERB_ACK); }
static int do_unack(struct ctl *c) { return act_on_all(c, VERB_UNACK); }
static int do_escalate(struct ctl *c) { return act_on_all(c, VERB_ESCALATE); }
static int do_resolve(struct ctl *c) { return act_on_all(c, VERB_RESOLVE); }

/* "10:00" */
static bool is_time_of_day(const char *at) {
  return at[strspn(at, "0123456789:")] == '\0';
}

/* Of a time of day, at: today. By noon, which no clock is put past. */
static enum err find_tomorrow(const char *time_of_day, wall_ms at,
                              wall_ms *tomorrow) {
  char day[CLOCK_LOCAL], text[64];
  wall_ms noon = 0;
  clock_print_local(at, day);
  snprintf(text, sizeof text, "%.10s 12:00", day);
  enum err err = clock_parse_local(text, at, &noon);
  if (err != OK)
    return err;
  clock_print_local(noon + DAY_MS, day);
  snprintf(text, sizeof text, "%.10s %s", day, time_of_day);
  return clock_parse_local(text, at, tomorrow);
}

/* How long from now. */
static int read_until(const struct ctl *c, const char *text, span_ms *span) {
  wall_ms until = 0;
  int status = ctl_read_time(c, text, &until);
  if (status == CTL_DONE && until <= c->now && is_time_of_day(text) &&
      find_tomorrow(text, until, &until) != OK)
    return ctl_misuse(c, "snooze: \"%s\" is not a time", text);
  if (status == CTL_DONE && until <= c->now)
    return ctl_fail(c, "snooze: --until %s is over already", text);
  *span = until - c->now;
  return status;
}

static int read_snooze(const struct ctl *c, span_ms *span) {
  const char *until = ctl_option(c, "until");
  const char *duration = c->arguments_n > 1 ? c->arguments[1] : NULL;
  if ((until != NULL) == (duration != NULL))
    return ctl_misuse(c, "snooze: either a duration or --until is wanted");
  if (until != NULL)
    return read_until(c, until, span);
  if (span_parse(duration, span) != OK || *span == 0)
    return ctl_misuse(c, "snooze: \"%s\" is not a duration; write 2h or 1h30m",
                      duration);
  return CTL_DONE;
}

static int do_snooze(struct ctl *c) {
  int64_t id = 0;
  span_ms span = 0;
  int status = ctl_find_by(c);
  if (status == CTL_DONE)
    status = ctl_read_id(c, c->arguments[0], &id);
  if (status == CTL_DONE)
    status = read_snooze(c, &span);
  return status == CTL_DONE ? act(c, VERB_SNOOZE, id, span, NULL) : status;
}

static int note(struct ctl *c, struct request *r) {
  struct ctl_record record;
  int status = ctl_record(c, r, &record);
  if (status != CTL_DONE)
    return status;
  if (c->is_json) {
    struct json *j = ctl_json_object("entry");
    if (j != NULL) {
      entry_print(&record.entry, j);
      json_object_end(j);
    }
    status = ctl_print_json(c, j);
  } else {
    tell(c, r, &record);
  }
  ctl_record_fini(&record);
  return status;
}

static int do_note(struct ctl *c) {
  struct request r;
  const char *at = ctl_option(c, "at");
  request_init(&r);
  r.verb = VERB_NOTE;
  r.at = r.happened_at = c->now;
  r.is_important = ctl_option(c, "important") != NULL;
  int status = ctl_read_id(c, c->arguments[0], &r.incident);
  if (status == CTL_DONE && at != NULL)
    status = ctl_read_time(c, at, &r.happened_at);
  if (status == CTL_DONE && r.happened_at > c->now + AHEAD_MS)
    status = ctl_fail(c, "note: --at %s has not come yet%s", at,
                      is_time_of_day(at) ? "; say the date too" : "");
  if (status == CTL_DONE)
    status = ctl_find_by(c);
  if (status == CTL_DONE)
    status = ctl_read_text(c, "TEXT", c->arguments[1], NOTE_MAX, &r.text);
  if (status != CTL_DONE)
    return status;
  r.by = c->by;
  status = note(c, &r);
  free(r.text);
  return status;
}

const struct ctl_command ctl_ack = {.name = "ack",
                                    .usage = "[--all] ID ...",
                                    .summary = "I have it: stop paging",
                                    .arguments_min = 1,
                                    .arguments_max = INT_MAX,
                                    .run = do_ack,
                                    .options = {{.name = "all"}}};

const struct ctl_command ctl_unack = {.name = "unack",
                                      .usage = "ID",
                                      .summary =
                                          "give it back: paging starts anew",
                                      .arguments_min = 1,
                                      .arguments_max = 1,
                                      .run = do_unack};

const struct ctl_command ctl_snooze = {
    .name = "snooze",
    .usage = "ID (DURATION | --until TIME)",
    .summary = "I have it for so long",
    .arguments_min = 1,
    .arguments_max = 2,
    .run = do_snooze,
    .options = {{.name = "until", .value = "TIME"}}};

const struct ctl_command ctl_escalate = {.name = "escalate",
                                         .usage = "ID",
                                         .summary = "page the next step now",
                                         .arguments_min = 1,
                                         .arguments_max = 1,
                                         .run = do_escalate};

const struct ctl_command ctl_resolve = {
    .name = "resolve",
    .usage = "[-m TEXT] ID ...",
    .summary = "it is over",
    .arguments_min = 1,
    .arguments_max = INT_MAX,
    .run = do_resolve,
    .options = {{.name = "m", .value = "TEXT"}}};

const struct ctl_command ctl_note = {
    .name = "note",
    .usage = "ID TEXT [--at TIME] [--important]",
    .summary = "write a line to the timeline",
    .arguments_min = 2,
    .arguments_max = 2,
    .takes_text = true,
    .run = do_note,
    .options = {{.name = "at", .value = "TIME"}, {.name = "important"}}};
