/* SPDX-License-Identifier: MIT */
#include "door/ctl_names.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

int ctl_unknown_name(const struct ctl *c, const char *what, const char *name,
                     const char *const *names, size_t n) {
  const char *nearest = text_nearest(name, names, n);
  struct buf all;
  buf_init(&all, 4096);
  if (nearest != NULL)
    buf_addf(&all, "did you mean %s?", nearest);
  else
    buf_add(&all, "there are");
  for (size_t i = 0; i < n && nearest == NULL; i++)
    buf_addf(&all, "%s %s", i > 0 ? "," : "", names[i]);
  int status = ctl_fail(c, "%s: %s \"%s\" is not in the configuration; %s",
                        c->command->name, what, name,
                        n > 0 ? buf_text(&all) : "none is");
  buf_fini(&all);
  return status;
}

/* The name is the first member of what is listed. */
static int complain(const struct ctl *c, const char *what, const char *name,
                    void *const *items, size_t n) {
  const char **names = calloc(n + 1, sizeof *names);
  if (names == NULL)
    return ctl_fail(c, "out of memory");
  for (size_t i = 0; i < n; i++)
    names[i] = *(char *const *)items[i];
  int status = ctl_unknown_name(c, what, name, names, n);
  free(names);
  return status;
}

_Static_assert(offsetof(struct severity, name) == 0 &&
                   offsetof(struct chain, name) == 0 &&
                   offsetof(struct rule, name) == 0 &&
                   offsetof(struct responder, name) == 0 &&
                   offsetof(struct custom, name) == 0,
               "names come first");

int ctl_check_severity(const struct ctl *c, const char *what,
                       const char *name) {
  const struct settings *s = c->settings;
  if (s == NULL || settings_severity(s, name) != NULL)
    return CTL_DONE;
  return complain(c, what, name, (void *const *)s->severities, s->severities_n);
}

int ctl_check_chain(const struct ctl *c, const char *what, const char *name) {
  const struct settings *s = c->settings;
  if (s == NULL || settings_chain(s, name) != NULL)
    return CTL_DONE;
  return complain(c, what, name, (void *const *)s->chains, s->chains_n);
}

int ctl_check_rule(const struct ctl *c, const char *what, const char *name) {
  const struct settings *s = c->settings;
  if (s == NULL || settings_rule(s, name) != NULL)
    return CTL_DONE;
  return complain(c, what, name, (void *const *)s->rules, s->rules_n);
}

int ctl_unknown_status(const struct ctl *c, const char *word) {
  static const char *const names[] = {"investigating", "identified",
                                      "monitoring",    "resolved",
                                      "active",        "stable"};
  const char *nearest = text_nearest(word, names, sizeof names / sizeof *names);
  if (nearest != NULL)
    return ctl_fail(c, "%s: unknown status \"%s\", did you mean %s?",
                    c->command->name, word, nearest);
  return ctl_fail(c,
                  "%s: unknown status \"%s\"; there are investigating, "
                  "identified, monitoring, resolved",
                  c->command->name, word);
}

int ctl_check_who(struct ctl *c, const char *what, const char *name) {
  const struct settings *s = c->settings;
  if (name == NULL || s == NULL || s->responders_n == 0 ||
      settings_responder(s, name) != NULL)
    return CTL_DONE;
  int status = ctl_find_by(c);
  if (status != CTL_DONE || strcmp(c->by, name) == 0)
    return status;
  return complain(c, what, name, (void *const *)s->responders, s->responders_n);
}

int ctl_check_field(const struct ctl *c, const char *name, const char *value,
                    bool needs_one) {
  const struct settings *s = c->settings;
  if (s == NULL)
    return CTL_DONE;
  const struct custom *f = settings_field(s, name);
  if (f == NULL)
    return needs_one ? complain(c, "field", name, (void *const *)s->fields,
                                s->fields_n)
                     : CTL_DONE;
  for (size_t i = 0; i < f->values_n; i++)
    if (strcmp(f->values[i], value) == 0)
      return CTL_DONE;
  return f->values_n > 0 && value[0] != '\0'
             ? ctl_unknown_name(c, f->name, value,
                                (const char *const *)f->values, f->values_n)
             : CTL_DONE;
}
