/* SPDX-License-Identifier: MIT */
/* A collectd.conf becomes the configuration in force while the engine runs:
 * all its <Plugin incident> blocks, or nothing of it. The engine's thread,
 * between turns. */
#ifndef INCIDENT_RELOAD_H
#define INCIDENT_RELOAD_H

#include "engine/engine.h"

/* Reads the file (a regular one, with its Includes) and what it names. OK:
 * *rules is how many there are now. Otherwise what was in force stays, and
 * *own_why has a line for each error, "PATH: message" behind the place if that
 * is known; NULL when out of memory. Either is logged. */
enum err reload_file(struct engine *e, const char *path, size_t *rules,
                     char **own_why);

#endif
