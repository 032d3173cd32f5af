/* SPDX-License-Identifier: MIT */
#include "oom.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define LIVE_MAX (1u << 18)
#define RUNS_MAX 1000000

/* Under sanitizers, where a run takes several times as long, only every
 * STRIDE-th of a case's later allocations fails: neighbours mostly fail alike,
 * and without sanitizers each has its turn. */
#if defined __SANITIZE_THREAD__
#define STRIDE 23
#elif defined __SANITIZE_ADDRESS__
#define STRIDE 7
#else
#define STRIDE 1
#endif
#define STRIDE_FROM 50

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
void __real_free(void *p);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);
char *__wrap_strdup(const char *text);
char *__wrap_strndup(const char *text, size_t n);
void __wrap_free(void *p);

/* What is alive, by address: a table rather than a number, because the code
 * under test also frees what a library allocated. Memory may be freed by
 * another thread than allocated it. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static uintptr_t live[LIVE_MAX]; /* open addressing; 0 free, 1 deleted */
static unsigned long live_number[LIVE_MAX]; /* which allocation it was */
static size_t used[LIVE_MAX];               /* the slots that are not free */
static size_t live_n, used_n;
static unsigned long asked; /* allocations of this run */
static unsigned long fail_at;
static bool fail_on;   /* all from fail_at on */
static bool is_failed; /* at least one was refused */
static bool is_counting;
static bool is_full;
static _Thread_local unsigned spared;

static size_t slot_of(uintptr_t p) {
  return (size_t)((p >> 4) * UINT64_C(0x9e3779b97f4a7c15) >> 20) % LIVE_MAX;
}

/* Under the lock. */
static void remember(void *p) {
  if (used_n > LIVE_MAX / 4 * 3) {
    is_full = true;
    return;
  }
  size_t i = slot_of((uintptr_t)p);
  while (live[i] > 1)
    i = (i + 1) % LIVE_MAX;
  if (live[i] == 0)
    used[used_n++] = i;
  live[i] = (uintptr_t)p;
  live_number[i] = asked;
  live_n++;
}

static void forget(void *p) {
  for (size_t i = slot_of((uintptr_t)p); live[i] != 0; i = (i + 1) % LIVE_MAX) {
    if (live[i] == (uintptr_t)p) {
      live[i] = 1;
      live_n--;
      return;
    }
  }
}

/* True if this allocation is to fail. */
static bool ask(void) {
  if (spared > 0)
    return false;
  pthread_mutex_lock(&lock);
  bool fails = false;
  if (is_counting) {
    asked++;
    fails = asked == fail_at || (fail_on && asked > fail_at);
    is_failed |= fails;
  }
  pthread_mutex_unlock(&lock);
  if (fails)
    errno = ENOMEM;
  return fails;
}

static void *got(void *p) {
  if (p != NULL && spared == 0) {
    pthread_mutex_lock(&lock);
    if (is_counting)
      remember(p);
    pthread_mutex_unlock(&lock);
  }
  return p;
}

static void drop(void *p) {
  pthread_mutex_lock(&lock);
  forget(p);
  pthread_mutex_unlock(&lock);
}

void *oom_malloc(size_t n) { return ask() ? NULL : got(__real_malloc(n)); }

void *oom_calloc(size_t n, size_t size) {
  return ask() ? NULL : got(__real_calloc(n, size));
}

void *oom_realloc(void *p, size_t n) {
  if (ask())
    return NULL;
  /* Forgotten first: once it is freed, another thread may get its address. */
  if (p != NULL)
    drop(p);
  void *moved = __real_realloc(p, n);
  if (moved == NULL && n > 0 && p != NULL)
    (void)got(p); /* still there */
  return got(moved);
}

static char *copy(const char *text, size_t len) {
  char *p = oom_malloc(len + 1);
  if (p != NULL) {
    memcpy(p, text, len);
    p[len] = '\0';
  }
  return p;
}

char *oom_strdup(const char *text) { return copy(text, strlen(text)); }

void oom_free(void *p) {
  if (p == NULL)
    return;
  drop(p);
  __real_free(p);
}

void *__wrap_malloc(size_t n) { return oom_malloc(n); }

void *__wrap_calloc(size_t n, size_t size) { return oom_calloc(n, size); }

void *__wrap_realloc(void *p, size_t n) { return oom_realloc(p, n); }

char *__wrap_strdup(const char *text) { return oom_strdup(text); }

char *__wrap_strndup(const char *text, size_t n) {
  return copy(text, strnlen(text, n));
}

void __wrap_free(void *p) { oom_free(p); }

void oom_spare(void) { spared++; }

void oom_spare_end(void) { spared--; }

/* Runs it once with the nth allocation failing; 0 for none. */
static enum err run_once(const struct oom_case *c, unsigned long n) {
  pthread_mutex_lock(&lock);
  while (used_n > 0)
    live[used[--used_n]] = 0;
  live_n = 0;
  asked = 0;
  fail_at = n;
  is_failed = false;
  is_counting = true;
  pthread_mutex_unlock(&lock);
  enum err err = c->run();
  pthread_mutex_lock(&lock);
  is_counting = false;
  pthread_mutex_unlock(&lock);
  return err;
}

static bool complain_of_leaks(const struct oom_case *c, unsigned long n) {
  if (live_n == 0)
    return false;
  printf("%s: %zu allocations left over when number %lu%s fails:", c->name,
         live_n, n, fail_on ? " and all later ones" : "");
  size_t named = 0;
  for (size_t i = 0; i < LIVE_MAX && named < 8; i++)
    if (live[i] > 1 && named++ < 8)
      printf(" number %lu", live_number[i]);
  printf("\n");
  return true;
}

/* True if all is well. */
static bool run_case(const struct oom_case *c, bool is_dear,
                     unsigned long *runs) {
  bool is_good = true;
  for (unsigned long n = 1; n < RUNS_MAX && is_good;
       n += n < STRIDE_FROM ? 1 : STRIDE) {
    enum err err = run_once(c, n);
    (*runs)++;
    if (is_full) {
      printf("%s: too many allocations for the test's table\n", c->name);
      is_good = false;
    } else if (complain_of_leaks(c, n)) {
      is_good = false;
    } else if (!is_failed) {
      if (err != OK)
        printf("%s: %s, with all the memory it asked for\n", c->name,
               err_text(err));
      if (n == 1)
        printf("%s: allocates nothing, so nothing is tested\n", c->name);
      return err == OK && n > 1;
    } else if (err != OK && err != ERR_NOMEM) {
      printf("%s: allocation %lu%s fails, but it says: %s\n", c->name, n,
             fail_on ? " and all later ones" : "", err_text(err));
      is_good = false;
    }
    fail_on ^= is_dear;
  }
  return false;
}

/* A name as argument runs that case alone. */
int main(int argc, char **argv) {
  const struct oom_case *const tables[] = {base_cases,   core_cases,
                                           ledger_cases, engine_cases,
                                           door_cases,   dear_cases};
  unsigned passed = 0, failed = 0;
  unsigned long runs = 0;
  for (size_t t = 0; t < sizeof tables / sizeof tables[0]; t++) {
    for (const struct oom_case *c = tables[t]; c != NULL && c->name != NULL;
         c++) {
      if (argc > 1 && strcmp(argv[1], c->name) != 0)
        continue;
      bool is_good = true, is_dear = tables[t] == dear_cases;
      for (int on = 0; on < (is_dear ? 1 : 2); on++) {
        fail_on = on == 1;
        is_good = run_case(c, is_dear, &runs) && is_good;
      }
      passed += is_good;
      failed += !is_good;
    }
  }
  printf("oom: %u passed, %u failed (%lu runs)\n", passed, failed, runs);
  return failed > 0 || passed == 0;
}
