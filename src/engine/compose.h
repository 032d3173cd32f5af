/* SPDX-License-Identifier: MIT */
/* A page's body in its webhook's format, from what the book knows at the moment
 * of sending. */
#ifndef INCIDENT_COMPOSE_H
#define INCIDENT_COMPOSE_H

#include "engine/duty.h"

/* The page has a webhook; one about a silence needs that in the book.
 * run: the page's, NULL if it is of none. The caller frees *own_body. */
enum err compose_page(const struct book *b, const struct duty_roster *duty,
                      const struct page *page, const struct run *run,
                      wall_ms now, char **own_body);

/* A beat's body. The caller frees *own_body. */
enum err compose_heartbeat(const struct book *b, const struct heartbeat *h,
                           const char *id, unsigned attempt, wall_ms now,
                           char **own_body);

#endif
