/* SPDX-License-Identifier: MIT */
#include "core/statement.h"

#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

const char *const statement_state_names[STATEMENT_STATES] = {
    "draft", "approved", "posted", "withdrawn"};

#define SUBJECT_MAX 2048
#define BODY_MAX (2 * STATEMENT_MAX)

void statement_init(struct statement *s) {
  *s = (struct statement){.posted_at = WALL_NEVER, .next_at = WALL_NEVER};
}

void statement_fini(struct statement *s) {
  free(s->wording);
  free(s->subject);
  free(s->body);
  free(s->webhooks);
  free(s->created_by);
  free(s->approved_by);
}

void statement_print(const struct statement *s, struct json *j) {
  json_object(j);
  json_put_int(j, "id", s->id);
  json_put_int(j, "incident", s->incident);
  json_put_text(j, "template", s->wording);
  json_put_text(j, "subject", s->subject);
  json_put_text(j, "body", s->body);
  json_put_raw(j, "webhooks", s->webhooks);
  json_put_text(j, "state", statement_state_names[s->state]);
  json_put_time(j, "created_at", s->created_at);
  json_put_text(j, "created_by", s->created_by);
  json_put_text(j, "approved_by", s->approved_by);
  json_put_time(j, "posted_at", s->posted_at);
  json_put_time(j, "next_at", s->next_at);
  json_object_end(j);
}

/* ---- filling ---- */

#define NEXT_TEXT 32

/* "2026-11-21 10:05 UTC": whoever reads it may be anywhere. */
static void print_next(wall_ms at, char next[NEXT_TEXT]) {
  char text[CLOCK_TEXT];
  if (at == WALL_NEVER) {
    snprintf(next, NEXT_TEXT, "when there is news");
    return;
  }
  clock_print(at, text);
  snprintf(next, NEXT_TEXT, "%.10s %.5s UTC", text, text + 11);
}

static void add_next(struct buf *b, wall_ms at) {
  char next[NEXT_TEXT];
  print_next(at, next);
  buf_add(b, next);
}

static void add(struct buf *b, const char *text) {
  buf_add(b, text != NULL ? text : "");
}

static void fill(void *arg, enum placeholder place, const char *name,
                 struct buf *out) {
  const struct statement_facts *f = arg;
  switch (place) {
  case PLACE_TEXT:
    add(out, f->text);
    break;
  case PLACE_NEXT:
    add_next(out, f->next_at);
    break;
  case PLACE_IMPACT:
    add(out, f->impact);
    break;
  case PLACE_SUMMARY:
    add(out, f->summary);
    break;
  default: /* of a series or a page there is none */
    incident_add_place(f->incident, place, name, out);
    break;
  }
}

/* Blanks before the ends of lines and of the text: what was filled in with
 * nothing leaves them. */
static void tidy(char *text) {
  char *to = text;
  for (const char *from = text; *from != '\0'; from++) {
    if (*from == '\n')
      while (to > text && (to[-1] == ' ' || to[-1] == '\t'))
        to--;
    *to++ = *from;
  }
  while (to > text && strchr(" \t\n", to[-1]) != NULL)
    to--;
  *to = '\0';
}

static void fill_plain(const struct statement_facts *f, struct buf *body) {
  const struct incident *i = f->incident;
  if (f->text != NULL)
    buf_add(body, f->text);
  else
    buf_addf(body, "%s, %s. %s", status_names[i->status], i->severity,
             f->summary != NULL ? f->summary : "");
  if (!incident_is_open(i))
    return;
  buf_add(body, "\nNext update: ");
  add_next(body, f->next_at);
}

/* One line: a chat's headline. */
static void flatten(char *text) {
  for (; *text != '\0'; text++)
    if (*text == '\n' || *text == '\t')
      *text = ' ';
}

/* A text that is too long is cut at a character. */
static enum err take(struct buf *b, char **own_text) {
  if (b->err == ERR_CEILING)
    b->err = OK;
  buf_add(b, ""); /* an empty text is one, too */
  char *text = NULL;
  enum err err = buf_take(b, &text);
  if (err != OK)
    return err;
  text_clean(text, strlen(text) + 1, text, strlen(text));
  tidy(text);
  *own_text = text;
  return OK;
}

enum err statement_fill(struct statement *s, const struct wording *w,
                        const struct statement_facts *facts) {
  struct statement_facts f = *facts;
  const struct incident veiled = incident_veil(facts->incident);
  struct buf subject, body;
  char *own_subject = NULL, *own_body = NULL;
  if (facts->incident
          ->is_private) { /* whoever writes says what they may know */
    f.incident = &veiled;
    f.impact = f.summary = NULL;
  }
  buf_init(&subject, SUBJECT_MAX);
  buf_init(&body, BODY_MAX);
  if (w != NULL) {
    template_fill(w->subject, fill, &f, &subject);
    template_fill(w->body, fill, &f, &body);
  } else {
    buf_add(&subject, f.incident->title);
    fill_plain(&f, &body);
  }
  enum err err = take(&subject, &own_subject);
  if (err == OK)
    err = take(&body, &own_body);
  if (err == OK) {
    flatten(own_subject);
    free(s->subject);
    free(s->body);
    s->subject = own_subject;
    s->body = own_body;
    own_subject = NULL;
  }
  if (err != OK)
    free(own_subject);
  buf_fini(&subject);
  buf_fini(&body);
  return err;
}

/* own_text: with the other time; was: at least a character. */
static enum err replace(const char *text, const char *was, const char *now,
                        size_t max, char **own_text) {
  struct buf b;
  buf_init(&b, max);
  for (const char *at; (at = strstr(text, was)) != NULL;
       text = at + strlen(was)) {
    buf_addn(&b, text, (size_t)(at - text));
    buf_add(&b, now);
  }
  buf_add(&b, text);
  enum err err = take(&b, own_text);
  buf_fini(&b);
  return err;
}

enum err statement_set_next(struct statement *s, wall_ms next_at) {
  char was[NEXT_TEXT], now[NEXT_TEXT];
  char *own_subject = NULL, *own_body = NULL;
  print_next(s->next_at, was);
  print_next(next_at, now);
  enum err err = replace(s->subject, was, now, SUBJECT_MAX, &own_subject);
  if (err == OK)
    err = replace(s->body, was, now, BODY_MAX, &own_body);
  if (err != OK) {
    free(own_subject);
    return err;
  }
  free(s->subject);
  free(s->body);
  s->subject = own_subject;
  s->body = own_body;
  s->next_at = next_at;
  return OK;
}

bool wording_is_public(const struct wording *w) {
  return strcasecmp(w->category, "public") == 0;
}

bool wording_is_last(const struct wording *w) {
  return strcasecmp(w->name, "resolved") == 0 ||
         strcasecmp(w->category, "resolved") == 0;
}

/* ---- who gets it ---- */

static enum err names(const struct statement *s, const char *webhook,
                      bool *is_named) {
  struct json_in *doc = NULL;
  enum err err = OK;
  *is_named = false;
  if (s->webhooks != NULL)
    err = json_parse(s->webhooks, strlen(s->webhooks), &doc, NULL);
  for (size_t i = 0; i < json_count(doc) && !*is_named; i++)
    *is_named =
        strcmp(json_at_text(json_member(doc, i, &(const char *){NULL}), "", ""),
               webhook) == 0;
  json_in_free(doc);
  return err == ERR_NOMEM ? err : OK;
}

static bool is_about(const struct notify *n, const struct settings *settings,
                     const struct incident *i) {
  const struct severity *is = settings_severity(settings, i->severity);
  const struct rule *rule =
      i->rule != NULL ? settings_rule_known_as(settings, i->rule) : NULL;
  bool is_its = n->rules_n == 0;
  for (size_t k = 0; k < n->rules_n; k++)
    is_its = is_its || n->rules[k] == rule;
  return is_its &&
         (n->severity == NULL || (is != NULL && is->rank <= n->severity->rank));
}

static bool is_notified(const struct settings *settings,
                        const struct incident *i, const struct webhook *w) {
  if (i->is_private || i->is_test)
    return false;
  for (size_t n = 0; n < settings->notifies_n; n++) {
    const struct notify *notify = &settings->notifies[n];
    if ((notify->on & 1u << ON_UPDATE) == 0 || !is_about(notify, settings, i))
      continue;
    for (size_t k = 0; k < notify->webhooks_n; k++)
      if (notify->webhooks[k] == w)
        return true;
  }
  return false;
}

enum err statement_is_for(const struct statement *s,
                          const struct settings *settings,
                          const struct incident *i, const struct webhook *w,
                          bool *is) {
  bool is_named = false;
  enum err err = names(s, w->name, &is_named);
  if (err == OK)
    *is = is_named || is_notified(settings, i, w);
  return err;
}

bool statement_is_public(const struct statement *s,
                         const struct settings *settings) {
  const struct wording *w = s->wording != NULL && settings != NULL
                                ? settings_wording(settings, s->wording)
                                : NULL;
  if (w != NULL && wording_is_public(w))
    return true;
  return s->webhooks != NULL && strcmp(s->webhooks, "[]") != 0;
}

/* ---- clocks ---- */

#define SCOPE_MS (5 * 60000)
#define OFTEN_MS (20 * 60000)
#define OFTEN_FOR_MS (2 * 60 * 60000)
#define SELDOM_MS (60 * 60000)

span_ms statement_public_wait(size_t n, wall_ms first, wall_ms now) {
  if (n <= 1)
    return SCOPE_MS;
  return now - first < OFTEN_FOR_MS ? OFTEN_MS : SELDOM_MS;
}

bool statement_has_public_clock(const struct settings *settings,
                                const struct incident *i) {
  if (!i->is_major || i->is_private)
    return false;
  for (size_t n = 0; n < settings->wordings_n; n++)
    if (wording_is_public(settings->wordings[n]))
      return true;
  return false;
}
