/* SPDX-License-Identifier: MIT */
/* Reading the file of a schedule, and saying what came of it. */
#include "engine/calendars_inside.h"

#include "base/buf.h"
#include "base/log.h"
#include "base/text.h"
#include "engine/calendar_file.h"

#include <stdlib.h>
#include <string.h>

#define AGAIN_MS (24 * 3600 * 1000L) /* read again, whatever it looks like */
#define STRANGERS_MAX 8 /* named, of those that are no responders */

static bool is_same_file(const struct stat *a, const struct stat *b) {
  return a->st_dev == b->st_dev && a->st_ino == b->st_ino &&
         a->st_size == b->st_size && a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
         a->st_mtim.tv_nsec == b->st_mtim.tv_nsec &&
         a->st_ctim.tv_sec == b->st_ctim.tv_sec &&
         a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

/* What may pass is tried again, what is wrong with a file stays so. */
static bool is_passing(enum err err) {
  return err == ERR_IO || err == ERR_NOTFOUND || err == ERR_NOMEM;
}

static bool is_wanted(const struct item *i, wall_ms now) {
  struct stat st;
  if (!i->has_read || is_passing(i->err) || now < i->read_at ||
      now - i->read_at >= AGAIN_MS)
    return true;
  return stat(i->path, &st) != 0 || !is_same_file(&st, &i->st);
}

static bool is_responder(const struct names *n, const char *name) {
  for (size_t i = 0; i < n->n; i++)
    if (strcmp(n->names[i], name) == 0)
      return true;
  return false;
}

/* Under the lock. */
static void list_strangers(const struct calendars *c, const struct calendar *k,
                           struct buf *out) {
  char name[101];
  size_t n = 0;
  for (size_t i = 0; i < k->names_n; i++) {
    if (is_responder(&c->responders, k->names[i]))
      continue;
    text_clean(name, sizeof name, k->names[i], strlen(k->names[i]));
    if (n++ < STRANGERS_MAX)
      buf_addf(out, "%s\"%s\"", n > 1 ? ", " : "", name);
  }
  if (n > STRANGERS_MAX)
    buf_addf(out, " and %zu more", n - STRANGERS_MAX);
}

static void say_what_is_wrong(struct item *i, enum err err, const char *why) {
  i->err = err;
  if (text_is_same(i->why, why))
    return;
  log_line(LOG_ERROR, "incident: schedule %s: Calendar %s: %s; %s", i->schedule,
           i->path, why,
           i->has_calendar ? "what was read of it before stays in force"
                           : "nobody is on call by it");
  free(i->why);
  i->why = strdup(why); /* without memory it is said again */
}

static void say_how_it_is(struct item *i, const struct calendar *k,
                          const char *strangers, bool is_new, wall_ms now) {
  i->err = OK;
  i->has_calendar = true;
  if (i->why != NULL)
    log_line(LOG_NOTICE, "incident: schedule %s: Calendar %s can be read again",
             i->schedule, i->path);
  free(i->why);
  i->why = NULL;
  if (!is_new)
    return;
  if (strangers[0] != '\0')
    log_line(LOG_WARNING,
             "incident: schedule %s: Calendar %s: no responder is called %s",
             i->schedule, i->path, strangers);
  long days = (long)((k->until - now) / (24 * 3600 * 1000L));
  if (days < CALENDAR_REACH_DAYS)
    log_line(LOG_WARNING,
             "incident: schedule %s: Calendar %s: too many shifts: looked at "
             "%ld days ahead",
             i->schedule, i->path, days);
}

/* What was read becomes ready to be taken. */
static void publish(struct item *i, struct calendar *own_calendar, bool is_new,
                    wall_ms now) {
  struct calendars *c = i->all;
  struct buf strangers;
  buf_init(&strangers, 900);
  pthread_mutex_lock(&c->lock);
  bool is_wanted_still = !c->is_stopping && !i->is_over;
  list_strangers(c, own_calendar, &strangers);
  pthread_mutex_unlock(&c->lock);
  if (is_wanted_still) /* before somebody else may free it */
    say_how_it_is(i, own_calendar, buf_text(&strangers), is_new, now);
  buf_fini(&strangers);
  pthread_mutex_lock(&c->lock);
  calendar_free(i->ready);
  i->ready = own_calendar;
  pthread_mutex_unlock(&c->lock);
  if (is_wanted_still && c->wake != NULL)
    c->wake(c->wake_arg);
}

static void read_item(struct item *i, bool is_forced, wall_ms now) {
  struct calendar *k = NULL;
  struct zone *zone = NULL;
  struct stat st = {0};
  const char *why = "";
  /* A zone that is gone since the configuration was read: UTC, as there. */
  (void)zone_load(i->zone, &zone);
  enum err err = calendar_file_read(i->path, zone, now, &k, &st, &why);
  zone_free(zone);
  bool is_new = is_forced || !i->has_read || !is_same_file(&st, &i->st);
  i->has_read = true;
  i->st = st;
  i->read_at = now;
  if (err == OK)
    publish(i, k, is_new, now);
  else
    say_what_is_wrong(i, err, why);
}

void calendars_look_at(struct item *i, wall_ms now) {
  struct calendars *c = i->all;
  pthread_mutex_lock(&c->lock);
  bool is_forced = i->is_forced;
  i->is_forced = false;
  pthread_mutex_unlock(&c->lock);
  if (is_forced || is_wanted(i, now))
    read_item(i, is_forced, now);
  i->look_at = now + CALENDARS_LOOK_MS;
  pthread_mutex_lock(&c->lock);
  i->has_looked = true;
  pthread_cond_broadcast(&c->changed);
  pthread_mutex_unlock(&c->lock);
}
