/* SPDX-License-Identifier: MIT */
#include "door/ctl_show_talk.h"

#include "door/ctl_show_head.h"

#include <string.h>

struct talk {
  const struct ctl *c;
  const struct incident *incident;
  struct ctl_table *table;
  struct ctl_list_json json;
  int64_t n;
};

/* ---- clocks ---- */

static const char *clock_name(enum reminder_kind kind) {
  return kind == REMINDER_UPDATE   ? "next update"
         : kind == REMINDER_PUBLIC ? "next public"
                                   : "next callout";
}

/* When it is, or was first, owed. */
static wall_ms owed_at(const struct reminder *r) {
  return r->owed_at != WALL_NEVER ? r->owed_at : r->due_at;
}

static enum err add_clock(void *arg, const struct reminder *r) {
  struct talk *k = arg;
  char at[CLOCK_LOCAL], span[SPAN_TEXT];
  wall_ms owed = owed_at(r);
  bool is_late = owed <= k->c->now;
  if (!reminder_is_clock(r->kind))
    return OK;
  clock_print_local(owed, at);
  if (is_late)
    ctl_age(k->c, owed, span);
  else
    ctl_left(k->c, owed, span);
  ctl_table_add(k->table, COLOUR_DIM, clock_name(r->kind));
  ctl_table_addf(k->table, is_late ? COLOUR_RED : COLOUR_NONE,
                 "%s %s, %s%s%s%s", is_late ? "overdue since" : "due", at,
                 is_late ? "" : "in ", span, r->who != NULL ? ", by " : "",
                 r->who != NULL ? r->who : "");
  return k->table->err;
}

void ctl_clocks_add(struct ctl_table *t, const struct ctl *c,
                    const struct incident *i) {
  struct talk k = {.c = c, .incident = i, .table = t};
  if (c->ledger != NULL && incident_is_open(i) &&
      ledger_reminders(c->ledger, i->id, add_clock, &k) != OK)
    t->err = ERR_IO;
}

static enum err add_clock_json(void *arg, const struct reminder *r) {
  struct talk *k = arg;
  if (!reminder_is_clock(r->kind))
    return OK;
  struct json *j = json_new();
  if (j != NULL) {
    json_object(j);
    json_put_text(j, "kind", reminder_kind_names[r->kind]);
    json_put_time(j, "due_at", owed_at(r));
    json_put_text(j, "who", r->who);
    json_put_bool(j, "overdue", owed_at(r) <= k->c->now);
    json_object_end(j);
  }
  ctl_json_item(&k->json, j);
  return k->json.err;
}

/* ---- where people talk ---- */

static void add_commander(struct ctl_table *t, const struct settings *s,
                          const struct incident *i) {
  const struct responder *r =
      i->commander != NULL ? settings_responder(s, i->commander) : NULL;
  if (r == NULL || r->contact[0] == '\0')
    return;
  ctl_table_add(t, COLOUR_DIM, "commander");
  ctl_table_addf(t, COLOUR_NONE, "%s, %s", r->full_name, r->contact);
}

static enum err put_card(const struct ctl *c, const struct incident *i) {
  static const struct ctl_column columns[] = {{0}, {0}};
  const struct settings *s = c->settings;
  struct ctl_table t;
  ctl_show_heading(c, "Contact");
  ctl_table_begin(&t, c->out, &c->style, columns, 2);
  t.indent = 2;
  t.is_wrapped = true;
  add_commander(&t, s, i);
  ctl_table_add(&t, COLOUR_DIM, "to page");
  ctl_table_addf(&t, COLOUR_NONE, "incidentctl page %lld WHO",
                 (long long)i->id);
  return ctl_table_end(&t);
}

static enum err put_channels(const struct ctl *c) {
  static const struct ctl_column columns[] = {
      {"CHANNEL", false}, {"PURPOSE", false}, {"WHEN", false},
      {"WHO", false},     {"HOW", false},     {"URL", false}};
  const struct settings *s = c->settings;
  struct ctl_table t;
  if (s->channels_n == 0)
    return OK;
  ctl_table_begin(&t, c->out, &c->style, columns,
                  sizeof columns / sizeof columns[0]);
  t.indent = 2;
  t.is_wrapped = true;
  for (size_t i = 0; i < s->channels_n; i++) {
    const struct channel *k = s->channels[i];
    ctl_table_add(&t, COLOUR_BOLD, k->name);
    ctl_table_add(&t, COLOUR_NONE, k->purpose);
    ctl_table_add(&t, COLOUR_NONE, k->when);
    ctl_table_add(&t, COLOUR_NONE, k->who);
    ctl_table_add(&t, COLOUR_NONE, k->how);
    ctl_table_add(&t, COLOUR_NONE, k->url);
  }
  return ctl_table_end(&t);
}

/* ---- what has been said ---- */

static enum err add_said(void *arg, const struct statement *s) {
  struct talk *k = arg;
  char at[CLOCK_LOCAL];
  if (k->n++ == 0)
    ctl_show_heading(k->c, "Updates");
  clock_print_local(s->posted_at != WALL_NEVER ? s->posted_at : s->created_at,
                    at);
  ctl_table_addf(k->table, COLOUR_BOLD, "%lld", (long long)s->id);
  ctl_table_add(k->table,
                s->state == STATEMENT_POSTED ? COLOUR_NONE : COLOUR_YELLOW,
                statement_state_names[s->state]);
  ctl_table_add(k->table, COLOUR_NONE, at);
  ctl_table_add(k->table, COLOUR_NONE, s->created_by);
  ctl_table_addf(k->table, COLOUR_NONE, "%s: %s", s->subject, s->body);
  return k->table->err;
}

static enum err add_said_json(void *arg, const struct statement *s) {
  struct talk *k = arg;
  struct json *j = json_new();
  if (j != NULL)
    statement_print(s, j);
  ctl_json_item(&k->json, j);
  return k->json.err;
}

enum err ctl_show_talk(const struct ctl *c, const struct incident *i) {
  static const struct ctl_column columns[] = {{NULL, true}, {0}, {0}, {0}, {0}};
  const struct settings *s = c->settings;
  struct ctl_table t;
  struct talk k = {.c = c, .incident = i, .table = &t};
  enum err err = OK;
  if (s != NULL && incident_is_open(i) &&
      (s->chat_url != NULL || s->call_url != NULL || s->channels_n > 0)) {
    err = put_card(c, i);
    if (err == OK)
      err = put_channels(c);
  }
  if (err != OK)
    return err;
  ctl_table_begin(&t, c->out, &c->style, columns,
                  sizeof columns / sizeof columns[0]);
  t.indent = 2;
  t.is_wrapped = t.has_lines = true;
  err = ledger_statements(c->ledger, i->id, add_said, &k);
  enum err printed = ctl_table_end(&t);
  return err != OK ? err : printed;
}

enum err ctl_show_talk_json(const struct ctl *c, const struct incident *i) {
  struct talk k = {.c = c, .incident = i};
  enum err err = OK;
  ctl_json_begin(&k.json, c, ",\"clocks\":");
  if (c->ledger != NULL && incident_is_open(i))
    err = ledger_reminders(c->ledger, i->id, add_clock_json, &k);
  (void)ctl_json_end(&k.json, ""); /* its error is that of the items */
  ctl_json_begin(&k.json, c, ",\"statements\":");
  if (c->ledger != NULL && err == OK)
    err = ledger_statements(c->ledger, i->id, add_said_json, &k);
  (void)ctl_json_end(&k.json, "");
  return err;
}
