/* SPDX-License-Identifier: MIT */
/* Discord's webhooks: one embed, and nobody is mentioned. */
#include "core/format_inside.h"

#define CONTENT_MAX 1900 /* bytes; Discord takes 2000 characters */
#define TITLE_MAX 256
#define WHAT_MAX 3000 /* of 4096; and 6000 in the whole embed */
#define VALUE_MAX 250 /* of 1024, for the same reason */

static void put_field(struct json *j, const struct brief *b,
                      const struct brief_fact *f) {
  struct buf value;
  buf_init(&value, 2 * VALUE_MAX);
  format_add_fact(b, f, MARKUP_DISCORD, VALUE_MAX, &value);
  json_object(j);
  json_put_text(j, "name", f->name);
  format_put_buf(j, "value", &value);
  json_put_bool(j, "inline", value.len <= 40);
  json_object_end(j);
  buf_fini(&value);
}

static void put_what(struct json *j, const struct message *m) {
  struct buf what;
  buf_init(&what, 2 * WHAT_MAX);
  brief_add_what(m, MARKUP_DISCORD, "\n", WHAT_MAX, &what);
  if (what.len > 0 || what.err != OK)
    format_put_buf(j, "description", &what);
  buf_fini(&what);
}

static void put_embed(const struct message *m, const struct brief *b,
                      struct json *j) {
  json_object(j);
  format_put_marked(j, "title", MARKUP_DISCORD,
                    m->incident != NULL && m->update == NULL
                        ? m->incident->title
                        : b->headline,
                    TITLE_MAX);
  if (b->url[0] != '\0')
    json_put_text(j, "url", b->url);
  put_what(j, m);
  json_put_int(j, "color", brief_colour(m));
  json_put_time(j, "timestamp", m->sent_at);
  json_key(j, "fields");
  json_array(j);
  for (size_t i = 0; i < b->facts_n; i++)
    put_field(j, b, &b->facts[i]);
  json_array_end(j);
  json_object_end(j);
}

void format_discord(const struct message *m, const struct webhook *w,
                    const struct brief *b, struct json *j) {
  (void)w;
  json_object(j);
  format_put_marked(j, "content", MARKUP_DISCORD, b->headline, CONTENT_MAX);
  json_key(j, "allowed_mentions");
  json_object(j);
  json_key(j, "parse");
  json_array(j);
  json_array_end(j);
  json_object_end(j);
  json_key(j, "embeds");
  json_array(j);
  put_embed(m, b, j);
  json_array_end(j);
  json_object_end(j);
}
