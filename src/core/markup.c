/* SPDX-License-Identifier: MIT */
#include "core/markup.h"

#include "base/text.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* Means nothing to any of them. */
#define PLAIN                                                                  \
  "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 ,:/"
#define ELLIPSIS "…"

/* Bytes of the character that begins there; text is valid UTF-8. */
static size_t character(const char *text) {
  unsigned char c = (unsigned char)text[0];
  size_t want = c < 0xc0 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
  size_t n = 1;
  while (n < want && text[n] != '\0')
    n++;
  return n;
}

static bool is_word(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
         (c >= 'A' && c <= 'Z') || (c & 0x80) != 0;
}

/* What would make a line that begins with the text one of a list, a heading or
 * a rule: "- ", "1. ", "===". */
static bool is_marker(const char *text, const char *c) {
  if (c == text)
    return strchr("-+=", *c) != NULL;
  return (*c == '.' || *c == ')') &&
         strspn(text, "0123456789") == (size_t)(c - text);
}

static const char *html_of(char c) {
  switch (c) {
  case '&':
    return "&amp;";
  case '<':
    return "&lt;";
  case '>':
    return "&gt;";
  case '"':
    return "&quot;";
  case '\'':
    return "&#39;";
  default:
    return NULL;
  }
}

/* A character of text; before is the one in front of it. */
static void add_character(struct buf *out, enum markup markup, char before,
                          const char *text, const char *c, size_t n) {
  const char *escaped = "";
  switch (markup) {
  case MARKUP_NONE:
    break;
  case MARKUP_SLACK:
    if (*c == '&' || *c == '<' || *c == '>') {
      buf_add(out, *c == '&' ? "&amp;" : *c == '<' ? "&lt;" : "&gt;");
      return;
    }
    if (*c == '@' && !is_word(before)) { /* "@all" would wake everybody */
      buf_add(out, "@\u200b");
      return;
    }
    break;
  case MARKUP_DISCORD:
    escaped = "\\*_~`|<>[]#";
    break;
  case MARKUP_TEAMS:
    escaped = "\\*_~`<>[]#";
    break;
  case MARKUP_MARKDOWN:
    escaped = is_marker(text, c) ? "-+=.)" : "\\*_~`<>[]#|&";
    break;
  case MARKUP_HTML:
    if (html_of(*c) != NULL) {
      buf_add(out, html_of(*c));
      return;
    }
    break;
  }
  if (strchr(escaped, *c) != NULL)
    buf_add(out, "\\");
  buf_addn(out, c, n);
}

void markup_add(struct buf *out, enum markup markup, const char *text,
                size_t max) {
  size_t start = out->len, fits = start; /* with an ellipsis behind */
  char before = '\0';
  struct buf shown;
  buf_init(&shown, 8 * strlen(text) + 1);
  text_add_visible(&shown, text);
  if (shown.err != OK)
    out->err = shown.err;
  for (const char *at = buf_text(&shown); *at != '\0' && out->err == OK;) {
    size_t n = strspn(at, PLAIN); /* most of it, at once */
    if (n > 0 && out->len - start + n <= max - strlen(ELLIPSIS)) {
      buf_addn(out, at, n);
      fits = out->len;
      before = at[n - 1];
      at += n;
      continue;
    }
    n = character(at);
    add_character(out, markup, before, buf_text(&shown), at, n);
    before = *at;
    at += n;
    if (out->len - start <= max - strlen(ELLIPSIS))
      fits = out->len;
    if (out->len - start <= max)
      continue;
    out->len = fits;
    out->text[fits] = '\0';
    buf_add(out, ELLIPSIS);
    break;
  }
  buf_fini(&shown);
}

void markup_add_link(struct buf *out, enum markup markup, const char *label,
                     const char *url) {
  if (url[0] == '\0')
    return;
  switch (markup) {
  case MARKUP_SLACK:
    buf_addf(out, "<%s|%s>", url, label);
    return;
  case MARKUP_DISCORD:
  case MARKUP_TEAMS:
  case MARKUP_MARKDOWN:
    buf_addf(out, "[%s](%s)", label, url);
    return;
  case MARKUP_HTML:
    buf_add(out, "<a href=\"");
    for (const char *c = url; *c != '\0'; c++)
      add_character(out, markup, '\0', url, c, 1);
    buf_addf(out, "\">%s</a>", label);
    return;
  case MARKUP_NONE:
    buf_addf(out, "%s: %s", label, url);
    return;
  }
}

bool link_make(const char *text, char link[LINK_MAX]) {
  size_t n = 0;
  link[0] = '\0';
  if (strncasecmp(text, "http://", 7) != 0 &&
      strncasecmp(text, "https://", 8) != 0)
    return false;
  for (const unsigned char *c = (const unsigned char *)text; *c != '\0'; c++) {
    bool is_safe =
        *c > ' ' && *c < 0x7f && strchr("\"'()<>[\\]^`{|}*", *c) == NULL;
    if (n + 4 > LINK_MAX) {
      link[0] = '\0';
      return false;
    }
    if (is_safe)
      link[n++] = (char)*c;
    else
      n += (size_t)snprintf(link + n, LINK_MAX - n, "%%%02X", *c);
  }
  link[n] = '\0';
  return true;
}
