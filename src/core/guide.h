/* SPDX-License-Identifier: MIT */
/* The team's sheet on how it responds to incidents: one document made of the
 * configuration in force. */
#ifndef INCIDENT_GUIDE_H
#define INCIDENT_GUIDE_H

#include "core/document.h"
#include "core/settings.h"

/* Who is on call by a schedule. */
struct guide_duty {
  const struct responder *responder; /* NULL: nobody */
  wall_ms until;                     /* WALL_NEVER: as far as is known */
};

struct guide {
  const struct settings *settings;
  const struct guide_duty *duties; /* one per schedule, in their order */
  wall_ms now;
};

/* markup: MARKUP_MARKDOWN or MARKUP_HTML. The caller frees *own_text. */
enum err guide_write(const struct guide *g, enum markup markup,
                     char **own_text);

#endif
