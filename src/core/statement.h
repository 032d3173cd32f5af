/* SPDX-License-Identifier: MIT */
/* What is said about an incident, to stakeholders or to the public: a subject
 * and a body that a <Template> and a person's words make, drafted, approved and
 * posted. Pure. */
#ifndef INCIDENT_STATEMENT_H
#define INCIDENT_STATEMENT_H

#include "core/incident.h"
#include "core/settings.h"

enum statement_state {
  STATEMENT_DRAFT,
  STATEMENT_APPROVED,
  STATEMENT_POSTED,
  STATEMENT_WITHDRAWN,
  STATEMENT_STATES
};
extern const char *const statement_state_names[STATEMENT_STATES];

struct statement {
  int64_t id; /* 0: the ledger gives one */
  int64_t incident;
  char *wording; /* the <Template>'s name; NULL: none */
  char *subject, *body;
  char *webhooks; /* those that were named, as a JSON array */
  enum statement_state state;
  wall_ms created_at;
  char *created_by;
  char *approved_by; /* NULL: nobody */
  wall_ms posted_at; /* WALL_NEVER: not */
  wall_ms next_at;   /* when it says the next one comes; WALL_NEVER: it says
                        nothing */
};
void statement_init(struct statement *s); /* owns nothing yet */
void statement_fini(struct statement *s); /* frees the texts, not s */

/* {"id","incident","template","subject","body","webhooks","state",
 * "created_at","created_by","approved_by","posted_at","next_at"} */
void statement_print(const struct statement *s, struct json *j);

/* ---- making one ---- */

#define STATEMENT_MAX 16384 /* bytes of a body, twice as much once filled */

/* What a template is filled with. */
struct statement_facts {
  const struct incident *incident;
  const char *text, *impact, *summary; /* NULL: none */
  wall_ms next_at;                     /* WALL_NEVER: not known */
};

/* Fills subject and body (which replace what there is): with the words of w, or
 * without any with the title and the text, or failing that the status, and when
 * the next one comes. Lines end without blanks. ERR_NOMEM leaves s as it was.
 */
enum err statement_fill(struct statement *s, const struct wording *w,
                        const struct statement_facts *facts);

/* It is posted later than it was made: says the time that holds now in place of
 * the one that it names. ERR_NOMEM leaves s as it was. */
enum err statement_set_next(struct statement *s, wall_ms next_at);

/* Whether a template is for the public (its Category says so), or for what is
 * over: "resolved" by name or Category. */
bool wording_is_public(const struct wording *w);
bool wording_is_last(const struct wording *w);

/* ---- who gets it ---- */

/* Named in it, or told of updates about such incidents by a <Notify>; those
 * hear nothing of private incidents and tests. ERR_NOMEM. */
enum err statement_is_for(const struct statement *s,
                          const struct settings *settings,
                          const struct incident *i, const struct webhook *w,
                          bool *is);
/* It names webhooks, or its template is for the public; settings NULL: not
 * known. */
bool statement_is_public(const struct statement *s,
                         const struct settings *settings);

/* ---- clocks ---- */

/* The public is told 5 min after the beginning, how far it reaches 5 min later,
 * then at least every 20 min for 2 h, then every hour. */
#define PUBLIC_FIRST_MS (5 * 60000)
/* How long until the next one is owed after the n-th, which is posted now, the
 * first at that time. */
span_ms statement_public_wait(size_t n, wall_ms first, wall_ms now);
/* The clock of statements to the public runs. */
bool statement_has_public_clock(const struct settings *settings,
                                const struct incident *i);

/* ---- what had better not be said ---- */

/* Reports, a line each, promises of a time, what is internal (addresses, names
 * of hosts: those given, and names in internal domains) and words that say
 * more than is known ("outage"). The line is borrowed. */
typedef void statement_remark(void *arg, const char *line);
void statement_lint(const struct statement *s, const char *const *hosts,
                    size_t hosts_n, statement_remark *remark, void *arg);

#endif
