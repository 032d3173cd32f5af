/* SPDX-License-Identifier: MIT */
#include "engine/secrets.h"

#include "base/buf.h"
#include "base/log.h"
#include "core/settings.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SECRET_MAX 4096

/* The file's first line; NULL with *why (static). */
static char *read_secret(const char *path, bool *is_open_to_others,
                         const char **why) {
  char bytes[SECRET_MAX + 1];
  struct stat st;
  char *secret = NULL;
  ssize_t n = -1;
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0 || fstat(fd, &st) != 0)
    *why = strerror(errno);
  else if (!S_ISREG(st.st_mode))
    *why = "not a file";
  else if ((n = read(fd, bytes, sizeof bytes)) < 0)
    *why = strerror(errno);
  else if (n > SECRET_MAX)
    *why = "longer than 4 KiB";
  if (fd >= 0)
    close(fd);
  if (n < 0 || n > SECRET_MAX)
    return NULL;
  bytes[n] = '\0';
  bytes[strcspn(bytes, "\r\n")] = '\0';
  *is_open_to_others = (st.st_mode & S_IROTH) != 0;
  *why = "empty";
  if (bytes[0] != '\0') {
    secret = strdup(bytes);
    *why = "out of memory";
  }
  explicit_bzero(bytes, sizeof bytes);
  return secret;
}

void secrets_read(struct settings *s) {
  for (size_t i = 0; i < s->webhooks_n; i++) {
    struct webhook *w = s->webhooks[i];
    bool is_open_to_others = false;
    const char *why = "";
    if (w->secret_file[0] == '\0')
      continue;
    char *secret = read_secret(w->secret_file, &is_open_to_others, &why);
    if (secret == NULL) {
      struct buf b;
      buf_init(&b, 1024);
      buf_addf(&b, "SecretFile %s: %s", w->secret_file, why);
      log_line(LOG_ERROR, "incident: webhook %s: %s; its pages fail", w->name,
               buf_text(&b));
      buf_take(&b, &w->trouble); /* without memory: it pages unsigned */
      buf_fini(&b);
      continue;
    }
    free(w->secret);
    w->secret = secret;
    if (is_open_to_others)
      log_line(LOG_WARNING,
               "incident: webhook %s: SecretFile %s can be read by others; "
               "chmod 600 it",
               w->name, w->secret_file);
  }
}
