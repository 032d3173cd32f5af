/* SPDX-License-Identifier: MIT */
/* <Chain> with its <Step>s. */
#include "core/settings_reader.h"

#include <stdlib.h>
#include <string.h>

#define WAIT_DEFAULT (5 * 60 * 1000)
#define WAIT_MIN 100
#define ACK_TIMEOUT_DEFAULT (4 * 3600 * 1000)
#define REMIND_DEFAULT (3600 * 1000)
#define REMIND_MIN 1000
#define REPEAT_MAX 1000
#define IMPLIED_NAME_MAX 512

static void add_target(struct reader *r, const struct place *at, size_t i,
                       enum target_kind kind, struct step *step) {
  const char *name = reader_text_at(r, at, i);
  if (name == NULL)
    return;
  struct target t = {.kind = kind};
  if (kind == TARGET_RESPONDER)
    t.responder = reader_reference(r, at, BLOCK_RESPONDER, name);
  else if (kind == TARGET_SCHEDULE)
    t.schedule = reader_reference(r, at, BLOCK_SCHEDULE, name);
  else
    t.webhook = reader_reference(r, at, BLOCK_WEBHOOK, name);
  if (t.responder == NULL && t.schedule == NULL && t.webhook == NULL)
    return;
  for (size_t k = 0; k < step->targets_n; k++)
    if (step->targets[k].responder == t.responder &&
        step->targets[k].schedule == t.schedule &&
        step->targets[k].webhook == t.webhook) {
      reader_complain(r, at, "\"%.80s\" is named twice", name);
      return;
    }
  struct target *grown =
      reader_grow(r, step->targets, step->targets_n, sizeof *grown);
  if (grown == NULL)
    return;
  step->targets = grown;
  step->targets[step->targets_n++] = t;
}

static void add_targets(struct reader *r, const struct place *at,
                        enum target_kind kind, struct step *step) {
  if (at->item->values_n == 0)
    reader_complain(r, at, "takes one name or several");
  for (size_t i = 0; i < at->item->values_n; i++)
    add_target(r, at, i, kind, step);
}

static void read_step_responder(struct reader *r, const struct place *at,
                                const struct option *o, void *object) {
  (void)o;
  add_targets(r, at, TARGET_RESPONDER, object);
}

static void read_step_schedule(struct reader *r, const struct place *at,
                               const struct option *o, void *object) {
  (void)o;
  add_targets(r, at, TARGET_SCHEDULE, object);
}

static void read_step_webhook(struct reader *r, const struct place *at,
                              const struct option *o, void *object) {
  (void)o;
  add_targets(r, at, TARGET_WEBHOOK, object);
}

static const struct option step_options[] = {
    {.name = "Responder", .read = read_step_responder, .flags = OPTION_MANY},
    {.name = "Schedule", .read = read_step_schedule, .flags = OPTION_MANY},
    {.name = "Webhook", .read = read_step_webhook, .flags = OPTION_MANY},
    {.name = "Wait",
     .read = reader_span,
     .offset = offsetof(struct step, wait),
     .min = WAIT_MIN},
};

static void read_step(struct reader *r, const struct place *at,
                      const struct option *o, void *object) {
  (void)o;
  struct chain *c = object;
  if (!reader_is_bare_block(r, at))
    return;
  struct step *grown = reader_grow(r, c->steps, c->steps_n, sizeof *grown);
  if (grown == NULL)
    return;
  c->steps = grown;
  struct step *step = &c->steps[c->steps_n++];
  step->wait = WAIT_DEFAULT;
  const struct option_table table = OPTION_TABLE(step_options);
  reader_block(r, at, table, step);
  if (reader_find(at->item, "Responder") == NULL &&
      reader_find(at->item, "Schedule") == NULL &&
      reader_find(at->item, "Webhook") == NULL)
    reader_complain(
        r, at, "pages nobody; give it a Responder, a Schedule or a Webhook");
}

static const struct option chain_options[] = {
    {.name = "Step", .read = read_step, .flags = OPTION_MANY | OPTION_BLOCK},
    {.name = "Repeat",
     .read = reader_number,
     .offset = offsetof(struct chain, repeat),
     .max = REPEAT_MAX},
    {.name = "Remind",
     .read = reader_span,
     .offset = offsetof(struct chain, remind),
     .min = REMIND_MIN},
    {.name = "AckTimeout",
     .read = reader_span,
     .offset = offsetof(struct chain, ack_timeout)},
    {.name = "NotifyResolved",
     .read = reader_flag,
     .offset = offsetof(struct chain, notify_resolved)},
};

static void set_defaults(struct chain *c) {
  c->remind = REMIND_DEFAULT;
  c->ack_timeout = ACK_TIMEOUT_DEFAULT;
  c->notify_resolved = true;
}

static void *chain_add(struct reader *r, const char *name) {
  struct settings *s = r->settings;
  struct chain **grown = reader_grow(r, s->chains, s->chains_n, sizeof *grown);
  if (grown == NULL)
    return NULL;
  s->chains = grown;
  struct chain *c = reader_new(r, sizeof *c);
  if (c == NULL)
    return NULL;
  s->chains[s->chains_n++] = c;
  reader_keep(r, &c->name, name);
  set_defaults(c);
  return c;
}

static void *chain_get(const struct settings *s, size_t i, const char **name) {
  if (i >= s->chains_n)
    return NULL;
  *name = s->chains[i]->name;
  return s->chains[i];
}

static void chain_check(struct reader *r, const struct place *at,
                        void *object) {
  const struct chain *c = object;
  if (strncmp(c->name, "responder:", 10) == 0 ||
      strncmp(c->name, "schedule:", 9) == 0)
    reader_complain(r, at,
                    "takes another name: those that begin so are of "
                    "responders and schedules");
  if (reader_find(at->item, "Step") == NULL)
    reader_complain(r, at, "has no <Step>");
}

const struct block_kind settings_block_chain = {
    .name = "Chain",
    .table = OPTION_TABLE(chain_options),
    .add = chain_add,
    .get = chain_get,
    .check = chain_check,
};

/* ---- chains of one, for `incidentctl page` ---- */

static void imply(struct reader *r, const struct target *to, const char *kind,
                  const char *name) {
  struct settings *s = r->settings;
  struct chain **grown =
      reader_grow(r, s->implied, s->implied_n, sizeof *grown);
  if (grown == NULL)
    return;
  s->implied = grown;
  struct chain *c = reader_new(r, sizeof *c);
  if (c == NULL)
    return;
  s->implied[s->implied_n++] = c;
  set_defaults(c);
  struct buf b;
  char *full = NULL;
  buf_init(&b, IMPLIED_NAME_MAX);
  buf_addf(&b, "%s:%s", kind, name);
  enum err err = buf_take(&b, &full);
  c->name = full;
  buf_fini(&b);
  c->steps = err == OK ? reader_new(r, sizeof *c->steps) : NULL;
  struct target *targets = c->steps != NULL ? reader_new(r, sizeof *to) : NULL;
  if (targets == NULL) {
    r->err = ERR_NOMEM;
    return;
  }
  c->steps_n = 1;
  *targets = *to;
  c->steps[0] =
      (struct step){.targets = targets, .targets_n = 1, .wait = WAIT_DEFAULT};
}

void reader_imply_chains(struct reader *r) {
  const struct settings *s = r->settings;
  for (size_t i = 0; i < s->responders_n && r->err == OK; i++) {
    const struct target to = {.kind = TARGET_RESPONDER,
                              .responder = s->responders[i]};
    imply(r, &to, "responder", s->responders[i]->name);
  }
  for (size_t i = 0; i < s->schedules_n && r->err == OK; i++) {
    const struct target to = {.kind = TARGET_SCHEDULE,
                              .schedule = s->schedules[i]};
    imply(r, &to, "schedule", s->schedules[i]->name);
  }
}
