/* SPDX-License-Identifier: MIT */
/* `incidentctl check`: what it says of a collectd.conf. */
#include "tests/unit/check.h"
#include "tests/unit/ctl_room.h"

#include <sys/stat.h>

#define GOOD                                                                   \
  "  DefaultChain \"ops\"\n"                                                   \
  "  <Webhook \"room\">\n"                                                     \
  "    URL \"https://chat.example.com/x\"\n"                                   \
  "  </Webhook>\n"                                                             \
  "  <Chain \"ops\">\n"                                                        \
  "    <Step>\n"                                                               \
  "      Webhook \"room\"\n"                                                   \
  "    </Step>\n"                                                              \
  "  </Chain>\n"                                                               \
  "  <Rule \"all\">\n"                                                         \
  "    <Match>\n"                                                              \
  "      Level \"failure\"\n"                                                  \
  "    </Match>\n"                                                             \
  "    Runbook \"https://wiki.example.com\"\n"                                 \
  "  </Rule>\n"

static char path[600];

static int check_text(const char *text, const char *option) {
  room_write("collectd.conf", text);
  snprintf(path, sizeof path, "%s/collectd.conf", room.dir);
  return ctl("check", path, option, NULL);
}

/* The line begins with the file and this. */
static bool has_line(const char *rest) {
  char line[1200];
  snprintf(line, sizeof line, "%s%s", path, rest);
  return room_said(line);
}

static void a_good_file_is_good(void) {
  CHECK(check_text("LoadPlugin incident\n<Plugin incident>\n" GOOD
                   "</Plugin>\n",
                   NULL) == CTL_DONE);
  CHECK(has_line(": nothing is wrong\n"));
  CHECK_TEXT(room.err, "");
  CHECK(check_text("LoadPlugin incident\n<Plugin incident>\n" GOOD
                   "</Plugin>\n",
                   "--json") == CTL_DONE);
  CHECK_TEXT(room.out, "{\"findings\":[]}\n");
}

static void errors_name_file_line_and_path(void) {
  CHECK(check_text("LoadPlugin incident\n<Plugin \"Incident\">\n" GOOD
                   "  <Rule \"bad\">\n    <Match>\n      Levle \"failure\"\n"
                   "    </Match>\n    Chain \"oops\"\n  </Rule>\n</Plugin>\n",
                   NULL) == CTL_FAILED);
  CHECK(has_line(":20: Rule \"bad\" / Match / Levle: unknown option, did you "
                 "mean Level?\n"));
  CHECK(has_line(":22: Rule \"bad\" / Chain: "));
  CHECK(room_warned("2 errors, 0 warnings\n"));
}

static void errors_are_a_document_for_programs(void) {
  CHECK(check_text("LoadPlugin incident\n<Plugin incident>\n" GOOD
                   "  Levle \"\xff\"\n</Plugin>\n",
                   "--json") == CTL_FAILED);
  CHECK_TEXT(room_json("findings.0.level"), "error");
  CHECK_TEXT(room_json("findings.0.file"), path);
  CHECK_TEXT(room_json("findings.0.line"), "18");
  CHECK_TEXT(room_json("findings.0.path"), "Levle");
}

static void a_syntax_error_is_an_error(void) {
  CHECK(check_text("LoadPlugin incident\n<Plugin incident>\n", NULL) ==
        CTL_FAILED);
  CHECK(has_line(":"));
  CHECK(check_text("<Plugin incident>\n</Plugni>\n", "--json") == CTL_FAILED);
  CHECK_TEXT(room_json("findings.0.path"), "null");
}

static void warnings_alone_are_no_failure(void) {
  CHECK(check_text("LoadPlugin incident\n<Plugin incident>\n" GOOD
                   "  <Responder \"alice\">\n  </Responder>\n</Plugin>\n",
                   NULL) == CTL_DONE);
  CHECK(has_line(":18: warning: Responder \"alice\": has no Webhook"));
}

static void it_knows_in_what_order_collectd_reads(void) {
  CHECK(check_text("<Plugin incident>\n" GOOD "</Plugin>\nLoadPlugin "
                   "incident\n",
                   NULL) == CTL_DONE);
  CHECK(has_line(":1: warning: Plugin \"incident\": stands before LoadPlugin"));
  CHECK(check_text("<Plugin incident>\n" GOOD "</Plugin>\n", NULL) == CTL_DONE);
  CHECK(has_line(": warning: LoadPlugin: there is no LoadPlugin incident"));
  CHECK(!room_said("stands before"));
  CHECK(check_text("LoadPlugin incident\n", NULL) == CTL_DONE);
  CHECK(has_line(": warning: Plugin \"incident\": there is no such block"));
  CHECK(check_text("AutoLoadPlugin true\n<Plugin incident>\n" GOOD
                   "</Plugin>\n",
                   NULL) == CTL_DONE);
  CHECK(has_line(": nothing is wrong\n"));
}

static void blocks_are_merged_and_includes_read(void) {
  char text[800];
  room_write("more.conf",
             "<Plugin incident>\n  DefaultChain \"nothing\"\n</Plugin>\n");
  snprintf(text, sizeof text,
           "LoadPlugin incident\n<Plugin incident>\n</Plugin>\nInclude "
           "\"%s/more.conf\"\n",
           room.dir);
  CHECK(check_text(text, NULL) == CTL_FAILED);
  CHECK(room_said("/more.conf:2: DefaultChain: "));
}

static void a_secret_that_others_may_read_is_told(void) {
  char text[2000], key[600];
  snprintf(key, sizeof key, "%s/alice.key", room.dir);
  snprintf(text, sizeof text,
           "LoadPlugin incident\n<Plugin incident>\n" GOOD
           "  <Webhook \"alice\">\n    URL \"https://push.example.com\"\n"
           "    SecretFile \"%s\"\n  </Webhook>\n</Plugin>\n",
           key);
  CHECK(check_text(text, NULL) == CTL_DONE);
  CHECK(has_line(":20: warning: Webhook \"alice\" / SecretFile: cannot read "));
  room_write("alice.key", "secret");
  CHECK(chmod(key, 0644) == 0);
  CHECK(check_text(text, NULL) == CTL_DONE);
  CHECK(room_said("others can read ") &&
        room_said("(mode 0644): chmod 600 it"));
  CHECK(chmod(key, 0600) == 0);
  CHECK(check_text(text, NULL) == CTL_DONE);
  CHECK(has_line(": nothing is wrong\n"));
}

static void a_ledger_without_a_directory_is_told(void) {
  char text[2000];
  static const char form[] =
      "LoadPlugin incident\n<Plugin incident>\n" GOOD "  Ledger \"%s\"\n"
      "</Plugin>\n";
  snprintf(text, sizeof text, form, "/no/where/incident.db");
  CHECK(check_text(text, NULL) == CTL_DONE);
  CHECK(has_line(":18: warning: Ledger: /no/where: No such file or directory"));
  snprintf(text, sizeof text, form, "/dev/null/incident.db");
  CHECK(check_text(text, NULL) == CTL_DONE);
  CHECK(has_line(":18: warning: Ledger: /dev/null is no directory"));
  snprintf(text, sizeof text, form, room.ledger);
  CHECK(check_text(text, NULL) == CTL_DONE);
  CHECK(has_line(": nothing is wrong\n"));
  snprintf(text, sizeof text, form, "incident.db");
  CHECK(check_text(text, NULL) == CTL_DONE);
  CHECK(has_line(": nothing is wrong\n"));
}

static void no_file_is_a_failure(void) {
  CHECK(ctl("check", "/no/where.conf", NULL) == CTL_FAILED);
  CHECK(room_said("/no/where.conf: ") || room_warned("/no/where.conf: "));
}

int main(void) {
  room_open();
  a_good_file_is_good();
  errors_name_file_line_and_path();
  errors_are_a_document_for_programs();
  a_syntax_error_is_an_error();
  warnings_alone_are_no_failure();
  it_knows_in_what_order_collectd_reads();
  blocks_are_merged_and_includes_read();
  a_secret_that_others_may_read_is_told();
  a_ledger_without_a_directory_is_told();
  no_file_is_a_failure();
  room_close();
  return check_done("t_ctl_check");
}
