/* SPDX-License-Identifier: MIT */
/* ntfy: JSON to the root of the server, the topic inside. */
#include "core/format_inside.h"

#define TITLE_MAX 250    /* bytes */
#define MESSAGE_MAX 4000 /* of 4096; what is longer would become a file */

static int priority_of(const struct message *m) {
  static const int priorities[] = {[GRAVITY_INFO] = 2,
                                   [GRAVITY_WARNING] = 3,
                                   [GRAVITY_ERROR] = 4,
                                   [GRAVITY_CRITICAL] = 5};
  if (m->page->event == PAGE_PAGE)
    return priorities[m->gravity];
  if (m->heartbeat != NULL)
    return 1; /* without a sound */
  if (m->digest != NULL)
    return 2;
  /* Nobody has to get up; but a test, a silence's end and a hand-over are to be
   * heard. */
  return m->page->event == PAGE_TEST || m->incident == NULL ? 3 : 2;
}

static const char *sign_of(const struct message *m) {
  static const char *const signs[] = {[GRAVITY_INFO] = "information_source",
                                      [GRAVITY_WARNING] = "warning",
                                      [GRAVITY_ERROR] = "red_circle",
                                      [GRAVITY_CRITICAL] = "rotating_light"};
  if (m->handover != NULL)
    return "telephone_receiver";
  if (m->heartbeat != NULL)
    return "green_heart";
  if (m->incident == NULL && m->digest == NULL)
    return "hourglass";
  switch (m->page->event) {
  case PAGE_UPDATE:
    return "speech_balloon";
  case PAGE_RESOLVED:
    return "white_check_mark";
  case PAGE_TEST:
    return "wrench";
  case PAGE_PAGE:
  case PAGE_HEARTBEAT:
  case PAGE_EVENTS:
    break;
  }
  return signs[m->gravity];
}

static void put_action(struct json *j, const char *action, const char *label,
                       const char *link) {
  if (link[0] == '\0')
    return;
  json_object(j);
  json_put_text(j, "action", action);
  json_put_text(j, "label", label);
  json_put_text(j, "url", link);
  if (action[0] == 'h') {
    json_put_text(j, "method", "POST");
    json_put_bool(j, "clear", true);
  }
  json_object_end(j);
}

void format_ntfy(const struct message *m, const struct webhook *w,
                 const struct brief *b, struct json *j) {
  struct buf text;
  buf_init(&text, 2 * MESSAGE_MAX);
  brief_add_plain(m, b, MESSAGE_MAX, &text);
  json_object(j);
  json_put_text(j, "topic", w->topic);
  format_put_marked(j, "title", MARKUP_NONE, b->headline, TITLE_MAX);
  format_put_buf(j, "message", &text);
  json_put_int(j, "priority", priority_of(m));
  json_key(j, "tags");
  json_array(j);
  json_text(j, sign_of(m));
  if (m->incident != NULL && m->update == NULL)
    json_text(j, m->incident->severity);
  json_array_end(j);
  if (b->url[0] != '\0')
    json_put_text(j, "click", b->url);
  json_key(j, "actions");
  json_array(j);
  put_action(j, "http", "Acknowledge", b->ack);
  put_action(j, "view", "Runbook", b->runbook);
  put_action(j, "view", "Incident", b->url);
  json_array_end(j);
  json_object_end(j);
  buf_fini(&text);
}
