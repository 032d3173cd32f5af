/* SPDX-License-Identifier: MIT */
/* The command `oncall`, as far as it changes who is on call: overrides. */
#include "door/ctl_override.h"

#include "base/text.h"
#include "door/ctl_action.h"
#include "door/ctl_record.h"

#include <stdlib.h>
#include <string.h>

#define NAME_MAX_BYTES 256

/* ---- what is said of one ---- */

static int print_one(const struct ctl *c, const struct override *o) {
  struct json *j = ctl_json_object("override");
  if (j != NULL) {
    override_print(o, j);
    json_object_end(j);
  }
  return ctl_print_json(c, j);
}

static void tell(const struct ctl *c, const struct override *o) {
  char from[CLOCK_LOCAL], until[CLOCK_LOCAL], span[SPAN_TEXT];
  struct buf b;
  buf_init(&b, 4096);
  if (o->id != 0)
    buf_addf(&b, "override %lld: ", (long long)o->id);
  buf_addf(&b, "%s is on call for %s", o->responder, o->schedule);
  clock_print_local(o->from, from);
  clock_print_local(o->until, until);
  span_print_rough(o->until - (o->from > c->now ? o->from : c->now), span);
  if (o->from > c->now)
    buf_addf(&b, " from %s", from);
  buf_addf(&b, " until %s (%s)", until, span);
  struct buf visible;
  buf_init(&visible, 16384);
  text_add_visible(&visible, buf_text(&b));
  fprintf(c->out, "%s\n", buf_text(&visible));
  buf_fini(&visible);
  buf_fini(&b);
}

/* ---- names ---- */

static int unknown_name(const struct ctl *c, const char *what, const char *name,
                        const char *const *names, size_t n) {
  const char *nearest = text_nearest(name, names, n);
  return ctl_fail(c, "oncall: there is no %s \"%s\"%s%s%s", what, name,
                  nearest != NULL ? ", did you mean " : "",
                  nearest != NULL ? nearest : "", nearest != NULL ? "?" : "");
}

static int check_names(const struct ctl *c, const struct override *o) {
  const struct settings *s = c->settings;
  if (s == NULL)
    return ctl_fail(c, "oncall: the ledger knows no configuration yet: start "
                       "collectd first");
  bool has_schedule = settings_schedule(s, o->schedule) != NULL;
  if (has_schedule && settings_responder(s, o->responder) != NULL)
    return CTL_DONE;
  size_t n = 0, max = s->schedules_n + s->responders_n;
  const char **names = calloc(max + 1, sizeof *names);
  if (names == NULL)
    return ctl_fail(c, "out of memory");
  for (size_t i = 0; !has_schedule && i < s->schedules_n; i++)
    names[n++] = s->schedules[i]->name;
  for (size_t i = 0; has_schedule && i < s->responders_n; i++)
    names[n++] = s->responders[i]->name;
  int status =
      unknown_name(c, has_schedule ? "responder" : "schedule",
                   has_schedule ? o->responder : o->schedule, names, n);
  free(names);
  return status;
}

/* ---- making one ---- */

static int read_span(const struct ctl *c, wall_ms from, wall_ms *until) {
  const char *text = ctl_option(c, "for");
  span_ms span = 0;
  if (text == NULL)
    return CTL_DONE;
  if (span_parse(text, &span) != OK || span == 0)
    return ctl_misuse(c,
                      "oncall: --for \"%s\" is not a duration; write 90s, 5m, "
                      "2h or 1d",
                      text);
  if (*until != WALL_NEVER)
    return ctl_misuse(c, "oncall: --for and --to exclude each other");
  *until = from + span;
  return CTL_DONE;
}

static int read_times(const struct ctl *c, struct override *o) {
  const char *from = ctl_option(c, "from"), *to = ctl_option(c, "to");
  int status = CTL_DONE;
  o->created_at = o->from = c->now;
  o->until = WALL_NEVER;
  if (from != NULL)
    status = ctl_read_time(c, from, &o->from);
  if (status == CTL_DONE && to != NULL)
    status = ctl_read_time(c, to, &o->until);
  if (status == CTL_DONE)
    status = read_span(c, o->from, &o->until);
  if (status != CTL_DONE)
    return status;
  if (o->until == WALL_NEVER)
    return ctl_misuse(c, "oncall: an end is missing: --for or --to");
  if (o->until <= o->from)
    return ctl_misuse(c, "oncall: it ends before it begins");
  if (o->until <= c->now)
    return ctl_misuse(c, "oncall: it would be over already");
  return CTL_DONE;
}

static enum err write_override(const struct override *o, char **own_text) {
  struct json *j = json_new();
  if (j == NULL)
    return ERR_NOMEM;
  override_print(o, j);
  enum err err = json_done(j, own_text);
  json_free(j);
  return err;
}

static int record(struct ctl *c, const struct override *o) {
  struct ctl_record record;
  struct request r;
  request_init(&r);
  r.verb = VERB_OVERRIDE;
  r.at = r.happened_at = c->now;
  r.by = c->by;
  enum err err = write_override(o, &r.text);
  if (err != OK)
    return ctl_fail(c, "oncall: %s", err_text(err));
  int status = ctl_record(c, &r, &record);
  free(r.text);
  if (status != CTL_DONE)
    return status;
  if (c->is_json)
    status = print_one(c, &record.override);
  else
    tell(c, &record.override);
  if (!record.is_in_memory && ledger_owner(c->ledger_path) == 0)
    ctl_warn(c,
             "recorded; collectd is not running, it holds from its start on");
  ctl_record_fini(&record);
  return status;
}

static int make(struct ctl *c, const char *schedule, const char *who) {
  struct override o = {0};
  const char *why;
  int status = read_times(c, &o);
  if (status == CTL_DONE)
    status = ctl_find_by(c);
  if (status == CTL_DONE)
    status =
        ctl_read_text(c, "SCHEDULE", schedule, NAME_MAX_BYTES, &o.schedule);
  if (status == CTL_DONE)
    status = ctl_read_text(c, "WHO", who != NULL ? who : c->by, NAME_MAX_BYTES,
                           &o.responder);
  if (status == CTL_DONE && incident_set_text(&o.by, c->by) != OK)
    status = ctl_fail(c, "out of memory");
  /* A failure is met again, and told, when it is recorded. */
  if (status == CTL_DONE && ctl_try_open(c, LEDGER_SHARE, &why) == OK)
    status = check_names(c, &o);
  if (status == CTL_DONE)
    status = record(c, &o);
  override_fini(&o);
  return status;
}

static int override(struct ctl *c) {
  if (c->arguments_n != 3)
    return ctl_misuse(c, "oncall override: takes SCHEDULE and WHO");
  return make(c, c->arguments[1], c->arguments[2]);
}

static int take(struct ctl *c) {
  if (c->arguments_n != 2)
    return ctl_misuse(c, "oncall take: takes SCHEDULE");
  return make(c, c->arguments[1], NULL);
}

/* ---- ending ---- */

static void print_ended(const struct ctl *c, const struct ctl_record *record,
                        struct json *j) {
  (void)c;
  override_print(&record->override, j);
}

static int end(struct ctl *c) {
  static const struct ctl_ending ending = {.verb = VERB_END_OVERRIDE,
                                           .name = "override",
                                           .number = "an override",
                                           .print = print_ended};
  return ctl_record_ends(c, &ending);
}

/* ---- the command ---- */

static const struct ctl_action actions[] = {
    {"override", override, " from to for "},
    {"take", take, " to for "},
    {"end", end, " "}};

int ctl_override_run(struct ctl *c) {
  return ctl_act(c, actions, sizeof actions / sizeof actions[0]);
}
