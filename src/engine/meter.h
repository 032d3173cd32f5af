/* SPDX-License-Identifier: MIT */
/* The plugin's own values, for graphs and thresholds. The engine's thread
 * leaves a copy of its figures here, once a second at most and rarely enough
 * that counting takes no more than a hundredth of its time; whoever reads takes
 * another. Neither waits for the other longer than that takes. */
#ifndef INCIDENT_METER_H
#define INCIDENT_METER_H

#include "engine/intake.h"
#include "engine/pager.h"

#include <pthread.h>

#define METER_SEVERITIES 64 /* shown one by one; all of them count as open */

struct meter_severity {
  char name[128];
  int64_t open;
};

struct meter_figures {
  struct meter_severity severities[METER_SEVERITIES]; /* worst first */
  size_t severities_n;
  int64_t open, unacknowledged; /* incidents */
  int64_t alerts[ALERT_STATES];
  int64_t undelivered;       /* pages that are due, or being sent */
  wall_ms oldest;            /* since when one of them is; WALL_NEVER: none */
  struct page_counts counts; /* since the start */
  int64_t webhooks_failing, chains_unreachable;
  bool is_degraded;
};

struct meter {
  pthread_mutex_t lock; /* a leaf */
  struct meter_figures figures;
  bool is_set;
};

/* Never finished off: whoever reads may come after everything has ended. */
void meter_init(struct meter *m);
void meter_set(struct meter *m, const struct meter_figures *f);
/* False: there are none yet. */
bool meter_get(struct meter *m, struct meter_figures *f);

/* The engine's thread: all but is_degraded. Looks at every open incident and
 * every alert. */
void meter_count(struct meter_figures *f, const struct book *b,
                 const struct pager *p);

/* ---- what they are called ---- */

struct meter_value {
  const char *plugin_instance, *type, *type_instance;
  bool is_derive;
  int64_t derive;
  double gauge; /* NaN: not known */
};
struct meter_surroundings {
  struct intake_counts intake;
  int64_t ledger_bytes; /* -1: not known */
  wall_ms now;
};
/* Each value; before: the figures of the time before, all 0 if there was none.
 */
void meter_each(const struct meter_figures *f,
                const struct meter_figures *before,
                const struct meter_surroundings *s,
                void (*each)(void *arg, const struct meter_value *v),
                void *arg);

#endif
