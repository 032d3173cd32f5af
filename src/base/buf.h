/* SPDX-License-Identifier: MIT */
/* Growing text with a ceiling and a sticky error: add whatever there is to
 * add, ask once at the end. */
#ifndef INCIDENT_BUF_H
#define INCIDENT_BUF_H

#include "base/err.h"

#include <stddef.h>

struct buf {
  char *text; /* NUL-terminated once something was added, NULL before */
  size_t len; /* without the NUL */
  size_t cap;
  size_t max;   /* ceiling for len */
  enum err err; /* sticky: after ERR_NOMEM or ERR_CEILING nothing is added */
};

void buf_init(struct buf *b, size_t max);
void buf_fini(struct buf *b);

/* Empties it and forgets the error; the memory is kept. */
void buf_clear(struct buf *b);

/* Room for n bytes at the end, to be filled, which belong to the text from now
 * on; NULL when there is none. */
char *buf_extend(struct buf *b, size_t n);
void buf_add(struct buf *b, const char *text);
void buf_addn(struct buf *b, const char *bytes, size_t n);
void buf_addf(struct buf *b, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The text, never NULL ("" when empty); belongs to b. */
const char *buf_text(const struct buf *b);

/* Hands the text over: the caller frees *own_text; b is empty after. Returns
 * the sticky error, in which case nothing is handed over. */
enum err buf_take(struct buf *b, char **own_text);

#endif
