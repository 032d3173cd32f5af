/* SPDX-License-Identifier: MIT */
/* The command `names`: what can be named on a command line, for shells that
 * complete one. Only what a shell can show and insert as it is gets out: no
 * name with control characters, none that looks like an option. */
#include "base/text.h"
#include "door/ctl_names.h"

#include <inttypes.h>
#include <limits.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define NAMES_MAX 500  /* of a kind that grows: more than anybody looks at */
#define ENTRIES_MAX 20 /* of an incident, the last ones */
#define TEXT_COLUMNS 100
#define LINE_MAX_BYTES 65536

struct names;
struct naming {
  const char *name;
  /* In struct settings: the array and its length; in what it points to (whose
   * first member is the name): a text, 0: none. */
  size_t items, items_n, text;
  enum err (*list)(struct names *n); /* of other kinds */
};

struct names {
  struct ctl *c;
  const struct naming *kind;
  struct ctl_list_json json;
  const struct incident *of; /* whose entries and the like these are */
  size_t shown;              /* of what grows */
};

/* ---- a name ---- */

static bool is_usable(const char *name) {
  struct buf visible;
  buf_init(&visible, LINE_MAX_BYTES);
  text_add_visible(&visible, name);
  bool is_same = visible.err == OK && strcmp(buf_text(&visible), name) == 0;
  buf_fini(&visible);
  return is_same && name[0] != '\0' && name[0] != '-';
}

/* A line's worth of the text. */
static void add_start(struct buf *b, const char *text) {
  size_t len = strcspn(text, "\r\n");
  char part[TEXT_COLUMNS + 1];
  text_clean(part, sizeof part, text, len);
  text_add_visible(b, part);
  if (strlen(part) < len)
    buf_add(b, "...");
}

/* text NULL: none. */
static void put_name(struct names *n, const char *name, const char *text) {
  struct ctl *c = n->c;
  if (!is_usable(name))
    return;
  if (c->is_json) {
    struct json *j = json_new();
    if (j != NULL) {
      json_object(j);
      json_put_text(j, "kind", n->kind->name);
      json_put_text(j, "name", name);
      json_put_text(j, "text", text);
      json_object_end(j);
    }
    ctl_json_item(&n->json, j);
    return;
  }
  struct buf line;
  buf_init(&line, LINE_MAX_BYTES);
  if (text != NULL && text[0] != '\0')
    add_start(&line, text);
  fprintf(c->out, "%s%s%s\n", name, line.len > 0 ? "\t" : "", buf_text(&line));
  buf_fini(&line);
}

/* A number; with what it is a number of, if that is private nothing else. */
static enum err put_number(struct names *n, int64_t id, const char *text) {
  char name[24];
  snprintf(name, sizeof name, "%" PRId64, id);
  put_name(n, name,
           n->of != NULL && n->of->is_private ? incident_name(n->of) : text);
  return ++n->shown < NAMES_MAX ? OK : ERR_CEILING;
}

/* The same with a word before the text. */
static enum err put_marked(struct names *n, int64_t id, const char *mark,
                           const char *text) {
  struct buf b;
  buf_init(&b, LINE_MAX_BYTES);
  buf_addf(&b, "%s: %s", mark, text);
  enum err err = put_number(n, id, buf_text(&b));
  buf_fini(&b);
  return err;
}

/* ---- what is in the ledger ---- */

static enum err take_incident(void *arg, const struct incident *i) {
  return put_marked(arg, i->id, i->severity, incident_name(i));
}

static enum err list_incidents(struct names *n) {
  const struct ledger_filter open = {.all = false};
  return ledger_list(n->c->ledger, &open, take_incident, n);
}

static enum err take_resolved(void *arg, const struct incident *i) {
  return incident_is_open(i) ? OK : take_incident(arg, i);
}

static enum err list_resolved(struct names *n) {
  /* Without a status: that one is read only as far as it is wanted. */
  const struct ledger_filter all = {.all = true};
  return ledger_list(n->c->ledger, &all, take_resolved, n);
}

static enum err take_silence(void *arg, const struct silence *s) {
  return put_marked(arg, s->id, s->by, s->reason != NULL ? s->reason : "");
}

static enum err list_silences(struct names *n) {
  return ledger_silences(n->c->ledger, false, n->c->now, take_silence, n);
}

static enum err take_override(void *arg, const struct override *o) {
  struct names *n = arg;
  return override_is_over(o, n->c->now)
             ? OK
             : put_marked(n, o->id, o->schedule, o->responder);
}

static enum err list_overrides(struct names *n) {
  return ledger_overrides(n->c->ledger, n->c->now, take_override, n);
}

static enum err take_task(void *arg, const struct task *t) {
  struct names *n = arg;
  struct incident of;
  enum err err = ledger_incident(n->c->ledger, t->incident, &of);
  if (err != OK)
    return err;
  n->of = &of;
  err = put_number(n, t->id, t->text);
  n->of = NULL;
  incident_fini(&of);
  return err;
}

static enum err list_tasks(struct names *n) {
  return ledger_open_tasks(n->c->ledger, take_task, n);
}

/* ---- what open incidents have ---- */

struct visit {
  struct names *n;
  enum err (*show)(struct names *n, int64_t incident);
};

static enum err visit_incident(void *arg, const struct incident *i) {
  const struct visit *v = arg;
  v->n->of = i;
  enum err err = v->show(v->n, i->id);
  v->n->of = NULL;
  return err;
}

static enum err list_of_open(struct names *n,
                             enum err (*show)(struct names *n, int64_t id)) {
  const struct ledger_filter open = {.all = false};
  struct visit visit = {n, show};
  return ledger_list(n->c->ledger, &open, visit_incident, &visit);
}

static enum err take_update(void *arg, const struct statement *s) {
  return s->state == STATEMENT_WITHDRAWN
             ? OK
             : put_marked(arg, s->id, statement_state_names[s->state],
                          s->subject);
}

static enum err show_updates(struct names *n, int64_t incident) {
  return ledger_statements(n->c->ledger, incident, take_update, n);
}

static enum err list_updates(struct names *n) {
  return list_of_open(n, show_updates);
}

static enum err take_impact(void *arg, const struct impact *i) {
  return i->until != WALL_NEVER ? OK : put_number(arg, i->id, i->text);
}

static enum err show_impacts(struct names *n, int64_t incident) {
  return ledger_impacts(n->c->ledger, incident, take_impact, n);
}

static enum err list_impacts(struct names *n) {
  return list_of_open(n, show_impacts);
}

/* The last entries of a timeline. */
struct tail {
  struct entry entries[ENTRIES_MAX]; /* a ring */
  size_t n;
};

static enum err take_entry(void *arg, const struct entry *e) {
  struct tail *tail = arg;
  struct entry *own = &tail->entries[tail->n % ENTRIES_MAX];
  char *text = strdup(e->text);
  if (text == NULL)
    return ERR_NOMEM;
  free(own->text);
  *own = (struct entry){.id = e->id, .text = text};
  tail->n++;
  return OK;
}

static enum err show_entries(struct names *n, int64_t incident) {
  struct tail tail = {.n = 0};
  enum err err = ledger_timeline(n->c->ledger, incident, take_entry, &tail);
  for (size_t i = 0; i < ENTRIES_MAX && i < tail.n && err == OK; i++) {
    const struct entry *e = &tail.entries[(tail.n - 1 - i) % ENTRIES_MAX];
    err = put_number(n, e->id, e->text);
  }
  for (size_t i = 0; i < ENTRIES_MAX; i++)
    free(tail.entries[i].text);
  return err;
}

static enum err list_entries(struct names *n) {
  return list_of_open(n, show_entries);
}

/* ---- what is configured ---- */

static enum err list_statuses(struct names *n) {
  for (int i = 0; i < STATUSES; i++)
    put_name(n, status_names[i], NULL);
  put_name(n, "active", "investigating");
  put_name(n, "stable", "monitoring");
  return OK;
}

/* Words as --field takes them. */
static enum err list_fields(struct names *n) {
  const struct settings *s = n->c->settings;
  struct buf b;
  for (size_t i = 0; s != NULL && i < s->fields_n; i++) {
    const struct custom *f = s->fields[i];
    for (size_t k = 0; k < f->values_n || k == 0; k++) {
      buf_init(&b, LINE_MAX_BYTES);
      buf_addf(&b, "%s=%s", f->name, f->values_n > 0 ? f->values[k] : "");
      put_name(n, buf_text(&b), f->description);
      buf_fini(&b);
    }
  }
  return OK;
}

static void list_settings(struct names *n) {
  const struct naming *k = n->kind;
  const char *s = (const char *)n->c->settings;
  if (s == NULL)
    return;
  char *const *items = *(char *const *const *)(s + k->items);
  size_t items_n = *(const size_t *)(s + k->items_n);
  for (size_t i = 0; i < items_n; i++) {
    const char *name = *(char *const *)items[i];
    const char *text =
        k->text > 0 ? *(char *const *)(items[i] + k->text) : NULL;
    put_name(n, name, text != NULL && strcmp(text, name) != 0 ? text : NULL);
  }
}

_Static_assert(offsetof(struct severity, name) == 0 &&
                   offsetof(struct responder, name) == 0 &&
                   offsetof(struct role, name) == 0 &&
                   offsetof(struct wording, name) == 0 &&
                   offsetof(struct rule, name) == 0 &&
                   offsetof(struct schedule, name) == 0 &&
                   offsetof(struct chain, name) == 0 &&
                   offsetof(struct webhook, name) == 0 &&
                   offsetof(struct hours, name) == 0,
               "names come first");

#define SETTINGS(of)                                                           \
  offsetof(struct settings, of), offsetof(struct settings, of##_n)
static const struct naming namings[] = {
    {"incidents", .list = list_incidents},
    {"resolved", .list = list_resolved},
    {"entries", .list = list_entries},
    {"tasks", .list = list_tasks},
    {"updates", .list = list_updates},
    {"impacts", .list = list_impacts},
    {"silences", .list = list_silences},
    {"overrides", .list = list_overrides},
    {"statuses", .list = list_statuses},
    {"fields", .list = list_fields},
    {"severities", SETTINGS(severities), offsetof(struct severity, description),
     NULL},
    {"people", SETTINGS(responders), offsetof(struct responder, full_name),
     NULL},
    {"roles", SETTINGS(roles), offsetof(struct role, title), NULL},
    {"templates", SETTINGS(wordings), offsetof(struct wording, category), NULL},
    {"rules", SETTINGS(rules), 0, NULL},
    {"schedules", SETTINGS(schedules), 0, NULL},
    {"chains", SETTINGS(chains), 0, NULL},
    {"webhooks", SETTINGS(webhooks), 0, NULL},
    {"hours", SETTINGS(hours), 0, NULL}};
#define NAMINGS (sizeof namings / sizeof namings[0])

/* ---- the command ---- */

static const struct naming *find_naming(const char *word) {
  for (size_t i = 0; i < NAMINGS; i++)
    if (strcmp(namings[i].name, word) == 0)
      return &namings[i];
  return NULL;
}

static int unknown_kind(const struct ctl *c, const char *word) {
  const char *names[NAMINGS];
  for (size_t i = 0; i < NAMINGS; i++)
    names[i] = namings[i].name;
  const char *nearest = text_nearest(word, names, NAMINGS);
  return ctl_misuse(c, "names: there are no names of \"%s\"%s%s%s", word,
                    nearest != NULL ? ", did you mean " : "",
                    nearest != NULL ? nearest : "", nearest != NULL ? "?" : "");
}

/* Whoever completes a line has no use for what went wrong. */
static int run(struct ctl *c) {
  struct names n = {.c = c};
  const char *why;
  for (int i = 0; i < c->arguments_n; i++)
    if (find_naming(c->arguments[i]) == NULL)
      return unknown_kind(c, c->arguments[i]);
  enum err err = ctl_try_open(c, LEDGER_READ, &why);
  if (err != OK)
    return CTL_FAILED;
  if (c->is_json)
    ctl_json_begin(&n.json, c, "{\"names\":");
  for (int i = 0; i < c->arguments_n && err == OK; i++) {
    n.kind = find_naming(c->arguments[i]);
    n.shown = 0;
    if (n.kind->list != NULL)
      err = n.kind->list(&n);
    else
      list_settings(&n);
    if (err == ERR_CEILING)
      err = OK; /* enough of them */
  }
  int status = c->is_json ? ctl_json_end(&n.json, "}\n") : CTL_DONE;
  return err == OK ? status : CTL_FAILED;
}

const struct ctl_command ctl_names = {
    .name = "names",
    .usage = "KIND ...",
    .summary = "what can be named on a command line, for shells",
    .arguments_min = 1,
    .arguments_max = INT_MAX,
    .run = run};
