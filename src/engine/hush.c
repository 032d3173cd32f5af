/* SPDX-License-Identifier: MIT */
#include "engine/hush.h"

#include "engine/casework.h"

enum err hush_init(struct hush *h, struct casework *w) {
  *h = (struct hush){.timer = {.due = WALL_NEVER, .kind = TIMER_HUSH},
                     .work = w};
  w->book->others_n++;
  return book_reserve_timer(w->book);
}

void hush_fini(struct hush *h) { *h = (struct hush){0}; }

void hush_fired(struct hush *h, struct alert *a, wall_ms now) {
  (void)h;
  (void)a;
  (void)now;
}

void hush_over(struct hush *h, struct alert *a, wall_ms now) {
  (void)h;
  (void)a;
  (void)now;
}

void hush_resolved(struct hush *h, const struct casefile *c, wall_ms now) {
  (void)h;
  (void)c;
  (void)now;
}

void hush_changed(struct hush *h, wall_ms now) {
  (void)h;
  (void)now;
}

void hush_due(struct hush *h, wall_ms now) {
  (void)h;
  (void)now;
}

void hush_resume(struct hush *h, wall_ms now) {
  (void)h;
  (void)now;
}
