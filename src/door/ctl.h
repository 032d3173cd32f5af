/* SPDX-License-Identifier: MIT */
/* incidentctl without its main: a command line is taken apart here, a command
 * per ctl_NAME.c does the work. It keeps nothing between two calls, so that
 * tests can call it; it is not for threads (getpwuid). */
#ifndef INCIDENT_CTL_H
#define INCIDENT_CTL_H

#include "base/clock.h"
#include "base/json.h"
#include "base/span.h"
#include "core/settings.h"
#include "door/ctl_table.h"
#include "ledger/ledger.h"

#include <stdio.h>

/* Runs one command line (argv[0] is the program). Returns the exit status, one
 * of enum ctl_exit. The clock says what now is; waiting is always real. */
int ctl_run(int argc, char **argv, FILE *out, FILE *err, struct clock *clock);

enum ctl_exit {
  CTL_DONE = 0,
  CTL_FAILED = 1, /* one line on stderr has said why */
  CTL_USAGE = 2,
  CTL_UNKNOWN = 3 /* status: it cannot tell */
};

#define CTL_OPTIONS_MAX 16

struct ctl_option {
  const char *name;  /* without the dashes (one, if it is one letter); NULL: end
                        of the list */
  const char *value; /* what stands for its value; NULL: it has none */
  bool is_optional;  /* the value may be left out */
  bool is_many;      /* may be given again, and every value counts */
};

struct ctl_many {
  const struct ctl_option *option;
  const char *value;
};

struct ctl;
struct ctl_command {
  const char *name;
  const char *usage; /* what follows the name */
  const char *summary;
  int arguments_min, arguments_max;
  bool takes_text; /* the last of them */
  int (*run)(struct ctl *c);
  struct ctl_option options[CTL_OPTIONS_MAX];
};

struct ctl {
  FILE *out, *err;
  struct clock *clock;
  wall_ms now; /* when the command began */
  struct ctl_style style;
  const struct ctl_command *command;
  const char *given[CTL_OPTIONS_MAX]; /* as command->options, the last one;
                                         NULL: not given, "": given without a
                                         value */
  struct ctl_many *many;              /* every value of those that are many */
  size_t many_n;
  char **arguments;
  int arguments_n;
  bool is_json;
  const char *ledger_path;
  const char *by_given; /* --by; NULL: not given */
  char *by;             /* set by ctl_find_by */
  /* Opened by ctl_open. */
  struct ledger *ledger;
  struct settings *settings; /* what the ledger knows of the configuration;
                                NULL: nothing */
};

/* ---- ctl.c: the command line ---- */

/* The option's value, "" for one without; NULL: not given. */
const char *ctl_option(const struct ctl *c, const char *name);
/* The values of an option that is many, in order: *cursor starts at 0; NULL at
 * the end. */
const char *ctl_option_next(const struct ctl *c, const char *name,
                            size_t *cursor);
/* A line on stderr; returns CTL_FAILED. Text from outside is made visible. */
int ctl_fail(const struct ctl *c, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* The same, followed by the usage of the command; returns CTL_USAGE. */
int ctl_misuse(const struct ctl *c, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* A line on stderr, for what is worth knowing though it went well. */
void ctl_warn(const struct ctl *c, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Sets c->by: who acts. CTL_DONE or a complaint. */
int ctl_find_by(struct ctl *c);
/* A copy of text from the command line as valid UTF-8, without blanks at its
 * ends and at most max bytes; the caller frees it. CTL_DONE or a complaint that
 * names what it is. */
int ctl_read_text(const struct ctl *c, const char *what, const char *text,
                  size_t max, char **own_text);
/* White space becomes one blank: of what is shown on one line. */
void ctl_fold(char *text);
/* The number of an incident; CTL_DONE or a complaint. */
int ctl_read_id(const struct ctl *c, const char *text, int64_t *id);
/* The same of "a task" and the like. */
int ctl_read_number(const struct ctl *c, const char *of, const char *text,
                    int64_t *id);
/* The numbers (of "an incident") that the arguments from that one on are, each
 * once; the caller frees them. The same. */
int ctl_read_ids(const struct ctl *c, const char *of, int first,
                 int64_t **own_ids, size_t *n);
/* A time as people write it (base/clock.h); the same. */
int ctl_read_time(const struct ctl *c, const char *text, wall_ms *at);

extern const struct ctl_command ctl_list, ctl_show, ctl_status, ctl_declare,
    ctl_ack, ctl_unack, ctl_snooze, ctl_escalate, ctl_page, ctl_resolve,
    ctl_note, ctl_severity, ctl_set, ctl_reopen, ctl_edit, ctl_flag, ctl_unflag,
    ctl_amend, ctl_decide, ctl_can, ctl_fix, ctl_oncall, ctl_who, ctl_check,
    ctl_test, ctl_verify, ctl_silence, ctl_forget, ctl_prune, ctl_explain,
    ctl_reload, ctl_task, ctl_update, ctl_impact, ctl_weblink, ctl_count,
    ctl_role, ctl_team, ctl_release, ctl_relate, ctl_merge, ctl_postmortem,
    ctl_report, ctl_guide, ctl_doctor, ctl_export, ctl_checklist, ctl_names;

/* ---- ctl_check.c ---- */

/* False if `check` finds an error in the file, or cannot read it. */
bool ctl_check_is_good(struct ctl *c, const char *file);

/* ---- ctl_ledger.c: what is known ---- */

/* Opens the ledger and reads the configuration it mirrors; without a word. */
enum err ctl_try_open(struct ctl *c, enum ledger_use use, const char **why);
/* The configuration that the open ledger mirrors, as it was written; *own_file
 * stays as it is without one. ERR_NOMEM. */
enum err ctl_read_config(const struct ctl *c, struct conf_file **own_file);
/* A line about its failure; returns CTL_FAILED. */
int ctl_fail_open(const struct ctl *c, enum err err, const char *why);
/* What happened in the ledger, as a line; returns CTL_FAILED. */
int ctl_fail_ledger(const struct ctl *c, enum err err);
const char *ctl_base_url(const struct ctl *c);

/* Whom to phone: the responders of those chains (NULL: none), with none given
 * all there are, each once, as lines of name and contact, below the heading if
 * there is anybody. Returns how many. */
size_t ctl_print_contacts(const struct ctl *c, FILE *to, const char *heading,
                          size_t indent, const char *const *chains,
                          size_t chains_n);
/* The chain of a severity by its name; NULL: none. */
const char *ctl_severity_chain(const struct ctl *c, const char *severity);

/* ---- ctl_print.c: incidents for people and programs ---- */

/* Ends the document and prints it as a line. The document is freed. */
int ctl_print_json(const struct ctl *c, struct json *own_json);

/* An object that begins with that key, its value still to come; NULL: out of
 * memory, which ctl_print_json tells. */
struct json *ctl_json_object(const char *key);

/* The object of SPEC section 4, with where to find what belongs to it. */
void ctl_put_incident(const struct ctl *c, const struct incident *i,
                      struct json *j);
/* {"incident":{…}} */
int ctl_print_incident(const struct ctl *c, const struct incident *i);

/* {"KEY":[…]} and the like in pieces, so that it may be longer than memory. */
struct ctl_list_json {
  const struct ctl *c;
  bool has_items;
  enum err err;
};
void ctl_json_begin(struct ctl_list_json *l, const struct ctl *c,
                    const char *before); /* `{"incidents":` */
/* An element; is printed and freed. NULL: out of memory. */
void ctl_json_item(struct ctl_list_json *l, struct json *own_json);
int ctl_json_end(struct ctl_list_json *l, const char *after); /* "}" */

/* Of an entry that a command has written: "2026-11-21T10:00Z" becomes local
 * time, as all that people read. */
void ctl_add_local(struct buf *out, const char *text);
enum ctl_colour ctl_severity_colour(const struct incident *i);
/* "3m" between then and now, never negative. */
void ctl_age(const struct ctl *c, wall_ms then, char out[SPAN_TEXT]);
/* The same between now and then. */
void ctl_left(const struct ctl *c, wall_ms then, char out[SPAN_TEXT]);

/* The table of `list`. */
void ctl_incidents_begin(struct ctl_table *t, const struct ctl *c);
void ctl_incidents_add(struct ctl_table *t, const struct ctl *c,
                       const struct incident *i);

#endif
