/* SPDX-License-Identifier: MIT */
#include "base/json.h"
#include "check.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

/* What json_done gives; "" and the error code when it fails. */
static enum err last_err;

static const char *finished(struct json *j) {
  static char *text;
  free(text);
  text = NULL;
  last_err = json_done(j, &text);
  json_free(j);
  CHECK((last_err == OK) == (text != NULL));
  return text == NULL ? "" : text;
}

static void a_document_is_written_compactly(void) {
  struct json *j = json_new();
  json_object(j);
  json_put_text(j, "text", "a\"b\\c\n\t\x01/\x7f caf\xc3\xa9");
  json_put_text(j, "none", NULL);
  json_put_int(j, "int", INT64_MIN);
  json_put_double(j, "double", 97.2);
  json_put_double(j, "nan", (double)NAN);
  json_put_double(j, "inf", -INFINITY);
  json_put_bool(j, "bool", true);
  json_put_null(j, "null");
  json_put_time(j, "at", 0);
  json_put_time(j, "never", WALL_NEVER);
  json_put_raw(j, "raw", "{\"x\":[1]}");
  json_put_raw(j, "no_raw", NULL);
  json_key(j, "array");
  json_array(j);
  json_int(j, 1);
  json_array(j);
  json_array_end(j);
  json_object(j);
  json_object_end(j);
  json_raw(j, "true");
  json_array_end(j);
  json_object_end(j);
  CHECK_TEXT(finished(j),
             "{\"text\":\"a\\\"b\\\\c\\n\\t\\u0001/\x7f caf\xc3\xa9\","
             "\"none\":null,\"int\":-9223372036854775808,\"double\":97.2,"
             "\"nan\":null,\"inf\":null,\"bool\":true,\"null\":null,"
             "\"at\":\"1970-01-01T00:00:00.000Z\",\"never\":null,"
             "\"raw\":{\"x\":[1]},\"no_raw\":null,"
             "\"array\":[1,[],{},true]}");
}

static void a_lone_value_is_a_document(void) {
  struct json *j = json_new();
  json_text(j, "x");
  CHECK_TEXT(finished(j), "\"x\"");
}

static void bad_utf8_fails_the_document(void) {
  static const char *const bad[] = {"\xff", "a\xc0\x80", "\xed\xa0\x80",
                                    "\xe2\x82", "\xf4\x90\x80\x80"};
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    struct json *j = json_new();
    json_text(j, bad[i]);
    finished(j);
    CHECK(last_err == ERR_INVALID);
    j = json_new();
    json_object(j);
    json_put_int(j, bad[i], 1);
    json_object_end(j);
    finished(j);
    CHECK(last_err == ERR_INVALID);
  }
}

/* Each letter is a call: { } [ ] k(ey) v(alue) t(ext). */
static enum err nest(const char *calls) {
  struct json *j = json_new();
  for (; *calls != '\0'; calls++) {
    switch (*calls) {
    case '{':
      json_object(j);
      break;
    case '}':
      json_object_end(j);
      break;
    case '[':
      json_array(j);
      break;
    case ']':
      json_array_end(j);
      break;
    case 'k':
      json_key(j, "k");
      break;
    case 't':
      json_text(j, "t");
      break;
    default:
      json_int(j, 1);
    }
  }
  finished(j);
  return last_err;
}

static void wrong_nesting_fails_the_document(void) {
  CHECK(nest("{kvkv}") == OK);
  CHECK(nest("[{}[]v]") == OK);
  static const char *const bad[] = {
      "",     "{",   "[",  "}",   "]",    "{]", "[}",    "{k}", "{v}", "{t}",
      "{kk}", "[k]", "vv", "{}v", "{}{}", "k",  "{kvv}", "{k",  "[v]]"};
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
    CHECK(nest(bad[i]) == ERR_INVALID);
}

static void nesting_ends_at_64_levels(void) {
  char calls[131];
  memset(calls, '[', 64);
  memset(calls + 64, ']', 64);
  calls[128] = '\0';
  CHECK(nest(calls) == OK);
  memset(calls, '[', 65);
  memset(calls + 65, ']', 65);
  calls[130] = '\0';
  CHECK(nest(calls) == ERR_INVALID);
}

static const char *number(double x) {
  static char text[JSON_NUMBER];
  json_number(x, text);
  return text;
}

static void numbers_are_short_and_exact(void) {
  CHECK_TEXT(number(9), "9");
  CHECK_TEXT(number(-0.0), "0");
  CHECK_TEXT(number(97.2), "97.2");
  CHECK_TEXT(number(0.1 + 0.2), "0.30000000000000004");
  CHECK_TEXT(number(1e300), "1e+300");
  CHECK_TEXT(number(-1234567), "-1234567");
  CHECK_TEXT(number(5e-324), "5e-324");
  CHECK_TEXT(number(1.0 / 3), "0.3333333333333333");
  CHECK_TEXT(number((double)NAN), "nan");
  CHECK_TEXT(number(INFINITY), "inf");
  CHECK_TEXT(number(-INFINITY), "-inf");
  CHECK_TEXT(number(9007199254740993.0), "9007199254740992");
  unsigned wrong = 0;
  uint64_t state = 88172645463325252u;
  for (int i = 0; i < 100000; i++) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    double x;
    memcpy(&x, &state, sizeof x);
    wrong += isfinite(x) && strtod(number(x), NULL) != x;
  }
  CHECK(wrong == 0);
}

static void a_document_is_read_by_paths(void) {
  static const char text[] =
      " {\"incident\": {\"id\": 7, \"title\": \"caf\\u00e9 \\ud83d\\udd25\"},"
      "\"alerts\": [{\"host\": \"a\"}, {\"host\": \"b\"}], \"x\": 1.5,"
      "\"big\": 9223372036854775808, \"min\": -9223372036854775808,"
      "\"thousand\": 1e3, \"yes\": true, \"nil\": null, \"x\": 2, \"\": 3} ";
  struct json_in *d = NULL;
  const char *why = "untouched";
  CHECK(json_parse(text, sizeof text - 1, &d, &why) == OK);
  CHECK_TEXT(why, "untouched");
  CHECK(json_at(d, "") == d);
  CHECK(json_at_int(d, "incident.id", -1) == 7);
  CHECK_TEXT(json_at_text(d, "incident.title", "?"),
             "caf\xc3\xa9 \xf0\x9f\x94\xa5");
  CHECK_TEXT(json_at_text(d, "alerts.1.host", "?"), "b");
  CHECK_TEXT(json_at_text(d, "alerts.2.host", "?"), "?");
  CHECK_TEXT(json_at_text(d, "alerts.x.host", "?"), "?");
  CHECK_TEXT(json_at_text(d, "incident.id", "?"), "?");
  CHECK(json_at_text(d, "incident.id.more", NULL) == NULL);
  CHECK(json_at(d, "incident.") == NULL);
  CHECK(json_at_double(d, "x", 0) == 1.5); /* the first of two */
  CHECK(json_at_int(d, "x", -1) == -1);
  CHECK(json_at_int(d, "big", -1) == -1);
  CHECK(json_at_double(d, "big", -1) == 0x1p63);
  CHECK(json_at_int(d, "min", 0) == INT64_MIN);
  CHECK(json_at_int(d, "thousand", 0) == 1000);
  CHECK(json_at_double(d, "incident.id", 0) == 7);
  CHECK(json_at_bool(d, "yes", false));
  CHECK(json_at_bool(d, "x", true));
  CHECK(json_type(json_at(d, "nil")) == JSON_NULL && json_at(d, "nil"));
  CHECK(json_type(json_at(d, "alerts")) == JSON_ARRAY);
  CHECK(json_type(json_at(d, "x")) == JSON_NUMBER_T);
  CHECK(json_type(NULL) == JSON_NULL);
  CHECK(json_count(d) == 10);
  CHECK(json_count(json_at(d, "x")) == 0);
  const char *key = NULL;
  CHECK(json_member(d, 1, &key) == json_at(d, "alerts"));
  CHECK_TEXT(key, "alerts");
  CHECK(json_member(json_at(d, "alerts"), 0, &key) != NULL && key == NULL);
  CHECK(json_member(d, 10, &key) == NULL);
  CHECK(json_member(NULL, 0, &key) == NULL);
  CHECK(json_at_int(NULL, "x", 5) == 5);
  json_in_free(d);
  json_in_free(NULL);
}

static void hostile_text_is_refused(void) {
  static const struct {
    const char *text, *why;
  } bad[] = {
      {"", "not JSON"},
      {" ", "not JSON"},
      {"{", "not JSON"},
      {"[1,]", "not JSON"},
      {"{\"a\":1,}", "not JSON"},
      {"1 2", "not JSON"},
      {"nul", "not JSON"},
      {"\"abc", "not JSON"},
      {"'a'", "not JSON"},
      {"[1] // x", "not JSON"},
      {"{1:2}", "not JSON"},
      {"01", "not JSON"},
      {"1.", "not JSON"},
      {"\"\x01\"", "not JSON"},
      {"\"\\x\"", "not JSON"},
      {"\"\\u12g4\"", "not JSON"},
      {"\"\xff\"", NULL},
      {"\"\xc0\x80\"", NULL},
      {"\"\xed\xa0\x80\"", NULL},
      {"\"\\u0000\"", "a text holds a NUL"},
      {"{\"a\\u0000b\":1}", "a text holds a NUL"},
      {"\"\\udc00\"", "a text is not valid UTF-8"},
      {"1e999", "a number is too large"},
  };
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    struct json_in *d = NULL;
    const char *why = NULL;
    CHECK(json_parse(bad[i].text, strlen(bad[i].text), &d, &why) ==
          ERR_INVALID);
    CHECK(d == NULL && why != NULL);
    if (bad[i].why != NULL)
      CHECK_TEXT(why, bad[i].why);
    CHECK(json_parse(bad[i].text, strlen(bad[i].text), &d, NULL) ==
          ERR_INVALID);
  }
  struct json_in *d = NULL;
  CHECK(json_parse("[1]\0", 4, &d, NULL) == ERR_INVALID);
}

/* Every beginning of a document: none may be read past its end. */
static void a_cut_document_is_refused(void) {
  static const char text[] = "{\"a\":[1.5e+3,true,null,\"\\u00e9\\ud83d\\udd25"
                             "\xe2\x82\xac\"],\"b\":{\"c\":-7}}";
  for (size_t n = 0; n < sizeof text - 1; n++) {
    char *copy = malloc(n + 1);
    CHECK(copy != NULL);
    if (copy == NULL)
      return;
    memcpy(copy, text, n);
    struct json_in *d = NULL;
    char *exact = realloc(copy, n > 0 ? n : 1);
    CHECK(json_parse(exact, n, &d, NULL) == ERR_INVALID);
    free(exact);
  }
}

static char *filled(size_t n, char c) {
  char *text = malloc(n + 1);
  if (text != NULL) {
    memset(text, c, n);
    text[n] = '\0';
  }
  return text;
}

static void ceilings_hold(void) {
  struct json_in *d = NULL;
  const char *why = NULL;
  char *deep = filled(130, ']');
  memset(deep, '[', 65);
  CHECK(json_parse(deep, 130, &d, &why) == ERR_INVALID);
  CHECK_TEXT(why, "nested too deeply");
  CHECK(json_parse(deep + 1, 128, &d, &why) == OK);
  json_in_free(d);
  free(deep);

  size_t max = 4u << 20;
  char *big = filled(max + 1, 'a');
  big[0] = big[max] = '"';
  CHECK(json_parse(big, max + 1, &d, &why) == ERR_INVALID);
  CHECK_TEXT(why, "larger than 4 MiB");
  big[max - 1] = '"';
  CHECK(json_parse(big, max, &d, &why) == OK);
  CHECK(strlen(json_at_text(d, "", "")) == max - 2);
  json_in_free(d);
  /* The worst for yajl's buffers: all escapes, then cut off. */
  for (size_t i = 1; i + 2 < max; i += 2)
    memcpy(big + i, "\\n", 2);
  CHECK(json_parse(big, max - 1, &d, &why) == ERR_INVALID);
  memcpy(big + max - 3, "x ", 2);
  big[max - 1] = '"';
  CHECK(json_parse(big, max, &d, &why) == OK);
  json_in_free(d);
  /* Short escaped texts that make the decoding buffer grow, then a cut. */
  memset(big, '[', 10);
  CHECK(json_parse(big, max, &d, &why) == ERR_INVALID);
  /* As many values as fit. */
  for (size_t i = 0; i < max; i++)
    big[i] = i % 2 == 0 ? (i == 0 ? '[' : ',') : '1';
  big[max - 1] = ']';
  big[max - 2] = ' ';
  CHECK(json_parse(big, max, &d, &why) == OK);
  CHECK(json_count(d) == max / 2 - 1);
  json_in_free(d);
  free(big);
}

int main(void) {
  a_document_is_written_compactly();
  a_lone_value_is_a_document();
  bad_utf8_fails_the_document();
  wrong_nesting_fails_the_document();
  nesting_ends_at_64_levels();
  numbers_are_short_and_exact();
  a_document_is_read_by_paths();
  hostile_text_is_refused();
  a_cut_document_is_refused();
  ceilings_hold();
  return check_done("t_json");
}
