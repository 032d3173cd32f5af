/* SPDX-License-Identifier: MIT */
#include "engine/link.h"

#include "base/json.h"
#include "base/log.h"
#include "engine/reload.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define REQUEST_MAX (64 * 1024)
#define REPLY_MAX (64 * 1024 * 1024)
#define PATIENCE_NS (2 * 1000000000LL) /* for one exchange */

struct client {
  struct link *link;
  int fd;           /* -1: free */
  int64_t since_ns; /* monotonic */
  struct buf in, out;
  size_t sent;
  bool is_waiting; /* for the engine's answer */
};

struct link {
  int fd;
  char path[sizeof((struct sockaddr_un *)0)->sun_path];
  char *version;
  struct engine *engine;
  struct intake *intake;
  struct client clients[LINK_CLIENTS_MAX];
};

static enum err listen_at(struct link *l) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  memcpy(address.sun_path, l->path, sizeof address.sun_path);
  l->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (l->fd < 0)
    return ERR_IO;
  if (unlink(l->path) != 0 && errno != ENOENT)
    return ERR_IO;
  /* Nobody can connect before listen, so the mode is right in time. */
  if (bind(l->fd, (struct sockaddr *)&address, sizeof address) != 0 ||
      chmod(l->path, 0600) != 0 || listen(l->fd, LINK_CLIENTS_MAX) != 0)
    return ERR_IO;
  return OK;
}

enum err link_new(const char *ledger_path, const char *version,
                  struct engine *e, struct intake *q, struct link **own_link,
                  const char **why) {
  struct buf path;
  enum err err;
  struct link *l = calloc(1, sizeof *l);
  if (l == NULL)
    return ERR_NOMEM;
  l->fd = -1;
  l->engine = e;
  l->intake = q;
  for (int i = 0; i < LINK_CLIENTS_MAX; i++) {
    struct client *c = &l->clients[i];
    *c = (struct client){.link = l, .fd = -1};
    buf_init(&c->in, REQUEST_MAX);
    buf_init(&c->out, REPLY_MAX);
  }
  buf_init(&path, sizeof l->path - 1);
  buf_addf(&path, "%s.sock", ledger_path);
  err = path.err;
  *why = "its path is too long for a socket";
  if (err == OK) {
    memcpy(l->path, buf_text(&path), path.len + 1);
    l->version = strdup(version);
    err = l->version == NULL ? ERR_NOMEM : listen_at(l);
    *why = strerror(errno);
  }
  buf_fini(&path);
  if (err != OK) {
    if (l->fd >= 0)
      close(l->fd);
    free(l->version);
    free(l);
    return err;
  }
  *own_link = l;
  return OK;
}

static void hang_up(struct client *c) {
  close(c->fd);
  c->fd = -1;
  buf_fini(&c->in);
  buf_fini(&c->out);
  buf_init(&c->in, REQUEST_MAX);
  buf_init(&c->out, REPLY_MAX);
}

static void transmit(struct client *c) {
  ssize_t n = send(c->fd, buf_text(&c->out) + c->sent, c->out.len - c->sent,
                   MSG_NOSIGNAL);
  if (n < 0 && (errno == EAGAIN || errno == EINTR))
    return;
  if (n > 0)
    c->sent += (size_t)n;
  if (n < 0 || c->sent == c->out.len)
    hang_up(c);
}

void link_free(struct link *own_link) {
  struct link *l = own_link;
  if (l == NULL)
    return;
  for (int i = 0; i < LINK_CLIENTS_MAX; i++) {
    struct client *c = &l->clients[i];
    if (c->fd >= 0 && c->out.len > 0)
      transmit(c); /* an answer of the last turn */
    if (c->fd >= 0)
      hang_up(c);
  }
  close(l->fd);
  unlink(l->path); /* gone already is as good */
  free(l->version);
  free(l);
}

/* ---- answers ---- */

/* Ends the document and queues it as a line. */
static void answer(struct client *c, struct json *j) {
  char *text = NULL;
  if (j != NULL)
    json_object_end(j);
  if (j != NULL && json_done(j, &text) == OK)
    buf_add(&c->out, text);
  else
    buf_add(&c->out, "{\"ok\":false,\"error\":\"failed\"}");
  buf_add(&c->out, "\n");
  free(text);
  json_free(j);
  c->is_waiting = false;
}

static struct json *begin_answer(bool is_ok) {
  struct json *j = json_new();
  if (j == NULL)
    return NULL;
  json_object(j);
  json_put_bool(j, "ok", is_ok);
  return j;
}

static void refuse(struct client *c, const char *error, const char *why) {
  struct json *j = begin_answer(false);
  if (j != NULL) {
    json_put_text(j, "error", error);
    json_put_text(j, "why", why);
  }
  answer(c, j);
}

static void answer_status(struct client *c) {
  struct engine_status s;
  struct intake_counts n;
  struct json *j = begin_answer(true);
  engine_status(c->link->engine, &s);
  intake_counts(c->link->intake, &n);
  if (j != NULL) {
    json_put_bool(j, "degraded", s.is_degraded);
    json_put_int(j, "rows_waiting", (int64_t)s.rows_waiting);
    json_put_int(j, "incidents_open", s.incidents_open);
    json_put_int(j, "intake_bytes", (int64_t)n.bytes);
    json_put_int(
        j, "refused",
        (int64_t)(n.refused_okay + n.refused_warning + n.refused_failure));
    json_put_int(j, "series", (int64_t)s.series.series);
    json_put_int(j, "series_looked_at", (int64_t)s.series.looked_at);
    json_put_int(j, "series_evicted", (int64_t)s.series.evicted);
    json_put_int(j, "pid", getpid());
    json_put_text(j, "version", c->link->version);
  }
  answer(c, j);
}

static void add_incident(void *json, const struct incident *i) {
  incident_print(i, NULL, json);
}

static void answer_list(struct client *c) {
  struct json *j = begin_answer(true);
  if (j != NULL) {
    json_key(j, "incidents");
    json_array(j);
    engine_each_open(c->link->engine, add_incident, j);
    json_array_end(j);
  }
  answer(c, j);
}

static void add_silence(void *json, const struct silence *s, wall_ms now) {
  silence_print(s, now, json);
}

static void answer_silences(struct client *c) {
  struct json *j = begin_answer(true);
  if (j != NULL) {
    json_key(j, "silences");
    json_array(j);
    engine_each_silence(c->link->engine, add_silence, j);
    json_array_end(j);
  }
  answer(c, j);
}

static void add_override(void *json, const struct override *o) {
  override_print(o, json);
}

static void answer_overrides(struct client *c) {
  struct json *j = begin_answer(true);
  if (j != NULL) {
    json_key(j, "overrides");
    json_array(j);
    engine_each_override(c->link->engine, add_override, j);
    json_array_end(j);
  }
  answer(c, j);
}

static void answer_calendar(struct client *c, const char *schedule) {
  const struct calendar *known = engine_calendar(c->link->engine, schedule);
  struct json *j = begin_answer(true);
  if (j != NULL) {
    json_key(j, "calendar");
    if (known != NULL)
      calendar_print(known, j);
    else
      json_null(j);
  }
  answer(c, j);
}

static void answer_request(void *arg, enum err err, const char *why,
                           const struct answer *a) {
  struct client *c = arg;
  if (err != OK) {
    refuse(c,
           err == ERR_NOTFOUND   ? "not_found"
           : err == ERR_CONFLICT ? "conflict"
                                 : "failed",
           why);
    return;
  }
  struct json *j = begin_answer(true);
  if (j != NULL) {
    json_key(j, "incident");
    if (a->incident != NULL)
      incident_print(a->incident, NULL, j);
    else
      json_null(j);
    json_key(j, "entry");
    if (a->entry != NULL)
      entry_print(a->entry, j);
    else
      json_null(j);
    json_key(j, "silence");
    if (a->silence != NULL)
      silence_print(a->silence, a->now, j);
    else
      json_null(j);
    json_key(j, "override");
    if (a->override != NULL)
      override_print(a->override, j);
    else
      json_null(j);
    json_put_int(j, "forgotten", a->forgotten);
  }
  answer(c, j);
}

/* True if it has changed over. */
static bool answer_reload(struct client *c, const char *path) {
  char *why = NULL;
  size_t rules = 0;
  if (path[0] != '/') {
    refuse(c, "failed", "no absolute path");
    return false;
  }
  enum err err = reload_file(c->link->engine, path, &rules, &why);
  c->since_ns = clock_mono_ns(); /* that took its time, not the tool */
  if (err == OK) {
    struct json *j = begin_answer(true);
    if (j != NULL)
      json_put_int(j, "rules", (int64_t)rules);
    answer(c, j);
  } else {
    refuse(c, "invalid", why != NULL ? why : err_text(err));
  }
  free(why);
  return err == OK;
}

/* ---- questions ---- */

/* True if the engine should make a turn. */
static bool take_line(struct client *c) {
  struct json_in *doc = NULL;
  struct request r;
  bool is_wanted = false;
  if (json_parse(buf_text(&c->in), c->in.len, &doc, NULL) != OK) {
    refuse(c, "failed", "not a line of JSON");
    return false;
  }
  const char *verb = json_at_text(doc, "verb", "");
  if (strcmp(verb, "kick") == 0) {
    answer(c, begin_answer(true));
    is_wanted = true;
  } else if (strcmp(verb, "status") == 0) {
    answer_status(c);
  } else if (strcmp(verb, "list") == 0) {
    answer_list(c);
  } else if (strcmp(verb, "silences") == 0) {
    answer_silences(c);
  } else if (strcmp(verb, "overrides") == 0) {
    answer_overrides(c);
  } else if (strcmp(verb, "calendar") == 0) {
    answer_calendar(c, json_at_text(doc, "schedule", ""));
  } else if (strcmp(verb, "reload") == 0) {
    is_wanted = answer_reload(c, json_at_text(doc, "file", ""));
  } else if (request_read(doc, &r) != OK || r.by == NULL) {
    refuse(c, "failed", "not a request");
  } else {
    c->is_waiting = true;
    is_wanted = engine_hand(c->link->engine, &r, answer_request, c) == OK;
    if (!is_wanted)
      refuse(c, "failed", "out of memory");
    request_fini(&r);
  }
  json_in_free(doc);
  return is_wanted;
}

static bool receive(struct client *c) {
  char bytes[4096];
  ssize_t n = recv(c->fd, bytes, sizeof bytes, 0);
  if (n < 0 && (errno == EAGAIN || errno == EINTR))
    return false;
  if (n <= 0) {
    hang_up(c);
    return false;
  }
  buf_addn(&c->in, bytes, (size_t)n);
  if (c->in.err != OK) {
    hang_up(c);
    return false;
  }
  return memchr(bytes, '\n', (size_t)n) != NULL && take_line(c);
}

static void welcome(struct link *l) {
  int fd = accept4(l->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (fd < 0)
    return;
  for (int i = 0; i < LINK_CLIENTS_MAX; i++)
    if (l->clients[i].fd < 0) {
      l->clients[i].fd = fd;
      l->clients[i].sent = 0;
      l->clients[i].is_waiting = false;
      l->clients[i].since_ns = clock_mono_ns();
      return;
    }
  close(fd); /* the tool goes on without us */
}

/* ---- polling ---- */

size_t link_fds(struct link *l, struct pollfd *fds) {
  size_t n = 0;
  fds[n++] = (struct pollfd){.fd = l->fd, .events = POLLIN};
  for (int i = 0; i < LINK_CLIENTS_MAX; i++) {
    const struct client *c = &l->clients[i];
    if (c->fd >= 0 && !c->is_waiting)
      fds[n++] = (struct pollfd){.fd = c->fd,
                                 .events = c->out.len > 0 ? POLLOUT : POLLIN};
  }
  return n;
}

static struct client *client_of(struct link *l, int fd) {
  for (int i = 0; i < LINK_CLIENTS_MAX; i++)
    if (l->clients[i].fd == fd)
      return &l->clients[i];
  return NULL;
}

bool link_serve(struct link *l, const struct pollfd *fds, size_t n) {
  bool is_wanted = false;
  int64_t now = clock_mono_ns();
  for (size_t i = 1; i < n; i++) {
    struct client *c = client_of(l, fds[i].fd);
    if (c == NULL || fds[i].revents == 0)
      continue;
    if (c->out.len > 0)
      transmit(c);
    else
      is_wanted = receive(c) || is_wanted;
    /* Most answers fit into the socket's buffer at once. */
    if (c->fd >= 0 && c->out.len > 0)
      transmit(c);
  }
  for (int i = 0; i < LINK_CLIENTS_MAX; i++) {
    struct client *c = &l->clients[i];
    if (c->fd >= 0 && !c->is_waiting && now - c->since_ns > PATIENCE_NS)
      hang_up(c);
  }
  if (n > 0 && fds[0].revents != 0)
    welcome(l);
  return is_wanted;
}
