/* SPDX-License-Identifier: MIT */
/* `postmortem`, as far as it changes one: each a step in a transaction with an
 * entry of the timeline. */
#include "door/ctl_postmortem.h"

#include "base/text.h"
#include "door/ctl_names.h"
#include "door/ctl_work.h"

#include <stdlib.h>
#include <string.h>

#define DAY_MS (INT64_C(24) * 60 * 60 * 1000)

struct change {
  int64_t incident;
  enum postmortem_status status;
  const char *owner;
  wall_ms meeting_at;
  enum section section;
  const char *text; /* "": nothing is written there any more */
  struct postmortem postmortem;
};

/* ---- reminders ---- */

static wall_ms due_of(const struct ctl_work *w) {
  return ctl_postmortem_due(w->c, &w->incident);
}

static enum err end_reminders(struct ctl_work *w) {
  struct ledger *l = w->c->ledger;
  enum err err =
      ledger_end_reminders(l, w->incident.id, REMINDER_MEETING, 0, w->c->now);
  if (err == OK)
    err = ledger_end_reminders(l, w->incident.id, REMINDER_POSTMORTEM, 0,
                               w->c->now);
  w->is_for_plugin = true;
  return err;
}

/* A day before the meeting or, where there is none yet, when it is due. */
static enum err remind(struct ctl_work *w, const struct postmortem *p) {
  bool has_meeting = p->meeting_at != WALL_NEVER;
  char at[DOCUMENT_TIME];
  struct buf text;
  struct reminder m = {.incident = w->incident.id,
                       .kind =
                           has_meeting ? REMINDER_MEETING : REMINDER_POSTMORTEM,
                       .who = p->owner,
                       .ended_at = WALL_NEVER,
                       .owed_at = WALL_NEVER};
  enum err err = end_reminders(w);
  if (err != OK || p->status == POSTMORTEM_CLOSED ||
      (has_meeting && p->meeting_at <= w->c->now) ||
      (!has_meeting && incident_is_open(&w->incident)))
    return err;
  m.due_at = has_meeting ? p->meeting_at - DAY_MS : due_of(w);
  document_print_time(p->meeting_at, at);
  buf_init(&text, 4096);
  if (has_meeting)
    buf_addf(&text,
             "the postmortem of incident %lld is talked about at %s: send the "
             "link",
             (long long)w->incident.id, at);
  else
    postmortem_say_due(w->incident.id, m.due_at, &text);
  err = buf_take(&text, &m.text);
  buf_fini(&text);
  if (err == OK)
    err = ledger_add_reminder(w->c->ledger, &m);
  free(m.text);
  return err;
}

/* ---- steps ---- */

static enum err find(struct ctl_work *w, struct change *x) {
  enum err err = ctl_work_on(w, x->incident);
  if (err == OK)
    err = ledger_postmortem(w->c->ledger, x->incident, &x->postmortem);
  if (err == ERR_NOTFOUND)
    return ctl_work_refuse(w,
                           "incident %lld: has no postmortem yet; see "
                           "postmortem create",
                           (long long)x->incident);
  return err;
}

static enum err make(struct ctl_work *w, void *arg) {
  struct change *x = arg;
  struct postmortem *p = &x->postmortem;
  const char *owner;
  enum err err = ctl_work_on(w, x->incident);
  if (err == OK)
    err = ledger_postmortem(w->c->ledger, x->incident, p);
  if (err == OK)
    return ctl_work_refuse(w, "incident %lld: somebody has just created it",
                           (long long)x->incident);
  if (err != ERR_NOTFOUND)
    return err;
  owner = w->incident.commander != NULL ? w->incident.commander : w->c->by;
  p->incident = x->incident;
  p->created_at = w->c->now;
  err = incident_set_text(&p->owner, owner);
  if (err == OK)
    err = ledger_put_postmortem(w->c->ledger, p);
  if (err == OK)
    err = remind(w, p);
  buf_addf(&w->text, "postmortem created, owned by %s", owner);
  return err;
}

/* To the public, since the postmortem was made: updates from before are about
 * the incident. */
static enum err has_posted(struct ctl_work *w, wall_ms since, bool *has) {
  struct dossier d;
  dossier_init(&d);
  d.settings = w->c->settings;
  enum err err = ledger_statements(w->c->ledger, w->incident.id,
                                   dossier_add_statement, &d);
  *has = false;
  for (size_t i = 0; i < d.messages.n; i++)
    *has = *has ||
           (d.messages.items[i].is_public && d.messages.items[i].at >= since);
  dossier_fini(&d);
  return err;
}

static enum err set_status(struct ctl_work *w, void *arg) {
  struct change *x = arg;
  struct postmortem *p = &x->postmortem;
  bool is_posted = false, was_closed;
  enum err err = find(w, x);
  if (err == OK)
    err = has_posted(w, p->created_at, &is_posted);
  if (err != OK)
    return err;
  const char *why = postmortem_refusal(
      p, x->status, incident_is_open(&w->incident), is_posted);
  if (why != NULL)
    return ctl_work_refuse(w, "postmortem of incident %lld: %s",
                           (long long)x->incident, why);
  was_closed = p->status == POSTMORTEM_CLOSED;
  buf_addf(&w->text, "postmortem %s, was %s",
           postmortem_status_names[x->status],
           postmortem_status_names[p->status]);
  p->status = x->status;
  err = ledger_put_postmortem(w->c->ledger, p);
  if (err == OK && p->status == POSTMORTEM_CLOSED)
    err = end_reminders(w);
  else if (err == OK && was_closed)
    err = remind(w, p);
  return err;
}

static enum err set_owner(struct ctl_work *w, void *arg) {
  struct change *x = arg;
  enum err err = find(w, x);
  if (err != OK)
    return err;
  buf_addf(&w->text, "postmortem owned by %s", x->owner);
  if (x->postmortem.owner != NULL)
    buf_addf(&w->text, ", before by %s", x->postmortem.owner);
  err = incident_set_text(&x->postmortem.owner, x->owner);
  if (err == OK)
    err = ledger_put_postmortem(w->c->ledger, &x->postmortem);
  if (err == OK)
    err = remind(w, &x->postmortem);
  return err;
}

static enum err set_meeting(struct ctl_work *w, void *arg) {
  struct change *x = arg;
  char at[DOCUMENT_TIME];
  enum err err = find(w, x);
  if (err != OK)
    return err;
  x->postmortem.meeting_at = x->meeting_at;
  document_print_time(x->meeting_at, at);
  buf_addf(&w->text, "postmortem meeting at %s", at);
  err = ledger_put_postmortem(w->c->ledger, &x->postmortem);
  if (err == OK)
    err = remind(w, &x->postmortem);
  return err;
}

/* What stood there before stays in the timeline. */
static enum err edit(struct ctl_work *w, void *arg) {
  struct change *x = arg;
  char **section = &x->postmortem.sections[x->section];
  const char *name = section_names[x->section];
  enum err err = find(w, x);
  if (err != OK)
    return err;
  if (x->postmortem.status == POSTMORTEM_CLOSED)
    return ctl_work_refuse(w,
                           "postmortem of incident %lld: closed; set it back "
                           "to draft first",
                           (long long)x->incident);
  if (x->text[0] == '\0' && *section == NULL)
    return ctl_work_refuse(w,
                           "postmortem of incident %lld: nothing is written "
                           "in %s",
                           (long long)x->incident, name);
  if (*section == NULL)
    buf_addf(&w->text, "postmortem: wrote %s", name);
  else
    buf_addf(&w->text, "postmortem: %s %s; before: %s",
             x->text[0] == '\0' ? "removed" : "rewrote", name, *section);
  err = incident_set_text(section, x->text[0] != '\0' ? x->text : NULL);
  return err == OK ? ledger_put_postmortem(w->c->ledger, &x->postmortem) : err;
}

/* ---- the commands ---- */

static int print(const struct ctl_work *w, const struct postmortem *p) {
  struct json *j = ctl_json_object("postmortem");
  if (j != NULL)
    postmortem_put(p, due_of(w), false, j);
  return ctl_work_json(w->c, j, w);
}

/* is_quiet: something else is printed. */
static int act(struct ctl *c, ctl_work_step *step, struct change *x,
               bool is_quiet) {
  struct ctl_work w;
  postmortem_init(&x->postmortem);
  int status = ctl_work(c, KIND_POSTMORTEM, step, x, &w);
  if (status == CTL_DONE && !is_quiet) {
    if (c->is_json)
      status = print(&w, &x->postmortem);
    else
      ctl_tell(c, "incident %lld: %s", (long long)x->incident,
               buf_text(&w.text));
  }
  if (status == CTL_DONE && step == set_meeting && x->meeting_at > due_of(&w))
    ctl_warn(c, "warning: the meeting was due earlier than that");
  ctl_work_fini(&w);
  postmortem_fini(&x->postmortem);
  return status;
}

int ctl_postmortem_make(struct ctl *c, int64_t incident) {
  struct change x = {.incident = incident};
  return act(c, make, &x, true);
}

int ctl_postmortem_status(struct ctl *c, int64_t incident) {
  struct change x = {.incident = incident};
  const char *name = c->arguments[2];
  if (postmortem_status_parse(name, &x.status) != OK) {
    const char *nearest =
        text_nearest(name, postmortem_status_names, POSTMORTEM_STATUSES);
    return ctl_fail(c, "postmortem: there is no status \"%s\"%s%s%s", name,
                    nearest != NULL ? ", did you mean \""
                                    : "; it is draft, in review, reviewed or "
                                      "closed",
                    nearest != NULL ? nearest : "",
                    nearest != NULL ? "\"?" : "");
  }
  return act(c, set_status, &x, false);
}

int ctl_postmortem_owner(struct ctl *c, int64_t incident) {
  struct change x = {.incident = incident};
  char *who = NULL;
  int status = ctl_read_text(c, "WHO", c->arguments[2], CTL_NAME_MAX, &who);
  x.owner = who;
  if (status == CTL_DONE)
    status = ctl_work_open(c);
  if (status == CTL_DONE)
    status = ctl_check_who(c, "responder", who);
  if (status == CTL_DONE)
    status = act(c, set_owner, &x, false);
  free(who);
  return status;
}

int ctl_postmortem_meeting(struct ctl *c, int64_t incident) {
  struct change x = {.incident = incident};
  int status = ctl_read_time(c, c->arguments[2], &x.meeting_at);
  return status == CTL_DONE ? act(c, set_meeting, &x, false) : status;
}

/* ---- a person's words ---- */

static int read_input(const struct ctl *c, char **own_text) {
  char piece[4096];
  struct buf b;
  size_t n;
  int status = CTL_DONE;
  buf_init(&b, CTL_TEXT_MAX + 1024);
  while ((n = fread(piece, 1, sizeof piece, stdin)) > 0)
    buf_addn(&b, piece, n);
  if (b.err == ERR_CEILING)
    status =
        ctl_fail(c, "postmortem: TEXT is longer than %d bytes", CTL_TEXT_MAX);
  else if (ferror(stdin) || b.err != OK)
    status = ctl_fail(c, "postmortem: cannot read TEXT");
  else
    status = ctl_read_text(c, "TEXT", buf_text(&b), CTL_TEXT_MAX, own_text);
  buf_fini(&b);
  return status;
}

static int read_section(const struct ctl *c, enum section *section) {
  const char *name = c->arguments[2];
  struct buf all;
  if (section_parse(name, section) == OK)
    return CTL_DONE;
  const char *nearest = text_nearest(name, section_names, SECTIONS);
  if (nearest != NULL)
    return ctl_fail(c,
                    "postmortem: there is no section \"%s\", did you mean "
                    "%s?",
                    name, nearest);
  buf_init(&all, 1024);
  for (int i = 0; i < SECTIONS; i++)
    buf_addf(&all, "%s%s", i > 0 ? ", " : "", section_names[i]);
  int status = ctl_fail(c,
                        "postmortem: there is no section \"%s\"; there are "
                        "%s",
                        name, buf_text(&all));
  buf_fini(&all);
  return status;
}

int ctl_postmortem_edit(struct ctl *c, int64_t incident) {
  struct change x = {.incident = incident, .text = ""};
  const char *given = c->arguments[3];
  char *text = NULL;
  int status = read_section(c, &x.section);
  if (status == CTL_DONE && strcmp(given, "-") == 0)
    status = read_input(c, &text);
  else if (status == CTL_DONE && given[0] != '\0')
    status = ctl_read_text(c, "TEXT", given, CTL_TEXT_MAX, &text);
  if (text != NULL)
    x.text = text;
  if (status == CTL_DONE)
    status = act(c, edit, &x, false);
  free(text);
  return status;
}
