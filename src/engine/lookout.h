/* SPDX-License-Identifier: MIT */
/* What is remembered of a series that somebody looks at: its last values, which
 * blocks of which rules look, and what they said last. In one block of memory,
 * since a write thread finds it cold. For one thread at a time. */
#ifndef INCIDENT_LOOKOUT_H
#define INCIDENT_LOOKOUT_H

#include "base/fetch.h"
#include "core/metric.h"
#include "core/sieve.h"
#include "engine/samples.h"

enum lookout_state {
  LOOKOUT_NEW,     /* the engine is to be asked */
  LOOKOUT_ASKED,   /* its answer is awaited, the value waits for it */
  LOOKOUT_DECIDED, /* its rules are known, perhaps none */
};

/* A data source. */
struct eye {
  struct rate rate;
  double value; /* the last; NaN: none */
  uint16_t type;
  uint16_t name_at; /* in the names */
};

/* A block that looks at it. */
struct condition {
  double limit, clear;
  uint64_t sources; /* a bit for each that it looks at; never 0 */
  uint32_t ruling;  /* its rule's */
  uint32_t kind;    /* enum metric_kind */
};

struct lookout {
  int64_t sent_ns; /* the last value's */
  wall_ms seen;    /* when the last value came that was one; WALL_NEVER: none */
  wall_ms taken;   /* when the last came that was newer */
  wall_ms asked;   /* LOOKOUT_ASKED: since */
  uint32_t interval_ms;
  uint16_t sources_n;
  uint16_t names_size;
  uint32_t conditions_n, rulings_n;
  uint8_t state;
  bool is_doubted; /* what its rules say is to be told with the next value */
  bool is_matched; /* a <Match> block takes it: its samples are kept */
  bool is_finite;  /* one of the last values is */
  struct samples samples;
  /* In this order behind it: eyes, conditions, rulings, judgements (conditions
   * times sources), names. */
  struct eye eyes[];
};

/* For the series of that reading, which is not taken yet. */
struct lookout *lookout_new(const struct reading *r);
void lookout_free(struct lookout *l);

/* Tells the cache that all of it is wanted: one wait instead of several. */
static inline void lookout_fetch(const struct lookout *l) {
  for (size_t at = 64; at < 320; at += 64)
    fetch_to_write((const char *)l + at);
}

/* The reading has the data sources that it knows. */
bool lookout_fits(const struct lookout *l, const struct reading *r);

/* Takes the values. False if they are not newer than the last: nothing of them
 * counts. When no newer ones have come for ten intervals, the sender's clock
 * was set back: from then on time begins anew, still without these. */
bool lookout_take(struct lookout *l, const struct reading *r, wall_ms now,
                  unsigned samples_max);

/* These blocks look at it. Moves it; what was judged before is forgotten.
 * ERR_NOMEM: as it was. */
enum err lookout_decide(struct lookout **l, const struct sieve_hits *hits,
                        unsigned samples_max);
/* Nobody has been asked. */
void lookout_forget(struct lookout *l);

/* Judges the last values. True if a rule says something else than before. */
bool lookout_judge(struct lookout *l);
/* A rule does not say good. */
bool lookout_is_troubled(const struct lookout *l);
/* What its rules say is told with the next value; that something came at all is
 * good only then. */
void lookout_doubt(struct lookout *l);

/* The number of the data source of that name ("": the first one); sources_n:
 * there is none. */
size_t lookout_source(const struct lookout *l, const char *name);

/* What its rules say now, as a SIGNAL_READING of that series, which has that
 * hash. */
struct signal *lookout_pack(const struct lookout *l,
                            const char *const field[FIELDS], size_t field_max,
                            uint64_t hash, uint32_t generation, void *memory);

#endif
