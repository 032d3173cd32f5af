/* SPDX-License-Identifier: MIT */
#include "core/format_inside.h"

#include <string.h>
#include <strings.h>

const char *const format_names[FORMATS] = {"incident",     "pagerduty", "slack",
                                           "discord",      "teams",     "ntfy",
                                           "alertmanager", "custom"};

static format_put *const puts_of[FORMATS] = {
    [FORMAT_PAGERDUTY] = format_pagerduty,
    [FORMAT_SLACK] = format_slack,
    [FORMAT_DISCORD] = format_discord,
    [FORMAT_TEAMS] = format_teams,
    [FORMAT_NTFY] = format_ntfy,
    [FORMAT_ALERTMANAGER] = format_alertmanager};

void format_put_marked(struct json *j, const char *key, enum markup markup,
                       const char *text, size_t max) {
  struct buf b;
  buf_init(&b, max + 16);
  markup_add(&b, markup, text, max);
  format_put_buf(j, key, &b);
  buf_fini(&b);
}

void format_put_buf(struct json *j, const char *key, const struct buf *b) {
  json_put_text(j, key, buf_text(b));
  json_fail(j, b->err);
}

void format_add_fact(const struct brief *b, const struct brief_fact *f,
                     enum markup markup, size_t max, struct buf *out) {
  const char *label = f->link == b->url       ? f->text
                      : f->link == b->runbook ? "Open"
                                              : f->name;
  if (f->link[0] != '\0' && strlen(f->link) + strlen(label) + 4 <= max)
    markup_add_link(out, markup, label, f->link);
  else
    markup_add(out, markup, f->text, max);
}

static enum err print(const struct message *m, const struct webhook *w,
                      char **own_body) {
  struct brief b;
  struct json *j = json_new();
  if (j == NULL)
    return ERR_NOMEM;
  enum err err = brief_make(m, &b);
  if (err == OK) {
    puts_of[w->format](m, w, &b, j);
    err = json_done(j, own_body);
  }
  json_free(j);
  return err;
}

enum err format_print(const struct message *m, const struct webhook *w,
                      char **own_body) {
  if (w->format == FORMAT_CUSTOM)
    return format_custom(m, w, own_body);
  if (puts_of[w->format] == NULL)
    return message_print(m, own_body);
  return print(m, w, own_body);
}

const char *format_content_type(const struct webhook *w) {
  if (w->format == FORMAT_CUSTOM && w->content_type[0] != '\0')
    return w->content_type;
  return "application/json";
}

/* ---- answers ---- */

static enum format_verdict judge_slack(const char *body, size_t len,
                                       const struct json_in *doc) {
  /* Errors of Slack's side that pass. */
  static const char *const passing[] = {"rollup_error",        "internal_error",
                                        "fatal_error",         "server_error",
                                        "service_unavailable", "rate_limited"};
  if (len == 0 || (len == 2 && strncasecmp(body, "ok", 2) == 0))
    return FORMAT_TAKEN;
  if (body[0] == '{') /* Rocket.Chat's {"success":true} and the like */
    return json_at_bool(doc, "ok", true) && json_at_bool(doc, "success", true)
               ? FORMAT_TAKEN
               : FORMAT_REFUSED;
  for (size_t i = 0; i < sizeof passing / sizeof passing[0]; i++)
    if (strlen(passing[i]) == len && strncmp(body, passing[i], len) == 0)
      return FORMAT_TAKE_LATER;
  return FORMAT_REFUSED;
}

/* A connector answers 200 with "1", or with a sentence about what failed:
 * "Webhook message delivery failed with error: Microsoft Teams endpoint
 * returned HTTP error 429 with ContextId …". */
static enum format_verdict judge_teams(const char *body) {
  if (strcasestr(body, "failed") == NULL && strcasestr(body, "error") == NULL)
    return FORMAT_TAKEN;
  const char *code = strcasestr(body, "HTTP error ");
  if (code != NULL && (strncmp(code + 11, "429", 3) == 0 || code[11] == '5'))
    return FORMAT_TAKE_LATER;
  return FORMAT_REFUSED;
}

enum format_verdict format_judge(enum format format, const char *body) {
  struct json_in *doc = NULL;
  enum format_verdict verdict = FORMAT_TAKEN;
  body += strspn(body, " \t\r\n");
  size_t len = strlen(body);
  while (len > 0 && strchr(" \t\r\n", body[len - 1]) != NULL)
    len--;
  if (format == FORMAT_TEAMS)
    return judge_teams(body);
  if (format != FORMAT_SLACK && format != FORMAT_PAGERDUTY)
    return FORMAT_TAKEN;
  if (len > 0 && body[0] == '{')
    (void)json_parse(body, len, &doc, NULL);
  if (format == FORMAT_SLACK)
    verdict = judge_slack(body, len, doc);
  else if (strcmp(json_at_text(doc, "status", "success"), "success") != 0)
    verdict = FORMAT_REFUSED;
  json_in_free(doc);
  return verdict;
}
