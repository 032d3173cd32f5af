/* SPDX-License-Identifier: MIT */
/* What differs from the ledger, and writing it. */
#include "base/log.h"
#include "base/text.h"
#include "engine/book_inside.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_MAX 2048

void book_mark(struct stack *s, void *item, bool *is_dirty) {
  if (!*is_dirty && stack_push(s, item) == OK)
    *is_dirty = true;
}

void book_touch_casefile(struct book *b, struct casefile *c) {
  book_mark(&b->dirty_casefiles, c, &c->is_dirty);
}

void book_touch_alert(struct book *b, struct alert *a) {
  book_mark(&b->dirty_alerts, a, &a->is_dirty);
}

void book_touch_run(struct book *b, struct run *r) {
  book_mark(&b->dirty_runs, r, &r->is_dirty);
}

void book_touch_page(struct book *b, struct page *p) {
  book_mark(&b->dirty_pages, p, &p->is_dirty);
}

void book_note_entry(struct book *b, struct entry *own_entry) {
  struct entry *e = NULL;
  if (b->entries.n < BOOK_ENTRIES_MAX)
    e = malloc(sizeof *e);
  if (e != NULL) {
    *e = *own_entry;
    *own_entry = (struct entry){0};
    if (stack_push(&b->entries, e) == OK)
      return;
    book_free_entry(e);
  }
  b->entries_lost++;
  entry_fini(own_entry);
  *own_entry = (struct entry){0};
}

void book_note(struct book *b, const struct casefile *c, enum kind kind,
               wall_ms now, const char *format, ...) {
  struct entry e = {
      .incident = c->incident.id, .at = now, .recorded_at = now, .kind = kind};
  char text[TEXT_MAX], clean[TEXT_MAX];
  va_list ap;
  va_start(ap, format);
  vsnprintf(text, sizeof text, format, ap);
  va_end(ap);
  /* A cut may have split a character. */
  text_clean(clean, sizeof clean, text, strlen(text));
  if (incident_set_text(&e.text, clean) != OK) {
    b->entries_lost++;
    return;
  }
  book_note_entry(b, &e);
}

void book_free_event(struct event *e) {
  free(e->rule);
  free(e->signal);
  free(e);
}

void book_note_event(struct book *b, const struct signal *s,
                     enum event_reason reason, const struct rule *rule,
                     int64_t holder, wall_ms now) {
  struct event *e = NULL;
  if (b->events.n < BOOK_EVENTS_MAX)
    e = calloc(1, sizeof *e);
  if (e == NULL)
    return;
  e->at = now;
  e->reason = reason;
  e->holder = holder;
  e->signal = signal_copy(s);
  if (e->signal == NULL ||
      incident_set_text(&e->rule, rule != NULL ? rule->name : NULL) != OK ||
      stack_push(&b->events, e) != OK)
    book_free_event(e);
}

size_t book_dirt(const struct book *b) {
  return b->dirty_casefiles.n + b->dirty_alerts.n + b->dirty_runs.n +
         b->dirty_pages.n + b->dirty_silences.n + b->dirty_overrides.n +
         b->dirty_absences.n + b->dirty_exhibits.n + b->entries.n +
         b->events.n + b->roles.n;
}

static size_t least(size_t a, size_t b) { return a < b ? a : b; }

/* A row that the schema refuses would stop all others behind it for ever. */
static enum err wrote(struct ledger *l, enum err err, const char *what) {
  if (err != ERR_INVALID)
    return err;
  log_line(LOG_ERROR, "incident: ledger %s refuses %s: %s", ledger_path(l),
           what, ledger_why(l));
  return OK;
}

/* Writes items of one stack while rows last; count says how many. */
#define WRITE(stack, count, type, put, what)                                   \
  do {                                                                         \
    (count) = least((stack).n, rows_max);                                      \
    rows_max -= (count);                                                       \
    for (size_t i = 0; i < (count) && err == OK; i++)                          \
      err = wrote(l, put(l, (type *)(stack).items[i]), what);                  \
  } while (0)

static enum err put_casefile(struct ledger *l, const struct casefile *c) {
  return ledger_put_incident(l, &c->incident);
}

static enum err put_exhibit(struct ledger *l, const struct exhibit *x) {
  return ledger_put_evidence(l, x->incident, x->alert, x->data_source,
                             &x->trend);
}

/* The new ones of a storm go together; whoever cannot, alone. */
static enum err write_alerts(struct ledger *l, void *const *items, size_t n) {
  const struct alert *many[LEDGER_ALERTS];
  enum err err = OK;
  for (size_t i = 0; i < n && err == OK;) {
    bool is_many = n - i >= LEDGER_ALERTS;
    for (size_t k = 0; k < LEDGER_ALERTS && is_many; k++)
      many[k] = items[i + k];
    err = is_many ? ledger_add_alerts(l, many) : ERR_INVALID;
    if (err == OK)
      i += LEDGER_ALERTS;
    else if (err == ERR_INVALID)
      err = wrote(l, ledger_put_alert(l, items[i++]), "an alert");
  }
  return err;
}

enum err book_write(struct book *b, struct ledger *l, size_t rows_max) {
  enum err err = OK;
  WRITE(b->dirty_casefiles, b->wrote_casefiles, struct casefile, put_casefile,
        "an incident");
  WRITE(b->dirty_silences, b->wrote_silences, struct silence,
        ledger_put_silence, "a silence");
  WRITE(b->dirty_overrides, b->wrote_overrides, struct override,
        ledger_put_override, "an override");
  WRITE(b->dirty_runs, b->wrote_runs, struct run, ledger_put_run, "a run");
  b->wrote_alerts = least(b->dirty_alerts.n, rows_max);
  rows_max -= b->wrote_alerts;
  if (err == OK)
    err = write_alerts(l, b->dirty_alerts.items, b->wrote_alerts);
  WRITE(b->dirty_pages, b->wrote_pages, struct page, ledger_put_page, "a page");
  WRITE(b->entries, b->wrote_entries, struct entry, ledger_put_entry,
        "an entry");
  WRITE(b->roles, b->wrote_roles, struct holding, ledger_change_role, "a role");
  WRITE(b->dirty_absences, b->wrote_absences, struct absence,
        ledger_put_absence, "an absence");
  WRITE(b->dirty_exhibits, b->wrote_exhibits, struct exhibit, put_exhibit,
        "evidence");
  WRITE(b->events, b->wrote_events, struct event, ledger_put_event, "an event");
  return err;
}

void book_written(struct book *b) {
  for (size_t i = 0; i < b->wrote_runs; i++)
    ((struct run *)b->dirty_runs.items[i])->is_dirty = false;
  for (size_t i = 0; i < b->wrote_alerts; i++) {
    struct alert *a = b->dirty_alerts.items[i];
    a->is_dirty = false;
    a->is_stored = true;
    if (a->is_dropped)
      book_free_alert(a);
  }
  for (size_t i = 0; i < b->wrote_pages; i++) {
    struct page *p = b->dirty_pages.items[i];
    p->is_dirty = false;
    p->is_stored = true;
    if (p->is_dropped)
      book_free_page(p);
  }
  for (size_t i = 0; i < b->wrote_entries; i++)
    book_free_entry(b->entries.items[i]);
  for (size_t i = 0; i < b->wrote_events; i++)
    book_free_event(b->events.items[i]);
  book_written_others(b);
  for (size_t i = 0; i < b->wrote_casefiles; i++) {
    struct casefile *c = b->dirty_casefiles.items[i];
    c->is_dirty = false;
    (void)book_retire(b, c);
  }
  stack_shift(&b->dirty_casefiles, b->wrote_casefiles);
  stack_shift(&b->dirty_alerts, b->wrote_alerts);
  stack_shift(&b->dirty_pages, b->wrote_pages);
  stack_shift(&b->dirty_runs, b->wrote_runs);
  stack_shift(&b->entries, b->wrote_entries);
  stack_shift(&b->events, b->wrote_events);
  b->wrote_casefiles = b->wrote_alerts = b->wrote_pages = 0;
  b->wrote_runs = b->wrote_entries = b->wrote_events = 0;
}
