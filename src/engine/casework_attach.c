/* SPDX-License-Identifier: MIT */
/* Series that a person attaches to an incident: each is an alert of no rule
 * that never fired, so that it is shown, sampled and kept as others are. */
#include "base/log.h"
#include "engine/casework_inside.h"

#include <stdlib.h>
#include <string.h>

#define NAME_MAX_BYTES 2048

static bool has_series(const struct casefile *c, const struct signal *s) {
  const struct alert *a = c->alerts;
  while (a != NULL && !signal_same_series(a->signal, s))
    a = a->next;
  return a != NULL;
}

/* What is known of the series: of an alert, if there is one. */
static enum err find_signal(const struct book *b, const char *name, wall_ms now,
                            struct signal **own_signal) {
  struct signal *s = NULL;
  enum err err = signal_from_name(name, now, &s);
  const struct alert *a = err == OK ? book_alert(b, s) : NULL;
  if (err != OK)
    return err;
  if (a != NULL) {
    free(s);
    s = signal_copy(a->signal);
  }
  *own_signal = s;
  return s != NULL ? OK : ERR_NOMEM;
}

static enum err attach(struct casework *w, struct casefile *c,
                       struct signal *own_signal, wall_ms now) {
  if (has_series(c, own_signal)) {
    free(own_signal);
    return OK;
  }
  struct alert *a = book_add_alert(w->book, own_signal);
  if (a == NULL)
    return ERR_NOMEM;
  a->state = ALERT_CLEARED;
  a->level = a->bad_level = LEVEL_OKAY;
  a->since = a->heard_at = a->changed_at = now;
  book_attach_alert(c, a);
  c->incident.alerts_total++;
  book_touch_alert(w->book, a);
  book_touch_casefile(w->book, c);
  evidence_attached(w->evidence, a, now);
  return OK;
}

void casework_attach(struct casework *w, struct casefile *c, const char *series,
                     const char *by, wall_ms now) {
  char name[NAME_MAX_BYTES];
  struct signal *s = NULL;
  for (const char *line = series; line != NULL && *line != '\0';) {
    size_t len = strcspn(line, "\n");
    enum err err = len < sizeof name ? OK : ERR_INVALID;
    if (err == OK) {
      memcpy(name, line, len);
      name[len] = '\0';
      err = find_signal(w->book, name, now, &s);
    }
    if (err == OK)
      err = attach(w, c, s, now);
    if (err == OK)
      book_note(w->book, c, KIND_ALERT, now, "%s attached by %.128s", name, by);
    else
      log_line(LOG_ERROR,
               "incident: incident %lld: a series cannot be "
               "attached: %s",
               casework_id(c), err_text(err));
    line += len + (line[len] == '\n');
  }
}
