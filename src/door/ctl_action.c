/* SPDX-License-Identifier: MIT */
#include "door/ctl_action.h"

#include <stdio.h>
#include <string.h>

static int refuse_others(const struct ctl *c, const struct ctl_action *action) {
  char blank_name[32];
  for (size_t i = 0; i < CTL_OPTIONS_MAX && c->command->options[i].name != NULL;
       i++) {
    const char *name = c->command->options[i].name;
    snprintf(blank_name, sizeof blank_name, " %s ", name);
    if (c->given[i] != NULL && strstr(action->options, blank_name) == NULL)
      return ctl_misuse(c, "%s %s: takes no --%s", c->command->name,
                        action->word, name);
  }
  return CTL_DONE;
}

int ctl_act(struct ctl *c, const struct ctl_action *actions, size_t n) {
  const char *word = c->arguments[0];
  struct buf all;
  for (size_t i = 0; i < n; i++)
    if (strcmp(word, actions[i].word) == 0) {
      int status = refuse_others(c, &actions[i]);
      return status == CTL_DONE ? actions[i].run(c) : status;
    }
  buf_init(&all, 1024);
  for (size_t i = 0; i < n; i++)
    buf_addf(&all, "%s %s", i == 0 ? "neither" : " nor", actions[i].word);
  int status =
      ctl_misuse(c, "%s: \"%s\" is %s", c->command->name, word, buf_text(&all));
  buf_fini(&all);
  return status;
}
