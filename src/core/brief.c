/* SPDX-License-Identifier: MIT */
#include "core/brief_inside.h"

#include "base/span.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define PLAIN_FACT_MAX 200 /* bytes; so that there is room for what fails */
#define PLAIN_LINK_MAX 400

enum err brief_keep(struct buf *b, char *text, size_t size) {
  struct buf cut;
  buf_init(&cut, size + 8);
  markup_add(&cut, MARKUP_NONE, buf_text(b), size - 1);
  enum err err = b->err == ERR_NOMEM ? b->err : cut.err;
  if (err == OK)
    memcpy(text, buf_text(&cut), cut.len + 1);
  buf_fini(&cut);
  buf_clear(b);
  return err;
}

struct making {
  const struct message *m;
  struct brief *b;
  struct buf buf; /* of the fact that is being made */
  enum err err;
};

static void fact(struct making *k, const char *name, const char *link,
                 const char *format, ...) __attribute__((format(printf, 4, 5)));
static void fact(struct making *k, const char *name, const char *link,
                 const char *format, ...) {
  struct brief_fact *f = &k->b->facts[k->b->facts_n];
  char text[2 * BRIEF_FACT];
  va_list ap;
  va_start(ap, format);
  int n = vsnprintf(text, sizeof text, format, ap);
  va_end(ap);
  if (k->err != OK || n <= 0 || k->b->facts_n == BRIEF_FACTS)
    return;
  buf_clear(&k->buf);
  size_t len = strlen(text);
  if ((size_t)n >= sizeof text) { /* perhaps a character is cut in two */
    while (len > 0 && (text[len - 1] & 0xc0) == 0x80)
      len--;
    text[len > 0 ? len - 1 : 0] = '\0';
  }
  buf_add(&k->buf, text);
  k->err = brief_keep(&k->buf, f->text, sizeof f->text);
  f->name = name;
  f->link = link;
  k->b->facts_n++;
}

/* "10:05 UTC": which day it is, people know. */
static void clock_of(wall_ms at, char text[16]) {
  char whole[CLOCK_TEXT];
  clock_print(at, whole);
  snprintf(text, 16, "%.5s UTC", whole + 11);
}

static const char *target_name(const struct target *t) {
  return t->kind == TARGET_RESPONDER  ? t->responder->name
         : t->kind == TARGET_SCHEDULE ? t->schedule->name
                                      : t->webhook->name;
}

static void add_targets(const struct step *s, struct buf *b) {
  for (size_t i = 0; i < s->targets_n; i++)
    buf_addf(b, "%s%s", i > 0 ? ", " : "", target_name(&s->targets[i]));
}

/* Who is paged by the step, by which chain. */
static void say_paged(struct making *k) {
  const struct message *m = k->m;
  const struct page *p = m->page;
  struct buf who;
  if (page_is_notice(p->target)) /* nobody is */
    return;
  buf_init(&who, 4096);
  if (m->chain != NULL && p->step >= 1 && p->step <= m->chain->steps_n &&
      p->event == PAGE_PAGE && p->run != 0)
    add_targets(&m->chain->steps[p->step - 1], &who);
  else if (p->responder != NULL)
    buf_add(&who, p->responder);
  else
    buf_add(&who, p->webhook_name != NULL ? p->webhook_name : "");
  if (who.err == ERR_NOMEM)
    k->err = ERR_NOMEM;
  if (p->chain == NULL)
    fact(k, "Paged", "", "%s", buf_text(&who));
  else if (p->round > 1)
    fact(k, "Paged", "", "%s (chain %s, step %u of %zu, round %u)",
         buf_text(&who), p->chain, p->step,
         m->chain != NULL ? m->chain->steps_n : 0, p->round);
  else
    fact(k, "Paged", "", "%s (chain %s, step %u of %zu)", buf_text(&who),
         p->chain, p->step, m->chain != NULL ? m->chain->steps_n : 0);
  buf_fini(&who);
}

static void say_next(struct making *k) {
  const struct message *m = k->m;
  char span[SPAN_TEXT], at[16];
  struct buf who;
  if (m->next_step_at == WALL_NEVER || m->chain == NULL ||
      m->page->step > m->chain->steps_n)
    return;
  buf_init(&who, 4096);
  add_targets(&m->chain->steps[m->page->step % m->chain->steps_n], &who);
  if (who.err == ERR_NOMEM)
    k->err = ERR_NOMEM;
  span_print_rough(m->next_step_at - m->sent_at, span);
  clock_of(m->next_step_at, at);
  fact(k, "Next", "", "%s in %s (%s)", buf_text(&who), span, at);
  buf_fini(&who);
}

static void say_status(struct making *k) {
  const struct incident *i = k->m->incident;
  char span[SPAN_TEXT];
  if (!incident_is_open(i)) {
    span_print_rough(i->resolved_at - i->declared_at, span);
    fact(k, "Status", "", "resolved by %s after %s",
         i->resolved_by != NULL ? i->resolved_by : "itself", span);
    return;
  }
  span_print_rough(k->m->sent_at - i->declared_at, span);
  bool is_new = k->m->sent_at - i->declared_at < 1000;
  fact(k, "Status", "", "%s%s%s, %s%s%s", status_names[i->status],
       is_new ? "" : " for ", is_new ? "" : span,
       i->acknowledged_by != NULL ? "acknowledged by "
                                  : "nobody has acknowledged",
       i->acknowledged_by != NULL ? i->acknowledged_by : "",
       i->is_paused ? ", paused" : "");
}

/* For whoever hears of it, perhaps the public: nothing of the inside. */
static void say_update(struct making *k) {
  const struct message_update *u = k->m->update;
  if (k->m->incident != NULL)
    fact(k, "Status", "", "%s", status_names[k->m->incident->status]);
  if (u->next_at != NULL && !u->is_withdrawn)
    fact(k, "Next update", "", "%.10s %.5s UTC", u->next_at, u->next_at + 11);
}

static void say_incident(struct making *k) {
  const struct incident *i = k->m->incident;
  struct brief *b = k->b;
  if (k->m->page->event == PAGE_TEST) { /* of no real incident */
    say_paged(k);
    return;
  }
  fact(k, "Severity", "", "%s%s", i->severity, i->is_major ? ", major" : "");
  say_status(k);
  say_paged(k);
  say_next(k);
  if (b->ack[0] != '\0')
    fact(k, "Acknowledge", b->ack, "Acknowledge");
  else if (k->m->page->event == PAGE_PAGE && i->acknowledged_by == NULL &&
           i->id > 0)
    fact(k, "Acknowledge", "", "incidentctl ack %lld", (long long)i->id);
  if (i->runbook != NULL && i->runbook[0] != '\0')
    fact(k, "Runbook", b->runbook, "%s", i->runbook);
  if (i->id > 0)
    fact(k, "Incident", b->url, "%lld", (long long)i->id);
  if (i->alerts_total > 0)
    fact(k, "Alerts", "", "%lld firing of %lld", (long long)i->alerts_firing,
         (long long)i->alerts_total);
  if (i->service != NULL)
    fact(k, "Service", "", "%s", i->service);
  if (i->team != NULL)
    fact(k, "Team", "", "%s", i->team);
}

static void say_silence(struct making *k) {
  const struct silence *s = k->m->silence;
  wall_ms until = silence_until(s, k->m->sent_at);
  char span[SPAN_TEXT], at[16];
  struct buf matches;
  buf_init(&matches, 4096);
  for (size_t i = 0; i < s->matches_n; i++)
    buf_addf(&matches, "%s%s", i > 0 ? " " : "", s->matches[i].text);
  if (matches.err == ERR_NOMEM)
    k->err = ERR_NOMEM;
  fact(k, "Silence", "", "%lld", (long long)s->id);
  fact(k, "Matches", "", "%s", buf_text(&matches));
  buf_fini(&matches);
  if (until != WALL_NEVER) {
    span_print_rough(until - k->m->sent_at, span);
    clock_of(until, at);
    fact(k, "Ends", "", "in %s (%s)", span, at);
  }
  if (s->by != NULL)
    fact(k, "By", "", "%s", s->by);
  if (s->reason != NULL && s->reason[0] != '\0')
    fact(k, "Reason", "", "%s", s->reason);
  fact(k, "Held back", "", "%lld alerts", (long long)s->suppressed);
}

static void say_handover(struct making *k) {
  const struct handover *h = k->m->handover;
  const struct page *p = k->m->page;
  char span[SPAN_TEXT], at[CLOCK_TEXT];
  fact(k, "Schedule", "", "%s", h->schedule);
  fact(k, "On call", "", "%s", p->responder != NULL ? p->responder : "");
  if (h->until != WALL_NEVER) {
    span_print_rough(h->until - k->m->sent_at, span);
    clock_print(h->until, at);
    fact(k, "Until", "", "%.10s %.5s UTC (%s)", at, at + 11, span);
  }
  fact(k, "Open", "", "%lld", (long long)h->open);
}

static void say_digest(struct making *k) {
  say_paged(k);
  fact(k, "Pages", "", "%lld", (long long)k->m->digest->pages);
  fact(k, "All of them", "", "incidentctl list");
}

static void say_heartbeat(struct making *k) {
  char every[SPAN_TEXT];
  span_print(k->m->heartbeat->every, every);
  fact(k, "Every", "", "%s", every);
}

/* A headline begins with the mark of a test; the title need not say it again.
 */
static size_t mark_len(const char *title) {
  size_t len = incident_title_is_test(title) ? strlen(INCIDENT_TEST_MARK) : 0;
  return len + strspn(title + len, " ");
}

static void add_headline(const struct message *m, struct buf *out) {
  const struct incident *i = m->incident;
  if (m->handover != NULL) {
    handover_add_headline(m->handover, out);
    return;
  }
  if (m->digest != NULL) {
    digest_add_headline(m->digest, out);
    return;
  }
  if (m->heartbeat != NULL) {
    buf_addf(out, "Heartbeat %s: incidents are watched", m->heartbeat->name);
    return;
  }
  if (i == NULL) {
    buf_addf(out, "Silence %lld ends soon",
             (long long)(m->silence != NULL ? m->silence->id : 0));
    return;
  }
  if (i->is_test)
    buf_add(out, INCIDENT_TEST_MARK " ");
  if (m->update != NULL) {
    buf_addf(out, "%s%s", m->update->is_withdrawn ? "Withdrawn: " : "",
             m->update->subject);
    return;
  }
  if (m->page->event != PAGE_TEST)
    buf_addf(out, "[%s] ", i->severity);
  if (m->page->event == PAGE_RESOLVED)
    buf_add(out, "Resolved: ");
  else if (m->text != NULL)
    buf_addf(out, "%s: ", m->text);
  else if (m->page->event == PAGE_UPDATE && i->acknowledged_by != NULL)
    buf_addf(out, "Acknowledged by %s: ", i->acknowledged_by);
  else if (m->page->event == PAGE_UPDATE)
    buf_add(out, "Update: ");
  buf_add(out, i->title + mark_len(i->title));
}

static enum err make_links(const struct message *m, struct brief *b) {
  const struct incident *i = m->incident;
  struct buf text;
  buf_init(&text, 8 * LINK_MAX);
  message_add_url(m, &text);
  link_make(buf_text(&text), b->url);
  enum err err = text.err;
  buf_clear(&text);
  message_add_ack_url(m, &text);
  link_make(buf_text(&text), b->ack);
  if (err == OK)
    err = text.err;
  buf_fini(&text);
  if (i != NULL && i->runbook != NULL)
    link_make(i->runbook, b->runbook);
  return err == ERR_CEILING ? OK : err; /* then it is too long for a link */
}

enum err brief_make(const struct message *m, struct brief *b) {
  struct making k = {.m = m, .b = b};
  b->facts_n = 0;
  b->url[0] = b->ack[0] = b->runbook[0] = '\0';
  if (m->update == NULL)
    k.err = make_links(m, b);
  buf_init(&k.buf, 16 * BRIEF_TITLE);
  add_headline(m, &k.buf);
  if (k.err == OK)
    k.err = brief_keep(&k.buf, b->headline, sizeof b->headline);
  if (m->update != NULL)
    say_update(&k);
  else if (m->incident != NULL)
    say_incident(&k);
  else if (m->silence != NULL)
    say_silence(&k);
  else if (m->handover != NULL)
    say_handover(&k);
  else if (m->digest != NULL)
    say_digest(&k);
  else if (m->heartbeat != NULL)
    say_heartbeat(&k);
  buf_fini(&k.buf);
  return k.err;
}

void brief_add_plain(const struct message *m, const struct brief *b, size_t max,
                     struct buf *out) {
  struct buf facts;
  buf_init(&facts, BRIEF_FACTS * (BRIEF_FACT + LINK_MAX + 64));
  for (size_t i = 0; i < b->facts_n; i++) {
    const struct brief_fact *f = &b->facts[i];
    bool is_link = f->link[0] != '\0' && f->link != b->url &&
                   strlen(f->link) <= PLAIN_LINK_MAX;
    buf_addf(&facts, "%s%s: ", i > 0 ? "\n" : "", f->name);
    if (is_link)
      buf_add(&facts, f->link);
    else
      markup_add(&facts, MARKUP_NONE, f->text, PLAIN_FACT_MAX);
  }
  if (facts.err != OK)
    out->err = facts.err;
  size_t start = out->len;
  brief_add_what(m, MARKUP_NONE, "\n", max - facts.len - 1, out);
  buf_addf(out, "%s%s", out->len > start ? "\n" : "", buf_text(&facts));
  buf_fini(&facts);
}

unsigned brief_colour(const struct message *m) {
  static const unsigned colours[] = {[GRAVITY_INFO] = 0x2f80ed,
                                     [GRAVITY_WARNING] = 0xf2c744,
                                     [GRAVITY_ERROR] = 0xe8590c,
                                     [GRAVITY_CRITICAL] = 0xd00000};
  if (m->page->event == PAGE_RESOLVED)
    return 0x2eb67d;
  if (m->page->event == PAGE_PAGE)
    return colours[m->gravity];
  return 0x8a8a8a;
}
