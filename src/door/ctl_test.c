/* SPDX-License-Identifier: MIT */
#include "door/ctl_test.h"
#include "door/ctl_duty.h"
#include "door/ctl_link.h"
#include "door/ctl_page.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

#define BEGIN_WAIT_MS 1000
#define SLACK_MS 5000 /* for the plugin, beyond the webhooks' Timeout */
#define LOOK_MS 20

/* What the configuration says of the name. */
struct aim {
  size_t pages;    /* that will be made */
  span_ms timeout; /* the longest of its webhooks */
};

static void aim_at(struct aim *aim, const struct webhook *w) {
  aim->pages++;
  if (w->timeout > aim->timeout)
    aim->timeout = w->timeout;
}

static int unknown_name(const struct ctl *c, const char *name) {
  const struct settings *s = c->settings;
  size_t n = 0;
  const char **names = calloc(s->chains_n + s->webhooks_n + 1, sizeof *names);
  if (names == NULL)
    return ctl_fail(c, "out of memory");
  for (size_t i = 0; i < s->chains_n; i++)
    names[n++] = s->chains[i]->name;
  for (size_t i = 0; i < s->webhooks_n; i++)
    names[n++] = s->webhooks[i]->name;
  const char *nearest = text_nearest(name, names, n);
  free(names);
  return ctl_fail(c,
                  "test: there is neither a chain nor a webhook \"%s\"%s%s%s",
                  name, nearest != NULL ? ", did you mean " : "",
                  nearest != NULL ? nearest : "", nearest != NULL ? "?" : "");
}

/* As the engine looks it up: a webhook first. */
static int find_aim(const struct ctl *c, const char *name, struct aim *aim) {
  const struct settings *s = c->settings;
  if (s == NULL)
    return ctl_fail(c, "test: the ledger knows no configuration yet: start "
                       "collectd first");
  const struct webhook *w = settings_webhook(s, name);
  const struct chain *chain = settings_chain(s, name);
  if (w != NULL) {
    aim_at(aim, w);
    return CTL_DONE;
  }
  if (chain == NULL)
    return unknown_name(c, name);
  for (size_t i = 0; i < chain->steps_n; i++)
    for (size_t k = 0; k < chain->steps[i].targets_n; k++) {
      const struct target *t = &chain->steps[i].targets[k];
      const struct responder *who = ctl_duty_target(c, t);
      if (t->kind == TARGET_WEBHOOK)
        aim_at(aim, t->webhook);
      for (size_t n = 0; who != NULL && n < who->ways_n; n++)
        aim_at(aim, who->ways[n].webhook);
    }
  if (aim->pages == 0)
    return ctl_fail(c, "test: chain \"%s\" reaches no webhook", name);
  return CTL_DONE;
}

static int ask_for_it(struct ctl *c, struct request *r) {
  enum err err = ledger_begin(c->ledger, BEGIN_WAIT_MS);
  if (err == OK) {
    err = ledger_add_request(c->ledger, r);
    if (err == OK)
      err = ledger_commit(c->ledger);
    else
      ledger_rollback(c->ledger);
  }
  if (err != OK)
    return ctl_fail_ledger(c, err);
  ctl_link_kick(c->ledger_path); /* best effort */
  return CTL_DONE;
}

struct outcome_count {
  size_t made, finished, failed;
};

static enum err count_page(void *arg, const struct page *p) {
  struct outcome_count *n = arg;
  n->made++;
  n->finished += !page_is_unfinished(p);
  n->failed += p->state != PAGE_DELIVERED;
  return OK;
}

/* Until all pages of the request have come to an end, or time is up. */
static enum err wait_for_pages(const struct ctl *c, const struct aim *aim,
                               int64_t request, struct outcome_count *n) {
  int64_t until = clock_mono_ns() + (aim->timeout + SLACK_MS) * 1000000;
  for (;;) {
    *n = (struct outcome_count){0};
    enum err err = ledger_pages(c->ledger, 0, request, count_page, n);
    if (err != OK || (n->made > 0 && n->finished == n->made))
      return err;
    if (clock_mono_ns() > until)
      return OK;
    clock_sleep_ms(LOOK_MS);
  }
}

static enum err add_row(void *arg, const struct page *p) {
  struct ctl_table *t = arg;
  ctl_pages_add(t, p, p->state != PAGE_DELIVERED);
  return t->err;
}

static enum err add_item(void *arg, const struct page *p) {
  struct ctl_list_json *list = arg;
  struct json *j = json_new();
  if (j != NULL)
    ctl_page_print(p, true, j);
  ctl_json_item(list, j);
  return list->err;
}

static int print(const struct ctl *c, int64_t request) {
  struct ctl_list_json list;
  struct ctl_table table;
  enum err err;
  int status = CTL_DONE;
  if (c->is_json) {
    ctl_json_begin(&list, c, "{\"pages\":");
    err = ledger_pages(c->ledger, 0, request, add_item, &list);
    status = ctl_json_end(&list, "}\n");
  } else {
    ctl_pages_begin(&table, c);
    err = ledger_pages(c->ledger, 0, request, add_row, &table);
    enum err printed = ctl_table_end(&table);
    if (err == OK)
      err = printed;
  }
  return err != OK ? ctl_fail_ledger(c, err) : status;
}

static int test(struct ctl *c, struct request *r, const struct aim *aim) {
  struct outcome_count n;
  int status = ask_for_it(c, r);
  if (status != CTL_DONE)
    return status;
  enum err err = wait_for_pages(c, aim, r->id, &n);
  if (err != OK)
    return ctl_fail_ledger(c, err);
  if (n.made == 0)
    return ctl_fail(c, "test: collectd made no page; see its log");
  status = print(c, r->id);
  if (status == CTL_DONE && n.finished < n.made)
    return ctl_fail(c, "test: %zu of %zu pages are still being tried",
                    n.made - n.finished, n.made);
  if (status == CTL_DONE && n.failed > 0)
    return ctl_fail(c, "test: %zu of %zu pages did not get through", n.failed,
                    n.made);
  return status;
}

int ctl_test_webhook(struct ctl *c, const char *webhook, bool *reached) {
  struct outcome_count n = {0};
  struct aim aim = {0};
  struct request r;
  wall_ms now = c->clock->wall(c->clock);
  int status = find_aim(c, webhook, &aim);
  if (status != CTL_DONE)
    return status;
  request_init(&r);
  r.verb = VERB_TEST;
  r.by = c->by;
  r.text = (char *)webhook; /* borrowed, as c->by */
  r.at = r.happened_at = now;
  status = ask_for_it(c, &r);
  if (status != CTL_DONE)
    return status;
  enum err err = wait_for_pages(c, &aim, r.id, &n);
  if (err != OK)
    return ctl_fail_ledger(c, err);
  *reached = n.made > 0 && n.failed == 0;
  return CTL_DONE;
}

static int run(struct ctl *c) {
  struct request r;
  struct aim aim = {0};
  const char *why;
  request_init(&r);
  enum err err = ctl_try_open(c, LEDGER_SHARE, &why);
  if (err != OK)
    return ctl_fail_open(c, err, why);
  int status = ctl_find_by(c);
  if (status == CTL_DONE)
    status = find_aim(c, c->arguments[0], &aim);
  if (status == CTL_DONE && ledger_owner(c->ledger_path) == 0)
    status = ctl_fail(c, "test: collectd is not running, nobody is paged");
  if (status != CTL_DONE)
    return status;
  r.verb = VERB_TEST;
  r.by = c->by;
  r.text = c->arguments[0];
  r.at = r.happened_at = c->now;
  return test(c, &r, &aim);
}

const struct ctl_command ctl_test = {
    .name = "test",
    .usage = "CHAIN | WEBHOOK",
    .summary = "send a test page and say what came back",
    .arguments_min = 1,
    .arguments_max = 1,
    .run = run};
