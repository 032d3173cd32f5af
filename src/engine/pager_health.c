/* SPDX-License-Identifier: MIT */
/* Which webhooks work, and which chains reach nobody any more: said once, and
 * once when it is over. In the ledger, so that a restart says it no second time
 * and forgets nothing. */
#include "engine/pager_inside.h"

#include "base/log.h"
#include "base/span.h"
#include "base/text.h"
#include "core/health.h"
#include "engine/duty.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REPORT_AFTER_MS (5 * 60 * 1000)
/* Fewer failed attempts in a row may be made good by the next. */
#define DOWN_ATTEMPTS 2

static bool is_failing(const struct outbox *o) {
  return o->failing_since != WALL_NEVER;
}

static void announce(struct pager *p, enum level level, const char *instance,
                     const char *type_instance, const char *text) {
  struct announcement a = {.level = level};
  if (p->announce == NULL)
    return;
  text_clean(a.plugin_instance, sizeof a.plugin_instance, instance,
             strlen(instance));
  text_clean(a.type_instance, sizeof a.type_instance, type_instance,
             strlen(type_instance));
  text_clean(a.message, sizeof a.message, text, strlen(text));
  p->announce(p->announce_arg, &a);
}

/* ---- webhooks ---- */

static void change(struct pager *p) {
  p->is_health_written = false;
  p->is_review_due = true;
}

static void set_error(struct pager *p, struct outbox *o, const char *error) {
  char text[OUTCOME_ERROR_MAX];
  text_clean(text, sizeof text, error, strlen(error));
  if (strcmp(o->error, text) == 0)
    return;
  memcpy(o->error, text, sizeof text);
  p->is_health_written = false;
}

/* for_good: the answer leaves no hope. */
static void worsen(struct pager *p, struct outbox *o, const char *error,
                   bool for_good, wall_ms now) {
  bool was_down = o->is_down;
  if (!is_failing(o)) {
    o->failing_since = now;
    log_line(LOG_WARNING, "incident: webhook %s: %s", o->webhook->name, error);
    change(p);
    if (p->health.due == WALL_NEVER) /* else it is due earlier */
      timers_set(&p->book->timers, &p->health, now + REPORT_AFTER_MS);
  }
  if (o->failures < DOWN_ATTEMPTS)
    o->failures++;
  o->is_down = was_down || for_good || o->failures == DOWN_ATTEMPTS;
  if (o->is_down && !was_down)
    change(p);
  set_error(p, o, error);
}

static void recover(struct pager *p, struct outbox *o) {
  char text[ANNOUNCEMENT_MAX];
  if (!is_failing(o))
    return;
  snprintf(text, sizeof text, "webhook %s: works again", o->webhook->name);
  log_line(LOG_NOTICE, "incident: %s", text);
  if (o->is_reported)
    announce(p, LEVEL_OKAY, "webhook", o->webhook->name, text);
  o->failing_since = WALL_NEVER;
  o->failures = 0;
  o->is_down = o->is_reported = false;
  o->error[0] = '\0';
  change(p);
}

void pager_note_health(struct pager *p, const struct webhook *w,
                       const struct outcome *outcome, wall_ms now) {
  struct outbox *o = pager_outbox(p, w);
  if (o == NULL)
    return;
  o->is_known = true;
  if (outcome->verdict == VERDICT_DELIVERED)
    recover(p, o);
  else
    worsen(p, o, outcome->error, outcome->verdict == VERDICT_FAILED, now);
}

void pager_note_trouble(struct pager *p, const struct webhook *w, wall_ms now) {
  struct outbox *o = pager_outbox(p, w);
  if (o == NULL)
    return;
  o->is_known = true;
  worsen(p, o, w->trouble, true, now);
}

static void report(struct pager *p, struct outbox *o, wall_ms now) {
  char span[SPAN_TEXT], text[ANNOUNCEMENT_MAX * 2];
  span_print_rough(now - o->failing_since, span);
  snprintf(text, sizeof text, "webhook %s has failed for %s: %s",
           o->webhook->name, span, o->error);
  log_line(LOG_WARNING, "incident: %s", text);
  announce(p, LEVEL_WARNING, "webhook", o->webhook->name, text);
  o->is_reported = o->is_down = true;
  change(p);
}

void pager_health_due(struct pager *p, wall_ms now) {
  wall_ms next = WALL_NEVER;
  for (size_t i = 0; i < p->outboxes_n; i++) {
    struct outbox *o = &p->outboxes[i];
    if (!is_failing(o) || o->is_reported)
      continue;
    if (o->failing_since > now) /* the clock was set back */
      o->failing_since = now;
    if (now - o->failing_since >= REPORT_AFTER_MS)
      report(p, o, now);
    else if (o->failing_since + REPORT_AFTER_MS < next)
      next = o->failing_since + REPORT_AFTER_MS;
  }
  timers_set(&p->book->timers, &p->health, next);
}

unsigned pager_count_reported(const struct pager *p) {
  unsigned n = 0;
  for (size_t i = 0; i < p->outboxes_n; i++)
    n += p->outboxes[i].is_reported;
  return n;
}

/* ---- chains ---- */

struct coverage {
  size_t webhooks, working; /* of a chain */
};

static void cover(struct pager *p, const struct webhook *w,
                  struct coverage *all) {
  const struct outbox *o = pager_outbox(p, w);
  all->webhooks++;
  all->working += w->trouble == NULL && (o == NULL || !o->is_down);
}

/* Every webhook that it could page by now is down. With nobody on call there is
 * none of that person's. */
static bool is_cut_off(struct pager *p, const struct chain *chain,
                       wall_ms now) {
  struct coverage all = {0};
  for (size_t s = 0; s < chain->steps_n; s++)
    for (size_t k = 0; k < chain->steps[s].targets_n; k++) {
      const struct target *t = &chain->steps[s].targets[k];
      const struct responder *who = t->kind == TARGET_SCHEDULE
                                        ? duty_now(p->duty, t->schedule, now)
                                        : t->responder;
      if (t->kind == TARGET_WEBHOOK)
        cover(p, t->webhook, &all);
      for (size_t i = 0; who != NULL && i < who->ways_n; i++)
        cover(p, who->ways[i].webhook, &all);
    }
  return all.webhooks > 0 && all.working == 0;
}

static size_t find_cut_off(const struct pager *p, const char *chain) {
  size_t i = 0;
  while (i < p->cut_off.n && strcmp(p->cut_off.items[i], chain) != 0)
    i++;
  return i;
}

static void say_cut_off(struct pager *p, const struct chain *chain,
                        wall_ms now) {
  struct buf b;
  buf_init(&b, 65536);
  buf_addf(&b, "chain %s reaches nobody: none of its webhooks works",
           chain->name);
  duty_add_contacts(p->duty, chain, now, &b);
  log_line(LOG_ERROR, "incident: %s", buf_text(&b));
  announce(p, LEVEL_FAILURE, chain->name, "reach", buf_text(&b));
  buf_fini(&b);
}

static void say_reached(struct pager *p, const char *chain) {
  struct buf b;
  buf_init(&b, 4096);
  buf_addf(&b, "chain %s: a webhook works again", chain);
  log_line(LOG_NOTICE, "incident: %s", buf_text(&b));
  announce(p, LEVEL_OKAY, chain, "reach", buf_text(&b));
  buf_fini(&b);
}

static void forget_cut_off(struct pager *p, size_t i) {
  free(p->cut_off.items[i]);
  p->cut_off.items[i] = p->cut_off.items[--p->cut_off.n];
  p->is_health_written = false;
}

/* Without memory it is said again the next time. */
static enum err remember_cut_off(struct pager *p, const char *chain) {
  char *name = strdup(chain);
  enum err err = name != NULL ? stack_push(&p->cut_off, name) : ERR_NOMEM;
  if (err != OK)
    free(name);
  return err;
}

static void review_chain(struct pager *p, const struct chain *chain,
                         wall_ms now) {
  bool is_cut = is_cut_off(p, chain, now);
  size_t i = find_cut_off(p, chain->name);
  if (is_cut == (i < p->cut_off.n))
    return;
  p->is_health_written = false;
  if (is_cut) {
    (void)remember_cut_off(p, chain->name);
    say_cut_off(p, chain, now);
  } else {
    forget_cut_off(p, i);
    say_reached(p, chain->name);
  }
}

void pager_review(struct pager *p, wall_ms now) {
  const struct settings *s = p->book->settings;
  if (!p->is_review_due)
    return;
  p->is_review_due = false;
  for (size_t i = 0; i < s->chains_n; i++)
    review_chain(p, s->chains[i], now);
  for (size_t i = p->cut_off.n; i-- > 0;)
    if (settings_chain(s, p->cut_off.items[i]) == NULL)
      forget_cut_off(p, i);
}

/* ---- other settings, and the next start ---- */

void pager_change_health(struct pager *p, struct outbox *o,
                         const struct outbox *was) {
  o->failing_since = was->failing_since;
  o->failures = was->failures;
  o->is_down = was->is_down;
  o->is_reported = was->is_reported;
  o->is_known = was->is_known;
  memcpy(o->error, was->error, sizeof o->error);
  change(p);
}

enum err pager_write_health(const struct pager *p, struct ledger *l) {
  char *text = NULL;
  if (p->is_health_written)
    return OK;
  struct json *j = json_new();
  if (j == NULL)
    return ERR_NOMEM;
  health_begin(j);
  for (size_t i = 0; i < p->outboxes_n; i++) {
    const struct outbox *o = &p->outboxes[i];
    const struct ailing a = {.webhook = o->webhook->name,
                             .error = o->error,
                             .since = o->failing_since,
                             .is_down = o->is_down,
                             .is_reported = o->is_reported};
    if (is_failing(o))
      health_put(j, &a);
  }
  health_begin_chains(j);
  for (size_t i = 0; i < p->cut_off.n; i++)
    json_text(j, p->cut_off.items[i]);
  health_end(j);
  enum err err = json_done(j, &text);
  if (err == OK)
    err = ledger_set(l, HEALTH_SETTING, text);
  json_free(j);
  free(text);
  return err;
}

struct recollection {
  struct pager *pager;
  wall_ms now;
};

/* What was seen in this life is newer. */
static enum err take_ailing(void *arg, const struct ailing *a) {
  struct recollection *r = arg;
  struct pager *p = r->pager;
  struct outbox *o =
      pager_outbox(p, settings_webhook(p->book->settings, a->webhook));
  if (o == NULL || o->is_known)
    return OK;
  o->failing_since = a->since < r->now ? a->since : r->now;
  o->is_down = a->is_down;
  o->is_reported = a->is_reported;
  o->failures = a->is_down ? DOWN_ATTEMPTS : 1;
  text_clean(o->error, sizeof o->error, a->error, strlen(a->error));
  return OK;
}

static enum err take_cut_off(void *arg, const char *name) {
  struct pager *p = ((struct recollection *)arg)->pager;
  return find_cut_off(p, name) < p->cut_off.n ? OK : remember_cut_off(p, name);
}

/* A ledger from before it kept this. */
static enum err take_failing(void *arg, const char *webhook, wall_ms since,
                             const char *error) {
  const struct ailing a = {.webhook = webhook,
                           .error = error != NULL ? error : "",
                           .since = since,
                           .is_down = true};
  return take_ailing(arg, &a);
}

enum err pager_resume_health(struct pager *p, struct ledger *l, wall_ms now) {
  struct recollection r = {.pager = p, .now = now};
  const struct health_reader to = {
      .arg = &r, .webhook = take_ailing, .chain = take_cut_off};
  char *text = NULL;
  enum err err = ledger_get(l, HEALTH_SETTING, &text);
  if (err == OK)
    err = text != NULL ? health_read(text, &to)
                       : ledger_failing_webhooks(l, take_failing, &r);
  free(text);
  change(p);
  if (err == OK)
    pager_health_due(p, now);
  return err;
}

void pager_fini_health(struct pager *p) {
  for (size_t i = 0; i < p->cut_off.n; i++)
    free(p->cut_off.items[i]);
  stack_fini(&p->cut_off);
}
