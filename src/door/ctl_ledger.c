/* SPDX-License-Identifier: MIT */
#include "door/ctl_duty.h"

#include <stdlib.h>
#include <string.h>

#define CONTACTS_MAX 32 /* more telephones than anybody calls */

/* ---- opening ---- */

/* The configuration was checked when it was mirrored. */
static void ignore_finding(void *arg, const struct finding *finding) {
  (void)arg;
  (void)finding;
}

static void ignore_complaint(void *arg, const char *file, int line,
                             bool is_warning, const char *message) {
  (void)arg;
  (void)file;
  (void)line;
  (void)is_warning;
  (void)message;
}

enum err ctl_read_config(const struct ctl *c, struct conf_file **own_file) {
  char *text = NULL;
  struct conf_file *file = NULL;
  enum err err = ledger_get(c->ledger, "config", &text);
  if (err == OK && text != NULL)
    err = conf_read_text("ledger", text, strlen(text), ignore_complaint, NULL,
                         &file);
  if (err == OK && file != NULL)
    *own_file = file;
  else
    conf_file_free(file);
  free(text);
  return err == ERR_NOMEM ? err : OK;
}

/* Without it, names are not checked and nobody's contact is known: that there
 * is no memory for it is not taken for that. */
static enum err read_settings(struct ctl *c) {
  struct conf_file *file = NULL;
  enum err err = ctl_read_config(c, &file);
  if (err == OK && file != NULL) {
    const struct conf *blocks[] = {&file->root};
    err = settings_read(blocks, 1, true, ignore_finding, NULL, &c->settings);
  }
  conf_file_free(file);
  return err == ERR_NOMEM ? err : OK;
}

enum err ctl_try_open(struct ctl *c, enum ledger_use use, const char **why) {
  *why = "";
  enum err err = ledger_open(c->ledger_path, use, &c->ledger, why);
  if (err != OK) {
    c->ledger = NULL;
    return err;
  }
  err = read_settings(c);
  if (err != OK) {
    ledger_close(c->ledger);
    c->ledger = NULL;
  }
  return err;
}

int ctl_fail_open(const struct ctl *c, enum err err, const char *why) {
  if (err == ERR_NOTFOUND)
    return ctl_fail(c, "ledger %s: not found; see --ledger", c->ledger_path);
  if (why == NULL || why[0] == '\0')
    why = err_text(err);
  return ctl_fail(c, "ledger %s: %s", c->ledger_path, why);
}

int ctl_fail_ledger(const struct ctl *c, enum err err) {
  const char *why = err == ERR_NOMEM || c->ledger == NULL
                        ? err_text(err)
                        : ledger_why(c->ledger);
  return ctl_fail_open(c, err, why);
}

const char *ctl_base_url(const struct ctl *c) {
  return c->settings != NULL ? c->settings->base_url : "";
}

/* ---- whom to phone ---- */

const char *ctl_severity_chain(const struct ctl *c, const char *severity) {
  const struct severity *s =
      c->settings != NULL ? settings_severity(c->settings, severity) : NULL;
  return s != NULL && s->chain != NULL ? s->chain->name : NULL;
}

struct contacts {
  const struct responder *who[CONTACTS_MAX];
  size_t n;
};

static void add_contact(struct contacts *all, const struct responder *who) {
  for (size_t i = 0; i < all->n; i++)
    if (all->who[i] == who)
      return;
  if (who != NULL && all->n < CONTACTS_MAX)
    all->who[all->n++] = who;
}

size_t ctl_print_contacts(const struct ctl *c, FILE *to, const char *heading,
                          size_t indent, const char *const *chains,
                          size_t chains_n) {
  static const struct ctl_column columns[] = {{0}, {0}};
  const struct ctl_style plain = {0};
  struct contacts all = {.n = 0};
  struct ctl_table t;
  for (size_t i = 0; i < chains_n && c->settings != NULL; i++) {
    const struct chain *chain =
        chains[i] != NULL ? settings_chain(c->settings, chains[i]) : NULL;
    for (size_t s = 0; chain != NULL && s < chain->steps_n; s++)
      for (size_t k = 0; k < chain->steps[s].targets_n; k++)
        add_contact(&all, ctl_duty_target(c, &chain->steps[s].targets[k]));
  }
  for (size_t i = 0;
       chains_n == 0 && c->settings != NULL && i < c->settings->responders_n;
       i++)
    add_contact(&all, c->settings->responders[i]);
  if (all.n > 0)
    fputs(heading, to);
  ctl_table_begin(&t, to, &plain, columns, 2);
  t.indent = indent;
  for (size_t i = 0; i < all.n; i++) {
    ctl_table_add(&t, COLOUR_NONE, all.who[i]->full_name);
    ctl_table_add(&t, COLOUR_NONE,
                  all.who[i]->contact[0] != '\0' ? all.who[i]->contact
                                                 : "no contact known");
  }
  ctl_table_end(&t); /* out of memory: fewer lines */
  return all.n;
}
