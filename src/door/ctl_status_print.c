/* SPDX-License-Identifier: MIT */
/* The state of things for people. */
#include "door/ctl_status.h"

#include <string.h>

static const char *plural(int64_t n, const char *one, const char *many) {
  return n == 1 ? one : many;
}

static void print_heading(const struct ctl_status_things *s) {
  const struct ctl *c = s->c;
  const struct ledger_figures *f = &s->figures;
  switch (s->state) {
  case CTL_STATUS_NORMAL:
    ctl_put(c->out, &c->style, COLOUR_GREEN, "NORMAL");
    fputs(": nothing is open\n", c->out);
    return;
  case CTL_STATUS_UNKNOWN:
    ctl_put(c->out, &c->style, COLOUR_RED, "UNKNOWN");
    if (s->opened != OK)
      fprintf(c->out, ": the ledger cannot be read\n");
    else
      fprintf(c->out, ": collectd is not running%s\n",
              f->open > 0 ? "" : ", nothing was open");
    return;
  case CTL_STATUS_WRONG:
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

static bool needs_phones(const struct ctl_status_things *s) {
  return s->health.webhooks_n > 0 || !s->is_running || s->is_silent;
}

static enum err note_chain(struct ctl_status_things *s, const char *chain) {
  if (chain == NULL || s->chains_n == CTL_STATUS_CHAINS_MAX)
    return OK;
  for (size_t i = 0; i < s->chains_n; i++)
    if (strcmp(s->chains[i], chain) == 0)
      return OK;
  enum err err = incident_set_text(&s->chains[s->chains_n], chain);
  s->chains_n += err == OK;
  return err;
}

static bool is_before(const struct ctl_status_open *a,
                      const struct ctl_status_open *b) {
  return a->rank != b->rank ? a->rank < b->rank
                            : !a->is_acknowledged && b->is_acknowledged;
}

/* The worst first, of those what nobody has, then as they come. */
static void pick(struct ctl_status_things *s, const struct incident *i) {
  const struct ctl_status_open it = {
      .rank = settings_rank(s->c->settings, i->severity),
      .is_acknowledged = i->acknowledged_by != NULL,
      .id = i->id};
  size_t at = s->open_n;
  if (at < CTL_STATUS_OPEN_MAX)
    s->open_n++;
  else if (is_before(&it, &s->open[at - 1]))
    at--;
  else
    return;
  for (; at > 0 && is_before(&it, &s->open[at - 1]); at--)
    s->open[at] = s->open[at - 1];
  s->open[at] = it;
}

static enum err look_at_open(void *arg, const struct incident *i) {
  struct ctl_status_things *s = arg;
  enum err err = OK;
  pick(s, i);
  if (!needs_phones(s) || i->acknowledged_by != NULL)
    return OK;
  err = note_chain(s, i->chain);
  if (err == OK)
    err = note_chain(s, ctl_severity_chain(s->c, i->severity));
  return err;
}

static void show_open(struct ctl_status_things *s, int64_t id,
                      const struct ctl_link_list *list) {
  struct incident i;
  for (size_t k = 0; k < list->n; k++)
    if (list->incidents[k].id == id)
      ctl_incidents_add(&s->table, s->c, &list->incidents[k]);
  if (list->n > 0 || ledger_incident(s->c->ledger, id, &i) != OK)
    return;
  ctl_incidents_add(&s->table, s->c, &i);
  incident_fini(&i);
}

static void print_open(struct ctl_status_things *s) {
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
      look_at_open(s, &list.incidents[i]);
  else if (c->ledger != NULL)
    ledger_list(c->ledger, &open_ones, look_at_open, s); /* fewer, then */
  for (size_t i = 0; i < s->open_n; i++)
    show_open(s, s->open[i].id, &list);
  ctl_link_free_list(&list);
  ctl_table_end(&s->table);
  if (s->figures.open > CTL_STATUS_OPEN_MAX)
    fprintf(c->out, "  \xe2\x80\xa6 and %lld more: incidentctl list\n",
            (long long)(s->figures.open - CTL_STATUS_OPEN_MAX));
}

static void add_open(struct ctl_table *t, const struct ctl_status_things *s) {
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

static void add_plugin(struct ctl_table *t, const struct ctl_status_things *s) {
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

static void add_pages(struct ctl_table *t, const struct ctl_status_things *s) {
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
static void add_held(struct ctl_table *t, const struct ctl_status_things *s) {
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

static void add_waiting(struct ctl_table *t,
                        const struct ctl_status_things *s) {
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

int ctl_status_print(struct ctl_status_things *s) {
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
