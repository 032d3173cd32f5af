/* SPDX-License-Identifier: MIT */
#include "check.h"

#include "base/hash.h"
#include "base/text.h"
#include "core/settings.h"
#include "engine/courier.h"
#include "engine/courier_answer.h"
#include "tests/play/sink.h"

#include <dlfcn.h>
#include <malloc.h>
#include <netdb.h>
#include <openssl/sha.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#define DEADLINE 20000 /* ms: for what must come */
#define SECRET_PATH "/hooks/s3cr3t-path"

/* ---- a courier and those who wait for it ---- */

struct post_office {
  struct courier *courier;
  struct outcome *outcomes; /* newest first */
  size_t outcomes_n;
  pthread_mutex_t lock;
  pthread_cond_t more;
  unsigned wakes;
};

static void on_wake(void *arg) {
  struct post_office *o = arg;
  pthread_mutex_lock(&o->lock);
  o->wakes++;
  pthread_cond_signal(&o->more);
  pthread_mutex_unlock(&o->lock);
}

static void open_office(struct post_office *o) {
  pthread_condattr_t monotonic;
  memset(o, 0, sizeof *o);
  pthread_condattr_init(&monotonic);
  pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
  pthread_mutex_init(&o->lock, NULL);
  pthread_cond_init(&o->more, &monotonic);
  pthread_condattr_destroy(&monotonic);
  if (courier_new("collectd-incident/0.test", on_wake, o, &o->courier) != OK) {
    printf("there is no courier\n");
    exit(99);
  }
}

static void close_office(struct post_office *o) {
  courier_free(o->courier);
  while (o->outcomes != NULL) {
    struct outcome *next = o->outcomes->next;
    outcome_free(o->outcomes);
    o->outcomes = next;
  }
  pthread_cond_destroy(&o->more);
  pthread_mutex_destroy(&o->lock);
}

static void collect(struct post_office *o) {
  struct outcome *list = courier_outcomes(o->courier);
  while (list != NULL) {
    struct outcome *next = list->next;
    list->next = o->outcomes;
    o->outcomes = list;
    o->outcomes_n++;
    list = next;
  }
}

/* Until there are n outcomes. */
static bool await_n(struct post_office *o, size_t n) {
  int64_t at = clock_mono_ns() + DEADLINE * 1000000LL;
  struct timespec until = {.tv_sec = at / 1000000000,
                           .tv_nsec = at % 1000000000};
  int rc = 0;
  for (;;) {
    pthread_mutex_lock(&o->lock);
    unsigned wakes = o->wakes;
    pthread_mutex_unlock(&o->lock);
    collect(o);
    if (o->outcomes_n >= n || rc != 0)
      return o->outcomes_n >= n;
    pthread_mutex_lock(&o->lock);
    while (o->wakes == wakes && rc == 0)
      rc = pthread_cond_timedwait(&o->more, &o->lock, &until);
    pthread_mutex_unlock(&o->lock);
  }
}

static const struct outcome *find(const struct post_office *o, const char *id) {
  for (const struct outcome *x = o->outcomes; x != NULL; x = x->next)
    if (strcmp(x->id, id) == 0)
      return x;
  return NULL;
}

/* ---- webhooks and parcels ---- */

struct place {
  struct webhook webhook;
  char url[256];
};

static char nothing[] = "";

static struct webhook *place_init(struct place *p, const char *base) {
  memset(p, 0, sizeof *p);
  snprintf(p->url, sizeof p->url, "%s%s", base, SECRET_PATH);
  p->webhook = (struct webhook){
      .name = nothing,
      .url = p->url,
      .user = nothing,
      .password = nothing,
      .verify_peer = true,
      .verify_host = true,
      .ca_cert = nothing,
      .ca_path = nothing,
      .client_key = nothing,
      .client_cert = nothing,
      .client_key_pass = nothing,
      .timeout = DEADLINE,
      .keys = {{nothing, nothing}, {nothing, nothing}},
      .in_flight_max = 4,
  };
  return &p->webhook;
}

static struct parcel *new_parcel(const struct webhook *w, const char *id,
                                 const char *body) {
  struct parcel *p = calloc(1, sizeof *p);
  if (p == NULL || (p->body = strdup(body)) == NULL)
    exit(99);
  snprintf(p->id, sizeof p->id, "%s", id);
  p->webhook = w;
  p->body_len = strlen(body);
  return p;
}

static void post(struct post_office *o, const struct webhook *w, const char *id,
                 const char *body) {
  courier_send(o->courier, new_parcel(w, id, body));
}

static void send_n(struct post_office *o, const struct webhook *w,
                   const char *prefix, unsigned n) {
  char id[ULID_TEXT];
  for (unsigned i = 0; i < n; i++) {
    snprintf(id, sizeof id, "%s%u", prefix, i);
    post(o, w, id, "{}");
  }
}

static const struct outcome *send_and_wait(struct post_office *o,
                                           const struct webhook *w,
                                           const char *id, const char *body) {
  post(o, w, id, body);
  await_n(o, o->outcomes_n + 1);
  return find(o, id);
}

static struct sink *new_sink(enum sink_transport transport) {
  struct sink *s = NULL;
  if (sink_new(transport, &s) != OK) {
    printf("there is no sink\n");
    exit(99);
  }
  return s;
}

static void set_reply(struct sink *s, enum sink_kind kind, int code) {
  struct sink_reply r = {.kind = kind, .code = code};
  if (sink_script(s, &r, 1) != OK)
    exit(99);
}

/* One courier, one sink, one webhook: what most tests need. */
struct scene {
  struct post_office office;
  struct sink *sink;
  struct place place;
  struct webhook *webhook;
};

static void scene_init(struct scene *s, enum sink_transport transport) {
  open_office(&s->office);
  s->sink = new_sink(transport);
  s->webhook = place_init(&s->place, sink_url(s->sink));
}

static void scene_fini(struct scene *s) {
  close_office(&s->office);
  sink_free(s->sink);
}

/* The reply to one page; the caller looks at the outcome. */
static const struct outcome *scene_try(struct scene *s, enum sink_kind kind,
                                       int code, const char *id) {
  set_reply(s->sink, kind, code);
  return send_and_wait(&s->office, s->webhook, id, "{}");
}

static const struct sink_request *request_of(struct sink *s, const char *id) {
  char value[64];
  const struct sink_request *r;
  for (size_t i = 0; (r = sink_request(s, i)) != NULL; i++)
    if (sink_header(r, "webhook-id", value, sizeof value) &&
        strcmp(value, id) == 0)
      return r;
  return NULL;
}

static bool has_header(const struct sink_request *r, const char *name,
                       const char *wanted) {
  char value[512];
  bool is_there = sink_header(r, name, value, sizeof value);
  if (!is_there || strcmp(value, wanted) != 0) {
    printf("%s is \"%s\"\n", name, value);
    return false;
  }
  return true;
}

/* ---- the request ---- */

static void a_page_arrives_as_it_was_sent(void) {
  struct scene s;
  scene_init(&s, SINK_PLAIN);
  wall_ms before = clock_real()->wall(clock_real());
  const struct outcome *o =
      send_and_wait(&s.office, s.webhook, "01PAGE", "{\"a\":\"\xc3\xa4\"}");
  CHECK(o != NULL && o->verdict == VERDICT_DELIVERED);
  CHECK(o != NULL && o->http_status == 200);
  CHECK(o != NULL && o->response == NULL && o->retry_after == 0);
  CHECK_TEXT(o != NULL ? o->error : NULL, "");
  const struct sink_request *r = sink_request(s.sink, 0);
  CHECK(sink_count(s.sink) == 1);
  if (r != NULL) {
    char value[64];
    CHECK_TEXT(r->method, "POST");
    CHECK_TEXT(r->path, SECRET_PATH);
    CHECK_TEXT(r->body, "{\"a\":\"\xc3\xa4\"}");
    CHECK(has_header(r, "Content-Type", "application/json"));
    CHECK(has_header(r, "User-Agent", "collectd-incident/0.test"));
    CHECK(has_header(r, "webhook-id", "01PAGE"));
    CHECK(sink_header(r, "webhook-timestamp", value, sizeof value));
    long long at = strtoll(value, NULL, 10);
    CHECK(at >= before / 1000 && at <= before / 1000 + 60);
    CHECK(!sink_header(r, "webhook-signature", value, sizeof value));
    CHECK(!sink_header(r, "Authorization", value, sizeof value));
    CHECK(!sink_header(r, "Cookie", value, sizeof value));
  }
  scene_fini(&s);
}

static void a_large_body_is_sent_without_asking(void) {
  struct scene s;
  size_t len = 3 << 19; /* libcurl would ask from 1 MiB on */
  char value[32], *body = malloc(len + 1);
  scene_init(&s, SINK_PLAIN);
  if (body == NULL)
    exit(99);
  memset(body, 'x', len);
  body[len] = '\0';
  const struct outcome *o = send_and_wait(&s.office, s.webhook, "1", body);
  CHECK(o != NULL && o->verdict == VERDICT_DELIVERED);
  const struct sink_request *r = sink_request(s.sink, 0);
  CHECK(r != NULL && r->body_len == len && memcmp(r->body, body, len) == 0);
  CHECK(r != NULL && !sink_header(r, "Expect", value, sizeof value));
  free(body);
  scene_fini(&s);
}

static void headers_of_the_configuration_are_sent_but_never_ours_twice(void) {
  struct scene s;
  char team[] = "X-Team: storage", type[] = "Content-Type: text/json",
       id[] = "Webhook-ID: forged", broken[] = "X-A: 1\r\nX-B: 2",
       agent[] = "User-Agent: pager";
  char *headers[] = {team, type, id, broken, agent};
  char value[64];
  scene_init(&s, SINK_PLAIN);
  s.webhook->headers = headers;
  s.webhook->headers_n = 5;
  send_and_wait(&s.office, s.webhook, "1", "{}");
  const struct sink_request *r = sink_request(s.sink, 0);
  CHECK(r != NULL);
  if (r != NULL) {
    CHECK(has_header(r, "X-Team", "storage"));
    CHECK(has_header(r, "Content-Type", "text/json"));
    CHECK(has_header(r, "User-Agent", "pager"));
    CHECK(has_header(r, "webhook-id", "1"));
    CHECK(!sink_header(r, "X-B", value, sizeof value));
  }
  scene_fini(&s);
}

static void credentials_are_sent_as_basic_authentication(void) {
  struct scene s;
  char user[] = "Aladdin", password[] = "open sesame";
  scene_init(&s, SINK_PLAIN);
  s.webhook->user = user;
  s.webhook->password = password;
  send_and_wait(&s.office, s.webhook, "1", "{}");
  const struct sink_request *r = sink_request(s.sink, 0);
  CHECK(r != NULL &&
        has_header(r, "Authorization", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="));
  scene_fini(&s);
}

/* ---- signatures: HMAC written out, so that it is stated twice ---- */

static void base64(const unsigned char *bytes, size_t n, char *out) {
  static const char digits[] =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (size_t i = 0; i < n; i += 3) {
    unsigned long bits = (unsigned long)bytes[i] << 16;
    if (i + 1 < n)
      bits |= (unsigned long)bytes[i + 1] << 8;
    if (i + 2 < n)
      bits |= bytes[i + 2];
    *out++ = digits[bits >> 18 & 63];
    *out++ = digits[bits >> 12 & 63];
    *out++ = i + 1 < n ? digits[bits >> 6 & 63] : '=';
    *out++ = i + 2 < n ? digits[bits & 63] : '=';
  }
  *out = '\0';
}

static void expected_signature(const void *key, size_t key_len, const char *id,
                               const char *timestamp, const char *body,
                               char out[64]) {
  unsigned char pad[64] = {0}, all[4096], inner[SHA256_DIGEST_LENGTH],
                outer[64 + SHA256_DIGEST_LENGTH], mac[SHA256_DIGEST_LENGTH];
  if (key_len <= sizeof pad)
    memcpy(pad, key, key_len);
  else
    SHA256(key, key_len, pad);
  for (size_t i = 0; i < sizeof pad; i++) {
    all[i] = pad[i] ^ 0x36;
    outer[i] = pad[i] ^ 0x5c;
  }
  int n = snprintf((char *)all + 64, sizeof all - 64, "%s.%s.%s", id, timestamp,
                   body);
  SHA256(all, 64 + (size_t)n, inner);
  memcpy(outer + 64, inner, sizeof inner);
  SHA256(outer, sizeof outer, mac);
  memcpy(out, "v1,", 3);
  base64(mac, sizeof mac, out + 3);
}

/* The well-known example of the Standard Webhooks libraries. */
static void the_test_signs_as_the_standard_says(void) {
  static const unsigned char key[24] = {
      0x31, 0xf2, 0x90, 0xf6, 0xbf, 0x06, 0x29, 0x8a, 0xab, 0x4f, 0x08, 0xd4,
      0x3c, 0x3f, 0x08, 0x2c, 0xf6, 0x48, 0xa3, 0x62, 0xda, 0x2d, 0xa4, 0xb0};
  char text[64];
  base64(key, sizeof key, text);
  CHECK_TEXT(text, "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
  expected_signature(key, sizeof key, "msg_p5jXN8AQM9LWM0D4loKWxJek",
                     "1614265330", "{\"test\": 2432232314}", text);
  CHECK_TEXT(text, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

static void check_signed(const char *secret, const void *key, size_t key_len) {
  struct scene s;
  char text[256], timestamp[32], wanted[64];
  scene_init(&s, SINK_PLAIN);
  snprintf(text, sizeof text, "%s", secret);
  s.webhook->keys[0].secret = text;
  s.webhook->keys_n = 1;
  const struct outcome *o =
      send_and_wait(&s.office, s.webhook, "01SIGNED", "{\"b\": 1}");
  CHECK(o != NULL && o->verdict == VERDICT_DELIVERED);
  const struct sink_request *r = sink_request(s.sink, 0);
  CHECK(r != NULL);
  if (r != NULL) {
    sink_header(r, "webhook-timestamp", timestamp, sizeof timestamp);
    expected_signature(key, key_len, "01SIGNED", timestamp, "{\"b\": 1}",
                       wanted);
    CHECK(has_header(r, "webhook-signature", wanted));
  }
  scene_fini(&s);
}

static void a_raw_secret_signs_with_its_bytes(void) {
  check_signed("not base64: ,;", "not base64: ,;", 14);
}

static void a_secret_longer_than_a_block_signs_with_all_its_bytes(void) {
  char key[101];
  memset(key, 'k', 100);
  key[99] = 'z';
  key[100] = '\0';
  check_signed(key, key, 100);
}

static void a_whsec_secret_signs_with_what_is_encoded(void) {
  check_signed("whsec_AAECA/8=", "\x00\x01\x02\x03\xff", 5);
  check_signed("whsec_AAECA/8", "\x00\x01\x02\x03\xff", 5);
  check_signed("whsec_AAECA/7+", "\x00\x01\x02\x03\xfe\xfe", 6);
}

/* While receivers change over; the second one's file cannot be read, perhaps.
 */
static void two_secrets_sign_in_their_order(void) {
  char first[] = "the new one", second[] = "whsec_AAECA/8=", bad[] = "whsec_!";
  char *const seconds[] = {second, bad, nothing};
  for (size_t i = 0; i < 3; i++) {
    struct scene s;
    char timestamp[32], one[64], other[64], both[160];
    scene_init(&s, SINK_PLAIN);
    s.webhook->keys[0].secret = first;
    s.webhook->keys[1].secret = seconds[i];
    s.webhook->keys_n = 2;
    const struct outcome *o = send_and_wait(&s.office, s.webhook, "01S", "{}");
    CHECK(o != NULL && o->verdict == VERDICT_DELIVERED);
    const struct sink_request *r = sink_request(s.sink, 0);
    CHECK(r != NULL);
    if (r != NULL) {
      sink_header(r, "webhook-timestamp", timestamp, sizeof timestamp);
      expected_signature(first, 11, "01S", timestamp, "{}", one);
      expected_signature("\x00\x01\x02\x03\xff", 5, "01S", timestamp, "{}",
                         other);
      snprintf(both, sizeof both, "%s%s%s", one, i == 0 ? " " : "",
               i == 0 ? other : "");
      CHECK(has_header(r, "webhook-signature", both));
    }
    scene_fini(&s);
  }
}

static void a_secret_that_is_no_base64_sends_nothing(void) {
  static const char *const secrets[] = {"whsec_a!b", "whsec_", "whsec_AAECA",
                                        "whsec_AA=A"};
  for (size_t i = 0; i < 4; i++) {
    struct scene s;
    char text[32];
    scene_init(&s, SINK_PLAIN);
    snprintf(text, sizeof text, "%s", secrets[i]);
    s.webhook->keys[0].secret = text;
    s.webhook->keys_n = 1;
    const struct outcome *o = send_and_wait(&s.office, s.webhook, "1", "{}");
    CHECK(o != NULL && o->verdict == VERDICT_FAILED);
    CHECK_TEXT(o != NULL ? o->error : NULL, "the secret is no base64");
    CHECK(sink_count(s.sink) == 0);
    scene_fini(&s);
  }
}

/* ---- answers ---- */

static void the_status_decides(void) {
  static const struct {
    int code;
    enum verdict verdict;
  } table[] = {
      {200, VERDICT_DELIVERED}, {201, VERDICT_DELIVERED},
      {202, VERDICT_DELIVERED}, {204, VERDICT_DELIVERED},
      {299, VERDICT_DELIVERED}, {300, VERDICT_FAILED},
      {302, VERDICT_FAILED},    {304, VERDICT_FAILED},
      {308, VERDICT_FAILED},    {400, VERDICT_FAILED},
      {401, VERDICT_FAILED},    {403, VERDICT_FAILED},
      {404, VERDICT_FAILED},    {407, VERDICT_FAILED},
      {408, VERDICT_RETRY},     {409, VERDICT_FAILED},
      {410, VERDICT_FAILED},    {422, VERDICT_FAILED},
      {425, VERDICT_RETRY},     {426, VERDICT_FAILED},
      {429, VERDICT_RETRY},     {499, VERDICT_FAILED},
      {500, VERDICT_RETRY},     {501, VERDICT_RETRY},
      {502, VERDICT_RETRY},     {503, VERDICT_RETRY},
      {504, VERDICT_RETRY},     {599, VERDICT_RETRY},
      {600, VERDICT_FAILED},
  };
  struct scene s;
  scene_init(&s, SINK_PLAIN);
  for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
    char id[ULID_TEXT], error[64] = "";
    snprintf(id, sizeof id, "status-%d", table[i].code);
    const struct outcome *o = scene_try(&s, SINK_CODE, table[i].code, id);
    bool is_right = o != NULL && o->verdict == table[i].verdict &&
                    o->http_status == table[i].code;
    if (!is_right)
      printf("HTTP %d\n", table[i].code);
    CHECK(is_right);
    if (table[i].verdict != VERDICT_DELIVERED)
      snprintf(error, sizeof error, "HTTP %d%s", table[i].code,
               table[i].code / 100 == 3 ? ", redirects are not followed" : "");
    CHECK_TEXT(o != NULL ? o->error : NULL, error);
  }
  scene_fini(&s);
}

static void a_redirect_is_not_followed(void) {
  struct scene s;
  struct sink *other = new_sink(SINK_PLAIN);
  char location[128];
  scene_init(&s, SINK_PLAIN);
  snprintf(location, sizeof location, "Location: %s/other\r\n",
           sink_url(other));
  struct sink_reply r = {.kind = SINK_CODE, .code = 307, .headers = location};
  sink_script(s.sink, &r, 1);
  const struct outcome *o = send_and_wait(&s.office, s.webhook, "1", "{}");
  CHECK(o != NULL && o->verdict == VERDICT_FAILED && o->http_status == 307);
  CHECK(sink_count(s.sink) == 1);
  CHECK(sink_count(other) == 0 && sink_connections(other) == 0);
  scene_fini(&s);
  sink_free(other);
}

static void retry_after_is_read_from_the_answer(void) {
  struct scene s;
  scene_init(&s, SINK_PLAIN);
  struct sink_reply r = {
      .kind = SINK_CODE, .code = 429, .headers = "retry-after:  120 \r\n"};
  sink_script(s.sink, &r, 1);
  const struct outcome *o = send_and_wait(&s.office, s.webhook, "1", "{}");
  CHECK(o != NULL && o->verdict == VERDICT_RETRY);
  CHECK(o != NULL && o->retry_after == 120000);
  scene_fini(&s);
}

static void retry_after_is_seconds_or_a_date(void) {
  wall_ms now = 1795255200000; /* 2026-11-21T10:00:00Z */
  static const struct {
    const char *text;
    span_ms span;
  } table[] = {
      {"", 0},
      {"0", 0},
      {"1", 1000},
      {"3600", 3600000},
      {"99999999999999999999999", 315360000000},
      {"Sat, 21 Nov 2026 10:02:00 GMT", 120000},
      {"Saturday, 21-Nov-26 10:02:00 GMT", 120000},
      {"Sat Nov 21 10:02:00 2026", 120000},
      {"Sat, 21 Nov 2026 09:00:00 GMT", 0},
      {"soon", 0},
      {"-5", 0},
      {"1.5", 0},
      {"12 minutes", 0},
  };
  for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
    span_ms span = answer_retry_after(table[i].text, now);
    if (span != table[i].span)
      printf("\"%s\" is %lld\n", table[i].text, (long long)span);
    CHECK(span == table[i].span);
  }
}

static void interim_answers_are_ignored(void) {
  struct scene s;
  scene_init(&s, SINK_PLAIN);
  const struct outcome *o = scene_try(&s, SINK_INTERIM, 503, "1");
  CHECK(o != NULL && o->http_status == 503 && o->verdict == VERDICT_RETRY);
  CHECK(o != NULL && o->retry_after == 0);
  scene_fini(&s);
}

static void four_kib_of_the_answer_are_kept_as_utf8(void) {
  struct scene s;
  char body[10001];
  scene_init(&s, SINK_PLAIN);
  memset(body, 'y', sizeof body - 1);
  memcpy(body,
         "a\xff"
         "b",
         3);
  memcpy(body + 4095, "\xc3\xa4", 2); /* cut in the middle */
  body[10000] = '\0';
  struct sink_reply r = {.kind = SINK_CODE, .code = 400, .body = body};
  sink_script(s.sink, &r, 1);
  const struct outcome *o = send_and_wait(&s.office, s.webhook, "1", "{}");
  CHECK(o != NULL && o->response != NULL);
  if (o != NULL && o->response != NULL) {
    size_t len = strlen(o->response);
    CHECK(len > 4000 && len <= OUTCOME_RESPONSE_MAX);
    CHECK(strncmp(o->response,
                  "a\xef\xbf\xbd"
                  "byyy",
                  8) == 0);
    CHECK(text_is_utf8(o->response, len));
  }
  scene_fini(&s);
}

static void a_body_that_breaks_off_counts_by_its_status(void) {
  struct scene s;
  scene_init(&s, SINK_PLAIN);
  const struct outcome *o = scene_try(&s, SINK_SHORT, 200, "1");
  CHECK(o != NULL && o->verdict == VERDICT_DELIVERED);
  o = scene_try(&s, SINK_SHORT, 503, "2");
  CHECK(o != NULL && o->verdict == VERDICT_RETRY && o->http_status == 503);
  scene_fini(&s);
}

static void an_endless_body_is_ended_and_counts_by_its_status(void) {
  struct scene s;
  scene_init(&s, SINK_PLAIN);
  const struct outcome *o = scene_try(&s, SINK_ENDLESS, 200, "1");
  CHECK(o != NULL && o->verdict == VERDICT_DELIVERED);
  CHECK(o != NULL && o->response != NULL);
  CHECK(o != NULL && o->took < DEADLINE / 2);
  o = scene_try(&s, SINK_ENDLESS, 500, "2");
  CHECK(o != NULL && o->verdict == VERDICT_RETRY && o->http_status == 500);
  scene_fini(&s);
}

static void a_body_that_never_comes_counts_by_its_status(void) {
  struct scene s;
  scene_init(&s, SINK_PLAIN);
  s.webhook->timeout = 300;
  const struct outcome *o = scene_try(&s, SINK_DRIP, 200, "1");
  CHECK(o != NULL && o->verdict == VERDICT_DELIVERED);
  CHECK(o != NULL && o->took >= 290);
  scene_fini(&s);
}

static void a_slow_answer_in_time_is_an_answer(void) {
  struct scene s;
  scene_init(&s, SINK_PLAIN);
  struct sink_reply r = {.kind = SINK_SLOW, .wait = 200};
  sink_script(s.sink, &r, 1);
  const struct outcome *o = send_and_wait(&s.office, s.webhook, "1", "{}");
  CHECK(o != NULL && o->verdict == VERDICT_DELIVERED);
  CHECK(o != NULL && o->took >= 190);
  scene_fini(&s);
}

/* ---- no answer ---- */

static void without_an_answer_the_receiver_may_have_got_it(void) {
  static const struct {
    enum sink_kind kind;
    const char *error; /* behind the host */
  } table[] = {
      {SINK_DROP, "%s closed the connection without an answer"},
      {SINK_RESET, "%s closed the connection without an answer"},
      {SINK_DROP_MID, "%s closed the connection without an answer"},
      {SINK_GARBAGE, "what %s answered is no HTTP"},
      {SINK_HANG, "no answer from %s within 300ms"},
  };
  for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
    struct scene s;
    char error[160];
    scene_init(&s, SINK_PLAIN);
    s.webhook->timeout = table[i].kind == SINK_HANG ? 300 : DEADLINE;
    const char *host = strstr(sink_url(s.sink), "://") + 3;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    snprintf(error, sizeof error, table[i].error, host);
#pragma GCC diagnostic pop
    const struct outcome *o = scene_try(&s, table[i].kind, 200, "1");
    CHECK(o != NULL && o->verdict == VERDICT_MAYBE && o->http_status == 0);
    CHECK_TEXT(o != NULL ? o->error : NULL, error);
    CHECK(sink_count(s.sink) == 1);
    scene_fini(&s);
  }
}

static void a_timeout_takes_as_long_as_it_says(void) {
  struct scene s;
  scene_init(&s, SINK_PLAIN);
  s.webhook->timeout = 300;
  const struct outcome *o = scene_try(&s, SINK_HANG, 0, "1");
  CHECK(o != NULL && o->took >= 290 && o->took < 5000);
  scene_fini(&s);
}

static void a_kept_connection_that_died_costs_nothing(void) {
  struct scene s;
  scene_init(&s, SINK_PLAIN);
  struct sink_reply script[] = {{.kind = SINK_STALE, .times = 1},
                                {.kind = SINK_CODE}};
  sink_script(s.sink, script, 2);
  const struct outcome *o = send_and_wait(&s.office, s.webhook, "1", "{}");
  CHECK(o != NULL && o->verdict == VERDICT_DELIVERED);
  o = send_and_wait(&s.office, s.webhook, "2", "{}");
  CHECK(o != NULL && o->verdict == VERDICT_DELIVERED);
  CHECK(sink_connections(s.sink) == 2);
  scene_fini(&s);
}

static void a_refused_connection_may_be_tried_again(void) {
  struct scene s;
  char error[160];
  scene_init(&s, SINK_PLAIN);
  const struct outcome *o = scene_try(&s, SINK_REFUSE, 0, "1");
  snprintf(error, sizeof error, "could not connect to 127.0.0.1:%u: %s",
           sink_port(s.sink), "Connection refused");
  CHECK(o != NULL && o->verdict == VERDICT_RETRY && o->http_status == 0);
  CHECK_TEXT(o != NULL ? o->error : NULL, error);
  o = scene_try(&s, SINK_CODE, 200, "2");
  CHECK(o != NULL && o->verdict == VERDICT_DELIVERED);
  scene_fini(&s);
}

static void a_name_that_nobody_has_may_be_tried_again(void) {
  struct post_office office;
  struct place p;
  open_office(&office);
  struct webhook *w = place_init(&p, "http://nobody.invalid");
  w->timeout = 2000;
  const struct outcome *o = send_and_wait(&office, w, "1", "{}");
  CHECK(o != NULL && o->verdict == VERDICT_RETRY && o->http_status == 0);
  CHECK(o != NULL && strstr(o->error, "nobody.invalid") != NULL);
  close_office(&office);
}

static void a_url_that_makes_no_sense_fails(void) {
  struct post_office office;
  struct place p;
  open_office(&office);
  struct webhook *w = place_init(&p, "ftp://127.0.0.1:1");
  const struct outcome *o = send_and_wait(&office, w, "1", "{}");
  CHECK(o != NULL && o->verdict == VERDICT_FAILED);
  CHECK(o != NULL && strstr(o->error, "s3cr3t") == NULL);
  close_office(&office);
}

/* libcurl looks names up with the getaddrinfo below: that of one host takes
 * until the test lets it go. */
static sem_t look_up, looked_up;

__attribute__((visibility("default"))) int
getaddrinfo(const char *restrict name, const char *restrict service,
            const struct addrinfo *restrict hints,
            struct addrinfo **restrict found) {
  typedef int function(const char *, const char *, const struct addrinfo *,
                       struct addrinfo **);
  union {
    void *symbol;
    function *call;
  } real = {.symbol = dlsym(RTLD_NEXT, "getaddrinfo")};
  if (name != NULL && strcmp(name, "hanging.invalid") == 0) {
    while (sem_wait(&look_up) != 0)
      ;
    sem_post(&looked_up);
    return EAI_NONAME;
  }
  return real.call(name, service, hints, found);
}

static void end_look_up(void) {
  sem_post(&look_up);
  while (sem_wait(&looked_up) != 0)
    ;
}

static void a_look_up_that_hangs_delays_neither_others_nor_the_stop(void) {
  struct scene s;
  struct place p;
  scene_init(&s, SINK_PLAIN);
  send_n(&s.office, place_init(&p, "http://hanging.invalid"), "hang", 4);
  send_n(&s.office, s.webhook, "good", 50);
  CHECK(await_n(&s.office, 50));
  CHECK(sink_count(s.sink) == 50);
  int64_t began = clock_mono_ns();
  courier_stop(s.office.courier, 0);
  CHECK(clock_mono_ns() - began < 500 * 1000000LL);
  collect(&s.office);
  /* One at a time looks the name up. */
  CHECK(s.office.outcomes_n == 51);
  const struct outcome *o = find(&s.office, "hang0");
  CHECK(o != NULL && o->verdict == VERDICT_RETRY);
  CHECK_TEXT(o != NULL ? o->error : NULL,
             "stopped before hanging.invalid was reached");
  scene_fini(&s);
  end_look_up();
}

static void a_look_up_that_hangs_times_out(void) {
  struct post_office office;
  struct place p;
  open_office(&office);
  struct webhook *w = place_init(&p, "http://hanging.invalid");
  w->timeout = 300;
  const struct outcome *o = send_and_wait(&office, w, "1", "{}");
  CHECK(o != NULL && o->verdict == VERDICT_RETRY && o->took >= 290);
  close_office(&office);
  end_look_up();
}

static void a_proxy_of_the_environment_is_used(void) {
  struct scene s;
  struct place p;
  char target[64];
  scene_init(&s, SINK_PLAIN);
  setenv("http_proxy", sink_url(s.sink), 1);
  const struct outcome *o = send_and_wait(
      &s.office, place_init(&p, "http://pager.example"), "1", "{}");
  CHECK(o != NULL && o->verdict == VERDICT_DELIVERED);
  snprintf(target, sizeof target, "http://pager.example%s", SECRET_PATH);
  const struct sink_request *r = sink_request(s.sink, 0);
  CHECK_TEXT(r != NULL ? r->path : NULL, target);
  close_office(&s.office); /* before the environment changes under it */
  unsetenv("http_proxy");
  sink_free(s.sink);
}

/* ---- TLS ---- */

static void a_wrong_certificate_gets_no_page(void) {
  struct scene s;
  scene_init(&s, SINK_TLS_WRONG);
  const struct outcome *o = scene_try(&s, SINK_CODE, 200, "1");
  CHECK(o != NULL && o->verdict == VERDICT_RETRY && o->http_status == 0);
  CHECK(o != NULL && strstr(o->error, "certificate of 127.0.0.1:") != NULL);
  CHECK(sink_count(s.sink) == 0);
  scene_fini(&s);
}

static void verification_can_be_switched_off(void) {
  struct scene s;
  scene_init(&s, SINK_TLS_WRONG);
  s.webhook->verify_peer = s.webhook->verify_host = false;
  const struct outcome *o = scene_try(&s, SINK_CODE, 200, "1");
  CHECK(o != NULL && o->verdict == VERDICT_DELIVERED);
  scene_fini(&s);
}

/* What the webhook comes to when ca_cert is the sink's own certificate. */
static enum verdict try_with_own_ca(enum sink_transport transport,
                                    bool verify_host) {
  struct scene s;
  char dir[] = "/tmp/t_courier.XXXXXX", path[64];
  scene_init(&s, transport);
  if (mkdtemp(dir) == NULL)
    exit(99);
  snprintf(path, sizeof path, "%s/ca.pem", dir);
  CHECK(sink_write_certificate(s.sink, path) == OK);
  s.webhook->ca_cert = path;
  s.webhook->verify_host = verify_host;
  const struct outcome *o = scene_try(&s, SINK_CODE, 200, "1");
  enum verdict verdict = o != NULL ? o->verdict : VERDICT_FAILED;
  unlink(path);
  rmdir(dir);
  scene_fini(&s);
  return verdict;
}

static void a_certificate_is_trusted_by_its_own_ca_file(void) {
  CHECK(try_with_own_ca(SINK_TLS, true) == VERDICT_DELIVERED);
}

static void a_certificate_for_another_host_is_not_taken(void) {
  CHECK(try_with_own_ca(SINK_TLS_WRONG, true) == VERDICT_RETRY);
  CHECK(try_with_own_ca(SINK_TLS_WRONG, false) == VERDICT_DELIVERED);
}

static void a_ca_file_that_is_not_there_may_be_tried_again(void) {
  struct scene s;
  char path[] = "/nonexistent/ca.pem";
  scene_init(&s, SINK_TLS);
  s.webhook->ca_cert = path;
  const struct outcome *o = scene_try(&s, SINK_CODE, 200, "1");
  CHECK(o != NULL && o->verdict == VERDICT_RETRY && o->http_status == 0);
  scene_fini(&s);
}

static void errors_hold_no_secret(void) {
  static const enum sink_kind kinds[] = {SINK_CODE,    SINK_HANG,
                                         SINK_DROP,    SINK_DROP_MID,
                                         SINK_GARBAGE, SINK_REFUSE};
  static const enum sink_transport transports[] = {SINK_PLAIN, SINK_TLS_WRONG};
  char user[] = "s3cr3t-user", password[] = "s3cr3t-password",
       secret[] = "s3cr3t-key", header[] = "X-Token: s3cr3t-token";
  char *headers[] = {header};
  for (size_t t = 0; t < 2; t++)
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
      struct scene s;
      scene_init(&s, transports[t]);
      s.webhook->user = user;
      s.webhook->password = password;
      s.webhook->keys[0].secret = secret;
      s.webhook->keys_n = 1;
      s.webhook->headers = headers;
      s.webhook->headers_n = 1;
      s.webhook->timeout = 300;
      const struct outcome *o = scene_try(&s, kinds[i], 404, "1");
      CHECK(o != NULL && o->error[0] != '\0');
      CHECK(o != NULL && strstr(o->error, "s3cr3t") == NULL);
      CHECK(o != NULL && strpbrk(o->error, "\r\n") == NULL);
      scene_fini(&s);
    }
}

/* ---- queues ---- */

static void a_waiting_parcel_can_be_taken_back(void) {
  struct scene s;
  scene_init(&s, SINK_PLAIN);
  s.webhook->in_flight_max = 1;
  set_reply(s.sink, SINK_HANG, 0);
  send_n(&s.office, s.webhook, "p", 3);
  CHECK(sink_wait(s.sink, 1, DEADLINE));
  CHECK(courier_withdraw(s.office.courier, "p1"));
  CHECK(!courier_withdraw(s.office.courier, "p1"));
  CHECK(!courier_withdraw(s.office.courier, "p0")); /* being sent */
  CHECK(!courier_withdraw(s.office.courier, "unheard of"));
  courier_stop(s.office.courier, 0);
  collect(&s.office);
  CHECK(find(&s.office, "p1") == NULL);
  CHECK(request_of(s.sink, "p1") == NULL);
  scene_fini(&s);
}

/* Those that were connecting then have an outcome that says so. */
static void what_was_not_taken_back_is_sent_and_nothing_else(void) {
  struct scene s;
  char id[ULID_TEXT];
  unsigned withdrawn = 0, stopped = 0, wrong = 0;
  bool is_back[300];
  scene_init(&s, SINK_PLAIN);
  send_n(&s.office, s.webhook, "p", 300);
  for (unsigned i = 300; i-- > 0;) {
    snprintf(id, sizeof id, "p%u", i);
    is_back[i] = courier_withdraw(s.office.courier, id);
    withdrawn += is_back[i];
  }
  CHECK(await_n(&s.office, 300 - withdrawn));
  courier_stop(s.office.courier, DEADLINE);
  for (unsigned i = 0; i < 300; i++) {
    snprintf(id, sizeof id, "p%u", i);
    const struct outcome *o = find(&s.office, id);
    bool is_stopped = o != NULL && o->verdict == VERDICT_RETRY &&
                      strncmp(o->error, "taken back before ", 18) == 0;
    stopped += is_stopped;
    wrong += (request_of(s.sink, id) == NULL) != (is_back[i] || is_stopped);
    wrong += (o == NULL) != is_back[i];
  }
  CHECK(wrong == 0);
  CHECK(sink_count(s.sink) == 300 - withdrawn - stopped);
  scene_fini(&s);
}

/* ---- what waits for its release ---- */

/* As soon as the courier has nothing else to do; then until there is a
 * connection. */
static void prepare(struct scene *s, const char *id) {
  struct parcel *p = new_parcel(s->webhook, id, "{}");
  int64_t end = clock_mono_ns() + DEADLINE * 1000000LL;
  while (!courier_prepare(s->office.courier, p) && clock_mono_ns() < end)
    clock_sleep_ms(1);
  while (sink_connections(s->sink) == 0 && clock_mono_ns() < end)
    clock_sleep_ms(1);
  CHECK(clock_mono_ns() < end);
}

static void what_is_prepared_has_its_connection_before_it_goes(void) {
  struct scene s;
  scene_init(&s, SINK_PLAIN);
  for (unsigned i = 0; i < 2; i++) { /* a new connection, and the same */
    const char *id = i == 0 ? "a" : "b";
    prepare(&s, id);
    clock_sleep_ms(20);
    CHECK(sink_count(s.sink) == i);
    courier_release(s.office.courier);
    CHECK(await_n(&s.office, i + 1));
    const struct outcome *o = find(&s.office, id);
    CHECK(o != NULL && o->verdict == VERDICT_DELIVERED);
    CHECK(sink_count(s.sink) == i + 1);
  }
  CHECK(sink_connections(s.sink) == 1);
  scene_fini(&s);
}

static void a_busy_courier_prepares_nothing(void) {
  struct scene s;
  scene_init(&s, SINK_PLAIN);
  set_reply(s.sink, SINK_HANG, 0);
  post(&s.office, s.webhook, "1", "{}");
  CHECK(sink_wait(s.sink, 1, DEADLINE));
  struct parcel *p = new_parcel(s.webhook, "2", "{}");
  clock_sleep_ms(20); /* until it sleeps */
  bool is_taken = courier_prepare(s.office.courier, p);
  CHECK(!is_taken);
  if (!is_taken)
    parcel_free(p);
  scene_fini(&s);
}

/* Its timeout has not passed by waiting, nor has the other side's patience. */
static void begin_anew(span_ms timeout, span_ms held) {
  struct scene s;
  scene_init(&s, SINK_PLAIN);
  s.webhook->timeout = timeout;
  prepare(&s, "1");
  clock_sleep_ms(held);
  courier_release(s.office.courier);
  CHECK(await_n(&s.office, 1));
  const struct outcome *o = find(&s.office, "1");
  CHECK(o != NULL && o->verdict == VERDICT_DELIVERED);
  CHECK(sink_count(s.sink) == 1 && sink_connections(s.sink) == 2);
  scene_fini(&s);
}

static void what_was_held_for_long_begins_anew(void) {
  begin_anew(1000, 600);
  begin_anew(DEADLINE, 1100);
}

static void the_stop_releases_what_is_held(void) {
  struct scene s;
  scene_init(&s, SINK_PLAIN);
  prepare(&s, "1");
  courier_stop(s.office.courier, DEADLINE);
  collect(&s.office);
  const struct outcome *o = find(&s.office, "1");
  CHECK(o != NULL && o->verdict == VERDICT_DELIVERED);
  scene_fini(&s);
}

/* ---- many ---- */

static void no_more_requests_run_than_allowed(void) {
  struct scene s;
  scene_init(&s, SINK_PLAIN);
  s.webhook->in_flight_max = 2;
  struct sink_reply r = {.kind = SINK_SLOW, .wait = 100};
  sink_script(s.sink, &r, 1);
  send_n(&s.office, s.webhook, "p", 8);
  CHECK(await_n(&s.office, 8));
  for (size_t i = 2; i < 8; i++) {
    int64_t gap =
        sink_request(s.sink, i)->at_ns - sink_request(s.sink, i - 2)->at_ns;
    CHECK(gap >= 95 * 1000000);
  }
  CHECK(sink_connections(s.sink) == 2);
  scene_fini(&s);
}

static void one_at_a_time_keeps_the_order(void) {
  struct scene s;
  unsigned wrong = 0;
  char id[ULID_TEXT], value[ULID_TEXT];
  scene_init(&s, SINK_PLAIN);
  s.webhook->in_flight_max = 1;
  send_n(&s.office, s.webhook, "p", 100);
  CHECK(await_n(&s.office, 100));
  for (unsigned i = 0; i < 100 && i < sink_count(s.sink); i++) {
    snprintf(id, sizeof id, "p%u", i);
    sink_header(sink_request(s.sink, i), "webhook-id", value, sizeof value);
    wrong += strcmp(id, value) != 0;
  }
  CHECK(wrong == 0);
  CHECK(sink_connections(s.sink) == 1);
  scene_fini(&s);
}

static void a_hanging_webhook_delays_no_other(void) {
  struct scene s;
  struct place other;
  struct sink *good = new_sink(SINK_PLAIN);
  struct webhook *w = place_init(&other, sink_url(good));
  scene_init(&s, SINK_PLAIN);
  s.webhook->timeout = 600000;
  set_reply(s.sink, SINK_HANG, 0);
  send_n(&s.office, s.webhook, "hang", 100);
  CHECK(sink_wait(s.sink, s.webhook->in_flight_max, DEADLINE));
  send_n(&s.office, w, "good", 100);
  CHECK(await_n(&s.office, 100));
  CHECK(sink_count(good) == 100);
  CHECK(find(&s.office, "hang0") == NULL);
  CHECK(sink_count(s.sink) == s.webhook->in_flight_max);
  scene_fini(&s);
  sink_free(good);
}

static void many_hanging_webhooks_leave_room_for_one_that_answers(void) {
  enum { HANGING = 300 };
  struct scene s;
  struct rlimit files;
  getrlimit(RLIMIT_NOFILE, &files);
  size_t half = files.rlim_cur / 8 < 128 ? files.rlim_cur / 8 : 128;
  struct place *places = calloc(HANGING, sizeof *places), proven;
  struct sink *good = new_sink(SINK_PLAIN);
  struct webhook *w = place_init(&proven, sink_url(good));
  if (places == NULL)
    exit(99);
  scene_init(&s, SINK_PLAIN);
  set_reply(s.sink, SINK_HANG, 0);
  send_and_wait(&s.office, w, "first", "{}");
  for (unsigned i = 0; i < HANGING; i++) {
    char prefix[16];
    place_init(&places[i], sink_url(s.sink))->timeout = 600000;
    snprintf(prefix, sizeof prefix, "h%u-", i);
    send_n(&s.office, &places[i].webhook, prefix, 2);
  }
  CHECK(sink_wait(s.sink, half, DEADLINE));
  send_n(&s.office, w, "good", 50);
  CHECK(await_n(&s.office, 51));
  CHECK(sink_count(good) == 51);
  CHECK(sink_count(s.sink) == half);
  scene_fini(&s);
  sink_free(good);
  free(places);
}

static void connections_are_kept(void) {
  struct scene s;
  scene_init(&s, SINK_PLAIN);
  send_n(&s.office, s.webhook, "p", 200);
  CHECK(await_n(&s.office, 200));
  CHECK(sink_connections(s.sink) <= s.webhook->in_flight_max);
  scene_fini(&s);
}

static int by_text(const void *a, const void *b) {
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void ten_thousand_parcels_arrive_once_each(void) {
  enum { N = 10000 };
  struct scene s;
  static const char *ids[N];
  size_t n = 0, twice = 0;
  scene_init(&s, SINK_PLAIN);
  int64_t began = clock_mono_ns();
  send_n(&s.office, s.webhook, "p", N);
  CHECK(await_n(&s.office, N));
  printf("t_courier: %d parcels in %lld ms\n", N,
         (long long)(clock_mono_ns() - began) / 1000000);
  CHECK(sink_count(s.sink) == N);
  for (const struct outcome *o = s.office.outcomes; o != NULL; o = o->next)
    if (o->verdict == VERDICT_DELIVERED && n < N)
      ids[n++] = o->id;
  CHECK(n == N);
  qsort(ids, n, sizeof ids[0], by_text);
  for (size_t i = 1; i < n; i++)
    twice += strcmp(ids[i - 1], ids[i]) == 0;
  CHECK(twice == 0);
  scene_fini(&s);
}

/* ---- settings that are in force no more ---- */

static struct settings *settings_for(const char *url, size_t webhooks) {
  struct conf_file *file = NULL;
  struct settings *own = NULL;
  struct buf text;
  buf_init(&text, 65536);
  for (size_t i = 0; i < webhooks; i++)
    buf_addf(&text, "<Webhook \"w%zu\">\nURL \"%s/\"\n</Webhook>\n", i, url);
  buf_add(&text, "<Rule \"r\">\n<Match>\nPlugin \"p\"\n</Match>\n</Rule>\n");
  if (conf_read_text("t", buf_text(&text), text.len, NULL, NULL, &file) == OK) {
    const struct conf *block = &file->root;
    settings_read(&block, 1, true, NULL, NULL, &own);
  }
  conf_file_free(file);
  buf_fini(&text);
  if (own == NULL)
    exit(99);
  return own;
}

static size_t in_use(void) { return mallinfo2().uordblks; }

/* Whatever a lane has would add up to megabytes. */
static void what_was_retired_is_forgotten(void) {
  struct scene s;
  char prefix[8];
  size_t at_first = 0;
  scene_init(&s, SINK_PLAIN);
  for (unsigned i = 0; i < 400; i++) {
    struct settings *own = settings_for(sink_url(s.sink), 4);
    snprintf(prefix, sizeof prefix, "%u.", i);
    for (size_t w = 0; w < 4; w++) {
      char id[ULID_TEXT];
      snprintf(id, sizeof id, "%s%zu", prefix, w);
      post(&s.office, own->webhooks[w], id, "{}");
    }
    courier_retire(s.office.courier, own);
    if (i % 20 == 0) /* some have requests under way still */
      CHECK(await_n(&s.office, 4 * (i + 1)));
    if (i == 100)
      at_first = in_use();
  }
  CHECK(await_n(&s.office, 1600));
  CHECK(sink_count(s.sink) == 1600);
  for (unsigned i = 0; i < 400 && in_use() > at_first + 1024 * 1024; i++)
    clock_sleep_ms(5);
  CHECK(in_use() <= at_first + 1024 * 1024);
  scene_fini(&s);
}

static void what_was_retired_while_it_hangs_has_its_outcome(void) {
  struct scene s;
  scene_init(&s, SINK_PLAIN);
  struct settings *own = settings_for(sink_url(s.sink), 1);
  own->webhooks[0]->timeout = 200;
  set_reply(s.sink, SINK_HANG, 0);
  post(&s.office, own->webhooks[0], "p", "{}");
  courier_retire(s.office.courier, own);
  CHECK(await_n(&s.office, 1));
  const struct outcome *o = find(&s.office, "p");
  CHECK(o != NULL && o->verdict == VERDICT_MAYBE);
  scene_fini(&s);
}

static void what_was_retired_goes_with_the_courier(void) {
  struct scene s;
  scene_init(&s, SINK_PLAIN);
  struct settings *own = settings_for(sink_url(s.sink), 1);
  set_reply(s.sink, SINK_HANG, 0);
  send_n(&s.office, own->webhooks[0], "p", 10);
  courier_retire(s.office.courier, own);
  courier_stop(s.office.courier, 0);
  courier_retire(s.office.courier, settings_for(sink_url(s.sink), 1));
  scene_fini(&s); /* nothing leaks */
  CHECK(true);
}

/* ---- the end ---- */

static void hanging_webhooks_do_not_hold_up_the_stop(void) {
  struct scene s;
  unsigned maybe = 0;
  scene_init(&s, SINK_PLAIN);
  set_reply(s.sink, SINK_HANG, 0);
  send_n(&s.office, s.webhook, "p", 20);
  CHECK(sink_wait(s.sink, 4, DEADLINE));
  int64_t began = clock_mono_ns();
  courier_stop(s.office.courier, 500);
  int64_t took = (clock_mono_ns() - began) / 1000000;
  CHECK(took >= 490 && took < 1000);
  collect(&s.office);
  CHECK(s.office.outcomes_n == 4); /* those that wait are dropped */
  for (const struct outcome *o = s.office.outcomes; o != NULL; o = o->next)
    maybe += o->verdict == VERDICT_MAYBE &&
             strncmp(o->error, "stopped before 127.0.0.1:", 25) == 0;
  CHECK(maybe == 4);
  scene_fini(&s);
}

static void what_ends_within_the_grace_has_its_outcome(void) {
  struct scene s;
  scene_init(&s, SINK_PLAIN);
  struct sink_reply r = {.kind = SINK_SLOW, .wait = 200};
  sink_script(s.sink, &r, 1);
  post(&s.office, s.webhook, "1", "{}");
  CHECK(sink_wait(s.sink, 1, DEADLINE));
  int64_t began = clock_mono_ns();
  courier_stop(s.office.courier, DEADLINE);
  CHECK(clock_mono_ns() - began < DEADLINE / 2 * 1000000LL);
  collect(&s.office);
  const struct outcome *o = find(&s.office, "1");
  CHECK(o != NULL && o->verdict == VERDICT_DELIVERED);
  scene_fini(&s);
}

static void what_is_sent_after_the_stop_is_dropped(void) {
  struct scene s;
  scene_init(&s, SINK_PLAIN);
  courier_stop(s.office.courier, 0);
  post(&s.office, s.webhook, "late", "{}");
  CHECK(!courier_withdraw(s.office.courier, "late"));
  courier_stop(s.office.courier, 0);
  collect(&s.office);
  CHECK(s.office.outcomes_n == 0 && sink_count(s.sink) == 0);
  scene_fini(&s);
}

static void an_idle_courier_ends_at_once(void) {
  struct post_office office;
  open_office(&office);
  int64_t began = clock_mono_ns();
  courier_stop(office.courier, DEADLINE);
  CHECK(clock_mono_ns() - began < DEADLINE / 2 * 1000000LL);
  close_office(&office);
}

int main(void) {
  static const char *const proxies[] = {
      "http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"};
  for (size_t i = 0; i < sizeof proxies / sizeof proxies[0]; i++)
    unsetenv(proxies[i]);
  hash_init();
  sem_init(&look_up, 0, 0);
  sem_init(&looked_up, 0, 0);

  a_page_arrives_as_it_was_sent();
  a_large_body_is_sent_without_asking();
  headers_of_the_configuration_are_sent_but_never_ours_twice();
  credentials_are_sent_as_basic_authentication();

  the_test_signs_as_the_standard_says();
  a_raw_secret_signs_with_its_bytes();
  a_secret_longer_than_a_block_signs_with_all_its_bytes();
  a_whsec_secret_signs_with_what_is_encoded();
  two_secrets_sign_in_their_order();
  a_secret_that_is_no_base64_sends_nothing();

  the_status_decides();
  a_redirect_is_not_followed();
  retry_after_is_read_from_the_answer();
  retry_after_is_seconds_or_a_date();
  interim_answers_are_ignored();
  four_kib_of_the_answer_are_kept_as_utf8();
  a_body_that_breaks_off_counts_by_its_status();
  an_endless_body_is_ended_and_counts_by_its_status();
  a_body_that_never_comes_counts_by_its_status();
  a_slow_answer_in_time_is_an_answer();

  without_an_answer_the_receiver_may_have_got_it();
  a_timeout_takes_as_long_as_it_says();
  a_kept_connection_that_died_costs_nothing();
  a_refused_connection_may_be_tried_again();
  a_name_that_nobody_has_may_be_tried_again();
  a_url_that_makes_no_sense_fails();
  a_look_up_that_hangs_times_out();
  a_look_up_that_hangs_delays_neither_others_nor_the_stop();
  a_proxy_of_the_environment_is_used();

  a_wrong_certificate_gets_no_page();
  verification_can_be_switched_off();
  a_certificate_is_trusted_by_its_own_ca_file();
  a_certificate_for_another_host_is_not_taken();
  a_ca_file_that_is_not_there_may_be_tried_again();
  errors_hold_no_secret();

  a_waiting_parcel_can_be_taken_back();
  what_was_not_taken_back_is_sent_and_nothing_else();
  what_is_prepared_has_its_connection_before_it_goes();
  a_busy_courier_prepares_nothing();
  what_was_held_for_long_begins_anew();
  the_stop_releases_what_is_held();

  no_more_requests_run_than_allowed();
  one_at_a_time_keeps_the_order();
  a_hanging_webhook_delays_no_other();
  many_hanging_webhooks_leave_room_for_one_that_answers();
  connections_are_kept();
  ten_thousand_parcels_arrive_once_each();

  what_was_retired_is_forgotten();
  what_was_retired_while_it_hangs_has_its_outcome();
  what_was_retired_goes_with_the_courier();

  hanging_webhooks_do_not_hold_up_the_stop();
  what_ends_within_the_grace_has_its_outcome();
  what_is_sent_after_the_stop_is_dropped();
  an_idle_courier_ends_at_once();
  return check_done("t_courier");
}
