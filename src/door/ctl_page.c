/* SPDX-License-Identifier: MIT */
#include "door/ctl_page.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

#define RESPONSE_LINES 3
#define RESPONSE_BYTES 300

void ctl_page_print(const struct page *p, bool with_response, struct json *j) {
  json_object(j);
  json_put_text(j, "id", p->id);
  json_put_text(j, "event", page_event_names[p->event]);
  json_put_text(j, "state", page_state_names[p->state]);
  json_put_text(j, "webhook", p->webhook_name);
  json_put_text(j, "responder", p->responder);
  json_put_text(j, "chain", p->chain);
  json_put_int(j, "step", p->step);
  json_put_int(j, "round", p->round);
  json_put_int(j, "attempts", p->attempts);
  json_put_time(j, "created_at", p->created_at);
  json_put_time(j, "due_at",
                p->due_at != WALL_NEVER ? p->due_at : p->created_at);
  json_put_time(j, "delivered_at", p->delivered_at);
  json_key(j, "http_status");
  if (p->http_status > 0)
    json_int(j, p->http_status);
  else
    json_null(j);
  json_put_text(j, "error", p->error);
  if (with_response) {
    json_put_text(j, "response", p->response);
    json_key(j, "tries");
    page_print_attempts(p, j);
  }
  json_object_end(j);
}

/* ---- the table ---- */

void ctl_pages_begin(struct ctl_table *t, const struct ctl *c) {
  static const struct ctl_column columns[] = {
      {"MADE", false},    {"DUE", false}, {"STATE", false}, {"EVENT", false},
      {"WEBHOOK", false}, {"WHO", false}, {"CHAIN", false}, {"STEP", false},
      {"TRIES", true},    {"HTTP", true}, {"ERROR", false}, {"PAGE", false},
      {"ANSWER", false}};
  ctl_table_begin(t, c->out, &c->style, columns,
                  sizeof columns / sizeof columns[0]);
  t->indent = 2;
  t->is_wrapped = true;
}

void ctl_attempts_begin(struct ctl_table *t, const struct ctl *c) {
  static const struct ctl_column columns[] = {
      {"PAGE", false}, {"TRY", true},    {"ENDED", false},
      {"HTTP", true},  {"ERROR", false}, {"ANSWER", false}};
  ctl_table_begin(t, c->out, &c->style, columns,
                  sizeof columns / sizeof columns[0]);
  t->indent = 2;
  t->is_wrapped = true;
}

/* The first lines; cut at a character. */
static void add_answer(struct ctl_table *t, const char *response) {
  size_t len = 0;
  int lines = 0;
  if (response == NULL)
    response = "";
  while (response[len] != '\0' && len < RESPONSE_BYTES) {
    if (response[len] == '\n' && ++lines == RESPONSE_LINES)
      break;
    len++;
  }
  while (len > 0 && ((unsigned char)response[len] & 0xc0) == 0x80)
    len--;
  while (len > 0 && strchr("\r\n", response[len - 1]) != NULL)
    len--;
  ctl_table_addf(t, COLOUR_DIM, "%.*s", (int)len, response);
}

void ctl_pages_add(struct ctl_table *t, const struct page *p,
                   bool with_response) {
  static const enum ctl_colour colours[PAGE_STATES] = {
      [PAGE_PENDING] = COLOUR_YELLOW,
      [PAGE_SENDING] = COLOUR_YELLOW,
      [PAGE_DELIVERED] = COLOUR_GREEN,
      [PAGE_FAILED] = COLOUR_RED,
      [PAGE_CANCELLED] = COLOUR_DIM};
  const char *event = page_event_names[p->event];
  const char *dot = strchr(event, '.');
  char at[CLOCK_LOCAL];
  clock_print_local(p->created_at, at);
  ctl_table_add(t, COLOUR_NONE, at);
  if (p->due_at != WALL_NEVER)
    clock_print_local(p->due_at, at);
  ctl_table_add(t, COLOUR_NONE,
                with_response && p->due_at != WALL_NEVER ? at : "");
  ctl_table_add(t, colours[p->state], page_state_names[p->state]);
  ctl_table_add(t, COLOUR_NONE, dot != NULL ? dot + 1 : event);
  ctl_table_add(t, COLOUR_NONE, p->webhook_name);
  ctl_table_add(t, COLOUR_NONE, p->responder);
  ctl_table_add(t, COLOUR_NONE, p->chain);
  if (p->step > 0 && p->round > 1)
    ctl_table_addf(t, COLOUR_NONE, "%u, round %u", p->step, p->round);
  else if (p->step > 0)
    ctl_table_addf(t, COLOUR_NONE, "%u", p->step);
  else
    ctl_table_add(t, COLOUR_NONE, "");
  ctl_table_addf(t, COLOUR_NONE, "%u", p->attempts);
  if (p->http_status > 0)
    ctl_table_addf(t, COLOUR_NONE, "%d", p->http_status);
  else
    ctl_table_add(t, COLOUR_NONE, "");
  ctl_table_add(t, p->state == PAGE_FAILED ? COLOUR_RED : COLOUR_NONE,
                p->error);
  ctl_table_add(t, COLOUR_DIM, with_response ? p->id : "");
  add_answer(t, with_response ? p->response : NULL);
}

static void add_attempt(struct ctl_table *t, const struct page *p,
                        const struct json_in *attempt) {
  const char *error = json_at_text(attempt, "error", NULL);
  int64_t http_status = json_at_int(attempt, "http_status", 0);
  wall_ms at;
  char local[CLOCK_LOCAL] = "";
  if (clock_parse(json_at_text(attempt, "at", ""), &at) == OK)
    clock_print_local(at, local);
  ctl_table_add(t, COLOUR_DIM, p->id);
  ctl_table_addf(t, COLOUR_NONE, "%lld",
                 (long long)json_at_int(attempt, "attempt", 0));
  ctl_table_add(t, COLOUR_NONE, local);
  if (http_status > 0)
    ctl_table_addf(t, COLOUR_NONE, "%lld", (long long)http_status);
  else
    ctl_table_add(t, COLOUR_NONE, "");
  ctl_table_add(t, error != NULL ? COLOUR_RED : COLOUR_NONE, error);
  add_answer(t, json_at_text(attempt, "response", NULL));
}

void ctl_attempts_add(struct ctl_table *t, const struct page *p) {
  char *text = NULL;
  struct json_in *doc = NULL;
  struct json *j = json_new();
  if (j != NULL)
    page_print_attempts(p, j);
  if (j == NULL || json_done(j, &text) != OK ||
      json_parse(text, strlen(text), &doc, NULL) != OK)
    t->err = ERR_NOMEM;
  for (size_t i = 0; i < json_count(doc); i++)
    add_attempt(t, p, json_member(doc, i, NULL));
  json_in_free(doc);
  free(text);
  json_free(j);
}

/* ---- runs ---- */

/* Whose page of the present step has given way: the next to them tells. */
struct given_way {
  struct given_way *next;
  char *webhook, *responder;
};

struct runs_shown {
  const struct ctl *c;
  const struct incident *incident;
  struct ctl_table *table;
  struct run *now;             /* the one whose pages are counted */
  struct given_way *given_way; /* of it; owned */
  bool is_down; /* no plugin, so that nothing will come by itself */
};

static void drop_given_way(struct given_way **link) {
  struct given_way *g = *link;
  *link = g->next;
  free(g->webhook);
  free(g->responder);
  free(g);
}

static enum err note_given_way(struct runs_shown *s, const struct page *p) {
  struct given_way *g = calloc(1, sizeof *g);
  if (g == NULL)
    return ERR_NOMEM;
  g->next = s->given_way;
  s->given_way = g;
  enum err err = incident_set_text(&g->webhook, p->webhook_name);
  return err == OK ? incident_set_text(&g->responder, p->responder) : err;
}

/* A page that a step waits for in place of its own. */
static void stand_in(struct runs_shown *s, const struct page *p) {
  struct given_way **link = &s->given_way;
  if (p->event != PAGE_PAGE || p->run == 0 || page_is_replaced(p))
    return;
  while (*link != NULL && (!text_is_same((*link)->webhook, p->webhook_name) ||
                           !text_is_same((*link)->responder, p->responder)))
    link = &(*link)->next;
  if (*link == NULL)
    return;
  drop_given_way(link);
  s->now->pages_open += page_is_unfinished(p);
  s->now->is_received = s->now->is_received || p->reach == REACH_YES;
}

/* As the engine does when it loads them: run_due wants to know. */
static enum err count_page(void *arg, const struct page *p) {
  struct runs_shown *s = arg;
  struct run *r = s->now;
  stand_in(s, p);
  if (!run_stands_at(r, p))
    return OK;
  if (page_is_replaced(p))
    return note_given_way(s, p);
  r->pages_open += page_is_unfinished(p);
  r->is_received = r->is_received || p->reach == REACH_YES;
  return OK;
}

/* As run_hours of engine/book.h. */
static const struct hours *
hours_of(const struct ctl *c, const struct incident *i, const struct run *r) {
  const struct rule *rule =
      i->rule != NULL ? settings_rule(c->settings, i->rule) : NULL;
  return r->source == RUN_OWN && rule != NULL && !i->is_major ? rule->page_hours
                                                              : NULL;
}

static void add_next(struct buf *b, const struct ctl *c,
                     const struct incident *i, const struct run *r) {
  char span[SPAN_TEXT];
  const struct hours *hours = hours_of(c, i, r);
  wall_ms due = run_due(r);
  bool is_last = r->state == RUN_RUNNING && r->step == r->chain->steps_n &&
                 r->round > r->chain->repeat;
  if (due == WALL_NEVER)
    return;
  wall_ms opens = run_open_at(r, hours, due > c->now ? due : c->now);
  if (opens > due && opens > c->now) {
    buf_addf(b, "; waits for PageHours \"%s\"", hours->name);
    due = opens;
  }
  span_print_rough(due > c->now ? due - c->now : 0, span);
  buf_addf(b, "; %s %s%s",
           r->state == RUN_EXHAUSTED ? "begins anew"
           : is_last                 ? "is exhausted"
                                     : "next step",
           due > c->now ? "in " : "now", due > c->now ? span : "");
}

static enum err add_run(void *arg, const struct run *run) {
  struct runs_shown *s = arg;
  const struct ctl *c = s->c;
  struct run r = *run; /* names stay the other's */
  struct buf b;
  r.chain =
      c->settings != NULL ? settings_chain(c->settings, r.chain_name) : NULL;
  r.pages_open = 0;
  r.is_received = false;
  s->now = &r;
  enum err err = ledger_pages(c->ledger, s->incident->id, 0, count_page, s);
  while (s->given_way != NULL)
    drop_given_way(&s->given_way);
  buf_init(&b, 4096);
  buf_addf(&b, "chain %s, %s", r.chain_name, run_state_names[r.state]);
  if (r.step > 0)
    buf_addf(&b, " at step %u", r.step);
  if (r.step > 0 && r.chain != NULL)
    buf_addf(&b, " of %zu", r.chain->steps_n);
  if (r.round > 1)
    buf_addf(&b, ", round %u", r.round);
  if (r.chain != NULL && r.state != RUN_STOPPED && r.step <= r.chain->steps_n &&
      !s->is_down)
    add_next(&b, c, s->incident, &r);
  ctl_table_add(s->table, COLOUR_DIM, "paging");
  ctl_table_add(s->table, r.state == RUN_EXHAUSTED ? COLOUR_RED : COLOUR_NONE,
                buf_text(&b));
  buf_fini(&b);
  return err;
}

void ctl_runs_add(struct ctl_table *t, const struct ctl *c,
                  const struct incident *i) {
  struct runs_shown s = {.c = c, .incident = i, .table = t};
  if (c->ledger == NULL || !incident_is_open(i))
    return;
  s.is_down = ledger_owner(c->ledger_path) == 0;
  if (ledger_runs(c->ledger, i->id, add_run, &s) != OK)
    t->err = ERR_IO;
  if (s.is_down) {
    ctl_table_add(t, COLOUR_DIM, "plugin");
    ctl_table_add(t, COLOUR_RED, "not running: nobody is paged");
  }
}
