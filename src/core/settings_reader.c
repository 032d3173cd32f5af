/* SPDX-License-Identifier: MIT */
#include "core/settings_reader.h"

#include "base/span.h"
#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Names and values from the file are cut to this in complaints. */
#define SHOWN "%.80s"
#define PATH_MAX_LEN 4000
#define MESSAGE_MAX_LEN 4000
/* Names listed where none is near enough to suggest. */
#define LISTED_MAX OPTIONS_MAX

/* ---- complaints ---- */

struct late {
  char *path, *message;
  const char *file;
  int line;
};

static void late_fini(struct late *l) {
  free(l->path);
  free(l->message);
}

static void add_path(struct buf *b, const struct place *at) {
  if (at->up != NULL) {
    add_path(b, at->up);
    buf_add(b, " / ");
  }
  buf_addf(b, SHOWN, at->name != NULL ? at->name : at->item->key);
  if (at->title != NULL)
    buf_addf(b, " \"" SHOWN "\"", at->title);
  if (at->ordinal > 1)
    buf_addf(b, " %u", at->ordinal);
}

/* The text as it may be shown: valid, and without control characters. */
static enum err make_visible(const struct buf *raw, char **own_text) {
  enum err err = ERR_NOMEM;
  struct buf out;
  buf_init(&out, (size_t)8 * raw->len + 1);
  size_t size = 3 * raw->len + 1;
  char *clean = malloc(size);
  if (clean == NULL)
    goto out;
  text_clean(clean, size, buf_text(raw), raw->len);
  text_add_visible(&out, clean);
  err = buf_take(&out, own_text);
out:
  free(clean);
  buf_fini(&out);
  return err;
}

static bool late_make(struct reader *r, const struct place *at,
                      const char *format, va_list ap, struct late *late) {
  char text[1024];
  struct buf path, message;
  buf_init(&path, PATH_MAX_LEN);
  buf_init(&message, MESSAGE_MAX_LEN);
  *late = (struct late){.file = at->item->file, .line = at->item->line};
  add_path(&path, at);
  vsnprintf(text, sizeof text, format, ap);
  buf_add(&message, text);
  bool is_made = path.err == OK && message.err == OK &&
                 make_visible(&path, &late->path) == OK &&
                 make_visible(&message, &late->message) == OK;
  if (!is_made) {
    r->err = ERR_NOMEM;
    late_fini(late);
  }
  buf_fini(&path);
  buf_fini(&message);
  return is_made;
}

static void late_report(struct reader *r, const struct late *l) {
  const struct finding finding = {
      .file = l->file, .line = l->line, .path = l->path, .message = l->message};
  r->report(r->arg, &finding);
}

void reader_complain(struct reader *r, const struct place *at,
                     const char *format, ...) {
  struct late late;
  va_list ap;
  r->errors++;
  va_start(ap, format);
  if (late_make(r, at, format, ap, &late)) {
    late_report(r, &late);
    late_fini(&late);
  }
  va_end(ap);
}

void reader_complain_late(struct reader *r, const struct place *at,
                          const char *format, ...) {
  struct late late;
  va_list ap;
  va_start(ap, format);
  if (late_make(r, at, format, ap, &late)) {
    struct late *grown = reader_grow(r, r->lates, r->lates_n, sizeof *grown);
    if (grown == NULL) {
      late_fini(&late);
    } else {
      r->lates = grown;
      r->lates[r->lates_n++] = late;
    }
  }
  va_end(ap);
}

void reader_report_late(struct reader *r) {
  for (size_t i = 0; i < r->lates_n; i++) {
    r->errors++;
    late_report(r, &r->lates[i]);
    late_fini(&r->lates[i]);
  }
  r->lates_n = 0;
}

void reader_fini(struct reader *r) {
  for (size_t i = 0; i < r->lates_n; i++)
    late_fini(&r->lates[i]);
  free(r->lates);
  free(r->known);
}

/* What would be right: the nearest of the names, or which there are. */
static void add_hint(struct buf *b, const char *word, const char *const *names,
                     size_t n, const char *quote) {
  const char *near = text_nearest(word, names, n);
  if (near != NULL) {
    buf_addf(b, ", did you mean %s" SHOWN "%s?", quote, near, quote);
    return;
  }
  for (size_t i = 0; i < n && i < LISTED_MAX; i++)
    buf_addf(b, "%s%s" SHOWN "%s",
             i > 0   ? ", "
             : n > 1 ? "; there are "
                     : "; there is ",
             quote, names[i], quote);
  if (n > LISTED_MAX)
    buf_add(b, ", ...");
}

/* ---- walking ---- */

const struct conf *reader_find(const struct conf *block, const char *option) {
  for (size_t i = 0; i < block->children_n; i++)
    if (strcasecmp(block->children[i].key, option) == 0)
      return &block->children[i];
  return NULL;
}

static void complain_unknown(struct reader *r, const struct place *at,
                             struct option_table table) {
  if (strcasecmp(at->item->key, "Include") == 0) {
    reader_complain(r, at,
                    "Include works at the top level of the file only; put it "
                    "outside of <Plugin incident>");
    return;
  }
  const char *names[OPTIONS_MAX];
  for (size_t i = 0; i < table.n; i++)
    names[i] = table.options[i].name;
  struct buf hint;
  buf_init(&hint, MESSAGE_MAX_LEN);
  add_hint(&hint, at->item->key, names, table.n, "");
  reader_complain(r, at, "unknown option%s", buf_text(&hint));
  if (hint.err == ERR_NOMEM)
    r->err = ERR_NOMEM;
  buf_fini(&hint);
}

static void walk_item(struct reader *r, const struct place *up,
                      const struct conf *item, struct option_table table,
                      void *object, unsigned *counts) {
  struct place at = {.up = up, .item = item};
  size_t i = 0;
  while (i < table.n && strcasecmp(item->key, table.options[i].name) != 0)
    i++;
  if (i == table.n) {
    complain_unknown(r, &at, table);
    return;
  }
  const struct option *o = &table.options[i];
  bool is_block = o->flags & OPTION_BLOCK;
  at.name = o->name;
  counts[i]++;
  if (is_block)
    at.ordinal = counts[i];
  if (counts[i] > 1 && !(o->flags & OPTION_MANY))
    reader_complain(r, &at, "given twice");
  else if (!is_block && item->children_n > 0)
    reader_complain(r, &at, "is an option, not a block");
  else
    o->read(r, &at, o, object);
}

void reader_walk(struct reader *r, const struct place *up,
                 const struct conf *block, struct option_table table,
                 void *object, unsigned *counts) {
  for (size_t i = 0; i < block->children_n; i++)
    walk_item(r, up, &block->children[i], table, object, counts);
}

static void *field(void *object, const struct option *o) {
  return (char *)object + o->offset;
}

void reader_block(struct reader *r, const struct place *at,
                  struct option_table table, void *object) {
  unsigned counts[OPTIONS_MAX] = {0};
  reader_walk(r, at, at->item, table, object, counts);
  for (size_t i = 0; i < table.n; i++) {
    const struct option *o = &table.options[i];
    if ((o->flags & OPTION_MANDATORY) && counts[i] == 0)
      reader_complain(r, at, "the option %s is missing", o->name);
    if (o->read == reader_text && *(char **)field(object, o) == NULL)
      reader_keep(r, field(object, o), "");
  }
}

bool reader_is_bare_block(struct reader *r, const struct place *at) {
  if (at->item->values_n == 0)
    return true;
  reader_complain(r, at, "is a block without a name: <%s> ... </%s>", at->name,
                  at->name);
  return false;
}

/* ---- values ---- */

bool reader_is_one(struct reader *r, const struct place *at) {
  if (at->item->values_n == 1)
    return true;
  /* Most often "web-01" without the quotes: two values to the daemon. */
  reader_complain(r, at, "takes one value%s",
                  at->item->values_n > 1 ? "; quote it" : "");
  return false;
}

const char *reader_text_at(struct reader *r, const struct place *at, size_t i) {
  const struct conf_value *v = &at->item->values[i];
  if (v->type != CONF_TEXT)
    reader_complain(r, at, "takes text, not a %s; quote it",
                    v->type == CONF_NUMBER ? "number" : "boolean");
  else if (!text_is_utf8(v->text, strlen(v->text)))
    reader_complain(r, at, "is not valid UTF-8");
  else
    return v->text;
  return NULL;
}

size_t reader_word_at(struct reader *r, const struct place *at, size_t i,
                      const char *const *words, size_t n) {
  const char *text = reader_text_at(r, at, i);
  if (text == NULL)
    return n;
  for (size_t k = 0; k < n; k++)
    if (strcasecmp(text, words[k]) == 0)
      return k;
  struct buf hint;
  buf_init(&hint, MESSAGE_MAX_LEN);
  add_hint(&hint, text, words, n, "\"");
  reader_complain(r, at, "\"" SHOWN "\" means nothing here%s", text,
                  buf_text(&hint));
  if (hint.err == ERR_NOMEM)
    r->err = ERR_NOMEM;
  buf_fini(&hint);
  return n;
}

static void complain_dangling(struct reader *r, const struct place *at,
                              const struct block_kind *kind, const char *name) {
  size_t n = 0;
  const char *known;
  while (kind->get(r->settings, n, &known) != NULL)
    n++;
  const char **grown = realloc(r->known, (n + 1) * sizeof *grown);
  if (grown == NULL) {
    r->err = ERR_NOMEM;
    return;
  }
  r->known = grown;
  for (size_t i = 0; i < n; i++)
    kind->get(r->settings, i, &r->known[i]);
  struct buf hint;
  buf_init(&hint, MESSAGE_MAX_LEN);
  add_hint(&hint, name, r->known, n, "\"");
  reader_complain_late(r, at, "there is no %s \"" SHOWN "\"%s", kind->name,
                       name, buf_text(&hint));
  if (hint.err == ERR_NOMEM)
    r->err = ERR_NOMEM;
  buf_fini(&hint);
}

const void *reader_reference(struct reader *r, const struct place *at,
                             enum block kind, const char *name) {
  const struct block_kind *k = settings_blocks[kind];
  const char *known;
  const void *object;
  for (size_t i = 0; (object = k->get(r->settings, i, &known)) != NULL; i++)
    if (strcmp(known, name) == 0)
      return object;
  complain_dangling(r, at, k, name);
  return NULL;
}

bool reader_template_at(struct reader *r, const struct place *at, size_t i,
                        struct template **slot) {
  const char *why = "";
  const char *text = reader_text_at(r, at, i);
  if (text == NULL)
    return false;
  struct template *t = NULL;
  enum err err = template_parse(text, &t, &why);
  if (err == ERR_INVALID)
    reader_complain(r, at, "%s", why);
  else if (err != OK)
    r->err = err;
  else
    *slot = t;
  return err == OK;
}

bool reader_span_at(struct reader *r, const struct place *at,
                    const struct option *o, size_t i, span_ms *span) {
  const struct conf_value *v = &at->item->values[i];
  span_ms read = 0;
  enum err err = ERR_INVALID;
  if (v->type == CONF_NUMBER)
    err = span_from_seconds(v->number, &read);
  else if (v->type == CONF_TEXT)
    err = span_parse(v->text, &read);
  char limit[SPAN_TEXT];
  if (err != OK) {
    reader_complain(r, at,
                    "takes a duration: seconds, or text like \"90s\", \"5m\", "
                    "\"2h\", \"3d\", \"1w\"");
  } else if (read < o->min) {
    span_print(o->min, limit);
    reader_complain(r, at, "must be at least %s", limit);
  } else if (o->max != 0 && read > o->max) {
    span_print(o->max, limit);
    reader_complain(r, at, "must be at most %s", limit);
  } else {
    *span = read;
    return true;
  }
  return false;
}

bool reader_whole_at(struct reader *r, const struct place *at,
                     const struct option *o, size_t i, int64_t *number) {
  const struct conf_value *v = &at->item->values[i];
  /* In this order, since a NaN fails each comparison. */
  if (v->type == CONF_NUMBER && v->number >= (double)o->min &&
      v->number <= (double)o->max && v->number == (double)(int64_t)v->number) {
    *number = (int64_t)v->number;
    return true;
  }
  reader_complain(r, at, "takes a whole number%s%s from %lld to %lld%s",
                  o->unit == NULL ? "" : " of ", o->unit == NULL ? "" : o->unit,
                  (long long)o->min, (long long)o->max,
                  v->type == CONF_TEXT ? ", without quotes" : "");
  return false;
}

void *reader_grow(struct reader *r, void *array, size_t n, size_t size) {
  char *grown = realloc(array, (n + 1) * size);
  if (grown == NULL)
    r->err = ERR_NOMEM;
  else
    memset(grown + n * size, 0, size);
  return grown;
}

void *reader_new(struct reader *r, size_t size) {
  void *memory = calloc(1, size);
  if (memory == NULL)
    r->err = ERR_NOMEM;
  return memory;
}

void reader_keep(struct reader *r, char **own_text, const char *text) {
  char *copy = strdup(text);
  if (copy == NULL) {
    r->err = ERR_NOMEM;
    return;
  }
  free(*own_text);
  *own_text = copy;
}

/* ---- rows ---- */

void reader_text(struct reader *r, const struct place *at,
                 const struct option *o, void *object) {
  if (!reader_is_one(r, at))
    return;
  const char *text = reader_text_at(r, at, 0);
  if (text == NULL)
    return;
  if ((o->flags & OPTION_FILLED) && text[0] == '\0')
    reader_complain(r, at, "must not be empty");
  else
    reader_keep(r, field(object, o), text);
}

void reader_flag(struct reader *r, const struct place *at,
                 const struct option *o, void *object) {
  static const char *const words[] = {"true", "false", "yes",
                                      "no",   "on",    "off"};
  if (!reader_is_one(r, at))
    return;
  const struct conf_value *v = &at->item->values[0];
  bool *flag = field(object, o);
  if (v->type == CONF_BOOL) {
    *flag = v->flag;
    return;
  }
  for (size_t i = 0; v->type == CONF_TEXT && i < 6; i++)
    if (strcasecmp(v->text, words[i]) == 0) {
      *flag = i % 2 == 0;
      return;
    }
  reader_complain(r, at, "takes true or false");
}

void reader_span(struct reader *r, const struct place *at,
                 const struct option *o, void *object) {
  if (reader_is_one(r, at))
    reader_span_at(r, at, o, 0, field(object, o));
}

void reader_number(struct reader *r, const struct place *at,
                   const struct option *o, void *object) {
  int64_t number;
  if (reader_is_one(r, at) && reader_whole_at(r, at, o, 0, &number))
    *(unsigned *)field(object, o) = (unsigned)number;
}

void reader_whole(struct reader *r, const struct place *at,
                  const struct option *o, void *object) {
  if (reader_is_one(r, at))
    reader_whole_at(r, at, o, 0, field(object, o));
}

void reader_millis(struct reader *r, const struct place *at,
                   const struct option *o, void *object) {
  int64_t number;
  if (reader_is_one(r, at) && reader_whole_at(r, at, o, 0, &number))
    *(span_ms *)field(object, o) = number;
}

void reader_template(struct reader *r, const struct place *at,
                     const struct option *o, void *object) {
  if (reader_is_one(r, at))
    reader_template_at(r, at, 0, field(object, o));
}

void reader_chain(struct reader *r, const struct place *at,
                  const struct option *o, void *object) {
  if (!reader_is_one(r, at))
    return;
  const char *name = reader_text_at(r, at, 0);
  if (name != NULL)
    *(const struct chain **)field(object, o) =
        reader_reference(r, at, BLOCK_CHAIN, name);
}
