/* SPDX-License-Identifier: MIT */
#include "engine/courier_webhook.h"

#include "base/text.h"
#include "core/format.h"
#include "engine/courier_answer.h"

#include <curl/curl.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

/* Bytes of an answer's body after which the connection is worth less than the
 * rest of the body would cost. */
#define BODY_MAX 65536
#define HEAD_MAX 65536       /* bytes of headers that no answer has */
#define CONNECT_MAX_MS 10000 /* a name server that is away takes 5000 of it */
#define HOLD_MAX_MS 1000     /* others hang up who hear nothing for longer */
#define SIGNATURE_TEXT (4 * ((EVP_MAX_MD_SIZE + 2) / 3) + 1)

/* The headers that differ from request to request; put in front of those that
 * all have in common, so that a request allocates no list. */
struct post_own {
  struct curl_slist nodes[3];
  char id[16 + ULID_TEXT];
  char timestamp[48];
  char signature[32 + SIGNING_KEYS_MAX * (4 + SIGNATURE_TEXT)];
};

/* ---- what all requests to a webhook have in common ---- */

static bool is_named(const char *header, const char *name) {
  size_t len = strlen(name);
  return strncasecmp(header, name, len) == 0 &&
         (header[len] == ':' || header[len] == ';');
}

static enum err add_header(struct hook *h, const char *line) {
  struct curl_slist *grown = curl_slist_append(h->headers, line);
  if (grown == NULL)
    return ERR_NOMEM;
  h->headers = grown;
  return OK;
}

static enum err add_content_type(struct hook *h) {
  struct buf line;
  buf_init(&line, 1024);
  buf_addf(&line, "Content-Type: %s", format_content_type(h->webhook));
  enum err err = line.err == OK ? add_header(h, buf_text(&line)) : line.err;
  buf_fini(&line);
  return err;
}

static enum err make_headers(struct hook *h) {
  /* Those that would break the protocol or contradict what we say. */
  static const char *const ours[] = {"webhook-id",        "webhook-timestamp",
                                     "webhook-signature", "Content-Length",
                                     "Transfer-Encoding", "Expect"};
  const struct webhook *w = h->webhook;
  bool has_type = false;
  enum err err = OK;
  for (size_t i = 0; i < w->headers_n && err == OK; i++) {
    bool is_ours = strpbrk(w->headers[i], "\r\n") != NULL;
    for (size_t k = 0; k < sizeof ours / sizeof ours[0]; k++)
      is_ours = is_ours || is_named(w->headers[i], ours[k]);
    has_type = has_type || is_named(w->headers[i], "Content-Type");
    if (!is_ours)
      err = add_header(h, w->headers[i]);
  }
  if (err == OK && !has_type)
    err = add_content_type(h);
  /* libcurl would wait a second for "100 Continue" before a large body. */
  if (err == OK)
    err = add_header(h, "Expect:");
  return err;
}

static int base64_value(char c) {
  static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                               "abcdefghijklmnopqrstuvwxyz0123456789+/";
  const char *at = c == '\0' ? NULL : strchr(digits, c);
  return at == NULL ? -1 : (int)(at - digits);
}

/* The padding may be left out. ERR_INVALID for what is no base64. */
static enum err base64_decode(const char *text, unsigned char *out,
                              size_t *len) {
  unsigned bits = 0;
  size_t digits = 0, n = 0;
  for (; *text != '\0' && *text != '='; text++, digits++) {
    int value = base64_value(*text);
    if (value < 0)
      return ERR_INVALID;
    bits = bits << 6 | (unsigned)value;
    if (digits % 4 != 0)
      out[n++] = (unsigned char)(bits >> (6 - 2 * (digits % 4)));
  }
  if (digits % 4 == 1 || strspn(text, "=") != strlen(text) || n == 0)
    return ERR_INVALID;
  *len = n;
  return OK;
}

/* ERR_INVALID: "whsec_" and no base64 behind it. */
static enum err make_key(const char *secret, struct hook_key *key) {
  size_t len = strlen(secret);
  enum err err = OK;
  key->bytes = malloc(len);
  if (key->bytes == NULL)
    return ERR_NOMEM;
  if (strncmp(secret, "whsec_", 6) == 0) {
    err = base64_decode(secret + 6, key->bytes, &key->len);
  } else {
    memcpy(key->bytes, secret, len);
    key->len = len;
  }
  if (err != OK) {
    free(key->bytes);
    key->bytes = NULL;
  }
  return err;
}

static enum err make_keys(struct hook *h) {
  const struct webhook *w = h->webhook;
  bool has_bad = false;
  for (size_t i = 0; i < w->keys_n; i++) {
    enum err err = OK;
    if (w->keys[i].secret[0] == '\0') /* its file could not be read */
      continue;
    err = make_key(w->keys[i].secret, &h->keys[h->keys_n]);
    if (err == ERR_NOMEM)
      return err;
    has_bad = has_bad || err != OK;
    h->keys_n += err == OK;
  }
  h->is_key_bad = has_bad && h->keys_n == 0;
  return OK;
}

/* A URL's path may be a secret, so errors name the host only. */
static enum err make_host(struct hook *h) {
  char *host = NULL, *port = NULL;
  enum err err = ERR_NOMEM;
  CURLU *url = curl_url();
  if (url == NULL)
    goto out;
  CURLUcode code = curl_url_set(url, CURLUPART_URL, h->webhook->url, 0);
  if (code == CURLUE_OUT_OF_MEMORY)
    goto out;
  if (code == CURLUE_OK)
    code = curl_url_get(url, CURLUPART_HOST, &host, 0);
  if (code == CURLUE_OK && curl_url_get(url, CURLUPART_PORT, &port, 0) != 0)
    port = NULL;
  char text[512];
  if (code != CURLUE_OK)
    snprintf(text, sizeof text, "the host");
  else
    snprintf(text, sizeof text, "%s%s%s", host, port != NULL ? ":" : "",
             port != NULL ? port : "");
  text_clean(h->host, sizeof h->host, text, strlen(text));
  err = OK;
out:
  curl_free(host);
  curl_free(port);
  curl_url_cleanup(url);
  return err;
}

enum err hook_new(const struct webhook *webhook, const char *user_agent,
                  struct gate *gate, struct hook **own_hook) {
  struct hook *h = calloc(1, sizeof *h);
  if (h == NULL)
    return ERR_NOMEM;
  h->webhook = webhook;
  h->gate = gate;
  h->user_agent = strdup(user_agent);
  enum err err = h->user_agent == NULL ? ERR_NOMEM : make_headers(h);
  if (err == OK)
    err = make_keys(h);
  if (err == OK)
    err = make_host(h);
  if (err != OK) {
    hook_free(h);
    return err;
  }
  *own_hook = h;
  return OK;
}

void hook_free(struct hook *h) {
  if (h == NULL)
    return;
  curl_slist_free_all(h->headers);
  for (size_t i = 0; i < h->keys_n; i++) {
    OPENSSL_cleanse(h->keys[i].bytes, h->keys[i].len);
    free(h->keys[i].bytes);
  }
  free(h->user_agent);
  free(h);
}

span_ms hook_connect_timeout(const struct hook *h) {
  return h->webhook->timeout < CONNECT_MAX_MS ? h->webhook->timeout
                                              : CONNECT_MAX_MS;
}

/* ---- what libcurl calls ---- */

static void note_connected(struct post *p) {
  if (p->is_connecting)
    p->hook->connecting--;
  p->is_connecting = false;
}

/* The connection is there (new or kept) and the request is about to go. */
static int on_connected(void *arg, char *ip, char *local_ip, int port,
                        int local_port) {
  (void)ip, (void)local_ip, (void)port, (void)local_port;
  struct post *p = arg;
  int connects = PARCEL_CONNECTS;
  note_connected(p);
  span_ms held = gate_pass(p->hook->gate) / 1000000;
  /* What it waited counts for its timeout, too. */
  p->is_stale = held > HOLD_MAX_MS || held > p->hook->webhook->timeout / 2;
  if (p->is_stale)
    return CURL_PREREQFUNC_ABORT;
  /* It is sent already where a kept connection had died. */
  if (!atomic_compare_exchange_strong(&p->parcel->way, &connects,
                                      PARCEL_SENT) &&
      connects == PARCEL_UNWANTED)
    return CURL_PREREQFUNC_ABORT;
  p->is_sent = true;
  return CURL_PREREQFUNC_OK;
}

/* Other plugins fork. */
static curl_socket_t on_socket(void *arg, curlsocktype purpose,
                               struct curl_sockaddr *address) {
  (void)arg, (void)purpose;
  return socket(address->family, address->socktype | SOCK_CLOEXEC,
                address->protocol);
}

static void read_status(struct post *p, const char *line, size_t len) {
  const char *blank = memchr(line, ' ', len);
  p->status = 0;
  p->retry_after[0] = '\0';
  if (blank == NULL || (size_t)(line + len - blank) < 4)
    return;
  for (int i = 1; i <= 3; i++) {
    if (blank[i] < '0' || blank[i] > '9') {
      p->status = 0;
      return;
    }
    p->status = p->status * 10 + (blank[i] - '0');
  }
}

/* One whole line of the answer's headers with its end. libcurl calls a request
 * done, too, when the connection ends amid the headers; only the empty line
 * tells. */
static size_t on_header(char *line, size_t size, size_t n, void *arg) {
  struct post *p = arg;
  size_t len = size * n;
  static const char name[] = "Retry-After:";
  p->head_read += len;
  if (p->head_read > HEAD_MAX)
    return 0; /* ends the transfer */
  if (p->is_answered)
    return len; /* a trailer */
  if (len >= 5 && memcmp(line, "HTTP/", 5) == 0) {
    read_status(p, line, len);
  } else if (line[0] == '\r' || line[0] == '\n') {
    p->is_answered = p->status >= 200;
  } else if (len > sizeof name &&
             strncasecmp(line, name, sizeof name - 1) == 0) {
    size_t from = sizeof name - 1;
    while (from < len && (line[from] == ' ' || line[from] == '\t'))
      from++;
    while (len > from && strchr("\r\n \t", line[len - 1]) != NULL)
      len--;
    if (len - from < sizeof p->retry_after) {
      memcpy(p->retry_after, line + from, len - from);
      p->retry_after[len - from] = '\0';
    }
  }
  return size * n;
}

static size_t on_body(char *bytes, size_t size, size_t n, void *arg) {
  struct post *p = arg;
  size_t len = size * n;
  if (p->body_read < sizeof p->response) {
    size_t room = sizeof p->response - p->body_read;
    memcpy(p->response + p->body_read, bytes, len < room ? len : room);
  }
  p->body_read += len;
  return p->body_read > BODY_MAX ? 0 : len; /* 0 ends the transfer */
}

/* ---- a request ---- */

static CURLcode set_options(struct post *p) {
  const struct webhook *w = p->hook->webhook;
  CURL *e = p->easy;
  CURLcode code = CURLE_OK;
#define SET(option, value)                                                     \
  do {                                                                         \
    if (code == CURLE_OK)                                                      \
      code = curl_easy_setopt(e, option, value);                               \
  } while (0)
#define SET_TEXT(option, text)                                                 \
  do {                                                                         \
    if ((text) != NULL && (text)[0] != '\0')                                   \
      SET(option, text);                                                       \
  } while (0)
  SET(CURLOPT_PRIVATE, p);
  _Static_assert(sizeof p->said == CURL_ERROR_SIZE, "as libcurl wants it");
  SET(CURLOPT_ERRORBUFFER, p->said);
  SET(CURLOPT_URL, w->url);
  SET(CURLOPT_PROTOCOLS_STR, "http,https");
  SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
  SET(CURLOPT_FOLLOWLOCATION, 0L);
  SET(CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
  SET(CURLOPT_POST, 1L);
  SET(CURLOPT_USERAGENT, p->hook->user_agent);
  SET(CURLOPT_NOSIGNAL, 1L);   /* we are one thread of many */
  SET(CURLOPT_QUICK_EXIT, 1L); /* a look-up that hangs stops nothing */
  SET(CURLOPT_TCP_KEEPALIVE, 1L);
  SET(CURLOPT_TIMEOUT_MS, (long)w->timeout);
  SET(CURLOPT_CONNECTTIMEOUT_MS, (long)hook_connect_timeout(p->hook));
  SET(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L); /* a proxy's are no answer */
  SET(CURLOPT_PREREQFUNCTION, on_connected);
  SET(CURLOPT_PREREQDATA, p);
  SET(CURLOPT_OPENSOCKETFUNCTION, on_socket);
  SET(CURLOPT_HEADERFUNCTION, on_header);
  SET(CURLOPT_HEADERDATA, p);
  SET(CURLOPT_WRITEFUNCTION, on_body);
  SET(CURLOPT_WRITEDATA, p);
  SET(CURLOPT_SSL_VERIFYPEER, w->verify_peer ? 1L : 0L);
  SET(CURLOPT_SSL_VERIFYHOST, w->verify_host ? 2L : 0L);
  SET_TEXT(CURLOPT_CAINFO, w->ca_cert);
  SET_TEXT(CURLOPT_CAPATH, w->ca_path);
  SET_TEXT(CURLOPT_SSLKEY, w->client_key);
  SET_TEXT(CURLOPT_SSLCERT, w->client_cert);
  SET_TEXT(CURLOPT_KEYPASSWD, w->client_key_pass);
  if (w->user[0] != '\0' || w->password[0] != '\0') {
    SET(CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
    SET(CURLOPT_USERNAME, w->user);
    SET(CURLOPT_PASSWORD, w->password);
  }
#undef SET_TEXT
#undef SET
  return code;
}

enum err post_new(struct hook *h, struct post **own_post) {
  struct post *p = calloc(1, sizeof *p);
  if (p == NULL)
    return ERR_NOMEM;
  p->hook = h;
  p->own = calloc(1, sizeof *p->own);
  p->easy = curl_easy_init();
  if (p->own == NULL || p->easy == NULL || set_options(p) != CURLE_OK) {
    post_free(p);
    return ERR_NOMEM;
  }
  *own_post = p;
  return OK;
}

void post_free(struct post *p) {
  if (p == NULL)
    return;
  curl_easy_cleanup(p->easy);
  parcel_free(p->parcel);
  outcome_free(p->outcome);
  free(p->own);
  free(p);
}

/* Standard Webhooks: base64 of the HMAC-SHA256 over id.timestamp.body, one for
 * each key, behind what is in out. */
static enum err add_signatures(const struct hook *h,
                               const struct parcel *parcel, long long timestamp,
                               char *out) {
  unsigned char mac[EVP_MAX_MD_SIZE];
  unsigned mac_len = 0;
  char head[ULID_TEXT + 32];
  int head_len = snprintf(head, sizeof head, "%s.%lld.", parcel->id, timestamp);
  size_t len = (size_t)head_len + parcel->body_len;
  unsigned char *all = malloc(len);
  bool is_done = all != NULL;
  if (all == NULL)
    return ERR_NOMEM;
  memcpy(all, head, (size_t)head_len);
  if (parcel->body_len > 0)
    memcpy(all + head_len, parcel->body, parcel->body_len);
  out += strlen(out);
  for (size_t i = 0; i < h->keys_n && is_done; i++) {
    is_done = HMAC(EVP_sha256(), h->keys[i].bytes, (int)h->keys[i].len, all,
                   len, mac, &mac_len) != NULL;
    if (!is_done)
      break;
    memcpy(out, " v1,", 4); /* behind the colon, or behind another */
    out += 4;
    out += EVP_EncodeBlock((unsigned char *)out, mac, (int)mac_len);
  }
  free(all);
  return is_done ? OK : ERR_NOMEM;
}

static enum err make_own_headers(struct post *p, wall_ms now) {
  struct post_own *o = p->own;
  long long timestamp = now / 1000;
  size_t n = 2;
  o->nodes[0].data = o->id;
  o->nodes[1].data = o->timestamp;
  o->nodes[2].data = o->signature;
  snprintf(o->id, sizeof o->id, "webhook-id: %s", p->parcel->id);
  snprintf(o->timestamp, sizeof o->timestamp, "webhook-timestamp: %lld",
           timestamp);
  if (p->hook->keys_n > 0) {
    snprintf(o->signature, sizeof o->signature, "webhook-signature:");
    enum err err = add_signatures(p->hook, p->parcel, timestamp, o->signature);
    if (err != OK)
      return err;
    n = 3;
  }
  for (size_t i = 0; i + 1 < n; i++)
    o->nodes[i].next = &o->nodes[i + 1];
  o->nodes[n - 1].next = p->hook->headers;
  return OK;
}

enum err post_begin(struct post *p, struct parcel *own_parcel, wall_ms now) {
  p->parcel = own_parcel;
  p->began_ns = clock_mono_ns();
  p->is_stale = p->is_sent = p->is_answered = false;
  p->status = 0;
  p->retry_after[0] = '\0';
  p->head_read = p->body_read = 0;
  p->said[0] = '\0';
  p->is_connecting = true;
  p->hook->connecting++;
  if (p->hook->is_key_bad)
    return ERR_INVALID; /* a page that nobody can verify is not sent */
  enum err err = make_own_headers(p, now);
  if (err != OK)
    return err;
  CURL *e = p->easy;
  if (curl_easy_setopt(e, CURLOPT_HTTPHEADER, p->own->nodes) != CURLE_OK ||
      curl_easy_setopt(e, CURLOPT_POSTFIELDS,
                       own_parcel->body_len > 0 ? own_parcel->body : "") !=
          CURLE_OK ||
      curl_easy_setopt(e, CURLOPT_POSTFIELDSIZE_LARGE,
                       (curl_off_t)own_parcel->body_len) != CURLE_OK)
    return ERR_NOMEM;
  return OK;
}

struct outcome *post_end(struct post *p, int code, wall_ms now) {
  struct outcome *o = p->outcome;
  p->outcome = NULL;
  note_connected(p);
  o->next = NULL;
  memcpy(o->id, p->parcel->id, sizeof o->id);
  answer_judge(p, code, now, o);
  o->took = (clock_mono_ns() - p->began_ns) / 1000000;
  parcel_free(p->parcel);
  p->parcel = NULL;
  return o;
}
