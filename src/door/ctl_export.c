/* SPDX-License-Identifier: MIT */
/* `export`: all that is known, as one document that is never in memory as a
 * whole. */
#include "door/ctl_show.h"

struct export {
  struct ctl *c;
  struct ctl_list_json json;
  bool has_items;
  int status;
};

/* ERR_CONFLICT: a line on stderr has said why. */
static enum err put_incident(void *arg, const struct incident *i) {
  struct export *e = arg;
  if (e->has_items)
    fputc(',', e->c->out);
  e->has_items = true;
  e->status = ctl_show_all(e->c, i);
  return e->status == CTL_DONE && !ferror(e->c->out) ? OK : ERR_CONFLICT;
}

static enum err put_silence(void *arg, const struct silence *s) {
  struct export *e = arg;
  struct json *j = json_new();
  if (j != NULL)
    silence_print(s, e->c->now, j);
  ctl_json_item(&e->json, j);
  return e->json.err;
}

static enum err put_override(void *arg, const struct override *o) {
  struct export *e = arg;
  struct json *j = json_new();
  if (j != NULL)
    override_print(o, j);
  ctl_json_item(&e->json, j);
  return e->json.err;
}

static int put_all(struct export *e, wall_ms since) {
  struct ctl *c = e->c;
  const struct ledger_filter filter = {.all = true, .since = since};
  fputs("{\"incidents\":[\n", c->out);
  enum err err = ledger_list(c->ledger, &filter, put_incident, e);
  if (e->status != CTL_DONE)
    return e->status;
  ctl_json_begin(&e->json, c, "],\"silences\":");
  if (err == OK)
    err = ledger_silences(c->ledger, true, c->now, put_silence, e);
  if (ctl_json_end(&e->json, "") != CTL_DONE)
    return CTL_FAILED;
  ctl_json_begin(&e->json, c, ",\"overrides\":");
  if (err == OK)
    err = ledger_overrides(c->ledger, since, put_override, e);
  if (ctl_json_end(&e->json, "}\n") != CTL_DONE)
    return CTL_FAILED;
  return err == OK || ferror(c->out) ? CTL_DONE : ctl_fail_ledger(c, err);
}

static int run(struct ctl *c) {
  struct export e = {.c = c};
  const char *text = ctl_option(c, "since"), *why = NULL;
  wall_ms since = 0;
  span_ms back;
  if (text != NULL && span_parse(text, &back) == OK)
    since = c->now - back;
  else if (text != NULL && ctl_read_time(c, text, &since) != CTL_DONE)
    return CTL_USAGE;
  enum err err = ctl_try_open(c, LEDGER_READ, &why);
  if (err != OK)
    return ctl_fail_open(c, err, why);
  return put_all(&e, since);
}

const struct ctl_command ctl_export = {
    .name = "export",
    .usage = "[--since TIME]",
    .summary = "all incidents with everything, as one JSON document",
    .run = run,
    .options = {{.name = "since", .value = "TIME"}}};
