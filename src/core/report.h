/* SPDX-License-Identifier: MIT */
/* What happened in a period, in figures. The ledger gives one case after the
 * other, report_end makes figures of them, then it is printed. Test incidents
 * and what was merged into another are not given. */
#ifndef INCIDENT_REPORT_H
#define INCIDENT_REPORT_H

#include "base/clock.h"
#include "base/json.h"
#include "core/hours.h"
#include "core/silence.h"

#include <stdbool.h>
#include <stddef.h>

#define REPORT_REPEAT_MS (INT64_C(30) * 24 * 3600 * 1000)
/* Pages that are delivered later than that after they were made are not found.
 */
#define REPORT_LATE_MS (INT64_C(30) * 24 * 3600 * 1000)
#define REPORT_MAX (16 * 1024 * 1024) /* bytes of a document */

struct report_spans {
  span_ms *items; /* report_end sorts them */
  size_t n, cap;
};

/* Where in a list an item of some name is, until report_end. */
struct report_index {
  uint32_t *slots; /* open addressing: one more than its place; 0: free */
  size_t cap;      /* a power of two, or 0 */
};

/* Incidents that have something in common. */
struct report_row {
  char *name; /* NULL: they have none */
  int64_t incidents, open;
  int64_t unattended; /* resolved by themselves, and nobody acknowledged them */
  int64_t alerts;
  int64_t pages; /* that were delivered in the period */
  struct report_spans acknowledge, resolve;
};
struct report_rows {
  struct report_row
      *items; /* report_end sorts them: most first, severities by name */
  size_t n, cap;
  struct report_index index;
};

enum report_by {
  REPORT_SEVERITY,
  REPORT_RULE,
  REPORT_SERVICE,
  REPORT_TEAM,
  REPORT_BYS
};

struct report_person {
  char *name;
  int64_t pages, out_of_hours;
};
struct report_persons {
  struct report_person *items;
  size_t n, cap;
  struct report_index index;
};

/* Incidents of one rule and group, the later at most REPORT_REPEAT_MS after the
 * earlier. */
struct report_past {
  char *rule, *group;
  wall_ms at;
  int64_t id;
  int64_t earlier; /* 0: it repeats none, or is of before the period */
};
struct report_pasts {
  struct report_past *items; /* report_end keeps those that repeat one */
  size_t n, cap;
};

struct report_reopened {
  int64_t id, times;
};
struct report_reopeneds {
  struct report_reopened *items;
  size_t n, cap;
};

struct report_silence {
  int64_t id, suppressed;
  char *matches;       /* as written, with commas between */
  char *by, *reason;   /* reason "": none */
  wall_ms from, until; /* until WALL_NEVER: it goes on */
};
struct report_silences {
  struct report_silence *items;
  size_t n, cap;
};

struct report {
  wall_ms since, until;      /* [since, until) */
  const struct hours *hours; /* borrowed: when pages disturb nobody */
  struct report_row all;
  struct report_rows by[REPORT_BYS];
  struct report_persons persons;
  struct report_pasts repeated;
  struct report_reopeneds reopened;
  struct report_silences silences;
  int64_t suppressed; /* alerts that they have held back in all */
};

/* hash_init must have been called. */
void report_init(struct report *r, wall_ms since, wall_ms until,
                 const struct hours *hours);
void report_fini(struct report *r);

/* Declared before until; one before since is only what others repeat. All texts
 * are borrowed; NULL is none. */
struct report_case {
  int64_t id;
  const char *severity, *rule, *group, *service, *team;
  bool is_private; /* it counts by severity alone */
  bool is_resolved_by_hand;
  wall_ms declared_at, acknowledged_at, resolved_at; /* WALL_NEVER: not */
  int64_t alerts, reopened;
};
enum err report_add_case(struct report *r, const struct report_case *c);
/* A page that was delivered in the period; responder NULL: to a room; rule
 * NULL: of no rule, or private. */
enum err report_add_page(struct report *r, const char *responder,
                         const char *rule, wall_ms at);
/* Counts if it held anything back and was there in the period. */
enum err report_add_silence(struct report *r, const struct silence *s);
void report_end(struct report *r);

/* Of the sorted ones; -1: there are none. The median lies between the two in
 * the middle, the 90th percentile is one of them (nearest rank). */
span_ms report_median(const struct report_spans *s);
span_ms report_p90(const struct report_spans *s);

/* The rules that have paged most, or else had the most alerts; the caller gives
 * room for max pointers. */
size_t report_noisiest(const struct report *r, const struct report_row **out,
                       size_t max);

/* For people: text with bars. */
void report_print_text(const struct report *r, struct buf *out);
/* {"since","until",…} */
void report_print_json(const struct report *r, struct json *j);
/* section,name,figure,value; spans in seconds. */
void report_print_csv(const struct report *r, struct buf *out);

#endif
