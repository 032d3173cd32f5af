/* SPDX-License-Identifier: MIT */
/* A calendar that was read, from one process to another. */
#include "core/calendar.h"

#include <stdlib.h>
#include <string.h>

void calendar_print(const struct calendar *c, struct json *j) {
  json_object(j);
  json_put_int(j, "from", c->from);
  json_put_int(j, "until", c->until);
  json_key(j, "stretches");
  json_array(j);
  for (size_t i = 0; i < c->stretches_n; i++) {
    json_object(j);
    json_put_int(j, "from", c->stretches[i].from);
    json_put_text(j, "who", c->stretches[i].who);
    json_object_end(j);
  }
  json_array_end(j);
  json_object_end(j);
}

/* The calendar's own copy; NULL when out of memory. names has room. */
static const char *name_of(struct calendar *c, const char *who) {
  size_t at = 0;
  while (at < c->names_n && strcmp(c->names[at], who) < 0)
    at++;
  if (at < c->names_n && strcmp(c->names[at], who) == 0)
    return c->names[at];
  char *own = strdup(who);
  if (own == NULL)
    return NULL;
  memmove(&c->names[at + 1], &c->names[at],
          (c->names_n - at) * sizeof c->names[0]);
  c->names[at] = own;
  c->names_n++;
  return own;
}

static enum err read_stretches(const struct json_in *all, size_t n,
                               struct calendar *c) {
  for (size_t i = 0; i < n; i++) {
    const char *key;
    const struct json_in *v = json_member(all, i, &key);
    const char *who = json_at_text(v, "who", NULL);
    wall_ms from = json_at_int(v, "from", WALL_NEVER);
    if (from == WALL_NEVER || (i > 0 && from <= c->stretches[i - 1].from))
      return ERR_INVALID;
    if (who != NULL && (who = name_of(c, who)) == NULL)
      return ERR_NOMEM;
    c->stretches[c->stretches_n++] = (struct stretch){from, who};
  }
  return OK;
}

enum err calendar_parse(const struct json_in *v,
                        struct calendar **own_calendar) {
  const struct json_in *all = v != NULL ? json_at(v, "stretches") : NULL;
  size_t n = all != NULL ? json_count(all) : 0;
  enum err err = ERR_INVALID;
  if (all == NULL)
    return err;
  struct calendar *c = calloc(1, sizeof *c);
  if (c == NULL)
    return ERR_NOMEM;
  c->from = json_at_int(v, "from", 0);
  c->until = json_at_int(v, "until", 0);
  c->stretches = calloc(n + 1, sizeof *c->stretches);
  c->names = calloc(n + 1, sizeof *c->names);
  err = ERR_NOMEM;
  if (c->stretches != NULL && c->names != NULL)
    err = read_stretches(all, n, c);
  if (err == OK)
    *own_calendar = c;
  else
    calendar_free(c);
  return err;
}
