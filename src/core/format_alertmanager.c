/* SPDX-License-Identifier: MIT */
/* Prometheus Alertmanager's webhook, version 4. An incident is a group; what it
 * is called, as labels, is what all of its alerts have in common. */
#include "core/format_inside.h"

#include "base/hash.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NEVER "0001-01-01T00:00:00Z" /* no end: Go's zero time */
#define LABEL_MAX 128                /* bytes of a name */
#define TEXT_MAX 1024                /* of a value */

static bool is_resolved(const struct message *m) {
  return m->page->event == PAGE_RESOLVED ||
         (m->incident != NULL && m->incident->merged_into != 0);
}

static void put_if_any(struct json *j, const char *key, const char *text) {
  if (text != NULL && text[0] != '\0')
    format_put_marked(j, key, MARKUP_NONE, text, TEXT_MAX);
}

static bool is_ours(const char *name) {
  static const char *const names[] = {"alertname", "incident", "severity",
                                      "service",   "team",     "data_source"};
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
    if (strcmp(names[i], name) == 0)
      return true;
  for (int f = 0; f < FIELDS; f++)
    if (strcmp(field_names[f], name) == 0)
      return true;
  return false;
}

/* The incident's labels; their names made what Prometheus takes for one, those
 * that we use left out. */
static void put_own_labels(const struct incident *i, struct json *j) {
  struct json_in *doc = NULL;
  if (i->labels == NULL)
    return;
  enum err err = json_parse(i->labels, strlen(i->labels), &doc, NULL);
  if (err == ERR_NOMEM)
    json_fail(j, err);
  for (size_t n = 0; n < json_count(doc); n++) {
    const char *key, *text;
    char name[LABEL_MAX];
    size_t len = 0;
    text = json_at_text(json_member(doc, n, &key), "", "");
    for (; key[len] != '\0' && len + 1 < sizeof name; len++) {
      unsigned char c = (unsigned char)key[len];
      name[len] =
          c < 0x80 && (isalpha(c) || (len > 0 && isdigit(c))) ? (char)c : '_';
    }
    name[len] = '\0';
    if (len > 0 && !is_ours(name))
      put_if_any(j, name, text);
  }
  json_in_free(doc);
}

static const char *alert_name(const struct message *m) {
  if (m->heartbeat != NULL)
    return "Watchdog"; /* as it is called wherever one always fires */
  if (m->incident == NULL)
    return "silence ends soon";
  if (m->page->event == PAGE_TEST)
    return "test";
  return m->incident->rule != NULL ? m->incident->rule : "incident";
}

static void put_group_labels(const struct message *m, struct json *j) {
  char id[24];
  json_put_text(j, "alertname", alert_name(m));
  if (m->heartbeat != NULL)
    put_if_any(j, "heartbeat", m->heartbeat->name);
  if (m->incident == NULL)
    return;
  snprintf(id, sizeof id, "%lld", (long long)m->incident->id);
  json_put_text(j, "incident", id);
}

/* What all alerts have. */
static void put_labels(const struct message *m, struct json *j) {
  const struct incident *i = m->incident;
  put_group_labels(m, j);
  if (m->heartbeat != NULL)
    json_put_text(j, "severity", "none");
  if (i == NULL)
    return;
  json_put_text(j, "severity", i->severity);
  put_if_any(j, "service", i->service);
  put_if_any(j, "team", i->team);
  put_own_labels(i, j);
}

static void put_series(const struct signal *s, struct json *j) {
  for (int f = 0; f < FIELDS; f++)
    put_if_any(j, field_names[f], signal_field(s, (enum field)f));
  put_if_any(j, "data_source", signal_data_source(s));
}

/* Fields that are the same in all of them. */
static void put_common_series(const struct message *m, struct json *j) {
  for (int f = 0; f < FIELDS && m->alerts_n > 0; f++) {
    const char *text = signal_field(m->alerts[0]->signal, (enum field)f);
    size_t same = 1;
    while (same < m->alerts_n &&
           strcmp(signal_field(m->alerts[same]->signal, (enum field)f), text) ==
               0)
      same++;
    if (same == m->alerts_n && m->alerts_omitted == 0)
      put_if_any(j, field_names[f], text);
  }
}

static void put_annotations(const struct message *m, const struct brief *b,
                            struct json *j) {
  const struct incident *i = m->incident;
  json_put_text(j, "summary", b->headline);
  if (i == NULL)
    return;
  put_if_any(j, "runbook_url", b->runbook[0] != '\0' ? b->runbook : i->runbook);
  put_if_any(j, "acknowledged_by", i->acknowledged_by);
  put_if_any(j, "ack_url", b->ack);
  for (size_t n = 0; n < b->facts_n; n++) {
    if (strcmp(b->facts[n].name, "Status") == 0)
      json_put_text(j, "status", b->facts[n].text);
    if (strcmp(b->facts[n].name, "Paged") == 0)
      json_put_text(j, "paged", b->facts[n].text);
    if (strcmp(b->facts[n].name, "Next") == 0)
      json_put_text(j, "next", b->facts[n].text);
  }
}

/* The same in each page about that alert, of this process or another. */
static void put_fingerprint(const char *key, const struct signal *s,
                            struct json *j) {
  static const uint64_t none[2] = {0, 0};
  char text[17];
  uint64_t h = hash_siphash13(none, key, strlen(key));
  if (s != NULL)
    h = h * 31 + hash_siphash13(none, s->text, s->series_size);
  snprintf(text, sizeof text, "%016llx", (unsigned long long)h);
  json_put_text(j, "fingerprint", text);
}

static void put_times(wall_ms from, wall_ms to, struct json *j) {
  json_put_time(j, "startsAt", from);
  if (to != WALL_NEVER)
    json_put_time(j, "endsAt", to);
  else
    json_put_text(j, "endsAt", NEVER);
}

static void put_alert(const struct message *m, const struct brief *b,
                      const char *key, size_t at, struct json *j) {
  const struct alert *a = m->alerts[at];
  bool is_over = is_resolved(m) || !(alert_is_live(a) || alert_is_attached(a));
  char text[BRIEF_ALERT];
  enum err err = brief_alert(m, at, text);
  if (err != OK) {
    json_fail(j, err);
    return;
  }
  wall_ms end = !is_over                   ? WALL_NEVER
                : alert_is_live(a)         ? m->sent_at
                : a->changed_at > a->since ? a->changed_at
                                           : m->sent_at;
  json_object(j);
  json_put_text(j, "status", is_over ? "resolved" : "firing");
  json_key(j, "labels");
  json_object(j);
  put_labels(m, j);
  put_series(a->signal, j);
  json_object_end(j);
  json_key(j, "annotations");
  json_object(j);
  put_annotations(m, b, j);
  json_put_text(j, "description", text);
  json_object_end(j);
  put_times(a->since, end, j);
  json_put_text(j, "generatorURL", b->url);
  put_fingerprint(key, a->signal, j);
  json_object_end(j);
}

/* What has no alerts is one itself: no group is empty. */
static void put_whole(const struct message *m, const struct brief *b,
                      const char *key, struct json *j) {
  const struct incident *i = m->incident;
  wall_ms from = i != NULL ? i->declared_at : m->sent_at;
  wall_ms to = is_resolved(m) ? i->resolved_at : WALL_NEVER;
  if (m->silence != NULL)
    to = silence_until(m->silence, m->sent_at);
  json_object(j);
  json_put_text(j, "status", is_resolved(m) ? "resolved" : "firing");
  json_key(j, "labels");
  json_object(j);
  put_labels(m, j);
  json_object_end(j);
  json_key(j, "annotations");
  json_object(j);
  put_annotations(m, b, j);
  if (i != NULL)
    put_if_any(j, "description", i->description);
  json_object_end(j);
  put_times(from, to, j);
  json_put_text(j, "generatorURL", b->url);
  put_fingerprint(key, NULL, j);
  json_object_end(j);
}

static void put_alerts(const struct message *m, const struct brief *b,
                       const char *key, struct json *j) {
  json_key(j, "alerts");
  json_array(j);
  if (m->alerts_n == 0)
    put_whole(m, b, key, j);
  for (size_t i = 0; i < m->alerts_n; i++)
    put_alert(m, b, key, i, j);
  json_array_end(j);
}

void format_alertmanager(const struct message *m, const struct webhook *w,
                         const struct brief *b, struct json *j) {
  char key[MESSAGE_KEY];
  message_key(m, key);
  json_object(j);
  json_put_text(j, "version", "4");
  json_put_text(j, "groupKey", key);
  json_put_int(j, "truncatedAlerts", m->alerts_n > 0 ? m->alerts_omitted : 0);
  json_put_text(j, "status", is_resolved(m) ? "resolved" : "firing");
  json_put_text(j, "receiver", w->name);
  json_key(j, "groupLabels");
  json_object(j);
  put_group_labels(m, j);
  json_object_end(j);
  json_key(j, "commonLabels");
  json_object(j);
  put_labels(m, j);
  put_common_series(m, j);
  json_object_end(j);
  json_key(j, "commonAnnotations");
  json_object(j);
  put_annotations(m, b, j);
  json_object_end(j);
  json_put_text(j, "externalURL", m->base_url);
  put_alerts(m, b, key, j);
  json_object_end(j);
}
