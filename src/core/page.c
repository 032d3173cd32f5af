/* SPDX-License-Identifier: MIT */
#include "core/page.h"

#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const page_event_names[PAGE_EVENTS] = {
    "incident.page", "incident.update", "incident.resolved", "incident.test",
    "heartbeat"};
const char *const page_state_names[PAGE_STATES] = {
    "pending", "sending", "delivered", "failed", "cancelled"};

#define BACKOFF_FIRST_MS 1000
#define BACKOFF_MAX_MS 60000
#define SILENCE_TARGET "silence:"
#define SCHEDULE_TARGET "schedule:"

const char *page_refusal(const struct page *p, bool is_open) {
  if (p->incident == 0)
    return "it is of no incident";
  if (page_is_unfinished(p))
    return "it is on its way";
  if (!is_open && p->event != PAGE_RESOLVED)
    return "its incident is resolved";
  return NULL;
}

static bool begins_with(const char *target, const char *with) {
  return target != NULL && strncmp(target, with, strlen(with)) == 0;
}

bool page_is_digest(const struct page *p) {
  return p->incident == 0 &&
         (p->event == PAGE_PAGE || p->event == PAGE_UPDATE) &&
         begins_with(p->target, "responder:");
}

bool page_is_replaced(const struct page *p) {
  return p->state == PAGE_CANCELLED && p->error != NULL &&
         strcmp(p->error, PAGE_REPLACED) == 0;
}

bool page_is_notice(const char *target) {
  return begins_with(target, "notify:") || begins_with(target, PAGE_STATEMENT);
}

bool page_stands_alone(const char *target) {
  return begins_with(target, PAGE_REMINDER) ||
         begins_with(target, PAGE_STATEMENT) || begins_with(target, PAGE_ROLE);
}

void page_fini(struct page *p) {
  free(p->webhook_name);
  free(p->responder);
  free(p->chain);
  free(p->target);
  free(p->error);
  free(p->response);
  free(p->tries);
  free(p->content);
}

/* ---- attempts ---- */

/* They are kept as JSON, an object a line, so that one more is added without a
 * look at the others. */

static void print_attempt(unsigned attempt, wall_ms at, int http_status,
                          const char *error, const char *response,
                          struct json *j) {
  char cut[PAGE_TRY_RESPONSE + 1];
  json_object(j);
  json_put_int(j, "attempt", attempt);
  json_put_time(j, "at", at);
  json_key(j, "http_status");
  if (http_status > 0)
    json_int(j, http_status);
  else
    json_null(j);
  json_put_text(j, "error", error);
  if (response != NULL)
    text_clean(cut, sizeof cut, response, strlen(response));
  json_put_text(j, "response", response != NULL ? cut : NULL);
  json_object_end(j);
}

static char *next_line(char *text) {
  text += strcspn(text, "\n");
  return *text != '\0' ? text + 1 : text;
}

/* Makes room for one more. */
static void drop_attempt(char *tries) {
  char *line = tries, *after_first = tries;
  size_t n = 0;
  for (; *line != '\0'; line = next_line(line)) {
    if (n++ == PAGE_TRIES_FIRST)
      after_first = line;
  }
  if (n < PAGE_TRIES_MAX)
    return;
  const char *rest = next_line(after_first);
  memmove(after_first, rest, strlen(rest) + 1);
}

void page_note_attempt(struct page *p, wall_ms at, int http_status,
                       const char *error, const char *response) {
  char *line = NULL;
  struct json *j = json_new();
  if (j == NULL)
    return;
  print_attempt(p->attempts, at, http_status, error, response, j);
  if (json_done(j, &line) == OK) {
    if (p->tries != NULL)
      drop_attempt(p->tries);
    size_t had = p->tries != NULL ? strlen(p->tries) : 0;
    size_t size = had + strlen(line) + 2;
    char *all = realloc(p->tries, size);
    if (all != NULL) {
      snprintf(all + had, size - had, "%s\n", line);
      p->tries = all;
    }
    free(line);
  }
  json_free(j);
}

void page_print_attempts(const struct page *p, struct json *j) {
  char *lines = p->tries != NULL ? strdup(p->tries) : NULL;
  if (p->tries != NULL && lines == NULL)
    json_fail(j, ERR_NOMEM);
  json_array(j);
  for (char *line = lines, *next; line != NULL && *line != '\0'; line = next) {
    struct json_in *doc = NULL;
    next = next_line(line);
    line[strcspn(line, "\n")] = '\0';
    if (json_parse(line, strlen(line), &doc, NULL) == OK)
      json_raw(j, line);
    json_in_free(doc);
  }
  if (p->state == PAGE_DELIVERED)
    print_attempt(p->attempts, p->delivered_at, p->http_status, NULL,
                  p->response, j);
  json_array_end(j);
  free(lines);
}

int64_t page_silence(const struct page *p) {
  const size_t n = sizeof SILENCE_TARGET - 1;
  if (p->incident != 0 || strncmp(p->target, SILENCE_TARGET, n) != 0)
    return 0;
  return strtoll(p->target + n, NULL, 10);
}

void page_name_silence(int64_t id, char *target, size_t size) {
  snprintf(target, size, SILENCE_TARGET "%lld", (long long)id);
}

const char *page_schedule(const struct page *p) {
  const size_t n = sizeof SCHEDULE_TARGET - 1;
  if (p->incident != 0 || p->event != PAGE_UPDATE ||
      strncmp(p->target, SCHEDULE_TARGET, n) != 0)
    return NULL;
  return p->target + n;
}

void page_name_schedule(const char *name, char *target, size_t size) {
  snprintf(target, size, SCHEDULE_TARGET "%s", name);
}

span_ms page_backoff(unsigned attempts, span_ms retry_after, double jitter) {
  span_ms wait = BACKOFF_FIRST_MS;
  for (unsigned i = 1; i < attempts && wait < BACKOFF_MAX_MS; i++)
    wait *= 2;
  if (wait > BACKOFF_MAX_MS)
    wait = BACKOFF_MAX_MS;
  wait += (span_ms)((double)wait * jitter);
  return wait > retry_after ? wait : retry_after;
}
