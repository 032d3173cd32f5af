/* SPDX-License-Identifier: MIT */
/* What the plugin takes into memory when it starts. Heap objects are handed
 * over one by one. */
#include "ledger/rows.h"

#include <stdlib.h>

static enum err load_incident_rows(struct row *r,
                                   const struct ledger_loader *to) {
  enum err said = OK;
  while (said == OK && row_next(r)) {
    struct incident *i = malloc(sizeof *i);
    if (i == NULL)
      said = ERR_NOMEM;
    else if (row_take_incident(r, i) == OK)
      said = to->incident(to->arg, i);
    else
      free(i);
  }
  enum err err = row_close(r);
  return err != OK ? err : said;
}

static enum err load_alert_rows(struct row *r, const struct ledger_loader *to) {
  enum err said = OK;
  while (said == OK && row_next(r)) {
    const char *rule = NULL;
    struct alert *a = malloc(sizeof *a);
    if (a == NULL)
      said = ERR_NOMEM;
    else if (row_take_alert(r, a, &rule) == OK)
      said = to->alert(to->arg, a, a->incident, rule);
    else
      free(a);
  }
  enum err err = row_close(r);
  return err != OK ? err : said;
}

static enum err load_run_rows(struct row *r, const struct ledger_loader *to) {
  enum err said = OK;
  while (said == OK && row_next(r)) {
    struct run *run = malloc(sizeof *run);
    if (run == NULL)
      said = ERR_NOMEM;
    else if (row_take_run(r, run) == OK)
      said = to->run(to->arg, run);
    else
      free(run);
  }
  enum err err = row_close(r);
  return err != OK ? err : said;
}

static enum err load_page_rows(struct row *r, const struct ledger_loader *to) {
  enum err said = OK;
  while (said == OK && row_next(r)) {
    struct page *p = malloc(sizeof *p);
    if (p == NULL)
      said = ERR_NOMEM;
    else if (row_take_page(r, p) == OK)
      said = to->page(to->arg, p);
    else
      free(p);
  }
  enum err err = row_close(r);
  return err != OK ? err : said;
}

static enum err load_silence_rows(struct row *r,
                                  const struct ledger_loader *to) {
  enum err said = OK;
  while (said == OK && row_next(r)) {
    struct silence *s = malloc(sizeof *s);
    if (s == NULL)
      said = ERR_NOMEM;
    else if (row_take_silence(r, s) == OK)
      said = to->silence(to->arg, s);
    else
      free(s); /* the row remembers, or it is of no program of ours */
  }
  enum err err = row_close(r);
  return err != OK ? err : said;
}

static enum err load_override_rows(struct row *r,
                                   const struct ledger_loader *to) {
  enum err said = OK;
  while (said == OK && row_next(r)) {
    struct override *o = malloc(sizeof *o);
    if (o == NULL)
      said = ERR_NOMEM;
    else if (row_take_override(r, o) == OK)
      said = to->override(to->arg, o);
    else
      free(o);
  }
  enum err err = row_close(r);
  return err != OK ? err : said;
}

static enum err load_absence_rows(struct row *r,
                                  const struct ledger_loader *to) {
  enum err said = OK;
  while (said == OK && row_next(r)) {
    const char *rule = NULL;
    struct absence *a = malloc(sizeof *a);
    if (a == NULL)
      said = ERR_NOMEM;
    else if (row_take_absence(r, a, &rule) == OK)
      said = to->absence(to->arg, a, rule);
    else
      free(a);
  }
  enum err err = row_close(r);
  return err != OK ? err : said;
}

static enum err load_evidence_rows(struct row *r,
                                   const struct ledger_loader *to) {
  enum err said = OK;
  while (said == OK && row_next(r)) {
    struct trend t;
    const char *data_source = NULL;
    int64_t incident = 0, alert = 0;
    if (row_take_evidence(r, &incident, &alert, &data_source, &t) == OK)
      said = to->evidence(to->arg, incident, alert, data_source, &t);
  }
  enum err err = row_close(r);
  return err != OK ? err : said;
}

enum err ledger_load(struct ledger *l, const struct ledger_loader *to) {
  static const struct {
    enum query statement;
    enum err (*load)(struct row *r, const struct ledger_loader *to);
    bool is_within; /* its parameter */
  } parts[] = {{SQL_LOAD_INCIDENTS, load_incident_rows, true},
               {SQL_LOAD_LIVE_ALERTS, load_alert_rows, false},
               {SQL_LOAD_CLEARED_ALERTS, load_alert_rows, true},
               {SQL_LOAD_LOOSE_ALERTS, load_alert_rows, true},
               {SQL_LOAD_RUNS, load_run_rows, true},
               {SQL_LOAD_PAGES, load_page_rows, true},
               {SQL_SILENCES_NOT_ENDED, load_silence_rows, false},
               {SQL_LOAD_ABSENCES, load_absence_rows, false},
               {SQL_LOAD_EVIDENCE, load_evidence_rows, true}};
  enum err err = OK;
  for (size_t i = 0; i < sizeof parts / sizeof parts[0] && err == OK; i++) {
    struct row r;
    row_open(&r, l, parts[i].statement);
    if (parts[i].is_within)
      put_id(&r, to->within); /* none is NULL, which no time is less than */
    err = parts[i].load(&r, to);
  }
  if (err == OK) {
    struct row r;
    row_open(&r, l, SQL_OVERRIDES);
    put_int(&r, to->overrides_after);
    err = load_override_rows(&r, to);
  }
  return err;
}

enum err ledger_load_incident(struct ledger *l, int64_t id,
                              const struct ledger_loader *to) {
  struct incident *i = malloc(sizeof *i);
  struct row r;
  if (i == NULL)
    return ERR_NOMEM;
  enum err err = ledger_incident(l, id, i);
  if (err != OK) {
    free(i);
    return err;
  }
  err = to->incident(to->arg, i);
  if (err == OK) {
    row_open(&r, l, SQL_RUNS);
    put_int(&r, id);
    err = load_run_rows(&r, to);
  }
  if (err == OK) {
    row_open(&r, l, SQL_PARTS_TO_LOAD);
    put_int(&r, id);
    err = load_incident_rows(&r, to);
  }
  if (err == OK) {
    row_open(&r, l, SQL_INCIDENT_PAGES_TO_LOAD);
    put_int(&r, id);
    err = load_page_rows(&r, to);
  }
  return err;
}
