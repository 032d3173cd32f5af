/* SPDX-License-Identifier: MIT */
#include "engine/notify.h"

#include "base/json.h"
#include "base/log.h"
#include "engine/pager_inside.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TARGET_MAX 300
#define TEXT_MAX 400

static bool is_about(const struct notify *n, const struct settings *s,
                     const struct casefile *c) {
  const struct severity *is = settings_severity(s, c->incident.severity);
  bool is_its = n->rules_n == 0;
  for (size_t i = 0; i < n->rules_n; i++)
    is_its = is_its || n->rules[i] == c->rule;
  return is_its &&
         (n->severity == NULL || (is != NULL && is->rank <= n->severity->rank));
}

static bool is_told(const struct casefile *c, const struct webhook *w) {
  for (size_t i = 0; i < c->contacts_n; i++)
    if (c->contacts[i].webhook == w && page_is_notice(c->contacts[i].target) &&
        c->contacts[i].reach != REACH_NO)
      return true;
  for (const struct page *page = c->pages_first; page != NULL;
       page = page->next)
    if (page->webhook == w && page_is_notice(page->target) &&
        !page->is_unwanted)
      return true;
  return false;
}

static bool wants(const struct notify *n, const struct settings *s,
                  const struct casefile *c, const struct webhook *w,
                  enum occasion on) {
  if (on == ON_RESOLVED && is_told(c, w))
    return true;
  /* Only what was told before it became so has an end that is told. */
  if (c->incident.is_private || !is_about(n, s, c))
    return false;
  /* Of one that has only now become so bad it is the first that is heard. */
  if (on == ON_SEVERITY && (n->on & 1u << ON_DECLARED) != 0 && !is_told(c, w))
    return true;
  return (n->on & 1u << on) != 0;
}

char *notify_content(const char *text) {
  char *content = NULL;
  struct json *j = json_new();
  if (j == NULL)
    return NULL;
  json_object(j);
  json_put_text(j, "text", text);
  json_object_end(j);
  (void)json_done(j, &content); /* without memory it says less */
  json_free(j);
  return content;
}

static void make(struct pager *p, struct casefile *c, const struct webhook *w,
                 enum occasion on, const char *text, wall_ms now) {
  char target[TARGET_MAX];
  snprintf(target, sizeof target, "notify:%s", w->name);
  const struct address to = {.webhook = w, .target = target};
  struct page *page = pager_make(
      p, c, on == ON_RESOLVED ? PAGE_RESOLVED : PAGE_UPDATE, &to, now);
  if (page != NULL)
    page->content = notify_content(text);
}

/* What a person has to say of the end is not. */
static bool is_last_word(const struct pager *p, const struct page *page) {
  struct json_in *doc = NULL;
  if (!page_stands_alone(page->target) || page->content == NULL ||
      json_parse(page->content, strlen(page->content), &doc, NULL) != OK)
    return false;
  const struct wording *w = settings_wording(
      p->book->settings, json_at_text(doc, "update.template", ""));
  json_in_free(doc);
  return w != NULL && wording_is_last(w);
}

/* It is moot. */
static void cancel_older(struct pager *p, struct casefile *c, wall_ms now) {
  for (struct page *page = c->pages_first, *next; page != NULL; page = next) {
    next = page->next;
    if (page_is_notice(page->target) && !is_last_word(p, page))
      pager_cancel_page(p, page, "resolved", now);
  }
}

/* A chain has just told it that it is over. */
static bool is_resolved_for(const struct casefile *c, const struct webhook *w) {
  for (const struct page *page = c->pages_first; page != NULL;
       page = page->next)
    if (page->webhook == w && page->event == PAGE_RESOLVED &&
        page->state == PAGE_PENDING && !page_is_notice(page->target))
      return true;
  return false;
}

static bool is_wanted(const struct settings *s, const struct casefile *c,
                      const struct webhook *w, enum occasion on) {
  for (size_t n = 0; n < s->notifies_n; n++)
    for (size_t k = 0; k < s->notifies[n].webhooks_n; k++)
      if (s->notifies[n].webhooks[k] == w &&
          wants(&s->notifies[n], s, c, w, on))
        return true;
  return false;
}

void notify_tell(struct pager *p, struct casefile *c, wall_ms now,
                 enum occasion on, const char *format, ...) {
  const struct settings *s = p->book->settings;
  char text[TEXT_MAX];
  va_list ap;
  if (on == ON_RESOLVED)
    cancel_older(p, c, now);
  if (s->notifies_n == 0 || c->incident.is_test)
    return;
  va_start(ap, format);
  vsnprintf(text, sizeof text, format, ap);
  va_end(ap);
  for (size_t i = 0; i < s->webhooks_n; i++) /* each hears it once */
    if (is_wanted(s, c, s->webhooks[i], on) &&
        (on != ON_RESOLVED || !is_resolved_for(c, s->webhooks[i])))
      make(p, c, s->webhooks[i], on, text, now);
}

void notify_declared(struct pager *p, struct casefile *c, wall_ms now) {
  const struct incident *i = &c->incident;
  if (incident_is_open(i))
    notify_tell(p, c, now, ON_DECLARED, "declared as %.128s%s%.128s",
                i->severity, i->rule == NULL ? " by " : "",
                i->rule == NULL ? i->declared_by : "");
}

void notify_raised(struct pager *p, struct casefile *c, wall_ms now) {
  notify_tell(p, c, now, ON_SEVERITY, "severity raised to %.128s",
              c->incident.severity);
}

void notify_resolved(struct pager *p, struct casefile *c, wall_ms now) {
  const char *by = c->incident.resolved_by;
  notify_tell(p, c, now, ON_RESOLVED, "resolved%s%.128s",
              by != NULL ? " by " : ": all alerts have cleared",
              by != NULL ? by : "");
}

/* ---- what people have to say ---- */

static char *print_statement(const struct statement *s) {
  char *content = NULL;
  struct json *j = json_new();
  if (j == NULL)
    return NULL;
  json_object(j);
  json_put_text(j, "text", s->subject);
  json_key(j, "update");
  json_object(j);
  json_put_int(j, "id", s->id);
  json_put_text(j, "subject", s->subject);
  json_put_text(j, "body", s->body);
  json_put_text(j, "template", s->wording);
  json_put_text(j, "by", s->created_by);
  json_put_time(j, "next_at", s->next_at);
  json_put_bool(j, "withdrawn", s->state == STATEMENT_WITHDRAWN);
  json_object_end(j);
  json_object_end(j);
  (void)json_done(j, &content);
  json_free(j);
  return content;
}

/* True: there was one, which has not left and now never will. */
static bool take_back(struct pager *p, struct casefile *c,
                      const struct webhook *w, const char *target,
                      wall_ms now) {
  struct page *page = c->pages_first;
  while (page != NULL &&
         (page->webhook != w || strcmp(page->target, target) != 0 ||
          page->attempts > 0 || pager_is_on_its_way(page)))
    page = page->next;
  if (page == NULL)
    return false;
  pager_cancel_page(p, page, "withdrawn", now);
  return true;
}

static void tell_statement(struct pager *p, struct casefile *c,
                           const struct statement *s, const struct webhook *w,
                           wall_ms now) {
  char target[TARGET_MAX];
  snprintf(target, sizeof target, PAGE_STATEMENT "%lld", (long long)s->id);
  if (s->state == STATEMENT_WITHDRAWN && take_back(p, c, w, target, now))
    return;
  char *content = print_statement(s);
  const struct address to = {.webhook = w, .target = target};
  struct page *page =
      content != NULL ? pager_make(p, c, PAGE_UPDATE, &to, now) : NULL;
  if (page != NULL)
    page->content = content;
  else
    free(content);
}

void notify_statement(struct pager *p, struct casefile *c,
                      const struct statement *s, wall_ms now) {
  const struct settings *settings = p->book->settings;
  for (size_t i = 0; i < settings->webhooks_n; i++) {
    const struct webhook *w = settings->webhooks[i];
    bool is = false;
    if (statement_is_for(s, settings, &c->incident, w, &is) != OK)
      log_line(LOG_ERROR, "incident: update to webhook %s: out of memory",
               w->name);
    else if (is)
      tell_statement(p, c, s, w, now);
  }
}
