/* SPDX-License-Identifier: MIT */
/* What the tools show. */
#include "ledger/rows.h"

#include "core/settings.h"

#include <stdlib.h>
#include <string.h>

#define DAY_MS INT64_C(86400000)

typedef enum err each_incident(void *arg, const struct incident *i);

static void put_filter(struct row *r, const struct ledger_filter *f) {
  bool is_any = f->since == 0 && f->status == NULL && f->severity == NULL &&
                f->rule == NULL && !f->private_only;
  put_text(r, f->search);
  put_int(r, is_any);
  put_int(r, f->since);
  put_text(r, f->status);
  put_text(r, f->severity);
  put_text(r, f->rule);
  if (f->private_only)
    put_int(r, 1);
  else
    put_null(r);
}

static enum err read_incidents(struct row *r, each_incident *each, void *arg) {
  enum err said = OK;
  while (said == OK && row_next(r)) {
    struct incident i;
    if (row_take_incident(r, &i) == OK) {
      said = each(arg, &i);
      incident_fini(&i);
    }
  }
  enum err err = row_close(r);
  return err != OK ? err : said;
}

struct ids {
  int64_t *items;
  size_t n, cap;
};

static enum err find_incidents(struct row *r, struct ids *found) {
  while (row_next(r)) {
    if (found->n == found->cap) {
      size_t cap = found->cap > 0 ? 2 * found->cap : 256;
      int64_t *items = realloc(found->items, cap * sizeof *items);
      if (items == NULL) {
        r->err = ERR_NOMEM;
        break;
      }
      found->items = items;
      found->cap = cap;
    }
    found->items[found->n++] = get_int(r);
  }
  return row_close(r);
}

static enum err read_found(struct ledger *l, const struct ids *found,
                           each_incident *each, void *arg) {
  enum err err = OK;
  for (size_t n = 0; err == OK && n < found->n; n++) {
    struct incident i;
    err = ledger_incident(l, found->items[n], &i);
    if (err == OK) {
      err = each(arg, &i);
      incident_fini(&i);
    }
  }
  return err;
}

enum err ledger_list(struct ledger *l, const struct ledger_filter *filter,
                     enum err (*each)(void *arg, const struct incident *i),
                     void *arg) {
  struct row r;
  struct ids found = {.n = 0};
  bool is_plain = filter->status == NULL && filter->severity == NULL &&
                  filter->rule == NULL && filter->search == NULL &&
                  !filter->private_only;
  enum err err = OK;
  if (!filter->all && filter->status == NULL) {
    row_open(&r, l, SQL_LIST_OPEN);
    put_filter(&r, filter);
    err = read_incidents(&r, each, arg);
  } else if (is_plain) {
    row_open(&r, l, SQL_LIST_ALL);
    put_int(&r, filter->since);
    err = read_incidents(&r, each, arg);
  } else {
    row_open(&r, l, SQL_FIND);
    put_filter(&r, filter);
    err = find_incidents(&r, &found);
    if (err == OK)
      err = read_found(l, &found, each, arg);
  }
  free(found.items);
  return err;
}

enum err ledger_related(struct ledger *l, int64_t id,
                        enum err (*each)(void *arg, const struct incident *i),
                        void *arg) {
  struct row r;
  row_open(&r, l, SQL_RELATED);
  put_int(&r, id);
  return read_incidents(&r, each, arg);
}

/* ---- what belongs to an incident ---- */

typedef enum err each_alert(void *arg, const struct alert *a,
                            const char *rule_name);

/* Counts *left down; negative: no limit. */
static enum err walk_alerts(struct row *r, int64_t *left, each_alert *each,
                            void *arg) {
  enum err said = OK;
  while (said == OK && row_next(r)) {
    struct alert a;
    const char *rule = NULL;
    if (row_take_alert(r, &a, &rule) == OK) {
      said = each(arg, &a, rule);
      alert_fini(&a);
      *left -= *left > 0;
    }
  }
  enum err err = row_close(r);
  return err != OK ? err : said;
}

static enum err read_alerts(struct ledger *l, enum query which,
                            int64_t incident, int64_t *left, each_alert *each,
                            void *arg) {
  struct row r;
  row_open(&r, l, which);
  put_int(&r, incident);
  put_int(&r, *left);
  return walk_alerts(&r, left, each, arg);
}

enum err ledger_alerts(struct ledger *l, int64_t incident, int64_t limit,
                       enum err (*each)(void *arg, const struct alert *a,
                                        const char *rule_name),
                       void *arg) {
  int64_t left = limit > 0 ? limit : -1;
  enum err err = read_alerts(l, SQL_LIVE_ALERTS, incident, &left, each, arg);
  if (err == OK && left != 0)
    err = read_alerts(l, SQL_CLEARED_ALERTS, incident, &left, each, arg);
  return err;
}

enum err ledger_live_alerts(struct ledger *l, each_alert *each, void *arg) {
  int64_t left = -1;
  struct row r;
  row_open(&r, l, SQL_ALL_LIVE_ALERTS);
  return walk_alerts(&r, &left, each, arg);
}

enum err ledger_pages(struct ledger *l, int64_t incident, int64_t request,
                      enum err (*each)(void *arg, const struct page *p),
                      void *arg) {
  struct row r;
  enum err said = OK;
  row_open(&r, l, incident != 0 ? SQL_PAGES : SQL_TEST_PAGES);
  put_int(&r, incident != 0 ? incident : request);
  while (said == OK && row_next(&r)) {
    struct page p;
    if (row_take_page(&r, &p) == OK) {
      said = each(arg, &p);
      page_fini(&p);
    }
  }
  enum err err = row_close(&r);
  return err != OK ? err : said;
}

enum err ledger_runs(struct ledger *l, int64_t incident,
                     enum err (*each)(void *arg, const struct run *r),
                     void *arg) {
  struct row r;
  enum err said = OK;
  row_open(&r, l, SQL_RUNS);
  put_int(&r, incident);
  while (said == OK && row_next(&r)) {
    struct run run;
    if (row_take_run(&r, &run) == OK) {
      said = each(arg, &run);
      run_row_fini(&run);
    }
  }
  enum err err = row_close(&r);
  return err != OK ? err : said;
}

enum err ledger_page(struct ledger *l, const char *begin,
                     struct page *own_page) {
  struct page found[2];
  size_t n = 0;
  struct row r;
  row_open(&r, l, SQL_PAGES_LIKE);
  put_text(&r, begin);
  while (n < 2 && row_next(&r) && row_take_page(&r, &found[n]) == OK)
    n++;
  enum err err = row_close(&r);
  if (err == OK && n != 1)
    err = n == 0 ? ERR_NOTFOUND : ERR_CONFLICT;
  if (err == OK) {
    *own_page = found[0];
    return OK;
  }
  while (n > 0)
    page_fini(&found[--n]);
  return err;
}

enum err ledger_was_paged(struct ledger *l, int64_t incident,
                          const char *responder, bool *was) {
  struct row r;
  row_open(&r, l, SQL_WAS_PAGED);
  put_int(&r, incident);
  put_text(&r, responder);
  bool is_there = row_next(&r) && get_flag(&r);
  enum err err = row_close(&r);
  if (err == OK)
    *was = is_there;
  return err;
}

/* ---- figures ---- */

enum err ledger_figures(struct ledger *l, wall_ms now,
                        struct ledger_figures *figures) {
  struct ledger_figures f = {.oldest_pending = WALL_NEVER};
  struct row r;
  row_open(&r, l, SQL_FIGURES);
  put_int(&r, now - DAY_MS);
  if (row_next(&r)) {
    f.open = get_int(&r);
    f.unacknowledged = get_int(&r);
    f.pages_pending = get_int(&r);
    f.pages_sending = get_int(&r);
    f.pages_failed_day = get_int(&r);
    f.oldest_pending = get_time(&r);
    f.events_unmatched = get_int(&r);
    f.requests_waiting = get_int(&r);
    f.recorded_day = get_int(&r);
    f.silenced_day = get_int(&r);
    f.inhibited_day = get_int(&r);
    f.alerts_silenced = get_int(&r);
    f.alerts_inhibited = get_int(&r);
  }
  enum err err = row_close(&r);
  if (err == OK)
    *figures = f;
  return err;
}

struct tally {
  size_t rank;
  char *severity;
  int64_t n;
};

static int by_rank(const void *a, const void *b) {
  const struct tally *x = a, *y = b;
  if (x->rank != y->rank)
    return x->rank < y->rank ? -1 : 1;
  return strcmp(x->severity, y->severity);
}

enum err ledger_open_by_severity(
    struct ledger *l, const struct settings *settings,
    enum err (*each)(void *arg, const char *name, int64_t n), void *arg) {
  struct tally *tallies = NULL;
  size_t tallies_n = 0;
  struct row r;
  row_open(&r, l, SQL_OPEN_BY_SEVERITY);
  while (row_next(&r)) {
    struct tally *more = realloc(tallies, (tallies_n + 1) * sizeof *more);
    if (more == NULL) {
      r.err = ERR_NOMEM;
      break;
    }
    tallies = more;
    struct tally t = {.severity = get_own_text(&r)};
    t.n = get_int(&r);
    if (t.severity != NULL) {
      t.rank = settings_rank(settings, t.severity);
      tallies[tallies_n++] = t;
    }
  }
  enum err err = row_close(&r);
  if (tallies_n > 0)
    qsort(tallies, tallies_n, sizeof *tallies, by_rank);
  for (size_t i = 0; i < tallies_n; i++) {
    if (err == OK)
      err = each(arg, tallies[i].severity, tallies[i].n);
    free(tallies[i].severity);
  }
  free(tallies);
  return err;
}

enum err
ledger_failing_webhooks(struct ledger *l,
                        enum err (*each)(void *arg, const char *webhook,
                                         wall_ms since, const char *error),
                        void *arg) {
  struct row r;
  enum err said = OK;
  row_open(&r, l, SQL_FAILING_WEBHOOKS);
  while (said == OK && row_next(&r)) {
    const char *webhook = get_text(&r);
    wall_ms since = get_time(&r);
    const char *error = get_text(&r);
    if (r.err == OK)
      said = each(arg, webhook, since, error);
  }
  enum err err = row_close(&r);
  return err != OK ? err : said;
}
