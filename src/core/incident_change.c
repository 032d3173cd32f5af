/* SPDX-License-Identifier: MIT */
/* What people change of an incident's own fields. The table of what they may
 * do in which state is in core/incident.c. */
#include "core/incident.h"

#include "base/text.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_MAX 65536
#define LABEL "label:"
#define MAJOR "major" /* says yes or no */
/* From there on a text is a paragraph: what it was stands in the entry before.
 */
#define LINE_MAX_BYTES 256

static const struct field {
  const char *name;
  size_t offset;
  bool is_needed; /* it always says something */
} fields[] = {{"title", offsetof(struct incident, title), true},
              {"summary", offsetof(struct incident, summary), false},
              {"cause", offsetof(struct incident, cause), false},
              {"detection", offsetof(struct incident, detection), false},
              {"codename", offsetof(struct incident, codename), false},
              {"service", offsetof(struct incident, service), false},
              {"team", offsetof(struct incident, team), false}};

static const struct field *find_field(const char *name) {
  for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
    if (strcmp(fields[i].name, name) == 0)
      return &fields[i];
  return NULL;
}

static const char *label_of(const char *field) {
  size_t len = strlen(LABEL);
  return strncmp(field, LABEL, len) == 0 && field[len] != '\0' ? field + len
                                                               : NULL;
}

static bool is_privacy(const char *field) {
  return strcmp(field, INCIDENT_PRIVATE) == 0;
}

static bool is_major_field(const char *field) {
  return strcmp(field, MAJOR) == 0;
}

static bool is_field(const char *field) {
  return find_field(field) != NULL || label_of(field) != NULL ||
         is_privacy(field) || is_major_field(field);
}

bool incident_is_change(enum verb verb) {
  return verb == VERB_SEVERITY || verb == VERB_STATUS || verb == VERB_REOPEN ||
         verb == VERB_EDIT;
}

/* ---- labels ---- */

/* A copy of what the label says; NULL: there is none. */
static enum err find_label(const char *labels, const char *name,
                           char **own_value) {
  struct json_in *doc = NULL;
  char *value = NULL;
  enum err err = OK;
  if (labels != NULL)
    err = json_parse(labels, strlen(labels), &doc, NULL);
  for (size_t i = 0; i < json_count(doc) && err == OK; i++) {
    const char *key;
    const struct json_in *v = json_member(doc, i, &key);
    if (strcmp(key, name) == 0)
      err = incident_set_text(&value, json_at_text(v, "", ""));
  }
  json_in_free(doc);
  if (err == OK)
    *own_value = value;
  else
    free(value);
  return err;
}

/* The labels with that one as it is now; value "": without it. */
static enum err put_label(const char *labels, const char *name,
                          const char *value, char **own_labels) {
  struct json_in *doc = NULL;
  struct json *j = json_new();
  enum err err = j != NULL ? OK : ERR_NOMEM;
  bool is_put = value[0] == '\0';
  if (err == OK && labels != NULL)
    err = json_parse(labels, strlen(labels), &doc, NULL);
  if (err != OK)
    goto out;
  json_object(j);
  for (size_t i = 0; i < json_count(doc); i++) {
    const char *key;
    const struct json_in *v = json_member(doc, i, &key);
    if (strcmp(key, name) != 0) {
      json_put_text(j, key, json_at_text(v, "", ""));
    } else if (value[0] != '\0') {
      json_put_text(j, name, value);
      is_put = true;
    }
  }
  if (!is_put)
    json_put_text(j, name, value);
  json_object_end(j);
  err = json_done(j, own_labels);
out:
  json_free(j);
  json_in_free(doc);
  return err;
}

/* ---- fields ---- */

static char **slot_of(struct incident *i, const struct field *f) {
  return (char **)((char *)i + f->offset);
}

/* A copy of what it says; NULL: nothing. */
static enum err find_old(const struct incident *i, const char *field,
                         char **own_old) {
  const struct field *f = find_field(field);
  const char *text = i->is_major ? "yes" : "no";
  if (is_privacy(field))
    return incident_set_text(own_old, i->is_private ? "yes" : "");
  if (f == NULL && !is_major_field(field))
    return find_label(i->labels, label_of(field), own_old);
  char *copy = NULL;
  if (f != NULL)
    text = *(char *const *)((const char *)i + f->offset);
  enum err err = incident_set_text(&copy, text);
  if (err == OK)
    *own_old = copy;
  return err;
}

static const char *text_or_none(const char *text) {
  return text != NULL ? text : "";
}

enum err incident_says_so(const struct incident *i, const struct request *r,
                          bool *is) {
  char *old = NULL;
  enum err err = find_old(i, r->field, &old);
  if (err == OK)
    *is = strcmp(text_or_none(old), text_or_none(r->text)) == 0;
  free(old);
  return err;
}

static bool is_line(const char *text) {
  return strlen(text) <= LINE_MAX_BYTES && strchr(text, '\n') == NULL;
}

/* "title: old to new" */
static void add_edit(const char *field, const char *old, const char *text,
                     struct buf *out) {
  const char *label = label_of(field);
  if (is_privacy(field)) {
    buf_add(out, text[0] != '\0' ? "made private" : "private no more");
    return;
  }
  if (label != NULL)
    buf_addf(out, "label %s: ", label);
  else
    buf_addf(out, "%s: ", field);
  if (text[0] == '\0')
    buf_addf(out, "removed, was %s", old);
  else if (old[0] != '\0' && is_line(old) && is_line(text))
    buf_addf(out, "%s to %s", old, text);
  else
    buf_add(out, text);
}

/* A title that gets or loses the mark of a test makes it one, or not. */
static void follow_mark(struct incident *i, const char *field, const char *old,
                        const char *title) {
  bool was = incident_title_is_test(old), is = incident_title_is_test(title);
  if (strcmp(field, "title") == 0 && was != is)
    i->is_test = is;
}

/* ---- the changes; each makes what it needs before it changes anything ---- */

static enum err edit(struct incident *i, const struct request *r,
                     struct entry *entry, const char **why) {
  const char *text = text_or_none(r->text), *label = label_of(r->field);
  const struct field *f = find_field(r->field);
  char *old = NULL, *now = NULL;
  struct entry e = {0};
  struct buf line;
  buf_init(&line, TEXT_MAX);
  bool is_flag = is_major_field(r->field);
  if (!is_field(r->field))
    *why = "there is no such field";
  else if (is_flag && strcmp(text, "yes") != 0 && strcmp(text, "no") != 0)
    *why = "it is major or not: yes or no";
  else if (f != NULL && f->is_needed && text[0] == '\0')
    *why = "its title cannot be empty";
  enum err err = *why != NULL ? ERR_CONFLICT : find_old(i, r->field, &old);
  if (err == OK && strcmp(text_or_none(old), text) == 0) {
    *why = "it says so already";
    err = ERR_CONFLICT;
  }
  if (err == OK) {
    add_edit(r->field, text_or_none(old), text, &line);
    err = line.err;
  }
  if (err == OK)
    err = entry_make(&e, i->id, KIND_EDIT, r->by, buf_text(&line), r->at);
  if (err == OK && label != NULL)
    err = put_label(i->labels, label, text, &now);
  else if (err == OK && f != NULL)
    err = incident_set_text(&now, text[0] != '\0' ? text : NULL);
  if (err == OK && is_flag) {
    i->is_major = strcmp(text, "yes") == 0;
    *entry = e;
  } else if (err == OK && f == NULL && label == NULL) {
    i->is_private = text[0] != '\0';
    *entry = e;
  } else if (err == OK) {
    char **slot = label != NULL ? &i->labels : slot_of(i, f);
    follow_mark(i, r->field, text_or_none(old), text);
    free(*slot);
    *slot = now;
    *entry = e;
  } else {
    entry_fini(&e);
  }
  free(old);
  buf_fini(&line);
  return err;
}

static enum err say_change(struct entry *e, const struct incident *i,
                           const struct request *r, enum kind kind,
                           const char *what) {
  struct buf line;
  buf_init(&line, TEXT_MAX);
  buf_add(&line, what);
  if (r->text != NULL)
    buf_addf(&line, ": %s", r->text);
  enum err err = line.err;
  if (err == OK)
    err = entry_make(e, i->id, kind, r->by, buf_text(&line), r->at);
  buf_fini(&line);
  return err;
}

static enum err set_status(struct incident *i, const struct request *r,
                           struct entry *entry, const char **why) {
  if (!incident_is_open(i))
    *why = "already resolved; reopen it first";
  else if (i->status == r->status && r->text == NULL)
    *why = "of that status already";
  if (*why != NULL)
    return ERR_CONFLICT;
  enum err err = say_change(entry, i, r, KIND_STATUS, status_names[r->status]);
  if (err == OK)
    i->status = r->status;
  return err;
}

static enum err reopen(struct incident *i, const struct request *r,
                       struct entry *entry, const char **why) {
  if (incident_is_open(i)) {
    *why = "not resolved";
    return ERR_CONFLICT;
  }
  enum err err = say_change(entry, i, r, KIND_REOPENED, "reopened");
  if (err != OK)
    return err;
  incident_unacknowledge(i);
  i->status = STATUS_INVESTIGATING;
  i->resolved_at = i->hold_until = WALL_NEVER;
  free(i->resolved_by);
  i->resolved_by = NULL;
  return OK;
}

static enum err set_severity(struct incident *i, const struct request *r,
                             struct entry *entry, const char **why) {
  return incident_set_severity(i, r->severity, r->is_major, r->by, r->text,
                               r->at, entry, why);
}

/* What a stranger hands over may lack anything. */
static const char *refusal(const struct incident *i, const struct request *r) {
  if ((r->verb == VERB_SEVERITY && r->severity == NULL) ||
      (r->verb == VERB_STATUS && r->status == STATUS_RESOLVED) ||
      (r->verb == VERB_EDIT && r->field == NULL))
    return "what it changes to is not named";
  return incident_is_merged(i);
}

enum err incident_change(struct incident *i, const struct request *r,
                         struct entry *entry, const char **why) {
  enum err err = OK;
  *why = refusal(i, r);
  if (*why != NULL)
    return ERR_CONFLICT;
  switch (r->verb) {
  case VERB_SEVERITY:
    err = set_severity(i, r, entry, why);
    break;
  case VERB_STATUS:
    err = set_status(i, r, entry, why);
    break;
  case VERB_REOPEN:
    err = reopen(i, r, entry, why);
    break;
  default:
    err = edit(i, r, entry, why);
    break;
  }
  if (err == OK) {
    i->asked_at = WALL_NEVER; /* somebody is there */
    entry->at = r->happened_at;
  }
  return err;
}
