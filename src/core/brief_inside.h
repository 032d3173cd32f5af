/* SPDX-License-Identifier: MIT */
/* Between the parts of the brief. */
#ifndef INCIDENT_BRIEF_INSIDE_H
#define INCIDENT_BRIEF_INSIDE_H

#include "core/brief.h"

/* Puts what fits into text, cut at a character, and clears b. ERR_NOMEM. */
enum err brief_keep(struct buf *b, char *text, size_t size);

#endif
