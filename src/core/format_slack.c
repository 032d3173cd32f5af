/* SPDX-License-Identifier: MIT */
/* Slack's incoming webhooks, in the older form with an attachment, which
 * Mattermost and Rocket.Chat take, too. */
#include "core/format_inside.h"

#include <stdio.h>
#include <string.h>

#define HEADLINE_MAX 1000 /* bytes */
#define WHAT_MAX 3000
#define VALUE_MAX 1200 /* a link and more */
#define SHORT_MAX 40   /* characters that fit beside another field */

static void put_field(struct json *j, const struct brief *b,
                      const struct brief_fact *f) {
  struct buf value;
  buf_init(&value, 2 * VALUE_MAX);
  format_add_fact(b, f, MARKUP_SLACK, VALUE_MAX, &value);
  json_object(j);
  json_put_text(j, "title", f->name);
  format_put_buf(j, "value", &value);
  json_put_bool(j, "short", strlen(f->text) <= SHORT_MAX);
  json_object_end(j);
  buf_fini(&value);
}

static void put_what(struct json *j, const struct message *m) {
  struct buf what;
  buf_init(&what, 2 * WHAT_MAX);
  brief_add_what(m, MARKUP_SLACK, "\n", WHAT_MAX, &what);
  format_put_buf(j, "text", &what);
  buf_fini(&what);
}

static void put_attachment(const struct message *m, const struct brief *b,
                           struct json *j) {
  char colour[8];
  snprintf(colour, sizeof colour, "#%06x", brief_colour(m));
  json_object(j);
  format_put_marked(j, "fallback", MARKUP_SLACK, b->headline, HEADLINE_MAX);
  json_put_text(j, "color", colour);
  put_what(j, m);
  json_key(j, "fields");
  json_array(j);
  for (size_t i = 0; i < b->facts_n; i++)
    put_field(j, b, &b->facts[i]);
  json_array_end(j);
  json_key(j, "mrkdwn_in"); /* nothing: "*" is a "*" */
  json_array(j);
  json_array_end(j);
  json_put_text(j, "footer", "collectd-incident");
  json_put_int(j, "ts", m->sent_at / 1000);
  json_object_end(j);
}

void format_slack(const struct message *m, const struct webhook *w,
                  const struct brief *b, struct json *j) {
  (void)w;
  json_object(j);
  format_put_marked(j, "text", MARKUP_SLACK, b->headline, HEADLINE_MAX);
  json_key(j, "attachments");
  json_array(j);
  put_attachment(m, b, j);
  json_array_end(j);
  json_object_end(j);
}
