/* SPDX-License-Identifier: MIT */
#include "door/ctl_silence.h"

#include "base/text.h"
#include "base/zone.h"
#include "door/ctl_link.h"
#include "door/ctl_record.h"

#include <stdlib.h>
#include <string.h>

#define MATCH_MAX 4096
#define REASON_MAX 1024

/* ---- reading ---- */

static int read_matches(const struct ctl *c, struct silence *s) {
  size_t cursor = 0;
  const char *given, *why = "";
  int status = CTL_DONE;
  while (status == CTL_DONE &&
         (given = ctl_option_next(c, "match", &cursor)) != NULL) {
    char *text = NULL;
    status = ctl_read_text(c, "--match", given, MATCH_MAX, &text);
    enum err err = status == CTL_DONE ? silence_add_match(s, text, &why) : OK;
    if (err == ERR_NOMEM)
      status = ctl_fail(c, "out of memory");
    else if (err != OK)
      status = ctl_misuse(c, "silence: --match %s: %s", text, why);
    free(text);
  }
  if (status == CTL_DONE && s->matches_n == 0)
    status = ctl_misuse(c, "silence: --match is missing: one without would "
                           "hold back everything");
  return status;
}

static int read_span(const struct ctl *c, const char *option, span_ms *span) {
  const char *text = ctl_option(c, option);
  if (text != NULL && (span_parse(text, span) != OK || *span == 0))
    return ctl_misuse(c,
                      "silence: --%s \"%s\" is not a duration; write 90s, 5m, "
                      "2h or 1d",
                      option, text);
  return CTL_DONE;
}

/* "10:00" was yesterday's or today's, who knows. */
static int is_past(const struct ctl *c, const char *option) {
  return ctl_misuse(c, "silence: --%s %s is past; say the date too", option,
                    ctl_option(c, option));
}

static int read_resolved(const struct ctl *c, struct silence *s) {
  const char *id = ctl_option(c, "until-resolved");
  if (id == NULL)
    return CTL_DONE;
  s->until_resolved = true;
  return id[0] != '\0' ? ctl_read_id(c, id, &s->until_incident) : CTL_DONE;
}

static int read_every(const struct ctl *c, struct silence *s, span_ms span) {
  const char *every = ctl_option(c, "every"), *why = NULL;
  char zone[ZONE_NAME];
  if (every == NULL)
    return CTL_DONE;
  if (s->until_resolved)
    return ctl_misuse(c, "silence: --every and --until-resolved exclude each "
                         "other");
  if (span == 0)
    return ctl_misuse(c, "silence: --every needs --for: how long it holds each "
                         "time");
  zone_local_name(zone);
  enum err err = silence_set_every(s, every, zone, span, &why);
  if (err == ERR_INVALID)
    return ctl_misuse(c, "silence: --every \"%s\": %s", every, why);
  return err == OK ? CTL_DONE : ctl_fail(c, "out of memory");
}

static int check_times(const struct ctl *c, const struct silence *s,
                       span_ms span) {
  bool is_endless = s->ends_at == WALL_NEVER;
  if (is_endless && !s->until_resolved && s->every == NULL)
    return ctl_misuse(c, "silence: an end is missing: --for, --until or "
                         "--until-resolved");
  if (s->ends_at <= s->starts_at)
    return ctl_misuse(c, "silence: it ends before it starts");
  if (s->ends_at <= c->now)
    return ctl_misuse(c, "silence: it would be over already");
  if (s->remind > 0 && is_endless && s->every == NULL)
    return ctl_misuse(c, "silence: --remind needs an end that is known: --for "
                         "or --until");
  if (s->every == NULL)
    span = is_endless ? 0 : s->ends_at - s->starts_at;
  if (s->remind > 0 && s->remind >= span)
    return ctl_misuse(c, "silence: --remind is not shorter than the silence");
  if (s->every != NULL && silence_is_over(s, c->now))
    return ctl_misuse(c, "silence: --every never comes before --until");
  return CTL_DONE;
}

static int read_times(const struct ctl *c, struct silence *s) {
  const char *until = ctl_option(c, "until"), *start = ctl_option(c, "start");
  span_ms span = 0;
  int status = read_span(c, "for", &span);
  s->created_at = s->starts_at = c->now;
  if (status == CTL_DONE)
    status = read_span(c, "remind", &s->remind);
  if (status == CTL_DONE)
    status = read_resolved(c, s);
  if (status == CTL_DONE && start != NULL)
    status = ctl_read_time(c, start, &s->starts_at);
  if (status == CTL_DONE && until != NULL)
    status = ctl_read_time(c, until, &s->ends_at);
  if (status == CTL_DONE && until != NULL && s->ends_at <= c->now)
    status = is_past(c, "until");
  if (status == CTL_DONE)
    status = read_every(c, s, span);
  if (status == CTL_DONE && span > 0 && s->every == NULL) {
    if (until != NULL)
      status = ctl_misuse(c, "silence: --for and --until exclude each other");
    s->ends_at = s->starts_at + span;
  }
  return status == CTL_DONE ? check_times(c, s, span) : status;
}

static int read_silence(struct ctl *c, struct silence *s) {
  const char *reason = ctl_option(c, "reason");
  int status = read_matches(c, s);
  if (status == CTL_DONE)
    status = read_times(c, s);
  if (status == CTL_DONE && reason != NULL)
    status = ctl_read_text(c, "--reason", reason, REASON_MAX, &s->reason);
  if (status == CTL_DONE)
    status = ctl_find_by(c);
  if (status == CTL_DONE && incident_set_text(&s->by, c->by) != OK)
    status = ctl_fail(c, "out of memory");
  return status;
}

/* ---- against what is known ---- */

static void doubt(const struct ctl *c, const struct silence_match *m,
                  const char *const *names, size_t n) {
  for (size_t i = 0; i < n; i++)
    if (selector_matches(&m->selector, names[i]))
      return;
  const char *nearest = text_nearest(m->pattern, names, n);
  ctl_warn(c, "warning: %s: no %s of the configuration%s%s%s", m->text,
           m->field, nearest != NULL ? "; did you mean " : "",
           nearest != NULL ? nearest : "", nearest != NULL ? "?" : "");
}

static void doubt_names(const struct ctl *c, const struct silence *s) {
  const struct settings *known = c->settings;
  if (known == NULL)
    return;
  size_t max = known->severities_n > known->rules_n ? known->severities_n
                                                    : known->rules_n;
  const char **names = calloc(max + 1, sizeof *names);
  for (size_t i = 0; i < s->matches_n && names != NULL; i++) {
    const struct silence_match *m = &s->matches[i];
    if (strcmp(m->field, "rule") == 0) {
      for (size_t k = 0; k < known->rules_n; k++)
        names[k] = known->rules[k]->name;
      doubt(c, m, names, known->rules_n);
    } else if (strcmp(m->field, "severity") == 0) {
      for (size_t k = 0; k < known->severities_n; k++)
        names[k] = known->severities[k]->name;
      doubt(c, m, names, known->severities_n);
    }
  }
  free(names); /* NULL: a warning less */
}

/* Until one that has been resolved: never again. */
static int check_incident(const struct ctl *c, const struct silence *s) {
  struct incident i;
  long long id = (long long)s->until_incident;
  if (id == 0 || c->ledger == NULL)
    return CTL_DONE;
  enum err err = ledger_incident(c->ledger, s->until_incident, &i);
  if (err == ERR_NOTFOUND)
    return ctl_fail(c, "silence: incident %lld: not found", id);
  if (err != OK)
    return ctl_fail_ledger(c, err);
  bool is_open = incident_is_open(&i);
  incident_fini(&i);
  return is_open ? CTL_DONE
                 : ctl_fail(c, "silence: incident %lld: already resolved", id);
}

struct count {
  const struct ctl *c;
  const struct silence *silence;
  int64_t n;
};

static enum err count_alert(void *arg, const struct alert *a,
                            const char *rule_name) {
  struct count *count = arg;
  const struct settings *known = count->c->settings;
  const struct rule *rule = known != NULL && rule_name != NULL
                                ? settings_rule(known, rule_name)
                                : NULL;
  if (alert_is_firing(a) &&
      silence_matches(count->silence, a->signal, rule_name,
                      rule != NULL ? rule->severity->name : NULL))
    count->n++;
  return OK;
}

/* ---- telling ---- */

static void tell(const struct ctl *c, const struct silence *s, int64_t firing) {
  static const struct ctl_column columns[] = {{0}};
  struct ctl_table t;
  struct buf b;
  buf_init(&b, 65536);
  if (s->id != 0)
    buf_addf(&b, "silence %lld: ", (long long)s->id);
  ctl_silence_matches(s, &b);
  buf_add(&b, "; ");
  ctl_silence_when(c, s, &b);
  if (silence_is_active(s, c->now))
    buf_addf(&b, "; holds back %lld firing %s", (long long)firing,
             firing == 1 ? "alert" : "alerts");
  else if (firing > 0)
    buf_addf(&b, "; %lld that it matches %s firing now", (long long)firing,
             firing == 1 ? "is" : "are");
  ctl_table_begin(&t, c->out, &(struct ctl_style){0}, columns, 1);
  ctl_table_add(&t, COLOUR_NONE, buf_text(&b));
  ctl_table_end(&t); /* out of memory: it is done all the same */
  buf_fini(&b);
}

static int record(struct ctl *c, const struct silence *s, int64_t firing) {
  struct ctl_record record;
  struct request r;
  struct json *j = json_new();
  request_init(&r);
  r.verb = VERB_SILENCE;
  r.at = r.happened_at = c->now;
  r.by = c->by;
  enum err err = j == NULL ? ERR_NOMEM : OK;
  if (err == OK) {
    silence_print(s, c->now, j);
    err = json_done(j, &r.text);
  }
  json_free(j);
  if (err != OK)
    return ctl_fail(c, "silence: %s", err_text(err));
  int status = ctl_record(c, &r, &record);
  free(r.text);
  if (status != CTL_DONE)
    return status;
  if (c->is_json)
    status = ctl_silence_json(c, &record.silence);
  else
    tell(c, &record.silence, firing);
  if (s->until_resolved && s->until_incident == 0 && firing == 0)
    ctl_warn(c, "warning: nothing that it matches fires now");
  if (!record.is_in_memory && ledger_owner(c->ledger_path) == 0)
    ctl_warn(c,
             "recorded; collectd is not running, it holds from its start on");
  ctl_record_fini(&record);
  return status;
}

static int add(struct ctl *c, struct silence *s) {
  struct count firing = {.c = c, .silence = s};
  const char *why;
  int status = read_silence(c, s);
  if (status != CTL_DONE)
    return status;
  /* A failure is met again, and told, when it is recorded. */
  if (ctl_try_open(c, LEDGER_SHARE, &why) == OK) {
    status = check_incident(c, s);
    doubt_names(c, s);
    if (status == CTL_DONE)
      (void)ledger_live_alerts(c->ledger, count_alert, &firing);
  }
  return status == CTL_DONE ? record(c, s, firing.n) : status;
}

int ctl_silence_add(struct ctl *c) {
  struct silence s;
  silence_init(&s);
  int status = c->arguments_n == 1
                   ? add(c, &s)
                   : ctl_misuse(c,
                                "silence add: \"%s\" is one argument too many; "
                                "each pattern is a --match of its own",
                                c->arguments[1]);
  silence_fini(&s);
  return status;
}
