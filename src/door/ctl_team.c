/* SPDX-License-Identifier: MIT */
/* `team` and `release`: parts of the responders, and those who may go. */
#include "door/ctl_names.h"
#include "door/ctl_role.h"
#include "door/ctl_work.h"

#include "base/text.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* ---- team ---- */

struct change {
  int64_t incident;
  char *name, *leader; /* leader NULL: as it is */
  span_ms span;        /* 0: no time box is given */
  bool ends;
  struct ctl_crew crew;
  struct team *team; /* of the crew, or: */
  struct team made;
};

static const struct channel *channel_of(const struct ctl *c, const char *name) {
  for (size_t i = 0; c->settings != NULL && i < c->settings->channels_n; i++)
    if (strcasecmp(c->settings->channels[i]->name, name) == 0)
      return c->settings->channels[i];
  return NULL;
}

static enum err set_reminder(struct ctl_work *w, struct team *t) {
  struct buf text;
  enum err err = ledger_end_reminders(w->c->ledger, t->incident, REMINDER_TEAM,
                                      t->id, w->c->now);
  w->is_for_plugin = true;
  if (err != OK || team_is_over(t) || t->until == WALL_NEVER)
    return err;
  buf_init(&text, 4096);
  buf_addf(&text, "the time of team %s is over", t->name);
  struct reminder r = {.incident = t->incident,
                       .kind = REMINDER_TEAM,
                       .subject = t->id,
                       .who = t->leader,
                       .text = (char *)buf_text(&text),
                       .due_at = t->until};
  err = text.err == OK ? ledger_add_reminder(w->c->ledger, &r) : text.err;
  buf_fini(&text);
  return err;
}

static enum err make(struct ctl_work *w, struct change *x) {
  struct team *t = x->team = &x->made;
  if (x->leader == NULL)
    return ctl_work_refuse(w,
                           "incident %lld: there is no team %s; --leader makes "
                           "one",
                           (long long)x->incident, x->name);
  t->incident = x->incident;
  t->since = w->c->now;
  enum err err = incident_set_text(&t->name, x->name);
  return err == OK ? incident_set_text(&t->by, w->c->by) : err;
}

static enum err write_team(struct ctl_work *w, void *arg) {
  struct change *x = arg;
  char at[CLOCK_TEXT];
  enum err err = ctl_work_on(w, x->incident);
  if (err == OK)
    err = ctl_crew_read(&x->crew, w->c->ledger, x->incident);
  for (size_t i = 0; err == OK && i < x->crew.teams_n; i++)
    if (!team_is_over(&x->crew.teams[i]) &&
        strcmp(x->crew.teams[i].name, x->name) == 0)
      x->team = &x->crew.teams[i];
  if (err == OK && x->team == NULL)
    err = make(w, x);
  if (err == OK && x->leader != NULL)
    err = incident_set_text(&x->team->leader, x->leader);
  if (err != OK)
    return err;
  struct team *t = x->team;
  if (x->span > 0)
    t->until = w->c->now + x->span;
  if (x->ends)
    t->ended_at = w->c->now;
  buf_addf(&w->text, x->ends ? "team %s of %s: ended" : "team %s, led by %s",
           t->name, t->leader);
  if (!x->ends && t->until != WALL_NEVER) {
    clock_print(t->until, at);
    buf_addf(&w->text, ", until %.16sZ", at);
  }
  err = ledger_put_team(w->c->ledger, t);
  return err == OK ? set_reminder(w, t) : err;
}

static int tell_team(const struct ctl_work *w, const struct change *x) {
  const struct ctl *c = w->c;
  const struct channel *channel = channel_of(c, x->name);
  if (c->is_json) {
    struct json *j = ctl_json_object("team");
    if (j != NULL)
      team_print(x->team, j);
    return ctl_work_json(c, j, w);
  }
  bool has_channel = channel != NULL && channel->url[0] != '\0' && !x->ends;
  ctl_tell_done(w, has_channel ? "; it meets at " : "",
                has_channel ? channel->url : "");
  return CTL_DONE;
}

/* As it is now. */
static void warn(const struct ctl *c, struct change *x) {
  ctl_crew_fini(&x->crew);
  if (ctl_crew_read(&x->crew, c->ledger, x->incident) == OK)
    ctl_crew_warn(c, &x->crew);
}

static int read_team(struct ctl *c, struct change *x) {
  const char *leader = ctl_option(c, "leader"), *span = ctl_option(c, "for");
  x->ends = ctl_option(c, "end") != NULL;
  int status = ctl_read_id(c, c->arguments[0], &x->incident);
  if (status == CTL_DONE && x->ends && (leader != NULL || span != NULL))
    return ctl_misuse(c, "team: --end goes with nothing else");
  if (status == CTL_DONE && !x->ends && leader == NULL && span == NULL)
    return ctl_misuse(c, "team: --leader is missing");
  if (status == CTL_DONE && span != NULL &&
      (span_parse(span, &x->span) != OK || x->span == 0))
    return ctl_misuse(c, "team: \"%s\" is not a duration; write 30m or 1h30m",
                      span);
  if (status == CTL_DONE)
    status = ctl_read_text(c, "NAME", c->arguments[1], CTL_NAME_MAX, &x->name);
  if (status == CTL_DONE && leader != NULL)
    status = ctl_read_text(c, "--leader", leader, CTL_NAME_MAX, &x->leader);
  return status;
}

static int run_team(struct ctl *c) {
  struct change x = {.made = {.until = WALL_NEVER, .ended_at = WALL_NEVER}};
  struct ctl_work w;
  int status = read_team(c, &x);
  if (status == CTL_DONE)
    status = ctl_work_open(c);
  if (status == CTL_DONE)
    status = ctl_check_who(c, "responder", x.leader);
  if (status == CTL_DONE) {
    status = ctl_work(c, KIND_TEAM, write_team, &x, &w);
    if (status == CTL_DONE) {
      status = tell_team(&w, &x);
      warn(c, &x);
    }
    ctl_work_fini(&w);
  }
  ctl_crew_fini(&x.crew);
  team_fini(&x.made);
  free(x.name);
  free(x.leader);
  return status;
}

const struct ctl_command ctl_team = {
    .name = "team",
    .usage =
        "ID NAME --leader WHO [--for DURATION] | ID NAME --for DURATION |\n"
        "           ID NAME --end",
    .summary = "a part of the responders with a leader and a time box",
    .arguments_min = 2,
    .arguments_max = 2,
    .run = run_team,
    .options = {{.name = "leader", .value = "WHO"},
                {.name = "for", .value = "DURATION"},
                {.name = "end"}}};

/* ---- release ---- */

struct release {
  int64_t incident;
  struct ctl_crew crew;
};

/* Whoever is not there cannot go. */
static enum err check_who(struct ctl_work *w, const struct release *x,
                          const char *who, bool has_role) {
  const struct settings *s = w->c->settings;
  bool was_paged = false;
  size_t n = 0;
  enum err err = ledger_was_paged(w->c->ledger, x->incident, who, &was_paged);
  if (err != OK || has_role || was_paged ||
      (s != NULL && settings_responder(s, who) != NULL))
    return err;
  const char **names =
      calloc(x->crew.holdings_n + x->crew.teams_n + 1, sizeof *names);
  if (names == NULL)
    return ERR_NOMEM;
  for (size_t i = 0; i < x->crew.holdings_n; i++)
    names[n++] = x->crew.holdings[i].who;
  for (size_t i = 0; i < x->crew.teams_n; i++)
    names[n++] = x->crew.teams[i].leader;
  const char *nearest = text_nearest(who, names, n);
  err = ctl_work_refuse(
      w, "incident %lld: %s has nothing to do with it%s%s%s",
      (long long)x->incident, who, nearest != NULL ? ", did you mean " : "",
      nearest != NULL ? nearest : "", nearest != NULL ? "?" : "");
  free(names);
  return err;
}

static enum err end_role(struct ctl_work *w, const struct holding *h) {
  struct holding ended = *h;
  ended.until = w->c->now;
  enum err err = ledger_change_role(w->c->ledger, &ended);
  if (err == OK && strcmp(h->role, ROLE_DEPUTY) == 0)
    err =
        ledger_end_clock(w->c->ledger, h->incident, REMINDER_DEPUTY, w->c->now);
  if (err != OK || strcmp(h->role, ROLE_COMMANDER) != 0)
    return err;
  struct request r = {.verb = VERB_ROLE,
                      .incident = h->incident,
                      .by = w->c->by,
                      .at = w->c->now,
                      .happened_at = w->c->now,
                      .role = h->role,
                      .who = h->who,
                      .was = h->who,
                      .is_released = true};
  w->is_for_plugin = true;
  err = incident_set_text(&w->incident.commander, NULL);
  if (err == OK)
    err = ledger_put_incident(w->c->ledger, &w->incident);
  return err == OK ? ledger_add_request(w->c->ledger, &r) : err;
}

static enum err end_team(struct ctl_work *w, struct team *t) {
  t->ended_at = w->c->now;
  enum err err = ledger_put_team(w->c->ledger, t);
  return err == OK ? set_reminder(w, t) : err;
}

static enum err release_one(struct ctl_work *w, struct release *x,
                            const char *who) {
  size_t n = 0;
  enum err err = OK;
  buf_addf(&w->text, "%s%s", w->text.len > 0 ? ", " : "", who);
  for (size_t i = 0; i < x->crew.holdings_n && err == OK; i++) {
    const struct holding *h = &x->crew.holdings[i];
    if (holding_is_over(h) || strcmp(h->who, who) != 0)
      continue;
    buf_addf(&w->text, "%s%s", n++ == 0 ? " (" : ", ", h->role);
    err = end_role(w, h);
  }
  for (size_t i = 0; i < x->crew.teams_n && err == OK; i++) {
    struct team *t = &x->crew.teams[i];
    if (team_is_over(t) || strcmp(t->leader, who) != 0)
      continue;
    buf_addf(&w->text, "%steam %s", n++ == 0 ? " (" : ", ", t->name);
    err = end_team(w, t);
  }
  if (n > 0)
    buf_add(&w->text, ")");
  return err == OK ? check_who(w, x, who, n > 0) : err;
}

static enum err release(struct ctl_work *w, void *arg) {
  struct release *x = arg;
  enum err err = ctl_work_on(w, x->incident);
  if (err == OK)
    err = ctl_crew_read(&x->crew, w->c->ledger, x->incident);
  for (int i = 1; i < w->c->arguments_n && err == OK; i++)
    err = release_one(w, x, w->c->arguments[i]);
  return err;
}

static int run_release(struct ctl *c) {
  struct release x = {.incident = 0};
  struct ctl_work w;
  int status = ctl_read_id(c, c->arguments[0], &x.incident);
  for (int i = 1; i < c->arguments_n && status == CTL_DONE; i++)
    if (!text_is_utf8(c->arguments[i], strlen(c->arguments[i])))
      status = ctl_misuse(c, "release: \"%s\" is not UTF-8", c->arguments[i]);
  if (status != CTL_DONE)
    return status;
  status = ctl_work(c, KIND_RELEASED, release, &x, &w);
  if (status == CTL_DONE && c->is_json) {
    struct json *j = json_new();
    if (j != NULL)
      json_object(j);
    status = ctl_work_json(c, j, &w);
  } else if (status == CTL_DONE) {
    ctl_tell(c, "incident %lld: released: %s", (long long)x.incident,
             buf_text(&w.text));
  }
  ctl_work_fini(&w);
  ctl_crew_fini(&x.crew);
  return status;
}

const struct ctl_command ctl_release = {
    .name = "release",
    .usage = "ID WHO ...",
    .summary = "they may go: their roles and teams end",
    .arguments_min = 2,
    .arguments_max = INT_MAX,
    .run = run_release};
