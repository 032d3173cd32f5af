/* SPDX-License-Identifier: MIT */
#include "engine/evidence.h"

void evidence_init(struct evidence *e, struct book *b, struct series *series,
                   unsigned samples) {
  *e = (struct evidence){.timer = {.due = WALL_NEVER, .kind = TIMER_EVIDENCE},
                         .book = b,
                         .series = series,
                         .samples = samples};
}

void evidence_joined(struct evidence *e, struct alert *a, wall_ms now) {
  (void)e;
  (void)a;
  (void)now;
}

void evidence_due(struct evidence *e, wall_ms now) {
  (void)e;
  (void)now;
}

void evidence_resume(struct evidence *e, wall_ms now) {
  (void)e;
  (void)now;
}
