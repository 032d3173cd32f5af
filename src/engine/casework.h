/* SPDX-License-Identifier: MIT */
/* What happens to incidents: declared, joined, calmed, resolved, acknowledged
 * (SPEC sections 2 and 3), with what that means for runs and pages. Works on
 * the book through the pager; the engine thread only. */
#ifndef INCIDENT_CASEWORK_H
#define INCIDENT_CASEWORK_H

#include "core/role.h"
#include "engine/duty.h"
#include "engine/engine.h"
#include "engine/evidence.h"
#include "engine/gather.h"
#include "engine/hush.h"

struct agenda;
struct casework {
  struct book *book;
  struct pager *pager;
  struct gather *gather;
  struct hush *hush;
  struct duty_roster *duty;
  struct evidence *evidence;
  struct agenda *agenda; /* engine/agenda.h */
  const struct settings *settings;
  void (*announce)(void *arg, const struct announcement *a);
  void *announce_arg;
  /* As ledger_last_human; an error while the ledger cannot be used. */
  enum err (*last_human)(void *arg, int64_t incident, wall_ms now, wall_ms *at);
  /* As ledger_roles; the same. */
  enum err (*roles)(void *arg, int64_t incident,
                    enum err (*each)(void *arg, const struct holding *h),
                    void *each_arg);
  void *ledger_arg;   /* of both */
  struct stack lines; /* char *: for the log, once the pages have left; owned */
};

/* At the end of a turn: what became of incidents goes into the log, for which
 * no page waits. */
void casework_log(struct casework *w);
void casework_fini(struct casework *w);

/* ---- alerts; each has had its news from core/alert.h ---- */

/* It is recorded, held back, joins its own incident again, or goes to
 * gather_fired. */
void casework_fired(struct casework *w, struct alert *a, wall_ms now);
void casework_rose(struct casework *w, struct alert *a, wall_ms now);
/* Bad again while clearing. */
void casework_refired(struct casework *w, struct alert *a, wall_ms now);
/* An alert of it does not fire any more, or goes on as that of another. */
void casework_fires_less(struct casefile *c);
/* May free the alert. */
void casework_cleared(struct casework *w, struct alert *a, wall_ms now);

/* It never fired. May free the alert. */
void casework_lapsed(struct casework *w, struct alert *a);

/* It has been found flapping: said once. */
void casework_flapping(struct casework *w, struct alert *a, wall_ms now);

/* A firing alert has just been marked as held back, or is not any more
 * (engine/hush.h): its incident pauses or goes on; one of no incident goes
 * through its rule. */
void casework_held(struct casework *w, struct alert *a, wall_ms now);
/* was: what has held it back until now. */
struct holder {
  int64_t silence, inhibitor; /* as the alert's */
};
void casework_let_go(struct casework *w, struct alert *a,
                     const struct holder *was, wall_ms now);

/* Pauses an unacknowledged incident of which nothing fires that is not held
 * back, and lets it go on otherwise. */
void casework_settle_pause(struct casework *w, struct casefile *c, wall_ms now);

/* ---- for engine/gather.c ---- */

/* A new incident of that group about these alerts (by next), which fire and are
 * of none; the first gives it its texts. Its chain runs. NULL when out of
 * memory. is_storm: of any group of the rule. */
struct casefile *casework_declare_for(struct casework *w, struct alert *alerts,
                                      const char *group_key, bool is_storm,
                                      wall_ms now);
/* It joins an open one. */
void casework_join(struct casework *w, struct casefile *c, struct alert *a,
                   wall_ms now);
/* The key of one that has just resolved by itself fires again; the alert is of
 * that one, cleared there, or of none. */
void casework_reopen(struct casework *w, struct casefile *c, struct alert *a,
                     wall_ms now);
/* The rule's <Upgrade>s whose time has come or whose numbers are reached. */
void casework_upgrade(struct casework *w, struct casefile *c, wall_ms now);

/* One timeline entry per incident about the alerts that joined and cleared
 * since the last call: at the end of a turn. */
void casework_note_alerts(struct casework *w, wall_ms now);

/* ---- time ---- */

void casework_run_due(struct casework *w, struct run *r, wall_ms now);
/* May free the casefile. */
void casework_incident_due(struct casework *w, struct casefile *c, wall_ms now);
/* The clock was set back: nothing lies further ahead than it can. */
void casework_clamp(struct casework *w, struct casefile *c, wall_ms now);
/* From the ledger, with its alerts: counts what is held back, and its time goes
 * on. */
void casework_resume(struct casework *w, struct casefile *c, wall_ms now);

/* That schedule had nobody and has somebody: the exhausted runs that page it
 * start anew. */
void casework_restart_for(struct casework *w, const struct schedule *s,
                          wall_ms now);

/* ---- people ---- */

/* Carries out a request. One from the ledger (r->id > 0) has changed the
 * incident's row and timeline already: here the book follows, and the paging.
 * ERR_NOTFOUND, ERR_CONFLICT (*why static). *casefile (NULL for VERB_TEST) is
 * the incident's; *entry is valid until the end of the turn. */
enum err casework_request(struct casework *w, const struct request *r,
                          wall_ms now, struct casefile **casefile,
                          const struct entry **entry, const char **why);

/* A page of the casefile, which has come to an end, is sent again under its id:
 * taken over. ERR_NOMEM, ERR_CONFLICT: it is on its way; *why as above. */
enum err casework_page_again(struct casework *w, struct casefile *c,
                             struct page *own_page, wall_ms now,
                             const char **why);

/* The request (VERB_MERGE) has made the one part of the other in the ledger:
 * alerts and whoever was paged go to that one, who hear of it; what paged for
 * it ends. is_new: the other comes from the ledger as it is now. ERR_NOMEM. */
enum err casework_merge(struct casework *w, struct casefile *c,
                        struct casefile *into, const struct request *r,
                        bool is_new, wall_ms now);
/* From the ledger, with both in the book: whoever the part has reached is
 * somebody the other has. */
void casework_resume_part(struct casework *w, struct casefile *c);

/* Declares an incident of the plugin's own (rule NULL) through the default
 * chain. */
enum err casework_declare_own(struct casework *w, const char *title,
                              wall_ms now);

/* ---- a changed configuration ---- */

/* The incident's rule is gone: a person will have to close it. */
void casework_rule_gone(struct casework *w, struct casefile *c, wall_ms now);
/* Gives a run its chain, or what takes the place of one that is gone or has
 * fewer steps now. */
void casework_adapt_run(struct casework *w, struct casefile *c, struct run *r,
                        wall_ms now);
/* Its rule is another now, or gone, and so is what holds its alerts back: its
 * time goes on under that. Not at a start, where casework_resume does it. */
void casework_change(struct casework *w, struct casefile *c, wall_ms now);

#endif
