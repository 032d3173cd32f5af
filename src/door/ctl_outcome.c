/* SPDX-License-Identifier: MIT */
#include "door/ctl_explain.h"

#include "base/text.h"
#include "core/rule.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define KEY_MAX (64 * 1024)
#define TEXT_MAX 4096

void ctl_explain_say(struct buf *out, const char *format, ...) {
  char line[TEXT_MAX];
  va_list args;
  va_start(args, format);
  vsnprintf(line, sizeof line, format, args);
  va_end(args);
  text_add_visible(out, line);
  buf_add(out, "\n");
}

/* ---- what the ledger knows ---- */

static char *key_of(const struct field_set *set, const struct signal *s) {
  struct buf b;
  char *key = NULL;
  buf_init(&b, KEY_MAX);
  buf_add(&b, "");
  field_set_key(set, s, &b);
  return buf_take(&b, &key) == OK ? key : NULL;
}

static enum err take_silence(void *arg, const struct silence *s) {
  struct outcome *o = arg;
  char until[CLOCK_LOCAL] = "";
  if (!silence_is_active(s, o->c->now) ||
      !silence_matches(s, o->signal, o->rule->name, o->rule->severity->name))
    return OK;
  wall_ms end = silence_until(s, o->c->now);
  if (end != WALL_NEVER)
    clock_print_local(end, until);
  o->silence = s->id;
  ctl_explain_say(&o->silences, "  held back by silence %lld of %s%s%s%s%s",
                  (long long)s->id, s->by, end != WALL_NEVER ? " until " : "",
                  until, s->reason != NULL && s->reason[0] != '\0' ? ": " : "",
                  s->reason != NULL ? s->reason : "");
  return OK;
}

static void add_source(struct outcome *o, const struct alert *a,
                       const struct inhibit *h) {
  char *here = key_of(&h->equal, o->signal);
  char *there = key_of(&h->equal, a->signal);
  char in[40] = "";
  struct buf name;
  buf_init(&name, TEXT_MAX);
  if (here != NULL && there != NULL && strcmp(here, there) == 0) {
    o->inhibitors++;
    signal_add_name(a->signal, &name);
    if (a->incident > 0)
      snprintf(in, sizeof in, " in incident %lld", (long long)a->incident);
    ctl_explain_say(&o->sources, "  held back by rule %s: %s fires%s",
                    h->source->name, buf_text(&name), in);
  }
  buf_fini(&name);
  free(here);
  free(there);
}

static enum err take_alert(void *arg, const struct alert *a,
                           const char *rule_name) {
  struct outcome *o = arg;
  const struct settings *s = o->c->settings;
  const struct rule *rule =
      rule_name != NULL ? settings_rule_known_as(s, rule_name) : NULL;
  if (rule == o->rule && signal_same_series(a->signal, o->signal)) {
    o->is_live = true;
    o->state = (enum alert_state)a->state;
  }
  for (size_t i = 0; i < s->inhibits_n && alert_is_firing(a); i++)
    for (size_t k = 0;
         s->inhibits[i].source == rule && k < s->inhibits[i].targets_n; k++)
      if (s->inhibits[i].targets[k] == o->rule)
        add_source(o, a, &s->inhibits[i]);
  return OK;
}

/* Newest first: the first of the group decides. */
static enum err take_incident(void *arg, const struct incident *i) {
  struct outcome *o = arg;
  if (o->open.id != 0 || i->group_key == NULL || o->key == NULL ||
      strcmp(i->group_key, o->key) != 0)
    return OK;
  bool is_again = i->status == STATUS_RESOLVED && i->resolved_by == NULL &&
                  !i->is_storm && o->c->now - i->resolved_at < o->rule->reopen;
  if (!incident_is_open(i) && !is_again)
    return OK;
  o->open.id = i->id;
  o->open.status = i->status;
  o->is_reopened = is_again;
  if (incident_set_text(&o->open.title, incident_name(i)) != OK ||
      incident_set_text(&o->open.acknowledged_by, i->acknowledged_by) != OK)
    return ERR_NOMEM;
  return OK;
}

enum err outcome_look_up(struct outcome *o) {
  struct ledger *l = o->c->ledger;
  enum err err = ledger_silences(l, false, o->c->now, take_silence, o);
  if (err == OK)
    err = ledger_live_alerts(l, take_alert, o);
  for (size_t i = 0; i <= o->rule->formerly_n && err == OK; i++) {
    const struct ledger_filter filter = {
        .all = o->rule->reopen > 0,
        .rule = i == 0 ? o->rule->name : o->rule->formerly[i - 1]};
    err = ledger_list(l, &filter, take_incident, o);
  }
  return err;
}

void outcome_init(struct outcome *o, const struct ctl *c,
                  const struct rule *rule, const struct signal *s) {
  *o = (struct outcome){.c = c, .rule = rule, .signal = s};
  o->key = key_of(&rule->group_by, s);
  incident_init(&o->open);
  buf_init(&o->silences, KEY_MAX);
  buf_init(&o->sources, KEY_MAX);
}

void outcome_fini(struct outcome *o) {
  free(o->key);
  incident_fini(&o->open);
  buf_fini(&o->silences);
  buf_fini(&o->sources);
}

/* ---- who is paged first ---- */

typedef void each_target(void *arg, const struct chain *chain,
                         const struct target *target);

static void walk_targets(const struct outcome *o, each_target *each,
                         void *arg) {
  const struct chain *chains[] = {
      o->rule->chain != NULL ? o->rule->chain : o->c->settings->default_chain,
      o->rule->severity->chain};
  for (size_t i = 0; i < 2; i++)
    for (size_t k = 0;
         chains[i] != NULL && (i == 0 || chains[1] != chains[0]) &&
         k < chains[i]->steps[0].targets_n;
         k++)
      each(arg, chains[i], &chains[i]->steps[0].targets[k]);
}

/* A page is owed for it: nothing else goes on already. */
static bool is_paged(const struct outcome *o) {
  return !o->rule->is_recorded && !o->is_live && o->silence == 0 &&
         o->inhibitors == 0 &&
         (o->open.id == 0 ||
          (o->is_reopened && o->open.acknowledged_by == NULL));
}

static void say_target(void *arg, const struct chain *chain,
                       const struct target *t) {
  const struct responder *who = t->responder;
  if (t->kind == TARGET_WEBHOOK)
    ctl_explain_say(arg, "  pages first, by chain %s: webhook %s", chain->name,
                    t->webhook->name);
  else if (t->kind == TARGET_SCHEDULE)
    ctl_explain_say(arg,
                    "  pages first, by chain %s: whoever is on call by "
                    "schedule %s",
                    chain->name, t->schedule->name);
  else
    ctl_explain_say(arg, "  pages first, by chain %s: %s (%s), %s", chain->name,
                    who->name, who->full_name,
                    who->contact[0] != '\0' ? who->contact
                                            : "no contact known");
}

static void json_target(void *arg, const struct chain *chain,
                        const struct target *t) {
  struct json *j = arg;
  const struct responder *who = t->responder; /* NULL: not one person */
  json_object(j);
  json_put_text(j, "chain", chain->name);
  json_put_text(j, "responder", who == NULL ? NULL : who->name);
  json_put_text(j, "contact", who == NULL ? NULL : who->contact);
  json_put_text(j, "webhook", t->webhook == NULL ? NULL : t->webhook->name);
  json_put_text(j, "schedule", t->schedule == NULL ? NULL : t->schedule->name);
  json_object_end(j);
}

/* ---- saying it ---- */

static void say_span(struct buf *b, const char *before, span_ms span,
                     const char *option) {
  char text[SPAN_TEXT];
  span_print(span, text);
  ctl_explain_say(b, "  %s %s (%s)", before, text, option);
}

static void say_incident(struct buf *b, const struct outcome *o) {
  const struct rule *r = o->rule;
  if (r->is_recorded) {
    ctl_explain_say(b, "  is recorded only: no incident");
  } else if (o->open.id != 0) {
    ctl_explain_say(b, "  %s incident %lld: %s",
                    o->is_reopened ? "reopens" : "joins", (long long)o->open.id,
                    o->open.title);
    if (o->open.acknowledged_by != NULL)
      ctl_explain_say(b, "  tells %s, who has acknowledged it",
                      o->open.acknowledged_by);
  } else {
    if (r->quorum > 1)
      ctl_explain_say(b, "  waits until %lld fire at once (Quorum)",
                      (long long)r->quorum);
    if (r->group_wait > 0)
      say_span(b, "is gathered for", r->group_wait, "GroupWait");
    ctl_explain_say(b, "  declares an incident, severity %s",
                    r->severity->name);
  }
}

void outcome_say(const struct outcome *o, struct buf *b) {
  if (o->is_live)
    ctl_explain_say(b, "  its alert is %s already",
                    alert_state_names[o->state]);
  else if (o->rule->bad_for > 0)
    say_span(b, "fires after", o->rule->bad_for, "For");
  buf_add(b, buf_text(&o->silences));
  buf_add(b, buf_text(&o->sources));
  say_incident(b, o);
  if (is_paged(o))
    walk_targets(o, say_target, b);
}

void outcome_print(const struct outcome *o, struct json *j) {
  json_put_text(j, "alert", o->is_live ? alert_state_names[o->state] : NULL);
  json_put_bool(j, "recorded", o->rule->is_recorded);
  json_key(j, "incident");
  if (o->open.id != 0)
    json_int(j, o->open.id);
  else
    json_null(j);
  json_put_bool(j, "reopens", o->is_reopened);
  json_key(j, "silence");
  if (o->silence != 0)
    json_int(j, o->silence);
  else
    json_null(j);
  json_put_bool(j, "inhibited", o->inhibitors > 0);
  json_key(j, "pages");
  json_array(j);
  if (is_paged(o))
    walk_targets(o, json_target, j);
  json_array_end(j);
}
