/* SPDX-License-Identifier: MIT */
/* Values as PUTVAL has them ("0.1:0.2:0.3", "U") for stages without a daemon
 * and its types.db. */
#ifndef PLAY_VALUES_H
#define PLAY_VALUES_H

#include "core/metric.h"

/* The data sources of a type, gauges unless it is one of the few that are known
 * here, with these values: as many as are given. False: they are none. */
bool values_read(const char *type, const char *text,
                 struct source sources[SOURCES_MAX], size_t *n);

#endif
