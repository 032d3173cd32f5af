/* SPDX-License-Identifier: MIT */
/* Tells other plugins of the daemon: they may block in it (notify_email speaks
 * SMTP there), so it has a thread of its own and a bounded queue. */
#ifndef INCIDENT_HERALD_H
#define INCIDENT_HERALD_H

#include "engine/engine.h"

struct herald;

/* More than that many waiting: the oldest is dropped, and a WARNING logged. */
#define HERALD_MAX 64

/* dispatch runs on the herald's thread and may block. */
enum err herald_new(void (*dispatch)(const struct announcement *a),
                    struct herald **own_herald);
/* Any thread; copies, never blocks. Fits struct engine_parts.announce. */
void herald_post(void *herald, const struct announcement *a);
/* Waits that long for what is being dispatched, drops the rest. Leaks the
 * herald if the thread does not end. */
void herald_stop(struct herald *own_herald, span_ms wait);

#endif
