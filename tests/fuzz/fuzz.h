/* SPDX-License-Identifier: MIT */
/* What a fuzz target has beside LLVMFuzzerTestOneInput, for the driver of our
 * own (fuzz.c); libFuzzer does not look at it. A target ends the process when
 * something is wrong (NEVER), as a crash would. */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

extern const char fuzz_name[];
/* Inputs to begin with, and files that hold one each: before is put in front of
 * what the file holds; a path without a slash in front is below the source
 * tree; one that is not there is left out. */
struct fuzz_seed {
  const char *text;
  size_t len;
};
struct fuzz_file {
  const char *before, *path;
};
#define FUZZ_SEED(literal)                                                     \
  { literal, sizeof(literal) - 1 }
extern const struct fuzz_seed fuzz_seeds[]; /* both end with NULL */
extern const struct fuzz_file fuzz_files[];
extern const char *const fuzz_words[]; /* to be put in; ends with NULL */
/* What the last input met, as a number: one that met something new is kept, to
 * be changed further. */
extern uint64_t fuzz_met;

#define NEVER(cond)                                                            \
  do {                                                                         \
    if (cond) {                                                                \
      fprintf(stderr, "%s:%d: %s: must never be: %s\n", __FILE__, __LINE__,    \
              __func__, #cond);                                                \
      abort();                                                                 \
    }                                                                          \
  } while (0)

#endif
