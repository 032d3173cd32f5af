/* SPDX-License-Identifier: MIT */
#include "engine/thread.h"

#include <signal.h>
#include <time.h>

enum err thread_start(const char *name, void *(*run)(void *arg), void *arg,
                      pthread_t *thread) {
  sigset_t all, old;
  sigfillset(&all);
  /* The new thread inherits the mask: no window in which a signal of the
   * daemon's lands in it. */
  pthread_sigmask(SIG_SETMASK, &all, &old);
  int rc = pthread_create(thread, NULL, run, arg);
  pthread_sigmask(SIG_SETMASK, &old, NULL);
  if (rc != 0)
    return ERR_IO;
  pthread_setname_np(*thread, name); /* for ps and gdb only */
  return OK;
}

bool thread_join(pthread_t thread, span_ms wait) {
  struct timespec until;
#ifdef __SANITIZE_THREAD__
  /* gcc 12's TSan knows only this one, and sees races after the other. */
  int64_t at = clock_real()->wall(clock_real()) * 1000000 + wait * 1000000;
#define JOIN(thread, until) pthread_timedjoin_np(thread, NULL, until)
#else
  int64_t at = clock_mono_ns() + wait * 1000000;
#define JOIN(thread, until)                                                    \
  pthread_clockjoin_np(thread, NULL, CLOCK_MONOTONIC, until)
#endif
  until.tv_sec = at / 1000000000;
  until.tv_nsec = at % 1000000000;
  if (JOIN(thread, &until) == 0)
    return true;
  pthread_detach(thread);
  return false;
}
