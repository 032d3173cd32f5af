/* SPDX-License-Identifier: MIT */
/* What a request came to: verdict, reason, when to try again. */
#ifndef INCIDENT_COURIER_ANSWER_H
#define INCIDENT_COURIER_ANSWER_H

#include "engine/courier_webhook.h"

/* Fills all of o but id and took. code is libcurl's, or POST_CUT_OFF. */
void answer_judge(const struct post *p, int code, wall_ms now,
                  struct outcome *o);

/* Retry-After: seconds or an HTTP date; 0 for anything else or the past. */
span_ms answer_retry_after(const char *value, wall_ms now);

#endif
