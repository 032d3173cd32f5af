-- SPDX-License-Identifier: MIT
-- A ledger of schema 1, as .dump prints it: an open, acknowledged incident with
-- a firing alert, a stopped run, a delivered and a pending page; a resolved one.
PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE setting (            -- what the ledger knows of itself
  key   TEXT NOT NULL PRIMARY KEY, -- "id", "config", "started_at", ...
  value TEXT NOT NULL
) STRICT;
INSERT INTO setting VALUES('id','01JD00000000000000000000ID');
INSERT INTO setting VALUES('events_unmatched','3');
CREATE TABLE incident (
  id              INTEGER PRIMARY KEY,
  title           TEXT NOT NULL,
  description     TEXT NOT NULL,    -- "": none
  rule            TEXT,             -- NULL: declared by a person
  group_key       TEXT,             -- of its rule's alerts; NULL: no group
  severity        TEXT NOT NULL,    -- name of a severity
  chain           TEXT,             -- NULL: none
  service         TEXT,
  team            TEXT,
  runbook         TEXT,
  commander       TEXT,
  labels          TEXT NOT NULL,    -- a JSON object
  status          TEXT NOT NULL
                  CHECK (status = 'investigating'
                      OR status = 'identified'
                      OR status = 'monitoring'
                      OR status = 'resolved'),
  test            INTEGER NOT NULL CHECK (test IN (0, 1)),
  private         INTEGER NOT NULL CHECK (private IN (0, 1)),
  major           INTEGER NOT NULL CHECK (major IN (0, 1)),
  declared_at     INTEGER NOT NULL,
  declared_by     TEXT NOT NULL,    -- "rule:NAME" or the person
  acknowledged_at INTEGER,
  acknowledged_by TEXT,
  resolved_at     INTEGER,
  resolved_by     TEXT,             -- NULL: by itself, or not
  alerts_firing   INTEGER NOT NULL, -- how many fire or clear now
  alerts_total    INTEGER NOT NULL, -- how many have ever joined
  join_told_at    INTEGER,          -- when the acknowledger last heard of joins
  hold_until      INTEGER           -- its alerts declare nothing until then
) STRICT;
INSERT INTO incident VALUES(6,'Host web2 is gone','','hosts','4:web2','SEV-2','ops',NULL,NULL,NULL,NULL,'{}','resolved',0,0,1,1795250000000,'rule:hosts',NULL,NULL,1795250600000,NULL,0,0,NULL,NULL);
INSERT INTO incident VALUES(7,'Disk almost full on web1: root','A file system is about to fill up','disk-full','4:web1','SEV-3','ops','shop',NULL,'https://wiki.example.com/disk',NULL,'{"site":"fra"}','investigating',0,0,0,1795254043999,'rule:disk-full',1795254060000,'alice',NULL,NULL,1,1,NULL,NULL);
CREATE TABLE alert (                -- a series under a rule
  id              INTEGER PRIMARY KEY,
  incident        INTEGER REFERENCES incident, -- NULL: of none yet
  rule            TEXT NOT NULL,
  host            TEXT NOT NULL,    -- the series: five fields as collectd's
  plugin          TEXT NOT NULL,
  plugin_instance TEXT NOT NULL,
  type            TEXT NOT NULL,
  type_instance   TEXT NOT NULL,
  data_source     TEXT NOT NULL,    -- "": not known
  level           TEXT NOT NULL     -- the last bad one
                  CHECK (level = 'okay'
                      OR level = 'warning'
                      OR level = 'failure'),
  state           TEXT NOT NULL
                  CHECK (state = 'pending'
                      OR state = 'firing'
                      OR state = 'clearing'
                      OR state = 'cleared'),
  value           REAL,             -- NULL: none, or not a number
  warning_min     REAL,             -- NULL: not set
  warning_max     REAL,
  failure_min     REAL,
  failure_max     REAL,
  message         TEXT NOT NULL,
  meta            TEXT NOT NULL,    -- a JSON object
  since           INTEGER NOT NULL, -- firing since; pending since
  good_since      INTEGER,
  received        INTEGER NOT NULL, -- the last signal: our clock
  sent            INTEGER NOT NULL, -- and the sender's
  unsure          TEXT NOT NULL     -- does a NaN hide what it is now?
                  CHECK (unsure = 'no'
                      OR unsure = 'wait'
                      OR unsure = 'trial')
) STRICT;
INSERT INTO alert VALUES(12,7,'disk-full','web1','df','root','percent_bytes','used','value','failure','firing',97.200000000000002838,NULL,80.0,NULL,95.0,'is above 95','{"DataSource":"value"}',1795254043999,NULL,1795254043999,1795254043990,'no');
CREATE TABLE run (                  -- an escalation chain at work
  id       INTEGER PRIMARY KEY,
  incident INTEGER NOT NULL REFERENCES incident,
  chain    TEXT NOT NULL,
  source   TEXT NOT NULL CHECK (source IN ('own', 'severity')),
  state    TEXT NOT NULL
                  CHECK (state = 'running'
                      OR state = 'stopped'
                      OR state = 'exhausted'),
  step     INTEGER NOT NULL,        -- the last that ran, 1 first; 0: none yet
  round    INTEGER NOT NULL,        -- 1 first
  step_at  INTEGER NOT NULL,        -- when that step began
  round_at INTEGER NOT NULL,        -- when its round began
  ended_at INTEGER                  -- exhausted since
) STRICT;
INSERT INTO run VALUES(5,7,'ops','own','stopped',1,1,1795254043999,1795254043999,NULL);
CREATE TABLE page (                 -- one message to one webhook
  seq          INTEGER PRIMARY KEY, -- the order in which they were made
  id           TEXT NOT NULL UNIQUE, -- a ULID, the same in every attempt
  ack_token    TEXT,                -- of its link; NULL: no link
  incident     INTEGER REFERENCES incident, -- NULL: a test
  run          INTEGER REFERENCES run,      -- NULL: of no run
  request      INTEGER,             -- of a test: the request for it
  event        TEXT NOT NULL
                  CHECK (event = 'incident.page'
                      OR event = 'incident.update'
                      OR event = 'incident.resolved'
                      OR event = 'incident.test'),
  state        TEXT NOT NULL
                  CHECK (state = 'pending'
                      OR state = 'sending'
                      OR state = 'delivered'
                      OR state = 'failed'
                      OR state = 'cancelled'),
  reach        TEXT NOT NULL        -- does the receiver have it?
                  CHECK (reach = 'no'
                      OR reach = 'maybe'
                      OR reach = 'yes'),
  webhook      TEXT NOT NULL,
  responder    TEXT,                -- NULL: a step's own webhook
  chain        TEXT,                -- NULL: of no chain
  target       TEXT NOT NULL,       -- "responder:alice", "webhook:ops-room"
  step         INTEGER NOT NULL,
  round        INTEGER NOT NULL,
  attempts     INTEGER NOT NULL,
  created_at   INTEGER NOT NULL,
  delivered_at INTEGER,
  tried        INTEGER NOT NULL,    -- ms spent trying, waits included
  http_status  INTEGER,             -- of the last attempt
  error        TEXT,                -- of the last attempt
  response     TEXT                 -- of the last attempt: its body
) STRICT;
INSERT INTO page VALUES(20,'01JD0000000000000000000020','01JD0000000000000000000TOK',7,5,NULL,'incident.page','delivered','yes','alice-phone','alice','ops','responder:alice',1,1,1,1795254043999,1795254044100,101,204,NULL,NULL);
INSERT INTO page VALUES(21,'01JD0000000000000000000021',NULL,7,NULL,NULL,'incident.update','pending','no','ops-room',NULL,'ops','webhook:ops-room',1,1,2,1795254060000,NULL,2000,503,'HTTP 503','try later');
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
                      OR kind = 'exhausted'
                      OR kind = 'status'
                      OR kind = 'resolved'
                      OR kind = 'note'),
  by          TEXT,                 -- NULL: the plugin itself
  text        TEXT NOT NULL,
  important   INTEGER NOT NULL CHECK (important IN (0, 1))
) STRICT;
INSERT INTO timeline VALUES(30,7,1795254043999,1795254043999,'declared',NULL,'disk-full fired',0);
INSERT INTO timeline VALUES(31,7,1795254060000,1795254060000,'acknowledged','alice','acknowledged',0);
CREATE TABLE request (              -- what people want, until it is done
  id     INTEGER PRIMARY KEY AUTOINCREMENT, -- never given twice
  at     INTEGER NOT NULL,
  detail TEXT NOT NULL              -- a JSON object: all of it
) STRICT;
CREATE TABLE event (                -- failures that no rule took, the last 1000
  id              INTEGER PRIMARY KEY,
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
DELETE FROM sqlite_sequence;
CREATE INDEX incident_open ON incident (declared_at)
  WHERE status <> 'resolved';
CREATE UNIQUE INDEX incident_group ON incident (rule, group_key)
  WHERE status <> 'resolved' AND rule IS NOT NULL;
CREATE INDEX incident_declared ON incident (declared_at);
CREATE INDEX alert_live ON alert (incident, level DESC, since)
  WHERE state <> 'cleared';
CREATE INDEX alert_cleared ON alert (incident, level DESC, since)
  WHERE state = 'cleared';
CREATE INDEX run_incident ON run (incident, id);
CREATE INDEX page_incident ON page (incident, seq);
CREATE INDEX page_unfinished ON page (seq)
  WHERE state IN ('pending', 'sending');
CREATE INDEX page_failed ON page (created_at) WHERE state = 'failed';
CREATE INDEX page_request ON page (request) WHERE request IS NOT NULL;
CREATE INDEX page_tried ON page (webhook, seq)
  WHERE state = 'delivered' OR error IS NOT NULL;
CREATE INDEX timeline_incident ON timeline (incident, at, id);
COMMIT;
PRAGMA user_version = 1;
PRAGMA journal_mode = WAL;
