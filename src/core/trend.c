/* SPDX-License-Identifier: MIT */
/* Packed, a trend is
 *
 *   1, number of points, and for each of them: how much its distance to the
 *   last one differs from the one before, then its value against the last
 *
 * Numbers are varints (seven bits a byte, the lowest first), signed ones in
 * zigzag. A value is XORed with the last: a byte with the number of leading
 * and of trailing zero bytes (a nibble each), then what is between them,
 * highest first.
 */
#include "core/trend.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define FORMAT 1
#define POINTS_MAX 100000 /* that are read */

void trend_fini(struct trend *t) {
  free(t->points);
  *t = (struct trend){.points = NULL};
}

enum err trend_add(struct trend *t, struct trend_point p) {
  if (t->n > 0 && p.at <= t->points[t->n - 1].at)
    return OK;
  if (t->n == t->cap) {
    size_t cap = t->cap == 0 ? 64 : t->cap * 2;
    struct trend_point *points = realloc(t->points, cap * sizeof *points);
    if (points == NULL)
      return ERR_NOMEM;
    t->points = points;
    t->cap = cap;
  }
  t->points[t->n++] = p;
  return OK;
}

void trend_clamp(struct trend *t, wall_ms now) {
  while (t->n > 0 && t->points[t->n - 1].at > now)
    t->n--;
}

/* ---- thinning ---- */

static size_t slice_of(const struct trend *t, size_t from, size_t i,
                       size_t slices) {
  double begin = (double)t->points[from].at;
  double span = (double)t->points[t->n - 1].at - begin + 1;
  size_t k =
      (size_t)(((double)t->points[i].at - begin) / span * (double)slices);
  return k < slices ? k : slices - 1;
}

static bool is_beyond(double x, double than, bool is_lower) {
  if (!isfinite(x))
    return false;
  return !isfinite(than) || (is_lower ? x < than : x > than);
}

void trend_thin(struct trend *t, wall_ms from, size_t max) {
  size_t kept = 0;
  if (t->n <= max)
    return;
  size_t last = t->n - 1;
  while (kept < last && t->points[kept].at < from)
    kept++;
  if (kept == 0 || kept > max / 2)
    kept = 1; /* the first in any case */
  size_t slices = (max - kept) * 3 / 8, begin = kept;
  for (size_t i = begin; i < last;) {
    size_t slice = slice_of(t, begin, i, slices), low = i, high = i;
    for (; i < last && slice_of(t, begin, i, slices) == slice; i++) {
      double x = t->points[i].value;
      if (is_beyond(x, t->points[low].value, true))
        low = i;
      if (is_beyond(x, t->points[high].value, false))
        high = i;
    }
    struct trend_point earlier = t->points[low < high ? low : high];
    struct trend_point later = t->points[low < high ? high : low];
    t->points[kept++] = earlier;
    if (low != high)
      t->points[kept++] = later;
  }
  t->points[kept++] = t->points[last];
  t->n = kept;
}

/* ---- packing ---- */

static void pack_number(struct buf *out, uint64_t n) {
  char bytes[10];
  size_t len = 0;
  for (; n >= 0x80; n >>= 7)
    bytes[len++] = (char)(n | 0x80);
  bytes[len++] = (char)n;
  buf_addn(out, bytes, len);
}

static uint64_t zigzag(uint64_t n) {
  return (n << 1) ^ (n >> 63 != 0 ? UINT64_MAX : 0);
}

static uint64_t unzigzag(uint64_t n) {
  return (n >> 1) ^ ((n & 1) != 0 ? UINT64_MAX : 0);
}

static uint64_t bits_of(double x) {
  uint64_t bits;
  memcpy(&bits, &x, sizeof bits);
  return bits;
}

static void pack_bits(struct buf *out, uint64_t bits) {
  char bytes[9];
  unsigned leading = 0, trailing = 0;
  while (leading < 8 && bits >> (56 - 8 * leading) == 0)
    leading++;
  while (leading + trailing < 8 && (bits >> (8 * trailing) & 0xff) == 0)
    trailing++;
  bytes[0] = (char)(leading << 4 | trailing);
  size_t len = 1;
  for (unsigned i = leading; i < 8 - trailing; i++)
    bytes[len++] = (char)(bits >> (56 - 8 * i));
  buf_addn(out, bytes, len);
}

enum err trend_pack(const struct trend *t, struct buf *out) {
  uint64_t last = 0, step = 0, bits = 0;
  pack_number(out, FORMAT);
  pack_number(out, t->n);
  for (size_t i = 0; i < t->n; i++) {
    uint64_t at = (uint64_t)t->points[i].at, next = bits_of(t->points[i].value);
    pack_number(out, zigzag(at - last - step));
    pack_bits(out, next ^ bits);
    step = at - last;
    last = at;
    bits = next;
  }
  return out->err;
}

struct reader {
  const unsigned char *at, *end;
  bool is_bad;
};

static uint64_t read_byte(struct reader *r) {
  if (r->at == r->end) {
    r->is_bad = true;
    return 0;
  }
  return *r->at++;
}

static uint64_t read_number(struct reader *r) {
  uint64_t n = 0, byte = 0x80;
  for (unsigned shift = 0; shift < 64 && (byte & 0x80) != 0; shift += 7) {
    byte = read_byte(r);
    n |= (byte & 0x7f) << shift;
  }
  r->is_bad = r->is_bad || (byte & 0x80) != 0;
  return n;
}

static uint64_t read_bits(struct reader *r) {
  uint64_t bits = 0, zeros = read_byte(r);
  unsigned leading = (unsigned)(zeros >> 4), trailing = zeros & 0xf;
  if (leading + trailing > 8) {
    r->is_bad = true;
    return 0;
  }
  for (unsigned i = leading; i < 8 - trailing; i++)
    bits |= read_byte(r) << (56 - 8 * i);
  return bits;
}

enum err trend_unpack(const void *bytes, size_t n, struct trend *t) {
  struct reader r = {.at = bytes};
  uint64_t last = 0, step = 0, bits = 0;
  enum err err = OK;
  r.end = n > 0 ? r.at + n : r.at;
  bool is_known = read_number(&r) == FORMAT;
  uint64_t points = read_number(&r);
  r.is_bad = r.is_bad || !is_known || points > POINTS_MAX;
  for (uint64_t i = 0; i < points && !r.is_bad && err == OK; i++) {
    struct trend_point p;
    step += unzigzag(read_number(&r));
    last += step;
    bits ^= read_bits(&r);
    p.at = (wall_ms)last;
    memcpy(&p.value, &bits, sizeof p.value);
    if (!r.is_bad)
      err = trend_add(t, p);
    r.is_bad = r.is_bad || (err == OK && t->n != i + 1); /* not in order */
  }
  if (err == OK && (r.is_bad || r.at != r.end))
    err = ERR_CORRUPT;
  if (err != OK)
    trend_fini(t);
  return err;
}

/* ---- drawing ---- */

bool trend_range(const struct trend *t, double *min, double *max, double *now) {
  bool has_any = false;
  for (size_t i = 0; i < t->n; i++) {
    double x = t->points[i].value;
    if (!isfinite(x))
      continue;
    if (!has_any || x < *min)
      *min = x;
    if (!has_any || x > *max)
      *max = x;
    *now = x;
    has_any = true;
  }
  return has_any;
}

/* A slice of time: its highest value, or none. */
struct slice {
  double high; /* NaN: none was finite */
  bool is_hit; /* there is a point in it */
};

/* From the first to the last finite point; how many of those there are. */
static size_t find_finite(const struct trend *t, size_t *first, size_t *last) {
  size_t n = 0;
  for (size_t i = 0; i < t->n; i++)
    if (isfinite(t->points[i].value)) {
      if (n++ == 0)
        *first = i;
      *last = i;
    }
  return n;
}

static void cut(const struct trend *t, size_t first, size_t last,
                struct slice *slices, size_t n) {
  double from = (double)t->points[first].at;
  double span = (double)t->points[last].at - from + 1;
  for (size_t i = 0; i < n; i++)
    slices[i] = (struct slice){.high = NAN};
  for (size_t i = first; i <= last; i++) {
    double x = t->points[i].value;
    size_t k = (size_t)(((double)t->points[i].at - from) * (double)n / span);
    struct slice *s = &slices[k < n ? k : n - 1];
    s->is_hit = true;
    if (isfinite(x) && !(x <= s->high))
      s->high = x;
  }
}

/* 0..7; halved, since the difference of two numbers may be none. */
static size_t height(double x, double min, double max) {
  double part = (x / 2 - min / 2) / (max / 2 - min / 2);
  size_t h = (size_t)(part * 8);
  return h < 8 ? h : 7;
}

void trend_spark(const struct trend *t, size_t width, struct buf *out) {
  static const char *const bars[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  struct slice slices[TREND_WIDTH];
  size_t first = 0, last = 0;
  double min = 0, max = 0, now = 0, high = NAN;
  if (width == 0 || find_finite(t, &first, &last) < 2)
    return;
  size_t n = last - first + 1;
  if (n > width)
    n = width;
  if (n > TREND_WIDTH)
    n = TREND_WIDTH;
  (void)trend_range(t, &min, &max, &now); /* there are some */
  cut(t, first, last, slices, n);
  for (size_t i = 0; i < n; i++) {
    if (slices[i].is_hit)
      high = slices[i].high; /* else as it was */
    if (isnan(high))
      buf_add(out, " ");
    else
      buf_add(out, bars[min < max ? height(high, min, max) : 3]);
  }
}
