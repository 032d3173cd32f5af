/* SPDX-License-Identifier: MIT */
/* <Field>: what a team wants to know of each incident beside the usual. */
#include "core/settings_reader.h"

#include <string.h>

static void read_value(struct reader *r, const struct place *at,
                       const struct option *o, void *object) {
  (void)o;
  struct custom *f = object;
  reader_texts(r, at, &f->values, &f->values_n);
}

#define AT(field) offsetof(struct custom, field)
static const struct option options[] = {
    {.name = "Description", .read = reader_text, .offset = AT(description)},
    {.name = "Value", .read = read_value, .flags = OPTION_MANY},
    {.name = "Required", .read = reader_flag, .offset = AT(is_required)},
};
#undef AT

static void *add(struct reader *r, const char *name) {
  struct settings *s = r->settings;
  struct custom **grown = reader_grow(r, s->fields, s->fields_n, sizeof *grown);
  if (grown == NULL)
    return NULL;
  s->fields = grown;
  struct custom *f = reader_new(r, sizeof *f);
  if (f == NULL)
    return NULL;
  s->fields[s->fields_n++] = f;
  reader_keep(r, &f->name, name);
  return f;
}

static void *get(const struct settings *s, size_t i, const char **name) {
  if (i >= s->fields_n)
    return NULL;
  *name = s->fields[i]->name;
  return s->fields[i];
}

/* It is given as NAME=VALUE. */
static void check(struct reader *r, const struct place *at, void *object) {
  const struct custom *f = object;
  if (f->name != NULL && strchr(f->name, '=') != NULL)
    reader_complain(r, at, "has a = in its name");
}

const struct block_kind settings_block_field = {
    .name = "Field",
    .table = OPTION_TABLE(options),
    .add = add,
    .get = get,
    .check = check,
};

const struct custom *settings_field(const struct settings *s,
                                    const char *name) {
  for (size_t i = 0; i < s->fields_n; i++)
    if (strcmp(s->fields[i]->name, name) == 0)
      return s->fields[i];
  return NULL;
}
