/* SPDX-License-Identifier: MIT */
/* Text from outside, written so that a chat shows what it says and obeys none
 * of it: control characters made visible, the markup's own characters escaped,
 * what is too long cut at a character with an ellipsis. */
#ifndef INCIDENT_MARKUP_H
#define INCIDENT_MARKUP_H

#include "base/buf.h"

#include <stdbool.h>

enum markup {
  MARKUP_NONE,
  MARKUP_SLACK, /* &<> and mentions, which Mattermost reads in plain text */
  MARKUP_DISCORD,
  MARKUP_TEAMS,
  MARKUP_MARKDOWN, /* of documents: CommonMark, also in a cell of a table */
  MARKUP_HTML      /* of documents: between tags and in quoted attributes */
};

/* Adds at most max bytes (8 or more), escapes included; bytes are never fewer
 * than the characters that the receivers count. */
void markup_add(struct buf *out, enum markup markup, const char *text,
                size_t max);

/* A link with a label of our own, or a text where the markup has none; nothing
 * for a URL that link_make would not make. */
void markup_add_link(struct buf *out, enum markup markup, const char *label,
                     const char *url);

/* A URL that can be put into any of these bodies: http or https, at most
 * LINK_MAX - 1 bytes, what could end a link percent-encoded. False: it is none,
 * link is "". */
#define LINK_MAX 1024
bool link_make(const char *text, char link[LINK_MAX]);

#endif
