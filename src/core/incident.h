/* SPDX-License-Identifier: MIT */
/* An incident, and what people and time do to it: pure steps that the plugin
 * and the tools share. A step changes the incident and says what to write to
 * its timeline; who is paged about it is decided by the engine alone. */
#ifndef INCIDENT_INCIDENT_H
#define INCIDENT_INCIDENT_H

#include "base/clock.h"
#include "base/json.h"
#include "core/template.h"

#include <stdbool.h>

enum status {
  STATUS_INVESTIGATING,
  STATUS_IDENTIFIED,
  STATUS_MONITORING,
  STATUS_RESOLVED,
  STATUSES
};
extern const char *const status_names[STATUSES];
enum err status_parse(const char *name, enum status *status);

struct incident {
  int64_t id;
  char *title, *description; /* description: "" if none */
  char *rule;                /* NULL: declared by a person */
  char *group_key;           /* NULL: declared by a person */
  char *severity;
  char *chain;                                /* NULL: none */
  char *service, *team, *runbook, *commander; /* NULL: none */
  char *labels;                               /* a JSON object */
  enum status status;
  bool is_test, is_private, is_major;
  wall_ms declared_at;
  char *declared_by;       /* "rule:NAME" or the person */
  wall_ms acknowledged_at; /* WALL_NEVER: not */
  char *acknowledged_by;   /* NULL: not */
  wall_ms resolved_at;     /* WALL_NEVER: not */
  char *resolved_by;       /* NULL: by itself, or not */
  int64_t alerts_firing, alerts_total;
  wall_ms join_told_at;  /* when whoever acknowledged last heard of joined
                            alerts; WALL_NEVER: not yet */
  wall_ms hold_until;    /* after a resolve by hand: until then its alerts
                            declare nothing; WALL_NEVER: no hold */
  bool is_storm;         /* "storm: RULE": of any group of its rule */
  bool is_paused;        /* what fires of it is all held back (engine/hush.h) */
  wall_ms snoozed_until; /* acknowledged until then; WALL_NEVER: not snoozed */
  wall_ms asked_at;      /* when whoever acknowledged was asked whether that
                            still holds, and nobody has said anything since;
                            WALL_NEVER: not (AckTimeout) */
  uint32_t upgrades;     /* bit i: the rule's <Upgrade> i has been through */
  /* NULL: none. Paragraphs: what is known, why it happened, how it was noticed.
   */
  char *summary, *cause, *detection;
  char *codename;      /* of a private one; NULL: incident_name has a word */
  int64_t parent;      /* the one it hangs under; 0: none */
  int64_t merged_into; /* the one it has become part of; 0: none */
};

/* Owns nothing yet: all NULL, times WALL_NEVER. */
void incident_init(struct incident *i);
void incident_fini(struct incident *i); /* frees the texts, not i */

static inline bool incident_is_open(const struct incident *i) {
  return i->status != STATUS_RESOLVED;
}

/* Replaces an owned text (NULL allowed). ERR_NOMEM leaves it as it was. */
enum err incident_set_text(char **own_text, const char *text);

/* A title that begins so is that of a test or a drill. */
#define INCIDENT_TEST_MARK "[TEST]"
bool incident_title_is_test(const char *title);
/* What stands before what it is called wherever people read that: "[TEST] " of
 * a test if it does not say so by itself, else "". */
const char *incident_mark(const struct incident *i, const char *called);

/* The value of its label of that name; nothing if it has none. i may not be
 * NULL. */
void incident_add_label(const struct incident *i, const char *name,
                        struct buf *out);

/* ---- core/incident_request.c: the timeline ---- */

/* The kinds of SPEC section 6 that exist. */
enum kind {
  KIND_DECLARED,
  KIND_ALERT,
  KIND_PAGE,
  KIND_ESCALATED,
  KIND_ACKNOWLEDGED,
  KIND_UNACKNOWLEDGED,
  KIND_SNOOZED,
  KIND_EXHAUSTED,
  KIND_SEVERITY,
  KIND_STATUS,
  KIND_RESOLVED,
  KIND_REOPENED,
  KIND_FLAPPING,
  KIND_SILENCED,  /* what a silence held back, and that it ended */
  KIND_INHIBITED, /* the same of an <Inhibit> */
  KIND_NOTE,
  KIND_ROLE,
  KIND_TASK,
  KIND_IMPACT,
  KIND_LINK,
  KIND_FIGURE,
  KIND_TEAM,
  KIND_RELEASED,
  KIND_RELATED,
  KIND_MERGED,
  KIND_EDIT,
  KIND_DECISION,
  KIND_REPORT, /* condition, actions, needs */
  KIND_FIX,
  KIND_AMENDED,
  KIND_FLAGGED, /* or not any more */
  KIND_UPDATE,  /* what is said of it */
  KIND_POSTMORTEM,
  KINDS
};
extern const char *const kind_names[KINDS];

struct entry {
  int64_t id; /* 0: the ledger gives one */
  int64_t incident;
  wall_ms at, recorded_at;
  enum kind kind;
  char *by;   /* NULL: the plugin itself */
  char *text; /* owned */
  bool is_important;
};
void entry_fini(struct entry *e);
/* A person's (by NULL: the plugin's) at that time; texts are copied. */
enum err entry_make(struct entry *e, int64_t incident, enum kind kind,
                    const char *by, const char *text, wall_ms at);
/* The timeline object of SPEC section 6; id 0 is null. And what is in it, for
 * an object that has more. */
void entry_put(const struct entry *e, struct json *j);
void entry_print(const struct entry *e, struct json *j);

/* ---- requests: what a person wants ---- */

enum verb {
  VERB_DECLARE, /* the incident's row is there already, or detail has it */
  VERB_ACK,     /* all: stop every run, not only those that paged by */
  VERB_UNACK,
  VERB_SNOOZE, /* until: acknowledged until then */
  VERB_ESCALATE,
  VERB_PAGE, /* text: a responder, schedule or chain (settings_page_who) */
  VERB_PAGE_AGAIN,   /* text: the id of a page of the incident */
  VERB_RESOLVE,      /* text: why; NULL: not said */
  VERB_NOTE,         /* text, at, important, kind */
  VERB_TEST,         /* text: chain or webhook */
  VERB_SILENCE,      /* add: text is the silence as JSON (core/silence.h); its
                        row is there already when it comes from the ledger */
  VERB_END_SILENCE,  /* silence: its id; the row has ended_at already, as above
                      */
  VERB_OVERRIDE,     /* text is the override as JSON (core/schedule.h); its row
                        is there already when it comes from the ledger */
  VERB_END_OVERRIDE, /* override: its id; the row has its end, as above */
  VERB_FORGET,   /* text: a host, or a series as signal_add_name prints it */
  VERB_ROLE,     /* role, who has it now; released: who has it no more, NULL:
                    nobody has; text for the timeline */
  VERB_RELATE,   /* other: the one it hangs under; 0: none; text as above */
  VERB_SEVERITY, /* severity, is_major, was; text as with VERB_RESOLVE */
  VERB_STATUS,   /* status, but not resolved; text the same */
  VERB_REOPEN,   /* text the same */
  VERB_EDIT,     /* field, text: what it says now; "" nothing */
  VERB_UPDATE,   /* other: a statement that is posted, or withdrawn, now */
  VERB_MERGE,    /* other: the one it has become part of; all: alerts that fire
                    have gone there; only in the ledger */
  VERBS
};
extern const char *const verb_names[VERBS];

struct request {
  int64_t id; /* ledger; 0: handed over the socket */
  enum verb verb;
  int64_t incident; /* 0: none (test, declare over the socket) */
  char *by;
  wall_ms at;          /* when it was said */
  wall_ms happened_at; /* VERB_NOTE --at; else equal to at */
  wall_ms until;       /* VERB_SNOOZE; else 0 */
  char *text;          /* NULL: none */
  bool all, is_important;
  enum kind kind;     /* VERB_NOTE: which a person writes */
  enum status status; /* VERB_STATUS */
  char *field;        /* VERB_EDIT: "title", "label:NAME" and so on */
  char *was;          /* set by incident_apply's caller who has written the
                         row; VERB_SEVERITY: the severity before, VERB_ROLE:
                         who had the role, NULL: nobody, or several may have
                         it */
  bool is_major;      /* VERB_SEVERITY: the severity is; VERB_DECLARE: it is,
                         whatever its severity */
  int64_t silence;    /* VERB_SILENCE, VERB_END_SILENCE; 0: none yet */
  int64_t override;   /* VERB_OVERRIDE, VERB_END_OVERRIDE; the same */
  int64_t other;    /* VERB_RELATE, VERB_MERGE: another incident; VERB_UPDATE */
  char *role, *who; /* VERB_ROLE */
  char *series;     /* VERB_DECLARE: names of what is attached, a line each */
  char *rule;       /* VERB_DECLARE: the one on whose behalf; see rule_lend */
  bool is_released; /* the same */
  /* VERB_DECLARE over the socket, where no row could be written: */
  char *severity, *chain, *service, *commander, *codename;
  bool is_test, is_private, no_page;
};
void request_init(struct request *r);
void request_fini(struct request *r);
/* As a JSON object and back; every field, for the ledger and the socket. */
void request_print(const struct request *r, struct json *j);
enum err request_read(const struct json_in *v, struct request *r);

/* Fills *i, which incident_init has made, with what a person declares: text is
 * the title. The chain is that of the request, else default_chain (NULL: none).
 * On ERR_NOMEM the caller still finishes *i off. */
enum err incident_declare(struct incident *i, const struct request *r,
                          int64_t id, bool is_major, const char *default_chain);

/* What it does to the incident itself: checks that it may, changes the fields,
 * and fills *entry (which has kind, texts and times; the caller frees it with
 * entry_fini). ERR_CONFLICT: *why (static) says in what state it is
 * ("already resolved"). ERR_NOMEM. The incident is untouched on failure.
 * hold: the rule's Hold, for VERB_RESOLVE while alerts fire. */
enum err incident_apply(struct incident *i, const struct request *r,
                        span_ms hold, struct entry *entry, const char **why);

/* All its alerts have cleared: resolved, or monitoring when a person closes
 * it. Fills *entry as above. */
enum err incident_calm(struct incident *i, bool auto_resolve, wall_ms now,
                       struct entry *entry);

/* The same key fires again soon after it resolved by itself: open again, with
 * its acknowledgement. Fills *entry as above. */
enum err incident_reopen(struct incident *i, wall_ms now, struct entry *entry);

/* Nobody has acknowledged it any more. What the timeline says of it is the
 * caller's. */
void incident_unacknowledge(struct incident *i);

/* Another severity; by NULL: an <Upgrade>, reason says which. ERR_CONFLICT as
 * above if it has it already. Fills *entry as above. */
enum err incident_set_severity(struct incident *i, const char *severity,
                               bool is_major, const char *by,
                               const char *reason, wall_ms now,
                               struct entry *entry, const char **why);

/* ---- core/incident_merge.c ---- */

/* What every verb answers about one that has become part of another: "merged
 * into incident 5", static per thread. NULL: it has not. */
const char *incident_is_merged(const struct incident *i);

/* Why it may not become part of the other: static per thread. NULL: it may. */
const char *incident_merge_refusal(const struct incident *i,
                                   const struct incident *into);

/* It has become part of that one: over, without alerts. ERR_NOMEM leaves it as
 * it was. */
enum err incident_merge(struct incident *i, int64_t into, const char *by,
                        wall_ms at);

/* ---- core/incident_change.c ---- */

/* VERB_SEVERITY, VERB_STATUS, VERB_REOPEN and VERB_EDIT, as incident_apply. */
bool incident_is_change(enum verb verb);
enum err incident_change(struct incident *i, const struct request *r,
                         struct entry *entry, const char **why);

/* A field of VERB_EDIT: private if its text is not "". */
#define INCIDENT_PRIVATE "private"
/* True in *is if VERB_EDIT would change nothing. */
enum err incident_says_so(const struct incident *i, const struct request *r,
                          bool *is);

/* ---- core/incident_veil.c ---- */

/* What it is called where its title is not for everybody: a private one by its
 * codename, without one by a word that its id gives; else its title. Borrowed.
 */
const char *incident_name(const struct incident *i);
/* What those who are not on a private incident may know of it: its number,
 * name, severity, status, times and who has it in hand. The texts are those of
 * i: never to be finished off. */
struct incident incident_veil(const struct incident *i);

/* ---- core/incident_print.c ---- */

/* Where to find what belongs to an incident: "" or NULL, NULL: nowhere. */
struct incident_urls {
  const char *base;
  const struct template *chat, *call; /* ChatURL, CallURL */
};

/* Adds what a placeholder says of an incident; nothing for one of an alert or a
 * page. */
void incident_add_place(const struct incident *i, enum placeholder place,
                        const char *name, struct buf *out);

/* Adds the address a template gives for it, its placeholders made fit for a
 * URL. A private incident's title is its codename there. */
void incident_add_url(const struct incident *i, const struct template *t,
                      struct buf *out);

/* The "incident" object of SPEC section 4. urls may be NULL. */
void incident_print(const struct incident *i, const struct incident_urls *urls,
                    struct json *j);

#endif
