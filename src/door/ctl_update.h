/* SPDX-License-Identifier: MIT */
/* Between the parts of `update`: ctl_update.c has the command line and what is
 * printed, ctl_update_step.c what is written. */
#ifndef INCIDENT_CTL_UPDATE_H
#define INCIDENT_CTL_UPDATE_H

#include "door/ctl_work.h"

enum update_action { SAY, APPROVE, POST, WITHDRAW, LIST };

struct update {
  enum update_action action;
  int64_t id;                    /* SAY, LIST: of the incident; else its own */
  char *text;                    /* NULL: none */
  const struct wording *wording; /* NULL: none */
  bool is_draft;
  char *impact;               /* NULL: none is known */
  struct statement statement; /* as it is then */
  size_t posted;              /* to the public before */
  wall_ms first;              /* of those; WALL_NEVER: none */
  const char *chief;          /* who is to approve, and has not; else NULL */
  bool is_unseen;             /* posted though nobody approved it */
};

/* Writes what it is about: a step of ctl_work, arg is the update. */
ctl_work_step ctl_update_step;
/* "a, b": the webhooks that it is for. ERR_NOMEM. */
enum err ctl_update_receivers(const struct ctl_work *w,
                              const struct statement *s, struct buf *b);

#endif
