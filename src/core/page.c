/* SPDX-License-Identifier: MIT */
#include "core/page.h"

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

bool page_is_notice(const char *target) {
  return begins_with(target, "notify:") || begins_with(target, PAGE_STATEMENT);
}

bool page_stands_alone(const char *target) {
  return begins_with(target, PAGE_REMINDER) ||
         begins_with(target, PAGE_STATEMENT);
}

void page_fini(struct page *p) {
  free(p->webhook_name);
  free(p->responder);
  free(p->chain);
  free(p->target);
  free(p->error);
  free(p->response);
  free(p->content);
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
