/* SPDX-License-Identifier: MIT */
/* What programs are told of an incident. */
#include "core/incident.h"

#include "base/text.h"

#define URL_MAX 8192
void incident_add_place(const struct incident *i, enum placeholder place,
                        const char *name, struct buf *out) {
  const char *text = NULL;
  switch (place) {
  case PLACE_RULE:
    text = i->rule;
    break;
  case PLACE_SEVERITY:
    text = i->severity;
    break;
  case PLACE_ID:
    buf_addf(out, "%lld", (long long)i->id);
    break;
  case PLACE_TITLE:
    text = i->title;
    break;
  case PLACE_STATUS:
    text = status_names[i->status];
    break;
  case PLACE_ALERTS:
    buf_addf(out, "%lld", (long long)i->alerts_firing);
    break;
  case PLACE_LABEL:
    incident_add_label(i, name, out);
    break;
  default:
    break;
  }
  if (text != NULL)
    buf_add(out, text);
}

static void add_escaped(void *arg, enum placeholder place, const char *name,
                        struct buf *out) {
  const struct incident *i = arg;
  struct buf raw;
  buf_init(&raw, URL_MAX);
  if (place == PLACE_TITLE)
    buf_add(&raw, incident_name(i));
  else
    incident_add_place(i, place, name, &raw);
  if (raw.err != OK)
    out->err = raw.err;
  text_add_escaped(out, buf_text(&raw));
  buf_fini(&raw);
}

void incident_add_url(const struct incident *i, const struct template *t,
                      struct buf *out) {
  template_fill(t, add_escaped, (void *)(uintptr_t)i, out);
}

static void put_page(struct json *j, const char *base, int64_t id) {
  struct buf b;
  buf_init(&b, URL_MAX);
  if (base != NULL && base[0] != '\0' && id > 0)
    buf_addf(&b, "%s/incidents/%lld", base, (long long)id);
  if (b.err == ERR_NOMEM)
    json_fail(j, b.err);
  json_put_text(j, "url", b.len > 0 ? buf_text(&b) : NULL);
  buf_fini(&b);
}

static void put_place(struct json *j, const char *key, const struct incident *i,
                      const struct template *t) {
  struct buf b;
  buf_init(&b, URL_MAX);
  if (t != NULL)
    incident_add_url(i, t, &b);
  if (b.err == ERR_NOMEM)
    json_fail(j, b.err);
  json_put_text(j, key, b.err == OK && b.len > 0 ? buf_text(&b) : NULL);
  buf_fini(&b);
}

static void put_id(struct json *j, const char *key, int64_t id) {
  if (id > 0)
    json_put_int(j, key, id);
  else
    json_put_null(j, key);
}

void incident_print(const struct incident *i, const struct incident_urls *urls,
                    struct json *j) {
  static const struct incident_urls none = {.base = NULL};
  if (urls == NULL)
    urls = &none;
  json_object(j);
  json_put_int(j, "id", i->id);
  json_put_text(j, "title", i->title);
  json_put_text(j, "description",
                i->description != NULL && i->description[0] != '\0'
                    ? i->description
                    : NULL);
  json_put_text(j, "summary", i->summary);
  json_put_text(j, "cause", i->cause);
  json_put_text(j, "detection", i->detection);
  json_put_text(j, "rule", i->rule);
  json_put_text(j, "severity", i->severity);
  json_put_bool(j, "major", i->is_major);
  json_put_text(j, "status", status_names[i->status]);
  json_put_text(j, "acknowledged_by", i->acknowledged_by);
  json_put_time(j, "acknowledged_at", i->acknowledged_at);
  json_put_time(j, "snoozed_until",
                incident_is_open(i) ? i->snoozed_until : WALL_NEVER);
  json_put_text(j, "commander", i->commander);
  json_put_time(j, "declared_at", i->declared_at);
  json_put_text(j, "declared_by", i->declared_by);
  json_put_time(j, "resolved_at", i->resolved_at);
  json_put_text(j, "resolved_by", i->resolved_by);
  json_put_bool(j, "test", i->is_test);
  json_put_bool(j, "private", i->is_private);
  json_put_text(j, "codename", i->is_private ? incident_name(i) : NULL);
  put_id(j, "parent", i->parent);
  put_id(j, "merged_into", i->merged_into);
  json_put_text(j, "service", i->service);
  json_put_text(j, "team", i->team);
  json_put_raw(j, "labels", i->labels != NULL ? i->labels : "{}");
  json_put_text(j, "runbook", i->runbook);
  put_page(j, urls->base, i->id);
  put_place(j, "chat_url", i, urls->chat);
  put_place(j, "call_url", i, urls->call);
  json_put_int(j, "alerts_firing", i->alerts_firing);
  json_put_int(j, "alerts_total", i->alerts_total);
  json_put_bool(j, "storm", i->is_storm);
  json_put_bool(j, "paused", i->is_paused);
  json_object_end(j);
}
