/* SPDX-License-Identifier: MIT */
#include "core/message.h"

#include "base/hash.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void put_meta(struct json *j, const struct signal *s) {
  const char *cursor = NULL, *name, *value;
  json_key(j, "meta");
  json_object(j);
  while (signal_meta_next(s, &cursor, &name, &value))
    if (signal_meta(s, name) == value) /* the first of a name counts */
      json_put_text(j, name, value);
  json_object_end(j);
}

static void put_id(struct json *j, const char *key, int64_t id) {
  json_key(j, key);
  if (id != 0)
    json_int(j, id);
  else
    json_null(j);
}

static void put_trend(const struct trend *trend, struct json *j) {
  struct buf b;
  buf_init(&b, 4 * TREND_WIDTH);
  if (trend != NULL)
    trend_spark(trend, TREND_WIDTH, &b);
  json_put_text(j, "trend", b.len > 0 && b.err == OK ? buf_text(&b) : NULL);
  buf_fini(&b);
}

void alert_put(const struct alert *a, const struct trend *trend,
               struct json *j) {
  const struct signal *s = a->signal;
  const char *source = signal_data_source(s);
  for (int f = 0; f < FIELDS; f++)
    json_put_text(j, field_names[f], signal_field(s, (enum field)f));
  json_put_text(j, "data_source", source[0] != '\0' ? source : NULL);
  json_put_text(j, "level", level_names[a->level]);
  json_put_text(j, "state", alert_state_names[a->state]);
  json_put_double(j, "value", s->has_value ? s->value : NAN);
  json_put_double(j, "warning_min", s->warning_min);
  json_put_double(j, "warning_max", s->warning_max);
  json_put_double(j, "failure_min", s->failure_min);
  json_put_double(j, "failure_max", s->failure_max);
  json_put_text(j, "message", signal_message(s));
  json_put_time(j, "since", a->since);
  put_meta(j, s);
  put_trend(trend, j);
  json_put_bool(j, "flapping", a->is_flapping);
  put_id(j, "silence", alert_extra(a)->silence);
  put_id(j, "inhibited_by", alert_extra(a)->inhibitor);
}

static void print_alert(const struct alert *a, const struct trend *trend,
                        struct json *j) {
  json_object(j);
  alert_put(a, trend, j);
  json_object_end(j);
}

static void put_escalation(struct json *j, const struct message *m) {
  const struct page *p = m->page;
  json_key(j, "escalation");
  json_object(j);
  json_put_text(j, "chain", p->chain);
  json_put_int(j, "step", p->step);
  json_put_int(j, "steps", m->chain != NULL ? (int64_t)m->chain->steps_n : 0);
  json_put_int(j, "round", p->round);
  json_put_text(j, "target", p->target);
  json_put_text(j, "responder", p->responder);
  json_put_text(j, "webhook", p->webhook_name);
  json_put_time(j, "next_step_at", m->next_step_at);
  json_object_end(j);
}

void message_add_url(const struct message *m, struct buf *out) {
  if (m->base_url[0] != '\0' && m->incident != NULL && m->incident->id > 0)
    buf_addf(out, "%s/incidents/%lld", m->base_url, (long long)m->incident->id);
}

void message_add_ack_url(const struct message *m, struct buf *out) {
  if (m->base_url[0] != '\0' && m->page->ack_token[0] != '\0')
    buf_addf(out, "%s/ack/%s", m->base_url, m->page->ack_token);
}

void message_key(const struct message *m, char key[MESSAGE_KEY]) {
  static const uint64_t none[2] = {0, 0}; /* the same in every process */
  if (m->silence != NULL)
    snprintf(key, MESSAGE_KEY, "%s/silence/%lld", m->ledger_id,
             (long long)m->silence->id);
  else if (m->handover != NULL)
    snprintf(key, MESSAGE_KEY, "%s/handover/%s", m->ledger_id, m->page->id);
  else if (m->digest != NULL)
    snprintf(key, MESSAGE_KEY, "%s/digest/%s", m->ledger_id, m->page->id);
  else if (m->incident != NULL && m->incident->id > 0)
    snprintf(key, MESSAGE_KEY, "%s/%lld", m->ledger_id,
             (long long)m->incident->id);
  else if (m->heartbeat != NULL)
    snprintf(key, MESSAGE_KEY, "%s/heartbeat/%016llx", m->ledger_id,
             (unsigned long long)hash_siphash13(none, m->heartbeat->name,
                                                strlen(m->heartbeat->name)));
  else /* a test is of itself */
    snprintf(key, MESSAGE_KEY, "%s/test/%s", m->ledger_id, m->page->id);
}

static void put_ack_url(struct json *j, const struct message *m) {
  struct buf b;
  buf_init(&b, 4096);
  message_add_ack_url(m, &b);
  json_put_text(j, "ack_url", b.len > 0 ? buf_text(&b) : NULL);
  buf_fini(&b);
}

static void put_update(const struct message_update *u, struct json *j) {
  json_key(j, "update");
  json_object(j);
  json_put_int(j, "id", u->id);
  json_put_text(j, "subject", u->subject);
  json_put_text(j, "body", u->body);
  json_put_text(j, "template", u->wording);
  json_put_text(j, "by", u->by);
  json_put_text(j, "next_at", u->next_at);
  json_put_bool(j, "withdrawn", u->is_withdrawn);
  json_object_end(j);
}

enum err message_print(const struct message *m, char **own_body) {
  const struct incident_urls urls = {m->base_url, m->chat_url, m->call_url};
  struct json *j = json_new();
  if (j == NULL)
    return ERR_NOMEM;
  json_object(j);
  json_put_int(j, "version", 1);
  json_put_text(j, "event", page_event_names[m->page->event]);
  json_put_text(j, "id", m->page->id);
  json_put_int(j, "attempt", m->page->attempts);
  json_put_time(j, "sent_at", m->sent_at);
  json_key(j, "incident");
  if (m->incident != NULL)
    incident_print(m->incident, &urls, j);
  else
    json_null(j);
  if (m->silence != NULL) {
    json_key(j, "silence");
    silence_print(m->silence, m->sent_at, j);
  }
  if (m->handover != NULL) {
    json_key(j, "handover");
    handover_print(m->handover, j);
  }
  if (m->digest != NULL) {
    json_key(j, "digest");
    json_object(j);
    digest_put(m->digest, j);
    json_object_end(j);
  }
  if (m->text != NULL)
    json_put_text(j, "text", m->text);
  if (m->update != NULL)
    put_update(m->update, j);
  if (m->heartbeat != NULL) {
    json_put_text(j, "heartbeat", m->heartbeat->name);
    json_put_double(j, "every", (double)m->heartbeat->every / 1000);
  }
  json_key(j, "alerts");
  json_array(j);
  for (size_t i = 0; i < m->alerts_n; i++)
    print_alert(m->alerts[i], m->trends[i], j);
  json_array_end(j);
  json_put_int(j, "alerts_omitted", m->alerts_omitted);
  if (m->heartbeat == NULL) {
    put_escalation(j, m);
    put_ack_url(j, m);
  }
  json_object_end(j);
  enum err err = json_done(j, own_body);
  json_free(j);
  return err;
}

enum err message_test_incident(wall_ms now, struct incident *incident) {
  struct incident i;
  incident_init(&i);
  i.is_test = true;
  i.declared_at = now;
  if (incident_set_text(&i.title, "Test page: nothing is wrong") != OK ||
      incident_set_text(&i.severity, "UNKNOWN") != OK ||
      incident_set_text(&i.declared_by, "incidentctl test") != OK) {
    incident_fini(&i);
    return ERR_NOMEM;
  }
  *incident = i;
  return OK;
}
