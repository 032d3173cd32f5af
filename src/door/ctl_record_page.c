/* SPDX-License-Identifier: MIT */
/* Whom it pages that something was recorded. */
#include "door/ctl_record.h"

#include "door/ctl_duty.h"
#include "door/ctl_health.h"

#include <string.h>

static bool is_failing(const struct ctl_health *h, const struct webhook *w) {
  for (size_t i = 0; i < h->webhooks_n; i++)
    if (h->webhooks[i].is_reported &&
        strcmp(h->webhooks[i].webhook, w->name) == 0)
      return true;
  return false;
}

static bool is_reached(const struct ctl *c, const struct ctl_health *h,
                       const struct target *t) {
  if (t->kind == TARGET_WEBHOOK)
    return !is_failing(h, t->webhook);
  const struct responder *who = ctl_duty_target(c, t);
  for (size_t i = 0; who != NULL && i < who->ways_n; i++)
    if (!is_failing(h, who->ways[i].webhook))
      return true;
  return false;
}

static bool reaches(const struct ctl *c, const struct ctl_health *h,
                    const char *name) {
  const struct chain *chain =
      name != NULL ? settings_chain(c->settings, name) : NULL;
  for (size_t s = 0; chain != NULL && s < chain->steps_n; s++)
    for (size_t t = 0; t < chain->steps[s].targets_n; t++)
      if (is_reached(c, h, &chain->steps[s].targets[t]))
        return true;
  return false;
}

/* What the ledger cannot tell is taken for good. */
static bool is_anybody_reached(const struct ctl *c, const char *const *chains,
                               size_t n) {
  struct ctl_health health = {0};
  bool is = c->settings == NULL || c->ledger == NULL;
  if (!is)
    (void)ctl_health_load(&health, c);
  for (size_t i = 0; i < n && !is; i++)
    is = reaches(c, &health, chains[i]);
  ctl_health_free(&health);
  return is;
}

static bool has_any(const char *const *chains, size_t n) {
  for (size_t i = 0; i < n; i++)
    if (chains[i] != NULL)
      return true;
  return false;
}

void ctl_record_page(const struct ctl *c, const struct ctl_record *record,
                     const char *const *chains, size_t chains_n) {
  const struct incident *i = &record->incident;
  const char *own = i->chain;
  if (record->is_in_memory)
    return;
  if (own == NULL && c->settings != NULL && c->settings->default_chain != NULL)
    own = c->settings->default_chain->name;
  const char *const usual[] = {own, ctl_severity_chain(c, i->severity)};
  if (chains_n == 0) {
    chains = usual;
    chains_n = sizeof usual / sizeof usual[0];
  }
  if (ledger_owner(c->ledger_path) == 0)
    ctl_warn(c, "recorded; collectd is not running, nobody is paged");
  else if (is_anybody_reached(c, chains, chains_n))
    return;
  else if (!has_any(chains, chains_n))
    ctl_warn(c, "warning: nobody is paged, since there is no DefaultChain; "
                "name a --chain");
  else
    ctl_warn(c, "warning: nobody can be paged: nobody is on call, or no "
                "webhook works");
  if (ctl_print_contacts(c, c->err, "", 2, chains, chains_n) == 0 &&
      ctl_print_contacts(c, c->err, "", 2, NULL, 0) == 0)
    fputs("  the ledger knows nobody to phone\n", c->err);
}
