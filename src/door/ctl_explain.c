/* SPDX-License-Identifier: MIT */
/* What would become of a notification or a value, from the configuration that
 * the ledger mirrors and what is in the ledger now. */
#include "door/ctl_explain.h"

#include "core/explain.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define ANSWER_MAX (16 * 1024 * 1024)
#define TEXT_MAX 4096

/* ---- what is asked about ---- */

struct asked {
  const char *field[FIELDS];
  const char *message, *data_source;  /* NULL: not given */
  const char *metas[SIGNAL_META_MAX]; /* "NAME=VALUE" */
  size_t metas_n;
  enum level level;
  double value;
  bool has_value, is_remote, is_missing;
};

static int read_flag(const struct ctl *c, const char *name, const char *text,
                     bool *flag) {
  *flag = strcasecmp(text, "true") == 0;
  if (!*flag && strcasecmp(text, "false") != 0)
    return ctl_misuse(c, "explain: %s is true or false, not \"%s\"", name,
                      text);
  return CTL_DONE;
}

static int read_level(const struct ctl *c, const char *text,
                      enum level *level) {
  for (int i = LEVEL_OKAY; i <= LEVEL_FAILURE; i++)
    if (strcasecmp(text, level_names[i]) == 0) {
      *level = (enum level)i;
      return CTL_DONE;
    }
  return ctl_misuse(c, "explain: level is failure, warning or okay, not \"%s\"",
                    text);
}

static int read_value(const struct ctl *c, const char *text,
                      struct asked *asked) {
  char *end;
  asked->value = strtod(text, &end);
  asked->has_value = true;
  if (end == text || *end != '\0')
    return ctl_misuse(c, "explain: value is a number, not \"%s\"", text);
  return CTL_DONE;
}

static int read_meta(const struct ctl *c, const char *text,
                     struct asked *asked) {
  if (asked->metas_n == SIGNAL_META_MAX)
    return ctl_misuse(c, "explain: more than %d metadata", SIGNAL_META_MAX);
  asked->metas[asked->metas_n++] = text;
  return CTL_DONE;
}

static bool is_name(const char *text, size_t n, const char *name) {
  return strlen(name) == n && strncasecmp(text, name, n) == 0;
}

static int read_one(const struct ctl *c, const char *text,
                    struct asked *asked) {
  const char *value = strchr(text, '=');
  if (value == NULL)
    return ctl_misuse(c, "explain: \"%s\" is not FIELD=VALUE", text);
  size_t n = (size_t)(value++ - text);
  for (size_t f = 0; f < FIELDS; f++)
    if (is_name(text, n, field_names[f])) {
      asked->field[f] = value;
      return CTL_DONE;
    }
  if (is_name(text, n, "message"))
    asked->message = value;
  else if (is_name(text, n, "data_source"))
    asked->data_source = value;
  else if (is_name(text, n, "level") || is_name(text, n, "severity"))
    return read_level(c, value, &asked->level);
  else if (is_name(text, n, "value"))
    return read_value(c, value, asked);
  else if (is_name(text, n, "remote"))
    return read_flag(c, "remote", value, &asked->is_remote);
  else if (is_name(text, n, "missing"))
    return read_flag(c, "missing", value, &asked->is_missing);
  else if (n > 5 && strncasecmp(text, "meta:", 5) == 0)
    return read_meta(c, text + 5, asked);
  else
    return ctl_misuse(c,
                      "explain: there is no field \"%.*s\"; there are host, "
                      "plugin, plugin_instance, type, type_instance, "
                      "data_source, level, message, value, remote, missing and "
                      "meta:NAME",
                      (int)n, text);
  return CTL_DONE;
}

static int read_all(const struct ctl *c, struct asked *asked) {
  int status = CTL_DONE;
  for (int i = 0; i < c->arguments_n && status == CTL_DONE; i++)
    status = read_one(c, c->arguments[i], asked);
  if (status == CTL_DONE && asked->is_missing &&
      (asked->has_value || asked->metas_n > 0 || asked->message != NULL))
    status = ctl_misuse(c, "explain: what is missing has no value, message or "
                           "metadata");
  return status;
}

static void add_text(struct packer *p, const char *text) {
  signal_add(p, text, strlen(text));
}

/* As threshold says it. */
static void add_missing(struct packer *p) {
  struct buf said;
  buf_init(&said, TEXT_MAX);
  signal_add_name(p->signal, &said);
  buf_add(&said, " has not been updated for 60 seconds.");
  add_text(p, buf_text(&said));
  buf_fini(&said);
}

static void pack(const struct asked *asked, wall_ms now, void *memory) {
  struct packer p;
  signal_begin(&p, memory);
  p.signal->level = (uint8_t)asked->level;
  p.signal->received = p.signal->sent = now;
  p.signal->has_value = asked->has_value;
  p.signal->value = asked->has_value ? asked->value : NAN;
  p.signal->is_remote = asked->is_remote;
  for (size_t f = 0; f < FIELDS; f++)
    add_text(&p, asked->field[f] != NULL ? asked->field[f] : "");
  if (asked->is_missing)
    add_missing(&p);
  else
    add_text(&p, asked->message != NULL ? asked->message : "");
  add_text(&p, asked->data_source != NULL ? asked->data_source : "");
  for (size_t i = 0; i < asked->metas_n; i++) {
    const char *value = strchr(asked->metas[i], '=');
    char *name = strndup(asked->metas[i], (size_t)(value - asked->metas[i]));
    if (name != NULL)
      signal_add_meta(&p, name, value + 1);
    free(name);
  }
  signal_end(&p, true);
}

/* ---- rule by rule ---- */

struct answer {
  struct ctl *c;
  const struct signal *signal;
  struct buf text;
  struct json *json;        /* NULL: for people */
  const struct rule *taker; /* the last that takes it; NULL: none */
  bool is_over;             /* later rules are not asked */
};

static void say_rule(struct answer *a, const struct rule *r, bool takes,
                     const char *why) {
  if (!takes)
    ctl_explain_say(&a->text, "rule %s does not: %s", r->name, why);
  else if (a->is_over)
    ctl_explain_say(&a->text, "rule %s would (%s), but %s has taken it",
                    r->name, why, a->taker->name);
  else
    ctl_explain_say(&a->text, "rule %s takes it: %s", r->name, why);
}

static void json_rule(struct answer *a, const struct rule *r, bool takes,
                      const char *why) {
  struct json *j = a->json;
  json_put_text(j, "rule", r->name);
  json_put_bool(j, "matches", takes);
  json_put_bool(j, "takes", takes && !a->is_over);
  json_put_text(j, "why", why);
  json_put_text(j, "taken_by", a->is_over ? a->taker->name : NULL);
}

static enum err explain_one(struct answer *a, const struct rule *r) {
  struct outcome o;
  struct buf why;
  enum err err = OK;
  outcome_init(&o, a->c, r, a->signal);
  buf_init(&why, TEXT_MAX);
  bool takes = explain_rule(r, a->signal, &why);
  bool is_taken = takes && !a->is_over;
  if (is_taken)
    err = outcome_look_up(&o);
  if (a->json != NULL) {
    json_object(a->json);
    json_rule(a, r, takes, buf_text(&why));
    if (is_taken)
      outcome_print(&o, a->json);
    json_object_end(a->json);
  } else {
    say_rule(a, r, takes, buf_text(&why));
    if (is_taken)
      outcome_say(&o, &a->text);
  }
  if (is_taken) {
    a->taker = r;
    a->is_over = !r->is_continued;
  }
  buf_fini(&why);
  outcome_fini(&o);
  return err;
}

static enum err explain_all(struct answer *a) {
  const struct settings *s = a->c->settings;
  enum err err = OK;
  if (strcmp(signal_field(a->signal, FIELD_PLUGIN), "incident") == 0) {
    ctl_explain_say(&a->text,
                    "the plugin does not look at its own notifications");
    return OK;
  }
  for (size_t i = 0; i < s->rules_n && err == OK; i++)
    err = explain_one(a, s->rules[i]);
  if (a->taker == NULL)
    ctl_explain_say(&a->text, "no rule takes it%s",
                    a->signal->level == LEVEL_FAILURE
                        ? ": kept as unmatched, nobody is paged"
                        : "");
  return err;
}

static void begin_json(struct answer *a) {
  struct buf series;
  buf_init(&series, TEXT_MAX);
  signal_add_name(a->signal, &series);
  json_object(a->json);
  json_put_text(a->json, "series", buf_text(&series));
  json_put_text(a->json, "level", level_names[a->signal->level]);
  json_key(a->json, "rules");
  json_array(a->json);
  buf_fini(&series);
}

static int answer(struct answer *a) {
  struct ctl *c = a->c;
  buf_init(&a->text, ANSWER_MAX);
  if (c->is_json && (a->json = json_new()) == NULL)
    return ctl_fail(c, "cannot print: %s", err_text(ERR_NOMEM));
  if (a->json != NULL)
    begin_json(a);
  enum err err = explain_all(a);
  if (a->json != NULL) {
    json_array_end(a->json);
    json_object_end(a->json);
  }
  if (err != OK) {
    json_free(a->json);
    return ctl_fail_ledger(c, err);
  }
  if (a->json != NULL)
    return ctl_print_json(c, a->json);
  if (a->text.err == ERR_NOMEM)
    return ctl_fail(c, "cannot print: %s", err_text(ERR_NOMEM));
  fputs(buf_text(&a->text), c->out);
  return CTL_DONE;
}

static int run(struct ctl *c) {
  static uint64_t memory[SIGNAL_BYTES_MAX / sizeof(uint64_t)];
  struct asked asked = {.level = LEVEL_FAILURE};
  const char *why;
  int status = read_all(c, &asked);
  if (status != CTL_DONE)
    return status;
  enum err err = ctl_try_open(c, LEDGER_READ, &why);
  if (err != OK)
    return ctl_fail_open(c, err, why);
  if (c->settings == NULL)
    return ctl_fail(c, "the ledger knows no configuration: start collectd with "
                       "it once");
  pack(&asked, c->now, memory);
  struct answer a = {.c = c, .signal = (const struct signal *)memory};
  status = answer(&a);
  buf_fini(&a.text);
  return status;
}

const struct ctl_command ctl_explain = {
    .name = "explain",
    .usage = "FIELD=VALUE...",
    .summary = "which rule would take that, why not others, and what then",
    .arguments_min = 1,
    .arguments_max = INT_MAX,
    .run = run};
