/* SPDX-License-Identifier: MIT */
/* What people want of silences. */
#include "base/log.h"
#include "engine/casework.h"
#include "engine/hush_inside.h"

#include <stdlib.h>
#include <string.h>

static void log_silence(const struct silence *s, const char *what,
                        const char *by) {
  struct buf b;
  buf_init(&b, 1024);
  for (size_t i = 0; i < s->matches_n; i++)
    buf_addf(&b, "%s%s=%s", i > 0 ? " " : "", s->matches[i].field,
             s->matches[i].pattern);
  log_line(LOG_NOTICE, "incident: silence %lld %s by %s: %s%s%s",
           (long long)s->id, what, by, buf_text(&b),
           s->reason != NULL && s->reason[0] != '\0' ? ": " : "",
           s->reason != NULL ? s->reason : "");
  buf_fini(&b);
}

/* From the text of a request. ERR_INVALID: it makes no sense. */
static enum err read_silence(const struct request *r,
                             struct silence **own_silence) {
  struct json_in *doc = NULL;
  struct silence *s = malloc(sizeof *s);
  if (s == NULL)
    return ERR_NOMEM;
  silence_init(s);
  enum err err = ERR_INVALID;
  if (r->text != NULL)
    err = json_parse(r->text, strlen(r->text), &doc, NULL);
  if (err == OK)
    err = silence_read(doc, s);
  if (err == OK)
    err = incident_set_text(&s->by, r->by);
  json_in_free(doc);
  if (err != OK) {
    silence_fini(s);
    free(s);
    return err;
  }
  s->id = 0;
  s->created_at = r->at;
  *own_silence = s;
  return OK;
}

static enum err add(struct hush *h, const struct request *r, wall_ms now,
                    const struct silence **silence, const char **why) {
  struct silence *s = NULL;
  enum err err = read_silence(r, &s);
  if (err == ERR_INVALID) {
    *why = "not a silence";
    return ERR_CONFLICT;
  }
  if (err == OK)
    err = book_take_silence(h->work->book, s);
  if (err != OK)
    return err;
  log_silence(s, "made", s->by);
  hush_changed(h, now);
  *silence = s;
  return OK;
}

static enum err end(struct hush *h, const struct request *r, wall_ms now,
                    const struct silence **silence, const char **why) {
  struct silence *s = book_silence(h->work->book, r->silence);
  if (s == NULL)
    return ERR_NOTFOUND;
  *why = "already over";
  if (s->ended_at != WALL_NEVER)
    return ERR_CONFLICT;
  enum err err = incident_set_text(&s->ended_by, r->by);
  if (err != OK)
    return err;
  s->ended_at = r->at;
  book_touch_silence(h->work->book, s);
  log_silence(s, "ended", r->by);
  hush_changed(h, now);
  *silence = s;
  return OK;
}

enum err hush_request(struct hush *h, const struct request *r, wall_ms now,
                      const struct silence **silence, const char **why) {
  return r->verb == VERB_SILENCE ? add(h, r, now, silence, why)
                                 : end(h, r, now, silence, why);
}

enum err hush_follow(struct hush *h, struct silence *own_silence, wall_ms now) {
  struct silence *s = book_silence(h->work->book, own_silence->id);
  enum err err = OK;
  if (s == NULL && !silence_is_over(own_silence, now)) {
    s = own_silence;
    own_silence = NULL;
    err = book_take_silence(h->work->book, s);
    if (err == OK)
      log_silence(s, "made", s->by);
  } else if (s != NULL && own_silence->ended_at != WALL_NEVER) {
    err = incident_set_text(&s->ended_by, own_silence->ended_by);
    if (err == OK && s->ended_at == WALL_NEVER)
      log_silence(s, "ended", s->ended_by != NULL ? s->ended_by : "itself");
    s->ended_at = own_silence->ended_at;
  }
  if (own_silence != NULL) {
    silence_fini(own_silence);
    free(own_silence);
  }
  if (err == OK)
    hush_changed(h, now);
  return err;
}
