/* SPDX-License-Identifier: MIT */
/* From signals to alerts: which alerts a signal concerns, whether it makes a
 * new one, and what the news mean for incidents (SPEC section 2, "Matching" and
 * "Alerts"). Works on the book through the casework; the engine thread only. */
#ifndef INCIDENT_TRIAGE_H
#define INCIDENT_TRIAGE_H

#include "engine/casework.h"

/* An OKAY of a series without an alert, by hash: a bad signal that was sent
 * before it, within the second, has been overtaken by it. */
#define TRIAGE_RECENT 16384 /* slots, a power of two */
struct recent {
  uint64_t hash;
  wall_ms received, sent;
};

struct triage {
  struct book *book;
  struct casework *work;
  const struct settings *settings;
  struct watch *watch;
  struct recent *recent;
};

enum err triage_init(struct triage *t, struct casework *w, struct watch *watch);
void triage_fini(struct triage *t);

/* One signal from the intake; borrowed. */
void triage_signal(struct triage *t, const struct signal *s, wall_ms now);

/* Carries an alert's news to its row, its timer, the watch and its incident.
 * May free the alert. */
void triage_news(struct triage *t, struct alert *a, enum alert_news news,
                 wall_ms now);

#endif
