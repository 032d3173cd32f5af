/* SPDX-License-Identifier: MIT */
#include "door/ctl_status.h"

#include <stdlib.h>
#include <string.h>

#define WATCH_DEFAULT_MS 5000
#define WATCH_MIN_MS 100

/* ---- looking ---- */

static enum err keep_severity(void *arg, const char *name, int64_t n) {
  struct ctl_status_names *all = &((struct ctl_status_things *)arg)->severities;
  struct ctl_status_named *items =
      realloc(all->items, (all->n + 1) * sizeof *items);
  if (items == NULL)
    return ERR_NOMEM;
  all->items = items;
  struct ctl_status_named *item = &items[all->n++];
  *item = (struct ctl_status_named){.n = n};
  return incident_set_text(&item->name, name);
}

static enum err count_silence(void *arg, const struct silence *silence) {
  struct ctl_status_things *s = arg;
  s->silences += silence_is_active(silence, s->c->now);
  return OK;
}

static void forget(struct ctl_status_names *all) {
  for (size_t i = 0; i < all->n; i++)
    free(all->items[i].name);
  free(all->items);
}

static enum err look_into_ledger(struct ctl_status_things *s) {
  struct ledger *l = s->c->ledger;
  enum err err = ledger_figures(l, s->c->now, &s->figures);
  if (err == OK)
    err = ledger_open_by_severity(l, s->c->settings, keep_severity, s);
  if (err == OK)
    err = ctl_health_load(&s->health, s->c);
  if (err == OK)
    err = ledger_silences(l, false, s->c->now, count_silence, s);
  return err;
}

/* It has opened the ledger but not made its first turn, which brings its
 * configuration there: commands would not know whom they mean. */
static bool is_starting(const struct ctl_status_things *s) {
  char *config = NULL;
  if (s->opened != OK || s->link.is_degraded ||
      ledger_get(s->c->ledger, "config", &config) != OK)
    return false;
  bool is = config == NULL;
  free(config);
  return is;
}

static enum err look(struct ctl_status_things *s) {
  struct ctl *c = s->c;
  enum err err = OK;
  s->opened = ctl_try_open(c, LEDGER_READ, &s->why);
  enum err answered = ctl_link_status(c->ledger_path, &s->link);
  s->has_answered = answered == OK;
  s->is_silent = answered == ERR_BUSY;
  s->owner =
      s->has_answered ? (pid_t)s->link.pid : ledger_owner(c->ledger_path);
  s->is_running = s->owner > 0 && !is_starting(s);
  if (s->opened == OK)
    err = look_into_ledger(s);
  if (s->link.is_degraded)
    s->figures.open = s->link.incidents_open;
  if (!s->is_running || (s->opened != OK && !s->has_answered))
    s->state = CTL_STATUS_UNKNOWN;
  else if (s->opened != OK || s->figures.open > 0 || s->link.is_degraded ||
           s->is_silent || s->health.webhooks_n > 0 || s->health.chains_n > 0)
    s->state = CTL_STATUS_WRONG;
  return err;
}

/* ---- for programs ---- */

static void put_severities(struct json *j, const struct ctl_status_names *all) {
  json_key(j, "severities");
  json_array(j);
  for (size_t i = 0; i < all->n; i++) {
    json_object(j);
    json_put_text(j, "severity", all->items[i].name);
    json_put_int(j, "open", all->items[i].n);
    json_object_end(j);
  }
  json_array_end(j);
}

static void put_plugin(struct json *j, const struct ctl_status_things *s) {
  json_key(j, "plugin");
  json_object(j);
  json_put_bool(j, "running", s->is_running);
  json_key(j, "pid");
  if (s->is_running)
    json_int(j, s->owner);
  else
    json_null(j);
  if (s->has_answered) {
    json_put_text(j, "version", s->link.version);
    json_put_bool(j, "degraded", s->link.is_degraded);
    json_put_int(j, "rows_waiting", s->link.rows_waiting);
    json_put_int(j, "intake_bytes", s->link.intake_bytes);
    json_put_int(j, "refused", s->link.refused);
    json_put_int(j, "series", s->link.series);
    json_put_int(j, "series_looked_at", s->link.series_looked_at);
    json_put_int(j, "series_evicted", s->link.series_evicted);
  }
  json_object_end(j);
}

static int print_json(const struct ctl_status_things *s) {
  static const char *const states[] = {"normal", "wrong", "unknown"};
  const struct ledger_figures *f = &s->figures;
  struct json *j = json_new();
  if (j == NULL)
    return ctl_print_json(s->c, NULL);
  json_object(j);
  json_put_text(j, "state", states[s->state]);
  put_plugin(j, s);
  if (s->opened == OK) {
    json_put_int(j, "open", f->open);
    json_put_int(j, "unacknowledged", f->unacknowledged);
    put_severities(j, &s->severities);
    json_key(j, "pages");
    json_object(j);
    json_put_int(j, "pending", f->pages_pending);
    json_put_int(j, "sending", f->pages_sending);
    json_put_int(j, "failed_day", f->pages_failed_day);
    json_put_time(j, "oldest_pending", f->oldest_pending);
    json_object_end(j);
    ctl_health_put(&s->health, s->c, j);
    json_put_int(j, "silences", s->silences);
    json_put_int(j, "alerts_silenced", f->alerts_silenced);
    json_put_int(j, "alerts_inhibited", f->alerts_inhibited);
    json_put_int(j, "unmatched", f->events_unmatched);
    json_put_int(j, "requests_waiting", f->requests_waiting);
  }
  json_object_end(j);
  return ctl_print_json(s->c, j);
}

/* ---- what has changed ---- */

#define KEY_MAX (1024 * 1024)

static enum err add_incident(void *arg, const struct incident *i) {
  struct buf *key = arg;
  buf_addf(key, "%lld %s %d %s\n", (long long)i->id, i->severity,
           (int)i->status,
           i->acknowledged_by != NULL ? i->acknowledged_by : "");
  return key->err;
}

/* What makes a difference to whoever watches: not how old anything is, nor
 * pages that come and go. Without memory for it nothing has changed. */
static bool has_changed(const struct ctl_status_things *s, struct buf *told) {
  const struct ledger_filter open_ones = {.all = false};
  struct buf key;
  buf_init(&key, KEY_MAX);
  buf_addf(&key, "%d %d %d %d %d %lld %lld %lld\n", (int)s->state,
           (int)s->opened, s->is_running, s->is_silent, s->link.is_degraded,
           (long long)s->figures.open, (long long)s->silences,
           (long long)s->link.refused);
  for (size_t i = 0; i < s->health.webhooks_n; i++)
    buf_addf(&key, "webhook %s\n", s->health.webhooks[i].webhook);
  for (size_t i = 0; i < s->health.chains_n; i++)
    buf_addf(&key, "chain %s\n", s->health.chains[i]);
  if (s->opened == OK)
    ledger_list(s->c->ledger, &open_ones, add_incident, &key);
  bool changed = strcmp(buf_text(&key), buf_text(told)) != 0;
  buf_clear(told);
  buf_add(told, buf_text(&key));
  buf_fini(&key);
  return changed;
}

/* ---- the command ---- */

/* told: what was told last, and nothing is if that has not changed; NULL: it is
 * told in any case. */
static int once(struct ctl *c, struct buf *told) {
  static const int exits[] = {CTL_DONE, CTL_FAILED, CTL_UNKNOWN};
  struct ctl_status_things s = {.c = c,
                                .figures = {.oldest_pending = WALL_NEVER}};
  int status;
  enum err err = look(&s);
  if (err != OK) {
    ctl_fail_ledger(c, err);
    status = CTL_UNKNOWN;
  } else if (told == NULL || has_changed(&s, told)) {
    status = c->is_json ? print_json(&s) : ctl_status_print(&s);
    if (!c->is_json && told != NULL)
      fputc('\n', c->out);
  } else {
    status = CTL_DONE;
  }
  if (status == CTL_DONE)
    status = exits[s.state];
  forget(&s.severities);
  ctl_health_free(&s.health);
  for (size_t i = 0; i < s.chains_n; i++)
    free(s.chains[i]);
  return status;
}

/* Until nobody reads it any more. */
static int watch(struct ctl *c, span_ms every, bool only_changes) {
  struct buf told;
  int status = CTL_DONE;
  buf_init(&told, KEY_MAX);
  for (;;) {
    if (c->style.has_colour && !only_changes)
      fputs("\033[H\033[2J", c->out);
    status = once(c, only_changes ? &told : NULL);
    if (!c->style.has_colour && !c->is_json && !only_changes)
      fputc('\n', c->out);
    if (fflush(c->out) != 0 || ferror(c->out)) {
      buf_fini(&told);
      return status;
    }
    clock_sleep_ms(every);
    ledger_close(c->ledger);
    settings_free(c->settings);
    c->ledger = NULL;
    c->settings = NULL;
    c->now = c->clock->wall(c->clock);
  }
}

static int run(struct ctl *c) {
  const char *seconds = ctl_option(c, "watch");
  span_ms every = WATCH_DEFAULT_MS;
  bool only_changes = ctl_option(c, "changes") != NULL;
  if (seconds == NULL && only_changes)
    return ctl_misuse(c, "status: --changes goes with --watch");
  if (seconds == NULL)
    return once(c, NULL);
  if (seconds[0] != '\0' &&
      (span_parse(seconds, &every) != OK || every < WATCH_MIN_MS))
    return ctl_misuse(c, "status: --watch takes seconds, 0.1 at least, not %s",
                      seconds);
  return watch(c, every, only_changes);
}

const struct ctl_command ctl_status = {
    .name = "status",
    .usage = "[--watch [SECONDS] [--changes]]",
    .summary = "NORMAL, or what is wrong",
    .run = run,
    .options = {{.name = "watch", .value = "SECONDS", .is_optional = true},
                {.name = "changes"}}};
