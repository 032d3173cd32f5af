/* SPDX-License-Identifier: MIT */
#include "base/text.h"

#include <stdint.h>
#include <string.h>

#define REPLACEMENT "\xef\xbf\xbd"
#define DISTANCE_BYTES 64

/* What stands at the start of some bytes. */
struct piece {
  size_t len;        /* of the character or of the ill-formed part, not 0 */
  uint32_t code;     /* of the character */
  bool is_character; /* else ill-formed */
  bool is_cut;       /* ill-formed only because the bytes end here */
};

/* Unicode 15, table 3-7: what may follow the first byte depends on it only in
 * the second byte. */
static struct piece next_piece(const unsigned char *s, size_t n) {
  unsigned char first = s[0];
  if (first < 0x80)
    return (struct piece){.len = 1, .code = first, .is_character = true};
  size_t want = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4)
    return (struct piece){.len = 1};
  unsigned char low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
  unsigned char high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
  uint32_t code = first & (0xffu >> (want + 1));
  for (size_t i = 1; i < want; i++) {
    if (i == n)
      return (struct piece){.len = i, .is_cut = true};
    if (s[i] < low || s[i] > high)
      return (struct piece){.len = i};
    code = code << 6 | (s[i] & 0x3f);
    low = 0x80;
    high = 0xbf;
  }
  return (struct piece){.len = want, .code = code, .is_character = true};
}

/* The first byte from s on that is not plain ASCII text. */
static size_t ascii_run(const unsigned char *s, size_t n) {
  size_t i = 0;
  for (uint64_t word; n - i >= sizeof word; i += sizeof word) {
    memcpy(&word, s + i, sizeof word);
    if (word & UINT64_C(0x8080808080808080))
      break;
  }
  while (i < n && s[i] < 0x80)
    i++;
  return i;
}

size_t text_clean(char *dst, size_t dst_size, const char *src, size_t src_len) {
  if (dst_size == 0)
    return 0;
  const unsigned char *s = (const unsigned char *)src;
  size_t n = src_len == 0 ? 0 : strnlen(src, src_len);
  bool is_cut_by_len = n == src_len;
  size_t room = dst_size - 1, len = 0;
  for (size_t i = 0; i < n;) {
    size_t run = ascii_run(s + i, n - i);
    if (run > 0) {
      size_t fits = run < room - len ? run : room - len;
      memcpy(dst + len, s + i, fits);
      len += fits;
      i += run;
      if (fits < run)
        break;
      continue;
    }
    struct piece p = next_piece(s + i, n - i);
    if (p.is_cut && is_cut_by_len)
      break;
    const void *from = p.is_character ? (const void *)(s + i) : REPLACEMENT;
    size_t from_len = p.is_character ? p.len : 3;
    if (from_len > room - len)
      break;
    memcpy(dst + len, from, from_len);
    len += from_len;
    i += p.len;
  }
  dst[len] = '\0';
  return len;
}

bool text_is_utf8(const char *text, size_t len) {
  const unsigned char *s = (const unsigned char *)text;
  for (size_t i = 0; i < len;) {
    i += ascii_run(s + i, len - i);
    if (i == len)
      break;
    struct piece p = next_piece(s + i, len - i);
    if (!p.is_character)
      return false;
    i += p.len;
  }
  return true;
}

static bool is_bidi_or_separator(uint32_t c) {
  return c == 0x061c || c == 0x200e || c == 0x200f ||
         (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

void text_add_visible(struct buf *b, const char *text) {
  const unsigned char *s = (const unsigned char *)text;
  size_t n = strlen(text), shown = 0;
  for (size_t i = 0; i < n;) {
    struct piece p = next_piece(s + i, n - i);
    bool is_control = p.is_character && (p.code < 0x20 || p.code == 0x7f ||
                                         (p.code >= 0x80 && p.code < 0xa0));
    bool is_hidden = p.is_character && is_bidi_or_separator(p.code);
    if (p.is_character && !is_control && !is_hidden) {
      i += p.len;
      continue;
    }
    buf_addn(b, text + shown, i - shown);
    if (p.code == '\n')
      buf_add(b, "\\n");
    else if (p.code == '\t')
      buf_add(b, "\\t");
    else if (is_hidden)
      buf_addf(b, "\\u%04x", (unsigned)p.code);
    else if (is_control)
      buf_addf(b, "\\x%02x", (unsigned)p.code);
    else /* not UTF-8 after all: byte by byte */
      for (size_t k = 0; k < p.len; k++)
        buf_addf(b, "\\x%02x", (unsigned)s[i + k]);
    i += p.len;
    shown = i;
  }
  buf_addn(b, text + shown, n - shown);
}

struct range {
  uint32_t first, last;
};

/* Marks and format characters of the basic plane. */
static const struct range zero_width[] = {
    {0x300, 0x36f},   {0x483, 0x489},     {0x591, 0x5bd},   {0x5bf, 0x5bf},
    {0x5c1, 0x5c2},   {0x5c4, 0x5c5},     {0x5c7, 0x5c7},   {0x610, 0x61a},
    {0x61c, 0x61c},   {0x64b, 0x65f},     {0x670, 0x670},   {0x6d6, 0x6dc},
    {0x6df, 0x6e4},   {0x6e7, 0x6e8},     {0x6ea, 0x6ed},   {0x711, 0x711},
    {0x730, 0x74a},   {0x7a6, 0x7b0},     {0x7eb, 0x7f3},   {0x7fd, 0x7fd},
    {0x816, 0x819},   {0x81b, 0x823},     {0x825, 0x827},   {0x829, 0x82d},
    {0x859, 0x85b},   {0x898, 0x89f},     {0x8ca, 0x8e1},   {0x8e3, 0x902},
    {0x93a, 0x93a},   {0x93c, 0x93c},     {0x941, 0x948},   {0x94d, 0x94d},
    {0x951, 0x957},   {0x962, 0x963},     {0x981, 0x981},   {0x9bc, 0x9bc},
    {0x9c1, 0x9c4},   {0x9cd, 0x9cd},     {0x9e2, 0x9e3},   {0x9fe, 0xa02},
    {0xa3c, 0xa3c},   {0xa41, 0xa51},     {0xa70, 0xa71},   {0xa75, 0xa75},
    {0xa81, 0xa82},   {0xabc, 0xabc},     {0xac1, 0xac8},   {0xacd, 0xacd},
    {0xae2, 0xae3},   {0xafa, 0xb01},     {0xb3c, 0xb3c},   {0xb3f, 0xb3f},
    {0xb41, 0xb44},   {0xb4d, 0xb56},     {0xb62, 0xb63},   {0xb82, 0xb82},
    {0xbc0, 0xbc0},   {0xbcd, 0xbcd},     {0xc00, 0xc00},   {0xc04, 0xc04},
    {0xc3c, 0xc3c},   {0xc3e, 0xc40},     {0xc46, 0xc56},   {0xc62, 0xc63},
    {0xc81, 0xc81},   {0xcbc, 0xcbc},     {0xcbf, 0xcbf},   {0xcc6, 0xcc6},
    {0xccc, 0xccd},   {0xce2, 0xce3},     {0xd00, 0xd01},   {0xd3b, 0xd3c},
    {0xd41, 0xd44},   {0xd4d, 0xd4d},     {0xd62, 0xd63},   {0xd81, 0xd81},
    {0xdca, 0xdca},   {0xdd2, 0xdd6},     {0xe31, 0xe31},   {0xe34, 0xe3a},
    {0xe47, 0xe4e},   {0xeb1, 0xeb1},     {0xeb4, 0xebc},   {0xec8, 0xecd},
    {0xf18, 0xf19},   {0xf35, 0xf35},     {0xf37, 0xf37},   {0xf39, 0xf39},
    {0xf71, 0xf7e},   {0xf80, 0xf84},     {0xf86, 0xf87},   {0xf8d, 0xfbc},
    {0xfc6, 0xfc6},   {0x102d, 0x1030},   {0x1032, 0x1037}, {0x1039, 0x103a},
    {0x103d, 0x103e}, {0x1058, 0x1059},   {0x105e, 0x1060}, {0x1071, 0x1074},
    {0x1082, 0x1082}, {0x1085, 0x1086},   {0x108d, 0x108d}, {0x109d, 0x109d},
    {0x1160, 0x11ff}, {0x135d, 0x135f},   {0x1712, 0x1714}, {0x1732, 0x1733},
    {0x1752, 0x1753}, {0x1772, 0x1773},   {0x17b4, 0x17b5}, {0x17b7, 0x17bd},
    {0x17c6, 0x17c6}, {0x17c9, 0x17d3},   {0x17dd, 0x17dd}, {0x180b, 0x180f},
    {0x1885, 0x1886}, {0x18a9, 0x18a9},   {0x1920, 0x1922}, {0x1927, 0x1928},
    {0x1932, 0x1932}, {0x1939, 0x193b},   {0x1a17, 0x1a18}, {0x1a1b, 0x1a1b},
    {0x1a56, 0x1a56}, {0x1a58, 0x1a60},   {0x1a62, 0x1a62}, {0x1a65, 0x1a6c},
    {0x1a73, 0x1a7f}, {0x1ab0, 0x1b03},   {0x1b34, 0x1b34}, {0x1b36, 0x1b3a},
    {0x1b3c, 0x1b3c}, {0x1b42, 0x1b42},   {0x1b6b, 0x1b73}, {0x1b80, 0x1b81},
    {0x1ba2, 0x1ba5}, {0x1ba8, 0x1ba9},   {0x1bab, 0x1bad}, {0x1be6, 0x1be6},
    {0x1be8, 0x1be9}, {0x1bed, 0x1bed},   {0x1bef, 0x1bf1}, {0x1c2c, 0x1c33},
    {0x1c36, 0x1c37}, {0x1cd0, 0x1cd2},   {0x1cd4, 0x1ce0}, {0x1ce2, 0x1ce8},
    {0x1ced, 0x1ced}, {0x1cf4, 0x1cf4},   {0x1cf8, 0x1cf9}, {0x1dc0, 0x1dff},
    {0x200b, 0x200f}, {0x202a, 0x202e},   {0x2060, 0x206f}, {0x20d0, 0x20f0},
    {0x2cef, 0x2cf1}, {0x2d7f, 0x2d7f},   {0x2de0, 0x2dff}, {0x302a, 0x302d},
    {0x3099, 0x309a}, {0xa66f, 0xa672},   {0xa674, 0xa67d}, {0xa69e, 0xa69f},
    {0xa6f0, 0xa6f1}, {0xa802, 0xa802},   {0xa806, 0xa806}, {0xa80b, 0xa80b},
    {0xa825, 0xa826}, {0xa82c, 0xa82c},   {0xa8c4, 0xa8c5}, {0xa8e0, 0xa8f1},
    {0xa8ff, 0xa8ff}, {0xa926, 0xa92d},   {0xa947, 0xa951}, {0xa980, 0xa982},
    {0xa9b3, 0xa9b3}, {0xa9b6, 0xa9b9},   {0xa9bc, 0xa9bd}, {0xa9e5, 0xa9e5},
    {0xaa29, 0xaa2e}, {0xaa31, 0xaa32},   {0xaa35, 0xaa36}, {0xaa43, 0xaa43},
    {0xaa4c, 0xaa4c}, {0xaa7c, 0xaa7c},   {0xaab0, 0xaab0}, {0xaab2, 0xaab4},
    {0xaab7, 0xaab8}, {0xaabe, 0xaabf},   {0xaac1, 0xaac1}, {0xaaec, 0xaaed},
    {0xaaf6, 0xaaf6}, {0xabe5, 0xabe5},   {0xabe8, 0xabe8}, {0xabed, 0xabed},
    {0xfb1e, 0xfb1e}, {0xfe00, 0xfe0f},   {0xfe20, 0xfe2f}, {0xfeff, 0xfeff},
    {0xfff9, 0xfffb}, {0xe0100, 0xe01ef},
};

/* East Asian Wide and Fullwidth, and emoji shown as such by default. */
static const struct range wide[] = {
    {0x1100, 0x115f},   {0x231a, 0x231b},   {0x2329, 0x232a},
    {0x23e9, 0x23ec},   {0x23f0, 0x23f0},   {0x23f3, 0x23f3},
    {0x25fd, 0x25fe},   {0x2614, 0x2615},   {0x2648, 0x2653},
    {0x267f, 0x267f},   {0x2693, 0x2693},   {0x26a1, 0x26a1},
    {0x26aa, 0x26ab},   {0x26bd, 0x26be},   {0x26c4, 0x26c5},
    {0x26ce, 0x26ce},   {0x26d4, 0x26d4},   {0x26ea, 0x26ea},
    {0x26f2, 0x26f3},   {0x26f5, 0x26f5},   {0x26fa, 0x26fa},
    {0x26fd, 0x26fd},   {0x2705, 0x2705},   {0x270a, 0x270b},
    {0x2728, 0x2728},   {0x274c, 0x274c},   {0x274e, 0x274e},
    {0x2753, 0x2755},   {0x2757, 0x2757},   {0x2795, 0x2797},
    {0x27b0, 0x27b0},   {0x27bf, 0x27bf},   {0x2b1b, 0x2b1c},
    {0x2b50, 0x2b50},   {0x2b55, 0x2b55},   {0x2e80, 0x303e},
    {0x3041, 0x3247},   {0x3250, 0x4dbf},   {0x4e00, 0xa4cf},
    {0xa960, 0xa97f},   {0xac00, 0xd7a3},   {0xf900, 0xfaff},
    {0xfe10, 0xfe19},   {0xfe30, 0xfe6f},   {0xff01, 0xff60},
    {0xffe0, 0xffe6},   {0x16fe0, 0x18cff}, {0x1aff0, 0x1b2ff},
    {0x1f004, 0x1f004}, {0x1f0cf, 0x1f0cf}, {0x1f18e, 0x1f18e},
    {0x1f191, 0x1f19a}, {0x1f200, 0x1f320}, {0x1f32d, 0x1f335},
    {0x1f337, 0x1f37c}, {0x1f37e, 0x1f393}, {0x1f3a0, 0x1f3ca},
    {0x1f3cf, 0x1f3d3}, {0x1f3e0, 0x1f3f0}, {0x1f3f4, 0x1f3f4},
    {0x1f3f8, 0x1f43e}, {0x1f440, 0x1f440}, {0x1f442, 0x1f4fc},
    {0x1f4ff, 0x1f53d}, {0x1f54b, 0x1f54e}, {0x1f550, 0x1f567},
    {0x1f57a, 0x1f57a}, {0x1f595, 0x1f596}, {0x1f5a4, 0x1f5a4},
    {0x1f5fb, 0x1f64f}, {0x1f680, 0x1f6c5}, {0x1f6cc, 0x1f6cc},
    {0x1f6d0, 0x1f6d2}, {0x1f6d5, 0x1f6d7}, {0x1f6dc, 0x1f6df},
    {0x1f6eb, 0x1f6ec}, {0x1f6f4, 0x1f6fc}, {0x1f7e0, 0x1f7eb},
    {0x1f7f0, 0x1f7f0}, {0x1f90c, 0x1f93a}, {0x1f93c, 0x1f945},
    {0x1f947, 0x1f9ff}, {0x1fa70, 0x1faff}, {0x20000, 0x2fffd},
    {0x30000, 0x3fffd},
};

static bool is_in(const struct range *ranges, size_t n, uint32_t c) {
  size_t low = 0, high = n;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (c > ranges[middle].last)
      low = middle + 1;
    else
      high = middle;
  }
  return low < n && c >= ranges[low].first;
}

size_t text_width(const char *text) {
  const unsigned char *s = (const unsigned char *)text;
  size_t n = strlen(text), columns = 0;
  for (size_t i = 0; i < n;) {
    struct piece p = next_piece(s + i, n - i);
    if (p.code < 0x300 || !p.is_character)
      columns += 1;
    else if (is_in(wide, sizeof wide / sizeof wide[0], p.code))
      columns += 2;
    else if (!is_in(zero_width, sizeof zero_width / sizeof zero_width[0],
                    p.code))
      columns += 1;
    i += p.len;
  }
  return columns;
}

static char fold(char c) {
  return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

unsigned text_distance(const char *a, const char *b) {
  /* Three rows of the usual table: a transposition looks two rows up. */
  unsigned rows[3][DISTANCE_BYTES + 1];
  unsigned *before = rows[0], *above = rows[1], *row = rows[2];
  size_t a_len = strnlen(a, DISTANCE_BYTES), b_len = strnlen(b, DISTANCE_BYTES);
  for (size_t k = 0; k <= b_len; k++)
    above[k] = (unsigned)k;
  for (size_t i = 1; i <= a_len; i++) {
    row[0] = (unsigned)i;
    for (size_t k = 1; k <= b_len; k++) {
      unsigned best = above[k - 1] + (fold(a[i - 1]) != fold(b[k - 1]));
      if (above[k] + 1 < best)
        best = above[k] + 1;
      if (row[k - 1] + 1 < best)
        best = row[k - 1] + 1;
      if (i > 1 && k > 1 && fold(a[i - 1]) == fold(b[k - 2]) &&
          fold(a[i - 2]) == fold(b[k - 1]) && before[k - 2] + 1 < best)
        best = before[k - 2] + 1;
      row[k] = best;
    }
    unsigned *unused = before;
    before = above;
    above = row;
    row = unused;
  }
  return above[b_len];
}

const char *text_nearest(const char *word, const char *const *names, size_t n) {
  const char *nearest = NULL;
  unsigned least = 4;
  for (size_t i = 0; i < n; i++) {
    unsigned distance = text_distance(word, names[i]);
    if (distance < least && distance <= strlen(names[i]) / 3) {
      least = distance;
      nearest = names[i];
    }
  }
  return nearest;
}

void text_add_escaped(struct buf *b, const char *text) {
  for (const char *c = text; *c != '\0'; c++) {
    unsigned char u = (unsigned char)*c;
    bool is_plain = (u >= '0' && u <= '9') || (u >= 'a' && u <= 'z') ||
                    (u >= 'A' && u <= 'Z') || strchr("-._~", u) != NULL;
    if (is_plain)
      buf_addn(b, c, 1);
    else
      buf_addf(b, "%%%02X", u);
  }
}

bool text_is_same(const char *a, const char *b) {
  return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}
