/* SPDX-License-Identifier: MIT */
#include "door/ctl_entries.h"

#include "door/ctl_show_head.h"

#include <stdlib.h>
#include <string.h>

#define TEXT_MAX 131072
#define LATE_MS 60000 /* written down so long after it happened: say so */

/* What an entry said before. */
struct former {
  int64_t entry;
  wall_ms at, amended_at;
  char *text, *amended_by;
};

struct entries {
  const struct ctl *c;
  int64_t incident; /* entries of another are of what has become part of it */
  struct ctl_table table;
  struct ctl_list_json *list;
  bool with_ids;
  int64_t n;
  struct former *formers; /* by entry, oldest first */
  size_t formers_n, formers_cap;
};

/* ---- what was amended ---- */

static enum err add_former(void *arg, const struct original *o) {
  struct entries *e = arg;
  if (e->formers_n == e->formers_cap) {
    size_t cap = e->formers_cap == 0 ? 8 : e->formers_cap * 2;
    struct former *more = realloc(e->formers, cap * sizeof *more);
    if (more == NULL)
      return ERR_NOMEM;
    e->formers = more;
    e->formers_cap = cap;
  }
  struct former *f = &e->formers[e->formers_n++];
  *f = (struct former){
      .entry = o->entry, .at = o->at, .amended_at = o->amended_at};
  enum err err = incident_set_text(&f->text, o->text);
  return err != OK ? err : incident_set_text(&f->amended_by, o->amended_by);
}

static void free_formers(struct entries *e) {
  for (size_t i = 0; i < e->formers_n; i++) {
    free(e->formers[i].text);
    free(e->formers[i].amended_by);
  }
  free(e->formers);
}

/* The first of that entry or a later one. */
static size_t find_former(const struct entries *e, int64_t entry) {
  size_t low = 0, high = e->formers_n;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (e->formers[middle].entry < entry)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

static bool is_of(const struct entries *e, size_t i, int64_t entry) {
  return i < e->formers_n && e->formers[i].entry == entry;
}

/* ---- for programs ---- */

static void put_former(const struct former *f, struct json *j) {
  json_object(j);
  json_put_time(j, "at", f->at);
  json_put_text(j, "text", f->text);
  json_put_time(j, "amended_at", f->amended_at);
  json_put_text(j, "amended_by", f->amended_by);
  json_object_end(j);
}

static enum err put_entry(void *arg, const struct entry *entry) {
  struct entries *e = arg;
  size_t i = find_former(e, entry->id);
  struct json *j = json_new();
  if (j != NULL) {
    json_object(j);
    entry_put(entry, j);
    if (entry->incident != e->incident)
      json_put_int(j, "incident", entry->incident);
    if (is_of(e, i, entry->id)) {
      json_key(j, "originals");
      json_array(j);
      for (; is_of(e, i, entry->id); i++)
        put_former(&e->formers[i], j);
      json_array_end(j);
    }
    json_object_end(j);
  }
  ctl_json_item(e->list, j);
  return e->list->err;
}

enum err ctl_entries_put(const struct ctl *c, int64_t incident,
                         struct ctl_list_json *list) {
  struct entries e = {.c = c, .incident = incident, .list = list};
  enum err err = ledger_originals(c->ledger, incident, add_former, &e);
  if (err == OK)
    err = ledger_timeline(c->ledger, incident, put_entry, &e);
  free_formers(&e);
  return err;
}

/* ---- for people ---- */

static enum ctl_colour kind_colour(const struct entry *e) {
  if (e->is_important)
    return COLOUR_BOLD;
  switch (e->kind) {
  case KIND_EXHAUSTED:
    return COLOUR_RED;
  case KIND_ACKNOWLEDGED:
  case KIND_RESOLVED:
    return COLOUR_GREEN;
  case KIND_ALERT:
  case KIND_PAGE:
    return COLOUR_DIM;
  default:
    return COLOUR_NONE;
  }
}

static bool is_late(wall_ms at, wall_ms recorded_at) {
  return recorded_at - at >= LATE_MS || at - recorded_at >= LATE_MS;
}

static void show_former(struct entries *e, const struct former *f) {
  char at[CLOCK_LOCAL], amended[CLOCK_LOCAL];
  clock_print_local(f->at, at);
  clock_print_local(f->amended_at, amended);
  ctl_table_add(&e->table, COLOUR_NONE, "");
  ctl_table_add(&e->table, COLOUR_DIM, at);
  ctl_table_add(&e->table, COLOUR_DIM, "was");
  ctl_table_add(&e->table, COLOUR_NONE, "");
  ctl_table_addf(&e->table, COLOUR_DIM, "%s (amended %s by %s)", f->text,
                 amended, f->amended_by);
}

/* What commands write has times in it. */
static bool has_times(enum kind kind) {
  return kind == KIND_IMPACT || kind == KIND_TASK || kind == KIND_TEAM;
}

static void add_text(const struct entry *entry, struct buf *out) {
  if (has_times(entry->kind))
    ctl_add_local(out, entry->text);
  else
    buf_add(out, entry->text);
}

static enum err show_entry(void *arg, const struct entry *entry) {
  struct entries *e = arg;
  char at[CLOCK_LOCAL], late[CLOCK_LOCAL + 16] = "", of[32] = "";
  struct buf text;
  if (e->n++ == 0)
    ctl_show_heading(e->c, "Timeline");
  clock_print_local(entry->at, at);
  if (is_late(entry->at, entry->recorded_at)) {
    char recorded[CLOCK_LOCAL];
    clock_print_local(entry->recorded_at, recorded);
    snprintf(late, sizeof late, " (written %s)", recorded);
  }
  if (entry->incident != e->incident)
    snprintf(of, sizeof of, "[%lld] ", (long long)entry->incident);
  if (e->with_ids)
    ctl_table_addf(&e->table, COLOUR_DIM, "%lld", (long long)entry->id);
  ctl_table_add(&e->table, COLOUR_NONE, at);
  ctl_table_add(&e->table, kind_colour(entry), kind_names[entry->kind]);
  ctl_table_add(&e->table, COLOUR_NONE, entry->by);
  buf_init(&text, TEXT_MAX);
  add_text(entry, &text);
  ctl_table_addf(&e->table, entry->is_important ? COLOUR_BOLD : COLOUR_NONE,
                 "%s%s%s%s", of, entry->is_important ? "! " : "",
                 buf_text(&text), late);
  buf_fini(&text);
  for (size_t i = find_former(e, entry->id);
       e->with_ids && is_of(e, i, entry->id); i++)
    show_former(e, &e->formers[i]);
  return e->table.err;
}

enum err ctl_entries_show(const struct ctl *c, int64_t incident,
                          bool with_ids) {
  static const struct ctl_column columns[] = {
      {.is_right = true}, {0}, {0}, {0}, {0}};
  struct entries e = {.c = c, .incident = incident, .with_ids = with_ids};
  enum err err = OK;
  if (with_ids)
    err = ledger_originals(c->ledger, incident, add_former, &e);
  ctl_table_begin(&e.table, c->out, &c->style, with_ids ? columns : columns + 1,
                  with_ids ? 5 : 4);
  e.table.indent = 2;
  e.table.is_wrapped = e.table.has_lines = true;
  if (err == OK)
    err = ledger_timeline(c->ledger, incident, show_entry, &e);
  enum err printed = ctl_table_end(&e.table);
  free_formers(&e);
  return err != OK ? err : printed;
}
