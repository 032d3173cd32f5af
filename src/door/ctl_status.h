/* SPDX-License-Identifier: MIT */
/* The state of things, as `status` finds it. */
#ifndef INCIDENT_CTL_STATUS_H
#define INCIDENT_CTL_STATUS_H

#include "door/ctl.h"
#include "door/ctl_health.h"
#include "door/ctl_link.h"

#define CTL_STATUS_CHAINS_MAX 16 /* whose contacts are shown */
#define CTL_STATUS_OPEN_MAX 10   /* incidents */

struct ctl_status_named {
  char *name;
  int64_t n; /* open incidents of a severity */
};
struct ctl_status_names {
  struct ctl_status_named *items;
  size_t n;
};

/* An open incident among others. */
struct ctl_status_open {
  size_t rank; /* of its severity, the worst first */
  bool is_acknowledged;
  int64_t id;
};

enum ctl_status_state {
  CTL_STATUS_NORMAL,
  CTL_STATUS_WRONG,
  CTL_STATUS_UNKNOWN
};

struct ctl_status_things {
  struct ctl *c;
  enum ctl_status_state state;
  enum err opened; /* the ledger */
  const char *why;
  bool is_running, has_answered;
  bool is_silent; /* it runs, but does not answer */
  pid_t owner;
  struct ctl_link_status link;
  struct ledger_figures figures;
  struct ctl_status_names severities;
  struct ctl_health health;
  int64_t silences; /* active now */
  /* For people. */
  struct ctl_table table;
  struct ctl_status_open open[CTL_STATUS_OPEN_MAX]; /* to show, in that order */
  size_t open_n;
  char *chains[CTL_STATUS_CHAINS_MAX];
  size_t chains_n;
};

/* ---- ctl_status_print.c ---- */

/* For people. CTL_DONE or a complaint. */
int ctl_status_print(struct ctl_status_things *s);

#endif
