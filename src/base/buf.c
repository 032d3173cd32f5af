/* SPDX-License-Identifier: MIT */
/* A piece is added whole or not at all, so text that hit the ceiling never
 * ends inside a character. */
#include "base/buf.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BUF_CAP_MIN 64

void buf_init(struct buf *b, size_t max) { *b = (struct buf){.max = max}; }

void buf_fini(struct buf *b) {
  free(b->text);
  *b = (struct buf){.max = b->max};
}

void buf_clear(struct buf *b) {
  b->len = 0;
  b->err = OK;
  if (b->text != NULL)
    b->text[0] = '\0';
}

/* Makes room for n more bytes and the NUL. */
static enum err reserve(struct buf *b, size_t n) {
  if (b->err != OK)
    return b->err;
  if (n > b->max || b->len > b->max - n)
    return b->err = ERR_CEILING;
  size_t need = b->len + n + 1;
  if (need <= b->cap)
    return OK;
  size_t cap = b->cap < BUF_CAP_MIN ? BUF_CAP_MIN : b->cap;
  while (cap < need)
    cap = cap > SIZE_MAX / 2 ? need : cap * 2;
  char *text = realloc(b->text, cap);
  if (text == NULL)
    return b->err = ERR_NOMEM;
  b->text = text;
  b->cap = cap;
  return OK;
}

char *buf_extend(struct buf *b, size_t n) {
  if (reserve(b, n) != OK)
    return NULL;
  char *at = b->text + b->len;
  b->len += n;
  b->text[b->len] = '\0';
  return at;
}

void buf_addn(struct buf *b, const char *bytes, size_t n) {
  char *at = buf_extend(b, n);
  if (at != NULL && n > 0)
    memcpy(at, bytes, n);
}

void buf_add(struct buf *b, const char *text) {
  buf_addn(b, text, strlen(text));
}

void buf_addf(struct buf *b, const char *format, ...) {
  if (reserve(b, 0) != OK)
    return;
  va_list args;
  va_start(args, format);
  size_t room = b->cap - b->len;
  int n = vsnprintf(b->text + b->len, room, format, args);
  va_end(args);
  if (n < 0 || (size_t)n > b->max - b->len) {
    /* n < 0: longer than INT_MAX */
    b->text[b->len] = '\0';
    b->err = ERR_CEILING;
    return;
  }
  if ((size_t)n >= room) {
    b->text[b->len] = '\0';
    if (reserve(b, (size_t)n) != OK)
      return;
    va_start(args, format);
    (void)vsnprintf(b->text + b->len, (size_t)n + 1, format, args);
    va_end(args);
  }
  b->len += (size_t)n;
}

const char *buf_text(const struct buf *b) {
  return b->text == NULL ? "" : b->text;
}

enum err buf_take(struct buf *b, char **own_text) {
  if (reserve(b, 0) != OK)
    return b->err;
  b->text[b->len] = '\0';
  *own_text = b->text;
  *b = (struct buf){.max = b->max};
  return OK;
}
