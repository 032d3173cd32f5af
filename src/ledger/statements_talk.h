/* SPDX-License-Identifier: MIT */
/* The statements about what is said of an incident and when it is owed. Part of
 * statements.h. */
#ifndef INCIDENT_STATEMENTS_TALK_H
#define INCIDENT_STATEMENTS_TALK_H

#include "ledger/statements_work.h"

#define SAID_COLUMNS                                                           \
  "id, incident, template, subject, body, webhooks, state, created_at,"        \
  " created_by, approved_by, posted_at, next_at"

/* Of an incident and a kind, what has not ended. */
#define OPEN_CLOCK                                                             \
  " WHERE id IN (SELECT id FROM reminder INDEXED BY reminder_incident"         \
  " WHERE incident = :incident) AND kind = :kind AND ended_at IS NULL"

#define STATEMENT_LIST_TALK                                                    \
  STATEMENT(PUT_SAID,                                                          \
            "INSERT INTO statement (" SAID_COLUMNS ") VALUES (:id, :incident," \
            " :template, :subject, :body, :webhooks, :state, :created_at,"     \
            " :created_by, :approved_by, :posted_at, :next_at)"                \
            " ON CONFLICT (id) DO UPDATE SET state = excluded.state,"          \
            " subject = excluded.subject, body = excluded.body,"               \
            " approved_by = excluded.approved_by,"                             \
            " posted_at = excluded.posted_at, next_at = excluded.next_at")     \
  STATEMENT(SAID, "SELECT " SAID_COLUMNS " FROM statement WHERE id = :id")     \
  STATEMENT(SAID_OF,                                                           \
            "SELECT " SAID_COLUMNS " FROM statement"                           \
            " INDEXED BY statement_incident WHERE incident = :incident"        \
            " ORDER BY id")                                                    \
  STATEMENT(PRUNE_SAID,                                                        \
            "DELETE FROM statement WHERE id IN (SELECT id FROM statement"      \
            " INDEXED BY statement_incident WHERE incident = :incident"        \
            " LIMIT :rows)")                                                   \
  STATEMENT(NEXT_REMINDER,                                                     \
            "SELECT due_at FROM reminder INDEXED BY reminder_due"              \
            " WHERE ended_at IS NULL ORDER BY due_at LIMIT 1")                 \
  STATEMENT(DUE_REMINDERS, "SELECT " REMINDER_COLUMNS                          \
                           " FROM reminder INDEXED BY reminder_due"            \
                           " WHERE ended_at IS NULL AND due_at <= :now"        \
                           " ORDER BY due_at, id LIMIT :rows")                 \
  STATEMENT(OPEN_REMINDERS,                                                    \
            "SELECT " REMINDER_COLUMNS                                         \
            " FROM reminder INDEXED BY reminder_incident"                      \
            " WHERE incident = :incident AND ended_at IS NULL ORDER BY id")    \
  STATEMENT(STEP_REMINDER,                                                     \
            "UPDATE reminder SET due_at = :due_at, every = :every,"            \
            " ended_at = :ended_at, owed_at = :owed_at"                        \
            " WHERE id = :id AND ended_at IS NULL AND due_at = :was")          \
  STATEMENT(HASTEN_CLOCK, "UPDATE reminder SET due_at = MIN(due_at, :due_at)," \
                          " every = :every" OPEN_CLOCK)                        \
  STATEMENT(MOVE_CLOCK, "UPDATE reminder SET due_at = :due_at,"                \
                        " every = :every, owed_at = NULL" OPEN_CLOCK)          \
  STATEMENT(END_CLOCK, "UPDATE reminder SET ended_at = :now" OPEN_CLOCK)       \
  STATEMENT(CLAMP_CLOCKS,                                                      \
            "UPDATE reminder SET due_at = :now + every WHERE ended_at IS NULL" \
            " AND kind IN ('update', 'public', 'deputy')"                      \
            " AND due_at > :now + every")                                      \
  STATEMENT(HOLDER, "SELECT who FROM role INDEXED BY role_incident"            \
                    " WHERE incident = :incident AND role = :role"             \
                    " AND until IS NULL ORDER BY id DESC LIMIT 1")

#endif
