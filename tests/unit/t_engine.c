/* SPDX-License-Identifier: MIT */
/* Single turns of the engine under more signals than one of them takes. */
#include "engine_things.h"
#include "ledger_things.h"

#include "base/log.h"
#include "core/settings.h"

#define HOSTS 5000 /* more rows than two turns write */
#define AHEAD 64   /* what a webhook is given at first */

static const char config[] =
    "DefaultChain \"c\"\nStormLimit 0 \"60s\"\nPageLimit 0 \"60s\"\n"
    "<Webhook \"w\">\n  URL \"http://h/x\"\n</Webhook>\n"
    "<Chain \"c\">\n  <Step>\n    Webhook \"w\"\n  </Step>\n</Chain>\n"
    "<Rule \"r\">\n  <Match>\n    Plugin \"ping\"\n  </Match>\n"
    "  GroupBy \"host\"\n</Rule>\n";

static struct fake_clock clock_now;
static struct engine *engine;
static struct intake *intake;

static void retire(void *self, struct settings *own_settings) {
  (void)self;
  settings_free(own_settings);
}

static void say_nothing(enum log_level level, const char *line) {
  (void)level;
  (void)line;
}

static struct settings *read_config(void) {
  struct conf_file *file = NULL;
  struct settings *settings = NULL;
  CHECK(conf_read_text("config", config, sizeof config - 1, NULL, NULL,
                       &file) == OK);
  const struct conf *block = &file->root;
  CHECK(settings_read(&block, 1, true, NULL, NULL, &settings) == OK);
  conf_file_free(file);
  return settings;
}

static void fail_all(void) {
  static uint64_t memory[SIGNAL_BYTES_MAX / 8];
  char host[16];
  const char *fields[FIELDS] = {host, "ping", "", "gauge", ""};
  for (unsigned n = 0; n < HOSTS; n++) {
    struct packer p;
    snprintf(host, sizeof host, "h%u", n);
    signal_begin(&p, memory);
    p.signal->level = LEVEL_FAILURE;
    p.signal->received = clock_now.at;
    for (int i = 0; i < FIELDS; i++)
      signal_add(&p, fields[i], strlen(fields[i]));
    signal_end(&p, false);
    CHECK(intake_offer(intake, p.signal));
  }
}

/* The pages sent in it. */
static unsigned turn(void) {
  unsigned before = sent_n;
  clock_now.at++;
  engine_turn(engine);
  return sent_n - before;
}

/* However many signals follow, the first pages leave with the turn that made
 * them; and more of them as long as the webhook takes them. */
static void pages_do_not_wait_for_a_storm_to_end(void) {
  fail_all();
  CHECK(turn() == AHEAD);
  CHECK(intake_is_amid(intake));
  CHECK(turn() == 2 * AHEAD);
  CHECK(turn() > 2 * AHEAD);
  CHECK(intake_is_amid(intake));
  unsigned turns = 3;
  while (turn() > 0 && turns < HOSTS / AHEAD)
    turns++;
  CHECK(turns < HOSTS / AHEAD / 2);
  CHECK(!intake_has_more(intake));
}

int main(void) {
  const char *why = "out of memory";
  struct watch *watch = NULL;
  struct series *series = NULL;
  hash_init();
  log_set(say_nothing);
  fake_clock_init(&clock_now, NOW);
  CHECK(make_dir());
  CHECK(intake_new(INTAKE_BYTES_MAX, wake, NULL, &intake) == OK);
  CHECK(watch_new(&watch) == OK);
  CHECK(series_new(intake, watch, &clock_now.clock, &series) == OK);
  struct engine_parts parts = {.settings = read_config(),
                               .public_config = "",
                               .ledger_path = things_path,
                               .clock = &clock_now.clock,
                               .intake = intake,
                               .watch = watch,
                               .series = series,
                               .sender = {.send = send_parcel,
                                          .withdraw = withdraw_parcel,
                                          .outcomes = take_outcomes,
                                          .retire = retire},
                               .announce = announce};
  CHECK(engine_new(&parts, &engine, &why) == OK);
  pages_do_not_wait_for_a_storm_to_end();
  engine_finish(engine);
  engine_free(engine);
  series_free(series);
  watch_free(watch);
  intake_free(intake);
  remove_dir();
  return check_done("t_engine");
}
