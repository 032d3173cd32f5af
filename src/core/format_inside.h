/* SPDX-License-Identifier: MIT */
/* The formats, each in a file of its own. For src/core/format*.c alone. */
#ifndef INCIDENT_FORMAT_INSIDE_H
#define INCIDENT_FORMAT_INSIDE_H

#include "core/brief.h"
#include "core/format.h"

/* Writes the whole document; what fails, fails j. */
typedef void format_put(const struct message *m, const struct webhook *w,
                        const struct brief *b, struct json *j);
format_put format_pagerduty, format_slack, format_discord, format_teams,
    format_ntfy, format_alertmanager;

/* The Body, filled in; m NULL: with samples. */
enum err format_custom(const struct message *m, const struct webhook *w,
                       char **own_body);

/* Key and marked-up text of at most max bytes. */
void format_put_marked(struct json *j, const char *key, enum markup markup,
                       const char *text, size_t max);
/* Key and what is in b, or b's error. */
void format_put_buf(struct json *j, const char *key, const struct buf *b);
/* A fact's value: a link where there is one. */
void format_add_fact(const struct brief *b, const struct brief_fact *f,
                     enum markup markup, size_t max, struct buf *out);

#endif
