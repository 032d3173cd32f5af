/* SPDX-License-Identifier: MIT */
/* Series that must not stop. */
#include "ledger/rows.h"

#include <stdlib.h>
#include <string.h>

static enum err run_with_key(struct ledger *l, enum query which,
                             const char *rule, const struct signal *series) {
  struct row r;
  row_open(&r, l, which);
  put_text(&r, rule);
  row_put_series(&r, series);
  return row_run(&r);
}

enum err ledger_put_absence(struct ledger *l, const struct absence *a) {
  enum err err = OK;
  if (a->row_rule != NULL)
    err = run_with_key(l, SQL_DROP_ABSENCE, a->row_rule, a->series);
  else if (a->is_dropped)
    err = run_with_key(l, SQL_DROP_ABSENCE, a->rule->name, a->series);
  if (err == OK && !a->is_dropped)
    err = run_with_key(l, SQL_PUT_ABSENCE, a->rule->name, a->series);
  return err;
}

enum err row_take_absence(struct row *r, struct absence *own_absence,
                          const char **rule) {
  uint64_t memory[SIGNAL_BYTES_MAX / sizeof(uint64_t)];
  struct absence a = {.timer = {.due = WALL_NEVER, .kind = TIMER_ABSENCE},
                      .seen = WALL_NEVER,
                      .is_stored = true};
  struct packer p;
  signal_begin(&p, memory);
  p.signal->kind = SIGNAL_FIRST;
  const char *rule_name = get_text(r);
  for (int f = 0; f < FIELDS; f++) {
    const char *text = get_text(r);
    signal_add(&p, text != NULL ? text : "", text != NULL ? strlen(text) : 0);
  }
  signal_end(&p, false);
  a.row_rule = rule_name != NULL ? strdup(rule_name) : NULL;
  a.series = signal_copy(p.signal);
  if (r->err == OK && (a.row_rule == NULL || a.series == NULL))
    r->err = ERR_NOMEM;
  if (r->err != OK) {
    free(a.row_rule);
    free(a.series);
    return r->err;
  }
  *rule = rule_name;
  *own_absence = a;
  return OK;
}
