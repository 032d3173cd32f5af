/* SPDX-License-Identifier: MIT */
#include "engine/stack.h"

#include <stdlib.h>
#include <string.h>

void stack_fini(struct stack *s) {
  free(s->items);
  *s = (struct stack){0};
}

enum err stack_push(struct stack *s, void *item) {
  if (s->n == s->cap) {
    size_t cap = s->cap == 0 ? 64 : s->cap * 2;
    void **items = realloc(s->items, cap * sizeof *items);
    if (items == NULL)
      return ERR_NOMEM;
    s->items = items;
    s->cap = cap;
  }
  s->items[s->n++] = item;
  return OK;
}

void stack_shift(struct stack *s, size_t n) {
  if (n == 0)
    return;
  s->n -= n;
  memmove(s->items, s->items + n, s->n * sizeof *s->items);
}
