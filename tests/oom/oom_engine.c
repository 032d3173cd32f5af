/* SPDX-License-Identifier: MIT */
/* An engine with a ledger of its own lives through a breach, a join, a failing
 * and a working webhook, digests, an acknowledgement, an inhibition, a silence
 * with a reminder, reloads that rename and remove, a recovery and a restart,
 * with one allocation or all later ones failing; another tells stakeholders and
 * whoever owes them something, beats, and reaches nobody. It may miss what it
 * has no memory for; it must not crash, leak or hang. */
#include "base/hash.h"
#include "blank.h"
#include "core/settings.h"
#include "engine/calendars.h"
#include "engine/engine.h"
#include "oom.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define START 1760000000000

static const char config[] =
    "DefaultChain \"c\"\nBaseURL \"http://h\"\nPageLimit 1 \"60s\"\n"
    "<Webhook \"w\">\n  URL \"http://h/x\"\n</Webhook>\n"
    "<Webhook \"v\">\n  URL \"http://h/y\"\n</Webhook>\n"
    "<Responder \"p\">\n  Contact \"x\"\n  Webhook \"w\"\n"
    "  Webhook \"v\" 5\n  Again 20\n</Responder>\n"
    "<Responder \"z\">\n  Webhook \"w\"\n</Responder>\n"
    "<Schedule \"s\">\n  TimeZone \"UTC\"\n  <Rotation>\n"
    "    Responder \"z\"\n    Start \"2025-01-01 00:00\"\n  </Rotation>\n"
    "</Schedule>\n"
    "<Chain \"c\">\n  <Step>\n    Responder \"p\"\n    Wait 60\n  </Step>\n"
    "  <Step>\n    Webhook \"v\"\n    Wait 60\n  </Step>\n</Chain>\n"
    "<Rule \"r\">\n  <Match>\n    Plugin \"df\"\n  </Match>\n"
    "  GroupBy \"host\"\n  Clear 10\n  Title \"on %{host}\"\n</Rule>\n"
    "<Rule \"s\">\n  <Match>\n    Plugin \"ping\"\n  </Match>\n  Clear 0\n"
    "</Rule>\n"
    "<Inhibit>\n  Source \"s\"\n  Target \"r\"\n  Equal \"host\"\n</Inhibit>\n";

/* A webhook, a rule, a step and the <Inhibit> are gone, a rule is renamed. */
static const char config_anew[] =
    "DefaultChain \"d\"\n"
    "<Webhook \"w\">\n  URL \"http://h/z\"\n</Webhook>\n"
    "<Responder \"p\">\n  Contact \"x\"\n  Webhook \"w\"\n</Responder>\n"
    "<Chain \"d\">\n  <Step>\n    Responder \"p\"\n    Wait 60\n  </Step>\n"
    "</Chain>\n"
    "<Rule \"q\">\n  Formerly \"r\"\n  <Match>\n    Plugin \"df\"\n  </Match>\n"
    "  GroupBy \"host\"\n  Clear 10\n</Rule>\n";

/* Whoever is told, owes something, or cannot be reached. */
static const char config_told[] =
    "DefaultChain \"c\"\nBaseURL \"http://h\"\n"
    "<Severity \"A\">\n  Major true\n  UpdateEvery \"1m\"\n</Severity>\n"
    "<Severity \"B\">\n  UpdateEvery \"2m\"\n</Severity>\n"
    "<Webhook \"w\">\n  URL \"http://h/x\"\n</Webhook>\n"
    "<Webhook \"deaf\">\n  URL \"http://h/y\"\n</Webhook>\n"
    "<Responder \"p\">\n  Contact \"x\"\n  Webhook \"w\"\n</Responder>\n"
    "<Chain \"c\">\n  <Step>\n    Responder \"p\"\n    Wait 60\n  </Step>\n"
    "</Chain>\n<Chain \"d\">\n  <Step>\n    Webhook \"deaf\"\n  </Step>\n"
    "</Chain>\n"
    "<Template \"u\">\n  Subject \"s\"\n  Body \"b\"\n"
    "  Category \"public\"\n</Template>\n"
    "<Notify>\n  Webhook \"w\" \"deaf\"\n</Notify>\n"
    "<Heartbeat \"h\">\n  Webhook \"w\"\n</Heartbeat>\n"
    "<Rule \"r\">\n  <Match>\n    Plugin \"df\"\n  </Match>\n  Clear 0\n"
    "  Severity \"A\"\n</Rule>\n";

/* Other clocks, another heartbeat, another chain that reaches nobody. */
static const char config_told_anew[] =
    "DefaultChain \"e\"\n"
    "<Severity \"A\">\n  Major true\n  UpdateEvery \"3m\"\n</Severity>\n"
    "<Webhook \"deaf\">\n  URL \"http://h/y\"\n</Webhook>\n"
    "<Chain \"e\">\n  <Step>\n    Webhook \"deaf\"\n  </Step>\n</Chain>\n"
    "<Heartbeat \"i\">\n  Webhook \"deaf\"\n</Heartbeat>\n"
    "<Rule \"r\">\n  <Match>\n    Plugin \"df\"\n  </Match>\n  Clear 0\n"
    "  Severity \"A\"\n</Rule>\n";

static struct settings *settings, *settings_told;
static struct pacemaker pacemaker;
static struct fake_clock clock_now;
static struct parcel *sent;
static unsigned pages;

/* Not what is tested here. */
static struct settings *read_text(const char *text) {
  struct conf_file *file = NULL;
  struct settings *own = NULL;
  oom_spare();
  if (conf_read_text("oom", text, strlen(text), NULL, NULL, &file) == OK) {
    const struct conf *block = &file->root;
    settings_read(&block, 1, true, NULL, NULL, &own);
  }
  conf_file_free(file);
  oom_spare_end();
  return own;
}

static void read_config(void) {
  if (settings != NULL)
    return;
  hash_init();
  settings = read_text(config);
  settings_told = read_text(config_told);
}

static void retire(void *self, struct settings *own_settings) {
  (void)self;
  if (own_settings != settings && own_settings != settings_told)
    settings_free(own_settings);
}

static void send_parcel(void *self, struct parcel *own_parcel) {
  (void)self;
  own_parcel->next = sent;
  sent = own_parcel;
}

static bool withdraw_parcel(void *self, const char *id) {
  (void)self;
  (void)id;
  return false;
}

/* Every other one is answered with 503, all for the deaf webhook. */
static struct outcome *take_outcomes(void *self) {
  struct outcome *list = NULL;
  (void)self;
  for (struct parcel *next; sent != NULL; sent = next) {
    next = sent->next;
    oom_spare(); /* the courier's, not the engine's */
    struct outcome *o = calloc(1, sizeof *o);
    char *response = strdup("hello");
    oom_spare_end();
    if (o != NULL) {
      bool is_good = sent->webhook->name[0] == 'd' ? false : pages++ % 2 == 1;
      memcpy(o->id, sent->id, sizeof o->id);
      o->verdict = is_good ? VERDICT_DELIVERED : VERDICT_RETRY;
      o->http_status = is_good ? 200 : 503;
      o->response = response;
      o->next = list;
      list = o;
    }
    parcel_free(sent);
  }
  return list;
}

static void announce(void *arg, const struct announcement *a) {
  (void)arg;
  (void)a;
}

static void wake(void *arg) { (void)arg; }

static void offer(struct intake *q, const char *host, const char *plugin,
                  enum level level) {
  static uint64_t memory[SIGNAL_BYTES_MAX / 8];
  const char *fields[FIELDS] = {host, plugin, "root", "percent_bytes", "used"};
  struct packer p;
  signal_begin(&p, memory);
  p.signal->level = (uint8_t)level;
  p.signal->received = p.signal->sent = clock_now.at;
  for (int i = 0; i < FIELDS; i++)
    signal_add(&p, fields[i], strlen(fields[i]));
  signal_add_meta(&p, "k", "v");
  signal_end(&p, false);
  intake_offer(q, p.signal);
}

static void answer(void *arg, enum err err, const char *why,
                   const struct answer *a) {
  (void)arg;
  (void)err;
  (void)why;
  (void)a;
}

static void put(struct series *t, const char *host, double value) {
  static const char *const rest[] = {"", "df", "root", "percent_bytes", "used"};
  const struct source s = {
      .name = "value", .type = SOURCE_GAUGE, .raw.gauge = value};
  char text[FIELDS][16] = {{0}};
  struct reading r = {.field_max = sizeof text[0],
                      .sent = clock_now.at,
                      .sent_ns = clock_now.at * 1000000,
                      .interval = 10000,
                      .sources = &s,
                      .sources_n = 1};
  for (int i = 0; i < FIELDS; i++) {
    snprintf(text[i], sizeof text[i], "%s", i == 0 ? host : rest[i]);
    r.field[i] = text[i];
  }
  series_take(t, &r);
}

static void turn(struct engine *e, span_ms later) {
  clock_now.at += later;
  for (int i = 0; i < 4; i++)
    engine_turn(e);
}

static void reload(struct engine *e, const char *text) {
  const char *why = NULL;
  struct settings *own = read_text(text);
  oom_spare();
  char *public_config = strdup(text);
  oom_spare_end();
  if (own != NULL && public_config != NULL)
    engine_reload(e, own, public_config, &why);
  turn(e, 10);
}

/* Half of what is failing on the host is silenced, the rest inhibited. */
static void hold_back(struct engine *e, struct intake *q) {
  struct request r = {
      .verb = VERB_SILENCE,
      .by = "p",
      .at = clock_now.at,
      .text = "{\"matches\":[\"host=a\"],\"by\":\"p\",\"reason\":\"r\","
              "\"created_at\":\"2025-10-09T08:00:00.000Z\","
              "\"starts_at\":\"2025-10-09T08:00:00.000Z\","
              "\"ends_at\":\"2025-10-09T09:30:00.000Z\",\"remind\":\"90m\"}"};
  engine_hand(e, &r, answer, NULL);
  offer(q, "b", "ping", LEVEL_FAILURE);
  turn(e, 10);
  offer(q, "b", "ping", LEVEL_OKAY);
  turn(e, 10);
  offer(q, "b", "ping", LEVEL_FAILURE);
  turn(e, 10);
}

/* p comes on call while incidents are open, and goes again. */
static void take_duty(struct engine *e) {
  struct request r = {
      .verb = VERB_OVERRIDE,
      .by = "p",
      .at = clock_now.at,
      .text = "{\"schedule\":\"s\",\"responder\":\"p\",\"by\":\"p\","
              "\"from\":\"2025-10-09T08:00:00.000Z\","
              "\"until\":\"2025-10-09T09:30:00.000Z\","
              "\"created_at\":\"2025-10-09T08:00:00.000Z\"}"};
  engine_hand(e, &r, answer, NULL);
  turn(e, 10);
  r = (struct request){
      .verb = VERB_PAGE, .incident = 1, .by = "p", .text = "s"};
  r.at = r.happened_at = clock_now.at;
  engine_hand(e, &r, answer, NULL);
  turn(e, 10);
  r = (struct request){.verb = VERB_END_OVERRIDE, .by = "p", .override = 1};
  r.at = clock_now.at;
  engine_hand(e, &r, answer, NULL);
  turn(e, 10);
}

static void live_held(struct engine *e, struct intake *q, struct series *t,
                      const char *path) {
  (void)path;
  struct request r = {.verb = VERB_ACK,
                      .incident = 1,
                      .by = "p",
                      .at = clock_now.at,
                      .happened_at = clock_now.at};
  put(t, "a", 1);
  turn(e, 0);
  offer(q, "a", "df", LEVEL_FAILURE);
  offer(q, "b", "df", LEVEL_FAILURE);
  turn(e, 0);
  turn(e, 2000);
  hold_back(e, q);
  take_duty(e);
  put(t, "a", 2);
  put(t, "b", 3);
  turn(e, 61000);
  reload(e, config_anew);
  reload(e, config);
  engine_hand(e, &r, answer, NULL);
  turn(e, 10);
  offer(q, "a", "df", LEVEL_OKAY);
  turn(e, 0);
  turn(e, 11000);
}

/* As `update` does. */
static void post_update(const char *path) {
  struct ledger *l = NULL;
  struct statement s;
  struct request r;
  oom_spare();
  statement_init(&s);
  s.incident = 1;
  s.subject = s.body = s.created_by = (char *)"x"; /* not to be finished */
  s.wording = (char *)"u";
  s.webhooks = (char *)"[\"w\"]";
  s.state = STATEMENT_POSTED;
  s.created_at = s.posted_at = clock_now.at;
  request_init(&r);
  r.verb = VERB_UPDATE;
  r.incident = 1;
  r.by = (char *)"x";
  r.at = r.happened_at = clock_now.at;
  if (ledger_open(path, LEDGER_SHARE, &l, NULL) == OK &&
      ledger_begin(l, 0) == OK) {
    if (ledger_put_statement(l, &s) == OK) {
      r.other = s.id;
      (void)ledger_add_request(l, &r);
    }
    (void)ledger_commit(l);
  }
  ledger_close(l);
  oom_spare_end();
}

/* Told of by all there are, and over in the end. */
static void live_told(struct engine *e, struct intake *q, struct series *t,
                      const char *path) {
  struct request r = {.verb = VERB_ROLE,
                      .incident = 1,
                      .by = "p",
                      .role = "deputy",
                      .who = "p",
                      .text = "deputy: p"};
  (void)t;
  pacemaker_tick(&pacemaker, q, clock_now.at);
  offer(q, "a", "df", LEVEL_FAILURE);
  turn(e, 0);
  r.at = r.happened_at = clock_now.at;
  engine_hand(e, &r, answer, NULL);
  turn(e, 10);
  post_update(path);
  turn(e, 2000);
  for (int minute = 0; minute < 6; minute++) {
    pacemaker_tick(&pacemaker, q, clock_now.at);
    turn(e, 60000);
  }
  reload(e, config_told_anew);
  reload(e, config_told);
  r = (struct request){.verb = VERB_SEVERITY,
                       .incident = 1,
                       .by = "p",
                       .severity = "B",
                       .was = "A"};
  r.at = r.happened_at = clock_now.at;
  engine_hand(e, &r, answer, NULL);
  turn(e, 300000);
  offer(q, "a", "df", LEVEL_OKAY);
  turn(e, 0);
  turn(e, 10);
}

static void live_on(struct engine *e, struct intake *q, struct series *t,
                    const char *path) {
  (void)q, (void)t, (void)path;
  turn(e, 5000);
}

static void forget_sent(void) {
  for (struct parcel *next; sent != NULL; sent = next) {
    next = sent->next;
    parcel_free(sent);
  }
}

typedef void life(struct engine *e, struct intake *q, struct series *t,
                  const char *path);

/* is_given: an engine that runs already. */
static enum err one_life(const char *path, struct settings *s, life *live,
                         bool is_given) {
  struct intake *q = NULL;
  struct watch *w = NULL;
  struct series *t = NULL;
  struct engine *e = NULL;
  const char *why = NULL;
  struct engine_parts parts = {.settings = s,
                               .public_config = "",
                               .ledger_path = path,
                               .clock = &clock_now.clock,
                               .sender = {.send = send_parcel,
                                          .withdraw = withdraw_parcel,
                                          .outcomes = take_outcomes,
                                          .retire = retire},
                               .announce = announce,
                               .pacemaker = &pacemaker};
  if (is_given)
    oom_spare();
  enum err err = intake_new(1 << 20, wake, NULL, &q);
  if (err == OK)
    err = watch_new(&w);
  if (err == OK)
    err = series_new(q, w, &clock_now.clock, &t);
  parts.intake = q;
  parts.watch = w;
  parts.series = t;
  if (err == OK)
    err = engine_new(&parts, &e, &why);
  if (is_given)
    oom_spare_end();
  if (err == OK) {
    live(e, q, t, path);
    engine_finish(e);
  }
  engine_free(e);
  forget_sent();
  series_free(t);
  watch_free(w);
  intake_free(q);
  return err;
}

static enum err begin(struct blank *b) {
  read_config();
  fake_clock_init(&clock_now, START);
  pacemaker_init(&pacemaker);
  pages = 0;
  return settings != NULL && settings_told != NULL ? blank_make(b) : ERR_IO;
}

/* With memory again an engine starts whatever a life has left behind; seen
 * after some, for a start costs more than the life. */
static enum err breach_to_recovery(void) {
  static unsigned lives;
  struct blank b = {.dir = ""};
  enum err err = begin(&b);
  if (err == OK)
    err = one_life(b.path, settings, live_held, false);
  oom_spare();
  if (err == OK && lives++ % 8 == 0 &&
      one_life(b.path, settings, live_on, false) != OK)
    err = ERR_CORRUPT;
  oom_spare_end();
  blank_remove(&b);
  return err;
}

static enum err restart(void) {
  struct blank b = {.dir = ""};
  enum err err = begin(&b);
  oom_spare();
  if (err == OK)
    err = one_life(b.path, settings, live_held, false);
  oom_spare_end();
  if (err == OK)
    err = one_life(b.path, settings, live_on, false);
  blank_remove(&b);
  return err;
}

static void say(void *arg, const char *line) {
  (void)arg;
  printf("verify: %s\n", line);
}

/* Nothing in the ledger is half written; not looked for after each. */
static enum err tell(void) {
  static unsigned lives;
  struct blank b = {.dir = ""};
  struct ledger *l = NULL;
  int64_t n = 0;
  enum err err = begin(&b);
  if (err == OK)
    err = one_life(b.path, settings_told, live_told, true);
  oom_spare();
  if (err == OK && lives++ % 8 == 0) {
    err = ledger_open(b.path, LEDGER_READ, &l, NULL);
    if (err == OK)
      err = ledger_verify(l, say, NULL, &n);
    if (n > 0)
      err = ERR_CORRUPT;
    ledger_close(l);
  }
  oom_spare_end();
  blank_remove(&b);
  return err;
}

static enum err read_calendars(void) {
  static struct settings *own;
  struct calendars *c = NULL;
  char path[300], text[1024];
  const char *dir = getenv("TMPDIR");
  snprintf(path, sizeof path, "%s/oom-%ld.ics", dir != NULL ? dir : "/tmp",
           (long)getpid());
  snprintf(text, sizeof text,
           "<Webhook \"w\">\n URL \"http://h/\"\n</Webhook>\n"
           "<Responder \"a\">\n Webhook \"w\"\n</Responder>\n"
           "<Schedule \"s\">\n TimeZone \"UTC\"\n Calendar \"%s\"\n"
           "</Schedule>\n<Chain \"c\">\n <Step>\n  Schedule \"s\"\n"
           " </Step>\n</Chain>\nDefaultChain \"c\"\n<Rule \"r\">\n"
           " <Match>\n  Plugin \"p\"\n </Match>\n</Rule>\n",
           path);
  oom_spare();
  if (own == NULL)
    own = read_text(text);
  FILE *f = fopen(path, "w");
  if (f != NULL) {
    fputs("BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:nobody we know\n"
          "DTSTART:19700101T000000\nDURATION:P1D\nEND:VEVENT\n"
          "END:VCALENDAR\n",
          f);
    fclose(f);
  }
  oom_spare_end();
  fake_clock_init(&clock_now, 1767225600000);
  enum err err = calendars_new(own, &clock_now.clock, NULL, NULL, &c);
  if (err == OK) {
    calendars_look(c, clock_now.at);
    err = calendars_take(c) ? OK : ERR_NOMEM;
  }
  if (err == OK)
    err = calendars_change(c, own, 0);
  calendars_free(c, 0);
  unlink(path);
  return err;
}

const struct oom_case engine_cases[] = {
    {"breach_to_recovery", breach_to_recovery},
    {"an_engine_starts_again_or_not", restart},
    {"calendars_are_read_or_not", read_calendars},
    {NULL, NULL}};

const struct oom_case dear_cases[] = {{"whoever_is_told_hears_it_or_not", tell},
                                      {NULL, NULL}};
