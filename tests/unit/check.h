/* SPDX-License-Identifier: MIT */
/* A check that keeps going and names itself. */
#ifndef CHECK_H
#define CHECK_H

#include <stdio.h>
#include <string.h>

static unsigned check_passed, check_failed;

#define CHECK(cond)                                                            \
  do {                                                                         \
    if (cond) {                                                                \
      check_passed++;                                                          \
    } else {                                                                   \
      check_failed++;                                                          \
      printf("%s:%d: %s: not true: %s\n", __FILE__, __LINE__, __func__,        \
             #cond);                                                           \
    }                                                                          \
  } while (0)

#define CHECK_TEXT(got, want)                                                  \
  do {                                                                         \
    const char *check_got = (got), *check_want = (want);                       \
    if (check_got != NULL && strcmp(check_got, check_want) == 0) {             \
      check_passed++;                                                          \
    } else {                                                                   \
      check_failed++;                                                          \
      printf("%s:%d: %s: %s is\n  %s\nnot\n  %s\n", __FILE__, __LINE__,        \
             __func__, #got, check_got == NULL ? "(NULL)" : check_got,         \
             check_want);                                                      \
    }                                                                          \
  } while (0)

/* The last line of a program's main: `return check_done("t_buf");` */
static inline int check_done(const char *name) {
  printf("%s: %u passed, %u failed\n", name, check_passed, check_failed);
  return check_failed > 0 || check_passed == 0;
}

#endif
