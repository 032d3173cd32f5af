/* SPDX-License-Identifier: MIT */
/* Which rule takes a signal, and which incident it belongs to. Pure. */
#ifndef INCIDENT_RULE_H
#define INCIDENT_RULE_H

#include "core/incident.h"
#include "core/settings.h"
#include "core/signal.h"

/* True if one of the rule's <Match> blocks takes the (bad) signal. */
bool rule_matches(const struct rule *r, const struct signal *s);

/* The first key of a <Match> block that does not take the signal: one of enum
 * field, or one of these. */
enum match_key {
  MATCH_LEVEL = FIELDS,
  MATCH_REMOTE,
  MATCH_MESSAGE,
  MATCH_META,
  MATCH_MISSING,
  MATCH_TAKES /* all do */
};
int match_differs(const struct match *m, const struct signal *s);
/* The first Meta that does; metas_n: all do. */
size_t match_meta_differs(const struct match *m, const struct signal *s);

/* From which level on a notification of that series is bad for the rule,
 * whatever its text: the lowest of the <Match> blocks whose five fields match,
 * above all levels when none does (its <Metric> blocks alone say so). */
#define LEVEL_NEVER ((enum level)(LEVEL_FAILURE + 1))
enum level rule_bad_level(const struct rule *r, const struct signal *s);

/* The values of those fields, as one text that differs when they do: a rule's
 * group key (GroupBy), what an <Inhibit> compares (Equal). */
void field_set_key(const struct field_set *set, const struct signal *s,
                   struct buf *out);

/* What an incident is declared about; borrowed. */
struct declaration {
  const struct signal *signal; /* of the alert that fired first */
  const char *group_key;
  int64_t alerts, hosts; /* that fire */
};

/* A new incident declared by the rule: all texts filled in. The caller
 * incident_fini's *incident. */
enum err rule_declare(const struct rule *r, const struct settings *settings,
                      const struct declaration *about, int64_t id, wall_ms now,
                      struct incident *incident);

/* A person declares on behalf of the rule (the request's): gives the incident,
 * which incident_declare has made, what the rule would and the request does
 * not say, except for title and severity. It is about the first of the
 * request's series, if it has any. */
enum err rule_lend(const struct rule *r, const struct settings *settings,
                   const struct request *request, struct incident *incident);

#endif
