/* SPDX-License-Identifier: MIT */
#include "engine/absences.h"

#include <stdlib.h>

void absences_init(struct absences *t, struct book *b, struct series *series) {
  *t = (struct absences){.book = b, .series = series};
}

void absences_fini(struct absences *t) {
  free(t->table);
  *t = (struct absences){0};
}

void absences_watch(struct absences *t, const struct signal *series,
                    const struct sieve_hits *hits, wall_ms now) {
  (void)t;
  (void)series;
  (void)hits;
  (void)now;
}

enum err absences_begin(struct absences *t, const struct settings *settings,
                        wall_ms now) {
  (void)now;
  t->settings = settings;
  return OK;
}

bool absences_due(struct absences *t, struct absence *a, wall_ms now,
                  struct signal **own_signal) {
  (void)t;
  (void)a;
  (void)now;
  (void)own_signal;
  return false;
}

void absences_forget(struct absences *t, const char *name) {
  (void)t;
  (void)name;
}
