/* SPDX-License-Identifier: MIT */
#include "door/ctl.h"
#include "door/ctl_health.h"
#include "door/ctl_link.h"

#include <stdlib.h>
#include <string.h>

#define OPEN_SHOWN 10
#define CHAINS_MAX 16 /* whose contacts are shown */
#define WATCH_DEFAULT_MS 5000
#define WATCH_MIN_MS 100

struct named {
  char *name;
  int64_t n; /* open incidents of a severity */
};
struct names {
  struct named *items;
  size_t n;
};

enum state { STATE_NORMAL, STATE_WRONG, STATE_UNKNOWN };

struct state_of_things {
  struct ctl *c;
  enum state state;
  enum err opened; /* the ledger */
  const char *why;
  bool is_running, has_answered;
  bool is_silent; /* it runs, but does not answer */
  pid_t owner;
  struct ctl_link_status link;
  struct ledger_figures figures;
  struct names severities;
  struct ctl_health health;
  int64_t silences; /* active now */
  /* For people. */
  struct ctl_table table;
  size_t shown;
  char *chains[CHAINS_MAX];
  size_t chains_n;
};

/* ---- looking ---- */

static enum err keep_severity(void *arg, const char *name, int64_t n) {
  struct names *all = &((struct state_of_things *)arg)->severities;
  struct named *items = realloc(all->items, (all->n + 1) * sizeof *items);
  if (items == NULL)
    return ERR_NOMEM;
  all->items = items;
  struct named *item = &items[all->n++];
  *item = (struct named){.n = n};
  return incident_set_text(&item->name, name);
}

static enum err count_silence(void *arg, const struct silence *silence) {
  struct state_of_things *s = arg;
  s->silences += silence_is_active(silence, s->c->now);
  return OK;
}

static void forget(struct names *all) {
  for (size_t i = 0; i < all->n; i++)
    free(all->items[i].name);
  free(all->items);
}

static enum err look_into_ledger(struct state_of_things *s) {
  struct ledger *l = s->c->ledger;
  enum err err = ledger_figures(l, s->c->now, &s->figures);
  if (err == OK)
    err = ledger_open_by_severity(l, keep_severity, s);
  if (err == OK)
    err = ctl_health_load(&s->health, s->c);
  if (err == OK)
    err = ledger_silences(l, false, s->c->now, count_silence, s);
  return err;
}

/* It has opened the ledger but not made its first turn, which brings its
 * configuration there: commands would not know whom they mean. */
static bool is_starting(const struct state_of_things *s) {
  char *config = NULL;
  if (s->opened != OK || s->link.is_degraded ||
      ledger_get(s->c->ledger, "config", &config) != OK)
    return false;
  bool is = config == NULL;
  free(config);
  return is;
}

static enum err look(struct state_of_things *s) {
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
    s->state = STATE_UNKNOWN;
  else if (s->opened != OK || s->figures.open > 0 || s->link.is_degraded ||
           s->is_silent || s->health.webhooks_n > 0 || s->health.chains_n > 0)
    s->state = STATE_WRONG;
  return err;
}

/* ---- for programs ---- */

static void put_severities(struct json *j, const struct names *all) {
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

static void put_plugin(struct json *j, const struct state_of_things *s) {
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

static int print_json(const struct state_of_things *s) {
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

/* ---- for people ---- */

static const char *plural(int64_t n, const char *one, const char *many) {
  return n == 1 ? one : many;
}

static void print_heading(const struct state_of_things *s) {
  const struct ctl *c = s->c;
  const struct ledger_figures *f = &s->figures;
  switch (s->state) {
  case STATE_NORMAL:
    ctl_put(c->out, &c->style, COLOUR_GREEN, "NORMAL");
    fputs(": nothing is open\n", c->out);
    return;
  case STATE_UNKNOWN:
    ctl_put(c->out, &c->style, COLOUR_RED, "UNKNOWN");
    if (s->opened != OK)
      fprintf(c->out, ": the ledger cannot be read\n");
    else
      fprintf(c->out, ": collectd is not running%s\n",
              f->open > 0 ? "" : ", nothing was open");
    return;
  case STATE_WRONG:
    break;
  }
  ctl_put(c->out, &c->style, COLOUR_RED, "WRONG");
  if (f->open > 0)
    fprintf(c->out, ": %lld %s open\n", (long long)f->open,
            plural(f->open, "incident is", "incidents are"));
  else if (s->health.webhooks_n > 0 || s->health.chains_n > 0)
    fputs(": pages do not get through\n", c->out);
  else if (s->opened != OK)
    fputs(": the ledger cannot be read\n", c->out);
  else if (s->link.is_degraded)
    fputs(": the ledger cannot be written\n", c->out);
  else
    fputs(": the plugin does not answer\n", c->out);
}

static bool needs_phones(const struct state_of_things *s) {
  return s->health.webhooks_n > 0 || !s->is_running || s->is_silent;
}

static enum err note_chain(struct state_of_things *s, const char *chain) {
  if (chain == NULL || s->chains_n == CHAINS_MAX)
    return OK;
  for (size_t i = 0; i < s->chains_n; i++)
    if (strcmp(s->chains[i], chain) == 0)
      return OK;
  enum err err = incident_set_text(&s->chains[s->chains_n], chain);
  s->chains_n += err == OK;
  return err;
}

/* ERR_CEILING: enough. */
static enum err show_open(void *arg, const struct incident *i) {
  struct state_of_things *s = arg;
  enum err err = OK;
  if (s->shown < OPEN_SHOWN)
    ctl_incidents_add(&s->table, s->c, i);
  s->shown++;
  if (!needs_phones(s))
    return s->shown < OPEN_SHOWN ? OK : ERR_CEILING;
  if (i->acknowledged_by == NULL)
    err = note_chain(s, i->chain);
  if (err == OK && i->acknowledged_by == NULL)
    err = note_chain(s, ctl_severity_chain(s->c, i->severity));
  return err;
}

static void print_open(struct state_of_things *s) {
  const struct ctl *c = s->c;
  const struct ledger_filter open_ones = {.all = false};
  struct ctl_link_list list = {0};
  if (s->figures.open == 0)
    return;
  fputc('\n', c->out);
  ctl_incidents_begin(&s->table, c);
  s->table.indent = 2;
  if ((s->link.is_degraded || s->opened != OK) &&
      ctl_link_list(c->ledger_path, &list) == OK)
    for (size_t i = 0; i < list.n; i++)
      show_open(s, &list.incidents[i]);
  else if (c->ledger != NULL)
    ledger_list(c->ledger, &open_ones, show_open, s); /* fewer, then */
  ctl_link_free_list(&list);
  ctl_table_end(&s->table);
  if (s->figures.open > OPEN_SHOWN)
    fprintf(c->out, "  \xe2\x80\xa6 and %lld more: incidentctl list\n",
            (long long)(s->figures.open - OPEN_SHOWN));
}

static void add_open(struct ctl_table *t, const struct state_of_things *s) {
  struct buf b;
  if (s->figures.open == 0)
    return;
  buf_init(&b, 4096);
  for (size_t i = 0; i < s->severities.n; i++)
    buf_addf(&b, "%s%lld %s", i > 0 ? ", " : "",
             (long long)s->severities.items[i].n, s->severities.items[i].name);
  if (s->figures.unacknowledged > 0)
    buf_addf(&b, "%s%lld that nobody has acknowledged", b.len > 0 ? "; " : "",
             (long long)s->figures.unacknowledged);
  ctl_table_add(t, COLOUR_DIM, "open");
  ctl_table_add(t, COLOUR_NONE, buf_text(&b));
  buf_fini(&b);
}

static void add_plugin(struct ctl_table *t, const struct state_of_things *s) {
  ctl_table_add(t, COLOUR_DIM, "plugin");
  if (s->owner < 0)
    ctl_table_add(t, COLOUR_RED, "cannot tell whether it runs");
  else if (!s->is_running)
    ctl_table_add(t, COLOUR_RED, "not running: nobody is paged");
  else
    ctl_table_addf(t, s->is_silent ? COLOUR_RED : COLOUR_NONE,
                   "running, pid %lld%s", (long long)s->owner,
                   s->is_silent ? ", but does not answer" : "");
  if (s->opened != OK) {
    ctl_table_add(t, COLOUR_DIM, "ledger");
    ctl_table_addf(t, COLOUR_RED, "%s: %s", s->c->ledger_path,
                   s->opened == ERR_NOTFOUND || s->why == NULL ||
                           s->why[0] == '\0'
                       ? err_text(s->opened)
                       : s->why);
  }
  if (s->link.is_degraded) {
    ctl_table_add(t, COLOUR_DIM, "ledger");
    ctl_table_addf(t, COLOUR_RED,
                   "cannot be written; %lld %s in memory only; see the log",
                   (long long)s->link.rows_waiting,
                   plural(s->link.rows_waiting, "row is", "rows are"));
  }
  if (s->link.refused > 0) {
    ctl_table_add(t, COLOUR_DIM, "refused");
    ctl_table_addf(t, COLOUR_RED, "%lld notifications, too many at once",
                   (long long)s->link.refused);
  }
  if (s->link.series_evicted > 0) {
    ctl_table_add(t, COLOUR_DIM, "series");
    ctl_table_addf(
        t, COLOUR_YELLOW, "%lld known, %lld forgotten: more than SeriesLimit",
        (long long)s->link.series, (long long)s->link.series_evicted);
  }
}

static void add_pages(struct ctl_table *t, const struct state_of_things *s) {
  const struct ledger_figures *f = &s->figures;
  char age[SPAN_TEXT] = "";
  if (f->pages_pending + f->pages_sending + f->pages_failed_day > 0) {
    if (f->oldest_pending != WALL_NEVER)
      ctl_age(s->c, f->oldest_pending, age);
    ctl_table_add(t, COLOUR_DIM, "pages");
    ctl_table_addf(t, COLOUR_NONE,
                   "%lld pending%s%s%s, %lld being sent, %lld failed in the "
                   "last 24 hours",
                   (long long)f->pages_pending,
                   age[0] != '\0' ? " (the oldest for " : "", age,
                   age[0] != '\0' ? ")" : "", (long long)f->pages_sending,
                   (long long)f->pages_failed_day);
  }
  ctl_health_add(&s->health, s->c, t);
}

/* "2 silences, 14 alerts held back" */
static void add_held(struct ctl_table *t, const struct state_of_things *s) {
  const struct ledger_figures *f = &s->figures;
  if (s->silences + f->alerts_silenced > 0) {
    ctl_table_add(t, COLOUR_DIM, "silenced");
    ctl_table_addf(t, COLOUR_YELLOW, "%lld %s, %lld %s held back",
                   (long long)s->silences,
                   plural(s->silences, "silence", "silences"),
                   (long long)f->alerts_silenced,
                   plural(f->alerts_silenced, "alert", "alerts"));
  }
  if (f->alerts_inhibited > 0) {
    ctl_table_add(t, COLOUR_DIM, "inhibited");
    ctl_table_addf(t, COLOUR_YELLOW, "%lld %s held back",
                   (long long)f->alerts_inhibited,
                   plural(f->alerts_inhibited, "alert", "alerts"));
  }
}

static void add_waiting(struct ctl_table *t, const struct state_of_things *s) {
  const struct ledger_figures *f = &s->figures;
  if (f->events_unmatched > 0) {
    ctl_table_add(t, COLOUR_DIM, "unmatched");
    ctl_table_addf(t, COLOUR_YELLOW, "%lld %s that no rule took",
                   (long long)f->events_unmatched,
                   plural(f->events_unmatched, "failure", "failures"));
  }
  if (f->requests_waiting > 0) {
    ctl_table_add(t, COLOUR_DIM, "requests");
    ctl_table_addf(t, COLOUR_YELLOW, "%lld %s for the plugin",
                   (long long)f->requests_waiting,
                   plural(f->requests_waiting, "waits", "wait"));
  }
}

static int print(struct state_of_things *s) {
  static const struct ctl_column columns[] = {{0}, {0}};
  const struct ctl *c = s->c;
  struct ctl_table t;
  print_heading(s);
  print_open(s);
  fputc('\n', c->out);
  ctl_table_begin(&t, c->out, &c->style, columns, 2);
  t.indent = 2;
  t.is_wrapped = true;
  add_open(&t, s);
  add_plugin(&t, s);
  add_pages(&t, s);
  add_held(&t, s);
  add_waiting(&t, s);
  enum err err = ctl_table_end(&t);
  if (err != OK)
    return ctl_fail(c, "cannot print: %s", err_text(err));
  for (size_t i = 0; i < s->health.chains_n; i++)
    if (note_chain(s, s->health.chains[i]) != OK)
      break; /* without memory for it fewer are shown */
  if (s->chains_n > 0)
    ctl_print_contacts(c, c->out, "\n  phone:\n", 4,
                       (const char *const *)s->chains, s->chains_n);
  return CTL_DONE;
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
static bool has_changed(const struct state_of_things *s, struct buf *told) {
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
  struct state_of_things s = {.c = c,
                              .figures = {.oldest_pending = WALL_NEVER}};
  int status;
  enum err err = look(&s);
  if (err != OK) {
    ctl_fail_ledger(c, err);
    status = CTL_UNKNOWN;
  } else if (told == NULL || has_changed(&s, told)) {
    status = c->is_json ? print_json(&s) : print(&s);
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
