/* SPDX-License-Identifier: MIT */
#include "door/ctl_show_work.h"

#include "door/ctl_impact.h"
#include "door/ctl_role.h"
#include "door/ctl_show_head.h"
#include "door/ctl_task.h"

#include <stdlib.h>
#include <string.h>

/* A part being shown: it has a heading once there is something. */
struct part {
  const struct ctl *c;
  const char *heading;
  struct ctl_table table;
  struct ctl_list_json json;
  bool has_any;
  bool is_json;       /* whatever c says: export needs no --json */
  struct figure last; /* of a name: lent texts are not kept, so owned */
};

static void put_heading(struct part *p) {
  if (p->has_any)
    return;
  p->has_any = true;
  ctl_show_heading(p->c, p->heading);
}

static void add_time(struct ctl_table *t, wall_ms at) {
  char text[CLOCK_LOCAL] = "";
  if (at != WALL_NEVER)
    clock_print_local(at, text);
  ctl_table_addf(t, COLOUR_NONE, "%.16s", text);
}

/* ---- for people ---- */

static enum err add_role(void *arg, const struct holding *h) {
  struct part *p = arg;
  put_heading(p);
  ctl_roles_add(&p->table, p->c, h);
  return p->table.err;
}

static enum err add_team(void *arg, const struct team *t) {
  struct part *p = arg;
  put_heading(p);
  ctl_table_add(&p->table, team_is_over(t) ? COLOUR_DIM : COLOUR_BOLD, t->name);
  ctl_table_add(&p->table, COLOUR_NONE, t->leader);
  add_time(&p->table, t->since);
  add_time(&p->table, t->until);
  add_time(&p->table, t->ended_at);
  return p->table.err;
}

static enum err add_task(void *arg, const struct task *t) {
  struct part *p = arg;
  put_heading(p);
  ctl_tasks_add(&p->table, p->c, t, false);
  return p->table.err;
}

static enum err add_impact(void *arg, const struct impact *i) {
  struct part *p = arg;
  put_heading(p);
  ctl_impacts_add(&p->table, p->c, i);
  return p->table.err;
}

static enum err add_link(void *arg, const struct weblink *w) {
  struct part *p = arg;
  put_heading(p);
  ctl_table_add(&p->table, COLOUR_NONE, w->title);
  ctl_table_add(&p->table, COLOUR_NONE, w->url);
  ctl_table_add(&p->table, COLOUR_NONE, w->by);
  return p->table.err;
}

/* ---- the last of each figure ---- */

static enum err keep_last(struct part *p, const struct figure *f) {
  p->last.value = f->value;
  p->last.at = f->at;
  enum err err = incident_set_text(&p->last.name, f->name);
  return err == OK ? incident_set_text(&p->last.by, f->by) : err;
}

static enum err put_last(struct part *p) {
  const struct figure *f = &p->last;
  if (f->name == NULL)
    return OK;
  if (p->is_json) {
    struct json *j = json_new();
    if (j != NULL)
      figure_print(f, j);
    ctl_json_item(&p->json, j);
    return p->json.err;
  }
  put_heading(p);
  ctl_table_add(&p->table, COLOUR_NONE, f->name);
  ctl_table_addf(&p->table, COLOUR_BOLD, "%lld", (long long)f->value);
  add_time(&p->table, f->at);
  ctl_table_add(&p->table, COLOUR_NONE, f->by);
  return p->table.err;
}

static enum err take_figure(void *arg, const struct figure *f) {
  struct part *p = arg;
  enum err err = OK;
  if (p->last.name != NULL && strcmp(p->last.name, f->name) != 0)
    err = put_last(p);
  return err == OK ? keep_last(p, f) : err;
}

static enum err walk_figures(struct part *p, int64_t incident) {
  enum err err = ledger_counts(p->c->ledger, incident, take_figure, p);
  if (err == OK)
    err = put_last(p);
  figure_fini(&p->last);
  p->last = (struct figure){.id = 0};
  return err;
}

/* ---- one after another ---- */

static void begin(struct part *p, const char *heading,
                  const struct ctl_column *columns, size_t n) {
  p->heading = heading;
  p->has_any = false;
  if (columns != NULL)
    ctl_table_begin(&p->table, p->c->out, &p->c->style, columns, n);
}

static enum err end(struct part *p, enum err err) {
  enum err printed = ctl_table_end(&p->table);
  return err != OK ? err : printed;
}

static enum err show_people(struct part *p, int64_t id) {
  static const struct ctl_column columns[] = {{"TEAM", false},
                                              {"LEADER", false},
                                              {"SINCE", false},
                                              {"UNTIL", false},
                                              {"ENDED", false}};
  begin(p, "Roles", NULL, 0);
  ctl_roles_begin(&p->table, p->c);
  p->table.indent = 2;
  enum err err = end(p, ledger_roles(p->c->ledger, id, add_role, p));
  if (err != OK)
    return err;
  begin(p, "Teams", columns, sizeof columns / sizeof columns[0]);
  p->table.indent = 2;
  return end(p, ledger_teams(p->c->ledger, id, add_team, p));
}

static enum err show_things(struct part *p, int64_t id) {
  static const struct ctl_column links[] = {{0}, {0}, {0}};
  static const struct ctl_column figures[] = {
      {NULL, false}, {NULL, true}, {NULL, false}, {NULL, false}};
  begin(p, "Tasks", NULL, 0);
  ctl_tasks_begin(&p->table, p->c, false);
  p->table.indent = 2;
  enum err err = end(p, ledger_tasks(p->c->ledger, id, add_task, p));
  if (err != OK)
    return err;
  begin(p, "Impact", NULL, 0);
  ctl_impacts_begin(&p->table, p->c);
  p->table.indent = 2;
  err = end(p, ledger_impacts(p->c->ledger, id, add_impact, p));
  if (err != OK)
    return err;
  begin(p, "Links", links, sizeof links / sizeof links[0]);
  p->table.indent = 2;
  err = end(p, ledger_links(p->c->ledger, id, add_link, p));
  if (err != OK)
    return err;
  begin(p, "Figures", figures, sizeof figures / sizeof figures[0]);
  p->table.indent = 2;
  return end(p, walk_figures(p, id));
}

enum err ctl_show_work(const struct ctl *c, int64_t incident) {
  struct part p = {.c = c};
  enum err err = show_people(&p, incident);
  return err == OK ? show_things(&p, incident) : err;
}

/* ---- for programs ---- */

static enum err item(struct part *p, struct json *own_json) {
  ctl_json_item(&p->json, own_json);
  return p->json.err;
}

static enum err json_role(void *arg, const struct holding *h) {
  struct json *j = json_new();
  if (j != NULL)
    holding_print(h, j);
  return item(arg, j);
}

static enum err json_team(void *arg, const struct team *t) {
  struct json *j = json_new();
  if (j != NULL)
    team_print(t, j);
  return item(arg, j);
}

static enum err json_task(void *arg, const struct task *t) {
  struct json *j = json_new();
  if (j != NULL)
    task_print(t, j);
  return item(arg, j);
}

static enum err json_impact(void *arg, const struct impact *i) {
  struct json *j = json_new();
  if (j != NULL)
    impact_print(i, ((struct part *)arg)->c->now, j);
  return item(arg, j);
}

static enum err json_link(void *arg, const struct weblink *w) {
  struct json *j = json_new();
  if (j != NULL)
    weblink_print(w, j);
  return item(arg, j);
}

enum err ctl_show_work_json(const struct ctl *c, int64_t incident) {
  enum { ROLES, TASKS, IMPACTS, LINKS, FIGURES, TEAMS, PARTS };
  static const char *const before[PARTS] = {
      ",\"roles\":", ",\"tasks\":",   ",\"impacts\":",
      ",\"links\":", ",\"figures\":", ",\"teams\":"};
  struct part p = {.c = c, .is_json = true};
  enum err err = OK;
  for (int i = 0; i < PARTS && err == OK; i++) {
    ctl_json_begin(&p.json, c, before[i]);
    if (c->ledger != NULL && i == ROLES)
      err = ledger_roles(c->ledger, incident, json_role, &p);
    else if (c->ledger != NULL && i == TASKS)
      err = ledger_tasks(c->ledger, incident, json_task, &p);
    else if (c->ledger != NULL && i == IMPACTS)
      err = ledger_impacts(c->ledger, incident, json_impact, &p);
    else if (c->ledger != NULL && i == LINKS)
      err = ledger_links(c->ledger, incident, json_link, &p);
    else if (c->ledger != NULL && i == FIGURES)
      err = walk_figures(&p, incident);
    else if (c->ledger != NULL)
      err = ledger_teams(c->ledger, incident, json_team, &p);
    fputc(']', c->out);
  }
  return err;
}
