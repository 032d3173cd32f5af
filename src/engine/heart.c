/* SPDX-License-Identifier: MIT */
#include "engine/heart.h"

#include "base/ulid.h"
#include "engine/compose.h"
#include "engine/pager_inside.h"

#include <stdlib.h>
#include <string.h>

/* Ticks come a little early, too. */
#define SLACK_MS 100

struct beat {
  const struct heartbeat *of;
  char id[ULID_TEXT];
  unsigned attempts;
  wall_ms due;      /* the next one */
  wall_ms retry_at; /* this one again; WALL_NEVER: no */
  bool is_sending;
};

/* ---- the tick ---- */

void pacemaker_init(struct pacemaker *m) {
  atomic_init(&m->due, WALL_NEVER);
  atomic_init(&m->set, 0);
}

void pacemaker_tick(struct pacemaker *m, struct intake *q, wall_ms now) {
  static const char *const fields[FIELDS] = {"", "incident", "", "heartbeat",
                                             ""};
  uint64_t memory[SIGNAL_BYTES_MAX / sizeof(uint64_t)];
  struct packer p;
  wall_ms due = atomic_load(&m->due);
  if (due == WALL_NEVER ||
      (now + SLACK_MS < due && now + SLACK_MS >= atomic_load(&m->set)))
    return; /* if the clock was set back, the engine says anew */
  signal_begin(&p, memory);
  p.signal->kind = SIGNAL_BEAT;
  p.signal->level = LEVEL_FAILURE; /* taken until the intake is full */
  p.signal->received = p.signal->sent = now;
  for (int f = 0; f < FIELDS; f++)
    signal_add(&p, fields[f], strlen(fields[f]));
  signal_end(&p, false);
  (void)intake_offer(q, p.signal);
}

static void set_pace(struct heart *h, wall_ms now) {
  wall_ms due = WALL_NEVER;
  if (h->pacemaker == NULL)
    return;
  for (size_t i = 0; i < h->beats_n; i++) {
    const struct beat *b = &h->beats[i];
    wall_ms at = b->retry_at < b->due ? b->retry_at : b->due;
    due = at < due ? at : due;
  }
  atomic_store(&h->pacemaker->set, now);
  atomic_store(&h->pacemaker->due, due);
}

/* ---- life ---- */

enum err heart_draft(const struct settings *s, struct beat **own_beats) {
  struct beat *beats = calloc(s->heartbeats_n + 1, sizeof *beats);
  if (beats == NULL)
    return ERR_NOMEM;
  for (size_t i = 0; i < s->heartbeats_n; i++)
    beats[i] = (struct beat){.of = s->heartbeats[i], .retry_at = WALL_NEVER};
  *own_beats = beats;
  return OK;
}

enum err heart_init(struct heart *h, struct pager *p, struct pacemaker *m,
                    wall_ms now) {
  *h = (struct heart){.pager = p, .pacemaker = m};
  enum err err = heart_draft(p->book->settings, &h->beats);
  if (err != OK)
    return err;
  h->beats_n = p->book->settings->heartbeats_n;
  for (size_t i = 0; i < h->beats_n; i++)
    h->beats[i].due = now;
  set_pace(h, now);
  return OK;
}

void heart_fini(struct heart *h) {
  if (h->pacemaker != NULL)
    atomic_store(&h->pacemaker->due, WALL_NEVER);
  free(h->beats);
  *h = (struct heart){0};
}

void heart_change(struct heart *h, struct beat *own_beats, wall_ms now) {
  struct beat *old = h->beats;
  size_t old_n = h->beats_n;
  h->beats = own_beats;
  h->beats_n = h->pager->book->settings->heartbeats_n;
  for (size_t i = 0; i < h->beats_n; i++) {
    struct beat *b = &h->beats[i];
    b->due = now;
    for (size_t k = 0; k < old_n; k++) {
      if (strcmp(old[k].of->name, b->of->name) != 0)
        continue;
      const struct heartbeat *of = b->of;
      *b = old[k];
      b->of = of;
      if (b->due > now + of->every)
        b->due = now + of->every;
    }
  }
  free(old);
  set_pace(h, now);
}

/* ---- beats ---- */

void heart_beat(struct heart *h) { h->is_beating = true; }

/* Without memory there is none: that is what it is for. */
static void send(struct heart *h, struct beat *b, wall_ms now) {
  struct parcel *parcel = calloc(1, sizeof *parcel);
  if (parcel == NULL ||
      compose_heartbeat(h->pager->book, b->of, b->id, b->attempts, now,
                        &parcel->body) != OK) {
    free(parcel);
    return;
  }
  memcpy(parcel->id, b->id, sizeof parcel->id);
  parcel->webhook = b->of->webhook;
  parcel->body_len = strlen(parcel->body);
  b->is_sending = true;
  h->pager->sender.send(h->pager->sender.self, parcel);
}

static void begin(struct heart *h, struct beat *b, wall_ms now) {
  bool is_next = now + SLACK_MS >= b->due;
  if (!is_next && now + SLACK_MS < b->retry_at)
    return;
  if (is_next) {
    b->due += b->of->every;
    if (b->due <= now) /* those that were missed are not made up for */
      b->due = now + b->of->every;
    b->attempts = 0;
  }
  b->retry_at = WALL_NEVER;
  if (b->is_sending || b->of->webhook->trouble != NULL)
    return; /* the one before hangs: none behind it is any better */
  if (is_next && ulid_make(now, b->id) != OK)
    return;
  b->attempts++;
  send(h, b, now);
}

/* The clock was set back: nothing lies further ahead than it can. */
static void clamp(struct beat *b, wall_ms now) {
  if (b->due > now + b->of->every)
    b->due = now + b->of->every;
  if (b->retry_at != WALL_NEVER && b->retry_at > b->due)
    b->retry_at = b->due;
}

void heart_send(struct heart *h, bool is_durable, wall_ms now) {
  if (!h->is_beating)
    return;
  h->is_beating = false;
  for (size_t i = 0; i < h->beats_n; i++) {
    clamp(&h->beats[i], now);
    if (is_durable)
      begin(h, &h->beats[i], now);
  }
  set_pace(h, now);
}

bool heart_outcome(struct heart *h, const struct outcome *o, wall_ms now) {
  struct beat *b = h->beats;
  while (b < h->beats + h->beats_n &&
         (!b->is_sending || strcmp(b->id, o->id) != 0))
    b++;
  if (b == h->beats + h->beats_n)
    return false;
  b->is_sending = false;
  pager_note_health(h->pager, b->of->webhook, o, now);
  if (o->verdict == VERDICT_RETRY || o->verdict == VERDICT_MAYBE) {
    wall_ms again = now + page_backoff(b->attempts, o->retry_after, 0);
    b->retry_at = again < b->due ? again : WALL_NEVER;
    set_pace(h, now);
  }
  return true;
}
