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

#define STATEMENT_LIST_WORK                                                    \
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
