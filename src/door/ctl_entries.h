/* SPDX-License-Identifier: MIT */
/* The timeline of an incident, with what amended entries said before. */
#ifndef INCIDENT_CTL_ENTRIES_H
#define INCIDENT_CTL_ENTRIES_H

#include "door/ctl.h"

/* The timeline as a part of the output: nothing when it is empty. with_ids:
 * with the numbers that flag and amend take, and what was amended. */
enum err ctl_entries_show(const struct ctl *c, int64_t incident, bool with_ids);

/* As the items of a list. */
enum err ctl_entries_put(const struct ctl *c, int64_t incident,
                         struct ctl_list_json *list);

#endif
