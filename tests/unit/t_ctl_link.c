/* SPDX-License-Identifier: MIT */
/* incidentctl beside a plugin that cannot write the ledger: one that answers
 * from a table stands in for it. */
#include "tests/unit/check.h"
#include "tests/unit/ctl_room.h"

#include "door/ctl_link.h"

#include <pthread.h>
#include <sys/socket.h>
#include <sys/un.h>

#define INCIDENT(id, title)                                                    \
  "{\"id\":" id ",\"title\":\"" title "\",\"rule\":\"disk\",\"severity\":"     \
  "\"SEV-1\",\"major\":true,\"status\":\"investigating\","                     \
  "\"acknowledged_by\":\"alice\",\"declared_at\":\"2026-11-21T09:59:00.000Z\"" \
  ",\"declared_by\":\"rule:disk\",\"labels\":{\"a\":\"b\"},"                   \
  "\"alerts_firing\":2,\"alerts_total\":3}"
#define DEGRADED                                                               \
  "{\"ok\":true,\"degraded\":true,\"rows_waiting\":7,\"incidents_open\":2,"    \
  "\"intake_bytes\":0,\"refused\":0,\"series\":3,\"series_looked_at\":2,"      \
  "\"series_evicted\":1,\"pid\":4711,\"version\":\"0.1.0\"}"

static struct { const char *verb, *answer; /* NULL: hangs up */ } answers[8];
static char asked[65536]; /* all lines so far */
static int listener = -1;
static pthread_t thread;

static void answer(int fd) {
  char line[32768], verb[64];
  size_t len = 0;
  ssize_t n;
  while (len < sizeof line - 1 &&
         (n = recv(fd, line + len, sizeof line - 1 - len, 0)) > 0) {
    len += (size_t)n;
    if (line[len - 1] == '\n')
      break;
  }
  line[len] = '\0';
  strncat(asked, line, sizeof asked - strlen(asked) - 1);
  for (size_t i = 0; i < 8 && answers[i].verb != NULL; i++) {
    snprintf(verb, sizeof verb, "\"verb\":\"%s\"", answers[i].verb);
    if (strstr(line, verb) == NULL || answers[i].answer == NULL)
      continue;
    /* In pieces, as a long answer comes. */
    size_t all = strlen(answers[i].answer);
    (void)send(fd, answers[i].answer, all / 2, MSG_NOSIGNAL);
    (void)send(fd, answers[i].answer + all / 2, all - all / 2, MSG_NOSIGNAL);
    (void)send(fd, "\n", 1, MSG_NOSIGNAL);
  }
}

static void *serve(void *arg) {
  (void)arg;
  for (;;) {
    int fd = accept(listener, NULL, NULL);
    if (fd < 0)
      return NULL;
    answer(fd);
    close(fd);
  }
}

static void answer_with(const char *verb, const char *text) {
  size_t i = 0;
  while (answers[i].verb != NULL)
    i++;
  answers[i].verb = verb;
  answers[i].answer = text;
}

static void begin(void) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  memset(answers, 0, sizeof answers);
  asked[0] = '\0';
  room_open();
  snprintf(address.sun_path, sizeof address.sun_path, "%.90s.sock",
           room.ledger);
  listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  CHECK(bind(listener, (struct sockaddr *)&address, sizeof address) == 0);
  CHECK(listen(listener, 8) == 0);
}

static void start(void) {
  CHECK(pthread_create(&thread, NULL, serve, NULL) == 0);
}

static void end(void) {
  shutdown(listener, SHUT_RDWR); /* accept fails */
  pthread_join(thread, NULL);
  close(listener);
  room_close();
}

/* Locked by somebody else for as long as it is held. */
static struct ledger *lock_ledger(void) {
  struct ledger *l = room_ledger(LEDGER_SHARE);
  CHECK(l != NULL && ledger_begin(l, 0) == OK);
  return l;
}

static void an_ack_reaches_the_plugin_when_the_ledger_is_locked(void) {
  begin();
  answer_with("ack", "{\"ok\":true,\"incident\":" INCIDENT(
                         "42", "Disk full") ",\"entry\":null}");
  start();
  room_make_ledger(ROOM_CONFIG);
  struct ledger *l = lock_ledger();
  CHECK(ctl("ack", "42", "--all", NULL) == CTL_DONE);
  CHECK_TEXT(room.out, "incident 42: acknowledged by alice: Disk full\n");
  CHECK_TEXT(room.err, "recorded in the memory of the running plugin until "
                       "the ledger can be written\n");
  CHECK(strstr(asked, "\"incident\":42,\"by\":\"alice\"") != NULL);
  CHECK(strstr(asked, "\"all\":true") != NULL);
  CHECK(ctl("ack", "42", "--json", NULL) == CTL_DONE);
  CHECK_TEXT(room_json("incident.title"), "Disk full");
  CHECK_TEXT(room_json("incident.labels.a"), "b");
  CHECK_TEXT(room_json("incident.alerts_total"), "3");
  ledger_rollback(l);
  ledger_close(l);
  end();
}

static void an_incident_in_memory_only_can_be_acknowledged(void) {
  begin();
  answer_with("ack", "{\"ok\":true,\"incident\":" INCIDENT(
                         "42", "Disk full") ",\"entry\":null}");
  start();
  room_make_ledger(ROOM_CONFIG);
  CHECK(ctl("ack", "42", NULL) == CTL_DONE);
  CHECK(room_warned("recorded in the memory of the running plugin"));
  end();
}

static void the_plugin_s_no_is_passed_on(void) {
  begin();
  answer_with("ack", "{\"ok\":false,\"error\":\"not_found\",\"why\":null}");
  answer_with("resolve", "{\"ok\":false,\"error\":\"conflict\",\"why\":"
                         "\"already resolved\"}");
  start();
  room_make_ledger(ROOM_CONFIG);
  CHECK(ctl("ack", "42", NULL) == CTL_FAILED);
  CHECK_TEXT(room.err, "incident 42: not found\n");
  CHECK(ctl("resolve", "42", NULL) == CTL_FAILED);
  CHECK_TEXT(room.err, "incident 42: already resolved\n");
  end();
}

static void nonsense_from_the_plugin_is_no_success(void) {
  static const char *const nonsense[] = {"",
                                         "nonsense",
                                         "[]",
                                         "{}",
                                         "{\"ok\":true}",
                                         "{\"ok\":true,\"incident\":{}}",
                                         "{\"ok\":true,\"incident\":[1]}"};
  for (size_t i = 0; i < sizeof nonsense / sizeof nonsense[0]; i++) {
    begin();
    answer_with("ack", nonsense[i]);
    answer_with("status", nonsense[i]);
    answer_with("list", nonsense[i]);
    start();
    room_make_ledger(ROOM_CONFIG);
    CHECK(ctl("ack", "42", NULL) == CTL_FAILED);
    CHECK_TEXT(room.err, "incident 42: not found\n");
    CHECK_TEXT(room.out, "");
    CHECK(ctl("list", NULL) == CTL_DONE);
    end();
  }
}

static void nothing_is_done_when_neither_can_be_reached(void) {
  begin();
  answer_with("declare", NULL);
  start();
  room_make_ledger(ROOM_CONFIG);
  struct ledger *l = lock_ledger();
  CHECK(ctl("declare", "--title", "x", NULL) == CTL_FAILED);
  CHECK_TEXT(room.out, "");
  CHECK(strncmp(room.err, "ledger ", 7) == 0);
  CHECK(strchr(room.err, '\n') == room.err + strlen(room.err) - 1);
  ledger_rollback(l);
  ledger_close(l);
  end();
}

static void what_was_declared_in_memory_has_a_number(void) {
  begin();
  answer_with("declare", "{\"ok\":true,\"incident\":" INCIDENT(
                             "143", "slow") ",\"entry\":null}");
  start();
  room_make_ledger(ROOM_CONFIG);
  struct ledger *l = lock_ledger();
  CHECK(ctl("declare", "--title", "slow", NULL) == CTL_DONE);
  CHECK_TEXT(room.out, "143\n");
  CHECK(strstr(asked, "\"incident\":0,") != NULL);
  CHECK(strstr(asked, "\"text\":\"slow\"") != NULL);
  ledger_rollback(l);
  ledger_close(l);
  end();
}

static void a_note_in_memory_has_its_entry(void) {
  begin();
  answer_with("note", "{\"ok\":true,\"incident\":" INCIDENT(
                          "42", "x") ",\"entry\":{\"id\":null,\"at\":"
                                     "\"2026-11-21T10:00:00.000Z\","
                                     "\"recorded_at\":"
                                     "\"2026-11-21T10:00:00.000Z\",\"kind\":"
                                     "\"note\",\"by\":\"alice\",\"text\":"
                                     "\"hm\",\"important\":true}}");
  start();
  room_make_ledger(ROOM_CONFIG);
  CHECK(ctl("note", "42", "hm", "--json", NULL) == CTL_DONE);
  CHECK_TEXT(room_json("entry.text"), "hm");
  CHECK_TEXT(room_json("entry.id"), "null");
  CHECK_TEXT(room_json("entry.important"), "true");
  end();
}

static void what_is_open_is_shown_from_memory(void) {
  begin();
  answer_with("status", DEGRADED);
  answer_with("list", "{\"ok\":true,\"incidents\":[" INCIDENT(
                          "7", "older") "," INCIDENT("42", "newer") "]}");
  start();
  room_make_ledger(ROOM_CONFIG);
  CHECK(ctl("list", NULL) == CTL_DONE);
  const char *newer = strstr(room.out, "newer"),
             *older = strstr(room.out, "older");
  CHECK(newer != NULL && older != NULL && newer < older);
  CHECK(room_warned("the ledger cannot be written: what is open is shown from "
                    "the plugin's memory\n"));
  CHECK(ctl("list", "--severity", "SEV-2", NULL) == CTL_DONE);
  CHECK_TEXT(room.out, "no incidents\n");
  CHECK(ctl("show", "7", NULL) == CTL_DONE);
  CHECK(room_said("incident 7  SEV-1  investigating\nolder\n"));
  CHECK(room_warned("incident 7 is shown from the plugin's memory"));
  CHECK(ctl("show", "8", NULL) == CTL_FAILED);
  CHECK(ctl("status", NULL) == CTL_FAILED);
  CHECK(room_said("WRONG: 2 incidents are open\n"));
  CHECK(room_said("running, pid 4711\n"));
  CHECK(room_said("cannot be written; 7 rows are in memory only"));
  CHECK(ctl("status", "--json", NULL) == CTL_FAILED);
  CHECK_TEXT(room_json("plugin.degraded"), "true");
  CHECK_TEXT(room_json("plugin.series"), "3");
  CHECK_TEXT(room_json("plugin.series_looked_at"), "2");
  CHECK_TEXT(room_json("plugin.series_evicted"), "1");
  CHECK_TEXT(room_json("open"), "2");
  end();
}

static void an_incident_of_both_is_listed_once(void) {
  begin();
  answer_with("status", DEGRADED);
  answer_with("list", "{\"ok\":true,\"incidents\":[]}");
  start();
  room_make_ledger(ROOM_CONFIG);
  room.clock.at = ROOM_NOW - 60000;
  CHECK(ctl("declare", "--title", "in the ledger", "--no-page", NULL) ==
        CTL_DONE);
  room.clock.at = ROOM_NOW;
  answers[1].answer =
      "{\"ok\":true,\"incidents\":[" INCIDENT("1", "in memory") "]}";
  CHECK(ctl("list", NULL) == CTL_DONE);
  CHECK(room_said("in memory") && !room_said("in the ledger"));
  CHECK(ctl("list", "--json", NULL) == CTL_DONE);
  CHECK_TEXT(room_json("incidents"), "1");
  CHECK(ctl("show", "1", NULL) == CTL_DONE);
  CHECK(room_said("in memory\n"));
  CHECK(room_said("Timeline"));
  end();
}

static void a_change_is_told_to_the_plugin(void) {
  begin();
  answer_with("kick", "{\"ok\":true}");
  start();
  room_make_ledger(ROOM_CONFIG);
  CHECK(ctl("declare", "--title", "x", "--no-page", NULL) == CTL_DONE);
  CHECK_TEXT(asked, "{\"verb\":\"kick\"}\n");
  end();
}

static void a_path_too_long_for_a_socket_means_nobody(void) {
  char path[200];
  struct ctl_link_status status;
  memset(path, 'x', sizeof path - 1);
  path[sizeof path - 1] = '\0';
  CHECK(ctl_link_status(path, &status) == ERR_NOTFOUND);
  CHECK(!ctl_link_kick(path));
}

int main(void) {
  an_ack_reaches_the_plugin_when_the_ledger_is_locked();
  an_incident_in_memory_only_can_be_acknowledged();
  the_plugin_s_no_is_passed_on();
  nonsense_from_the_plugin_is_no_success();
  nothing_is_done_when_neither_can_be_reached();
  what_was_declared_in_memory_has_a_number();
  a_note_in_memory_has_its_entry();
  what_is_open_is_shown_from_memory();
  an_incident_of_both_is_listed_once();
  a_change_is_told_to_the_plugin();
  a_path_too_long_for_a_socket_means_nobody();
  return check_done("t_ctl_link");
}
