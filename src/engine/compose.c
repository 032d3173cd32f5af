/* SPDX-License-Identifier: MIT */
#include "engine/compose.h"

#include "base/hash.h"
#include "core/digest.h"
#include "core/format.h"
#include "engine/evidence.h"
#include "engine/tally.h"

#include <stdio.h>
#include <string.h>

static bool is_before(const struct alert *a, const struct alert *b) {
  bool a_lives = alert_is_live(a), b_lives = alert_is_live(b);
  if (a_lives != b_lives)
    return a_lives;
  if (a->level != b->level)
    return a->level > b->level;
  return a->since > b->since;
}

static void pick_alerts(const struct casefile *c, struct message *m) {
  for (const struct alert *a = c->alerts; a != NULL; a = a->next) {
    size_t at = m->alerts_n;
    while (at > 0 && is_before(a, m->alerts[at - 1]))
      at--;
    if (at == MESSAGE_ALERTS_MAX)
      continue;
    if (m->alerts_n < MESSAGE_ALERTS_MAX)
      m->alerts_n++;
    memmove(&m->alerts[at + 1], &m->alerts[at],
            (m->alerts_n - 1 - at) * sizeof m->alerts[0]);
    m->alerts[at] = a;
  }
  m->alerts_omitted = c->incident.alerts_total - (int64_t)m->alerts_n;
  if (m->alerts_omitted < 0)
    m->alerts_omitted = 0;
}

/* Without memory those that could be counted. */
static int64_t count_hosts(const struct casefile *c) {
  struct tally hosts = {0};
  for (const struct alert *a = c->alerts; a != NULL; a = a->next) {
    const char *host = signal_field(a->signal, FIELD_HOST);
    if (alert_is_firing(a))
      (void)tally_add(&hosts, hash_bytes(host, strlen(host)));
  }
  int64_t n = (int64_t)hosts.n;
  tally_fini(&hosts);
  return n;
}

static wall_ms next_step_at(const struct run *r) {
  if (r == NULL || r->state != RUN_RUNNING || r->chain == NULL ||
      r->step == 0 || r->casefile->incident.is_paused)
    return WALL_NEVER;
  if (r->step == r->chain->steps_n && r->round > r->chain->repeat)
    return WALL_NEVER;
  return run_open_at(r, run_hours(r),
                     r->step_at + r->chain->steps[r->step - 1].wait);
}

/* What is open, for whoever has come on call. */
static void fill_handover(const struct book *b, const struct duty_roster *duty,
                          const char *name, wall_ms now, struct handover *h) {
  const struct schedule *s = settings_schedule(b->settings, name);
  *h = (struct handover){.schedule = name, .until = WALL_NEVER};
  if (s != NULL)
    h->until = duty_until(duty, s, now);
  for (const struct casefile *c = b->casefiles; c != NULL; c = c->next)
    if (incident_is_open(&c->incident))
      handover_add(h, b->settings, &c->incident);
}

/* Of the worst incident in it, if anybody is paged about one. */
static enum gravity gravity_of(const struct settings *s,
                               const struct digest *d) {
  if (d->items_n == 0 || d->items[0].event != PAGE_PAGE)
    return GRAVITY_INFO;
  const struct severity *worst = settings_severity(s, d->items[0].severity);
  return settings_gravity(s, d->items[0].severity,
                          worst != NULL && worst->is_major);
}

/* Of a notice. */
static const char *text_of(const struct json_in *content) {
  const char *text = json_at_text(content, "text", "");
  return text[0] != '\0' ? text : NULL;
}

/* True: it tells what a person has to say. */
static bool read_update(const struct json_in *content,
                        struct message_update *u) {
  const struct json_in *v = json_at(content, "update");
  if (v == NULL)
    return false;
  *u = (struct message_update){.id = json_at_int(v, "id", 0),
                               .subject = json_at_text(v, "subject", ""),
                               .body = json_at_text(v, "body", ""),
                               .wording = json_at_text(v, "template", NULL),
                               .by = json_at_text(v, "by", NULL),
                               .next_at = json_at_text(v, "next_at", NULL),
                               .is_withdrawn =
                                   json_at_bool(v, "withdrawn", false)};
  return true;
}

/* Pages about an incident that name a responder go to those on it: paged by a
 * chain or by hand, who acknowledged, have a role or a task. All others hear
 * that there is something, and what somebody has addressed to them. */
static bool is_withheld(const struct page *page) {
  return page->casefile->incident.is_private && page->responder == NULL;
}

static void tell_incident(const struct book *b, const struct page *page,
                          const struct run *run, struct message *m) {
  m->incident = &page->casefile->incident;
  pick_alerts(page->casefile, m);
  if (page->webhook->format == FORMAT_CUSTOM)
    m->hosts = count_hosts(page->casefile);
  for (size_t i = 0; i < m->alerts_n; i++)
    m->trends[i] = evidence_trend(b, m->alerts[i]);
  if (page->event == PAGE_PAGE)
    m->next_step_at = next_step_at(run);
}

/* veiled: of the incident. */
static void tell_veiled(const struct incident *veiled, struct message *m) {
  m->incident = veiled;
  m->chat_url = m->call_url = NULL;
  if (m->update == NULL)
    m->text = NULL;
}

enum err compose_page(const struct book *b, const struct duty_roster *duty,
                      const struct page *page, const struct run *run,
                      wall_ms now, char **own_body) {
  const struct settings *s = b->settings;
  const struct chain *chain =
      page->chain != NULL ? settings_chain(s, page->chain) : NULL;
  const char *schedule = page_schedule(page);
  struct incident test, veiled;
  struct handover handover;
  struct digest digest = {0};
  struct message m = {.page = page,
                      .chain = chain,
                      .ledger_id = b->ledger_id,
                      .next_step_at = WALL_NEVER,
                      .sent_at = now,
                      .base_url = s->base_url,
                      .chat_url = s->chat_url,
                      .call_url = s->call_url};
  struct json_in *content = NULL;
  struct message_update update;
  incident_init(&test);
  if (page->casefile != NULL && page->content != NULL)
    (void)json_parse(page->content, strlen(page->content), &content, NULL);
  m.text = text_of(content); /* without memory it says less */
  if (read_update(content, &update))
    m.update = &update;
  if (page->casefile != NULL && is_withheld(page)) {
    veiled = incident_veil(&page->casefile->incident);
    tell_veiled(&veiled, &m);
  } else if (page->casefile != NULL) {
    tell_incident(b, page, run, &m);
  } else if (page_silence(page) != 0) {
    m.silence = book_silence(b, page_silence(page));
  } else if (schedule != NULL) {
    fill_handover(b, duty, schedule, now, &handover);
    m.handover = &handover;
  } else if (page_is_digest(page)) {
    enum err err = digest_read(page->content, &digest);
    if (err != OK)
      return err;
    m.digest = &digest;
    m.gravity = gravity_of(s, &digest);
  } else {
    enum err err = message_test_incident(now, &test);
    if (err != OK)
      return err;
    m.incident = &test;
  }
  if (m.incident != NULL)
    m.gravity = settings_gravity(s, m.incident->severity, m.incident->is_major);
  enum err err = format_print(&m, page->webhook, own_body);
  json_in_free(content);
  incident_fini(&test);
  digest_fini(&digest);
  return err;
}

enum err compose_heartbeat(const struct book *b, const struct heartbeat *h,
                           const char *id, unsigned attempt, wall_ms now,
                           char **own_body) {
  struct page page = {.event = PAGE_HEARTBEAT, .attempts = attempt};
  const struct message m = {.page = &page,
                            .heartbeat = h,
                            .ledger_id = b->ledger_id,
                            .next_step_at = WALL_NEVER,
                            .sent_at = now,
                            .base_url = b->settings->base_url};
  snprintf(page.id, sizeof page.id, "%s", id);
  return format_print(&m, h->webhook, own_body);
}
