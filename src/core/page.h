/* SPDX-License-Identifier: MIT */
/* A page: one message to one webhook, a row before it is a request. Delivery
 * is at least once under one id, in order per incident and webhook. */
#ifndef INCIDENT_PAGE_H
#define INCIDENT_PAGE_H

#include "base/json.h"
#include "base/ulid.h"
#include "core/settings.h"
#include "core/timer.h"

enum page_event {
  PAGE_PAGE,
  PAGE_UPDATE,
  PAGE_RESOLVED,
  PAGE_TEST,
  PAGE_HEARTBEAT, /* has no row */
  PAGE_EVENTS
};
extern const char *const page_event_names[PAGE_EVENTS]; /* "incident.page" … */

enum page_state {
  PAGE_PENDING,
  PAGE_SENDING,
  PAGE_DELIVERED,
  PAGE_FAILED,
  PAGE_CANCELLED,
  PAGE_STATES
};
extern const char *const page_state_names[PAGE_STATES];

/* The error of a page that a newer one of its incident, to the same webhook and
 * responder, has taken the place of before it was sent. */
#define PAGE_REPLACED "replaced by a newer page"

/* Whether the receiver has it: REACH_MAYBE after a timeout. */
enum reach { REACH_NO, REACH_MAYBE, REACH_YES };

struct page {
  struct timer timer;       /* due: when to try (again) */
  struct page *prev, *next; /* book: the incident's unfinished pages, in the
                               order in which they were due */
  struct page *ready_prev, *ready_next; /* pager: outbox or being sent */
  struct casefile *casefile;            /* engine/book.h; NULL: of none */
  struct bundle *bundle; /* engine/quota.h: its digest's; NULL: in none */
  int64_t seq;           /* ledger: order */
  char id[ULID_TEXT];
  char ack_token[ULID_TEXT]; /* "": no ack link */
  int64_t
      incident; /* 0: none: a test, a digest, about a silence or a schedule */
  int64_t run;  /* 0: of no run */
  int64_t request; /* PAGE_TEST: the request; else 0 */
  enum page_event event;
  enum page_state state;
  enum reach reach;
  const struct webhook *webhook; /* NULL: gone from the configuration */
  char *webhook_name;
  char *responder; /* NULL: a step's own webhook */
  char *chain;     /* NULL: of no chain */
  char *target;    /* "responder:alice", "webhook:ops-room", "silence:3" */
  unsigned step, round, attempts;
  wall_ms created_at, delivered_at; /* WALL_NEVER: not */
  wall_ms due_at;     /* not tried before, or when somebody had it sent again;
                         WALL_NEVER: at once */
  wall_ms owed_since; /* when what it is about came in; 0: before the start */
  span_ms tried;      /* time spent trying: attempts and the waits between */
  int http_status;
  char *error, *response; /* of the last attempt; NULL: none */
  char *tries;   /* all attempts but one that delivered it: page_note_attempt;
                    NULL: none */
  char *content; /* what a notice, or a page of no incident, tells, as JSON;
                    NULL: nothing more */
  bool is_dirty;
  bool is_stored;    /* has a row: only what can change is written again */
  bool is_dropped;   /* book: to be freed once it is written */
  bool is_ready;     /* pager: in its outbox */
  bool is_delayed;   /* pager: not of its channel before due_at */
  bool is_unlimited; /* pager: goes in place of the digest it was alone in */
  bool is_unwanted;  /* being sent while there is no more use for it */
};

/* A page of no incident may be about a silence, which its target names:
 * "silence:3". 0: it is not. */
int64_t page_silence(const struct page *p);
void page_name_silence(int64_t id, char *target, size_t size);
/* The schedule that has been handed over, of a page about that: "schedule:N" is
 * its target. NULL: it is about something else. */
const char *page_schedule(const struct page *p);
void page_name_schedule(const char *name, char *target, size_t size);

/* True if it stands for pages beyond PageLimit (core/digest.h): a page if one
 * of them is, else an update. */
bool page_is_digest(const struct page *p);

/* PAGE_REPLACED has ended it. */
bool page_is_replaced(const struct page *p);

/* Why it is not sent again; NULL: it can be. is_open: its incident. */
const char *page_refusal(const struct page *p, bool is_open);

/* A notice goes to the webhook of a <Notify> and pages nobody; its target says
 * so: "notify:ops-room". */
bool page_is_notice(const char *target);
/* What somebody has said, "statement:3", is a notice; what somebody owes,
 * "reminder:7", and who leads it now, "role:commander", are not. They tell what
 * no other page does: they neither give way to another page nor take its place,
 * but for one about the same. */
bool page_stands_alone(const char *target);
#define PAGE_STATEMENT "statement:"
#define PAGE_REMINDER "reminder:"
#define PAGE_ROLE "role:"

void page_fini(struct page *p); /* frees the texts, not p */

/* An attempt that has not delivered it, or had before it was sent again: how it
 * ended, at; 0 and NULL: no answer, nothing wrong. Of many the first
 * PAGE_TRIES_FIRST and the last ones are kept, of an answer the beginning.
 * Without memory it is not kept. */
#define PAGE_TRIES_FIRST 8
#define PAGE_TRIES_MAX 24
#define PAGE_TRY_RESPONSE 256 /* bytes */
void page_note_attempt(struct page *p, wall_ms at, int http_status,
                       const char *error, const char *response);
/* An array of all that are kept and, if it was delivered, of the last one:
 * {"attempt","at","http_status","error","response"}. */
void page_print_attempts(const struct page *p, struct json *j);

static inline bool page_is_unfinished(const struct page *p) {
  return p->state == PAGE_PENDING || p->state == PAGE_SENDING;
}

/* How long to wait after attempt number attempts (1 first) that was answered
 * with retry_after (0: nothing said): 1 s doubling to 60 s, jitter in
 * [-0.2, 0.2] of it; Retry-After when larger. */
span_ms page_backoff(unsigned attempts, span_ms retry_after, double jitter);

#endif
