/* SPDX-License-Identifier: MIT */
/* The statements about what is learnt from incidents. Part of statements.h. */
#ifndef INCIDENT_STATEMENTS_LEARN_H
#define INCIDENT_STATEMENTS_LEARN_H

#define POSTMORTEM_COLUMNS                                                     \
  "incident, status, owner, meeting_at, created_at, sections"

#define STATEMENT_LIST_LEARN                                                   \
  STATEMENT(PUT_POSTMORTEM,                                                    \
            "INSERT INTO postmortem (" POSTMORTEM_COLUMNS ")"                  \
            " VALUES (:incident, :status, :owner, :meeting_at, :created_at,"   \
            " :sections) ON CONFLICT (incident) DO UPDATE SET"                 \
            " status = excluded.status, owner = excluded.owner,"               \
            " meeting_at = excluded.meeting_at,"                               \
            " sections = excluded.sections")                                   \
  STATEMENT(POSTMORTEM, "SELECT " POSTMORTEM_COLUMNS                           \
                        " FROM postmortem WHERE incident = :incident")         \
  STATEMENT(POSTMORTEMS_OWED,                                                  \
            "SELECT id, resolved_at FROM incident"                             \
            " WHERE resolved_at IS NOT NULL AND major = 1 AND test = 0"        \
            " AND merged_into IS NULL"                                         \
            " AND NOT EXISTS (SELECT 1 FROM postmortem"                        \
            " WHERE postmortem.incident = incident.id)"                        \
            " UNION SELECT incident, resolved_at FROM postmortem"              \
            " JOIN incident ON incident.id = postmortem.incident"              \
            " WHERE postmortem.status <> 'closed' ORDER BY 2, 1")              \
  STATEMENT(OWE_MEETING,                                                       \
            "INSERT INTO reminder (incident, kind, who, text, due_at, every)"  \
            " SELECT :incident, 'postmortem', (SELECT owner FROM postmortem"   \
            " WHERE incident = :incident), :text, :due_at, 0"                  \
            " WHERE (EXISTS (SELECT 1 FROM postmortem"                         \
            " WHERE incident = :incident)"                                     \
            " OR EXISTS (SELECT 1 FROM incident WHERE id = :incident"          \
            " AND major = 1 AND test = 0 AND merged_into IS NULL))"            \
            " AND NOT EXISTS (SELECT 1 FROM postmortem"                        \
            " WHERE incident = :incident AND (meeting_at IS NOT NULL"          \
            " OR status = 'closed'))")                                         \
  STATEMENT(REPORT_CASES,                                                      \
            "SELECT id, severity, rule, group_key, service, team, private,"    \
            " resolved_by IS NOT NULL, declared_at,"                           \
            " coalesce((SELECT at FROM timeline INDEXED BY timeline_incident"  \
            " WHERE timeline.incident = incident.id AND at >= declared_at"     \
            " AND (kind = 'acknowledged' OR kind = 'snoozed')"                 \
            " ORDER BY at, timeline.id LIMIT 1), acknowledged_at),"            \
            " resolved_at, alerts_total,"                                      \
            " (SELECT COUNT(*) FROM timeline INDEXED BY timeline_incident"     \
            " WHERE timeline.incident = incident.id AND kind = 'reopened')"    \
            " FROM incident INDEXED BY incident_declared"                      \
            " WHERE declared_at >= :since AND declared_at < :until"            \
            " AND test = 0 AND merged_into IS NULL ORDER BY declared_at, id")  \
  STATEMENT(REPORT_PAGES,                                                      \
            "SELECT page.responder, iif(incident.private, NULL,"               \
            " incident.rule), page.delivered_at FROM page JOIN incident"       \
            " ON incident.id = page.incident"                                  \
            " WHERE page.id >= :made AND page.event = 'incident.page'"         \
            " AND page.delivered_at >= :since AND page.delivered_at < :until"  \
            " AND incident.test = 0")                                          \
  STATEMENT(NEWEST, "SELECT recorded_at FROM timeline"                         \
                    " ORDER BY id DESC LIMIT 1")                               \
  STATEMENT(PRUNE_POSTMORTEM,                                                  \
            "DELETE FROM postmortem WHERE incident = :incident AND :rows > 0")

#endif
