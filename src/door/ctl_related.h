/* SPDX-License-Identifier: MIT */
/* Incidents that have to do with one: the one it hangs under, those that hang
 * under it, and what has become part of what. */
#ifndef INCIDENT_CTL_RELATED_H
#define INCIDENT_CTL_RELATED_H

#include "door/ctl.h"
#include "door/ctl_table.h"

/* As fields of a table of two columns. */
void ctl_related_add(struct ctl_table *t, const struct ctl *c,
                     const struct incident *i);
/* ,"children":[{"id","title","status"}],"merged":[the same] */
enum err ctl_related_json(const struct ctl *c, int64_t id);
/* It is resolved: of those under it that are open. */
void ctl_related_warn(const struct ctl *c, int64_t id);

#endif
