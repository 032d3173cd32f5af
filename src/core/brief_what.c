/* SPDX-License-Identifier: MIT */
/* What is failing: the alerts, or incidents, that a page is about. */
#include "core/brief_inside.h"

#include "base/span.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MORE_MAX 40         /* bytes of "… and N more" */
#define DESCRIPTION_MAX 400 /* bytes; what fails is more important */

/* "failure above 95": which limit the value is beyond. */
static void add_limit(const struct signal *s, enum level level, struct buf *b) {
  double min = level == LEVEL_FAILURE ? s->failure_min : s->warning_min;
  double max = level == LEVEL_FAILURE ? s->failure_max : s->warning_max;
  char number[JSON_NUMBER];
  if (s->value > max)
    json_number(max, number);
  else if (s->value < min)
    json_number(min, number);
  else
    return;
  buf_addf(b, ", %s %s %s", level_names[level],
           s->value > max ? "above" : "below", number);
}

static void add_value(const struct alert *a, struct buf *b) {
  const struct signal *s = a->signal;
  char number[JSON_NUMBER];
  if (s->has_value && isfinite(s->value)) {
    json_number(s->value, number);
    buf_add(b, number);
    size_t before = b->len;
    add_limit(s, a->level, b);
    if (b->len > before || signal_message(s)[0] == '\0')
      return;
    buf_add(b, ", ");
  }
  markup_add(b, MARKUP_NONE, signal_message(s), 300);
}

static void add_state(const struct alert *a, wall_ms now, struct buf *b) {
  const struct alert_extra *held = alert_extra(a);
  char span[SPAN_TEXT];
  switch ((enum alert_state)a->state) {
  case ALERT_FIRING:
    if (now - a->since < 1000)
      break;
    span_print_rough(now - a->since, span);
    buf_addf(b, ", for %s", span);
    break;
  case ALERT_PENDING:
    buf_add(b, ", pending");
    break;
  case ALERT_CLEARING:
    buf_add(b, ", clearing");
    break;
  case ALERT_CLEARED:
  case ALERT_STATES:
    buf_add(b, alert_is_attached(a) ? ", attached" : ", good again");
    break;
  }
  if (a->is_flapping)
    buf_add(b, ", flapping");
  if (held->silence != 0)
    buf_addf(b, ", silenced (%lld)", (long long)held->silence);
  if (held->inhibitor > 0)
    buf_addf(b, ", inhibited by incident %lld", (long long)held->inhibitor);
  else if (held->inhibitor != 0)
    buf_add(b, ", inhibited");
}

enum err brief_alert(const struct message *m, size_t i,
                     char text[BRIEF_ALERT]) {
  const struct alert *a = m->alerts[i];
  const char *source = signal_data_source(a->signal);
  struct buf b, name;
  buf_init(&b, 16384);
  buf_init(&name, 16384);
  signal_add_name(a->signal, &name);
  markup_add(&b, MARKUP_NONE, buf_text(&name), 300);
  enum err err = name.err;
  if (source[0] != '\0' && strcmp(source, "value") != 0) {
    buf_add(&b, " ");
    markup_add(&b, MARKUP_NONE, source, 64);
  }
  buf_add(&b, ": ");
  add_value(a, &b);
  add_state(a, m->sent_at, &b);
  buf_clear(&name);
  if (m->trends[i] != NULL)
    trend_spark(m->trends[i], TREND_WIDTH, &name);
  if (name.len > 0)
    buf_addf(&b, " %s", buf_text(&name));
  if (err == OK)
    err = name.err;
  if (err == OK)
    err = brief_keep(&b, text, BRIEF_ALERT);
  buf_fini(&name);
  buf_fini(&b);
  return err;
}

static enum err brief_incident(const struct message *m, size_t i,
                               char text[BRIEF_ALERT]) {
  struct buf b;
  buf_init(&b, 16384);
  if (m->handover != NULL)
    handover_add_line(m->handover, i, &b);
  else
    digest_add_item(m->digest, i, &b);
  enum err err = brief_keep(&b, text, BRIEF_ALERT);
  buf_fini(&b);
  return err;
}

/* Line by line: a newline would be made visible. */
static void add_lines(const char *text, enum markup markup, const char *between,
                      size_t max, struct buf *out) {
  size_t start = out->len;
  while (*text != '\0' && out->err == OK) {
    size_t len = strcspn(text, "\n");
    size_t used = out->len - start + strlen(between);
    if (used + MORE_MAX > max) {
      buf_add(out, "…");
      return;
    }
    char *line = strndup(text, len);
    if (line == NULL) {
      out->err = ERR_NOMEM;
      return;
    }
    if (out->len > start)
      buf_add(out, between);
    markup_add(out, markup, line, max - used - 8);
    free(line);
    text += len + (text[len] == '\n');
  }
}

void brief_add_what(const struct message *m, enum markup markup,
                    const char *between, size_t max, struct buf *out) {
  if (m->update != NULL) { /* and nothing of what is behind it */
    add_lines(m->update->body, markup, between, max, out);
    return;
  }
  size_t start = out->len, shown = 0;
  bool is_list = m->handover != NULL || m->digest != NULL;
  size_t n = m->handover != NULL ? m->handover->incidents_n
             : m->digest != NULL ? m->digest->items_n
                                 : m->alerts_n;
  int64_t all = m->handover != NULL ? m->handover->open
                : m->digest != NULL ? m->digest->pages
                                    : m->alerts_omitted + (int64_t)n;
  char text[BRIEF_ALERT];
  const char *description =
      m->incident != NULL ? m->incident->description : NULL;
  if (description != NULL && description[0] != '\0') {
    markup_add(out, markup, description, DESCRIPTION_MAX);
  }
  for (; shown < n && out->err == OK; shown++) {
    struct buf line;
    buf_init(&line, 8 * BRIEF_ALERT);
    enum err err =
        is_list ? brief_incident(m, shown, text) : brief_alert(m, shown, text);
    if (err == OK)
      markup_add(&line, markup, text, max);
    if (err == OK)
      err = line.err;
    bool fits = out->len - start + line.len + strlen(between) + MORE_MAX <= max;
    if (err != OK)
      out->err = err;
    else if (fits)
      buf_addf(out, "%s%s", out->len > start ? between : "", buf_text(&line));
    buf_fini(&line);
    if (!fits)
      break;
  }
  int64_t more = all - (int64_t)shown;
  if (more > 0)
    buf_addf(out, "%s… and %lld more", out->len > start ? between : "",
             (long long)more);
}
