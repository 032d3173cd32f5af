/* SPDX-License-Identifier: MIT */
/* What the receivers of a crash test got, held against what was done to the
 * hosts: no page lost, none under two ids, none after an acknowledgement. It
 * knows the requests and nothing of the ledger.
 *
 * Each host fails once, so has one incident, and its chain pages each hook
 * once: a page is known by host, hook and event. */
#ifndef CRASH_ACCOUNT_H
#define CRASH_ACCOUNT_H

#include "tests/play/sink.h"

#define HOOKS 4 /* steps: 1, 1, 2, 3 */
#define ACCOUNT_HOSTS 20000

enum event { EVENT_PAGE, EVENT_UPDATE, EVENT_RESOLVED, EVENTS };

/* How far something is that the daemon was told. */
enum told {
  TOLD_NOT,
  TOLD_MAYBE, /* it may be dead before it is in the ledger */
  TOLD_SURE   /* it is in the ledger */
};

struct host {
  enum told bad, good;
  enum told ack; /* MAYBE: it is under way, or came to nothing */
  /* Monotonic: no page may come for the first time after that: when the next
   * daemon starts, if not before. 0: there was none when it was acknowledged.
   */
  int64_t acked_ns;
  int64_t incident; /* as the receivers have it; 0: not yet */
  struct letter {
    char id[32]; /* "": it did not come */
    int64_t first_ns;
    bool is_taken;
    unsigned twins;
  } letters[HOOKS][EVENTS];
};

struct account {
  struct sink *sinks[HOOKS];
  size_t read[HOOKS];
  struct host *hosts;
  size_t hosts_n;
  unsigned faults;   /* what must never be; each is printed */
  unsigned requests; /* and twins among them */
  unsigned twins;
};

/* Reads what has come since. */
void account_read(struct account *a);

/* What is owed and has not come (yet), printed if it is to be. */
unsigned account_owed(const struct account *a, bool prints);

/* A daemon is about to start. */
void account_start(struct account *a);

/* After the end: pages after an acknowledgement, or after it was over, and ids
 * that were used twice. */
void account_close(struct account *a);

#endif
