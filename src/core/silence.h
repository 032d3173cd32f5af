/* SPDX-License-Identifier: MIT */
/* A silence: what matches it is recorded and declares nothing (SPEC section 2,
 * "Silences"). Made at run time by people; the plugin obeys. Pure but for
 * silence_set_every, which reads the zone's file. */
#ifndef INCIDENT_SILENCE_H
#define INCIDENT_SILENCE_H

#include "base/clock.h"
#include "base/json.h"
#include "core/selector.h"
#include "core/signal.h"

#define SILENCE_MATCHES_MAX 64

/* FIELD is one of the five, "rule", "severity", "level", "message",
 * "data_source" or "meta:NAME". The same field again: any of the patterns. */
struct silence_match {
  char *text; /* as written */
  char *field;
  const char *pattern; /* in text */
  struct selector selector;
};

struct zone;

struct silence {
  int64_t id;
  struct silence_match *matches; /* one or more */
  size_t matches_n;
  char *by, *reason; /* who made it; NULL or "": no reason given */
  wall_ms created_at, starts_at;
  wall_ms ends_at; /* WALL_NEVER: none of its own (until_resolved, every) */
  /* Ends when this incident resolves (0: none) or, with until_resolved and no
   * incident, when nothing that matches it fires any more. */
  int64_t until_incident;
  bool until_resolved;
  /* Recurring, set by silence_set_every: within starts_at to ends_at it is
   * active for every_for from each of these times on. */
  char *every; /* "Sat 02:00", as written; NULL: not */
  char *zone;  /* the time zone of every, an IANA name; NULL: UTC */
  span_ms every_for;
  uint8_t every_days;   /* of every: bit 0 is Sunday */
  int16_t every_minute; /* of every: after midnight */
  struct zone *loaded;  /* what zone names; NULL: UTC */
  span_ms remind;       /* before its end (each of them); 0: not */
  wall_ms reminded_at;  /* WALL_NEVER: not yet */
  wall_ms ended_at;     /* by hand, or resolved; WALL_NEVER: not */
  char *ended_by;       /* NULL: by itself */
  int64_t suppressed;   /* alerts it has held back, each once per firing */
  bool is_dirty;        /* book */
  bool is_dropped;      /* book: to be freed once it is written */
};

/* All empty; times that are not set are WALL_NEVER. */
void silence_init(struct silence *s);
void silence_fini(struct silence *s); /* frees what it holds, not s */

/* "host=web1", "meta:rack=/^r[12]$/". ERR_INVALID: *why (static per thread).
 * ERR_CEILING: SILENCE_MATCHES_MAX. */
enum err silence_add_match(struct silence *s, const char *text,
                           const char **why);
/* text: "Sat 02:00", "Mon-Fri 22:00", "Sat,Sun 08:30", "daily 03:15", "02:00";
 * span must be shorter than the time from one of these to the next. zone: an
 * IANA name, NULL for UTC; one that is not known on this machine is kept but
 * taken as UTC. Sets every and all that belongs to it. ERR_INVALID: *why. */
enum err silence_set_every(struct silence *s, const char *text,
                           const char *zone, span_ms span, const char **why);

/* It holds alerts back now. */
bool silence_is_active(const struct silence *s, wall_ms now);
/* It is over for good. */
bool silence_is_over(const struct silence *s, wall_ms now);
/* When silence_is_active changes next or a reminder is due, after now;
 * WALL_NEVER: nothing to come. */
wall_ms silence_next(const struct silence *s, wall_ms now);
/* When what holds now, or else will next, begins; WALL_NEVER: nothing to come.
 */
wall_ms silence_from(const struct silence *s, wall_ms now);
/* When what holds now ends (WALL_NEVER: not known, or nothing holds). */
wall_ms silence_until(const struct silence *s, wall_ms now);
/* A reminder is due and has not been given for this end. */
bool silence_wants_reminder(const struct silence *s, wall_ms now);

/* rule and severity: names of the alert's; NULL: none. */
bool silence_matches(const struct silence *s, const struct signal *signal,
                     const char *rule, const char *severity);

/* As a JSON object {"id","matches":["host=web1"],"by","reason","created_at",
 * "starts_at","ends_at","until_incident","until_resolved","every","zone","for",
 * "remind","reminded_at","ended_at","ended_by","suppressed","active","from",
 * "until"} and back (of active, from and until nothing is read). ERR_INVALID:
 * no match, or something in it makes no sense; ERR_NOMEM. s, which silence_init
 * has made, is untouched on failure. One that has no end of its own needs
 * until_resolved or every. */
void silence_print(const struct silence *s, wall_ms now, struct json *j);
enum err silence_read(const struct json_in *v, struct silence *s);

#endif
