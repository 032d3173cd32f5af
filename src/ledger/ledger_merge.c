/* SPDX-License-Identifier: MIT */
/* An incident becomes part of another. What goes on there goes to it as rows:
 * alerts with their evidence, tasks, impact, links, figures, what was said.
 * What happened stays a row of the one it happened to, timeline, pages and
 * runs, and is read with the other (PARTS). */
#include "ledger/ledger_sql.h"

static enum err count_firing(struct ledger *l, int64_t id, int64_t *firing) {
  struct row r;
  row_open(&r, l, SQL_COUNT_FIRING);
  put_int(&r, id);
  *firing = row_next(&r) ? get_int(&r) : 0;
  return row_close(&r);
}

enum err ledger_merge(struct ledger *l, int64_t id, int64_t into, wall_ms now,
                      int64_t *firing) {
  static const struct {
    enum query which;
    bool ends; /* takes the time in place of the other one */
  } parts[] = {{SQL_MOVE_LIVE_ALERTS, false}, {SQL_MOVE_CLEARED_ALERTS, false},
               {SQL_MOVE_EVIDENCE, false},    {SQL_MOVE_TASKS, false},
               {SQL_MOVE_IMPACTS, false},     {SQL_MOVE_LINKS, false},
               {SQL_MOVE_SAID, false},        {SQL_MOVE_FIGURES, false},
               {SQL_MOVE_REMINDERS, false},   {SQL_MOVE_INHIBITED, false},
               {SQL_MOVE_SILENCES, false},    {SQL_MOVE_CHILDREN, false},
               {SQL_MOVE_PARTS, false},       {SQL_END_ALL_REMINDERS, true},
               {SQL_END_ALL_TEAMS, true},     {SQL_END_ALL_ROLES, true}};
  enum err err = OK;
  for (size_t i = 0; i < sizeof parts / sizeof parts[0] && err == OK; i++) {
    struct row r;
    row_open(&r, l, parts[i].which);
    put_int(&r, parts[i].ends ? now : into);
    put_int(&r, id);
    err = row_run(&r);
  }
  return err == OK ? count_firing(l, into, firing) : err;
}
