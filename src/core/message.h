/* SPDX-License-Identifier: MIT */
/* What a webhook receives: format "incident", version 1 (SPEC section 4). */
#ifndef INCIDENT_MESSAGE_H
#define INCIDENT_MESSAGE_H

#include "core/alert.h"
#include "core/incident.h"
#include "core/page.h"
#include "core/run.h"
#include "core/silence.h"
#include "core/trend.h"

#define MESSAGE_ALERTS_MAX 20

struct message {
  const struct page *page;
  const struct incident *incident; /* NULL: it is about a silence */
  const struct silence *silence;   /* NULL: it is not */
  const struct alert *alerts[MESSAGE_ALERTS_MAX]; /* worst and newest first */
  const struct trend *trends[MESSAGE_ALERTS_MAX]; /* theirs; NULL: not known */
  size_t alerts_n;
  int64_t alerts_omitted;
  size_t steps;         /* of the page's chain; 0: of no chain */
  wall_ms next_step_at; /* WALL_NEVER: none */
  wall_ms sent_at;
  const char *base_url; /* "": none */
};

/* The caller frees *own_body. */
enum err message_print(const struct message *m, char **own_body);

/* One alert object of SPEC section 4, also for `incidentctl show --json`; and
 * what is in it, for an object that has more. trend may be NULL. */
void alert_print(const struct alert *a, const struct trend *trend,
                 struct json *j);
void alert_put(const struct alert *a, const struct trend *trend,
               struct json *j);

/* A stand-in incident for incident.test. The caller incident_fini's it. */
enum err message_test_incident(wall_ms now, struct incident *incident);

#endif
