/* SPDX-License-Identifier: MIT */
/* Microsoft Teams: an Adaptive Card, as connectors and workflows take it. */
#include "core/format_inside.h"

#define HEADLINE_MAX 1000 /* bytes; the whole may have 28 KB */
#define WHAT_MAX 8000     /* twice as much at most once it is JSON */
#define VALUE_MAX 500

static void put_text_block(struct json *j) {
  json_object(j);
  json_put_text(j, "type", "TextBlock");
  json_put_bool(j, "wrap", true);
}

static void put_headline(struct json *j, const struct message *m,
                         const struct brief *b) {
  put_text_block(j);
  format_put_marked(j, "text", MARKUP_TEAMS, b->headline, HEADLINE_MAX);
  json_put_text(j, "size", "Large");
  json_put_text(j, "weight", "Bolder");
  json_put_text(j, "color",
                m->page->event == PAGE_RESOLVED ? "Good"
                : m->page->event != PAGE_PAGE   ? "Default"
                : m->gravity >= GRAVITY_ERROR   ? "Attention"
                                                : "Warning");
  json_object_end(j);
}

static void put_what(struct json *j, const struct message *m) {
  struct buf what;
  buf_init(&what, 2 * WHAT_MAX);
  /* A line of its own is what follows an empty one. */
  brief_add_what(m, MARKUP_TEAMS, "\n\n", WHAT_MAX, &what);
  if (what.len > 0 || what.err != OK) {
    put_text_block(j);
    format_put_buf(j, "text", &what);
    json_object_end(j);
  }
  buf_fini(&what);
}

static void put_facts(struct json *j, const struct brief *b) {
  json_object(j);
  json_put_text(j, "type", "FactSet");
  json_key(j, "facts");
  json_array(j);
  for (size_t i = 0; i < b->facts_n; i++) {
    const struct brief_fact *f = &b->facts[i];
    if (f->link[0] != '\0' && f->link != b->url)
      continue; /* a button */
    json_object(j);
    json_put_text(j, "title", f->name);
    format_put_marked(j, "value", MARKUP_TEAMS, f->text, VALUE_MAX);
    json_object_end(j);
  }
  json_array_end(j);
  json_object_end(j);
}

static void put_button(struct json *j, const char *title, const char *link) {
  if (link[0] == '\0')
    return;
  json_object(j);
  json_put_text(j, "type", "Action.OpenUrl");
  json_put_text(j, "title", title);
  json_put_text(j, "url", link);
  json_object_end(j);
}

static void put_card(const struct message *m, const struct brief *b,
                     struct json *j) {
  json_object(j);
  json_put_text(j, "$schema",
                "http://adaptivecards.io/schemas/adaptive-card.json");
  json_put_text(j, "type", "AdaptiveCard");
  json_put_text(j, "version", "1.4");
  json_key(j, "msteams");
  json_object(j);
  json_put_text(j, "width", "Full");
  json_object_end(j);
  json_key(j, "body");
  json_array(j);
  put_headline(j, m, b);
  put_what(j, m);
  put_facts(j, b);
  json_array_end(j);
  json_key(j, "actions");
  json_array(j);
  put_button(j, "Acknowledge", b->ack);
  put_button(j, "Runbook", b->runbook);
  put_button(j, "Incident", b->url);
  json_array_end(j);
  json_object_end(j);
}

void format_teams(const struct message *m, const struct webhook *w,
                  const struct brief *b, struct json *j) {
  (void)w;
  json_object(j);
  json_put_text(j, "type", "message");
  json_key(j, "attachments");
  json_array(j);
  json_object(j);
  json_put_text(j, "contentType", "application/vnd.microsoft.card.adaptive");
  json_key(j, "content");
  put_card(m, b, j);
  json_object_end(j);
  json_array_end(j);
  json_object_end(j);
}
