/* SPDX-License-Identifier: MIT */
/* Pages, and the runs they belong to, as people and programs see them. */
#ifndef INCIDENT_CTL_PAGE_H
#define INCIDENT_CTL_PAGE_H

#include "door/ctl.h"

/* The "page" object of SPEC section 6; with_response: and what came back. */
void ctl_page_print(const struct page *p, bool with_response, struct json *j);

/* A table of pages, in the order they are added, to be ended with
 * ctl_table_end. */
void ctl_pages_begin(struct ctl_table *t, const struct ctl *c);
/* with_response: the first lines of what came back, too. */
void ctl_pages_add(struct ctl_table *t, const struct page *p,
                   bool with_response);

/* A table of the attempts of pages: a row each, as above. */
void ctl_attempts_begin(struct ctl_table *t, const struct ctl *c);
void ctl_attempts_add(struct ctl_table *t, const struct page *p);

/* For the head of an incident: a line of two cells for each of its runs, where
 * it stands and when it goes on. */
void ctl_runs_add(struct ctl_table *t, const struct ctl *c,
                  const struct incident *i);

#endif
