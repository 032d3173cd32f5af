/* SPDX-License-Identifier: MIT */
#include "door/ctl_names.h"
#include "door/ctl_record.h"

#include "core/rule.h"

#include <stdlib.h>
#include <string.h>

#define TEXT_MAX 1024
#define NAME_MAX_BYTES 255
#define SERIES_NAME_MAX 1024
#define SERIES_MAX 20 /* as many as are sampled of an incident */
#define BEHALF "incident-of-rule"

/* ---- what is attached ---- */

static bool has_series(const struct request *r, const char *name) {
  size_t len = strlen(name);
  for (const char *at = r->series; at != NULL && *at != '\0';) {
    size_t n = strcspn(at, "\n");
    if (n == len && strncmp(at, name, n) == 0)
      return true;
    at += n + (at[n] == '\n');
  }
  return false;
}

static size_t count_series(const struct request *r) {
  size_t n = r->series != NULL;
  for (const char *at = r->series; at != NULL && *at != '\0'; at++)
    n += *at == '\n';
  return n;
}

/* Once. */
static enum err add_series(struct request *r, const char *name) {
  struct buf all;
  char *text = NULL;
  if (has_series(r, name))
    return OK;
  buf_init(&all, (SERIES_MAX + 1) * (SERIES_NAME_MAX + 1));
  if (r->series != NULL)
    buf_addf(&all, "%s\n", r->series);
  buf_add(&all, name);
  enum err err = buf_take(&all, &text);
  buf_fini(&all);
  if (err != OK)
    return err;
  free(r->series);
  r->series = text;
  return OK;
}

static int read_series(struct ctl *c, struct request *r) {
  const char *given;
  size_t cursor = 0;
  int status = CTL_DONE;
  while (status == CTL_DONE &&
         (given = ctl_option_next(c, "series", &cursor)) != NULL) {
    char *name = NULL;
    struct signal *s = NULL;
    status = ctl_read_text(c, "--series", given, SERIES_NAME_MAX, &name);
    enum err err = status == CTL_DONE ? signal_from_name(name, c->now, &s) : OK;
    if (err == ERR_INVALID || (status == CTL_DONE && strchr(name, '\n')))
      status = ctl_misuse(c,
                          "declare: \"%s\" is not a series: "
                          "HOST/PLUGIN[-INSTANCE]/TYPE[-INSTANCE]",
                          name);
    else if (status == CTL_DONE && count_series(r) == SERIES_MAX)
      status = ctl_misuse(c, "declare: more than %d series", SERIES_MAX);
    else if (err != OK || (status == CTL_DONE && add_series(r, name) != OK))
      status = ctl_fail(c, "out of memory");
    free(s);
    free(name);
  }
  return status;
}

/* ---- on behalf of a rule ---- */

/* Its alerts, as far as one looks at them. */
struct behalf {
  const struct rule *rule;
  struct request *request;
  struct signal *signal; /* of the first; owned */
  int64_t incident;      /* one that has declared; 0: none */
};

static enum err take_alert(void *arg, const struct alert *a,
                           const char *rule_name) {
  struct behalf *b = arg;
  struct buf name;
  if (strcmp(rule_name, b->rule->name) != 0)
    return OK;
  if (a->incident != 0)
    b->incident = a->incident;
  if (b->signal == NULL && (b->signal = signal_copy(a->signal)) == NULL)
    return ERR_NOMEM;
  if (count_series(b->request) == SERIES_MAX)
    return OK;
  buf_init(&name, SERIES_NAME_MAX);
  signal_add_name(a->signal, &name);
  enum err err = name.err == OK ? add_series(b->request, buf_text(&name))
                                : OK; /* nothing has so long a name */
  buf_fini(&name);
  return err;
}

/* What the rule would say, where nothing else is said. */
static enum err take_words(struct ctl *c, struct behalf *b) {
  struct request *r = b->request;
  struct incident made;
  const struct declaration about = {
      .signal = b->signal, .alerts = 1, .hosts = 1};
  enum err err = OK;
  if (r->severity == NULL)
    err = incident_set_text(&r->severity, b->rule->severity->name);
  if (err != OK || r->text != NULL)
    return err;
  err = rule_declare(b->rule, c->settings, &about, 0, c->now, &made);
  if (err != OK)
    return err;
  err = incident_set_text(&r->text, made.title);
  incident_fini(&made);
  return err;
}

static int unknown_rule(const struct ctl *c, const char *name) {
  const char **names = calloc(c->settings->rules_n + 1, sizeof *names);
  if (names == NULL)
    return ctl_fail(c, "out of memory");
  for (size_t i = 0; i < c->settings->rules_n; i++)
    names[i] = c->settings->rules[i]->name;
  int status = ctl_unknown_name(c, "rule", name, names, c->settings->rules_n);
  free(names);
  return status;
}

static int act_for(struct ctl *c, struct behalf *b) {
  struct request *r = b->request;
  enum err err = ledger_live_alerts(c->ledger, take_alert, b);
  if (err == OK && b->signal == NULL && r->series != NULL) {
    char *first = strndup(r->series, strcspn(r->series, "\n"));
    err =
        first != NULL ? signal_from_name(first, c->now, &b->signal) : ERR_NOMEM;
    free(first);
  }
  if (err == OK && b->signal == NULL && r->text == NULL)
    return ctl_fail(c,
                    "declare: nothing is bad for rule %s now: say what it is "
                    "about with --series or --title",
                    b->rule->name);
  if (err == OK)
    err = take_words(c, b);
  if (err == OK)
    err = incident_set_text(&r->rule, b->rule->name);
  if (err != OK)
    return ctl_fail_ledger(c, err);
  if (b->incident != 0)
    ctl_warn(c, "warning: alerts of rule %s are of incident %lld already",
             b->rule->name, (long long)b->incident);
  return CTL_DONE;
}

static int find_behalf(struct ctl *c, struct request *r) {
  const char *name = ctl_option(c, BEHALF);
  struct behalf b = {.request = r};
  if (name == NULL)
    return CTL_DONE;
  if (c->settings == NULL)
    return ctl_fail(c, "declare: the ledger knows no rules yet, or cannot be "
                       "read: leave out --" BEHALF);
  b.rule = settings_rule_known_as(c->settings, name);
  if (b.rule == NULL)
    return unknown_rule(c, name);
  int status = act_for(c, &b);
  free(b.signal);
  return status;
}

/* ---- what is declared ---- */

static int check_names(struct ctl *c, const struct request *r) {
  int status = ctl_check_severity(c, "--severity", r->severity);
  if (status == CTL_DONE && r->chain != NULL)
    status = ctl_check_chain(c, "--chain", r->chain);
  if (status == CTL_DONE)
    status = ctl_check_who(c, "--commander", r->commander);
  return status;
}

static int read_request(struct ctl *c, struct request *r) {
  const struct {
    const char *option, *what;
    size_t max;
    char **text;
  } texts[] = {{"title", "--title", TEXT_MAX, &r->text},
               {"severity", "--severity", NAME_MAX_BYTES, &r->severity},
               {"chain", "--chain", NAME_MAX_BYTES, &r->chain},
               {"commander", "--commander", NAME_MAX_BYTES, &r->commander},
               {"codename", "--codename", NAME_MAX_BYTES, &r->codename},
               {"service", "--service", TEXT_MAX, &r->service}};
  int status = CTL_DONE;
  if (ctl_option(c, "title") == NULL && ctl_option(c, BEHALF) == NULL)
    return ctl_misuse(c, "declare: --title is missing");
  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
    const char *text = ctl_option(c, texts[i].option);
    if (text != NULL && status == CTL_DONE)
      status =
          ctl_read_text(c, texts[i].what, text, texts[i].max, texts[i].text);
  }
  if (r->text != NULL)
    ctl_fold(r->text);
  if (status == CTL_DONE)
    status = ctl_find_by(c);
  if (status == CTL_DONE && incident_set_text(&r->by, c->by) != OK)
    status = ctl_fail(c, "out of memory");
  if (status == CTL_DONE && r->commander == NULL &&
      incident_set_text(&r->commander, c->by) != OK)
    status = ctl_fail(c, "out of memory");
  if (status == CTL_DONE && r->codename != NULL &&
      ctl_option(c, "private") == NULL)
    status = ctl_misuse(c, "declare: a codename is for a --private incident");
  r->verb = VERB_DECLARE;
  r->at = r->happened_at = c->now;
  r->is_test = ctl_option(c, "test") != NULL;
  r->is_private = ctl_option(c, "private") != NULL;
  r->is_major = ctl_option(c, "major") != NULL;
  r->no_page = ctl_option(c, "no-page") != NULL;
  return status == CTL_DONE ? read_series(c, r) : status;
}

/* Its chains, and whoever is to lead it without having said so. */
static void say_reach(const struct ctl *c, const struct ctl_record *record) {
  const struct incident *i = &record->incident;
  const struct settings *s = c->settings;
  const struct chain *lead = NULL;
  if (s != NULL && i->commander != NULL &&
      strcmp(i->commander, i->declared_by) != 0 &&
      settings_responder(s, i->commander) != NULL)
    lead = settings_page_who(s, i->commander);
  const char *const chains[] = {i->chain, ctl_severity_chain(c, i->severity),
                                lead != NULL ? lead->name : NULL};
  ctl_record_page(c, record, chains, sizeof chains / sizeof chains[0]);
}

static int declare(struct ctl *c, struct request *r) {
  struct ctl_record record;
  const char *why;
  /* A failure is met again, and told, when it is recorded. */
  bool is_open = ctl_try_open(c, LEDGER_SHARE, &why) == OK;
  int status = find_behalf(c, r);
  if (status == CTL_DONE && r->severity == NULL &&
      incident_set_text(&r->severity, "UNKNOWN") != OK)
    status = ctl_fail(c, "out of memory");
  if (status == CTL_DONE && is_open)
    status = check_names(c, r);
  if (status != CTL_DONE)
    return status;
  status = ctl_record(c, r, &record);
  if (status != CTL_DONE)
    return status;
  if (c->is_json)
    status = ctl_print_incident(c, &record.incident);
  else
    fprintf(c->out, "%lld\n", (long long)record.incident.id);
  if (!r->no_page)
    say_reach(c, &record);
  ctl_record_fini(&record);
  return status;
}

static int run(struct ctl *c) {
  struct request r;
  request_init(&r);
  int status = read_request(c, &r);
  if (status == CTL_DONE)
    status = declare(c, &r);
  request_fini(&r);
  return status;
}

const struct ctl_command ctl_declare = {
    .name = "declare",
    .usage = "--title TEXT [--severity SEVERITY] [--chain CHAIN]\n"
             "           [--commander WHO] [--service TEXT] [--series SERIES "
             "...]\n"
             "           [--incident-of-rule RULE] [--major] [--test]\n"
             "           [--private [--codename TEXT]] [--no-page]",
    .summary = "declare an incident by hand; prints its number",
    .run = run,
    .options = {{.name = "title", .value = "TEXT"},
                {.name = "severity", .value = "SEVERITY"},
                {.name = "chain", .value = "CHAIN"},
                {.name = "commander", .value = "WHO"},
                {.name = "service", .value = "TEXT"},
                {.name = "series", .value = "SERIES", .is_many = true},
                {.name = BEHALF, .value = "RULE"},
                {.name = "major"},
                {.name = "test"},
                {.name = "private"},
                {.name = "codename", .value = "TEXT"},
                {.name = "no-page"}}};
