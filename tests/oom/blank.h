/* SPDX-License-Identifier: MIT */
/* A new ledger in a directory of its own, without what making one costs: a run
 * that makes its tables itself takes ten times as long. */
#ifndef BLANK_H
#define BLANK_H

#include "base/err.h"

struct blank {
  char dir[80];  /* "" for none */
  char path[96]; /* of the ledger */
};

/* Nothing in it fails for want of memory. ERR_IO if there is no directory to
 * be had. */
enum err blank_make(struct blank *b);
/* Removes all of it; nothing of one that could not be made or is all zero. */
void blank_remove(const struct blank *b);

#endif
