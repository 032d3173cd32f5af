/* SPDX-License-Identifier: MIT */
#include "engine/pulse.h"

#include "base/log.h"
#include "engine/link.h"
#include "engine/thread.h"

#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#define LOOK_MS 100           /* how often the ledger is asked for changes */
#define PAUSE_NS 1000000      /* between turns, so that tools get theirs */
#define SHORT_PAUSE_NS 300000 /* the same after a turn that had to stop */
#define TIDY_NS 50000000      /* idle for so long: time for a little tidying */
#define REST_NS 1000000000LL  /* idle for so long: the log is written back */

#define LIVELY_NS 20000000 /* 50 turns with signals a second and more */
#define LIVELY_WAIT_MS 4   /* between them: a page may be so much later then */

struct pulse {
  int event;
  atomic_bool is_stopping;
  pthread_t thread;
  struct engine *engine;
  struct intake *intake;
  struct link *link;    /* NULL: none */
  uint64_t ticket;      /* the thread's: what it had read after the last turn */
  int64_t signals_ns;   /* when a turn last had signals */
  bool is_lively;       /* and another one shortly before */
  pthread_mutex_t lock; /* of what follows */
  pthread_cond_t more_durable;
  uint64_t durable; /* intake ticket */
};

enum err pulse_new(struct pulse **own_pulse) {
  pthread_condattr_t attr;
  struct pulse *p = calloc(1, sizeof *p);
  if (p == NULL)
    return ERR_NOMEM;
  p->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (p->event < 0) {
    free(p);
    return ERR_IO;
  }
  pthread_mutex_init(&p->lock, NULL);
  pthread_condattr_init(&attr);
  pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
  pthread_cond_init(&p->more_durable, &attr);
  pthread_condattr_destroy(&attr);
  *own_pulse = p;
  return OK;
}

void pulse_wake(void *pulse) {
  struct pulse *p = pulse;
  uint64_t one = 1;
  /* A full counter means that it is awake. */
  ssize_t n = write(p->event, &one, sizeof one);
  (void)n;
}

static void publish(struct pulse *p) {
  uint64_t durable = engine_durable(p->engine);
  pthread_mutex_lock(&p->lock);
  if (p->durable != durable) {
    p->durable = durable;
    pthread_cond_broadcast(&p->more_durable);
  }
  pthread_mutex_unlock(&p->lock);
}

/* Sleeps until woken, spoken to, or at most that long. True if a turn is
 * wanted. */
static bool doze(struct pulse *p, span_ms wait) {
  struct pollfd fds[1 + LINK_FDS_MAX];
  size_t n = p->link != NULL ? link_fds(p->link, fds + 1) : 0;
  uint64_t count;
  bool is_wanted = false;
  fds[0] = (struct pollfd){.fd = p->event, .events = POLLIN};
  if (poll(fds, 1 + n, (int)wait) <= 0)
    for (size_t i = 0; i <= n; i++)
      fds[i].revents = 0; /* nothing, or a signal: look at the clock again */
  if (fds[0].revents != 0)
    is_wanted = read(p->event, &count, sizeof count) == sizeof count;
  if (p->link != NULL)
    is_wanted = link_serve(p->link, fds + 1, n) || is_wanted;
  return is_wanted;
}

/* Signals that follow each other so closely are not worth a wake-up each, which
 * costs their senders more than all the rest: then it looks by itself, and not
 * too often, as the first to come after that has to fetch from this thread's
 * processor what it looked at. */
static void feel_load(struct pulse *p, int64_t now_ns) {
  uint64_t ticket = intake_read_ticket(p->intake);
  if (ticket != p->ticket) {
    p->is_lively = now_ns - p->signals_ns < LIVELY_NS;
    p->signals_ns = now_ns;
    p->ticket = ticket;
  }
}

static bool is_lively(const struct pulse *p) {
  return p->is_lively && clock_mono_ns() - p->signals_ns < LIVELY_NS;
}

/* Until the next turn is wanted. */
static void wait_for_work(struct pulse *p, wall_ms next, int64_t turned_ns) {
  struct clock *clock = clock_real();
  bool has_rested = false;
  while (!atomic_load(&p->is_stopping)) {
    wall_ms now = clock->wall(clock);
    if (next <= now) {
      doze(p, 0); /* a tool may be waiting all the same */
      return;
    }
    span_ms wait = next - now < LOOK_MS ? next - now : LOOK_MS;
    if (is_lively(p))
      wait = LIVELY_WAIT_MS;
    else if (!intake_may_sleep(p->intake))
      return;
    if (doze(p, wait) || engine_is_wanted(p->engine) ||
        intake_has_more(p->intake))
      return;
    engine_measure(p->engine);
    int64_t idle_ns = clock_mono_ns() - turned_ns;
    if (idle_ns > TIDY_NS && engine_tidy(p->engine))
      has_rested = false; /* that is to be written back, too */
    if (idle_ns > REST_NS && !has_rested) {
      engine_rest(p->engine, true);
      has_rested = true;
    }
  }
}

/* Tools want the ledger too: never two turns without a gap. And under load the
 * next signals come in it, so that none of their senders has to wake us. */
static void pause_after(const struct pulse *p, int64_t turned_ns) {
  int64_t pause = intake_is_amid(p->intake) ? SHORT_PAUSE_NS : PAUSE_NS;
  int64_t left = turned_ns + pause - clock_mono_ns();
  if (left <= 0 || left > pause)
    return;
  struct timespec span = {.tv_nsec = left};
  nanosleep(&span, NULL);
}

static void *run(void *arg) {
  struct pulse *p = arg;
  while (!atomic_load(&p->is_stopping)) {
    wall_ms next = engine_turn(p->engine);
    int64_t turned_ns = clock_mono_ns();
    publish(p);
    engine_rest(p->engine, false);
    feel_load(p, turned_ns);
    pause_after(p, turned_ns);
    wait_for_work(p, next, turned_ns);
  }
  return NULL;
}

enum err pulse_start(struct pulse *p, struct engine *e, struct intake *q,
                     const char *ledger_path, const char *version) {
  const char *why = "";
  p->engine = e;
  p->intake = q;
  enum err err = link_new(ledger_path, version, e, q, &p->link, &why);
  if (err != OK)
    log_line(LOG_WARNING,
             "incident: no socket %s.sock: %s; tools work, but cannot help "
             "when the ledger cannot be written",
             ledger_path, why);
  /* The first turn is made here: when the daemon says that it has started, the
   * ledger has its configuration. */
  engine_turn(e);
  err = thread_start("incident engine", run, p, &p->thread);
  if (err != OK) {
    link_free(p->link);
    p->link = NULL;
  }
  return err;
}

enum err pulse_flush(struct pulse *p, span_ms wait) {
  struct timespec until;
  int64_t at = clock_mono_ns() + wait * 1000000;
  until.tv_sec = at / 1000000000;
  until.tv_nsec = at % 1000000000;
  uint64_t ticket = intake_ticket(p->intake);
  pulse_wake(p);
  int rc = 0;
  pthread_mutex_lock(&p->lock);
  while (p->durable < ticket && rc == 0)
    rc = pthread_cond_timedwait(&p->more_durable, &p->lock, &until);
  pthread_mutex_unlock(&p->lock);
  return rc == 0 ? OK : ERR_BUSY;
}

bool pulse_stop(struct pulse *p, span_ms wait) {
  atomic_store(&p->is_stopping, true);
  pulse_wake(p);
  return thread_join(p->thread, wait);
}

void pulse_hang_up(struct pulse *p) {
  link_free(p->link);
  p->link = NULL;
}
