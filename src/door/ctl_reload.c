/* SPDX-License-Identifier: MIT */
/* A new configuration without a restart: checked here, then read by the plugin
 * itself, so that no secret passes through this program. */
#include "door/ctl.h"
#include "door/ctl_link.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* What the plugin has found, which sees files as whoever runs it. */
static void print_refusal(struct ctl *c, const char *file, char *why) {
  for (char *line = why, *next; line != NULL; line = next) {
    next = strchr(line, '\n');
    if (next != NULL)
      *next++ = '\0';
    ctl_fail(c, "%s", line);
  }
  ctl_fail(c, "%s: refused by the plugin; the configuration in force stays",
           file);
}

static int fail(struct ctl *c, enum err err, const char *file, char *own_why) {
  switch (err) {
  case ERR_CONFLICT:
    print_refusal(c, file, own_why);
    break;
  case ERR_NOTFOUND:
    ctl_fail(c, "collectd is not running; it reads its configuration when it "
                "starts");
    break;
  case ERR_BUSY:
    ctl_fail(c, "the plugin does not answer; collectd's log will say whether "
                "it has changed over");
    break;
  default:
    ctl_fail(c, "%s: %s", file, err_text(err));
  }
  free(own_why);
  return CTL_FAILED;
}

static int run(struct ctl *c) {
  const char *given = c->arguments[0];
  char *why = NULL;
  int64_t rules = 0;
  if (!ctl_check_is_good(c, given))
    return ctl_check.run(c); /* which says what is wrong */
  char *file = realpath(given, NULL);
  if (file == NULL)
    return ctl_fail(c, "%s: %s", given, strerror(errno));
  enum err err = ctl_link_reload(c->ledger_path, file, &rules, &why);
  free(file);
  if (err != OK)
    return fail(c, err, given, why);
  if (!c->is_json) {
    fprintf(c->out, "%s is in force: %lld rule%s\n", given, (long long)rules,
            rules == 1 ? "" : "s");
    return CTL_DONE;
  }
  struct json *j = json_new();
  if (j != NULL) {
    json_object(j);
    json_put_bool(j, "reloaded", true);
    json_put_int(j, "rules", rules);
    json_object_end(j);
  }
  return ctl_print_json(c, j);
}

const struct ctl_command ctl_reload = {
    .name = "reload",
    .usage = "FILE",
    .summary = "check a collectd.conf and hand it to the running plugin",
    .arguments_min = 1,
    .arguments_max = 1,
    .run = run};
