/* SPDX-License-Identifier: MIT */
/* Filling the book from the ledger, and meeting the configuration in force with
 * what was open under an older one (SPEC section 2). */
#ifndef INCIDENT_RESUME_H
#define INCIDENT_RESUME_H

#include "engine/absences.h"
#include "engine/casework.h"

/* Loads everything that can still change, at a start, and what has resolved by
 * itself so lately that it may go on or counts for flapping: alerts begin their
 * deadlines again, pages that were being sent are due at once. Series that wait
 * for a finite value are added to the watch, those that must not stop to the
 * absences, which have begun. Rules that were renamed are so in the rows. */
enum err resume_book(struct casework *w, struct ledger *l, struct watch *watch,
                     struct absences *absences, wall_ms now);

/* One incident, with whoever it has reached, that a tool has declared or closed
 * while it was not in the book; what is there already stays. ERR_NOTFOUND. */
enum err resume_incident(struct casework *w, struct ledger *l,
                         struct watch *watch, int64_t id, wall_ms now);

#endif
