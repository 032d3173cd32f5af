/* SPDX-License-Identifier: MIT */
/* `task`: what is to be done for an incident, by whom and until when. */
#include "door/ctl_task.h"

#include "door/ctl_names.h"
#include "door/ctl_work.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum action { ADD, ASSIGN, DUE, UNDERSTOOD, DONE, LIST };
static const char *const actions[] = {"add",  "assign", "due", "understood",
                                      "done", "list",   NULL};

struct change {
  enum action action;
  int64_t id;       /* of the task; ADD: of the incident */
  char *text, *who; /* NULL: not given */
  wall_ms due_at;   /* WALL_NEVER: the same */
  struct task task; /* as it is then */
};

/* ---- the reminder ---- */

static enum err set_reminder(struct ctl_work *w, const struct task *t) {
  enum err err = ledger_end_reminders(w->c->ledger, t->incident, REMINDER_TASK,
                                      t->id, w->c->now);
  struct reminder r = {.incident = t->incident,
                       .kind = REMINDER_TASK,
                       .subject = t->id,
                       .who = t->assignee,
                       .text = t->text,
                       .due_at = t->due_at};
  w->is_for_plugin = true;
  if (err != OK || task_is_done(t) || t->due_at == WALL_NEVER)
    return err;
  return ledger_add_reminder(w->c->ledger, &r);
}

/* ---- the steps ---- */

static void add_due(struct buf *b, const struct task *t) {
  char at[CLOCK_TEXT];
  if (t->due_at == WALL_NEVER)
    return;
  clock_print(t->due_at, at);
  buf_addf(b, ", due %.16sZ", at);
}

static enum err add(struct ctl_work *w, struct change *x) {
  struct task *t = &x->task;
  enum err err = ctl_work_on(w, x->id);
  if (err != OK)
    return err;
  t->incident = x->id;
  t->due_at = x->due_at;
  t->created_at = w->c->now;
  err = incident_set_text(&t->text, x->text);
  if (err == OK)
    err = incident_set_text(&t->assignee, x->who);
  if (err == OK)
    err = incident_set_text(&t->created_by, w->c->by);
  if (err == OK)
    err = ledger_put_task(w->c->ledger, t);
  buf_addf(&w->text, "task %lld", (long long)t->id);
  if (t->assignee != NULL)
    buf_addf(&w->text, " for %s", t->assignee);
  add_due(&w->text, t);
  buf_addf(&w->text, ": %s", t->text);
  return err;
}

static enum err assign(struct ctl_work *w, struct change *x) {
  struct task *t = &x->task;
  bool is_same = t->assignee != NULL && strcmp(t->assignee, x->who) == 0;
  if (is_same)
    return ctl_work_refuse(w, "task %lld: %s has it already", (long long)t->id,
                           x->who);
  buf_addf(&w->text, "task %lld: %s%s%s", (long long)t->id,
           t->assignee != NULL ? t->assignee : "",
           t->assignee != NULL ? " to " : "for ", x->who);
  t->understood_at = WALL_NEVER;
  return incident_set_text(&t->assignee, x->who);
}

static enum err set_due(struct ctl_work *w, struct change *x) {
  x->task.due_at = x->due_at;
  buf_addf(&w->text, "task %lld", (long long)x->task.id);
  add_due(&w->text, &x->task);
  return OK;
}

static enum err understand(struct ctl_work *w, struct change *x) {
  struct task *t = &x->task;
  if (t->assignee == NULL)
    return ctl_work_refuse(w, "task %lld: nobody has it; see task assign",
                           (long long)t->id);
  if (strcmp(t->assignee, w->c->by) != 0)
    return ctl_work_refuse(w,
                           "task %lld: %s has it, and has to say so; see --by",
                           (long long)t->id, t->assignee);
  if (t->understood_at != WALL_NEVER)
    return ctl_work_refuse(w, "task %lld: understood already",
                           (long long)t->id);
  t->understood_at = w->c->now;
  buf_addf(&w->text, "task %lld: understood", (long long)t->id);
  return OK;
}

static enum err finish(struct ctl_work *w, struct change *x) {
  struct task *t = &x->task;
  t->done_at = w->c->now;
  buf_addf(&w->text, "task %lld: done: %s", (long long)t->id, t->text);
  return incident_set_text(&t->done_by, w->c->by);
}

static enum err find(struct ctl_work *w, struct change *x) {
  enum err err = ledger_task(w->c->ledger, x->id, &x->task);
  if (err == ERR_NOTFOUND)
    return ctl_work_refuse(w, "task %lld: not found; see task list",
                           (long long)x->id);
  if (err == OK)
    err = ctl_work_on(w, x->task.incident);
  if (err == OK && task_is_done(&x->task))
    return ctl_work_refuse(w, "task %lld: done already by %s", (long long)x->id,
                           x->task.done_by);
  return err;
}

static enum err step(struct ctl_work *w, void *arg) {
  static enum err (*const steps[])(struct ctl_work *, struct change *) = {
      [ADD] = add,
      [ASSIGN] = assign,
      [DUE] = set_due,
      [UNDERSTOOD] = understand,
      [DONE] = finish};
  struct change *x = arg;
  enum err err = x->action == ADD ? OK : find(w, x);
  if (err == OK)
    err = steps[x->action](w, x);
  if (err == OK && x->action != ADD)
    err = ledger_put_task(w->c->ledger, &x->task);
  if (err == OK && x->action != UNDERSTOOD && x->task.due_at != WALL_NEVER)
    err = set_reminder(w, &x->task);
  return err;
}

/* ---- the list ---- */

struct list {
  const struct ctl *c;
  bool with_incident;
  struct ctl_table table;
  struct ctl_list_json json;
  bool has_any;
};

void ctl_tasks_begin(struct ctl_table *t, const struct ctl *c,
                     bool with_incident) {
  static const struct ctl_column columns[] = {
      {"TASK", true}, {"INCIDENT", true}, {"STATE", false},
      {"WHO", false}, {"DUE", false},     {"TEXT", false}};
  ctl_table_begin(t, c->out, &c->style, columns,
                  sizeof columns / sizeof columns[0]);
  t->is_wrapped = !with_incident;
}

void ctl_tasks_add(struct ctl_table *t, const struct ctl *c,
                   const struct task *k, bool with_incident) {
  char due[CLOCK_LOCAL] = "";
  bool is_late = task_is_late(k, c->now);
  if (k->due_at != WALL_NEVER)
    clock_print_local(k->due_at, due);
  ctl_table_addf(t, COLOUR_BOLD, "%lld", (long long)k->id);
  if (with_incident)
    ctl_table_addf(t, COLOUR_NONE, "%lld", (long long)k->incident);
  else
    ctl_table_add(t, COLOUR_NONE, "");
  ctl_table_add(t,
                task_is_done(k) ? COLOUR_GREEN
                : is_late       ? COLOUR_RED
                                : COLOUR_NONE,
                task_is_done(k)                  ? "done"
                : is_late                        ? "late"
                : k->understood_at != WALL_NEVER ? "understood"
                                                 : "open");
  ctl_table_add(t, k->assignee != NULL ? COLOUR_NONE : COLOUR_YELLOW,
                k->assignee != NULL ? k->assignee : "nobody");
  ctl_table_addf(t, is_late ? COLOUR_RED : COLOUR_NONE, "%.16s", due);
  ctl_table_add(t, COLOUR_NONE, k->text);
}

static enum err take(void *arg, const struct task *t) {
  struct list *l = arg;
  l->has_any = true;
  if (!l->c->is_json) {
    ctl_tasks_add(&l->table, l->c, t, l->with_incident);
    return l->table.err;
  }
  struct json *j = json_new();
  if (j != NULL)
    task_print(t, j);
  ctl_json_item(&l->json, j);
  return l->json.err;
}

static int list(struct ctl *c) {
  int64_t id = 0;
  const char *why = NULL;
  struct list l = {.c = c, .with_incident = c->arguments_n < 2};
  int status = CTL_DONE;
  if (c->arguments_n > 2)
    return ctl_misuse(c, "task list: \"%s\" is one argument too many",
                      c->arguments[2]);
  if (l.with_incident) {
    enum err opened = ctl_try_open(c, LEDGER_READ, &why);
    if (opened != OK)
      return ctl_fail_open(c, opened, why);
  } else {
    status = ctl_read_id(c, c->arguments[1], &id);
    if (status == CTL_DONE)
      status = ctl_open_for(c, id);
    if (status != CTL_DONE)
      return status;
  }
  if (c->is_json)
    ctl_json_begin(&l.json, c, "{\"tasks\":");
  else
    ctl_tasks_begin(&l.table, c, l.with_incident);
  enum err err = l.with_incident ? ledger_open_tasks(c->ledger, take, &l)
                                 : ledger_tasks(c->ledger, id, take, &l);
  if (c->is_json)
    status = ctl_json_end(&l.json, "}\n");
  else if (ctl_table_end(&l.table) != OK)
    status = ctl_fail(c, "cannot print: %s", err_text(l.table.err));
  else if (!l.has_any && err == OK)
    fputs("no tasks\n", c->out);
  return err != OK && status == CTL_DONE ? ctl_fail_ledger(c, err) : status;
}

/* ---- the command ---- */

static int tell(const struct ctl_work *w, const struct change *x) {
  const struct ctl *c = w->c;
  if (!c->is_json) {
    ctl_tell_done(w, "", "");
    return CTL_DONE;
  }
  struct json *j = ctl_json_object("task");
  if (j != NULL)
    task_print(&x->task, j);
  return ctl_work_json(c, j, w);
}

/* What follows the action and its number. */
static int read_rest(struct ctl *c, struct change *x) {
  const char *to = ctl_option(c, "to"), *due = ctl_option(c, "due");
  const char *last = c->arguments_n > 2 ? c->arguments[2] : NULL;
  int n = x->action == UNDERSTOOD || x->action == DONE ? 2 : 3;
  int status = CTL_DONE;
  if (c->arguments_n != n)
    return ctl_misuse(c, "task %s: %s", actions[x->action],
                      c->arguments_n < n
                          ? "an argument is missing"
                          : "there is an argument too many; a TEXT of several "
                            "words goes into quotes");
  if (x->action != ADD && (to != NULL || due != NULL))
    return ctl_misuse(c, "task %s: --to and --due are options of task add",
                      actions[x->action]);
  if (x->action == ASSIGN)
    to = last;
  if (x->action == DUE)
    due = last;
  if (x->action == ADD)
    status = ctl_read_text(c, "TEXT", last, CTL_TEXT_MAX, &x->text);
  if (status == CTL_DONE && to != NULL)
    status = ctl_read_text(c, "who has it", to, CTL_NAME_MAX, &x->who);
  if (status == CTL_DONE && due != NULL)
    status = ctl_read_due(c, "--due", due, &x->due_at);
  return status;
}

static int change(struct ctl *c, struct change *x) {
  struct ctl_work w;
  if (c->arguments_n < 2)
    return ctl_misuse(c, "task %s: %s is missing", actions[x->action],
                      x->action == ADD ? "an incident" : "a task");
  int status = ctl_read_number(c, x->action == ADD ? "an incident" : "a task",
                               c->arguments[1], &x->id);
  if (status == CTL_DONE)
    status = read_rest(c, x);
  if (status == CTL_DONE)
    status = ctl_work_open(c);
  if (status == CTL_DONE)
    status = ctl_check_who(c, "responder", x->who);
  if (status != CTL_DONE)
    return status;
  status = ctl_work(c, KIND_TASK, step, x, &w);
  if (status == CTL_DONE)
    status = tell(&w, x);
  ctl_work_fini(&w);
  return status;
}

static int run(struct ctl *c) {
  struct change x = {.due_at = WALL_NEVER,
                     .task = {.due_at = WALL_NEVER,
                              .understood_at = WALL_NEVER,
                              .done_at = WALL_NEVER}};
  size_t action = 0;
  int status = ctl_read_action(c, actions, &action);
  x.action = (enum action)action;
  if (status == CTL_DONE)
    status = x.action == LIST ? list(c) : change(c, &x);
  task_fini(&x.task);
  free(x.text);
  free(x.who);
  return status;
}

const struct ctl_command ctl_task = {
    .name = "task",
    .usage =
        "add ID TEXT [--to WHO] [--due TIME|DURATION] | assign TASK WHO |\n"
        "           due TASK TIME|DURATION | understood TASK | done TASK "
        "| list [ID]",
    .summary = "what is to be done, by whom and until when",
    .arguments_min = 1,
    .arguments_max = INT_MAX,
    .run = run,
    .options = {{.name = "to", .value = "WHO"},
                {.name = "due", .value = "TIME"}}};
