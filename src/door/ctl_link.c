/* SPDX-License-Identifier: MIT */
#include "door/ctl_link.h"

#include "base/text.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define ANSWER_MS 2000
#define KICK_MS 500
#define RELOAD_MS 10000 /* it reads the file, too */
#define ANSWER_MAX (4 * 1024 * 1024)
#define RETRY_MS 5 /* its queue of callers is full */

/* ---- the wire ---- */

static int left_ms(int64_t until_ns) {
  int64_t left = (until_ns - clock_mono_ns()) / 1000000;
  return left > 0 ? (int)left : 0;
}

static enum err wait_for(int fd, short events, int64_t until_ns) {
  struct pollfd p = {.fd = fd, .events = events};
  for (;;) {
    int rc = poll(&p, 1, left_ms(until_ns));
    if (rc > 0)
      return OK;
    if (rc == 0)
      return ERR_BUSY;
    if (errno != EINTR)
      return ERR_IO;
  }
}

static enum err call(const char *ledger_path, int64_t until_ns, int *own_fd) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  struct buf path;
  buf_init(&path, sizeof address.sun_path - 1);
  buf_addf(&path, "%s.sock", ledger_path);
  bool fits = path.err == OK;
  if (fits)
    memcpy(address.sun_path, buf_text(&path), path.len + 1);
  buf_fini(&path);
  if (!fits)
    return ERR_NOTFOUND;
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0)
    return ERR_IO;
  while (connect(fd, (struct sockaddr *)&address, sizeof address) != 0) {
    enum err err = errno == ENOENT || errno == ECONNREFUSED ? ERR_NOTFOUND
                   : errno != EAGAIN && errno != EINTR      ? ERR_IO
                   : left_ms(until_ns) == 0                 ? ERR_BUSY
                                                            : OK;
    if (err != OK) {
      close(fd);
      return err;
    }
    clock_sleep_ms(RETRY_MS);
  }
  *own_fd = fd;
  return OK;
}

static enum err speak(int fd, const char *line, size_t len, int64_t until_ns) {
  for (size_t sent = 0; sent < len;) {
    ssize_t n = send(fd, line + sent, len - sent, MSG_NOSIGNAL);
    if (n > 0) {
      sent += (size_t)n;
      continue;
    }
    if (n < 0 && errno != EAGAIN && errno != EINTR)
      return ERR_IO;
    enum err err = wait_for(fd, POLLOUT, until_ns);
    if (err != OK)
      return err;
  }
  return OK;
}

/* Until the end of the line. */
static enum err listen_to(int fd, struct buf *in, int64_t until_ns) {
  char bytes[16384];
  for (;;) {
    enum err err = wait_for(fd, POLLIN, until_ns);
    if (err != OK)
      return err;
    ssize_t n = recv(fd, bytes, sizeof bytes, 0);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
      continue;
    if (n <= 0)
      return ERR_IO;
    buf_addn(in, bytes, (size_t)n);
    if (in->err != OK)
      return in->err;
    if (memchr(bytes, '\n', (size_t)n) != NULL)
      return OK;
  }
}

/* One line there, one back. */
static enum err ask(const char *ledger_path, const char *document, span_ms wait,
                    struct json_in **own_answer) {
  int64_t until_ns = clock_mono_ns() + wait * 1000000;
  struct buf line, in;
  int fd = -1;
  buf_init(&line, ANSWER_MAX);
  buf_init(&in, ANSWER_MAX);
  buf_addf(&line, "%s\n", document);
  enum err err = line.err;
  if (err == OK)
    err = call(ledger_path, until_ns, &fd);
  if (err == OK)
    err = speak(fd, buf_text(&line), line.len, until_ns);
  if (err == OK)
    err = listen_to(fd, &in, until_ns);
  if (err == OK)
    err = json_parse(buf_text(&in), in.len, own_answer, NULL);
  if (fd >= 0)
    close(fd);
  buf_fini(&line);
  buf_fini(&in);
  return err;
}

/* ---- what comes back ---- */

static void copy_value(const struct json_in *v, struct json *j) {
  const char *key;
  switch (v == NULL ? JSON_NULL : json_type(v)) {
  case JSON_NULL:
    json_null(j);
    break;
  case JSON_BOOL:
    json_bool(j, json_at_bool(v, "", false));
    break;
  case JSON_NUMBER_T:
    json_double(j, json_at_double(v, "", 0));
    break;
  case JSON_TEXT:
    json_text(j, json_at_text(v, "", ""));
    break;
  case JSON_ARRAY:
    json_array(j);
    for (size_t i = 0; i < json_count(v); i++)
      copy_value(json_member(v, i, &key), j);
    json_array_end(j);
    break;
  case JSON_OBJECT:
    json_object(j);
    for (size_t i = 0; i < json_count(v); i++) {
      const struct json_in *member = json_member(v, i, &key);
      json_key(j, key);
      copy_value(member, j);
    }
    json_object_end(j);
    break;
  }
}

static enum err read_labels(const struct json_in *v, char **own_text) {
  struct json *j = json_new();
  if (j == NULL)
    return ERR_NOMEM;
  copy_value(v, j);
  enum err err = json_done(j, own_text);
  json_free(j);
  return err;
}

static wall_ms time_at(const struct json_in *v, const char *path) {
  const char *text = json_at_text(v, path, NULL);
  wall_ms at;
  return text != NULL && clock_parse(text, &at) == OK ? at : WALL_NEVER;
}

/* What incident_print wrote. */
static enum err read_incident(const struct json_in *v,
                              struct incident *own_incident) {
  struct incident i;
  incident_init(&i);
  const struct {
    const char *key, *fallback;
    char **text;
  } texts[] = {{"title", "", &i.title},
               {"description", "", &i.description},
               {"rule", NULL, &i.rule},
               {"severity", "UNKNOWN", &i.severity},
               {"service", NULL, &i.service},
               {"team", NULL, &i.team},
               {"runbook", NULL, &i.runbook},
               {"commander", NULL, &i.commander},
               {"summary", NULL, &i.summary},
               {"cause", NULL, &i.cause},
               {"detection", NULL, &i.detection},
               {"codename", NULL, &i.codename},
               {"declared_by", "", &i.declared_by},
               {"acknowledged_by", NULL, &i.acknowledged_by},
               {"resolved_by", NULL, &i.resolved_by}};
  enum err err = OK;
  for (size_t k = 0; k < sizeof texts / sizeof texts[0] && err == OK; k++)
    err = incident_set_text(texts[k].text,
                            json_at_text(v, texts[k].key, texts[k].fallback));
  if (err == OK)
    err = read_labels(json_at(v, "labels"), &i.labels);
  i.id = json_at_int(v, "id", 0);
  if (err == OK &&
      (i.id <= 0 || status_parse(json_at_text(v, "status", ""), &i.status)))
    err = ERR_INVALID;
  i.is_test = json_at_bool(v, "test", false);
  i.is_private = json_at_bool(v, "private", false);
  i.is_major = json_at_bool(v, "major", false);
  i.is_storm = json_at_bool(v, "storm", false);
  i.is_paused = json_at_bool(v, "paused", false);
  i.declared_at = time_at(v, "declared_at");
  i.acknowledged_at = time_at(v, "acknowledged_at");
  i.snoozed_until = time_at(v, "snoozed_until");
  i.resolved_at = time_at(v, "resolved_at");
  i.parent = json_at_int(v, "parent", 0);
  i.merged_into = json_at_int(v, "merged_into", 0);
  i.alerts_firing = json_at_int(v, "alerts_firing", 0);
  i.alerts_total = json_at_int(v, "alerts_total", 0);
  if (err != OK)
    incident_fini(&i);
  else
    *own_incident = i;
  return err;
}

/* What entry_print wrote. */
static enum err read_entry(const struct json_in *v, struct entry *own_entry) {
  struct entry e = {0};
  const char *kind = json_at_text(v, "kind", "");
  while (e.kind < KINDS && strcmp(kind_names[e.kind], kind) != 0)
    e.kind++;
  if (e.kind == KINDS)
    return ERR_INVALID;
  e.id = json_at_int(v, "id", 0);
  e.at = time_at(v, "at");
  e.recorded_at = time_at(v, "recorded_at");
  e.is_important = json_at_bool(v, "important", false);
  if (incident_set_text(&e.by, json_at_text(v, "by", NULL)) != OK ||
      incident_set_text(&e.text, json_at_text(v, "text", "")) != OK) {
    entry_fini(&e);
    return ERR_NOMEM;
  }
  *own_entry = e;
  return OK;
}

/* ---- asking ---- */

bool ctl_link_kick(const char *ledger_path) {
  struct json_in *answer = NULL;
  enum err err = ask(ledger_path, "{\"verb\":\"kick\"}", KICK_MS, &answer);
  json_in_free(answer);
  return err == OK;
}

enum err ctl_link_status(const char *ledger_path,
                         struct ctl_link_status *status) {
  struct json_in *answer = NULL;
  enum err err = ask(ledger_path, "{\"verb\":\"status\"}", ANSWER_MS, &answer);
  if (err == OK && !json_at_bool(answer, "ok", false))
    err = ERR_INVALID;
  if (err == OK) {
    const char *version = json_at_text(answer, "version", "");
    *status = (struct ctl_link_status){
        .is_degraded = json_at_bool(answer, "degraded", false),
        .rows_waiting = json_at_int(answer, "rows_waiting", 0),
        .incidents_open = json_at_int(answer, "incidents_open", 0),
        .intake_bytes = json_at_int(answer, "intake_bytes", 0),
        .refused = json_at_int(answer, "refused", 0),
        .series = json_at_int(answer, "series", 0),
        .series_looked_at = json_at_int(answer, "series_looked_at", 0),
        .series_evicted = json_at_int(answer, "series_evicted", 0),
        .pid = json_at_int(answer, "pid", 0)};
    text_clean(status->version, sizeof status->version, version,
               strlen(version));
  }
  json_in_free(answer);
  return err;
}

enum err ctl_link_silences(const char *ledger_path,
                           enum err (*each)(void *arg, const struct silence *s),
                           void *arg) {
  struct json_in *answer = NULL;
  const char *key;
  enum err err =
      ask(ledger_path, "{\"verb\":\"silences\"}", ANSWER_MS, &answer);
  const struct json_in *all = err == OK ? json_at(answer, "silences") : NULL;
  if (err == OK && all == NULL)
    err = ERR_INVALID;
  for (size_t i = 0; err == OK && i < json_count(all); i++) {
    struct silence s;
    silence_init(&s);
    err = silence_read(json_member(all, i, &key), &s);
    if (err == OK)
      err = each(arg, &s);
    silence_fini(&s);
  }
  json_in_free(answer);
  return err;
}

enum err ctl_link_overrides(const char *ledger_path,
                            enum err (*each)(void *arg,
                                             const struct override *o),
                            void *arg) {
  struct json_in *answer = NULL;
  const char *key;
  enum err err =
      ask(ledger_path, "{\"verb\":\"overrides\"}", ANSWER_MS, &answer);
  const struct json_in *all = err == OK ? json_at(answer, "overrides") : NULL;
  if (err == OK && all == NULL)
    err = ERR_INVALID;
  for (size_t i = 0; err == OK && i < json_count(all); i++) {
    struct override o = {0};
    err = override_read(json_member(all, i, &key), &o);
    if (err == OK)
      err = each(arg, &o);
    override_fini(&o);
  }
  json_in_free(answer);
  return err;
}

enum err ctl_link_calendar(const char *ledger_path, const char *schedule,
                           struct calendar **own_calendar) {
  struct json_in *answer = NULL;
  char *question = NULL;
  struct json *j = json_new();
  if (j == NULL)
    return ERR_NOMEM;
  json_object(j);
  json_put_text(j, "verb", "calendar");
  json_put_text(j, "schedule", schedule);
  json_object_end(j);
  enum err err = json_done(j, &question);
  json_free(j);
  if (err == OK)
    err = ask(ledger_path, question, ANSWER_MS, &answer);
  const struct json_in *known = err == OK ? json_at(answer, "calendar") : NULL;
  if (err == OK && known != NULL && json_type(known) == JSON_NULL)
    err = ERR_NOTFOUND;
  if (err == OK)
    err = calendar_parse(known, own_calendar);
  json_in_free(answer);
  free(question);
  return err;
}

static int newest_first(const void *a, const void *b) {
  const struct incident *x = a, *y = b;
  if (x->declared_at != y->declared_at)
    return x->declared_at > y->declared_at ? -1 : 1;
  return (x->id < y->id) - (x->id > y->id);
}

void ctl_link_free_list(struct ctl_link_list *own_list) {
  for (size_t i = 0; i < own_list->n; i++)
    incident_fini(&own_list->incidents[i]);
  free(own_list->incidents);
  *own_list = (struct ctl_link_list){0};
}

enum err ctl_link_list(const char *ledger_path,
                       struct ctl_link_list *own_list) {
  struct json_in *answer = NULL;
  struct ctl_link_list list = {0};
  const char *key;
  enum err err = ask(ledger_path, "{\"verb\":\"list\"}", ANSWER_MS, &answer);
  const struct json_in *all = err == OK ? json_at(answer, "incidents") : NULL;
  if (err == OK && all == NULL)
    err = ERR_INVALID;
  size_t n = all != NULL ? json_count(all) : 0;
  if (err == OK && n > 0) {
    list.incidents = calloc(n, sizeof *list.incidents);
    if (list.incidents == NULL)
      err = ERR_NOMEM;
  }
  for (size_t i = 0; i < n && err == OK; i++) {
    err = read_incident(json_member(all, i, &key), &list.incidents[i]);
    list.n += err == OK;
  }
  json_in_free(answer);
  if (err != OK) {
    ctl_link_free_list(&list);
    return err;
  }
  if (list.n > 0)
    qsort(list.incidents, list.n, sizeof *list.incidents, newest_first);
  *own_list = list;
  return OK;
}

enum err ctl_link_reload(const char *ledger_path, const char *file,
                         int64_t *rules, char **own_why) {
  struct json_in *answer = NULL;
  char *text = NULL;
  struct json *j = json_new();
  enum err err = ERR_NOMEM;
  if (j != NULL) {
    json_object(j);
    json_put_text(j, "verb", "reload");
    json_put_text(j, "file", file);
    json_object_end(j);
    err = json_done(j, &text);
  }
  if (err == OK)
    err = ask(ledger_path, text, RELOAD_MS, &answer);
  if (err == OK && !json_at_bool(answer, "ok", false)) {
    *own_why = strdup(json_at_text(answer, "why", ""));
    err = *own_why != NULL ? ERR_CONFLICT : ERR_NOMEM;
  } else if (err == OK) {
    *rules = json_at_int(answer, "rules", 0);
  }
  json_in_free(answer);
  json_free(j);
  free(text);
  return err;
}

static enum err read_refusal(const struct json_in *v,
                             struct ctl_link_answer *a) {
  const char *error = json_at_text(v, "error", "");
  const char *why = json_at_text(v, "why", "");
  text_clean(a->why, sizeof a->why, why, strlen(why));
  a->is_refused = true;
  if (strcmp(error, "not_found") == 0)
    return ERR_NOTFOUND;
  if (strcmp(error, "conflict") == 0)
    return ERR_CONFLICT;
  a->is_refused = false;
  return ERR_IO;
}

enum err ctl_link_hand(const char *ledger_path, const struct request *r,
                       struct ctl_link_answer *answer) {
  struct ctl_link_answer a = {.is_refused = false};
  struct json_in *doc = NULL;
  char *text = NULL;
  struct json *j = json_new();
  enum err err = ERR_NOMEM;
  incident_init(&a.incident);
  silence_init(&a.silence);
  if (j == NULL)
    goto out;
  request_print(r, j);
  err = json_done(j, &text);
  if (err == OK)
    err = ask(ledger_path, text, ANSWER_MS, &doc);
  if (err != OK)
    goto out;
  if (!json_at_bool(doc, "ok", false)) {
    err = read_refusal(doc, &a);
    goto out;
  }
  if (r->verb != VERB_SILENCE && r->verb != VERB_END_SILENCE &&
      r->verb != VERB_OVERRIDE && r->verb != VERB_END_OVERRIDE &&
      r->verb != VERB_FORGET)
    err = read_incident(json_at(doc, "incident"), &a.incident);
  a.forgotten = json_at_int(doc, "forgotten", 0);
  const struct json_in *silence = json_at(doc, "silence");
  if (err == OK && silence != NULL && json_type(silence) == JSON_OBJECT)
    err = silence_read(silence, &a.silence);
  const struct json_in *override = json_at(doc, "override");
  if (err == OK && override != NULL && json_type(override) == JSON_OBJECT)
    err = override_read(override, &a.override);
  const struct json_in *entry = json_at(doc, "entry");
  if (err == OK && entry != NULL && json_type(entry) == JSON_OBJECT)
    err = read_entry(entry, &a.entry);
out:
  json_free(j);
  free(text);
  json_in_free(doc);
  if (err != OK) {
    incident_fini(&a.incident);
    incident_init(&a.incident);
    silence_fini(&a.silence);
    override_fini(&a.override);
  }
  a.entry.incident = a.incident.id;
  *answer = a;
  return err;
}
