/* SPDX-License-Identifier: MIT */
/* yajl does not check its allocations, so it is given none that can fail:
 * the writer's few bytes lie in an arena of its own and its output goes to a
 * struct buf; json_in.c does the like. yajl also closes whatever it is told to
 * close and takes lax UTF-8, so nesting and text are checked here. */
#include "base/json.h"

#include "base/text.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yajl/yajl_gen.h>

#define DOCUMENT_MAX (64u << 20)
#define DEPTH_MAX 64
#define ARENA_BYTES 2048 /* yajl 2.1 takes less than 800 */

/* What may come next. */
enum place { AT_START, IN_ARRAY, BEFORE_KEY, AFTER_KEY, AT_END };

struct json {
  yajl_gen gen;
  struct buf out;
  enum err err; /* sticky */
  enum place place;
  size_t depth;
  enum place outer[DEPTH_MAX]; /* places to return to */
  size_t arena_used;
  _Alignas(max_align_t) char arena[ARENA_BYTES];
};

static void *arena_malloc(void *arg, size_t n) {
  struct json *j = arg;
  n = (n + 15) & ~(size_t)15;
  if (n > ARENA_BYTES - j->arena_used)
    return NULL;
  void *p = j->arena + j->arena_used;
  j->arena_used += n;
  return p;
}

/* The generator grows only the buffer that our print callback replaces. */
static void *arena_realloc(void *arg, void *p, size_t n) {
  return p == NULL ? arena_malloc(arg, n) : NULL;
}

static void arena_free(void *arg, void *p) {
  (void)arg;
  (void)p;
}

static void print(void *arg, const char *text, size_t len) {
  buf_addn(&((struct json *)arg)->out, text, len);
}

struct json *json_new(void) {
  struct json *j = calloc(1, sizeof *j);
  if (j == NULL)
    return NULL;
  yajl_alloc_funcs funcs = {arena_malloc, arena_realloc, arena_free, j};
  buf_init(&j->out, DOCUMENT_MAX);
  j->gen = yajl_gen_alloc(&funcs);
  if (j->gen == NULL || !yajl_gen_config(j->gen, yajl_gen_validate_utf8, 1) ||
      !yajl_gen_config(j->gen, yajl_gen_print_callback, print, (void *)j)) {
    json_free(j);
    return NULL;
  }
  return j;
}

void json_free(struct json *j) {
  if (j == NULL)
    return;
  if (j->gen != NULL)
    yajl_gen_free(j->gen);
  buf_fini(&j->out);
  free(j);
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

static void note(struct json *j, yajl_gen_status status) {
  if (status != yajl_gen_status_ok && j->err == OK)
    j->err = ERR_INVALID;
}

static bool open_level(struct json *j, enum place inside) {
  if (!place_value(j))
    return false;
  if (j->depth == DEPTH_MAX) {
    j->err = ERR_INVALID;
    return false;
  }
  j->outer[j->depth++] = j->place;
  j->place = inside;
  return true;
}

static bool close_level(struct json *j, enum place inside) {
  if (j->err != OK)
    return false;
  if (j->place != inside) {
    j->err = ERR_INVALID;
    return false;
  }
  j->place = j->outer[--j->depth];
  return true;
}

void json_object(struct json *j) {
  if (open_level(j, BEFORE_KEY))
    note(j, yajl_gen_map_open(j->gen));
}

void json_object_end(struct json *j) {
  if (close_level(j, BEFORE_KEY))
    note(j, yajl_gen_map_close(j->gen));
}

void json_array(struct json *j) {
  if (open_level(j, IN_ARRAY))
    note(j, yajl_gen_array_open(j->gen));
}

void json_array_end(struct json *j) {
  if (close_level(j, IN_ARRAY))
    note(j, yajl_gen_array_close(j->gen));
}

static void add_text(struct json *j, const char *text) {
  size_t len = strlen(text);
  if (!text_is_utf8(text, len))
    j->err = ERR_INVALID;
  else
    note(j, yajl_gen_string(j->gen, (const unsigned char *)text, len));
}

void json_key(struct json *j, const char *key) {
  if (j->err != OK)
    return;
  if (j->place != BEFORE_KEY) {
    j->err = ERR_INVALID;
    return;
  }
  j->place = AFTER_KEY;
  add_text(j, key);
}

void json_text(struct json *j, const char *text) {
  if (text == NULL)
    json_null(j);
  else if (place_value(j))
    add_text(j, text);
}

/* Verbatim. */
static void add_number(struct json *j, const char *number) {
  if (place_value(j))
    note(j, yajl_gen_number(j->gen, number, strlen(number)));
}

void json_int(struct json *j, int64_t n) {
  char text[JSON_NUMBER];
  snprintf(text, sizeof text, "%lld", (long long)n);
  add_number(j, text);
}

void json_double(struct json *j, double x) {
  char text[JSON_NUMBER];
  if (!isfinite(x)) {
    json_null(j);
    return;
  }
  json_number(x, text);
  add_number(j, text);
}

void json_bool(struct json *j, bool b) {
  if (place_value(j))
    note(j, yajl_gen_bool(j->gen, b));
}

void json_null(struct json *j) {
  if (place_value(j))
    note(j, yajl_gen_null(j->gen));
}

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
    add_number(j, document);
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
    snprintf(out, JSON_NUMBER, "%lld", (long long)x);
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
