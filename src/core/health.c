/* SPDX-License-Identifier: MIT */
#include "core/health.h"

#include <string.h>

void health_begin(struct json *j) {
  json_object(j);
  json_key(j, "webhooks");
  json_array(j);
}

void health_put(struct json *j, const struct ailing *a) {
  json_object(j);
  json_put_text(j, "webhook", a->webhook);
  json_put_time(j, "since", a->since);
  json_put_text(j, "error", a->error);
  json_put_bool(j, "down", a->is_down);
  json_put_bool(j, "reported", a->is_reported);
  json_object_end(j);
}

void health_begin_chains(struct json *j) {
  json_array_end(j);
  json_key(j, "chains");
  json_array(j);
}

void health_end(struct json *j) {
  json_array_end(j);
  json_object_end(j);
}

static enum err read_webhook(const struct json_in *v,
                             const struct health_reader *to) {
  struct ailing a = {.webhook = json_at_text(v, "webhook", NULL),
                     .error = json_at_text(v, "error", ""),
                     .is_down = json_at_bool(v, "down", false),
                     .is_reported = json_at_bool(v, "reported", false)};
  if (a.webhook == NULL ||
      clock_parse(json_at_text(v, "since", ""), &a.since) != OK)
    return OK;
  return to->webhook(to->arg, &a);
}

enum err health_read(const char *text, const struct health_reader *to) {
  struct json_in *doc = NULL;
  enum err err = OK;
  if (text == NULL)
    return OK;
  err = json_parse(text, strlen(text), &doc, NULL);
  if (err != OK)
    return err == ERR_NOMEM ? err : OK;
  const struct json_in *webhooks = json_at(doc, "webhooks");
  const struct json_in *chains = json_at(doc, "chains");
  for (size_t i = 0; i < json_count(webhooks) && err == OK; i++)
    err = read_webhook(json_member(webhooks, i, NULL), to);
  for (size_t i = 0; i < json_count(chains) && err == OK; i++) {
    const char *name = json_at_text(json_member(chains, i, NULL), "", NULL);
    err = name != NULL ? to->chain(to->arg, name) : OK;
  }
  json_in_free(doc);
  return err;
}
