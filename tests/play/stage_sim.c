/* SPDX-License-Identifier: MIT */
/* The sim stage: the engine of the library, turned by hand under a clock that
 * moves when the scenario says so, with the ledger on a real disk and a courier
 * that only pretends. incidentctl runs as a process of its own (the ledger's
 * locks are between processes) with its clock set to the same time. */
#define _GNU_SOURCE
#include "base/hash.h"
#include "base/log.h"
#include "core/format.h"
#include "door/ctl.h"
#include "engine/calendars.h"
#include "engine/engine.h"
#include "engine/reload.h"
#include "stage.h"
#include "values.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define PLAY_FIELD 128 /* the host's buffers */

/* A parcel with the courier. */
struct flight {
  struct flight *next;
  struct parcel *parcel;
  bool is_begun;
  wall_ms due; /* when its outcome is known */
  enum verdict verdict;
  int http_status;
  span_ms retry_after;
  const char *error;
  bool is_long;   /* the answer fills what is kept of it */
  char says[128]; /* the body; "": none */
};

struct sim {
  struct fake_clock clock;
  int64_t jumped; /* how far the wall clock is ahead of the scenario */
  struct settings *settings; /* until the engine has them */
  struct settings *retired;  /* those that requests may need still */
  struct buf public_config;
  bool sees_text;
  struct pacemaker pacemaker;
  struct meter meter;
  struct intake *intake;
  struct watch *watch;
  struct series *series;
  struct calendars *calendars;
  struct engine *engine;
  struct flight *flights;
  wall_ms next;   /* when the engine wants its next turn */
  wall_ms look;   /* when calendars are looked at next */
  bool has_read;  /* one has been read */
  wall_ms put_at; /* when the newest value was sent */
  wall_ms ticked_at;
};

/* The log and the disk know no stage: there is one at a time. */
static struct stage *present;
static bool disk_is_full;

static struct sim *sim_of(struct stage *s) { return s->self; }

/* ---- the disk ---- */

static ssize_t (*real_write)(int fd, const void *bytes, size_t n);
static ssize_t (*real_pwrite)(int fd, const void *bytes, size_t n, off_t at);
static int (*real_ftruncate)(int fd, off_t size);
static int (*real_fallocate)(int fd, off_t at, off_t n);

static ssize_t full_write(int fd, const void *bytes, size_t n) {
  errno = ENOSPC;
  return disk_is_full ? -1 : real_write(fd, bytes, n);
}

static ssize_t full_pwrite(int fd, const void *bytes, size_t n, off_t at) {
  errno = ENOSPC;
  return disk_is_full ? -1 : real_pwrite(fd, bytes, n, at);
}

static int full_ftruncate(int fd, off_t size) {
  errno = ENOSPC;
  return disk_is_full ? -1 : real_ftruncate(fd, size);
}

static int full_fallocate(int fd, off_t at, off_t n) {
  if (disk_is_full)
    return ENOSPC;
  return real_fallocate(fd, at, n);
}

/* SQLite's own hook for tests of this kind. */
static void take_disk(void) {
  sqlite3_initialize();
  sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);
  static bool is_taken;
  if (is_taken || vfs == NULL || vfs->iVersion < 3)
    return;
  is_taken = true;
  const struct {
    const char *name;
    sqlite3_syscall_ptr *real;
    sqlite3_syscall_ptr ours;
  } calls[] = {
      {"write", (sqlite3_syscall_ptr *)&real_write,
       (sqlite3_syscall_ptr)full_write},
      {"pwrite", (sqlite3_syscall_ptr *)&real_pwrite,
       (sqlite3_syscall_ptr)full_pwrite},
      {"pwrite64", (sqlite3_syscall_ptr *)&real_pwrite,
       (sqlite3_syscall_ptr)full_pwrite},
      {"ftruncate", (sqlite3_syscall_ptr *)&real_ftruncate,
       (sqlite3_syscall_ptr)full_ftruncate},
      {"fallocate", (sqlite3_syscall_ptr *)&real_fallocate,
       (sqlite3_syscall_ptr)full_fallocate},
  };
  for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
    sqlite3_syscall_ptr real = vfs->xGetSystemCall(vfs, calls[i].name);
    if (real == NULL)
      continue;
    *calls[i].real = real;
    vfs->xSetSystemCall(vfs, calls[i].name, calls[i].ours);
  }
}

/* ---- the log ---- */

static void take_line(enum log_level level, const char *line) {
  static const char *const names[] = {"error", "warning", "notice", "info"};
  if (present != NULL)
    buf_addf(&present->log, "[%s] %s\n", names[level], line);
}

static void take_announcement(void *arg, const struct announcement *a) {
  static const char *const severities[] = {"OKAY", "WARNING", "FAILURE"};
  struct stage *s = arg;
  buf_addf(&s->log,
           "Notification: severity = %s, host = localhost, plugin = incident, "
           "plugin_instance = %s, type = gauge, type_instance = %s, message = "
           "%s\n",
           severities[a->level], a->plugin_instance, a->type_instance,
           a->message);
}

/* ---- the courier ---- */

static wall_ms elapsed(struct stage *s) {
  return sim_of(s)->clock.at - sim_of(s)->jumped - STAGE_SIM_BASE;
}

/* "http://NAME.sim/…" */
static struct play_sink *sink_of(struct stage *s, const char *url) {
  const char *host = strstr(url, "://");
  if (host == NULL)
    return NULL;
  host += 3;
  for (struct play_sink *k = s->sinks; k != NULL; k = k->next) {
    size_t n = strlen(k->name);
    if (strncmp(host, k->name, n) == 0 && strncmp(host + n, ".sim", 4) == 0)
      return k;
  }
  return NULL;
}

static struct reply next_reply(struct play_sink *k) {
  if (k->replies_n == 0)
    return (struct reply){.kind = REPLY_CODE, .code = 200};
  struct reply r = k->replies[k->reply_at];
  k->reply_used++;
  if (r.times > 0 && k->reply_used >= r.times &&
      k->reply_at + 1 < k->replies_n) {
    k->reply_at++;
    k->reply_used = 0;
  }
  return r;
}

static enum verdict verdict_of(int code) {
  if (code >= 200 && code < 300)
    return VERDICT_DELIVERED;
  return code == 408 || code == 425 || code == 429 || code >= 500
             ? VERDICT_RETRY
             : VERDICT_FAILED;
}

static void begin_flight(struct stage *s, struct flight *f) {
  struct sim *m = sim_of(s);
  const struct webhook *w = f->parcel->webhook;
  struct play_sink *k = sink_of(s, w->url);
  f->is_begun = true;
  f->due = m->clock.at;
  if (k == NULL) {
    f->verdict = VERDICT_RETRY;
    f->error = "could not resolve the host";
    return;
  }
  struct reply r = next_reply(k);
  if (r.kind == REPLY_REFUSE || r.kind == REPLY_TLS_WRONG) {
    f->verdict = VERDICT_RETRY;
    f->error = r.kind == REPLY_REFUSE ? "could not connect" : "bad certificate";
    return;
  }
  sink_add(k, f->parcel->id, NULL, f->parcel->body, f->parcel->body_len,
           elapsed(s));
  f->http_status = 200;
  f->verdict = VERDICT_DELIVERED;
  f->error = "";
  switch (r.kind) {
  case REPLY_CODE:
    f->http_status = r.code;
    memcpy(f->says, r.says, sizeof f->says);
    f->verdict = verdict_of(r.code);
    f->error = f->verdict == VERDICT_DELIVERED ? "" : "HTTP error";
    if (f->verdict == VERDICT_DELIVERED &&
        format_judge(w->format, r.says) != FORMAT_TAKEN) {
      f->verdict = format_judge(w->format, r.says) == FORMAT_REFUSED
                       ? VERDICT_FAILED
                       : VERDICT_RETRY;
      f->error = "not taken";
    }
    break;
  case REPLY_RETRY:
    f->http_status = r.code;
    f->verdict = VERDICT_RETRY;
    f->retry_after = r.span;
    f->error = "HTTP 429";
    break;
  case REPLY_ENDLESS:
    f->is_long = true;
    break;
  case REPLY_SLOW:
    if (r.span <= w->timeout) {
      f->due += r.span;
      break;
    } /* fall through */
  case REPLY_HANG:
    f->due += w->timeout;
    f->verdict = VERDICT_MAYBE;
    f->http_status = 0;
    f->error = "no answer in time";
    break;
  case REPLY_DROP:
    f->verdict = VERDICT_MAYBE;
    f->http_status = 0;
    f->error = "the connection was closed without an answer";
    break;
  case REPLY_TLS:
  case REPLY_REFUSE:
  case REPLY_TLS_WRONG:
  case REPLY_TLS_OVER:
  case REPLY_ODD:
    break;
  }
}

/* In order, and no more at a time than the webhook may have. */
static void begin_flights(struct stage *s) {
  struct sim *m = sim_of(s);
  for (struct flight *f = m->flights; f != NULL; f = f->next) {
    unsigned running = 0;
    for (struct flight *g = m->flights; g != NULL; g = g->next)
      running += g->is_begun && g->parcel->webhook == f->parcel->webhook;
    if (!f->is_begun && running < f->parcel->webhook->in_flight_max)
      begin_flight(s, f);
  }
}

static void free_flight(struct flight *f) {
  parcel_free(f->parcel);
  free(f);
}

static void sim_send(void *self, struct parcel *own_parcel) {
  struct stage *s = self;
  struct flight *f = calloc(1, sizeof *f), **end = &sim_of(s)->flights;
  if (f == NULL)
    exit(99);
  f->parcel = own_parcel;
  while (*end != NULL)
    end = &(*end)->next;
  *end = f;
  begin_flights(s);
}

static bool sim_withdraw(void *self, const char *id) {
  struct stage *s = self;
  for (struct flight **at = &sim_of(s)->flights; *at != NULL;
       at = &(*at)->next) {
    struct flight *f = *at;
    if (strcmp(f->parcel->id, id) != 0)
      continue;
    if (f->is_begun)
      return false;
    *at = f->next;
    free_flight(f);
    return true;
  }
  return false;
}

static struct outcome *sim_outcomes(void *self) {
  struct stage *s = self;
  struct sim *m = sim_of(s);
  struct outcome *first = NULL, **end = &first;
  for (struct flight **at = &m->flights; *at != NULL;) {
    struct flight *f = *at;
    if (!f->is_begun || f->due > m->clock.at) {
      at = &f->next;
      continue;
    }
    struct outcome *o = calloc(1, sizeof *o);
    if (o == NULL)
      exit(99);
    memcpy(o->id, f->parcel->id, sizeof o->id);
    o->verdict = f->verdict;
    o->http_status = f->http_status;
    o->retry_after = f->retry_after;
    if (f->verdict != VERDICT_DELIVERED && f->http_status != 0)
      snprintf(o->error, sizeof o->error, "HTTP %d", f->http_status);
    else
      snprintf(o->error, sizeof o->error, "%s", f->error);
    if (f->is_long &&
        (o->response = malloc(OUTCOME_RESPONSE_MAX + 1)) != NULL) {
      memset(o->response, 'x', OUTCOME_RESPONSE_MAX);
      o->response[OUTCOME_RESPONSE_MAX] = '\0';
    } else if (f->says[0] != '\0') {
      o->response = strdup(f->says);
    }
    *end = o;
    end = &o->next;
    *at = f->next;
    free_flight(f);
  }
  begin_flights(s);
  return first;
}

static void sim_retire(void *self, struct settings *own_settings) {
  struct sim *m = sim_of(self);
  own_settings->retired_next = m->retired;
  m->retired = own_settings;
}

static void sim_see_text(void *arg, bool is_seen) {
  sim_of(arg)->sees_text = is_seen;
}

static wall_ms next_outcome(struct sim *m) {
  wall_ms next = WALL_NEVER;
  for (struct flight *f = m->flights; f != NULL; f = f->next)
    if (f->is_begun && f->due < next)
      next = f->due;
  return next;
}

/* ---- turns ---- */

#define TURNS_MAX 10000

/* Turns until nothing is left to do at this moment. */
static void take_note(void *arg) { ((struct sim *)arg)->has_read = true; }

/* True if there is something new. */
static bool look_at_calendars(struct sim *m) {
  m->has_read = false;
  m->look = calendars_look(m->calendars, m->clock.at);
  return m->has_read;
}

static bool settle(struct stage *s) {
  struct sim *m = sim_of(s);
  if (m->engine == NULL)
    return true;
  look_at_calendars(m);
  for (unsigned i = 0; i < TURNS_MAX; i++) {
    m->next = engine_turn(m->engine);
    if (m->next > m->clock.at && next_outcome(m) > m->clock.at &&
        !engine_is_wanted(m->engine)) {
      while (engine_tidy(m->engine))
        ;
      engine_measure(m->engine);
      engine_rest(m->engine, true);
      return true;
    }
  }
  return stage_fail(s, "the engine does not come to rest");
}

static bool sim_open(struct stage *s) {
  struct sim *m = calloc(1, sizeof *m);
  if (m == NULL)
    return stage_fail(s, "out of memory");
  s->self = m;
  present = s;
  disk_is_full = false;
  hash_init();
  log_set(take_line);
  take_disk();
  fake_clock_init(&m->clock, STAGE_SIM_BASE);
  return true;
}

static void end_engine(struct stage *s) {
  struct sim *m = sim_of(s);
  engine_free(m->engine);
  m->engine = NULL;
  calendars_free(m->calendars, 0);
  m->calendars = NULL;
  for (struct flight *next; m->flights != NULL; m->flights = next) {
    next = m->flights->next;
    free_flight(m->flights);
  }
  series_free(m->series);
  m->series = NULL;
  intake_free(m->intake);
  m->intake = NULL;
  watch_free(m->watch);
  m->watch = NULL;
  settings_free(m->settings);
  m->settings = NULL;
  for (struct settings *next; m->retired != NULL; m->retired = next) {
    next = m->retired->retired_next;
    settings_free(m->retired);
  }
  buf_fini(&m->public_config);
  s->is_up = false;
}

static void sim_close(struct stage *s) {
  if (s->self == NULL)
    return;
  end_engine(s);
  free(s->self);
  s->self = NULL;
  present = NULL;
  log_set(NULL);
}

static bool sim_set_sink(struct stage *s, struct play_sink *k) {
  (void)s;
  snprintf(k->url, sizeof k->url, "http%s://%s.sim", k->is_tls ? "s" : "",
           k->name);
  return true;
}

static void sim_collect(struct stage *s, struct play_sink *k) {
  (void)s;
  (void)k;
}

/* ---- starting and stopping ---- */

static void complain(void *arg, const char *file, int line, bool is_warning,
                     const char *message) {
  struct stage *s = arg;
  buf_addf(&s->log, "[%s] %s:%d: %s\n", is_warning ? "warning" : "error", file,
           line, message);
}

static void report(void *arg, const struct finding *f) {
  struct stage *s = arg;
  buf_addf(&s->log, "[%s] incident: %s: %s\n",
           f->is_warning ? "warning" : "error", f->path, f->message);
}

static enum err read_conf(struct stage *s) {
  struct sim *m = sim_of(s);
  struct conf_file *file = NULL;
  const struct conf *blocks[64];
  size_t n = 0;
  const char *text = s->conf != NULL ? s->conf : "";
  buf_init(&m->public_config, 1 << 22);
  enum err err = conf_read_text("conf", text, strlen(text), complain, s, &file);
  if (err != OK)
    return err;
  for (size_t i = 0; i < file->root.children_n && n < 64; i++) {
    const struct conf *c = &file->root.children[i];
    if (strcasecmp(c->key, "Plugin") == 0)
      blocks[n++] = c;
  }
  err = settings_read(blocks, n, true, report, s, &m->settings);
  if (err == OK)
    err = settings_print_public(blocks, n, &m->public_config);
  conf_file_free(file);
  return err;
}

static void nobody_sleeps(void *arg) { (void)arg; }

static bool sim_start(struct stage *s, enum start_how how) {
  bool fails = how == START_FAILS;
  struct sim *m = sim_of(s);
  const char *why = "its configuration has errors";
  if (s->is_up)
    return stage_fail(s, "it is running");
  enum err err = read_conf(s);
  pacemaker_init(&m->pacemaker);
  meter_init(&m->meter);
  if (err == OK)
    err = intake_new(INTAKE_BYTES_MAX, nobody_sleeps, NULL, &m->intake);
  if (err == OK)
    err = watch_new(&m->watch);
  if (err == OK)
    err = series_new(m->intake, m->watch, &m->clock.clock, &m->series);
  if (err == OK)
    err = calendars_new(m->settings, &m->clock.clock, take_note, m,
                        &m->calendars);
  if (err == OK) {
    look_at_calendars(m);
    struct engine_parts parts = {.settings = m->settings,
                                 .public_config = buf_text(&m->public_config),
                                 .ledger_path = s->ledger,
                                 .clock = &m->clock.clock,
                                 .intake = m->intake,
                                 .watch = m->watch,
                                 .series = m->series,
                                 .calendars = m->calendars,
                                 .sender = {.self = s,
                                            .send = sim_send,
                                            .withdraw = sim_withdraw,
                                            .outcomes = sim_outcomes,
                                            .retire = sim_retire},
                                 .announce = take_announcement,
                                 .announce_arg = s,
                                 .pacemaker = &m->pacemaker,
                                 .meter = &m->meter,
                                 .see_text = sim_see_text,
                                 .see_text_arg = s};
    m->sees_text = m->settings->sees_text;
    err = engine_new(&parts, &m->engine, &why);
    if (err == OK)
      m->settings = NULL;
  }
  if (err != OK) {
    buf_addf(&s->log, "[error] incident: not started: %s\n", why);
    end_engine(s);
    return fails || stage_fail(s, "not started: %s", why);
  }
  if (fails) {
    end_engine(s);
    return stage_fail(s, "it has started");
  }
  s->is_up = true;
  return settle(s);
}

static bool sim_reload(struct stage *s, bool fails) {
  struct sim *m = sim_of(s);
  char path[512];
  char *why = NULL;
  size_t rules = 0;
  if (!s->is_up)
    return stage_fail(s, "it is not running");
  snprintf(path, sizeof path, "%s/collectd.conf", s->dir);
  if (!stage_write_file(s, path, s->conf))
    return false;
  enum err err = reload_file(m->engine, path, &rules, &why);
  bool ok = (err != OK) == fails ||
            stage_fail(s, "reload: %s", err == OK ? "done" : why);
  free(why);
  return ok && settle(s);
}

static bool sim_second(struct stage *s) {
  return stage_fail(s, "one process cannot lock itself out: live only");
}

static bool sim_trial(struct stage *s) {
  return stage_fail(s, "only a daemon can be tried: live only");
}

static bool sim_stop(struct stage *s, span_ms within) {
  (void)within;
  if (!s->is_up)
    return stage_fail(s, "it is not running");
  engine_finish(sim_of(s)->engine);
  end_engine(s);
  return true;
}

static bool sim_kill(struct stage *s) {
  if (!s->is_up)
    return stage_fail(s, "it is not running");
  end_engine(s);
  return true;
}

/* ---- what comes in ---- */

static bool offer(struct stage *s, const struct signal *signal) {
  struct sim *m = sim_of(s);
  if (!s->is_up)
    return stage_fail(s, "it is not running");
  if (!intake_offer(m->intake, signal))
    return stage_fail(s, "the intake is full");
  return settle(s);
}

/* As door_pack does. */
static bool sim_notify(struct stage *s, const struct play_notification *n) {
  static uint64_t memory[SIGNAL_BYTES_MAX / sizeof(uint64_t)];
  struct sim *m = sim_of(s);
  struct packer p;
  signal_begin(&p, memory);
  p.signal->kind = SIGNAL_NOTIFICATION;
  p.signal->level = strcmp(n->severity, "okay") == 0      ? LEVEL_OKAY
                    : strcmp(n->severity, "warning") == 0 ? LEVEL_WARNING
                                                          : LEVEL_FAILURE;
  p.signal->received = m->clock.at;
  p.signal->sent = m->clock.at - n->age;
  for (size_t i = 0; i < 5; i++)
    signal_add(&p, n->field[i], strnlen(n->field[i], 128));
  signal_add(&p, n->message, strnlen(n->message, 256));
  const char *data_source = "";
  for (size_t i = 0; i < n->metas_n; i++)
    if (strcmp(n->metas[i].name, "DataSource") == 0)
      data_source = n->metas[i].value;
  signal_add(&p, data_source, strnlen(data_source, 128));
  for (size_t i = 0; i < n->metas_n; i++) {
    const struct play_meta *meta = &n->metas[i];
    double number = strtod(meta->value, NULL);
    if (strcmp(meta->name, "CurrentValue") == 0) {
      p.signal->value = number;
      p.signal->has_value = 1;
    } else if (strcmp(meta->name, "WarningMin") == 0) {
      p.signal->warning_min = number;
    } else if (strcmp(meta->name, "WarningMax") == 0) {
      p.signal->warning_max = number;
    } else if (strcmp(meta->name, "FailureMin") == 0) {
      p.signal->failure_min = number;
    } else if (strcmp(meta->name, "FailureMax") == 0) {
      p.signal->failure_max = number;
    } else if (strcmp(meta->name, "DataSource") != 0) {
      signal_add_meta(&p, meta->name, meta->value);
    }
  }
  signal_end(&p, m->sees_text && p.signal->level != LEVEL_OKAY);
  return offer(s, p.signal);
}

/* The five fields, each in a buffer as the host has them. */
static void cut_id(const char *id, char field[FIELDS][PLAY_FIELD]) {
  size_t host = strcspn(id, "/");
  memset(field, 0, FIELDS * sizeof field[0]);
  snprintf(field[FIELD_HOST], PLAY_FIELD, "%.*s", (int)host, id);
  for (int i = FIELD_PLUGIN; i < FIELDS && id[host] == '/'; i += 2) {
    id += host + 1;
    host = strcspn(id, "/");
    size_t name = strcspn(id, "-/");
    snprintf(field[i], PLAY_FIELD, "%.*s", (int)name, id);
    if (id[name] == '-')
      snprintf(field[i + 1], PLAY_FIELD, "%.*s", (int)(host - name - 1),
               id + name + 1);
  }
}

/* As the door's write callback. */
static bool sim_put(struct stage *s, const char *id, const char *value,
                    const char *interval, span_ms age) {
  struct sim *m = sim_of(s);
  struct source sources[SOURCES_MAX];
  char field[FIELDS][PLAY_FIELD];
  wall_ms sent = m->clock.at - age;
  if (!s->is_up)
    return stage_fail(s, "it is not running");
  if (age == 0 && sent <= m->put_at)
    sent = m->put_at + 1;
  if (sent > m->put_at)
    m->put_at = sent;
  cut_id(id, field);
  struct reading r = {.field_max = PLAY_FIELD,
                      .sent = sent,
                      .sent_ns = sent * 1000000,
                      .interval = (span_ms)(strtod(interval, NULL) * 1000),
                      .sources = sources};
  for (int i = 0; i < FIELDS; i++)
    r.field[i] = field[i];
  if (!values_read(field[FIELD_TYPE], value, sources, &r.sources_n))
    return stage_fail(s, "%s are no values", value);
  series_take(m->series, &r);
  return settle(s);
}

static bool sim_raw(struct stage *s, const char *line) {
  (void)line;
  return stage_fail(s, "raw notifications are for the live stage");
}

static bool sim_flush(struct stage *s) { return settle(s); }

struct wanted_value {
  const char *id;
  struct buf *out;
};

static void find_value(void *arg, const struct meter_value *v) {
  struct wanted_value *w = arg;
  char id[512], number[JSON_NUMBER];
  snprintf(id, sizeof id, "%s/%s-%s", v->plugin_instance, v->type,
           v->type_instance);
  if (strcmp(id, w->id) != 0)
    return;
  json_number(v->is_derive ? (double)v->derive : v->gauge, number);
  buf_add(w->out, number);
}

/* As the door does, with all that came since the start as the last interval. */
static bool sim_value(struct stage *s, const char *id, struct buf *out) {
  static const struct meter_figures none;
  struct sim *m = sim_of(s);
  struct wanted_value w = {.id = id, .out = out};
  struct meter_figures figures;
  struct meter_surroundings around = {.ledger_bytes = -1, .now = m->clock.at};
  if (!settle(s) || m->engine == NULL || !meter_get(&m->meter, &figures))
    return false;
  intake_counts(m->intake, &around.intake);
  meter_each(&figures, &none, &around, find_value, &w);
  return out->len > 0;
}

/* ---- the tool ---- */

int stage_sim_ctl(int argc, char **argv) {
  struct fake_clock clock;
  if (argc < 1)
    return 99;
  fake_clock_init(&clock, strtoll(argv[0], NULL, 10));
  hash_init();
  take_disk();
  disk_is_full = getenv("PLAY_DISK_IS_FULL") != NULL;
  argv[0] = (char *)"incidentctl";
  return ctl_run(argc, argv, stdout, stderr, &clock.clock);
}

static bool sim_ctl(struct stage *s, char **words, size_t n, int *status) {
  char self[512], at[32], ledger[384];
  char *argv[128];
  const char *env[] = {ledger, "INCIDENT_USER=operator", "TZ=UTC0",
                       disk_is_full ? "PLAY_DISK_IS_FULL=1" : NULL, NULL};
  ssize_t len = readlink("/proc/self/exe", self, sizeof self - 1);
  if (len <= 0 || n + 4 > sizeof argv / sizeof argv[0])
    return stage_fail(s, "cannot find myself");
  self[len] = '\0';
  if (!settle(s))
    return false;
  snprintf(ledger, sizeof ledger, "INCIDENT_LEDGER=%s", s->ledger);
  snprintf(at, sizeof at, "%lld", (long long)sim_of(s)->clock.at);
  argv[0] = self;
  argv[1] = (char *)"--ctl";
  argv[2] = at;
  memcpy(argv + 3, words, n * sizeof *words);
  argv[n + 3] = NULL;
  return stage_spawn(s, argv, env, status) && settle(s);
}

/* ---- time ---- */

#define TICK_MS 1000

/* When a tick of the host next finds a heartbeat due. */
static wall_ms next_beat(struct sim *m) {
  wall_ms due = atomic_load(&m->pacemaker.due);
  if (m->engine == NULL || due == WALL_NEVER)
    return WALL_NEVER;
  if (due <= m->ticked_at)
    due = m->ticked_at + 1;
  return (due + TICK_MS - 1) / TICK_MS * TICK_MS;
}

static void tick(struct sim *m) {
  m->ticked_at = m->clock.at;
  pacemaker_tick(&m->pacemaker, m->intake, m->clock.at);
}

static bool sim_advance(struct stage *s, span_ms to) {
  struct sim *m = sim_of(s);
  wall_ms target = STAGE_SIM_BASE + to + m->jumped;
  if (target < m->clock.at)
    return stage_fail(s, "time does not go back");
  while (m->engine != NULL) {
    wall_ms due = next_outcome(m);
    if (m->next < due)
      due = m->next;
    if (m->look < due)
      due = m->look;
    if (next_beat(m) < due)
      due = next_beat(m);
    if (due >= target)
      break;
    if (due > m->clock.at)
      m->clock.at = due;
    bool is_beat = next_beat(m) <= m->clock.at;
    if (is_beat)
      tick(m);
    else if (due == m->look && !look_at_calendars(m))
      continue;
    if (!settle(s))
      return false;
  }
  m->clock.at = target;
  return settle(s);
}

static bool sim_jump(struct stage *s, int64_t by) {
  struct sim *m = sim_of(s);
  m->jumped += by;
  if (by < 0)
    m->put_at += by;
  m->clock.at += by;
  return settle(s);
}

static bool sim_full(struct stage *s, bool on) {
  (void)s;
  disk_is_full = on;
  return true;
}

const struct stage_ops stage_sim_ops = {.name = "sim",
                                        .is_live = false,
                                        .open = sim_open,
                                        .close = sim_close,
                                        .set_sink = sim_set_sink,
                                        .collect = sim_collect,
                                        .start = sim_start,
                                        .reload = sim_reload,
                                        .second = sim_second,
                                        .trial = sim_trial,
                                        .stop = sim_stop,
                                        .kill = sim_kill,
                                        .put = sim_put,
                                        .notify = sim_notify,
                                        .raw = sim_raw,
                                        .flush = sim_flush,
                                        .value = sim_value,
                                        .ctl = sim_ctl,
                                        .advance = sim_advance,
                                        .jump = sim_jump,
                                        .full = sim_full};
