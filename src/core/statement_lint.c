/* SPDX-License-Identifier: MIT */
/* What a statement had better not say. It is a person's to judge: these are
 * remarks, never errors. */
#include "core/statement.h"

#include <ctype.h>
#include <regex.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define FOUND_MAX 80
#define LINE_MAX_BYTES 300

static const struct concern {
  const char *pattern; /* POSIX extended, case ignored; the second group */
  const char *why;
} concerns[] = {
    {"(^|[^[:alnum:]])(outages?)($|[^[:alnum:]])",
     "says more than is known; say what people notice"},
    {"(^|[^[:alnum:]])(etas?)($|[^[:alnum:]])",
     "promises a time; say when the next update comes"},
    {"(^|[^[:alnum:]])(will be (fixed|resolved|restored|back|solved|up)"
     "[^.\n]{0,40})",
     "promises that; say what is being done"},
    {"(^|[^[:alnum:]])((with)?in (about |around |the next )?"
     "([0-9]+|a few|an|one|two|three|five|ten) ?"
     "(m|min|mins|minutes?|h|hours?|days?))($|[^[:alnum:]])",
     "promises a time; say when the next update comes"},
    {"(^|[^[:alnum:].])([0-9]{1,3}\\.[0-9]{1,3}\\.[0-9]{1,3}\\.[0-9]{1,3})"
     "($|[^[:alnum:]])",
     "is an address: internal"},
    {"(^|[^[:alnum:]:])(([0-9a-f]{1,4}:){3,7}[0-9a-f]{1,4}|"
     "[0-9a-f]{1,4}(:[0-9a-f]{1,4})*::[0-9a-f:]*)($|[^[:alnum:]:])",
     "is an address: internal"},
    {"(^|[^[:alnum:].-])([[:alnum:].-]+\\."
     "(internal|local|localdomain|lan|corp|intra|intranet))($|[^[:alnum:]])",
     "is a name of the inside"},
};
#define CONCERNS (sizeof concerns / sizeof concerns[0])

static void say(const char *found, size_t len, const char *why,
                statement_remark *remark, void *arg) {
  char line[LINE_MAX_BYTES];
  if (len > FOUND_MAX)
    len = FOUND_MAX;
  while (len > 0 && ((unsigned char)found[len] & 0xc0) == 0x80)
    len--; /* no half characters */
  snprintf(line, sizeof line, "\"%.*s\" %s", (int)len, found, why);
  remark(arg, line);
}

/* True: found and said. */
static bool look_for(const struct concern *c, const char *text,
                     statement_remark *remark, void *arg) {
  regex_t re;
  regmatch_t at[3];
  if (regcomp(&re, c->pattern, REG_EXTENDED | REG_ICASE) != 0)
    return false; /* without memory it says less */
  bool is_found = regexec(&re, text, 3, at, 0) == 0;
  if (is_found)
    say(text + at[2].rm_so, (size_t)(at[2].rm_eo - at[2].rm_so), c->why, remark,
        arg);
  regfree(&re);
  return is_found;
}

static bool is_word(char c) {
  return isalnum((unsigned char)c) || c == '-' || c == '_';
}

static bool has_word(const char *text, const char *word) {
  size_t len = strlen(word);
  for (const char *at = strcasestr(text, word); at != NULL;
       at = strcasestr(at + 1, word))
    if ((at == text || !is_word(at[-1])) && !is_word(at[len]))
      return true;
  return false;
}

void statement_lint(const struct statement *s, const char *const *hosts,
                    size_t hosts_n, statement_remark *remark, void *arg) {
  for (size_t i = 0; i < CONCERNS; i++)
    if (!look_for(&concerns[i], s->subject, remark, arg))
      (void)look_for(&concerns[i], s->body, remark, arg);
  for (size_t i = 0; i < hosts_n; i++)
    if (hosts[i][0] != '\0' &&
        (has_word(s->subject, hosts[i]) || has_word(s->body, hosts[i])))
      say(hosts[i], strlen(hosts[i]), "is the name of a host: internal", remark,
          arg);
}
