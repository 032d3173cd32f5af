/* SPDX-License-Identifier: MIT */
/* What `collectd -t` would say if it said anything: the file is read as
 * collectd reads it, and what its blocks name outside of it is looked at. */
#include "door/ctl.h"

#include "base/text.h"
#include "core/schedule.h"
#include "engine/calendar_file.h"
#include "engine/secrets.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

struct check {
  const struct ctl *c;
  struct ctl_list_json json;
  const char *file; /* the one asked for */
  bool is_silent;   /* findings are only counted */
  unsigned errors, warnings;
  /* Of the top level. */
  const struct conf **blocks;
  size_t blocks_n;
  bool is_loaded, is_loaded_later, loads_by_itself;
};

/* ---- findings ---- */

/* A clean copy: text from a file may be anything. NULL stays NULL. */
static char *clean(const char *text) {
  size_t len = text != NULL ? strlen(text) : 0;
  char *copy = text != NULL ? malloc(3 * len + 1) : NULL;
  if (copy != NULL)
    text_clean(copy, 3 * len + 1, text, len);
  return copy;
}

static void print_item(struct check *k, const struct finding *f) {
  char *file = clean(f->file), *path = clean(f->path),
       *message = clean(f->message);
  struct json *j = json_new();
  if (j != NULL) {
    json_object(j);
    json_put_text(j, "level", f->is_warning ? "warning" : "error");
    json_put_text(j, "file", file);
    json_key(j, "line");
    if (f->line > 0)
      json_int(j, f->line);
    else
      json_null(j);
    json_put_text(j, "path", path);
    json_put_text(j, "message", message);
    json_object_end(j);
  }
  ctl_json_item(&k->json, j);
  free(file);
  free(path);
  free(message);
}

static void print_line(const struct check *k, const struct finding *f) {
  const struct ctl *c = k->c;
  struct buf place;
  buf_init(&place, 8192);
  buf_add(&place, f->file);
  if (f->line > 0)
    buf_addf(&place, ":%d", f->line);
  buf_add(&place, ": ");
  ctl_put(c->out, &c->style, COLOUR_NONE, buf_text(&place));
  if (f->is_warning)
    ctl_put(c->out, &c->style, COLOUR_YELLOW, "warning: ");
  buf_clear(&place);
  if (f->path != NULL && f->path[0] != '\0')
    buf_addf(&place, "%s: ", f->path);
  buf_add(&place, f->message);
  ctl_put(c->out, &c->style, COLOUR_NONE, buf_text(&place));
  fputc('\n', c->out);
  buf_fini(&place);
}

static void report(void *arg, const struct finding *finding) {
  struct check *k = arg;
  struct finding f = *finding;
  if (f.file == NULL)
    f.file = k->file;
  *(f.is_warning ? &k->warnings : &k->errors) += 1;
  if (k->is_silent)
    return;
  if (k->c->is_json)
    print_item(k, &f);
  else
    print_line(k, &f);
}

static void complain(void *arg, const char *file, int line, bool is_warning,
                     const char *message) {
  report(arg, &(struct finding){.is_warning = is_warning,
                                .file = file,
                                .line = line,
                                .message = message});
}

static void warn_at(struct check *k, const struct conf *at, const char *path,
                    const char *message) {
  report(k, &(struct finding){.is_warning = true,
                              .file = at != NULL ? at->file : NULL,
                              .line = at != NULL ? at->line : 0,
                              .path = path,
                              .message = message});
}

/* ---- the top level ---- */

static bool names_us(const struct conf *item, const char *key) {
  return strcasecmp(item->key, key) == 0 && item->values_n == 1 &&
         item->values[0].type == CONF_TEXT &&
         strcasecmp(item->values[0].text, "incident") == 0;
}

static bool is_true(const struct conf *item) {
  return item->values_n == 1 &&
         ((item->values[0].type == CONF_BOOL && item->values[0].flag) ||
          (item->values[0].type == CONF_TEXT &&
           (strcasecmp(item->values[0].text, "true") == 0 ||
            strcasecmp(item->values[0].text, "yes") == 0 ||
            strcasecmp(item->values[0].text, "on") == 0)));
}

/* As collectd goes through them: strictly from top to bottom. */
static void take_item(struct check *k, const struct conf *item) {
  if (names_us(item, "LoadPlugin"))
    k->is_loaded = true;
  else if (strcasecmp(item->key, "AutoLoadPlugin") == 0)
    k->loads_by_itself = is_true(item);
  if (!settings_is_block(item))
    return;
  if (k->loads_by_itself)
    k->is_loaded = true;
  if (!k->is_loaded && k->is_loaded_later)
    warn_at(k, item, "Plugin \"incident\"",
            "stands before LoadPlugin incident: collectd ignores this block");
  k->blocks[k->blocks_n++] = item;
}

static bool collect(struct check *k, const struct conf *root) {
  k->blocks = calloc(root->children_n + 1, sizeof *k->blocks);
  if (k->blocks == NULL)
    return false;
  for (size_t i = 0; i < root->children_n; i++)
    if (names_us(&root->children[i], "LoadPlugin"))
      k->is_loaded_later = true;
  for (size_t i = 0; i < root->children_n; i++)
    take_item(k, &root->children[i]);
  if (!k->is_loaded)
    warn_at(k, NULL, "LoadPlugin",
            "there is no LoadPlugin incident: collectd does not load the "
            "plugin");
  if (k->blocks_n == 0)
    warn_at(k, NULL, "Plugin \"incident\"",
            "there is no such block: nothing will be an incident");
  return true;
}

/* ---- what lies outside the file ---- */

/* The option of a webhook or schedule, in whichever block it is. */
static const struct conf *find_option(const struct check *k, const char *kind,
                                      const char *name, const char *key,
                                      const char *value) {
  for (size_t b = 0; b < k->blocks_n; b++)
    for (size_t i = 0; i < k->blocks[b]->children_n; i++) {
      const struct conf *item = &k->blocks[b]->children[i];
      if (strcasecmp(item->key, kind) != 0 || item->values_n != 1 ||
          item->values[0].type != CONF_TEXT ||
          strcmp(item->values[0].text, name) != 0)
        continue;
      for (size_t o = 0; o < item->children_n; o++)
        if (strcasecmp(item->children[o].key, key) == 0 &&
            item->children[o].values[0].type == CONF_TEXT &&
            strcmp(item->children[o].values[0].text, value) == 0)
          return &item->children[o];
    }
  return NULL;
}

static void check_path(struct check *k, const struct webhook *w,
                       const char *key, const char *path, bool is_secret) {
  struct stat st;
  struct buf where, what;
  if (path[0] == '\0')
    return;
  buf_init(&where, 1024);
  buf_init(&what, 8192);
  buf_addf(&where, "Webhook \"%s\" / %s", w->name, key);
  if (stat(path, &st) != 0 || access(path, R_OK) != 0)
    buf_addf(&what, "cannot read %s: %s", path, strerror(errno));
  else if (is_secret && secrets_is_open(st.st_mode))
    buf_addf(&what, "others can read %s (mode %04o): chmod 600 it", path,
             (unsigned)st.st_mode & 07777);
  if (what.len > 0)
    warn_at(k, find_option(k, "Webhook", w->name, key, path), buf_text(&where),
            buf_text(&what));
  buf_fini(&where);
  buf_fini(&what);
}

/* A relative one is collectd's to find. */
static void check_ledger(struct check *k, const struct settings *s) {
  const struct conf *at = NULL;
  const char *base = strrchr(s->ledger, '/');
  struct stat st;
  struct buf dir, what;
  if (s->ledger[0] != '/' || base == s->ledger)
    return;
  for (size_t b = 0; b < k->blocks_n; b++)
    for (size_t i = 0; i < k->blocks[b]->children_n; i++)
      if (strcasecmp(k->blocks[b]->children[i].key, "Ledger") == 0)
        at = &k->blocks[b]->children[i];
  buf_init(&dir, 8192);
  buf_init(&what, 16384);
  buf_addf(&dir, "%.*s", (int)(base - s->ledger), s->ledger);
  if (stat(buf_text(&dir), &st) != 0)
    buf_addf(&what, "%s: %s", buf_text(&dir), strerror(errno));
  else if (!S_ISDIR(st.st_mode))
    buf_addf(&what, "%s is no directory", buf_text(&dir));
  if (what.len > 0)
    warn_at(k, at, "Ledger", buf_text(&what));
  buf_fini(&dir);
  buf_fini(&what);
}

static void check_files(struct check *k, const struct settings *s) {
  check_ledger(k, s);
  for (size_t i = 0; i < s->webhooks_n; i++) {
    const struct webhook *w = s->webhooks[i];
    for (size_t n = 0; n < w->keys_n; n++)
      check_path(k, w, "SecretFile", w->keys[n].file, true);
    check_path(k, w, "CACert", w->ca_cert, false);
    check_path(k, w, "CAPath", w->ca_path, false);
    check_path(k, w, "ClientCert", w->client_cert, false);
    check_path(k, w, "ClientKey", w->client_key, true);
  }
}

/* ---- calendars ---- */

#define STRANGERS_MAX 20 /* said, of one calendar */

static void warn_calendar(struct check *k, const struct schedule *s,
                          const char *format, const char *text) {
  struct buf where, what;
  buf_init(&where, 1024);
  buf_init(&what, 8192);
  buf_addf(&where, "Schedule \"%s\" / Calendar", s->name);
  buf_addf(&what, "%s: %s%s", s->calendar, format, text);
  warn_at(k, find_option(k, "Schedule", s->name, "Calendar", s->calendar),
          buf_text(&where), buf_text(&what));
  buf_fini(&where);
  buf_fini(&what);
}

static void check_names(struct check *k, const struct settings *settings,
                        const struct schedule *s, const struct calendar *c) {
  unsigned n = 0;
  for (size_t i = 0; i < c->names_n && n < STRANGERS_MAX; i++)
    if (settings_responder(settings, c->names[i]) == NULL) {
      warn_calendar(k, s, "no responder is called ", c->names[i]);
      n++;
    }
}

/* A relative one is collectd's to find. */
static void check_schedule(struct check *k, const struct settings *settings,
                           const struct schedule *s) {
  struct calendar *c = NULL;
  const char *why = "";
  if (s->calendar[0] == '/') {
    if (calendar_file_read(s->calendar, s->zone, k->c->now, &c, NULL, &why) ==
        OK)
      check_names(k, settings, s, c);
    else
      warn_calendar(k, s, "", why);
  }
  const struct duty_facts facts = {.settings = settings, .calendar = c};
  settings_advise_gaps(s, &facts, k->c->now, k->blocks, k->blocks_n, report, k);
  calendar_free(c);
}

/* ---- the command ---- */

/* ERR_INVALID has been reported. */
static enum err check_blocks(struct check *k) {
  struct settings *s = NULL;
  if (k->blocks_n == 0)
    return OK;
  enum err err = settings_read(k->blocks, k->blocks_n, true, report, k, &s);
  if (err == OK) {
    settings_advise(s, k->blocks, k->blocks_n, report, k);
    for (size_t i = 0; i < s->schedules_n; i++)
      check_schedule(k, s, s->schedules[i]);
    check_files(k, s);
  }
  settings_free(s);
  return err == ERR_INVALID ? OK : err;
}

static enum err check_file(struct check *k) {
  struct conf_file *file = NULL;
  enum err err = conf_read(k->file, complain, k, &file);
  if (err == OK)
    err = collect(k, &file->root) ? check_blocks(k) : ERR_NOMEM;
  conf_file_free(file);
  free(k->blocks);
  k->blocks = NULL;
  return err;
}

bool ctl_check_is_good(struct ctl *c, const char *file) {
  struct check k = {.c = c, .file = file, .is_silent = true};
  return check_file(&k) == OK && k.errors == 0;
}

static int run(struct ctl *c) {
  struct check k = {.c = c, .file = c->arguments[0]};
  int status = CTL_DONE;
  if (c->is_json)
    ctl_json_begin(&k.json, c, "{\"findings\":");
  enum err err = check_file(&k);
  if (c->is_json)
    status = ctl_json_end(&k.json, "}\n");
  else if (err == OK && k.errors + k.warnings == 0)
    fprintf(c->out, "%s: nothing is wrong\n", k.file);
  if (err != OK && k.errors == 0)
    return ctl_fail(c, "%s: %s", k.file, err_text(err));
  if (k.errors > 0 && !c->is_json)
    ctl_fail(c, "%s: %u %s, %u %s", k.file, k.errors,
             k.errors == 1 ? "error" : "errors", k.warnings,
             k.warnings == 1 ? "warning" : "warnings");
  return k.errors > 0 ? CTL_FAILED : status;
}

const struct ctl_command ctl_check = {
    .name = "check",
    .usage = "FILE",
    .summary = "check a collectd.conf, with what it includes",
    .arguments_min = 1,
    .arguments_max = 1,
    .run = run};
