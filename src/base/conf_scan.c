/* SPDX-License-Identifier: MIT */
#include "base/conf_scan.h"

#include <stdlib.h>
#include <string.h>

/* Characters are classed by hand: <ctype.h> follows the host's locale. */
static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static bool is_hex(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool is_word(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         c == '_';
}

static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\b'; }

static size_t run(const char *p, bool (*is)(char)) {
  size_t n = 0;
  while (is(p[n]))
    n++;
  return n;
}

static size_t longer(size_t a, size_t b) { return a > b ? a : b; }

/* The matchers return how much of p they match at most, 0 for nothing. The NUL
 * behind the text matches nothing. */

static size_t match_number(const char *p) {
  size_t sign = *p == '+' || *p == '-';
  size_t digits = run(p + sign, is_digit);
  size_t best = digits > 0 ? sign + digits : 0;
  size_t dot = sign + digits;
  size_t fraction = p[dot] == '.' ? run(p + dot + 1, is_digit) : 0;
  if (fraction > 0) {
    best = dot + 1 + fraction;
    const char *e = p + best;
    /* An exponent counts only with its sign. */
    if ((*e == 'e' || *e == 'E') && (e[1] == '+' || e[1] == '-')) {
      size_t exponent = run(e + 2, is_digit);
      best += exponent > 0 ? 2 + exponent : 0;
    }
  }
  if (p[0] == '0' && (p[1] == 'x' || p[1] == 'X')) {
    size_t hex = run(p + 2, is_hex);
    best = longer(best, hex > 0 ? 2 + hex : 0);
  }
  return best;
}

/* 0 to 255 without leading zeros. */
static size_t match_ip_byte(const char *p) {
  if (!is_digit(p[0]))
    return 0;
  if (p[0] == '0' || !is_digit(p[1]))
    return 1;
  if (!is_digit(p[2]))
    return 2;
  int value = (p[0] - '0') * 100 + (p[1] - '0') * 10 + (p[2] - '0');
  return value <= 255 ? 3 : 2;
}

/* ":" and 1 to 65535. */
static size_t match_port(const char *p) {
  if (p[0] != ':' || !is_digit(p[1]) || p[1] == '0')
    return 0;
  size_t n = 0;
  for (long value = 0; is_digit(p[1 + n]); n++) {
    value = value * 10 + (p[1 + n] - '0');
    if (value > 65535)
      break;
  }
  return 1 + n;
}

static size_t match_ipv4(const char *p) {
  size_t n = 0;
  for (int i = 0; i < 4; i++) {
    if (i > 0 && p[n++] != '.')
      return 0;
    size_t byte = match_ip_byte(p + n);
    if (byte == 0)
      return 0;
    n += byte;
  }
  return n + match_port(p + n);
}

/* One to four hexadecimal digits. */
static size_t match_group(const char *p) {
  size_t n = 0;
  while (n < 4 && is_hex(p[n]))
    n++;
  return n;
}

/* The longest of up to `most` groups with colons between, the last two of
 * which may be an IPv4 address. With is_exact all must be there. */
static size_t match_groups(const char *p, size_t most, bool is_exact) {
  size_t best = 0, n = 0;
  for (size_t i = 1; i <= most; i++) {
    bool ipv4_fits = is_exact ? i + 1 == most : i + 1 <= most;
    size_t ipv4 = ipv4_fits ? match_ipv4(p + n) : 0;
    if (ipv4 > 0)
      best = longer(best, n + ipv4);
    size_t group = match_group(p + n);
    if (group == 0)
      break;
    n += group;
    if (!is_exact || i == most)
      best = longer(best, n);
    if (p[n] != ':')
      break;
    n++;
  }
  return best;
}

static size_t match_ipv6_base(const char *p) {
  /* Without "::" there are eight groups; with it at most seven. */
  size_t best = match_groups(p, 8, true);
  size_t n = 0;
  for (size_t left = 0; left <= 7; left++) {
    if (left == 0) {
      if (p[0] == ':' && p[1] == ':')
        return longer(best, 2 + match_groups(p + 2, 7, false));
      continue;
    }
    size_t group = match_group(p + n);
    if (group == 0 || p[n + group] != ':')
      break;
    n += group + 1;
    if (p[n] == ':')
      return longer(best, n + 1 + match_groups(p + n + 1, 7 - left, false));
  }
  return best;
}

static size_t match_ipv6(const char *p) {
  if (*p != '[')
    return match_ipv6_base(p);
  size_t n = match_ipv6_base(p + 1);
  if (n == 0 || p[1 + n] != ']')
    return 0;
  n += 2;
  return n + match_port(p + n);
}

void conf_scan_init(struct conf_scan *s, const char *text, size_t len) {
  *s = (struct conf_scan){.text = text, .len = len, .line = 1};
  buf_init(&s->word, len + 1);
}

void conf_scan_fini(struct conf_scan *s) { buf_fini(&s->word); }

/* Takes n bytes to be part of the string. */
static void take_raw(struct conf_scan *s, size_t n) {
  for (size_t i = 0; i < n; i++)
    s->line += s->text[s->at + i] == '\n';
  buf_addn(&s->word, s->text + s->at, n);
  s->at += n;
}

/* What is between the quotes, backslashes and all. A backslash at the end of a
 * line joins the next one without its leading blanks; what comes first there
 * is taken as it is, even a quote (liboconfig's NON_WHITE_SPACE). A backslash
 * before CR LF joins nothing: flex prefers the longer match, in which it
 * only escapes the CR. */
static bool scan_raw(struct conf_scan *s) {
  s->at++;
  while (s->at < s->len) {
    char c = s->text[s->at], next = s->text[s->at + 1];
    if (c == '"') {
      s->at++;
      return true;
    }
    if (c != '\\') {
      take_raw(s, strcspn(s->text + s->at, "\"\\"));
    } else if (next == '\0') {
      return false;
    } else if (next != '\n') {
      take_raw(s, 2);
    } else {
      s->at += 2;
      s->line++;
      s->at += run(s->text + s->at, is_blank);
      if (s->at == s->len)
        return false;
      take_raw(s, 1);
    }
  }
  return false;
}

static enum conf_token scan_quoted(struct conf_scan *s) {
  buf_clear(&s->word);
  buf_add(&s->word, "");
  if (!scan_raw(s))
    return TOKEN_BROKEN;
  if (s->word.err != OK)
    return TOKEN_NOMEM;
  /* A backslash only ever drops itself. */
  char *from = s->word.text, *to = from;
  while (*from != '\0') {
    if (*from == '\\')
      from++;
    if (*from != '\0')
      *to++ = *from++;
  }
  *to = '\0';
  s->word.len = (size_t)(to - s->word.text);
  return TOKEN_QUOTED;
}

static bool is_one_of(const char *word, const char *const *words) {
  for (; *words != NULL; words++)
    if (strcmp(word, *words) == 0)
      return true;
  return false;
}

/* A boolean, address, number or word; TOKEN_END if there is none of them. */
static enum conf_token scan_bare(struct conf_scan *s) {
  static const char *const yes[] = {"true", "yes", "on", NULL};
  static const char *const no[] = {"false", "no", "off", NULL};
  const char *p = s->text + s->at;
  size_t address = longer(match_ipv4(p), match_ipv6(p));
  size_t number = match_number(p), word = run(p, is_word);
  size_t best = longer(address, longer(number, word));
  if (best == 0)
    return TOKEN_END;
  buf_clear(&s->word);
  buf_addn(&s->word, p, best);
  if (s->word.err != OK)
    return TOKEN_NOMEM;
  s->at += best;
  if (is_one_of(s->word.text, yes) || is_one_of(s->word.text, no)) {
    s->flag = is_one_of(s->word.text, yes);
    return TOKEN_BOOL;
  }
  if (address == best)
    return TOKEN_WORD;
  if (number == best) {
    s->number = strtod(s->word.text, NULL);
    return TOKEN_NUMBER;
  }
  return TOKEN_WORD;
}

static enum conf_token scan(struct conf_scan *s) {
  while (s->at < s->len) {
    const char *p = s->text + s->at;
    size_t break_len = p[0] == '\n' ? 1 : p[0] == '\r' && p[1] == '\n' ? 2 : 0;
    s->token_line = s->line;
    if (is_blank(*p)) {
      s->at++;
    } else if (*p == '#') {
      s->at += strcspn(p, "\n");
    } else if (*p == '\\' && (p[1] == '\n' || (p[1] == '\r' && p[2] == '\n'))) {
      s->at += p[1] == '\n' ? 2 : 3;
      s->line++;
    } else if (break_len > 0) {
      s->at += break_len;
      s->line++;
      return TOKEN_EOL;
    } else if (*p == '/' || *p == '<' || *p == '>') {
      s->at++;
      return *p == '/' ? TOKEN_SLASH : *p == '<' ? TOKEN_OPEN : TOKEN_CLOSE;
    } else if (*p == '"') {
      return scan_quoted(s);
    } else {
      enum conf_token token = scan_bare(s);
      if (token != TOKEN_END)
        return token;
      if (s->stray_line != s->line) {
        s->stray = *p;
        s->stray_line = s->line;
        s->is_stray_news = true;
      }
      s->at++;
    }
  }
  s->token_line = s->line;
  return TOKEN_END;
}

enum conf_token conf_scan_next(struct conf_scan *s) {
  return s->token = scan(s);
}
