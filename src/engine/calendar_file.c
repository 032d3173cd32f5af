/* SPDX-License-Identifier: MIT */
#include "engine/calendar_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DAY_MS (24 * 3600 * 1000LL)
#define REACH_DAYS_MIN 6 /* narrower than that it is of no use */

/* What is no file may never end, or never begin: it is not waited for. */
static enum err open_file(const char *path, int *own_fd, struct stat *st,
                          const char **why) {
  enum err err = OK;
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0 || fstat(fd, st) != 0) {
    err = errno == ENOENT || errno == ENOTDIR ? ERR_NOTFOUND : ERR_IO;
    *why = strerror(errno);
  } else if (!S_ISREG(st->st_mode)) {
    err = ERR_INVALID;
    *why = "not a file";
  } else if (st->st_size > (off_t)CALENDAR_FILE_MAX) {
    err = ERR_CEILING;
    *why = "larger than 4 MiB";
  }
  if (err == OK)
    *own_fd = fd;
  else if (fd >= 0)
    close(fd);
  return err;
}

/* All of it, also if it grows meanwhile. */
static enum err read_file(int fd, char *bytes, size_t *n, const char **why) {
  size_t have = 0;
  while (have <= CALENDAR_FILE_MAX) {
    ssize_t got = read(fd, bytes + have, CALENDAR_FILE_MAX + 1 - have);
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0) {
      *why = strerror(errno);
      return ERR_IO;
    }
    if (got == 0) {
      *n = have;
      return OK;
    }
    have += (size_t)got;
  }
  *why = "larger than 4 MiB";
  return ERR_CEILING;
}

static enum err read_text(const char *text, size_t n, const struct zone *zone,
                          wall_ms now, struct calendar **own_calendar,
                          const char **why) {
  enum err err = ERR_CEILING;
  for (span_ms days = CALENDAR_REACH_DAYS;
       err == ERR_CEILING && days >= REACH_DAYS_MIN; days /= 2)
    err = calendar_read(text, n, zone, now - days * DAY_MS, now + days * DAY_MS,
                        own_calendar, why);
  return err;
}

enum err calendar_file_read(const char *path, const struct zone *zone,
                            wall_ms now, struct calendar **own_calendar,
                            struct stat *st, const char **why) {
  struct stat own_st;
  size_t n = 0;
  int fd = -1;
  st = st != NULL ? st : &own_st;
  enum err err = open_file(path, &fd, st, why);
  if (err != OK)
    return err;
  /* Memory that is not written to costs nothing. */
  char *bytes = malloc(CALENDAR_FILE_MAX + 1);
  err = bytes == NULL ? ERR_NOMEM : read_file(fd, bytes, &n, why);
  close(fd);
  if (err == OK)
    err = read_text(bytes, n, zone, now, own_calendar, why);
  free(bytes);
  if (err == ERR_NOMEM)
    *why = err_text(err);
  return err;
}
