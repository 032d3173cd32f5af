/* SPDX-License-Identifier: MIT */
#include "values.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const struct known {
  const char *type;
  enum source_type kind;
  double min, max;
  const char *names[3];
} known[] = {
    {"absolute", SOURCE_ABSOLUTE, 0, NAN, {"value"}},
    {"counter", SOURCE_COUNTER, NAN, NAN, {"value"}},
    {"cpu", SOURCE_DERIVE, 0, NAN, {"value"}},
    {"derive", SOURCE_DERIVE, 0, NAN, {"value"}},
    {"disk_octets", SOURCE_DERIVE, 0, NAN, {"read", "write"}},
    {"disk_ops", SOURCE_DERIVE, 0, NAN, {"read", "write"}},
    {"if_errors", SOURCE_DERIVE, 0, NAN, {"rx", "tx"}},
    {"if_octets", SOURCE_DERIVE, 0, NAN, {"rx", "tx"}},
    {"if_packets", SOURCE_DERIVE, 0, NAN, {"rx", "tx"}},
    {"load", SOURCE_GAUGE, 0, 5000, {"shortterm", "midterm", "longterm"}},
    {"percent", SOURCE_GAUGE, 0, 100.1, {"value"}},
    {"percent_bytes", SOURCE_GAUGE, 0, 100.1, {"value"}},
    {NULL, SOURCE_GAUGE, NAN, NAN, {"value"}}, /* all others */
};

static const struct known *find(const char *type) {
  const struct known *k = known;
  while (k->type != NULL && strcmp(k->type, type) != 0)
    k++;
  return k;
}

static bool read_one(const char *text, size_t len, struct source *s) {
  char one[64], *end;
  if (len == 0 || len >= sizeof one)
    return false;
  memcpy(one, text, len);
  one[len] = '\0';
  errno = 0;
  if (s->type == SOURCE_GAUGE)
    s->raw.gauge = strcmp(one, "U") == 0 ? NAN : strtod(one, &end);
  else if (s->type == SOURCE_DERIVE)
    s->raw.derive = strtoll(one, &end, 0);
  else
    s->raw.counter = strtoull(one, &end, 0);
  return strcmp(one, "U") == 0 ? s->type == SOURCE_GAUGE
                               : errno == 0 && *end == '\0';
}

bool values_read(const char *type, const char *text,
                 struct source sources[SOURCES_MAX], size_t *n) {
  const struct known *k = find(type);
  size_t i = 0;
  for (const char *at = text;; at++, i++) {
    size_t len = strcspn(at, ":");
    if (i == SOURCES_MAX)
      return false;
    sources[i] = (struct source){
        .name = "more", .type = k->kind, .min = k->min, .max = k->max};
    if (i < 3 && k->names[i] != NULL)
      sources[i].name = k->names[i];
    if (!read_one(at, len, &sources[i]))
      return false;
    at += len;
    if (*at == '\0')
      break;
  }
  *n = i + 1;
  return true;
}
