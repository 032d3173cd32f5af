/* SPDX-License-Identifier: MIT */
#include "core/guide.h"
#include "door/ctl_duty.h"

#include <stdlib.h>
#include <string.h>

static int print(const struct ctl *c, const struct guide *g) {
  const char *form = ctl_option(c, "format");
  bool is_html = form != NULL && strcmp(form, "html") == 0;
  char *text = NULL;
  enum err err = guide_write(g, is_html ? MARKUP_HTML : MARKUP_MARKDOWN, &text);
  int status = CTL_DONE;
  if (err != OK) {
    status = ctl_fail(c, "cannot print: %s", err_text(err));
  } else if (c->is_json) {
    struct json *j = json_new();
    if (j != NULL) {
      json_object(j);
      json_put_text(j, "guide", text);
      json_object_end(j);
    }
    status = ctl_print_json(c, j);
  } else {
    fputs(text, c->out); /* control characters in it are visible already */
  }
  free(text);
  return status;
}

static enum err find_duties(struct ctl_duty *duty, struct guide_duty *duties) {
  const struct settings *s = duty->c->settings;
  enum err err = ctl_duty_load(duty, duty->c, duty->c->now);
  if (err == OK)
    err = ctl_duty_recall(duty);
  for (size_t i = 0; err == OK && i < s->schedules_n; i++) {
    const struct duty_facts facts = ctl_duty_facts(duty, s->schedules[i]);
    struct turn turn;
    schedule_turn(s->schedules[i], &facts, duty->c->now, &turn);
    duties[i] = (struct guide_duty){turn.responder, turn.until};
  }
  return err;
}

static int run(struct ctl *c) {
  const char *form = ctl_option(c, "format"), *why = NULL;
  struct ctl_duty duty = {.c = c};
  if (form != NULL && strcmp(form, "md") != 0 && strcmp(form, "html") != 0)
    return ctl_misuse(c, "guide: --format is md or html, not %s", form);
  enum err err = ctl_try_open(c, LEDGER_READ, &why);
  if (err != OK)
    return ctl_fail_open(c, err, why);
  if (c->settings == NULL)
    return ctl_fail(c, "guide: the ledger knows no configuration yet: start "
                       "collectd first");
  struct guide_duty *duties =
      calloc(c->settings->schedules_n + 1, sizeof *duties);
  if (duties == NULL)
    return ctl_fail(c, "out of memory");
  const struct guide g = {
      .settings = c->settings, .duties = duties, .now = c->now};
  err = find_duties(&duty, duties);
  int status = err == OK ? print(c, &g) : ctl_fail_ledger(c, err);
  ctl_duty_free(&duty);
  free(duties);
  return status;
}

const struct ctl_command ctl_guide = {
    .name = "guide",
    .usage = "[--format md|html]",
    .summary =
        "how the team responds to incidents, as the configuration has it",
    .run = run,
    .options = {{.name = "format", .value = "FORM"}}};
