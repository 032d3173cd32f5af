/* SPDX-License-Identifier: MIT */
/* JSON, and the only place that knows yajl, which reads it. The writer has a
 * sticky error: its calls return nothing, json_done says how it went. The
 * reader takes hostile text up to a ceiling. */
#ifndef INCIDENT_JSON_H
#define INCIDENT_JSON_H

#include "base/buf.h"
#include "base/clock.h"

#include <stdbool.h>
#include <stdint.h>

/* ---- writer ---- */

struct json;

/* Writes compact JSON. NULL when out of memory. */
struct json *json_new(void);
void json_free(struct json *j);

void json_object(struct json *j); /* { */
void json_object_end(struct json *j);
void json_array(struct json *j); /* [ */
void json_array_end(struct json *j);

/* Inside an object: the key of the value that follows. */
void json_key(struct json *j, const char *key);

/* A value. NULL text is null; NaN and infinities are null; numbers are as
 * short as exact ("9", "97.2"). Text must be valid UTF-8, or the document
 * fails with ERR_INVALID. */
void json_text(struct json *j, const char *text);
void json_int(struct json *j, int64_t n);
void json_double(struct json *j, double x);
void json_bool(struct json *j, bool b);
void json_null(struct json *j);
void json_time(struct json *j, wall_ms at); /* RFC 3339; WALL_NEVER is null */

/* Already JSON, from json_done or checked by json_parse; NULL is null. */
void json_raw(struct json *j, const char *document);

/* Key and value in one call, inside an object. */
void json_put_text(struct json *j, const char *key, const char *text);
void json_put_int(struct json *j, const char *key, int64_t n);
void json_put_double(struct json *j, const char *key, double x);
void json_put_bool(struct json *j, const char *key, bool b);
void json_put_null(struct json *j, const char *key);
void json_put_time(struct json *j, const char *key, wall_ms at);
void json_put_raw(struct json *j, const char *key, const char *document);

/* What should be written could not be made: the document fails with that err,
 * if it has not failed yet. */
void json_fail(struct json *j, enum err err);

/* Ends the document: the caller frees *own_text. ERR_INVALID for bad UTF-8 or
 * wrong nesting. j can only be freed after. */
enum err json_done(struct json *j, char **own_text);

/* As short as exact: "9", "97.2", "1e+300"; "nan", "inf" and "-inf" too. */
#define JSON_NUMBER 32
void json_number(double x, char out[JSON_NUMBER]);

/* ---- reader ---- */

struct json_in; /* a value; borrowed from the document it is in */

/* Parses len bytes, 4 MiB and 64 levels at most. On ERR_INVALID *own_why (if
 * why is not NULL) is nothing more than a static text. The caller frees the
 * document with json_in_free. */
enum err json_parse(const char *text, size_t len, struct json_in **own_doc,
                    const char **why);
void json_in_free(struct json_in *doc);

/* The value at the path of keys ("incident.id"; array elements by number:
 * "alerts.0.host"), NULL when there is none. "" is the value itself. */
const struct json_in *json_at(const struct json_in *v, const char *path);

/* By path; the fallback when absent or of another type. Text is valid UTF-8,
 * borrowed, without NULs inside. */
const char *json_at_text(const struct json_in *v, const char *path,
                         const char *fallback);
int64_t json_at_int(const struct json_in *v, const char *path,
                    int64_t fallback);
double json_at_double(const struct json_in *v, const char *path,
                      double fallback);
bool json_at_bool(const struct json_in *v, const char *path, bool fallback);

/* Elements of an array or members of an object; 0 for anything else. */
size_t json_count(const struct json_in *v);
/* Member i of an object: its key and value; of an array: NULL and value. */
const struct json_in *json_member(const struct json_in *v, size_t i,
                                  const char **key);

enum json_type {
  JSON_NULL,
  JSON_BOOL,
  JSON_NUMBER_T,
  JSON_TEXT,
  JSON_ARRAY,
  JSON_OBJECT
};
enum json_type json_type(const struct json_in *v);

#endif
