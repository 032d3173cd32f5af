/* SPDX-License-Identifier: MIT */
/* What follows from a dossier. */
#include "core/dossier.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

const char *entry_todo(const struct entry *e) {
  const char *text = e->text;
  if (e->kind != KIND_NOTE || strncasecmp(text, "TODO", 4) != 0 ||
      isalnum((unsigned char)text[4]))
    return NULL;
  text += 4;
  return text + strspn(text, " :-\t\n");
}

wall_ms dossier_end(const struct dossier *d, wall_ms now) {
  return d->incident.resolved_at != WALL_NEVER ? d->incident.resolved_at : now;
}

/* ---- time in each severity ---- */

/* core/incident.c writes "SEV-3 to SEV-1: reason". Any of these may be in a
 * name, too: one that is configured goes before what looks like one. */
static size_t name_length(const struct dossier *d, const char *text,
                          const char *after, bool may_end) {
  size_t longest = 0;
  for (size_t i = 0; d->settings != NULL && i < d->settings->severities_n;
       i++) {
    const char *name = d->settings->severities[i]->name;
    size_t len = strlen(name);
    if (len > longest && strncmp(text, name, len) == 0 &&
        (strncmp(text + len, after, strlen(after)) == 0 ||
         (may_end && text[len] == '\0')))
      longest = len;
  }
  if (longest > 0)
    return longest;
  const char *end = strstr(text, after);
  return end != NULL ? (size_t)(end - text) : may_end ? strlen(text) : 0;
}

static bool read_change(const struct dossier *d, const struct entry *e,
                        char from[DOSSIER_SEVERITY_NAME],
                        char to[DOSSIER_SEVERITY_NAME]) {
  const char *text = NULL;
  for (size_t i = 0; i < d->changes.n && text == NULL; i++)
    if (d->changes.items[i].entry == e->id)
      text = d->changes.items[i].text;
  size_t len = text != NULL ? name_length(d, text, " to ", false) : 0;
  if (len == 0)
    return false;
  snprintf(from, DOSSIER_SEVERITY_NAME, "%.*s", (int)len, text);
  text += len + strlen(" to ");
  snprintf(to, DOSSIER_SEVERITY_NAME, "%.*s",
           (int)name_length(d, text, ": ", true), text);
  return true;
}

struct severities {
  const struct dossier *d;
  struct severity_time *out;
  size_t n;
  char now[DOSSIER_SEVERITY_NAME];
  wall_ms since; /* WALL_NEVER: it is not open */
};

static void add_until(struct severities *s, wall_ms at) {
  size_t i = 0;
  if (s->since == WALL_NEVER)
    return;
  while (i < s->n && strcmp(s->out[i].name, s->now) != 0)
    i++;
  if (i == DOSSIER_SEVERITIES)
    return;
  if (i == s->n) {
    s->out[s->n++].span = 0;
    snprintf(s->out[i].name, sizeof s->out[i].name, "%s", s->now);
  }
  if (at > s->since)
    s->out[i].span += at - s->since;
  s->since = at;
}

static void pass(struct severities *s, const struct entry *e) {
  char from[DOSSIER_SEVERITY_NAME], to[DOSSIER_SEVERITY_NAME];
  if (e->incident != s->d->incident.id)
    return; /* of what has become part of it */
  if (e->kind == KIND_SEVERITY && read_change(s->d, e, from, to)) {
    add_until(s, e->at);
    memcpy(s->now, to, sizeof s->now);
  } else if (e->kind == KIND_RESOLVED) {
    add_until(s, e->at);
    s->since = WALL_NEVER;
  } else if (e->kind == KIND_REOPENED) {
    add_until(s, e->at);
    s->since = e->at;
  }
}

size_t dossier_severities(const struct dossier *d, wall_ms now,
                          struct severity_time out[DOSSIER_SEVERITIES]) {
  struct severities s = {.d = d, .out = out, .since = d->incident.declared_at};
  char to[DOSSIER_SEVERITY_NAME];
  size_t first = 0;
  while (first < d->entries.n &&
         (d->entries.items[first].kind != KIND_SEVERITY ||
          d->entries.items[first].incident != d->incident.id))
    first++;
  if (first == d->entries.n ||
      !read_change(d, &d->entries.items[first], s.now, to))
    snprintf(s.now, sizeof s.now, "%s", d->incident.severity);
  for (size_t i = 0; i < d->entries.n; i++)
    pass(&s, &d->entries.items[i]);
  add_until(&s, dossier_end(d, now));
  return s.n;
}

/* ---- entries, pages, figures ---- */

const struct entry *dossier_first(const struct dossier *d, enum kind kind,
                                  const char *by, wall_ms from) {
  for (size_t i = 0; i < d->entries.n; i++) {
    const struct entry *e = &d->entries.items[i];
    if (e->at >= from && e->kind == kind &&
        (by == NULL || (e->by != NULL && strcmp(e->by, by) == 0)))
      return e;
  }
  return NULL;
}

static struct dossier_reached *find_reached(struct dossier_reached *out,
                                            size_t n, const char *who) {
  for (size_t i = 0; i < n; i++)
    if (strcmp(out[i].who, who) == 0)
      return &out[i];
  return NULL;
}

size_t dossier_reached(const struct dossier *d, struct dossier_reached *out,
                       size_t max) {
  size_t n = 0;
  for (size_t i = 0; i < d->pages.n; i++) {
    const struct dossier_page *p = &d->pages.items[i];
    struct dossier_reached *r = find_reached(out, n, p->to);
    if (p->event != PAGE_PAGE || (r == NULL && n == max))
      continue;
    if (r == NULL) {
      r = &out[n++];
      *r = (struct dossier_reached){
          .who = p->to, .first_at = p->at, .acknowledged_at = WALL_NEVER};
    }
    r->pages++;
    r->delivered += p->state == PAGE_DELIVERED;
    r->failed += p->state == PAGE_FAILED;
  }
  for (size_t i = 0; i < n; i++) {
    const struct entry *e =
        dossier_first(d, KIND_ACKNOWLEDGED, out[i].who, out[i].first_at);
    if (e != NULL)
      out[i].acknowledged_at = e->at;
  }
  return n;
}

/* The next character that counts, '\0' at the end. */
static int next_of(const char **name) {
  while (**name == '-' || **name == '_' || **name == ' ')
    ++*name;
  int c = tolower((unsigned char)**name);
  if (c != '\0')
    ++*name;
  return c;
}

static bool is_same_name(const char *a, const char *b) {
  for (;;) {
    int x = next_of(&a), y = next_of(&b);
    if (x != y)
      return false;
    if (x == '\0')
      return true;
  }
}

const struct figure *dossier_figure(const struct dossier *d, const char *name) {
  const struct figure *found = NULL;
  for (size_t i = 0; i < d->figures.n; i++)
    if (is_same_name(d->figures.items[i].name, name))
      found = &d->figures.items[i];
  return found;
}
