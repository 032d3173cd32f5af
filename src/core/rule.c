/* SPDX-License-Identifier: MIT */
#include "core/rule.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_MAX 4096

/* FIELDS: all match. */
static int field_differs(const struct match *m, const struct signal *s) {
  int f = 0;
  while (f < FIELDS &&
         (m->field[f].patterns_n == 0 ||
          selector_matches(&m->field[f], signal_field(s, (enum field)f))))
    f++;
  return f;
}

size_t match_meta_differs(const struct match *m, const struct signal *s) {
  size_t i = 0;
  for (; i < m->metas_n; i++) {
    const char *value = signal_meta(s, m->metas[i].name);
    if (value == NULL || !selector_matches(&m->metas[i].value, value))
      break;
  }
  return i;
}

static bool is_wanted(enum wanted wanted, bool is_so) {
  return wanted == WANTED_EITHER || (wanted == WANTED_ONLY) == is_so;
}

int match_differs(const struct match *m, const struct signal *s) {
  if (s->level < m->level)
    return MATCH_LEVEL;
  if (!is_wanted(m->remote, s->is_remote))
    return MATCH_REMOTE;
  int field = field_differs(m, s);
  if (field < FIELDS)
    return field;
  if (m->message.patterns_n > 0 &&
      !selector_matches(&m->message, signal_message(s)))
    return MATCH_MESSAGE;
  if (match_meta_differs(m, s) < m->metas_n)
    return MATCH_META;
  if (m->missing != WANTED_EITHER &&
      !is_wanted(m->missing, signal_is_missing(s)))
    return MATCH_MISSING;
  return MATCH_TAKES;
}

bool rule_matches(const struct rule *r, const struct signal *s) {
  for (size_t i = 0; i < r->matches_n; i++)
    if (match_differs(&r->matches[i], s) == MATCH_TAKES)
      return true;
  return false;
}

enum level rule_bad_level(const struct rule *r, const struct signal *s) {
  enum level level = LEVEL_NEVER;
  for (size_t i = 0; i < r->matches_n; i++)
    if (r->matches[i].level < level &&
        field_differs(&r->matches[i], s) == FIELDS)
      level = r->matches[i].level;
  return level;
}

/* Its length in front, so that no field can look like the end of another. */
static void add_field(struct buf *out, const char *field) {
  size_t len = strlen(field);
  char digits[20];
  size_t at = sizeof digits;
  for (size_t n = len; at == sizeof digits || n > 0; n /= 10)
    digits[--at] = (char)('0' + n % 10);
  buf_addn(out, digits + at, sizeof digits - at);
  buf_addn(out, ":", 1);
  buf_addn(out, field, len);
}

void field_set_key(const struct field_set *set, const struct signal *s,
                   struct buf *out) {
  for (int f = 0; f < FIELDS; f++)
    if (set->fields & 1u << f)
      add_field(out, signal_field(s, (enum field)f));
  for (size_t i = 0; i < set->metas_n; i++) {
    const char *value = signal_meta(s, set->metas[i]);
    add_field(out, value != NULL ? value : "");
  }
}

struct filling {
  const struct rule *rule;
  const struct signal *signal;
  const struct declaration *about;
  int64_t id;
};

static void fill(void *arg, enum placeholder place, const char *name,
                 struct buf *out) {
  const struct filling *f = arg;
  char number[JSON_NUMBER];
  const char *meta;
  switch (place) {
  case PLACE_HOST:
  case PLACE_PLUGIN:
  case PLACE_PLUGIN_INSTANCE:
  case PLACE_TYPE:
  case PLACE_TYPE_INSTANCE:
    buf_add(out, signal_field(f->signal, (enum field)(place - PLACE_HOST)));
    break;
  case PLACE_DATA_SOURCE:
    buf_add(out, signal_data_source(f->signal));
    break;
  case PLACE_VALUE:
    if (f->signal->has_value) {
      json_number(f->signal->value, number);
      buf_add(out, number);
    }
    break;
  case PLACE_LEVEL:
    buf_add(out, level_names[f->signal->level]);
    break;
  case PLACE_MESSAGE:
    buf_add(out, signal_message(f->signal));
    break;
  case PLACE_RULE:
    buf_add(out, f->rule->name);
    break;
  case PLACE_SEVERITY:
    buf_add(out, f->rule->severity->name);
    break;
  case PLACE_ID:
    buf_addf(out, "%lld", (long long)f->id);
    break;
  case PLACE_STATUS:
    buf_add(out, status_names[STATUS_INVESTIGATING]);
    break;
  case PLACE_ALERTS:
    buf_addf(out, "%lld", (long long)f->about->alerts);
    break;
  case PLACE_HOSTS:
    buf_addf(out, "%lld", (long long)f->about->hosts);
    break;
  case PLACE_META:
    meta = signal_meta(f->signal, name);
    buf_add(out, meta != NULL ? meta : "");
    break;
  case PLACE_TITLE: /* these are being made */
  case PLACE_LABEL:
  default: /* of a page; there are none in a rule */
    break;
  }
}

/* The template's text, or NULL without one; the caller frees *own_text. */
static enum err filled(const struct template *t, struct filling *f,
                       char **own_text) {
  struct buf b;
  if (t == NULL)
    return OK;
  buf_init(&b, TEXT_MAX);
  buf_add(&b, ""); /* an empty text is one, too */
  template_fill(t, fill, f, &b);
  if (b.err == ERR_CEILING) /* a long message: what there is will do */
    b.err = OK;
  enum err err = buf_take(&b, own_text);
  buf_fini(&b);
  return err;
}

static enum err make_labels(const struct rule *r, struct filling *f,
                            char **own_labels) {
  struct json *j = json_new();
  enum err err = j == NULL ? ERR_NOMEM : OK;
  if (err == OK)
    json_object(j);
  for (size_t i = 0; i < r->labels_n && err == OK; i++) {
    char *text = NULL;
    err = filled(r->labels[i].value, f, &text);
    if (err == OK)
      json_put_text(j, r->labels[i].name, text);
    free(text);
  }
  if (err == OK) {
    json_object_end(j);
    err = json_done(j, own_labels);
  }
  json_free(j);
  return err;
}

static enum err make_title(const struct rule *r, struct filling *f,
                           char **own_title) {
  struct buf b;
  if (r->title != NULL)
    return filled(r->title, f, own_title);
  buf_init(&b, TEXT_MAX);
  buf_addf(&b, "%s: ", r->name);
  signal_add_name(f->signal, &b);
  enum err err = buf_take(&b, own_title);
  buf_fini(&b);
  return err;
}

static enum err set_unless_empty(char **own_text, const char *text) {
  return text == NULL || text[0] == '\0' ? OK
                                         : incident_set_text(own_text, text);
}

enum err rule_declare(const struct rule *r, const struct settings *settings,
                      const struct declaration *about, int64_t id, wall_ms now,
                      struct incident *incident) {
  struct filling f = {
      .rule = r, .signal = about->signal, .about = about, .id = id};
  const struct chain *chain =
      r->chain != NULL ? r->chain : settings->default_chain;
  struct incident i;
  struct buf by;
  enum err err;

  incident_init(&i);
  i.id = id;
  i.is_major = r->severity->is_major;
  i.is_private = r->is_private;
  i.declared_at = now;
  buf_init(&by, TEXT_MAX);
  buf_addf(&by, "rule:%s", r->name);
  if ((err = make_title(r, &f, &i.title)) == OK &&
      (err = filled(r->description, &f, &i.description)) == OK &&
      (err = filled(r->runbook, &f, &i.runbook)) == OK &&
      (err = make_labels(r, &f, &i.labels)) == OK &&
      (err = incident_set_text(&i.rule, r->name)) == OK &&
      (err = incident_set_text(&i.group_key, about->group_key)) == OK &&
      (err = incident_set_text(&i.severity, r->severity->name)) == OK &&
      (err = set_unless_empty(&i.service, r->service)) == OK &&
      (err = set_unless_empty(&i.team, r->team)) == OK &&
      (err = set_unless_empty(&i.chain, chain ? chain->name : NULL)) == OK &&
      (err = buf_take(&by, &i.declared_by)) == OK) {
    *incident = i;
    incident_init(&i);
  }
  buf_fini(&by);
  incident_fini(&i);
  return err;
}

static void lend(char **own_text, char **from) {
  free(*own_text);
  *own_text = *from;
  *from = NULL;
}

static enum err blank_signal(wall_ms now, struct signal **own_signal) {
  uint64_t memory[SIGNAL_BYTES_MAX / sizeof(uint64_t)];
  struct packer p;
  signal_begin(&p, memory);
  p.signal->received = p.signal->sent = now;
  signal_end(&p, false);
  *own_signal = signal_copy(p.signal);
  return *own_signal != NULL ? OK : ERR_NOMEM;
}

static enum err first_signal(const struct request *r,
                             struct signal **own_signal) {
  if (r->series == NULL)
    return blank_signal(r->at, own_signal);
  char *name = strndup(r->series, strcspn(r->series, "\n"));
  enum err err =
      name != NULL ? signal_from_name(name, r->at, own_signal) : ERR_NOMEM;
  free(name);
  return err;
}

enum err rule_lend(const struct rule *r, const struct settings *settings,
                   const struct request *request, struct incident *incident) {
  struct incident made;
  struct signal *signal = NULL;
  enum err err = first_signal(request, &signal);
  if (err != OK)
    return err;
  const struct declaration about = {.signal = signal, .alerts = 1, .hosts = 1};
  err = rule_declare(r, settings, &about, incident->id, request->at, &made);
  free(signal);
  if (err != OK)
    return err;
  lend(&incident->description, &made.description);
  lend(&incident->runbook, &made.runbook);
  lend(&incident->labels, &made.labels);
  lend(&incident->team, &made.team);
  if (request->service == NULL)
    lend(&incident->service, &made.service);
  if (request->chain == NULL)
    lend(&incident->chain, &made.chain);
  incident->is_private = incident->is_private || made.is_private;
  incident_fini(&made);
  return OK;
}
