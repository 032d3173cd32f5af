/* SPDX-License-Identifier: MIT */
/* A selector as collectd's ignorelist has it: "web1" matches exactly,
 * "/^web[0-9]+$/" is a POSIX extended regular expression. A key given several
 * times matches any of its patterns; without a pattern it matches all. */
#ifndef INCIDENT_SELECTOR_H
#define INCIDENT_SELECTOR_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

struct pattern;

struct selector {
  struct pattern *patterns;
  size_t patterns_n;
};

struct meta_selector {
  char *name;
  struct selector value; /* any of these; the name must be there */
};

/* Adds a pattern. ERR_INVALID for a bad expression: *why (static, per thread,
 * good until the next call) says what regcomp said. */
enum err selector_add(struct selector *s, const char *pattern,
                      const char **why);
void selector_fini(struct selector *s);

bool selector_matches(const struct selector *s, const char *text);

/* For "can never match": true if it takes this text alone. */
bool selector_is_only(const struct selector *s, const char *text);

/* True if it has patterns, all of them plain texts. */
bool selector_is_plain(const struct selector *s);

/* True if wide surely takes all that s does. */
bool selector_covers(const struct selector *wide, const struct selector *s);

/* Pattern i as it was written; belongs to the selector. */
const char *selector_text(const struct selector *s, size_t i);
bool selector_is_regex(const struct selector *s, size_t i);

#endif
