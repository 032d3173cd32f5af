/* SPDX-License-Identifier: MIT */
/* LD_PRELOAD=libfulldisk.so: while the file $FULLDISK_FLAG exists, nothing can
 * be written to, and no room be had for, files whose path contains
 * $FULLDISK_MATCH: ENOSPC. Everything else is as it was. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SHOWN __attribute__((visibility("default")))

ssize_t write(int fd, const void *bytes, size_t n);
ssize_t pwrite(int fd, const void *bytes, size_t n, off_t at);
ssize_t pwrite64(int fd, const void *bytes, size_t n, off64_t at);
int ftruncate(int fd, off_t size);
int ftruncate64(int fd, off64_t size);
int fallocate(int fd, int mode, off_t at, off_t n);
int fallocate64(int fd, int mode, off64_t at, off64_t n);
int posix_fallocate(int fd, off_t at, off_t n);
int posix_fallocate64(int fd, off64_t at, off64_t n);

/* Own system calls, so that nothing that is preloaded too is asked. */
static bool is_full(int fd) {
  struct stat st;
  if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
    return false; /* sockets and the like cost no more than this */
  static _Atomic(const char *) flag, match;
  const char *f = atomic_load_explicit(&flag, memory_order_relaxed);
  if (f == NULL) {
    const char *env = getenv("FULLDISK_FLAG"), *m = getenv("FULLDISK_MATCH");
    atomic_store(&match, m != NULL ? m : "");
    f = env != NULL ? env : "";
    atomic_store(&flag, f);
  }
  if (f[0] == '\0' || syscall(SYS_access, f, F_OK) != 0) {
    return false;
  }
  const char *m = atomic_load(&match);
  char link[64], path[4096];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  long n = syscall(SYS_readlink, link, path, sizeof path - 1);
  if (n <= 0)
    return false;
  path[n] = '\0';
  return m != NULL && m[0] != '\0' && strstr(path, m) != NULL;
}

/* The function behind ours. */
#define NEXT(name)                                                             \
  static _Atomic(__typeof__(&name)) next;                                      \
  __typeof__(&name) real = atomic_load(&next);                                 \
  if (real == NULL) {                                                          \
    real = (__typeof__(&name))dlsym(RTLD_NEXT, #name);                         \
    atomic_store(&next, real);                                                 \
  }

#define UNLESS_FULL(name, ...)                                                 \
  do {                                                                         \
    NEXT(name)                                                                 \
    int saved = errno;                                                         \
    if (is_full(fd)) {                                                         \
      errno = ENOSPC;                                                          \
      return -1;                                                               \
    }                                                                          \
    errno = saved;                                                             \
    return real(__VA_ARGS__);                                                  \
  } while (0)

SHOWN ssize_t write(int fd, const void *bytes, size_t n) {
  UNLESS_FULL(write, fd, bytes, n);
}

SHOWN ssize_t pwrite(int fd, const void *bytes, size_t n, off_t at) {
  UNLESS_FULL(pwrite, fd, bytes, n, at);
}

SHOWN ssize_t pwrite64(int fd, const void *bytes, size_t n, off64_t at) {
  UNLESS_FULL(pwrite64, fd, bytes, n, at);
}

SHOWN int ftruncate(int fd, off_t size) { UNLESS_FULL(ftruncate, fd, size); }

SHOWN int ftruncate64(int fd, off64_t size) {
  UNLESS_FULL(ftruncate64, fd, size);
}

SHOWN int fallocate(int fd, int mode, off_t at, off_t n) {
  UNLESS_FULL(fallocate, fd, mode, at, n);
}

SHOWN int fallocate64(int fd, int mode, off64_t at, off64_t n) {
  UNLESS_FULL(fallocate64, fd, mode, at, n);
}

SHOWN int posix_fallocate(int fd, off_t at, off_t n) {
  NEXT(posix_fallocate)
  return is_full(fd) ? ENOSPC : real(fd, at, n);
}

SHOWN int posix_fallocate64(int fd, off64_t at, off64_t n) {
  NEXT(posix_fallocate64)
  return is_full(fd) ? ENOSPC : real(fd, at, n);
}
