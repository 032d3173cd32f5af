/* SPDX-License-Identifier: MIT */
/* A small model of which signals make which incidents, written from the
 * manual's sentences alone, as plainly as possible: everything is looked
 * through each time, nothing is remembered that can be seen. It shares no code
 * with the engine, and exists to disagree with it (t_model.c). */
#ifndef MODEL_H
#define MODEL_H

#include <stdbool.h>
#include <stdint.h>

#define HOSTS 3
#define INSTANCES 3
#define SERIES (HOSTS * INSTANCES) /* host h, instance i: h * INSTANCES + i */
#define MODEL_RULES 6
#define MODEL_UPGRADES 2
#define MODEL_KEYS 16 /* all that model_key gives are below */
#define MODEL_SILENCES 64
#define MODEL_INCIDENTS 4000

enum { OKAY, WARNING, FAILURE }; /* levels */
enum { NO_METRIC, ABOVE, BELOW };
enum { BY_HOST = 1, BY_INSTANCE = 2 }; /* group_by; 0: none */

struct model_upgrade {
  int alerts, hosts;
  int64_t after;
  int severity;
};

struct model_rule {
  unsigned series; /* bit per series that it looks at */
  bool has_match;
  int level;
  int metric; /* of the same series */
  double limit, clear_limit;
  unsigned group_by;
  int quorum;
  int64_t group_wait, bad_for, clear, expire, reopen, hold;
  bool auto_resolve, is_recorded, is_continued;
  int severity; /* 0 is the worst */
  struct model_upgrade upgrades[MODEL_UPGRADES];
  int upgrades_n;
};

struct model_inhibit {
  int source, target;
  bool is_equal_host;
};

enum model_state { NOTHING, PENDING, FIRING, CLEARING };
enum { JUDGED_NOTHING_YET, JUDGED_FINE, JUDGED_WRONG };

struct model_alert {
  enum model_state state;
  int level;
  bool is_bad_notified, is_bad_measured;
  int band; /* what its <Metric> said last */
  int64_t since, good_since, heard, changed;
  int64_t fired[4]; /* newest first; 0: not */
  bool is_flapping;
  bool is_unsure;       /* an OKAY came without a number */
  int64_t trial, until; /* a number came then; and so long nothing bad */
  int incident;         /* id; 0: none */
  bool is_held;         /* as it was looked up last */
};

struct model_incident {
  int rule;
  unsigned key;
  bool is_open, is_storm, is_monitoring, is_by_hand, is_acknowledged, is_paused;
  int64_t declared, resolved, hold_until;
  int severity;
  unsigned upgraded; /* bit per <Upgrade> */
  unsigned members;  /* bit per series that has been in it */
  int firing, total;
};

struct model_silence {
  bool is_used;
  unsigned series;
  int64_t from, to;
};

struct model {
  int64_t now;
  struct model_rule rules[MODEL_RULES];
  int rules_n;
  struct model_inhibit inhibits[2];
  int inhibits_n;
  int storm_limit;
  int64_t storm_span;
  struct model_alert alerts[MODEL_RULES][SERIES];
  struct model_incident incidents[MODEL_INCIDENTS]; /* by id, 1 first */
  int incidents_n;
  struct model_silence silences[MODEL_SILENCES];
  int64_t attempts[MODEL_RULES][MODEL_INCIDENTS];
  int attempts_n[MODEL_RULES];
};

/* When something is due after now; INT64_MAX: never. */
int64_t model_due(const struct model *m);
/* Time goes on until then, and everything happens in between. */
void model_advance(struct model *m, int64_t now);

void model_notify(struct model *m, int series, int level, bool is_nan);
/* A value of that series, the next one interval later. */
void model_value(struct model *m, int series, double value, int64_t interval);
/* Killed at m->now, started again then. */
void model_restart(struct model *m, int64_t now);
void model_silence(struct model *m, int id, unsigned series, int64_t from,
                   int64_t to);
void model_end_silence(struct model *m, int id);
/* False: not possible. */
bool model_acknowledge(struct model *m, int incident);
bool model_give_back(struct model *m, int incident);
bool model_resolve(struct model *m, int incident);

unsigned model_key(const struct model_rule *r, int series);

#endif
