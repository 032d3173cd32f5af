/* SPDX-License-Identifier: MIT */
/* The driver of the fuzz targets: changes inputs at random, the same way for
 * the same seed, and gives them to the target.
 *
 *   fuzz_conf               a few seconds of seed 1 (make check)
 *   fuzz_conf SEED SECONDS  longer
 *   fuzz_conf FILE...       what is in these files, once each
 *
 * The target runs in a process of its own, which may die of anything: the input
 * is in memory that the two share and is written to a file in TMPDIR then. */
#include "fuzz.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CHECK_SEED 1
#define CHECK_SECONDS 2
#define INPUT_MAX (48 * 1024)
#define CORPUS_MAX 2000
#define MET_BITS 20
#define STEPS_MAX 8     /* changes of one input */
#define HANG_SECONDS 30 /* an input that takes so long has failed, too */

struct shared {
  atomic_ulong runs;
  atomic_size_t len;
  uint8_t input[INPUT_MAX];
};

struct input {
  uint8_t *bytes;
  size_t len;
};

static struct shared *shared;
static struct input corpus[CORPUS_MAX];
static size_t corpus_n;
static uint64_t state; /* of the random numbers (xorshift64*) */

static size_t below(size_t n) {
  state ^= state >> 12;
  state ^= state << 25;
  state ^= state >> 27;
  return n == 0 ? 0 : (size_t)((state * 0x2545f4914f6cdd1du) >> 33) % n;
}

static void stop(const char *why, const char *about) {
  fprintf(stderr, "%s: %s: %s\n", fuzz_name, about, why);
  exit(2);
}

/* ---- the corpus ---- */

static void keep(const void *bytes, size_t len) {
  size_t at = corpus_n < CORPUS_MAX ? corpus_n++ : below(CORPUS_MAX);
  uint8_t *copy = malloc(len + 1);
  if (copy == NULL)
    stop("out of memory", "corpus");
  memcpy(copy, bytes, len);
  free(corpus[at].bytes);
  corpus[at] = (struct input){copy, len};
}

/* The length; 0 if there is no such file. */
static size_t read_file(const char *path, uint8_t *to, size_t room) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  ssize_t n = fd < 0 ? -1 : read(fd, to, room);
  if (fd >= 0)
    close(fd);
  return n > 0 ? (size_t)n : 0;
}

static void load_corpus(void) {
  static uint8_t bytes[INPUT_MAX];
  const char *srcdir = getenv("srcdir");
  char path[4096];
  keep("", 0);
  for (const struct fuzz_seed *s = fuzz_seeds; s->text != NULL; s++)
    keep(s->text, s->len);
  for (const struct fuzz_file *f = fuzz_files; f->path != NULL; f++) {
    size_t before = strlen(f->before);
    snprintf(path, sizeof path, "%s%s%s",
             f->path[0] == '/' || srcdir == NULL ? "" : srcdir,
             f->path[0] == '/' || srcdir == NULL ? "" : "/", f->path);
    memcpy(bytes, f->before, before);
    size_t len = read_file(path, bytes + before, sizeof bytes - before);
    if (len > 0)
      keep(bytes, before + len);
  }
}

/* ---- changing an input ---- */

static size_t put(uint8_t *to, size_t len, size_t at, const void *bytes,
                  size_t n) {
  if (n > INPUT_MAX - len)
    return len;
  memmove(to + at + n, to + at, len - at);
  memcpy(to + at, bytes, n);
  return len + n;
}

static size_t cut(uint8_t *to, size_t len, size_t at, size_t n) {
  if (n > len - at)
    n = len - at;
  memmove(to + at, to + at + n, len - at - n);
  return len - n;
}

static size_t put_word(uint8_t *to, size_t len) {
  size_t n = 0;
  while (fuzz_words[n] != NULL)
    n++;
  if (n == 0)
    return len;
  const char *word = fuzz_words[below(n)];
  return put(to, len, below(len + 1), word, strlen(word));
}

static size_t put_number(uint8_t *to, size_t len) {
  static const char *const numbers[] = {
      "0",     "-1",    "1",     "255",        "65536",
      "1e308", "1e999", "nan",   "-inf",       "9223372036854775807",
      "0.1",   "3650d", "1000w", "4294967296", "-9223372036854775808"};
  size_t at = below(len + 1), n = 0;
  while (at < len && (to[at] < '0' || to[at] > '9'))
    at++;
  while (at + n < len && to[at + n] >= '0' && to[at + n] <= '9')
    n++;
  len = cut(to, len, at, n);
  const char *number = numbers[below(sizeof numbers / sizeof numbers[0])];
  return put(to, len, at, number, strlen(number));
}

/* A part of another input, or of the same. */
static size_t put_part(uint8_t *to, size_t len) {
  const struct input *from = &corpus[below(corpus_n)];
  static uint8_t part[INPUT_MAX];
  size_t at = below(from->len + 1);
  size_t n = below(from->len - at + 1);
  if (below(2) == 0 && n > 64)
    n = below(64);
  memcpy(part, from->bytes + at, n);
  return put(to, len, below(len + 1), part, n);
}

static size_t repeat_part(uint8_t *to, size_t len) {
  static uint8_t part[INPUT_MAX];
  size_t at = below(len + 1), n = below(len - at + 1), times = below(200);
  if (n > 32)
    n = below(32);
  memcpy(part, to + at, n);
  for (size_t i = 0; i < times; i++)
    len = put(to, len, at, part, n);
  return len;
}

static size_t put_byte(uint8_t *to, size_t len) {
  static const uint8_t odd[] = {0,    '\n', '"',  '\\', '/',  '<',  '>', '%',
                                0x7f, 0x80, 0xc0, 0xe2, 0xf4, 0xff, '{', ':'};
  uint8_t byte = below(2) ? odd[below(sizeof odd)] : (uint8_t)below(256);
  return put(to, len, below(len + 1), &byte, 1);
}

static size_t change(uint8_t *to, size_t len) {
  size_t at = below(len);
  switch (below(9)) {
  case 0:
    if (len > 0)
      to[at] ^= (uint8_t)(1u << below(8));
    return len;
  case 1:
    if (len > 0)
      to[at] = (uint8_t)below(256);
    return len;
  case 2:
    return put_byte(to, len);
  case 3:
    return cut(to, len, at, 1 + below(below(4) == 0 ? len + 1 : 16));
  case 4:
    return put_word(to, len);
  case 5:
    return put_number(to, len);
  case 6:
    return put_part(to, len);
  case 7:
    return below(16) == 0 ? repeat_part(to, len) : put_word(to, len);
  default:
    return below(8) == 0 ? at : len; /* the end is missing */
  }
}

/* ---- running ---- */

static bool is_new(void) {
  static uint8_t met[1u << MET_BITS >> 3];
  uint64_t hash = fuzz_met * 0x9e3779b97f4a7c15u >> (64 - MET_BITS);
  bool was = met[hash >> 3] >> (hash & 7) & 1;
  met[hash >> 3] |= (uint8_t)(1u << (hash & 7));
  return !was;
}

/* The input is copied to memory of just its size, so that a sanitizer sees what
 * is read behind it. */
static void run_once(void) {
  size_t len = shared->len;
  uint8_t *copy = malloc(len > 0 ? len : 1);
  if (copy == NULL)
    stop("out of memory", "input");
  memcpy(copy, shared->input, len);
  fuzz_met = 0;
  (void)LLVMFuzzerTestOneInput(copy, len);
  free(copy);
  shared->runs++;
}

static double seconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void run_corpus(void) {
  for (size_t i = 0; i < corpus_n; i++) {
    memcpy(shared->input, corpus[i].bytes, corpus[i].len);
    shared->len = corpus[i].len;
    run_once();
    (void)is_new();
  }
}

static void run_for(double time) {
  double end = seconds() + time;
  load_corpus();
  run_corpus();
  do {
    const struct input *from = &corpus[below(corpus_n)];
    size_t len = from->len;
    memcpy(shared->input, from->bytes, len);
    for (size_t i = 1 + below(STEPS_MAX); i > 0; i--)
      len = change(shared->input, len);
    shared->len = len;
    run_once();
    if (is_new())
      keep(shared->input, len);
  } while (seconds() < end);
}

static void run_files(char **paths, int n) {
  for (int i = 0; i < n; i++) {
    shared->len = read_file(paths[i], shared->input, INPUT_MAX);
    run_once();
  }
}

/* ---- the other process ---- */

static void write_input(unsigned long seed) {
  const char *dir = getenv("TMPDIR");
  char path[4096];
  snprintf(path, sizeof path, "%s/%s.%lu.%lu",
           dir != NULL && dir[0] != '\0' ? dir : "/tmp", fuzz_name, seed,
           (unsigned long)shared->runs);
  int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  ssize_t n = fd < 0 ? -1 : write(fd, shared->input, shared->len);
  if (fd >= 0)
    close(fd);
  if (n == (ssize_t)shared->len)
    printf("%s: the input is in %s\n", fuzz_name, path);
  else
    printf("%s: cannot write %s: %s\n", fuzz_name, path, strerror(errno));
}

/* Until it has ended, or an input takes too long. */
static bool has_succeeded(pid_t child) {
  unsigned long runs = 0;
  double since = seconds();
  int status = 0;
  while (waitpid(child, &status, WNOHANG) == 0) {
    struct timespec pause = {.tv_nsec = 10 * 1000 * 1000};
    nanosleep(&pause, NULL);
    if (shared->runs != runs) {
      runs = shared->runs;
      since = seconds();
    } else if (seconds() - since > HANG_SECONDS) {
      printf("%s: an input takes longer than %d s\n", fuzz_name, HANG_SECONDS);
      kill(child, SIGKILL);
      waitpid(child, &status, 0);
      return false;
    }
  }
  if (WIFSIGNALED(status))
    printf("%s: died of signal %d\n", fuzz_name, WTERMSIG(status));
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

int main(int argc, char **argv) {
  unsigned long seed = CHECK_SEED;
  double time = CHECK_SECONDS;
  char *end = NULL;
  bool has_files = argc > 1;
  if (argc == 3) {
    seed = strtoul(argv[1], &end, 10);
    has_files = *end != '\0' || argv[1] == end;
    time = strtod(argv[2], &end);
    has_files = has_files || *end != '\0' || argv[2] == end;
  }
  shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE,
                MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared == MAP_FAILED)
    stop(strerror(errno), "mmap");
  state = seed * 0x9e3779b97f4a7c15u + 1;
  printf("%s: seed %lu\n", fuzz_name, seed);
  fflush(stdout);
  pid_t child = fork();
  if (child < 0)
    stop(strerror(errno), "fork");
  if (child == 0) {
    if (has_files)
      run_files(argv + 1, argc - 1);
    else
      run_for(time);
    printf("%s: %lu inputs, %zu kept\n", fuzz_name, (unsigned long)shared->runs,
           corpus_n);
    fflush(stdout);
    for (size_t i = 0; i < corpus_n; i++)
      free(corpus[i].bytes);
    corpus_n = 0;
    exit(0); /* a sanitizer looks for leaks now */
  }
  bool is_good = has_succeeded(child);
  if (!is_good)
    write_input(seed);
  printf("%s: %d passed, %d failed\n", fuzz_name, is_good, !is_good);
  return is_good ? 0 : 1;
}
