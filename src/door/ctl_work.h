/* SPDX-License-Identifier: MIT */
/* Working on an incident: what is written into the ledger in one transaction
 * with a line of the timeline, and what the commands that do so share. The
 * plugin has no part in it; while the ledger cannot be written they fail. */
#ifndef INCIDENT_CTL_WORK_H
#define INCIDENT_CTL_WORK_H

#include "door/ctl.h"

#define CTL_TEXT_MAX 16384
#define CTL_NAME_MAX 255
#define CTL_AHEAD_MS 60000 /* clocks differ that much */

struct ctl_work {
  struct ctl *c;
  struct incident incident; /* ctl_work_on has found it */
  struct entry entry;       /* as it was written */
  enum kind kind;           /* of the entry */
  wall_ms at;               /* of the entry: now, if the step says nothing */
  struct buf text;          /* of the entry: the step fills it */
  bool is_for_plugin;       /* the plugin has something to do: is told */
  char why[1024];           /* of a refusal */
};

/* Inside the transaction. An error rolls it back. */
typedef enum err ctl_work_step(struct ctl_work *w, void *arg);

/* Opens the ledger, has the step write its rows, and writes the entry. CTL_DONE
 * or a complaint; w is to be finished off either way. */
int ctl_work(struct ctl *c, enum kind kind, ctl_work_step *step, void *arg,
             struct ctl_work *w);
void ctl_work_fini(struct ctl_work *w);

/* For a step: it is about that incident. Refused if there is none. */
enum err ctl_work_on(struct ctl_work *w, int64_t incident);
/* For a step: cannot be done, and why. ERR_CONFLICT. */
enum err ctl_work_refuse(struct ctl_work *w, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Opens the ledger to change it, if it is not open, for names that are to be
 * known before. CTL_DONE or a complaint. */
int ctl_work_open(struct ctl *c);

/* A line about what was done. */
void ctl_tell(const struct ctl *c, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* The same of the entry that was written, and then more of it. */
void ctl_tell_done(const struct ctl_work *w, const char *more,
                   const char *of_it);
/* Closes the object that j (NULL: out of memory) has begun, with the entry of w
 * (NULL: none) in it, and prints it. */
int ctl_work_json(const struct ctl *c, struct json *own_json,
                  const struct ctl_work *w);
/* Opens the ledger to read of an incident that is there. CTL_DONE or a
 * complaint. */
int ctl_open_for(struct ctl *c, int64_t incident);

/* `COMMAND ACTION`: the action's place among the names (ended by NULL) is set.
 * CTL_DONE or a complaint that names the nearest. */
int ctl_read_action(const struct ctl *c, const char *const *names, size_t *at);
/* When something is due: a time, or how long from now ("20m"); not in the past.
 * CTL_DONE or a complaint that names what it is. */
int ctl_read_due(const struct ctl *c, const char *what, const char *text,
                 wall_ms *at);
/* When something has happened: not in the future. NULL: *at stays. The same. */
int ctl_read_past(const struct ctl *c, const char *what, const char *text,
                  wall_ms *at);

#endif
