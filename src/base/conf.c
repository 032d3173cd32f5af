/* SPDX-License-Identifier: MIT */
#include "base/conf.h"

#include "base/json.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Arrays keep no capacity: they have room up to the next power of two, so
 * only those of a power's length (or none) grow. */
static void *grown(void *array, size_t n, size_t size) {
  if ((n & (n - 1)) != 0)
    return array;
  size_t cap = n == 0 ? 1 : 2 * n;
  return cap > SIZE_MAX / size ? NULL : realloc(array, cap * size);
}

enum err conf_set_key(struct conf *c, const char *key) {
  char *copy = strdup(key);
  if (copy == NULL)
    return ERR_NOMEM;
  free(c->key);
  c->key = copy;
  return OK;
}

static enum err add_value(struct conf *c, struct conf_value value) {
  struct conf_value *values = grown(c->values, c->values_n, sizeof *values);
  if (values == NULL)
    return ERR_NOMEM;
  c->values = values;
  c->values[c->values_n++] = value;
  return OK;
}

enum err conf_add_text(struct conf *c, const char *text) {
  char *copy = strdup(text);
  if (copy == NULL)
    return ERR_NOMEM;
  enum err err =
      add_value(c, (struct conf_value){.type = CONF_TEXT, .text = copy});
  if (err != OK)
    free(copy);
  return err;
}

enum err conf_add_number(struct conf *c, double number) {
  return add_value(c,
                   (struct conf_value){.type = CONF_NUMBER, .number = number});
}

enum err conf_add_bool(struct conf *c, bool flag) {
  return add_value(c, (struct conf_value){.type = CONF_BOOL, .flag = flag});
}

struct conf *conf_add_child(struct conf *c) {
  struct conf *children = grown(c->children, c->children_n, sizeof *children);
  if (children == NULL)
    return NULL;
  c->children = children;
  struct conf *child = &c->children[c->children_n++];
  *child = (struct conf){0};
  return child;
}

void conf_fini(struct conf *c) {
  for (size_t i = 0; i < c->values_n; i++)
    free(c->values[i].text);
  for (size_t i = 0; i < c->children_n; i++)
    conf_fini(&c->children[i]);
  free(c->values);
  free(c->children);
  free(c->key);
  *c = (struct conf){0};
}

void conf_file_free(struct conf_file *f) {
  if (f == NULL)
    return;
  conf_fini(&f->root);
  for (size_t i = 0; i < f->files_n; i++)
    free(f->files[i]);
  free(f->files);
  free(f);
}

static void print_text(const char *text, struct buf *out) {
  buf_add(out, "\"");
  while (*text != '\0') {
    size_t plain = strcspn(text, "\\\"");
    buf_addn(out, text, plain);
    text += plain;
    if (*text != '\0') {
      buf_add(out, "\\");
      buf_addn(out, text++, 1);
    }
  }
  buf_add(out, "\"");
}

/* The scanner knows exponents only behind a fraction, and neither infinity nor
 * NaN: the first is read from a number too large, the second never comes from
 * a file and becomes a text, which no option that wants a number takes. */
static void print_number(double number, struct buf *out) {
  char text[JSON_NUMBER];
  if (isnan(number)) {
    buf_add(out, "\"nan\"");
  } else if (isinf(number)) {
    buf_add(out, number > 0 ? "1.0e+999" : "-1.0e+999");
  } else {
    json_number(number, text);
    size_t mantissa = strcspn(text, "e");
    buf_addn(out, text, mantissa);
    if (text[mantissa] == 'e' && memchr(text, '.', mantissa) == NULL)
      buf_add(out, ".0");
    buf_add(out, text + mantissa);
  }
}

static void print_values(const struct conf *c, struct buf *out) {
  for (size_t i = 0; i < c->values_n; i++) {
    const struct conf_value *v = &c->values[i];
    buf_add(out, " ");
    if (v->type == CONF_TEXT)
      print_text(v->text, out);
    else if (v->type == CONF_NUMBER)
      print_number(v->number, out);
    else
      buf_add(out, v->flag ? "true" : "false");
  }
}

static void indent(struct buf *out, int depth) {
  while (depth-- > 0)
    buf_add(out, "  ");
}

static void print_children(const struct conf *c, struct buf *out, int depth) {
  for (size_t i = 0; i < c->children_n; i++) {
    const struct conf *child = &c->children[i];
    if (child->values_n == 0 && child->children_n == 0)
      continue; /* what a reader would not see */
    bool is_block = child->children_n > 0;
    indent(out, depth);
    buf_add(out, is_block ? "<" : "");
    buf_add(out, child->key);
    print_values(child, out);
    buf_add(out, is_block ? ">\n" : "\n");
    if (is_block) {
      print_children(child, out, depth + 1);
      indent(out, depth);
      buf_addf(out, "</%s>\n", child->key);
    }
  }
}

void conf_print(const struct conf *c, struct buf *out) {
  print_children(c, out, 0);
}
