/* SPDX-License-Identifier: MIT */
/* What incidentctl does to a ledger, and shows of it. */
#include "tests/unit/check.h"
#include "tests/unit/ctl_room.h"

#include <grp.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <stdlib.h>
#include <time.h>

/* ---- what is in the ledger ---- */

static void set(char **text, const char *value) {
  CHECK(incident_set_text(text, value) == OK);
}

/* Incident 1, of the rule "disk", with an alert, a run and a page. */
static void fill_ledger(const char *title) {
  struct ledger *l = room_ledger(LEDGER_SHARE);
  struct incident i;
  struct entry e = {.incident = 1,
                    .at = ROOM_NOW - 600000,
                    .recorded_at = ROOM_NOW - 600000,
                    .kind = KIND_DECLARED};
  struct run r = {.id = 1,
                  .incident = 1,
                  .chain_name = (char *)"ops",
                  .step = 1,
                  .round = 1,
                  .step_at = ROOM_NOW - 60000,
                  .round_at = ROOM_NOW - 60000,
                  .ended_at = WALL_NEVER};
  struct page p = {.seq = 1,
                   .id = "01JDAAAAAAAAAAAAAAAAAAAAAA",
                   .incident = 1,
                   .run = 1,
                   .state = PAGE_DELIVERED,
                   .reach = REACH_YES,
                   .webhook_name = (char *)"alice-phone",
                   .responder = (char *)"alice",
                   .chain = (char *)"ops",
                   .target = (char *)"responder:alice",
                   .step = 1,
                   .round = 1,
                   .attempts = 2,
                   .created_at = ROOM_NOW - 60000,
                   .delivered_at = ROOM_NOW - 59000,
                   .http_status = 200,
                   .response = (char *)"thank\nyou"};
  uint64_t memory[SIGNAL_BYTES_MAX / sizeof(uint64_t)];
  struct packer packer;
  static const char *const words[] = {
      "web1", "df", "root", "percent_bytes", "used", "too \033full", "value"};
  struct alert a = {.id = 1,
                    .incident = 1,
                    .since = ROOM_NOW - 600000,
                    .state = ALERT_FIRING,
                    .level = LEVEL_FAILURE,
                    .bad_level = LEVEL_FAILURE};
  struct rule rule = {.name = (char *)"disk"};
  CHECK(l != NULL);
  if (l == NULL)
    return;
  signal_begin(&packer, memory);
  packer.signal->has_value = 1;
  packer.signal->value = 97.2;
  packer.signal->level = LEVEL_FAILURE;
  for (size_t k = 0; k < sizeof words / sizeof words[0]; k++)
    signal_add(&packer, words[k], strlen(words[k]));
  signal_end(&packer, false);
  a.signal = packer.signal;
  a.rule = &rule;
  incident_init(&i);
  i.id = 1;
  set(&i.title, title);
  set(&i.description, "about to fill up");
  set(&i.rule, "disk");
  set(&i.group_key, "web1");
  set(&i.severity, "SEV-2");
  set(&i.chain, "ops");
  set(&i.labels, "{\"mount\":\"root\"}");
  set(&i.declared_by, "rule:disk");
  set(&e.text, title);
  i.is_major = true;
  i.declared_at = ROOM_NOW - 600000;
  i.alerts_firing = i.alerts_total = 1;
  CHECK(ledger_begin(l, 0) == OK);
  CHECK(ledger_put_incident(l, &i) == OK);
  CHECK(ledger_put_alert(l, &a) == OK);
  CHECK(ledger_put_run(l, &r) == OK);
  CHECK(ledger_put_page(l, &p) == OK);
  CHECK(ledger_put_entry(l, &e) == OK);
  CHECK(ledger_commit(l) == OK);
  entry_fini(&e);
  incident_fini(&i);
  ledger_close(l);
}

static void begin(const char *config) {
  room_open();
  room_make_ledger(config);
  fill_ledger("Disk almost full on web1: root");
}

static enum err count_request(void *arg, const struct request *r) {
  char *verbs = arg;
  size_t len = strlen(verbs);
  snprintf(verbs + len, 200 - len, "%s %lld %s;", verb_names[r->verb],
           (long long)r->incident, r->by);
  return OK;
}

/* "ack 1 alice;resolve 1 bob;" */
static const char *requests(void) {
  static char verbs[200];
  struct ledger *l = room_ledger(LEDGER_READ);
  verbs[0] = '\0';
  CHECK(l != NULL && ledger_requests(l, 0, count_request, verbs) == OK);
  ledger_close(l);
  return verbs;
}

/* ---- looking ---- */

static void list_has_a_line_for_each(void) {
  begin(ROOM_CONFIG);
  CHECK(ctl("list", NULL) == CTL_DONE);
  CHECK_TEXT(room.out,
             "ID  SEVERITY  STATUS         AGE  ACKNOWLEDGED  ALERTS  TITLE\n"
             " 1  SEV-2     investigating  10m  nobody           1/1  Disk "
             "almost full on web1: root\n");
  CHECK_TEXT(room.err, "");
  CHECK(ctl("list", "--severity", "SEV-3", NULL) == CTL_DONE);
  CHECK_TEXT(room.out, "no incidents\n");
  CHECK_TEXT(room.err, "");
  CHECK(ctl("list", "--severity", "sev-2", NULL) == CTL_FAILED);
  CHECK_TEXT(room.out, "no incidents\n");
  CHECK_TEXT(room.err, "list: --severity \"sev-2\" is not in the "
                       "configuration; did you mean SEV-2?\n");
  CHECK(ctl("list", "--rule", "dik", NULL) == CTL_FAILED);
  CHECK_TEXT(room.err, "list: --rule \"dik\" is not in the configuration; did "
                       "you mean disk?\n");
  CHECK(ctl("list", "--status", "active", "--rule", "disk", "--since", "-11m",
            "--search", "almost", NULL) == CTL_DONE);
  CHECK(room_said("web1"));
  CHECK(ctl("list", "--since", "-9m", NULL) == CTL_DONE);
  CHECK_TEXT(room.out, "no incidents\n");
  CHECK(ctl("list", "--json", NULL) == CTL_DONE);
  CHECK_TEXT(room_json("incidents"), "1");
  CHECK_TEXT(room_json("incidents.0.labels.mount"), "root");
  CHECK_TEXT(room_json("incidents.0.url"),
             "https://oncall.example.com/incidents/1");
  CHECK(ctl("list", "--json", "--private", NULL) == CTL_DONE);
  CHECK_TEXT(room.out, "{\"incidents\":[]}\n");
  room_close();
}

static void show_tells_everything(void) {
  struct ledger_lock lock = {.fd = -1}; /* the plugin runs, as it seems */
  pid_t holder = 0;
  begin(ROOM_CONFIG);
  CHECK(ledger_lock_own(room.ledger, &lock, &holder) == OK);
  CHECK(ctl("show", "1", NULL) == CTL_DONE);
  CHECK(room_said(
      "incident 1  SEV-2  investigating\nDisk almost full on web1: root\n"));
  CHECK(room_said("  acknowledged  by nobody\n"));
  CHECK(
      room_said("  declared      10m ago, 2026-11-21 09:50:00, by rule:disk"));
  CHECK(room_said("  paging        chain ops, running at step 1 of 1; is "
                  "exhausted in 4m\n"));
  CHECK(room_said("  labels        mount=root\n"));
  CHECK(room_said("firing  failure  web1/df-root/percent_bytes-used   97.2  "
                  "10m  too \\x1bfull\n"));
  CHECK(room_said("  2026-11-21 09:50:00  declared  Disk almost full"));
  CHECK(room_said("  2026-11-21 09:59:00  delivered  page   alice-phone  alice"
                  "  ops    1         2   200\n"));
  CHECK(!room_said("thank"));
  CHECK(!room_said("plugin  "));
  ledger_lock_release(&lock);
  CHECK(ctl("show", "1", NULL) == CTL_DONE);
  CHECK(room_said("  paging        chain ops, running at step 1 of 1\n"
                  "  plugin        not running: nobody is paged\n"));
  room_close();
}

static void show_can_be_told_what_to_show(void) {
  begin(ROOM_CONFIG);
  CHECK(ctl("show", "1", "--timeline", NULL) == CTL_DONE);
  CHECK(room_said("Timeline") && !room_said("Pages") && !room_said("Alerts"));
  CHECK(ctl("show", "1", "--pages", NULL) == CTL_DONE);
  CHECK(room_said("Pages") && !room_said("Timeline"));
  CHECK(room_said("200  01JDAAAAAAAAAAAAAAAAAAAAAA  thank\\nyou\n"));
  CHECK(ctl("show", "--pages", "1", "--timeline", NULL) == CTL_DONE);
  CHECK(room_said("Pages") && room_said("Timeline") && !room_said("Alerts"));
  room_close();
}

static void show_is_one_document_for_programs(void) {
  begin(ROOM_CONFIG);
  CHECK(ctl("show", "1", "--json", NULL) == CTL_DONE);
  CHECK_TEXT(room_json("incident.title"), "Disk almost full on web1: root");
  CHECK_TEXT(room_json("alerts.0.host"), "web1");
  CHECK_TEXT(room_json("alerts.0.value"), "97.2");
  CHECK_TEXT(room_json("timeline.0.kind"), "declared");
  CHECK_TEXT(room_json("timeline.0.by"), "null");
  CHECK_TEXT(room_json("pages.0.state"), "delivered");
  CHECK_TEXT(room_json("pages.0.event"), "incident.page");
  CHECK_TEXT(room_json("pages.0.http_status"), "200");
  CHECK_TEXT(room_json("pages.0.response"), "absent");
  CHECK_TEXT(room_json("roles"), "0");
  CHECK_TEXT(room_json("links"), "0");
  CHECK(ctl("show", "1", "--json", "--pages", NULL) == CTL_DONE);
  CHECK_TEXT(room_json("pages.0.response"), "thank\nyou");
  room_close();
}

static void an_unknown_incident_is_not_found(void) {
  begin(ROOM_CONFIG);
  CHECK(ctl("show", "99", NULL) == CTL_FAILED);
  CHECK_TEXT(room.err, "incident 99: not found\n");
  CHECK(ctl("ack", "99", NULL) == CTL_FAILED);
  CHECK_TEXT(room.err, "incident 99: not found\n");
  CHECK(ctl("note", "99", "x", NULL) == CTL_FAILED);
  CHECK_TEXT(room.err, "incident 99: not found\n");
  CHECK_TEXT(room.out, "");
  CHECK_TEXT(requests(), "");
  room_close();
}

/* Of a child, as somebody whom the ledger is not for. */
static int strangers_exit(void) {
  bool is_root = geteuid() == 0;
  CHECK(chmod(room.dir, 0711) == 0);
  CHECK(chmod(room.ledger, is_root ? 0640 : 0) == 0);
  pid_t child = fork();
  if (child == 0) {
    bool is_good = !is_root || (setgroups(0, NULL) == 0 && setgid(65534) == 0 &&
                                setuid(65534) == 0);
    is_good = is_good && ctl("list", NULL) == CTL_FAILED &&
              room_warned("incident.db: no permission to read it; it belongs ");
    is_good = is_good && ctl("status", NULL) == CTL_UNKNOWN &&
              room_said("incident.db: no permission to read it; it belongs ");
    is_good = is_good && ctl("ack", "1", NULL) == CTL_FAILED &&
              room_warned("incident.db: no permission to read it; it belongs ");
    _exit(is_good ? 0 : 1);
  }
  int status = -1;
  CHECK(child > 0 && waitpid(child, &status, 0) == child);
  CHECK(chmod(room.ledger, 0640) == 0);
  return status;
}

static void a_stranger_hears_whose_the_ledger_is(void) {
  begin(ROOM_CONFIG);
  CHECK(strangers_exit() == 0);
  CHECK(ctl("list", "--ledger", room.dir, NULL) == CTL_FAILED);
  CHECK(room_warned(": it is a directory\n"));
  room_close();
}

static void hostile_titles_are_shown_harmlessly(void) {
  room_open();
  room_make_ledger(ROOM_CONFIG);
  fill_ledger("\033]0;boo\007\xe2\x80\xae\"quoted\"\n");
  CHECK(ctl("list", NULL) == CTL_DONE);
  CHECK(room_said("\\x1b]0;boo\\x07\\u202e\"quoted\"\\n\n"));
  CHECK(ctl("show", "1", NULL) == CTL_DONE);
  CHECK(strchr(room.out, '\033') == NULL);
  CHECK(ctl("ack", "1", NULL) == CTL_DONE);
  CHECK(strchr(room.out, '\033') == NULL);
  CHECK(ctl("status", NULL) == CTL_UNKNOWN);
  CHECK(strchr(room.out, '\033') == NULL);
  CHECK(ctl("list", "--json", NULL) == CTL_DONE);
  CHECK_TEXT(room_json("incidents.0.title"),
             "\033]0;boo\007\xe2\x80\xae\"quoted\"\n");
  room_close();
}

/* ---- acting ---- */

static void ack_records_who_has_it(void) {
  begin(ROOM_CONFIG);
  CHECK(ctl("ack", "1", NULL) == CTL_DONE);
  CHECK_TEXT(room.out, "incident 1: acknowledged by alice: Disk almost full on "
                       "web1: root\n");
  CHECK_TEXT(room.err, "");
  CHECK_TEXT(requests(), "ack 1 alice;");
  CHECK(ctl("ack", "1", "--by", "bob", NULL) == CTL_DONE);
  CHECK(room_said("incident 1: bob took over from alice: "));
  CHECK_TEXT(room.err, "warning: incident 1 has not paged bob; the run of its "
                       "own chain stops, all if it has none; leave a note: "
                       "incidentctl note 1 \"...\"\n");
  CHECK(ctl("ack", "1", "--by", "carol", "--all", NULL) == CTL_DONE);
  CHECK_TEXT(room.err, "");
  CHECK(ctl("show", "1", "--json", NULL) == CTL_DONE);
  CHECK_TEXT(room_json("incident.acknowledged_by"), "carol");
  CHECK_TEXT(room_json("incident.acknowledged_at"), "2026-11-21T10:00:00.000Z");
  CHECK_TEXT(room_json("timeline"), "4");
  room_close();
}

static void what_should_page_says_that_nobody_is_paged(void) {
  static const char *const nobody =
      "recorded; collectd is not running, nobody is paged\n"
      "  Alice Liddell  +1 555 0100\n"
      "  bob            +1 555 0101\n";
  begin(ROOM_CONFIG);
  CHECK(ctl("escalate", "1", NULL) == CTL_DONE);
  CHECK_TEXT(room.err, nobody);
  CHECK(ctl("ack", "1", NULL) == CTL_DONE);
  CHECK(ctl("unack", "1", NULL) == CTL_DONE);
  CHECK_TEXT(room.err, nobody);
  CHECK(ctl("declare", "--title", "x", NULL) == CTL_DONE);
  CHECK_TEXT(room.err, nobody);
  CHECK(ctl("declare", "--title", "x", "--no-page", NULL) == CTL_DONE);
  CHECK_TEXT(room.err, "");
  CHECK(ctl("declare", "--title", "x", "--chain", "nobody", NULL) == CTL_DONE);
  CHECK(!room_warned("Liddell") && room_warned("bob  +1 555 0101\n"));
  room_close();
}

static void a_resolved_incident_takes_notes_only(void) {
  begin(ROOM_CONFIG);
  CHECK(ctl("unack", "1", NULL) == CTL_FAILED);
  CHECK_TEXT(room.err, "incident 1: nobody has acknowledged it\n");
  CHECK(ctl("resolve", "1", NULL) == CTL_DONE);
  CHECK(ctl("ack", "1", NULL) == CTL_FAILED);
  CHECK_TEXT(room.err, "incident 1: already resolved\n");
  CHECK(ctl("note", "1", "it was the log", NULL) == CTL_DONE);
  CHECK_TEXT(room.out, "incident 1: noted: it was the log\n");
  CHECK_TEXT(requests(), "resolve 1 alice;");
  CHECK(ctl("list", NULL) == CTL_DONE);
  CHECK_TEXT(room.out, "no incidents\n");
  CHECK(ctl("list", "--all", NULL) == CTL_DONE);
  CHECK(room_said("resolved"));
  CHECK(ctl("list", "--status", "resolved", NULL) == CTL_DONE);
  CHECK(room_said("resolved"));
  room_close();
}

static void resolving_holds_as_long_as_the_rule_says(void) {
  struct incident i;
  begin(ROOM_CONFIG);
  CHECK(ctl("resolve", "1", NULL) == CTL_DONE);
  struct ledger *l = room_ledger(LEDGER_READ);
  CHECK(l != NULL && ledger_incident(l, 1, &i) == OK);
  CHECK(i.hold_until == ROOM_NOW + 5 * 60000);
  incident_fini(&i);
  ledger_close(l);
  room_close();
}

static void several_are_each_tried(void) {
  begin(ROOM_CONFIG);
  CHECK(ctl("declare", "--title", "x", "--no-page", NULL) == CTL_DONE);
  CHECK_TEXT(room.out, "2\n");
  CHECK(ctl("ack", "1", "99", "2", "--json", NULL) == CTL_FAILED);
  CHECK_TEXT(room_json("incidents"), "2");
  CHECK_TEXT(room_json("incidents.1.acknowledged_by"), "alice");
  CHECK(room_warned("incident 99: not found\n"));
  CHECK(ctl("resolve", "2", "1", NULL) == CTL_DONE);
  CHECK(room_said("incident 2: resolved by alice: x\nincident 1: resolved"));
  CHECK(ctl("declare", "--title", "y", "--no-page", NULL) == CTL_DONE);
  CHECK(ctl("resolve", "3", "3", NULL) == CTL_DONE);
  CHECK_TEXT(room.err, "");
  room_close();
}

static void a_note_keeps_its_time(void) {
  begin(ROOM_CONFIG);
  CHECK(ctl("note", "1", "deleted app.log", "--at", "-15m", "--important",
            "--json", NULL) == CTL_DONE);
  CHECK_TEXT(room_json("entry.text"), "deleted app.log");
  CHECK_TEXT(room_json("entry.at"), "2026-11-21T09:45:00.000Z");
  CHECK_TEXT(room_json("entry.recorded_at"), "2026-11-21T10:00:00.000Z");
  CHECK_TEXT(room_json("entry.important"), "true");
  CHECK_TEXT(room_json("entry.id"), "2");
  CHECK(ctl("show", "1", "--timeline", NULL) == CTL_DONE);
  CHECK(room_said("  2026-11-21 09:45:00  note      alice  ! deleted app.log "
                  "(written 2026-11-21 10:00:00)\n"));
  CHECK(ctl("note", "1", "x", "--at", "23:00", NULL) == CTL_FAILED);
  CHECK_TEXT(room.err, "note: --at 23:00 has not come yet; say the date too\n");
  CHECK(ctl("note", "1", "x", "--at", "2026-11-22 10:00", NULL) == CTL_FAILED);
  CHECK_TEXT(room.err, "note: --at 2026-11-22 10:00 has not come yet\n");
  CHECK(ctl("note", "1", "--", "-- a line --", NULL) == CTL_DONE);
  CHECK(ctl("note", "1", "not \xff UTF-8", "--json", NULL) == CTL_DONE);
  CHECK_TEXT(room_json("entry.text"), "not \xef\xbf\xbd UTF-8");
  CHECK_TEXT(requests(), "");
  room_close();
}

static void declare_takes_all_it_is_told(void) {
  begin(ROOM_CONFIG);
  CHECK(ctl("declare", "--title", "checkout is slow", "--severity", "SEV-2",
            "--chain", "nobody", "--commander", "bob", "--service", "shop",
            "--test", "--private", "--json", NULL) == CTL_DONE);
  CHECK_TEXT(room_json("incident.id"), "2");
  CHECK_TEXT(room_json("incident.title"), "checkout is slow");
  CHECK_TEXT(room_json("incident.severity"), "SEV-2");
  CHECK_TEXT(room_json("incident.major"), "true");
  CHECK_TEXT(room_json("incident.commander"), "bob");
  CHECK_TEXT(room_json("incident.service"), "shop");
  CHECK_TEXT(room_json("incident.test"), "true");
  CHECK_TEXT(room_json("incident.private"), "true");
  CHECK_TEXT(room_json("incident.rule"), "null");
  CHECK_TEXT(room_json("incident.declared_by"), "alice");
  CHECK_TEXT(requests(), "declare 2 alice;");
  CHECK(ctl("show", "2", NULL) == CTL_DONE);
  CHECK(room_said(
      "incident 2  SEV-2  investigating  [test]  [private]  aspen\n"));
  room_close();
}

static void declare_knows_the_names_of_the_configuration(void) {
  begin(ROOM_CONFIG);
  CHECK(ctl("declare", "--title", "x", "--severity", "SEV-22", NULL) ==
        CTL_FAILED);
  CHECK_TEXT(room.err, "declare: --severity \"SEV-22\" is not in the "
                       "configuration; did you mean SEV-2?\n");
  CHECK(ctl("declare", "--title", "x", "--chain", "lawyers", NULL) ==
        CTL_FAILED);
  CHECK_TEXT(room.err, "declare: --chain \"lawyers\" is not in the "
                       "configuration; there are ops, nobody\n");
  CHECK_TEXT(requests(), "");
  room_close();
}

static void without_a_configuration_anything_goes(void) {
  begin(NULL);
  CHECK(ctl("declare", "--title", "x", "--severity", "BAD", NULL) == CTL_DONE);
  CHECK_TEXT(room.err, "recorded; collectd is not running, nobody is paged\n"
                       "  the ledger knows nobody to phone\n");
  CHECK(ctl("ack", "2", NULL) == CTL_DONE);
  CHECK(ctl("test", "ops", NULL) == CTL_FAILED);
  CHECK(room_warned("test: the ledger knows no configuration yet"));
  room_close();
}

/* ---- the rest ---- */

static void status_tells_what_is_wrong(void) {
  begin(ROOM_CONFIG);
  CHECK(ctl("status", NULL) == CTL_UNKNOWN);
  CHECK(room_said("UNKNOWN: collectd is not running\n"));
  CHECK(room_said("Disk almost full on web1: root\n"));
  CHECK(room_said("  open    1 SEV-2; 1 that nobody has acknowledged\n"));
  CHECK(room_said("  plugin  not running: nobody is paged\n"));
  CHECK(room_said("    Alice Liddell  +1 555 0100\n"));
  CHECK(ctl("status", "--json", NULL) == CTL_UNKNOWN);
  CHECK_TEXT(room_json("open"), "1");
  CHECK_TEXT(room_json("unacknowledged"), "1");
  CHECK_TEXT(room_json("severities.0.severity"), "SEV-2");
  CHECK_TEXT(room_json("severities.0.open"), "1");
  CHECK_TEXT(room_json("pages.pending"), "0");
  CHECK_TEXT(room_json("webhooks_failing"), "0");
  CHECK_TEXT(room_json("unmatched"), "0");
  CHECK_TEXT(room_json("requests_waiting"), "0");
  room_close();
}

static void put_failed_page(int64_t seq, const char *webhook, const char *id) {
  struct ledger *l = room_ledger(LEDGER_SHARE);
  struct page p = {.seq = seq,
                   .id = "01JDAAAAAAAAAAAAAAAAAAAAAA",
                   .incident = 1,
                   .run = 1,
                   .state = PAGE_FAILED,
                   .webhook_name = (char *)webhook,
                   .target = (char *)"responder:alice",
                   .attempts = 1,
                   .created_at = ROOM_NOW - 60000,
                   .delivered_at = WALL_NEVER,
                   .error = (char *)"HTTP 410"};
  snprintf(p.id, sizeof p.id, "%s", id);
  CHECK(l != NULL && ledger_begin(l, 0) == OK);
  CHECK(ledger_put_page(l, &p) == OK && ledger_commit(l) == OK);
  ledger_close(l);
}

static void a_webhook_that_is_gone_is_not_wrong(void) {
  begin(ROOM_CONFIG);
  put_failed_page(2, "old-phone", "01JDAAAAAAAAAAAAAAAAAAAAAB");
  CHECK(ctl("status", "--json", NULL) == CTL_UNKNOWN);
  CHECK_TEXT(room_json("webhooks_failing"), "0");
  put_failed_page(3, "alice-phone", "01JDAAAAAAAAAAAAAAAAAAAAAC");
  CHECK(ctl("status", NULL) == CTL_UNKNOWN);
  CHECK(room_said("webhook  alice-phone has failed for 1m: HTTP 410\n"));
  CHECK(!room_said("old-phone"));
  room_close();
}

/* This process holds the lock as a running plugin would; nobody answers. */
static void status_is_normal_when_nothing_is_open(void) {
  struct ledger_lock lock = {.fd = -1};
  pid_t holder = 0;
  begin(ROOM_CONFIG);
  CHECK(ledger_lock_own(room.ledger, &lock, &holder) == OK);
  CHECK(ctl("status", NULL) == CTL_FAILED);
  CHECK(room_said("WRONG: 1 incident is open\n"));
  CHECK(!room_said("phone"));
  CHECK(ctl("resolve", "1", NULL) == CTL_DONE);
  CHECK(ctl("status", NULL) == CTL_DONE);
  CHECK(room_said("NORMAL: nothing is open\n\n  plugin    running, pid "));
  CHECK(room_said("  requests  1 waits for the plugin\n"));
  CHECK(ctl("declare", "--title", "x", NULL) == CTL_DONE);
  CHECK_TEXT(room.err, "");
  ledger_lock_release(&lock);
  room_close();
}

static void test_needs_a_name_and_a_plugin(void) {
  begin(ROOM_CONFIG);
  CHECK(ctl("test", "opps", NULL) == CTL_FAILED);
  CHECK_TEXT(room.err, "test: there is neither a chain nor a webhook \"opps\", "
                       "did you mean ops?\n");
  CHECK(ctl("test", "nobody", NULL) == CTL_FAILED);
  CHECK_TEXT(room.err, "test: chain \"nobody\" reaches no webhook\n");
  CHECK(ctl("test", "ops", NULL) == CTL_FAILED);
  CHECK_TEXT(room.err, "test: collectd is not running, nobody is paged\n");
  CHECK_TEXT(requests(), "");
  room_close();
}

static void verify_finds_nothing_wrong(void) {
  begin(ROOM_CONFIG);
  CHECK(ctl("verify", NULL) == CTL_DONE);
  CHECK(room_said(": nothing is wrong\n"));
  CHECK(ctl("verify", "--json", NULL) == CTL_DONE);
  CHECK_TEXT(room.out, "{\"findings\":[]}\n");
  room_close();
}

static void the_login_name_acts_by_default(void) {
  begin(ROOM_CONFIG);
  unsetenv("INCIDENT_USER");
  CHECK(ctl("note", "1", "x", "--json", NULL) == CTL_DONE);
  CHECK(strcmp(room_json("entry.by"), "") != 0);
  CHECK(strcmp(room_json("entry.by"), "alice") != 0);
  room_close();
}

static void times_of_an_entry_are_shown_as_the_clock_shows_them(void) {
  struct buf b;
  buf_init(&b, 256);
  setenv("TZ", "CET-1", 1);
  tzset();
  ctl_add_local(&b, "due 2026-11-21T23:51Z: 2026-11-21T1, 2026-99-99T99:99Z");
  CHECK_TEXT(buf_text(&b), "due 2026-11-22 00:51: 2026-11-21T1, "
                           "2026-99-99T99:99Z");
  unsetenv("TZ");
  tzset();
  buf_fini(&b);
}

int main(void) {
  list_has_a_line_for_each();
  show_tells_everything();
  show_can_be_told_what_to_show();
  show_is_one_document_for_programs();
  an_unknown_incident_is_not_found();
  a_stranger_hears_whose_the_ledger_is();
  hostile_titles_are_shown_harmlessly();
  ack_records_who_has_it();
  what_should_page_says_that_nobody_is_paged();
  a_resolved_incident_takes_notes_only();
  resolving_holds_as_long_as_the_rule_says();
  several_are_each_tried();
  a_note_keeps_its_time();
  declare_takes_all_it_is_told();
  declare_knows_the_names_of_the_configuration();
  without_a_configuration_anything_goes();
  status_tells_what_is_wrong();
  a_webhook_that_is_gone_is_not_wrong();
  status_is_normal_when_nothing_is_open();
  test_needs_a_name_and_a_plugin();
  verify_finds_nothing_wrong();
  the_login_name_acts_by_default();
  times_of_an_entry_are_shown_as_the_clock_shows_them();
  return check_done("t_ctl_work");
}
