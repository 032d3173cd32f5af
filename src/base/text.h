/* SPDX-License-Identifier: MIT */
/* Text from outside: what is valid UTF-8, what may be shown, how near two
 * names are. */
#ifndef INCIDENT_TEXT_H
#define INCIDENT_TEXT_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>

/* Copies at most src_len bytes of src up to its first NUL into dst as valid
 * UTF-8 (Unicode 15, table 3-7): each maximal ill-formed part becomes U+FFFD,
 * but a sequence that src_len cuts off at the very end is dropped. Always
 * terminates dst; cuts at a character boundary if it is too small. Returns the
 * length. dst_size 3 * src_len + 1 always suffices. */
size_t text_clean(char *dst, size_t dst_size, const char *src, size_t src_len);

/* True if the bytes are valid UTF-8. */
bool text_is_utf8(const char *text, size_t len);

/* Adds text (valid UTF-8) with control characters made visible: newline as
 * "\n", tab as "\t", other C0, DEL and C1 as "\x1b"; bidi controls and line
 * separators as "\u202e". For terminals and log lines. */
void text_add_visible(struct buf *b, const char *text);

/* Adds text percent-encoded, all but letters, digits and "-._~": for a part of
 * a URL or of a form. */
void text_add_escaped(struct buf *b, const char *text);

/* Equal, or both NULL. */
bool text_is_same(const char *a, const char *b);

/* Columns a terminal needs for it (combining marks 0, wide characters 2). */
size_t text_width(const char *text);

/* Edits from a to b (Levenshtein, transpositions count one), case folded for
 * ASCII: for "did you mean". At most 64 bytes of either are looked at. */
unsigned text_distance(const char *a, const char *b);

/* The nearest of n names if near enough to suggest (distance at most a third
 * of its length, and 3), else NULL. */
const char *text_nearest(const char *word, const char *const *names, size_t n);

#endif
