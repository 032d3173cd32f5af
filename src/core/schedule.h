/* SPDX-License-Identifier: MIT */
/* Who is on call when: rotations, an iCalendar file, overrides made at run
 * time (collectd-incident(5), <Schedule>). Pure: a calendar's file is read by
 * whoever has one (engine/duty.h; door/ctl_oncall.c). */
#ifndef INCIDENT_SCHEDULE_H
#define INCIDENT_SCHEDULE_H

#include "base/json.h"
#include "core/calendar.h"
#include "core/settings.h"

/* An override, made by a person at run time; a row of the ledger. */
struct override {
  int64_t id;          /* 0: none yet; a later one wins */
  char *schedule;      /* name */
  char *responder;     /* name */
  wall_ms from, until; /* half-open; equal: ended before it began */
  char *by;
  wall_ms created_at;
  bool is_dirty;   /* book */
  bool is_dropped; /* book: to be freed once it is written */
};
static inline bool override_is_over(const struct override *o, wall_ms now) {
  return o->until <= now || o->until <= o->from;
}
void override_fini(struct override *o); /* frees the texts, not o */
/* As a JSON object and back; for the ledger's requests and for --json. */
void override_print(const struct override *o, struct json *j);
enum err override_read(const struct json_in *v, struct override *own_override);

/* What a schedule is looked up in. */
struct duty_facts {
  const struct settings *settings;
  const struct calendar *calendar;   /* of this schedule; NULL: none, or never
                                        read: then Fallback */
  struct override *const *overrides; /* of all schedules, by id */
  size_t overrides_n;
};

struct duty {
  const struct responder *responder; /* NULL: nobody */
  bool is_fallback;                  /* it is the Fallback */
  bool is_override;
  wall_ms
      until; /* when this may change; WALL_NEVER: never as far as is known */
};

/* Under 10 us with a year of overrides. */
void schedule_at(const struct schedule *s, const struct duty_facts *facts,
                 wall_ms at, struct duty *duty);

/* The turn of duty around that time: as long as the responder is the same, or
 * nobody. WALL_NEVER: begins or ends more than 400 days away. */
struct turn {
  const struct responder *responder; /* NULL: nobody */
  bool is_fallback, is_override;     /* at that time */
  wall_ms since, until;
};
void schedule_turn(const struct schedule *s, const struct duty_facts *facts,
                   wall_ms at, struct turn *turn);

/* Times within [from, until) in which nobody is on call, Fallback aside; each
 * is told once. */
void schedule_gaps(const struct schedule *s, const struct duty_facts *facts,
                   wall_ms from, wall_ms until,
                   void (*each)(void *arg, wall_ms from, wall_ms until),
                   void *arg);

/* Frees what it holds, not s. */
void schedule_fini(struct schedule *s);

#endif
