/* SPDX-License-Identifier: MIT */
#include "core/postmortem_lint.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define LINE_BYTES 512
#define NAMES_MAX 64

/* ---- words ---- */

static const struct habit {
  const char *words, *advice;
} habits[] = {
    {"human error", "say what made the mistake easy to make"},
    {"operator error", "say what made the mistake easy to make"},
    {"user error", "say what made the mistake easy to make"},
    {"would have", "say what happened, not what did not"},
    {"would've", "say what happened, not what did not"},
    {"should have", "say what happened, and why it seemed right"},
    {"should've", "say what happened, and why it seemed right"},
    {"could have", "say what happened, not what did not"},
    {"could've", "say what happened, not what did not"},
    {"ought to have", "say what happened, and why it seemed right"},
    {"if only", "say what happened, not what did not"},
    {"to blame", "say what made it possible"},
    {"blamed", "say what made it possible"},
    {"fault of", "say what made it possible"},
    {"'s fault", "say what made it possible"},
    {"careless", "say what was known at the time"},
    {"carelessly", "say what was known at the time"},
    {"negligent", "say what was known at the time"},
    {"negligence", "say what was known at the time"},
    {"neglected to", "say what was known at the time"},
    {"forgot to", "say what was there to remind of it"},
    {"didn't bother", "say what was known at the time"},
    {"did not bother", "say what was known at the time"},
    {"stupid", "say what was known at the time"},
    {"incompetent", "say what was known at the time"},
    {"sloppy", "say what was known at the time"},
};

/* After a name. */
static const char *const deeds[] = {"caused",  "broke",  "failed", "forgot",
                                    "ignored", "missed", "should"};

/* Part of a word, of whatever alphabet. */
static bool is_word(char c) {
  return isalnum((unsigned char)c) || (c & 0x80) != 0;
}

/* Where the words stand, blanks of any number and kind between them; NULL. */
static const char *match(const char *at, const char *words) {
  while (*words != '\0') {
    if (*words == ' ') {
      if (!isspace((unsigned char)*at))
        return NULL;
      at += strspn(at, " \t\r\n");
      words++;
    } else if (tolower((unsigned char)*at++) != *words++) {
      return NULL;
    }
  }
  return is_word(*at) ? NULL : at;
}

static bool has_words(const char *text, const char *words) {
  bool begins_inside = !is_word(words[0]); /* "'s fault" */
  for (const char *at = text; *at != '\0'; at++)
    if ((at == text || begins_inside || !is_word(at[-1])) &&
        match(at, words) != NULL)
      return true;
  return false;
}

static const char *find_deed(const char *text, const char *name) {
  size_t len = strlen(name);
  for (const char *at = text; len > 0 && (at = strcasestr(at, name)) != NULL;
       at++)
    for (size_t k = 0; k < sizeof deeds / sizeof deeds[0]; k++)
      if ((at == text || !is_word(at[-1])) && at[len] == ' ' &&
          match(at + len + 1, deeds[k]) != NULL)
        return deeds[k];
  return NULL;
}

void postmortem_lint_words(const char *place, const char *text,
                           const char *const *names, size_t names_n,
                           postmortem_remark *remark, void *arg) {
  char line[LINE_BYTES];
  for (size_t i = 0; i < sizeof habits / sizeof habits[0]; i++)
    if (has_words(text, habits[i].words)) {
      snprintf(line, sizeof line, "\"%s\": %s", habits[i].words,
               habits[i].advice);
      remark(arg, place, line);
    }
  for (size_t i = 0; i < names_n; i++) {
    const char *deed = find_deed(text, names[i]);
    if (deed == NULL)
      continue;
    snprintf(line, sizeof line,
             "\"%.200s %s\": say what made it possible, not who did it",
             names[i], deed);
    remark(arg, place, line);
  }
}

/* ---- names ---- */

struct names {
  const char *all[NAMES_MAX];
  size_t n;
};

static void add_name(struct names *s, const char *name) {
  for (size_t i = 0; i < s->n; i++)
    if (strcmp(s->all[i], name) == 0)
      return;
  if (s->n < NAMES_MAX)
    s->all[s->n++] = name;
}

static void collect_names(const struct dossier *f, struct names *s) {
  for (size_t i = 0; i < f->roles.n; i++)
    add_name(s, f->roles.items[i].who);
  for (size_t i = 0; i < f->entries.n; i++)
    if (f->entries.items[i].by != NULL)
      add_name(s, f->entries.items[i].by);
}

/* ---- what must be there ---- */

struct search {
  const struct dossier *f;
  postmortem_remark *remark;
  void *arg;
};

static void want(const struct search *s, bool is_there, const char *place,
                 const char *line) {
  if (!is_there)
    s->remark(s->arg, place, line);
}

static bool has_begun(const struct dossier *f) {
  if (f->impacts.n > 0)
    return true;
  for (size_t i = 0; i < f->entries.n; i++)
    if (f->entries.items[i].at < f->incident.declared_at)
      return true;
  return dossier_first(f, KIND_ALERT, NULL, 0) != NULL;
}

/* Done by a person and marked, or one of the kinds that tell of it. */
static bool has_actions(const struct dossier *f) {
  for (size_t i = 0; i < f->entries.n; i++) {
    const struct entry *e = &f->entries.items[i];
    if (e->kind == KIND_DECISION || e->kind == KIND_FIX ||
        (e->is_important && e->by != NULL))
      return true;
  }
  return false;
}

/* Of a major one that is not private, unless people say that the public need
 * not know. */
static bool lacks_notice(const struct dossier *f) {
  const struct postmortem *p = &f->postmortem;
  if (!f->incident.is_major || f->incident.is_private ||
      (p->sections[SECTION_EXTERNAL] != NULL && !postmortem_has_message(p)))
    return false;
  for (size_t i = 0; i < f->messages.n; i++)
    if (f->messages.items[i].is_public)
      return false;
  return true;
}

static bool has_todo(const struct dossier *f) {
  for (size_t i = 0; i < f->entries.n; i++)
    if (entry_todo(&f->entries.items[i]) != NULL)
      return true;
  return false;
}

static void lint_timeline(const struct search *s) {
  const struct dossier *f = s->f;
  want(s, has_begun(f), "timeline",
       "when it began is missing: incidentctl impact add ID TEXT --from TIME");
  want(s, f->pages.n > 0, "timeline", "no page is in it");
  want(s, !lacks_notice(f), "timeline",
       "word to the public is missing: incidentctl update ID --to WEBHOOK");
  want(s, has_actions(f), "timeline",
       "what was done is missing: incidentctl note ID TEXT --at TIME "
       "--important");
  want(s, !incident_is_open(&f->incident), "timeline",
       "its end is missing: incidentctl resolve ID");
}

static void lint_sections(const struct search *s,
                          const struct postmortem_view *v) {
  static const enum section wanted[] = {
      SECTION_OVERVIEW,   SECTION_WHAT_HAPPENED, SECTION_FACTORS,
      SECTION_RESOLUTION, SECTION_WENT_WELL,     SECTION_WENT_BADLY};
  const struct dossier *f = s->f;
  for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
    struct buf text;
    buf_init(&text, DOCUMENT_MAX);
    postmortem_text(v, wanted[i], &text);
    want(s, text.len > 0 || text.err != OK, section_names[wanted[i]],
         "nothing is written: incidentctl postmortem edit ID SECTION TEXT");
    buf_fini(&text);
  }
  want(s, f->impacts.n > 0 || f->postmortem.sections[SECTION_IMPACT] != NULL,
       section_names[SECTION_IMPACT],
       "what customers noticed is missing: incidentctl impact add ID TEXT");
  want(s,
       !f->incident.is_major ||
           f->postmortem.sections[SECTION_EXTERNAL] != NULL,
       section_names[SECTION_EXTERNAL],
       "it is a draft: write it, or say \"none\"");
}

static void lint_words(const struct search *s) {
  const struct dossier *f = s->f;
  struct names names = {.n = 0};
  char place[64];
  collect_names(f, &names);
  for (int i = 0; i < SECTIONS; i++)
    if (f->postmortem.sections[i] != NULL)
      postmortem_lint_words(section_names[i], f->postmortem.sections[i],
                            names.all, names.n, s->remark, s->arg);
  if (f->incident.cause != NULL)
    postmortem_lint_words("cause", f->incident.cause, names.all, names.n,
                          s->remark, s->arg);
  for (size_t i = 0; i < f->entries.n; i++) {
    const struct entry *e = &f->entries.items[i];
    if (e->by == NULL || e->kind == KIND_ALERT || e->kind == KIND_PAGE)
      continue;
    snprintf(place, sizeof place, "entry %lld", (long long)e->id);
    postmortem_lint_words(place, e->text, names.all, names.n, s->remark,
                          s->arg);
  }
  for (size_t i = 0; i < f->tasks.n; i++) {
    snprintf(place, sizeof place, "task %lld", (long long)f->tasks.items[i].id);
    postmortem_lint_words(place, f->tasks.items[i].text, names.all, names.n,
                          s->remark, s->arg);
  }
}

void postmortem_lint(const struct postmortem_view *v, postmortem_remark *remark,
                     void *arg) {
  const struct search s = {v->dossier, remark, arg};
  const struct postmortem *p = &v->dossier->postmortem;
  want(&s, p->owner != NULL, "owner",
       "nobody owns it: incidentctl postmortem owner ID WHO");
  want(&s, p->meeting_at != WALL_NEVER, "meeting",
       "it is not scheduled: incidentctl postmortem meeting ID TIME");
  lint_timeline(&s);
  lint_sections(&s, v);
  want(&s, v->dossier->tasks.n > 0 || has_todo(v->dossier), "actions",
       "there is none: incidentctl task add ID TEXT --to WHO");
  lint_words(&s);
}
