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
static char *read_secret(const char *path, unsigned *mode, const char **why) {
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
  *mode = st.st_mode & 07777;
  *why = "empty";
  if (bytes[0] != '\0') {
    secret = strdup(bytes);
    *why = "out of memory";
  }
  explicit_bzero(bytes, sizeof bytes);
  return secret;
}

bool secrets_is_open(unsigned mode) { return (mode & 077) != 0; }

static void read_key(const struct webhook *w, struct signing_key *k,
                     const char **why) {
  unsigned mode = 0;
  char *secret = read_secret(k->file, &mode, why);
  if (secret == NULL) {
    log_line(LOG_ERROR, "incident: webhook %s: SecretFile %s: %s; %s", w->name,
             k->file, *why,
             w->keys_n > 1 ? "requests are signed without it"
                           : "its pages fail");
    return;
  }
  free(k->secret);
  k->secret = secret;
  if (secrets_is_open(mode))
    log_line(LOG_WARNING,
             "incident: webhook %s: others can read SecretFile %s (mode %04o): "
             "chmod 600 it",
             w->name, k->file, mode);
}

void secrets_read(struct settings *s) {
  for (size_t i = 0; i < s->webhooks_n; i++) {
    struct webhook *w = s->webhooks[i];
    const char *why = "", *file = NULL;
    bool has_key = false;
    for (size_t n = 0; n < w->keys_n; n++) {
      struct signing_key *k = &w->keys[n];
      if (k->file[0] != '\0')
        read_key(w, k, &why);
      if (k->secret[0] == '\0')
        file = k->file;
      else
        has_key = true;
    }
    if (file == NULL || has_key)
      continue;
    struct buf b;
    buf_init(&b, 1024);
    buf_addf(&b, "SecretFile %s: %s", file, why);
    buf_take(&b, &w->trouble); /* without memory: it pages unsigned */
    buf_fini(&b);
  }
}
