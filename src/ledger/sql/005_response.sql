-- SPDX-License-Identifier: MIT
-- Schema 5: running an incident and learning from it. Checks are written out as
-- in schema 1.

-- ---- incident ----

-- What cleared after a resolve by hand was not counted off before.
UPDATE incident SET alerts_firing =
  (SELECT COUNT(*) FROM alert
    WHERE alert.incident = incident.id AND state IN ('firing', 'clearing'))
  WHERE status = 'resolved' AND alerts_firing <> 0;

ALTER TABLE incident ADD COLUMN        -- what is known, in a paragraph
  summary TEXT;
ALTER TABLE incident ADD COLUMN        -- why it happened
  cause TEXT;
ALTER TABLE incident ADD COLUMN        -- how it was noticed
  detection TEXT;
ALTER TABLE incident ADD COLUMN        -- of a private one, in place of its title
  codename TEXT;
ALTER TABLE incident ADD COLUMN        -- the one it hangs under
  parent INTEGER REFERENCES incident;
ALTER TABLE incident ADD COLUMN        -- the one it has become part of
  merged_into INTEGER REFERENCES incident;

CREATE INDEX incident_parent ON incident (parent) WHERE parent IS NOT NULL;
CREATE INDEX incident_merged ON incident (merged_into)
 WHERE merged_into IS NOT NULL;

-- ---- run: a fourth source ----

ALTER TABLE run ADD COLUMN
  source_5 TEXT NOT NULL DEFAULT 'own'
    CHECK (source_5 = 'own' OR source_5 = 'severity' OR source_5 = 'page'
        OR source_5 = 'role');
UPDATE run SET source_5 = source;
ALTER TABLE run DROP COLUMN source;
ALTER TABLE run RENAME COLUMN source_5 TO source;

-- ---- page ----

ALTER TABLE page ADD COLUMN            -- attempts but one that delivered it:
  tries TEXT;                          -- JSON, an object a line; NULL: none

-- ---- who does what ----

CREATE TABLE role (                 -- who has, or had, a role
  id       INTEGER PRIMARY KEY,
  incident INTEGER NOT NULL REFERENCES incident,
  role     TEXT NOT NULL,
  who      TEXT NOT NULL,
  since    INTEGER NOT NULL,
  until    INTEGER,                 -- NULL: has it now
  by       TEXT NOT NULL
) STRICT;

CREATE INDEX role_incident ON role (incident, id);

-- Whoever leads one that is there already.
INSERT INTO role (incident, role, who, since, by)
SELECT id, 'commander', commander, declared_at, declared_by
  FROM incident WHERE commander IS NOT NULL;

CREATE TABLE team (                 -- a part of the responders with a leader
  id       INTEGER PRIMARY KEY,
  incident INTEGER NOT NULL REFERENCES incident,
  name     TEXT NOT NULL,
  leader   TEXT NOT NULL,
  since    INTEGER NOT NULL,
  until    INTEGER,                 -- its time box; NULL: none
  ended_at INTEGER,
  by       TEXT NOT NULL
) STRICT;

CREATE INDEX team_incident ON team (incident, id);

CREATE TABLE task (
  id            INTEGER PRIMARY KEY,
  incident      INTEGER NOT NULL REFERENCES incident,
  text          TEXT NOT NULL,
  assignee      TEXT,               -- NULL: nobody yet
  due_at        INTEGER,
  created_at    INTEGER NOT NULL,
  created_by    TEXT NOT NULL,
  understood_at INTEGER,            -- said by the assignee
  done_at       INTEGER,
  done_by       TEXT
) STRICT;

CREATE INDEX task_incident ON task (incident, id);
CREATE INDEX task_open ON task (due_at) WHERE done_at IS NULL;

-- ---- what is known of it ----

CREATE TABLE impact (               -- what customers notice
  id         INTEGER PRIMARY KEY,
  incident   INTEGER NOT NULL REFERENCES incident,
  text       TEXT NOT NULL,
  from_at    INTEGER NOT NULL,
  until_at   INTEGER CHECK (until_at >= from_at), -- NULL: it goes on
  by         TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;

CREATE INDEX impact_incident ON impact (incident, id);

CREATE TABLE link (
  id         INTEGER PRIMARY KEY,
  incident   INTEGER NOT NULL REFERENCES incident,
  url        TEXT NOT NULL,
  title      TEXT,
  by         TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;

CREATE INDEX link_incident ON link (incident, id);

CREATE TABLE figure (               -- a number with its history: the last counts
  id       INTEGER PRIMARY KEY,
  incident INTEGER NOT NULL REFERENCES incident,
  name     TEXT NOT NULL,
  value    INTEGER NOT NULL,
  at       INTEGER NOT NULL,
  by       TEXT NOT NULL
) STRICT;

CREATE INDEX figure_incident ON figure (incident, name, id);

CREATE TABLE original (             -- what an amended timeline entry said before
  id         INTEGER PRIMARY KEY,
  entry      INTEGER NOT NULL REFERENCES timeline,
  at         INTEGER NOT NULL,
  text       TEXT NOT NULL,
  amended_at INTEGER NOT NULL,
  amended_by TEXT NOT NULL
) STRICT;

CREATE INDEX original_entry ON original (entry, id);

-- ---- talking about it ----

CREATE TABLE statement (            -- to stakeholders or the public
  id          INTEGER PRIMARY KEY,
  incident    INTEGER NOT NULL REFERENCES incident,
  template    TEXT,                 -- NULL: none
  subject     TEXT NOT NULL,
  body        TEXT NOT NULL,
  webhooks    TEXT NOT NULL,        -- a JSON array of names
  state       TEXT NOT NULL
                  CHECK (state = 'draft'
                      OR state = 'approved'
                      OR state = 'posted'
                      OR state = 'withdrawn'),
  created_at  INTEGER NOT NULL,
  created_by  TEXT NOT NULL,
  approved_by TEXT,
  posted_at   INTEGER,
  next_at     INTEGER               -- when it says the next one comes
) STRICT;

CREATE INDEX statement_incident ON statement (incident, id);

CREATE TABLE reminder (             -- a page that somebody owes something
  id       INTEGER PRIMARY KEY,
  incident INTEGER NOT NULL REFERENCES incident,
  kind     TEXT NOT NULL
                  CHECK (kind = 'task'
                      OR kind = 'team'
                      OR kind = 'update'
                      OR kind = 'public'
                      OR kind = 'deputy'
                      OR kind = 'meeting'
                      OR kind = 'postmortem'),
  subject  INTEGER,                 -- the id of the task, the team; NULL: none
  who      TEXT,                    -- a person or role; NULL: as its kind says
  text     TEXT NOT NULL,
  due_at   INTEGER NOT NULL,
  every    INTEGER NOT NULL,        -- ms; 0: once
  ended_at INTEGER,                 -- sent, or of no more use
  owed_at  INTEGER                  -- when it was due first; NULL: it has not
                                    -- come since that was last seen to
) STRICT;

CREATE INDEX reminder_due ON reminder (due_at) WHERE ended_at IS NULL;
CREATE INDEX reminder_incident ON reminder (incident, id);

-- ---- learning from it ----

CREATE TABLE postmortem (
  incident   INTEGER PRIMARY KEY REFERENCES incident,
  status     TEXT NOT NULL
                  CHECK (status = 'draft'
                      OR status = 'in review'
                      OR status = 'reviewed'
                      OR status = 'closed'),
  owner      TEXT,
  meeting_at INTEGER,
  created_at INTEGER NOT NULL,
  sections   TEXT NOT NULL          -- a JSON object: what people wrote
) STRICT;

-- ---- views ----

CREATE VIEW v_role AS
SELECT id, incident, role, who,
       strftime('%Y-%m-%dT%H:%M:%fZ', since / 1000.0, 'unixepoch')
         AS since,
       strftime('%Y-%m-%dT%H:%M:%fZ', until / 1000.0, 'unixepoch')
         AS until,
       by
  FROM role;

CREATE VIEW v_task AS
SELECT id, incident, text, assignee,
       strftime('%Y-%m-%dT%H:%M:%fZ', due_at / 1000.0, 'unixepoch')
         AS due_at,
       strftime('%Y-%m-%dT%H:%M:%fZ', created_at / 1000.0, 'unixepoch')
         AS created_at,
       created_by,
       strftime('%Y-%m-%dT%H:%M:%fZ', understood_at / 1000.0, 'unixepoch')
         AS understood_at,
       strftime('%Y-%m-%dT%H:%M:%fZ', done_at / 1000.0, 'unixepoch')
         AS done_at,
       done_by
  FROM task;

CREATE VIEW v_impact AS
SELECT id, incident, text,
       strftime('%Y-%m-%dT%H:%M:%fZ', from_at / 1000.0, 'unixepoch')
         AS from_at,
       strftime('%Y-%m-%dT%H:%M:%fZ', until_at / 1000.0, 'unixepoch')
         AS to_at,
       by,
       strftime('%Y-%m-%dT%H:%M:%fZ', created_at / 1000.0, 'unixepoch')
         AS created_at
  FROM impact;

CREATE VIEW v_link AS
SELECT id, incident, url, title, by,
       strftime('%Y-%m-%dT%H:%M:%fZ', created_at / 1000.0, 'unixepoch')
         AS created_at
  FROM link;

CREATE VIEW v_statement AS
SELECT id, incident, template, subject, body, webhooks, state,
       strftime('%Y-%m-%dT%H:%M:%fZ', created_at / 1000.0, 'unixepoch')
         AS created_at,
       created_by, approved_by,
       strftime('%Y-%m-%dT%H:%M:%fZ', posted_at / 1000.0, 'unixepoch')
         AS posted_at,
       strftime('%Y-%m-%dT%H:%M:%fZ', next_at / 1000.0, 'unixepoch')
         AS next_at
  FROM statement;

PRAGMA user_version = 5;
