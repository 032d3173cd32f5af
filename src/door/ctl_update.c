/* SPDX-License-Identifier: MIT */
/* `update`: what is said of an incident to stakeholders and the public. */
#include "door/ctl_update.h"

#include "base/text.h"
#include "door/ctl_names.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define HOSTS_MAX 64

static const char *const actions[] = {[APPROVE] = "approve",
                                      [POST] = "post",
                                      [WITHDRAW] = "withdraw",
                                      [LIST] = "list"};
#define ACTIONS (sizeof actions / sizeof actions[0])

/* ---- warnings ---- */

static void remark(void *arg, const char *line) {
  ctl_warn(arg, "warning: %s", line);
}

struct hosts {
  char *names[HOSTS_MAX];
  size_t n;
};

static enum err take_host(void *arg, const struct alert *a, const char *rule) {
  struct hosts *h = arg;
  const char *host = signal_field(a->signal, FIELD_HOST);
  (void)rule; /* that of the incident */
  for (size_t i = 0; i < h->n; i++)
    if (strcmp(h->names[i], host) == 0)
      return OK;
  if (h->n < HOSTS_MAX && incident_set_text(&h->names[h->n], host) == OK)
    h->n++;
  return OK;
}

static void lint(const struct ctl *c, const struct statement *s) {
  struct hosts h = {.n = 0};
  /* What is not known is not warned of. */
  (void)ledger_alerts(c->ledger, s->incident, 0, take_host, &h);
  statement_lint(s, (const char *const *)h.names, h.n, remark, (void *)c);
  for (size_t i = 0; i < h.n; i++)
    free(h.names[i]);
}

static void warn(struct ctl_work *w, const struct update *x) {
  const struct ctl *c = w->c;
  const struct statement *s = &x->statement;
  struct buf all;
  if (x->action == SAY)
    lint(c, s);
  if (x->chief != NULL)
    ctl_warn(c, "warning: %s is the commander and %s", x->chief,
             x->is_unseen           ? "has not approved it"
             : x->action == APPROVE ? "is to approve it"
                                    : "is to approve that");
  else if (x->is_unseen && w->incident.commander == NULL)
    ctl_warn(c, "warning: nobody has approved it");
  if (s->state != STATEMENT_POSTED)
    return;
  buf_init(&all, 16384);
  if (ctl_update_receivers(w, s, &all) != OK || all.err == ERR_NOMEM)
    ctl_warn(c, "%s", err_text(ERR_NOMEM));
  else if (all.len == 0)
    ctl_warn(c, "warning: nobody is told: no <Notify> is about updates of such "
                "incidents; see --to");
  else if (ledger_owner(c->ledger_path) == 0)
    ctl_warn(c, "recorded; collectd is not running, nobody is told before it "
                "does");
  buf_fini(&all);
}

/* ---- the output ---- */

static int print(const struct ctl_work *w, const struct update *x) {
  const struct ctl *c = w->c;
  const struct statement *s = &x->statement;
  if (c->is_json) {
    struct json *j = ctl_json_object("statement");
    if (j != NULL)
      statement_print(s, j);
    return ctl_work_json(c, j, w);
  }
  ctl_tell(c, "incident %lld: %s", (long long)w->incident.id,
           buf_text(&w->text));
  if (x->is_draft)
    ctl_tell(c, "incidentctl update approve %lld, then post %lld",
             (long long)s->id, (long long)s->id);
  return CTL_DONE;
}

struct list {
  const struct ctl *c;
  struct ctl_table table;
  struct ctl_list_json json;
};

static enum err add_json(void *arg, const struct statement *s) {
  struct list *list = arg;
  struct json *j = json_new();
  if (j != NULL)
    statement_print(s, j);
  ctl_json_item(&list->json, j);
  return list->json.err;
}

static enum err add_row(void *arg, const struct statement *s) {
  struct list *list = arg;
  struct ctl_table *t = &list->table;
  char at[CLOCK_LOCAL], next[CLOCK_LOCAL] = "";
  bool is_posted = s->posted_at != WALL_NEVER;
  clock_print_local(is_posted ? s->posted_at : s->created_at, at);
  if (s->next_at != WALL_NEVER)
    clock_print_local(s->next_at, next);
  ctl_table_addf(t, COLOUR_BOLD, "%lld", (long long)s->id);
  ctl_table_add(t, s->state == STATEMENT_POSTED ? COLOUR_GREEN : COLOUR_YELLOW,
                statement_state_names[s->state]);
  ctl_table_add(t, COLOUR_NONE, at);
  ctl_table_add(t, COLOUR_NONE, s->created_by);
  ctl_table_add(t, COLOUR_NONE, s->approved_by);
  ctl_table_add(t, COLOUR_NONE, s->wording);
  ctl_table_add(t, COLOUR_NONE, next);
  ctl_table_addf(t, COLOUR_NONE, "%s: %s", s->subject, s->body);
  return t->err;
}

static int run_list(struct ctl *c, int64_t incident) {
  static const struct ctl_column columns[] = {
      {"UPDATE", true}, {"STATE", false},    {"WHEN", false},
      {"BY", false},    {"APPROVED", false}, {"TEMPLATE", false},
      {"NEXT", false},  {"SAYS", false}};
  struct list list = {.c = c};
  int status = ctl_open_for(c, incident);
  if (status != CTL_DONE)
    return status;
  if (c->is_json) {
    ctl_json_begin(&list.json, c, "{\"statements\":");
    enum err err = ledger_statements(c->ledger, incident, add_json, &list);
    status = ctl_json_end(&list.json, "}\n");
    return err != OK ? ctl_fail_ledger(c, err) : status;
  }
  ctl_table_begin(&list.table, c->out, &c->style, columns,
                  sizeof columns / sizeof columns[0]);
  enum err err = ledger_statements(c->ledger, incident, add_row, &list);
  enum err printed = ctl_table_end(&list.table);
  return err != OK || printed != OK
             ? ctl_fail_ledger(c, err != OK ? err : printed)
             : CTL_DONE;
}

/* ---- the command line ---- */

/* Names of what the configuration has as pointers to structs that begin with
 * their name. */
static int check_name(const struct ctl *c, const char *what, const char *name,
                      const void *const *things, size_t n) {
  const char **names = calloc(n + 1, sizeof *names);
  bool is_known = false;
  if (names == NULL)
    return ctl_fail(c, "out of memory");
  for (size_t i = 0; i < n; i++) {
    names[i] = *(char *const *)things[i];
    is_known = is_known || strcmp(names[i], name) == 0;
  }
  int status = is_known ? CTL_DONE : ctl_unknown_name(c, what, name, names, n);
  free(names);
  return status;
}

static int find_wording(const struct ctl *c, struct update *x) {
  const char *name = ctl_option(c, "template");
  const struct settings *s = c->settings;
  if (name == NULL)
    return CTL_DONE;
  int status = check_name(c, "template", name,
                          s != NULL ? (const void *const *)s->wordings : NULL,
                          s != NULL ? s->wordings_n : 0);
  if (status == CTL_DONE)
    x->wording = settings_wording(s, name);
  return status;
}

/* `--to A B --to C`: what follows a name is one, too. */
static const char *webhook_next(const struct ctl *c, size_t *option,
                                int *argument) {
  const char *name = ctl_option_next(c, "to", option);
  if (name == NULL && *argument < c->arguments_n)
    name = c->arguments[(*argument)++];
  return name;
}

/* Those named, as a JSON array. */
static int read_webhooks(const struct ctl *c, struct update *x) {
  const struct settings *s = c->settings;
  size_t at = 0;
  int more = 1, status = CTL_DONE;
  const char *name;
  struct json *j = json_new();
  if (j == NULL)
    return ctl_fail(c, "out of memory");
  json_array(j);
  while (status == CTL_DONE && (name = webhook_next(c, &at, &more)) != NULL) {
    status = check_name(c, "webhook", name,
                        s != NULL ? (const void *const *)s->webhooks : NULL,
                        s != NULL ? s->webhooks_n : 0);
    json_text(j, name);
  }
  json_array_end(j);
  if (status == CTL_DONE && json_done(j, &x->statement.webhooks) != OK)
    status = ctl_fail(c, "out of memory");
  json_free(j);
  return status;
}

static int read_say(struct ctl *c, struct update *x) {
  const char *text = ctl_option(c, "m");
  int status = CTL_DONE;
  x->is_draft = ctl_option(c, "draft") != NULL;
  if (text != NULL)
    status = ctl_read_text(c, "-m", text, STATEMENT_MAX, &x->text);
  if (status != CTL_DONE)
    return status;
  status = ctl_work_open(c);
  if (status == CTL_DONE)
    status = find_wording(c, x);
  return status == CTL_DONE ? read_webhooks(c, x) : status;
}

static int read_action(struct ctl *c, struct update *x) {
  const char *word = c->arguments[0];
  x->action = SAY;
  for (size_t i = 1; i < ACTIONS; i++)
    if (strcmp(actions[i], word) == 0)
      x->action = (enum update_action)i;
  if (x->action != SAY && c->arguments_n < 2)
    return ctl_misuse(c, "update: %s of what?", word);
  if (x->action == SAY && c->arguments_n > 1 && ctl_option(c, "to") == NULL) {
    const char *nearest = text_nearest(word, actions + 1, ACTIONS - 1);
    if (nearest != NULL)
      return ctl_misuse(c, "update: unknown action \"%s\", did you mean %s?",
                        word, nearest);
    return ctl_misuse(c,
                      "update: \"%s\" is one argument too many; a text goes "
                      "behind -m, in quotes",
                      c->arguments[1]);
  }
  if (x->action != SAY && c->arguments_n > 2)
    return ctl_misuse(c, "update %s: \"%s\" is one argument too many", word,
                      c->arguments[2]);
  bool is_its_own = x->action != SAY && x->action != LIST;
  if (is_its_own)
    return ctl_read_number(c, "an update", c->arguments[1], &x->id);
  return ctl_read_id(c, c->arguments[x->action == LIST], &x->id);
}

static int run(struct ctl *c) {
  struct update x = {.first = WALL_NEVER};
  struct ctl_work w;
  statement_init(&x.statement);
  int status = read_action(c, &x);
  if (status != CTL_DONE)
    return status;
  if (x.action == LIST)
    return run_list(c, x.id);
  if (x.action == SAY)
    status = read_say(c, &x);
  if (status == CTL_DONE) {
    status = ctl_work(c, KIND_UPDATE, ctl_update_step, &x, &w);
    if (status == CTL_DONE) {
      warn(&w, &x);
      status = print(&w, &x);
    }
    ctl_work_fini(&w);
  }
  statement_fini(&x.statement);
  free(x.text);
  free(x.impact);
  return status;
}

const struct ctl_command ctl_update = {
    .name = "update",
    .usage = "ID [--template NAME] [-m TEXT] [--to WEBHOOK ...] [--draft]\n"
             "       incidentctl update approve|post|withdraw UPDATE\n"
             "       incidentctl update list ID",
    .summary = "tell stakeholders and the public",
    .arguments_min = 1,
    .arguments_max = INT_MAX,
    .run = run,
    .options = {{.name = "template", .value = "NAME"},
                {.name = "m", .value = "TEXT"},
                {.name = "to", .value = "WEBHOOK", .is_many = true},
                {.name = "draft"}}};
