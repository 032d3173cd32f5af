/* SPDX-License-Identifier: MIT */
/* The grammar of liboconfig's parser.y by recursive descent. Whatever collectd
 * rejects is rejected here; what it quietly drops is dropped too, with a
 * warning. */
#include "base/conf_parse.h"

#include "base/conf_scan.h"
#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define BLOCK_DEPTH_MAX 64

void conf_complain_of(struct conf_reading *r, const char *file, int line,
                      bool is_warning, const char *format, ...) {
  char message[512], clean[3 * sizeof message];
  va_list args;
  va_start(args, format);
  (void)vsnprintf(message, sizeof message, format, args);
  va_end(args);
  text_clean(clean, sizeof clean, message, strlen(message));
  if (!is_warning)
    r->errors++;
  if (r->complain != NULL)
    r->complain(r->arg, file, line, is_warning, clean);
}

bool conf_out_of_memory(struct conf_reading *r) {
  r->err = ERR_NOMEM;
  return false;
}

/* One file's text. */
struct parser {
  struct conf_reading *r;
  struct conf_scan scan;
  const char *file;
};

/* Moves on to the next token; reports what was dropped on the way. */
static void advance(struct parser *p) {
  struct conf_scan *s = &p->scan;
  conf_scan_next(s);
  if (s->token == TOKEN_NOMEM)
    conf_out_of_memory(p->r);
  if (s->is_stray_news) {
    unsigned char c = (unsigned char)s->stray;
    if (c > 0x20 && c < 0x7f)
      conf_complain_of(
          p->r, p->file, s->stray_line, true,
          "collectd drops '%c' outside quotes: put the value in quotes", c);
    else
      conf_complain_of(
          p->r, p->file, s->stray_line, true,
          "collectd drops the byte 0x%02x outside quotes: put the value "
          "in quotes",
          c);
    s->is_stray_news = false;
  }
}

static const char *token_text(const struct conf_scan *s) {
  switch (s->token) {
  case TOKEN_END:
    return "the end of the file";
  case TOKEN_EOL:
    return "the end of the line";
  case TOKEN_SLASH:
    return "\"/\"";
  case TOKEN_OPEN:
    return "\"<\"";
  case TOKEN_CLOSE:
    return "\">\"";
  case TOKEN_BOOL:
  case TOKEN_NUMBER:
  case TOKEN_WORD:
  case TOKEN_QUOTED:
    return buf_text(&s->word);
  case TOKEN_BROKEN:
    return "a string that does not end";
  case TOKEN_NOMEM:
    break;
  }
  return "?";
}

static bool syntax_error(struct parser *p, const char *wanted) {
  struct conf_scan *s = &p->scan;
  if (p->r->err != OK)
    return false;
  bool is_word = s->token == TOKEN_WORD || s->token == TOKEN_BOOL ||
                 s->token == TOKEN_NUMBER || s->token == TOKEN_QUOTED;
  const char *quote = is_word ? "\"" : "";
  conf_complain_of(p->r, p->file, s->token_line, false,
                   "syntax error: %s%.60s%s where %s should be", quote,
                   token_text(s), quote, wanted);
  return false;
}

static bool expect(struct parser *p, enum conf_token token,
                   const char *wanted) {
  if (p->scan.token != token)
    return syntax_error(p, wanted);
  advance(p);
  return p->r->err == OK;
}

static bool parse_key(struct parser *p, struct conf *item) {
  if (p->scan.token != TOKEN_WORD)
    return syntax_error(p, "a name");
  item->file = p->file;
  item->line = p->scan.token_line;
  if (conf_set_key(item, buf_text(&p->scan.word)) != OK)
    return conf_out_of_memory(p->r);
  advance(p);
  return p->r->err == OK;
}

static bool parse_values(struct parser *p, struct conf *item) {
  for (;;) {
    struct conf_scan *s = &p->scan;
    enum err err = OK;
    if (s->token == TOKEN_BOOL)
      err = conf_add_bool(item, s->flag);
    else if (s->token == TOKEN_NUMBER)
      err = conf_add_number(item, s->number);
    else if (s->token == TOKEN_WORD || s->token == TOKEN_QUOTED)
      err = conf_add_text(item, buf_text(&s->word));
    else
      return true;
    if (err != OK)
      return conf_out_of_memory(p->r);
    advance(p);
    if (p->r->err != OK)
      return false;
  }
}

static bool parse_option(struct parser *p, struct conf *item) {
  if (!parse_key(p, item) || !parse_values(p, item))
    return false;
  if (item->values_n == 0)
    return syntax_error(p, "a value");
  return expect(p, TOKEN_EOL, "another value or the end of the line");
}

/* Items without values and children vanish. */
static bool keep(struct parser *p, struct conf *parent, struct conf *item) {
  if (item->values_n == 0 && item->children_n == 0)
    return true;
  struct conf *child = conf_add_child(parent);
  if (child == NULL)
    return conf_out_of_memory(p->r);
  *child = *item;
  *item = (struct conf){0};
  return true;
}

static void skip_line(struct parser *p) {
  while (p->scan.token != TOKEN_EOL && p->scan.token != TOKEN_END &&
         p->scan.token != TOKEN_BROKEN && p->r->err == OK)
    advance(p);
}

static bool parse_items(struct parser *p, struct conf *parent, int depth);

/* "<" has been read. */
static bool parse_block(struct parser *p, struct conf *item, int depth) {
  if (!parse_key(p, item) || !parse_values(p, item) ||
      !expect(p, TOKEN_CLOSE, "a value or \">\"") ||
      !expect(p, TOKEN_EOL, "the end of the line"))
    return false;
  if (depth == BLOCK_DEPTH_MAX) {
    conf_complain_of(p->r, p->file, item->line, false,
                     "blocks are nested too deeply");
    return false;
  }
  if (!parse_items(p, item, depth + 1))
    return false;
  /* "</" has been read, or the file ended. */
  if (p->scan.token == TOKEN_END) {
    conf_complain_of(p->r, p->file, p->scan.token_line, false,
                     "syntax error: <%s> of line %d is not closed", item->key,
                     item->line);
    return false;
  }
  struct conf end = {0};
  bool is_closed = parse_key(p, &end);
  if (is_closed && strcmp(end.key, item->key) != 0) {
    conf_complain_of(p->r, p->file, end.line, false,
                     "syntax error: </%s> closes <%s> of line %d%s", end.key,
                     item->key, item->line,
                     strcasecmp(end.key, item->key) == 0 ? " in another case"
                                                         : "");
    is_closed = false;
  }
  conf_fini(&end);
  return is_closed && expect(p, TOKEN_CLOSE, "\">\"") &&
         expect(p, TOKEN_EOL, "the end of the line");
}

/* Reads up to the end or past a "</". False means that there is no use in
 * going on: an option's errors end with its line, a block's do not. */
static bool parse_items(struct parser *p, struct conf *parent, int depth) {
  for (;;) {
    struct conf item = {0};
    bool goes_on = true;
    if (p->r->err != OK)
      return false;
    if (p->scan.token == TOKEN_END)
      return true;
    if (p->scan.token == TOKEN_EOL) {
      advance(p);
      continue;
    }
    if (p->scan.token == TOKEN_OPEN) {
      advance(p);
      if (p->scan.token == TOKEN_SLASH && depth > 0) {
        advance(p);
        return p->r->err == OK;
      }
      goes_on = parse_block(p, &item, depth) && keep(p, parent, &item);
    } else if (parse_option(p, &item)) {
      goes_on = keep(p, parent, &item);
    } else {
      skip_line(p);
      goes_on = p->r->err == OK && p->scan.token != TOKEN_BROKEN;
    }
    conf_fini(&item);
    if (!goes_on)
      return false;
  }
}

bool conf_parse(struct conf_reading *r, const char *file, const char *text,
                size_t len, struct conf *into) {
  size_t errors = r->errors;
  if (len > CONF_FILE_MAX) {
    conf_complain_of(r, file, 0, false, "larger than 16 MiB");
    return false;
  }
  const char *nul = len == 0 ? NULL : memchr(text, '\0', len);
  if (nul != NULL) {
    int line = 1;
    for (const char *c = text; c < nul; c++)
      line += *c == '\n';
    conf_complain_of(r, file, line, false, "a NUL byte");
    return false;
  }
  struct parser p = {.r = r, .file = file};
  conf_scan_init(&p.scan, text, len);
  advance(&p);
  parse_items(&p, into, 0);
  conf_scan_fini(&p.scan);
  return r->err == OK && r->errors == errors;
}
