/* SPDX-License-Identifier: MIT */
/* What the timeline and the log say of incidents and their alerts: of many
 * alerts of a turn one line. */
#include "engine/casework_inside.h"

#include "base/log.h"

#include <stdlib.h>

#define NAME_MAX_BYTES 1024

void casework_note_about(struct casework *w, struct casefile *c) {
  if (!c->is_noted && stack_push(&w->book->noted, c) == OK)
    c->is_noted = true;
}

void casework_note_alert(struct casework *w, const struct casefile *c,
                         const struct alert *a, const char *did, wall_ms now) {
  struct buf name;
  buf_init(&name, NAME_MAX_BYTES);
  signal_add_name(a->signal, &name);
  const char *message = signal_message(a->signal);
  book_note(w->book, c, KIND_ALERT, now, "%s %s%s%s", buf_text(&name), did,
            message[0] != '\0' ? ": " : "", message);
  buf_fini(&name);
}

void casework_log_declared(struct casework *w, const struct casefile *c) {
  struct buf line;
  char *text = NULL;
  buf_init(&line, NAME_MAX_BYTES);
  buf_addf(&line, "incident: declared incident %lld severity=%s: %s",
           casework_id(c), c->incident.severity, incident_name(&c->incident));
  if (buf_take(&line, &text) == OK && stack_push(&w->lines, text) == OK)
    return;
  log_line(LOG_NOTICE, "incident: declared incident %lld", casework_id(c));
  free(text);
  buf_fini(&line);
}

void casework_log(struct casework *w) {
  for (size_t i = 0; i < w->lines.n; i++) {
    log_line(LOG_NOTICE, "%s", (char *)w->lines.items[i]);
    free(w->lines.items[i]);
  }
  w->lines.n = 0;
}

void casework_fini(struct casework *w) {
  casework_log(w);
  stack_fini(&w->lines);
}

static void note_some(struct casework *w, const struct casefile *c, int64_t n,
                      const struct alert *one, const char *did, wall_ms now) {
  if (n == 1 && one != NULL)
    casework_note_alert(w, c, one, did, now);
  else if (n > 0)
    book_note(w->book, c, KIND_ALERT, now, "%lld alert%s %s", (long long)n,
              n == 1 ? "" : "s", did);
}

void casework_note_alerts(struct casework *w, wall_ms now) {
  struct stack *noted = &w->book->noted;
  for (size_t i = 0; i < noted->n; i++) {
    struct casefile *c = noted->items[i];
    note_some(w, c, c->joined, c->joined_one, "joined", now);
    note_some(w, c, c->cleared, c->cleared_one, "cleared", now);
    casework_note_held(w, c, now);
    c->joined = c->cleared = 0;
    c->joined_one = c->cleared_one = NULL;
    c->is_noted = false;
  }
  noted->n = 0;
  hush_note(w->hush, now);
}
