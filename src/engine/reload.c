/* SPDX-License-Identifier: MIT */
#include "engine/reload.h"

#include "base/log.h"
#include "engine/secrets.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define WHY_MAX (64 * 1024) /* more errors than that are not shown */
#define PUBLIC_MAX (16u << 20)

struct reload {
  struct buf why;
  struct settings *settings;
  char *public_config;
};

static void report(void *arg, const struct finding *f) {
  struct reload *r = arg;
  if (f->is_warning)
    return; /* as at a start; `incidentctl check` shows them */
  buf_add(&r->why, r->why.len > 0 ? "\n" : "");
  if (f->file != NULL && f->line > 0)
    buf_addf(&r->why, "%s:%d: ", f->file, f->line);
  else if (f->file != NULL)
    buf_addf(&r->why, "%s: ", f->file);
  if (f->path != NULL)
    buf_addf(&r->why, "%s: ", f->path);
  buf_add(&r->why, f->message);
}

static void complain(void *arg, const char *file, int line, bool is_warning,
                     const char *message) {
  report(arg, &(struct finding){.is_warning = is_warning,
                                .file = file,
                                .line = line,
                                .message = message});
}

/* What is no file may never end, or never begin. */
static bool is_file(struct reload *r, const char *path) {
  struct stat st;
  const char *message = NULL;
  if (stat(path, &st) != 0)
    message = strerror(errno);
  else if (!S_ISREG(st.st_mode))
    message = "not a regular file";
  if (message != NULL)
    complain(r, path, 0, false, message);
  return message == NULL;
}

static enum err print_public(struct reload *r, const struct conf *const *blocks,
                             size_t n) {
  struct buf text;
  buf_init(&text, PUBLIC_MAX);
  buf_add(&text, "");
  enum err err = settings_print_public(blocks, n, &text);
  if (err == OK)
    err = buf_take(&text, &r->public_config);
  buf_fini(&text);
  return err;
}

static enum err read_blocks(struct reload *r, const struct conf *root) {
  const struct conf **blocks = calloc(root->children_n + 1, sizeof *blocks);
  size_t n = 0;
  if (blocks == NULL)
    return ERR_NOMEM;
  for (size_t i = 0; i < root->children_n; i++)
    if (settings_is_block(&root->children[i]))
      blocks[n++] = &root->children[i];
  enum err err = settings_read(blocks, n, true, report, r, &r->settings);
  if (err == OK)
    err = print_public(r, blocks, n);
  free(blocks);
  return err;
}

static enum err read_file(struct reload *r, const char *path) {
  struct conf_file *file = NULL;
  if (!is_file(r, path))
    return ERR_IO;
  enum err err = conf_read(path, complain, r, &file);
  if (err != OK)
    return err;
  err = read_blocks(r, &file->root);
  conf_file_free(file);
  return err;
}

/* Takes over what was read. */
static enum err change_over(struct engine *e, struct reload *r) {
  const char *why = NULL;
  secrets_read(r->settings);
  enum err err = engine_reload(e, r->settings, r->public_config, &why);
  r->settings = NULL;
  r->public_config = NULL;
  if (err == ERR_CONFLICT)
    buf_add(&r->why, why);
  return err;
}

static void log_errors(const char *path, const char *why) {
  while (*why != '\0') {
    int len = (int)strcspn(why, "\n");
    log_line(LOG_ERROR, "incident: reload of %s: %.*s", path, len, why);
    why += len;
    why += *why == '\n';
  }
  log_line(LOG_ERROR, "incident: the configuration in force stays");
}

enum err reload_file(struct engine *e, const char *path, size_t *rules,
                     char **own_why) {
  struct reload r = {0};
  buf_init(&r.why, WHY_MAX);
  enum err err = read_file(&r, path);
  if (err == OK) {
    size_t n = r.settings->rules_n;
    err = change_over(e, &r);
    if (err == OK)
      *rules = n;
  }
  if (err == OK) {
    log_line(LOG_NOTICE, "incident: %s is in force: %zu rule%s", path, *rules,
             *rules == 1 ? "" : "s");
  } else {
    *own_why = NULL;
    if (r.why.len == 0)
      buf_add(&r.why, err_text(err));
    log_errors(path, buf_text(&r.why));
    r.why.err = OK; /* what there was room for */
    (void)buf_take(&r.why, own_why);
  }
  settings_free(r.settings);
  free(r.public_config);
  buf_fini(&r.why);
  return err;
}
