/* SPDX-License-Identifier: MIT */
/* What keeps the engine turning in the daemon: its thread. Made before the
 * daemon forks (an eventfd and a lock), started after. */
#ifndef INCIDENT_PULSE_H
#define INCIDENT_PULSE_H

#include "engine/engine.h"

struct pulse;

/* Never freed: whoever wakes it may come after everything has ended. */
enum err pulse_new(struct pulse **own_pulse);

/* Any thread: a turn is wanted. One system call; never blocks. */
void pulse_wake(void *pulse);

/* Starts the thread, which owns the engine from now on, and opens LEDGER.sock
 * (without it tools are noticed 100 ms later). */
enum err pulse_start(struct pulse *p, struct engine *e, struct intake *q,
                     const char *ledger_path, const char *version);

/* Any thread: waits until what the intake has accepted so far is durable.
 * ERR_BUSY: it was not within that time. */
enum err pulse_flush(struct pulse *p, span_ms wait);

/* Ends the thread; the engine is the caller's again, for a last turn. False if
 * a turn hangs for longer than that: the engine must not be touched. */
bool pulse_stop(struct pulse *p, span_ms wait);

/* After that: gives the last answers and closes the socket. */
void pulse_hang_up(struct pulse *p);

#endif
