/* SPDX-License-Identifier: MIT */
/* ULIDs (github.com/ulid/spec): 48 bits of time, 80 random bits, in Crockford's
 * base 32. Identity only: nothing orders by them, but what was made since then
 * can be found by them. Random tokens likewise. */
#ifndef INCIDENT_ULID_H
#define INCIDENT_ULID_H

#include "base/clock.h"

#define ULID_TEXT 27 /* with the NUL */

/* ERR_IO if the kernel has no randomness to give. */
enum err ulid_make(wall_ms at, char out[ULID_TEXT]);

/* The lowest that can have been made then: none made later is below it. */
void ulid_floor(wall_ms at, char out[ULID_TEXT]);

/* 26 characters that nobody can guess (128 bits), for links. */
enum err ulid_token(char out[ULID_TEXT]);

#endif
