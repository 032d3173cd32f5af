/* SPDX-License-Identifier: MIT */
#include "door/ctl_duty.h"

#include "door/ctl_link.h"
#include "engine/calendar_file.h"

#include <stdlib.h>
#include <string.h>

static enum err copy(const struct override *o, struct override **own_copy) {
  struct override *c = calloc(1, sizeof *c);
  if (c == NULL)
    return ERR_NOMEM;
  *c = (struct override){.id = o->id,
                         .from = o->from,
                         .until = o->until,
                         .created_at = o->created_at,
                         .schedule = strdup(o->schedule),
                         .responder = strdup(o->responder),
                         .by = strdup(o->by)};
  *own_copy = c;
  return c->schedule == NULL || c->responder == NULL || c->by == NULL
             ? ERR_NOMEM
             : OK;
}

/* Fits the walks of the ledger and of the plugin's memory. */
static enum err keep(void *arg, const struct override *o) {
  struct ctl_duty *d = arg;
  struct override **grown =
      realloc(d->overrides, (d->overrides_n + 1) * sizeof *grown);
  if (grown == NULL)
    return ERR_NOMEM;
  d->overrides = grown;
  struct override *own = NULL;
  enum err err = copy(o, &own);
  if (own == NULL)
    return err;
  size_t at = d->overrides_n++;
  for (; at > 0 && d->overrides[at - 1]->id > own->id; at--)
    d->overrides[at] = d->overrides[at - 1];
  d->overrides[at] = own;
  return err;
}

enum err ctl_duty_load(struct ctl_duty *d, const struct ctl *c, wall_ms from) {
  *d = (struct ctl_duty){.c = c};
  enum err err = ledger_overrides(c->ledger, from, keep, d);
  if (err != OK)
    ctl_duty_free(d);
  d->c = c;
  return err;
}

/* ---- what only the plugin knows ---- */

static const struct override *find(const struct ctl_duty *d, int64_t id) {
  for (size_t i = 0; i < d->overrides_n; i++)
    if (d->overrides[i]->id == id)
      return d->overrides[i];
  return NULL;
}

/* What is not in memory any more has been ended. */
static enum err merge(struct ctl_duty *d, const struct ctl_duty *memory) {
  wall_ms now = d->c->now;
  enum err err = OK;
  for (size_t i = 0; i < d->overrides_n; i++) {
    struct override *o = d->overrides[i];
    const struct override *newer = find(memory, o->id);
    if (newer != NULL)
      o->until = newer->until;
    else if (o->until > now)
      o->until = o->from > now ? o->from : now;
  }
  for (size_t i = 0; i < memory->overrides_n && err == OK; i++)
    if (find(d, memory->overrides[i]->id) == NULL)
      err = keep(d, memory->overrides[i]);
  return err;
}

enum err ctl_duty_recall(struct ctl_duty *d) {
  const char *path = d->c->ledger_path;
  struct ctl_duty memory = {.c = d->c};
  struct ctl_link_status status;
  enum err err = ctl_link_status(path, &status);
  if (err == ERR_NOTFOUND || (err == OK && !status.is_degraded))
    return OK; /* no plugin, or one that writes down what it knows */
  if (err == OK)
    err = ctl_link_overrides(path, keep, &memory);
  if (err == OK) {
    ctl_warn(d->c, "the ledger cannot be written: overrides are shown as the "
                   "plugin has them in its memory");
    err = merge(d, &memory);
  } else if (err != ERR_NOMEM) {
    ctl_warn(d->c, "the plugin does not answer: overrides that are only in its "
                   "memory may be missing");
    err = OK;
  }
  ctl_duty_free(&memory);
  return err;
}

/* ---- the facts ---- */

void ctl_duty_free(struct ctl_duty *d) {
  for (size_t i = 0; i < d->overrides_n; i++) {
    override_fini(d->overrides[i]);
    free(d->overrides[i]);
  }
  free(d->overrides);
  calendar_free(d->calendar);
  *d = (struct ctl_duty){.c = NULL};
}

static void read_calendar(struct ctl_duty *d, const struct schedule *s) {
  const char *why = NULL;
  calendar_free(d->calendar);
  d->calendar = NULL;
  d->of = s;
  if (s->calendar[0] == '\0')
    return;
  enum err err = calendar_file_read(s->calendar, s->zone, d->c->now,
                                    &d->calendar, NULL, &why);
  if (err == OK)
    return;
  bool is_known =
      ctl_link_calendar(d->c->ledger_path, s->name, &d->calendar) == OK;
  ctl_warn(d->c, "schedule %s: %s: %s%s", s->name, s->calendar,
           why != NULL ? why : err_text(err),
           is_known ? "; the plugin goes on with what it read before" : "");
}

struct duty_facts ctl_duty_facts(struct ctl_duty *d, const struct schedule *s) {
  if (d->of != s)
    read_calendar(d, s);
  return (struct duty_facts){.settings = d->c->settings,
                             .calendar = d->calendar,
                             .overrides = d->overrides,
                             .overrides_n = d->overrides_n};
}

const struct responder *ctl_duty_target(const struct ctl *c,
                                        const struct target *t) {
  struct ctl_duty d = {.c = c};
  struct duty duty;
  if (t->kind != TARGET_SCHEDULE)
    return t->responder;
  if (c->ledger != NULL)
    (void)ctl_duty_load(&d, c, c->now);
  const struct duty_facts facts = ctl_duty_facts(&d, t->schedule);
  schedule_at(t->schedule, &facts, c->now, &duty);
  ctl_duty_free(&d);
  return duty.responder;
}
