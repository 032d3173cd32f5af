/* SPDX-License-Identifier: MIT */
/* The document about an incident: what people wrote, and around it all that the
 * dossier knows. What nobody has written yet is drafted from the dossier, or
 * said to be missing. Times are UTC. */
#ifndef INCIDENT_POSTMORTEM_WRITE_H
#define INCIDENT_POSTMORTEM_WRITE_H

#include "core/document.h"
#include "core/dossier.h"

struct postmortem_view {
  const struct dossier *dossier;
  bool only_important; /* of the timeline */
  wall_ms now;
};

/* markup: MARKUP_MARKDOWN or MARKUP_HTML. ERR_NOMEM, ERR_CEILING. */
enum err postmortem_write(const struct postmortem_view *v, enum markup markup,
                          char **own_text);

/* {"postmortem":{…}}'s value; incidentctl(1) describes it. */
void postmortem_print(const struct postmortem_view *v, struct json *j);

/* ---- for the files of postmortem_write alone ---- */

/* What stands in a section: a person's words, else a draft; "" for neither. */
void postmortem_text(const struct postmortem_view *v, enum section section,
                     struct buf *out);
/* What should be written into it, where there is neither. */
extern const char *const section_gaps[SECTIONS];

/* Roles, timeline, evidence, pages, decisions, actions, messages, links. */
void postmortem_write_facts(const struct postmortem_view *v,
                            struct document *d);

/* The first URL in a text; false: there is none. */
bool postmortem_find_url(const char *text, char url[LINK_MAX]);

#endif
