/* SPDX-License-Identifier: MIT */
/* Roles and teams as the commands see them. */
#ifndef INCIDENT_CTL_ROLE_H
#define INCIDENT_CTL_ROLE_H

#include "door/ctl.h"

/* Whoever has a role of an incident, or had it, and its teams: in memory. */
struct ctl_crew {
  struct holding *holdings; /* owned */
  size_t holdings_n;
  struct team *teams; /* owned */
  size_t teams_n;
};
enum err ctl_crew_read(struct ctl_crew *crew, struct ledger *l,
                       int64_t incident);
void ctl_crew_fini(struct ctl_crew *crew);

/* Who has the role now; NULL: nobody. Of a shared one the first, unless who
 * (may be NULL) has it. */
const char *ctl_crew_holder(const struct ctl_crew *crew, const char *role,
                            const char *who);
/* A commander with another role, and more than seven people who report to the
 * commander: leaders of teams and whoever else has a role. */
void ctl_crew_warn(const struct ctl *c, const struct ctl_crew *crew);

/* Inside the transaction of a VERB_ROLE: sets its text and was. ERR_CONFLICT
 * with *why (static). */
enum err ctl_role_prepare(struct ledger *l, struct request *r,
                          const char **why);
/* The row that a VERB_ROLE, or a VERB_DECLARE with a commander, makes or ends.
 */
enum err ctl_role_write(struct ledger *l, const struct incident *i,
                        const struct request *r);

/* A table of roles, to be ended with ctl_table_end. */
void ctl_roles_begin(struct ctl_table *t, const struct ctl *c);
void ctl_roles_add(struct ctl_table *t, const struct ctl *c,
                   const struct holding *h);

#endif
