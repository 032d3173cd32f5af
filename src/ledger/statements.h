/* SPDX-License-Identifier: MIT */
/* Every statement by name. Parameters are numbered by where they first stand,
 * and that is the order in which the functions fill them; columns likewise. */
#ifndef INCIDENT_STATEMENTS_H
#define INCIDENT_STATEMENTS_H

#include "ledger/statements_learn.h"
#include "ledger/statements_rows.h"
#include "ledger/statements_talk.h"
#include "ledger/statements_work.h"

/* _1: those of schemas 1 and 2; _3: up to 3. */
#define INCIDENT_COLUMNS_1                                                     \
  "id, title, description, rule, group_key, severity, chain, service, team,"   \
  " runbook, commander, labels, status, test, private, major, declared_at,"    \
  " declared_by, acknowledged_at, acknowledged_by, resolved_at, resolved_by,"  \
  " alerts_firing, alerts_total, join_told_at, hold_until"

#define INCIDENT_COLUMNS                                                       \
  INCIDENT_COLUMNS_1 ", storm, paused, upgrades, snoozed_until,"               \
                     " asked_at, summary, cause, detection, codename, parent," \
                     " merged_into"

#define ALERT_COLUMNS_1                                                        \
  "id, incident, rule, host, plugin, plugin_instance, type, type_instance,"    \
  " data_source, level, state, value, warning_min, warning_max, failure_min,"  \
  " failure_max, message, meta, since, good_since, received, sent, unsure"

#define ALERT_COLUMNS                                                          \
  ALERT_COLUMNS_1                                                              \
  ", bad_by, flapping, changed_at, fired_1, fired_2, fired_3, silence,"        \
  " inhibited_by, group_key"

#define RUN_COLUMNS                                                            \
  "id, incident, chain, source, state, step, round, step_at, round_at,"        \
  " ended_at"

#define PAGE_COLUMNS_3                                                         \
  "seq, id, ack_token, incident, run, request, event, state, reach, webhook,"  \
  " responder, chain, target, step, round, attempts, created_at,"              \
  " delivered_at, tried, http_status, error, response"
#define PAGE_COLUMNS PAGE_COLUMNS_3 ", due_at, content, tries"

#define ENTRY_COLUMNS "id, incident, at, recorded_at, kind, by, text, important"

#define ORIGINAL_COLUMNS "id, entry, at, text, amended_at, amended_by"
/* Of an incident. */
#define ORIGINALS                                                              \
  " FROM timeline AS t INDEXED BY timeline_incident CROSS JOIN original AS o"  \
  " INDEXED BY original_entry ON o.entry = t.id WHERE t.incident = :incident"
#define ORIGINALS_WITH_PARTS                                                   \
  " FROM timeline AS t INDEXED BY timeline_incident CROSS JOIN original AS o"  \
  " INDEXED BY original_entry ON o.entry = t.id WHERE t.incident IN"           \
  " (SELECT :incident UNION ALL " PARTS ")"

#define EVENT_COLUMNS_1                                                        \
  "received, host, plugin, plugin_instance, type, type_instance,"              \
  " data_source, level, value, message, meta"
#define EVENT_COLUMNS "id, at, reason, rule, holder, " EVENT_COLUMNS_1

#define SILENCE_COLUMNS                                                        \
  "id, matches, by, reason, created_at, starts_at, ends_at, until_incident,"   \
  " until_resolved, every, zone, every_for, remind, reminded_at, ended_at,"    \
  " ended_by, suppressed"

#define OVERRIDE_COLUMNS                                                       \
  "id, schedule, responder, from_at, until_at, by, created_at"

#define ABSENCE_KEY "rule, host, plugin, plugin_instance, type, type_instance"
#define ABSENCE_COLUMNS "id, " ABSENCE_KEY

#define EVIDENCE_COLUMNS "alert, incident, data_source, points"

/* Incidents by what the plugin has to do with them yet. The last timeline entry
 * is about as old as the plugin's last turn. */
#define OPEN                                                                   \
  "SELECT id FROM incident INDEXED BY incident_open WHERE status <> "          \
  "'resolved'"
/* What has become part of one of these: alerts of its group join that. */
#define PART_OF(these)                                                         \
  "SELECT id FROM incident INDEXED BY incident_merged"                         \
  " WHERE merged_into IN (" these ")"
/* From each incident to the next, instead of from alert to alert. */
#define FIRST_FIRING                                                           \
  "SELECT MIN(incident) FROM alert INDEXED BY alert_live"                      \
  " WHERE state <> 'cleared' AND incident > "
#define FIRING                                                                 \
  "SELECT incident FROM (WITH RECURSIVE firing (incident) AS (" FIRST_FIRING   \
  "0 UNION ALL SELECT (" FIRST_FIRING "firing.incident)"                       \
  " FROM firing WHERE incident > 0) SELECT incident FROM firing)"
#define GOING_ON                                                               \
  OPEN " UNION " PART_OF(                                                      \
      OPEN) " UNION SELECT incident FROM page INDEXED BY page_unfinished"      \
            " WHERE state IN ('pending', 'sending')"                           \
            " UNION " FIRING
#define LATELY                                                                 \
  "(SELECT recorded_at FROM timeline ORDER BY id DESC LIMIT 1) - :within"
#define JUST_OVER_ITSELF                                                       \
  "SELECT id FROM incident INDEXED BY incident_resolved"                       \
  " WHERE resolved_at >= " LATELY " AND resolved_by IS NULL"
#define JUST_OVER JUST_OVER_ITSELF " UNION " PART_OF(JUST_OVER_ITSELF)

/* What `list` may ask for; a NULL parameter asks nothing. With :any the search
 * is all there is, and no further column of a million rows is unpacked. */
#define LIST_WHERE                                                             \
  " (:search IS NULL OR found(:search, title, description))"                   \
  " AND (:any OR (declared_at >= :since"                                       \
  " AND (:status IS NULL OR status = :status)"                                 \
  " AND (:severity IS NULL OR severity = :severity)"                           \
  " AND (:rule IS NULL OR rule = :rule)"                                       \
  " AND (:private IS NULL OR private = 1)))"                                   \
  " ORDER BY declared_at DESC, id DESC"

/* What has become part of the incident: its timeline and pages are shown there.
 */
#define PARTS                                                                  \
  "SELECT id FROM incident INDEXED BY incident_merged"                         \
  " WHERE merged_into = :incident"

/* The error of a cancelled page is the reason for that and tells nothing of its
 * webhook, which it may never have been sent to. */
#define PAGE_WAS_TRIED " AND (state <> 'cancelled' OR attempts > 0)"
#define PAGE_TROUBLE                                                           \
  "CASE WHEN state <> 'cancelled' THEN error"                                  \
  " WHEN http_status > 0 THEN 'HTTP ' || http_status ELSE 'no answer' END"

/* INDEXED BY: were the index gone or not fit, the statement would fail at once
 * instead of being slow one day. */
#define STATEMENT_LIST                                                         \
  STATEMENT_LIST_ROWS                                                          \
  STATEMENT_LIST_WORK                                                          \
  STATEMENT_LIST_TALK                                                          \
  STATEMENT_LIST_LEARN                                                         \
  STATEMENT(BEGIN, "BEGIN IMMEDIATE")                                          \
  STATEMENT(COMMIT, "COMMIT")                                                  \
  STATEMENT(ROLLBACK, "ROLLBACK")                                              \
  STATEMENT(DATA_VERSION, "PRAGMA data_version")                               \
  /* ---- settings ---- */                                                     \
  STATEMENT(GET, "SELECT value FROM setting WHERE key = :key")                 \
  STATEMENT(SET, "INSERT INTO setting (key, value) VALUES (:key, :value)"      \
                 " ON CONFLICT (key) DO UPDATE SET value = excluded.value")    \
  STATEMENT(UNSET, "DELETE FROM setting WHERE key = :key")                     \
  STATEMENT(SET_NEW, "INSERT INTO setting (key, value) VALUES (:key, :value)"  \
                     " ON CONFLICT (key) DO NOTHING")                          \
  STATEMENT(NEXT_IDS,                                                          \
            "SELECT (SELECT COALESCE(MAX(id), 0) + 1 FROM incident),"          \
            " (SELECT COALESCE(MAX(id), 0) + 1 FROM alert),"                   \
            " (SELECT COALESCE(MAX(id), 0) + 1 FROM run),"                     \
            " (SELECT COALESCE(MAX(seq), 0) + 1 FROM page),"                   \
            " (SELECT COALESCE(MAX(id), 0) + 1 FROM silence),"                 \
            " (SELECT COALESCE(MAX(id), 0) + 1 FROM override)")                \
  /* ---- loading ---- */                                                      \
  STATEMENT(LOAD_INCIDENTS,                                                    \
            "SELECT " INCIDENT_COLUMNS " FROM incident WHERE id IN (" GOING_ON \
            " UNION " JUST_OVER ") ORDER BY id")                               \
  STATEMENT(LOAD_LIVE_ALERTS,                                                  \
            "SELECT " ALERT_COLUMNS " FROM alert INDEXED BY alert_live"        \
            " WHERE state <> 'cleared'")                                       \
  STATEMENT(LOAD_CLEARED_ALERTS,                                               \
            "SELECT " ALERT_COLUMNS " FROM alert INDEXED BY alert_cleared"     \
            " WHERE state = 'cleared' AND incident IN (" OPEN                  \
            " UNION " JUST_OVER ")")                                           \
  STATEMENT(LOAD_LOOSE_ALERTS,                                                 \
            "SELECT " ALERT_COLUMNS " FROM alert INDEXED BY alert_cleared"     \
            " WHERE state = 'cleared' AND incident IS NULL"                    \
            " AND since >= " LATELY)                                           \
  STATEMENT(LOAD_RUNS,                                                         \
            "SELECT " RUN_COLUMNS " FROM run INDEXED BY run_incident"          \
            " WHERE incident IN (" GOING_ON " UNION " JUST_OVER ")"            \
            " ORDER BY incident, id")                                          \
  STATEMENT(                                                                   \
      LOAD_PAGES,                                                              \
      "SELECT " PAGE_COLUMNS " FROM page WHERE seq IN ("                       \
      "SELECT seq FROM page INDEXED BY page_unfinished"                        \
      " WHERE state IN ('pending', 'sending')"                                 \
      " UNION SELECT seq FROM page INDEXED BY page_incident"                   \
      " WHERE (reach <> 'no' OR error = '" PAGE_REPLACED "' OR"                \
      "  EXISTS (SELECT 1 FROM run AS r WHERE r.id = page.run"                 \
      "   AND r.state = 'running' AND r.step = page.step"                      \
      "   AND r.round = page.round AND r.step_at <= page.created_at))"         \
      " AND incident IN (" OPEN " UNION " PART_OF(                             \
          OPEN) " UNION " JUST_OVER ")"                                        \
                " UNION SELECT seq FROM (SELECT seq FROM page"                 \
                "  INDEXED BY page_incident WHERE incident IS NULL"            \
                "  AND event <> 'incident.test' AND target LIKE 'responder:%'" \
                "  ORDER BY seq DESC LIMIT 1000))"                             \
                " ORDER BY seq")                                               \
  STATEMENT(SILENCES_NOT_ENDED,                                                \
            "SELECT " SILENCE_COLUMNS                                          \
            " FROM silence WHERE ended_at IS NULL ORDER BY id DESC")           \
  STATEMENT(SILENCES_TO_COME,                                                  \
            "SELECT " SILENCE_COLUMNS " FROM silence WHERE ended_at IS NULL"   \
            " AND (ends_at IS NULL OR ends_at > :now) ORDER BY id DESC")       \
  STATEMENT(SILENCES,                                                          \
            "SELECT " SILENCE_COLUMNS " FROM silence ORDER BY id DESC")        \
  STATEMENT(SILENCE, "SELECT " SILENCE_COLUMNS " FROM silence WHERE id = :id") \
  STATEMENT(OVERRIDES, "SELECT " OVERRIDE_COLUMNS                              \
                       " FROM override WHERE until_at > :after ORDER BY id")   \
  STATEMENT(OVERRIDE,                                                          \
            "SELECT " OVERRIDE_COLUMNS " FROM override WHERE id = :id")        \
  STATEMENT(LOAD_ABSENCES, "SELECT " ABSENCE_KEY " FROM absence ORDER BY id")  \
  STATEMENT(LOAD_EVIDENCE,                                                     \
            "SELECT " EVIDENCE_COLUMNS " FROM evidence"                        \
            " INDEXED BY evidence_incident WHERE incident IN (" OPEN           \
            " UNION " JUST_OVER ")")                                           \
  STATEMENT(INCIDENT_PAGES_TO_LOAD,                                            \
            "SELECT " PAGE_COLUMNS " FROM page INDEXED BY page_incident"       \
            " WHERE incident IN (SELECT :incident UNION ALL " PARTS ") AND"    \
            " (reach <> 'no' OR state IN ('pending', 'sending'))"              \
            " ORDER BY seq")                                                   \
  /* ---- pruning ---- */                                                      \
  /* What the plugin has nothing to do with any more and no other incident     \
   * refers to, oldest first. */                                               \
  STATEMENT(PRUNE_NEXT,                                                        \
            "SELECT id FROM incident AS i INDEXED BY incident_resolved"        \
            " WHERE resolved_at < :before AND status = 'resolved'"             \
            " AND NOT EXISTS (SELECT 1 FROM alert INDEXED BY alert_live"       \
            "  WHERE state <> 'cleared' AND incident = i.id)"                  \
            " AND NOT EXISTS (SELECT 1 FROM page INDEXED BY page_incident"     \
            "  WHERE incident = i.id AND state IN ('pending', 'sending'))"     \
            " AND NOT EXISTS (SELECT 1 FROM incident INDEXED BY"               \
            "  incident_parent WHERE parent = i.id)"                           \
            " AND NOT EXISTS (SELECT 1 FROM incident INDEXED BY"               \
            "  incident_merged WHERE merged_into = i.id)"                      \
            " AND NOT EXISTS (SELECT 1 FROM incident AS whole"                 \
            "  WHERE whole.id = i.merged_into AND (whole.resolved_at IS NULL"  \
            "  OR whole.resolved_at >= :before))"                              \
            " AND id NOT IN (SELECT CASE WHEN json_valid(detail) THEN"         \
            "  COALESCE(json_extract(detail, '$.incident'), 0) ELSE 0 END"     \
            "  FROM request) ORDER BY resolved_at LIMIT 1")                    \
  STATEMENT(PRUNE_EVIDENCE,                                                    \
            "DELETE FROM evidence WHERE alert IN ("                            \
            "SELECT alert FROM evidence INDEXED BY evidence_incident"          \
            " WHERE incident = :incident LIMIT :rows)")                        \
  STATEMENT(PRUNE_PAGES, "DELETE FROM page WHERE seq IN ("                     \
                         "SELECT seq FROM page INDEXED BY page_incident"       \
                         " WHERE incident = :incident LIMIT :rows)")           \
  STATEMENT(PRUNE_RUNS, "DELETE FROM run WHERE id IN ("                        \
                        "SELECT id FROM run INDEXED BY run_incident"           \
                        " WHERE incident = :incident LIMIT :rows)")            \
  STATEMENT(PRUNE_ALERTS,                                                      \
            "DELETE FROM alert WHERE id IN ("                                  \
            "SELECT id FROM alert INDEXED BY alert_cleared"                    \
            " WHERE state = 'cleared' AND incident = :incident LIMIT :rows)")  \
  STATEMENT(PRUNE_ORIGINALS, "DELETE FROM original WHERE id IN ("              \
                             "SELECT o.id" ORIGINALS " LIMIT :rows)")          \
  STATEMENT(PRUNE_TIMELINE,                                                    \
            "DELETE FROM timeline WHERE id IN ("                               \
            "SELECT id FROM timeline INDEXED BY timeline_incident"             \
            " WHERE incident = :incident LIMIT :rows)")                        \
  STATEMENT(PRUNE_INCIDENT, "DELETE FROM incident WHERE id = :id")             \
  STATEMENT(                                                                   \
      PRUNE_LOOSE_ALERTS,                                                      \
      "DELETE FROM alert WHERE id IN ("                                        \
      "SELECT id FROM alert INDEXED BY alert_cleared"                          \
      " WHERE state = 'cleared' AND incident IS NULL AND received < :before"   \
      " LIMIT :rows)")                                                         \
  STATEMENT(                                                                   \
      PRUNE_LOOSE_PAGES,                                                       \
      "DELETE FROM page WHERE seq IN ("                                        \
      "SELECT seq FROM page INDEXED BY page_incident WHERE incident IS NULL"   \
      " AND created_at < :before AND state NOT IN ('pending', 'sending')"      \
      " LIMIT :rows)")                                                         \
  STATEMENT(                                                                   \
      PRUNE_SILENCES,                                                          \
      "DELETE FROM silence WHERE id IN ("                                      \
      "SELECT id FROM silence WHERE COALESCE(ended_at, ends_at) < :before"     \
      " LIMIT :rows)")                                                         \
  STATEMENT(PRUNE_OVERRIDES,                                                   \
            "DELETE FROM override WHERE id IN ("                               \
            "SELECT id FROM override WHERE until_at < :before LIMIT :rows)")   \
  /* ---- requests ---- */                                                     \
  STATEMENT(ADD_REQUEST,                                                       \
            "INSERT INTO request (at, detail) VALUES (:at, :detail)")          \
  STATEMENT(REQUESTS, "SELECT id, detail FROM request WHERE id > :after"       \
                      " ORDER BY id")                                          \
  STATEMENT(DROP_REQUESTS, "DELETE FROM request WHERE id <= :up_to")           \
  /* ---- reading ---- */                                                      \
  STATEMENT(INCIDENT,                                                          \
            "SELECT " INCIDENT_COLUMNS " FROM incident WHERE id = :id")        \
  STATEMENT(PARTS_TO_LOAD,                                                     \
            "SELECT " INCIDENT_COLUMNS " FROM incident"                        \
            " INDEXED BY incident_merged WHERE merged_into = :incident"        \
            " ORDER BY id")                                                    \
  STATEMENT(RELATED,                                                           \
            "SELECT " INCIDENT_COLUMNS " FROM incident"                        \
            " INDEXED BY incident_parent WHERE parent = :id UNION"             \
            " SELECT " INCIDENT_COLUMNS " FROM incident"                       \
            " INDEXED BY incident_merged WHERE merged_into = :id ORDER BY id") \
  STATEMENT(LIST_OPEN, "SELECT " INCIDENT_COLUMNS                              \
                       " FROM incident INDEXED BY incident_open"               \
                       " WHERE status <> 'resolved' AND" LIST_WHERE)           \
  STATEMENT(LIST_ALL, "SELECT " INCIDENT_COLUMNS                               \
                      " FROM incident INDEXED BY incident_declared"            \
                      " WHERE declared_at >= :since"                           \
                      " ORDER BY declared_at DESC, id DESC")                   \
  /* Where much is looked at and little found, a walk through the table is     \
   * four times as fast as one along an index; and only ids are sorted. */     \
  STATEMENT(FIND, "SELECT id FROM incident NOT INDEXED WHERE" LIST_WHERE)      \
  STATEMENT(LIVE_ALERTS,                                                       \
            "SELECT " ALERT_COLUMNS " FROM alert INDEXED BY alert_live"        \
            " WHERE state <> 'cleared' AND incident = :incident"               \
            " ORDER BY level, since DESC, id DESC LIMIT :limit")               \
  STATEMENT(CLEARED_ALERTS,                                                    \
            "SELECT " ALERT_COLUMNS " FROM alert INDEXED BY alert_cleared"     \
            " WHERE state = 'cleared' AND incident = :incident"                \
            " ORDER BY level, since DESC, id DESC LIMIT :limit")               \
  STATEMENT(ALL_LIVE_ALERTS,                                                   \
            "SELECT " ALERT_COLUMNS " FROM alert INDEXED BY alert_live"        \
            " WHERE state <> 'cleared'")                                       \
  STATEMENT(TIMELINE, "SELECT " ENTRY_COLUMNS                                  \
                      " FROM timeline INDEXED BY timeline_incident"            \
                      " WHERE incident = :incident UNION ALL"                  \
                      " SELECT " ENTRY_COLUMNS                                 \
                      " FROM timeline INDEXED BY timeline_incident"            \
                      " WHERE incident IN (" PARTS ") ORDER BY at, id")        \
  STATEMENT(ENTRY, "SELECT " ENTRY_COLUMNS " FROM timeline WHERE id = :id")    \
  STATEMENT(ADD_ORIGINAL, "INSERT INTO original (" ORIGINAL_COLUMNS ")"        \
                          " VALUES (NULL, :entry, :at, :text, :amended_at,"    \
                          " :amended_by)")                                     \
  STATEMENT(ORIGINALS_OF,                                                      \
            "SELECT o.id, o.entry, o.at, o.text, o.amended_at, "               \
            "o.amended_by" ORIGINALS_WITH_PARTS " ORDER BY o.entry, o.id")     \
  STATEMENT(LAST_HUMAN, "SELECT MAX(recorded_at) FROM timeline INDEXED BY"     \
                        " timeline_incident WHERE incident = :incident"        \
                        " AND by IS NOT NULL AND recorded_at <= :now")         \
  STATEMENT(PAGES_LIKE,                                                        \
            "SELECT " PAGE_COLUMNS " FROM page"                                \
            " WHERE id >= :begin AND id < :begin || '~' ORDER BY id LIMIT 2")  \
  STATEMENT(PAGES,                                                             \
            "SELECT " PAGE_COLUMNS " FROM page INDEXED BY page_incident"       \
            " WHERE incident = :incident UNION ALL"                            \
            " SELECT " PAGE_COLUMNS " FROM page INDEXED BY page_incident"      \
            " WHERE incident IN (" PARTS ") ORDER BY seq")                     \
  STATEMENT(TEST_PAGES,                                                        \
            "SELECT " PAGE_COLUMNS " FROM page INDEXED BY page_request"        \
            " WHERE request = :request ORDER BY seq")                          \
  STATEMENT(RUNS, "SELECT " RUN_COLUMNS " FROM run INDEXED BY run_incident"    \
                  " WHERE incident = :incident ORDER BY id")                   \
  STATEMENT(EVIDENCE,                                                          \
            "SELECT " EVIDENCE_COLUMNS " FROM evidence"                        \
            " INDEXED BY evidence_incident WHERE incident = :incident"         \
            " ORDER BY alert")                                                 \
  STATEMENT(REOPENING,                                                         \
            "SELECT (SELECT COUNT(*) FROM alert INDEXED BY alert_live"         \
            " WHERE state <> 'cleared' AND state <> 'pending'"                 \
            " AND incident = :id),"                                            \
            " (SELECT id FROM incident INDEXED BY incident_open"               \
            " WHERE status <> 'resolved' AND id <> :id AND rule = :rule"       \
            " AND group_key = :group_key LIMIT 1)")                            \
  STATEMENT(WAS_PAGED, "SELECT EXISTS (SELECT 1 FROM page"                     \
                       " INDEXED BY page_incident WHERE incident IN"           \
                       " (SELECT :incident UNION ALL " PARTS ")"               \
                       " AND responder = :responder)")                         \
  STATEMENT(                                                                   \
      FIGURES,                                                                 \
      "SELECT open, unacknowledged,"                                           \
      " (SELECT COUNT(*) FROM page INDEXED BY page_unfinished"                 \
      "   WHERE state IN ('pending', 'sending') AND state = 'pending'),"       \
      " (SELECT COUNT(*) FROM page INDEXED BY page_unfinished"                 \
      "   WHERE state IN ('pending', 'sending') AND state = 'sending'),"       \
      " (SELECT COUNT(*) FROM page INDEXED BY page_failed"                     \
      "   WHERE state = 'failed' AND created_at >= :since),"                   \
      " (SELECT MIN(created_at) FROM page INDEXED BY page_unfinished"          \
      "   WHERE state IN ('pending', 'sending') AND state = 'pending'),"       \
      " COALESCE((SELECT CAST(value AS INTEGER) FROM setting"                  \
      "   WHERE key = 'events_unmatched'), 0),"                                \
      " (SELECT COUNT(*) FROM request),"                                       \
      " (SELECT COUNT(*) FROM event WHERE reason = 'recorded' AND at >= "      \
      ":since),"                                                               \
      " (SELECT COUNT(*) FROM event WHERE reason = 'silenced' AND at >= "      \
      ":since),"                                                               \
      " (SELECT COUNT(*) FROM event WHERE reason = 'inhibited' AND at >= "     \
      ":since),"                                                               \
      " (SELECT COUNT(*) FROM alert INDEXED BY alert_silenced"                 \
      "   WHERE silence IS NOT NULL AND state <> 'cleared'),"                  \
      " (SELECT COUNT(*) FROM alert INDEXED BY alert_inhibited"                \
      "   WHERE inhibited_by IS NOT NULL AND state <> 'cleared')"              \
      " FROM (SELECT COUNT(*) AS open, COUNT(*) - COUNT(acknowledged_at)"      \
      " AS unacknowledged FROM incident INDEXED BY incident_open"              \
      " WHERE status <> 'resolved')")                                          \
  STATEMENT(OPEN_BY_SEVERITY,                                                  \
            "SELECT severity, COUNT(*) FROM incident INDEXED BY incident_open" \
            " WHERE status <> 'resolved' GROUP BY severity ORDER BY severity") \
  /* For each webhook with tried pages: the last one that was delivered, and   \
   * the first and the last after it, which were not. */                       \
  STATEMENT(                                                                   \
      FAILING_WEBHOOKS,                                                        \
      "WITH RECURSIVE hook (name) AS ("                                        \
      "SELECT MIN(webhook) FROM page INDEXED BY page_tried"                    \
      " WHERE state = 'delivered' OR error IS NOT NULL"                        \
      " UNION ALL SELECT (SELECT MIN(webhook) FROM page INDEXED BY page_tried" \
      "  WHERE (state = 'delivered' OR error IS NOT NULL)"                     \
      "  AND webhook > hook.name) FROM hook WHERE name IS NOT NULL),"          \
      " last (name, seq) AS (SELECT name,"                                     \
      " COALESCE((SELECT seq FROM page INDEXED BY page_tried"                  \
      "  WHERE (state = 'delivered' OR error IS NOT NULL)"                     \
      "  AND webhook = name AND state = 'delivered'"                           \
      "  ORDER BY seq DESC LIMIT 1), 0) FROM hook WHERE name IS NOT NULL)"     \
      " SELECT name,"                                                          \
      " (SELECT created_at FROM page INDEXED BY page_tried"                    \
      "  WHERE (state = 'delivered' OR error IS NOT NULL)"                     \
      "  AND webhook = name AND page.seq > last.seq" PAGE_WAS_TRIED            \
      "  ORDER BY page.seq LIMIT 1) AS since,"                                 \
      " (SELECT " PAGE_TROUBLE " FROM page INDEXED BY page_tried"              \
      "  WHERE (state = 'delivered' OR error IS NOT NULL)"                     \
      "  AND webhook = name AND page.seq > last.seq" PAGE_WAS_TRIED            \
      "  ORDER BY page.seq DESC LIMIT 1)"                                      \
      " FROM last WHERE since IS NOT NULL ORDER BY name")

#endif
