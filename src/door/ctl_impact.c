/* SPDX-License-Identifier: MIT */
/* `impact`: what customers notice, from when until when. */
#include "door/ctl_impact.h"

#include "door/ctl_work.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum action { ADD, END, LIST };
static const char *const actions[] = {"add", "end", "list", NULL};

struct change {
  int64_t id;    /* of the impact; ADD: of the incident */
  char *text;    /* ADD */
  bool is_given; /* END: the time was said */
  struct impact impact;
};

/* ---- the steps ---- */

static void add_end(struct buf *b, const struct impact *i) {
  char at[CLOCK_TEXT], span[SPAN_TEXT];
  clock_print(i->until, at);
  span_print_rough(impact_duration(i, i->until), span);
  buf_addf(b, " until %.16sZ (%s)", at, span);
}

static enum err add(struct ctl_work *w, void *arg) {
  struct change *x = arg;
  struct impact *i = &x->impact;
  enum err err = ctl_work_on(w, x->id);
  if (err != OK)
    return err;
  i->incident = x->id;
  i->created_at = w->c->now;
  err = incident_set_text(&i->text, x->text);
  if (err == OK)
    err = incident_set_text(&i->by, w->c->by);
  if (err == OK)
    err = ledger_put_impact(w->c->ledger, i);
  w->at = i->from;
  buf_addf(&w->text, "impact %lld", (long long)i->id);
  if (i->until != WALL_NEVER)
    add_end(&w->text, i);
  else
    buf_add(&w->text, " began");
  buf_addf(&w->text, ": %s", i->text);
  return err;
}

/* Once more with a time: the end is put right. */
static enum err end(struct ctl_work *w, void *arg) {
  struct change *x = arg;
  struct impact *i = &x->impact;
  wall_ms until = i->until;
  enum err err = ledger_impact(w->c->ledger, x->id, i);
  if (err == ERR_NOTFOUND)
    return ctl_work_refuse(w, "impact %lld: not found; see impact list",
                           (long long)x->id);
  if (err == OK)
    err = ctl_work_on(w, i->incident);
  if (err == OK && i->until != WALL_NEVER && !x->is_given)
    return ctl_work_refuse(w, "impact %lld: over already; --at puts it right",
                           (long long)x->id);
  if (err == OK && until < i->from)
    return ctl_work_refuse(w, "impact %lld: would end before it begins",
                           (long long)x->id);
  if (err != OK)
    return err;
  w->at = i->until == WALL_NEVER ? until : w->c->now;
  i->until = until;
  buf_addf(&w->text, "impact %lld lasted", (long long)i->id);
  add_end(&w->text, i);
  buf_addf(&w->text, ": %s", i->text);
  return ledger_put_impact(w->c->ledger, i);
}

static int read_add(struct ctl *c, struct change *x) {
  const char *to = ctl_option(c, "to");
  struct impact *i = &x->impact;
  i->from = c->now;
  int status = ctl_read_past(c, "--from", ctl_option(c, "from"), &i->from);
  if (status == CTL_DONE)
    status = ctl_read_past(c, "--to", to, &i->until);
  if (status == CTL_DONE && to != NULL && i->until < i->from)
    return ctl_fail(c, "impact: --to %s is before it begins", to);
  if (status == CTL_DONE)
    status = ctl_read_text(c, "TEXT", c->arguments[2], CTL_TEXT_MAX, &x->text);
  return status;
}

static int read_end(struct ctl *c, struct change *x) {
  const char *at = ctl_option(c, "at");
  x->impact.until = c->now;
  x->is_given = at != NULL;
  return ctl_read_past(c, "--at", at, &x->impact.until);
}

static int check_options(const struct ctl *c, enum action action) {
  static const struct {
    const char *name;
    enum action of;
  } options[] = {{"from", ADD}, {"to", ADD}, {"at", END}};
  int n = action == ADD ? 3 : 2;
  if (c->arguments_n != n)
    return ctl_misuse(c, "impact %s: %s", actions[action],
                      c->arguments_n < n
                          ? "an argument is missing"
                          : "there is an argument too many; a TEXT of several "
                            "words goes into quotes");
  for (size_t i = 0; i < sizeof options / sizeof options[0]; i++)
    if (options[i].of != action && ctl_option(c, options[i].name) != NULL)
      return ctl_misuse(c, "impact %s: --%s is an option of impact %s",
                        actions[action], options[i].name,
                        actions[options[i].of]);
  return CTL_DONE;
}

static int tell(const struct ctl_work *w, const struct change *x) {
  const struct ctl *c = w->c;
  if (!c->is_json) {
    ctl_tell_done(w, "", "");
    return CTL_DONE;
  }
  struct json *j = ctl_json_object("impact");
  if (j != NULL)
    impact_print(&x->impact, c->now, j);
  return ctl_work_json(c, j, w);
}

static int change(struct ctl *c, enum action action) {
  struct change x = {.impact = {.until = WALL_NEVER}};
  struct ctl_work w;
  int status = ctl_read_number(c, action == ADD ? "an incident" : "an impact",
                               c->arguments[1], &x.id);
  if (status == CTL_DONE)
    status = action == ADD ? read_add(c, &x) : read_end(c, &x);
  if (status == CTL_DONE) {
    status = ctl_work(c, KIND_IMPACT, action == ADD ? add : end, &x, &w);
    if (status == CTL_DONE)
      status = tell(&w, &x);
    ctl_work_fini(&w);
  }
  impact_fini(&x.impact);
  free(x.text);
  return status;
}

/* ---- what is left when it is resolved ---- */

static enum err remind(void *arg, const struct impact *i) {
  if (i->until == WALL_NEVER)
    ctl_warn(arg, "impact %lld goes on: incidentctl impact end %lld",
             (long long)i->id, (long long)i->id);
  return OK;
}

void ctl_impacts_warn(const struct ctl *c, int64_t incident) {
  /* What cannot be read is not warned of. */
  (void)ledger_impacts(c->ledger, incident, remind, (void *)c);
}

/* ---- the list ---- */

struct list {
  const struct ctl *c;
  struct ctl_table table;
  struct ctl_list_json json;
  bool has_any;
};

void ctl_impacts_begin(struct ctl_table *t, const struct ctl *c) {
  static const struct ctl_column columns[] = {
      {"IMPACT", true}, {"FROM", false}, {"TO", false},
      {"FOR", true},    {"BY", false},   {"TEXT", false}};
  ctl_table_begin(t, c->out, &c->style, columns,
                  sizeof columns / sizeof columns[0]);
  t->is_wrapped = true;
}

void ctl_impacts_add(struct ctl_table *t, const struct ctl *c,
                     const struct impact *i) {
  char from[CLOCK_LOCAL], to[CLOCK_LOCAL] = "goes on", span[SPAN_TEXT];
  bool goes_on = i->until == WALL_NEVER;
  clock_print_local(i->from, from);
  if (!goes_on)
    clock_print_local(i->until, to);
  span_print_rough(impact_duration(i, c->now), span);
  ctl_table_addf(t, COLOUR_BOLD, "%lld", (long long)i->id);
  ctl_table_addf(t, COLOUR_NONE, "%.16s", from);
  ctl_table_addf(t, goes_on ? COLOUR_RED : COLOUR_NONE, "%.16s", to);
  ctl_table_add(t, COLOUR_NONE, span);
  ctl_table_add(t, COLOUR_NONE, i->by);
  ctl_table_add(t, COLOUR_NONE, i->text);
}

static enum err take(void *arg, const struct impact *i) {
  struct list *l = arg;
  l->has_any = true;
  if (!l->c->is_json) {
    ctl_impacts_add(&l->table, l->c, i);
    return l->table.err;
  }
  struct json *j = json_new();
  if (j != NULL)
    impact_print(i, l->c->now, j);
  ctl_json_item(&l->json, j);
  return l->json.err;
}

static int list(struct ctl *c) {
  struct list l = {.c = c};
  int64_t id = 0;
  int status = ctl_read_id(c, c->arguments[1], &id);
  if (status == CTL_DONE)
    status = ctl_open_for(c, id);
  if (status != CTL_DONE)
    return status;
  if (c->is_json)
    ctl_json_begin(&l.json, c, "{\"impacts\":");
  else
    ctl_impacts_begin(&l.table, c);
  enum err err = ledger_impacts(c->ledger, id, take, &l);
  if (c->is_json)
    status = ctl_json_end(&l.json, "}\n");
  else if (ctl_table_end(&l.table) != OK)
    status = ctl_fail(c, "cannot print: %s", err_text(l.table.err));
  else if (!l.has_any && err == OK)
    fputs("no impact\n", c->out);
  return err != OK && status == CTL_DONE ? ctl_fail_ledger(c, err) : status;
}

static int run(struct ctl *c) {
  size_t action = 0;
  int status = ctl_read_action(c, actions, &action);
  if (status == CTL_DONE)
    status = check_options(c, (enum action)action);
  if (status != CTL_DONE)
    return status;
  return action == LIST ? list(c) : change(c, (enum action)action);
}

const struct ctl_command ctl_impact = {
    .name = "impact",
    .usage =
        "add ID TEXT [--from TIME] [--to TIME] | end IMPACT [--at TIME] |\n"
        "           list ID",
    .summary = "what customers notice, from when until when",
    .arguments_min = 1,
    .arguments_max = INT_MAX,
    .run = run,
    .options = {{.name = "from", .value = "TIME"},
                {.name = "to", .value = "TIME"},
                {.name = "at", .value = "TIME"}}};
