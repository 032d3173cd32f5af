/* SPDX-License-Identifier: MIT */
#include "engine/calendars_inside.h"

#include "base/log.h"
#include "engine/thread.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- making and freeing ---- */

static void free_names(struct names *n) {
  for (size_t i = 0; i < n->n; i++)
    free(n->names[i]);
  free(n->names);
}

static enum err copy_names(const struct settings *s, struct names *own_names) {
  struct names n = {.names = calloc(s->responders_n + 1, sizeof(char *))};
  enum err err = n.names != NULL ? OK : ERR_NOMEM;
  while (err == OK && n.n < s->responders_n) {
    n.names[n.n] = strdup(s->responders[n.n]->name);
    err = n.names[n.n] != NULL ? OK : ERR_NOMEM;
    n.n += err == OK;
  }
  if (err == OK)
    *own_names = n;
  else
    free_names(&n);
  return err;
}

static void free_item(struct item *i) {
  if (i == NULL)
    return;
  free(i->schedule);
  free(i->path);
  free(i->zone);
  free(i->why);
  calendar_free(i->ready);
  calendar_free(i->current);
  free(i);
}

static struct item *new_item(struct calendars *c, const struct schedule *s) {
  struct item *i = calloc(1, sizeof *i);
  if (i == NULL)
    return NULL;
  i->all = c;
  i->look_at = WALL_NEVER;
  i->schedule = strdup(s->name);
  i->path = strdup(s->calendar);
  i->zone = strdup(s->zone_name);
  if (i->schedule == NULL || i->path == NULL || i->zone == NULL) {
    free_item(i);
    return NULL;
  }
  return i;
}

static void destroy(struct calendars *c) {
  for (size_t i = 0; i < c->items_n; i++)
    free_item(c->items[i]);
  free(c->items);
  free_names(&c->responders);
  pthread_cond_destroy(&c->changed);
  pthread_mutex_destroy(&c->lock);
  free(c);
}

/* ---- looking ---- */

wall_ms calendars_look(struct calendars *c, wall_ms now) {
  wall_ms next = WALL_NEVER;
  for (size_t n = 0; n < c->items_n; n++) {
    struct item *i = c->items[n];
    if (i->look_at <= now || i->look_at - now > CALENDARS_LOOK_MS ||
        i->is_forced)
      calendars_look_at(i, now);
    next = i->look_at < next ? i->look_at : next;
  }
  return next;
}

/* ---- threads ---- */

/* Under the lock. False: the time is over. */
static bool wait_until(struct calendars *c, int64_t until_ns) {
  struct timespec until = {.tv_sec = until_ns / 1000000000,
                           .tv_nsec = until_ns % 1000000000};
  return pthread_cond_timedwait(&c->changed, &c->lock, &until) != ETIMEDOUT;
}

static void *run(void *arg) {
  struct item *i = arg;
  struct calendars *c = i->all;
  pthread_mutex_lock(&c->lock);
  while (!c->is_stopping && !i->is_over) {
    pthread_mutex_unlock(&c->lock);
    calendars_look_at(i, c->clock->wall(c->clock));
    int64_t until = clock_mono_ns() + CALENDARS_LOOK_MS * INT64_C(1000000);
    pthread_mutex_lock(&c->lock);
    while (!c->is_stopping && !i->is_over && !i->is_forced &&
           wait_until(c, until))
      ;
  }
  if (i->is_over)
    free_item(i);
  c->threads_n--;
  bool is_last = c->is_let_go && c->threads_n == 0;
  pthread_cond_broadcast(&c->changed);
  pthread_mutex_unlock(&c->lock);
  if (is_last)
    destroy(c);
  return NULL;
}

/* Under the lock. */
static enum err start_threads(struct calendars *c) {
  enum err err = OK;
  for (size_t n = 0; n < c->items_n && err == OK; n++) {
    struct item *i = c->items[n];
    pthread_t thread;
    if (i->has_thread)
      continue;
    err = thread_start("incident files", run, i, &thread);
    if (err != OK)
      break;
    pthread_detach(thread);
    i->has_thread = true;
    c->threads_n++;
  }
  return err;
}

static bool have_all_looked(const struct calendars *c) {
  for (size_t n = 0; n < c->items_n; n++)
    if (c->items[n]->has_thread && !c->items[n]->has_looked)
      return false;
  return true;
}

static enum err start_and_wait(struct calendars *c, span_ms wait) {
  int64_t until = clock_mono_ns() + wait * 1000000;
  pthread_mutex_lock(&c->lock);
  c->is_threaded = true;
  enum err err = start_threads(c);
  while (!have_all_looked(c) && wait_until(c, until))
    ;
  pthread_mutex_unlock(&c->lock);
  return err;
}

enum err calendars_start(struct calendars *c, span_ms wait) {
  return start_and_wait(c, wait);
}

/* ---- the engine's side ---- */

bool calendars_take(struct calendars *c) {
  bool has_changed = false;
  if (c == NULL)
    return false;
  pthread_mutex_lock(&c->lock);
  for (size_t n = 0; n < c->items_n; n++) {
    struct item *i = c->items[n];
    if (i->ready == NULL)
      continue;
    calendar_free(i->current);
    i->current = i->ready;
    i->ready = NULL;
    has_changed = true;
  }
  pthread_mutex_unlock(&c->lock);
  return has_changed;
}

static bool is_of(const struct item *i, const struct schedule *s) {
  return strcmp(i->schedule, s->name) == 0 &&
         strcmp(i->path, s->calendar) == 0 &&
         strcmp(i->zone, s->zone_name) == 0;
}

const struct calendar *calendars_of(const struct calendars *c,
                                    const struct schedule *s) {
  for (size_t n = 0; c != NULL && n < c->items_n; n++)
    if (is_of(c->items[n], s))
      return c->items[n]->current;
  return NULL;
}

/* ---- other settings ---- */

struct plan {
  struct item **items; /* those that stay are in both */
  size_t n;
  struct names responders;
};

static struct item *item_of(const struct calendars *c,
                            const struct schedule *s) {
  for (size_t n = 0; n < c->items_n; n++)
    if (is_of(c->items[n], s))
      return c->items[n];
  return NULL;
}

static bool is_in(struct item *const *items, size_t n, const struct item *i) {
  for (size_t k = 0; k < n; k++)
    if (items[k] == i)
      return true;
  return false;
}

static enum err draft(struct calendars *c, const struct settings *s,
                      struct plan *p) {
  p->items = calloc(s->schedules_n + 1, sizeof(struct item *));
  enum err err = p->items != NULL ? copy_names(s, &p->responders) : ERR_NOMEM;
  for (size_t i = 0; i < s->schedules_n && err == OK; i++) {
    const struct schedule *schedule = s->schedules[i];
    if (schedule->calendar[0] == '\0')
      continue;
    struct item *item = item_of(c, schedule);
    if (item == NULL)
      item = new_item(c, schedule);
    if (item == NULL)
      err = ERR_NOMEM;
    else
      p->items[p->n++] = item;
  }
  if (err != OK) {
    for (size_t i = 0; i < p->n; i++)
      if (!is_in(c->items, c->items_n, p->items[i]))
        free_item(p->items[i]);
    free(p->items);
    free_names(&p->responders);
  }
  return err;
}

/* Under the lock. */
static void part_with(struct item *i) {
  if (!i->has_thread) {
    free_item(i);
    return;
  }
  calendar_free(i->current);
  i->current = NULL;
  i->is_over = true;
}

static void adopt(struct calendars *c, const struct plan *p) {
  pthread_mutex_lock(&c->lock);
  struct item **old = c->items;
  size_t old_n = c->items_n;
  struct names responders = c->responders;
  for (size_t i = 0; i < old_n; i++)
    if (!is_in(p->items, p->n, old[i]))
      part_with(old[i]);
  c->items = p->items;
  c->items_n = p->n;
  c->responders = p->responders;
  for (size_t i = 0; i < c->items_n; i++)
    c->items[i]->is_forced = true; /* responders may be called otherwise */
  pthread_cond_broadcast(&c->changed);
  pthread_mutex_unlock(&c->lock);
  free(old);
  free_names(&responders);
}

enum err calendars_change(struct calendars *c, const struct settings *s,
                          span_ms wait) {
  struct plan p = {0};
  if (c == NULL)
    return OK;
  enum err err = draft(c, s, &p);
  if (err != OK)
    return err;
  adopt(c, &p);
  if (!c->is_threaded)
    (void)calendars_look(c, c->clock->wall(c->clock));
  else if (start_and_wait(c, wait) != OK)
    log_line(LOG_ERROR, "incident: a Calendar is not read: no thread could be "
                        "started");
  return OK;
}

/* ---- the beginning and the end ---- */

enum err calendars_new(const struct settings *s, struct clock *clock,
                       void (*wake)(void *arg), void *wake_arg,
                       struct calendars **own_calendars) {
  pthread_condattr_t attr;
  struct plan p = {0};
  struct calendars *c = calloc(1, sizeof *c);
  if (c == NULL)
    return ERR_NOMEM;
  c->clock = clock;
  c->wake = wake;
  c->wake_arg = wake_arg;
  pthread_mutex_init(&c->lock, NULL);
  pthread_condattr_init(&attr);
  pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
  pthread_cond_init(&c->changed, &attr);
  pthread_condattr_destroy(&attr);
  enum err err = draft(c, s, &p);
  if (err != OK) {
    destroy(c);
    return err;
  }
  adopt(c, &p);
  *own_calendars = c;
  return OK;
}

void calendars_free(struct calendars *own_calendars, span_ms wait) {
  struct calendars *c = own_calendars;
  int64_t until = clock_mono_ns() + wait * 1000000;
  if (c == NULL)
    return;
  pthread_mutex_lock(&c->lock);
  c->is_stopping = true;
  pthread_cond_broadcast(&c->changed);
  while (c->threads_n > 0 && wait_until(c, until))
    ;
  c->is_let_go = c->threads_n > 0;
  bool is_let_go = c->is_let_go;
  pthread_mutex_unlock(&c->lock);
  if (is_let_go)
    log_line(LOG_WARNING, "incident: a Calendar is still being read");
  else
    destroy(c);
}
