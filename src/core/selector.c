/* SPDX-License-Identifier: MIT */
#include "core/selector.h"

#include <regex.h>
#include <stdlib.h>
#include <string.h>

#define SIZE_LIMIT 4000 /* 30 MiB of memory at most */
#define DEPTH_MAX 50

struct pattern {
  char *text; /* as it was written */
  bool is_regex;
  bool is_begun;  /* a regex that begins with ^ and plain characters */
  size_t begin_n; /* how many, from text + 2 on */
  char rest;      /* what follows: NUL nothing, '$' only that; else anything */
  regex_t regex;  /* if it is one */
};

/* regexec takes microseconds, and most texts differ from what most expressions
 * begin with. Where a bar may offer something else, nothing is known. */
static void find_begin(struct pattern *p) {
  const char *begin = p->text + 2;
  if (p->text[1] != '^' || strchr(p->text, '|') != NULL)
    return;
  size_t n = strspn(begin, "abcdefghijklmnopqrstuvwxyz"
                           "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-:, ");
  size_t rest_n = strlen(begin + n) - 1; /* without the last slash */
  p->rest = rest_n == 0 ? '\0' : rest_n == 1 && begin[n] == '$' ? '$' : '.';
  if (n > 0 && strchr("*+?{", begin[n]) != NULL)
    n--; /* what may be repeated may be missing */
  p->is_begun = true;
  p->begin_n = n;
}

static bool pattern_matches(const struct pattern *p, const char *text) {
  if (!p->is_regex)
    return strcmp(p->text, text) == 0;
  if (p->is_begun) {
    if (strncmp(p->text + 2, text, p->begin_n) != 0)
      return false;
    if (p->rest != '.')
      return p->rest == '\0' || text[p->begin_n] == '\0';
  }
  return regexec(&p->regex, text, 0, NULL, 0) == 0;
}

/* The end of a bracket expression that begins there. */
static const char *bracket_end(const char *begin) {
  const char *c = begin + 1;
  c += *c == '^';
  c += *c == ']';
  return c + strcspn(c, "]");
}

/* {n}, {n,} or {n,m}: how many times it is written out. */
static size_t copies_of(const char *brace) {
  char *end;
  unsigned long least = strtoul(brace + 1, &end, 10);
  unsigned long most = *end == ',' ? strtoul(end + 1, NULL, 10) : 0;
  most = most > least ? most : least;
  return most < 1 ? 1 : most < SIZE_LIMIT ? most : SIZE_LIMIT;
}

/* The C library compiles groups by recursion and writes repetitions out, each
 * in those around it: few bytes could take all stack and memory there are. */
static bool is_modest(const char *expression) {
  size_t size[DEPTH_MAX] = {0}, last[DEPTH_MAX] = {0}; /* of groups, atoms */
  size_t depth = 0;
  for (const char *c = expression; *c != '\0'; c++) {
    if (*c == '(') {
      if (++depth == DEPTH_MAX)
        return false;
      size[depth] = last[depth] = 0;
    } else if (*c == '{') {
      size_t more = (copies_of(c) - 1) * last[depth];
      size[depth] += more;
      last[depth] += more;
    } else if (*c == ')' && depth > 0) {
      depth--;
      last[depth] = size[depth + 1];
      size[depth] += last[depth];
    } else {
      if (*c == '[')
        c = bracket_end(c);
      else if (*c == '\\' && c[1] != '\0')
        c++;
      last[depth] = 1;
      size[depth]++;
    }
    if (size[depth] > SIZE_LIMIT)
      return false;
    if (*c == '\0')
      break;
  }
  return true;
}

enum err selector_add(struct selector *s, const char *pattern,
                      const char **why) {
  static _Thread_local char said[160];
  enum err err = ERR_NOMEM;
  struct pattern p = {.text = strdup(pattern)};
  char *expression = NULL;
  size_t len = strlen(pattern);
  if (p.text == NULL)
    goto out;
  /* As ignorelist has it: "//" is no expression but two slashes. */
  if (len > 2 && pattern[0] == '/' && pattern[len - 1] == '/') {
    expression = strndup(pattern + 1, len - 2);
    if (expression == NULL)
      goto out;
    if (!is_modest(expression)) {
      err = ERR_INVALID;
      *why = "it is too large with all repetitions {n} written out, or its "
             "groups are nested too deeply";
      goto out;
    }
    int code = regcomp(&p.regex, expression, REG_EXTENDED | REG_NOSUB);
    if (code != 0) {
      regerror(code, &p.regex, said, sizeof said);
      if (code != REG_ESPACE) {
        err = ERR_INVALID;
        *why = said;
      }
      goto out;
    }
    p.is_regex = true;
    find_begin(&p);
  }
  struct pattern *grown =
      realloc(s->patterns, (s->patterns_n + 1) * sizeof *grown);
  if (grown == NULL)
    goto out;
  s->patterns = grown;
  s->patterns[s->patterns_n++] = p;
  p = (struct pattern){.text = NULL};
  err = OK;
out:
  if (p.is_regex)
    regfree(&p.regex);
  free(p.text);
  free(expression);
  return err;
}

void selector_fini(struct selector *s) {
  for (size_t i = 0; i < s->patterns_n; i++) {
    if (s->patterns[i].is_regex)
      regfree(&s->patterns[i].regex);
    free(s->patterns[i].text);
  }
  free(s->patterns);
  *s = (struct selector){.patterns = NULL};
}

bool selector_matches(const struct selector *s, const char *text) {
  for (size_t i = 0; i < s->patterns_n; i++)
    if (pattern_matches(&s->patterns[i], text))
      return true;
  return s->patterns_n == 0;
}

bool selector_is_only(const struct selector *s, const char *text) {
  for (size_t i = 0; i < s->patterns_n; i++)
    if (s->patterns[i].is_regex || strcmp(s->patterns[i].text, text) != 0)
      return false;
  return s->patterns_n > 0;
}

bool selector_is_plain(const struct selector *s) {
  for (size_t i = 0; i < s->patterns_n; i++)
    if (s->patterns[i].is_regex)
      return false;
  return s->patterns_n > 0;
}

const char *selector_text(const struct selector *s, size_t i) {
  return s->patterns[i].text;
}

bool selector_is_regex(const struct selector *s, size_t i) {
  return s->patterns[i].is_regex;
}

static bool has_same_regex(const struct selector *s, const struct pattern *p) {
  for (size_t i = 0; i < s->patterns_n; i++)
    if (s->patterns[i].is_regex && strcmp(s->patterns[i].text, p->text) == 0)
      return true;
  return false;
}

bool selector_covers(const struct selector *wide, const struct selector *s) {
  if (wide->patterns_n == 0)
    return true;
  for (size_t i = 0; i < s->patterns_n; i++) {
    const struct pattern *p = &s->patterns[i];
    if (p->is_regex ? !has_same_regex(wide, p)
                    : !selector_matches(wide, p->text))
      return false;
  }
  return s->patterns_n > 0;
}
