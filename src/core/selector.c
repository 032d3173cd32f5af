/* SPDX-License-Identifier: MIT */
#include "core/selector.h"

#include <regex.h>
#include <stdlib.h>
#include <string.h>

struct pattern {
  char *exact; /* NULL: regex */
  regex_t regex;
};

enum err selector_add(struct selector *s, const char *pattern,
                      const char **why) {
  static _Thread_local char said[160];
  enum err err = ERR_NOMEM;
  struct pattern p = {.exact = NULL};
  char *expression = NULL;
  bool is_compiled = false;
  size_t len = strlen(pattern);
  /* As ignorelist has it: "//" is no expression but two slashes. */
  if (len > 2 && pattern[0] == '/' && pattern[len - 1] == '/') {
    expression = strndup(pattern + 1, len - 2);
    if (expression == NULL)
      goto out;
    int code = regcomp(&p.regex, expression, REG_EXTENDED | REG_NOSUB);
    if (code != 0) {
      regerror(code, &p.regex, said, sizeof said);
      if (code != REG_ESPACE) {
        err = ERR_INVALID;
        *why = said;
      }
      goto out;
    }
    is_compiled = true;
  } else {
    p.exact = strdup(pattern);
    if (p.exact == NULL)
      goto out;
  }
  struct pattern *grown =
      realloc(s->patterns, (s->patterns_n + 1) * sizeof *grown);
  if (grown == NULL)
    goto out;
  s->patterns = grown;
  s->patterns[s->patterns_n++] = p;
  p.exact = NULL;
  is_compiled = false;
  err = OK;
out:
  if (is_compiled)
    regfree(&p.regex);
  free(p.exact);
  free(expression);
  return err;
}

void selector_fini(struct selector *s) {
  for (size_t i = 0; i < s->patterns_n; i++) {
    if (s->patterns[i].exact == NULL)
      regfree(&s->patterns[i].regex);
    free(s->patterns[i].exact);
  }
  free(s->patterns);
  *s = (struct selector){.patterns = NULL};
}

bool selector_matches(const struct selector *s, const char *text) {
  for (size_t i = 0; i < s->patterns_n; i++) {
    const struct pattern *p = &s->patterns[i];
    if (p->exact != NULL ? strcmp(p->exact, text) == 0
                         : regexec(&p->regex, text, 0, NULL, 0) == 0)
      return true;
  }
  return s->patterns_n == 0;
}

bool selector_is_only(const struct selector *s, const char *text) {
  for (size_t i = 0; i < s->patterns_n; i++)
    if (s->patterns[i].exact == NULL || strcmp(s->patterns[i].exact, text) != 0)
      return false;
  return s->patterns_n > 0;
}
