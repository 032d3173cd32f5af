/* SPDX-License-Identifier: MIT */
/* Who is on call: the schedules with what changes them at run time, overrides
 * and calendars, and what follows when somebody else comes on call (SPEC
 * section 1, <Schedule>; section 3, exhausted runs). The engine thread only;
 * calendars come read (engine/calendars.h).
 *
 * Who was on call when it was last looked at is in the ledger ("on_call"), so
 * that a hand-over is told once, also one that comes while nobody looks. */
#ifndef INCIDENT_DUTY_H
#define INCIDENT_DUTY_H

#include "core/schedule.h"
#include "engine/book.h"

struct calendars;
struct casework;
struct post; /* a schedule and who was on call when it was last looked at */

struct duty_roster {
  struct timer timer; /* when somebody may come on call next */
  struct casework *work;
  struct calendars *calendars;
  struct post *posts; /* in the order of settings.schedules */
  size_t posts_n;
  bool is_written; /* the ledger has who is on call */
};

/* calendars is borrowed; NULL: none are read. */
enum err duty_init(struct duty_roster *d, struct casework *w,
                   struct calendars *calendars);
void duty_fini(struct duty_roster *d);

/* Who is to be paged for that schedule now, its Fallback included; NULL:
 * nobody. Costs next to nothing between two changes. */
const struct responder *duty_now(struct duty_roster *d,
                                 const struct schedule *s, wall_ms now);
/* "; phone Alice Liddell +1 555 0100, Bob": everybody whom that chain would
 * page now, each once; nothing if there is nobody. */
void duty_add_contacts(struct duty_roster *d, const struct chain *chain,
                       wall_ms now, struct buf *out);
/* When the present turn ends; WALL_NEVER: not known. */
wall_ms duty_until(const struct duty_roster *d, const struct schedule *s,
                   wall_ms now);

/* The timer is due, or a calendar was read again. Tells whoever has come on
 * call of the open incidents; a schedule that has somebody again starts the
 * exhausted runs that page it. */
void duty_due(struct duty_roster *d, wall_ms now);
/* The same after a change that the caller still looks at: what is over leaves
 * the book later. */
void duty_changed(struct duty_roster *d, wall_ms now);

/* VERB_OVERRIDE and VERB_END_OVERRIDE that are not in the ledger. *override is
 * the book's, valid until the end of the turn. ERR_NOTFOUND, ERR_CONFLICT with
 * *why. */
enum err duty_request(struct duty_roster *d, const struct request *r,
                      wall_ms now, const struct override **override,
                      const char **why);
/* One that is in the ledger (heap memory) has been made or ended there. */
enum err duty_follow(struct duty_roster *d, struct override *own_override,
                     wall_ms now);

/* After the book was filled from that ledger: goes on with who was on call. */
enum err duty_resume(struct duty_roster *d, struct ledger *l, wall_ms now);
/* Inside a transaction: who is on call, unless the ledger has it. The caller
 * sets is_written once that is durable. */
enum err duty_write(const struct duty_roster *d, struct ledger *l);

/* Other settings, in two steps: what can fail; */
enum err duty_draft(const struct settings *settings, struct post **own_posts);
/* the casework has them now. duty_changed follows once all else has them. */
void duty_change(struct duty_roster *d, struct post *own_posts);

#endif
