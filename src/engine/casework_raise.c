/* SPDX-License-Identifier: MIT */
/* How bad an incident is: what of it fires, and the <Upgrade>s of its rule that
 * make more of it. */
#include "base/hash.h"
#include "base/log.h"
#include "base/span.h"
#include "engine/casework_inside.h"

#include <string.h>

/* ---- counting ---- */

static uint64_t host_of(const struct alert *a) {
  const char *host = signal_field(a->signal, FIELD_HOST);
  return hash_bytes(host, strlen(host));
}

/* Without memory a host too few is counted. */
void casework_count_host(struct casefile *c, const struct alert *a) {
  if (c->counts_hosts)
    (void)tally_add(&c->hosts, host_of(a));
}

void casework_uncount_host(struct casefile *c, const struct alert *a) {
  if (c->counts_hosts)
    tally_remove(&c->hosts, host_of(a));
}

void casework_forget_counts(struct casefile *c) {
  c->incident.alerts_firing = c->held = 0;
  tally_fini(&c->hosts);
  c->counts_hosts = false;
}

void casework_count_anew(struct casefile *c) {
  casework_forget_counts(c);
  for (const struct alert *a = c->alerts; a != NULL; a = a->next) {
    c->incident.alerts_firing += alert_is_firing(a);
    c->held += alert_is_firing(a) && alert_is_held(a);
  }
}

void casework_fires_less(struct casefile *c) {
  if (c->incident.alerts_firing > 0)
    c->incident.alerts_firing--;
}

/* Counts them from now on. */
static int64_t hosts_of(struct casefile *c) {
  if (!c->counts_hosts) {
    c->counts_hosts = true;
    for (const struct alert *a = c->alerts; a != NULL; a = a->next)
      if (alert_is_firing(a) && !alert_is_held(a))
        casework_count_host(c, a);
  }
  return (int64_t)c->hosts.n;
}

enum err casework_count_hosts(const struct alert *alerts, int64_t *alerts_n,
                              int64_t *hosts_n) {
  struct tally hosts = {0};
  int64_t n = 0;
  enum err err = OK;
  for (const struct alert *a = alerts; a != NULL && err == OK; a = a->next) {
    err = tally_add(&hosts, host_of(a));
    n++;
  }
  if (err == OK) {
    *alerts_n = n;
    *hosts_n = (int64_t)hosts.n;
  }
  tally_fini(&hosts);
  return err;
}

/* ---- <Upgrade> ---- */

static int64_t alerts_of(const struct casefile *c) {
  return c->incident.alerts_firing - c->held;
}

static bool is_reached(struct casefile *c, const struct upgrade *u,
                       wall_ms now) {
  if (u->alerts > 0 && alerts_of(c) < u->alerts)
    return false;
  if (u->after > 0 && now < c->incident.declared_at + u->after)
    return false;
  return u->hosts == 0 || hosts_of(c) >= u->hosts;
}

static void add_reason(struct casefile *c, const struct upgrade *u,
                       struct buf *out) {
  char after[SPAN_TEXT];
  const char *between = "";
  if (u->alerts > 0) {
    buf_addf(out, "%lld alerts fire", (long long)alerts_of(c));
    between = ", ";
  }
  if (u->hosts > 0) {
    buf_addf(out, "%s%lld hosts are affected", between, (long long)hosts_of(c));
    between = ", ";
  }
  if (u->after > 0) {
    span_print(u->after, after);
    buf_addf(out, "%snot resolved after %s", between, after);
  }
}

static bool set_severity(struct casework *w, struct casefile *c,
                         const struct upgrade *u, wall_ms now) {
  struct entry e;
  struct buf reason;
  const char *why = NULL;
  const struct severity *s = u->severity;
  buf_init(&reason, 256);
  add_reason(c, u, &reason);
  enum err err = incident_set_severity(&c->incident, s->name, s->is_major, NULL,
                                       buf_text(&reason), now, &e, &why);
  if (err == OK) {
    book_note_entry(w->book, &e);
    log_line(LOG_NOTICE, "incident: incident %lld is %s now: %s",
             casework_id(c), s->name, buf_text(&reason));
  } else if (err != ERR_CONFLICT) {
    log_line(LOG_ERROR, "incident: incident %lld: %s", casework_id(c),
             err_text(err));
  }
  buf_fini(&reason);
  return err == OK;
}

bool casework_raise(struct casework *w, struct casefile *c, wall_ms now) {
  struct incident *i = &c->incident;
  const struct upgrade *worst = NULL;
  if (c->rule == NULL || c->rule->upgrades_n == 0 || i->is_paused ||
      !incident_is_open(i))
    return false;
  const struct severity *is = settings_severity(w->settings, i->severity);
  for (size_t n = 0; n < c->rule->upgrades_n; n++) {
    const struct upgrade *u = &c->rule->upgrades[n];
    if ((i->upgrades & 1u << n) != 0 || !is_reached(c, u, now))
      continue;
    i->upgrades |= 1u << n;
    book_touch_casefile(w->book, c);
    if (worst == NULL || u->severity->rank < worst->severity->rank)
      worst = u;
  }
  if (worst == NULL || (is != NULL && worst->severity->rank >= is->rank))
    return false;
  return set_severity(w, c, worst, now);
}
