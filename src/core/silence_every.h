/* SPDX-License-Identifier: MIT */
/* The windows of a silence that recurs; only for silence.c. The silence has
 * an every. */
#ifndef INCIDENT_SILENCE_EVERY_H
#define INCIDENT_SILENCE_EVERY_H

#include "base/zone.h"
#include "core/silence.h"

/* The window that holds that time, however long ago the silence began. Windows
 * that touch, as when the clock is put forward, are one. False: none. */
bool every_holds(const struct silence *s, wall_ms at, wall_ms *from,
                 wall_ms *until);
/* The first that begins after that time. */
void every_next(const struct silence *s, wall_ms at, wall_ms *from,
                wall_ms *until);

#endif
