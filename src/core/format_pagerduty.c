/* SPDX-License-Identifier: MIT */
/* PagerDuty, Events API v2. All events of an incident have one dedup_key, so
 * that they open, acknowledge and resolve one alert there. */
#include "core/format_inside.h"

#define SUMMARY_MAX 1024
#define SOURCE_MAX 255
#define WHAT_MAX 16384

static const char *action_of(const struct message *m) {
  if (m->page->event == PAGE_RESOLVED ||
      (m->incident != NULL && m->incident->merged_into != 0))
    return "resolve";
  if (m->page->event == PAGE_UPDATE && m->incident != NULL &&
      m->incident->acknowledged_by != NULL)
    return "acknowledge";
  return "trigger";
}

static const char *severity_of(const struct message *m) {
  static const char *const names[] = {[GRAVITY_INFO] = "info",
                                      [GRAVITY_WARNING] = "warning",
                                      [GRAVITY_ERROR] = "error",
                                      [GRAVITY_CRITICAL] = "critical"};
  return names[m->gravity];
}

static void put_if_any(struct json *j, const char *key, const char *text) {
  if (text != NULL && text[0] != '\0')
    format_put_marked(j, key, MARKUP_NONE, text, SOURCE_MAX);
}

static void put_details(const struct message *m, const struct brief *b,
                        struct json *j) {
  struct buf what;
  json_key(j, "custom_details");
  json_object(j);
  for (size_t i = 0; i < b->facts_n; i++)
    json_put_text(j, b->facts[i].name,
                  b->facts[i].link[0] != '\0' && b->facts[i].link != b->url
                      ? b->facts[i].link
                      : b->facts[i].text);
  buf_init(&what, WHAT_MAX);
  brief_add_what(m, MARKUP_NONE, "\n", WHAT_MAX, &what);
  format_put_buf(j, "What", &what);
  buf_fini(&what);
  json_object_end(j);
}

static void put_payload(const struct message *m, const struct brief *b,
                        struct json *j) {
  const struct incident *i = m->incident;
  const struct signal *s = m->alerts_n > 0 ? m->alerts[0]->signal : NULL;
  const char *host = s != NULL ? signal_field(s, FIELD_HOST) : "";
  json_key(j, "payload");
  json_object(j);
  format_put_marked(j, "summary", MARKUP_NONE, b->headline, SUMMARY_MAX);
  format_put_marked(j, "source", MARKUP_NONE,
                    host[0] != '\0' ? host : "collectd", SOURCE_MAX);
  json_put_text(j, "severity", severity_of(m));
  json_put_time(j, "timestamp", i != NULL ? i->declared_at : m->sent_at);
  if (s != NULL) {
    put_if_any(j, "component", signal_field(s, FIELD_PLUGIN));
    put_if_any(j, "class", signal_field(s, FIELD_TYPE));
  }
  if (i != NULL)
    put_if_any(j, "group", i->service != NULL ? i->service : i->rule);
  put_details(m, b, j);
  json_object_end(j);
}

static void put_link(struct json *j, const char *text, const char *link) {
  if (link[0] == '\0')
    return;
  json_object(j);
  json_put_text(j, "href", link);
  json_put_text(j, "text", text);
  json_object_end(j);
}

void format_pagerduty(const struct message *m, const struct webhook *w,
                      const struct brief *b, struct json *j) {
  char key[MESSAGE_KEY];
  message_key(m, key);
  json_object(j);
  json_put_text(j, "routing_key", w->routing_key);
  json_put_text(j, "event_action", action_of(m));
  json_put_text(j, "dedup_key", key);
  put_payload(m, b, j);
  json_put_text(j, "client", "collectd-incident");
  if (b->url[0] != '\0')
    json_put_text(j, "client_url", b->url);
  json_key(j, "links");
  json_array(j);
  put_link(j, "Acknowledge", b->ack);
  put_link(j, "Runbook", b->runbook);
  put_link(j, "Incident", b->url);
  json_array_end(j);
  json_object_end(j);
}
