/* SPDX-License-Identifier: MIT */
/* The statements about what hangs on an incident while it is worked on: roles,
 * teams, tasks, impact, links, figures, reminders. Part of statements.h. */
#ifndef INCIDENT_STATEMENTS_WORK_H
#define INCIDENT_STATEMENTS_WORK_H

#define ROLE_COLUMNS "id, incident, role, who, since, until, by"
#define TEAM_COLUMNS "id, incident, name, leader, since, until, ended_at, by"
#define TASK_COLUMNS                                                           \
  "id, incident, text, assignee, due_at, created_at, created_by,"              \
  " understood_at, done_at, done_by"
#define IMPACT_COLUMNS "id, incident, text, from_at, until_at, by, created_at"
#define LINK_COLUMNS "id, incident, url, title, by, created_at"
#define FIGURE_COLUMNS "id, incident, name, value, at, by"
#define REMINDER_COLUMNS                                                       \
  "id, incident, kind, subject, who, text, due_at, every, ended_at, owed_at"

/* All of an incident's rows, and what goes with a pruned one. */
#define STATEMENTS_OF(NAME, table, columns)                                    \
  STATEMENT(NAME##S, "SELECT " columns " FROM " table " INDEXED BY " table     \
                     "_incident WHERE incident = :incident ORDER BY id")       \
  STATEMENT(PRUNE_##NAME##S,                                                   \
            "DELETE FROM " table " WHERE id IN (SELECT id FROM " table         \
            " INDEXED BY " table                                               \
            "_incident WHERE incident = :incident LIMIT :rows)")

/* Rows of an incident go to the other one. */
#define MOVE(NAME, table, rest)                                                \
  STATEMENT(MOVE_##NAME, "UPDATE " table " SET incident = :into"               \
                         " WHERE incident = :incident" rest)
#define END_ALL(NAME, table, column, at)                                       \
  STATEMENT(END_ALL_##NAME,                                                    \
            "UPDATE " table " INDEXED BY " table "_incident"                   \
            " SET " column " = " at " WHERE incident = :incident AND " column  \
            " IS NULL")

/* An incident becomes part of another (ledger_merge.c). */
#define STATEMENT_LIST_MERGE                                                   \
  MOVE(LIVE_ALERTS, "alert INDEXED BY alert_live", " AND state <> 'cleared'")  \
  MOVE(CLEARED_ALERTS, "alert INDEXED BY alert_cleared",                       \
       " AND state = 'cleared'")                                               \
  MOVE(EVIDENCE, "evidence INDEXED BY evidence_incident", "")                  \
  MOVE(TASKS, "task INDEXED BY task_incident", "")                             \
  MOVE(IMPACTS, "impact INDEXED BY impact_incident", "")                       \
  MOVE(LINKS, "link INDEXED BY link_incident", "")                             \
  MOVE(SAID, "statement INDEXED BY statement_incident", "")                    \
  MOVE(FIGURES, "figure INDEXED BY figure_incident",                           \
       " AND name NOT IN (SELECT name FROM figure AS other"                    \
       " INDEXED BY figure_incident WHERE other.incident = :into)")            \
  MOVE(REMINDERS, "reminder INDEXED BY reminder_incident",                     \
       " AND kind = 'task'")                                                   \
  STATEMENT(MOVE_INHIBITED,                                                    \
            "UPDATE alert INDEXED BY alert_inhibited SET inhibited_by = :into" \
            " WHERE inhibited_by = :incident AND state <> 'cleared'")          \
  STATEMENT(MOVE_SILENCES,                                                     \
            "UPDATE silence SET until_incident = :into"                        \
            " WHERE until_incident = :incident AND ended_at IS NULL")          \
  STATEMENT(MOVE_CHILDREN,                                                     \
            "UPDATE incident INDEXED BY incident_parent SET parent = :into"    \
            " WHERE parent = :incident")                                       \
  STATEMENT(MOVE_PARTS,                                                        \
            "UPDATE incident INDEXED BY incident_merged"                       \
            " SET merged_into = :into WHERE merged_into = :incident")          \
  STATEMENT(COUNT_FIRING, "SELECT COUNT(*) FROM alert INDEXED BY alert_live"   \
                          " WHERE state <> 'cleared' AND state <> 'pending'"   \
                          " AND incident = :incident")                         \
  END_ALL(REMINDERS, "reminder", "ended_at", ":now")                           \
  END_ALL(TEAMS, "team", "ended_at", ":now")                                   \
  END_ALL(ROLES, "role", "until", "MAX(:now, since)")

#define STATEMENT_LIST_WORK                                                    \
  STATEMENT_LIST_MERGE                                                         \
  STATEMENTS_OF(ROLE, "role", ROLE_COLUMNS)                                    \
  STATEMENTS_OF(TEAM, "team", TEAM_COLUMNS)                                    \
  STATEMENTS_OF(TASK, "task", TASK_COLUMNS)                                    \
  STATEMENTS_OF(IMPACT, "impact", IMPACT_COLUMNS)                              \
  STATEMENTS_OF(LINK, "link", LINK_COLUMNS)                                    \
  STATEMENT(FIGURES_OF,                                                        \
            "SELECT " FIGURE_COLUMNS " FROM figure INDEXED BY figure_incident" \
            " WHERE incident = :incident ORDER BY name, id")                   \
  STATEMENT(PRUNE_FIGURES,                                                     \
            "DELETE FROM figure WHERE id IN (SELECT id FROM figure"            \
            " INDEXED BY figure_incident WHERE incident = :incident"           \
            " LIMIT :rows)")                                                   \
  STATEMENT(PRUNE_REMINDERS,                                                   \
            "DELETE FROM reminder WHERE id IN (SELECT id FROM reminder"        \
            " INDEXED BY reminder_incident WHERE incident = :incident"         \
            " LIMIT :rows)")                                                   \
  STATEMENT(ADD_ROLE, "INSERT INTO role (" ROLE_COLUMNS ") VALUES (NULL,"      \
                      " :incident, :role, :who, :since, NULL, :by)")           \
  STATEMENT(END_ROLE,                                                          \
            "UPDATE role SET until = MAX(:at, since) WHERE id IN"              \
            " (SELECT id FROM role INDEXED BY role_incident"                   \
            " WHERE incident = :incident) AND role = :role AND until IS NULL"  \
            " AND (:who IS NULL OR who = :who)")                               \
  STATEMENT(PUT_TEAM,                                                          \
            "INSERT INTO team (" TEAM_COLUMNS ") VALUES (:id, :incident,"      \
            " :name, :leader, :since, :until, :ended_at, :by)"                 \
            " ON CONFLICT (id) DO UPDATE SET leader = excluded.leader,"        \
            " until = excluded.until, ended_at = excluded.ended_at")           \
  STATEMENT(PUT_TASK,                                                          \
            "INSERT INTO task (" TASK_COLUMNS ") VALUES (:id, :incident,"      \
            " :text, :assignee, :due_at, :created_at, :created_by,"            \
            " :understood_at, :done_at, :done_by)"                             \
            " ON CONFLICT (id) DO UPDATE SET assignee = excluded.assignee,"    \
            " due_at = excluded.due_at,"                                       \
            " understood_at = excluded.understood_at,"                         \
            " done_at = excluded.done_at, done_by = excluded.done_by")         \
  STATEMENT(TASK, "SELECT " TASK_COLUMNS " FROM task WHERE id = :id")          \
  STATEMENT(OPEN_TASKS,                                                        \
            "SELECT " TASK_COLUMNS " FROM task INDEXED BY task_open"           \
            " WHERE done_at IS NULL"                                           \
            " ORDER BY due_at IS NULL, due_at, id")                            \
  STATEMENT(PUT_IMPACT,                                                        \
            "INSERT INTO impact (" IMPACT_COLUMNS ") VALUES (:id, :incident,"  \
            " :text, :from_at, :until_at, :by, :created_at)"                   \
            " ON CONFLICT (id) DO UPDATE SET until_at = excluded.until_at")    \
  STATEMENT(IMPACT, "SELECT " IMPACT_COLUMNS " FROM impact WHERE id = :id")    \
  STATEMENT(ADD_LINK, "INSERT INTO link (" LINK_COLUMNS ") VALUES (NULL,"      \
                      " :incident, :url, :title, :by, :created_at)")           \
  STATEMENT(ADD_FIGURE, "INSERT INTO figure (" FIGURE_COLUMNS ") VALUES"       \
                        " (NULL, :incident, :name, :value, :at, :by)")         \
  STATEMENT(ADD_REMINDER,                                                      \
            "INSERT INTO reminder (" REMINDER_COLUMNS ") VALUES (NULL,"        \
            " :incident, :kind, :subject, :who, :text, :due_at, :every,"       \
            " NULL, NULL)")                                                    \
  STATEMENT(END_REMINDERS,                                                     \
            "UPDATE reminder SET ended_at = :now WHERE id IN"                  \
            " (SELECT id FROM reminder INDEXED BY reminder_incident"           \
            " WHERE incident = :incident) AND kind = :kind"                    \
            " AND subject IS :subject AND ended_at IS NULL")

#endif
