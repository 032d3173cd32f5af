/* SPDX-License-Identifier: MIT */
/* From signals to alerts: which alerts a signal concerns, whether it makes a
 * new one, and what the news mean for incidents (SPEC section 2, "Matching" and
 * "Alerts"). Works on the book through the casework; the engine thread only. */
#ifndef INCIDENT_TRIAGE_H
#define INCIDENT_TRIAGE_H

#include "engine/absences.h"
#include "engine/casework.h"
#include "engine/series.h"

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
  struct series *series; /* NULL: none */
  struct absences *absences;
  struct sieve *sieve;    /* owned */
  struct sieve_hits hits; /* of the last series that was decided on */
  uint32_t generation;    /* of the settings: rulings of another are stale */
  struct recent *recent;
  wall_ms recent_sent; /* no later one was ever among them */
  uint64_t *memory;    /* for the reading of a first value */
};

enum err triage_init(struct triage *t, struct casework *w, struct watch *watch,
                     struct series *series, struct absences *absences);
void triage_fini(struct triage *t);

/* One signal from the intake; borrowed. */
void triage_signal(struct triage *t, const struct signal *s, wall_ms now);

/* The settings in force (again): makes the sieve, has every series decided
 * anew, tells the absences. The former ones still live, and stay in force on
 * failure. */
enum err triage_begin(struct triage *t, const struct settings *settings,
                      wall_ms now);

/* After a start or a change of the configuration, once all alerts know their
 * rules: what those do not look at any more, or not at that level, is good. */
void triage_end_unwatched(struct triage *t, wall_ms now);

/* An alert's timer is due. May free the alert. */
void triage_alert_due(struct triage *t, struct alert *a, wall_ms now);

/* A watched series is due. */
void triage_absence_due(struct triage *t, struct absence *a, wall_ms now);

/* A host, or a series by its name, is gone for good: its alerts clear, nothing
 * waits for it any more. How many alerts that were. */
int64_t triage_forget(struct triage *t, const char *name, wall_ms now);

/* Carries an alert's news to its row, its timer, the watch and its incident.
 * May free the alert. */
void triage_news(struct triage *t, struct alert *a, enum alert_news news,
                 wall_ms now);

#endif
