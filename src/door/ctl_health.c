/* SPDX-License-Identifier: MIT */
#include "door/ctl_health.h"
#include "door/ctl_duty.h"

#include "core/health.h"

#include <stdlib.h>
#include <string.h>

struct look {
  struct ctl_health *health;
  const struct settings *settings; /* NULL: not known */
};

static enum err take_webhook(void *arg, const struct ailing *a) {
  struct look *l = arg;
  struct ctl_health *h = l->health;
  if (l->settings != NULL && settings_webhook(l->settings, a->webhook) == NULL)
    return OK;
  struct ctl_ailing *grown =
      realloc(h->webhooks, (h->webhooks_n + 1) * sizeof *grown);
  if (grown == NULL)
    return ERR_NOMEM;
  h->webhooks = grown;
  struct ctl_ailing *w = &grown[h->webhooks_n++];
  *w = (struct ctl_ailing){.since = a->since, .is_reported = a->is_reported};
  enum err err = incident_set_text(&w->webhook, a->webhook);
  return err == OK ? incident_set_text(&w->error, a->error) : err;
}

static enum err take_chain(void *arg, const char *name) {
  struct look *l = arg;
  struct ctl_health *h = l->health;
  if (l->settings != NULL && settings_chain(l->settings, name) == NULL)
    return OK;
  char **grown = realloc(h->chains, (h->chains_n + 1) * sizeof *grown);
  if (grown == NULL)
    return ERR_NOMEM;
  h->chains = grown;
  h->chains[h->chains_n] = NULL;
  enum err err = incident_set_text(&h->chains[h->chains_n], name);
  h->chains_n += err == OK;
  return err;
}

static enum err take_failing(void *arg, const char *webhook, wall_ms since,
                             const char *error) {
  const struct ailing a = {.webhook = webhook, .since = since, .error = error};
  return take_webhook(arg, &a);
}

enum err ctl_health_load(struct ctl_health *h, const struct ctl *c) {
  struct look l = {.health = h, .settings = c->settings};
  const struct health_reader to = {
      .arg = &l, .webhook = take_webhook, .chain = take_chain};
  char *text = NULL;
  enum err err = ledger_get(c->ledger, HEALTH_SETTING, &text);
  if (err == OK && text != NULL)
    err = health_read(text, &to);
  else if (err == OK) /* no plugin has written it yet that does */
    err = ledger_failing_webhooks(c->ledger, take_failing, &l);
  free(text);
  return err;
}

void ctl_health_free(struct ctl_health *h) {
  for (size_t i = 0; i < h->webhooks_n; i++) {
    free(h->webhooks[i].webhook);
    free(h->webhooks[i].error);
  }
  for (size_t i = 0; i < h->chains_n; i++)
    free(h->chains[i]);
  free(h->webhooks);
  free(h->chains);
  *h = (struct ctl_health){0};
}

/* ---- for programs ---- */

/* Of the chain's targets before that one. */
static bool is_named(const struct ctl *c, const struct chain *chain,
                     size_t step, size_t target, const struct responder *who) {
  for (size_t s = 0; s <= step; s++)
    for (size_t k = 0;
         k < chain->steps[s].targets_n && (s < step || k < target); k++)
      if (ctl_duty_target(c, &chain->steps[s].targets[k]) == who)
        return true;
  return false;
}

static void put_contacts(const struct ctl *c, const struct chain *chain,
                         struct json *j) {
  json_array(j);
  for (size_t s = 0; chain != NULL && s < chain->steps_n; s++)
    for (size_t k = 0; k < chain->steps[s].targets_n; k++) {
      const struct responder *who =
          ctl_duty_target(c, &chain->steps[s].targets[k]);
      if (who == NULL || is_named(c, chain, s, k, who))
        continue;
      json_object(j);
      json_put_text(j, "responder", who->name);
      json_put_text(j, "name", who->full_name);
      json_put_text(j, "contact", who->contact);
      json_object_end(j);
    }
  json_array_end(j);
}

void ctl_health_put(const struct ctl_health *h, const struct ctl *c,
                    struct json *j) {
  json_key(j, "webhooks_failing");
  json_array(j);
  for (size_t i = 0; i < h->webhooks_n; i++) {
    const struct ctl_ailing *w = &h->webhooks[i];
    json_object(j);
    json_put_text(j, "webhook", w->webhook);
    json_put_time(j, "since", w->since);
    json_put_text(j, "error", w->error);
    json_put_bool(j, "reported", w->is_reported);
    json_object_end(j);
  }
  json_array_end(j);
  json_key(j, "chains_unreachable");
  json_array(j);
  for (size_t i = 0; i < h->chains_n; i++) {
    json_object(j);
    json_put_text(j, "chain", h->chains[i]);
    json_key(j, "contacts");
    put_contacts(c,
                 c->settings != NULL ? settings_chain(c->settings, h->chains[i])
                                     : NULL,
                 j);
    json_object_end(j);
  }
  json_array_end(j);
}

/* ---- for people ---- */

void ctl_health_add(const struct ctl_health *h, const struct ctl *c,
                    struct ctl_table *t) {
  char age[SPAN_TEXT];
  for (size_t i = 0; i < h->webhooks_n; i++) {
    const struct ctl_ailing *w = &h->webhooks[i];
    ctl_age(c, w->since, age);
    ctl_table_add(t, COLOUR_DIM, "webhook");
    ctl_table_addf(t, COLOUR_RED, "%s has failed for %s: %s", w->webhook, age,
                   w->error != NULL ? w->error : "unknown");
  }
  for (size_t i = 0; i < h->chains_n; i++) {
    ctl_table_add(t, COLOUR_DIM, "chain");
    ctl_table_addf(t, COLOUR_RED,
                   "%s reaches nobody: none of its webhooks works",
                   h->chains[i]);
  }
}
