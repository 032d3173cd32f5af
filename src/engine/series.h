/* SPDX-License-Identifier: MIT */
/* All series that values came of, and what the rules make of them: written to
 * by collectd's write threads with each value, told by the engine which rules
 * look. Which rules those are is decided once per series and remembered; what
 * no rule looks at costs a look-up.
 *
 * Shards, each with a lock of its own that is held for a look-up and a few
 * comparisons, and while something is handed to the intake, so that it gets
 * there in order. At most SeriesLimit series are remembered; the one not seen
 * for longest makes room (several at once where there are many), and comes back
 * as new.
 *
 * A series' verdicts are handed to the intake when they change, and with every
 * value while one is not good. A new series, or one in doubt, hands in its
 * next value whatever it is: so the engine hears of it after a start, after a
 * refusal, after a change of the configuration. */
#ifndef INCIDENT_SERIES_H
#define INCIDENT_SERIES_H

#include "core/metric.h"
#include "core/sieve.h"
#include "core/trend.h"
#include "engine/intake.h"
#include "engine/watch.h"

struct series;

/* Made before the configuration is known: asleep, every value ignored. All
 * three outlive it. */
enum err series_new(struct intake *intake, struct watch *watch,
                    struct clock *clock, struct series **own_series);
void series_free(struct series *t);

/* The settings in force (again): everything is to be decided anew under that
 * generation; samples are kept. Nothing of older settings is looked at any more
 * when it returns. Without a rule that looks at values, and without evidence,
 * it goes back to sleep. Engine thread, or before there are others. ERR_NOMEM:
 * as it was. */
enum err series_begin(struct series *t, const struct settings *settings,
                      uint32_t generation);

/* ---- write threads ---- */

/* False: a value would be ignored; one needs not be made into a reading. */
bool series_is_awake(const struct series *t);
/* One value as it came. Offers what is news to the intake; does what the watch
 * asks for, too: a finite value. A value not newer than the last is ignored. */
void series_take(struct series *t, const struct reading *r);

/* ---- the engine ---- */

/* Answers a SIGNAL_FIRST: these blocks look at the series (none: nobody does,
 * unless is_matched, which keeps its samples). Judges the value that waits and
 * packs what they say as a SIGNAL_READING into memory (SIGNAL_BYTES_MAX bytes,
 * 8-aligned); *reading is NULL if nobody says anything. ERR_NOMEM: its next
 * value asks again. */
enum err series_decide(struct series *t, const struct signal *first,
                       const struct sieve_hits *hits, void *memory,
                       const struct signal **reading);

/* When its last value came, by our clock. False: it is not known (any more). */
bool series_seen(struct series *t, uint64_t hash, wall_ms *at);
/* The next value is handed in, whatever it is. */
void series_doubt(struct series *t, uint64_t hash);
void series_drop(struct series *t, uint64_t hash);

/* Adds the samples of a data source ("": the first one) that are newer than
 * the trend's last. False: nothing is known of the series. */
bool series_samples(struct series *t, uint64_t hash, const char *data_source,
                    struct trend *trend);

struct series_counts {
  size_t series, looked_at;
  uint64_t evicted; /* beyond the limit, since the start */
};
void series_counts(struct series *t, struct series_counts *counts);

#endif
