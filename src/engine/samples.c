/* SPDX-License-Identifier: MIT */
#include "engine/samples.h"

#include <stdlib.h>
#include <string.h>

#define CAP_MIN 4u

void samples_fini(struct samples *s) {
  free(s->bytes);
  *s = (struct samples){.bytes = NULL};
}

static size_t width(size_t sources) {
  return sizeof(uint32_t) + sources * sizeof(double);
}

static unsigned char *sample(const struct samples *s, uint32_t i,
                             size_t sources) {
  uint32_t at = s->first + i;
  return s->bytes + (size_t)(at < s->cap ? at : at - s->cap) * width(sources);
}

static wall_ms time_of(const struct samples *s, const unsigned char *sample) {
  uint32_t after;
  memcpy(&after, sample, sizeof after);
  return s->base + after;
}

/* Another ceiling, or room for more: the newest are kept. */
static void resize(struct samples *s, uint32_t cap, size_t sources) {
  unsigned char *bytes = malloc(cap * width(sources));
  if (bytes == NULL)
    return;
  uint32_t n = s->n < cap ? s->n : cap;
  for (uint32_t i = 0; i < n; i++)
    memcpy(bytes + i * width(sources), sample(s, s->n - n + i, sources),
           width(sources));
  free(s->bytes);
  s->bytes = bytes;
  s->cap = cap;
  s->n = n;
  s->first = 0;
}

static bool has_room(struct samples *s, unsigned max, size_t sources) {
  if (s->cap > max || (s->n == s->cap && s->cap < max)) {
    uint32_t cap = s->cap < CAP_MIN ? CAP_MIN : s->cap * 2;
    resize(s, cap < max ? cap : max, sources);
  }
  return s->cap > 0;
}

void samples_add(struct samples *s, unsigned max, wall_ms at,
                 const double *values, size_t sources) {
  if (max == 0) {
    samples_fini(s);
    return;
  }
  if (s->n > 0 && at == s->last)
    return;
  if (s->n == 0 || at < s->last || at - s->base > UINT32_MAX) {
    s->n = s->first = 0; /* the clock was set back; none for 50 days */
    s->base = at;
  }
  if (!has_room(s, max, sources))
    return;
  if (s->n == s->cap) {
    s->first = s->first + 1 < s->cap ? s->first + 1 : 0;
    s->n--;
  }
  unsigned char *to = sample(s, s->n++, sources);
  uint32_t after = (uint32_t)(at - s->base);
  s->last = at;
  memcpy(to, &after, sizeof after);
  memcpy(to + sizeof after, values, sources * sizeof *values);
}

enum err samples_copy(const struct samples *s, size_t source, size_t sources,
                      struct trend *trend) {
  enum err err = OK;
  for (uint32_t i = 0; i < s->n && err == OK; i++) {
    const unsigned char *from = sample(s, i, sources);
    struct trend_point p = {.at = time_of(s, from)};
    memcpy(&p.value, from + sizeof(uint32_t) + source * sizeof p.value,
           sizeof p.value);
    if (trend->n == 0 || trend->points[trend->n - 1].at < p.at)
      err = trend_add(trend, p);
  }
  return err;
}
