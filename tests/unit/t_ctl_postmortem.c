/* SPDX-License-Identifier: MIT */
#include "check.h"

#include "ctl_room.h"

#include <sys/stat.h>

#define DAY_MS (INT64_C(24) * 60 * 60 * 1000)

/* An incident of SEV-2 that alice leads; resolved if asked for. */
static void fresh(bool is_resolved) {
  room_open();
  room_make_ledger(ROOM_CONFIG);
  CHECK(ctl("declare", "--title", "Logins <fail>", "--severity", "SEV-2",
            "--commander", "alice", "--no-page", NULL) == CTL_DONE);
  if (is_resolved) {
    room.clock.at += 600000;
    CHECK(ctl("resolve", "1", NULL) == CTL_DONE);
    CHECK(room_warned("it was major: incidentctl postmortem create 1"));
  }
}

/* Open reminders: how many, and when the last of them is due. */
struct reminders {
  int n;
  wall_ms due;
  enum reminder_kind kind;
};

static enum err take(void *arg, const struct reminder *m) {
  struct reminders *r = arg;
  r->n++;
  r->due = m->due_at;
  r->kind = m->kind;
  return OK;
}

static struct reminders open_reminders(void) {
  struct reminders r = {.n = 0};
  struct ledger *l = room_ledger(LEDGER_READ);
  CHECK(ledger_reminders(l, 1, take, &r) == OK);
  ledger_close(l);
  return r;
}

static void it_is_made_once_and_printed(void) {
  fresh(true);
  CHECK(ctl("postmortem", "show", "1", NULL) == CTL_FAILED);
  CHECK(room_warned("incident 1: has no postmortem yet"));
  CHECK(ctl("postmortem", "create", "1", NULL) == CTL_DONE);
  CHECK(room_said("# Postmortem of incident 1: Logins \\<fail\\>"));
  CHECK(room_said("- **Owner**: alice"));
  CHECK(ctl("postmortem", "create", "1", "--format", "html", NULL) == CTL_DONE);
  CHECK(room_said("<h1>Postmortem of incident 1: Logins &lt;fail&gt;</h1>"));
  CHECK(ctl("postmortem", "show", "1", "--json", NULL) == CTL_DONE);
  CHECK_TEXT(room_json("postmortem.status"), "draft");
  CHECK_TEXT(room_json("postmortem.due_at"), "2026-11-27T10:10:00.000Z");
  CHECK_TEXT(room_json("postmortem.incident.id"), "1");
  CHECK(ctl("show", "1", "--json", NULL) == CTL_DONE);
  CHECK_TEXT(room_json("timeline.2.kind"), "postmortem");
  CHECK_TEXT(room_json("timeline.3.kind"), "absent");
  room_close();
}

static void an_open_one_is_warned_about(void) {
  fresh(false);
  CHECK(ctl("postmortem", "create", "1", NULL) == CTL_DONE);
  CHECK(room_warned("warning: incident 1 is not resolved yet"));
  CHECK(ctl("postmortem", "status", "1", "in review", NULL) == CTL_FAILED);
  CHECK(room_warned("its incident is not resolved yet"));
  room_close();
}

static void it_goes_to_closed(void) {
  fresh(true);
  CHECK(ctl("postmortem", "create", "1", NULL) == CTL_DONE);
  CHECK(ctl("postmortem", "status", "1", "closed", NULL) == CTL_FAILED);
  CHECK(room_warned("it must be reviewed before it is closed"));
  CHECK(ctl("postmortem", "status", "1", "in review", NULL) == CTL_DONE);
  CHECK_TEXT(room.out, "incident 1: postmortem in review, was draft\n");
  CHECK(ctl("postmortem", "status", "1", "reviewd", NULL) == CTL_FAILED);
  CHECK(room_warned("did you mean \"reviewed\"?"));
  CHECK(ctl("postmortem", "status", "1", "reviewed", NULL) == CTL_DONE);
  CHECK(ctl("postmortem", "edit", "1", "external-message", "We are sorry.",
            NULL) == CTL_DONE);
  CHECK(ctl("postmortem", "status", "1", "closed", NULL) == CTL_FAILED);
  CHECK(room_warned("its external message has not been posted yet"));
  CHECK(ctl("postmortem", "edit", "1", "external-message", "none", NULL) ==
        CTL_DONE);
  CHECK(ctl("postmortem", "status", "1", "closed", "--json", NULL) == CTL_DONE);
  CHECK_TEXT(room_json("postmortem.status"), "closed");
  CHECK_TEXT(room_json("entry.kind"), "postmortem");
  CHECK(open_reminders().n == 0);
  CHECK(ctl("postmortem", "edit", "1", "overview", "late", NULL) == CTL_FAILED);
  CHECK(room_warned("closed; set it back to draft first"));
  room_close();
}

static void reminders_follow_the_meeting(void) {
  struct reminders r;
  fresh(true);
  CHECK(ctl("postmortem", "create", "1", NULL) == CTL_DONE);
  r = open_reminders();
  CHECK(r.n == 1 && r.kind == REMINDER_POSTMORTEM);
  CHECK(r.due == ROOM_NOW + 600000 + INT64_C(6) * DAY_MS);
  CHECK(ctl("postmortem", "meeting", "1", "2026-11-25 10:00", NULL) ==
        CTL_DONE);
  CHECK_TEXT(room.out,
             "incident 1: postmortem meeting at 2026-11-25 10:00:00 UTC\n");
  CHECK(room.err[0] == '\0');
  r = open_reminders();
  CHECK(r.n == 1 && r.kind == REMINDER_MEETING);
  CHECK(r.due == ROOM_NOW + 3 * DAY_MS);
  CHECK(ctl("postmortem", "meeting", "1", "2026-12-25 10:00", NULL) ==
        CTL_DONE);
  CHECK(room_warned("warning: the meeting was due earlier than that"));
  room_close();
}

static void what_a_person_wrote_stays(void) {
  fresh(true);
  CHECK(ctl("postmortem", "create", "1", NULL) == CTL_DONE);
  CHECK(ctl("postmortem", "edit", "1", "what-happened", "First\n- second 🙂",
            NULL) == CTL_DONE);
  CHECK(ctl("postmortem", "create", "1", NULL) == CTL_DONE);
  CHECK(room_said("## What happened\n\nFirst\n\n- second 🙂\n"));
  CHECK(ctl("postmortem", "edit", "1", "what-happened", "Other", NULL) ==
        CTL_DONE);
  CHECK(room_said("rewrote what-happened; before: First\\n- second 🙂"));
  CHECK(ctl("postmortem", "edit", "1", "what-happened", "", NULL) == CTL_DONE);
  CHECK(ctl("postmortem", "edit", "1", "what-happened", "", NULL) ==
        CTL_FAILED);
  CHECK(ctl("postmortem", "edit", "1", "overwiew", "x", NULL) == CTL_FAILED);
  CHECK(room_warned("did you mean overview?"));
  room_close();
}

static void a_file_that_somebody_changed_is_not_replaced(void) {
  static const char *const forms[] = {"md", "html", "json"};
  char path[600];
  fresh(true);
  for (size_t i = 0; i < 3; i++) {
    snprintf(path, sizeof path, "%s/pm.%s", room.dir, forms[i]);
    CHECK(ctl("postmortem", "create", "1", "--output", path, NULL) == CTL_DONE);
    CHECK(room_said("incident 1: postmortem written to "));
    CHECK(ctl("note", "1", "more", NULL) == CTL_DONE);
    CHECK(ctl("postmortem", "create", "1", "--output", path, NULL) == CTL_DONE);
    FILE *f = fopen(path, "ae");
    CHECK(f != NULL && fputs("mine\n", f) >= 0 && fclose(f) == 0);
    CHECK(ctl("postmortem", "show", "1", "--output", path, NULL) == CTL_FAILED);
    CHECK(room_warned("changed since it was written"));
    CHECK(ctl("postmortem", "show", "1", "--output", path, "--force", NULL) ==
          CTL_DONE);
  }
  CHECK(ctl("postmortem", "show", "1", "--output", "/nowhere/x", NULL) ==
        CTL_FAILED);
  CHECK(room_warned("/nowhere/x: No such file"));
  room_close();
}

/* `postmortem show 1 --output FILE` of the room. */
static int put(const char *name) {
  char path[600];
  snprintf(path, sizeof path, "%s/%s", room.dir, name);
  return ctl("postmortem", "show", "1", "--output", path, NULL);
}

static mode_t mode_of(const char *name) {
  char path[600];
  struct stat st;
  snprintf(path, sizeof path, "%s/%s", room.dir, name);
  return lstat(path, &st) == 0 ? st.st_mode : 0;
}

static void a_link_stays_and_so_does_the_mode(void) {
  char file[600], link[600];
  fresh(true);
  snprintf(file, sizeof file, "%s/pm.md", room.dir);
  snprintf(link, sizeof link, "%s/link.md", room.dir);
  CHECK(ctl("postmortem", "create", "1", "--output", file, NULL) == CTL_DONE);
  CHECK(chmod(file, 0664) == 0 && symlink("pm.md", link) == 0);
  CHECK(ctl("note", "1", "more", NULL) == CTL_DONE);
  CHECK(put("link.md") == CTL_DONE);
  CHECK(S_ISLNK(mode_of("link.md")));
  CHECK(mode_of("pm.md") == (S_IFREG | 0664));
  CHECK(ctl("edit", "1", "--private", NULL) == CTL_DONE);
  CHECK(put("pm.md") == CTL_DONE);
  CHECK(mode_of("pm.md") == (S_IFREG | 0660));
  CHECK(put("new.md") == CTL_DONE);
  CHECK(mode_of("new.md") == (S_IFREG | 0600));
  CHECK(unlink(file) == 0);
  CHECK(put("link.md") == CTL_FAILED);
  CHECK(room_warned("link.md: a link to what is not there"));
  CHECK(unlink(link) == 0 && symlink("link.md", link) == 0);
  CHECK(put("link.md") == CTL_FAILED);
  room_close();
}

static void what_is_no_file_is_refused(void) {
  char fifo[600], dir[600];
  fresh(true);
  CHECK(ctl("postmortem", "create", "1", NULL) == CTL_DONE);
  snprintf(fifo, sizeof fifo, "%s/fifo", room.dir);
  snprintf(dir, sizeof dir, "%s/dir", room.dir);
  CHECK(mkfifo(fifo, 0600) == 0 && mkdir(dir, 0700) == 0);
  CHECK(put("fifo") == CTL_FAILED);
  CHECK(room_warned("fifo: not a regular file"));
  CHECK(put("dir") == CTL_FAILED);
  CHECK(room_warned("dir: not a regular file"));
  CHECK(ctl("postmortem", "show", "1", "--output", fifo, "--force", NULL) ==
        CTL_FAILED);
  CHECK(S_ISFIFO(mode_of("fifo")));
  CHECK(rmdir(dir) == 0);
  room_close();
}

static void a_directory_that_cannot_be_written_is_named(void) {
  char dir[600];
  fresh(true);
  CHECK(ctl("postmortem", "create", "1", NULL) == CTL_DONE);
  snprintf(dir, sizeof dir, "%s/dir", room.dir);
  CHECK(mkdir(dir, 0700) == 0 && put("dir/pm.md") == CTL_DONE);
  CHECK(chmod(dir, 0500) == 0);
  if (geteuid() != 0) { /* root may write anywhere */
    CHECK(put("dir/new.md") == CTL_FAILED);
    CHECK(room_warned("dir/new.md: Permission denied"));
    CHECK(put("dir/pm.md") == CTL_FAILED);
    CHECK(room_warned(".new: Permission denied"));
  }
  CHECK(chmod(dir, 0700) == 0);
  CHECK(S_ISREG(mode_of("dir/pm.md")));
  snprintf(dir, sizeof dir, "%s/dir/pm.md", room.dir);
  CHECK(unlink(dir) == 0);
  snprintf(dir, sizeof dir, "%s/dir", room.dir);
  CHECK(rmdir(dir) == 0);
  room_close();
}

/* The document again, each line ended by CR and LF. */
static void end_lines_otherwise(const char *name) {
  char path[600];
  static char was[1 << 20];
  snprintf(path, sizeof path, "%s/%s", room.dir, name);
  FILE *f = fopen(path, "re");
  size_t n = f != NULL ? fread(was, 1, sizeof was, f) : 0;
  CHECK(f != NULL && n > 0 && n < sizeof was && fclose(f) == 0);
  f = fopen(path, "we");
  for (size_t i = 0; f != NULL && i < n; i++) {
    if (was[i] == '\n')
      fputc('\r', f);
    fputc(was[i], f);
  }
  CHECK(f != NULL && fclose(f) == 0);
}

static void other_ends_of_lines_are_a_change(void) {
  fresh(true);
  CHECK(ctl("postmortem", "create", "1", NULL) == CTL_DONE);
  CHECK(put("pm.md") == CTL_DONE);
  end_lines_otherwise("pm.md");
  CHECK(put("pm.md") == CTL_FAILED);
  CHECK(room_warned("changed since it was written"));
  room_close();
}

static void what_is_owed_is_listed(void) {
  fresh(true);
  CHECK(ctl("postmortem", "list", NULL) == CTL_DONE);
  CHECK(room_said("missing") && room_said("Logins <fail>"));
  CHECK(ctl("postmortem", "create", "1", NULL) == CTL_DONE);
  CHECK(ctl("postmortem", "list", "--json", NULL) == CTL_DONE);
  CHECK_TEXT(room_json("postmortems.0.status"), "draft");
  CHECK_TEXT(room_json("postmortems.0.overdue"), "false");
  room.clock.at += INT64_C(7) * 24 * 60 * 60 * 1000;
  CHECK(ctl("postmortem", "list", "--json", NULL) == CTL_DONE);
  CHECK_TEXT(room_json("postmortems.0.overdue"), "true");
  room_close();
}

static void lint_finds_and_says(void) {
  fresh(true);
  CHECK(ctl("postmortem", "create", "1", NULL) == CTL_DONE);
  CHECK(ctl("postmortem", "edit", "1", "contributing-factors",
            "Human error: alice broke it", NULL) == CTL_DONE);
  CHECK(ctl("postmortem", "lint", "1", NULL) == CTL_FAILED);
  CHECK(room_said("human error") && room_said("alice broke"));
  CHECK(room_said("it is not scheduled"));
  CHECK(ctl("postmortem", "lint", "1", "--json", NULL) == CTL_FAILED);
  CHECK_TEXT(room_json("findings.0.place"), "meeting");
  room_close();
}

static void what_makes_no_sense_is_refused(void) {
  fresh(true);
  CHECK(ctl("postmortem", "crate", "1", NULL) == CTL_USAGE);
  CHECK(room_warned("did you mean create?"));
  CHECK(ctl("postmortem", "create", NULL) == CTL_USAGE);
  CHECK(ctl("postmortem", "create", "99", NULL) == CTL_FAILED);
  CHECK(room_warned("incident 99: not found"));
  CHECK(ctl("postmortem", "create", "1", "--format", "htm", NULL) == CTL_USAGE);
  CHECK(room_warned("did you mean html?"));
  CHECK(ctl("postmortem", "lint", "1", "--force", NULL) == CTL_USAGE);
  CHECK(ctl("postmortem", "owner", "1", "bob", NULL) == CTL_FAILED);
  CHECK(room_warned("has no postmortem yet"));
  CHECK(ctl("postmortem", "create", "1", NULL) == CTL_DONE);
  CHECK(ctl("postmortem", "owner", "1", "bov", NULL) == CTL_FAILED);
  CHECK(room_warned("did you mean bob?"));
  room_close();
}

int main(void) {
  it_is_made_once_and_printed();
  an_open_one_is_warned_about();
  it_goes_to_closed();
  reminders_follow_the_meeting();
  what_a_person_wrote_stays();
  a_file_that_somebody_changed_is_not_replaced();
  a_link_stays_and_so_does_the_mode();
  what_is_no_file_is_refused();
  a_directory_that_cannot_be_written_is_named();
  other_ends_of_lines_are_a_change();
  what_is_owed_is_listed();
  lint_finds_and_says();
  what_makes_no_sense_is_refused();
  return check_done("t_ctl_postmortem");
}
