/* SPDX-License-Identifier: MIT */
/* What a page tells, and how format "incident", version 1, does (SPEC section
 * 4). The other formats: core/format.h. */
#ifndef INCIDENT_MESSAGE_H
#define INCIDENT_MESSAGE_H

#include "core/alert.h"
#include "core/digest.h"
#include "core/handover.h"
#include "core/incident.h"
#include "core/page.h"
#include "core/run.h"
#include "core/silence.h"
#include "core/trend.h"

#define MESSAGE_ALERTS_MAX 20

/* What a person has to say (core/statement.h), as a page tells it. */
struct message_update {
  int64_t id;
  const char *subject, *body;
  const char *wording, *by; /* wording: NULL: none */
  const char *next_at;      /* RFC 3339; NULL: it does not say */
  bool is_withdrawn;        /* forget that it was said */
};

struct message {
  const struct page *page;
  const struct incident *incident;   /* NULL: it is about one of these */
  const struct silence *silence;     /* NULL: it is not about one */
  const struct handover *handover;   /* the same */
  const struct digest *digest;       /* the same */
  const struct heartbeat *heartbeat; /* the same */
  const char *text; /* a notice: what has happened, a reminder: what is owed;
                       NULL: not said */
  const struct message_update *update;            /* NULL: it is not one */
  const struct alert *alerts[MESSAGE_ALERTS_MAX]; /* worst and newest first */
  const struct trend *trends[MESSAGE_ALERTS_MAX]; /* theirs; NULL: not known */
  size_t alerts_n;
  int64_t alerts_omitted;
  int64_t hosts;             /* that fire */
  enum gravity gravity;      /* of its severity */
  const struct chain *chain; /* the page's; NULL: none, or gone */
  const char *ledger_id;     /* tells incident 42 from that of another ledger */
  wall_ms next_step_at;      /* WALL_NEVER: none */
  wall_ms sent_at;
  const char *base_url;                       /* "": none */
  const struct template *chat_url, *call_url; /* NULL: none */
};

/* Links, "" without a base_url. */
void message_add_url(const struct message *m, struct buf *out);
void message_add_ack_url(const struct message *m, struct buf *out);
/* What all pages about the same thing have in common and no others: at most
 * MESSAGE_KEY bytes with the NUL. */
#define MESSAGE_KEY 64
void message_key(const struct message *m, char key[MESSAGE_KEY]);

/* The caller frees *own_body. */
enum err message_print(const struct message *m, char **own_body);

/* What is in an alert object of SPEC section 4, for one that may have more.
 * trend may be NULL. */
void alert_put(const struct alert *a, const struct trend *trend,
               struct json *j);

/* A stand-in incident for incident.test. The caller incident_fini's it. */
enum err message_test_incident(wall_ms now, struct incident *incident);

#endif
