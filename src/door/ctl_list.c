/* SPDX-License-Identifier: MIT */
/* The ledger's rows, and what the plugin has in memory while it cannot write
 * them: both newest first, merged; where both have an incident the
 * plugin's is the newer. */
#include "door/ctl.h"
#include "door/ctl_link.h"
#include "door/ctl_names.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

#define FIELD_NAME 256 /* of one that may be a slip */

#define FIELD_NAME 256 /* of one that may be a slip */

struct listing {
  const struct ctl *c;
  const struct ledger_filter *filter;
  struct ctl_table table;
  struct ctl_list_json json;
  struct ctl_link_list memory;
  size_t memory_at;
  bool has_any;
};

/* Has what each --field asks for. */
static bool has_fields(const struct ctl *c, const struct incident *i) {
  const char *wanted;
  size_t cursor = 0;
  bool has_all = true;
  while (has_all && (wanted = ctl_option_next(c, "field", &cursor)) != NULL) {
    struct buf have;
    size_t name = strcspn(wanted, "=");
    buf_init(&have, 8192);
    buf_addn(&have, wanted, name);
    char *own_name = NULL;
    enum err err = buf_take(&have, &own_name);
    if (err == OK)
      incident_add_label(i, own_name, &have);
    has_all = err == OK && strcmp(buf_text(&have),
                                  wanted + name + (wanted[name] == '=')) == 0;
    free(own_name);
    buf_fini(&have);
  }
  return has_all;
}

static void emit(struct listing *l, const struct incident *i) {
  const struct ctl *c = l->c;
  if (!has_fields(c, i))
    return;
  l->has_any = true;
  if (!c->is_json) {
    ctl_incidents_add(&l->table, c, i);
    return;
  }
  struct json *j = json_new();
  const struct incident veiled = incident_veil(i);
  if (j != NULL)
    ctl_put_incident(c, i->is_private ? &veiled : i, j);
  ctl_json_item(&l->json, j);
}

static bool is_same(const char *wanted, const char *text) {
  return wanted == NULL || (text != NULL && strcmp(wanted, text) == 0);
}

/* As ledger_list does. */
static bool passes(const struct ledger_filter *f, const struct incident *i) {
  return is_same(f->status, status_names[i->status]) &&
         is_same(f->severity, i->severity) && is_same(f->rule, i->rule) &&
         (f->search == NULL || strcasestr(i->title, f->search) != NULL ||
          strcasestr(i->description, f->search) != NULL) &&
         i->declared_at >= f->since && (!f->private_only || i->is_private);
}

/* Newest first, as the ledger has them: negative if a comes before b. */
static int compare(const struct incident *a, const struct incident *b) {
  if (a->declared_at != b->declared_at)
    return a->declared_at > b->declared_at ? -1 : 1;
  return (a->id < b->id) - (a->id > b->id);
}

/* Those that come before i, or are i (NULL: all that are left). True if i was
 * among them. */
static bool emit_memory(struct listing *l, const struct incident *i) {
  bool was_there = false;
  while (l->memory_at < l->memory.n && !was_there) {
    const struct incident *mine = &l->memory.incidents[l->memory_at];
    int order = i != NULL ? compare(mine, i) : -1;
    if (order > 0)
      break;
    was_there = order == 0;
    l->memory_at++;
    if (passes(l->filter, mine))
      emit(l, mine);
  }
  return was_there;
}

static enum err take_row(void *arg, const struct incident *i) {
  struct listing *l = arg;
  if (!emit_memory(l, i))
    emit(l, i);
  return l->json.err;
}

/* The plugin's memory counts while the ledger cannot be written, or not even
 * read. False: neither is to be had, which has been said. */
static bool open_sources(struct listing *l, struct ctl *c) {
  struct ctl_link_status status;
  const char *why;
  enum err opened = ctl_try_open(c, LEDGER_READ, &why), err = OK;
  if (opened == OK &&
      (ctl_link_status(c->ledger_path, &status) != OK || !status.is_degraded))
    return true;
  err = ctl_link_list(c->ledger_path, &l->memory);
  if (opened != OK && err != OK) {
    ctl_fail_open(c, opened, why);
    return false;
  }
  if (err != OK)
    ctl_warn(c, "the ledger cannot be written and the plugin does not answer: "
                "incidents may be missing");
  else
    ctl_warn(c,
             "the ledger cannot be %s: what is open is shown from the "
             "plugin's memory",
             opened == OK ? "written" : "read");
  return true;
}

static int read_filter(const struct ctl *c, struct ledger_filter *f) {
  static const struct {
    const char *word, *status;
  } others[] = {{"active", "investigating"}, {"stable", "monitoring"}};
  enum status status;
  *f = (struct ledger_filter){.all = ctl_option(c, "all") != NULL,
                              .status = ctl_option(c, "status"),
                              .severity = ctl_option(c, "severity"),
                              .rule = ctl_option(c, "rule"),
                              .search = ctl_option(c, "search"),
                              .private_only = ctl_option(c, "private") != NULL};
  if (f->all && ctl_option(c, "open") != NULL)
    return ctl_misuse(c, "list: --open and --all exclude each other");
  for (size_t i = 0; i < 2; i++)
    if (f->status != NULL && strcmp(f->status, others[i].word) == 0)
      f->status = others[i].status;
  if (f->status != NULL && status_parse(f->status, &status) != OK)
    return ctl_unknown_status(c, f->status);
  if (f->status != NULL && status == STATUS_RESOLVED) {
    if (ctl_option(c, "open") != NULL)
      return ctl_misuse(c, "list: what is resolved is not open");
    f->all = true;
  }
  const char *field, *since = ctl_option(c, "since");
  size_t cursor = 0;
  while ((field = ctl_option_next(c, "field", &cursor)) != NULL)
    if (field[0] == '=' || strchr(field, '=') == NULL)
      return ctl_misuse(c, "list: \"%s\" is not NAME=VALUE", field);
  return since != NULL ? ctl_read_time(c, since, &f->since) : CTL_DONE;
}

/* Any label will do: one that is nearly a field of the configuration is a slip,
 * as a value that the field does not take is. */
static int check_field(const struct ctl *c, const char *field) {
  char name[FIELD_NAME];
  const char *nearest[1] = {NULL};
  size_t n = strcspn(field, "=");
  if (c->settings == NULL || n >= sizeof name)
    return CTL_DONE;
  memcpy(name, field, n);
  name[n] = '\0';
  for (size_t i = 0; i < c->settings->fields_n; i++) {
    nearest[0] = c->settings->fields[i]->name;
    if (strcmp(nearest[0], name) != 0 && text_nearest(name, nearest, 1) != NULL)
      return ctl_check_field(c, name, field + n + 1, true);
  }
  return ctl_check_field(c, name, field + n + 1, false);
}

/* Nothing was found: by a name that does not exist? The ledger may have
 * incidents of names that the configuration had once. */
static int check_names(const struct ctl *c, const struct ledger_filter *f) {
  int status = CTL_DONE;
  if (f->severity != NULL)
    status = ctl_check_severity(c, "--severity", f->severity);
  if (f->rule != NULL && status == CTL_DONE)
    status = ctl_check_rule(c, "--rule", f->rule);
  const char *field;
  size_t cursor = 0;
  while (status == CTL_DONE &&
         (field = ctl_option_next(c, "field", &cursor)) != NULL)
    status = check_field(c, field);
  return status;
}

static int run(struct ctl *c) {
  struct ledger_filter filter;
  struct listing l = {.c = c, .filter = &filter};
  int status = read_filter(c, &filter);
  if (status != CTL_DONE)
    return status;
  if (!open_sources(&l, c))
    return CTL_FAILED;
  if (c->is_json)
    ctl_json_begin(&l.json, c, "{\"incidents\":");
  else
    ctl_incidents_begin(&l.table, c);
  enum err err =
      c->ledger != NULL ? ledger_list(c->ledger, &filter, take_row, &l) : OK;
  emit_memory(&l, NULL);
  if (c->is_json)
    status = ctl_json_end(&l.json, "}\n");
  else if (ctl_table_end(&l.table) != OK)
    status = ctl_fail(c, "cannot print: %s", err_text(l.table.err));
  if (err != OK && status == CTL_DONE)
    status = ctl_fail_ledger(c, err);
  else if (!l.has_any && !c->is_json && status == CTL_DONE)
    fputs("no incidents\n", c->out);
  if (!l.has_any && status == CTL_DONE)
    status = check_names(c, &filter);
  ctl_link_free_list(&l.memory);
  return status;
}

const struct ctl_command ctl_list = {
    .name = "list",
    .usage = "[--open | --all] [--status STATUS] [--severity SEVERITY]\n"
             "           [--rule RULE] [--since TIME] [--search TEXT] "
             "[--private] [--field NAME=VALUE ...]",
    .summary = "incidents, newest first; those that are open if not said "
               "otherwise",
    .run = run,
    .options = {{.name = "open"},
                {.name = "all"},
                {.name = "status", .value = "STATUS"},
                {.name = "severity", .value = "SEVERITY"},
                {.name = "rule", .value = "RULE"},
                {.name = "since", .value = "TIME"},
                {.name = "search", .value = "TEXT"},
                {.name = "private"},
                {.name = "field", .value = "NAME=VALUE", .is_many = true}}};
