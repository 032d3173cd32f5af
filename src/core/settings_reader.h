/* SPDX-License-Identifier: MIT */
/* The inside of settings_read: walks a configuration tree by tables of options
 * and says what is wrong in it. For src/core/settings*.c alone.
 *
 * An option is a row of its block's table, a kind of block with a name an
 * element of settings_blocks. A reader stores what makes sense and complains
 * about the rest; memory that runs out is remembered in reader.err. */
#ifndef INCIDENT_SETTINGS_READER_H
#define INCIDENT_SETTINGS_READER_H

#include "core/settings.h"

enum block {
  BLOCK_SEVERITY,
  BLOCK_WEBHOOK,
  BLOCK_RESPONDER,
  BLOCK_CHAIN,
  BLOCK_RULE,
  BLOCK_HOURS,
  BLOCK_SCHEDULE,
  BLOCK_ROLE,
  BLOCK_CHANNEL,
  BLOCK_WORDING,
  BLOCK_HEARTBEAT,
  BLOCK_FIELD,
  BLOCKS
};

struct reader {
  struct settings *settings;
  settings_report *report;
  void *arg;
  unsigned errors;
  enum err err;        /* ERR_NOMEM or OK */
  size_t next[BLOCKS]; /* which object the next block of a kind fills */
  const char **known;  /* names of a kind, to suggest one */
  struct late *lates;  /* complaints about references */
  size_t lates_n;
};

/* Where in the configuration; frames on the stack that make up a path. */
struct place {
  const struct place *up; /* NULL: top level */
  const struct conf *item;
  const char *name;  /* NULL: the item's key as it is written */
  const char *title; /* a block's name; NULL: it has none */
  unsigned ordinal;  /* shown from 2 on */
};

struct option;
typedef void option_read(struct reader *r, const struct place *at,
                         const struct option *o, void *object);

struct option {
  const char *name;
  option_read *read;
  size_t offset; /* of what it fills in the block's struct */
  unsigned flags;
  int64_t min, max; /* of a number or a span in ms */
  const char *unit; /* of a number: "milliseconds" */
};

#define OPTION_MANY 1u      /* may be given several times */
#define OPTION_MANDATORY 2u /* must be given */
#define OPTION_FILLED 4u    /* a text that must not be empty */
#define OPTION_BLOCK 8u     /* a block, not a single line */

#define OPTIONS_MAX 32 /* rows of a table */

struct option_table {
  const struct option *options;
  size_t n;
};
#define OPTION_TABLE(rows)                                                     \
  { rows, sizeof rows / sizeof rows[0] }

/* A kind of block with a name, at top level. */
struct block_kind {
  const char *name;
  struct option_table table;
  /* Makes the object, with the defaults that are not zero; NULL when out of
   * memory. */
  void *(*add)(struct reader *r, const char *name);
  /* Object i and its name; NULL when there are no more. */
  void *(*get)(const struct settings *s, size_t i, const char **name);
  /* NULL: nothing to do. What goes together, once its options were read. */
  void (*check)(struct reader *r, const struct place *at, void *object);
};
extern const struct block_kind settings_block_severity, settings_block_webhook,
    settings_block_responder, settings_block_chain, settings_block_rule,
    settings_block_hours, settings_block_schedule, settings_block_role,
    settings_block_channel, settings_block_wording, settings_block_heartbeat,
    settings_block_field;
extern const struct block_kind *const settings_blocks[BLOCKS];

/* Adds the severities that are there without a block. */
void reader_imply_severities(struct reader *r);
/* Adds the chains that `page WHO` runs for responders and schedules. */
void reader_imply_chains(struct reader *r);

/* Adds what is there without a <Role> or a <Template>. */
void reader_imply_roles(struct reader *r);
void reader_imply_wordings(struct reader *r);
/* Makes the checklist whole, whether there is a block or not. */
void reader_imply_checklist(struct reader *r);

/* The blocks that a rule has, into a struct rule. */
option_read reader_match, reader_metric, reader_group_by, reader_upgrade;
/* What goes together in GroupBy, Quorum and <Upgrade>, and the default of the
 * first; after all options of the rule, its severity is set. */
void reader_check_group(struct reader *r, const struct place *at,
                        struct rule *rule);
/* Value, into the settings. */
option_read reader_value;
/* <Inhibit>, <Notify> and <Checklist>, into the settings. */
option_read reader_inhibit, reader_notify, reader_checklist;
/* The values as texts more. */
void reader_texts(struct reader *r, const struct place *at, char ***own_texts,
                  size_t *n);
/* Whether their webhooks can take those of the block, the first of which is
 * number *n: once all blocks have been read. */
void reader_check_heartbeats(struct reader *r, const struct conf *block,
                             size_t *n);

/* ---- complaints ---- */

void reader_complain(struct reader *r, const struct place *at,
                     const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* For what a further block might still put right. */
void reader_complain_late(struct reader *r, const struct place *at,
                          const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Reports those, and forgets them. */
void reader_report_late(struct reader *r);
void reader_fini(struct reader *r);

/* ---- walking ---- */

/* Reads the items of a block into object; counts (OPTIONS_MAX of them, zero at
 * first) says how often each option was there. */
void reader_walk(struct reader *r, const struct place *up,
                 const struct conf *block, struct option_table table,
                 void *object, unsigned *counts);
/* A whole block: walks it, asks for what is mandatory, and makes texts that
 * were not given "". */
void reader_block(struct reader *r, const struct place *at,
                  struct option_table table, void *object);

/* Complains of values of a block that has no name: <Match>, <Step>. */
bool reader_is_bare_block(struct reader *r, const struct place *at);

/* The first item of that name; NULL when there is none. */
const struct conf *reader_find(const struct conf *block, const char *option);

/* The words a URL is made of. Pointers into the text given. */
struct url {
  const char *user, *password; /* percent-encoded; NULL: none */
  size_t user_len, password_len;
  const char *host; /* to the end of the text is the URL without credentials */
  size_t host_len;  /* with the port */
};
/* A http or https URL with a host. ERR_INVALID: *why (static) says what is
 * wrong with it. */
enum err url_split(const char *text, struct url *url, const char **why);
/* The text without percent-encoding; ERR_INVALID for a bad one. */
enum err url_decode(const char *text, size_t len, char **own_text);

/* ---- values ---- */

/* Complains unless there is exactly one value. */
bool reader_is_one(struct reader *r, const struct place *at);
/* Value i as text; NULL after a complaint. */
const char *reader_text_at(struct reader *r, const struct place *at, size_t i);
/* The number of the only one of n words that value i is; n after a complaint.
 */
size_t reader_word_at(struct reader *r, const struct place *at, size_t i,
                      const char *const *words, size_t n);
/* The object of that name; NULL after a late complaint. */
const void *reader_reference(struct reader *r, const struct place *at,
                             enum block kind, const char *name);
bool reader_template_at(struct reader *r, const struct place *at, size_t i,
                        struct template **slot);
/* Value i as a duration or a whole number; false after a complaint, all but
 * the limits of which the option says (max 0: none for a duration). */
bool reader_span_at(struct reader *r, const struct place *at,
                    const struct option *o, size_t i, span_ms *span);
bool reader_whole_at(struct reader *r, const struct place *at,
                     const struct option *o, size_t i, int64_t *number);
/* Value i as a field or "meta:NAME"; sees_text is set for metadata. */
void reader_field_at(struct reader *r, const struct place *at, size_t i,
                     struct field_set *set);

/* "high" or "low". */
void reader_urgency(struct reader *r, const struct place *at, bool *is_high);

/* A TimeZone; and what is meant without one: the machine's, UTC if it has none.
 */
void reader_zone(struct reader *r, const struct place *at, char **own_name,
                 struct zone **own_zone);
void reader_imply_zone(struct reader *r, char **own_name,
                       struct zone **own_zone);
/* Value i as one more During. */
void reader_during_at(struct reader *r, const struct place *at, size_t i,
                      struct hours *h);

/* One more element, zeroed; NULL when out of memory, array is as it was. */
void *reader_grow(struct reader *r, void *array, size_t n, size_t size);
/* Zeroed memory; NULL when there is none. */
void *reader_new(struct reader *r, size_t size);
/* Replaces an owned text. */
void reader_keep(struct reader *r, char **own_text, const char *text);

/* ---- rows ---- */

option_read reader_text;     /* char * */
option_read reader_flag;     /* bool */
option_read reader_span;     /* span_ms; min, max (0: none) */
option_read reader_number;   /* unsigned; min, max */
option_read reader_whole;    /* int64_t; min, max */
option_read reader_millis;   /* span_ms from a number; min, max */
option_read reader_template; /* struct template * */
option_read reader_chain;    /* const struct chain * */

#endif
