/* SPDX-License-Identifier: MIT */
/* What is learnt from an incident: how far that has come, and what people have
 * written of it. The document around it: core/postmortem_write.h. */
#ifndef INCIDENT_POSTMORTEM_H
#define INCIDENT_POSTMORTEM_H

#include "base/buf.h"
#include "base/clock.h"
#include "base/json.h"
#include "core/settings.h"

#include <stdbool.h>

enum postmortem_status {
  POSTMORTEM_DRAFT,
  POSTMORTEM_IN_REVIEW,
  POSTMORTEM_REVIEWED,
  POSTMORTEM_CLOSED,
  POSTMORTEM_STATUSES
};
extern const char *const postmortem_status_names[POSTMORTEM_STATUSES];
/* Also "in-review" and "review", in any case. ERR_INVALID. */
enum err postmortem_status_parse(const char *name,
                                 enum postmortem_status *status);

/* What a person can write. */
enum section {
  SECTION_RECORDING,
  SECTION_OVERVIEW,
  SECTION_WHAT_HAPPENED,
  SECTION_FACTORS,
  SECTION_RESOLUTION,
  SECTION_IMPACT,
  SECTION_WENT_WELL,
  SECTION_WENT_BADLY,
  SECTION_AGENDA,
  SECTION_MAIL,
  SECTION_EXTERNAL, /* "none": there is none */
  SECTIONS
};
extern const char *const section_names[SECTIONS];    /* "what-happened" */
extern const char *const section_headings[SECTIONS]; /* "What happened" */
/* ERR_INVALID. */
enum err section_parse(const char *name, enum section *section);

struct postmortem {
  int64_t incident;
  enum postmortem_status status;
  char *owner;        /* NULL: nobody yet */
  wall_ms meeting_at; /* WALL_NEVER: not yet */
  wall_ms created_at;
  char *sections[SECTIONS]; /* NULL: nothing was written */
};
void postmortem_init(struct postmortem *p);
void postmortem_fini(struct postmortem *p); /* frees the texts, not p */

/* The sections as a JSON object and back: unknown ones are an error, so that
 * nothing a person wrote is dropped. ERR_INVALID, ERR_NOMEM. */
enum err postmortem_pack(const struct postmortem *p, char **own_sections);
enum err postmortem_unpack(struct postmortem *p, const char *sections);

/* Something that a person has written: an external message, and not that there
 * is none. */
bool postmortem_has_message(const struct postmortem *p);

/* Why it cannot get that status, static; NULL: it can. Forward one step at a
 * time, back any; is_posted: the external message is out. */
const char *postmortem_refusal(const struct postmortem *p,
                               enum postmortem_status next, bool is_open,
                               bool is_posted);

/* When the meeting about an incident of that severity must be held in the
 * calendar, from when it was over: PostmortemDue, else three days for the worst
 * severity if it is major, else five days from Monday to Friday in UTC.
 * severity NULL: unknown. */
wall_ms postmortem_due(const struct severity *severity, wall_ms over_at);

/* What whoever owes a meeting is reminded of then. */
void postmortem_say_due(int64_t incident, wall_ms due, struct buf *out);

/* {"incident","status","owner","meeting_at","due_at","created_at"} and, in
 * full, "sections" with the texts that people wrote. */
void postmortem_put(const struct postmortem *p, wall_ms due, bool in_full,
                    struct json *j);

/* "sev1", "sev1_20261121"; severity as it is called, at when it was declared.
 */
#define POSTMORTEM_TAG 80
void postmortem_tag(const char *severity, char out[POSTMORTEM_TAG]);
void postmortem_tag_day(const char *severity, wall_ms at,
                        char out[POSTMORTEM_TAG]);

#endif
