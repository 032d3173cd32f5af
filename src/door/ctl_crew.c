/* SPDX-License-Identifier: MIT */
#include "door/ctl_role.h"

#include <stdlib.h>
#include <string.h>

#define REPORTS_MAX 7 /* people that one can lead */

void ctl_crew_fini(struct ctl_crew *crew) {
  for (size_t i = 0; i < crew->holdings_n; i++)
    holding_fini(&crew->holdings[i]);
  for (size_t i = 0; i < crew->teams_n; i++)
    team_fini(&crew->teams[i]);
  free(crew->holdings);
  free(crew->teams);
  *crew = (struct ctl_crew){0};
}

static enum err take_holding(void *arg, const struct holding *h) {
  struct ctl_crew *crew = arg;
  struct holding *grown =
      realloc(crew->holdings, (crew->holdings_n + 1) * sizeof *grown);
  if (grown == NULL)
    return ERR_NOMEM;
  crew->holdings = grown;
  struct holding *own = &grown[crew->holdings_n++];
  *own = *h;
  own->role = own->who = own->by = NULL;
  enum err err = incident_set_text(&own->role, h->role);
  if (err == OK)
    err = incident_set_text(&own->who, h->who);
  return err == OK ? incident_set_text(&own->by, h->by) : err;
}

static enum err take_team(void *arg, const struct team *t) {
  struct ctl_crew *crew = arg;
  struct team *grown =
      realloc(crew->teams, (crew->teams_n + 1) * sizeof *grown);
  if (grown == NULL)
    return ERR_NOMEM;
  crew->teams = grown;
  struct team *own = &grown[crew->teams_n++];
  *own = *t;
  own->name = own->leader = own->by = NULL;
  enum err err = incident_set_text(&own->name, t->name);
  if (err == OK)
    err = incident_set_text(&own->leader, t->leader);
  return err == OK ? incident_set_text(&own->by, t->by) : err;
}

enum err ctl_crew_read(struct ctl_crew *crew, struct ledger *l,
                       int64_t incident) {
  *crew = (struct ctl_crew){0};
  enum err err = ledger_roles(l, incident, take_holding, crew);
  if (err == OK)
    err = ledger_teams(l, incident, take_team, crew);
  if (err != OK)
    ctl_crew_fini(crew);
  return err;
}

const char *ctl_crew_holder(const struct ctl_crew *crew, const char *role,
                            const char *who) {
  const char *holder = NULL;
  for (size_t i = 0; i < crew->holdings_n; i++) {
    const struct holding *h = &crew->holdings[i];
    if (holding_is_over(h) || strcmp(h->role, role) != 0)
      continue;
    if (holder == NULL || (who != NULL && strcmp(h->who, who) == 0))
      holder = h->who;
  }
  return holder;
}

/* ---- warnings ---- */

static bool has_another(const struct ctl_crew *crew, const char *who,
                        const char **role) {
  for (size_t i = 0; i < crew->holdings_n; i++) {
    const struct holding *h = &crew->holdings[i];
    if (!holding_is_over(h) && strcmp(h->who, who) == 0 &&
        strcmp(h->role, ROLE_COMMANDER) != 0) {
      *role = h->role;
      return true;
    }
  }
  return false;
}

/* The n-th person who may report to the commander; NULL: none, or over. */
static const char *report(const struct ctl_crew *crew, size_t n) {
  if (n < crew->holdings_n)
    return holding_is_over(&crew->holdings[n]) ? NULL : crew->holdings[n].who;
  n -= crew->holdings_n;
  return team_is_over(&crew->teams[n]) ? NULL : crew->teams[n].leader;
}

static size_t count_reports(const struct ctl_crew *crew,
                            const char *commander) {
  size_t all = crew->holdings_n + crew->teams_n, count = 0;
  for (size_t i = 0; i < all; i++) {
    const char *who = report(crew, i);
    bool counts = who != NULL && strcmp(who, commander) != 0;
    for (size_t k = 0; k < i && counts; k++) {
      const char *before = report(crew, k);
      counts = before == NULL || strcmp(before, who) != 0;
    }
    count += counts;
  }
  return count;
}

void ctl_crew_warn(const struct ctl *c, const struct ctl_crew *crew) {
  const char *commander = ctl_crew_holder(crew, ROLE_COMMANDER, NULL);
  const char *role = NULL;
  if (commander != NULL && has_another(crew, commander, &role))
    ctl_warn(c,
             "warning: %s is commander and %s at once; a commander does "
             "nothing else",
             commander, role);
  size_t n = count_reports(crew, commander != NULL ? commander : "");
  if (n > REPORTS_MAX)
    ctl_warn(c,
             "warning: %zu people report to the commander, more than %d; form "
             "a team",
             n, REPORTS_MAX);
}
