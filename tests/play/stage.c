/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "stage.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

bool stage_fail(struct stage *s, const char *format, ...) {
  char line[4096];
  va_list ap;
  va_start(ap, format);
  vsnprintf(line, sizeof line, format, ap);
  va_end(ap);
  buf_clear(&s->why);
  buf_add(&s->why, line);
  return false;
}

static char *copy(const char *bytes, size_t n) {
  char *c = malloc(n + 1);
  if (c != NULL) {
    memcpy(c, bytes, n);
    c[n] = '\0';
  }
  return c;
}

bool sink_add(struct play_sink *sink, const char *id, const char *headers,
              const char *body, size_t body_len, wall_ms at) {
  if (sink->got_n == sink->got_cap) {
    size_t cap = sink->got_cap == 0 ? 64 : 2 * sink->got_cap;
    struct got **more = realloc(sink->got, cap * sizeof *more);
    if (more == NULL)
      return false;
    sink->got = more;
    sink->got_cap = cap;
  }
  struct got *g = calloc(1, sizeof *g);
  if (g == NULL)
    return false;
  g->id = copy(id, strlen(id));
  g->headers = headers == NULL ? NULL : copy(headers, strlen(headers));
  g->body = copy(body, body_len);
  g->body_len = body_len;
  g->at = at;
  if (g->id == NULL || g->body == NULL ||
      (headers != NULL && g->headers == NULL)) {
    free(g->id);
    free(g->headers);
    free(g->body);
    free(g);
    return false;
  }
  sink->got[sink->got_n++] = g;
  return true;
}

void stage_child(pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent)
    _exit(127);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  for (int n = 1; n < 32; n++)
    if (n != SIGKILL && n != SIGSTOP)
      signal(n, SIG_DFL);
  for (int fd = 3; fd < 256; fd++)
    close(fd);
}

/* environ with those in front; the first of a name counts for getenv. */
static char **environment(const char *const *extra) {
  size_t n = 0, more = 0;
  while (environ[n] != NULL)
    n++;
  while (extra != NULL && extra[more] != NULL)
    more++;
  char **all = calloc(n + more + 1, sizeof *all);
  if (all == NULL)
    return NULL;
  size_t at = 0;
  for (size_t i = 0; i < more; i++)
    all[at++] = (char *)extra[i];
  for (size_t i = 0; i < n; i++) {
    size_t name = strcspn(environ[i], "=") + 1;
    bool is_replaced = false;
    for (size_t m = 0; m < more && !is_replaced; m++)
      is_replaced = strncmp(extra[m], environ[i], name) == 0;
    if (!is_replaced)
      all[at++] = environ[i];
  }
  return all;
}

bool stage_spawn(struct stage *s, char *const argv[], const char *const *env,
                 int *status) {
  int out[2] = {-1, -1}, err[2] = {-1, -1};
  struct buf errors;
  buf_init(&errors, 1 << 20);
  buf_clear(&s->out);
  s->out_err = 0;
  char **envp = environment(env);
  bool ok = false;
  if (envp == NULL || pipe2(out, O_CLOEXEC) != 0 ||
      pipe2(err, O_CLOEXEC) != 0) {
    stage_fail(s, "cannot make pipes: %s", strerror(errno));
    goto done;
  }
  pid_t parent = getpid();
  fflush(stdout);
  pid_t pid = fork();
  if (pid < 0) {
    stage_fail(s, "cannot fork: %s", strerror(errno));
    goto done;
  }
  if (pid == 0) {
    int null = open("/dev/null", O_RDONLY);
    dup2(null, 0);
    dup2(out[1], 1);
    dup2(err[1], 2);
    stage_child(parent);
    execve(argv[0], argv, envp);
    dprintf(2, "cannot run %s: %s\n", argv[0], strerror(errno));
    _exit(127);
  }
  close(out[1]);
  close(err[1]);
  out[1] = err[1] = -1;
  struct pollfd fds[2] = {{out[0], POLLIN, 0}, {err[0], POLLIN, 0}};
  int64_t give_up = clock_mono_ns() + s->deadline * 3000000;
  bool timed_out = false;
  for (int open_n = 2; open_n > 0;) {
    if (poll(fds, 2, 100) < 0 && errno != EINTR)
      break;
    for (int i = 0; i < 2; i++) {
      if (fds[i].fd < 0 || fds[i].revents == 0)
        continue;
      char room[4096];
      ssize_t n = read(fds[i].fd, room, sizeof room);
      if (n > 0) {
        buf_addn(i == 0 ? &s->out : &errors, room, (size_t)n);
      } else if (n == 0 || errno != EINTR) {
        fds[i].fd = -1;
        open_n--;
      }
    }
    if (clock_mono_ns() > give_up) {
      timed_out = true;
      kill(pid, SIGKILL);
      break;
    }
  }
  int got = 0;
  while (waitpid(pid, &got, 0) < 0 && errno == EINTR)
    ;
  s->out_err = s->out.len;
  buf_addn(&s->out, buf_text(&errors), errors.len);
  if (timed_out) {
    stage_fail(s, "%s did not end in time; it said: %s", argv[0],
               buf_text(&s->out));
    goto done;
  }
  *status = WIFEXITED(got) ? WEXITSTATUS(got) : 128 + WTERMSIG(got);
  ok = true;
done:
  for (int i = 0; i < 2; i++) {
    if (out[i] >= 0)
      close(out[i]);
    if (err[i] >= 0)
      close(err[i]);
  }
  buf_fini(&errors);
  free(envp);
  return ok;
}

bool stage_write_file(struct stage *s, const char *path, const char *text) {
  FILE *f = fopen(path, "we");
  if (f == NULL)
    return stage_fail(s, "%s: %s", path, strerror(errno));
  bool ok = fputs(text, f) >= 0;
  ok = fclose(f) == 0 && ok;
  return ok || stage_fail(s, "%s: cannot write", path);
}

bool stage_read_file(const char *path, struct buf *b) {
  FILE *f = fopen(path, "re");
  if (f == NULL)
    return false;
  char room[8192];
  for (size_t n; (n = fread(room, 1, sizeof room, f)) > 0;)
    buf_addn(b, room, n);
  fclose(f);
  return true;
}

const char *stage_built(const char *name, const char *rest, char *room,
                        size_t room_size) {
  const char *set = name == NULL ? NULL : getenv(name);
  if (set != NULL && set[0] != '\0')
    return set;
  const char *builddir = getenv("builddir");
  snprintf(room, room_size, "%s/%s", builddir != NULL ? builddir : ".", rest);
  return room;
}
