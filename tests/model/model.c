/* SPDX-License-Identifier: MIT */
#include "model.h"

#include <math.h>
#include <string.h>

#define FLAP_MORE_THAN 3
#define HOUR (3600 * 1000LL)
#define QUIET (30 * 60 * 1000LL)

unsigned model_key(const struct model_rule *r, int series) {
  unsigned key = 0;
  if (r->group_by & BY_HOST)
    key += 1 + (unsigned)(series / INSTANCES);
  if (r->group_by & BY_INSTANCE)
    key += 4 * (1 + (unsigned)(series % INSTANCES));
  return key;
}

static bool fires(const struct model_alert *a) {
  return a->state == FIRING || a->state == CLEARING;
}

static struct model_alert *alert_at(struct model *m, int rule, int series) {
  return &m->alerts[rule][series];
}

/* ---- what holds it back ---- */

static bool is_silenced(const struct model *m, int series) {
  for (int i = 0; i < MODEL_SILENCES; i++) {
    const struct model_silence *s = &m->silences[i];
    if (s->is_used && s->from <= m->now && m->now < s->to &&
        (s->series & 1u << series))
      return true;
  }
  return false;
}

static bool is_inhibited(const struct model *m, int rule, int series) {
  for (int i = 0; i < m->inhibits_n; i++) {
    const struct model_inhibit *h = &m->inhibits[i];
    if (h->target != rule)
      continue;
    for (int s = 0; s < SERIES; s++)
      if (fires(&m->alerts[h->source][s]) &&
          (!h->is_equal_host || s / INSTANCES == series / INSTANCES))
        return true;
  }
  return false;
}

static bool is_held(const struct model *m, int rule, int series) {
  return is_silenced(m, series) || is_inhibited(m, rule, series);
}

/* ---- incidents ---- */

static void count(struct model *m, struct model_incident *c) {
  int id = (int)(c - m->incidents);
  int held = 0;
  c->firing = 0;
  for (int r = 0; r < m->rules_n; r++)
    for (int s = 0; s < SERIES; s++)
      if (m->alerts[r][s].incident == id && fires(&m->alerts[r][s])) {
        c->firing++;
        held += m->alerts[r][s].is_held;
      }
  c->is_paused =
      c->is_open && !c->is_acknowledged && c->firing > 0 && held == c->firing;
}

static void upgrade(struct model *m, struct model_incident *c) {
  const struct model_rule *r = &m->rules[c->rule];
  int id = (int)(c - m->incidents);
  int alerts = 0, hosts = 0;
  unsigned seen = 0;
  if (!c->is_open || c->is_paused)
    return;
  for (int s = 0; s < SERIES; s++) {
    const struct model_alert *a = &m->alerts[c->rule][s];
    if (a->incident != id || !fires(a) || a->is_held)
      continue;
    alerts++;
    if (!(seen & 1u << s / INSTANCES))
      hosts++;
    seen |= 1u << s / INSTANCES;
  }
  for (int i = 0; i < r->upgrades_n; i++) {
    const struct model_upgrade *u = &r->upgrades[i];
    if (c->upgraded & 1u << i || alerts < u->alerts || hosts < u->hosts ||
        (u->after > 0 && m->now < c->declared + u->after))
      continue;
    c->upgraded |= 1u << i;
    if (u->severity < c->severity)
      c->severity = u->severity;
  }
}

static void settle(struct model *m, struct model_incident *c) {
  count(m, c);
  upgrade(m, c);
}

static void join(struct model *m, int id, int rule, int series) {
  struct model_incident *c = &m->incidents[id];
  struct model_alert *a = alert_at(m, rule, series);
  a->incident = id;
  if (c->is_storm || !(c->members & 1u << series))
    c->total++;
  c->members |= 1u << series;
  c->is_monitoring = c->is_monitoring && a->is_held;
}

static int open_one(const struct model *m, int rule, unsigned key,
                    bool is_storm) {
  for (int id = 1; id <= m->incidents_n; id++) {
    const struct model_incident *c = &m->incidents[id];
    if (c->is_open && c->rule == rule && c->is_storm == is_storm &&
        (is_storm || c->key == key))
      return id;
  }
  return 0;
}

/* The one of that key that resolved by itself, if that is not long ago. */
static int reopenable(const struct model *m, int rule, unsigned key) {
  for (int id = m->incidents_n; id > 0; id--) {
    const struct model_incident *c = &m->incidents[id];
    if (c->rule == rule && c->key == key && !c->is_storm && !c->is_open &&
        !c->is_by_hand && m->now < c->resolved + m->rules[rule].reopen)
      return id;
  }
  return 0;
}

static int declare(struct model *m, int rule, unsigned key, bool is_storm) {
  int id = ++m->incidents_n;
  m->incidents[id] =
      (struct model_incident){.rule = rule,
                              .key = key,
                              .is_open = true,
                              .is_storm = is_storm,
                              .declared = m->now,
                              .severity = m->rules[rule].severity};
  return id;
}

static bool is_storming(struct model *m, int rule) {
  int recent = 0;
  if (m->storm_limit == 0)
    return false;
  for (int i = 0; i < m->attempts_n[rule]; i++)
    recent += m->now - m->attempts[rule][i] < m->storm_span;
  m->attempts[rule][m->attempts_n[rule]++] = m->now;
  return recent >= m->storm_limit;
}

static bool is_loose(const struct model *m, int rule, int series,
                     unsigned key) {
  const struct model_alert *a = &m->alerts[rule][series];
  return a->state == FIRING && a->incident == 0 && !a->is_held &&
         model_key(&m->rules[rule], series) == key;
}

/* When the first of those that are still there began to fire; 0: none is. */
static int64_t gathering_since(const struct model *m, int rule, unsigned key,
                               int *n) {
  int64_t since = 0;
  *n = 0;
  for (int s = 0; s < SERIES; s++) {
    if (!is_loose(m, rule, s, key))
      continue;
    int64_t at = m->alerts[rule][s].since;
    since = *n == 0 || at < since ? at : since;
    ++*n;
  }
  return since;
}

/* Are there enough, and for long enough? Then there is an incident. */
static void gather(struct model *m, int rule, unsigned key) {
  const struct model_rule *r = &m->rules[rule];
  int n;
  int64_t since = gathering_since(m, rule, key, &n);
  if (r->is_recorded || n < r->quorum || m->now < since + r->group_wait)
    return;
  bool storm = is_storming(m, rule);
  int id = storm ? open_one(m, rule, 0, true) : 0;
  if (id == 0)
    id = declare(m, rule, storm ? 0 : key, storm);
  for (int s = 0; s < SERIES; s++)
    if (is_loose(m, rule, s, key))
      join(m, id, rule, s);
  settle(m, &m->incidents[id]);
}

/* It fires and is of no incident: through its rule. */
static void to_incident(struct model *m, int rule, int series) {
  unsigned key = model_key(&m->rules[rule], series);
  struct model_alert *a = alert_at(m, rule, series);
  if (m->rules[rule].is_recorded)
    return;
  int id = open_one(m, rule, key, false);
  /* What was of it before is of it again, though held back. */
  if (a->is_held && (id == 0 || !(m->incidents[id].members & 1u << series)))
    return;
  if (id == 0) {
    id = reopenable(m, rule, key);
    if (id != 0) {
      m->incidents[id].is_open = true;
      m->incidents[id].resolved = 0;
      (void)is_storming(m, rule); /* it counts as one */
    }
  }
  if (id == 0) {
    gather(m, rule, key);
    return;
  }
  join(m, id, rule, series);
  settle(m, &m->incidents[id]);
}

/* Looks up anew what holds back what fires; what is let go goes through its
 * rule. */
static void hold(struct model *m) {
  bool is_changed = true;
  while (is_changed) {
    is_changed = false;
    for (int r = 0; r < m->rules_n; r++)
      for (int s = 0; s < SERIES; s++) {
        struct model_alert *a = alert_at(m, r, s);
        bool held = fires(a) && is_held(m, r, s);
        if (held == a->is_held)
          continue;
        a->is_held = held;
        is_changed = true;
        if (a->incident != 0 && m->incidents[a->incident].is_open) {
          if (!held && fires(a))
            m->incidents[a->incident].is_monitoring = false;
          settle(m, &m->incidents[a->incident]);
        } else if (!held && a->state == FIRING && a->incident == 0) {
          to_incident(m, r, s);
        }
      }
  }
}

static void over(struct model *m, int rule, int series) {
  struct model_alert *a = alert_at(m, rule, series);
  int id = a->incident;
  a->state = NOTHING;
  a->is_flapping = false;
  a->is_unsure = false;
  a->incident = 0;
  a->is_held = false;
  hold(m);
  if (id == 0)
    return;
  struct model_incident *c = &m->incidents[id];
  count(m, c);
  if (!c->is_open || c->firing > 0)
    return;
  if (m->rules[c->rule].auto_resolve) {
    c->is_open = false;
    c->resolved = m->now;
  } else {
    c->is_monitoring = true;
  }
}

static void fire(struct model *m, int rule, int series) {
  struct model_alert *a = alert_at(m, rule, series);
  a->state = FIRING;
  a->since = m->now;
  a->incident = 0;
  memmove(&a->fired[1], &a->fired[0], 3 * sizeof a->fired[0]);
  a->fired[0] = m->now;
  if (a->fired[FLAP_MORE_THAN] != 0 && m->now - a->fired[FLAP_MORE_THAN] < HOUR)
    a->is_flapping = true;
  a->is_held = is_held(m, rule, series);
  to_incident(m, rule, series);
  hold(m);
}

/* ---- alerts ---- */

static bool is_bad(const struct model_alert *a) {
  return a->is_bad_notified || a->is_bad_measured;
}

/* Its sources have been looked at: what they say together now. */
static void say(struct model *m, int rule, int series) {
  struct model_alert *a = alert_at(m, rule, series);
  const struct model_rule *r = &m->rules[rule];
  a->heard = m->now;
  if (is_bad(a)) {
    if (a->state == NOTHING) {
      a->is_unsure = false;
      a->changed = m->now;
      a->since = m->now;
      a->state = PENDING;
      if (r->bad_for == 0)
        fire(m, rule, series);
    } else if (a->state == CLEARING) {
      a->changed = m->now;
      a->state = FIRING;
      struct model_incident *c = &m->incidents[a->incident];
      if (a->incident != 0 && !c->is_open && c->hold_until <= m->now) {
        a->incident = 0; /* it was resolved by hand: as a new one */
        a->since = m->now;
        to_incident(m, rule, series);
      } else if (a->incident == 0) {
        to_incident(m, rule, series);
      }
    }
    return;
  }
  if (a->state == PENDING) {
    a->state = NOTHING;
  } else if (a->state == FIRING && !a->is_flapping) {
    a->changed = m->now;
    a->state = CLEARING;
    a->good_since = m->now;
    if (r->clear == 0)
      over(m, rule, series);
  } else if (a->state == FIRING) {
    a->changed = m->now;
  }
}

static bool takes(const struct model_rule *r, int series, int level) {
  return r->has_match && r->series & 1u << series && level >= r->level;
}

void model_notify(struct model *m, int series, int level, bool is_nan) {
  for (int r = 0; r < m->rules_n; r++) {
    struct model_alert *a = alert_at(m, r, series);
    if (a->state == NOTHING)
      continue;
    bool bad = level >= m->rules[r].level && m->rules[r].has_match;
    a->heard = m->now;
    if (is_nan) {
      if (bad) {
        a->is_unsure = false;
      } else if (a->is_bad_notified) {
        a->is_unsure = true;
        a->trial = 0;
      }
      continue;
    }
    bool was = a->is_flapping && is_bad(a);
    a->is_bad_notified = bad;
    a->is_unsure = false;
    if (a->is_flapping && was != is_bad(a))
      a->changed = m->now;
    say(m, r, series);
  }
  if (level == OKAY || is_nan)
    return;
  for (int r = 0; r < m->rules_n; r++) {
    struct model_alert *a = alert_at(m, r, series);
    if (!takes(&m->rules[r], series, level))
      continue;
    if (a->state == NOTHING) {
      a->is_bad_notified = true;
      a->is_bad_measured = false;
      say(m, r, series);
    }
    if (!m->rules[r].is_continued)
      break;
  }
}

static int judge(const struct model_rule *r, double value, int before) {
  bool bad = r->metric == ABOVE ? value > r->limit : value < r->limit;
  bool good = r->clear_limit == r->limit
                  ? !bad
                  : (r->metric == ABOVE ? value < r->clear_limit
                                        : value > r->clear_limit);
  return bad ? JUDGED_WRONG : good ? JUDGED_FINE : before;
}

void model_value(struct model *m, int series, double value, int64_t interval) {
  int said[MODEL_RULES];
  for (int r = 0; r < m->rules_n && !isfinite(value); r++)
    if (m->rules[r].metric != NO_METRIC && m->rules[r].series & 1u << series)
      alert_at(m, r, series)->heard = m->now;
  if (!isfinite(value))
    return;
  for (int r = 0; r < m->rules_n; r++) {
    struct model_alert *a = alert_at(m, r, series);
    const struct model_rule *rule = &m->rules[r];
    said[r] = JUDGED_NOTHING_YET;
    if (a->is_unsure && a->trial == 0) {
      a->trial = m->now;
      a->until = m->now + 2 * interval;
    }
    if (rule->metric == NO_METRIC || !(rule->series & 1u << series))
      continue;
    a->band = said[r] = judge(rule, value, a->band);
    if (a->state == NOTHING)
      continue;
    a->heard = m->now;
    if (said[r] == JUDGED_NOTHING_YET)
      continue;
    a->is_bad_measured = said[r] == JUDGED_WRONG;
    say(m, r, series);
  }
  for (int r = 0; r < m->rules_n; r++) {
    struct model_alert *a = alert_at(m, r, series);
    bool still = said[r] == JUDGED_NOTHING_YET && a->is_bad_measured;
    if (said[r] != JUDGED_WRONG && (a->state == NOTHING || !still))
      continue;
    if (a->state == NOTHING) {
      a->is_bad_notified = false;
      a->is_bad_measured = true;
      say(m, r, series);
    }
    if (!m->rules[r].is_continued)
      break;
  }
}

/* ---- time ---- */

static void sooner(int64_t *due, int64_t at) {
  if (at < *due)
    *due = at;
}

static int64_t alert_due(const struct model *m, int rule, int series) {
  const struct model_alert *a = &m->alerts[rule][series];
  const struct model_rule *r = &m->rules[rule];
  int64_t due = INT64_MAX;
  if (a->state == NOTHING)
    return due;
  if (a->state == PENDING)
    sooner(&due, a->since + r->bad_for);
  if (a->state == CLEARING)
    sooner(&due, a->good_since + r->clear);
  if (a->is_flapping)
    sooner(&due, a->changed + QUIET);
  else if (a->is_unsure && a->trial != 0)
    sooner(&due, a->until);
  if (r->expire > 0)
    sooner(&due, a->heard + r->expire);
  return due;
}

static void alert_tick(struct model *m, int rule, int series) {
  struct model_alert *a = alert_at(m, rule, series);
  const struct model_rule *r = &m->rules[rule];
  if (r->expire > 0 && m->now >= a->heard + r->expire) {
    over(m, rule, series);
  } else if (a->is_unsure && a->trial != 0 && m->now >= a->until &&
             !a->is_flapping) {
    a->is_bad_notified = false;
    a->is_unsure = false;
    if (!is_bad(a) && a->state == PENDING) {
      a->state = NOTHING;
    } else if (!is_bad(a)) {
      a->state = CLEARING;
      a->good_since = a->trial;
      a->changed = m->now;
      if (m->now >= a->good_since + r->clear)
        over(m, rule, series);
    }
  } else if (a->state == PENDING) {
    fire(m, rule, series);
  } else if (a->state == CLEARING) {
    over(m, rule, series);
  } else if (a->is_flapping) {
    a->is_flapping = false;
    if (!is_bad(a))
      over(m, rule, series);
  }
}

static int64_t incident_due(const struct model *m, int id) {
  const struct model_incident *c = &m->incidents[id];
  const struct model_rule *r = &m->rules[c->rule];
  int64_t due = INT64_MAX;
  for (int i = 0; i < r->upgrades_n && c->is_open; i++)
    if (r->upgrades[i].after > 0 && m->now < c->declared + r->upgrades[i].after)
      sooner(&due, c->declared + r->upgrades[i].after);
  if (!c->is_open && c->hold_until > m->now)
    sooner(&due, c->hold_until);
  return due;
}

int64_t model_due(const struct model *m) {
  int64_t due = INT64_MAX;
  for (int r = 0; r < m->rules_n; r++) {
    for (int s = 0; s < SERIES; s++)
      sooner(&due, alert_due(m, r, s));
    for (unsigned k = 0; k < MODEL_KEYS; k++) {
      int n;
      int64_t since = gathering_since(m, r, k, &n);
      if (n > 0 && since + m->rules[r].group_wait > m->now)
        sooner(&due, since + m->rules[r].group_wait);
    }
  }
  for (int id = 1; id <= m->incidents_n; id++)
    sooner(&due, incident_due(m, id));
  for (int i = 0; i < MODEL_SILENCES; i++)
    if (m->silences[i].is_used) {
      if (m->silences[i].from > m->now)
        sooner(&due, m->silences[i].from);
      if (m->silences[i].to > m->now)
        sooner(&due, m->silences[i].to);
    }
  return due;
}

static void tick(struct model *m) {
  for (int r = 0; r < m->rules_n; r++)
    for (int s = 0; s < SERIES; s++)
      if (alert_due(m, r, s) <= m->now)
        alert_tick(m, r, s);
  hold(m);
  for (int id = 1; id <= m->incidents_n; id++) {
    struct model_incident *c = &m->incidents[id];
    upgrade(m, c);
    if (c->is_open || c->hold_until == 0 || c->hold_until > m->now)
      continue;
    c->hold_until = 0;
    for (int s = 0; s < SERIES; s++) {
      struct model_alert *a = alert_at(m, c->rule, s);
      if (a->incident == id && a->state == FIRING) {
        a->incident = 0;
        a->since = m->now;
        to_incident(m, c->rule, s);
      }
    }
  }
  for (int r = 0; r < m->rules_n; r++)
    for (unsigned k = 0; k < MODEL_KEYS; k++)
      gather(m, r, k);
}

void model_advance(struct model *m, int64_t now) {
  for (int64_t due; (due = model_due(m)) <= now;) {
    if (due > m->now)
      m->now = due;
    tick(m);
  }
  m->now = now;
}

/* ---- people, and the machine ---- */

void model_restart(struct model *m, int64_t now) {
  m->now = now;
  for (int r = 0; r < m->rules_n; r++)
    for (int s = 0; s < SERIES; s++) {
      struct model_alert *a = alert_at(m, r, s);
      int64_t down = m->now - a->heard;
      a->band = JUDGED_NOTHING_YET;
      if (a->state == PENDING)
        a->since = m->now;
      if (a->state == CLEARING)
        a->good_since = m->now;
      for (int i = 0; i < 4 && a->state != NOTHING; i++)
        if (a->fired[i] != 0)
          a->fired[i] += down;
      a->changed += down;
      a->heard = m->now;
      a->trial = 0;
    }
  tick(m);
}

void model_silence(struct model *m, int id, unsigned series, int64_t from,
                   int64_t to) {
  m->silences[id] = (struct model_silence){true, series, from, to};
  hold(m);
}

void model_end_silence(struct model *m, int id) {
  m->silences[id].is_used = false;
  hold(m);
}

static struct model_incident *open_id(struct model *m, int id) {
  return id >= 1 && id <= m->incidents_n && m->incidents[id].is_open
             ? &m->incidents[id]
             : NULL;
}

bool model_acknowledge(struct model *m, int id) {
  struct model_incident *c = open_id(m, id);
  if (c == NULL)
    return false;
  c->is_acknowledged = true;
  settle(m, c);
  return true;
}

bool model_give_back(struct model *m, int id) {
  struct model_incident *c = open_id(m, id);
  if (c == NULL || !c->is_acknowledged)
    return false;
  c->is_acknowledged = false;
  settle(m, c);
  return true;
}

bool model_resolve(struct model *m, int id) {
  struct model_incident *c = open_id(m, id);
  if (c == NULL)
    return false;
  c->is_open = false;
  c->is_by_hand = true;
  c->resolved = m->now;
  c->is_paused = false;
  c->hold_until = c->firing > 0 ? m->now + m->rules[c->rule].hold : 0;
  return true;
}
