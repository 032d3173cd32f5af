/* SPDX-License-Identifier: MIT */
/* collectd's handling of files and of Include (configfile.c). Whatever collectd
 * rejects is rejected here. */
#include "base/conf_parse.h"

#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <wordexp.h>

#define INCLUDE_DEPTH_MAX 8 /* collectd's CF_MAX_DEPTH */
#define INCLUDED_NAME_MAX 1024

/* Keeps the name for as long as the tree lives. NULL when out of memory. */
static const char *keep_name(struct conf_reading *r, const char *name) {
  struct conf_file *f = r->out;
  char **files = realloc(f->files, (f->files_n + 1) * sizeof *files);
  if (files == NULL) {
    conf_out_of_memory(r);
    return NULL;
  }
  f->files = files;
  char *copy = strdup(name);
  if (copy == NULL) {
    conf_out_of_memory(r);
    return NULL;
  }
  f->files[f->files_n++] = copy;
  return copy;
}

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

static bool read_path(struct conf_reading *r, const char *path,
                      const char *filter, int depth, struct conf *into);

/* The Filter of an <Include> block; false after a complaint. */
static bool read_filter(struct conf_reading *r, const struct conf *include,
                        const char **filter) {
  *filter = NULL;
  for (size_t i = 0; i < include->children_n; i++) {
    const struct conf *child = &include->children[i];
    if (strcasecmp(child->key, "Filter") != 0) {
      conf_complain_of(r, child->file, child->line, false,
                       "Include / %s: unknown option, only Filter is allowed",
                       child->key);
      return false;
    }
    if (child->values_n != 1 || child->values[0].type != CONF_TEXT) {
      conf_complain_of(r, child->file, child->line, false,
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

static bool follow_include(struct conf_reading *r, const struct conf *include,
                           int depth, struct conf *into) {
  const char *filter;
  if (include->values_n != 1 || include->values[0].type != CONF_TEXT) {
    conf_complain_of(r, include->file, include->line, false,
                     "Include: needs exactly one string");
    return false;
  }
  if (!read_filter(r, include, &filter))
    return false;
  const char *path = include->values[0].text;
  if (depth + 1 >= INCLUDE_DEPTH_MAX) {
    conf_complain_of(r, include->file, include->line, false,
                     "Include \"%s\": nested too deeply, %d levels at most",
                     path, INCLUDE_DEPTH_MAX);
    return false;
  }
  wordexp_t words = {0};
  int status = wordexp(path, &words, WRDE_NOCMD);
  if (status != 0) {
    if (status == WRDE_NOSPACE)
      wordfree(&words);
    conf_complain_of(r, include->file, include->line, false,
                     "Include \"%s\": not a usable path", path);
    return false;
  }
  if (words.we_wordc > 0)
    qsort(words.we_wordv, words.we_wordc, sizeof words.we_wordv[0], by_text);
  bool is_good = true;
  for (size_t i = 0; i < words.we_wordc && is_good; i++) {
    struct stat st;
    if (stat(words.we_wordv[i], &st) != 0)
      conf_complain_of(r, include->file, include->line, true,
                       "Include \"%s\": nothing there: %m", words.we_wordv[i]);
    else
      is_good = read_path(r, words.we_wordv[i], filter, depth + 1, into);
  }
  wordfree(&words);
  return is_good;
}

static bool move(struct conf_reading *r, struct conf *from, struct conf *to) {
  struct conf *child = conf_add_child(to);
  if (child == NULL)
    return conf_out_of_memory(r);
  *child = *from;
  *from = (struct conf){0};
  return true;
}

static bool read_file(struct conf_reading *r, const char *path, int depth,
                      struct conf *into) {
  struct conf top = {0};
  struct buf text;
  buf_init(&text, CONF_FILE_MAX);
  const char *name = keep_name(r, path);
  bool is_good = name != NULL;
  if (is_good) {
    enum err err = read_whole(path, &text);
    if (err == ERR_NOMEM)
      conf_out_of_memory(r);
    else if (err == ERR_IO)
      conf_complain_of(r, name, 0, false, "cannot be read: %m");
    else if (err == ERR_CEILING)
      conf_complain_of(r, name, 0, false, "larger than 16 MiB");
    is_good = err == OK;
  }
  is_good = is_good && conf_parse(r, name, buf_text(&text), text.len, &top);
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

static bool read_dir(struct conf_reading *r, const char *path,
                     const char *filter, int depth, struct conf *into) {
  struct dirent **entries = NULL;
  int n = scandir(path, &entries, is_shown, by_name);
  if (n < 0) {
    conf_complain_of(r, path, 0, false, "cannot be read: %m");
    return false;
  }
  bool is_good = true;
  for (int i = 0; i < n; i++) {
    char name[INCLUDED_NAME_MAX];
    int len = snprintf(name, sizeof name, "%s/%s", path, entries[i]->d_name);
    struct stat st;
    if (len < 0 || (size_t)len >= sizeof name) {
      conf_complain_of(r, path, 0, false, "a file's name in it is too long");
      is_good = false;
    } else if (stat(name, &st) != 0) {
      conf_complain_of(r, name, 0, true, "nothing there: %m");
    } else if (S_ISDIR(st.st_mode) || filter == NULL ||
               fnmatch(filter, entries[i]->d_name, 0) == 0) {
      is_good = read_path(r, name, filter, depth, into) && is_good;
    }
    free(entries[i]);
  }
  free(entries);
  return is_good;
}

static bool read_path(struct conf_reading *r, const char *path,
                      const char *filter, int depth, struct conf *into) {
  struct stat st = {0};
  const char *slash = strrchr(path, '/');
  if (stat(path, &st) != 0) {
    conf_complain_of(r, path, 0, true, "nothing there: %m");
    return true;
  }
  if (S_ISDIR(st.st_mode))
    return read_dir(r, path, filter, depth, into);
  if (!S_ISREG(st.st_mode)) {
    conf_complain_of(r, path, 0, true, "neither a file nor a directory");
    return true;
  }
  if (filter != NULL &&
      fnmatch(filter, slash == NULL ? path : slash + 1, 0) != 0) {
    conf_complain_of(r, path, 0, false,
                     "does not match the Filter of its Include");
    return false;
  }
  return read_file(r, path, depth, into);
}

static enum err finish(struct conf_reading *r, enum err bad,
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
  struct conf_reading r = {.complain = complain_of, .arg = arg};
  r.out = calloc(1, sizeof *r.out);
  if (r.out == NULL)
    return ERR_NOMEM;
  FILE *f = fopen(path, "re");
  struct stat st;
  if (f == NULL || fstat(fileno(f), &st) != 0 || S_ISDIR(st.st_mode)) {
    if (f == NULL)
      conf_complain_of(&r, path, 0, false, "cannot be read: %m");
    else
      conf_complain_of(&r, path, 0, false, "cannot be read: it is a directory");
    if (f != NULL)
      (void)fclose(f); /* nothing was written */
    return finish(&r, ERR_IO, own_file);
  }
  (void)fclose(f);
  if (read_file(&r, path, 0, &r.out->root) && r.out->root.children_n == 0)
    conf_complain_of(&r, path, 0, false,
                     "the file is empty, which collectd refuses");
  return finish(&r, ERR_INVALID, own_file);
}

enum err conf_read_text(const char *name, const char *text, size_t len,
                        conf_complain *complain_of, void *arg,
                        struct conf_file **own_file) {
  struct conf_reading r = {.complain = complain_of, .arg = arg};
  struct buf copy; /* ends with a NUL, which the scanner relies on */
  r.out = calloc(1, sizeof *r.out);
  if (r.out == NULL)
    return ERR_NOMEM;
  buf_init(&copy, len);
  buf_addn(&copy, text, len);
  const char *file = keep_name(&r, name);
  if (copy.err != OK)
    conf_out_of_memory(&r);
  if (r.err == OK)
    conf_parse(&r, file, buf_text(&copy), len, &r.out->root);
  buf_fini(&copy);
  return finish(&r, ERR_INVALID, own_file);
}
