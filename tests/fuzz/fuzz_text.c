/* SPDX-License-Identifier: MIT */
/* What is read from sockets, files and the ledger: JSON with requests and
 * silences in it, time zones, trends, patterns, templates, times. The first
 * byte of the input says which. */
#include "fuzz.h"

#include "base/json.h"
#include "base/span.h"
#include "base/text.h"
#include "base/zone.h"
#include "core/incident.h"
#include "core/postmortem_write.h"
#include "core/selector.h"
#include "core/silence.h"
#include "core/template.h"
#include "core/trend.h"

#include <math.h>
#include <string.h>
#include <strings.h>

#define TEXT_MAX (16 * 1024 * 1024)
#define NOW 1760000000000

const char fuzz_name[] = "fuzz_text";
uint64_t fuzz_met;

const struct fuzz_seed fuzz_seeds[] = {
    FUZZ_SEED("j{\"verb\":\"ack\",\"incident\":3,\"by\":\"alice\",\"at\":"
              "1760000000000,\"happened_at\":1760000000000,\"text\":\"x\","
              "\"all\":true,\"important\":false,\"severity\":\"SEV-1\"}"),
    FUZZ_SEED("j{\"verb\":\"silence\",\"text\":null,\"silence\":-1,\"at\":"
              "9223372036854775807}"),
    FUZZ_SEED("s{\"id\":1,\"matches\":[\"host=web1\",\"meta:rack=/^r[12]$/\"],"
              "\"by\":\"alice\",\"reason\":\"\\u0000\\ud83d\\ude00\","
              "\"created_at\":\"2026-11-21T10:00:00Z\",\"starts_at\":"
              "\"2026-11-21T10:00:00Z\",\"ends_at\":\"2026-11-22T10:00:00Z\","
              "\"remind\":\"10m\"}"),
    FUZZ_SEED("s{\"matches\":[\"rule=x\",\"level=failure\"],\"created_at\":"
              "\"2026-11-21T10:00:00Z\",\"starts_at\":\"0001-01-01T00:00:00Z\","
              "\"every\":\"Sat,Mon-Wed 02:00\",\"zone\":\"Europe/Berlin\","
              "\"for\":\"23h59m\",\"until_resolved\":true}"),
    FUZZ_SEED("s{\"matches\":[\"severity=/x|y/\"],\"created_at\":"
              "\"2026-11-21T10:00:00Z\",\"starts_at\":\"9999-12-31T23:59:59Z\","
              "\"every\":\"daily 03:15\",\"for\":\"3h\",\"until_incident\":7}"),
    FUZZ_SEED("p/^web[0-9]+$/\0web12"),
    FUZZ_SEED("p/^(a|b*)+[[:alpha:]]{2,3}$/\0ab"),
    FUZZ_SEED("pweb1\0web1"),
    FUZZ_SEED("m%{host}: %{plugin} %{meta:x} %{label:y} 100%"),
    FUZZ_SEED("d1h30m"),
    FUZZ_SEED("d0.5"),
    FUZZ_SEED("d2026-11-21T10:00:00.123+01:00"),
    FUZZ_SEED("t\1\3\0\0\0\0\2\x07\x3f\xf0\0\0\x88"),
    FUZZ_SEED("x\xc3\xa4\xf0\x9f\x92\xa9\xff\xe2\x80\xae\x1b[31m\xcc\x88"),
    {NULL, 0}};
const struct fuzz_file fuzz_files[] = {
    {"z", "/usr/share/zoneinfo/Europe/Berlin"},
    {"z", "/usr/share/zoneinfo/America/St_Johns"},
    {"z", "/usr/share/zoneinfo/Asia/Kathmandu"},
    {"z", "/usr/share/zoneinfo/UTC"},
    {NULL, NULL}};
const char *const fuzz_words[] = {"\"id\":",
                                  "\"matches\":[",
                                  "\"verb\":",
                                  "\"at\":",
                                  "\"every\":",
                                  "\"zone\":\"Asia/Kathmandu\"",
                                  "\"for\":",
                                  "\"remind\":",
                                  "\"ends_at\":",
                                  "\"starts_at\":",
                                  "\"until_resolved\":",
                                  "true",
                                  "null",
                                  "{",
                                  "[",
                                  "\\ud800",
                                  "0001-01-01T00:00:00Z",
                                  "9999-12-31T23:59:59Z",
                                  "host=",
                                  "meta:",
                                  "TZif2",
                                  "<+03>-3",
                                  ",M3.5.0,M10.5.0/3",
                                  ",J60/167",
                                  "CET-1CEST",
                                  "[[:alpha:]]",
                                  "(",
                                  ")*",
                                  "{0,255}",
                                  "\\1",
                                  "%{",
                                  "%{value}",
                                  "1w",
                                  "ms",
                                  "3650d",
                                  "\xef\xbf\xbd",
                                  "daily ",
                                  "Sat-Fri 23:59",
                                  NULL};

static void meet(uint64_t what) { fuzz_met = fuzz_met * 31 + what; }

static char *take(struct json *j) {
  char *text = NULL;
  NEVER(json_done(j, &text) != OK);
  json_free(j);
  return text;
}

/* ---- JSON ---- */

static void walk(const struct json_in *v, int depth) {
  NEVER(depth > 70);
  meet(json_type(v));
  const char *text = json_at_text(v, "", NULL);
  NEVER(text != NULL && !text_is_utf8(text, strlen(text)));
  (void)json_at_int(v, "", 0);
  (void)json_at_double(v, "", 0);
  for (size_t i = 0; i < json_count(v); i++) {
    const char *key;
    walk(json_member(v, i, &key), depth + 1);
  }
}

static char *print_request(const struct request *r) {
  struct json *j = json_new();
  NEVER(j == NULL);
  request_print(r, j);
  return take(j);
}

static void read_request(const struct json_in *doc) {
  struct request r, again;
  struct json_in *second = NULL;
  if (request_read(doc, &r) != OK)
    return;
  char *text = print_request(&r);
  NEVER(json_parse(text, strlen(text), &second, NULL) != OK);
  NEVER(request_read(second, &again) != OK);
  char *same = print_request(&again);
  NEVER(strcmp(text, same) != 0);
  meet(r.verb);
  free(text);
  free(same);
  json_in_free(second);
  request_fini(&r);
  request_fini(&again);
}

static char *print_silence(const struct silence *s, wall_ms now) {
  struct json *j = json_new();
  NEVER(j == NULL);
  silence_print(s, now, j);
  return take(j);
}

static void look_at(const struct silence *s, wall_ms now) {
  bool is_active = silence_is_active(s, now), is_over = silence_is_over(s, now);
  wall_ms next = silence_next(s, now);
  NEVER(is_active && is_over);
  NEVER(next <= now);
  NEVER(is_active && silence_until(s, now) <= now);
  NEVER(is_active && silence_from(s, now) > now);
  meet((uint64_t)is_active << 1 | (uint64_t)silence_wants_reminder(s, now));
}

static void read_silence(const struct json_in *doc) {
  struct silence s, again;
  struct json_in *second = NULL;
  silence_init(&s);
  silence_init(&again);
  if (silence_read(doc, &s) != OK)
    return;
  meet(s.matches_n);
  static const wall_ms times[] = {
      NOW,           NOW + 86400000, 0, -62135596800000, 253402300799000,
      1774746000000, 1792890000000};
  for (size_t i = 0; i < sizeof times / sizeof times[0]; i++)
    look_at(&s, times[i]);
  look_at(&s, s.starts_at);
  if (s.ends_at != WALL_NEVER)
    look_at(&s, s.ends_at - 1);
  char *text = print_silence(&s, NOW);
  NEVER(json_parse(text, strlen(text), &second, NULL) != OK);
  NEVER(silence_read(second, &again) != OK);
  char *same = print_silence(&again, NOW);
  NEVER(strcmp(text, same) != 0);
  free(text);
  free(same);
  json_in_free(second);
  silence_fini(&s);
  silence_fini(&again);
}

static void fuzz_json(const char *text, size_t len, bool is_silence) {
  struct json_in *doc = NULL;
  const char *why = NULL;
  enum err err = json_parse(text, len, &doc, &why);
  NEVER((err == OK) != (doc != NULL));
  if (err != OK)
    return;
  walk(doc, 0);
  if (is_silence)
    read_silence(doc);
  else
    read_request(doc);
  json_in_free(doc);
}

/* ---- zones ---- */

static void fuzz_zone(const char *bytes, size_t n) {
  struct zone *z = NULL;
  if (zone_read(bytes, n, &z) != OK)
    return;
  for (wall_ms at = -70000000000000; at < 260000000000000;
       at += 1234567890123) {
    struct wall_time w;
    int offset = zone_offset(z, at);
    NEVER(offset < -200000 || offset > 200000);
    meet((uint64_t)offset);
    zone_wall(z, at, &w);
    NEVER(w.month < 1 || w.month > 12 || w.day < 1 || w.day > 31);
    NEVER(w.hour < 0 || w.hour > 23 || w.weekday < 0 || w.weekday > 6);
    (void)zone_at(z, &w);
  }
  (void)zone_offset(z, INT64_MAX);
  (void)zone_offset(z, INT64_MIN);
  zone_free(z);
}

/* ---- trends ---- */

static void use_trend(struct trend *t) {
  struct buf out;
  double low, high, last;
  buf_init(&out, TEXT_MAX);
  trend_spark(t, TREND_WIDTH, &out);
  NEVER(!text_is_utf8(buf_text(&out), out.len));
  if (trend_range(t, &low, &high, &last))
    NEVER(low > high || last < low || last > high);
  meet(out.len);
  trend_thin(t, 0, 16);
  NEVER(t->n > 16);
  buf_fini(&out);
}

static void fuzz_trend(const char *bytes, size_t n) {
  struct trend t = {0};
  struct buf packed, again;
  if (trend_unpack(bytes, n, &t) != OK) {
    NEVER(t.points != NULL || t.n != 0);
    return;
  }
  struct trend second = {0};
  buf_init(&packed, TEXT_MAX);
  buf_init(&again, TEXT_MAX);
  NEVER(trend_pack(&t, &packed) != OK);
  NEVER(trend_unpack(buf_text(&packed), packed.len, &second) != OK);
  NEVER(trend_pack(&second, &again) != OK || packed.len != again.len ||
        memcmp(packed.text, again.text, again.len) != 0);
  use_trend(&t);
  buf_fini(&packed);
  buf_fini(&again);
  trend_fini(&t);
  trend_fini(&second);
}

/* ---- patterns, templates, times, texts ---- */

static void fuzz_pattern(const char *pattern, const char *text) {
  struct selector s = {0};
  const char *why = NULL;
  if (selector_add(&s, pattern, &why) == OK) {
    bool matches = selector_matches(&s, text);
    NEVER(selector_is_plain(&s) && matches != (strcmp(pattern, text) == 0));
    NEVER(!selector_covers(&s, &s));
    meet(matches);
  } else {
    NEVER(why == NULL);
    meet(strlen(why));
  }
  selector_fini(&s);
}

static void fill(void *arg, enum placeholder place, const char *name,
                 struct buf *out) {
  (void)arg;
  meet(place);
  buf_add(out, name == NULL ? "x" : name);
}

static void fuzz_template(const char *text) {
  struct template *t = NULL;
  const char *why = NULL;
  struct buf out;
  buf_init(&out, TEXT_MAX);
  enum err err = template_parse(text, &t, &why);
  NEVER((err == OK) == (why != NULL));
  if (err == OK)
    template_fill(t, fill, NULL, &out);
  template_free(t);
  buf_fini(&out);
}

static void fuzz_time(const char *text) {
  span_ms span = 0, span_again = 0;
  wall_ms at = 0, at_again = 0;
  char printed[SPAN_TEXT], when[CLOCK_TEXT];
  if (span_parse(text, &span) == OK) {
    NEVER(span < 0);
    span_print(span, printed);
    NEVER(span_parse(printed, &span_again) != OK || span_again != span);
    span_print_rough(span, printed);
  }
  (void)span_from_seconds(strtod(text, NULL), &span);
  if (clock_parse(text, &at) == OK) {
    clock_print(at, when);
    NEVER(clock_parse(when, &at_again) != OK || at_again != at);
  }
  (void)clock_parse_local(text, NOW, &at);
}

/* ---- documents ---- */

/* Every character that means something to Markdown follows a backslash. */
static void check_markdown(const char *text) {
  for (const char *c = text; *c != '\0'; c++) {
    NEVER(strchr("*_`<>[]#|&", *c) != NULL);
    if (*c == '\\')
      NEVER(*++c == '\0');
  }
}

/* What begins a tag is one of ours. */
static void check_html(const char *text) {
  static const char *const tags[] = {"<p>",  "</p>",  "<ul>", "</ul>",
                                     "<li>", "</li>", "<br>"};
  for (const char *c = text; (c = strchr(c, '<')) != NULL; c++) {
    size_t i = 0;
    while (i < sizeof tags / sizeof tags[0] &&
           strncmp(c, tags[i], strlen(tags[i])) != 0)
      i++;
    NEVER(i == sizeof tags / sizeof tags[0]);
  }
}

/* clean is valid UTF-8. */
static void fuzz_document(const char *clean) {
  char url[LINK_MAX];
  struct buf out;
  struct document d = {.markup = MARKUP_HTML};
  buf_init(&out, TEXT_MAX);
  markup_add(&out, MARKUP_MARKDOWN, clean, TEXT_MAX);
  check_markdown(buf_text(&out));
  buf_clear(&out);
  markup_add(&out, MARKUP_HTML, clean, TEXT_MAX);
  NEVER(strpbrk(buf_text(&out), "<>\"'\n") != NULL);
  buf_fini(&out);
  buf_init(&d.out, TEXT_MAX);
  document_words(&d, clean);
  check_html(buf_text(&d.out));
  meet(d.out.len);
  document_drop(&d);
  if (postmortem_find_url(clean, url))
    NEVER(strpbrk(url, " <>\"'()\n") != NULL || strncasecmp(url, "http", 4));
}

static void fuzz_text(const char *bytes, size_t len, const char *text) {
  struct buf out;
  char *clean = malloc(3 * len + 1);
  static const char *const names[] = {"Level", "Host", "Plugin"};
  NEVER(clean == NULL);
  size_t n = text_clean(clean, 3 * len + 1, bytes, len);
  NEVER(n != strlen(clean) || !text_is_utf8(clean, n));
  for (size_t size = 1; size < 9; size++) {
    char small[8];
    text_clean(small, size < 8 ? size : 8, bytes, len);
    NEVER(!text_is_utf8(small, strlen(small)));
  }
  buf_init(&out, TEXT_MAX);
  text_add_visible(&out, clean);
  NEVER(!text_is_utf8(buf_text(&out), out.len));
  NEVER(memchr(buf_text(&out), '\x1b', out.len) != NULL);
  fuzz_document(clean);
  (void)text_width(clean);
  (void)text_distance(text, clean);
  (void)text_nearest(text, names, 3);
  buf_fini(&out);
  free(clean);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size == 0)
    return 0;
  char *text = malloc(size);
  NEVER(text == NULL);
  size_t len = size - 1, first;
  memcpy(text, data + 1, len);
  text[len] = '\0';
  first = strlen(text);
  meet(data[0]);
  switch (data[0]) {
  case 'j':
  case 's':
    fuzz_json((const char *)data + 1, len, data[0] == 's');
    break;
  case 'z':
    fuzz_zone((const char *)data + 1, len);
    break;
  case 't':
    fuzz_trend((const char *)data + 1, len);
    break;
  case 'p':
    fuzz_pattern(text, first < len ? text + first + 1 : "");
    break;
  case 'm':
    fuzz_template(text);
    break;
  case 'd':
    fuzz_time(text);
    break;
  default:
    fuzz_text((const char *)data + 1, len, text);
    break;
  }
  free(text);
  return 0;
}
