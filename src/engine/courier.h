/* SPDX-License-Identifier: MIT */
/* Carries parcels: one HTTP request each, one attempt, one outcome. What is
 * retried, when and how often is the engine's business. A thread of its own
 * with one curl multi handle; a slow or dead webhook delays no other.
 *
 * At most settings.webhook.in_flight_max requests run per webhook; the rest of
 * its parcels wait in order. At most 256 transfers in all (and a quarter of
 * RLIMIT_NOFILE), half of them kept for proven webhooks: those whose last
 * request got an answer. Of one that is not proven, or not yet, one transfer at
 * a time resolves its name and connects. */
#ifndef INCIDENT_COURIER_H
#define INCIDENT_COURIER_H

#include "base/clock.h"
#include "base/err.h"
#include "base/ulid.h"

#include <stdbool.h>
#include <stdint.h>

struct webhook; /* core/settings.h */
struct settings;
struct courier;

enum parcel_way {
  PARCEL_WAITS,
  PARCEL_CONNECTS, /* its request is begun, but not a byte of it is sent */
  PARCEL_UNWANTED, /* the same, and it is to go no further */
  PARCEL_SENT
};

struct parcel {
  struct parcel *next;           /* the sender's, then the courier's */
  struct parcel *prev, *alike;   /* the courier's */
  _Atomic int way;               /* the courier's: enum parcel_way */
  char id[ULID_TEXT];            /* the page's: webhook-id */
  const struct webhook *webhook; /* until its settings are retired */
  char *body;                    /* owned */
  size_t body_len;
};

enum verdict {
  VERDICT_DELIVERED, /* 2xx, unless its body says otherwise (core/format.h) */
  VERDICT_RETRY,     /* 408, 425, 429, 5xx, could not connect, TLS, DNS */
  VERDICT_MAYBE,     /* as RETRY, but the receiver may have got it: the request
                        was sent and no answer came back */
  VERDICT_FAILED     /* any other answer: no use in trying again */
};

#define OUTCOME_RESPONSE_MAX 4096
#define OUTCOME_ERROR_MAX 160

struct outcome {
  struct outcome *next;
  char id[ULID_TEXT];
  enum verdict verdict;
  int http_status;     /* 0: no answer */
  span_ms retry_after; /* from Retry-After (seconds or HTTP date); 0: none */
  span_ms took;        /* monotonic, start to end of the attempt */
  char error[OUTCOME_ERROR_MAX]; /* one line without secrets: "HTTP 503",
                                    "could not connect to host:port"; "" when
                                    delivered */
  char *response; /* first 4 KiB as valid UTF-8; NULL when empty; owned */
};
void parcel_free(struct parcel *own_parcel);
void outcome_free(struct outcome *own_outcome);

/* Called on the courier's thread after outcomes were added, without a lock. */
typedef void courier_wake(void *arg);

/* Starts the thread (named "incident send", all signals blocked). user_agent is
 * copied. Calls curl_global_init; never curl_global_cleanup, others in the
 * process use curl too. */
enum err courier_new(const char *user_agent, courier_wake *wake, void *arg,
                     struct courier **own_courier);

/* Takes the parcel over, in any case; never blocks longer than a leaf mutex.
 * Its outcome comes, whatever happens, unless it is withdrawn or the courier
 * is freed first. */
void courier_send(struct courier *c, struct parcel *own_parcel);

/* As courier_send, but of its request nothing goes out before courier_release,
 * which must follow, or courier_stop: what a commit has to come before gets its
 * connection meanwhile. False: not now, there is other work; nothing has
 * happened then. Until the release no other parcel may be sent. */
bool courier_prepare(struct courier *c, struct parcel *own_parcel);
void courier_release(struct courier *c);

/* Takes back a parcel whose request has not begun: true, and it is freed and
 * no outcome comes. False: it is being sent, or unknown; while there is no
 * connection for it yet, it is not sent any more, and its outcome comes. */
bool courier_withdraw(struct courier *c, const char *id);

/* No more parcels to the webhooks of those settings will come: takes them over
 * and frees them as soon as it needs none of them, at courier_free at last. */
void courier_retire(struct courier *c, struct settings *own_settings);

/* Outcomes since the last call, oldest first; the caller frees the list. */
struct outcome *courier_outcomes(struct courier *c);

/* Stops: requests under way get until the given time has passed to end, those
 * that have not are cut off (the outcomes of both can be had until
 * courier_free), waiting parcels are dropped without an outcome, then the
 * thread ends. Returns in grace + 0.5 s at most. */
void courier_stop(struct courier *c, span_ms grace);
void courier_free(struct courier *c);

#endif
