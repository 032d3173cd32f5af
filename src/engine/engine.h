/* SPDX-License-Identifier: MIT */
/* The engine: one turn = one now = one transaction. A turn reads what people
 * want (requests), what came of pages (outcomes), what came in (intake) and
 * what is due (timers), steps the book, writes what changed, and only then lets
 * pages leave.
 *
 * engine_turn runs on one thread, its owner's: engine/pulse.c gives it one in
 * the daemon; tests call it with a fake clock and a fake sender. */
#ifndef INCIDENT_ENGINE_H
#define INCIDENT_ENGINE_H

#include "core/incident.h"
#include "engine/announcement.h"
#include "engine/heart.h"
#include "engine/intake.h"
#include "engine/meter.h"
#include "engine/pager.h"
#include "engine/series.h"
#include "engine/watch.h"

struct calendars;
struct engine;

/* All of it outlives the engine, but for the settings: they are the engine's
 * from engine_new on, if that succeeds and the sender can retire them. */
struct engine_parts {
  struct settings *settings;
  const char *public_config; /* settings_print_public: kept in the ledger */
  const char *ledger_path;
  struct clock *clock;
  struct intake *intake;
  struct watch *watch;
  struct series *series;       /* NULL: no values come */
  struct calendars *calendars; /* of schedules; NULL: none are read */
  struct sender sender;
  void (*announce)(void *arg, const struct announcement *a);
  void *announce_arg;
  const char *ledger_default; /* where it is without Ledger; NULL: nowhere */
  /* A rule looks at messages or metadata, or none does: after a reload. NULL:
   * nobody wants to know. */
  void (*see_text)(void *arg, bool is_seen);
  void *see_text_arg;
  struct pacemaker *pacemaker; /* NULL: there are no heartbeats */
  struct meter *meter;         /* NULL: nobody reads it */
};

/* Takes the instance lock, opens the ledger (replaces a corrupt one, migrates
 * an old one), loads the book and meets the configuration with it. ERR_BUSY:
 * another instance runs; ERR_NEWER: the ledger is from a newer version; both
 * with *why (static per thread) and without an engine. If the ledger cannot be
 * opened for another reason the engine starts without it, says so, and goes on
 * trying. */
enum err engine_new(const struct engine_parts *parts,
                    struct engine **own_engine, const char **why);

/* Without a last turn; releases the lock. */
void engine_free(struct engine *e);

/* One turn. Returns when the next is wanted at the latest: <= now if there is
 * more to do at once. */
wall_ms engine_turn(struct engine *e);

/* True if somebody else has changed the ledger since the last turn: ask every
 * 100 ms. */
bool engine_is_wanted(struct engine *e);

/* Between turns: lets the ledger's log be written back; when not idle only if
 * it has grown long. */
void engine_rest(struct engine *e, bool is_idle);

/* Between turns, when idle: removes a little of what is old, if it is time for
 * that. True: perhaps there is more. */
bool engine_tidy(struct engine *e);

/* Between turns, when idle: if the last turn came too soon after the one before
 * to be counted, it is by now. */
void engine_measure(struct engine *e);

/* The last turn of an orderly stop: takes in what is left, outcomes included,
 * and writes it; pages that were being sent stay so in the ledger and are sent
 * again after the next start. */
void engine_finish(struct engine *e);

/* A request that could not be written to the ledger by who made it, carried out
 * by the next engine_turn, which calls back with the result before it returns:
 * ERR_NOTFOUND, ERR_CONFLICT with why, or OK. The request is copied. */
struct answer {
  const struct incident *incident; /* NULL: it was about none */
  const struct entry *entry;       /* VERB_NOTE; else NULL */
  const struct silence *silence;   /* VERB_SILENCE, VERB_END_SILENCE */
  const struct override *override; /* VERB_OVERRIDE, VERB_END_OVERRIDE */
  int64_t forgotten;               /* VERB_FORGET: alerts */
  wall_ms now;                     /* of the turn */
};
typedef void engine_reply(void *arg, enum err err, const char *why,
                          const struct answer *answer);
enum err engine_hand(struct engine *e, const struct request *r,
                     engine_reply *reply, void *arg);

/* Between turns: changes over to other settings, which are taken over in any
 * case like own_public (settings_print_public, heap memory). A turn is made
 * first, under the old ones, and another should follow. ERR_CONFLICT (*why
 * static per thread) if they want another ledger, ERR_NOMEM: those in force
 * stay. */
enum err engine_reload(struct engine *e, struct settings *own_settings,
                       char *own_public, const char **why);

/* The intake ticket up to which everything is durable. */
uint64_t engine_durable(const struct engine *e);

struct engine_status {
  bool is_degraded;       /* the ledger cannot be written */
  size_t rows_waiting;    /* in memory only */
  int64_t incidents_open; /* in the book */
  struct series_counts series;
};
void engine_status(const struct engine *e, struct engine_status *status);

/* Calls back for each open incident in the book, newest first: what a tool asks
 * for while the ledger cannot be written. */
void engine_each_open(const struct engine *e,
                      void (*each)(void *arg, const struct incident *i),
                      void *arg);
/* The same for each override that is not over, by id. */
void engine_each_override(const struct engine *e,
                          void (*each)(void *arg, const struct override *o),
                          void *arg);
/* What is known of that schedule's calendar, until the next turn; NULL: it has
 * none, or none that could be read. */
const struct calendar *engine_calendar(const struct engine *e,
                                       const char *schedule);
/* The same for each silence that is not over; now: of the last turn. */
void engine_each_silence(const struct engine *e,
                         void (*each)(void *arg, const struct silence *s,
                                      wall_ms now),
                         void *arg);

#endif
