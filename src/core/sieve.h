/* SPDX-License-Identifier: MIT */
/* Which rules look at a series, by its five fields alone, for any number of
 * rules: a set of blocks per field and value (the patterns that are plain texts
 * by look-up, the expressions tried once per value and remembered, bounded),
 * intersected. Made once per settings; used by the engine thread alone, once
 * per series. */
#ifndef INCIDENT_SIEVE_H
#define INCIDENT_SIEVE_H

#include "core/settings.h"
#include "core/signal.h"

struct sieve;

/* The settings outlive it. */
enum err sieve_new(const struct settings *settings, struct sieve **own_sieve);
void sieve_free(struct sieve *s);

struct sieve_hit {
  const struct rule *rule;
  const struct metric *metric; /* NULL: of a <Match> */
};
/* Grows as needed and is used again; all zero at first, freed by the caller
 * with sieve_hits_fini. */
struct sieve_hits {
  struct sieve_hit *hits; /* in the order of rules, then of their blocks */
  size_t n, cap;
  bool is_matched; /* a <Match> block of some rule takes the fields */
};
void sieve_hits_fini(struct sieve_hits *h);

/* All <Metric> blocks whose five fields take the series. */
enum err sieve_ask(struct sieve *s, const struct signal *series,
                   struct sieve_hits *hits);
/* All <Match> blocks whose five fields take the series: no other rule can take
 * a notification of it. */
enum err sieve_ask_matches(struct sieve *s, const struct signal *series,
                           struct sieve_hits *hits);

#endif
