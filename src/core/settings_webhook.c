/* SPDX-License-Identifier: MIT */
/* <Webhook>. No complaint here shows a value: most are secret. */
#include "core/format.h"
#include "core/settings_reader.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define TIMEOUT_DEFAULT 10000
#define RETRY_DEFAULT (15 * 60 * 1000)
#define RETRY_MAX (7 * 24 * 3600 * 1000LL)
#define IN_FLIGHT_DEFAULT 4

static void read_url(struct reader *r, const struct place *at,
                     const struct option *o, void *object) {
  (void)o;
  struct webhook *w = object;
  struct url u;
  const char *why = "";
  if (!reader_is_one(r, at))
    return;
  const char *text = reader_text_at(r, at, 0);
  if (text == NULL)
    return;
  if (url_split(text, &u, &why) != OK) {
    reader_complain(r, at, "takes an http or https URL; %s", why);
    return;
  }
  struct buf url;
  buf_init(&url, strlen(text));
  buf_addn(&url, text, strcspn(text, "/") + 2);
  buf_add(&url, u.host);
  if (buf_take(&url, &w->url) != OK)
    r->err = ERR_NOMEM;
  buf_fini(&url);
}

static bool is_header_text(const char *text) {
  for (const unsigned char *c = (const unsigned char *)text; *c != '\0'; c++)
    if ((*c < ' ' && *c != '\t') || *c == 0x7f)
      return false;
  return true;
}

static void read_format(struct reader *r, const struct place *at,
                        const struct option *o, void *object) {
  (void)o;
  struct webhook *w = object;
  if (!reader_is_one(r, at))
    return;
  size_t i = reader_word_at(r, at, 0, format_names, FORMATS);
  if (i < FORMATS)
    w->format = (enum format)i;
}

static void read_body(struct reader *r, const struct place *at,
                      const struct option *o, void *object) {
  (void)o;
  struct webhook *w = object;
  const char *why = "";
  const char *text = reader_is_one(r, at) ? reader_text_at(r, at, 0) : NULL;
  if (text == NULL)
    return;
  enum err err = template_parse_page(text, &w->body, &why);
  if (err == ERR_INVALID)
    reader_complain(r, at, "%s", why);
  else if (err != OK)
    r->err = err;
}

static void read_content_type(struct reader *r, const struct place *at,
                              const struct option *o, void *object) {
  (void)o;
  static const struct {
    const char *name;
    enum content content;
  } types[] = {{"application/json", CONTENT_JSON},
               {"application/x-www-form-urlencoded", CONTENT_FORM},
               {"text/plain", CONTENT_PLAIN}};
  struct webhook *w = object;
  const char *text = reader_is_one(r, at) ? reader_text_at(r, at, 0) : NULL;
  if (text == NULL)
    return;
  for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
    size_t len = strlen(types[i].name);
    if (strncasecmp(text, types[i].name, len) != 0 ||
        (text[len] != '\0' && text[len] != ';' && text[len] != ' ') ||
        !is_header_text(text))
      continue;
    w->content = types[i].content;
    reader_keep(r, &w->content_type, text);
    return;
  }
  reader_complain(r, at,
                  "takes application/json, application/x-www-form-urlencoded "
                  "or text/plain");
}

static bool is_header(const char *text) {
  size_t name_len = strspn(text, "abcdefghijklmnopqrstuvwxyz"
                                 "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                 "0123456789!#$%&'*+.^_`|~-");
  return name_len > 0 && text[name_len] == ':' && is_header_text(text);
}

static void read_header(struct reader *r, const struct place *at,
                        const struct option *o, void *object) {
  (void)o;
  struct webhook *w = object;
  if (!reader_is_one(r, at))
    return;
  const char *text = reader_text_at(r, at, 0);
  if (text == NULL)
    return;
  if (!is_header(text)) {
    reader_complain(r, at, "takes one header line, \"Name: value\"");
    return;
  }
  char **grown = reader_grow(r, w->headers, w->headers_n, sizeof *grown);
  if (grown == NULL)
    return;
  w->headers = grown;
  reader_keep(r, &w->headers[w->headers_n], text);
  if (w->headers[w->headers_n] != NULL)
    w->headers_n++;
}

static void read_urgency(struct reader *r, const struct place *at,
                         const struct option *o, void *object) {
  (void)o;
  struct webhook *w = object;
  bool is_high = true;
  reader_urgency(r, at, &is_high);
  w->is_low_urgency = !is_high;
}

static bool is_base64(const char *text) {
  size_t len = strlen(text);
  size_t n = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                          "abcdefghijklmnopqrstuvwxyz0123456789+/");
  return n > 0 && len % 4 == 0 && len - n <= 2 &&
         strspn(text + n, "=") == len - n;
}

/* One more key, into the text of it that o says. */
static void read_key(struct reader *r, const struct place *at,
                     const struct option *o, void *object) {
  struct webhook *w = object;
  if (w->keys_n == SIGNING_KEYS_MAX) {
    reader_complain(r, at,
                    "is one too many: Secret and SecretFile may be given twice "
                    "in all");
    return;
  }
  struct signing_key *k = &w->keys[w->keys_n++];
  reader_keep(r, &k->secret, "");
  reader_keep(r, &k->file, "");
  reader_text(r, at, o, k);
  if (k->secret != NULL && strncmp(k->secret, "whsec_", 6) == 0 &&
      !is_base64(k->secret + 6))
    reader_complain(r, at, "has no base64 after \"whsec_\"");
}

#define AT(field) offsetof(struct webhook, field)
static const struct option options[] = {
    {.name = "URL", .read = read_url}, /* but for pagerduty mandatory */
    {.name = "Format", .read = read_format},
    {.name = "RoutingKey",
     .read = reader_text,
     .offset = AT(routing_key),
     .flags = OPTION_FILLED},
    {.name = "Body", .read = read_body},
    {.name = "ContentType", .read = read_content_type},
    {.name = "User",
     .read = reader_text,
     .offset = AT(user),
     .flags = OPTION_FILLED},
    {.name = "Password", .read = reader_text, .offset = AT(password)},
    {.name = "Header", .read = read_header, .flags = OPTION_MANY},
    {.name = "VerifyPeer", .read = reader_flag, .offset = AT(verify_peer)},
    {.name = "VerifyHost", .read = reader_flag, .offset = AT(verify_host)},
    {.name = "CACert",
     .read = reader_text,
     .offset = AT(ca_cert),
     .flags = OPTION_FILLED},
    {.name = "CAPath",
     .read = reader_text,
     .offset = AT(ca_path),
     .flags = OPTION_FILLED},
    {.name = "ClientKey",
     .read = reader_text,
     .offset = AT(client_key),
     .flags = OPTION_FILLED},
    {.name = "ClientCert",
     .read = reader_text,
     .offset = AT(client_cert),
     .flags = OPTION_FILLED},
    {.name = "ClientKeyPass",
     .read = reader_text,
     .offset = AT(client_key_pass)},
    {.name = "Timeout",
     .read = reader_millis,
     .offset = AT(timeout),
     .min = 1,
     .max = 600000,
     .unit = "milliseconds"},
    {.name = "Secret",
     .read = read_key,
     .offset = offsetof(struct signing_key, secret),
     .flags = OPTION_FILLED | OPTION_MANY},
    {.name = "SecretFile",
     .read = read_key,
     .offset = offsetof(struct signing_key, file),
     .flags = OPTION_FILLED | OPTION_MANY},
    {.name = "Retry",
     .read = reader_span,
     .offset = AT(retry),
     .max = RETRY_MAX},
    {.name = "MaxInFlight",
     .read = reader_number,
     .offset = AT(in_flight_max),
     .min = 1,
     .max = 64},
    {.name = "Urgency", .read = read_urgency},
};

static void *add(struct reader *r, const char *name) {
  struct settings *s = r->settings;
  struct webhook **grown =
      reader_grow(r, s->webhooks, s->webhooks_n, sizeof *grown);
  if (grown == NULL)
    return NULL;
  s->webhooks = grown;
  struct webhook *w = reader_new(r, sizeof *w);
  if (w == NULL)
    return NULL;
  s->webhooks[s->webhooks_n++] = w;
  reader_keep(r, &w->name, name);
  w->verify_peer = w->verify_host = true;
  w->timeout = TIMEOUT_DEFAULT;
  w->retry = RETRY_DEFAULT;
  w->in_flight_max = IN_FLIGHT_DEFAULT;
  return w;
}

static void *get(const struct settings *s, size_t i, const char **name) {
  if (i >= s->webhooks_n)
    return NULL;
  *name = s->webhooks[i]->name;
  return s->webhooks[i];
}

/* What stands in the URL becomes *own_text, unless the option of that name
 * says something else. */
static bool merge(struct reader *r, const struct place *block,
                  const struct place *url, const char *option, const char *text,
                  size_t len, char **own_text) {
  char *decoded = NULL;
  if (text == NULL)
    return true;
  enum err err = url_decode(text, len, &decoded);
  if (err == ERR_INVALID) {
    reader_complain(r, url, "its credentials have a bad percent-encoding");
  } else if (err != OK) {
    r->err = err;
  } else if (reader_find(block->item, option) == NULL) {
    free(*own_text);
    *own_text = decoded;
    decoded = NULL;
  } else if (strcmp(decoded, *own_text) != 0) {
    reader_complain(r, url, "its credentials contradict the option %s", option);
  }
  free(decoded);
  return err == OK;
}

static void check_credentials(struct reader *r, const struct place *block,
                              struct webhook *w) {
  const struct place at = {
      .up = block, .item = reader_find(block->item, "URL"), .name = "URL"};
  struct url u;
  const char *why;
  if (w->url == NULL || at.item == NULL ||
      at.item->values[0].type != CONF_TEXT ||
      url_split(at.item->values[0].text, &u, &why) != OK)
    return; /* complained of already */
  if (merge(r, block, &at, "User", u.user, u.user_len, &w->user) &&
      merge(r, block, &at, "Password", u.password, u.password_len,
            &w->password) &&
      w->user[0] == '\0' && w->password[0] != '\0')
    reader_complain(r, block, "has a password, but no User");
}

/* ---- what goes with a Format ---- */

#define PAGERDUTY_URL "https://events.pagerduty.com/v2/enqueue"

static struct place place_of(const struct place *block, const char *option) {
  return (struct place){
      .up = block, .item = reader_find(block->item, option), .name = option};
}

/* Such an option must be there with that format, or must not be with another.
 */
static void check_option(struct reader *r, const struct place *block,
                         const struct webhook *w, const char *option,
                         enum format format, bool is_mandatory) {
  const struct place at = place_of(block, option);
  if (at.item == NULL && w->format == format && is_mandatory)
    reader_complain(r, block,
                    "the option %s is missing, which Format \"%s\" "
                    "needs",
                    option, format_names[format]);
  else if (at.item != NULL && w->format != format)
    reader_complain(r, &at, "is for Format \"%s\" only", format_names[format]);
}

/* "https://ntfy.sh/ops?auth=x" is topic "ops" at "https://ntfy.sh/?auth=x". */
static void split_topic(struct reader *r, const struct place *block,
                        struct webhook *w) {
  const struct place at = place_of(block, "URL");
  char *path = strchr(strstr(w->url, "://") + 3, '/');
  size_t end = path != NULL ? strcspn(path, "?#") : 0, from = end;
  while (from > 0 && path[from - 1] != '/')
    from--;
  if (from == end) {
    reader_complain(r, &at,
                    "lacks the topic: Format \"ntfy\" takes the last "
                    "part of its path for it");
    return;
  }
  free(w->topic);
  w->topic = NULL;
  enum err err = url_decode(path + from, end - from, &w->topic);
  if (err == ERR_INVALID)
    reader_complain(r, &at, "has a bad percent-encoding in its topic");
  else if (err != OK)
    r->err = err;
  memmove(path + from, path + end, strlen(path + end) + 1);
}

/* Without it Discord says that all is well before it has tried. */
static void add_wait(struct reader *r, struct webhook *w) {
  struct buf url;
  const char *query = strchr(w->url, '?');
  if (query != NULL && strstr(query, "wait=") != NULL)
    return;
  buf_init(&url, strlen(w->url) + 16);
  buf_addf(&url, "%s%swait=true", w->url, query != NULL ? "&" : "?");
  if (url.err != OK) {
    r->err = url.err;
  } else {
    free(w->url);
    w->url = NULL;
    r->err = buf_take(&url, &w->url);
  }
  buf_fini(&url);
}

static void check_url(struct reader *r, const struct place *block,
                      struct webhook *w) {
  if (reader_find(block->item, "URL") == NULL) {
    if (w->format == FORMAT_PAGERDUTY)
      reader_keep(r, &w->url, PAGERDUTY_URL);
    else
      reader_complain(r, block, "the option URL is missing");
  } else if (w->url == NULL) { /* complained of already */
    return;
  } else if (w->format == FORMAT_NTFY) {
    split_topic(r, block, w);
  } else if (w->format == FORMAT_DISCORD) {
    add_wait(r, w);
  }
}

static void check_format(struct reader *r, const struct place *block,
                         struct webhook *w) {
  const struct place body = place_of(block, "Body");
  const char *why = "";
  check_option(r, block, w, "RoutingKey", FORMAT_PAGERDUTY, true);
  check_option(r, block, w, "Body", FORMAT_CUSTOM, true);
  check_option(r, block, w, "ContentType", FORMAT_CUSTOM, false);
  check_url(r, block, w);
  if (w->topic == NULL)
    reader_keep(r, &w->topic, "");
  if (w->content_type == NULL)
    reader_keep(r, &w->content_type, "");
  if (w->body == NULL || r->err != OK)
    return;
  enum err err = format_check_body(w, &why);
  if (err == ERR_INVALID)
    reader_complain(r, &body, "%s", why);
  else if (err != OK)
    r->err = err;
}

static void check(struct reader *r, const struct place *block, void *object) {
  check_credentials(r, block, object);
  check_format(r, block, object);
}

const struct block_kind settings_block_webhook = {
    .name = "Webhook",
    .table = OPTION_TABLE(options),
    .add = add,
    .get = get,
    .check = check,
};
