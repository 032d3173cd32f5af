/* SPDX-License-Identifier: MIT */
#include "door/ctl.h"

static void print_line(void *arg, const char *line) {
  const struct ctl *c = arg;
  ctl_put(c->out, &(struct ctl_style){0}, COLOUR_NONE, line);
  fputc('\n', c->out);
}

static void print_item(void *arg, const char *line) {
  struct json *j = json_new();
  if (j != NULL)
    json_text(j, line);
  ctl_json_item(arg, j);
}

static int run(struct ctl *c) {
  struct ctl_list_json list;
  const char *why;
  int64_t findings = 0;
  int status = CTL_DONE;
  enum err err = ctl_try_open(c, LEDGER_READ, &why);
  if (err != OK)
    return ctl_fail_open(c, err, why);
  if (c->is_json) {
    ctl_json_begin(&list, c, "{\"findings\":");
    err = ledger_verify(c->ledger, print_item, &list, &findings);
    status = ctl_json_end(&list, "}\n");
  } else {
    err = ledger_verify(c->ledger, print_line, c, &findings);
  }
  if (err != OK)
    return ctl_fail_ledger(c, err);
  if (status == CTL_DONE && findings == 0 && !c->is_json)
    fprintf(c->out, "%s: nothing is wrong\n", c->ledger_path);
  return findings > 0 ? CTL_FAILED : status;
}

const struct ctl_command ctl_verify = {
    .name = "verify",
    .usage = "",
    .summary = "check the ledger without changing it",
    .run = run};
