/* SPDX-License-Identifier: MIT */
/* Runs each case with its first allocation failing, then its second and so on,
 * until a run gets all it asks for; then again with all allocations from the
 * nth on failing (under sanitizers with gaps, see STRIDE). A run must return OK
 * or ERR_NOMEM and leave nothing behind; the one without failures must return
 * OK. Links with
 * -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=strdup,--wrap=strndup,
 * --wrap=free
 * so that only allocations made by the objects linked in fail, not those
 * inside shared libraries. */
#ifndef OOM_H
#define OOM_H

#include "base/err.h"

#include <stddef.h>

struct oom_case {
  const char *name; /* NULL ends a table */
  enum err (*run)(void);
};

/* One table a room, in oom_<room>.c; those that are not linked in are left
 * out. */
extern const struct oom_case base_cases[] __attribute__((weak));
extern const struct oom_case core_cases[] __attribute__((weak));
extern const struct oom_case ledger_cases[] __attribute__((weak));
extern const struct oom_case engine_cases[] __attribute__((weak));
extern const struct oom_case door_cases[] __attribute__((weak));
/* Those that take long: each allocation fails once, by turns alone and with all
 * later ones. */
extern const struct oom_case dear_cases[] __attribute__((weak));

/* For allocators with hooks of their own (SQLITE_CONFIG_MALLOC,
 * curl_global_init_mem): count, fail and track like all others. */
void *oom_malloc(size_t n);
void *oom_calloc(size_t n, size_t size);
void *oom_realloc(void *p, size_t n);
char *oom_strdup(const char *text);
void oom_free(void *p);

/* Between these two (they nest) the calling thread's allocations do not fail
 * and are not missed at the end: for what a library makes once for good. */
void oom_spare(void);
void oom_spare_end(void);

#endif
