/* SPDX-License-Identifier: MIT */
/* Who leads an incident has changed: those on it hear so. */
#include "base/log.h"
#include "core/role.h"
#include "engine/casework_inside.h"

#include <stdio.h>
#include <string.h>

#define TEXT_MAX 1024

const char *casework_old_commander(const struct incident *i,
                                   const struct request *r) {
  const char *was = r->id > 0 && r->was != NULL ? r->was : i->commander;
  if (r->verb != VERB_ROLE || was == NULL || r->role == NULL ||
      strcmp(r->role, ROLE_COMMANDER) != 0)
    return NULL;
  bool is_kept = !r->is_released && r->who != NULL && strcmp(was, r->who) == 0;
  return is_kept ? NULL : was;
}

struct crew {
  const struct settings *settings;
  struct stack on_it; /* const struct responder * */
};

/* Only who is in the configuration can be told. */
static enum err add(struct crew *crew, const char *name) {
  const struct responder *who =
      name != NULL ? settings_responder(crew->settings, name) : NULL;
  return who != NULL ? stack_push(&crew->on_it, (void *)who) : OK;
}

static enum err add_holder(void *arg, const struct holding *h) {
  return holding_is_over(h) ? OK : add(arg, h->who);
}

void casework_tell_command(struct casework *w, struct casefile *c,
                           const struct request *r, const char *was,
                           wall_ms now) {
  struct crew crew = {.settings = w->settings};
  char text[TEXT_MAX];
  if (!incident_is_open(&c->incident))
    return;
  enum err err = add(&crew, was);
  if (err == OK)
    err = add(&crew, c->incident.acknowledged_by);
  if (err == OK) /* without the ledger those who are known */
    err = w->roles(w->ledger_arg, c->incident.id, add_holder, &crew);
  if (err == ERR_NOMEM)
    log_line(LOG_ERROR,
             "incident: incident %lld: not all are told who leads "
             "it: out of memory",
             casework_id(c));
  snprintf(text, sizeof text, "command: %s %s%s", was,
           r->is_released ? "released" : "to ",
           r->is_released || r->who == NULL ? "" : r->who);
  const struct pager_news news = {
      .target = PAGE_ROLE ROLE_COMMANDER,
      .text = text,
      .others = &crew.on_it,
      .except = {r->by, r->is_released ? NULL : r->who}};
  pager_tell_news(w->pager, c, &news, now);
  stack_fini(&crew.on_it);
}
