/* SPDX-License-Identifier: MIT */
/* A number that is kept of an incident, as of customers that report it: the
 * last one counts, those before are its history. */
#ifndef INCIDENT_FIGURE_H
#define INCIDENT_FIGURE_H

#include "base/clock.h"
#include "base/json.h"

struct figure {
  int64_t id; /* 0: the ledger gives one */
  int64_t incident;
  char *name;
  int64_t value;
  wall_ms at;
  char *by;
};
void figure_fini(struct figure *f); /* frees the texts, not f */
/* {"name","value","at","by"} */
void figure_print(const struct figure *f, struct json *j);

#endif
