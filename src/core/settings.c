/* SPDX-License-Identifier: MIT */
#include "core/settings.h"

#include "core/schedule.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- freeing ---- */

static void webhook_free(struct webhook *w) {
  for (size_t i = 0; i < w->headers_n; i++)
    free(w->headers[i]);
  free(w->headers);
  free(w->name);
  free(w->url);
  free(w->user);
  free(w->password);
  free(w->ca_cert);
  free(w->ca_path);
  free(w->client_key);
  free(w->client_cert);
  free(w->client_key_pass);
  for (size_t i = 0; i < w->keys_n; i++) {
    free(w->keys[i].secret);
    free(w->keys[i].file);
  }
  free(w->trouble);
  free(w->topic);
  free(w->routing_key);
  free(w->content_type);
  template_free(w->body);
  free(w);
}

static void severity_free(struct severity *s) {
  free(s->name);
  free(s->description);
  free(s->response);
  free(s);
}

static void responder_free(struct responder *p) {
  free(p->name);
  free(p->full_name);
  free(p->contact);
  free(p->time_zone);
  free(p->ways);
  free(p);
}

static void chain_free(struct chain *c) {
  for (size_t i = 0; i < c->steps_n; i++)
    free(c->steps[i].targets);
  free(c->steps);
  free(c->name);
  free(c);
}

static void match_fini(struct match *m) {
  for (size_t i = 0; i < FIELDS; i++)
    selector_fini(&m->field[i]);
  selector_fini(&m->message);
  for (size_t i = 0; i < m->metas_n; i++) {
    free(m->metas[i].name);
    selector_fini(&m->metas[i].value);
  }
  free(m->metas);
}

static void metric_fini(struct metric *m) {
  for (size_t i = 0; i < FIELDS; i++)
    selector_fini(&m->field[i]);
  selector_fini(&m->data_source);
}

static void texts_free(char **texts, size_t n) {
  for (size_t i = 0; i < n; i++)
    free(texts[i]);
  free(texts);
}

static void rule_free(struct rule *r) {
  for (size_t i = 0; i < r->matches_n; i++)
    match_fini(&r->matches[i]);
  free(r->matches);
  for (size_t i = 0; i < r->metrics_n; i++)
    metric_fini(&r->metrics[i]);
  free(r->metrics);
  texts_free(r->formerly, r->formerly_n);
  texts_free(r->group_by.metas, r->group_by.metas_n);
  free(r->upgrades);
  for (size_t i = 0; i < r->labels_n; i++) {
    free(r->labels[i].name);
    template_free(r->labels[i].value);
  }
  free(r->labels);
  template_free(r->title);
  template_free(r->description);
  template_free(r->runbook);
  free(r->name);
  free(r->service);
  free(r->team);
  free(r);
}

static void role_free(struct role *r) {
  free(r->name);
  free(r->title);
  free(r->contact);
  free(r->backup);
  free(r->responsibility);
  free(r);
}

static void channel_free(struct channel *c) {
  free(c->name);
  free(c->url);
  free(c->purpose);
  free(c->when);
  free(c->who);
  free(c->how);
  free(c);
}

static void wording_free(struct wording *w) {
  free(w->name);
  template_free(w->subject);
  template_free(w->body);
  free(w->category);
  free(w);
}

static void custom_free(struct custom *f) {
  texts_free(f->values, f->values_n);
  free(f->name);
  free(f->description);
  free(f);
}

/* Whom and what one needs besides paging. */
static void response_fini(struct settings *s) {
  for (size_t i = 0; i < s->roles_n; i++)
    role_free(s->roles[i]);
  for (size_t i = 0; i < s->channels_n; i++)
    channel_free(s->channels[i]);
  for (size_t i = 0; i < s->wordings_n; i++)
    wording_free(s->wordings[i]);
  for (size_t i = 0; i < s->fields_n; i++)
    custom_free(s->fields[i]);
  free(s->fields);
  texts_free(s->checklist.steps, s->checklist.steps_n);
  free(s->roles);
  free(s->channels);
  free(s->wordings);
  texts_free(s->values, s->values_n);
  template_free(s->chat_url);
  template_free(s->call_url);
}

void settings_free(struct settings *s) {
  if (s == NULL)
    return;
  for (size_t i = 0; i < s->severities_n; i++)
    severity_free(s->severities[i]);
  for (size_t i = 0; i < s->webhooks_n; i++)
    webhook_free(s->webhooks[i]);
  for (size_t i = 0; i < s->responders_n; i++)
    responder_free(s->responders[i]);
  for (size_t i = 0; i < s->chains_n; i++)
    chain_free(s->chains[i]);
  for (size_t i = 0; i < s->implied_n; i++)
    chain_free(s->implied[i]);
  free(s->implied);
  for (size_t i = 0; i < s->rules_n; i++)
    rule_free(s->rules[i]);
  for (size_t i = 0; i < s->hours_n; i++) {
    hours_fini(s->hours[i]);
    free(s->hours[i]);
  }
  for (size_t i = 0; i < s->schedules_n; i++) {
    schedule_fini(s->schedules[i]);
    free(s->schedules[i]);
  }
  for (size_t i = 0; i < s->inhibits_n; i++) {
    texts_free(s->inhibits[i].equal.metas, s->inhibits[i].equal.metas_n);
    free(s->inhibits[i].targets);
  }
  for (size_t i = 0; i < s->notifies_n; i++) {
    free(s->notifies[i].rules);
    free(s->notifies[i].webhooks);
  }
  for (size_t i = 0; i < s->heartbeats_n; i++) {
    free(s->heartbeats[i]->name);
    free(s->heartbeats[i]);
  }
  free(s->notifies);
  free(s->heartbeats);
  free(s->inhibits);
  free(s->severities);
  free(s->webhooks);
  free(s->responders);
  free(s->chains);
  free(s->rules);
  free(s->hours);
  free(s->schedules);
  response_fini(s);
  free(s->ledger);
  free(s->base_url);
  free(s);
}

/* ---- by name ---- */

#define FIND(array, count)                                                     \
  do {                                                                         \
    for (size_t i = 0; i < s->count; i++)                                      \
      if (strcmp(s->array[i]->name, name) == 0)                                \
        return s->array[i];                                                    \
    return NULL;                                                               \
  } while (0)

const struct severity *settings_severity(const struct settings *s,
                                         const char *name) {
  FIND(severities, severities_n);
}

size_t settings_rank(const struct settings *s, const char *severity) {
  const struct severity *found =
      s != NULL ? settings_severity(s, severity) : NULL;
  return found != NULL ? found->rank : SIZE_MAX;
}

enum gravity settings_gravity(const struct settings *s, const char *severity,
                              bool is_major) {
  const struct severity *found = settings_severity(s, severity);
  size_t worse = 0; /* of those that are not major */
  if (is_major)
    return GRAVITY_CRITICAL;
  if (found == NULL || strcmp(severity, "UNKNOWN") == 0)
    return GRAVITY_ERROR;
  for (size_t i = 0; i < found->rank; i++)
    if (!s->severities[i]->is_major)
      worse++;
  return worse == 0   ? GRAVITY_ERROR
         : worse == 1 ? GRAVITY_WARNING
                      : GRAVITY_INFO;
}

const struct webhook *settings_webhook(const struct settings *s,
                                       const char *name) {
  FIND(webhooks, webhooks_n);
}

const struct role *settings_role(const struct settings *s, const char *name) {
  FIND(roles, roles_n);
}

const struct wording *settings_wording(const struct settings *s,
                                       const char *name) {
  FIND(wordings, wordings_n);
}

const struct responder *settings_responder(const struct settings *s,
                                           const char *name) {
  FIND(responders, responders_n);
}

const struct responder *settings_person(const struct settings *s,
                                        const char *name) {
  const struct responder *exact = settings_responder(s, name), *alike = NULL;
  size_t alike_n = 0;
  for (size_t i = 0; i < s->responders_n; i++)
    if (strcasecmp(s->responders[i]->name, name) == 0) {
      alike = s->responders[i];
      alike_n++;
    }
  return exact != NULL || alike_n != 1 ? exact : alike;
}

bool settings_uses_way(const struct responder *r, size_t way, bool is_low) {
  bool has_any = false;
  for (size_t i = 0; i < r->ways_n; i++)
    has_any = has_any || r->ways[i].webhook->is_low_urgency == is_low;
  return !has_any || r->ways[way].webhook->is_low_urgency == is_low;
}

const struct chain *settings_chain(const struct settings *s, const char *name) {
  for (size_t i = 0; i < s->implied_n; i++)
    if (strcmp(s->implied[i]->name, name) == 0)
      return s->implied[i];
  FIND(chains, chains_n);
}

const struct chain *settings_page_who(const struct settings *s,
                                      const char *who) {
  const struct responder *responder = settings_responder(s, who);
  const struct schedule *schedule = settings_schedule(s, who);
  for (size_t i = 0; i < s->implied_n; i++) {
    const struct target *t = &s->implied[i]->steps[0].targets[0];
    if (responder != NULL ? t->responder == responder
                          : schedule != NULL && t->schedule == schedule)
      return s->implied[i];
  }
  return settings_chain(s, who);
}

const struct rule *settings_rule(const struct settings *s, const char *name) {
  FIND(rules, rules_n);
}

const struct schedule *settings_schedule(const struct settings *s,
                                         const char *name) {
  FIND(schedules, schedules_n);
}

const struct rule *settings_rule_known_as(const struct settings *s,
                                          const char *name) {
  const struct rule *r = settings_rule(s, name);
  for (size_t i = 0; i < s->rules_n && r == NULL; i++)
    for (size_t k = 0; k < s->rules[i]->formerly_n && r == NULL; k++)
      if (strcmp(s->rules[i]->formerly[k], name) == 0)
        r = s->rules[i];
  return r;
}
