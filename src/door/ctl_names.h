/* SPDX-License-Identifier: MIT */
/* Names that must be in the configuration, as far as the ledger knows it. */
#ifndef INCIDENT_CTL_NAMES_H
#define INCIDENT_CTL_NAMES_H

#include "door/ctl.h"

/* A name that is none of these, with the nearest or all there are; what says
 * of what ("severity"). Returns CTL_FAILED. */
int ctl_unknown_name(const struct ctl *c, const char *what, const char *name,
                     const char *const *names, size_t n);

/* CTL_DONE, also when nothing is known, or such a complaint; what as above. */
int ctl_check_severity(const struct ctl *c, const char *what, const char *name);
int ctl_check_chain(const struct ctl *c, const char *what, const char *name);
int ctl_check_rule(const struct ctl *c, const char *what, const char *name);
/* No status of that name: a complaint with the nearest, or all. CTL_FAILED. */
int ctl_unknown_status(const struct ctl *c, const char *word);
/* Of a person who is given something: a responder, or whoever acts. NULL, or no
 * responders at all: CTL_DONE. */
int ctl_check_who(struct ctl *c, const char *what, const char *name);
/* That a <Field> may have that value; "" is none. needs_one: it must be one of
 * the configuration. */
int ctl_check_field(const struct ctl *c, const char *name, const char *value,
                    bool needs_one);

#endif
