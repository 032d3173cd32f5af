/* SPDX-License-Identifier: MIT */
/* All the ledger can do, in domain words (SPEC section 5). One handle per
 * thread, never shared. No type of SQLite leaves this room.
 *
 * Errors: ERR_BUSY (locked by somebody else for longer than the wait), ERR_IO
 * (disk full, I/O error: may pass), ERR_CORRUPT, ERR_NEWER, ERR_NOMEM. The
 * ledger logs none of them; ledger_why has one line about the last. */
#ifndef INCIDENT_LEDGER_H
#define INCIDENT_LEDGER_H

#include "core/absence.h"
#include "core/alert.h"
#include "core/figure.h"
#include "core/impact.h"
#include "core/incident.h"
#include "core/page.h"
#include "core/postmortem.h"
#include "core/reminder.h"
#include "core/report.h"
#include "core/role.h"
#include "core/run.h"
#include "core/schedule.h"
#include "core/silence.h"
#include "core/statement.h"
#include "core/task.h"
#include "core/team.h"
#include "core/trend.h"
#include "core/weblink.h"

#include <sys/types.h>

struct ledger;
struct settings;

/* ---- locks beside the ledger: LEDGER.lock ---- */

/* Byte 0 belongs to the one plugin instance, byte 1 is shared by everybody who
 * has the ledger open; moving a corrupt file aside takes it exclusively. POSIX
 * record locks; the file is 0640 and never removed. */
struct ledger_lock {
  int fd; /* -1: none */
};

/* ERR_BUSY: *holder is the pid of the instance that has it. ERR_IO. Must not
 * be called twice in one process for one path (closing drops the locks). */
enum err ledger_lock_own(const char *path, struct ledger_lock *lock,
                         pid_t *holder);
void ledger_lock_release(struct ledger_lock *lock);

/* The pid of the running plugin instance, 0 when there is none, -1 when that
 * cannot be told. Safe only in a process that does not own the lock. */
pid_t ledger_owner(const char *path);

/* ---- opening ---- */

enum ledger_use {
  LEDGER_OWN,   /* the plugin: creates, migrates; holds ledger_lock_own */
  LEDGER_SHARE, /* a tool that may write; migrates an older schema, creates
                   nothing: ERR_NOTFOUND when there is no file */
  LEDGER_READ   /* a tool that only reads */
};

/* Once, while the process has one thread and before it uses SQLite: then that
 * does not count its memory, for which each allocation takes a lock. Without
 * effect if somebody has used it already. */
void ledger_init(void);

/* WAL, synchronous=FULL, foreign keys, no automatic checkpoints, file mode
 * 0640 (whatever the umask), O_CLOEXEC. ERR_NEWER leaves the file unchanged.
 * ERR_CORRUPT when it is no database or damaged (quick look at the schema and
 * the rows of open incidents, not an integrity check). *why (may be NULL) is a
 * line about a failure, static per thread. */
enum err ledger_open(const char *path, enum ledger_use use,
                     struct ledger **own_ledger, const char **why);
void ledger_close(struct ledger *l);
/* Whoever writes is spared the first use of each statement that a page needs.
 */
enum err ledger_prepare(struct ledger *l);
const char *ledger_why(const struct ledger *l);
const char *ledger_path(const struct ledger *l);

/* A corrupt ledger: moves it and its -wal and -shm aside as
 * PATH.corrupt-YYYYMMDDTHHMMSSZ, creates a new one and copies what can still
 * be read: open incidents with their alerts, runs, unfinished pages, then the
 * timeline and the rest. Says what was saved. Needs ledger_lock_own; waits up
 * to 2 s for tools to let go, then goes on. */
struct ledger_salvage {
  char moved_to[1024];
  int64_t incidents, alerts, pages, entries; /* saved */
  bool is_complete;                          /* nothing was unreadable */
};
enum err ledger_replace(const char *path, wall_ms now,
                        struct ledger_salvage *salvage, const char **why);

/* PRAGMA integrity_check, foreign_key_check, and the product's invariants
 * (status and resolved_at agree, at most one open incident per rule and group
 * key, alert counters are right, no page sent for a missing incident, …).
 * Calls back with one line per finding; OK also with findings. */
typedef void ledger_finding(void *arg, const char *line);
enum err ledger_verify(struct ledger *l, ledger_finding *found, void *arg,
                       int64_t *findings);

/* ---- transactions ---- */

/* BEGIN IMMEDIATE, retried every 0.1 ms up to wait. */
enum err ledger_begin(struct ledger *l, span_ms wait);
/* On any error the transaction is rolled back. */
enum err ledger_commit(struct ledger *l);
void ledger_rollback(struct ledger *l);

/* True if another connection has committed since the last call (PRAGMA
 * data_version; one system call when nothing happened). */
bool ledger_has_changed(struct ledger *l);

/* A PASSIVE checkpoint, for when there is nothing else to do; cheap when the
 * log is empty. Returns frames still in the log, -1 on error. */
int ledger_checkpoint(struct ledger *l);

/* ---- rows, for the plugin's turn (inside a transaction) ---- */

/* Insert or update the whole row by its id. The put of an incident inserts or
 * updates; ids are given by the caller (ledger_next_ids). */
enum err ledger_put_incident(struct ledger *l, const struct incident *i);
/* An alert that is over, of no incident, and never fired has no row. */
enum err ledger_put_alert(struct ledger *l, const struct alert *a);
/* Several at once, which is cheaper. ERR_INVALID and none: not all of them are
 * new, or one is refused. */
#define LEDGER_ALERTS 16
enum err ledger_add_alerts(struct ledger *l,
                           const struct alert *const alerts[LEDGER_ALERTS]);
enum err ledger_put_run(struct ledger *l, const struct run *r);
enum err ledger_put_page(struct ledger *l, const struct page *p);
/* e->id 0: a new row, whose id is set in *e. */
enum err ledger_put_entry(struct ledger *l, struct entry *e);
/* The event log. The last 1000 are kept. */
enum event_reason {
  EVENT_UNMATCHED, /* a failure that no rule took; counted */
  EVENT_RECORDED,  /* its rule says Record */
  EVENT_SILENCED,
  EVENT_INHIBITED,
  EVENT_REASONS
};
struct event {
  wall_ms at;
  enum event_reason reason;
  char *rule;     /* NULL: none */
  int64_t holder; /* silence or incident that held it back; 0: none */
  struct signal *signal;
};
enum err ledger_put_event(struct ledger *l, const struct event *e);

/* Insert or update by its id. */
enum err ledger_put_silence(struct ledger *l, const struct silence *s);
enum err ledger_put_override(struct ledger *l, const struct override *o);
/* A watch for a series' absence; the rule's name and the series are its key.
 * With is_dropped it is removed. */
enum err ledger_put_absence(struct ledger *l, const struct absence *a);
/* An alert's samples; replaces what there was. */
enum err ledger_put_evidence(struct ledger *l, int64_t incident, int64_t alert,
                             const char *data_source,
                             const struct trend *trend);

/* The next free id of each kind, so that they can be counted on in memory. */
struct ledger_ids {
  int64_t incident, alert, run, page_seq, silence, override;
};
enum err ledger_next_ids(struct ledger *l, struct ledger_ids *ids);

/* Settings of the ledger itself: "id" (a ULID, made with the file), "config"
 * (the public configuration), "started_at", "events_unmatched", … NULL value:
 * not there. The caller frees *own_value. */
enum err ledger_get(struct ledger *l, const char *key, char **own_value);
enum err ledger_set(struct ledger *l, const char *key, const char *value);

/* ---- loading, for the plugin's start ---- */

/* Incidents that are open, or have unfinished pages or live alerts; then their
 * alerts (all of open ones, live ones of others), runs, and pages (unfinished
 * ones, and those of open incidents that were reached or may have been); then
 * the rest.
 * Every callback owns what it is given (heap memory, _fini then free), except
 * that a callback that returns an error ends the loading with it. Rule, chain
 * and webhook pointers are NULL: names are in the rows (alert: rule_name). */
struct ledger_loader {
  void *arg;
  span_ms within; /* also incidents that resolved by themselves that long, at
                     most, before the newest timeline entry, with all of their
                     alerts, and cleared alerts of none (Reopen, flapping); 0:
                     neither */
  enum err (*incident)(void *arg, struct incident *own_incident);
  enum err (*alert)(void *arg, struct alert *own_alert, int64_t incident,
                    const char *rule_name);
  enum err (*run)(void *arg, struct run *own_run);
  enum err (*page)(void *arg, struct page *own_page);
  /* Those that were not ended; their time may be over. */
  enum err (*silence)(void *arg, struct silence *own_silence);
  /* By id; those that end after overrides_after. */
  wall_ms overrides_after;
  enum err (*override)(void *arg, struct override *own_override);
  enum err (*absence)(void *arg, struct absence *own_absence,
                      const char *rule_name);
  /* Of the open ones and those within. */
  enum err (*evidence)(void *arg, int64_t incident, int64_t alert,
                       const char *data_source, struct trend *own_trend);
};
enum err ledger_load(struct ledger *l, const struct ledger_loader *to);
/* One incident with its runs and pages, and what has become part of it with
 * its pages, for what a tool has declared. */
enum err ledger_load_incident(struct ledger *l, int64_t id,
                              const struct ledger_loader *to);

/* ---- requests of the tools ---- */

enum err ledger_add_request(struct ledger *l, struct request *r); /* sets id */
/* Those above after, in order; the callback borrows the request. */
enum err ledger_requests(struct ledger *l, int64_t after,
                         enum err (*each)(void *arg, const struct request *r),
                         void *arg);
/* They have been carried out: removed. */
enum err ledger_drop_requests(struct ledger *l, int64_t up_to);

/* ---- reading, for the tools ---- */

/* ERR_NOTFOUND. The caller incident_fini's *own_incident. */
enum err ledger_incident(struct ledger *l, int64_t id,
                         struct incident *own_incident);

struct ledger_filter {
  bool all;             /* else open ones only, unless there is a status */
  const char *status;   /* NULL: any */
  const char *severity; /* NULL: any */
  const char *rule;     /* NULL: any */
  const char *search;   /* NULL: any; part of title or description */
  wall_ms since;        /* declared then or later; 0: any */
  bool private_only;
};
/* Newest first; callbacks borrow. */
enum err ledger_list(struct ledger *l, const struct ledger_filter *filter,
                     enum err (*each)(void *arg, const struct incident *i),
                     void *arg);
/* What hangs under that incident, or has become part of it, by id; each
 * borrows. */
enum err ledger_related(struct ledger *l, int64_t id,
                        enum err (*each)(void *arg, const struct incident *i),
                        void *arg);
/* Worst and newest first, live ones before cleared ones; limit 0: all. The
 * alert's rule and incident pointers are NULL. */
enum err ledger_alerts(struct ledger *l, int64_t incident, int64_t limit,
                       enum err (*each)(void *arg, const struct alert *a,
                                        const char *rule_name),
                       void *arg);
/* The same for all that have not cleared, of whatever incident or none. */
enum err ledger_live_alerts(struct ledger *l,
                            enum err (*each)(void *arg, const struct alert *a,
                                             const char *rule_name),
                            void *arg);
/* Oldest first (by at, then id), with the entries of what has become part of
 * it, whose incident is still that one. */
enum err ledger_timeline(struct ledger *l, int64_t incident,
                         enum err (*each)(void *arg, const struct entry *e),
                         void *arg);
/* In order of seq, with those of what has become part of it; incident 0 with
 * request: the pages of a test. */
enum err ledger_pages(struct ledger *l, int64_t incident, int64_t request,
                      enum err (*each)(void *arg, const struct page *p),
                      void *arg);
enum err ledger_runs(struct ledger *l, int64_t incident,
                     enum err (*each)(void *arg, const struct run *r),
                     void *arg);
/* ERR_NOTFOUND. The caller entry_fini's *own_entry. */
enum err ledger_entry(struct ledger *l, int64_t id, struct entry *own_entry);
/* What an amended entry said before. */
struct original {
  int64_t entry;
  wall_ms at;
  const char *text;
  wall_ms amended_at;
  const char *amended_by;
};
enum err ledger_add_original(struct ledger *l, const struct original *o);
/* Those of an incident's entries, by entry, oldest first; each borrows. */
enum err ledger_originals(struct ledger *l, int64_t incident,
                          enum err (*each)(void *arg, const struct original *o),
                          void *arg);
/* When anybody has last written to the incident's timeline, now at the latest;
 * WALL_NEVER: nobody yet. */
enum err ledger_last_human(struct ledger *l, int64_t incident, wall_ms now,
                           wall_ms *at);
/* The page whose id is, or begins with, that. ERR_NOTFOUND; ERR_CONFLICT: there
 * are several. The caller page_fini's *own_page. */
enum err ledger_page(struct ledger *l, const char *begin,
                     struct page *own_page);
/* For a resolved one that is opened again: how many of its alerts fire, and an
 * open incident of its group (0: none). */
enum err ledger_reopening(struct ledger *l, const struct incident *i,
                          int64_t *firing, int64_t *other);
/* True in *was if a page of the incident, or of what has become part of it, was
 * made for that responder. */
enum err ledger_was_paged(struct ledger *l, int64_t incident,
                          const char *responder, bool *was);

/* ERR_NOTFOUND. Newest first. over: also those that have ended. */
enum err ledger_silence(struct ledger *l, int64_t id,
                        struct silence *own_silence);
enum err ledger_silences(struct ledger *l, bool over, wall_ms now,
                         enum err (*each)(void *arg, const struct silence *s),
                         void *arg);
/* ERR_NOTFOUND. The caller override_fini's *own_override. */
enum err ledger_override(struct ledger *l, int64_t id,
                         struct override *own_override);
/* Those that end after that time, by id; each borrows. */
enum err ledger_overrides(struct ledger *l, wall_ms after,
                          enum err (*each)(void *arg, const struct override *o),
                          void *arg);
/* The samples of an incident's alerts; each borrows. */
enum err ledger_evidence(struct ledger *l, int64_t incident,
                         enum err (*each)(void *arg, int64_t alert,
                                          const char *data_source,
                                          const struct trend *trend),
                         void *arg);

/* ---- working on an incident ---- */

/* Insert (id 0, which is set then) or update; of an update, what can change: a
 * task's assignee and times, a team's leader and times, an impact's end. */
enum err ledger_put_task(struct ledger *l, struct task *t);
enum err ledger_put_team(struct ledger *l, struct team *t);
enum err ledger_put_impact(struct ledger *l, struct impact *i);
enum err ledger_add_link(struct ledger *l, struct weblink *w);
/* Another number of that name: the last counts. */
enum err ledger_add_count(struct ledger *l, struct figure *f);
/* until WALL_NEVER: h->who has the role from h->since on, and whoever had it
 * has it no more unless it is shared. Else h->who (NULL: whoever) has it no
 * more, and nothing is inserted. */
enum err ledger_change_role(struct ledger *l, struct holding *h);
enum err ledger_add_reminder(struct ledger *l, struct reminder *m);
/* Those of that kind and subject (0: of none) are of no more use. */
enum err ledger_end_reminders(struct ledger *l, int64_t incident,
                              enum reminder_kind kind, int64_t subject,
                              wall_ms now);

/* ERR_NOTFOUND. The caller finishes it off. */
enum err ledger_task(struct ledger *l, int64_t id, struct task *own_task);
enum err ledger_impact(struct ledger *l, int64_t id, struct impact *own_impact);
/* Those of an incident, oldest first; each borrows. */
enum err ledger_roles(struct ledger *l, int64_t incident,
                      enum err (*each)(void *arg, const struct holding *h),
                      void *arg);
enum err ledger_teams(struct ledger *l, int64_t incident,
                      enum err (*each)(void *arg, const struct team *t),
                      void *arg);
enum err ledger_tasks(struct ledger *l, int64_t incident,
                      enum err (*each)(void *arg, const struct task *t),
                      void *arg);
enum err ledger_impacts(struct ledger *l, int64_t incident,
                        enum err (*each)(void *arg, const struct impact *i),
                        void *arg);
enum err ledger_links(struct ledger *l, int64_t incident,
                      enum err (*each)(void *arg, const struct weblink *w),
                      void *arg);
/* All numbers by name, oldest first: the last of each name counts. */
enum err ledger_counts(struct ledger *l, int64_t incident,
                       enum err (*each)(void *arg, const struct figure *f),
                       void *arg);
/* What is not done of all incidents, what is due first comes first. */
enum err ledger_open_tasks(struct ledger *l,
                           enum err (*each)(void *arg, const struct task *t),
                           void *arg);

/* ---- what is said of it, and when it is owed ---- */

/* Insert (id 0, which is set then) or update: of an update state, who approved
 * it, when it was posted and when the next one comes, and what it says. */
enum err ledger_put_statement(struct ledger *l, struct statement *s);
/* ERR_NOTFOUND. The caller statement_fini's it. */
enum err ledger_statement(struct ledger *l, int64_t id,
                          struct statement *own_statement);
/* Of an incident, oldest first; each borrows. */
enum err ledger_statements(struct ledger *l, int64_t incident,
                           enum err (*each)(void *arg,
                                            const struct statement *s),
                           void *arg);

/* When the first that has not ended is due; WALL_NEVER: there is none. */
enum err ledger_next_reminder(struct ledger *l, wall_ms *due);
/* At most so many that are due, the oldest first; each borrows. */
enum err ledger_due_reminders(struct ledger *l, wall_ms now, int64_t max,
                              enum err (*each)(void *arg,
                                               const struct reminder *m),
                              void *arg);
/* Those of an incident that have not ended; each borrows. */
enum err ledger_reminders(struct ledger *l, int64_t incident,
                          enum err (*each)(void *arg, const struct reminder *m),
                          void *arg);
/* It has come, and was due then: writes when it comes again. Nothing if
 * somebody has moved or ended it meanwhile. */
enum err ledger_step_reminder(struct ledger *l, const struct reminder *m,
                              wall_ms was);
/* A clock of that kind runs for the incident, due then at the latest: the one
 * that there is, or this one. */
enum err ledger_start_clock(struct ledger *l, struct reminder *m);
/* If there is one of that kind: due then, and nothing is owed. */
enum err ledger_move_clock(struct ledger *l, int64_t incident,
                           enum reminder_kind kind, wall_ms due, span_ms every);
enum err ledger_end_clock(struct ledger *l, int64_t incident,
                          enum reminder_kind kind, wall_ms now);
/* m->incident is over, and a meeting about it is due at m->due_at: whoever owes
 * that is reminded then, and of nothing said before, if there is a postmortem
 * without one, or has to be. */
enum err ledger_owe_meeting(struct ledger *l, const struct reminder *m,
                            wall_ms now);
/* The time was set back: no clock is due later than it can be. */
enum err ledger_clamp_clocks(struct ledger *l, wall_ms now);
/* Who has the role; NULL: nobody. The caller frees *own_who. */
enum err ledger_holder(struct ledger *l, int64_t incident, const char *role,
                       char **own_who);

/* Inside a transaction that also writes the rows of both: what hangs on the
 * incident goes to the other, roles and teams end, and what was part of it is
 * part of the other. *firing: how many alerts of the other fire now. */
enum err ledger_merge(struct ledger *l, int64_t id, int64_t into, wall_ms now,
                      int64_t *firing);

/* ---- what is learnt from it ---- */

/* Insert or update. */
enum err ledger_put_postmortem(struct ledger *l, const struct postmortem *p);
/* ERR_NOTFOUND. The caller postmortem_fini's it. */
enum err ledger_postmortem(struct ledger *l, int64_t incident,
                           struct postmortem *own_postmortem);
/* Resolved incidents that were major, and no test, without one, and all whose
 * postmortem is not closed: the one that was resolved first comes first, after
 * those that are open. */
enum err ledger_postmortems_owed(struct ledger *l,
                                 enum err (*each)(void *arg, int64_t incident),
                                 void *arg);
/* When something was last written to a timeline; 0: never. */
enum err ledger_newest(struct ledger *l, wall_ms *recorded_at);
/* Fills one that report_init has begun, and ends it; the caller report_fini's
 * it in any case. */
enum err ledger_report(struct ledger *l, wall_ms now, struct report *report);

/* Removes resolved incidents that ended before that time with all that hangs on
 * them, and what is of none and older; not those with something left to do.
 * One transaction of its own of at most so many rows; ERR_BUSY after wait. */
struct ledger_pruned {
  int64_t incidents, rows; /* that are gone */
  bool is_done;            /* nothing is left to remove */
};
enum err ledger_prune(struct ledger *l, wall_ms before, int64_t rows_max,
                      span_ms wait, struct ledger_pruned *pruned);

/* What `status` tells. */
struct ledger_figures {
  int64_t open, unacknowledged;
  int64_t alerts_silenced, alerts_inhibited;              /* held back now */
  int64_t pages_pending, pages_sending, pages_failed_day; /* last 24 h */
  wall_ms oldest_pending;                                 /* WALL_NEVER: none */
  int64_t events_unmatched, requests_waiting;
  /* Of the last 24 h, as far as the event log goes back. */
  int64_t recorded_day, silenced_day, inhibited_day;
};
enum err ledger_figures(struct ledger *l, wall_ms now,
                        struct ledger_figures *figures);
/* Open incidents by severity name, worst first as the settings have it (NULL:
 * there are none), then those that they do not know by name. */
enum err ledger_open_by_severity(
    struct ledger *l, const struct settings *settings,
    enum err (*each)(void *arg, const char *name, int64_t n), void *arg);
/* Webhooks whose last finished or tried page did not get through. */
enum err
ledger_failing_webhooks(struct ledger *l,
                        enum err (*each)(void *arg, const char *webhook,
                                         wall_ms since, const char *error),
                        void *arg);

#endif
