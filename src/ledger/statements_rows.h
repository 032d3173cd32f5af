/* SPDX-License-Identifier: MIT */
/* The statements that write the rows of the plugin's turn. Part of
 * statements.h, which has the columns. */
#ifndef INCIDENT_STATEMENTS_ROWS_H
#define INCIDENT_STATEMENTS_ROWS_H

#define ALERT_ROW                                                              \
  "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,"   \
  " ?, ?, ?, ?, ?, ?, ?, ?)"
#define ALERT_ROWS_4 ALERT_ROW ", " ALERT_ROW ", " ALERT_ROW ", " ALERT_ROW

#define INSERT_PAGE                                                            \
  "INSERT INTO page (" PAGE_COLUMNS ")"                                        \
  " VALUES (:seq, :id, :ack_token, :incident, :run, :request, :event,"         \
  " :state, :reach, :webhook, :responder, :chain, :target, :step,"             \
  " :round, :attempts, :created_at, :delivered_at, :tried,"                    \
  " :http_status, :error, :response, :due_at, :content, :tries)"

#define INSERT_ENTRY                                                           \
  "INSERT INTO timeline (" ENTRY_COLUMNS ")"                                   \
  " VALUES (:id, :incident, :at, :recorded_at, :kind, :by, :text,"             \
  " :important)"

#define STATEMENT_LIST_ROWS                                                    \
  STATEMENT(                                                                   \
      PUT_INCIDENT,                                                            \
      "INSERT INTO incident (" INCIDENT_COLUMNS ")"                            \
      " VALUES (:id, :title, :description, :rule, :group_key, :severity,"      \
      " :chain, :service, :team, :runbook, :commander, :labels, :status,"      \
      " :test, :private, :major, :declared_at, :declared_by,"                  \
      " :acknowledged_at, :acknowledged_by, :resolved_at, :resolved_by,"       \
      " :alerts_firing, :alerts_total, :join_told_at, :hold_until, :storm,"    \
      " :paused, :upgrades, :snoozed_until, :asked_at, :summary, :cause,"      \
      " :detection, :codename, :parent, :merged_into)"                         \
      " ON CONFLICT (id) DO UPDATE SET title = excluded.title,"                \
      " description = excluded.description, rule = excluded.rule,"             \
      " group_key = excluded.group_key, severity = excluded.severity,"         \
      " chain = excluded.chain, service = excluded.service,"                   \
      " team = excluded.team, runbook = excluded.runbook,"                     \
      " commander = excluded.commander, labels = excluded.labels,"             \
      " status = excluded.status, test = excluded.test,"                       \
      " private = excluded.private, major = excluded.major,"                   \
      " declared_at = excluded.declared_at,"                                   \
      " declared_by = excluded.declared_by,"                                   \
      " acknowledged_at = excluded.acknowledged_at,"                           \
      " acknowledged_by = excluded.acknowledged_by,"                           \
      " resolved_at = excluded.resolved_at,"                                   \
      " resolved_by = excluded.resolved_by,"                                   \
      " alerts_firing = excluded.alerts_firing,"                               \
      " alerts_total = excluded.alerts_total,"                                 \
      " join_told_at = excluded.join_told_at,"                                 \
      " hold_until = excluded.hold_until, storm = excluded.storm,"             \
      " paused = excluded.paused, upgrades = excluded.upgrades,"               \
      " snoozed_until = excluded.snoozed_until,"                               \
      " asked_at = excluded.asked_at, summary = excluded.summary,"             \
      " cause = excluded.cause, detection = excluded.detection,"               \
      " codename = excluded.codename, parent = excluded.parent,"               \
      " merged_into = excluded.merged_into")                                   \
  /* For rows that are new: without the upsert's detour. */                    \
  STATEMENT(ADD_ALERT,                                                         \
            "INSERT INTO alert (" ALERT_COLUMNS ") VALUES " ALERT_ROW)         \
  /* LEDGER_ALERTS of them: a statement's own cost is spread. */               \
  STATEMENT(ADD_ALERTS,                                                        \
            "INSERT INTO alert (" ALERT_COLUMNS ") VALUES " ALERT_ROWS_4       \
            ", " ALERT_ROWS_4 ", " ALERT_ROWS_4 ", " ALERT_ROWS_4)             \
  STATEMENT(                                                                   \
      PUT_ALERT,                                                               \
      "INSERT INTO alert (" ALERT_COLUMNS ")"                                  \
      " VALUES (:id, :incident, :rule, :host, :plugin, :plugin_instance,"      \
      " :type, :type_instance, :data_source, :level, :state, :value,"          \
      " :warning_min, :warning_max, :failure_min, :failure_max, :message,"     \
      " :meta, :since, :good_since, :received, :sent, :unsure, :bad_by,"       \
      " :flapping, :changed_at, :fired_1, :fired_2, :fired_3, :silence,"       \
      " :inhibited_by, :group_key)"                                            \
      " ON CONFLICT (id) DO UPDATE SET incident = excluded.incident,"          \
      " rule = excluded.rule, host = excluded.host,"                           \
      " plugin = excluded.plugin,"                                             \
      " plugin_instance = excluded.plugin_instance, type = excluded.type,"     \
      " type_instance = excluded.type_instance,"                               \
      " data_source = excluded.data_source, level = excluded.level,"           \
      " state = excluded.state, value = excluded.value,"                       \
      " warning_min = excluded.warning_min,"                                   \
      " warning_max = excluded.warning_max,"                                   \
      " failure_min = excluded.failure_min,"                                   \
      " failure_max = excluded.failure_max, message = excluded.message,"       \
      " meta = excluded.meta, since = excluded.since,"                         \
      " good_since = excluded.good_since, received = excluded.received,"       \
      " sent = excluded.sent, unsure = excluded.unsure,"                       \
      " bad_by = excluded.bad_by, flapping = excluded.flapping,"               \
      " changed_at = excluded.changed_at, fired_1 = excluded.fired_1,"         \
      " fired_2 = excluded.fired_2, fired_3 = excluded.fired_3,"               \
      " silence = excluded.silence,"                                           \
      " inhibited_by = excluded.inhibited_by,"                                 \
      " group_key = excluded.group_key")                                       \
  STATEMENT(CLEAR_ALERT, "UPDATE alert SET state = 'cleared', unsure = 'no',"  \
                         " bad_by = 0, flapping = 0"                           \
                         " WHERE id = :id")                                    \
  STATEMENT(DROP_ALERT, "DELETE FROM alert WHERE id = :id")                    \
  STATEMENT(PUT_RUN,                                                           \
            "INSERT INTO run (" RUN_COLUMNS ")"                                \
            " VALUES (:id, :incident, :chain, :source, :state, :step, :round," \
            " :step_at, :round_at, :ended_at)"                                 \
            " ON CONFLICT (id) DO UPDATE SET chain = excluded.chain,"          \
            " state = excluded.state,"                                         \
            " step = excluded.step, round = excluded.round,"                   \
            " step_at = excluded.step_at, round_at = excluded.round_at,"       \
            " ended_at = excluded.ended_at")                                   \
  STATEMENT(ADD_PAGE, INSERT_PAGE)                                             \
  STATEMENT(PUT_PAGE, INSERT_PAGE                                              \
            " ON CONFLICT (seq) DO UPDATE SET id = excluded.id,"               \
            " ack_token = excluded.ack_token, incident = excluded.incident,"   \
            " run = excluded.run, request = excluded.request,"                 \
            " event = excluded.event, state = excluded.state,"                 \
            " reach = excluded.reach, webhook = excluded.webhook,"             \
            " responder = excluded.responder, chain = excluded.chain,"         \
            " target = excluded.target, step = excluded.step,"                 \
            " round = excluded.round, attempts = excluded.attempts,"           \
            " created_at = excluded.created_at,"                               \
            " delivered_at = excluded.delivered_at, tried = excluded.tried,"   \
            " http_status = excluded.http_status, error = excluded.error,"     \
            " response = excluded.response, due_at = excluded.due_at,"         \
            " content = excluded.content, tries = excluded.tries")             \
  /* What of a page can change: the other columns, and their indexes, stay. */ \
  STATEMENT(UPDATE_PAGE,                                                       \
            "UPDATE page SET event = :event, state = :state, reach = :reach,"  \
            " attempts = :attempts, delivered_at = :delivered_at,"             \
            " tried = :tried, http_status = :http_status, error = :error,"     \
            " response = :response, due_at = :due_at, content = :content,"     \
            " tries = :tries"                                                  \
            " WHERE seq = :seq")                                               \
  STATEMENT(ADD_ENTRY, INSERT_ENTRY)                                           \
  STATEMENT(PUT_ENTRY, INSERT_ENTRY                                            \
            " ON CONFLICT (id) DO UPDATE SET incident = excluded.incident,"    \
            " at = excluded.at, recorded_at = excluded.recorded_at,"           \
            " kind = excluded.kind, by = excluded.by, text = excluded.text,"   \
            " important = excluded.important")                                 \
  STATEMENT(PUT_EVENT,                                                         \
            "INSERT INTO event (" EVENT_COLUMNS ")"                            \
            " VALUES (:id, :at, :reason, :rule, :holder, :received, :host,"    \
            " :plugin, :plugin_instance,"                                      \
            " :type, :type_instance, :data_source, :level, :value, :message,"  \
            " :meta)")                                                         \
  STATEMENT(                                                                   \
      PUT_SILENCE,                                                             \
      "INSERT INTO silence (" SILENCE_COLUMNS ")"                              \
      " VALUES (:id, :matches, :by, :reason, :created_at, :starts_at, "        \
      ":ends_at,"                                                              \
      " :until_incident, :until_resolved, :every, :zone, :every_for, :remind," \
      " :reminded_at, :ended_at, :ended_by, :suppressed)"                      \
      " ON CONFLICT (id) DO UPDATE SET matches = excluded.matches,"            \
      " by = excluded.by, reason = excluded.reason,"                           \
      " created_at = excluded.created_at, starts_at = excluded.starts_at,"     \
      " ends_at = excluded.ends_at, until_incident = excluded.until_incident," \
      " until_resolved = excluded.until_resolved, every = excluded.every,"     \
      " zone = excluded.zone, every_for = excluded.every_for,"                 \
      " remind = excluded.remind, reminded_at = excluded.reminded_at,"         \
      " ended_at = excluded.ended_at, ended_by = excluded.ended_by,"           \
      " suppressed = excluded.suppressed")                                     \
  STATEMENT(PUT_OVERRIDE,                                                      \
            "INSERT INTO override (" OVERRIDE_COLUMNS ")"                      \
            " VALUES (:id, :schedule, :responder, :from_at, :until_at, :by,"   \
            " :created_at)"                                                    \
            " ON CONFLICT (id) DO UPDATE SET schedule = excluded.schedule,"    \
            " responder = excluded.responder, from_at = excluded.from_at,"     \
            " until_at = excluded.until_at, by = excluded.by,"                 \
            " created_at = excluded.created_at")                               \
  STATEMENT(PUT_ABSENCE,                                                       \
            "INSERT INTO absence (" ABSENCE_KEY ")"                            \
            " VALUES (:rule, :host, :plugin, :plugin_instance, :type,"         \
            " :type_instance) ON CONFLICT DO NOTHING")                         \
  STATEMENT(DROP_ABSENCE,                                                      \
            "DELETE FROM absence WHERE rule = :rule AND host = :host"          \
            " AND plugin = :plugin AND plugin_instance = :plugin_instance"     \
            " AND type = :type AND type_instance = :type_instance")            \
  STATEMENT(PUT_EVIDENCE,                                                      \
            "INSERT INTO evidence (" EVIDENCE_COLUMNS ")"                      \
            " VALUES (:alert, :incident, :data_source, :points)"               \
            " ON CONFLICT (alert) DO UPDATE SET incident = excluded.incident," \
            " data_source = excluded.data_source, points = excluded.points")   \
  STATEMENT(TRIM_EVENTS, "DELETE FROM event WHERE id <= :id")                  \
  STATEMENT(                                                                   \
      COUNT_EVENT,                                                             \
      "INSERT INTO setting (key, value) VALUES ('events_unmatched', '1')"      \
      " ON CONFLICT (key) DO UPDATE"                                           \
      " SET value = CAST(value AS INTEGER) + 1")

#endif
