/* SPDX-License-Identifier: MIT */
/* How incidentctl takes a command line apart, and what it says to one that
 * makes no sense. */
#include "tests/unit/check.h"
#include "tests/unit/ctl_room.h"

#include <signal.h>
#include <sys/wait.h>

static void without_a_command_it_shows_the_commands(void) {
  CHECK(ctl(NULL) == CTL_USAGE);
  CHECK_TEXT(room.out, "");
  CHECK(room_warned("a command is missing\n"));
  CHECK(room_warned("  escalate   page the next step now\n"));
}

static void help_is_no_error(void) {
  CHECK(ctl("--help", NULL) == CTL_DONE);
  CHECK(room_said("usage: incidentctl [--ledger PATH]"));
  CHECK(ctl("help", NULL) == CTL_DONE);
  CHECK(ctl("help", "note", NULL) == CTL_DONE);
  CHECK(room_said("usage: incidentctl note ID TEXT [--at TIME]"));
  CHECK(ctl("note", "-h", NULL) == CTL_DONE);
  CHECK(room_said("usage: incidentctl note ID TEXT [--at TIME]"));
  CHECK_TEXT(room.err, "");
}

static void it_tells_its_version(void) {
  CHECK(ctl("--version", NULL) == CTL_DONE);
  CHECK(strncmp(room.out, "incidentctl ", 12) == 0);
}

static void an_unknown_command_is_named_with_the_one_meant(void) {
  CHECK(ctl("lsit", NULL) == CTL_USAGE);
  CHECK(room_warned("unknown command \"lsit\", did you mean list?\n"));
  CHECK(ctl("frobnicate", NULL) == CTL_USAGE);
  CHECK(room_warned("unknown command \"frobnicate\"\n"
                    "incidentctl --help lists them all.\n"));
}

static void an_unknown_option_is_named_with_the_one_meant(void) {
  CHECK(ctl("list", "--serverity", "SEV-1", NULL) == CTL_USAGE);
  CHECK(room_warned("list: unknown option --serverity, did you mean "
                    "--severity?\nusage: incidentctl list "));
  CHECK(ctl("list", "-json", NULL) == CTL_USAGE);
  CHECK(room_warned("did you mean --json?"));
  CHECK(ctl("--all", "list", NULL) == CTL_USAGE);
  CHECK(room_warned("unknown option --all before the command"));
}

static void a_missing_value_is_asked_for(void) {
  CHECK(ctl("list", "--since", NULL) == CTL_USAGE);
  CHECK(room_warned("--since needs a value: --since TIME\n"));
  CHECK(ctl("list", "--all=yes", NULL) == CTL_USAGE);
  CHECK(room_warned("--all takes no value\n"));
}

static void arguments_are_counted(void) {
  CHECK(ctl("show", NULL) == CTL_USAGE);
  CHECK(room_warned("show: arguments are missing\n"));
  CHECK(ctl("note", "1", NULL) == CTL_USAGE);
  CHECK(room_warned("note: an argument is missing\n"));
  CHECK(ctl("unack", "1", "2", NULL) == CTL_USAGE);
  CHECK(room_warned("unack: \"2\" is one argument too many\n"));
  CHECK(ctl("note", "1", "hello", "world", NULL) == CTL_USAGE);
  CHECK(room_warned("note: \"world\" is one argument too many; a TEXT of "
                    "several words goes into quotes\n"));
  CHECK(ctl("verify", "x", NULL) == CTL_USAGE);
}

static void a_number_must_be_one(void) {
  static const char *const bad[] = {"x", "0",  "-1", "1x",
                                    "",  " 1", "+1", "99999999999999999999"};
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    CHECK(ctl("show", "--", bad[i], NULL) == CTL_USAGE);
    CHECK(room_warned("is not the number of an incident\nusage: incidentctl "
                      "show ID"));
  }
  /* Nothing is done if one of them makes no sense. */
  CHECK(ctl("ack", "1", "two", NULL) == CTL_USAGE);
}

static void a_time_must_be_one(void) {
  CHECK(ctl("list", "--since", "yesterday", NULL) == CTL_USAGE);
  CHECK(room_warned("list: \"yesterday\" is not a time; write "));
}

static void a_status_must_be_one(void) {
  CHECK(ctl("list", "--status", "open", NULL) == CTL_FAILED);
  CHECK(room_warned("unknown status \"open\"; there are investigating"));
  CHECK(ctl("list", "--status", "stabel", NULL) == CTL_FAILED);
  CHECK(room_warned("unknown status \"stabel\", did you mean stable?"));
  CHECK(ctl("list", "--open", "--all", NULL) == CTL_USAGE);
  CHECK(ctl("list", "--open", "--status", "resolved", NULL) == CTL_USAGE);
}

static void options_of_all_commands_stand_anywhere(void) {
  CHECK(ctl("--ledger", "/no/where", "list", NULL) == CTL_FAILED);
  CHECK_TEXT(room.err, "ledger /no/where: not found; see --ledger\n");
  CHECK(ctl("list", "--ledger", "/no/where", "--json", NULL) == CTL_FAILED);
  CHECK_TEXT(room.err, "ledger /no/where: not found; see --ledger\n");
  CHECK(ctl("list", "--ledger=/no/where", NULL) == CTL_FAILED);
  CHECK_TEXT(room.err, "ledger /no/where: not found; see --ledger\n");
}

static void without_a_ledger_nothing_can_be_told(void) {
  CHECK(ctl("status", NULL) == CTL_UNKNOWN);
  CHECK(room_said("UNKNOWN: the ledger cannot be read\n"));
  CHECK(room_said(room.ledger));
  CHECK(ctl("--json", "status", NULL) == CTL_UNKNOWN);
  CHECK_TEXT(room_json("state"), "unknown");
  CHECK_TEXT(room_json("plugin.running"), "false");
  CHECK(ctl("ack", "1", NULL) == CTL_FAILED);
  CHECK(ctl("verify", NULL) == CTL_FAILED);
  CHECK(ctl("declare", "--title", "x", NULL) == CTL_FAILED);
  CHECK_TEXT(room.out, "");
}

/* What the file has, once the text stands in it n times, or after 10 s. */
static const char *wait_for(const char *path, const char *text, size_t n) {
  static char all[20000];
  for (int i = 0; i < 500; i++) {
    size_t found = 0;
    FILE *f = fopen(path, "re");
    all[f != NULL ? fread(all, 1, sizeof all - 1, f) : 0] = '\0';
    if (f != NULL)
      fclose(f);
    for (const char *at = all; (at = strstr(at, text)) != NULL; at++)
      found++;
    if (found >= n)
      return all;
    clock_sleep_ms(20);
  }
  return all;
}

static void only_changes_are_told_if_that_is_wanted(void) {
  char path[400],
      *words[] = {(char *)"incidentctl", (char *)"status",    (char *)"--watch",
                  (char *)"0.1",         (char *)"--changes", NULL};
  room_open();
  room_make_ledger(ROOM_CONFIG);
  snprintf(path, sizeof path, "%s/told", room.dir);
  pid_t child = fork();
  if (child == 0) {
    FILE *out = fopen(path, "we");
    _exit(out != NULL ? ctl_run(5, words, out, out, &room.clock.clock) : 9);
  }
  CHECK(strstr(wait_for(path, "UNKNOWN", 1), "nothing was open") != NULL);
  CHECK(ctl("declare", "--title", "slow", "--no-page", NULL) == CTL_DONE);
  CHECK(strstr(wait_for(path, "1 UNKNOWN", 1), "slow") != NULL);
  CHECK(ctl("ack", "1", NULL) == CTL_DONE);
  const char *all = wait_for(path, "collectd is not running", 3);
  const char *last = all;
  size_t n = 0;
  for (; (last = strstr(last, "collectd is not running")) != NULL; last++)
    n++;
  CHECK(n == 3); /* as often as it has changed */
  kill(child, SIGKILL);
  CHECK(waitpid(child, NULL, 0) == child);
  room_close();
}

static void watching_needs_a_sensible_span(void) {
  CHECK(ctl("status", "--watch", "0", NULL) == CTL_USAGE);
  CHECK(ctl("status", "--changes", NULL) == CTL_USAGE);
  CHECK(room_warned("status: --changes goes with --watch"));
  CHECK(ctl("status", "--watch", "soon", NULL) == CTL_USAGE);
  CHECK(room_warned("status: --watch takes seconds, 0.1 at least, not soon"));
}

static void texts_must_say_something(void) {
  CHECK(ctl("declare", NULL) == CTL_USAGE);
  CHECK(room_warned("declare: --title is missing\n"));
  CHECK(ctl("declare", "--title", " \n", NULL) == CTL_USAGE);
  CHECK(room_warned("declare: --title is empty\n"));
  CHECK(ctl("note", "1", "", NULL) == CTL_USAGE);
  CHECK(room_warned("note: TEXT is empty\n"));
  CHECK(ctl("note", "1", "x", "--by", "", NULL) == CTL_USAGE);
  CHECK(room_warned("note: who acts (--by) is empty\n"));
}

static void hostile_words_are_shown_harmlessly(void) {
  CHECK(ctl("\033[2Jboo", NULL) == CTL_USAGE);
  CHECK(room_warned("unknown command \"\\x1b[2Jboo\""));
}

static void a_full_output_is_a_failure(void) {
  char *words[] = {(char *)"incidentctl", (char *)"help", NULL};
  FILE *full = fopen("/dev/full", "w");
  FILE *err = fopen("/dev/null", "w");
  CHECK(full != NULL && err != NULL);
  if (full != NULL && err != NULL)
    CHECK(ctl_run(2, words, full, err, &room.clock.clock) == CTL_FAILED);
  if (full != NULL)
    fclose(full);
  if (err != NULL)
    fclose(err);
}

int main(void) {
  room_open();
  without_a_command_it_shows_the_commands();
  help_is_no_error();
  it_tells_its_version();
  an_unknown_command_is_named_with_the_one_meant();
  an_unknown_option_is_named_with_the_one_meant();
  a_missing_value_is_asked_for();
  arguments_are_counted();
  a_number_must_be_one();
  a_time_must_be_one();
  a_status_must_be_one();
  options_of_all_commands_stand_anywhere();
  without_a_ledger_nothing_can_be_told();
  watching_needs_a_sensible_span();
  texts_must_say_something();
  hostile_words_are_shown_harmlessly();
  a_full_output_is_a_failure();
  room_close();
  only_changes_are_told_if_that_is_wanted();
  return check_done("t_ctl");
}
