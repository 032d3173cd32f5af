/* SPDX-License-Identifier: MIT */
/* The command `postmortem`, in pieces. */
#ifndef INCIDENT_CTL_POSTMORTEM_H
#define INCIDENT_CTL_POSTMORTEM_H

#include "core/postmortem_write.h"
#include "door/ctl.h"

/* Fills the dossier, which is empty, from the open ledger. CTL_DONE or a
 * complaint; d is to be finished off either way. *has_one: there is a
 * postmortem. */
int ctl_dossier(const struct ctl *c, int64_t incident, struct dossier *d,
                bool *has_one);

enum ctl_form { CTL_FORM_MD, CTL_FORM_HTML, CTL_FORM_JSON };
/* --format, else by the end of --output's name, else Markdown. */
int ctl_read_form(const struct ctl *c, enum ctl_form *form);

/* Prints the document, or writes it to --output. */
int ctl_postmortem_put(const struct ctl *c, const struct dossier *d,
                       enum ctl_form form);
/* Whether --output can be written: CTL_DONE, or a complaint that what is there
 * is no regular file, or is not as it was written. */
int ctl_postmortem_may_put(const struct ctl *c);

/* ---- ctl_postmortem_show.c ---- */

/* When its meeting has to be, had it been over now if it is open. */
wall_ms ctl_postmortem_due(const struct ctl *c, const struct incident *i);
/* For the head of an incident, a line of two cells: how far its postmortem is,
 * or that there has to be one. */
void ctl_postmortem_add(struct ctl_table *t, const struct ctl *c,
                        const struct incident *i);
/* `,"postmortem":{…}` with what people wrote; null without one. */
enum err ctl_postmortem_show_json(const struct ctl *c,
                                  const struct incident *i);

/* ---- ctl_postmortem_change.c ---- */

int ctl_postmortem_make(struct ctl *c, int64_t incident);
int ctl_postmortem_status(struct ctl *c, int64_t incident);
int ctl_postmortem_owner(struct ctl *c, int64_t incident);
int ctl_postmortem_meeting(struct ctl *c, int64_t incident);
int ctl_postmortem_edit(struct ctl *c, int64_t incident);

#endif
