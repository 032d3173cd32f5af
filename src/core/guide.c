/* SPDX-License-Identifier: MIT */
#include "core/guide.h"

#include "base/span.h"

#include <stdio.h>
#include <string.h>

#define TEXT_MAX 65536

/* ---- templates as they are written ---- */

/* What it could not hold fails the document. */
static void drop(struct document *d, struct buf *own) {
  if (own->err != OK && d->out.err == OK)
    d->out.err = own->err;
  buf_fini(own);
}

/* The text is in out; "" for NULL. */
static const char *written(const struct template *t, struct buf *out) {
  buf_init(out, TEXT_MAX);
  if (t != NULL)
    template_print(t, out);
  return buf_text(out);
}

static void cell_template(struct document *d, const struct template *t) {
  struct buf text;
  document_cell(d, written(t, &text));
  drop(d, &text);
}

static void cell_span(struct document *d, span_ms span) {
  char text[SPAN_TEXT];
  span_print(span, text);
  document_cell(d, span > 0 ? text : "");
}

/* ---- what an incident is ---- */

static void add_rule(struct document *d, size_t number, const struct rule *r) {
  struct buf text;
  char n[24];
  snprintf(n, sizeof n, "%zu", number);
  document_cell(d, n);
  const char *what =
      written(r->description != NULL ? r->description : r->title, &text);
  document_cell(d, what[0] != '\0' ? what : r->name);
  drop(d, &text);
  document_cell(d, r->name);
  document_cell(d, r->severity->name);
  document_cell(d, r->service);
  cell_template(d, r->runbook);
}

static void add_criteria(struct document *d, const struct settings *s) {
  static const char *const heads[] = {"No.",      "What",    "Rule",
                                      "Severity", "Service", "Runbook"};
  char number[24];
  size_t n = 0;
  document_heading(d, 2, "What an incident is");
  document_say(d, "It is an incident if any one of these is true.");
  document_table(d, heads, sizeof heads / sizeof heads[0]);
  for (size_t i = 0; i < s->rules_n; i++)
    if (!s->rules[i]->is_recorded)
      add_rule(d, ++n, s->rules[i]);
  snprintf(number, sizeof number, "%zu", n + 1);
  document_cell(d, number);
  document_cell(d, "Somebody thinks that it is one. If in doubt, it is.");
  document_cell(d, "incidentctl declare --title TEXT");
  document_cell(d, "UNKNOWN until it is known");
  document_cell(d, "");
  document_cell(d, "");
  document_table_end(d);
}

static void add_severities(struct document *d, const struct settings *s) {
  static const char *const heads[] = {
      "Severity",   "What it is",   "Response",     "Urgency",
      "Also pages", "Update every", "Review within"};
  document_heading(d, 2, "How bad it is");
  document_table(d, heads, sizeof heads / sizeof heads[0]);
  for (size_t i = 0; i < s->severities_n; i++) {
    const struct severity *v = s->severities[i];
    struct buf name;
    buf_init(&name, TEXT_MAX);
    buf_addf(&name, "%s%s", v->name, v->is_major ? " (major)" : "");
    document_cell(d, buf_text(&name));
    drop(d, &name);
    document_cell(d, v->description);
    document_cell(d, v->response);
    document_cell(d, v->is_high_urgency ? "high" : "low");
    document_cell(d, v->chain != NULL ? v->chain->name : "");
    cell_span(d, v->update_every);
    cell_span(d, v->postmortem_due);
  }
  document_table_end(d);
  document_say(d, "If it is not clear which, take the worse one; it can be "
                  "lowered when it is over.");
}

/* ---- people ---- */

static void add_roles(struct document *d, const struct settings *s) {
  static const char *const heads[] = {"Role", "Name", "Contact", "Backup",
                                      "Responsibility"};
  document_heading(d, 2, "Who does what");
  document_table(d, heads, sizeof heads / sizeof heads[0]);
  for (size_t i = 0; i < s->roles_n; i++) {
    const struct role *r = s->roles[i];
    document_cell(d, r->title);
    document_cell(d, r->name);
    document_cell(d, r->contact);
    document_cell(d, r->backup);
    document_cell(d, r->responsibility);
  }
  document_table_end(d);
  document_say(d, "To take a role or give it: incidentctl role ID ROLE WHO.");
}

static void add_duties(struct document *d, const struct guide *g) {
  static const char *const heads[] = {"Schedule", "On call", "Contact",
                                      "Until (UTC)"};
  const struct settings *s = g->settings;
  char text[DOCUMENT_TIME];
  if (s->schedules_n == 0)
    return;
  document_print_time(g->now, text);
  struct buf line;
  buf_init(&line, TEXT_MAX);
  buf_addf(&line, "At %s; later: incidentctl oncall.", text);
  document_heading(d, 2, "Who is on call");
  document_say(d, buf_text(&line));
  drop(d, &line);
  document_table(d, heads, sizeof heads / sizeof heads[0]);
  for (size_t i = 0; i < s->schedules_n; i++) {
    const struct guide_duty *duty = &g->duties[i];
    document_cell(d, s->schedules[i]->name);
    document_cell(d, duty->responder != NULL ? duty->responder->full_name
                                             : "nobody");
    document_cell(d, duty->responder != NULL ? duty->responder->contact : "");
    document_cell_time(d, duty->until);
  }
  document_table_end(d);
}

static void add_target(struct buf *out, const struct target *t) {
  switch (t->kind) {
  case TARGET_RESPONDER:
    buf_add(out, t->responder->full_name);
    break;
  case TARGET_WEBHOOK:
    buf_addf(out, "the room %s", t->webhook->name);
    break;
  case TARGET_SCHEDULE:
    buf_addf(out, "whoever is on call by %s", t->schedule->name);
    break;
  }
}

/* The n-th step, and when it begins. */
static void add_step(struct document *d, const struct chain *c, size_t n,
                     span_ms after) {
  struct buf who;
  char number[24], span[SPAN_TEXT];
  snprintf(number, sizeof number, "%zu", n + 1);
  span_print(after, span);
  document_cell(d, n == 0 ? c->name : "");
  document_cell(d, number);
  buf_init(&who, TEXT_MAX);
  for (size_t i = 0; i < c->steps[n].targets_n; i++) {
    buf_add(&who, i > 0 ? ", " : "");
    add_target(&who, &c->steps[n].targets[i]);
  }
  document_cell(d, buf_text(&who));
  drop(d, &who);
  document_cell(d, n == 0 ? "at once" : span);
}

static void add_chains(struct document *d, const struct settings *s) {
  static const char *const heads[] = {"Chain", "Step", "Who", "After"};
  if (s->chains_n == 0)
    return;
  document_say(d, "Until somebody acknowledges, step by step:");
  document_table(d, heads, sizeof heads / sizeof heads[0]);
  for (size_t i = 0; i < s->chains_n; i++) {
    span_ms after = 0;
    for (size_t n = 0; n < s->chains[i]->steps_n; n++) {
      add_step(d, s->chains[i], n, after);
      after += s->chains[i]->steps[n].wait;
    }
  }
  document_table_end(d);
}

static void add_responders(struct document *d, const struct settings *s) {
  static const char *const heads[] = {"Who", "Name", "Contact", "Time zone"};
  if (s->responders_n == 0)
    return;
  document_say(d, "By hand, if pages do not get through:");
  document_table(d, heads, sizeof heads / sizeof heads[0]);
  for (size_t i = 0; i < s->responders_n; i++) {
    const struct responder *r = s->responders[i];
    document_cell(d, r->full_name);
    document_cell(d, r->name);
    document_cell(d, r->contact);
    document_cell(d, r->time_zone);
  }
  document_table_end(d);
}

static void add_paging(struct document *d, const struct settings *s) {
  struct buf chain;
  document_heading(d, 2, "How to page");
  document_items_begin(d);
  document_item(d, "Declare an incident",
                "incidentctl declare --title TEXT --severity SEVERITY");
  document_item(d, "Page somebody", "incidentctl page ID WHO");
  document_item(d, "Page the next ones", "incidentctl escalate ID");
  document_item(d, "Take it", "incidentctl ack ID");
  document_item(d, "Who leads it, and what is known", "incidentctl show ID");
  if (s->default_chain != NULL) {
    buf_init(&chain, TEXT_MAX);
    buf_addf(&chain, "the chain %s", s->default_chain->name);
    document_item(d, "Paged unless said otherwise", buf_text(&chain));
    drop(d, &chain);
  }
  document_items_end(d);
  add_chains(d, s);
  add_responders(d, s);
}

/* ---- working ---- */

static void add_loop(struct document *d) {
  document_heading(d, 2, "How we lead it");
  document_say(d, "The commander goes through these again and again until it "
                  "is over.");
  document_items_begin(d);
  document_item(d, "Size up",
                "what is wrong, since when, for whom, and is it getting worse? "
                "Everybody reports condition, actions and needs: incidentctl "
                "can ID; incidentctl impact add ID TEXT; incidentctl count ID "
                "NAME NUMBER");
  document_item(d, "Stabilize",
                "ask for proposals and strong objections, decide, give it to "
                "one person with a time, and have it understood: incidentctl "
                "decide ID TEXT; incidentctl task add ID TEXT --to WHO --due "
                "10m");
  document_item(d, "Update",
                "tell stakeholders and the public, and when the next word "
                "comes: incidentctl update ID");
  document_item(d, "Verify",
                "did it help? If so: incidentctl fix ID TEXT; if not, from the "
                "beginning");
  document_items_end(d);
  document_heading(d, 2, "When it is over");
  document_items_begin(d);
  document_item(d, "Say so",
                "incidentctl release ID WHO; incidentctl severity ID SEVERITY "
                "as it really was; incidentctl resolve ID -m TEXT");
  document_item(d, "Learn from it",
                "incidentctl postmortem create ID, also of a false alarm and a "
                "drill; incidentctl postmortem owner ID WHO; incidentctl "
                "postmortem meeting ID TIME");
  document_items_end(d);
}

/* ---- talking ---- */

static void add_place(struct document *d, const char *name, const char *what,
                      const struct template *url) {
  if (url == NULL)
    return;
  document_cell(d, name);
  document_cell(d, what);
  document_cell(d, "while it is open");
  document_cell(d, "responders");
  document_cell(d, "");
  cell_template(d, url);
}

static void add_channels(struct document *d, const struct settings *s) {
  static const char *const heads[] = {"Channel", "Purpose", "When",
                                      "Who",     "Access",  "Where"};
  document_heading(d, 2, "Where we talk");
  if (s->channels_n == 0 && s->chat_url == NULL && s->call_url == NULL) {
    document_gap(d, "No channels are configured.");
    return;
  }
  document_table(d, heads, sizeof heads / sizeof heads[0]);
  add_place(d, "Chat", "working on one incident", s->chat_url);
  add_place(d, "Call", "working on one incident", s->call_url);
  for (size_t i = 0; i < s->channels_n; i++) {
    const struct channel *c = s->channels[i];
    document_cell(d, c->name);
    document_cell(d, c->purpose);
    document_cell(d, c->when);
    document_cell(d, c->who);
    document_cell(d, c->how);
    if (c->url[0] != '\0')
      document_cell_link(d, c->url, c->url);
    else
      document_cell(d, "");
  }
  document_table_end(d);
}

static void add_wordings(struct document *d, const struct settings *s) {
  struct buf text;
  document_heading(d, 2, "What we say");
  document_say(d,
               "With incidentctl update ID --template NAME -m TEXT; TEXT and "
               "the rest that is in braces is filled in.");
  for (size_t i = 0; i < s->wordings_n; i++) {
    const struct wording *w = s->wordings[i];
    document_heading(d, 3, w->name);
    document_items_begin(d);
    if (w->category[0] != '\0')
      document_item(d, "Category", w->category);
    document_item(d, "Subject", written(w->subject, &text));
    drop(d, &text);
    document_items_end(d);
    document_words(d, written(w->body, &text));
    drop(d, &text);
  }
}

static void add_values(struct document *d, const struct settings *s) {
  document_heading(d, 2, "What we hold to");
  if (s->values_n == 0) {
    document_gap(d, "No values are configured.");
    return;
  }
  document_items_begin(d);
  for (size_t i = 0; i < s->values_n; i++)
    document_item(d, NULL, s->values[i]);
  document_items_end(d);
}

enum err guide_write(const struct guide *g, enum markup markup,
                     char **own_text) {
  struct document d;
  document_begin(&d, markup, "How we respond to incidents");
  add_criteria(&d, g->settings);
  add_severities(&d, g->settings);
  add_roles(&d, g->settings);
  add_duties(&d, g);
  add_paging(&d, g->settings);
  add_loop(&d);
  add_channels(&d, g->settings);
  add_wordings(&d, g->settings);
  add_values(&d, g->settings);
  return document_end(&d, own_text);
}
