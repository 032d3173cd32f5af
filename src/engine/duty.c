/* SPDX-License-Identifier: MIT */
#include "engine/duty.h"

#include "base/log.h"
#include "base/text.h"
#include "engine/calendars.h"
#include "engine/casework.h"

#include <stdlib.h>
#include <string.h>

struct post {
  const struct schedule *schedule;
  struct duty duty;  /* between the two times: */
  wall_ms looked_at; /* WALL_NEVER: not yet */
  char *who;         /* on call when it was last told; NULL: nobody */
  bool is_known;     /* who is */
  /* When it was last reviewed: nobody was on call; it was not known who is. */
  bool is_empty, is_in_doubt;
  bool is_handed_over, is_filled; /* in this review */
};

/* ---- looking ---- */

static struct duty_facts facts_for(const struct duty_roster *d,
                                   const struct schedule *s) {
  const struct book *b = d->work->book;
  return (struct duty_facts){.settings = d->work->settings,
                             .calendar = calendars_of(d->calendars, s),
                             .overrides = b->overrides,
                             .overrides_n = b->overrides_n};
}

static struct post *post_of(const struct duty_roster *d,
                            const struct schedule *s) {
  for (size_t i = 0; i < d->posts_n; i++)
    if (d->posts[i].schedule == s)
      return &d->posts[i];
  return NULL;
}

static void look(const struct duty_roster *d, struct post *p, wall_ms now) {
  struct duty_facts facts = facts_for(d, p->schedule);
  schedule_at(p->schedule, &facts, now, &p->duty);
  p->looked_at = now;
}

const struct responder *duty_now(struct duty_roster *d,
                                 const struct schedule *s, wall_ms now) {
  struct post *p = post_of(d, s);
  if (p == NULL)
    return NULL;
  if (p->looked_at == WALL_NEVER || now < p->looked_at || now >= p->duty.until)
    look(d, p, now);
  return p->duty.responder;
}

wall_ms duty_until(const struct duty_roster *d, const struct schedule *s,
                   wall_ms now) {
  struct duty_facts facts = facts_for(d, s);
  struct turn turn;
  schedule_turn(s, &facts, now, &turn);
  return turn.until;
}

/* ---- contacts ---- */

static const struct responder *who_of(struct duty_roster *d,
                                      const struct target *t, wall_ms now) {
  return t->kind == TARGET_SCHEDULE ? duty_now(d, t->schedule, now)
                                    : t->responder;
}

/* Of the chain's targets before that one. */
static bool is_named(struct duty_roster *d, const struct chain *chain,
                     size_t step, size_t target, const struct responder *who,
                     wall_ms now) {
  for (size_t s = 0; s <= step; s++)
    for (size_t t = 0;
         t < chain->steps[s].targets_n && (s < step || t < target); t++)
      if (who_of(d, &chain->steps[s].targets[t], now) == who)
        return true;
  return false;
}

void duty_add_contacts(struct duty_roster *d, const struct chain *chain,
                       wall_ms now, struct buf *out) {
  const char *before = "; phone ";
  for (size_t s = 0; s < chain->steps_n; s++)
    for (size_t t = 0; t < chain->steps[s].targets_n; t++) {
      const struct responder *who = who_of(d, &chain->steps[s].targets[t], now);
      if (who == NULL || is_named(d, chain, s, t, who, now))
        continue;
      buf_addf(out, "%s%s %s", before, who->full_name,
               who->contact[0] != '\0' ? who->contact : "(no contact known)");
      before = ", ";
    }
}

/* ---- hand-overs ---- */

/* Who is on call is in a Calendar that has never been read: whoever had it
 * before may have it still. */
static bool is_unread(const struct duty_roster *d, const struct post *p) {
  return p->schedule->calendar[0] != '\0' && !p->duty.is_override &&
         calendars_of(d->calendars, p->schedule) == NULL;
}

/* Without memory for the name it is told the next time. */
static void compare(struct duty_roster *d, struct post *p) {
  const struct responder *r = p->duty.responder;
  const char *name = r != NULL ? r->name : NULL;
  bool was_in_doubt = p->is_in_doubt;
  p->is_handed_over = false;
  p->is_in_doubt = is_unread(d, p);
  if (p->is_in_doubt || (p->is_known && text_is_same(p->who, name)) ||
      incident_set_text(&p->who, name) != OK)
    return;
  p->is_handed_over = p->is_known;
  p->is_known = true;
  d->is_written = false;
  if (p->is_handed_over || was_in_doubt)
    log_line(LOG_NOTICE, "incident: schedule %s: %s is on call",
             p->schedule->name, name != NULL ? name : "nobody");
}

static void review(struct duty_roster *d, wall_ms now) {
  wall_ms next = WALL_NEVER;
  for (size_t i = 0; i < d->posts_n; i++) {
    struct post *p = &d->posts[i];
    look(d, p, now);
    p->is_filled = p->is_empty && p->duty.responder != NULL;
    p->is_empty = p->duty.responder == NULL;
    compare(d, p);
    next = p->duty.until < next ? p->duty.until : next;
  }
  timers_set(&d->work->book->timers, &d->timer, next);
  d->work->pager->is_review_due = true;
  for (size_t i = 0; i < d->posts_n; i++) {
    const struct post *p = &d->posts[i];
    if (p->is_filled)
      casework_restart_for(d->work, p->schedule, now);
    if (p->is_handed_over)
      pager_hand_over(d->work->pager, p->schedule, p->duty.responder, now);
  }
}

void duty_due(struct duty_roster *d, wall_ms now) {
  struct book *b = d->work->book;
  for (size_t i = b->overrides_n; i-- > 0;)
    if (override_is_over(b->overrides[i], now))
      book_drop_override(b, b->overrides[i]);
  review(d, now);
}

void duty_changed(struct duty_roster *d, wall_ms now) {
  review(d, now);
  timers_set(&d->work->book->timers, &d->timer, now);
}

/* ---- the start, and other settings ---- */

static void free_posts(struct post *posts, size_t n) {
  for (size_t i = 0; i < n; i++)
    free(posts[i].who);
  free(posts);
}

enum err duty_draft(const struct settings *settings, struct post **own_posts) {
  struct post *posts = calloc(settings->schedules_n + 1, sizeof *posts);
  if (posts == NULL)
    return ERR_NOMEM;
  for (size_t i = 0; i < settings->schedules_n; i++)
    posts[i] = (struct post){.schedule = settings->schedules[i],
                             .looked_at = WALL_NEVER};
  *own_posts = posts;
  return OK;
}

static struct post *post_named(const struct duty_roster *d, const char *name) {
  for (size_t i = 0; i < d->posts_n; i++)
    if (strcmp(d->posts[i].schedule->name, name) == 0)
      return &d->posts[i];
  return NULL;
}

void duty_change(struct duty_roster *d, struct post *own_posts) {
  const struct duty_roster old = *d;
  d->posts = own_posts;
  d->posts_n = d->work->settings->schedules_n;
  for (size_t i = 0; i < d->posts_n; i++) {
    struct post *was = post_named(&old, d->posts[i].schedule->name);
    if (was == NULL)
      continue;
    d->posts[i].who = was->who;
    d->posts[i].is_known = was->is_known;
    d->posts[i].is_empty = was->is_empty;
    d->posts[i].is_in_doubt = was->is_in_doubt;
    was->who = NULL;
  }
  free_posts(old.posts, old.posts_n);
  d->is_written = false;
}

enum err duty_init(struct duty_roster *d, struct casework *w,
                   struct calendars *calendars) {
  *d = (struct duty_roster){.timer = {.due = WALL_NEVER, .kind = TIMER_DUTY},
                            .work = w,
                            .calendars = calendars};
  w->book->others_n++;
  enum err err = book_reserve_timer(w->book);
  if (err == OK)
    err = duty_draft(w->settings, &d->posts);
  if (err == OK)
    d->posts_n = w->settings->schedules_n;
  return err;
}

void duty_fini(struct duty_roster *d) {
  free_posts(d->posts, d->posts_n);
  *d = (struct duty_roster){0};
}

/* {"primary":"alice","backup":null} */
static enum err take_names(struct duty_roster *d, const struct json_in *doc) {
  for (size_t i = 0; i < json_count(doc); i++) {
    const char *name;
    const struct json_in *v = json_member(doc, i, &name);
    struct post *p = post_named(d, name);
    if (p == NULL || p->is_known)
      continue;
    if (incident_set_text(&p->who, json_at_text(v, "", NULL)) != OK)
      return ERR_NOMEM;
    p->is_known = true;
    p->is_empty = p->who == NULL;
  }
  return OK;
}

enum err duty_resume(struct duty_roster *d, struct ledger *l, wall_ms now) {
  struct json_in *doc = NULL;
  char *text = NULL;
  enum err err = ledger_get(l, "on_call", &text);
  /* What makes no sense is as if it were not known. */
  if (err == OK && text != NULL &&
      json_parse(text, strlen(text), &doc, NULL) == OK)
    err = take_names(d, doc);
  json_in_free(doc);
  free(text);
  if (err == OK)
    duty_due(d, now);
  return err;
}

enum err duty_write(const struct duty_roster *d, struct ledger *l) {
  char *text = NULL;
  if (d->is_written)
    return OK;
  struct json *j = json_new();
  if (j == NULL)
    return ERR_NOMEM;
  json_object(j);
  for (size_t i = 0; i < d->posts_n; i++)
    if (d->posts[i].is_known)
      json_put_text(j, d->posts[i].schedule->name, d->posts[i].who);
  json_object_end(j);
  enum err err = json_done(j, &text);
  if (err == OK)
    err = ledger_set(l, "on_call", text);
  json_free(j);
  free(text);
  return err;
}
