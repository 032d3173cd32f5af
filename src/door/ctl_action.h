/* SPDX-License-Identifier: MIT */
/* Commands whose first argument says what to do. */
#ifndef INCIDENT_CTL_ACTION_H
#define INCIDENT_CTL_ACTION_H

#include "door/ctl.h"

struct ctl_action {
  const char *word;
  int (*run)(struct ctl *c);
  const char *options; /* that it takes, each between blanks */
};

/* Runs the one that the first argument names, unless it was given an option of
 * another; else a complaint. */
int ctl_act(struct ctl *c, const struct ctl_action *actions, size_t n);

#endif
