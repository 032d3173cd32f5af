/* SPDX-License-Identifier: MIT */
/* The grammar of liboconfig's parser.y by recursive descent, and collectd's
 * handling of Include (configfile.c). Whatever collectd rejects is rejected
 * here; what it quietly drops is dropped too, with a warning. */
#include "base/conf_scan.h"

#include "base/text.h"

#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <wordexp.h>

#define FILE_MAX (16u << 20)
#define BLOCK_DEPTH_MAX 64
#define INCLUDE_DEPTH_MAX 8 /* collectd's CF_MAX_DEPTH */
#define INCLUDED_NAME_MAX 1024

/* One reading, of a file with all it includes. */
struct reading {
  struct conf_file *out;
  conf_complain *complain;
  void *arg;
  size_t errors;
  enum err err; /* ERR_NOMEM, else OK */
};

static void complain(struct reading *r, const char *file, int line,
                     bool is_warning, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

static void complain(struct reading *r, const char *file, int line,
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

static bool out_of_memory(struct reading *r) {
  r->err = ERR_NOMEM;
  return false;
}

/* Keeps the name for as long as the tree lives. NULL when out of memory. */
static const char *keep_name(struct reading *r, const char *name) {
  struct conf_file *f = r->out;
  char **files = realloc(f->files, (f->files_n + 1) * sizeof *files);
  if (files == NULL) {
    out_of_memory(r);
    return NULL;
  }
  f->files = files;
  char *copy = strdup(name);
  if (copy == NULL) {
    out_of_memory(r);
    return NULL;
  }
  f->files[f->files_n++] = copy;
  return copy;
}

/* One file's text. */
struct parser {
  struct reading *r;
  struct conf_scan scan;
  const char *file;
};

/* Moves on to the next token; reports what was dropped on the way. */
static void advance(struct parser *p) {
  struct conf_scan *s = &p->scan;
  conf_scan_next(s);
  if (s->token == TOKEN_NOMEM)
    out_of_memory(p->r);
  if (s->is_stray_news) {
    unsigned char c = (unsigned char)s->stray;
    if (c > 0x20 && c < 0x7f)
      complain(p->r, p->file, s->stray_line, true,
               "collectd drops '%c' outside quotes: put the value in quotes",
               c);
    else
      complain(p->r, p->file, s->stray_line, true,
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
  complain(p->r, p->file, s->token_line, false,
           "syntax error: %s%.60s%s where %s should be", quote, token_text(s),
           quote, wanted);
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
    return out_of_memory(p->r);
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
      return out_of_memory(p->r);
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
    return out_of_memory(p->r);
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
    complain(p->r, p->file, item->line, false, "blocks are nested too deeply");
    return false;
  }
  if (!parse_items(p, item, depth + 1))
    return false;
  /* "</" has been read, or the file ended. */
  if (p->scan.token == TOKEN_END) {
    complain(p->r, p->file, p->scan.token_line, false,
             "syntax error: <%s> of line %d is not closed", item->key,
             item->line);
    return false;
  }
  struct conf end = {0};
  bool is_closed = parse_key(p, &end);
  if (is_closed && strcmp(end.key, item->key) != 0) {
    complain(p->r, p->file, end.line, false,
             "syntax error: </%s> closes <%s> of line %d%s", end.key, item->key,
             item->line,
             strcasecmp(end.key, item->key) == 0 ? " in another case" : "");
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

/* False after a complaint of an error, or out of memory. */
static bool parse_text(struct reading *r, const char *file, const char *text,
                       size_t len, struct conf *into) {
  size_t errors = r->errors;
  if (len > FILE_MAX) {
    complain(r, file, 0, false, "larger than 16 MiB");
    return false;
  }
  const char *nul = len == 0 ? NULL : memchr(text, '\0', len);
  if (nul != NULL) {
    int line = 1;
    for (const char *c = text; c < nul; c++)
      line += *c == '\n';
    complain(r, file, line, false, "a NUL byte");
    return false;
  }
  struct parser p = {.r = r, .file = file};
  conf_scan_init(&p.scan, text, len);
  advance(&p);
  parse_items(&p, into, 0);
  conf_scan_fini(&p.scan);
  return r->err == OK && r->errors == errors;
}

/* ---- files ---- */

static enum err read_whole(const char *path, struct buf *text) {
  FILE *f = fopen(path, "re");
  if (f == NULL)
    return ERR_IO;
  char bytes[16384];
  size_t n;
  while ((n = fread(bytes, 1, sizeof bytes, f)) > 0)
    buf_addn(text, bytes, n);
  int read_errno = ferror(f) ? errno : 0;
  (void)fclose(f); /* it was only read */
  errno = read_errno;
  if (text->err == OK)
    buf_add(text, "");
  return read_errno != 0 ? ERR_IO : text->err;
}

static bool read_path(struct reading *r, const char *path, const char *filter,
                      int depth, struct conf *into);

/* The Filter of an <Include> block; false after a complaint. */
static bool read_filter(struct reading *r, const struct conf *include,
                        const char **filter) {
  *filter = NULL;
  for (size_t i = 0; i < include->children_n; i++) {
    const struct conf *child = &include->children[i];
    if (strcasecmp(child->key, "Filter") != 0) {
      complain(r, child->file, child->line, false,
               "Include / %s: unknown option, only Filter is allowed",
               child->key);
      return false;
    }
    if (child->values_n != 1 || child->values[0].type != CONF_TEXT) {
      complain(r, child->file, child->line, false,
               "Include / Filter: needs exactly one string");
      return false;
    }
    *filter = child->values[0].text;
  }
  return true;
}

static int by_text(const void *a, const void *b) {
  return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool follow_include(struct reading *r, const struct conf *include,
                           int depth, struct conf *into) {
  const char *filter;
  if (include->values_n != 1 || include->values[0].type != CONF_TEXT) {
    complain(r, include->file, include->line, false,
             "Include: needs exactly one string");
    return false;
  }
  if (!read_filter(r, include, &filter))
    return false;
  const char *path = include->values[0].text;
  if (depth + 1 >= INCLUDE_DEPTH_MAX) {
    complain(r, include->file, include->line, false,
             "Include \"%s\": nested too deeply, %d levels at most", path,
             INCLUDE_DEPTH_MAX);
    return false;
  }
  wordexp_t words = {0};
  int status = wordexp(path, &words, WRDE_NOCMD);
  if (status != 0) {
    if (status == WRDE_NOSPACE)
      wordfree(&words);
    complain(r, include->file, include->line, false,
             "Include \"%s\": not a usable path", path);
    return false;
  }
  if (words.we_wordc > 0)
    qsort(words.we_wordv, words.we_wordc, sizeof words.we_wordv[0], by_text);
  bool is_good = true;
  for (size_t i = 0; i < words.we_wordc && is_good; i++) {
    struct stat st;
    if (stat(words.we_wordv[i], &st) != 0)
      complain(r, include->file, include->line, true,
               "Include \"%s\": nothing there: %m", words.we_wordv[i]);
    else
      is_good = read_path(r, words.we_wordv[i], filter, depth + 1, into);
  }
  wordfree(&words);
  return is_good;
}

static bool move(struct reading *r, struct conf *from, struct conf *to) {
  struct conf *child = conf_add_child(to);
  if (child == NULL)
    return out_of_memory(r);
  *child = *from;
  *from = (struct conf){0};
  return true;
}

static bool read_file(struct reading *r, const char *path, int depth,
                      struct conf *into) {
  struct conf top = {0};
  struct buf text;
  buf_init(&text, FILE_MAX);
  const char *name = keep_name(r, path);
  bool is_good = name != NULL;
  if (is_good) {
    enum err err = read_whole(path, &text);
    if (err == ERR_NOMEM)
      out_of_memory(r);
    else if (err == ERR_IO)
      complain(r, name, 0, false, "cannot be read: %m");
    else if (err == ERR_CEILING)
      complain(r, name, 0, false, "larger than 16 MiB");
    is_good = err == OK;
  }
  is_good = is_good && parse_text(r, name, buf_text(&text), text.len, &top);
  buf_fini(&text);
  /* Goes on after a bad Include, so that one run reports all of them. */
  for (size_t i = 0; i < top.children_n && r->err == OK; i++) {
    struct conf *child = &top.children[i];
    if (strcasecmp(child->key, "Include") == 0)
      is_good = follow_include(r, child, depth, into) && is_good;
    else
      is_good = move(r, child, into) && is_good;
  }
  conf_fini(&top);
  return is_good;
}

static int by_name(const struct dirent **a, const struct dirent **b) {
  return strcmp((*a)->d_name, (*b)->d_name);
}

static int is_shown(const struct dirent *entry) {
  return entry->d_name[0] != '.';
}

static bool read_dir(struct reading *r, const char *path, const char *filter,
                     int depth, struct conf *into) {
  struct dirent **entries = NULL;
  int n = scandir(path, &entries, is_shown, by_name);
  if (n < 0) {
    complain(r, path, 0, false, "cannot be read: %m");
    return false;
  }
  bool is_good = true;
  for (int i = 0; i < n; i++) {
    char name[INCLUDED_NAME_MAX];
    int len = snprintf(name, sizeof name, "%s/%s", path, entries[i]->d_name);
    struct stat st;
    if (len < 0 || (size_t)len >= sizeof name) {
      complain(r, path, 0, false, "a file's name in it is too long");
      is_good = false;
    } else if (stat(name, &st) != 0) {
      complain(r, name, 0, true, "nothing there: %m");
    } else if (S_ISDIR(st.st_mode) || filter == NULL ||
               fnmatch(filter, entries[i]->d_name, 0) == 0) {
      is_good = read_path(r, name, filter, depth, into) && is_good;
    }
    free(entries[i]);
  }
  free(entries);
  return is_good;
}

static bool read_path(struct reading *r, const char *path, const char *filter,
                      int depth, struct conf *into) {
  struct stat st = {0};
  const char *slash = strrchr(path, '/');
  if (stat(path, &st) != 0) {
    complain(r, path, 0, true, "nothing there: %m");
    return true;
  }
  if (S_ISDIR(st.st_mode))
    return read_dir(r, path, filter, depth, into);
  if (!S_ISREG(st.st_mode)) {
    complain(r, path, 0, true, "neither a file nor a directory");
    return true;
  }
  if (filter != NULL &&
      fnmatch(filter, slash == NULL ? path : slash + 1, 0) != 0) {
    complain(r, path, 0, false, "does not match the Filter of its Include");
    return false;
  }
  return read_file(r, path, depth, into);
}

static enum err finish(struct reading *r, enum err bad,
                       struct conf_file **own_file) {
  enum err err = r->err != OK ? r->err : r->errors > 0 ? bad : OK;
  if (err == OK)
    *own_file = r->out;
  else
    conf_file_free(r->out);
  return err;
}

enum err conf_read(const char *path, conf_complain *complain_of, void *arg,
                   struct conf_file **own_file) {
  struct reading r = {.complain = complain_of, .arg = arg};
  r.out = calloc(1, sizeof *r.out);
  if (r.out == NULL)
    return ERR_NOMEM;
  FILE *f = fopen(path, "re");
  struct stat st;
  if (f == NULL || fstat(fileno(f), &st) != 0 || S_ISDIR(st.st_mode)) {
    if (f == NULL)
      complain(&r, path, 0, false, "cannot be read: %m");
    else
      complain(&r, path, 0, false, "cannot be read: it is a directory");
    if (f != NULL)
      (void)fclose(f); /* nothing was written */
    return finish(&r, ERR_IO, own_file);
  }
  (void)fclose(f);
  if (read_file(&r, path, 0, &r.out->root) && r.out->root.children_n == 0)
    complain(&r, path, 0, false, "the file is empty, which collectd refuses");
  return finish(&r, ERR_INVALID, own_file);
}

enum err conf_read_text(const char *name, const char *text, size_t len,
                        conf_complain *complain_of, void *arg,
                        struct conf_file **own_file) {
  struct reading r = {.complain = complain_of, .arg = arg};
  struct buf copy; /* ends with a NUL, which the scanner relies on */
  r.out = calloc(1, sizeof *r.out);
  if (r.out == NULL)
    return ERR_NOMEM;
  buf_init(&copy, len);
  buf_addn(&copy, text, len);
  const char *file = keep_name(&r, name);
  if (copy.err != OK)
    out_of_memory(&r);
  if (r.err == OK)
    parse_text(&r, file, buf_text(&copy), len, &r.out->root);
  buf_fini(&copy);
  return finish(&r, ERR_INVALID, own_file);
}
