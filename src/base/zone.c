/* SPDX-License-Identifier: MIT */
#include "base/zone.h"

#include "base/zone_rule.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ZONE_DIR "/usr/share/zoneinfo/"
#define FILE_MAX 262144 /* the largest of the database has some 4 KB */
#define HEADER 44
#define TYPE 6           /* bytes of one: offset, daylight?, name */
#define OFFSET_MAX 93600 /* 26 h, the widest RFC 8536 asks readers to take */
#define SECONDS_PER_DAY INT64_C(86400)

struct zone {
  int64_t *at; /* transitions in seconds since the epoch, rising */
  int32_t *to; /* the offset from then on */
  size_t n;
  int32_t first; /* the offset before all of them */
  bool has_rule; /* after the last of them */
  struct zone_rule rule;
};

/* ---- reading ---- */

struct part {
  size_t leap, times, types, names, standards, utcs; /* counts */
  size_t time_bytes;
  const unsigned char *data;
};

static uint32_t read_u32(const unsigned char *p) {
  return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 |
         p[3];
}

static int64_t read_time(const unsigned char *p, size_t bytes) {
  if (bytes == 4)
    return (int32_t)read_u32(p);
  return (int64_t)((uint64_t)read_u32(p) << 32 | read_u32(p + 4));
}

static size_t part_size(const struct part *p) {
  return p->times * (p->time_bytes + 1) + p->types * TYPE + p->names +
         p->leap * (p->time_bytes + 4) + p->standards + p->utcs;
}

/* A header and where its data is; *left and *p then are behind the data. */
static bool read_part(const unsigned char **p, size_t *left, size_t time_bytes,
                      struct part *part) {
  if (*left < HEADER || memcmp(*p, "TZif", 4) != 0)
    return false;
  uint32_t counts[6];
  for (size_t i = 0; i < 6; i++) {
    counts[i] = read_u32(*p + 20 + 4 * i);
    if (counts[i] > FILE_MAX)
      return false;
  }
  *part = (struct part){.utcs = counts[0],
                        .standards = counts[1],
                        .leap = counts[2],
                        .times = counts[3],
                        .types = counts[4],
                        .names = counts[5],
                        .time_bytes = time_bytes,
                        .data = *p + HEADER};
  if (part->types == 0 || part->types > 256 || part_size(part) > *left - HEADER)
    return false;
  *p += HEADER + part_size(part);
  *left -= HEADER + part_size(part);
  return true;
}

static bool read_offset(const struct part *part, size_t type, int32_t *offset) {
  const unsigned char *types =
      part->data + part->times * (part->time_bytes + 1);
  if (type >= part->types)
    return false;
  int32_t o = (int32_t)read_u32(types + type * TYPE);
  if (o < -OFFSET_MAX || o > OFFSET_MAX)
    return false;
  *offset = o;
  return true;
}

/* Leap seconds are not looked at: the system's clock has none. */
static enum err read_table(const struct part *part, struct zone *z) {
  const unsigned char *to = part->data + part->times * part->time_bytes;
  if (!read_offset(part, 0, &z->first))
    return ERR_INVALID;
  if (part->times == 0)
    return OK;
  z->at = calloc(part->times, sizeof *z->at);
  z->to = calloc(part->times, sizeof *z->to);
  if (z->at == NULL || z->to == NULL)
    return ERR_NOMEM;
  for (size_t i = 0; i < part->times; i++) {
    z->at[i] = read_time(part->data + i * part->time_bytes, part->time_bytes);
    if ((i > 0 && z->at[i] <= z->at[i - 1]) ||
        !read_offset(part, to[i], &z->to[i]))
      return ERR_INVALID;
  }
  z->n = part->times;
  return OK;
}

/* "\nCET-1CEST,M3.5.0,M10.5.0/3\n"; an empty line is no rule. */
static enum err read_footer(const unsigned char *p, size_t left,
                            struct zone *z) {
  char text[128];
  if (left < 2 || p[0] != '\n')
    return ERR_INVALID;
  const unsigned char *end = memchr(p + 1, '\n', left - 1);
  size_t len = end == NULL ? 0 : (size_t)(end - p - 1);
  if (end == NULL || len >= sizeof text)
    return ERR_INVALID;
  memcpy(text, p + 1, len);
  text[len] = '\0';
  z->has_rule = len > 0;
  return len == 0 ? OK : zone_rule_parse(text, &z->rule);
}

/* A file of version 1 has times of four bytes; later ones have that first, for
 * old readers, and then all of it again with eight. */
static enum err read_file(const unsigned char *p, size_t left, struct zone *z) {
  struct part part;
  bool is_old = left > 4 && p[4] == '\0';
  if (!read_part(&p, &left, 4, &part) ||
      (!is_old && !read_part(&p, &left, 8, &part)))
    return ERR_INVALID;
  enum err err = read_table(&part, z);
  if (err == OK && !is_old)
    err = read_footer(p, left, z);
  return err;
}

enum err zone_read(const void *bytes, size_t n, struct zone **own_zone) {
  struct zone *z = calloc(1, sizeof *z);
  if (z == NULL)
    return ERR_NOMEM;
  enum err err = n > FILE_MAX ? ERR_INVALID : read_file(bytes, n, z);
  if (err == OK)
    *own_zone = z;
  else
    zone_free(z);
  return err;
}

static bool is_good_list(const int64_t *at, const int32_t *to, size_t n,
                         int32_t first) {
  bool is_good = first >= -OFFSET_MAX && first <= OFFSET_MAX;
  for (size_t i = 0; i < n && is_good; i++)
    is_good = (i == 0 || at[i] > at[i - 1]) && to[i] >= -OFFSET_MAX &&
              to[i] <= OFFSET_MAX;
  return is_good;
}

enum err zone_make(const int64_t *at, const int32_t *to, size_t n,
                   int32_t first, struct zone **own_zone) {
  if (!is_good_list(at, to, n, first))
    return ERR_INVALID;
  struct zone *z = calloc(1, sizeof *z);
  if (z == NULL)
    return ERR_NOMEM;
  z->first = first;
  z->n = n;
  if (n > 0) {
    z->at = malloc(n * sizeof *at);
    z->to = malloc(n * sizeof *to);
    if (z->at == NULL || z->to == NULL) {
      zone_free(z);
      return ERR_NOMEM;
    }
    memcpy(z->at, at, n * sizeof *at);
    memcpy(z->to, to, n * sizeof *to);
  }
  *own_zone = z;
  return OK;
}

void zone_free(struct zone *z) {
  if (z == NULL)
    return;
  free(z->at);
  free(z->to);
  free(z);
}

/* ---- loading ---- */

static bool is_good_name(const char *name) {
  static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "abcdefghijklmnopqrstuvwxyz0123456789_+-/.";
  size_t len = strlen(name);
  return len < ZONE_NAME && name[0] != '/' && strspn(name, allowed) == len &&
         strstr(name, "..") == NULL;
}

/* The whole file, if it is a plain one of a likely size. */
static enum err read_all(int fd, unsigned char **own_bytes, size_t *n) {
  struct stat st;
  if (fstat(fd, &st) != 0)
    return ERR_IO;
  if (!S_ISREG(st.st_mode) || st.st_size <= 0 || st.st_size > FILE_MAX)
    return ERR_INVALID;
  size_t size = (size_t)st.st_size, have = 0;
  unsigned char *bytes = malloc(size);
  if (bytes == NULL)
    return ERR_NOMEM;
  while (have < size) {
    ssize_t got = read(fd, bytes + have, size - have);
    if (got < 0 && errno == EINTR)
      continue;
    if (got <= 0) {
      free(bytes);
      return got < 0 ? ERR_IO : ERR_INVALID;
    }
    have += (size_t)got;
  }
  *own_bytes = bytes;
  *n = size;
  return OK;
}

static enum err load_file(const char *path, struct zone **own_zone) {
  unsigned char *bytes = NULL;
  size_t n = 0;
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0)
    return errno == ENOENT || errno == ENOTDIR ? ERR_NOTFOUND : ERR_IO;
  enum err err = read_all(fd, &bytes, &n);
  close(fd);
  if (err == OK)
    err = zone_read(bytes, n, own_zone);
  free(bytes);
  return err;
}

enum err zone_load(const char *name, struct zone **own_zone) {
  char path[sizeof ZONE_DIR + ZONE_NAME];
  if (!is_good_name(name))
    return ERR_INVALID;
  snprintf(path, sizeof path, "%s%s", ZONE_DIR, name);
  enum err err = load_file(name[0] == '\0' ? "/etc/localtime" : path, own_zone);
  if (err == ERR_NOTFOUND && strcmp(name, "UTC") == 0) {
    struct zone *utc = calloc(1, sizeof *utc);
    err = utc == NULL ? ERR_NOMEM : OK;
    if (err == OK)
      *own_zone = utc;
  }
  return err;
}

/* ---- looking up ---- */

static int64_t seconds_of(wall_ms at) { return at / 1000 - (at % 1000 < 0); }

static int32_t offset_at(const struct zone *z, int64_t at) {
  if (z == NULL)
    return 0;
  if (z->n == 0 || at >= z->at[z->n - 1]) {
    if (z->has_rule)
      return zone_rule_offset(&z->rule, at);
    return z->n == 0 ? z->first : z->to[z->n - 1];
  }
  size_t low = 0, high = z->n; /* at[low - 1] <= at < at[high] */
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (z->at[middle] <= at)
      low = middle + 1;
    else
      high = middle;
  }
  return low == 0 ? z->first : z->to[low - 1];
}

int zone_offset(const struct zone *z, wall_ms at) {
  return offset_at(z, seconds_of(at));
}

void zone_wall(const struct zone *z, wall_ms at, struct wall_time *wall) {
  int64_t local = seconds_of(at);
  local += offset_at(z, local);
  int64_t days = local / SECONDS_PER_DAY - (local % SECONDS_PER_DAY < 0);
  int second = (int)(local - days * SECONDS_PER_DAY);
  struct wall_time w = {.hour = second / 3600,
                        .minute = second / 60 % 60,
                        .second = second % 60,
                        /* 1970-01-01 was a Thursday */
                        .weekday = (int)(((days + 4) % 7 + 7) % 7)};
  clock_date(days, &w.year, &w.month, &w.day);
  *wall = w;
}

/* The zone's offsets a good day before and after are those between which it
 * may change there. That before is right also when both are (an hour that
 * happens twice) and when neither is (one that never happens). */
wall_ms zone_at(const struct zone *z, const struct wall_time *w) {
  int months = w->month - 1;
  int year = w->year < 1 ? 1 : w->year > 9999 ? 9999 : w->year;
  year += months / 12 - (months % 12 < 0);
  months = (months % 12 + 12) % 12;
  int64_t local =
      (clock_days(year, months + 1, 1) + w->day - 1) * SECONDS_PER_DAY +
      w->hour * INT64_C(3600) + w->minute * INT64_C(60) + w->second;
  int64_t before = offset_at(z, local - OFFSET_MAX);
  int64_t after = offset_at(z, local + OFFSET_MAX);
  bool is_after = offset_at(z, local - before) != before &&
                  offset_at(z, local - after) == after;
  return (local - (is_after ? after : before)) * 1000;
}

/* ---- the machine's ---- */

static bool take_name(const char *name, char out[ZONE_NAME]) {
  struct zone *z = NULL;
  if (name[0] == '\0' || zone_load(name, &z) != OK)
    return false;
  zone_free(z);
  snprintf(out, ZONE_NAME, "%s", name);
  return true;
}

static bool name_from_link(char out[ZONE_NAME]) {
  char target[512];
  ssize_t n = readlink("/etc/localtime", target, sizeof target - 1);
  if (n <= 0)
    return false;
  target[n] = '\0';
  const char *found = strstr(target, "/zoneinfo/");
  return found != NULL && take_name(found + strlen("/zoneinfo/"), out);
}

static bool name_from_file(char out[ZONE_NAME]) {
  char text[ZONE_NAME];
  int fd = open("/etc/timezone", O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0)
    return false;
  ssize_t n = read(fd, text, sizeof text - 1);
  close(fd);
  text[n > 0 ? n : 0] = '\0';
  text[strcspn(text, " \t\r\n")] = '\0';
  return take_name(text, out);
}

void zone_local_name(char out[ZONE_NAME]) {
  const char *tz = getenv("TZ");
  if (tz != NULL) { /* the C library goes by it alone */
    if (!take_name(tz + (*tz == ':'), out))
      snprintf(out, ZONE_NAME, "UTC");
  } else if (!name_from_link(out) && !name_from_file(out)) {
    snprintf(out, ZONE_NAME, "UTC");
  }
}
