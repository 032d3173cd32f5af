/* SPDX-License-Identifier: MIT */
#include "core/template.h"

#include "base/text.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* By enum placeholder; those with a colon stand before a name. */
static const char *const names[] = {
    "host",   "plugin",        "plugin_instance",
    "type",   "type_instance", "data_source",
    "value",  "level",         "message",
    "rule",   "severity",      "id",
    "title",  "status",        "alerts",
    "hosts",  "meta:",         "label:",
    "event",  "page",          "responder",
    "chain",  "step",          "runbook",
    "url",    "ack_url",       "acknowledged_by",
    "trend",  "text",          "next",
    "impact", "summary"};
#define NAMES (sizeof names / sizeof names[0])
_Static_assert(NAMES == PLACE_SUMMARY + 1, "a name for each placeholder");

/* Those of a rule may stand anywhere, the others in their own places. */
struct range {
  size_t from, n;
};
static const struct range rule_names = {0, PLACE_LABEL + 1},
                          page_names = {PLACE_EVENT,
                                        PLACE_TREND + 1 - PLACE_EVENT},
                          statement_names = {PLACE_TEXT,
                                             PLACE_SUMMARY + 1 - PLACE_TEXT};

struct part {
  const char *text; /* in template.text: literal, or the name after ":" */
  size_t len;       /* of a literal */
  bool is_literal;
  enum placeholder place;
};

struct template {
  char *text; /* the source; placeholders are cut with NULs */
  struct part *parts;
  size_t parts_n;
};

static _Thread_local char said[200];

/* The placeholder that is written as name, and its ":NAME" if it has one. */
static bool find(const char *name, struct range in, enum placeholder *place,
                 const char **arg) {
  for (size_t i = in.from; i < in.from + in.n; i++) {
    size_t len = strlen(names[i]);
    bool has_arg = i == PLACE_META || i == PLACE_LABEL;
    if (has_arg ? strncmp(name, names[i], len) == 0 && name[len] != '\0'
                : strcmp(name, names[i]) == 0) {
      *place = (enum placeholder)i;
      *arg = has_arg ? name + len : NULL;
      return true;
    }
  }
  return false;
}

static void say_unknown(const char *name, struct range more) {
  const char *near = text_nearest(name, names, PLACE_META);
  if (near == NULL)
    near = text_nearest(name, names + more.from, more.n);
  if (near != NULL)
    snprintf(said, sizeof said,
             "unknown placeholder %%{%.80s}, did you mean %%{%s}?", name, near);
  else if (strcmp(name, "meta") == 0 || strcmp(name, "meta:") == 0 ||
           strcmp(name, "label") == 0 || strcmp(name, "label:") == 0)
    snprintf(said, sizeof said,
             "placeholder %%{%s} needs a name: %%{%.*s:NAME}", name,
             (int)strcspn(name, ":"), name);
  else
    snprintf(said, sizeof said, "unknown placeholder %%{%.80s}", name);
}

static bool add_part(struct template *t, struct part part) {
  struct part *grown = realloc(t->parts, (t->parts_n + 1) * sizeof *grown);
  if (grown == NULL)
    return false;
  t->parts = grown;
  t->parts[t->parts_n++] = part;
  return true;
}

/* more: what may be in it besides those of a rule. */
static enum err parse(const char *text, struct range more,
                      struct template **own_template, const char **why) {
  enum err err = ERR_NOMEM;
  struct template *t = calloc(1, sizeof *t);
  if (t == NULL)
    goto out;
  t->text = strdup(text);
  if (t->text == NULL)
    goto out;
  char *at = t->text;
  while (*at != '\0') {
    char *open = strstr(at, "%{");
    size_t len = open == NULL ? strlen(at) : (size_t)(open - at);
    if (len > 0 &&
        !add_part(t, (struct part){.text = at, .len = len, .is_literal = true}))
      goto out;
    if (open == NULL)
      break;
    char *name = open + 2;
    char *close = strchr(name, '}');
    if (close == NULL) {
      snprintf(said, sizeof said, "placeholder %.80s lacks its \"}\"", open);
      err = ERR_INVALID;
      *why = said;
      goto out;
    }
    *close = '\0';
    struct part part = {.is_literal = false};
    if (!find(name, rule_names, &part.place, &part.text) &&
        !find(name, more, &part.place, &part.text)) {
      say_unknown(name, more);
      err = ERR_INVALID;
      *why = said;
      goto out;
    }
    if (!add_part(t, part))
      goto out;
    at = close + 1;
  }
  *own_template = t;
  t = NULL;
  err = OK;
out:
  template_free(t);
  return err;
}

enum err template_parse(const char *text, struct template **own_template,
                        const char **why) {
  return parse(text, (struct range){0, 0}, own_template, why);
}

enum err template_parse_page(const char *text, struct template **own_template,
                             const char **why) {
  return parse(text, page_names, own_template, why);
}

enum err template_parse_statement(const char *text,
                                  struct template **own_template,
                                  const char **why) {
  return parse(text, statement_names, own_template, why);
}

void template_free(struct template *t) {
  if (t == NULL)
    return;
  free(t->text);
  free(t->parts);
  free(t);
}

void template_fill(const struct template *t, template_value *value, void *arg,
                   struct buf *out) {
  for (size_t i = 0; i < t->parts_n; i++) {
    const struct part *p = &t->parts[i];
    if (p->is_literal)
      buf_addn(out, p->text, p->len);
    else
      value(arg, p->place, p->text, out);
  }
}

void template_print(const struct template *t, struct buf *out) {
  for (size_t i = 0; i < t->parts_n; i++) {
    const struct part *part = &t->parts[i];
    if (part->is_literal)
      buf_addn(out, part->text, part->len);
    else
      buf_addf(out, "%%{%s%s}", names[part->place],
               part->text != NULL ? part->text : "");
  }
}
