/* SPDX-License-Identifier: MIT */
#include "door/ctl_work.h"

#include "base/text.h"
#include "door/ctl_link.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define BEGIN_WAIT_MS 1000
#define LINE_MAX_BYTES 32768

/* ---- the transaction ---- */

enum err ctl_work_refuse(struct ctl_work *w, const char *format, ...) {
  va_list args;
  va_start(args, format);
  vsnprintf(w->why, sizeof w->why, format, args);
  va_end(args);
  return ERR_CONFLICT;
}

enum err ctl_work_on(struct ctl_work *w, int64_t incident) {
  enum err err = ledger_incident(w->c->ledger, incident, &w->incident);
  if (err == ERR_NOTFOUND)
    return ctl_work_refuse(w, "incident %lld: not found", (long long)incident);
  if (err == OK && w->incident.merged_into != 0)
    return ctl_work_refuse(w, "incident %lld: %s", (long long)incident,
                           incident_is_merged(&w->incident));
  return err;
}

static enum err put_entry(struct ctl_work *w) {
  struct entry e = {.incident = w->incident.id,
                    .at = w->at,
                    .recorded_at = w->c->now,
                    .kind = w->kind};
  enum err err = w->text.err;
  if (err == OK)
    err = incident_set_text(&e.by, w->c->by);
  if (err == OK)
    err = incident_set_text(&e.text, buf_text(&w->text));
  if (err == OK)
    err = ledger_put_entry(w->c->ledger, &e);
  w->entry = e;
  return err;
}

static enum err write_rows(struct ctl_work *w, ctl_work_step *step, void *arg) {
  struct ledger *l = w->c->ledger;
  enum err err = ledger_begin(l, BEGIN_WAIT_MS);
  if (err != OK)
    return err;
  err = step(w, arg);
  if (err == OK)
    err = put_entry(w);
  if (err == OK)
    return ledger_commit(l);
  ledger_rollback(l);
  return err;
}

int ctl_work_open(struct ctl *c) {
  const char *why = NULL;
  enum err err = c->ledger == NULL ? ctl_try_open(c, LEDGER_SHARE, &why) : OK;
  return err == OK ? CTL_DONE : ctl_fail_open(c, err, why);
}

int ctl_work(struct ctl *c, enum kind kind, ctl_work_step *step, void *arg,
             struct ctl_work *w) {
  *w = (struct ctl_work){.c = c, .kind = kind, .at = c->now};
  incident_init(&w->incident);
  buf_init(&w->text, 3 * CTL_TEXT_MAX);
  int status = c->by == NULL ? ctl_find_by(c) : CTL_DONE;
  if (status == CTL_DONE)
    status = ctl_work_open(c);
  if (status != CTL_DONE)
    return status;
  enum err err = write_rows(w, step, arg);
  if (err == ERR_CONFLICT && w->why[0] != '\0')
    return ctl_fail(c, "%s", w->why);
  if (err != OK)
    return ctl_fail_ledger(c, err);
  if (w->is_for_plugin)
    ctl_link_kick(c->ledger_path); /* best effort */
  return CTL_DONE;
}

void ctl_work_fini(struct ctl_work *w) {
  incident_fini(&w->incident);
  entry_fini(&w->entry);
  buf_fini(&w->text);
}

/* ---- saying ---- */

void ctl_tell(const struct ctl *c, const char *format, ...) {
  static const struct ctl_column columns[] = {{0}};
  struct ctl_table t;
  char *line = malloc(LINE_MAX_BYTES);
  va_list args;
  if (line == NULL) { /* it is done all the same */
    ctl_warn(c, "done; %s to say more", err_text(ERR_NOMEM));
    return;
  }
  va_start(args, format);
  vsnprintf(line, LINE_MAX_BYTES, format, args);
  va_end(args);
  ctl_table_begin(&t, c->out, &(struct ctl_style){0}, columns, 1);
  ctl_table_add(&t, COLOUR_NONE, line);
  if (ctl_table_end(&t) != OK)
    ctl_warn(c, "done; %s to say more", err_text(ERR_NOMEM));
  free(line);
}

void ctl_tell_done(const struct ctl_work *w, const char *more,
                   const char *of_it) {
  struct buf text;
  buf_init(&text, 4 * CTL_TEXT_MAX);
  ctl_add_local(&text, buf_text(&w->text));
  ctl_tell(w->c, "incident %lld: %s%s%s", (long long)w->incident.id,
           buf_text(&text), more, of_it);
  buf_fini(&text);
}

int ctl_work_json(const struct ctl *c, struct json *own_json,
                  const struct ctl_work *w) {
  if (own_json != NULL && w != NULL) {
    json_key(own_json, "entry");
    entry_print(&w->entry, own_json);
  }
  if (own_json != NULL)
    json_object_end(own_json);
  return ctl_print_json(c, own_json);
}

int ctl_open_for(struct ctl *c, int64_t incident) {
  struct incident i;
  const char *why = NULL;
  enum err err = ctl_try_open(c, LEDGER_READ, &why);
  if (err != OK)
    return ctl_fail_open(c, err, why);
  err = ledger_incident(c->ledger, incident, &i);
  if (err == ERR_NOTFOUND)
    return ctl_fail(c, "incident %lld: not found", (long long)incident);
  if (err != OK)
    return ctl_fail_ledger(c, err);
  incident_fini(&i);
  return CTL_DONE;
}

/* ---- reading the command line ---- */

int ctl_read_action(const struct ctl *c, const char *const *names, size_t *at) {
  const char *word = c->arguments[0];
  struct buf all;
  size_t n = 0;
  while (names[n] != NULL && strcmp(names[n], word) != 0)
    n++;
  if (names[n] != NULL) {
    *at = n;
    return CTL_DONE;
  }
  const char *nearest = text_nearest(word, names, n);
  if (nearest != NULL)
    return ctl_misuse(c, "%s: unknown action \"%s\", did you mean %s?",
                      c->command->name, word, nearest);
  buf_init(&all, 1024);
  for (size_t i = 0; i < n; i++)
    buf_addf(&all, "%s%s", i == 0 ? "" : i + 1 < n ? ", " : " or ", names[i]);
  int status = ctl_misuse(c, "%s: unknown action \"%s\", not one of %s",
                          c->command->name, word, buf_text(&all));
  buf_fini(&all);
  return status;
}

int ctl_read_due(const struct ctl *c, const char *what, const char *text,
                 wall_ms *at) {
  span_ms span = 0;
  int status = CTL_DONE;
  bool is_number = text[strspn(text, "0123456789.")] == '\0';
  if (is_number)
    return ctl_misuse(c, "%s: %s \"%s\" has no unit; write 20m, or a time",
                      c->command->name, what, text);
  if (span_parse(text, &span) == OK)
    *at = c->now + span;
  else
    status = ctl_read_time(c, text, at);
  if (status == CTL_DONE && *at <= c->now)
    return ctl_fail(c, "%s: %s %s is over already", c->command->name, what,
                    text);
  return status;
}

int ctl_read_past(const struct ctl *c, const char *what, const char *text,
                  wall_ms *at) {
  wall_ms read = 0;
  if (text == NULL)
    return CTL_DONE;
  int status = ctl_read_time(c, text, &read);
  if (status == CTL_DONE && read > c->now + CTL_AHEAD_MS)
    return ctl_fail(c, "%s: %s %s has not come yet", c->command->name, what,
                    text);
  if (status == CTL_DONE)
    *at = read;
  return status;
}
