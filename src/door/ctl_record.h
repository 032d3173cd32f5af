/* SPDX-License-Identifier: MIT */
/* Recording what a person has decided, of an incident, a silence or what is
 * forgotten: in the ledger, in one transaction, or while that cannot be written
 * in the plugin's memory. */
#ifndef INCIDENT_CTL_RECORD_H
#define INCIDENT_CTL_RECORD_H

#include "door/ctl.h"

struct ctl_record {
  struct incident incident; /* as it is now */
  struct entry entry;       /* text NULL: not known */
  struct silence silence;   /* VERB_SILENCE, VERB_END_SILENCE: as it is now; id
                               0: the plugin will give it one */
  struct override override; /* VERB_OVERRIDE, VERB_END_OVERRIDE: the same */
  char *held_by;            /* who had acknowledged it before; NULL: nobody */
  bool was_paged;           /* VERB_ACK, VERB_SNOOZE: it has paged whoever
                               acts */
  bool is_same;             /* VERB_EDIT: it said so already, nothing is
                               written */
  bool is_in_memory;        /* handed to the plugin */
  int64_t forgotten;        /* then: the alerts that VERB_FORGET has cleared */
};
void ctl_record_fini(struct ctl_record *record);

/* Opens the ledger if need be. VERB_DECLARE makes the incident from the
 * request, VERB_SILENCE the silence from its text. CTL_DONE with *own_record;
 * else a line has said why not. */
int ctl_record(struct ctl *c, struct request *r, struct ctl_record *own_record);

/* Several of one incident at once: all of them or none. The record is that of
 * the last one. */
int ctl_record_all(struct ctl *c, struct request *r, size_t n,
                   struct ctl_record *own_record);

/* ---- ctl_record_end.c ---- */

struct ctl_ending {
  enum verb verb;     /* VERB_END_SILENCE or VERB_END_OVERRIDE */
  const char *name;   /* "silence" */
  const char *number; /* "a silence" */
  void (*print)(const struct ctl *c, const struct ctl_record *record,
                struct json *j);
  /* What is said of it besides; NULL: nothing. */
  void (*add_more)(const struct ctl_record *record, struct buf *out);
};
/* `COMMAND end ID ...`: each is recorded by itself, and what was ended printed.
 */
int ctl_record_ends(struct ctl *c, const struct ctl_ending *e);

/* ---- ctl_record_page.c ---- */

/* For a decision that should page somebody: if no plugin runs, or as things are
 * nobody can be paged, says so, with whom to phone: those of these chains
 * (NULL: none), or with none given of the incident's; of all responders, if
 * these have nobody. */
void ctl_record_page(const struct ctl *c, const struct ctl_record *record,
                     const char *const *chains, size_t chains_n);

#endif
