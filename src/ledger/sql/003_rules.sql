-- SPDX-License-Identifier: MIT
-- Schema 3: flapping, silences, inhibition, storms, absences, evidence. Checks
-- are written out as in schema 1. (A comment before the semicolon of an ADD
-- COLUMN would end up in the middle of the table's text.)

DROP VIEW v_incident;
DROP VIEW v_alert;
DROP VIEW v_timeline;

-- ---- incident ----

ALTER TABLE incident ADD COLUMN        -- "storm: RULE", of any group
  storm INTEGER NOT NULL DEFAULT 0 CHECK (storm IN (0, 1));
ALTER TABLE incident ADD COLUMN        -- what fires of it is all held back
  paused INTEGER NOT NULL DEFAULT 0 CHECK (paused IN (0, 1));
ALTER TABLE incident ADD COLUMN        -- bit i: the rule's <Upgrade> i is done
  upgrades INTEGER NOT NULL DEFAULT 0;

-- What has just resolved, and what is old.
CREATE INDEX incident_resolved ON incident (resolved_at)
  WHERE resolved_at IS NOT NULL;

-- ---- alert ----

ALTER TABLE alert ADD COLUMN           -- 1: a notification, 2: a <Metric>
  bad_by INTEGER NOT NULL DEFAULT 0 CHECK (bad_by BETWEEN 0 AND 3);
ALTER TABLE alert ADD COLUMN           -- held firing
  flapping INTEGER NOT NULL DEFAULT 0 CHECK (flapping IN (0, 1));
ALTER TABLE alert ADD COLUMN           -- the series: bad or good since then
  changed_at INTEGER;
ALTER TABLE alert ADD COLUMN           -- when it fired before, newest first
  fired_1 INTEGER;
ALTER TABLE alert ADD COLUMN
  fired_2 INTEGER;
ALTER TABLE alert ADD COLUMN
  fired_3 INTEGER;
ALTER TABLE alert ADD COLUMN           -- what holds it back: its id
  silence INTEGER;
ALTER TABLE alert ADD COLUMN           -- the inhibiting alert's incident; -1:
  inhibited_by INTEGER;                -- that one has none
ALTER TABLE alert ADD COLUMN           -- fixed when it fired; NULL: made of
  group_key TEXT;                      -- the series

-- What is held back, for those who ask how many there are.
CREATE INDEX alert_silenced ON alert (silence)
  WHERE silence IS NOT NULL AND state <> 'cleared';
CREATE INDEX alert_inhibited ON alert (inhibited_by)
  WHERE inhibited_by IS NOT NULL AND state <> 'cleared';

UPDATE alert SET bad_by = 1 WHERE state = 'firing';

-- ---- timeline: more kinds ----

ALTER TABLE timeline RENAME TO timeline_2;
DROP INDEX timeline_incident;

CREATE TABLE timeline (             -- what happened to an incident
  id          INTEGER PRIMARY KEY,
  incident    INTEGER NOT NULL REFERENCES incident,
  at          INTEGER NOT NULL,     -- when it happened
  recorded_at INTEGER NOT NULL,     -- when it was written down
  kind        TEXT NOT NULL
                  CHECK (kind = 'declared'
                      OR kind = 'alert'
                      OR kind = 'page'
                      OR kind = 'escalated'
                      OR kind = 'acknowledged'
                      OR kind = 'unacknowledged'
                      OR kind = 'snoozed'
                      OR kind = 'exhausted'
                      OR kind = 'severity'
                      OR kind = 'status'
                      OR kind = 'resolved'
                      OR kind = 'reopened'
                      OR kind = 'flapping'
                      OR kind = 'silenced'
                      OR kind = 'inhibited'
                      OR kind = 'note'
                      OR kind = 'edit'
                      OR kind = 'role'
                      OR kind = 'task'
                      OR kind = 'impact'
                      OR kind = 'link'
                      OR kind = 'decision'
                      OR kind = 'report'
                      OR kind = 'figure'
                      OR kind = 'fix'
                      OR kind = 'related'
                      OR kind = 'merged'
                      OR kind = 'team'
                      OR kind = 'released'
                      OR kind = 'update'
                      OR kind = 'amended'
                      OR kind = 'flagged'
                      OR kind = 'postmortem'),
  by          TEXT,                 -- NULL: the plugin itself
  text        TEXT NOT NULL,
  important   INTEGER NOT NULL CHECK (important IN (0, 1))
) STRICT;

INSERT INTO timeline (id, incident, at, recorded_at, kind, by, text, important)
SELECT id, incident, at, recorded_at, kind, by, text, important
  FROM timeline_2 ORDER BY id;
DROP TABLE timeline_2;

CREATE INDEX timeline_incident ON timeline (incident, at, id);

-- ---- event: why it is there ----

ALTER TABLE event RENAME TO event_2;

CREATE TABLE event (                -- what declared nothing, the last 1000
  id              INTEGER PRIMARY KEY,
  at              INTEGER NOT NULL,
  reason          TEXT NOT NULL     -- unmatched: a failure that no rule took
                  CHECK (reason = 'unmatched'
                      OR reason = 'recorded'
                      OR reason = 'silenced'
                      OR reason = 'inhibited'),
  rule            TEXT,             -- NULL: none took it
  holder          INTEGER,          -- the silence, or the inhibiting incident
  received        INTEGER NOT NULL,
  host            TEXT NOT NULL,
  plugin          TEXT NOT NULL,
  plugin_instance TEXT NOT NULL,
  type            TEXT NOT NULL,
  type_instance   TEXT NOT NULL,
  data_source     TEXT NOT NULL,
  level           TEXT NOT NULL
                  CHECK (level = 'okay'
                      OR level = 'warning'
                      OR level = 'failure'),
  value           REAL,
  message         TEXT NOT NULL,
  meta            TEXT NOT NULL     -- a JSON object
) STRICT;

INSERT INTO event (id, at, reason, received, host, plugin, plugin_instance,
                   type, type_instance, data_source, level, value, message,
                   meta)
SELECT id, received, 'unmatched', received, host, plugin, plugin_instance, type,
       type_instance, data_source, level, value, message, meta
  FROM event_2 ORDER BY id;
DROP TABLE event_2;

-- ---- silence ----

CREATE TABLE silence (              -- what matches it declares nothing
  id             INTEGER PRIMARY KEY,
  matches        TEXT NOT NULL,     -- a JSON array of "FIELD=PATTERN"
  by             TEXT NOT NULL,     -- who made it
  reason         TEXT NOT NULL,     -- "": none given
  created_at     INTEGER NOT NULL,
  starts_at      INTEGER NOT NULL,
  ends_at        INTEGER,           -- NULL: no time of its own
  until_incident INTEGER,           -- it ends when that resolves
  until_resolved INTEGER NOT NULL CHECK (until_resolved IN (0, 1)),
  every          TEXT,              -- "Sat 02:00": begins then; NULL: once
  zone           TEXT,              -- of every, an IANA name; NULL: UTC
  every_for      INTEGER NOT NULL,  -- ms, each time; 0: once
  remind         INTEGER NOT NULL,  -- ms before its end; 0: not
  reminded_at    INTEGER,
  ended_at       INTEGER,           -- before its time; NULL: not
  ended_by       TEXT,              -- NULL: by itself
  suppressed     INTEGER NOT NULL   -- alerts held back, once per firing
) STRICT;

-- ---- absence ----

CREATE TABLE absence (              -- a series that must not stop
  id              INTEGER PRIMARY KEY,
  rule            TEXT NOT NULL,    -- whose Absent looks at it
  host            TEXT NOT NULL,
  plugin          TEXT NOT NULL,
  plugin_instance TEXT NOT NULL,
  type            TEXT NOT NULL,
  type_instance   TEXT NOT NULL,
  UNIQUE (rule, host, plugin, plugin_instance, type, type_instance)
) STRICT;

-- ---- evidence ----

CREATE TABLE evidence (             -- how an alert's value went
  alert       INTEGER PRIMARY KEY REFERENCES alert,
  incident    INTEGER NOT NULL REFERENCES incident,
  data_source TEXT NOT NULL,        -- "": the first
  points      BLOB NOT NULL         -- times and values, packed
) STRICT;

CREATE INDEX evidence_incident ON evidence (incident);

-- ---- the stable way to query it ----

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
       alerts_firing, alerts_total, storm, paused
  FROM incident;

CREATE VIEW v_alert AS
SELECT id, incident, rule, host, plugin, plugin_instance, type, type_instance,
       NULLIF(data_source, '') AS data_source, level, state, value,
       warning_min, warning_max, failure_min, failure_max, message,
       strftime('%Y-%m-%dT%H:%M:%fZ', since / 1000.0, 'unixepoch') AS since,
       meta, flapping, silence, inhibited_by
  FROM alert;

CREATE VIEW v_timeline AS
SELECT id, incident,
       strftime('%Y-%m-%dT%H:%M:%fZ', at / 1000.0, 'unixepoch') AS at,
       strftime('%Y-%m-%dT%H:%M:%fZ', recorded_at / 1000.0, 'unixepoch')
         AS recorded_at,
       kind, by, text, important
  FROM timeline;

CREATE VIEW v_silence AS
SELECT id, matches, by, NULLIF(reason, '') AS reason,
       strftime('%Y-%m-%dT%H:%M:%fZ', created_at / 1000.0, 'unixepoch')
         AS created_at,
       strftime('%Y-%m-%dT%H:%M:%fZ', starts_at / 1000.0, 'unixepoch')
         AS starts_at,
       strftime('%Y-%m-%dT%H:%M:%fZ', ends_at / 1000.0, 'unixepoch')
         AS ends_at,
       until_incident, until_resolved, every, zone,
       strftime('%Y-%m-%dT%H:%M:%fZ', ended_at / 1000.0, 'unixepoch')
         AS ended_at,
       ended_by, suppressed
  FROM silence;

CREATE VIEW v_event AS
SELECT id, strftime('%Y-%m-%dT%H:%M:%fZ', at / 1000.0, 'unixepoch') AS at,
       reason, rule, holder, host, plugin, plugin_instance, type, type_instance,
       NULLIF(data_source, '') AS data_source, level, value, message, meta
  FROM event;

PRAGMA user_version = 3;
