/* SPDX-License-Identifier: MIT */
#include "door/ctl_duty.h"

#include "engine/calendar_file.h"

#include <stdlib.h>
#include <string.h>

static enum err keep(struct ctl_duty *d, const struct override *o) {
  struct override **grown =
      realloc(d->overrides, (d->overrides_n + 1) * sizeof *grown);
  if (grown == NULL)
    return ERR_NOMEM;
  d->overrides = grown;
  struct override *own = calloc(1, sizeof *own);
  if (own == NULL)
    return ERR_NOMEM;
  *own = (struct override){.id = o->id,
                           .from = o->from,
                           .until = o->until,
                           .created_at = o->created_at,
                           .schedule = strdup(o->schedule),
                           .responder = strdup(o->responder),
                           .by = strdup(o->by)};
  d->overrides[d->overrides_n++] = own;
  return own->schedule == NULL || own->responder == NULL || own->by == NULL
             ? ERR_NOMEM
             : OK;
}

static enum err take(void *arg, const struct override *o) {
  return keep(arg, o);
}

enum err ctl_duty_load(struct ctl_duty *d, const struct ctl *c, wall_ms from) {
  *d = (struct ctl_duty){.c = c};
  enum err err = ledger_overrides(c->ledger, from, take, d);
  if (err != OK)
    ctl_duty_free(d);
  d->c = c;
  return err;
}

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
  if (err != OK)
    ctl_warn(d->c, "schedule %s: %s: %s", s->name, s->calendar,
             why != NULL ? why : err_text(err));
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
