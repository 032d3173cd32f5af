/* SPDX-License-Identifier: MIT */
#include "check.h"

#include "core/postmortem_lint.h"

#include "postmortem_things.h"

#include <stdio.h>

/* ---- the documents ---- */

static char *read_golden(const char *name) {
  static char text[200000];
  char path[1024];
  const char *srcdir = getenv("srcdir");
  snprintf(path, sizeof path, "%s/tests/data/postmortem/%s",
           srcdir != NULL ? srcdir : ".", name);
  FILE *f = fopen(path, "re");
  size_t n = f != NULL ? fread(text, 1, sizeof text - 1, f) : 0;
  if (f != NULL)
    fclose(f);
  text[n] = '\0';
  return text;
}

static struct postmortem_view view_of(const struct dossier *d) {
  return (struct postmortem_view){.dossier = d, .now = pm_at(60)};
}

static void check_document(const struct postmortem_view *v, enum markup markup,
                           const char *golden) {
  char *text = NULL;
  CHECK(postmortem_write(v, markup, &text) == OK);
  CHECK_TEXT(text, read_golden(golden));
  free(text);
}

static void it_is_written_as_it_was(void) {
  struct dossier d;
  CHECK(pm_make(&d) == OK);
  struct postmortem_view v = view_of(&d);
  check_document(&v, MARKUP_MARKDOWN, "all.md");
  check_document(&v, MARKUP_HTML, "all.html");
  v.only_important = true;
  check_document(&v, MARKUP_MARKDOWN, "important.md");
  dossier_fini(&d);
}

static void programs_read_it_too(void) {
  struct dossier d;
  char *text = NULL;
  CHECK(pm_make(&d) == OK);
  struct postmortem_view v = view_of(&d);
  struct json *j = json_new();
  postmortem_print(&v, j);
  CHECK(json_done(j, &text) == OK);
  json_free(j);
  struct buf line;
  buf_init(&line, 1000000);
  buf_addf(&line, "%s\n", text);
  CHECK_TEXT(buf_text(&line), read_golden("all.json"));
  buf_fini(&line);
  free(text);
  dossier_fini(&d);
}

static void one_of_which_nothing_is_known_is_written_all_the_same(void) {
  struct dossier d;
  char *text = NULL;
  dossier_init(&d);
  CHECK(incident_set_text(&d.incident.title, "x") == OK);
  CHECK(incident_set_text(&d.incident.severity, "UNKNOWN") == OK);
  d.incident.declared_at = pm_at(0);
  struct postmortem_view v = view_of(&d);
  CHECK(postmortem_write(&v, MARKUP_MARKDOWN, &text) == OK);
  CHECK(text != NULL && strstr(text, "has lasted 1h") != NULL);
  CHECK(text != NULL && strstr(text, "Nobody was paged.") != NULL);
  free(text);
  dossier_fini(&d);
}

/* ---- figures ---- */

static void time_in_each_severity_is_told(void) {
  struct severity_time times[DOSSIER_SEVERITIES];
  struct dossier d;
  CHECK(pm_make(&d) == OK);
  CHECK(dossier_severities(&d, pm_at(60), times) == 2);
  CHECK_TEXT(times[0].name, "SEV-3");
  CHECK(times[0].span == 4 * PM_MINUTE);
  CHECK_TEXT(times[1].name, "SEV-2");
  CHECK(times[1].span == 21 * PM_MINUTE);
  dossier_fini(&d);
}

static void time_when_it_was_resolved_does_not_count(void) {
  struct severity_time times[DOSSIER_SEVERITIES];
  struct dossier d;
  CHECK(pm_make(&d) == OK);
  CHECK(pm_entry(&d, 35, KIND_REOPENED, NULL, "again", false) == OK);
  CHECK(pm_entry(&d, 40, KIND_SEVERITY, NULL, "SEV-2 to SEV-1", false) == OK);
  d.incident.status = STATUS_INVESTIGATING;
  d.incident.resolved_at = WALL_NEVER;
  CHECK(dossier_severities(&d, pm_at(60), times) == 3);
  CHECK(times[1].span == 26 * PM_MINUTE);
  CHECK_TEXT(times[2].name, "SEV-1");
  CHECK(times[2].span == 20 * PM_MINUTE);
  dossier_fini(&d);
}

static void a_todo_is_one(void) {
  struct entry e = {.kind = KIND_NOTE};
  static const struct {
    const char *text, *todo;
  } rows[] = {{"TODO: alert on swap", "alert on swap"},
              {"todo buy disks", "buy disks"},
              {"TODO", ""},
              {"TODOs are many", NULL},
              {"a TODO", NULL}};
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    e.text = (char *)rows[i].text;
    const char *todo = entry_todo(&e);
    CHECK((todo == NULL) == (rows[i].todo == NULL));
    if (rows[i].todo != NULL)
      CHECK_TEXT(todo, rows[i].todo);
  }
}

static void a_url_is_found_in_a_text(void) {
  char url[LINK_MAX];
  CHECK(postmortem_find_url("see (https://a/b?c=d) there", url));
  CHECK_TEXT(url, "https://a/b?c=d");
  CHECK(postmortem_find_url("http http:// x", url));
  CHECK(!postmortem_find_url("no http here", url));
  CHECK(!postmortem_find_url("javascript://x", url));
}

/* ---- rules ---- */

static void statuses_go_forward_one_by_one(void) {
  struct postmortem p;
  postmortem_init(&p);
  CHECK(postmortem_refusal(&p, POSTMORTEM_IN_REVIEW, false, false) != NULL);
  CHECK(incident_set_text(&p.owner, "alice") == OK);
  CHECK(postmortem_refusal(&p, POSTMORTEM_IN_REVIEW, true, false) != NULL);
  CHECK(postmortem_refusal(&p, POSTMORTEM_IN_REVIEW, false, false) == NULL);
  CHECK(postmortem_refusal(&p, POSTMORTEM_REVIEWED, false, false) != NULL);
  CHECK(postmortem_refusal(&p, POSTMORTEM_CLOSED, false, false) != NULL);
  CHECK(postmortem_refusal(&p, POSTMORTEM_DRAFT, false, false) != NULL);
  p.status = POSTMORTEM_REVIEWED;
  CHECK(postmortem_refusal(&p, POSTMORTEM_DRAFT, false, false) == NULL);
  CHECK(postmortem_refusal(&p, POSTMORTEM_CLOSED, false, false) == NULL);
  postmortem_fini(&p);
}

static void with_an_external_message_it_is_closed_when_that_is_posted(void) {
  struct postmortem p;
  char **message = &p.sections[SECTION_EXTERNAL];
  postmortem_init(&p);
  p.status = POSTMORTEM_REVIEWED;
  CHECK(incident_set_text(&p.owner, "alice") == OK);
  CHECK(incident_set_text(message, "We are sorry.") == OK);
  CHECK(postmortem_refusal(&p, POSTMORTEM_CLOSED, false, false) != NULL);
  CHECK(postmortem_refusal(&p, POSTMORTEM_CLOSED, false, true) == NULL);
  CHECK(incident_set_text(message, "None") == OK);
  CHECK(postmortem_refusal(&p, POSTMORTEM_CLOSED, false, false) == NULL);
  postmortem_fini(&p);
}

static void the_meeting_is_due_by_severity(void) {
  /* 2026-11-21 is a Saturday. */
  struct severity worst = {.is_major = true, .rank = 0};
  struct severity second = {.is_major = true, .rank = 1};
  struct severity own = {.postmortem_due = 5, .rank = 0, .is_major = true};
  CHECK(postmortem_due(&worst, pm_at(0)) == pm_at(3 * 1440));
  CHECK(postmortem_due(&second, pm_at(0)) == pm_at(6 * 1440));     /* Friday */
  CHECK(postmortem_due(NULL, pm_at(2 * 1440)) == pm_at(9 * 1440)); /* Monday */
  CHECK(postmortem_due(&own, pm_at(0)) == pm_at(0) + 5);
}

static void tags_name_severity_and_day(void) {
  char tag[POSTMORTEM_TAG];
  postmortem_tag("SEV-1", tag);
  CHECK_TEXT(tag, "sev1");
  postmortem_tag_day("SEV-1", pm_at(0), tag);
  CHECK_TEXT(tag, "sev1_20261121");
}

static void sections_come_back_as_they_were(void) {
  struct postmortem p, q;
  char *text = NULL;
  postmortem_init(&p);
  postmortem_init(&q);
  CHECK(incident_set_text(&p.sections[SECTION_FACTORS], "a\n\"b\" 🙂") == OK);
  CHECK(postmortem_pack(&p, &text) == OK);
  CHECK(postmortem_unpack(&q, text) == OK);
  CHECK_TEXT(q.sections[SECTION_FACTORS], "a\n\"b\" 🙂");
  CHECK(postmortem_unpack(&q, "{\"other\":\"x\"}") == ERR_INVALID);
  CHECK(postmortem_unpack(&q, "{\"impact\":5}") == ERR_INVALID);
  CHECK(postmortem_unpack(&q, "[]") == ERR_INVALID);
  CHECK_TEXT(q.sections[SECTION_FACTORS], "a\n\"b\" 🙂");
  free(text);
  postmortem_fini(&p);
  postmortem_fini(&q);
}

/* ---- lint ---- */

struct said {
  struct buf lines;
  size_t n;
};

static void take(void *arg, const char *place, const char *line) {
  struct said *s = arg;
  buf_addf(&s->lines, "%s: %s\n", place, line);
  s->n++;
}

static size_t count_words(const char *text) {
  static const char *const names[] = {"bob", "alice"};
  struct said s = {.n = 0};
  buf_init(&s.lines, 100000);
  postmortem_lint_words("x", text, names, 2, take, &s);
  buf_fini(&s.lines);
  return s.n;
}

static void words_of_blame_are_found(void) {
  CHECK(count_words("This was Human  Error.") == 1);
  CHECK(count_words("it would\nhave worked") == 1);
  CHECK(count_words("it would've worked, and should have") == 2);
  CHECK(count_words("It was Bob's fault") == 1);
  CHECK(count_words("then bob broke it") == 1);
  CHECK(count_words("Bob caused it, alice missed it") == 2);
  CHECK(count_words("bobby broke it") == 0);
  CHECK(count_words("bob restarted it") == 0);
  CHECK(count_words("superhuman errors; would haven") == 0);
  CHECK(count_words("Ühuman error") == 0);
  CHECK(count_words("") == 0);
}

static void a_good_one_lacks_nothing(void) {
  struct dossier d;
  struct said s = {.n = 0};
  CHECK(pm_make(&d) == OK);
  d.postmortem.meeting_at = pm_at(1440);
  CHECK(incident_set_text(&d.postmortem.sections[SECTION_EXTERNAL], "none") ==
        OK);
  struct postmortem_view v = view_of(&d);
  buf_init(&s.lines, 100000);
  postmortem_lint(&v, take, &s);
  CHECK_TEXT(buf_text(&s.lines), "");
  buf_fini(&s.lines);
  dossier_fini(&d);
}

static void what_is_missing_is_said(void) {
  static const char *const places[] = {"owner: ",
                                       "meeting: ",
                                       "timeline: ",
                                       "what-happened: ",
                                       "contributing-factors: ",
                                       "resolution: ",
                                       "went-well: ",
                                       "went-badly: ",
                                       "impact: ",
                                       "actions: "};
  struct dossier d;
  struct said s = {.n = 0};
  dossier_init(&d);
  CHECK(incident_set_text(&d.incident.title, "x") == OK);
  CHECK(incident_set_text(&d.incident.severity, "SEV-1") == OK);
  d.incident.is_major = true;
  d.incident.declared_at = pm_at(0);
  struct postmortem_view v = view_of(&d);
  buf_init(&s.lines, 100000);
  postmortem_lint(&v, take, &s);
  for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
    CHECK(strstr(buf_text(&s.lines), places[i]) != NULL);
  CHECK(s.n == 15);
  buf_fini(&s.lines);
  dossier_fini(&d);
}

int main(void) {
  it_is_written_as_it_was();
  programs_read_it_too();
  one_of_which_nothing_is_known_is_written_all_the_same();
  time_in_each_severity_is_told();
  time_when_it_was_resolved_does_not_count();
  a_todo_is_one();
  a_url_is_found_in_a_text();
  statuses_go_forward_one_by_one();
  with_an_external_message_it_is_closed_when_that_is_posted();
  the_meeting_is_due_by_severity();
  tags_name_severity_and_day();
  sections_come_back_as_they_were();
  words_of_blame_are_found();
  a_good_one_lacks_nothing();
  what_is_missing_is_said();
  return check_done("t_postmortem");
}
