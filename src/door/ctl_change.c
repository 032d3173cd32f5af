/* SPDX-License-Identifier: MIT */
/* What people change of an incident: severity, status, its fields. */
#include "door/ctl_impact.h"
#include "door/ctl_names.h"
#include "door/ctl_record.h"
#include "door/ctl_related.h"

#include "base/text.h"
#include "core/role.h"

#include <stdlib.h>
#include <string.h>

#define TEXT_MAX 16384 /* of a paragraph or a reason */
#define LINE_MAX_BYTES 1024
#define NAME_MAX_BYTES 255
#define LABEL "label:"
#define EDITS_MAX 64

static void tell(const struct ctl *c, const struct incident *i,
                 const char *what) {
  static const struct ctl_column columns[] = {{0}};
  struct ctl_table t;
  ctl_table_begin(&t, c->out, &(struct ctl_style){0}, columns, 1);
  ctl_table_addf(&t, COLOUR_NONE, "incident %lld: %s: %s", (long long)i->id,
                 what, incident_name(i));
  ctl_table_end(&t); /* out of memory: it is done all the same */
}

static int begin(struct ctl *c, enum verb verb, struct request *r) {
  const char *reason = ctl_option(c, "m");
  const char *why;
  request_init(r);
  r->verb = verb;
  r->at = r->happened_at = c->now;
  int status = ctl_read_id(c, c->arguments[0], &r->incident);
  if (status == CTL_DONE)
    status = ctl_find_by(c);
  if (status == CTL_DONE && incident_set_text(&r->by, c->by) != OK)
    status = ctl_fail(c, "out of memory");
  if (status == CTL_DONE && reason != NULL)
    status = ctl_read_text(c, "-m", reason, TEXT_MAX, &r->text);
  /* For names; a failure is met again, and told, when it is recorded. */
  if (status == CTL_DONE && c->ledger == NULL)
    (void)ctl_try_open(c, LEDGER_SHARE, &why);
  return status;
}

static int finish(const struct ctl *c, const struct ctl_record *record,
                  const char *what) {
  if (c->is_json)
    return ctl_print_incident(c, &record->incident);
  tell(c, &record->incident, what);
  return CTL_DONE;
}

/* ---- severity ---- */

static bool is_rise(const struct ctl *c, const struct request *r) {
  const struct settings *s = c->settings;
  if (s == NULL || r->was == NULL)
    return false;
  const struct severity *is = settings_severity(s, r->severity);
  const struct severity *was = settings_severity(s, r->was);
  return is != NULL && (was == NULL || is->rank < was->rank);
}

struct paging {
  int64_t incident;
  bool is_paged;
};

static enum err see_run(void *arg, const struct run *run) {
  (void)run;
  ((struct paging *)arg)->is_paged = true;
  return OK;
}

/* The plugin has not seen it yet. */
static enum err see_request(void *arg, const struct request *r) {
  struct paging *p = arg;
  p->is_paged = p->is_paged || (r->verb == VERB_DECLARE &&
                                r->incident == p->incident && !r->no_page);
  return OK;
}

/* Declared with --no-page, it has no runs: only its severity's chain begins. */
static bool is_paged(const struct ctl *c, const struct ctl_record *record) {
  struct paging p = {.incident = record->incident.id};
  if (record->is_in_memory)
    return true;
  enum err err = ledger_runs(c->ledger, p.incident, see_run, &p);
  if (err == OK)
    err = ledger_requests(c->ledger, 0, see_request, &p);
  return err != OK || p.is_paged;
}

static void tell_rise(const struct ctl *c, const struct ctl_record *record) {
  const char *chain = ctl_severity_chain(c, record->incident.severity);
  if (is_paged(c, record))
    ctl_record_page(c, record, NULL, 0);
  else if (chain != NULL)
    ctl_record_page(c, record, &chain, 1);
}

static int set_severity(struct ctl *c, struct request *r) {
  struct ctl_record record;
  struct buf what;
  int status = ctl_check_severity(c, "severity", r->severity);
  if (status != CTL_DONE)
    return status;
  if (c->settings != NULL)
    r->is_major = settings_severity(c->settings, r->severity)->is_major;
  status = ctl_record(c, r, &record);
  if (status != CTL_DONE)
    return status;
  buf_init(&what, LINE_MAX_BYTES);
  if (r->was != NULL)
    buf_addf(&what, "%s to ", r->was);
  buf_add(&what, r->severity);
  status = finish(c, &record, buf_text(&what));
  buf_fini(&what);
  if (incident_is_open(&record.incident) && is_rise(c, r))
    tell_rise(c, &record);
  ctl_record_fini(&record);
  return status;
}

static int do_severity(struct ctl *c) {
  struct request r;
  int status = begin(c, VERB_SEVERITY, &r);
  if (status == CTL_DONE)
    status = ctl_read_text(c, "SEVERITY", c->arguments[1], NAME_MAX_BYTES,
                           &r.severity);
  if (status == CTL_DONE)
    status = set_severity(c, &r);
  request_fini(&r);
  return status;
}

/* ---- status ---- */

/* By its own name, or what others call it. */
static int read_status(const struct ctl *c, const char *word,
                       struct request *r) {
  const char *name = strcmp(word, "active") == 0   ? "investigating"
                     : strcmp(word, "stable") == 0 ? "monitoring"
                                                   : word;
  if (status_parse(name, &r->status) == OK) {
    if (r->status == STATUS_RESOLVED)
      r->verb = VERB_RESOLVE;
    return CTL_DONE;
  }
  return ctl_unknown_status(c, word);
}

static int do_set(struct ctl *c) {
  struct ctl_record record;
  struct request r;
  int status = begin(c, VERB_STATUS, &r);
  if (status == CTL_DONE)
    status = read_status(c, c->arguments[1], &r);
  if (status == CTL_DONE)
    status = ctl_record(c, &r, &record);
  if (status == CTL_DONE) {
    status = finish(c, &record, status_names[r.status]);
    if (r.verb == VERB_RESOLVE && !record.is_in_memory) {
      ctl_impacts_warn(c, r.incident);
      ctl_related_warn(c, r.incident);
    }
    ctl_record_fini(&record);
  }
  request_fini(&r);
  return status;
}

static int do_reopen(struct ctl *c) {
  struct ctl_record record;
  struct request r;
  int status = begin(c, VERB_REOPEN, &r);
  if (status == CTL_DONE)
    status = ctl_record(c, &r, &record);
  if (status == CTL_DONE) {
    status = finish(c, &record, "reopened, nobody has it");
    ctl_record_page(c, &record, NULL, 0);
    ctl_record_fini(&record);
  }
  request_fini(&r);
  return status;
}

/* ---- fields ---- */

struct edits {
  struct request requests[EDITS_MAX];
  size_t n;
  struct buf names; /* "title, cause" */
};

static int add_edit(struct ctl *c, struct edits *e, const char *field,
                    const char *text, size_t max) {
  struct request *r = &e->requests[e->n];
  if (e->n == EDITS_MAX)
    return ctl_fail(c, "edit: more than %d changes", EDITS_MAX);
  int status = begin(c, VERB_EDIT, r);
  e->n++;
  if (status == CTL_DONE && incident_set_text(&r->field, field) != OK)
    status = ctl_fail(c, "out of memory");
  if (status == CTL_DONE && text[strspn(text, " \t\r\n")] == '\0')
    status = incident_set_text(&r->text, "") == OK
                 ? CTL_DONE
                 : ctl_fail(c, "out of memory");
  else if (status == CTL_DONE)
    status = ctl_read_text(c, field, text, max, &r->text);
  if (status == CTL_DONE && strcmp(field, "title") == 0)
    ctl_fold(r->text);
  if (strcmp(field, "major") != 0 && strcmp(field, INCIDENT_PRIVATE) != 0)
    buf_addf(&e->names, "%s%s", e->names.len > 0 ? ", " : "", field);
  return status;
}

/* is_field: one of the configuration. */
static int add_label(struct ctl *c, struct edits *e, const char *label,
                     bool is_field) {
  const char *value = strchr(label, '=');
  char *name = NULL;
  struct buf field;
  if (value == NULL || value == label)
    return ctl_misuse(c, "edit: \"%s\" is not NAME=VALUE", label);
  buf_init(&field, 4 * NAME_MAX_BYTES);
  buf_add(&field, LABEL);
  buf_addn(&field, label, (size_t)(value - label));
  int status =
      field.err == OK
          ? ctl_read_text(c, "--label", buf_text(&field), NAME_MAX_BYTES, &name)
          : ctl_fail(c, "edit: the name of a label is too long");
  if (status == CTL_DONE)
    status = add_edit(c, e, name, value + 1, LINE_MAX_BYTES);
  if (status == CTL_DONE) /* the configuration is known now */
    status = ctl_check_field(c, name + strlen(LABEL), value + 1, is_field);
  free(name);
  buf_fini(&field);
  return status;
}

/* It is a role: whoever has it now is paged. */
static int add_commander(struct ctl *c, struct edits *e, const char *who) {
  int status = add_edit(c, e, "commander", who, NAME_MAX_BYTES);
  struct request *r = &e->requests[e->n - 1];
  if (status != CTL_DONE)
    return status;
  r->verb = VERB_ROLE;
  r->is_released = r->text[0] == '\0';
  r->who = r->is_released ? NULL : r->text;
  if (r->is_released)
    free(r->text);
  r->text = NULL;
  status = ctl_check_who(c, "--commander", r->who);
  if (status != CTL_DONE)
    return status;
  return incident_set_text(&r->role, ROLE_COMMANDER) == OK
             ? CTL_DONE
             : ctl_fail(c, "out of memory");
}

static int read_edits(struct ctl *c, struct edits *e) {
  static const struct {
    const char *name;
    size_t max;
  } fields[] = {{"title", LINE_MAX_BYTES},    {"summary", TEXT_MAX},
                {"cause", TEXT_MAX},          {"detection", TEXT_MAX},
                {"codename", NAME_MAX_BYTES}, {"service", LINE_MAX_BYTES},
                {"team", LINE_MAX_BYTES},     {"major", NAME_MAX_BYTES}};
  int status = CTL_DONE;
  const char *label;
  size_t cursor = 0;
  for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
    const char *text = ctl_option(c, fields[i].name);
    if (text != NULL && status == CTL_DONE)
      status = add_edit(c, e, fields[i].name, text, fields[i].max);
  }
  bool hides = ctl_option(c, "private") != NULL;
  bool shows = ctl_option(c, "public") != NULL;
  if (hides && shows)
    return ctl_misuse(c, "edit: --private and --public exclude each other");
  if (status == CTL_DONE && (hides || shows))
    status = add_edit(c, e, INCIDENT_PRIVATE, hides ? "yes" : "", 8);
  const char *commander = ctl_option(c, "commander");
  if (status == CTL_DONE && commander != NULL)
    status = add_commander(c, e, commander);
  while (status == CTL_DONE &&
         (label = ctl_option_next(c, "label", &cursor)) != NULL)
    status = add_label(c, e, label, false);
  cursor = 0;
  while (status == CTL_DONE &&
         (label = ctl_option_next(c, "field", &cursor)) != NULL)
    status = add_label(c, e, label, true);
  if (status == CTL_DONE && e->n == 0)
    status = ctl_misuse(c, "edit: nothing to change");
  return status;
}

/* As major, which pages. */
static bool is_flagged(const struct ctl *c, const struct ctl_record *record) {
  return ctl_option(c, "major") != NULL && record->incident.is_major &&
         !record->is_same && incident_is_open(&record->incident);
}

/* "title, cause are set; major: no": a flag says what it is now. */
static void add_outcome(const struct ctl *c, const struct incident *i,
                        struct edits *e) {
  const struct {
    bool is_asked, is_now;
    const char *name;
  } flags[] = {
      {ctl_option(c, "major") != NULL, i->is_major, "major"},
      {ctl_option(c, "private") != NULL || ctl_option(c, "public") != NULL,
       i->is_private, INCIDENT_PRIVATE}};
  size_t n = e->n;
  for (size_t k = 0; k < sizeof flags / sizeof *flags; k++)
    n -= flags[k].is_asked;
  if (n > 0)
    buf_add(&e->names, n == 1 ? " is set" : " are set");
  for (size_t k = 0; k < sizeof flags / sizeof *flags; k++)
    if (flags[k].is_asked)
      buf_addf(&e->names, "%s%s: %s", e->names.len == 0 ? "" : "; ",
               flags[k].name, flags[k].is_now ? "yes" : "no");
}

static int do_edit(struct ctl *c) {
  struct ctl_record record;
  struct edits *e = calloc(1, sizeof *e);
  if (e == NULL)
    return ctl_fail(c, "out of memory");
  buf_init(&e->names, LINE_MAX_BYTES);
  int status = read_edits(c, e);
  if (status == CTL_DONE)
    status = ctl_record_all(c, e->requests, e->n, &record);
  if (status == CTL_DONE) {
    add_outcome(c, &record.incident, e);
    status = finish(c, &record, buf_text(&e->names));
    if (is_flagged(c, &record))
      ctl_record_page(c, &record, NULL, 0);
    ctl_record_fini(&record);
  }
  for (size_t i = 0; i < e->n; i++)
    request_fini(&e->requests[i]);
  buf_fini(&e->names);
  free(e);
  return status;
}

const struct ctl_command ctl_severity = {
    .name = "severity",
    .usage = "ID SEVERITY [-m TEXT]",
    .summary = "say how bad it is; a rise pages",
    .arguments_min = 2,
    .arguments_max = 2,
    .run = do_severity,
    .options = {{.name = "m", .value = "TEXT"}}};

const struct ctl_command ctl_set = {
    .name = "set",
    .usage = "ID investigating|identified|monitoring|resolved [-m TEXT]",
    .summary = "say how far it is",
    .arguments_min = 2,
    .arguments_max = 2,
    .run = do_set,
    .options = {{.name = "m", .value = "TEXT"}}};

const struct ctl_command ctl_reopen = {
    .name = "reopen",
    .usage = "ID [-m TEXT]",
    .summary = "it is not over: paging starts anew",
    .arguments_min = 1,
    .arguments_max = 1,
    .run = do_reopen,
    .options = {{.name = "m", .value = "TEXT"}}};

const struct ctl_command ctl_edit = {
    .name = "edit",
    .usage = "ID [--title TEXT] [--summary TEXT] [--cause TEXT]\n"
             "           [--detection TEXT] [--service TEXT] [--team TEXT]\n"
             "           [--commander WHO] [--private | --public] "
             "[--codename TEXT]\n"
             "           [--major yes|no] [--field NAME=VALUE ...]\n"
             "           [--label NAME=VALUE ...]",
    .summary = "change what it says of itself",
    .arguments_min = 1,
    .arguments_max = 1,
    .run = do_edit,
    .options = {{.name = "title", .value = "TEXT"},
                {.name = "summary", .value = "TEXT"},
                {.name = "cause", .value = "TEXT"},
                {.name = "detection", .value = "TEXT"},
                {.name = "private"},
                {.name = "public"},
                {.name = "codename", .value = "TEXT"},
                {.name = "service", .value = "TEXT"},
                {.name = "team", .value = "TEXT"},
                {.name = "commander", .value = "WHO"},
                {.name = "field", .value = "NAME=VALUE", .is_many = true},
                {.name = "major", .value = "yes|no"},
                {.name = "label", .value = "NAME=VALUE", .is_many = true}}};
