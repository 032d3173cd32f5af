/* SPDX-License-Identifier: MIT */
/* A body that the configuration spells out. What is filled in cannot change
 * what kind of document it is. */
#include "core/format_inside.h"

#include "base/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BODY_MAX (1u << 20)
#define TEXT_MAX 16384

static void add_json(struct buf *out, const char *text) {
  for (const char *c = text; *c != '\0'; c++) {
    unsigned char u = (unsigned char)*c;
    if (u == '"' || u == '\\')
      buf_addf(out, "\\%c", u);
    else if (u == '\n')
      buf_add(out, "\\n");
    else if (u == '\t')
      buf_add(out, "\\t");
    else if (u < 0x20)
      buf_addf(out, "\\u%04x", u);
    else
      buf_addn(out, c, 1);
  }
}

struct filling {
  const struct message *m; /* NULL: a sample */
  enum content content;
};

/* The number, or nothing. */
static void add_int(struct buf *b, int64_t n) {
  buf_addf(b, "%lld", (long long)n);
}

static void add_signal(struct buf *b, const struct alert *a,
                       enum placeholder place, const char *name) {
  const struct signal *s = a->signal;
  const char *meta;
  char number[JSON_NUMBER];
  switch (place) {
  case PLACE_DATA_SOURCE:
    buf_add(b, signal_data_source(s));
    return;
  case PLACE_VALUE:
    if (s->has_value && isfinite(s->value)) {
      json_number(s->value, number);
      buf_add(b, number);
    }
    return;
  case PLACE_LEVEL:
    buf_add(b, level_names[a->level]);
    return;
  case PLACE_MESSAGE:
    buf_add(b, signal_message(s));
    return;
  case PLACE_META:
    meta = signal_meta(s, name);
    buf_add(b, meta != NULL ? meta : "");
    return;
  default:
    if (place <= PLACE_TYPE_INSTANCE)
      buf_add(b, signal_field(s, (enum field)(place - PLACE_HOST)));
    return;
  }
}

static void add_text(struct buf *b, const char *text) {
  buf_add(b, text != NULL ? text : "");
}

static void add_page(struct buf *b, const struct message *m,
                     enum placeholder place) {
  const struct incident *i = m->incident;
  const struct page *p = m->page;
  switch (place) {
  case PLACE_EVENT:
    buf_add(b, page_event_names[p->event]);
    return;
  case PLACE_PAGE:
    buf_add(b, p->id);
    return;
  case PLACE_RESPONDER:
    add_text(b, p->responder);
    return;
  case PLACE_CHAIN:
    add_text(b, p->chain);
    return;
  case PLACE_STEP:
    add_int(b, p->step);
    return;
  case PLACE_RUNBOOK:
    add_text(b, i != NULL ? i->runbook : NULL);
    return;
  case PLACE_URL:
    message_add_url(m, b);
    return;
  case PLACE_ACK_URL:
    message_add_ack_url(m, b);
    return;
  case PLACE_ACKNOWLEDGED_BY:
    add_text(b, i != NULL ? i->acknowledged_by : NULL);
    return;
  default: /* PLACE_TREND */
    if (m->alerts_n > 0 && m->trends[0] != NULL)
      trend_spark(m->trends[0], TREND_WIDTH, b);
    return;
  }
}

/* Such may stand outside of quotes. */
static bool is_number(enum placeholder place) {
  return place == PLACE_ID || place == PLACE_ALERTS || place == PLACE_HOSTS ||
         place == PLACE_STEP;
}

static void add_title(struct buf *b, const struct message *m) {
  const struct incident *i = m->incident;
  if (m->update != NULL)
    buf_add(b, m->update->subject);
  else if (i != NULL)
    buf_addf(b, "%s%s", incident_mark(i, i->title), i->title);
  else if (m->silence != NULL)
    buf_addf(b, "Silence %lld ends soon", (long long)m->silence->id);
  else if (m->handover != NULL)
    handover_add_headline(m->handover, b);
  else if (m->digest != NULL)
    digest_add_headline(m->digest, b);
  else if (m->heartbeat != NULL)
    buf_addf(b, "Heartbeat %s", m->heartbeat->name);
}

static void add_value(struct buf *b, const struct message *m,
                      enum placeholder place, const char *name) {
  switch (place) {
  case PLACE_MESSAGE:
    if (m->update != NULL)
      buf_add(b, m->update->body);
    else if (m->alerts_n > 0)
      add_signal(b, m->alerts[0], place, name);
    return;
  case PLACE_TITLE:
    add_title(b, m);
    return;
  case PLACE_HOSTS:
    add_int(b, m->hosts);
    return;
  case PLACE_RULE:
  case PLACE_SEVERITY:
  case PLACE_ID:
  case PLACE_STATUS:
  case PLACE_ALERTS:
  case PLACE_LABEL:
    if (m->incident != NULL)
      incident_add_place(m->incident, place, name, b);
    else if (is_number(place))
      add_int(b, 0);
    return;
  default:
    if (place > PLACE_LABEL)
      add_page(b, m, place);
    else if (m->alerts_n > 0)
      add_signal(b, m->alerts[0], place, name);
    return;
  }
}

static void fill(void *arg, enum placeholder place, const char *name,
                 struct buf *out) {
  const struct filling *f = arg;
  struct buf raw;
  buf_init(&raw, TEXT_MAX);
  if (f->m != NULL)
    add_value(&raw, f->m, place, name);
  else
    buf_add(&raw, is_number(place) ? "1" : "\"x");
  if (raw.err == ERR_NOMEM)
    out->err = raw.err;
  switch (f->content) {
  case CONTENT_JSON:
    add_json(out, buf_text(&raw));
    break;
  case CONTENT_FORM:
    text_add_escaped(out, buf_text(&raw));
    break;
  case CONTENT_PLAIN:
    text_add_visible(out, buf_text(&raw));
    break;
  }
  buf_fini(&raw);
}

enum err format_custom(const struct message *m, const struct webhook *w,
                       char **own_body) {
  struct filling f = {.m = m, .content = w->content};
  struct buf b;
  buf_init(&b, BODY_MAX);
  buf_add(&b, ""); /* an empty body is one, too */
  template_fill(w->body, fill, &f, &b);
  enum err err = buf_take(&b, own_body);
  buf_fini(&b);
  return err;
}

enum err format_check_body(const struct webhook *w, const char **why) {
  char *body = NULL;
  struct json_in *doc = NULL;
  if (w->content != CONTENT_JSON)
    return OK;
  enum err err = format_custom(NULL, w, &body);
  if (err == OK)
    err = json_parse(body, strlen(body), &doc, NULL);
  if (err == ERR_INVALID)
    *why = "is no JSON; placeholders belong in quotes, all but %{id}, "
           "%{alerts}, %{hosts} and %{step}";
  json_in_free(doc);
  free(body);
  return err;
}
