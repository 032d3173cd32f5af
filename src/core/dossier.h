/* SPDX-License-Identifier: MIT */
/* All that is known of one incident, for what is written about it. Filled from
 * the ledger, whose rows are copied. */
#ifndef INCIDENT_DOSSIER_H
#define INCIDENT_DOSSIER_H

#include "core/alert.h"
#include "core/figure.h"
#include "core/impact.h"
#include "core/incident.h"
#include "core/page.h"
#include "core/postmortem.h"
#include "core/role.h"
#include "core/statement.h"
#include "core/task.h"
#include "core/trend.h"
#include "core/weblink.h"

/* What is told of a page. */
struct dossier_page {
  enum page_event event;
  enum page_state state;
  char *to;      /* the responder, else the webhook */
  wall_ms at;    /* created */
  wall_ms until; /* delivered; WALL_NEVER: not */
};

/* The samples of an alert. */
struct dossier_plot {
  int64_t alert;
  char *name;    /* of its series and data source */
  bool is_named; /* else it is that of the data source, and not shown */
  struct trend trend;
  double warning_min, warning_max, failure_min, failure_max; /* NaN: none */
};

/* What was told to stakeholders or the public. */
struct dossier_message {
  char *subject, *body, *to, *by;
  wall_ms at;
  bool is_public;
};

/* That the severity changed, as it was written at first: people may have
 * amended the entry since. */
struct dossier_change {
  int64_t entry;
  char *text;
  bool is_original; /* else it is the entry's own text */
};

#define DOSSIER_OF(type, name)                                                 \
  struct {                                                                     \
    type *items;                                                               \
    size_t n, cap;                                                             \
  } name

struct dossier {
  struct incident incident;
  struct postmortem postmortem;
  const struct settings *settings;   /* borrowed; NULL: not known */
  const struct severity *severity;   /* of these; NULL: not known */
  struct incident_urls urls;         /* borrowed; base is never NULL */
  DOSSIER_OF(struct entry, entries); /* by time */
  DOSSIER_OF(struct dossier_change, changes);
  DOSSIER_OF(struct dossier_page, pages);
  DOSSIER_OF(struct dossier_plot, plots);
  DOSSIER_OF(struct dossier_message, messages); /* posted ones */
  DOSSIER_OF(struct holding, roles);
  DOSSIER_OF(struct task, tasks);
  DOSSIER_OF(struct impact, impacts);
  DOSSIER_OF(struct weblink, links);
  DOSSIER_OF(struct figure, figures); /* by name, the last of each counts */
};
void dossier_init(struct dossier *d);
void dossier_fini(struct dossier *d); /* frees what is in it, not d */

/* Each adds a copy; ERR_NOMEM. arg is the dossier, so that they are callbacks
 * of the ledger. */
enum err dossier_add_entry(void *arg, const struct entry *e);
enum err dossier_add_page(void *arg, const struct page *p);
enum err dossier_add_plot(void *arg, int64_t alert, const char *data_source,
                          const struct trend *trend);
/* The name and limits of an alert's samples, if there are any. */
enum err dossier_name_plot(void *arg, const struct alert *a,
                           const char *rule_name);
/* What an entry that is there said before it was amended, the first text first.
 */
enum err dossier_add_original(struct dossier *d, int64_t entry,
                              const char *text);
/* Nothing unless it was posted. By the settings it is public or not. */
enum err dossier_add_statement(void *arg, const struct statement *s);
enum err dossier_add_role(void *arg, const struct holding *h);
enum err dossier_add_task(void *arg, const struct task *t);
enum err dossier_add_impact(void *arg, const struct impact *i);
enum err dossier_add_link(void *arg, const struct weblink *w);
enum err dossier_add_figure(void *arg, const struct figure *f);

/* ---- what follows from it ---- */

/* When it was over, or now. */
wall_ms dossier_end(const struct dossier *d, wall_ms now);

/* How long it was open in each severity, the first one first. */
#define DOSSIER_SEVERITIES 16
#define DOSSIER_SEVERITY_NAME 64
struct severity_time {
  char name[DOSSIER_SEVERITY_NAME];
  span_ms span;
};
size_t dossier_severities(const struct dossier *d, wall_ms now,
                          struct severity_time out[DOSSIER_SEVERITIES]);

/* The first of that kind, of anybody or that person, not before that; NULL. */
const struct entry *dossier_first(const struct dossier *d, enum kind kind,
                                  const char *by, wall_ms from);
/* A note that begins with "TODO": what is to be done; NULL: it is none. */
const char *entry_todo(const struct entry *e);

/* Whoever was paged: how often, and when they acknowledged. */
struct dossier_reached {
  const char *who;
  size_t pages, delivered, failed;   /* incident.page and the like */
  wall_ms first_at, acknowledged_at; /* WALL_NEVER: not */
};
/* In the order in which they were paged; returns how many, max at most. */
size_t dossier_reached(const struct dossier *d, struct dossier_reached *out,
                       size_t max);

/* The number of that name that counts; NULL: there is none. Case, "-", "_" and
 * blanks do not matter. */
const struct figure *dossier_figure(const struct dossier *d, const char *name);

#endif
