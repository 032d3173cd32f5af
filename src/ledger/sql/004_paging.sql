-- SPDX-License-Identifier: MIT
-- Schema 4: schedules' overrides, delayed pages, snoozed incidents, runs that
-- somebody asked for. Checks are written out as in schema 1.

DROP VIEW v_page;
DROP VIEW v_incident;

-- ---- run: a third source ----

ALTER TABLE run ADD COLUMN
  source_4 TEXT NOT NULL DEFAULT 'own'
    CHECK (source_4 = 'own' OR source_4 = 'severity' OR source_4 = 'page');
UPDATE run SET source_4 = source;
ALTER TABLE run DROP COLUMN source;
ALTER TABLE run RENAME COLUMN source_4 TO source;

-- ---- page ----

ALTER TABLE page ADD COLUMN            -- not sent before; when somebody had it
  due_at INTEGER;                      -- sent again; NULL: created_at
ALTER TABLE page ADD COLUMN            -- JSON: what a page of no incident tells
  content TEXT;

-- ---- incident ----

ALTER TABLE incident ADD COLUMN        -- acknowledged until then; NULL: for good
  snoozed_until INTEGER;
ALTER TABLE incident ADD COLUMN        -- whether the acknowledgement holds;
  asked_at INTEGER;                    -- NULL: not since anybody said anything

-- ---- override ----

CREATE TABLE override (             -- who is on call in place of the schedule
  id         INTEGER PRIMARY KEY,   -- a later one wins
  schedule   TEXT NOT NULL,
  responder  TEXT NOT NULL,
  from_at    INTEGER NOT NULL,
  -- as from_at: ended before it began
  until_at   INTEGER NOT NULL CHECK (until_at >= from_at),
  by         TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;

CREATE INDEX override_until ON override (until_at);

-- ---- views ----

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
       alerts_firing, alerts_total, storm, paused,
       strftime('%Y-%m-%dT%H:%M:%fZ', snoozed_until / 1000.0, 'unixepoch')
         AS snoozed_until
  FROM incident;

CREATE VIEW v_page AS
SELECT id, incident, event, state, webhook, responder, chain, step, round,
       attempts,
       strftime('%Y-%m-%dT%H:%M:%fZ', created_at / 1000.0, 'unixepoch')
         AS created_at,
       strftime('%Y-%m-%dT%H:%M:%fZ', delivered_at / 1000.0, 'unixepoch')
         AS delivered_at,
       http_status, error,
       strftime('%Y-%m-%dT%H:%M:%fZ', coalesce(due_at, created_at) / 1000.0,
                'unixepoch') AS due_at
  FROM page;

CREATE VIEW v_override AS
SELECT id, schedule, responder,
       strftime('%Y-%m-%dT%H:%M:%fZ', from_at / 1000.0, 'unixepoch')
         AS from_at,
       strftime('%Y-%m-%dT%H:%M:%fZ', until_at / 1000.0, 'unixepoch')
         AS until_at,
       by,
       strftime('%Y-%m-%dT%H:%M:%fZ', created_at / 1000.0, 'unixepoch')
         AS created_at
  FROM override;

PRAGMA user_version = 4;
