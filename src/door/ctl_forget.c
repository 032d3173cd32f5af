/* SPDX-License-Identifier: MIT */
#include "door/ctl_record.h"

#include <stdlib.h>
#include <string.h>

#define NAME_MAX_BYTES 1024

struct known {
  const char *name;
  int64_t n;
};

static enum err count_alert(void *arg, const struct alert *a,
                            const char *rule_name) {
  struct known *known = arg;
  struct buf series;
  (void)rule_name; /* whatever it is */
  buf_init(&series, NAME_MAX_BYTES);
  signal_add_name(a->signal, &series);
  known->n += strcmp(signal_field(a->signal, FIELD_HOST), known->name) == 0 ||
              strcmp(buf_text(&series), known->name) == 0;
  buf_fini(&series);
  return OK;
}

static int print(const struct ctl *c, const struct known *known) {
  struct json *j = json_new();
  if (j != NULL) {
    json_object(j);
    json_put_text(j, "forgotten", known->name);
    json_put_int(j, "alerts", known->n);
    json_object_end(j);
  }
  return ctl_print_json(c, j);
}

static void tell(const struct ctl *c, const struct known *known) {
  static const struct ctl_column columns[] = {{0}};
  struct ctl_table t;
  ctl_table_begin(&t, c->out, &(struct ctl_style){0}, columns, 1);
  ctl_table_addf(&t, COLOUR_NONE, "%s: forgotten; %lld %s known", known->name,
                 (long long)known->n,
                 known->n == 1 ? "alert was" : "alerts were");
  ctl_table_end(&t); /* out of memory: it is done all the same */
}

static int forget(struct ctl *c, struct request *r) {
  struct ctl_record record;
  struct known known = {.name = r->text};
  const char *why;
  /* A failure is met again, and told, when it is recorded. */
  if (ctl_try_open(c, LEDGER_SHARE, &why) == OK)
    (void)ledger_live_alerts(c->ledger, count_alert, &known);
  int status = ctl_record(c, r, &record);
  if (status != CTL_DONE)
    return status;
  if (record.is_in_memory)
    known.n = record.forgotten;
  if (c->is_json)
    status = print(c, &known);
  else
    tell(c, &known);
  if (!record.is_in_memory && ledger_owner(c->ledger_path) == 0)
    ctl_warn(c, "recorded; collectd is not running, it forgets at its start");
  ctl_record_fini(&record);
  return status;
}

static int run(struct ctl *c) {
  struct request r;
  request_init(&r);
  r.verb = VERB_FORGET;
  r.at = r.happened_at = c->now;
  int status = ctl_find_by(c);
  if (status == CTL_DONE)
    status = ctl_read_text(c, "HOST|SERIES", c->arguments[0], NAME_MAX_BYTES,
                           &r.text);
  if (status != CTL_DONE)
    return status;
  r.by = c->by;
  status = forget(c, &r);
  free(r.text);
  return status;
}

const struct ctl_command ctl_forget = {
    .name = "forget",
    .usage = "HOST | SERIES",
    .summary = "clear the alerts and watches of what is gone for good",
    .arguments_min = 1,
    .arguments_max = 1,
    .run = run};
