/* SPDX-License-Identifier: MIT */
/* Byte 0 is a POSIX record lock, since only those tell the holder's pid. They
 * belong to the process and go when it closes any descriptor of the file: so
 * the process that owns one must never open the file again, and remembers here
 * that it does. Byte 1 is locked by open file description and knows nothing of
 * that. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* F_OFD_SETLK */
#endif
#include "base/buf.h"
#include "ledger/ledger_sql.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define OWN_BYTE 0
#define SHARED_BYTE 1

#define NAME_BYTES_MAX 4096
#define FILE_MODE 0640
#define SHARE_WAIT_MS 5000
#define STEP_MS 5

/* The lock file this process owns the ledger by: which, and its descriptor. */
static _Atomic uint64_t owned_file;
static _Atomic int owned_fd = -1;
static _Atomic pid_t owned_by; /* a child of this process owns nothing */

/* 0 stands for none. */
static uint64_t file_key(const struct stat *st) {
  uint64_t key = (uint64_t)st->st_ino ^ (uint64_t)st->st_dev << 40;
  return key != 0 ? key : 1;
}

static enum err lock_name(const char *path, struct buf *name) {
  buf_init(name, NAME_BYTES_MAX);
  buf_addf(name, "%s.lock", path);
  if (name->err != OK)
    sql_set_why("%s", err_text(name->err));
  return name->err;
}

/* By name, without opening it. */
static bool is_owned(const char *name) {
  struct stat st;
  return stat(name, &st) == 0 && atomic_load(&owned_file) == file_key(&st) &&
         atomic_load(&owned_by) == getpid();
}

static int set_lock(int fd, int command, short type, off_t byte) {
  struct flock f = {
      .l_type = type, .l_whence = SEEK_SET, .l_start = byte, .l_len = 1};
  int rc;
  do
    rc = fcntl(fd, command, &f);
  while (rc != 0 && errno == EINTR);
  return rc;
}

static int open_or_create(const char *name) {
  int fd = open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, FILE_MODE);
  if (fd >= 0)
    (void)fchmod(fd, FILE_MODE); /* best effort: what the umask took */
  else if (errno == EEXIST)
    fd = open(name, O_RDWR | O_CLOEXEC);
  return fd;
}

static pid_t holder_of(int fd) {
  struct flock f = {
      .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = OWN_BYTE, .l_len = 1};
  if (fcntl(fd, F_GETLK, &f) != 0)
    return -1;
  return f.l_type == F_UNLCK ? 0 : f.l_pid;
}

enum err ledger_lock_own(const char *path, struct ledger_lock *lock,
                         pid_t *holder) {
  struct buf name;
  struct stat st;
  int fd = -1;
  enum err err = lock_name(path, &name);
  if (err != OK)
    goto out;
  if (is_owned(buf_text(&name))) {
    *holder = getpid();
    err = ERR_BUSY;
    goto out;
  }
  fd = open_or_create(buf_text(&name));
  if (fd < 0 || fstat(fd, &st) != 0) {
    sql_set_why("%s: %s", buf_text(&name), strerror(errno));
    err = ERR_IO;
    goto out;
  }
  if (set_lock(fd, F_SETLK, F_WRLCK, OWN_BYTE) != 0) {
    err = errno == EACCES || errno == EAGAIN ? ERR_BUSY : ERR_IO;
    sql_set_why("%s: %s", buf_text(&name), strerror(errno));
    if (err == ERR_BUSY)
      *holder = holder_of(fd);
    goto out;
  }
  lock->fd = fd;
  atomic_store(&owned_fd, fd);
  atomic_store(&owned_by, getpid());
  atomic_store(&owned_file, file_key(&st));
  fd = -1;
out:
  if (fd >= 0)
    close(fd);
  buf_fini(&name);
  return err;
}

void ledger_lock_release(struct ledger_lock *lock) {
  if (lock->fd < 0)
    return;
  if (atomic_load(&owned_fd) == lock->fd) {
    atomic_store(&owned_file, 0);
    atomic_store(&owned_fd, -1);
  }
  close(lock->fd);
  lock->fd = -1;
}

pid_t ledger_owner(const char *path) {
  char name[NAME_BYTES_MAX + 1]; /* not for want of memory to be taken for -1 */
  pid_t holder = -1;
  int n = snprintf(name, sizeof name, "%s.lock", path);
  if (n < 0 || (size_t)n >= sizeof name)
    return -1;
  if (is_owned(name))
    return getpid();
  int fd = open(name, O_RDONLY | O_CLOEXEC);
  if (fd >= 0) {
    holder = holder_of(fd);
    close(fd);
  } else if (errno == ENOENT) {
    holder = 0;
  }
  return holder;
}

/* Tries byte 1 until it is had or the time is over. */
static bool try_shared_byte(int fd, short type, span_ms wait) {
  int64_t until = clock_mono_ns() + wait * 1000000;
  while (set_lock(fd, F_OFD_SETLK, type, SHARED_BYTE) != 0) {
    if (clock_mono_ns() >= until)
      return false;
    clock_sleep_ms(STEP_MS);
  }
  return true;
}

/* A tool does not create the file: it may run as another user than the plugin,
 * which then could not open it. */
enum err lock_share(const char *path, int *fd) {
  struct buf name;
  int got = -1;
  enum err err = lock_name(path, &name);
  if (err == OK && !is_owned(buf_text(&name)))
    got = open(buf_text(&name), O_RDONLY | O_CLOEXEC);
  if (got >= 0 && !try_shared_byte(got, F_RDLCK, SHARE_WAIT_MS)) {
    sql_set_why("the ledger is damaged and being replaced");
    err = ERR_BUSY;
  }
  if (err == OK)
    *fd = got;
  else if (got >= 0)
    close(got);
  buf_fini(&name);
  return err;
}

void lock_unshare(int fd) {
  if (fd >= 0)
    close(fd);
}

enum err lock_exclude(const char *path, span_ms wait, bool *has_it) {
  struct buf name;
  enum err err = lock_name(path, &name);
  if (err == OK && !is_owned(buf_text(&name))) {
    sql_set_why("another process owns the ledger");
    err = ERR_CONFLICT;
  }
  buf_fini(&name);
  if (err == OK)
    *has_it = try_shared_byte(atomic_load(&owned_fd), F_WRLCK, wait);
  return err;
}

void lock_include(void) {
  /* Nothing more can be done about a failure. */
  (void)set_lock(atomic_load(&owned_fd), F_OFD_SETLK, F_UNLCK, SHARED_BYTE);
}
