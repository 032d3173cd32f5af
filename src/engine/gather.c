/* SPDX-License-Identifier: MIT */
#include "engine/gather.h"

#include "core/rule.h"
#include "engine/casework.h"

#define KEY_MAX 4096

enum err gather_init(struct gather *g, struct casework *w) {
  *g = (struct gather){.work = w};
  return OK;
}

void gather_fini(struct gather *g) { *g = (struct gather){0}; }

void gather_fired(struct gather *g, struct alert *a, wall_ms now) {
  struct buf key;
  buf_init(&key, KEY_MAX);
  buf_add(&key, "");
  field_set_key(&a->rule->group_by, a->signal, &key);
  struct casefile *c = book_open_group(g->work->book, a->rule, buf_text(&key));
  if (c != NULL)
    casework_join(g->work, c, a, now);
  else
    (void)casework_declare_for(g->work, a, buf_text(&key), false, now);
  buf_fini(&key);
}

void gather_leave(struct gather *g, struct alert *a) {
  (void)g;
  (void)a;
}

void gather_due(struct gather *g, struct gathering *it, wall_ms now) {
  (void)g;
  (void)it;
  (void)now;
}

void gather_resume(struct gather *g, wall_ms now) {
  (void)g;
  (void)now;
}
