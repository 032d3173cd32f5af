/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "play.h"
#include "sink.h"

#include "base/span.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- setting up ---- */

static bool verb_conf(struct play *p, struct words *w) {
  struct stage *s = &p->stage;
  struct buf b;
  if (p->line->block == NULL)
    play_broken(p, "conf [anew] { … }");
  bool is_anew = w->n == 2 && strcmp(w->v[1], "anew") == 0;
  buf_init(&b, 1 << 22);
  if (!is_anew && s->conf != NULL)
    buf_add(&b, s->conf);
  buf_add(&b, "<Plugin incident>\n");
  script_expand(p, p->line->block, &b);
  if (is_anew || s->conf == NULL)
    buf_addf(&b, "Ledger \"%s\"\n", s->ledger);
  buf_add(&b, "</Plugin>\n");
  free(s->conf);
  s->conf = NULL;
  if (buf_take(&b, &s->conf) != OK)
    play_broken(p, "out of memory");
  return true;
}

static bool verb_collectd(struct play *p, struct words *w) {
  (void)w;
  if (p->line->block == NULL)
    play_broken(p, "collectd { … }");
  free(p->stage.collectd_conf);
  p->stage.collectd_conf = script_expanded(p, p->line->block);
  return true;
}

/* dir NAME: makes a directory. */
static bool verb_dir(struct play *p, struct words *w) {
  char path[768];
  if (w->n != 2)
    play_broken(p, "dir NAME");
  snprintf(path, sizeof path, "%s/%s", p->stage.dir, w->v[1]);
  return mkdir(path, 0755) == 0 ||
         stage_fail(&p->stage, "%s: %s", path, strerror(errno));
}

/* forget SINK: what it got so far does not matter. */
static bool verb_forget(struct play *p, struct words *w) {
  struct play_sink *s = w->n == 2 ? play_sink_named(p, w->v[1]) : NULL;
  if (s == NULL)
    play_broken(p, "forget SINK");
  p->stage.ops->collect(&p->stage, s);
  for (; s->read < s->got_n; s->read++)
    if (!expect_sound(p, s, s->got[s->read]))
      return false;
  return true;
}

static bool verb_file(struct play *p, struct words *w) {
  char path[768];
  if (w->n != 2 || p->line->block == NULL)
    play_broken(p, "file NAME { … }");
  char *text = script_expanded(p, p->line->block);
  snprintf(path, sizeof path, "%s/%s", p->stage.dir, w->v[1]);
  bool ok = stage_write_file(&p->stage, path, text);
  free(text);
  return ok;
}

static const struct reply_word {
  const char *word;
  enum reply_kind kind;
  enum sink_kind odd;
  bool has_span;
} reply_words[] = {{"hang", REPLY_HANG, 0, false},
                   {"slow", REPLY_SLOW, 0, true},
                   {"drop", REPLY_DROP, 0, false},
                   {"endless", REPLY_ENDLESS, 0, false},
                   {"refuse", REPLY_REFUSE, 0, false},
                   {"retry-after", REPLY_RETRY, 0, true},
                   {"tls", REPLY_TLS, 0, false},
                   {"tls-wrong", REPLY_TLS_WRONG, 0, false},
                   {"tls-expired", REPLY_TLS_OVER, 0, false},
                   {"reset", REPLY_ODD, SINK_RESET, false},
                   {"half-head", REPLY_ODD, SINK_DROP_MID, false},
                   {"half", REPLY_ODD, SINK_SHORT, false},
                   {"drip", REPLY_ODD, SINK_DRIP, false},
                   {"trickle", REPLY_ODD, SINK_TRICKLE, true},
                   {"long", REPLY_ODD, SINK_LONG, false},
                   {"twice", REPLY_ODD, SINK_TWICE, false},
                   {"bad-length", REPLY_ODD, SINK_BAD_LENGTH, false},
                   {"gzip", REPLY_ODD, SINK_GZIP, false},
                   {"old", REPLY_ODD, SINK_OLD, false},
                   {"headers", REPLY_ODD, SINK_HEADERS, false},
                   {"header", REPLY_ODD, SINK_HEADER, false},
                   {"interim", REPLY_ODD, SINK_INTERIM, false},
                   {"interims", REPLY_ODD, SINK_INTERIMS, false},
                   {"stale", REPLY_ODD, SINK_STALE, false},
                   {"garbage", REPLY_ODD, SINK_GARBAGE, false},
                   {"deaf", REPLY_ODD, SINK_DEAF, false}};

static const struct reply_word *reply_word(struct play *p, const char *word) {
  for (size_t i = 0; i < sizeof reply_words / sizeof reply_words[0]; i++)
    if (strcmp(reply_words[i].word, word) == 0)
      return &reply_words[i];
  play_broken(p, "a sink cannot reply %s", word);
}

/* sink NAME [foreign] [replies …]: without a number the last goes on for
 * ever. */
static bool verb_sink(struct play *p, struct words *w) {
  if (w->n < 2 || strlen(w->v[1]) >= PLAY_NAME)
    play_broken(p, "sink NAME [replies …]");
  if (strstr(" incident status list ctl log file ledger secret ", w->v[1]) !=
      NULL)
    play_broken(p, "a sink cannot be called %s", w->v[1]);
  struct play_sink *s = play_sink_named(p, w->v[1]);
  if (s == NULL) {
    s = play_must(p, calloc(1, sizeof *s));
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
    if (strcmp(word, "foreign") == 0) {
      s->is_foreign = true;
      continue;
    }
    if (s->replies_n == PLAY_REPLIES)
      play_broken(p, "too many replies");
    struct reply r = {.kind = REPLY_CODE, .code = 200};
    bool has_span = false;
    if (isdigit((unsigned char)word[0])) {
      r.code = (int)script_number(p, word);
    } else {
      const struct reply_word *known = reply_word(p, word);
      r.kind = known->kind;
      r.odd = (int)known->odd;
      has_span = known->has_span;
    }
    if (r.kind == REPLY_RETRY)
      r.code = 429;
    s->is_wrong = s->is_wrong || r.kind == REPLY_TLS_WRONG;
    s->is_over = s->is_over || r.kind == REPLY_TLS_OVER;
    s->is_tls = s->is_tls || s->is_wrong || s->is_over || r.kind == REPLY_TLS;
    if (r.kind == REPLY_ODD && i + 1 < w->n &&
        isdigit((unsigned char)w->v[i + 1][0]) && !has_span)
      r.code = (int)script_number(p, w->v[++i]);
    if (has_span) {
      if (++i == w->n)
        play_broken(p, "%s how long?", word);
      r.span = script_span(p, w->v[i]);
    }
    if (i + 2 < w->n && strcmp(w->v[i + 1], "says") == 0) {
      snprintf(r.says, sizeof r.says, "%s", w->v[i + 2]);
      i += 2;
    }
    if (i + 1 < w->n && w->v[i + 1][0] == 'x' &&
        isdigit((unsigned char)w->v[i + 1][1]))
      r.times = script_number(p, w->v[++i] + 1);
    s->replies[s->replies_n++] = r;
  }
  return p->stage.ops->set_sink(&p->stage, s);
}

/* ---- doing ---- */

static bool verb_start(struct play *p, struct words *w) {
  enum start_how how = START_WELL;
  if (w->n == 2 && strcmp(w->v[1], "fails") == 0)
    how = START_FAILS;
  else if (w->n == 2 && strcmp(w->v[1], "forked") == 0)
    how = START_FORKED;
  else if (w->n != 1)
    play_broken(p, "start [fails|forked]");
  return p->stage.ops->start(&p->stage, how);
}

static bool verb_stop(struct play *p, struct words *w) {
  span_ms within = p->stage.deadline;
  if (w->n == 3 && strcmp(w->v[1], "within") == 0)
    within = script_span(p, w->v[2]);
  else if (w->n != 1)
    play_broken(p, "stop [within SPAN]");
  return p->stage.ops->stop(&p->stage, within);
}

/* second: another daemon with the same configuration must end by itself. */
static bool verb_second(struct play *p, struct words *w) {
  if (w->n != 1)
    play_broken(p, "second");
  return p->stage.ops->second(&p->stage);
}

/* trial: `collectd -T` with this configuration ends well. */
static bool verb_reload(struct play *p, struct words *w) {
  bool fails = w->n == 2 && strcmp(w->v[1], "fails") == 0;
  if (w->n > 2 || (w->n == 2 && !fails))
    play_broken(p, "reload [fails]");
  return p->stage.ops->reload(&p->stage, fails);
}

static bool verb_trial(struct play *p, struct words *w) {
  (void)w;
  return p->stage.ops->trial(&p->stage);
}

static bool verb_kill(struct play *p, struct words *w) {
  if (w->n == 3 && strcmp(w->v[1], "after") == 0)
    clock_sleep_ms(script_span(p, w->v[2]));
  else if (w->n != 1)
    play_broken(p, "kill [after SPAN]");
  return p->stage.ops->kill(&p->stage);
}

static bool verb_restart(struct play *p, struct words *w) {
  (void)w;
  return p->stage.ops->stop(&p->stage, p->stage.deadline) &&
         p->stage.ops->start(&p->stage, START_WELL);
}

/* put ID VALUE [interval SECONDS] [sent SPAN] */
static bool verb_put(struct play *p, struct words *w) {
  const char *interval = "100";
  span_ms age = 0;
  if (w->n < 3 || w->n % 2 == 0)
    play_broken(p, "put ID VALUE [interval SECONDS] [sent SPAN]");
  for (size_t i = 3; i < w->n; i += 2)
    if (strcmp(w->v[i], "interval") == 0)
      interval = w->v[i + 1];
    else if (strcmp(w->v[i], "sent") == 0)
      age = script_span(p, w->v[i + 1]);
    else
      play_broken(p, "put does not know %s", w->v[i]);
  return p->stage.ops->put(&p->stage, w->v[1], w->v[2], interval, age);
}

/* "h/plugin-instance/type-instance" into the five fields, in place. */
static void cut_id(struct play *p, char *id, const char *field[5]) {
  char *plugin = strchr(id, '/');
  char *type = plugin == NULL ? NULL : strchr(plugin + 1, '/');
  if (type == NULL)
    play_broken(p, "%s is not host/plugin/type", id);
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
    play_broken(p, "notify SEVERITY ID \"text\" [NAME=VALUE …] [sent SPAN]");
  n.severity = w->v[1];
  cut_id(p, w->v[2], n.field);
  n.message = w->v[3];
  for (size_t i = 4; i < w->n; i++) {
    if (strcmp(w->v[i], "sent") == 0 && i + 1 < w->n) {
      n.age = script_span(p, w->v[++i]);
      continue;
    }
    char *value = strchr(w->v[i], '=');
    if (value == NULL)
      play_broken(p, "NAME=VALUE, not %s", w->v[i]);
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
      play_broken(p, "KEY=VALUE or KEY~VALUE, not %s", w->v[i]);
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
    want = (int)script_number(p, w->v[n - 1]);
    n -= 2;
  }
  if (!s->ops->ctl(s, w->v + 1, n - 1, &p->ctl_status))
    return false;
  return p->ctl_status == want ||
         stage_fail(s, "incidentctl ended with status %d and said: %s",
                    p->ctl_status, buf_text(&s->out));
}

static bool verb_at(struct play *p, struct words *w) {
  if (w->n < 2)
    play_broken(p, "at SPAN [COMMAND]");
  if (p->is_both)
    play_broken(p, "`at` is for scenarios of one stage");
  if (!p->stage.ops->advance(&p->stage, script_span(p, w->v[1])))
    return false;
  if (w->n == 2)
    return true;
  struct words rest = {.n = w->n - 2};
  memcpy(rest.v, w->v + 2, rest.n * sizeof rest.v[0]);
  bool is_ok = verbs_run(p, &rest);
  w->n = 2 + rest.n; /* it may have taken some off the end, and freed them */
  return is_ok;
}

/* clock +SPAN | -SPAN: the wall clock is set. */
static bool verb_clock(struct play *p, struct words *w) {
  if (w->n != 2 || (w->v[1][0] != '+' && w->v[1][0] != '-'))
    play_broken(p, "clock +SPAN or -SPAN");
  int64_t by = script_span(p, w->v[1] + 1);
  return p->stage.ops->jump(&p->stage, w->v[1][0] == '-' ? -by : by);
}

static bool run_text(struct play *p, const char *text) {
  struct words w = {.n = 0};
  words_split(p, text, &w);
  bool ok = w.n == 0 || w.v[0][0] == '#' || verbs_run(p, &w);
  if (!ok)
    printf("%s: in \"%s\", ${n} is %u\n", p->file, text, p->repeat);
  words_fini(&w);
  return ok;
}

static bool run_block(struct play *p) {
  char *block = play_must(p, strdup(p->line->block));
  bool ok = true;
  for (char *at = block, *line; ok && (line = strsep(&at, "\n")) != NULL;)
    ok = run_text(p, line);
  free(block);
  return ok;
}

/* repeat N COMMAND, repeat N { COMMANDS }: ${n} counts from 1. */
static bool verb_repeat(struct play *p, struct words *w) {
  if (w->n < 2 || (w->n == 2 && p->line->block == NULL))
    play_broken(p, "repeat N COMMAND");
  const char *text = strstr(p->line->text, "repeat ");
  text += strlen("repeat ");
  text += strspn(text, " ");
  text += strcspn(text, " ");
  unsigned n = script_number(p, w->v[1]);
  for (p->repeat = 1; p->repeat <= n; p->repeat++)
    if (!(w->n == 2 ? run_block(p) : run_text(p, text)))
      return false;
  return true;
}

/* not COMMAND: what it expects must not hold. */
static bool verb_not(struct play *p, struct words *w) {
  struct words rest = {.n = w->n - 1};
  if (w->n < 2)
    play_broken(p, "not COMMAND");
  memcpy(rest.v, w->v + 1, rest.n * sizeof rest.v[0]);
  return !verbs_run(p, &rest) || stage_fail(&p->stage, "it does");
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
    play_broken(p, "ledger corrupt header|pages|short");
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
    p->stranger = play_open_ledger(p);
    if (p->stranger == NULL)
      return stage_fail(s, "cannot open the ledger");
    return sql(p, p->stranger, "BEGIN IMMEDIATE");
  }
  if (strcmp(what, "unlock") == 0) {
    if (p->stranger == NULL)
      play_broken(p, "it is not locked");
    bool ok = sql(p, p->stranger, "ROLLBACK");
    sqlite3_close(p->stranger);
    p->stranger = NULL;
    return ok;
  }
  if (strcmp(what, "corrupt") == 0)
    return corrupt(p, w->n > 2 ? w->v[2] : "header");
  if (strcmp(what, "sql") == 0 && w->n == 3) {
    sqlite3 *db = play_open_ledger(p);
    if (db == NULL)
      return stage_fail(s, "cannot open the ledger");
    bool ok = sql(p, db, w->v[2]);
    sqlite3_close(db);
    return ok;
  }
  play_broken(p, "ledger full|grow|lock|unlock|corrupt HOW|sql \"…\"");
}

static bool verb_nothing(struct play *p, struct words *w) {
  (void)p;
  (void)w;
  return true;
}

bool verbs_run(struct play *p, struct words *w) {
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
      {"expect", expect_run},
      {"file", verb_file},
      {"flush", verb_flush},
      {"kill", verb_kill},
      {"ledger", verb_ledger},
      {"not", verb_not},
      {"notify", verb_notify},
      {"play", verb_nothing},
      {"put", verb_put},
      {"raw", verb_raw},
      {"repeat", verb_repeat},
      {"reload", verb_reload},
      {"restart", verb_restart},
      {"second", verb_second},
      {"sink", verb_sink},
      {"stage", verb_nothing},
      {"start", verb_start},
      {"stop", verb_stop},
      {"timeline", expect_timeline},
      {"trial", verb_trial},
  };
  for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++)
    if (strcmp(verbs[i].name, w->v[0]) == 0)
      return verbs[i].run(p, w);
  play_broken(p, "there is no verb %s", w->v[0]);
}
