/* SPDX-License-Identifier: MIT */
/* Inside of `incidentctl explain`: what would come of a signal that a rule
 * takes, by what is in the ledger. */
#ifndef INCIDENT_CTL_EXPLAIN_H
#define INCIDENT_CTL_EXPLAIN_H

#include "door/ctl.h"

struct outcome {
  const struct ctl *c;
  const struct rule *rule;
  const struct signal *signal;
  char *key;            /* of its group */
  struct incident open; /* the one it joins or reopens; id 0: none */
  bool is_reopened;
  bool is_live; /* the series has an alert of the rule already */
  enum alert_state state;
  struct buf silences, sources; /* lines about what holds it back */
  int64_t silence;              /* id of one that does; 0: none */
  int64_t inhibitors;           /* how many alerts do */
};

/* Borrows all it is given. */
void outcome_init(struct outcome *o, const struct ctl *c,
                  const struct rule *rule, const struct signal *s);
void outcome_fini(struct outcome *o);
enum err outcome_look_up(struct outcome *o);

/* As indented lines, or as members of a JSON object. */
void outcome_say(const struct outcome *o, struct buf *b);
void outcome_print(const struct outcome *o, struct json *j);

/* A line, its control characters visible. */
void ctl_explain_say(struct buf *out, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
