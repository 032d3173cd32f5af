/* SPDX-License-Identifier: MIT */
/* One thread, epoll, level triggered. A connection's buffer holds the request
 * being read; curl sends the next one only after the answer, so what follows a
 * whole request is a new one or nothing. */
#define _GNU_SOURCE
#include "receiver.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define CONNECTIONS_MAX 1024
#define REQUEST_MAX (256 * 1024)
#define BUCKETS (1u << 17)

struct connection {
  char *text;
  size_t len, size;
  bool is_open, is_waiting; /* waiting: a whole request that got no answer */
};

struct receiver {
  int listener, poller, wake, port;
  pthread_t thread;
  struct connection *connections; /* by descriptor */
  pthread_mutex_t mutex;          /* all below */
  pthread_cond_t changed;
  bool is_answering, is_ending;
  struct arrival *arrivals; /* in order */
  size_t arrivals_n, arrivals_size, repeats;
  size_t *pages; /* indices into arrivals */
  size_t pages_n, pages_size;
  size_t wanted;    /* the waiter sleeps until there are so many */
  uint32_t *bucket; /* index + 1 into arrivals, by the id's hash */
};

static uint64_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* ---- arrivals ---- */

static bool make_room(void **array, size_t *size, size_t n, size_t each) {
  if (n < *size)
    return true;
  size_t more = *size == 0 ? 16384 : *size * 2;
  void *grown = realloc(*array, more * each);
  if (grown == NULL)
    return false;
  *array = grown;
  *size = more;
  return true;
}

/* Its place in the open-addressed table: an entry with the id, or a free one.
 * NULL when the table is full. */
static uint32_t *place(struct receiver *r, const char *id) {
  uint32_t hash = 2166136261u;
  for (const char *c = id; *c != '\0'; c++)
    hash = (hash ^ (unsigned char)*c) * 16777619u;
  for (uint32_t i = 0; i < BUCKETS; i++) {
    uint32_t *b = &r->bucket[(hash + i) % BUCKETS];
    if (*b == 0 || strcmp(r->arrivals[*b - 1].id, id) == 0)
      return b;
  }
  return NULL;
}

static void note(struct receiver *r, const struct arrival *came) {
  pthread_mutex_lock(&r->mutex);
  uint32_t *b = place(r, came->id);
  if (b != NULL &&
      make_room((void **)&r->arrivals, &r->arrivals_size, r->arrivals_n,
                sizeof *r->arrivals) &&
      make_room((void **)&r->pages, &r->pages_size, r->pages_n,
                sizeof *r->pages)) {
    struct arrival *a = &r->arrivals[r->arrivals_n];
    *a = *came;
    a->is_repeat = *b != 0;
    if (a->is_repeat)
      r->repeats++;
    else
      *b = (uint32_t)r->arrivals_n + 1;
    if (a->is_page && !a->is_repeat)
      r->pages[r->pages_n++] = r->arrivals_n;
    r->arrivals_n++;
  }
  if (r->pages_n >= r->wanted)
    pthread_cond_broadcast(&r->changed);
  pthread_mutex_unlock(&r->mutex);
}

/* ---- HTTP ---- */

static const char *header(const char *head, const char *name) {
  size_t len = strlen(name);
  for (const char *line = strstr(head, "\r\n"); line != NULL;
       line = strstr(line + 2, "\r\n"))
    if (strncasecmp(line + 2, name, len) == 0 && line[2 + len] == ':')
      return line + 3 + len + strspn(line + 3 + len, " ");
  return NULL;
}

static void end_connection(struct receiver *r, int fd) {
  struct connection *c = &r->connections[fd];
  close(fd);
  free(c->text);
  *c = (struct connection){0};
}

static void answer(struct receiver *r, int fd) {
  static const char text[] = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
  if (send(fd, text, sizeof text - 1, MSG_NOSIGNAL) !=
      (ssize_t)(sizeof text - 1))
    end_connection(r, fd);
}

/* Looks at what has been read; true if a request was whole and taken. */
static bool take_request(struct receiver *r, int fd, uint64_t now) {
  struct connection *c = &r->connections[fd];
  c->text[c->len] = '\0';
  char *end = strstr(c->text, "\r\n\r\n");
  if (end == NULL)
    return false;
  *end = '\0';
  const char *length = header(c->text, "Content-Length");
  const char *id = header(c->text, "webhook-id");
  size_t body = (size_t)(end + 4 - c->text);
  size_t total = body + (length == NULL ? 0 : strtoul(length, NULL, 10));
  if (c->len < total) {
    *end = '\r';
    return false;
  }
  struct arrival came = {.at = now};
  if (id != NULL)
    snprintf(came.id, sizeof came.id, "%.*s", (int)strcspn(id, "\r\n"), id);
  came.is_page = strstr(c->text + body, "\"incident.page\"") != NULL;
  c->len = 0;
  pthread_mutex_lock(&r->mutex);
  bool is_answering = r->is_answering;
  pthread_mutex_unlock(&r->mutex);
  c->is_waiting = !is_answering;
  if (is_answering)
    answer(r, fd);
  note(r, &came);
  return true;
}

static void read_connection(struct receiver *r, int fd) {
  struct connection *c = &r->connections[fd];
  if (c->size - c->len < 4096) {
    char *grown = c->size >= REQUEST_MAX ? NULL : realloc(c->text, c->size * 4);
    if (grown == NULL) {
      end_connection(r, fd);
      return;
    }
    c->text = grown;
    c->size *= 4;
  }
  ssize_t n = recv(fd, c->text + c->len, c->size - c->len - 1, 0);
  if (n > 0) {
    c->len += (size_t)n;
    take_request(r, fd, now_ns());
  } else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
    end_connection(r, fd);
  }
}

static void accept_connection(struct receiver *r) {
  int one = 1;
  int fd = accept4(r->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (fd < 0)
    return;
  char *text = fd < CONNECTIONS_MAX ? malloc(16384) : NULL;
  struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  if (text == NULL || epoll_ctl(r->poller, EPOLL_CTL_ADD, fd, &event) != 0) {
    free(text);
    close(fd);
    return;
  }
  r->connections[fd] =
      (struct connection){.text = text, .size = 16384, .is_open = true};
}

/* Woken: the end, or the answers have come back. */
static bool look_up(struct receiver *r) {
  uint64_t count;
  if (read(r->wake, &count, sizeof count) < 0)
    return true;
  pthread_mutex_lock(&r->mutex);
  bool is_answering = r->is_answering, is_ending = r->is_ending;
  pthread_mutex_unlock(&r->mutex);
  for (int fd = 0; fd < CONNECTIONS_MAX; fd++)
    if (r->connections[fd].is_open &&
        (is_ending || (is_answering && r->connections[fd].is_waiting)))
      end_connection(r, fd);
  return !is_ending;
}

static void *run(void *arg) {
  struct receiver *r = arg;
  struct epoll_event events[64];
  for (bool goes_on = true; goes_on;) {
    int n = epoll_wait(r->poller, events, 64, -1);
    for (int i = 0; i < n; i++) {
      int fd = events[i].data.fd;
      if (fd == r->listener)
        accept_connection(r);
      else if (fd == r->wake)
        goes_on = look_up(r) && goes_on;
      else if (r->connections[fd].is_open)
        read_connection(r, fd);
    }
  }
  return NULL;
}

/* ---- for the driver ---- */

static bool listen_on(struct receiver *r) {
  struct sockaddr_in address = {.sin_family = AF_INET};
  socklen_t len = sizeof address;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  r->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  r->poller = epoll_create1(EPOLL_CLOEXEC);
  r->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (r->listener < 0 || r->poller < 0 || r->wake < 0 ||
      bind(r->listener, (struct sockaddr *)&address, len) != 0 ||
      listen(r->listener, 1024) != 0 ||
      getsockname(r->listener, (struct sockaddr *)&address, &len) != 0)
    return false;
  r->port = ntohs(address.sin_port);
  struct epoll_event a = {.events = EPOLLIN, .data.fd = r->listener};
  struct epoll_event b = {.events = EPOLLIN, .data.fd = r->wake};
  return epoll_ctl(r->poller, EPOLL_CTL_ADD, r->listener, &a) == 0 &&
         epoll_ctl(r->poller, EPOLL_CTL_ADD, r->wake, &b) == 0;
}

static void discard(struct receiver *r) {
  if (r->listener >= 0)
    close(r->listener);
  if (r->poller >= 0)
    close(r->poller);
  if (r->wake >= 0)
    close(r->wake);
  free(r->connections);
  free(r->bucket);
  free(r->arrivals);
  free(r->pages);
  free(r);
}

struct receiver *receiver_new(void) {
  struct receiver *r = calloc(1, sizeof *r);
  if (r == NULL)
    return NULL;
  r->listener = r->poller = r->wake = -1;
  r->is_answering = true;
  r->wanted = SIZE_MAX;
  pthread_mutex_init(&r->mutex, NULL);
  pthread_condattr_t attr;
  pthread_condattr_init(&attr);
  pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
  pthread_cond_init(&r->changed, &attr);
  pthread_condattr_destroy(&attr);
  r->connections = calloc(CONNECTIONS_MAX, sizeof *r->connections);
  r->bucket = calloc(BUCKETS, sizeof *r->bucket);
  if (r->connections == NULL || r->bucket == NULL || !listen_on(r) ||
      pthread_create(&r->thread, NULL, run, r) != 0) {
    discard(r);
    return NULL;
  }
  return r;
}

static void poke(struct receiver *r) {
  uint64_t one = 1;
  /* Fails only when the count is full, and then it is awake anyway. */
  (void)!write(r->wake, &one, sizeof one);
}

void receiver_free(struct receiver *r) {
  if (r == NULL)
    return;
  pthread_mutex_lock(&r->mutex);
  r->is_ending = true;
  pthread_mutex_unlock(&r->mutex);
  poke(r);
  pthread_join(r->thread, NULL);
  discard(r);
}

int receiver_port(const struct receiver *r) { return r->port; }

void receiver_answer(struct receiver *r, bool is_answering) {
  pthread_mutex_lock(&r->mutex);
  r->is_answering = is_answering;
  pthread_mutex_unlock(&r->mutex);
  poke(r);
}

void receiver_clear(struct receiver *r) {
  pthread_mutex_lock(&r->mutex);
  r->arrivals_n = r->pages_n = r->repeats = 0;
  memset(r->bucket, 0, BUCKETS * sizeof *r->bucket);
  pthread_mutex_unlock(&r->mutex);
}

size_t receiver_pages(struct receiver *r) {
  pthread_mutex_lock(&r->mutex);
  size_t n = r->pages_n;
  pthread_mutex_unlock(&r->mutex);
  return n;
}

size_t receiver_repeats(struct receiver *r) {
  pthread_mutex_lock(&r->mutex);
  size_t n = r->repeats;
  pthread_mutex_unlock(&r->mutex);
  return n;
}

bool receiver_wait(struct receiver *r, size_t n, unsigned timeout_ms) {
  uint64_t end = now_ns() + (uint64_t)timeout_ms * 1000000u;
  struct timespec t = {.tv_sec = (time_t)(end / 1000000000u),
                       .tv_nsec = (long)(end % 1000000000u)};
  int status = 0;
  pthread_mutex_lock(&r->mutex);
  r->wanted = n;
  while (r->pages_n < n && status == 0)
    status = pthread_cond_timedwait(&r->changed, &r->mutex, &t);
  r->wanted = SIZE_MAX;
  bool has_come = r->pages_n >= n;
  pthread_mutex_unlock(&r->mutex);
  return has_come;
}

uint64_t receiver_when(struct receiver *r, size_t n) {
  pthread_mutex_lock(&r->mutex);
  uint64_t at = n < r->pages_n ? r->arrivals[r->pages[n]].at : 0;
  pthread_mutex_unlock(&r->mutex);
  return at;
}
