/* SPDX-License-Identifier: MIT */
/* Roles, teams, and those who may go. */
#include "tests/unit/check.h"
#include "tests/unit/ctl_room.h"

#include <sqlite3.h>

#define DOWN "recorded; collectd is not running, nobody is paged\n"

static void begin(void) {
  room_open();
  room_make_ledger(ROOM_CONFIG "<Channel \"alpha\">\n"
                               "  URL \"https://chat.example.com/alpha\"\n"
                               "</Channel>\n");
  CHECK(ctl("declare", "--title", "checkout is slow", "--no-page",
            "--commander", "alice", NULL) == CTL_DONE);
}

/* The rows of a query's one column, "a b ". */
static const char *rows(const char *query) {
  static char text[1024];
  sqlite3 *db = NULL;
  sqlite3_stmt *q = NULL;
  text[0] = '\0';
  CHECK(sqlite3_open_v2(room.ledger, &db, SQLITE_OPEN_READONLY, NULL) ==
            SQLITE_OK &&
        sqlite3_prepare_v2(db, query, -1, &q, NULL) == SQLITE_OK);
  while (q != NULL && sqlite3_step(q) == SQLITE_ROW) {
    size_t len = strlen(text);
    snprintf(text + len, sizeof text - len, "%s ",
             (const char *)sqlite3_column_text(q, 0));
  }
  sqlite3_finalize(q);
  sqlite3_close(db);
  return text;
}

#define HELD                                                                   \
  "SELECT role || ':' || who || CASE WHEN until IS NULL THEN '' ELSE '-' END"  \
  " FROM role ORDER BY id"
#define COMMANDER "SELECT COALESCE(commander, 'nobody') FROM incident"
#define LAST "SELECT kind || '/' || text FROM timeline ORDER BY id DESC LIMIT 1"
#define VERBS_WAITING                                                          \
  "SELECT json_extract(detail, '$.verb') || ':' ||"                            \
  " COALESCE(json_extract(detail, '$.who'), '') FROM request"

static bool is_sound(void) { return ctl("verify", NULL) == CTL_DONE; }

static void whoever_declares_with_a_commander_gives_the_role(void) {
  begin();
  CHECK_TEXT(rows(HELD), "commander:alice ");
  CHECK(is_sound());
  room_close();
}

static void the_role_goes_from_one_to_the_next(void) {
  begin();
  CHECK(ctl("role", "1", "commander", "bob", NULL) == CTL_DONE);
  CHECK_TEXT(room.out,
             "incident 1: role commander: alice to bob: checkout is slow\n");
  CHECK_TEXT(room.err, DOWN "  bob  +1 555 0101\n");
  CHECK_TEXT(rows(HELD), "commander:alice- commander:bob ");
  CHECK_TEXT(rows(COMMANDER), "bob ");
  CHECK_TEXT(rows(LAST), "role/role commander: alice to bob ");
  CHECK_TEXT(rows(VERBS_WAITING), "declare: role:bob ");
  CHECK(ctl("role", "1", "commander", "bob", NULL) == CTL_FAILED);
  CHECK_TEXT(room.err, "incident 1: that person has the role already\n");
  CHECK(ctl("role", "1", "commander", "--release", "--json", NULL) == CTL_DONE);
  CHECK_TEXT(room_json("incident.commander"), "null");
  CHECK_TEXT(rows(LAST), "role/role commander: bob released ");
  CHECK_TEXT(rows(COMMANDER), "nobody ");
  CHECK(ctl("role", "1", "commander", "--release", NULL) == CTL_FAILED);
  CHECK_TEXT(room.err,
             "incident 1: there is nobody to release from that role\n");
  CHECK(is_sound());
  room_close();
}

static void taking_a_role_pages_nobody(void) {
  begin();
  CHECK(ctl("role", "1", "scribe", "bob", "--by", "bob", NULL) == CTL_DONE);
  CHECK_TEXT(room.out, "incident 1: role scribe: bob: checkout is slow\n");
  CHECK_TEXT(room.err, "");
  CHECK(ctl("role", "1", "scribe", "carol of support", "--by",
            "carol of support", NULL) == CTL_DONE);
  CHECK_TEXT(room.err, "");
  CHECK_TEXT(rows(COMMANDER), "alice ");
  CHECK(is_sound());
  room_close();
}

static void there_are_several_experts(void) {
  begin();
  CHECK(ctl("role", "1", "expert", "bob", NULL) == CTL_DONE);
  CHECK(ctl("role", "1", "expert", "carol", "--by", "carol", NULL) == CTL_DONE);
  CHECK_TEXT(rows(LAST), "role/role expert: carol ");
  CHECK(ctl("role", "1", "expert", "bob", NULL) == CTL_FAILED);
  CHECK(ctl("role", "1", "expert", "dave", "--release", NULL) == CTL_FAILED);
  CHECK(ctl("role", "1", "expert", "bob", "--release", NULL) == CTL_DONE);
  CHECK_TEXT(rows(HELD), "commander:alice expert:bob- expert:carol ");
  CHECK(is_sound());
  room_close();
}

static void a_commander_with_another_role_is_warned_about(void) {
  begin();
  CHECK(ctl("role", "1", "scribe", "alice", NULL) == CTL_DONE);
  CHECK_TEXT(room.err, "warning: alice is commander and scribe at once; a "
                       "commander does nothing else\n");
  room_close();
}

static void what_is_wrong_with_a_role_is_said(void) {
  begin();
  CHECK(ctl("role", "1", "comander", "bob", NULL) == CTL_FAILED);
  CHECK_TEXT(room.err,
             "role: there is no role \"comander\", did you mean commander?\n");
  CHECK(ctl("role", "1", "king", "bob", NULL) == CTL_FAILED);
  CHECK_TEXT(room.err, "role: there is no role \"king\"; there are commander, "
                       "deputy, scribe, expert, customer-liaison, "
                       "internal-liaison\n");
  CHECK(ctl("role", "1", "scribe", NULL) == CTL_USAGE);
  CHECK(room_warned("role: who is to have it is missing\n"));
  CHECK(ctl("role", "9", "scribe", "bob", NULL) == CTL_FAILED);
  CHECK_TEXT(room.err, "incident 9: not found\n");
  CHECK(ctl("role", "1", "scribe", "bobb", NULL) == CTL_FAILED);
  CHECK_TEXT(room.err, "role: responder \"bobb\" is not in the configuration; "
                       "did you mean bob?\n");
  CHECK(ctl("team", "1", "alpha", "--leader", "zoe", NULL) == CTL_FAILED);
  CHECK_TEXT(room.err, "team: responder \"zoe\" is not in the configuration; "
                       "there are alice, bob\n");
  CHECK_TEXT(rows(HELD), "commander:alice ");
  CHECK(ctl("role", "1", "scribe", "bob", NULL) == CTL_DONE);
  CHECK(ctl("resolve", "1", NULL) == CTL_DONE);
  CHECK(ctl("role", "1", "deputy", "bob", NULL) == CTL_FAILED);
  CHECK_TEXT(room.err, "incident 1: already resolved\n");
  CHECK(ctl("role", "1", "scribe", "--release", NULL) == CTL_DONE);
  room_close();
}

static void roles_are_listed_with_those_that_nobody_has(void) {
  begin();
  CHECK(ctl("role", "1", "commander", "bob", "--by", "bob", NULL) == CTL_DONE);
  CHECK(ctl("role", "list", "1", NULL) == CTL_DONE);
  CHECK(room_said("ROLE              WHO     SINCE             UNTIL           "
                  "  CONTACT\n"
                  "commander         alice   2026-11-21 10:00  2026-11-21 10:00"
                  "  +1 555 0100\n"
                  "commander         bob     2026-11-21 10:00                  "
                  "  +1 555 0101\n"
                  "deputy            nobody"));
  CHECK(ctl("role", "list", "1", "--json", NULL) == CTL_DONE);
  CHECK_TEXT(room_json("roles"), "2");
  CHECK_TEXT(room_json("roles.0.until"), "2026-11-21T10:00:00.000Z");
  CHECK_TEXT(room_json("roles.1.who"), "bob");
  room_close();
}

static void a_team_has_a_leader_a_channel_and_a_time_box(void) {
  begin();
  CHECK(ctl("team", "1", "alpha", NULL) == CTL_USAGE);
  CHECK(ctl("team", "1", "alpha", "--for", "1h", NULL) == CTL_FAILED);
  CHECK_TEXT(room.err, "incident 1: there is no team alpha; --leader makes "
                       "one\n");
  CHECK(ctl("team", "1", "alpha", "--leader", "bob", "--for", "30m", NULL) ==
        CTL_DONE);
  CHECK_TEXT(room.out, "incident 1: team alpha, led by bob, until "
                       "2026-11-21 10:30; it meets at "
                       "https://chat.example.com/alpha\n");
#define TEAM_REMINDER                                                          \
  "SELECT who || ' ' || ((due_at - 1795255200000) / 60000) || ' ' || subject"  \
  " FROM reminder WHERE kind = 'team' AND ended_at IS NULL"
  CHECK_TEXT(rows(TEAM_REMINDER), "bob 30 1 ");
  CHECK(ctl("team", "1", "alpha", "--for", "1h", NULL) == CTL_DONE);
  CHECK_TEXT(rows(TEAM_REMINDER), "bob 60 1 ");
  CHECK(ctl("team", "1", "alpha", "--leader", "carol", "--by", "carol",
            "--json", NULL) == CTL_DONE);
  CHECK_TEXT(room_json("team.leader"), "carol");
  CHECK_TEXT(room_json("team.until"), "2026-11-21T11:00:00.000Z");
  CHECK_TEXT(rows(TEAM_REMINDER), "carol 60 1 ");
  CHECK(ctl("team", "1", "alpha", "--end", NULL) == CTL_DONE);
  CHECK_TEXT(room.out, "incident 1: team alpha of carol: ended\n");
  CHECK_TEXT(rows(TEAM_REMINDER), "");
  CHECK(ctl("team", "1", "alpha", "--leader", "bob", NULL) == CTL_DONE);
  CHECK_TEXT(rows("SELECT COUNT(*) FROM team"), "2 ");
  CHECK(is_sound());
  room_close();
}

static void more_than_seven_reports_are_warned_about(void) {
  static const char *const names[] = {"p1", "p2", "p3", "p4",
                                      "p5", "p6", "p7", "p8"};
  begin();
  for (size_t i = 0; i < 7; i++) {
    CHECK(ctl("role", "1", "expert", names[i], "--by", names[i], NULL) ==
          CTL_DONE);
    CHECK_TEXT(room.err, "");
  }
  CHECK(ctl("team", "1", "alpha", "--leader", "p1", "--by", "p1", NULL) ==
        CTL_DONE);
  CHECK_TEXT(room.err, "");
  CHECK(ctl("role", "1", "expert", names[7], "--by", names[7], NULL) ==
        CTL_DONE);
  CHECK_TEXT(room.err, "warning: 8 people report to the commander, more than "
                       "7; form a team\n");
  room_close();
}

static void who_is_released_has_no_role_and_no_team(void) {
  begin();
  CHECK(ctl("role", "1", "scribe", "bob", NULL) == CTL_DONE);
  CHECK(ctl("role", "1", "expert", "carol", "--by", "carol", NULL) == CTL_DONE);
  CHECK(ctl("team", "1", "alpha", "--leader", "carol", "--for", "1h", "--by",
            "carol", NULL) == CTL_DONE);
  CHECK(ctl("release", "1", "carol", "alice", NULL) == CTL_DONE);
  CHECK_TEXT(room.out, "incident 1: released: carol (expert, team alpha), "
                       "alice (commander)\n");
  CHECK_TEXT(rows(HELD), "commander:alice- scribe:bob expert:carol- ");
  CHECK_TEXT(rows(COMMANDER), "nobody ");
  CHECK_TEXT(rows("SELECT name FROM team WHERE ended_at IS NULL"), "");
  CHECK_TEXT(rows("SELECT id FROM reminder WHERE ended_at IS NULL"), "");
  CHECK_TEXT(rows(LAST), "released/carol (expert, team alpha), alice "
                         "(commander) ");
  CHECK(ctl("release", "1", "carl", NULL) == CTL_FAILED);
  CHECK_TEXT(room.err, "incident 1: carl has nothing to do with it, did you "
                       "mean carol?\n");
  CHECK(ctl("release", "1", "bob", "zoe", NULL) == CTL_FAILED);
  CHECK_TEXT(rows("SELECT who FROM role WHERE until IS NULL"), "bob ");
  CHECK(ctl("resolve", "1", NULL) == CTL_DONE);
  CHECK(ctl("release", "1", "bob", "--json", NULL) == CTL_DONE);
  CHECK_TEXT(room_json("entry.kind"), "released");
  CHECK_TEXT(rows("SELECT who FROM role WHERE until IS NULL"), "");
  room_close();
}

static void incidents_hang_under_another(void) {
  begin();
  CHECK(ctl("declare", "--title", "two", "--no-page", NULL) == CTL_DONE);
  CHECK(ctl("declare", "--title", "three", "--no-page", NULL) == CTL_DONE);
  CHECK(ctl("relate", "2", NULL) == CTL_USAGE);
  CHECK(ctl("relate", "2", "--parent", "1", NULL) == CTL_DONE);
  CHECK_TEXT(room.out, "incident 2: hangs under incident 1: two\n");
  CHECK(ctl("relate", "2", "--parent", "1", NULL) == CTL_FAILED);
  CHECK_TEXT(room.err, "incident 2: it hangs there already\n");
  CHECK(ctl("relate", "3", "--parent", "2", "--json", NULL) == CTL_DONE);
  CHECK_TEXT(room_json("incident.parent"), "2");
  CHECK(ctl("relate", "1", "--parent", "3", NULL) == CTL_FAILED);
  CHECK_TEXT(room.err, "incident 1: it would hang under itself\n");
  CHECK(ctl("relate", "1", "--parent", "1", NULL) == CTL_FAILED);
  CHECK(ctl("relate", "1", "--parent", "9", NULL) == CTL_FAILED);
  CHECK_TEXT(room.err, "incident 1: the incident of --parent is not found\n");
  CHECK(ctl("relate", "2", "--parent", "none", NULL) == CTL_DONE);
  CHECK_TEXT(rows("SELECT incident || '/' || text FROM timeline"
                  " WHERE kind = 'related' ORDER BY id"),
             "1/incident 2 hangs here 2/hangs under incident 1 "
             "2/incident 3 hangs here 3/hangs under incident 2 "
             "1/incident 2 hangs here no more 2/hangs under incident 1 no more "
             "");
  CHECK(is_sound());
  room_close();
}

int main(void) {
  whoever_declares_with_a_commander_gives_the_role();
  the_role_goes_from_one_to_the_next();
  taking_a_role_pages_nobody();
  there_are_several_experts();
  a_commander_with_another_role_is_warned_about();
  what_is_wrong_with_a_role_is_said();
  roles_are_listed_with_those_that_nobody_has();
  a_team_has_a_leader_a_channel_and_a_time_box();
  more_than_seven_reports_are_warned_about();
  who_is_released_has_no_role_and_no_team();
  incidents_hang_under_another();
  return check_done("t_ctl_role");
}
