/* SPDX-License-Identifier: MIT */
/* The commands silence and forget, and what status and show say of what is held
 * back. */
#include "tests/unit/check.h"
#include "tests/unit/ctl_room.h"

/* ---- what is in the ledger ---- */

static struct alert alert_at(int64_t id) {
  return (struct alert){.id = id,
                        .since = ROOM_NOW - 60000,
                        .fired = {ROOM_NOW - 60000, {FIRING_NONE, FIRING_NONE}},
                        .state = ALERT_FIRING,
                        .level = LEVEL_FAILURE,
                        .bad_level = LEVEL_FAILURE};
}

static void put_alert(struct alert *a, const char *host) {
  static uint64_t memory[SIGNAL_BYTES_MAX / sizeof(uint64_t)];
  const char *const words[] = {host,   "df",   "root", "percent_bytes",
                               "used", "full", "value"};
  struct rule rule = {.name = (char *)"disk"};
  struct packer packer;
  struct ledger *l = room_ledger(LEDGER_SHARE);
  signal_begin(&packer, memory);
  packer.signal->level = LEVEL_FAILURE;
  for (size_t k = 0; k < sizeof words / sizeof words[0]; k++)
    signal_add(&packer, words[k], strlen(words[k]));
  signal_end(&packer, false);
  a->signal = packer.signal;
  a->rule = &rule;
  CHECK(l != NULL && ledger_begin(l, 0) == OK);
  CHECK(ledger_put_alert(l, a) == OK);
  CHECK(ledger_commit(l) == OK);
  ledger_close(l);
}

static void change_silence(int64_t id, int64_t suppressed) {
  struct ledger *l = room_ledger(LEDGER_SHARE);
  struct silence s;
  CHECK(l != NULL && ledger_begin(l, 0) == OK);
  CHECK(ledger_silence(l, id, &s) == OK);
  s.suppressed = suppressed;
  CHECK(ledger_put_silence(l, &s) == OK);
  CHECK(ledger_commit(l) == OK);
  silence_fini(&s);
  ledger_close(l);
}

static void begin(void) {
  room_open();
  room_make_ledger(ROOM_CONFIG);
}

static enum err print_request(void *arg, const struct request *r) {
  char *said = arg;
  size_t len = strlen(said);
  snprintf(said + len, 8000 - len, "%s %lld %s %s;", verb_names[r->verb],
           (long long)r->silence, r->by, r->text != NULL ? r->text : "-");
  return OK;
}

static const char *requests(void) {
  static char said[8000];
  struct ledger *l = room_ledger(LEDGER_READ);
  said[0] = '\0';
  CHECK(l != NULL && ledger_requests(l, 0, print_request, said) == OK);
  ledger_close(l);
  return said;
}

#define NOT_RUNNING                                                            \
  "recorded; collectd is not running, it holds from its start on\n"

/* ---- add ---- */

static void add_says_what_it_holds_back(void) {
  struct alert web1 = alert_at(1), web2 = alert_at(2), over = alert_at(3),
               pending = alert_at(4);
  begin();
  over.state = ALERT_CLEARED;
  pending.state = ALERT_PENDING;
  put_alert(&web1, "web1");
  put_alert(&web2, "web2");
  put_alert(&over, "web1");
  put_alert(&pending, "web1");
  CHECK(ctl("silence", "add", "--match", "host=web1", "--match", "plugin=/^d/",
            "--for", "2h", "--reason", "new disks", NULL) == CTL_DONE);
  CHECK_TEXT(room.out, "silence 1: host=web1, plugin=/^d/; until 2026-11-21 "
                       "12:00:00 (2h); holds back 1 firing alert\n");
  CHECK_TEXT(room.err, NOT_RUNNING);
  CHECK(strncmp(requests(),
                "silence 1 alice {\"id\":1,\"matches\":[\"host=web1\"",
                40) == 0);
  CHECK(ctl("silence", "add", "--match=host=/web/", "--match=severity=UNKNOWN",
            "--for=1d", "--json", NULL) == CTL_DONE);
  CHECK_TEXT(room_json("silence.id"), "2");
  CHECK_TEXT(room_json("silence.by"), "alice");
  CHECK_TEXT(room_json("silence.matches.1"), "severity=UNKNOWN");
  CHECK_TEXT(room_json("silence.ends_at"), "2026-11-22T10:00:00.000Z");
  CHECK_TEXT(room_json("silence.active"), "true");
  CHECK(ctl("silence", "add", "--match", "rule=disk", "--until",
            "2026-11-21 11:30", NULL) == CTL_DONE);
  CHECK(room_said("until 2026-11-21 11:30:00 (1h30m); holds back 2 firing "
                  "alerts\n"));
  room_close();
}

static void one_can_start_later_and_recur(void) {
  struct alert web1 = alert_at(1);
  begin();
  put_alert(&web1, "web1");
  CHECK(ctl("silence", "add", "--match", "host=web1", "--start", "22:00",
            "--for", "1h", NULL) == CTL_DONE);
  CHECK_TEXT(room.out, "silence 1: host=web1; from 2026-11-21 22:00:00 until "
                       "2026-11-21 23:00:00 (1h); 1 that it matches is firing "
                       "now\n");
  CHECK(ctl("silence", "add", "--match", "host=web1", "--every", "Sat 02:00",
            "--for", "2h", "--remind", "10m", NULL) == CTL_DONE);
  CHECK_TEXT(room.out, "silence 2: host=web1; Sat 02:00 (UTC) for 2h; 1 that "
                       "it matches is firing now\n");
  CHECK(ctl("silence", "add", "--match", "host=web1", "--every", "daily 09:00",
            "--for", "2h", "--until", "2026-12-01", "--json",
            NULL) == CTL_DONE);
  CHECK_TEXT(room_json("silence.every"), "daily 09:00");
  CHECK_TEXT(room_json("silence.for"), "2h");
  CHECK_TEXT(room_json("silence.until"), "2026-11-21T11:00:00.000Z");
  CHECK_TEXT(room_json("silence.ends_at"), "2026-12-01T00:00:00.000Z");
  room_close();
}

static void one_can_last_until_it_is_resolved(void) {
  struct alert web1 = alert_at(1);
  begin();
  CHECK(ctl("declare", "--title", "x", "--no-page", NULL) == CTL_DONE);
  CHECK(ctl("silence", "add", "--match", "host=web1", "--until-resolved", "1",
            NULL) == CTL_DONE);
  CHECK(room_said("silence 1: host=web1; until incident 1 resolves; holds back "
                  "0 firing alerts\n"));
  CHECK(ctl("silence", "add", "--match", "host=web1", "--until-resolved",
            NULL) == CTL_DONE);
  CHECK(room_said("until nothing that it matches fires"));
  CHECK(room_warned("warning: nothing that it matches fires now\n"));
  put_alert(&web1, "web1");
  CHECK(ctl("silence", "add", "--until-resolved", "--match", "host=web1",
            "--for", "3h", NULL) == CTL_DONE);
  CHECK(room_said("until 2026-11-21 13:00:00 (3h) or until nothing"));
  CHECK_TEXT(room.err, NOT_RUNNING);
  CHECK(ctl("resolve", "1", NULL) == CTL_DONE);
  CHECK(ctl("silence", "add", "--match", "host=web1", "--until-resolved", "1",
            NULL) == CTL_FAILED);
  CHECK(room_warned("silence: incident 1: already resolved\n"));
  CHECK(ctl("silence", "add", "--match", "host=web1", "--until-resolved", "9",
            NULL) == CTL_FAILED);
  CHECK(room_warned("silence: incident 9: not found\n"));
  room_close();
}

static const char *refused(const char *a, const char *b, const char *c,
                           const char *d, const char *e, const char *f) {
  CHECK(ctl("silence", "add", a, b, c, d, e, f, NULL) == CTL_USAGE);
  char *end = strchr(room.err, '\n');
  if (end != NULL)
    *end = '\0';
  return room.err;
}

static void what_makes_no_sense_is_refused(void) {
  begin();
  CHECK_TEXT(refused("--for", "2h", NULL, NULL, NULL, NULL),
             "silence: --match is missing: one without would hold back "
             "everything");
  CHECK_TEXT(refused("--match", "host=a", NULL, NULL, NULL, NULL),
             "silence: an end is missing: --for, --until or --until-resolved");
  CHECK_TEXT(refused("--match", "hots=a", "--for", "1h", NULL, NULL),
             "silence: --match hots=a: no field \"hots\"; did you mean "
             "\"host\"?");
  CHECK(strstr(refused("--match", "host=/(/", "--for", "1h", NULL, NULL),
               "silence: --match host=/(/: ") != NULL);
  CHECK_TEXT(refused("--match", "host=a", "--for", "soon", NULL, NULL),
             "silence: --for \"soon\" is not a duration; write 90s, 5m, 2h or "
             "1d");
  CHECK_TEXT(refused("--match", "host=a", "--until", "09:00", NULL, NULL),
             "silence: --until 09:00 is past; say the date too");
  CHECK_TEXT(refused("--match", "host=a", "--for", "1h", "--until", "11:00"),
             "silence: --for and --until exclude each other");
  CHECK_TEXT(
      refused("--match", "host=a", "--until", "11:00", "--start", "12:00"),
      "silence: it ends before it starts");
  CHECK_TEXT(refused("--match", "host=a", "--start", "08:00", "--for", "1h"),
             "silence: it would be over already");
  CHECK_TEXT(refused("--match", "host=a", "--for", "1h", "--remind", "1h"),
             "silence: --remind is not shorter than the silence");
  CHECK_TEXT(
      refused("--match", "host=a", "--remind", "5m", "--until-resolved", NULL),
      "silence: --remind needs an end that is known: --for or --until");
  CHECK_TEXT(refused("--match", "host=a", "--every", "Sat 02:00", NULL, NULL),
             "silence: --every needs --for: how long it holds each time");
  CHECK_TEXT(refused("--match", "host=a", "--every", "Sat", "--for", "1h"),
             "silence: --every \"Sat\": neither \"Sat 02:00\" nor \"Mon-Fri "
             "22:00\" nor \"daily 03:15\"");
  CHECK_TEXT(refused("--match", "host=a", "plugin=b", "--for", "1h", NULL),
             "silence add: \"plugin=b\" is one argument too many; each pattern "
             "is a --match of its own");
  CHECK_TEXT(refused("--all", "--match", "host=a", "--for", "1h", NULL),
             "silence add: takes no --all");
  CHECK(ctl("silence", NULL) == CTL_USAGE);
  CHECK(ctl("silence", "stop", NULL) == CTL_USAGE);
  CHECK(room_warned("silence: \"stop\" is neither add nor list nor end\n"));
  CHECK(ctl("silence", "list", "--for", "1h", NULL) == CTL_USAGE);
  CHECK_TEXT(requests(), "");
  room_close();
}

static void a_name_that_is_not_there_is_doubted(void) {
  begin();
  CHECK(ctl("silence", "add", "--match", "rule=dick", "--for", "1h", NULL) ==
        CTL_DONE);
  CHECK(room_warned("warning: rule=dick: no rule of the configuration; did you "
                    "mean disk?\n"));
  CHECK(ctl("silence", "add", "--match", "rule=/^d/", "--match",
            "severity=SEV-2", "--for", "1h", NULL) == CTL_DONE);
  CHECK_TEXT(room.err, NOT_RUNNING);
  room_close();
}

/* ---- list and end ---- */

static void list_shows_what_is_left(void) {
  begin();
  CHECK(ctl("silence", "list", NULL) == CTL_DONE);
  CHECK_TEXT(room.out, "no silences\n");
  CHECK(ctl("silence", "add", "--match", "host=web1", "--for", "90m",
            "--reason", "new disks", NULL) == CTL_DONE);
  CHECK(ctl("silence", "add", "--match", "host=web2", "--every", "Sun 02:00",
            "--for", "2h", "--by", "bob", NULL) == CTL_DONE);
  change_silence(1, 14);
  CHECK(ctl("silence", "list", NULL) == CTL_DONE);
  CHECK_TEXT(room.out, "ID  STATE    LEFT           BY     HELD  EVERY         "
                       "          MATCHES    REASON\n"
                       " 2  waiting  begins in 16h  bob       0  Sun 02:00 "
                       "(UTC) for 2h  host=web2\n"
                       " 1  active   1h30m          alice    14                "
                       "          host=web1  new disks\n");
  CHECK(ctl("silence", "list", "--json", NULL) == CTL_DONE);
  CHECK_TEXT(room_json("silences"), "2");
  CHECK_TEXT(room_json("silences.1.suppressed"), "14");
  CHECK_TEXT(room_json("silences.1.reason"), "new disks");
  room_close();
}

static void end_ends_each_once(void) {
  begin();
  CHECK(ctl("silence", "add", "--match", "host=a", "--for", "1h", NULL) ==
        CTL_DONE);
  CHECK(ctl("silence", "add", "--match", "host=b", "--for", "1h", NULL) ==
        CTL_DONE);
  change_silence(2, 1);
  CHECK(ctl("silence", "end", "1", "2", "2", NULL) == CTL_DONE);
  CHECK_TEXT(room.out, "silence 1: ended; 0 alerts were held back\n"
                       "silence 2: ended; 1 alert was held back\n");
  CHECK(strstr(requests(), "end-silence 1 alice -;end-silence 2 alice -;") !=
        NULL);
  CHECK(ctl("silence", "end", "1", NULL) == CTL_FAILED);
  CHECK_TEXT(room.err, "silence 1: over already\n");
  CHECK(ctl("silence", "end", "9", NULL) == CTL_FAILED);
  CHECK_TEXT(room.err, "silence 9: not found\n");
  CHECK(ctl("silence", "end", NULL) == CTL_USAGE);
  CHECK(ctl("silence", "end", "x", NULL) == CTL_USAGE);
  CHECK(room_warned("silence: \"x\" is not the number of a silence\n"));
  CHECK(ctl("silence", "list", NULL) == CTL_DONE);
  CHECK_TEXT(room.out, "no silences\n");
  CHECK(ctl("silence", "list", "--all", NULL) == CTL_DONE);
  CHECK(room_said(" 1  over   alice"));
  CHECK(ctl("silence", "list", "--all", "--json", NULL) == CTL_DONE);
  CHECK_TEXT(room_json("silences.0.ended_by"), "alice");
  room_close();
}

static void end_of_one_is_a_document(void) {
  begin();
  CHECK(ctl("silence", "add", "--match", "host=a", "--for", "1h", NULL) ==
        CTL_DONE);
  CHECK(ctl("silence", "end", "1", "--json", NULL) == CTL_DONE);
  CHECK_TEXT(room_json("silence.ended_at"), "2026-11-21T10:00:00.000Z");
  CHECK_TEXT(room_json("silence.active"), "false");
  room_close();
}

/* ---- forget ---- */

static void forget_counts_what_was_known(void) {
  struct alert a = alert_at(1), b = alert_at(2);
  begin();
  put_alert(&a, "web1");
  put_alert(&b, "web2");
  CHECK(ctl("forget", "web1", NULL) == CTL_DONE);
  CHECK_TEXT(room.out, "web1: forgotten; 1 alert was known\n");
  CHECK_TEXT(room.err,
             "recorded; collectd is not running, it forgets at its start\n");
  CHECK(ctl("forget", "web2/df-root/percent_bytes-used", "--json", NULL) ==
        CTL_DONE);
  CHECK_TEXT(room_json("alerts"), "1");
  CHECK_TEXT(room_json("forgotten"), "web2/df-root/percent_bytes-used");
  CHECK(ctl("forget", "web3", NULL) == CTL_DONE);
  CHECK_TEXT(room.out, "web3: forgotten; 0 alerts were known\n");
  CHECK_TEXT(requests(), "forget 0 alice web1;forget 0 alice "
                         "web2/df-root/percent_bytes-used;forget 0 alice "
                         "web3;");
  CHECK(ctl("forget", NULL) == CTL_USAGE);
  CHECK(ctl("forget", " ", NULL) == CTL_USAGE);
  room_close();
}

/* ---- status and show ---- */

static void what_is_held_back_is_shown(void) {
  struct alert silenced = alert_at(1), inhibited = alert_at(2),
               both = alert_at(3), over = alert_at(4);
  begin();
  CHECK(ctl("declare", "--title", "x", "--no-page", NULL) == CTL_DONE);
  CHECK(ctl("silence", "add", "--match", "host=/web/", "--for", "1h", NULL) ==
        CTL_DONE);
  silenced.extra = over.extra = &(struct alert_extra){.silence = 1};
  silenced.is_flapping = true;
  inhibited.extra = &(struct alert_extra){.inhibitor = -1};
  both.extra = &(struct alert_extra){.silence = 1, .inhibitor = 7};
  over.state = ALERT_CLEARED;
  silenced.incident = inhibited.incident = both.incident = over.incident = 1;
  put_alert(&silenced, "web1");
  put_alert(&inhibited, "web2");
  put_alert(&both, "web3");
  put_alert(&over, "web4");
  (void)ctl("status", NULL);
  CHECK(room_said("silenced   1 silence, 2 alerts held back\n"));
  CHECK(room_said("inhibited  2 alerts held back\n"));
  (void)ctl("status", "--json", NULL);
  CHECK_TEXT(room_json("silences"), "1");
  CHECK_TEXT(room_json("alerts_silenced"), "2");
  CHECK_TEXT(room_json("alerts_inhibited"), "2");
  CHECK(ctl("show", "1", NULL) == CTL_DONE);
  CHECK(room_said("  flapping, silenced by 1  "));
  CHECK(room_said("  inhibited  "));
  CHECK(room_said("  silenced by 1, inhibited by incident 7  "));
  CHECK(ctl("show", "1", "--json", NULL) == CTL_DONE);
  CHECK_TEXT(room_json("incident.paused"), "false");
  CHECK_TEXT(room_json("incident.storm"), "false");
  CHECK(strstr(room.out,
               "\"flapping\":true,\"silence\":1,\"inhibited_by\":null") !=
        NULL);
  CHECK(strstr(room.out,
               "\"flapping\":false,\"silence\":null,\"inhibited_by\":-1") !=
        NULL);
  room_close();
}

int main(void) {
  add_says_what_it_holds_back();
  one_can_start_later_and_recur();
  one_can_last_until_it_is_resolved();
  what_makes_no_sense_is_refused();
  a_name_that_is_not_there_is_doubted();
  list_shows_what_is_left();
  end_ends_each_once();
  end_of_one_is_a_document();
  forget_counts_what_was_known();
  what_is_held_back_is_shown();
  return check_done("t_ctl_silence");
}
