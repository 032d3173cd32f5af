/* SPDX-License-Identifier: MIT */
/* What a digest tells: how many pages it stands for, and which incidents they
 * are about. It is kept as JSON in its page's content. */
#ifndef INCIDENT_DIGEST_H
#define INCIDENT_DIGEST_H

#include "base/buf.h"
#include "base/json.h"
#include "core/page.h"

#define DIGEST_ITEMS_MAX 20

struct digest_item {
  int64_t id;
  const char *title, *severity; /* borrowed */
  const char *mark;             /* incident_mark's; NULL: none */
  enum page_event event;        /* of the page */
  size_t rank;                  /* of the severity */
  wall_ms at;                   /* when the incident was declared */
};

struct digest {
  int64_t pages;
  /* Pages first, then updates, then what has resolved; of each the worst, then
   * the newest first. */
  struct digest_item items[DIGEST_ITEMS_MAX];
  size_t items_n;
  struct json_in *doc; /* owns the texts of one that was read */
};

/* Counts a page, and lists it if it is among the first. */
void digest_add(struct digest *d, const struct digest_item *item);

/* As members of the object that is open. */
void digest_put(const struct digest *d, struct json *j);
enum err digest_print(const struct digest *d, char **own_text);
/* ERR_INVALID when that is none. The caller digest_fini's it. */
enum err digest_read(const char *text, struct digest *d);
void digest_fini(struct digest *d);

/* "41 more pages: SEV-1 Disk almost full on web1: root …" */
void digest_add_headline(const struct digest *d, struct buf *out);
/* "resolved: SEV-1 Disk almost full on web1: root (incident 42)" */
void digest_add_item(const struct digest *d, size_t i, struct buf *out);

#endif
