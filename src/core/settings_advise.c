/* SPDX-License-Identifier: MIT */
/* What is allowed and most likely not meant. */
#include "core/schedule.h"
#include "core/week.h"

#include "base/span.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

struct adviser {
  const struct conf *const *blocks;
  size_t blocks_n;
  settings_report *report;
  void *arg;
};

static void advise(const struct adviser *a, const char *kind, const char *name,
                   const char *message) {
  char path[320]; /* names have 255 bytes at most */
  struct finding finding = {
      .is_warning = true, .path = path, .message = message};
  if (name == NULL)
    snprintf(path, sizeof path, "%s", kind);
  else
    snprintf(path, sizeof path, "%s \"%s\"", kind, name);
  for (size_t i = 0; name != NULL && i < a->blocks_n; i++)
    for (size_t k = 0; k < a->blocks[i]->children_n; k++) {
      const struct conf *item = &a->blocks[i]->children[k];
      if (strcasecmp(item->key, kind) == 0 && item->values_n == 1 &&
          item->values[0].type == CONF_TEXT &&
          strcmp(item->values[0].text, name) == 0) {
        finding.file = item->file;
        finding.line = item->line;
      }
    }
  a->report(a->arg, &finding);
}

/* An expression is tried on some texts: good enough for advice. */
static bool takes_all(const struct selector *s) {
  return selector_matches(s, "") && selector_matches(s, "a") &&
         selector_matches(s, "Z-9._x");
}

static bool is_catch_all(const struct rule *r) {
  for (size_t i = 0; i < r->matches_n; i++) {
    const struct match *m = &r->matches[i];
    bool all = takes_all(&m->message) && m->metas_n == 0 &&
               m->remote == WANTED_EITHER && m->missing == WANTED_EITHER;
    for (size_t k = 0; k < FIELDS; k++)
      all = all && takes_all(&m->field[k]);
    if (all)
      return true;
  }
  return false;
}

/* ---- rules that others leave nothing to ---- */

static bool metas_cover(const struct match *wide, const struct match *m) {
  for (size_t i = 0; i < wide->metas_n; i++) {
    size_t k = 0;
    while (k < m->metas_n &&
           (strcmp(m->metas[k].name, wide->metas[i].name) != 0 ||
            !selector_covers(&wide->metas[i].value, &m->metas[k].value)))
      k++;
    if (k == m->metas_n)
      return false;
  }
  return true;
}

static bool match_covers(const struct match *wide, const struct match *m) {
  for (size_t i = 0; i < FIELDS; i++)
    if (!selector_covers(&wide->field[i], &m->field[i]))
      return false;
  return wide->level <= m->level &&
         (wide->remote == WANTED_EITHER || wide->remote == m->remote) &&
         (wide->missing == WANTED_EITHER || wide->missing == m->missing) &&
         selector_covers(&wide->message, &m->message) && metas_cover(wide, m);
}

static bool rule_covers(const struct rule *wide, const struct match *m) {
  for (size_t i = 0; i < wide->matches_n; i++)
    if (match_covers(&wide->matches[i], m))
      return true;
  return false;
}

/* True if rules before this one take all that its <Match> blocks do. */
static bool is_shadowed(const struct settings *s, const struct rule *r) {
  for (size_t i = 0; i < r->matches_n; i++) {
    size_t k = 0;
    while (k < r->order && (s->rules[k]->is_continued ||
                            !rule_covers(s->rules[k], &r->matches[i])))
      k++;
    if (k == r->order)
      return false;
  }
  return r->metrics_n == 0;
}

static void advise_rule(const struct adviser *a, const struct settings *s,
                        const struct rule *r) {
  if (r->runbook == NULL && !r->is_recorded)
    advise(a, "Rule", r->name, "has no Runbook: say where to read what to do");
  if (r->chain == NULL && s->default_chain == NULL &&
      r->severity->chain == NULL && !r->is_recorded)
    advise(a, "Rule", r->name,
           "pages nobody; give it a Chain, or set DefaultChain");
  if (is_shadowed(s, r))
    advise(a, "Rule", r->name,
           "never gets anything: rules before it take all that it matches");
  if (r->expire > 0 && r->expire <= r->bad_for && r->metrics_n == 0)
    advise(a, "Rule", r->name,
           "Expire is not longer than For: what does not repeat itself never "
           "fires");
}

/* ---- responders ---- */

static bool schedule_has(const struct schedule *s, const struct responder *r) {
  for (size_t i = 0; i < s->rotations_n; i++)
    for (size_t k = 0; k < s->rotations[i].responders_n; k++)
      if (s->rotations[i].responders[k] == r)
        return true;
  return s->fallback == r;
}

static bool step_pages(const struct step *s, const struct responder *r) {
  for (size_t i = 0; i < s->targets_n; i++) {
    const struct target *t = &s->targets[i];
    if (t->responder == r ||
        (t->kind == TARGET_SCHEDULE && schedule_has(t->schedule, r)))
      return true;
  }
  return false;
}

/* The shortest Wait of a step that pages them, and its chain; NULL: none. */
static const struct chain *find_shortest(const struct settings *s,
                                         const struct responder *r,
                                         span_ms *wait) {
  const struct chain *chain = NULL;
  for (size_t i = 0; i < s->chains_n; i++)
    for (size_t k = 0; k < s->chains[i]->steps_n; k++) {
      const struct step *step = &s->chains[i]->steps[k];
      if ((chain != NULL && step->wait >= *wait) || !step_pages(step, r))
        continue;
      chain = s->chains[i];
      *wait = step->wait;
    }
  return chain;
}

static void advise_responder(const struct adviser *a, const struct settings *s,
                             const struct responder *r) {
  char message[512], wait_text[SPAN_TEXT], delay_text[SPAN_TEXT];
  span_ms wait = 0;
  const struct chain *chain = find_shortest(s, r, &wait);
  if (r->ways_n == 0)
    advise(a, "Responder", r->name, "has no Webhook, so nothing reaches them");
  for (size_t i = 0; chain != NULL && i < r->ways_n; i++) {
    if (r->ways[i].delay < wait)
      continue;
    span_print(wait, wait_text);
    span_print(r->ways[i].delay, delay_text);
    snprintf(message, sizeof message,
             "Webhook \"%.80s\" comes %s after a step began, but a step of "
             "chain \"%.80s\" waits %s only",
             r->ways[i].webhook->name, delay_text, chain->name, wait_text);
    advise(a, "Responder", r->name, message);
  }
}

/* ---- schedules ---- */

#define GAPS_SHOWN 3
#define GAPS_LOOK (90 * DAY_MS)

static bool is_paged(const struct settings *s, const struct schedule *duty) {
  for (size_t i = 0; i < s->chains_n; i++)
    for (size_t k = 0; k < s->chains[i]->steps_n; k++)
      for (size_t n = 0; n < s->chains[i]->steps[k].targets_n; n++)
        if (s->chains[i]->steps[k].targets[n].schedule == duty)
          return true;
  return false;
}

struct gaps {
  const struct adviser *a;
  const struct schedule *schedule;
  wall_ms now, until;
  unsigned n;
};

/* "2026-11-23 17:00" on the schedule's wall. */
#define WALL_TEXT 24
static void print_wall(const struct schedule *s, wall_ms at,
                       char out[WALL_TEXT]) {
  struct wall_time w;
  zone_wall(s->zone, at, &w);
  snprintf(out, WALL_TEXT, "%04d-%02u-%02u %02u:%02u", w.year % 10000,
           (unsigned)w.month % 100, (unsigned)w.day % 100,
           (unsigned)w.hour % 100, (unsigned)w.minute % 100);
}

static void advise_gap(void *arg, wall_ms from, wall_ms until) {
  struct gaps *g = arg;
  const struct schedule *s = g->schedule;
  char first[WALL_TEXT], last[WALL_TEXT], text[192];
  if (g->n++ >= GAPS_SHOWN)
    return;
  print_wall(s, from, first);
  print_wall(s, until, last);
  if (from == g->now && until == g->until)
    snprintf(text, sizeof text, "nobody is on call in the next 90 days");
  else if (until == g->until)
    snprintf(text, sizeof text, "nobody is on call from %s on%s%.64s", first,
             s->zone_name[0] == '\0' ? "" : ", ", s->zone_name);
  else
    snprintf(text, sizeof text, "nobody is on call from %s to %s%s%.64s",
             from == g->now ? "now" : first, last,
             s->zone_name[0] == '\0' ? "" : ", ", s->zone_name);
  advise(g->a, "Schedule", s->name, text);
}

void settings_advise_gaps(const struct schedule *schedule,
                          const struct duty_facts *facts, wall_ms now,
                          const struct conf *const *blocks, size_t blocks_n,
                          settings_report *report, void *arg) {
  const struct adviser a = {blocks, blocks_n, report, arg};
  struct gaps g = {
      .a = &a, .schedule = schedule, .now = now, .until = now + GAPS_LOOK};
  char text[64];
  if (schedule->fallback != NULL ||
      (schedule->calendar[0] != '\0' && facts->calendar == NULL))
    return;
  schedule_gaps(schedule, facts, now, g.until, advise_gap, &g);
  if (g.n <= GAPS_SHOWN)
    return;
  snprintf(text, sizeof text,
           "nobody is on call %u more times in the next 90 days",
           g.n - GAPS_SHOWN);
  advise(&a, "Schedule", schedule->name, text);
}

void settings_advise(const struct settings *s, const struct conf *const *blocks,
                     size_t blocks_n, settings_report *report, void *arg) {
  const struct adviser a = {blocks, blocks_n, report, arg};
  bool has_catch_all = false;
  for (size_t i = 0; i < s->responders_n; i++)
    advise_responder(&a, s, s->responders[i]);
  for (size_t i = 0; i < s->rules_n; i++) {
    advise_rule(&a, s, s->rules[i]);
    has_catch_all = has_catch_all || is_catch_all(s->rules[i]);
  }
  for (size_t i = 0; i < s->schedules_n; i++)
    if (!is_paged(s, s->schedules[i]))
      advise(&a, "Schedule", s->schedules[i]->name,
             "is in no Step: only `incidentctl page` pages it");
  if (s->rules_n == 0)
    advise(&a, "Rule", NULL, "there is none: nothing will be an incident");
  else if (!has_catch_all)
    advise(&a, "Rule", NULL,
           "none takes every failure: what no rule matches pages nobody");
}
