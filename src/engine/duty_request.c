/* SPDX-License-Identifier: MIT */
/* What people want of who is on call. */
#include "base/log.h"
#include "engine/casework.h"

#include <stdlib.h>
#include <string.h>

static void log_override(const struct override *o, const char *what,
                         const char *by) {
  char from[CLOCK_TEXT], until[CLOCK_TEXT];
  clock_print(o->from, from);
  clock_print(o->until, until);
  log_line(LOG_NOTICE,
           "incident: override %lld %s by %s: %s is on call for %s from %s "
           "until %s",
           (long long)o->id, what, by, o->responder, o->schedule, from, until);
}

static void discard(struct override *o) {
  if (o != NULL)
    override_fini(o);
  free(o);
}

/* From the text of a request. ERR_INVALID: it makes no sense. */
static enum err read_override(const struct request *r,
                              struct override **own_override) {
  struct json_in *doc = NULL;
  struct override *o = calloc(1, sizeof *o);
  enum err err = ERR_INVALID;
  if (o == NULL)
    return ERR_NOMEM;
  if (r->text != NULL)
    err = json_parse(r->text, strlen(r->text), &doc, NULL);
  if (err == OK)
    err = override_read(doc, o);
  json_in_free(doc);
  if (err == OK)
    err = incident_set_text(&o->by, r->by);
  if (err != OK) {
    discard(o);
    return err;
  }
  o->id = 0;
  o->created_at = r->at;
  *own_override = o;
  return OK;
}

static const char *what_is_wrong(const struct settings *s,
                                 const struct override *o, wall_ms now) {
  if (settings_schedule(s, o->schedule) == NULL)
    return "there is no schedule of that name";
  if (settings_responder(s, o->responder) == NULL)
    return "there is no responder of that name";
  if (o->until <= o->from)
    return "it ends before it begins";
  return o->until <= now ? "it would be over already" : NULL;
}

static enum err add(struct duty_roster *d, const struct request *r, wall_ms now,
                    const struct override **override, const char **why) {
  struct override *o = NULL;
  enum err err = read_override(r, &o);
  if (err == ERR_INVALID)
    *why = "not an override";
  else if (err == OK)
    *why = what_is_wrong(d->work->settings, o, now);
  if (err == ERR_INVALID || (err == OK && *why != NULL)) {
    discard(o);
    return ERR_CONFLICT;
  }
  if (err == OK)
    err = book_take_override(d->work->book, o);
  if (err != OK)
    return err;
  log_override(o, "made", o->by);
  duty_changed(d, now);
  *override = o;
  return OK;
}

static enum err end(struct duty_roster *d, const struct request *r, wall_ms now,
                    const struct override **override, const char **why) {
  struct override *o = book_override(d->work->book, r->override);
  if (o == NULL)
    return ERR_NOTFOUND;
  *why = "over already";
  if (override_is_over(o, r->at))
    return ERR_CONFLICT;
  o->until = r->at > o->from ? r->at : o->from;
  book_touch_override(d->work->book, o);
  log_override(o, "ended", r->by);
  duty_changed(d, now);
  *override = o;
  return OK;
}

enum err duty_request(struct duty_roster *d, const struct request *r,
                      wall_ms now, const struct override **override,
                      const char **why) {
  return r->verb == VERB_OVERRIDE ? add(d, r, now, override, why)
                                  : end(d, r, now, override, why);
}

enum err duty_follow(struct duty_roster *d, struct override *own_override,
                     wall_ms now) {
  struct override *o = book_override(d->work->book, own_override->id);
  bool is_known = o != NULL;
  enum err err = OK;
  if (!is_known && !override_is_over(own_override, now)) {
    o = own_override;
    own_override = NULL;
    err = book_take_override(d->work->book, o);
    if (err == OK)
      log_override(o, "made", o->by);
  } else if (is_known && o->until != own_override->until) {
    o->until = own_override->until;
    log_override(o, "ended", "a person");
  }
  discard(own_override);
  if (err == OK)
    duty_changed(d, now);
  return err;
}
