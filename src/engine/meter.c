/* SPDX-License-Identifier: MIT */
#include "engine/meter.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

void meter_init(struct meter *m) {
  pthread_mutex_init(&m->lock, NULL);
  m->is_set = false;
}

void meter_set(struct meter *m, const struct meter_figures *f) {
  pthread_mutex_lock(&m->lock);
  m->figures = *f;
  m->is_set = true;
  pthread_mutex_unlock(&m->lock);
}

bool meter_get(struct meter *m, struct meter_figures *f) {
  pthread_mutex_lock(&m->lock);
  bool is_set = m->is_set;
  if (is_set)
    *f = m->figures;
  pthread_mutex_unlock(&m->lock);
  return is_set;
}

/* ---- counting ---- */

static struct meter_severity *add_severity(struct meter_figures *f,
                                           const char *name) {
  if (f->severities_n == METER_SEVERITIES)
    return NULL;
  struct meter_severity *s = &f->severities[f->severities_n++];
  snprintf(s->name, sizeof s->name, "%s", name);
  return s;
}

/* One that is gone from the configuration comes after those that are there. */
static void count_severity(struct meter_figures *f, const char *name) {
  size_t i = 0;
  while (i < f->severities_n && strncmp(f->severities[i].name, name,
                                        sizeof f->severities[i].name - 1) != 0)
    i++;
  struct meter_severity *s =
      i < f->severities_n ? &f->severities[i] : add_severity(f, name);
  if (s != NULL)
    s->open++;
}

static void count_page(struct meter_figures *f, const struct page *p) {
  wall_ms since = p->due_at != WALL_NEVER ? p->due_at : p->created_at;
  if (p->is_delayed || !page_is_unfinished(p))
    return;
  f->undelivered++;
  if (since < f->oldest)
    f->oldest = since;
}

void meter_count(struct meter_figures *f, const struct book *b,
                 const struct pager *p) {
  memset(f, 0, sizeof *f);
  f->oldest = WALL_NEVER;
  for (size_t i = 0; i < b->settings->severities_n; i++)
    (void)add_severity(f, b->settings->severities[i]->name);
  for (const struct casefile *c = b->casefiles; c != NULL; c = c->next) {
    for (const struct page *page = c->pages_first; page != NULL;
         page = page->next)
      count_page(f, page);
    if (!incident_is_open(&c->incident) || c->incident.is_test)
      continue;
    f->open++;
    f->unacknowledged += c->incident.acknowledged_by == NULL;
    count_severity(f, c->incident.severity);
  }
  for (const struct page *page = b->tests_first; page != NULL;
       page = page->next)
    count_page(f, page);
  for (size_t i = 0; i < b->alert_buckets; i++)
    for (const struct alert *a = b->alert_table[i]; a != NULL;
         a = a->bucket_next)
      f->alerts[a->state]++;
  f->counts = p->counts;
  f->webhooks_failing = pager_count_reported(p);
  f->chains_unreachable = (int64_t)p->cut_off.n;
}

/* ---- what they are called ---- */

struct teller {
  void (*each)(void *arg, const struct meter_value *v);
  void *arg;
  const char *plugin_instance;
};

static void gauge(const struct teller *t, const char *type,
                  const char *type_instance, double value) {
  const struct meter_value v = {.plugin_instance = t->plugin_instance,
                                .type = type,
                                .type_instance = type_instance,
                                .gauge = value};
  t->each(t->arg, &v);
}

static void derive(const struct teller *t, const char *type_instance,
                   uint64_t value) {
  const struct meter_value v = {.plugin_instance = t->plugin_instance,
                                .type = "derive",
                                .type_instance = type_instance,
                                .is_derive = true,
                                .derive = (int64_t)value};
  t->each(t->arg, &v);
}

static void tell_incidents(struct teller *t, const struct meter_figures *f) {
  t->plugin_instance = "incidents";
  gauge(t, "count", "open", (double)f->open);
  gauge(t, "count", "unacknowledged", (double)f->unacknowledged);
  t->plugin_instance = "severity";
  for (size_t i = 0; i < f->severities_n; i++)
    gauge(t, "count", f->severities[i].name, (double)f->severities[i].open);
  t->plugin_instance = "alerts";
  for (int i = 0; i < ALERT_STATES; i++)
    if (i != ALERT_CLEARED)
      gauge(t, "count", alert_state_names[i], (double)f->alerts[i]);
}

static void tell_pages(struct teller *t, const struct meter_figures *f,
                       const struct meter_figures *before, wall_ms now) {
  const struct spread *then = &before->counts.delays;
  double age = f->oldest < now ? (double)(now - f->oldest) / 1000 : 0;
  t->plugin_instance = "pages";
  for (int i = 0; i < PAGE_STATES; i++)
    if (i != PAGE_PENDING && i != PAGE_SENDING)
      derive(t, page_state_names[i], f->counts.ended[i]);
  derive(t, "retried", f->counts.retried);
  gauge(t, "count", "undelivered", (double)f->undelivered);
  gauge(t, "duration", "oldest_undelivered", age);
  gauge(t, "latency", "p50",
        spread_quantile(&f->counts.delays, then, 0.5) / 1000);
  gauge(t, "latency", "p99",
        spread_quantile(&f->counts.delays, then, 0.99) / 1000);
  t->plugin_instance = "webhooks";
  gauge(t, "count", "failing", (double)f->webhooks_failing);
  t->plugin_instance = "chains";
  gauge(t, "count", "unreachable", (double)f->chains_unreachable);
}

void meter_each(const struct meter_figures *f,
                const struct meter_figures *before,
                const struct meter_surroundings *s,
                void (*each)(void *arg, const struct meter_value *v),
                void *arg) {
  struct teller t = {.each = each, .arg = arg};
  tell_incidents(&t, f);
  tell_pages(&t, f, before, s->now);
  t.plugin_instance = "intake";
  gauge(&t, "bytes", "used", (double)s->intake.bytes);
  derive(&t, "accepted", s->intake.accepted);
  derive(&t, "refused_okay", s->intake.refused_okay);
  derive(&t, "refused_warning", s->intake.refused_warning);
  derive(&t, "refused_failure", s->intake.refused_failure);
  t.plugin_instance = "ledger";
  gauge(&t, "bytes", "size",
        s->ledger_bytes >= 0 ? (double)s->ledger_bytes : NAN);
  gauge(&t, "gauge", "degraded", f->is_degraded);
}
