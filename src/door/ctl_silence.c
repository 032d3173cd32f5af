/* SPDX-License-Identifier: MIT */
#include "door/ctl_silence.h"

#include "door/ctl_action.h"
#include "door/ctl_link.h"
#include "door/ctl_record.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define LINE_MAX_BYTES 65536

/* ---- what is said of one ---- */

int ctl_silence_json(const struct ctl *c, const struct silence *s) {
  struct json *j = ctl_json_object("silence");
  if (j != NULL) {
    silence_print(s, c->now, j);
    json_object_end(j);
  }
  return ctl_print_json(c, j);
}

void ctl_silence_matches(const struct silence *s, struct buf *out) {
  for (size_t i = 0; i < s->matches_n; i++)
    buf_addf(out, "%s%s", i > 0 ? ", " : "", s->matches[i].text);
}

static void add_time(struct buf *out, const char *word, wall_ms at) {
  char text[CLOCK_LOCAL];
  clock_print_local(at, text);
  buf_addf(out, "%s%s %s", out->len > 0 ? " " : "", word, text);
}

static void add_until_resolved(const struct silence *s, struct buf *out) {
  const char *before = out->len > 0 ? " or " : "";
  if (s->until_incident != 0)
    buf_addf(out, "%suntil incident %lld resolves", before,
             (long long)s->until_incident);
  else
    buf_addf(out, "%suntil nothing that it matches fires", before);
}

void ctl_silence_when(const struct ctl *c, const struct silence *s,
                      struct buf *out) {
  char span[SPAN_TEXT];
  struct buf b;
  buf_init(&b, 1024);
  if (s->every != NULL) {
    span_print(s->every_for, span);
    buf_addf(&b, "%s (%s) for %s", s->every, s->zone != NULL ? s->zone : "UTC",
             span);
  }
  if (s->starts_at > c->now)
    add_time(&b, "from", s->starts_at);
  if (s->ends_at != WALL_NEVER) {
    wall_ms from = s->starts_at > c->now ? s->starts_at : c->now;
    span_print_rough(s->ends_at > from ? s->ends_at - from : 0, span);
    add_time(&b, "until", s->ends_at);
    if (s->every == NULL)
      buf_addf(&b, " (%s)", span);
  }
  if (s->until_resolved)
    add_until_resolved(s, &b);
  buf_add(out, buf_text(&b));
  buf_fini(&b);
}

/* ---- list ---- */

struct listed {
  const struct ctl *c;
  struct ctl_table table;
  struct ctl_list_json json;
  bool has_any;
};

/* "1h30m", "in 2h", "until incident 42 resolves" */
static void add_left(const struct ctl *c, const struct silence *s,
                     struct buf *out) {
  char span[SPAN_TEXT];
  wall_ms from = silence_from(s, c->now), until = silence_until(s, c->now);
  if (from == WALL_NEVER)
    return;
  if (from > c->now) {
    span_print_rough(from - c->now, span);
    buf_addf(out, "begins in %s", span);
    return;
  }
  if (until != WALL_NEVER) {
    span_print_rough(until - c->now, span);
    buf_add(out, span);
  }
  if (s->until_resolved)
    add_until_resolved(s, out);
}

static void add_row(struct listed *l, const struct silence *s) {
  const struct ctl *c = l->c;
  struct ctl_table *t = &l->table;
  bool is_active = silence_is_active(s, c->now);
  bool is_over = silence_is_over(s, c->now);
  struct buf b;
  buf_init(&b, LINE_MAX_BYTES);
  ctl_table_addf(t, COLOUR_BOLD, "%lld", (long long)s->id);
  ctl_table_add(t,
                is_active ? COLOUR_YELLOW
                : is_over ? COLOUR_DIM
                          : COLOUR_NONE,
                is_active ? "active"
                : is_over ? "over"
                          : "waiting");
  add_left(c, s, &b);
  ctl_table_add(t, COLOUR_NONE, buf_text(&b));
  ctl_table_add(t, COLOUR_NONE, s->by);
  ctl_table_addf(t, COLOUR_NONE, "%lld", (long long)s->suppressed);
  buf_clear(&b);
  if (s->every != NULL)
    ctl_silence_when(c, s, &b);
  ctl_table_add(t, COLOUR_NONE, buf_text(&b));
  buf_clear(&b);
  ctl_silence_matches(s, &b);
  ctl_table_add(t, COLOUR_NONE, buf_text(&b));
  ctl_table_add(t, COLOUR_NONE, s->reason);
  buf_fini(&b);
}

static enum err take(void *arg, const struct silence *s) {
  struct listed *l = arg;
  l->has_any = true;
  if (!l->c->is_json) {
    add_row(l, s);
    return l->table.err;
  }
  struct json *j = json_new();
  if (j != NULL)
    silence_print(s, l->c->now, j);
  ctl_json_item(&l->json, j);
  return l->json.err;
}

/* While the ledger cannot be written the plugin's memory is newer; it has those
 * that are not over only. */
static enum err walk(struct listed *l, bool is_all) {
  const struct ctl *c = l->c;
  struct ctl_link_status status;
  if (!is_all && ctl_link_status(c->ledger_path, &status) == OK &&
      status.is_degraded) {
    enum err err = ctl_link_silences(c->ledger_path, take, l);
    if (err == OK || l->has_any)
      return err;
  }
  return ledger_silences(c->ledger, is_all, c->now, take, l);
}

static int list(struct ctl *c) {
  static const struct ctl_column columns[] = {
      {"ID", true},   {"STATE", false}, {"LEFT", false},    {"BY", false},
      {"HELD", true}, {"EVERY", false}, {"MATCHES", false}, {"REASON", false}};
  struct listed l = {.c = c};
  const char *why;
  bool is_all = ctl_option(c, "all") != NULL;
  if (c->arguments_n > 1)
    return ctl_misuse(c, "silence list: \"%s\" is one argument too many",
                      c->arguments[1]);
  enum err err = ctl_try_open(c, LEDGER_READ, &why);
  if (err != OK)
    return ctl_fail_open(c, err, why);
  if (c->is_json)
    ctl_json_begin(&l.json, c, "{\"silences\":");
  else
    ctl_table_begin(&l.table, c->out, &c->style, columns,
                    sizeof columns / sizeof columns[0]);
  err = walk(&l, is_all);
  int status = CTL_DONE;
  if (c->is_json)
    status = ctl_json_end(&l.json, "}\n");
  else if (ctl_table_end(&l.table) != OK)
    status = ctl_fail(c, "cannot print: %s", err_text(l.table.err));
  if (err != OK && status == CTL_DONE)
    status = ctl_fail_ledger(c, err);
  else if (!l.has_any && !c->is_json && status == CTL_DONE)
    fputs("no silences\n", c->out);
  return status;
}

/* ---- end ---- */

static void print_ended(const struct ctl *c, const struct ctl_record *record,
                        struct json *j) {
  silence_print(&record->silence, c->now, j);
}

static void add_held_back(const struct ctl_record *record, struct buf *out) {
  int64_t n = record->silence.suppressed;
  buf_addf(out, "; %lld %s held back", (long long)n,
           n == 1 ? "alert was" : "alerts were");
}

static int end(struct ctl *c) {
  static const struct ctl_ending ending = {.verb = VERB_END_SILENCE,
                                           .name = "silence",
                                           .number = "a silence",
                                           .print = print_ended,
                                           .add_more = add_held_back};
  return ctl_record_ends(c, &ending);
}

/* ---- the command ---- */

static const struct ctl_action actions[] = {
    {"add", ctl_silence_add,
     " match for until until-resolved start every remind reason "},
    {"list", list, " all "},
    {"end", end, " "}};

static int run(struct ctl *c) {
  return ctl_act(c, actions, sizeof actions / sizeof actions[0]);
}

const struct ctl_command ctl_silence = {
    .name = "silence",
    .usage = "add --match FIELD=PATTERN ... (--for DURATION | --until TIME |\n"
             "           --until-resolved [ID]) [--start TIME] [--every WHEN] "
             "[--remind DURATION]\n"
             "           [--reason TEXT]\n"
             "       incidentctl silence list [--all]\n"
             "       incidentctl silence end ID ...",
    .summary = "hold alerts back for a while",
    .arguments_min = 1,
    .arguments_max = INT_MAX,
    .run = run,
    .options = {{.name = "match", .value = "FIELD=PATTERN", .is_many = true},
                {.name = "for", .value = "DURATION"},
                {.name = "until", .value = "TIME"},
                {.name = "until-resolved", .value = "ID", .is_optional = true},
                {.name = "start", .value = "TIME"},
                {.name = "every", .value = "WHEN"},
                {.name = "remind", .value = "DURATION"},
                {.name = "reason", .value = "TEXT"},
                {.name = "all"}}};
