/* SPDX-License-Identifier: MIT */
/* Lines of an iCalendar file (RFC 5545, section 3.1). */
#include "core/calendar_inside.h"

#include <string.h>
#include <strings.h>

bool slice_is(struct slice s, const char *text) {
  return strlen(text) == s.n && strncasecmp(s.text, text, s.n) == 0;
}

/* Behind the line's end, if there is one here. */
static char *skip_end(char *p) {
  if (p[0] == '\r' && p[1] == '\n')
    return p + 2;
  return *p == '\n' || *p == '\r' ? p + 1 : NULL;
}

/* One line of content, which may be folded over several. */
static char *unfold(struct cal_lines *l, int *number) {
  char *begin = l->at, *to = begin, *p = begin;
  *number = ++l->number;
  while (p < l->end) {
    char *next = skip_end(p);
    if (next == NULL) {
      *to++ = *p++;
      continue;
    }
    p = next;
    if (*p != ' ' && *p != '\t')
      break;
    l->number++;
    p++;
  }
  l->at = p;
  *to = '\0';
  return begin;
}

/* The first of the stops that stands in no quotes; NULL: none does. */
static char *find_bare(char *text, const char *stops) {
  bool is_quoted = false;
  for (char *p = text; *p != '\0'; p++) {
    if (*p == '"')
      is_quoted = !is_quoted;
    else if (!is_quoted && strchr(stops, *p) != NULL)
      return p;
  }
  return NULL;
}

static bool split(char *text, struct cal_line *line) {
  char *name_end = text + strcspn(text, ";:");
  char *colon = find_bare(name_end, ":");
  if (colon == NULL || name_end == text)
    return false;
  line->name = (struct slice){text, (size_t)(name_end - text)};
  line->params = (struct slice){name_end, (size_t)(colon - name_end)};
  line->value = colon + 1;
  return true;
}

bool cal_line_next(struct cal_lines *l, struct cal_line *line) {
  while (l->at < l->end) {
    char *text = unfold(l, &line->number);
    if (split(text, line))
      return true;
  }
  return false;
}

/* The length of what stands there up to a semicolon, quotes looked at. */
static size_t param_length(struct slice s) {
  bool is_quoted = false;
  size_t n = 0;
  for (; n < s.n && (is_quoted || s.text[n] != ';'); n++)
    if (s.text[n] == '"')
      is_quoted = !is_quoted;
  return n;
}

static struct slice unquoted(struct slice s) {
  if (s.n >= 2 && s.text[0] == '"' && s.text[s.n - 1] == '"')
    return (struct slice){s.text + 1, s.n - 2};
  return s;
}

bool cal_line_param(const struct cal_line *line, const char *name,
                    struct slice *value) {
  struct slice rest = line->params;
  size_t len = strlen(name);
  while (rest.n > 0) { /* it begins with a semicolon */
    rest.text++;
    rest.n--;
    struct slice param = {rest.text, param_length(rest)};
    if (param.n > len && param.text[len] == '=' &&
        strncasecmp(param.text, name, len) == 0) {
      *value =
          unquoted((struct slice){param.text + len + 1, param.n - len - 1});
      return true;
    }
    rest.text += param.n;
    rest.n -= param.n;
  }
  return false;
}
