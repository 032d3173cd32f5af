/* SPDX-License-Identifier: MIT */
/* Who does what in an incident, where one meets and what one says: <Role>,
 * <Channel>, <Template>. */
#include "core/settings_reader.h"

#include <stdlib.h>
#include <string.h>

/* One more object of an array of pointers in the settings. */
#define ADD(r, array, type)                                                    \
  do {                                                                         \
    struct settings *s = (r)->settings;                                        \
    type **grown = reader_grow(r, s->array, s->array##_n, sizeof *grown);      \
    if (grown == NULL)                                                         \
      return NULL;                                                             \
    s->array = grown;                                                          \
    type *own = reader_new(r, sizeof *own);                                    \
    if (own == NULL)                                                           \
      return NULL;                                                             \
    s->array[s->array##_n++] = own;                                            \
    reader_keep(r, &own->name, name);                                          \
    return own;                                                                \
  } while (0)

#define GET(s, array, i, name)                                                 \
  do {                                                                         \
    if (i >= s->array##_n)                                                     \
      return NULL;                                                             \
    *name = s->array[i]->name;                                                 \
    return s->array[i];                                                        \
  } while (0)

/* ---- roles ---- */

/* PagerDuty's six, as long as the file has none. */
static const struct {
  const char *name, *title, *responsibility;
} known_roles[] = {
    {"commander", "Incident Commander",
     "Decides, delegates and keeps it moving; does nothing else"},
    {"deputy", "Deputy",
     "Supports the commander, watches the clock, takes over when needed"},
    {"scribe", "Scribe", "Writes down what happens and what is to be followed"},
    {"expert", "Subject Matter Expert",
     "Knows the service: says its condition, what to do and what is needed"},
    {"customer-liaison", "Customer Liaison",
     "Tells customers, and the commander what customers say"},
    {"internal-liaison", "Internal Liaison",
     "Tells stakeholders, and brings in other teams"},
};
#define KNOWN_ROLES (sizeof known_roles / sizeof known_roles[0])

#define AT(field) offsetof(struct role, field)
static const struct option role_options[] = {
    {.name = "Title",
     .read = reader_text,
     .offset = AT(title),
     .flags = OPTION_FILLED},
    {.name = "Contact", .read = reader_text, .offset = AT(contact)},
    {.name = "Backup", .read = reader_text, .offset = AT(backup)},
    {.name = "Responsibility",
     .read = reader_text,
     .offset = AT(responsibility)},
};
#undef AT

static void *role_add(struct reader *r, const char *name) {
  ADD(r, roles, struct role);
}

static void *role_get(const struct settings *s, size_t i, const char **name) {
  GET(s, roles, i, name);
}

static void role_check(struct reader *r, const struct place *at, void *object) {
  (void)at;
  struct role *role = object;
  if (role->title[0] == '\0')
    reader_keep(r, &role->title, role->name);
}

void reader_imply_roles(struct reader *r) {
  if (r->settings->roles_n > 0)
    return;
  for (size_t i = 0; i < KNOWN_ROLES && r->err == OK; i++) {
    struct role *role = role_add(r, known_roles[i].name);
    if (role == NULL)
      return;
    reader_keep(r, &role->title, known_roles[i].title);
    reader_keep(r, &role->contact, "");
    reader_keep(r, &role->backup, "");
    reader_keep(r, &role->responsibility, known_roles[i].responsibility);
  }
}

const struct block_kind settings_block_role = {
    .name = "Role",
    .table = OPTION_TABLE(role_options),
    .add = role_add,
    .get = role_get,
    .check = role_check,
};

/* ---- channels ---- */

#define AT(field) offsetof(struct channel, field)
static const struct option channel_options[] = {
    {.name = "URL", .read = reader_text, .offset = AT(url)},
    {.name = "Purpose", .read = reader_text, .offset = AT(purpose)},
    {.name = "When", .read = reader_text, .offset = AT(when)},
    {.name = "Who", .read = reader_text, .offset = AT(who)},
    {.name = "How", .read = reader_text, .offset = AT(how)},
};
#undef AT

static void *channel_add(struct reader *r, const char *name) {
  ADD(r, channels, struct channel);
}

static void *channel_get(const struct settings *s, size_t i,
                         const char **name) {
  GET(s, channels, i, name);
}

const struct block_kind settings_block_channel = {
    .name = "Channel",
    .table = OPTION_TABLE(channel_options),
    .add = channel_add,
    .get = channel_get,
};

/* ---- what is said ---- */

#define WORDS_MAX 16384

/* As long as the file has none. */
static const struct {
  const char *name, *subject, *body;
} known_wordings[] = {
    {"investigating", "%{title}",
     "We are investigating a problem. %{text}\nNext update: %{next}"},
    {"identified", "%{title}",
     "We have found the cause and are working on it. %{text}\n"
     "Next update: %{next}"},
    {"monitoring", "%{title}",
     "A fix is in place and we are watching it. %{text}\n"
     "Next update: %{next}"},
    {"resolved", "%{title}", "The problem is solved. %{text}"},
};
#define KNOWN_WORDINGS (sizeof known_wordings / sizeof known_wordings[0])

static void set_words(struct reader *r, const struct place *at,
                      const char *text, struct template **slot) {
  const char *why = "";
  enum err err = template_parse_statement(text, slot, &why);
  if (err == ERR_INVALID)
    reader_complain(r, at, "%s", why);
  else if (err != OK)
    r->err = err;
}

static void read_words(struct reader *r, const struct place *at,
                       const struct option *o, void *object) {
  struct template **slot = (void *)((char *)object + o->offset);
  struct buf lines;
  bool is_right = at->item->values_n > 0;
  if (!is_right)
    reader_complain(r, at, "takes a text or several, a line each");
  buf_init(&lines, WORDS_MAX);
  for (size_t i = 0; i < at->item->values_n; i++) {
    const char *text = reader_text_at(r, at, i);
    is_right = is_right && text != NULL;
    buf_addf(&lines, "%s%s", i > 0 ? "\n" : "", text != NULL ? text : "");
  }
  if (lines.err == ERR_CEILING)
    reader_complain(r, at, "is longer than %d bytes", WORDS_MAX);
  else if (lines.err != OK)
    r->err = lines.err;
  else if (is_right)
    set_words(r, at, buf_text(&lines), slot);
  buf_fini(&lines);
}

#define AT(field) offsetof(struct wording, field)
static const struct option wording_options[] = {
    {.name = "Subject", .read = read_words, .offset = AT(subject)},
    {.name = "Body",
     .read = read_words,
     .offset = AT(body),
     .flags = OPTION_MANDATORY},
    {.name = "Category", .read = reader_text, .offset = AT(category)},
};
#undef AT

static void *wording_add(struct reader *r, const char *name) {
  ADD(r, wordings, struct wording);
}

static void *wording_get(const struct settings *s, size_t i,
                         const char **name) {
  GET(s, wordings, i, name);
}

static void wording_check(struct reader *r, const struct place *at,
                          void *object) {
  struct wording *w = object;
  if (w->subject == NULL)
    set_words(r, at, "%{title}", &w->subject);
}

void reader_imply_wordings(struct reader *r) {
  if (r->settings->wordings_n > 0)
    return;
  for (size_t i = 0; i < KNOWN_WORDINGS && r->err == OK; i++) {
    struct wording *w = wording_add(r, known_wordings[i].name);
    if (w == NULL)
      return;
    reader_keep(r, &w->category, "");
    set_words(r, NULL, known_wordings[i].subject, &w->subject);
    set_words(r, NULL, known_wordings[i].body, &w->body);
  }
}

const struct block_kind settings_block_wording = {
    .name = "Template",
    .table = OPTION_TABLE(wording_options),
    .add = wording_add,
    .get = wording_get,
    .check = wording_check,
};

/* ---- values ---- */

void reader_texts(struct reader *r, const struct place *at, char ***own_texts,
                  size_t *n) {
  if (at->item->values_n == 0)
    reader_complain(r, at, "takes one text or several");
  for (size_t i = 0; i < at->item->values_n; i++) {
    const char *text = reader_text_at(r, at, i);
    if (text == NULL)
      continue;
    char **grown = reader_grow(r, *own_texts, *n, sizeof *grown);
    if (grown == NULL)
      return;
    *own_texts = grown;
    reader_keep(r, &grown[*n], text);
    *n += grown[*n] != NULL;
  }
}

void reader_value(struct reader *r, const struct place *at,
                  const struct option *o, void *object) {
  (void)o;
  struct settings *s = object;
  reader_texts(r, at, &s->values, &s->values_n);
}
