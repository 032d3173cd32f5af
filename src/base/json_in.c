/* SPDX-License-Identifier: MIT */
/* The reader. Values that are complete wait on a stack; when their array or
 * object ends, they move together into an array of their own, so that a
 * member is found by its number. Texts lie in one pool: decoded they are never
 * longer than they were with their quotes. */
#include "base/json.h"

#include "base/text.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yajl/yajl_parse.h>

#define TEXT_MAX (4u << 20)
#define DEPTH_MAX 64

struct json_in {
  const char *key; /* in the pool; NULL outside objects */
  size_t n;        /* children */
  union {
    struct json_in *children;
    const char *text;
    int64_t i;
    double d;
    bool b;
  } as;
  enum json_type type;
  bool is_int; /* a number that is in as.i */
};

struct document {
  struct json_in root; /* first, so that a document is its value */
  char *pool;
};

struct reader {
  struct json_in *stack;
  size_t stack_n, stack_cap;
  size_t level_start[DEPTH_MAX];    /* of the children waiting on the stack */
  const char *level_key[DEPTH_MAX]; /* the key the level itself goes under */
  size_t depth;
  const char *key; /* of the value that comes */
  char *pool;
  size_t pool_used;
  enum err err;
  const char *why;
  char *arena; /* yajl's */
  size_t arena_used, arena_size, arena_last;
};

/* yajl uses what it asks for without looking. So it gets an arena that is
 * large enough for the worst it can want: its structs, one byte a level, and
 * two buffers (a decoded text, a token cut off at the end) that double from
 * 2 KiB on. Untouched pages cost nothing. */
static size_t arena_size(size_t len) { return 65536 + 8 * len; }

#define ARENA_HEAD 16 /* holds the size, keeps the alignment */

static void *arena_malloc(void *arg, size_t n) {
  struct reader *r = arg;
  size_t need = ((n + 15) & ~(size_t)15) + ARENA_HEAD;
  if (need > r->arena_size - r->arena_used)
    return NULL;
  r->arena_last = r->arena_used;
  r->arena_used += need;
  memcpy(r->arena + r->arena_last, &n, sizeof n);
  return r->arena + r->arena_last + ARENA_HEAD;
}

static void *arena_realloc(void *arg, void *p, size_t n) {
  struct reader *r = arg;
  if (p == NULL)
    return arena_malloc(arg, n);
  size_t old;
  memcpy(&old, (char *)p - ARENA_HEAD, sizeof old);
  if (n <= old)
    return p;
  if ((char *)p == r->arena + r->arena_last + ARENA_HEAD)
    r->arena_used = r->arena_last; /* the last one grows where it is */
  void *moved = arena_malloc(arg, n);
  if (moved != NULL && moved != p)
    memcpy(moved, p, old);
  return moved;
}

static void arena_free(void *arg, void *p) {
  (void)arg;
  (void)p;
}

static void free_value(struct json_in *v) {
  if (v->type != JSON_ARRAY && v->type != JSON_OBJECT)
    return;
  for (size_t i = 0; i < v->n; i++)
    free_value(&v->as.children[i]);
  free(v->as.children);
}

static int fail(struct reader *r, enum err err, const char *why) {
  r->err = err;
  r->why = why;
  return 0; /* tells yajl to stop */
}

static int push(struct reader *r, struct json_in value) {
  if (r->stack_n == r->stack_cap) {
    size_t cap = r->stack_cap == 0 ? 32 : 2 * r->stack_cap;
    struct json_in *stack = realloc(r->stack, cap * sizeof *stack);
    if (stack == NULL) {
      free_value(&value);
      return fail(r, ERR_NOMEM, "out of memory");
    }
    r->stack = stack;
    r->stack_cap = cap;
  }
  value.key = r->key;
  r->key = NULL;
  r->stack[r->stack_n++] = value;
  return 1;
}

static int on_null(void *arg) {
  return push(arg, (struct json_in){.type = JSON_NULL});
}

static int on_bool(void *arg, int b) {
  return push(arg, (struct json_in){.type = JSON_BOOL, .as.b = b != 0});
}

static int on_number(void *arg, const char *text, size_t len) {
  struct reader *r = arg;
  /* yajl has seen to the grammar; what lies behind the number in the caller's
   * text must not be read, hence a copy. */
  char copy[128];
  if (len >= sizeof copy)
    return fail(r, ERR_INVALID, "a number is too long");
  memcpy(copy, text, len);
  copy[len] = '\0';
  struct json_in v = {.type = JSON_NUMBER_T};
  if (strpbrk(copy, ".eE") == NULL) {
    errno = 0;
    v.as.i = strtoll(copy, NULL, 10);
    v.is_int = errno == 0;
  }
  if (!v.is_int) {
    v.as.d = strtod(copy, NULL);
    if (!isfinite(v.as.d))
      return fail(r, ERR_INVALID, "a number is too large");
  }
  return push(r, v);
}

/* Into the pool; NULL after fail. */
static const char *keep(struct reader *r, const unsigned char *text,
                        size_t len) {
  if (len > 0 && memchr(text, '\0', len) != NULL) {
    fail(r, ERR_INVALID, "a text holds a NUL");
    return NULL;
  }
  if (!text_is_utf8((const char *)text, len)) {
    fail(r, ERR_INVALID, "a text is not valid UTF-8");
    return NULL;
  }
  char *kept = r->pool + r->pool_used;
  if (len > 0)
    memcpy(kept, text, len);
  kept[len] = '\0';
  r->pool_used += len + 1;
  return kept;
}

static int on_text(void *arg, const unsigned char *text, size_t len) {
  const char *kept = keep(arg, text, len);
  return kept != NULL &&
         push(arg, (struct json_in){.type = JSON_TEXT, .as.text = kept});
}

static int on_key(void *arg, const unsigned char *text, size_t len) {
  struct reader *r = arg;
  r->key = keep(r, text, len);
  return r->key != NULL;
}

static int on_start(void *arg) {
  struct reader *r = arg;
  if (r->depth == DEPTH_MAX)
    return fail(r, ERR_INVALID, "nested too deeply");
  r->level_start[r->depth] = r->stack_n;
  r->level_key[r->depth] = r->key;
  r->depth++;
  r->key = NULL;
  return 1;
}

static int end(struct reader *r, enum json_type type) {
  size_t start = r->level_start[--r->depth];
  struct json_in v = {.type = type, .n = r->stack_n - start};
  if (v.n > 0) {
    v.as.children = calloc(v.n, sizeof *v.as.children);
    if (v.as.children == NULL)
      return fail(r, ERR_NOMEM, "out of memory");
    memcpy(v.as.children, r->stack + start, v.n * sizeof *v.as.children);
  }
  r->stack_n = start;
  r->key = r->level_key[r->depth];
  return push(r, v);
}

static int on_object_end(void *arg) { return end(arg, JSON_OBJECT); }

static int on_array_end(void *arg) { return end(arg, JSON_ARRAY); }

static const yajl_callbacks callbacks = {
    .yajl_null = on_null,
    .yajl_boolean = on_bool,
    .yajl_number = on_number,
    .yajl_string = on_text,
    .yajl_start_map = on_start,
    .yajl_map_key = on_key,
    .yajl_end_map = on_object_end,
    .yajl_start_array = on_start,
    .yajl_end_array = on_array_end,
};

static void parse(struct reader *r, const char *text, size_t len) {
  yajl_alloc_funcs funcs = {arena_malloc, arena_realloc, arena_free, r};
  yajl_handle handle = yajl_alloc(&callbacks, &funcs, r);
  if (handle == NULL) {
    fail(r, ERR_NOMEM, "out of memory");
    return;
  }
  yajl_status status = yajl_parse(handle, (const unsigned char *)text, len);
  if (status == yajl_status_ok)
    status = yajl_complete_parse(handle);
  if (r->err == OK && (status != yajl_status_ok || r->stack_n != 1))
    fail(r, ERR_INVALID, "not JSON");
  yajl_free(handle);
}

enum err json_parse(const char *text, size_t len, struct json_in **own_doc,
                    const char **why) {
  struct reader r = {0};
  struct document *doc = NULL;
  if (len > TEXT_MAX) {
    fail(&r, ERR_INVALID, "larger than 4 MiB");
    goto out;
  }
  r.arena_size = arena_size(len);
  r.arena = malloc(r.arena_size);
  r.pool = malloc(len + 1);
  doc = calloc(1, sizeof *doc);
  if (r.arena == NULL || r.pool == NULL || doc == NULL) {
    fail(&r, ERR_NOMEM, "out of memory");
    goto out;
  }
  parse(&r, text, len);
  if (r.err != OK)
    goto out;
  doc->root = r.stack[0];
  r.stack_n = 0;
  doc->pool = r.pool;
  r.pool = NULL;
  *own_doc = &doc->root;
  doc = NULL;
out:
  for (size_t i = 0; i < r.stack_n; i++)
    free_value(&r.stack[i]);
  free(r.stack);
  free(r.arena);
  free(r.pool);
  free(doc);
  if (r.err != OK && why != NULL)
    *why = r.why;
  return r.err;
}

void json_in_free(struct json_in *doc) {
  if (doc == NULL)
    return;
  struct document *d = (struct document *)doc;
  free_value(&d->root);
  free(d->pool);
  free(d);
}

static const struct json_in *child(const struct json_in *v, const char *name,
                                   size_t name_len) {
  if (v->type == JSON_OBJECT) {
    for (size_t i = 0; i < v->n; i++) {
      const char *key = v->as.children[i].key;
      if (strlen(key) == name_len && memcmp(key, name, name_len) == 0)
        return &v->as.children[i];
    }
  } else if (v->type == JSON_ARRAY && name_len > 0 && name_len < 10) {
    size_t at = 0;
    for (size_t i = 0; i < name_len; i++) {
      if (name[i] < '0' || name[i] > '9')
        return NULL;
      at = at * 10 + (size_t)(name[i] - '0');
    }
    return at < v->n ? &v->as.children[at] : NULL;
  }
  return NULL;
}

const struct json_in *json_at(const struct json_in *v, const char *path) {
  if (*path == '\0')
    return v;
  while (v != NULL) {
    size_t n = strcspn(path, ".");
    v = child(v, path, n);
    if (path[n] == '\0')
      break;
    path += n + 1;
  }
  return v;
}

const char *json_at_text(const struct json_in *v, const char *path,
                         const char *fallback) {
  v = json_at(v, path);
  return v != NULL && v->type == JSON_TEXT ? v->as.text : fallback;
}

int64_t json_at_int(const struct json_in *v, const char *path,
                    int64_t fallback) {
  v = json_at(v, path);
  if (v == NULL || v->type != JSON_NUMBER_T)
    return fallback;
  if (v->is_int)
    return v->as.i;
  /* "1e3" is an integer too; 2^63 itself is not one of ours. */
  double d = v->as.d;
  if (d >= -0x1p63 && d < 0x1p63 && d == (double)(int64_t)d)
    return (int64_t)d;
  return fallback;
}

double json_at_double(const struct json_in *v, const char *path,
                      double fallback) {
  v = json_at(v, path);
  if (v == NULL || v->type != JSON_NUMBER_T)
    return fallback;
  return v->is_int ? (double)v->as.i : v->as.d;
}

bool json_at_bool(const struct json_in *v, const char *path, bool fallback) {
  v = json_at(v, path);
  return v != NULL && v->type == JSON_BOOL ? v->as.b : fallback;
}

size_t json_count(const struct json_in *v) {
  bool has_children =
      v != NULL && (v->type == JSON_ARRAY || v->type == JSON_OBJECT);
  return has_children ? v->n : 0;
}

const struct json_in *json_member(const struct json_in *v, size_t i,
                                  const char **key) {
  if (i >= json_count(v))
    return NULL;
  const struct json_in *member = &v->as.children[i];
  if (key != NULL)
    *key = v->type == JSON_OBJECT ? member->key : NULL;
  return member;
}

enum json_type json_type(const struct json_in *v) {
  return v == NULL ? JSON_NULL : v->type;
}
