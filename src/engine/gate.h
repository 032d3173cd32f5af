/* SPDX-License-Identifier: MIT */
/* Where a request that could go waits for what must come before it. Any thread
 * may shut and open the gate, one passes it. */
#ifndef INCIDENT_GATE_H
#define INCIDENT_GATE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

struct gate {
  pthread_mutex_t lock;
  pthread_cond_t opened;
  atomic_bool is_shut;
};

void gate_init(struct gate *g); /* open */
void gate_fini(struct gate *g); /* nobody is at it */

void gate_shut(struct gate *g);
void gate_open(struct gate *g);

/* Waits until it is open; how long that took, in ns. Keeps awake for the first
 * 2 ms of it. */
int64_t gate_pass(struct gate *g);

#endif
