/* SPDX-License-Identifier: MIT */
/* What <Metric> blocks say of values: from rulings to alerts. */
#include "base/json.h"
#include "base/log.h"
#include "base/span.h"
#include "core/rule.h"
#include "engine/triage_inside.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MESSAGE_MAX 512

/* As long as there are few alerts the row of one that stays bad is written with
 * every value; a storm's worth of them would keep the disk busy for nothing. */
#define REPEATS_WRITTEN 1000

#define UNWATCHED "its rule looks at it no more"

/* What is not a number decides nothing, unless it is that there is none. */
static bool says(const struct ruling *r, enum judgement judgement) {
  return r->judgement == judgement &&
         (r->kind == METRIC_ABSENT || isfinite(r->value));
}

/* ---- the alert's own signal ---- */

/* "load shortterm", "percent_bytes-used" */
static void print_what(const struct signal *s, const char *source, char *out,
                       size_t size) {
  const char *instance = signal_field(s, FIELD_TYPE_INSTANCE);
  bool is_plain = source[0] == '\0' || strcmp(source, "value") == 0;
  snprintf(out, size, "%s%s%s%s%s", signal_field(s, FIELD_TYPE),
           instance[0] != '\0' ? "-" : "", instance, is_plain ? "" : " ",
           is_plain ? "" : source);
}

static void print_message(const struct signal *s, const struct ruling *r,
                          char out[MESSAGE_MAX]) {
  bool is_bad = r->judgement == JUDGED_BAD;
  char what[MESSAGE_MAX - 128], value[JSON_NUMBER], limit[JSON_NUMBER];
  char span[SPAN_TEXT];
  print_what(s, signal_ruling_source(s, r), what, sizeof what);
  json_number(r->value, value);
  json_number(r->limit, limit);
  switch ((enum metric_kind)r->kind) {
  case METRIC_ABOVE:
  case METRIC_BELOW:
    snprintf(out, MESSAGE_MAX, "%s is %s, %s%s %s", what, value,
             is_bad ? "" : "not ", r->kind == METRIC_ABOVE ? "above" : "below",
             limit);
    break;
  case METRIC_ABSENT:
    span_print((span_ms)(r->limit * 1000), span);
    if (is_bad)
      snprintf(out, MESSAGE_MAX, "no value for %s", span);
    else if (isfinite(r->value))
      snprintf(out, MESSAGE_MAX, "%s is %s", what, value);
    else
      snprintf(out, MESSAGE_MAX, "there are values again");
    break;
  }
}

static struct signal *make_signal(const struct signal *s, enum level level,
                                  const struct ruling *r, const char *message) {
  uint64_t memory[SIGNAL_BYTES_MAX / sizeof(uint64_t)];
  struct packer p;
  signal_begin(&p, memory);
  struct signal *own = p.signal;
  own->kind = SIGNAL_READING;
  own->level = (uint8_t)level;
  own->received = s->received;
  own->sent = s->sent;
  own->is_remote = s->is_remote;
  if (r != NULL && isfinite(r->value)) {
    own->value = r->value;
    own->has_value = 1;
  }
  if (r != NULL && r->kind == METRIC_ABOVE)
    own->failure_max = r->limit;
  if (r != NULL && r->kind == METRIC_BELOW)
    own->failure_min = r->limit;
  for (int f = 0; f < FIELDS; f++) {
    const char *text = signal_field(s, (enum field)f);
    signal_add(&p, text, strlen(text));
  }
  signal_add(&p, message, strlen(message));
  const char *source = r != NULL ? signal_ruling_source(s, r) : "";
  signal_add(&p, source, strlen(source));
  signal_end(&p, false);
  return signal_copy(own);
}

static struct signal *ruled_signal(const struct signal *s,
                                   const struct ruling *r) {
  char message[MESSAGE_MAX];
  print_message(s, r, message);
  return make_signal(s, r->judgement == JUDGED_BAD ? LEVEL_FAILURE : LEVEL_OKAY,
                     r, message);
}

/* ---- live alerts ---- */

static void take(struct triage *t, struct alert *a, struct signal *own_signal,
                 wall_ms now) {
  const struct alert before = *a;
  if (own_signal == NULL) {
    log_line(LOG_ERROR, "incident: reading lost: out of memory");
    return;
  }
  enum alert_news news = alert_take(a, own_signal, now);
  bool is_repeated = news == ALERT_CHANGED && a->state == before.state &&
                     a->level == before.level && a->bad_by == before.bad_by &&
                     a->unsure == before.unsure;
  if (is_repeated && t->book->alerts_n > REPEATS_WRITTEN)
    news = ALERT_NO_NEWS;
  triage_news(t, a, news, now);
}

static const struct ruling *ruling_of(const struct triage *t,
                                      const struct signal *s,
                                      const struct rule *rule) {
  const struct ruling *r = signal_rulings(s);
  for (size_t i = 0; i < s->rulings_n; i++)
    if (r[i].rule < t->settings->rules_n &&
        t->settings->rules[r[i].rule] == rule)
      return &r[i];
  return NULL;
}

static void tell_live(struct triage *t, const struct signal *s, wall_ms now) {
  for (struct alert *a = book_alert(t->book, s), *next; a != NULL; a = next) {
    next = book_alert_next(a);
    const struct ruling *r = alert_is_live(a) ? ruling_of(t, s, a->rule) : NULL;
    if (r == NULL)
      continue;
    if (says(r, JUDGED_BAD) || says(r, JUDGED_GOOD)) {
      take(t, a, ruled_signal(s, r), now);
    } else {
      alert_hear(a, now);
      triage_news(t, a, ALERT_NO_NEWS, now);
    }
  }
}

static bool measures(const struct rule *r, const struct signal *s) {
  for (size_t i = 0; i < r->metrics_n; i++) {
    int f = 0;
    while (f < FIELDS && selector_matches(&r->metrics[i].field[f],
                                          signal_field(s, (enum field)f)))
      f++;
    if (f == FIELDS)
      return true;
  }
  return false;
}

void triage_hear_values(struct triage *t, struct alert *a, wall_ms now) {
  wall_ms at;
  if (t->series == NULL || a->rule == NULL || a->rule->expire == 0 ||
      a->heard_at + a->rule->expire > now || !measures(a->rule, a->signal))
    return;
  if (series_seen(t->series, a->signal->hash, &at) && at <= now &&
      at > a->heard_at)
    alert_hear(a, at);
}

/* A rule before it has taken the series and does not let others see it. */
static bool is_taken(struct triage *t, const struct signal *s,
                     const struct rule *rule) {
  for (const struct alert *a = book_alert(t->book, s); a != NULL;
       a = book_alert_next(a))
    if (alert_is_live(a) && a->bad_by & BAD_MEASURED &&
        a->rule->order < rule->order && !a->rule->is_continued)
      return true;
  return false;
}

void triage_take_reading(struct triage *t, const struct signal *s,
                         wall_ms now) {
  if (s->generation != t->generation)
    return; /* all series are decided anew */
  tell_live(t, s, now);
  const struct ruling *r = signal_rulings(s);
  for (size_t i = 0; i < s->rulings_n; i++) {
    if (!says(&r[i], JUDGED_BAD) || r[i].rule >= t->settings->rules_n)
      continue;
    const struct rule *rule = t->settings->rules[r[i].rule];
    struct alert *a = triage_find(t, s, rule);
    if ((a == NULL || !alert_is_live(a)) && !is_taken(t, s, rule))
      (void)triage_begin_alert(t, rule, ruled_signal(s, &r[i]), a, now);
  }
}

/* ---- the first value ---- */

static bool looks(const struct sieve_hits *hits, const struct rule *rule) {
  for (size_t i = 0; i < hits->n; i++)
    if (hits->hits[i].rule == rule)
      return true;
  return false;
}

/* Of those whose rule looks at the series no more nothing will tell. */
static void end_unmeasured(struct triage *t, const struct signal *s,
                           wall_ms now) {
  for (struct alert *a = book_alert(t->book, s), *next; a != NULL; a = next) {
    next = book_alert_next(a);
    if (alert_is_live(a) && a->bad_by & BAD_MEASURED &&
        !looks(&t->hits, a->rule))
      take(t, a, make_signal(s, LEVEL_OKAY, NULL, UNWATCHED), now);
  }
}

void triage_take_first(struct triage *t, const struct signal *s, wall_ms now) {
  const struct signal *reading = NULL;
  if (t->series == NULL)
    return;
  enum err err = sieve_ask(t->sieve, s, &t->hits);
  if (err == OK) {
    t->hits.is_matched = t->hits.is_matched || evidence_wants(t->book, s);
    absences_watch(t->absences, s, &t->hits, now);
    end_unmeasured(t, s, now);
    err = series_decide(t->series, s, &t->hits, t->memory, &reading);
  }
  if (err != OK) {
    log_line(LOG_ERROR, "incident: a series cannot be looked at: %s",
             err_text(err));
    series_doubt(t->series, s->hash);
    return;
  }
  if (reading != NULL)
    triage_take_reading(t, reading, now);
}

/* A notification that says so, or a reading. */
static struct signal *make_end(const struct alert *a, enum signal_kind kind) {
  struct signal *s = make_signal(a->signal, LEVEL_OKAY, NULL, UNWATCHED);
  if (s != NULL)
    s->kind = (uint8_t)kind;
  return s;
}

static bool says_notified(const struct alert *a) {
  bool is_doubted = a->unsure != UNSURE_NO;
  if (!(a->bad_by & BAD_NOTIFIED) && !is_doubted)
    return false;
  return a->bad_level > LEVEL_FAILURE ||
         (a->bad_by == BAD_NOTIFIED && a->level < a->bad_level);
}

static void end_alert(struct triage *t, struct alert *a, wall_ms now) {
  bool is_measured = a->bad_by & BAD_MEASURED && !measures(a->rule, a->signal);
  bool is_notified = says_notified(a);
  bool was_both = a->bad_by == (BAD_MEASURED | BAD_NOTIFIED);
  if (is_measured)
    take(t, a, make_end(a, SIGNAL_READING), now);
  if (is_notified && (!is_measured || was_both)) /* else it may be gone */
    take(t, a, make_end(a, SIGNAL_NOTIFICATION), now);
}

void triage_end_unwatched(struct triage *t, wall_ms now) {
  const struct book *b = t->book;
  struct stack found = {0};
  enum err err = OK;
  for (size_t i = 0; i < b->alert_buckets; i++)
    for (struct alert *a = b->alert_table[i]; a != NULL && err == OK;
         a = a->bucket_next)
      if (alert_is_live(a) && a->rule != NULL &&
          (says_notified(a) ||
           (a->bad_by & BAD_MEASURED && !measures(a->rule, a->signal))))
        err = stack_push(&found, a);
  if (err != OK)
    log_line(LOG_ERROR, "incident: some alerts stay as they are: %s",
             err_text(err));
  for (size_t i = 0; i < found.n; i++)
    end_alert(t, found.items[i], now);
  stack_fini(&found);
}

void triage_absence_due(struct triage *t, struct absence *a, wall_ms now) {
  struct signal *bad = NULL;
  if (!absences_due(t->absences, a, now, &bad))
    return;
  bad->generation = t->generation;
  triage_take_reading(t, bad, now);
  free(bad);
}
