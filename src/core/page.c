/* SPDX-License-Identifier: MIT */
#include "core/page.h"

#include <stdlib.h>

const char *const page_event_names[PAGE_EVENTS] = {
    "incident.page", "incident.update", "incident.resolved", "incident.test"};
const char *const page_state_names[PAGE_STATES] = {
    "pending", "sending", "delivered", "failed", "cancelled"};

#define BACKOFF_FIRST_MS 1000
#define BACKOFF_MAX_MS 60000

void page_fini(struct page *p) {
  free(p->webhook_name);
  free(p->responder);
  free(p->chain);
  free(p->target);
  free(p->error);
  free(p->response);
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
