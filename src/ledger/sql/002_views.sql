-- SPDX-License-Identifier: MIT
-- Schema 2: the stable way to query the ledger. Columns are named as the fields
-- of the JSON documents, times are RFC 3339 text as there. They gain columns;
-- none changes or goes.

CREATE VIEW v_incident AS
SELECT id, title, NULLIF(description, '') AS description, rule, severity,
       major, status, acknowledged_by,
       strftime('%Y-%m-%dT%H:%M:%fZ', acknowledged_at / 1000.0, 'unixepoch')
         AS acknowledged_at,
       commander,
       strftime('%Y-%m-%dT%H:%M:%fZ', declared_at / 1000.0, 'unixepoch')
         AS declared_at,
       declared_by,
       strftime('%Y-%m-%dT%H:%M:%fZ', resolved_at / 1000.0, 'unixepoch')
         AS resolved_at,
       resolved_by, test, private, service, team, labels, runbook, chain,
       alerts_firing, alerts_total
  FROM incident;

CREATE VIEW v_alert AS
SELECT id, incident, rule, host, plugin, plugin_instance, type, type_instance,
       NULLIF(data_source, '') AS data_source, level, state, value,
       warning_min, warning_max, failure_min, failure_max, message,
       strftime('%Y-%m-%dT%H:%M:%fZ', since / 1000.0, 'unixepoch') AS since,
       meta
  FROM alert;

CREATE VIEW v_page AS
SELECT id, incident, event, state, webhook, responder, chain, step, round,
       attempts,
       strftime('%Y-%m-%dT%H:%M:%fZ', created_at / 1000.0, 'unixepoch')
         AS created_at,
       strftime('%Y-%m-%dT%H:%M:%fZ', delivered_at / 1000.0, 'unixepoch')
         AS delivered_at,
       http_status, error
  FROM page;

CREATE VIEW v_timeline AS
SELECT id, incident,
       strftime('%Y-%m-%dT%H:%M:%fZ', at / 1000.0, 'unixepoch') AS at,
       strftime('%Y-%m-%dT%H:%M:%fZ', recorded_at / 1000.0, 'unixepoch')
         AS recorded_at,
       kind, by, text, important
  FROM timeline;

PRAGMA user_version = 2;
