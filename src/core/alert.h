/* SPDX-License-Identifier: MIT */
/* An alert: the state of one series under one rule (SPEC section 2, "Alerts").
 * The machine is pure: it is told what came in or that time passed, and says
 * what that means for the incident. */
#ifndef INCIDENT_ALERT_H
#define INCIDENT_ALERT_H

#include "core/settings.h"
#include "core/signal.h"
#include "core/timer.h"

enum alert_state {
  ALERT_PENDING, /* bad, but not for sure or not for long enough */
  ALERT_FIRING,
  ALERT_CLEARING, /* good, but not for long enough */
  ALERT_CLEARED,
  ALERT_STATES
};
extern const char *const alert_state_names[ALERT_STATES];

/* A notification whose value is NaN decides nothing: what it would change of
 * BAD_NOTIFIED is in doubt. UNSURE_WAIT: nothing finite came yet; UNSURE_TRIAL:
 * a finite value came, two intervals run. */
enum unsure { UNSURE_NO, UNSURE_WAIT, UNSURE_TRIAL };

/* Who says that it is bad: bad while any does. */
#define BAD_NOTIFIED 1u /* a notification */
#define BAD_MEASURED 2u /* a <Metric> block */

/* Fired more often than this within the window, an alert is flapping and held
 * firing until its series has not changed for the quiet time. */
#define FLAP_FIRINGS 3
#define FLAP_WINDOW_MS (3600 * 1000)
#define FLAP_QUIET_MS (30 * 60 * 1000)

/* When it fired: the last FLAP_FIRINGS times. */
struct firings {
  wall_ms newest; /* WALL_NEVER: never */
  /* So long before the newest, newest first; FIRING_NONE: not, or too long for
   * the window. */
  uint32_t before[FLAP_FIRINGS - 1];
};
#define FIRING_NONE UINT32_MAX

/* What few alerts have: apart, so that the many of a storm are small. */
struct alert_extra {
  /* What holds it back while it fires (engine/hush.h); 0: nothing. */
  int64_t silence;   /* id of the silence */
  int64_t inhibitor; /* id of the incident of the inhibiting alert; -1: that
                        one has none */
  char *group_key;   /* fixed when it fired, if it cannot be made again from the
                        series (GroupBy meta:NAME); NULL: make it; owned */
  struct gathering *gathering; /* engine/gather.h; NULL: none */
  struct hush_tie *ties;       /* engine/hush.h: whom it inhibits and by what */
};

struct alert {
  struct timer timer;        /* at alert_due */
  struct alert *bucket_next; /* book: same hash bucket */
  struct alert *prev, *next; /* the incident's alerts, or the gathering's */
  struct casefile *casefile; /* engine/book.h; NULL: none yet */
  const struct rule *rule;   /* NULL: gone from the configuration */
  struct signal *signal;     /* the last that counted; owned; cleaned text */
  struct alert_extra *extra; /* NULL: nothing of it; owned; see alert_extra */
  int64_t id, incident;      /* ledger; 0: of no incident yet */
  wall_ms since;             /* firing since; pending since */
  wall_ms good_since;        /* CLEARING, UNSURE_TRIAL */
  wall_ms heard_at;          /* the last signal of any kind; for Expire */
  wall_ms changed_at;        /* when its series last went bad or good */
  struct firings fired;
  uint32_t trial_ms; /* UNSURE_TRIAL: how long that lasts from good_since */
  uint8_t state, unsure;
  uint8_t bad_by;    /* BAD_*; PENDING: 0 if that is not sure */
  bool is_flapping;  /* then FIRING, whatever bad_by says */
  uint8_t level;     /* the last bad one */
  uint8_t bad_level; /* from this on a notification of the series is bad */
  bool is_dirty;     /* differs from its row */
  bool is_stored;    /* has a row */
  bool is_watched;   /* its series is in the engine's watch */
  bool is_dropped;   /* book: to be freed once it is written */
};

enum alert_news {
  ALERT_NO_NEWS,  /* as it was */
  ALERT_CHANGED,  /* its row differs (value, time, doubt): nothing to tell */
  ALERT_FIRED,    /* pending or new to firing: declare or join */
  ALERT_ROSE,     /* firing, warning to failure */
  ALERT_REFIRED,  /* clearing back to firing: no page */
  ALERT_EASED,    /* firing to clearing */
  ALERT_IS_CLEAR, /* fired, to cleared */
  ALERT_LAPSED,   /* pending to cleared: it never fired */
};

/* A blank one, which has never fired. */
void alert_init(struct alert *a);
/* Frees what it owns. */
void alert_fini(struct alert *a);

/* What it has of that to change, made if needed; NULL when out of memory. */
struct alert_extra *alert_own_extra(struct alert *a);
/* Gives it back if there is nothing in it. */
void alert_trim_extra(struct alert *a);
/* 0 and 0 never fails. */
enum err alert_set_hold(struct alert *a, int64_t silence, int64_t inhibitor);
/* A copy of it; NULL for none, which never fails. */
enum err alert_set_group_key(struct alert *a, const char *key);

/* Never, and at those times, newest first (WALL_NEVER: not). */
void firings_init(struct firings *f);
void firings_set(struct firings *f, const wall_ms at[FLAP_FIRINGS]);
/* The n-th newest; WALL_NEVER: none. */
wall_ms firings_at(const struct firings *f, int n);

/* Sets up a new alert, or one that had cleared, whose signal is bad for the
 * rule: a notification, or a reading's (SIGNAL_READING, made for this alert).
 * FIRING at once (ALERT_FIRED), but PENDING with For, or when the signal's
 * value is NaN (ALERT_CHANGED). bad_level is what rule_bad_level gives. When it
 * fired before is kept; firing now makes it flapping if that is often enough.
 */
enum alert_news alert_begin(struct alert *a, const struct rule *rule,
                            enum level bad_level, wall_ms now);

/* Sets up a new alert of the same series as one that goes on firing where the
 * other ends: that is no new firing. The other stays as it is. */
void alert_go_on(struct alert *a, const struct alert *from, wall_ms now);

/* A signal of its series; takes it over and frees the older one, or frees the
 * new one: if it is late, if its value is NaN, or if it is good while another
 * source says bad. ALERT_NO_NEWS: alert_due may be later all the same. */
enum alert_news alert_take(struct alert *a, struct signal *own_signal,
                           wall_ms now);

/* Something came that decides nothing: a reading that leaves it open.
 * alert_due may be later now. */
void alert_hear(struct alert *a, wall_ms now);

/* The series is gone for good, or nothing can tell of it any more: cleared at
 * once (ALERT_IS_CLEAR, ALERT_LAPSED). */
enum alert_news alert_forget(struct alert *a);

/* A finite value of the series came, the next is interval away. */
enum alert_news alert_finite(struct alert *a, span_ms interval, wall_ms now);

/* When alert_tick has something to do; WALL_NEVER: nothing. */
wall_ms alert_due(const struct alert *a);
enum alert_news alert_tick(struct alert *a, wall_ms now);

/* After a start: what ran begins again, a trial waits anew, and the time since
 * it was last heard of counts for no window. Also of one that has cleared. */
void alert_resume(struct alert *a, wall_ms now);

/* The clock was set back: nothing lies in the future that cannot. */
void alert_clamp(struct alert *a, wall_ms now);

/* True if s was sent before the other though it arrived within a second after
 * it, and both carry a value: collectd's write threads overtake. */
bool signal_is_late(const struct signal *s, wall_ms received, wall_ms sent);

static inline bool alert_is_live(const struct alert *a) {
  return a->state != ALERT_CLEARED;
}
/* None that ever fired: a person has attached the series to the incident. */
static inline bool alert_is_attached(const struct alert *a) {
  return a->state == ALERT_CLEARED && a->level == LEVEL_OKAY && a->rule == NULL;
}
/* To look at: all 0 and NULL if it has none. */
static inline const struct alert_extra *alert_extra(const struct alert *a) {
  static const struct alert_extra none;
  return a->extra != NULL ? a->extra : &none;
}
/* It fires but something holds it back. */
static inline bool alert_is_held(const struct alert *a) {
  return a->extra != NULL &&
         (a->extra->silence != 0 || a->extra->inhibitor != 0);
}
/* Counts as firing for its incident. */
static inline bool alert_is_firing(const struct alert *a) {
  return a->state == ALERT_FIRING || a->state == ALERT_CLEARING;
}

#endif
