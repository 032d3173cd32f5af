/* SPDX-License-Identifier: MIT */
#include "tests/unit/check.h"
#include "tests/unit/ctl_room.h"

#include <sqlite3.h>

static void run_sql(const char *text) {
  sqlite3 *db = NULL;
  CHECK(sqlite3_open(room.ledger, &db) == SQLITE_OK);
  CHECK(sqlite3_exec(db, text, NULL, NULL, NULL) == SQLITE_OK);
  sqlite3_close(db);
}

static void each_finding_says_what_to_do(void) {
  room_open();
  room_make_ledger(ROOM_CONFIG "<Responder \"carol\">\n"
                               "  Webhook \"alice-phone\"\n"
                               "</Responder>\n"
                               "<Schedule \"days\">\n"
                               "  <Rotation>\n"
                               "    Responder \"alice\"\n"
                               "    Start \"2026-11-16 09:00\"\n"
                               "    During \"Mon-Fri\"\n"
                               "  </Rotation>\n"
                               "</Schedule>\n");
  CHECK(ctl("declare", "--title", "x", "--no-page", NULL) == CTL_DONE);
  run_sql("UPDATE timeline SET recorded_at = recorded_at + 3600000;"
          "UPDATE incident SET alerts_firing = 3");
  CHECK(ctl("doctor", NULL) == CTL_FAILED);
  CHECK(room_said("plugin: collectd does not run with it, or uses another "
                  "ledger\n  start collectd;"));
  CHECK(room_said("ledger: incident 1"));
  CHECK(room_said("clock: something was written down at 2026-11-21 11:00:00, "
                  "which is in the future\n  set the clock right"));
  CHECK(room_said("configuration: Rule \"disk\": has no Runbook"));
  CHECK(room_said("responder: carol has no Contact\n  give them a Contact"));
  CHECK(room_said("schedule: Schedule \"days\""));
  CHECK(ctl("doctor", "--json", NULL) == CTL_FAILED);
  CHECK_TEXT(room_json("findings.0.what"), "plugin");
  room_close();
}

static void without_a_ledger_that_is_said(void) {
  room_open();
  CHECK(ctl("doctor", NULL) == CTL_FAILED);
  CHECK(room_said("ledger: "));
  room_close();
}

int main(void) {
  each_finding_says_what_to_do();
  without_a_ledger_that_is_said();
  return check_done("t_ctl_doctor");
}
