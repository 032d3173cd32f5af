/* SPDX-License-Identifier: MIT */
#include "account.h"

#include "base/json.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PRINTED 20

static const char *const events[EVENTS] = {"page", "update", "resolved"};
static const int64_t steps[HOOKS] = {1, 1, 2, 3};

__attribute__((format(printf, 2, 3))) static void
fault(struct account *a, const char *format, ...) {
  va_list ap;
  if (a->faults++ >= PRINTED)
    return;
  va_start(ap, format);
  vprintf(format, ap);
  va_end(ap);
  printf("\n");
}

static int event_of(const char *name) {
  for (int i = 0; i < EVENTS; i++)
    if (strncmp(name, "incident.", 9) == 0 && strcmp(name + 9, events[i]) == 0)
      return i;
  return -1;
}

/* The title is the host's name, "hN". */
static struct host *host_of(struct account *a, const struct json_in *doc) {
  const char *title = json_at_text(doc, "incident.title", "");
  size_t n = title[0] == 'h' ? (size_t)strtoul(title + 1, NULL, 10) : SIZE_MAX;
  return n < a->hosts_n ? &a->hosts[n] : NULL;
}

static void read_letter(struct account *a, int hook, struct host *h, int event,
                        const struct json_in *doc,
                        const struct sink_request *r) {
  struct letter *l = &h->letters[hook][event];
  const char *id = json_at_text(doc, "id", "");
  int64_t incident = json_at_int(doc, "incident.id", 0);
  char header[64];
  unsigned long number = (unsigned long)(h - a->hosts);
  if (!sink_header(r, "webhook-id", header, sizeof header) ||
      strcmp(header, id) != 0 || strlen(id) >= sizeof l->id || id[0] == '\0')
    fault(a, "h%lu: %s to hook %d has no id", number, events[event], hook);
  if (h->bad == TOLD_NOT)
    fault(a, "h%lu: a %s of what never failed", number, events[event]);
  if (h->incident != 0 && h->incident != incident)
    fault(a, "h%lu: incident %lld and %lld", number, (long long)h->incident,
          (long long)incident);
  h->incident = incident;
  if (event == EVENT_PAGE &&
      (json_at_int(doc, "escalation.step", 0) != steps[hook] ||
       json_at_int(doc, "escalation.round", 0) != 1))
    fault(a, "h%lu: a page of another step to hook %d", number, hook);
  if (l->id[0] == '\0') {
    snprintf(l->id, sizeof l->id, "%s", id);
    l->first_ns = r->at_ns;
  } else if (strcmp(l->id, id) != 0) {
    fault(a, "h%lu: %s to hook %d under two ids, %s and %s", number,
          events[event], hook, l->id, id);
  } else {
    l->twins++;
    a->twins++;
  }
  l->is_taken = l->is_taken || r->is_taken;
}

static void read_request(struct account *a, int hook,
                         const struct sink_request *r) {
  struct json_in *doc = NULL;
  a->requests++;
  if (json_parse(r->body, r->body_len, &doc, NULL) != OK) {
    fault(a, "hook %d got no JSON: %s", hook, r->body);
    return;
  }
  int event = event_of(json_at_text(doc, "event", ""));
  struct host *h = host_of(a, doc);
  if (event < 0 || h == NULL)
    fault(a, "hook %d got what is nobody's: %s", hook, r->body);
  else
    read_letter(a, hook, h, event, doc, r);
  json_in_free(doc);
}

void account_read(struct account *a) {
  for (int i = 0; i < HOOKS; i++)
    for (size_t n = sink_count(a->sinks[i]); a->read[i] < n; a->read[i]++)
      read_request(a, i, sink_request(a->sinks[i], a->read[i]));
}

/* ---- what is owed ---- */

static bool is_owed(const struct host *h, int hook, int event) {
  bool is_paged = h->letters[hook][EVENT_PAGE].is_taken;
  switch (event) {
  case EVENT_PAGE:
    return h->bad == TOLD_SURE && h->good == TOLD_NOT && h->ack == TOLD_NOT;
  case EVENT_UPDATE: /* what is over replaces what is acknowledged */
    return h->ack == TOLD_SURE && h->good == TOLD_NOT && is_paged;
  default:
    return h->good == TOLD_SURE && is_paged;
  }
}

unsigned account_owed(const struct account *a, bool prints) {
  unsigned owed = 0;
  for (size_t i = 0; i < a->hosts_n; i++)
    for (int hook = 0; hook < HOOKS; hook++)
      for (int event = 0; event < EVENTS; event++) {
        if (a->hosts[i].letters[hook][event].is_taken ||
            !is_owed(&a->hosts[i], hook, event))
          continue;
        if (prints && owed < PRINTED)
          printf("h%zu (incident %lld): lost, the %s to hook %d\n", i,
                 (long long)a->hosts[i].incident, events[event], hook);
        owed++;
      }
  return owed;
}

/* ---- at the end ---- */

static int by_id(const void *a, const void *b) {
  const struct letter *const *x = a, *const *y = b;
  return strcmp((*x)->id, (*y)->id);
}

static void find_shared_ids(struct account *a) {
  size_t n = 0;
  const struct letter **all =
      calloc(a->hosts_n * HOOKS * EVENTS + 1, sizeof *all);
  if (all == NULL) {
    fault(a, "out of memory");
    return;
  }
  for (size_t i = 0; i < a->hosts_n; i++)
    for (int k = 0; k < HOOKS * EVENTS; k++) {
      const struct letter *l = &a->hosts[i].letters[k / EVENTS][k % EVENTS];
      if (l->id[0] != '\0')
        all[n++] = l;
    }
  qsort(all, n, sizeof *all, by_id);
  for (size_t i = 1; i < n; i++)
    if (strcmp(all[i - 1]->id, all[i]->id) == 0)
      fault(a, "two pages have the id %s", all[i]->id);
  free(all);
}

static void check_times(struct account *a, size_t host, int hook) {
  const struct host *h = &a->hosts[host];
  const struct letter *page = &h->letters[hook][EVENT_PAGE];
  const struct letter *over = &h->letters[hook][EVENT_RESOLVED];
  if (page->id[0] == '\0')
    return;
  if (over->id[0] != '\0' && over->first_ns < page->first_ns)
    fault(a, "h%zu: paged hook %d after it was told that it is over", host,
          hook);
  if (h->ack == TOLD_SURE && page->first_ns > h->acked_ns)
    fault(a, "h%zu (incident %lld): paged hook %d, %lld ms too late for an ack",
          host, (long long)h->incident, hook,
          (long long)(page->first_ns - h->acked_ns) / 1000000);
}

void account_start(struct account *a) {
  int64_t now = clock_mono_ns();
  for (size_t i = 0; i < a->hosts_n; i++) {
    struct host *h = &a->hosts[i];
    if (h->ack == TOLD_SURE && (h->acked_ns == 0 || h->acked_ns > now))
      h->acked_ns = now;
  }
}

void account_close(struct account *a) {
  find_shared_ids(a);
  for (size_t i = 0; i < a->hosts_n; i++)
    for (int hook = 0; hook < HOOKS; hook++)
      check_times(a, i, hook);
}
