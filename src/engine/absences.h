/* SPDX-License-Identifier: MIT */
/* Series that must not stop (core/absence.h): looks after each when its time is
 * up, and says so when nothing came. The engine thread only. */
#ifndef INCIDENT_ABSENCES_H
#define INCIDENT_ABSENCES_H

#include "core/absence.h"
#include "engine/book.h"
#include "engine/series.h"

struct absences {
  struct book *book;
  struct series *series; /* NULL: none (tests) */
  const struct settings *settings;
  struct absence **table; /* by the series' hash */
  size_t buckets, n;
};

void absences_init(struct absences *t, struct book *b, struct series *series);
/* After the book, which may have them among what it owes the ledger. */
void absences_fini(struct absences *t);

/* A value of a series came and it has been decided on: these blocks look at
 * it. Those that did and do not any more are dropped. */
void absences_watch(struct absences *t, const struct signal *series,
                    const struct sieve_hits *hits, wall_ms now);
/* One from the ledger, which is taken over (row_rule is set unless that rule is
 * there); dropped if the rule is gone or does not look at it any more. */
enum err absences_take(struct absences *t, struct absence *own_absence,
                       const char *rule_name, wall_ms now);
/* The settings in force (again): fully named series are watched for from now
 * on, what no rule asks for is dropped. The former settings still live.
 * ERR_NOMEM: those are still in force. */
enum err absences_begin(struct absences *t, const struct settings *settings,
                        wall_ms now);

/* Its time is up; if it has been for long, the clock was put forward, and it
 * waits anew. True: nothing came, so the series is bad for its rule;
 * *own_signal (to be freed) is the reading that says so (one bad ruling, of
 * generation 0). Else it looks again later. */
bool absences_due(struct absences *t, struct absence *a, wall_ms now,
                  struct signal **own_signal);

/* The series is gone for good (of that name: a host, or a series as
 * signal_add_name prints it). */
void absences_forget(struct absences *t, const char *name);
/* True if that is the signal's host, or its series. */
bool absences_is_named(const struct signal *s, const char *name);

/* The clock was set back: nothing waits longer than its span. */
void absences_clamp(struct absences *t, wall_ms now);

#endif
