/* SPDX-License-Identifier: MIT */
/* Statuses, with what they ask for:
 *
 *   draft -> in review -> reviewed -> closed
 *            an owner,                the external message
 *            resolved                 posted, or none
 *
 * and from any of them back to an earlier one.
 */
#include "core/postmortem.h"

#include "core/document.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define DAY_MS (INT64_C(24) * 60 * 60 * 1000)
#define DUE_WORST_DAYS 3
#define DUE_WORKING_DAYS 5

const char *const postmortem_status_names[POSTMORTEM_STATUSES] = {
    "draft", "in review", "reviewed", "closed"};
const char *const section_names[SECTIONS] = {
    "recording",  "overview",      "what-happened",   "contributing-factors",
    "resolution", "impact",        "went-well",       "went-badly",
    "agenda",     "internal-mail", "external-message"};
const char *const section_headings[SECTIONS] = {
    "Recording",  "Overview",      "What happened",   "Contributing factors",
    "Resolution", "Impact",        "What went well",  "What did not go well",
    "Agenda",     "Internal mail", "External message"};

enum err postmortem_status_parse(const char *name,
                                 enum postmortem_status *status) {
  if (strcasecmp(name, "review") == 0 || strcasecmp(name, "in-review") == 0)
    name = postmortem_status_names[POSTMORTEM_IN_REVIEW];
  for (int i = 0; i < POSTMORTEM_STATUSES; i++)
    if (strcasecmp(postmortem_status_names[i], name) == 0) {
      *status = (enum postmortem_status)i;
      return OK;
    }
  return ERR_INVALID;
}

enum err section_parse(const char *name, enum section *section) {
  for (int i = 0; i < SECTIONS; i++)
    if (strcmp(section_names[i], name) == 0) {
      *section = (enum section)i;
      return OK;
    }
  return ERR_INVALID;
}

void postmortem_init(struct postmortem *p) {
  *p = (struct postmortem){.meeting_at = WALL_NEVER};
}

void postmortem_fini(struct postmortem *p) {
  free(p->owner);
  for (int i = 0; i < SECTIONS; i++)
    free(p->sections[i]);
  postmortem_init(p);
}

static void put_sections(const struct postmortem *p, struct json *j) {
  json_object(j);
  for (int i = 0; i < SECTIONS; i++)
    if (p->sections[i] != NULL)
      json_put_text(j, section_names[i], p->sections[i]);
  json_object_end(j);
}

void postmortem_put(const struct postmortem *p, wall_ms due, bool in_full,
                    struct json *j) {
  json_object(j);
  json_put_int(j, "incident", p->incident);
  json_put_text(j, "status", postmortem_status_names[p->status]);
  json_put_text(j, "owner", p->owner);
  json_put_time(j, "meeting_at", p->meeting_at);
  json_put_time(j, "due_at", due);
  json_put_time(j, "created_at", p->created_at);
  if (in_full) {
    json_key(j, "sections");
    put_sections(p, j);
  }
  json_object_end(j);
}

enum err postmortem_pack(const struct postmortem *p, char **own_sections) {
  struct json *j = json_new();
  if (j == NULL)
    return ERR_NOMEM;
  put_sections(p, j);
  enum err err = json_done(j, own_sections);
  json_free(j);
  return err;
}

enum err postmortem_unpack(struct postmortem *p, const char *sections) {
  struct json_in *doc = NULL;
  char *texts[SECTIONS] = {NULL};
  enum err err = json_parse(sections, strlen(sections), &doc, NULL);
  if (err == OK && json_type(doc) != JSON_OBJECT)
    err = ERR_INVALID;
  for (size_t i = 0; err == OK && i < json_count(doc); i++) {
    const char *name;
    enum section section;
    const char *text = json_at_text(json_member(doc, i, &name), "", NULL);
    err = text != NULL ? section_parse(name, &section) : ERR_INVALID;
    if (err != OK)
      break;
    free(texts[section]);
    texts[section] = strdup(text);
    err = texts[section] != NULL ? OK : ERR_NOMEM;
  }
  json_in_free(doc);
  for (int i = 0; i < SECTIONS; i++)
    if (err == OK) {
      free(p->sections[i]);
      p->sections[i] = texts[i];
    } else {
      free(texts[i]);
    }
  return err;
}

bool postmortem_has_message(const struct postmortem *p) {
  const char *text = p->sections[SECTION_EXTERNAL];
  return text != NULL && strcasecmp(text, "none") != 0;
}

const char *postmortem_refusal(const struct postmortem *p,
                               enum postmortem_status next, bool is_open,
                               bool is_posted) {
  if (next == p->status)
    return "of that status already";
  if (next < p->status)
    return NULL;
  if (next > p->status + 1)
    return next == POSTMORTEM_REVIEWED
               ? "a draft goes into review first: it must be in review"
               : "it must be reviewed before it is closed";
  if (is_open)
    return "its incident is not resolved yet";
  if (p->owner == NULL)
    return "it has no owner yet";
  if (next == POSTMORTEM_CLOSED && postmortem_has_message(p) && !is_posted)
    return "its external message has not been posted yet";
  return NULL;
}

/* 0 is Sunday; 1970-01-01 was a Thursday. */
static int weekday_of(wall_ms at) { return (int)(((at / DAY_MS) + 4) % 7); }

wall_ms postmortem_due(const struct severity *severity, wall_ms over_at) {
  if (severity != NULL && severity->postmortem_due > 0)
    return over_at + severity->postmortem_due;
  if (severity != NULL && severity->is_major && severity->rank == 0)
    return over_at + DUE_WORST_DAYS * DAY_MS;
  for (int days = 0; days < DUE_WORKING_DAYS;) {
    over_at += DAY_MS;
    int weekday = weekday_of(over_at);
    days += weekday != 0 && weekday != 6;
  }
  return over_at;
}

void postmortem_say_due(int64_t incident, wall_ms due, struct buf *out) {
  char at[DOCUMENT_TIME];
  document_print_time(due, at);
  buf_addf(out,
           "the meeting about the postmortem of incident %lld had to be "
           "scheduled by %s",
           (long long)incident, at);
}

void postmortem_tag(const char *severity, char out[POSTMORTEM_TAG]) {
  size_t n = 0;
  for (const char *c = severity; *c != '\0' && n < POSTMORTEM_TAG - 20; c++)
    if (isalnum((unsigned char)*c))
      out[n++] = (char)tolower((unsigned char)*c);
  out[n] = '\0';
}

void postmortem_tag_day(const char *severity, wall_ms at,
                        char out[POSTMORTEM_TAG]) {
  char text[CLOCK_TEXT];
  clock_print(at, text);
  postmortem_tag(severity, out);
  size_t n = strlen(out);
  snprintf(out + n, POSTMORTEM_TAG - n, "_%.4s%.2s%.2s", text, text + 5,
           text + 8);
}
