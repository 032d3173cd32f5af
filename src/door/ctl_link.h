/* SPDX-License-Identifier: MIT */
/* Talking to the running plugin through LEDGER.sock (engine/link.h has the
 * other end, and what is said). Nothing here waits longer than 2 seconds.
 *
 * Errors: ERR_NOTFOUND, nobody listens; ERR_BUSY, no answer in time; ERR_IO,
 * anything else between us; ERR_INVALID, an answer that makes no sense. */
#ifndef INCIDENT_CTL_LINK_H
#define INCIDENT_CTL_LINK_H

#include "core/incident.h"
#include "core/schedule.h"
#include "core/silence.h"

/* Tells it that the ledger has changed. True if it has heard; if not, it looks
 * by itself 100 ms later. */
bool ctl_link_kick(const char *ledger_path);

struct ctl_link_status {
  bool is_degraded;
  int64_t rows_waiting, incidents_open, intake_bytes, refused, pid;
  int64_t series, series_looked_at, series_evicted;
  char version[32];
};
enum err ctl_link_status(const char *ledger_path,
                         struct ctl_link_status *status);

/* The silences it has in memory and that are not over, in no order. each
 * borrows; its error ends it. */
enum err ctl_link_silences(const char *ledger_path,
                           enum err (*each)(void *arg, const struct silence *s),
                           void *arg);

/* The open incidents it has in memory, newest first. The caller frees
 * with ctl_link_free_list. */
/* The same of overrides, by id. */
enum err ctl_link_overrides(const char *ledger_path,
                            enum err (*each)(void *arg,
                                             const struct override *o),
                            void *arg);

/* What it knows of that schedule's calendar. ERR_NOTFOUND also when it knows
 * nothing. */
enum err ctl_link_calendar(const char *ledger_path, const char *schedule,
                           struct calendar **own_calendar);

struct ctl_link_list {
  struct incident *incidents;
  size_t n;
};
enum err ctl_link_list(const char *ledger_path, struct ctl_link_list *own_list);
void ctl_link_free_list(struct ctl_link_list *own_list);

/* Has it read that file (an absolute path) and change over to it. OK: *rules is
 * how many it has now. ERR_CONFLICT: it keeps what it has, *own_why (the
 * caller's to free) says why, a line per error. */
enum err ctl_link_reload(const char *ledger_path, const char *file,
                         int64_t *rules, char **own_why);

/* Has a request carried out that could not be written to the ledger. OK: the
 * incident, the entry if one was written (else its text is NULL) and the
 * silence that it was about (else it has no matches) are the caller's to finish
 * off. is_refused: it was answered with a no, ERR_NOTFOUND
 * or ERR_CONFLICT with why. */
struct ctl_link_answer {
  struct incident incident;
  struct entry entry;
  struct silence silence;
  struct override override; /* likewise: schedule NULL if it was about none */
  int64_t forgotten;        /* VERB_FORGET: alerts */
  bool is_refused;
  char why[256];
};
enum err ctl_link_hand(const char *ledger_path, const struct request *r,
                       struct ctl_link_answer *answer);

#endif
