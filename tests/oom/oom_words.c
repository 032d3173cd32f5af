/* SPDX-License-Identifier: MIT */
/* What is written about an incident, and what is learnt from it: made whole, or
 * not at all, with one allocation or all later ones failing. */
#include "core/page.h"
#include "core/postmortem_lint.h"
#include "core/report.h"
#include "core/statement.h"
#include "core/template.h"
#include "oom.h"
#include "tests/unit/postmortem_things.h"

#include <stdlib.h>
#include <string.h>

static void ignore_remark(void *arg, const char *place, const char *line) {
  (void)arg;
  (void)place;
  (void)line;
}

static enum err dossier_run(void) {
  struct dossier d;
  enum err err = pm_make(&d);
  dossier_fini(&d);
  return err;
}

static enum err postmortem_text_run(enum markup markup) {
  struct dossier d;
  char *text = NULL;
  oom_spare(); /* it has a case of its own */
  enum err err = pm_make(&d);
  oom_spare_end();
  const struct postmortem_view v = {.dossier = &d, .now = pm_at(60)};
  if (err == OK)
    err = postmortem_write(&v, markup, &text);
  free(text);
  oom_spare();
  dossier_fini(&d);
  oom_spare_end();
  return err;
}

static enum err postmortem_md_run(void) {
  return postmortem_text_run(MARKUP_MARKDOWN);
}

static enum err postmortem_html_run(void) {
  return postmortem_text_run(MARKUP_HTML);
}

static enum err postmortem_json_run(void) {
  struct dossier d;
  char *text = NULL;
  oom_spare();
  enum err err = pm_make(&d);
  oom_spare_end();
  const struct postmortem_view v = {.dossier = &d, .now = pm_at(60)};
  struct json *j = err == OK ? json_new() : NULL;
  if (err == OK && j == NULL)
    err = ERR_NOMEM;
  if (j != NULL) {
    postmortem_print(&v, j);
    err = json_done(j, &text);
  }
  json_free(j);
  free(text);
  if (err == OK)
    postmortem_lint(&v, ignore_remark, NULL);
  oom_spare();
  dossier_fini(&d);
  oom_spare_end();
  return err;
}

static enum err sections_run(void) {
  struct postmortem p;
  char *text = NULL;
  postmortem_init(&p);
  enum err err =
      incident_set_text(&p.sections[SECTION_FACTORS], "nothing limits it");
  if (err == OK)
    err = postmortem_pack(&p, &text);
  if (err == OK)
    err = postmortem_unpack(&p, text);
  free(text);
  postmortem_fini(&p);
  return err;
}

static enum err report_all(struct report *r) {
  const struct report_case cases[] = {
      {.id = 1, .severity = "A", .rule = "r", .group = "1:h", .resolved_at = 9},
      {.id = 2, .severity = "A", .rule = "r", .group = "1:h", .reopened = 1}};
  struct silence silence;
  enum err err = OK;
  silence_init(&silence);
  silence.suppressed = 1;
  silence.by = (char *)"x";
  for (size_t i = 0; err == OK && i < 2; i++)
    err = report_add_case(r, &cases[i]);
  if (err == OK)
    err = report_add_page(r, "p", "q", 5);
  return err == OK ? report_add_silence(r, &silence) : err;
}

static enum err report_run(void) {
  const struct hours always = {.name = NULL};
  struct report r;
  struct buf out;
  report_init(&r, 0, 100, &always);
  buf_init(&out, REPORT_MAX);
  enum err err = report_all(&r);
  if (err == OK) {
    report_end(&r);
    report_print_text(&r, &out);
    report_print_csv(&r, &out);
    err = out.err;
  }
  buf_fini(&out);
  report_fini(&r);
  return err;
}

/* ---- what is said of it ---- */

static enum err fill_and_move(struct statement *s, const struct wording *w) {
  struct incident i;
  incident_init(&i);
  i.id = 7;
  i.title = (char *)"logins fail"; /* not to be finished */
  i.severity = (char *)"SEV-2";
  const struct statement_facts facts = {
      .incident = &i, .text = "we look", .next_at = 1795256100000};
  enum err err = statement_fill(s, w, &facts);
  if (err != OK)
    return s->subject == NULL && s->body == NULL ? err : ERR_CORRUPT;
  s->next_at = facts.next_at;
  err = statement_set_next(s, 1795257000000);
  if (strstr(s->body, err == OK ? "10:30" : "10:15") == NULL)
    err = ERR_CORRUPT; /* neither, or both */
  return err;
}

static enum err fill_run(const struct wording *w) {
  struct statement s;
  statement_init(&s);
  enum err err = fill_and_move(&s, w);
  statement_fini(&s);
  return err;
}

static enum err statement_run(void) { return fill_run(NULL); }

static enum err wording_run(void) {
  struct wording w = {.name = "u", .category = ""};
  const char *why;
  oom_spare();
  enum err err =
      template_parse_statement("%{title}: %{severity}", &w.subject, &why);
  if (err == OK)
    err = template_parse_statement("%{text}\nNext: %{next}", &w.body, &why);
  oom_spare_end();
  if (err == OK)
    err = fill_run(&w);
  oom_spare();
  template_free(w.subject);
  template_free(w.body);
  oom_spare_end();
  return err;
}

/* ---- what came of a page ---- */

static enum err print_attempts(const struct page *p) {
  char *text = NULL;
  struct json *j = json_new();
  if (j == NULL)
    return ERR_NOMEM;
  page_print_attempts(p, j);
  enum err err = json_done(j, &text);
  json_free(j);
  free(text);
  return err;
}

/* One that cannot be kept leaves those before as they are. */
static enum err attempts_run(void) {
  struct page p = {.delivered_at = WALL_NEVER};
  bool is_missed = false;
  enum err err = OK;
  for (int i = 0; err == OK && i < PAGE_TRIES_MAX + 2; i++) {
    size_t had = p.tries != NULL ? strlen(p.tries) : 0;
    p.attempts++;
    page_note_attempt(&p, 1000 + i, 503, "no", "an answer");
    size_t has = p.tries != NULL ? strlen(p.tries) : 0;
    is_missed |= has == had;
    if (has < had && i < PAGE_TRIES_MAX)
      err = ERR_CORRUPT;
  }
  if (err == OK)
    err = print_attempts(&p);
  page_fini(&p);
  return err == OK && is_missed && p.attempts < PAGE_TRIES_MAX ? ERR_NOMEM
                                                               : err;
}

const struct oom_case core_cases[] = {
    {"a_dossier_is_filled_or_not", dossier_run},
    {"a_postmortem_in_markdown_is_written_or_not", postmortem_md_run},
    {"a_postmortem_in_html_is_written_or_not", postmortem_html_run},
    {"a_postmortem_in_json_is_written_or_not", postmortem_json_run},
    {"sections_are_read_whole_or_not", sections_run},
    {"a_report_is_made_or_not", report_run},
    {"a_statement_is_filled_whole_or_not", statement_run},
    {"a_wording_is_filled_whole_or_not", wording_run},
    {"attempts_are_kept_or_not", attempts_run},
    {NULL, NULL},
};
