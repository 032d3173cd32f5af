/* SPDX-License-Identifier: MIT */
/* Pages, and the runs that make them. */
#include "ledger/rows.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum err ledger_put_run(struct ledger *l, const struct run *run) {
  struct row r;
  row_open(&r, l, SQL_PUT_RUN);
  put_int(&r, run->id);
  put_int(&r, run->incident);
  put_text(&r, run->chain_name);
  put_text(&r, run_source_names[run->source]);
  put_text(&r, run_state_names[run->state]);
  put_int(&r, run->step);
  put_int(&r, run->round);
  put_int(&r, run->step_at);
  put_int(&r, run->round_at);
  put_time(&r, run->ended_at);
  return row_run(&r);
}

enum err row_take_run(struct row *r, struct run *own_run) {
  struct run run = {.timer = {.due = WALL_NEVER}};
  run.id = get_int(r);
  run.incident = get_int(r);
  run.chain_name = get_own_text(r);
  run.source = (enum run_source)get_name(r, run_source_names, RUN_SOURCES);
  run.state = (enum run_state)get_name(r, run_state_names, RUN_STATES);
  run.step = get_count(r);
  run.round = get_count(r);
  run.step_at = get_int(r);
  run.round_at = get_int(r);
  run.ended_at = get_time(r);
  if (r->err == OK)
    *own_run = run;
  else
    run_row_fini(&run);
  return r->err;
}

void run_row_fini(struct run *run) { free(run->chain_name); }

/* True in *is_there if it had a row. */
static enum err update_page(struct ledger *l, const struct page *p,
                            bool *is_there) {
  struct row r;
  row_open(&r, l, SQL_UPDATE_PAGE);
  put_text(&r, page_event_names[p->event]);
  put_text(&r, page_state_names[p->state]);
  put_text(&r, reach_names[p->reach]);
  put_int(&r, p->attempts);
  put_time(&r, p->delivered_at);
  put_int(&r, p->tried);
  put_id(&r, p->http_status);
  put_text(&r, p->error);
  put_text(&r, p->response);
  put_time(&r, p->due_at);
  put_text(&r, p->content);
  put_text(&r, p->tries);
  put_int(&r, p->seq);
  enum err err = row_run(&r);
  *is_there = sqlite3_changes(r.db) > 0;
  return err;
}

static enum err put_row(struct ledger *l, enum query statement,
                        const struct page *p) {
  struct row r;
  row_open(&r, l, statement);
  put_int(&r, p->seq);
  put_text(&r, p->id);
  put_text(&r, p->ack_token[0] != '\0' ? p->ack_token : NULL);
  put_id(&r, p->incident);
  put_id(&r, p->run);
  put_id(&r, p->request);
  put_text(&r, page_event_names[p->event]);
  put_text(&r, page_state_names[p->state]);
  put_text(&r, reach_names[p->reach]);
  put_text(&r, p->webhook_name);
  put_text(&r, p->responder);
  put_text(&r, p->chain);
  put_text(&r, p->target);
  put_int(&r, p->step);
  put_int(&r, p->round);
  put_int(&r, p->attempts);
  put_int(&r, p->created_at);
  put_time(&r, p->delivered_at);
  put_int(&r, p->tried);
  put_id(&r, p->http_status);
  put_text(&r, p->error);
  put_text(&r, p->response);
  put_time(&r, p->due_at);
  put_text(&r, p->content);
  put_text(&r, p->tries);
  return row_run(&r);
}

enum err ledger_put_page(struct ledger *l, const struct page *p) {
  bool is_there = false;
  enum err err = p->is_stored ? update_page(l, p, &is_there) : OK;
  if (err != OK || is_there)
    return err;
  err = put_row(l, SQL_ADD_PAGE, p);
  return err == ERR_INVALID ? put_row(l, SQL_PUT_PAGE, p) : err;
}

static void get_ulid(struct row *r, char out[ULID_TEXT]) {
  const char *text = get_text(r);
  size_t len = text != NULL ? strnlen(text, ULID_TEXT - 1) : 0;
  memcpy(out, text != NULL ? text : "", len);
  out[len] = '\0';
}

enum err row_take_page(struct row *r, struct page *own_page) {
  struct page p = {.timer = {.due = WALL_NEVER}, .is_stored = true};
  p.seq = get_int(r);
  get_ulid(r, p.id);
  get_ulid(r, p.ack_token);
  p.incident = get_int(r);
  p.run = get_int(r);
  p.request = get_int(r);
  p.event = (enum page_event)get_name(r, page_event_names, PAGE_EVENTS);
  p.state = (enum page_state)get_name(r, page_state_names, PAGE_STATES);
  p.reach = (enum reach)get_name(r, reach_names, 3);
  p.webhook_name = get_own_text(r);
  p.responder = get_own_text(r);
  p.chain = get_own_text(r);
  p.target = get_own_text(r);
  p.step = get_count(r);
  p.round = get_count(r);
  p.attempts = get_count(r);
  p.created_at = get_int(r);
  p.delivered_at = get_time(r);
  p.tried = get_int(r);
  unsigned status = get_count(r);
  p.http_status = status > INT_MAX ? 0 : (int)status;
  p.error = get_own_text(r);
  p.response = get_own_text(r);
  p.due_at = get_time(r);
  p.content = get_own_text(r);
  p.tries = get_own_text(r);
  if (r->err == OK)
    *own_page = p;
  else
    page_fini(&p);
  return r->err;
}
