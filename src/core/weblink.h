/* SPDX-License-Identifier: MIT */
/* A document about an incident. */
#ifndef INCIDENT_WEBLINK_H
#define INCIDENT_WEBLINK_H

#include "base/clock.h"
#include "base/json.h"

struct weblink {
  int64_t id; /* 0: the ledger gives one */
  int64_t incident;
  char *url;   /* http or https, without a password */
  char *title; /* NULL: none */
  char *by;
  wall_ms created_at;
};
void weblink_fini(struct weblink *w); /* frees the texts, not w */
/* {"id","url","title","by","created_at"} */
void weblink_print(const struct weblink *w, struct json *j);

/* What is wrong with it, static; NULL: it can be kept. */
const char *weblink_refusal(const char *url);

#endif
