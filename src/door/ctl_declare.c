/* SPDX-License-Identifier: MIT */
#include "door/ctl_names.h"
#include "door/ctl_record.h"

#include <stdlib.h>
#include <string.h>

#define TEXT_MAX 1024
#define NAME_MAX_BYTES 255

static int check_names(struct ctl *c, const struct request *r) {
  int status = ctl_check_severity(c, "--severity", r->severity);
  if (status == CTL_DONE && r->chain != NULL)
    status = ctl_check_chain(c, "--chain", r->chain);
  if (status == CTL_DONE)
    status = ctl_check_who(c, "--commander", r->commander);
  return status;
}

static int read_request(struct ctl *c, struct request *r) {
  const struct {
    const char *option, *what, *fallback;
    size_t max;
    char **text;
  } texts[] = {
      {"title", "--title", NULL, TEXT_MAX, &r->text},
      {"severity", "--severity", "UNKNOWN", NAME_MAX_BYTES, &r->severity},
      {"chain", "--chain", NULL, NAME_MAX_BYTES, &r->chain},
      {"commander", "--commander", NULL, NAME_MAX_BYTES, &r->commander},
      {"codename", "--codename", NULL, NAME_MAX_BYTES, &r->codename},
      {"service", "--service", NULL, TEXT_MAX, &r->service}};
  int status = CTL_DONE;
  if (ctl_option(c, "title") == NULL)
    return ctl_misuse(c, "declare: --title is missing");
  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
    const char *text = ctl_option(c, texts[i].option);
    if (text == NULL)
      text = texts[i].fallback;
    if (text != NULL && status == CTL_DONE)
      status =
          ctl_read_text(c, texts[i].what, text, texts[i].max, texts[i].text);
  }
  if (status == CTL_DONE)
    status = ctl_find_by(c);
  if (status == CTL_DONE && incident_set_text(&r->by, c->by) != OK)
    status = ctl_fail(c, "out of memory");
  if (status == CTL_DONE && r->commander == NULL &&
      incident_set_text(&r->commander, c->by) != OK)
    status = ctl_fail(c, "out of memory");
  if (status == CTL_DONE && r->codename != NULL &&
      ctl_option(c, "private") == NULL)
    status = ctl_misuse(c, "declare: a codename is for a --private incident");
  r->verb = VERB_DECLARE;
  r->at = r->happened_at = c->now;
  r->is_test = ctl_option(c, "test") != NULL;
  r->is_private = ctl_option(c, "private") != NULL;
  r->no_page = ctl_option(c, "no-page") != NULL;
  return status;
}

static int declare(struct ctl *c, struct request *r) {
  struct ctl_record record;
  const char *why;
  /* A failure is met again, and told, when it is recorded. */
  if (ctl_try_open(c, LEDGER_SHARE, &why) == OK) {
    int status = check_names(c, r);
    if (status != CTL_DONE)
      return status;
  }
  int status = ctl_record(c, r, &record);
  if (status != CTL_DONE)
    return status;
  if (c->is_json)
    status = ctl_print_incident(c, &record.incident);
  else
    fprintf(c->out, "%lld\n", (long long)record.incident.id);
  if (!r->no_page && c->settings != NULL && record.incident.chain == NULL &&
      !record.is_in_memory &&
      ctl_severity_chain(c, record.incident.severity) == NULL)
    ctl_warn(c, "warning: nobody is paged, since there is no DefaultChain; "
                "name a --chain");
  else if (!r->no_page)
    ctl_record_page(c, &record, NULL, 0);
  ctl_record_fini(&record);
  return status;
}

static int run(struct ctl *c) {
  struct request r;
  request_init(&r);
  int status = read_request(c, &r);
  if (status == CTL_DONE)
    status = declare(c, &r);
  request_fini(&r);
  return status;
}

const struct ctl_command ctl_declare = {
    .name = "declare",
    .usage = "--title TEXT [--severity SEVERITY] [--chain CHAIN]\n"
             "           [--commander WHO] [--service TEXT] [--test] "
             "[--private [--codename TEXT]] [--no-page]",
    .summary = "declare an incident by hand; prints its number",
    .run = run,
    .options = {{.name = "title", .value = "TEXT"},
                {.name = "severity", .value = "SEVERITY"},
                {.name = "chain", .value = "CHAIN"},
                {.name = "commander", .value = "WHO"},
                {.name = "service", .value = "TEXT"},
                {.name = "test"},
                {.name = "private"},
                {.name = "codename", .value = "TEXT"},
                {.name = "no-page"}}};
