/* SPDX-License-Identifier: MIT */
/* Between the parts of the calendars. */
#ifndef INCIDENT_CALENDARS_INSIDE_H
#define INCIDENT_CALENDARS_INSIDE_H

#include "engine/calendars.h"

#include <pthread.h>
#include <sys/stat.h>

#define CALENDARS_LOOK_MS 2000 /* how often a file is looked at */

/* A file of a schedule. Each has a thread: one that hangs keeps no other from
 * being read. */
struct item {
  struct calendars *all;
  char *schedule, *path, *zone; /* never changed */
  /* its reader's: */
  struct stat st; /* when it was last read, well or badly */
  wall_ms read_at, look_at;
  enum err err; /* what came of it */
  char *why;    /* what was last logged of it; NULL: it works */
  bool has_read;
  bool has_calendar; /* it was well once */
  /* under the lock: */
  struct calendar *ready; /* read, not taken yet */
  bool has_looked;        /* at least once */
  bool is_forced;         /* read it, whatever it looks like */
  bool has_thread;
  bool is_over; /* its thread frees it */
  /* the engine's: */
  struct calendar *current;
};

struct names {
  char **names;
  size_t n;
};

struct calendars {
  struct clock *clock;
  void (*wake)(void *arg);
  void *wake_arg;
  pthread_mutex_t lock; /* of what follows */
  pthread_cond_t changed;
  struct item **items;
  size_t items_n;
  struct names responders;
  size_t threads_n;
  bool is_threaded, is_stopping;
  bool is_let_go; /* the last thread frees all of it */
};

/* Looks at the file and reads it if there is reason to. */
void calendars_look_at(struct item *i, wall_ms now);

#endif
