/* SPDX-License-Identifier: MIT */
#include "door/ctl.h"

#include <string.h>
#include <time.h>

#define ROWS_MAX 1000 /* of a transaction: others wait some milliseconds */
#define PAUSE_NS 1000000
#define WAIT_MS 5000
#define CHECKPOINT_ROWS 50000

/* What may yet be reopened stays. */
static span_ms longest_reopen(const struct settings *s) {
  span_ms longest = 0;
  for (size_t i = 0; s != NULL && i < s->rules_n; i++)
    if (s->rules[i]->reopen > longest)
      longest = s->rules[i]->reopen;
  return longest;
}

static int find_span(struct ctl *c, span_ms *span) {
  const char *text = ctl_option(c, "older-than");
  if (text != NULL && span_parse(text, span) != OK)
    return ctl_misuse(c, "prune: \"%s\" is not a duration; write \"90d\"",
                      text);
  if (text == NULL && c->settings == NULL)
    return ctl_fail(c, "prune: the ledger knows no configuration with a "
                       "Retention; say --older-than");
  if (text == NULL)
    *span = c->settings->retention;
  if (*span < longest_reopen(c->settings))
    *span = longest_reopen(c->settings);
  return CTL_DONE;
}

/* Others get their turn between two transactions. */
static enum err prune(struct ctl *c, wall_ms before, int64_t *incidents) {
  const struct timespec pause = {.tv_nsec = PAUSE_NS};
  struct ledger_pruned pruned = {.is_done = false};
  int64_t rows = 0;
  enum err err = OK;
  while (err == OK && !pruned.is_done) {
    err = ledger_prune(c->ledger, before, ROWS_MAX, WAIT_MS, &pruned);
    if (err != OK)
      break;
    *incidents += pruned.incidents;
    rows += pruned.rows;
    if (rows >= CHECKPOINT_ROWS || pruned.is_done) {
      (void)ledger_checkpoint(c->ledger); /* or the plugin does it later */
      rows = 0;
    }
    nanosleep(&pause, NULL); /* cut short by a signal: a shorter one */
  }
  return err;
}

static int print(const struct ctl *c, int64_t incidents) {
  struct json *j = json_new();
  if (j != NULL) {
    json_object(j);
    json_put_int(j, "pruned", incidents);
    json_object_end(j);
  }
  return ctl_print_json(c, j);
}

static int run(struct ctl *c) {
  char at[CLOCK_LOCAL];
  const char *why;
  span_ms span = 0;
  int64_t incidents = 0;
  enum err err = ctl_try_open(c, LEDGER_SHARE, &why);
  if (err != OK)
    return ctl_fail_open(c, err, why);
  int status = find_span(c, &span);
  if (status != CTL_DONE)
    return status;
  err = prune(c, c->now - span, &incidents);
  if (err != OK)
    return ctl_fail_ledger(c, err);
  if (c->is_json)
    return print(c, incidents);
  clock_print_local(c->now - span, at);
  fprintf(c->out, "%lld %s resolved before %s\n", (long long)incidents,
          incidents == 1 ? "incident pruned that was"
                         : "incidents pruned that were",
          at);
  return CTL_DONE;
}

const struct ctl_command ctl_prune = {
    .name = "prune",
    .usage = "[--older-than DURATION]",
    .summary = "remove what was resolved long ago from the ledger",
    .run = run,
    .options = {{.name = "older-than", .value = "DURATION"}}};
