/* SPDX-License-Identifier: MIT */
/* Between the parts of the engine. */
#ifndef INCIDENT_ENGINE_INSIDE_H
#define INCIDENT_ENGINE_INSIDE_H

#include "engine/agenda.h"
#include "engine/duty.h"
#include "engine/engine.h"
#include "engine/prune.h"
#include "engine/triage.h"

/* Degraded: how often the ledger is tried. */
#define ENGINE_RETRY_MS 1000

struct handed {
  struct handed *next;
  struct request request;
  engine_reply *reply;
  void *arg;
};

/* What an id of the book was before the gap, and behind it; 0: no gap. */
struct id_gap {
  int64_t from, to;
};

/* For the meter. */
struct measure {
  wall_ms at; /* when things were last counted */
  span_ms pause;
  bool is_stale; /* something has changed since */
};

struct engine {
  struct engine_parts parts;
  struct ledger_lock lock;
  struct ledger *ledger; /* NULL: could not be opened yet */
  struct book book;
  struct pager pager;
  struct heart heart;
  struct casework work;
  struct gather gather;
  struct hush hush;
  struct duty_roster duty;
  struct evidence evidence;
  struct agenda agenda;
  struct absences absences;
  struct triage triage;
  struct handed *handed, **handed_end;
  wall_ms last;         /* the last turn's now */
  int64_t last_request; /* carried out */
  int64_t dropped;      /* requests up to this one are gone from the ledger */
  uint64_t durable;     /* intake ticket */
  char *own_public;     /* parts.public_config after a reload; else NULL */
  wall_ms started_at;
  bool has_changed; /* by others, since its requests were read */
  bool is_mirrored; /* the ledger has the configuration in force */
  bool is_degraded;
  bool is_begun;      /* a transaction is open */
  size_t dirt_before; /* what the book owed the ledger when the turn began, and
                         when it came to what is due */
  struct id_gap incident_gap, silence_gap, override_gap;
  wall_ms retry_at;  /* degraded: when the ledger is tried again */
  wall_ms report_at; /* refusals: not before */
  wall_ms alive_at;  /* as the ledger has it */
  size_t rows_since_checkpoint;
  struct prune prune;
  struct measure measure;
  struct intake_counts reported;
};

/* Opens and loads the ledger; a corrupt one is replaced. On failure there is
 * none, and *why (static per thread) says why. */
enum err engine_open_ledger(struct engine *e, wall_ms now, const char **why);

/* The database is damaged under us: a new one is filled from the old file and
 * then from the book, which has all that is open. */
void engine_replace_damaged(struct engine *e, wall_ms now);

/* What ids the ledger has given meanwhile. */
void engine_take_ids(struct engine *e);

/* Without a transaction of ours, a tool may declare or silence something: what
 * we make keeps clear of that. And there is one again: an unused gap is none.
 */
void engine_open_gap(struct engine *e);
void engine_close_gap(struct engine *e);

/* Carries out what tools have written into the ledger since (inside a
 * transaction), and what they have handed over. */
enum err engine_read_requests(struct engine *e);
void engine_take_handed(struct engine *e, wall_ms now);

/* The ledger cannot be written: says so once. */
void engine_degrade(struct engine *e, wall_ms now, const char *why);

#endif
