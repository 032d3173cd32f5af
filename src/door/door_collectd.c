/* SPDX-License-Identifier: MIT */
/* The plugin: collectd's callbacks and its life (collectd 5.12 plugin API).
 *
 *   module_register   before the fork: memory, registrations, no thread
 *   config            before the fork: blocks are read, errors stop the start
 *   init              after the fork: ledger, threads
 *   notification      any thread, from module_register to the process's end
 *   write             several threads at once
 *   shutdown          everything stops within 5 s
 *
 * A notification can come before init and after shutdown, and collectd never
 * waits for one that is under way: what the callbacks touch (plant.intake,
 * .watch, .series, .pulse, .pacemaker, .meter) is never freed. Of the settings,
 * which are replaced, they look at nothing. */
#include "door/door_collectd.h"

#include "daemon/cmd.h"
#include "daemon/globals.h"

#include "base/hash.h"
#include "core/settings.h"
#include "door/version.h"
#include "engine/calendars.h"
#include "engine/courier.h"
#include "engine/engine.h"
#include "engine/herald.h"
#include "engine/pulse.h"
#include "engine/secrets.h"
#include "ledger/ledger.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define LEDGER_DEFAULT INCIDENT_LOCALSTATEDIR "/lib/collectd/incident.db"
#define PUBLIC_MAX (16u << 20)
#define FLUSH_WAIT_MS 2000
#define TICK_S 1 /* the shortest time between two heartbeats */
/* Of the 5 s that SPEC section 3 gives the stop; the rest is for the disk. */
#define STOP_TURN_MS 1500
#define STOP_COURIER_MS 1000
#define STOP_HERALD_MS 500
#define STOP_CALENDARS_MS 500
#define CALENDARS_WAIT_MS 2000 /* at a start, for files that hang */

static struct {
  atomic_bool is_running;   /* init has been through */
  atomic_bool sees_text;    /* a rule looks at messages or metadata */
  struct conf *blocks[256]; /* the <Plugin incident> blocks so far */
  size_t blocks_n;
  struct intake *intake;
  struct watch *watch;
  struct series *series;
  struct pulse *pulse;
  /* What changes has lines of the cache to itself: the callbacks read those
   * above. */
  _Alignas(64) struct pacemaker pacemaker;
  struct meter meter;
  _Alignas(64) struct settings *settings; /* the engine's, once there is one */
  const char *ledger;
  struct buf public_config; /* the first */
  struct herald *herald;
  struct calendars *calendars;
  struct courier *courier;
  struct engine *engine;
} plant;

static void log_to_daemon(enum log_level level, const char *line) {
  static const int levels[] = {DAEMON_ERROR, DAEMON_WARNING, DAEMON_NOTICE,
                               DAEMON_INFO};
  plugin_log(levels[level], "%s", line);
}

/* ---- callbacks on other threads ---- */

static int take_notification(const notification_t *n, user_data_t *user_data) {
  uint64_t memory[SIGNAL_BYTES_MAX / sizeof(uint64_t)];
  (void)user_data;
  /* Its own never come back to it. */
  if (strncmp(n->plugin, "incident", sizeof n->plugin) == 0)
    return 0;
  struct signal *s =
      door_pack(n, atomic_load_explicit(&plant.sees_text, memory_order_relaxed),
                plant.intake, memory);
  intake_offer(plant.intake, s); /* a refusal is counted there */
  return 0;
}

static int take_value(const data_set_t *ds, const value_list_t *vl,
                      user_data_t *user_data) {
  struct source sources[SOURCES_MAX];
  struct reading r;
  (void)user_data;
  if (!series_is_awake(plant.series) ||
      strncmp(vl->plugin, "incident", sizeof vl->plugin) == 0) /* our own */
    return 0;
  door_read_values(ds, vl, sources, &r);
  series_take(plant.series, &r);
  return 0;
}

/* A read callback that reads nothing: heartbeats prove that collectd's threads
 * run. */
static int tick(user_data_t *user_data) {
  struct clock *clock = clock_real();
  (void)user_data;
  if (atomic_load(&plant.is_running))
    pacemaker_tick(&plant.pacemaker, plant.intake, clock->wall(clock));
  return 0;
}

static int read_values(user_data_t *user_data) {
  (void)user_data;
  if (atomic_load(&plant.is_running))
    door_dispatch_values(&plant.meter, plant.intake, plant.ledger);
  return 0;
}

static int flush(cdtime_t timeout, const char *identifier,
                 user_data_t *user_data) {
  (void)timeout;
  (void)identifier;
  (void)user_data;
  if (!atomic_load(&plant.is_running))
    return 0;
  if (pulse_flush(plant.pulse, FLUSH_WAIT_MS) != OK)
    log_line(LOG_WARNING,
             "incident: FLUSH: not everything is in the ledger yet");
  return 0;
}

/* On the herald's thread: other plugins may block in it. */
static void dispatch(const struct announcement *a) {
  static const int severities[] = {[LEVEL_OKAY] = NOTIF_OKAY,
                                   [LEVEL_WARNING] = NOTIF_WARNING,
                                   [LEVEL_FAILURE] = NOTIF_FAILURE};
  notification_t n = {.severity = severities[a->level], .time = cdtime()};
  snprintf(n.host, sizeof n.host, "%s", hostname_g);
  snprintf(n.plugin, sizeof n.plugin, "incident");
  snprintf(n.plugin_instance, sizeof n.plugin_instance, "%s",
           a->plugin_instance);
  snprintf(n.type, sizeof n.type, "gauge");
  snprintf(n.type_instance, sizeof n.type_instance, "%s", a->type_instance);
  snprintf(n.message, sizeof n.message, "%s", a->message);
  plugin_dispatch_notification(&n);
}

/* ---- configuration ---- */

static void complain(void *arg, const struct finding *f) {
  (void)arg;
  log_line(f->is_warning ? LOG_WARNING : LOG_ERROR, "incident: %s: %s", f->path,
           f->message);
}

static const struct conf *const *blocks(void) {
  return (const struct conf *const *)plant.blocks;
}

/* Errors stop the start here. References may lead into blocks still to come,
 * whose end nobody announces: init checks those. */
static int take_block(oconfig_item_t *ci) {
  struct settings *settings = NULL;
  struct conf *block = calloc(1, sizeof *block);
  if (block == NULL || plant.blocks_n == 256 ||
      door_read_block(ci, block) != OK) {
    log_line(LOG_ERROR, "incident: configuration: out of memory");
    if (block != NULL)
      conf_fini(block);
    free(block);
    return -1;
  }
  plant.blocks[plant.blocks_n++] = block;
  enum err err =
      settings_read(blocks(), plant.blocks_n, false, complain, NULL, &settings);
  settings_free(settings);
  return err == OK ? 0 : -1;
}

static enum err read_settings(void) {
  enum err err = settings_read(blocks(), plant.blocks_n, true, complain, NULL,
                               &plant.settings);
  if (err != OK)
    return err;
  atomic_store(&plant.sees_text, plant.settings->sees_text);
  buf_init(&plant.public_config, PUBLIC_MAX);
  buf_add(&plant.public_config, "");
  err = settings_print_public(blocks(), plant.blocks_n, &plant.public_config);
  for (size_t i = 0; i < plant.blocks_n; i++) {
    conf_fini(plant.blocks[i]); /* it holds secrets: not longer than needed */
    free(plant.blocks[i]);
  }
  plant.blocks_n = 0;
  return err;
}

/* ---- life ---- */

static void send_parcel(void *courier, struct parcel *own_parcel) {
  courier_send(courier, own_parcel);
}

static bool prepare_parcel(void *courier, struct parcel *own_parcel) {
  return courier_prepare(courier, own_parcel);
}

static void release_parcel(void *courier) { courier_release(courier); }

static bool withdraw_parcel(void *courier, const char *id) {
  return courier_withdraw(courier, id);
}

static struct outcome *take_outcomes(void *courier) {
  return courier_outcomes(courier);
}

static void retire(void *courier, struct settings *own_settings) {
  courier_retire(courier, own_settings);
}

static void see_text(void *arg, bool is_seen) {
  (void)arg;
  atomic_store(&plant.sees_text, is_seen);
}

/* On failure, *ledger is its path if that is what the reason is about. */
static enum err open_up(const char **ledger, const char **why) {
  /* Kept for good: it stays the same whatever the settings become. */
  char *path = strdup(plant.settings->ledger[0] != '\0' ? plant.settings->ledger
                                                        : LEDGER_DEFAULT);
  if (path == NULL)
    return ERR_NOMEM;
  plant.ledger = path;
  *why = "out of memory, or no thread could be started";
  secrets_read(plant.settings);
  enum err err = herald_new(dispatch, &plant.herald);
  if (err == OK)
    err = courier_new("collectd-incident/" INCIDENT_VERSION, pulse_wake,
                      plant.pulse, &plant.courier);
  if (err == OK)
    err = calendars_new(plant.settings, clock_real(), pulse_wake, plant.pulse,
                        &plant.calendars);
  if (err == OK)
    err = calendars_start(plant.calendars, CALENDARS_WAIT_MS);
  if (err != OK)
    return err;
  struct engine_parts parts = {.settings = plant.settings,
                               .public_config = buf_text(&plant.public_config),
                               .ledger_path = path,
                               .clock = clock_real(),
                               .intake = plant.intake,
                               .watch = plant.watch,
                               .series = plant.series,
                               .calendars = plant.calendars,
                               .sender = {.self = plant.courier,
                                          .send = send_parcel,
                                          .prepare = prepare_parcel,
                                          .release = release_parcel,
                                          .withdraw = withdraw_parcel,
                                          .outcomes = take_outcomes,
                                          .retire = retire},
                               .announce = herald_post,
                               .announce_arg = plant.herald,
                               .ledger_default = LEDGER_DEFAULT,
                               .see_text = see_text,
                               .pacemaker = &plant.pacemaker,
                               .meter = &plant.meter};
  err = engine_new(&parts, &plant.engine, why);
  if (err == ERR_BUSY || err == ERR_NEWER)
    *ledger = path;
  if (err != OK)
    return err;
  plant.settings = NULL;
  err = pulse_start(plant.pulse, plant.engine, plant.intake, path,
                    INCIDENT_VERSION);
  *why = "no thread could be started";
  return err;
}

static void close_down(void) {
  intake_close(plant.intake);
  bool hangs = atomic_exchange(&plant.is_running, false) &&
               !pulse_stop(plant.pulse, STOP_TURN_MS);
  if (plant.courier != NULL)
    courier_stop(plant.courier, STOP_COURIER_MS);
  if (hangs) {
    log_line(LOG_ERROR, "incident: the ledger does not answer: stopping "
                        "without a last turn");
    return; /* its thread may still use everything */
  }
  if (plant.engine != NULL)
    engine_finish(plant.engine);
  pulse_hang_up(plant.pulse);
  herald_stop(plant.herald, STOP_HERALD_MS);
  engine_free(plant.engine);
  courier_free(plant.courier);
  calendars_free(plant.calendars, STOP_CALENDARS_MS);
  plant.calendars = NULL;
  plant.herald = NULL;
  plant.engine = NULL;
  plant.courier = NULL;
  /* The settings go with them, unless a courier whose thread hangs still looks
   * at them. */
}

/* A failing init alone would leave a daemon that looks well. */
static int refuse(const char *ledger, const char *why) {
  if (ledger != NULL)
    log_line(LOG_ERROR, "incident: not started: ledger %s: %s", ledger, why);
  else
    log_line(LOG_ERROR, "incident: not started: %s", why);
  close_down();
  stop_collectd();
  return -1;
}

/* `collectd -T` runs every init beside the real daemon. */
static bool is_trial(void) {
  const char *threads = global_option_get("ReadThreads");
  return threads != NULL && strcmp(threads, "-1") == 0;
}

static int init(void) {
  const char *ledger = NULL, *why = NULL;
  if (read_settings() != OK)
    return refuse(NULL, "its configuration has errors");
  if (is_trial()) {
    log_line(LOG_INFO, "incident: the configuration is good; nothing is "
                       "opened or sent under -T");
    intake_close(plant.intake);
    settings_free(plant.settings);
    buf_fini(&plant.public_config);
    plant.settings = NULL;
    return 0;
  }
  if (open_up(&ledger, &why) != OK)
    return refuse(ledger, why);
  atomic_store(&plant.is_running, true);
  log_line(LOG_INFO, "incident: started, version %s", INCIDENT_VERSION);
  return 0;
}

static int shut_down(void) {
  close_down();
  return 0;
}

__attribute__((visibility("default"))) void module_register(void);

void module_register(void) {
  log_set(log_to_daemon);
  hash_init();
  ledger_init();
  pacemaker_init(&plant.pacemaker);
  meter_init(&plant.meter);
  if (pulse_new(&plant.pulse) != OK || watch_new(&plant.watch) != OK ||
      intake_new(INTAKE_BYTES_MAX, pulse_wake, plant.pulse, &plant.intake) !=
          OK ||
      series_new(plant.intake, plant.watch, clock_real(), &plant.series) !=
          OK) {
    log_line(LOG_ERROR, "incident: not loaded: out of memory");
    stop_collectd();
    return;
  }
  plugin_register_complex_config("incident", take_block);
  plugin_register_init("incident", init);
  plugin_register_notification("incident", take_notification, NULL);
  plugin_register_write("incident", take_value, NULL);
  plugin_register_flush("incident", flush, NULL);
  plugin_register_complex_read("incident", "incident/tick", tick,
                               TIME_T_TO_CDTIME_T(TICK_S), NULL);
  plugin_register_complex_read("incident", "incident/values", read_values, 0,
                               NULL);
  plugin_register_shutdown("incident", shut_down);
}
