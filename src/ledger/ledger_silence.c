/* SPDX-License-Identifier: MIT */
/* Silences. */
#include "ledger/rows.h"

#include <stdlib.h>
#include <string.h>

/* ["host=web1"] */
static enum err print_matches(const struct silence *s, char **own_text) {
  struct json *j = json_new();
  struct buf match;
  enum err err = OK;
  if (j == NULL)
    return ERR_NOMEM;
  buf_init(&match, 4096);
  json_array(j);
  for (size_t i = 0; i < s->matches_n && err == OK; i++) {
    buf_clear(&match);
    buf_addf(&match, "%s=%s", s->matches[i].field, s->matches[i].pattern);
    json_text(j, buf_text(&match));
    err = match.err;
  }
  json_array_end(j);
  if (err == OK)
    err = json_done(j, own_text);
  buf_fini(&match);
  json_free(j);
  return err;
}

enum err ledger_put_silence(struct ledger *l, const struct silence *s) {
  char *matches = NULL;
  struct row r;
  enum err err = print_matches(s, &matches);
  if (err != OK) {
    sql_set_why("%s", err_text(err));
    return err;
  }
  row_open(&r, l, SQL_PUT_SILENCE);
  put_int(&r, s->id);
  put_text(&r, matches);
  put_text(&r, s->by != NULL ? s->by : "");
  put_text(&r, s->reason != NULL ? s->reason : "");
  put_int(&r, s->created_at);
  put_int(&r, s->starts_at);
  put_time(&r, s->ends_at);
  put_id(&r, s->until_incident);
  put_int(&r, s->until_resolved);
  put_text(&r, s->every);
  put_text(&r, s->zone);
  put_int(&r, s->every_for);
  put_int(&r, s->remind);
  put_time(&r, s->reminded_at);
  put_time(&r, s->ended_at);
  put_text(&r, s->ended_by);
  put_int(&r, s->suppressed);
  err = row_run(&r);
  free(matches);
  return err;
}

static enum err read_matches(struct silence *s, const char *text) {
  struct json_in *doc = NULL;
  const char *why = NULL;
  if (text == NULL)
    return ERR_INVALID;
  enum err err = json_parse(text, strlen(text), &doc, NULL);
  for (size_t i = 0; i < json_count(doc) && err == OK; i++) {
    const char *name = NULL;
    const char *match = json_at_text(json_member(doc, i, &name), "", NULL);
    err = match != NULL ? silence_add_match(s, match, &why) : ERR_INVALID;
  }
  json_in_free(doc);
  return err == OK && s->matches_n == 0 ? ERR_INVALID : err;
}

enum err row_take_silence(struct row *r, struct silence *own_silence) {
  struct silence s;
  const char *why = NULL;
  silence_init(&s);
  s.id = get_int(r);
  enum err err = read_matches(&s, get_text(r));
  s.by = get_own_text(r);
  s.reason = get_own_text(r);
  s.created_at = get_time(r);
  s.starts_at = get_time(r);
  s.ends_at = get_time(r);
  s.until_incident = get_int(r);
  s.until_resolved = get_flag(r);
  const char *every = get_text(r);
  const char *zone = get_text(r);
  span_ms every_for = get_int(r);
  s.remind = get_int(r);
  s.reminded_at = get_time(r);
  s.ended_at = get_time(r);
  s.ended_by = get_own_text(r);
  s.suppressed = get_int(r);
  if (err == OK && every != NULL)
    err = silence_set_every(&s, every, zone, every_for, &why);
  if (r->err == OK && err == ERR_NOMEM)
    r->err = err;
  if (r->err != OK)
    err = r->err;
  if (err == OK)
    *own_silence = s;
  else
    silence_fini(&s);
  return err == OK || err == r->err ? err : ERR_INVALID;
}

enum err ledger_silence(struct ledger *l, int64_t id,
                        struct silence *own_silence) {
  struct silence s;
  struct row r;
  enum err err = ERR_NOTFOUND;
  row_open(&r, l, SQL_SILENCE);
  put_int(&r, id);
  if (row_next(&r))
    err = row_take_silence(&r, &s);
  enum err closed = row_close(&r);
  if (closed != OK)
    return closed;
  if (err == OK)
    *own_silence = s;
  return err == ERR_INVALID ? ERR_NOTFOUND : err;
}

enum err ledger_silences(struct ledger *l, bool over, wall_ms now,
                         enum err (*each)(void *arg, const struct silence *s),
                         void *arg) {
  struct row r;
  enum err said = OK;
  row_open(&r, l, over ? SQL_SILENCES : SQL_SILENCES_TO_COME);
  if (!over)
    put_int(&r, now);
  while (said == OK && row_next(&r)) {
    struct silence s;
    if (row_take_silence(&r, &s) != OK)
      continue; /* the row remembers, or it is of no program of ours */
    if (over || !silence_is_over(&s, now))
      said = each(arg, &s);
    silence_fini(&s);
  }
  enum err err = row_close(&r);
  return err != OK ? err : said;
}
