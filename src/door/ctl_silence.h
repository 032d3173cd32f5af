/* SPDX-License-Identifier: MIT */
/* The parts of the command `silence`. */
#ifndef INCIDENT_CTL_SILENCE_H
#define INCIDENT_CTL_SILENCE_H

#include "door/ctl.h"

/* ctl_silence_add.c: `silence add`. */
int ctl_silence_add(struct ctl *c);

/* ctl_silence.c, shared: {"silence":{…}}; "host=web1, plugin=df"; and when it
 * holds: "until 2026-11-21 12:00:00 (2h)". */
int ctl_silence_json(const struct ctl *c, const struct silence *s);
void ctl_silence_matches(const struct silence *s, struct buf *out);
void ctl_silence_when(const struct ctl *c, const struct silence *s,
                      struct buf *out);

#endif
