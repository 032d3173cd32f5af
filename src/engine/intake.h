/* SPDX-License-Identifier: MIT */
/* Where collectd's threads leave their signals: bounded, many writers, one
 * reader. A writer packs and hashes outside the lock, one of a few that series
 * share by their hash; under it there is a probe of the series index and a
 * memcpy, never an allocation that can block on the reader, never a system call
 * but the wake-up.
 *
 * The open generation takes signals; the reader closes it and reads it in the
 * order of arrival while the next one fills. Per series (hash and packed
 * bytes) a generation keeps changes, not repetitions: a signal with the level
 * and text_hash of the series' latest replaces that one (value, times, text).
 * If the intake is to say when it was received, it was with the first of them.
 * After 16 changes of a series in one generation (1024 where text matters, and
 * of readings) the last two are the worst and the latest since. Notifications
 * and what values say of a series (SIGNAL_FIRST, SIGNAL_READING) are kept apart
 * as if they were of two.
 *
 * Memory: chunks of 256 KiB up to a ceiling, towards which each counts as a
 * whole. Above half of it OKAYs of series that are not in the generation are
 * refused, above three quarters WARNINGs, at the ceiling everything; each
 * refusal is counted, but for those of values, of which the next says the same.
 * A chunk that was read is given back at once. Chunks are prefaulted. */
#ifndef INCIDENT_INTAKE_H
#define INCIDENT_INTAKE_H

#include "core/signal.h"

struct intake;

#define INTAKE_BYTES_MAX (64u << 20)

/* wake is called, without the lock, when the reader sleeps and a signal came
 * that is not OKAY (OKAYs may wait until the reader looks by itself). */
enum err intake_new(size_t bytes_max, void (*wake)(void *arg), void *arg,
                    struct intake **own_intake);
void intake_free(struct intake *q);

/* Any thread: a signal of the series with that hash will be offered at once.
 * Nothing but a hint to the processor, to be given as early as the hash is
 * known. */
void intake_expect(struct intake *q, uint64_t hash);

/* Any thread. False: refused (and counted). */
bool intake_offer(struct intake *q, const struct signal *s);

/* After this every offer is refused without being counted. */
void intake_close(struct intake *q);

/* ---- the reader ---- */

/* The next signal in order, NULL when there is none; valid until the next
 * call. Closes the open generation when the closed one has been read. */
const struct signal *intake_next(struct intake *q);

/* True if intake_next would return something. */
bool intake_has_more(struct intake *q);

/* True if there is something left of a closed generation. */
bool intake_is_amid(const struct intake *q);

/* The reader is about to sleep: false if something that is not OKAY has
 * arrived meanwhile and it must not; else wake is called at the next one. */
bool intake_may_sleep(struct intake *q);

/* ---- the barrier for FLUSH ---- */

/* A ticket for everything accepted so far (any thread). The reader: all that
 * was accepted under tickets up to the returned one has been handed out. */
uint64_t intake_ticket(struct intake *q);
uint64_t intake_read_ticket(struct intake *q);

struct intake_counts {
  uint64_t accepted, refused_okay, refused_warning, refused_failure;
  uint64_t squeezed; /* changes that the 16-change rule folded */
  size_t bytes;      /* in use now */
};
void intake_counts(struct intake *q, struct intake_counts *counts);

#endif
