/* SPDX-License-Identifier: MIT */
/* The book: what the engine keeps in memory of the ledger. Everything that can
 * still change is here, written through: a step changes objects in the book and
 * marks them dirty, the end of a turn writes what is dirty. If the ledger
 * cannot be written they simply stay dirty, and the paging goes on from the
 * book.
 *
 * The engine thread alone touches it. Objects are owned by the book. */
#ifndef INCIDENT_BOOK_H
#define INCIDENT_BOOK_H

#include "core/absence.h"
#include "core/alert.h"
#include "core/incident.h"
#include "core/page.h"
#include "core/run.h"
#include "core/schedule.h"
#include "core/silence.h"
#include "core/trend.h"
#include "engine/past.h"
#include "engine/stack.h"
#include "engine/tally.h"
#include "ledger/ledger.h"

/* Somebody an incident has paged, once per run, webhook and responder. */
struct contact {
  const struct webhook *webhook; /* NULL: gone from the configuration */
  char *webhook_name, *responder, *chain, *target; /* as in struct page */
  int64_t run;
  unsigned step, round;
  wall_ms at; /* when the last of these pages was made */
  enum reach reach;
  int64_t stand_in; /* seq of another run's page that replaced its unsent one;
                       0: none */
};

/* How an alert's value went (engine/evidence.h); a row per alert. */
struct exhibit {
  struct exhibit *next;
  int64_t incident, alert;
  uint64_t series; /* hash */
  char *data_source;
  struct trend trend;
  bool is_dirty;
};

struct casefile {
  struct timer timer;           /* the next of: end of Hold, joined alerts to
                                   tell of, <Upgrade> After, end of Reopen */
  struct casefile *id_next;     /* bucket of the id table */
  struct casefile *key_next;    /* bucket of the group keys */
  struct casefile *prev, *next; /* all of them */
  struct incident incident;
  const struct rule *rule; /* NULL: a person's, or gone */
  struct alert *alerts;    /* live ones and, while it is open or may be
                              reopened, cleared ones */
  struct run *runs;
  struct exhibit *exhibits;
  size_t exhibits_n;
  uint32_t evidence_round; /* the last that has seen it (engine/evidence.h) */
  struct page *pages_first, *pages_last; /* unfinished, by seq */
  struct contact *contacts;
  size_t contacts_n, contacts_cap;
  /* Since the last timeline entry about alerts, and one of them. */
  int64_t joined, cleared;
  const struct alert *joined_one, *cleared_one;
  int64_t held_lately; /* and held back since then */
  wall_ms human_at;    /* when anybody has last written to its timeline, as far
                          as is known: what AckTimeout counts from */
  int64_t untold;      /* joined since whoever acknowledged was told */
  int64_t held;        /* of the firing alerts: those that are held back */
  struct tally hosts;  /* of the others; if counts_hosts */
  wall_ms
      reopen_until;  /* resolved by itself: kept until then; WALL_NEVER: no */
  uint64_t key_hash; /* of rule and group key */
  bool is_dirty;
  bool is_keyed;     /* in the table of group keys: open, or to be reopened */
  bool counts_hosts; /* somebody has asked for them */
  bool is_noted;     /* in book.noted */
  unsigned clocks;   /* agenda_adapt: by 1 << reminder_kind, those that run */
  bool has_parts;    /* others here have become part of it, or had */
};

struct book {
  const struct settings *settings;
  struct timers timers;
  struct alert **alert_table; /* by signal hash, chained */
  size_t alert_buckets, alerts_n;
  struct past past; /* of alerts that were dropped */
  struct casefile **id_table, **key_table;
  size_t casefile_buckets, casefiles_n;
  struct casefile *casefiles;            /* newest first */
  struct ledger_ids ids;                 /* the next of each */
  char ledger_id[ULID_TEXT];             /* "" before engine_new is through */
  struct page *tests_first, *tests_last; /* unfinished ones of no incident */
  size_t runs_n, pages_n;                /* in memory */
  size_t others_n;                       /* others that have a timer */
  struct stack silences; /* struct silence *: all that are not over; owned */
  struct override **overrides; /* those that are not over, by id; owned */
  size_t overrides_n, overrides_cap;
  /* What differs from the ledger. */
  struct stack dirty_casefiles, dirty_alerts, dirty_runs, dirty_pages,
      dirty_silences, dirty_overrides, dirty_absences, dirty_exhibits;
  struct stack entries; /* struct entry *, to be appended */
  struct stack events;  /* struct event *, for the event log */
  struct stack roles;   /* struct holding *, as ledger_change_role takes it */
  struct stack noted;   /* casefiles with joined or cleared alerts */
  int64_t entries_lost; /* beyond BOOK_ENTRIES_MAX */
  /* How much of each stack the open transaction has. */
  size_t wrote_casefiles, wrote_alerts, wrote_runs, wrote_pages, wrote_entries,
      wrote_events, wrote_silences, wrote_overrides, wrote_absences,
      wrote_exhibits, wrote_roles;
};

/* One that has cleared is the same alert when it fires again: its incident is
 * open, or kept to be reopened. */
static inline bool alert_may_return(const struct alert *a) {
  const struct casefile *c = a->casefile;
  return c != NULL &&
         (incident_is_open(&c->incident) ? !c->incident.is_storm
                                         : c->reopen_until != WALL_NEVER);
}

/* PageHours: the run's steps wait for them; NULL: for none. */
static inline const struct hours *run_hours(const struct run *r) {
  const struct casefile *c = r->casefile;
  return r->source == RUN_OWN && c->rule != NULL && !c->incident.is_major
             ? c->rule->page_hours
             : NULL;
}

/* It has resolved by itself and its key may fire again. */
static inline bool casefile_may_reopen(const struct casefile *c, wall_ms now) {
  return c->reopen_until != WALL_NEVER && now < c->reopen_until;
}

/* Timeline entries and events kept while the ledger cannot be written. */
#define BOOK_ENTRIES_MAX 100000
#define BOOK_EVENTS_MAX 1000

void book_init(struct book *b, const struct settings *settings);
void book_fini(struct book *b);

/* ---- alerts ---- */

/* The first, and the next after a, alert of the signal's series; NULL at the
 * end. */
struct alert *book_alert(const struct book *b, const struct signal *s);
struct alert *book_alert_next(const struct alert *a);

/* A blank one about the (cleaned) signal, which it takes over, with an id: to
 * be set up with alert_begin at once. NULL when out of memory. */
struct alert *book_add_alert(struct book *b, struct signal *own_signal);
/* The same for one from the ledger, which is taken over. */
enum err book_take_alert(struct book *b, struct alert *own_alert);
/* Out of its tables and lists; freed once it is written. */
void book_drop_alert(struct book *b, struct alert *a);

void book_attach_alert(struct casefile *c, struct alert *a);
void book_detach_alert(struct alert *a);

/* ---- casefiles ---- */

/* NULL when there is none. */
struct casefile *book_casefile(const struct book *b, int64_t id);
/* That of the group: the open one, or the one that is kept so that it can be
 * reopened. One that has become part of another stays here as long as that one
 * does, and leads to it. */
struct casefile *book_group(const struct book *b, const struct rule *rule,
                            const char *group_key);
/* The open one only. */
struct casefile *book_open_group(const struct book *b, const struct rule *rule,
                                 const char *group_key);
/* Takes the incident over (also on failure: then it is finished off). */
enum err book_add_casefile(struct book *b, struct incident *own_incident,
                           const struct rule *rule, struct casefile **casefile);
/* It has resolved by itself: kept as the one for its group key until then. */
void book_keep_group(struct book *b, struct casefile *c, wall_ms until);
/* It has become part of the other, which has its group from now on. */
void book_lead_on(struct book *b, struct casefile *c, struct casefile *into);
/* No longer the one for its group key. */
void book_close_group(struct book *b, struct casefile *c);
/* Its rule is c->rule now, which has that name (taken over). If another
 * incident has its group key there, this one has none any more. */
void book_rename_rule(struct book *b, struct casefile *c, char *own_name);
/* Forgets it if it is over and done with and has nothing to write: true. */
bool book_retire(struct book *b, struct casefile *c);

/* The casefile's run of that id; NULL when there is none, or no casefile. */
struct run *book_run(const struct casefile *c, int64_t id);
/* It asks somebody to take a role of an incident that somebody has: once, and
 * nobody is alarmed when there is no answer. */
static inline bool book_run_is_quiet(const struct run *r) {
  return r->source == RUN_FOR_ROLE &&
         r->casefile->incident.acknowledged_by != NULL;
}
struct run *book_add_run(struct book *b, struct casefile *c,
                         const struct chain *chain, enum run_source source,
                         wall_ms now);
enum err book_take_run(struct book *b, struct run *own_run);

/* A page with its ids, pending, due now, at the end of c's pages (NULL: a test
 * page, which belongs to nobody). Texts are the caller's to set. */
struct page *book_add_page(struct book *b, struct casefile *c, wall_ms now);
enum err book_take_page(struct book *b, struct page *own_page);
/* To the end of its casefile's pages: it is due now. */
void book_requeue_page(struct book *b, struct page *p);
/* Out of its casefile's list; freed once it is written. */
void book_finish_page(struct book *b, struct page *p);

/* The contact for a page's run, webhook and responder, made if needed; NULL
 * when out of memory. */
struct contact *book_contact(struct casefile *c, const struct page *p);

/* ---- silences, overrides, absences, exhibits ---- */

struct silence *book_silence(const struct book *b, int64_t id);
/* Takes the silence (heap memory) over, also on failure; with an id of its own
 * if it has none, and then to be written. One that is there already stays. */
enum err book_take_silence(struct book *b, struct silence *own_silence);
void book_touch_silence(struct book *b, struct silence *s);
/* It is over: out of b->silences; freed once it is written. */
void book_drop_silence(struct book *b, struct silence *s);
/* The same for overrides. */
struct override *book_override(const struct book *b, int64_t id);
enum err book_take_override(struct book *b, struct override *own_override);
void book_touch_override(struct book *b, struct override *o);
void book_drop_override(struct book *b, struct override *o);
/* Whoever sets its timer counts it in others_n. A dropped one is freed once
 * that is written; others stay with whoever has them. */
void book_touch_absence(struct book *b, struct absence *a);
/* A new one of the casefile, which owns it; NULL when out of memory. */
struct exhibit *book_add_exhibit(struct casefile *c, int64_t alert,
                                 uint64_t series, const char *data_source);
void book_touch_exhibit(struct book *b, struct exhibit *x);

/* Room for one more timer, counting others_n. */
enum err book_reserve_timer(struct book *b);

/* ---- what changed ---- */

void book_touch_casefile(struct book *b, struct casefile *c);
void book_touch_alert(struct book *b, struct alert *a);
void book_touch_run(struct book *b, struct run *r);
void book_touch_page(struct book *b, struct page *p);

/* An entry of the plugin's own (by NULL); text is printf-like. */
void book_note(struct book *b, const struct casefile *c, enum kind kind,
               wall_ms now, const char *format, ...)
    __attribute__((format(printf, 5, 6)));
/* Takes over what incident_apply or incident_calm filled in. */
void book_note_entry(struct book *b, struct entry *own_entry);
/* What the request does to who has which role (VERB_ROLE), or the commander
 * with whom it was declared (VERB_DECLARE): the row is still to be written. */
void book_note_role(struct book *b, const struct incident *i,
                    const struct request *r);
/* rule: NULL for none; holder: the silence, or the incident of the inhibiting
 * alert; 0: none. */
void book_note_event(struct book *b, const struct signal *s,
                     enum event_reason reason, const struct rule *rule,
                     int64_t holder, wall_ms now);

/* Rows that a write would touch. */
size_t book_dirt(const struct book *b);

/* Writes what is dirty into the ledger's open transaction, incidents first, at
 * most that many rows. It stays marked until book_written. */
enum err book_write(struct book *b, struct ledger *l, size_t rows_max);
/* The transaction is durable: forgets the marks of what was in it, frees what
 * was dropped and the casefiles that are over and done with. */
void book_written(struct book *b);

#endif
