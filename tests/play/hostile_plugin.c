/* SPDX-License-Identifier: MIT */
/* A plugin for tests: dispatches notifications that no well-meaning one would,
 * as it is told, one line each, on the socket $HOSTILE_SOCKET. Words are
 * KEY=HEX, or KEY~HEX for bytes that are repeated until the field is full,
 * without a NUL. Keys: severity, time ("now" or a raw cdtime_t), the five
 * fields, message, s:NAME (text), d:NAME (double), b:NAME (boolean), and times:
 * so often, from hosts HOST1, HOST2, ... Answers
 * "ok" when the notification has been dispatched. The lines of the file
 * $HOSTILE_SOCKET.early are dispatched while plugins are initialised. */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "daemon/collectd.h"
#include "daemon/plugin.h"

__attribute__((visibility("default"))) void module_register(void);

static int listening = -1;

static int digit(char c) {
  return c >= '0' && c <= '9'   ? c - '0'
         : c >= 'a' && c <= 'f' ? c - 'a' + 10
                                : 0;
}

static size_t unhex(const char *text, char *out, size_t max) {
  size_t n = 0;
  for (; text[0] != '\0' && text[1] != '\0' && n < max; text += 2)
    out[n++] = (char)(digit(text[0]) * 16 + digit(text[1]));
  return n;
}

static void set_field(char *field, size_t size, const char *bytes, size_t n,
                      int is_filled) {
  for (size_t i = 0; i < size && n > 0 && (is_filled || i < n); i++)
    field[i] = bytes[i % n];
}

static void set_word(notification_t *n, const char *key, char op,
                     const char *bytes, size_t len) {
  struct {
    const char *key;
    char *field;
    size_t size;
  } fields[] = {
      {"host", n->host, sizeof n->host},
      {"plugin", n->plugin, sizeof n->plugin},
      {"plugin_instance", n->plugin_instance, sizeof n->plugin_instance},
      {"type", n->type, sizeof n->type},
      {"type_instance", n->type_instance, sizeof n->type_instance},
      {"message", n->message, sizeof n->message}};
  for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
    if (strcmp(key, fields[i].key) == 0)
      set_field(fields[i].field, fields[i].size, bytes, len, op == '~');
  if (strcmp(key, "severity") == 0)
    n->severity = atoi(bytes);
  else if (strcmp(key, "time") == 0)
    n->time = strcmp(bytes, "now") == 0 ? cdtime() : strtoull(bytes, NULL, 10);
  else if (strncmp(key, "s:", 2) == 0)
    plugin_notification_meta_add_string(n, key + 2, bytes);
  else if (strncmp(key, "d:", 2) == 0)
    plugin_notification_meta_add_double(n, key + 2, strtod(bytes, NULL));
  else if (strncmp(key, "b:", 2) == 0)
    plugin_notification_meta_add_boolean(n, key + 2, bytes[0] == '1');
}

static void dispatch(char *line) {
  static char bytes[65536];
  notification_t n;
  memset(&n, 0, sizeof n);
  n.severity = NOTIF_FAILURE;
  n.time = cdtime();
  char *at = line;
  int times = 0;
  for (char *word; (word = strsep(&at, " \n")) != NULL;) {
    size_t name = strcspn(word, "=~");
    if (word[name] == '\0')
      continue;
    char op = word[name];
    word[name] = '\0';
    size_t len = unhex(word + name + 1, bytes, sizeof bytes - 1);
    bytes[len] = '\0';
    set_word(&n, word, op, bytes, len);
    if (strcmp(word, "times") == 0)
      times = atoi(bytes);
  }
  char host[64];
  snprintf(host, sizeof host, "%.60s", n.host);
  if (times == 0)
    plugin_dispatch_notification(&n);
  for (int i = 1; i <= times; i++) {
    snprintf(n.host + strlen(host), sizeof n.host - strlen(host), "%d", i);
    plugin_dispatch_notification(&n);
  }
  if (n.meta != NULL)
    plugin_notification_meta_free(n.meta);
}

static void *serve(void *arg) {
  (void)arg;
  for (;;) {
    int fd = accept(listening, NULL, NULL);
    if (fd < 0) {
      if (errno == EINTR || errno == ECONNABORTED)
        continue;
      return NULL;
    }
    FILE *f = fdopen(fd, "r");
    if (f == NULL) {
      close(fd);
      continue;
    }
    char *line = NULL;
    size_t size = 0;
    while (getline(&line, &size, f) >= 0) {
      dispatch(line);
      if (send(fd, "ok\n", 3, MSG_NOSIGNAL) != 3)
        break;
    }
    free(line);
    fclose(f);
  }
}

static void dispatch_early(const char *socket_path) {
  char path[256];
  snprintf(path, sizeof path, "%s.early", socket_path);
  FILE *f = fopen(path, "r");
  char *line = NULL;
  size_t size = 0;
  while (f != NULL && getline(&line, &size, f) >= 0)
    dispatch(line);
  free(line);
  if (f != NULL)
    fclose(f);
}

static int hostile_init(void) {
  struct sockaddr_un at = {.sun_family = AF_UNIX};
  pthread_t thread;
  const char *path = getenv("HOSTILE_SOCKET");
  if (path == NULL || strlen(path) >= sizeof at.sun_path)
    return 0;
  dispatch_early(path);
  strcpy(at.sun_path, path);
  unlink(path);
  listening = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (listening < 0 ||
      bind(listening, (struct sockaddr *)&at, sizeof at) != 0 ||
      listen(listening, 8) != 0 ||
      plugin_thread_create(&thread, serve, NULL, "hostile") != 0) {
    ERROR("hostile: cannot listen on %s", path);
    return -1;
  }
  pthread_detach(thread);
  return 0;
}

void module_register(void) { plugin_register_init("hostile", hostile_init); }
