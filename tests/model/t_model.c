/* SPDX-License-Identifier: MIT */
/* Random lives of random configurations: the engine with its ledger and the
 * model (model.h) are told the same, and after each step what is open and what
 * fires must be the same.
 *
 *   t_model                  the lives of make check
 *   t_model SEED LIVES       so many others
 *   t_model SEED             one life, told step by step */
#include "base/hash.h"
#include "base/log.h"
#include "core/settings.h"
#include "model.h"
#include "tests/unit/engine_things.h"

#include <math.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define START 1760000000000
#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
#define LIVES 40 /* they are many times as slow */
#else
#define LIVES 400
#endif
#define STEPS 600
#define SECOND 1000LL
#define MINUTE (60 * SECOND)

/* ---- chance ---- */

static uint64_t chance;

static unsigned pick(unsigned n) { /* 0 .. n - 1; xorshift64* */
  chance ^= chance >> 12;
  chance ^= chance << 25;
  chance ^= chance >> 27;
  return (unsigned)((chance * 2685821657736338717ULL) >> 33) % n;
}

static bool in(unsigned n) { return pick(n) == 0; }

/* Never the same twice, so that no two things are due at one instant. */
static int64_t about(int64_t span) {
  return span / 2 + (int64_t)pick((unsigned)span) + 1;
}

/* ---- one life ---- */

static struct {
  struct model model;
  char config[16384];
  size_t config_len;
  struct settings *settings;
  struct fake_clock clock;
  struct intake *intake;
  struct watch *watch;
  struct series *series;
  struct engine *engine;
  char ledger[256];
  sqlite3 *db;
  sqlite3_stmt *alerts; /* what the engine says of them */
  bool is_told;         /* one life: say what happens */
  bool has_restarts, has_silences, has_people, has_nans;
  int silences_n;
  uint64_t seed;
  int step;
} life;

static void tell(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void tell(const char *format, ...) {
  va_list ap;
  if (!life.is_told)
    return;
  printf("%4d  +%9.3f  ", life.step, (double)(life.clock.at - START) / 1000);
  va_start(ap, format);
  vprintf(format, ap);
  va_end(ap);
  printf("\n");
}

static void add(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void add(const char *format, ...) {
  va_list ap;
  va_start(ap, format);
  life.config_len +=
      (size_t)vsnprintf(life.config + life.config_len,
                        sizeof life.config - life.config_len, format, ap);
  va_end(ap);
}

/* ---- a configuration ---- */

static void add_span(const char *option, int64_t span) {
  add("  %s \"%lldms\"\n", option, (long long)span);
}

static void add_selectors(unsigned hosts, unsigned instances) {
  add("    Plugin \"df\"\n    Type \"gauge\"\n    Host");
  for (int h = 0; h < HOSTS; h++)
    if (hosts & 1u << h)
      add(" \"h%d\"", h);
  add("\n    PluginInstance");
  for (int i = 0; i < INSTANCES; i++)
    if (instances & 1u << i)
      add(" \"i%d\"", i);
  add("\n");
}

static const char *const severities[] = {"SEV-1", "SEV-2", "SEV-3", "SEV-4",
                                         "SEV-5"};

static void make_rule(struct model_rule *r, int number, bool is_gathering,
                      bool is_alone) {
  unsigned hosts = 1 + pick(7);
  unsigned instances = is_alone ? 1u << number % INSTANCES : 1 + pick(7);
  *r = (struct model_rule){.quorum = 1, .clear_limit = 0, .auto_resolve = true};
  for (int s = 0; s < SERIES; s++)
    if (hosts & 1u << s / INSTANCES && instances & 1u << s % INSTANCES)
      r->series |= 1u << s;
  add("<Rule \"r%d\">\n", number);
  r->metric = in(3) ? 1 + (int)pick(2) : NO_METRIC;
  r->has_match = r->metric == NO_METRIC || in(3);
  r->level = in(3) ? WARNING : FAILURE;
  if (r->has_match) {
    add("  <Match>\n");
    add_selectors(hosts, instances);
    add("    Level \"%s\"\n  </Match>\n",
        r->level == WARNING ? "warning" : "failure");
  }
  if (r->metric != NO_METRIC) {
    r->limit = 50 + (int)pick(3) * 10;
    r->clear_limit =
        in(2) ? r->limit : r->limit + (r->metric == ABOVE ? -20 : 20);
    add("  <Metric>\n");
    add_selectors(hosts, instances);
    add("    %s %g\n", r->metric == ABOVE ? "Above" : "Below", r->limit);
    if (r->clear_limit != r->limit)
      add("    %s %g\n", r->metric == ABOVE ? "ClearBelow" : "ClearAbove",
          r->clear_limit);
    add("  </Metric>\n");
  }
  r->is_recorded = in(10);
  r->bad_for = in(2) ? 0 : about(2 * MINUTE);
  /* What a restart does to flapping is told by scenarios. */
  r->clear = life.has_restarts ? about(40 * MINUTE)
             : in(3)           ? 0
                               : about(2 * MINUTE);
  r->expire = in(4) && (!r->has_match || r->metric == NO_METRIC)
                  ? 10 * MINUTE + about(20 * MINUTE)
                  : 0;
  r->is_continued = in(3);
  r->severity = 2 + (int)pick(3);
  r->group_by = BY_HOST | BY_INSTANCE;
  add_span("For", r->bad_for);
  add_span("Clear", r->clear);
  if (r->expire > 0)
    add_span("Expire", r->expire);
  add("  Continue %s\n", r->is_continued ? "true" : "false");
  if (r->is_recorded) {
    add("  Record true\n</Rule>\n");
    return;
  }
  r->group_by = pick(4);
  add("  GroupBy %s\n", r->group_by == 0         ? "\"none\""
                        : r->group_by == BY_HOST ? "\"host\""
                        : r->group_by == BY_INSTANCE
                            ? "\"plugin_instance\""
                            : "\"host\" \"plugin_instance\"");
  if (is_gathering && r->group_by < 3) {
    r->quorum = 1 + (int)pick(2);
    int most = 0;
    for (int s = 0; s < SERIES; s++) {
      int n = 0;
      for (int o = 0; o < SERIES; o++)
        n += r->series & 1u << o && r->series & 1u << s &&
             model_key(r, o) == model_key(r, s);
      most = n > most ? n : most;
    }
    if (most < r->quorum)
      r->quorum = 1;
    if (in(2))
      r->group_wait = about(MINUTE);
    add("  Quorum %d\n", r->quorum);
    add_span("GroupWait", r->group_wait);
  }
  r->reopen = in(2) ? 0 : about(10 * MINUTE);
  r->hold = about(30 * MINUTE);
  r->auto_resolve = !in(4);
  add_span("Reopen", r->reopen);
  add_span("Hold", r->hold);
  add("  AutoResolve %s\n  Severity \"%s\"\n",
      r->auto_resolve ? "true" : "false", severities[r->severity]);
  r->upgrades_n =
      r->group_by != 0 || r->quorum > 1 ? 0 : (int)pick(MODEL_UPGRADES + 1);
  for (int i = 0; i < r->upgrades_n; i++) {
    struct model_upgrade *u = &r->upgrades[i];
    u->severity = (int)pick((unsigned)r->severity);
    add("  <Upgrade>\n");
    if (in(2) || (r->series & (r->series - 1)) == 0) {
      u->after = about(30 * MINUTE);
      add("  After \"%lldms\"\n", (long long)u->after);
    } else {
      u->alerts = 2;
      add("    Alerts 2\n");
    }
    add("    Severity \"%s\"\n  </Upgrade>\n", severities[u->severity]);
  }
  add("</Rule>\n");
}

static void make_config(void) {
  struct model *m = &life.model;
  memset(m, 0, sizeof *m);
  m->now = START;
  life.config_len = 0;
  life.has_restarts = in(2);
  life.has_people = in(2);
  life.has_nans = in(3);
  bool is_storming = !life.has_restarts && in(4);
  bool is_gathering = in(2);
  life.has_silences = !is_gathering && in(2);
  add("Evidence 0\nPageLimit 0\nDefaultChain \"c\"\n"
      "<Webhook \"w\">\n  URL \"http://h/x\"\n</Webhook>\n"
      "<Responder \"p\">\n  Webhook \"w\"\n</Responder>\n"
      "<Chain \"c\">\n  <Step>\n    Responder \"p\"\n    Wait \"500w\"\n  "
      "</Step>\n  AckTimeout 0\n</Chain>\n");
  m->storm_limit = is_storming ? 2 + (int)pick(3) : 0;
  m->storm_span = 5 * MINUTE;
  if (is_storming)
    add("StormLimit %d \"5m\"\n", m->storm_limit);
  else
    add("StormLimit 0\n");
  m->rules_n = 1 + (int)pick(MODEL_RULES);
  /* Of a series that is of both, it is nobody's to say which comes first. */
  bool is_inhibiting = !is_gathering && m->rules_n > 1 && in(2);
  for (int i = 0; i < m->rules_n; i++)
    make_rule(&m->rules[i], i, is_gathering, is_inhibiting && i < 3);
  if (is_inhibiting) {
    struct model_inhibit *h = &m->inhibits[0];
    *h = (struct model_inhibit){
        .source = 0, .target = 1, .is_equal_host = in(2)};
    m->inhibits_n = 1;
    add("<Inhibit>\n  Source \"r0\"\n  Target \"r1\"\n%s</Inhibit>\n",
        h->is_equal_host ? "  Equal \"host\"\n" : "");
    if (m->rules_n > 2 && in(2)) {
      m->inhibits[1] = (struct model_inhibit){.source = 1, .target = 2};
      m->inhibits_n = 2;
      add("<Inhibit>\n  Source \"r1\"\n  Target \"r2\"\n</Inhibit>\n");
    }
  }
}

/* ---- the engine ---- */

static void quiet(enum log_level level, const char *line) {
  if (life.is_told || level == LOG_ERROR)
    printf("      %s\n", line);
}

static void complain(void *arg, const struct finding *f) {
  (void)arg;
  printf("%s: %s\n", f->path, f->message);
}

static bool read_config(void) {
  struct conf_file *file = NULL;
  enum err err =
      conf_read_text("model", life.config, life.config_len, NULL, NULL, &file);
  if (err == OK) {
    const struct conf *block = &file->root;
    err = settings_read(&block, 1, true, complain, NULL, &life.settings);
  }
  conf_file_free(file);
  return err == OK;
}

static bool start(void) {
  const char *why = "out of memory";
  struct engine_parts parts = {.settings = life.settings,
                               .public_config = "",
                               .ledger_path = life.ledger,
                               .clock = &life.clock.clock,
                               .sender = {.send = send_parcel,
                                          .withdraw = withdraw_parcel,
                                          .outcomes = take_outcomes},
                               .announce = announce};
  enum err err = intake_new(INTAKE_BYTES_MAX, wake, NULL, &life.intake);
  if (err == OK)
    err = watch_new(&life.watch);
  if (err == OK)
    err = series_new(life.intake, life.watch, &life.clock.clock, &life.series);
  parts.intake = life.intake;
  parts.watch = life.watch;
  parts.series = life.series;
  if (err == OK)
    err = engine_new(&parts, &life.engine, &why);
  if (err != OK)
    printf("not started: %s\n", why);
  return err == OK;
}

static void stop(void) {
  engine_free(life.engine);
  series_free(life.series);
  watch_free(life.watch);
  intake_free(life.intake);
  for (struct parcel *next; sent != NULL; sent = next) {
    next = sent->next;
    parcel_free(sent);
  }
  life.engine = NULL;
  life.series = NULL;
  life.watch = NULL;
  life.intake = NULL;
}

static wall_ms turn(void) {
  wall_ms next = life.clock.at;
  for (int i = 0; i < 50 && (next <= life.clock.at || sent != NULL); i++)
    next = engine_turn(life.engine);
  return next;
}

static void go_on(int64_t to) {
  for (wall_ms next = turn();;) {
    int64_t due = model_due(&life.model);
    if (next < due)
      due = next;
    if (due > to)
      break;
    if (due > life.clock.at)
      life.clock.at = due;
    next = turn();
    model_advance(&life.model, life.clock.at);
  }
  life.clock.at = to;
  turn();
  model_advance(&life.model, to);
}

/* ---- the same for both ---- */

static void notify(int series, int level, bool is_nan) {
  static uint64_t memory[SIGNAL_BYTES_MAX / 8];
  char host[16], instance[16];
  const char *fields[FIELDS] = {host, "df", instance, "gauge", ""};
  struct packer p;
  snprintf(host, sizeof host, "h%d", series / INSTANCES);
  snprintf(instance, sizeof instance, "i%d", series % INSTANCES);
  tell("notify %s/%s %s%s", host, instance, level_names[level],
       is_nan ? " (no number)" : "");
  signal_begin(&p, memory);
  p.signal->level = (uint8_t)level;
  p.signal->received = p.signal->sent = life.clock.at;
  p.signal->has_value = is_nan;
  p.signal->value = NAN;
  for (int i = 0; i < FIELDS; i++)
    signal_add(&p, fields[i], strlen(fields[i]));
  signal_end(&p, false);
  intake_offer(life.intake, p.signal);
  turn();
  model_notify(&life.model, series, level, is_nan);
}

static void put(int series, double value) {
  char host[16], instance[16];
  struct source source = {.name = "value",
                          .type = SOURCE_GAUGE,
                          .min = NAN,
                          .max = NAN,
                          .raw = {.gauge = value}};
  struct reading reading = {.field = {host, "df", instance, "gauge", ""},
                            .field_max = 16,
                            .sent = life.clock.at,
                            .sent_ns = life.clock.at * 1000000,
                            .interval = 10 * SECOND,
                            .sources = &source,
                            .sources_n = 1};
  char none[16] = "", plugin[16] = "df", type[16] = "gauge";
  reading.field[FIELD_PLUGIN] = plugin;
  reading.field[FIELD_TYPE] = type;
  reading.field[FIELD_TYPE_INSTANCE] = none;
  snprintf(host, sizeof host, "h%d", series / INSTANCES);
  snprintf(instance, sizeof instance, "i%d", series % INSTANCES);
  tell("value %s/%s %g", host, instance, value);
  series_take(life.series, &reading);
  turn();
  model_value(&life.model, series, value, reading.interval);
}

static void answered(void *arg, enum err err, const char *why,
                     const struct answer *a) {
  (void)why;
  (void)a;
  *(enum err *)arg = err;
}

static enum err ask(enum verb verb, int64_t incident, int64_t silence,
                    char *text) {
  char by[] = "p";
  struct request r = {.verb = verb,
                      .incident = incident,
                      .silence = silence,
                      .by = by,
                      .text = text,
                      .at = life.clock.at,
                      .happened_at = life.clock.at};
  enum err err = ERR_BUSY;
  if (engine_hand(life.engine, &r, answered, &err) != OK)
    return ERR_NOMEM;
  turn();
  return err;
}

static bool act(void) {
  struct model *m = &life.model;
  int open[8], n = 0;
  for (int id = m->incidents_n; id > 0 && n < 8; id--)
    if (m->incidents[id].is_open)
      open[n++] = id;
  if (n == 0)
    return true;
  int id = open[pick((unsigned)n)];
  bool is_done, was_done;
  switch (pick(4)) {
  case 0:
    tell("resolve %d", id);
    is_done = ask(VERB_RESOLVE, id, 0, NULL) == OK;
    was_done = model_resolve(m, id);
    break;
  case 1:
    tell("unack %d", id);
    is_done = ask(VERB_UNACK, id, 0, NULL) == OK;
    was_done = model_give_back(m, id);
    break;
  default:
    tell("ack %d", id);
    is_done = ask(VERB_ACK, id, 0, NULL) == OK;
    was_done = model_acknowledge(m, id);
    break;
  }
  if (is_done != was_done)
    printf("incident %d: %s here, %s there\n", id, is_done ? "done" : "refused",
           was_done ? "done" : "refused");
  return is_done == was_done;
}

static bool hush(void) {
  char text[512];
  struct model *m = &life.model;
  if (life.silences_n > 1 && in(2)) {
    int id = 1 + (int)pick((unsigned)life.silences_n - 1);
    if (m->silences[id].is_used && m->now < m->silences[id].to) {
      tell("end of silence %d", id);
      ask(VERB_END_SILENCE, 0, id, NULL);
      model_end_silence(m, id);
    }
    return true;
  }
  if (life.silences_n == MODEL_SILENCES - 1)
    return true;
  int id = life.silences_n++, host = (int)pick(HOSTS);
  int instance = (int)pick(INSTANCES + 1);
  int64_t from = life.clock.at + (in(2) ? 0 : about(20 * MINUTE));
  int64_t to = from + about(40 * MINUTE);
  unsigned series = 0;
  char also[40] = "";
  for (int s = 0; s < SERIES; s++)
    if (s / INSTANCES == host &&
        (instance == INSTANCES || s % INSTANCES == instance))
      series |= 1u << s;
  if (instance < INSTANCES)
    snprintf(also, sizeof also, ",\"plugin_instance=i%d\"", instance);
  struct silence made;
  silence_init(&made);
  const char *why = "";
  char match[40];
  snprintf(match, sizeof match, "host=h%d", host);
  if (silence_add_match(&made, match, &why) == OK && instance < INSTANCES) {
    snprintf(match, sizeof match, "plugin_instance=i%d", instance);
    silence_add_match(&made, match, &why);
  }
  made.by = strdup("p");
  made.reason = strdup("test");
  made.created_at = life.clock.at;
  made.starts_at = from;
  made.ends_at = to;
  struct json *j = json_new();
  char *own = NULL;
  silence_print(&made, life.clock.at, j);
  if (json_done(j, &own) == OK)
    snprintf(text, sizeof text, "%s", own);
  json_free(j);
  free(own);
  silence_fini(&made);
  tell("silence %d: host=h%d%s from %+lld to %+lld s", id, host, also,
       (long long)(from - life.clock.at) / 1000,
       (long long)(to - life.clock.at) / 1000);
  enum err err = ask(VERB_SILENCE, 0, 0, text);
  if (err != OK) {
    printf("silence refused: %s\n", err_text(err));
    return false;
  }
  model_silence(m, id, series, from, to);
  return true;
}

static bool restart(void) {
  stop();
  life.clock.at += in(2) ? (int64_t)pick(5000) : about(120 * MINUTE);
  tell("killed; started again now");
  if (!start())
    return false;
  turn();
  model_restart(&life.model, life.clock.at);
  return true;
}

/* ---- are they of one mind? ---- */

static int differences;

static void differ(const char *format, ...)
    __attribute__((format(printf, 1, 2)));
static void differ(const char *format, ...) {
  va_list ap;
  va_start(ap, format);
  vprintf(format, ap);
  va_end(ap);
  printf("\n");
  differences++;
}

static void compare_alerts(void) {
  static const char *const states[] = {"nothing", "pending", "firing",
                                       "clearing"};
  bool seen[MODEL_RULES][SERIES] = {{false}};
  if (life.alerts == NULL &&
      sqlite3_prepare_v2(
          life.db,
          "SELECT rule, host, plugin_instance, state, incident, flapping,"
          " silence IS NOT NULL OR inhibited_by IS NOT NULL"
          " FROM alert WHERE state <> 'cleared'",
          -1, &life.alerts, NULL) != SQLITE_OK)
    differ("%s", sqlite3_errmsg(life.db));
  sqlite3_stmt *q = life.alerts;
  while (sqlite3_step(q) == SQLITE_ROW) {
    int rule = atoi((const char *)sqlite3_column_text(q, 0) + 1);
    int host = atoi((const char *)sqlite3_column_text(q, 1) + 1);
    int instance = atoi((const char *)sqlite3_column_text(q, 2) + 1);
    const char *state = (const char *)sqlite3_column_text(q, 3);
    int series = host * INSTANCES + instance;
    const struct model_alert *a = &life.model.alerts[rule][series];
    seen[rule][series] = true;
    if (strcmp(state, states[a->state]) != 0)
      differ("r%d h%d/i%d: %s, not %s", rule, host, instance, state,
             states[a->state]);
    else if (a->state != PENDING && sqlite3_column_int(q, 4) != a->incident)
      differ("r%d h%d/i%d: of incident %d, not %d", rule, host, instance,
             sqlite3_column_int(q, 4), a->incident);
    else if (sqlite3_column_int(q, 5) != a->is_flapping)
      differ("r%d h%d/i%d: flapping %d", rule, host, instance,
             sqlite3_column_int(q, 5));
    else if (sqlite3_column_int(q, 6) != a->is_held)
      differ("r%d h%d/i%d: held back %d", rule, host, instance,
             sqlite3_column_int(q, 6));
  }
  sqlite3_reset(q);
  for (int r = 0; r < life.model.rules_n; r++)
    for (int s = 0; s < SERIES; s++)
      if (!seen[r][s] && life.model.alerts[r][s].state != NOTHING)
        differ("r%d h%d/i%d: nothing, not %s", r, s / INSTANCES, s % INSTANCES,
               states[life.model.alerts[r][s].state]);
}

/* Those declared at one instant may have their ids the other way round. */
static void exchange(int a, int b) {
  struct model *m = &life.model;
  struct model_incident c = m->incidents[a];
  m->incidents[a] = m->incidents[b];
  m->incidents[b] = c;
  for (int r = 0; r < m->rules_n; r++)
    for (int s = 0; s < SERIES; s++) {
      int *id = &m->alerts[r][s].incident;
      *id = *id == a ? b : *id == b ? a : *id;
    }
}

/* "r1: h0/df-i2/gauge": the rule, and the first that fired. */
static bool is_the_same(const struct incident *i, int id) {
  const struct model *m = &life.model;
  const struct model_incident *c = &m->incidents[id];
  int rule = -1, host = -1, instance = -1;
  if (sscanf(i->title, "r%d: h%d/df-i%d", &rule, &host, &instance) != 3)
    return c->is_storm && c->rule == atoi(i->rule + 1);
  return rule == c->rule && !c->is_storm &&
         c->key == model_key(&m->rules[rule], host * INSTANCES + instance);
}

static void agree_on_ids(void *arg, const struct incident *i) {
  const struct model *m = &life.model;
  int id = (int)i->id;
  (void)arg;
  if (id > m->incidents_n || is_the_same(i, id))
    return;
  for (int other = 1; other <= m->incidents_n; other++)
    if (m->incidents[other].declared == m->incidents[id].declared &&
        is_the_same(i, other)) {
      exchange(id, other);
      return;
    }
}

struct found {
  bool is_there[MODEL_INCIDENTS];
};

static void compare_incident(void *arg, const struct incident *i) {
  struct found *found = arg;
  const struct model_incident *c = &life.model.incidents[i->id];
  if (i->id > life.model.incidents_n || !c->is_open) {
    differ("incident %lld is open (%s)", (long long)i->id, i->title);
    return;
  }
  found->is_there[i->id] = true;
  int rule = atoi(i->rule + 1);
  if (rule != c->rule)
    differ("incident %lld: rule r%d, not r%d", (long long)i->id, rule, c->rule);
  if (i->is_storm != c->is_storm)
    differ("incident %lld: storm %d", (long long)i->id, i->is_storm);
  if (i->is_paused != c->is_paused)
    differ("incident %lld: paused %d", (long long)i->id, i->is_paused);
  if ((i->status == STATUS_MONITORING) != c->is_monitoring)
    differ("incident %lld: %s", (long long)i->id, status_names[i->status]);
  if ((i->acknowledged_by != NULL) != c->is_acknowledged)
    differ("incident %lld: acknowledged %d", (long long)i->id,
           i->acknowledged_by != NULL);
  if (strcmp(i->severity, severities[c->severity]) != 0)
    differ("incident %lld: %s, not %s", (long long)i->id, i->severity,
           severities[c->severity]);
  /* What fires again while it is held back and its incident is over is a new
   * alert, which may come to the same incident later. */
  if (i->alerts_firing != c->firing || i->alerts_total < c->total)
    differ("incident %lld: %lld alerts fire of %lld, not %d of %d",
           (long long)i->id, (long long)i->alerts_firing,
           (long long)i->alerts_total, c->firing, c->total);
}

static bool compare(void) {
  struct found found = {{false}};
  differences = 0;
  engine_each_open(life.engine, agree_on_ids, NULL);
  engine_each_open(life.engine, compare_incident, &found);
  for (int id = 1; id <= life.model.incidents_n; id++)
    if (life.model.incidents[id].is_open && !found.is_there[id])
      differ("incident %d is not open", id);
  compare_alerts();
  return differences == 0;
}

/* ---- */

static bool step(void) {
  unsigned series = pick(SERIES);
  go_on(life.clock.at + about(in(10)  ? 40 * MINUTE
                              : in(3) ? 3 * MINUTE
                                      : 20 * SECOND));
  switch (pick(12)) {
  case 0:
    return !life.has_people || act();
  case 1:
    return !life.has_silences || hush();
  case 2:
    if (life.has_restarts && in(3))
      return restart();
    return true;
  case 3:
  case 4:
  case 5:
    put((int)series, in(20) && life.has_nans ? NAN : (double)pick(100));
    return true;
  case 6:
    if (life.has_nans)
      notify((int)series, OKAY, true);
    return true;
  case 7:
    notify((int)series, WARNING, false);
    return true;
  case 8:
  case 9:
    notify((int)series, OKAY, false);
    return true;
  default:
    notify((int)series, FAILURE, false);
    return true;
  }
}

static void remove_ledger(void) {
  static const char *const ends[] = {"", "-wal", "-shm", ".lock"};
  char path[300];
  for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
    snprintf(path, sizeof path, "%s%s", life.ledger, ends[i]);
    unlink(path);
  }
}

static bool live(uint64_t seed, int steps) {
  bool is_good = false;
  life.seed = seed;
  chance = seed * 0x9e3779b97f4a7c15ULL + 1;
  life.step = 0;
  life.silences_n = 1;
  make_config();
  if (life.is_told)
    printf("%s\n", life.config);
  life.clock.at = START;
  remove_ledger();
  if (!read_config() || !start()) {
    printf("%s\n", life.config);
    goto out;
  }
  if (sqlite3_open_v2(life.ledger, &life.db, SQLITE_OPEN_READONLY, NULL) !=
      SQLITE_OK)
    goto out;
  is_good = true;
  for (; life.step < steps && is_good; life.step++)
    is_good =
        life.model.incidents_n > MODEL_INCIDENTS - 10 || (step() && compare());
out:
  stop();
  sqlite3_finalize(life.alerts);
  life.alerts = NULL;
  sqlite3_close_v2(life.db);
  life.db = NULL;
  settings_free(life.settings);
  life.settings = NULL;
  remove_ledger();
  if (!is_good)
    printf("seed %llu, step %d: they are not of one mind; "
           "t_model %llu tells all of it\n",
           (unsigned long long)seed, life.step, (unsigned long long)seed);
  return is_good;
}

int main(int argc, char **argv) {
  char dir[128] = "/dev/shm/model-XXXXXX";
  const char *tmp = getenv("TMPDIR");
  bool is_good = true;
  uint64_t first = 1;
  if (mkdtemp(dir) == NULL) {
    snprintf(dir, sizeof dir, "%s/model-XXXXXX", tmp != NULL ? tmp : "/tmp");
    if (mkdtemp(dir) == NULL)
      return 99;
  }
  snprintf(life.ledger, sizeof life.ledger, "%s/ledger.db", dir);
  hash_init();
  fake_clock_init(&life.clock, START);
  log_set(quiet);
  life.is_told = argc == 2;
  int lives = argc > 2 ? atoi(argv[2]) : argc > 1 ? 1 : LIVES, n = 0;
  if (argc > 1)
    first = strtoull(argv[1], NULL, 10);
  for (; n < lives && is_good; n++)
    is_good = live(first + (uint64_t)n, STEPS);
  rmdir(dir);
  printf("t_model: %d passed, %d failed\n", n - !is_good, !is_good);
  return is_good ? 0 : 1;
}
