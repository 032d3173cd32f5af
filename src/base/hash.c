/* SPDX-License-Identifier: MIT */
#include "base/hash.h"

#include "base/clock.h"

#include <string.h>
#include <sys/random.h>

#define WORD sizeof(uint64_t)
#define NAME_WORDS ((HASH_NAME_MAX + 1) / WORD)

static uint64_t process_key[2];
static uint64_t names_key[HASH_NAMES_MAX * NAME_WORDS];

void hash_init(void) {
  uint64_t key[2];
  if (getrandom(key, sizeof key, GRND_NONBLOCK) != (ssize_t)sizeof key) {
    key[0] = (uint64_t)(uintptr_t)&key ^ (uint64_t)clock_mono_ns();
    key[1] = (uint64_t)(uintptr_t)&process_key ^
             (uint64_t)clock_real()->wall(clock_real()) << 20;
  }
  memcpy(process_key, key, sizeof key);
  for (uint64_t i = 0; i < sizeof names_key / WORD; i++)
    names_key[i] = hash_siphash13(process_key, &i, sizeof i);
}

static inline uint64_t rotate(uint64_t x, int bits) {
  return x << bits | x >> (64 - bits);
}

static inline uint64_t little_endian(uint64_t x) {
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
  return __builtin_bswap64(x);
#else
  return x;
#endif
}

#define ROUND()                                                                \
  do {                                                                         \
    v0 += v1;                                                                  \
    v2 += v3;                                                                  \
    v1 = rotate(v1, 13) ^ v0;                                                  \
    v3 = rotate(v3, 16) ^ v2;                                                  \
    v0 = rotate(v0, 32) + v3;                                                  \
    v2 += v1;                                                                  \
    v3 = rotate(v3, 21) ^ v0;                                                  \
    v1 = rotate(v1, 17) ^ v2;                                                  \
    v2 = rotate(v2, 32);                                                       \
  } while (0)

uint64_t hash_siphash13(const uint64_t key[2], const void *bytes, size_t n) {
  uint64_t v0 = key[0] ^ UINT64_C(0x736f6d6570736575);
  uint64_t v1 = key[1] ^ UINT64_C(0x646f72616e646f6d);
  uint64_t v2 = key[0] ^ UINT64_C(0x6c7967656e657261);
  uint64_t v3 = key[1] ^ UINT64_C(0x7465646279746573);
  const unsigned char *p = bytes;
  size_t left = n;
  for (; left >= 8; left -= 8, p += 8) {
    uint64_t m;
    memcpy(&m, p, 8);
    m = little_endian(m);
    v3 ^= m;
    ROUND();
    v0 ^= m;
  }
  uint64_t last = (uint64_t)n << 56;
  for (size_t i = 0; i < left; i++)
    last |= (uint64_t)p[i] << (8 * i);
  v3 ^= last;
  ROUND();
  v0 ^= last;
  v2 ^= 0xff;
  ROUND();
  ROUND();
  ROUND();
  return v0 ^ v1 ^ v2 ^ v3;
}

uint64_t hash_bytes(const void *bytes, size_t n) {
  return hash_siphash13(process_key, bytes, n);
}

/* ---- names ---- */

#if defined __SIZEOF_INT128__ && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__

__extension__ typedef unsigned __int128 uint128;

static uint64_t load(const char *at) {
  uint64_t word;
  memcpy(&word, at, sizeof word);
  return word;
}

/* The lowest bit that is set is that of the first NUL's byte. */
static uint64_t find_end(uint64_t word) {
  return (word - UINT64_C(0x0101010101010101)) & ~word &
         UINT64_C(0x8080808080808080);
}

/* Nothing behind the NUL. */
static uint64_t cut(uint64_t word, uint64_t end) {
  return word & (end ^ (end - 1));
}

/* Pairs are multiplied for themselves. *all: every bit that any word has. The
 * key behind the pairs' part, NULL: no NUL. */
static const uint64_t *add_name(const char *text, size_t max,
                                const uint64_t *key, uint128 *sum,
                                uint64_t *all) {
  for (size_t at = 0; at + 2 * WORD <= max; at += 2 * WORD) {
    uint64_t one = load(text + at), two = 0, end = find_end(one);
    if (end != 0) {
      one = cut(one, end);
    } else {
      two = load(text + at + WORD);
      end = find_end(two);
      two = end != 0 ? cut(two, end) : two;
    }
    *sum += (uint128)(one + key[0]) * (two + key[1]);
    *all |= one | two;
    key += 2;
    if (end != 0)
      return key;
  }
  return NULL;
}

/* A name's last pair of words, and none before it, has a NUL: so the pairs of
 * other names are never the beginning of these, and differ in one that both
 * have. */
bool hash_names(const char *const *texts, size_t n, size_t max,
                uint64_t *hash) {
  const uint64_t *key = names_key;
  uint128 sum = 0;
  uint64_t all = 0;
  if (max > HASH_NAME_MAX + 1)
    max = HASH_NAME_MAX + 1;
  for (size_t i = 0; i < n; i++)
    if ((key = add_name(texts[i], max, key, &sum, &all)) == NULL)
      return false;
  uint128 mixed = (uint128)((uint64_t)sum ^ process_key[0]) *
                  ((uint64_t)(sum >> 64) ^ process_key[1]);
  *hash = (uint64_t)mixed ^ (uint64_t)(mixed >> 64);
  return (all & UINT64_C(0x8080808080808080)) == 0;
}

#else

bool hash_names(const char *const *texts, size_t n, size_t max,
                uint64_t *hash) {
  (void)texts, (void)n, (void)max, (void)hash;
  return false;
}

#endif
