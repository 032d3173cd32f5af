/* SPDX-License-Identifier: MIT */
#include "tests/unit/check.h"
#include "tests/unit/ctl_room.h"

static void everything_is_in_one_document(void) {
  room_open();
  room_make_ledger(ROOM_CONFIG);
  CHECK(ctl("export", NULL) == CTL_DONE);
  CHECK_TEXT(room_json("incidents"), "0");
  CHECK(ctl("declare", "--title", "first \"one\"", "--no-page", NULL) ==
        CTL_DONE);
  CHECK(ctl("note", "1", "line\nline \xf0\x9f\x94\xa5", NULL) == CTL_DONE);
  CHECK(ctl("task", "add", "1", "ask", NULL) == CTL_DONE);
  CHECK(ctl("count", "1", "users", "7", NULL) == CTL_DONE);
  CHECK(ctl("postmortem", "create", "1", NULL) == CTL_DONE);
  CHECK(ctl("postmortem", "edit", "1", "went-well", "all\nof it", NULL) ==
        CTL_DONE);
  room.clock.at += 3600000;
  CHECK(ctl("declare", "--title", "second", "--private", "--no-page", NULL) ==
        CTL_DONE);
  CHECK(ctl("silence", "add", "--match", "host=web1", "--for", "1h", NULL) ==
        CTL_DONE);
  CHECK(ctl("export", NULL) == CTL_DONE);
  CHECK_TEXT(room_json("incidents"), "2");
  CHECK_TEXT(room_json("incidents.0.incident.title"), "second");
  CHECK_TEXT(room_json("incidents.1.incident.title"), "first \"one\"");
  CHECK_TEXT(room_json("incidents.1.timeline.1.text"),
             "line\nline \xf0\x9f\x94\xa5");
  CHECK_TEXT(room_json("incidents.1.tasks.0.text"), "ask");
  CHECK_TEXT(room_json("incidents.1.figures.0.value"), "7");
  CHECK_TEXT(room_json("incidents.0.postmortem"), "null");
  CHECK_TEXT(room_json("incidents.1.postmortem.status"), "draft");
  CHECK_TEXT(room_json("incidents.1.postmortem.sections.went-well"),
             "all\nof it");
  CHECK_TEXT(room_json("silences"), "1");
  CHECK_TEXT(room_json("overrides"), "0");
  CHECK(ctl("export", "--since", "30m", "--json", NULL) == CTL_DONE);
  CHECK_TEXT(room_json("incidents"), "1");
  CHECK(ctl("export", "--since", "soon", NULL) == CTL_USAGE);
  room_close();
}

int main(void) {
  everything_is_in_one_document();
  return check_done("t_ctl_export");
}
