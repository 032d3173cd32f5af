/* SPDX-License-Identifier: MIT */
/* What a page says, as sentences for people: the same in all formats that are
 * read by people. Texts are as they came, to be written with markup_add. */
#ifndef INCIDENT_BRIEF_H
#define INCIDENT_BRIEF_H

#include "core/markup.h"
#include "core/message.h"

#define BRIEF_TITLE 1024
#define BRIEF_FACT 400
#define BRIEF_ALERT 800

/* "Paged" "alice (chain ops, step 1 of 2)". */
struct brief_fact {
  const char *name;
  char text[BRIEF_FACT];
  const char *link; /* in the brief; "": none */
};
#define BRIEF_FACTS 10

struct brief {
  /* "[SEV-3] Disk almost full on web1: root" */
  char headline[BRIEF_TITLE];
  struct brief_fact facts[BRIEF_FACTS];
  size_t facts_n;
  char url[LINK_MAX], ack[LINK_MAX], runbook[LINK_MAX]; /* "": none */
};

/* ERR_NOMEM. b must not be copied: facts point into it. */
enum err brief_make(const struct message *m, struct brief *b);

/* Which of the message's alerts i: "web1/df-root/percent_bytes-used: 97.2,
 * failure above 95, for 5m ▂▂▃▅▇█". ERR_NOMEM. */
enum err brief_alert(const struct message *m, size_t i, char text[BRIEF_ALERT]);

/* What is failing, in max bytes (1000 or more): the incident's description, a
 * line for each alert that fits as a whole, how many more there are. */
void brief_add_what(const struct message *m, enum markup markup,
                    const char *between, size_t max, struct buf *out);

/* All of it as plain text in max bytes (4000 or more), without the headline:
 * what is failing, then the facts, a line each. */
void brief_add_plain(const struct message *m, const struct brief *b, size_t max,
                     struct buf *out);

/* 0xRRGGBB for the bar beside the message. */
unsigned brief_colour(const struct message *m);

#endif
