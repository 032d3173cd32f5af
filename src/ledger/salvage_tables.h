/* SPDX-License-Identifier: MIT */
/* What a salvage copies, and in which order. For ledger_salvage.c alone. */
#ifndef INCIDENT_SALVAGE_TABLES_H
#define INCIDENT_SALVAGE_TABLES_H

#include "ledger/statements.h"

#include <stdbool.h>

#define MARKS_2 "?,?"
#define MARKS_3 MARKS_2 ",?"
#define MARKS_4 MARKS_2 "," MARKS_2
#define MARKS_6 MARKS_3 "," MARKS_3
#define MARKS_7 MARKS_4 "," MARKS_3
#define MARKS_8 MARKS_4 "," MARKS_4
#define MARKS_9 MARKS_7 "," MARKS_2
#define MARKS_10 MARKS_8 "," MARKS_2
#define MARKS_12 MARKS_10 "," MARKS_2
#define MARKS_16 MARKS_8 "," MARKS_8
#define MARKS_17 MARKS_10 "," MARKS_7
#define MARKS_25 MARKS_16 "," MARKS_9
#define MARKS_32 MARKS_16 "," MARKS_16
#define MARKS_37 MARKS_32 "," MARKS_4 ",?"

/* From ROLE on those of schema 5. */
enum table {
  INCIDENT,
  SILENCE,
  OVERRIDE,
  RUN,
  ALERT,
  PAGE,
  ABSENCE,
  TIMELINE,
  EVIDENCE,
  REQUEST,
  EVENT,
  ROLE,
  TEAM,
  TASK,
  IMPACT,
  LINK,
  FIGURE,
  REMINDER,
  ORIGINAL,
  SAID,
  POSTMORTEM,
  TABLES
};

#define NONE (-1)
/* From there on columns of incidents refer to others, which may come later. */
#define INCIDENT_PARENT 35

/* The columns of schemas 1 and 2, with what migration makes of them. Of schema
 * 3, what came with it is left behind. */
#define INCIDENT_OLD                                                           \
  INCIDENT_COLUMNS_1 ", 0, 0, 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL,"    \
                     " NULL"
#define PAGE_OLD PAGE_COLUMNS_3 ", NULL, NULL, NULL"
#define ALERT_OLD                                                              \
  ALERT_COLUMNS_1 ", state = 'firing' OR state = 'pending', 0,"                \
                  " NULL, NULL, NULL, NULL, NULL, NULL, NULL"
#define EVENT_OLD "id, received, 'unmatched', NULL, NULL, " EVENT_COLUMNS_1

/* The first column is the rowid. */
static const struct copy {
  const char *read;
  const char *read_old; /* where the other does not fit the tables */
  const char *write, *exists;
  int columns;
  int incident, run; /* columns that refer to those; NONE */
} copies[TABLES] = {
#define READ(table, key, names, which)                                         \
  "SELECT " names " FROM " table " WHERE " key " > ?" which " ORDER BY " key
#define COPY(table, key, names, old, n, marks, incident_at, run_at)            \
  {                                                                            \
    READ(table, key, names, ""), READ(table, key, old, ""),                    \
        "INSERT OR IGNORE INTO " table " (" names ") VALUES (" marks ")",      \
        "SELECT 1 FROM " table " WHERE " key " = ?", n, incident_at, run_at    \
  }
#define COPY_SAME(table, key, names, n, marks, incident_at, run_at)            \
  COPY(table, key, names, names, n, marks, incident_at, run_at)
    [INCIDENT] = COPY("incident", "id", INCIDENT_COLUMNS, INCIDENT_OLD, 37,
                      MARKS_37, NONE, NONE),
    [SILENCE] =
        COPY_SAME("silence", "id", SILENCE_COLUMNS, 17, MARKS_17, NONE, NONE),
    [OVERRIDE] =
        COPY_SAME("override", "id", OVERRIDE_COLUMNS, 7, MARKS_7, NONE, NONE),
    [RUN] = COPY_SAME("run", "id", RUN_COLUMNS, 10, MARKS_10, 1, NONE),
    [ALERT] =
        COPY("alert", "id", ALERT_COLUMNS, ALERT_OLD, 32, MARKS_32, 1, NONE),
    [PAGE] = COPY("page", "seq", PAGE_COLUMNS, PAGE_OLD, 25, MARKS_25, 3, 4),
    [ABSENCE] =
        COPY_SAME("absence", "id", ABSENCE_COLUMNS, 7, MARKS_7, NONE, NONE),
    [TIMELINE] =
        COPY_SAME("timeline", "id", ENTRY_COLUMNS, 8, MARKS_8, 1, NONE),
    [EVIDENCE] =
        COPY_SAME("evidence", "alert", EVIDENCE_COLUMNS, 4, MARKS_4, 1, NONE),
    [REQUEST] =
        COPY_SAME("request", "id", "id, at, detail", 3, MARKS_3, NONE, NONE),
    [EVENT] =
        COPY("event", "id", EVENT_COLUMNS, EVENT_OLD, 16, MARKS_16, NONE, NONE),
    [ROLE] = COPY_SAME("role", "id", ROLE_COLUMNS, 7, MARKS_7, 1, NONE),
    [TEAM] = COPY_SAME("team", "id", TEAM_COLUMNS, 8, MARKS_8, 1, NONE),
    [TASK] = COPY_SAME("task", "id", TASK_COLUMNS, 10, MARKS_10, 1, NONE),
    [IMPACT] = COPY_SAME("impact", "id", IMPACT_COLUMNS, 7, MARKS_7, 1, NONE),
    [LINK] = COPY_SAME("link", "id", LINK_COLUMNS, 6, MARKS_6, 1, NONE),
    [FIGURE] = COPY_SAME("figure", "id", FIGURE_COLUMNS, 6, MARKS_6, 1, NONE),
    [REMINDER] =
        COPY_SAME("reminder", "id", REMINDER_COLUMNS, 10, MARKS_10, 1, NONE),
    [POSTMORTEM] = COPY_SAME("postmortem", "incident", POSTMORTEM_COLUMNS, 6,
                             MARKS_6, 0, NONE),
    [SAID] = COPY_SAME("statement", "id", SAID_COLUMNS, 12, MARKS_12, 1, NONE),
    [ORIGINAL] =
        COPY_SAME("original", "id", ORIGINAL_COLUMNS, 6, MARKS_6, NONE, NONE),
};

/* In that order. A row of an incident that is not there (yet) is passed over:
 * so first comes all of the open incidents. */
static const struct stage {
  enum table table;
  bool is_urgent;
  bool is_last; /* what is passed over now is lost */
} stages[] = {
    {REQUEST, true, true},   {SILENCE, true, true},
    {OVERRIDE, true, true},  {INCIDENT, true, false},
    {RUN, true, false},      {ALERT, true, false},
    {PAGE, true, false},     {TIMELINE, false, false},
    {ABSENCE, false, true},  {INCIDENT, false, true},
    {RUN, false, true},      {ALERT, false, true},
    {PAGE, false, true},     {TIMELINE, false, true},
    {EVIDENCE, false, true}, {ROLE, false, true},
    {TEAM, false, true},     {TASK, false, true},
    {IMPACT, false, true},   {LINK, false, true},
    {FIGURE, false, true},   {REMINDER, false, true},
    {SAID, false, true},     {POSTMORTEM, false, true},
    {ORIGINAL, false, true}, {EVENT, false, true},
};

/* Only in the first stage of its table: open ones. */
#define OPEN_ONES " AND status <> 'resolved'"
static const char *const urgent_incidents[] = {
    READ("incident", "id", INCIDENT_COLUMNS, OPEN_ONES),
    READ("incident", "id", INCIDENT_OLD, OPEN_ONES)};

#endif
