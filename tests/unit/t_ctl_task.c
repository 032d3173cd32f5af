/* SPDX-License-Identifier: MIT */
/* Working on an incident: tasks, impact, links, figures. */
#include "tests/unit/check.h"
#include "tests/unit/ctl_room.h"

#include <sqlite3.h>

/* Incidents 1 and 2, of which the second is resolved. */
static void begin(void) {
  room_open();
  room_make_ledger(ROOM_CONFIG);
  CHECK(ctl("declare", "--title", "checkout is slow", "--no-page", NULL) ==
        CTL_DONE);
  CHECK(ctl("declare", "--title", "old", "--no-page", NULL) == CTL_DONE);
  CHECK(ctl("resolve", "2", NULL) == CTL_DONE);
}

static enum err add_entry(void *arg, const struct entry *e) {
  struct buf *out = arg;
  char at[CLOCK_TEXT];
  clock_print(e->at, at);
  if (e->kind != KIND_DECLARED && e->kind != KIND_RESOLVED)
    buf_addf(out, "%.5s %s %s: %s\n", at + 11, kind_names[e->kind], e->by,
             e->text);
  return OK;
}

/* What the timeline has. */
static const char *timeline(int64_t incident) {
  static char text[4096];
  struct buf out;
  struct ledger *l = room_ledger(LEDGER_READ);
  buf_init(&out, sizeof text - 1);
  CHECK(l != NULL && ledger_timeline(l, incident, add_entry, &out) == OK);
  snprintf(text, sizeof text, "%s", buf_text(&out));
  buf_fini(&out);
  ledger_close(l);
  return text;
}

static int64_t number(const char *query) {
  sqlite3 *db = NULL;
  sqlite3_stmt *q = NULL;
  int64_t n = -1;
  if (sqlite3_open_v2(room.ledger, &db, SQLITE_OPEN_READONLY, NULL) ==
          SQLITE_OK &&
      sqlite3_prepare_v2(db, query, -1, &q, NULL) == SQLITE_OK &&
      sqlite3_step(q) == SQLITE_ROW)
    n = sqlite3_column_int64(q, 0);
  sqlite3_finalize(q);
  sqlite3_close(db);
  return n;
}

static void a_task_is_made_given_understood_and_done(void) {
  begin();
  CHECK(ctl("task", "add", "1", "ask for space", "--to", "bob", "--due", "20m",
            NULL) == CTL_DONE);
  CHECK_TEXT(room.out, "incident 1: task 1 for bob, due 2026-11-21 10:20: ask "
                       "for space\n");
  CHECK_TEXT(room.err, "");
  CHECK(ctl("task", "understood", "1", NULL) == CTL_FAILED);
  CHECK_TEXT(room.err, "task 1: bob has it, and has to say so; see --by\n");
  CHECK(ctl("task", "understood", "1", "--by", "bob", NULL) == CTL_DONE);
  CHECK(ctl("task", "understood", "1", "--by", "bob", NULL) == CTL_FAILED);
  CHECK_TEXT(room.err, "task 1: understood already\n");
  CHECK(ctl("task", "assign", "1", "bob", NULL) == CTL_FAILED);
  CHECK_TEXT(room.err, "task 1: bob has it already\n");
  CHECK(ctl("task", "assign", "1", "alcie", NULL) == CTL_FAILED);
  CHECK_TEXT(room.err, "task: responder \"alcie\" is not in the "
                       "configuration; did you mean alice?\n");
  CHECK(ctl("task", "assign", "1", "alice", NULL) == CTL_DONE);
  CHECK(number("SELECT COUNT(*) FROM task WHERE understood_at IS NULL") == 1);
  CHECK(ctl("task", "due", "1", "12:00", NULL) == CTL_DONE);
  CHECK(ctl("task", "done", "1", NULL) == CTL_DONE);
  CHECK(ctl("task", "done", "1", NULL) == CTL_FAILED);
  CHECK_TEXT(room.err, "task 1: done already by alice\n");
  CHECK_TEXT(timeline(1),
             "10:00 task alice: task 1 for bob, due 2026-11-21T10:20Z: ask for "
             "space\n"
             "10:00 task bob: task 1: understood\n"
             "10:00 task alice: task 1: bob to alice\n"
             "10:00 task alice: task 1, due 2026-11-21T12:00Z\n"
             "10:00 task alice: task 1: done: ask for space\n");
  room_close();
}

static void a_due_task_has_one_reminder_until_it_is_done(void) {
  begin();
  CHECK(ctl("task", "add", "1", "x", "--due", "20m", NULL) == CTL_DONE);
  CHECK(number("SELECT due_at FROM reminder WHERE ended_at IS NULL"
               " AND kind = 'task' AND subject = 1 AND who IS NULL") ==
        ROOM_NOW + 20 * 60000);
  CHECK(ctl("task", "assign", "1", "bob", NULL) == CTL_DONE);
  CHECK(ctl("task", "due", "1", "1h", NULL) == CTL_DONE);
  CHECK(number("SELECT due_at FROM reminder WHERE ended_at IS NULL"
               " AND who = 'bob'") == ROOM_NOW + 3600000);
  CHECK(number("SELECT COUNT(*) FROM reminder WHERE ended_at IS NULL") == 1);
  CHECK(ctl("task", "done", "1", NULL) == CTL_DONE);
  CHECK(number("SELECT COUNT(*) FROM reminder WHERE ended_at IS NULL") == 0);
  CHECK(number("SELECT COUNT(*) FROM reminder") == 3);
  CHECK(ctl("task", "add", "1", "y", NULL) == CTL_DONE);
  CHECK(number("SELECT COUNT(*) FROM reminder") == 3);
  room_close();
}

static void tasks_are_listed(void) {
  begin();
  CHECK(ctl("task", "list", NULL) == CTL_DONE);
  CHECK_TEXT(room.out, "no tasks\n");
  CHECK(ctl("task", "add", "1", "some day", NULL) == CTL_DONE);
  CHECK(ctl("task", "add", "2", "soon\n\033[1m", "--due", "2h", "--to", "bob",
            NULL) == CTL_DONE); /* after resolve, too */
  CHECK(ctl("task", "add", "1", "now", "--due", "5m", NULL) == CTL_DONE);
  CHECK(ctl("task", "done", "1", NULL) == CTL_DONE);
  fake_clock_init(&room.clock, ROOM_NOW + 600000);
  CHECK(ctl("task", "list", NULL) == CTL_DONE);
  CHECK_TEXT(room.out, "TASK  INCIDENT  STATE  WHO     DUE               TEXT\n"
                       "   3         1  late   nobody  2026-11-21 10:05  now\n"
                       "   2         2  open   bob     2026-11-21 12:00  "
                       "soon\\n\\x1b[1m\n");
  CHECK(ctl("task", "list", "1", NULL) == CTL_DONE);
  CHECK_TEXT(room.out, "TASK  STATE  WHO     DUE               TEXT\n"
                       "   1  done   nobody                    some day\n"
                       "   3  late   nobody  2026-11-21 10:05  now\n");
  CHECK(ctl("task", "list", "1", "--json", NULL) == CTL_DONE);
  CHECK_TEXT(room_json("tasks"), "2");
  CHECK_TEXT(room_json("tasks.0.text"), "some day");
  CHECK_TEXT(room_json("tasks.0.done_by"), "alice");
  CHECK_TEXT(room_json("tasks.1.due_at"), "2026-11-21T10:05:00.000Z");
  CHECK_TEXT(room_json("tasks.1.understood_at"), "null");
  room_close();
}

static void a_task_for_programs_is_one_document(void) {
  begin();
  CHECK(ctl("task", "add", "1", "x", "--json", NULL) == CTL_DONE);
  CHECK_TEXT(room_json("task.id"), "1");
  CHECK_TEXT(room_json("task.created_by"), "alice");
  CHECK_TEXT(room_json("entry.kind"), "task");
  CHECK_TEXT(room_json("entry.text"), "task 1: x");
  room_close();
}

static void what_is_wrong_with_a_task_is_said(void) {
  begin();
  CHECK(ctl("task", "ad", "1", "x", NULL) == CTL_USAGE);
  CHECK(room_warned("task: unknown action \"ad\", did you mean add?\n"));
  CHECK(ctl("task", "add", "1", NULL) == CTL_USAGE);
  CHECK(room_warned("task add: an argument is missing\n"));
  CHECK(ctl("task", "add", "1", "two", "words", NULL) == CTL_USAGE);
  CHECK(ctl("task", "add", "9", "x", NULL) == CTL_FAILED);
  CHECK_TEXT(room.err, "incident 9: not found\n");
  CHECK(ctl("task", "add", "1", "x", "--due", "20", NULL) == CTL_USAGE);
  CHECK(room_warned("task: --due \"20\" has no unit; write 20m, or a time\n"));
  CHECK(ctl("task", "add", "1", "x", "--due", "09:00", NULL) == CTL_FAILED);
  CHECK_TEXT(room.err, "task: --due 09:00 is over already\n");
  CHECK(ctl("task", "done", "7", NULL) == CTL_FAILED);
  CHECK_TEXT(room.err, "task 7: not found; see task list\n");
  CHECK(ctl("task", "done", "7", "--to", "x", NULL) == CTL_USAGE);
  CHECK(ctl("task", "list", "9", NULL) == CTL_FAILED);
  CHECK_TEXT(room.err, "incident 9: not found\n");
  CHECK(ctl("task", "add", "1", "x", NULL) == CTL_DONE);
  CHECK(ctl("task", "understood", "1", NULL) == CTL_FAILED);
  CHECK_TEXT(room.err, "task 1: nobody has it; see task assign\n");
  CHECK_TEXT(timeline(2), "");
  CHECK(number("SELECT COUNT(*) FROM task") == 1);
  room_close();
}

static void nothing_is_done_to_one_that_is_part_of_another(void) {
  begin();
  struct ledger *l = room_ledger(LEDGER_SHARE);
  struct incident i;
  CHECK(ctl("task", "add", "2", "x", NULL) == CTL_DONE);
  CHECK(ledger_incident(l, 2, &i) == OK);
  i.merged_into = 1;
  CHECK(ledger_begin(l, 0) == OK && ledger_put_incident(l, &i) == OK &&
        ledger_commit(l) == OK);
  incident_fini(&i);
  ledger_close(l);
  CHECK(ctl("task", "done", "1", NULL) == CTL_FAILED);
  CHECK_TEXT(room.err, "incident 2: merged into incident 1\n");
  CHECK(ctl("link", "2", "https://example.com/", NULL) == CTL_FAILED);
  CHECK(number("SELECT COUNT(*) FROM link") == 0);
  room_close();
}

static void impact_has_a_begin_an_end_and_a_duration(void) {
  begin();
  CHECK(ctl("impact", "add", "1", "no logins", "--from", "-1h", NULL) ==
        CTL_DONE);
  CHECK_TEXT(room.out, "incident 1: impact 1 began: no logins\n");
  CHECK(ctl("impact", "list", "1", NULL) == CTL_DONE);
  CHECK_TEXT(room.out,
             "IMPACT  FROM              TO       FOR  BY     TEXT\n"
             "     1  2026-11-21 09:00  goes on   1h  alice  no logins\n");
  CHECK(ctl("impact", "end", "1", "--at", "-2h", NULL) == CTL_FAILED);
  CHECK_TEXT(room.err, "impact 1: would end before it begins\n");
  CHECK(ctl("impact", "end", "1", "--at", "-30m", "--json", NULL) == CTL_DONE);
  CHECK_TEXT(room_json("impact.duration"), "1800");
  CHECK_TEXT(room_json("impact.to"), "2026-11-21T09:30:00.000Z");
  CHECK_TEXT(room_json("entry.at"), "2026-11-21T09:30:00.000Z");
  CHECK(ctl("impact", "end", "1", NULL) == CTL_FAILED);
  CHECK_TEXT(room.err, "impact 1: over already; --at puts it right\n");
  CHECK(ctl("impact", "end", "1", "--at", "-15m", NULL) == CTL_DONE);
  CHECK(ctl("impact", "add", "2", "slow", "--from", "-3h", "--to", "-1h",
            NULL) == CTL_DONE);
  CHECK_TEXT(timeline(1),
             "09:00 impact alice: impact 1 began: no logins\n"
             "09:30 impact alice: impact 1 lasted until 2026-11-21T09:30Z "
             "(30m): no logins\n"
             "10:00 impact alice: impact 1 lasted until 2026-11-21T09:45Z "
             "(45m): no logins\n");
  CHECK_TEXT(timeline(2), "07:00 impact alice: impact 2 until "
                          "2026-11-21T09:00Z (2h): slow\n");
  CHECK(ctl("impact", "list", "1", "--json", NULL) == CTL_DONE);
  CHECK_TEXT(room_json("impacts.0.duration"), "2700");
  room_close();
}

static void what_is_wrong_with_impact_is_said(void) {
  begin();
  CHECK(ctl("impact", "add", "1", "x", "--from", "+1h", NULL) == CTL_FAILED);
  CHECK_TEXT(room.err, "impact: --from +1h has not come yet\n");
  CHECK(ctl("impact", "add", "1", "x", "--to", "-1h", NULL) == CTL_FAILED);
  CHECK_TEXT(room.err, "impact: --to -1h is before it begins\n");
  CHECK(ctl("impact", "add", "1", "x", "--at", "-1h", NULL) == CTL_USAGE);
  CHECK(room_warned("impact add: --at is an option of impact end\n"));
  CHECK(ctl("impact", "end", "4", NULL) == CTL_FAILED);
  CHECK_TEXT(room.err, "impact 4: not found; see impact list\n");
  CHECK(ctl("impact", "list", "1", NULL) == CTL_DONE);
  CHECK_TEXT(room.out, "no impact\n");
  CHECK(number("SELECT COUNT(*) FROM impact") == 0);
  room_close();
}

static void a_link_is_kept_without_passwords(void) {
  begin();
  CHECK(ctl("link", "1", "https://call.example.com/rec?x=1", "--title",
            "Recording of the call", NULL) == CTL_DONE);
  CHECK_TEXT(room.out, "incident 1: linked: Recording of the call: "
                       "https://call.example.com/rec?x=1\n");
  CHECK(ctl("link", "1", "https://u:p@example.com/", NULL) == CTL_FAILED);
  CHECK_TEXT(room.err, "link: the URL has a user or password in it\n");
  CHECK(ctl("link", "1", "javascript:alert(1)", NULL) == CTL_FAILED);
  CHECK_TEXT(room.err, "link: not a URL with http:// or https://\n");
  CHECK(ctl("link", "1", "https://a/b c", NULL) == CTL_FAILED);
  CHECK_TEXT(room.err, "link: a URL has no blanks\n");
  CHECK(ctl("link", "1", "https://a/@b", "--json", NULL) == CTL_DONE);
  CHECK_TEXT(room_json("link.url"), "https://a/@b");
  CHECK_TEXT(room_json("link.title"), "null");
  CHECK_TEXT(room_json("entry.kind"), "link");
  CHECK(number("SELECT COUNT(*) FROM link") == 2);
  room_close();
}

static void the_last_number_counts(void) {
  begin();
  CHECK(ctl("count", "1", "customers", "7", NULL) == CTL_DONE);
  CHECK_TEXT(room.out, "incident 1: customers: 7\n");
  CHECK(ctl("count", "1", "customers", "12", NULL) == CTL_DONE);
  CHECK_TEXT(room.out, "incident 1: customers: 12, was 7\n");
  CHECK_TEXT(room.err, "");
  CHECK(ctl("count", "1", "custmers", "13", "--json", NULL) == CTL_DONE);
  CHECK_TEXT(room.err,
             "warning: \"custmers\" is new; did you mean customers?\n");
  CHECK_TEXT(room_json("figure.value"), "13");
  CHECK(ctl("count", "1", "customers", "many", NULL) == CTL_USAGE);
  CHECK(ctl("count", "1", "customers", "99999999999999999999", NULL) ==
        CTL_USAGE);
  CHECK(number("SELECT COUNT(*) FROM figure") == 3);
  room_close();
}

static void show_tells_of_it_all(void) {
  begin();
  CHECK(ctl("show", "1", NULL) == CTL_DONE);
  CHECK(!room_said("Tasks") && !room_said("Teams") && !room_said("Figures"));
  CHECK(ctl("task", "add", "1", "ask for space", NULL) == CTL_DONE);
  CHECK(ctl("impact", "add", "1", "no logins", NULL) == CTL_DONE);
  CHECK(ctl("link", "1", "https://example.com/", "--title", "t", NULL) ==
        CTL_DONE);
  CHECK(ctl("count", "1", "users", "9", NULL) == CTL_DONE);
  CHECK(ctl("count", "1", "customers", "7", NULL) == CTL_DONE);
  CHECK(ctl("count", "1", "customers", "8", NULL) == CTL_DONE);
  CHECK(ctl("role", "1", "scribe", "alice", NULL) == CTL_DONE);
  CHECK(ctl("team", "1", "alpha", "--leader", "bob", NULL) == CTL_DONE);
  CHECK(ctl("show", "1", NULL) == CTL_DONE);
  CHECK(room_said("\nRoles\n  ROLE       WHO    SINCE             CONTACT\n"
                  "  commander  alice  2026-11-21 10:00  +1 555 0100\n"
                  "  scribe     alice  2026-11-21 10:00  +1 555 0100\n"
                  "\nTeams\n  TEAM   LEADER  SINCE\n"
                  "  alpha  bob     2026-11-21 10:00\n"
                  "\nTasks\n  TASK  STATE  WHO     TEXT\n"
                  "     1  open   nobody  ask for space\n"
                  "\nImpact\n  IMPACT  FROM              TO       FOR  BY     "
                  "TEXT\n"
                  "       1  2026-11-21 10:00  goes on   0s  alice  no logins\n"
                  "\nLinks\n  t  https://example.com/  alice\n"
                  "\nFigures\n  customers  8  2026-11-21 10:00  alice\n"
                  "  users      9  2026-11-21 10:00  alice\n"));
  CHECK(ctl("show", "1", "--json", NULL) == CTL_DONE);
  CHECK_TEXT(room_json("roles.1.role"), "scribe");
  CHECK_TEXT(room_json("roles.1.who"), "alice");
  CHECK_TEXT(room_json("roles.1.since"), "2026-11-21T10:00:00.000Z");
  CHECK_TEXT(room_json("roles.1.until"), "null");
  CHECK_TEXT(room_json("tasks.0.text"), "ask for space");
  CHECK_TEXT(room_json("impacts.0.to"), "null");
  CHECK_TEXT(room_json("links.0.title"), "t");
  CHECK_TEXT(room_json("figures"), "2");
  CHECK_TEXT(room_json("figures.0.name"), "customers");
  CHECK_TEXT(room_json("figures.0.value"), "8");
  CHECK_TEXT(room_json("teams.0.leader"), "bob");
  room_close();
}

int main(void) {
  a_task_is_made_given_understood_and_done();
  a_due_task_has_one_reminder_until_it_is_done();
  tasks_are_listed();
  a_task_for_programs_is_one_document();
  what_is_wrong_with_a_task_is_said();
  nothing_is_done_to_one_that_is_part_of_another();
  impact_has_a_begin_an_end_and_a_duration();
  what_is_wrong_with_impact_is_said();
  a_link_is_kept_without_passwords();
  the_last_number_counts();
  show_tells_of_it_all();
  return check_done("t_ctl_task");
}
