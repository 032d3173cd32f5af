/* SPDX-License-Identifier: MIT */
/* A growing array of pointers that it does not own. */
#ifndef INCIDENT_STACK_H
#define INCIDENT_STACK_H

#include "base/err.h"

#include <stddef.h>

struct stack {
  void **items;
  size_t n, cap;
};

void stack_fini(struct stack *s);
enum err stack_push(struct stack *s, void *item);
/* Takes the first n out; the others move up. */
void stack_shift(struct stack *s, size_t n);

#endif
