/* SPDX-License-Identifier: MIT */
/* All options as plain structs, read from neutral configuration trees. The only
 * place that knows option names, defaults and what goes together (SPEC section
 * 1; collectd-incident(5) is the reference for people). Immutable once read:
 * the engine, the courier and the tools share it without a lock.
 *
 * Pointers between the structs (a chain's target, a rule's chain) stay inside
 * one struct settings and live as long as it. Names are unique per kind and
 * compared exactly. */
#ifndef INCIDENT_SETTINGS_H
#define INCIDENT_SETTINGS_H

#include "base/clock.h"
#include "base/conf.h"
#include "core/hours.h"
#include "core/selector.h"
#include "core/signal.h"
#include "core/template.h"

#include <stdbool.h>
#include <stddef.h>

struct severity {
  char *name;
  char *description; /* "" when not given, as all texts here */
  char *response;
  bool is_major;
  bool is_high_urgency;
  const struct chain *chain; /* run in addition to the rule's; NULL: none */
  span_ms update_every;      /* 0: none */
  span_ms postmortem_due;    /* 0: none */
  size_t rank;               /* 0 is the worst */
};

/* What the body of a request looks like (core/format.h). */
enum format {
  FORMAT_INCIDENT,
  FORMAT_PAGERDUTY,
  FORMAT_SLACK,
  FORMAT_DISCORD,
  FORMAT_TEAMS,
  FORMAT_NTFY,
  FORMAT_ALERTMANAGER,
  FORMAT_CUSTOM,
  FORMATS
};
extern const char *const format_names[FORMATS]; /* as Format takes them */

/* How a placeholder's text is written into a Body. */
enum content { CONTENT_JSON, CONTENT_FORM, CONTENT_PLAIN };

/* What requests are signed with; two while receivers change over. */
#define SIGNING_KEYS_MAX 2
struct signing_key {
  char *secret; /* as written (raw or whsec_…); "": not read */
  char *file;   /* read by engine/secrets.c at init; "": none */
};

struct webhook {
  char *name;
  char *url;   /* where to post: without credentials; http or https */
  char *topic; /* FORMAT_NTFY: the URL's last path segment; else "" */
  enum format format;
  char *routing_key;     /* FORMAT_PAGERDUTY; else "" */
  struct template *body; /* FORMAT_CUSTOM; else NULL */
  char *content_type;    /* FORMAT_CUSTOM: as written; "": JSON */
  enum content content;  /* of that */
  char *user, *password; /* "": none; from URL or options */
  char **headers;        /* "Name: value" */
  size_t headers_n;
  bool verify_peer, verify_host;
  char *ca_cert, *ca_path, *client_key, *client_cert, *client_key_pass;
  span_ms timeout;
  struct signing_key keys[SIGNING_KEYS_MAX]; /* in the order of the file */
  size_t keys_n;                             /* 0: nothing is signed */
  char *trouble; /* why its pages fail at once; NULL: none */
  span_ms retry; /* how long to go on retrying */
  unsigned in_flight_max;
  bool is_low_urgency; /* Urgency low: for incidents of such severities only */
};

/* A responder's Webhook NAME [DELAY]. */
struct way {
  const struct webhook *webhook;
  span_ms delay; /* since the step began */
};

struct responder {
  char *name;
  char *full_name; /* the option Name; the block's name when not given */
  char *contact;
  char *time_zone;
  struct way *ways;
  size_t ways_n;
  span_ms again; /* all of them again; 0: no */
};

/* A <Rotation>: its people take turns of so many days, each beginning at that
 * time of day, the first at that date. */
struct rotation {
  const struct responder **responders;
  size_t responders_n;
  unsigned days;
  struct wall_time start;
  struct hours during; /* in the schedule's zone; during_n 0: always */
};

struct schedule {
  char *name;
  char *zone_name;            /* "": the machine's */
  struct zone *zone;          /* owned; NULL: UTC */
  struct rotation *rotations; /* a later one overrides an earlier one */
  size_t rotations_n;
  char *calendar; /* path of an iCalendar file; "": none; not with rotations */
  const struct responder *fallback; /* NULL: none */
};

enum target_kind { TARGET_RESPONDER, TARGET_WEBHOOK, TARGET_SCHEDULE };

struct target {
  enum target_kind kind;
  const struct responder *responder; /* TARGET_RESPONDER */
  const struct webhook *webhook;     /* TARGET_WEBHOOK */
  const struct schedule *schedule;   /* TARGET_SCHEDULE */
};

struct step {
  struct target *targets;
  size_t targets_n;
  span_ms wait;
};

struct chain {
  char *name;
  struct step *steps;
  size_t steps_n;
  unsigned repeat; /* further rounds */
  span_ms remind;
  span_ms ack_timeout; /* 0: an acknowledgement holds for good */
  bool notify_resolved;
};

struct label {
  char *name;
  struct template *value;
};

/* Parts of a signal that alerts are grouped or compared by. */
struct field_set {
  unsigned fields; /* bit FIELD_x set: that field is one of them */
  char **metas;    /* names of metadata */
  size_t metas_n;
};

/* <Upgrade>: what is 0 is not asked for; all that is must hold. */
struct upgrade {
  int64_t alerts, hosts; /* firing at once */
  span_ms after;         /* unresolved that long */
  const struct severity *severity;
};
#define UPGRADES_MAX 32 /* of a rule */

struct rule {
  char *name;
  char **formerly; /* names it had */
  size_t formerly_n;
  size_t order; /* position in the file, 0 first */
  struct match *matches;
  size_t matches_n;
  struct metric *metrics;
  size_t metrics_n;
  struct field_set group_by; /* empty with GroupBy "none" */
  span_ms group_wait;
  int64_t quorum;  /* 1 or more */
  span_ms bad_for; /* For */
  span_ms clear;
  span_ms expire; /* 0: never */
  span_ms reopen; /* 0: never */
  bool auto_resolve;
  bool is_recorded; /* Record */
  bool is_private;  /* Private */
  span_ms hold;
  struct upgrade *upgrades; /* UPGRADES_MAX at most */
  size_t upgrades_n;
  const struct severity *severity;
  struct template *title;                 /* NULL: "RULE: SERIES" */
  struct template *description, *runbook; /* NULL: none */
  char *service, *team;                   /* "": none */
  struct label *labels;
  size_t labels_n;
  const struct chain *chain;      /* NULL: the default chain */
  const struct hours *page_hours; /* PageHours; NULL: always */
  bool is_continued;              /* Continue */
};

enum wanted { WANTED_EITHER, WANTED_ONLY, WANTED_NOT };

/* A <Match> block: different keys must all match, the values of a key any. */
struct match {
  struct selector field[FIELDS]; /* by enum field */
  struct selector message;
  struct meta_selector *metas; /* all must match */
  size_t metas_n;
  enum level level;    /* LEVEL_WARNING or LEVEL_FAILURE: that or worse */
  enum wanted remote;  /* came through the network plugin */
  enum wanted missing; /* threshold's "has not been updated" */
};

/* A <Metric> block: looks at values as they come. */
enum metric_kind { METRIC_ABOVE, METRIC_BELOW, METRIC_ABSENT };
struct metric {
  struct selector field[FIELDS];
  struct selector data_source;
  enum metric_kind kind;
  double limit;   /* Above, Below: bad beyond it */
  double clear;   /* ClearBelow, ClearAbove: good beyond it; else the limit */
  span_ms absent; /* Absent */
};

/* <Inhibit>: while an alert of the source fires, alerts of the targets whose
 * Equal fields agree declare nothing. */
struct inhibit {
  const struct rule *source;
  const struct rule **targets;
  size_t targets_n;
  struct field_set equal; /* empty: any */
};

/* <Notify>: messages about incidents without escalation. */
enum occasion {
  ON_DECLARED,
  ON_SEVERITY,
  ON_STATUS,
  ON_UPDATE,
  ON_RESOLVED,
  OCCASIONS
};
struct notify {
  const struct severity *severity; /* that or worse; NULL: any */
  const struct rule **rules;       /* any of them; none: all incidents */
  size_t rules_n;
  unsigned on; /* bit ON_x */
  const struct webhook **webhooks;
  size_t webhooks_n;
};

/* <Heartbeat>: a dead man's switch. */
struct heartbeat {
  char *name;
  const struct webhook *webhook;
  span_ms every;
};

/* <Role>: what somebody can be in an incident. */
struct role {
  char *name, *title, *contact, *backup, *responsibility;
};

/* <Channel>: where one talks. */
struct channel {
  char *name, *url, *purpose, *when, *who, *how;
};

/* <Field>: a label that people are asked for. */
struct custom {
  char *name, *description;
  char **values; /* those it may have; none: any */
  size_t values_n;
  bool is_required; /* once it is resolved */
};

/* <Checklist>: for when somebody has broken in. */
struct checklist {
  char **steps;
  size_t steps_n;
  wall_ms reviewed_at, tested_at; /* that day, UTC; WALL_NEVER: not yet */
  span_ms every;                  /* how long either is good for */
  bool is_given;
};

/* <Template>: how one says it. */
struct wording {
  char *name;
  struct template *subject, *body;
  char *category;
};

struct settings {
  char *ledger;   /* as written; "": the compiled-in default */
  char *base_url; /* without a trailing slash; "": none */
  const struct chain *default_chain; /* NULL: none */
  /* Each array is in the order of the file(s); of pointers, so that pointers
   * to members stay valid while it grows. */
  struct severity **severities; /* by rank; UNKNOWN is always there */
  size_t severities_n;
  struct webhook **webhooks;
  size_t webhooks_n;
  struct responder **responders;
  size_t responders_n;
  struct chain **chains;
  size_t chains_n;
  /* Of one step each, for `page WHO`: "responder:NAME" and "schedule:NAME" for
   * all of them. */
  struct chain **implied;
  size_t implied_n;
  struct rule **rules;
  size_t rules_n;
  struct inhibit *inhibits;
  size_t inhibits_n;
  struct hours **hours;
  size_t hours_n;
  struct schedule **schedules;
  size_t schedules_n;
  struct notify *notifies;
  size_t notifies_n;
  struct heartbeat **heartbeats;
  size_t heartbeats_n;
  struct role **roles; /* the usual six without a <Role> */
  size_t roles_n;
  struct channel **channels;
  size_t channels_n;
  struct wording **wordings; /* one per status without a <Template> */
  size_t wordings_n;
  struct custom **fields;
  size_t fields_n;
  struct checklist checklist;
  char **values; /* what the team holds to */
  size_t values_n;
  struct template *chat_url, *call_url; /* NULL: none */
  span_ms retention; /* resolved incidents older than that are pruned */
  unsigned evidence; /* samples kept of a series; 0: none */
  size_t series_limit;
  unsigned storm_limit; /* incidents of a rule in storm_span; 0: no limit */
  span_ms storm_span;
  unsigned page_limit; /* pages of a responder's webhook in page_span; 0: no
                          limit */
  span_ms page_span;
  bool sees_text;                /* a rule looks at message or metadata */
  struct settings *retired_next; /* of whoever keeps those that are in force no
                                    more (engine/courier.h) */
};

/* One finding. path is like `Rule "disk-full" / Match / Levle`. file is NULL
 * and line 0 where the tree has none (the daemon). */
struct finding {
  bool is_warning;
  const char *file;
  int line;
  const char *path;
  const char *message;
};
typedef void settings_report(void *arg, const struct finding *finding);

/* Reads the contents of n <Plugin incident> blocks, merged in that order.
 * Reports everything that is wrong, all of it in one call; OK only if nothing
 * but warnings was reported. With is_whole false more blocks may follow: then
 * only references that dangle so far are reported, as errors, if and only if
 * there are other errors, and a missing rule is none. The caller frees
 * *own_settings, which is set on OK only. */
enum err settings_read(const struct conf *const *blocks, size_t blocks_n,
                       bool is_whole, settings_report *report, void *arg,
                       struct settings **own_settings);
void settings_free(struct settings *s);

/* True if the item of a collectd.conf is a <Plugin incident> block. */
bool settings_is_block(const struct conf *item);

/* Warnings of `incidentctl check` (SPEC section 1): a rule without Runbook, a
 * responder without a webhook, no catch-all for failures, no rule at all. The
 * blocks are those it was read from; they say where the lines are. */
void settings_advise(const struct settings *s, const struct conf *const *blocks,
                     size_t blocks_n, settings_report *report, void *arg);
/* More of them: when nobody is on call by that schedule in the 90 days after
 * now, three such times and how many more there are. None with a Fallback, or
 * if its Calendar could not be read; what overrides fill is none.
 */
struct duty_facts;
void settings_advise_gaps(const struct schedule *schedule,
                          const struct duty_facts *facts, wall_ms now,
                          const struct conf *const *blocks, size_t blocks_n,
                          settings_report *report, void *arg);

/* By name; NULL when there is none. */
const struct severity *settings_severity(const struct settings *s,
                                         const char *name);
/* Its place among the severities, the worst first; of a name that they do not
 * know, or without settings (NULL), behind all. */
size_t settings_rank(const struct settings *s, const char *severity);
/* How bad incidents of that severity are, for receivers that know four grades:
 * critical if major; error for the worst of the others and for UNKNOWN or one
 * that is not known; warning for the next; info for the rest. */
enum gravity { GRAVITY_INFO, GRAVITY_WARNING, GRAVITY_ERROR, GRAVITY_CRITICAL };
enum gravity settings_gravity(const struct settings *s, const char *severity,
                              bool is_major);
const struct webhook *settings_webhook(const struct settings *s,
                                       const char *name);
/* Whoever a person calls so: that one, else the only one whose name differs in
 * upper and lower case alone. */
const struct responder *settings_person(const struct settings *s,
                                        const char *name);
const struct responder *settings_responder(const struct settings *s,
                                           const char *name);
/* Whether that way of the responder's is used for something of that urgency:
 * those of the urgency are, or all if there are none. */
bool settings_uses_way(const struct responder *r, size_t way, bool is_low);
/* An implied one, too. */
const struct chain *settings_chain(const struct settings *s, const char *name);
/* Whom `page WHO` means: a responder, a schedule or a chain, in this order. */
const struct chain *settings_page_who(const struct settings *s,
                                      const char *who);
const struct rule *settings_rule(const struct settings *s, const char *name);
const struct role *settings_role(const struct settings *s, const char *name);
const struct wording *settings_wording(const struct settings *s,
                                       const char *name);
const struct custom *settings_field(const struct settings *s, const char *name);
const struct schedule *settings_schedule(const struct settings *s,
                                         const char *name);
/* The rule of that name or, failing that, the one that had it (Formerly). */
const struct rule *settings_rule_known_as(const struct settings *s,
                                          const char *name);

/* Whether it was last done too long ago. */
bool checklist_is_due(const struct checklist *l, wall_ms last, wall_ms now);

/* The blocks again as configuration text without secrets: Password, Secret,
 * ClientKeyPass, Header, RoutingKey and Body are left out, and Format with what
 * goes with it, which would ask for them; a URL is cut after its host. What
 * settings_read makes of it knows every name, contact, chain and rule. */
enum err settings_print_public(const struct conf *const *blocks,
                               size_t blocks_n, struct buf *out);

#endif
