/* SPDX-License-Identifier: MIT */
/* What must hold in a ledger, as queries that give a line for each place where
 * it does not. */
#include "ledger/ledger_sql.h"

#include <string.h>

/* Each gives one column of text. */
static const char *const invariants[] = {
    "SELECT 'incident ' || id || ': ' || status || ', but '"
    " || CASE WHEN resolved_at IS NULL THEN 'without' ELSE 'with' END"
    " || ' a time of resolving'"
    " FROM incident WHERE (status = 'resolved') <> (resolved_at IS NOT NULL)",

    "SELECT 'incident ' || id || ': acknowledged by '"
    " || COALESCE(acknowledged_by, 'nobody') || ', but '"
    " || CASE WHEN acknowledged_at IS NULL THEN 'never' ELSE 'at a time' END"
    " FROM incident"
    " WHERE (acknowledged_by IS NULL) <> (acknowledged_at IS NULL)",

    "SELECT 'incident ' || id || ': '"
    " || CASE WHEN snoozed_until IS NULL THEN 'asked' ELSE 'snoozed' END"
    " || ', but acknowledged by nobody' FROM incident"
    " WHERE COALESCE(snoozed_until, asked_at) IS NOT NULL"
    " AND acknowledged_by IS NULL",

    "SELECT 'incident ' || id || ': labels are no JSON object' FROM incident"
    " WHERE NOT json_valid(labels) OR json_type(labels) <> 'object'",

    "SELECT 'incidents ' || group_concat(id, ' and ') || ': open for the same'"
    " || ' group of rule ' || rule FROM incident"
    " WHERE status <> 'resolved' AND group_key IS NOT NULL"
    " GROUP BY rule, group_key HAVING COUNT(*) > 1",

    "SELECT 'incident ' || i.id || ': says that ' || i.alerts_firing"
    " || ' alerts fire, but ' || COUNT(a.id) || ' do'"
    " FROM incident i LEFT JOIN alert a ON a.incident = i.id"
    " AND a.state IN ('firing', 'clearing')"
    " GROUP BY i.id HAVING COUNT(a.id) <> i.alerts_firing",

    "SELECT 'incident ' || i.id || ': says that it had ' || i.alerts_total"
    " || ' alerts, but has ' || COUNT(a.id)"
    " FROM alert a JOIN incident i ON i.id = a.incident"
    " GROUP BY i.id HAVING COUNT(a.id) > i.alerts_total",

    "SELECT 'alert ' || id || ': metadata is no JSON object' FROM alert"
    " WHERE NOT json_valid(meta) OR json_type(meta) <> 'object'",

    "SELECT 'page ' || id || ': ' || state || ', but '"
    " || CASE WHEN delivered_at IS NULL THEN 'without' ELSE 'with' END"
    " || ' a time of delivery'"
    " FROM page WHERE (state = 'delivered') <> (delivered_at IS NOT NULL)",

    "SELECT 'page ' || id || ': ' || event || ' of no incident' FROM page"
    " WHERE incident IS NULL AND event <> 'incident.test'"
    " AND target NOT LIKE 'silence:%'"
    " AND target NOT LIKE 'schedule:%'"
    " AND NOT (event IN ('incident.page', 'incident.update')"
    "          AND target LIKE 'responder:%'"
    "          AND (content IS NOT NULL OR attempts = 0))",

    "SELECT 'override ' || id || ': ends before it begins' FROM override"
    " WHERE until_at < from_at",

    "SELECT 'run ' || id || ': exhausted, but at no time' FROM run"
    " WHERE state = 'exhausted' AND ended_at IS NULL",

    /* Between a command and the plugin's next turn that is as it should be. */
    "SELECT 'run ' || r.id || ': still running for incident ' || i.id"
    " || ', which is resolved' FROM run r JOIN incident i ON i.id = r.incident"
    " WHERE r.state = 'running' AND i.status = 'resolved'"
    " AND NOT EXISTS (SELECT 1 FROM request)",

    "SELECT 'incident ' || id || ': paused, but resolved' FROM incident"
    " WHERE paused = 1 AND status = 'resolved'"
    " AND NOT EXISTS (SELECT 1 FROM request)",

    "SELECT 'incident ' || id || ': its own parent, or merged into itself'"
    " FROM incident WHERE parent = id OR merged_into = id",

    "SELECT 'incident ' || id || ': merged into incident ' || merged_into"
    " || ', but ' || status FROM incident"
    " WHERE merged_into IS NOT NULL AND status <> 'resolved'",

    "SELECT 'incident ' || i.id || ': merged into incident ' || i.merged_into"
    " || ', which is merged into another' FROM incident i"
    " JOIN incident whole ON whole.id = i.merged_into"
    " WHERE whole.merged_into IS NOT NULL",

    "SELECT 'incident ' || i.id || ': merged into another, but has alerts'"
    " FROM incident i WHERE i.merged_into IS NOT NULL"
    " AND EXISTS (SELECT 1 FROM alert a WHERE a.incident = i.id)",

    "SELECT 'incident ' || i.id || ': merged into another, but '"
    " || CASE WHEN EXISTS (SELECT 1 FROM task t WHERE t.incident = i.id)"
    " THEN 'has tasks' ELSE 'somebody has a role' END FROM incident i"
    " WHERE i.merged_into IS NOT NULL"
    " AND (EXISTS (SELECT 1 FROM task t WHERE t.incident = i.id)"
    " OR EXISTS (SELECT 1 FROM role r WHERE r.incident = i.id"
    " AND r.until IS NULL))",

    "SELECT 'incident ' || id || ': a storm, but of no rule' FROM incident"
    " WHERE storm = 1 AND rule IS NULL",

    "SELECT 'alert ' || id || ': ' || state || ', but '"
    " || CASE WHEN flapping = 1 THEN 'flapping' ELSE 'bad' END FROM alert"
    " WHERE flapping = 1 AND state <> 'firing'"
    " OR bad_by <> 0 AND (state = 'clearing' OR state = 'cleared')",

    "SELECT 'alert ' || id || ': held back by silence ' || silence"
    " || ', which is not there' FROM alert"
    " WHERE silence IS NOT NULL AND state <> 'cleared'"
    " AND silence NOT IN (SELECT id FROM silence)",

    "SELECT 'alert ' || id || ': inhibited by incident ' || inhibited_by"
    " || ', which is not there' FROM alert"
    " WHERE inhibited_by > 0 AND state <> 'cleared'"
    " AND inhibited_by NOT IN (SELECT id FROM incident)",

    "SELECT 'evidence of alert ' || e.alert || ': of incident ' || e.incident"
    " || ', but the alert is of ' || COALESCE(a.incident, 'none')"
    " FROM evidence e JOIN alert a ON a.id = e.alert"
    " WHERE a.incident IS NOT e.incident",

    "SELECT 'silence ' || id || ': matches are no JSON array of some'"
    " FROM silence WHERE NOT json_valid(matches)"
    " OR json_type(matches) <> 'array' OR json_array_length(matches) = 0",

    "SELECT 'silence ' || id || ': ends before it begins' FROM silence"
    " WHERE ends_at < starts_at",

    "SELECT 'silence ' || id || ': has no end' FROM silence"
    " WHERE ends_at IS NULL AND until_resolved = 0 AND every IS NULL",

    "SELECT 'silence ' || id || ': ended by ' || ended_by || ', but never'"
    " FROM silence WHERE ended_by IS NOT NULL AND ended_at IS NULL",

    "SELECT 'incident ' || incident || ': ' || group_concat(who, ' and ')"
    " || ' both have the role ' || role FROM role"
    " WHERE until IS NULL AND role <> '" ROLE_EXPERT "'"
    " GROUP BY incident, role HAVING COUNT(*) > 1",

    "SELECT 'incident ' || i.id || ': its commander is '"
    " || COALESCE(i.commander, 'nobody') || ', but ' || r.who"
    " || ' has that role' FROM role r JOIN incident i ON i.id = r.incident"
    " WHERE r.until IS NULL AND r.role = '" ROLE_COMMANDER "'"
    " AND i.commander IS NOT r.who",

    "SELECT 'role ' || id || ': ends before it begins' FROM role"
    " WHERE until < since",

    "SELECT 'task ' || id || ': done by ' || COALESCE(done_by, 'nobody')"
    " || ', but ' || CASE WHEN done_at IS NULL THEN 'never' ELSE 'at a time'"
    " END FROM task WHERE (done_at IS NULL) <> (done_by IS NULL)",

    "SELECT 'task ' || id || ': understood by nobody' FROM task"
    " WHERE understood_at IS NOT NULL AND assignee IS NULL",

    "SELECT 'reminder ' || m.id || ': of a ' || m.kind || ' that is not there'"
    " FROM reminder m WHERE m.ended_at IS NULL"
    " AND (m.kind = 'task' AND NOT EXISTS (SELECT 1 FROM task t"
    " WHERE t.id = m.subject AND t.incident = m.incident)"
    " OR m.kind = 'team' AND NOT EXISTS (SELECT 1 FROM team t"
    " WHERE t.id = m.subject AND t.incident = m.incident))",

    "SELECT 'reminder ' || m.id || ': of task ' || t.id || ', which is done'"
    " FROM reminder m JOIN task t ON t.id = m.subject AND m.kind = 'task'"
    " WHERE m.ended_at IS NULL AND t.done_at IS NOT NULL",

    "SELECT 'statement ' || id || ': ' || state || ', but '"
    " || CASE WHEN posted_at IS NULL THEN 'never' ELSE 'at a time' END"
    " || ' posted' FROM statement"
    " WHERE state = 'posted' AND posted_at IS NULL"
    " OR state IN ('draft', 'approved') AND posted_at IS NOT NULL",

    "SELECT 'statement ' || id || ': approved by nobody' FROM statement"
    " WHERE state = 'approved' AND approved_by IS NULL",

    "SELECT 'statement ' || id || ': webhooks are no JSON array' FROM statement"
    " WHERE NOT json_valid(webhooks) OR json_type(webhooks) <> 'array'",

    "SELECT 'incident ' || incident || ': ' || COUNT(*) || ' clocks of kind '"
    " || kind FROM reminder WHERE ended_at IS NULL"
    " AND kind IN ('update', 'public', 'deputy')"
    " GROUP BY incident, kind HAVING COUNT(*) > 1",

    "SELECT 'postmortem of incident ' || incident || ': its sections are no'"
    " || ' JSON object' FROM postmortem"
    " WHERE NOT json_valid(sections) OR json_type(sections) <> 'object'",

    "SELECT 'postmortem of incident ' || incident || ': ' || status"
    " || ', but nobody owns it' FROM postmortem"
    " WHERE owner IS NULL AND status <> 'draft'",

    "SELECT 'request ' || id || ': is no JSON object' FROM request"
    " WHERE NOT json_valid(detail) OR json_type(detail) <> 'object'",
};

/* The foreign keys that lead nowhere. */
static const char dangling[] =
    "SELECT 'row ' || rowid || ' of ' || \"table\" || ': leads to a missing '"
    " || parent FROM pragma_foreign_key_check";

struct search {
  sqlite3 *db;
  ledger_finding *found;
  void *arg;
  int64_t n;
};

static enum err look_for(struct search *s, const char *query,
                         const char *harmless) {
  struct row r = {.db = s->db};
  int rc = sqlite3_prepare_v2(s->db, query, -1, &r.q, NULL);
  if (rc != SQLITE_OK)
    return sql_failure(s->db, rc);
  while (row_next(&r)) {
    const char *line = get_text(&r);
    if (line != NULL && (harmless == NULL || strcmp(line, harmless) != 0)) {
      s->found(s->arg, line);
      s->n++;
    }
  }
  sqlite3_finalize(r.q);
  return r.err;
}

/* Damage ends a query: that is a finding, and the others may still be asked. */
static enum err look_further(struct search *s, const char *query,
                             const char *harmless) {
  enum err err = look_for(s, query, harmless);
  if (err != ERR_CORRUPT)
    return err;
  s->found(s->arg, sql_why());
  s->n++;
  return OK;
}

enum err ledger_verify(struct ledger *l, ledger_finding *found, void *arg,
                       int64_t *findings) {
  struct search s = {.db = l->db, .found = found, .arg = arg};
  enum err err = sql_exec(l->db, "BEGIN"); /* all of it at one time */
  if (err != OK)
    return err;
  err = look_further(&s, "PRAGMA integrity_check", "ok");
  if (err == OK)
    err = look_further(&s, dangling, NULL);
  for (size_t i = 0; err == OK && i < sizeof invariants / sizeof invariants[0];
       i++)
    err = look_further(&s, invariants[i], NULL);
  ledger_rollback(l);
  if (err == OK)
    *findings = s.n;
  return err;
}
