/* SPDX-License-Identifier: MIT */
#include "core/settings_reader.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

/* ":443" or nothing. */
static bool is_port(const char *text, size_t len) {
  unsigned port = 0;
  if (len == 0)
    return true;
  if (text[0] != ':' || len < 2 || len > 6)
    return false;
  for (size_t i = 1; i < len; i++) {
    if (!is_digit(text[i]))
      return false;
    port = port * 10 + (unsigned)(text[i] - '0');
  }
  return port >= 1 && port <= 65535;
}

static bool is_host(const char *text, size_t len) {
  /* Bytes above ASCII are those of an international name. */
  for (size_t i = 0; i < len; i++)
    if (strchr("\"<>\\^`{|}[],;!$&'()*+=:", text[i]) != NULL)
      return false;
  return len > 0;
}

static const char *check_authority(const char *host, size_t len) {
  size_t name_len = strcspn(host, ":");
  if (host[0] == '[') {
    const char *end = memchr(host, ']', len);
    if (end == NULL || end == host + 1)
      return "its host is no IPv6 address in brackets";
    name_len = (size_t)(end - host) + 1;
    if (strspn(host + 1, "0123456789abcdefABCDEF:.%") < name_len - 2)
      return "its host is no IPv6 address in brackets";
  } else {
    if (name_len > len)
      name_len = len;
    if (name_len == 0)
      return "it has no host";
    if (!is_host(host, name_len))
      return "its host has a character no host has";
  }
  if (!is_port(host + name_len, len - name_len))
    return "its port is no number from 1 to 65535";
  return NULL;
}

enum err url_split(const char *text, struct url *url, const char **why) {
  struct url u = {.user = NULL};
  if (strncasecmp(text, "https://", 8) == 0)
    u.host = text + 8;
  else if (strncasecmp(text, "http://", 7) == 0)
    u.host = text + 7;
  else {
    *why = "it does not begin with http:// or https://";
    return ERR_INVALID;
  }
  for (const unsigned char *c = (const unsigned char *)text; *c != '\0'; c++)
    if (*c <= ' ' || *c == 0x7f) {
      *why = "it has a blank or a control character; percent-encode it";
      return ERR_INVALID;
    }
  u.host_len = strcspn(u.host, "/?#");
  const char *at = u.host + u.host_len; /* behind the last "@" */
  while (at > u.host && at[-1] != '@')
    at--;
  if (at > u.host) {
    size_t len = (size_t)(at - 1 - u.host);
    const char *colon = memchr(u.host, ':', len);
    u.user = u.host;
    u.user_len = colon == NULL ? len : (size_t)(colon - u.host);
    if (colon != NULL) {
      u.password = colon + 1;
      u.password_len = (size_t)(at - 1 - u.password);
    }
    u.host = at;
    u.host_len -= len + 1;
  }
  const char *wrong = check_authority(u.host, u.host_len);
  if (wrong != NULL) {
    *why = wrong;
    return ERR_INVALID;
  }
  *url = u;
  return OK;
}

static int hex(char c) {
  if (is_digit(c))
    return c - '0';
  c |= 0x20;
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

enum err url_decode(const char *text, size_t len, char **own_text) {
  char *out = malloc(len + 1);
  size_t n = 0;
  if (out == NULL)
    return ERR_NOMEM;
  for (size_t i = 0; i < len; i++, n++) {
    out[n] = text[i];
    if (text[i] != '%')
      continue;
    int high = i + 2 < len ? hex(text[i + 1]) : -1;
    int low = i + 2 < len ? hex(text[i + 2]) : -1;
    if (high < 0 || low < 0 || (high == 0 && low == 0)) {
      free(out);
      return ERR_INVALID;
    }
    out[n] = (char)(high << 4 | low);
    i += 2;
  }
  out[n] = '\0';
  *own_text = out;
  return OK;
}
