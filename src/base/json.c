/* SPDX-License-Identifier: MIT */
#include "base/json.h"

#include "base/text.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DOCUMENT_MAX (64u << 20)
#define DEPTH_MAX 64

/* What may come next. */
enum place { AT_START, IN_ARRAY, BEFORE_KEY, AFTER_KEY, AT_END };

struct json {
  struct buf out;
  enum err err; /* sticky */
  enum place place;
  bool is_follower; /* something stands before it at this level */
  size_t depth;
  enum place outer[DEPTH_MAX]; /* places to return to */
};

struct json *json_new(void) {
  struct json *j = calloc(1, sizeof *j);
  if (j != NULL)
    buf_init(&j->out, DOCUMENT_MAX);
  return j;
}

void json_free(struct json *j) {
  if (j == NULL)
    return;
  buf_fini(&j->out);
  free(j);
}

static void add_byte(struct buf *out, char c) {
  char *at = buf_extend(out, 1);
  if (at != NULL)
    *at = c;
}

static void add_comma(struct json *j) {
  if (j->is_follower)
    add_byte(&j->out, ',');
  j->is_follower = true;
}

/* True if a value may stand here; moves on to the place after it. */
static bool place_value(struct json *j) {
  if (j->err != OK)
    return false;
  switch (j->place) {
  case AT_START:
    j->place = AT_END;
    return true;
  case IN_ARRAY:
    add_comma(j);
    return true;
  case AFTER_KEY:
    j->place = BEFORE_KEY;
    return true;
  case BEFORE_KEY:
  case AT_END:
    break;
  }
  j->err = ERR_INVALID;
  return false;
}

static void open_level(struct json *j, enum place inside, char bracket) {
  if (!place_value(j))
    return;
  if (j->depth == DEPTH_MAX) {
    j->err = ERR_INVALID;
    return;
  }
  j->outer[j->depth++] = j->place;
  j->place = inside;
  j->is_follower = false;
  add_byte(&j->out, bracket);
}

static void close_level(struct json *j, enum place inside, char bracket) {
  if (j->err != OK)
    return;
  if (j->place != inside) {
    j->err = ERR_INVALID;
    return;
  }
  j->place = j->outer[--j->depth];
  j->is_follower = true;
  add_byte(&j->out, bracket);
}

void json_object(struct json *j) { open_level(j, BEFORE_KEY, '{'); }

void json_object_end(struct json *j) { close_level(j, BEFORE_KEY, '}'); }

void json_array(struct json *j) { open_level(j, IN_ARRAY, '['); }

void json_array_end(struct json *j) { close_level(j, IN_ARRAY, ']'); }

static void add_escape(struct buf *out, unsigned char c) {
  static const char named[] = "\"\\\b\f\n\r\t", names[] = "\"\\bfnrt";
  const char *at = c != '\0' ? strchr(named, c) : NULL;
  if (at != NULL)
    buf_addf(out, "\\%c", names[at - named]);
  else
    buf_addf(out, "\\u%04X", c);
}

/* Bytes before the first that is to be escaped, eight at a time. */
static size_t plain_run(const char *text, size_t len) {
  const uint64_t ones = 0x0101010101010101u, highs = 0x8080808080808080u;
  size_t n = 0;
  uint64_t word;
  for (; n + sizeof word <= len; n += sizeof word) {
    memcpy(&word, text + n, sizeof word);
    uint64_t quote = word ^ ones * '"', slash = word ^ ones * '\\';
    if ((((word - ones * ' ') & ~word) | ((quote - ones) & ~quote) |
         ((slash - ones) & ~slash)) &
        highs)
      break;
  }
  while (n < len && (unsigned char)text[n] >= ' ' && text[n] != '"' &&
         text[n] != '\\')
    n++;
  return n;
}

static void add_quoted(struct buf *out, const char *text, size_t len) {
  size_t plain = plain_run(text, len);
  if (plain == len) { /* as a rule */
    char *at = buf_extend(out, len + 2);
    if (at == NULL)
      return;
    at[0] = at[len + 1] = '"';
    memcpy(at + 1, text, len);
    return;
  }
  add_byte(out, '"');
  for (size_t i = 0; i < len; plain = plain_run(text + i, len - i)) {
    buf_addn(out, text + i, plain);
    i += plain;
    if (i < len)
      add_escape(out, (unsigned char)text[i++]);
  }
  add_byte(out, '"');
}

static void add_text(struct json *j, const char *text) {
  size_t len = strlen(text);
  if (!text_is_utf8(text, len))
    j->err = ERR_INVALID;
  else
    add_quoted(&j->out, text, len);
}

void json_key(struct json *j, const char *key) {
  if (j->err != OK)
    return;
  if (j->place != BEFORE_KEY) {
    j->err = ERR_INVALID;
    return;
  }
  j->place = AFTER_KEY;
  add_comma(j);
  add_text(j, key);
  add_byte(&j->out, ':');
}

void json_text(struct json *j, const char *text) {
  if (text == NULL)
    json_null(j);
  else if (place_value(j))
    add_text(j, text);
}

static void add_verbatim(struct json *j, const char *document) {
  if (place_value(j))
    buf_add(&j->out, document);
}

/* Where it begins in out, which it fills from its end: a page has many. */
static const char *print_int(int64_t n, char out[JSON_NUMBER]) {
  uint64_t rest = n < 0 ? -(uint64_t)n : (uint64_t)n;
  char *at = out + JSON_NUMBER - 1;
  *at = '\0';
  do {
    *--at = (char)('0' + rest % 10);
    rest /= 10;
  } while (rest > 0);
  if (n < 0)
    *--at = '-';
  return at;
}

void json_int(struct json *j, int64_t n) {
  char text[JSON_NUMBER];
  add_verbatim(j, print_int(n, text));
}

void json_double(struct json *j, double x) {
  char text[JSON_NUMBER];
  if (!isfinite(x)) {
    json_null(j);
    return;
  }
  json_number(x, text);
  add_verbatim(j, text);
}

void json_bool(struct json *j, bool b) {
  add_verbatim(j, b ? "true" : "false");
}

void json_null(struct json *j) { add_verbatim(j, "null"); }

void json_time(struct json *j, wall_ms at) {
  char text[CLOCK_TEXT];
  if (at == WALL_NEVER) {
    json_null(j);
    return;
  }
  clock_print(at, text);
  json_text(j, text);
}

void json_raw(struct json *j, const char *document) {
  if (document == NULL)
    json_null(j);
  else if (*document == '\0' && j->err == OK)
    j->err = ERR_INVALID;
  else
    add_verbatim(j, document);
}

void json_put_text(struct json *j, const char *key, const char *text) {
  json_key(j, key);
  json_text(j, text);
}

void json_put_int(struct json *j, const char *key, int64_t n) {
  json_key(j, key);
  json_int(j, n);
}

void json_put_double(struct json *j, const char *key, double x) {
  json_key(j, key);
  json_double(j, x);
}

void json_put_bool(struct json *j, const char *key, bool b) {
  json_key(j, key);
  json_bool(j, b);
}

void json_put_null(struct json *j, const char *key) {
  json_key(j, key);
  json_null(j);
}

void json_put_time(struct json *j, const char *key, wall_ms at) {
  json_key(j, key);
  json_time(j, at);
}

void json_put_raw(struct json *j, const char *key, const char *document) {
  json_key(j, key);
  json_raw(j, document);
}

void json_fail(struct json *j, enum err err) {
  if (j->err == OK)
    j->err = err;
}

enum err json_done(struct json *j, char **own_text) {
  if (j->err == OK && j->place != AT_END)
    j->err = ERR_INVALID;
  if (j->err != OK)
    return j->err;
  return j->err = buf_take(&j->out, own_text);
}

void json_number(double x, char out[JSON_NUMBER]) {
  if (isnan(x)) {
    memcpy(out, "nan", 4);
    return;
  }
  if (fabs(x) < 1e15 && x == (double)(int64_t)x) {
    char text[JSON_NUMBER];
    const char *at = print_int((int64_t)x, text);
    memcpy(out, at, strlen(at) + 1);
    return;
  }
  /* Fifteen digits always survive as text and are printed without trailing
   * zeros; seventeen are always exact; denormals hold less than fifteen. */
  for (int digits = fabs(x) < DBL_MIN ? 1 : DBL_DIG; digits <= 17; digits++) {
    char text[64]; /* more than it takes, but the compiler cannot know */
    snprintf(text, sizeof text, "%.*g", digits, x);
    snprintf(out, JSON_NUMBER, "%.31s", text);
    if (isinf(x) || strtod(out, NULL) == x)
      break;
  }
  char *comma = strchr(out, ','); /* whatever locale the host has set */
  if (comma != NULL)
    *comma = '.';
}
