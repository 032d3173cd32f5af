/* SPDX-License-Identifier: MIT */
/* Threads of ours in a daemon of others: named, with every signal blocked, and
 * never waited for without an end. */
#ifndef INCIDENT_THREAD_H
#define INCIDENT_THREAD_H

#include "base/clock.h"

#include <pthread.h>

/* name: at most 15 bytes. ERR_IO if it will not start. */
enum err thread_start(const char *name, void *(*run)(void *arg), void *arg,
                      pthread_t *thread);

/* True if it ended within that time; else it is let go and may still run, so
 * that what it uses must stay. */
bool thread_join(pthread_t thread, span_ms wait);

#endif
