/* SPDX-License-Identifier: MIT */
/* What people want: requests that tools have written into the ledger, and those
 * that they could only hand over. */
#include "engine/engine_inside.h"

#include "engine/notify.h"
#include "engine/resume.h"

#include <stdlib.h>

/* The silence is in the ledger as the tool has left it. */
static enum err follow_silence(struct engine *e, int64_t id) {
  struct silence *s = malloc(sizeof *s);
  if (s == NULL)
    return ERR_NOMEM;
  enum err err = ledger_silence(e->ledger, id, s);
  if (err != OK) {
    free(s);
    return err;
  }
  return hush_follow(&e->hush, s, e->last);
}

/* The row of the page that is wanted again. */
static enum err find_page(struct engine *e, const struct request *r,
                          struct page **own_page, const char **why) {
  struct page *p = malloc(sizeof *p);
  enum err err = p == NULL           ? ERR_NOMEM
                 : e->ledger == NULL ? ERR_IO
                 : r->text == NULL   ? ERR_NOTFOUND
                                     : ledger_page(e->ledger, r->text, p);
  if (err == OK && p->incident != r->incident) {
    page_fini(p);
    err = ERR_NOTFOUND;
  }
  if (err != OK) {
    free(p);
    *why = err_text(err);
    return err;
  }
  *own_page = p;
  return OK;
}

/* What it does to the timeline, and the page. */
static enum err page_again(struct engine *e, const struct request *r,
                           wall_ms now, struct casefile **c,
                           const struct entry **entry, const char **why) {
  struct page *p = NULL;
  *c = book_casefile(&e->book, r->incident);
  enum err err = *c != NULL ? find_page(e, r, &p, why) : ERR_NOTFOUND;
  if (err == OK)
    err = casework_page_again(&e->work, *c, p, now, why);
  if (err == OK)
    err = casework_request(&e->work, r, now, c, entry, why);
  return err;
}

static enum err follow_override(struct engine *e, int64_t id) {
  struct override *o = malloc(sizeof *o);
  if (o == NULL)
    return ERR_NOMEM;
  enum err err = ledger_override(e->ledger, id, o);
  if (err != OK) {
    free(o);
    return err;
  }
  return duty_follow(&e->duty, o, e->last);
}

static enum err follow_incident(struct engine *e, const struct request *r) {
  struct casefile *c;
  const struct entry *entry;
  const char *why;
  enum err err = OK;
  if (r->verb != VERB_TEST &&
      (r->verb == VERB_RESOLVE || book_casefile(&e->book, r->incident) == NULL))
    err = resume_incident(&e->work, e->ledger, e->parts.watch, r->incident,
                          e->last);
  if (err == OK && r->verb == VERB_PAGE_AGAIN)
    err = page_again(e, r, e->last, &c, &entry, &why);
  else if (err == OK)
    err = casework_request(&e->work, r, e->last, &c, &entry, &why);
  return err;
}

/* Its row is as the tool has left it: posted or withdrawn. */
static enum err follow_statement(struct engine *e, const struct request *r) {
  struct statement s;
  enum err err = ledger_statement(e->ledger, r->other, &s);
  if (err != OK)
    return err;
  if (book_casefile(&e->book, s.incident) == NULL)
    err = resume_incident(&e->work, e->ledger, e->parts.watch, s.incident,
                          e->last);
  struct casefile *c = book_casefile(&e->book, s.incident);
  if (err == OK && c != NULL)
    notify_statement(&e->pager, c, &s, e->last);
  statement_fini(&s);
  return err;
}

/* Both, as the tool has left them. */
static enum err follow_merge(struct engine *e, const struct request *r) {
  struct book *b = &e->book;
  bool is_new = book_casefile(b, r->other) == NULL;
  enum err err = resume_incident(&e->work, e->ledger, e->parts.watch,
                                 r->incident, e->last);
  if (err == OK && is_new)
    err =
        resume_incident(&e->work, e->ledger, e->parts.watch, r->other, e->last);
  struct casefile *c = book_casefile(b, r->incident);
  struct casefile *into = book_casefile(b, r->other);
  if (err == OK && c != NULL && into != NULL)
    err = casework_merge(&e->work, c, into, r, is_new, e->last);
  return err;
}

static enum err carry_out(void *arg, const struct request *r) {
  struct engine *e = arg;
  enum err err = OK;
  switch (r->verb) {
  case VERB_SILENCE:
  case VERB_END_SILENCE:
    err = follow_silence(e, r->silence);
    break;
  case VERB_OVERRIDE:
  case VERB_END_OVERRIDE:
    err = follow_override(e, r->override);
    break;
  case VERB_UPDATE:
    err = follow_statement(e, r);
    break;
  case VERB_MERGE:
    err = follow_merge(e, r);
    break;
  case VERB_FORGET:
    (void)triage_forget(&e->triage, r->text, e->last); /* how many it were */
    break;
  default:
    err = follow_incident(e, r);
    break;
  }
  /* Whoever made it has checked that it may be; if it may not any more, because
   * time has passed, there is nothing left to do. */
  if (err == ERR_NOTFOUND || err == ERR_CONFLICT)
    err = OK;
  if (err == OK)
    e->last_request = r->id;
  return err;
}

enum err engine_read_requests(struct engine *e) {
  e->has_changed = ledger_has_changed(e->ledger) || e->has_changed;
  if (!e->has_changed)
    return OK;
  engine_take_ids(e);
  enum err err = ledger_requests(e->ledger, e->last_request, carry_out, e);
  if (err == OK && e->last_request > e->dropped)
    err = ledger_drop_requests(e->ledger, e->last_request);
  e->has_changed = err != OK;
  agenda_look(&e->agenda, e->ledger);
  return err;
}

static enum err obey(struct engine *e, const struct request *r, wall_ms now,
                     struct answer *a, const char **why) {
  struct casefile *c = NULL;
  enum err err;
  switch (r->verb) {
  case VERB_SILENCE:
  case VERB_END_SILENCE:
    return hush_request(&e->hush, r, now, &a->silence, why);
  case VERB_OVERRIDE:
  case VERB_END_OVERRIDE:
    return duty_request(&e->duty, r, now, &a->override, why);
  case VERB_UPDATE:
    *why = "what is said of it can only be posted in the ledger";
    return ERR_CONFLICT;
  case VERB_MERGE:
    *why = "incidents can only be merged in the ledger";
    return ERR_CONFLICT;
  case VERB_FORGET:
    if (r->text == NULL)
      return ERR_NOTFOUND;
    a->forgotten = triage_forget(&e->triage, r->text, now);
    return OK;
  default:
    err = r->verb == VERB_PAGE_AGAIN
              ? page_again(e, r, now, &c, &a->entry, why)
              : casework_request(&e->work, r, now, &c, &a->entry, why);
    a->incident = c != NULL ? &c->incident : NULL;
    return err;
  }
}

void engine_take_handed(struct engine *e, wall_ms now) {
  while (e->handed != NULL) {
    struct handed *h = e->handed;
    struct answer answer = {.now = now};
    const char *why = NULL;
    enum err err = obey(e, &h->request, now, &answer, &why);
    h->reply(h->arg, err, why, &answer);
    e->handed = h->next;
    request_fini(&h->request);
    free(h);
  }
  e->handed_end = &e->handed;
}

enum err engine_hand(struct engine *e, const struct request *r,
                     engine_reply *reply, void *arg) {
  struct handed *h = calloc(1, sizeof *h);
  if (h == NULL)
    return ERR_NOMEM;
  h->request = *r;
  h->request.id = 0;
  h->reply = reply;
  h->arg = arg;
  char **texts[] = {
      &h->request.by,    &h->request.text,    &h->request.severity,
      &h->request.chain, &h->request.service, &h->request.commander,
      &h->request.role,  &h->request.who,     &h->request.codename,
      &h->request.field, &h->request.was,     &h->request.series,
      &h->request.rule};
  enum err err = OK;
  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
    const char *text = *texts[i];
    *texts[i] = NULL;
    if (err == OK)
      err = incident_set_text(texts[i], text);
  }
  if (err != OK) {
    request_fini(&h->request);
    free(h);
    return err;
  }
  *e->handed_end = h;
  e->handed_end = &h->next;
  return OK;
}
