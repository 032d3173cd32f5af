/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "play.h"

#include "base/span.h"

#include <glob.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- checks ---- */

/* "*" stands for anything; nothing else is special. */
static bool expect_fits(const char *pattern, const char *text) {
  const char *star = NULL, *from = NULL; /* the last *, what it covers not */
  while (*text != '\0') {
    if (*pattern == '*') {
      star = ++pattern;
      from = text;
    } else if (*pattern == *text) {
      pattern++;
      text++;
    } else if (star != NULL) {
      pattern = star;
      text = ++from;
    } else {
      return false;
    }
  }
  while (*pattern == '*')
    pattern++;
  return *pattern == '\0';
}

static bool fits_inside(const char *pattern, const char *text) {
  char *wide = NULL;
  if (asprintf(&wide, "*%s*", pattern) < 0)
    return false;
  bool yes = expect_fits(wide, text);
  free(wide);
  return yes;
}

/* One condition: PATH OP VALUE. */
struct cond {
  const char *path, *op, *value;
};

static const char *const ops[] = {"==", "!=", "~", "!~", "<", ">"};

static bool is_op(const char *word) {
  for (size_t i = 0; i < sizeof ops / sizeof ops[0]; i++)
    if (strcmp(word, ops[i]) == 0)
      return true;
  return false;
}

static bool holds(const struct cond *c, const char *got) {
  if (strcmp(c->op, "==") == 0)
    return strcmp(got, c->value) == 0;
  if (strcmp(c->op, "!=") == 0)
    return strcmp(got, c->value) != 0;
  if (strcmp(c->op, "~") == 0)
    return expect_fits(c->value, got);
  if (strcmp(c->op, "!~") == 0)
    return !expect_fits(c->value, got);
  double a = strtod(got, NULL), b = strtod(c->value, NULL);
  wall_ms at, bt; /* "2026-…" would be 2026 */
  if (clock_parse(got, &at) == OK && clock_parse(c->value, &bt) == OK)
    return c->op[0] == '<' ? at < bt : at > bt;
  return c->op[0] == '<' ? a < b : a > b;
}

#define CONDS_MAX 16

static size_t read_conds(struct play *p, struct words *w, size_t from,
                         struct cond *conds) {
  size_t n = 0;
  for (size_t i = from; i < w->n; i += 3) {
    if (i + 2 >= w->n || !is_op(w->v[i + 1]) || n == CONDS_MAX)
      play_broken(p, "expected PATH OP VALUE at \"%s\"", w->v[i]);
    conds[n++] = (struct cond){w->v[i], w->v[i + 1], w->v[i + 2]};
  }
  return n;
}

/* Takes "as NAME" off the end. */
static const char *take_as(struct words *w) {
  static char name[PLAY_NAME];
  if (w->n < 3 || strcmp(w->v[w->n - 2], "as") != 0)
    return NULL;
  snprintf(name, sizeof name, "%s", w->v[w->n - 1]);
  free(w->v[--w->n]);
  free(w->v[--w->n]);
  return name;
}

/* ---- expect: requests ---- */

/* An HMAC-SHA256 as Standard Webhooks wants it, in base64. */
static void sign(struct play *p, const char *secret, const struct got *g,
                 const char *stamp, struct buf *out) {
  unsigned char key[512], mac[EVP_MAX_MD_SIZE];
  char text[EVP_MAX_MD_SIZE * 2];
  unsigned mac_len = 0;
  int key_len = (int)strlen(secret);
  if (strncmp(secret, "whsec_", 6) == 0) {
    const char *in = secret + 6;
    key_len = EVP_DecodeBlock(key, (const unsigned char *)in, (int)strlen(in));
    for (size_t n = strlen(in); key_len > 0 && n > 0 && in[n - 1] == '='; n--)
      key_len--;
  } else if ((size_t)key_len <= sizeof key) {
    memcpy(key, secret, (size_t)key_len);
  }
  if (key_len < 0)
    play_broken(p, "the secret is no base64");
  struct buf b;
  buf_init(&b, 1 << 22);
  buf_addf(&b, "%s.%s.", g->id, stamp);
  buf_addn(&b, g->body, g->body_len);
  HMAC(EVP_sha256(), key, key_len, (const unsigned char *)buf_text(&b), b.len,
       mac, &mac_len);
  EVP_EncodeBlock((unsigned char *)text, mac, (int)mac_len);
  buf_addf(out, "v1,%s", text);
  buf_fini(&b);
}

static void header_of(const struct got *g, const char *name, struct buf *out) {
  size_t n = strlen(name);
  for (const char *at = g->headers; at != NULL && *at != '\0';) {
    size_t len = strcspn(at, "\r\n");
    if (len > n && strncasecmp(at, name, n) == 0 && at[n] == ':') {
      const char *value = at + n + 1;
      while (*value == ' ')
        value++;
      buf_addn(out, value, (size_t)(at + len - value));
      return;
    }
    at += len;
    at += strspn(at, "\r\n");
  }
  buf_add(out, "(absent)");
}

/* Fills b with what the condition looks at. */
static void look(struct play *p, const struct cond *c, const struct got *g,
                 const struct json_in *doc, struct buf *b) {
  buf_clear(b);
  if (strcmp(c->path, "body") == 0) {
    buf_addn(b, g->body, g->body_len);
  } else if (strncmp(c->path, "header.", 7) == 0) {
    header_of(g, c->path + 7, b);
  } else if (strcmp(c->path, "after") == 0) {
    char text[SPAN_TEXT];
    span_print(g->at, text);
    buf_add(b, text);
  } else if (strcmp(c->path, "signed") == 0) {
    struct buf stamp, mine;
    buf_init(&stamp, 256);
    buf_init(&mine, 256);
    header_of(g, "webhook-timestamp", &stamp);
    char secrets[512], *cursor = secrets;
    snprintf(secrets, sizeof secrets, "%s", c->value);
    for (char *one; (one = strsep(&cursor, "|")) != NULL;) {
      buf_add(&mine, mine.len > 0 ? " " : "");
      sign(p, one, g, buf_text(&stamp), &mine);
    }
    struct buf theirs;
    buf_init(&theirs, 1024);
    header_of(g, "webhook-signature", &theirs);
    /* Equal is shown as the secret itself, so that `==` holds. */
    buf_add(b, strcmp(buf_text(&mine), buf_text(&theirs)) == 0
                   ? c->value
                   : "(signed with something else)");
    buf_fini(&stamp);
    buf_fini(&mine);
    buf_fini(&theirs);
  } else {
    script_render(doc, c->path, b);
  }
}

bool expect_sound(struct play *p, const struct play_sink *sink,
                  const struct got *g) {
  struct json_in *doc = NULL;
  const char *why = "";
  if (sink->is_foreign)
    return g->id[0] != '\0' ||
           stage_fail(&p->stage, "%s got a request without an id", sink->name);
  if (json_parse(g->body, g->body_len, &doc, &why) != OK)
    return stage_fail(&p->stage, "%s got what is no JSON (%s): %s", sink->name,
                      why, g->body);
  bool ok = json_at_int(doc, "version", 0) == 1 &&
            strcmp(json_at_text(doc, "id", ""), g->id) == 0 && g->id[0] != '\0';
  json_in_free(doc);
  return ok || stage_fail(&p->stage,
                          "%s got a request whose version or id (%s) is "
                          "wrong: %s",
                          sink->name, g->id, g->body);
}

static bool all_hold(struct play *p, const struct got *g,
                     const struct cond *conds, size_t n, struct buf *why) {
  struct json_in *doc = NULL;
  struct buf b;
  bool ok = true;
  buf_init(&b, 1 << 22);
  if (json_parse(g->body, g->body_len, &doc, NULL) != OK)
    doc = NULL;
  for (size_t i = 0; i < n && ok; i++) {
    if (strcmp(conds[i].path, "count") == 0)
      continue;
    look(p, &conds[i], g, doc, &b);
    ok = holds(&conds[i], buf_text(&b));
    if (!ok && why != NULL)
      buf_addf(why, "  %s is %s\n", conds[i].path, buf_text(&b));
  }
  buf_fini(&b);
  json_in_free(doc);
  return ok;
}

struct wanted {
  struct play_sink *sink;
  const struct cond *conds;
  size_t conds_n, count, found;
  bool is_later; /* those before it are forgotten */
  bool is_last;  /* only the last counts */
};

static bool request_is_there(struct play *p, void *arg) {
  struct wanted *w = arg;
  struct play_sink *s = w->sink;
  p->stage.ops->collect(&p->stage, s);
  if (w->count > 0) {
    if (s->got_n - s->read < w->count)
      return false;
    w->found = s->read + w->count - 1;
    return true;
  }
  for (size_t i = w->is_last && s->got_n > s->read ? s->got_n - 1 : s->read;
       i < s->got_n; i++) {
    w->found = i;
    if (!w->is_later || all_hold(p, s->got[i], w->conds, w->conds_n, NULL))
      return true;
  }
  return false;
}

static void tell_unread(const struct play_sink *s, struct buf *why) {
  buf_addf(why, "  %s got %zu, of which %zu not looked at yet:\n", s->name,
           s->got_n, s->got_n - s->read);
  for (size_t i = s->read; i < s->got_n && i < s->read + 8; i++)
    buf_addf(why, "    %s\n", s->got[i]->body);
}

static bool expect_nothing(struct play *p, struct play_sink *s) {
  struct stage *stage = &p->stage;
  int64_t until = clock_mono_ns() + 200 * 1000000;
  do {
    stage->ops->collect(stage, s);
    if (s->got_n > s->read)
      return stage_fail(stage, "%s got something: %s", s->name,
                        s->got[s->read]->body);
    if (stage->ops->is_live)
      clock_sleep_ms(5);
  } while (stage->ops->is_live && clock_mono_ns() < until);
  return true;
}

struct id_count {
  struct play_sink *sink;
  size_t want, got;
};

static bool ids_are_there(struct play *p, void *arg) {
  struct id_count *c = arg;
  struct play_sink *s = c->sink;
  p->stage.ops->collect(&p->stage, s);
  c->got = 0;
  for (size_t i = 0; i < s->got_n; i++) {
    bool is_new = true;
    for (size_t k = 0; k < i && is_new; k++)
      is_new = strcmp(s->got[k]->id, s->got[i]->id) != 0;
    c->got += is_new;
  }
  return c->got >= c->want;
}

/* expect SINK ids == N: it has got so many different pages in all. */
static bool expect_ids(struct play *p, struct play_sink *s, const char *n) {
  struct id_count c = {.sink = s, .want = script_number(p, n)};
  return (play_wait(p, ids_are_there, &c) && c.got == c.want) ||
         stage_fail(&p->stage, "%s has got %zu pages", s->name, c.got);
}

static bool expect_sink(struct play *p, struct play_sink *s, struct words *w) {
  struct stage *stage = &p->stage;
  const char *as = take_as(w);
  if (w->n == 3 && strcmp(w->v[2], "nothing") == 0)
    return expect_nothing(p, s);
  if (w->n == 5 && strcmp(w->v[2], "ids") == 0)
    return expect_ids(p, s, w->v[4]);
  struct cond conds[CONDS_MAX];
  struct wanted wanted = {.sink = s, .conds = conds};
  size_t from = 2;
  if (w->n > from &&
      (strcmp(w->v[from], "later") == 0 || strcmp(w->v[from], "last") == 0)) {
    wanted.is_later = true;
    wanted.is_last = strcmp(w->v[from], "last") == 0;
    from++;
  }
  wanted.conds_n = read_conds(p, w, from, conds);
  for (size_t i = 0; i < wanted.conds_n; i++)
    if (strcmp(conds[i].path, "count") == 0)
      wanted.count = script_number(p, conds[i].value);
  if (!play_wait(p, request_is_there, &wanted)) {
    stage_fail(stage, "%s did not get it", s->name);
    tell_unread(s, &stage->why);
    return false;
  }
  size_t first = wanted.is_later && wanted.count == 0 ? wanted.found : s->read;
  for (size_t i = first; i <= wanted.found; i++) {
    struct buf why;
    buf_init(&why, 1 << 16);
    if (!all_hold(p, s->got[i], conds, wanted.conds_n, &why)) {
      stage_fail(stage, "%s got something else:\n%s  in %s", s->name,
                 buf_text(&why), s->got[i]->body);
      buf_fini(&why);
      return false;
    }
    buf_fini(&why);
  }
  for (size_t i = s->read; i <= wanted.found; i++)
    if (!expect_sound(p, s, s->got[i]))
      return false;
  s->read = wanted.found + 1;
  if (wanted.count > 0) {
    stage->ops->collect(stage, s);
    if (s->got_n > s->read)
      return stage_fail(stage, "%s got one more: %s", s->name,
                        s->got[s->read]->body);
  }
  play_keep(p, as, s->got[wanted.found]->body, s->got[wanted.found]->body_len);
  return true;
}

/* ---- expect: what incidentctl says ---- */

struct asked {
  char **argv;
  size_t argc;
  const struct cond *conds;
  size_t conds_n;
  bool is_gone; /* it must fail */
};

/* Runs it with --json; the conditions must hold for the document. */
static bool answer_holds(struct play *p, void *arg) {
  struct asked *a = arg;
  struct stage *s = &p->stage;
  int status = 0;
  if (!s->ops->ctl(s, a->argv, a->argc, &status))
    return false;
  if (a->is_gone)
    return status == 1 || stage_fail(s, "it is there: %s", buf_text(&s->out));
  struct json_in *doc = NULL;
  if (json_parse(buf_text(&s->out), s->out_err, &doc, NULL) != OK)
    return stage_fail(s, "incidentctl said no JSON (status %d): %s", status,
                      buf_text(&s->out));
  struct buf b;
  buf_init(&b, 1 << 20);
  bool ok = true;
  for (size_t i = 0; i < a->conds_n && ok; i++) {
    buf_clear(&b);
    const char *path = a->conds[i].path;
    char inside[256];
    snprintf(inside, sizeof inside, "incident.%s", path);
    bool is_field = json_at(doc, path) == NULL && json_at(doc, inside) != NULL;
    script_render(doc, is_field ? inside : path, &b);
    ok = holds(&a->conds[i], buf_text(&b));
    if (!ok)
      stage_fail(s, "%s is %s\n  in %.*s", path, buf_text(&b), (int)s->out_err,
                 buf_text(&s->out));
  }
  buf_fini(&b);
  json_in_free(doc);
  return ok;
}

static bool ask(struct play *p, char **argv, size_t argc, struct words *w,
                size_t from) {
  struct cond conds[CONDS_MAX];
  struct asked a = {.argv = argv, .argc = argc, .conds = conds};
  const char *as = take_as(w);
  if (w->n == from + 1 && strcmp(w->v[from], "none") == 0) {
    a.is_gone = true;
  } else if (w->n == from + 2) { /* FIELD VALUE */
    conds[0] = (struct cond){w->v[from], "==", w->v[from + 1]};
    a.conds_n = 1;
  } else {
    a.conds_n = read_conds(p, w, from, conds);
  }
  if (!play_wait(p, answer_holds, &a))
    return false;
  play_keep(p, as, buf_text(&p->stage.out), p->stage.out_err);
  return true;
}

static bool expect_incident(struct play *p, struct words *w) {
  char *argv[] = {"show", w->v[2], "--json"};
  if (w->n < 4)
    play_broken(p, "expect incident N FIELD VALUE");
  return ask(p, argv, 3, w, 3);
}

static bool expect_status(struct play *p, struct words *w) {
  char *argv[] = {"status", "--json"};
  return ask(p, argv, 2, w, 2);
}

static bool expect_list(struct play *p, struct words *w) {
  char *argv[] = {"list", "--all", "--json"};
  return ask(p, argv, 3, w, 2);
}

/* expect ctl output [not] "text"; expect ctl golden NAME; expect ctl json PATH
 * OP VALUE … */
static bool expect_ctl(struct play *p, struct words *w) {
  struct stage *s = &p->stage;
  if (w->n >= 4 && strcmp(w->v[2], "output") == 0) {
    bool is_not = strcmp(w->v[3], "not") == 0;
    const char *text = w->v[w->n - 1];
    return fits_inside(text, buf_text(&s->out)) != is_not ||
           stage_fail(s, "incidentctl said: %s", buf_text(&s->out));
  }
  if (w->n == 4 && strcmp(w->v[2], "golden") == 0)
    return golden_expect(p, w->v[3]);
  if (w->n < 4 || strcmp(w->v[2], "json") != 0)
    play_broken(p, "expect ctl output \"text\", expect ctl golden NAME, or "
                   "expect ctl json PATH OP VALUE");
  struct cond conds[CONDS_MAX];
  const char *as = take_as(w);
  size_t n = read_conds(p, w, 3, conds);
  struct json_in *doc = NULL;
  if (json_parse(buf_text(&s->out), s->out_err, &doc, NULL) != OK)
    return stage_fail(s, "that is no JSON: %s", buf_text(&s->out));
  struct buf b;
  buf_init(&b, 1 << 20);
  bool ok = true;
  for (size_t i = 0; i < n && ok; i++) {
    buf_clear(&b);
    script_render(doc, conds[i].path, &b);
    ok = holds(&conds[i], buf_text(&b)) ||
         stage_fail(s, "%s is %s\n  in %s", conds[i].path, buf_text(&b),
                    buf_text(&s->out));
  }
  buf_fini(&b);
  json_in_free(doc);
  if (ok)
    play_keep(p, as, buf_text(&s->out), s->out_err);
  return ok;
}

/* ---- expect: log, files, ledger ---- */

struct logged {
  const char *pattern;
  size_t count, found;
  bool is_counted;
};

static bool log_has(struct play *p, void *arg) {
  struct logged *l = arg;
  p->stage.ops->collect(&p->stage, NULL);
  l->found = 0;
  char *log = play_must(p, strdup(buf_text(&p->stage.log)));
  for (char *at = log, *line; (line = strsep(&at, "\n")) != NULL;)
    l->found += fits_inside(l->pattern, line);
  free(log);
  return l->is_counted ? l->found >= l->count : l->found > 0;
}

/* expect log [not] "text" [count == N] */
static bool expect_log(struct play *p, struct words *w) {
  struct stage *s = &p->stage;
  bool is_not = w->n == 4 && strcmp(w->v[2], "not") == 0;
  struct logged l = {.pattern = w->v[is_not ? 3 : 2]};
  if (w->n == 6 && strcmp(w->v[3], "count") == 0) {
    l.count = script_number(p, w->v[5]);
    l.is_counted = true;
  } else if (w->n != (is_not ? 4U : 3U)) {
    play_broken(p, "expect log [not] \"text\" [count == N]");
  }
  if (is_not)
    return !log_has(p, &l) || stage_fail(s, "the log says \"%s\"", l.pattern);
  if (!play_wait(p, log_has, &l))
    return stage_fail(s, "the log does not say \"%s\" (%zu times)", l.pattern,
                      l.found);
  return !l.is_counted || l.found == l.count ||
         stage_fail(s, "the log says \"%s\" %zu times", l.pattern, l.found);
}

static bool file_is_there(struct play *p, void *arg) {
  char path[768];
  glob_t g;
  snprintf(path, sizeof path, "%s/%s", p->stage.dir, (const char *)arg);
  bool yes = glob(path, 0, NULL, &g) == 0;
  globfree(&g);
  return yes;
}

static bool expect_file(struct play *p, struct words *w) {
  if (w->n == 4 && strcmp(w->v[2], "not") == 0)
    return !file_is_there(p, w->v[3]) ||
           stage_fail(&p->stage, "there is %s", w->v[3]);
  if (w->n != 3)
    play_broken(p, "expect file [not] PATTERN");
  return play_wait(p, file_is_there, w->v[2]) ||
         stage_fail(&p->stage, "there is no %s", w->v[2]);
}

struct query {
  const char *sql, *want;
  char got[512];
};

static bool ledger_has(struct play *p, void *arg) {
  struct query *q = arg;
  sqlite3_stmt *stmt = NULL;
  sqlite3 *db = play_open_ledger(p);
  snprintf(q->got, sizeof q->got, "(nothing: %s)",
           db == NULL ? "cannot open" : "no row");
  if (db != NULL) {
    if (sqlite3_prepare_v2(db, q->sql, -1, &stmt, NULL) != SQLITE_OK ||
        sqlite3_step(stmt) != SQLITE_ROW) {
      if (sqlite3_errcode(db) != SQLITE_DONE)
        snprintf(q->got, sizeof q->got, "(%s)", sqlite3_errmsg(db));
    } else {
      const char *text = (const char *)sqlite3_column_text(stmt, 0);
      snprintf(q->got, sizeof q->got, "%s", text == NULL ? "NULL" : text);
    }
    sqlite3_finalize(stmt);
    sqlite3_close(db);
  }
  return expect_fits(q->want, q->got);
}

/* expect ledger "SELECT …" VALUE [as NAME]: the first column of the first row,
 * kept as ${NAME.value}. */
static bool expect_ledger(struct play *p, struct words *w) {
  const char *as = take_as(w);
  char doc[600];
  if (w->n != 4)
    play_broken(p, "expect ledger \"SELECT …\" VALUE");
  struct query q = {.sql = w->v[2], .want = w->v[3]};
  if (!play_wait(p, ledger_has, &q))
    return stage_fail(&p->stage, "the ledger has %s", q.got);
  snprintf(doc, sizeof doc, "{\"value\":\"%s\"}", q.got);
  play_keep(p, as, doc, strlen(doc));
  return true;
}

/* expect secret "text": it is in no file of the ledger and not in the log. */
static bool expect_secret(struct play *p, struct words *w) {
  char command[64];
  snprintf(command, sizeof command, "/proc/%ld/cmdline", (long)p->stage.pid);
  const char *const patterns[] = {"incident.db*", "*.log", "*.out", command};
  bool ok = true;
  for (size_t i = 0; i < sizeof patterns / sizeof patterns[0]; i++) {
    char path[768];
    glob_t g;
    snprintf(path, sizeof path, "%s/%s",
             patterns[i] != command ? p->stage.dir : "", patterns[i]);
    if (glob(path, 0, NULL, &g) != 0)
      continue;
    for (size_t k = 0; k < g.gl_pathc && ok; k++) {
      struct buf b;
      buf_init(&b, 1 << 26);
      stage_read_file(g.gl_pathv[k], &b);
      if (b.len > 0 && memmem(b.text, b.len, w->v[2], strlen(w->v[2])) != NULL)
        ok = stage_fail(&p->stage, "it is in %s", g.gl_pathv[k]);
      buf_fini(&b);
    }
    globfree(&g);
  }
  return ok;
}

struct own_value {
  const struct cond *cond;
  struct buf got;
};

static bool value_holds(struct play *p, void *arg) {
  struct own_value *v = arg;
  buf_clear(&v->got);
  return p->stage.ops->value(&p->stage, v->cond->path, &v->got) &&
         holds(v->cond, buf_text(&v->got));
}

/* expect value ID OP VALUE */
static bool expect_value(struct play *p, struct words *w) {
  struct cond conds[CONDS_MAX];
  bool ok = true;
  size_t n = read_conds(p, w, 2, conds);
  for (size_t i = 0; i < n && ok; i++) {
    struct own_value v = {.cond = &conds[i]};
    buf_init(&v.got, 4096);
    ok = play_wait(p, value_holds, &v) ||
         stage_fail(&p->stage, "%s is %s", conds[i].path, buf_text(&v.got));
    buf_fini(&v.got);
  }
  return ok;
}

bool expect_run(struct play *p, struct words *w) {
  static const struct {
    const char *name;
    bool (*run)(struct play *p, struct words *w);
  } kinds[] = {{"incident", expect_incident}, {"status", expect_status},
               {"list", expect_list},         {"ctl", expect_ctl},
               {"log", expect_log},           {"file", expect_file},
               {"ledger", expect_ledger},     {"secret", expect_secret},
               {"value", expect_value}};
  if (w->n < 3)
    play_broken(p, "expect what?");
  for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
    if (strcmp(kinds[i].name, w->v[1]) == 0)
      return kinds[i].run(p, w);
  struct play_sink *s = play_sink_named(p, w->v[1]);
  if (s == NULL)
    play_broken(p, "there is no sink %s", w->v[1]);
  return expect_sink(p, s, w);
}

/* ---- timeline ---- */

struct story {
  struct play *p;
  char **lines; /* of the block, trimmed */
  size_t lines_n;
  const char *id;
  struct buf got; /* as it should have been written */
  wall_ms base;   /* sim: when the scenario began */
};

static bool story_line_fits(struct play *p, const char *line,
                            const struct json_in *e, wall_ms base) {
  struct words w = {.n = 0};
  words_split(p, line, &w);
  size_t i = 0;
  bool ok = true;
  if (w.n > 2 && strcmp(w.v[0], "at") == 0) {
    wall_ms at = 0;
    span_ms want = script_span(p, w.v[1]);
    ok = p->stage.ops->is_live ||
         (clock_parse(json_at_text(e, "at", ""), &at) == OK &&
          at - base == want);
    i = 2;
  }
  ok = ok && i < w.n && strcmp(w.v[i], json_at_text(e, "kind", "")) == 0;
  i++;
  if (i < w.n && strcmp(w.v[i], "by") != 0) {
    ok = ok && expect_fits(w.v[i], json_at_text(e, "text", ""));
    i++;
  }
  if (i + 1 < w.n && strcmp(w.v[i], "by") == 0) {
    ok = ok && strcmp(w.v[i + 1], json_at_text(e, "by", "null")) == 0;
    i += 2;
  }
  if (i != w.n)
    play_broken(p, "[at SPAN] kind [\"text\"] [by NAME], not: %s", line);
  words_fini(&w);
  return ok;
}

static bool story_fits(struct play *p, void *arg) {
  struct story *t = arg;
  struct stage *s = &p->stage;
  char *argv[] = {"show", (char *)t->id, "--json"};
  int status = 0;
  struct json_in *doc = NULL;
  if (!s->ops->ctl(s, argv, 3, &status))
    return false;
  if (json_parse(buf_text(&s->out), s->out_err, &doc, NULL) != OK)
    return stage_fail(s, "incidentctl said: %s", buf_text(&s->out));
  const struct json_in *all = json_at(doc, "timeline");
  size_t n = json_count(all);
  bool ok = n == t->lines_n;
  buf_clear(&t->got);
  for (size_t i = 0; i < n; i++) {
    const struct json_in *e = json_member(all, i, NULL);
    bool line_ok =
        i < t->lines_n && story_line_fits(p, t->lines[i], e, t->base);
    wall_ms at = 0;
    char span[SPAN_TEXT];
    clock_parse(json_at_text(e, "at", ""), &at);
    span_print(at > t->base ? at - t->base : 0, span);
    buf_addf(&t->got, "  %c ", line_ok ? ' ' : '!');
    if (!s->ops->is_live)
      buf_addf(&t->got, "at %s ", span);
    buf_addf(&t->got, "%s \"%s\"", json_at_text(e, "kind", "?"),
             json_at_text(e, "text", ""));
    if (json_at_text(e, "by", NULL) != NULL)
      buf_addf(&t->got, " by %s", json_at_text(e, "by", ""));
    buf_add(&t->got, "\n");
    ok = ok && line_ok;
  }
  json_in_free(doc);
  return ok || stage_fail(s, "the timeline is\n%s", buf_text(&t->got));
}

bool expect_timeline(struct play *p, struct words *w) {
  struct story t = {.p = p, .id = w->v[1], .base = STAGE_SIM_BASE};
  if (w->n != 2 || p->line->block == NULL)
    play_broken(p, "timeline N { … }");
  char *block = play_must(p, strdup(p->line->block));
  for (char *at = block, *line; (line = strsep(&at, "\n")) != NULL;) {
    line = script_trim(line);
    if (line[0] == '\0' || line[0] == '#')
      continue;
    t.lines = play_must(p, realloc(t.lines, (t.lines_n + 1) * sizeof *t.lines));
    t.lines[t.lines_n++] = line;
  }
  buf_init(&t.got, 1 << 16);
  bool ok = play_wait(p, story_fits, &t);
  buf_fini(&t.got);
  free(t.lines);
  free(block);
  return ok;
}
