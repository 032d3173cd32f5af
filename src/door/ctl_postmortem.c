/* SPDX-License-Identifier: MIT */
/* `postmortem`: what is learnt from an incident. */
#include "door/ctl_postmortem.h"

#include "core/postmortem_lint.h"
#include "door/ctl_work.h"

#include <stdlib.h>
#include <string.h>

/* ---- the document ---- */

static int put(struct ctl *c, int64_t incident, enum ctl_form form) {
  struct dossier d;
  bool has_one = false;
  dossier_init(&d);
  int status = ctl_dossier(c, incident, &d, &has_one);
  if (status == CTL_DONE && !has_one)
    status = ctl_fail(c,
                      "incident %lld: has no postmortem yet; see postmortem "
                      "create",
                      (long long)incident);
  if (status == CTL_DONE)
    status = ctl_postmortem_put(c, &d, form);
  if (status == CTL_DONE && ctl_option(c, "output") != NULL && !c->is_json)
    ctl_tell(c, "incident %lld: postmortem written to %s", (long long)incident,
             ctl_option(c, "output"));
  if (status == CTL_DONE && incident_is_open(&d.incident))
    ctl_warn(c, "warning: incident %lld is not resolved yet",
             (long long)incident);
  dossier_fini(&d);
  return status;
}

static int show(struct ctl *c, int64_t incident) {
  enum ctl_form form;
  int status = ctl_read_form(c, &form);
  if (status == CTL_DONE)
    status = ctl_postmortem_may_put(c);
  if (status == CTL_DONE)
    status = ctl_open_for(c, incident);
  return status == CTL_DONE ? put(c, incident, form) : status;
}

/* The one that there is, or a new one. */
static int create(struct ctl *c, int64_t incident) {
  struct postmortem p;
  const char *why = NULL;
  enum ctl_form form;
  int status = ctl_read_form(c, &form);
  if (status == CTL_DONE)
    status = ctl_postmortem_may_put(c);
  if (status != CTL_DONE)
    return status;
  enum err err = ctl_try_open(c, LEDGER_SHARE, &why);
  if (err != OK)
    return ctl_fail_open(c, err, why);
  err = ledger_postmortem(c->ledger, incident, &p);
  if (err == OK)
    postmortem_fini(&p);
  else if (err == ERR_NOTFOUND)
    status = ctl_postmortem_make(c, incident);
  else
    status = ctl_fail_ledger(c, err);
  return status == CTL_DONE ? put(c, incident, form) : status;
}

/* ---- lint ---- */

struct remarks {
  const struct ctl *c;
  struct ctl_table table;
  struct ctl_list_json json;
  size_t n;
};

static void take_remark(void *arg, const char *place, const char *line) {
  struct remarks *r = arg;
  r->n++;
  if (!r->c->is_json) {
    ctl_table_add(&r->table, COLOUR_BOLD, place);
    ctl_table_add(&r->table, COLOUR_NONE, line);
    return;
  }
  struct json *j = json_new();
  if (j != NULL) {
    json_object(j);
    json_put_text(j, "place", place);
    json_put_text(j, "text", line);
    json_object_end(j);
  }
  ctl_json_item(&r->json, j);
}

static int complain(const struct ctl *c, const struct dossier *d) {
  static const struct ctl_column columns[] = {{0}, {0}};
  const struct postmortem_view v = {.dossier = d, .now = c->now};
  struct remarks r = {.c = c};
  int status = CTL_DONE;
  if (c->is_json)
    ctl_json_begin(&r.json, c, "{\"findings\":");
  ctl_table_begin(&r.table, c->out, &c->style, columns, 2);
  r.table.is_wrapped = true;
  postmortem_lint(&v, take_remark, &r);
  enum err err = ctl_table_end(&r.table);
  if (c->is_json)
    status = ctl_json_end(&r.json, "}\n");
  else if (err != OK)
    status = ctl_fail(c, "cannot print: %s", err_text(err));
  else if (r.n == 0)
    ctl_tell(c, "postmortem of incident %lld: nothing to complain about",
             (long long)d->incident.id);
  return status == CTL_DONE && r.n > 0 ? CTL_FAILED : status;
}

static int lint(struct ctl *c, int64_t incident) {
  struct dossier d;
  bool has_one = false;
  int status = ctl_open_for(c, incident);
  if (status != CTL_DONE)
    return status;
  dossier_init(&d);
  status = ctl_dossier(c, incident, &d, &has_one);
  if (status == CTL_DONE)
    status = complain(c, &d);
  dossier_fini(&d);
  return status;
}

/* ---- the list ---- */

struct owed {
  const struct ctl *c;
  struct ctl_table table;
  struct ctl_list_json json;
};

static void add_owed(struct owed *o, const struct incident *i,
                     const struct postmortem *p, wall_ms due) {
  char at[CLOCK_LOCAL] = "", meeting[CLOCK_LOCAL] = "";
  bool is_late = p->meeting_at == WALL_NEVER && due <= o->c->now;
  clock_print_local(due, at);
  if (p->meeting_at != WALL_NEVER)
    clock_print_local(p->meeting_at, meeting);
  ctl_table_addf(&o->table, COLOUR_BOLD, "%lld", (long long)i->id);
  ctl_table_add(&o->table, COLOUR_NONE, i->severity);
  ctl_table_add(&o->table, COLOUR_NONE,
                p->created_at == WALL_NEVER
                    ? "missing"
                    : postmortem_status_names[p->status]);
  ctl_table_add(&o->table, COLOUR_NONE, p->owner);
  ctl_table_addf(&o->table, is_late ? COLOUR_RED : COLOUR_NONE, "%.16s", at);
  ctl_table_addf(&o->table, COLOUR_NONE, "%.16s", meeting);
  ctl_table_add(&o->table, COLOUR_NONE, incident_name(i));
}

static void print_owed(struct owed *o, const struct incident *i,
                       const struct postmortem *p, wall_ms due) {
  struct json *j = json_new();
  if (j != NULL) {
    json_object(j);
    json_put_int(j, "incident", i->id);
    json_put_text(j, "title", incident_name(i));
    json_put_text(j, "severity", i->severity);
    json_put_text(j, "status",
                  p->created_at == WALL_NEVER
                      ? NULL
                      : postmortem_status_names[p->status]);
    json_put_text(j, "owner", p->owner);
    json_put_time(j, "meeting_at", p->meeting_at);
    json_put_time(j, "due_at", due);
    json_put_bool(j, "overdue",
                  p->meeting_at == WALL_NEVER && due <= o->c->now);
    json_object_end(j);
  }
  ctl_json_item(&o->json, j);
}

static enum err take_owed(void *arg, int64_t incident) {
  struct owed *o = arg;
  struct incident i;
  struct postmortem p;
  incident_init(&i);
  postmortem_init(&p);
  enum err err = ledger_incident(o->c->ledger, incident, &i);
  if (err == OK)
    err = ledger_postmortem(o->c->ledger, incident, &p);
  if (err == ERR_NOTFOUND) {
    p.created_at = WALL_NEVER; /* there is none */
    err = OK;
  }
  if (err == OK) {
    wall_ms due = ctl_postmortem_due(o->c, &i);
    if (o->c->is_json)
      print_owed(o, &i, &p, due);
    else
      add_owed(o, &i, &p, due);
  }
  incident_fini(&i);
  postmortem_fini(&p);
  return err;
}

static int list(struct ctl *c, int64_t incident) {
  static const struct ctl_column columns[] = {
      {"ID", true},   {"SEVERITY", false}, {"STATUS", false}, {"OWNER", false},
      {"DUE", false}, {"MEETING", false},  {"TITLE", false}};
  struct owed o = {.c = c};
  const char *why = NULL;
  int status = CTL_DONE;
  (void)incident; /* it is of all of them */
  enum err err = ctl_try_open(c, LEDGER_READ, &why);
  if (err != OK)
    return ctl_fail_open(c, err, why);
  if (c->is_json)
    ctl_json_begin(&o.json, c, "{\"postmortems\":");
  ctl_table_begin(&o.table, c->out, &c->style, columns,
                  sizeof columns / sizeof columns[0]);
  err = ledger_postmortems_owed(c->ledger, take_owed, &o);
  enum err printed = ctl_table_end(&o.table);
  if (c->is_json)
    status = ctl_json_end(&o.json, "}\n");
  else if (printed != OK)
    status = ctl_fail(c, "cannot print: %s", err_text(printed));
  return err != OK && status == CTL_DONE ? ctl_fail_ledger(c, err) : status;
}

/* ---- the command ---- */

static const char *const actions[] = {"create", "show",    "status",
                                      "owner",  "meeting", "edit",
                                      "lint",   "list",    NULL};
static const struct {
  int (*run)(struct ctl *c, int64_t incident);
  int arguments;   /* with the action */
  bool is_written; /* takes the options of the document */
} how[] = {{create, 2, true},
           {show, 2, true},
           {ctl_postmortem_status, 3, false},
           {ctl_postmortem_owner, 3, false},
           {ctl_postmortem_meeting, 3, false},
           {ctl_postmortem_edit, 4, false},
           {lint, 2, false},
           {list, 1, false}};

static int do_postmortem(struct ctl *c) {
  size_t at = 0;
  int64_t incident = 0;
  int status = ctl_read_action(c, actions, &at);
  if (status != CTL_DONE)
    return status;
  if (c->arguments_n != how[at].arguments)
    return ctl_misuse(c, "postmortem %s: %s", actions[at],
                      c->arguments_n < how[at].arguments
                          ? "an argument is missing"
                          : "there is an argument too many; words with blanks "
                            "between them go into quotes");
  for (size_t i = 0; i < CTL_OPTIONS_MAX && !how[at].is_written; i++)
    if (c->given[i] != NULL)
      return ctl_misuse(c, "postmortem %s: takes no --%s", actions[at],
                        c->command->options[i].name);
  if (how[at].arguments > 1)
    status = ctl_read_id(c, c->arguments[1], &incident);
  return status == CTL_DONE ? how[at].run(c, incident) : status;
}

const struct ctl_command ctl_postmortem = {
    .name = "postmortem",
    .usage = "create|show ID [--important] [--format md|html|json]\n"
             "           [--output FILE [--force]]\n"
             "       incidentctl postmortem edit ID SECTION TEXT|-\n"
             "       incidentctl postmortem owner ID WHO\n"
             "       incidentctl postmortem meeting ID TIME\n"
             "       incidentctl postmortem status ID draft|\"in review\"|"
             "reviewed|closed\n"
             "       incidentctl postmortem lint ID\n"
             "       incidentctl postmortem list",
    .summary = "learn from it: the document, who owns it, when it is met about",
    .arguments_min = 1,
    .arguments_max = 4,
    .run = do_postmortem,
    .options = {{.name = "important"},
                {.name = "format", .value = "FORMAT"},
                {.name = "output", .value = "FILE"},
                {.name = "force"}}};
