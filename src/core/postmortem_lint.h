/* SPDX-License-Identifier: MIT */
/* What a postmortem still lacks, and words in it that look for somebody to
 * blame or tell of a past that was not. */
#ifndef INCIDENT_POSTMORTEM_LINT_H
#define INCIDENT_POSTMORTEM_LINT_H

#include "core/postmortem_write.h"

/* place: "timeline", "what-happened", "entry 7"; a line about what is wrong and
 * what would be right. Both are borrowed. */
typedef void postmortem_remark(void *arg, const char *place, const char *line);

/* What must be there: who owns it and when it is met about; in the timeline
 * when it began, a page, word to the public (of a major one), what was done and
 * the end; causes, resolution, what went well and not, action items. */
void postmortem_lint(const struct postmortem_view *v, postmortem_remark *remark,
                     void *arg);

/* The words of one text. names: of people who may not be the subject of
 * "caused", "broke" and the like. */
void postmortem_lint_words(const char *place, const char *text,
                           const char *const *names, size_t names_n,
                           postmortem_remark *remark, void *arg);

#endif
