/* SPDX-License-Identifier: MIT */
/* One thread around poll. A connection reads a request, waits for its answer to
 * be due, writes it, and begins anew or is closed; what it does on the way is
 * in struct answer. Whatever goes wrong on a connection closes it: clients that
 * break off are part of what is tested. */
#include "sink.h"
#include "sink_tls.h"

#include "base/buf.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#define REQUEST_MAX (8u << 20)
#define CONNECTIONS_MAX 1024
#define BACKLOG 512

enum at_end {
  END_KEEP,
  END_CLOSE,
  END_RESET,
  END_STALE,
  END_ENDLESS, /* goes on with more */
  END_HANG
};

struct connection {
  int fd;
  unsigned number;
  SSL *tls;       /* NULL: plain */
  bool is_shaken; /* TLS: the handshake is done */
  bool wants_write;
  struct buf in;
  struct buf out;
  size_t written;    /* of out */
  bool is_answering; /* nothing is read meanwhile */
  bool is_stale;
  int64_t due_ns;     /* out is not written before; 0: at once */
  int64_t trickle_ns; /* between two bytes of out; 0: none */
  enum at_end at_end;
  const char *more;
};

struct script {
  struct sink_reply *replies;
  size_t n, at;
  unsigned used;
};

struct sink {
  char url[64];
  unsigned port;
  int holder; /* keeps the port while nobody listens */
  int wakes[2];
  SSL_CTX *tls;
  X509 *certificate;
  pthread_t thread;
  bool has_thread;

  pthread_mutex_t lock;
  pthread_cond_t more;
  struct script script;
  struct sink_request **requests;
  size_t n, cap;
  unsigned accepted;
  unsigned scripts, scripts_obeyed;
  bool is_stopping;

  /* The thread's own. */
  int listener; /* -1: nobody is let in */
  int deaf[3];  /* a listener that accepts none and who fills its queue; -1 */
  struct connection **connections;
  size_t connections_n;
  struct pollfd *polls;
};

enum err sink_write_certificate(const struct sink *s, const char *path) {
  return sink_tls_write(s->certificate, path);
}

/* ---- sockets ---- */

/* backlog: below 0: does not listen. */
static int bind_to(unsigned port, int backlog) {
  struct sockaddr_in at = {.sin_family = AF_INET,
                           .sin_port = htons((uint16_t)port),
                           .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int on = 1;
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0)
    return -1;
  /* Both the holder and the listener have it: so they share the port. */
  if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
      bind(fd, (struct sockaddr *)&at, sizeof at) != 0 ||
      (backlog >= 0 && listen(fd, backlog) != 0)) {
    close(fd);
    return -1;
  }
  return fd;
}

/* With nobody to accept it, one connection fills a queue of none; what comes
 * behind it gets no answer at all. */
static void go_deaf(struct sink *s) {
  struct sockaddr_in at = {.sin_family = AF_INET,
                           .sin_port = htons((uint16_t)s->port),
                           .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  s->deaf[0] = bind_to(s->port, 0);
  for (size_t i = 1; i < sizeof s->deaf / sizeof s->deaf[0]; i++) {
    s->deaf[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (s->deaf[i] >= 0)
      (void)connect(s->deaf[i], (struct sockaddr *)&at, sizeof at);
  }
}

static void end_deafness(struct sink *s) {
  for (size_t i = 0; i < sizeof s->deaf / sizeof s->deaf[0]; i++) {
    if (s->deaf[i] >= 0)
      close(s->deaf[i]);
    s->deaf[i] = -1;
  }
}

static void reset_at_close(int fd) {
  struct linger l = {.l_onoff = 1, .l_linger = 0};
  setsockopt(fd, SOL_SOCKET, SO_LINGER, &l, sizeof l);
}

static void connection_free(struct connection *c) {
  SSL_free(c->tls);
  close(c->fd);
  buf_fini(&c->in);
  buf_fini(&c->out);
  free(c);
}

static void add_connection(struct sink *s, int fd) {
  int on = 1;
  struct connection *c = calloc(1, sizeof *c);
  if (c == NULL || s->connections_n == CONNECTIONS_MAX) {
    free(c);
    close(fd);
    return;
  }
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  c->fd = fd;
  buf_init(&c->in, REQUEST_MAX);
  buf_init(&c->out, REQUEST_MAX);
  if (s->tls != NULL) {
    c->tls = SSL_new(s->tls);
    if (c->tls == NULL || SSL_set_fd(c->tls, fd) != 1) {
      connection_free(c);
      return;
    }
    SSL_set_accept_state(c->tls);
  }
  s->connections[s->connections_n++] = c;
  pthread_mutex_lock(&s->lock);
  c->number = ++s->accepted;
  pthread_mutex_unlock(&s->lock);
}

/* Bytes; 0 when there is nothing for now, -1 at the end or an error. */
static ssize_t result_of(struct connection *c, int n) {
  if (n > 0)
    return n;
  int why = SSL_get_error(c->tls, n);
  c->wants_write = why == SSL_ERROR_WANT_WRITE;
  return why == SSL_ERROR_WANT_READ || c->wants_write ? 0 : -1;
}

static ssize_t get(struct connection *c, char *bytes, size_t size) {
  if (c->tls != NULL)
    return result_of(c, SSL_read(c->tls, bytes, (int)size));
  ssize_t n = recv(c->fd, bytes, size, 0);
  if (n < 0 && (errno == EAGAIN || errno == EINTR))
    return 0;
  return n > 0 ? n : -1;
}

static ssize_t put(struct connection *c, const char *bytes, size_t n) {
  if (c->tls != NULL)
    return result_of(c, SSL_write(c->tls, bytes, (int)n));
  ssize_t sent = send(c->fd, bytes, n, MSG_NOSIGNAL);
  if (sent < 0 && (errno == EAGAIN || errno == EINTR)) {
    c->wants_write = true;
    return 0;
  }
  return sent > 0 ? sent : -1;
}

/* ---- requests ---- */

static void request_free(struct sink_request *r) {
  if (r == NULL)
    return;
  free(r->method);
  free(r->path);
  free(r->headers);
  free(r->body);
  free(r);
}

/* The lines of the head behind the first, with LF instead of CRLF. */
static char *copy_headers(const char *head, size_t len) {
  char *out = malloc(len + 1);
  size_t n = 0;
  if (out == NULL)
    return NULL;
  for (size_t i = 0; i < len; i++)
    if (head[i] != '\r')
      out[n++] = head[i];
  out[n] = '\0';
  return out;
}

static struct sink_request *request_new(const char *text, size_t head_len,
                                        size_t body_len, unsigned connection) {
  struct sink_request *r = calloc(1, sizeof *r);
  if (r == NULL)
    return NULL;
  size_t line = strcspn(text, "\r");
  size_t method = strcspn(text, " \r");
  const char *path = text + method + (text[method] == ' ');
  r->method = strndup(text, method);
  r->path = strndup(path, strcspn(path, " \r"));
  r->headers = copy_headers(text + line + 2, head_len - line - 4);
  r->body = malloc(body_len + 1);
  r->body_len = body_len;
  r->connection = connection;
  r->at_ns = clock_mono_ns();
  if (r->method == NULL || r->path == NULL || r->headers == NULL ||
      r->body == NULL) {
    request_free(r);
    return NULL;
  }
  memcpy(r->body, text + head_len, body_len);
  r->body[body_len] = '\0';
  return r;
}

static const struct {
  enum at_end at_end;
  bool is_silent;     /* not a byte of an answer */
  const char *whole;  /* instead of an answer; %d: the code; NULL: an answer */
  const char *before; /* an answer; NULL: nothing */
  const char *headers, *behind; /* more of them, and behind the body; NULL */
  const char *more;
  int lack; /* bytes of the body that Content-Length says and are not there */
} ways[] = {
    [SINK_HANG] = {.at_end = END_HANG, .is_silent = true},
    [SINK_DROP] = {.at_end = END_CLOSE, .is_silent = true},
    [SINK_RESET] = {.at_end = END_RESET, .is_silent = true},
    [SINK_REFUSE] = {.at_end = END_RESET, .is_silent = true},
    [SINK_DEAF] = {.at_end = END_RESET, .is_silent = true},
    [SINK_DROP_MID] = {.at_end = END_CLOSE,
                       .whole = "HTTP/1.1 %d Half\r\nContent-Length: 0\r\n"
                                "X-Ha"},
    [SINK_GARBAGE] = {.at_end = END_CLOSE,
                      .whole = "220 this is no web server, whatever %d is\r\n"},
    [SINK_BAD_LENGTH] = {.at_end = END_CLOSE,
                         .whole = "HTTP/1.1 %d Odd\r\n"
                                  "Content-Length: many\r\n\r\nmany"},
    [SINK_OLD] = {.at_end = END_CLOSE,
                  .whole = "HTTP/1.0 %d Old\r\n\r\nuntil the end"},
    [SINK_HEADERS] = {.at_end = END_ENDLESS,
                      .whole = "HTTP/1.1 %d Long\r\n",
                      .more = "X-And-So-On: for ever and a day, and so on\r\n"},
    [SINK_HEADER] = {.at_end = END_ENDLESS,
                     .whole = "HTTP/1.1 %d Long\r\nX-And-So-On: ",
                     .more = "and so on, for ever and a day, "},
    [SINK_INTERIMS] = {.at_end = END_ENDLESS,
                       .whole = "HTTP/1.1 100 Before %d\r\n\r\n",
                       .more = "HTTP/1.1 103 Early Hints\r\n\r\n"},
    [SINK_ENDLESS] = {.at_end = END_ENDLESS,
                      .whole = "HTTP/1.1 %d Long\r\nConnection: close\r\n\r\n",
                      .more = "and so on, for ever and a day, "},
    [SINK_INTERIM] = {.before = "HTTP/1.1 100 Continue\r\n\r\n"
                                "HTTP/1.1 103 Early Hints\r\n"
                                "Retry-After: 77\r\n\r\n"},
    [SINK_SHORT] = {.at_end = END_CLOSE, .lack = 100},
    [SINK_DRIP] = {.at_end = END_HANG, .lack = 100},
    [SINK_LONG] = {.behind = "what nobody has announced"},
    [SINK_TWICE] = {.behind =
                        "HTTP/1.1 200 Again\r\nContent-Length: 0\r\n\r\n"},
    /* "ok", compressed, which nobody has asked for; it has a NUL in it, so
     * that it comes from gzip_ok. */
    [SINK_GZIP] = {.headers = "Content-Encoding: gzip\r\n"},
    [SINK_STALE] = {.at_end = END_STALE},
    [SINK_CODE] = {.at_end = END_KEEP},
    [SINK_SLOW] = {.at_end = END_KEEP},
    [SINK_TRICKLE] = {.at_end = END_KEEP},
};

/* Writes it down and says what is answered. */
static struct sink_reply note_request(struct sink *s, struct sink_request *r) {
  struct sink_reply reply = {.kind = SINK_CODE};
  pthread_mutex_lock(&s->lock);
  struct script *k = &s->script;
  if (k->n > 0) {
    reply = k->replies[k->at];
    if (reply.times > 0 && ++k->used >= reply.times && k->at + 1 < k->n) {
      k->at++;
      k->used = 0;
    }
  }
  bool is_well = reply.code == 0 || reply.code / 100 == 2;
  r->is_taken = is_well && ways[reply.kind].at_end == END_KEEP &&
                ways[reply.kind].whole == NULL;
  /* The caller may set another script before these are used. */
  reply.headers = strdup(reply.headers != NULL ? reply.headers : "");
  reply.body = strdup(reply.body != NULL ? reply.body : "");
  if (s->n == s->cap) {
    size_t cap = s->cap == 0 ? 64 : 2 * s->cap;
    struct sink_request **grown =
        realloc(s->requests, cap * sizeof(struct sink_request *));
    if (grown != NULL) {
      s->requests = grown;
      s->cap = cap;
    }
  }
  if (s->n < s->cap) {
    s->requests[s->n++] = r;
    pthread_cond_broadcast(&s->more);
  } else {
    request_free(r);
  }
  pthread_mutex_unlock(&s->lock);
  return reply;
}

static const char gzip_ok[] = "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xcb"
                              "\xcf\x06\x00\x47\xdd\xdc\x79\x02\x00\x00\x00";

static void add_body(struct buf *out, const struct sink_reply *r, int lack) {
  bool is_packed = r->kind == SINK_GZIP;
  size_t length = is_packed ? sizeof gzip_ok - 1 : strlen(r->body);
  buf_addf(out, "Content-Length: %zu\r\n\r\n", length + (size_t)lack);
  buf_addn(out, is_packed ? gzip_ok : r->body, length);
}

static void answer(struct connection *c, const struct sink_reply *r) {
  struct buf *out = &c->out;
  int code = r->code != 0 ? r->code : 200;
  int64_t wait_ns = r->wait * 1000000;
  c->is_answering = true;
  c->due_ns = r->kind == SINK_SLOW ? clock_mono_ns() + wait_ns : 0;
  c->trickle_ns = r->kind == SINK_TRICKLE ? wait_ns : 0;
  c->at_end = ways[r->kind].at_end;
  c->more = ways[r->kind].more;
  if (ways[r->kind].is_silent)
    return;
  if (ways[r->kind].whole != NULL) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    buf_addf(out, ways[r->kind].whole, code);
#pragma GCC diagnostic pop
    return;
  }
  if (ways[r->kind].before != NULL)
    buf_add(out, ways[r->kind].before);
  buf_addf(out, "HTTP/1.1 %d Scripted\r\n%s%s", code, r->headers,
           ways[r->kind].headers != NULL ? ways[r->kind].headers : "");
  if (code == 204 || code == 304)
    buf_add(out, "\r\n");
  else
    add_body(out, r, ways[r->kind].lack);
  if (ways[r->kind].behind != NULL)
    buf_add(out, ways[r->kind].behind);
}

/* Bytes of body, -1 if the head makes no sense. */
static long long content_length(const char *head, size_t head_len) {
  const char *end = head + head_len;
  for (const char *line = head; line < end;) {
    const char *next = memchr(line, '\n', (size_t)(end - line));
    if (strncasecmp(line, "Content-Length:", 15) == 0) {
      long long n = strtoll(line + 15, NULL, 10);
      return n >= 0 && n < REQUEST_MAX ? n : -1;
    }
    if (next == NULL)
      break;
    line = next + 1;
  }
  return 0;
}

/* Takes a whole request out of c->in. False if the connection must go. */
static bool take_request(struct sink *s, struct connection *c) {
  const char *text = buf_text(&c->in);
  const char *end = strstr(text, "\r\n\r\n");
  if (end == NULL || c->is_answering)
    return true;
  size_t head_len = (size_t)(end - text) + 4;
  long long body_len = content_length(text, head_len);
  if (body_len < 0)
    return false;
  if (c->in.len < head_len + (size_t)body_len)
    return true;
  struct sink_request *r =
      request_new(text, head_len, (size_t)body_len, c->number);
  if (r == NULL)
    return false;
  struct sink_reply reply = note_request(s, r);
  bool is_sound = reply.headers != NULL && reply.body != NULL;
  if (is_sound)
    answer(c, &reply);
  free((char *)reply.headers);
  free((char *)reply.body);
  /* What is behind it stays for the next one. (It is looked at when more comes:
   * nobody here sends a request before the last one is answered.) */
  size_t used = head_len + (size_t)body_len;
  if (used == c->in.len) {
    buf_clear(&c->in);
    return is_sound;
  }
  struct buf rest;
  buf_init(&rest, REQUEST_MAX);
  buf_addn(&rest, text + used, c->in.len - used);
  buf_fini(&c->in);
  c->in = rest;
  return is_sound && c->in.err == OK;
}

/* ---- a connection's turn; false if it must go ---- */

static bool read_some(struct sink *s, struct connection *c) {
  char bytes[16384];
  ssize_t n;
  do {
    if (c->is_stale) { /* the next request is at the door */
      reset_at_close(c->fd);
      return false;
    }
    n = get(c, bytes, sizeof bytes);
    if (n < 0)
      return false;
    buf_addn(&c->in, bytes, (size_t)n);
    if (c->in.err != OK || !take_request(s, c))
      return false;
    /* A TLS record may hold more than poll can see. */
  } while (n > 0 && c->tls != NULL && !c->is_answering);
  return true;
}

static bool finish_answer(struct connection *c) {
  switch (c->at_end) {
  case END_KEEP:
  case END_STALE:
    c->is_stale = c->at_end == END_STALE;
    c->is_answering = false;
    return true;
  case END_HANG:
    return true;
  case END_RESET:
    reset_at_close(c->fd);
    return false;
  case END_CLOSE:
    if (c->tls != NULL)
      SSL_shutdown(c->tls);
    return false;
  case END_ENDLESS:
    for (int i = 0; i < 64; i++)
      buf_add(&c->out, c->more);
    return true;
  }
  return false;
}

static bool write_some(struct connection *c) {
  c->wants_write = false;
  while (c->written < c->out.len) {
    bool trickles = c->trickle_ns > 0;
    size_t left = trickles ? 1 : c->out.len - c->written;
    ssize_t n = put(c, buf_text(&c->out) + c->written, left);
    if (n <= 0)
      return n == 0;
    c->written += (size_t)n;
    if (!trickles || c->written == c->out.len)
      continue;
    c->due_ns = clock_mono_ns() + c->trickle_ns;
    return true;
  }
  buf_clear(&c->out);
  c->written = 0;
  if (!finish_answer(c))
    return false;
  c->wants_write = c->out.len > 0;
  return true;
}

static bool is_writing(const struct connection *c, int64_t now) {
  return c->is_answering && c->due_ns <= now &&
         !(c->at_end == END_HANG && c->out.len == 0);
}

/* A client that goes away while it waits for its answer. */
static bool is_gone(const struct connection *c) {
  char byte;
  ssize_t n = recv(c->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR);
}

static bool serve(struct sink *s, struct connection *c, short events) {
  if (c->tls != NULL && !c->is_shaken) {
    int n = SSL_do_handshake(c->tls);
    if (n != 1)
      return result_of(c, n) == 0;
    c->is_shaken = true;
    c->wants_write = false;
  }
  if (c->is_answering) {
    if ((events & (POLLERR | POLLHUP)) != 0 ||
        ((events & POLLIN) != 0 && is_gone(c)))
      return false;
  } else if ((events & ~POLLOUT) != 0) {
    if (!read_some(s, c))
      return false;
  }
  return !is_writing(c, clock_mono_ns()) || write_some(c);
}

/* ---- the thread ---- */

/* False: it is to end. */
static bool obey_script(struct sink *s) {
  pthread_mutex_lock(&s->lock);
  const struct script *k = &s->script;
  enum sink_kind kind = k->n > 0 ? k->replies[k->at].kind : SINK_CODE;
  bool is_deaf = kind == SINK_DEAF;
  bool refuses = is_deaf || kind == SINK_REFUSE;
  bool is_stopping = s->is_stopping;
  unsigned scripts = s->scripts;
  pthread_mutex_unlock(&s->lock);

  if (!is_deaf)
    end_deafness(s);
  if (!refuses && s->listener < 0)
    s->listener = bind_to(s->port, BACKLOG);
  if (refuses && s->listener >= 0) {
    close(s->listener);
    s->listener = -1;
  }
  if (is_deaf && s->deaf[0] < 0)
    go_deaf(s);
  for (size_t i = s->connections_n; refuses && i-- > 0;)
    if (!s->connections[i]->is_answering) {
      connection_free(s->connections[i]);
      s->connections[i] = s->connections[--s->connections_n];
    }

  pthread_mutex_lock(&s->lock);
  s->scripts_obeyed = scripts;
  if (is_stopping)
    s->scripts_obeyed = UINT_MAX;
  pthread_cond_broadcast(&s->more);
  pthread_mutex_unlock(&s->lock);
  return !is_stopping;
}

/* Fills s->polls; the time in ms until something is due. */
static int plan_poll(struct sink *s) {
  int64_t now = clock_mono_ns(), wait = INT64_MAX;
  s->polls[0] = (struct pollfd){.fd = s->wakes[0], .events = POLLIN};
  s->polls[1] = (struct pollfd){.fd = s->listener, .events = POLLIN};
  for (size_t i = 0; i < s->connections_n; i++) {
    const struct connection *c = s->connections[i];
    short events = POLLIN;
    if (c->wants_write)
      events |= POLLOUT;
    if (c->is_answering && c->due_ns > now && c->due_ns - now < wait)
      wait = c->due_ns - now;
    /* What comes while it answers is left where it is, and would be reported
     * without end; POLLHUP comes anyway. */
    if (c->is_answering && c->at_end != END_HANG && c->due_ns <= now)
      events &= (short)~POLLIN;
    s->polls[2 + i] = (struct pollfd){.fd = c->fd, .events = events};
  }
  return wait == INT64_MAX ? -1 : (int)(wait / 1000000 + 1);
}

static void *run(void *arg) {
  struct sink *s = arg;
  char bytes[64];
  while (obey_script(s)) {
    int wait = plan_poll(s);
    size_t n = s->connections_n;
    if (poll(s->polls, 2 + n, wait) < 0)
      continue;
    while (s->polls[0].revents != 0 &&
           read(s->wakes[0], bytes, sizeof bytes) == (ssize_t)sizeof bytes)
      ;
    /* From the back: a connection that goes is replaced by the last, which has
     * had its turn. */
    for (size_t i = n; i-- > 0;) {
      struct connection *c = s->connections[i];
      short events = s->polls[2 + i].revents;
      bool is_due = c->is_answering && c->due_ns > 0;
      if ((events != 0 || is_due) && !serve(s, c, events)) {
        connection_free(c);
        s->connections[i] = s->connections[--s->connections_n];
      }
    }
    int fd;
    while (s->listener >= 0 && s->polls[1].revents != 0 &&
           (fd = accept4(s->listener, NULL, NULL,
                         SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0)
      add_connection(s, fd);
  }
  return NULL;
}

static void wake(struct sink *s) {
  ssize_t n = write(s->wakes[1], "", 1);
  (void)n; /* a full pipe wakes as well */
}

/* ---- from outside ---- */

static void script_fini(struct script *k) {
  for (size_t i = 0; i < k->n; i++) {
    free((char *)k->replies[i].headers);
    free((char *)k->replies[i].body);
  }
  free(k->replies);
  *k = (struct script){.n = 0};
}

void sink_free(struct sink *s) {
  if (s == NULL)
    return;
  if (s->has_thread) {
    pthread_mutex_lock(&s->lock);
    s->is_stopping = true;
    pthread_mutex_unlock(&s->lock);
    wake(s);
    pthread_join(s->thread, NULL);
  }
  while (s->connections_n > 0)
    connection_free(s->connections[--s->connections_n]);
  end_deafness(s);
  int fds[] = {s->holder, s->listener, s->wakes[0], s->wakes[1]};
  for (size_t i = 0; i < sizeof fds / sizeof fds[0]; i++)
    if (fds[i] >= 0)
      close(fds[i]);
  for (size_t i = 0; i < s->n; i++)
    request_free(s->requests[i]);
  script_fini(&s->script);
  SSL_CTX_free(s->tls);
  X509_free(s->certificate);
  pthread_cond_destroy(&s->more);
  pthread_mutex_destroy(&s->lock);
  free(s->requests);
  free(s->connections);
  free(s->polls);
  free(s);
}

static enum err start(struct sink *s, enum sink_transport transport) {
  struct sockaddr_in at;
  socklen_t len = sizeof at;
  s->connections = calloc(CONNECTIONS_MAX, sizeof(struct connection *));
  s->polls = calloc(2 + CONNECTIONS_MAX, sizeof *s->polls);
  if (s->connections == NULL || s->polls == NULL)
    return ERR_NOMEM;
  if (transport != SINK_PLAIN) {
    enum err err = sink_tls_new(transport, &s->tls, &s->certificate);
    if (err != OK)
      return err;
  }
  if (pipe2(s->wakes, O_CLOEXEC | O_NONBLOCK) != 0)
    return ERR_IO;
  s->holder = bind_to(0, -1);
  if (s->holder < 0 || getsockname(s->holder, (struct sockaddr *)&at, &len))
    return ERR_IO;
  s->port = ntohs(at.sin_port);
  snprintf(s->url, sizeof s->url, "http%s://127.0.0.1:%u",
           transport == SINK_PLAIN ? "" : "s", s->port);
  s->listener = bind_to(s->port, BACKLOG);
  if (s->listener < 0)
    return ERR_IO;
  /* SSL_write knows no MSG_NOSIGNAL: with the signal blocked in this thread it
   * is pending there and does nothing. */
  sigset_t all, old;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &old);
  s->has_thread = pthread_create(&s->thread, NULL, run, s) == 0;
  pthread_sigmask(SIG_SETMASK, &old, NULL);
  return s->has_thread ? OK : ERR_IO;
}

enum err sink_new(enum sink_transport transport, struct sink **own_sink) {
  struct sink *s = calloc(1, sizeof *s);
  if (s == NULL)
    return ERR_NOMEM;
  pthread_condattr_t monotonic;
  pthread_condattr_init(&monotonic);
  pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
  pthread_mutex_init(&s->lock, NULL);
  pthread_cond_init(&s->more, &monotonic);
  pthread_condattr_destroy(&monotonic);
  s->holder = s->listener = s->wakes[0] = s->wakes[1] = -1;
  s->deaf[0] = s->deaf[1] = s->deaf[2] = -1;
  enum err err = start(s, transport);
  if (err != OK) {
    sink_free(s);
    return err;
  }
  *own_sink = s;
  return OK;
}

const char *sink_url(const struct sink *s) { return s->url; }

unsigned sink_port(const struct sink *s) { return s->port; }

enum err sink_script(struct sink *s, const struct sink_reply *replies,
                     size_t n) {
  struct script k = {.n = 0};
  if (n > 0) {
    k.replies = calloc(n, sizeof *k.replies);
    if (k.replies == NULL)
      return ERR_NOMEM;
  }
  for (; k.n < n; k.n++) {
    struct sink_reply *r = &k.replies[k.n];
    *r = replies[k.n];
    r->headers = r->headers != NULL ? strdup(r->headers) : strdup("");
    r->body = r->body != NULL ? strdup(r->body) : strdup("");
    if (r->headers == NULL || r->body == NULL) {
      k.n++;
      script_fini(&k);
      return ERR_NOMEM;
    }
  }
  pthread_mutex_lock(&s->lock);
  struct script old = s->script;
  s->script = k;
  unsigned number = ++s->scripts;
  wake(s);
  while (s->scripts_obeyed < number)
    pthread_cond_wait(&s->more, &s->lock);
  pthread_mutex_unlock(&s->lock);
  script_fini(&old);
  return OK;
}

size_t sink_count(struct sink *s) {
  pthread_mutex_lock(&s->lock);
  size_t n = s->n;
  pthread_mutex_unlock(&s->lock);
  return n;
}

unsigned sink_connections(struct sink *s) {
  pthread_mutex_lock(&s->lock);
  unsigned n = s->accepted;
  pthread_mutex_unlock(&s->lock);
  return n;
}

bool sink_wait(struct sink *s, size_t n, span_ms deadline) {
  int64_t at = clock_mono_ns() + deadline * 1000000;
  struct timespec until = {.tv_sec = at / 1000000000,
                           .tv_nsec = at % 1000000000};
  int rc = 0;
  pthread_mutex_lock(&s->lock);
  while (s->n < n && rc == 0)
    rc = pthread_cond_timedwait(&s->more, &s->lock, &until);
  bool is_there = s->n >= n;
  pthread_mutex_unlock(&s->lock);
  return is_there;
}

const struct sink_request *sink_request(struct sink *s, size_t i) {
  pthread_mutex_lock(&s->lock);
  const struct sink_request *r = i < s->n ? s->requests[i] : NULL;
  pthread_mutex_unlock(&s->lock);
  return r;
}

bool sink_header(const struct sink_request *r, const char *name, char *value,
                 size_t value_size) {
  size_t name_len = strlen(name), found = 0;
  value[0] = '\0';
  for (const char *line = r->headers; *line != '\0';) {
    size_t len = strcspn(line, "\n");
    if (len > name_len && line[name_len] == ':' &&
        strncasecmp(line, name, name_len) == 0) {
      size_t from = name_len + 1;
      from += strspn(line + from, " \t");
      if (found++ == 0)
        snprintf(value, value_size, "%.*s", (int)(len - from), line + from);
    }
    line += len + (line[len] == '\n');
  }
  return found == 1;
}
