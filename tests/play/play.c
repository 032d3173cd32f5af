/* SPDX-License-Identifier: MIT */
/* The scenario player: `play FILE.play [sim|live]` plays the commands in the
 * file on the stages it asks for and says what was not as expected.
 * CONTRIBUTING.md has the language; a verb is a function and a line in the
 * table at the end.
 *
 * Exit status: 0 all as expected, 1 not, 77 there is no daemon to play with, 99
 * the scenario makes no sense. */
#define _GNU_SOURCE
#include "base/json.h"
#include "base/span.h"
#include "stage.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define WORDS_MAX 64
#define KEPT_MAX 32

struct line {
  int number;
  char *text;  /* without blanks at either end */
  char *block; /* what stood in { }; NULL: no block */
};

struct words {
  char *v[WORDS_MAX];
  size_t n;
};

/* What an `expect … as NAME` has seen. */
struct kept {
  char name[PLAY_NAME];
  struct json_in *doc;
};

struct play {
  const char *file, *name;
  struct line *lines;
  size_t lines_n;
  const struct line *line; /* being played */
  struct stage stage;
  struct kept kept[KEPT_MAX];
  size_t kept_n;
  unsigned passed, failed;
  int ctl_status;
  sqlite3 *stranger; /* ledger lock */
  unsigned repeat;   /* ${n} */
  bool is_both;
};

/* The scenario itself is wrong. */
__attribute__((noreturn, format(printf, 2, 3))) static void
broken(const struct play *p, const char *format, ...) {
  va_list ap;
  printf("%s:%d: ", p->file, p->line != NULL ? p->line->number : 0);
  va_start(ap, format);
  vprintf(format, ap);
  va_end(ap);
  printf("\n");
  exit(99);
}

static void *must(const struct play *p, void *memory) {
  if (memory == NULL)
    broken(p, "out of memory");
  return memory;
}

/* ---- the file ---- */

static char *trim(char *text) {
  while (isspace((unsigned char)*text))
    text++;
  size_t n = strlen(text);
  while (n > 0 && isspace((unsigned char)text[n - 1]))
    text[--n] = '\0';
  return text;
}

static void read_script(struct play *p, const char *path, unsigned depth) {
  FILE *f = fopen(path, "re");
  if (f == NULL || depth > 4)
    broken(p, "%s: %s", path, strerror(errno));
  char *room = NULL;
  size_t size = 0;
  int number = 0;
  while (getline(&room, &size, f) >= 0) {
    number++;
    char *text = trim(room);
    if (text[0] == '\0' || text[0] == '#')
      continue;
    if (strncmp(text, "include ", 8) == 0) {
      char other[512];
      const char *slash = strrchr(path, '/');
      snprintf(other, sizeof other, "%.*s%s",
               slash == NULL ? 0 : (int)(slash - path + 1), path,
               trim(text + 8));
      read_script(p, other, depth + 1);
      continue;
    }
    p->lines = must(p, realloc(p->lines, (p->lines_n + 1) * sizeof *p->lines));
    struct line *line = &p->lines[p->lines_n++];
    *line = (struct line){number, NULL, NULL};
    size_t n = strlen(text);
    if (text[n - 1] == '{') {
      struct buf block;
      buf_init(&block, 1 << 20);
      text[n - 1] = '\0';
      line->text = must(p, strdup(trim(text)));
      bool is_closed = false;
      while (!is_closed && getline(&room, &size, f) >= 0) {
        number++;
        char *dup = must(p, strdup(room));
        is_closed = strcmp(trim(dup), "}") == 0;
        free(dup);
        if (!is_closed)
          buf_add(&block, room);
      }
      p->line = line;
      if (!is_closed)
        broken(p, "the block does not end");
      line->block = must(p, strdup(buf_text(&block)));
      buf_fini(&block);
    } else {
      line->text = must(p, strdup(text));
    }
  }
  free(room);
  fclose(f);
}

/* ---- words and macros ---- */

static void render(const struct json_in *v, struct buf *out) {
  char number[JSON_NUMBER];
  if (v == NULL) {
    buf_add(out, "(absent)");
    return;
  }
  switch (json_type(v)) {
  case JSON_NULL:
    buf_add(out, "null");
    break;
  case JSON_BOOL:
    buf_add(out, json_at_bool(v, "", false) ? "true" : "false");
    break;
  case JSON_NUMBER_T:
    json_number(json_at_double(v, "", 0), number);
    buf_add(out, number);
    break;
  case JSON_TEXT:
    buf_add(out, json_at_text(v, "", ""));
    break;
  case JSON_ARRAY:
    buf_addf(out, "(%zu elements)", json_count(v));
    break;
  case JSON_OBJECT:
    buf_addf(out, "(%zu members)", json_count(v));
    break;
  }
}

/* "PATH.count" is how many elements PATH has. */
static void render_at(const struct json_in *doc, const char *path,
                      struct buf *out) {
  size_t n = strlen(path);
  const struct json_in *v = json_at(doc, path);
  if (v == NULL && n > 6 && strcmp(path + n - 6, ".count") == 0) {
    char parent[256];
    snprintf(parent, sizeof parent, "%.*s", (int)(n - 6), path);
    buf_addf(out, "%zu", json_count(json_at(doc, parent)));
    return;
  }
  render(v, out);
}

static struct play_sink *find_sink(struct play *p, const char *name) {
  for (struct play_sink *s = p->stage.sinks; s != NULL; s = s->next)
    if (strcmp(s->name, name) == 0)
      return s;
  return NULL;
}

static void expand_name(struct play *p, const char *name, struct buf *out) {
  char head[PLAY_NAME];
  const char *dot = strchr(name, '.');
  snprintf(head, sizeof head, "%.*s",
           dot == NULL ? (int)strlen(name) : (int)(dot - name), name);
  const struct play_sink *sink = find_sink(p, head);
  if (strcmp(name, "dir") == 0) {
    buf_add(out, p->stage.dir);
  } else if (strcmp(name, "srcdir") == 0) {
    buf_add(out, getenv("srcdir") != NULL ? getenv("srcdir") : ".");
  } else if (strcmp(name, "pid") == 0) {
    buf_addf(out, "%ld", (long)p->stage.pid);
  } else if (strcmp(name, "n") == 0) {
    buf_addf(out, "%u", p->repeat);
  } else if (strcmp(name, "out") == 0) {
    char *text = must(p, strdup(buf_text(&p->stage.out)));
    buf_add(out, trim(text));
    free(text);
  } else if (sink != NULL && dot == NULL) {
    buf_add(out, sink->url);
  } else if (sink != NULL && strcmp(dot, ".hostport") == 0) {
    buf_add(out, strstr(sink->url, "://") + 3);
  } else {
    for (size_t i = p->kept_n; i-- > 0;)
      if (dot != NULL && strcmp(p->kept[i].name, head) == 0) {
        render_at(p->kept[i].doc, dot + 1, out);
        return;
      }
    broken(p, "there is no ${%s}", name);
  }
}

static void expand(struct play *p, const char *text, struct buf *out) {
  for (; *text != '\0'; text++) {
    const char *end;
    if (text[0] == '$' && text[1] == '{' && (end = strchr(text, '}')) != NULL) {
      char name[256];
      snprintf(name, sizeof name, "%.*s", (int)(end - text - 2), text + 2);
      expand_name(p, name, out);
      text = end;
    } else {
      buf_addn(out, text, 1);
    }
  }
}

static char *expanded(struct play *p, const char *text) {
  struct buf b;
  char *own = NULL;
  buf_init(&b, 1 << 20);
  expand(p, text, &b);
  if (b.len == 0)
    return must(p, strdup(""));
  if (buf_take(&b, &own) != OK)
    broken(p, "out of memory");
  return own;
}

static int hex(char c) {
  const char *digits = "0123456789abcdef";
  const char *at = c == '\0' ? NULL : strchr(digits, tolower((unsigned char)c));
  return at == NULL ? -1 : (int)(at - digits);
}

/* Splits at blanks; in double quotes \" \\ \n \t and \xHH are understood.
 * Quotes may begin inside a word: NAME="a b". */
static void split(struct play *p, const char *text, struct words *w) {
  char *own = expanded(p, text);
  const char *at = own;
  w->n = 0;
  for (;;) {
    while (isspace((unsigned char)*at))
      at++;
    if (*at == '\0')
      break;
    if (w->n == WORDS_MAX)
      broken(p, "too many words");
    char *word = must(p, malloc(strlen(at) + 1));
    size_t n = 0;
    bool is_quoted = false;
    for (; *at != '\0' && (is_quoted || !isspace((unsigned char)*at)); at++) {
      if (*at == '"') {
        is_quoted = !is_quoted;
      } else if (is_quoted && *at == '\\' && at[1] != '\0') {
        at++;
        if (*at == 'n')
          word[n++] = '\n';
        else if (*at == 't')
          word[n++] = '\t';
        else if (*at == 'x' && hex(at[1]) >= 0 && hex(at[2]) >= 0) {
          word[n++] = (char)(hex(at[1]) * 16 + hex(at[2]));
          at += 2;
        } else
          word[n++] = *at;
      } else {
        word[n++] = *at;
      }
    }
    if (is_quoted)
      broken(p, "a quotation mark is missing");
    word[n] = '\0';
    w->v[w->n++] = word;
  }
  free(own);
}

static void words_fini(struct words *w) {
  for (size_t i = 0; i < w->n; i++)
    free(w->v[i]);
  w->n = 0;
}

static span_ms span_of(const struct play *p, const char *text) {
  span_ms span;
  if (span_parse(text, &span) != OK)
    broken(p, "%s is no length of time", text);
  return span;
}

static unsigned number_of(const struct play *p, const char *text) {
  char *end;
  unsigned long n = strtoul(text, &end, 10);
  if (*text == '\0' || *end != '\0')
    broken(p, "%s is no number", text);
  return (unsigned)n;
}

/* ---- checks ---- */

/* "*" stands for anything; nothing else is special. */
static bool fits(const char *pattern, const char *text) {
  if (*pattern == '\0')
    return *text == '\0';
  if (*pattern == '*') {
    while (*pattern == '*')
      pattern++;
    if (*pattern == '\0')
      return true;
    for (; *text != '\0'; text++)
      if (fits(pattern, text))
        return true;
    return false;
  }
  return *text == *pattern && fits(pattern + 1, text + 1);
}

static bool fits_inside(const char *pattern, const char *text) {
  char *wide = NULL;
  if (asprintf(&wide, "*%s*", pattern) < 0)
    return false;
  bool yes = fits(wide, text);
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
    return fits(c->value, got);
  if (strcmp(c->op, "!~") == 0)
    return !fits(c->value, got);
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
      broken(p, "expected PATH OP VALUE at \"%s\"", w->v[i]);
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

static void keep(struct play *p, const char *name, const char *text,
                 size_t len) {
  if (name == NULL)
    return;
  struct json_in *doc = NULL;
  if (p->kept_n == KEPT_MAX || json_parse(text, len, &doc, NULL) != OK)
    broken(p, "cannot keep it as %s", name);
  struct kept *k = &p->kept[p->kept_n++];
  snprintf(k->name, sizeof k->name, "%s", name);
  k->doc = doc;
}

static void nap(struct stage *s) {
  (void)s;
  clock_sleep_ms(5);
}

/* Whether the condition comes true; on the live stage within the deadline. */
typedef bool condition(struct play *p, void *arg);

static bool wait_for(struct play *p, condition *is_true, void *arg) {
  int64_t give_up = clock_mono_ns() + p->stage.deadline * 1000000;
  while (!is_true(p, arg)) {
    if (!p->stage.ops->is_live || clock_mono_ns() > give_up)
      return false;
    nap(&p->stage);
  }
  return true;
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
    broken(p, "the secret is no base64");
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
    sign(p, c->value, g, buf_text(&stamp), &mine);
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
    render_at(doc, c->path, b);
  }
}

/* What holds for every request; says what does not. */
static bool is_sound(struct play *p, const struct play_sink *sink,
                     const struct got *g) {
  struct json_in *doc = NULL;
  const char *why = "";
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
      nap(stage);
  } while (stage->ops->is_live && clock_mono_ns() < until);
  return true;
}

static bool expect_sink(struct play *p, struct play_sink *s, struct words *w) {
  struct stage *stage = &p->stage;
  const char *as = take_as(w);
  if (w->n == 3 && strcmp(w->v[2], "nothing") == 0)
    return expect_nothing(p, s);
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
      wanted.count = number_of(p, conds[i].value);
  if (!wait_for(p, request_is_there, &wanted)) {
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
    if (!is_sound(p, s, s->got[i]))
      return false;
  s->read = wanted.found + 1;
  if (wanted.count > 0) {
    stage->ops->collect(stage, s);
    if (s->got_n > s->read)
      return stage_fail(stage, "%s got one more: %s", s->name,
                        s->got[s->read]->body);
  }
  keep(p, as, s->got[wanted.found]->body, s->got[wanted.found]->body_len);
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
    render_at(doc, is_field ? inside : path, &b);
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
  if (!wait_for(p, answer_holds, &a))
    return false;
  keep(p, as, buf_text(&p->stage.out), p->stage.out_err);
  return true;
}

static bool expect_incident(struct play *p, struct words *w) {
  char *argv[] = {"show", w->v[2], "--json"};
  if (w->n < 4)
    broken(p, "expect incident N FIELD VALUE");
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

/* expect ctl output [not] "text"; expect ctl json PATH OP VALUE … */
static bool expect_ctl(struct play *p, struct words *w) {
  struct stage *s = &p->stage;
  if (w->n >= 4 && strcmp(w->v[2], "output") == 0) {
    bool is_not = strcmp(w->v[3], "not") == 0;
    const char *text = w->v[w->n - 1];
    return fits_inside(text, buf_text(&s->out)) != is_not ||
           stage_fail(s, "incidentctl said: %s", buf_text(&s->out));
  }
  if (w->n < 4 || strcmp(w->v[2], "json") != 0)
    broken(p, "expect ctl output \"text\", or expect ctl json PATH OP VALUE");
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
    render_at(doc, conds[i].path, &b);
    ok = holds(&conds[i], buf_text(&b)) ||
         stage_fail(s, "%s is %s\n  in %s", conds[i].path, buf_text(&b),
                    buf_text(&s->out));
  }
  buf_fini(&b);
  json_in_free(doc);
  if (ok)
    keep(p, as, buf_text(&s->out), s->out_err);
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
  char *log = must(p, strdup(buf_text(&p->stage.log)));
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
    l.count = number_of(p, w->v[5]);
    l.is_counted = true;
  } else if (w->n != (is_not ? 4U : 3U)) {
    broken(p, "expect log [not] \"text\" [count == N]");
  }
  if (is_not)
    return !log_has(p, &l) || stage_fail(s, "the log says \"%s\"", l.pattern);
  if (!wait_for(p, log_has, &l))
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
    broken(p, "expect file [not] PATTERN");
  return wait_for(p, file_is_there, w->v[2]) ||
         stage_fail(&p->stage, "there is no %s", w->v[2]);
}

static sqlite3 *open_ledger(struct play *p, int flags) {
  sqlite3 *db = NULL;
  if (sqlite3_open_v2(p->stage.ledger, &db, flags, NULL) != SQLITE_OK) {
    sqlite3_close(db);
    return NULL;
  }
  sqlite3_busy_timeout(db, 5000);
  return db;
}

struct query {
  const char *sql, *want;
  char got[512];
};

static bool ledger_has(struct play *p, void *arg) {
  struct query *q = arg;
  sqlite3_stmt *stmt = NULL;
  sqlite3 *db = open_ledger(p, SQLITE_OPEN_READWRITE);
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
  return fits(q->want, q->got);
}

/* expect ledger "SELECT …" VALUE [as NAME]: the first column of the first row,
 * kept as ${NAME.value}. */
static bool expect_ledger(struct play *p, struct words *w) {
  const char *as = take_as(w);
  char doc[600];
  if (w->n != 4)
    broken(p, "expect ledger \"SELECT …\" VALUE");
  struct query q = {.sql = w->v[2], .want = w->v[3]};
  if (!wait_for(p, ledger_has, &q))
    return stage_fail(&p->stage, "the ledger has %s", q.got);
  snprintf(doc, sizeof doc, "{\"value\":\"%s\"}", q.got);
  keep(p, as, doc, strlen(doc));
  return true;
}

/* expect secret "text": it is in no file of the ledger and not in the log. */
static bool expect_secret(struct play *p, struct words *w) {
  static const char *const patterns[] = {"incident.db*", "*.log", "*.out"};
  bool ok = true;
  for (size_t i = 0; i < sizeof patterns / sizeof patterns[0]; i++) {
    char path[768];
    glob_t g;
    snprintf(path, sizeof path, "%s/%s", p->stage.dir, patterns[i]);
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

static bool verb_expect(struct play *p, struct words *w) {
  static const struct {
    const char *name;
    bool (*run)(struct play *p, struct words *w);
  } kinds[] = {{"incident", expect_incident}, {"status", expect_status},
               {"list", expect_list},         {"ctl", expect_ctl},
               {"log", expect_log},           {"file", expect_file},
               {"ledger", expect_ledger},     {"secret", expect_secret}};
  if (w->n < 3)
    broken(p, "expect what?");
  for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
    if (strcmp(kinds[i].name, w->v[1]) == 0)
      return kinds[i].run(p, w);
  struct play_sink *s = find_sink(p, w->v[1]);
  if (s == NULL)
    broken(p, "there is no sink %s", w->v[1]);
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
  split(p, line, &w);
  size_t i = 0;
  bool ok = true;
  if (w.n > 2 && strcmp(w.v[0], "at") == 0) {
    wall_ms at = 0;
    span_ms want = span_of(p, w.v[1]);
    ok = p->stage.ops->is_live ||
         (clock_parse(json_at_text(e, "at", ""), &at) == OK &&
          at - base == want);
    i = 2;
  }
  ok = ok && i < w.n && strcmp(w.v[i], json_at_text(e, "kind", "")) == 0;
  i++;
  if (i < w.n && strcmp(w.v[i], "by") != 0) {
    ok = ok && fits(w.v[i], json_at_text(e, "text", ""));
    i++;
  }
  if (i + 1 < w.n && strcmp(w.v[i], "by") == 0) {
    ok = ok && strcmp(w.v[i + 1], json_at_text(e, "by", "null")) == 0;
    i += 2;
  }
  if (i != w.n)
    broken(p, "[at SPAN] kind [\"text\"] [by NAME], not: %s", line);
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

static bool verb_timeline(struct play *p, struct words *w) {
  struct story t = {.p = p, .id = w->v[1], .base = STAGE_SIM_BASE};
  if (w->n != 2 || p->line->block == NULL)
    broken(p, "timeline N { … }");
  char *block = must(p, strdup(p->line->block));
  for (char *at = block, *line; (line = strsep(&at, "\n")) != NULL;) {
    line = trim(line);
    if (line[0] == '\0' || line[0] == '#')
      continue;
    t.lines = must(p, realloc(t.lines, (t.lines_n + 1) * sizeof *t.lines));
    t.lines[t.lines_n++] = line;
  }
  buf_init(&t.got, 1 << 16);
  bool ok = wait_for(p, story_fits, &t);
  buf_fini(&t.got);
  free(t.lines);
  free(block);
  return ok;
}

/* ---- setting up ---- */

static bool verb_conf(struct play *p, struct words *w) {
  struct stage *s = &p->stage;
  struct buf b;
  if (p->line->block == NULL)
    broken(p, "conf [anew] { … }");
  bool is_anew = w->n == 2 && strcmp(w->v[1], "anew") == 0;
  buf_init(&b, 1 << 22);
  if (!is_anew && s->conf != NULL)
    buf_add(&b, s->conf);
  buf_add(&b, "<Plugin incident>\n");
  expand(p, p->line->block, &b);
  if (is_anew || s->conf == NULL)
    buf_addf(&b, "Ledger \"%s\"\n", s->ledger);
  buf_add(&b, "</Plugin>\n");
  free(s->conf);
  s->conf = NULL;
  if (buf_take(&b, &s->conf) != OK)
    broken(p, "out of memory");
  return true;
}

static bool verb_collectd(struct play *p, struct words *w) {
  (void)w;
  if (p->line->block == NULL)
    broken(p, "collectd { … }");
  free(p->stage.collectd_conf);
  p->stage.collectd_conf = expanded(p, p->line->block);
  return true;
}

/* dir NAME: makes a directory. */
static bool verb_dir(struct play *p, struct words *w) {
  char path[768];
  if (w->n != 2)
    broken(p, "dir NAME");
  snprintf(path, sizeof path, "%s/%s", p->stage.dir, w->v[1]);
  return mkdir(path, 0755) == 0 ||
         stage_fail(&p->stage, "%s: %s", path, strerror(errno));
}

/* forget SINK: what it got so far does not matter. */
static bool verb_forget(struct play *p, struct words *w) {
  struct play_sink *s = w->n == 2 ? find_sink(p, w->v[1]) : NULL;
  if (s == NULL)
    broken(p, "forget SINK");
  p->stage.ops->collect(&p->stage, s);
  for (; s->read < s->got_n; s->read++)
    if (!is_sound(p, s, s->got[s->read]))
      return false;
  return true;
}

static bool verb_file(struct play *p, struct words *w) {
  char path[768];
  if (w->n != 2 || p->line->block == NULL)
    broken(p, "file NAME { … }");
  char *text = expanded(p, p->line->block);
  snprintf(path, sizeof path, "%s/%s", p->stage.dir, w->v[1]);
  bool ok = stage_write_file(&p->stage, path, text);
  free(text);
  return ok;
}

/* sink NAME [replies CODE|hang|slow SPAN|drop|endless|refuse|retry-after SPAN|
 * tls-wrong [xN] [then …]]: without a number the last goes on for ever. */
static bool verb_sink(struct play *p, struct words *w) {
  if (w->n < 2 || strlen(w->v[1]) >= PLAY_NAME)
    broken(p, "sink NAME [replies …]");
  if (strstr(" incident status list ctl log file ledger secret ", w->v[1]) !=
      NULL)
    broken(p, "a sink cannot be called %s", w->v[1]);
  struct play_sink *s = find_sink(p, w->v[1]);
  if (s == NULL) {
    s = must(p, calloc(1, sizeof *s));
    snprintf(s->name, sizeof s->name, "%s", w->v[1]);
    s->next = p->stage.sinks;
    p->stage.sinks = s;
  }
  s->replies_n = s->reply_at = 0;
  s->reply_used = 0;
  for (size_t i = 2; i < w->n; i++) {
    const char *word = w->v[i];
    if (strcmp(word, "replies") == 0 || strcmp(word, "then") == 0)
      continue;
    if (s->replies_n == PLAY_REPLIES)
      broken(p, "too many replies");
    struct reply r = {.kind = REPLY_CODE, .code = 200};
    bool has_span = false;
    if (isdigit((unsigned char)word[0]))
      r.code = (int)number_of(p, word);
    else if (strcmp(word, "hang") == 0)
      r.kind = REPLY_HANG;
    else if (strcmp(word, "slow") == 0)
      r.kind = REPLY_SLOW, has_span = true;
    else if (strcmp(word, "drop") == 0)
      r.kind = REPLY_DROP;
    else if (strcmp(word, "endless") == 0)
      r.kind = REPLY_ENDLESS;
    else if (strcmp(word, "refuse") == 0)
      r.kind = REPLY_REFUSE;
    else if (strcmp(word, "retry-after") == 0)
      r.kind = REPLY_RETRY, r.code = 429, has_span = true;
    else if (strcmp(word, "tls-wrong") == 0)
      r.kind = REPLY_TLS_WRONG, s->is_tls = true;
    else
      broken(p, "a sink cannot reply %s", word);
    if (has_span) {
      if (++i == w->n)
        broken(p, "%s how long?", word);
      r.span = span_of(p, w->v[i]);
    }
    if (i + 1 < w->n && w->v[i + 1][0] == 'x' &&
        isdigit((unsigned char)w->v[i + 1][1]))
      r.times = number_of(p, w->v[++i] + 1);
    s->replies[s->replies_n++] = r;
  }
  return p->stage.ops->set_sink(&p->stage, s);
}

/* ---- doing ---- */

static bool verb_start(struct play *p, struct words *w) {
  bool fails = w->n == 2 && strcmp(w->v[1], "fails") == 0;
  if (w->n != (fails ? 2U : 1U))
    broken(p, "start [fails]");
  return p->stage.ops->start(&p->stage, fails);
}

static bool verb_stop(struct play *p, struct words *w) {
  span_ms within = p->stage.deadline;
  if (w->n == 3 && strcmp(w->v[1], "within") == 0)
    within = span_of(p, w->v[2]);
  else if (w->n != 1)
    broken(p, "stop [within SPAN]");
  return p->stage.ops->stop(&p->stage, within);
}

/* second: another daemon with the same configuration must end by itself. */
static bool verb_second(struct play *p, struct words *w) {
  if (w->n != 1)
    broken(p, "second");
  return p->stage.ops->second(&p->stage);
}

/* trial: `collectd -T` with this configuration ends well. */
static bool verb_trial(struct play *p, struct words *w) {
  (void)w;
  return p->stage.ops->trial(&p->stage);
}

static bool verb_kill(struct play *p, struct words *w) {
  (void)w;
  return p->stage.ops->kill(&p->stage);
}

static bool verb_restart(struct play *p, struct words *w) {
  (void)w;
  return p->stage.ops->stop(&p->stage, p->stage.deadline) &&
         p->stage.ops->start(&p->stage, false);
}

static bool verb_put(struct play *p, struct words *w) {
  const char *interval = "100";
  if (w->n == 5 && strcmp(w->v[3], "interval") == 0)
    interval = w->v[4];
  else if (w->n != 3)
    broken(p, "put ID VALUE [interval SECONDS]");
  return p->stage.ops->put(&p->stage, w->v[1], w->v[2], interval);
}

/* "h/plugin-instance/type-instance" into the five fields, in place. */
static void cut_id(struct play *p, char *id, const char *field[5]) {
  char *plugin = strchr(id, '/');
  char *type = plugin == NULL ? NULL : strchr(plugin + 1, '/');
  if (type == NULL)
    broken(p, "%s is not host/plugin/type", id);
  *plugin++ = '\0';
  *type++ = '\0';
  char *plugin_instance = strchr(plugin, '-');
  char *type_instance = strchr(type, '-');
  if (plugin_instance != NULL)
    *plugin_instance++ = '\0';
  if (type_instance != NULL)
    *type_instance++ = '\0';
  field[0] = id;
  field[1] = plugin;
  field[2] = plugin_instance == NULL ? "" : plugin_instance;
  field[3] = type;
  field[4] = type_instance == NULL ? "" : type_instance;
}

/* notify SEVERITY ID "text" [NAME=VALUE …] [sent SPAN] */
static bool verb_notify(struct play *p, struct words *w) {
  static const char *const numbers[] = {
      "CurrentValue", "WarningMin", "WarningMax", "FailureMin", "FailureMax"};
  struct play_meta metas[WORDS_MAX];
  struct play_notification n = {.metas = metas};
  if (w->n < 4)
    broken(p, "notify SEVERITY ID \"text\" [NAME=VALUE …] [sent SPAN]");
  n.severity = w->v[1];
  cut_id(p, w->v[2], n.field);
  n.message = w->v[3];
  for (size_t i = 4; i < w->n; i++) {
    if (strcmp(w->v[i], "sent") == 0 && i + 1 < w->n) {
      n.age = span_of(p, w->v[++i]);
      continue;
    }
    char *value = strchr(w->v[i], '=');
    if (value == NULL)
      broken(p, "NAME=VALUE, not %s", w->v[i]);
    *value++ = '\0';
    struct play_meta *m = &metas[n.metas_n++];
    *m = (struct play_meta){w->v[i], value, false};
    for (size_t k = 0; k < sizeof numbers / sizeof numbers[0]; k++)
      m->is_number = m->is_number || strcmp(m->name, numbers[k]) == 0;
  }
  return p->stage.ops->notify(&p->stage, &n);
}

/* raw KEY=VALUE …: handed to the test plugin with values in hexadecimal. */
static bool verb_raw(struct play *p, struct words *w) {
  struct buf b;
  buf_init(&b, 1 << 16);
  for (size_t i = 1; i < w->n; i++) {
    size_t name = strcspn(w->v[i], "=~");
    if (w->v[i][name] == '\0')
      broken(p, "KEY=VALUE or KEY~VALUE, not %s", w->v[i]);
    buf_addf(&b, "%s%.*s", i > 1 ? " " : "", (int)name + 1, w->v[i]);
    for (const char *at = w->v[i] + name + 1; *at != '\0'; at++)
      buf_addf(&b, "%02x", (unsigned char)*at);
  }
  bool ok = p->stage.ops->raw(&p->stage, buf_text(&b));
  buf_fini(&b);
  return ok;
}

static bool verb_flush(struct play *p, struct words *w) {
  (void)w;
  return p->stage.ops->flush(&p->stage);
}

/* ctl WORDS … [fails STATUS] */
static bool verb_ctl(struct play *p, struct words *w) {
  struct stage *s = &p->stage;
  int want = 0;
  size_t n = w->n;
  if (n >= 3 && strcmp(w->v[n - 2], "fails") == 0) {
    want = (int)number_of(p, w->v[n - 1]);
    n -= 2;
  }
  if (!s->ops->ctl(s, w->v + 1, n - 1, &p->ctl_status))
    return false;
  return p->ctl_status == want ||
         stage_fail(s, "incidentctl ended with status %d and said: %s",
                    p->ctl_status, buf_text(&s->out));
}

static bool play_words(struct play *p, struct words *w);

static bool verb_at(struct play *p, struct words *w) {
  if (w->n < 2)
    broken(p, "at SPAN [COMMAND]");
  if (p->is_both)
    broken(p, "`at` is for scenarios of one stage");
  if (!p->stage.ops->advance(&p->stage, span_of(p, w->v[1])))
    return false;
  if (w->n == 2)
    return true;
  struct words rest = {.n = w->n - 2};
  memcpy(rest.v, w->v + 2, rest.n * sizeof rest.v[0]);
  return play_words(p, &rest);
}

/* clock +SPAN | -SPAN: the wall clock is set. */
static bool verb_clock(struct play *p, struct words *w) {
  if (w->n != 2 || (w->v[1][0] != '+' && w->v[1][0] != '-'))
    broken(p, "clock +SPAN or -SPAN");
  int64_t by = span_of(p, w->v[1] + 1);
  return p->stage.ops->jump(&p->stage, w->v[1][0] == '-' ? -by : by);
}

/* repeat N COMMAND: ${n} counts from 1. */
static bool verb_repeat(struct play *p, struct words *w) {
  if (w->n < 3)
    broken(p, "repeat N COMMAND");
  const char *text = strstr(p->line->text, "repeat ");
  text += strlen("repeat ");
  text += strspn(text, " ");
  text += strcspn(text, " ");
  for (unsigned i = 1; i <= number_of(p, w->v[1]); i++) {
    struct words each = {.n = 0};
    p->repeat = i;
    split(p, text, &each);
    bool ok = play_words(p, &each);
    words_fini(&each);
    if (!ok)
      return false;
  }
  return true;
}

static bool sql(struct play *p, sqlite3 *db, const char *text) {
  char *why = NULL;
  if (sqlite3_exec(db, text, NULL, NULL, &why) == SQLITE_OK)
    return true;
  stage_fail(&p->stage, "%s: %s", text, why);
  sqlite3_free(why);
  return false;
}

static bool corrupt(struct play *p, const char *how) {
  struct stat st;
  int fd = open(p->stage.ledger, O_RDWR | O_CLOEXEC);
  if (fd < 0 || fstat(fd, &st) != 0) {
    if (fd >= 0)
      close(fd);
    return stage_fail(&p->stage, "%s: %s", p->stage.ledger, strerror(errno));
  }
  char junk[4096];
  memset(junk, 0xa5, sizeof junk);
  bool ok = true;
  if (strcmp(how, "header") == 0) {
    ok = pwrite(fd, junk, 100, 0) == 100;
  } else if (strcmp(how, "pages") == 0) {
    for (off_t at = 4096; at + 4096 <= st.st_size; at += 4 * 4096)
      ok = ok && pwrite(fd, junk, sizeof junk, at) == (ssize_t)sizeof junk;
  } else if (strcmp(how, "short") == 0) {
    ok = ftruncate(fd, st.st_size / 2 + 77) == 0;
  } else {
    close(fd);
    broken(p, "ledger corrupt header|pages|short");
  }
  close(fd);
  return ok || stage_fail(&p->stage, "cannot write to the ledger");
}

/* ledger at NAME: before the configuration. ledger full|grow|lock|unlock|
 * corrupt HOW|sql "…": what happens to it from outside. */
static bool verb_ledger(struct play *p, struct words *w) {
  struct stage *s = &p->stage;
  const char *what = w->n > 1 ? w->v[1] : "";
  if (strcmp(what, "at") == 0 && w->n == 3) {
    snprintf(s->ledger, sizeof s->ledger, "%s/%s", s->dir, w->v[2]);
    return true;
  }
  if (strcmp(what, "full") == 0)
    return s->ops->full(s, true);
  if (strcmp(what, "grow") == 0)
    return s->ops->full(s, false);
  if (strcmp(what, "lock") == 0) {
    p->stranger = open_ledger(p, SQLITE_OPEN_READWRITE);
    if (p->stranger == NULL)
      return stage_fail(s, "cannot open the ledger");
    return sql(p, p->stranger, "BEGIN IMMEDIATE");
  }
  if (strcmp(what, "unlock") == 0) {
    if (p->stranger == NULL)
      broken(p, "it is not locked");
    bool ok = sql(p, p->stranger, "ROLLBACK");
    sqlite3_close(p->stranger);
    p->stranger = NULL;
    return ok;
  }
  if (strcmp(what, "corrupt") == 0)
    return corrupt(p, w->n > 2 ? w->v[2] : "header");
  if (strcmp(what, "sql") == 0 && w->n == 3) {
    sqlite3 *db = open_ledger(p, SQLITE_OPEN_READWRITE);
    if (db == NULL)
      return stage_fail(s, "cannot open the ledger");
    bool ok = sql(p, db, w->v[2]);
    sqlite3_close(db);
    return ok;
  }
  broken(p, "ledger full|grow|lock|unlock|corrupt HOW|sql \"…\"");
}

/* ---- playing ---- */

static bool verb_nothing(struct play *p, struct words *w) {
  (void)p;
  (void)w;
  return true;
}

static bool play_words(struct play *p, struct words *w) {
  static const struct {
    const char *name;
    bool (*run)(struct play *p, struct words *w);
  } verbs[] = {
      {"at", verb_at},
      {"clock", verb_clock},
      {"collectd", verb_collectd},
      {"conf", verb_conf},
      {"ctl", verb_ctl},
      {"dir", verb_dir},
      {"forget", verb_forget},
      {"expect", verb_expect},
      {"file", verb_file},
      {"flush", verb_flush},
      {"kill", verb_kill},
      {"ledger", verb_ledger},
      {"notify", verb_notify},
      {"play", verb_nothing},
      {"put", verb_put},
      {"raw", verb_raw},
      {"repeat", verb_repeat},
      {"restart", verb_restart},
      {"second", verb_second},
      {"sink", verb_sink},
      {"stage", verb_nothing},
      {"start", verb_start},
      {"stop", verb_stop},
      {"timeline", verb_timeline},
      {"trial", verb_trial},
  };
  for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++)
    if (strcmp(verbs[i].name, w->v[0]) == 0)
      return verbs[i].run(p, w);
  broken(p, "there is no verb %s", w->v[0]);
}

/* What must be true after every scenario: nothing else came apart. */
static bool finish(struct play *p) {
  struct stage *s = &p->stage;
  int status = 0;
  if (p->stranger != NULL)
    broken(p, "the ledger is still locked");
  if (s->is_up && !s->ops->stop(s, s->deadline))
    return false;
  for (struct play_sink *k = s->sinks; k != NULL; k = k->next) {
    s->ops->collect(s, k);
    for (; k->read < k->got_n; k->read++)
      if (!is_sound(p, k, k->got[k->read]))
        return false;
  }
  char *argv[] = {"verify"};
  if (access(s->ledger, F_OK) != 0)
    return true;
  if (!s->ops->ctl(s, argv, 1, &status))
    return false;
  return status == 0 ||
         stage_fail(s, "incidentctl verify says: %s", buf_text(&s->out));
}

static void remove_tree(const char *dir) {
  char path[1024];
  glob_t g;
  const char *patterns[] = {"*", ".[!.]*"};
  for (size_t k = 0; k < 2; k++) {
    snprintf(path, sizeof path, "%s/%s", dir, patterns[k]);
    if (glob(path, 0, NULL, &g) != 0)
      continue;
    for (size_t i = 0; i < g.gl_pathc; i++)
      if (unlink(g.gl_pathv[i]) != 0)
        remove_tree(g.gl_pathv[i]);
    globfree(&g);
  }
  rmdir(dir);
}

static const char *tail(const struct buf *log) {
  const char *text = buf_text(log);
  return log->len > 6000 ? text + log->len - 6000 : text;
}

static void play_on(struct play *p, const struct stage_ops *ops_of) {
  struct stage *s = &p->stage;
  const char *tmp = getenv("TMPDIR");
  bool is_slow = (getenv("INCIDENT_SLOW") != NULL) ||
                 (getenv("INCIDENT_PRELOAD") != NULL &&
                  getenv("INCIDENT_PRELOAD")[0] != '\0');
  *s = (struct stage){.ops = ops_of, .deadline = is_slow ? 50000 : 10000};
  p->line = NULL;
  snprintf(s->dir, sizeof s->dir, "%s/play.XXXXXX",
           tmp != NULL && tmp[0] == '/' && strlen(tmp) < 200 ? tmp : "/tmp");
  if (mkdtemp(s->dir) == NULL)
    broken(p, "cannot make %s: %s", s->dir, strerror(errno));
  snprintf(s->ledger, sizeof s->ledger, "%s/incident.db", s->dir);
  buf_init(&s->log, 1 << 26);
  buf_init(&s->out, 1 << 22);
  buf_init(&s->why, 1 << 20);
  s->collectd_conf = must(p, strdup(""));
  for (size_t i = 0; i < p->lines_n; i++)
    s->needs_full =
        s->needs_full || strstr(p->lines[i].text, "ledger full") != NULL;

  bool ok = s->ops->open(s);
  for (size_t i = 0; ok && i < p->lines_n; i++) {
    struct words w = {.n = 0};
    p->line = &p->lines[i];
    split(p, p->line->text, &w);
    bool counts = strcmp(w.v[0], "play") != 0 && strcmp(w.v[0], "stage") != 0;
    ok = play_words(p, &w);
    p->passed += ok && counts;
    words_fini(&w);
  }
  if (ok) {
    p->line = NULL;
    ok = finish(p);
    p->passed += ok;
  }
  if (!ok) {
    p->failed++;
    s->ops->collect(s, NULL);
    printf("%s:%d: %s: %s\n  %s\n--- log\n%s---\n", p->file,
           p->line != NULL ? p->line->number : 0, s->ops->name,
           p->line != NULL ? p->line->text : "(at the end)", buf_text(&s->why),
           tail(&s->log));
  }
  if (p->stranger != NULL)
    sqlite3_close(p->stranger);
  p->stranger = NULL;
  s->ops->close(s);
  if (ok)
    remove_tree(s->dir);
  else
    printf("kept: %s\n", s->dir);
  while (s->sinks != NULL) {
    struct play_sink *k = s->sinks;
    s->sinks = k->next;
    for (size_t i = 0; i < k->got_n; i++) {
      free(k->got[i]->id);
      free(k->got[i]->headers);
      free(k->got[i]->body);
      free(k->got[i]);
    }
    free(k->got);
    free(k);
  }
  while (p->kept_n > 0)
    json_in_free(p->kept[--p->kept_n].doc);
  buf_fini(&s->log);
  buf_fini(&s->out);
  buf_fini(&s->why);
  free(s->conf);
  free(s->collectd_conf);
}

int main(int argc, char **argv) {
  struct play p = {0};
  if (argc > 1 && strcmp(argv[1], "--ctl") == 0)
    return stage_sim_ctl(argc - 2, argv + 2);
  if (argc != 2 && argc != 3) {
    fprintf(stderr, "usage: play FILE.play [sim|live]\n");
    return 99;
  }
  signal(SIGPIPE, SIG_IGN);
  setvbuf(stdout, NULL, _IOLBF, 0);
  p.file = argv[1];
  p.name = strrchr(argv[1], '/') == NULL ? argv[1] : strrchr(argv[1], '/') + 1;
  read_script(&p, argv[1], 0);
  bool on_sim = false, on_live = false;
  for (size_t i = 0; i < p.lines_n; i++) {
    char where[16];
    if (sscanf(p.lines[i].text, "stage %15s", where) != 1)
      continue;
    p.is_both = strcmp(where, "both") == 0;
    on_sim = p.is_both || strcmp(where, "sim") == 0;
    on_live = p.is_both || strcmp(where, "live") == 0;
  }
  p.line = NULL;
  if (!on_sim && !on_live)
    broken(&p, "stage sim|live|both is missing");
  if (argc == 3) { /* one of its stages only, for who is debugging */
    on_sim = on_sim && strcmp(argv[2], "sim") == 0;
    on_live = on_live && strcmp(argv[2], "live") == 0;
  }
  const char *daemon = getenv("COLLECTD");
  bool has_daemon =
      access(daemon != NULL && daemon[0] != '\0' ? daemon
                                                 : "/usr/sbin/collectd",
             X_OK) == 0;
  if (on_sim)
    play_on(&p, &stage_sim_ops);
  bool is_skipped = on_live && !has_daemon && p.failed == 0;
  if (on_live && has_daemon && p.failed == 0)
    play_on(&p, &stage_live_ops);
  for (size_t i = 0; i < p.lines_n; i++) {
    free(p.lines[i].text);
    free(p.lines[i].block);
  }
  free(p.lines);
  printf("%s: %u passed, %u failed\n", p.name, p.passed, p.failed);
  if (is_skipped) {
    printf("there is no collectd daemon\n");
    return 77;
  }
  return p.failed > 0 || p.passed == 0;
}
